#include "xform.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "log.h"

#define IV_POOL		512		/* a call of RAND_bytes for 32 packets */

struct xform {
	EVP_CIPHER_CTX	*cipher;	/* keyed; takes an IV for each packet */
	EVP_MAC_CTX	*mac;		/* keyed; NULL for an AEAD */
	enum encr_mode	 mode;
	uint8_t		 iv_len;
	uint8_t		 icv_len;
	uint8_t		 align;		/* of text, padding and trailer */
	uint8_t		 salt_len;
	bool		 esn;
	uint8_t		 salt[4];
	unsigned int	 pool_left;
	uint8_t		*pool;		/* random IVs; outbound CBC */
};

/* --- set-up --- */

static bool
cipher_setup(struct xform *x, const struct cipher_keys *k, bool inbound)
{
	EVP_CIPHER *c = EVP_CIPHER_fetch(NULL, k->encr->evp, NULL);
	EVP_CIPHER_CTX *ctx = x->cipher = EVP_CIPHER_CTX_new();
	int enc = !inbound;
	bool ok = c && ctx && EVP_CipherInit_ex2(ctx, c, NULL, NULL, enc, NULL);

	EVP_CIPHER_free(c);
	if (!ok || k->ek.len != k->encr->key_len + k->encr->salt_len)
		return false;
	/* The length field of CCM takes what the nonce (11) leaves: 4. */
	if (x->mode == ENCR_CCM &&
	    (EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, 11, NULL) <= 0 ||
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, x->icv_len, NULL) <= 0))
		return false;
	memcpy(x->salt, k->ek.bytes + k->encr->key_len, x->salt_len);
	/* Once set, it costs every packet a look-up in OpenSSL: for CBC only. */
	return EVP_CipherInit_ex2(ctx, NULL, k->ek.bytes, NULL, enc, NULL) &&
	    (x->mode != ENCR_CBC || EVP_CIPHER_CTX_set_padding(ctx, 0));
}

static bool
mac_setup(struct xform *x, const struct cipher_keys *k)
{
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	OSSL_PARAM p[2] = { OSSL_PARAM_END, OSSL_PARAM_END };
	bool ok;

	x->mac = EVP_MAC_CTX_new(hmac);
	EVP_MAC_free(hmac);
	p[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
	    (char *)(uintptr_t)k->integ->md, 0);
	ok = x->mac && k->ak.len == k->integ->key_len &&
	    EVP_MAC_init(x->mac, k->ak.bytes, k->ak.len, p);
	return ok;
}

struct xform *
xform_new(const struct cipher_keys *k, bool inbound, bool esn)
{
	struct xform *x = calloc(1, sizeof(*x));
	bool ok;

	if (!x)
		return NULL;
	ERR_clear_error();
	x->mode = k->encr->mode;
	x->iv_len = k->encr->iv_len;
	x->salt_len = k->encr->salt_len;
	x->icv_len = (uint8_t)cipher_icv_len(k);
	x->align = k->encr->block > 4 ? k->encr->block : 4;
	x->esn = esn;
	ok = x->salt_len <= sizeof(x->salt) && cipher_setup(x, k, inbound) &&
	    (IS_AEAD(k->encr) || mac_setup(x, k));
	if (ok && x->mode == ENCR_CBC && !inbound) {
		x->pool = malloc(IV_POOL);
		ok = x->pool != NULL;
	}
	if (!ok) {
		unsigned long e = ERR_peek_last_error();

		log_error("ESP with %s does not work here: %s", k->encr->name,
		    e ? ERR_reason_error_string(e) : "keys of a wrong length");
		xform_free(x);
		return NULL;
	}
	return x;
}

void
xform_free(struct xform *x)
{
	if (!x)
		return;
	EVP_CIPHER_CTX_free(x->cipher);
	EVP_MAC_CTX_free(x->mac);
	free(x->pool);
	OPENSSL_cleanse(x, sizeof(*x));
	free(x);
}

/* --- sizes --- */

size_t
xform_head(const struct xform *x)
{
	return ESP_HEADER + x->iv_len;
}

/* Text with padding and trailer. */
static size_t
padded(const struct xform *x, size_t text_len)
{
	return (text_len + 2 + x->align - 1) / x->align * x->align;
}

size_t
xform_size(const struct xform *x, size_t text_len)
{
	return xform_head(x) + padded(x, text_len) + x->icv_len;
}

/* --- the pieces of one packet --- */

static size_t
aad_build(const struct xform *x, const uint8_t *pkt, uint64_t seq, uint8_t aad[12])
{
	memcpy(aad, pkt, 4);
	if (x->esn) {
		put64(aad + 4, seq);
		return 12;
	}
	memcpy(aad + 4, pkt + 4, 4);
	return 8;
}

/* What the cipher calls IV: the salt and the IV of the packet. */
static void
nonce_build(const struct xform *x, const uint8_t *iv, uint8_t nonce[16])
{
	memcpy(nonce, x->salt, x->salt_len);
	memcpy(nonce + x->salt_len, iv, x->iv_len);
	if (x->mode == ENCR_CTR)
		put32(nonce + 12, 1);		/* RFC 3686 4 */
}

static bool
iv_write(struct xform *x, uint64_t seq, uint8_t *iv)
{
	if (!x->pool) {
		/* Never twice under one key, as the sequence number is not. */
		put64(iv, seq);
		return true;
	}
	if (x->pool_left < x->iv_len) {
		if (RAND_bytes(x->pool, IV_POOL) != 1)
			return false;
		x->pool_left = IV_POOL;
	}
	x->pool_left -= x->iv_len;
	memcpy(iv, x->pool + x->pool_left, x->iv_len);
	return true;
}

