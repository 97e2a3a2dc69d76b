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
	const struct state_view *view;		/* ends with word NULL */
	void		(*paint)(const char *line, struct str *);
};

/* Another look at the same list or entry, by a word behind it. */
struct state_view {
	const char	*word, *help;
	const char	*fields;		/* of the state */
	void		(*text)(const struct lyd_node *entry, bool one,
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

/* cli/ipsec_why.c: events and diagnosis of one entry, or of all from it on. */
void	ipsec_log(const struct lyd_node *entry, bool one, struct str *);
void	ipsec_diagnose(const struct lyd_node *entry, bool one, struct str *);
/* One event in a line; who stands before it. */
void	ipsec_event(const struct lyd_node *, const char *who, struct str *);
/* The status of a line in colour. */
void	ipsec_paint(const char *line, struct str *);
/* "UP(Installed)" */
const char *ipsec_status(const struct lyd_node *entry);

#endif
