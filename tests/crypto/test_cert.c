/* crypto/cert: what a certificate says, and which are refused for their form. */
#include "crypto/cert.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "crypto/dn.h"
#include "tests/crypto/need.h"
#include "tests/pki/pki.h"
#include "tests/unit.h"

static struct crypto *c;

static struct cert *
parse(const struct pki_cert *p)
{
	need_crypto(&c);
	return pki_parse(c, p);
}

static void
test_facts(void)
{
	static const char want[] = "CN=gw, O=Example";
	struct pki_cert *root = pki_root("CN=Root, O=Example");
	struct pki_spec s = { .subject = want, .issuer = root,
	    .serial = "80ABCD", .crl = "http://crl.example.com/a.crl",
	    .ocsp = "http://ocsp.example.com/",
	    .from = PKI_NOW - 60, .to = PKI_NOW + 60 };
	struct cert *cert = parse(pki_make(&s)), *ca = parse(root);
	char buf[CERT_NAME_STRLEN], serial[CERT_SERIAL_STRLEN];
	uint8_t dn[DN_DER_MAX];
	const uint8_t *p;
	size_t len;

	CU_ASSERT_STRING_EQUAL(cert_subject_str(cert, buf), want);
	CU_ASSERT_STRING_EQUAL(cert_issuer_str(cert, buf), "CN=Root, O=Example");
	CU_ASSERT_STRING_EQUAL(cert_serial_str(cert, serial), "80:ab:cd");
	CU_ASSERT(cert_has_subject(cert));
	CU_ASSERT_EQUAL(dn_from_text("cn=GW,o=example", dn, &len, NULL), 0);
	CU_ASSERT(cert_has_dn(cert, dn, len));
	CU_ASSERT(!cert_has_dn(ca, dn, len));
	CU_ASSERT_EQUAL(cert_not_before(cert), PKI_NOW - 60);
	CU_ASSERT_EQUAL(cert_not_after(cert), PKI_NOW + 60);
	CU_ASSERT_EQUAL(cert_key(cert), CERT_KEY_P256);
	CU_ASSERT_STRING_EQUAL(cert_key_str(cert), "ECDSA P-256");
	CU_ASSERT_STRING_EQUAL(cert_signature_str(cert), "ECDSA with SHA2-256");
	CU_ASSERT(!cert_weakly_signed(cert));
	CU_ASSERT(!cert_is_ca(cert) && cert_is_ca(ca));
	CU_ASSERT(!cert_self_signed(cert) && cert_self_signed(ca));
	CU_ASSERT(cert_may_sign(cert) && !cert_may_sign(ca));
	CU_ASSERT(cert_may_sign_crls(ca) && !cert_may_sign_crls(cert));
	CU_ASSERT(cert_may_ike(cert));
	CU_ASSERT_STRING_EQUAL(cert_usage_str(ca, buf), "keyCertSign, cRLSign");
	CU_ASSERT_STRING_EQUAL(cert_ext_usage_str(ca, buf), "");
	CU_ASSERT_EQUAL(cert_n_crl_urls(cert), 1);
	CU_ASSERT_STRING_EQUAL(cert_crl_url(cert, 0)->url,
	    "http://crl.example.com/a.crl");
	CU_ASSERT_PTR_NULL(cert_crl_url(cert, 0)->why);
	CU_ASSERT_EQUAL(cert_n_ocsp_urls(cert), 1);
	CU_ASSERT_STRING_EQUAL(cert_ocsp_url(cert, 0)->url,
	    "http://ocsp.example.com/");
	p = cert_der(cert, &len);
	CU_ASSERT(len > 300 && p[0] == 0x30);
	CU_ASSERT(cert_equal(cert, cert) && !cert_equal(cert, ca));
	CU_ASSERT(memcmp(cert_key_hash(cert), cert_key_hash(ca), 20) != 0);
	CU_ASSERT(!cert_has_key(cert, root->key) && cert_has_key(ca, root->key));
	cert_free(ca);
	ca = cert_ref(cert);
	cert_free(cert);
	CU_ASSERT_EQUAL(cert_not_after(ca), PKI_NOW + 60);	/* still there */
	cert_free(ca);
}

