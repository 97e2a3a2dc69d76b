#include "keymat1.h"

#include <string.h>

#include "ike/wire/octets.h"

/* The longest of KEYMAT: AES-256-CTR with HMAC-SHA-512. */
#define KEYMAT1_MAX	(36 + 64)

static bool
prf_of(struct crypto *c, const struct prf_alg *prf, const struct secret *key,
       const struct iov *iov, size_t n, struct secret *out)
{
	uint8_t mac[PRF_MAX];
	bool ok;

	ok = prf_mac(c, prf, key->bytes, key->len, iov, n, mac) &&
	    secret_set(out, mac, prf->len);
	secret_wipe_mem(mac, sizeof(mac));
	return ok;
}

static struct iov
iov_of(const struct bytes *b)
{
	return (struct iov){ b->p, b->len };
}

static struct iov
nonce_of(const struct nonce *n)
{
	return (struct iov){ n->b, n->len };
}

bool
keymat1_skeyid_signature(struct crypto *c, const struct main1 *m, struct keys1 *k)
{
	uint8_t key[2 * sizeof(m->ni->b)], mac[PRF_MAX];
	const struct iov shared = iov_of(&m->shared);
	bool ok;

	memcpy(key, m->ni->b, m->ni->len);
	memcpy(key + m->ni->len, m->nr->b, m->nr->len);
	ok = prf_mac(c, k->prf, key, (size_t)m->ni->len + m->nr->len, &shared, 1,
	    mac) && secret_set(&k->skeyid, mac, k->prf->len);
	secret_wipe_mem(mac, sizeof(mac));
	return ok;
}

/* RFC 2409 appendix B: Ka = prf(SKEYID_e, 0) | prf(SKEYID_e, K1) | ..., where
 * SKEYID_e alone is too short for the cipher. */
static bool
stretch(struct crypto *c, const struct prf_alg *prf, const struct secret *e,
	struct secret *key, size_t len)
{
	static const uint8_t zero;
	uint8_t out[2 * PRF_MAX];
	struct iov seed = { &zero, 1 };
	size_t at = 0;
	bool ok = true;

	if (len <= e->len)
		return secret_set(key, e->bytes, len);
	for (; ok && at < len; at += prf->len) {
		ok = at + PRF_MAX <= sizeof(out) && prf_mac(c, prf, e->bytes,
		    e->len, &seed, 1, out + at);
		seed = (struct iov){ out + at, prf->len };
	}
	ok = ok && secret_set(key, out, len);
	secret_wipe_mem(out, sizeof(out));
	return ok;
}

bool
keymat1_derive(struct crypto *c, const struct main1 *m, struct keys1 *k)
{
	uint8_t cookies[16], hash[PRF_MAX], number[3] = { 0, 1, 2 };
	struct secret e = { 0 };
	struct iov iov[] = {
		{ NULL, 0 }, iov_of(&m->shared), { cookies, sizeof(cookies) },
		{ NULL, 1 },
	};
	const struct iov publics[] = { iov_of(&m->ke_i), iov_of(&m->ke_r) };
	struct secret *const keys[] = { &k->skeyid_d, &k->skeyid_a, &e };
	bool ok = true;
	size_t i;

	octets_spis(m->spi_i, m->spi_r, cookies);
	for (i = 0; ok && i < 3; i++) {
		iov[3].p = &number[i];
		ok = prf_of(c, k->prf, &k->skeyid, iov, 4, keys[i]);
		iov[0] = (struct iov){ keys[i]->bytes, keys[i]->len };
	}
	ok = ok && stretch(c, k->prf, &e, &k->key, k->encr->key_len) &&
	    hash_of_prf(c, k->prf, publics, 2, hash);
	if (ok)
		memcpy(k->iv, hash, CBC_IV);
	secret_wipe(&e);
	return ok;
}

