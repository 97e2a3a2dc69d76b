/*
 * Reauthentication, make before break (RFC 7296 2.8.3, RFC 4478), and one
 * IKE_SA for a tunnel whatever both ends do.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "order.h"
#include "puppet.h"
#include "tests/unit.h"

static uint64_t
handshakes(const struct node *n)
{
	struct engine_stats s;

	engine_get_stats(n->engine, &s);
	return s.handshakes;
}

static bool
harm(struct world *world)
{
	(void)world;
	return pair_gap() || !(node_up(alice, 1) ||
	    node_is(alice, 1, "down-retransmission")) || !(node_up(bob, 1) ||
	    node_is(bob, 1, "down-retransmission"));
}

/* By either end's wish, by both; with losses and slow helpers: always one that
 * carries traffic, in both directions, and at the end just one. */
static void
test_make_before_break(void)
{
	static const struct { const char *alice, *bob; } conf[] = {
		{ "", ",\"reauth-time\":600" },
		{ ",\"reauth-time\":600", "" },
		{ ",\"reauth-time\":700", ",\"reauth-time\":600" },
		{ ",\"initiator\":true,\"reauth-time\":600", ",\"reauth-time\":600" },
		{ ",\"reauth-time\":900,\"sa-rekey-time\":300", "" },
	};
	size_t i, k;

	for (i = 0; i < sizeof(conf) / sizeof(conf[0]); i++)
		for (k = 0; k < 4; k++) {
			pair_up(10 * i + k, conf[i].alice, conf[i].bob);
			world_run(&w, 10000);
			alice->latency = k & 1 ? 20 : 0;
			bob->latency = k & 1 ? 30 : 0;
			w.loss = k & 2 ? 5 : 0;
			CU_ASSERT(!world_until(&w, harm, 3600000));
			w.loss = 0;
			CU_ASSERT(!world_until(&w, harm, 100000));
			CU_ASSERT(handshakes(bob) >= 4 && handshakes(bob) <= 10);
			CU_ASSERT(!node_said(alice, "reauthentication failed"));
			CU_ASSERT(!node_said(alice, "started anew"));
			if (!pair_is_tidy() || handshakes(bob) < 4)
				printf("case %zu %zu: %u\n%s\n%s\n", i, k,
				    (unsigned int)handshakes(bob), alice->log, bob->log);
			pair_end();
		}
}

static bool
begins(struct world *world)
{
	(void)world;
	return node_said(bob, "authenticating anew");
}

/* A message that is lost twice is no reason to give up: between the time that is set
 * and its end there is time to repeat it, however short the first is. */
static void
test_short(void)
{
	unsigned int i;

	for (i = 0; i < 5; i++) {
		pair_up(70 + i, i & 1 ? ",\"reauth-time\":60" : "",
		    i & 1 ? "" : ",\"reauth-time\":60");
		CU_ASSERT(world_until(&w, begins, 61000));
		bob->cut_off[alice - w.node] = true;
		world_run(&w, 7000);
		bob->cut_off[alice - w.node] = false;
		CU_ASSERT(!world_until(&w, harm, 20000));
		CU_ASSERT(handshakes(bob) == 2 && pair_is_tidy());
		pair_end();
	}
}

static const char *
number(struct node *n, const char *name)
{
	const char *s = strstr(node_state(n, 1), name);

	return s != NULL ? s + strlen(name) : "-1";
}

static void
test_shown(void)
{
	int in;

	pair_up(50, "", "");
	CU_ASSERT(strstr(node_state(bob, 1), "reauth") == NULL);
	CU_ASSERT(node_commit(bob, bob_entry(",\"reauth-time\":3600"), NULL, false,
	    NULL, NULL, 0) == 0);
	CU_ASSERT(strstr(node_state(bob, 1), "\"reauth-time\":3600") != NULL);
	in = atoi(number(bob, "\"reauth-in\":"));
	CU_ASSERT(in >= 3240 && in <= 3600);
	CU_ASSERT(handshakes(bob) == 1);	/* the commit cost nothing */
	CU_ASSERT(node_commit(bob, bob_entry(""), NULL, false, NULL, NULL, 0) == 0);
	CU_ASSERT(strstr(node_state(bob, 1), "reauth") == NULL);
	pair_end();
}

