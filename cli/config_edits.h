/*
 * config_edits: a tree of configuration as edits of the candidate.
 */
#ifndef CULVERT_CLI_CONFIG_EDITS_H
#define CULVERT_CLI_CONFIG_EDITS_H

#include "shell.h"

struct lyd_node;

/* All siblings, sent; complaints have been printed. */
enum status config_edits(struct shell *, const struct lyd_node *);

#endif
