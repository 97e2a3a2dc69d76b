/*
 * Main mode of IKEv1 with certificates: RSA signatures (RFC 2409 5.1) between two
 * engines, who refuses what, and a path that is too narrow for them.
 */
#include <stdlib.h>
#include <string.h>

#include "corp.h"
#include "crypto/sign.h"
#include "ike/wire/numbers1.h"
#include "pair.h"
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

UNIT_MAIN("certificates with IKEv1",
	{ "certificates", test_cert },
	{ "certificates that do not do", test_cert_refused },
	{ "a narrow path", test_cert_narrow },
	{ "two methods", test_methods })
