/* pki: CRLs and OCSP answers. */
#include <stdlib.h>
#include <string.h>

#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "pki_in.h"

/* --- CRLs --- */

static void
add_entry(X509_CRL *crl, const ASN1_INTEGER *serial, const char *reason)
{
	static const struct { const char *name; int value; } reasons[] = {
		{ "unspecified", 0 }, { "keyCompromise", 1 },
		{ "CACompromise", 2 }, { "affiliationChanged", 3 },
		{ "superseded", 4 }, { "cessationOfOperation", 5 },
		{ "certificateHold", 6 }, { "removeFromCRL", 8 },
	};
	X509_REVOKED *r = X509_REVOKED_new();
	ASN1_TIME *when = ASN1_TIME_new();
	ASN1_ENUMERATED *value;
	size_t i;

	pki_time(when, pki_now() - 2 * PKI_DAY);
	pki_need(r != NULL &&
	    X509_REVOKED_set_serialNumber(r, (ASN1_INTEGER *)(uintptr_t)serial) &&
	    X509_REVOKED_set_revocationDate(r, when), "an entry");
	for (i = 0; reason != NULL && i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strcmp(reason, reasons[i].name) == 0) {
			value = ASN1_ENUMERATED_new();
			ASN1_ENUMERATED_set(value, reasons[i].value);
			pki_need(X509_REVOKED_add1_ext_i2d(r, NID_crl_reason, value,
			    0, 0) > 0, "a reason");
			ASN1_ENUMERATED_free(value);
		}
	pki_need(X509_CRL_add0_revoked(crl, r), "an entry");
	ASN1_TIME_free(when);
}

static void
add_entries(X509_CRL *crl, const struct pki_crl_spec *s)
{
	ASN1_INTEGER *n = ASN1_INTEGER_new();
	unsigned int i;

	for (i = 0; s->revoked != NULL && s->revoked[i] != NULL; i++)
		add_entry(crl, X509_get0_serialNumber(s->revoked[i]->x), s->reason);
	for (i = 0; i < s->more; i++) {
		ASN1_INTEGER_set_uint64(n, ((uint64_t)1 << 40) + i);
		add_entry(crl, n, NULL);
	}
	ASN1_INTEGER_free(n);
}

static void
add_crl_extensions(X509_CRL *crl, const struct pki_crl_spec *s)
{
	static const char *const lines[][2] = {
		{ "authorityKeyIdentifier", "keyid" }, { NULL, NULL },
	};
	ASN1_INTEGER *number = ASN1_INTEGER_new();
	char text[4096];
	X509V3_CTX ctx;
	CONF *conf;

	conf = pki_conf(lines, s->ext, text, sizeof(text));
	X509V3_set_ctx(&ctx, s->issuer->x, NULL, NULL, crl, 0);
	X509V3_set_nconf(&ctx, conf);
	pki_need(X509V3_EXT_CRL_add_nconf(conf, &ctx, "ext", crl) > 0, text);
	NCONF_free(conf);
	ASN1_INTEGER_set(number, s->number != 0 ? s->number : 1);
	if (s->number >= 0)
		pki_need(X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0,
		    0) > 0, "a CRL's number");
	ASN1_INTEGER_free(number);
}

struct pki_bytes
pki_crl(const struct pki_crl_spec *s)
{
	bool usual = s->last == 0 && s->next == 0;
	struct pki_bytes out = { NULL, 0 };
	X509_CRL *crl = X509_CRL_new();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	ASN1_TIME *t = ASN1_TIME_new();

	pki_need(crl != NULL && ctx != NULL && t != NULL, "memory");
	X509_CRL_set_version(crl, X509_CRL_VERSION_2);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(s->issuer->x));
	pki_time(t, usual ? pki_now() - PKI_DAY : s->last);
	X509_CRL_set1_lastUpdate(crl, t);
	pki_time(t, usual ? pki_now() + 7 * PKI_DAY : s->next);
	if (!s->no_next)
		X509_CRL_set1_nextUpdate(crl, t);
	add_entries(crl, s);
	X509_CRL_sort(crl);
	add_crl_extensions(crl, s);
	pki_sign_ctx(ctx, s->sign_key != NULL ? s->sign_key : s->issuer->key, s->md,
	    false);
	pki_need(X509_CRL_sign_ctx(crl, ctx) > 0, "signing a CRL");
	out.len = (size_t)i2d_X509_CRL(crl, &out.p);
	pki_keep(out.p, pki_drop_openssl);
	ASN1_TIME_free(t);
	EVP_MD_CTX_free(ctx);
	X509_CRL_free(crl);
	return out;
}

/* --- OCSP --- */

static OCSP_BASICRESP *
basic_answer(const struct pki_ocsp_spec *s)
{
	const struct pki_cert *signer = s->signer != NULL ? s->signer : s->issuer;
	bool usual = s->last == 0 && s->next == 0;
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	ASN1_TIME *last = ASN1_TIME_new(), *next = ASN1_TIME_new();
	ASN1_TIME *when = ASN1_TIME_new();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), s->cert->x, s->issuer->x);

	pki_time(last, usual ? pki_now() - 3600 : s->last);
	pki_time(next, usual ? pki_now() + PKI_DAY : s->next);
	pki_time(when, pki_now() - 2 * PKI_DAY);
	pki_need(OCSP_basic_add1_status(basic, id, s->status, s->reason, when, last,
	    s->no_next ? NULL : next) != NULL, "an OCSP answer");
	pki_sign_ctx(ctx, signer->key, s->md, false);
	pki_need(OCSP_basic_sign_ctx(basic, signer->x, ctx, NULL,
	    s->signer != NULL ? 0 : OCSP_NOCERTS), "signing an OCSP answer");
	OCSP_CERTID_free(id);
	EVP_MD_CTX_free(ctx);
	ASN1_TIME_free(last);
	ASN1_TIME_free(next);
	ASN1_TIME_free(when);
	return basic;
}

struct pki_bytes
pki_ocsp(const struct pki_ocsp_spec *s)
{
	struct pki_bytes out = { NULL, 0 };
	OCSP_BASICRESP *basic = s->error == 0 ? basic_answer(s) : NULL;
	OCSP_RESPONSE *r = OCSP_response_create(s->error, basic);

	pki_need(r != NULL, "an OCSP response");
	out.len = (size_t)i2d_OCSP_RESPONSE(r, &out.p);
	pki_keep(out.p, pki_drop_openssl);
	OCSP_RESPONSE_free(r);
	OCSP_BASICRESP_free(basic);
	return out;
}
