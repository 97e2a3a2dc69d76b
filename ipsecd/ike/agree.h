/*
 * agree: what two ends agree on for a CHILD_SA, whatever the messages look like.
 */
#ifndef CULVERT_AGREE_H
#define CULVERT_AGREE_H

#include <stdbool.h>
#include <stdint.h>

#include "sa.h"

struct agree {
	const struct payload	*sa;	/* decoded PL_SA */
	const struct payload	*here;	/* PL_TSI or PL_TSR: what the peer says of
					 * our side ... */
	const struct payload	*there;	/* ... and of its own */
	uint16_t		 group;	/* of the peer's KE payload; 0: none */
	bool			 more_ts;
};

/* Responder: fills plan; plan->refuse tells if it failed.  Whether a group other
 * than that of the KE payload was chosen is in plan->choice. */
void	agree_request(struct engine *, const struct tunnel *, const struct ike_sa *,
		      const struct offer *ours, const struct agree *,
		      struct child_plan *);
/* Initiator: the same from the answer to what we offered. */
void	agree_answer(const struct ike_sa *, const struct offer *ours,
		     const struct agree *, struct child_plan *);
/* It comes to nothing, for that notify; why may be NULL. */
void	agree_refuse(struct child_plan *, uint16_t notify, const struct err *why);
/* Hands to the CHILD_SA what was agreed on, and says if it is less than we
 * have. */
void	agree_apply(struct engine *, struct child_plan *, struct child_sa *);

#endif
