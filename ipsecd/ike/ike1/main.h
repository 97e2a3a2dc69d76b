/*
 * main: main mode (RFC 2409 5.1, 5.4; RFC 2407 4.6; RFC 3947 3), which makes an
 * IKE_SA of version 1:
 *
 *	1  HDR, SA, VIDs	-->
 *				<--	2  HDR, SA, VIDs
 *	3  HDR, KE, Ni, NAT-Ds	-->
 *				<--	4  HDR, KE, Nr, NAT-Ds, [CERTREQs]
 *	5  HDR*, IDii, HASH_I, [N(INITIAL-CONTACT)]
 *	   HDR*, IDii, CERTs, SIG_I, [N(INITIAL-CONTACT)], CERTREQ  -->
 *				<--	6  HDR*, IDir, HASH_R
 *					   HDR*, IDir, CERTs, SIG_R
 *
 * The SPIs of struct ike_sa are the cookies.  Only who begins repeats by timer; who
 * answers says the same again to the same.
 */
#ifndef CULVERT_IKE1_MAIN_H
#define CULVERT_IKE1_MAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "exchange1.h"
#include "ike/refusal.h"
#include "keymat1.h"

struct engine;
struct ike_sa;
struct keys_reply;
struct stranger;
struct tunnel;

/* While it is under way (setup.main). */
struct main_mode {
	struct packet	*sa_i;		/* body of the initiator's SA payload */
	struct packet	*ke_i, *ke_r;	/* and of the KE payloads */
	uint8_t		 shared[KE_SHARED_MAX];
	uint16_t	 shared_len;	/* 0: not computed yet */
	uint16_t	 auth;		/* enum ike1_auth */
	uint64_t	 doubted;	/* when the last of these came: */
	uint8_t		 doubts;	/* signs that the peer does not read us */
	bool		 blamed;	/* has been said that it cannot be read */
};
void	main_free(struct main_mode *);	/* wipes */

/* --- main_sa.c: 1 and 2 --- */
bool	main_call(struct engine *, struct ike_sa *);
/* A message 1. */
void	main_first(struct engine *, const struct stranger *);
handler	main_sa_answer;

#define MAIN_NO_SECRET	"the tunnel has no secret. Set one with: secret SECRET"

/* --- main_ke.c: 3 and 4 --- */
bool	main_ke_send(struct engine *, struct ike_sa *);		/* 3 */
handler	main_ke_request, main_ke_answer;
/* Continuations: keys has made SKEYID. */
int	main_skeyid_initiator(struct engine *, struct ike_sa *,
			      const struct keys_reply *);
int	main_skeyid_responder(struct engine *, struct ike_sa *,
			      const struct keys_reply *);
/* Responder: derives the keys when its first encrypted message comes. */
bool	main_keys(struct engine *, struct ike_sa *);
/* What both have seen of it. */
void	main_seen(const struct ike_sa *, struct main1 *);

/* --- main_auth.c: 5 and 6 --- */
handler	main_auth_request, main_auth_answer;
/* Initiator: the keys are there; asks for a signature or sends 5. */
int	main_prove(struct engine *, struct ike_sa *);
/* Continuations: keys has signed. */
int	main_signed_initiator(struct engine *, struct ike_sa *,
			      const struct keys_reply *);
int	main_signed_responder(struct engine *, struct ike_sa *,
			      const struct keys_reply *);
/* It is known whether the peer's certificate is revoked. */
void	main_checked(struct engine *, struct ike_sa *, const struct refusal *);

/* --- main_refuse.c: what makes it fail --- */
/* The peer refuses, in clear (anybody could) or authenticated: below 16384. */
int	main_refused(struct engine *, struct ike_sa *, uint16_t notify,
		     bool authenticated);
/* Its authentication comes to nothing, at either end. */
int	main_reject(struct engine *, struct ike_sa *, struct tunnel *,
		    const struct refusal *);
/* The peer's message 5 or 6 makes no sense when decrypted: the secrets differ. */
void	main_unreadable(struct engine *, struct ike_sa *,
			const struct stranger *, const char *why);
/* Initiator, 5 is out: a sign, which anybody could give, that the peer does not
 * believe it.  sure: it says something that we cannot read; else 4 again. */
void	main_doubt(struct engine *, struct ike_sa *, bool sure);
/* Responder, 6 is out: 5 came again, and nothing else. */
void	main_unheeded(struct engine *, struct ike_sa *);

#endif
