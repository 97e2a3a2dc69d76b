#include "crl_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "buf.h"
#include "cert_in.h"
#include "der.h"
#include "dn.h"

#define HEAD_MAX	65536		/* of a CRL without its entries */
#define SKEW_S		300		/* clocks of CAs that are ahead of ours */

int
crl_malformed(struct err *e)
{
	ERR_clear_error();
	return err_set(e, ERR_INVALID, "is no CRL, or a damaged one");
}

int64_t
crl_seconds(const ASN1_TIME *t)
{
	struct tm tm;

	return t != NULL && ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

static void
build_tlv(struct wbuf *w, uint8_t tag, size_t len)
{
	wbuf_u8(w, tag);
	wbuf_u8(w, 0x84);
	wbuf_u32(w, (uint32_t)len);
}

/* The parts of a CRL, where they are. */
struct parts {
	struct tlv	tbs, alg, sig;
	const uint8_t	*before;	/* the entries, in tbs */
	size_t		 before_len;
	const uint8_t	*after;
	size_t		 after_len;
};

static bool
split_tbs(struct crl *c, struct parts *p)
{
	struct rbuf r = der_inside(&p->tbs);
	struct tlv t;

	if (der_next_is(&r, TAG_INTEGER) && !der_next(&r, &t))
		return false;
	/* The algorithm is named twice, once where nobody signs it. */
	if (!der_get(&r, TAG_SEQUENCE, &t) || t.whole != p->alg.whole ||
	    memcmp(t.at, p->alg.at, t.whole) != 0 ||
	    !der_get(&r, TAG_SEQUENCE, &t))
		return false;
	c->issuer = t.at;
	c->issuer_len = t.whole;
	if (!der_next(&r, &t))		/* thisUpdate; OpenSSL looks closer */
		return false;
	if ((der_next_is(&r, TAG_UTCTIME) || der_next_is(&r, TAG_TIME)) &&
	    !der_next(&r, &t))
		return false;
	p->before = p->tbs.p;
	p->before_len = r.off;
	if (der_next_is(&r, TAG_SEQUENCE)) {
		if (!der_next(&r, &t))
			return false;
		c->list = t.p;
		c->list_len = t.len;
	}
	p->after = r.p + r.off;
	p->after_len = rbuf_left(&r);
	return true;
}

static bool
split(struct crl *c, struct parts *p)
{
	struct rbuf r;
	struct tlv t;

	rbuf_init(&r, c->der, c->len);
	if (!der_get(&r, TAG_SEQUENCE, &t) || rbuf_left(&r) != 0)
		return false;
	r = der_inside(&t);
	if (!der_get(&r, TAG_SEQUENCE, &p->tbs) || !der_get(&r, TAG_SEQUENCE, &p->alg) ||
	    !der_get(&r, TAG_BITS, &p->sig) || rbuf_left(&r) != 0)
		return false;
	c->tbs = p->tbs.at;
	c->tbs_len = p->tbs.whole;
	return split_tbs(c, p);
}

/* OpenSSL reads a CRL of the same head without entries. */
static bool
read_head(struct crl *c, const struct parts *p)
{
	size_t tbs = p->before_len + p->after_len;
	size_t body = tbs + 6 + p->alg.whole + p->sig.whole;
	uint8_t *buf;
	const uint8_t *at;
	struct wbuf w;

	if (body > HEAD_MAX || (buf = malloc(body + 6)) == NULL)
		return false;
	wbuf_init(&w, buf, body + 6);
	build_tlv(&w, TAG_SEQUENCE, body);
	build_tlv(&w, TAG_SEQUENCE, tbs);
	wbuf_bytes(&w, p->before, p->before_len);
	wbuf_bytes(&w, p->after, p->after_len);
	wbuf_bytes(&w, p->alg.at, p->alg.whole);
	wbuf_bytes(&w, p->sig.at, p->sig.whole);
	at = buf;
	if (wbuf_ok(&w))
		c->head = d2i_X509_CRL(NULL, &at, (long)w.len);
	free(buf);
	return c->head != NULL;
}

static int
check_point(const struct crl *c, struct err *e)
{
	const ISSUING_DIST_POINT *idp = c->idp;

	if (idp == NULL)
		return 0;
	if (idp->indirectCRL > 0)
		return err_set(e, ERR_INVALID, "is an indirect CRL (it lists "
		    "certificates of other issuers), which Culvert does not use");
	if (idp->onlysomereasons != NULL)
		return err_set(e, ERR_INVALID, "lists revocations for some "
		    "reasons only: the absence of a certificate says nothing");
	if (idp->onlyattr > 0)
		return err_set(e, ERR_INVALID, "lists attribute certificates "
		    "only");
	if (idp->distpoint != NULL && idp->distpoint->type != 0)
		return err_set(e, ERR_INVALID, "names its distribution point "
		    "relative to its issuer, which Culvert does not resolve");
	return 0;
}

/* RFC 5280 5.2.3: 20 octets at most. */
static bool
number_str(struct crl *c)
{
	const uint8_t *p = ASN1_STRING_get0_data(c->number);
	int i, len = ASN1_STRING_length(c->number);

	if (len > CRL_NUMBER_MAX)
		return false;
	snprintf(c->number_str, sizeof(c->number_str), "0x");
	for (i = 0; i < len; i++)
		snprintf(c->number_str + 2 + 2 * i, 3, "%02x", p[i]);
	return true;
}

static int
check_extensions(struct crl *c, struct err *e)
{
	char oid[64];
	int i, nid, crit;

	for (i = 0; i < X509_CRL_get_ext_count(c->head); i++) {
		X509_EXTENSION *x = X509_CRL_get_ext(c->head, i);

		nid = OBJ_obj2nid(X509_EXTENSION_get_object(x));
		if (nid == NID_delta_crl)
			return err_set(e, ERR_INVALID, "is a delta CRL (it lists "
			    "changes to another), which Culvert does not use; "
			    "publish complete ones");
		if (nid == NID_authority_key_identifier || nid == NID_crl_number ||
		    nid == NID_issuing_distribution_point)
			continue;
		if (X509_EXTENSION_get_critical(x) == 0)
			continue;
		OBJ_obj2txt(oid, sizeof(oid), X509_EXTENSION_get_object(x), 1);
		return err_set(e, ERR_INVALID, "has a critical extension (%s) that "
		    "Culvert does not know", oid);
	}
	/* -1 of crit: there is none; else it could not be read. */
	c->idp = X509_CRL_get_ext_d2i(c->head, NID_issuing_distribution_point,
	    &crit, NULL);
	if (c->idp == NULL && crit != -1)
		return crl_malformed(e);
	c->number = X509_CRL_get_ext_d2i(c->head, NID_crl_number, &crit, NULL);
	if (c->number == NULL && crit != -1)
		return crl_malformed(e);
	if (c->number != NULL && !number_str(c))
		return crl_malformed(e);
	return check_point(c, e);
}

static int
check_head(struct crl *c, struct err *e)
{
	long version = X509_CRL_get_version(c->head);

	if (version != X509_CRL_VERSION_1 && version != X509_CRL_VERSION_2)
		return crl_malformed(e);
	if (!dn_valid(c->issuer, c->issuer_len))
		return crl_malformed(e);
	dn_to_text(c->issuer, c->issuer_len, c->issuer_str,
	    sizeof(c->issuer_str));
	c->this_update = crl_seconds(X509_CRL_get0_lastUpdate(c->head));
	c->next_update = crl_seconds(X509_CRL_get0_nextUpdate(c->head));
	if (c->this_update <= 0)
		return crl_malformed(e);
	if (c->next_update <= 0)
		return err_set(e, ERR_INVALID, "does not say when the next one "
		    "comes (nextUpdate), so that nobody knows how long it holds");
	return check_extensions(c, e);
}

/* The octets of a CRL in DER, from PEM if it is that. */
static int
take(struct crl *c, const uint8_t *p, size_t len, struct err *e)
{
	unsigned char *der = NULL;
	long n = 0;
	BIO *bio;

	if (len > CRL_MAX)
		return err_set(e, ERR_INVALID, "has more than %u MB",
		    CRL_MAX >> 20);
	if (len > 0 && p[0] == TAG_SEQUENCE) {
		c->der = malloc(len);
		c->len = len;
		if (c->der == NULL)
			return err_set(e, ERR_RESOURCE, "needs more memory than "
			    "there is");
		memcpy(c->der, p, len);
		return 0;
	}
	bio = BIO_new_mem_buf(p, (int)len);
	if (bio != NULL && PEM_bytes_read_bio(&der, &n, NULL,
	    PEM_STRING_X509_CRL, bio, NULL, NULL) == 1 &&
	    (c->der = malloc((size_t)n)) != NULL) {
		memcpy(c->der, der, (size_t)n);
		c->len = (size_t)n;
	}
	OPENSSL_free(der);
	BIO_free(bio);
	return c->der != NULL ? 0 : crl_malformed(e);
}

int
crl_parse(struct crypto *crypto, const void *p, size_t len, struct crl **out,
	  struct err *e)
{
	struct crl *c = calloc(1, sizeof(*c));
	struct parts parts;

	*out = NULL;
	if (c == NULL)
		return err_set(e, ERR_RESOURCE, "needs more memory than there is");
	if (take(c, p, len, e) < 0)
		goto bad;
	if (!split(c, &parts) || !read_head(c, &parts)) {
		crl_malformed(e);
		goto bad;
	}
	if (check_head(c, e) < 0 || crl_read_entries(crypto, c, e) < 0)
		goto bad;
	*out = c;
	return 0;
bad:
	crl_free(c);
	return -1;
}

void
crl_free(struct crl *c)
{
	if (c == NULL)
		return;
	ISSUING_DIST_POINT_free(c->idp);
	ASN1_INTEGER_free(c->number);
	X509_CRL_free(c->head);
	free(c->slot);
	free(c->der);
	free(c);
}

/* --- whose it is --- */

static int
check_issuer(const struct crl *c, const struct cert *issuer, struct err *e)
{
	char name[CERT_NAME_STRLEN];
	AUTHORITY_KEYID *akid;
	const uint8_t *subject;
	size_t len;
	int r;

	subject = cert_subject(issuer, &len);
	cert_subject_str(issuer, name);
	if (!dn_equal(c->issuer, c->issuer_len, subject, len))
		return err_set(e, ERR_REALITY, "is from %.200s, expected was one "
		    "from %.200s", c->issuer_str, name);
	if (!cert_may_sign_crls(issuer))
		return err_set(e, ERR_REALITY, "is signed by %.200s, whose "
		    "certificate does not allow that (keyUsage without cRLSign)",
		    name);
	akid = X509_CRL_get_ext_d2i(c->head, NID_authority_key_identifier,
	    NULL, NULL);
	r = akid != NULL ? X509_check_akid(cert_x509(issuer), akid) : X509_V_OK;
	AUTHORITY_KEYID_free(akid);
	if (r != X509_V_OK)
		return err_set(e, ERR_REALITY, "is signed with another key of "
		    "%.200s than the certificate was", name);
	return 0;
}

static bool
signed_by(const struct crl *c, const X509_ALGOR *alg,
	  const ASN1_BIT_STRING *sig, const struct cert *issuer)
{
	EVP_PKEY *key = X509_get0_pubkey(cert_x509(issuer));
	ASN1_STRING *tbs = ASN1_STRING_type_new(V_ASN1_SEQUENCE);
	bool ok;

	/* An ASN1_SEQUENCE is its own encoding. */
	ok = key != NULL && tbs != NULL &&
	    ASN1_STRING_set(tbs, c->tbs, (int)c->tbs_len) == 1 &&
	    ASN1_item_verify(ASN1_ITEM_rptr(ASN1_SEQUENCE), alg, sig, tbs,
	    key) == 1;
	ASN1_STRING_free(tbs);
	ERR_clear_error();
	return ok;
}

int
crl_check_signed(const struct crl *c, const struct cert *issuer, struct err *e)
{
	char name[CERT_NAME_STRLEN];
	const ASN1_BIT_STRING *sig;
	const X509_ALGOR *alg;

	if (check_issuer(c, issuer, e) < 0)
		return -1;
	X509_CRL_get0_signature(c->head, &sig, &alg);
	if (cert_sigalg_weak(alg))
		return err_set(e, ERR_REALITY, "is signed with %s, which can be "
		    "forged; SHA2-256 and longer will do", cert_sigalg_str(alg));
	if (!signed_by(c, alg, sig, issuer))
		return err_set(e, ERR_REALITY, "is not signed by %.200s: the "
		    "signature is wrong", cert_subject_str(issuer, name));
	return 0;
}

static bool
names_url(const GENERAL_NAMES *names, const char *url)
{
	int i;

	for (i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);
		const ASN1_IA5STRING *s = n->d.uniformResourceIdentifier;

		if (n->type == GEN_URI &&
		    (size_t)ASN1_STRING_length(s) == strlen(url) &&
		    memcmp(ASN1_STRING_get0_data(s), url, strlen(url)) == 0)
			return true;
	}
	return false;
}

