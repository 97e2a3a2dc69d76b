/*
 * schema: what a YANG node is in the command line.
 *
 * The shell knows no module: everything it offers follows from here.
 */
#ifndef CULVERT_CLI_SCHEMA_H
#define CULVERT_CLI_SCHEMA_H

#include <stdbool.h>

#include <libyang/libyang.h>

struct str;

enum shape {
	SHAPE_NONE,		/* cannot be configured here */
	SHAPE_SWITCH,		/* NAME, no NAME (boolean, empty) */
	SHAPE_LEAF,		/* NAME VALUE */
	SHAPE_REST,		/* NAME the rest of the line */
	SHAPE_WORDS,		/* NAME WORD... (bits, leaf-list: one by one) */
	SHAPE_LINE,		/* NAME WORD... (leaf-list, set as a whole) */
	SHAPE_KEYWORDS,		/* NAME key value key value ... */
	SHAPE_VALUES,		/* NAME [type] value */
	SHAPE_CONTEXT,		/* container: NAME opens a context */
	SHAPE_LIST,		/* NAME KEY... opens a context */
};
enum shape schema_shape(const struct lysc_node *);

/* Configuration nodes below parent (keys left out), or the top-level ones of
 * every module when it is NULL, in the order of the model.  Start with NULL. */
const struct lysc_node *schema_next(const struct ly_ctx *,
		const struct lysc_node *parent, const struct lysc_node *last);
/* As schema_next, but every data node, state and keys too. */
const struct lysc_node *schema_next_any(const struct ly_ctx *,
		const struct lysc_node *parent, const struct lysc_node *last);
/* The keys of a list, in order. */
const struct lysc_node *schema_key(const struct lysc_node *list,
		const struct lysc_node *last);
/* A leaf or leaf-list below a one-line container. */
const struct lysc_node *schema_leaf(const struct lysc_node *parent,
		const struct lysc_node *last);
/* What an action is given, and what it brings, in the order of the model. */
const struct lysc_node *schema_input(const struct lysc_node *action,
		const struct lysc_node *last);
const struct lysc_node *schema_output(const struct lysc_node *action,
		const struct lysc_node *last);
/* The list of state in a container whose entries follow its word (cv:entries),
 * or NULL. */
const struct lysc_node *schema_entries(const struct lysc_node *container);
/* Its leading enumeration that may be left out, or NULL. */
const struct lysc_node *schema_optional_type(const struct lysc_node *values);
/* Whether some descendant is state. */
bool	schema_has_state(const struct lysc_node *);

/* "Seconds between probes": the description on one line, or up to the end of
 * its first sentence. */
void	schema_help(const struct lysc_node *, bool first_sentence, struct str *);
void	one_line(const char *text, bool first_sentence, struct str *);

bool	schema_mandatory(const struct lysc_node *);
/* The default of a leaf as it is in the model, or NULL. */
const char *schema_default(const struct lysc_node *leaf);
const struct lysc_type *schema_type(const struct lysc_node *leaf);
/* "/culvert-tunnel:tunnel" or "/tunnel" below: the step that leads to a node. */
void	schema_step(const struct lysc_node *, struct str *path);
/* Quoted for a predicate: 'a', or "it's". */
void	path_literal(const char *value, struct str *path);

#endif
