/*
 * How SAs of IKEv1 end, which nobody acknowledges: of two that cross one stays, the
 * same for both ends, what a lost message leaves behind goes, and a tunnel whose last
 * CHILD_SA went gets another.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/child.h"
#include "ike/context.h"
#include "ike/ike1/handlers1.h"
#include "ike/ike1/phase1.h"
#include "ike/life.h"
#include "ike/machine.h"
#include "ike/tunnel.h"
#include "pair.h"
#include "tests/unit.h"

#define MAIN	2		/* exchanges, as in the header */
#define INFO	5
#define QUICK	32

static struct tunnel *
tunnel(const struct node *n)
{
	return tunnel_find(n->engine, 1);
}

/* The newest IKE_SA in use, or the one before it. */
static struct ike_sa *
ike_of(const struct node *n)
{
	return tunnel_sa(tunnel(n));
}

static struct child_sa *
by_age(const struct node *n, bool oldest)
{
	struct child_sa *c, *best = NULL;
	struct ike_sa *sa;

	for (sa = tunnel(n)->sas; sa != NULL; sa = sa->next)
		for (c = sa->children; c != NULL; c = c->next)
			if (best == NULL || (c->serial < best->serial) == oldest)
				best = c;
	return best;
}

static struct child_sa *newest(const struct node *n) { return by_age(n, false); }
static struct child_sa *oldest(const struct node *n) { return by_age(n, true); }

static void
blame(uint64_t seed, const char *what)
{
	printf("\nseed %llu: %s\n%s\n%s\n", (unsigned long long)seed, what,
	    alice->log, bob->log);
	CU_FAIL("see above");
}

static bool
gap(struct world *world)
{
	(void)world;
	return pair_gap();
}

static bool
down(struct world *world)
{
	return !both_up(world);
}

static void
no_gap(uint64_t seed, uint64_t ms)
{
	if (world_until(&w, gap, ms))
		blame(seed, "a gap");
}

static void
at_peace(uint64_t seed)
{
	if (!both_up(&w) || !pair_at_peace())
		blame(seed, "not up and tidy");
}

/* --- what is lost or late --- */

static struct {
	struct node	*from;		/* whose messages; NULL: everybody's */
	uint8_t		 exchange;	/* 0: any */
	unsigned int	 n;		/* so many */
	struct flight	*held;		/* the first of them */
} lose;

static bool
tap(struct world *world, struct node *from, struct flight *f)
{
	(void)world;
	if (lose.n == 0 || (lose.from != NULL && from != lose.from) ||
	    f->len < 28 || (lose.exchange != 0 && f->data[18] != lose.exchange))
		return true;
	lose.n--;
	if (lose.held == NULL) {
		lose.held = malloc(sizeof(*f) + f->len);
		CU_ASSERT_FATAL(lose.held != NULL);
		memcpy(lose.held, f, sizeof(*f) + f->len);
	}
	return false;
}

static void
lose_next(struct node *from, uint8_t exchange, unsigned int n)
{
	free(lose.held);
	lose.from = from;
	lose.exchange = exchange;
	lose.n = n;
	lose.held = NULL;
	w.tap = tap;
}

/* Late, but it comes. */
static void
let_go(void)
{
	struct flight *f = lose.held;

	w.tap = NULL;
	CU_ASSERT_FATAL(f != NULL);
	node_send(f->from, &f->src, &f->dst, f->encap, false, f->data, f->len);
	free(f);
	lose.held = NULL;
}

static void
end(void)
{
	free(lose.held);
	memset(&lose, 0, sizeof(lose));
	pair_end();
}

/* --- rekeyings that cross --- */

/* The first message of one comes when the other rekeying is done, so that the two ends
 * see it differently, and then Deletes are lost.  Whichever has the lowest SPI. */
static void
test_late_crossing(void)
{
	struct node *late;
	uint64_t seed;

	for (seed = 0; seed < 16; seed++) {
		pair_up1(100 + seed, "", "");
		world_run(&w, 20000);
		pair_command(bob, ENGINE_REKEY_CHILD);
		world_run(&w, 60000);
		late = seed & 1 ? alice : bob;
		lose_next(late, QUICK, 1);
		pair_command(late, ENGINE_REKEY_CHILD);
		pair_command(late == alice ? bob : alice, ENGINE_REKEY_CHILD);
		no_gap(seed, 1000);
		let_go();
		no_gap(seed, 3000);
		lose_next(NULL, INFO, 1000);
		no_gap(seed, seed & 2 ? 5000 : 12500);
		w.tap = NULL;
		no_gap(seed, 100000);
		at_peace(seed);
		end();
	}
}

/* One rekeying right after the other: the first one's turn to be sent with never
 * comes, and it goes. */
