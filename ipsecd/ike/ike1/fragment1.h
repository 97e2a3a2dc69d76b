/*
 * fragment1: fragmentation of IKEv1 by vendor id, as Cisco began it and many do:
 * a datagram, encrypted or not, cut into parts with a header each (payload 132).
 *
 * Nothing authenticates a part: whoever has seen the cookies can spoil a message
 * that is being put together, and what is kept counts as strangers'.
 */
#ifndef CULVERT_IKE1_FRAGMENT1_H
#define CULVERT_IKE1_FRAGMENT1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct build;
struct engine;
struct ike_sa;
struct message;
struct packet;

/* Messages 1 and 2: says that we can; and whether the peer can. */
void	fragment1_announce(struct build *);
void	fragment1_negotiate(struct engine *, struct ike_sa *,
			    const struct message *);

/* A datagram as it is to be sent, in as many as it needs; NULL: no memory, or too
 * long. */
struct packet *fragment1_split(struct engine *, const struct ike_sa *,
			       const uint8_t *msg, size_t len);
struct packet *fragment1_recut(struct engine *, struct ike_sa *,
			       const struct packet *, size_t *len);

/* Keeps a part (m->fragment).  True: it was the last that was missing; the
 * datagram is in e->in, *len octets, to be read as if it had come so. */
bool	fragment1_add(struct engine *, struct ike_sa *, const struct message *,
		      size_t *len);

#endif
