#include "scheme.h"

#include <stdio.h>

#include "ike/wire/signature.h"

bool
scheme_padding(enum sign_scheme scheme, enum padding *padding)
{
	switch (scheme) {
	case SIGN_RSA_SHA256:
	case SIGN_RSA_SHA384:
	case SIGN_RSA_SHA512:
		*padding = PADDING_PKCS1;
		return true;
	case SIGN_RSA_PSS_SHA256:
	case SIGN_RSA_PSS_SHA384:
	case SIGN_RSA_PSS_SHA512:
		*padding = PADDING_PSS;
		return true;
	default:
		return false;
	}
}

const struct sign_alg *
scheme_choose(const struct cert *own, uint8_t hashes, enum padding wanted)
{
	const struct sign_alg *alg;
	enum padding padding;
	size_t n;

	/* One that verifies by SHA-1 only does not do what we do of RFC 7427. */
	hashes &= SIGNATURE_HASHES_OURS;
	for (n = 0; (alg = sign_choose(own, hashes, n)) != NULL; n++)
		if (!scheme_padding(alg->scheme, &padding) || padding == wanted)
			return alg;
	return NULL;
}

void
scheme_explain(const struct cert *own, uint8_t hashes, char *buf, size_t size)
{
	char set[SIGNATURE_HASHES_STRLEN];

	if (hashes == 0)
		snprintf(buf, size, "the peer does not do signatures by RFC 7427, "
		    "without which there are none with our key (%s)\nuse a "
		    "certificate with a key of RSA or ECDSA, or update the peer",
		    cert_key_str(own));
	else
		snprintf(buf, size, "the peer verifies signatures with %s only, "
		    "which our key (%s) does not do\nuse a certificate with a "
		    "key of RSA or ECDSA", signature_hashes_str(hashes, set),
		    cert_key_str(own));
}
