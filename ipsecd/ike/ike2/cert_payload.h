/*
 * cert_payload: what CERT, CERTREQ and SIGNATURE_HASH_ALGORITHMS say (RFC 7296 3.6
 * and 3.7, RFC 7427 4, RFC 4945).
 *
 * Our certificate goes to the peer always, asked for or not: a tunnel has just the
 * one, and a peer that asks for none, or for that of a CA we do not know, may trust
 * it all the same.  With it go those above it, but not the root, which proves
 * nothing to who does not have it.
 */
#ifndef CULVERT_IKE2_CERT_PAYLOAD_H
#define CULVERT_IKE2_CERT_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct build;
struct cert_entry;
struct conf;
struct engine;
struct ike_sa;
struct message;

/* --- IKE_SA_INIT --- */
/* Initiator: the hashes of signatures that we verify. */
void	cert_build_init(const struct ike_sa *, struct build *);
/* Responder: the same to a peer that said its own, and the CAs of the tunnels that
 * it could mean; nothing at all if none of them has certificates. */
void	cert_build_init_response(struct engine *, const struct ike_sa *,
				 struct build *);

/* What the peer asks for (setup.certreq). */
enum certreq {
	CERTREQ_NONE,		/* no certificate */
	CERTREQ_ANY,		/* one of a CA of whose key we know nothing */
	CERTREQ_OURS,
	CERTREQ_FOREIGN,	/* only of CAs that are not above ours */
};
enum certreq cert_asked(struct engine *, const struct conf *,
			const struct message *);

/* --- IKE_AUTH --- */
void	cert_build_request(struct build *, const struct cert_entry *ca);

#endif
