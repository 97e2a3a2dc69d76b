/*
 * Life of a tunnel of IKEv1: rekeying of both phases from each end without a packet
 * lost, deletion, dead peers, restarts, peers that drop phase 1 alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/child.h"
#include "ike/context.h"
#include "ike/ike1/handlers1.h"
#include "ike/ike1/phase2.h"
#include "ike/ike1/phase1.h"
#include "ike/tunnel.h"
#include "pair.h"
#include "tests/unit.h"

/* Where a sign of life may be unanswered just now, which is no time for it. */
static void
try_command(struct node *n, enum engine_command c)
{
	struct err e = ERR_INIT;

	if (engine_command(n->engine, w.now, c, 1, &e) < 0)
		CU_ASSERT(strstr(e.text, "is not up") != NULL);
}

static void
blame(unsigned int seed, const char *what)
{
	printf("\nseed %u: %s\n%s\n%s\n", seed, what, alice->log, bob->log);
	CU_FAIL("see above");
}

static uint32_t
handshakes(const struct node *n)
{
	struct engine_stats s;

	engine_get_stats(n->engine, &s);
	return (uint32_t)s.handshakes;
}

static bool
gap(struct world *world)
{
	(void)world;
	return pair_gap();
}

/* --- rekeying --- */

/* By time, for a day: both phases. */
static void
test_rekey(void)
{
	static const char *const esps[] = {
		",\"esp\":{\"cipher\":[\"aes128gcm16\"]}",
		",\"esp\":{\"cipher\":[\"aes128gcm16\"],\"dh\":[\"ecp256\"]}", "",
	};
	uint32_t spi;
	size_t i;

	for (i = 0; i < 3; i++) {
		pair_up1(1 + i, esps[i], esps[i]);
		spi = node_sa(bob, 1, true)->sa.spi;
		CU_ASSERT(!world_until(&w, gap, 3700000));
		CU_ASSERT(node_sa(bob, 1, true)->sa.spi != spi);
		CU_ASSERT(pair_is_tidy());
		CU_ASSERT(!world_until(&w, gap, 11000000));
		CU_ASSERT(handshakes(bob) == 2);
		CU_ASSERT(pair_is_tidy());
		CU_ASSERT(!world_until(&w, gap, 86400000));
		CU_ASSERT(both_up(&w));
		CU_ASSERT(!node_said(bob, "no answer") &&
		    !node_said(bob, "is dead"));
		world_run(&w, 60000);
		CU_ASSERT(pair_is_tidy());
		pair_end();
	}
}

/* By command, from each end, slow data planes, messages lost: never a moment at
 * which one sends what the other cannot read. */
static void
test_no_gap(void)
{
	uint64_t seed;
	uint32_t spi;
	int i;

	for (seed = 0; seed < 24; seed++) {
		pair_up1(100 + seed, "", "");
		alice->latency = seed % 2 * 20;
		bob->latency = seed / 2 % 2 * 30;
		w.loss = seed < 4 ? 0 : 15;
		w.dup = seed & 8 ? 20 : 0;
		w.reorder = seed & 16 ? 30 : 0;
		for (i = 0; i < 8; i++) {
			spi = node_sa(bob, 1, true)->sa.spi;
			(seed < 4 ? pair_command : try_command)(i % 2 ? alice : bob,
			    i % 4 > 1 ? ENGINE_REKEY_IKE : ENGINE_REKEY_CHILD);
			if (world_until(&w, gap, 60000))
				blame((unsigned int)seed, "a gap");
			if (seed < 4) {
				if (!pair_at_peace())
					blame((unsigned int)seed, "not tidy yet");
				CU_ASSERT((node_sa(bob, 1, true)->sa.spi != spi) ==
				    (i % 4 < 2));
			}
		}
		w.loss = w.dup = w.reorder = 0;
		if (world_until(&w, gap, 400000))
			blame((unsigned int)seed, "a gap at last");
		if (!pair_at_peace())
			blame((unsigned int)seed, "not tidy");
		pair_end();
	}
}

