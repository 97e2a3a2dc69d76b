/*
 * filter: the system calls a child may make; sandbox.c's last step.
 */
#ifndef CULVERT_PROC_FILTER_H
#define CULVERT_PROC_FILTER_H

#include "err.h"

struct sandbox;

int	filter_install(const struct sandbox *, struct err *)
		__attribute__((warn_unused_result));

#endif
