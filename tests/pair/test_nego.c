/*
 * What two engines agree on: several proposals, several algorithms, several
 * subnets on a side.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pair.h"
#include "tests/unit.h"

/* --- algorithms --- */

static void
test_proposals(void)
{
	static const struct {
		int		 line;
		const char	*alices, *bobs;
		const char	*ike, *esp;	/* NULL: nothing in common */
	} rows[] = {
	/* The responder's order counts. */
	{ __LINE__, "\"ike\":{\"cipher\":[\"aes256gcm16\",\"aes128gcm16\"],"
	  "\"prf\":[\"prfsha512\",\"prfsha256\"],\"dh\":[\"ecp384\",\"x25519\"]}",
	  "\"ike\":{\"cipher\":[\"aes128gcm16\",\"aes256gcm16\"],"
	  "\"prf\":[\"prfsha256\",\"prfsha512\"],\"dh\":[\"x25519\",\"ecp384\"]}",
	  "AES_GCM_16-256/PRF_HMAC_SHA2_512/CURVE_25519", "AES_GCM_16-128" },
	/* AEAD and classical ciphers in one line, both ways. */
	{ __LINE__, "\"ike\":{\"cipher\":[\"aes256gcm16\",\"aes256\"],\"auth\":"
	  "[\"sha256\"],\"prf\":[\"prfsha256\"],\"dh\":[\"x25519\",\"ecp256\"]}",
	  "\"ike\":{\"cipher\":[\"aes256\"],\"auth\":[\"sha512\",\"sha256\"],"
	  "\"dh\":[\"ecp256\"]}",
	  "AES_CBC-256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/ECP_256",
	  "AES_GCM_16-128" },
	{ __LINE__, "\"ike\":{\"cipher\":[\"aes256\"],\"auth\":[\"sha512\"],"
	  "\"dh\":[\"ecp256\"]}",
	  "\"ike\":{\"cipher\":[\"aes256gcm16\",\"aes256\"],\"auth\":"
	  "[\"sha256\",\"sha512\"],\"prf\":[\"prfsha256\"],\"dh\":[\"x25519\","
	  "\"ecp256\"]}",
	  "AES_CBC-256/HMAC_SHA2_512_256/PRF_HMAC_SHA2_512/ECP_256",
	  "AES_GCM_16-128" },
	/* The same in ESP. */
	{ __LINE__, "\"esp\":{\"cipher\":[\"aes128\",\"aes256gcm16\"],"
	  "\"auth\":[\"sha384\",\"sha256\"]}",
	  "\"esp\":{\"cipher\":[\"aes256gcm16\",\"aes128\"],\"auth\":[\"sha256\"]}",
	  "AES_GCM_16-128/PRF_HMAC_SHA2_256/CURVE_25519",
	  "AES_CBC-128/HMAC_SHA2_256_128" },
	/* Against the default proposals. */
	{ __LINE__, "\"ike\":{\"cipher\":[\"chacha20poly1305\",\"aes128\"],"
	  "\"auth\":[\"sha384\"],\"prf\":[\"prfsha384\"],\"dh\":[\"modp2048\","
	  "\"ecp521\"]}", "",
	  "CHACHA20_POLY1305/PRF_HMAC_SHA2_384/MODP_2048", "AES_GCM_16-128" },
	{ __LINE__, "\"ike\":{\"cipher\":[\"aes128\",\"aes256\"],\"auth\":"
	  "[\"sha256\",\"sha384\"],\"dh\":[\"ecp256\"]}",
	  "\"ike\":{\"cipher\":[\"aes256gcm16\",\"aes256\"],\"auth\":[\"sha512\"],"
	  "\"prf\":[\"prfsha256\"],\"dh\":[\"ecp256\"]}", NULL, NULL },
	};
	char a[512], b[512], text[128];
	const char *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(a, sizeof(a), ",%s", rows[i].alices);
		snprintf(b, sizeof(b), "%s%s", *rows[i].bobs ? "," : "",
		    rows[i].bobs);
		pair_begin(40 + i);
		pair_config(a, b);
		if (rows[i].ike == NULL) {
			world_run(&w, 3000);
			CU_ASSERT(!node_up(bob, 1));
			CU_ASSERT(node_said(bob, "it accepts nothing of what we "
			    "offer for IKE: aes256gcm16-prfsha256-ecp256, "
			    "aes256-sha512-ecp256"));
			CU_ASSERT(node_said(alice, "no common IKE proposal: auth: "
			    "the peer offers sha512, we accept sha256 sha384"));
			pair_end();
			continue;
		}
		CU_ASSERT(pair_comes_up(2000));
		CU_ASSERT(pair_is_tidy());
		state = node_state(bob, 1);
		snprintf(text, sizeof(text), "\"proposal\":\"%s\"", rows[i].ike);
		if (strstr(state, text) == NULL) {
			printf("\nrow at line %d: %s\n", rows[i].line, state);
			CU_FAIL("IKE");
		}
		snprintf(text, sizeof(text), "\"proposal\":\"%s", rows[i].esp);
		if (strstr(state, text) == NULL) {
			printf("\nrow at line %d: %s\n", rows[i].line, state);
			CU_FAIL("ESP");
		}
		pair_end();
	}
}

