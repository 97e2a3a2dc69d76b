/*
 * Main mode of IKEv1 with certificates: RSA signatures (RFC 2409 5.1), who refuses
 * what, a path that is too narrow for them, and keys that do not sign.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corp.h"
#include "crypto/sign.h"
#include "ike/wire/numbers1.h"
#include "pair.h"
#include "puppet1.h"
#include "seen.h"
#include "tests/unit.h"

#define CERT	V1 CORP

/* Alice and somebody, and whose certificates each of them trusts. */
static void
begin(uint64_t seed, const char *peer, struct pki_cert **alices, struct pki_cert **bobs)
{
	corp_make();
	pair_begin(seed);
	corp_equip(alice, corp_leaf("rsa2048", "alice"), corp.inter, *alices);
	corp_equip(bob, corp_leaf("rsa2048", peer), corp.inter, *bobs);
}

static void
test_cert(void)
{
	begin(20, "bob", &corp.root, &corp.root);
	pair_config(CERT, CERT);
	CU_ASSERT(pair_comes_up(2000));
	CU_ASSERT(pair_is_tidy());
	CU_ASSERT(alice->scheme == SIGN_RSA_RAW && bob->scheme == SIGN_RSA_RAW);
	CU_ASSERT(seen_said(alice, "the peer has proved its certificate 'CN=bob, "
	    "O=Example'"));
	CU_ASSERT(seen_said(bob, "the peer has proved its certificate 'CN=alice, "
	    "O=Example'"));
	pair_end();
}

/* Each refuses what the other shows, and both say so. */
static void
test_cert_refused(void)
{
	begin(21, "bob", &corp.other, &corp.root);
	pair_config(CERT, CERT);
	world_run(&w, 20000);
	CU_ASSERT(seen_said(alice, "it shows a certificate that does not do"));
	CU_ASSERT(seen_said(bob, "the peer answers AUTHENTICATION_FAILED"));
	CU_ASSERT(!node_up(alice, 1) && !node_up(bob, 1));
	pair_end();

	begin(22, "bob", &corp.root, &corp.other);
	pair_config(CERT, CERT);
	world_run(&w, 20000);
	CU_ASSERT(seen_said(bob, "the peer shows a certificate that does not do"));
	CU_ASSERT(seen_said(alice, "the peer reports AUTHENTICATION_FAILED"));
	CU_ASSERT(strstr(node_state(alice, 1), "ESTABLISHED") == NULL);
	CU_ASSERT(!node_up(alice, 1) && !node_up(bob, 1));
	pair_end();

	/* Another's. */
	begin(23, "mallory", &corp.root, &corp.root);
	pair_config(CERT, CERT ",\"local-id\":{\"value\":\"mallory\"}");
	world_run(&w, 20000);
	CU_ASSERT(seen_said(alice, "mallory"));
	CU_ASSERT(!node_up(alice, 1) && !node_up(bob, 1));
	pair_end();
}

/* A path that loses what is long, to a peer that repeats message 4 by a timer of its
 * own, as Libreswan does: what looks like a refusal is tried in smaller parts. */
#define LONGEST	(600 - 28)

static struct flight *fourth;		/* a copy */
static unsigned int fourths;
static bool sixth;

static void
fourth_again(struct world *world, void *arg)
{
	uint64_t *wait = arg;

	if (sixth || fourths++ > 6)
		return;
	node_send(alice, &fourth->src, &fourth->dst, fourth->encap, false,
	    fourth->data, fourth->len);
	*wait *= 2;
	world_at(world, world->now + *wait, fourth_again, wait);
}

static bool
narrow(struct world *world, struct node *from, struct flight *f)
{
	static uint64_t wait;
	bool encrypted = (f->data[19] & FLAG1_ENCRYPTED) != 0;
	bool part = f->data[16] == WIRE1_FRAGMENT;

	if (from == alice && f->data[16] == WIRE1_KE && fourth == NULL) {
		fourth = malloc(sizeof(*f) + f->len);
		memcpy(fourth, f, sizeof(*f) + f->len);
		wait = 500;
		world_at(world, world->now + wait, fourth_again, &wait);
	}
	sixth |= from == alice && (encrypted || part);
	return f->len <= LONGEST || !(encrypted || part);
}

