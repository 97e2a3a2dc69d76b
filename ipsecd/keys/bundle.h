/*
 * bundle: what is in a file that somebody imports: certificates, and a private
 * key if there is one.
 *
 * The file is a stranger's: lengths, counts and the cost of a password are
 * bounded before anything is done about them.  Pure and without shared state, so
 * that it can be done in a thread.
 */
#ifndef CULVERT_KEYS_BUNDLE_H
#define CULVERT_KEYS_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define BUNDLE_CERTS_MAX	32
#define BUNDLE_FILE_MAX		262144
/* Rounds of hashing that a password may cost: a second or two. */
#define BUNDLE_ROUNDS_MAX	3000000
#define BUNDLE_ENCRYPTED_MAX	8	/* parts that cost as much each */

struct evp_pkey_st;

struct bundle {
	struct evp_pkey_st	*key;		/* NULL: none */
	struct {
		uint8_t		*der;
		size_t		 len;
	}			 certs[BUNDLE_CERTS_MAX];
	size_t			 n;
	unsigned int		 encrypted;	/* parts so far */
	bool			 password_missing;	/* or wrong; why it failed */
};

#define BUNDLE_INIT	{ .key = NULL }

/* Adds what is in the octets: PEM (anything of it, in any order), or in DER a
 * certificate, a private key (PKCS#8, encrypted or not, PKCS#1, SEC 1) or a
 * PKCS#12.  password may be NULL.  On failure the bundle is to be freed, too. */
int	bundle_add(struct bundle *, const uint8_t *, size_t len,
		   const char *password, struct err *)
		__attribute__((warn_unused_result));
/* Whether the key is of a kind that IKE signs with, and works: it signs something
 * and its own public key verifies it.  Fine without a key. */
int	bundle_check_key(const struct bundle *, struct err *)
		__attribute__((warn_unused_result));
void	bundle_fini(struct bundle *);

/* --- bundle_pkcs12.c, for bundle.c --- */
struct X509_algor_st;
struct PKCS12_st;
struct x509_st;
int	bundle_add_cert(struct bundle *, const uint8_t *der, size_t len,
			struct err *) __attribute__((warn_unused_result));
/* Takes the certificate; NULL is an error. */
int	bundle_add_x509(struct bundle *, struct x509_st *, struct err *)
		__attribute__((warn_unused_result));
/* Takes the key; NULL is an error. */
int	bundle_add_key(struct bundle *, struct evp_pkey_st *, struct err *)
		__attribute__((warn_unused_result));
int	bundle_pkcs12(struct bundle *, struct PKCS12_st *, const char *password,
		      struct err *) __attribute__((warn_unused_result));
/* Encrypted in a way that this OpenSSL decrypts, within BUNDLE_ROUNDS_MAX. */
int	bundle_check_cost(const struct X509_algor_st *, struct err *)
		__attribute__((warn_unused_result));
/* The same for one part more of this bundle. */
int	bundle_pay(struct bundle *, const struct X509_algor_st *, struct err *)
		__attribute__((warn_unused_result));
/* Sets password_missing. */
int	bundle_no_password(struct bundle *, const char *password, struct err *);

#endif