/* The group is found in one more round trip, whatever its place in our list, for
 * IKE and for the PFS of a rekeying. */
static void
test_groups(void)
{
	pair_begin(60);
	pair_config(",\"ike\":{\"cipher\":[\"aes128gcm16\"],\"prf\":[\"prfsha256\"],"
	    "\"dh\":[\"ecp521\",\"modp2048\"]},\"esp\":{\"cipher\":"
	    "[\"aes128gcm16\"],\"dh\":[\"ecp384\"]}",
	    ",\"ike\":{\"cipher\":[\"aes128gcm16\"],\"prf\":[\"prfsha256\"],"
	    "\"dh\":[\"x25519\",\"ecp256\",\"modp2048\",\"ecp521\"]},\"esp\":{"
	    "\"cipher\":[\"aes128gcm16\"],\"dh\":[\"x25519\",\"ecp384\"]},"
	    "\"sa-rekey-time\":100");
	CU_ASSERT(pair_comes_up(2000));
	CU_ASSERT_PTR_NOT_NULL(strstr(node_state(bob, 1), "/ECP_521"));
	world_run(&w, 130000);
	CU_ASSERT(node_up(bob, 1) && pair_is_tidy());
	CU_ASSERT_PTR_NOT_NULL(strstr(node_state(bob, 1),
	    "\"AES_GCM_16-128/ECP_384"));
	CU_ASSERT(planes_agree(alice, bob, 1, 1));
	pair_end();
}

/* --- subnets --- */

#define ALICES	",\"local-subnet\":[\"10.0.1.0/24\",\"10.0.3.0/24\"]," \
		"\"remote-subnet\":[\"10.0.2.0/24\",\"10.0.4.0/24\"]"
#define BOBS	",\"local-subnet\":[\"10.0.2.0/24\",\"10.0.4.0/24\"]," \
		"\"remote-subnet\":[\"10.0.1.0/24\",\"10.0.3.0/24\"]"

static bool
has_subnets(const struct subnets *s, const char *local, const char *remote)
{
	char l[PREFIXES_STRLEN], r[PREFIXES_STRLEN];

	prefixes_str(subnets_local(s), s->n_local, l, sizeof(l));
	prefixes_str(subnets_remote(s), s->n_remote, r, sizeof(r));
	if (strcmp(l, local) == 0 && strcmp(r, remote) == 0)
		return true;
	printf("\n%s === %s\n", l, r);
	return false;
}

static void
test_subnets(void)
{
	pair_begin(61);
	pair_config(ALICES ",\"sa-rekey-time\":100", BOBS);
	CU_ASSERT(pair_comes_up(2000));
	CU_ASSERT(pair_is_tidy());
	CU_ASSERT(has_subnets(&alice->policies->policy.subnets,
	    "10.0.1.0/24 10.0.3.0/24", "10.0.2.0/24 10.0.4.0/24"));
	CU_ASSERT(has_subnets(&node_sa(alice, 1, true)->sa.subnets,
	    "10.0.1.0/24 10.0.3.0/24", "10.0.2.0/24 10.0.4.0/24"));
	CU_ASSERT(has_subnets(&node_sa(bob, 1, false)->sa.subnets,
	    "10.0.2.0/24 10.0.4.0/24", "10.0.1.0/24 10.0.3.0/24"));
	CU_ASSERT_PTR_NOT_NULL(strstr(node_state(bob, 1),
	    "\"local\":\"10.0.2.0/24 10.0.4.0/24\",\"remote\":\"10.0.1.0/24 "
	    "10.0.3.0/24\"}"));
	CU_ASSERT(!node_said(alice, "narrowed") && !node_said(bob, "narrowed"));
	world_run(&w, 130000);
	CU_ASSERT(node_up(bob, 1) && pair_is_tidy());
	CU_ASSERT(has_subnets(&node_sa(bob, 1, true)->sa.subnets,
	    "10.0.2.0/24 10.0.4.0/24", "10.0.1.0/24 10.0.3.0/24"));
	pair_end();
}

/* One end has less: the tunnel serves what both have, and says what is missing,
 * once. */
