/*
 * quick_agree: what is offered and agreed on in a quick mode: transforms, lifetime,
 * the group of its key exchange, one subnet on each side.
 */
#ifndef CULVERT_IKE1_QUICK_AGREE_H
#define CULVERT_IKE1_QUICK_AGREE_H

#include <stdint.h>

#include "ike/wire/build1.h"
#include "ike/wire/message1.h"
#include "quick.h"

struct child_sa;
struct engine;
struct ike_sa;

/* What our transforms say besides their algorithms. */
void	quick_terms(const struct engine *, const struct ike_sa *, struct sa1_terms *);
/* The seconds after which ours ends, and the peer should have a new one. */
uint32_t quick_life(const struct ike_sa *);
/* All we offer, with the one group of this quick mode. */
void	quick_offer(const struct quick *, struct offer *);
/* Of what we offer, one that the peer has taken before; 0: no key exchange. */
uint16_t quick_first_group(const struct ike_sa *, const struct child_sa *old);
/* Fills q->plan from message 1 or 2. */
void	quick_agree(struct engine *, struct quick *, const struct message *);
/* What the message, which was agreed to, says about how long. */
void	quick_take_lifetime(const struct quick *, struct child_sa *,
			    const struct message *);

#endif
