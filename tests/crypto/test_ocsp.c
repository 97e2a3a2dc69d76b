/* crypto/ocsp: questions, and which answers are believed. */
#include "crypto/ocsp.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/ocsp.h>

#include "tests/crypto/need.h"
#include "tests/pki/pki.h"
#include "tests/unit.h"

#define MAKE(...) pki_make(&(struct pki_spec){ __VA_ARGS__ })
#define DAY	PKI_DAY

static struct crypto *c;
static struct pki_cert *root, *gw, *other, *stranger;

static void
need(void)
{
	need_crypto(&c);
	if (root != NULL)
		return;
	root = pki_root("CN=Root");
	gw = pki_leaf(root, "CN=gw", NULL);
	other = pki_leaf(root, "CN=other", NULL);
	stranger = pki_root("CN=Root");
}

static int
ask(struct pki_ocsp_spec s, struct ocsp_answer *a, struct err *e)
{
	struct cert *cert, *issuer;
	struct pki_bytes b;
	int ret;

	need();
	s.cert = s.cert != NULL ? s.cert : gw;
	s.issuer = s.issuer != NULL ? s.issuer : root;
	b = pki_ocsp(&s);
	cert = pki_parse(c, gw);
	issuer = pki_parse(c, root);
	ret = ocsp_check(c, b.p, b.len, cert, issuer, PKI_NOW, a, e);
	cert_free(cert);
	cert_free(issuer);
	return ret;
}

#define ASK(a, e, ...) ask((struct pki_ocsp_spec){ __VA_ARGS__ }, a, e)
#define REFUSED(want, ...) do { \
	struct ocsp_answer a_; \
	struct err e_ = ERR_INIT; \
	int ret_ = ASK(&a_, &e_, __VA_ARGS__); \
 \
	CU_ASSERT(ret_ < 0 && strstr(e_.text, want) != NULL); \
	if (ret_ == 0 || strstr(e_.text, want) == NULL) \
		printf("\n    line %d: %s\n", __LINE__, e_.text); \
} while (0)

static void
test_request(void)
{
	uint8_t buf[OCSP_REQUEST_MAX];
	const unsigned char *p = buf;
	struct cert *cert, *issuer;
	OCSP_REQUEST *r;
	OCSP_CERTID *id;
	size_t len;

	need();
	cert = pki_parse(c, gw);
	issuer = pki_parse(c, root);
	len = ocsp_request(c, cert, issuer, buf);
	CU_ASSERT(len > 0);
	r = d2i_OCSP_REQUEST(NULL, &p, (long)len);
	CU_ASSERT(r != NULL && p == buf + len);
	CU_ASSERT_EQUAL(OCSP_request_onereq_count(r), 1);
	CU_ASSERT(OCSP_REQUEST_get_ext_count(r) == 0);		/* no nonce */
	id = OCSP_cert_to_id(EVP_sha1(), gw->x, root->x);
	CU_ASSERT_EQUAL(OCSP_id_cmp(id, OCSP_onereq_get0_id(
	    OCSP_request_onereq_get0(r, 0))), 0);
	OCSP_CERTID_free(id);
	OCSP_REQUEST_free(r);
	cert_free(cert);
	cert_free(issuer);
}

static void
test_answers(void)
{
	struct err e = ERR_INIT;
	struct ocsp_answer a;

	CU_ASSERT_EQUAL(ASK(&a, &e, .status = V_OCSP_CERTSTATUS_GOOD), 0);
	CU_ASSERT(a.status == OCSP_GOOD && a.this_update == PKI_NOW - 3600 &&
	    a.next_update == PKI_NOW + DAY && a.reason == NULL);
	CU_ASSERT_EQUAL(ASK(&a, &e, .status = V_OCSP_CERTSTATUS_UNKNOWN), 0);
	CU_ASSERT_EQUAL(a.status, OCSP_UNKNOWN);
	CU_ASSERT_EQUAL(ASK(&a, &e, .status = V_OCSP_CERTSTATUS_REVOKED,
	    .reason = OCSP_REVOKED_STATUS_KEYCOMPROMISE), 0);
	CU_ASSERT(a.status == OCSP_REVOKED && a.when == PKI_NOW - 2 * DAY);
	CU_ASSERT_STRING_EQUAL(a.reason, "its key is compromised");
	CU_ASSERT_EQUAL(ASK(&a, &e, .status = V_OCSP_CERTSTATUS_REVOKED,
	    .reason = OCSP_REVOKED_STATUS_UNSPECIFIED), 0);
	CU_ASSERT(a.status == OCSP_REVOKED && a.reason == NULL);
}

