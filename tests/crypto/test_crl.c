/* crypto/crl: lists of revoked certificates: whose, whether to be believed, and
 * what is in them. */
#include "crypto/crl.h"

#include <stdlib.h>
#include <string.h>
#include <openssl/pem.h>

#include "crypto/cert.h"
#include "tests/pki/pki.h"
#include "tests/unit.h"

#define URL	"http://ca.example/ca.crl"

static struct crypto *crypto;
static struct pki_cert *root, *other, *alice, *bob;
static struct cert *root_c, *other_c, *alice_c, *bob_c;

static struct pki_cert *
leaf(const char *subject, const char *serial)
{
	struct pki_spec spec = {
		.kind = PKI_LEAF, .subject = subject, .issuer = root,
		.serial = serial, .crl = URL,
	};

	return pki_make(&spec);
}

static void
setup(void)
{
	struct err e = ERR_INIT;

	CU_ASSERT_FATAL(crypto_new(&crypto, &e) == 0);
	root = pki_root("CN=Root, O=Example");
	other = pki_root("CN=Root, O=Another");
	alice = leaf("CN=alice, O=Example", "008001");
	bob = leaf("CN=bob, O=Example", "1234567890abcdef1234");
	root_c = pki_parse(crypto, root);
	other_c = pki_parse(crypto, other);
	alice_c = pki_parse(crypto, alice);
	bob_c = pki_parse(crypto, bob);
}

static void
teardown(void)
{
	cert_free(root_c);
	cert_free(other_c);
	cert_free(alice_c);
	cert_free(bob_c);
	crypto_free(crypto);
	pki_free_all();
}

static struct crl *
take(const struct pki_bytes *b, struct err *e)
{
	struct crl *crl;

	return crl_parse(crypto, b->p, b->len, &crl, e) == 0 ? crl : NULL;
}

static void
test_facts(void)
{
	const struct pki_cert *revoked[] = { alice, NULL };
	struct pki_crl_spec spec = {
		.issuer = root, .revoked = revoked, .reason = "keyCompromise",
		.number = 42, .more = 3,
	};
	struct pki_bytes b = pki_crl(&spec);
	struct err e = ERR_INIT;
	struct crl_entry en;
	struct crl *crl = take(&b, &e);

	CU_ASSERT_PTR_NOT_NULL_FATAL(crl);
	CU_ASSERT_EQUAL(crl_check_signed(crl, root_c, &e), 0);
	CU_ASSERT_EQUAL(crl_covers(crl, alice_c, &e), 0);
	CU_ASSERT_STRING_EQUAL(crl_issuer_str(crl), "CN=Root, O=Example");
	CU_ASSERT_STRING_EQUAL(crl_number_str(crl), "0x2a");
	CU_ASSERT_EQUAL(crl_n_entries(crl), 4);
	CU_ASSERT_EQUAL(crl_this_update(crl), PKI_NOW - PKI_DAY);
	CU_ASSERT_EQUAL(crl_next_update(crl), PKI_NOW + 7 * PKI_DAY);
	CU_ASSERT(crl_revoked(crl, alice_c, &en));
	CU_ASSERT_STRING_EQUAL(en.reason, "its key is compromised");
	CU_ASSERT(en.when > 0 && en.when <= PKI_NOW);
	CU_ASSERT(!crl_revoked(crl, bob_c, &en));

	CU_ASSERT_EQUAL(crl_check_fresh(crl, PKI_NOW, &e), 0);
	CU_ASSERT(crl_check_fresh(crl, PKI_NOW + 7 * PKI_DAY, &e) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "expired on 2026-01-08"));
	/* Five minutes of difference are no reason. */
	CU_ASSERT_EQUAL(crl_check_fresh(crl, PKI_NOW - PKI_DAY - 300, &e), 0);
	CU_ASSERT(crl_check_fresh(crl, PKI_NOW - PKI_DAY - 301, &e) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "in force only from"));
	crl_free(crl);
}

static void
test_empty(void)
{
	struct pki_crl_spec spec = { .issuer = root };
	struct pki_bytes b = pki_crl(&spec);
	struct err e = ERR_INIT;
	struct crl_entry en;
	struct crl *crl = take(&b, &e);

	CU_ASSERT_PTR_NOT_NULL_FATAL(crl);
	CU_ASSERT_EQUAL(crl_check_signed(crl, root_c, &e), 0);
	CU_ASSERT_EQUAL(crl_n_entries(crl), 0);
	CU_ASSERT(!crl_revoked(crl, alice_c, &en));
	crl_free(crl);
}

