/* crypto/cipher: vectors, and everything that must not open. */
#include "crypto/crypto.h"

#include <stdlib.h>
#include <string.h>

#include "tests/crypto/hex.h"
#include "tests/crypto/need.h"
#include "tests/unit.h"

#define AAD	28
#define MSG_SIZE	2048

static struct crypto *c;

static void
make_keys(struct cipher_keys *k, const struct encr_alg *e,
	  const struct integ_alg *a)
{
	uint8_t bytes[SECRET_MAX];
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + 1);
	memset(k, 0, sizeof(*k));
	k->encr = e;
	k->integ = IS_AEAD(e) ? NULL : a;
	CU_ASSERT(secret_set(&k->ek, bytes, e->key_len + e->salt_len));
	if (!IS_AEAD(e))
		CU_ASSERT(secret_set(&k->ak, bytes + 1, a->key_len));
}

/* A message of len octets of text in msg; its whole length. */
static size_t
fill(uint8_t *msg, const struct cipher_keys *k, size_t aad, size_t len)
{
	size_t i, total = aad + k->encr->iv_len + len + cipher_icv_len(k);

	memset(msg, 0, MSG_SIZE);
	for (i = 0; i < aad + k->encr->iv_len + len; i++)
		msg[i] = (uint8_t)(i ^ 0x5a);
	return total;
}

static void
round_trip(const struct cipher_keys *k, size_t aad, size_t len)
{
	static uint8_t msg[MSG_SIZE], plain[MSG_SIZE];
	size_t total = fill(msg, k, aad, len), got, iv = k->encr->iv_len;

	memcpy(plain, msg, total);
	CU_ASSERT(cipher_seal(c, k, 0x0102030405060708ull, msg, aad, len));
	CU_ASSERT(memcmp(msg, plain, aad) == 0);
	CU_ASSERT(len < 8 || memcmp(msg + aad + iv, plain + aad + iv, len) != 0);
	CU_ASSERT(msg[total] == 0);
	CU_ASSERT(cipher_open(c, k, msg, aad, total, &got) && got == len);
	CU_ASSERT(memcmp(msg + aad + iv, plain + aad + iv, len) == 0);
}

static void
for_all(void (*f)(const struct cipher_keys *))
{
	const struct encr_alg *e;
	const struct integ_alg *a;
	struct cipher_keys k;

	need_crypto(&c);
	for (e = encr_algs; e->name != NULL; e++)
		for (a = integ_algs; a->name != NULL; a++) {
			make_keys(&k, e, a);
			f(&k);
			if (IS_AEAD(e))
				break;
		}
}

static void
one_round_trip(const struct cipher_keys *k)
{
	static const size_t lengths[] = { 16, 32, 48, 160, 208, 1408 };
	size_t i;

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		round_trip(k, AAD, lengths[i]);
		round_trip(k, 0, lengths[i]);
	}
	if (k->encr->mode != ENCR_CBC) {
		round_trip(k, AAD, 0);
		/* RFC 5282 5: any length of padding, so any length. */
		for (i = 1; i < 40; i++)
			round_trip(k, AAD, i);
	}
}

static void
test_round_trip(void)
{
	for_all(one_round_trip);
}

static void
one_tamper(const struct cipher_keys *k)
{
	static uint8_t msg[MSG_SIZE], copy[MSG_SIZE], zero[MSG_SIZE];
	size_t total = fill(msg, k, AAD, 32), i, got, iv = k->encr->iv_len;

	CU_ASSERT(cipher_seal(c, k, 1, msg, AAD, 32));
	for (i = 0; i < total; i++) {
		memcpy(copy, msg, total);
		copy[i] ^= (uint8_t)(1 << i % 8);
		got = 99;
		CU_ASSERT(!cipher_open(c, k, copy, AAD, total, &got));
		CU_ASSERT(got == 0);
		/* An AEAD has decrypted; nothing of that may be left. */
		CU_ASSERT(!IS_AEAD(k->encr) ||
		    memcmp(copy + AAD + iv, zero, 32) == 0);
	}
	/* And the next good one is opened again. */
	CU_ASSERT(cipher_open(c, k, msg, AAD, total, &got) && got == 32);
}

