#include "sign.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "cert_in.h"

/* --- the table --- */

/* RFC 7427 appendix A, RFC 8420 appendix A. */
static const uint8_t id_rsa_sha256[] = { 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48,
	0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00 };
static const uint8_t id_rsa_sha384[] = { 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48,
	0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c, 0x05, 0x00 };
static const uint8_t id_rsa_sha512[] = { 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48,
	0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d, 0x05, 0x00 };
/* Hash, MGF1 with the same hash, a salt of the hash's length. */
#define ID_PSS(hash, salt) { 0x30, 0x41, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, \
	0x0d, 0x01, 0x01, 0x0a, 0x30, 0x34, 0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, \
	0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, hash, 0x05, 0x00, 0xa1, \
	0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, \
	0x01, 0x08, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, \
	0x04, 0x02, hash, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, salt }
static const uint8_t id_pss_sha256[] = ID_PSS(0x01, 32);
static const uint8_t id_pss_sha384[] = ID_PSS(0x02, 48);
static const uint8_t id_pss_sha512[] = ID_PSS(0x03, 64);
static const uint8_t id_ecdsa_sha256[] = { 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48,
	0xce, 0x3d, 0x04, 0x03, 0x02 };
static const uint8_t id_ecdsa_sha384[] = { 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48,
	0xce, 0x3d, 0x04, 0x03, 0x03 };
static const uint8_t id_ecdsa_sha512[] = { 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48,
	0xce, 0x3d, 0x04, 0x03, 0x04 };
static const uint8_t id_ed25519[] = { 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70 };
static const uint8_t id_ed448[] = { 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x71 };

/* RFC 7427 7 */
enum { H_SHA1 = 1, H_SHA256 = 2, H_SHA384 = 3, H_SHA512 = 4, H_IDENTITY = 5 };

#define DIGITAL(s, text, hash, id) \
	[s] = { s, text, SIGN_METHOD_DIGITAL, hash, sizeof(id), id }
#define OLDER(s, text, method, hash) [s] = { s, text, method, hash, 0, NULL }

static const struct sign_alg algs[SIGN_N] = {
	DIGITAL(SIGN_RSA_SHA256, "RSA with SHA2-256", H_SHA256, id_rsa_sha256),
	DIGITAL(SIGN_RSA_SHA384, "RSA with SHA2-384", H_SHA384, id_rsa_sha384),
	DIGITAL(SIGN_RSA_SHA512, "RSA with SHA2-512", H_SHA512, id_rsa_sha512),
	DIGITAL(SIGN_RSA_PSS_SHA256, "RSA-PSS with SHA2-256", H_SHA256,
	    id_pss_sha256),
	DIGITAL(SIGN_RSA_PSS_SHA384, "RSA-PSS with SHA2-384", H_SHA384,
	    id_pss_sha384),
	DIGITAL(SIGN_RSA_PSS_SHA512, "RSA-PSS with SHA2-512", H_SHA512,
	    id_pss_sha512),
	DIGITAL(SIGN_ECDSA_SHA256, "ECDSA with SHA2-256", H_SHA256,
	    id_ecdsa_sha256),
	DIGITAL(SIGN_ECDSA_SHA384, "ECDSA with SHA2-384", H_SHA384,
	    id_ecdsa_sha384),
	DIGITAL(SIGN_ECDSA_SHA512, "ECDSA with SHA2-512", H_SHA512,
	    id_ecdsa_sha512),
	DIGITAL(SIGN_ED25519, "Ed25519", H_IDENTITY, id_ed25519),
	DIGITAL(SIGN_ED448, "Ed448", H_IDENTITY, id_ed448),
	OLDER(SIGN_RSA_SHA1, "RSA with SHA-1", SIGN_METHOD_RSA, H_SHA1),
	OLDER(SIGN_ECDSA_P256, "ECDSA on P-256", SIGN_METHOD_ECDSA_P256, H_SHA256),
	OLDER(SIGN_ECDSA_P384, "ECDSA on P-384", SIGN_METHOD_ECDSA_P384, H_SHA384),
	OLDER(SIGN_ECDSA_P521, "ECDSA on P-521", SIGN_METHOD_ECDSA_P521, H_SHA512),
	OLDER(SIGN_RSA_RAW, "RSA over the hash of IKEv1", 0, 0),
};

