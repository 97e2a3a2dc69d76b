/* ike/wire/message: captured messages, and what becomes of broken ones. */
#include "ike/wire/message.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/alg.h"
#include "sample_check.h"
#include "tests/unit.h"

static struct message m;
static size_t n_samples;

/* Ours says more: "KE(x25519)", "D(ESP c0010203)". */
static void
without_detail(char *s)
{
	static const char *const more[] = { " KE(", " D(" };
	char *at, *end;
	size_t i;

	for (i = 0; i < 2; i++) {
		if ((at = strstr(s, more[i])) == NULL)
			continue;
		at = strchr(at, '(');
		end = strchr(at, ')');
		memmove(at, end + 1, strlen(end + 1) + 1);
	}
}

static void
test_captured(void)
{
	char got[MESSAGE_STRLEN];
	struct err e = ERR_INIT;
	size_t i;

	CU_ASSERT_FATAL(n_samples >= 25);
	for (i = 0; i < n_samples; i++) {
		const struct sample *s = &samples[i];
		uint8_t *bytes = sample_exact(s->bytes, s->len);

		CU_ASSERT_EQUAL(sample_parse(s, &m, bytes, s->len, &e), 0);
		without_detail((char *)(uintptr_t)message_str(&m, got));
		if (strcmp(got, s->want) != 0)
			printf("\n    got  %s\n    want %s\n", got, s->want);
		CU_ASSERT_STRING_EQUAL(got, s->want);
		CU_ASSERT_EQUAL(message_check(&m, &e), 0);
		if (e.kind != ERR_NONE)
			printf("\n    %s: %s\n", s->want, e.text);
		CU_ASSERT(m.shape != SHAPE_NONE);
		free(bytes);
	}
}

/* What was decoded, encoded again, is the same octets. */
static void
test_again(void)
{
	uint8_t buf[SAMPLE_MAX + IKE_HDR_LEN];
	struct build b;
	size_t i, j, skip, len;

	for (i = 0; i < n_samples; i++) {
		const struct sample *s = &samples[i];

		CU_ASSERT_EQUAL(sample_parse(s, &m, s->bytes, s->len, NULL), 0);
		build_begin(&b, buf, sizeof(buf), &m.hdr);
		for (j = 0; j < m.n; j++)
			sample_rebuild(&b, &m.pl[j]);
		len = build_end(&b);
		skip = s->inner ? IKE_HDR_LEN : 0;
		CU_ASSERT_EQUAL(len - skip, s->len);
		CU_ASSERT(memcmp(buf + skip, s->bytes, s->len) == 0);
	}
}

/* Numbers as tshark gives them for the first of the messages. */
static void
test_offer_of_strongswan(void)
{
	static const uint16_t encr1[] = { 12, 12, 12, 13, 13, 13, 23, 23, 23, 24, 24,
					  24, 3 };
	static const uint16_t ke1[] = { 31, 32, 19, 20, 21, 28, 29, 30, 15, 16, 17,
					18, 14 };
	const struct payload *sa;
	size_t i, n_encr = 0, n_ke = 0;

	CU_ASSERT_EQUAL(sample_parse(&samples[0], &m, samples[0].bytes, samples[0].len,
	    NULL), 0);
	sa = message_find(&m, PL_SA);
	CU_ASSERT_FATAL(sa != NULL && sa->sa.n == 2);
	CU_ASSERT(sa->sa.p[0].num == 1 && sa->sa.p[1].num == 2);
	for (i = 0; i < sa->sa.p[0].n; i++) {
		const struct transform *t = &sa->sa.p[0].t[i];

		if (t->type == T_ENCR && n_encr < 13)
			CU_ASSERT_EQUAL(t->id, encr1[n_encr++]);
		if (t->type == T_KE && n_ke < 13)
			CU_ASSERT_EQUAL(t->id, ke1[n_ke++]);
		CU_ASSERT(!t->unknown);
	}
	CU_ASSERT(n_encr == 13 && n_ke == 13);
	CU_ASSERT(sa->sa.p[0].t[0].key_bits == 128);
	CU_ASSERT(message_find(&m, PL_KE)->ke.group == 31);
	CU_ASSERT(message_find(&m, PL_NONCE)->body.len == 32);
	CU_ASSERT(message_notify(&m, N_NAT_DETECTION_SOURCE_IP)->notify.data.len == 20);
	CU_ASSERT(message_notify(&m, N_COOKIE) == NULL);
	CU_ASSERT(message_error(&m) == NULL);
}

