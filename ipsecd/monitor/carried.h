/*
 * carried: which tunnels had SAs when ike ended, so that the next one brings
 * them back whatever their role.  A responder alone would wait: its peer, which
 * has no reason to doubt its own SAs, would send into nowhere until dead peer
 * detection says so.
 */
#ifndef CULVERT_CARRIED_H
#define CULVERT_CARRIED_H

#include <stdint.h>

#include "err.h"

/* Pairs of SAs: a tunnel has one, three while keys are replaced. */
#define CARRIED_TUNNEL_MAX	64
#define CARRIED_MAX		131072

struct carried;
struct dp_request;

struct carried *carried_new(void);		/* NULL: out of memory */
void	carried_free(struct carried *);

/* Whether the data plane may be asked for that: SAs without limit would be its
 * end, and that of the machine's memory.  -1 and *e: no. */
int	carried_check(const struct carried *, const struct dp_request *, struct err *)
		__attribute__((warn_unused_result));
/* ike asked the data plane for that. */
void	carried_note(struct carried *, const struct dp_request *);
/* ike has ended, or is about to and closes its tunnels only for that; what is
 * added from here on is the next one's. */
void	carried_ike_ended(struct carried *);
/* After the DP_SYNC of a new ike: wanted() once for each tunnel that had SAs, is
 * still configured with a certain peer, and has no SA yet. */
void	carried_claim(struct carried *, void (*wanted)(uint32_t tunnel, void *),
		      void *arg);

#endif
