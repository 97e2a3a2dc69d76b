#include "bundle.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

int
bundle_no_password(struct bundle *b, const char *password, struct err *e)
{
	b->password_missing = true;
	return password == NULL ?
	    err_set(e, ERR_INVALID, "the private key is encrypted: it needs a "
		    "password") :
	    err_set(e, ERR_INVALID, "the password is wrong");
}

int
bundle_add_cert(struct bundle *b, const uint8_t *der, size_t len, struct err *e)
{
	if (b->n == BUNDLE_CERTS_MAX)
		return err_set(e, ERR_INVALID, "it holds more than %d certificates",
			       BUNDLE_CERTS_MAX);
	b->certs[b->n].der = malloc(len);
	if (b->certs[b->n].der == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	memcpy(b->certs[b->n].der, der, len);
	b->certs[b->n++].len = len;
	return 0;
}

int
bundle_add_x509(struct bundle *b, X509 *x, struct err *e)
{
	uint8_t *der = NULL;
	int n = x != NULL ? i2d_X509(x, &der) : -1, rc;

	rc = n > 0 ? bundle_add_cert(b, der, (size_t)n, e) :
	    err_set(e, ERR_INVALID, "it holds a certificate that cannot be read");
	OPENSSL_free(der);
	X509_free(x);
	return rc;
}

int
bundle_add_key(struct bundle *b, EVP_PKEY *key, struct err *e)
{
	if (key == NULL)
		return err_set(e, ERR_INVALID, "its private key cannot be read: it "
			       "is damaged, or of a kind that OpenSSL does not "
			       "know");
	if (b->key != NULL) {
		EVP_PKEY_free(key);
		return err_set(e, ERR_INVALID, "it holds more than one private "
			       "key: leave only that of the certificate in it");
	}
	b->key = key;
	return 0;
}

void
bundle_fini(struct bundle *b)
{
	EVP_PKEY_free(b->key);
	while (b->n > 0)
		free(b->certs[--b->n].der);
	b->key = NULL;
}

/* --- private keys --- */

static EVP_PKEY *
from_pkcs8(PKCS8_PRIV_KEY_INFO *p8)
{
	EVP_PKEY *key = p8 != NULL ? EVP_PKCS82PKEY(p8) : NULL;

	PKCS8_PRIV_KEY_INFO_free(p8);
	return key;
}

static int
encrypted_pkcs8(struct bundle *b, X509_SIG *sig, const char *password,
		struct err *e)
{
	PKCS8_PRIV_KEY_INFO *p8;
	const X509_ALGOR *alg;

	X509_SIG_get0(sig, &alg, NULL);
	if (bundle_pay(b, alg, e) < 0)
		return -1;
	p8 = password != NULL ?
	    PKCS8_decrypt(sig, password, (int)strlen(password)) : NULL;
	if (p8 == NULL)
		return bundle_no_password(b, password, e);
	return bundle_add_key(b, from_pkcs8(p8), e);
}

static int
pem_encrypted(struct bundle *b, const uint8_t *p, size_t len, const char *password,
	      struct err *e)
{
	X509_SIG *sig = d2i_X509_SIG(NULL, &p, (long)len);
	int rc;

	if (sig == NULL)
		return bundle_add_key(b, NULL, e);
	rc = encrypted_pkcs8(b, sig, password, e);
	X509_SIG_free(sig);
	return rc;
}

static int
pem_pkcs8(struct bundle *b, const uint8_t *p, size_t len, const char *password,
	  struct err *e)
{
	(void)password;
	return bundle_add_key(b, from_pkcs8(d2i_PKCS8_PRIV_KEY_INFO(NULL, &p,
								     (long)len)), e);
}

static int
pem_rsa(struct bundle *b, const uint8_t *p, size_t len, const char *password,
	struct err *e)
{
	(void)password;
	return bundle_add_key(b, d2i_PrivateKey(EVP_PKEY_RSA, NULL, &p, (long)len),
			      e);
}

static int
pem_ec(struct bundle *b, const uint8_t *p, size_t len, const char *password,
       struct err *e)
{
	(void)password;
	return bundle_add_key(b, d2i_PrivateKey(EVP_PKEY_EC, NULL, &p, (long)len),
			      e);
}

/* --- certificates --- */

static int
pem_cert(struct bundle *b, const uint8_t *p, size_t len, const char *password,
	 struct err *e)
{
	(void)password;
	return bundle_add_cert(b, p, len, e);
}

/* OpenSSL's own, with what it is trusted for behind it. */
static int
pem_trusted(struct bundle *b, const uint8_t *p, size_t len, const char *password,
	    struct err *e)
{
	(void)password;
	return bundle_add_x509(b, d2i_X509_AUX(NULL, &p, (long)len), e);
}

/* --- PEM --- */

/* What may stand behind "-----BEGIN". */
static const struct kind {
	const char	*name;
	int		(*add)(struct bundle *, const uint8_t *, size_t,
			       const char *password, struct err *);
	const char	*why;		/* add is NULL: it is refused; else passed
					 * over */
} kinds[] = {
	{ "CERTIFICATE", pem_cert, NULL },
	{ "X509 CERTIFICATE", pem_cert, NULL },
	{ "TRUSTED CERTIFICATE", pem_trusted, NULL },
	{ "PRIVATE KEY", pem_pkcs8, NULL },
	{ "ENCRYPTED PRIVATE KEY", pem_encrypted, NULL },
	{ "RSA PRIVATE KEY", pem_rsa, NULL },
	{ "EC PRIVATE KEY", pem_ec, NULL },
	{ "EC PARAMETERS", NULL, NULL },
	{ "CERTIFICATE REQUEST", NULL, "a request, not the certificate that a CA "
	  "makes of it" },
	{ "NEW CERTIFICATE REQUEST", NULL, "a request, not the certificate that a "
	  "CA makes of it" },
	{ "OPENSSH PRIVATE KEY", NULL, "a key in OpenSSH's own form; 'ssh-keygen -p "
	  "-m PKCS8 -f FILE' converts it" },
	{ "DSA PRIVATE KEY", NULL, "a DSA key, which IKE does not use; make one "
	  "with RSA, ECDSA or Ed25519" },
	{ "X509 CRL", NULL, "a CRL; those are fetched by themselves" },
	{ "PKCS7", NULL, "a PKCS#7; 'openssl pkcs7 -print_certs -in FILE' takes the "
	  "certificates out of it" },
	{ "PUBLIC KEY", NULL, "a public key only" },
};

static int
get_password(char *buf, int size, int writing, void *arg)
{
	const char *password = arg;
	size_t len = password != NULL ? strlen(password) : 0;

	(void)writing;
	if (len == 0 || len > (size_t)size)
		return -1;
	memcpy(buf, password, len);
	return (int)len;
}

/* The old way to encrypt PEM (RFC 1421): in place. */
static int
pem_decrypt(struct bundle *b, char *header, uint8_t *data, long *len,
	    const char *password, struct err *e)
{
	EVP_CIPHER_INFO info;

	if (PEM_get_EVP_CIPHER_INFO(header, &info) != 1)
		return err_set(e, ERR_INVALID, "it is encrypted in a way that "
			       "OpenSSL does not know; 'openssl pkey -in FILE' "
			       "may convert it");
	if (PEM_do_header(&info, data, len, get_password,
			  (void *)(uintptr_t)password) != 1)
		return bundle_no_password(b, password, e);
	return 0;
}

static int
pem_part(struct bundle *b, const char *name, char *header, uint8_t *data, long len,
	 const char *password, struct err *e)
{
	const struct kind *k = NULL;
	size_t i;

	for (i = 0; k == NULL && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			k = &kinds[i];
	if (k == NULL)
		return err_set(e, ERR_INVALID, "it holds '%.40s', which is neither "
			       "a certificate nor a private key", name);
	if (k->why != NULL)
		return err_set(e, ERR_INVALID, "it holds %s", k->why);
	if (k->add == NULL)
		return 0;
	if (header[0] != '\0' &&
	    pem_decrypt(b, header, data, &len, password, e) < 0)
		return -1;
	return k->add(b, data, (size_t)len, password, e);
}

static int
from_pem(struct bundle *b, const uint8_t *octets, size_t len, const char *password,
	 struct err *e)
{
	BIO *in = BIO_new_mem_buf(octets, (int)len);
	size_t n = b->n;
	char *name, *header;
	uint8_t *data;
	int rc = 0;
	long size;

	if (in == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	while (rc == 0 && PEM_read_bio_ex(in, &name, &header, &data, &size,
					  PEM_FLAG_SECURE) == 1) {
		rc = pem_part(b, name, header, data, size, password, e);
		OPENSSL_secure_free(name);
		OPENSSL_secure_free(header);
		OPENSSL_secure_clear_free(data, (size_t)size);
	}
	BIO_free(in);
	if (rc == 0 && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		rc = err_set(e, ERR_INVALID, "its PEM is damaged, or cut off");
	else if (rc == 0 && b->n == n && b->key == NULL)
		rc = err_set(e, ERR_INVALID, "it holds neither a certificate nor a "
			     "private key");
	return rc;
}

/* --- DER --- */

/* Each of these: 1 if it was that, and all of it; -1 if it was, and is no good. */
static int
der_pkcs12(struct bundle *b, const uint8_t *p, size_t len, const char *password,
	   struct err *e)
{
	const uint8_t *end = p + len;
	PKCS12 *p12 = d2i_PKCS12(NULL, &p, (long)len);
	int rc;

	if (p12 == NULL || p != end) {
		PKCS12_free(p12);
		return 0;
	}
	rc = bundle_pkcs12(b, p12, password, e);
	PKCS12_free(p12);
	return rc < 0 ? -1 : 1;
}

static int
der_cert(struct bundle *b, const uint8_t *octets, size_t len, struct err *e)
{
	const uint8_t *p = octets;
	X509 *x = d2i_X509(NULL, &p, (long)len);
	bool whole = x != NULL && p == octets + len;

	X509_free(x);
	if (!whole)
		return 0;
	return bundle_add_cert(b, octets, len, e) < 0 ? -1 : 1;
}

static int
der_encrypted(struct bundle *b, const uint8_t *p, size_t len, const char *password,
	      struct err *e)
{
	const uint8_t *end = p + len;
	X509_SIG *sig = d2i_X509_SIG(NULL, &p, (long)len);
	int rc = 0;

	if (sig != NULL && p == end)
		rc = encrypted_pkcs8(b, sig, password, e) < 0 ? -1 : 1;
	X509_SIG_free(sig);
	return rc;
}

static int
der_key(struct bundle *b, const uint8_t *octets, size_t len, struct err *e)
{
	const uint8_t *p = octets;
	EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &p, (long)len);

	if (key == NULL || p != octets + len) {
		EVP_PKEY_free(key);
		return 0;
	}
	return bundle_add_key(b, key, e) < 0 ? -1 : 1;
}

static int
from_der(struct bundle *b, const uint8_t *p, size_t len, const char *password,
	 struct err *e)
{
	int rc = der_cert(b, p, len, e);

	if (rc == 0)
		rc = der_pkcs12(b, p, len, password, e);
	if (rc == 0)
		rc = der_encrypted(b, p, len, password, e);
	if (rc == 0)
		rc = der_key(b, p, len, e);
	if (rc == 0)
		return err_set(e, ERR_INVALID, "it is no certificate and no private "
			       "key: neither PEM (text with BEGIN CERTIFICATE), nor "
			       "DER, nor PKCS#12");
	return rc < 0 ? -1 : 0;
}

int
bundle_add(struct bundle *b, const uint8_t *octets, size_t len,
	   const char *password, struct err *e)
{
	static const char begin[] = "-----BEGIN ";
	int rc;

	if (len == 0)
		return err_set(e, ERR_INVALID, "it is empty");
	if (len > BUNDLE_FILE_MAX)
		return err_set(e, ERR_INVALID, "it is longer than %d octets",
			       BUNDLE_FILE_MAX);
	ERR_clear_error();
	if (memmem(octets, len, begin, sizeof(begin) - 1) != NULL)
		rc = from_pem(b, octets, len, password, e);
	else
		rc = from_der(b, octets, len, password, e);
	ERR_clear_error();
	return rc;
}

/* --- the key itself --- */

static bool
curve_ok(const EVP_PKEY *key)
{
	static const char *const curves[] = { "prime256v1", "P-256", "secp384r1",
					      "P-384", "secp521r1", "P-521" };
	char name[40] = "";
	size_t i;

	if (EVP_PKEY_get_group_name(key, name, sizeof(name), NULL) != 1)
		return false;
	for (i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (strcmp(name, curves[i]) == 0)
			return true;
	return false;
}

static int
check_kind(const EVP_PKEY *key, struct err *e)
{
	if (EVP_PKEY_is_a(key, "RSA")) {
		if (EVP_PKEY_get_bits(key) >= 1024 && EVP_PKEY_get_bits(key) <= 8192)
			return 0;
		return err_set(e, ERR_INVALID, "its RSA key has %d bits; Culvert "
			       "takes 2048 to 8192", EVP_PKEY_get_bits(key));
	}
	if (EVP_PKEY_is_a(key, "EC"))
		return curve_ok(key) ? 0 :
		    err_set(e, ERR_INVALID, "its ECDSA key is on a curve that IKE "
			    "does not use; make one on P-256, P-384 or P-521");
	if (EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448"))
		return 0;
	return err_set(e, ERR_INVALID, "its private key (%.20s) is of a kind that "
		       "IKE does not sign with; make one with RSA, ECDSA or "
		       "Ed25519", EVP_PKEY_get0_type_name(key));
}

static bool
signs(EVP_PKEY *key)
{
	static const uint8_t text[] = "a private key that works";
	bool edwards = EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448");
	const EVP_MD *md = edwards ? NULL : EVP_sha256();
	EVP_MD_CTX *c = EVP_MD_CTX_new(), *v = EVP_MD_CTX_new();
	uint8_t sig[1024];
	size_t len = sizeof(sig);
	bool ok;

	ok = c != NULL && v != NULL &&
	    EVP_DigestSignInit(c, NULL, md, NULL, key) == 1 &&
	    EVP_DigestSign(c, sig, &len, text, sizeof(text)) == 1 &&
	    EVP_DigestVerifyInit(v, NULL, md, NULL, key) == 1 &&
	    EVP_DigestVerify(v, sig, len, text, sizeof(text)) == 1;
	EVP_MD_CTX_free(c);
	EVP_MD_CTX_free(v);
	ERR_clear_error();
	return ok;
}

int
bundle_check_key(const struct bundle *b, struct err *e)
{
	if (b->key == NULL)
		return 0;
	if (check_kind(b->key, e) < 0)
		return -1;
	return signs(b->key) ? 0 :
	    err_set(e, ERR_INVALID, "its private key is damaged: what it signs is "
		    "not verified by its own public key");
}
