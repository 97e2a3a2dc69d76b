/* crypto/sign: every scheme made and verified, and what is refused. */
#include "crypto/sign.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "tests/crypto/need.h"
#include "tests/pki/pki.h"
#include "tests/unit.h"

static struct crypto *c;

static struct cert *
cert_of(const char *type)
{
	struct pki_spec s = { .subject = "CN=gw", .key = type, .number = 1 };

	need_crypto(&c);
	return pki_parse(c, pki_make(&s));
}

static const struct iov parts[] = { { "what is", 7 }, { NULL, 0 },
	{ " signed here.", 13 } };
/* As long as a hash. */
static const struct iov whole = { "what is signed here.", 20 };
static const struct iov other = { "what is sighed here.", 20 };

static const struct row {
	int			 line;
	const char		*key;
	enum sign_scheme	 scheme;
} rows[] = {
	{ __LINE__, "rsa2048", SIGN_RSA_SHA256 },
	{ __LINE__, "rsa2048", SIGN_RSA_SHA384 },
	{ __LINE__, "rsa3072", SIGN_RSA_SHA512 },
	{ __LINE__, "rsa2048", SIGN_RSA_PSS_SHA256 },
	{ __LINE__, "rsa2048", SIGN_RSA_PSS_SHA384 },
	{ __LINE__, "rsa3072", SIGN_RSA_PSS_SHA512 },
	{ __LINE__, "p256", SIGN_ECDSA_SHA256 },
	{ __LINE__, "p256", SIGN_ECDSA_SHA512 },
	{ __LINE__, "p384", SIGN_ECDSA_SHA384 },
	{ __LINE__, "p521", SIGN_ECDSA_SHA512 },
	{ __LINE__, "ed25519", SIGN_ED25519 },
	{ __LINE__, "ed448", SIGN_ED448 },
	{ __LINE__, "rsa2048", SIGN_RSA_SHA1 },
	{ __LINE__, "p256", SIGN_ECDSA_P256 },
	{ __LINE__, "p384", SIGN_ECDSA_P384 },
	{ __LINE__, "p521", SIGN_ECDSA_P521 },
	{ __LINE__, "rsa2048", SIGN_RSA_RAW },
	{ __LINE__, "rsa3072", SIGN_RSA_RAW },
};
#define N_ROWS	(sizeof(rows) / sizeof(rows[0]))

static void
check_row(const struct row *r)
{
	const struct sign_alg *a = sign_alg(r->scheme);
	struct cert *cert = cert_of(r->key);
	struct err e = ERR_INIT;
	uint8_t sig[SIGN_MAX];
	size_t len;

	CHECK_ROW(r->line, sign_make(c, pki_key(r->key, 1), a, parts, 3, sig, &len,
	    &e) == 0);
	CHECK_ROW(r->line, sign_verify(c, cert, a, &whole, 1, sig, len, &e) == 0);
	CHECK_ROW(r->line, sign_verify(c, cert, a, parts, 3, sig, len, &e) == 0);
	CHECK_ROW(r->line, sign_verify(c, cert, a, &other, 1, sig, len, &e) < 0);
	CHECK_ROW(r->line, strstr(e.text, "is not by the key of certificate \"CN=gw\"")
	    != NULL);
	CHECK_ROW(r->line, sign_verify(c, cert, a, &whole, 1, sig, len - 1, &e) < 0);
	CHECK_ROW(r->line, sign_verify(c, cert, a, &whole, 1, sig, 0, &e) < 0);
	CHECK_ROW(r->line, sign_verify(c, cert, a, &whole, 1, sig, SIGN_MAX + 1, &e)
	    < 0);
	sig[len / 2] ^= 1;
	CHECK_ROW(r->line, sign_verify(c, cert, a, &whole, 1, sig, len, &e) < 0);
	cert_free(cert);
}

static void
test_schemes(void)
{
	size_t i;

	need_crypto(&c);
	for (i = 0; i < N_ROWS; i++)
		check_row(&rows[i]);
}