static void
test_truncated(void)
{
	sample_check_truncated(n_samples, N_INVALID_SYNTAX);
}

static void
one_mutation(uint8_t *bytes, size_t len)
{
	char line[MESSAGE_STRLEN];
	struct err e = ERR_INIT;

	if (message_parse(&m, bytes, len, &e) < 0) {
		CU_ASSERT(e.kind == ERR_INVALID && e.text[0] != '\0');
		return;
	}
	CU_ASSERT(strlen(message_str(&m, line)) < MESSAGE_STRLEN);
	if (message_check(&m, &e) < 0)
		CU_ASSERT(m.refuse == N_INVALID_SYNTAX && e.text[0] != '\0');
}

/* Every octet of one message of every payload type, turned into others. */
static void
test_mutated(void)
{
	static const uint8_t xors[] = { 0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80,
					0xff };
	uint8_t buf[512], *bytes;
	const enum ike_payload *t;
	struct build b;
	size_t i, j, len;

	for (t = sample_types; *t != PL_NONE; t++) {
		build_begin(&b, buf, sizeof(buf), &sample_header);
		sample_payload(&b, *t);
		sample_payload(&b, PL_NONCE);
		len = build_end(&b);
		CU_ASSERT_FATAL(len > 0);
		bytes = sample_exact(buf, len);
		CU_ASSERT_EQUAL(message_parse(&m, bytes, len, NULL), 0);
		for (i = 0; i < len; i++) {
			for (j = 0; j < sizeof(xors); j++) {
				bytes[i] = buf[i] ^ xors[j];
				one_mutation(bytes, len);
			}
			bytes[i] = 0;
			one_mutation(bytes, len);
			bytes[i] = buf[i];
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
		{ __LINE__, 0, 0x11, 0, 0, "" },
		{ __LINE__, 17, 0x10, -1, N_INVALID_MAJOR_VERSION, "version 1.0" },
		{ __LINE__, 17, 0x30, -1, N_INVALID_MAJOR_VERSION, "version 3.0" },
		{ __LINE__, 17, 0x2f, 0, 0, "" },	/* minor: RFC 7296 2.5 */
		{ __LINE__, 27, 0x00, -1, 0, "datagram of" },
		{ __LINE__, 24, 0x01, -1, 0, "datagram of" },
		{ __LINE__, 16, 0xc8, 0, 0, "" },	/* unknown, not critical */
		{ __LINE__, 16, PL_NONE, -1, N_INVALID_SYNTAX, "too many" },
		{ __LINE__, 19, 0xff, 0, 0, "" },	/* reserved flags */
	};
	uint8_t buf[256];
	struct build b;
	size_t i, len;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = ERR_INIT;

		build_begin(&b, buf, sizeof(buf), &sample_header);
		sample_payload(&b, PL_NONCE);
		len = build_end(&b);
		buf[rows[i].at] = rows[i].value;
		CHECK_ROW(rows[i].line, message_parse(&m, buf, len, &e) == rows[i].ret);
		CHECK_ROW(rows[i].line, rows[i].ret == 0 || m.refuse == rows[i].refuse);
		CHECK_ROW(rows[i].line, strstr(e.text, rows[i].says) != NULL);
	}
	memset(buf, 0, 8);
	CU_ASSERT(message_parse(&m, buf, len, NULL) < 0 && m.refuse == 0);
}

static void
test_critical(void)
{
	uint8_t buf[256];
	struct build b;
	struct err e = ERR_INIT;
	size_t len;

	build_begin(&b, buf, sizeof(buf), &sample_header);
	build_open(&b, (enum ike_payload)200);
	build_close(&b);
	sample_payload(&b, PL_NONCE);
	len = build_end(&b);
	CU_ASSERT_EQUAL(message_parse(&m, buf, len, &e), 0);
	CU_ASSERT(m.n == 1 && m.skipped == 1 && m.pl[0].type == PL_NONCE);

	buf[IKE_HDR_LEN + 1] = 0x80;
	CU_ASSERT(message_parse(&m, buf, len, &e) < 0);
	CU_ASSERT_EQUAL(m.refuse, N_UNSUPPORTED_CRITICAL_PAYLOAD);
	CU_ASSERT_EQUAL(m.refuse_type, 200);
	CU_ASSERT(strstr(e.text, "200") != NULL);

	/* The reserved bits next to it mean nothing. */
	buf[IKE_HDR_LEN + 1] = 0x7f;
	CU_ASSERT_EQUAL(message_parse(&m, buf, len, NULL), 0);
	/* A known payload may be marked (RFC 7296 2.5). */
	buf[IKE_HDR_LEN + 1] = 0;
	buf[IKE_HDR_LEN + 4 + 1] = 0x80;
	CU_ASSERT_EQUAL(message_parse(&m, buf, len, NULL), 0);
	CU_ASSERT(m.pl[0].critical);
}

