#include "unit.h"

#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "path.h"
#include "schema.h"

static struct unit *
unit_alloc(const struct unit_schema *us, const char *path, uint64_t num)
{
	size_t len = strlen(path) + 1;
	struct unit *u = calloc(1, sizeof(*u) + len);

	if (u == NULL)
		return NULL;
	u->ref = 1;
	u->schema = us;
	u->num = num;
	memcpy(u->path, path, len);
	return u;
}

struct unit *
unit_new(const struct schema *s, const struct unit_schema *us, const char *path,
	 uint64_t num)
{
	struct unit *u = unit_alloc(us, path, num);

	if (u == NULL)
		return NULL;
	if (lyd_new_path2(NULL, s->ctx, path, NULL, 0, LYD_ANYDATA_STRING, 0,
			  &u->top, &u->node) != LY_SUCCESS) {
		unit_unref(u);
		return NULL;
	}
	return u;
}

/* The node of the same place in a copy that has nothing beside the way to it. */
static struct lyd_node *
top_of(struct lyd_node *n)
{
	while (n->parent != NULL)
		n = lyd_parent(n);
	return n;
}

struct unit *
unit_copy(const struct unit *old)
{
	struct unit *u = unit_alloc(old->schema, old->path, old->num);

	if (u == NULL)
		return NULL;
	if (lyd_dup_single(old->node, NULL, LYD_DUP_RECURSIVE |
			   LYD_DUP_WITH_PARENTS, &u->node) != LY_SUCCESS) {
		u->node = NULL;
		unit_unref(u);
		return NULL;
	}
	u->top = top_of(u->node);
	return u;
}

struct unit *
unit_ref(struct unit *u)
{
	u->ref++;
	return u;
}

void
unit_unref(struct unit *u)
{
	if (u == NULL || --u->ref > 0)
		return;
	lyd_free_all(u->top);
	free(u);
}

bool
unit_equal(const struct unit *a, const struct unit *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return a == b || lyd_compare_single(a->node, b->node,
					    LYD_COMPARE_FULL_RECURSION)
	    == LY_SUCCESS;
}

/* Containers without presence count for nothing. */
static bool
has_content(const struct lyd_node *n)
{
	const struct lyd_node *c;

	if (!lysc_is_np_cont(n->schema))
		return true;
	LY_LIST_FOR(lyd_child(n), c)
		if (has_content(c))
			return true;
	return false;
}

bool
unit_is_empty(const struct unit *u)
{
	return !has_content(u->node);
}

/* --- maps --- */

struct map *
map_new(void)
{
	struct map *m = calloc(1, sizeof(*m));

	if (m != NULL)
		m->ref = 1;
	return m;
}

struct map *
map_ref(struct map *m)
{
	m->ref++;
	return m;
}

void
map_unref(struct map *m)
{
	size_t i;

	if (m == NULL || --m->ref > 0)
		return;
	for (i = 0; i < m->n; i++)
		unit_unref(m->v[i]);
	free(m->v);
	free(m);
}

struct map *
map_clone(const struct map *old)
{
	struct map *m = map_new();
	size_t i;

	if (m == NULL)
		return NULL;
	m->size = old->n + 16;
	m->v = malloc(m->size * sizeof(*m->v));
	if (m->v == NULL) {
		free(m);
		return NULL;
	}
	for (i = 0; i < old->n; i++)
		m->v[i] = unit_ref(old->v[i]);
	m->n = old->n;
	return m;
}

static int
order(const struct unit *u, const struct unit_schema *us, uint64_t num,
      const char *path)
{
	if (u->schema->rank != us->rank)
		return u->schema->rank < us->rank ? -1 : 1;
	if (u->num != num)
		return u->num < num ? -1 : 1;
	return strcmp(u->path, path);
}

static int
order_units(const struct unit *a, const struct unit *b)
{
	return a == b ? 0 : order(a, b->schema, b->num, b->path);
}

