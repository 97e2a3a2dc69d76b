/*
 * cert: one X.509 certificate, parsed, and what it says (RFC 5280, RFC 4945).
 *
 * Parsing checks the form only: whether a certificate is to be believed is
 * chain.h's question.  All octets and strings that the functions give are the
 * certificate's and live as long as it does.  A certificate does not change, so
 * it may be shared: cert_ref() adds an owner, cert_free() takes one away.  No
 * I/O, no clock, not shared between threads.
 */
#ifndef CULVERT_CERT_H
#define CULVERT_CERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto.h"
#include "err.h"

#define CERT_MAX	16384		/* octets of DER */
#define CERT_SERIAL_MAX	20		/* RFC 5280 4.1.2.2 */

struct cert;

/* Exactly one certificate in DER.  The error says what is wrong with it, with
 * the subject if that could be read. */
int	cert_parse(struct crypto *, const void *der, size_t len, struct cert **,
		   struct err *) __attribute__((warn_unused_result));
struct cert *cert_ref(const struct cert *);
void	cert_free(struct cert *);		/* NULL is fine */

const uint8_t *cert_der(const struct cert *, size_t *len);
bool	cert_equal(const struct cert *, const struct cert *);

/* --- whose it is --- */

/* DER of the Names (dn.h compares them).  The subject may be empty: 30 00. */
const uint8_t *cert_subject(const struct cert *, size_t *len);
const uint8_t *cert_issuer(const struct cert *, size_t *len);
bool	cert_has_subject(const struct cert *);	/* is not empty */

/* For people; a certificate with an empty subject is known by its first
 * subjectAltName. */
#define CERT_NAME_STRLEN	512
const char *cert_subject_str(const struct cert *, char buf[CERT_NAME_STRLEN]);
const char *cert_issuer_str(const struct cert *, char buf[CERT_NAME_STRLEN]);

/* The serial number: "3f:a0:01". */
#define CERT_SERIAL_STRLEN	(3 * CERT_SERIAL_MAX + 4)
const char *cert_serial_str(const struct cert *, char buf[CERT_SERIAL_STRLEN]);

/* subjectAltName: what an IKE identity may be.  Names that cannot be one (other
 * kinds, an address of five octets, text with a NUL or another control character)
 * are left out. */
enum cert_name_kind {
	CERT_NAME_DNS,
	CERT_NAME_EMAIL,
	CERT_NAME_IP,		/* 4 or 16 octets */
	CERT_NAME_URI,
	CERT_NAME_DN,		/* DER of a Name */
};
struct cert_name {
	enum cert_name_kind	 kind;
	const uint8_t		*p;
	size_t			 len;
};
size_t	cert_n_names(const struct cert *);
const struct cert_name *cert_name(const struct cert *, size_t i);
/* The value: "gw.example.com", "192.0.2.1", "CN=gw, O=Example". */
const char *cert_name_str(const struct cert_name *, char buf[CERT_NAME_STRLEN]);
/* "DNS", "email", "IP", "URI", "DN" */
const char *cert_name_kind_str(enum cert_name_kind);
/* The subject, or one of the subjectAltNames, is this Name. */
bool	cert_has_dn(const struct cert *, const void *der, size_t len);

/* --- when --- */

int64_t	cert_not_before(const struct cert *);	/* seconds since 1970 */
int64_t	cert_not_after(const struct cert *);	/* not in that second any more */
#define CERT_TIME_STRLEN	32
/* "2026-11-19 22:00:00 UTC" */
const char *cert_time_str(int64_t, char buf[CERT_TIME_STRLEN]);
#define CERT_SPAN_STRLEN	32
/* Whole days; one that is not an hour short is whole, too: what was signed a
 * minute ago for 20 days is valid for 20. Below 0: -1 at least. */
int64_t cert_days(int64_t seconds);
/* "2 days" (as above), "1 hour", "12 seconds": the sign is left out. */
const char *cert_span_str(int64_t seconds, char buf[CERT_SPAN_STRLEN]);

