/*
 * localaddr: which addresses this machine has, and what changes.
 *
 * Read from the kernel anew after every hint that something changed, so that a
 * lost hint or the same address on two interfaces does no harm.  Addresses that
 * duplicate address detection has not cleared yet do not count.
 */
#ifndef CULVERT_LOCALADDR_H
#define CULVERT_LOCALADDR_H

#include <stdbool.h>

#include "addr.h"
#include "err.h"

struct event_base;
struct localaddr;

typedef void (*localaddr_cb)(const struct addr *, bool present, void *arg);

/* change() is called for what comes and goes later, not for what is there. */
struct localaddr *localaddr_new(struct event_base *, localaddr_cb change,
				void *arg, struct err *);
void	localaddr_free(struct localaddr *);
/* Every address that is there now. */
void	localaddr_each(const struct localaddr *, localaddr_cb, void *arg);

#endif