static void
test_times(void)
{
	struct err e = ERR_INIT;
	struct ocsp_answer a;

	CU_ASSERT_EQUAL(ASK(&a, &e, .last = PKI_NOW, .next = PKI_NOW + 1), 0);
	CU_ASSERT_EQUAL(ASK(&a, &e, .last = PKI_NOW + 300, .next = PKI_NOW + DAY), 0);
	REFUSED("is in force only from 2026-01-01 00:05:01 UTC",
	    .last = PKI_NOW + 301, .next = PKI_NOW + DAY);
	REFUSED("expired on 2026-01-01 00:00:00 UTC", .last = PKI_NOW - DAY,
	    .next = PKI_NOW);
	/* Without nextUpdate: for a day. */
	CU_ASSERT_EQUAL(ASK(&a, &e, .last = PKI_NOW - DAY, .no_next = 1), 0);
	CU_ASSERT_EQUAL(a.next_update, 0);
	REFUSED("is too old, of", .last = PKI_NOW - DAY - 1, .no_next = 1);
	/* Revoked is for ever. */
	CU_ASSERT_EQUAL(ASK(&a, &e, .status = V_OCSP_CERTSTATUS_REVOKED,
	    .last = PKI_NOW - 9 * DAY, .next = PKI_NOW - 8 * DAY), 0);
	CU_ASSERT_EQUAL(a.status, OCSP_REVOKED);
}

/* By the CA, or by who has a certificate for it from the CA. */
static void
test_signers(void)
{
	static const char ocsp[] = "extendedKeyUsage = OCSPSigning";
	struct err e = ERR_INIT;
	struct ocsp_answer a;
	struct pki_cert *inter;

	need();
	CU_ASSERT_EQUAL(ASK(&a, &e, .signer = MAKE(.subject = "CN=ocsp",
	    .issuer = root, .ext = ocsp)), 0);
	REFUSED("is signed neither by CN=Root nor by whom it lets", .signer = other);
	REFUSED("is signed neither by", .signer = MAKE(.subject = "CN=ocsp",
	    .issuer = stranger, .ext = ocsp));
	REFUSED("is signed neither by", .signer = stranger);
	REFUSED("is signed neither by", .signer = MAKE(.subject = "CN=ocsp",
	    .issuer = root, .ext = ocsp, .to = PKI_NOW - DAY));
	REFUSED("is signed neither by", .signer = MAKE(.subject = "CN=ocsp",
	    .issuer = root, .ext = ocsp, .key = "rsa1024"));
	/* For another CA's certificates its certificate does not count. */
	inter = pki_inter(root, "CN=Inter");
	REFUSED("is signed neither by", .signer = MAKE(.subject = "CN=ocsp",
	    .issuer = inter, .ext = ocsp));
	REFUSED("is signed with ECDSA with SHA-1, which can be forged", .md = "SHA1");
}

static void
test_other(void)
{
	struct pki_ocsp_spec s;
	struct ocsp_answer a;
	struct err e = ERR_INIT;
	struct cert *cert, *issuer;
	struct pki_bytes b;

	need();
	REFUSED("is about another certificate", .cert = other);
	/* The same serial number under another key of the same name. */
	REFUSED("is signed neither by", .issuer = stranger, .signer = root);
	REFUSED("is signed neither by", .issuer = stranger);
	REFUSED("answers 'trylater'",
	    .error = OCSP_RESPONSE_STATUS_TRYLATER);
	REFUSED("answers 'unauthorized'",
	    .error = OCSP_RESPONSE_STATUS_UNAUTHORIZED);
	s = (struct pki_ocsp_spec){ .cert = gw, .issuer = root };
	b = pki_ocsp(&s);
	cert = pki_parse(c, gw);
	issuer = pki_parse(c, root);
	CU_ASSERT(ocsp_check(c, b.p, b.len - 1, cert, issuer, PKI_NOW, &a, &e) < 0);
	CU_ASSERT(strstr(e.text, "is no OCSP answer, or a damaged one") != NULL);
	CU_ASSERT(ocsp_check(c, b.p, 0, cert, issuer, PKI_NOW, &a, &e) < 0);
	CU_ASSERT(ocsp_check(c, b.p, OCSP_ANSWER_MAX + 1, cert, issuer, PKI_NOW, &a,
	    &e) < 0);
	b.p[b.len - 1] ^= 1;
	CU_ASSERT(ocsp_check(c, b.p, b.len, cert, issuer, PKI_NOW, &a, &e) < 0);
	CU_ASSERT(strstr(e.text, "is signed neither by") != NULL);
	CU_ASSERT_EQUAL(a.this_update, 0);
	cert_free(cert);
	cert_free(issuer);
}

static void
done(void)
{
	pki_free_all();
	crypto_free(c);
	c = NULL;
}

UNIT_MAIN("crypto/ocsp",
	{ "the question", test_request },
	{ "good, revoked, unknown", test_answers },
	{ "how long an answer holds", test_times },
	{ "who may answer", test_signers },
	{ "what is no answer", test_other },
	{ "all is freed", done })
