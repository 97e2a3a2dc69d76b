/*
 * bundle_pkcs12: PKCS#12 (RFC 7292), walked by hand, because PKCS12_parse() does
 * whatever work a file asks for before it says what it found.
 */
#include "bundle.h"

#include <openssl/asn1t.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

/* --- what a password may cost --- */

static bool
rounds_ok(const ASN1_INTEGER *n)
{
	int64_t v;

	return n == NULL || (ASN1_INTEGER_get_int64(&v, n) == 1 && v >= 0 &&
			     v <= BUNDLE_ROUNDS_MAX);
}

static bool
pbe1_ok(const X509_ALGOR *alg)
{
	PBEPARAM *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM),
						alg->parameter);
	bool ok = p != NULL && rounds_ok(p->iter);

	PBEPARAM_free(p);
	return ok;
}

static bool
pbkdf2_ok(const X509_ALGOR *kdf)
{
	PBKDF2PARAM *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM),
						   kdf->parameter);
	bool ok = p != NULL && rounds_ok(p->iter);

	PBKDF2PARAM_free(p);
	return ok;
}

/* RFC 7914: the work is N * r * p; OpenSSL bounds the memory, N * r. */
static bool
scrypt_ok(const X509_ALGOR *kdf)
{
	SCRYPT_PARAMS *s = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(SCRYPT_PARAMS),
						     kdf->parameter);
	uint64_t n = 0, r = 0, p = 0;
	bool ok;

	ok = s != NULL && ASN1_INTEGER_get_uint64(&n, s->costParameter) == 1 &&
	    ASN1_INTEGER_get_uint64(&r, s->blockSize) == 1 &&
	    ASN1_INTEGER_get_uint64(&p, s->parallelizationParameter) == 1 &&
	    n <= 1 << 20 && r <= 1 << 10 && p <= 1 << 10 &&
	    n * r * p <= BUNDLE_ROUNDS_MAX;
	SCRYPT_PARAMS_free(s);
	return ok;
}

static bool
pbe2_ok(const X509_ALGOR *alg)
{
	PBE2PARAM *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM),
						 alg->parameter);
	bool ok = false;

	if (p != NULL)
		switch (OBJ_obj2nid(p->keyfunc->algorithm)) {
		case NID_id_pbkdf2:
			ok = pbkdf2_ok(p->keyfunc);
			break;
		case NID_id_scrypt:
			ok = scrypt_ok(p->keyfunc);
			break;
		}
	PBE2PARAM_free(p);
	return ok;
}

static int
too_costly(struct err *e)
{
	return err_set(e, ERR_INVALID, "its password is hashed in a way that this "
		       "version does not know, or more than %d times; 'openssl "
		       "pkcs12' and 'openssl pkey' write it anew",
		       BUNDLE_ROUNDS_MAX);
}

int
bundle_check_cost(const X509_ALGOR *alg, struct err *e)
{
	switch (OBJ_obj2nid(alg->algorithm)) {
	case NID_pbe_WithSHA1And40BitRC2_CBC:
	case NID_pbe_WithSHA1And128BitRC2_CBC:
	case NID_pbe_WithSHA1And40BitRC4:
	case NID_pbe_WithSHA1And128BitRC4:
	case NID_pbeWithMD5AndDES_CBC:
	case NID_pbeWithSHA1AndDES_CBC:
	case NID_pbeWithMD5AndRC2_CBC:
	case NID_pbeWithSHA1AndRC2_CBC:
		return err_set(e, ERR_INVALID, "it is encrypted with RC2, RC4 or "
			       "DES, which anybody can break and OpenSSL does not "
			       "do any more. Convert it: openssl pkcs12 -legacy "
			       "-in OLD.p12 -nodes | openssl pkcs12 -export -out "
			       "NEW.p12");
	case NID_pbes2:
		return pbe2_ok(alg) ? 0 : too_costly(e);
	case NID_pbe_WithSHA1And3_Key_TripleDES_CBC:
	case NID_pbe_WithSHA1And2_Key_TripleDES_CBC:
		return pbe1_ok(alg) ? 0 : too_costly(e);
	}
	return too_costly(e);
}

int
bundle_pay(struct bundle *b, const X509_ALGOR *alg, struct err *e)
{
	if (b->encrypted == BUNDLE_ENCRYPTED_MAX)
		return err_set(e, ERR_INVALID, "it has more than %d encrypted parts",
			       BUNDLE_ENCRYPTED_MAX);
	b->encrypted++;
	return bundle_check_cost(alg, e);
}

/* --- bags --- */

static int
add_cert_bag(struct bundle *b, const PKCS12_SAFEBAG *bag, struct err *e)
{
	return bundle_add_x509(b, PKCS12_SAFEBAG_get1_cert(bag), e);
}

