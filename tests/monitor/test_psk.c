/* ipsecd/keys/psk: transactions over secrets, and the MAC of RFC 7296 2.15 */
#include "keys/psk.h"

#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "ike/engine.h"
#include "tests/unit.h"
#include "ytree.h"

#define PRF_HMAC_SHA1		2
#define PRF_HMAC_SHA2_256	5

struct env {
	struct ly_ctx	*yang;
	struct crypto	*crypto;
	struct psks	*psks;
	struct err	 e;
};

static void
setup(struct env *v)
{
	memset(v, 0, sizeof(*v));
	CU_ASSERT_FATAL(ytree_load(&v->yang, getenv("CULVERT_YANGDIR"), &v->e) == 0);
	CU_ASSERT_FATAL(crypto_new(&v->crypto, &v->e) == 0);
	v->psks = psks_new();
	CU_ASSERT_FATAL(v->psks != NULL);
}

static void
teardown(struct env *v)
{
	psks_free(v->psks);
	crypto_free(v->crypto);
	ly_ctx_destroy(v->yang);
}

/* entries: RFC 7951 text of the list's entries. */
static int
prepare(struct env *v, const char *entries, const char *removed, bool replace)
{
	struct lyd_node *tree = NULL;
	char json[1024];
	int rc;

	snprintf(json, sizeof(json),
		 "{\"culvert-tunnel:tunnel\":{\"ipsec\":[%s]}}", entries);
	CU_ASSERT_FATAL(entries[0] == '\0' ||
			ytree_parse(&tree, v->yang, json, strlen(json),
				    &v->e) == 0);
	rc = psks_prepare(v->psks, tree, &removed, removed != NULL, replace, &v->e);
	ytree_free(tree);
	return rc;
}

static void
apply(struct env *v, const char *entries, const char *removed, bool replace)
{
	CU_ASSERT_FATAL(prepare(v, entries, removed, replace) == 0);
	psks_apply(v->psks);
}

static bool
mac(struct env *v, uint32_t tunnel, uint16_t prf, struct keys_reply *a)
{
	const struct keys_request q = { 9, tunnel, prf,
					(const uint8_t *)"<msg octets>", 12,
					KEYS_AUTH, 0 };

	psks_answer(v->psks, v->crypto, &q, a);
	CU_ASSERT_EQUAL(a->serial, 9);
	return a->ok;
}

static bool
known(struct env *v, uint32_t tunnel)
{
	struct keys_reply a;

	return mac(v, tunnel, PRF_HMAC_SHA2_256, &a);
}

/* The value is python3's hmac.new(hmac.new(PSK, b"Key Pad for IKEv2",
 * "sha256").digest(), b"<msg octets>", "sha256").hexdigest(). */
static void
test_mac(void)
{
	static const uint8_t want[32] = {
		0x49, 0xc1, 0xa9, 0x15, 0xa0, 0xd0, 0x8c, 0xed,
		0x6b, 0xa6, 0x86, 0xc1, 0xcd, 0x5c, 0x4b, 0xe5,
		0x34, 0xf1, 0x3b, 0xee, 0xb6, 0x4f, 0xd5, 0x6a,
		0xdb, 0x23, 0x92, 0x2b, 0xfc, 0x84, 0xa7, 0x1d,
	};
	struct keys_reply a, b, c;
	struct env v;

	setup(&v);
	apply(&v, "{\"id\":1,\"secret\":\"correct-horse\"},"
	      "{\"id\":2,\"secret\":\"0x636f72726563742d686f727365\"},"
	      "{\"id\":65535,\"secret\":\"0sY29ycmVjdC1ob3JzZQ==\"}", NULL, true);
	CU_ASSERT_EQUAL(psks_count(v.psks), 3);
	CU_ASSERT(mac(&v, 1, PRF_HMAC_SHA2_256, &a));
	CU_ASSERT(a.len == 32 && memcmp(a.mac, want, 32) == 0);
	/* Three ways to type the same bytes. */
	CU_ASSERT(mac(&v, 2, PRF_HMAC_SHA2_256, &b) &&
		  memcmp(&a, &b, sizeof(a)) == 0);
	CU_ASSERT(mac(&v, 65535, PRF_HMAC_SHA2_256, &c) &&
		  memcmp(&a, &c, sizeof(a)) == 0);
	CU_ASSERT(!mac(&v, 3, PRF_HMAC_SHA2_256, &a) && a.len == 0);
	CU_ASSERT(!mac(&v, 1, 999, &a));
	CU_ASSERT(!mac(&v, 0, PRF_HMAC_SHA2_256, &a));
	CU_ASSERT(!mac(&v, 65536, PRF_HMAC_SHA2_256, &a));
	CU_ASSERT(!mac(&v, UINT32_MAX, PRF_HMAC_SHA2_256, &a));
	teardown(&v);
}

