/* ike/wire/payload: every way in which a payload's body can be wrong. */
#include "ike/wire/message.h"

#include <string.h>

#include "crypto/alg.h"
#include "sample.h"
#include "tests/crypto/hex.h"
#include "tests/unit.h"

static struct message m;

struct row {
	int		 line;
	uint8_t		 type;
	const char	*body;
	const char	*says;		/* NULL: it is accepted */
};

static const struct row rows[] = {
/* SA: proposals */
{ __LINE__, PL_SA, "", "needs 8" },
{ __LINE__, PL_SA, "00000008 01010000", NULL },	/* without transforms: unacceptable, not wrong */
{ __LINE__, PL_SA, "00000007 01010000", "7 octets" },
{ __LINE__, PL_SA, "00000009 01010000", "9 octets where 8" },
{ __LINE__, PL_SA, "02000008 01010000", "not the last" },
{ __LINE__, PL_SA, "00000008 01010000 00000008 02010000", "the last, and 8 octets" },
{ __LINE__, PL_SA, "02000008 01010000 00000008 02010000", NULL },
{ __LINE__, PL_SA, "02000008 02010000 00000008 02010000", "number 2 after number 2" },
{ __LINE__, PL_SA, "00000008 00010000", "number 0" },
{ __LINE__, PL_SA, "00000008 01010100", "SPI of a proposal" },
{ __LINE__, PL_SA, "00000009 01010000 ff", "too many after the last transform" },
{ __LINE__, PL_SA, "0000000c 01030400 c0010203", NULL },
/* SA: transforms */
{ __LINE__, PL_SA, "00000010 01010001 00000008 01000014", NULL },
{ __LINE__, PL_SA, "00000010 01010002 00000008 01000014", "it is the last" },
{ __LINE__, PL_SA, "00000018 01010002 03000008 01000014 00000008 02000005", NULL },
{ __LINE__, PL_SA, "00000018 01010002 00000008 01000014 00000008 02000005", "is the last" },
{ __LINE__, PL_SA, "00000010 01010001 03000008 01000014", "more follow" },
{ __LINE__, PL_SA, "00000010 01010001 01000008 01000014", "neither" },
{ __LINE__, PL_SA, "00000010 01010001 00000007 01000014", "7 octets" },
{ __LINE__, PL_SA, "00000010 01010001 00000009 01000014", "9 octets" },
{ __LINE__, PL_SA, "0000000c 01010001 00000008", "8 octets where 4" },
/* SA: attributes */
{ __LINE__, PL_SA, "00000014 01010001 0000000c 01000014 800e0080", NULL },
{ __LINE__, PL_SA, "00000014 01010001 0000000c 01000014 000e0000", NULL },
{ __LINE__, PL_SA, "00000014 01010001 0000000c 01000014 000e0001", "attribute" },
{ __LINE__, PL_SA, "00000012 01010001 0000000a 01000014 800e", "attribute" },
{ __LINE__, PL_SA, "00000011 01010001 00000009 01000014 80", "attribute" },
/* KE */
{ __LINE__, PL_KE, "001f00", "needs 4" },
{ __LINE__, PL_KE, "001f0000", "no public value" },
{ __LINE__, PL_KE, "001f0000 01", NULL },
/* IDi: its value is ident's business */
{ __LINE__, PL_IDI, "020000", "needs 4" },
{ __LINE__, PL_IDI, "02000000", NULL },
/* CERT, CERTREQ: Libreswan may send an empty CERTREQ */
{ __LINE__, PL_CERTREQ, "", "needs 1" },
{ __LINE__, PL_CERTREQ, "04", NULL },
/* AUTH */
{ __LINE__, PL_AUTH, "020000", "needs 4" },
{ __LINE__, PL_AUTH, "02000000", "no authentication data" },
/* Nonce */
{ __LINE__, PL_NONCE, "", "not 0" },
{ __LINE__, PL_NONCE, "000102030405060708090a0b0c0d0e", "not 15" },
{ __LINE__, PL_NONCE, "000102030405060708090a0b0c0d0e0f", NULL },
/* Notify */
{ __LINE__, PL_NOTIFY, "000040", "needs 4" },
{ __LINE__, PL_NOTIFY, "00004000", NULL },
{ __LINE__, PL_NOTIFY, "03044009 c00102", "SPI of 4" },
{ __LINE__, PL_NOTIFY, "03044009 c0010203", NULL },
{ __LINE__, PL_NOTIFY, "03ff4009 c0010203", "SPI of 255" },
/* Delete */
{ __LINE__, PL_DELETE, "010000", "needs 4" },
{ __LINE__, PL_DELETE, "01000000", NULL },
{ __LINE__, PL_DELETE, "01080001 0102030405060708", "SPIs of 8 octets" },
{ __LINE__, PL_DELETE, "03040001 c0010203", NULL },
{ __LINE__, PL_DELETE, "03040002 c0010203", "4 octets for 2 SPIs" },
{ __LINE__, PL_DELETE, "03040000 c0010203", "4 octets for 0 SPIs" },
{ __LINE__, PL_DELETE, "03080001 c0010203 04050607", "SPIs of 8" },
{ __LINE__, PL_DELETE, "0300ffff", "SPIs of 0" },
{ __LINE__, PL_DELETE, "09000000", NULL },	/* a protocol of the future */
{ __LINE__, PL_DELETE, "09020001 0102", NULL },
/* Traffic selectors */
{ __LINE__, PL_TSI, "000000", "needs 4" },
{ __LINE__, PL_TSI, "00000000", "no selector" },
{ __LINE__, PL_TSI, "01000000 07000010 0000ffff 0a000100 0a0001ff", NULL },
{ __LINE__, PL_TSI, "01000000 07000010 0000ffff 0a0001ff 0a000100", "first address is above" },
{ __LINE__, PL_TSI, "01000000 07060010 00510050 0a000100 0a0001ff", "first port (81) is above" },
{ __LINE__, PL_TSI, "01000000 07060010 ffff0000 0a000100 0a0001ff", NULL },	/* OPAQUE */
{ __LINE__, PL_TSI, "01000000 0700000f 0000ffff 0a000100 0a0001ff", "type 7 has 15" },
{ __LINE__, PL_TSI, "01000000 08000010 0000ffff 0a000100 0a0001ff", "type 8 has 16" },
{ __LINE__, PL_TSI, "02000000 07000010 0000ffff 0a000100 0a0001ff", "4 are left" },
{ __LINE__, PL_TSI, "01000000 07000010 0000ffff 0a000100 0a0001ff 00", "1 octets too many" },
{ __LINE__, PL_TSI, "01000000 07000003", "says it has 3" },
{ __LINE__, PL_TSI, "01000000 0a000006 0102", NULL },	/* unknown type */
/* Opaque ones */
{ __LINE__, PL_VENDOR, "", NULL },
{ __LINE__, PL_CP, "010000", "needs 4" },
{ __LINE__, PL_CP, "01000000", NULL },
{ __LINE__, PL_EAP, "01", "needs 4" },
};

