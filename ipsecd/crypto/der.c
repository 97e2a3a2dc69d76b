#include "der.h"

bool
der_next(struct rbuf *r, struct tlv *t)
{
	uint32_t len, n, min;

	t->at = r->p + r->off;
	t->tag = rbuf_u8(r);
	len = rbuf_u8(r);
	if (len > 0x80) {
		n = len & 0x7f;
		min = n == 1 ? 0x80 : n <= 4 ? 1U << (8 * (n - 1)) : UINT32_MAX;
		for (len = 0; n > 0 && rbuf_ok(r); n--)
			len = len << 8 | rbuf_u8(r);
		if (len < min)
			return false;
	} else if (len == 0x80) {
		return false;
	}
	t->p = r->p + r->off;
	t->len = len;
	rbuf_skip(r, len);
	if (!rbuf_ok(r))
		return false;
	t->whole = (size_t)(r->p + r->off - t->at);
	return true;
}

bool
der_get(struct rbuf *r, uint8_t tag, struct tlv *t)
{
	return der_next(r, t) && t->tag == tag;
}

bool
der_next_is(const struct rbuf *r, uint8_t tag)
{
	return rbuf_left(r) > 0 && r->p[r->off] == tag;
}

struct rbuf
der_inside(const struct tlv *t)
{
	struct rbuf r;

	rbuf_init(&r, t->p, t->len);
	return r;
}

void
der_shorten(const uint8_t **p, size_t *len)
{
	while (*len > 1 && (((*p)[0] == 0 && (*p)[1] < 0x80) ||
	    ((*p)[0] == 0xff && (*p)[1] >= 0x80))) {
		++*p;
		--*len;
	}
}
