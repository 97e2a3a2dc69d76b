/*
 * Setting up: two engines find each other, or say why not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/alg.h"
#include "log.h"
#include "pair.h"
#include "tests/unit.h"

static void
test_default(void)
{
	pair_begin(1);
	pair_config("", "");
	CU_ASSERT(pair_comes_up(2000));
	CU_ASSERT(pair_is_tidy());
	CU_ASSERT(alice->policies != NULL && bob->policies != NULL);
	CU_ASSERT(alice->syncs == 1);
	CU_ASSERT((node_sa(alice, 1, true)->sa.spi & 0xf0000000u) == 0xc0000000u);
	pair_end();
}

/* What -d wire shows of a handshake, both ways. */
static void
test_trace(void)
{
	static const char *const want[] = {
		"wire: to ", "wire: from ", ": IKE_SA_INIT request 0 [ SA KE",
		": IKE_SA_INIT response 0 [ SA KE", ": IKE_AUTH request 1 [ IDi",
		": IKE_AUTH response 1 [ IDr",
	};
	char text[16384] = "";
	int stderr_was = dup(2);
	FILE *f = tmpfile();
	const char *p;
	size_t i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	dup2(fileno(f), 2);
	log_init("pair", false, "wire");
	pair_begin(1);
	pair_config("", "");
	CU_ASSERT(pair_comes_up(2000));
	log_init("pair", false, NULL);
	pair_end();
	dup2(stderr_was, 2);
	close(stderr_was);
	rewind(f);
	CU_ASSERT(fread(text, 1, sizeof(text) - 1, f) > 0);
	fclose(f);
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		p = strstr(text, want[i]);
		CU_ASSERT_PTR_NOT_NULL(p);
		if (p == NULL)
			printf("\nno '%s' in:\n%s", want[i], text);
		/* Sent by one, and received by the other. */
		else if (i > 1)
			CU_ASSERT_PTR_NOT_NULL(strstr(p + 1, want[i]));
	}
}

static void
test_latency(void)
{
	pair_begin(2);
	alice->latency = 7;
	bob->latency = 11;
	pair_config("", "");
	CU_ASSERT(pair_comes_up(2000));
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

/* Every cipher with every integrity algorithm and PRF, and every group. */
static void
suite(const char *ike, const char *esp)
{
	char more[512];

	pair_begin(3);
	snprintf(more, sizeof(more), ",\"ike\":{%s},\"esp\":{%s}", ike, esp);
	pair_config(more, more);
	if (!pair_comes_up(2000)) {
		printf("\nsuite %s, %s\n", ike, esp);
		CU_FAIL("does not come up");
	}
	pair_end();
}

static void
test_ciphers(void)
{
	static const char *const prfs[] = { "prfsha256", "prfsha384",
	    "prfsha512" };
	const struct encr_alg *c;
	const struct integ_alg *a;
	char ike[256], esp[256];
	size_t i;

	for (c = encr_algs; c->name != NULL; c++) {
		if (IS_AEAD(c))
			for (i = 0; i < 3; i++) {
				snprintf(ike, sizeof(ike), "\"cipher\":[\"%s\"],"
				    "\"prf\":[\"%s\"],\"dh\":[\"x25519\"]", c->name,
				    prfs[i]);
				snprintf(esp, sizeof(esp), "\"cipher\":[\"%s\"]",
				    c->name);
				suite(ike, esp);
			}
		else
			for (a = integ_algs; a->name != NULL; a++) {
				if (strcmp(a->name, "sha1") == 0)
					continue;	/* IKEv1 only */
				snprintf(ike, sizeof(ike), "\"cipher\":[\"%s\"],"
				    "\"auth\":[\"%s\"],\"dh\":[\"x25519\"]",
				    c->name, a->name);
				snprintf(esp, sizeof(esp), "\"cipher\":[\"%s\"],"
				    "\"auth\":[\"%s\"],\"dh\":[\"x25519\"]",
				    c->name, a->name);
				suite(ike, esp);
			}
	}
}

static void
test_groups(void)
{
	const struct ke_alg *k;
	char ike[256];

	for (k = ke_algs; k->name != NULL; k++) {
		if (k->old)
			continue;
		snprintf(ike, sizeof(ike), "\"cipher\":[\"aes256gcm16\"],"
		    "\"prf\":[\"prfsha384\"],\"dh\":[\"%s\"]", k->name);
		suite(ike, "\"cipher\":[\"aes256gcm16\"]");
	}
}

static void
test_ids(void)
{
	static const struct { const char *a, *b; } rows[] = {
		{ "\"type\":\"name\",\"value\":\"a.example.com\"",
		  "\"type\":\"email\",\"value\":\"bob@example.com\"" },
		{ "\"type\":\"inet\",\"value\":\"10.9.9.9\"",
		  "\"type\":\"key\",\"value\":\"my_vpn_key\"" },
		{ "\"value\":\"CN=Alice, O=Example\"",
		  "\"type\":\"dn\",\"value\":\"0x300e310c300a06035504030c03426f62\"" },
		{ "\"value\":\"2001:db8::1\"", "\"value\":\"@example\"" },
	};
	char a[512], b[512];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pair_begin(4);
		snprintf(a, sizeof(a), ",\"local-id\":{%s},\"remote-id\":{%s}",
		    rows[i].a, rows[i].b);
		snprintf(b, sizeof(b), ",\"local-id\":{%s},\"remote-id\":{%s}",
		    rows[i].b, rows[i].a);
		pair_config(a, b);
		CU_ASSERT(pair_comes_up(2000));
		pair_end();
	}
}

