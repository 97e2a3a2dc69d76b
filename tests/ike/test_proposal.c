/* ike/proposal: what we offer, choose, accept as chosen, and say when nothing
 * fits. */
#include "ike/proposal.h"

#include <stdlib.h>
#include <string.h>

#include "ike/wire/build.h"
#include "sample.h"
#include "tests/unit.h"

static struct message m;
static uint8_t wire_buf[4096];

static void
append(char *list, size_t size, const char *name)
{
	size_t len = strlen(list);

	snprintf(list + len, size - len, "%s%s", len > 0 ? " " : "", name);
}

/* "aes128-aes256-sha256-ecp256"; the last few are remembered and freed. */
static struct algs
algs(enum ike_protocol protocol, const char *text)
{
	static struct algs made[16];
	static unsigned int n;
	char copy[96], cipher[96] = "", auth[96] = "", prf[96] = "", dh[96] = "";
	struct algs *a = &made[n++ % 16];
	char *save, *p;

	algs_fini(a);
	if (strcmp(text, "default") == 0)
		return *a;
	snprintf(copy, sizeof(copy), "%s", text);
	for (p = strtok_r(copy, "-", &save); p != NULL;
	    p = strtok_r(NULL, "-", &save))
		append(encr_by_name(p) != NULL ? cipher : strncmp(p, "prf", 3) ==
		    0 ? prf : integ_by_name(p) != NULL ? auth : dh, 96, p);
	CU_ASSERT_EQUAL_FATAL(algs_from_names(a, protocol, cipher,
	    *auth ? auth : NULL, *prf ? prf : NULL, *dh ? dh : NULL, NULL), 0);
	return *a;
}

/* An offer after its way over the wire. */
static const struct payload *
travel(struct offer *o, const void *spi, size_t spi_len)
{
	struct build b;

	offer_spi(o, spi, spi_len);
	build_begin(&b, wire_buf, sizeof(wire_buf), &sample_header);
	build_sa(&b, o->p, o->n);
	CU_ASSERT_EQUAL_FATAL(message_parse(&m, wire_buf, build_end(&b), NULL), 0);
	return message_find(&m, PL_SA);
}

static const uint8_t esp_spi[] = { 0xc0, 1, 2, 3 };
static const uint8_t ike_spi[] = { 1, 2, 3, 4, 5, 6, 7, 8 };

/* --- suites --- */

static void
test_names(void)
{
	static const struct {
		int			line;
		enum ike_protocol	protocol;
		const char		*cipher, *auth, *prf, *dh;
		const char		*str;	/* or the error, if show is NULL */
		const char		*show;
	} rows[] = {
		{ __LINE__, PROTO_IKE, "aes128", "sha256", NULL, "ecp256",
		  "aes128-sha256-ecp256",
		  "AES_CBC-128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/ECP_256" },
		{ __LINE__, PROTO_IKE, "aes128gcm16", NULL, "prfsha256", "x25519",
		  "aes128gcm16-prfsha256-x25519",
		  "AES_GCM_16-128/PRF_HMAC_SHA2_256/CURVE_25519" },
		{ __LINE__, PROTO_ESP, "aes128", "sha256", NULL, NULL,
		  "aes128-sha256", "AES_CBC-128/HMAC_SHA2_256_128" },
		{ __LINE__, PROTO_ESP, "aes256gcm16", NULL, NULL, "x25519",
		  "aes256gcm16-x25519", "AES_GCM_16-256/CURVE_25519" },
		{ __LINE__, PROTO_IKE, "aes128", "sha1", NULL, "modp2048",
		  "aes128-sha1-modp2048",
		  "AES_CBC-128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_2048" },
		{ __LINE__, PROTO_IKE, "aes128gcm16", "sha256", NULL, "x25519",
		  "leave out auth", NULL },
		{ __LINE__, PROTO_IKE, "aes128gcm16", NULL, NULL, "x25519",
		  "needs a prf", NULL },
		{ __LINE__, PROTO_IKE, "aes128", NULL, "prfsha256", "x25519",
		  "needs an authentication", NULL },
		{ __LINE__, PROTO_IKE, "aes128", "sha256", "prfsha256", "x25519",
		  "takes no prf", NULL },
		{ __LINE__, PROTO_ESP, "aes128gcm16", NULL, "prfsha256", "x25519",
		  "esp takes no prf", NULL },
		{ __LINE__, PROTO_IKE, "aes128", "sha256", NULL, NULL,
		  "needs a Diffie-Hellman", NULL },
		{ __LINE__, PROTO_IKE, "aes128gcm128", NULL, "prfsha256", "x25519",
		  "cipher 'aes128gcm128' is unknown", NULL },
		{ __LINE__, PROTO_IKE, "aes128", "md5", NULL, "x25519",
		  "auth 'md5' is unknown", NULL },
		{ __LINE__, PROTO_IKE, "aes128", "sha256", NULL, "modp1024",
		  "dh 'modp1024' is unknown", NULL },
	};
	char buf[SUITE_STRLEN];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = ERR_INIT;
		enum offer_kind kind = rows[i].protocol == PROTO_IKE ?
		    OFFER_IKE : OFFER_CHILD;
		char all[OFFER_STRLEN];
		struct choice c;
		struct offer o;
		struct algs a;
		int ret = algs_from_names(&a, rows[i].protocol, rows[i].cipher,
		    rows[i].auth, rows[i].prf, rows[i].dh, &e);

		CHECK_ROW(rows[i].line, (ret == 0) == (rows[i].show != NULL));
		if (ret < 0) {
			CHECK_ROW(rows[i].line, strstr(e.text, rows[i].str) != NULL);
			continue;
		}
		offer_init(&o, kind, &a, false);
		CHECK_ROW(rows[i].line, strcmp(algs_str(&a, kind, all),
		    rows[i].str) == 0);
		CHECK_ROW(rows[i].line, offer_select(&o, kind == OFFER_IKE ?
		    travel(&o, ike_spi, 8) : travel(&o, esp_spi, 4),
		    offer_first_ke(&o), &c, NULL) == 0);
		CHECK_ROW(rows[i].line,
		    strcmp(suite_str(&c.suite, buf), rows[i].str) == 0);
		CHECK_ROW(rows[i].line,
		    strcmp(suite_show(&c.suite, buf), rows[i].show) == 0);
		algs_fini(&a);
	}
}

