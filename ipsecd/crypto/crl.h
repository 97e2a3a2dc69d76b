/*
 * crl: a certificate revocation list (RFC 5280 5).
 *
 * Its entries never become objects, for there may be hundreds of thousands: the
 * list stays the octets that came (8 times less memory and 5 times less time than
 * OpenSSL's X509_CRL), is walked once, and is found in by hash.  No I/O, no
 * clock.
 */
#ifndef CULVERT_CRL_H
#define CULVERT_CRL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto.h"
#include "err.h"

/* Octets of DER, some 270,000 entries: about 100 ms of work. */
#define CRL_MAX		(10 * 1024 * 1024)

struct cert;
struct crl;

/* One CRL in DER or PEM, copied.  What we could not go by is refused by name:
 * delta and indirect CRLs, those for some reasons or some kinds of certificates
 * only, unknown critical extensions.  Says nothing of who made it. */
int	crl_parse(struct crypto *, const void *, size_t len, struct crl **,
		  struct err *) __attribute__((warn_unused_result));
void	crl_free(struct crl *);			/* NULL is fine */

/* Whether the issuer made it: names, key identifier, cRLSign, a signature by an
 * algorithm that cannot be forged. */
int	crl_verify(const struct crl *, const struct cert *issuer, struct err *)
		__attribute__((warn_unused_result));
/* Whether it is for certificates from that point: its issuingDistributionPoint, if
 * it has one, names the URL. */
int	crl_covers(const struct crl *, const struct cert *, struct err *)
		__attribute__((warn_unused_result));
/* Whether it is in force at that time: "expired on ...". */
int	crl_current(const struct crl *, int64_t wall, struct err *)
		__attribute__((warn_unused_result));

/* What it says of a certificate of its issuer. */
struct crl_entry {
	int64_t	when;			/* revoked */
	uint8_t	reason;			/* RFC 5280 5.3.1; 0: unspecified */
};
bool	crl_find(const struct crl *, const struct cert *, struct crl_entry *);
/* "key compromise"; NULL: no reason is given. */
const char *crl_reason_str(uint8_t reason);

int64_t	crl_this_update(const struct crl *);	/* seconds since 1970 */
int64_t	crl_next_update(const struct crl *);
size_t	crl_entries(const struct crl *);
size_t	crl_octets(const struct crl *);		/* of memory */
const char *crl_issuer_str(const struct crl *);
/* "0x2a"; NULL: it has no number. */
const char *crl_number_str(const struct crl *);
/* a was made after b: by their numbers if both have one, else by thisUpdate. */
bool	crl_newer(const struct crl *a, const struct crl *b);

#endif
