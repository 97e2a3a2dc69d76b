#include "valid.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
check_musts(const struct lyd_node *n, struct err *e)
{
	struct lysc_must *musts = lysc_node_musts(n->schema);
	char text[ERR_TEXT_MAX];
	LY_ARRAY_COUNT_TYPE i;
	ly_bool ok;

	LY_ARRAY_FOR(musts, i) {
		/* An expression that cannot be judged here is judged at
		 * commit. */
		if (lyd_eval_xpath(n, lyxp_get_expr(musts[i].cond), &ok)
		    != LY_SUCCESS || ok)
			continue;
		if (musts[i].emsg != NULL)
			ytree_fold(text, sizeof(text), musts[i].emsg);
		else
			snprintf(text, sizeof(text), "%s is not allowed like "
				 "this.", n->schema->name);
		return set_at(e, n, text);
	}
	return 0;
}

static int
check_container(const struct lyd_node *cont, struct err *e)
{
	const struct lysc_node *s = NULL;
	const struct lyd_node *n;
	struct lyd_node *found;
	char text[ERR_TEXT_MAX];

	while ((s = lys_getnext(s, cont->schema, NULL, 0)) != NULL) {
		if (!(s->flags & LYS_MAND_TRUE) || s->nodetype != LYS_LEAF ||
		    lyd_find_sibling_val(lyd_child(cont), s, NULL, 0, &found)
		    == LY_SUCCESS)
			continue;
		snprintf(text, sizeof(text), "%s needs a %s.",
			 cont->schema->name, s->name);
		return set_at(e, cont, text);
	}
	if (check_musts(cont, e) < 0)
		return -1;
	LY_LIST_FOR(lyd_child(cont), n)
		if (check_musts(n, e) < 0)
			return -1;
	return 0;
}

int
valid_one_line(const struct unit *u, const char *path, struct err *e)
{
	struct lyd_node *cont;
	struct unit *copy;
	int rc = 0;

	if (u == NULL || lyd_find_path(u->top, path, 0, NULL) != LY_SUCCESS)
		return 0;
	copy = unit_copy(u);
	if (copy == NULL)
		return err_set(e, ERR_RESOURCE, "no memory to check %s", path);
	if (lyd_find_path(copy->top, path, 0, &cont) == LY_SUCCESS) {
		/* Rules look at defaults, too. */
		if (lyd_new_implicit_tree(cont, LYD_IMPLICIT_NO_STATE, NULL)
		    == LY_SUCCESS)
			rc = check_container(cont, e);
	}
	unit_unref(copy);
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

static int
check_unit(struct unit *before, struct unit *after, void *arg)
{
	struct walk *w = arg;
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
				LYD_VALIDATE_NO_STATE, NULL) != LY_SUCCESS)
		add_error(w->v, w->schema, after);
	unit_unref(copy);
	return w->v->more > VALID_ERRORS_MAX;
}

/* When rules look beyond units, only the whole can be judged. */
static void
check_whole(const struct schema *s, const struct map *after, struct valid *v)
{
	struct lyd_node *tree = NULL;

	if (view_tree(s, after, NULL, &tree) < 0) {
		v->more++;
		return;
	}
	if (lyd_validate_all(&tree, s->ctx, LYD_VALIDATE_NO_STATE, NULL)
	    != LY_SUCCESS)
		add_error(v, s, NULL);
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