/* RFC 2409 5.1: 00 01 ff .. ff 00 and the hash, without its name; and nothing that
 * is no hash, for a name and a hash would be another kind of signature. */
static void
test_raw(void)
{
	const struct sign_alg *raw = sign_alg(SIGN_RSA_RAW);
	struct evp_pkey_st *key = pki_key("rsa2048", 1);
	struct cert *cert = cert_of("rsa2048");
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	uint8_t sig[SIGN_MAX], block[256], zeros[64] = { 0 };
	size_t len, n = sizeof(block), i;
	struct err e = ERR_INIT;
	struct iov hash = { zeros, 51 };

	CU_ASSERT_FATAL(sign_make(c, key, raw, &whole, 1, sig, &len, &e) == 0);
	CU_ASSERT(ctx != NULL && EVP_PKEY_verify_recover_init(ctx) > 0 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) > 0 &&
	    EVP_PKEY_verify_recover(ctx, block, &n, sig, len) > 0 && n == 256);
	CU_ASSERT(block[0] == 0 && block[1] == 1 && block[256 - 21] == 0);
	for (i = 2; i < 256 - 21; i++)
		CU_ASSERT(block[i] == 0xff);
	CU_ASSERT(memcmp(block + 256 - 20, whole.p, 20) == 0);
	EVP_PKEY_CTX_free(ctx);
	/* One kind is not taken for the other. */
	CU_ASSERT(sign_verify(c, cert, sign_alg(SIGN_RSA_SHA1), &whole, 1, sig, len,
	    &e) < 0);
	CU_ASSERT(sign_make(c, key, sign_alg(SIGN_RSA_SHA1), &whole, 1, sig, &len,
	    &e) == 0);
	CU_ASSERT(sign_verify(c, cert, raw, &whole, 1, sig, len, &e) < 0);
	CU_ASSERT(sign_make(c, key, raw, &hash, 1, sig, &len, &e) < 0);
	hash.len = 0;
	CU_ASSERT(sign_make(c, key, raw, &hash, 1, sig, &len, &e) < 0);
	hash.len = 64;
	CU_ASSERT(sign_make(c, key, raw, &hash, 1, sig, &len, &e) == 0);
	CU_ASSERT(sign_from_method(0) == NULL);
	cert_free(cert);
}

/* r and s as RFC 4754 7 has them: so many octets each, whatever they are. */
static void
test_halves(void)
{
	static const struct { const char *key; enum sign_scheme s; size_t len; } r[] = {
		{ "p256", SIGN_ECDSA_P256, 64 }, { "p384", SIGN_ECDSA_P384, 96 },
		{ "p521", SIGN_ECDSA_P521, 132 },
	};
	uint8_t sig[SIGN_MAX] = { 0 };
	struct cert *cert = cert_of("p256");
	struct err e = ERR_INIT;
	size_t i, n, len;

	for (i = 0; i < 3; i++)
		for (n = 0; n < 300 && i == 0; n++)	/* some with leading zeros */
			CU_ASSERT(sign_make(c, pki_key(r[i].key, 1),
			    sign_alg(r[i].s), &whole, 1, sig, &len, &e) == 0 &&
			    len == r[i].len && sign_verify(c, cert,
			    sign_alg(r[i].s), &whole, 1, sig, len, &e) == 0);
	/* RFC 4754 and the verifier's oldest bug: r = s = 0 */
	memset(sig, 0, sizeof(sig));
	CU_ASSERT(sign_verify(c, cert, sign_alg(SIGN_ECDSA_P256), &whole, 1, sig, 64,
	    &e) < 0);
	/* DER where halves belong, and the other way round. */
	CU_ASSERT_EQUAL(sign_make(c, pki_key("p256", 1),
	    sign_alg(SIGN_ECDSA_SHA256), &whole, 1, sig, &len, &e), 0);
	CU_ASSERT(sign_verify(c, cert, sign_alg(SIGN_ECDSA_P256), &whole, 1, sig, len,
	    &e) < 0);
	CU_ASSERT_EQUAL(sign_make(c, pki_key("p256", 1), sign_alg(SIGN_ECDSA_P256),
	    &whole, 1, sig, &len, &e), 0);
	CU_ASSERT(sign_verify(c, cert, sign_alg(SIGN_ECDSA_SHA256), &whole, 1, sig,
	    len, &e) < 0);
	cert_free(cert);
}

