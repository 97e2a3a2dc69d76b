/*
 * edit_data: JSON that becomes a part of the candidate.
 */
#include "edit_in.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema.h"
#include "unit.h"
#include "ytree.h"

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
			rc = edit_check_secret(b, n->schema, src->path, e);
		if (n->schema->nodetype & LYD_NODE_TERM && rc == 0 &&
		    ytree_check(n->schema, lyd_get_value(n), &why) < 0)
			rc = err_set_path(e, ERR_INVALID, src->path, "%s",
					  why.text);
		if (n->schema->parent != NULL &&
		    n->schema->parent->nodetype == LYS_CASE && rc == 0) {
			path = lyd_path(n, LYD_PATH_STD, NULL, 0);
			rc = path == NULL ? edit_no_memory(e) :
			    path_parse(&p, b->schema, path, e);
			if (rc == 0)
				rc = edit_switch_cases(b, &p, e);
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
	u = edit_own(b, map_find_like(b->map, src), &p, e);
	if (u == NULL)
		return -1;
	make_way(u, src);
	if (lyd_merge_tree(&u->top, src->top, 0) != LY_SUCCESS)
		return ytree_err(b->schema->ctx, e, NULL);
	return 0;
}

int
edit_set_data(struct batch *b, const struct path *p, const char *json, bool *changed,
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
