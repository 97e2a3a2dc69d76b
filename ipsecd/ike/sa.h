/*
 * sa: IKE_SAs: their state, keys, windows and timers, and the tables by which
 * a message finds its SA.  What the exchanges do with them is ike2's business.
 */
#ifndef CULVERT_SA_H
#define CULVERT_SA_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "crypto/crypto.h"
#include "ident.h"
#include "nonce.h"
#include "proposal.h"
#include "resend.h"
#include "table.h"
#include "timer.h"

struct child_sa;
struct engine;
struct fragments;
struct half;
struct ike_machine;
struct main_mode;
struct mobike;
struct nego;
struct peer_cert;
struct phase1;
struct ppk;
struct proof;
struct setup;
struct shown;
struct tunnel;

enum ike_state {
	IKE_NEW,
	IKE_I_INIT,		/* sent IKE_SA_INIT */
	IKE_I_PPK,		/* waits for keys: to mix a PPK in */
	IKE_I_PLAIN,		/* waits for keys: our AUTH without the PPK */
	IKE_I_MAC,		/* waits for keys: our AUTH */
	IKE_I_AUTH,		/* sent IKE_AUTH */
	IKE_I_CHECK,		/* waits for keys: the AUTH to expect */
	IKE_I_REVOCATION,	/* waits: is its certificate revoked? */
	IKE_R_INIT,		/* answered IKE_SA_INIT */
	IKE_R_PPK,		/* waits for keys: to mix a PPK in */
	IKE_R_CHECK,		/* waits for keys: the AUTH to expect */
	IKE_R_BLAME,		/* the same without the PPK: is it to blame? */
	IKE_R_REVOCATION,	/* waits: is its certificate revoked? */
	IKE_R_MAC,		/* waits for keys: our AUTH */
	IKE_R_INSTALL,		/* waits for the data plane */
	IKE1_I_SA,		/* sent message 1 of main mode */
	IKE1_I_KE,		/* sent 3 */
	IKE1_I_SKEYID,		/* waits for keys: SKEYID */
	IKE1_I_SIGN,		/* waits for keys: our signature */
	IKE1_I_AUTH,		/* sent 5 */
	IKE1_I_REVOCATION,	/* waits: is its certificate revoked? */
	IKE1_R_SA,		/* answered 1 */
	IKE1_R_SKEYID,		/* waits for keys: SKEYID; answers 3 then */
	IKE1_R_KE,		/* answered 3 */
	IKE1_R_REVOCATION,	/* waits: is its certificate revoked? */
	IKE1_R_SIGN,		/* waits for keys: our signature */
	IKE_UP,
	IKE_REKEYED,		/* a newer one has its children */
	IKE_DELETING,		/* sent Delete */
	IKE_REFUSED,		/* said no; answers repeated requests */
};
const char *ike_state_str(enum ike_state);

/* Requests to make, in this order, as soon as the window is free. */
enum ike_want {
	WANT_DELETE	= 1 << 0,
	WANT_CHILD	= 1 << 1,	/* a CHILD_SA for the tunnel */
	WANT_REKEY	= 1 << 2,
	WANT_PROBE	= 1 << 3,
	WANT_UPDATE	= 1 << 4,	/* tell the peer our addresses (MOBIKE) */
	WANT_CHECK	= 1 << 5,	/* is the peer at its new address? */
	WANT_ADDRESSES	= 1 << 6,	/* tell the peer our other addresses */
};

#define SA_REPEAT_MS	180000		/* a peer may have to repeat the request whose
					 * answer it has not seen so long */