/* Rekeying the IKE_SA leaves the clock alone. */
static void
test_clock(void)
{
	struct err e = ERR_INIT;
	int i;

	pair_up(51, "", ",\"reauth-time\":1000");
	for (i = 0; i < 8; i++) {
		world_run(&w, 100000);
		CU_ASSERT(handshakes(bob) == 1);
		CU_ASSERT(engine_command(i % 2 ? alice->engine : bob->engine,
		    w.now, ENGINE_REKEY_IKE, 1, &e) == 0);
	}
	CU_ASSERT(node_said(bob, "rekeyed: now"));
	CU_ASSERT(!world_until(&w, harm, 220000));
	CU_ASSERT(handshakes(bob) == 2);
	pair_end();
}

/* The secret is changed at one end: the old IKE_SA stays to its limit, people
 * hear why; mended in time, nothing happens. */
static void
test_failure(void)
{
	unsigned int mended;

	for (mended = 0; mended < 2; mended++) {
		pair_up(52, "", ",\"reauth-time\":1000");
		snprintf(alice->psk, sizeof(alice->psk), "another horse");
		CU_ASSERT(!world_until(&w, harm, 1080000));
		CU_ASSERT(node_said(bob, "reauthentication failed"));
		CU_ASSERT(strstr(node_state(bob, 1), "\"reason\":\"reauthentication "
		    "failed") != NULL);
		CU_ASSERT(handshakes(bob) == 1);
		if (mended) {
			snprintf(alice->psk, sizeof(alice->psk), "correct horse");
			CU_ASSERT(!world_until(&w, harm, 30000));
			CU_ASSERT(handshakes(bob) == 2);
			CU_ASSERT(strstr(node_state(bob, 1), "\"reason\"") == NULL);
			world_run(&w, 60000);
			CU_ASSERT(pair_is_tidy());
		} else {
			world_run(&w, 60000);
			CU_ASSERT(!node_up(bob, 1) && !node_up(alice, 1));
			CU_ASSERT(node_said(bob, "not authenticated again in time"));
			snprintf(alice->psk, sizeof(alice->psk), "correct horse");
			CU_ASSERT(pair_comes_up(600000));
		}
		pair_end();
	}
}

/* The peer does not listen to AUTH_LIFETIME: the responder begins by itself, and
 * closes the tunnel when that does not help. */
static void
test_deaf_peer(void)
{
	struct puppet p;
	const struct payload *n;

	pair_begin(53);
	node_config(alice, alice_entry(",\"reauth-time\":100,\"dpd-action\":"
	    "\"disabled\""));
	puppet_init(&p, &w, alice, "192.0.2.2");
	CU_ASSERT_FATAL(puppet_meet(&p) &&
	    puppet_authenticate(&p, "bob", "correct horse"));
	n = message_notify(&p.m, N_AUTH_LIFETIME);
	CU_ASSERT(n != NULL && n->notify.data.len == 4 &&
	    n->notify.data.p[3] == 100);
	puppet_forget(&p);
	world_run(&w, 99000);
	CU_ASSERT(p.heard == 0);
	world_run(&w, 2000);
	CU_ASSERT(p.heard == 1 && p.m.hdr.exchange == EXCH_IKE_SA_INIT);
	CU_ASSERT(node_up(alice, 1));
	world_run(&w, 16000);
	CU_ASSERT(!node_up(alice, 1));
	CU_ASSERT(node_said(alice, "not authenticated again in time"));
	puppet_fini(&p);
	pair_end();
}

/* A peer that begins anew and then does not answer: that it has not closed the IKE_SA
 * before does not mean that it still has it. */
static void
test_silent_on_new(void)
{
	struct puppet before, p;

	pair_begin(54);
	node_config(alice, alice_entry(""));
	puppet_init(&before, &w, alice, "192.0.2.2");
	CU_ASSERT_FATAL(puppet_meet(&before) &&
	    puppet_authenticate(&before, "bob", "correct horse"));
	CU_ASSERT(node_up(alice, 1));
	puppet_fini(&before);
	world_run(&w, 1000);
	puppet_init(&p, &w, alice, "192.0.2.2");
	CU_ASSERT_FATAL(puppet_meet(&p) &&
	    puppet_authenticate(&p, "bob", "correct horse"));
	world_run(&w, 8000);
	CU_ASSERT(node_is(alice, 1, "down-retransmission"));
	puppet_fini(&p);
	pair_end();
}

