/*
 * ppk: a pre-shared key against quantum computers, mixed into SK_d, SK_pi and
 * SK_pr (RFC 8784).  The key itself stays in the process keys.
 *
 *	IKE_SA_INIT	N(USE_PPK)  -->
 *					  <--  N(USE_PPK)
 *	IKE_AUTH	N(PPK_IDENTITY), [N(NO_PPK_AUTH)]  -->
 *					  <--  N(PPK_IDENTITY)
 *
 * NO_PPK_AUTH is AUTH as without a PPK, from an initiator that does not insist.
 */
#ifndef CULVERT_IKE2_PPK_H
#define CULVERT_IKE2_PPK_H

#include "err.h"
#include "exchange.h"
#include "ike/event.h"

struct keys_reply;
struct proof;
struct tunnel;

/* While an IKE_SA is set up whose both ends have said USE_PPK (setup.ppk). */
struct ppk {
	struct secret	 sk_d, sk_pi, sk_pr;	/* mixed */
	bool		 mixed;			/* ... and in use */
	struct proof	*plain;			/* AUTH without it; NULL: none */
};

#define PPK_MISSING	"the tunnel has no ppk" EVENT_HERE "ppk SECRET"

void	ppk_free(struct ppk *);			/* wipes */
/* SK_pi or SK_pr, mixed or not, as they are in use. */
const struct secret *ppk_sk_p(const struct setup *, bool of_initiator);
/* The answer of keys; it is in use from now on.  False: there is no PPK. */
bool	ppk_mixed(struct ike_sa *, const struct keys_reply *);
/* Back to the keys without it. */
void	ppk_drop(struct ike_sa *);
/* The peer is authenticated: SK_d is what all other keys come from. */
void	ppk_adopt(struct ike_sa *);

/* --- initiator --- */
/* IKE_SA_INIT is answered.  V_OK: on to AUTH; V_STAY: keys has been asked. */
int	ppk_init_response(struct engine *, struct ike_sa *,
			  const struct message *);
/* Continuations. */
int	ppk_mixed_own(struct engine *, struct ike_sa *, const struct keys_reply *);
int	ppk_plain_own(struct engine *, struct ike_sa *, const struct keys_reply *);
void	ppk_build_request(const struct ike_sa *, struct build *);
/* False: the peer did not use the PPK, and the tunnel insists on it. */
bool	ppk_response(struct ike_sa *, const struct message *);

/* --- responder --- */
/* Whether to say USE_PPK: the peer did, and a tunnel for its address has one. */
bool	ppk_wanted(struct engine *, const struct endpoint *local,
		   const struct endpoint *remote, const struct message *);
/* IKE_AUTH, by the table of RFC 8784 3.  V_OK: on with AUTH, for which
 * NO_PPK_AUTH may have been taken; V_STAY: keys has been asked; V_FREE: no
 * memory; N_AUTHENTICATION_FAILED, with *why. */
int	ppk_request(struct engine *, struct ike_sa *, const struct tunnel *,
		    const struct message *, struct err *why);

#endif
