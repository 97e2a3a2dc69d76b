/*
 * words1: what a node says in IKEv1 though its engine would not: a message of its
 * tunnel 1 with a HASH(1) and encrypted, by its own keys.
 */
#ifndef CULVERT_TESTS_WORDS1_H
#define CULVERT_TESTS_WORDS1_H

#include "ike/ike1/keymat1.h"
#include "ike/wire/build1.h"
#include "world.h"

struct words1 {
	struct build	 b;		/* the payloads after the hash */
	struct node	*from;
	uint8_t		*hash;
	uint32_t	 msgid;
	uint8_t		 iv[CBC_IV];	/* that of the message id */
};

struct ike_sa *words1_sa(const struct node *);
/* msgid 0: that of a new exchange. */
void	words1_begin(struct words1 *, struct node *from, uint8_t exchange,
		     uint32_t msgid);
void	words1_say(struct words1 *);

#endif
