/* ike/proposal: what we offer, choose, accept as chosen, and say when nothing
 * fits. */
#include "ike/proposal.h"

#include <stdlib.h>
#include <string.h>

#include "ike/wire/build1.h"
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

static void
add_named(struct algs *a, enum transform_type type, char *names)
{
	char *save, *p;

	for (p = strtok_r(names, " ", &save); p != NULL;
	    p = strtok_r(NULL, " ", &save)) {
		a->t = realloc(a->t, (a->n + 1) * sizeof(*a->t));
		CU_ASSERT_FATAL(a->t != NULL);
		a->t[a->n++] = (struct transform){ (uint8_t)type, false,
		    type == T_ENCR ? encr_by_name(p)->id : type == T_INTEG ?
		    integ_by_name(p)->id : type == T_PRF ? prf_by_name(p)->id :
		    ke_by_name(p)->id,
		    type == T_ENCR ? encr_by_name(p)->key_bits : 0 };
	}
}

/* "aes128-aes256-sha256-ecp256"; the last few are remembered and freed.  What a
 * peer has may be anything: whether a configuration may is another question. */
static struct algs
algs_of(unsigned int version, const char *text)
{
	static struct algs made[16];
	static unsigned int n;
	char copy[96], cipher[96] = "", auth[96] = "", prf[96] = "", dh[96] = "";
	struct algs *a = &made[n++ % 16];
	char *save, *p;

	algs_fini(a);
	a->ike1 = version == 1;
	if (strcmp(text, "default") == 0)
		return *a;
	snprintf(copy, sizeof(copy), "%s", text);
	for (p = strtok_r(copy, "-", &save); p != NULL;
	    p = strtok_r(NULL, "-", &save))
		append(encr_by_name(p) != NULL ? cipher : strncmp(p, "prf", 3) ==
		    0 ? prf : integ_by_name(p) != NULL ? auth : dh, 96, p);
	add_named(a, T_ENCR, cipher);
	add_named(a, T_INTEG, auth);
	add_named(a, T_PRF, prf);
	add_named(a, T_KE, dh);
	a->ike1 = version == 1;
	return *a;
}

