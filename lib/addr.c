#include "addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
addr_parse(struct addr *a, const char *s)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, s, a->b) == 1)
		a->family = AF_INET;
	else if (inet_pton(AF_INET6, s, a->b) == 1)
		a->family = AF_INET6;
	else
		return -1;
	return 0;
}

int
addr_from_bytes(struct addr *a, const void *p, size_t len)
{
	memset(a, 0, sizeof(*a));
	if (len != 4 && len != 16)
		return -1;
	a->family = len == 4 ? AF_INET : AF_INET6;
	memcpy(a->b, p, len);
	return 0;
}

bool
addr_is_any(const struct addr *a)
{
	static const uint8_t zero[16];

	return memcmp(a->b, zero, addr_len(a)) == 0;
}

bool
addr_equal(const struct addr *a, const struct addr *b)
{
	return addr_cmp(a, b) == 0;
}

int
addr_cmp(const struct addr *a, const struct addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->b, b->b, addr_len(a));
}

/* The finaliser of MurmurHash3 after every word: every bit of the address and
 * of the seed reaches every bit of the result. */
static uint32_t
mix(uint32_t h)
{
	h ^= h >> 16;
	h *= 0x85ebca6bu;
	h ^= h >> 13;
	h *= 0xc2b2ae35u;
	return h ^ h >> 16;
}

uint32_t
addr_hash(const struct addr *a, uint32_t seed)
{
	uint32_t h = mix(seed ^ a->family), w;
	size_t i;

	for (i = 0; i < addr_len(a); i += sizeof(w)) {
		memcpy(&w, a->b + i, sizeof(w));
		h = mix(h * 5 + w + 0x9e3779b9u);
	}
	return h;
}

const char *
addr_str(const struct addr *a, char *buf)
{
	if (addr_len(a) == 0)
		snprintf(buf, ADDR_STRLEN, "%%any");
	else
		inet_ntop(a->family, a->b, buf, ADDR_STRLEN);
	return buf;
}

/* Decimal without sign, blanks or leading zeros. */
static int
parse_len(const char *s, unsigned int max)
{
	unsigned int v = 0;
	const char *p = s;

	for (; *p >= '0' && *p <= '9' && p - s < 3; p++)
		v = v * 10 + (unsigned int)(*p - '0');
	if (p == s || *p != '\0' || (*s == '0' && p - s > 1) || v > max)
		return -1;
	return (int)v;
}

int
prefix_parse(struct prefix *p, const char *s)
{
	char host[ADDR_STRLEN];
	const char *slash = strchr(s, '/');
	size_t n = slash != NULL ? (size_t)(slash - s) : strlen(s);
	struct addr first, last;
	int len;

	memset(p, 0, sizeof(*p));
	if (n >= sizeof(host))
		return -1;
	memcpy(host, s, n);
	host[n] = '\0';
	if (addr_parse(&p->addr, host) < 0)
		return -1;
	len = (int)addr_bits(&p->addr);
	if (slash != NULL)
		len = parse_len(slash + 1, addr_bits(&p->addr));
	if (len < 0)
		return -1;
	p->len = (uint8_t)len;
	prefix_range(p, &first, &last);
	return addr_equal(&first, &p->addr) ? 0 : -1;
}

void
prefix_range(const struct prefix *p, struct addr *first, struct addr *last)
{
	unsigned int bits = addr_bits(&p->addr), i;
	uint8_t mask;

	*first = *last = p->addr;
	for (i = p->len; i < bits; i = (i / 8 + 1) * 8) {
		mask = (uint8_t)(0xff >> i % 8);
		first->b[i / 8] &= (uint8_t)~mask;
		last->b[i / 8] |= mask;
	}
}

bool
prefix_equal(const struct prefix *a, const struct prefix *b)
{
	return a->len == b->len && addr_equal(&a->addr, &b->addr);
}

bool
prefix_has(const struct prefix *p, const struct addr *a)
{
	struct addr first, last;

	if (p->addr.family != a->family)
		return false;
	prefix_range(p, &first, &last);
	return addr_cmp(&first, a) <= 0 && addr_cmp(a, &last) <= 0;
}

const char *
prefix_str(const struct prefix *p, char *buf)
{
	char a[ADDR_STRLEN];

	snprintf(buf, PREFIX_STRLEN, "%s/%u", addr_str(&p->addr, a), p->len);
	return buf;
}

bool
endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && addr_equal(&a->addr, &b->addr);
}

const char *
endpoint_str(const struct endpoint *e, char *buf)
{
	char a[ADDR_STRLEN];

	snprintf(buf, ENDPOINT_STRLEN, "%s[%u]", addr_str(&e->addr, a), e->port);
	return buf;
}

socklen_t
endpoint_to_sockaddr(const struct endpoint *e, struct sockaddr_storage *ss)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

	memset(ss, 0, sizeof(*ss));
	ss->ss_family = e->addr.family;
	if (e->addr.family == AF_INET) {
		in->sin_port = htons(e->port);
		memcpy(&in->sin_addr, e->addr.b, 4);
		return sizeof(*in);
	}
	if (e->addr.family == AF_INET6) {
		in6->sin6_port = htons(e->port);
		memcpy(&in6->sin6_addr, e->addr.b, 16);
		return sizeof(*in6);
	}
	return 0;
}

int
endpoint_from_sockaddr(struct endpoint *e, const struct sockaddr *sa)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	memset(e, 0, sizeof(*e));
	if (sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		e->port = ntohs(in.sin_port);
		return addr_from_bytes(&e->addr, &in.sin_addr, 4);
	}
	if (sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof(in6));
		e->port = ntohs(in6.sin6_port);
		return addr_from_bytes(&e->addr, &in6.sin6_addr, 16);
	}
	return -1;
}
