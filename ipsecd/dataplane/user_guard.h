/*
 * user_guard: what comes in clear from outside, from a remote subnet to a local
 * one, is dropped, for it did not come through its tunnel (RFC 4301 5.2).
 *
 * The kernel's policies do it, which need no ESP: one that blocks for each pair
 * of subnets and direction (in, fwd).  The TUN device alone is exempt
 * (disable_policy).  The kernel counts what they drop (XfrmInPolBlock in
 * /proc/net/xfrm_stat).  Without the kernel's policies, or where /proc/sys cannot
 * be written, there is no guard, and the log says so.
 */
#ifndef CULVERT_DATAPLANE_USER_GUARD_H
#define CULVERT_DATAPLANE_USER_GUARD_H

#include "addr.h"

struct user_guard;

/* Never fails for want of a guard; NULL: no memory.  Policies of an earlier one
 * are taken over. */
struct user_guard *user_guard_new(void);
/* The policies stay. */
void	user_guard_free(struct user_guard *);
/* The device is there, maybe anew. */
void	user_guard_device(struct user_guard *, const char *device);

/* Counted: two tunnels may have the same pair. */
void	user_guard_add(struct user_guard *, const struct prefix *local,
		       const struct prefix *remote);
void	user_guard_del(struct user_guard *, const struct prefix *local,
		       const struct prefix *remote);
/* Those that were there before us and nobody added again go. */
void	user_guard_sync(struct user_guard *);

#endif