/* Every pair of a cipher and what goes with it, there and back, and agreed on
 * by two who configured it. */
static void
check_suite(enum ike_protocol protocol, const char *text)
{
	struct algs s = algs(protocol, text);
	enum offer_kind kind = protocol == PROTO_IKE ? OFFER_IKE : OFFER_CHILD;
	const uint8_t *spi = protocol == PROTO_IKE ? ike_spi : esp_spi;
	size_t spi_len = protocol == PROTO_IKE ? 8 : 4;
	char buf[SUITE_STRLEN], all[OFFER_STRLEN];
	struct offer ours, theirs, answer;
	struct choice c;

	CU_ASSERT_STRING_EQUAL(algs_str(&s, kind, all), text);
	offer_init(&ours, kind, &s, true);
	offer_init(&theirs, kind, &s, false);
	CU_ASSERT_EQUAL(offer_select(&ours, travel(&theirs, spi, spi_len),
	    offer_first_ke(&theirs), &c, NULL), 0);
	CU_ASSERT_STRING_EQUAL(suite_str(&c.suite, buf), text);
	CU_ASSERT(!c.wrong_ke && c.num == 1 && c.spi.len == spi_len);
	offer_chosen(&answer, kind, &c);
	CU_ASSERT_EQUAL(offer_verify(&theirs, travel(&answer, spi, spi_len), &c,
	    NULL), 0);
	CU_ASSERT_STRING_EQUAL(suite_str(&c.suite, buf), text);
}

static void
test_every_suite(void)
{
	const struct encr_alg *e;
	const struct integ_alg *i;
	const struct prf_alg *p;
	const struct ke_alg *k;
	char text[96];

	for (e = encr_algs; e->name != NULL; e++) {
		for (k = ke_algs; k->name != NULL; k++) {
			if (k->old)
				continue;
			if (IS_AEAD(e)) {
				for (p = prf_algs; p->name != NULL; p++) {
					snprintf(text, sizeof(text), "%s-%s-%s", e->name,
					    p->name, k->name);
					check_suite(PROTO_IKE, text);
				}
				snprintf(text, sizeof(text), "%s-%s", e->name, k->name);
				check_suite(PROTO_ESP, text);
				continue;
			}
			for (i = integ_algs; i->name != NULL; i++) {
				snprintf(text, sizeof(text), "%s-%s-%s", e->name,
				    i->name, k->name);
				check_suite(PROTO_IKE, text);
				check_suite(PROTO_ESP, text);
			}
		}
	}
	check_suite(PROTO_ESP, "aes128gcm16");
	check_suite(PROTO_ESP, "aes128-sha256");
}

/* --- the default proposals --- */

static bool
offers(const struct offer *o, uint8_t type, uint16_t id, uint16_t key_bits)
{
	size_t i, j;

	for (i = 0; i < o->n; i++)
		for (j = 0; j < o->p[i].n; j++)
			if (o->p[i].t[j].type == type && o->p[i].t[j].id == id &&
			    o->p[i].t[j].key_bits == key_bits)
				return true;
	return false;
}

