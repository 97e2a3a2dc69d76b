#include "cert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "cert_in.h"
#include "dn.h"

/* --- parsing --- */

static int
refuse(const struct cert *c, struct err *e, const char *what)
{
	char name[CERT_NAME_STRLEN];

	ERR_clear_error();
	return err_set(e, ERR_INVALID, "certificate \"%s\" %s",
	    cert_subject_str(c, name), what);
}

static int
take_name(const struct cert *c, const X509_NAME *name, struct cert_octets *out,
	  const char *too_long, struct err *e)
{
	const unsigned char *p;
	size_t len;

	if (!X509_NAME_get0_der(name, &p, &len))
		return refuse(c, e, "has a name that cannot be read");
	if (len > DN_DER_MAX)
		return refuse(c, e, too_long);
	out->p = p;
	out->len = len;
	return 0;
}

static int
take_names(struct cert *c, struct err *e)
{
	if (take_name(c, X509_get_subject_name(c->x), &c->subject,
	    "has a subject of more than 1024 octets", e) < 0)
		return -1;
	return take_name(c, X509_get_issuer_name(c->x), &c->issuer,
	    "has an issuer of more than 1024 octets", e);
}

static int
take_serial(struct cert *c, struct err *e)
{
	const ASN1_INTEGER *n = X509_get0_serialNumber(c->x);

	c->serial.p = ASN1_STRING_get0_data(n);
	c->serial.len = (size_t)ASN1_STRING_length(n);
	while (c->serial.len > 0 && c->serial.p[0] == 0) {
		c->serial.p++;
		c->serial.len--;
	}
	if (c->serial.len > CERT_SERIAL_MAX)
		return refuse(c, e, "has a serial number of more than 20 octets "
		    "(RFC 5280 4.1.2.2); its CA must issue it anew");
	return 0;
}

static int
take_times(struct cert *c, struct err *e)
{
	if (!cert_time(X509_get0_notBefore(c->x), &c->not_before) ||
	    !cert_time(X509_get0_notAfter(c->x), &c->not_after))
		return refuse(c, e, "has a validity that cannot be read");
	return 0;
}

static bool
take_digests(struct crypto *crypto, struct cert *c)
{
	const EVP_MD *sha1 = crypto->md[MD_SHA1].md;
	unsigned char *spki = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(c->x), &spki);
	bool ok;

	ok = n > 0 && EVP_Digest(spki, (size_t)n, c->key_hash, NULL, sha1, NULL) &&
	    EVP_Digest(c->der, c->len, c->sha1, NULL, sha1, NULL) &&
	    EVP_Digest(c->der, c->len, c->sha256, NULL,
	    crypto->md[MD_SHA256].md, NULL);
	OPENSSL_free(spki);
	return ok || crypto_failed("hashing a certificate");
}

static int
take_extensions(struct cert *c, struct err *e)
{
	uint32_t flags;

	/* Parses the extensions that OpenSSL knows, once. */
	X509_check_purpose(c->x, -1, 0);
	flags = X509_get_extension_flags(c->x);
	if (flags & EXFLAG_INVALID)
		return refuse(c, e, "has an extension that cannot be read; its CA "
		    "must issue it anew");
	if (!cert_take_alt_names(c) || !cert_take_urls(c))
		return refuse(c, e, "has a subjectAltName or a place of revocation "
		    "lists that cannot be read; its CA must issue it anew");
	return 0;
}

static int
take_all(struct crypto *crypto, struct cert *c, struct err *e)
{
	if (take_names(c, e) < 0 || take_serial(c, e) < 0 ||
	    take_times(c, e) < 0 || take_extensions(c, e) < 0)
		return -1;
	cert_take_key(c);
	if (!take_digests(crypto, c))
		return err_set(e, ERR_RESOURCE, "no memory for a certificate");
	return 0;
}

int
cert_parse(struct crypto *crypto, const void *der, size_t len, struct cert **out,
	   struct err *e)
{
	const unsigned char *p = der;
	struct cert *c;

