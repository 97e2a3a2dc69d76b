/* ike/wire/rules: RFC 7296 appendix C. */
#include "ike/wire/message.h"

#include <string.h>

#include "sample.h"
#include "tests/unit.h"

#define REQ	FLAG_INITIATOR
#define RSP	FLAG_RESPONSE
#define MAXPL	12

static struct message m;

static const struct row {
	int			line;
	uint8_t			exchange;
	uint8_t			flags;
	enum message_shape	shape;		/* SHAPE_NONE: refused */
	const char		*says;
	uint8_t			pl[MAXPL];
} rows[] = {
#define INIT	__LINE__, EXCH_IKE_SA_INIT
{ INIT, REQ, SHAPE_INIT_REQUEST, "", { PL_SA, PL_KE, PL_NONCE } },
{ INIT, REQ, SHAPE_INIT_REQUEST, "", { PL_NOTIFY, PL_NONCE, PL_SA, PL_KE, PL_NOTIFY, PL_VENDOR, PL_VENDOR } },
{ INIT, REQ, SHAPE_NONE, "request without payload KE", { PL_SA, PL_NONCE } },
{ INIT, REQ, SHAPE_NONE, "without payload KE, No", { PL_SA } },
{ INIT, REQ, SHAPE_NONE, "more than one payload SA", { PL_SA, PL_SA, PL_KE, PL_NONCE } },
{ INIT, REQ, SHAPE_NONE, "with payload IDi", { PL_SA, PL_KE, PL_NONCE, PL_IDI } },
{ INIT, REQ, SHAPE_NONE, "without", { PL_NONE } },
{ INIT, RSP, SHAPE_INIT_RESPONSE, "", { PL_SA, PL_KE, PL_NONCE, PL_CERTREQ, PL_CERTREQ } },
{ INIT, RSP, SHAPE_INIT_REFUSED, "", { PL_NOTIFY } },
{ INIT, RSP, SHAPE_INIT_REFUSED, "", { PL_NOTIFY, PL_NOTIFY, PL_VENDOR } },
{ INIT, RSP, SHAPE_NONE, "more than one payload KE", { PL_SA, PL_KE, PL_KE, PL_NONCE } },
#undef INIT
#define AUTH	__LINE__, EXCH_IKE_AUTH
{ AUTH, REQ, SHAPE_AUTH_REQUEST, "", { PL_IDI, PL_AUTH, PL_SA, PL_TSI, PL_TSR } },
{ AUTH, REQ, SHAPE_AUTH_REQUEST, "", { PL_IDI, PL_CERT, PL_CERT, PL_NOTIFY, PL_CERTREQ, PL_IDR, PL_AUTH, PL_CP, PL_SA, PL_TSI, PL_TSR } },
{ AUTH, REQ, SHAPE_AUTH_REQUEST_CHILDLESS, "", { PL_IDI, PL_AUTH, PL_IDR } },
{ AUTH, REQ, SHAPE_AUTH_REQUEST_EAP, "", { PL_IDI, PL_SA, PL_TSI, PL_TSR } },
{ AUTH, REQ, SHAPE_AUTH_EAP, "", { PL_EAP } },
{ AUTH, REQ, SHAPE_AUTH_EAP, "", { PL_AUTH } },
{ AUTH, REQ, SHAPE_NONE, "without payload TSi, TSr", { PL_IDI, PL_AUTH, PL_SA } },
{ AUTH, REQ, SHAPE_NONE, "without payload IDi", { PL_AUTH, PL_SA, PL_TSI, PL_TSR } },
{ AUTH, REQ, SHAPE_NONE, "more than one payload AUTH", { PL_IDI, PL_AUTH, PL_AUTH, PL_SA, PL_TSI, PL_TSR } },
{ AUTH, REQ, SHAPE_NONE, "more than one payload IDi", { PL_IDI, PL_IDI, PL_AUTH, PL_SA, PL_TSI, PL_TSR } },
{ AUTH, REQ, SHAPE_NONE, "with payload KE", { PL_IDI, PL_AUTH, PL_KE, PL_SA, PL_TSI, PL_TSR } },
{ AUTH, RSP, SHAPE_AUTH_RESPONSE, "", { PL_IDR, PL_AUTH, PL_SA, PL_TSI, PL_TSR } },
{ AUTH, RSP, SHAPE_AUTH_RESPONSE_CHILDLESS, "", { PL_IDR, PL_AUTH, PL_NOTIFY } },
{ AUTH, RSP, SHAPE_AUTH_REFUSED, "", { PL_NOTIFY } },
{ AUTH, RSP, SHAPE_AUTH_EAP, "", { PL_IDR, PL_CERT, PL_AUTH, PL_EAP } },
{ AUTH, RSP, SHAPE_NONE, "without payload AUTH", { PL_IDR, PL_SA, PL_TSI, PL_TSR } },
{ AUTH, RSP, SHAPE_NONE, "without payload IDr", { PL_AUTH, PL_SA, PL_TSI, PL_TSR } },
{ AUTH, RSP, SHAPE_NONE, "IKE_AUTH response without payload N", { PL_VENDOR } },
#undef AUTH
#define CHLD	__LINE__, EXCH_CREATE_CHILD_SA
{ CHLD, REQ, SHAPE_CHILD_REQUEST, "", { PL_SA, PL_NONCE, PL_TSI, PL_TSR } },
{ CHLD, REQ, SHAPE_CHILD_REQUEST, "", { PL_NOTIFY, PL_SA, PL_NONCE, PL_KE, PL_TSI, PL_TSR } },
{ CHLD, REQ, SHAPE_IKE_REKEY_REQUEST, "", { PL_SA, PL_NONCE, PL_KE } },
{ CHLD, REQ, SHAPE_NONE, "without payload KE", { PL_SA, PL_NONCE } },
{ CHLD, REQ, SHAPE_NONE, "without payload TSr", { PL_SA, PL_NONCE, PL_TSI } },
{ CHLD, REQ, SHAPE_NONE, "without payload No", { PL_SA, PL_TSI, PL_TSR } },
{ CHLD, RSP, SHAPE_CHILD_RESPONSE, "", { PL_SA, PL_NONCE, PL_TSI, PL_TSR } },
{ CHLD, RSP, SHAPE_IKE_REKEY_RESPONSE, "", { PL_SA, PL_NONCE, PL_KE } },
{ CHLD, RSP, SHAPE_CREATE_REFUSED, "", { PL_NOTIFY } },
#undef CHLD
#define INFO	__LINE__, EXCH_INFORMATIONAL
{ INFO, REQ, SHAPE_INFO_REQUEST, "", { PL_NONE } },
{ INFO, REQ, SHAPE_INFO_REQUEST, "", { PL_DELETE, PL_DELETE, PL_NOTIFY, PL_CP } },
{ INFO, RSP, SHAPE_INFO_RESPONSE, "", { PL_NONE } },
{ INFO, REQ, SHAPE_NONE, "with payload AUTH", { PL_AUTH } },
#undef INFO
{ __LINE__, 99, REQ, SHAPE_NONE, "exchange type 99", { PL_NONE } },
};

