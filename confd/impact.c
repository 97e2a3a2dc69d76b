#include "impact.h"

#include <libyang/libyang.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "diff.h"
#include "msg.h"
#include "names.h"
#include "schema.h"
#include "unit.h"
#include "ytree.h"

#define WHY_MAX		256
#define NAME_MAX_LEN	256

static const struct name classes[] = {
	{ IMPACT_NONE,		"none" },
	{ IMPACT_REKEY,		"rekey" },
	{ IMPACT_REAUTH,	"reauthenticate" },
	{ IMPACT_RESTART,	"restart" },
	{ IMPACT_START,		"switch" },
	{ 0,			NULL },
};

enum proto_impact
impact_class(const struct lysc_node *n)
{
	const char *name = NULL;
	int class;

	for (; n != NULL && name == NULL; n = n->parent)
		name = ytree_ext(n, "impact");
	class = name != NULL ? name_value(classes, name) : -1;
	return class < 0 ? IMPACT_CHANGE : (enum proto_impact)class;
}

/* --- one unit --- */

struct look {
	const struct lysc_node	*unit;
	enum proto_impact	 worst;
	char			 why[WHY_MAX];	/* names of nodes, by blanks */
};

static bool
has_word(const char *words, const char *word)
{
	size_t len = strlen(word);
	const char *p;

	for (p = words; (p = strstr(p, word)) != NULL; p += len)
		if ((p == words || p[-1] == ' ') &&
		    (p[len] == ' ' || p[len] == '\0'))
			return true;
	return false;
}

/* A default that is written down, or no more: nothing has changed. */
static bool
only_default(const struct change *c)
{
	const struct lysc_node_leaf *leaf =
	    (const struct lysc_node_leaf *)c->node;
	const char *set = c->op == EDIT_DELETE ? c->old : c->value;

	if (c->node->nodetype != LYS_LEAF || leaf->dflt == NULL ||
	    set == NULL || (c->op != EDIT_DELETE && c->old != NULL))
		return false;
	return strcmp(set, lyd_value_get_canonical(c->node->module->ctx,
						   leaf->dflt)) == 0;
}

/* The command behind a change: the node just below the unit. */
static int
look_at(const struct change *c, void *arg)
{
	enum proto_impact class = impact_class(c->node);
	const struct lysc_node *n = c->node;
	struct look *l = arg;
	size_t len;

	if (n == l->unit || class == IMPACT_START)
		return 0;
	if (only_default(c))
		class = IMPACT_NONE;
	while (lysc_data_parent(n) != NULL && lysc_data_parent(n) != l->unit)
		n = lysc_data_parent(n);
	if (class < l->worst)
		return 0;
	if (class > l->worst)
		l->why[0] = '\0';
	l->worst = class;
	len = strlen(l->why);
	if (!has_word(l->why, n->name) &&
	    len + strlen(n->name) + 2 <= sizeof(l->why))
		snprintf(l->why + len, sizeof(l->why) - len, "%s%s",
			 len > 0 ? " " : "", n->name);
	return 0;
}

static bool
is_on(const struct unit *u)
{
	const char *v;

	if (u == NULL)
		return false;
	if (u->schema->on == NULL)
		return true;
	v = ytree_leaf(u->node, u->schema->on->name);
	return v != NULL && strcmp(v, "true") == 0;
}

/* The units differ; one of them may be NULL. */
static int
look_unit(struct look *l, const struct unit *before, const struct unit *after)
{
	const struct unit_schema *us = (after != NULL ? after : before)->schema;
	bool was = is_on(before), is = is_on(after);

	memset(l, 0, sizeof(*l));
	l->unit = us->node;
	l->worst = IMPACT_NONE;
	if (us->list && (before == NULL || after == NULL) &&
	    impact_class(us->node) == IMPACT_CHANGE)
		l->worst = IMPACT_CHANGE;
	else if (us->list && was != is)
		l->worst = is ? IMPACT_START : IMPACT_STOP;
	else if (!us->list || (before != NULL && after != NULL)) {
		if (diff_units(before, after, look_at, l) != 0)
			return -1;
		if (us->list && !is)
			l->worst = IMPACT_NONE;
	}
	return 0;
}

