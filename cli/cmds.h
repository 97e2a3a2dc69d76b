/*
 * cmds: what the built-in commands do. Each returns a status and has said
 * already what went wrong.
 */
#ifndef CULVERT_CLI_CMDS_H
#define CULVERT_CLI_CMDS_H

#include "shell.h"

struct err;
struct msg;
struct parse;

/* cmd_commit.c */
int	cmd_commit(struct shell *, struct parse *);
int	cmd_commit_check(struct shell *, struct parse *);
int	cmd_commit_confirmed(struct shell *, struct parse *);
int	cmd_commit_confirm(struct shell *, struct parse *);
int	cmd_commit_cancel(struct shell *, struct parse *);
int	cmd_leave(struct shell *, struct parse *);
int	cmd_abort(struct shell *, struct parse *);
int	cmd_rollback(struct shell *, struct parse *);
/* Says all that is wrong and frees the reply; the status to return. */
enum status cmd_refused(struct shell *, struct msg *reply, const struct err *,
			enum status st, enum status otherwise);

/* cmd_session.c */
int	cmd_show_sessions(struct shell *, struct parse *);
int	cmd_lock(struct shell *, struct parse *);
int	cmd_unlock(struct shell *, struct parse *);
int	cmd_rebase(struct shell *, struct parse *);
/* Who else is editing, for somebody who begins. */
void	session_others(struct shell *);
/* A word to somebody who goes from the configuration contexts to exec. */
void	session_left(struct shell *);
/* Whether running is what the next start will use; true if nobody knows. */
bool	session_saved(struct shell *);

/* cmd_copy.c */
int	cmd_copy(struct shell *, struct parse *);
int	cmd_copy_to_running(struct shell *, struct parse *);
int	cmd_copy_to_file(struct shell *, struct parse *);
int	cmd_copy_from_file(struct shell *, struct parse *);
int	cmd_load(struct shell *, struct parse *);

/* cmd_config.c */
int	cmd_end(struct shell *, struct parse *);
int	cmd_quit(struct shell *, struct parse *);

/* cmd_show.c */
int	cmd_show(struct shell *, struct parse *);
int	cmd_show_running(struct shell *, struct parse *);
int	cmd_show_startup(struct shell *, struct parse *);
int	cmd_show_factory(struct shell *, struct parse *);
int	cmd_show_candidate(struct shell *, struct parse *);
int	cmd_show_changes(struct shell *, struct parse *);
int	cmd_compare(struct shell *, struct parse *);
int	cmd_show_commits(struct shell *, struct parse *);
int	cmd_show_version(struct shell *, struct parse *);

/* cmd_audit.c */
int	cmd_show_audit(struct shell *, struct parse *);

/* cmd_state.c */
int	cmd_show_state(struct shell *, struct parse *);

/* cmd_action.c */
int	cmd_action(struct shell *, struct parse *);

/* cmd_stream.c */
int	cmd_stream(struct shell *, struct parse *);
int	cmd_show_log(struct shell *, struct parse *);

/* cmd_support.c */
int	cmd_tech_support(struct shell *, struct parse *);

/* cmd_tool.c */
int	cmd_tool(struct shell *, struct parse *);

/* cmd_help.c */
struct help_topic {
	const char	*word, *help;
	void		(*show)(struct shell *);
};
extern const struct help_topic help_topics[];	/* ends with word NULL */
int	cmd_help_list(struct shell *, struct parse *);
int	cmd_terminal_length(struct shell *, struct parse *);
int	cmd_history(struct shell *, struct parse *);

#endif
