/* ike/proposal: what we choose, accept as chosen, and say when nothing fits. */
#include "ike/proposal.h"

#include <string.h>

#include "offers.h"
#include "tests/unit.h"

/* --- choosing --- */

static const struct select_row select_rows[] = {
/* Both automatic: our first choice, x25519. */
{ __LINE__, OFFER_IKE, "default", "default", 31, "aes128gcm16-prfsha256-x25519", true, false },
/* The peer's group counts if we accept it. */
{ __LINE__, OFFER_IKE, "default", "default", 20, "aes128gcm16-prfsha256-ecp384", true, false },
/* A group that was not offered: ours, with another try. */
{ __LINE__, OFFER_IKE, "default", "default", 2, "aes128gcm16-prfsha256-x25519", true, true },
{ __LINE__, OFFER_IKE, "aes128-sha256-ecp256", "default", 31, "aes128-sha256-ecp256", true, true },
{ __LINE__, OFFER_IKE, "aes128-sha256-ecp256", "default", 19, "aes128-sha256-ecp256", true, false },
{ __LINE__, OFFER_IKE, "default", "aes256ctr-sha512-modp4096", 16, "aes256ctr-sha512-modp4096", true, false },
{ __LINE__, OFFER_IKE, "default", "chacha20poly1305-prfsha384-x448", 32, "chacha20poly1305-prfsha384-x448", true, false },
/* Several of a kind: the responder's order, but for the group. */
{ __LINE__, OFFER_IKE, "aes256gcm16-aes128gcm16-prfsha384-prfsha256-ecp384-ecp256", "aes128gcm16-aes256gcm16-prfsha256-prfsha384-ecp256-ecp384", 19, "aes256gcm16-prfsha384-ecp256", true, false },
{ __LINE__, OFFER_IKE, "aes256gcm16-aes128gcm16-prfsha384-ecp384-ecp256", "default", 31, "aes256gcm16-prfsha384-ecp384", true, true },
/* AEADs and others apart; whose cipher is first goes first. */
{ __LINE__, OFFER_IKE, "aes256-aes256gcm16-sha512-prfsha256-x25519", "default", 31, "aes256-sha512-x25519", true, false },
{ __LINE__, OFFER_IKE, "aes256gcm16-aes256-sha512-prfsha256-x25519", "default", 31, "aes256gcm16-prfsha256-x25519", true, false },
{ __LINE__, OFFER_IKE, "aes256gcm16-aes256-sha512-prfsha256-x25519", "aes128-aes256-sha256-sha512-x25519", 31, "aes256-sha512-x25519", true, false },
{ __LINE__, OFFER_IKE, "default", "aes256-chacha20poly1305-sha1-prfsha512-ecp521", 21, "chacha20poly1305-prfsha512-ecp521", true, false },
{ __LINE__, OFFER_IKE, "aes256gcm16-aes256-sha512-prfsha256-x25519", "aes256-sha256-x25519", 31, "auth: the peer offers sha256, we accept sha512", false, false },
/* SHA-1 only where it is asked for. */
{ __LINE__, OFFER_IKE, "default", "aes128-sha1-modp2048", 14, "auth: the peer offers sha1, we accept sha256 sha384 sha512", false, false },
{ __LINE__, OFFER_IKE, "aes128-sha1-modp2048", "aes128-sha1-modp2048", 14, "aes128-sha1-modp2048", true, false },
/* PFS is optional by default. */
{ __LINE__, OFFER_CHILD, "default", "default", 31, "aes128gcm16-x25519-esn", true, false },
{ __LINE__, OFFER_CHILD, "default", "default", 0, "aes128gcm16-esn", true, false },
{ __LINE__, OFFER_CHILD, "default", "aes128gcm16", 0, "aes128gcm16-esn", true, false },
{ __LINE__, OFFER_CHILD, "default", "aes128gcm16-modp2048", 14, "aes128gcm16-modp2048-esn", true, false },
{ __LINE__, OFFER_CHILD, "aes128gcm16", "default", 31, "aes128gcm16-esn", true, false },
{ __LINE__, OFFER_CHILD, "aes128gcm16-ecp256", "default", 31, "aes128gcm16-ecp256-esn", true, true },
{ __LINE__, OFFER_CHILD, "aes128gcm16-ecp256", "aes128gcm16", 0, "dh: the peer offers none, we accept ecp256", false, false },
{ __LINE__, OFFER_CHILD, "aes128gcm16", "aes128gcm16-ecp256", 19, "dh: the peer offers ecp256, we accept none", false, false },
{ __LINE__, OFFER_CHILD, "aes128gcm16-aes256-sha384-sha256-x25519-ecp256", "aes256-sha256-sha512-ecp256", 19, "aes256-sha256-ecp256-esn", true, false },
{ __LINE__, OFFER_CHILD, "aes128gcm16-aes256-sha384-x25519", "aes128gcm16-aes256-sha384", 0, "dh: the peer offers none, we accept x25519", false, false },
/* In IKE_AUTH groups do not count. */
{ __LINE__, OFFER_AUTH_CHILD, "aes256-aes128gcm16-sha384-sha256-x25519", "default", 0, "aes256-sha384-esn", true, false },
{ __LINE__, OFFER_AUTH_CHILD, "aes128gcm16-ecp256", "aes128gcm16", 0, "aes128gcm16-esn", true, false },
{ __LINE__, OFFER_AUTH_CHILD, "default", "aes256-sha256-modp2048", 0, "aes256-sha256-esn", true, false },
{ __LINE__, OFFER_AUTH_CHILD, "aes256gcm16-x25519", "aes128gcm16", 0, "cipher: the peer offers aes128gcm16, we accept aes256gcm16", false, false },
};

