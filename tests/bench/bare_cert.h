/*
 * bare_cert: what certificates add to the cryptography of one side of a handshake
 * (bare.h): one signature made, that of the peer verified, and those of the two
 * certificates of its chain.
 */
#ifndef CULVERT_TESTS_BARE_CERT_H
#define CULVERT_TESTS_BARE_CERT_H

#include "crypto/crypto.h"
#include "pki/pki.h"

/* Microseconds of CPU time; of the leaf's own key, signed by inter, signed by root.
 * False if OpenSSL fails. */
bool	bare_cert_measure(struct crypto *, const struct pki_cert *leaf,
			  const struct pki_cert *inter, const struct pki_cert *root,
			  unsigned int times, double *us);

#endif
