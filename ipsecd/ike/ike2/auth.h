/*
 * auth: what the files of IKE_AUTH (RFC 7296 1.2, 2.15) share:
 *
 *	auth.c			what is signed; the table of methods
 *	auth_initiator.c	the exchange as the one who began it
 *	auth_responder.c	the same as the other one
 *	auth_psk.c		by a pre-shared key
 *	auth_cert.c		by certificate; cert_payload.c and scheme.c help it
 *
 *	HDR, SK { IDi, [CERT+], [CERTREQ], [IDr], AUTH, SAi2, TSi, TSr }  -->
 *		     <--  HDR, SK { IDr, [CERT+], AUTH, SAr2, TSi, TSr }
 */
#ifndef CULVERT_IKE2_AUTH_H
#define CULVERT_IKE2_AUTH_H

#include "exchange.h"
#include "handlers.h"
#include "ike/event.h"
#include "ike/ident.h"
#include "ike/refusal.h"
#include "ike/sa.h"

struct keys_request;
struct tunnel;

/* What an AUTH payload says.  A heap block. */
struct proof {
	uint16_t	len;
	uint8_t		method;		/* enum ike_auth_method */
	uint8_t		data[];
};
#define PROOF_MAX	1200		/* octets of it */
/* The data in two parts, one octet at least.  NULL: no memory. */
struct proof *proof_new(uint8_t method, const void *head, size_t head_len,
			const void *data, size_t len);
void	proof_free(struct proof *);

/* How a tunnel authenticates (conf.method), in both directions: what one method
 * proves, the other one cannot. */
struct auth_method {
	/* Asks keys for what our AUTH needs.  False: there is nothing to ask
	 * for, and why. */
	bool	(*ask_own)(struct engine *, struct ike_sa *,
			   const struct tunnel *, struct refusal *);
	/* Our AUTH, of the answer; NULL, and why. */
	struct proof *(*own)(const struct ike_sa *, const struct tunnel *,
			     const struct keys_reply *, struct refusal *);
	/* What goes with our AUTH, before it. */
	void	(*build)(struct engine *, const struct ike_sa *,
			 const struct tunnel *, struct build *);
	/* Keeps what the peer proves itself with, if it is of this method. */
	bool	(*take)(struct engine *, struct ike_sa *, const struct tunnel *,
			const struct message *, struct refusal *);
	/* Finds out whether that proves it, and goes on with auth_proved() or
	 * auth_refuted(), maybe much later.  The verdict for the row: V_OK if keys
	 * has been asked. */
	int	(*check)(struct engine *, struct ike_sa *, struct tunnel *);
};
extern const struct auth_method auth_psk, auth_cert;
const struct auth_method *auth_method_of(const struct tunnel *);

/* RFC 7296 2.15: what is signed, in e->out; 0: it cannot be made. */
size_t	auth_octets(struct engine *, const struct ike_sa *, bool of_initiator,
		    const struct ident *);
/* Asks keys for something about our own or the peer's octets. */
bool	auth_ask(struct engine *, struct ike_sa *, const struct tunnel *,
		 struct keys_request *, bool own);

/* Our own AUTH cannot be made. */
int	auth_own_failed(struct engine *, struct ike_sa *, const struct refusal *);

/* The peer's identity, and what AUTH signs of it besides. */
int	auth_keep_id(struct setup *, const struct payload *, struct err *);

/* It is who it says to be: the verdict for the state of the one or the other
 * role, which goes on with our own AUTH or with the CHILD_SA. */
int	auth_proved(struct engine *, struct ike_sa *);
int	auth_proved_responder(struct engine *, struct ike_sa *);
int	auth_proved_initiator(struct engine *, struct ike_sa *);
/* It is not: the peer is told nothing but AUTHENTICATION_FAILED. */
int	auth_refuted(struct engine *, struct ike_sa *, const struct refusal *);
/* Responder: the same of the tunnel that it wanted, NULL if none could be
 * found. */
int	auth_deny(struct engine *, struct ike_sa *, struct tunnel *,
		  enum event_code, const char *why);
/* auth_cert: it is known whether the certificate is revoked. */
void	auth_checked(struct engine *, struct ike_sa *, const struct refusal *);
/* auth_psk: keys has answered (states IKE_I_CHECK, IKE_R_CHECK, IKE_R_BLAME). */
int	auth_psk_checked(struct engine *, struct ike_sa *,
			 const struct keys_reply *);
int	auth_psk_blame(struct engine *, struct ike_sa *,
		       const struct keys_reply *);

#endif