static void
test_cert_narrow(void)
{
	begin(25, "bob", &corp.root, &corp.root);
	w.tap = narrow;
	pair_config(CERT, CERT);
	CU_ASSERT(pair_comes_up(30000));
	CU_ASSERT(seen_said(bob, "datagrams of 576"));
	free(fourth);
	pair_end();
}

/* How the peer authenticates itself is part of the proposal. */
static void
test_methods(void)
{
	begin(24, "bob", &corp.root, &corp.root);
	pair_config(CERT, V1);
	world_run(&w, 20000);
	CU_ASSERT(seen_said(alice, "the peer authenticates itself by pre-shared key"));
	CU_ASSERT(!node_up(alice, 1));
	pair_end();
}

/* --- ours waits for the peer's --- */

/* All with the same key, which is made once. */
static struct pki_cert *
quick_leaf(const char *name)
{
	char san[64];

	snprintf(san, sizeof(san), "DNS:%s", name);
	return pki_make(&(struct pki_spec){ .key = "rsa2048", .number = 1,
	    .issuer = corp.root, .subject = "CN=peer, O=Example", .san = san });
}

/* Alice's signatures that are not there yet. */
static struct keys_reply held[2];
static unsigned int n_held;

static void
hold(struct node *n, const struct keys_request *rq)
{
	struct keys_reply r;

	node_mac(n, rq, &r);
	if (n == alice && rq->kind == KEYS_SIGN && n_held < 2) {
		held[n_held++] = r;
		return;
	}
	engine_keys_reply(n->engine, node_now(n), &r);
}

static bool
both_held(struct world *world)
{
	(void)world;
	return n_held == 2;
}

/* Both begin at once.  Alice's attempt fails when that of bob's is almost there, so
 * that she waits for it; it comes to nothing, and bob does not come again: she does.
 * keys says no, or nothing at all. */
static void
test_waits(void)
{
	static const struct { int line; const char *conf; unsigned int no; } rows[] = {
		{ __LINE__, CERT, 2 }, { __LINE__, CERT, 1 }, { __LINE__, CERT, 0 },
		{ __LINE__, CORP, 2 }, { __LINE__, CORP, 1 }, { __LINE__, CORP, 0 },
	};
	char calls[256], waits[256];
	unsigned int k;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		corp_make();
		pair_begin(26);
		corp_equip(alice, quick_leaf("alice"), NULL, corp.root);
		corp_equip(bob, quick_leaf("bob"), NULL, corp.root);
		snprintf(calls, sizeof(calls), "%s,\"initiator\":true", rows[i].conf);
		snprintf(waits, sizeof(waits), "%s,\"initiator\":false", rows[i].conf);
		n_held = 0;
		w.keys = hold;
		pair_config(calls, calls);
		CHECK_ROW(rows[i].line, world_until(&w, both_held, 2000));
		node_config(bob, "");
		bob->down = true;
		for (k = 0; k < rows[i].no; k++) {
			held[k].ok = false;
			engine_keys_reply(alice->engine, node_now(alice), &held[k]);
		}
		world_run(&w, 31000);		/* as long as keys may take */
		CHECK_ROW(rows[i].line, !node_up(alice, 1));
		w.keys = NULL;
		bob->down = false;
		node_config(bob, bob_entry(waits));
		CHECK_ROW(rows[i].line, pair_comes_up(400000));
		pair_end();
	}
}

/* --- a peer that does as it likes --- */

#define PSK	"correct horse"

static struct puppet1 p;

enum proof { BY_HASH, BY_SIGNATURE };

/* Alice alone, who trusts the root. */
static void
begin_alone(uint64_t seed)
{
	corp_make();
	world_init(&w, seed);
	alice = world_add(&w, "alice", "192.0.2.1");
	corp_equip(alice, quick_leaf("alice"), NULL, corp.root);
	puppet1_init(&p, &w, alice, "192.0.2.2");
}

static void
end_alone(void)
{
	puppet1_fini(&p);
	world_fini(&w);
}

/* Message 5 or 6; each proof is the right one under the keys that there are. */
static void
prove(const char *name, enum proof how)
{
	const struct pki_cert *c = quick_leaf(name);
	const struct bytes der = { c->der, c->len };

	puppet1_begin(&p, EXCH1_MAIN, 0);
	if (how == BY_HASH)
		puppet1_build_auth(&p, name);
	else
		puppet1_build_signature(&p, name, &der, c->key);
	puppet1_seal(&p, 0);
	puppet1_say(&p);
	world_run(&w, 1000);
}

