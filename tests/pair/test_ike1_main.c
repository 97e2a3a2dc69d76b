/*
 * Main mode of IKEv1 (RFC 2409 5): two engines that find each other, or say why not,
 * on a bad network and beside somebody who spoils it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/wire/numbers1.h"
#include "pair.h"
#include "puppet1.h"
#include "seen.h"
#include "tests/unit.h"

static void
test_psk(void)
{
	pair_begin(1);
	pair_config(V1, V1);
	CU_ASSERT(pair_comes_up(2000));
	CU_ASSERT(pair_is_tidy());
	CU_ASSERT(strstr(node_state(alice, 1), "\"version\":1") != NULL);
	pair_end();
}

/* Slow keys and a slow data plane. */
static void
test_latency(void)
{
	pair_begin(2);
	alice->latency = 70;
	bob->latency = 110;
	pair_config(V1, V1);
	CU_ASSERT(pair_comes_up(5000));
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

static void
test_suites(void)
{
	static const char *const ciphers[] = { "aes128", "aes256" };
	static const char *const hashes[] = { "sha1", "sha256", "sha384", "sha512" };
	static const char *const groups[] = { "modp1024", "modp1536", "modp2048",
	    "modp3072", "ecp256", "ecp384", "ecp521" };
	char more[256];
	size_t i;

	for (i = 0; i < 7; i++) {
		pair_begin(10 + i);
		snprintf(more, sizeof(more), V1 ",\"ike\":{\"cipher\":[\"%s\"],"
		    "\"auth\":[\"%s\"],\"dh\":[\"%s\"]}", ciphers[i % 2],
		    hashes[(i + i / 4) % 4], groups[i]);
		pair_config(more, more);
		CHECK_ROW(__LINE__, pair_comes_up(2000));
		pair_end();
	}
}

/* Message 6 arrives nowhere, or the peer makes nothing of it and says nothing that
 * could be read, as Libreswan does. */
static bool
no_sixth(struct world *world, struct node *from, struct flight *f)
{
	(void)world;
	return from != alice || f->data[18] != EXCH1_MAIN ||
	    !(f->data[19] & FLAG1_ENCRYPTED);
}

static void
test_sixth_ignored(void)
{
	pair_begin(26);
	w.tap = no_sixth;
	pair_config(V1, V1);
	world_run(&w, 5000);
	CU_ASSERT(strstr(node_state(alice, 1), "makes nothing of ours") == NULL);
	world_run(&w, 25000);
	CU_ASSERT(strstr(node_state(alice, 1), "makes nothing of ours") != NULL);
	w.tap = NULL;
	CU_ASSERT(pair_comes_up(60000));
	CU_ASSERT(strstr(node_state(alice, 1), "\"reason\"") == NULL);
	pair_end();
}

/* --- what does not fit --- */

static void
test_wrong_secret(void)
{
	pair_begin(30);
	snprintf(alice->psk, sizeof(alice->psk), "another horse");
	pair_config(V1, V1);
	world_run(&w, 15000);
	CU_ASSERT(seen_said(alice, "the secrets differ on both sides"));
	CU_ASSERT(seen_said(bob, "it seems that the secrets differ on both sides"));
	CU_ASSERT(strstr(node_state(bob, 1), "secrets differ") != NULL);
	CU_ASSERT(strstr(node_state(alice, 1), "secrets differ") != NULL);
	/* Once it is mended. */
	snprintf(alice->psk, sizeof(alice->psk), "%s", bob->psk);
	CU_ASSERT(pair_comes_up(120000));
	pair_end();
}

static void
test_no_secret(void)
{
	pair_begin(31);
	alice->psk[0] = '\0';
	pair_config(V1, V1);
	world_run(&w, 1000);
	CU_ASSERT(seen_said(alice, "the tunnel has no secret"));
	bob->psk[0] = '\0';
	snprintf(alice->psk, sizeof(alice->psk), "correct horse");
	world_run(&w, 400000);
	CU_ASSERT(seen_said(bob, "the tunnel has no secret"));
	pair_end();
}

/* Nobody fills the log with that. */
static void
test_no_secret_for_anybody(void)
{
	static struct puppet1 p;
	unsigned int i, n = 0;
	const char *s;

	world_init(&w, 33);
	alice = world_add(&w, "alice", "192.0.2.1");
	alice->psk[0] = '\0';
	node_config(alice, alice_entry(V1 ",\"peer\":null"));
	for (i = 0; i < 100; i++) {
		puppet1_init(&p, &w, alice, "192.0.2.2");
		(void)puppet1_meet(&p, "correct horse");
		puppet1_fini(&p);
	}
	for (s = alice->log; (s = strstr(s, "has no secret")) != NULL; s++)
		n++;
	CU_ASSERT(n > 0 && n < 30);
	CU_ASSERT(strstr(node_state(alice, 1), "has no secret") != NULL);
	world_fini(&w);
}

static void
test_no_proposal(void)
{
	pair_begin(32);
	pair_config(V1 ",\"ike\":{\"cipher\":[\"aes256\"],\"auth\":[\"sha512\"],"
	    "\"dh\":[\"modp2048\"]}", V1 ",\"ike\":{\"cipher\":[\"aes128\"],"
	    "\"auth\":[\"sha256\"],\"dh\":[\"modp2048\"]}");
	world_run(&w, 15000);
	CU_ASSERT(seen_said(alice, "no common IKE proposal"));
	CU_ASSERT(seen_said(bob, "NO_PROPOSAL_CHOSEN"));
	CU_ASSERT(strstr(node_state(bob, 1), "NO_PROPOSAL_CHOSEN") != NULL);
	pair_end();
}

/* Quick mode: both ends know why there is no CHILD_SA. */
static void
test_no_child(void)
{
	static const char *const bobs[][3] = {
		{ V1 ",\"esp\":{\"cipher\":[\"aes256\"],\"auth\":[\"sha512\"]}",
		  "ESP proposal: cipher: the peer offers aes256, we accept aes128",
		  "NO_PROPOSAL_CHOSEN" },
		{ V1 ",\"local-subnet\":[\"172.20.0.0/16\"]",
		  "10.0.1.0/24 here and 172.20.0.0/16 there",
		  "INVALID_ID_INFORMATION: it has no tunnel from 10.0.1.0/24" },
	};
	size_t i;

	for (i = 0; i < sizeof(bobs) / sizeof(bobs[0]); i++) {
		pair_begin(37 + i);
		pair_config(V1 ",\"esp\":{\"cipher\":[\"aes128\"],"
		    "\"auth\":[\"sha256\"]}", bobs[i][0]);
		world_run(&w, 15000);
		CU_ASSERT(strstr(node_state(alice, 1), bobs[i][1]) != NULL);
		CU_ASSERT(strstr(node_state(bob, 1), bobs[i][2]) != NULL);
		pair_end();
	}
}

/* Nobody hears why: of its two last messages only the Delete arrives. */
static bool
without_why(struct world *world, struct node *from, struct flight *f)
{
	(void)world;
	return from != bob || f->data[18] != EXCH1_INFORMATIONAL ||
	    ++*(unsigned int *)world->arg % 2 == 0;
}

static void
test_identities(void)
{
	unsigned int said = 0;
	int i;


	pair_begin(33);
	pair_config(V1 ",\"remote-id\":{\"value\":\"carol\"}", V1);
	world_run(&w, 15000);
	CU_ASSERT(seen_said(alice, "carol"));
	/* Under keys of the secret: that is not what differs. */
	CU_ASSERT(seen_said(bob, "the peer answers AUTHENTICATION_FAILED: it does not know "
	    "us as 'bob' (name)"));
	CU_ASSERT(seen_said(bob, "or wants aggressive mode"));
	CU_ASSERT(strstr(node_state(bob, 1), "secret") == NULL);
	pair_end();

	for (i = 0; i < 2; i++) {
		pair_begin(34);
		w.tap = i == 0 ? NULL : without_why;
		w.arg = &said;
		pair_config(V1, V1 ",\"remote-id\":{\"value\":\"carol\"}");
		world_run(&w, 15000);
		CU_ASSERT(seen_said(bob, "carol"));
		CU_ASSERT(seen_said(alice, i == 0 ? "the peer answers "
		    "AUTHENTICATION_FAILED: it does not know us as 'alice' (name)" :
		    "it seems that it does not know us as 'alice' (name)"));
		CU_ASSERT(strstr(node_state(alice, 1), "at the peer, set: remote-id "
		    "name alice") != NULL);
		CU_ASSERT(strstr(node_state(alice, 1), "secret") == NULL);
		CU_ASSERT(!node_up(alice, 1) && !node_up(bob, 1));
		pair_end();
	}
}

/* Nobody there, and a peer that comes later. */
static void
test_silence(void)
{
	pair_begin(35);
	alice->down = true;
	pair_config(V1, V1);
	world_run(&w, 170000);
	CU_ASSERT(seen_said(bob, "no answer from 192.0.2.1[500]"));
	alice->down = false;
	CU_ASSERT(pair_comes_up(60000));
	pair_end();
}

/* The secret is chosen by address: another tunnel's does not open this one. */
static void
two_secrets(struct node *n, const struct keys_request *rq)
{
	struct keys_reply r;
	char was[sizeof(n->psk)];

	snprintf(was, sizeof(was), "%s", n->psk);
	if (n == alice && rq->tunnel == 2)
		snprintf(n->psk, sizeof(n->psk), "of any other");
	node_mac(n, rq, &r);
	snprintf(n->psk, sizeof(n->psk), "%s", was);
	engine_keys_reply(n->engine, node_now(n), &r);
}

static void
test_by_address(void)
{
	static const char any[] = ",{\"id\":2,\"version\":\"1\",\"local-address\":"
	    "\"192.0.2.1\",\"local-id\":{\"value\":\"alice\"},\"remote-id\":{"
	    "\"value\":\"bob\"},\"local-subnet\":[\"10.0.1.0/24\"],"
	    "\"remote-subnet\":[\"10.0.9.0/24\"]}";
	char both[2048];

	pair_begin(36);
	w.keys = two_secrets;
	snprintf(both, sizeof(both), "%s%s", alice_entry(V1
	    ",\"remote-id\":{\"value\":\"carol\"}"), any);
	node_config(alice, both);
	node_config(bob, bob_entry(V1));
	world_run(&w, 20000);
	CU_ASSERT(seen_said(alice, "it is the peer of ipsec 2, but its address chose the "
	    "secret of another tunnel"));
	CU_ASSERT(!node_up(alice, 1) && !node_up(alice, 2) && !node_up(bob, 1));
	pair_end();
}

/* --- networks --- */

static void
test_network(void)
{
	uint64_t seed;

	for (seed = 40; seed < 60; seed++) {
		pair_begin(seed);
		w.loss = 20;
		w.dup = 20;
		w.reorder = 20;
		alice->latency = seed % 3 * 40;
		pair_config(V1, V1);
		CHECK_ROW((int)seed, pair_comes_up(600000));
		pair_end();
	}
}

static void
test_nat(void)
{
	pair_begin(60);
	bob->nat = bob->addr;
	bob->nat.b[3] = 77;
	bob->nat_port = 1000;
	pair_config(V1 ",\"peer\":null", V1);
	CU_ASSERT(pair_comes_up(2000));
	CU_ASSERT(seen_said(alice, "the peer is behind a NAT"));
	CU_ASSERT(seen_said(bob, "we are behind a NAT"));
	CU_ASSERT(node_sa(alice, 1, true)->sa.udp_encap);
	CU_ASSERT(node_sa(bob, 1, true)->sa.udp_encap);
	pair_end();
}

/* Both begin at once: it comes to rest with one. */
static void
test_both(void)
{
	uint64_t seed;

	for (seed = 61; seed < 69; seed++) {
		pair_begin(seed);
		pair_config(V1 ",\"initiator\":true", V1);
		CHECK_ROW((int)seed, pair_comes_up(10000));
		world_run(&w, 120000);
		CHECK_ROW((int)seed, both_up(&w));
		CHECK_ROW((int)seed, pair_is_tidy());
		pair_end();
	}
}

/* Who comes back knows of nothing, and says so (INITIAL-CONTACT). */
static void
test_restart(void)
{
	pair_begin(70);
	pair_config(V1, V1);
	CU_ASSERT(pair_comes_up(2000));
	node_stop(bob);
	node_start(bob);
	node_config(bob, bob_entry(V1));
	CU_ASSERT(pair_comes_up(5000));
	CU_ASSERT(seen_said(alice, "the peer started anew"));
	world_run(&w, 10000);
	CU_ASSERT(node_count(alice, 1, true) == 1);
	pair_end();
}

/* Every message three times, at once and later: nothing is made twice. */
static bool
thrice(struct world *world, struct node *from, struct flight *f)
{
	static bool inside;

	(void)world;
	if (inside || f->esp)
		return true;
	inside = true;
	node_send(from, &f->src, &f->dst, f->encap, false, f->data, f->len);
	node_send(from, &f->src, &f->dst, f->encap, false, f->data, f->len);
	inside = false;
	return true;
}

static void
test_duplicates(void)
{
	pair_begin(71);
	w.tap = thrice;
	pair_config(V1, V1);
	CU_ASSERT(pair_comes_up(2000));
	world_run(&w, 5000);
	CU_ASSERT(pair_is_tidy());
	CU_ASSERT(alice->adds == 2 && bob->adds == 2);
	CU_ASSERT(!node_said(bob, "secrets differ"));
	pair_end();
}

/* --- somebody spoils it --- */

static uint64_t dice;

/* A spoilt copy before each message: cut, longer, with octets changed. */
static bool
spoil(struct world *world, struct node *from, struct flight *f)
{
	uint8_t copy[4096];
	size_t len = f->len, i;
	static bool inside;

	(void)world;
	if (inside || f->esp || f->len > sizeof(copy) - 8)
		return true;
	memcpy(copy, f->data, f->len);
	for (i = random_next(&dice) % 4; i > 0; i--)
		copy[random_next(&dice) % len] ^= (uint8_t)random_next(&dice);
	if (random_next(&dice) % 4 == 0)
		len -= random_next(&dice) % len;
	inside = true;
	node_send(from, &f->src, &f->dst, f->encap, false, copy, len);
	inside = false;
	return true;
}

static void
test_spoilt(void)
{
	uint64_t seed;

	for (seed = 80; seed < 120; seed++) {
		dice = seed;
		pair_begin(seed);
		w.tap = spoil;
		pair_config(V1, V1);
		world_run(&w, 60000);
		w.tap = NULL;
		/* Nobody authenticates NAT-D. */
		CU_ASSERT(engine_command(bob->engine, node_now(bob),
		    ENGINE_RESTART, 1, NULL) == 0);
		CHECK_ROW((int)seed, pair_comes_up(600000));
		pair_end();
	}
}

/* --- floods --- */

static uint8_t first[4096];
static size_t first_len;

static bool
keep_first(struct world *world, struct node *from, struct flight *f)
{
	(void)world;
	if (from == bob && first_len == 0 && f->len <= sizeof(first)) {
		first_len = f->len;
		memcpy(first, f->data, f->len);
	}
	return true;
}

static unsigned int
half_open(void)
{
	struct engine_stats s;

	engine_get_stats(alice->engine, &s);
	return s.half_open;
}

/* A message 1 with another cookie, from that address. */
static void
knock(uint32_t n, bool many_addresses)
{
	struct endpoint src = { .port = 500 }, dst = { .port = 500 };

	memcpy(first, &n, sizeof(n));
	src.addr = bob->addr;
	dst.addr = alice->addr;
	if (many_addresses)
		memcpy(src.addr.b + 1, &n, 3);
	engine_input(alice->engine, node_now(alice), &dst, &src, false, first,
	    first_len);
}

static void
flood(uint64_t seed, bool many_addresses)
{
	uint32_t i;

	pair_begin(seed);
	alice->set.half_open_max = 64;
	node_stop(alice);
	node_start(alice);
	w.tap = keep_first;
	first_len = 0;
	pair_config(V1 ",\"peer\":null", V1);
	CU_ASSERT(pair_comes_up(2000));
	CU_ASSERT_FATAL(first_len != 0);
	for (i = 1; i <= 3000; i++) {
		knock(i, many_addresses);
		CU_ASSERT(half_open() <= 64);
	}
	CU_ASSERT(half_open() == (many_addresses ? 64 : 16));
	/* One that goes on gets in, if it is not the one that floods. */
	if (!many_addresses) {
		world_run(&w, 31000);
		CU_ASSERT(half_open() == 0);
	} else {
		world_run(&w, 1500);
	}
	node_stop(bob);
	node_start(bob);
	node_config(bob, bob_entry(V1));
	CU_ASSERT(pair_comes_up(2000));
	world_run(&w, 31000);
	CU_ASSERT(half_open() == 0);
	pair_end();
}

static void
test_flood(void)
{
	flood(130, true);
	flood(131, false);
}

/* Before they end a new IKE_SA is there. */
static void
test_life(void)
{
	struct engine_stats s;

	pair_begin(140);
	pair_config(V1, V1);
	CU_ASSERT(pair_comes_up(2000));
	world_run(&w, 14400 * 1000 + 60000);
	CU_ASSERT(both_up(&w));
	CU_ASSERT(pair_is_tidy());
	CU_ASSERT(seen_said(bob, "IKE_SA #2 established"));
	engine_get_stats(bob->engine, &s);
	CU_ASSERT(s.handshakes >= 2);
	pair_end();
}

/* Aggressive mode is never answered, and is told of by name. */
static void
test_aggressive(void)
{
	uint8_t msg[28 + 4] = { 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0,
	    13, 0x10, EXCH1_AGGRESSIVE, 0, 0, 0, 0, 0, 0, 0, 0, sizeof(msg),
	    0, 0, 0, 4 };
	struct endpoint src, dst;

	pair_begin(120);
	node_config(alice, alice_entry(V1));
	src.addr = bob->addr;
	dst.addr = alice->addr;
	src.port = dst.port = 500;
	node_send(bob, &src, &dst, false, false, msg, sizeof(msg));
	world_run(&w, 1000);
	CU_ASSERT(seen_said(alice, "aggressive mode"));
	CU_ASSERT(alice->seen.out == 0);
	pair_end();
}

/* Some say only later than in their first message that they do dead peer detection
 * (Cisco: in the second or the third): they are asked as well. */
static bool
is_asked(bool answers, unsigned int dpd_in)
{
	static struct puppet1 p;
	bool asked;

	world_init(&w, 150 + dpd_in);
	alice = world_add(&w, "alice", "192.0.2.1");
	puppet1_init(&p, &w, alice, "192.0.2.2");
	p.dpd_in = dpd_in;
	node_config(alice, alice_entry(answers ? V1 ",\"dpd-delay\":10,\"initiator\":true" :
	    V1 ",\"dpd-delay\":10"));
	world_run(&w, 10);
	CU_ASSERT_FATAL(answers ? puppet1_answer(&p, "correct horse") :
	    puppet1_meet(&p, "correct horse"));
	puppet1_authenticate(&p, "bob");
	puppet1_forget(&p);
	world_run(&w, 10100);
	asked = message_notify(&p.m, (enum ike_notify)N1_R_U_THERE) != NULL;
	puppet1_fini(&p);
	world_fini(&w);
	return asked;
}

static void
test_late_vendor(void)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		CHECK_ROW((int)i, is_asked(false, i) == (i < 3));
		CHECK_ROW((int)i, is_asked(true, i) == (i < 3));
	}
}

UNIT_MAIN("main mode of IKEv1",
	{ "a pre-shared key", test_psk },
	{ "slow keys", test_latency },
	{ "ciphers, hashes and groups", test_suites },
	{ "an answer that nobody takes", test_sixth_ignored },
	{ "another secret", test_wrong_secret },
	{ "no secret", test_no_secret },
	{ "no secret for anybody", test_no_secret_for_anybody },
	{ "no common proposal", test_no_proposal },
	{ "no CHILD_SA", test_no_child },
	{ "identities", test_identities },
	{ "nobody there", test_silence },
	{ "the secret is chosen by address", test_by_address },
	{ "a bad network", test_network },
	{ "a NAT", test_nat },
	{ "both at once", test_both },
	{ "a restart", test_restart },
	{ "duplicates", test_duplicates },
	{ "spoilt copies", test_spoilt },
	{ "aggressive mode", test_aggressive },
	{ "floods", test_flood },
	{ "the end of its keys", test_life },
	{ "what the peer says late", test_late_vendor })
