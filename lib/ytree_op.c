/* What goes into an action and what comes out of it. */
#include <libyang/libyang.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "secret.h"
#include "ytree.h"

/* --- what libyang frees --- */

#define CLASSES		64	/* of glibc's free small pieces, */
#define CLASS_STEP	16
#define CLASS_FREE	8	/* and more than it keeps of each */

/* From here to wipe_end() memory is overwritten when it is freed: libyang copies
 * values, and wipes none. */
static void
wipe_begin(void)
{
	mallopt(M_PERTURB, 0xa5);
}

/* Small pieces that a thread keeps for itself are not overwritten; those freed
 * last are the first to be had again. */
static void
wipe_small(void)
{
	void *piece[CLASS_FREE];
	size_t i, k, len;

	for (i = 0; i < CLASSES; i++) {
		len = 24 + i * CLASS_STEP;
		for (k = 0; k < CLASS_FREE; k++) {
			piece[k] = malloc(len);
			if (piece[k] != NULL)
				secret_wipe_mem(piece[k], len);
		}
		while (k > 0)
			free(piece[--k]);
	}
}

static void
wipe_end(void)
{
	wipe_small();
	mallopt(M_PERTURB, 0);
}

/* --- parsing --- */

/* Members of an object, as the one member of another. */
static char *
wrap(const char *module, const char *name, const char *json, size_t len,
     size_t *size)
{
	size_t head = strlen(module) + strlen(name) + 6;
	char *text;

	*size = head + len + 2;
	text = malloc(*size);
	if (text == NULL)
		return NULL;
	snprintf(text, *size, "{\"%s:%s\":", module, name);
	head = strlen(text);
	memcpy(text + head, json, len);
	memcpy(text + head + len, "}", 2);
	return text;
}

/* What the action is in; NULL for an rpc. */
static int
make_parents(struct lyd_node **parent, const struct ly_ctx *ctx,
	     const char *path, struct err *e)
{
	const char *end = strrchr(path, '/');
	char *above = end != NULL ? strndup(path, (size_t)(end - path)) : NULL;
	struct lyd_node *top = NULL;
	int rc = 0;

	*parent = NULL;
	if (above == NULL)
		return err_set(e, ERR_RESOURCE, "no memory for an action");
	if (*above != '\0' && lyd_new_path2(NULL, ctx, above, NULL, 0, 0, 0,
					    &top, parent) != LY_SUCCESS)
		rc = ytree_err(ctx, e, NULL);
	if (rc < 0)
		lyd_free_all(top);
	free(above);
	return rc;
}

/* libyang names the place from the action on; we, from the top. */
static void
whole_path(struct err *e, const struct lysc_node *action, const char *path)
{
	char head[128], rest[ERR_PATH_MAX];
	size_t n = (size_t)snprintf(head, sizeof(head), "/%s:%s",
				    action->module->name, action->name);

	if (strncmp(e->path, head, n) != 0 || n >= sizeof(head))
		return;
	snprintf(rest, sizeof(rest), "%s", e->path + n);
	snprintf(e->path, sizeof(e->path), "%.127s%.127s", path, rest);
}

static int
parse_op(struct lyd_node **op, const struct lysc_node *action,
	 const char *path, struct lyd_node *parent, enum lyd_type type, const char *json,
	 size_t len, struct err *e)
{
	const struct ly_ctx *ctx = action->module->ctx;
	struct lyd_node *tree = NULL;
	struct ly_in *in = NULL;
	size_t size;
	char *text;
	LY_ERR rc;

	text = wrap(action->module->name, action->name, json, len, &size);
	if (text == NULL)
		return err_set(e, ERR_RESOURCE, "no memory for %zu bytes of "
			       "JSON", len);
	rc = ly_in_new_memory(text, &in);
	if (rc == LY_SUCCESS)
		rc = lyd_parse_op(ctx, parent, in, LYD_JSON, type,
				  parent == NULL ? &tree : NULL, op);
	ly_in_free(in, 0);
	if (rc != LY_SUCCESS) {
		ytree_err(ctx, e, NULL);
		whole_path(e, action, path);
		lyd_free_all(tree);
	}
	explicit_bzero(text, size);
	free(text);
	return rc == LY_SUCCESS ? 0 : -1;
}

static int
parse(struct lyd_node **op, const struct ly_ctx *ctx, const char *path,
      enum lyd_type type, const char *json, size_t len, struct err *e)
{
	const struct lysc_node *action = ytree_schema(ctx, path);
	struct lyd_node *parent;

	*op = NULL;
	if (action == NULL || !(action->nodetype & (LYS_ACTION | LYS_RPC)))
		return err_set(e, ERR_NOTFOUND, "there is no action '%.128s'",
			       path);
	if (ytree_check_json(json, len, e) < 0 ||
	    make_parents(&parent, ctx, path, e) < 0)
		return -1;
	if (parse_op(op, action, path, parent, type, json, len, e) < 0) {
		lyd_free_all(parent);
		*op = NULL;
		return -1;
	}
	if (type == LYD_TYPE_RPC_YANG &&
	    lyd_validate_op(*op, NULL, type, NULL) != LY_SUCCESS) {
		ytree_err(ctx, e, NULL);
		ytree_op_free(*op);
		*op = NULL;
		return -1;
	}
	return 0;
}

int
ytree_parse_input(struct lyd_node **op, const struct ly_ctx *ctx,
		  const char *path, const char *json, size_t len, struct err *e)
{
	int rc;

	wipe_begin();
	rc = parse(op, ctx, path, LYD_TYPE_RPC_YANG, json, len, e);
	wipe_end();
	return rc;
}

int
ytree_parse_output(struct lyd_node **op, const struct ly_ctx *ctx,
		   const char *path, const char *json, size_t len,
		   struct err *e)
{
	return parse(op, ctx, path, LYD_TYPE_REPLY_YANG, json, len, e);
}

/* What a leaf of octets holds; NULL for anything else. */
static const struct lyd_value_binary *
octets(const struct lyd_node *n)
{
	const struct lyd_node_term *t = (const struct lyd_node_term *)n;
	const struct lyd_value_binary *b;

	if (n == NULL || n->schema == NULL ||
	    !(n->schema->nodetype & LYD_NODE_TERM) ||
	    t->value.realtype->basetype != LY_TYPE_BINARY)
		return NULL;
	LYD_VALUE_GET(&t->value, b);
	return b;
}

bool
ytree_octets(const struct lyd_node *node, const char *name, const uint8_t **p,
	     size_t *len)
{
	const struct lyd_value_binary *b =
	    octets(ytree_find(lyd_child(node), name));

	*p = b != NULL ? b->data : NULL;
	*len = b != NULL ? b->size : 0;
	return b != NULL;
}

void
ytree_op_free(struct lyd_node *op)
{
	const struct lyd_value_binary *b;
	struct lyd_node *n;

	if (op == NULL)
		return;
	LYD_TREE_DFS_BEGIN(op, n) {
		b = octets(n);
		if (b != NULL)
			secret_wipe_mem(b->data, b->size);
		LYD_TREE_DFS_END(op, n);
	}
	wipe_begin();
	lyd_free_all(op);
	wipe_end();
}