/* AUTH_LIFETIME in an INFORMATIONAL of the responder. */
static void
test_lifetime_later(void)
{
	static const uint8_t s[4] = { 0, 0, 0, 50 };
	struct puppet p;

	pair_begin(54);
	puppet_init(&p, &w, bob, "192.0.2.1");
	puppet_forget(&p);
	node_config(bob, bob_entry(""));
	world_run(&w, 10);
	CU_ASSERT_FATAL(puppet_asked(&p) && puppet_build_answer(&p));
	puppet_say(&p);
	puppet_begin(&p, EXCH_IKE_AUTH, true, 1);
	puppet_build_id(&p, "alice", 0);
	puppet_build_auth(&p, "alice", "correct horse", 0);
	puppet_build_child(&p, OFFER_AUTH_CHILD, 0xc0aabbcc, "10.0.2.0/24",
	    "10.0.1.0/24");
	puppet_seal(&p);
	puppet_send(&p);
	CU_ASSERT(node_up(bob, 1));
	puppet_begin(&p, EXCH_INFORMATIONAL, false, 0);
	build_notify(&p.b, PROTO_NONE, N_AUTH_LIFETIME, NULL, 0, s, 4);
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT(p.heard == 1 && p.m.n == 0);
	CU_ASSERT(atoi(number(bob, "\"reauth-in\":")) >= 39 &&
	    atoi(number(bob, "\"reauth-in\":")) <= 45);
	puppet_forget(&p);
	world_run(&w, 45000);
	CU_ASSERT(p.heard >= 1 && p.m.hdr.exchange == EXCH_IKE_SA_INIT);
	puppet_fini(&p);
	pair_end();
}

/* --- one IKE_SA --- */

/* Once up, both stay up. */
static bool was_up;

static const char *
no_flap(void)
{
	bool is = both_up(&w);

	if (was_up && !is && !node_is(alice, 1, "down-retransmission") &&
	    !node_is(bob, 1, "down-retransmission"))
		return "it was up, and is no more";
	was_up |= is;
	return NULL;
}

static const char *
tidy(void)
{
	return both_up(&w) && pair_at_peace() ? NULL : "not tidy";
}

static void
blank(uint64_t seed)
{
	pair_begin(seed);
	was_up = false;
}

static bool
alice_starts(void)
{
	node_config(alice, alice_entry(",\"initiator\":true"));
	return true;
}

static bool
bob_starts(void)
{
	node_config(bob, bob_entry(""));
	return true;
}

/* Both begin at once, in every order of arrival: one tunnel, and no flap. */
static void
test_crossed_setup(void)
{
	static const struct order o = { "set-up", blank, alice_starts, bob_starts,
	    1, 8, no_flap, tidy, true };

	CU_ASSERT(order_all(&o) > 10);
}

/* The other identity waits until the first peer is gone. */
static void
test_other_peer(void)
{
	struct node *carol;

	pair_begin(60);
	carol = world_add(&w, "carol", NULL);
	node_config(alice, "{\"id\":1,\"local-address\":\"192.0.2.1\",\"local-id\":"
	    "{\"value\":\"alice\"},\"remote-id\":{\"value\":\"*.example.com\"},"
	    "\"local-subnet\":[\"10.0.1.0/24\"],\"remote-subnet\":[\"10.0.2.0/24\"]}");
#define PEER(addr, name) "{\"id\":1,\"initiator\":true,\"local-address\":\"" addr \
	"\",\"peer\":\"192.0.2.1\",\"local-id\":{\"value\":\"" name "\"}," \
	"\"remote-id\":{\"value\":\"alice\"},\"local-subnet\":[\"10.0.2.0/24\"]," \
	"\"remote-subnet\":[\"10.0.1.0/24\"]}"
	node_config(bob, PEER("192.0.2.2", "bob.example.com"));
	CU_ASSERT(pair_comes_up(5000));
	node_config(carol, PEER("192.0.2.3", "carol.example.com"));
	world_run(&w, 60000);
	CU_ASSERT(!node_up(carol, 1) && both_up(&w) && planes_agree(alice, bob, 1, 1));
	CU_ASSERT(node_said(alice, "in use by 'bob.example.com'"));
	CU_ASSERT(node_said(alice, "remote-id name carol.example.com"));
	bob->down = true;
	world_run(&w, 800000);
	CU_ASSERT(node_up(carol, 1) && planes_agree(alice, carol, 1, 1));
	pair_end();
}

