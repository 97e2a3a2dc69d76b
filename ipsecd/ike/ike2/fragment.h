/*
 * fragment: IKE fragmentation (RFC 7383): messages that are too long for a
 * datagram, cut and put together again (fragments.h).
 *
 * Each fragment is encrypted and authenticated by itself, so that only the peer
 * can make us keep any.
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

/* IKE_SA_INIT: says that we can; and whether the peer can. */
void	fragment_announce(struct build *);
void	fragment_negotiate(struct engine *, struct ike_sa *,
			   const struct message *);

/* --- out --- */
/* The fragments of the message whose payloads are text, without padding, the
 * first of them of type `first`.  NULL: no memory, or too many. */
struct packet *fragment_split(struct engine *, struct ike_sa *,
			      const struct ike_header *, uint8_t first,
			      const uint8_t *text, size_t len);
/* Those of a message that was sent in others before; *len octets of text. */
struct packet *fragment_recut(struct engine *, struct ike_sa *,
			      const struct packet *, size_t *len);

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

#endif
