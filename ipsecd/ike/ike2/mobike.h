/*
 * mobike: an established tunnel that changes its addresses (RFC 4555), if both
 * ends have it configured.
 *
 * The initiator of the first IKE_SA decides: when its address goes, or nobody
 * answers on the addresses in use, it sends what it has to say from all of its
 * addresses to all of the peer's, and tells the peer to use the pair by which the
 * first answer came.  The responder follows such an update, never a packet's mere
 * source, after it has asked a new address for an answer (3.7).
 */
#ifndef CULVERT_IKE2_MOBIKE_H
#define CULVERT_IKE2_MOBIKE_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "exchange.h"

struct conf;
struct tunnel;

#define MOBIKE_ADDRS_MAX	8

struct mobike {
	/* What the CHILD_SAs use; the IKE_SA's own may be on trial. */
	struct endpoint	 used_local, used_remote;
	/* Where the peer's last request came from: its answer goes there. */
	struct endpoint	 from_local, from_remote;
	/* Those that the request under way is about. */
	struct endpoint	 asked_local, asked_remote;
	struct addr	 peer[MOBIKE_ADDRS_MAX];	/* its other addresses */
	uint8_t		 n_peer;
	uint8_t		 cookie[32];	/* COOKIE2 of ours under way */
	uint8_t		 seen[20];	/* of us, by the peer: a hash */
	bool		 has_seen;
	bool		 mover;		/* we decide */
	bool		 lost;		/* our address went: try all paths */
	bool		 refused;	/* the peer did not accept a pair */
};

/* --- IKE_AUTH --- */
void	mobike_announce(struct engine *, const struct ike_sa *,
			const struct conf *, struct build *);
/* Both ends want it: sa->mobike is there from now on. */
void	mobike_negotiate(struct engine *, struct ike_sa *, const struct conf *,
			 const struct message *);
void	mobike_free(struct ike_sa *);
/* Where its CHILD_SAs are: a new address of the peer's counts when it is proved. */
const struct endpoint *mobike_local(const struct ike_sa *);
const struct endpoint *mobike_remote(const struct ike_sa *);
/* A rekeying passes it on. */
void	mobike_inherit(struct ike_sa *from, struct ike_sa *to);

/* --- messages on their way; only with sa->mobike --- */
/* A fresh one came this way. */
void	mobike_heard(struct engine *, struct ike_sa *, const struct message *,
		     const struct endpoint *local, const struct endpoint *remote);
/* A request of ours, on every path there may be; false: there is no doubt about
 * the one in use, send it there. */
bool	mobike_everywhere(struct engine *, struct ike_sa *, const struct packet *);

/* --- INFORMATIONAL --- */
/* The peer's; also without sa->mobike, to say no.  Adds to the answer. */
void	mobike_request(struct engine *, struct ike_sa *, const struct message *,
		       struct build *);
/* Ours: WANT_UPDATE, WANT_CHECK, WANT_ADDRESSES. */
bool	mobike_update(struct engine *, struct ike_sa *);
bool	mobike_check(struct engine *, struct ike_sa *);
bool	mobike_addresses(struct engine *, struct ike_sa *);
/* NAT detection in a sign of life: has our mapping changed (3.8)? */
void	mobike_build_probe(struct engine *, struct ike_sa *, struct build *);
int	mobike_response(struct engine *, struct ike_sa *, uint8_t asked,
			const struct message *);

/* --- addresses of this machine --- */
/* Moves the tunnel's SAs whose address is not there any more, and those that can
 * go back to local-address.  False: one has nowhere to go. */
bool	mobike_settle(struct engine *, struct tunnel *);
/* A new IKE_SA of the tunnel starts from where an old one has moved to, if
 * local-address is not there (reauthentication). */
void	mobike_begin(const struct engine *, struct ike_sa *);
/* Whether it has an established SA that may move. */
bool	mobike_has(const struct tunnel *);

#endif
