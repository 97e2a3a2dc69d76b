/*
 * complete: what may be typed at the end of a line that is being typed.
 */
#ifndef CULVERT_CLI_COMPLETE_H
#define CULVERT_CLI_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

#include "expect.h"

struct shell;
struct str;

struct complete {
	struct expect	 set;		/* fitting the word begun */
	char		*word;		/* begun, "" if none */
	size_t		 off;		/* where it stands */
	struct err	 err;		/* of the words before, if wrong */
	bool		 literal;	/* within quotes, or in a free text: a '?'
					 * there is a '?' */
};

void	complete_line(struct shell *, const char *line, struct complete *);
void	complete_fini(struct complete *);
/* The words, in columns from top to bottom. */
void	complete_columns(const struct complete *, unsigned int width,
			 struct str *);
/* The list that '?' shows. */
void	complete_text(const struct complete *, unsigned int width, struct str *);

#endif