/* All the algorithms there are, but nothing with SHA-1 (S1-169). */
static void
test_defaults(void)
{
	struct algs def = algs(PROTO_IKE, "default");
	const struct encr_alg *ea;
	const struct integ_alg *ia;
	const struct prf_alg *pa;
	const struct ke_alg *ka;
	struct offer o;
	char buf[OFFER_STRLEN];

	offer_init(&o, OFFER_IKE, &def, false);
	CU_ASSERT_EQUAL(o.n, 2);
	for (ea = encr_algs; ea->name != NULL; ea++)
		CU_ASSERT(offers(&o, T_ENCR, ea->id, ea->key_bits));
	for (ia = integ_algs; ia->name != NULL; ia++)
		CU_ASSERT_EQUAL(offers(&o, T_INTEG, ia->id, 0),
		    strcmp(ia->name, "sha1") != 0);
	for (pa = prf_algs; pa->name != NULL; pa++)
		CU_ASSERT_EQUAL(offers(&o, T_PRF, pa->id, 0),
		    strcmp(pa->name, "prfsha1") != 0);
	for (ka = ke_algs; ka->name != NULL; ka++)
		CU_ASSERT_EQUAL(offers(&o, T_KE, ka->id, 0), !ka->old);
	CU_ASSERT_EQUAL(offer_first_ke(&o), 31);
	CU_ASSERT(offer_has_ke(&o, 14) && !offer_has_ke(&o, 2) && !offer_has_ke(&o, 0));
	CU_ASSERT(strncmp(offer_str(&o, buf), "aes128gcm16-aes256gcm16-chacha20", 32)
	    == 0);
	CU_ASSERT(strstr(buf, ", aes128-aes256-aes128ctr-aes256ctr-sha256") != NULL);
	CU_ASSERT(strstr(buf, "sha1") == NULL && strlen(buf) < 600);
}

/* RFC 7296 3.3: no proposal mixes AEADs with ciphers that want integrity. */
static void
test_defaults_apart(void)
{
	struct algs def = algs(PROTO_ESP, "default");
	enum offer_kind kind;
	struct offer o;
	size_t i, j;

	for (kind = OFFER_IKE; kind <= OFFER_CHILD; kind++) {
		offer_init(&o, kind, &def, true);
		for (i = 0; i < o.n; i++) {
			bool aead = false, classical = false, integ = false;

			CU_ASSERT_EQUAL(o.p[i].num, i + 1);
			for (j = 0; j < o.p[i].n; j++) {
				const struct transform *t = &o.p[i].t[j];

				if (t->type == T_INTEG)
					integ = true;
				else if (t->type == T_ENCR && IS_AEAD(encr_find(t->id,
				    t->key_bits)))
					aead = true;
				else if (t->type == T_ENCR)
					classical = true;
			}
			CU_ASSERT(aead != classical && integ == classical);
		}
	}
}

static void
test_defaults_esp(void)
{
	struct algs def = algs(PROTO_ESP, "default");
	struct offer o;

	offer_init(&o, OFFER_AUTH_CHILD, &def, true);
	CU_ASSERT(!offers(&o, T_KE, 31, 0) && !offers(&o, T_KE, 0, 0));
	CU_ASSERT(offers(&o, T_ESN, 1, 0) && offers(&o, T_ESN, 0, 0));
	CU_ASSERT_EQUAL(offer_first_ke(&o), 0);
	offer_init(&o, OFFER_CHILD, &def, false);
	CU_ASSERT(offers(&o, T_KE, 31, 0) && offers(&o, T_KE, 0, 0));
	CU_ASSERT(!offers(&o, T_ESN, 1, 0) && offers(&o, T_ESN, 0, 0));
	CU_ASSERT(!offers(&o, T_PRF, 5, 0));
	CU_ASSERT_EQUAL(offer_first_ke(&o), 31);
}

/* The first message with a KE payload of x25519 leaves room in 1280 octets. */
static void
test_defaults_size(void)
{
	struct algs def = algs(PROTO_IKE, "default");
	struct offer o;
	size_t len;

	offer_init(&o, OFFER_IKE, &def, true);
	(void)travel(&o, ike_spi, 8);
	len = m.hdr.length;
	CU_ASSERT(len > 200 && len < 500);
}

/* --- choosing --- */

