#include "seal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "secret.h"

#define NONCE	12
#define TAG	16

struct seal {
	uint8_t	key[SEAL_KEY_LEN];
};

struct seal *
seal_new(const uint8_t key[SEAL_KEY_LEN])
{
	struct seal *s = OPENSSL_secure_zalloc(sizeof(*s));

	if (s != NULL)
		memcpy(s->key, key, SEAL_KEY_LEN);
	return s;
}

struct seal *
seal_read(int fd, struct err *e)
{
	uint8_t key[SEAL_KEY_LEN + 1];
	struct seal *s = NULL;
	size_t len = 0;
	ssize_t n;

	while (len < sizeof(key) &&
	       (n = pread(fd, key + len, sizeof(key) - len, (off_t)len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		len += (size_t)n;
	}
	close(fd);
	if (len != SEAL_KEY_LEN)
		err_set(e, ERR_REALITY, "the device key is not %d octets long",
			SEAL_KEY_LEN);
	else if ((s = seal_new(key)) == NULL)
		err_set(e, ERR_RESOURCE, "out of memory");
	secret_wipe_mem(key, sizeof(key));
	return s;
}

void
seal_free(struct seal *s)
{
	OPENSSL_secure_clear_free(s, sizeof(*s));
}

static bool
start(EVP_CIPHER_CTX *c, const struct seal *s, const uint8_t *nonce,
      const void *head, size_t head_len, int encrypt)
{
	int n;

	return EVP_CipherInit_ex(c, EVP_aes_256_gcm(), NULL, s->key, nonce,
				 encrypt) == 1 &&
	    EVP_CipherUpdate(c, NULL, &n, head, (int)head_len) == 1;
}

bool
seal_close(const struct seal *s, const void *head, size_t head_len,
	   const uint8_t *in, size_t len, uint8_t *out)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n = 0, last = 0;
	bool ok;

	ok = c != NULL && RAND_bytes(out, NONCE) == 1 &&
	    start(c, s, out, head, head_len, 1) &&
	    EVP_CipherUpdate(c, out + NONCE, &n, in, (int)len) == 1 &&
	    EVP_CipherFinal_ex(c, out + NONCE + n, &last) == 1 &&
	    (size_t)(n + last) == len &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, TAG,
				out + NONCE + len) == 1;
	EVP_CIPHER_CTX_free(c);
	return ok;
}

bool
seal_open(const struct seal *s, const void *head, size_t head_len,
	  const uint8_t *in, size_t len, uint8_t *out)
{
	EVP_CIPHER_CTX *c;
	uint8_t tag[TAG];
	int n = 0, last = 0;
	bool ok;

	if (len < SEAL_OVERHEAD)
		return false;
	len -= SEAL_OVERHEAD;
	memcpy(tag, in + NONCE + len, TAG);
	c = EVP_CIPHER_CTX_new();
	ok = c != NULL && start(c, s, in, head, head_len, 0) &&
	    EVP_CipherUpdate(c, out, &n, in + NONCE, (int)len) == 1 &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG, tag) == 1 &&
	    EVP_CipherFinal_ex(c, out + n, &last) == 1;
	EVP_CIPHER_CTX_free(c);
	if (!ok)
		secret_wipe_mem(out, len);
	return ok;
}