#define MD_NONE	(MD_N + 1)	/* what is signed is a hash */

/* What the table says of OpenSSL, beside it so that the header need not. */
static const struct how {
	enum cert_key	 key;		/* OTHER: a curve, whichever */
	int		 md;		/* enum md; MD_N: EdDSA; MD_NONE */
	bool		 pss;
	uint8_t		 half;		/* r and s of so many octets each */
} hows[SIGN_N] = {
	[SIGN_RSA_SHA256]	= { CERT_KEY_RSA, MD_SHA256, false, 0 },
	[SIGN_RSA_SHA384]	= { CERT_KEY_RSA, MD_SHA384, false, 0 },
	[SIGN_RSA_SHA512]	= { CERT_KEY_RSA, MD_SHA512, false, 0 },
	[SIGN_RSA_PSS_SHA256]	= { CERT_KEY_RSA, MD_SHA256, true, 0 },
	[SIGN_RSA_PSS_SHA384]	= { CERT_KEY_RSA, MD_SHA384, true, 0 },
	[SIGN_RSA_PSS_SHA512]	= { CERT_KEY_RSA, MD_SHA512, true, 0 },
	[SIGN_ECDSA_SHA256]	= { CERT_KEY_OTHER, MD_SHA256, false, 0 },
	[SIGN_ECDSA_SHA384]	= { CERT_KEY_OTHER, MD_SHA384, false, 0 },
	[SIGN_ECDSA_SHA512]	= { CERT_KEY_OTHER, MD_SHA512, false, 0 },
	[SIGN_ED25519]		= { CERT_KEY_ED25519, MD_N, false, 0 },
	[SIGN_ED448]		= { CERT_KEY_ED448, MD_N, false, 0 },
	[SIGN_RSA_SHA1]		= { CERT_KEY_RSA, MD_SHA1, false, 0 },
	[SIGN_ECDSA_P256]	= { CERT_KEY_P256, MD_SHA256, false, 32 },
	[SIGN_ECDSA_P384]	= { CERT_KEY_P384, MD_SHA384, false, 48 },
	[SIGN_ECDSA_P521]	= { CERT_KEY_P521, MD_SHA512, false, 66 },
	[SIGN_RSA_RAW]		= { CERT_KEY_RSA, MD_NONE, false, 0 },
};

const struct sign_alg *
sign_alg(enum sign_scheme s)
{
	return s > SIGN_NONE && s < SIGN_N ? &algs[s] : NULL;
}

const struct sign_alg *
sign_from_method(uint8_t method)
{
	int s;

	for (s = SIGN_NONE + 1; s < SIGN_N; s++)
		if (algs[s].method == method && method != 0 &&
		    method != SIGN_METHOD_DIGITAL)
			return &algs[s];
	return NULL;
}

static bool
fits(enum cert_key key, enum sign_scheme s)
{
	if (hows[s].key == CERT_KEY_OTHER)
		return key == CERT_KEY_P256 || key == CERT_KEY_P384 ||
		    key == CERT_KEY_P521;
	return hows[s].key == key;
}

/* --- AlgorithmIdentifiers --- */

static const struct { int nid; enum sign_scheme scheme; } by_nid[] = {
	{ NID_sha256WithRSAEncryption,	SIGN_RSA_SHA256 },
	{ NID_sha384WithRSAEncryption,	SIGN_RSA_SHA384 },
	{ NID_sha512WithRSAEncryption,	SIGN_RSA_SHA512 },
	{ NID_ecdsa_with_SHA256,	SIGN_ECDSA_SHA256 },
	{ NID_ecdsa_with_SHA384,	SIGN_ECDSA_SHA384 },
	{ NID_ecdsa_with_SHA512,	SIGN_ECDSA_SHA512 },
	{ NID_ED25519,			SIGN_ED25519 },
	{ NID_ED448,			SIGN_ED448 },
};

