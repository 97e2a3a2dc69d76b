/*
 * bare: what the cryptography of one side of an IKEv2 handshake costs when
 * nothing else is done: the yardstick for the engine's handshakes.
 *
 * The work is that of one side from IKE_SA_INIT to the first CHILD_SA with a
 * pre-shared key: nonce and SPIs, a key pair, one agreement, SKEYSEED and the
 * seven SK_*, both AUTH payloads with their MACed identities, the keys of the
 * CHILD_SA, one IKE_AUTH message sealed and one opened, four NAT hashes.
 */
#ifndef CULVERT_TESTS_BARE_H
#define CULVERT_TESTS_BARE_H

#include <stdbool.h>

#include "crypto/crypto.h"

struct bare_suite {
	const struct encr_alg	*encr;
	const struct integ_alg	*integ;		/* NULL with an AEAD */
	const struct prf_alg	*prf;
	const struct ke_alg	*ke;
};

/* Microseconds of CPU time for each handshake. */
struct bare {
	double	keygen;
	double	agree;
	double	keys;		/* SKEYSEED, SK_*, KEYMAT */
	double	auth;		/* prf(prf(PSK, pad), octets), twice */
	double	message;	/* one sealed, one opened */
	double	hash;		/* NAT detection */
	double	random;
	double	total;		/* of all in one go, not the sum */
};

/* "aes128gcm16-prfsha256-x25519", "aes256-sha256-ecp256"; false if unknown. */
bool	bare_suite_parse(struct bare_suite *, const char *text);
/* The best of a few batches of that many handshakes.  False if OpenSSL fails. */
bool	bare_measure(struct crypto *, const struct bare_suite *,
		     unsigned int handshakes, struct bare *);

#endif
