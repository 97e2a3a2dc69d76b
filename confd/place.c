#include "place.h"

#include <libyang/libyang.h>
#include <string.h>

#include "path.h"
#include "unit.h"
#include "ytree.h"

/* The schema nodes below the unit's own down to `to`, outermost first; -1 if
 * there is a list among them, whose entries a schema node does not tell apart. */
static int
chain(const struct unit *u, const struct lysc_node *to,
      const struct lysc_node *out[PATH_MAX_STEPS])
{
	const struct lysc_node *s;
	int n = 0, i;

	for (s = to; s != NULL && s != u->node->schema;
	     s = lysc_data_parent(s)) {
		if (n == PATH_MAX_STEPS ||
		    !(s->nodetype & (LYS_CONTAINER | LYS_LEAF)))
			return -1;
		out[n++] = s;
	}
	for (i = 0; i < n / 2; i++) {
		s = out[i];
		out[i] = out[n - 1 - i];
		out[n - 1 - i] = s;
	}
	return s != NULL ? n : -1;
}

struct lyd_node *
place_find(const struct unit *u, const struct path *p)
{
	const struct lysc_node *way[PATH_MAX_STEPS];
	struct lyd_node *n;
	int i, len;

	if (u == NULL)
		return NULL;
	len = chain(u, p->node, way);
	if (len < 0)
		return lyd_find_path(u->top, p->text, 0, &n) == LY_SUCCESS ?
		    n : NULL;
	n = u->node;
	for (i = 0; i < len; i++)
		if (lyd_find_sibling_val(lyd_child(n), way[i], NULL, 0, &n)
		    != LY_SUCCESS)
			return NULL;
	return n;
}

static LY_ERR
make(struct lyd_node *parent, const struct lysc_node *s, const char *value,
     struct lyd_node **out)
{
	if (s->nodetype == LYS_CONTAINER)
		return lyd_new_inner(parent, s->module, s->name, 0, out);
	return lyd_new_term(parent, s->module, s->name, value, 0, out);
}

int
place_set(struct unit *u, const struct path *p, const char *value,
	  struct err *e)
{
	const struct ly_ctx *ctx = LYD_CTX(u->node);
	const struct lysc_node *way[PATH_MAX_STEPS];
	struct lyd_node *n = u->node, *next;
	int i, len = chain(u, p->node, way);
	LY_ERR rc = LY_SUCCESS;

	if (len < 0) {
		rc = lyd_new_path2(u->top, ctx, p->text, value, 0,
				   LYD_ANYDATA_STRING, LYD_NEW_PATH_UPDATE,
				   NULL, NULL);
		return rc == LY_SUCCESS ? 0 : ytree_err(ctx, e, NULL);
	}
	for (i = 0; i < len && rc == LY_SUCCESS; i++, n = next) {
		if (lyd_find_sibling_val(lyd_child(n), way[i], NULL, 0, &next)
		    != LY_SUCCESS)
			rc = make(n, way[i], value, &next);
		else if (way[i]->nodetype == LYS_LEAF)
			rc = lyd_change_term(next, value);
	}
	/* The last two: it was set to that already. */
	if (rc == LY_SUCCESS || rc == LY_EEXIST || rc == LY_ENOT)
		return 0;
	return ytree_err(ctx, e, NULL);
}

/* What the entries that the path names stand below, made if need be. */
static struct lyd_node *
parent(const struct unit *u, const struct path *p, bool create, struct err *e)
{
	const struct lysc_node *way[PATH_MAX_STEPS], *up;
	struct lyd_node *n = u->node, *next;
	char path[PATH_MAX_LEN];
	LY_ERR rc = LY_SUCCESS;
	int i, len;

	up = lysc_data_parent(p->node);
	len = up != NULL ? chain(u, up, way) : -1;
	for (i = 0; i < len && rc == LY_SUCCESS; i++, n = next) {
		rc = lyd_find_sibling_val(lyd_child(n), way[i], NULL, 0, &next);
		if (rc != LY_SUCCESS && create)
			rc = make(n, way[i], NULL, &next);
	}
	if (len < 0 && p->steps > 1) {
		memcpy(path, p->text, p->ends[p->steps - 2]);
		path[p->ends[p->steps - 2]] = '\0';
		rc = lyd_find_path(u->top, path, 0, &n);
		if (rc != LY_SUCCESS && create)
			rc = lyd_new_path2(u->top, LYD_CTX(u->node), path, NULL,
					   0, LYD_ANYDATA_STRING,
					   LYD_NEW_PATH_UPDATE, NULL, &n);
	}
	if (rc == LY_SUCCESS && n != NULL)
		return n;
	if (create)
		ytree_err(LYD_CTX(u->node), e, NULL);
	return NULL;
}

struct lyd_node *
place_first(const struct unit *u, const struct path *p)
{
	struct lyd_node *up = u != NULL ? parent(u, p, false, NULL) : NULL, *n;

	LY_LIST_FOR(lyd_child(up), n)
		if (n->schema == p->node)
			return n;
	return NULL;
}

struct lyd_node *
place_add(struct unit *u, const struct path *p, const char *value,
	  struct err *e)
{
	struct lyd_node *up = parent(u, p, true, e), *n = NULL;

	if (up != NULL && lyd_new_term(up, p->node->module, p->node->name,
				       value, 0, &n) != LY_SUCCESS)
		ytree_err(LYD_CTX(u->node), e, NULL);
	return n;
}
