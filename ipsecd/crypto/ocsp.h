/*
 * ocsp: asking a responder about one certificate, and its answer (RFC 6960).
 *
 * Requests carry no nonce: answers are to be cached, by us and on their way, and
 * most responders sign theirs beforehand.  Freshness is what thisUpdate and
 * nextUpdate say.  No I/O, no clock.
 */
#ifndef CULVERT_OCSP_H
#define CULVERT_OCSP_H

#include "cert.h"

#define OCSP_REQUEST_MAX	512
#define OCSP_ANSWER_MAX		65536

/* DER for a POST of application/ocsp-request; how long, 0 if there is no memory. */
size_t	ocsp_request(struct crypto *, const struct cert *, const struct cert *issuer,
		     uint8_t out[OCSP_REQUEST_MAX]) __attribute__((warn_unused_result));

enum ocsp_status { OCSP_GOOD, OCSP_REVOKED, OCSP_UNKNOWN };

struct ocsp_answer {
	enum ocsp_status status;
	int64_t		 this_update;	/* seconds since 1970 */
	int64_t		 next_update;	/* 0: there is always newer knowledge */
	int64_t		 when;		/* OCSP_REVOKED: since then */
	const char	*reason;	/* as of struct crl_entry; or NULL */
};

/* -1: no answer that can be believed (not signed by the issuer or by who it lets,
 * about another certificate, too old, an error of the responder), and why.  That a
 * certificate was revoked is believed of an old answer, too. */
int	ocsp_check(struct crypto *, const void *, size_t len, const struct cert *,
		   const struct cert *issuer, uint64_t wall, struct ocsp_answer *,
		   struct err *) __attribute__((warn_unused_result));

#endif
