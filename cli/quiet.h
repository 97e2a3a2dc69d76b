/*
 * quiet: a terminal without echo, for as long as secrets are typed or pasted.
 *
 * Meanwhile a signal that would end the program, and Ctrl-C, only interrupt what
 * reads; it has its effect, but for Ctrl-C, when the terminal is as it was.
 */
#ifndef CULVERT_CLI_QUIET_H
#define CULVERT_CLI_QUIET_H

#include <signal.h>
#include <stdbool.h>
#include <termios.h>

#define QUIET_SIGNALS	3

struct quiet {
	int			fd;
	struct termios		cooked;
	struct sigaction	was[QUIET_SIGNALS];
};

enum quiet_mode {
	QUIET_LINE,	/* a line that is typed; what was typed before it is lost */
	QUIET_PASTE,	/* many; they end as they were sent, with CR, LF or both */
};

/* -1: fd is no terminal, see errno. One at a time. */
int	quiet_begin(struct quiet *, int fd, enum quiet_mode)
		__attribute__((warn_unused_result));
void	quiet_end(struct quiet *);
/* Whether a signal came since it began. */
bool	quiet_caught(void);

#endif
