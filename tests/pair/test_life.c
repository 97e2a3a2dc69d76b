/*
 * Life of a tunnel: retransmission, dead peers, rekeying, deletion, restarts,
 * changes of the configuration.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/child.h"
#include "ike/context.h"
#include "ike/tunnel.h"
#include "pair.h"
#include "tests/unit.h"

/* --- retransmission (S1-033) --- */

static uint64_t sent_at[32];
static unsigned int n_sent;

static bool
note_and_lose(struct world *world, struct node *from, struct flight *f)
{
	(void)f;
	if (from == bob && n_sent < 32)
		sent_at[n_sent++] = world->now;
	return false;
}

static void
check_schedule(uint64_t start)
{
	static const uint64_t want[] = { 0, 4000, 11200, 24160, 47488, 89478 };
	size_t i;

	for (i = 0; i < 6; i++)
		CU_ASSERT_EQUAL(sent_at[i] - start, want[i]);
}

static void
test_schedule(void)
{
	uint64_t start;

	pair_begin(1);
	n_sent = 0;
	w.tap = note_and_lose;
	start = w.now;
	pair_config("", "");
	world_run(&w, 165000);
	CU_ASSERT(n_sent == 6);
	check_schedule(start);
	CU_ASSERT(!node_said(bob, "no answer"));
	world_run(&w, 61);
	CU_ASSERT(node_said(bob, "no answer"));
	CU_ASSERT(node_is(bob, 1, "down-connecting"));
	/* For ever: when the network is mended, it comes up. */
	world_run(&w, 3600000);
	w.tap = NULL;
	CU_ASSERT(pair_comes_up(600000));
	pair_end();
}

/* Attempts get rarer, but never end. */
static void
test_backoff(void)
{
	uint64_t first;

	pair_begin(2);
	snprintf(bob->psk, sizeof(bob->psk), "wrong horse");
	pair_config("", "");
	world_run(&w, 60000);
	first = w.sent;
	CU_ASSERT(first > 8);
	world_run(&w, 36000000);
	CU_ASSERT(w.sent - first > 4 * 36000 / 450 && w.sent - first < 4 * 36000 / 200);
	pair_end();
}

/* --- dead peers --- */

