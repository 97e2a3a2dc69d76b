/*
 * handlers: what the exchanges' files give to the tables in exchange.c and to
 * each other.
 */
#ifndef CULVERT_IKE2_HANDLERS_H
#define CULVERT_IKE2_HANDLERS_H

#include "exchange.h"

struct child_sa;
struct keys_reply;
struct stranger;
struct tunnel;

/* init: IKE_SA_INIT (RFC 7296 1.2) */
void	init_request(struct engine *, const struct stranger *);
handler	init_response, init_refused;
/* Derives the keys of a half-open SA when its first encrypted message comes. */
bool	init_keys(struct engine *, struct ike_sa *);

/* auth: IKE_AUTH; more of it in auth.h */
#define AUTH_KEYS_MS	30000		/* then keys will not answer any more */
handler	auth_request, auth_response, auth_refused;
int	auth_ask_own(struct engine *, struct ike_sa *);
/* Continuations: keys has answered. */
int	auth_mixed(struct engine *, struct ike_sa *, const struct keys_reply *);
int	auth_send_request(struct engine *, struct ike_sa *, const struct keys_reply *);
int	auth_keep_own(struct engine *, struct ike_sa *, const struct keys_reply *);
/* Responder: everything is there. */
int	auth_reply(struct engine *, struct ike_sa *);

/* collision: the peer's request meets ours (2.25).  The notify to refuse it with;
 * 0: it is answered as usual.  about: the CHILD_SA to be rekeyed, NULL if there is
 * none such. */
enum asks { ASKS_CREATE, ASKS_REKEY_CHILD, ASKS_REKEY_IKE };
uint16_t collision(const struct ike_sa *, enum asks, const struct child_sa *about);

/* create: CREATE_CHILD_SA for CHILD_SAs (1.3.1, 1.3.3) */
handler	create_request, create_response, create_refused;
bool	create_start(struct engine *, struct ike_sa *, struct child_sa *old);
/* Ours came to nothing: the old one stays, or the tunnel tries again. */
void	create_failed(struct engine *, struct ike_sa *, const char *why);
/* Responder: the data plane has the SA, or not. */
void	create_reply(struct engine *, struct ike_sa *, struct child_sa *);

/* rekey: CREATE_CHILD_SA for the IKE_SA (1.3.2) */
handler	rekey_request, rekey_response;
bool	rekey_start(struct engine *, struct ike_sa *);
void	rekey_refused(struct engine *, struct ike_sa *, const struct payload *);
/* The peer closes the IKE_SA: true if that is so because its own rekeying, which
 * ours crossed, is done (RFC 7296 2.25.2), and its new one stands. */
bool	rekey_forget(struct engine *, struct ike_sa *);

/* info: INFORMATIONAL (1.4) */
handler	info_request, info_response, late_response, busy_request;
/* With this the peer closes the IKE_SA, or has closed it. */
bool	info_ends(const struct message *);
bool	info_probe(struct engine *, struct ike_sa *);
bool	info_delete_ike(struct engine *, struct ike_sa *);
/* Orphans the SA and says goodbye, with an error notify unless 0. */
void	info_goodbye(struct engine *, struct ike_sa *, uint16_t notify);
bool	info_delete_child(struct engine *, struct ike_sa *, struct child_sa *);

/* established: what follows authentication on both sides */
void	established(struct engine *, struct ike_sa *);

/* lifetime: AUTH_LIFETIME (RFC 4478) */
void	lifetime_build(const struct ike_sa *, struct build *);
/* True: the peer limits the lifetime. */
bool	lifetime_take(struct engine *, struct ike_sa *, const struct message *);

/* plan: agreeing on a CHILD_SA */
/* Responder: fills plan from the request; plan->refuse tells if it failed, with
 * N_INVALID_KE_PAYLOAD if the group of the KE payload (0: none) is not the one
 * chosen. */
void	plan_request(struct engine *, struct tunnel *, struct ike_sa *,
		     const struct message *, bool auth, uint16_t group,
		     struct child_plan *);
/* Initiator: the same from the answer. */
void	plan_response(struct engine *, struct ike_sa *, const struct message *,
		      bool auth, struct child_plan *);
/* Derives its keys (RFC 7296 2.17) and has it installed.  shared: g^ir of an
 * exchange of its own, or len 0.  False: crypto or memory. */
bool	plan_install(struct engine *, struct child_sa *,
		     const uint8_t *shared, size_t shared_len,
		     const struct nonce *ni, const struct nonce *nr);
/* SA payload with all we offer. */
void	plan_build_offer(struct engine *, struct ike_sa *, struct build *,
			 bool auth, uint32_t spi);
/* SA payload with what was chosen. */
void	plan_build_chosen(struct build *, const struct child_plan *, bool auth,
			  uint32_t spi);
/* TSi and TSr; who initiates has our subnets first. */
void	plan_build_ts(struct build *, const struct subnets *, bool initiator);
/* What a refusal of our CHILD_SA means, for a person. */
void	plan_refused(struct engine *, struct ike_sa *, uint16_t notify);

#endif