static int
add_shrouded(struct bundle *b, const PKCS12_SAFEBAG *bag, const char *password,
	     struct err *e)
{
	const X509_SIG *sig = PKCS12_SAFEBAG_get0_pkcs8(bag);
	PKCS8_PRIV_KEY_INFO *p8;
	const X509_ALGOR *alg;
	EVP_PKEY *key;

	X509_SIG_get0(sig, &alg, NULL);
	if (bundle_pay(b, alg, e) < 0)
		return -1;
	p8 = PKCS12_decrypt_skey(bag, password, -1);
	if (p8 == NULL)
		return bundle_no_password(b, password, e);
	key = EVP_PKCS82PKEY(p8);
	PKCS8_PRIV_KEY_INFO_free(p8);
	return bundle_add_key(b, key, e);
}

static int
add_bag(struct bundle *b, const PKCS12_SAFEBAG *bag, const char *password,
	struct err *e)
{
	switch (PKCS12_SAFEBAG_get_nid(bag)) {
	case NID_certBag:
		return add_cert_bag(b, bag, e);
	case NID_keyBag:
		return bundle_add_key(b, EVP_PKCS82PKEY(
				      PKCS12_SAFEBAG_get0_p8inf(bag)), e);
	case NID_pkcs8ShroudedKeyBag:
		return add_shrouded(b, bag, password, e);
	}
	return 0;		/* CRLs, secrets of others */
}

static int
open_safe(struct bundle *b, PKCS7 *p7, const char *password,
	  STACK_OF(PKCS12_SAFEBAG) **bags, struct err *e)
{
	*bags = NULL;
	if (PKCS7_type_is_data(p7)) {
		*bags = PKCS12_unpack_p7data(p7);
	} else if (PKCS7_type_is_encrypted(p7) && p7->d.encrypted != NULL) {
		if (bundle_pay(b, p7->d.encrypted->enc_data->algorithm, e) < 0)
			return -1;
		*bags = PKCS12_unpack_p7encdata(p7, password, -1);
		if (*bags == NULL)
			return bundle_no_password(b, password, e);
	}
	return *bags != NULL ? 0 :
	    err_set(e, ERR_INVALID, "a part of the PKCS#12 cannot be read");
}

static int
add_safe(struct bundle *b, PKCS7 *p7, const char *password, struct err *e)
{
	STACK_OF(PKCS12_SAFEBAG) *bags;
	int i, rc;

	rc = open_safe(b, p7, password, &bags, e);
	for (i = 0; rc == 0 && i < sk_PKCS12_SAFEBAG_num(bags); i++)
		rc = add_bag(b, sk_PKCS12_SAFEBAG_value(bags, i), password, e);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	return rc;
}

/* --- the whole --- */

/* The MAC says whether the password is right; without one given, the two forms of
 * none are tried. */
static int
check_mac(struct bundle *b, PKCS12 *p12, const char **password, struct err *e)
{
	const ASN1_INTEGER *rounds;

	if (!PKCS12_mac_present(p12))
		return 0;
	PKCS12_get0_mac(NULL, NULL, NULL, &rounds, p12);
	if (!rounds_ok(rounds))
		return too_costly(e);
	if (*password != NULL)
		return PKCS12_verify_mac(p12, *password, -1) == 1 ? 0 :
		    bundle_no_password(b, *password, e);
	if (PKCS12_verify_mac(p12, NULL, 0) == 1)
		return 0;
	if (PKCS12_verify_mac(p12, "", 0) != 1)
		return bundle_no_password(b, NULL, e);
	*password = "";
	return 0;
}

int
bundle_pkcs12(struct bundle *b, PKCS12 *p12, const char *password, struct err *e)
{
	STACK_OF(PKCS7) *safes;
	int i, rc;

	if (check_mac(b, p12, &password, e) < 0)
		return -1;
	safes = PKCS12_unpack_authsafes(p12);
	if (safes == NULL)
		return err_set(e, ERR_INVALID, "the PKCS#12 cannot be read");
	rc = sk_PKCS7_num(safes) <= BUNDLE_CERTS_MAX ? 0 :
	    err_set(e, ERR_INVALID, "the PKCS#12 has too many parts");
	for (i = 0; rc == 0 && i < sk_PKCS7_num(safes); i++)
		rc = add_safe(b, sk_PKCS7_value(safes, i), password, e);
	sk_PKCS7_pop_free(safes, PKCS7_free);
	if (rc == 0 && b->n == 0 && b->key == NULL)
		rc = err_set(e, ERR_INVALID, "the PKCS#12 is empty");
	return rc;
}
