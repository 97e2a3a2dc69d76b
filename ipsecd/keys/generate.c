#include "generate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "addr.h"

static const struct key_kind {
	const char	*name;		/* in the model */
	const char	*type;
	unsigned int	 bits;
	const char	*curve;
	const EVP_MD	*(*md)(void);	/* of the request; NULL: has its own */
} kinds[] = {
	{ "rsa-2048", "RSA", 2048, NULL, EVP_sha256 },
	{ "rsa-3072", "RSA", 3072, NULL, EVP_sha256 },
	{ "rsa-4096", "RSA", 4096, NULL, EVP_sha512 },
	{ "ecdsa-p256", "EC", 0, "P-256", EVP_sha256 },
	{ "ecdsa-p384", "EC", 0, "P-384", EVP_sha384 },
	{ "ecdsa-p521", "EC", 0, "P-521", EVP_sha512 },
	{ "ed25519", "ED25519", 0, NULL, NULL },
};

/* --- what is wanted --- */

int
generate_set_kind(struct generate *g, const char *name, struct err *e)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0) {
			g->kind = &kinds[i];
			return 0;
		}
	return err_set(e, ERR_INVALID, "there is no kind of key '%.32s'", name);
}

int
generate_set_subject(struct generate *g, const char *text, const char *label,
		     struct err *e)
{
	char own[80];

	if (text == NULL) {
		snprintf(own, sizeof(own), "CN=%s", label);
		text = own;
	}
	return dn_from_text(text, g->subject, &g->subject_len, e);
}

static GENERAL_NAME *
name_with_string(int type, const char *value)
{
	GENERAL_NAME *n = GENERAL_NAME_new();
	ASN1_IA5STRING *s = ASN1_IA5STRING_new();

	if (n == NULL || s == NULL || ASN1_STRING_set(s, value, -1) != 1) {
		GENERAL_NAME_free(n);
		ASN1_IA5STRING_free(s);
		return NULL;
	}
	GENERAL_NAME_set0_value(n, type, s);
	return n;
}

static GENERAL_NAME *
name_with_address(const char *value)
{
	GENERAL_NAME *n = GENERAL_NAME_new();
	ASN1_OCTET_STRING *s = ASN1_OCTET_STRING_new();
	struct addr a;

	if (n == NULL || s == NULL || addr_parse(&a, value) < 0 ||
	    ASN1_OCTET_STRING_set(s, a.b, (int)addr_len(&a)) != 1) {
		GENERAL_NAME_free(n);
		ASN1_OCTET_STRING_free(s);
		return NULL;
	}
	GENERAL_NAME_set0_value(n, GEN_IPADD, s);
	return n;
}

static bool
dns_ok(const char *s)
{
	return strlen(s) <= 253 && s[0] != '.' && strstr(s, "..") == NULL &&
	    strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		   "0123456789-_.*") == strlen(s);
}

static bool
email_ok(const char *s)
{
	const char *at = strchr(s, '@');

	return at != NULL && at > s && at[1] != '\0' && strchr(at + 1, '@') == NULL;
}

static bool
uri_ok(const char *s)
{
	const char *colon = strchr(s, ':');

	return colon != NULL && colon > s && colon[1] != '\0';
}

static bool
address_ok(const char *s)
{
	struct addr a;

	return addr_parse(&a, s) == 0;
}

static const struct name_kind {
	const char	*prefix;
	int		 type;
	bool		(*ok)(const char *);
	const char	*example;
} name_kinds[] = {
	{ "dns:", GEN_DNS, dns_ok, "dns:gw.example.com" },
	{ "ip:", GEN_IPADD, address_ok, "ip:192.0.2.1" },
	{ "email:", GEN_EMAIL, email_ok, "email:user@example.com" },
	{ "uri:", GEN_URI, uri_ok, "uri:https://example.com/gw" },
};

static const struct name_kind *
name_kind(const char *text)
{
	size_t i;

	for (i = 0; i < sizeof(name_kinds) / sizeof(name_kinds[0]); i++)
		if (strncmp(text, name_kinds[i].prefix,
			    strlen(name_kinds[i].prefix)) == 0)
			return &name_kinds[i];
	return NULL;
}

