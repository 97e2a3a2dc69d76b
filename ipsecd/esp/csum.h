/*
 * csum: the Internet checksum (RFC 1071), fast enough to touch every byte.
 *
 * Sums are of 16-bit words as they lie in memory, not yet folded; a sum may be
 * continued at an even offset only.
 */
#ifndef CULVERT_ESP_CSUM_H
#define CULVERT_ESP_CSUM_H

#include <stddef.h>
#include <stdint.h>

uint64_t csum_add(uint64_t sum, const void *, size_t len);

/* To 16 bits, in memory order, not complemented. */
static inline uint16_t
csum_fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* Sum of the pseudo header: both addresses (alen bytes in all), the length of
 * the transport header and its data, the protocol. */
uint64_t csum_pseudo(const void *addresses, size_t alen, uint32_t len, uint8_t proto);

/* Writes the header checksum of an IPv4 header of hlen bytes. */
void	 csum_ip4(uint8_t *header, size_t hlen);

#endif
