#include "valid.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* libyang names a mandatory node's place in the model only: here it is known
 * which unit was looked at. */
static void
add_error(struct valid *v, const struct schema *s, const struct unit *u)
{
	struct err *e = next_error(v);

	if (e == NULL)
		return;
	ytree_err(s->ctx, e, NULL);
	if (e->path[0] == '\0' && u != NULL)
		snprintf(e->path, sizeof(e->path), "%s", u->path);
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

/* libyang stops at the first error: the other rules that a unit breaks are
 * found here, so that one attempt says all of them.  `from` is where the
 * errors of this unit begin. */
static void
add_broken_rules(struct valid *v, struct lyd_node *unit, size_t from)
{
	struct lysc_must *musts;
	struct lyd_node *n;
	struct err *e, one;
	LY_ARRAY_COUNT_TYPE i;

	LYD_TREE_DFS_BEGIN(unit, n) {
		musts = lysc_node_musts(n->schema);
		LY_ARRAY_FOR(musts, i) {
			struct rule r = {
				.expr = lyxp_get_expr(musts[i].cond),
				.message = musts[i].emsg,
			};

			if (check_rule(&r, n, &one) < 0 &&
			    !is_known(v, from, &one) &&
			    (e = next_error(v)) != NULL)
				*e = one;
		}
		LYD_TREE_DFS_END(unit, n);
	}
}

/* Nodes whose `when` is false vanish silently in libyang; here it is an error,
 * because nothing that was typed is thrown away behind the administrator. */
static void
add_vanished(struct valid *v, struct lyd_node *diff)
{
	struct lyd_node *root, *n;
	struct lyd_meta *op;
	struct err *e;
	char *path;

	LY_LIST_FOR(diff, root) {
		LYD_TREE_DFS_BEGIN(root, n) {
			op = lyd_find_meta(n->meta, NULL, "yang:operation");
			if (op != NULL && !(n->flags & LYD_DEFAULT) &&
			    strcmp(lyd_get_meta_value(op), "delete") == 0 &&
			    (e = next_error(v)) != NULL) {
				path = lyd_path(n, LYD_PATH_STD, NULL, 0);
				err_set_path(e, ERR_INVALID, path != NULL ?
					     path : "", "%s does not go with "
					     "the settings beside it: remove "
					     "it, or change them",
					     n->schema->name);
				free(path);
			}
			LYD_TREE_DFS_END(root, n);
		}
	}
}

static int
check_unit(struct unit *before, struct unit *after, void *arg)
{
	struct lyd_node *diff = NULL;
	struct walk *w = arg;
	size_t from = w->v->n;
	struct unit *copy;

	(void)before;
	if (after == NULL)
		return 0;
	/* Validation puts defaults into the tree: not into ours. */
	copy = unit_copy(after);
	if (copy == NULL) {
		w->v->more++;
		return 0;
	}
	if (lyd_validate_module(&copy->top, after->schema->node->module,
				LYD_VALIDATE_NO_STATE, w->schema->whens ?
				&diff : NULL) != LY_SUCCESS) {
		add_error(w->v, w->schema, after);
		add_broken_rules(w->v, copy->node, from);
	} else {
		add_vanished(w->v, diff);
	}
	lyd_free_all(diff);
	unit_unref(copy);
	return w->v->more > VALID_ERRORS_MAX;
}

/* When rules look beyond units, only the whole can be judged. */
static void
check_whole(const struct schema *s, const struct map *after, struct valid *v)
{
	struct lyd_node *tree = NULL, *diff = NULL;

	if (view_tree(s, after, NULL, &tree) < 0) {
		v->more++;
		return;
	}
	if (lyd_validate_all(&tree, s->ctx, LYD_VALIDATE_NO_STATE,
			     s->whens ? &diff : NULL) != LY_SUCCESS)
		add_error(v, s, NULL);
	else
		add_vanished(v, diff);
	lyd_free_all(diff);
	lyd_free_all(tree);
}

int
valid_changes(const struct schema *s, const struct map *before,
	      const struct map *after, struct valid *v)
{
	struct walk w = { s, v };

	memset(v, 0, sizeof(*v));
	if (s->crosses)
		check_whole(s, after, v);
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
	free(v->errors);
	v->errors = NULL;
	v->n = v->more = 0;
}
