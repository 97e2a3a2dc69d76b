#include "edit.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "cases.h"
#include "path.h"
#include "place.h"
#include "schema.h"
#include "unit.h"
#include "valid.h"
#include "view.h"
#include "ytree.h"

void
edit_begin(struct batch *b, const struct schema *s, struct map *m,
	   unsigned int serial)
{
	memset(b, 0, sizeof(*b));
	b->schema = s;
	b->map = m;
	b->serial = serial;
}

static void
batch_fini(struct batch *b)
{
	size_t i;

	for (i = 0; i < b->n_undo; i++) {
		unit_unref(b->undo[i].before);
		unit_unref(b->undo[i].is);
	}
	for (i = 0; i < b->n_lines; i++)
		free(b->lines[i].path);
	free(b->undo);
	free(b->lines);
	b->undo = NULL;
	b->lines = NULL;
	b->n_undo = b->n_lines = b->undo_size = b->lines_size = 0;
}

void
edit_undo(struct batch *b)
{
	struct undo *u;

	while (b->n_undo > 0) {
		u = &b->undo[--b->n_undo];
		map_del(b->map, u->is);
		/* The room of the one just taken out is there. */
		if (u->before != NULL && map_put(b->map, u->before) < 0)
			abort();
		unit_unref(u->is);
	}
	batch_fini(b);
}

static int
no_memory(struct err *e)
{
	return err_set(e, ERR_RESOURCE, "no memory for the edit");
}

/* Both references are taken; `is` may be what `before` is. */
static int
record(struct batch *b, struct unit *before, struct unit *is, struct err *e)
{
	size_t size = b->undo_size > 0 ? 2 * b->undo_size : 16;
	struct undo *u = b->undo;

	if (b->n_undo == b->undo_size) {
		u = reallocarray(b->undo, size, sizeof(*u));
		if (u == NULL) {
			unit_unref(before);
			unit_unref(is);
			return no_memory(e);
		}
		b->undo = u;
		b->undo_size = size;
	}
	b->undo[b->n_undo].before = before;
	b->undo[b->n_undo++].is = is;
	return 0;
}

/* Puts a unit that this batch may change in the place of u, or of none. */
static struct unit *
own(struct batch *b, struct unit *u, const struct path *p, struct err *e)
{
	const struct unit_schema *us = p->unit;
	struct unit *mine;
	char path[PATH_MAX_LEN];

	if (u != NULL && u->batch == b->serial)
		return u;
	if (u == NULL && us->max > 0 && map_count(b->map, us) >= us->max) {
		err_set_path(e, ERR_INVALID, p->text, "There can be %u of %s, "
			     "not more.", us->max, us->node->name);
		return NULL;
	}
	memcpy(path, p->text, p->unit_len);
	path[p->unit_len] = '\0';
	mine = u != NULL ? unit_copy(u) :
	    unit_new(b->schema, us, path, p->num);
	if (mine == NULL) {
		no_memory(e);
		return NULL;
	}
	mine->batch = b->serial;
	if (record(b, u != NULL ? unit_ref(u) : NULL, unit_ref(mine), e) < 0) {
		unit_unref(mine);
		return NULL;
	}
	if (map_put(b->map, mine) < 0) {
		no_memory(e);
		return NULL;
	}
	return mine;
}

static int
drop(struct batch *b, struct unit *u, struct err *e)
{
	/* If it is a copy of this batch, what it was is recorded already. */
	if (u->batch != b->serial &&
	    record(b, unit_ref(u), unit_ref(u), e) < 0)
		return -1;
	map_del(b->map, u);
	return 0;
}

/* The unit that the path is in, if there is one. */
static struct unit *
unit_at(struct batch *b, const struct path *p)
{
	char path[PATH_MAX_LEN];

	if (p->unit == NULL)
		return NULL;
	memcpy(path, p->text, p->unit_len);
	path[p->unit_len] = '\0';
	return map_find(b->map, p->unit, p->num, path);
}

/* --- removing --- */

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
		if (drop(b, b->map->v[i], e) < 0)
			return -1;
	}
	return 0;
}

/* All entries of a list or leaf-list. */
static void
free_all(struct unit *u, const struct path *p)
{
	struct lyd_node *n, *next;

	for (n = place_first(u, p); n != NULL; n = next) {
		for (next = n->next; next != NULL && next->schema != p->node;)
			next = next->next;
		lyd_free_tree(n);
	}
}

