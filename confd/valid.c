#include "valid.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"
#include "path.h"
#include "place.h"
#include "schema.h"
#include "unit.h"
#include "view.h"
#include "ytree.h"

/* --- one line --- */

static int
set_at(struct err *e, const struct lyd_node *n, const char *text)
{
	char *path = lyd_path(n, LYD_PATH_STD, NULL, 0);

	err_set_path(e, ERR_INVALID, path != NULL ? path : "", "%s", text);
	free(path);
	return -1;
}

static int
check_rule(const struct rule *r, const struct lyd_node *n, struct err *e)
{
	char text[ERR_TEXT_MAX];
	ly_bool ok;

	/* An expression that cannot be judged here is judged at commit. */
	if (lyd_eval_xpath(n, r->expr, &ok) != LY_SUCCESS || ok)
		return 0;
	if (r->message != NULL)
		ytree_fold(text, sizeof(text), r->message);
	else
		snprintf(text, sizeof(text), "%s is not allowed like this.",
			 n->schema->name);
	return set_at(e, n, text);
}

static int
check_mandatory(const struct lyd_node *cont, struct err *e)
{
	const struct lysc_node *s = NULL;
	struct lyd_node *found;
	char text[ERR_TEXT_MAX];

	while ((s = lys_getnext(s, cont->schema, NULL, 0)) != NULL) {
		if (!(s->flags & LYS_MAND_TRUE) ||
		    !(s->nodetype & (LYS_LEAF | LYS_LEAFLIST)))
			continue;
		LY_LIST_FOR(lyd_child(cont), found)
			if (found->schema == s)
				break;
		if (found != NULL)
			continue;
		snprintf(text, sizeof(text), "%s needs a %s.",
			 cont->schema->name, s->name);
		return set_at(e, cont, text);
	}
	return 0;
}

static int
check_container(const struct schema *s, struct lyd_node *cont, struct err *e)
{
	const struct rule *r;
	struct lyd_node *n;
	size_t i;

	if (check_mandatory(cont, e) < 0)
		return -1;
	for (i = 0; i < s->n_rules; i++) {
		r = &s->rules[i];
		if (r->container != cont->schema)
			continue;
		n = cont;
		if (r->node != cont->schema &&
		    lyd_find_sibling_val(lyd_child(cont), r->node, NULL, 0, &n)
		    != LY_SUCCESS)
			continue;
		if (check_rule(r, n, e) < 0)
			return -1;
	}
	return 0;
}

int
valid_one_line(const struct schema *s, const struct unit *u,
	       const struct path *p, struct err *e)
{
	struct lyd_node *cont = place_find(u, p), *copy, *top;
	int rc = 0;

	if (cont == NULL)
		return 0;
	/* Rules look at defaults, too, which are not kept in units. */
	if (lyd_dup_single(cont, NULL, LYD_DUP_RECURSIVE | LYD_DUP_WITH_PARENTS,
			   &copy) != LY_SUCCESS)
		return err_set(e, ERR_RESOURCE, "no memory to check %s",
			       p->text);
	for (top = copy; top->parent != NULL;)
		top = lyd_parent(top);
	if (lyd_new_implicit_tree(copy, LYD_IMPLICIT_NO_STATE, NULL)
	    == LY_SUCCESS)
		rc = check_container(s, copy, e);
	lyd_free_all(top);
	return rc;
}

/* --- all that changed --- */

struct walk {
	const struct schema	*schema;
	const struct map	*before, *after;
	struct valid		*v;
};

static struct err *
next_error(struct valid *v)
{
	if (v->errors == NULL)
		v->errors = calloc(VALID_ERRORS_MAX, sizeof(*v->errors));
	if (v->errors == NULL || v->n == VALID_ERRORS_MAX) {
		v->more++;
		return NULL;
	}
	return &v->errors[v->n++];
}

static bool
is_known(const struct valid *v, size_t from, const struct err *e)
{
	size_t i;

	for (i = from; i < v->n; i++)
		if (strcmp(v->errors[i].path, e->path) == 0 &&
		    strcmp(v->errors[i].text, e->text) == 0)
			return true;
	return false;
}

struct adding {
	struct valid	*v;
	size_t		 from;		/* where its errors begin */
};

