/*
 * state_text: operational data for people.
 *
 * Any model's state is printed as it is; where the guide has a form of its own
 * (tunnels), that one is used.
 */
#ifndef CULVERT_CLI_STATE_TEXT_H
#define CULVERT_CLI_STATE_TEXT_H

#include <stdbool.h>

struct lyd_node;
struct lysc_node;
struct str;

/* What is known of a list, or of one entry (path ends in a predicate); config
 * (may be NULL) is the running configuration of the same path. */
struct state_form {
	const char	*path;			/* of the schema node */
	const char	*fields;		/* of the configuration, for the
						 * list */
	const char	*state_fields;
	void		(*list)(const struct lyd_node *config,
				const struct lyd_node *state, struct str *);
	void		(*entry)(const struct lyd_node *config,
				 const struct lyd_node *state, bool detail,
				 struct str *);
};

/* NULL: the general form. */
const struct state_form *state_form_find(const struct lysc_node *);
/* Names and values, indented; lists one entry after the other. */
void	state_text(const struct lyd_node *tree, const char *path, struct str *);

/* cli/ipsec_text.c: entries of culvert-tunnel:tunnel/ipsec, S1-139 to S1-161 */
void	ipsec_list(const struct lyd_node *config, const struct lyd_node *state,
		   struct str *);
void	ipsec_entry(const struct lyd_node *config, const struct lyd_node *state,
		    bool detail, struct str *);

#endif
