/* lib/buf: bounds, stickiness, byte order. */
#include "buf.h"

#include <string.h>

#include "tests/unit.h"

static void
test_read(void)
{
	static const uint8_t in[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
				      14, 15, 0xaa, 0xbb, 0xcc };
	struct rbuf b;
	uint8_t out[2];
	const uint8_t *p;

	rbuf_init(&b, in, sizeof(in));
	CU_ASSERT_EQUAL(rbuf_u8(&b), 1);
	CU_ASSERT_EQUAL(rbuf_u16(&b), 0x0203);
	CU_ASSERT_EQUAL(rbuf_u32(&b), 0x04050607);
	CU_ASSERT_EQUAL(rbuf_u64(&b), 0x08090a0b0c0d0e0full);
	p = rbuf_bytes(&b, 1);
	CU_ASSERT(p == in + 15);
	rbuf_copy(&b, out, 2);
	CU_ASSERT(out[0] == 0xbb && out[1] == 0xcc);
	CU_ASSERT(rbuf_left(&b) == 0 && rbuf_ok(&b));
	CU_ASSERT(rbuf_bytes(&b, 0) == NULL && rbuf_ok(&b));
}

static void
test_read_overrun(void)
{
	static const uint8_t in[3] = { 1, 2, 3 };
	uint8_t out[4] = { 9, 9, 9, 9 };
	struct rbuf b;

	rbuf_init(&b, in, sizeof(in));
	CU_ASSERT_EQUAL(rbuf_u32(&b), 0);
	CU_ASSERT(!rbuf_ok(&b));
	/* What was there is refused too: the parser is lost. */
	CU_ASSERT_EQUAL(rbuf_u8(&b), 0);
	CU_ASSERT_EQUAL(rbuf_left(&b), 0);
	rbuf_copy(&b, out, sizeof(out));
	CU_ASSERT(out[0] == 0 && out[3] == 0);

	rbuf_init(&b, in, sizeof(in));
	rbuf_skip(&b, SIZE_MAX);
	CU_ASSERT(!rbuf_ok(&b));
	rbuf_init(&b, NULL, 0);
	CU_ASSERT(rbuf_ok(&b));
	CU_ASSERT(rbuf_bytes(&b, 1) == NULL && !rbuf_ok(&b));
}

static void
test_sub(void)
{
	static const uint8_t in[4] = { 1, 2, 3, 4 };
	struct rbuf b, s;

	rbuf_init(&b, in, sizeof(in));
	s = rbuf_sub(&b, 3);
	CU_ASSERT(rbuf_u8(&s) == 1 && rbuf_u16(&s) == 0x0203 && rbuf_ok(&s));
	CU_ASSERT(rbuf_u8(&s) == 0 && !rbuf_ok(&s));
	CU_ASSERT(rbuf_ok(&b) && rbuf_left(&b) == 1);
	s = rbuf_sub(&b, 2);
	CU_ASSERT(!rbuf_ok(&b) && !rbuf_ok(&s) && rbuf_left(&s) == 0);
	rbuf_init(&b, in, sizeof(in));
	s = rbuf_sub(&b, 0);
	CU_ASSERT(rbuf_ok(&s) && rbuf_left(&s) == 0);
}

static void
test_write(void)
{
	static const uint8_t want[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
					13, 14, 15, 0xaa, 0, 0 };
	uint8_t out[sizeof(want)];
	struct wbuf b;

	wbuf_init(&b, out, sizeof(out));
	wbuf_u8(&b, 1);
	wbuf_u16(&b, 0x0203);
	wbuf_u32(&b, 0x04050607);
	wbuf_u64(&b, 0x08090a0b0c0d0e0full);
	wbuf_bytes(&b, "\xaa", 1);
	wbuf_zero(&b, 2);
	CU_ASSERT(wbuf_ok(&b) && b.len == sizeof(want));
	CU_ASSERT(memcmp(out, want, sizeof(want)) == 0);
	wbuf_u8(&b, 1);
	CU_ASSERT(!wbuf_ok(&b) && b.len == sizeof(want));
}

static void
test_patch(void)
{
	uint8_t out[8];
	struct wbuf b;

	wbuf_init(&b, out, sizeof(out));
	wbuf_zero(&b, 7);
	wbuf_patch_u8(&b, 0, 7);
	wbuf_patch_u16(&b, 1, 0x0102);
	wbuf_patch_u32(&b, 3, 0x03040506);
	CU_ASSERT(wbuf_ok(&b));
	CU_ASSERT(memcmp(out, "\7\1\2\3\4\5\6", 7) == 0);
	/* The last byte is inside the memory, but not written yet. */
	wbuf_patch_u16(&b, 6, 1);
	CU_ASSERT(!wbuf_ok(&b));
	wbuf_init(&b, out, sizeof(out));
	wbuf_patch_u8(&b, SIZE_MAX, 1);
	CU_ASSERT(!wbuf_ok(&b));
}

static void
test_write_overrun(void)
{
	uint8_t out[4] = { 9, 9, 9, 9 };
	struct wbuf b;

	wbuf_init(&b, out, 3);
	wbuf_u32(&b, 0);
	CU_ASSERT(!wbuf_ok(&b) && out[0] == 9);
	wbuf_u8(&b, 1);
	CU_ASSERT(b.len == 0 && out[0] == 9);
	CU_ASSERT(wbuf_space(&b, 1) == NULL);
}

UNIT_MAIN("buf",
	{ "numbers and bytes are read in order", test_read },
	{ "an overrun sticks", test_read_overrun },
	{ "a part is read within its own bounds", test_sub },
	{ "numbers and bytes are written in order", test_write },
	{ "only what is written can be patched", test_patch },
	{ "a full buffer stays as it is", test_write_overrun },
)
