/*
 * edit_remove: what removes, units as a whole and what is in them.
 */
#include "edit_in.h"

#include <libyang/libyang.h>
#include <string.h>

#include "place.h"
#include "schema.h"
#include "unit.h"

static bool
is_above_units(const struct schema *s, const struct path *p)
{
	size_t i;

	for (i = 0; i < s->n_units; i++)
		if (s->units[i].node == p->node)
			return true;
	return p->unit == NULL || (!p->unit->list && !p->whole &&
				   p->node->nodetype == LYS_CONTAINER);
}

/* Units that are covered whole by the path. */
static int
remove_units(struct batch *b, const struct path *p, bool *found, struct err *e)
{
	size_t i;

	for (i = b->map->n; i-- > 0;) {
		if (!path_covers(p->text, b->map->v[i]->path))
			continue;
		*found = true;
		if (edit_drop(b, b->map->v[i], e) < 0)
			return -1;
	}
	return 0;
}

void
edit_free_all(struct unit *u, const struct path *p)
{
	struct lyd_node *n, *next;

	for (n = place_first(u, p); n != NULL; n = next) {
		for (next = n->next; next != NULL && next->schema != p->node;)
			next = next->next;
		lyd_free_tree(n);
	}
}

bool
edit_names_values(const struct path *p)
{
	return p->node->nodetype == LYS_LEAFLIST &&
	    p->text[strlen(p->text) - 1] != ']';
}

/* Something in a unit, not the unit itself. */
static int
remove_inside(struct batch *b, const struct path *p, bool *found, struct err *e)
{
	struct unit *u = edit_unit(b, p);
	bool all = p->whole || edit_names_values(p);

	if (u == NULL || (all ? place_first(u, p) : place_find(u, p)) == NULL)
		return 0;
	u = edit_own(b, u, p, e);
	if (u == NULL)
		return -1;
	if (all)
		edit_free_all(u, p);
	else
		lyd_free_tree(place_find(u, p));
	*found = true;
	return unit_is_empty(u) ? edit_drop(b, u, e) : 0;
}

int
edit_remove(struct batch *b, const struct path *p, bool *found, struct err *e)
{
	*found = false;
	if (is_above_units(b->schema, p) && remove_units(b, p, found, e) < 0)
		return -1;
	/* A container inside the rest of a top-level node has both. */
	if (p->unit != NULL && p->node != p->unit->node)
		return remove_inside(b, p, found, e);
	return 0;
}