/* What cannot be used says why; parse: it does not even come that far. */
static void
test_refused(void)
{
	const struct {
		int		line;
		struct pki_crl_spec spec;
		bool		parses;
		const char	*why;
	} rows[] = {
		{ __LINE__, { .issuer = other }, true, "is from CN=Root, "
		    "O=Another, expected was one from CN=Root, O=Example" },
		{ __LINE__, { .issuer = root, .sign_key = other->key }, true,
		    "the signature is wrong" },
		{ __LINE__, { .issuer = pki_root("CN=Root, O=Example"),
		    .ext = "authorityKeyIdentifier = keyid:always" }, true,
		    "is signed with another key of CN=Root, O=Example" },
		{ __LINE__, { .issuer = root, .md = "SHA1" }, true,
		    "can be forged" },
		{ __LINE__, { .issuer = root, .no_next = 1 }, false,
		    "nextUpdate" },
		{ __LINE__, { .issuer = root,
		    .ext = "deltaCRL = critical, ASN1:INTEGER:1" }, false,
		    "delta CRL" },
		{ __LINE__, { .issuer = root, .ext =
		    "issuingDistributionPoint = critical, @idp\n"
		    "[idp]\nindirectCRL = TRUE" }, false, "indirect CRL" },
		{ __LINE__, { .issuer = root, .ext =
		    "issuingDistributionPoint = critical, @idp\n"
		    "[idp]\nonlysomereasons = keyCompromise" }, false,
		    "some reasons only" },
		{ __LINE__, { .issuer = root, .ext =
		    "issuingDistributionPoint = critical, @idp\n"
		    "[idp]\nonlyAA = TRUE" }, false, "attribute" },
		{ __LINE__, { .issuer = root, .ext =
		    "1.2.3.4 = critical, ASN1:NULL" }, false, "1.2.3.4" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pki_bytes b = pki_crl(&rows[i].spec);
		struct err e = ERR_INIT;
		struct crl *crl = take(&b, &e);

		CHECK_ROW(rows[i].line, (crl != NULL) == rows[i].parses);
		if (crl != NULL)
			CHECK_ROW(rows[i].line,
			    crl_check_signed(crl, root_c, &e) < 0);
		CHECK_ROW(rows[i].line, strstr(e.text, rows[i].why) != NULL);
		if (strstr(e.text, rows[i].why) == NULL)
			printf("    %s\n", e.text);
		crl_free(crl);
	}
}

static void
test_scope(void)
{
	const struct {
		int		line;
		const char	*ext;
		const struct cert *cert;
		const char	*why;		/* NULL: covered */
	} rows[] = {
		{ __LINE__, "fullname = URI:" URL, alice_c, NULL },
		{ __LINE__, "fullname = URI:http://ca.example/b.crl", alice_c,
		    "another distribution point" },
		{ __LINE__, "onlyuser = TRUE", alice_c, NULL },
		{ __LINE__, "onlyuser = TRUE", root_c, "no certificates of CAs" },
		{ __LINE__, "onlyCA = TRUE", alice_c, "of CAs only" },
		{ __LINE__, "onlyCA = TRUE", root_c, NULL },
	};
	char ext[200];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pki_crl_spec spec = { .issuer = root, .ext = ext };
		struct err e = ERR_INIT;
		struct pki_bytes b;
		struct crl *crl;

		snprintf(ext, sizeof(ext), "issuingDistributionPoint = "
		    "critical, @idp\n[idp]\n%s", rows[i].ext);
		b = pki_crl(&spec);
		crl = take(&b, &e);
		CHECK_ROW(rows[i].line, crl != NULL);
		if (crl == NULL)
			continue;
		CHECK_ROW(rows[i].line, crl_check_signed(crl, root_c, &e) == 0);
		CHECK_ROW(rows[i].line, (crl_covers(crl, rows[i].cert, &e) == 0)
		    == (rows[i].why == NULL));
		CHECK_ROW(rows[i].line, rows[i].why == NULL ||
		    strstr(e.text, rows[i].why) != NULL);
		crl_free(crl);
	}
}

/* Whatever is cut or changed is noticed before the list is believed, and nothing
 * is read that is not there. */
static void
test_damage(void)
{
	const struct pki_cert *revoked[] = { alice, bob, NULL };
	struct pki_crl_spec spec = { .issuer = root, .revoked = revoked,
	    .reason = "superseded", .more = 2 };
	struct pki_bytes b = pki_crl(&spec);
	struct err e = ERR_INIT;
	uint8_t *copy;
	struct crl *crl;
	size_t i;

	for (i = 0; i < b.len; i++) {
		copy = malloc(i > 0 ? i : 1);	/* exact: for the sanitizer */
		memcpy(copy, b.p, i);
		CU_ASSERT(crl_parse(crypto, copy, i, &crl, &e) < 0);
		free(copy);
	}
	for (i = 0; i < 8 * b.len; i++) {
		copy = malloc(b.len);
		memcpy(copy, b.p, b.len);
		copy[i / 8] ^= (uint8_t)(1U << (i % 8));
		if (crl_parse(crypto, copy, b.len, &crl, &e) == 0) {
			CU_ASSERT(crl_check_signed(crl, root_c, &e) < 0);
			crl_free(crl);
		}
		free(copy);
	}
}

