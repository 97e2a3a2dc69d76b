/*
 * Collisions (RFC 7296 2.8.1, 2.8.2, 2.25): what both ends begin at once, in
 * every order of arrival, with a loss or a delay anywhere.
 */
#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "order.h"

static uint64_t handshakes;

static bool
command(struct node *n, enum engine_command cmd)
{
	struct err e = ERR_INIT;

	return engine_command(n->engine, w.now, cmd, 1, &e) == 0;
}

static bool a_child(void) { return command(alice, ENGINE_REKEY_CHILD); }
static bool a_ike(void) { return command(alice, ENGINE_REKEY_IKE); }
static bool b_child(void) { return command(bob, ENGINE_REKEY_CHILD); }
static bool b_ike(void) { return command(bob, ENGINE_REKEY_IKE); }
static bool b_restart(void) { return command(bob, ENGINE_RESTART); }
static bool a_restart(void) { return command(alice, ENGINE_RESTART); }

/* --- what must hold --- */

/* Who has to ask again is Down(Retransmission) meanwhile. */
static bool
up_or_asking(struct node *n)
{
	return node_up(n, 1) || node_is(n, 1, "down-retransmission");
}

static const char *
stays_up(void)
{
	struct engine_stats a, b;

	if (pair_gap())
		return "a gap";
	if (!up_or_asking(alice) || !up_or_asking(bob))
		return "not up";
	engine_get_stats(alice->engine, &a);
	engine_get_stats(bob->engine, &b);
	if (a.handshakes + b.handshakes != handshakes)
		return "a new handshake";
	if (node_said(alice, "failed") || node_said(bob, "failed"))
		return "something failed";
	return NULL;
}

static const char *
tidy(void)
{
	return both_up(&w) && pair_at_peace() ? NULL : "not tidy";
}

static void
begin(uint64_t seed)
{
	struct engine_stats a, b;

	pair_begin(seed);
	pair_config("", "");
	CU_ASSERT_FATAL(pair_comes_up(5000));
	alice->idle_ms = bob->idle_ms = 0;	/* traffic: nobody probes */
	engine_get_stats(alice->engine, &a);
	engine_get_stats(bob->engine, &b);
	handshakes = a.handshakes + b.handshakes;
}

static void
test_rekeys(void)
{
	static const struct order orders[] = {
		{ "child alone", begin, a_child, NULL, 2, 8, stays_up, tidy, false },
		{ "ike alone", begin, a_ike, NULL, 2, 8, stays_up, tidy, false },
		{ "child and child", begin, a_child, b_child, 1, 6, stays_up, tidy, false },
		{ "ike and ike", begin, a_ike, b_ike, 1, 6, stays_up, tidy, false },
		{ "child and ike", begin, a_child, b_ike, 1, 6, stays_up, tidy, false },
		{ "ike and child", begin, a_ike, b_child, 1, 6, stays_up, tidy, false },
	};
	size_t i;

	for (i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		CU_ASSERT(order_all(&orders[i]) > 1);
}

/* With a Delete, the tunnel goes and comes back, once. */
static void
test_deletes(void)
{
	static const struct order orders[] = {
		{ "child and delete", begin, a_child, b_restart, 1, 5, NULL, tidy, false },
		{ "ike and delete", begin, a_ike, b_restart, 1, 5, NULL, tidy, false },
		{ "delete and child", begin, a_restart, b_child, 1, 5, NULL, tidy, false },
		{ "delete and ike", begin, a_restart, b_ike, 1, 5, NULL, tidy, false },
		{ "delete and delete", begin, a_restart, b_restart, 1, 5, NULL, tidy, false },
	};
	size_t i;

	for (i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		CU_ASSERT(order_all(&orders[i]) > 1);
}

int
main(void)
{
	static const CU_TestInfo tests[] = {
		{ "rekeyings", test_rekeys },
		{ "and deletes", test_deletes },
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "collisions", NULL, NULL, NULL, NULL, (CU_TestInfo *)tests },
		CU_SUITE_INFO_NULL,
	};

	if (CU_initialize_registry() != CUE_SUCCESS ||
	    CU_register_suites(suites) != CUE_SUCCESS)
		return 1;
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	return CU_get_number_of_failures() == 0 ? 0 : 1;
}
