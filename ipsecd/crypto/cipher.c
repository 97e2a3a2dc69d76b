/*
 * cipher: encrypt and authenticate one message in place.
 *
 * One context for each algorithm and direction, re-keyed for every message:
 * 0.1 us of key schedule against a few kilobytes of context for each SA.
 */
#include <string.h>

#include "internal.h"

#define NONCE_MAX	16

/* The parts of a message; see cipher_seal() in crypto.h. */
struct parts {
	uint8_t	*aad;
	size_t	 aad_len;
	uint8_t	*iv;
	uint8_t	*text;
	size_t	 text_len;
	uint8_t	*icv;
};

/* RFC 4309 4: salt and IV make 11 bytes; all other AEADs here take 12. */
static int
nonce_len(const struct encr_alg *e)
{
	return e->salt_len + e->iv_len;
}

static EVP_CIPHER_CTX *
ctx_new(const struct encr_alg *e, const EVP_CIPHER *evp, int encrypt)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (ctx == NULL ||
	    EVP_CipherInit_ex2(ctx, evp, NULL, NULL, encrypt, NULL) != 1)
		goto fail;
	if (IS_AEAD(e) &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, nonce_len(e),
	    NULL) != 1)
		goto fail;
	/* CCM wants the length of its ICV before the key. */
	if (e->mode == ENCR_CCM && encrypt &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, e->icv_len,
	    NULL) != 1)
		goto fail;
	EVP_CIPHER_CTX_set_padding(ctx, 0);
	return ctx;
fail:
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

bool
cipher_init(struct crypto *c)
{
	const struct encr_alg *e;
	EVP_CIPHER *evp;
	size_t i;

	for (i = 0; encr_algs[i].name != NULL; i++) {
		e = &encr_algs[i];
		evp = i < ENCR_MAX ? EVP_CIPHER_fetch(NULL, e->evp, NULL) : NULL;
		if (evp == NULL)
			return crypto_failed(e->evp);
		c->seal[i] = ctx_new(e, evp, 1);
		c->open[i] = ctx_new(e, evp, 0);
		EVP_CIPHER_free(evp);
		if (c->seal[i] == NULL || c->open[i] == NULL)
			return crypto_failed(e->evp);
	}
	return true;
}

void
cipher_fini(struct crypto *c)
{
	int i;

	for (i = 0; i < ENCR_MAX; i++) {
		EVP_CIPHER_CTX_free(c->seal[i]);
		EVP_CIPHER_CTX_free(c->open[i]);
	}
}

/* What OpenSSL calls the IV. */
static void
make_nonce(const struct cipher_keys *k, const uint8_t *iv, uint8_t *nonce)
{
	const struct encr_alg *e = k->encr;

	memcpy(nonce, k->ek.bytes + e->key_len, e->salt_len);
	memcpy(nonce + e->salt_len, iv, e->iv_len);
	/* RFC 3686 4: the block counter begins at one. */
	if (e->mode == ENCR_CTR) {
		memset(nonce + 12, 0, 3);
		nonce[15] = 1;
	}
}

static bool
set_key(EVP_CIPHER_CTX *ctx, const struct cipher_keys *k, const uint8_t *iv)
{
	uint8_t nonce[NONCE_MAX];

	make_nonce(k, iv, nonce);
	return EVP_CipherInit_ex2(ctx, NULL, k->ek.bytes, nonce, -1, NULL) == 1;
}

/* CBC and CTR. */
static bool
crypt_text(EVP_CIPHER_CTX *ctx, const struct cipher_keys *k,
	   const struct parts *p)
{
	int n = 0;

	return set_key(ctx, k, p->iv) && (p->text_len == 0 ||
	    EVP_CipherUpdate(ctx, p->text, &n, p->text, (int)p->text_len) == 1) &&
	    n == (int)p->text_len;
}

/* Key, lengths, AAD and text of an AEAD; the ICV is the caller's. */
static bool
crypt_aead(EVP_CIPHER_CTX *ctx, const struct cipher_keys *k,
	   const struct parts *p)
{
	uint8_t none;
	uint8_t *text = p->text_len != 0 ? p->text : &none;
	int n;

	if (!set_key(ctx, k, p->iv))
		return false;
	if (k->encr->mode == ENCR_CCM &&
	    EVP_CipherUpdate(ctx, NULL, &n, NULL, (int)p->text_len) != 1)
		return false;
	if (p->aad_len != 0 &&
	    EVP_CipherUpdate(ctx, NULL, &n, p->aad, (int)p->aad_len) != 1)
		return false;
	/* CCM makes and checks its ICV here, even over no text at all. */
	if ((p->text_len != 0 || k->encr->mode == ENCR_CCM) &&
	    EVP_CipherUpdate(ctx, text, &n, text, (int)p->text_len) != 1)
		return false;
	return k->encr->mode == ENCR_CCM ||
	    EVP_CipherFinal_ex(ctx, text, &n) == 1;
}

static bool
mac(struct crypto *c, const struct cipher_keys *k, const struct parts *p,
    uint8_t out[PRF_MAX])
{
	/* One piece: AAD, IV and text lie one after the other. */
	struct iov all = { p->aad, p->aad_len + k->encr->iv_len + p->text_len };

	return hmac(c, k->integ->md, k->ak.bytes, k->ak.len, &all, 1, out);
}

/* Keys that do not fit their algorithm are our mistake; better no message than
 * one under half a key. */
