/*
 * load: configuration from a file into the candidate, all of it or nothing.
 *
 * A file is what "show running-config" prints, as commands or as JSON (RFC
 * 7951): settings only, from the top of the configuration.
 */
#ifndef CULVERT_CLI_LOAD_H
#define CULVERT_CLI_LOAD_H

#include <stdbool.h>

#include "shell.h"

struct cmd;
struct edit;
struct load;

enum load_mode {
	LOAD_MERGE,		/* on top of what is there */
	LOAD_REPLACE,		/* the same, but each outermost list entry that
				 * is in the file is replaced whole */
	LOAD_OVERRIDE,		/* instead of all that is there */
};

/* A file by its name, "-" for standard input; complaints have been printed.
 * *changed is false if the candidate is as it was. */
enum status load_file(struct shell *, enum load_mode, const char *name,
		      bool *changed);

/* --- for the shell that runs the lines of a file --- */

/* Whether a file may have that command. */
bool	load_allows(const struct shell *, const struct cmd *);
/* An edit is about to be gathered: what it replaces goes before it. */
void	load_edit(struct load *, struct edits *, const struct edit *);

#endif
