/* cert: its key, and what it may be used for. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>

#include "cert_in.h"

/* --- the key --- */

static const struct {
	const char	*group;		/* OpenSSL's name */
	enum cert_key	 key;
	const char	*name;
} curves[] = {
	{ "prime256v1",	CERT_KEY_P256,	"P-256" },
	{ "secp384r1",	CERT_KEY_P384,	"P-384" },
	{ "secp521r1",	CERT_KEY_P521,	"P-521" },
};

/* The curve's row, or how many there are; name: OpenSSL's, "" if the curve is
 * written out, whatever it amounts to. */
#define N_CURVES	(sizeof(curves) / sizeof(curves[0]))

static size_t
find_curve(const EVP_PKEY *pkey, char *name, size_t size)
{
	size_t len, i;
	int explicit = 0;

	name[0] = '\0';
	(void)EVP_PKEY_get_int_param(pkey,
	    OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &explicit);
	if (explicit || !EVP_PKEY_get_group_name(pkey, name, size, &len))
		return N_CURVES;
	for (i = 0; i < N_CURVES; i++)
		if (strcmp(name, curves[i].group) == 0)
			break;
	return i;
}

enum cert_key
cert_key_kind(const struct evp_pkey_st *pkey)
{
	char name[64];
	size_t i;

	switch (EVP_PKEY_get_base_id(pkey)) {
	case EVP_PKEY_RSA:
	case EVP_PKEY_RSA_PSS:
		return CERT_KEY_RSA;
	case EVP_PKEY_EC:
		i = find_curve(pkey, name, sizeof(name));
		return i < N_CURVES ? curves[i].key : CERT_KEY_OTHER;
	case EVP_PKEY_ED25519:
		return CERT_KEY_ED25519;
	case EVP_PKEY_ED448:
		return CERT_KEY_ED448;
	default:
		return CERT_KEY_OTHER;
	}
}

const char *
cert_key_describe(const struct evp_pkey_st *pkey, char buf[CERT_KEY_STRLEN])
{
	char name[64];
	const char *type;
	size_t i;

	switch (EVP_PKEY_get_base_id(pkey)) {
	case EVP_PKEY_RSA:
	case EVP_PKEY_RSA_PSS:
		snprintf(buf, CERT_KEY_STRLEN, "RSA %d", EVP_PKEY_get_bits(pkey));
		break;
	case EVP_PKEY_EC:
		i = find_curve(pkey, name, sizeof(name));
		snprintf(buf, CERT_KEY_STRLEN, "ECDSA %.30s", i < N_CURVES ?
		    curves[i].name : name[0] != '\0' ? name :
		    "on a curve without a name");
		break;
	case EVP_PKEY_ED25519:
		snprintf(buf, CERT_KEY_STRLEN, "Ed25519");
		break;
	case EVP_PKEY_ED448:
		snprintf(buf, CERT_KEY_STRLEN, "Ed448");
		break;
	default:
		type = EVP_PKEY_get0_type_name(pkey);
		snprintf(buf, CERT_KEY_STRLEN, "%.20s %d",
		    type != NULL ? type : "unknown", EVP_PKEY_get_bits(pkey));
	}
	return buf;
}

/* The public one of RSA; as long as it is, verifying takes. */
static int
exponent_bits(const EVP_PKEY *pkey)
{
	BIGNUM *n = NULL;
	int bits = INT_MAX;

	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &n))
		bits = BN_num_bits(n);
	BN_free(n);
	return bits;
}

void
cert_take_key(struct cert *c)
{
	const EVP_PKEY *pkey = X509_get0_pubkey(c->x);

	c->key = CERT_KEY_OTHER;
	if (pkey == NULL) {
		snprintf(c->key_str, sizeof(c->key_str),
		    "a key that cannot be read");
		return;
	}
	c->key_bits = EVP_PKEY_get_bits(pkey);
	c->key = cert_key_kind(pkey);
	if (c->key == CERT_KEY_RSA)
		c->exponent_bits = exponent_bits(pkey);
	cert_key_describe(pkey, c->key_str);
}

enum cert_key
cert_key(const struct cert *c)
{
	return c->key;
}

const char *
cert_key_str(const struct cert *c)
{
	return c->key_str;
}

int
cert_key_check(const struct cert *c, struct err *e)
{
	char name[CERT_NAME_STRLEN];

	cert_subject_str(c, name);
	if (c->key == CERT_KEY_OTHER)
		return err_set(e, ERR_INVALID, "certificate \"%s\" has %s: Culvert "
		    "takes RSA, ECDSA on P-256, P-384 and P-521, Ed25519 and "
		    "Ed448; issue it for such a key", name, c->key_str);
	if (c->key == CERT_KEY_RSA && c->key_bits < CERT_RSA_MIN)
		return err_set(e, ERR_INVALID, "certificate \"%s\" has a key of %s, "
		    "which is too weak; issue it for RSA %d or more, or ECDSA",
		    name, c->key_str, CERT_RSA_MIN);
	if (c->key == CERT_KEY_RSA && c->key_bits > CERT_RSA_MAX)
		return err_set(e, ERR_INVALID, "certificate \"%s\" has a key of %s, "
		    "which is longer than Culvert takes (%d); issue it for a "
		    "shorter one, or ECDSA", name, c->key_str, CERT_RSA_MAX);
	if (c->exponent_bits > CERT_EXPONENT_MAX)
		return err_set(e, ERR_INVALID, "certificate \"%s\" has an RSA key "
		    "with a public exponent of more than %d bits, which nobody "
		    "needs and which costs time; issue it for a usual one (65537)",
		    name, CERT_EXPONENT_MAX);
	return 0;
}