static void
test_select(void)
{
	size_t i;

	for (i = 0; i < sizeof(select_rows) / sizeof(select_rows[0]); i++)
		check_select(&select_rows[i], 2);
}

/* A line with both kinds of ciphers on the wire. */
static void
test_two_proposals(void)
{
	struct algs a = algs("aes128-aes256gcm16-aes256-sha512-sha1-"
	    "prfsha384-ecp256-x448");
	char text[OFFER_STRLEN];
	const struct payload *sa;
	struct offer o;

	offer_init(&o, OFFER_IKE, &a, false);
	CU_ASSERT_STRING_EQUAL(offer_str(&o, text), "aes128-aes256-sha512-sha1-"
	    "prfsha512-prfsha1-ecp256-x448, aes256gcm16-prfsha384-ecp256-x448");
	CU_ASSERT_EQUAL(offer_first_ke(&o), 19);
	CU_ASSERT(offer_has_ke(&o, 32) && !offer_has_ke(&o, 31));
	sa = travel(&o, NULL, 0);
	CU_ASSERT_EQUAL_FATAL(sa->sa.n, 2);
	CU_ASSERT(sa->sa.p[0].num == 1 && sa->sa.p[1].num == 2);
	CU_ASSERT(sa->sa.p[0].n == 8 && sa->sa.p[1].n == 4);
	offer_init(&o, OFFER_AUTH_CHILD, &a, false);
	CU_ASSERT_STRING_EQUAL(offer_str(&o, text), "aes128-aes256-sha512-sha1, "
	    "aes256gcm16-prfsha384");
}

/* Proposals that no offer of ours looks like, written by hand. */
static const struct payload *
foreign(const struct transform *t, size_t n, uint8_t protocol)
{
	struct proposal p = { 1, protocol, (uint16_t)n, t, { NULL, 0 } };

	if (protocol != PROTO_IKE)
		p.spi = (struct bytes){ esp_spi, 4 };
	return travel_as(&p, 1);
}

#define FOREIGN(proto, ...) foreign((const struct transform[]){ __VA_ARGS__ }, \
	sizeof((const struct transform[]){ __VA_ARGS__ }) / sizeof(struct transform), \
	proto)
#define T(type, id)	{ T_##type, false, id, 0 }
#define AES(id, bits)	{ T_ENCR, false, id, bits }

