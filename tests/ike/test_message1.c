/* ike/wire: IKEv1 messages, those of other programs and our own. */
#include "ike/wire/message1.h"

#include <stdlib.h>
#include <string.h>

#include "ike/proposal.h"
#include "ike/wire/build1.h"
#include "sample.h"
#include "tests/crypto/hex.h"
#include "tests/unit.h"

static struct message m;
static size_t n_samples;

static const struct ike_header hdr = {
	.spi_i = 0x1122334455667788, .spi_r = 0x99aabbccddeeff00,
	.version = IKE_VERSION_1, .exchange = EXCH1_QUICK, .msgid = 0xcafe0001,
};

/* A copy that ends where the message does, for the sanitizer. */
static uint8_t *
exact(const uint8_t *p, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	if (copy == NULL)
		abort();
	if (len > 0)
		memcpy(copy, p, len);
	return copy;
}

static int
parse_sample(const struct sample *s, const uint8_t *bytes, size_t len, struct err *e)
{
	if (!s->inner)
		return message1_parse(&m, bytes, len, e);
	/* -1: its length is that of the whole message, which is not here. */
	CU_ASSERT(header_parse(&m.hdr, s->head, sizeof(s->head), NULL) < 0);
	memset(&m.sk, 0, sizeof(m.sk));
	memset(&m.fragment, 0, sizeof(m.fragment));
	m.sk.present = true;
	m.sk.first = s->first;
	return message1_parse_inner(&m, bytes, len, e);
}

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
		uint8_t *bytes = exact(s->bytes, s->len);
		struct err e = ERR_INIT;

		CU_ASSERT_EQUAL(parse_sample(s, bytes, s->len, &e), 0);
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

		CU_ASSERT_EQUAL(parse_sample(s, s->bytes, s->len, &e), 0);
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

/* --- SA --- */

static const char *
terms_str(const struct payload *sa, size_t i, char buf[400])
{
	const struct proposal *p = &sa->sa.p[i];
	const struct proposal1 *v = &sa->sa.v1[i];
	char t[TRANSFORM_STRLEN];
	size_t j, at;

	at = (size_t)snprintf(buf, 400, "%u.%u %u", v->proposal, v->number, p->num);
	for (j = 0; j < p->n; j++)
		at += (size_t)snprintf(buf + at, 400 - at, " %s%s",
		    transform_str(&p->t[j], t), p->t[j].unknown ? "!" : "");
	snprintf(buf + at, 400 - at, " auth %u mode %u %u s %u kB%s%s", v->auth,
	    v->mode, v->life_s, v->life_kb, v->why != NULL ? ": " : "",
	    v->why != NULL ? v->why : "");
	return buf;
}

/* Of the sample number `which` that has an SA payload. */
static void
check_sa(int line, size_t which, size_t i, size_t n, const char *want)
{
	char got[400];
	struct err e = ERR_INIT;
	const struct payload *sa = NULL;
	size_t s;

	for (s = 0; s < n_samples; s++) {
		CU_ASSERT_EQUAL(parse_sample(&samples[s], samples[s].bytes,
		    samples[s].len, &e), 0);
		sa = message_find(&m, PL_SA);
		if (sa != NULL && which-- == 0)
			break;
	}
	CU_ASSERT_FATAL(s < n_samples && sa != NULL);
	CHECK_ROW(line, sa->sa.n == n);
	if (i >= sa->sa.n)
		return;
	if (strcmp(terms_str(sa, i, got), want) != 0)
		printf("\n    got  %s\n    want %s\n", got, want);
	CHECK_ROW(line, strcmp(got, want) == 0);
}

