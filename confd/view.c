#include "view.h"

#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "path.h"
#include "schema.h"
#include "unit.h"
#include "ytree.h"

/* --- taking away --- */

static bool
owned_by(const struct lysc_node *node, const char *owner)
{
	const char *is = ytree_owner(node), *also = ytree_ext(node, "also");

	return (is != NULL && strcmp(is, owner) == 0) ||
	    (also != NULL && strcmp(also, owner) == 0);
}

static bool
in_fields(const struct lysc_node *node, const char *fields)
{
	size_t len = strlen(node->name), n;
	const char *p = fields;

	for (;;) {
		p += strspn(p, " ");
		n = strcspn(p, " ");
		if (n == 0)
			return false;
		if (n == len && memcmp(p, node->name, n) == 0)
			return true;
		p += n;
	}
}

/* Removes the leaves that were not asked for and the containers that hold none;
 * entries of lists stay, with their keys.  False: n itself can go. */
static bool
prune(struct lyd_node *n, const char *fields)
{
	bool any = n->schema->nodetype == LYS_LIST;
	struct lyd_node *c, *next;

	if (!(n->schema->nodetype & LYD_NODE_INNER))
		return in_fields(n->schema, fields);
	LY_LIST_FOR_SAFE(lyd_child(n), next, c) {
		if (lysc_is_key(c->schema))
			continue;
		if (prune(c, fields))
			any = true;
		else
			lyd_free_tree(c);
	}
	return any;
}

static int
find_secrets(struct lyd_node *tree, struct ly_set *set)
{
	struct lyd_node *root, *n;

	LY_LIST_FOR(tree, root) {
		LYD_TREE_DFS_BEGIN(root, n) {
			if (n->schema->nodetype & LYD_NODE_TERM &&
			    ytree_is_secret(n->schema) &&
			    ly_set_add(set, n, 1, NULL) != LY_SUCCESS)
				return -1;
			LYD_TREE_DFS_END(root, n);
		}
	}
	return 0;
}

/* A type that does not take the mask loses its leaf altogether. */
static int
mask(struct lyd_node **tree)
{
	struct ly_set set = { 0 };
	struct lyd_node *n;
	int rc = find_secrets(*tree, &set);
	uint32_t i;

	for (i = 0; i < set.count; i++) {
		n = set.dnodes[i];
		if (lyd_change_term(n, VIEW_MASK) == LY_SUCCESS ||
		    strcmp(lyd_get_value(n), VIEW_MASK) == 0)
			continue;
		if (n == *tree)
			*tree = n->next;
		lyd_free_tree(n);
	}
	ly_set_erase(&set, NULL);
	return rc;
}

/* Leaves only the way to the node, and it (or all entries of its list). */
static void
prune_to(struct lyd_node *n, bool all)
{
	struct lyd_node *s, *next;

	for (; n != NULL; n = lyd_parent(n), all = false) {
		LY_LIST_FOR_SAFE(lyd_first_sibling(n), next, s)
			if (s != n && !lysc_is_key(s->schema) &&
			    !(all && s->schema == n->schema))
				lyd_free_tree(s);
	}
}

/* --- putting together --- */

/* The container for that place of the model, made if it is not there. */
static struct lyd_node *
parent_for(struct lyd_node **tree, const struct lysc_node *schema)
{
	struct lyd_node *above = NULL, *n;

	if (lysc_data_parent(schema) != NULL) {
		above = parent_for(tree, lysc_data_parent(schema));
		if (above == NULL)
			return NULL;
	}
	LY_LIST_FOR(above != NULL ? lyd_child(above) : *tree, n)
		if (n->schema == schema)
			return n;
	if (lyd_new_inner(above, schema->module, schema->name, 0, &n)
	    != LY_SUCCESS)
		return NULL;
	if (above == NULL && lyd_insert_sibling(*tree, n, tree) != LY_SUCCESS) {
		lyd_free_all(n);
		return NULL;
	}
	return n;
}

static int
hang(struct lyd_node **tree, struct lyd_node *n)
{
	struct lyd_node *parent;

	if (lysc_data_parent(n->schema) == NULL)
		return lyd_insert_sibling(*tree, n, tree) == LY_SUCCESS ? 0 : -1;
	parent = parent_for(tree, lysc_data_parent(n->schema));
	return parent != NULL && lyd_insert_child(parent, n) == LY_SUCCESS ?
	    0 : -1;
}