static bool
hmac(struct xform *x, const uint8_t *pkt, size_t len, uint64_t seq, uint8_t out[64])
{
	uint8_t high[4];
	size_t n;

	put32(high, (uint32_t)(seq >> 32));
	return EVP_MAC_init(x->mac, NULL, 0, NULL) &&
	    EVP_MAC_update(x->mac, pkt, len) &&
	    (!x->esn || EVP_MAC_update(x->mac, high, sizeof(high))) &&
	    EVP_MAC_final(x->mac, out, &n, 64);
}

/* --- seal --- */

static bool
seal_aead(struct xform *x, uint64_t seq, uint8_t *pkt, size_t len)
{
	uint8_t aad[12], nonce[16], *text = pkt + xform_head(x);
	size_t aad_len = aad_build(x, pkt, seq, aad);
	int n;

	nonce_build(x, pkt + ESP_HEADER, nonce);
	return EVP_EncryptInit_ex2(x->cipher, NULL, NULL, nonce, NULL) &&
	    (x->mode != ENCR_CCM ||
	     EVP_EncryptUpdate(x->cipher, NULL, &n, NULL, (int)len)) &&
	    EVP_EncryptUpdate(x->cipher, NULL, &n, aad, (int)aad_len) &&
	    EVP_EncryptUpdate(x->cipher, text, &n, text, (int)len) &&
	    EVP_EncryptFinal_ex(x->cipher, text + len, &n) &&
	    EVP_CIPHER_CTX_ctrl(x->cipher, EVP_CTRL_AEAD_GET_TAG, x->icv_len,
		text + len) > 0;
}

static bool
seal_mac(struct xform *x, uint64_t seq, uint8_t *pkt, size_t len)
{
	uint8_t nonce[16], icv[64], *text = pkt + xform_head(x);
	int n;

	nonce_build(x, pkt + ESP_HEADER, nonce);
	if (!EVP_EncryptInit_ex2(x->cipher, NULL, NULL, nonce, NULL) ||
	    !EVP_EncryptUpdate(x->cipher, text, &n, text, (int)len) ||
	    !hmac(x, pkt, xform_head(x) + len, seq, icv))
		return false;
	memcpy(text + len, icv, x->icv_len);
	return true;
}

bool
xform_seal(struct xform *x, uint32_t spi, uint64_t seq, uint8_t next,
	   uint8_t *pkt, size_t text_len)
{
	size_t len = padded(x, text_len), pad = len - text_len - 2, i;
	uint8_t *p = pkt + xform_head(x) + text_len;

	put32(pkt, spi);
	put32(pkt + 4, (uint32_t)seq);
	if (!iv_write(x, seq, pkt + ESP_HEADER))
		return false;
	for (i = 1; i <= pad; i++)
		*p++ = (uint8_t)i;
	*p++ = (uint8_t)pad;
	*p = next;
	return x->mac ? seal_mac(x, seq, pkt, len) : seal_aead(x, seq, pkt, len);
}

/* --- open --- */

static bool
open_aead(struct xform *x, uint64_t seq, uint8_t *pkt, size_t len)
{
	uint8_t aad[12], nonce[16], *text = pkt + xform_head(x);
	size_t aad_len = aad_build(x, pkt, seq, aad);
	int n;

	nonce_build(x, pkt + ESP_HEADER, nonce);
	return EVP_DecryptInit_ex2(x->cipher, NULL, NULL, nonce, NULL) &&
	    EVP_CIPHER_CTX_ctrl(x->cipher, EVP_CTRL_AEAD_SET_TAG, x->icv_len,
		text + len) > 0 &&
	    (x->mode != ENCR_CCM ||
	     EVP_DecryptUpdate(x->cipher, NULL, &n, NULL, (int)len)) &&
	    EVP_DecryptUpdate(x->cipher, NULL, &n, aad, (int)aad_len) &&
	    EVP_DecryptUpdate(x->cipher, text, &n, text, (int)len) > 0 &&
	    (x->mode == ENCR_CCM ||
	     EVP_DecryptFinal_ex(x->cipher, text + len, &n) > 0);
}

static bool
open_mac(struct xform *x, uint64_t seq, uint8_t *pkt, size_t len)
{
	uint8_t nonce[16], icv[64], *text = pkt + xform_head(x);
	int n;

	if (!hmac(x, pkt, xform_head(x) + len, seq, icv) ||
	    CRYPTO_memcmp(icv, text + len, x->icv_len) != 0)
		return false;
	nonce_build(x, pkt + ESP_HEADER, nonce);
	return EVP_DecryptInit_ex2(x->cipher, NULL, NULL, nonce, NULL) &&
	    EVP_DecryptUpdate(x->cipher, text, &n, text, (int)len);
}

bool
xform_open(struct xform *x, uint64_t seq, uint8_t *pkt, size_t len,
	   uint8_t **text, size_t *text_len, uint8_t *next)
{
	size_t head = xform_head(x), n, pad;

	if (len < head + x->align + x->icv_len || len > UINT16_MAX)
		return false;
	n = len - head - x->icv_len;
	if (n % x->align != 0)
		return false;
	if (!(x->mac ? open_mac(x, seq, pkt, n) : open_aead(x, seq, pkt, n)))
		return false;
	*next = pkt[head + n - 1];
	pad = pkt[head + n - 2];
	if (pad + 2 > n)
		return false;
	*text = pkt + head;
	*text_len = n - 2 - pad;
	return true;
}
