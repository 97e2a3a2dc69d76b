#include "pki.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/conf.h>
#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "crypto/dn.h"
#include "pki_in.h"

static int64_t now = PKI_NOW;
static uint64_t next_serial = 0x1001;
static unsigned int next_key = 1000;

void
pki_set_now(int64_t t)
{
	now = t;
}

int64_t
pki_now(void)
{
	return now;
}

void
pki_need(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "pki: %s failed\n", what);
	ERR_print_errors_fp(stderr);
	abort();
}

/* --- what was made --- */

static struct made {
	struct made	*next;
	void		*p;
	void		(*drop)(void *);
} *all;

void
pki_keep(void *p, void (*drop)(void *))
{
	struct made *m = malloc(sizeof(*m));

	pki_need(m != NULL && p != NULL, "memory");
	m->next = all;
	m->p = p;
	m->drop = drop;
	all = m;
}

static void
drop_cert(void *p)
{
	struct pki_cert *c = p;

	X509_free(c->x);
	OPENSSL_free(c->der);
	free(c);
}

void
pki_drop_openssl(void *p)
{
	OPENSSL_free(p);
}

/* --- keys --- */

static struct key {
	struct key	*next;
	char		 type[24];
	unsigned int	 number;
	EVP_PKEY	*pkey;
} *keys;

static EVP_PKEY *
make_rsa(const char *type)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *pkey = NULL;
	BIGNUM *e = BN_new();
	int bits = atoi(type + 3);

	pki_need(ctx != NULL && EVP_PKEY_keygen_init(ctx) > 0 &&
	    EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, bits) > 0, type);
	BN_set_word(e, strstr(type, "-e3") != NULL ? 3 : 65537);
	pki_need(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e) > 0, type);
	pki_need(EVP_PKEY_generate(ctx, &pkey) > 0, type);
	BN_free(e);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static EVP_PKEY *
make_dsa(const char *type)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL);
	EVP_PKEY *params = NULL, *pkey = NULL;

	pki_need(ctx != NULL && EVP_PKEY_paramgen_init(ctx) > 0 &&
	    EVP_PKEY_CTX_set_dsa_paramgen_bits(ctx, atoi(type + 3)) > 0 &&
	    EVP_PKEY_generate(ctx, &params) > 0, type);
	EVP_PKEY_CTX_free(ctx);
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, params, NULL);
	pki_need(ctx != NULL && EVP_PKEY_keygen_init(ctx) > 0 &&
	    EVP_PKEY_generate(ctx, &pkey) > 0, type);
	EVP_PKEY_free(params);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static EVP_PKEY *
