/* ike/wire: IKEv1 messages, those of other programs and our own. */
#include "ike/wire/message1.h"

#include <stdlib.h>
#include <string.h>

#include "ike/wire/build1.h"
#include "sample_check.h"
#include "tests/crypto/hex.h"
#include "tests/unit.h"

static struct message m;
static size_t n_samples;

static const struct ike_header hdr = {
	.spi_i = 0x1122334455667788, .spi_r = 0x99aabbccddeeff00,
	.version = IKE_VERSION_1, .exchange = EXCH1_QUICK, .msgid = 0xcafe0001,
};

/* Ours says more: "D(ESP c0010203)". */
static void
without_detail(char *s)
{
	char *at = strstr(s, " D("), *end;

	if (at == NULL)
		return;
	at += 2;
	end = strchr(at, ')');
	memmove(at, end + 1, strlen(end + 1) + 1);
}

static bool
has_shape(const struct message *msg)
{
	return !msg->fragment.present && msg->hdr.exchange != EXCH1_AGGRESSIVE;
}

static void
test_captured(void)
{
	char got[MESSAGE_STRLEN];
	size_t i;

	CU_ASSERT_FATAL(n_samples >= 50);
	for (i = 0; i < n_samples; i++) {
		const struct sample *s = &samples[i];
		uint8_t *bytes = sample_exact(s->bytes, s->len);
		struct err e = ERR_INIT;

		CU_ASSERT_EQUAL(sample_parse(s, &m, bytes, s->len, &e), 0);
		without_detail((char *)(uintptr_t)message_str(&m, got));
		if (strcmp(got, s->want) != 0)
			printf("\n    got  %s\n    want %s\n", got, s->want);
		CU_ASSERT_STRING_EQUAL(got, s->want);
		CU_ASSERT(!has_shape(&m) || message_check(&m, &e) == 0);
		if (e.kind != ERR_NONE)
			printf("\n    %s: %s\n", s->want, e.text);
		free(bytes);
	}
}

/* --- written again --- */

/* An SA payload with one transform is what an answer is. */
static void
rebuild(struct build *b, const struct payload *p)
{
	struct bytes spi;
	uint64_t i, r;
	uint32_t n;

	switch (p->type) {
	case PL_SA:
		spi = p->sa.p[0].spi;
		build1_chosen(b, p->sa.p[0].protocol, &p->sa.v1[0], spi.p, spi.len);
		break;
	case PL_KE:
		build1_ke(b, p->ke.data.p, p->ke.data.len);
		break;
	case PL_IDI:
	case PL_IDR:
		build1_id(b, p->type, p->id.type, p->id.protocol, p->id.port,
		    p->id.data.p, p->id.data.len);
		break;
	case PL_AUTH:
		build1_sig(b, p->auth.data.p, p->auth.data.len);
		break;
	case PL_NATD:
		build1_natd(b, false, p->body.p, p->body.len);
		break;
	case PL_NOTIFY:
		build1_notify(b, p->notify.protocol, p->notify.type,
		    p->notify.spi.p, p->notify.spi.len, p->notify.data.p,
		    p->notify.data.len);
		break;
	case PL_DELETE:
		n = delete_spi(p, 0);
		if (delete_cookies(p, 0, &i, &r))
			build1_delete_isakmp(b, i, r);
		else
			build1_delete(b, p->del.protocol, &n, 1);
		break;
	case PL_HASH:
		memcpy(build1_hash(b, p->body.len), p->body.p, p->body.len);
		break;
	default:
		sample_rebuild(b, p);
	}
}

