/*
 * paths: a tunnel's CA and what a peer sends, for the tests of chains: who is
 * found to be trusted, and what is said of who is not.
 */
#ifndef CULVERT_TESTS_PATHS_H
#define CULVERT_TESTS_PATHS_H

#include "crypto/chain.h"
#include "tests/pki/pki.h"

extern struct crypto *paths_crypto;

void	paths_done(void);

/* peers: ends with NULL.  want NULL: it is trusted, by a path of want_n
 * certificates (0: whatever); else a part of the sentence. */
void	paths_check(int line, uint64_t wall, const struct pki_cert *anchor,
		    const struct pki_cert *const *peers, const char *want,
		    size_t want_n);

#define TRUSTED(n, anchor, ...) paths_check(__LINE__, PKI_NOW, anchor, \
	(const struct pki_cert *const[]){ __VA_ARGS__, NULL }, NULL, n)
#define REFUSED(want, anchor, ...) paths_check(__LINE__, PKI_NOW, anchor, \
	(const struct pki_cert *const[]){ __VA_ARGS__, NULL }, want, 0)

/* pki_make() of what is between. */
#define MAKE(...) pki_make(&(struct pki_spec){ __VA_ARGS__ })

#endif