/* SK: outer payloads are not found any more once it is open. */
static void
test_encrypted(void)
{
	static const struct sk_room room = { 8, 4, 16 };
	uint8_t buf[512];
	char line[MESSAGE_STRLEN];
	struct build b;
	size_t len, aad, text;

	build_begin(&b, buf, sizeof(buf), &sample_header);
	sample_payload(&b, PL_NOTIFY);
	build_sk(&b, &room);
	sample_payload(&b, PL_DELETE);
	sample_payload(&b, PL_NONCE);
	len = build_seal(&b, &aad, &text);
	CU_ASSERT_FATAL(len > 0);
	CU_ASSERT_EQUAL(len, aad + 8 + text + 16);
	CU_ASSERT_EQUAL(text % 4, 0);

	CU_ASSERT_EQUAL(message_parse(&m, buf, len, NULL), 0);
	CU_ASSERT(m.sk.present && m.sk.first == PL_DELETE && m.sk.fragment == 0);
	CU_ASSERT(m.sk.aad_len == aad && m.sk.body.p == buf + aad);
	CU_ASSERT(m.sk.body.len == len - aad);
	CU_ASSERT(m.n == 1);
	CU_ASSERT_EQUAL(message_parse_inner(&m, buf + aad + 8, text, NULL), 0);
	CU_ASSERT(m.n == 2 && message_find(&m, PL_NOTIFY) == NULL);
	CU_ASSERT_EQUAL(delete_spi(message_find(&m, PL_DELETE), 1), 0xc4050607);
	CU_ASSERT_EQUAL(delete_spi(message_find(&m, PL_DELETE), 2), 0);
	CU_ASSERT(strstr(message_str(&m, line), "D(ESP c0010203 c4050607) No ]") != NULL);
}

static void
test_encrypted_broken(void)
{
	static const struct sk_room room = { 8, 16, 16 };
	uint8_t buf[512];
	struct build b;
	struct err e = ERR_INIT;
	size_t len, aad, text;

	build_begin(&b, buf, sizeof(buf), &sample_header);
	build_sk(&b, &room);
	sample_payload(&b, PL_NONCE);
	len = build_seal(&b, &aad, &text);
	CU_ASSERT_EQUAL(message_parse(&m, buf, len, NULL), 0);
	/* More padding than there are octets. */
	buf[aad + 8 + text - 1] = (uint8_t)text;
	CU_ASSERT(message_parse_inner(&m, buf + aad + 8, text, &e) < 0);
	CU_ASSERT(strstr(e.text, "padding") != NULL);
	CU_ASSERT(message_parse_inner(&m, buf + aad + 8, 0, &e) < 0);
	/* So much that the payload is cut. */
	buf[aad + 8 + text - 1] = (uint8_t)(text - 1);
	CU_ASSERT(message_parse_inner(&m, buf + aad + 8, text, &e) < 0);

	/* Something after SK. */
	wbuf_zero(&b.w, 4);
	len = build_end(&b);
	CU_ASSERT(message_parse(&m, buf, len, &e) < 0);
	CU_ASSERT(strstr(e.text, "too many") != NULL);

	/* SK inside SK. */
	build_begin(&b, buf, sizeof(buf), &sample_header);
	build_sk(&b, &room);
	build_raw(&b, PL_SK, "12345678", 8);
	len = build_seal(&b, &aad, &text);
	CU_ASSERT_EQUAL(message_parse(&m, buf, len, NULL), 0);
	CU_ASSERT(message_parse_inner(&m, buf + aad + 8, text, &e) < 0);
	CU_ASSERT(strstr(e.text, "inside an encrypted") != NULL);
	CU_ASSERT_EQUAL(m.refuse, N_INVALID_SYNTAX);
}

