/*
 * ytree: the few things the daemons want of libyang, and the only place where
 * its error texts become ours.
 *
 * Values of leaves marked cv:secret never reach an error text.
 */
#ifndef CULVERT_YTREE_H
#define CULVERT_YTREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct ly_ctx;
struct lyd_node;
struct lysc_node;

/* Every module in the folder, compiled at once.  The context is the caller's
 * (ly_ctx_destroy). */
int	ytree_load(struct ly_ctx **, const char *yangdir, struct err *)
		__attribute__((warn_unused_result));

/* Syntax and types only; no validation, no defaults.  *tree is NULL for "{}".
 * Freed with ytree_free. */
int	ytree_parse(struct lyd_node **tree, const struct ly_ctx *,
		    const char *json, size_t len, struct err *)
		__attribute__((warn_unused_result));
/* The same for configuration alone: state in it is an error. */
int	ytree_parse_config(struct lyd_node **tree, const struct ly_ctx *,
			   const char *json, size_t len, struct err *)
		__attribute__((warn_unused_result));
/* The members of a node, as an object without the node itself, put below it. */
int	ytree_parse_into(struct lyd_node *parent, const char *json, size_t len,
			 struct err *) __attribute__((warn_unused_result));
void	ytree_free(struct lyd_node *);		/* all siblings */

/* The members of the input of the action at an instance path, as an object:
 * *op is the action's node, with defaults below it, checked against the model.
 * Freed with ytree_op_free, which wipes. */
int	ytree_parse_input(struct lyd_node **op, const struct ly_ctx *,
			  const char *path, const char *json, size_t len,
			  struct err *) __attribute__((warn_unused_result));
/* The same for the members of its output, which are taken as they are. */
int	ytree_parse_output(struct lyd_node **op, const struct ly_ctx *,
			   const char *path, const char *json, size_t len,
			   struct err *) __attribute__((warn_unused_result));
void	ytree_op_free(struct lyd_node *op);	/* and what it is in */
/* The octets of a binary leaf below node, which node keeps; false: there is no
 * such leaf, *p is NULL. */
bool	ytree_octets(const struct lyd_node *node, const char *name,
		     const uint8_t **p, size_t *len);

/* What libyang would take, or crash on, without a word: text that is cut off,
 * metadata. */
int	ytree_check_json(const char *json, size_t len, struct err *)
		__attribute__((warn_unused_result));
/* The schema node of an instance path, or NULL. */
const struct lysc_node *ytree_schema(const struct ly_ctx *, const char *path);
/* JSON of all siblings, one line, explicit values only or with defaults; the
 * caller frees it. */
char	*ytree_print(const struct lyd_node *, bool with_defaults);

/* The first top-level node with that name, then by path of names below:
 * ytree_find(tree, "tunnel/ipsec").  NULL if absent. */
const struct lyd_node *ytree_find(const struct lyd_node *, const char *path);
/* The same list's next entry, or NULL. */
const struct lyd_node *ytree_next(const struct lyd_node *entry);
/* The values of a leaf-list from this instance on, with blanks between; NULL
 * for NULL, or without memory. The caller frees it. */
char	*ytree_join(const struct lyd_node *first);
/* A leaf below node: its value, else the model's default, else NULL. */
const char *ytree_leaf(const struct lyd_node *node, const char *path);
/* The values of a leaf-list below node, with blanks between; NULL: none.  The
 * caller frees it.  -1: out of memory. */
int	 ytree_values(char **out, const struct lyd_node *node, const char *path)
		__attribute__((warn_unused_result));
bool	 ytree_bool(const struct lyd_node *node, const char *path);
uint32_t ytree_u32(const struct lyd_node *node, const char *path);

/* The argument ("" if it has none) of an extension of culvert-extensions on a
 * schema node, or NULL. */
const char *ytree_ext(const struct lysc_node *, const char *name);
/* The same of anything else: a sized array, as of an enum. */
struct lysc_ext_instance;
const char *ytree_ext_of(const struct lysc_ext_instance *, const char *name);
bool	ytree_is_secret(const struct lysc_node *);
/* A leaf-list that is set as a whole, as part of one line or as one. */
bool	ytree_is_line(const struct lysc_node *);
/* The nearest cv:owner of the node or above, or NULL. */
const char *ytree_owner(const struct lysc_node *);

/* Whether a leaf takes that value; if not, a sentence that says what it takes
 * instead (ranges, names, the nearest name) and, unless it is a secret, what it
 * was given. */
int	 ytree_check(const struct lysc_node *leaf, const char *value, struct err *)
		__attribute__((warn_unused_result));
/* A reference to what is not there; target is its path in the model.  Returns
 * -1. */
int	 ytree_reference_err(const struct lysc_node *leaf, const char *value,
			     const char *target, struct err *);
/* A message of the model on one line: YANG strings span several. */
void	 ytree_fold(char *out, size_t size, const char *text);

/* libyang's last error, as a sentence for a person, with the place in
 * e->path.  Returns -1. */
int	ytree_err(const struct ly_ctx *, struct err *, const char *what);

#endif
