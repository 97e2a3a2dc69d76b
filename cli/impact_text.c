#include "impact_text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "msg.h"
#include "proto.h"
#include "str.h"

#define NAMES_MAX	8	/* of those touched in the same way */
#define SETTINGS_MAX	6

static const struct verb {
	enum proto_impact class;
	const char	*name;		/* in JSON */
	const char	*one, *many;
} verbs[] = {
	{ IMPACT_NONE,	  "none", "no interruption", "no interruption" },
	{ IMPACT_CHANGE,  "change", "changes", "change" },
	{ IMPACT_REKEY,	  "rekey", "rekeys", "rekey" },
	{ IMPACT_REAUTH,  "reauthenticate", "reauthenticates",
	  "reauthenticate" },
	{ IMPACT_RESTART, "restart", "restarts", "restart" },
	{ IMPACT_START,	  "start", "starts", "start" },
	{ IMPACT_STOP,	  "stop", "stops", "stop" },
};

static const struct verb *
find_verb(uint32_t class)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (verbs[i].class == class)
			return &verbs[i];
	return &verbs[1];
}

/* Units in a row, as they come. */
struct run {
	uint32_t	 class, n;
	char		*first, *last, *why;	/* last, why: or NULL */
};

static void
run_fini(struct run *r)
{
	free(r->first);
	free(r->last);
	free(r->why);
	memset(r, 0, sizeof(*r));
}

/* The run that begins at *pos; false at the end. */
static bool
run_next(const struct msg *m, size_t *pos, struct run *r)
{
	size_t at = *pos;
	struct msg_attr a;
	bool any = false;

	run_fini(r);
	while (msg_next(m, &at, &a)) {
		if (a.type == A_IMPACT) {
			if (any)
				break;
			any = true;
			r->class = (uint32_t)msg_attr_number(&a);
			r->n = 1;
		} else if (any && a.type == A_NAME && !r->first)
			r->first = msg_attr_str(&a);
		else if (any && a.type == A_LAST && !r->last)
			r->last = msg_attr_str(&a);
		else if (any && a.type == A_WHY && !r->why)
			r->why = msg_attr_str(&a);
		else if (any && a.type == A_COUNT)
			r->n = (uint32_t)msg_attr_number(&a);
		*pos = at;
	}
	return any && r->first;
}

/* 9,999 */
static void
add_number(uint32_t n, struct str *s)
{
	if (n >= 1000) {
		add_number(n / 1000, s);
		str_addf(s, ",%03" PRIu32, n % 1000);
	} else
		str_addf(s, "%" PRIu32, n);
}

/* What happens to some units, for one reason. */
struct group {
	uint32_t	 class;
	char		*why;
	struct str	 names;
	unsigned int	 named;
	uint32_t	 n, left_out;
};

struct groups {
	struct group	*v;
	size_t		 n;
};

static struct group *
group_of(struct groups *all, const struct run *r)
{
	const char *why = r->why ? r->why : "";
	struct group *g;

	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].class == r->class && !strcmp(all->v[i].why, why))
			return &all->v[i];
	all->v = mem_grow(all->v, all->n + 1, sizeof(*all->v));
	g = &all->v[all->n++];
	memset(g, 0, sizeof(*g));
	g->class = r->class;
	g->why = str_dup(why);
	return g;
}

static void
group_add(struct group *g, const struct run *r)
{
	g->n += r->n;
	if (g->named == NAMES_MAX) {
		g->left_out += r->n;
		return;
	}
	str_addf(&g->names, "%s%s", g->named++ ? ", " : "", r->first);
	if (r->last)
		str_addf(&g->names, " to %s", r->last);
}

/* " (peer, mobike and 3 more)" */
static void
settings_text(const char *why, struct str *s)
{
	unsigned int n = 0, left_out = 0;

	str_add(s, " (");
	while (*why) {
		size_t len = strcspn(why, " ");

		if (n == SETTINGS_MAX)
			left_out++;
		else {
			str_add(s, n++ ? ", " : "");
			str_addn(s, why, len);
		}
		why += len + (why[len] != '\0');
	}
	if (left_out)
		str_addf(s, " and %u more", left_out);
	str_addc(s, ')');
}

static void
group_text(const struct group *g, struct str *s)
{
	const struct verb *v = find_verb(g->class);

	str_add(s, str_get(&g->names));
	if (g->left_out) {
		str_add(s, " and ");
		add_number(g->left_out, s);
		str_add(s, " more");
	}
	if (g->class == IMPACT_NONE && !*g->why)
		str_add(s, ": not in use");
	else
		str_addf(s, ": %s", g->n == 1 ? v->one : v->many);
	if (*g->why)
		settings_text(g->why, s);
}

void
impact_text(const struct msg *m, struct str *s)
{
	struct groups all = { NULL, 0 };
	struct run r = { 0 };
	uint32_t untouched = 0;
	size_t pos = 0;

	while (run_next(m, &pos, &r))
		group_add(group_of(&all, &r), &r);
	run_fini(&r);
	for (size_t i = 0; i < all.n; i++) {
		if (i)
			str_addc(s, '\n');
		group_text(&all.v[i], s);
		free(all.v[i].why);
		str_fini(&all.v[i].names);
	}
	if (msg_u32(m, A_UNTOUCHED, &untouched) && untouched) {
		str_add(s, all.n == 1 ? "; " : "\n");
		add_number(untouched, s);
		str_add(s, " untouched");
	}
	str_addc(s, '\n');
	free(all.v);
}

void
impact_json(const struct msg *m, struct json *j)
{
	uint32_t untouched = 0;
	struct run r = { 0 };
	size_t pos = 0;

	json_array(j, "impact");
	while (run_next(m, &pos, &r)) {
		json_object(j, NULL);
		json_str(j, "name", r.first);
		if (r.last)
			json_str(j, "to", r.last);
		json_u32(j, "count", r.n);
		json_str(j, "class", find_verb(r.class)->name);
		if (r.why)
			json_str(j, "settings", r.why);
		json_object_end(j);
	}
	run_fini(&r);
	json_array_end(j);
	msg_u32(m, A_UNTOUCHED, &untouched);
	json_u32(j, "untouched", untouched);
}
