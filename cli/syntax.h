/*
 * syntax: how a setting is written, for help and for the manual.
 */
#ifndef CULVERT_CLI_SYNTAX_H
#define CULVERT_CLI_SYNTAX_H

struct lysc_node;
struct str;

/* "dpd-delay <1..86400>" */
void	syntax_node(const struct lysc_node *, struct str *);
/* What "no" does where it does not simply remove; nothing else. */
void	syntax_no(const struct lysc_node *leaf, struct str *);

/* " local|ca <LABEL> <FILE> [key <FILE>]": what an action is given. */
void	syntax_action(const struct lysc_node *action, struct str *);

#endif