	*out = NULL;
	if (len > CERT_MAX)
		return err_set(e, ERR_INVALID, "a certificate of %zu octets is "
		    "longer than Culvert takes (%d)", len, CERT_MAX);
	c = calloc(1, sizeof(*c));
	if (c == NULL || (c->der = malloc(len > 0 ? len : 1)) == NULL) {
		free(c);
		return err_set(e, ERR_RESOURCE, "no memory for a certificate");
	}
	c->refs = 1;
	c->len = len;
	if (len > 0)
		memcpy(c->der, der, len);
	c->x = d2i_X509(NULL, &p, (long)len);
	if (c->x == NULL || p != (const unsigned char *)der + len) {
		err_set(e, ERR_INVALID, c->x == NULL ?
		    "%zu octets are no X.509 certificate in DER" :
		    "something follows the certificate in %zu octets", len);
		goto fail;
	}
	if (take_all(crypto, c, e) < 0)
		goto fail;
	/* What OpenSSL noted of extensions it passed over. */
	ERR_clear_error();
	*out = c;
	return 0;
fail:
	ERR_clear_error();
	cert_free(c);
	return -1;
}

struct cert *
cert_ref(const struct cert *c)
{
	struct cert *owned = (struct cert *)(uintptr_t)c;

	owned->refs++;
	return owned;
}

void
cert_free(struct cert *c)
{
	if (c == NULL || --c->refs > 0)
		return;
	cert_drop_alt_names(c);
	cert_drop_urls(c);
	X509_free(c->x);
	free(c->der);
	free(c);
}

const uint8_t *
cert_der(const struct cert *c, size_t *len)
{
	*len = c->len;
	return c->der;
}

bool
cert_equal(const struct cert *a, const struct cert *b)
{
	return a->len == b->len && memcmp(a->der, b->der, a->len) == 0;
}

struct x509_st *
cert_x509(const struct cert *c)
{
	return c->x;
}

/* --- whose it is --- */

const uint8_t *
cert_subject(const struct cert *c, size_t *len)
{
	*len = c->subject.len;
	return c->subject.p;
}

const uint8_t *
cert_issuer(const struct cert *c, size_t *len)
{
	*len = c->issuer.len;
	return c->issuer.p;
}

bool
cert_has_subject(const struct cert *c)
{
	return c->subject.len > 2;
}

const char *
cert_subject_str(const struct cert *c, char buf[CERT_NAME_STRLEN])
{
	if (dn_to_text(c->subject.p, c->subject.len, buf, CERT_NAME_STRLEN))
		return buf;
	if (c->n_names > 0)
		return cert_name_str(&c->names[0], buf);
	snprintf(buf, CERT_NAME_STRLEN, "(no name)");
	return buf;
}

const char *
cert_issuer_str(const struct cert *c, char buf[CERT_NAME_STRLEN])
{
	if (!dn_to_text(c->issuer.p, c->issuer.len, buf, CERT_NAME_STRLEN))
		snprintf(buf, CERT_NAME_STRLEN, "(no name)");
	return buf;
}

const char *
cert_serial_str(const struct cert *c, char buf[CERT_SERIAL_STRLEN])
{
	bool negative = ASN1_STRING_type((const ASN1_STRING *)
	    X509_get0_serialNumber(c->x)) == V_ASN1_NEG_INTEGER;
	size_t at = 0, i;

	if (c->serial.len == 0) {
		snprintf(buf, CERT_SERIAL_STRLEN, "00");
		return buf;
	}
	if (negative)
		buf[at++] = '-';
	for (i = 0; i < c->serial.len; i++)
		at += (size_t)snprintf(buf + at, CERT_SERIAL_STRLEN - at, "%s%02x",
		    i > 0 ? ":" : "", c->serial.p[i]);
	return buf;
}

/* --- when --- */

int64_t
cert_not_before(const struct cert *c)
{
	return c->not_before;
}

int64_t
cert_not_after(const struct cert *c)
{
	return c->not_after;
}

/* --- fingerprints --- */

const uint8_t *
cert_key_hash(const struct cert *c)
{
	return c->key_hash;
}

const uint8_t *
cert_sha256(const struct cert *c)
{
	return c->sha256;
}

const uint8_t *
cert_sha1(const struct cert *c)
{
	return c->sha1;
}

const char *
cert_hex(const uint8_t *p, size_t n, char buf[CERT_HEX_STRLEN])
{
	size_t i;

	buf[0] = '\0';
	for (i = 0; i < n && i < CERT_HEX_STRLEN / 3; i++)
		snprintf(buf + 3 * i - (i > 0), 4, "%s%02x", i > 0 ? ":" : "", p[i]);
	return buf;
}