static void
test_names(void)
{
	static const struct { enum cert_name_kind kind; const char *text; } want[] = {
		{ CERT_NAME_DNS, "gw.example.com" },
		{ CERT_NAME_EMAIL, "gw@example.com" },
		{ CERT_NAME_IP, "192.0.2.1" },
		{ CERT_NAME_IP, "2001:db8::1" },
		{ CERT_NAME_URI, "https://example.com/gw" },
		{ CERT_NAME_DN, "O=Example, CN=gw" },
	};
	struct pki_spec s = { .issuer = pki_root("CN=Root"),
	    .ext = "subjectAltName = @alt\n[alt]\nDNS.1 = gw.example.com\n"
	    "email.1 = gw@example.com\nIP.1 = 192.0.2.1\nIP.2 = 2001:db8::1\n"
	    "RID.1 = 1.2.3.4\nURI.1 = https://example.com/gw\ndirName.1 = dn\n"
	    "[dn]\nO = Example\nCN = gw" };
	struct cert *cert = parse(pki_make(&s));
	char buf[CERT_NAME_STRLEN];
	uint8_t dn[DN_DER_MAX];
	size_t i, len;

	CU_ASSERT_EQUAL(cert_n_names(cert), 6);
	for (i = 0; i < cert_n_names(cert); i++) {
		CU_ASSERT_EQUAL(cert_name(cert, i)->kind, want[i].kind);
		CU_ASSERT_STRING_EQUAL(cert_name_str(cert_name(cert, i), buf),
		    want[i].text);
	}
	CU_ASSERT_PTR_NULL(cert_name(cert, 6));
	/* Empty subject: known by its first name. */
	CU_ASSERT(!cert_has_subject(cert));
	CU_ASSERT_STRING_EQUAL(cert_subject_str(cert, buf), "gw.example.com");
	CU_ASSERT_EQUAL(dn_from_text("O=Example, CN=gw", dn, &len, NULL), 0);
	CU_ASSERT(cert_has_dn(cert, dn, len));
	cert_free(cert);
}

/* What may be in an IA5String but can be no name: whoever compared it as a C
 * string would see gw.example.com. */
static void
test_nul_in_name(void)
{
	struct pki_spec s = { .subject = "CN=x", .issuer = pki_root("CN=Root"),
	    /* SEQUENCE { [2] "gw.example.com\0.evil", [2] "b" } */
	    .ext = "subjectAltName = DER:30:19:82:14:67:77:2e:65:78:61:6d:70:6c:65:"
	    "2e:63:6f:6d:00:2e:65:76:69:6c:82:01:62" };
	struct cert *cert = parse(pki_make(&s));
	char buf[CERT_NAME_STRLEN];

	CU_ASSERT_EQUAL(cert_n_names(cert), 1);
	CU_ASSERT_STRING_EQUAL(cert_name_str(cert_name(cert, 0), buf), "b");
	cert_free(cert);
}

static void
test_keys(void)
{
	static const struct {
		int		 line;
		const char	*type, *str;
		enum cert_key	 key;
		const char	*refused;
	} rows[] = {
		{ __LINE__, "rsa2048", "RSA 2048", CERT_KEY_RSA, NULL },
		{ __LINE__, "rsa1024", "RSA 1024", CERT_KEY_RSA, "too weak" },
		{ __LINE__, "p256", "ECDSA P-256", CERT_KEY_P256, NULL },
		{ __LINE__, "p384", "ECDSA P-384", CERT_KEY_P384, NULL },
		{ __LINE__, "p521", "ECDSA P-521", CERT_KEY_P521, NULL },
		{ __LINE__, "p224", "ECDSA secp224r1", CERT_KEY_OTHER,
		    "has ECDSA secp224r1: Culvert takes" },
		{ __LINE__, "secp256k1", "ECDSA secp256k1", CERT_KEY_OTHER,
		    "Culvert takes" },
		{ __LINE__, "ed25519", "Ed25519", CERT_KEY_ED25519, NULL },
		{ __LINE__, "ed448", "Ed448", CERT_KEY_ED448, NULL },
		{ __LINE__, "dsa2048", "DSA 2048", CERT_KEY_OTHER,
		    "has DSA 2048: Culvert takes" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pki_spec s = { .subject = "CN=x", .key = rows[i].type,
		    .number = 1 };
		struct cert *cert = parse(pki_make(&s));
		struct err e = ERR_INIT;
		int got = cert_key_check(cert, &e);

		CHECK_ROW(rows[i].line, cert_key(cert) == rows[i].key);
		CHECK_ROW(rows[i].line,
		    strcmp(cert_key_str(cert), rows[i].str) == 0);
		CHECK_ROW(rows[i].line, rows[i].refused == NULL ? got == 0 :
		    got < 0 && strstr(e.text, rows[i].refused) != NULL);
		cert_free(cert);
	}
}

/* Verifying takes as long as the public exponent is: this one makes it as slow as
 * signing. */
static void
test_long_exponent(void)
{
	static const unsigned char odd[] = { 1, 0, 0, 0, 0, 0, 0, 0, 1 };
	BIGNUM *n = NULL, *e = BN_bin2bn(odd, sizeof(odd), NULL);
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	struct pki_spec s = { .subject = "CN=x", .sign_key = pki_key("p256", 1) };
	struct err why = ERR_INIT;
	OSSL_PARAM *params;
	EVP_PKEY *key = NULL;
	struct cert *cert;

	CU_ASSERT(EVP_PKEY_get_bn_param(pki_key("rsa2048", 1), "n", &n) &&
	    OSSL_PARAM_BLD_push_BN(b, "n", n) && OSSL_PARAM_BLD_push_BN(b, "e", e));
	params = OSSL_PARAM_BLD_to_param(b);
	CU_ASSERT(EVP_PKEY_fromdata_init(ctx) > 0 &&
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) > 0);
	s.use_key = key;
	cert = parse(pki_make(&s));
	CU_ASSERT(cert_key_check(cert, &why) < 0);
	CU_ASSERT(strstr(why.text, "a public exponent of more than 64 bits") != NULL);
	cert_free(cert);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	BN_free(n);
	BN_free(e);
}

