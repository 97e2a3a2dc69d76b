/*
 * file: files that are old or new, never half of each.
 */
#ifndef CULVERT_FILE_H
#define CULVERT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

#define FILE_MAX	(256u << 20)

/* Temporary file, fsync, rename, fsync of the folder; mode 0600. */
int	file_write(int dirfd, const char *name, const void *, size_t len,
		   struct err *) __attribute__((warn_unused_result));
/* The whole file, with a NUL behind it; the caller frees.  Not there:
 * ERR_NOTFOUND. */
int	file_read(int dirfd, const char *name, char **text, size_t *len,
		  struct err *) __attribute__((warn_unused_result));

#endif
