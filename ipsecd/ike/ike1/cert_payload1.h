/*
 * cert_payload1: what CERTREQ says in IKEv1 (RFC 2408 3.10, RFC 4945 3.2): the name
 * of a CA.
 */
#ifndef CULVERT_IKE1_CERT_PAYLOAD1_H
#define CULVERT_IKE1_CERT_PAYLOAD1_H

struct build;
struct cert_entry;
struct engine;
struct ike_sa;

/* That of our own tunnel. */
void	cert1_build_request(struct build *, const struct cert_entry *ca);
/* Responder: those of the tunnels that the peer could mean; an empty one, which
 * asks for any, if there are many. */
void	cert1_build_requests(struct engine *, const struct ike_sa *,
			     struct build *);

#endif
