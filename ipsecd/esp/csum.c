#include "csum.h"

#include <arpa/inet.h>
#include <string.h>

/* Half words of 32 bits in lanes of 64: no carry is lost in 2^32 rounds. */
typedef uint64_t u64x2 __attribute__((vector_size(16)));

uint64_t
csum_add(uint64_t sum, const void *data, size_t len)
{
	const u64x2 low = { 0xffffffff, 0xffffffff };
	u64x2 a = { 0 }, b = { 0 }, v, w;
	const uint8_t *p = data;
	uint32_t word;

	for (; len >= 32; p += 32, len -= 32) {
		memcpy(&v, p, sizeof(v));
		memcpy(&w, p + 16, sizeof(w));
		a += v & low;
		b += v >> 32;
		a += w & low;
		b += w >> 32;
	}
	a += b;
	sum += a[0] + a[1];
	for (; len >= 4; p += 4, len -= 4) {
		memcpy(&word, p, sizeof(word));
		sum += word;
	}
	word = 0;
	memcpy(&word, p, len);
	sum += word;
	return (sum & 0xffffffff) + (sum >> 32);
}

uint64_t
csum_pseudo(const void *addresses, size_t alen, uint32_t len, uint8_t proto)
{
	uint64_t sum = csum_add(0, addresses, alen);

	return sum + htonl(len) + htonl((uint32_t)proto);
}

void
csum_ip4(uint8_t *header, size_t hlen)
{
	uint16_t sum;

	memset(header + 10, 0, 2);
	sum = (uint16_t)~csum_fold(csum_add(0, header, hlen));
	memcpy(header + 10, &sum, sizeof(sum));
}
