/*
 * sealed: octets on their way to another process, in memory that nobody can
 * change once it is whole.
 */
#ifndef CULVERT_FETCH_SEALED_H
#define CULVERT_FETCH_SEALED_H

#include <stdbool.h>
#include <stddef.h>

/* A descriptor, or -1 when out of room. */
int	sealed_new(void);
bool	sealed_add(int fd, const void *, size_t) __attribute__((warn_unused_result));
bool	sealed_close(int fd) __attribute__((warn_unused_result));

#endif
