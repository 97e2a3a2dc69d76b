#include "parts.h"

#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "msg.h"
#include "proto.h"
#include "schema.h"
#include "unit.h"
#include "view.h"
#include "ytree.h"

struct parts {
	struct lyd_node	*tree;
	struct msg	*m;
	const char	*owner;
	size_t		 n;
};

/* A unit's own owner hears of every change in it, also of what is another's; a
 * nested owner only of its own leaves. */
static bool
is_told(const struct unit *before, const struct unit *after, const char *owner)
{
	const struct unit *u = after != NULL ? after : before;
	const char *is = ytree_owner(u->schema->node);

	if (is != NULL && strcmp(is, owner) == 0)
		return !unit_equal(before, after);
	return view_differs(before, after, owner);
}

/* For the unit's own owner it is there when the unit is. */
static bool
is_there(const struct unit *after, const char *owner)
{
	const char *is;

	if (after == NULL)
		return false;
	is = ytree_owner(after->schema->node);
	return (is != NULL && strcmp(is, owner) == 0) || view_owns(after, owner);
}

static int
add_part(struct unit *before, struct unit *after, void *arg)
{
	struct parts *p = arg;

	if (!is_told(before, after, p->owner))
		return 0;
	p->n++;
	if (is_there(after, p->owner))
		return view_add(&p->tree, after, p->owner);
	msg_add_str(p->m, A_PATH, (after != NULL ? after : before)->path);
	return 0;
}

static int
add_all(const struct map *map, struct parts *p)
{
	size_t i;

	for (i = 0; i < map->n; i++)
		if (view_add(&p->tree, map->v[i], p->owner) < 0)
			return -1;
	p->n = p->tree != NULL;
	return 0;
}

bool
parts_add(struct msg *m, const struct map *before, const struct map *after,
	  const char *owner)
{
	struct parts p = { NULL, m, owner, 0 };
	char *json;
	int rc;

	rc = before == NULL ? add_all(after, &p) :
	    map_diff(before, after, add_part, &p);
	if (rc == 0 && p.tree != NULL) {
		json = ytree_print(p.tree, false);
		if (json != NULL) {
			msg_add_str(m, A_DATA, json);
			explicit_bzero(json, strlen(json));
			free(json);
		} else {
			rc = -1;
		}
	}
	lyd_free_all(p.tree);
	if (rc != 0)
		m->bad = true;
	return p.n > 0 || rc != 0;
}

static int
find_part(struct unit *before, struct unit *after, void *arg)
{
	return is_told(before, after, arg);
}

bool
parts_any(const struct map *before, const struct map *after, const char *owner)
{
	return map_diff(before, after, find_part, (char *)owner) != 0;
}
