/*
 * suggest: values that exist, for completion: asked of confd and of the system
 * when somebody presses TAB. What cannot be asked is not offered.
 */
#ifndef CULVERT_CLI_SUGGEST_H
#define CULVERT_CLI_SUGGEST_H

#include <stdbool.h>

struct expect;
struct level;
struct lysc_node;
struct shell;

/* Both are for struct parse; arg is the struct shell. */

/* The keys of a list's entries, in the candidate or in what runs (state). */
void	suggest_keys(void *arg, const struct lysc_node *list,
		     const struct lysc_node *key, const char *path, bool state,
		     struct expect *);
/* Values of a leaf: those that are there (existing is the path of the leaf-list
 * they are to be removed from), else what it can refer to, or cv:suggest. */
void	suggest_values(void *arg, const struct lysc_node *leaf,
		       const char *existing, struct expect *);
/* The value of a leaf of the entry that somebody is in, in the candidate, or its
 * default; NULL if there is none. */
char	*suggest_sibling(struct shell *, const struct level *, const char *leaf);
/* The addresses of this system's interfaces, with their names. */
void	suggest_addresses(struct expect *);

#endif
