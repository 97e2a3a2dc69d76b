/*
 * script: lines that nobody sits behind: a file, standard input, -c.
 *
 * The first error ends it. Edits are gathered and sent in batches; what is
 * pending is sent before the script is waited for, so that a slow writer gets
 * its errors at once.
 */
#ifndef CULVERT_CLI_SCRIPT_H
#define CULVERT_CLI_SCRIPT_H

#include "shell.h"

enum status script_fd(struct shell *, int fd, const char *name);
enum status script_text(struct shell *, const char *commands);

#endif