make_key(const char *type)
{
	static const struct { const char *type, *group; } curves[] = {
		{ "p224", "P-224" }, { "p256", "P-256" }, { "p384", "P-384" },
		{ "p521", "P-521" }, { "secp256k1", "secp256k1" },
	};
	EVP_PKEY *pkey = NULL;
	size_t i;

	if (strncmp(type, "rsa", 3) == 0)
		return make_rsa(type);
	if (strncmp(type, "dsa", 3) == 0)
		return make_dsa(type);
	if (strcmp(type, "ed25519") == 0)
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (strcmp(type, "ed448") == 0)
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED448");
	for (i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (strcmp(type, curves[i].type) == 0)
			pkey = EVP_EC_gen(curves[i].group);
	pki_need(pkey != NULL, type);
	return pkey;
}

EVP_PKEY *
pki_key(const char *type, unsigned int number)
{
	struct key *k;

	for (k = keys; k != NULL; k = k->next)
		if (k->number == number && strcmp(k->type, type) == 0)
			return k->pkey;
	k = calloc(1, sizeof(*k));
	pki_need(k != NULL, "memory");
	snprintf(k->type, sizeof(k->type), "%s", type);
	k->number = number;
	k->pkey = make_key(type);
	k->next = keys;
	keys = k;
	return k->pkey;
}

/* --- certificates --- */

static X509_NAME *
pki_name(const char *text)
{
	uint8_t der[DN_DER_MAX];
	const unsigned char *p = der;
	struct err e = ERR_INIT;
	X509_NAME *name;
	size_t len;

	if (text == NULL)
		name = X509_NAME_new();
	else {
		pki_need(dn_from_text(text, der, &len, &e) == 0, text);
		name = d2i_X509_NAME(NULL, &p, (long)len);
	}
	pki_need(name != NULL, "a name");
	return name;
}

void
pki_time(ASN1_TIME *t, int64_t when)
{
	pki_need(ASN1_TIME_adj(t, (time_t)when, 0, 0) != NULL, "a time");
}

static const EVP_MD *
pki_md(const char *md, const EVP_PKEY *key)
{
	int id = EVP_PKEY_get_base_id(key);

	if (id == EVP_PKEY_ED25519 || id == EVP_PKEY_ED448)
		return NULL;
	return EVP_get_digestbyname(md != NULL ? md : "SHA256");
}

/* Whether the text has a line "NAME = ..." in its first section. */
static bool
has_line(const char *ext, const char *name)
{
	size_t n = strlen(name);

	while (ext != NULL && *ext != '\0' && *ext != '[') {
		if (strncmp(ext, name, n) == 0 && (ext[n] == ' ' || ext[n] == '='))
			return true;
		ext = strchr(ext, '\n');
		if (ext != NULL)
			ext++;
	}
	return false;
}

/* The lines of a kind that ext does not bring itself, then ext. */
CONF *
pki_conf(const char *const (*lines)[2], const char *ext, char *text, size_t size)
{
	CONF *conf = NCONF_new(NULL);
	size_t at = 0;
	long bad;
	BIO *bio;

	at += (size_t)snprintf(text, size, "[ext]\n");
	for (; (*lines)[0] != NULL; lines++)
		if ((*lines)[1] != NULL && !has_line(ext, (*lines)[0]))
			at += (size_t)snprintf(text + at, size - at, "%s = %s\n",
			    (*lines)[0], (*lines)[1]);
	for (; ext != NULL && *ext != '\0'; ext += strcspn(ext, "\n")) {
		int n;

		ext += *ext == '\n';
		n = (int)strcspn(ext, "\n");
		if (n < 6 || strncmp(ext + n - 6, "= none", 6) != 0)
			at += (size_t)snprintf(text + at, size - at, "%.*s\n", n,
			    ext);
		pki_need(at < size, "an extension that long");
	}
	bio = BIO_new_mem_buf(text, (int)at);
	pki_need(bio != NULL && conf != NULL && NCONF_load_bio(conf, bio, &bad) > 0,
	    text);
	BIO_free(bio);
	return conf;
}

static void
add_extensions(X509 *x, const X509 *issuer, const struct pki_spec *s)
{
	size_t size = 8192 + (s->san != NULL ? strlen(s->san) : 0) +
	    (s->ext != NULL ? strlen(s->ext) : 0);
	char url[1200], ocsp[1200], *text = malloc(size);
	const char *lines[][2] = {
		{ "basicConstraints",
		    s->kind == PKI_CA ? "critical,CA:TRUE" : NULL },
		{ "keyUsage", s->kind == PKI_CA ?
		    "critical,keyCertSign,cRLSign" : "critical,digitalSignature" },
		{ "subjectKeyIdentifier", "hash" },
		{ "authorityKeyIdentifier",
		    s->issuer != NULL &&
		    X509_get0_subject_key_id(s->issuer->x) != NULL ? "keyid" : NULL },
		{ "subjectAltName", s->san },
		{ "crlDistributionPoints", s->crl != NULL ? url : NULL },
		{ "authorityInfoAccess", s->ocsp != NULL ? ocsp : NULL },
		{ NULL, NULL },
	};
	X509V3_CTX ctx;
	CONF *conf;

	pki_need(text != NULL, "memory");
	snprintf(url, sizeof(url), "URI:%s", s->crl != NULL ? s->crl : "");
	snprintf(ocsp, sizeof(ocsp), "OCSP;URI:%s", s->ocsp != NULL ? s->ocsp : "");
	conf = pki_conf((const char *const (*)[2])lines, s->ext, text, size);
	X509V3_set_ctx(&ctx, (X509 *)(uintptr_t)issuer, x, NULL, NULL, 0);
	X509V3_set_nconf(&ctx, conf);
	pki_need(X509V3_EXT_add_nconf(conf, &ctx, "ext", x) > 0, text);
	NCONF_free(conf);
	free(text);
}

static void
set_serial(X509 *x, const char *hex)
{
	BIGNUM *n = BN_new();

	if (hex != NULL)
		BN_hex2bn(&n, hex);
	else
		BN_set_word(n, next_serial++);
	pki_need(BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL, "a serial");
	BN_free(n);
}

void
pki_sign_ctx(EVP_MD_CTX *ctx, EVP_PKEY *key, const char *md, bool pss)
{
	EVP_PKEY_CTX *pctx;

	pki_need(EVP_DigestSignInit(ctx, &pctx, pki_md(md, key), NULL, key) > 0,
	    "signing");
	if (pss)
		pki_need(EVP_PKEY_CTX_set_rsa_padding(pctx,
		    RSA_PKCS1_PSS_PADDING) > 0 &&
		    EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx,
		    RSA_PSS_SALTLEN_DIGEST) > 0, "RSA-PSS");
}