static void
test_captured_sa(void)
{
	static const struct {
		int		line;
		size_t		which, i, n;
		const char	*want;
	} rows[] = {
		/* strongSwan's offer and answer, then quick mode */
		{ __LINE__, 0, 0, 2, "1.1 1 aes128 sha256 prfsha256 modp2048 auth 1 mode 0 15840 s 0 kB" },
		{ __LINE__, 0, 1, 2, "1.2 2 aes256 sha1 prfsha1 modp1024 auth 1 mode 0 15840 s 0 kB" },
		{ __LINE__, 1, 0, 1, "1.1 1 aes128 sha256 prfsha256 modp2048 auth 1 mode 0 15840 s 0 kB" },
		{ __LINE__, 2, 0, 1, "1.1 1 aes128 sha256 modp2048 auth 0 mode 3 3960 s 0 kB" },
		/* the same with certificates */
		{ __LINE__, 6, 0, 1, "1.1 1 aes256 sha1 prfsha1 modp1536 auth 3 mode 0 15840 s 0 kB" },
		{ __LINE__, 8, 0, 1, "1.1 1 aes256 sha1 auth 0 mode 3 3960 s 0 kB" },
		/* ike-scan: what it offers by itself, what it was told to */
		{ __LINE__, 10, 0, 8, "1.1 1 3des sha1 prfsha1 modp1024 auth 1 mode 0 28800 s 0 kB" },
		{ __LINE__, 10, 7, 8, "1.8 8 des md5 prfmd5 modp768 auth 1 mode 0 28800 s 0 kB" },
		{ __LINE__, 12, 0, 2, "1.1 1 aes256 sha256 prfsha256 ecp256 auth 3 mode 0 0 s 0 kB" },
		{ __LINE__, 12, 1, 2, "1.2 2 des md5 prfmd5 modp1024 auth 64221 mode 0 28800 s 0 kB" },
		/* Libreswan's; what strongSwan offers it */
		{ __LINE__, 13, 0, 2, "1.1 1 aes128 sha256 prfsha256 x25519 auth 1 mode 0 15840 s 0 kB" },
		{ __LINE__, 15, 0, 2, "1.1 1 aes128 sha256 auth 0 mode 1 3960 s 0 kB" },
		{ __LINE__, 15, 1, 2, "1.2 2 aes128gcm16 auth 0 mode 1 3960 s 0 kB" },
		{ __LINE__, 17, 17, 18, "0.17 18 3des sha1 prfsha1 modp1536 auth 3 mode 0 28800 s 0 kB" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_sa(rows[i].line, rows[i].which, rows[i].i, rows[i].n,
		    rows[i].want);
}

/* The body of an SA payload of one proposal with these transforms. */
static size_t
sa_datagram(uint8_t *buf, size_t size, uint8_t protocol, const char *const *t,
	    size_t n, uint8_t num)
{
	uint8_t attrs[128];
	struct build b;
	size_t i, len, at, start;

	build1_begin(&b, buf, size, &hdr);
	build_open(&b, PL_SA);
	wbuf_u32(&b.w, DOI_IPSEC);
	wbuf_u32(&b.w, SIT_IDENTITY_ONLY);
	start = b.w.len;
	wbuf_u32(&b.w, 0);
	wbuf_u8(&b.w, num);
	wbuf_u8(&b.w, protocol);
	wbuf_u8(&b.w, 0);
	wbuf_u8(&b.w, (uint8_t)n);
	for (i = 0; i < n; i++) {
		len = hex_read(attrs, sizeof(attrs), t[i]);
		at = b.w.len;
		wbuf_u8(&b.w, i + 1 < n ? 3 : 0);
		wbuf_zero(&b.w, 3);
		wbuf_u8(&b.w, (uint8_t)(i + 1));
		wbuf_bytes(&b.w, attrs, 1);
		wbuf_u16(&b.w, 0);
		wbuf_bytes(&b.w, attrs + 1, len - 1);
		build_length(&b, at);
	}
	build_length(&b, start);
	build_close(&b);
	return build_end(&b);
}

static void
test_attributes(void)
{
	/* Transform id, then attributes. */
	static const struct {
		int		 line;
		uint8_t		 protocol;
		const char	*hex;
		const char	*want;		/* NULL: refused */
	} rows[] = {
		/* both forms of every attribute */
		{ __LINE__, PROTO_IKE, "01 80010007 800e0100 80020002 80030001 80040002 800b0001 800c0e10",
		  "1.1 1 aes256 sha1 prfsha1 modp1024 auth 1 mode 0 3600 s 0 kB" },
		{ __LINE__, PROTO_IKE, "01 000100020007 000e00020100 000200020002 000300020001 000400020002 000b00020001 000c000400015180",
		  "1.1 1 aes256 sha1 prfsha1 modp1024 auth 1 mode 0 86400 s 0 kB" },
		/* kilobytes too; longer numbers than 32 bits are very long */
		{ __LINE__, PROTO_IKE, "01 80010005 80020004 80030003 8004000e 800b0002 000c000800000001 00000000 800b0001 000c000800000000 00000e10",
		  "1.1 1 3des sha256 prfsha256 modp2048 auth 3 mode 0 3600 s 4294967295 kB" },
		/* AES without a length is that of 128 bits */
		{ __LINE__, PROTO_IKE, "01 80010007 80020006 8003fde9 80040013",
		  "1.1 1 aes128 sha512 prfsha512 ecp256 auth 65001 mode 0 0 s 0 kB" },
		{ __LINE__, PROTO_IKE, "01 80010001 80020001 80030001 80040001",
		  "1.1 1 des md5 prfmd5 modp768 auth 1 mode 0 0 s 0 kB" },
		{ __LINE__, PROTO_IKE, "01 80010008 80020003 80030001 8004000e 800e0080",
		  "1.1 1 camellia128 tiger prftiger modp2048 auth 1 mode 0 0 s 0 kB" },
		/* not to be chosen, and why */
		{ __LINE__, PROTO_IKE, "01 80010007 80020002 80030001 80040002 80050001",
		  "1.1 1 aes128! sha1 prfsha1 modp1024 auth 1 mode 0 0 s 0 kB: it has an attribute that is unknown here" },
		{ __LINE__, PROTO_IKE, "01 80010007 80020002 80030001 80040002 80040005",
		  "1.1 1 aes128! sha1 prfsha1 modp1536 auth 1 mode 0 0 s 0 kB: it says one thing twice" },
		{ __LINE__, PROTO_IKE, "01 80010007 80020002 80030001 80040002 800c0005",
		  "1.1 1 aes128! sha1 prfsha1 modp1024 auth 1 mode 0 0 s 0 kB: it has a lifetime of an unknown kind" },
		{ __LINE__, PROTO_IKE, "01 80010007 80020002 80030001",
		  "1.1 1 aes128! sha1 prfsha1 none auth 1 mode 0 0 s 0 kB: it names no group" },
		{ __LINE__, PROTO_IKE, "01 80010007 80020002 80040002",
		  "1.1 1 aes128! sha1 prfsha1 modp1024 auth 0 mode 0 0 s 0 kB: it names no method of authentication" },
		{ __LINE__, PROTO_IKE, "02 80010007 80020002 80030001 80040002",
		  "1.1 1 aes128! sha1 prfsha1 modp1024 auth 1 mode 0 0 s 0 kB: it is not for IKE" },
		{ __LINE__, PROTO_ESP, "0c 80060100 80040001 80050005 80010001 80020e10 80010002 000200040046 5000",
		  "1.1 1 aes256 sha256 auth 0 mode 1 3600 s 4608000 kB" },
		{ __LINE__, PROTO_ESP, "14 80060080 8004f003 8003000e 800b0001",
		  "1.1 1 aes128gcm16 modp2048 esn auth 0 mode 61443 0 s 0 kB" },
		{ __LINE__, PROTO_ESP, "16 80060080 80040002 80050008",
		  "1.1 1 camellia128 ripemd auth 0 mode 2 0 s 0 kB" },
		{ __LINE__, PROTO_ESP, "0b 80040001 80050002",
		  "1.1 1 null sha1 auth 0 mode 1 0 s 0 kB" },
		{ __LINE__, PROTO_AH, "03 80040001 80050002",
		  "1.1 1 3des sha1 auth 0 mode 1 0 s 0 kB" },
		{ __LINE__, PROTO_ESP, "0c 80060080 80040001 80050002 80080001",
		  "1.1 1 aes128! sha1 auth 0 mode 1 0 s 0 kB: it has an attribute that is unknown here" },
		/* longer than the transform */
		{ __LINE__, PROTO_ESP, "0c 80060080 000200ff 0000", NULL },
		{ __LINE__, PROTO_ESP, "0c 80060080 0002", NULL },
	};
	uint8_t buf[512];
	char got[400];
	size_t i, len;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = ERR_INIT;
		uint8_t *bytes;

		len = sa_datagram(buf, sizeof(buf), rows[i].protocol, &rows[i].hex,
		    1, 1);
		bytes = exact(buf, len);
		if (rows[i].want == NULL) {
			CHECK_ROW(rows[i].line, message1_parse(&m, bytes, len, &e) < 0);
			CHECK_ROW(rows[i].line, m.refuse == N1_PAYLOAD_MALFORMED);
		} else {
			CHECK_ROW(rows[i].line, message1_parse(&m, bytes, len, &e) == 0);
			terms_str(message_find(&m, PL_SA), 0, got);
			if (strcmp(got, rows[i].want) != 0)
				printf("\n    got  %s\n    want %s\n", got, rows[i].want);
			CHECK_ROW(rows[i].line, strcmp(got, rows[i].want) == 0);
		}
		free(bytes);
	}
}

/* Two proposals of one number: both wanted, which we have not. */
static void
test_bundle(void)
{
	static const char ah_esp[] =
	    "00000001 00000001"
	    "02 00 0018 01 02 04 01 01010101" "00 00 000c 01 03 0000 80040001"
	    "02 00 0018 01 03 04 01 02020202" "00 00 000c 01 0c 0000 80040001"
	    "00 00 0018 02 03 04 01 03030303" "00 00 000c 01 0c 0000 80040001";
	uint8_t body[128], buf[256];
	const struct payload *sa;
	struct build b;
	size_t len;

	len = hex_read(body, sizeof(body), ah_esp);
	build1_begin(&b, buf, sizeof(buf), &hdr);
	build_raw(&b, PL_SA, body, len);
	CU_ASSERT_EQUAL_FATAL(message1_parse(&m, buf, build_end(&b), NULL), 0);
	sa = message_find(&m, PL_SA);
	CU_ASSERT_EQUAL_FATAL(sa->sa.n, 3);
	CU_ASSERT(strstr(sa->sa.v1[0].why, "together") != NULL);
	CU_ASSERT(sa->sa.p[0].t[0].unknown);
	CU_ASSERT(strstr(sa->sa.v1[1].why, "together") != NULL);
	CU_ASSERT(sa->sa.v1[2].why == NULL && !sa->sa.p[2].t[0].unknown);
	CU_ASSERT_EQUAL(bytes_spi(&sa->sa.p[2].spi), 0x03030303);
	CU_ASSERT(sa1_chosen(sa, 3) == &sa->sa.v1[2]);
	CU_ASSERT(sa1_chosen(sa, 4) == NULL && sa1_chosen(sa, 0) == NULL);
	/* Another DOI, another situation. */
	buf[IKE_HDR_LEN + 4 + 3] = 2;
	CU_ASSERT(message1_parse(&m, buf, b.w.len, NULL) < 0);
	CU_ASSERT_EQUAL(m.refuse, N1_DOI_NOT_SUPPORTED);
	buf[IKE_HDR_LEN + 4 + 3] = 1;
	buf[IKE_HDR_LEN + 4 + 7] = 3;
	CU_ASSERT(message1_parse(&m, buf, b.w.len, NULL) < 0);
	CU_ASSERT_EQUAL(m.refuse, N1_SITUATION_NOT_SUPPORTED);
}

static void
test_many_transforms(void)
{
	static uint8_t buf[65536];
	const char *t[130];
	struct err e = ERR_INIT;
	size_t i;

	for (i = 0; i < 130; i++)
		t[i] = "01 80010007 80020002 80030001 80040002";
	CU_ASSERT_EQUAL(message1_parse(&m, buf, sa_datagram(buf, sizeof(buf),
	    PROTO_IKE, t, 128, 1), &e), 0);
	CU_ASSERT_EQUAL(message_find(&m, PL_SA)->sa.n, 128);
	CU_ASSERT(message1_parse(&m, buf, sa_datagram(buf, sizeof(buf),
	    PROTO_IKE, t, 129, 1), &e) < 0);
	CU_ASSERT(strstr(e.text, "more than 128 transforms") != NULL);
	CU_ASSERT(message1_parse(&m, buf, sa_datagram(buf, sizeof(buf),
	    PROTO_IKE, t, 0, 1), &e) < 0);
}

static bool
with_psk(const struct proposal1 *p, const void *ctx)
{
	return p->auth == *(const uint16_t *)ctx;
}

/* What an offer says is what is read of it: each combination, in order. */
static void
test_offer(void)
{
	static const struct transform t[] = {
		{ T_ENCR, false, 12, 256 }, { T_ENCR, false, 3, 0 },
		{ T_INTEG, false, 12, 0 }, { T_INTEG, false, 2, 0 },
		{ T_PRF, false, 5, 0 }, { T_PRF, false, 2, 0 },
		{ T_KE, false, 19, 0 }, { T_KE, false, 14, 0 },
	};
	static const struct proposal p = { 1, PROTO_IKE, 8, t, { NULL, 0 } };
	static const struct sa1_terms psk = { AUTH1_PSK, 0, 86400, 0 };
	static struct proposal room[MSG_PROPOSALS_MAX];
	const uint16_t want = AUTH1_PSK, other = AUTH1_RSA;
	const struct payload *sa;
	struct payload some;
	uint8_t buf[1024];
	char got[400];
	struct build b;

	build1_begin(&b, buf, sizeof(buf), &hdr);
	build1_sa(&b, &p, 1, &psk);
	CU_ASSERT_EQUAL_FATAL(message1_parse(&m, buf, build_end(&b), NULL), 0);
	sa = message_find(&m, PL_SA);
	CU_ASSERT_EQUAL_FATAL(sa->sa.n, 8);
	CU_ASSERT_STRING_EQUAL(terms_str(sa, 0, got), "1.1 1 aes256 sha256 "
	    "prfsha256 ecp256 auth 1 mode 0 86400 s 0 kB");
	CU_ASSERT_STRING_EQUAL(terms_str(sa, 1, got), "1.2 2 aes256 sha256 "
	    "prfsha256 modp2048 auth 1 mode 0 86400 s 0 kB");
	CU_ASSERT_STRING_EQUAL(terms_str(sa, 7, got), "1.8 8 3des sha1 "
	    "prfsha1 modp2048 auth 1 mode 0 86400 s 0 kB");
	sa1_filter(&some, room, sa, with_psk, &want);
	CU_ASSERT(some.sa.n == 8 && some.sa.p[7].num == 8);
	sa1_filter(&some, room, sa, with_psk, &other);
	CU_ASSERT_EQUAL(some.sa.n, 0);
}

static void
test_offer_esp(void)
{
	static const struct transform t[] = {
		{ T_ENCR, false, 20, 128 }, { T_KE, false, 14, 0 },
		{ T_ENCR, false, 12, 128 }, { T_INTEG, false, 2, 0 },
		{ T_INTEG, false, 12, 0 }, { T_KE, false, 14, 0 },
		{ T_ESN, false, 0, 0 },
		{ T_ENCR, false, 28, 0 },
	};
	const struct bytes spi = { (const uint8_t *)"\xc0\1\2\3", 4 };
	const struct proposal p[] = {
		{ 1, PROTO_ESP, 2, t, spi }, { 2, PROTO_ESP, 5, t + 2, spi },
		{ 3, PROTO_ESP, 1, t + 7, spi },
	};
	static const struct sa1_terms terms = { 0, MODE1_UDP_TUNNEL, 3600, 1000 };
	static const char *const want[] = {
		"1.1 1 aes128gcm16 modp2048 auth 0 mode 3 3600 s 1000 kB",
		"1.2 2 aes128 sha1 modp2048 auth 0 mode 3 3600 s 1000 kB",
		"1.3 3 aes128 sha256 modp2048 auth 0 mode 3 3600 s 1000 kB",
	};
	const struct payload *sa;
	uint8_t buf[1024];
	char got[400];
	struct build b;
	size_t i;

	build1_begin(&b, buf, sizeof(buf), &hdr);
	build1_sa(&b, p, 2, &terms);
	CU_ASSERT_EQUAL_FATAL(message1_parse(&m, buf, build_end(&b), NULL), 0);
	sa = message_find(&m, PL_SA);
	CU_ASSERT_EQUAL_FATAL(sa->sa.n, 3);
	for (i = 0; i < 3; i++) {
		CU_ASSERT_STRING_EQUAL(terms_str(sa, i, got), want[i]);
		CU_ASSERT_EQUAL(bytes_spi(&sa->sa.p[i].spi), 0xc0010203);
	}
	/* ChaCha20 has no number in IKEv1: that is our mistake. */
	build1_begin(&b, buf, sizeof(buf), &hdr);
	build1_sa(&b, p + 2, 1, &terms);
	CU_ASSERT_EQUAL(build_end(&b), 0);
}

/* --- hostile --- */

static void
test_truncated(void)
{
	size_t i, len, last;

	for (i = 0; i < n_samples; i++) {
		const struct sample *s = &samples[i];

		CU_ASSERT_EQUAL(parse_sample(s, s->bytes, s->len, NULL), 0);
		last = s->len;
		if (s->inner && m.n > 0)	/* without the padding */
			last = (size_t)(m.pl[m.n - 1].body.p - s->bytes) +
			    m.pl[m.n - 1].body.len;
		for (len = 0; len < last; len++) {
			uint8_t *bytes = exact(s->bytes, len);
			struct err e = ERR_INIT;

			if (!s->inner && len >= IKE_HDR_LEN) {
				bytes[26] = (uint8_t)(len >> 8);
				bytes[27] = (uint8_t)len;
			}
			CU_ASSERT(parse_sample(s, bytes, len, &e) < 0);
			CU_ASSERT(e.kind == ERR_INVALID && e.text[0] != '\0');
			CU_ASSERT(m.refuse == (s->inner || len >= IKE_HDR_LEN ?
			    N1_PAYLOAD_MALFORMED : 0));
			free(bytes);
		}
	}
}

static void
one_mutation(const struct sample *s, uint8_t *bytes, size_t len)
{
	char line[MESSAGE_STRLEN];
	struct err e = ERR_INIT;

	if (parse_sample(s, bytes, len, &e) < 0) {
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
		uint8_t *bytes = exact(s->bytes, s->len);

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
	static const char *const t[] = { "01 80010007 80020002 80030001 80040002" };
	static const uint8_t bytes[32] = { 1, 2, 3 };
	uint8_t tmp[256];
	size_t len;

	switch (type) {
	case PL_SA:
		len = sa_datagram(tmp, sizeof(tmp), PROTO_IKE, t, 1, 1);
		build_raw(b, PL_SA, tmp + IKE_HDR_LEN + 4, len - IKE_HDR_LEN - 4);
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
	CU_ASSERT(bytes_cookies(&p->notify.spi, &spi_i, &spi_r));
	CU_ASSERT(!bytes_cookies(&p->notify.data, &spi_i, &spi_r));
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
		{ "captured offers", test_captured_sa },
		{ "attributes", test_attributes },
		{ "several protocols together", test_bundle },
		{ "bound of transforms", test_many_transforms },
		{ "an offer of phase 1", test_offer },
		{ "an offer of phase 2", test_offer_esp },
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
