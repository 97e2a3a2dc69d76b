/*
 * term: text fitted to the width of the terminal.
 */
#ifndef CULVERT_CLI_TERM_H
#define CULVERT_CLI_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct str;

/* Columns of the terminal, 80 if there is none. */
unsigned int term_width(void);
/* Its rows; a serial line does not know them, then LINES or 24. */
unsigned int term_height(void);

/* Whether it is a terminal that wants colour (NO_COLOR, TERM=dumb). */
bool	term_colour(FILE *);
enum style { STYLE_GOOD, STYLE_BAD, STYLE_WARN };
/* The first len octets, in colour. */
void	term_paint(enum style, const char *text, size_t len, struct str *);
/* Without the colours. */
void	term_plain(const char *painted, struct str *);
/* Columns that a line takes, colours or not, tabs too. */
size_t	term_columns(const char *line);
/* Text from elsewhere with its control characters spelled out (\x1b), so that
 * it cannot steer the terminal; false, and nothing added, if it has none. Tabs
 * and ends of lines stay. */
bool	term_clean(const char *text, struct str *);

/* Words of a text on lines of that width, each indented. */
void	term_wrap(const char *text, unsigned int indent, unsigned int width,
		  struct str *);
/* A line of a table, or of state, that is wider: cut at blanks, with what goes on
 * below the column it stands in. Without its last new line. */
void	term_fold(const char *line, unsigned int width, struct str *);
/* "    name      help that goes on
 *                on the next line" */
void	term_item(const char *name, const char *help, unsigned int indent,
		  unsigned int column, unsigned int width, struct str *);

#endif