/* --- its key --- */

enum cert_key { CERT_KEY_OTHER, CERT_KEY_RSA, CERT_KEY_P256, CERT_KEY_P384,
		CERT_KEY_P521, CERT_KEY_ED25519, CERT_KEY_ED448 };
#define CERT_RSA_MIN	2048
/* What is longer costs us time, and nobody has it. */
#define CERT_RSA_MAX	8192
#define CERT_EXPONENT_MAX 64		/* bits */

enum cert_key cert_key(const struct cert *);
/* "RSA 2048", "ECDSA P-256", "Ed25519", "DSA 1024", "a key that cannot be read" */
const char *cert_key_str(const struct cert *);
/* One that IKE may sign with and CAs may: a type above, RSA of CERT_RSA_MIN to
 * CERT_RSA_MAX.  The error names the certificate and what to do. */
int	cert_key_check(const struct cert *, struct err *)
		__attribute__((warn_unused_result));
/* RFC 7296 3.7: SHA-1 of the SubjectPublicKeyInfo, as CERTREQ has it. */
#define CERT_KEY_HASH	20
const uint8_t *cert_key_hash(const struct cert *);
struct evp_pkey_st;
bool	cert_has_key(const struct cert *, const struct evp_pkey_st *);
/* The same of a key alone, also a private one. */
#define CERT_KEY_STRLEN	48
enum cert_key cert_key_kind(const struct evp_pkey_st *);
const char *cert_key_describe(const struct evp_pkey_st *, char buf[CERT_KEY_STRLEN]);

/* --- what it may --- */

bool	cert_is_ca(const struct cert *);	/* basicConstraints says so */
bool	cert_self_signed(const struct cert *);	/* by name and by signature */
bool	cert_may_sign(const struct cert *);	/* keyUsage, if any, lets it */
bool	cert_may_sign_crls(const struct cert *);	/* cRLSign, if it has usages */
/* extendedKeyUsage, if any, has one that IKE goes by (RFC 4945 5.1.3.12):
 * serverAuth, clientAuth, ipsecIKE, the older ones of IPsec, any. */
bool	cert_may_ike(const struct cert *);
/* "digitalSignature, keyEncipherment", "serverAuth"; "" if it has none. */
#define CERT_USAGE_STRLEN	256
const char *cert_usage_str(const struct cert *, char buf[CERT_USAGE_STRLEN]);
const char *cert_ext_usage_str(const struct cert *, char buf[CERT_USAGE_STRLEN]);
/* "RSA with SHA2-256": what it is signed with. */
const char *cert_signature_str(const struct cert *);
/* By a hash or an algorithm that can be forged (MD5, SHA-1). */
bool	cert_weakly_signed(const struct cert *);

/* --- where to ask whether it is revoked --- */

#define CERT_URLS_MAX	8		/* of each kind; the rest is left out */
#define CERT_URL_MAX	1024
struct cert_url {
	const char	*url;
	/* NULL, or why it is no use: "names another issuer (an indirect CRL)",
	 * "is no URL of http, https or file". */
	const char	*why;
};
/* CRL distribution points. */
size_t	cert_n_crl_urls(const struct cert *);
const struct cert_url *cert_crl_url(const struct cert *, size_t i);
/* OCSP responders (http or https) from authorityInfoAccess. */
size_t	cert_n_ocsp_urls(const struct cert *);
const struct cert_url *cert_ocsp_url(const struct cert *, size_t i);

/* --- for those who may include OpenSSL --- */

struct x509_st;
struct x509_st *cert_x509(const struct cert *);		/* borrowed */

/* Fingerprints of the DER. */
const uint8_t *cert_sha256(const struct cert *);	/* 32 octets */
const uint8_t *cert_sha1(const struct cert *);		/* 20 octets */
/* "ab:cd:..." of n octets, at most 32. */
#define CERT_HEX_STRLEN		97
const char *cert_hex(const uint8_t *, size_t n, char buf[CERT_HEX_STRLEN]);

#endif
