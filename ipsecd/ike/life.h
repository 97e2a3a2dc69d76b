/*
 * life: what follows authentication, whatever the version: SAs that carry traffic,
 * their timers, dead peers.
 */
#ifndef CULVERT_LIFE_H
#define CULVERT_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include "event.h"

struct child_sa;
struct dp_counters;
struct engine;
struct ike_sa;
struct tunnel;

/* A new IKE_SA for the tunnel, beside the one it has, if any; a failure is the
 * tunnel's (tunnel_lost). */
void	life_call(struct engine *, struct tunnel *);
/* It is up: says so, and starts its timers. */
void	life_begin(struct engine *, struct ike_sa *);
/* A CHILD_SA carries traffic. */
void	child_up(struct engine *, struct child_sa *);
/* The peer deleted one; the last that carried traffic? */
void	child_closed(struct engine *, struct ike_sa *);

/* When to try again after *refused refusals in a row, which it counts: 10, 20,
 * 40, 80, ... 640 seconds, and up to 10 more. */
uint32_t life_later(struct engine *, uint8_t *refused);

/* TEMPORARY_FAILURE is none, but for ever it is. */
bool	life_worth_a_word(uint16_t notify, uint8_t refused);
/* A new CHILD_SA came to nothing: the old one stays until its hard limit, and the
 * rekeying is tried again; NULL: the tunnel tries again.  notify: the peer's, or
 * 0. */
void	life_rekey_failed(struct engine *, struct ike_sa *, struct child_sa *old,
			  uint16_t notify, enum event_code, const char *why);

/* Answers of the data plane. */
void	life_child_answer(struct engine *, struct child_sa *, bool ok,
			  const char *why);
/* counters: NULL if the data plane does not know. */
void	life_probe_answer(struct engine *, struct child_sa *,
			  const struct dp_counters *);

/* Timers. */
void	life_rekey(struct engine *, struct ike_sa *);
void	life_probe(struct engine *, struct ike_sa *);
/* Milliseconds of silence after which the peer is asked, or asked again. */
uint32_t life_probe_after(const struct ike_sa *);
void	life_keepalive(struct engine *, struct ike_sa *);
void	life_child_rekey(struct engine *, struct child_sa *);
/* The data plane has it no more: the IKE_SA is as good as before and gives new
 * keys at once. */
void	life_child_lost(struct engine *, struct child_sa *, const char *why);
void	life_child_expire(struct engine *, struct child_sa *);

#endif
