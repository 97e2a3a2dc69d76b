#include "diff.h"

#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "edit.h"
#include "unit.h"
#include "ytree.h"

struct walk {
	diff_fn	*fn;
	void	*arg;
	bool	 all;		/* inside a one-line container that changed */
};

static int
report(struct walk *w, enum proto_edit op, const struct lyd_node *n,
       const char *old)
{
	char *path = lyd_path(n, LYD_PATH_STD, NULL, 0);
	struct change c = { .op = op, .node = n->schema, .path = path };
	int rc;

	if (path == NULL)
		return -1;
	if (op == EDIT_MERGE && n->schema->nodetype & LYD_NODE_TERM)
		c.value = lyd_get_value(n);
	c.old = old;
	rc = w->fn(&c, w->arg);
	free(path);
	return rc;
}

/* --- leaf-lists that are set as a whole --- */

/* The first one of the same leaf-list below the parent, or NULL. */
static const struct lyd_node *
first_of(const struct lyd_node *parent, const struct lysc_node *schema)
{
	const struct lyd_node *c;

	LY_LIST_FOR(parent != NULL ? lyd_child(parent) : NULL, c)
		if (c->schema == schema)
			return c;
	return NULL;
}

/* Both from their first values on; either may be NULL. One change for all. */
static int
diff_values(struct walk *w, const struct lyd_node *a, const struct lyd_node *b)
{
	const struct lyd_node *n = b != NULL ? b : a;
	char *old = ytree_join(a), *new = ytree_join(b);
	char *path = lyd_path(n, LYD_PATH_STD_NO_LAST_PRED, NULL, 0);
	struct change c = { .node = n->schema, .value = new, .old = old };
	int rc = 0;

	if (path == NULL || (a != NULL && old == NULL) ||
	    (b != NULL && new == NULL)) {
		rc = -1;
	} else if (old == NULL || new == NULL || w->all ||
		   strcmp(old, new) != 0) {
		c.path = path;
		c.op = b != NULL ? EDIT_MERGE : EDIT_DELETE;
		rc = w->fn(&c, w->arg);
	}
	free(path);
	free(old);
	free(new);
	return rc;
}

/* --- nodes --- */

/* The instance of a node in another tree, below the other tree's parent. */
static struct lyd_node *
twin(const struct lyd_node *n, const struct lyd_node *parent)
{
	struct lyd_node *found = NULL;

	if (ytree_is_line(n->schema))
		return (struct lyd_node *)first_of(parent, n->schema);
	if (parent == NULL || lyd_child(parent) == NULL ||
	    lyd_find_sibling_first(lyd_child(parent), n, &found) != LY_SUCCESS) {
		/* The value of a leaf is no part of who it is. */
		if (parent == NULL || n->schema->nodetype != LYS_LEAF ||
		    lyd_find_sibling_val(lyd_child(parent), n->schema, NULL, 0,
					 &found) != LY_SUCCESS)
			return NULL;
	}
	return found;
}

static int diff_node(struct walk *, const struct lyd_node *,
		     const struct lyd_node *);

static int
gone(struct walk *w, const struct lyd_node *n)
{
	const struct lyd_node *c;
	int rc = 0;

	if (ytree_is_line(n->schema))
		return n == first_of(lyd_parent(n), n->schema) ?
		    diff_values(w, n, NULL) : 0;
	if (!lysc_is_np_cont(n->schema))
		return report(w, EDIT_DELETE, n,
			      n->schema->nodetype & LYD_NODE_TERM ?
			      lyd_get_value(n) : NULL);
	LY_LIST_FOR(lyd_child(n), c)
		if (rc == 0)
			rc = gone(w, c);
	return rc;
}

/* --- leaf-lists whose order counts --- */

/* An edit puts a value behind the others: from the first one on that stands
 * elsewhere than before they are removed and set anew. */
struct order {
	const struct lysc_node *schema;
	size_t	 same;		/* values that stay where they are */
	size_t	 at;		/* values seen */
};

static size_t
same_order(const struct lyd_node *a, const struct lyd_node *b,
	   const struct lysc_node *schema)
{
	const struct lyd_node *old = first_of(a, schema);
	const struct lyd_node *new = first_of(b, schema);
	size_t n = 0;

	for (; old != NULL && old->schema == schema; old = old->next) {
		if (twin(old, b) == NULL)
			continue;
		if (strcmp(lyd_get_value(old), lyd_get_value(new)) != 0)
			break;
		n++;
		new = new->next;
	}
	/* what is new and behind all others is simply added */
	return old == NULL || old->schema != schema ? SIZE_MAX : n;
}

