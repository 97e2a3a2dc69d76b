#include "seen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "tests/unit.h"

const char *
seen_state(struct node *n, const char *fields)
{
	static char text[65536];
	struct err e = ERR_INIT;
	struct json j;

	json_init(&j);
	CU_ASSERT(engine_state(n->engine, node_now(n), 1, fields, &j, &e) == 0);
	snprintf(text, sizeof(text), "%s", j.text);
	json_fini(&j);
	return text;
}

static const char *
log_of(const struct node *n)
{
	return n->log != NULL ? n->log : "";
}

bool
seen_in(struct node *n, const char *fields, const char *words)
{
	const char *t = seen_state(n, fields);

	if (strstr(t, words) != NULL)
		return true;
	printf("\n    no '%s' in %s\n    log: %s\n", words, t, log_of(n));
	return false;
}

bool
seen_said(const struct node *n, const char *words)
{
	if (node_said(n, words))
		return true;
	printf("\n%s does not say '%s':\n%s\n", n->name, words, log_of(n));
	return false;
}

unsigned int
seen_count(const struct node *n, const char *words)
{
	const char *at = log_of(n);
	unsigned int i = 0;

	for (; (at = strstr(at, words)) != NULL; at++)
		i++;
	return i;
}

unsigned int
seen_serial(struct node *n)
{
	const char *at = strstr(node_state(n, 1), "\"serial\":");

	return at != NULL ? (unsigned int)strtoul(at + 9, NULL, 10) : 0;
}

bool
seen_blocked(const struct node *n)
{
	const struct plane_policy *p;

	for (p = n->policies; p != NULL; p = p->next)
		if (p->policy.tunnel == 1)
			return addr_is_any(&p->policy.outer_remote);
	return false;
}