static void
test_fragment(void)
{
	uint8_t buf[128];
	char line[MESSAGE_STRLEN];
	size_t len;

	len = sample_datagram(buf, sizeof(buf), PL_SKF, "\0\2\0\3iv......icv!!!", 18);
	CU_ASSERT_EQUAL(message_parse(&m, buf, len, NULL), 0);
	CU_ASSERT(m.sk.present && m.sk.fragment == 2 && m.sk.fragments == 3);
	CU_ASSERT_EQUAL(m.sk.aad_len, IKE_HDR_LEN + 8);
	CU_ASSERT_EQUAL(m.sk.body.len, 14);
	CU_ASSERT(strstr(message_str(&m, line), "[ SKF(2/3) ]") != NULL);
	len = sample_datagram(buf, sizeof(buf), PL_SKF, "\0\4\0\3iv......icv!!!", 18);
	CU_ASSERT(message_parse(&m, buf, len, NULL) < 0);
	len = sample_datagram(buf, sizeof(buf), PL_SKF, "\0\0\0\3iv......icv!!!", 18);
	CU_ASSERT(message_parse(&m, buf, len, NULL) < 0);
}

static void
test_many_payloads(void)
{
	uint8_t buf[1024];
	char line[MESSAGE_STRLEN];
	struct build b;
	struct err e = ERR_INIT;
	size_t i, len;

	for (i = 0; i <= MSG_PAYLOADS_MAX; i++) {
		build_begin(&b, buf, sizeof(buf), &sample_header);
		for (len = 0; len < i; len++)
			build_notify(&b, 0, N_NO_NATS_ALLOWED, NULL, 0, NULL, 0);
		CU_ASSERT_EQUAL(message_parse(&m, buf, build_end(&b), NULL), 0);
		CU_ASSERT(m.n == i);
		/* Too long for a line: cut, and said so. */
		message_str(&m, line);
		CU_ASSERT(strcmp(line + strlen(line) - 2, " ]") == 0);
	}
	CU_ASSERT(strstr(line, "... ]") != NULL);
	build_notify(&b, 0, N_NO_NATS_ALLOWED, NULL, 0, NULL, 0);
	CU_ASSERT(message_parse(&m, buf, build_end(&b), &e) < 0);
	CU_ASSERT(strstr(e.text, "more than 64 payloads") != NULL);
}

static void
test_find(void)
{
	uint8_t buf[256];
	struct build b;
	const struct payload *p;

	build_begin(&b, buf, sizeof(buf), &sample_header);
	build_notify(&b, 0, N_COOKIE, NULL, 0, "c", 1);
	sample_payload(&b, PL_NONCE);
	build_notify(&b, 0, N_INVALID_KE_PAYLOAD, NULL, 0, "\0\x13", 2);
	build_notify(&b, PROTO_ESP, N_REKEY_SA, "\1\2\3\4", 4, NULL, 0);
	CU_ASSERT_EQUAL(message_parse(&m, buf, build_end(&b), NULL), 0);
	p = message_find(&m, PL_NOTIFY);
	CU_ASSERT(p == &m.pl[0]);
	p = message_next(&m, p);
	CU_ASSERT(p == &m.pl[2] && p == message_error(&m));
	CU_ASSERT_EQUAL(notify_u16(p), 19);
	CU_ASSERT_EQUAL(notify_u16(&m.pl[0]), -1);
	p = message_notify(&m, N_REKEY_SA);
	CU_ASSERT_EQUAL(bytes_spi(&p->notify.spi), 0x01020304);
	CU_ASSERT_EQUAL(bytes_spi64(&p->notify.spi), 0);
	CU_ASSERT(message_next(&m, p) == NULL);
	CU_ASSERT(message_find(&m, PL_SA) == NULL);
	CU_ASSERT(message_find(&m, (enum ike_payload)200) == NULL);
}

int
main(void)
{
	static const struct unit_test tests[] = {
		{ "captured messages", test_captured },
		{ "decoded and encoded again", test_again },
		{ "strongSwan's offer", test_offer_of_strongswan },
		{ "truncated at every octet", test_truncated },
		{ "every octet changed", test_mutated },
		{ "header", test_header },
		{ "critical bit", test_critical },
		{ "encrypted payload", test_encrypted },
		{ "broken encrypted payload", test_encrypted_broken },
		{ "fragment", test_fragment },
		{ "bound of payloads", test_many_payloads },
		{ "finding payloads", test_find },
	};

	n_samples = sample_load("ikev2-messages.txt");
	return unit_run("wire/message", tests, sizeof(tests) / sizeof(tests[0]));
}
