/* ipsecd/keys/bundle: what is taken out of a file, and what of it is refused */
#include "keys/bundle.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>

#include "tests/pki/pki.h"
#include "tests/unit.h"

struct octets { uint8_t *p; size_t len; };

static struct octets
take(BIO *bio)
{
	struct octets o;
	char *p;

	o.len = (size_t)BIO_get_mem_data(bio, &p);
	o.p = malloc(o.len + 1);
	CU_ASSERT_FATAL(o.p != NULL);
	memcpy(o.p, p, o.len);
	BIO_free(bio);
	return o;
}

/* What became of it: certificates, key, password_missing; or the error's text. */
static int
add(const void *p, size_t len, const char *password, struct bundle *b,
    struct err *e)
{
	memset(b, 0, sizeof(*b));
	err_clear(e);
	return bundle_add(b, p, len, password, e);
}

static bool
holds(const struct octets *o, const char *password, size_t certs, bool key)
{
	struct err e = ERR_INIT;
	struct bundle b;
	bool ok;

	ok = add(o->p, o->len, password, &b, &e) == 0 && b.n == certs &&
	    (b.key != NULL) == key && bundle_check_key(&b, &e) == 0;
	if (!ok)
		printf("\n    %zu certificates, %s key: '%s'\n", b.n,
		       b.key != NULL ? "a" : "no", e.text);
	bundle_fini(&b);
	return ok;
}

static bool
refused(const struct octets *o, const char *password, const char *text,
	bool missing)
{
	struct err e = ERR_INIT;
	struct bundle b;
	bool ok;

	ok = add(o->p, o->len, password, &b, &e) < 0 &&
	    strstr(e.text, text) != NULL && b.password_missing == missing;
	if (!ok)
		printf("\n    '%s' instead of '%s'\n", e.text, text);
	bundle_fini(&b);
	return ok;
}

static struct pki_cert *
leaf(const char *key)
{
	return pki_make(&(struct pki_spec){ .subject = "CN=gw", .key = key });
}

static void
test_pem(void)
{
	struct pki_cert *c = leaf("p256"), *ca = pki_root("CN=Root");
	struct octets o;
	BIO *bio = BIO_new(BIO_s_mem());

	BIO_puts(bio, "Bag Attributes: whatever\nsubject=CN = gw\n\n");
	PEM_write_bio_X509(bio, c->x);
	PEM_write_bio_PrivateKey_traditional(bio, c->key, NULL, NULL, 0, NULL, NULL);
	PEM_write_bio_X509_AUX(bio, ca->x);
	o = take(bio);
	CU_ASSERT(holds(&o, NULL, 2, true));
	o.len -= 60;				/* cut off */
	CU_ASSERT(refused(&o, NULL, "cut off", false));
	free(o.p);
	pki_free_all();
}

static void
test_encrypted_pem(void)
{
	struct pki_cert *c = leaf("rsa2048");
	const EVP_CIPHER *aes = EVP_aes_256_cbc();
	struct octets o[2];
	BIO *bio;
	int i;

	bio = BIO_new(BIO_s_mem());
	PEM_write_bio_PKCS8PrivateKey(bio, c->key, aes, "horse", 5, NULL, NULL);
	o[0] = take(bio);
	bio = BIO_new(BIO_s_mem());		/* RFC 1421 */
	PEM_write_bio_PrivateKey_traditional(bio, c->key, aes,
					     (const uint8_t *)"horse", 5, NULL,
					     NULL);
	o[1] = take(bio);
	for (i = 0; i < 2; i++) {
		CU_ASSERT(refused(&o[i], NULL, "needs a password", true));
		CU_ASSERT(refused(&o[i], "donkey", "password is wrong", true));
		CU_ASSERT(holds(&o[i], "horse", 0, true));
		free(o[i].p);
	}
	pki_free_all();
}

