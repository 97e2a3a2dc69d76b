/*
 * history: the lines typed, in readline's list and in a file of the user's
 * that nobody else may read. Secrets are masked in both; a line that was not
 * understood, which may hide one, never reaches the file.
 */
#ifndef CULVERT_CLI_HISTORY_H
#define CULVERT_CLI_HISTORY_H

#include <stdbool.h>

struct out;

#define HISTORY_MAX	1000

/* CULVERT_HISTORY, or ~/.culvert_history; NULL if there is neither. The caller
 * frees it. */
char	*history_path(void);
void	history_load(const char *path);		/* NULL: memory only */
/* The line as typed; secret_off is where its secrets begin. */
void	history_add(const char *path, const char *line, unsigned int secret_off,
		    bool understood);
void	history_show(struct out *);

#endif