int
crl_covers(const struct crl *c, const struct cert *cert, struct err *e)
{
	const ISSUING_DIST_POINT *idp = c->idp;
	size_t i;

	if (idp == NULL)
		return 0;
	if (idp->onlyuser > 0 && cert_is_ca(cert))
		return err_set(e, ERR_REALITY, "lists no certificates of CAs");
	if (idp->onlyCA > 0 && !cert_is_ca(cert))
		return err_set(e, ERR_REALITY, "lists certificates of CAs only");
	if (idp->distpoint == NULL)
		return 0;
	for (i = 0; i < cert_n_crl_urls(cert); i++)
		if (names_url(idp->distpoint->name.fullname,
		    cert_crl_url(cert, i)->url))
			return 0;
	return err_set(e, ERR_REALITY, "is for another distribution point than "
	    "those of the certificate");
}

int
crl_check_fresh(const struct crl *c, uint64_t wall, struct err *e)
{
	char when[CERT_TIME_STRLEN];

	if (c->this_update > (int64_t)wall + SKEW_S)
		return err_set(e, ERR_REALITY, "is in force only from %s: does "
		    "the clock of this machine run late?",
		    cert_time_str(c->this_update, when));
	if (c->next_update <= (int64_t)wall)
		return err_set(e, ERR_REALITY, "expired on %s",
		    cert_time_str(c->next_update, when));
	return 0;
}

int64_t crl_this_update(const struct crl *c) { return c->this_update; }
int64_t crl_next_update(const struct crl *c) { return c->next_update; }
size_t crl_n_entries(const struct crl *c) { return c->n; }
const char *crl_issuer_str(const struct crl *c) { return c->issuer_str; }
const char *crl_number_str(const struct crl *c) { return c->number_str; }

size_t
crl_octets(const struct crl *c)
{
	return sizeof(*c) + c->len + (c->mask + 1) * sizeof(*c->slot);
}

bool
crl_newer(const struct crl *a, const struct crl *b)
{
	if (a->this_update != b->this_update)
		return a->this_update > b->this_update;
	return a->number != NULL && b->number != NULL &&
	    ASN1_INTEGER_cmp(a->number, b->number) > 0;
}