static EVP_PKEY *
key_of(const struct pki_spec *s)
{
	return s->use_key != NULL ? s->use_key :
	    pki_key(s->key != NULL ? s->key : "p256",
	    s->number != 0 ? s->number : next_key++);
}

static void
set_names(X509 *x, const struct pki_spec *s)
{
	X509_NAME *name = pki_name(s->subject);
	const X509_NAME *subject = s->raw_subject != NULL ? s->raw_subject : name;

	X509_set_subject_name(x, subject);
	X509_set_issuer_name(x, s->raw_issuer != NULL ? s->raw_issuer :
	    s->issuer != NULL ? X509_get_subject_name(s->issuer->x) : subject);
	X509_NAME_free(name);
}

struct pki_cert *
pki_make(const struct pki_spec *s)
{
	struct pki_cert *c = calloc(1, sizeof(*c));
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY *signer;
	int version = s->version != 0 ? s->version : 3;

	pki_need(c != NULL && ctx != NULL, "memory");
	c->x = X509_new();
	c->key = key_of(s);
	set_names(c->x, s);
	set_serial(c->x, s->serial);
	X509_set_version(c->x, version - 1);
	X509_set_pubkey(c->x, c->key);
	pki_time(X509_getm_notBefore(c->x), s->from == 0 && s->to == 0 ?
	    now - 30 * PKI_DAY : s->from);
	pki_time(X509_getm_notAfter(c->x), s->from == 0 && s->to == 0 ?
	    now + 365 * PKI_DAY : s->to);
	if (version == 3)
		add_extensions(c->x, s->issuer != NULL ? s->issuer->x : c->x, s);
	signer = s->sign_key != NULL ? s->sign_key :
	    s->issuer != NULL ? s->issuer->key : c->key;
	pki_sign_ctx(ctx, signer, s->md, s->pss);
	pki_need(X509_sign_ctx(c->x, ctx) > 0, "signing a certificate");
	EVP_MD_CTX_free(ctx);
	c->len = (size_t)i2d_X509(c->x, &c->der);
	pki_keep(c, drop_cert);
	return c;
}

struct pki_cert *
pki_root(const char *subject)
{
	struct pki_spec s = { .kind = PKI_CA, .subject = subject };

	return pki_make(&s);
}

struct pki_cert *
pki_inter(const struct pki_cert *issuer, const char *subject)
{
	struct pki_spec s = { .kind = PKI_CA, .subject = subject,
	    .issuer = issuer };

	return pki_make(&s);
}

struct pki_cert *
pki_leaf(const struct pki_cert *issuer, const char *subject, const char *san)
{
	struct pki_spec s = { .kind = PKI_LEAF, .subject = subject,
	    .issuer = issuer, .san = san };

	return pki_make(&s);
}

void
pki_free_all(void)
{
	while (all != NULL) {
		struct made *m = all;

		all = m->next;
		m->drop(m->p);
		free(m);
	}
	while (keys != NULL) {
		struct key *k = keys;

		keys = k->next;
		EVP_PKEY_free(k->pkey);
		free(k);
	}
}