/* Nothing but addresses: ids, subnets and peer are automatic. */
static void
test_auto(void)
{
	pair_begin(5);
	node_config(alice, "{\"id\":1,\"local-address\":\"192.0.2.1\"}");
	CU_ASSERT(alice->policies == NULL);	/* nobody to protect yet */
	node_config(bob, "{\"id\":7,\"initiator\":true,\"local-address\":"
	    "\"192.0.2.2\",\"peer\":\"192.0.2.1\"}");
	world_run(&w, 2000);
	CU_ASSERT(node_up(alice, 1) && node_up(bob, 7));
	CU_ASSERT(planes_agree(alice, bob, 1, 7));
	CU_ASSERT(alice->policies != NULL);
	CU_ASSERT(strstr(node_state(alice, 1), "\"remote-id\":\"%any\"") != NULL);
	CU_ASSERT(strstr(node_state(alice, 1), "\"remote\":\"192.0.2.2/32\"") != NULL);
	CU_ASSERT(strstr(node_state(bob, 7), "\"local-subnet\":\"dynamic\"") != NULL);
	pair_end();
}

static void
test_ipv6(void)
{
	world_init(&w, 6);
	alice = world_add(&w, "alice", "2001:db8::1");
	bob = world_add(&w, "bob", "2001:db8::2");
	node_config(alice, "{\"id\":1,\"local-address\":\"2001:db8::1\","
	    "\"local-subnet\":[\"10.0.1.0/24\"],\"remote-subnet\":[\"10.0.2.0/24\"]}");
	node_config(bob, "{\"id\":1,\"initiator\":true,\"local-address\":"
	    "\"2001:db8::2\",\"peer\":\"2001:db8::1\","
	    "\"local-subnet\":[\"10.0.2.0/24\"],\"remote-subnet\":[\"10.0.1.0/24\"]}");
	CU_ASSERT(pair_comes_up(2000));
	pair_end();
}

static void
test_narrowing(void)
{
	pair_begin(7);
	pair_config(",\"local-subnet\":[\"10.0.1.0/26\"]",
	    ",\"remote-subnet\":[\"10.0.0.0/16\"]");
	CU_ASSERT(pair_comes_up(2000));
	CU_ASSERT(strstr(node_state(bob, 1), "\"remote\":\"10.0.1.0/26\"") != NULL);
	pair_end();
}

/* The responder wants another group than the first we try. */
static void
test_invalid_ke(void)
{
	pair_begin(8);
	pair_config(",\"ike\":{\"cipher\":[\"aes128\"],\"auth\":[\"sha256\"],"
	    "\"dh\":[\"ecp384\"]}", "");
	CU_ASSERT(pair_comes_up(2000));
	CU_ASSERT(strstr(node_state(bob, 1), "ECP_384") != NULL);
	pair_end();
}

static void
test_cookie(void)
{
	pair_begin(9);
	alice->set.half_open_max = 0;
	engine_free(alice->engine);
	node_start(alice);
	pair_config("", "");
	/* With no place at all even a good cookie is not enough. */
	world_run(&w, 1000);
	CU_ASSERT(!node_up(bob, 1));
	engine_free(alice->engine);
	alice->set.half_open_max = 1;
	node_start(alice);
	node_config(alice, alice_entry(""));
	CU_ASSERT(pair_comes_up(400000));
	pair_end();
}

static unsigned int cookies_seen;

static bool
see_cookie(struct world *world, struct node *from, struct flight *f)
{
	(void)world;
	/* HDR (28), N: next, flags, length, protocol, SPI size, type */
	if (from == alice && f->len > 36 && f->data[16] == 41 &&
	    f->data[34] == 16390 >> 8 && f->data[35] == (16390 & 0xff))
		cookies_seen++;
	return true;
}

