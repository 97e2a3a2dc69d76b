/*
 * first: the first message of a peer that nobody knows yet, as far as it is the same
 * in both versions of IKE: whether it is heard at all, and the half-open IKE_SA that
 * comes of it.
 */
#ifndef CULVERT_FIRST_H
#define CULVERT_FIRST_H

#include <stdbool.h>

#include "machine.h"
#include "sa.h"

#define FIRST_REPEATS_MAX	16	/* of our answer to it */

/* We know what to refuse; else it is dropped. */
bool	first_heard(struct engine *, const struct stranger *);
/* There is no room for it (half.h): dropped, and said now and then.  what: of
 * which first messages. */
void	first_crowded(struct engine *, const struct stranger *, const char *what);
/* An IKE_SA of its responder, with a setup that keeps the message; NULL: no memory. */
struct ike_sa *first_sa(struct engine *, const struct stranger *,
			const struct ike_machine *);
/* It has been answered and waits for the next message in that state, not for
 * ever. */
void	first_answered(struct engine *, struct ike_sa *, enum ike_state);
/* It could not be: it is freed.  sa may be NULL. */
void	first_failed(struct engine *, const struct stranger *, struct ike_sa *);

#endif
