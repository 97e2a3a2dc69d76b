#include "inner.h"

#include <string.h>

#include "bytes.h"
#include "csum.h"

enum { ECN_MASK = 3, ECN_NOT = 0, ECN_ECT1 = 1, ECN_ECT0 = 2, ECN_CE = 3 };

static bool
parse4(struct inner *in, const uint8_t *p, size_t len)
{
	size_t hlen;

	if (len < 20)
		return false;
	hlen = (size_t)(p[0] & 15) * 4;
	in->len = get16(p + 2);
	if (hlen < 20 || in->len < hlen || in->len > len)
		return false;
	in->family = AF_INET;
	in->hlen = (uint8_t)hlen;
	in->tos = p[1];
	in->proto = p[9];
	/* More fragments, or an offset. */
	in->plain = hlen == 20 && (get16(p + 6) & 0x3fff) == 0;
	in->src = in->dst = (struct ip_key){ { 0, 0 } };
	memcpy(&in->src, p + 12, 4);
	memcpy(&in->dst, p + 16, 4);
	return true;
}

static bool
parse6(struct inner *in, const uint8_t *p, size_t len)
{
	if (len < 40)
		return false;
	in->len = 40u + get16(p + 4);
	if (in->len > len)
		return false;
	in->family = AF_INET6;
	in->hlen = 40;
	in->tos = (uint8_t)(get16(p) >> 4);
	in->proto = p[6];
	in->plain = true;
	memcpy(&in->src, p + 8, 16);
	memcpy(&in->dst, p + 24, 16);
	return true;
}

bool
inner_parse(struct inner *in, const uint8_t *p, size_t len)
{
	if (len == 0)
		return false;
	switch (p[0] >> 4) {
	case 4:
		return parse4(in, p, len);
	case 6:
		return parse6(in, p, len);
	default:
		return false;
	}
}

static void
set_tos(uint8_t *p, struct inner *in, uint8_t tos)
{
	in->tos = tos;
	if (in->family == AF_INET6) {
		put16(p, (uint16_t)(0x6000 | tos << 4 | (p[1] & 15)));
		return;
	}
	p[1] = tos;
	csum_ip4(p, in->hlen);
}

bool
inner_ecn(uint8_t *p, struct inner *in, uint8_t outer_tos)
{
	uint8_t outer = outer_tos & ECN_MASK, inner = in->tos & ECN_MASK;

	if (outer == ECN_CE) {
		if (inner == ECN_NOT)
			return false;
		if (inner != ECN_CE)
			set_tos(p, in, in->tos | ECN_CE);
	} else if (outer == ECN_ECT1 && inner == ECN_ECT0) {
		set_tos(p, in, (uint8_t)((in->tos & ~ECN_MASK) | ECN_ECT1));
	}
	return true;
}

void
selector_init(struct selector *s, const struct prefix *p)
{
	uint8_t mask[16] = { 0 };
	unsigned int i, n = addr_bits(&p->addr);

	memset(s, 0, sizeof(*s));
	s->family = p->addr.family;
	if (p->len < n)
		n = p->len;
	for (i = 0; i < n; i++)
		mask[i / 8] |= (uint8_t)(0x80 >> i % 8);
	memcpy(&s->mask, mask, sizeof(mask));
	memcpy(&s->value, p->addr.b, addr_len(&p->addr));
	s->value.w[0] &= s->mask.w[0];
	s->value.w[1] &= s->mask.w[1];
}
