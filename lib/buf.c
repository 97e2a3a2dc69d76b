#include "buf.h"

#include <string.h>

void
rbuf_init(struct rbuf *b, const void *p, size_t len)
{
	b->p = p;
	b->len = len;
	b->off = 0;
	b->bad = false;
}

/* The one place that moves a read cursor. */
static const uint8_t *
take(struct rbuf *b, size_t n)
{
	const uint8_t *p;

	if (b->bad || n > b->len - b->off) {
		b->bad = true;
		return NULL;
	}
	if (n == 0)
		return NULL;
	p = b->p + b->off;
	b->off += n;
	return p;
}

static uint64_t
number(struct rbuf *b, size_t n)
{
	const uint8_t *p = take(b, n);
	uint64_t v = 0;
	size_t i;

	if (p == NULL)
		return 0;
	for (i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

uint8_t
rbuf_u8(struct rbuf *b)
{
	return (uint8_t)number(b, 1);
}

uint16_t
rbuf_u16(struct rbuf *b)
{
	return (uint16_t)number(b, 2);
}

uint32_t
rbuf_u32(struct rbuf *b)
{
	return (uint32_t)number(b, 4);
}

uint64_t
rbuf_u64(struct rbuf *b)
{
	return number(b, 8);
}

const uint8_t *
rbuf_bytes(struct rbuf *b, size_t n)
{
	return take(b, n);
}

void
rbuf_copy(struct rbuf *b, void *out, size_t n)
{
	const uint8_t *p = take(b, n);

	if (p != NULL)
		memcpy(out, p, n);
	else if (n != 0)
		memset(out, 0, n);
}

void
rbuf_skip(struct rbuf *b, size_t n)
{
	(void)take(b, n);
}

struct rbuf
rbuf_sub(struct rbuf *b, size_t n)
{
	const uint8_t *p = take(b, n);
	struct rbuf sub;

	rbuf_init(&sub, p, p != NULL ? n : 0);
	sub.bad = b->bad;
	return sub;
}

void
wbuf_init(struct wbuf *b, void *p, size_t size)
{
	b->p = p;
	b->size = size;
	b->len = 0;
	b->bad = false;
}

uint8_t *
wbuf_space(struct wbuf *b, size_t n)
{
	uint8_t *p;

	if (b->bad || n > b->size - b->len) {
		b->bad = true;
		return NULL;
	}
	if (n == 0)
		return NULL;
	p = b->p + b->len;
	b->len += n;
	return p;
}

static void
put(uint8_t *p, uint64_t v, size_t n)
{
	if (p == NULL)
		return;
	while (n-- > 0) {
		p[n] = (uint8_t)v;
		v >>= 8;
	}
}

void
wbuf_u8(struct wbuf *b, uint8_t v)
{
	put(wbuf_space(b, 1), v, 1);
}

void
wbuf_u16(struct wbuf *b, uint16_t v)
{
	put(wbuf_space(b, 2), v, 2);
}

void
wbuf_u32(struct wbuf *b, uint32_t v)
{
	put(wbuf_space(b, 4), v, 4);
}

void
wbuf_u64(struct wbuf *b, uint64_t v)
{
	put(wbuf_space(b, 8), v, 8);
}

void
wbuf_bytes(struct wbuf *b, const void *from, size_t n)
{
	uint8_t *p = wbuf_space(b, n);

	if (p != NULL)
		memcpy(p, from, n);
}

void
wbuf_zero(struct wbuf *b, size_t n)
{
	uint8_t *p = wbuf_space(b, n);

	if (p != NULL)
		memset(p, 0, n);
}

/* Only what was written already can be patched. */
static void
patch(struct wbuf *b, size_t at, uint64_t v, size_t n)
{
	if (b->bad || at > b->len || n > b->len - at) {
		b->bad = true;
		return;
	}
	put(b->p + at, v, n);
}

void
wbuf_patch_u8(struct wbuf *b, size_t at, uint8_t v)
{
	patch(b, at, v, 1);
}

void
wbuf_patch_u16(struct wbuf *b, size_t at, uint16_t v)
{
	patch(b, at, v, 2);
}

void
wbuf_patch_u32(struct wbuf *b, size_t at, uint32_t v)
{
	patch(b, at, v, 4);
}
