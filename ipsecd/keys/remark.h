/*
 * remark: what deserves a word about a certificate, when it is imported and
 * whenever it is shown: it expires, it is weak, a peer will refuse it.
 */
#ifndef CULVERT_KEYS_REMARK_H
#define CULVERT_KEYS_REMARK_H

#include <stdint.h>

#include "proc/messages.h"

#define REMARK_SOON	(30 * 86400)	/* seconds before it expires */

struct item;

typedef void remark_fn(void *arg, const char *sentence);

/* About all that an item holds. */
void	remark_item(const struct item *, int64_t now, remark_fn *, void *arg);

#endif