/* The path names all values of a leaf-list rather than one. */
static bool
names_values(const struct path *p)
{
	return p->node->nodetype == LYS_LEAFLIST &&
	    p->text[strlen(p->text) - 1] != ']';
}

/* Something in a unit, not the unit itself. */
static int
remove_inside(struct batch *b, const struct path *p, bool *found, struct err *e)
{
	struct unit *u = unit_at(b, p);
	bool all = p->whole || names_values(p);

	if (u == NULL || (all ? place_first(u, p) : place_find(u, p)) == NULL)
		return 0;
	u = own(b, u, p, e);
	if (u == NULL)
		return -1;
	if (all)
		free_all(u, p);
	else
		lyd_free_tree(place_find(u, p));
	*found = true;
	return unit_is_empty(u) ? drop(b, u, e) : 0;
}

static int
do_remove(struct batch *b, const struct path *p, bool *found, struct err *e)
{
	*found = false;
	if (is_above_units(b->schema, p) && remove_units(b, p, found, e) < 0)
		return -1;
	/* A container inside the rest of a top-level node has both. */
	if (p->unit != NULL && p->node != p->unit->node)
		return remove_inside(b, p, found, e);
	return 0;
}

/* --- setting --- */

/* A network with bits of a host in it is taken, but said. */
static void
note_network(struct batch *b, const char *typed, const char *taken)
{
	char was[ADDR_STRLEN], is[ADDR_STRLEN];
	struct addr x, y;

	if (strchr(typed, '/') == NULL || strchr(taken, '/') == NULL ||
	    sscanf(typed, "%45[^/]/", was) != 1 ||
	    sscanf(taken, "%45[^/]/", is) != 1 || addr_parse(&x, was) < 0 ||
	    addr_parse(&y, is) < 0 || addr_equal(&x, &y))
		return;
	snprintf(b->note, sizeof(b->note), "%.60s is the address of a host: "
		 "the network %.60s is meant", typed, taken);
}

/* What a secret looks like to those who may not see it. */
static int
check_mask(const struct path *p, const char *value, struct err *e)
{
	if (strcmp(value, VIEW_MASK) != 0 || !ytree_is_secret(p->node))
		return 0;
	return err_set_path(e, ERR_INVALID, p->text, "%s is what is shown "
			    "instead of a secret: type the secret itself",
			    VIEW_MASK);
}

/* Also to what it is already: see batch->author. */
static int
check_secret(const struct batch *b, const struct lysc_node *node,
	     const char *path, struct err *e)
{
	enum role needs;

	if (b->author == NULL || !ytree_is_secret(node))
		return 0;
	needs = rights_needed(node, RIGHT_EDIT);
	if (*b->author >= needs)
		return 0;
	rights_refuse(e, node->name, needs, *b->author);
	snprintf(e->path, sizeof(e->path), "%.255s", path);
	return -1;
}

static int
set_leaf(struct batch *b, const struct path *p, const char *value,
	 bool *changed, struct err *e)
{
	struct unit *u = unit_at(b, p);
	struct lyd_node *n = place_find(u, p);
	struct err why = ERR_INIT;
	char *before = NULL;

	if (value == NULL)
		return err_set_path(e, ERR_INVALID, p->text, "%s needs a value",
				    p->node->name);
	if (check_secret(b, p->node, p->text, e) < 0)
		return -1;
	if (ytree_check(p->node, value, &why) < 0)
		return err_set_path(e, ERR_INVALID, p->text, "%s", why.text);
	if (check_mask(p, value, e) < 0)
		return -1;
	if (n != NULL && strcmp(lyd_get_value(n), value) == 0)
		return 0;
	/* The copy that is about to be made has another n. */
	if (n != NULL && (before = strdup(lyd_get_value(n))) == NULL)
		return no_memory(e);
	u = own(b, u, p, e);
	if (u == NULL || place_set(u, p, value, e) < 0) {
		free(before);
		return -1;
	}
	n = place_find(u, p);
	/* Two ways to write the same are no change. */
	*changed = n == NULL || before == NULL ||
	    strcmp(before, lyd_get_value(n)) != 0;
	if (n != NULL)
		note_network(b, value, lyd_get_value(n));
	free(before);
	return 0;
}

/* --- a leaf-list that is set as a whole --- */