static int
nid_of(const X509_ALGOR *a)
{
	const ASN1_OBJECT *oid;

	X509_ALGOR_get0(&oid, NULL, NULL, a);
	return OBJ_obj2nid(oid);
}

/* RFC 8017 A.2.3.  What is left out means SHA-1 and a salt of 20 octets. */
static enum sign_scheme
read_pss(const RSA_PSS_PARAMS *p, struct err *e)
{
	static const struct { int nid; enum sign_scheme s; int64_t salt; } rows[] = {
		{ NID_sha256, SIGN_RSA_PSS_SHA256, 32 },
		{ NID_sha384, SIGN_RSA_PSS_SHA384, 48 },
		{ NID_sha512, SIGN_RSA_PSS_SHA512, 64 },
	};
	int hash = p->hashAlgorithm != NULL ? nid_of(p->hashAlgorithm) : NID_sha1;
	int64_t salt = 20, trailer = 1;
	X509_ALGOR *mgf = NULL;
	int mgf_hash = NID_sha1;
	size_t i;

	if (p->maskGenAlgorithm != NULL) {
		if (nid_of(p->maskGenAlgorithm) == NID_mgf1)
			mgf = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(X509_ALGOR),
			    p->maskGenAlgorithm->parameter);
		mgf_hash = mgf != NULL ? nid_of(mgf) : NID_undef;
		X509_ALGOR_free(mgf);
	}
	if ((p->saltLength != NULL && !ASN1_INTEGER_get_int64(&salt, p->saltLength)) ||
	    (p->trailerField != NULL &&
	    !ASN1_INTEGER_get_int64(&trailer, p->trailerField)))
		trailer = 0;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].nid != hash)
			continue;
		if (mgf_hash == hash && trailer == 1 && salt == rows[i].salt)
			return rows[i].s;
		err_set(e, ERR_REALITY, "RSA-PSS with parameters that Culvert does "
		    "not use (it wants MGF1 with the same hash and a salt of %lld "
		    "octets; this one has %lld)", (long long)rows[i].salt,
		    (long long)salt);
		return SIGN_NONE;
	}
	err_set(e, ERR_REALITY, "RSA-PSS with %s; Culvert takes SHA2-256, SHA2-384 "
	    "and SHA2-512", hash == NID_sha1 ? "SHA-1, which is too weak" :
	    "an unknown hash");
	return SIGN_NONE;
}

static enum sign_scheme
read_algid(const X509_ALGOR *a, struct err *e)
{
	RSA_PSS_PARAMS *pss;
	enum sign_scheme s;
	char oid[80];
	int nid = nid_of(a);
	size_t i;

	for (i = 0; i < sizeof(by_nid) / sizeof(by_nid[0]); i++)
		if (by_nid[i].nid == nid)
			return by_nid[i].scheme;
	if (nid == NID_rsassaPss) {
		pss = a->parameter != NULL ? ASN1_TYPE_unpack_sequence(
		    ASN1_ITEM_rptr(RSA_PSS_PARAMS), a->parameter) : NULL;
		if (pss == NULL) {
			err_set(e, ERR_REALITY, "RSA-PSS without parameters that "
			    "can be read");
			return SIGN_NONE;
		}
		s = read_pss(pss, e);
		RSA_PSS_PARAMS_free(pss);
		return s;
	}
	if (nid == NID_sha1WithRSAEncryption || nid == NID_ecdsa_with_SHA1)
		err_set(e, ERR_REALITY, "a signature with SHA-1 is too weak; "
		    "Culvert takes SHA2-256, SHA2-384 and SHA2-512");
	else {
		OBJ_obj2txt(oid, sizeof(oid), a->algorithm, nid == NID_undef);
		err_set(e, ERR_REALITY, "%s is no signature algorithm that Culvert "
		    "uses (RSA, RSA-PSS, ECDSA, Ed25519, Ed448)", oid);
	}
	return SIGN_NONE;
}

