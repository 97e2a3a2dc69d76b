/*
 * keymat: keys out of shared secrets (RFC 7296 2.14, 2.17, 2.18) and the octets
 * that AUTH signs (2.15).
 */
#ifndef CULVERT_IKE2_KEYMAT_H
#define CULVERT_IKE2_KEYMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/crypto.h"
#include "ike/proposal.h"
#include "ike/sa.h"

/* Longest of all: SK_d, SK_a*, SK_e*, SK_p* with SHA-512 and AES-256-CTR. */
#define KEYMAT_MAX	(5 * 64 + 2 * 64 + 2 * 36)

struct ike_keys {			/* RFC 7296 2.14 */
	struct secret	sk_d, sk_ai, sk_ar, sk_ei, sk_er, sk_pi, sk_pr;
};

/* Of a new IKE_SA; old_d and old_prf of the SA that is rekeyed, or NULL. */
bool	keymat_ike(struct crypto *, const struct suite *,
		   const uint8_t *shared, size_t shared_len,
		   const struct nonce *ni, const struct nonce *nr,
		   uint64_t spi_i, uint64_t spi_r,
		   const struct secret *old_d, const struct prf_alg *old_prf,
		   struct ike_keys *) __attribute__((warn_unused_result));
/* Puts them where sa uses them; wipes k. */
void	keymat_set(struct ike_sa *, struct ike_keys *k);

/* Of a CHILD_SA: both directions, seen from the exchange's initiator. */
bool	keymat_child(struct crypto *, const struct prf_alg *,
		     const struct secret *sk_d, const struct suite *,
		     const uint8_t *shared, size_t shared_len,
		     const struct nonce *ni, const struct nonce *nr,
		     struct cipher_keys *from_i, struct cipher_keys *from_r)
		__attribute__((warn_unused_result));

#endif