static void
test_again(void)
{
	static uint8_t buf[SAMPLE_MAX + 64];
	uint8_t *text;
	size_t i, j, len, text_len, again = 0;
	struct build b;
	struct err e;

	for (i = 0; i < n_samples; i++) {
		const struct sample *s = &samples[i];
		const struct payload *sa;

		CU_ASSERT_EQUAL(sample_parse(s, &m, s->bytes, s->len, &e), 0);
		sa = message_find(&m, PL_SA);
		if (m.fragment.present || (sa != NULL && sa->sa.n != 1))
			continue;
		again++;
		build1_begin(&b, buf, sizeof(buf), &m.hdr);
		if (s->inner)
			build1_encrypted(&b);
		for (j = 0; j < m.n; j++)
			rebuild(&b, &m.pl[j]);
		len = build1_seal(&b, s->inner ? 16 : 1, &text, &text_len);
		CU_ASSERT_FATAL(len > IKE_HDR_LEN);
		if (s->inner) {
			/* Who has whole blocks may pad one more. */
			CU_ASSERT(text_len == s->len || text_len + 16 == s->len);
			CU_ASSERT_EQUAL(buf[16], s->first);
			CU_ASSERT_EQUAL(buf[19] & FLAG1_ENCRYPTED, 1);
		} else {
			CU_ASSERT_EQUAL(len, s->len);
		}
		if (memcmp(s->inner ? text : buf, s->bytes,
		    s->inner ? text_len : len) != 0) {
			printf("\n    not the same again: %s\n", s->want);
			CU_FAIL("not the same");
		}
	}
	CU_ASSERT(again >= 40);
}

/* --- hostile --- */

static void
test_truncated(void)
{
	sample_check_truncated(n_samples, N1_PAYLOAD_MALFORMED);
}

static void
one_mutation(const struct sample *s, uint8_t *bytes, size_t len)
{
	char line[MESSAGE_STRLEN];
	struct err e = ERR_INIT;

	if (sample_parse(s, &m, bytes, len, &e) < 0) {
		CU_ASSERT(e.kind == ERR_INVALID && e.text[0] != '\0');
		return;
	}
	CU_ASSERT(strlen(message_str(&m, line)) < MESSAGE_STRLEN);
	if (message_check(&m, &e) < 0)
		CU_ASSERT(m.refuse != 0 && e.text[0] != '\0');
}

static void
test_mutated(void)
{
	static const uint8_t xors[] = { 0x01, 0x02, 0x08, 0x80, 0xff };
	size_t i, j, k, len;

	for (i = 0; i < n_samples; i++) {
		const struct sample *s = &samples[i];
		uint8_t *bytes = sample_exact(s->bytes, s->len);

		len = s->len < 400 ? s->len : 400;
		for (j = 0; j < len; j++) {
			for (k = 0; k < sizeof(xors); k++) {
				bytes[j] = s->bytes[j] ^ xors[k];
				one_mutation(s, bytes, s->len);
			}
			bytes[j] = s->bytes[j];
		}
		free(bytes);
	}
}

