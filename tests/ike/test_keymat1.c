/* ike1/keymat1: every key and hash of two exchanges of strongSwan's. */
#include "ike/ike1/keymat1.h"

#include <stdlib.h>
#include <string.h>

#include "ike/wire/numbers.h"
#include "tests/crypto/hex.h"
#include "tests/ike/keymat1_vectors.h"
#include "tests/unit.h"

#define PSK		"a-secret-of-the-laboratory"
#define OCTETS_MAX	1024
#define N_VECTORS	(sizeof(vectors) / sizeof(vectors[0]))

static struct crypto *c;

struct octets {
	size_t	len;
	uint8_t	b[OCTETS_MAX];
};

/* One exchange, read. */
struct life {
	struct octets	ke_i, ke_r, shared, sa_i, id_i, id_r;
	struct nonce	ni, nr;
	struct main1	main;
	struct keys1	k;
};

static void
read_octets(struct octets *o, const char *text)
{
	o->len = hex_read(o->b, sizeof(o->b), text);
}

static struct bytes
bytes_of(const struct octets *o)
{
	return (struct bytes){ .p = o->b, .len = o->len };
}

static uint64_t
number(const char *text)
{
	return strtoull(text, NULL, 16);
}

static void
read_nonce(struct nonce *n, const char *text)
{
	n->len = (uint16_t)hex_read(n->b, sizeof(n->b), text);
}

static void
begin(struct life *l, const struct vector *v)
{
	struct err e = ERR_INIT;
	bool sha1 = strstr(v->ike, "sha1") != NULL;
	struct iov both[2];
	uint8_t mac[PRF_MAX];

	if (c == NULL && crypto_new(&c, &e) < 0) {
		printf("%s\n", e.text);
		exit(1);
	}
	memset(l, 0, sizeof(*l));
	read_octets(&l->ke_i, v->ke_i);
	read_octets(&l->ke_r, v->ke_r);
	read_octets(&l->shared, v->shared);
	read_octets(&l->sa_i, v->sa_i);
	read_octets(&l->id_i, v->id_i);
	read_octets(&l->id_r, v->id_r);
	read_nonce(&l->ni, v->ni);
	read_nonce(&l->nr, v->nr);
	l->main = (struct main1){
		.ke_i = bytes_of(&l->ke_i), .ke_r = bytes_of(&l->ke_r),
		.shared = bytes_of(&l->shared), .ni = &l->ni, .nr = &l->nr,
		.spi_i = number(v->spi_i), .spi_r = number(v->spi_r),
	};
	l->k.prf = prf_by_name(sha1 ? "prfsha1" : "prfsha256");
	l->k.encr = encr_by_name("aes256");
	/* What keys does for KEYS_SKEYID. */
	both[0] = (struct iov){ l->ni.b, l->ni.len };
	both[1] = (struct iov){ l->nr.b, l->nr.len };
	CU_ASSERT_FATAL(prf_mac(c, l->k.prf, PSK, strlen(PSK), both, 2, mac) &&
	    secret_set(&l->k.skeyid, mac, l->k.prf->len) &&
	    keymat1_derive(c, &l->main, &l->k));
}

#define IS(got, n, want) CHECK_ROW(__LINE__, hex_equal(got, n, want))
#define IS_SECRET(s, want) IS((s).bytes, (s).len, want)

static void
test_phase1(void)
{
	struct bytes sa, id_i, id_r;
	uint8_t hash[PRF_MAX];
	struct life l;
	size_t i;

	for (i = 0; i < N_VECTORS; i++) {
		const struct vector *v = &vectors[i];

		begin(&l, v);
		IS_SECRET(l.k.skeyid, v->skeyid);
		IS_SECRET(l.k.skeyid_d, v->skeyid_d);
		IS_SECRET(l.k.skeyid_a, v->skeyid_a);
		IS_SECRET(l.k.key, v->key);
		IS(l.k.iv, CBC_IV, v->iv);
		sa = bytes_of(&l.sa_i);
		id_i = bytes_of(&l.id_i);
		id_r = bytes_of(&l.id_r);
		CU_ASSERT(keymat1_hash_auth(c, &l.k, &l.main, true, &sa, &id_i,
		    hash));
		IS(hash, l.k.prf->len, v->hash_i);
		CU_ASSERT(keymat1_hash_auth(c, &l.k, &l.main, false, &sa, &id_r,
		    hash));
		IS(hash, l.k.prf->len, v->hash_r);
	}
}

/* RFC 2409 5.1: by python3's hmac, as there is no log with signatures here. */
static void
test_signature(void)
{
	const struct vector *v = &vectors[0];
	struct life l;

	begin(&l, v);
	CU_ASSERT(keymat1_skeyid_signature(c, &l.main, &l.k));
	IS_SECRET(l.k.skeyid, "2b75d012dec5eb152ec6d9add88ac124"
	    "ccfe0ed7ad2b346e7ea2275a98cf53fc");
}

