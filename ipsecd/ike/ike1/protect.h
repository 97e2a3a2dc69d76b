/*
 * protect: encrypted messages of IKEv1 (RFC 2409 appendix B), of every exchange.
 */
#ifndef CULVERT_IKE1_PROTECT_H
#define CULVERT_IKE1_PROTECT_H

#include <stdbool.h>
#include <stdint.h>

#include "ike/wire/build1.h"
#include "ike/wire/message1.h"

struct engine;
struct ike_sa;
struct packet;

/* Header, in e->out; everything after it will be encrypted. */
void	protect_begin(struct engine *, const struct ike_sa *, struct build *,
		      uint8_t exchange, uint32_t msgid);
/* Pads and encrypts; iv is the message's, then the next one's.  NULL: it is too
 * long, or no memory. */
struct packet *protect_end(struct engine *, const struct ike_sa *, struct build *,
			   uint8_t iv[]);
/* Decrypts and parses a message that is whole in e->in, and gives it its shape; its
 * HASH has not been compared.  False, with why: it is nonsense; iv is as it was
 * then. */
bool	protect_open(struct engine *, const struct ike_sa *, struct message *,
		     uint8_t iv[], struct err *why);

#endif