/* RFC 8784 3 with SK_d, SK_pi and SK_pr of 32 octets 1, 2 and 3: prf+(PPK, x) is
 * python3's hmac.new(PPK, x + b"\x01", "sha256").digest(). */
static void
test_ppk(void)
{
	static const uint8_t want[96] = {
		0xd4, 0x7d, 0x22, 0x8d, 0xd8, 0x6d, 0x1e, 0xa1,
		0xd3, 0x2f, 0x1c, 0xb8, 0xdf, 0x96, 0x43, 0x06,
		0x1d, 0x5c, 0x2c, 0x71, 0xc1, 0xac, 0x76, 0xd9,
		0xdf, 0xae, 0xea, 0xa2, 0x1f, 0x6e, 0xe4, 0x6c,
		0x58, 0xd3, 0xd9, 0x93, 0x8d, 0x09, 0x67, 0x9f,
		0xc1, 0x8b, 0xd8, 0x37, 0xbf, 0xb2, 0xa2, 0x09,
		0xd3, 0x7d, 0x7e, 0xaa, 0xa6, 0x08, 0x9b, 0xc5,
		0xbd, 0x62, 0x7f, 0x0f, 0x9a, 0xe8, 0x97, 0x92,
		0x76, 0x2a, 0x4d, 0xf2, 0x83, 0xb8, 0xd3, 0xdb,
		0x68, 0x47, 0x13, 0xb2, 0xa8, 0xe7, 0xbe, 0xbe,
		0x1c, 0x47, 0x8c, 0xed, 0xaa, 0x02, 0x80, 0x83,
		0xcc, 0x70, 0xc1, 0xa3, 0xa4, 0x05, 0x55, 0x29,
	};
	struct keys_request q = { 9, 1, PRF_HMAC_SHA2_256, NULL, 96, KEYS_PPK,
				  0 };
	uint8_t octets[97];
	struct keys_reply a;
	struct env v;

	memset(octets, 1, 32);
	memset(octets + 32, 2, 32);
	memset(octets + 64, 3, 33);
	q.octets = octets;
	setup(&v);
	apply(&v, "{\"id\":1,\"secret\":\"12345678\",\"ppk\":\"correct-horse\","
	      "\"ppk-id\":\"one\"},{\"id\":2,\"secret\":\"12345678\"}", NULL, true);
	psks_answer(v.psks, v.crypto, &q, &a);
	CU_ASSERT(a.ok && a.len == 96 && memcmp(a.mac, want, 96) == 0);
	q.len = 97;			/* three keys, or nothing */
	psks_answer(v.psks, v.crypto, &q, &a);
	CU_ASSERT(!a.ok && a.len == 0);
	q.len = 96;
	q.tunnel = 2;			/* a secret is no PPK */
	psks_answer(v.psks, v.crypto, &q, &a);
	CU_ASSERT(!a.ok && a.len == 0);
	q.tunnel = 1;			/* taken away */
	apply(&v, "{\"id\":1,\"secret\":\"12345678\"}", NULL, false);
	psks_answer(v.psks, v.crypto, &q, &a);
	CU_ASSERT(!a.ok && known(&v, 1));
	teardown(&v);
}

/* RFC 2409 5: python3's hmac.new(b"correct-horse", bytes([1] * 16 + [2] * 20),
 * "sha1").digest(). */
static void
test_skeyid(void)
{
	static const uint8_t want[20] = {
		0x07, 0x74, 0x18, 0x12, 0xc5, 0xe1, 0x13, 0xe8,
		0x82, 0xe7, 0xca, 0x4d, 0xcb, 0xf7, 0xa7, 0x87,
		0x5a, 0x7d, 0x38, 0xe4,
	};
	struct keys_request q = { 9, 1, PRF_HMAC_SHA1, NULL, 36, KEYS_SKEYID, 0 };
	uint8_t octets[513];
	struct keys_reply a;
	struct env v;

	memset(octets, 1, 16);
	memset(octets + 16, 2, sizeof(octets) - 16);
	q.octets = octets;
	setup(&v);
	apply(&v, "{\"id\":1,\"version\":\"1\",\"secret\":\"correct-horse\"}",
	      NULL, true);
	psks_answer(v.psks, v.crypto, &q, &a);
	CU_ASSERT(a.ok && a.len == 20 && memcmp(a.mac, want, 20) == 0);
	q.len = 512;
	psks_answer(v.psks, v.crypto, &q, &a);
	CU_ASSERT(a.ok);
	q.len = 513;			/* no two nonces */
	psks_answer(v.psks, v.crypto, &q, &a);
	CU_ASSERT(!a.ok && a.len == 0);
	q.len = 15;
	psks_answer(v.psks, v.crypto, &q, &a);
	CU_ASSERT(!a.ok);
	q.len = 17;			/* nothing that signs for IKEv2 */
	q.octets = (const uint8_t *)"Key Pad for IKEv2";
	psks_answer(v.psks, v.crypto, &q, &a);
	CU_ASSERT(!a.ok);
	q.octets = octets;
	psks_answer(v.psks, v.crypto, &q, &a);
	CU_ASSERT(a.ok);
	q.tunnel = 2;			/* has none */
	psks_answer(v.psks, v.crypto, &q, &a);
	CU_ASSERT(!a.ok);
	teardown(&v);
}

