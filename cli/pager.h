/*
 * pager: long output a page at a time.
 *
 * Within this process: a program for it would be a way out of the shell. It
 * writes plain lines and wipes its own prompt with blanks, so that nothing is
 * lost on a serial line or in the terminal's history.
 */
#ifndef CULVERT_CLI_PAGER_H
#define CULVERT_CLI_PAGER_H

#include <stdbool.h>
#include <stdio.h>

enum { PAGER_STOP = -1,		/* Ctrl-C, the line dropped, logged out */
       PAGER_RESIZED = -2 };

/* The terminal. */
struct pager_ops {
	/* Keys come one by one, without echo, from now on; false if some were
	 * typed already: whoever did that is not reading (a paste, a program),
	 * and means them for the commands that follow. */
	bool		(*begin)(void *arg);
	void		(*end)(void *arg);
	int		(*key)(void *arg);	/* or one of the above */
	/* Ctrl-C since the command began */
	bool		(*interrupted)(void *arg);
	unsigned int	(*rows)(void *arg);	/* 0: never stop */
	unsigned int	(*columns)(void *arg);
	void		*arg;
};

struct pager *pager_new(FILE *, const struct pager_ops *);
void	pager_free(struct pager *);
/* A line of a command's output, with a stop at each page or not; false when it
 * was told to end. */
bool	pager_line(void *pager, const char *line, bool pages);
/* The command's output ends. */
void	pager_end(void *pager);

#endif
