/*
 * crypto/chain: paths from a peer's certificate to the CA of a tunnel.  The cases
 * are those that path building and validation are known to get wrong (RFC 5280 6,
 * the x509-limbo collection, RFC 4945): OpenSSL decides, what is tested is how it
 * is used, and what is said.
 */
#include "paths.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>

#include "tests/crypto/need.h"
#include "tests/unit.h"

#define DAY	PKI_DAY

static struct pki_cert *root, *inter, *leaf, *stranger;

static void
need_pki(void)
{
	if (root != NULL)
		return;
	root = pki_root("CN=Root");
	inter = pki_inter(root, "CN=Inter");
	leaf = pki_leaf(inter, "CN=gw", "DNS:gw.example.com");
	stranger = pki_root("CN=Stranger");
}

/* Plain paths, whatever the order, whatever else is sent. */
static void
test_plain(void)
{
	struct pki_cert *direct, *two;

	need_pki();
	direct = pki_leaf(root, "CN=direct", NULL);
	two = pki_leaf(pki_inter(inter, "CN=Second"), "CN=deep", NULL);
	TRUSTED(2, root, direct);
	TRUSTED(3, root, leaf, inter);
	TRUSTED(2, root, direct, inter, stranger, leaf);
	TRUSTED(3, root, leaf, stranger, root, inter);
	/* An intermediate CA may be the one that is trusted, and then only what
	 * it signed is. */
	TRUSTED(2, inter, leaf);
	TRUSTED(2, inter, leaf, inter, root);
	REFUSED("\"CN=direct\" is signed by \"CN=Root\", this tunnel trusts "
	    "\"CN=Inter\"; set ca to the one which signed it", inter, direct, root);
	REFUSED("certificate \"CN=deep\" is signed by \"CN=Second\", this tunnel "
	    "trusts \"CN=Root\"", root, two, inter);
	REFUSED("certificate \"CN=Inter\", from which \"CN=gw\" comes, is signed by "
	    "\"CN=Root\", this tunnel trusts \"CN=Stranger\"", stranger, leaf,
	    inter);
	REFUSED("certificate \"CN=Inter\", from which \"CN=gw\" comes, is signed by "
	    "\"CN=Root\", this tunnel trusts \"CN=Stranger\"", stranger, leaf, inter,
	    root);
	REFUSED("certificate \"CN=gw\" is signed by \"CN=Inter\"", root, leaf);
}

/* The peer's own certificate is the one trusted, or signs itself. */
static void
test_pinned(void)
{
	struct pki_cert *self;

	need_pki();
	self = MAKE(.subject = "CN=self");
	TRUSTED(1, self, self);
	REFUSED("\"CN=self\" is signed by itself, this tunnel trusts \"CN=Root\"",
	    root, self);
	TRUSTED(1, leaf, leaf);
}

