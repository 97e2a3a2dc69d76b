/*
 * handlers1: what the files behind phase2.h give to each other.
 */
#ifndef CULVERT_IKE1_HANDLERS1_H
#define CULVERT_IKE1_HANDLERS1_H

#include <stdbool.h>
#include <stdint.h>

#include "ike/wire/message1.h"
#include "quick.h"

struct child_sa;
struct engine;
struct ike_sa;

/* --- succession.c --- */
/* A new main mode beside this IKE_SA, unless there is one. */
void	phase2_call(struct engine *, struct ike_sa *);
/* That may come to nothing: less and less often, until the limit. */
void	phase2_call_again(struct engine *, struct ike_sa *);
/* The ends see the way between them differently, though nothing may be on it: nobody
 * vouches for the NAT-D payloads of main mode, and another may tell. */
void	phase2_doubt(struct engine *, struct ike_sa *);
/* The peer has forgotten it, and may have kept the CHILD_SAs: another takes
 * them. */
void	phase2_forgotten(struct engine *, struct ike_sa *);
/* One that was to go stands for the tunnel again, for there is no other. */
void	phase2_revive(struct engine *, struct ike_sa *);
/* The peer has it, for it says something on it. */
void	phase2_proved(struct engine *, struct ike_sa *);
/* The peer called, and has not made a CHILD_SA in time: we do. */
void	phase2_childless(struct engine *, struct ike_sa *);
/* It should have been replaced by now, and the peer knows it no more. */
void	phase2_expired(struct engine *, struct ike_sa *);

/* --- phase2.c --- */
/* One of its CHILD_SAs goes: by us, or by the peer. */
void	phase2_end_child(struct engine *, struct child_sa *);

/* --- phase2_input.c --- */
/* A message id that no exchange under way has; 0: no random numbers. */
uint32_t phase2_msgid(struct engine *, struct ike_sa *);

/* --- quick_mode.c: what a message does with a quick mode, which may be gone
 * afterwards --- */
typedef void quick_handler(struct engine *, struct quick *, const struct message *);
quick_handler	quick_request, quick_response, quick_confirm, quick_connected;
/* Begins one, for old to be replaced, or (NULL) whatever there is; false: no
 * memory. */
bool	quick_start(struct engine *, struct ike_sa *, struct child_sa *old);
/* The data plane has the inbound half, or not. */
void	quick_installed(struct engine *, struct quick *, struct child_sa *);
/* The peer says no, authenticated. */
void	quick_refused(struct engine *, struct quick *, uint16_t notify);
/* The peer deletes what it makes, which is not up yet. */
void	quick_deleted(struct engine *, struct quick *);
/* Our last message again: the peer's came again. */
void	quick_repeat(struct engine *, struct quick *);

/* --- quick_build.c: message 1, 2 or 3, kept in q->sent and not sent; false: not
 * made --- */
bool	quick_build_request(struct engine *, struct quick *, struct child_sa *);
bool	quick_build_answer(struct engine *, struct quick *, struct child_sa *,
			   const struct message *offer);
bool	quick_build_confirm(struct engine *, struct quick *);

/* --- info1.c --- */
/* Whether it says what the peer cannot have said before: with a number that is none
 * of the past, or of an SA that goes now. */
bool	info1_is_new(struct ike_sa *, const struct message *);
/* What came in an informational exchange, checked; sa may be gone afterwards. */
void	info1_handle(struct engine *, struct ike_sa *, const struct message *);
/* Ours.  About a proposal of the peer's with that SPI; 0: about the IKE_SA. */
bool	info1_notify(struct engine *, struct ike_sa *, uint16_t type, uint32_t spi);
/* Says that our SPI of it goes; no more. */
bool	info1_delete_child(struct engine *, struct ike_sa *, const struct child_sa *);
/* The same of the IKE_SA; the message stays in sa->sent. */
bool	info1_delete_ike(struct engine *, struct ike_sa *);
/* R-U-THERE, or the end: the peer is dead, and sa may be gone. */
void	info1_probe(struct engine *, struct ike_sa *);
/* The peer has shown that it is there. */
void	info1_alive(struct engine *, struct ike_sa *);

#endif