static void
test_tolerant(void)
{
	struct algs ike = algs("default"), esp = algs("default");
	struct offer o, answer;
	struct err e = ERR_INIT;
	struct choice c;

	offer_init(&o, OFFER_IKE, &ike, true);
	/* Unknown transforms beside a known one. */
	CU_ASSERT_EQUAL(offer_select(&o, FOREIGN(PROTO_IKE, AES(3, 0), AES(20, 192),
	    AES(20, 256), T(PRF, 99), T(PRF, 6), T(KE, 2), T(KE, 20)), 20, &c, &e), 0);
	CU_ASSERT(c.suite.encr == 20 && c.suite.key_bits == 256 && c.suite.ke == 20);
	/* A cipher with variable length and no length. */
	CU_ASSERT(offer_select(&o, FOREIGN(PROTO_IKE, AES(20, 0), T(PRF, 6),
	    T(KE, 20)), 20, &c, &e) < 0);
	/* An AEAD with an explicit "no integrity": answered in kind. */
	CU_ASSERT_EQUAL(offer_select(&o, FOREIGN(PROTO_IKE, AES(20, 256), T(INTEG, 0),
	    T(PRF, 6), T(KE, 20)), 20, &c, &e), 0);
	CU_ASSERT(c.suite.integ == 0 && (c.types & 1 << T_INTEG) != 0);
	offer_chosen(&answer, OFFER_IKE, &c);
	CU_ASSERT_EQUAL(answer.p[0].n, 4);
	/* An AEAD that demands integrity beside it. */
	CU_ASSERT(offer_select(&o, FOREIGN(PROTO_IKE, AES(20, 256), T(INTEG, 12),
	    T(PRF, 6), T(KE, 20)), 20, &c, &e) < 0);
	/* A kind of transform nobody knows (RFC 9370's, say). */
	CU_ASSERT(offer_select(&o, FOREIGN(PROTO_IKE, AES(20, 256), T(PRF, 6),
	    T(KE, 20), { 6, false, 36, 0 }), 20, &c, &e) < 0);
	CU_ASSERT(strstr(e.text, "kinds of algorithms that are unknown") != NULL);
	/* Extended sequence numbers do not belong to IKE, nor a prf to ESP. */
	CU_ASSERT(offer_select(&o, FOREIGN(PROTO_IKE, AES(20, 256), T(PRF, 6),
	    T(KE, 20), T(ESN, 0)), 20, &c, &e) < 0);
	/* No prf, no group. */
	CU_ASSERT(offer_select(&o, FOREIGN(PROTO_IKE, AES(20, 256), T(KE, 20)), 20, &c,
	    &e) < 0);
	CU_ASSERT(offer_select(&o, FOREIGN(PROTO_IKE, AES(20, 256), T(PRF, 6)), 20, &c,
	    &e) < 0);
	CU_ASSERT(offer_select(&o, FOREIGN(PROTO_ESP, AES(20, 256)), 20, &c, &e) < 0);
	CU_ASSERT(strstr(e.text, "another protocol") != NULL);

	offer_init(&o, OFFER_AUTH_CHILD, &esp, true);
	/* No ESN transform: not extended, and none in the answer. */
	CU_ASSERT_EQUAL(offer_select(&o, FOREIGN(PROTO_ESP, AES(20, 256)), 0, &c, &e),
	    0);
	CU_ASSERT(!c.suite.esn && c.types == 1 << T_ENCR);
	offer_chosen(&answer, OFFER_AUTH_CHILD, &c);
	CU_ASSERT_EQUAL(answer.p[0].n, 1);
	/* Groups in IKE_AUTH are passed over, and not answered. */
	CU_ASSERT_EQUAL(offer_select(&o, FOREIGN(PROTO_ESP, AES(20, 256), T(KE, 2),
	    T(ESN, 0)), 0, &c, &e), 0);
	CU_ASSERT(c.suite.ke == 0 && (c.types & 1 << T_KE) == 0);
	CU_ASSERT(offer_select(&o, FOREIGN(PROTO_ESP, AES(20, 256), T(PRF, 5)), 0, &c,
	    &e) < 0);
}

static void
test_unknown_attribute(void)
{
	static const struct transform t[] = { { T_ENCR, true, 20, 256 },
	    { T_ENCR, false, 20, 128 }, T(PRF, 6), T(KE, 20) };
	struct algs def = algs("aes256gcm16-prfsha384-ecp384");
	struct proposal p = { 1, PROTO_IKE, 4, t, { NULL, 0 } };
	struct payload sa = { .type = PL_SA, .sa = { &p, 1, NULL } };
	struct offer o;
	struct err e = ERR_INIT;
	struct choice c;

	offer_init(&o, OFFER_IKE, &def, true);
	CU_ASSERT(offer_select(&o, &sa, 20, &c, &e) < 0);
	def = algs("default");
	offer_init(&o, OFFER_IKE, &def, true);
	CU_ASSERT_EQUAL(offer_select(&o, &sa, 20, &c, &e), 0);
	CU_ASSERT_EQUAL(c.suite.key_bits, 128);
}