static void
test_der(void)
{
	static const char *const types[] = { "rsa2048", "p384", "p521", "ed25519" };
	struct pki_cert *c;
	struct octets o;
	BIO *bio;
	size_t i;

	for (i = 0; i < 4; i++) {
		c = leaf(types[i]);
		o.p = c->der;
		o.len = c->len;
		CU_ASSERT(holds(&o, NULL, 1, false));
		bio = BIO_new(BIO_s_mem());
		i2d_PKCS8PrivateKeyInfo_bio(bio, c->key);
		o = take(bio);
		CU_ASSERT(holds(&o, NULL, 0, true));
		o.p[o.len++] = 0;		/* something behind it */
		CU_ASSERT(refused(&o, NULL, "no certificate", false));
		free(o.p);
		bio = BIO_new(BIO_s_mem());
		i2d_PKCS8PrivateKey_bio(bio, c->key, EVP_aes_128_cbc(), "horse", 5,
					NULL, NULL);
		o = take(bio);
		CU_ASSERT(holds(&o, "horse", 0, true));
		CU_ASSERT(refused(&o, NULL, "needs a password", true));
		free(o.p);
	}
	bio = BIO_new(BIO_s_mem());		/* PKCS#1 */
	i2d_PrivateKey_bio(bio, leaf("rsa2048")->key);
	o = take(bio);
	CU_ASSERT(holds(&o, NULL, 0, true));
	free(o.p);
	pki_free_all();
}

static struct octets
pkcs12(const char *password)
{
	struct pki_cert *root = pki_root("CN=Root"), *c;
	STACK_OF(X509) *ca = sk_X509_new_null();
	BIO *bio = BIO_new(BIO_s_mem());
	PKCS12 *p12;

	c = pki_leaf(root, "CN=gw", NULL);
	sk_X509_push(ca, root->x);
	p12 = PKCS12_create(password, "gw", c->key, c->x, ca, 0, 0, 0, 0, 0);
	CU_ASSERT_FATAL(p12 != NULL && i2d_PKCS12_bio(bio, p12) == 1);
	PKCS12_free(p12);
	sk_X509_free(ca);
	return take(bio);
}

/* Parts that say what they are and hold nothing. */
static void
test_pkcs12_hollow(void)
{
	static const int types[] = { NID_pkcs7_encrypted, NID_pkcs7_data };
	STACK_OF(PKCS7) *safes;
	struct octets o;
	PKCS12 *p12;
	PKCS7 *p7;
	BIO *bio;
	size_t i;

	for (i = 0; i < 2; i++) {
		safes = sk_PKCS7_new_null();
		p7 = PKCS7_new();
		p7->type = OBJ_nid2obj(types[i]);
		sk_PKCS7_push(safes, p7);
		p12 = PKCS12_init(NID_pkcs7_data);
		CU_ASSERT_FATAL(PKCS12_pack_authsafes(p12, safes) == 1);
		bio = BIO_new(BIO_s_mem());
		CU_ASSERT_FATAL(i2d_PKCS12_bio(bio, p12) == 1);
		o = take(bio);
		CU_ASSERT(refused(&o, "horse", "cannot be read", false));
		free(o.p);
		PKCS12_free(p12);
		sk_PKCS7_pop_free(safes, PKCS7_free);
	}
}

static void
test_pkcs12(void)
{
	struct octets o = pkcs12("horse");
	size_t i;

	CU_ASSERT(holds(&o, "horse", 2, true));
	CU_ASSERT(refused(&o, NULL, "needs a password", true));
	CU_ASSERT(refused(&o, "donkey", "password is wrong", true));
	for (i = 0; i < o.len; i += 7) {	/* nothing but a refusal */
		struct err e = ERR_INIT;
		struct bundle b;

		o.p[i] ^= 0xff;
		(void)!add(o.p, o.len, "horse", &b, &e);
		bundle_fini(&b);
		o.p[i] ^= 0xff;
	}
	free(o.p);
	o = pkcs12("");
	CU_ASSERT(holds(&o, NULL, 2, true));
	free(o.p);
	pki_free_all();
}

