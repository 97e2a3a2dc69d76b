/*
 * What a peer and the web send about certificates: chains, CRLs, OCSP answers,
 * AlgorithmIdentifiers with signatures.
 *
 * A fuzzer does not invent a certificate, nor a signature.  So it edits good ones
 * (made here, of fixed keys and EdDSA, so that they are the same in every run), and
 * what it edited may be signed again, so that what is behind the signature is
 * reached; or it brings the extensions of certificates that are then signed.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "buf.h"
#include "crypto/chain.h"
#include "crypto/crl.h"
#include "crypto/ocsp.h"
#include "crypto/sign.h"
#include "tests/fuzz/shown.h"
#include "tests/pki/pki.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define DER_MAX	20000

static struct crypto *crypto;
static struct pki_cert *root, *inter, *leaf, *rsa, *p256;
static struct cert *root_cert, *inter_cert, *leaf_cert, *rsa_cert, *p256_cert;
static struct pki_bytes crl, answer;

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* Reads every octet, so that the sanitizer sees a pointer that lies. */
static void
touch(const void *p, size_t len)
{
	static volatile uint8_t sum;
	const uint8_t *b = p;
	size_t i;

	must(len == 0 || p != NULL);
	for (i = 0; i < len; i++)
		sum = (uint8_t)(sum + b[i]);
}

/* For logs and terminals: printable, whatever came in. */
static void
must_print(const char *s)
{
	must(may_be_shown(s));
}

static void
must_say(const struct err *e)
{
	must(e->kind != ERR_NONE && e->kind != ERR_BUG && e->text[0] != '\0');
	must_print(e->text);
}

/* --- what is edited --- */

static struct cert *
parse(const struct pki_cert *p)
{
	struct cert *c;

	must(cert_parse(crypto, p->der, p->len, &c, NULL) == 0);
	return c;
}

static EVP_PKEY *
fixed_key(uint8_t n)
{
	uint8_t raw[32];

	memset(raw, n, sizeof(raw));
	return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, raw, sizeof(raw));
}

static void
make_certs(void)
{
	struct pki_spec s = { .kind = PKI_CA, .subject = "O=Example, CN=Root",
	    .use_key = fixed_key(1) };

	root = pki_make(&s);
	s = (struct pki_spec){ .kind = PKI_CA, .subject = "O=Example, CN=Inter",
	    .issuer = root, .use_key = fixed_key(2),
	    .crl = "http://crl.example.com/root.crl",
	    .ext = "basicConstraints = critical,CA:TRUE,pathlen:0\n"
	    "nameConstraints = permitted;DNS:example.com,"
	    "excluded;IP:10.0.0.0/255.0.0.0,permitted;email:example.com\n"
	    "certificatePolicies = 1.2.3.4,1.2.3.5\n"
	    "policyConstraints = requireExplicitPolicy:3" };
	inter = pki_make(&s);
	s = (struct pki_spec){ .subject = "O=Example, CN=gw", .issuer = inter,
	    .use_key = fixed_key(3), .crl = "https://crl.example.com/inter.crl",
	    .ocsp = "http://ocsp.example.com",
	    .ext = "subjectAltName = DNS:gw.example.com,IP:192.0.2.1,"
	    "email:gw@example.com,URI:http://example.com/gw,dirName:d\n"
	    "certificatePolicies = 1.2.3.4\n"
	    "extendedKeyUsage = serverAuth,1.3.6.1.5.5.7.3.17\n"
	    "[d]\nO = Example\nCN = gw" };
	leaf = pki_make(&s);
	s = (struct pki_spec){ .subject = "CN=rsa", .key = "rsa2048" };
	rsa = pki_make(&s);
	s = (struct pki_spec){ .subject = "CN=p256", .key = "p256" };
	p256 = pki_make(&s);
}

/* What is not edited is good: else all the rest would be in vain. */
static void
must_be_good(void)
{
	struct cert *peers[] = { leaf_cert, inter_cert };
	struct ocsp_answer a;
	struct cert_chain chain;
	struct crl *c;

	must(cert_chain_verify(crypto, root_cert, peers, 2, PKI_NOW, &chain, NULL) == 0
	    && chain.n == 3);
	must(crl_parse(crypto, crl.p, crl.len, &c, NULL) == 0 &&
	    crl_check_signed(c, inter_cert, NULL) == 0 &&
	    crl_covers(c, leaf_cert, NULL) == 0);
	crl_free(c);
	must(ocsp_check(crypto, answer.p, answer.len, leaf_cert, inter_cert, PKI_NOW,
	    &a, NULL) == 0 && a.status == OCSP_GOOD);
}