/* Decrypts the message; what is behind its HASH payload, up to the padding, is
 * rest. */
static void
open_message(struct life *l, struct octets *m, const char *text, uint8_t iv[CBC_IV],
	     uint32_t *msgid, struct bytes *hash, struct bytes *rest)
{
	size_t at = IKE_HDR_LEN, len, type;

	read_octets(m, text);
	CU_ASSERT_FATAL(m->len > IKE_HDR_LEN);
	*msgid = (uint32_t)m->b[20] << 24 | (uint32_t)m->b[21] << 16 |
	    (uint32_t)m->b[22] << 8 | m->b[23];
	CU_ASSERT(cbc_decrypt(c, l->k.encr, &l->k.key, iv, m->b + IKE_HDR_LEN,
	    m->len - IKE_HDR_LEN));
	CU_ASSERT(memcmp(iv, l->k.iv, CBC_IV) != 0);
	*hash = *rest = (struct bytes){ .p = m->b, .len = 0 };
	for (type = m->b[16]; type != 0 && at + 4 <= m->len; at += len) {
		len = (size_t)m->b[at + 2] << 8 | m->b[at + 3];
		CU_ASSERT_FATAL(len >= 4 && at + len <= m->len);
		if (type == 8) {		/* HASH */
			*hash = (struct bytes){ .p = m->b + at + 4,
			    .len = len - 4 };
			rest->p = m->b + at + len;
		}
		type = m->b[at];
	}
	rest->len = (size_t)(m->b + at - rest->p);
}

static bool
has_hash(const struct life *l, const struct bytes *hash, const uint8_t *want)
{
	return hash->len == l->k.prf->len &&
	    memcmp(hash->p, want, hash->len) == 0;
}

/* The encrypted messages of main mode carry the IV on; a wrong IV spoils the
 * first block. */
static void
test_main_mode(void)
{
	static struct octets m;
	uint8_t iv[CBC_IV], want[PRF_MAX];
	struct bytes hash, rest;
	struct life l;
	uint32_t msgid;
	size_t i;

	for (i = 0; i < N_VECTORS; i++) {
		begin(&l, &vectors[i]);
		memcpy(iv, l.k.iv, CBC_IV);
		open_message(&l, &m, vectors[i].mm5, iv, &msgid, &hash, &rest);
		hex_read(want, sizeof(want), vectors[i].hash_i);
		CU_ASSERT(msgid == 0 && has_hash(&l, &hash, want));
		open_message(&l, &m, vectors[i].mm6, iv, &msgid, &hash, &rest);
		hex_read(want, sizeof(want), vectors[i].hash_r);
		CU_ASSERT(has_hash(&l, &hash, want));
	}
}

/* From the last block of main mode. */
static void
first_iv(struct life *l, const struct vector *v, const char *message,
	 uint8_t iv[CBC_IV])
{
	struct octets m;
	uint32_t msgid;

	read_octets(&m, v->mm6);
	memcpy(l->k.iv, m.b + m.len - CBC_IV, CBC_IV);
	read_octets(&m, message);
	msgid = (uint32_t)m.b[20] << 24 | (uint32_t)m.b[21] << 16 |
	    (uint32_t)m.b[22] << 8 | m.b[23];
	CU_ASSERT(keymat1_iv(c, l->k.prf, l->k.iv, msgid, iv));
}

/* The nonce in a decrypted message: payload type 10. */
static void
find_nonce(const struct octets *m, struct nonce *n)
{
	size_t at = IKE_HDR_LEN, len, type;

	for (type = m->b[16]; type != 0 && type != 10; at += len) {
		len = (size_t)m->b[at + 2] << 8 | m->b[at + 3];
		type = m->b[at];
	}
	CU_ASSERT_FATAL(type == 10);
	n->len = (uint16_t)(((size_t)m->b[at + 2] << 8 | m->b[at + 3]) - 4);
	memcpy(n->b, m->b + at + 4, n->len);
}

static void
check_child(const struct life *l, const struct vector *v, const struct nonce *ni,
	    const struct nonce *nr)
{
	struct suite suite = { .protocol = PROTO_ESP };
	struct cipher_keys from_i, from_r;
	struct octets shared;
	struct bytes dh;
	bool aead = strcmp(v->esp, "aes128gcm16") == 0;

	suite.encr = encr_by_name(aead ? v->esp : "aes256")->id;
	suite.key_bits = aead ? 128 : 256;
	suite.integ = aead ? 0 : integ_by_name("sha1")->id;
	read_octets(&shared, v->qm_shared);
	dh = bytes_of(&shared);
	CU_ASSERT(keymat1_child(c, l->k.prf, &l->k.skeyid_d, &suite,
	    (uint32_t)number(v->spi_esp_r), &dh, ni, nr, &from_i));
	CU_ASSERT(keymat1_child(c, l->k.prf, &l->k.skeyid_d, &suite,
	    (uint32_t)number(v->spi_esp_i), &dh, ni, nr, &from_r));
	CU_ASSERT(from_i.encr == suite_encr(&suite));
	CU_ASSERT(from_r.integ == suite_integ(&suite));
	IS_SECRET(from_i.ek, v->ek_i);
	IS_SECRET(from_r.ek, v->ek_r);
	IS_SECRET(from_i.ak, v->ak_i);
	IS_SECRET(from_r.ak, v->ak_r);
}