static void
add_fault(const struct err *e, void *arg)
{
	struct adding *a = arg;
	struct err *to;

	if (!is_known(a->v, a->from, e) && (to = next_error(a->v)) != NULL)
		*to = *e;
}

static bool
says_already(const struct valid *v, size_t from, const struct err *e)
{
	size_t i;

	for (i = from; i < v->n; i++)
		if (strcmp(v->errors[i].text, e->text) == 0)
			return true;
	return false;
}

/* libyang stops at the first error: all of them are found here, so that one
 * attempt says what is to be done.  Its own comes first if it is not among
 * them. */
static void
add_faults(struct valid *v, const struct schema *s, const struct unit *u,
	   struct lyd_node *nodes)
{
	unsigned int kind = faults_kind(s->ctx), found = 0;
	struct adding a = { v, v->n };
	struct err first = ERR_INIT;
	struct lyd_node *n;

	/* It names a mandatory node's place in the model only: here it is known
	 * which unit was looked at. */
	ytree_err(s->ctx, &first, NULL);
	if (first.path[0] == '\0' && u != NULL)
		snprintf(first.path, sizeof(first.path), "%.255s", u->path);
	LY_LIST_FOR(nodes, n) {
		/* libyang fills no container that it takes for filled. */
		n->flags &= ~(uint32_t)LYD_DEFAULT;
		if (lyd_new_implicit_tree(n, LYD_IMPLICIT_NO_STATE, NULL)
		    == LY_SUCCESS)
			found |= faults_find(n, add_fault, &a);
		if (u != NULL)
			break;
	}
	if (found & kind || says_already(v, a.from, &first))
		return;
	if (v->n == VALID_ERRORS_MAX) {
		v->more++;
		return;
	}
	if (next_error(v) == NULL)
		return;
	memmove(&v->errors[a.from + 1], &v->errors[a.from],
		(v->n - 1 - a.from) * sizeof(*v->errors));
	v->errors[a.from] = first;
}

/* --- what a false `when` removes --- */

/* Whether it was there before, and is as it was. */
static bool
is_old(const struct walk *w, const struct path *p)
{
	char unit[PATH_MAX_LEN];
	struct lyd_node *x, *y;

	if (p->unit == NULL)
		return false;
	memcpy(unit, p->text, p->unit_len);
	unit[p->unit_len] = '\0';
	x = place_find(map_find(w->before, p->unit, p->num, unit), p);
	y = place_find(map_find(w->after, p->unit, p->num, unit), p);
	return x != NULL && y != NULL &&
	    lyd_compare_single(x, y, LYD_COMPARE_FULL_RECURSION) == LY_SUCCESS;
}

static void
add_gone(struct valid *v, char *path, const struct lyd_node *n)
{
	const struct lysc_node *s = n->schema;
	struct lysc_when **whens;
	struct gone *more = reallocarray(v->gone, v->n_gone + 1, sizeof(*more));

	if (more == NULL) {
		free(path);
		v->more++;
		return;
	}
	v->gone = more;
	more += v->n_gone++;
	more->path = path;
	more->why = NULL;
	for (; s != NULL && more->why == NULL; s = s->parent) {
		whens = lysc_node_when(s);
		if (LY_ARRAY_COUNT(whens) > 0)
			more->why = whens[0]->dsc;
		if (s->parent == NULL ||
		    !(s->parent->nodetype & (LYS_CHOICE | LYS_CASE)))
			break;
	}
}

/* Nodes whose `when` is false vanish silently in libyang.  What ran and was not
 * touched goes with what it depended on (RFC 7950 8.2), and that is said; what
 * was just typed is not thrown away behind the administrator's back. */
