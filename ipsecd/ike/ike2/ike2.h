/*
 * ike2: IKEv2 (RFC 7296): what the rest of the engine may ask of its exchanges.
 */
#ifndef CULVERT_IKE2_H
#define CULVERT_IKE2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"

struct child_sa;
struct dp_counters;
struct engine;
struct ike_sa;
struct keys_reply;
struct tunnel;

/* A datagram. */
void	ike2_input(struct engine *, const struct endpoint *local,
		   const struct endpoint *remote, bool encap,
		   const uint8_t *msg, size_t len);
/* A new IKE_SA for the tunnel, beside the one it has, if any; a failure is the tunnel's (tunnel_lost). */
void	ike2_initiate(struct engine *, struct tunnel *);
/* Makes the next request that is wanted, if the window is free. */
void	ike2_next(struct engine *, struct ike_sa *);
/* A new one in its place, make before break, if that is possible. */
void	ike2_replace(struct engine *, struct ike_sa *);
/* Deletes it, telling the peer if it is established; may free it at once. */
void	ike2_delete(struct engine *, struct ike_sa *);

/* Answers. */
void	ike2_mac_answer(struct engine *, struct ike_sa *,
			const struct keys_reply *);
void	ike2_child_answer(struct engine *, struct child_sa *, bool ok,
			  const char *why);
/* The data plane has done what child_await() asked for. */
void	ike2_switched(struct engine *, struct ike_sa *);
/* counters: NULL if the data plane does not know. */
void	ike2_probe_answer(struct engine *, struct child_sa *,
			  const struct dp_counters *);

/* Arms the timer of its reauthentication, or not, as configured. */
void	ike2_reauth_arm(struct engine *, struct ike_sa *);

/* Timers. */
void	ike2_resend(struct engine *, struct ike_sa *);
void	ike2_rekey(struct engine *, struct ike_sa *);
void	ike2_reauth(struct engine *, struct ike_sa *);
void	ike2_probe(struct engine *, struct ike_sa *);
void	ike2_keepalive(struct engine *, struct ike_sa *);
void	ike2_child_rekey(struct engine *, struct child_sa *);
/* The data plane has it no more: the IKE_SA is as good as before and gives new
 * keys at once. */
void	ike2_child_lost(struct engine *, struct child_sa *, const char *why);
void	ike2_child_expire(struct engine *, struct child_sa *);
/* The data plane saw the peer's ESP come from elsewhere. */
void	ike2_mapping(struct engine *, struct ike_sa *, const struct endpoint *);

#endif