static void
test_header(void)
{
	static const struct {
		int		line;
		unsigned int	at;
		uint8_t		value;
		int		ret;
		uint16_t	refuse;
		const char	*says;
	} rows[] = {
		{ __LINE__, 17, 0x20, -1, N1_INVALID_MAJOR_VERSION, "version 2.0" },
		{ __LINE__, 17, 0x1f, 0, 0, "" },
		{ __LINE__, 27, 0x00, -1, 0, "datagram of" },
		{ __LINE__, 16, 0x00, -1, N1_PAYLOAD_MALFORMED, "too many" },
		{ __LINE__, 16, 30, -1, N1_INVALID_PAYLOAD_TYPE, "type 30 is unknown" },
		{ __LINE__, 16, 33, -1, N1_INVALID_PAYLOAD_TYPE, "type 33 is unknown" },
		{ __LINE__, 16, 60, -1, N1_INVALID_PAYLOAD_TYPE, "type 60 is unknown" },
		{ __LINE__, 16, 200, 0, 0, "" },	/* of private use */
		{ __LINE__, 29, 0x80, -1, N1_PAYLOAD_MALFORMED, "where nothing" },
		{ __LINE__, 19, FLAG1_COMMIT, 0, 0, "" },
		{ __LINE__, 19, FLAG1_ENCRYPTED, -1, N1_PAYLOAD_MALFORMED, "blocks" },
	};
	uint8_t buf[256];
	struct build b;
	size_t i, len;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = ERR_INIT;

		build1_begin(&b, buf, sizeof(buf), &hdr);
		build_nonce(&b, "0123456789abcdefg", 17);
		len = build_end(&b);
		buf[rows[i].at] = rows[i].value;
		CHECK_ROW(rows[i].line, message1_parse(&m, buf, len, &e) == rows[i].ret);
		CHECK_ROW(rows[i].line, rows[i].ret == 0 || m.refuse == rows[i].refuse);
		CHECK_ROW(rows[i].line, strstr(e.text, rows[i].says) != NULL);
	}
	/* Libreswan makes its messages end at a multiple of four octets. */
	for (i = 0; i <= 4; i++) {
		build1_begin(&b, buf, sizeof(buf), &hdr);
		build_nonce(&b, "0123456789abcdefg", 17);
		len = build_end(&b);
		memset(buf + len, 0, i);
		buf[27] = (uint8_t)(len + i);
		CU_ASSERT((message1_parse(&m, buf, len + i, NULL) == 0) == (i < 4));
	}
	/* What is private to IKEv1 here is nothing in IKEv2. */
	build_begin(&b, buf, sizeof(buf), &sample_header);
	build_raw(&b, PL_HASH, "x", 1);
	CU_ASSERT_EQUAL(message_parse(&m, buf, build_end(&b), NULL), 0);
	CU_ASSERT(m.n == 0 && m.skipped == 1);
	/* Nonces of 8 to 256 octets. */
	for (i = 7; i <= 257; i += 125) {
		build1_begin(&b, buf, sizeof(buf), &hdr);
		build_nonce(&b, samples[0].bytes, i);
		CU_ASSERT((build_end(&b) == 0) == (i == 257));
		if (i != 257)
			CU_ASSERT((message1_parse(&m, buf, b.w.len, NULL) == 0) ==
			    (i >= 8));
	}
}

/* --- what HASH covers, shapes --- */

static void
test_hash(void)
{
	uint8_t buf[256], *hash, *text;
	struct bytes octets;
	size_t len, text_len;
	struct build b;
	struct err e = ERR_INIT;

	build1_begin(&b, buf, sizeof(buf), &hdr);
	build1_encrypted(&b);
	hash = build1_hash(&b, 20);
	CU_ASSERT_PTR_NOT_NULL_FATAL(hash);
	build1_notify(&b, PROTO_IKE, N1_R_U_THERE, "0123456789abcdef", 16,
	    "\0\1\2\3", 4);
	build1_hashed(&b, &octets);
	memset(hash, 0xaa, 20);
	len = build1_seal(&b, 16, &text, &text_len);
	CU_ASSERT_EQUAL(len, IKE_HDR_LEN + text_len);
	CU_ASSERT(text == buf + IKE_HDR_LEN && text_len == 64);
	CU_ASSERT_EQUAL(octets.len, 4 + 4 + 4 + 16 + 4);

	CU_ASSERT_EQUAL(message1_parse(&m, buf, len, NULL), 0);
	CU_ASSERT(m.sk.present && m.n == 0);
	CU_ASSERT(m.sk.body.p == text && m.sk.body.len == text_len);
	CU_ASSERT_EQUAL(message1_parse_inner(&m, text, text_len, NULL), 0);
	CU_ASSERT(m.n == 2 && message_find(&m, PL_HASH)->body.len == 20);
	CU_ASSERT(m.hashed.p == octets.p && m.hashed.len == octets.len);
	m.hdr.exchange = EXCH1_INFORMATIONAL;
	CU_ASSERT_EQUAL(message_check(&m, &e), 0);
	CU_ASSERT_EQUAL(m.shape, SHAPE1_INFO);

	/* What comes before it is not covered. */
	build1_begin(&b, buf, sizeof(buf), &hdr);
	build1_encrypted(&b);
	build1_notify(&b, PROTO_IKE, N1_R_U_THERE, NULL, 0, NULL, 0);
	(void)build1_hash(&b, 20);
	len = build1_seal(&b, 8, &text, &text_len);
	CU_ASSERT_EQUAL(message1_parse(&m, buf, len, NULL), 0);
	CU_ASSERT_EQUAL(message1_parse_inner(&m, text, text_len, NULL), 0);
	CU_ASSERT_EQUAL(m.hashed.len, 0);
	m.hdr.exchange = EXCH1_INFORMATIONAL;
	CU_ASSERT(message_check(&m, &e) < 0);
	CU_ASSERT(strstr(e.text, "before HASH") != NULL);
}

