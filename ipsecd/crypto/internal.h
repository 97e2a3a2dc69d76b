/*
 * internal: what the files of crypto/ share, and nobody else includes.
 *
 * Contexts are made once and re-keyed: fetching an algorithm or making a context
 * costs more than most of what is done with it.  A context keeps the last key it
 * was given until the next one or crypto_free(); its process holds that key in
 * an SA anyway.
 */
#ifndef CULVERT_CRYPTO_INTERNAL_H
#define CULVERT_CRYPTO_INTERNAL_H

#include <openssl/evp.h>

#include "crypto.h"

enum md { MD_SHA1, MD_SHA256, MD_SHA384, MD_SHA512, MD_N };

#define ENCR_MAX	16		/* rows in the tables, at most */
#define KE_MAX		16

struct md_ctx {
	EVP_MD		*md;
	EVP_MD_CTX	*work;		/* the running hash */
	EVP_MD_CTX	*inner;		/* HMAC, after the inner pad */
	EVP_MD_CTX	*outer;
	unsigned int	 block;
	unsigned int	 len;
};

struct crypto {
	struct md_ctx	 md[MD_N];
	EVP_CIPHER_CTX	*seal[ENCR_MAX];	/* as encr_algs */
	EVP_CIPHER_CTX	*open[ENCR_MAX];
	EVP_PKEY_CTX	*keygen[KE_MAX];	/* as ke_algs */
	EVP_PKEY	*peer[KE_MAX];		/* made with the first key */
	struct modp {
		uint8_t	 max[KE_PUBLIC_MAX];	/* p - 2, in network order */
	} *modp[KE_MAX];
};

struct ke {
	struct crypto		*crypto;
	const struct ke_alg	*alg;
	EVP_PKEY		*own;
};

/* Logs what failed with OpenSSL's reasons, empties its queue; false. */
bool	crypto_failed(const char *what);

/* prf.c */
bool	prf_init(struct crypto *);
void	prf_fini(struct crypto *);
/* HMAC with the digest of that OpenSSL name, whole output. */
bool	hmac(struct crypto *, const char *md, const void *key, size_t keylen,
	     const struct iov *, size_t n, uint8_t out[PRF_MAX]);

/* cipher.c */
bool	cipher_init(struct crypto *);
void	cipher_fini(struct crypto *);

/* dh.c */
bool	ke_init(struct crypto *);
void	ke_fini(struct crypto *);

#endif