/* Whether anything of the owner's is at n or below it. */
static bool
has_owned(const struct lyd_node *n, const char *owner)
{
	const struct lyd_node *c;

	if (!lysc_is_key(n->schema) && !lysc_is_np_cont(n->schema) &&
	    owned_by(n->schema, owner))
		return true;
	LY_LIST_FOR(lyd_child(n), c)
		if (!lysc_is_key(c->schema) && has_owned(c, owner))
			return true;
	return false;
}

/* Whether anything that was asked for is at n or below it. */
static bool
has_fields(const struct lyd_node *n, const char *fields)
{
	const struct lyd_node *c;

	if (!(n->schema->nodetype & LYD_NODE_INNER))
		return in_fields(n->schema, fields);
	if (n->schema->nodetype == LYS_LIST)
		return true;
	LY_LIST_FOR(lyd_child(n), c)
		if (has_fields(c, fields))
			return true;
	return false;
}

typedef bool has_fn(const struct lyd_node *, const char *what);

/* A copy of n with what is its; keys come by themselves. */
static struct lyd_node *
copy_part(const struct lyd_node *n, struct lyd_node *parent, has_fn *has,
	  const char *what)
{
	struct lyd_node *copy = NULL;
	const struct lyd_node *c;

	if (lyd_dup_single(n, (struct lyd_node_inner *)parent, 0, &copy)
	    != LY_SUCCESS)
		return NULL;
	LY_LIST_FOR(lyd_child(n), c) {
		if (lysc_is_key(c->schema) || !has(c, what))
			continue;
		if (copy_part(c, copy, has, what) == NULL) {
			lyd_free_tree(copy);
			return NULL;
		}
	}
	return copy;
}

static int
add_part(struct lyd_node **tree, const struct unit *u, has_fn *has,
	 const char *what)
{
	struct lyd_node *n = NULL;

	if (what == NULL) {
		if (lyd_dup_single(u->node, NULL, LYD_DUP_RECURSIVE, &n)
		    != LY_SUCCESS)
			return -1;
	} else {
		if (!has(u->node, what))
			return 0;
		n = copy_part(u->node, NULL, has, what);
		if (n == NULL)
			return -1;
	}
	if (hang(tree, n) == 0)
		return 0;
	lyd_free_tree(n);
	return -1;
}

int
view_add(struct lyd_node **tree, const struct unit *u, const char *owner)
{
	return add_part(tree, u, has_owned, owner);
}

bool
view_owns(const struct unit *u, const char *owner)
{
	return u != NULL && has_owned(u->node, owner);
}

bool
view_differs(const struct unit *a, const struct unit *b, const char *owner)
{
	struct lyd_node *x, *y;
	bool differs;

	if (!view_owns(a, owner) || !view_owns(b, owner))
		return view_owns(a, owner) != view_owns(b, owner);
	x = copy_part(a->node, NULL, has_owned, owner);
	y = copy_part(b->node, NULL, has_owned, owner);
	/* Without memory, the owner looks for itself. */
	differs = x == NULL || y == NULL ||
	    lyd_compare_single(x, y, LYD_COMPARE_FULL_RECURSION) != LY_SUCCESS;
	lyd_free_tree(x);
	lyd_free_tree(y);
	return differs;
}

/* What the path covers, and of that the fields (NULL: all). */
static int
tree_of(const struct map *m, const struct path *p, const char *fields,
	struct lyd_node **tree)
{
	struct unit *u;
	char path[PATH_MAX_LEN];
	size_t i;
	int rc = 0;

	*tree = NULL;
	if (p != NULL && p->unit != NULL && p->unit->list) {
		memcpy(path, p->text, p->unit_len);
		path[p->unit_len] = '\0';
		u = map_find(m, p->unit, p->num, path);
		return u != NULL ? add_part(tree, u, has_fields, fields) : 0;
	}
	for (i = 0; i < m->n && rc == 0; i++)
		if (p == NULL || path_covers(p->text, m->v[i]->path) ||
		    p->unit == m->v[i]->schema)
			rc = add_part(tree, m->v[i], has_fields, fields);
	if (rc < 0) {
		lyd_free_all(*tree);
		*tree = NULL;
	}
	return rc;
}

int
view_tree(const struct schema *s, const struct map *m, const struct path *p,
	  struct lyd_node **tree)
{
	(void)s;
	return tree_of(m, p, NULL, tree);
}

