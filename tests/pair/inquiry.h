/*
 * inquiry: a gateway that asks the engine about revocation, and the CA, its CRLs and
 * the peers' certificates that it asks about.
 *
 * inquiry_setup() makes the CAs, once in a program; between inquiry_begin() and
 * inquiry_end() there is a world (pair.h's w) with the gateway, and good CRLs at
 * ROOT_CRL and SUB_CRL.
 */
#ifndef CULVERT_TESTS_INQUIRY_H
#define CULVERT_TESTS_INQUIRY_H

#include "crypto/cert.h"
#include "crypto/chain.h"
#include "ike/revocation.h"
#include "pair.h"
#include "tests/pki/pki.h"

#define ROOT_CRL "http://ca.example/root.crl"
#define SUB_CRL	"http://ca.example/sub.crl"
#define ALT_CRL	"https://other.example/sub.crl"

extern struct node *gw;
extern struct pki_cert *root, *sub;	/* sub is signed by root, and signs peers */

void	inquiry_setup(void);
void	inquiry_teardown(void);
void	inquiry_begin(void);
void	inquiry_end(void);
/* The gateway, whose disk stays; nobody asks any more. */
void	inquiry_restart(void);
/* Who asked goes. */
void	inquiry_forget(void);

/* --- what asks --- */

#define ASKS_MAX 300

struct asked {
	uint32_t	 serial;
	struct ike_sa	*sa;
	unsigned int	 answers;
	uint64_t	 at;
	struct revocation_answer a;
};
extern struct asked asked[ASKS_MAX];
extern size_t n_asked;

struct asked *ask(const struct cert_chain *, bool strict);
/* The same, and ten seconds pass. */
struct asked *find_out(const struct cert_chain *, bool strict);
/* Whether the answer has this text; prints it if not. */
bool	says(const struct asked *, const char *text);

/* --- certificates --- */

struct peer {
	struct pki_cert		*pki;
	struct cert		*cert;		/* the caller frees it */
	struct cert_chain	 chain;		/* cert, sub, root */
	struct cert_chain	 direct;	/* cert, sub */
};

struct peer peer(const char *subject, const char *crl, const char *ocsp);
/* With two points: SUB_CRL and ALT_CRL. */
struct peer peer_two(void);

/* A CRL at that place, from so many seconds ago to so many ahead. */
struct page *publish_as(const char *url, const struct pki_cert *issuer,
			const struct pki_cert *revoked, int64_t ago, int64_t ahead,
			EVP_PKEY *forged);
struct page *publish(const char *url, const struct pki_cert *issuer,
		     const struct pki_cert *revoked);

#endif