struct ike_sa {
	struct link	 by_spi;	/* hash of our own SPI */
	const struct ike_machine *machine;
	struct tunnel	*tunnel;	/* NULL: half-open, or orphan */
	struct ike_sa	*next;		/* of the tunnel, newest first */
	struct ike_sa	**prev;		/* what points here */
	struct child_sa	*children;	/* newest first */
	struct setup	*setup;		/* until established */
	struct half	*half;		/* counts as half-open */
	struct nego	*own;		/* our CREATE_CHILD_SA under way */
	struct nego	*theirs;	/* the peer's, waiting for an answer */
	struct packet	*response;	/* to msgid_in - 1 */
	struct mobike	*mobike;	/* NULL: not agreed on */
	struct phase1	*v1;		/* IKEv1; phase1_new() */
	struct fragments *fragments;	/* of a message that is not complete */
	struct ident	*peer_id;	/* as authenticated */
	struct peer_cert *peer_cert;	/* by what; NULL: no certificate */
	uint64_t	 spi_i, spi_r;
	uint64_t	 iv;		/* of the last message sealed */
	uint64_t	 heard;		/* when the peer last proved to be there */
	uint64_t	 established;	/* when; rekeying made it another */
	uint64_t	 authenticated;	/* when; rekeying did not change that */
	uint64_t	 lifetime;	/* AUTH_LIFETIME: until when; 0: none */
	uint64_t	 lifetime_from;
	struct endpoint	 local, remote;
	struct resend	 sent;		/* ours, unanswered; or expiry */
	struct timer	 rekey;
	struct timer	 probe;
	struct timer	 keepalive;
	struct timer	 reauth;
	struct cipher_keys in, out;
	struct secret	 sk_d;
	struct suite	 suite;
	uint32_t	 serial;
	uint32_t	 msgid_in;	/* of the next request from the peer */
	uint32_t	 msgid_out;	/* of our next request */
	uint32_t	 asked_child;	/* serial of the child our request is for */
	uint32_t	 probes;	/* signs of life asked for, in all */
	uint32_t	 resent;	/* requests sent again, in all */
	uint16_t	 datagram_max;	/* octets, with the IP header; 0: the
					 * peer takes no fragments */
	uint8_t		 state;
	uint8_t		 want;
	uint8_t		 repeats;	/* of the peer's request last answered */
	uint8_t		 asked;		/* enum request_kind; 0: window free */
	uint8_t		 answering;	/* exchange of the peer's request, or 0 */
	uint8_t		 refused;	/* rekeyings in a row */
	uint8_t		 reauths;	/* attempts that came to nothing */
	bool		 caller;	/* we began it, or what was rekeyed to it */
	bool		 again;		/* a reauthentication of ours */
	bool		 pfs_said;	/* that we refuse to rekey a CHILD_SA */
	bool		 prune;		/* others go when the peer has answered */
	bool		 heir;		/* those before go when the peer is heard */
	bool		 initiator;	/* we began it */
	bool		 encap;		/* on the port for NAT traversal */
	bool		 nat_local, nat_remote;
	bool		 natd;		/* the peer detects NATs */
	bool		 hinted;	/* somebody says that the peer lost it */
	bool		 ppk;		/* a PPK is in its keys */
	bool		 held;		/* the response waits: child_await() */
};

/* What was agreed on for a CHILD_SA, or why not, before it exists. */
struct child_plan {
	struct choice	 choice;	/* its spi is not kept */
	struct subnets	*subnets;	/* agreed on */
	uint32_t	 spi_out;
	uint16_t	 refuse;	/* a notify; 0: agreed */
	uint8_t		 code;		/* enum event_code of why */
	bool		 wanted;	/* SA, TSi and TSr were there */
	bool		 more_ts;	/* ADDITIONAL_TS_POSSIBLE */
	char		*why;		/* sentence for a person; heap */
	char		*narrowed;	/* another, if less was agreed on than one
					 * of us has */
};
void	child_plan_fini(struct child_plan *);

