/*
 * lexer: a line into words.
 *
 * A word is everything up to a blank, taken as it stands: a backslash is a
 * backslash and an apostrophe an apostrophe, so that a pre-shared key is what
 * was typed.  Only the beginning of a word can be special:
 *	"	the word ends at the next quote; inside, \" is a quote and \\ a
 *		backslash, and any other backslash stands for itself
 *	#	the rest of the line is a comment
 *	|	a filter follows
 * The first word of a line may be a way through contexts: /config/tunnel or
 * ../ipsec are "/", "config", "tunnel" and "..", "ipsec".
 */
#ifndef CULVERT_CLI_LEXER_H
#define CULVERT_CLI_LEXER_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

#define LEXER_LINE_MAX	16384

struct word {
	char	*text;		/* without its quotes */
	size_t	 off, len;	/* where it stands in the line, with them */
	bool	 quoted;
};

struct line {
	char		*text;		/* the whole line, as typed */
	struct word	*word;
	unsigned int	 n;		/* words of the command */
	unsigned int	 all;		/* and those of its filters; each "|" is
					 * a word */
	size_t		 end;		/* end of the last word of the command */
	size_t		 comment;	/* where a comment begins, or the length */
	bool		 open;		/* ends inside a quoted word */
};

/* An open quote is an error unless `partial` (the line is still being typed).
 * On an error *at is the offset of the place, and *l is empty. */
int	lexer_split(struct line *l, const char *text, bool partial,
		    struct err *, size_t *at) __attribute__((warn_unused_result));
void	lexer_free(struct line *);	/* wipes: it may have held a secret */

/* The text from word i to the end of the command, blanks kept; a single quoted
 * word loses its quotes.  The caller frees it. */
char	*lexer_rest(const struct line *, unsigned int i);

/* How a value is written so that it reads back as it is; with `rest` as the
 * rest of a line, blanks and all.  The caller frees it. */
char	*lexer_quote(const char *value, bool rest);

/* The next command of a text whose commands end at ';' or a new line, neither
 * inside quotes; NULL at the end.  The caller frees it. */
char	*lexer_command(const char **text);

#endif
