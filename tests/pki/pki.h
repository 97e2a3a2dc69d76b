/*
 * pki: certificates, CRLs and OCSP answers for tests, made in memory by OpenSSL,
 * good ones and every kind of bad one.  `mkpki` writes a whole PKI into a folder.
 *
 * A certificate is made from a struct pki_spec; what it leaves zero is what a
 * proper certificate of its kind would have.  Everything made stays until
 * pki_free_all() (pointers are borrowed from here), and keys are cached: the same
 * type and number is the same key in one process.  A mistake in a spec ends the
 * program with OpenSSL's reason.
 */
#ifndef CULVERT_TESTS_PKI_H
#define CULVERT_TESTS_PKI_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/x509.h>

struct cert;
struct crypto;

/* Seconds since 1970 that all times are relative to: 2026-01-01 until set. */
#define PKI_NOW		1767225600
void	pki_set_now(int64_t now);
int64_t	pki_now(void);
#define PKI_DAY		86400

/* "rsa1024" .. "rsa4096", "rsa2048-e3", "p256", "p384", "p521", "p224",
 * "secp256k1", "ed25519", "ed448", "dsa2048" */
EVP_PKEY *pki_key(const char *type, unsigned int number);

struct pki_cert {
	X509		*x;
	EVP_PKEY	*key;
	uint8_t		*der;
	size_t		 len;
};

enum pki_kind { PKI_LEAF, PKI_CA };

struct pki_spec {
	enum pki_kind	 kind;
	const char	*subject;	/* dn.h's text; NULL: empty */
	const struct pki_cert *issuer;	/* NULL: signs itself */
	const char	*key;		/* type; NULL: "p256" */
	unsigned int	 number;	/* which key; 0: one of its own */
	EVP_PKEY	*use_key;	/* this key instead */
	int64_t		 from, to;	/* both 0: 30 days ago, in 365 days */
	const char	*san;		/* "DNS:gw.example.com, IP:192.0.2.1" */
	/* Lines of an OpenSSL extension section beside those its kind has
	 * ("nameConstraints = permitted;DNS:example.com"); a line of the same
	 * name replaces the kind's own, and "NAME = none" leaves it out.  Other
	 * sections may follow. */
	const char	*ext;
	const char	*crl;		/* distribution point's URL */
	const char	*ocsp;		/* responder's URL */
	const char	*serial;	/* hexadecimal; NULL: the next */
	const char	*md;		/* NULL: "SHA256" (none for EdDSA) */
	int		 pss;		/* signed with RSA-PSS */
	int		 version;	/* 0: 3 */
	X509_NAME	*raw_subject;	/* instead of subject; borrowed */
	const X509_NAME	*raw_issuer;	/* instead of the issuer's subject */
	EVP_PKEY	*sign_key;	/* instead of the issuer's: a forgery */
};

struct pki_cert *pki_make(const struct pki_spec *);
/* The common ones: P-256, subject as text. */
struct pki_cert *pki_root(const char *subject);
struct pki_cert *pki_inter(const struct pki_cert *issuer, const char *subject);
struct pki_cert *pki_leaf(const struct pki_cert *issuer, const char *subject,
			  const char *san);

/* As our own code reads it; the caller frees it.  One that it does not take ends the
 * program with the reason. */
struct cert *pki_parse(struct crypto *, const struct pki_cert *);

struct pki_bytes {
	uint8_t		*p;
	size_t		 len;
};

struct pki_crl_spec {
	const struct pki_cert *issuer;
	const struct pki_cert *const *revoked;	/* ends with NULL; or NULL */
	const char	*reason;	/* of each: "keyCompromise"; NULL: none */
	int64_t		 last, next;	/* both 0: a day ago, in 7 days */
	int		 no_next;	/* leaves nextUpdate out */
	int		 number;	/* cRLNumber; 0: 1; -1: none */
	const char	*ext;		/* as of a certificate */
	const char	*md;
	EVP_PKEY	*sign_key;	/* a forgery */
	unsigned int	 more;		/* so many other serial numbers */
};
/* DER */
struct pki_bytes pki_crl(const struct pki_crl_spec *);

struct pki_ocsp_spec {
	const struct pki_cert *cert, *issuer;
	const struct pki_cert *signer;	/* NULL: the issuer */
	int		 status;	/* V_OCSP_CERTSTATUS_... of <openssl/ocsp.h> */
	int		 reason;	/* OCSP_REVOKED_STATUS_... */
	int64_t		 last, next;	/* both 0: an hour ago, in a day */
	int		 no_next;
	int		 error;		/* OCSP_RESPONSE_STATUS_... without an answer */
	const char	*md;
};
struct pki_bytes pki_ocsp(const struct pki_ocsp_spec *);

void	pki_free_all(void);

#endif
