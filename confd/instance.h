/*
 * instance: configuration in a file that says of which models it is (RFC 9195,
 * YANG instance data), so that later ones know how to read it.
 */
#ifndef CULVERT_CONFD_INSTANCE_H
#define CULVERT_CONFD_INSTANCE_H

#include <stddef.h>

#include "err.h"

/* Around `json`, an object: as a text of its own; modules with their revisions
 * as of upgrade_modules().  NULL without memory. */
char	*instance_print(const char *name, const char *modules, const char *json);
/* Leaves the data alone in the text, each line where it was; *modules is what
 * the file says, or NULL: it is nothing but the data.  The caller frees. */
int	instance_open(char *text, size_t len, char **modules, struct err *)
		__attribute__((warn_unused_result));

#endif
