/*
 * cookie: stateless proof that a peer receives what is sent to its address
 * (RFC 7296 2.6): Cookie = version | HMAC-SHA-256(secret, Ni | IPi | port | SPIi).
 * HMAC, because Ni has any length: a bare hash with the secret in front could be
 * prolonged into a cookie for another address.
 */
#ifndef CULVERT_COOKIE_H
#define CULVERT_COOKIE_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "wire/message.h"

#define COOKIE_LEN		33
#define COOKIE_LIFE_MS		60000	/* of a secret; the one before still counts */

struct cookies {
	uint8_t		secret[2][32];
	uint64_t	made;		/* when, the newest; 0: never */
	uint8_t		version;
};

struct engine;

/* False: crypto or random numbers failed. */
bool	cookie_make(struct engine *, uint64_t spi_i, const struct endpoint *,
		    const struct bytes *nonce, uint8_t out[COOKIE_LEN]);
bool	cookie_check(struct engine *, uint64_t spi_i, const struct endpoint *,
		     const struct bytes *nonce, const struct bytes *cookie);

#endif
