/*
 * flow: pairs of prefixes, found by a packet's addresses.
 *
 * A tuple space: one hash table for each pair of prefix lengths in use, most
 * specific first.  Configurations with thousands of tunnels use two or three
 * pairs of lengths, so a look-up is two or three probes.
 */
#ifndef CULVERT_ESP_FLOW_H
#define CULVERT_ESP_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "inner.h"

struct policy;
struct sa;
struct tuple;

/* An SA or policy at one of its pairs: it owns an array of them. */
struct at_flow {
	struct at_flow	*next;
	struct flow	*flow;
	struct sa	*sa;		/* one of the two */
	struct policy	*policy;
};

struct flow {
	struct flow	*next;
	struct tuple	*tuple;
	struct ip_key	 local;		/* masked */
	struct ip_key	 remote;
	struct at_flow	*sas;		/* newest first */
	struct at_flow	*policies;
};

struct flow_set {
	struct tuple	**tuples;
	size_t		 n;
};

void	flow_set_fini(struct flow_set *);
/* One after the other, the most specific first, what has the packet; *at begins
 * at 0.  NULL: no more. */
struct flow *flow_next(const struct flow_set *, size_t *at, uint8_t family,
		       const struct ip_key *local, const struct ip_key *remote);
/* The one of these very prefixes, made if needed; NULL: no memory. */
struct flow *flow_get(struct flow_set *, const struct prefix *local,
		      const struct prefix *remote);
/* Frees it if nothing hangs on it any more. */
void	flow_put(struct flow_set *, struct flow *);

#endif