/* Both ends at the same moment, and every mixture. */
static void
test_crossing(void)
{
	static const enum engine_command cmds[] = { ENGINE_REKEY_CHILD,
	    ENGINE_REKEY_IKE };
	uint64_t seed;

	for (seed = 0; seed < 64; seed++) {
		pair_up1(200 + seed, "", "");
		w.reorder = seed & 8 ? 50 : 0;
		w.dup = seed & 16 ? 30 : 0;
		w.loss = seed & 32 ? 20 : 0;
		pair_command(alice, cmds[seed & 1]);
		world_run(&w, seed / 4 % 2 * 3);
		pair_command(bob, cmds[seed >> 1 & 1]);
		if (world_until(&w, gap, 100000))
			blame((unsigned int)seed, "a gap");
		w.loss = w.dup = w.reorder = 0;
		if (world_until(&w, gap, 400000))
			blame((unsigned int)seed, "a gap at last");
		CU_ASSERT(both_up(&w));
		if (!pair_at_peace())
			blame((unsigned int)seed, "not tidy");
		pair_end();
	}
}

/* --- the beginning --- */

/* Both ends begin at once, on a network that does what it can. */
static void
test_both_start(void)
{
	uint64_t seed;

	for (seed = 0; seed < 48; seed++) {
		pair_begin(300 + seed);
		w.reorder = seed & 1 ? 50 : 0;
		w.dup = seed & 2 ? 30 : 0;
		w.loss = seed & 4 ? 20 : 0;
		alice->latency = seed & 8 ? 30 : 0;
		node_config(alice, alice_entry(V1 ",\"initiator\":true"));
		if ((seed & 16) != 0)
			world_run(&w, 3);
		node_config(bob, bob_entry(V1));
		world_run(&w, 200000);
		w.loss = w.dup = w.reorder = 0;
		world_run(&w, 400000);
		if (!both_up(&w) || !pair_at_peace())
			blame((unsigned int)seed, "not up and tidy");
		pair_end();
	}
}