static void
add_vanished(struct walk *w, struct lyd_node *diff)
{
	struct lyd_node *root, *n;
	struct lyd_meta *op;
	struct path p;
	struct err *e;
	char *path;

	LY_LIST_FOR(diff, root) {
		LYD_TREE_DFS_BEGIN(root, n) {
			op = lyd_find_meta(n->meta, NULL, "yang:operation");
			path = op != NULL && !(n->flags & LYD_DEFAULT) &&
			    strcmp(lyd_get_meta_value(op), "delete") == 0 ?
			    lyd_path(n, LYD_PATH_STD, NULL, 0) : NULL;
			if (path != NULL &&
			    path_parse(&p, w->schema, path, NULL) == 0 &&
			    is_old(w, &p)) {
				add_gone(w->v, path, n);
				path = NULL;
			} else if (path != NULL &&
				   (e = next_error(w->v)) != NULL) {
				err_set_path(e, ERR_INVALID, path, "%s does "
					     "not go with the settings beside "
					     "it: remove it, or change them",
					     n->schema->name);
			}
			free(path);
			LYD_TREE_DFS_END(root, n);
		}
	}
}

/* libyang removes what has lost its `when` rather than calling it an error: so
 * all of them are known (add_vanished). */
static void
trust_whens(const struct schema *s, struct lyd_node *tree)
{
	struct lyd_node *root, *n;

	if (!s->whens)
		return;
	LY_LIST_FOR(tree, root)
		LYD_TREE_DFS_BEGIN(root, n) {
			n->flags |= LYD_WHEN_TRUE;
			LYD_TREE_DFS_END(root, n);
		}
}

static int
check_unit(struct unit *before, struct unit *after, void *arg)
{
	struct lyd_node *diff = NULL;
	struct walk *w = arg;
	struct unit *copy;
	bool ok;

	(void)before;
	if (after == NULL)
		return 0;
	/* Validation puts defaults into the tree: not into ours. */
	copy = unit_copy(after);
	if (copy == NULL) {
		w->v->more++;
		return 0;
	}
	trust_whens(w->schema, copy->top);
	ok = lyd_validate_module(&copy->top, after->schema->node->module,
				 LYD_VALIDATE_NO_STATE, w->schema->whens ?
				 &diff : NULL) == LY_SUCCESS;
	if (ok)
		add_vanished(w, diff);
	lyd_free_all(diff);
	unit_unref(copy);
	/* What libyang was at when it found an error is nobody's guess. */
	copy = ok ? NULL : unit_copy(after);
	if (copy != NULL)
		add_faults(w->v, w->schema, after, copy->node);
	else if (!ok)
		w->v->more++;
	unit_unref(copy);
	return w->v->more > VALID_ERRORS_MAX;
}

/* When rules look beyond units, only the whole can be judged. */
static void
check_whole(struct walk *w)
{
	struct lyd_node *tree = NULL, *diff = NULL;
	const struct schema *s = w->schema;
	bool ok;

	if (view_tree(s, w->after, NULL, &tree) < 0) {
		w->v->more++;
		return;
	}
	trust_whens(s, tree);
	ok = lyd_validate_all(&tree, s->ctx, LYD_VALIDATE_NO_STATE,
			      s->whens ? &diff : NULL) == LY_SUCCESS;
	if (ok)
		add_vanished(w, diff);
	lyd_free_all(diff);
	lyd_free_all(tree);
	tree = NULL;
	if (!ok && view_tree(s, w->after, NULL, &tree) == 0)
		add_faults(w->v, s, NULL, tree);
	else if (!ok)
		w->v->more++;
	lyd_free_all(tree);
}

int
valid_changes(const struct schema *s, const struct map *before,
	      const struct map *after, struct valid *v)
{
	struct walk w = { s, before, after, v };

	memset(v, 0, sizeof(*v));
	if (s->crosses)
		check_whole(&w);
	else
		map_diff(before, after, check_unit, &w);
	return v->n > 0 || v->more > 0 ? -1 : 0;
}

int
valid_first(const struct valid *v, struct err *e)
{
	size_t others = v->n + v->more - 1;

	if (v->n == 0)
		return err_set(e, ERR_RESOURCE, "no memory to validate the "
			       "configuration");
	if (others == 0)
		return err_set_path(e, ERR_INVALID, v->errors[0].path, "%s",
				    v->errors[0].text);
	return err_set_path(e, ERR_INVALID, v->errors[0].path, "%s (and %zu "
			    "other%s)", v->errors[0].text, others,
			    others == 1 ? "" : "s");
}

void
valid_fini(struct valid *v)
{
	while (v->n_gone > 0)
		free(v->gone[--v->n_gone].path);
	free(v->gone);
	free(v->errors);
	memset(v, 0, sizeof(*v));
}
