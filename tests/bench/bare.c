#include "bare.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define BATCHES		5
#define NONCE		32
#define INIT_LEN	256		/* an IKE_SA_INIT message, roughly */
#define AUTH_AAD	32		/* IKE header and that of SK */
#define AUTH_TEXT	192		/* IDi, IDr, AUTH, SA, TSi, TSr */
#define ID_LEN		9

struct work {
	struct crypto		*crypto;
	struct bare_suite	 suite;
	uint8_t			 peer[KE_PUBLIC_MAX];
	struct ke		*ke;
	uint8_t			 shared[KE_SHARED_MAX];
	uint8_t			 nonces[2 * NONCE];
	uint8_t			 spis[16];
	uint8_t			 init[INIT_LEN];
	uint8_t			 sk[7 * SECRET_MAX];
	uint8_t			 mac[PRF_MAX];
	struct cipher_keys	 keys;
	uint8_t			 sealed[512];	/* as from the peer */
	size_t			 sealed_len;
};

typedef bool (*step)(struct work *);

static bool
do_random(struct work *w)
{
	uint32_t spi;

	return crypto_random(w->crypto, w->nonces, NONCE) &&
	    crypto_random(w->crypto, w->spis, 8) &&
	    crypto_random(w->crypto, &spi, sizeof(spi));
}

static bool
do_keygen(struct work *w)
{
	uint8_t public[KE_PUBLIC_MAX];

	ke_free(w->ke);
	w->ke = ke_new(w->crypto, w->suite.ke);
	return w->ke != NULL && ke_public(w->ke, public);
}

static bool
do_agree(struct work *w)
{
	return ke_shared(w->ke, w->peer, w->suite.ke->public_len, w->shared);
}

static size_t
encr_len(const struct bare_suite *s)
{
	return s->encr->key_len + s->encr->salt_len;
}

static bool
do_keys(struct work *w)
{
	const struct prf_alg *prf = w->suite.prf;
	struct iov gir = { w->shared, w->suite.ke->shared_len };
	struct iov seed[] = { { w->nonces, 2 * NONCE }, { w->spis, 16 } };
	size_t integ = w->suite.integ != NULL ? w->suite.integ->key_len : 0;
	size_t len = 2 * (encr_len(&w->suite) + integ);
	uint8_t skeyseed[PRF_MAX], keymat[4 * SECRET_MAX];

	return prf_mac(w->crypto, prf, w->nonces, 2 * NONCE, &gir, 1, skeyseed) &&
	    prf_plus(w->crypto, prf, skeyseed, prf->len, seed, 2, w->sk,
	    3u * prf->len + len) &&
	    prf_plus(w->crypto, prf, w->sk, prf->len, seed, 1, keymat, len);
}

/* RFC 7296 2.15 */
static bool
one_auth(struct work *w)
{
	static const char psk[] = "correct-horse-battery-staple";
	const struct prf_alg *prf = w->suite.prf;
	uint8_t id[PRF_MAX], key[PRF_MAX];
	struct iov identity = { "\2\0\0\0alice", ID_LEN };
	struct iov pad = { "Key Pad for IKEv2", 17 };
	struct iov octets[] = { { w->init, INIT_LEN }, { w->nonces, NONCE },
				{ id, prf->len } };

	return prf_mac(w->crypto, prf, w->sk, prf->len, &identity, 1, id) &&
	    prf_mac(w->crypto, prf, psk, sizeof(psk) - 1, &pad, 1, key) &&
	    prf_mac(w->crypto, prf, key, prf->len, octets, 3, w->mac);
}

static bool
do_auth(struct work *w)
{
	return one_auth(w) && one_auth(w);
}

static bool
do_message(struct work *w)
{
	uint8_t msg[512];
	size_t text;

	memcpy(msg, w->sealed, w->sealed_len);
	return cipher_open(w->crypto, &w->keys, msg, AUTH_AAD, w->sealed_len,
	    &text) &&
	    cipher_seal(w->crypto, &w->keys, 2, msg, AUTH_AAD, AUTH_TEXT);
}

static bool
do_hash(struct work *w)
{
	struct iov in = { w->init, 22 };
	uint8_t out[20];
	int i;

	for (i = 0; i < 4; i++)
		if (!hash_sha1(w->crypto, &in, 1, out))
			return false;
	return true;
}

static bool
do_all(struct work *w)
{
	return do_random(w) && do_keygen(w) && do_hash(w) && do_agree(w) &&
	    do_keys(w) && do_auth(w) && do_message(w);
}

static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Other programs run beside us: the best batch is the least disturbed one. */
static bool
measure(struct work *w, step f, unsigned int times, double *us)
{
	double start, took;
	unsigned int i, batch;

	*us = 0;
	for (batch = 0; batch < BATCHES; batch++) {
		start = cpu_us();
		for (i = 0; i < times; i++)
			if (!f(w))
				return false;
		took = (cpu_us() - start) / times;
		if (batch == 0 || took < *us)
			*us = took;
	}
	return true;
}

static bool
prepare(struct work *w)
{
	const struct bare_suite *s = &w->suite;
	struct ke *peer = ke_new(w->crypto, s->ke);
	uint8_t bytes[SECRET_MAX];
	bool ok;

	ok = peer != NULL && ke_public(peer, w->peer) &&
	    crypto_random(w->crypto, bytes, sizeof(bytes)) &&
	    secret_set(&w->keys.ek, bytes, encr_len(s)) &&
	    secret_set(&w->keys.ak, bytes,
	    s->integ != NULL ? s->integ->key_len : 0);
	ke_free(peer);
	w->keys.encr = s->encr;
	w->keys.integ = s->integ;
	if (!ok)
		return false;
	w->sealed_len = AUTH_AAD + s->encr->iv_len + AUTH_TEXT +
	    cipher_icv_len(&w->keys);
	return cipher_seal(w->crypto, &w->keys, 1, w->sealed, AUTH_AAD, AUTH_TEXT);
}

bool
bare_measure(struct crypto *crypto, const struct bare_suite *suite,
	     unsigned int handshakes, struct bare *out)
{
	struct work w = { .crypto = crypto, .suite = *suite };
	bool ok;

	ok = prepare(&w) && do_all(&w) &&
	    measure(&w, do_random, handshakes, &out->random) &&
	    measure(&w, do_keygen, handshakes, &out->keygen) &&
	    measure(&w, do_agree, handshakes, &out->agree) &&
	    measure(&w, do_keys, handshakes, &out->keys) &&
	    measure(&w, do_auth, handshakes, &out->auth) &&
	    measure(&w, do_message, handshakes, &out->message) &&
	    measure(&w, do_hash, handshakes, &out->hash) &&
	    measure(&w, do_all, handshakes, &out->total);
	ke_free(w.ke);
	secret_wipe_mem(&w, sizeof(w));
	return ok;
}

bool
bare_suite_parse(struct bare_suite *s, const char *text)
{
	char encr[32], middle[32], ke[32];

	memset(s, 0, sizeof(*s));
	if (sscanf(text, "%31[^-]-%31[^-]-%31s", encr, middle, ke) != 3)
		return false;
	s->encr = encr_by_name(encr);
	s->ke = ke_by_name(ke);
	if (s->encr == NULL || s->ke == NULL)
		return false;
	if (IS_AEAD(s->encr)) {
		s->prf = prf_by_name(middle);
	} else {
		s->integ = integ_by_name(middle);
		s->prf = s->integ != NULL ? prf_find(s->integ->prf_id) : NULL;
	}
	return s->prf != NULL;
}