static void
test_limits(void)
{
	struct cert_set set = CERT_SET_INIT;
	struct pki_cert *huge, *c = NULL;
	struct cert_chain chain;
	struct err e = ERR_INIT;
	struct cert *ca;
	static char ext[20000];
	size_t i, at;

	need_pki();
	need_crypto(&paths_crypto);
	for (i = 0; i < CHAIN_CERTS_MAX; i++) {
		c = pki_leaf(root, "CN=x", NULL);
		CU_ASSERT_EQUAL(cert_set_add(&set, paths_crypto, c->der, c->len,
		    &e), 0);
		CU_ASSERT_EQUAL(set.n, i + 1);
	}
	CU_ASSERT(cert_set_add(&set, paths_crypto, c->der, c->len, &e) < 0);
	CU_ASSERT(strstr(e.text, "more than 10 certificates") != NULL);
	cert_set_fini(&set);
	CU_ASSERT_EQUAL(set.n, 0);
	/* The same again counts once. */
	for (i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(cert_set_add(&set, paths_crypto, c->der, c->len,
		    &e), 0);
	CU_ASSERT_EQUAL(set.n, 1);
	cert_set_fini(&set);
	at = (size_t)snprintf(ext, sizeof(ext), "1.2.3.4 = ASN1:UTF8:");
	memset(ext + at, 'x', 15000);
	for (i = 0; i < 4; i++) {
		huge = MAKE(.subject = "CN=huge", .ext = ext);
		CU_ASSERT(huge->len > 15000 && huge->len < CERT_MAX);
		CU_ASSERT_EQUAL(cert_set_add(&set, paths_crypto, huge->der,
		    huge->len, &e), 0);
	}
	huge = MAKE(.subject = "CN=huge", .ext = ext);
	CU_ASSERT(cert_set_add(&set, paths_crypto, huge->der, huge->len, &e) < 0);
	CU_ASSERT(strstr(e.text, "more than 65536 octets") != NULL);
	CU_ASSERT_EQUAL(cert_parse(paths_crypto, root->der, root->len, &ca, &e), 0);
	CU_ASSERT(cert_chain_verify(paths_crypto, ca, set.cert, 0, PKI_NOW, &chain,
	    &e) < 0);
	CU_ASSERT(strstr(e.text, "sent no certificate") != NULL);
	cert_free(ca);
	cert_set_fini(&set);
}

static void
test_validity(void)
{
	const struct pki_cert *one[] = { NULL, NULL };
	struct pki_cert *old, *young, *oldinter, *oldroot;

	need_pki();
	old = MAKE(.subject = "CN=old", .issuer = root, .from = PKI_NOW - 9 * DAY,
	    .to = PKI_NOW - 2 * DAY);
	young = MAKE(.subject = "CN=young", .issuer = root, .from = PKI_NOW + 3600,
	    .to = PKI_NOW + DAY);
	oldinter = MAKE(.kind = PKI_CA, .subject = "CN=Old", .issuer = root,
	    .from = PKI_NOW - 9 * DAY, .to = PKI_NOW - 60);
	oldroot = MAKE(.kind = PKI_CA, .subject = "CN=Old Root",
	    .from = PKI_NOW - 9 * DAY, .to = PKI_NOW - 1);
	REFUSED("certificate \"CN=old\" expired 2 days ago, on 2025-12-30 00:00:00 "
	    "UTC; it must be renewed (or is the clock of this machine wrong? It says "
	    "2026-01-01 00:00:00 UTC)", root, old);
	REFUSED("\"CN=young\" is valid only from 2026-01-01 01:00:00 UTC, in 1 hour; "
	    "is the clock of this machine right?", root, young);
	REFUSED("\"CN=Old\" expired 1 minute ago", root,
	    pki_leaf(oldinter, "CN=x", NULL), oldinter);
	REFUSED("\"CN=Old Root\" expired 1 second ago", oldroot,
	    pki_leaf(oldroot, "CN=x", NULL));
	/* To the second. */
	one[0] = old;
	paths_check(__LINE__, PKI_NOW - 2 * DAY - 1, root, one, NULL, 2);
	paths_check(__LINE__, PKI_NOW - 2 * DAY, root, one, "expired 0 seconds", 0);
	paths_check(__LINE__, PKI_NOW - 9 * DAY, root, one, NULL, 2);
	paths_check(__LINE__, PKI_NOW - 9 * DAY - 1, root, one, "is valid only", 0);
	/* RFC 5280 4.1.2.5: 99991231235959Z, and GeneralizedTime from 2050 on. */
	TRUSTED(2, root, MAKE(.subject = "CN=ever", .issuer = root,
	    .from = PKI_NOW - DAY, .to = 253402300799));
}

/* Of two certificates of one CA the one that is valid leads to the root, in
 * whatever order they come. */
static void
test_expired_alternative(void)
{
	struct pki_cert *old, *renewed;

	need_pki();
	old = MAKE(.kind = PKI_CA, .subject = "CN=Inter", .issuer = root,
	    .use_key = inter->key, .from = PKI_NOW - 9 * DAY, .to = PKI_NOW - DAY);
	renewed = MAKE(.kind = PKI_CA, .subject = "CN=Inter", .issuer = root,
	    .use_key = inter->key, .from = PKI_NOW - DAY, .to = PKI_NOW + DAY);
	TRUSTED(3, root, leaf, old, inter);
	TRUSTED(3, root, leaf, inter, old);
	TRUSTED(3, root, leaf, old, renewed);
	REFUSED("\"CN=Inter\" expired 1 day ago", root, leaf, old);
	/* The root, renewed with its key: either will do. */
	TRUSTED(3, MAKE(.kind = PKI_CA, .subject = "CN=Root", .use_key = root->key),
	    leaf, inter);
}

/* Four by four of them, and only the last of each valid: those that are valid now
 * are tried first, for not all 16 paths will be. */
static void
test_many_expired(void)
{
	const struct pki_cert *peers[10] = { NULL };
	struct pki_cert *upper, *lower;
	size_t i;

	need_pki();
	upper = pki_inter(root, "CN=Upper");
	lower = pki_inter(upper, "CN=Lower");
	peers[0] = pki_leaf(lower, "CN=x", NULL);
	for (i = 0; i < 3; i++) {
		peers[1 + i] = MAKE(.kind = PKI_CA, .subject = "CN=Upper",
		    .issuer = root, .use_key = upper->key,
		    .from = PKI_NOW - 9 * DAY, .to = PKI_NOW - DAY);
		peers[4 + i] = MAKE(.kind = PKI_CA, .subject = "CN=Lower",
		    .issuer = upper, .use_key = lower->key,
		    .from = PKI_NOW - 9 * DAY, .to = PKI_NOW - DAY);
	}
	peers[7] = upper;
	peers[8] = lower;
	paths_check(__LINE__, PKI_NOW, root, peers, NULL, 4);
}

/* One CA, certified by two others; and CAs that certify each other. */
static void
test_cross_signed(void)
{
	struct pki_cert *theirs, *a, *b, *ab, *ba, *x;

	need_pki();
	theirs = MAKE(.kind = PKI_CA, .subject = "CN=Inter", .issuer = stranger,
	    .use_key = inter->key);
	TRUSTED(3, root, leaf, theirs, inter);
	TRUSTED(3, root, leaf, inter, theirs, stranger);
	TRUSTED(3, stranger, leaf, inter, theirs);
	TRUSTED(3, root, leaf, theirs, stranger, inter, root);
	a = pki_root("CN=A");
	b = pki_root("CN=B");
	ab = MAKE(.kind = PKI_CA, .subject = "CN=A", .issuer = b, .use_key = a->key);
	ba = MAKE(.kind = PKI_CA, .subject = "CN=B", .issuer = a, .use_key = b->key);
	x = pki_leaf(a, "CN=x", NULL);
	TRUSTED(2, a, x, ab, ba, b);
	TRUSTED(3, b, x, ab, ba, a);
	REFUSED("this tunnel trusts \"CN=Root\"", root, x, ab, ba);
	REFUSED("this tunnel trusts \"CN=Root\"", root, x, ab, ba, a, b);
	/* A dead end that looks better: A by B, B by nobody we trust. */
	TRUSTED(3, root, leaf, b, theirs, ab, inter, ba);
}

/* A root gets a new key, and certifies it with the old one (self-issued, RFC
 * 5280 6.1): names alone cannot tell the two, key identifiers can. */
static void
test_new_key(void)
{
	struct pki_cert *new_root, *with_old, *x;

	need_pki();
	new_root = pki_root("CN=Root");
	with_old = MAKE(.kind = PKI_CA, .subject = "CN=Root", .issuer = root,
	    .use_key = new_root->key);
	x = pki_leaf(new_root, "CN=x", NULL);
	TRUSTED(3, root, x, with_old);
	TRUSTED(2, new_root, x, with_old);
	TRUSTED(2, new_root, x);
	REFUSED("certificate \"CN=x\" is signed by another key of \"CN=Root\" than "
	    "that of the CA this tunnel trusts; was the CA renewed", root, x);
	REFUSED("certificate \"CN=x\" is signed by another key of \"CN=Root\"", root,
	    x, new_root);
	/* Without an identifier in what they signed the wrong key is tried, and
	 * another way found. */
	x = MAKE(.subject = "CN=x", .issuer = new_root,
	    .ext = "authorityKeyIdentifier = none");
	TRUSTED(3, root, x, with_old);
	TRUSTED(2, new_root, x, with_old);
	REFUSED("certificate \"CN=x\" is not signed by the key of \"CN=Root\", which "
	    "it names: the signature is wrong", root, x);
}

static void
test_path_length(void)
{
	struct pki_cert *zero, *below, *one, *rootzero, *same;

	need_pki();
	zero = MAKE(.kind = PKI_CA, .subject = "CN=Zero", .issuer = root,
	    .ext = "basicConstraints = critical,CA:TRUE,pathlen:0");
	below = pki_inter(zero, "CN=Below");
	TRUSTED(3, root, pki_leaf(zero, "CN=x", NULL), zero);
	REFUSED("CA \"CN=Zero\" may have 0 CAs below it (basicConstraints, path "
	    "length), but there are 1 down to certificate \"CN=x\"", root,
	    pki_leaf(below, "CN=x", NULL), below, zero);
	/* A CA's certificate as the last of the path does not count. */
	TRUSTED(3, root, MAKE(.kind = PKI_CA, .subject = "CN=ca", .issuer = zero,
	    .ext = "keyUsage = none"), zero);
	one = MAKE(.kind = PKI_CA, .subject = "CN=One", .issuer = root,
	    .ext = "basicConstraints = critical,CA:TRUE,pathlen:1");
	below = MAKE(.kind = PKI_CA, .subject = "CN=Below", .issuer = one,
	    .ext = "basicConstraints = critical,CA:TRUE,pathlen:5");
	TRUSTED(4, root, pki_leaf(below, "CN=x", NULL), below, one);
	/* Self-issued ones are not counted (RFC 5280 6.1.4 l). */
	same = MAKE(.kind = PKI_CA, .subject = "CN=Zero", .issuer = zero);
	TRUSTED(4, root, pki_leaf(same, "CN=x", NULL), same, zero);
	/* Of the one trusted, too. */
	rootzero = MAKE(.kind = PKI_CA, .subject = "CN=Rootzero",
	    .ext = "basicConstraints = critical,CA:TRUE,pathlen:0");
	below = pki_inter(rootzero, "CN=Below");
	TRUSTED(2, rootzero, pki_leaf(rootzero, "CN=x", NULL));
	REFUSED("CA \"CN=Rootzero\" may have 0 CAs", rootzero,
	    pki_leaf(below, "CN=x", NULL), below);
}

/* Who is no CA and signs all the same. */
static void
test_no_ca(void)
{
	struct pki_cert *c;

	need_pki();
	REFUSED("certificate \"CN=gw\" is no CA (basicConstraints), yet certificate "
	    "\"CN=x\" says it is signed by it", root,
	    pki_leaf(MAKE(.subject = "CN=gw", .issuer = inter,
	    .use_key = leaf->key, .ext = "keyUsage = none"), "CN=x", NULL),
	    MAKE(.subject = "CN=gw", .issuer = inter, .use_key = leaf->key,
	    .ext = "keyUsage = none"), inter);
	c = MAKE(.kind = PKI_CA, .subject = "CN=no", .issuer = root,
	    .ext = "basicConstraints = critical,CA:FALSE");
	REFUSED("certificate \"CN=no\" is no CA", root, pki_leaf(c, "CN=x", NULL), c);
	c = MAKE(.kind = PKI_CA, .subject = "CN=no", .issuer = root,
	    .ext = "basicConstraints = none");
	REFUSED("certificate \"CN=no\" is no CA", root, pki_leaf(c, "CN=x", NULL), c);
	c = MAKE(.kind = PKI_CA, .subject = "CN=v1", .issuer = root, .version = 1);
	REFUSED("certificate \"CN=v1\" is no CA", root, pki_leaf(c, "CN=x", NULL), c);
	c = MAKE(.kind = PKI_CA, .subject = "CN=no", .issuer = root,
	    .ext = "keyUsage = critical,digitalSignature,cRLSign");
	REFUSED("certificate \"CN=no\" has a key usage (digitalSignature, cRLSign) "
	    "that lacks keyCertSign", root, pki_leaf(c, "CN=x", NULL), c);
	c = MAKE(.kind = PKI_CA, .subject = "CN=no",
	    .ext = "keyUsage = critical,digitalSignature");
	REFUSED("lacks keyCertSign", c, pki_leaf(c, "CN=x", NULL));
	/* A root of version 1 says nothing of itself; who trusts it, does. */
	c = MAKE(.kind = PKI_CA, .subject = "CN=Old root", .version = 1);
	TRUSTED(2, c, pki_leaf(c, "CN=x", NULL));
	c = MAKE(.subject = "CN=No root", .ext = "keyUsage = none");
	REFUSED("certificate \"CN=No root\" is no CA", c, pki_leaf(c, "CN=x", NULL));
}

/* A CA's certificate as a peer's own: by its key usage, like any other. */
static void
test_leaf_is_ca(void)
{
	need_pki();
	REFUSED("certificate \"CN=Inter\" has a key usage (keyCertSign, cRLSign) that "
	    "lacks digitalSignature; it must be issued with it to sign for IKE", root,
	    inter);
	REFUSED("lacks digitalSignature", root, root);
	TRUSTED(2, root, MAKE(.kind = PKI_CA, .subject = "CN=x", .issuer = root,
	    .ext = "keyUsage = keyCertSign,digitalSignature"));
}

/* keyUsage and extendedKeyUsage of RFC 4945 5.1.3.2 and 5.1.3.12. */
static void
test_usages(void)
{
	static const struct { int line; const char *ext, *why; } rows[] = {
		{ __LINE__, "keyUsage = none", NULL },
		{ __LINE__, "keyUsage = nonRepudiation", NULL },
		{ __LINE__, "keyUsage = keyEncipherment", "has a key usage "
		    "(keyEncipherment) that lacks digitalSignature" },
		{ __LINE__, "extendedKeyUsage = serverAuth", NULL },
		{ __LINE__, "extendedKeyUsage = clientAuth,emailProtection", NULL },
		{ __LINE__, "extendedKeyUsage = 1.3.6.1.5.5.7.3.17", NULL },
		{ __LINE__, "extendedKeyUsage = 1.3.6.1.5.5.8.2.2", NULL },
		{ __LINE__, "extendedKeyUsage = critical,anyExtendedKeyUsage", NULL },
		{ __LINE__, "extendedKeyUsage = codeSigning", "is for codeSigning "
		    "only (extendedKeyUsage); for IKE it must be issued with "
		    "ipsecIKE" },
		{ __LINE__, "extendedKeyUsage = OCSPSigning,1.2.3.4",
		    "is for OCSPSigning, 1.2.3.4 only" },
	};
	struct pki_cert *c;
	size_t i;

	need_pki();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct pki_cert *peers[] = { MAKE(.subject = "CN=x",
		    .issuer = root, .ext = rows[i].ext), NULL };

		paths_check(rows[i].line, PKI_NOW, root, peers, rows[i].why, 2);
	}
	/* On an intermediate it bounds what is below; on the trusted one it is
	 * for who trusts it to judge. */
	c = MAKE(.kind = PKI_CA, .subject = "CN=Code", .issuer = root,
	    .ext = "extendedKeyUsage = codeSigning");
	REFUSED("certificate \"CN=Code\" is for codeSigning only", root,
	    pki_leaf(c, "CN=x", NULL), c);
	TRUSTED(2, c, pki_leaf(c, "CN=x", NULL));
	c = MAKE(.kind = PKI_CA, .subject = "CN=Ike", .issuer = root,
	    .ext = "extendedKeyUsage = clientAuth,serverAuth");
	TRUSTED(3, root, pki_leaf(c, "CN=x", NULL), c);
}

