/*
 * parse: what a line means, without doing it.
 *
 * The one walk over a line that execution, TAB, '?' and the masking of secrets
 * in the history share. It leaves contexts entered, edits to be sent, or the
 * command to run with its arguments; else the word that is wrong and why.
 */
#ifndef CULVERT_CLI_PARSE_H
#define CULVERT_CLI_PARSE_H

#include <limits.h>
#include <stdbool.h>

#include "err.h"
#include "expect.h"
#include "level.h"
#include "lexer.h"
#include "proto.h"
#include "str.h"
#include "tool.h"
#include "tree.h"

#define NO_WORD		UINT_MAX

struct edit {
	enum proto_edit	 op;
	char		*path;
	char		*value;		/* NULL if it has none */
};

/* What an action is given: a leaf of its input, once for each value. */
struct input {
	const struct lysc_node *leaf;
	char		*value;		/* of cv:file: the name of the file */
};

/* Values that exist, for completion: the keys of a list's entries. May be
 * NULL (nobody to ask). */
typedef void (*keys_fn)(void *arg, const struct lysc_node *list,
			const struct lysc_node *key, const char *path,
			bool state, struct expect *);
/* The same for the values of a leaf; existing: the path of the leaf-list that
 * they are to be removed from, or NULL. */
typedef void (*values_fn)(void *arg, const struct lysc_node *leaf,
			  const char *existing, struct expect *);

struct parse {
	/* in */
	struct tree	*tree;
	const struct ly_ctx *ly;
	const struct line *l;
	unsigned int	 n;		/* words of it to look at */
	bool		 offer;		/* fill next */
	keys_fn		 keys;
	values_fn	 values;
	void		*suggest_arg;

	/* on the way */
	unsigned int	 i;		/* the next word */
	struct levels	 at;
	const struct cmd *cmd;		/* the last one named */
	const struct mode *mode;	/* where it stands */
	const char	*existing;	/* the values of this path may follow */

	/* out */
	bool		 done;
	bool		 entered;	/* the line ends in a context: stay there */
	bool		 stay;		/* whatever it enters */
	bool		 keep;		/* a command moved `at`: stay there */
	struct edit	*edit;
	unsigned int	 nedit;
	struct input	*input;
	unsigned int	 ninput;
	const struct lysc_node *node;	/* of a path argument, an action */
	char		*path;
	char		*text;
	long		 number;	/* -1 if none */
	bool		 with_secrets, detail, follow;
	struct tool_request tool;
	const struct state_view *view;	/* of node; NULL: the usual one */
	const struct mode *help_mode;	/* help: of that context, */
	const struct cmd *help_cmd;	/* a command of it, or all (NULL), */
	const struct help_topic *topic;	/* or (not NULL) a topic */
	struct str	 note;		/* to tell; "" if nothing */
	struct expect	 next;		/* what may stand after the last word */
	unsigned int	 secret;	/* secrets from this word on, or NO_WORD */
	unsigned int	 rest;		/* free text from this word on */

	struct err	 err;		/* kind ERR_NONE if all is well */
	unsigned int	 err_word;	/* n: something is missing at the end */
};

/* Starts in the contexts `at`, which are copied. */
void	parse_init(struct parse *, struct tree *, const struct ly_ctx *,
		   const struct line *, unsigned int words,
		   const struct levels *at);
void	parse_fini(struct parse *);	/* wipes: it may hold a secret */
/* 0, or -1 with err and err_word. */
int	parse_run(struct parse *);

/* --- for the parsers of arguments (cli/args.c, cli/setting.c, cli/removal.c,
 * cli/several.c) --- */

enum { TAG_CMD = 1, TAG_NODE, TAG_OPTION, TAG_ACTION, TAG_VIEW,
       TAG_TOPIC };

/* The meaning of the next word, which is then behind us. False when it means
 * nothing, or at the end of the line (an error unless the set has
 * EXPECT_ENTER). Takes the set. */
bool	parse_choose(struct parse *, struct expect *, const char *what,
		     struct expect_item *);
/* Complains of the word before the next one. Returns -1. */
int	parse_fail(struct parse *, const char *fmt, ...)
		__attribute__((format(printf, 2, 3)));