static void
put(struct build *b, uint8_t type)
{
	static const char sa[] = "00000001 00000001 00000020 01010001"
	    "00000018 01010000 80010007 80020002 80030001 80040002";
	static const uint8_t bytes[32] = { 1, 2, 3 };
	uint8_t body[64];

	switch (type) {
	case PL_SA:
		build_raw(b, PL_SA, body, hex_read(body, sizeof(body), sa));
		break;
	case PL_NOTIFY:
		build1_notify(b, PROTO_IKE, N1_INITIAL_CONTACT, NULL, 0, NULL, 0);
		break;
	case PL_DELETE:
		build1_delete_isakmp(b, 1, 2);
		break;
	default:
		build_raw(b, type, bytes, sizeof(bytes));
	}
}

static void
test_shapes(void)
{
	static const struct {
		int			line;
		uint8_t			exchange;
		bool			crypt;
		enum message_shape	shape;		/* SHAPE_NONE: refused */
		const char		*says;
		uint8_t			pl[8];
	} rows[] = {
#define CLEAR	false
#define CRYPT	true
	{ __LINE__, EXCH1_MAIN, CLEAR, SHAPE1_MM_SA, "", { PL_SA, PL_VENDOR, PL_VENDOR } },
	{ __LINE__, EXCH1_MAIN, CLEAR, SHAPE_NONE, "more than one payload SA", { PL_SA, PL_SA } },
	{ __LINE__, EXCH1_MAIN, CLEAR, SHAPE1_MM_KE, "", { PL_KE, PL_NONCE, PL_NATD, PL_NATD, PL_NATD, PL_CERTREQ } },
	{ __LINE__, EXCH1_MAIN, CLEAR, SHAPE_NONE, "without payload No", { PL_KE, PL_NATD } },
	{ __LINE__, EXCH1_MAIN, CLEAR, SHAPE_NONE, "", { PL_ID, PL_HASH } },
	{ __LINE__, EXCH1_MAIN, CRYPT, SHAPE1_MM_HASH, "", { PL_ID, PL_HASH, PL_NOTIFY } },
	{ __LINE__, EXCH1_MAIN, CRYPT, SHAPE1_MM_SIG, "", { PL_ID, PL_CERT, PL_CERT, PL_CERTREQ, PL_AUTH } },
	{ __LINE__, EXCH1_MAIN, CRYPT, SHAPE_NONE, "", { PL_ID, PL_HASH, PL_AUTH } },
	{ __LINE__, EXCH1_MAIN, CRYPT, SHAPE_NONE, "IDcr", { PL_ID, PL_ID, PL_HASH } },
	{ __LINE__, EXCH1_MAIN, CRYPT, SHAPE_NONE, "", { PL_SA } },
	{ __LINE__, EXCH1_QUICK, CRYPT, SHAPE1_QM_SA, "", { PL_HASH, PL_SA, PL_NONCE } },
	{ __LINE__, EXCH1_QUICK, CRYPT, SHAPE1_QM_SA, "", { PL_HASH, PL_SA, PL_NONCE, PL_KE, PL_ID, PL_ID, PL_NATOA, PL_NATOA } },
	{ __LINE__, EXCH1_QUICK, CRYPT, SHAPE_NONE, "IDcr", { PL_HASH, PL_SA, PL_NONCE, PL_ID } },
	{ __LINE__, EXCH1_QUICK, CRYPT, SHAPE_NONE, "more than one", { PL_HASH, PL_SA, PL_SA, PL_NONCE } },
	{ __LINE__, EXCH1_QUICK, CRYPT, SHAPE_NONE, "more than one", { PL_HASH, PL_SA, PL_NONCE, PL_ID, PL_ID, PL_ID } },
	{ __LINE__, EXCH1_QUICK, CRYPT, SHAPE_NONE, "before HASH", { PL_SA, PL_HASH, PL_NONCE } },
	{ __LINE__, EXCH1_QUICK, CRYPT, SHAPE1_QM_HASH, "", { PL_HASH } },
	{ __LINE__, EXCH1_QUICK, CRYPT, SHAPE1_QM_CONNECTED, "", { PL_HASH, PL_NOTIFY } },
	{ __LINE__, EXCH1_QUICK, CLEAR, SHAPE_NONE, "unknown here", { PL_HASH, PL_SA, PL_NONCE } },
	{ __LINE__, EXCH1_INFORMATIONAL, CRYPT, SHAPE1_INFO, "", { PL_HASH, PL_DELETE, PL_DELETE } },
	{ __LINE__, EXCH1_INFORMATIONAL, CRYPT, SHAPE_NONE, "INFORMATIONAL message without payload HASH", { PL_DELETE } },
	{ __LINE__, EXCH1_INFORMATIONAL, CLEAR, SHAPE1_INFO_CLEAR, "", { PL_NOTIFY } },
	{ __LINE__, EXCH1_AGGRESSIVE, CLEAR, SHAPE_NONE, "exchange type 4 is unknown", { PL_SA } },
	};
	uint8_t buf[1024], *text;
	size_t i, j, len, text_len;
	struct ike_header h = hdr;
	struct build b;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = ERR_INIT;

		h.exchange = rows[i].exchange;
		build1_begin(&b, buf, sizeof(buf), &h);
		if (rows[i].crypt)
			build1_encrypted(&b);
		for (j = 0; j < 8 && rows[i].pl[j] != PL_NONE; j++)
			put(&b, rows[i].pl[j]);
		len = build1_seal(&b, rows[i].crypt ? 16 : 1, &text, &text_len);
		CHECK_ROW(rows[i].line, message1_parse(&m, buf, len, &e) == 0);
		if (rows[i].crypt)
			CHECK_ROW(rows[i].line, message1_parse_inner(&m, text,
			    text_len, &e) == 0);
		CHECK_ROW(rows[i].line, (message_check(&m, &e) == 0) ==
		    (rows[i].shape != SHAPE_NONE));
		CHECK_ROW(rows[i].line, m.shape == rows[i].shape);
		CHECK_ROW(rows[i].line, strstr(e.text, rows[i].says) != NULL);
	}
}

