/*
 * sign: signatures of IKE: which there are, made and verified (RFC 7296 2.15 and
 * 3.8, RFC 4754, RFC 7427, RFC 8420; RFC 2409 5.1).
 *
 * A row of the table is a scheme: key, hash, padding, and how AUTH names it.  The
 * octets are what is signed, whole: hashing is done here, because EdDSA needs it
 * so.
 */
#ifndef CULVERT_SIGN_H
#define CULVERT_SIGN_H

#include "cert.h"

enum sign_scheme {
	SIGN_NONE,
	/* For AUTH of method 14, and in certificates */
	SIGN_RSA_SHA256, SIGN_RSA_SHA384, SIGN_RSA_SHA512,	/* PKCS#1 1.5 */
	SIGN_RSA_PSS_SHA256, SIGN_RSA_PSS_SHA384, SIGN_RSA_PSS_SHA512,
	SIGN_ECDSA_SHA256, SIGN_ECDSA_SHA384, SIGN_ECDSA_SHA512,
	SIGN_ED25519, SIGN_ED448,
	/* For peers without RFC 7427: method 1 (PKCS#1 1.5, SHA-1) and 9, 10, 11
	 * (RFC 4754: r and s one after the other) */
	SIGN_RSA_SHA1,
	SIGN_ECDSA_P256, SIGN_ECDSA_P384, SIGN_ECDSA_P521,
	/* IKEv1 (RFC 2409 5.1): the octets are a hash already, padded as by
	 * PKCS#1 1.5 without the hash's name */
	SIGN_RSA_RAW,
	SIGN_N
};

/* RFC 7296 3.8, IANA: Auth Method of the AUTH payload */
enum sign_method {
	SIGN_METHOD_RSA		= 1,
	SIGN_METHOD_ECDSA_P256	= 9,
	SIGN_METHOD_ECDSA_P384	= 10,
	SIGN_METHOD_ECDSA_P521	= 11,
	SIGN_METHOD_DIGITAL	= 14,	/* RFC 7427 */
};

struct sign_alg {
	enum sign_scheme scheme;
	const char	*name;		/* "RSA-PSS with SHA2-256" */
	uint8_t		 method;	/* enum sign_method; 0: none of IKEv2's */
	uint8_t		 hash;		/* enum signature_hash of RFC 7427 */
	uint8_t		 algid_len;	/* 0 but for method 14 */
	const uint8_t	*algid;		/* DER of the AlgorithmIdentifier */
};

#define SIGN_MAX	1024		/* octets of the longest signature */

/* NULL: no such scheme. */
const struct sign_alg *sign_alg(enum sign_scheme);
/* The scheme of a method other than 14; NULL if it is no signature. */
const struct sign_alg *sign_from_method(uint8_t method);
/* The scheme that an AlgorithmIdentifier (RFC 7427 3) means; NULL, and why: it
 * cannot be read, or Culvert does not use it. */
const struct sign_alg *sign_from_algid(const void *der, size_t len, struct err *);

/* The n-th (from 0) scheme that this key can sign with, best first, for a peer
 * that announced these hashes (a set of 1 << signature_hash; 0: it has no
 * RFC 7427).  NULL: there are no more.  PKCS#1 comes before PSS: nobody can say
 * that he does not know PSS, but who has signed with it does. */
const struct sign_alg *sign_choose(const struct cert *, uint8_t hashes, size_t n);

/* Whether the certificate's key made sig over the octets.  The error says why
 * not: another kind of key, a key that is too weak, a signature that is wrong. */
int	sign_verify(struct crypto *, const struct cert *, const struct sign_alg *,
		    const struct iov *, size_t n, const void *sig, size_t len,
		    struct err *) __attribute__((warn_unused_result));

/* Signs; for the process that has the key.  *len octets in out. */
int	sign_make(struct crypto *, struct evp_pkey_st *key, const struct sign_alg *,
		  const struct iov *, size_t n, uint8_t out[SIGN_MAX], size_t *len,
		  struct err *) __attribute__((warn_unused_result));

#endif
