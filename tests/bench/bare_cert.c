#include "bare_cert.h"

#include "crypto/cert.h"
#include "crypto/sign.h"
#include "many.h"

#define BATCHES	5
#define OCTETS	320		/* IKE_SA_INIT, a nonce and a MAC, roughly */
#define HASHES	(1u << 2 | 1u << 3 | 1u << 4 | 1u << 5)	/* RFC 7427's, and IDENTITY */

struct work {
	struct crypto		*crypto;
	const struct pki_cert	*leaf, *inter, *root;
	struct cert		*cert;
	const struct sign_alg	*alg;
};

static bool
once(const struct work *w)
{
	static const uint8_t octets[OCTETS];
	struct iov in = { octets, sizeof(octets) };
	uint8_t sig[SIGN_MAX];
	struct err e = ERR_INIT;
	size_t len;

	return sign_make(w->crypto, w->leaf->key, w->alg, &in, 1, sig, &len, &e) == 0 &&
	    sign_verify(w->crypto, w->cert, w->alg, &in, 1, sig, len, &e) == 0 &&
	    X509_verify(w->leaf->x, w->inter->key) == 1 &&
	    X509_verify(w->inter->x, w->root->key) == 1;
}

/* Other programs run beside us: the best batch is the least disturbed one. */
static bool
measure(const struct work *w, unsigned int times, double *us)
{
	unsigned int i, batch;
	double took;

	for (batch = 0; batch < BATCHES; batch++) {
		took = many_cpu();
		for (i = 0; i < times; i++)
			if (!once(w))
				return false;
		took = (many_cpu() - took) / times * 1e6;
		if (batch == 0 || took < *us)
			*us = took;
	}
	return true;
}

bool
bare_cert_measure(struct crypto *crypto, const struct pki_cert *leaf,
		  const struct pki_cert *inter, const struct pki_cert *root,
		  unsigned int times, double *us)
{
	struct work w = { crypto, leaf, inter, root, NULL, NULL };
	struct err e = ERR_INIT;
	bool ok;

	if (cert_parse(crypto, leaf->der, leaf->len, &w.cert, &e) < 0)
		return false;
	w.alg = sign_choose(w.cert, HASHES, 0);
	ok = w.alg != NULL && once(&w) && measure(&w, times, us);
	cert_free(w.cert);
	return ok;
}
