/*
 * tree: libcli's command tree, one mode for each context, grown when a context
 * is first entered, and the dispatch of a command through libcli.
 *
 * libcli sees keywords only, spelled out: abbreviations are resolved before
 * (cli/parse.h), and arguments, secrets among them, go round it. That keeps
 * us clear of its quoting, its filters and its own idea of completion.
 */
#ifndef CULVERT_CLI_TREE_H
#define CULVERT_CLI_TREE_H

#include <stdbool.h>

#include "rights.h"

struct cli_command;
struct expect;
struct level;
struct ly_ctx;
struct lysc_node;
struct parse;
struct shell;
struct str;
struct tree;

enum builtin_flags {
	BUILTIN_JSON	= 1 << 1,	/* has a JSON form */
	BUILTIN_READS	= 1 << 0,	/* changes nothing: contexts named on the
					 * way to it are not created */
	BUILTIN_MOVES	= 1 << 7,	/* asks confd nothing: a script's edits
					 * can wait */
};

/* A command that does not come from a model: see cli/builtin.c. */
struct builtin {
	const char	*words;		/* "show changes" */
	unsigned int	 levels;	/* enum level_kind */
	unsigned int	 flags;
	const char	*args;		/* for help: "[PATH]", "" if none */
	const char	*help;
	void		(*parse)(struct parse *);	/* NULL: no arguments */
	int		(*run)(struct shell *, struct parse *);	/* NULL: more
							 * words are needed */
};
extern const struct builtin builtins[];		/* ends with a NULL words */

struct cmd {
	struct cli_command *c;
	const struct cmd *parent;
	const struct builtin *builtin;	/* or */
	const struct lysc_node *node;	/* a node of the model */
};

struct mode {
	const struct tree *tree;
	int		 id;		/* libcli's */
	unsigned int	 kind;
	const struct lysc_node *node;
	struct cmd	**cmd;
	unsigned int	 n;
};

struct tree *tree_new(const struct ly_ctx *);
void	tree_free(struct tree *);
/* For whom it is; until it is said, for an administrator. */
void	tree_set_role(struct tree *, enum role);
enum role tree_role(const struct tree *);
const struct mode *tree_mode(struct tree *, const struct level *);
/* The command that a node is there; NULL if it is none. */
const struct cmd *tree_find(const struct mode *, const struct lysc_node *);
const char *cmd_word(const struct cmd *);
bool	cmd_has_children(const struct cmd *);
/* The least role that can do anything with it. confd decides; this is so as not
 * to offer what it would refuse. */
bool	cmd_allowed(const struct mode *, const struct cmd *, enum role *needs);

/* The commands below parent (NULL: the first words), tagged with their struct
 * cmd and n; to offer: only those that are allowed. */
void	tree_expect(const struct mode *, const struct cmd *parent, bool offer,
		    struct expect *, int n);

/* Runs fn(arg) as that command of libcli's; returns what it returns. */
int	tree_run(struct tree *, const struct mode *, const struct cmd *,
		 int (*fn)(void *), void *arg);

/* The word for a node in the configuration contexts: its name, with its module
 * ("module:name") where a command or another module's node has that. */
void	node_word(const struct ly_ctx *, const struct lysc_node *, struct str *);

/* The words of an action in the exec context of its container: cv:command, or
 * its name. */
const char *action_words(const struct lysc_node *action);
/* The actions of a container or list; start with NULL. */
const struct lysc_node *action_next(const struct lysc_node *parent,
				    const struct lysc_node *last);

#endif
