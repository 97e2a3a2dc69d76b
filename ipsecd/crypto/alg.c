#include "alg.h"

#include <string.h>

/* IANA "IKEv2 Parameters". */
enum {
	ENCR_AES_CBC		= 12,
	ENCR_AES_CTR		= 13,
	ENCR_AES_CCM_12		= 15,
	ENCR_AES_CCM_16		= 16,
	ENCR_AES_GCM_12		= 19,
	ENCR_AES_GCM_16		= 20,
	ENCR_CHACHA20_POLY1305	= 28,
};

enum { PRF_SHA1 = 2, PRF_SHA2_256 = 5, PRF_SHA2_384 = 6, PRF_SHA2_512 = 7 };

#define GCM	"rfc4106(gcm(aes))"
#define CCM	"rfc4309(ccm(aes))"
#define CTR	"rfc3686(ctr(aes))"

/*
 * Salts and IVs: AES-CTR RFC 3686 4 and 5.1, GCM RFC 4106 4 and 8.1, CCM
 * RFC 4309 4 and 7.1, ChaCha20 RFC 7634 2; in IKE as in ESP (RFC 5282, 5930).
 * Everything but CBC is aligned to 4 as ESP wants (RFC 4303 2.4).
 */
const struct encr_alg encr_algs[] = {
	{ ENCR_AES_CBC, 128, "aes128", "AES_CBC-128", "AES-128-CBC",
	  "cbc(aes)", ENCR_CBC, 16, 0, 16, 16, 0 },
	{ ENCR_AES_CBC, 256, "aes256", "AES_CBC-256", "AES-256-CBC",
	  "cbc(aes)", ENCR_CBC, 32, 0, 16, 16, 0 },
	{ ENCR_AES_CTR, 128, "aes128ctr", "AES_CTR-128", "AES-128-CTR",
	  CTR, ENCR_CTR, 16, 4, 8, 4, 0 },
	{ ENCR_AES_CTR, 256, "aes256ctr", "AES_CTR-256", "AES-256-CTR",
	  CTR, ENCR_CTR, 32, 4, 8, 4, 0 },
	{ ENCR_AES_GCM_12, 128, "aes128gcm12", "AES_GCM_12-128", "AES-128-GCM",
	  GCM, ENCR_GCM, 16, 4, 8, 4, 12 },
	{ ENCR_AES_GCM_16, 128, "aes128gcm16", "AES_GCM_16-128", "AES-128-GCM",
	  GCM, ENCR_GCM, 16, 4, 8, 4, 16 },
	{ ENCR_AES_GCM_12, 256, "aes256gcm12", "AES_GCM_12-256", "AES-256-GCM",
	  GCM, ENCR_GCM, 32, 4, 8, 4, 12 },
	{ ENCR_AES_GCM_16, 256, "aes256gcm16", "AES_GCM_16-256", "AES-256-GCM",
	  GCM, ENCR_GCM, 32, 4, 8, 4, 16 },
	{ ENCR_AES_CCM_12, 128, "aes128ccm12", "AES_CCM_12-128", "AES-128-CCM",
	  CCM, ENCR_CCM, 16, 3, 8, 4, 12 },
	{ ENCR_AES_CCM_16, 128, "aes128ccm16", "AES_CCM_16-128", "AES-128-CCM",
	  CCM, ENCR_CCM, 16, 3, 8, 4, 16 },
	{ ENCR_AES_CCM_12, 256, "aes256ccm12", "AES_CCM_12-256", "AES-256-CCM",
	  CCM, ENCR_CCM, 32, 3, 8, 4, 12 },
	{ ENCR_AES_CCM_16, 256, "aes256ccm16", "AES_CCM_16-256", "AES-256-CCM",
	  CCM, ENCR_CCM, 32, 3, 8, 4, 16 },
	{ ENCR_CHACHA20_POLY1305, 0, "chacha20poly1305", "CHACHA20_POLY1305",
	  "ChaCha20-Poly1305", "rfc7539esp(chacha20,poly1305)", ENCR_CHACHA,
	  32, 4, 8, 4, 16 },
	{ 0 },
};

/* RFC 2404, RFC 4868 2.6: keys are as long as the hash, ICVs are cut. */
const struct integ_alg integ_algs[] = {
	{ 2, "sha1", "HMAC_SHA1_96", "SHA1", "hmac(sha1)", 20, 12, PRF_SHA1 },
	{ 12, "sha256", "HMAC_SHA2_256_128", "SHA256", "hmac(sha256)",
	  32, 16, PRF_SHA2_256 },
	{ 13, "sha384", "HMAC_SHA2_384_192", "SHA384", "hmac(sha384)",
	  48, 24, PRF_SHA2_384 },
	{ 14, "sha512", "HMAC_SHA2_512_256", "SHA512", "hmac(sha512)",
	  64, 32, PRF_SHA2_512 },
	{ 0 },
};