static void
test_critical(void)
{
	static const char critical[] = "1.2.3.4 = critical,ASN1:UTF8:x";
	struct pki_cert *c;

	need_pki();
	REFUSED("certificate \"CN=x\" has a critical extension (1.2.3.4) that Culvert "
	    "does not know, so that it must not be used", root,
	    MAKE(.subject = "CN=x", .issuer = root, .ext = critical));
	TRUSTED(2, root, MAKE(.subject = "CN=x", .issuer = root,
	    .ext = "1.2.3.4 = ASN1:UTF8:x"));
	c = MAKE(.kind = PKI_CA, .subject = "CN=Inter2", .issuer = root,
	    .ext = critical);
	REFUSED("certificate \"CN=Inter2\" has a critical extension", root,
	    pki_leaf(c, "CN=x", NULL), c);
	c = MAKE(.kind = PKI_CA, .subject = "CN=Root2", .ext = critical);
	REFUSED("certificate \"CN=Root2\" has a critical extension", c,
	    pki_leaf(c, "CN=x", NULL));
}

/* Names: empty ones, identifiers that lie, serial numbers nobody should use. */
static void
test_names(void)
{
	struct pki_cert *c;

	need_pki();
	TRUSTED(2, root, MAKE(.issuer = root, .san = "critical,DNS:gw.example.com"));
	TRUSTED(2, root, MAKE(.issuer = root, .san = "DNS:gw.example.com"));
	TRUSTED(2, root, MAKE(.issuer = root));
	c = MAKE(.kind = PKI_CA);		/* a CA without a name */
	REFUSED("certificate \"CN=x\" is signed by \"(no name)\"", root,
	    pki_leaf(c, "CN=x", NULL), c);
	REFUSED("certificate \"CN=x\" is signed by \"(no name)\"", c,
	    pki_leaf(c, "CN=x", NULL));
	/* Regardless of case, of blanks and of the kind of string. */
	TRUSTED(2, root, MAKE(.subject = "CN=x", .issuer = root,
	    .raw_issuer = X509_get_subject_name(pki_root("CN=  rOOT ")->x)));
	/* Without an identifier the name is enough; a wrong one names another
	 * key; one of issuer and serial number is checked as well. */
	TRUSTED(2, root, MAKE(.subject = "CN=x", .issuer = root,
	    .ext = "authorityKeyIdentifier = none"));
	REFUSED("signed by another key of \"CN=Root\"", root, MAKE(.subject = "CN=x",
	    .issuer = root, .ext = "authorityKeyIdentifier = DER:30:06:80:04:01:02:"
	    "03:04"));
	TRUSTED(2, root, MAKE(.subject = "CN=x", .issuer = root,
	    .ext = "authorityKeyIdentifier = issuer:always"));
	TRUSTED(2, root, MAKE(.subject = "CN=x", .issuer = root, .serial = "0"));
	TRUSTED(2, root, MAKE(.subject = "CN=x", .issuer = root, .serial = "-5"));
	TRUSTED(2, root, MAKE(.subject = "CN=x", .issuer = root,
	    .san = "DNS:*.example.com, DNS:*"));
}