static void
test_narrowed(void)
{
	pair_begin(62);
	pair_config(",\"local-subnet\":[\"10.0.3.0/24\"],\"remote-subnet\":"
	    "[\"10.0.4.0/24\",\"10.0.2.0/24\"]", BOBS ",\"sa-rekey-time\":100");
	CU_ASSERT(pair_comes_up(2000));
	CU_ASSERT(has_subnets(&node_sa(alice, 1, true)->sa.subnets,
	    "10.0.3.0/24", "10.0.4.0/24 10.0.2.0/24"));
	CU_ASSERT(has_subnets(&node_sa(bob, 1, true)->sa.subnets,
	    "10.0.2.0/24 10.0.4.0/24", "10.0.3.0/24"));
	/* What is not served is blocked, not sent in clear. */
	CU_ASSERT(has_subnets(&bob->policies->policy.subnets,
	    "10.0.2.0/24 10.0.4.0/24", "10.0.1.0/24 10.0.3.0/24"));
	CU_ASSERT(node_said(bob, "narrowed to 10.0.2.0/24 10.0.4.0/24 === "
	    "10.0.3.0/24: we have 10.0.2.0/24 10.0.4.0/24 === 10.0.1.0/24 "
	    "10.0.3.0/24"));
	CU_ASSERT(node_said(bob, "local-subnet 10.0.1.0/24 10.0.3.0/24"));
	CU_ASSERT(node_said(alice, "the peer wants 10.0.1.0/24 10.0.3.0/24 === "
	    "10.0.2.0/24 10.0.4.0/24"));
	CU_ASSERT_PTR_NOT_NULL(strstr(node_state(bob, 1), "\"narrowed-from\":"
	    "\"10.0.2.0/24 10.0.4.0/24 === 10.0.1.0/24 10.0.3.0/24\""));
	CU_ASSERT_PTR_NULL(strstr(node_state(alice, 1), "narrowed-from"));
	node_forget(bob);
	node_forget(alice);
	world_run(&w, 130000);
	CU_ASSERT(node_up(bob, 1) && pair_is_tidy());
	CU_ASSERT(!node_said(bob, "narrowed") && !node_said(alice, "narrowed"));
	pair_end();
}

static void
test_nothing_in_common(void)
{
	pair_begin(63);
	pair_config(",\"local-subnet\":[\"10.0.5.0/24\",\"10.0.7.0/24\"]", BOBS);
	world_run(&w, 3000);
	CU_ASSERT(node_is(bob, 1, "down-ike-established"));
	CU_ASSERT(node_said(alice, "the peer wants 10.0.1.0/24 10.0.3.0/24 here and "
	    "10.0.2.0/24 10.0.4.0/24 there, we have local-subnet 10.0.5.0/24 "
	    "10.0.7.0/24 and remote-subnet 10.0.2.0/24"));
	CU_ASSERT(node_said(alice, "local-subnet 10.0.1.0/24 10.0.3.0/24"));
	CU_ASSERT(node_said(bob, "no tunnel from 10.0.1.0/24 10.0.3.0/24 (its "
	    "side) to 10.0.2.0/24 10.0.4.0/24 (ours)"));
	pair_end();
}

/* --- which tunnel, which secret --- */

/* Each tunnel of alice has its own; the others have what their psk says. */
static void
secrets(struct node *n, const struct keys_request *rq)
{
	struct keys_reply r;

	if (n == &w.node[0])
		snprintf(n->psk, sizeof(n->psk), "secret of %u", rq->tunnel);
	node_mac(n, rq, &r);
	engine_keys_reply(n->engine, node_now(n), &r);
}

#define HERE	"\"local-address\":\"192.0.2.1\",\"local-id\":{\"value\":\"alice\"},"
#define FOR(id, who, net) "{\"id\":" id "," HERE "\"remote-id\":{\"value\":\"" \
	who "\"},\"remote-subnet\":[\"10.0." net ".0/24\"]}"

static struct node *
behind_nat(const char *name, uint16_t port, const char *secret)
{
	char text[512], own[32];
	struct node *n = world_add(&w, name, NULL);

	CU_ASSERT_FATAL(addr_parse(&n->nat, "198.51.100.9") == 0);
	n->nat_port = port;
	snprintf(n->psk, sizeof(n->psk), "%s", secret);
	addr_str(&n->addr, own);
	snprintf(text, sizeof(text), "{\"id\":1,\"initiator\":true,"
	    "\"local-address\":\"%s\",\"peer\":\"192.0.2.1\",\"local-id\":{"
	    "\"value\":\"%s\"},\"remote-id\":{\"value\":\"alice\"},"
	    "\"local-subnet\":[\"10.0.%zu.0/24\"]}", own, name, w.n);
	node_config(n, text);
	return n;
}

/* Three tunnels from one address, each with its identity and its secret: who
 * knows another's gets nowhere, and takes nobody's place. */