/* Some CAs write serial numbers with octets too many. */
static void
test_padded(void)
{
	static const uint8_t there[] = { 0x02, 0x03, 0x01, 0x7f, 0x05 };
	const struct pki_cert *revoked[] = { leaf("CN=c", "017f05"), NULL };
	struct pki_crl_spec spec = { .issuer = root, .revoked = revoked };
	struct pki_bytes b = pki_crl(&spec);
	struct cert *short_c = pki_parse(crypto, leaf("CN=d", "7f05"));
	uint8_t *at = memmem(b.p, b.len, there, sizeof(there));
	struct err e = ERR_INIT;
	struct crl_entry en;
	struct crl *crl;

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	at[2] = 0;
	crl = take(&b, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(crl);
	CU_ASSERT(crl_revoked(crl, short_c, &en));
	CU_ASSERT(!crl_revoked(crl, alice_c, &en));
	crl_free(crl);
	cert_free(short_c);
}

static void
test_pem(void)
{
	struct pki_crl_spec spec = { .issuer = root };
	struct pki_bytes b = pki_crl(&spec);
	struct err e = ERR_INIT;
	struct crl *crl;
	const unsigned char *p = b.p;
	X509_CRL *x = d2i_X509_CRL(NULL, &p, (long)b.len);
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;

	CU_ASSERT_FATAL(x != NULL && bio != NULL &&
	    PEM_write_bio_X509_CRL(bio, x) == 1);
	len = BIO_get_mem_data(bio, &text);
	CU_ASSERT_EQUAL_FATAL(crl_parse(crypto, text, (size_t)len, &crl, &e), 0);
	CU_ASSERT_EQUAL(crl_check_signed(crl, root_c, &e), 0);
	crl_free(crl);
	CU_ASSERT(crl_parse(crypto, "<html>no</html>", 15, &crl, &e) < 0);
	CU_ASSERT(crl_parse(crypto, "", 0, &crl, &e) < 0);
	BIO_free(bio);
	X509_CRL_free(x);
}

static void
test_newer(void)
{
	struct pki_crl_spec spec[] = {
		{ .issuer = root, .number = 5 },
		{ .issuer = root, .number = 6 },
		{ .issuer = root, .number = 1, .last = PKI_NOW,
		  .next = PKI_NOW + PKI_DAY },
	};
	struct crl *crl[3];
	struct err e = ERR_INIT;
	size_t i, k;

	for (i = 0; i < 3; i++) {
		struct pki_bytes b = pki_crl(&spec[i]);

		crl[i] = take(&b, &e);
		CU_ASSERT_PTR_NOT_NULL_FATAL(crl[i]);
	}
	for (i = 0; i < 3; i++)
		for (k = 0; k < 3; k++)
			CU_ASSERT_EQUAL(crl_newer(crl[i], crl[k]), i > k);
	for (i = 0; i < 3; i++)
		crl_free(crl[i]);
}

/* Every entry of a long list is found, and nothing else. */
static void
test_long(void)
{
	const struct pki_cert *revoked[] = { alice, NULL };
	struct pki_crl_spec spec = { .issuer = root, .revoked = revoked,
	    .more = 20000 };
	struct pki_bytes b = pki_crl(&spec);
	struct err e = ERR_INIT;
	struct crl_entry en;
	struct crl *crl = take(&b, &e);

	CU_ASSERT_PTR_NOT_NULL_FATAL(crl);
	CU_ASSERT_EQUAL(crl_n_entries(crl), 20001);
	CU_ASSERT(crl_octets(crl) < 3 * b.len);
	CU_ASSERT(crl_revoked(crl, alice_c, &en));
	CU_ASSERT(!crl_revoked(crl, bob_c, &en));
	crl_free(crl);
}

int
main(void)
{
	static const struct unit_test tests[] = {
		{ "setup", setup },
		{ "facts", test_facts },
		{ "empty", test_empty },
		{ "refused", test_refused },
		{ "scope", test_scope },
		{ "damage", test_damage },
		{ "pem", test_pem },
		{ "serial numbers with octets too many", test_padded },
		{ "newer", test_newer },
		{ "long", test_long },
		{ "teardown", teardown },
	};

	return unit_run("crl", tests, sizeof(tests) / sizeof(tests[0]));
}