/* Half-open ones of others fill the table: bob is asked for a cookie. */
static void
test_cookie_under_load(void)
{
	static uint8_t init[4096];
	struct endpoint from = { .port = 500 }, to = { .port = 500 };
	size_t len = 0, i;
	struct flight *f;

	pair_begin(10);
	alice->set.half_open_max = 4;
	engine_free(alice->engine);
	node_start(alice);
	alice->down = true;
	pair_config("", "");
	f = w.flights;		/* bob's first message */
	CU_ASSERT_FATAL(f != NULL && f->len < sizeof(init));
	memcpy(init, f->data, f->len);
	len = f->len;
	to.addr = alice->addr;
	from.addr = bob->addr;
	for (i = 0; i < 8; i++) {
		init[0] = (uint8_t)(0x40 + i);	/* another SPI each */
		from.port = (uint16_t)(1000 + i);
		engine_input(alice->engine, w.now, &to, &from, false, init, len);
	}
	alice->down = false;
	cookies_seen = 0;
	w.tap = see_cookie;
	CU_ASSERT(pair_comes_up(30000));
	CU_ASSERT(cookies_seen >= 1);
	world_run(&w, 40000);
	CU_ASSERT(pair_is_tidy());	/* the half-open ones have expired */
	pair_end();
}

static void
test_nat(void)
{
	pair_begin(11);
	CU_ASSERT_FATAL(addr_parse(&bob->nat, "198.51.100.9") == 0);
	bob->nat_port = 20000;
	pair_config(",\"peer\":\"198.51.100.9\"", "");
	CU_ASSERT(pair_comes_up(2000));
	CU_ASSERT(strstr(node_state(bob, 1), "\"nat-local\":true") != NULL);
	CU_ASSERT(strstr(node_state(alice, 1), "\"nat-remote\":true") != NULL);
	CU_ASSERT(strstr(node_state(alice, 1), "\"remote-port\":24500") != NULL);
	CU_ASSERT(strstr(node_state(alice, 1), "TUNNEL-in-UDP") != NULL);
	CU_ASSERT(node_sa(alice, 1, false)->sa.udp_encap);
	CU_ASSERT(node_sa(alice, 1, false)->sa.dst.port == 24500);
	/* The NAT forgets: bob comes from another port, and alice follows
	 * what is authenticated. */
	bob->nat_port = 21000;
	world_run(&w, 120000);
	CU_ASSERT(node_sa(alice, 1, false)->sa.dst.port == 25500);
	CU_ASSERT(node_said(alice, "peer moved"));
	CU_ASSERT(both_up(&w));
	pair_end();
}

static void
test_force_encap(bool alices, bool bobs)
{
	pair_begin(12);
	alice->set.caps.force_encap = alices;
	bob->set.caps.force_encap = bobs;
	engine_free(alice->engine);
	engine_free(bob->engine);
	node_start(alice);
	node_start(bob);
	pair_config("", "");
	CU_ASSERT(pair_comes_up(2000));
	CU_ASSERT(node_sa(alice, 1, false)->sa.udp_encap);
	CU_ASSERT(node_sa(bob, 1, false)->sa.udp_encap);
	CU_ASSERT(node_sa(bob, 1, false)->sa.dst.port == 4500);
	CU_ASSERT(node_sa(alice, 1, false)->sa.dst.port == 4500);
	pair_end();
}

static void
test_force(void)
{
	test_force_encap(true, true);
	test_force_encap(true, false);
	test_force_encap(false, true);
}

/* --- what does not work, and what people are told --- */