static void
test_dpd(void)
{
	uint64_t start;

	pair_up(3, "", "");
	bob->idle_ms = alice->idle_ms = 100;	/* traffic flows */
	world_run(&w, 300000);
	CU_ASSERT(w.sent == 4);			/* nobody asks */
	CU_ASSERT(bob->counters_asked > 5);
	bob->idle_ms = alice->idle_ms = UINT32_MAX;
	world_run(&w, 40000);
	CU_ASSERT(w.sent > 4);
	/* Now nobody answers. */
	alice->down = true;
	n_sent = 0;
	w.tap = note_and_lose;
	world_until(&w, NULL, 60000);
	CU_ASSERT_FATAL(n_sent > 0);
	start = sent_at[0];
	CU_ASSERT(node_is(bob, 1, "down-retransmission"));
	world_run(&w, 170000);
	check_schedule(start);
	CU_ASSERT(node_said(bob, "is dead"));
	CU_ASSERT(node_is(bob, 1, "down-connecting"));	/* restart, at once */
	CU_ASSERT(sent_at[6] == start + 165061);
	world_run(&w, 60000);
	CU_ASSERT(node_is(alice, 1, "down-unknown"));	/* clear */
	alice->down = false;
	w.tap = NULL;
	CU_ASSERT(pair_comes_up(200000));
	world_run(&w, 60000);
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

static void
test_dpd_actions(void)
{
	struct dp_event acquire = { .kind = DP_ACQUIRE, .tunnel = 1 };

	pair_up(4, "", ",\"dpd-action\":\"trap\"");
	alice->down = true;
	world_run(&w, 400000);
	CU_ASSERT(node_is(bob, 1, "down-unknown"));
	CU_ASSERT(bob->policies != NULL);
	alice->down = false;
	world_run(&w, 400000);
	CU_ASSERT(node_is(bob, 1, "down-unknown"));
	engine_dp_event(bob->engine, w.now, &acquire);
	CU_ASSERT(pair_comes_up(10000));
	pair_end();

	pair_up(5, "", ",\"dpd-action\":\"disabled\"");
	alice->down = true;
	world_run(&w, 2000000);
	CU_ASSERT(node_up(bob, 1));
	pair_end();
}

static int
shown(struct node *n, const char *name)
{
	const char *s = strstr(node_state(n, 1), name);

	return s != NULL ? atoi(s + strlen(name)) : -1;
}

/* Each action in each role: what happens, and when, after the peer's last word. */
static void
test_dpd_matrix(void)
{
	static const struct {
		bool		 initiator;
		const char	*action, *status;	/* after the last try */
		bool		 comes_back;		/* by itself */
	} rows[] = {
		{ true,  "restart",  "down-connecting", true },
		{ true,  "clear",    "down-unknown",    false },
		{ true,  "trap",     "down-unknown",    false },
		{ true,  "disabled", "up-installed",    false },
		{ false, "clear",    "down-unknown",    false },
		{ false, "disabled", "up-installed",    false },
	};
	struct dp_event acquire = { .kind = DP_ACQUIRE, .tunnel = 1 };
	struct node *n, *peer;
	char more[64];
	bool off;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		off = strcmp(rows[i].action, "disabled") == 0;
		snprintf(more, sizeof(more), ",\"dpd-delay\":20,\"dpd-action\":"
		    "\"%s\"", rows[i].action);
		pair_up(40 + i, rows[i].initiator ? ",\"dpd-action\":\"disabled\"" : more,
		    rows[i].initiator ? more : ",\"dpd-action\":\"disabled\"");
		n = rows[i].initiator ? bob : alice;
		peer = n == bob ? alice : bob;
		/* ESP is as good a sign of life as IKE. */
		n->idle_ms = 0;
		world_run(&w, 100000);
		CU_ASSERT_EQUAL(shown(n, "\"probes\":"), 0);
		CU_ASSERT(shown(n, "\"heard\":") >= 99);
		n->idle_ms = UINT32_MAX;
		world_run(&w, 60000);
		CU_ASSERT(off ? shown(n, "\"probes\":") == 0 :
		    shown(n, "\"probes\":") >= 2 && shown(n, "\"heard\":") <= 20);
		peer->down = true;
		world_run(&w, 21000);
		CU_ASSERT(node_is(n, 1, off ? "up-installed" : "down-retransmission"));
		world_run(&w, 170000);
		CU_ASSERT(node_is(n, 1, rows[i].status));
		CU_ASSERT(off || node_said(n, "is dead"));
		CU_ASSERT_EQUAL(n->sas != NULL, off);
		CU_ASSERT(n->policies != NULL);		/* never in clear */
		peer->down = false;
		node_stop(peer);
		node_start(peer);
		node_config(peer, peer == alice ? alice_entry("") :
		    bob_entry(",\"initiator\":false"));
		world_run(&w, 300000);
		CU_ASSERT_EQUAL(node_up(n, 1) && node_up(peer, 1),
		    rows[i].comes_back);
		if (!off) {		/* traffic brings it back in any case */
			engine_dp_event(n->engine, w.now, &acquire);
			CU_ASSERT(pair_comes_up(5000));
		}
		pair_end();
	}
}

/* Waiting for the next attempt ends with a commit, with traffic (but a peer that
 * says no is not asked for each packet), and with the local address. */
static void
test_retry_sooner(void)
{
	struct dp_event acquire = { .kind = DP_ACQUIRE, .tunnel = 1 };
	struct err e = ERR_INIT;
	unsigned int sent, i;

	pair_begin(30);
	snprintf(bob->psk, sizeof(bob->psk), "wrong horse");
	pair_config("", "");
	world_run(&w, 3600000);
	CU_ASSERT(shown(bob, "\"next-attempt\":") > 0);
	sent = w.sent;
	for (i = 0; i < 600; i++) {		/* ten minutes of it */
		engine_dp_event(bob->engine, w.now, &acquire);
		world_run(&w, 1000);
	}
	CU_ASSERT(w.sent - sent >= 4 * 10 && w.sent - sent <= 4 * 25);
	snprintf(bob->psk, sizeof(bob->psk), "correct horse");
	world_run(&w, 3000);
	if (!node_up(bob, 1)) {
		CU_ASSERT(node_commit(bob, bob_entry(",\"description\":\"x\""),
		    NULL, false, &e, NULL, 0) == 0);
		CU_ASSERT(pair_comes_up(1000));
	}
	pair_end();
}