/* Nor do two get in by coming in the same moment. */
static void
test_other_peer_at_once(void)
{
	struct node *carol;
	struct engine_stats s;

	pair_begin(62);
	alice->latency = 50;
	carol = world_add(&w, "carol", NULL);
	node_config(alice, "{\"id\":1,\"local-address\":\"192.0.2.1\",\"local-id\":"
	    "{\"value\":\"alice\"},\"remote-id\":{\"value\":\"*.example.com\"},"
	    "\"local-subnet\":[\"10.0.1.0/24\"],\"remote-subnet\":[\"10.0.2.0/24\"]}");
	node_config(bob, PEER("192.0.2.2", "bob.example.com"));
	node_config(carol, PEER("192.0.2.3", "carol.example.com"));
	world_run(&w, 2000);
	engine_get_stats(alice->engine, &s);
	CU_ASSERT(s.handshakes == 1 && node_up(bob, 1) != node_up(carol, 1));
	pair_end();
}

/* An identity that is more than a word does not break out of the command. */
static void
test_other_peer_quoted(void)
{
	struct node *carol;

	pair_begin(63);
	carol = world_add(&w, "carol", NULL);
	node_config(alice, "{\"id\":1,\"local-address\":\"192.0.2.1\",\"local-id\":"
	    "{\"value\":\"alice\"},\"remote-id\":{\"value\":\"%any\"},"
	    "\"local-subnet\":[\"10.0.1.0/24\"],\"remote-subnet\":[\"10.0.2.0/24\"]}");
	node_config(bob, PEER("192.0.2.2", "bob.example.com"));
	CU_ASSERT(pair_comes_up(5000));
	node_config(carol, PEER("192.0.2.3", "carol; no enable"));
	world_run(&w, 5000);
	CU_ASSERT(node_said(alice, "remote-id name \"carol; no enable\""));
	pair_end();
}

/* The peer comes back without INITIAL_CONTACT: the newest counts, also for what
 * we send, and the old one goes. */
static void
test_no_initial_contact(void)
{
	struct puppet p, q;
	struct engine_stats s;
	struct plane_sa *out;

	pair_begin(61);
	node_config(alice, alice_entry(",\"dpd-action\":\"disabled\""));
	puppet_init(&p, &w, alice, "192.0.2.2");
	CU_ASSERT_FATAL(puppet_meet(&p) &&
	    puppet_authenticate(&p, "bob", "correct horse"));
	world_run(&w, 10000);
	puppet_init(&q, &w, alice, "192.0.2.2");
	CU_ASSERT_FATAL(puppet_meet(&q) &&
	    puppet_authenticate(&q, "bob", "correct horse"));
	out = node_sa(alice, 1, false);
	CU_ASSERT(out != NULL && node_count(alice, 1, false) == 1);
	puppet_forget(&q);
	world_run(&w, 3000);		/* alice asks whether he is there */
	CU_ASSERT(q.heard == 1 && q.m.hdr.exchange == EXCH_INFORMATIONAL &&
	    node_count(alice, 1, true) == 2 && node_sa(alice, 1, false) == out);
	puppet_begin(&q, EXCH_INFORMATIONAL, true, 0);
	puppet_seal(&q);
	puppet_send(&q);
	out = node_sa(alice, 1, false);
	CU_ASSERT(out != NULL && node_count(alice, 1, false) == 1 &&
	    out->sa.keys.ek.len != 0);
	world_run(&w, 700000);	/* and asks p in vain to delete the old one */
	CU_ASSERT(node_count(alice, 1, true) == 1 && node_up(alice, 1));
	engine_get_stats(alice->engine, &s);
	CU_ASSERT(s.child_sas == 1 && s.ike_sas == 1);
	puppet_fini(&q);
	ke_free(p.ke);
	crypto_free(p.crypto);
	pair_end();
}

