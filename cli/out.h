/*
 * out: what a command prints, line by line: through the filters of its line
 * (cli/filter.h), then to a screen, a saved file, or as it is to a stream.
 */
#ifndef CULVERT_CLI_OUT_H
#define CULVERT_CLI_OUT_H

#include <stdbool.h>
#include <stdio.h>

#include "err.h"
#include "filter.h"
#include "str.h"
#include "user_file.h"

struct line;

/* Colours the words of a line that have one; what they say stands in the line
 * as well. Adds the line to the text, painted with paint() (cli/term.h). */
typedef void (*paint_fn)(const char *line, struct str *);

/* A terminal that stops at each page. */
struct out_screen {
	/* One line, painted; pages: stop at each. False: nobody wants to see
	 * more of this. */
	bool		(*line)(void *arg, const char *line, bool pages);
	void		(*end)(void *arg);
	void		*arg;
};

struct out {
	FILE		*to;
	const struct out_screen *screen;	/* NULL: none */
	bool		 clean;		/* `to` is a terminal: control characters
					 * are spelled out */
	bool		 colour;
	struct filters	 filters;
	bool		 json;		/* "| json" stands first */
	struct str	 part;		/* of a line not ended yet */

	/* of the command that runs */
	bool		 live;		/* a stream: never paged, each line is
					 * seen at once */
	paint_fn	 paint;		/* NULL: plain */
	bool		 fold;		/* wide lines, on a terminal; never what
					 * can be pasted back */
	bool		 stopped;	/* the reader has had enough: lines are
					 * dropped */
	struct user_file file;		/* "| save" */
	unsigned long	 saved;		/* lines in it */

	int		 error;		/* errno of the first write that failed */
};

void	out_init(struct out *, FILE *);
void	out_fini(struct out *);
/* The filters of a line, from its first "|". On an error *word is the word
 * that is wrong (l->all if something is missing at the end). */
int	out_filters(struct out *, const struct line *, struct err *,
		    unsigned int *word) __attribute__((warn_unused_result));
/* The command is about to run: the file to save in is there. */
int	out_begin(struct out *, struct err *)
		__attribute__((warn_unused_result));
/* Text with any number of lines. */
void	out_text(struct out *, const char *);
void	out_f(struct out *, const char *fmt, ...)
		__attribute__((format(printf, 2, 3)));
/* Whether it is worth going on: of a stream, or of a long list. */
bool	out_stopped(const struct out *);
/* What was printed so far is on the screen, and the pager forgets it. */
void	out_pause(struct out *);
/* The end of the command: counts are printed, filters are dropped, and what is
 * saved gets its name if the command did its work. -1: it could not be saved. */
int	out_end(struct out *, bool ok, struct err *);

#endif