bool
cert_has_key(const struct cert *c, const struct evp_pkey_st *key)
{
	const EVP_PKEY *own = X509_get0_pubkey(c->x);
	bool same = own != NULL && EVP_PKEY_eq(own, key) == 1;

	ERR_clear_error();
	return same;
}

/* --- what it may --- */

bool
cert_is_ca(const struct cert *c)
{
	bool ca = X509_check_ca(c->x) == 1;

	ERR_clear_error();
	return ca;
}

bool
cert_self_signed(const struct cert *c)
{
	bool yes = X509_self_signed(c->x, 1) == 1;

	ERR_clear_error();
	return yes;
}

bool
cert_may_sign(const struct cert *c)
{
	/* RFC 4945 5.1.3.2: nonRepudiation will do as well. */
	return (X509_get_key_usage(c->x) &
	    (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0;
}

bool
cert_may_sign_crls(const struct cert *c)
{
	return (X509_get_key_usage(c->x) & KU_CRL_SIGN) != 0;
}

/* What extendedKeyUsage calls them; ike: IKE goes by it. */
static const struct {
	const char	*oid;
	const char	*name;
	bool		 ike;
} ext_usages[] = {
	{ "1.3.6.1.5.5.7.3.1",	"serverAuth",		true },
	{ "1.3.6.1.5.5.7.3.2",	"clientAuth",		true },
	{ "1.3.6.1.5.5.7.3.3",	"codeSigning",		false },
	{ "1.3.6.1.5.5.7.3.4",	"emailProtection",	false },
	{ "1.3.6.1.5.5.7.3.5",	"ipsecEndSystem",	true },
	{ "1.3.6.1.5.5.7.3.6",	"ipsecTunnel",		true },
	{ "1.3.6.1.5.5.7.3.7",	"ipsecUser",		true },
	{ "1.3.6.1.5.5.7.3.8",	"timeStamping",		false },
	{ "1.3.6.1.5.5.7.3.9",	"OCSPSigning",		false },
	{ "1.3.6.1.5.5.7.3.17",	"ipsecIKE",		true },
	{ "1.3.6.1.5.5.8.2.2",	"iKEIntermediate",	true },
	{ "2.5.29.37.0",	"anyExtendedKeyUsage",	true },
};
#define N_EXT_USAGES	(sizeof(ext_usages) / sizeof(ext_usages[0]))

static size_t
find_ext_usage(const char *oid)
{
	size_t i;

	for (i = 0; i < N_EXT_USAGES; i++)
		if (strcmp(oid, ext_usages[i].oid) == 0)
			break;
	return i;
}

/* Which there are, in words, and whether one of them is for IKE. */
static bool
read_ext_usages(const struct cert *c, char *buf, size_t size)
{
	EXTENDED_KEY_USAGE *list;
	bool ike = false;
	size_t at = 0, k;
	char oid[80];
	int i, n;

	buf[0] = '\0';
	list = X509_get_ext_d2i(c->x, NID_ext_key_usage, NULL, NULL);
	/* There is none; or there is, and no memory to read it again. */
	if (list == NULL)
		return !(X509_get_extension_flags(c->x) & EXFLAG_XKUSAGE);
	for (i = 0; i < sk_ASN1_OBJECT_num(list); i++) {
		OBJ_obj2txt(oid, sizeof(oid), sk_ASN1_OBJECT_value(list, i), 1);
		k = find_ext_usage(oid);
		ike = ike || (k < N_EXT_USAGES && ext_usages[k].ike);
		n = snprintf(buf + at, size - at, "%s%s", at > 0 ? ", " : "",
		    k < N_EXT_USAGES ? ext_usages[k].name : oid);
		if (n < 0 || (size_t)n >= size - at)
			at = size - 1;	/* the rest does not fit */
		else
			at += (size_t)n;
	}
	EXTENDED_KEY_USAGE_free(list);
	return ike;
}

bool
cert_may_ike(const struct cert *c)
{
	char buf[CERT_USAGE_STRLEN];
	bool may = read_ext_usages(c, buf, sizeof(buf));

	ERR_clear_error();
	return may;
}

const char *
cert_ext_usage_str(const struct cert *c, char buf[CERT_USAGE_STRLEN])
{
	read_ext_usages(c, buf, CERT_USAGE_STRLEN);
	ERR_clear_error();
	return buf;
}

const char *
cert_usage_str(const struct cert *c, char buf[CERT_USAGE_STRLEN])
{
	static const struct { uint32_t bit; const char *name; } usages[] = {
		{ KU_DIGITAL_SIGNATURE, "digitalSignature" },
		{ KU_NON_REPUDIATION, "nonRepudiation" },
		{ KU_KEY_ENCIPHERMENT, "keyEncipherment" },
		{ KU_DATA_ENCIPHERMENT, "dataEncipherment" },
		{ KU_KEY_AGREEMENT, "keyAgreement" },
		{ KU_KEY_CERT_SIGN, "keyCertSign" },
		{ KU_CRL_SIGN, "cRLSign" },
		{ KU_ENCIPHER_ONLY, "encipherOnly" },
		{ KU_DECIPHER_ONLY, "decipherOnly" },
	};
	uint32_t set = X509_get_key_usage(c->x);
	size_t i, at = 0;

	buf[0] = '\0';
	if (!(X509_get_extension_flags(c->x) & EXFLAG_KUSAGE))
		return buf;
	for (i = 0; i < sizeof(usages) / sizeof(usages[0]); i++)
		if (set & usages[i].bit)
			at += (size_t)snprintf(buf + at, CERT_USAGE_STRLEN - at,
			    "%s%s", at > 0 ? ", " : "", usages[i].name);
	return buf;
}

/* --- how it is signed --- */

static const struct {
	int		 nid;
	const char	*name;
	bool		 weak;
} sigalgs[] = {
	{ NID_md5WithRSAEncryption,	"RSA with MD5",		true },
	{ NID_sha1WithRSAEncryption,	"RSA with SHA-1",	true },
	{ NID_sha1WithRSA,		"RSA with SHA-1",	true },
	{ NID_sha224WithRSAEncryption,	"RSA with SHA2-224",	false },
	{ NID_sha256WithRSAEncryption,	"RSA with SHA2-256",	false },
	{ NID_sha384WithRSAEncryption,	"RSA with SHA2-384",	false },
	{ NID_sha512WithRSAEncryption,	"RSA with SHA2-512",	false },
	{ NID_rsassaPss,		"RSA-PSS",		false },
	{ NID_ecdsa_with_SHA1,		"ECDSA with SHA-1",	true },
	{ NID_ecdsa_with_SHA224,	"ECDSA with SHA2-224",	false },
	{ NID_ecdsa_with_SHA256,	"ECDSA with SHA2-256",	false },
	{ NID_ecdsa_with_SHA384,	"ECDSA with SHA2-384",	false },
	{ NID_ecdsa_with_SHA512,	"ECDSA with SHA2-512",	false },
	{ NID_ED25519,			"Ed25519",		false },
	{ NID_ED448,			"Ed448",		false },
};
#define N_SIGALGS	(sizeof(sigalgs) / sizeof(sigalgs[0]))

static size_t
find_sigalg(const X509_ALGOR *a)
{
	const ASN1_OBJECT *oid;
	size_t i;
	int nid;

	X509_ALGOR_get0(&oid, NULL, NULL, a);
	nid = OBJ_obj2nid(oid);
	for (i = 0; i < N_SIGALGS; i++)
		if (sigalgs[i].nid == nid)
			break;
	return i;
}

/* RSA-PSS carries its hash in the parameters; SHA-1 is what it means without. */
static bool
pss_is_weak(const X509_ALGOR *a)
{
	RSA_PSS_PARAMS *pss;
	const ASN1_OBJECT *oid;
	const void *value;
	bool weak = true;
	int type, nid;

	X509_ALGOR_get0(NULL, &type, &value, a);
	if (type != V_ASN1_SEQUENCE)
		return true;
	pss = ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
	if (pss != NULL && pss->hashAlgorithm != NULL) {
		X509_ALGOR_get0(&oid, NULL, NULL, pss->hashAlgorithm);
		nid = OBJ_obj2nid(oid);
		weak = nid != NID_sha256 && nid != NID_sha384 && nid != NID_sha512;
	}
	RSA_PSS_PARAMS_free(pss);
	ERR_clear_error();
	return weak;
}

const char *
cert_sigalg_str(const X509_ALGOR *a)
{
	size_t i = find_sigalg(a);

	return i < N_SIGALGS ? sigalgs[i].name : "an unknown algorithm";
}

bool
cert_sigalg_weak(const X509_ALGOR *a)
{
	size_t i = find_sigalg(a);

	if (i == N_SIGALGS || sigalgs[i].weak)
		return true;
	return sigalgs[i].nid == NID_rsassaPss && pss_is_weak(a);
}

const char *
cert_signature_str(const struct cert *c)
{
	return cert_sigalg_str(X509_get0_tbs_sigalg(c->x));
}

bool
cert_weakly_signed(const struct cert *c)
{
	return cert_sigalg_weak(X509_get0_tbs_sigalg(c->x));
}
