/* crypto/dh: published vectors, agreement in every group, refused values. */
#include "crypto/crypto.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>

#include "crypto/internal.h"
#include "tests/crypto/hex.h"
#include "tests/crypto/need.h"
#include "tests/unit.h"

static struct crypto *c;

static void
test_agree(void)
{
	static uint8_t pa[KE_PUBLIC_MAX], pb[KE_PUBLIC_MAX];
	static uint8_t sa[KE_SHARED_MAX], sb[KE_SHARED_MAX];
	const struct ke_alg *alg;
	struct ke *a, *b;
	int i;

	need_crypto(&c);
	/* Twice each: the key object of the peers is used again. */
	for (alg = ke_algs; alg->name != NULL; alg++)
		for (i = 0; i < 2; i++) {
			a = ke_new(c, alg);
			b = ke_new(c, alg);
			CU_ASSERT_FATAL(a != NULL && b != NULL);
			CU_ASSERT(ke_alg(a) == alg);
			CU_ASSERT(ke_public(a, pa) && ke_public(b, pb));
			CU_ASSERT(memcmp(pa, pb, alg->public_len) != 0);
			CU_ASSERT(ke_shared(a, pb, alg->public_len, sa));
			CU_ASSERT(ke_shared(b, pa, alg->public_len, sb));
			CU_ASSERT(memcmp(sa, sb, alg->shared_len) == 0);
			ke_free(a);
			ke_free(b);
		}
	ke_free(NULL);
}

static void
test_wrong_length(void)
{
	static uint8_t p[KE_PUBLIC_MAX + 1], s[KE_SHARED_MAX];
	const struct ke_alg *alg;
	struct ke *a;
	size_t n;

	need_crypto(&c);
	for (alg = ke_algs; alg->name != NULL; alg++) {
		a = ke_new(c, alg);
		CU_ASSERT_FATAL(a != NULL && ke_public(a, p));
		for (n = 0; n <= KE_PUBLIC_MAX; n++)
			if (n != alg->public_len)
				CU_ASSERT(!ke_shared(a, p, n, s));
		CU_ASSERT(ke_shared(a, p, alg->public_len, s));
		ke_free(a);
	}
}

static BIGNUM *
prime(const struct ke_alg *alg)
{
	return alg->public_len == 128 ? BN_get_rfc2409_prime_1024(NULL) :
	    alg->public_len == 192 ? BN_get_rfc3526_prime_1536(NULL) :
	    alg->public_len == 256 ? BN_get_rfc3526_prime_2048(NULL) :
	    alg->public_len == 384 ? BN_get_rfc3526_prime_3072(NULL) :
	    BN_get_rfc3526_prime_4096(NULL);
}

/* Short exponents, and what BN makes of them with plain exponentiation. */
static void
modp_with_bn(const struct ke_alg *alg)
{
	static uint8_t pub[KE_PUBLIC_MAX], peer[KE_PUBLIC_MAX];
	static uint8_t shared[KE_SHARED_MAX], want[KE_SHARED_MAX];
	BN_CTX *bn = BN_CTX_new();
	BIGNUM *p = prime(alg), *x = NULL, *y = BN_new(), *g = BN_new();
	struct ke *a = ke_new(c, alg);

	CU_ASSERT_FATAL(a != NULL && p != NULL && bn != NULL);
	CU_ASSERT(EVP_PKEY_get_bn_param(a->own, OSSL_PKEY_PARAM_PRIV_KEY, &x));
	CU_ASSERT(BN_num_bits(x) <= alg->exponent_bits);
	CU_ASSERT(BN_num_bits(x) > alg->exponent_bits - 40);
	CU_ASSERT(BN_set_word(g, 2) && BN_mod_exp(y, g, x, p, bn));
	CU_ASSERT(BN_bn2binpad(y, want, alg->public_len) == alg->public_len);
	CU_ASSERT(ke_public(a, pub) && memcmp(pub, want, alg->public_len) == 0);

	/* Any value in range will do. */
	memset(peer, 0x35, alg->public_len);
	CU_ASSERT(BN_bin2bn(peer, alg->public_len, g) != NULL);
	CU_ASSERT(BN_mod_exp(y, g, x, p, bn));
	CU_ASSERT(BN_bn2binpad(y, want, alg->shared_len) == alg->shared_len);
	CU_ASSERT(ke_shared(a, peer, alg->public_len, shared));
	CU_ASSERT(memcmp(shared, want, alg->shared_len) == 0);
	ke_free(a);
	BN_free(x);
	BN_free(y);
	BN_free(g);
	BN_free(p);
	BN_CTX_free(bn);
}

