/*
 * config_text: configuration as commands that read back to the same tree.
 */
#ifndef CULVERT_CLI_CONFIG_TEXT_H
#define CULVERT_CLI_CONFIG_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct ly_ctx;
struct lyd_node;
struct str;

/* What is at a path ("" for all) of a tree: the contents of a context, or the
 * line of a leaf. Without `secrets`, secrets stand there as comments. */
void	config_text(const struct ly_ctx *, const struct lyd_node *tree,
		    const char *path, bool secrets, struct str *);
/* The one line of a leaf, leaf-list entry or one-line container, without
 * indentation and end of line; remarks: what an identity is taken for. */
void	config_line(const struct lyd_node *, bool secrets, bool remarks,
		    struct str *);

/* Entries of one list in the order of their keys, numbers as numbers. */
void	entries_sort(const struct lyd_node **, size_t n);

/* "/culvert-tunnel:tunnel/ipsec[id='1']/secret" as "ipsec 1 secret"; whole:
 * as "tunnel ipsec 1 secret". */
void	path_words(const struct ly_ctx *, const char *path, bool whole,
		   struct str *);

/* Whether a comment is one of ours, in configuration that is pasted back. */
bool	config_is_remark(const char *comment);

#endif