bool
keymat1_hash_auth(struct crypto *c, const struct keys1 *k, const struct main1 *m,
		  bool of_initiator, const struct bytes *sa_i,
		  const struct bytes *id, uint8_t out[PRF_MAX])
{
	const struct bytes *own = of_initiator ? &m->ke_i : &m->ke_r;
	const struct bytes *other = of_initiator ? &m->ke_r : &m->ke_i;
	uint8_t cookies[16];
	const struct iov iov[] = {
		iov_of(own), iov_of(other), { cookies, sizeof(cookies) },
		iov_of(sa_i), iov_of(id),
	};

	octets_spis(of_initiator ? m->spi_i : m->spi_r,
	    of_initiator ? m->spi_r : m->spi_i, cookies);
	return prf_mac(c, k->prf, k->skeyid.bytes, k->skeyid.len, iov, 5, out);
}

bool
keymat1_iv(struct crypto *c, const struct prf_alg *prf, const uint8_t last[CBC_IV],
	   uint32_t msgid, uint8_t iv[CBC_IV])
{
	uint8_t id[4], hash[PRF_MAX];
	const struct iov iov[] = { { last, CBC_IV }, { id, sizeof(id) } };

	octets_u32(msgid, id);
	if (!hash_of_prf(c, prf, iov, 2, hash))
		return false;
	memcpy(iv, hash, CBC_IV);
	return true;
}

/*
 * HASH(1) = prf(SKEYID_a, M-ID | rest)
 * HASH(2) = prf(SKEYID_a, M-ID | Ni_b | rest)
 * HASH(3) = prf(SKEYID_a, 0 | M-ID | Ni_b | Nr_b)
 */
bool
keymat1_hash(struct crypto *c, const struct keys1 *k, unsigned int number,
	     uint32_t msgid, const struct nonce *ni, const struct nonce *nr,
	     const struct bytes *rest, uint8_t out[PRF_MAX])
{
	uint8_t id[1 + 4] = { 0 };
	struct iov iov[3] = { { id + 1, 4 } };
	size_t n = 1;

	octets_u32(msgid, id + 1);
	if (number == 3)
		iov[0] = (struct iov){ id, sizeof(id) };
	if (number != 1)
		iov[n++] = nonce_of(ni);
	iov[n++] = number == 3 ? nonce_of(nr) : iov_of(rest);
	return prf_mac(c, k->prf, k->skeyid_a.bytes, k->skeyid_a.len, iov, n, out);
}

/* K1 = prf(SKEYID_d, seed), Kn = prf(SKEYID_d, Kn-1 | seed). */
static bool
keymat(struct crypto *c, const struct prf_alg *prf, const struct secret *d,
       struct iov *parts, size_t n, uint8_t *out, size_t len)
{
	uint8_t k[PRF_MAX];
	size_t take;
	bool ok = true;

	parts[0] = (struct iov){ NULL, 0 };
	for (; ok && len > 0; len -= take, out += take) {
		ok = prf_mac(c, prf, d->bytes, d->len, parts, n, k);
		parts[0] = (struct iov){ k, prf->len };
		take = len < prf->len ? len : prf->len;
		if (ok)
			memcpy(out, k, take);
	}
	secret_wipe_mem(k, sizeof(k));
	return ok;
}

bool
keymat1_child(struct crypto *c, const struct prf_alg *prf,
	      const struct secret *skeyid_d, const struct suite *suite, uint32_t spi,
	      const struct bytes *shared, const struct nonce *ni,
	      const struct nonce *nr, struct cipher_keys *keys)
{
	const struct encr_alg *encr = suite_encr(suite);
	const struct integ_alg *integ = suite_integ(suite);
	size_t el = (size_t)encr->key_len + encr->salt_len;
	size_t al = integ != NULL ? integ->key_len : 0;
	uint8_t what[5] = { PROTO_ESP }, out[KEYMAT1_MAX];
	struct iov parts[] = {
		{ NULL, 0 }, iov_of(shared), { what, sizeof(what) },
		nonce_of(ni), nonce_of(nr),
	};
	bool ok;

	octets_u32(spi, what + 1);
	keys->encr = encr;
	keys->integ = integ;
	secret_wipe(&keys->ak);
	ok = keymat(c, prf, skeyid_d, parts, 5, out, el + al) &&
	    secret_set(&keys->ek, out, el) &&
	    (al == 0 || secret_set(&keys->ak, out + el, al));
	secret_wipe_mem(out, sizeof(out));
	return ok;
}
