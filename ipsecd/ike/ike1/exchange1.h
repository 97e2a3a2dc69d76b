/*
 * exchange1: what the exchanges of IKEv1 share: the way in, messages of main mode
 * out, and the walk through the table.
 */
#ifndef CULVERT_IKE1_EXCHANGE1_H
#define CULVERT_IKE1_EXCHANGE1_H

#include <stdbool.h>
#include <stdint.h>

#include "ike/sa.h"
#include "ike/verdict.h"
#include "ike/wire/build1.h"
#include "ike/wire/message1.h"

struct engine;
struct stranger;

/* Applies what a handler or a continuation returned; sa may be gone after. */
void	exchange1_verdict(struct engine *, struct ike_sa *, int verdict,
			  enum ike_state next);

/* --- messages of main mode --- */
void	main_begin(struct engine *, struct ike_sa *, struct build *,
		   bool encrypted);
/* Sends it: until the answer comes, or (not repeat) again whenever the same message
 * comes again.  False: it did not fit, or no memory. */
bool	main_send(struct engine *, struct ike_sa *, struct build *, bool repeat);

/* A notify in clear to who has no SA: never longer than what it answers. */
void	exchange1_refuse(struct engine *, const struct stranger *, uint16_t notify);
/* The same to a peer that has shown our cookie, and may not be able to read more. */
void	exchange1_complain(struct engine *, struct ike_sa *, uint16_t notify);

#endif