/* What would keep us busy for hours is not begun. */
static void
test_cost(void)
{
	struct err e = ERR_INIT;
	struct bundle b = BUNDLE_INIT;
	X509_ALGOR *a;
	int i;

	a = PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), 2048, NULL, 0, NULL, -1);
	CU_ASSERT(bundle_check_cost(a, &e) == 0);
	for (i = 0; i < BUNDLE_ENCRYPTED_MAX; i++)
		CU_ASSERT(bundle_pay(&b, a, &e) == 0);
	CU_ASSERT(bundle_pay(&b, a, &e) < 0);
	X509_ALGOR_free(a);
	a = PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), 2000000000, NULL, 0, NULL, -1);
	CU_ASSERT(bundle_check_cost(a, &e) < 0);
	X509_ALGOR_free(a);
	a = PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), NULL, 0, NULL, 1 << 14, 8, 1);
	CU_ASSERT(bundle_check_cost(a, &e) == 0);
	X509_ALGOR_free(a);
	a = PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), NULL, 0, NULL, 1 << 14, 8, 512);
	CU_ASSERT(bundle_check_cost(a, &e) < 0);
	X509_ALGOR_free(a);
	a = PKCS5_pbe_set(NID_pbe_WithSHA1And40BitRC2_CBC, 2048, NULL, 0);
	CU_ASSERT(bundle_check_cost(a, &e) < 0 &&
		  strstr(e.text, "openssl pkcs12 -legacy") != NULL);
	X509_ALGOR_free(a);
}

/* A row is a text that is no PEM of ours. */
static void
test_refused(void)
{
	static const struct {
		int line; const char *pem, *text;
	} rows[] = {
		{ __LINE__, "", "empty" },
		{ __LINE__, "hello", "neither PEM" },
		{ __LINE__, "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"
		  "-----END OPENSSH PRIVATE KEY-----\n", "ssh-keygen" },
		{ __LINE__, "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n"
		  "-----END CERTIFICATE REQUEST-----\n", "a request" },
		{ __LINE__, "-----BEGIN X509 CRL-----\nAAAA\n"
		  "-----END X509 CRL-----\n", "a CRL" },
		{ __LINE__, "-----BEGIN EC PARAMETERS-----\nAAAA\n"
		  "-----END EC PARAMETERS-----\n", "neither a certificate" },
		{ __LINE__, "-----BEGIN CATS-----\nAAAA\n-----END CATS-----\n",
		  "'CATS'" },
		{ __LINE__, "-----BEGIN PRIVATE KEY-----\nAAAA\n"
		  "-----END PRIVATE KEY-----\n", "cannot be read" },
		{ __LINE__, "-----BEGIN CERTIFICATE-----\nAAAA\n", "cut off" },
	};
	struct octets o;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		o.p = (uint8_t *)(uintptr_t)rows[i].pem;
		o.len = strlen(rows[i].pem);
		CHECK_ROW(rows[i].line, refused(&o, NULL, rows[i].text, false));
	}
}

static void
test_keys(void)
{
	static const struct {
		int line; const char *type; bool ok;
	} rows[] = {
		{ __LINE__, "p256", true }, { __LINE__, "p521", true },
		{ __LINE__, "rsa1024", true },	/* weak: a warning */
		{ __LINE__, "ed448", true },
		{ __LINE__, "secp256k1", false }, { __LINE__, "p224", false },
		{ __LINE__, "dsa2048", false },
	};
	struct err e = ERR_INIT;
	struct bundle b;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(&b, 0, sizeof(b));
		b.key = pki_key(rows[i].type, 1);
		CHECK_ROW(rows[i].line, (bundle_check_key(&b, &e) == 0) == rows[i].ok);
	}
	pki_free_all();
}

static void
test_too_many(void)
{
	struct pki_cert *c = leaf("p256");
	BIO *bio = BIO_new(BIO_s_mem());
	struct octets o;
	int i;

	for (i = 0; i <= BUNDLE_CERTS_MAX; i++)
		PEM_write_bio_X509(bio, c->x);
	o = take(bio);
	CU_ASSERT(refused(&o, NULL, "more than 32 certificates", false));
	free(o.p);
	bio = BIO_new(BIO_s_mem());
	for (i = 0; i < 2; i++)
		PEM_write_bio_PrivateKey(bio, c->key, NULL, NULL, 0, NULL, NULL);
	o = take(bio);
	CU_ASSERT(refused(&o, NULL, "more than one private key", false));
	free(o.p);
	pki_free_all();
}

UNIT_MAIN("bundle",
	{ "PEM", test_pem },
	{ "encrypted PEM", test_encrypted_pem },
	{ "DER", test_der },
	{ "PKCS#12", test_pkcs12 },
	{ "hollow PKCS#12", test_pkcs12_hollow },
	{ "what a password costs", test_cost },
	{ "what is refused", test_refused },
	{ "kinds of keys", test_keys },
	{ "too many", test_too_many },
)
