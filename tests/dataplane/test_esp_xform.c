/* esp/xform: every cipher against crypto/cipher, and what must not open. */
#include "esp/xform.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit.h"

#define SPI	0xc1234567u
#define ROOM	2048

static struct crypto *c;

static void
keys_make(struct cipher_keys *k, const struct encr_alg *e, const struct integ_alg *a)
{
	uint8_t bytes[SECRET_MAX];
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 11 + 3);
	memset(k, 0, sizeof(*k));
	k->encr = e;
	k->integ = IS_AEAD(e) ? NULL : a;
	CU_ASSERT(secret_set(&k->ek, bytes, e->key_len + e->salt_len));
	if (k->integ)
		CU_ASSERT(secret_set(&k->ak, bytes + 5, a->key_len));
}

static void
text_fill(uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		p[i] = (uint8_t)(i * 13 + len);
}

static bool
text_is(const uint8_t *p, size_t len)
{
	uint8_t want[ROOM];

	text_fill(want, len);
	return memcmp(p, want, len) == 0;
}

static void
each_suite(void (*f)(const struct cipher_keys *))
{
	const struct encr_alg *e;
	const struct integ_alg *a;
	struct cipher_keys k;

	for (e = encr_algs; e->name; e++) {
		if (IS_AEAD(e)) {
			keys_make(&k, e, NULL);
			f(&k);
			continue;
		}
		for (a = integ_algs; a->name; a++) {
			keys_make(&k, e, a);
			f(&k);
		}
	}
}

/* --- what we seal, crypto/cipher opens: two implementations --- */

static void
seal_against(const struct cipher_keys *k, size_t len)
{
	struct xform *x = xform_new(k, false, false);
	uint8_t pkt[ROOM];
	size_t size, got, head, want;

	CU_ASSERT_FATAL(x != NULL);
	head = xform_head(x);
	size = xform_size(x, len);
	CU_ASSERT(size <= len + ESP_OVERHEAD);
	text_fill(pkt + head, len);
	CU_ASSERT(xform_seal(x, SPI, 77, ESP_NEXT_IP4, pkt, len));
	CU_ASSERT(memcmp(pkt, "\xc1\x23\x45\x67\0\0\0\x4d", 8) == 0);
	CU_ASSERT(cipher_open(c, k, pkt, ESP_HEADER, size, &got));
	want = got - 2 - pkt[head + got - 2];
	CU_ASSERT_EQUAL(want, len);
	CU_ASSERT_EQUAL(pkt[head + got - 1], ESP_NEXT_IP4);
	CU_ASSERT(text_is(pkt + head, len));
	xform_free(x);
}

static void
seal_suite(const struct cipher_keys *k)
{
	static const size_t lens[] = { 1, 20, 28, 29, 30, 31, 32, 84, 1380, 1500 };
	size_t i;

	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++)
		seal_against(k, lens[i]);
}

static void
test_seal(void)
{
	each_suite(seal_suite);
}

/* --- and the other way round --- */

static void
open_suite(const struct cipher_keys *k)
{
	struct xform *x = xform_new(k, true, false);
	uint8_t pkt[ROOM], *text, next;
	size_t head, len, total;
	int round;

	CU_ASSERT_FATAL(x != NULL);
	head = xform_head(x);
	for (round = 1; round < 4; round++) {
		memset(pkt, 0, sizeof(pkt));
		memcpy(pkt, "\xc1\x23\x45\x67\0\0\0\x4d", 8);
		text_fill(pkt + head, 60);
		pkt[head + 62] = 2;
		pkt[head + 63] = ESP_NEXT_IP6;
		CU_ASSERT(cipher_seal(c, k, (uint64_t)round, pkt, ESP_HEADER, 64));
		total = head + 64 + cipher_icv_len(k);
		CU_ASSERT(xform_open(x, 77, pkt, total, &text, &len, &next));
		CU_ASSERT_EQUAL(len, 60);
		CU_ASSERT_EQUAL(next, ESP_NEXT_IP6);
		CU_ASSERT(text_is(text, 60));
	}
	xform_free(x);
}

