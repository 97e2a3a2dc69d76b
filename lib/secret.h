/*
 * secret: key bytes that wipe themselves, and comparison in constant time.
 *
 * A struct secret is a value of fixed capacity without pointers: it can be
 * embedded, and wiping it wipes everything.  SECRET_MAX holds every symmetric
 * key of IKE (HMAC-SHA-512: 64; AES-256-CTR and salt: 36) and a PSK of 63
 * characters.  Diffie-Hellman values live in crypto/dh.
 */
#ifndef CULVERT_SECRET_H
#define CULVERT_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECRET_MAX	72

struct secret {
	uint8_t		len;
	uint8_t		bytes[SECRET_MAX];
};

/* false, and an empty secret, if len is over SECRET_MAX. */
bool	secret_set(struct secret *, const void *, size_t len)
		__attribute__((warn_unused_result));
void	secret_wipe(struct secret *);
bool	secret_equal(const struct secret *, const struct secret *);

/* Memory that held keys; never optimised away. */
void	secret_wipe_mem(void *, size_t);
/* True if equal; the time depends on len alone. */
bool	secret_mem_equal(const void *, const void *, size_t len);

/* The typed form of a pre-shared key (S1-082): "0x" hexadecimal, "0s" base64,
 * else the characters themselves.  -1 if it does not decode. */
int	secret_from_psk(struct secret *, const char *typed)
		__attribute__((warn_unused_result));

#endif