/* RSA 1024, curves nobody chose, hashes that can be forged: of the peer, of a
 * CA, of the root. */
static void
test_weak(void)
{
	struct pki_cert *c;

	need_pki();
	REFUSED("certificate \"CN=x\" has a key of RSA 1024, which is too weak; issue "
	    "it for RSA 2048 or more, or ECDSA", root, MAKE(.subject = "CN=x",
	    .issuer = root, .key = "rsa1024"));
	REFUSED("has ECDSA secp256k1: Culvert takes RSA", root,
	    MAKE(.subject = "CN=x", .issuer = root, .key = "secp256k1"));
	REFUSED("has DSA 2048", root, MAKE(.subject = "CN=x", .issuer = root,
	    .key = "dsa2048"));
	c = MAKE(.kind = PKI_CA, .subject = "CN=Weak", .issuer = root,
	    .key = "rsa1024");
	REFUSED("certificate \"CN=Weak\" has a key of RSA 1024", root,
	    pki_leaf(c, "CN=x", NULL), c);
	c = MAKE(.kind = PKI_CA, .subject = "CN=Weak", .key = "rsa1024");
	REFUSED("certificate \"CN=Weak\" has a key of RSA 1024", c,
	    pki_leaf(c, "CN=x", NULL));
	REFUSED("certificate \"CN=x\" is signed by ECDSA with SHA-1, which is too "
	    "weak", root, MAKE(.subject = "CN=x", .issuer = root, .md = "SHA1"));
	c = MAKE(.kind = PKI_CA, .subject = "CN=Md5", .key = "rsa2048",
	    .number = 1);
	REFUSED("certificate \"CN=x\" is signed by RSA with MD5", c,
	    MAKE(.subject = "CN=x", .issuer = c, .md = "MD5"));
	TRUSTED(2, c, MAKE(.subject = "CN=x", .issuer = c, .pss = 1));
	REFUSED("is signed by RSA-PSS, which is too weak", c, MAKE(.subject = "CN=x",
	    .issuer = c, .pss = 1, .md = "SHA1"));
	c = MAKE(.kind = PKI_CA, .subject = "CN=Sha1", .issuer = root, .md = "SHA1");
	REFUSED("certificate \"CN=Sha1\" is signed by", root,
	    pki_leaf(c, "CN=x", NULL), c);
	c = MAKE(.kind = PKI_CA, .subject = "CN=Sha1", .md = "SHA1");
	TRUSTED(2, c, pki_leaf(c, "CN=x", NULL));	/* signs only itself so */
}