static uint32_t by_psk;			/* the tunnel that has a secret */

static void
one_secret(struct node *n, const struct keys_request *rq)
{
	struct keys_reply r;

	node_mac(n, rq, &r);
	r.ok &= rq->kind != KEYS_SKEYID || rq->tunnel == by_psk;
	engine_keys_reply(n->engine, node_now(n), &r);
}

/* Of two tunnels between the same addresses each wants its own method, and the right
 * proof of it: whoever is agreed on what for which of them. */
static void
test_two_tunnels(void)
{
	static const struct {
		int line;
		const char *psk, *name;		/* agreed on with, and who comes */
		enum proof how;
		const char *why;		/* not; NULL: it is the peer */
	} rows[] = {
		{ __LINE__, PSK, "bob", BY_HASH, NULL },
		{ __LINE__, PSK, "bob", BY_SIGNATURE, "authenticates itself by a "
		  "signature, agreed was on a pre-shared key" },
		{ __LINE__, PSK, "carol", BY_HASH, "whose method is cert, but "
		  "authenticates itself by a pre-shared key" },
		{ __LINE__, NULL, "carol", BY_SIGNATURE, NULL },
		{ __LINE__, NULL, "carol", BY_HASH, "authenticates itself by a "
		  "pre-shared key, agreed was on a signature" },
		{ __LINE__, NULL, "bob", BY_SIGNATURE, "whose method is psk, but "
		  "authenticates itself by a certificate" },
	};
	char both[4096];
	size_t i, at;

	for (i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		begin_alone(30);
		w.keys = one_secret;
		by_psk = 1 + i % 2;
		at = (size_t)snprintf(both, sizeof(both), "%s,", alice_entry(by_psk ==
		    1 ? V1 : CERT ",\"remote-id\":{\"value\":\"carol\"}"));
		snprintf(both + at, sizeof(both) - at, "%s", alice_entry(by_psk == 2 ?
		    V1 : CERT ",\"remote-id\":{\"value\":\"carol\"}"));
		both[at + strlen("{\"id\":")] = '2';
		node_config(alice, both);
		CU_ASSERT_FATAL(puppet1_meet(&p, rows[i / 2].psk));
		prove(rows[i / 2].name, rows[i / 2].how);
		CHECK_ROW(rows[i / 2].line, node_said(alice, "established") ==
		    (rows[i / 2].why == NULL));
		CHECK_ROW(rows[i / 2].line, rows[i / 2].why == NULL ||
		    seen_said(alice, rows[i / 2].why));
		end_alone();
	}
}

/* Who answers alice agrees to her method, and proves itself by another. */
static void
test_answers(void)
{
	static const struct {
		int line;
		const char *psk;
		enum proof how;
		const char *why;
	} rows[] = {
		{ __LINE__, PSK, BY_HASH, NULL },
		{ __LINE__, PSK, BY_SIGNATURE, "authenticates itself by a "
		  "signature, agreed was on a pre-shared key" },
		{ __LINE__, NULL, BY_SIGNATURE, NULL },
		{ __LINE__, NULL, BY_HASH, "authenticates itself by a pre-shared "
		  "key, agreed was on a signature" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin_alone(31);
		node_config(alice, alice_entry(rows[i].psk != NULL ?
		    V1 ",\"initiator\":true" : CERT ",\"initiator\":true"));
		world_run(&w, 10);
		CU_ASSERT_FATAL(puppet1_answer(&p, rows[i].psk));
		prove("bob", rows[i].how);
		CHECK_ROW(rows[i].line, node_said(alice, "established") ==
		    (rows[i].why == NULL));
		CHECK_ROW(rows[i].line, rows[i].why == NULL ||
		    seen_said(alice, rows[i].why));
		end_alone();
	}
}

UNIT_MAIN("certificates with IKEv1",
	{ "certificates", test_cert },
	{ "certificates that do not do", test_cert_refused },
	{ "a narrow path", test_cert_narrow },
	{ "two methods", test_methods },
	{ "ours waits for the peer's", test_waits },
	{ "a tunnel of each method", test_two_tunnels },
	{ "the method of who answers", test_answers })