/* Distribution points and why some are no use. */
static void
test_urls(void)
{
	static const struct {
		int		 line;
		const char	*ext;
		const char	*url, *why;	/* of the first; NULL: none */
	} rows[] = {
		{ __LINE__, "crlDistributionPoints = URI:HTTPS://a/b",
		    "HTTPS://a/b", NULL },
		{ __LINE__, "crlDistributionPoints = URI:file:///a",
		    "file:///a", NULL },
		{ __LINE__, "crlDistributionPoints = URI:file://host/a",
		    "file://host/a", "is no URL of http, https or file" },
		{ __LINE__, "crlDistributionPoints = URI:ldap://a/b",
		    "ldap://a/b", "is no URL of http, https or file" },
		{ __LINE__, "crlDistributionPoints = URI:http://a/b c",
		    "http://a/b?c", "is no URL" },
		{ __LINE__, "crlDistributionPoints = p\n[p]\nfullname = URI:http://a\n"
		    "CRLissuer = dirName:d\n[d]\nCN = Other",
		    "http://a", "names another issuer (an indirect CRL)" },
		{ __LINE__, "crlDistributionPoints = p\n[p]\nfullname = URI:http://a\n"
		    "reasons = keyCompromise",
		    "http://a", "is for some reasons of revocation only" },
		{ __LINE__, "crlDistributionPoints = p\n[p]\nrelativename = d\n[d]\n"
		    "CN = x", "a distribution point without a URL",
		    "is a name relative to its issuer" },
		{ __LINE__, "crlDistributionPoints = dirName:d\n[d]\nCN = x",
		    "a distribution point without a URL",
		    "is the name of a directory, not a URL" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pki_spec s = { .subject = "CN=x", .ext = rows[i].ext };
		struct cert *cert = parse(pki_make(&s));
		const struct cert_url *u = cert_crl_url(cert, 0);

		CHECK_ROW(rows[i].line, u != NULL && strcmp(u->url, rows[i].url) == 0);
		CHECK_ROW(rows[i].line, u != NULL && (rows[i].why == NULL ?
		    u->why == NULL : u->why != NULL &&
		    strcmp(u->why, rows[i].why) == 0));
		cert_free(cert);
	}
}

/* Form: whatever is not exactly one proper certificate. */
static void
test_refused(void)
{
	static const char huge[] = "8123456789abcdef0123456789abcdef0123456789";
	static const char octets20[] = "7123456789abcdef0123456789abcdef01234567";
	struct pki_spec s = { .subject = "CN=x", .serial = octets20 };
	char serial[CERT_SERIAL_STRLEN];
	static uint8_t long_one[CERT_MAX + 1];
	uint8_t *more;
	struct err e = ERR_INIT;
	struct pki_cert *p;
	struct cert *cert;

	/* RFC 5280 4.1.2.2: up to 20 octets must be handled. */
	cert = parse(pki_make(&s));
	CU_ASSERT_EQUAL(strlen(cert_serial_str(cert, serial)), 59);
	cert_free(cert);
	s.serial = huge;
	p = pki_make(&s);
	CU_ASSERT(cert_parse(c, p->der, p->len, &cert, &e) < 0);
	CU_ASSERT(strstr(e.text, "\"CN=x\" has a serial number of more than 20 "
	    "octets") != NULL);
	CU_ASSERT(cert_parse(c, long_one, sizeof(long_one), &cert, &e) < 0);
	CU_ASSERT(strstr(e.text, "longer than Culvert takes") != NULL);
	CU_ASSERT(cert_parse(c, NULL, 0, &cert, &e) < 0);
	p = pki_root("CN=x");
	CU_ASSERT(cert_parse(c, p->der, p->len - 1, &cert, &e) < 0);
	CU_ASSERT(strstr(e.text, "no X.509 certificate") != NULL);
	more = calloc(1, p->len + 1);
	memcpy(more, p->der, p->len);
	CU_ASSERT(cert_parse(c, more, p->len + 1, &cert, &e) < 0);
	CU_ASSERT(strstr(e.text, "something follows") != NULL);
	free(more);
	CU_ASSERT_PTR_NULL(cert);
	s = (struct pki_spec){ .subject = "CN=x",
	    .ext = "basicConstraints = DER:30:02:01" };
	p = pki_make(&s);
	CU_ASSERT(cert_parse(c, p->der, p->len, &cert, &e) < 0);
	CU_ASSERT(strstr(e.text, "extension that cannot be read") != NULL);
	s.ext = "subjectAltName = DER:30:03:82";
	p = pki_make(&s);
	CU_ASSERT(cert_parse(c, p->der, p->len, &cert, &e) < 0);
	s.ext = "crlDistributionPoints = DER:30:03:82";
	p = pki_make(&s);
	CU_ASSERT(cert_parse(c, p->der, p->len, &cert, &e) < 0);
	s.ext = "authorityInfoAccess = DER:30:03:82";
	p = pki_make(&s);
	CU_ASSERT(cert_parse(c, p->der, p->len, &cert, &e) < 0);
}

static void
test_text(void)
{
	static const uint8_t bytes[] = { 0x00, 0xab, 0x7f };
	char span[CERT_SPAN_STRLEN], when[CERT_TIME_STRLEN], hex[CERT_HEX_STRLEN];

	CU_ASSERT_STRING_EQUAL(cert_span_str(2 * 86400 + 5, span), "2 days");
	CU_ASSERT_STRING_EQUAL(cert_span_str(-86400, span), "1 day");
	CU_ASSERT_STRING_EQUAL(cert_span_str(86399, span), "23 hours");
	/* Signed for 20 days, and looked at a minute later. */
	CU_ASSERT_STRING_EQUAL(cert_span_str(20 * 86400 - 60, span), "20 days");
	CU_ASSERT_STRING_EQUAL(cert_span_str(20 * 86400 - 3601, span), "19 days");
	CU_ASSERT(cert_days(20 * 86400 - 60) == 20);
	CU_ASSERT(cert_days(20 * 86400 - 3601) == 19);
	CU_ASSERT(cert_days(86399) == 0 && cert_days(0) == 0);
	CU_ASSERT(cert_days(-1) == -1 && cert_days(-86401) == -1);
	CU_ASSERT(cert_days(-2 * 86400 - 600) == -2);	/* "2 days ago" */
	CU_ASSERT_STRING_EQUAL(cert_span_str(60, span), "1 minute");
	CU_ASSERT_STRING_EQUAL(cert_span_str(0, span), "0 seconds");
	CU_ASSERT_STRING_EQUAL(cert_time_str(PKI_NOW, when),
	    "2026-01-01 00:00:00 UTC");
	CU_ASSERT_STRING_EQUAL(cert_hex(bytes, 3, hex), "00:ab:7f");
	CU_ASSERT_STRING_EQUAL(cert_hex(bytes, 0, hex), "");
}

static void
done(void)
{
	pki_free_all();
	crypto_free(c);
	c = NULL;
}

UNIT_MAIN("crypto/cert",
	{ "what it says", test_facts },
	{ "subjectAltName of every kind, empty subject", test_names },
	{ "a NUL in a name", test_nul_in_name },
	{ "keys, and which are refused", test_keys },
	{ "RSA with a long exponent", test_long_exponent },
	{ "distribution points", test_urls },
	{ "refused for its form", test_refused },
	{ "times and octets for people", test_text },
	{ "all is freed", done })
