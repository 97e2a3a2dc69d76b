/*
 * term: text fitted to the width of the terminal.
 */
#ifndef CULVERT_CLI_TERM_H
#define CULVERT_CLI_TERM_H

struct str;

/* Columns of the terminal, 80 if there is none. */
unsigned int term_width(void);
/* Words of a text on lines of that width, each indented. */
void	term_wrap(const char *text, unsigned int indent, unsigned int width,
		  struct str *);
/* "    name      help that goes on
 *                on the next line" */
void	term_item(const char *name, const char *help, unsigned int indent,
		  unsigned int column, unsigned int width, struct str *);

#endif
