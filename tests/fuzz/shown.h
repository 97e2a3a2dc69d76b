/*
 * shown: what a stranger's octets may look like in a sentence: ASCII that can be
 * printed, or characters that may be shown (utf8.h).  One that does not fit may be
 * cut off within, and then is no character for anybody who prints it.
 */
#ifndef CULVERT_FUZZ_SHOWN_H
#define CULVERT_FUZZ_SHOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "utf8.h"

/* Octets of the beginning of a character at s, 0 if there is none. */
static inline size_t
shown_cut(const char *s)
{
	unsigned char first = (unsigned char)*s;
	size_t whole = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2, n = 1;

	if (first < 0xc2 || first > 0xf4)
		return 0;
	while (n < whole && ((unsigned char)s[n] & 0xc0) == 0x80)
		n++;
	return n < whole ? n : 0;
}

static inline bool
may_be_shown(const char *s)
{
	size_t n;

	for (; *s != '\0'; s += n)
		if ((n = utf8_shown(s, strnlen(s, 4))) == 0 &&
		    (n = shown_cut(s)) == 0)
			return false;
	return true;
}

#endif