static void
test_open(void)
{
	each_suite(open_suite);
}

/* --- packets of an implementation that shares nothing with ours --- */

static size_t
hex(const char *text, uint8_t *out, size_t max)
{
	size_t n = 0;
	unsigned int v;

	for (; n < max && sscanf(text, "%2x", &v) == 1; text += 2)
		out[n++] = (uint8_t)v;
	return n;
}

static bool
vector_opens(char *const w[9])
{
	uint8_t key[SECRET_MAX], pkt[ROOM], want[ROOM], *text, next;
	uint64_t seq = strtoull(w[3], NULL, 10) << 32 | strtoull(w[4], NULL, 10);
	struct cipher_keys k = { .encr = encr_by_name(w[0]),
	    .integ = integ_by_name(w[1]) };
	size_t len, n = hex(w[8], pkt, sizeof(pkt)), n_want = hex(w[7], want, ROOM);
	struct xform *x;
	bool ok;

	if (!k.encr || !secret_set(&k.ek, key, hex(w[5], key, sizeof(key))) ||
	    !secret_set(&k.ak, key, hex(w[6], key, sizeof(key))))
		return false;
	x = xform_new(&k, true, w[2][0] == '1');
	ok = x && xform_open(x, seq, pkt, n, &text, &len, &next) &&
	    len == n_want && memcmp(text, want, len) == 0 && next == ESP_NEXT_IP4;
	xform_free(x);
	return ok;
}

static void
test_vectors(void)
{
	const char *top = getenv("top_srcdir");
	char path[512], line[4096], *w[9], *save;
	int n = 0, i;
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/vectors/esp-scapy.txt",
	    top ? top : ".");
	f = fopen(path, "r");
	CU_ASSERT_FATAL(f != NULL);
	while (fgets(line, sizeof(line), f)) {
		if (line[0] == '#')
			continue;
		w[0] = strtok_r(line, " \n", &save);
		for (i = 1; i < 9; i++)
			CU_ASSERT_FATAL((w[i] = strtok_r(NULL, " \n", &save)) != NULL);
		if (!vector_opens(w))
			printf("\n    line %d: %s\n", n + 2, w[0]);
		CU_ASSERT(vector_opens(w));
		n++;
	}
	fclose(f);
	CU_ASSERT_EQUAL(n, 14);
}

/* --- extended sequence numbers: the high half counts --- */

static void
esn_suite(const struct cipher_keys *k)
{
	const uint64_t seq = UINT64_C(0x500000007);
	struct xform *out = xform_new(k, false, true), *in = xform_new(k, true, true);
	uint8_t pkt[ROOM], copy[ROOM], *text, next;
	size_t len, size;

	CU_ASSERT_FATAL(out != NULL && in != NULL);
	size = xform_size(out, 100);
	text_fill(pkt + xform_head(out), 100);
	CU_ASSERT(xform_seal(out, SPI, seq, ESP_NEXT_IP4, pkt, 100));
	memcpy(copy, pkt, size);
	CU_ASSERT(xform_open(in, seq, pkt, size, &text, &len, &next));
	CU_ASSERT(len == 100 && text_is(text, 100));
	CU_ASSERT(!xform_open(in, seq + (UINT64_C(1) << 32), copy, size, &text,
	    &len, &next));
	xform_free(out);
	xform_free(in);
}

static void
test_esn(void)
{
	each_suite(esn_suite);
}

/* --- any bit that is changed, any length that is wrong --- */

