/*
 * packets: IP packets for the tests of the fast path, made and checked by code
 * that shares nothing with it.
 */
#ifndef CULVERT_TESTS_PACKETS_H
#define CULVERT_TESTS_PACKETS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

struct packet_spec {
	int		family;
	uint8_t		proto;
	uint16_t	sport;
	uint32_t	seq;
	uint8_t		flags;
	uint8_t		tos;
	uint16_t	id;
	size_t		options;	/* bytes of TCP options; multiple of 4 */
	size_t		payload;
};

static inline void
w16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* One byte after the other, as in RFC 1071's own words. */
static inline uint16_t
sum16(uint32_t sum, const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static inline uint16_t
l4_sum(const uint8_t *p, size_t len)
{
	bool v6 = p[0] >> 4 == 6;
	size_t hlen = v6 ? 40 : (size_t)(p[0] & 15) * 4, n = len - hlen;
	uint32_t sum = sum16(0, p + (v6 ? 8 : 12), v6 ? 32 : 8);

	sum += (uint32_t)n + (v6 ? p[6] : p[9]);
	return sum16(sum, p + hlen, n);
}

static inline size_t
packet_make(uint8_t *p, const struct packet_spec *s)
{
	bool v6 = s->family == AF_INET6, tcp = s->proto == IPPROTO_TCP;
	size_t ip = v6 ? 40 : 20, l4 = tcp ? 20 + s->options : 8, i;
	size_t len = ip + l4 + s->payload;
	uint8_t *t = p + ip;
	uint16_t sum;

	memset(p, 0, ip + l4);
	if (v6) {
		w16(p, 0x6000u | (unsigned int)s->tos << 4);
		w16(p + 4, len - 40);
		p[6] = s->proto;
		p[7] = 64;
		memcpy(p + 8, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
		memcpy(p + 24, "\x20\x01\x0d\xb8\0\1\0\0\0\0\0\0\0\0\0\2", 16);
	} else {
		p[0] = 0x45;
		p[1] = s->tos;
		w16(p + 2, len);
		w16(p + 4, s->id);
		p[6] = 0x40;
		p[8] = 64;
		p[9] = s->proto;
		memcpy(p + 12, "\x0a\x01\x00\x01\x0a\x02\x00\x01", 8);
		w16(p + 10, (uint16_t)~sum16(0, p, 20));
	}
	w16(t, s->sport);
	w16(t + 2, 5201);
	for (i = 0; i < s->payload; i++)
		t[l4 + i] = (uint8_t)(s->seq + i * 3);
	if (tcp) {
		w16(t + 4, s->seq >> 16);
		w16(t + 6, s->seq & 0xffff);
		t[11] = 9;
		t[12] = (uint8_t)(l4 / 4 << 4);
		t[13] = s->flags;
		w16(t + 14, 500);
		memset(t + 20, 1, s->options);
	} else {
		w16(t + 4, 8 + s->payload);
	}
	sum = (uint16_t)~l4_sum(p, len);
	w16(t + (tcp ? 16 : 6), sum ? sum : 0xffff);
	return len;
}

static inline bool
packet_right(const uint8_t *p, size_t len)
{
	bool v6 = p[0] >> 4 == 6;

	if (v6 ? (size_t)(p[4] << 8 | p[5]) + 40 != len :
	    (size_t)(p[2] << 8 | p[3]) != len || sum16(0, p, 20) != 0xffff)
		return false;
	return l4_sum(p, len) == 0xffff;
}

#endif