static void
test_one_address(void)
{
	struct node *bob2, *carol, *mallory;

	world_init(&w, 70);
	w.keys = secrets;
	alice = world_add(&w, "alice", NULL);
	node_config(alice, FOR("1", "bob", "2") "," FOR("2", "carol", "3") ","
	    FOR("3", "dave", "4"));
	bob2 = behind_nat("bob", 20000, "secret of 1");
	carol = behind_nat("carol", 30000, "secret of 2");
	mallory = behind_nat("dave", 40000, "secret of 1");
	world_run(&w, 5000);
	CU_ASSERT(planes_agree(alice, bob2, 1, 1));
	CU_ASSERT(planes_agree(alice, carol, 2, 1));
	CU_ASSERT(!node_up(mallory, 1) && !node_up(alice, 3));
	CU_ASSERT(node_said(alice, "it does not know the secret"));
	CU_ASSERT_PTR_NOT_NULL(strstr(node_state(alice, 1),
	    "\"remote-port\":24500"));
	CU_ASSERT_PTR_NOT_NULL(strstr(node_state(alice, 2),
	    "\"remote-port\":34500"));
	/* As bob it would be let in: the secret is bob's. */
	CU_ASSERT(node_said(mallory, "AUTHENTICATION_FAILED"));
	world_fini(&w);
}

/* Of two wildcards the longer one, whatever the order; of an address and none,
 * the address; IDr decides between two of ours. */
static void
test_rank(void)
{
	static const struct {
		int		 line;
		const char	*alices, *id, *wants;
		uint32_t	 tunnel;
	} rows[] = {
	{ __LINE__, FOR("1", "*.example.com", "2") ","
	  FOR("2", "*.vpn.example.com", "2"), "gw.vpn.example.com", "alice", 2 },
	{ __LINE__, FOR("1", "*.vpn.example.com", "2") ","
	  FOR("2", "*.example.com", "2"), "gw.vpn.example.com", "alice", 1 },
	{ __LINE__, FOR("1", "*.vpn.example.com", "2") ","
	  FOR("2", "*.example.com", "2"), "gw.example.com", "alice", 2 },
	{ __LINE__, FOR("1", "gw.vpn.example.com", "2") ","
	  FOR("2", "*.example.com", "2") ","
	  FOR("3", "%any", "2"), "gw.vpn.example.com", "alice", 1 },
	{ __LINE__, FOR("1", "*.example.com", "2") ","
	  FOR("2", "%any", "2"), "elsewhere", "alice", 2 },
	{ __LINE__, "{\"id\":1," HERE "\"peer\":\"192.0.2.2\","
	  "\"remote-subnet\":[\"10.0.2.0/24\"]}," FOR("2", "%any", "2"),
	  "elsewhere", "alice", 1 },
	{ __LINE__, "{\"id\":1,\"local-address\":\"192.0.2.1\",\"local-id\":{"
	  "\"value\":\"other\"},\"remote-id\":{\"value\":\"bob\"},"
	  "\"remote-subnet\":[\"10.0.2.0/24\"]}," FOR("2", "bob", "2"),
	  "bob", "alice", 2 },
	{ __LINE__, FOR("1", "*.example.com", "2") "," FOR("2", "carol", "2"),
	  "bob", "alice", 0 },
	};
	char text[512];
	uint32_t id;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pair_begin(71 + i);
		w.keys = secrets;
		snprintf(bob->psk, sizeof(bob->psk), "secret of %u",
		    rows[i].tunnel);
		node_config(alice, rows[i].alices);
		snprintf(text, sizeof(text), "{\"id\":1,\"initiator\":true,"
		    "\"local-address\":\"192.0.2.2\",\"peer\":\"192.0.2.1\","
		    "\"local-id\":{\"value\":\"%s\"},\"remote-id\":{"
		    "\"value\":\"%s\"},\"local-subnet\":[\"10.0.2.0/24\"]}",
		    rows[i].id, rows[i].wants);
		node_config(bob, text);
		world_run(&w, 3000);
		CHECK_ROW(rows[i].line, node_up(bob, 1) == (rows[i].tunnel != 0));
		for (id = 1; id <= 3; id++)
			CHECK_ROW(rows[i].line, node_up(alice, id) ==
			    (rows[i].tunnel == id));
		pair_end();
	}
}

UNIT_MAIN("nego",
	{ "several proposals", test_proposals },
	{ "groups by INVALID_KE_PAYLOAD", test_groups },
	{ "several subnets", test_subnets },
	{ "narrowed", test_narrowed },
	{ "no subnet in common", test_nothing_in_common },
	{ "one address, several peers", test_one_address },
	{ "which of several tunnels", test_rank })
