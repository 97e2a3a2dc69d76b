/*
 * json_text: a data tree as JSON that people can read (RFC 7951).
 */
#ifndef CULVERT_CLI_JSON_TEXT_H
#define CULVERT_CLI_JSON_TEXT_H

#include <stdbool.h>

struct lyd_node;
struct out;
struct str;

/* Without `secrets`, leaves that are secrets are taken out of the tree first;
 * *tree is NULL if nothing is left. "{}" for an empty tree. */
void	json_text(struct lyd_node **tree, bool secrets, struct str *);

void	json_show(struct out *, const char *text);

#endif