/* --- in words --- */

/* What its context is called, "ipsec-3"; else "server a". */
static void
unit_name(const struct unit *u, char *out, size_t size)
{
	const char *t = ytree_ext(u->schema->node, "context"), *end, *v;
	char key[64];
	size_t len = 0;

	if (t == NULL || !u->schema->list) {
		const struct lyd_node *c;

		len = (size_t)snprintf(out, size, "%s", u->schema->node->name);
		for (c = u->schema->list ? lyd_child(u->node) : NULL;
		     c != NULL && lysc_is_key(c->schema) && len < size;
		     c = c->next)
			len += (size_t)snprintf(out + len, size - len, " %s",
						lyd_get_value(c));
		return;
	}
	for (; *t != '\0' && len < size - 1; t++) {
		end = *t == '{' ? strchr(t, '}') : NULL;
		if (end == NULL || (size_t)(end - t) > sizeof(key)) {
			out[len++] = *t;
			continue;
		}
		snprintf(key, sizeof(key), "%.*s", (int)(end - t - 1), t + 1);
		v = ytree_leaf(u->node, key);
		len += (size_t)snprintf(out + len, size - len, "%s",
					v != NULL ? v : "");
		t = end;
	}
	out[len < size ? len : size - 1] = '\0';
}

/* --- all of them --- */

/* Units in a row that are told as one. */
struct run {
	struct msg		*m;
	const struct unit	*first, *last;
	uint32_t		 n;
	struct look		 look;
	size_t			 there;	/* touched entries, still there */
};

static void
end_run(struct run *r)
{
	char name[NAME_MAX_LEN];

	if (r->n == 0)
		return;
	msg_add_u32(r->m, A_IMPACT, r->look.worst);
	unit_name(r->first, name, sizeof(name));
	msg_add_str(r->m, A_NAME, name);
	if (r->n > 1) {
		unit_name(r->last, name, sizeof(name));
		msg_add_str(r->m, A_LAST, name);
	}
	msg_add_u32(r->m, A_COUNT, r->n);
	if (r->look.why[0] != '\0')
		msg_add_str(r->m, A_WHY, r->look.why);
	r->n = 0;
}

static int
add_unit(struct unit *before, struct unit *after, void *arg)
{
	const struct unit *u = after != NULL ? after : before;
	struct run *r = arg;
	struct look l;

	if (unit_equal(before, after))
		return 0;
	if (look_unit(&l, before, after) < 0)
		return -1;
	r->there += u->schema->list && after != NULL;
	if (r->n == 0 || !u->schema->list || r->last->schema != u->schema ||
	    u->num == 0 || u->num != r->last->num + 1 ||
	    l.worst != r->look.worst || strcmp(l.why, r->look.why) != 0) {
		end_run(r);
		r->first = u;
		r->look = l;
	}
	r->last = u;
	r->n++;
	return 0;
}

int
impact_add(struct msg *m, const struct map *before, const struct map *after,
	   struct err *e)
{
	struct run r = { .m = m };
	size_t i, all = 0;

	if (map_diff(before, after, add_unit, &r) != 0)
		return err_set(e, ERR_RESOURCE, "no memory to compare");
	end_run(&r);
	for (i = 0; i < after->n;) {
		const struct unit_schema *us = after->v[i]->schema;
		size_t n = map_count(after, us);

		all += us->list ? n : 0;
		i += n;
	}
	msg_add_u32(m, A_UNTOUCHED, (uint32_t)(all - r.there));
	return m->bad ? err_set(e, ERR_RESOURCE, "no memory to compare") : 0;
}
