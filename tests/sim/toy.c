/*
 * toy: crypto/crypto.h without cryptography, for simulations: it protects
 * nothing, but keys that differ do not fit, octets that change are noticed, and
 * the lengths are the real ones.  tests/sim/sim_openssl has the real thing.
 */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/internal.h"
#include "log.h"

#define PRIME	((1ull << 61) - 1)
#define BASE	37

/* Certificates are the real ones, and want the real hashes. */
struct toy {
	struct crypto	c;
	uint64_t	random;
};

struct toy_ke {
	struct ke	k;
	uint64_t	own;
};

static uint64_t
mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15ULL;
	return h ^ (h >> 32);
}

static uint64_t
digest(uint64_t h, const void *p, size_t len)
{
	const uint8_t *b = p;
	uint64_t v;

	h = mix(h, len);
	for (; len >= 8; len -= 8, b += 8) {
		memcpy(&v, b, 8);
		h = mix(h, v);
	}
	for (v = 0; len > 0; len--)
		v = v << 8 | *b++;
	return mix(h, v);
}

/* As many octets as wanted out of one number. */
static void
expand(uint64_t h, uint8_t *out, size_t len)
{
	uint64_t v, i;

	for (i = 1; len > 0; i++) {
		size_t n = len < 8 ? len : 8;

		v = mix(h + i * 0xbf58476d1ce4e5b9ULL, i);
		memcpy(out, &v, n);
		out += n;
		len -= n;
	}
}

static uint64_t
own_of(const struct ke *k)
{
	return ((const struct toy_ke *)k)->own;
}

static uint64_t number;		/* of the engines so far in this life */

void
toy_begin(uint64_t seed)
{
	number = mix(seed, 2);
}