/* A curve written out instead of named may be any (CVE-2020-0601). */
static void
test_explicit_curve(void)
{
	EVP_PKEY *key = EVP_PKEY_dup(pki_key("p256", 77));

	need_pki();
	CU_ASSERT(EVP_PKEY_set_utf8_string_param(key, "encoding", "explicit") > 0);
	REFUSED("has ECDSA on a curve without a name", root, MAKE(.subject = "CN=x",
	    .issuer = root, .use_key = key));
	EVP_PKEY_free(key);
}

static void
test_forged(void)
{
	struct pki_cert *x, *twice;
	size_t i, last = 0;

	need_pki();
	REFUSED("certificate \"CN=x\" is not signed by the key of \"CN=Root\"", root,
	    MAKE(.subject = "CN=x", .issuer = root, .sign_key = stranger->key));
	x = MAKE(.kind = PKI_CA, .subject = "CN=I", .issuer = root,
	    .sign_key = stranger->key);
	REFUSED("certificate \"CN=I\" is not signed by the key of \"CN=Root\"", root,
	    pki_leaf(x, "CN=x", NULL), x);
	x = pki_leaf(root, "CN=x", NULL);
	x->der[x->len - 1] ^= 1;
	REFUSED("is not signed by the key", root, x);
	/* The algorithm outside is not the one that is signed (ecdsa-with-SHA256
	 * becomes ecdsa-with-SHA384). */
	twice = pki_leaf(root, "CN=x", NULL);
	for (i = 0; i + 8 < twice->len; i++)
		if (memcmp(twice->der + i, "\x2a\x86\x48\xce\x3d\x04\x03\x02", 8) == 0)
			last = i;
	twice->der[last + 7] = 3;
	REFUSED("\"CN=x\"", root, twice);
}