/* Where it is, or where it would be put. */
static size_t
map_pos(const struct map *m, const struct unit_schema *us, uint64_t num,
	const char *path, bool *found)
{
	size_t lo = 0, hi = m->n, mid;
	int c;

	*found = false;
	/* Most of what is loaded comes in order. */
	if (hi > 0 && order(m->v[hi - 1], us, num, path) < 0)
		return hi;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		c = order(m->v[mid], us, num, path);
		if (c == 0) {
			*found = true;
			return mid;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct unit *
map_find(const struct map *m, const struct unit_schema *us, uint64_t num,
	 const char *path)
{
	bool found;
	size_t i = map_pos(m, us, num, path, &found);

	return found ? m->v[i] : NULL;
}

struct unit *
map_find_like(const struct map *m, const struct unit *u)
{
	return map_find(m, u->schema, u->num, u->path);
}

int
map_put(struct map *m, struct unit *u)
{
	struct unit **v;
	bool found;
	size_t i = map_pos(m, u->schema, u->num, u->path, &found), size;

	if (found) {
		unit_unref(m->v[i]);
		m->v[i] = u;
		return 0;
	}
	if (m->n == m->size) {
		size = m->size > 0 ? 2 * m->size : 16;
		v = reallocarray(m->v, size, sizeof(*v));
		if (v == NULL) {
			unit_unref(u);
			return -1;
		}
		m->v = v;
		m->size = size;
	}
	memmove(m->v + i + 1, m->v + i, (m->n - i) * sizeof(*m->v));
	m->v[i] = u;
	m->n++;
	return 0;
}

void
map_del(struct map *m, const struct unit *u)
{
	bool found;
	size_t i = map_pos(m, u->schema, u->num, u->path, &found);
	struct unit *old;

	if (!found)
		return;
	old = m->v[i];
	m->n--;
	memmove(m->v + i, m->v + i + 1, (m->n - i) * sizeof(*m->v));
	unit_unref(old);
}

/* The first unit whose rank is at least that. */
static size_t
rank_pos(const struct map *m, unsigned int rank)
{
	size_t lo = 0, hi = m->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (m->v[mid]->schema->rank < rank)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

size_t
map_count(const struct map *m, const struct unit_schema *us)
{
	return rank_pos(m, us->rank + 1) - rank_pos(m, us->rank);
}

int
map_diff(const struct map *a, const struct map *b, map_diff_fn *fn, void *arg)
{
	size_t i = 0, j = 0;
	int c, rc = 0;

	while (rc == 0 && (i < a->n || j < b->n)) {
		if (i < a->n && j < b->n && a->v[i] == b->v[j]) {
			i++, j++;
			continue;
		}
		c = i == a->n ? 1 : j == b->n ? -1 :
		    order_units(a->v[i], b->v[j]);
		if (c < 0)
			rc = fn(a->v[i++], NULL, arg);
		else if (c > 0)
			rc = fn(NULL, b->v[j++], arg);
		else
			rc = fn(a->v[i++], b->v[j++], arg);
	}
	return rc;
}

/* --- from a tree --- */

/* Puts containers like those above the node in the model around it. */
static int
wrap(struct lyd_node *n, struct lyd_node **top)
{
	const struct lysc_node *s;
	struct lyd_node *parent;

	*top = n;
	for (s = lysc_data_parent(n->schema); s != NULL;
	     s = lysc_data_parent(s)) {
		if (lyd_new_inner(NULL, s->module, s->name, 0, &parent)
		    != LY_SUCCESS)
			return -1;
		if (lyd_insert_child(parent, *top) != LY_SUCCESS) {
			lyd_free_all(parent);
			return -1;
		}
		*top = parent;
	}
	return 0;
}

/* Consumes the node, which hangs nowhere. */
static int
put_node(struct map *m, const struct schema *s, struct lyd_node *n,
	 struct err *e)
{
	const struct unit_schema *us = schema_unit(s, n->schema);
	struct lyd_node *top = n;
	struct unit *u = NULL;
	uint64_t num = 0;
	char *path = NULL;

	if (us == NULL) {
		err_set(e, ERR_INVALID, "%s is not configuration",
			n->schema->name);
		lyd_free_all(n);
		return -1;
	}
	if (us->list)
		num = path_key_num(lyd_child(n)->schema, lyd_get_value(lyd_child(n)));
	if (wrap(n, &top) == 0)
		path = lyd_path(n, LYD_PATH_STD, NULL, 0);
	if (path != NULL)
		u = unit_alloc(us, path, num);
	free(path);
	if (u == NULL) {
		lyd_free_all(top);
		return err_set(e, ERR_RESOURCE, "no memory for the "
			       "configuration");
	}
	u->top = top;
	u->node = n;
	if (unit_is_empty(u)) {
		unit_unref(u);
		return 0;
	}
	if (map_find_like(m, u) != NULL) {
		err_set_path(e, ERR_INVALID, u->path, "this is there twice");
		unit_unref(u);
		return -1;
	}
	return map_put(m, u) < 0 ? err_set(e, ERR_RESOURCE, "no memory for the "
					   "configuration") : 0;
}

/* Takes the entries of lists of units out of a container. */
static int
put_entries(struct map *m, const struct schema *s, struct lyd_node *cont,
	    struct err *e)
{
	const struct unit_schema *us;
	struct lyd_node *n, *next;

	LY_LIST_FOR_SAFE(lyd_child(cont), next, n) {
		us = schema_unit(s, n->schema);
		if (us != NULL && us->node == n->schema && us->list) {
			lyd_unlink_tree(n);
			if (put_node(m, s, n, e) < 0)
				return -1;
		} else if (n->schema->nodetype == LYS_CONTAINER &&
			   put_entries(m, s, n, e) < 0) {
			return -1;
		}
	}
	return 0;
}

int
map_from_tree(struct map **out, const struct schema *s, struct lyd_node *tree,
	      struct err *e)
{
	struct map *m = map_new();
	struct lyd_node *n, *next;
	int rc = 0;

	if (m == NULL)
		rc = err_set(e, ERR_RESOURCE, "no memory for the configuration");
	if (tree != NULL)
		tree = lyd_first_sibling(tree);
	LY_LIST_FOR_SAFE(tree, next, n) {
		lyd_unlink_tree(n);
		if (rc == 0 && n->schema->nodetype == LYS_CONTAINER)
			rc = put_entries(m, s, n, e);
		if (rc == 0)
			rc = put_node(m, s, n, e);
		else
			lyd_free_all(n);
	}
	if (rc < 0) {
		map_unref(m);
		return -1;
	}
	*out = m;
	return 0;
}