static const struct select_row {
	int			line;
	enum offer_kind		kind;
	const char		*ours;
	const char		*theirs;
	uint16_t		ke;
	const char		*chosen;	/* or what the sentence says */
	bool			ok;
	bool			wrong_ke;
} select_rows[] = {
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
	char buf[SUITE_STRLEN];
	size_t i;

	for (i = 0; i < sizeof(select_rows) / sizeof(select_rows[0]); i++) {
		const struct select_row *r = &select_rows[i];
		enum ike_protocol proto = r->kind == OFFER_IKE ? PROTO_IKE : PROTO_ESP;
		struct algs a = algs(proto, r->ours), b = algs(proto, r->theirs);
		struct offer ours, theirs, answer;
		struct err e = ERR_INIT;
		struct choice c;
		const char *got;
		int ret;

		offer_init(&ours, r->kind, &a, true);
		offer_init(&theirs, r->kind, &b, true);
		ret = offer_select(&ours, travel(&theirs, esp_spi,
		    proto == PROTO_ESP ? 4 : 0), r->ke, &c, &e);
		CHECK_ROW(r->line, (ret == 0) == r->ok);
		got = ret == 0 ? suite_str(&c.suite, buf) : e.text;
		CHECK_ROW(r->line, ret == 0 ? strcmp(got, r->chosen) == 0 :
		    strstr(got, r->chosen) != NULL);
		if (strstr(got, r->chosen) == NULL)
			printf("\n    got: %s\n", got);
		if (ret < 0)
			continue;
		CHECK_ROW(r->line, c.wrong_ke == r->wrong_ke);
		/* What we answer, the peer takes. */
		offer_chosen(&answer, r->kind, &c);
		CHECK_ROW(r->line, offer_verify(&theirs, travel(&answer, esp_spi,
		    proto == PROTO_ESP ? 4 : 0), &c, &e) == 0);
		CHECK_ROW(r->line, strcmp(suite_str(&c.suite, buf), r->chosen) == 0);
	}
}

/* A line with both kinds of ciphers on the wire. */
static void
test_two_proposals(void)
{
	struct algs a = algs(PROTO_IKE, "aes128-aes256gcm16-aes256-sha512-sha1-"
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
	struct build b;

	if (protocol != PROTO_IKE)
		p.spi = (struct bytes){ esp_spi, 4 };
	build_begin(&b, wire_buf, sizeof(wire_buf), &sample_header);
	build_sa(&b, &p, 1);
	CU_ASSERT_EQUAL_FATAL(message_parse(&m, wire_buf, build_end(&b), NULL), 0);
	return message_find(&m, PL_SA);
}

#define FOREIGN(proto, ...) foreign((const struct transform[]){ __VA_ARGS__ }, \
	sizeof((const struct transform[]){ __VA_ARGS__ }) / sizeof(struct transform), \
	proto)
#define T(type, id)	{ T_##type, false, id, 0 }
#define AES(id, bits)	{ T_ENCR, false, id, bits }

static void
test_tolerant(void)
{
	struct algs ike = algs(PROTO_IKE, "default"), esp = algs(PROTO_ESP, "default");
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
	struct algs def = algs(PROTO_IKE, "aes256gcm16-prfsha384-ecp384");
	struct proposal p = { 1, PROTO_IKE, 4, t, { NULL, 0 } };
	struct payload sa = { .type = PL_SA, .sa = { &p, 1 } };
	struct offer o;
	struct err e = ERR_INIT;
	struct choice c;

	offer_init(&o, OFFER_IKE, &def, true);
	CU_ASSERT(offer_select(&o, &sa, 20, &c, &e) < 0);
	def = algs(PROTO_IKE, "default");
	offer_init(&o, OFFER_IKE, &def, true);
	CU_ASSERT_EQUAL(offer_select(&o, &sa, 20, &c, &e), 0);
	CU_ASSERT_EQUAL(c.suite.key_bits, 128);
}

static void
test_spi(void)
{
	struct algs def = algs(PROTO_ESP, "default");
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
	struct algs def = algs(PROTO_IKE, "default");
	struct offer o;
	size_t i;

	offer_init(&o, OFFER_IKE, &def, true);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct proposal p = { rows[i].num, PROTO_IKE, (uint16_t)rows[i].n,
		    rows[i].t, { NULL, 0 } };
		struct payload sa = { .type = PL_SA, .sa = { &p, 1 } };
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
	struct algs def = algs(PROTO_IKE, "default");
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
	struct algs a = algs(PROTO_IKE, "aes128-sha256-ecp256");
	struct algs b = algs(PROTO_IKE, "aes128-sha256-modp2048");
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
	struct payload sa = { .type = PL_SA, .sa = { &p, 1 } };
	struct algs a = algs(PROTO_IKE, "aes128-sha256-ecp256");
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

UNIT_MAIN("proposal",
	{ "names", test_names },
	{ "every suite", test_every_suite },
	{ "default proposals", test_defaults },
	{ "AEADs apart", test_defaults_apart },
	{ "default proposals of ESP", test_defaults_esp },
	{ "size of the default proposals", test_defaults_size },
	{ "choosing", test_select },
	{ "two proposals", test_two_proposals },
	{ "tolerance", test_tolerant },
	{ "unknown attributes", test_unknown_attribute },
	{ "SPIs", test_spi },
	{ "checking the answer", test_verify },
	{ "two answers", test_verify_two },
	{ "explaining", test_explain },
	{ "explaining at length", test_explain_long })
