/*
 * PPK (RFC 8784) and IKE_SAs without a CHILD_SA (RFC 6023).
 */
#include <stdio.h>
#include <string.h>

#include "pair.h"
#include "puppet.h"
#include "tests/unit.h"

enum has { NONE, MAY, MUST };

static const char *
leaves(enum has has, const char *id)
{
	static char text[2][96];
	static unsigned int turn;
	char *out = text[turn++ % 2];

	if (has == NONE)
		return "";
	snprintf(out, sizeof(text[0]), ",\"ppk-id\":\"%s\"%s", id,
	    has == MUST ? ",\"ppk-required\":true" : "");
	return out;
}

static void
set_ppk(struct node *n, const char *ppk)
{
	snprintf(n->ppk, sizeof(n->ppk), "%s", ppk);
}

/* Whether the tunnel's IKE_SA has the PPK in its keys. */
static bool
with_ppk(struct node *n)
{
	return strstr(node_state(n, 1), "\"ppk\":true") != NULL;
}

/* RFC 8784 3, both tables; bob begins. */
static void
test_tables(void)
{
	static const struct {
		int		line;
		enum has	alice, bob;
		const char	*id, *ppk;	/* bob's; alice's are "one" twice */
		bool		up, mixed;
		const char	*alice_says, *bob_says;
	} rows[] = {
	{ __LINE__, NONE, NONE, "one", "one", true, false, NULL, NULL },
	{ __LINE__, MAY,  MAY,  "one", "one", true, true, "with PPK", "with PPK" },
	{ __LINE__, MUST, MAY,  "one", "one", true, true, NULL, NULL },
	{ __LINE__, MAY,  MUST, "one", "one", true, true, NULL, NULL },
	{ __LINE__, MUST, MUST, "one", "one", true, true, NULL, NULL },
	{ __LINE__, NONE, MAY,  "one", "one", true, false, NULL, "without the PPK" },
	{ __LINE__, MAY,  NONE, "one", "one", true, false, "without the PPK", NULL },
	{ __LINE__, NONE, MUST, "one", "one", false, false, NULL,
	  "the peer uses no PPK (RFC 8784), this tunnel insists on 'one'" },
	{ __LINE__, MUST, NONE, "one", "one", false, false,
	  "it uses no PPK (RFC 8784), this tunnel insists on 'one'", NULL },
	/* Another name. */
	{ __LINE__, MAY,  MAY,  "two", "one", true, false, NULL, NULL },
	{ __LINE__, MUST, MAY,  "two", "one", false, false,
	  "it uses the PPK 'two', this tunnel's is 'one'", "PPKs" },
	{ __LINE__, MAY,  MUST, "two", "one", false, false,
	  "it uses the PPK 'two', this tunnel's is 'one'", "PPKs" },
	{ __LINE__, MAY,  MUST, "x;reload", "one", false, false,
	  "here, set: ppk-id \"x;reload\"", "PPKs" },
	/* Another key under the same name. */
	{ __LINE__, MAY,  MAY,  "one", "other", false, false,
	  "it knows the secret, but its PPK differs", "PPKs" },
	{ __LINE__, MAY,  MUST, "one", "other", false, false,
	  "secret or the PPK", "PPKs" },
	/* None behind the name. */
	{ __LINE__, MAY,  MAY,  "one", "", false, false, NULL, "ppk SECRET" },
	};
	uint64_t latency;
	size_t i;

	for (latency = 0; latency <= 20; latency += 20)
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pair_begin(60 + i);
		alice->latency = bob->latency = latency;
		set_ppk(alice, "one");
		set_ppk(bob, rows[i].ppk);
		pair_config(leaves(rows[i].alice, "one"),
		    leaves(rows[i].bob, rows[i].id));
		if (rows[i].up) {
			CHECK_ROW(rows[i].line, pair_comes_up(1000));
			CHECK_ROW(rows[i].line, pair_is_tidy());
		} else {
			world_run(&w, 1000);
			CHECK_ROW(rows[i].line, !node_up(alice, 1) &&
			    !node_up(bob, 1));
		}
		CHECK_ROW(rows[i].line, with_ppk(alice) == rows[i].mixed);
		CHECK_ROW(rows[i].line, with_ppk(bob) == rows[i].mixed);
		CHECK_ROW(rows[i].line, rows[i].alice_says == NULL ||
		    node_said(alice, rows[i].alice_says));
		CHECK_ROW(rows[i].line, rows[i].bob_says == NULL ||
		    node_said(bob, rows[i].bob_says));
		pair_end();
	}
}

static bool
wrong_psk_is_no_ppk(void)
{
	return node_said(alice, "it does not know the secret: the secrets differ");
}

/* Keys made with a PPK are other keys; a rekeyed IKE_SA keeps it; and a wrong
 * secret is not blamed on the PPK. */