static void
test_one_after_the_other(void)
{
	uint64_t seed;
	uint32_t spi;

	for (seed = 0; seed < 8; seed++) {
		struct node *first = seed & 1 ? alice : bob;

		pair_up1(150 + seed, "", "");
		world_run(&w, 20000);
		pair_command(first, ENGINE_REKEY_CHILD);
		no_gap(seed, 2000);
		pair_command(first == alice ? bob : alice, ENGINE_REKEY_CHILD);
		no_gap(seed, 1000);
		spi = newest(first)->spi_out;
		no_gap(seed, 4000);
		CU_ASSERT_EQUAL(node_sa(first, 1, false)->sa.spi, spi);
		no_gap(seed, 60000);
		CU_ASSERT_EQUAL(node_sa(first, 1, false)->sa.spi, spi);
		at_peace(seed);
		end();
	}
}

static void
delete_at(struct node *n, struct child_sa *c)
{
	CU_ASSERT_FATAL(c != NULL);
	engine_enter(n->engine, w.now);
	c->want = CHILD_WANT_DELETE;
	c->sa->machine->next(n->engine, c->sa);
	engine_leave(n->engine);
	world_run(&w, 10);
}

/* Three Deletes in a row are lost: there are more, and what they are about receives
 * until then. */
static void
test_lost_deletes(void)
{
	pair_up1(170, "", "");
	world_run(&w, 20000);
	pair_command(bob, ENGINE_REKEY_CHILD);
	no_gap(170, 1000);
	lose_next(bob, INFO, 3);
	delete_at(bob, newest(bob));	/* alice sends with it */
	no_gap(170, 60000);
	CU_ASSERT_EQUAL(lose.n, 0);
	at_peace(170);
	end();
}

static struct child_sa *
made_by(const struct node *n, bool initiator, uint32_t replaces)
{
	struct child_sa *c;

	for (c = ike_of(n)->children; c != NULL; c = c->next)
		if (c->initiator == initiator && c->replaces == replaces)
			break;
	CU_ASSERT_FATAL(c != NULL);
	return c;
}

/* Two rekeyings cross, and message 3 of alice's is lost for long.  When she deletes
 * what both replace, it is the other one that bob sends with, for that he knows her
 * to have; when she deletes that, too, she must have hers. */
static void
test_message_3(void)
{
	uint32_t old;

	pair_up1(180, "", "");
	world_run(&w, 20000);
	old = oldest(alice)->serial;
	pair_command(alice, ENGINE_REKEY_CHILD);
	pair_command(bob, ENGINE_REKEY_CHILD);
	world_run(&w, 7);		/* both send message 3 at 10 */
	lose_next(alice, QUICK, 2);	/* and 2 for bob's, which is late */
	no_gap(180, 5);
	CU_ASSERT_EQUAL(lose.n, 1);
	lose.n = 0;
	no_gap(180, 20);
	CU_ASSERT(made_by(bob, false, old)->state == CHILD_INSTALLING);
	lose_next(alice, QUICK, 100);
	delete_at(alice, oldest(alice));
	CU_ASSERT(!pair_gap());
	CU_ASSERT(made_by(bob, false, old)->state == CHILD_INSTALLING);
	delete_at(alice, made_by(alice, false, old));
	CU_ASSERT(!pair_gap());
	CU_ASSERT(made_by(bob, false, old)->state == CHILD_INSTALLED);
	w.tap = NULL;
	no_gap(180, 60000);
	at_peace(180);
	end();
}

/* --- the last CHILD_SA --- */

/* What was rekeyed still receives when the peer deletes what replaced it: the tunnel
 * has lost its CHILD_SA all the same, and gets another. */
static void
test_last(void)
{
	struct child_sa *c;

	pair_up1(200, "", "");
	world_run(&w, 20000);
	pair_command(bob, ENGINE_REKEY_CHILD);
	no_gap(200, 8000);
	CU_ASSERT(oldest(bob)->state == CHILD_REKEYED);
	c = newest(alice);
	engine_enter(alice->engine, w.now);
	info1_delete_child(alice->engine, c->sa, c);
	child_free(alice->engine, c);
	engine_leave(alice->engine);
	world_run(&w, 10);
	CU_ASSERT(!node_said(bob, "goes on"));
	CU_ASSERT(node_said(bob, "the peer closed the CHILD_SA"));
	CU_ASSERT(pair_comes_up(10000));
	world_run(&w, 60000);
	at_peace(200);
	end();
}