static void
test_tamper(void)
{
	for_all(one_tamper);
}

static void
one_length(const struct cipher_keys *k)
{
	static uint8_t msg[MSG_SIZE], copy[MSG_SIZE];
	size_t total = fill(msg, k, AAD, 32), i, got;

	CU_ASSERT(cipher_seal(c, k, 1, msg, AAD, 32));
	for (i = 0; i < total + 20; i++) {
		if (i == total)
			continue;
		memcpy(copy, msg, sizeof(copy));
		CU_ASSERT(!cipher_open(c, k, copy, AAD, i, &got));
	}
	/* Another border between AAD and text is another message to an AEAD. */
	memcpy(copy, msg, sizeof(copy));
	CU_ASSERT(!IS_AEAD(k->encr) ||
	    !cipher_open(c, k, copy, AAD - 16, total, &got));
	CU_ASSERT(!cipher_open(c, k, copy, SIZE_MAX, total, &got));
}

static void
test_length(void)
{
	for_all(one_length);
}

static void
one_wrong_key(const struct cipher_keys *k)
{
	static uint8_t msg[MSG_SIZE], copy[MSG_SIZE];
	size_t total = fill(msg, k, AAD, 32), got;
	struct cipher_keys other = *k;

	CU_ASSERT(cipher_seal(c, k, 1, msg, AAD, 32));
	memcpy(copy, msg, total);
	if (IS_AEAD(k->encr))
		other.ek.bytes[other.ek.len - 1] ^= 1;	/* the salt */
	else
		other.ak.bytes[0] ^= 1;
	CU_ASSERT(!cipher_open(c, &other, copy, AAD, total, &got));

	/* Keys that are not the algorithm's are used for nothing. */
	other = *k;
	other.ek.len--;
	CU_ASSERT(!cipher_seal(c, &other, 1, copy, AAD, 32));
	CU_ASSERT(!cipher_open(c, &other, copy, AAD, total, &got));
}

static void
test_wrong_key(void)
{
	for_all(one_wrong_key);
}

/* Two messages under one key never share an IV in CBC, and take the counter in
 * the others. */
static void
one_iv(const struct cipher_keys *k)
{
	static uint8_t a[MSG_SIZE], b[MSG_SIZE];
	size_t iv = k->encr->iv_len;

	fill(a, k, AAD, 32);
	fill(b, k, AAD, 32);
	CU_ASSERT(cipher_seal(c, k, 0xa1a2a3a4a5a6a7a8ull, a, AAD, 32));
	CU_ASSERT(cipher_seal(c, k, 0xa1a2a3a4a5a6a7a8ull, b, AAD, 32));
	if (k->encr->mode == ENCR_CBC)
		CU_ASSERT(memcmp(a + AAD, b + AAD, iv) != 0)
	else
		CU_ASSERT(hex_equal(a + AAD, iv, "a1a2a3a4a5a6a7a8"));
}

static void
test_iv(void)
{
	for_all(one_iv);
}

static void
test_unaligned(void)
{
	static uint8_t msg[MSG_SIZE];
	struct cipher_keys k;

	need_crypto(&c);
	make_keys(&k, encr_by_name("aes128"), integ_by_name("sha256"));
	CU_ASSERT(!cipher_seal(c, &k, 1, msg, AAD, 17));
	CU_ASSERT(!cipher_seal(c, &k, 1, msg, AAD, 0));
}