/* The next of the values, which blanks part; NULL at the end. */
static const char *
next_value(const char **rest, char *buf, size_t size, struct err *e)
{
	const char *p = *rest + strspn(*rest, " ");
	size_t len = strcspn(p, " ");

	*rest = p + len;
	if (len == 0)
		return NULL;
	if (len >= size) {
		err_set(e, ERR_INVALID, "a value is too long");
		return NULL;
	}
	memcpy(buf, p, len);
	buf[len] = '\0';
	return buf;
}

/* Makes them all, after those that were there have gone. */
static int
put_values(struct batch *b, struct unit *u, const struct path *p,
	   const char *values, struct err *e)
{
	struct lyd_node *n, *other;
	char v[PATH_MAX_LEN];

	while (next_value(&values, v, sizeof(v), e) != NULL) {
		if (ytree_check(p->node, v, e) < 0)
			break;
		n = place_add(u, p, v, e);
		if (n == NULL)
			return -1;
		for (other = place_first(u, p); other != n; other = other->next)
			if (other->schema == p->node &&
			    strcmp(lyd_get_value(other), lyd_get_value(n)) == 0)
				return err_set_path(e, ERR_INVALID, p->text,
				    "%s: %s stands there twice", p->node->name,
				    lyd_get_value(n));
		if (b->note[0] == '\0')
			note_network(b, v, lyd_get_value(n));
	}
	if (e->kind == ERR_NONE)
		return 0;
	snprintf(e->path, sizeof(e->path), "%.255s", p->text);
	return -1;
}

static int
set_values(struct batch *b, const struct path *p, const char *values,
	   bool *changed, struct err *e)
{
	struct unit *u = unit_at(b, p);
	char *before = ytree_join(place_first(u, p)), *after;
	struct err why = ERR_INIT;
	int rc = 0;

	if (values == NULL || values[strspn(values, " ")] == '\0')
		rc = err_set_path(e, ERR_INVALID, p->text, "%s needs a value",
				  p->node->name);
	if (rc < 0 || (before != NULL && strcmp(before, values) == 0)) {
		free(before);
		return rc;
	}
	u = own(b, u, p, e);
	if (u == NULL) {
		free(before);
		return -1;
	}
	free_all(u, p);
	rc = put_values(b, u, p, values, &why);
	if (rc < 0 && e != NULL)
		*e = why;
	after = ytree_join(place_first(u, p));
	/* Two ways to write the same are no change. */
	*changed = before == NULL || after == NULL ||
	    strcmp(before, after) != 0;
	free(before);
	free(after);
	return rc;
}

/* --- choices --- */

static int
drop_other(const struct path *other, void *arg, struct err *e)
{
	struct batch *b = arg;
	bool found;

	if (do_remove(b, other, &found, e) < 0)
		return -1;
	if (found)
		snprintf(b->note, sizeof(b->note), "%.60s was removed: it "
			 "cannot be beside what was set", other->node->name);
	return 0;
}

/* What cannot be beside the path's node, once that is set, goes. */
static int
switch_cases(struct batch *b, const struct path *p, struct err *e)
{
	return cases_others(b->schema, p, drop_other, b, e);
}

/* A container or an entry of a list. */
static int
set_inner(struct batch *b, const struct path *p, bool *changed, struct err *e)
{
	struct unit *u = unit_at(b, p);

	if (lysc_is_np_cont(p->node) || place_find(u, p) != NULL)
		return 0;
	u = own(b, u, p, e);
	if (u == NULL)
		return -1;
	*changed = true;
	if (p->node == p->unit->node)
		return 0;
	return place_set(u, p, NULL, e);
}

/* A leaf-list that is set as a whole is replaced by what comes, not added to. */
static void
make_way(struct unit *u, const struct unit *src)
{
	struct lyd_node *n, *up, *c, *next;
	char *path;

	LYD_TREE_DFS_BEGIN(src->top, n) {
		path = ytree_is_line(n->schema) ?
		    lyd_path(lyd_parent(n), LYD_PATH_STD, NULL, 0) : NULL;
		if (path != NULL &&
		    lyd_find_path(u->top, path, 0, &up) == LY_SUCCESS)
			LY_LIST_FOR_SAFE(lyd_child(up), next, c)
				if (c->schema == n->schema)
					lyd_free_tree(c);
		free(path);
		LYD_TREE_DFS_END(src->top, n);
	}
}

