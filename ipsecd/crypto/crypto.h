/*
 * crypto: everything the engine asks of OpenSSL, and with keys/ and the user
 * data plane the only place where OpenSSL is included.
 *
 * One struct crypto per process holds every fetched algorithm and a few reused
 * contexts; per-SA state is key bytes only, so that an established tunnel costs
 * no OpenSSL objects.  Not shared between threads.  Failures of OpenSSL are our
 * bug or no memory: they are logged here and reported as false.
 */
#ifndef CULVERT_CRYPTO_H
#define CULVERT_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alg.h"
#include "err.h"
#include "secret.h"

struct crypto;

int	crypto_new(struct crypto **, struct err *) __attribute__((warn_unused_result));
void	crypto_free(struct crypto *);

struct iov { const void *p; size_t len; };

/* --- random: from OpenSSL only --- */
bool	crypto_random(struct crypto *, void *, size_t) __attribute__((warn_unused_result));

/* --- prf and prf+ (RFC 7296 2.13, 2.14), the hash of NAT detection --- */
bool	prf_mac(struct crypto *, const struct prf_alg *, const void *key, size_t keylen,
		const struct iov *, size_t n, uint8_t out[PRF_MAX])
		__attribute__((warn_unused_result));
/* outlen up to 255 times the PRF's length; the seed in at most 8 parts. */
bool	prf_plus(struct crypto *, const struct prf_alg *, const void *key, size_t keylen,
		 const struct iov *, size_t n, uint8_t *out, size_t outlen)
		__attribute__((warn_unused_result));
bool	hash_sha1(struct crypto *, const struct iov *, size_t n, uint8_t out[20])
		__attribute__((warn_unused_result));
/* The hash that the PRF is the HMAC of (RFC 2409 5): prf->len octets. */
bool	hash_of_prf(struct crypto *, const struct prf_alg *, const struct iov *,
		    size_t n, uint8_t out[PRF_MAX])
		__attribute__((warn_unused_result));

/* --- key exchange --- */
struct ke;				/* our private value; wiped by ke_free */
struct ke *ke_new(struct crypto *, const struct ke_alg *);
void	ke_free(struct ke *);
const struct ke_alg *ke_alg(const struct ke *);
/* public_len bytes */
bool	ke_public(const struct ke *, uint8_t out[KE_PUBLIC_MAX])
		__attribute__((warn_unused_result));
/* shared_len bytes.  False for a wrong length, a point off the curve, an
 * all-zero result or a MODP value outside 2 .. p-2 (RFC 6989 2). */
bool	ke_shared(struct ke *, const void *peer, size_t len, uint8_t out[KE_SHARED_MAX])
		__attribute__((warn_unused_result));

/* --- encrypt and authenticate one message: the SK payload, or ESP --- */

struct cipher_keys {			/* of one direction */
	const struct encr_alg	*encr;
	const struct integ_alg	*integ;	/* NULL for an AEAD */
	struct secret		 ek;	/* key, then salt */
	struct secret		 ak;
};

static inline size_t
cipher_icv_len(const struct cipher_keys *k)
{
	return IS_AEAD(k->encr) ? k->encr->icv_len : k->integ->icv_len;
}

/*
 * In place: aad | iv | text | icv lie one after the other in memory, as in the
 * SK payload and in ESP.  text is padded to encr->block already.  seal writes
 * the IV (from iv_counter for counter modes and AEADs, random for CBC), the
 * ciphertext and the ICV; open gives plaintext only with a verified ICV.
 */
bool	cipher_seal(struct crypto *, const struct cipher_keys *, uint64_t iv_counter,
		    uint8_t *msg, size_t aad_len, size_t text_len)
		__attribute__((warn_unused_result));
/* len: of all; the plaintext is then at msg + aad_len + iv_len, its length in
 * *text_len.  False: too short, not aligned, or the ICV is wrong. */
bool	cipher_open(struct crypto *, const struct cipher_keys *,
		    uint8_t *msg, size_t aad_len, size_t len, size_t *text_len)
		__attribute__((warn_unused_result));

/*
 * A message of IKEv1, in place: CBC without an ICV (RFC 2409 appendix B).  len is
 * a multiple of the block.  iv, CBC_IV octets, is that of this message, and then
 * the one of the next: the last block of the ciphertext.  False: the cipher is
 * not CBC or the key not its own (our bug), or (decrypting) len is no whole number
 * of blocks; nothing has changed then.
 */
#define CBC_IV	16
bool	cbc_encrypt(struct crypto *, const struct encr_alg *,
		    const struct secret *key, uint8_t *iv, uint8_t *text, size_t len)
		__attribute__((warn_unused_result));
bool	cbc_decrypt(struct crypto *, const struct encr_alg *,
		    const struct secret *key, uint8_t *iv, uint8_t *text, size_t len)
		__attribute__((warn_unused_result));

#endif
