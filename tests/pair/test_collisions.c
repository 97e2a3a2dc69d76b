/*
 * Collisions (RFC 7296 2.8.1, 2.8.2, 2.25): what both ends begin at once, in
 * every order of arrival, with a loss or a delay anywhere.
 */
#include <stdio.h>
#include <stdlib.h>

#include "order.h"
#include "puppet.h"
#include "tests/unit.h"

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

/* --- the table of collision.c, row by row, with a peer played by hand --- */

enum asked { CREATE, REKEY_CHILD, REKEY_OTHER, REKEY_IKE, DELETE_CHILD, DELETE_OTHER,
    DELETE_IKE };

static void
ask(struct puppet *p, enum asked what)
{
	static const uint8_t spi[8] = { 0x77, 1, 2, 3, 4, 5, 6, 7 };
	uint8_t child[4] = { 0xc0, 0xaa, 0xbb, what == REKEY_OTHER ? 0 : 0xcc };
	uint32_t gone = what == DELETE_CHILD ? 0xc0aabbcc : 0xc0aabb00;
	uint8_t public[KE_PUBLIC_MAX];
	struct offer o;

	puppet_begin(p, what < DELETE_CHILD ? EXCH_CREATE_CHILD_SA :
	    EXCH_INFORMATIONAL, false, p->msgid++);
	switch (what) {
	case REKEY_CHILD: case REKEY_OTHER:
		build_notify(&p->b, PROTO_ESP, N_REKEY_SA, child, 4, NULL, 0);
		/* fall through */
	case CREATE:
		puppet_build_child(p, OFFER_AUTH_CHILD, 0xc0aabbdd,
		    "10.0.2.0/24", "10.0.1.0/24");
		build_nonce(&p->b, p->ni.b, 32);
		break;
	case REKEY_IKE:
		offer_init(&o, OFFER_IKE, &(struct algs){ 0 }, false);
		offer_spi(&o, spi, 8);
		build_sa(&p->b, o.p, o.n);
		build_nonce(&p->b, p->ni.b, 32);
		CU_ASSERT_FATAL(ke_public(p->ke, public));
		build_ke(&p->b, ke_alg(p->ke)->id, public,
		    ke_alg(p->ke)->public_len);
		break;
	case DELETE_CHILD: case DELETE_OTHER:
		build_delete(&p->b, PROTO_ESP, &gone, 1);
		break;
	case DELETE_IKE:
		build_delete(&p->b, PROTO_IKE, NULL, 0);
		break;
	}
	puppet_seal(p);
	puppet_say(p);
}