static void
make_all(void)
{
	const struct pki_cert *one[] = { NULL, NULL };
	struct pki_crl_spec cs = { .revoked = one, .reason = "keyCompromise",
	    .more = 3, .ext = "issuingDistributionPoint = critical,@idp\n"
	    "[idp]\nfullname = URI:https://crl.example.com/inter.crl" };
	struct pki_ocsp_spec os = { .status = V_OCSP_CERTSTATUS_GOOD };

	must(crypto_new(&crypto, NULL) == 0);
	make_certs();
	one[0] = leaf;
	cs.issuer = os.issuer = inter;
	os.cert = leaf;
	crl = pki_crl(&cs);
	answer = pki_ocsp(&os);
	root_cert = parse(root);
	inter_cert = parse(inter);
	leaf_cert = parse(leaf);
	rsa_cert = parse(rsa);
	p256_cert = parse(p256);
	must_be_good();
}

/* Edits: how many, then each: where, and whether the octets that follow replace,
 * are put in, or so many are taken out. */
static size_t
edit(struct rbuf *in, uint8_t *p, size_t len)
{
	unsigned int n = rbuf_u8(in) % 8, count, what;
	const uint8_t *with;
	size_t at;

	while (n-- > 0 && rbuf_left(in) >= 3 && len > 0) {
		at = rbuf_u16(in) % len;
		what = rbuf_u8(in);
		count = what >> 2;
		if (what % 4 == 3) {
			count = count < len - at ? count : (unsigned int)(len - at);
			memmove(p + at, p + at + count, len - at - count);
			len -= count;
			continue;
		}
		if (count > rbuf_left(in))
			count = (unsigned int)rbuf_left(in);
		with = rbuf_bytes(in, count);
		if (with == NULL)
			continue;
		if (what % 4 == 2 && len + count <= DER_MAX) {
			memmove(p + at + count, p + at, len - at);
			len += count;
			memcpy(p + at, with, count);
		} else {
			memcpy(p + at, with, count < len - at ? count : len - at);
		}
	}
	return len;
}

static void
put_tlv(struct wbuf *w, uint8_t tag, const void *p, size_t len)
{
	wbuf_u8(w, tag);
	if (len >= 0x80)
		wbuf_u8(w, len >= 0x100 ? 0x82 : 0x81);
	if (len >= 0x100)
		wbuf_u8(w, (uint8_t)(len >> 8));
	wbuf_u8(w, (uint8_t)len);
	wbuf_bytes(w, p, len);
}

/* SEQUENCE { what is signed, Ed25519, signature }: a certificate, a CRL, or an
 * OCSP answer.  0: too long. */
static size_t
sign(const uint8_t *tbs, size_t len, const struct pki_cert *by, uint8_t out[DER_MAX])
{
	static const uint8_t id[] = { 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70 };
	static uint8_t inner[DER_MAX];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t sig[65] = { 0 };
	size_t n = 64;
	struct wbuf w;

	must(ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, by->key) > 0 &&
	    EVP_DigestSign(ctx, sig + 1, &n, tbs, len) > 0);
	EVP_MD_CTX_free(ctx);
	wbuf_init(&w, inner, sizeof(inner) - 8);
	wbuf_bytes(&w, tbs, len);
	wbuf_bytes(&w, id, sizeof(id));
	put_tlv(&w, 0x03, sig, sizeof(sig));
	if (!wbuf_ok(&w))
		return 0;
	n = w.len;
	wbuf_init(&w, out, DER_MAX);
	put_tlv(&w, 0x30, inner, n);
	return wbuf_ok(&w) ? w.len : 0;
}

/* What of a good one is edited: all of it, or what is signed. */
static size_t
template(struct rbuf *in, bool again, const uint8_t *all, size_t all_len,
	 uint8_t *tbs, int tbs_len, const struct pki_cert *by, uint8_t out[DER_MAX])
{
	static uint8_t buf[DER_MAX];
	size_t len = again ? (size_t)tbs_len : all_len;

	must(tbs_len > 0 && len < DER_MAX);
	memcpy(buf, again ? tbs : all, len);
	OPENSSL_free(tbs);
	len = edit(in, buf, len);
	if (again)
		return sign(buf, len, by, out);
	memcpy(out, buf, len);
	return len;
}

/* --- certificates --- */

