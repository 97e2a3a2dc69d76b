/*
 * ask: a password, without echo.
 *
 * From the terminal, also when a script or a pipe is standard input; or, for
 * scripts, from a descriptor that --password-fd names, a line for each. Never
 * from a line of the shell: those are remembered.
 */
#ifndef CULVERT_CLI_ASK_H
#define CULVERT_CLI_ASK_H

#include "err.h"

struct shell;
struct str;

#define ASK_MAX		1024

/* prompt without a colon; the caller wipes the answer in any case. */
int	ask_secret(struct shell *, const char *prompt, struct str *answer,
		   struct err *) __attribute__((warn_unused_result));

#endif