static bool
moved(struct order *o, const struct lyd_node *n, const struct lyd_node *a,
      const struct lyd_node *b)
{
	if (n->schema->nodetype != LYS_LEAFLIST ||
	    !(n->schema->flags & LYS_ORDBY_USER))
		return false;
	if (o->schema != n->schema) {
		o->schema = n->schema;
		o->same = same_order(a, b, n->schema);
		o->at = 0;
	}
	return o->at++ >= o->same;
}

static int
diff_children(struct walk *w, const struct lyd_node *a, const struct lyd_node *b)
{
	struct order old = { NULL, 0, 0 }, new = { NULL, 0, 0 };
	const struct lyd_node *c, *other;
	int rc = 0;

	LY_LIST_FOR(a != NULL ? lyd_child(a) : NULL, c)
		if (rc == 0 && !lysc_is_key(c->schema) &&
		    (twin(c, b) == NULL ||
		     (!ytree_is_line(c->schema) && moved(&old, c, a, b))))
			rc = gone(w, c);
	LY_LIST_FOR(lyd_child(b), c) {
		if (rc != 0 || lysc_is_key(c->schema) ||
		    (ytree_is_line(c->schema) && c != first_of(b, c->schema)))
			continue;
		other = twin(c, a);
		if (!ytree_is_line(c->schema) && moved(&new, c, a, b))
			other = NULL;
		rc = diff_node(w, other, c);
	}
	return rc;
}

static int
diff_leaf(struct walk *w, const struct lyd_node *a, const struct lyd_node *b)
{
	const char *old = a != NULL ? lyd_get_value(a) : NULL;

	if (old != NULL && strcmp(old, lyd_get_value(b)) == 0 && !w->all)
		return 0;
	return report(w, EDIT_MERGE, b, old);
}

/* b is there; a may be NULL. */
static int
diff_node(struct walk *w, const struct lyd_node *a, const struct lyd_node *b)
{
	bool all = w->all;
	int rc = 0;

	if (ytree_is_line(b->schema))
		return diff_values(w, a, b);
	if (b->schema->nodetype & LYD_NODE_TERM)
		return diff_leaf(w, a, b);
	if (a != NULL && lyd_compare_single(a, b, LYD_COMPARE_FULL_RECURSION)
	    == LY_SUCCESS)
		return 0;
	if (a == NULL && !lysc_is_np_cont(b->schema))
		rc = report(w, EDIT_MERGE, b, NULL);
	if (ytree_ext(b->schema, "one-line") != NULL)
		w->all = true;
	if (rc == 0)
		rc = diff_children(w, a, b);
	w->all = all;
	return rc;
}

int
diff_units(const struct unit *a, const struct unit *b, diff_fn *fn, void *arg)
{
	struct walk w = { fn, arg, false };

	if (b == NULL)
		return a != NULL ? gone(&w, a->node) : 0;
	return diff_node(&w, a != NULL ? a->node : NULL, b->node);
}

struct maps {
	diff_fn	*fn;
	void	*arg;
};

static int
diff_one(struct unit *a, struct unit *b, void *arg)
{
	struct maps *m = arg;

	return diff_units(a, b, m->fn, m->arg);
}

int
diff_maps(const struct map *a, const struct map *b, diff_fn *fn, void *arg)
{
	struct maps m = { fn, arg };

	return map_diff(a, b, diff_one, &m);
}

/* --- three ways --- */

/* The changes of one side in one unit, by path. */
struct list {
	struct change	*v;
	size_t		 n, size;
};

static int
list_add(const struct change *c, void *arg)
{
	struct list *l = arg;
	size_t size = l->size > 0 ? 2 * l->size : 16;
	struct change *v = l->v;

	if (l->n == l->size) {
		v = reallocarray(v, size, sizeof(*v));
		if (v == NULL)
			return -1;
		l->v = v;
		l->size = size;
	}
	v += l->n++;
	*v = *c;
	v->path = strdup(c->path);
	v->value = c->value != NULL ? strdup(c->value) : NULL;
	v->old = NULL;
	v->other_op = 0;
	return v->path == NULL || (c->value != NULL && v->value == NULL) ? -1 : 0;
}

static void
list_fini(struct list *l)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		free((char *)l->v[i].path);
		free((char *)l->v[i].value);
	}
	free(l->v);
}

static bool
is_below(const char *path, const char *above)
{
	size_t n = strlen(above);

	return strncmp(path, above, n) == 0 && path[n] == '/';
}

/* Two changes of one node that do not agree; removing a node takes what the
 * other side did below it away. */
static bool
clash(const struct change *a, const struct change *b)
{
	if (strcmp(a->path, b->path) == 0) {
		if (a->op != b->op)
			return true;
		if (a->value == NULL || b->value == NULL)
			return a->value != b->value;
		return strcmp(a->value, b->value) != 0;
	}
	return (a->op == EDIT_DELETE && is_below(b->path, a->path)) ||
	    (b->op == EDIT_DELETE && is_below(a->path, b->path));
}