struct setup {
	struct link	 by_peer;	/* responder: hash of SPI and endpoint */
	struct ike_sa	*sa;
	struct ke	*ke;
	struct ppk	*ppk;		/* both said USE_PPK */
	struct main_mode *main;		/* IKEv1 */
	struct packet	*init_request;	/* as sent or received */
	struct packet	*init_response;
	struct nonce	 nonce_i, nonce_r;
	struct secret	 sk_pi, sk_pr;
	struct proof	*auth;		/* the peer's AUTH */
	struct proof	*own;		/* ours */
	struct shown	*shown;		/* certificates of the peer's */
	struct ident	*peer_id;
	uint8_t		 id_head[4];	/* of the peer's ID payload */
	struct child_plan plan;
	uint64_t	 begun;		/* when; responder */
	uint32_t	 child;		/* serial of the first CHILD_SA */
	uint32_t	 tunnel;	/* responder: whom it wants to be for */
	uint32_t	 generation;	/* what configuration it was held against */
	uint32_t	 ke_at;		/* the peer's KE in init_request */
	uint16_t	 ke_len;
	uint16_t	 group;		/* of our KE payload; initiator */
	uint16_t	 refused;	/* unauthenticated error; RFC 7296 2.21.1 */
	uint8_t		 hashes;	/* of signatures that the peer verifies */
	uint8_t		 certreq;	/* enum certreq: of what it asked for */
	uint8_t		 scheme;	/* enum sign_scheme of our AUTH; 0: none */
	uint8_t		 peer_scheme;	/* and of the peer's */
	uint8_t		 repeats;	/* of our IKE_SA_INIT answer */
	uint8_t		 again;		/* COOKIE and INVALID_KE_PAYLOAD so far */
	uint8_t		 cookie_len;
	uint8_t		 cookie[64];
	bool		 keyed;		/* sa->in, out and sk_d are there */
	bool		 initial_contact;
};

/* Our own SPI. */
static inline uint64_t sa_spi(const struct ike_sa *sa)
	{ return sa->initiator ? sa->spi_i : sa->spi_r; }

/* With a fresh SPI of our own, in the tables; belongs to the tunnel, or to the
 * engine for NULL.  NULL: no memory or no random numbers. */
struct ike_sa *sa_new(struct engine *, struct tunnel *, bool initiator,
		      const struct ike_machine *);
/* Frees it and its children, also in the data plane, without a word to the
 * peer. */
void	sa_free(struct engine *, struct ike_sa *);
struct ike_sa *sa_find(struct engine *, uint64_t own_spi);
/* A half-open one by what its initiator chose. */
struct ike_sa *sa_find_half(struct engine *, uint64_t spi_i,
			    const struct endpoint *remote,
			    const uint8_t *msg, size_t len);
/* Makes it findable for sa_find_half(), and counts it; cookie: it showed one.
 * False: no memory. */
bool	sa_add_half(struct engine *, struct ike_sa *, bool cookie);
/* Gives it to another tunnel, or to nobody (NULL). */
void	sa_move(struct engine *, struct ike_sa *, struct tunnel *);
/* The one place where a state changes. */
void	sa_enter(struct engine *, struct ike_sa *, enum ike_state);
/* The tunnel has nothing to do with it any more: it only says goodbye. */
void	sa_orphan(struct engine *, struct ike_sa *);
/* It waited in vain for the peer or for keys. */
void	sa_expired(struct engine *, struct ike_sa *);
/* Ends the set-up: its keys are wiped. */
void	sa_end_setup(struct engine *, struct ike_sa *);
/* Forgets the unanswered request. */
void	sa_end_request(struct engine *, struct ike_sa *);

/* Starts the timers of an established SA. */
void	sa_arm(struct engine *, struct ike_sa *);
/* The one against a NAT's forgetting, if we are behind one. */
void	sa_arm_keepalive(struct engine *, struct ike_sa *);
/* Seconds to its rekeying.  With IKEv1 the lifetime that was agreed on counts if it
 * is shorter than ours, and if it is longer where only the peer can begin. */
#define IKE_LIFE_MIN	60
#define IKE_LIFE_MAX	86400
uint32_t sa_life(struct engine *, const struct ike_sa *);
/* rekey time minus a random 0..10 percent (S1-122), in milliseconds. */
uint64_t sa_rekey_after(struct engine *, uint32_t seconds);

#endif