/* Containers exist by themselves, and so do the defaults in them. */
static int
add_defaults(const struct schema *s, const struct path *p, struct lyd_node **tree)
{
	const struct unit_schema *us;
	struct lyd_node *n;
	size_t i;

	for (i = 0; i < s->n_units; i++) {
		us = &s->units[i];
		if (us->list || !lysc_is_np_cont(us->node) ||
		    (p != NULL && p->unit != us))
			continue;
		if (parent_for(tree, us->node) == NULL)
			return -1;
	}
	LY_LIST_FOR(*tree, n) {
		/* libyang fills no container that it takes for filled. */
		n->flags &= ~(uint32_t)LYD_DEFAULT;
		if (lyd_new_implicit_tree(n, LYD_IMPLICIT_NO_STATE, NULL)
		    != LY_SUCCESS)
			return -1;
	}
	return 0;
}

static bool
names_all(const struct path *p)
{
	return p->whole || (p->node->nodetype == LYS_LEAFLIST &&
			    p->text[strlen(p->text) - 1] != ']');
}

/* The first instance of what the path names in a tree, or NULL. */
static struct lyd_node *
find_in(struct lyd_node *tree, const struct path *p)
{
	char path[PATH_MAX_LEN];
	struct lyd_node *n = NULL, *c;
	size_t len;

	if (tree == NULL)
		return NULL;
	if (!names_all(p))
		return lyd_find_path(tree, p->text, 0, &n) == LY_SUCCESS ?
		    n : NULL;
	if (p->steps > 1) {
		len = p->ends[p->steps - 2];
		memcpy(path, p->text, len);
		path[len] = '\0';
		if (lyd_find_path(tree, path, 0, &n) != LY_SUCCESS)
			return NULL;
		tree = lyd_child(n);
	}
	LY_LIST_FOR(tree, c)
		if (c->schema == p->node)
			return c;
	return NULL;
}

/* One path's part. */
static int
select_part(const struct schema *s, const struct map *m, const struct path *p,
	    const struct view *v, struct lyd_node **tree)
{
	struct lyd_node *n;

	/* What is a default depends on all the rest. */
	if (tree_of(m, p, v->defaults ? NULL : v->fields, tree) < 0)
		return -1;
	if (v->defaults && add_defaults(s, p, tree) < 0)
		return -1;
	if (p == NULL)
		return 0;
	n = find_in(*tree, p);
	if (n == NULL) {
		lyd_free_all(*tree);
		*tree = NULL;
		return 0;
	}
	prune_to(n, names_all(p));
	while (n->parent != NULL)
		n = lyd_parent(n);
	*tree = n;
	return 0;
}

/* Drops what the reader did not ask for or may not see. */
static int
reduce(const struct schema *s, struct lyd_node **tree, const struct view *v)
{
	struct lyd_node *n, *next;

	if (v->fields != NULL) {
		LY_LIST_FOR_SAFE(*tree, next, n) {
			if (prune(n, v->fields))
				continue;
			if (n == *tree)
				*tree = next;
			lyd_free_tree(n);
		}
	}
	if (s->hides)
		access_prune(v->role, tree);
	return v->mask ? mask(tree) : 0;
}

int
view_json(const struct schema *s, const struct map *m, const struct path *paths,
	  size_t n, const struct view *v, char **json, struct err *e)
{
	struct lyd_node *tree = NULL, *part = NULL;
	size_t i;
	int rc = 0;

	*json = NULL;
	if (n == 0)
		rc = select_part(s, m, NULL, v, &tree);
	for (i = 0; i < n && rc == 0; i++) {
		part = NULL;
		rc = select_part(s, m, &paths[i], v, &part);
		if (rc == 0 && part != NULL &&
		    lyd_merge_siblings(&tree, part, LYD_MERGE_DESTRUCT |
				       LYD_MERGE_DEFAULTS) != LY_SUCCESS)
			rc = -1;
		else if (rc < 0)
			lyd_free_all(part);
	}
	if (rc == 0)
		rc = reduce(s, &tree, v);
	if (rc == 0 && tree != NULL &&
	    lyd_print_mem(json, tree, LYD_JSON, LYD_PRINT_WITHSIBLINGS |
			  LYD_PRINT_SHRINK | (v->defaults ? LYD_PRINT_WD_ALL :
					      LYD_PRINT_WD_EXPLICIT)) != LY_SUCCESS)
		rc = -1;
	lyd_free_all(tree);
	if (rc < 0)
		return err_set(e, ERR_RESOURCE, "no memory to put the "
			       "configuration together");
	return 0;
}