const struct sign_alg *
sign_from_algid(const void *der, size_t len, struct err *e)
{
	const unsigned char *p = der;
	enum sign_scheme s = SIGN_NONE;
	X509_ALGOR *a;

	/* RFC 7427 3: its length is one octet. */
	a = len > 0 && len <= 255 ? d2i_X509_ALGOR(NULL, &p, (long)len) : NULL;
	if (a == NULL || p != (const unsigned char *)der + len)
		err_set(e, ERR_INVALID, "its signature's AlgorithmIdentifier "
		    "cannot be read");
	else
		s = read_algid(a, e);
	X509_ALGOR_free(a);
	ERR_clear_error();
	return sign_alg(s);
}

/* --- which to use --- */

/* ECDSA goes with the hash of its curve, then with what else there is; RSA
 * PKCS#1 before PSS, for peers cannot say that they do not know PSS. */
static const enum sign_scheme order_rsa[] = { SIGN_RSA_SHA256, SIGN_RSA_SHA384,
	SIGN_RSA_SHA512, SIGN_RSA_PSS_SHA256, SIGN_RSA_PSS_SHA384,
	SIGN_RSA_PSS_SHA512, SIGN_RSA_SHA1, SIGN_NONE };
static const enum sign_scheme order_p256[] = { SIGN_ECDSA_SHA256,
	SIGN_ECDSA_SHA384, SIGN_ECDSA_SHA512, SIGN_ECDSA_P256, SIGN_NONE };
static const enum sign_scheme order_p384[] = { SIGN_ECDSA_SHA384,
	SIGN_ECDSA_SHA512, SIGN_ECDSA_SHA256, SIGN_ECDSA_P384, SIGN_NONE };
static const enum sign_scheme order_p521[] = { SIGN_ECDSA_SHA512,
	SIGN_ECDSA_SHA384, SIGN_ECDSA_SHA256, SIGN_ECDSA_P521, SIGN_NONE };
static const enum sign_scheme order_ed25519[] = { SIGN_ED25519, SIGN_NONE };
static const enum sign_scheme order_ed448[] = { SIGN_ED448, SIGN_NONE };

static const enum sign_scheme *const orders[] = {
	[CERT_KEY_RSA] = order_rsa, [CERT_KEY_P256] = order_p256,
	[CERT_KEY_P384] = order_p384, [CERT_KEY_P521] = order_p521,
	[CERT_KEY_ED25519] = order_ed25519, [CERT_KEY_ED448] = order_ed448,
};

const struct sign_alg *
sign_choose(const struct cert *c, uint8_t hashes, size_t n)
{
	const enum sign_scheme *s = orders[cert_key(c)];
	const struct sign_alg *a;

	for (; s != NULL && *s != SIGN_NONE; s++) {
		a = &algs[*s];
		if (hashes == 0 ? a->method == SIGN_METHOD_DIGITAL :
		    a->method != SIGN_METHOD_DIGITAL || !(hashes & 1u << a->hash))
			continue;
		if (n-- == 0)
			return a;
	}
	return NULL;
}

/* --- ECDSA: r and s (RFC 4754 7), or an ECDSA-Sig-Value --- */

/* DER of r | s; NULL: no memory, or not of that length. */
static unsigned char *
der_from_halves(const uint8_t *sig, size_t len, size_t half, int *n)
{
	unsigned char *der = NULL;
	ECDSA_SIG *pair;
	BIGNUM *r, *s;

	*n = 0;
	if (len != 2 * half)
		return NULL;
	pair = ECDSA_SIG_new();
	r = BN_bin2bn(sig, (int)half, NULL);
	s = BN_bin2bn(sig + half, (int)half, NULL);
	if (pair == NULL || r == NULL || s == NULL ||
	    !ECDSA_SIG_set0(pair, r, s)) {
		BN_free(r);
		BN_free(s);
		ECDSA_SIG_free(pair);
		return NULL;
	}
	*n = i2d_ECDSA_SIG(pair, &der);
	ECDSA_SIG_free(pair);
	return *n > 0 ? der : NULL;
}

static bool
halves_from_der(uint8_t *sig, size_t *len, size_t half)
{
	const unsigned char *p = sig;
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &p, (long)*len);
	bool ok;

	ok = pair != NULL &&
	    BN_bn2binpad(ECDSA_SIG_get0_r(pair), sig, (int)half) >= 0 &&
	    BN_bn2binpad(ECDSA_SIG_get0_s(pair), sig + half, (int)half) >= 0;
	*len = 2 * half;
	ECDSA_SIG_free(pair);
	return ok;
}