int
crypto_new(struct crypto **out, struct err *e)
{
	static const char *const names[MD_N] = { [MD_SHA1] = "SHA1",
	    [MD_SHA256] = "SHA256", [MD_SHA384] = "SHA384",
	    [MD_SHA512] = "SHA512" };
	struct toy *t = calloc(1, sizeof(*t));
	size_t i;

	if (t == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	*out = &t->c;
	t->random = mix(++number, 1);
	for (i = 0; i < MD_N; i++)
		if ((t->c.md[i].md = EVP_MD_fetch(NULL, names[i], NULL)) == NULL)
			abort();
	return 0;
}

void
crypto_free(struct crypto *c)
{
	size_t i;

	for (i = 0; c != NULL && i < MD_N; i++)
		EVP_MD_free(c->md[i].md);
	free(c);
}

bool
crypto_failed(const char *what)
{
	log_error("OpenSSL: %s failed", what);
	return false;
}

bool
crypto_random(struct crypto *c, void *p, size_t len)
{
	struct toy *t = (struct toy *)c;

	t->random = mix(t->random, len);
	expand(t->random, p, len);
	return true;
}

/* --- prf and hashes --- */

static uint64_t
digest_iov(uint64_t h, const struct iov *iov, size_t n)
{
	uint8_t all[8192];
	size_t i, len = 0;

	/* Where one part ends and the next begins does not count. */
	for (i = 0; i < n; i++) {
		if (len + iov[i].len > sizeof(all)) {
			h = digest(h, all, len);
			len = 0;
		}
		if (iov[i].len > sizeof(all)) {
			h = digest(h, iov[i].p, iov[i].len);
			continue;
		}
		if (iov[i].len != 0)
			memcpy(all + len, iov[i].p, iov[i].len);
		len += iov[i].len;
	}
	return digest(h, all, len);
}

bool
prf_mac(struct crypto *c, const struct prf_alg *prf, const void *key,
	size_t keylen, const struct iov *iov, size_t n, uint8_t out[PRF_MAX])
{
	(void)c;
	expand(digest_iov(digest(prf->id, key, keylen), iov, n), out, prf->len);
	return true;
}

bool
prf_plus(struct crypto *c, const struct prf_alg *prf, const void *key,
	 size_t keylen, const struct iov *iov, size_t n, uint8_t *out,
	 size_t outlen)
{
	(void)c;
	expand(digest_iov(digest(prf->id + 1000u, key, keylen), iov, n), out,
	    outlen);
	return true;
}

bool
hash_sha1(struct crypto *c, const struct iov *iov, size_t n, uint8_t out[20])
{
	(void)c;
	expand(digest_iov(20, iov, n), out, 20);
	return true;
}

bool
hash_of_prf(struct crypto *c, const struct prf_alg *prf, const struct iov *iov,
	    size_t n, uint8_t out[PRF_MAX])
{
	(void)c;
	expand(digest_iov(prf->id + 2000u, iov, n), out, prf->len);
	return true;
}

/* --- key exchange: the real idea with a short prime --- */

static uint64_t
power(uint64_t base, uint64_t e)
{
	unsigned __int128 r = 1, b = base % PRIME;

	for (; e != 0; e >>= 1) {
		if ((e & 1) != 0)
			r = r * b % PRIME;
		b = b * b % PRIME;
	}
	return (uint64_t)r;
}

struct ke *
ke_new(struct crypto *c, const struct ke_alg *alg)
{
	struct toy_ke *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	k->k.alg = alg;
	if (!crypto_random(c, &k->own, sizeof(k->own)))
		abort();
	k->own &= 0xffffffff;
	return &k->k;
}

void
ke_free(struct ke *k)
{
	free(k);
}

const struct ke_alg *
ke_alg(const struct ke *k)
{
	return k->alg;
}

static void
put(uint64_t value, uint8_t *out, size_t len)
{
	expand(value, out, len);
	memcpy(out, &value, 8);
}

bool
ke_public(const struct ke *k, uint8_t out[KE_PUBLIC_MAX])
{
	put(power(BASE, own_of(k)), out, k->alg->public_len);
	return true;
}

bool
ke_shared(struct ke *k, const void *peer, size_t len, uint8_t out[KE_SHARED_MAX])
{
	uint8_t whole[KE_PUBLIC_MAX];
	uint64_t value;

	if (len != k->alg->public_len)
		return false;
	memcpy(&value, peer, 8);
	put(value, whole, len);
	if (value >= PRIME || memcmp(whole, peer, len) != 0)
		return false;
	put(power(value, own_of(k)), out, k->alg->shared_len);
	return true;
}

/* --- messages --- */

static uint64_t
key_of(const struct cipher_keys *k)
{
	uint64_t h = digest(k->encr->id, k->ek.bytes, k->ek.len);

	return k->integ != NULL ? digest(h, k->ak.bytes, k->ak.len) : h;
}

static void
stream(uint64_t key, const uint8_t *iv, size_t iv_len, uint8_t *text, size_t len)
{
	uint64_t h = digest(key, iv, iv_len), v, i;

	for (i = 0; i < len; i += 8) {
		v = mix(h + i, i);
		for (size_t j = 0; j < 8 && i + j < len; j++)
			text[i + j] ^= (uint8_t)(v >> (8 * j));
	}
}

bool
cipher_seal(struct crypto *c, const struct cipher_keys *k, uint64_t iv_counter,
	    uint8_t *msg, size_t aad_len, size_t text_len)
{
	uint8_t *iv = msg + aad_len, *text = iv + k->encr->iv_len;
	uint64_t key = key_of(k);
	size_t len = aad_len + k->encr->iv_len + text_len;

	(void)c;
	expand(iv_counter, iv, k->encr->iv_len);
	stream(key, iv, k->encr->iv_len, text, text_len);
	expand(digest(key, msg, len), msg + len, cipher_icv_len(k));
	return true;
}

bool
cipher_open(struct crypto *c, const struct cipher_keys *k, uint8_t *msg,
	    size_t aad_len, size_t len, size_t *text_len)
{
	size_t icv = cipher_icv_len(k), head = aad_len + k->encr->iv_len;
	uint8_t tag[64];
	uint64_t key = key_of(k);

	(void)c;
	if (len < head + icv || (len - head - icv) % k->encr->block != 0)
		return false;
	len -= icv;
	expand(digest(key, msg, len), tag, icv);
	if (memcmp(tag, msg + len, icv) != 0)
		return false;
	*text_len = len - head;
	stream(key, msg + aad_len, k->encr->iv_len, msg + head, *text_len);
	return true;
}

/* Without an ICV: what is spoiled, or under another key, becomes nonsense, whole,
 * as it begins in CBC; the IV of the next is the last block. */
static bool
cbc_fits(const struct encr_alg *e, const struct secret *key, size_t len)
{
	return e->mode == ENCR_CBC && key->len == e->key_len && len > 0 &&
	    len % e->block == 0;
}

bool
cbc_encrypt(struct crypto *c, const struct encr_alg *e, const struct secret *key,
	    uint8_t *iv, uint8_t *text, size_t len)
{
	(void)c;
	if (!cbc_fits(e, key, len))
		return false;
	stream(digest(e->id, key->bytes, key->len), iv, CBC_IV, text, len);
	memcpy(iv, text + len - CBC_IV, CBC_IV);
	return true;
}

bool
cbc_decrypt(struct crypto *c, const struct encr_alg *e, const struct secret *key,
	    uint8_t *iv, uint8_t *text, size_t len)
{
	uint8_t next[CBC_IV];

	(void)c;
	if (!cbc_fits(e, key, len))
		return false;
	memcpy(next, text + len - CBC_IV, CBC_IV);
	stream(digest(e->id, key->bytes, key->len), iv, CBC_IV, text, len);
	memcpy(iv, next, CBC_IV);
	return true;
}
