#include "keymat.h"

#include <string.h>

#include "buf.h"
#include "ike/wire/octets.h"

static bool
take(struct rbuf *r, struct secret *s, size_t len)
{
	const uint8_t *p = rbuf_bytes(r, len);

	secret_wipe(s);
	return len == 0 || (p != NULL && secret_set(s, p, len));
}

static size_t
encr_len(const struct suite *s)
{
	const struct encr_alg *a = suite_encr(s);

	return (size_t)a->key_len + a->salt_len;
}

static size_t
integ_len(const struct suite *s)
{
	const struct integ_alg *a = suite_integ(s);

	return a != NULL ? a->key_len : 0;
}

/* SKEYSEED = prf(Ni | Nr, g^ir), or prf(SK_d (old), g^ir | Ni | Nr). */
static bool
skeyseed(struct crypto *c, const struct prf_alg *prf, const struct iov *shared,
	 const struct nonce *ni, const struct nonce *nr,
	 const struct secret *old_d, uint8_t out[PRF_MAX])
{
	uint8_t key[2 * sizeof(ni->b)];
	struct iov iov[] = { *shared, { ni->b, ni->len }, { nr->b, nr->len } };

	if (old_d != NULL)
		return prf_mac(c, prf, old_d->bytes, old_d->len, iov, 3, out);
	memcpy(key, ni->b, ni->len);
	memcpy(key + ni->len, nr->b, nr->len);
	return prf_mac(c, prf, key, (size_t)ni->len + nr->len, iov, 1, out);
}

bool
keymat_ike(struct crypto *c, const struct suite *suite,
	   const uint8_t *shared, size_t shared_len,
	   const struct nonce *ni, const struct nonce *nr,
	   uint64_t spi_i, uint64_t spi_r,
	   const struct secret *old_d, const struct prf_alg *old_prf,
	   struct ike_keys *k)
{
	const struct prf_alg *prf = suite_prf(suite);
	size_t pl = prf->len, el = encr_len(suite), al = integ_len(suite);
	size_t len = 3 * pl + 2 * al + 2 * el, seed_len;
	uint8_t seed[PRF_MAX], out[KEYMAT_MAX], spis[16];
	struct iov secret = { shared, shared_len };
	struct iov iov[] = {
		{ ni->b, ni->len }, { nr->b, nr->len }, { spis, sizeof(spis) },
	};
	const struct prf_alg *seed_prf = old_d != NULL ? old_prf : prf;
	struct rbuf r;
	bool ok;

	octets_spis(spi_i, spi_r, spis);
	seed_len = seed_prf->len;
	ok = len <= sizeof(out) &&
	    skeyseed(c, seed_prf, &secret, ni, nr, old_d, seed) &&
	    prf_plus(c, prf, seed, seed_len, iov, 3, out, len);
	if (ok) {
		rbuf_init(&r, out, len);
		ok = take(&r, &k->sk_d, pl) &&
		    take(&r, &k->sk_ai, al) && take(&r, &k->sk_ar, al) &&
		    take(&r, &k->sk_ei, el) && take(&r, &k->sk_er, el) &&
		    take(&r, &k->sk_pi, pl) && take(&r, &k->sk_pr, pl);
	}
	secret_wipe_mem(seed, sizeof(seed));
	secret_wipe_mem(out, sizeof(out));
	return ok;
}

void
keymat_set(struct ike_sa *sa, struct ike_keys *k)
{
	sa->in.encr = sa->out.encr = suite_encr(&sa->suite);
	sa->in.integ = sa->out.integ = suite_integ(&sa->suite);
	sa->out.ek = sa->initiator ? k->sk_ei : k->sk_er;
	sa->out.ak = sa->initiator ? k->sk_ai : k->sk_ar;
	sa->in.ek = sa->initiator ? k->sk_er : k->sk_ei;
	sa->in.ak = sa->initiator ? k->sk_ar : k->sk_ai;
	sa->sk_d = k->sk_d;
	if (sa->setup != NULL) {
		sa->setup->sk_pi = k->sk_pi;
		sa->setup->sk_pr = k->sk_pr;
		sa->setup->keyed = true;
	}
	secret_wipe_mem(k, sizeof(*k));
}

bool
keymat_child(struct crypto *c, const struct prf_alg *prf,
	     const struct secret *sk_d, const struct suite *suite,
	     const uint8_t *shared, size_t shared_len,
	     const struct nonce *ni, const struct nonce *nr,
	     struct cipher_keys *from_i, struct cipher_keys *from_r)
{
	size_t el = encr_len(suite), al = integ_len(suite);
	uint8_t out[2 * (64 + 36)];
	struct iov iov[] = {
		{ shared, shared_len }, { ni->b, ni->len }, { nr->b, nr->len },
	};
	size_t skip = shared_len == 0 ? 1 : 0;
	struct rbuf r;
	bool ok;

	from_i->encr = from_r->encr = suite_encr(suite);
	from_i->integ = from_r->integ = suite_integ(suite);
	ok = prf_plus(c, prf, sk_d->bytes, sk_d->len, iov + skip, 3 - skip, out,
	    2 * (el + al));
	rbuf_init(&r, out, 2 * (el + al));
	ok = ok && take(&r, &from_i->ek, el) && take(&r, &from_i->ak, al) &&
	    take(&r, &from_r->ek, el) && take(&r, &from_r->ak, al);
	secret_wipe_mem(out, sizeof(out));
	return ok;
}