static void
test_modp_bn(void)
{
	const struct ke_alg *alg;
	int i;

	need_crypto(&c);
	for (alg = ke_algs; alg->name != NULL; alg++)
		for (i = 0; alg->kind == KE_MODP && i < 3; i++)
			modp_with_bn(alg);
}

/* A shared value that begins with zeros keeps them: with 2 as the peer's value
 * and the exponents as they are it hardly happens, so the key is chosen. */
static void
test_modp_padding(void)
{
	static uint8_t peer[KE_PUBLIC_MAX], shared[KE_SHARED_MAX];
	const struct ke_alg *alg = ke_by_name("modp2048");
	struct ke *a;
	size_t i;

	need_crypto(&c);
	for (i = 0; i < 8000; i++) {
		a = ke_new(c, alg);
		CU_ASSERT_FATAL(a != NULL);
		memset(peer, 0, sizeof(peer));
		peer[255] = 3;
		memset(shared, 0xee, sizeof(shared));
		CU_ASSERT(ke_shared(a, peer, 256, shared));
		ke_free(a);
		if (shared[0] == 0)
			break;
	}
	/* One in 256: not once in 8,000 does not happen. */
	CU_ASSERT(i < 8000);
}

/* RFC 6989 2.1 */
static void
test_modp_range(void)
{
	static uint8_t y[KE_PUBLIC_MAX], s[KE_SHARED_MAX];
	const struct ke_alg *alg;
	BIGNUM *p;
	struct ke *a;
	size_t len;
	int i;

	need_crypto(&c);
	for (alg = ke_algs; alg->name != NULL; alg++) {
		if (alg->kind != KE_MODP)
			continue;
		len = alg->public_len;
		a = ke_new(c, alg);
		CU_ASSERT_FATAL(a != NULL);
		for (i = 0; i < 4; i++) {
			memset(y, 0, sizeof(y));
			y[len - 1] = (uint8_t)i;
			CU_ASSERT(ke_shared(a, y, len, s) == (i >= 2));
		}
		p = prime(alg);
		CU_ASSERT_FATAL(p != NULL && BN_sub_word(p, 3));
		for (i = -3; i < 3; i++) {
			CU_ASSERT(BN_bn2binpad(p, y, (int)len) == (int)len);
			CU_ASSERT(ke_shared(a, y, len, s) == (i <= -2));
			CU_ASSERT(BN_add_word(p, 1));
		}
		memset(y, 0xff, len);
		CU_ASSERT(!ke_shared(a, y, len, s));
		BN_free(p);
		ke_free(a);
	}
}

static void
test_ecp_off_curve(void)
{
	static uint8_t p[KE_PUBLIC_MAX], q[KE_PUBLIC_MAX], s[KE_SHARED_MAX];
	const struct ke_alg *alg;
	struct ke *a;

	need_crypto(&c);
	for (alg = ke_algs; alg->name != NULL; alg++) {
		if (alg->kind != KE_ECP)
			continue;
		a = ke_new(c, alg);
		CU_ASSERT_FATAL(a != NULL && ke_public(a, p));
		memcpy(q, p, sizeof(q));
		q[alg->public_len - 1] ^= 1;
		CU_ASSERT(!ke_shared(a, q, alg->public_len, s));
		memset(q, 0, sizeof(q));
		CU_ASSERT(!ke_shared(a, q, alg->public_len, s));
		memset(q, 0xff, sizeof(q));
		CU_ASSERT(!ke_shared(a, q, alg->public_len, s));
		/* And a good one after the bad ones. */
		CU_ASSERT(ke_shared(a, p, alg->public_len, s));
		ke_free(a);
	}
}

/* Points of small order (RFC 7748 6, and those of Curve448): zero comes out,
 * whatever our key is. */