static void
test_wrong_key(void)
{
	static const struct { const char *key; enum sign_scheme s; const char *why; }
	    r[] = {
		{ "p256", SIGN_RSA_SHA256, "signed by RSA with SHA2-256, but the key "
		    "of certificate \"CN=gw\" is ECDSA P-256" },
		{ "rsa2048", SIGN_ECDSA_SHA256, "is RSA 2048" },
		{ "p384", SIGN_ECDSA_P256, "is ECDSA P-384" },
		{ "ed25519", SIGN_ED448, "is Ed25519" },
		{ "rsa1024", SIGN_RSA_SHA256, "RSA 1024, which is too weak" },
		{ "secp256k1", SIGN_ECDSA_SHA256, "ECDSA secp256k1" },
	};
	struct err e = ERR_INIT;
	uint8_t sig[SIGN_MAX] = { 1 };
	struct cert *cert;
	size_t i;

	for (i = 0; i < sizeof(r) / sizeof(r[0]); i++) {
		cert = cert_of(r[i].key);
		CU_ASSERT(sign_verify(c, cert, sign_alg(r[i].s), &whole, 1, sig,
		    64, &e) < 0);
		if (strstr(e.text, r[i].why) == NULL)
			printf("\n    %s: %s\n", r[i].key, e.text);
		CU_ASSERT(strstr(e.text, r[i].why) != NULL);
		cert_free(cert);
	}
	CU_ASSERT(sign_make(c, pki_key("p256", 1), sign_alg(SIGN_RSA_SHA256), &whole,
	    1, sig, &i, &e) < 0);
}

/* A signature whose padding is short and whose rest is garbage: with an exponent
 * of 3 anybody can make one that a careless verifier takes (Bleichenbacher 2006;
 * strongSwan CVE-2018-16151).  Here it is made with the private key. */
static void
test_forged_padding(void)
{
	static const uint8_t prefix[] = { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60,
	    0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20 };
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pki_key("rsa2048-e3", 1), NULL);
	struct cert *cert = cert_of("rsa2048-e3");
	uint8_t block[256] = { 0, 1 }, sig[256];
	struct err e = ERR_INIT;
	size_t len = sizeof(sig), pad;

	for (pad = 8; pad <= 202; pad += 194) {	/* 202: as it should be */
		memset(block + 2, 0xff, pad);
		block[2 + pad] = 0;
		memcpy(block + 3 + pad, prefix, sizeof(prefix));
		EVP_Digest(whole.p, whole.len, block + 3 + pad + sizeof(prefix), NULL,
		    EVP_sha256(), NULL);
		CU_ASSERT(EVP_PKEY_sign_init(ctx) > 0 &&
		    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) > 0 &&
		    EVP_PKEY_sign(ctx, sig, &len, block, sizeof(block)) > 0);
		CU_ASSERT_EQUAL(sign_verify(c, cert, sign_alg(SIGN_RSA_SHA256),
		    &whole, 1, sig, len, &e), pad == 202 ? 0 : -1);
	}
	EVP_PKEY_CTX_free(ctx);
	cert_free(cert);
}

/* RSA-PSS with another salt than it says. */
static void
test_pss_salt(void)
{
	struct cert *cert = cert_of("rsa2048");
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct err e = ERR_INIT;
	EVP_PKEY_CTX *pctx;
	uint8_t sig[256];
	size_t len = sizeof(sig);

	CU_ASSERT(EVP_DigestSignInit(ctx, &pctx, EVP_sha256(), NULL,
	    pki_key("rsa2048", 1)) > 0 &&
	    EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) > 0 &&
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, 20) > 0 &&
	    EVP_DigestSign(ctx, sig, &len, whole.p, whole.len) > 0);
	CU_ASSERT(sign_verify(c, cert, sign_alg(SIGN_RSA_PSS_SHA256), &whole, 1, sig,
	    len, &e) < 0);
	EVP_MD_CTX_free(ctx);
	cert_free(cert);
}

