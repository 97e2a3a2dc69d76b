/*
 * A local address that is not there, goes, flaps and comes: the tunnel waits for
 * it, says so, and starts by itself.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pair.h"
#include "tests/unit.h"

/* The address of n comes or goes; without it nothing reaches n, and what it
 * sends is lost. */
static bool
only_present(struct world *world, struct node *from, struct flight *f)
{
	(void)world;
	(void)f;
	return !from->down;
}

static void
address(struct node *n, bool present)
{
	n->down = !present;
	engine_local_address(n->engine, w.now, &n->addr, present);
}

static void
begin(uint64_t seed)
{
	struct addr lo;
	struct node *n;

	pair_begin(seed);
	w.tap = only_present;
	CU_ASSERT_FATAL(addr_parse(&lo, "127.0.0.1") == 0);
	for (n = w.node; n < w.node + w.n; n++) {
		engine_local_address(n->engine, w.now, &lo, true);
		address(n, true);
	}
}

static void
up(uint64_t seed, const char *alices, const char *bobs)
{
	begin(seed);
	pair_config(alices, bobs);
	CU_ASSERT_FATAL(pair_comes_up(5000));
	world_run(&w, 10000);
}

static bool
says(struct node *n, const char *what)
{
	char reason[256];

	snprintf(reason, sizeof(reason), "\"reason\":\"%s", what);
	return strstr(node_state(n, 1), reason) != NULL;
}

#define MISSING_A "local-address 192.0.2.1 is not on this machine"
#define MISSING_B "local-address 192.0.2.2 is not on this machine"