static void
tamper_suite(const struct cipher_keys *k)
{
	struct xform *out = xform_new(k, false, false);
	struct xform *in = xform_new(k, true, false);
	uint8_t good[ROOM], pkt[ROOM], *text, next;
	size_t len, size, i;

	CU_ASSERT_FATAL(out != NULL && in != NULL);
	size = xform_size(out, 40);
	text_fill(good + xform_head(out), 40);
	CU_ASSERT(xform_seal(out, SPI, 1, ESP_NEXT_IP4, good, 40));
	for (i = 0; i < size; i++) {
		memcpy(pkt, good, size);
		pkt[i] ^= (uint8_t)(1 << i % 8);
		CU_ASSERT(!xform_open(in, 1, pkt, size, &text, &len, &next));
	}
	for (i = 0; i < size; i++) {
		memcpy(pkt, good, size);
		CU_ASSERT(!xform_open(in, 1, pkt, i, &text, &len, &next));
	}
	memcpy(pkt, good, size);
	CU_ASSERT(xform_open(in, 1, pkt, size, &text, &len, &next));
	xform_free(out);
	xform_free(in);
}

static void
test_tamper(void)
{
	each_suite(tamper_suite);
}

/* A peer that holds the key may still send a pad length that is too long. */
static void
test_padding(void)
{
	struct cipher_keys k;
	uint8_t pkt[ROOM], *text, next;
	struct xform *x;
	size_t len;

	keys_make(&k, encr_by_name("aes128gcm16"), NULL);
	x = xform_new(&k, true, false);
	CU_ASSERT_FATAL(x != NULL);
	memset(pkt, 0, sizeof(pkt));
	memset(pkt + xform_head(x), 15, 16);
	CU_ASSERT(cipher_seal(c, &k, 1, pkt, ESP_HEADER, 16));
	CU_ASSERT(!xform_open(x, 0, pkt, xform_head(x) + 32, &text, &len, &next));
	memset(pkt + xform_head(x), 14, 16);
	CU_ASSERT(cipher_seal(c, &k, 2, pkt, ESP_HEADER, 16));
	CU_ASSERT(xform_open(x, 0, pkt, xform_head(x) + 32, &text, &len, &next));
	CU_ASSERT_EQUAL(len, 0);
	xform_free(x);
}

/* RFC 3602 2.1: an IV that nobody can foresee, and none twice. */
static void
test_iv(void)
{
	struct cipher_keys k;
	struct xform *x;
	uint8_t a[ROOM], b[ROOM];
	int i, same = 0;

	keys_make(&k, encr_by_name("aes128"), integ_by_name("sha256"));
	x = xform_new(&k, false, false);
	CU_ASSERT_FATAL(x != NULL);
	memset(b, 0, sizeof(b));
	for (i = 1; i < 200; i++) {
		CU_ASSERT(xform_seal(x, SPI, (uint64_t)i, ESP_NEXT_IP4, a, 40));
		same += memcmp(a + 8, b + 8, 16) == 0;
		memcpy(b, a, sizeof(b));
	}
	CU_ASSERT_EQUAL(same, 0);
	xform_free(x);
}

static void
test_keys(void)
{
	struct cipher_keys k;

	keys_make(&k, encr_by_name("aes256gcm16"), NULL);
	k.ek.len--;
	CU_ASSERT(xform_new(&k, false, false) == NULL);
	keys_make(&k, encr_by_name("aes256"), integ_by_name("sha256"));
	k.ak.len = 0;
	CU_ASSERT(xform_new(&k, false, false) == NULL);
}

int
main(void)
{
	static const struct unit_test tests[] = {
		{ "what is sealed opens elsewhere", test_seal },
		{ "what is sealed elsewhere opens", test_open },
		{ "scapy's packets open", test_vectors },
		{ "extended sequence numbers", test_esn },
		{ "any change is found", test_tamper },
		{ "padding longer than the packet", test_padding },
		{ "IVs of CBC", test_iv },
		{ "keys of a wrong length", test_keys },
	};
	struct err e = ERR_INIT;
	int rc;

	if (crypto_new(&c, &e) < 0) {
		printf("%s\n", e.text);
		return 1;
	}
	rc = unit_run("esp/xform", tests, sizeof(tests) / sizeof(tests[0]));
	crypto_free(c);
	return rc;
}