static void
test_wrong_psk(void)
{
	pair_begin(13);
	snprintf(bob->psk, sizeof(bob->psk), "wrong horse");
	pair_config("", "");
	world_run(&w, 1000);
	CU_ASSERT(node_is(bob, 1, "down-connecting"));
	CU_ASSERT(node_is(alice, 1, "down-unknown"));
	CU_ASSERT(strstr(node_state(alice, 1), "secrets differ") != NULL);
	CU_ASSERT(strstr(node_state(bob, 1), "secrets differ") != NULL);
	CU_ASSERT(strstr(node_state(bob, 1), "next-attempt") != NULL);
	CU_ASSERT(alice->sas == NULL && bob->sas == NULL);
	/* The cause is mended: it comes up by itself. */
	snprintf(bob->psk, sizeof(bob->psk), "correct horse");
	CU_ASSERT(pair_comes_up(60000));
	world_run(&w, 30000);
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

static void
test_no_psk(void)
{
	pair_begin(14);
	alice->psk[0] = '\0';
	pair_config("", "");
	world_run(&w, 1000);
	CU_ASSERT(strstr(node_state(alice, 1), "secret SECRET") != NULL);
	snprintf(alice->psk, sizeof(alice->psk), "correct horse");
	bob->psk[0] = '\0';
	world_run(&w, 60000);
	CU_ASSERT(strstr(node_state(bob, 1), "secret SECRET") != NULL);
	pair_end();
}

static void
test_wrong_id(void)
{
	pair_begin(15);
	pair_config("", ",\"local-id\":{\"value\":\"mallory\"}");
	world_run(&w, 1000);
	CU_ASSERT(!node_up(alice, 1) && !node_up(bob, 1));
	CU_ASSERT(node_said(alice, "mallory"));
	CU_ASSERT(node_said(alice, "remote-id name mallory"));
	CU_ASSERT(strstr(node_state(bob, 1), "AUTHENTICATION_FAILED") != NULL);
	pair_end();

	/* The responder is not who was expected: the initiator says no. */
	pair_begin(16);
	pair_config("", ",\"remote-id\":{\"value\":\"*.example.com\"}");
	world_run(&w, 1000);
	CU_ASSERT(!node_up(alice, 1) && !node_up(bob, 1));
	CU_ASSERT(strstr(node_state(bob, 1), "remote-id name alice") != NULL);
	CU_ASSERT(alice->sas == NULL && bob->sas == NULL);
	pair_end();
}

#define AES128	",\"ike\":{\"cipher\":[\"aes128\"],\"auth\":[\"sha256\"],\"dh\":[\"ecp256\"]}"
#define AES256	",\"ike\":{\"cipher\":[\"aes256\"],\"auth\":[\"sha512\"],\"dh\":[\"ecp256\"]}"

static void
test_no_proposal(void)
{
	pair_begin(17);
	pair_config(AES128, AES256);
	world_run(&w, 1000);
	CU_ASSERT(strstr(node_state(alice, 1), "aes256") != NULL);
	CU_ASSERT(strstr(node_state(bob, 1), "NO_PROPOSAL_CHOSEN") != NULL);
	/* Not authenticated: it still asked once more. */
	CU_ASSERT(node_is(bob, 1, "down-connecting"));
	world_run(&w, 15000);
	CU_ASSERT(node_said(bob, "no valid answer"));
	pair_end();
}

/* ESP does not fit: the IKE_SA is up without a CHILD_SA. */
static void
test_no_esp_proposal(void)
{
	pair_begin(18);
	pair_config(",\"esp\":{\"cipher\":[\"aes128\"],\"auth\":[\"sha256\"]}",
	    ",\"esp\":{\"cipher\":[\"aes256gcm16\"]}");
	world_run(&w, 1000);
	CU_ASSERT(node_is(alice, 1, "down-ike-established"));
	CU_ASSERT(node_is(bob, 1, "down-ike-established"));
	CU_ASSERT(strstr(node_state(alice, 1), "aes256gcm16") != NULL);
	CU_ASSERT(strstr(node_state(bob, 1), "NO_PROPOSAL_CHOSEN") != NULL);
	/* Mended at alice: bob tries again by itself. */
	node_config(alice, alice_entry(",\"esp\":{\"cipher\":[\"aes256gcm16\"]}"));
	CU_ASSERT(pair_comes_up(60000));
	pair_end();
}

static void
test_ts_mismatch(void)
{
	pair_begin(19);
	pair_config("", ",\"remote-subnet\":[\"10.0.9.0/24\"]");
	world_run(&w, 1000);
	CU_ASSERT(node_is(alice, 1, "down-ike-established"));
	CU_ASSERT(node_is(bob, 1, "down-ike-established"));
	CU_ASSERT(strstr(node_state(alice, 1), "10.0.9.0/24") != NULL);
	CU_ASSERT(strstr(node_state(bob, 1), "10.0.9.0/24") != NULL);
	pair_end();
}

static void
test_no_tunnel(void)
{
	pair_begin(20);
	node_config(alice, "");
	node_config(bob, bob_entry(""));
	world_run(&w, 1000);
	CU_ASSERT(node_said(alice, "no tunnel is configured"));
	CU_ASSERT(node_is(bob, 1, "down-connecting"));
	pair_end();
}

/* Started again, alice knows nothing until her configuration comes, also not
 * that there is no such tunnel: most peers would give up. */
static void
test_not_yet_configured(void)
{
	pair_begin(22);
	node_config(bob, bob_entry(""));
	world_run(&w, 1000);
	CU_ASSERT(w.sent == 1);
	CU_ASSERT(!node_said(alice, "no tunnel is configured"));
	node_config(alice, alice_entry(""));
	CU_ASSERT(pair_comes_up(5000));
	pair_end();
}

/* The data plane says no: the peer must not believe it is up. */
static void
test_plane_refuses(void)
{
	pair_begin(21);
	alice->dp_refuses = true;
	pair_config("", "");
	world_run(&w, 1000);
	CU_ASSERT(node_is(bob, 1, "down-ike-established"));
	CU_ASSERT(node_said(alice, "the fake says no"));
	alice->dp_refuses = false;
	CU_ASSERT(pair_comes_up(60000));
	pair_end();

	pair_begin(22);
	bob->dp_refuses = true;
	pair_config("", "");
	world_run(&w, 1000);
	CU_ASSERT(node_is(alice, 1, "down-ike-established"));
	bob->dp_refuses = false;
	CU_ASSERT(pair_comes_up(60000));
	pair_end();
}

static bool
have_policies(void)
{
	return alice->policies != NULL && bob->policies != NULL;
}

/* Every single call of the data plane fails once, at set-up, rekeyings of both
 * kinds from both ends, and a liveness check: in the end all is as it should. */
static void
test_plane_fails_once(void)
{
	static const enum engine_command orders[] = { ENGINE_REKEY_CHILD,
	    ENGINE_REKEY_IKE };
	struct err e = ERR_INIT;
	unsigned int k, side, i;
	struct node *n;
	bool ok;

	for (side = 0; side < 2; side++)
		for (k = 1; k < 100; k++) {
			pair_begin(500 + k);
			n = side == 0 ? alice : bob;
			n->dp_fails_at = k;
			pair_config("", "");
			ok = pair_comes_up(400000);
			for (i = 0; i < 4; i++) {
				world_run(&w, 61000);
				if (engine_command(w.node[i / 2].engine, w.now,
				    orders[i % 2], 1, &e) < 0)
					err_clear(&e);
			}
			world_run(&w, 700000);
			ok = ok && both_up(&w) && have_policies() &&
			    pair_is_tidy();
			if (!ok)
				printf("\n    %s's call %u\n", n->name, k);
			CU_ASSERT(ok);
			i = n->dp_fails_at;
			pair_end();
			if (i != 0)
				break;
		}
	CU_ASSERT(k > 10);
}

/* Both begin at the same moment. */
static void
test_crossing(void)
{
	uint64_t seed;

	for (seed = 0; seed < 20; seed++) {
		pair_begin(3000 + seed);
		pair_config(",\"initiator\":true", "");
		CU_ASSERT(world_until(&w, both_up, 10000));
		world_run(&w, 60000);
		CU_ASSERT(pair_is_tidy());
		pair_end();
	}
}

/* A network that loses, doubles and reorders. */
static void
test_bad_network(void)
{
	uint64_t seed;

	for (seed = 0; seed < 60; seed++) {
		pair_begin(1000 + seed);
		w.loss = 25;
		w.dup = 15;
		w.reorder = 25;
		alice->latency = seed % 3 * 10;
		pair_config("", "");
		if (!pair_comes_up(900000)) {
			printf("seed %u\n", (unsigned int)seed);
			CU_FAIL("does not come up");
		}
		pair_end();
	}
}

UNIT_MAIN("setup",
	{ "default proposals", test_default },
	{ "keys and data plane answer later", test_latency },
	{ "-d wire shows the messages", test_trace },
	{ "ciphers, integrity, PRFs", test_ciphers },
	{ "groups", test_groups },
	{ "identities", test_ids },
	{ "automatic values", test_auto },
	{ "IPv6 outside, IPv4 inside", test_ipv6 },
	{ "narrowing", test_narrowing },
	{ "INVALID_KE_PAYLOAD", test_invalid_ke },
	{ "COOKIE without end", test_cookie },
	{ "COOKIE under load", test_cookie_under_load },
	{ "NAT", test_nat },
	{ "forced encapsulation", test_force },
	{ "wrong secret", test_wrong_psk },
	{ "no secret", test_no_psk },
	{ "wrong identity", test_wrong_id },
	{ "no common IKE proposal", test_no_proposal },
	{ "no common ESP proposal", test_no_esp_proposal },
	{ "subnets do not fit", test_ts_mismatch },
	{ "no tunnel", test_no_tunnel },
	{ "no configuration yet", test_not_yet_configured },
	{ "data plane refuses", test_plane_refuses },
	{ "the data plane fails once", test_plane_fails_once },
	{ "both begin", test_crossing },
	{ "bad network", test_bad_network })
