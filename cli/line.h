/*
 * line: a person's lines through readline, in the event loop.
 *
 * readline's callbacks carry no argument, so there is one editor in a process.
 */
#ifndef CULVERT_CLI_LINE_H
#define CULVERT_CLI_LINE_H

struct shell;

/* Sets readline and the signals up; the shell is borrowed until line_fini. */
int	line_init(struct shell *);
void	line_fini(void);
/* Shows the prompt; keys wait until the line is read. */
void	line_show(const char *prompt);
/* The next line, which the caller frees; NULL at the end of the input (*hangup
 * is set if the terminal is gone for good). */
char	*line_read(int *hangup);
/* Says something at once, also while a line is typed, which is kept. */
void	line_announce(const char *text);

#endif
