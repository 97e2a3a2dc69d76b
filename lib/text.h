/*
 * text: a sentence that is put together in a buffer of fixed size.  What does not
 * fit is cut off; the buffer always ends in NUL once something was added.
 */
#ifndef CULVERT_TEXT_H
#define CULVERT_TEXT_H

#include <stddef.h>

struct text {
	char	*buf;
	size_t	 size;		/* at least 1 */
	size_t	 len;		/* without the NUL */
};

void	text_add(struct text *, const char *fmt, ...)
		__attribute__((format(printf, 2, 3)));

#endif
