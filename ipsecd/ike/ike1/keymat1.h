/*
 * keymat1: keys, initialisation vectors and hashes of IKEv1 (RFC 2409 5 and
 * appendix B).  Values in, values out: no SA is known here.
 *
 * The prf is the HMAC of the hash that was agreed on.  False is always the
 * library's failure, or memory's.
 */
#ifndef CULVERT_IKE1_KEYMAT1_H
#define CULVERT_IKE1_KEYMAT1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/crypto.h"
#include "ike/nonce.h"
#include "ike/proposal.h"
#include "ike/wire/message.h"

/* What an ISAKMP SA is made of (RFC 2409 5). */
struct keys1 {
	const struct prf_alg	*prf;
	const struct encr_alg	*encr;
	struct secret		 skeyid;	/* for HASH_I and HASH_R alone */
	struct secret		 skeyid_d;	/* for the keys of CHILD_SAs */
	struct secret		 skeyid_a;	/* for HASH(1), (2) and (3) */
	struct secret		 key;		/* of encr, out of SKEYID_e */
	uint8_t			 iv[CBC_IV];	/* of the next message of phase 1, and
						 * after it: its last block */
};

/* What both ends have seen of a main mode. */
struct main1 {
	struct bytes		 ke_i, ke_r;	/* g^xi, g^xr as in the KE payloads */
	struct bytes		 shared;	/* g^xy, as long as the prime */
	const struct nonce	*ni, *nr;
	uint64_t		 spi_i, spi_r;	/* the cookies */
};

/* Authentication by signatures: k->skeyid = prf(Ni | Nr, g^xy).  By a pre-shared
 * key it is what the process keys answers to KEYS_SKEYID of Ni | Nr. */
bool	keymat1_skeyid_signature(struct crypto *, const struct main1 *,
				 struct keys1 *k) __attribute__((warn_unused_result));
/* With prf, encr and skeyid in place: the other keys, and the first IV. */
bool	keymat1_derive(struct crypto *, const struct main1 *, struct keys1 *k)
		__attribute__((warn_unused_result));

/* HASH_I or HASH_R.  sa_i: the body of the initiator's SA payload, id: of the ID
 * payload of who proves himself; without their generic headers, as they came. */
bool	keymat1_hash_auth(struct crypto *, const struct keys1 *,
			  const struct main1 *, bool of_initiator,
			  const struct bytes *sa_i, const struct bytes *id,
			  uint8_t out[PRF_MAX]) __attribute__((warn_unused_result));

/* The IV of the first message of an exchange after phase 1: last is keys1.iv as
 * phase 1 left it (RFC 2409 appendix B). */
bool	keymat1_iv(struct crypto *, const struct prf_alg *, const uint8_t last[CBC_IV],
		   uint32_t msgid, uint8_t iv[CBC_IV])
		__attribute__((warn_unused_result));

/*
 * The hashes of what follows phase 1 (RFC 2409 5.5, 5.7), prf->len octets, under
 * SKEYID_a: HASH(1), (2) or (3) of quick mode; an informational exchange has a HASH(1)
 * alone.  ni: not in the first; nr: in the third alone.  rest: what comes after the
 * HASH payload up to the padding, generic headers included; not in the third.
 */
bool	keymat1_hash(struct crypto *, const struct keys1 *, unsigned int number,
		     uint32_t msgid, const struct nonce *ni, const struct nonce *nr,
		     const struct bytes *rest, uint8_t out[PRF_MAX])
		__attribute__((warn_unused_result));

/* Keys of a CHILD_SA with that protocol and SPI, which is the receiver's: the
 * cipher's with its salt, then the integrity's (RFC 2409 5.5).  shared: g(qm)^xy,
 * or len 0 without PFS. */
bool	keymat1_child(struct crypto *, const struct prf_alg *,
		      const struct secret *skeyid_d, const struct suite *,
		      uint32_t spi, const struct bytes *shared,
		      const struct nonce *ni, const struct nonce *nr,
		      struct cipher_keys *) __attribute__((warn_unused_result));

#endif
