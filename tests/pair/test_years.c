/*
 * Years: bugs that simulated years (tests/sim) brought to light, each in the few
 * messages that show it.
 */

#include "pair.h"
#include "tests/unit.h"

/* An older CHILD_SA than a commit allows is rekeyed, not cut off. */
static void
test_shorter(void)
{
	struct err e = ERR_INIT;

	pair_begin(1);
	pair_config("", "");
	CU_ASSERT(pair_comes_up(10000));
	world_run(&w, 2000000);
	CU_ASSERT(node_commit(bob, bob_entry(",\"sa-rekey-time\":900"), NULL,
	    false, &e, NULL, 0) == 0);
	world_run(&w, 60000);
	CU_ASSERT(node_up(alice, 1) && node_up(bob, 1));
	CU_ASSERT(node_said(bob, "rekeyed"));
	CU_ASSERT(!node_said(bob, "reached its limit"));
	CU_ASSERT(!node_said(alice, "closed"));
	pair_end();
}

static bool
refuse_after_delete(struct world *world, struct node *from, struct flight *f)
{
	(void)world;
	if (from == bob && f->len > 18 && f->data[18] == 37)
		alice->dp_refuses = true;
	return true;
}

/* The outbound half goes in when the peer deletes the old SA, and is refused. */
static void
test_late_half(void)
{
	pair_begin(2);
	pair_config("", "");
	CU_ASSERT(pair_comes_up(10000));
	world_run(&w, 30000);		/* what is tried after the start */
	w.tap = refuse_after_delete;
	pair_command(bob, ENGINE_REKEY_CHILD);
	world_run(&w, 100);
	CU_ASSERT(node_said(alice, "the data plane refuses an SA"));
	w.tap = NULL;
	alice->dp_refuses = false;
	world_run(&w, 60000);
	CU_ASSERT(node_up(alice, 1) && node_up(bob, 1));
	CU_ASSERT(planes_agree(alice, bob, 1, 1));
	pair_end();
}

static bool
lose_all(struct world *world, struct node *from, struct flight *f)
{
	(void)world;
	(void)from;
	(void)f;
	return false;
}

/* Our attempt fails while the peer's is nearly done; then that fails, too, and
 * the peer does not come again. */
static void
test_both_fail(void)
{
	pair_begin(3);
	alice->latency = 2000;
	w.tap = lose_all;
	node_config(alice, alice_entry(",\"initiator\":true"));
	w.tap = NULL;
	world_run(&w, 3000);
	node_config(bob, bob_entry(""));
	world_run(&w, 500);
	alice->psk[0] = '\0';
	world_run(&w, 4500);
	CU_ASSERT(node_said(alice, "no secret"));
	node_stop(bob);
	node_forget(alice);
	world_run(&w, 400000);
	CU_ASSERT(node_said(alice, "connecting to"));
	pair_end();
}

/* The answer to our rekeying of the IKE_SA is lost for longer than the peer once
 * waited before it closed the old one. */
static unsigned int lost;

static bool
lose_answers(struct world *world, struct node *from, struct flight *f)
{
	(void)world;
	if (from == alice && f->len > 19 && f->data[18] == 36 &&
	    (f->data[19] & 0x20) != 0 && lost < 4) {
		lost++;
		return false;
	}
	return true;
}

static void
test_lost_answer(void)
{
	pair_begin(4);
	pair_config("", "");
	CU_ASSERT(pair_comes_up(10000));
	world_run(&w, 30000);
	node_forget(bob);
	lost = 0;
	w.tap = lose_answers;
	pair_command(bob, ENGINE_REKEY_IKE);
	world_run(&w, 100000);
	CU_ASSERT(lost == 4);
	CU_ASSERT(node_said(bob, "IKE_SA #1 rekeyed"));
	CU_ASSERT(!node_said(bob, "closed"));
	CU_ASSERT(node_up(alice, 1) && node_up(bob, 1));
	pair_end();
}

UNIT_MAIN("years",
	{ "a commit with a shorter sa-rekey-time", test_shorter },
	{ "the late half of a CHILD_SA is refused", test_late_half },
	{ "both attempts fail", test_both_fail },
	{ "the answer to a rekeying is lost for long", test_lost_answer })
