/*
 * xfrm_pass: what passes a tunnel by.  Where a remote subnet contains a local one
 * (0.0.0.0/0 contains all), the tunnel's policies would also take what stays
 * between local subnets: the gateway would lose its own network.  Policies of
 * theirs, as narrow as they are, come before.
 */
#ifndef CULVERT_DATAPLANE_XFRM_PASS_H
#define CULVERT_DATAPLANE_XFRM_PASS_H

#include <stdbool.h>
#include <stddef.h>

#include "xfrm_table.h"

#define XFRM_PASS_BUCKETS	256

struct nlmsghdr;
struct xfrm_nl;

struct xfrm_pass {
	struct xfrm_pass *next;
	struct prefix	 src;
	struct prefix	 dst;
	unsigned int	 refs;		/* tunnels; 0: found at start */
};

/* Zero is empty; both pointers are borrowed. */
struct xfrm_passes {
	struct xfrm_nl	*nl;
	struct xfrm_table *table;
	struct xfrm_pass *bucket[XFRM_PASS_BUCKETS];
};

/* One after the other of those that the subnets need; *at begins at 0.  False:
 * no more. */
bool	xfrm_pass_next(const struct subnets *, size_t *at,
		       const struct prefix **src, const struct prefix **dst);

/* The subnets of the tunnel are these now (NULL: none). */
void	xfrm_pass_set(struct xfrm_passes *, struct xfrm_tunnel *,
		      const struct subnets *);
/* Once more, after somebody removed them. */
void	xfrm_pass_restore(struct xfrm_passes *, const struct xfrm_tunnel *);
/* A tunnel's policies for just these subnets are gone, which had the place of
 * ours. */
void	xfrm_pass_freed(struct xfrm_passes *, const struct prefix *local,
			const struct prefix *remote);
/* One of a dump, left by an ipsecd before. */
void	xfrm_pass_found(struct xfrm_passes *, const struct nlmsghdr *);
/* Removes those found that no tunnel wants. */
void	xfrm_pass_sync(struct xfrm_passes *);
/* Frees what is known; the policies stay. */
void	xfrm_pass_fini(struct xfrm_passes *);

#endif