/* Published ciphertexts; an ICV of NULL is made with integ. */
static const struct vector {
	int		 line;
	const char	*encr, *key, *aad, *iv, *text, *cipher, *icv;
} vectors[] = {
	/* RFC 3602 4, case 1 and case 5 */
	{ __LINE__, "aes128", "06a9214036b8a15b512e03d534120006", "",
	  "3dafba429d9eb430b422da802c9fac41",
	  "53696e676c6520626c6f636b206d7367",
	  "e353779c1079aeb82708942dbe77181a", NULL },
	{ __LINE__, "aes128", "90d382b410eeba7ad938c46cec1a82bf",
	  "0000432100000001", "e96e8c08ab465763fd098d45dd3ff893",
	  "08000ebda70a00008e9c083db95b0700"
	  "08090a0b0c0d0e0f1011121314151617"
	  "18191a1b1c1d1e1f2021222324252627"
	  "28292a2b2c2d2e2f3031323334353637"
	  "0102030405060708090a0b0c0d0e0e01",
	  "f663c25d325c18c6a9453e194e120849"
	  "a4870b66cc6b9965330013b4898dc856"
	  "a4699e523a55db080b59ec3a8e4b7e52"
	  "775b07d1db34ed9c538ab50c551b874a"
	  "a269add047ad2d5913ac19b7cfbad4a6", NULL },
	/* RFC 3686 6, vectors 1, 2 and 7 */
	{ __LINE__, "aes128ctr", "AE6852F8121067CC4BF7A5765577F39E 00000030", "",
	  "0000000000000000", "53696E676C6520626C6F636B206D7367",
	  "E4095D4FB7A7B3792D6175A3261311B8", NULL },
	{ __LINE__, "aes128ctr", "7E24067817FAE0D743D6CE1F32539163 006CB6DB", "",
	  "C0543B59DA48D90B",
	  "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
	  "5104A106168A72D9790D41EE8EDAD388EB2E1EFC46DA57C8FCE630DF9141BE28",
	  NULL },
	{ __LINE__, "aes256ctr", "776BEFF2851DB06F4C8A0542C8696F6C6A81AF1EEC96B4D3"
	  "7FC1D689E6C1C104 00000060", "", "DB5672C97AA8F0B2",
	  "53696E676C6520626C6F636B206D7367",
	  "145AD01DBF824EC7560863DC71E3E0C0", NULL },
	/* NIST GCM specification, test cases 4 and 16; the first four octets of
	 * the nonce are our salt (RFC 4106 4). */
	{ __LINE__, "aes128gcm16", "feffe9928665731c6d6a8f9467308308 cafebabe",
	  "feedfacedeadbeeffeedfacedeadbeefabaddad2", "facedbaddecaf888",
	  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	  "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	  "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
	  "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
	  "5bc94fbc3221a5db94fae95ae7121a47" },
	{ __LINE__, "aes128gcm12", "feffe9928665731c6d6a8f9467308308 cafebabe",
	  "feedfacedeadbeeffeedfacedeadbeefabaddad2", "facedbaddecaf888",
	  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	  "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	  "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
	  "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
	  "5bc94fbc3221a5db94fae95a" },
	{ __LINE__, "aes256gcm16", "feffe9928665731c6d6a8f9467308308"
	  "feffe9928665731c6d6a8f9467308308 cafebabe",
	  "feedfacedeadbeeffeedfacedeadbeefabaddad2", "facedbaddecaf888",
	  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	  "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	  "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
	  "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
	  "76fc6ece0f4e1768cddf8853bb2d551b" },
	/* CCM with the nonces of RFC 4309: computed from AES blocks in Python,
	 * by a program that gives the packet vector 1 of RFC 3610. */
	{ __LINE__, "aes128ccm12", "000102030405060708090a0b0c0d0e0f"
	  "" "a0a1a2", "0102030400000005", "1011121314151617",
	  "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
	  "40414243",
	  "ee8b585ec4d92c97dee6e214f6c0da164d7dbf0d1d4225549460ee8a70d7a94e"
	  "8240209f",
	  "50ac4257fdd02c796c397d59" },
	{ __LINE__, "aes128ccm16", "000102030405060708090a0b0c0d0e0f"
	  "" "a0a1a2", "0102030400000005", "1011121314151617",
	  "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
	  "40414243",
	  "ee8b585ec4d92c97dee6e214f6c0da164d7dbf0d1d4225549460ee8a70d7a94e"
	  "8240209f",
	  "8bbf7fdfd4b67c61df5191be17e5cba3" },
	{ __LINE__, "aes256ccm12", "000102030405060708090a0b0c0d0e0f"
	  "101112131415161718191a1b1c1d1e1f" "a0a1a2", "0102030400000005", "1011121314151617",
	  "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
	  "40414243",
	  "30ddba90ef073d51477dedde7dc977e1446aaa7f0018a071786fc304476584c6"
	  "81e5f2e9",
	  "ead5d57cf3ae26d15d519dad" },
	{ __LINE__, "aes256ccm16", "000102030405060708090a0b0c0d0e0f"
	  "101112131415161718191a1b1c1d1e1f" "a0a1a2", "0102030400000005", "1011121314151617",
	  "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
	  "40414243",
	  "30ddba90ef073d51477dedde7dc977e1446aaa7f0018a071786fc304476584c6"
	  "81e5f2e9",
	  "3df7a64b9171a4b0fc8e867fdb94b426" },
	/* RFC 7634 appendix A */
	{ __LINE__, "chacha20poly1305", "808182838485868788898a8b8c8d8e8f"
	  "909192939495969798999a9b9c9d9e9f a0a1a2a3",
	  "0102030400000005", "1011121314151617",
	  "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec10"
	  "0007362708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223"
	  "2425262728292a2b2c2d2e2f303132333435363701020204",
	  "24039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c6"
	  "14ee8099d52844eb61aa95dfab4c02f72aa71e7c4c4f64c9befe2facc638e8f3"
	  "cbec163fac469b502773f6fb94e664da9165b82829f641e0",
	  "76aaa8266b7fb0f7b11b369907e1ad43" },
};

