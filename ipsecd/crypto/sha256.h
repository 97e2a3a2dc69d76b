/*
 * sha256: of octets that lie in one piece, for those who need nothing else of
 * this folder.
 */
#ifndef CULVERT_CRYPTO_SHA256_H
#define CULVERT_CRYPTO_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHA256_LEN	32

bool	sha256(const void *, size_t, uint8_t out[SHA256_LEN])
		__attribute__((warn_unused_result));

#endif
