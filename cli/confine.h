/*
 * confine: the shell as the only thing that its user gets.
 */
#ifndef CULVERT_CLI_CONFINE_H
#define CULVERT_CLI_CONFINE_H

#include "err.h"

/* From here on the kernel refuses to start another program from this process
 * or a child of it, whatever a library, a key or a file of the user's asks for.
 * 0, or -1: this kernel cannot. */
int	confine_exec(struct err *) __attribute__((warn_unused_result));

#endif