static void
test_policies(void)
{
	struct pki_cert *c;

	need_pki();
	/* requireExplicitPolicy: 0 */
	c = MAKE(.kind = PKI_CA, .subject = "CN=Policy", .issuer = root,
	    .ext = "policyConstraints = critical,requireExplicitPolicy:0\n"
	    "certificatePolicies = 1.2.3.4");
	REFUSED("wants a certificate policy which the chain does not have", root,
	    pki_leaf(c, "CN=x", NULL), c);
	TRUSTED(3, root, MAKE(.subject = "CN=x", .issuer = c,
	    .ext = "certificatePolicies = 1.2.3.4"), c);
	REFUSED("certificate policy", root, MAKE(.subject = "CN=x", .issuer = c,
	    .ext = "certificatePolicies = 1.2.3.5"), c);
	TRUSTED(2, root, MAKE(.subject = "CN=x", .issuer = root,
	    .ext = "certificatePolicies = 1.2.3.4"));
}

/* Ten certificates of one name that might all have issued each other: 9! paths,
 * each of ten signatures.  It ends, and soon; with the good one among them it is
 * found. */
static void
test_many_paths(void)
{
	const struct pki_cert *peers[11] = { NULL };
	struct pki_cert *evil;
	size_t i;

	need_pki();
	evil = MAKE(.kind = PKI_CA, .subject = "CN=Same",
	    .ext = "subjectKeyIdentifier = none");
	for (i = 1; i < 10; i++)
		peers[i] = MAKE(.kind = PKI_CA, .subject = "CN=Same", .issuer = evil,
		    .ext = "authorityKeyIdentifier = none\n"
		    "subjectKeyIdentifier = none");
	peers[0] = MAKE(.subject = "CN=x", .issuer = evil,
	    .ext = "authorityKeyIdentifier = none", .sign_key = stranger->key);
	paths_check(__LINE__, PKI_NOW, root, peers, "trusts \"CN=Root\"", 0);
	/* Each might come from the one that is trusted, too. */
	paths_check(__LINE__, PKI_NOW, evil, peers, "is not signed by the key of "
	    "\"CN=Same\"", 0);
	peers[0] = MAKE(.subject = "CN=x", .issuer = evil,
	    .ext = "authorityKeyIdentifier = none");
	paths_check(__LINE__, PKI_NOW, evil, peers, NULL, 2);
	/* As deep as it goes. */
	evil = root;
	for (i = 9; i > 0; i--)
		peers[i] = evil = pki_inter(evil, "CN=Deep");
	peers[0] = pki_leaf(evil, "CN=x", NULL);
	paths_check(__LINE__, PKI_NOW, root, peers, NULL, 11);
}

UNIT_MAIN("crypto/chain: paths",
	{ "plain", test_plain },
	{ "the peer's own is the one trusted", test_pinned },
	{ "how many, how long", test_limits },
	{ "validity", test_validity },
	{ "an expired one with an alternative", test_expired_alternative },
	{ "many expired ones", test_many_expired },
	{ "cross-signed", test_cross_signed },
	{ "a root's new key", test_new_key },
	{ "path length", test_path_length },
	{ "no CA", test_no_ca },
	{ "the peer's own is a CA's", test_leaf_is_ca },
	{ "key usages", test_usages },
	{ "critical extensions", test_critical },
	{ "names and identifiers", test_names },
	{ "weak keys and hashes", test_weak },
	{ "a curve written out", test_explicit_curve },
	{ "forged", test_forged },
	{ "policies", test_policies },
	{ "many paths", test_many_paths },
	{ "all is freed", paths_done })