static void
test_spi(void)
{
	struct algs def = algs("default");
	struct offer o, theirs;
	struct err e = ERR_INIT;
	struct choice c;

	offer_init(&o, OFFER_AUTH_CHILD, &def, true);
	offer_init(&theirs, OFFER_AUTH_CHILD, &def, true);
	CU_ASSERT(offer_select(&o, travel(&theirs, NULL, 0), 0, &c, &e) < 0);
	CU_ASSERT(strstr(e.text, "no valid SPI") != NULL);
	CU_ASSERT(offer_select(&o, travel(&theirs, ike_spi, 8), 0, &c, &e) < 0);
	/* 0 to 255 are reserved. */
	CU_ASSERT(offer_select(&o, travel(&theirs, "\0\0\0\xff", 4), 0, &c, &e) < 0);
	CU_ASSERT_EQUAL(offer_select(&o, travel(&theirs, esp_spi, 4), 0, &c, &e), 0);
	CU_ASSERT_EQUAL(bytes_spi(&c.spi), 0xc0010203);
}

/* --- checking the answer --- */

static void
test_verify(void)
{
	static const struct {
		int		line;
		const char	*says;		/* NULL: accepted */
		uint8_t		num;
		size_t		n;
		struct transform t[6];
	} rows[] = {
		{ __LINE__, NULL, 1, 3, { AES(20, 128), T(PRF, 5), T(KE, 31) } },
		{ __LINE__, NULL, 1, 4, { AES(20, 128), T(INTEG, 0), T(PRF, 5), T(KE, 31) } },
		{ __LINE__, NULL, 2, 4, { AES(12, 256), T(INTEG, 14), T(PRF, 5), T(KE, 14) } },
		{ __LINE__, "proposal 3", 3, 3, { AES(20, 128), T(PRF, 5), T(KE, 31) } },
		{ __LINE__, "chose aes192gcm16", 1, 3, { AES(20, 192), T(PRF, 5), T(KE, 31) } },
		{ __LINE__, "chose modp1024", 1, 3, { AES(20, 128), T(PRF, 5), T(KE, 2) } },
		{ __LINE__, "chose none", 1, 3, { AES(20, 128), T(PRF, 5), T(KE, 0) } },
		/* The classical cipher is in the other proposal. */
		{ __LINE__, "chose aes128", 1, 4, { AES(12, 128), T(INTEG, 12), T(PRF, 5), T(KE, 31) } },
		{ __LINE__, "more than one cipher", 1, 4, { AES(20, 128), AES(20, 256), T(PRF, 5), T(KE, 31) } },
		{ __LINE__, "more than one dh", 1, 4, { AES(20, 128), T(PRF, 5), T(KE, 31), T(KE, 19) } },
		{ __LINE__, "chose no prf", 1, 2, { AES(20, 128), T(KE, 31) } },
		{ __LINE__, "chose no cipher", 1, 2, { T(PRF, 5), T(KE, 31) } },
		{ __LINE__, "chose no dh", 1, 2, { AES(20, 128), T(PRF, 5) } },
		{ __LINE__, "chose no auth", 2, 3, { AES(12, 256), T(PRF, 5), T(KE, 14) } },
		{ __LINE__, "chose type6:36", 1, 4, { AES(20, 128), T(PRF, 5), T(KE, 31), { 6, false, 36, 0 } } },
		{ __LINE__, "chose esn", 1, 4, { AES(20, 128), T(PRF, 5), T(KE, 31), T(ESN, 1) } },
		{ __LINE__, "chose aes128gcm16", 1, 3, { { T_ENCR, true, 20, 128 }, T(PRF, 5), T(KE, 31) } },
		{ __LINE__, "chose no cipher", 1, 0, { { 0 } } },
	};
	struct algs def = algs("default");
	struct offer o;
	size_t i;

	offer_init(&o, OFFER_IKE, &def, true);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct proposal p = { rows[i].num, PROTO_IKE, (uint16_t)rows[i].n,
		    rows[i].t, { NULL, 0 } };
		struct payload sa = { .type = PL_SA, .sa = { &p, 1, NULL } };
		struct err e = ERR_INIT;
		struct choice c;
		int ret = offer_verify(&o, &sa, &c, &e);

		CHECK_ROW(rows[i].line, (ret == 0) == (rows[i].says == NULL));
		CHECK_ROW(rows[i].line, ret == 0 || (rows[i].says != NULL &&
		    strstr(e.text, rows[i].says) != NULL));
		if (ret < 0 && rows[i].says != NULL && strstr(e.text, rows[i].says) == NULL)
			printf("\n    says: %s\n", e.text);
	}
}