struct rebase {
	const struct schema	*schema;
	const struct map	*theirs;
	enum proto_rebase	 keep;		/* 0: refuse */
	struct map		*out;
	unsigned int		*serial;
	unsigned int		 conflicts;
	diff_fn			*fn;
	void			*arg;
	struct err		*e;
};

/* Of mine, what they have changed, too; if theirs is to be kept, it is left out
 * of what is replayed. */
static void
find_clashes(struct rebase *r, const struct list *mine,
	     const struct list *theirs, uint32_t commit)
{
	struct change *c;
	size_t i, j;

	for (i = 0; i < mine->n; i++)
		for (j = 0; j < theirs->n; j++) {
			c = &mine->v[i];
			if (!clash(c, &theirs->v[j]))
				continue;
			c->other_op = theirs->v[j].op;
			c->other_value = theirs->v[j].value;
			c->other_commit = commit;
			r->conflicts++;
			if (r->fn != NULL)
				r->fn(c, r->arg);
			break;
		}
}

static int
replay(struct rebase *r, const struct list *mine)
{
	struct batch b;
	struct edit ed;
	size_t i;

	edit_begin(&b, r->schema, r->out, ++*r->serial);
	for (i = 0; i < mine->n; i++) {
		if (r->keep == REBASE_THEIRS && mine->v[i].other_op != 0)
			continue;
		ed.op = mine->v[i].op == EDIT_DELETE ? EDIT_REMOVE : EDIT_MERGE;
		ed.path = mine->v[i].path;
		ed.value = mine->v[i].value;
		ed.data = NULL;
		if (edit_apply(&b, &ed, r->e) < 0) {
			edit_undo(&b);
			return -1;
		}
	}
	return edit_end(&b, r->e);
}

/* One side has removed the whole unit: it is as one of the two left it. */
static int
keep_unit(struct rebase *r, struct unit *base, struct unit *mine)
{
	if (r->keep == REBASE_THEIRS)
		return 0;
	if (mine == NULL) {
		map_del(r->out, base);
		return 0;
	}
	return map_put(r->out, unit_ref(mine)) < 0 ?
	    err_set(r->e, ERR_RESOURCE, "no memory to compare") : 0;
}

/* A unit that both changed. */
static int
rebase_both(struct rebase *r, struct unit *base, struct unit *theirs,
	    struct unit *mine)
{
	struct list a = { 0 }, b = { 0 };
	unsigned int before = r->conflicts;
	int rc;

	rc = diff_units(base, mine, list_add, &a);
	if (rc == 0)
		rc = diff_units(base, theirs, list_add, &b);
	if (rc != 0)
		rc = err_set(r->e, ERR_RESOURCE, "no memory to compare");
	if (rc == 0)
		find_clashes(r, &a, &b, theirs != NULL ? theirs->commit : 0);
	if (rc == 0 && r->conflicts > before && r->keep != 0 &&
	    (mine == NULL || theirs == NULL))
		rc = keep_unit(r, base, mine);
	else if (rc == 0 && (r->conflicts == before || r->keep != 0))
		rc = replay(r, &a);
	list_fini(&a);
	list_fini(&b);
	return rc;
}

static int
rebase_one(struct unit *base, struct unit *mine, void *arg)
{
	struct unit *theirs = map_find_like(((struct rebase *)arg)->theirs,
					    base != NULL ? base : mine);
	struct rebase *r = arg;

	if (theirs != base && !unit_equal(theirs, base))
		return rebase_both(r, base, theirs, mine);
	if (mine == NULL) {
		map_del(r->out, base);
		return 0;
	}
	return map_put(r->out, unit_ref(mine)) < 0 ?
	    err_set(r->e, ERR_RESOURCE, "no memory to compare") : 0;
}

int
diff_rebase(const struct schema *s, const struct map *base,
	    const struct map *theirs, const struct map *mine,
	    enum proto_rebase keep, unsigned int *serial, struct map **out,
	    diff_fn *fn, void *arg, struct err *e)
{
	struct rebase r = { s, theirs, keep, map_clone(theirs), serial, 0, fn,
			    arg, e };

	if (r.out == NULL)
		return err_set(e, ERR_RESOURCE, "no memory to compare");
	if (map_diff(base, mine, rebase_one, &r) != 0) {
		map_unref(r.out);
		return -1;
	}
	if (r.conflicts > 0 && keep == 0) {
		map_unref(r.out);
		return err_set(e, ERR_CONFLICT, "somebody else has committed a "
			       "change to %u of the nodes that you changed",
			       r.conflicts);
	}
	*out = r.out;
	return (int)r.conflicts;
}
