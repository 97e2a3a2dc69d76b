/*
 * phase2: what a main mode that is done is for: quick modes, informational
 * exchanges, signs of life, and one IKE_SA after the other (RFC 2408 3.14 to 3.16,
 * 4.8, RFC 2409 5.5 to 5.7, RFC 3706).
 *
 * No handler sees a message before it has been decrypted and its HASH is right.
 */
#ifndef CULVERT_IKE1_PHASE2_H
#define CULVERT_IKE1_PHASE2_H

#include <stdbool.h>
#include <stdint.h>

struct child_sa;
struct engine;
struct ike_sa;
struct message;
struct stranger;

/* --- phase2_input.c: the way in --- */
/* An encrypted message in e->in of quick mode or an informational exchange for an
 * IKE_SA whose v1->keyed is set; m: its header and m->sk, from message1_parse(). */
void	phase2_input(struct engine *, struct ike_sa *, struct message *m,
		     const struct stranger *);
/* One in clear, of such an SA: a hint at most. */
void	phase2_hint(struct engine *, struct ike_sa *, const struct message *,
		    const struct stranger *);

/* --- succession.c --- */
/* Main mode is done, sa->state is IKE_UP: takes over from the IKE_SA before it, or
 * makes the CHILD_SA that the tunnel wants. */
void	phase2_begin(struct engine *, struct ike_sa *);

/* --- phase2.c: what is wanted, and the end --- */
/* For struct ike_machine. */
void	phase2_next(struct engine *, struct ike_sa *);
void	phase2_close(struct engine *, struct ike_sa *);
/* sa->sent fired: true if it was about what comes after main mode. */
bool	phase2_resend(struct engine *, struct ike_sa *);
bool	phase2_child_answer(struct engine *, struct child_sa *);
bool	phase2_is_replaced(const struct child_sa *);

/* A protected notify about main mode itself (AUTHENTICATION_FAILED), once its keys
 * are there; false: nothing was sent. */
bool	phase2_notify(struct engine *, struct ike_sa *, uint16_t notify);
/* Tells the peer that this IKE_SA, whose keys are there, is gone; it still is. */
bool	phase2_delete(struct engine *, struct ike_sa *);

#endif