static void
try_names(const struct cert *c)
{
	char name[CERT_NAME_STRLEN], serial[CERT_SERIAL_STRLEN];
	char when[CERT_TIME_STRLEN], usage[CERT_USAGE_STRLEN];
	const uint8_t *p;
	size_t i, len;

	must_print(cert_subject_str(c, name));
	must_print(cert_issuer_str(c, name));
	must_print(cert_serial_str(c, serial));
	must_print(cert_time_str(cert_not_before(c), when));
	must_print(cert_time_str(cert_not_after(c), when));
	must_print(cert_usage_str(c, usage));
	must_print(cert_ext_usage_str(c, usage));
	p = cert_subject(c, &len);
	touch(p, len);
	must(!cert_has_subject(c) || cert_has_dn(c, p, len));
	p = cert_issuer(c, &len);
	touch(p, len);
	for (i = 0; i < cert_n_names(c); i++) {
		touch(cert_name(c, i)->p, cert_name(c, i)->len);
		must_print(cert_name_str(cert_name(c, i), name));
		must(name[0] != '\0' && cert_name_kind_str(cert_name(c, i)->kind));
	}
	must(cert_name(c, i) == NULL);
}

static void
try_cert(const struct cert *c)
{
	struct err e = ERR_INIT;
	size_t i;

	try_names(c);
	must_print(cert_key_str(c));
	must_print(cert_signature_str(c));
	must(cert_key_check(c, &e) == 0 ? cert_key(c) != CERT_KEY_OTHER : true);
	if (e.kind != ERR_NONE)
		must_say(&e);
	(void)cert_is_ca(c);
	(void)cert_self_signed(c);
	(void)cert_may_sign(c);
	(void)cert_may_sign_crls(c);
	(void)cert_may_ike(c);
	(void)cert_weakly_signed(c);
	(void)cert_has_key(c, leaf->key);
	for (i = 0; i < cert_n_crl_urls(c); i++)
		must_print(cert_crl_url(c, i)->url);
	for (i = 0; i < cert_n_ocsp_urls(c); i++)
		must_print(cert_ocsp_url(c, i)->url);
	must(cert_n_crl_urls(c) <= CERT_URLS_MAX && cert_n_ocsp_urls(c) <=
	    CERT_URLS_MAX);
}

/* Whatever else: who is believed is valid, strong, and signed by the next. */
static void
must_hold(const struct cert_chain *chain, const struct cert *anchor)
{
	size_t i;

	must(chain->n >= 1 && chain->n <= CHAIN_MAX);
	must(chain->cert[chain->n - 1] == anchor);
	must(cert_may_sign(chain->cert[0]) && cert_may_ike(chain->cert[0]));
	for (i = 0; i < chain->n; i++) {
		must(cert_key_check(chain->cert[i], NULL) == 0);
		must(cert_not_before(chain->cert[i]) <= PKI_NOW &&
		    cert_not_after(chain->cert[i]) > PKI_NOW);
		if (i + 1 < chain->n)
			must(X509_verify(cert_x509(chain->cert[i]), X509_get0_pubkey(
			    cert_x509(chain->cert[i + 1]))) == 1 &&
			    !cert_weakly_signed(chain->cert[i]));
	}
}

static void
try_chain(struct cert_set *set, const struct cert *anchor)
{
	struct cert_chain chain;
	struct err e = ERR_INIT;

	if (cert_chain_verify(crypto, anchor, set->cert, set->n, PKI_NOW, &chain,
	    &e) == 0)
		must_hold(&chain, anchor);
	else
		must_say(&e);
}

static void
add(struct cert_set *set, const uint8_t *der, size_t len)
{
	struct err e = ERR_INIT;
	size_t n = set->n;

	if (cert_set_add(set, crypto, der, len, &e) < 0)
		must_say(&e);
	else if (set->n > n)
		try_cert(set->cert[n]);
}

static void
try_set(struct cert_set *set)
{
	struct cert *c;
	uint8_t request[OCSP_REQUEST_MAX];

	try_chain(set, root_cert);
	try_chain(set, inter_cert);
	if (set->n > 0) {
		c = cert_ref(set->cert[set->n - 1]);
		try_chain(set, c);
		must(ocsp_request(crypto, set->cert[0], c, request) > 0);
		cert_free(c);
	}
	cert_set_fini(set);
}

/* As they come: a length and so many octets. */
static void
try_raw(struct rbuf *in)
{
	struct cert_set set = CERT_SET_INIT;
	struct rbuf one;

	while (rbuf_left(in) > 2) {
		one = rbuf_sub(in, rbuf_u16(in));
		if (rbuf_ok(&one))
			add(&set, one.p, one.len);
	}
	try_set(&set);
}

