/*
 * nonce: 16 to 256 octets of either end (RFC 7296 2.10; of IKEv1 8 to 256, RFC 2409
 * 5).
 */
#ifndef CULVERT_NONCE_H
#define CULVERT_NONCE_H

#include <stdbool.h>
#include <stdint.h>

struct bytes;
struct engine;

struct nonce {
	uint16_t	len;
	uint8_t		b[256];
};

/* 32 octets of our own. */
bool	nonce_make(struct engine *, struct nonce *);
/* False: shorter or longer than it may be, in IKEv2 or IKEv1. */
bool	nonce_set(struct nonce *, const struct bytes *);
bool	nonce1_set(struct nonce *, const struct bytes *);
/* Octet by octet, as RFC 7296 2.8.1 compares; the shorter first. */
int	nonce_cmp(const struct nonce *, const struct nonce *);
static inline const struct nonce *
nonce_lower(const struct nonce *a, const struct nonce *b)
	{ return nonce_cmp(a, b) <= 0 ? a : b; }

#endif
