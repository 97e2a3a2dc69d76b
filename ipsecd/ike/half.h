/*
 * half: half-open IKE_SAs, begun by peers who have proved nothing yet: how many
 * there are, from where, and in which order.  Bounded whatever is sent.
 *
 * With max = engine_settings.half_open_max (256 in ipsecd):
 *
 *	in all		a source	what it takes
 *	below max	up to max / 4	nothing
 *	more		up to max / 4	a cookie (RFC 7296 2.6)
 *	any		up to max * 4	a cookie
 *	any		more		no room
 *	max * 16	any		a cookie, and the oldest goes, which had
 *					a second at least; else no room
 *
 * IKEv1 has no cookie to ask for before there is an IKE_SA; what stands for it is
 * the peer's second message, which shows our SPI:
 *
 *	not shown yet	up to max / 4 a source and max in all; then the oldest of
 *			these goes, if it had a second; else no room
 *	shown		as with a cookie
 *
 * A source is an IPv4 address or an IPv6 /64.  So one that floods costs others
 * a round trip and nothing else, and a NAT with hundreds of peers that come up
 * in the same second gets them all in: each shows a cookie.
 */
#ifndef CULVERT_HALF_H
#define CULVERT_HALF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"

struct engine;
struct ike_sa;

struct half;			/* ike_sa.half */

struct halves {			/* the oldest first */
	struct half	*oldest, **newest;
	uint32_t	 plain1;	/* of IKEv1 that have not shown our SPI */
};

enum half_verdict { HALF_WELCOME, HALF_COOKIE, HALF_FULL };

void	half_init(struct halves *);
/* May another one begin, that has shown a cookie or not?  HALF_WELCOME: there
 * is room, for which an older one may have gone. */
enum half_verdict half_judge(struct engine *, const struct addr *from,
			     bool cookie);
/* The same of IKEv1: HALF_WELCOME or HALF_FULL. */
enum half_verdict half_judge1(struct engine *, const struct addr *from);
/* Counts it.  False: no memory. */
bool	half_add(struct engine *, struct ike_sa *, bool cookie);
/* It receives what is sent to its address, after all. */
void	half_prove(struct engine *, struct ike_sa *);
void	half_end(struct engine *, struct ike_sa *);

/* So many octets of what it sends are kept, if its source has not too many of them:
 * 4 MB.  For one that is not half-open there is always room. */
bool	half_has_room(const struct ike_sa *, size_t len);
void	half_keeps(struct ike_sa *, size_t len);
void	half_forgets(struct ike_sa *, size_t len);

#endif
