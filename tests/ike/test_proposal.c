/* ike/proposal: lines of the configuration, and what we offer. */
#include "ike/proposal.h"

#include <string.h>

#include "offers.h"
#include "tests/unit.h"

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
	len = travelled.hdr.length;
	CU_ASSERT(len > 200 && len < 500);
}

UNIT_MAIN("proposal",
	{ "names", test_names },
	{ "every suite", test_every_suite },
	{ "default proposals", test_defaults },
	{ "AEADs apart", test_defaults_apart },
	{ "default proposals of ESP", test_defaults_esp },
	{ "size of the default proposals", test_defaults_size })