/* What made it superfluous has gone as well. */
static void
test_redundant(void)
{
	struct child_sa *c;
	uint32_t spi;

	pair_up1(203, "", "");
	world_run(&w, 20000);
	c = newest(bob);
	spi = c->spi_in;
	c->redundant = true;
	timer_set(&bob->engine->timers, &c->rekey, w.now + 1000);
	no_gap(203, 60000);
	CU_ASSERT_EQUAL(newest(bob)->spi_in, spi);
	CU_ASSERT(!newest(bob)->redundant);
	at_peace(203);
	end();
}

/* Who called could not put it in: an initiator that was called tries itself. */
static void
test_first(void)
{
	struct dp_event acquire = { .kind = DP_ACQUIRE, .tunnel = 1 };

	pair_begin(205);
	alice->dp_refuses = true;
	lose_next(bob, MAIN, 1);
	pair_config(V1, V1);
	engine_dp_event(alice->engine, w.now, &acquire);
	world_run(&w, 1000);
	CU_ASSERT(node_said(alice, "the data plane refuses"));
	CU_ASSERT(node_is(bob, 1, "down-ike-established"));
	alice->dp_refuses = false;
	CU_ASSERT(pair_comes_up(45000));
	world_run(&w, 60000);
	at_peace(205);
	end();
}

/* Its hard limit comes while the one that replaces it waits to be sent with. */
static void
test_limit(void)
{
	struct child_sa *c;

	pair_up1(210, "", "");
	world_run(&w, 20000);
	pair_command(bob, ENGINE_REKEY_CHILD);
	no_gap(210, 1000);
	c = oldest(bob);
	engine_enter(bob->engine, w.now);
	life_child_expire(bob->engine, c);
	engine_leave(bob->engine);
	CU_ASSERT(!node_said(bob, "limit"));
	no_gap(210, 60000);
	at_peace(210);
	end();
}

/* --- one IKE_SA after the other --- */

/* A quick mode of the IKE_SA before comes late, and takes its time: what it is to
 * replace is in use, and the tunnel up. */
static void
test_late_quick(void)
{
	pair_up1(300, "", "");
	world_run(&w, 20000);
	lose_next(alice, QUICK, 1);
	pair_command(alice, ENGINE_REKEY_CHILD);
	pair_command(bob, ENGINE_REKEY_IKE);
	no_gap(300, 1000);
	bob->latency = 500;
	let_go();
	CU_ASSERT(!world_until(&w, down, 3000));
	no_gap(300, 300000);
	at_peace(300);
	end();
}

/* It is given up with the IKE_SA that the peer deletes alone: what it was to replace
 * goes on. */
static void
test_given_up(void)
{
	struct ike_sa *sa;

	pair_up1(310, "", "");
	world_run(&w, 20000);
	lose_next(alice, QUICK, 100);
	pair_command(bob, ENGINE_REKEY_CHILD);
	world_run(&w, 100);
	CU_ASSERT(oldest(bob)->state == CHILD_REKEYING);
	lose_next(bob, MAIN, 1);
	sa = ike_of(alice);
	engine_enter(alice->engine, w.now);
	info1_delete_ike(alice->engine, sa);
	phase2_forgotten(alice->engine, sa);
	engine_leave(alice->engine);
	world_run(&w, 10);
	CU_ASSERT(oldest(bob)->state == CHILD_INSTALLED);
	CU_ASSERT(timer_armed(&oldest(bob)->rekey));
	w.tap = NULL;
	no_gap(310, 300000);
	at_peace(310);
	end();
}

/* A quick mode without an answer keeps its IKE_SA, which was replaced, no longer than
 * it takes. */
static void
test_busy(void)
{
	uint64_t begin;

	pair_up1(320, ",\"dpd-delay\":5", "");
	world_run(&w, 20000);
	lose_next(alice, QUICK, 1000);
	pair_command(bob, ENGINE_REKEY_CHILD);
	begin = w.now;
	no_gap(320, 10000);		/* alice says that she is there */
	pair_command(bob, ENGINE_REKEY_IKE);
	no_gap(320, 20000);
	CU_ASSERT(tunnel(bob)->sas->next != NULL);
	no_gap(320, begin + 175000 - w.now);
	CU_ASSERT(tunnel(bob)->sas->next == NULL);
	w.tap = NULL;
	no_gap(320, 300000);
	at_peace(320);
	end();
}

/* An IKE_SA that the peer deleted alone, and no new one comes: a CHILD_SA in it that is
 * one too many goes nevertheless. */
