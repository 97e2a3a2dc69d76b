/*
 * Chaos: everything that can happen to two gateways, in an order that follows
 * from a seed.  When peace is back, the tunnel is up, with one pair of SAs.
 *
 *	test_chaos [SEED]	that one alone, with its story
 *	SEEDS=5000 test_chaos	more of them
 */
#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "pair.h"

#define SEEDS	200

static struct node *
either(uint64_t *r)
{
	return random_next(r) % 2 == 0 ? alice : bob;
}

static bool both;		/* alice begins, too */

static const char *
entry(struct node *n, const char *more)
{
	char text[200];

	snprintf(text, sizeof(text), "%s%s", more,
	    both ? ",\"initiator\":true" : "");
	return n == alice ? alice_entry(text) : bob_entry(more);
}

static void
restart(struct node *n)
{
	node_stop(n);
	node_start(n);
	node_config(n, entry(n, ""));
}

static void
command(struct node *n, enum engine_command cmd)
{
	struct err e = ERR_INIT;

	if (engine_command(n->engine, w.now, cmd, 1, &e) < 0)
		(void)e;		/* it is down just now: as well */
}

static void
happen(uint64_t *r)
{
	static const char *const changes[] = { "", ",\"description\":\"x\"",
	    ",\"dpd-delay\":5", ",\"sa-rekey-time\":60" };
	struct dp_event acquire = { .kind = DP_ACQUIRE, .tunnel = 1 };
	struct node *n = either(r);

	switch (random_next(r) % 16) {
	case 0: case 1: case 2:
		command(n, ENGINE_REKEY_CHILD);
		break;
	case 3: case 4:
		command(n, ENGINE_REKEY_IKE);
		break;
	case 5:
		command(alice, ENGINE_REKEY_CHILD);
		command(bob, ENGINE_REKEY_CHILD);
		break;
	case 6:
		command(alice, ENGINE_REKEY_IKE);
		command(bob, ENGINE_REKEY_IKE);
		break;
	case 7:
		command(n, ENGINE_TERMINATE);
		break;
	case 8:
		command(n, ENGINE_RESTART);
		break;
	case 9:
		restart(n);
		break;
	case 10:
		n->down = !n->down;
		break;
	case 11:
		w.loss = random_next(r) % 60;
		w.dup = random_next(r) % 30;
		w.reorder = random_next(r) % 50;
		break;
	case 12:
		n->latency = random_next(r) % 3 * 40;
		break;
	case 13:
		engine_dp_event(n->engine, w.now, &acquire);
		break;
	case 14:
		node_config(n, entry(n, changes[random_next(r) % 4]));
		break;
	case 15:
		n->dp_refuses = random_next(r) % 3 == 0;
		break;
	}
}

static void
peace(void)
{
	w.loss = w.dup = w.reorder = 0;
	alice->down = bob->down = false;
	alice->dp_refuses = bob->dp_refuses = false;
	node_config(alice, entry(alice, ""));
	node_config(bob, entry(bob, ""));
}

static bool
run(uint64_t seed)
{
	static const uint64_t pauses[] = { 0, 3, 8, 100, 5000, 70000, 700000 };
	uint64_t r = seed;
	struct engine_stats s;
	bool ok;
	int i;

	both = seed % 3 == 0;
	pair_begin(seed);
	node_config(alice, entry(alice, ""));
	node_config(bob, entry(bob, ""));
	world_run(&w, random_next(&r) % 200);
	for (i = 0; i < 40; i++) {
		happen(&r);
		world_run(&w, pauses[random_next(&r) % 7]);
	}
	peace();
	world_run(&w, 400000);		/* the dead are known to be dead */
	command(bob, ENGINE_INITIATE);
	ok = pair_comes_up(700000);
	world_run(&w, 30000);
	ok = ok && pair_is_tidy();
	/* And everything is given back. */
	node_config(alice, "{\"id\":1,\"enable\":false}");
	node_config(bob, "{\"id\":1,\"enable\":false}");
	world_run(&w, 200000);
	engine_get_stats(alice->engine, &s);
	ok = ok && s.ike_sas == 0 && s.child_sas == 0 && s.half_open == 0;
	engine_get_stats(bob->engine, &s);
	ok = ok && s.ike_sas == 0 && s.child_sas == 0 && s.half_open == 0;
	ok = ok && alice->sas == NULL && bob->sas == NULL &&
	    alice->policies == NULL && bob->policies == NULL;
	pair_end();
	return ok;
}

static void
test_seeds(void)
{
	const char *more = getenv("SEEDS");
	uint64_t seed, n = more != NULL ? strtoull(more, NULL, 10) : SEEDS;

	for (seed = 1; seed <= n; seed++)
		if (!run(seed)) {
			printf("\nseed %u\n", (unsigned int)seed);
			CU_FAIL("no peace");
		}
}

int
main(int argc, char **argv)
{
	CU_pSuite s;

	if (argc > 1) {
		setenv("VERBOSE", "1", 1);
		setvbuf(stdout, NULL, _IOLBF, 0);
		log_init("chaos", false, "sa,net");
		return run(strtoull(argv[1], NULL, 10)) ? 0 : 1;
	}
	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	s = CU_add_suite("chaos", NULL, NULL);
	CU_add_test(s, "seeds", test_seeds);
	CU_basic_run_tests();
	return CU_get_number_of_failures() == 0 ? 0 : 1;
}