static void
test_rows(void)
{
	uint8_t body[256], buf[512];
	char name[16];
	size_t i, n;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		struct err e = ERR_INIT;
		int ret;

		n = hex_read(body, sizeof(body), r->body);
		n = sample_datagram(buf, sizeof(buf), r->type, body, n);
		ret = message_parse(&m, buf, n, &e);
		CHECK_ROW(r->line, (ret == 0) == (r->says == NULL));
		if (r->says == NULL) {
			if (ret < 0)
				printf("\n    %s\n", e.text);
			continue;
		}
		CHECK_ROW(r->line, m.refuse == N_INVALID_SYNTAX);
		CHECK_ROW(r->line, strstr(e.text, r->says) != NULL);
		if (strstr(e.text, r->says) == NULL)
			printf("\n    says: %s\n", e.text);
		/* The place is named. */
		CHECK_ROW(r->line, strstr(e.text, name_str(ike_payload_names,
		    r->type, name)) != NULL);
	}
}

static void
test_long_nonce(void)
{
	uint8_t body[257] = { 0 }, buf[512];
	size_t n;

	n = sample_datagram(buf, sizeof(buf), PL_NONCE, body, 256);
	CU_ASSERT_EQUAL(message_parse(&m, buf, n, NULL), 0);
	n = sample_datagram(buf, sizeof(buf), PL_NONCE, body, 257);
	CU_ASSERT(message_parse(&m, buf, n, NULL) < 0);
}

