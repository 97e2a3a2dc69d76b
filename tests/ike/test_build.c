/* ike/wire/build: bounds, padding, and that the decoder reads what was meant. */
#include "ike/wire/build.h"

#include <string.h>

#include "crypto/alg.h"
#include "crypto/crypto.h"
#include "sample.h"
#include "tests/unit.h"

static struct message m;

static size_t
everything(uint8_t *buf, size_t size)
{
	const enum ike_payload *t;
	struct build b;

	build_begin(&b, buf, size, &sample_header);
	for (t = sample_types; *t != PL_NONE; t++)
		sample_payload(&b, *t);
	return build_end(&b);
}

static void
test_everything(void)
{
	uint8_t buf[2048], again[2048];
	struct build b;
	size_t len, i;

	len = everything(buf, sizeof(buf));
	CU_ASSERT_FATAL(len > 0);
	CU_ASSERT_EQUAL(message_parse(&m, buf, len, NULL), 0);
	CU_ASSERT(m.hdr.spi_i == sample_header.spi_i && m.hdr.msgid == 7);
	build_begin(&b, again, sizeof(again), &m.hdr);
	for (i = 0; i < m.n; i++) {
		CU_ASSERT_EQUAL(m.pl[i].type, sample_types[i]);
		sample_rebuild(&b, &m.pl[i]);
	}
	CU_ASSERT_EQUAL(build_end(&b), len);
	CU_ASSERT(memcmp(buf, again, len) == 0);
}

/* Any smaller buffer: length 0, and nothing is written beyond it. */
static void
test_no_room(void)
{
	uint8_t buf[2048];
	size_t len, size;

	len = everything(buf, sizeof(buf));
	for (size = 0; size < len; size++) {
		memset(buf, 0xee, sizeof(buf));
		CU_ASSERT_EQUAL(everything(buf, size), 0);
		CU_ASSERT_EQUAL(buf[size], 0xee);
	}
	CU_ASSERT_EQUAL(everything(buf, len), len);
}

static void
test_too_long(void)
{
	static uint8_t big[70000], buf[80000];
	struct build b;

	build_begin(&b, buf, sizeof(buf), &sample_header);
	build_raw(&b, PL_VENDOR, big, 65531);
	CU_ASSERT_EQUAL(build_end(&b), IKE_HDR_LEN + 65535);
	build_begin(&b, buf, sizeof(buf), &sample_header);
	build_raw(&b, PL_VENDOR, big, 65532);
	CU_ASSERT_EQUAL(build_end(&b), 0);
}

static void
test_padding(void)
{
	static const uint8_t blocks[] = { 0, 1, 4, 16 };
	uint8_t buf[512];
	struct build b;
	size_t i, n, len, aad, text;

	for (i = 0; i < sizeof(blocks); i++) {
		struct sk_room room = { 8, blocks[i], 12 };
		size_t block = blocks[i] > 0 ? blocks[i] : 1;

		for (n = 0; n < 40; n++) {
			build_begin(&b, buf, sizeof(buf), &sample_header);
			build_sk(&b, &room);
			if (n > 0)
				build_raw(&b, PL_VENDOR, buf, n);
			len = build_seal(&b, &aad, &text);
			CU_ASSERT(text % block == 0 && text >= (n > 0 ? n + 5 : 1));
			CU_ASSERT(text < (n > 0 ? n + 4 : 0) + 1 + block);
			CU_ASSERT_EQUAL(len, aad + 8 + text + 12);
			CU_ASSERT_EQUAL(aad, IKE_HDR_LEN + 4);
			CU_ASSERT_EQUAL(message_parse(&m, buf, len, NULL), 0);
			CU_ASSERT_EQUAL(message_parse_inner(&m, buf + aad + 8, text,
			    NULL), 0);
			CU_ASSERT_EQUAL(m.n, n > 0);
		}
	}
}

static struct cipher_keys
keys_of(const char *encr, const char *integ)
{
	struct cipher_keys k = { .encr = encr_by_name(encr),
	    .integ = integ != NULL ? integ_by_name(integ) : NULL };
	uint8_t bytes[SECRET_MAX] = { 1, 2, 3 };

	CU_ASSERT_FATAL(k.encr != NULL);
	CU_ASSERT(secret_set(&k.ek, bytes, (size_t)k.encr->key_len + k.encr->salt_len));
	if (k.integ != NULL)
		CU_ASSERT(secret_set(&k.ak, bytes, k.integ->key_len));
	return k;
}

/* The lay-out is the one that cipher_seal and cipher_open expect: both for
 * AEADs (RFC 5282) and for encrypt-then-MAC (RFC 7296 3.14). */
static void
test_sealed(void)
{
	static const char *const suites[][2] = { { "aes128gcm16", NULL },
	    { "chacha20poly1305", NULL }, { "aes256", "sha384" },
	    { "aes128ctr", "sha256" }, { "aes128ccm12", NULL } };
	uint8_t buf[512];
	struct crypto *c;
	struct build b;
	size_t i, len, aad, text, got;

	CU_ASSERT_EQUAL_FATAL(crypto_new(&c, NULL), 0);
	for (i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
		struct cipher_keys k = keys_of(suites[i][0], suites[i][1]);
		struct sk_room room = { k.encr->iv_len, k.encr->block,
		    (uint8_t)cipher_icv_len(&k) };

		build_begin(&b, buf, sizeof(buf), &sample_header);
		build_sk(&b, &room);
		sample_payload(&b, PL_DELETE);
		len = build_seal(&b, &aad, &text);
		CU_ASSERT(cipher_seal(c, &k, 1, buf, aad, text));
		CU_ASSERT_EQUAL(message_parse(&m, buf, len, NULL), 0);
		CU_ASSERT(m.n == 0 && m.sk.present);
		CU_ASSERT(cipher_open(c, &k, buf, m.sk.aad_len, len, &got));
		CU_ASSERT_EQUAL(got, text);
		CU_ASSERT_EQUAL(message_parse_inner(&m,
		    buf + m.sk.aad_len + room.iv_len, got, NULL), 0);
		CU_ASSERT(m.n == 1 && m.pl[0].type == PL_DELETE);
	}
	crypto_free(c);
}

UNIT_MAIN("wire/build",
	{ "every payload", test_everything },
	{ "no room", test_no_room },
	{ "payload too long", test_too_long },
	{ "padding", test_padding },
	{ "sealed and opened", test_sealed })
