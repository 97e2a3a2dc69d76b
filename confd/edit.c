#include "edit_in.h"

#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "place.h"
#include "schema.h"
#include "unit.h"
#include "valid.h"

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

int
edit_no_memory(struct err *e)
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
			return edit_no_memory(e);
		}
		b->undo = u;
		b->undo_size = size;
	}
	b->undo[b->n_undo].before = before;
	b->undo[b->n_undo++].is = is;
	return 0;
}

struct unit *
edit_own(struct batch *b, struct unit *u, const struct path *p, struct err *e)
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
		edit_no_memory(e);
		return NULL;
	}
	mine->batch = b->serial;
	if (record(b, u != NULL ? unit_ref(u) : NULL, unit_ref(mine), e) < 0) {
		unit_unref(mine);
		return NULL;
	}
	if (map_put(b->map, mine) < 0) {
		edit_no_memory(e);
		return NULL;
	}
	return mine;
}

int
edit_drop(struct batch *b, struct unit *u, struct err *e)
{
	/* If it is a copy of this batch, what it was is recorded already. */
	if (u->batch != b->serial &&
	    record(b, unit_ref(u), unit_ref(u), e) < 0)
		return -1;
	map_del(b->map, u);
	return 0;
}

struct unit *
edit_unit(struct batch *b, const struct path *p)
{
	char path[PATH_MAX_LEN];

	if (p->unit == NULL)
		return NULL;
	memcpy(path, p->text, p->unit_len);
	path[p->unit_len] = '\0';
	return map_find(b->map, p->unit, p->num, path);
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
			return edit_no_memory(e);
		b->lines = l;
		b->lines_size = size;
	}
	l = &b->lines[b->n_lines];
	l->path = strndup(p->text, len);
	l->index = b->index;
	if (l->path == NULL)
		return edit_no_memory(e);
	b->n_lines++;
	return 0;
}

static int
exists(struct batch *b, const struct path *p)
{
	size_t i;

	if (p->unit != NULL && p->node != p->unit->node)
		return place_find(edit_unit(b, p), p) != NULL;
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
		if (edit_remove(b, &p, &changed, e) < 0)
			return -1;
		if (!changed && ed->op == EDIT_DELETE)
			return err_set_path(e, ERR_NOTFOUND, p.text, "%s is not "
					    "configured", p.node->name);
		break;
	case EDIT_CREATE:
		if (exists(b, &p))
			return err_set_path(e, ERR_INVALID, p.text, "%s is "
					    "configured already", p.node->name);
		if (edit_set(b, ed, &p, &changed, e) < 0)
			return -1;
		break;
	case EDIT_REPLACE:
		if (!(p.node->nodetype & (LYS_LEAF | LYS_LEAFLIST)) &&
		    edit_remove(b, &p, &removed, e) < 0)
			return -1;
		/* fallthrough */
	case EDIT_MERGE:
		if (edit_set(b, ed, &p, &changed, e) < 0)
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
		    valid_one_line(b->schema, edit_unit(b, &p), &p, e) == 0)
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