/* The AlgorithmIdentifiers are those OpenSSL writes into certificates. */
static void
test_algids(void)
{
	static const struct { const char *key, *md; int pss; enum sign_scheme s; } r[] = {
		{ "rsa2048", "SHA256", 0, SIGN_RSA_SHA256 },
		{ "rsa2048", "SHA384", 0, SIGN_RSA_SHA384 },
		{ "rsa2048", "SHA512", 0, SIGN_RSA_SHA512 },
		{ "rsa2048", "SHA256", 1, SIGN_RSA_PSS_SHA256 },
		{ "rsa2048", "SHA384", 1, SIGN_RSA_PSS_SHA384 },
		{ "rsa2048", "SHA512", 1, SIGN_RSA_PSS_SHA512 },
		{ "p256", "SHA256", 0, SIGN_ECDSA_SHA256 },
		{ "p256", "SHA384", 0, SIGN_ECDSA_SHA384 },
		{ "p256", "SHA512", 0, SIGN_ECDSA_SHA512 },
		{ "ed25519", NULL, 0, SIGN_ED25519 },
		{ "ed448", NULL, 0, SIGN_ED448 },
	};
	struct err e = ERR_INIT;
	size_t i;

	for (i = 0; i < sizeof(r) / sizeof(r[0]); i++) {
		struct pki_spec s = { .subject = "CN=x", .key = r[i].key,
		    .number = 1, .md = r[i].md, .pss = r[i].pss };
		const struct sign_alg *a = sign_alg(r[i].s);
		unsigned char *der = NULL;
		int n = i2d_X509_ALGOR((X509_ALGOR *)(uintptr_t)
		    X509_get0_tbs_sigalg(pki_make(&s)->x), &der);

		CU_ASSERT_EQUAL(n, a->algid_len);
		CU_ASSERT(n == a->algid_len && memcmp(der, a->algid, (size_t)n) == 0);
		CU_ASSERT_PTR_EQUAL(sign_from_algid(der, (size_t)n, &e), a);
		OPENSSL_free(der);
	}
}

static void
test_algids_refused(void)
{
	static const struct { int line; const char *hex, *why; } r[] = {
		/* Parameters that are left out, or should be: taken (by the peers,
		 * too). */
		{ __LINE__, "300b06092a864886f70d01010b", NULL },
		{ __LINE__, "300c06082a8648ce3d0403020500", NULL },
		{ __LINE__, "", "cannot be read" },
		{ __LINE__, "30", "cannot be read" },
		{ __LINE__, "300d06092a864886f70d01010b050000", "cannot be read" },
		{ __LINE__, "300d06092a864886f70d0101050500", "SHA-1 is too weak" },
		{ __LINE__, "300906072a8648ce3d0401", "SHA-1 is too weak" },
		{ __LINE__, "300d06092a864886f70d0101040500",
		    "md5WithRSAEncryption is no signature algorithm" },
		{ __LINE__, "300906072a8648ce380403", "dsaWithSHA1 is no" },
		{ __LINE__, "300506032a0304", "1.2.3.4 is no signature algorithm" },
		/* RFC 7427 A.4.1: the defaults are SHA-1 */
		{ __LINE__, "300d06092a864886f70d01010a3000", "RSA-PSS with SHA-1" },
		{ __LINE__, "300b06092a864886f70d01010a", "without parameters" },
		/* SHA2-256, but MGF1 with SHA-1; a salt of 20 */
		{ __LINE__, "304106092a864886f70d01010a3034a00f300d0609608648016503"
		    "04020105 00a11c301a06092a864886f70d010108300d06096086480165"
		    "03040201 0500a203020114", "a salt of 32 octets; this one has 20" },
		{ __LINE__, "302306092a864886f70d01010a3016a00f300d0609608648016503"
		    "0402010500 a203020120", "MGF1 with the same hash" },
	};
	uint8_t der[256];
	struct err e = ERR_INIT;
	const struct sign_alg *a;
	const char *p;
	unsigned int v;
	size_t i, n;

	for (i = 0; i < sizeof(r) / sizeof(r[0]); i++) {
		for (n = 0, p = r[i].hex; *p != '\0'; p += 2) {
			p += *p == ' ';
			sscanf(p, "%2x", &v);
			der[n++] = (uint8_t)v;
		}
		err_clear(&e);
		a = sign_from_algid(der, n, &e);
		CHECK_ROW(r[i].line, r[i].why == NULL ? a != NULL :
		    a == NULL && strstr(e.text, r[i].why) != NULL);
		if (r[i].why != NULL && strstr(e.text, r[i].why) == NULL)
			printf("    %s\n", e.text);
	}
}