static void
run_vector(const struct vector *v)
{
	const struct integ_alg *a = integ_by_name("sha256");
	uint8_t msg[512], key[64], text[256], full[PRF_MAX];
	struct cipher_keys k;
	size_t n, aad, iv, len, key_len;

	make_keys(&k, encr_by_name(v->encr), a);
	key_len = hex_read(key, sizeof(key), v->key);
	CHECK_ROW(v->line, key_len == k.ek.len);
	CU_ASSERT_FATAL(secret_set(&k.ek, key, key_len));
	aad = hex_read(msg, sizeof(msg), v->aad);
	iv = hex_read(msg + aad, sizeof(msg) - aad, v->iv);
	CHECK_ROW(v->line, iv == k.encr->iv_len);
	len = hex_read(msg + aad + iv, sizeof(msg) - aad - iv, v->cipher);
	n = aad + iv + len;
	if (v->icv != NULL) {
		n += hex_read(msg + n, sizeof(msg) - n, v->icv);
	} else {
		struct iov all = { msg, n };

		CU_ASSERT(prf_mac(c, prf_find(a->prf_id), k.ak.bytes, k.ak.len,
		    &all, 1, full));
		memcpy(msg + n, full, a->icv_len);
		n += a->icv_len;
	}
	CHECK_ROW(v->line, cipher_open(c, &k, msg, aad, n, &len));
	CHECK_ROW(v->line, hex_equal(msg + aad + iv, len, v->text));

	if (k.encr->mode == ENCR_CBC)
		return;
	memcpy(text, msg + aad, 8);
	CHECK_ROW(v->line, cipher_seal(c, &k, (uint64_t)text[0] << 56 |
	    (uint64_t)text[1] << 48 | (uint64_t)text[2] << 40 |
	    (uint64_t)text[3] << 32 | (uint64_t)text[4] << 24 |
	    (uint64_t)text[5] << 16 | (uint64_t)text[6] << 8 | text[7],
	    msg, aad, len));
	CHECK_ROW(v->line, hex_equal(msg + aad, 8, v->iv));
	CHECK_ROW(v->line, hex_equal(msg + aad + iv, len, v->cipher));
	if (v->icv != NULL)
		CHECK_ROW(v->line, hex_equal(msg + aad + iv + len,
		    cipher_icv_len(&k), v->icv));
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

UNIT_MAIN("cipher",
	{ "what is sealed opens, with every suite", test_round_trip },
	{ "one changed bit anywhere is refused, nothing leaks", test_tamper },
	{ "a wrong length is refused", test_length },
	{ "another key is refused", test_wrong_key },
	{ "IVs are random or the counter", test_iv },
	{ "CBC wants whole blocks", test_unaligned },
	{ "published vectors", test_vectors },
)