static void
test_table(void)
{
#define NOTHING		((enum engine_command)99)
#define AS_USUAL	0		/* an SA payload */
#define DELETED		1		/* a Delete payload */
#define EMPTY		2
	static const struct {
		int			line;
		enum engine_command	doing;
		enum asked		asked;
		uint16_t		answer;		/* or a notify */
	} rows[] = {
		/* 2.25.1 */
		{ __LINE__, NOTHING, REKEY_CHILD, AS_USUAL },
		{ __LINE__, NOTHING, REKEY_OTHER, N_CHILD_SA_NOT_FOUND },
		{ __LINE__, NOTHING, DELETE_OTHER, EMPTY },
		{ __LINE__, NOTHING, DELETE_CHILD, DELETED },
		{ __LINE__, ENGINE_REKEY_CHILD, REKEY_CHILD, AS_USUAL },
		{ __LINE__, ENGINE_REKEY_CHILD, CREATE, AS_USUAL },
		{ __LINE__, ENGINE_REKEY_CHILD, DELETE_CHILD, DELETED },
		{ __LINE__, ENGINE_REKEY_CHILD, REKEY_IKE, N_TEMPORARY_FAILURE },
		{ __LINE__, ENGINE_REKEY_CHILD, DELETE_IKE, EMPTY },
		/* 2.25.2 */
		{ __LINE__, ENGINE_REKEY_IKE, REKEY_IKE, AS_USUAL },
		{ __LINE__, ENGINE_REKEY_IKE, CREATE, N_TEMPORARY_FAILURE },
		{ __LINE__, ENGINE_REKEY_IKE, REKEY_CHILD, N_TEMPORARY_FAILURE },
		{ __LINE__, ENGINE_REKEY_IKE, DELETE_CHILD, DELETED },
		{ __LINE__, ENGINE_REKEY_IKE, DELETE_IKE, EMPTY },
		{ __LINE__, ENGINE_TERMINATE, REKEY_IKE, N_TEMPORARY_FAILURE },
		{ __LINE__, ENGINE_TERMINATE, CREATE, N_TEMPORARY_FAILURE },
		{ __LINE__, ENGINE_TERMINATE, REKEY_CHILD, N_TEMPORARY_FAILURE },
		{ __LINE__, ENGINE_TERMINATE, DELETE_IKE, EMPTY },
	};
	struct puppet p;
	bool right;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pair_begin(300 + i);
		node_config(alice, alice_entry(""));
		puppet_init(&p, &w, alice, "192.0.2.2");
		CU_ASSERT_FATAL(puppet_meet(&p) &&
		    puppet_authenticate(&p, "bob", "correct horse"));
		if (rows[i].doing != NOTHING)
			CU_ASSERT(command(alice, rows[i].doing));
		ask(&p, rows[i].asked);
		right = rows[i].answer == AS_USUAL ?
		    message_find(&p.m, PL_SA) != NULL :
		    rows[i].answer == DELETED ?
		    message_find(&p.m, PL_DELETE) != NULL :
		    rows[i].answer == EMPTY ? p.heard == 1 && p.m.n == 0 :
		    puppet_told(&p) == rows[i].answer;
		if (!right)
			printf("\nline %d: %zu payloads, notify %u\n", rows[i].line,
			    (size_t)p.m.n, puppet_told(&p));
		CU_ASSERT(right);
		puppet_fini(&p);
		pair_end();
	}
}

/* The peer makes a second CHILD_SA and forgets about the first: it is told to close
 * that, not after an hour. */
static void
test_second(void)
{
	struct puppet p;
	const struct payload *d;

	pair_begin(400);
	node_config(alice, alice_entry(",\"dpd-action\":\"disabled\""));
	puppet_init(&p, &w, alice, "192.0.2.2");
	CU_ASSERT_FATAL(puppet_meet(&p) &&
	    puppet_authenticate(&p, "bob", "correct horse"));
	ask(&p, CREATE);
	CU_ASSERT(message_find(&p.m, PL_SA) != NULL);
	CU_ASSERT(node_count(alice, 1, true) == 2);
	puppet_forget(&p);
	world_run(&w, 2000);		/* has it got the answer? */
	CU_ASSERT(p.heard == 1 && p.m.n == 0);
	puppet_begin(&p, EXCH_INFORMATIONAL, true, p.m.hdr.msgid);
	puppet_seal(&p);
	puppet_say(&p);
	world_run(&w, 5000);		/* it may close one itself */
	CU_ASSERT(p.heard == 0);
	world_run(&w, 20000);
	CU_ASSERT_FATAL(p.heard >= 1 && p.m.hdr.exchange == EXCH_INFORMATIONAL);
	d = message_find(&p.m, PL_DELETE);
	CU_ASSERT_FATAL(d != NULL && d->del.n == 1);
	puppet_begin(&p, EXCH_INFORMATIONAL, true, p.m.hdr.msgid);
	build_delete(&p.b, PROTO_ESP, &(uint32_t){ 0xc0aabbcc }, 1);
	puppet_seal(&p);
	puppet_send(&p);
	CU_ASSERT(node_count(alice, 1, true) == 1 &&
	    node_count(alice, 1, false) == 1 && node_up(alice, 1));
	CU_ASSERT(node_sa(alice, 1, false)->sa.spi == 0xc0aabbdd);
	puppet_fini(&p);
	pair_end();
}

UNIT_MAIN("collisions",
	{ "rekeyings", test_rekeys },
	{ "and deletes", test_deletes },
	{ "the table", test_table },
	{ "a second CHILD_SA", test_second })