/* Committed before the address is there: both roles. */
static void
test_never_there(void)
{
	char warnings[512];
	struct err e = ERR_INIT;
	unsigned int sent;

	begin(1);
	address(alice, false);
	address(bob, false);
	CU_ASSERT(node_commit(bob, bob_entry(""), NULL, false, &e, warnings,
	    sizeof(warnings)) == 0);
	CU_ASSERT(strstr(warnings, MISSING_B) != NULL);
	node_config(alice, alice_entry(""));
	sent = w.sent;
	world_run(&w, 600000);
	CU_ASSERT(w.sent == sent);		/* nothing into nothing */
	CU_ASSERT(node_is(alice, 1, "down-unknown") && says(alice, MISSING_A));
	CU_ASSERT(node_is(bob, 1, "down-unknown") && says(bob, MISSING_B));
	CU_ASSERT(engine_command(bob->engine, w.now, ENGINE_INITIATE, 1, &e) < 0);
	CU_ASSERT(strstr(e.text, MISSING_B) != NULL);
	/* Traffic changes nothing. */
	engine_dp_event(bob->engine, w.now,
	    &(struct dp_event){ .kind = DP_ACQUIRE, .tunnel = 1 });
	world_run(&w, 10000);
	CU_ASSERT(w.sent == sent);
	address(alice, true);
	CU_ASSERT(!says(alice, MISSING_A));
	world_run(&w, 1000);
	CU_ASSERT(w.sent == sent);		/* it is a responder */
	address(bob, true);
	CU_ASSERT(pair_comes_up(1000));
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

/* Another address of the machine does not help. */
static void
test_other_address(void)
{
	struct addr other;
	unsigned int sent;

	begin(2);
	address(bob, false);
	CU_ASSERT_FATAL(addr_parse(&other, "192.0.2.77") == 0);
	engine_local_address(bob->engine, w.now, &other, true);
	pair_config("", "");
	sent = w.sent;
	world_run(&w, 60000);
	CU_ASSERT(w.sent == sent && says(bob, MISSING_B));
	pair_end();
}

static void
test_flap(void)
{
	unsigned int i, adds;

	up(3, "", "");
	adds = alice->adds + bob->adds;
	for (i = 0; i < 20; i++) {
		struct node *n = i % 2 != 0 ? bob : alice;

		address(n, false);
		world_run(&w, 1000);
		address(n, true);
		world_run(&w, 20000);
		CU_ASSERT(both_up(&w));
	}
	CU_ASSERT(alice->adds + bob->adds == adds);
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

/* The initiator's goes: it gives up after a few seconds, not after 165. */
static void
test_initiator_loses(void)
{
	unsigned int sent;

	up(4, "", "");
	address(bob, false);
	world_run(&w, 4000);
	CU_ASSERT(node_up(bob, 1));
	world_run(&w, 2000);
	CU_ASSERT(node_is(bob, 1, "down-unknown") && says(bob, MISSING_B));
	CU_ASSERT(node_count(bob, 1, true) == 0);
	sent = bob->engine != NULL ? w.sent : 0;
	alice->down = true;			/* so that only bob counts */
	world_run(&w, 120000);
	CU_ASSERT(w.sent - sent <= 6);		/* alice's own questions */
	alice->down = false;
	address(bob, true);
	CU_ASSERT(pair_comes_up(1000));
	world_run(&w, 300000);
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

/* The responder's: its peer would believe in its SAs for minutes. */
static void
test_responder_loses(void)
{
	up(5, "", "");
	world_run(&w, 60000);
	address(alice, false);
	world_run(&w, 6000);
	CU_ASSERT(node_is(alice, 1, "down-unknown") && says(alice, MISSING_A));
	world_run(&w, 20000);
	address(alice, true);
	CU_ASSERT(pair_comes_up(1000));
	CU_ASSERT(node_said(bob, "started anew"));
	world_run(&w, 300000);
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

/* First one, then the other: what the second begins is no crossing with what the
 * first began and both have had for a while. */
static void
test_one_after_the_other(void)
{
	up(9, "", "");
	address(alice, false);
	world_run(&w, 6000);
	address(alice, true);
	CU_ASSERT(pair_comes_up(1000));
	world_run(&w, 2000);
	address(bob, false);
	world_run(&w, 6000);
	address(bob, true);
	CU_ASSERT(world_until(&w, both_up, 1000));
	world_run(&w, 100);
	CU_ASSERT(node_said(alice, "started anew"));
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

/* It cannot call a peer it does not know: it keeps what it has, and does not
 * take it for working. */
static void
test_any_peer(void)
{
	begin(6);
	pair_config(",\"peer\":null", "");
	CU_ASSERT_FATAL(pair_comes_up(5000));
	address(alice, false);
	world_run(&w, 15000);
	CU_ASSERT(node_is(alice, 1, "down-retransmission"));
	CU_ASSERT(says(alice, MISSING_A));
	world_run(&w, 30000);
	address(alice, true);
	CU_ASSERT(pair_comes_up(60000));
	CU_ASSERT(!says(alice, MISSING_A));
	world_run(&w, 300000);
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

/* What a person stopped stays stopped. */
static void
test_held(void)
{
	struct err e = ERR_INIT;
	unsigned int sent;

	up(7, "", "");
	CU_ASSERT(engine_command(bob->engine, w.now, ENGINE_TERMINATE, 1, &e) == 0);
	world_run(&w, 20000);
	address(bob, false);
	world_run(&w, 20000);
	address(bob, true);
	sent = w.sent;
	world_run(&w, 60000);
	CU_ASSERT(w.sent == sent);
	pair_end();
}

/* While it tries, and while it waits for its next try. */
static void
test_while_connecting(void)
{
	unsigned int sent;

	begin(8);
	alice->down = true;
	pair_config("", "");
	world_run(&w, 2000);
	address(bob, false);
	world_run(&w, 6000);
	CU_ASSERT(node_is(bob, 1, "down-unknown") && says(bob, MISSING_B));
	sent = w.sent;
	world_run(&w, 600000);
	CU_ASSERT(w.sent == sent);
	alice->down = false;
	address(bob, true);
	CU_ASSERT(pair_comes_up(1000));
	pair_end();
}

/* What this machine does not let out, it says once, and why. */
static void
test_not_sent(void)
{
	static const struct { int line, error; const char *why; } rows[] = {
		{ __LINE__, EPERM, "a firewall on this machine drops what we send "
		    "to 192.0.2.1[500]" },
		{ __LINE__, ENETUNREACH, "this machine has no route to "
		    "192.0.2.1[500]" },
		{ __LINE__, EADDRNOTAVAIL, "nothing can be sent from 192.0.2.2" },
		{ __LINE__, EMSGSIZE, "a message to 192.0.2.1[500] is too long" },
		{ __LINE__, EIO, "nothing can be sent to 192.0.2.1[500]: " },
	};
	const char *first;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(20 + i);
		bob->send_error = rows[i].error;
		pair_config("", "");
		world_run(&w, 60000);
		CHECK_ROW(rows[i].line, says(bob, rows[i].why));
		first = strstr(bob->log, rows[i].why);
		CHECK_ROW(rows[i].line, first != NULL &&
		    strstr(first + 1, rows[i].why) == NULL);
		world_run(&w, 120000);		/* the attempt is over */
		CHECK_ROW(rows[i].line, says(bob, rows[i].why));
		CHECK_ROW(rows[i].line, !node_said(bob, "no answer"));
		bob->send_error = 0;
		CHECK_ROW(rows[i].line, pair_comes_up(600000));
		pair_end();
	}
	/* While it is up, likewise. */
	up(30, ",\"dpd-action\":\"disabled\"", "");
	bob->send_error = EPERM;
	world_run(&w, 45000);
	CU_ASSERT(node_is(bob, 1, "down-retransmission"));
	CU_ASSERT(says(bob, "a firewall on this machine"));
	bob->send_error = 0;
	CU_ASSERT(pair_comes_up(60000));
	CU_ASSERT(!says(bob, "a firewall"));
	pair_end();
}

UNIT_MAIN("address",
	{ "never there", test_never_there },
	{ "another address", test_other_address },
	{ "it flaps", test_flap },
	{ "the initiator loses it", test_initiator_loses },
	{ "the responder loses it", test_responder_loses },
	{ "one after the other", test_one_after_the_other },
	{ "a responder to any peer loses it", test_any_peer },
	{ "held", test_held },
	{ "while connecting", test_while_connecting },
	{ "not sent", test_not_sent },
)
