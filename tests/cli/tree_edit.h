/*
 * tree_edit: an edit as confd does it, on a plain tree: for tests that have no
 * confd.
 */
#ifndef CULVERT_TESTS_TREE_EDIT_H
#define CULVERT_TESTS_TREE_EDIT_H

#include <libyang/libyang.h>

#include "proto.h"

/* *node is what was made or changed, or NULL. */
LY_ERR	tree_edit(struct lyd_node **tree, const struct ly_ctx *, uint32_t op,
		  const char *path, const char *value, struct lyd_node **node);

#endif
