/*
 * fragment: IKE fragmentation (RFC 7383): messages that are too long for a
 * datagram, cut and put together again.
 *
 * Each fragment is encrypted and authenticated by itself, so that only the peer
 * can make us keep any; what is kept is bounded for each SA, and for all peers
 * that have not authenticated themselves together.
 */
#ifndef CULVERT_IKE2_FRAGMENT_H
#define CULVERT_IKE2_FRAGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "ike/wire/build.h"
#include "ike/wire/message.h"

struct engine;
struct ike_sa;
struct packet;
struct timer;

/* IKE_SA_INIT: says that we can; and whether the peer can. */
void	fragment_announce(struct build *);
void	fragment_negotiate(struct engine *, struct ike_sa *,
			   const struct message *);

/* --- out --- */
/* Whether a message of that length must not go in one datagram. */
bool	fragment_needed(const struct ike_sa *, size_t len);
/* The fragments of the message whose payloads are text, without padding, the
 * first of them of type `first`.  NULL: no memory, or too many. */
struct packet *fragment_split(struct engine *, struct ike_sa *,
			      const struct ike_header *, uint8_t first,
			      const uint8_t *text, size_t len);
/* Cuts a message that nobody answers into smaller ones, for it may be that long
 * datagrams are what gets lost (2.5.2); from then on all of the SA's.  IPv4
 * only: what IPv6 carries, it carries with 1280 octets. */
void	fragment_smaller(struct engine *, struct ike_sa *, struct packet **);

/* --- in --- */
/* Before it costs anything: one that is of no use.  -1 and why. */
int	fragment_check(const struct ike_sa *, const struct message *,
		       struct err *) __attribute__((warn_unused_result));
/* Keeps an authenticated one; text is what was in it.  True: it was the last that
 * was missing; the payloads are in e->in, *len octets, the first of them of type
 * *first. */
bool	fragment_add(struct engine *, struct ike_sa *, const struct message *,
		     const uint8_t *text, size_t text_len, uint8_t *first,
		     size_t *len);
/* Forgets what is there of a message, if anything. */
void	fragments_free(struct engine *, struct ike_sa *);
void	fragments_expired(struct engine *, struct timer *);

#endif