/* What a secret is used for is what its tunnel speaks. */
static void
test_versions(void)
{
	static const uint8_t octets[36] = { 1 };
	struct keys_request q = { 9, 1, PRF_HMAC_SHA1, octets, 36, KEYS_SKEYID, 0 };
	struct keys_reply a;
	struct env v;
	uint32_t id;

	setup(&v);
	apply(&v, "{\"id\":1,\"secret\":\"correct-horse\"},"
	      "{\"id\":2,\"version\":\"2\",\"secret\":\"correct-horse\"},"
	      "{\"id\":3,\"version\":\"1\",\"secret\":\"correct-horse\"}", NULL,
	      true);
	for (id = 1; id <= 3; id++) {
		q.tunnel = id;
		q.kind = KEYS_SKEYID;
		psks_answer(v.psks, v.crypto, &q, &a);
		CU_ASSERT(a.ok == (id == 3) && (a.ok || a.len == 0));
		q.kind = KEYS_AUTH;
		psks_answer(v.psks, v.crypto, &q, &a);
		CU_ASSERT(a.ok == (id != 3) && (a.ok || a.len == 0));
	}
	/* Another version from now on. */
	apply(&v, "{\"id\":3,\"secret\":\"correct-horse\"}", NULL, false);
	CU_ASSERT(known(&v, 3));
	teardown(&v);
}

static void
test_transactions(void)
{
	struct env v;

	setup(&v);
	apply(&v, "{\"id\":1,\"secret\":\"12345678\"},"
	      "{\"id\":2,\"secret\":\"12345678\"}", NULL, true);
	/* Prepared is not applied. */
	CU_ASSERT(prepare(&v, "{\"id\":3,\"secret\":\"12345678\"}",
			  "/culvert-tunnel:tunnel/ipsec[id='1']", false) == 0);
	CU_ASSERT(known(&v, 1) && !known(&v, 3));
	psks_abort(v.psks);
	psks_apply(v.psks);			/* nothing is left to apply */
	CU_ASSERT(known(&v, 1) && known(&v, 2) && !known(&v, 3));
	/* Removed, added, and one whose secret went. */
	apply(&v, "{\"id\":3,\"secret\":\"12345678\"},{\"id\":2}",
	      "/culvert-tunnel:tunnel/ipsec[id='1']", false);
	CU_ASSERT(!known(&v, 1) && !known(&v, 2) && known(&v, 3));
	CU_ASSERT_EQUAL(psks_count(v.psks), 1);
	/* The whole anew. */
	apply(&v, "{\"id\":4,\"secret\":\"12345678\"}", NULL, true);
	CU_ASSERT(!known(&v, 3) && known(&v, 4));
	apply(&v, "", "/culvert-tunnel:tunnel", false);
	CU_ASSERT_EQUAL(psks_count(v.psks), 0);
	teardown(&v);
}

static void
test_refusals(void)
{
	struct env v;

	setup(&v);
	apply(&v, "{\"id\":1,\"secret\":\"12345678\"}", NULL, true);
	CU_ASSERT(prepare(&v, "", "/culvert-system:system", false) < 0);
	CU_ASSERT(prepare(&v, "", "/culvert-tunnel:tunnel/ipsec[id='0']", false) < 0);
	psks_apply(v.psks);
	CU_ASSERT(known(&v, 1));
	teardown(&v);
}

UNIT_MAIN("psk",
	{ "the MAC", test_mac },
	{ "mixing with a PPK", test_ppk },
	{ "SKEYID", test_skeyid },
	{ "versions", test_versions },
	{ "transactions", test_transactions },
	{ "refusals", test_refusals },
)