/* What a single leaf is asked when it is set. */
static int
check_data(struct batch *b, const struct unit *src, struct err *e)
{
	struct err why = ERR_INIT;
	struct lyd_node *n;
	struct path p;
	char *path;
	int rc = 0;

	LYD_TREE_DFS_BEGIN(src->top, n) {
		if (rc == 0)
			rc = check_secret(b, n->schema, src->path, e);
		if (n->schema->nodetype & LYD_NODE_TERM && rc == 0 &&
		    ytree_check(n->schema, lyd_get_value(n), &why) < 0)
			rc = err_set_path(e, ERR_INVALID, src->path, "%s",
					  why.text);
		if (n->schema->parent != NULL &&
		    n->schema->parent->nodetype == LYS_CASE && rc == 0) {
			path = lyd_path(n, LYD_PATH_STD, NULL, 0);
			rc = path == NULL ? no_memory(e) :
			    path_parse(&p, b->schema, path, e);
			if (rc == 0)
				rc = switch_cases(b, &p, e);
			free(path);
		}
		LYD_TREE_DFS_END(src->top, n);
	}
	return rc;
}

static int
merge_unit(struct batch *b, struct unit *src, struct err *e)
{
	struct unit *u;
	struct path p;

	if (check_data(b, src, e) < 0 ||
	    path_parse(&p, b->schema, src->path, e) < 0)
		return -1;
	u = own(b, map_find_like(b->map, src), &p, e);
	if (u == NULL)
		return -1;
	make_way(u, src);
	if (lyd_merge_tree(&u->top, src->top, 0) != LY_SUCCESS)
		return ytree_err(b->schema->ctx, e, NULL);
	return 0;
}

/* Members of the node in JSON, which may be several units. */
static int
set_data(struct batch *b, const struct path *p, const char *json, bool *changed,
	 struct err *e)
{
	struct lyd_node *top = NULL, *node = NULL;
	struct map *units = NULL;
	size_t i;
	int rc = 0;

	if (lyd_new_path2(NULL, b->schema->ctx, p->text, NULL, 0,
			  LYD_ANYDATA_STRING, 0, &top, &node) != LY_SUCCESS)
		return ytree_err(b->schema->ctx, e, NULL);
	if (ytree_parse_into(node, json, strlen(json), e) < 0) {
		lyd_free_all(top);
		if (e->path[0] == '\0')
			snprintf(e->path, sizeof(e->path), "%.255s", p->text);
		return -1;
	}
	if (map_from_tree(&units, b->schema, top, e) < 0)
		return -1;
	for (i = 0; i < units->n && rc == 0; i++)
		rc = merge_unit(b, units->v[i], e);
	*changed = true;
	map_unref(units);
	return rc;
}

static int
do_set(struct batch *b, const struct edit *ed, const struct path *p,
       bool *changed, struct err *e)
{
	bool inner = p->node->nodetype & (LYS_CONTAINER | LYS_LIST);

	if (p->whole)
		return err_set_path(e, ERR_INVALID, p->text, "%s needs its %s",
				    p->node->name,
				    lysc_node_child(p->node)->name);
	if (inner && ed->value != NULL)
		return err_set_path(e, ERR_INVALID, p->text, "%s takes no value",
				    p->node->name);
	if (ytree_is_line(p->node) && names_values(p))
		return set_values(b, p, ed->value, changed, e);
	if (ed->data == NULL && !lysc_is_np_cont(p->node) &&
	    switch_cases(b, p, e) < 0)
		return -1;
	if (!inner)
		return set_leaf(b, p, ed->value, changed, e);
	if (ed->data != NULL)
		return set_data(b, p, ed->data, changed, e);
	return set_inner(b, p, changed, e);
}

/* --- one edit --- */

static int
check_target(const struct path *p, struct err *e)
{
	if (!(p->node->nodetype & (LYS_CONTAINER | LYS_LIST | LYS_LEAF |
				   LYS_LEAFLIST)))
		return err_set_path(e, ERR_INVALID, p->text, "%s is something to "
				    "do, not to configure", p->node->name);
	if (!(p->node->flags & LYS_CONFIG_W))
		return err_set_path(e, ERR_INVALID, p->text, "%s is state, not "
				    "configuration", p->node->name);
	if (lysc_data_parent(p->node) == NULL &&
	    p->node->nodetype & (LYS_LEAF | LYS_LEAFLIST))
		return err_set_path(e, ERR_INVALID, p->text, "%s stands at the "
				    "top of its module: only containers and "
				    "lists can be configured there",
				    p->node->name);
	if (p->node->nodetype == LYS_LEAF && lysc_is_key(p->node))
		return err_set_path(e, ERR_INVALID, p->text, "the %s of %s "
				    "cannot be changed: remove it and make "
				    "another", p->node->name,
				    lysc_data_parent(p->node)->name);
	return 0;
}

