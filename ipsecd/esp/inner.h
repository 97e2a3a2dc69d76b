/*
 * inner: what the fast path reads of a packet inside the tunnel.
 *
 * inner_parse() is the one place that checks the lengths of IP headers; what it
 * accepts may be read up to the offsets it gives.
 */
#ifndef CULVERT_ESP_INNER_H
#define CULVERT_ESP_INNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"

/* An address as two words in memory order, IPv4 in the first four bytes. */
struct ip_key {
	uint64_t	w[2];
};

struct inner {
	uint8_t		family;		/* AF_INET, AF_INET6 */
	uint8_t		proto;		/* behind the (fixed) header */
	uint8_t		tos;		/* DSCP and ECN */
	bool		plain;		/* no fragment, no options */
	uint8_t		hlen;		/* of the IP header */
	uint32_t	len;		/* of the packet, at most what was given */
	struct ip_key	src;
	struct ip_key	dst;
};

/* False if it is no IP packet or is longer than len; it may be shorter (RFC
 * 4303 2.7: padding for traffic flow confidentiality). */
bool	inner_parse(struct inner *, const uint8_t *, size_t len)
		__attribute__((warn_unused_result));

/* Bytes 12 or 8 of the header: where its two addresses lie together. */
static inline size_t
inner_addr_off(uint8_t family)
{
	return family == AF_INET ? 12 : 8;
}

static inline size_t
inner_addr_len(uint8_t family)
{
	return family == AF_INET ? 8 : 32;
}

/* RFC 6040 4.2: the ECN field of an arriving outer header goes into the packet
 * inside (validated), or says that it must be dropped (false). */
bool	inner_ecn(uint8_t *pkt, struct inner *, uint8_t outer_tos)
		__attribute__((warn_unused_result));

/* A prefix ready for comparison. */
struct selector {
	uint8_t		family;		/* 0: nothing matches */
	struct ip_key	value;
	struct ip_key	mask;
};

void	selector_init(struct selector *, const struct prefix *);

static inline bool
selector_has(const struct selector *s, uint8_t family, const struct ip_key *k)
{
	return s->family == family &&
	    (((k->w[0] ^ s->value.w[0]) & s->mask.w[0]) |
	     ((k->w[1] ^ s->value.w[1]) & s->mask.w[1])) == 0;
}

#endif
