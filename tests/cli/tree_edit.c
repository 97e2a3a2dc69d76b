#include "tree_edit.h"

#include <string.h>

#include "str.h"
#include "ytree.h"

static LY_ERR
set(struct lyd_node **tree, const struct ly_ctx *ly, const char *path,
    const char *value, struct lyd_node **node)
{
	struct lyd_node *parent = NULL;
	LY_ERR rc;

	rc = lyd_new_path2(*tree, ly, path, value, value ? strlen(value) : 0,
			   LYD_ANYDATA_STRING, LYD_NEW_PATH_UPDATE, &parent,
			   node);
	if (rc == LY_SUCCESS && !*tree)
		*tree = parent;
	while (*tree && (*tree)->prev->next)
		*tree = (*tree)->prev;
	return rc;
}

static void
clear(struct lyd_node **tree, const char *path)
{
	struct ly_set *found = NULL;

	if (!*tree || lyd_find_xpath(*tree, path, &found) != LY_SUCCESS)
		return;
	for (uint32_t i = 0; i < found->count; i++) {
		if (found->dnodes[i] == *tree)
			*tree = (*tree)->next;
		lyd_free_tree(found->dnodes[i]);
	}
	ly_set_free(found, NULL);
}

/* The path without its predicates, for the model. */
static const struct lysc_node *
schema_at(const struct ly_ctx *ly, const char *path)
{
	struct str s = STR_INIT;
	const struct lysc_node *n;
	int depth = 0;

	for (; *path; path++) {
		depth += *path == '[';
		if (!depth)
			str_addc(&s, *path);
		depth -= *path == ']';
	}
	n = lys_find_path(ly, NULL, str_get(&s), 0);
	str_fini(&s);
	return n;
}

LY_ERR
tree_edit(struct lyd_node **tree, const struct ly_ctx *ly, uint32_t op,
	  const char *path, const char *value, struct lyd_node **node)
{
	const struct lysc_node *n;
	char *all, *v, *save = NULL;
	LY_ERR rc = LY_SUCCESS;

	*node = NULL;
	if (op == EDIT_DELETE || op == EDIT_REMOVE) {
		clear(tree, path);
		return LY_SUCCESS;
	}
	n = schema_at(ly, path);
	if (!n || !ytree_is_line(n) || !value)
		return set(tree, ly, path, value, node);
	clear(tree, path);
	all = str_dup(value);
	for (v = strtok_r(all, " ", &save); v && rc == LY_SUCCESS;
	     v = strtok_r(NULL, " ", &save)) {
		char *one = str_f("%s[.='%s']", path, v);

		rc = set(tree, ly, one, v, node);
		free(one);
	}
	free(all);
	return rc;
}