static void
test_life(void)
{
	struct err e = ERR_INIT;

	pair_begin(80);
	set_ppk(alice, "one");
	set_ppk(bob, "one");
	pair_config(leaves(MAY, "one"), leaves(MUST, "one"));
	CU_ASSERT(pair_comes_up(1000));
	CU_ASSERT_EQUAL(engine_command(bob->engine, w.now, ENGINE_REKEY_IKE, 1, &e),
	    0);
	world_run(&w, 1000);
	CU_ASSERT(node_said(bob, "rekeyed: now"));
	CU_ASSERT_EQUAL(engine_command(alice->engine, w.now, ENGINE_REKEY_CHILD, 1,
	    &e), 0);
	world_run(&w, 20000);
	CU_ASSERT(with_ppk(alice) && with_ppk(bob) && pair_is_tidy());
	/* Taken away on one side: the tunnel starts again, without. */
	CU_ASSERT(!with_ppk(alice) || node_up(alice, 1));
	node_config(alice, alice_entry(""));
	world_run(&w, 200000);
	CU_ASSERT(!node_up(alice, 1) && node_said(bob, "insists on"));
	pair_end();

	pair_begin(81);
	set_ppk(alice, "one");
	set_ppk(bob, "one");
	snprintf(bob->psk, sizeof(bob->psk), "wrong horse");
	pair_config(leaves(MAY, "one"), leaves(MAY, "one"));
	world_run(&w, 1000);
	CU_ASSERT(!node_up(alice, 1) && wrong_psk_is_no_ppk());
	pair_end();
}

/* While keys thinks about a peer's AUTH, its tunnel goes and another of the same
 * number comes: what was proved was proved for the old one. */
static void
test_replaced_meanwhile(void)
{
	static const char *const news[] = { "", ",\"enable\":false",
	    ",\"local-subnet\":[\"10.7.0.0/24\"]" };
	static const uint32_t one[] = { 1, 0 };
	struct err e = ERR_INIT;
	uint64_t ms;
	size_t i;

	for (i = 0; i < sizeof(news) / sizeof(news[0]); i++)
		for (ms = 1; ms < 200; ms += 10) {
			pair_begin(85);
			alice->latency = 50;
			pair_config("", "");
			world_run(&w, ms);
			CU_ASSERT_EQUAL(node_commit(alice, NULL, one, false, &e,
			    NULL, 0), 0);
			CU_ASSERT_EQUAL(node_commit(alice, alice_entry(news[i]),
			    NULL, false, &e, NULL, 0), 0);
			world_run(&w, 150);
			CU_ASSERT(i != 1 || !node_up(alice, 1));
			CU_ASSERT(ms > 21 || ms < 15 ||
			    node_said(alice, "its tunnel was changed meanwhile"));
			pair_end();
		}
}

/* --- without a CHILD_SA --- */

static struct puppet p;

/* RFC 6023: the IKE_SA comes alone, the CHILD_SA when the peer wants one. */
static void
test_childless(void)
{
	world_init(&w, 90);
	alice = world_add(&w, "alice", "192.0.2.1");
	node_config(alice, alice_entry(""));
	puppet_init(&p, &w, alice, "192.0.2.2");
	CU_ASSERT_FATAL(puppet_meet(&p));
	CU_ASSERT(message_notify(&p.m, N_CHILDLESS_IKEV2_SUPPORTED) != NULL);
	puppet_begin(&p, EXCH_IKE_AUTH, false, p.msgid++);
	puppet_build_id(&p, "bob", 0);
	puppet_build_auth(&p, "bob", "correct horse", 0);
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT(message_find(&p.m, PL_AUTH) != NULL &&
	    message_find(&p.m, PL_SA) == NULL && message_error(&p.m) == NULL);
	CU_ASSERT(node_is(alice, 1, "down-ike-established"));
	CU_ASSERT(strstr(node_state(alice, 1), "asked for no CHILD_SA") != NULL);
	world_run(&w, 5000);		/* a responder waits for the peer */

	puppet_begin(&p, EXCH_CREATE_CHILD_SA, false, p.msgid++);
	build_nonce(&p.b, p.ni.b, 32);
	puppet_build_child(&p, OFFER_AUTH_CHILD, 0xc0aabbcc, "10.0.2.0/24",
	    "10.0.1.0/24");
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT(message_find(&p.m, PL_TSI) != NULL && node_up(alice, 1));
	CU_ASSERT_EQUAL(node_count(alice, 1, true), 1);
	puppet_fini(&p);
	world_fini(&w);
}

UNIT_MAIN("PPK and childless IKE_SAs",
	{ "the tables of RFC 8784", test_tables },
	{ "life with a PPK", test_life },
	{ "another tunnel meanwhile", test_replaced_meanwhile },
	{ "an IKE_SA without a CHILD_SA", test_childless })