static struct algs
algs(const char *text)
{
	return algs_of(2, text);
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
		unsigned int		version;
		enum ike_protocol	protocol;
		const char		*cipher, *auth, *prf, *dh;
		const char		*str;	/* or the error, if show is NULL */
		const char		*show;
	} rows[] = {
		{ __LINE__, 2, PROTO_IKE, "aes128", "sha256", NULL, "ecp256",
		  "aes128-sha256-ecp256",
		  "AES_CBC-128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/ECP_256" },
		{ __LINE__, 2, PROTO_IKE, "aes128gcm16", NULL, "prfsha256", "x25519",
		  "aes128gcm16-prfsha256-x25519",
		  "AES_GCM_16-128/PRF_HMAC_SHA2_256/CURVE_25519" },
		{ __LINE__, 2, PROTO_ESP, "aes128", "sha256", NULL, NULL,
		  "aes128-sha256", "AES_CBC-128/HMAC_SHA2_256_128" },
		{ __LINE__, 2, PROTO_ESP, "aes256gcm16", NULL, NULL, "x25519",
		  "aes256gcm16-x25519", "AES_GCM_16-256/CURVE_25519" },
		{ __LINE__, 1, PROTO_IKE, "aes128", "sha1", NULL, "modp2048",
		  "aes128-sha1-modp2048",
		  "AES_CBC-128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_2048" },
		{ __LINE__, 2, PROTO_IKE, "aes128gcm16", "sha256", NULL, "x25519",
		  "leave out auth", NULL },
		{ __LINE__, 2, PROTO_IKE, "aes128gcm16", NULL, NULL, "x25519",
		  "needs a prf", NULL },
		{ __LINE__, 2, PROTO_IKE, "aes128", NULL, "prfsha256", "x25519",
		  "needs an authentication", NULL },
		{ __LINE__, 2, PROTO_IKE, "aes128", "sha256", "prfsha256", "x25519",
		  "takes no prf", NULL },
		{ __LINE__, 2, PROTO_ESP, "aes128gcm16", NULL, "prfsha256", "x25519",
		  "esp takes no prf", NULL },
		{ __LINE__, 2, PROTO_IKE, "aes128", "sha256", NULL, NULL,
		  "needs a Diffie-Hellman", NULL },
		{ __LINE__, 2, PROTO_IKE, "aes128gcm128", NULL, "prfsha256", "x25519",
		  "cipher 'aes128gcm128' is unknown", NULL },
		{ __LINE__, 2, PROTO_IKE, "aes128", "md5", NULL, "x25519",
		  "auth 'md5' is unknown", NULL },
		{ __LINE__, 2, PROTO_IKE, "aes128", "sha256", NULL, "modp768",
		  "dh 'modp768' is unknown", NULL },
		/* What is for old peers only. */
		{ __LINE__, 2, PROTO_IKE, "aes128", "sha256", NULL, "modp1024",
		  "dh modp1024 is too weak for IKEv2", NULL },
		{ __LINE__, 2, PROTO_IKE, "aes128", "sha256", NULL, "modp1536",
		  "dh modp1536 is too weak for IKEv2", NULL },
		{ __LINE__, 2, PROTO_IKE, "aes128", "sha256 sha1", NULL, "modp2048",
		  "auth sha1 is too weak for IKEv2", NULL },
		{ __LINE__, 2, PROTO_ESP, "aes128", "sha1", NULL, NULL,
		  "auth sha1 is too weak for IKEv2", NULL },
		{ __LINE__, 1, PROTO_IKE, "aes256", "sha1", NULL, "modp1024",
		  "aes256-sha1-modp1024",
		  "AES_CBC-256/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024" },
		{ __LINE__, 1, PROTO_ESP, "aes128", "sha1", NULL, "modp1536",
		  "aes128-sha1-modp1536", "AES_CBC-128/HMAC_SHA1_96/MODP_1536" },
		/* What IKEv1 has no number for. */
		{ __LINE__, 1, PROTO_IKE, "aes128gcm16", NULL, "prfsha256",
		  "modp2048", "cipher aes128gcm16 is an AEAD, which phase 1 of IKEv1 "
		  "cannot use", NULL },
		{ __LINE__, 1, PROTO_IKE, "aes128ctr", "sha256", NULL, "modp2048",
		  "cipher aes128ctr is no cipher of IKEv1's phase 1", NULL },
		{ __LINE__, 1, PROTO_IKE, "aes128", "sha256", NULL, "x25519",
		  "dh x25519 is unknown to IKEv1", NULL },
		{ __LINE__, 1, PROTO_IKE, "aes128", "sha256", "prfsha256", "ecp256",
		  "takes no prf", NULL },
		{ __LINE__, 1, PROTO_ESP, "chacha20poly1305", NULL, NULL, NULL,
		  "cipher chacha20poly1305 is unknown to IKEv1", NULL },
		{ __LINE__, 1, PROTO_ESP, "aes128", "sha256", NULL, "x448",
		  "dh x448 is unknown to IKEv1", NULL },
		{ __LINE__, 1, PROTO_ESP, "aes256gcm16", NULL, NULL, "ecp256",
		  "aes256gcm16-ecp256", "AES_GCM_16-256/ECP_256" },
		{ __LINE__, 1, PROTO_ESP, "aes256ctr", "sha256", NULL, NULL,
		  "aes256ctr-sha256", "AES_CTR-256/HMAC_SHA2_256_128" },
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
		int ret = algs_from_names(&a, rows[i].protocol, rows[i].version,
		    rows[i].cipher, rows[i].auth, rows[i].prf, rows[i].dh, &e);

		CHECK_ROW(rows[i].line, (ret == 0) == (rows[i].show != NULL));
		if (ret < 0) {
			CHECK_ROW(rows[i].line, strstr(e.text, rows[i].str) != NULL);
			if (strstr(e.text, rows[i].str) == NULL)
				printf("\n    got: %s\n", e.text);
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
	struct algs s = algs(text);
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
	struct algs def = algs("default");
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
	struct algs def = algs("default");
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
	struct algs def = algs("default");
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
	struct algs def = algs("default");
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
		struct algs a = algs(r->ours), b = algs(r->theirs);
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

/* --- IKEv1 --- */

static const struct ike_header header1 = { .spi_i = 1, .exchange = EXCH1_QUICK };

/* An offer, or what was chosen of one, after its way over the wire in a message of
 * IKEv1. */
static const struct payload *
travel1(struct offer *o, const struct proposal1 *chosen)
{
	static const struct sa1_terms ike = { .auth = AUTH1_PSK, .life_s = 14400 };
	static const struct sa1_terms esp = { .mode = MODE1_TUNNEL, .life_s = 3600 };
	bool phase1 = o->kind == OFFER_IKE;
	struct build b;

	offer_spi(o, esp_spi, phase1 ? 0 : 4);
	build1_begin(&b, wire_buf, sizeof(wire_buf), &header1);
	if (chosen == NULL)
		build1_sa(&b, o->p, o->n, phase1 ? &ike : &esp);
	else
		build1_chosen(&b, phase1 ? PROTO_IKE : PROTO_ESP, chosen,
		    phase1 ? NULL : esp_spi, phase1 ? 0 : 4);
	CU_ASSERT_EQUAL_FATAL(message1_parse(&m, wire_buf, build_end(&b), NULL), 0);
	return message_find(&m, PL_SA);
}

static const struct select_row ike1_rows[] = {
{ __LINE__, OFFER_IKE, "default", "default", 0, "aes128-sha256-ecp256", true, true },
/* SHA-1 by itself, and last of all. */
{ __LINE__, OFFER_IKE, "default", "aes256-sha1-modp2048", 0, "aes256-sha1-modp2048", true, true },
{ __LINE__, OFFER_IKE, "default", "aes256-aes128-sha1-sha256-modp2048", 0, "aes128-sha256-modp2048", true, true },
{ __LINE__, OFFER_IKE, "default", "aes128-sha256-modp1024", 0, "dh: the peer offers modp1024, we accept ecp256 modp2048 modp3072 modp4096", false, false },
/* Our order, not the peer's. */
{ __LINE__, OFFER_IKE, "aes256-aes128-sha512-sha1-modp4096-modp1024", "aes128-aes256-sha1-sha512-modp1024-modp4096", 0, "aes256-sha512-modp4096", true, true },
{ __LINE__, OFFER_IKE, "aes128-sha1-modp1024", "default", 0, "dh: the peer offers ecp256 modp2048 modp3072 modp4096, we accept modp1024", false, false },
{ __LINE__, OFFER_IKE, "aes128-sha1-modp1024", "aes128-sha1-modp1024", 0, "aes128-sha1-modp1024", true, true },
/* Quick mode: with PFS if the peer wants it, and then in its group. */
{ __LINE__, OFFER_CHILD, "default", "default", 0, "aes128gcm16", true, false },
{ __LINE__, OFFER_CHILD, "default", "aes128-sha1-modp2048", 14, "aes128-sha1-modp2048", true, false },
{ __LINE__, OFFER_CHILD, "default", "aes256-sha256-modp2048", 14, "aes256-sha256-modp2048", true, false },
{ __LINE__, OFFER_CHILD, "default", "aes256-sha256-modp2048", 0, "aes256-sha256-modp2048", true, true },
{ __LINE__, OFFER_CHILD, "aes128-sha256-ecp256-modp2048", "aes128-sha256-modp2048", 14, "aes128-sha256-modp2048", true, false },
{ __LINE__, OFFER_CHILD, "aes128-sha256-modp2048", "aes128-sha256", 0, "dh: the peer offers none, we accept modp2048", false, false },
{ __LINE__, OFFER_CHILD, "aes128-sha256", "aes128-sha256-modp2048", 14, "dh: the peer offers modp2048, we accept none", false, false },
};

static void
test_ike1_select(void)
{
	char buf[SUITE_STRLEN];
	size_t i;

	for (i = 0; i < sizeof(ike1_rows) / sizeof(ike1_rows[0]); i++) {
		const struct select_row *r = &ike1_rows[i];
		struct algs a = algs_of(1, r->ours);
		struct algs b = algs_of(1, r->theirs);
		struct proposal1 chosen;
		struct offer ours, theirs;
		struct err e = ERR_INIT;
		const struct payload *sa;
		struct choice c;
		const char *got;
		int ret;

		offer_init(&ours, r->kind, &a, true);
		offer_init(&theirs, r->kind, &b, true);
		if (r->kind == OFFER_CHILD)
			(void)offer_one_ke(&theirs);
		sa = travel1(&theirs, NULL);
		ret = offer_select(&ours, sa, r->ke, &c, &e);
		got = ret == 0 ? suite_str(&c.suite, buf) : e.text;
		CHECK_ROW(r->line, (ret == 0) == r->ok);
		CHECK_ROW(r->line, ret == 0 ? strcmp(got, r->chosen) == 0 :
		    strstr(got, r->chosen) != NULL);
		if (strstr(got, r->chosen) == NULL)
			printf("\n    got: %s\n", got);
		if (ret < 0)
			continue;
		CHECK_ROW(r->line, c.wrong_ke == r->wrong_ke);
		/* The transform that was chosen is the answer. */
		chosen = sa->sa.v1[c.num - 1];
		CHECK_ROW(r->line, offer_verify(&theirs, travel1(&theirs, &chosen),
		    &c, &e) == 0);
		CHECK_ROW(r->line, strcmp(suite_str(&c.suite, buf), r->chosen) == 0);
	}
}

static void
test_ike1_defaults(void)
{
	struct algs def = algs_of(1, "default");
	char buf[OFFER_STRLEN], old[ALGS_OLD_STRLEN];
	struct offer o;

	offer_init(&o, OFFER_IKE, &def, true);
	CU_ASSERT_STRING_EQUAL(offer_str(&o, buf), "aes128-aes256-sha256-sha512-"
	    "prfsha256-prfsha512-ecp256-modp2048-modp3072-modp4096, aes128-aes256-"
	    "sha1-prfsha1-ecp256-modp2048-modp3072-modp4096");
	/* So few that the first message is no longer than 1280 octets. */
	CU_ASSERT_EQUAL(travel1(&o, NULL)->sa.n, 24);
	CU_ASSERT(m.hdr.length < 1000);
	offer_init(&o, OFFER_CHILD, &def, true);
	CU_ASSERT_EQUAL(o.n, 3);
	CU_ASSERT(!offers(&o, T_ESN, 0, 0) && offers(&o, T_KE, 0, 0));
	CU_ASSERT_EQUAL(offer_one_ke(&o), 0);
	CU_ASSERT_STRING_EQUAL(offer_str(&o, buf), "aes128gcm16-aes256gcm16, "
	    "aes128-aes256-sha256-sha512, aes128-aes256-sha1");
	CU_ASSERT_STRING_EQUAL(algs_old(&def, old), "");
	def = algs_of(1, "aes128-sha256-sha1-modp2048-modp1024");
	CU_ASSERT_STRING_EQUAL(algs_old(&def, old), "sha1 modp1024");
	offer_init(&o, OFFER_CHILD, &def, true);
	CU_ASSERT_EQUAL(offer_one_ke(&o), 14);
	CU_ASSERT(offers(&o, T_KE, 14, 0) && !offers(&o, T_KE, 2, 0));
}

/* Not among what we said: a combination of two proposals, another group, and what
 * a peer of IKEv2 could say. */
static void
test_ike1_verify(void)
{
	struct algs a = algs_of(1, "default"), other;
	struct algs b = algs_of(2, "default");
	static const char *const answers[] = { "aes128-sha384-modp2048",
	    "aes128-sha256-modp1024", "aes128-sha256-ecp384" };
	struct offer o, theirs;
	struct err e = ERR_INIT;
	struct choice c;
	size_t i;

	CU_ASSERT(!algs_equal(&a, &b));
	offer_init(&o, OFFER_IKE, &a, false);
	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		other = algs_of(1, answers[i]);
		offer_init(&theirs, OFFER_IKE, &other, false);
		CU_ASSERT(offer_verify(&o, travel1(&theirs, NULL), &c, &e) < 0);
		CU_ASSERT(strstr(e.text, "which we did not offer") != NULL);
	}
	other = algs_of(1, "aes128-sha256-ecp256-modp2048");
	offer_init(&theirs, OFFER_IKE, &other, false);
	CU_ASSERT(offer_verify(&o, travel1(&theirs, NULL), &c, &e) < 0);
	CU_ASSERT(strstr(e.text, "2 proposals instead of one") != NULL);
}

/* The command that would help is one of IKEv1. */
static void
test_ike1_explain(void)
{
	struct algs a = algs_of(1, "aes128-sha256-ecp256");
	struct algs b = algs_of(1, "aes128-sha1-modp1024");
	struct algs c = algs_of(2, "aes128-sha256-ecp256");
	struct offer ours, theirs;
	struct err e = ERR_INIT;
	struct choice choice;

	offer_init(&ours, OFFER_IKE, &a, false);
	offer_init(&theirs, OFFER_IKE, &b, false);
	CU_ASSERT(offer_select(&ours, travel1(&theirs, NULL), 0, &choice, &e) < 0);
	CU_ASSERT(strstr(e.text, "\nhere, set: ike cipher aes128 auth sha1 dh "
	    "modp1024") != NULL);
	offer_init(&ours, OFFER_IKE, &c, false);
	CU_ASSERT(offer_select(&ours, travel1(&theirs, NULL), 2, &choice, &e) < 0);
	CU_ASSERT(strstr(e.text, "here, set") == NULL);
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
	{ "explaining at length", test_explain_long },
	{ "IKEv1: default proposals", test_ike1_defaults },
	{ "IKEv1: choosing", test_ike1_select },
	{ "IKEv1: checking the answer", test_ike1_verify },
	{ "IKEv1: explaining", test_ike1_explain })