static void
test_xdh_zero(void)
{
	static const struct { int line; const char *alg, *point; } rows[] = {
		{ __LINE__, "x25519", "00000000000000000000000000000000"
		  "00000000000000000000000000000000" },
		{ __LINE__, "x25519", "01000000000000000000000000000000"
		  "00000000000000000000000000000000" },
		{ __LINE__, "x25519", "e0eb7a7c3b41b8ae1656e3faf19fc46a"
		  "da098deb9c32b1fd866205165f49b800" },
		{ __LINE__, "x25519", "5f9c95bca3508c24b1d0b1559c83ef5b"
		  "04445cc4581c8e86d8224eddd09f1157" },
		{ __LINE__, "x25519", "ecffffffffffffffffffffffffffffff"
		  "ffffffffffffffffffffffffffffff7f" },
		{ __LINE__, "x25519", "edffffffffffffffffffffffffffffff"
		  "ffffffffffffffffffffffffffffff7f" },
		{ __LINE__, "x448", "00000000000000000000000000000000000000000000"
		  "00000000000000000000000000000000000000000000"
		  "000000000000000000000000" },
		{ __LINE__, "x448", "01000000000000000000000000000000000000000000"
		  "00000000000000000000000000000000000000000000"
		  "000000000000000000000000" },
	};
	uint8_t p[KE_PUBLIC_MAX], s[KE_SHARED_MAX];
	const struct ke_alg *alg;
	struct ke *a;
	size_t i, n;

	need_crypto(&c);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		alg = ke_by_name(rows[i].alg);
		n = hex_read(p, sizeof(p), rows[i].point);
		CHECK_ROW(rows[i].line, n == alg->public_len);
		a = ke_new(c, alg);
		CU_ASSERT_FATAL(a != NULL);
		CHECK_ROW(rows[i].line, !ke_shared(a, p, n, s));
		ke_free(a);
	}
}

/* private, public and the peer's public value; the shared one */
static const struct vector {
	int		 line;
	const char	*alg, *private, *public, *peer, *shared;
} vectors[] = {
	/* RFC 7748 6.1 */
	{ __LINE__, "x25519",
	  "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
	  "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
	  "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
	  "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742" },
	/* RFC 7748 6.2 */
	{ __LINE__, "x448",
	  "9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28d"
	  "d9c9baf574a9419744897391006382a6f127ab1d9ac2d8c0a598726b",
	  "9b08f7cc31b7e3e67d22d5aea121074a273bd2b83de09c63faa73d2c"
	  "22c5d9bbc836647241d953d40c5b12da88120d53177f80e532c41fa0",
	  "3eb7a829b0cd20f5bcfc0b599b6feccf6da4627107bdb0d4f345b430"
	  "27d8b972fc3e34fb4232a13ca706dcb57aec3dae07bdc1c67bf33609",
	  "07fff4181ac6cc95ec1c16a94a0f74d12da232ce40a77552281d282b"
	  "b60c0b56fd2464c335543936521c24403085d59a449a5037514a879d" },
	/* RFC 5903 8.1, 8.2, 8.3 */
	{ __LINE__, "ecp256",
	  "C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433",
	  "DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180"
	  "5271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3",
	  "D12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF63"
	  "56FBF3CA366CC23E8157854C13C58D6AAC23F046ADA30F8353E74F33039872AB",
	  "D6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE" },
	{ __LINE__, "ecp384",
	  "099F3C7034D4A2C699884D73A375A67F7624EF7C6B3C0F160647B67414DCE655"
	  "E35B538041E649EE3FAEF896783AB194",
	  "667842D7D180AC2CDE6F74F37551F55755C7645C20EF73E31634FE72B4C55EE6"
	  "DE3AC808ACB4BDB4C88732AEE95F41AA9482ED1FC0EEB9CAFC4984625CCFC23F"
	  "65032149E0E144ADA024181535A0F38EEB9FCFF3C2C947DAE69B4C634573A81C",
	  "E558DBEF53EECDE3D3FCCFC1AEA08A89A987475D12FD950D83CFA41732BC509D"
	  "0D1AC43A0336DEF96FDA41D0774A3571DCFBEC7AACF3196472169E838430367F"
	  "66EEBE3C6E70C416DD5F0C68759DD1FFF83FA40142209DFF5EAAD96DB9E6386C",
	  "11187331C279962D93D604243FD592CB9D0A926F422E47187521287E7156C5C4"
	  "D603135569B9E9D09CF5D4A270F59746" },
	{ __LINE__, "ecp521",
	  "0037ADE9319A89F4DABDB3EF411AACCCA5123C61ACAB57B5393DCE47608172A0"
	  "95AA85A30FE1C2952C6771D937BA9777F5957B2639BAB072462F68C27A57382D"
	  "4A52",
	  "0015417E84DBF28C0AD3C278713349DC7DF153C897A1891BD98BAB4357C9ECBE"
	  "E1E3BF42E00B8E380AEAE57C2D107564941885942AF5A7F4601723C4195D176C"
	  "ED3E"
	  "017CAE20B6641D2EEB695786D8C946146239D099E18E1D5A514C739D7CB4A10A"
	  "D8A788015AC405D7799DC75E7B7D5B6CF2261A6A7F1507438BF01BEB6CA3926F"
	  "9582",
	  "00D0B3975AC4B799F5BEA16D5E13E9AF971D5E9B984C9F39728B5E5739735A21"
	  "9B97C356436ADC6E95BB0352F6BE64A6C2912D4EF2D0433CED2B6171640012D9"
	  "460F"
	  "015C68226383956E3BD066E797B623C27CE0EAC2F551A10C2C724D9852077B87"
	  "220B6536C5C408A1D2AEBB8E86D678AE49CB57091F4732296579AB44FCD17F0F"
	  "C56A",
	  "01144C7D79AE6956BC8EDB8E7C787C4521CB086FA64407F97894E5E6B2D79B04"
	  "D1427E73CA4BAA240A34786859810C06B3C715A3A8CC3151F2BEE417996D19F3"
	  "DDEA" },
};