const struct prf_alg prf_algs[] = {
	{ PRF_SHA1, "prfsha1", "PRF_HMAC_SHA1", "SHA1", 20 },
	{ PRF_SHA2_256, "prfsha256", "PRF_HMAC_SHA2_256", "SHA256", 32 },
	{ PRF_SHA2_384, "prfsha384", "PRF_HMAC_SHA2_384", "SHA384", 48 },
	{ PRF_SHA2_512, "prfsha512", "PRF_HMAC_SHA2_512", "SHA512", 64 },
	{ 0 },
};

/*
 * MODP exponents: RFC 7919 5.2 asks for twice the strength of a group with a
 * safe prime, and gives these numbers for its own groups of 2048, 3072 and 4096
 * bits.  The primes of RFC 3526 are safe as well and of the same sizes, and 2
 * generates the subgroup of prime order in both, so the reasoning holds here, and
 * for the two smaller ones of RFC 2409 6.2 and RFC 3526 2.
 */
const struct ke_alg ke_algs[] = {
	{ 14, "modp2048", "MODP_2048", "modp_2048", KE_MODP, 256, 256, 225, false },
	{ 15, "modp3072", "MODP_3072", "modp_3072", KE_MODP, 384, 384, 275, false },
	{ 16, "modp4096", "MODP_4096", "modp_4096", KE_MODP, 512, 512, 325, false },
	{ 19, "ecp256", "ECP_256", "P-256", KE_ECP, 64, 32, 0, false },
	{ 20, "ecp384", "ECP_384", "P-384", KE_ECP, 96, 48, 0, false },
	{ 21, "ecp521", "ECP_521", "P-521", KE_ECP, 132, 66, 0, false },
	{ 31, "x25519", "CURVE_25519", "X25519", KE_XDH, 32, 32, 0, false },
	{ 32, "x448", "CURVE_448", "X448", KE_XDH, 56, 56, 0, false },
	{ 5, "modp1536", "MODP_1536", "modp_1536", KE_MODP, 192, 192, 200, true },
	{ 2, "modp1024", "MODP_1024", NULL, KE_MODP, 128, 128, 180, true },
	{ 0 },
};

/* Whether the algorithm comes with one key length only, that is, the next and
 * the previous of the table have another number. */
static bool
one_length(const struct encr_alg *e)
{
	const struct encr_alg *o;

	for (o = encr_algs; o->name != NULL; o++)
		if (o != e && o->id == e->id)
			return false;
	return true;
}

const struct encr_alg *
encr_find(uint16_t id, uint16_t key_bits)
{
	const struct encr_alg *e;

	for (e = encr_algs; e->name != NULL; e++)
		if (e->id == id && (e->key_bits == key_bits ||
		    (key_bits == 0 && one_length(e))))
			return e;
	return NULL;
}

const struct encr_alg *
encr_by_name(const char *name)
{
	const struct encr_alg *e;

	for (e = encr_algs; e->name != NULL; e++)
		if (strcmp(e->name, name) == 0)
			return e;
	return NULL;
}

const struct integ_alg *
integ_find(uint16_t id)
{
	const struct integ_alg *a;

	for (a = integ_algs; a->name != NULL; a++)
		if (a->id == id)
			return a;
	return NULL;
}

const struct integ_alg *
integ_by_name(const char *name)
{
	const struct integ_alg *a;

	for (a = integ_algs; a->name != NULL; a++)
		if (strcmp(a->name, name) == 0)
			return a;
	return NULL;
}

const struct prf_alg *
prf_find(uint16_t id)
{
	const struct prf_alg *p;

	for (p = prf_algs; p->name != NULL; p++)
		if (p->id == id)
			return p;
	return NULL;
}

const struct prf_alg *
prf_by_name(const char *name)
{
	const struct prf_alg *p;

	for (p = prf_algs; p->name != NULL; p++)
		if (strcmp(p->name, name) == 0)
			return p;
	return NULL;
}

const struct ke_alg *
ke_find(uint16_t id)
{
	const struct ke_alg *k;

	for (k = ke_algs; k->name != NULL; k++)
		if (k->id == id)
			return k;
	return NULL;
}

const struct ke_alg *
ke_by_name(const char *name)
{
	const struct ke_alg *k;

	for (k = ke_algs; k->name != NULL; k++)
		if (strcmp(k->name, name) == 0)
			return k;
	return NULL;
}