/* By command, of either end; make before break as well. */
/* A data plane that takes no SA: each attempt is authenticated and has no CHILD_SA.
 * They do not pile up, while the old one carries traffic or after its end. */
static void
test_no_child(void)
{
	struct node *const ends[] = { alice, bob };
	struct engine_stats s;
	uint32_t most;
	size_t i, k;

	for (i = 0; i < 2; i++) {
		pair_up(31, "", ",\"reauth-time\":600");
		ends[i]->dp_refuses = true;
		for (k = most = 0; k < 3000; k++) {
			world_run(&w, 1000);
			engine_get_stats(bob->engine, &s);
			if (s.ike_sas > most + s.ended)
				most = s.ike_sas - s.ended;
		}
		CU_ASSERT(handshakes(bob) > 3);
		CU_ASSERT(most <= 3);
		if (most > 3)
			printf("%u IKE_SAs at once\n%s\n", most, bob->log);
		ends[i]->dp_refuses = false;
		CU_ASSERT(pair_comes_up(600000));
		pair_end();
	}
}

static void
test_command(void)
{
	struct err e = ERR_INIT;

	for (int i = 0; i < 2; i++) {
		struct node *n = i == 0 ? alice : bob;
		uint64_t before;

		pair_up(60, "", "");
		n = i == 0 ? alice : bob;
		world_run(&w, 20000);
		before = handshakes(n);
		CU_ASSERT(engine_command(n->engine, w.now, ENGINE_REAUTH, 1, &e)
		    == 0);
		CU_ASSERT(!world_until(&w, harm, 60000));
		CU_ASSERT_EQUAL(handshakes(n), before + 1);
		CU_ASSERT(pair_is_tidy());
		pair_end();
	}
	pair_begin(61);
	pair_config("", "");
	CU_ASSERT(engine_command(bob->engine, w.now, ENGINE_REAUTH, 1, &e) < 0);
	CU_ASSERT(strstr(e.text, "no established IKE_SA") != NULL);
	pair_end();
}

/* What engine_watch() shows: every message, read where this end can; nothing
 * when it is off; and it changes nothing. */
static void
test_watch(void)
{
	pair_begin(62);
	engine_watch(alice->engine, true);
	pair_config("", "");
	CU_ASSERT_FATAL(pair_comes_up(5000));
	CU_ASSERT(alice->seen.in >= 2 && alice->seen.out >= 2);
	CU_ASSERT(alice->seen.read >= 2);	/* IKE_AUTH, both ways */
	CU_ASSERT(alice->seen.ours >= 1);
	CU_ASSERT_EQUAL(alice->seen.again + alice->seen.dropped, 0);
	CU_ASSERT_EQUAL(bob->seen.in + bob->seen.out, 0);
	w.loss = 30;
	world_run(&w, 1000000);
	w.loss = 0;
	world_run(&w, 60000);
	CU_ASSERT(alice->seen.again > 0);
	engine_watch(alice->engine, false);
	memset(&alice->seen, 0, sizeof(alice->seen));
	world_run(&w, 8000000);
	CU_ASSERT_EQUAL(alice->seen.in + alice->seen.out, 0);
	pair_end();
}

UNIT_MAIN("reauthentication",
	{ "by command", test_command },
	{ "watched", test_watch },
	{ "make before break", test_make_before_break },
	{ "a short time", test_short },
	{ "what is shown", test_shown },
	{ "the clock goes on", test_clock },
	{ "failure", test_failure },
	{ "no CHILD_SA", test_no_child },
	{ "a deaf peer", test_deaf_peer },
	{ "silent on the new one", test_silent_on_new },
	{ "lifetime told later", test_lifetime_later },
	{ "crossed set-up", test_crossed_setup },
	{ "another peer", test_other_peer },
	{ "another peer at once", test_other_peer_at_once },
	{ "another peer, odd name", test_other_peer_quoted },
	{ "no INITIAL_CONTACT", test_no_initial_contact })
