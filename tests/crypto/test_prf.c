/* crypto/prf: HMAC and prf+ against published vectors and Python's hmac. */
#include "crypto/crypto.h"

#include <stdlib.h>
#include <string.h>

#include "tests/crypto/hex.h"
#include "tests/crypto/need.h"
#include "tests/unit.h"

static struct crypto *c;

/* RFC 2202 3 and RFC 4231 4: key and data as repeated octets or as text. */
static const struct hmac_row {
	int		 line;
	const char	*prf;
	const char	*key;		/* hexadecimal */
	size_t		 key_repeat;
	const char	*data;
	size_t		 data_repeat;
	const char	*want;
} hmac_rows[] = {
	{ __LINE__, "prfsha1", "0b", 20, "4869205468657265", 1,
	  "b617318655057264e28bc0b6fb378c8ef146be00" },
	{ __LINE__, "prfsha1", "4a656665", 1,
	  "7768617420646f2079612077616e7420666f72206e6f7468696e673f", 1,
	  "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
	{ __LINE__, "prfsha1", "aa", 80,
	  "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a"
	  "65204b6579202d2048617368204b6579204669727374", 1,
	  "aa4ae5e15272d00e95705637ce8a3b55ed402112" },
	{ __LINE__, "prfsha256", "0b", 20, "4869205468657265", 1,
	  "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
	{ __LINE__, "prfsha384", "0b", 20, "4869205468657265", 1,
	  "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
	  "faea9ea9076ede7f4af152e8b2fa9cb6" },
	{ __LINE__, "prfsha512", "0b", 20, "4869205468657265", 1,
	  "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
	  "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854" },
	{ __LINE__, "prfsha256", "4a656665", 1,
	  "7768617420646f2079612077616e7420666f72206e6f7468696e673f", 1,
	  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ __LINE__, "prfsha256", "aa", 20, "dd", 50,
	  "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
	{ __LINE__, "prfsha384", "aa", 20, "dd", 50,
	  "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b"
	  "2a5ab39dc13814b94e3ab6e101a34f27" },
	{ __LINE__, "prfsha512", "aa", 20, "dd", 50,
	  "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
	  "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb" },
	{ __LINE__, "prfsha256", "aa", 131,
	  "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a"
	  "65204b6579202d2048617368204b6579204669727374", 1,
	  "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
	{ __LINE__, "prfsha384", "aa", 131,
	  "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a"
	  "65204b6579202d2048617368204b6579204669727374", 1,
	  "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c6"
	  "0c2ef6ab4030fe8296248df163f44952" },
	{ __LINE__, "prfsha512", "aa", 131,
	  "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a"
	  "65204b6579202d2048617368204b6579204669727374", 1,
	  "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
	  "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598" },
};

static size_t
repeated(uint8_t *out, size_t size, const char *hex, size_t times)
{
	size_t n = 0;

	while (times-- > 0)
		n += hex_read(out + n, size - n, hex);
	return n;
}

static void
test_hmac(void)
{
	const struct hmac_row *r;
	uint8_t key[256], data[256], out[PRF_MAX];
	struct iov iov[3];
	size_t i, key_len, n;

	need_crypto(&c);
	for (i = 0; i < sizeof(hmac_rows) / sizeof(hmac_rows[0]); i++) {
		r = &hmac_rows[i];
		key_len = repeated(key, sizeof(key), r->key, r->key_repeat);
		n = repeated(data, sizeof(data), r->data, r->data_repeat);
		/* In three parts, one of them empty: the same. */
		iov[0] = (struct iov){ data, 3 };
		iov[1] = (struct iov){ NULL, 0 };
		iov[2] = (struct iov){ data + 3, n - 3 };
		CHECK_ROW(r->line, prf_mac(c, prf_by_name(r->prf), key, key_len,
		    iov, 3, out));
		CHECK_ROW(r->line, hex_equal(out, prf_by_name(r->prf)->len, r->want));
	}
}

/* An empty key and no data are allowed. */
static void
test_hmac_empty(void)
{
	uint8_t out[PRF_MAX];

	need_crypto(&c);
	CU_ASSERT(prf_mac(c, prf_by_name("prfsha256"), NULL, 0, NULL, 0, out));
	CU_ASSERT(hex_equal(out, 32,
	    "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"));
}

static void
test_hash(void)
{
	struct iov abc[] = { { "a", 1 }, { "bc", 2 } };
	uint8_t out[20];

	need_crypto(&c);
	CU_ASSERT(hash_sha1(c, abc, 2, out));
	CU_ASSERT(hex_equal(out, 20, "a9993e364706816aba3e25717850c26c9cd0d89d"));
}

static void
test_random(void)
{
	uint8_t a[64], b[64];

	need_crypto(&c);
	CU_ASSERT(crypto_random(c, a, sizeof(a)) && crypto_random(c, b, sizeof(b)));
	CU_ASSERT(memcmp(a, b, sizeof(a)) != 0);
	CU_ASSERT(crypto_random(c, a, 0));
	crypto_free(c);
	c = NULL;
}

#include "tests/crypto/prf_plus_vectors.h"

static void
test_prf_plus(void)
{
	const struct prf_plus_row *r;
	uint8_t key[128], seed[512], out[512];
	struct iov iov[2];
	size_t i, key_len, n, want;

	need_crypto(&c);
	for (i = 0; i < sizeof(prf_plus_rows) / sizeof(prf_plus_rows[0]); i++) {
		r = &prf_plus_rows[i];
		key_len = hex_read(key, sizeof(key), r->key);
		n = hex_read(seed, sizeof(seed), r->seed);
		want = strlen(r->want) / 2;
		iov[0] = (struct iov){ seed, n / 2 };
		iov[1] = (struct iov){ seed + n / 2, n - n / 2 };
		CHECK_ROW(r->line, prf_plus(c, prf_by_name(r->prf), key, key_len,
		    iov, 2, out, want));
		CHECK_ROW(r->line, hex_equal(out, want, r->want));
	}
}

/* NIST CAVP (SP 800-135, IKEv2, SHA-1): the keys of an IKE_SA, of its CHILD_SA
 * with and without a new exchange, and of its successor (RFC 7296 2.14, 2.17,
 * 2.18). */
static void
test_cavp(void)
{
	const struct prf_alg *prf = prf_by_name("prfsha1");
	uint8_t ni_nr[16], spis[16], gir[32], gir_new[32];
	uint8_t skeyseed[PRF_MAX], dkm[132], child[132], next[PRF_MAX];
	struct iov parts[3] = { { gir, 32 } };

	need_crypto(&c);
	hex_read(ni_nr, 16, "32b50d5f4a3763f3 9206a04b26564cb1");
	hex_read(spis, 16, "34c9e7c188868785 3ff77d760d2b2199");
	hex_read(gir, 32,
	    "4b2c1f971981a8ad8d0abeafabf38cf75fc8349c148142465ed9c8b516b8be52");
	hex_read(gir_new, 32,
	    "863f3c9d06efd39d2b907b97f8699e5dd5251ef64a2a176f36ee40c87d4f9330");

	CU_ASSERT(prf_mac(c, prf, ni_nr, 16, parts, 1, skeyseed));
	CU_ASSERT(hex_equal(skeyseed, 20,
	    "a9a7b222b59f8f48645f28a1db5b5f5d7479cba7"));

	parts[0] = (struct iov){ ni_nr, 16 };
	parts[1] = (struct iov){ spis, 16 };
	CU_ASSERT(prf_plus(c, prf, skeyseed, 20, parts, 2, dkm, sizeof(dkm)));
	CU_ASSERT(hex_equal(dkm, sizeof(dkm),
	    "a14293677cc80ff8f9cc0eee30d895da9d8f405666e30ef0dfcb63c634a46002"
	    "a2a63080e514a062768b76606f9fa5e992204fc5a670bde3f10d6b027113936a"
	    "5c55b648a194ae587b0088d52204b702c979fa280870d2ed41efa9c549fd1119"
	    "8af1670b143d384bd275c5f594cf266b05ebadca855e4249520a441a81157435"
	    "a7a56cc4"));

	CU_ASSERT(prf_plus(c, prf, dkm, 20, parts, 1, child, sizeof(child)));
	CU_ASSERT(hex_equal(child, sizeof(child),
	    "8059e3ee8810e6c3a91bc8bcd2a7a41151b8d0e6ae239c7b38093ad85ef4c581"
	    "1a8e7b5d1cdabd9560b2d5e092d1f24e2d4b85eccdf0ad0dc9abd94b51ee7181"
	    "4ca6dbc8bb51b6309f5b9545c7eb35cf5580b1e521a8fe20754a2d883ba0c2cf"
	    "285f524aea6545b33106bc03e614296d319d41d4b50b3f510b1c0a22f3e66499"
	    "4d234cb4"));

	parts[1] = parts[0];
	parts[0] = (struct iov){ gir_new, 32 };
	CU_ASSERT(prf_plus(c, prf, dkm, 20, parts, 2, child, sizeof(child)));
	CU_ASSERT(hex_equal(child, sizeof(child),
	    "bb43244c1860ad65ee1e211ffe8bb3661750c8f89cb9f547df7f4fa61d373016"
	    "28190e38c66232eab4b3ab14c400a5197dd3730ed4820a8a10394d51e1c04000"
	    "52f63ebd36b0e7ef53aaed31eba4a5080d7d4b5666023a8bbb5ffb7857240f9a"
	    "05884d1b7d2f933708450b7b3288f1fc863ab49fa901227cffc06e27899c7054"
	    "d56fd74c"));

	CU_ASSERT(prf_mac(c, prf, dkm, 20, parts, 2, next));
	CU_ASSERT(hex_equal(next, 20,
	    "63e81194946ebd05df7df5ebf5d8750056bf1f1d"));
}

static void
test_prf_plus_bounds(void)
{
	const struct prf_alg *prf = prf_by_name("prfsha256");
	static uint8_t out[255 * 32 + 2], first[64];
	struct iov seed = { "seed", 4 };
	size_t i;

	need_crypto(&c);
	CU_ASSERT(prf_plus(c, prf, "key", 3, &seed, 1, first, 64));
	/* A shorter output is a prefix; nothing is written behind it. */
	for (i = 0; i <= 64; i++) {
		memset(out, 0xee, sizeof(out));
		CU_ASSERT(prf_plus(c, prf, "key", 3, &seed, 1, out, i));
		CU_ASSERT(memcmp(out, first, i) == 0 && out[i] == 0xee);
	}
	CU_ASSERT(prf_plus(c, prf, "key", 3, &seed, 1, out, 255 * 32));
	CU_ASSERT(!prf_plus(c, prf, "key", 3, &seed, 1, out, 255 * 32 + 1));
}

UNIT_MAIN("prf",
	{ "HMAC, RFC 2202 and RFC 4231", test_hmac },
	{ "HMAC with an empty key over nothing", test_hmac_empty },
	{ "keys of NIST's CAVP", test_cavp },
	{ "prf+ as Python computes it", test_prf_plus },
	{ "prf+ gives up to 255 outputs", test_prf_plus_bounds },
	{ "hashes", test_hash },
	{ "random octets", test_random },
)