/* An EC key of that private value; the public one is computed here. */
static EVP_PKEY *
ec_key(const struct ke_alg *alg, const uint8_t *priv, size_t len)
{
	int nid = alg->id == 19 ? NID_X9_62_prime256v1 :
	    alg->id == 20 ? NID_secp384r1 : NID_secp521r1;
	EC_GROUP *g = EC_GROUP_new_by_curve_name(nid);
	EC_POINT *p = EC_POINT_new(g);
	BIGNUM *x = BN_bin2bn(priv, (int)len, NULL);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;
	OSSL_PARAM *params;
	uint8_t point[200];
	size_t n;

	CU_ASSERT(EC_POINT_mul(g, p, x, NULL, NULL, NULL));
	n = EC_POINT_point2oct(g, p, POINT_CONVERSION_UNCOMPRESSED, point,
	    sizeof(point), NULL);
	OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME,
	    alg->group, 0);
	OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point, n);
	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, x);
	params = OSSL_PARAM_BLD_to_param(bld);
	CU_ASSERT(EVP_PKEY_fromdata_init(ctx) == 1);
	CU_ASSERT(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) == 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	BN_free(x);
	EC_POINT_free(p);
	EC_GROUP_free(g);
	return key;
}

static void
run_vector(const struct vector *v)
{
	const struct ke_alg *alg = ke_by_name(v->alg);
	static uint8_t priv[128], in[KE_PUBLIC_MAX], out[KE_PUBLIC_MAX];
	struct ke *ke = ke_new(c, alg);
	size_t n;

	CU_ASSERT_FATAL(ke != NULL);
	n = hex_read(priv, sizeof(priv), v->private);
	EVP_PKEY_free(ke->own);
	ke->own = alg->kind == KE_ECP ? ec_key(alg, priv, n) :
	    EVP_PKEY_new_raw_private_key_ex(NULL, alg->group, NULL, priv, n);
	CU_ASSERT_FATAL(ke->own != NULL);
	CHECK_ROW(v->line, ke_public(ke, out));
	CHECK_ROW(v->line, hex_equal(out, alg->public_len, v->public));
	n = hex_read(in, sizeof(in), v->peer);
	CHECK_ROW(v->line, ke_shared(ke, in, n, out));
	CHECK_ROW(v->line, hex_equal(out, alg->shared_len, v->shared));
	ke_free(ke);
}

static void
test_vectors(void)
{
	size_t i;

	need_crypto(&c);
	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		run_vector(&vectors[i]);
	crypto_free(c);
	c = NULL;
}

UNIT_MAIN("dh",
	{ "both sides agree in every group", test_agree },
	{ "a value of another length is refused", test_wrong_length },
	{ "MODP with short exponents is what BN computes", test_modp_bn },
	{ "MODP results keep their leading zeros", test_modp_padding },
	{ "MODP values outside 2 .. p-2 are refused", test_modp_range },
	{ "points off the curve are refused", test_ecp_off_curve },
	{ "points of small order are refused", test_xdh_zero },
	{ "RFC 5903, RFC 7748", test_vectors },
)