/* Good ones, edited; signed again but for those that the flags name. */
static void
try_edited(struct rbuf *in, uint8_t flags)
{
	const struct pki_cert *good[] = { leaf, inter, root };
	const struct pki_cert *by[] = { inter, root, root };
	struct cert_set set = CERT_SET_INIT;
	static uint8_t der[DER_MAX];
	uint8_t *tbs;
	size_t i, len;
	int n;

	for (i = 0; i < 3; i++) {
		tbs = NULL;
		n = i2d_re_X509_tbs(good[i]->x, &tbs);
		len = template(in, !(flags & 1u << i), good[i]->der, good[i]->len, tbs, n,
		    by[i], der);
		add(&set, der, len);
	}
	try_set(&set);
}

/* Those that OpenSSL or we look into. */
static const int extensions[] = {
	NID_basic_constraints, NID_key_usage, NID_ext_key_usage,
	NID_subject_alt_name, NID_name_constraints, NID_certificate_policies,
	NID_policy_constraints, NID_policy_mappings, NID_inhibit_any_policy,
	NID_crl_distribution_points, NID_info_access, NID_subject_key_identifier,
	NID_authority_key_identifier, NID_issuer_alt_name, NID_freshest_crl,
	NID_sbgp_ipAddrBlock, NID_sbgp_autonomousSysNum, NID_netscape_cert_type,
	NID_proxyCertInfo, NID_tlsfeature,
};
#define N_EXTENSIONS	(sizeof(extensions) / sizeof(extensions[0]))