static void
test_rows(void)
{
	uint8_t buf[2048];
	struct ike_header h = sample_header;
	struct build b;
	size_t i, j;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		struct err e = ERR_INIT;
		int ret;

		h.exchange = r->exchange;
		h.flags = r->flags;
		build_begin(&b, buf, sizeof(buf), &h);
		for (j = 0; j < MAXPL && r->pl[j] != PL_NONE; j++)
			sample_payload(&b, r->pl[j]);
		CHECK_ROW(r->line, message_parse(&m, buf, build_end(&b), NULL) == 0);
		ret = message_check(&m, &e);
		CHECK_ROW(r->line, (ret == 0) == (r->shape != SHAPE_NONE));
		CHECK_ROW(r->line, m.shape == r->shape);
		CHECK_ROW(r->line, m.refuse == (ret < 0 ? N_INVALID_SYNTAX : 0));
		CHECK_ROW(r->line, strstr(e.text, r->says) != NULL);
		if (m.shape != r->shape || strstr(e.text, r->says) == NULL)
			printf("\n    %s, %s\n", shape_str(m.shape), e.text);
	}
}

/* What is inside SK counts, and nothing else. */
static void
test_unknown_are_skipped(void)
{
	uint8_t buf[512];
	struct build b;

	build_begin(&b, buf, sizeof(buf), &sample_header);
	sample_payload(&b, PL_SA);
	build_raw(&b, (enum ike_payload)250, "x", 1);
	sample_payload(&b, PL_KE);
	build_raw(&b, (enum ike_payload)250, "y", 1);
	sample_payload(&b, PL_NONCE);
	CU_ASSERT_EQUAL(message_parse(&m, buf, build_end(&b), NULL), 0);
	CU_ASSERT_EQUAL(m.skipped, 2);
	CU_ASSERT_EQUAL(message_check(&m, NULL), 0);
	CU_ASSERT_EQUAL(m.shape, SHAPE_INIT_REQUEST);
}

UNIT_MAIN("wire/rules",
	{ "appendix C", test_rows },
	{ "unknown payloads", test_unknown_are_skipped })