static void
test_verify_two(void)
{
	struct algs def = algs("default");
	struct offer o, both;
	struct err e = ERR_INIT;
	struct choice c;

	offer_init(&o, OFFER_IKE, &def, true);
	offer_init(&both, OFFER_IKE, &def, true);
	CU_ASSERT(offer_verify(&o, travel(&both, NULL, 0), &c, &e) < 0);
	CU_ASSERT(strstr(e.text, "2 proposals instead of one") != NULL);
}

/* --- explaining --- */

static void
test_explain(void)
{
	struct algs a = algs("aes128-sha256-ecp256");
	struct algs b = algs("aes128-sha256-modp2048");
	struct offer ours, theirs;
	struct err e = ERR_INIT;
	struct choice c;

	offer_init(&ours, OFFER_IKE, &a, true);
	offer_init(&theirs, OFFER_IKE, &b, true);
	CU_ASSERT(offer_select(&ours, travel(&theirs, NULL, 0), 14, &c, &e) < 0);
	CU_ASSERT_STRING_EQUAL(e.text, "no common IKE proposal: dh: the peer offers "
	    "modp2048, we accept ecp256; its nearest, aes128-sha256-modp2048, differs "
	    "only in dh\nhere, set: ike cipher aes128 auth sha256 dh modp2048");
	CU_ASSERT_EQUAL(e.kind, ERR_REALITY);

	/* What Windows of old offers. */
	err_clear(&e);
	CU_ASSERT(offer_select(&ours, FOREIGN(PROTO_IKE, AES(3, 0), T(INTEG, 2),
	    T(PRF, 2), T(KE, 2)), 2, &c, &e) < 0);
	CU_ASSERT_STRING_EQUAL(e.text, "no common IKE proposal: cipher: the peer offers "
	    "3des, we accept aes128; its nearest, 3des-sha1-modp1024, differs in "
	    "cipher, auth, prf, dh");
	/* Numbers without a name. */
	CU_ASSERT(offer_select(&ours, FOREIGN(PROTO_IKE, AES(999, 77), T(INTEG, 999),
	    T(PRF, 999), T(KE, 999)), 999, &c, &e) < 0);
	CU_ASSERT(strstr(e.text, "cipher999-77") != NULL);
	CU_ASSERT(strstr(e.text, "auth999-prf999-dh999") != NULL);
}

/* A list that does not fit is cut, not overrun. */
static void
test_explain_long(void)
{
	struct transform t[200];
	struct proposal p = { 1, PROTO_IKE, 200, t, { NULL, 0 } };
	struct payload sa = { .type = PL_SA, .sa = { &p, 1, NULL } };
	struct algs a = algs("aes128-sha256-ecp256");
	struct err e = ERR_INIT;
	struct offer o;
	uint16_t i;

	for (i = 0; i < 200; i++)
		t[i] = (struct transform){ (uint8_t)(i % 5 + 1), false,
		    (uint16_t)(1000 + i), i };
	offer_init(&o, OFFER_IKE, &a, true);
	CU_ASSERT(offer_explain(&o, &sa, &e) < 0);
	CU_ASSERT(strlen(e.text) < ERR_TEXT_MAX);
	CU_ASSERT(offer_explain(&o, &sa, NULL) < 0);
	sa.sa.n = 0;
	CU_ASSERT(offer_explain(&o, &sa, &e) < 0);
}

UNIT_MAIN("proposal: choosing",
	{ "choosing", test_select },
	{ "two proposals", test_two_proposals },
	{ "tolerance", test_tolerant },
	{ "unknown attributes", test_unknown_attribute },
	{ "SPIs", test_spi },
	{ "checking the answer", test_verify },
	{ "two answers", test_verify_two },
	{ "explaining", test_explain },
	{ "explaining at length", test_explain_long })