static void
set_extension(X509 *x, struct rbuf *in)
{
	unsigned int what = rbuf_u8(in), size = rbuf_u8(in);
	int nid = extensions[(what & 0x3f) % N_EXTENSIONS];
	int at = X509_get_ext_by_NID(x, nid, -1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *ext;
	const uint8_t *p;

	if (at >= 0 && !(what & 0x40))
		X509_EXTENSION_free(X509_delete_ext(x, at));
	if (size > rbuf_left(in))
		size = (unsigned int)rbuf_left(in);
	p = rbuf_bytes(in, size);
	if (p != NULL && ASN1_OCTET_STRING_set(value, p, (int)size)) {
		ext = X509_EXTENSION_create_by_NID(NULL, nid, what >= 0x80, value);
		X509_add_ext(x, ext, -1);
		X509_EXTENSION_free(ext);
	}
	ASN1_OCTET_STRING_free(value);
}

/* Good but for their extensions, and signed. */
static void
try_extensions(struct rbuf *in)
{
	struct cert_set set = CERT_SET_INIT;
	unsigned int n;
	uint8_t *der;
	X509 *x;
	int i, len;

	for (i = 0; i < 2; i++) {
		x = X509_dup(i == 0 ? leaf->x : inter->x);
		must(x != NULL);
		for (n = rbuf_u8(in) % 5; n > 0 && rbuf_left(in) > 1; n--)
			set_extension(x, in);
		der = NULL;
		if (X509_sign(x, i == 0 ? inter->key : root->key, NULL) > 0 &&
		    (len = i2d_X509(x, &der)) > 0)
			add(&set, der, (size_t)len);
		OPENSSL_free(der);
		X509_free(x);
	}
	try_set(&set);
}

/* --- CRLs --- */

static void
try_crl(const uint8_t *p, size_t len)
{
	struct err e = ERR_INIT;
	struct crl_entry en;
	struct crl *c;

	if (crl_parse(crypto, p, len, &c, &e) < 0) {
		must_say(&e);
		return;
	}
	must_print(crl_issuer_str(c));
	must_print(crl_number_str(c));
	must(crl_octets(c) >= len || p[0] != 0x30);
	must(crl_n_entries(c) <= len / 5);
	must(!crl_newer(c, c));
	(void)crl_this_update(c);
	must(crl_next_update(c) > 0);
	if (crl_check_signed(c, inter_cert, &e) < 0)
		must_say(&e);
	if (crl_check_signed(c, rsa_cert, &e) < 0)
		must_say(&e);
	if (crl_check_fresh(c, PKI_NOW, &e) < 0)
		must_say(&e);
	if (crl_covers(c, leaf_cert, &e) < 0 || crl_covers(c, inter_cert, &e) < 0)
		must_say(&e);
	if (crl_revoked(c, leaf_cert, &en) && en.reason != NULL)
		must_print(en.reason);
	(void)crl_revoked(c, root_cert, &en);
	crl_free(c);
}

static void
try_edited_crl(struct rbuf *in, bool again)
{
	const unsigned char *p = crl.p;
	X509_CRL *x = d2i_X509_CRL(NULL, &p, (long)crl.len);
	static uint8_t der[DER_MAX];
	uint8_t *tbs = NULL;
	size_t len;
	int n;

	must(x != NULL);
	n = i2d_re_X509_CRL_tbs(x, &tbs);
	X509_CRL_free(x);
	len = template(in, again, crl.p, crl.len, tbs, n, inter, der);
	try_crl(der, len);
}

/* --- OCSP --- */

static void
try_ocsp(const uint8_t *p, size_t len)
{
	struct ocsp_answer a;
	struct err e = ERR_INIT;

	if (ocsp_check(crypto, p, len, leaf_cert, inter_cert, PKI_NOW, &a, &e) < 0) {
		must_say(&e);
		must(a.status == OCSP_UNKNOWN && a.this_update == 0);
		return;
	}
	must(a.status == OCSP_GOOD || a.status == OCSP_REVOKED ||
	    a.status == OCSP_UNKNOWN);
	must(a.status == OCSP_REVOKED || a.next_update == 0 ||
	    a.next_update > PKI_NOW);
}

/* Around what is signed: SEQUENCE { successful, [0] { basic, OCTET STRING }}. */
static size_t
wrap_answer(uint8_t *der, size_t len)
{
	static const uint8_t head[] = { 0x06, 0x09, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07,
	    0x30, 0x01, 0x01 };
	static const uint8_t good[] = { 0x0a, 0x01, 0x00 };
	static uint8_t a[DER_MAX], b[DER_MAX];
	struct wbuf w;

	wbuf_init(&w, a, sizeof(a));
	wbuf_bytes(&w, head, sizeof(head));
	put_tlv(&w, 0x04, der, len);
	len = w.len;
	wbuf_init(&w, b, sizeof(b));
	put_tlv(&w, 0x30, a, len);
	len = w.len;
	wbuf_init(&w, a, sizeof(a));
	wbuf_bytes(&w, good, sizeof(good));
	put_tlv(&w, 0xa0, b, len);
	len = w.len;
	wbuf_init(&w, der, DER_MAX);
	put_tlv(&w, 0x30, a, len);
	return wbuf_ok(&w) ? w.len : 0;
}

static void
try_edited_ocsp(struct rbuf *in, bool again)
{
	const unsigned char *p = answer.p;
	OCSP_RESPONSE *r = d2i_OCSP_RESPONSE(NULL, &p, (long)answer.len);
	OCSP_BASICRESP *basic = r != NULL ? OCSP_response_get1_basic(r) : NULL;
	static uint8_t der[DER_MAX];
	uint8_t *tbs = NULL;
	size_t len;
	int n;

	must(basic != NULL);
	n = i2d_OCSP_RESPDATA((OCSP_RESPDATA *)(uintptr_t)
	    OCSP_resp_get0_respdata(basic), &tbs);
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(r);
	len = template(in, again, answer.p, answer.len, tbs, n, inter, der);
	if (again)
		len = wrap_answer(der, len);
	try_ocsp(der, len);
}

/* --- signatures --- */

static void
try_signature(struct rbuf *in)
{
	const struct cert *certs[] = { leaf_cert, rsa_cert, p256_cert };
	static const struct iov octets = { "octets", 6 };
	struct rbuf id = rbuf_sub(in, rbuf_u8(in));
	const struct sign_alg *a;
	struct err e = ERR_INIT;
	const uint8_t *sig;
	size_t i, n, len;

	if (!rbuf_ok(&id))
		return;
	a = sign_from_algid(id.p, id.len, &e);
	if (a == NULL)
		must_say(&e);
	else
		must(a->method == SIGN_METHOD_DIGITAL && a->algid_len > 0);
	len = rbuf_left(in);
	sig = rbuf_bytes(in, len);
	for (n = SIGN_NONE + 1; n < SIGN_N; n++)
		for (i = 0; i < 3; i++) {
			must(sign_verify(crypto, certs[i], sign_alg(n), &octets, 1, sig,
			    len, &e) < 0);
			must_say(&e);
		}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rbuf in;
	uint8_t what;

	if (crypto == NULL)
		make_all();
	rbuf_init(&in, data, size);
	what = rbuf_u8(&in);
	if (!rbuf_ok(&in))
		return 0;
	switch (what & 7) {
	case 0:
		try_raw(&in);
		break;
	case 1:
		try_edited(&in, what >> 3);
		break;
	case 2:
	case 3:
		try_extensions(&in);
		break;
	case 4:
		try_edited_crl(&in, !(what & 8));
		break;
	case 5:
		try_edited_ocsp(&in, !(what & 8));
		break;
	case 6:
		try_signature(&in);
		break;
	case 7:
		if (what & 8)
			try_crl(data + 1, size - 1);
		else
			try_ocsp(data + 1, size - 1);
		break;
	}
	return 0;
}
