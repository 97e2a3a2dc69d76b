/*
 * edits: changes of the candidate, gathered so that a script is a stream and
 * not a question and an answer for each line.
 *
 * Each edit remembers its line, which a refusal is reported with.
 */
#ifndef CULVERT_CLI_EDITS_H
#define CULVERT_CLI_EDITS_H

#include <stdbool.h>
#include <stddef.h>

#include "msg.h"

#define EDITS_BATCH	1000		/* edits sent at a time, */
#define EDITS_BYTES	(256u << 10)	/* or bytes */

struct edit;

struct edit_line {
	unsigned int	 first;		/* number of its first edit */
	unsigned int	 line;
	char		*text;		/* secrets masked */
};

struct edits {
	struct msg	 msg;
	bool		 open;		/* msg is begun */
	unsigned int	 n;
	struct edit_line *line;
	unsigned int	 nlines, size;
};

void	edits_fini(struct edits *);
/* The text is copied; edits added after it belong to it. */
void	edits_line(struct edits *, unsigned int line, const char *text);
void	edits_add(struct edits *, const struct edit *);
bool	edits_full(const struct edits *);
/* Hands the message over and starts anew; the lines stay until edits_fini. */
void	edits_take(struct edits *, struct msg *);
const struct edit_line *edits_find(const struct edits *, unsigned int index);

#endif