/* --- RSA over a hash alone --- */

/* Of the octets, which must be as long as a hash, so that no DigestInfo can be
 * had signed in its place; 0: they are not. */
static size_t
gather(const struct iov *iov, size_t n, uint8_t hash[PRF_MAX])
{
	size_t i, len = 0;

	for (i = 0; i < n; i++) {
		if (iov[i].len > PRF_MAX - len)
			return 0;
		if (iov[i].len > 0)
			memcpy(hash + len, iov[i].p, iov[i].len);
		len += iov[i].len;
	}
	return len == 20 || len == 32 || len == 48 || len == 64 ? len : 0;
}

/* No digest is set: OpenSSL pads what it gets (RSASSA-PKCS1-v1_5 without the
 * DigestInfo). */
static EVP_PKEY_CTX *
raw_ctx(EVP_PKEY *key, int (*init)(EVP_PKEY_CTX *))
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);

	if (ctx != NULL && init(ctx) > 0 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0)
		return ctx;
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

static bool
raw_verify(EVP_PKEY *key, const struct iov *iov, size_t n, const uint8_t *sig,
	   size_t len)
{
	EVP_PKEY_CTX *ctx = raw_ctx(key, EVP_PKEY_verify_init);
	uint8_t hash[PRF_MAX];
	size_t hash_len = gather(iov, n, hash);
	bool ok;

	ok = ctx != NULL && hash_len > 0 &&
	    EVP_PKEY_verify(ctx, sig, len, hash, hash_len) == 1;
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

static bool
raw_make(EVP_PKEY *key, const struct iov *iov, size_t n, uint8_t *out, size_t *len)
{
	EVP_PKEY_CTX *ctx = raw_ctx(key, EVP_PKEY_sign_init);
	uint8_t hash[PRF_MAX];
	size_t hash_len = gather(iov, n, hash);
	bool ok;

	ok = ctx != NULL && hash_len > 0 &&
	    EVP_PKEY_sign(ctx, out, len, hash, hash_len) == 1;
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

/* --- signing and verifying --- */

/* The octets in one piece, for EdDSA; NULL: no memory. */
static uint8_t *
join(const struct iov *iov, size_t n, size_t *len)
{
	uint8_t *all;
	size_t i, at = 0;

	for (*len = 0, i = 0; i < n; i++)
		*len += iov[i].len;
	all = malloc(*len > 0 ? *len : 1);
	for (i = 0; all != NULL && i < n; i++) {
		if (iov[i].len > 0)
			memcpy(all + at, iov[i].p, iov[i].len);
		at += iov[i].len;
	}
	return all;
}

static bool
set_padding(EVP_PKEY_CTX *ctx, const struct how *how)
{
	return !how->pss ||
	    (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) > 0);
}

static const EVP_MD *
md_of(const struct crypto *crypto, const struct how *how)
{
	return how->md < MD_N ? crypto->md[how->md].md : NULL;
}

static bool
verify(const struct crypto *crypto, EVP_PKEY *key, const struct how *how,
       const struct iov *iov, size_t n, const uint8_t *sig, size_t len)
{
	EVP_MD_CTX *ctx;
	EVP_PKEY_CTX *pctx;
	uint8_t *all = NULL;
	size_t all_len, i;
	bool ok;

	if (how->md == MD_NONE)
		return raw_verify(key, iov, n, sig, len);
	ctx = EVP_MD_CTX_new();
	ok = ctx != NULL && EVP_DigestVerifyInit(ctx, &pctx, md_of(crypto, how),
	    NULL, key) > 0 && set_padding(pctx, how);
	if (ok && how->md == MD_N) {
		all = join(iov, n, &all_len);
		ok = all != NULL &&
		    EVP_DigestVerify(ctx, sig, len, all, all_len) == 1;
		free(all);
	} else if (ok) {
		for (i = 0; ok && i < n; i++)
			ok = EVP_DigestVerifyUpdate(ctx, iov[i].p, iov[i].len) > 0;
		ok = ok && EVP_DigestVerifyFinal(ctx, sig, len) == 1;
	}
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}

/* A key of the scheme's kind, and no weak one. */
static int
check_key(const struct cert *c, const struct sign_alg *a, struct err *e)
{
	char name[CERT_NAME_STRLEN];

	if (cert_key_check(c, e) < 0)
		return -1;
	if (!fits(cert_key(c), a->scheme))
		return err_set(e, ERR_REALITY, "it signed by %s, but the key of "
		    "certificate \"%s\" is %s", a->name,
		    cert_subject_str(c, name), cert_key_str(c));
	return 0;
}

int
sign_verify(struct crypto *crypto, const struct cert *c, const struct sign_alg *a,
	    const struct iov *iov, size_t n, const void *sig, size_t len,
	    struct err *e)
{
	const struct how *how = &hows[a->scheme];
	EVP_PKEY *key = X509_get0_pubkey(c->x);
	char name[CERT_NAME_STRLEN];
	unsigned char *der = NULL;
	int der_len = 0;
	bool ok;

	if (check_key(c, a, e) < 0)
		return -1;
	ok = len > 0 && len <= SIGN_MAX;
	if (ok && how->half != 0) {
		der = der_from_halves(sig, len, how->half, &der_len);
		ok = der != NULL && verify(crypto, key, how, iov, n, der,
		    (size_t)der_len);
		OPENSSL_free(der);
	} else if (ok) {
		ok = verify(crypto, key, how, iov, n, sig, len);
	}
	ERR_clear_error();
	if (ok)
		return 0;
	return err_set(e, ERR_REALITY, "its signature (%s) is not by the key of "
	    "certificate \"%s\": it does not have that certificate's private key, or "
	    "what it signed was changed on the way", a->name,
	    cert_subject_str(c, name));
}

static bool
make(const struct crypto *crypto, EVP_PKEY *key, const struct how *how,
     const struct iov *iov, size_t n, uint8_t *out, size_t *len)
{
	EVP_MD_CTX *ctx;
	EVP_PKEY_CTX *pctx;
	uint8_t *all;
	size_t all_len, i;
	bool ok;

	*len = SIGN_MAX;
	if (how->md == MD_NONE)
		return raw_make(key, iov, n, out, len);
	ctx = EVP_MD_CTX_new();
	ok = ctx != NULL && EVP_DigestSignInit(ctx, &pctx, md_of(crypto, how), NULL,
	    key) > 0 && set_padding(pctx, how);
	if (ok && how->md == MD_N) {
		all = join(iov, n, &all_len);
		ok = all != NULL && EVP_DigestSign(ctx, out, len, all, all_len) > 0;
		free(all);
	} else if (ok) {
		for (i = 0; ok && i < n; i++)
			ok = EVP_DigestSignUpdate(ctx, iov[i].p, iov[i].len) > 0;
		ok = ok && EVP_DigestSignFinal(ctx, out, len) > 0;
	}
	EVP_MD_CTX_free(ctx);
	return ok && (how->half == 0 || halves_from_der(out, len, how->half));
}

int
sign_make(struct crypto *crypto, struct evp_pkey_st *key, const struct sign_alg *a,
	  const struct iov *iov, size_t n, uint8_t out[SIGN_MAX], size_t *len,
	  struct err *e)
{
	enum cert_key kind = cert_key_kind(key);

	if (!fits(kind, a->scheme))
		return err_set(e, ERR_BUG, "%s does not go with this kind of key",
		    a->name);
	if (EVP_PKEY_get_size(key) > SIGN_MAX)
		return err_set(e, ERR_INVALID, "an RSA key of %d bits is longer "
		    "than Culvert takes (%d)", EVP_PKEY_get_bits(key),
		    CERT_RSA_MAX);
	if (!make(crypto, key, &hows[a->scheme], iov, n, out, len)) {
		crypto_failed(a->name);
		return err_set(e, ERR_REALITY, "signing by %s failed", a->name);
	}
	return 0;
}
