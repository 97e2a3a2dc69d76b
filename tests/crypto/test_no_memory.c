/*
 * crypto: certificates, chains, CRLs, OCSP answers and signatures while each
 * allocation of OpenSSL's fails in turn: nothing crashes or leaks, and nobody is
 * believed who would not be with more memory.
 */
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/ocsp.h>

#include "crypto/chain.h"
#include "crypto/crl.h"
#include "crypto/ocsp.h"
#include "crypto/sign.h"
#include "tests/pki/pki.h"
#include "tests/unit.h"

#define MAKE(...) pki_make(&(struct pki_spec){ __VA_ARGS__ })

/* --- memory --- */

static long left = -1;			/* allocations until one fails; -1: never */
static int failed;

static int
fails(void)
{
	if (left < 0 || left-- > 0)
		return 0;
	failed = 1;
	return 1;
}

static void *
some(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return n == 0 || fails() ? NULL : malloc(n);
}

static void *
more(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	if (n == 0) {
		free(p);
		return NULL;
	}
	return fails() ? NULL : realloc(p, n);
}

static void
none(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

/* --- what is tried --- */

static struct crypto *c;
static struct pki_cert *root, *inter, *leaf, *bad_purpose, *bad_name, *forged;
static struct cert *anchor, *issuer, *own, *other_purpose;
static struct pki_bytes list, answer;

static struct cert *
parse(const struct pki_cert *p)
{
	struct cert *cert;

	if (cert_parse(c, p->der, p->len, &cert, NULL) < 0)
		exit(1);
	return cert;
}

static void
make_all(void)
{
	const struct pki_cert *one[] = { NULL, NULL };

	if (c != NULL)
		return;
	if (crypto_new(&c, NULL) < 0)
		exit(1);
	root = pki_root("CN=Root");
	inter = MAKE(.kind = PKI_CA, .subject = "CN=Inter", .issuer = root,
	    .ext = "nameConstraints = permitted;DNS:example.com\n"
	    "certificatePolicies = 1.2.3.4");
	leaf = MAKE(.subject = "CN=gw", .issuer = inter, .san = "DNS:gw.example.com",
	    .crl = "http://a/b", .ocsp = "http://a/c",
	    .ext = "extendedKeyUsage = serverAuth");
	bad_purpose = MAKE(.subject = "CN=x", .issuer = inter,
	    .ext = "extendedKeyUsage = codeSigning");
	bad_name = MAKE(.subject = "CN=x", .issuer = inter, .san = "DNS:a.org");
	forged = MAKE(.subject = "CN=x", .issuer = inter, .sign_key = root->key);
	one[0] = leaf;
	list = pki_crl(&(struct pki_crl_spec){ .issuer = inter, .revoked = one });
	answer = pki_ocsp(&(struct pki_ocsp_spec){ .cert = leaf, .issuer = inter,
	    .status = V_OCSP_CERTSTATUS_REVOKED });
	anchor = parse(root);
	issuer = parse(inter);
	own = parse(leaf);
	other_purpose = parse(bad_purpose);
}

static int
chain_of(const struct pki_cert *peer)
{
	struct cert_set set = CERT_SET_INIT;
	struct cert_chain chain;
	struct err e = ERR_INIT;
	int ret;

	ret = cert_set_add(&set, c, peer->der, peer->len, &e);
	if (ret == 0)
		ret = cert_set_add(&set, c, inter->der, inter->len, &e);
	if (ret == 0)
		ret = cert_chain_verify(c, anchor, set.cert, set.n, PKI_NOW, &chain,
		    &e);
	CU_ASSERT(ret == 0 || e.text[0] != '\0');
	cert_set_fini(&set);
	return ret;
}

/* Reads the extension again: what cannot be read allows nothing. */
static int
try_usage(void)
{
	return cert_may_ike(other_purpose) ? 0 : -1;
}

static int try_good(void) { return chain_of(leaf); }
static int try_purpose(void) { return chain_of(bad_purpose); }
static int try_name(void) { return chain_of(bad_name); }
static int try_forged(void) { return chain_of(forged); }

/* 0: it says that the certificate is revoked. */
static int
try_crl(void)
{
	struct crl_entry en;
	struct crl *crl;
	int ret;

	if (crl_parse(c, list.p, list.len, &crl, NULL) < 0)
		return -1;
	ret = crl_check_signed(crl, issuer, NULL);
	if (ret == 0 && !crl_revoked(crl, own, &en))
		ret = -2;
	crl_free(crl);
	return ret;
}

static int
try_ocsp(void)
{
	struct ocsp_answer a;

	if (ocsp_check(c, answer.p, answer.len, own, issuer, PKI_NOW, &a, NULL) < 0)
		return -1;
	return a.status == OCSP_REVOKED ? 0 : -2;
}

static int
try_signature(void)
{
	static const struct iov octets = { "octets", 6 };
	const struct sign_alg *a = sign_alg(SIGN_ECDSA_P256);
	uint8_t sig[SIGN_MAX];
	size_t len;

	if (sign_make(c, leaf->key, a, &octets, 1, sig, &len, NULL) < 0 ||
	    sign_from_algid(sign_alg(SIGN_RSA_PSS_SHA256)->algid,
	    sign_alg(SIGN_RSA_PSS_SHA256)->algid_len, NULL) == NULL)
		return -1;
	return sign_verify(c, own, a, &octets, 1, sig, len, NULL);
}

/* Until none fails any more; want: what comes out then.  Before, 0 comes only
 * where it does then, and never something in between. */
static void
each_fails(int (*try)(void), int want)
{
	int ret, refused = 0;
	long n;

	make_all();
	CU_ASSERT_EQUAL(try(), want);
	/* All at first; a chain has thousands, and every ninth will do. */
	for (n = 0; n < 20000; n += n < 400 ? 1 : 9) {
		left = n;
		failed = 0;
		ret = try();
		left = -1;
		if (!failed)
			break;
		refused += ret < 0;
		CU_ASSERT(ret == -1 || ret == want);
	}
	CU_ASSERT(n > 0 && n < 20000 && refused > 0);
	CU_ASSERT_EQUAL(ret, want);
	CU_ASSERT_EQUAL(try(), want);
}

static void test_good(void) { each_fails(try_good, 0); }
static void test_usage(void) { each_fails(try_usage, -1); }
static void test_purpose(void) { each_fails(try_purpose, -1); }
static void test_name(void) { each_fails(try_name, -1); }
static void test_forged(void) { each_fails(try_forged, -1); }
static void test_crl(void) { each_fails(try_crl, 0); }
static void test_ocsp(void) { each_fails(try_ocsp, 0); }
static void test_signature(void) { each_fails(try_signature, 0); }

static void
done(void)
{
	cert_free(anchor);
	cert_free(issuer);
	cert_free(own);
	cert_free(other_purpose);
	pki_free_all();
	crypto_free(c);
}

static const struct unit_test tests[] = {
	{ "a good chain", test_good },
	{ "one for another purpose", test_purpose },
	{ "the purpose alone", test_usage },
	{ "one with a name ruled out", test_name },
	{ "a forged one", test_forged },
	{ "a CRL that lists it", test_crl },
	{ "an OCSP answer that it is revoked", test_ocsp },
	{ "signatures", test_signature },
	{ "all is freed", done },
};

int
main(void)
{
	/* Before OpenSSL has any. */
	if (!CRYPTO_set_mem_functions(some, more, none)) {
		fprintf(stderr, "OpenSSL keeps its own memory\n");
		return 1;
	}
	return unit_run("crypto: no memory", tests, sizeof(tests) / sizeof(tests[0]));
}
