/*
 * utf8: characters of UTF-8 (RFC 3629), and which of them a person may be shown
 * although somebody else chose them.
 */
#ifndef CULVERT_UTF8_H
#define CULVERT_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* How many octets the character at p has, of which n are there; 0: they are none.
 * Does not look beyond a NUL.  c: what it is; may be NULL. */
size_t	utf8_char(const void *p, size_t n, uint32_t *c);

/* Likewise, but 0 also for what does something else than to be seen: controls (C1,
 * too), what turns the direction of writing, what is invisible or looks like a blank,
 * and what nobody has agreed on. */
size_t	utf8_shown(const void *p, size_t n);

#endif
