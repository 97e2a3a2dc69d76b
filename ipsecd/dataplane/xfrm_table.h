/*
 * xfrm_table: what of ours is in the kernel: for each tunnel the policies, a
 * pair of subnets each, and the SAs, without keys.  Found by number and by subnets.
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

struct xfrm_pair {
	struct xfrm_pair *next;		/* of the tunnel */
	struct xfrm_pair *next_subnets;
	struct xfrm_tunnel *tunnel;
	bool		 fresh;		/* by the request at work */
	struct prefix	 local;
	struct prefix	 remote;
};

struct xfrm_tunnel {
	struct xfrm_tunnel *next_id;
	uint32_t	 id;
	bool		 stale;		/* the policies were not named again yet */
	struct xfrm_pair *pairs;
	struct addr	 outer_local;	/* as in struct dp_policy */
	struct addr	 outer_remote;
	struct xfrm_path path;		/* of the outbound policies now */
	struct xfrm_sa	*sas;		/* newest first */
	struct subnets	*passes;	/* xfrm_pass_set(); NULL: none */
};

#define XFRM_BUCKETS	4096

struct xfrm_table {
	struct xfrm_tunnel *by_id[XFRM_BUCKETS];
	struct xfrm_pair *by_subnets[XFRM_BUCKETS];
};

struct xfrm_tunnel *xfrm_tunnel_find(struct xfrm_table *, uint32_t id);
/* Makes it if it is not there; NULL when out of memory. */
struct xfrm_tunnel *xfrm_tunnel_get(struct xfrm_table *, uint32_t id);
/* The policy for these subnets, of whatever tunnel; or NULL. */
struct xfrm_pair *xfrm_pair_find(struct xfrm_table *, const struct prefix *local,
				 const struct prefix *remote);
/* NULL when out of memory. */
struct xfrm_pair *xfrm_pair_new(struct xfrm_table *, struct xfrm_tunnel *,
				const struct prefix *local,
				const struct prefix *remote);
void	xfrm_pair_free(struct xfrm_table *, struct xfrm_pair *);
/* Frees it if it has neither policies nor SAs. */
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