/* Remembers a one-line container for the end of the batch. */
static int
note_one_line(struct batch *b, const struct path *p, struct err *e)
{
	size_t len = path_one_line(p);
	size_t size = b->lines_size > 0 ? 2 * b->lines_size : 16;
	struct one_line *l;

	if (len == 0)
		return 0;
	l = b->n_lines > 0 ? &b->lines[b->n_lines - 1] : NULL;
	if (l != NULL && strlen(l->path) == len &&
	    memcmp(l->path, p->text, len) == 0) {
		l->index = b->index;
		return 0;
	}
	if (b->n_lines == b->lines_size) {
		l = reallocarray(b->lines, size, sizeof(*l));
		if (l == NULL)
			return no_memory(e);
		b->lines = l;
		b->lines_size = size;
	}
	l = &b->lines[b->n_lines];
	l->path = strndup(p->text, len);
	l->index = b->index;
	if (l->path == NULL)
		return no_memory(e);
	b->n_lines++;
	return 0;
}

static int
exists(struct batch *b, const struct path *p)
{
	size_t i;

	if (p->unit != NULL && p->node != p->unit->node)
		return place_find(unit_at(b, p), p) != NULL;
	for (i = 0; i < b->map->n; i++)
		if (path_covers(p->text, b->map->v[i]->path))
			return true;
	return false;
}

int
edit_apply(struct batch *b, const struct edit *ed, struct err *e)
{
	bool changed = false, removed = false;
	struct path p;

	b->note[0] = '\0';
	if (path_parse(&p, b->schema, ed->path, e) < 0 ||
	    check_target(&p, e) < 0 || note_one_line(b, &p, e) < 0)
		return -1;
	switch (ed->op) {
	case EDIT_DELETE:
	case EDIT_REMOVE:
		if (do_remove(b, &p, &changed, e) < 0)
			return -1;
		if (!changed && ed->op == EDIT_DELETE)
			return err_set_path(e, ERR_NOTFOUND, p.text, "%s is not "
					    "configured", p.node->name);
		break;
	case EDIT_CREATE:
		if (exists(b, &p))
			return err_set_path(e, ERR_INVALID, p.text, "%s is "
					    "configured already", p.node->name);
		if (do_set(b, ed, &p, &changed, e) < 0)
			return -1;
		break;
	case EDIT_REPLACE:
		if (!(p.node->nodetype & (LYS_LEAF | LYS_LEAFLIST)) &&
		    do_remove(b, &p, &removed, e) < 0)
			return -1;
		/* fallthrough */
	case EDIT_MERGE:
		if (do_set(b, ed, &p, &changed, e) < 0)
			return -1;
		break;
	default:
		return err_set(e, ERR_INVALID, "there is no edit number %d",
			       (int)ed->op);
	}
	b->changed += changed || removed;
	b->index++;
	return 0;
}

/* What came out as it was is the unit that was there, so that a script that is
 * pushed again costs no commit, and says that it has changed nothing. */
static bool
any_differs(struct batch *b)
{
	const struct undo *u;
	struct unit *is;
	bool any = false;
	size_t i;

	for (i = 0; i < b->n_undo; i++) {
		u = &b->undo[i];
		is = u->before != NULL ? map_find_like(b->map, u->before) : NULL;
		/* The room of the one that is replaced is there. */
		if (is != NULL && is != u->before && unit_equal(u->before, is) &&
		    map_put(b->map, unit_ref(u->before)) < 0)
			abort();
	}
	for (i = 0; i < b->n_undo && !any; i++) {
		u = &b->undo[i];
		is = map_find_like(b->map, u->before != NULL ? u->before : u->is);
		any = u->before != NULL ? is != u->before :
		    is != NULL && is->batch == b->serial;
	}
	return any;
}

int
edit_end(struct batch *b, struct err *e)
{
	struct path p;
	size_t i;

	for (i = 0; i < b->n_lines; i++) {
		if (path_parse(&p, b->schema, b->lines[i].path, e) == 0 &&
		    valid_one_line(b->schema, unit_at(b, &p), &p, e) == 0)
			continue;
		b->index = b->lines[i].index;
		edit_undo(b);
		return -1;
	}
	if (b->changed > 0 && !any_differs(b))
		b->changed = 0;
	batch_fini(b);
	return 0;
}