static void
test_husk(void)
{
	struct ike_sa *sa;

	pair_up1(330, "", "");
	world_run(&w, 20000);
	pair_command(bob, ENGINE_REKEY_CHILD);
	no_gap(330, 1000);
	lose_next(NULL, MAIN, 1000);
	sa = ike_of(alice);
	engine_enter(alice->engine, w.now);
	info1_delete_ike(alice->engine, sa);
	phase2_forgotten(alice->engine, sa);
	engine_leave(alice->engine);
	no_gap(330, 40000);
	CU_ASSERT(ike_of(bob)->v1 != NULL && tunnel(bob)->sas != NULL);
	CU_ASSERT_EQUAL(node_count(bob, 1, true), 1);
	w.tap = NULL;
	no_gap(330, 300000);
	at_peace(330);
	end();
}

/* The newer of two IKE_SAs ends with its CHILD_SA, and the peer goes back to the one
 * before: so do we. */
static void
test_back(void)
{
	struct dp_event acquire = { .kind = DP_ACQUIRE, .tunnel = 1 };
	struct child_sa *c;

	pair_up1(340, "", "");
	world_run(&w, 20000);
	pair_command(alice, ENGINE_REKEY_IKE);
	no_gap(340, 1000);
	c = newest(bob);
	engine_enter(bob->engine, w.now);
	life_child_expire(bob->engine, c);
	engine_leave(bob->engine);
	world_run(&w, 100);
	lose_next(bob, MAIN, 1000);	/* it calls anew, but alice is first */
	engine_dp_event(alice->engine, w.now, &acquire);
	world_run(&w, 5000);
	CU_ASSERT(both_up(&w));
	CU_ASSERT_FATAL(ike_of(bob) != NULL);
	CU_ASSERT(ike_of(bob)->state == IKE_UP);
	w.tap = NULL;
	no_gap(340, 300000);
	at_peace(340);
	end();
}

/* Deleted by who answers before its initiator's data plane has it: another is made. */
static bool
is_installing(struct world *world)
{
	const struct ike_sa *sa = ike_of(bob);

	(void)world;
	return sa != NULL && sa->state == IKE_UP && sa->v1->quicks != NULL &&
	    sa->v1->quicks->state == QUICK_I_INSTALL;
}

static void
test_stillborn(void)
{
	unsigned int rekeying;

	for (rekeying = 0; rekeying < 2; rekeying++) {
		pair_begin(350 + rekeying);
		bob->latency = rekeying ? 0 : 500;
		pair_config(V1, V1);
		if (rekeying) {
			CU_ASSERT_FATAL(pair_comes_up(2000));
			world_run(&w, 20000);
			bob->latency = 500;
			pair_command(bob, ENGINE_REKEY_CHILD);
		}
		CU_ASSERT_FATAL(world_until(&w, is_installing, 5000));
		delete_at(alice, newest(alice));
		world_run(&w, 100);
		CHECK_ROW((int)rekeying, !is_installing(&w));
		node_forget(bob);
		CHECK_ROW((int)rekeying, pair_comes_up(20000));
		no_gap(350 + rekeying, 60000);
		CHECK_ROW((int)rekeying, node_said(bob, rekeying ? "rekeyed" :
		    "up: "));
		at_peace(350 + rekeying);
		end();
	}
}

/* --- a peer that started anew and does not say so --- */

/* alice's main mode is the first that it hears of, and she has a CHILD_SA: it can not
 * call, and has none. */
static void
restart_unheard(uint64_t seed, bool silent)
{
	static const char bobs[] = V1 ",\"initiator\":false";

	pair_up1(seed, ",\"initiator\":true,\"dpd-delay\":10", ",\"initiator\":false");
	world_run(&w, 24000);		/* no question of hers is open */
	node_stop(bob);
	if (silent)			/* asked, and did not answer */
		world_run(&w, 15000);
	node_start(bob);
	node_config(bob, bob_entry(bobs));
	pair_command(alice, ENGINE_REKEY_IKE);
	CU_ASSERT(pair_comes_up(silent ? 8000 : 40000));
	world_run(&w, 300000);
	at_peace(seed);
	end();
}

static void
test_restart_unheard(void)
{
	restart_unheard(400, true);
	restart_unheard(401, false);
}

UNIT_MAIN("how SAs of IKEv1 end",
	{ "a crossing that one end sees late", test_late_crossing },
	{ "one rekeying after the other", test_one_after_the_other },
	{ "Deletes that are lost", test_lost_deletes },
	{ "message 3 is lost", test_message_3 },
	{ "the last CHILD_SA", test_last },
	{ "one that is not superfluous any more", test_redundant },
	{ "the first CHILD_SA", test_first },
	{ "a limit during a rekeying", test_limit },
	{ "a late quick mode", test_late_quick },
	{ "a quick mode that is given up", test_given_up },
	{ "a quick mode without an answer", test_busy },
	{ "without an IKE_SA", test_husk },
	{ "back to the IKE_SA before", test_back },
	{ "deleted before it is there", test_stillborn },
	{ "restarts that nobody announced", test_restart_unheard })
