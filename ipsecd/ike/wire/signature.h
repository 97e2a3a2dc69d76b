/*
 * signature: what a peer says of signatures (RFC 7427): the hash algorithms that
 * it can verify, and the algorithm of an AUTH payload of method 14.
 */
#ifndef CULVERT_IKE_SIGNATURE_H
#define CULVERT_IKE_SIGNATURE_H

#include <stdint.h>

#include "message.h"

/* RFC 7427 7, RFC 8420 2; a set of them has the bit 1 << n. */
enum signature_hash {
	SIGNATURE_SHA1		= 1,
	SIGNATURE_SHA2_256	= 2,
	SIGNATURE_SHA2_384	= 3,
	SIGNATURE_SHA2_512	= 4,
	SIGNATURE_IDENTITY	= 5,	/* Ed25519, Ed448 */
};

/* The set in its SIGNATURE_HASH_ALGORITHMS, those that are known; 0: it sent
 * none. */
uint8_t	signature_hashes(const struct message *);
/* Those that we verify with: not SHA-1 (RFC 8247 3.2). */
#define SIGNATURE_HASHES_OURS	(1u << SIGNATURE_SHA2_256 | \
		1u << SIGNATURE_SHA2_384 | 1u << SIGNATURE_SHA2_512 | \
		1u << SIGNATURE_IDENTITY)
struct build;
void	signature_announce(struct build *);
#define SIGNATURE_HASHES_STRLEN	64
/* "SHA2-256 SHA2-384", "none" */
const char *signature_hashes_str(uint8_t set, char buf[SIGNATURE_HASHES_STRLEN]);

/* Of AUTH with method 14: "ECDSA with SHA2-256", an OID as 1.3.101.112, or
 * "an algorithm that cannot be read". */
#define SIGNATURE_ALG_STRLEN	128
const char *signature_alg_str(const struct bytes *auth,
			      char buf[SIGNATURE_ALG_STRLEN]);

#endif
