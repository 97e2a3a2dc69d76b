/*
 * crl: a certificate revocation list (RFC 5280 5), parsed once, asked often.
 *
 * crl_parse() refuses by name what would need more than one list to be
 * understood: delta CRLs, indirect CRLs, lists for some reasons only, critical
 * extensions nobody knows.  crl_check_signed() says whether a list is to be
 * believed, crl_check_fresh() whether still, crl_covers() whether it speaks of a
 * certificate at all.  No I/O, no clock.
 *
 * The entries never become objects, for there may be hundreds of thousands: the
 * list stays the octets that came, is walked once, and is found in by hash.
 */
#ifndef CULVERT_CRL_H
#define CULVERT_CRL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto.h"
#include "err.h"

#define CRL_MAX		(10u << 20)	/* octets */

struct cert;
struct crl;

/* DER, or PEM with one list; copied. */
int	crl_parse(struct crypto *, const void *, size_t len, struct crl **,
		  struct err *) __attribute__((warn_unused_result));
void	crl_free(struct crl *);			/* NULL is fine */

/* Signed by the issuer, who may.  Does not change with time. */
int	crl_check_signed(const struct crl *, const struct cert *issuer,
			 struct err *) __attribute__((warn_unused_result));
/* Neither from the future nor too old: "expired on ...". */
int	crl_check_fresh(const struct crl *, uint64_t wall, struct err *)
		__attribute__((warn_unused_result));
/* Not for other certificates only (issuingDistributionPoint). */
int	crl_covers(const struct crl *, const struct cert *, struct err *)
		__attribute__((warn_unused_result));

struct crl_entry {
	int64_t		 when;		/* seconds since 1970 */
	const char	*reason;	/* "its key is compromised"; NULL: none
					 * is given */
};
/* Whether a certificate that it covers is in it; *out then says more. */
bool	crl_revoked(const struct crl *, const struct cert *,
		    struct crl_entry *out);
/* RFC 5280 5.3.1; NULL: it says nothing. */
const char *crl_reason_str(unsigned int);

int64_t	crl_this_update(const struct crl *);	/* seconds since 1970 */
int64_t	crl_next_update(const struct crl *);
size_t	crl_n_entries(const struct crl *);
size_t	crl_octets(const struct crl *);		/* of memory */
const char *crl_issuer_str(const struct crl *);
/* "0x2a"; "" if it has no number. */
const char *crl_number_str(const struct crl *);
/* a was made after b. */
bool	crl_newer(const struct crl *a, const struct crl *b);

#endif