static void
test_restarts(void)
{
	pair_up1(400, "", "");
	node_stop(bob);
	node_start(bob);
	node_config(bob, bob_entry(V1));
	CU_ASSERT(pair_comes_up(5000));
	CU_ASSERT(node_said(alice, "started anew"));
	CU_ASSERT(pair_is_tidy());
	node_stop(alice);
	node_start(alice);
	node_config(alice, alice_entry(V1));
	world_run(&w, 250000);		/* bob finds out by asking */
	CU_ASSERT(pair_comes_up(60000));
	world_run(&w, 60000);
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

/* --- dead peers (RFC 3706) --- */

static uint64_t sent_at[64];
static unsigned int n_sent;

static bool
note(struct world *world, struct node *from, struct flight *f)
{
	(void)f;
	if (from == bob && n_sent < 64)
		sent_at[n_sent++] = world->now;
	return true;
}

static void
test_dpd(void)
{
	unsigned int sent, i;
	uint64_t begin;

	pair_up1(500, ",\"dpd-action\":\"disabled\"", ",\"dpd-delay\":20,\"dpd-timeout\":100");
	bob->idle_ms = alice->idle_ms = 100;	/* traffic flows */
	sent = w.sent;
	world_run(&w, 300000);
	CU_ASSERT_EQUAL(w.sent, sent);
	bob->idle_ms = alice->idle_ms = UINT32_MAX;
	world_run(&w, 100000);
	CU_ASSERT(w.sent >= sent + 8);
	CU_ASSERT(node_up(bob, 1) && !node_said(bob, "does not answer"));
	/* Now nobody answers. */
	alice->down = true;
	n_sent = 0;
	w.tap = note;
	world_run(&w, 45000);
	CU_ASSERT(node_is(bob, 1, "down-retransmission"));
	begin = sent_at[0];
	world_run(&w, begin + 99000 - w.now);
	CU_ASSERT(!node_said(bob, "is dead"));
	for (i = 0; i < n_sent; i++)		/* each dpd-delay */
		CU_ASSERT_EQUAL(sent_at[i], begin + 20000 * i);
	world_run(&w, 2000);
	CU_ASSERT(node_said(bob, "is dead: no sign of life in 100 seconds"));
	CU_ASSERT(node_is(bob, 1, "down-connecting"));	/* restart, at once */
	world_run(&w, 200000);
	alice->down = false;
	CU_ASSERT(pair_comes_up(300000));
	world_run(&w, 60000);
	CU_ASSERT(pair_is_tidy());
	pair_end();
	/* A few that are lost do no harm. */
	pair_up1(501, "", ",\"dpd-delay\":20");
	w.loss = 40;
	world_run(&w, 3000000);
	CU_ASSERT(!node_said(bob, "is dead") && !node_said(alice, "is dead"));
	pair_end();
}

/* ESP answers, too: the next time of silence is counted from its own beginning. */
static void
test_dpd_esp(void)
{
	pair_up1(502, ",\"dpd-action\":\"disabled\"",
	    ",\"dpd-delay\":20,\"dpd-timeout\":100");
	alice->down = true;
	world_run(&w, 65000);
	CU_ASSERT(node_is(bob, 1, "down-retransmission"));
	alice->down = false;
	bob->idle_ms = 100;
	world_run(&w, 30000);
	CU_ASSERT(node_up(bob, 1) && node_said(bob, "answers again"));
	alice->down = true;
	bob->idle_ms = UINT32_MAX;
	world_run(&w, 60000);
	CU_ASSERT(!node_said(bob, "is dead"));
	world_run(&w, 70000);
	CU_ASSERT(node_said(bob, "no sign of life in 100 seconds"));
	pair_end();
}

static unsigned int to_lose;

static bool
lose_some(struct world *world, struct node *from, struct flight *f)
{
	(void)world;
	(void)f;
	return from != bob || to_lose == 0 || to_lose-- == 0;
}

/* Where dpd-timeout is shorter than dpd-delay, too, it takes more than one message
 * that is lost. */
static void
test_dpd_short(void)
{
	pair_up1(503, ",\"dpd-action\":\"disabled\"",
	    ",\"dpd-delay\":600,\"dpd-timeout\":60");
	to_lose = 2;
	w.tap = lose_some;
	world_run(&w, 1000000);
	CU_ASSERT_EQUAL(to_lose, 0);
	CU_ASSERT(both_up(&w) && !node_said(bob, "is dead"));
	alice->down = true;
	world_run(&w, 700000);
	CU_ASSERT(node_said(bob, "no sign of life in 60 seconds"));
	pair_end();
}

/* --- deletion --- */

static void
test_terminate(void)
{
	struct dp_event acquire = { .kind = DP_ACQUIRE, .tunnel = 1 };
	struct engine_stats s;

	pair_up1(600, "", "");
	pair_command(bob, ENGINE_TERMINATE);
	world_run(&w, 1000);
	CU_ASSERT(node_is(bob, 1, "down-unknown") &&
	    node_is(alice, 1, "down-unknown"));
	CU_ASSERT(alice->sas == NULL && bob->sas == NULL);
	CU_ASSERT(node_said(alice, "the peer closed"));
	world_run(&w, 600000);
	CU_ASSERT(node_is(bob, 1, "down-unknown"));
	engine_get_stats(bob->engine, &s);
	CU_ASSERT_EQUAL(s.ike_sas, 0);
	engine_dp_event(bob->engine, w.now, &acquire);
	CU_ASSERT(pair_comes_up(10000));
	/* The responder closes: the initiator comes back by itself. */
	pair_command(alice, ENGINE_TERMINATE);
	world_run(&w, 100);
	CU_ASSERT(node_is(bob, 1, "down-connecting"));
	CU_ASSERT(pair_comes_up(30000));
	pair_command(alice, ENGINE_RESTART);
	world_run(&w, 100);
	CU_ASSERT(pair_comes_up(30000));
	world_run(&w, 60000);
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

static struct ike_sa *
sa_of(struct node *n)
{
	return tunnel_sa(tunnel_find(n->engine, 1));
}

/* As some peers do when the lifetime of phase 1 is over: the CHILD_SAs go on, and
 * who can call makes a new IKE_SA and gets new ones, without a gap. */
static void
test_phase1_alone(void)
{
	uint32_t spi, before;
	struct ike_sa *sa;
	int i;

	for (i = 0; i < 2; i++) {
		struct node *drops = i == 0 ? alice : bob;
		struct node *other = i == 0 ? bob : alice;

		pair_up1(700 + i, "", "");
		spi = node_sa(bob, 1, true)->sa.spi;
		before = handshakes(other);
		sa = sa_of(drops);
		engine_enter(drops->engine, w.now);
		info1_delete_ike(drops->engine, sa);
		phase2_forgotten(drops->engine, sa);
		engine_leave(drops->engine);
		if (world_until(&w, gap, 60000))
			blame((unsigned int)i, "a gap");
		CU_ASSERT(both_up(&w));
		CU_ASSERT(handshakes(other) > before);
		CU_ASSERT(node_sa(bob, 1, true)->sa.spi != spi);
		CU_ASSERT(node_said(other, "kept the CHILD_SA"));
		world_run(&w, 300000);
		if (!pair_at_peace())
			blame((unsigned int)i, "not tidy");
		pair_end();
	}
}

static struct node *lost_of;
static unsigned int n_lost;

/* The first informational exchanges of one end. */
static bool
lose_infos(struct world *world, struct node *from, struct flight *f)
{
	(void)world;
	if (n_lost == 0 || from != lost_of || f->len <= 18 ||
	    f->data[18] != EXCH1_INFORMATIONAL)
		return true;
	n_lost--;
	return false;
}

/* Some never delete the one that they replaced: the other end does, and soon, though
 * the peer, who may take it for broken, does not answer its first questions. */
static void
test_phase1_kept(void)
{
	struct ike_sa *sa;
	int i;

	for (i = 0; i < 4; i++) {
		struct node *keeps = i % 2 == 0 ? alice : bob;
		struct node *other = i % 2 == 0 ? bob : alice;

		pair_up1(720 + i, "", "");
		lost_of = other;
		n_lost = i < 2 ? 0 : 2;
		w.tap = lose_infos;
		pair_command(keeps, ENGINE_REKEY_IKE);
		if (world_until(&w, gap, 3000))
			blame((unsigned int)i, "a gap");
		CU_ASSERT(handshakes(keeps) == 2);
		for (sa = tunnel_find(keeps->engine, 1)->sas; sa != NULL;
		    sa = sa->next)
			if (sa->state == IKE_REKEYED)
				timer_stop(&keeps->engine->timers, &sa->rekey);
		if (world_until(&w, gap, 20000))
			blame((unsigned int)i, "a gap later");
		CU_ASSERT(tunnel_find(other->engine, 1)->sas->next == NULL);
		CU_ASSERT(both_up(&w) && pair_is_tidy());
		pair_end();
	}
}

/* The peer is gone for good with it: nobody calls the tunnel up for long. */
static void
test_phase1_alone_gone(void)
{
	struct ike_sa *sa;

	pair_up1(710, "", "");
	sa = sa_of(alice);
	engine_enter(alice->engine, w.now);
	info1_delete_ike(alice->engine, sa);
	engine_leave(alice->engine);
	world_run(&w, 5);
	alice->down = true;
	node_stop(alice);
	world_run(&w, 300000);
	CU_ASSERT(!node_up(bob, 1) && bob->sas == NULL);
	pair_end();
}

/* --- odd messages --- */

#define KEPT_MAX	400

static struct { struct node *from; size_t len; bool encap; struct endpoint src, dst;
	uint8_t data[1500]; } kept[KEPT_MAX];
static size_t n_kept;

static bool
keep(struct world *world, struct node *from, struct flight *f)
{
	(void)world;
	if (n_kept < KEPT_MAX && f->len <= sizeof(kept[0].data)) {
		kept[n_kept].from = from;
		kept[n_kept].len = f->len;
		kept[n_kept].encap = f->encap;
		kept[n_kept].src = f->src;
		kept[n_kept].dst = f->dst;
		memcpy(kept[n_kept++].data, f->data, f->len);
	}
	return true;
}

/* Everything that was ever said is said again, much later: nothing changes. */
static void
test_replay(void)
{
	uint32_t spi;
	size_t i, n;

	n_kept = 0;
	pair_begin(800);
	w.tap = keep;
	pair_config(V1, V1);
	CU_ASSERT_FATAL(pair_comes_up(10000));
	pair_command(bob, ENGINE_REKEY_CHILD);
	world_run(&w, 60000);
	pair_command(alice, ENGINE_REKEY_CHILD);
	world_run(&w, 60000);
	w.tap = NULL;
	spi = node_sa(bob, 1, true)->sa.spi;
	n = n_kept;
	CU_ASSERT(n > 20);
	for (i = 0; i < n; i++)
		node_send(kept[i].from, &kept[i].src, &kept[i].dst, kept[i].encap,
		    false, kept[i].data, kept[i].len);
	CU_ASSERT(!world_until(&w, gap, 10000));
	CU_ASSERT(both_up(&w));
	CU_ASSERT_EQUAL(node_sa(bob, 1, true)->sa.spi, spi);
	world_run(&w, 200000);
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

/* Spoiled on the way: nothing but delay. */
static void
test_spoiled(void)
{
	uint64_t seed;
	int i;

	for (seed = 0; seed < 8; seed++) {
		pair_up1(900 + seed, "", "");
		w.corrupt = 200;
		for (i = 0; i < 4; i++) {
			try_command(i % 2 ? alice : bob, i < 2 ?
			    ENGINE_REKEY_CHILD : ENGINE_REKEY_IKE);
			if (world_until(&w, gap, 60000))
				blame((unsigned int)seed, "a gap");
		}
		w.corrupt = 0;
		world_run(&w, 400000);
		if (!both_up(&w) || !pair_at_peace())
			blame((unsigned int)seed, "not up and tidy");
		pair_end();
	}
}

/* The shorter lifetime counts, and who has it need not do it. */
static void
test_lifetimes(void)
{
	uint64_t begin;
	int i;

	for (i = 0; i < 2; i++) {
		pair_up1(1100 + i, i == 0 ? ",\"sa-rekey-time\":600" : "",
		    i == 0 ? "" : ",\"sa-rekey-time\":600");
		begin = w.now;
		CU_ASSERT(strstr(node_state(alice, 1), "\"expires-in\":6") != NULL);
		CU_ASSERT(strstr(node_state(bob, 1), "\"expires-in\":6") != NULL);
		while (w.now < begin + 601000 && !node_said(bob, "rekeyed"))
			world_run(&w, 1000);
		CU_ASSERT(node_said(bob, "rekeyed"));
		world_run(&w, 60000);
		CU_ASSERT(pair_is_tidy());
		pair_end();
	}
}

/* A peer that wants new keys every second may make them: we do not. */
static void
test_short_lifetime(void)
{
	pair_up1(1105, "", "");
	sa_of(bob)->tunnel->conf->rekey_time = 1;
	pair_command(bob, ENGINE_REKEY_CHILD);
	world_run(&w, 10);
	CU_ASSERT(sa_of(alice)->children->life >= 60);
	pair_end();
}

/* That of phase 1 as well, which the initiator says: it counts if it is shorter than
 * our four hours, or if only the peer can begin. */
static void
test_phase1_lifetimes(void)
{
	static const struct { int line; uint32_t agreed; bool any; uint32_t want; }
	rows[] = {
		{ __LINE__, 0, false, 14400 },
		{ __LINE__, 28800, false, 14400 },
		{ __LINE__, 3600, false, 3273 },
		{ __LINE__, 20, false, 60 },
		{ __LINE__, 28800, true, 26182 },
		{ __LINE__, UINT32_MAX, true, 86400 },
	};
	struct ike_sa *sa;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pair_up1(1120 + i, rows[i].any ? ",\"peer\":null" : "", "");
		sa = sa_of(alice);
		CHECK_ROW(rows[i].line, sa->v1->life_s == sa_of(bob)->v1->life_s &&
		    sa->v1->life_s > 14400);
		sa->v1->life_s = rows[i].agreed;
		CHECK_ROW(rows[i].line, sa_life(alice->engine, sa) == rows[i].want);
		pair_end();
	}
	pair_up1(1130, "", "");
	sa = sa_of(alice);
	sa->v1->life_s = 600;
	sa_arm(alice->engine, sa);
	world_run(&w, 601000);
	CU_ASSERT(node_said(bob, "IKE_SA #2 established"));
	world_run(&w, 60000);
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

/* SAs that the data plane has lost are made anew. */
static void
test_lost_sas(void)
{
	struct dp_event lost = { .kind = DP_LOST, .tunnel = 1 };
	uint32_t before;
	struct node *n;
	int k;

	pair_up1(1200, "", "");
	before = handshakes(bob);
	for (k = 0; k < 2; k++) {
		n = k == 0 ? alice : bob;
		lost.spi = node_sa(n, 1, true)->sa.spi;
		engine_dp_event(n->engine, w.now, &lost);
		world_run(&w, 500);
		CU_ASSERT(both_up(&w));
		CU_ASSERT(node_sa(n, 1, true)->sa.spi != lost.spi);
		world_run(&w, 60000);
		CU_ASSERT(pair_is_tidy());
	}
	CU_ASSERT_EQUAL(handshakes(bob), before);
	pair_end();
}

UNIT_MAIN("life with IKEv1",
	{ "rekeying by time", test_rekey },
	{ "no gap", test_no_gap },
	{ "rekeyings that cross", test_crossing },
	{ "both start", test_both_start },
	{ "restarts", test_restarts },
	{ "dead peers", test_dpd },
	{ "ESP is a sign of life", test_dpd_esp },
	{ "dead peers soon", test_dpd_short },
	{ "terminate", test_terminate },
	{ "the peer drops phase 1 alone", test_phase1_alone },
	{ "the peer keeps phase 1", test_phase1_kept },
	{ "and is gone", test_phase1_alone_gone },
	{ "replays", test_replay },
	{ "spoiled messages", test_spoiled },
	{ "lifetimes", test_lifetimes },
	{ "a lifetime of a second", test_short_lifetime },
	{ "lifetimes of phase 1", test_phase1_lifetimes },
	{ "SAs that were lost", test_lost_sas })