/* RFC 7296 3.3.6: an attribute nobody knows spoils its transform, not more. */
static void
test_attributes(void)
{
	static const struct {
		int		line;
		const char	*attrs;
		uint16_t	key_bits;
		bool		unknown;
	} attrs[] = {
		{ __LINE__, "", 0, false },
		{ __LINE__, "800e0100", 256, false },
		{ __LINE__, "800e0100 800e0080", 256, true },	/* twice */
		{ __LINE__, "800e0000", 0, true },
		{ __LINE__, "000e0002 0100", 0, true },		/* long form */
		{ __LINE__, "80110001 800e0080", 128, true },
		{ __LINE__, "00120003 010203 800e0080", 128, true },
	};
	uint8_t body[64], buf[512];
	size_t i, n, a;

	for (i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++) {
		const struct transform *t;

		a = hex_read(body + 16, 32, attrs[i].attrs);
		hex_read(body, 16, "00000000 01010001 00000000 01000014");
		body[3] = (uint8_t)(16 + a);
		body[11] = (uint8_t)(8 + a);
		n = sample_datagram(buf, sizeof(buf), PL_SA, body, 16 + a);
		CHECK_ROW(attrs[i].line, message_parse(&m, buf, n, NULL) == 0);
		t = &message_find(&m, PL_SA)->sa.p[0].t[0];
		CHECK_ROW(attrs[i].line, t->key_bits == attrs[i].key_bits);
		CHECK_ROW(attrs[i].line, t->unknown == attrs[i].unknown);
		CHECK_ROW(attrs[i].line, t->id == 20 && t->type == T_ENCR);
	}
}

static size_t
sa_of(uint8_t *buf, size_t size, unsigned int proposals, uint16_t transforms)
{
	static struct transform t[256];
	static struct proposal p[256];
	struct build b;
	unsigned int i;

	for (i = 0; i < transforms; i++)
		t[i] = (struct transform){ T_KE, false, (uint16_t)i, 0 };
	for (i = 0; i < proposals; i++)
		p[i] = (struct proposal){ (uint8_t)(i + 1), PROTO_IKE, transforms, t,
		    { NULL, 0 } };
	build_begin(&b, buf, size, &sample_header);
	build_sa(&b, p, proposals);
	return build_end(&b);
}

static size_t
ts_of(uint8_t *buf, size_t size, unsigned int n)
{
	static struct ts ts[255];
	struct build b;
	unsigned int i;

	for (i = 0; i < n; i++)
		ts[i] = (struct ts){ .port_last = 65535, .first = { AF_INET, { 10 } },
		    .last = { AF_INET, { 10, 0, 0, (uint8_t)i } } };
	build_begin(&b, buf, size, &sample_header);
	build_ts(&b, PL_TSI, ts, n);
	return build_end(&b);
}

static void
test_bounds(void)
{
	static uint8_t buf[65536];
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(message_parse(&m, buf, sa_of(buf, sizeof(buf), 128, 6), NULL), 0);
	CU_ASSERT_EQUAL(message_find(&m, PL_SA)->sa.n, 128);
	CU_ASSERT(message_parse(&m, buf, sa_of(buf, sizeof(buf), 129, 1), &e) < 0);
	CU_ASSERT(strstr(e.text, "more than 128 proposals") != NULL);
	CU_ASSERT_EQUAL(message_parse(&m, buf, sa_of(buf, sizeof(buf), 3, 255), NULL), 0);
	CU_ASSERT(message_parse(&m, buf, sa_of(buf, sizeof(buf), 4, 255), &e) < 0);
	CU_ASSERT(strstr(e.text, "more than 768 transforms") != NULL);
	CU_ASSERT_EQUAL(message_parse(&m, buf, ts_of(buf, sizeof(buf), 128), NULL), 0);
	CU_ASSERT_EQUAL(message_find(&m, PL_TSI)->ts.n, 128);
	CU_ASSERT(message_parse(&m, buf, ts_of(buf, sizeof(buf), 129), &e) < 0);
	CU_ASSERT(strstr(e.text, "more than 128 selectors") != NULL);
}

UNIT_MAIN("wire/payload",
	{ "bodies", test_rows },
	{ "long nonce", test_long_nonce },
	{ "attributes", test_attributes },
	{ "bounds", test_bounds })