/* A responder with a certain peer can be triggered as well (S1-036). */
static void
test_acquire(void)
{
	struct dp_event acquire = { .kind = DP_ACQUIRE, .tunnel = 1 };

	pair_begin(6);
	pair_config("", ",\"initiator\":false");
	world_run(&w, 10000);
	CU_ASSERT(w.sent == 0);
	CU_ASSERT(alice->policies != NULL && bob->policies != NULL);
	engine_dp_event(alice->engine, w.now, &acquire);
	engine_dp_event(alice->engine, w.now, &acquire);
	CU_ASSERT(pair_comes_up(2000));
	CU_ASSERT(pair_is_tidy());
	CU_ASSERT(w.sent == 4);
	pair_end();
}

/* --- rekeying --- */

static void
rekeys(const char *more, bool pfs)
{
	uint32_t spi;

	pair_up(7, more, more);
	spi = node_sa(bob, 1, true)->sa.spi;
	world_run(&w, 3700000);
	CU_ASSERT(node_sa(bob, 1, true)->sa.spi != spi);
	CU_ASSERT(node_said(bob, "rekeyed: 10.0.2.0/24") ||
	    node_said(alice, "rekeyed: 10.0.2.0/24"));
	CU_ASSERT(pair_is_tidy());
	CU_ASSERT((strstr(node_state(bob, 1), "AES_GCM_16-128/CURVE_25519") != NULL) == pfs);
	world_run(&w, 11000000);
	CU_ASSERT(node_said(bob, "IKE_SA #1 rekeyed"));
	CU_ASSERT(pair_is_tidy());
	world_run(&w, 86400000);
	CU_ASSERT(both_up(&w));
	CU_ASSERT(!node_said(bob, "no answer") && !node_said(bob, "is dead"));
	world_run(&w, 30000);
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

static void
test_rekey(void)
{
	rekeys(",\"esp\":{\"cipher\":[\"aes128gcm16\"]}", false);
	rekeys(",\"esp\":{\"cipher\":[\"aes128gcm16\"],\"dh\":[\"x25519\"]}", true);
	rekeys("", true);
}

/* From each side, by command. */
static void
test_rekey_command(void)
{
	struct err e = ERR_INIT;
	struct node *n;
	int i;

	pair_up(8, "", "");
	for (i = 0; i < 20; i++) {
		uint32_t spi = node_sa(bob, 1, true)->sa.spi;

		n = i % 2 == 0 ? alice : bob;
		CU_ASSERT(engine_command(n->engine, w.now, i % 4 < 2 ?
		    ENGINE_REKEY_CHILD : ENGINE_REKEY_IKE, 1, &e) == 0);
		world_run(&w, 20000);
		CU_ASSERT(pair_is_tidy());
		CU_ASSERT((node_sa(bob, 1, true)->sa.spi != spi) == (i % 4 < 2));
	}
	pair_end();
}

/* The first guess at the group of a CHILD_SA's new keys is one that the peer has
 * taken before.  Libreswan 4.10 answers another one with INVALID_SYNTAX. */
static void
test_rekey_group(void)
{
	static const char ike[] = ",\"ike\":{\"cipher\":[\"aes256\"],"
	    "\"auth\":[\"sha256\"],\"dh\":[\"ecp384\"]}";
	struct err e = ERR_INIT;
	uint64_t sent;
	int i;

	pair_up(9, ike, "");
	for (i = 0; i < 4; i++) {
		sent = w.sent;
		CU_ASSERT(engine_command(i % 2 == 0 ? bob->engine :
		    alice->engine, w.now, ENGINE_REKEY_CHILD, 1, &e) == 0);
		world_run(&w, 20000);
		CU_ASSERT(strstr(node_state(bob, 1), "-128/ECP_384") != NULL);
		CU_ASSERT(w.sent == sent + 4);	/* the new, and Delete */
	}
	pair_end();
}

/* Both at the same moment (RFC 7296 2.8.1), and every mixture. */
static void
test_rekey_crossing(void)
{
	static const enum engine_command cmds[] = { ENGINE_REKEY_CHILD,
	    ENGINE_REKEY_IKE };
	struct err e = ERR_INIT;
	uint64_t seed;

	for (seed = 0; seed < 64; seed++) {
		pair_up(100 + seed, "", "");
		w.reorder = seed & 8 ? 50 : 0;
		w.dup = seed & 16 ? 30 : 0;
		w.loss = seed & 32 ? 20 : 0;
		CU_ASSERT(engine_command(alice->engine, w.now,
		    cmds[seed & 1], 1, &e) == 0);
		world_run(&w, seed / 4 % 2 * 3);
		CU_ASSERT(engine_command(bob->engine, w.now,
		    cmds[seed >> 1 & 1], 1, &e) == 0);
		world_run(&w, 100000);
		w.loss = w.dup = w.reorder = 0;
		world_run(&w, 200000);
		CU_ASSERT(both_up(&w));
		if (!pair_is_tidy()) {
			printf("seed %u\n%s\n%s\n", (unsigned int)seed,
			    alice->log, bob->log);
			CU_FAIL("not tidy");
		}
		pair_end();
	}
}

static bool
gap(struct world *world)
{
	(void)world;
	return pair_gap();
}

/* At every step of rekeyings from either end, and when messages are lost. */
static void
test_no_gap(void)
{
	struct err e = ERR_INIT;
	uint64_t seed;
	int i;

	for (seed = 0; seed < 8; seed++) {
		pair_up(200 + seed, "", "");
		alice->latency = seed % 2 * 20;
		bob->latency = seed / 2 % 2 * 30;
		w.loss = seed < 4 ? 0 : 10;
		for (i = 0; i < 8; i++) {
			CU_ASSERT(engine_command(i % 2 ? alice->engine :
			    bob->engine, w.now, i % 4 == 3 ? ENGINE_REKEY_IKE :
			    ENGINE_REKEY_CHILD, 1, &e) == 0);
			CU_ASSERT(!world_until(&w, gap, 60000));
		}
		w.loss = 0;
		CU_ASSERT(!world_until(&w, gap, 300000));
		CU_ASSERT(pair_is_tidy());
		pair_end();
	}
}

#define GCM(dh)	",\"esp\":{\"cipher\":[\"aes128gcm16\"]" dh "}"

static unsigned int
times_said(const struct node *n, const char *text)
{
	const char *p = n->log;
	unsigned int i = 0;

	while (p != NULL && (p = strstr(p, text)) != NULL) {
		i++;
		p += strlen(text);
	}
	return i;
}

/* PFS that the peer does not want is noticed when the tunnel comes up: the old
 * keys go on, people hear why, and at their end the tunnel is made anew without
 * a gap. */
static void
test_pfs_mismatch(void)
{
	static const struct { const char *alice, *bob, *at_bob; } rows[] = {
		{ GCM(",\"dh\":[\"x25519\"]"), GCM(",\"dh\":[\"ecp384\"]"),
		  "here, set: esp cipher aes128gcm16" },
		{ GCM(""), GCM(",\"dh\":[\"ecp384\"]"),
		  "at the peer, set: esp cipher aes128gcm16 dh ecp384" },
		{ GCM(",\"dh\":[\"x25519\"]"), GCM(""),
		  "set the group of the peer here with: esp ... dh GROUP" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pair_up(9 + i, rows[i].alice, rows[i].bob);
		world_run(&w, 4000);
		CU_ASSERT(both_up(&w));
		CU_ASSERT(node_said(bob, "rekeying failed: the peer answers NO_PROPOSAL_CHOSEN"));
		CU_ASSERT(node_said(alice, "refused to rekey the CHILD_SA (PFS)"));
		CU_ASSERT(node_said(alice, "dh: the peer offers"));
		CU_ASSERT(strstr(node_state(bob, 1), rows[i].at_bob) != NULL);
		CU_ASSERT(strstr(node_state(bob, 1), "the keys end in 66 minutes") != NULL);
		CU_ASSERT(strstr(node_state(alice, 1), "the keys end in") != NULL ||
		    strstr(node_state(alice, 1), "refused to rekey") != NULL);
		CU_ASSERT(!world_until(&w, gap, 2 * 4000000));
		CU_ASSERT(both_up(&w));
		CU_ASSERT(!node_said(bob, "reached its limit") &&
		    !node_said(alice, "reached its limit"));
		/* Once for each IKE_SA. */
		CU_ASSERT(times_said(bob, "rekeying failed") <= 3);
		CU_ASSERT(times_said(alice, "refused to rekey") <= 3);
		world_run(&w, 60000);
		CU_ASSERT(pair_is_tidy());
		pair_end();
	}
}

/* Where esp is configured the first rekeying comes at once, by who began or, if
 * he does not, by the other; by default there is none. */
static void
test_pfs_tried(void)
{
	struct engine_stats s;
	unsigned int sent;

	pair_up(20, GCM(",\"dh\":[\"ecp256\"]"), GCM(",\"dh\":[\"ecp256\"]"));
	CU_ASSERT(!world_until(&w, gap, 3500));
	CU_ASSERT(node_said(bob, "rekeyed: 10.0.2.0/24"));
	CU_ASSERT(strstr(node_state(bob, 1), "AES_GCM_16-128/ECP_256") != NULL);
	CU_ASSERT(strstr(node_state(bob, 1), "\"reason\"") == NULL);
	world_run(&w, 20000);
	sent = w.sent;
	alice->idle_ms = bob->idle_ms = 0;
	world_run(&w, 3000000);
	CU_ASSERT_EQUAL(w.sent, sent);
	CU_ASSERT(pair_is_tidy());
	pair_end();

	pair_up(21, GCM(",\"dh\":[\"ecp256\"]"), "");
	world_run(&w, 9000);
	CU_ASSERT_EQUAL(w.sent, 4);
	world_run(&w, 4000);
	CU_ASSERT(node_said(alice, "rekeyed: 10.0.1.0/24"));
	CU_ASSERT(strstr(node_state(alice, 1), "AES_GCM_16-128/ECP_256") != NULL);
	pair_end();

	pair_up(22, "", "");
	alice->idle_ms = bob->idle_ms = 0;
	world_run(&w, 60000);
	CU_ASSERT_EQUAL(w.sent, 4);
	engine_get_stats(bob->engine, &s);
	CU_ASSERT_EQUAL(s.child_sas, 1);
	pair_end();
}

/* --- deletion --- */

static void
test_terminate(void)
{
	struct dp_event acquire = { .kind = DP_ACQUIRE, .tunnel = 1 };
	struct err e = ERR_INIT;

	pair_up(10, "", "");
	CU_ASSERT(engine_command(bob->engine, w.now, ENGINE_TERMINATE, 1, &e) == 0);
	world_run(&w, 1000);
	CU_ASSERT(node_is(bob, 1, "down-unknown") && node_is(alice, 1, "down-unknown"));
	CU_ASSERT(alice->sas == NULL && bob->sas == NULL);
	CU_ASSERT(bob->policies != NULL && alice->policies != NULL);
	CU_ASSERT(node_said(alice, "the peer closed"));
	world_run(&w, 600000);
	CU_ASSERT(node_is(bob, 1, "down-unknown"));
	engine_dp_event(bob->engine, w.now, &acquire);
	CU_ASSERT(pair_comes_up(10000));
	/* The responder closes: the initiator comes back by itself. */
	CU_ASSERT(engine_command(alice->engine, w.now, ENGINE_TERMINATE, 1, &e) == 0);
	world_run(&w, 100);
	CU_ASSERT(node_is(bob, 1, "down-connecting"));
	CU_ASSERT(pair_comes_up(30000));
	CU_ASSERT(engine_command(alice->engine, w.now, ENGINE_RESTART, 0, &e) == 0);
	world_run(&w, 100);
	CU_ASSERT(pair_comes_up(30000));
	world_run(&w, 30000);
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

/* The process esp starts again and has lost its SAs: the tunnel has new ones
 * within a round trip, from either end, and keeps its IKE_SA. */
static void
test_lost_sas(void)
{
	struct dp_event lost = { .kind = DP_LOST, .tunnel = 1 };
	struct engine_stats before, after;
	struct plane_sa *sa;
	struct node *n;
	uint32_t spis[8];
	size_t i, k;

	pair_up(12, "", "");
	for (k = 0; k < 2; k++) {
		n = k == 0 ? alice : bob;
		engine_get_stats(n->engine, &before);
		for (i = 0, sa = n->sas; sa != NULL && i < 8; sa = sa->next)
			spis[i++] = sa->sa.spi;
		while (i > 0) {
			lost.spi = spis[--i];
			engine_dp_event(n->engine, w.now, &lost);
		}
		world_run(&w, 500);
		CU_ASSERT(node_up(alice, 1) && node_up(bob, 1));
		for (sa = n->sas; sa != NULL; sa = sa->next)
			i += !sa->sa.inbound && sa->sa.spi != spis[0] &&
			    sa->sa.spi != spis[1];
		CU_ASSERT_EQUAL(i, 1);
		engine_get_stats(n->engine, &after);
		CU_ASSERT_EQUAL(before.handshakes, after.handshakes);
		CU_ASSERT(strstr(node_state(n, 1), "\"sa-lost\"") != NULL);
	}
	world_run(&w, 60000);
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

static void
test_commands(void)
{
	struct err e = ERR_INIT;

	pair_begin(11);
	node_config(alice, "{\"id\":1,\"local-address\":\"192.0.2.1\"},"
	    "{\"id\":2,\"enable\":false}");
	CU_ASSERT(engine_command(alice->engine, w.now, ENGINE_INITIATE, 3, &e) < 0);
	CU_ASSERT(e.kind == ERR_NOTFOUND);
	CU_ASSERT(engine_command(alice->engine, w.now, ENGINE_INITIATE, 1, &e) < 0);
	CU_ASSERT(strstr(e.text, "peer ADDRESS") != NULL);
	CU_ASSERT(engine_command(alice->engine, w.now, ENGINE_INITIATE, 2, &e) < 0);
	CU_ASSERT(strstr(e.text, "disabled") != NULL);
	CU_ASSERT(engine_command(alice->engine, w.now, ENGINE_REKEY_CHILD, 1, &e) < 0);
	pair_end();
}

/* --- restarts --- */

static void
test_initiator_restarts(void)
{
	pair_up(12, "", "");
	node_stop(bob);
	node_start(bob);
	node_config(bob, bob_entry(""));
	CU_ASSERT(pair_comes_up(5000));
	CU_ASSERT(node_said(alice, "started anew"));
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

static void
test_responder_restarts(void)
{
	pair_up(13, "", "");
	node_stop(alice);
	node_start(alice);
	node_config(alice, alice_entry(""));
	world_run(&w, 250000);		/* bob finds out by asking */
	CU_ASSERT(pair_comes_up(5000));
	world_run(&w, 30000);
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

/* --- configuration --- */

static void
test_commit(void)
{
	struct err e = ERR_INIT;
	char text[4096];
	uint32_t spi, gone[] = { 1, 0 };
	unsigned int sent, changes;

	pair_up(14, "", "");
	spi = node_sa(bob, 1, true)->sa.spi;
	sent = w.sent;
	changes = bob->policy_changes;

	/* A description disturbs nothing, nor does another tunnel. */
	CU_ASSERT(node_commit(bob, bob_entry(",\"description\":\"to Alice\""),
	    NULL, false, &e, NULL, 0) == 0);
	CU_ASSERT(strstr(node_state(bob, 1), "to Alice") != NULL);
	CU_ASSERT(node_commit(bob, "{\"id\":2,\"local-address\":\"192.0.2.2\"}",
	    NULL, false, &e, NULL, 0) == 0);
	CU_ASSERT(node_commit(bob, bob_entry(",\"dpd-delay\":600,"
	    "\"sa-rekey-time\":7200"), NULL, false, &e, NULL, 0) == 0);
	/* The whole configuration again, as after a restart of confd. */
	snprintf(text, sizeof(text), "%s,{\"id\":2,\"local-address\":"
	    "\"192.0.2.2\"}", bob_entry(",\"dpd-delay\":600,"
	    "\"sa-rekey-time\":7200"));
	node_config(bob, text);
	world_run(&w, 1000);
	CU_ASSERT(bob->policy_changes == changes);
	CU_ASSERT(w.sent == sent);
	CU_ASSERT(node_sa(bob, 1, true)->sa.spi == spi);
	CU_ASSERT(strstr(node_state(bob, 1), "\"dpd-delay\":600") != NULL);
	CU_ASSERT(strstr(node_state(bob, 1), "\"expires-in\":79") != NULL);

	/* Another subnet restarts the tunnel, with a new policy and no gap. */
	CU_ASSERT(node_commit(bob, bob_entry(",\"local-subnet\":[\"10.0.2.0/25\"]"),
	    NULL, false, &e, NULL, 0) == 0);
	CU_ASSERT(bob->policies != NULL);
	CU_ASSERT(pair_comes_up(20000));
	CU_ASSERT(strstr(node_state(alice, 1), "10.0.2.0/25") != NULL);

	/* Disabled: closed, no policy. */
	CU_ASSERT(node_commit(bob, bob_entry(",\"enable\":false"), NULL, false,
	    &e, NULL, 0) == 0);
	world_run(&w, 1000);
	CU_ASSERT(bob->policies == NULL && bob->sas == NULL && alice->sas == NULL);
	CU_ASSERT(strstr(node_state(bob, 1), "disabled") != NULL);
	CU_ASSERT(node_commit(bob, bob_entry(""), NULL, false, &e, NULL, 0) == 0);
	CU_ASSERT(pair_comes_up(5000));

	/* Removed. */
	CU_ASSERT(node_commit(bob, NULL, gone, false, &e, NULL, 0) == 0);
	world_run(&w, 1000);
	CU_ASSERT(bob->policies == NULL && bob->sas == NULL && alice->sas == NULL);
	CU_ASSERT(strstr(node_state(bob, 1), "there is no tunnel") != NULL);
	world_run(&w, 20000);
	pair_end();
}

/* A rekeying that failed is tried again soon, whatever other times a commit sets. */
static void
test_commit_before_retry(void)
{
	const struct child_sa *c;
	struct err e = ERR_INIT;
	uint64_t retry;

	pair_up(16, "", "");
	alice->dp_refuses = true;
	CU_ASSERT(engine_command(bob->engine, w.now, ENGINE_REKEY_CHILD, 1, &e) == 0);
	world_run(&w, 1000);
	c = tunnel_find(bob->engine, 1)->sas->children;
	retry = c->rekey.at;
	CU_ASSERT(retry > w.now && retry < w.now + 60000);
	CU_ASSERT(node_commit(bob, bob_entry(",\"sa-rekey-time\":7200"), NULL, false,
	    &e, NULL, 0) == 0);
	CU_ASSERT_EQUAL(c->rekey.at, retry);
	CU_ASSERT(c->expire.at > w.now + 7200000);
	pair_end();
}

/* The peer vanishes while the tunnel is being removed. */
static void
test_remove_while_down(void)
{
	struct engine_stats s;

	pair_up(15, "", "");
	alice->down = true;
	node_config(bob, "{\"id\":9,\"local-address\":\"192.0.2.2\"}");
	CU_ASSERT(bob->sas == NULL);
	world_run(&w, 170000);
	engine_get_stats(bob->engine, &s);
	CU_ASSERT(s.ike_sas == 0 && s.tunnels == 1);
	pair_end();
}

static void
refused(const char *json, const char *path, const char *text)
{
	struct err e = ERR_INIT;

	CU_ASSERT(node_commit(bob, json, NULL, false, &e, NULL, 0) < 0);
	CU_ASSERT(strstr(e.path, path) != NULL);
	CU_ASSERT(strstr(e.text, text) != NULL);
	if (strstr(e.path, path) == NULL || strstr(e.text, text) == NULL)
		printf("\n%s: %s (%s)\n", json, e.text, e.path);
}

static void
test_refusals(void)
{
	char two[4096], one[2048];
	struct err e = ERR_INIT;

	pair_begin(16);
	refused(bob_entry(",\"local-subnet\":[\"2001:db8:2::/64\"]"),
	    "/remote-subnet", "both be IPv4 or both be IPv6");
	refused("{\"id\":1,\"local-address\":\"192.0.2.2\",\"local-subnet\":"
	    "[\"2001:db8:2::/64\"]}", "/remote-subnet", "remote-subnet ADDRESS/LEN");
	refused(bob_entry(",\"local-id\":{\"value\":\"*.example.com\"}"),
	    "/culvert-tunnel:tunnel/ipsec[id='1']/local-id", "wildcards");
	snprintf(one, sizeof(one), "%s", bob_entry(",\"description\":\"x\""));
	one[6] = '2';		/* "{"id":2 */
	snprintf(two, sizeof(two), "%s,%s", bob_entry(""), one);
	refused(two, "ipsec[id='2']", "ipsec 2 and ipsec 1");
	/* Against one that is there already, and not against itself. */
	node_config(bob, bob_entry(""));
	CU_ASSERT(node_commit(bob, one, NULL, false, &e, NULL, 0) < 0);
	CU_ASSERT(node_commit(bob, bob_entry(",\"description\":\"y\""), NULL,
	    false, &e, NULL, 0) == 0);
	/* A refused commit changed nothing. */
	CU_ASSERT(strstr(node_state(bob, 2), "there is no tunnel") != NULL);
	refused(bob_entry(",\"ike\":{\"cipher\":[\"aes128\"],\"auth\":[\"sha1\"],"
	    "\"dh\":[\"modp2048\"]}"), "/ike", "sha1 is too weak for IKEv2");
	refused(bob_entry(",\"esp\":{\"cipher\":[\"aes128\"],\"auth\":[\"sha256\"],"
	    "\"dh\":[\"modp1024\"]}"), "/esp", "modp1024 is too weak for IKEv2");
	/* Two responders without remote-id are told apart by their peers. */
	node_config(bob, "{\"id\":1,\"local-address\":\"192.0.2.2\",\"peer\":"
	    "\"192.0.2.7\"},{\"id\":2,\"local-address\":\"192.0.2.2\",\"peer\":"
	    "\"192.0.2.8\"}");
	pair_end();
}

/* Exact before wildcard before any; the secret follows the tunnel. */
static void
test_selection(void)
{
	pair_begin(17);
	node_config(alice,
	    "{\"id\":1,\"local-address\":\"192.0.2.1\",\"local-id\":{\"value\":\"alice\"},"
	    "\"remote-subnet\":[\"10.0.1.0/24\"]},"
	    "{\"id\":2,\"local-address\":\"192.0.2.1\",\"local-id\":{\"value\":\"alice\"},"
	    "\"remote-id\":{\"value\":\"*.example.com\"},\"remote-subnet\":[\"10.0.2.0/24\"]},"
	    "{\"id\":3,\"local-address\":\"192.0.2.1\",\"local-id\":{\"value\":\"alice\"},"
	    "\"remote-id\":{\"value\":\"bob.example.com\"},\"remote-subnet\":[\"10.0.3.0/24\"]},"
	    "{\"id\":4,\"local-address\":\"192.0.2.1\",\"local-id\":{\"value\":\"other\"},"
	    "\"remote-id\":{\"value\":\"bob.example.com\"},\"remote-subnet\":[\"10.0.4.0/24\"]}");
#define WHO(id, name, alice, net) \
	"{\"id\":" id ",\"initiator\":true,\"local-address\":\"192.0.2.2\"," \
	"\"peer\":\"192.0.2.1\",\"local-id\":{\"value\":\"" name "\"}," \
	"\"remote-id\":{\"value\":\"" alice "\"}," \
	"\"local-subnet\":[\"10.0." net ".0/24\"]}"
	node_config(bob, WHO("1", "carol", "alice", "1") ","
	    WHO("2", "dave.example.com", "alice", "2") ","
	    WHO("3", "bob.example.com", "alice", "3") ","
	    WHO("4", "bob.example.com", "other", "4"));
	world_run(&w, 5000);
	CU_ASSERT(planes_agree(alice, bob, 1, 1));
	CU_ASSERT(planes_agree(alice, bob, 2, 2));
	CU_ASSERT(planes_agree(alice, bob, 3, 3));
	CU_ASSERT(planes_agree(alice, bob, 4, 4));
	pair_end();
}

UNIT_MAIN("life",
	{ "retransmission schedule", test_schedule },
	{ "back-off", test_backoff },
	{ "dead peer detection", test_dpd },
	{ "dpd-action", test_dpd_actions },
	{ "each action in each role", test_dpd_matrix },
	{ "sooner than planned", test_retry_sooner },
	{ "traffic", test_acquire },
	{ "rekeying for a day", test_rekey },
	{ "rekeying by command", test_rekey_command },
	{ "the group of a rekeying", test_rekey_group },
	{ "rekeying at once", test_rekey_crossing },
	{ "rekeying leaves no gap", test_no_gap },
	{ "PFS mismatch", test_pfs_mismatch },
	{ "PFS is tried at once", test_pfs_tried },
	{ "terminate, restart", test_terminate },
	{ "SAs lost by the data plane", test_lost_sas },
	{ "commands refused", test_commands },
	{ "initiator restarts", test_initiator_restarts },
	{ "responder restarts", test_responder_restarts },
	{ "commits", test_commit },
	{ "a commit before a retry", test_commit_before_retry },
	{ "removed while the peer is away", test_remove_while_down },
	{ "commits refused", test_refusals },
	{ "which tunnel", test_selection })
