/*
 * shell: one session: where it is, whom it talks to, what it has said.
 *
 * The one context of the program; everything hangs off it.
 */
#ifndef CULVERT_CLI_SHELL_H
#define CULVERT_CLI_SHELL_H

#include <stdbool.h>
#include <stdio.h>

#include "edits.h"
#include "err.h"
#include "json.h"
#include "level.h"
#include "out.h"
#include "proto.h"

struct client;
struct event_base;
struct load;
struct lyd_node;
struct ly_ctx;
struct msg;
struct tree;

/* The exit status of the program, and what a command came to. */
enum status {
	ST_OK		= 0,
	ST_FAILED	= 1,	/* a command could not do its work */
	ST_USAGE	= 2,	/* the line (or the options) made no sense */
	ST_EDIT		= 3,	/* confd refused an edit */
	ST_COMMIT	= 4,	/* refused a commit, or changes were left over */
	ST_DAEMON	= 5,	/* confd cannot be reached */
};

/* Where a line came from. */
struct source {
	const char	*name;		/* "setup.cli", "standard input", "-c" */
	unsigned int	 line;		/* 0 on a terminal */
};

struct shell {
	const char	*yangdir;
	struct ly_ctx	*ly;		/* once the models are loaded, */
	struct tree	*tree;		/* and the commands grown from them */
	struct event_base *base;
	struct client	*client;
	struct levels	 at;
	struct out	 out;
	FILE		*err;		/* complaints: standard error, or output on
					 * a terminal */
	bool		 err_clean, err_colour;	/* as in struct out */
	char		*hostname;
	char		*banner;	/* NULL: none */
	unsigned int	 idle;		/* seconds without a key; 0: for ever */
	struct source	 source;
	const char	*line;		/* being run, borrowed */
	unsigned int	 secret_off;	/* where secrets begin in it, or its end */
	struct edits	 edits;		/* gathered, not yet sent */
	struct load	*load;		/* lines come from a configuration file */
	bool		 tty;		/* somebody is sitting there */
	bool		 json;		/* "| json" behind every line it fits */
	long		 length;	/* rows of a page; 0: no pages, -1: as the
					 * terminal says */
	unsigned int	 prompt_len;	/* columns before the line on a tty */
	unsigned long	 changed;	/* edits of the candidate not committed */
	bool		 committed;	/* something, in this session */
	bool		 warned;	/* that they will be lost */
	bool		 committing;	/* a preview is expected */
	bool		 previewed;	/* and has been printed, */
	struct json	 preview;	/* or is in here, an object not closed */
	int		 tools;		/* cli/tool.h; -1: none */
	int		 passwords;	/* to read them from; -1: ask */
	bool		 tool_runs;	/* Ctrl-C is for it */
	bool		 starting;	/* confd is asked who we are: Ctrl-C is not
					 * the end of a session */
	bool		 quit;
	bool		 ran_ok;	/* the last line was understood */
	enum status	 status;
};

/* yangdir is borrowed. */
int	shell_begin(struct shell *, const char *yangdir, const char *socket,
		    bool tty, struct err *) __attribute__((warn_unused_result));
/* Loads the models, if they are not there: without them no line can be run. */
int	shell_models(struct shell *, struct err *)
		__attribute__((warn_unused_result));
/* Both. */
int	shell_init(struct shell *, const char *yangdir, const char *socket,
		   bool tty, struct err *) __attribute__((warn_unused_result));
void	shell_fini(struct shell *);
/* Connects, or says why not. */
int	shell_connect(struct shell *, struct err *)
		__attribute__((warn_unused_result));
/* From now on what confd says without being asked is heard (events.c). */
void	shell_events(struct shell *);
/* One line; complaints have been printed. */
enum status shell_run(struct shell *, const char *line);
/* Sends the edits gathered so far. */
enum status shell_flush(struct shell *);
void	shell_prompt(struct shell *, struct str *);
/* Reads anew what the running configuration says of the shell itself: the
 * hostname of its prompt, the banner, the idle time-out. */
void	shell_system(struct shell *);
/* The last line of a script has been run: what is left uncommitted is lost, and
 * that is an error. */
enum status shell_end(struct shell *);

/* One call, after the edits gathered so far. *reply is always to be freed. */
enum status shell_call(struct shell *, struct msg *req, struct msg *reply,
		       struct err *);
/* As client_stream(), after the edits gathered so far. */
enum status shell_stream(struct shell *, struct msg *req, struct msg *reply,
			 bool (*note)(const struct msg *, void *arg), void *arg,
			 struct err *);
/* A datastore's data below a path ("" for all) as a tree (NULL: nothing). */
enum status shell_get(struct shell *, enum proto_ds, const char *path,
		      const char *fields, struct lyd_node **, struct err *);

/* All errors of a refusal; e if it has none. */
void	shell_errors(struct shell *, const struct msg *, const struct err *e);
/* "% text", with the path of e in the words of the shell. */
void	shell_error(struct shell *, const struct err *);
void	shell_complain(struct shell *, const char *fmt, ...)
		__attribute__((format(printf, 2, 3)));
/* A remark, on a terminal only. */
void	shell_note(struct shell *, const char *fmt, ...)
		__attribute__((format(printf, 2, 3)));
void	shell_warnings(struct shell *, const struct msg *);
/* The word that is wrong, with the line and a caret. */
void	shell_point(struct shell *, size_t off, const struct err *);

#endif
