/*
 * peer_cert: what is kept of the certificate that a peer proved itself with, for
 * people: of the chain that was accepted and of what was found out about its
 * revocation.
 */
#ifndef CULVERT_PEER_CERT_H
#define CULVERT_PEER_CERT_H

#include <stdbool.h>
#include <stdint.h>

struct cert_chain;
struct revocation_answer;

struct peer_cert {
	int64_t	 not_before, not_after;	/* of the peer's own */
	int64_t	 chain_after;		/* the first end of it and those between
					 * it and the CA */
	int64_t	 checked;		/* for revocation; 0: not */
	char	*why;			/* it is not known; NULL */
	char	*issuer;		/* in text */
	uint8_t	 verdict;		/* enum revocation_verdict */
	uint8_t	 sha256[32];		/* of the peer's own */
	char	 subject[];		/* and its text */
};

/* Of a chain from the peer's own to the CA.  NULL: no memory, which is no reason to
 * refuse anybody. */
struct peer_cert *peer_cert_new(const struct cert_chain *);
void	peer_cert_free(struct peer_cert *);
/* Whether it is revoked, as of then (seconds since 1970); NULL is fine. */
void	peer_cert_judged(struct peer_cert *, const struct revocation_answer *,
			 int64_t wall);
/* By the same certificate; NULL is fine. */
bool	peer_cert_same(const struct peer_cert *, const struct peer_cert *);
/* Whether it ends soon, or has ended, as a sentence; NULL does not. */
#define PEER_CERT_STRLEN	320
bool	peer_cert_ends(const struct peer_cert *, int64_t wall,
		       char buf[PEER_CERT_STRLEN]);

#endif
