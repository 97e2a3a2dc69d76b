/*
 * landlock: a folder of its own to write in, for a process that has the whole
 * file system before it; a step of sandbox.c.
 */
#ifndef CULVERT_PROC_LANDLOCK_H
#define CULVERT_PROC_LANDLOCK_H

#include "err.h"

/* From now on nothing on disk is made, changed, removed or executed but in the
 * folder that fd is, and that not executed; fd -1: nowhere.  Without Landlock in
 * the running kernel: nothing happens, and 0. */
int	landlock_write_only_in(int fd, struct err *)
		__attribute__((warn_unused_result));

#endif
