/*
 * chain: whether the certificates that a peer sent lead to the CA of a tunnel
 * (RFC 5280 6, RFC 4945): the CA's certificate is the only one trusted.
 *
 * OpenSSL's X509_verify_cert judges a path; which paths there are we find
 * ourselves, because it takes the first issuer whose name fits and does not come
 * back.  Whatever a peer sends costs at most CHAIN_TRIES judgements.
 */
#ifndef CULVERT_CHAIN_H
#define CULVERT_CHAIN_H

#include "cert.h"

#define CHAIN_CERTS_MAX	10		/* of a peer, its own included */
#define CHAIN_OCTETS_MAX 65536		/* of all their DER */
#define CHAIN_MAX	(CHAIN_CERTS_MAX + 1)	/* and the anchor */
#define CHAIN_TRIES	12

/* What a peer sent: its own certificate first, the others in any order. */
struct cert_set {
	struct cert	*cert[CHAIN_CERTS_MAX];
	size_t		 n;
	size_t		 octets;
};
#define CERT_SET_INIT	{ { NULL }, 0, 0 }

/* Parses and keeps one more; one that is there already is passed over.  -1: too
 * many, too long, or no certificate. */
int	cert_set_add(struct cert_set *, struct crypto *, const void *der, size_t len,
		     struct err *) __attribute__((warn_unused_result));
void	cert_set_fini(struct cert_set *);

/* Leaf first, anchor last; borrowed from the set and from the anchor's owner. */
struct cert_chain {
	const struct cert	*cert[CHAIN_MAX];
	size_t			 n;
};

/*
 * peers[0] is the peer's own; wall: seconds since 1970.  -1: no path, and the
 * error names the certificate, the rule, what was found, and what to do.
 */
int	cert_chain_verify(struct crypto *, const struct cert *anchor,
			  struct cert *const *peers, size_t n, uint64_t wall,
			  struct cert_chain *out, struct err *)
		__attribute__((warn_unused_result));

#endif