/* --- the rest --- */

static void
test_fragment(void)
{
	uint8_t buf[256];
	char line[MESSAGE_STRLEN];
	struct build b;
	size_t len;

	len = build1_fragment(&b, buf, sizeof(buf), &hdr, 7, 2, true, "abcdefgh", 8);
	CU_ASSERT_EQUAL(len, IKE_HDR_LEN + 8 + 8);
	CU_ASSERT_EQUAL(message1_parse(&m, buf, len, NULL), 0);
	CU_ASSERT(m.fragment.present && m.fragment.last);
	CU_ASSERT(m.fragment.id == 7 && m.fragment.number == 2);
	CU_ASSERT(m.fragment.data.len == 8 &&
	    memcmp(m.fragment.data.p, "abcdefgh", 8) == 0);
	CU_ASSERT_STRING_EQUAL(message_str(&m, line),
	    "IKEv1 QUICK_MODE cafe0001 [ FRAGMENT(2, the last) ]");
	buf[IKE_HDR_LEN + 6] = 0;			/* number 0 */
	CU_ASSERT(message1_parse(&m, buf, len, NULL) < 0);
	buf[IKE_HDR_LEN + 6] = 1;
	buf[IKE_HDR_LEN] = PL_NONE + 1;			/* something behind it */
	CU_ASSERT(message1_parse(&m, buf, len, NULL) < 0);
	len = build1_fragment(&b, buf, sizeof(buf), &hdr, 7, 2, true, NULL, 0);
	CU_ASSERT(message1_parse(&m, buf, len, NULL) < 0);
}