static void
test_methods(void)
{
	CU_ASSERT_EQUAL(sign_from_method(1)->scheme, SIGN_RSA_SHA1);
	CU_ASSERT_EQUAL(sign_from_method(9)->scheme, SIGN_ECDSA_P256);
	CU_ASSERT_EQUAL(sign_from_method(10)->scheme, SIGN_ECDSA_P384);
	CU_ASSERT_EQUAL(sign_from_method(11)->scheme, SIGN_ECDSA_P521);
	CU_ASSERT_PTR_NULL(sign_from_method(2));
	CU_ASSERT_PTR_NULL(sign_from_method(14));
	CU_ASSERT_PTR_NULL(sign_alg(SIGN_NONE));
	CU_ASSERT_PTR_NULL(sign_alg(SIGN_N));
}

static void
test_choose(void)
{
	struct cert *rsa = cert_of("rsa2048"), *p384 = cert_of("p384");
	struct cert *ed = cert_of("ed25519");

	CU_ASSERT_EQUAL(sign_choose(rsa, 1 << 2 | 1 << 3, 0)->scheme,
	    SIGN_RSA_SHA256);
	CU_ASSERT_EQUAL(sign_choose(rsa, 1 << 2 | 1 << 3, 2)->scheme,
	    SIGN_RSA_PSS_SHA256);
	CU_ASSERT_PTR_NULL(sign_choose(rsa, 1 << 2 | 1 << 3, 4));
	CU_ASSERT_EQUAL(sign_choose(rsa, 0, 0)->scheme, SIGN_RSA_SHA1);
	CU_ASSERT_PTR_NULL(sign_choose(rsa, 0, 1));
	CU_ASSERT_PTR_NULL(sign_choose(rsa, 1 << 1, 0));	/* SHA-1 only */
	CU_ASSERT_EQUAL(sign_choose(p384, 0xff, 0)->scheme, SIGN_ECDSA_SHA384);
	CU_ASSERT_EQUAL(sign_choose(p384, 1 << 2, 0)->scheme, SIGN_ECDSA_SHA256);
	CU_ASSERT_EQUAL(sign_choose(p384, 0, 0)->scheme, SIGN_ECDSA_P384);
	CU_ASSERT_PTR_NULL(sign_choose(ed, 0, 0));
	CU_ASSERT_PTR_NULL(sign_choose(ed, 1 << 2, 0));
	CU_ASSERT_EQUAL(sign_choose(ed, 1 << 5, 0)->scheme, SIGN_ED25519);
	cert_free(rsa);
	cert_free(p384);
	cert_free(ed);
}

static void
done(void)
{
	pki_free_all();
	crypto_free(c);
	c = NULL;
}

UNIT_MAIN("crypto/sign",
	{ "every scheme", test_schemes },
	{ "RSA over a hash alone", test_raw },
	{ "r and s of RFC 4754", test_halves },
	{ "a key of another kind, a weak key", test_wrong_key },
	{ "forged PKCS#1 padding", test_forged_padding },
	{ "RSA-PSS with another salt", test_pss_salt },
	{ "AlgorithmIdentifiers", test_algids },
	{ "AlgorithmIdentifiers that are refused", test_algids_refused },
	{ "methods of AUTH", test_methods },
	{ "which scheme for which peer", test_choose },
	{ "all is freed", done })