int
generate_add_name(struct generate *g, const char *text, struct err *e)
{
	const struct name_kind *k = name_kind(text);

	if (k == NULL)
		return err_set(e, ERR_INVALID, "'%.80s' is none of dns:NAME, "
			       "ip:ADDRESS, email:ADDRESS, uri:URI", text);
	if (!k->ok(text + strlen(k->prefix)))
		return err_set(e, ERR_INVALID, "'%.80s' is not of the form %s",
			       text, k->example);
	if (g->n_names == GENERATE_NAMES_MAX)
		return err_set(e, ERR_INVALID, "there are more than %d other names",
			       GENERATE_NAMES_MAX);
	g->names[g->n_names] = strdup(text);
	if (g->names[g->n_names] == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	g->n_names++;
	return 0;
}

void
generate_fini(struct generate *g)
{
	while (g->n_names > 0)
		free(g->names[--g->n_names]);
	EVP_PKEY_free(g->key);
	OPENSSL_free(g->request);
	g->key = NULL;
	g->request = NULL;
}

/* --- the key --- */

static int
go_on(EVP_PKEY_CTX *ctx)
{
	const atomic_bool *cancelled = EVP_PKEY_CTX_get_app_data(ctx);

	return !*cancelled;
}

static EVP_PKEY *
make_key(const struct key_kind *k, const atomic_bool *cancelled)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, k->type, NULL);
	EVP_PKEY *key = NULL;
	bool ok;

	ok = c != NULL && EVP_PKEY_keygen_init(c) == 1;
	if (ok && k->bits > 0)
		ok = EVP_PKEY_CTX_set_rsa_keygen_bits(c, (int)k->bits) == 1;
	if (ok && k->curve != NULL)
		ok = EVP_PKEY_CTX_set_group_name(c, k->curve) == 1;
	if (ok) {
		EVP_PKEY_CTX_set_app_data(c, (void *)(uintptr_t)cancelled);
		EVP_PKEY_CTX_set_cb(c, go_on);
		ok = EVP_PKEY_generate(c, &key) == 1;
	}
	EVP_PKEY_CTX_free(c);
	return ok ? key : NULL;
}

/* --- the request --- */

static GENERAL_NAME *
build_name(const char *text)
{
	const struct name_kind *k = name_kind(text);
	const char *value = text + strlen(k->prefix);

	return k->type == GEN_IPADD ? name_with_address(value) :
	    name_with_string(k->type, value);
}

static bool
add_ext(STACK_OF(X509_EXTENSION) **exts, int nid, void *value, int critical)
{
	return value != NULL && X509V3_add1_i2d(exts, nid, value, critical, 0) == 1;
}

static bool
add_names(STACK_OF(X509_EXTENSION) **exts, const struct generate *g)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	bool ok = names != NULL;
	size_t i;

	for (i = 0; ok && i < g->n_names; i++) {
		GENERAL_NAME *n = build_name(g->names[i]);

		ok = n != NULL && sk_GENERAL_NAME_push(names, n) > 0;
		if (!ok)
			GENERAL_NAME_free(n);
	}
	ok = ok && add_ext(exts, NID_subject_alt_name, names, 0);
	GENERAL_NAMES_free(names);
	return ok;
}

static bool
add_usage(STACK_OF(X509_EXTENSION) **exts)
{
	ASN1_BIT_STRING *usage = ASN1_BIT_STRING_new();
	bool ok = usage != NULL &&
	    ASN1_BIT_STRING_set_bit(usage, 0, 1) == 1 && /* digitalSignature */
	    add_ext(exts, NID_key_usage, usage, 1);

	ASN1_BIT_STRING_free(usage);
	return ok;
}

static bool
set_subject(X509_REQ *req, const struct generate *g)
{
	const uint8_t *p = g->subject;
	X509_NAME *name = d2i_X509_NAME(NULL, &p, (long)g->subject_len);
	bool ok = name != NULL && X509_REQ_set_subject_name(req, name) == 1;

	X509_NAME_free(name);
	return ok;
}

static bool
make_request(struct generate *g)
{
	STACK_OF(X509_EXTENSION) *exts = NULL;
	X509_REQ *req = X509_REQ_new();
	int len = -1;
	bool ok;

	ok = req != NULL && X509_REQ_set_version(req, X509_REQ_VERSION_1) == 1 &&
	    set_subject(req, g) && X509_REQ_set_pubkey(req, g->key) == 1 &&
	    add_usage(&exts) && (g->n_names == 0 || add_names(&exts, g)) &&
	    X509_REQ_add_extensions(req, exts) == 1 &&
	    X509_REQ_sign(req, g->key,
			  g->kind->md != NULL ? g->kind->md() : NULL) > 0;
	if (ok)
		len = i2d_X509_REQ(req, &g->request);
	sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
	X509_REQ_free(req);
	g->request_len = len > 0 ? (size_t)len : 0;
	return len > 0;
}

int
generate_run(struct generate *g, const atomic_bool *cancelled, struct err *e)
{
	int rc = 0;

	g->key = make_key(g->kind, cancelled);
	if (*cancelled)
		rc = err_set(e, ERR_REALITY, "ipsecd is being stopped: no key was "
			     "made");
	else if (g->key == NULL)
		rc = err_set(e, ERR_REALITY, "OpenSSL cannot make a key of the kind "
			     "%s", g->kind->name);
	else if (!make_request(g))
		rc = err_set(e, ERR_REALITY, "OpenSSL cannot write the request");
	ERR_clear_error();
	return rc;
}

char *
pem_text(const char *name, const uint8_t *der, size_t len)
{
	BIO *out = BIO_new(BIO_s_mem());
	char *text = NULL, *p;
	long n;

	if (out != NULL && PEM_write_bio(out, name, "", der, (long)len) > 0) {
		n = BIO_get_mem_data(out, &p);
		text = malloc((size_t)n + 1);
		if (text != NULL) {
			memcpy(text, p, (size_t)n);
			text[n] = '\0';
		}
	}
	BIO_free(out);
	return text;
}