static void
test_values(void)
{
	static const uint8_t life[] = { 0x80, 1, 0, 1, 0, 2, 0, 4, 0, 1, 0x51, 0x80 };
	const struct payload *p;
	uint64_t spi_i, spi_r;
	uint32_t n, kb;
	uint8_t buf[256];
	struct build b;

	build1_begin(&b, buf, sizeof(buf), &hdr);
	build1_delete_isakmp(&b, hdr.spi_i, hdr.spi_r);
	build1_delete(&b, PROTO_ESP, (uint32_t[]){ 0xc0010203 }, 1);
	build1_notify(&b, PROTO_IKE, N1_R_U_THERE, "0123456789abcdef", 16,
	    "\1\2\3\4", 4);
	build1_notify(&b, PROTO_ESP, N1_RESPONDER_LIFETIME, "abcd", 4,
	    "\x80\1\0\1\0\2\0\4\0\1\x51\x80", 12);
	build1_natd(&b, true, "12345678", 8);
	CU_ASSERT_EQUAL_FATAL(message1_parse(&m, buf, build_end(&b), NULL), 0);
	p = message_find(&m, PL_DELETE);
	CU_ASSERT(delete_cookies(p, 0, &spi_i, &spi_r));
	CU_ASSERT(spi_i == hdr.spi_i && spi_r == hdr.spi_r);
	CU_ASSERT(!delete_cookies(p, 1, &spi_i, &spi_r) && delete_spi(p, 0) == 0);
	p = message_next(&m, p);
	CU_ASSERT_EQUAL(delete_spi(p, 0), 0xc0010203);
	CU_ASSERT(!delete_cookies(p, 0, &spi_i, &spi_r));
	p = message_notify(&m, (enum ike_notify)N1_R_U_THERE);
	CU_ASSERT(notify_u32(p, &n) && n == 0x01020304);
	p = message_notify(&m, (enum ike_notify)N1_RESPONDER_LIFETIME);
	CU_ASSERT(!notify_u32(p, &n));
	CU_ASSERT(p->notify.data.len == 12 && memcmp(p->notify.data.p, life, 2) == 0);
	notify_lifetime(p, &n, &kb);
	CU_ASSERT(n == 86400 && kb == 0);
	CU_ASSERT(message_find(&m, PL_NATD) != NULL);
}

/* Those we send are known by their names, and so are the peers'. */
static void
test_vendor(void)
{
	uint8_t buf[512];
	char line[MESSAGE_STRLEN];
	struct build b;
	int v;

	build1_begin(&b, buf, sizeof(buf), &hdr);
	for (v = VENDOR_UNKNOWN; v <= VENDOR_OTHER; v++)
		vendor_build(&b, (enum vendor)v);
	build_raw(&b, PL_VENDOR, "never heard of", 14);
	build_raw(&b, PL_VENDOR, NULL, 0);
	CU_ASSERT_EQUAL_FATAL(message1_parse(&m, buf, build_end(&b), NULL), 0);
	CU_ASSERT_EQUAL(m.n, VENDOR_OTHER - 1 + 2);
	for (v = VENDOR_NATT_RFC; v < VENDOR_OTHER; v++)
		CU_ASSERT(message_vendor(&m, (enum vendor)v));
	CU_ASSERT(!message_vendor(&m, VENDOR_OTHER));
	CU_ASSERT(strstr(message_payloads_str(&m, line), "V(NAT-T draft 02) V(DPD) "
	    "V(fragmentation) V V") != NULL);
}

int
main(void)
{
	static const struct unit_test tests[] = {
		{ "captured messages", test_captured },
		{ "decoded and encoded again", test_again },
		{ "truncated at every octet", test_truncated },
		{ "every octet changed", test_mutated },
		{ "header", test_header },
		{ "what HASH covers", test_hash },
		{ "shapes", test_shapes },
		{ "fragment", test_fragment },
		{ "values", test_values },
		{ "vendor ids", test_vendor },
	};

	n_samples = sample_load("ikev1-messages.txt");
	return unit_run("wire/message1", tests, sizeof(tests) / sizeof(tests[0]));
}
