/*
 * shown: what a peer shows to be known by: its certificates, and whose key signed.
 *
 * In this order: its certificates lead to the CA of the tunnel, and to no other; its
 * own one's key has signed; it has the identity that the peer says; none of them is
 * revoked.  So nothing is fetched for who has no key.  All but the last takes no
 * time, which is why what the peer sent is gone after it.
 */
#ifndef CULVERT_SHOWN_H
#define CULVERT_SHOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "crypto/chain.h"
#include "crypto/sign.h"
#include "refusal.h"

struct build;
struct cert_entry;
struct engine;
struct ike_sa;
struct message;
struct setup;
struct tunnel;

struct shown {			/* setup.shown */
	struct cert_set		 set;
	struct cert		*anchor;
	struct cert_chain	 chain;		/* of these */
	const struct sign_alg	*alg;		/* how it signed */
	size_t			 sig_at;	/* in setup.auth */
};

/* "the peer", or "it" after "authentication of a peer at ... failed:". */
const char *peer_who(const struct ike_sa *);

/* The certificates in the message, its sender's own first, and the way from that
 * one to the tunnel's CA, into setup.shown.  False: there is none, and why. */
bool	shown_take(struct engine *, struct ike_sa *, const struct tunnel *,
		   const struct message *, const struct sign_alg *,
		   struct refusal *);
/* Not needed any more. */
void	shown_forget(struct setup *);
/* Its own one has the identity that the peer says (setup.peer_id). */
bool	shown_is_peer(const struct ike_sa *, struct refusal *);
/* It has proved its key: says so, keeps what is to be known of it, and begins to
 * find out whether it is revoked; the machine is told (checked) when that is known.
 * setup.generation must be that of the tunnel.  False: no memory. */
bool	shown_check(struct engine *, struct ike_sa *, struct tunnel *,
		    struct refusal *);

/* The tunnel that is being set up, if it still is what it was; NULL. */
struct tunnel *setup_tunnel(struct engine *, const struct ike_sa *);
#define SETUP_CHANGED	"its tunnel was changed meanwhile"
/* Responder: the peer is who it says, and the IKE_SA the tunnel's; false: it cannot
 * be, and why. */
bool	setup_adopt(struct engine *, struct ike_sa *, struct refusal *);

/* CERT payloads with ours: the certificate and what is above it, but not the
 * root. */
void	shown_build(struct build *, const struct cert_entry *own);

#endif