static bool
keys_fit(const struct cipher_keys *k)
{
	const struct encr_alg *e = k->encr;

	return e != NULL && k->ek.len == e->key_len + e->salt_len &&
	    (IS_AEAD(e) ? k->integ == NULL :
	     k->integ != NULL && k->ak.len == k->integ->key_len);
}

static bool
aligned(const struct encr_alg *e, size_t text_len)
{
	return e->mode != ENCR_CBC ||
	    (text_len != 0 && text_len % e->block == 0);
}

static void
locate(const struct encr_alg *e, uint8_t *msg, size_t aad_len, size_t text_len,
       struct parts *p)
{
	p->aad = msg;
	p->aad_len = aad_len;
	p->iv = msg + aad_len;
	p->text = p->iv + e->iv_len;
	p->text_len = text_len;
	p->icv = p->text + text_len;
}

static bool
make_iv(struct crypto *c, const struct encr_alg *e, uint64_t counter,
	uint8_t *iv)
{
	int i;

	if (e->mode == ENCR_CBC)
		return crypto_random(c, iv, e->iv_len);
	for (i = 7; i >= 0; i--) {
		iv[i] = (uint8_t)counter;
		counter >>= 8;
	}
	return true;
}

bool
cipher_seal(struct crypto *c, const struct cipher_keys *k, uint64_t iv_counter,
	    uint8_t *msg, size_t aad_len, size_t text_len)
{
	uint8_t full[PRF_MAX];
	EVP_CIPHER_CTX *ctx;
	struct parts p;

	if (!keys_fit(k) || text_len > INT32_MAX || aad_len > INT32_MAX ||
	    !aligned(k->encr, text_len))
		return crypto_failed("encryption with wrong keys or padding");
	ctx = c->seal[k->encr - encr_algs];
	locate(k->encr, msg, aad_len, text_len, &p);
	if (!make_iv(c, k->encr, iv_counter, p.iv))
		return false;
	if (IS_AEAD(k->encr))
		return (crypt_aead(ctx, k, &p) && EVP_CIPHER_CTX_ctrl(ctx,
		    EVP_CTRL_AEAD_GET_TAG, k->encr->icv_len, p.icv) == 1) ||
		    crypto_failed(k->encr->evp);
	if (!crypt_text(ctx, k, &p) || !mac(c, k, &p, full))
		return crypto_failed(k->encr->evp);
	memcpy(p.icv, full, k->integ->icv_len);
	return true;
}

static bool
open_aead(struct crypto *c, const struct cipher_keys *k, const struct parts *p)
{
	EVP_CIPHER_CTX *ctx = c->open[k->encr - encr_algs];

	if (EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, k->encr->icv_len,
	    p->icv) == 1 && crypt_aead(ctx, k, p))
		return true;
	/* OpenSSL decrypts before it knows: nobody may see that. */
	secret_wipe_mem(p->text, p->text_len);
	return false;
}

static bool
open_mac(struct crypto *c, const struct cipher_keys *k, const struct parts *p)
{
	uint8_t full[PRF_MAX];

	return mac(c, k, p, full) &&
	    secret_mem_equal(full, p->icv, k->integ->icv_len) &&
	    crypt_text(c->open[k->encr - encr_algs], k, p);
}

bool
cipher_open(struct crypto *c, const struct cipher_keys *k, uint8_t *msg,
	    size_t aad_len, size_t len, size_t *text_len)
{
	struct parts p;
	size_t extra;

	*text_len = 0;
	if (!keys_fit(k))
		return crypto_failed("decryption with wrong keys");
	extra = k->encr->iv_len + cipher_icv_len(k);
	if (len > INT32_MAX || aad_len > len || len - aad_len < extra ||
	    !aligned(k->encr, len - aad_len - extra))
		return false;
	locate(k->encr, msg, aad_len, len - aad_len - extra, &p);
	if (!(IS_AEAD(k->encr) ? open_aead(c, k, &p) : open_mac(c, k, &p)))
		return false;
	*text_len = p.text_len;
	return true;
}

/* --- IKEv1 --- */

static bool
cbc_fits(const struct encr_alg *e, const struct secret *key, size_t len)
{
	return e->mode == ENCR_CBC && key->len == e->key_len && len > 0 &&
	    len <= INT32_MAX && len % e->block == 0;
}

static bool
cbc(EVP_CIPHER_CTX *ctx, const struct secret *key, const uint8_t *iv,
    uint8_t *text, size_t len)
{
	int n = 0;

	return (EVP_CipherInit_ex2(ctx, NULL, key->bytes, iv, -1, NULL) == 1 &&
	    EVP_CipherUpdate(ctx, text, &n, text, (int)len) == 1 &&
	    n == (int)len) || crypto_failed("AES-CBC");
}

bool
cbc_encrypt(struct crypto *c, const struct encr_alg *e, const struct secret *key,
	    uint8_t *iv, uint8_t *text, size_t len)
{
	if (!cbc_fits(e, key, len))
		return crypto_failed("encryption with a wrong key or padding");
	if (!cbc(c->seal[e - encr_algs], key, iv, text, len))
		return false;
	memcpy(iv, text + len - CBC_IV, CBC_IV);
	return true;
}

bool
cbc_decrypt(struct crypto *c, const struct encr_alg *e, const struct secret *key,
	    uint8_t *iv, uint8_t *text, size_t len)
{
	uint8_t next[CBC_IV];

	if (!cbc_fits(e, key, len))
		return false;
	memcpy(next, text + len - CBC_IV, CBC_IV);
	if (!cbc(c->open[e - encr_algs], key, iv, text, len))
		return false;
	memcpy(iv, next, CBC_IV);
	return true;
}
