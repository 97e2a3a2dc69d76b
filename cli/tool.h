/*
 * tool: ping, traceroute and culvert-fetch, the only programs that the shell has
 * run.
 *
 * The shell cannot start a program (cli/confine.h). A process that it forks
 * before can, and starts these with arguments that it has checked itself,
 * whoever asks: no shell, no search for the program, no environment of the
 * user's. What they print comes back through a pipe.
 */
#ifndef CULVERT_CLI_TOOL_H
#define CULVERT_CLI_TOOL_H

#include <stdbool.h>

#include "err.h"

enum tool { TOOL_PING, TOOL_TRACEROUTE, TOOL_FETCH };

#define TOOL_HOST_MAX	2049
#define TOOL_COUNT_MAX	100000
#define TOOL_SIZE_MAX	65507

struct tool_request {
	enum tool	tool;
	char		host[TOOL_HOST_MAX];	/* name or address, or URL */
	char		source[46];		/* address, or "" */
	unsigned int	count;			/* of pings; 0: until stopped */
	unsigned int	size;			/* of their data; 0: the usual; of
						 * what is fetched: the most */
};

/* The process; its descriptor, which ends it when closed. -1: *e. */
int	tool_start(struct err *) __attribute__((warn_unused_result));
/* What of a request is not right, in a sentence. */
int	tool_check(const struct tool_request *, struct err *)
		__attribute__((warn_unused_result));
/* Runs it: *out is to be read until its end and closed. One at a time. */
int	tool_run(int fd, const struct tool_request *, int *out, struct err *)
		__attribute__((warn_unused_result));
/* As Ctrl-C does; a second time as SIGKILL does. */
void	tool_stop(int fd);
/* After the end of its output: its exit status, or -1 if it did not end by
 * itself. */
int	tool_status(int fd);

#endif