bool	parse_failed(const struct parse *);
/* The line ends here. */
void	parse_end(struct parse *);
bool	parse_more(const struct parse *);
/* At the end of a line that is being typed. */
bool	parse_offers(const struct parse *);
const char *parse_word(const struct parse *);	/* the next one */
void	parse_edit(struct parse *, enum proto_edit, const char *path,
		   const char *value);
/* The next word, whatever it is; NULL at the end, which is an error: holder
 * ("<FILE>") should stand there. */
const char *parse_any(struct parse *, const char *holder, const char *help);
/* The value of a leaf from the next word; NULL after a complaint, or at the
 * end. The caller frees it (it may be a secret: str_wipe). */
char	*parse_value(struct parse *, const struct lysc_node *leaf);
/* At the end of a line that is being typed: what the value can be. */
void	parse_offer_values(struct parse *, const struct lysc_node *leaf);
/* The same, also as ADDRESS NETMASK. */
char	*several_one(struct parse *, const struct lysc_node *leaf);
/* Adds one to *all (NULL at first), values with blanks between them; false
 * after a complaint that it is there already. */
bool	several_add(struct parse *, char **all, const char *v);
/* The values of a leaf-list, but for those that are there. */
void	several_expect(const struct lysc_node *leaf, const char *but,
		       struct expect *);
/* The rest of the line: of a leaf of bits; of a leaf-list, edits of one value
 * each; of a leaf-list that is one line. */
void	several_bits(struct parse *, const struct lysc_node *, const char *path);
void	several_edits(struct parse *, const struct lysc_node *, const char *path,
		      enum proto_edit);
void	several_line(struct parse *, const struct lysc_node *, const char *path);
/* The keys of a list entry, appended to path and to the name of its context
 * (name may be NULL). False at the end or after a complaint; optional: the end
 * of the line before the first key is no error. */
bool	parse_keys(struct parse *, const struct lysc_node *list,
		   struct str *path, struct str *name, bool optional,
		   bool state);
/* Of a word that is no command in this mode: in which context it is one; the
 * complaint stays as it is if there is none. */
void	parse_say_where(struct parse *, const char *word, const struct mode *);
/* The context that a command opens, or NULL. */
const struct mode *parse_opens(struct parse *, const struct mode *,
			       const struct cmd *);
/* After a command: its children, or its arguments. */
void	parse_command(struct parse *, const struct cmd *);
/* A node of the model in a configuration context. */
void	parse_setting(struct parse *, const struct lysc_node *);
/* Enters a configuration context; takes the path, creates it if need be. */
void	parse_enter(struct parse *, const struct lysc_node *, struct str *path,
		    const char *name, bool creates);
/* Whether the next word is the name of a context as the prompt says it
 * ("ipsec-1"); then it has been entered. */
bool	parse_way(struct parse *);
/* A list or an action in an exec context of a container. */
void	parse_state_command(struct parse *, const struct lysc_node *);

/* What an action is given, and the file that its output is saved in (text). */
void	parse_input(struct parse *, const struct lysc_node *action);
/* Whether a word is the name of a file rather than one mistyped: it has a dot or
 * a slash in it, or stands in quotes, or is "-". */
bool	parse_is_file(const struct parse *);

/* Arguments of built-in commands. */
void	args_config(struct parse *);
void	args_root(struct parse *);
void	args_up(struct parse *);
void	args_do(struct parse *);
void	args_no(struct parse *);
void	args_default(struct parse *);
void	args_show(struct parse *);		/* [PATH] [with-secrets] */
void	args_show_top(struct parse *);		/* the same, from the top */
void	args_show_state(struct parse *);
void	args_secrets(struct parse *);		/* [with-secrets] */
void	args_text(struct parse *);
void	args_number_optional(struct parse *);
void	args_help(struct parse *);
void	args_confirmed(struct parse *);		/* [MINUTES] [comment TEXT] */
void	args_commit_optional(struct parse *);	/* [NUMBER] */
void	args_commits(struct parse *);		/* [NUMBER] [with-secrets] */
void	args_compare(struct parse *);
void	args_unlock(struct parse *);		/* [force]: number 0 */
void	args_rebase(struct parse *);		/* [mine|theirs]: 0, 1 */
void	args_log(struct parse *);		/* [NUMBER|follow] */
void	args_file_optional(struct parse *);	/* [FILE] */
void	args_ping(struct parse *);
void	args_traceroute(struct parse *);
void	args_file(struct parse *);
void	args_copy_from(struct parse *);
void	args_copy_to(struct parse *);

#endif