static void
test_quick_mode(void)
{
	static struct octets m;
	uint8_t iv[CBC_IV], want[PRF_MAX];
	struct nonce ni = { 0 }, nr = { 0 };
	struct bytes hash, rest;
	struct life l;
	uint32_t msgid;
	size_t i;

	for (i = 0; i < N_VECTORS; i++) {
		const struct vector *v = &vectors[i];

		begin(&l, v);
		first_iv(&l, v, v->qm1, iv);
		open_message(&l, &m, v->qm1, iv, &msgid, &hash, &rest);
		CU_ASSERT(keymat1_hash(c, &l.k, 1, msgid, NULL, NULL, &rest,
		    want) && has_hash(&l, &hash, want));
		CU_ASSERT(rest.len > 100);
		find_nonce(&m, &ni);
		open_message(&l, &m, v->qm2, iv, &msgid, &hash, &rest);
		CU_ASSERT(keymat1_hash(c, &l.k, 2, msgid, &ni, NULL, &rest,
		    want) && has_hash(&l, &hash, want));
		find_nonce(&m, &nr);
		open_message(&l, &m, v->qm3, iv, &msgid, &hash, &rest);
		CU_ASSERT(keymat1_hash(c, &l.k, 3, msgid, &ni, &nr, NULL,
		    want) && has_hash(&l, &hash, want));
		check_child(&l, v, &ni, &nr);
	}
}

static void
test_informational(void)
{
	static struct octets m;
	uint8_t iv[CBC_IV], want[PRF_MAX];
	struct bytes hash, rest;
	struct life l;
	uint32_t msgid;
	size_t i;

	for (i = 0; i < N_VECTORS; i++) {
		begin(&l, &vectors[i]);
		first_iv(&l, &vectors[i], vectors[i].info, iv);
		open_message(&l, &m, vectors[i].info, iv, &msgid, &hash, &rest);
		CU_ASSERT(rest.len > 0 && keymat1_hash(c, &l.k, 1, msgid,
		    NULL, NULL, &rest, want) &&
		    has_hash(&l, &hash, want));
	}
}

/* What is encrypted here is what came. */
static void
test_encrypt(void)
{
	const struct vector *v = &vectors[0];
	struct octets m, again;
	uint8_t iv[CBC_IV], last[CBC_IV];
	struct life l;

	begin(&l, v);
	read_octets(&m, v->mm5);
	again = m;
	memcpy(iv, l.k.iv, CBC_IV);
	CU_ASSERT(cbc_decrypt(c, l.k.encr, &l.k.key, iv, m.b + IKE_HDR_LEN,
	    m.len - IKE_HDR_LEN));
	memcpy(last, iv, CBC_IV);
	memcpy(iv, l.k.iv, CBC_IV);
	CU_ASSERT(cbc_encrypt(c, l.k.encr, &l.k.key, iv, m.b + IKE_HDR_LEN,
	    m.len - IKE_HDR_LEN));
	CU_ASSERT(memcmp(m.b, again.b, m.len) == 0);
	CU_ASSERT(memcmp(iv, last, CBC_IV) == 0);
	/* No whole blocks, nothing at all, another cipher, another key. */
	CU_ASSERT(!cbc_decrypt(c, l.k.encr, &l.k.key, iv, m.b, 31));
	CU_ASSERT(!cbc_decrypt(c, l.k.encr, &l.k.key, iv, m.b, 0));
	CU_ASSERT(!cbc_decrypt(c, encr_by_name("aes256ctr"), &l.k.key, iv, m.b,
	    32));
	CU_ASSERT(!cbc_decrypt(c, encr_by_name("aes128"), &l.k.key, iv, m.b, 32));
	CU_ASSERT(memcmp(m.b, again.b, m.len) == 0);
	CU_ASSERT(memcmp(iv, last, CBC_IV) == 0);
}

/* RFC 2409 appendix B: AES-256 takes more than SHA-1 gives, AES-128 does not. */
static void
test_stretch(void)
{
	struct life l;

	begin(&l, &vectors[1]);
	l.k.encr = encr_by_name("aes128");
	CU_ASSERT(keymat1_derive(c, &l.main, &l.k));
	IS_SECRET(l.k.key, "74f05d6ff3c33bc5bb5aff08e36de4f6");
}

UNIT_MAIN("keymat1",
	{ "phase 1", test_phase1 },
	{ "SKEYID by signatures", test_signature },
	{ "encrypted messages of main mode", test_main_mode },
	{ "quick mode and its keys", test_quick_mode },
	{ "an informational exchange", test_informational },
	{ "encryption", test_encrypt },
	{ "short and long keys", test_stretch },
)
