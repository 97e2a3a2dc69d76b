/*
 * xfrm_table: what of ours is in the kernel: for each tunnel the policy and the
 * SAs, without keys.  Found by number and by subnets.
 */
#ifndef CULVERT_DATAPLANE_XFRM_TABLE_H
#define CULVERT_DATAPLANE_XFRM_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane.h"
#include "xfrm_msg.h"

struct xfrm_sa {
	struct xfrm_sa	*next;
	uint32_t	 spi;
	bool		 inbound;
	bool		 stale;		/* of an engine that is gone */
	struct endpoint	 src;
	struct endpoint	 dst;
};

struct xfrm_tunnel {
	struct xfrm_tunnel *next_id;
	struct xfrm_tunnel *next_subnets;
	uint32_t	 id;
	bool		 has_policy;
	bool		 stale;		/* the policy was not named again yet */
	struct dp_policy policy;
	struct xfrm_path path;		/* of the outbound policy now */
	struct xfrm_sa	*sas;		/* newest first */
};

#define XFRM_BUCKETS	4096

struct xfrm_table {
	struct xfrm_tunnel *by_id[XFRM_BUCKETS];
	struct xfrm_tunnel *by_subnets[XFRM_BUCKETS];
};

struct xfrm_tunnel *xfrm_tunnel_find(struct xfrm_table *, uint32_t id);
/* Makes it if it is not there; NULL when out of memory. */
struct xfrm_tunnel *xfrm_tunnel_get(struct xfrm_table *, uint32_t id);
/* The one with a policy for these subnets. */
struct xfrm_tunnel *xfrm_tunnel_by_subnets(struct xfrm_table *,
		const struct prefix *local, const struct prefix *remote);
void	xfrm_tunnel_set_policy(struct xfrm_table *, struct xfrm_tunnel *,
			       const struct dp_policy *);
void	xfrm_tunnel_unset_policy(struct xfrm_table *, struct xfrm_tunnel *);
/* Frees it if it has neither policy nor SAs. */
void	xfrm_tunnel_drop(struct xfrm_table *, struct xfrm_tunnel *);
/* Calls f for each, which may drop the one it is given. */
void	xfrm_table_walk(struct xfrm_table *, void (*f)(struct xfrm_tunnel *, void *),
			void *arg);
void	xfrm_table_fini(struct xfrm_table *);

/* NULL when out of memory. */
struct xfrm_sa *xfrm_sa_new(struct xfrm_tunnel *, const struct dp_sa *);
struct xfrm_sa *xfrm_sa_find(struct xfrm_tunnel *, uint32_t spi, bool inbound);
void	xfrm_sa_free(struct xfrm_tunnel *, struct xfrm_sa *);
/* The newest outbound one of this engine, or NULL. */
struct xfrm_sa *xfrm_sa_outbound(struct xfrm_tunnel *);

#endif
