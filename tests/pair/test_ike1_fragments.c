/*
 * IKE fragmentation of IKEv1, by vendor id, between two engines on networks of all
 * kinds, and with somebody on the way whose fragments fit no message.  (With such a
 * peer: test_ike1_parts.)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corp.h"
#include "ike/wire/message1.h"
#include "ike/wire/numbers1.h"
#include "pair.h"
#include "path.h"
#include "tests/unit.h"

#define CERT	V1 CORP

/* A first message that is short enough for any path, and long ones after it. */
#define IKE_LONG ",\"ike\":{\"cipher\":[\"aes128\"],\"auth\":[\"sha256\"]," \
	"\"dh\":[\"modp2048\"]}"
#define ESP_LONG ",\"esp\":{\"cipher\":[\"aes128\"],\"auth\":[\"sha256\"]," \
	"\"dh\":[\"modp4096\"]}"

/* --- two engines --- */

static struct pki_cert *alices, *bobs;

/* One with so many names that it needs some datagrams. */
static struct pki_cert *
big_cert(const char *name)
{
	static char many[3000];
	char subject[64];
	size_t at = 0, i;

	for (i = 0; i < 60; i++)
		at += (size_t)snprintf(many + at, sizeof(many) - at,
		    "DNS:name-%zu.of.many.example.com,", i);
	snprintf(many + at, sizeof(many) - at, "DNS:%s", name);
	snprintf(subject, sizeof(subject), "CN=%s, O=Example", name);
	return pki_make(&(struct pki_spec){ .issuer = corp.inter, .key = "rsa2048",
	    .subject = subject, .san = many });
}

/* With certificates. */
static void
begin_cert(uint64_t seed, uint16_t size)
{
	corp_make();
	if (alices == NULL) {
		alices = big_cert("alice");
		bobs = big_cert("bob");
	}
	path_begin(seed, size);
	corp_equip(alice, alices, corp.inter, corp.root);
	corp_equip(bob, bobs, corp.inter, corp.root);
}

static void
rekey(struct node *n, enum engine_command what)
{
	struct err e = ERR_INIT;

	CU_ASSERT(engine_command(n->engine, w.now, what, 1, &e) == 0);
	world_run(&w, 30000);
}

/* All but the first message is cut, if need be. */
static void
test_small(void)
{
	static const char groups[] = V1 IKE_LONG ESP_LONG;

	path_begin(1, 300);
	pair_config(groups, groups);
	CU_ASSERT(pair_comes_up(5000));
	CU_ASSERT(path.fragments >= 8);	/* of main mode and quick mode */
	rekey(bob, ENGINE_REKEY_CHILD);
	rekey(alice, ENGINE_REKEY_CHILD);
	path.fragments = 0;
	rekey(alice, ENGINE_REKEY_IKE);
	CU_ASSERT(path.fragments >= 4);
	/* The successor goes on like that. */
	path.fragments = 0;
	rekey(bob, ENGINE_REKEY_CHILD);
	CU_ASSERT(path.fragments >= 4 && path.longest <= 300);
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

/* What fits is not cut. */
static void
test_usual(void)
{
	path_begin(2, 0);
	pair_config(V1, V1);
	CU_ASSERT(pair_comes_up(5000));
	CU_ASSERT(path.fragments == 0);
	pair_end();
}

static void
test_certificates(void)
{
	begin_cert(3, 0);
	pair_config(CERT, CERT);
	CU_ASSERT(pair_comes_up(5000));
	CU_ASSERT(path.fragments >= 6 && path.longest <= 1280);
	CU_ASSERT(!node_said(alice, "datagrams of 576") &&
	    !node_said(bob, "datagrams of 576"));
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

/* Nobody says that he can: whole, however long. */
static bool
hide_vendor(struct world *world, struct node *from, struct flight *f)
{
	static const uint8_t id[] = { 0x40, 0x48, 0xb7, 0xd5, 0x6e, 0xbc, 0xe8, 0x85 };
	uint8_t *at = memmem(f->data, f->len, id, sizeof(id));

	if (at != NULL)
		*at ^= 0xff;
	return path_tap(world, from, f);
}

static void
test_without(void)
{
	begin_cert(4, 0);
	w.tap = hide_vendor;
	pair_config(CERT, CERT);
	CU_ASSERT(pair_comes_up(5000));
	CU_ASSERT(path.fragments == 0 && path.longest > 2000);
	pair_end();
}

/* --- networks --- */

static void
test_narrow_path(void)
{
	begin_cert(5, 0);
	path.limit = 600;
	pair_config(CERT IKE_LONG, CERT IKE_LONG);
	CU_ASSERT(pair_comes_up(60000));
	CU_ASSERT(node_said(bob, "datagrams of 576"));
	CU_ASSERT(node_said(alice, "datagrams of 576"));
	world_run(&w, 60000);
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

/* It has become narrow since: quick modes have a key exchange of their own. */
static void
test_narrower(void)
{
	struct node *n;

	path_begin(6, 0);
	pair_config(V1 ESP_LONG, V1 ESP_LONG);
	CU_ASSERT(pair_comes_up(5000));
	for (n = w.node; n < w.node + 2; n++) {
		path.limit = 600;
		node_forget(n);
		rekey(n, ENGINE_REKEY_CHILD);
		CU_ASSERT(node_said(n, "rekeyed"));
		path.limit = 0;
		world_run(&w, 60000);
		CU_ASSERT(pair_is_tidy());
	}
	CU_ASSERT(path.fragments >= 2);
	pair_end();
}

static void
configure(void)
{
	pair_config(V1, V1);
}

static void
test_bad_network(void)
{
	path_bad(configure);
}

/* One fragment of either end is lost: the whole message comes again. */
static unsigned int lost;
static struct node *loser;

static bool
lose_one(struct world *world, struct node *from, struct flight *f)
{
	if (from == loser && path_is_fragment(f) && lost > 0 && --lost == 0)
		return false;
	return path_tap(world, from, f);
}

static void
test_lost(void)
{
	unsigned int i;

	for (i = 0; i < 12; i++) {
		begin_cert(50 + i, 576);
		w.tap = lose_one;
		lost = 1 + i / 2;
		loser = i % 2 != 0 ? alice : bob;
		pair_config(CERT, CERT);
		CHECK_ROW((int)i, pair_comes_up(15000));
		CHECK_ROW((int)i, lost == 0);
		CHECK_ROW((int)i, pair_is_tidy());
		pair_end();
	}
}

/* --- somebody on the way, who has seen the cookies --- */

static unsigned int forgery;

/* A fragment of no message that there is, before each one that is good. */
static bool
forge(struct world *world, struct node *from, struct flight *f)
{
	static bool inside;
	uint8_t copy[2048], *part = copy + IKE_HDR_LEN;

	if (inside || f->len > sizeof(copy) || !path_is_fragment(f))
		return path_tap(world, from, f);
	memcpy(copy, f->data, f->len);
	switch (forgery) {		/* length (2), reserved, id, number, last */
	case 0: part[6] = 0; break;			/* number 0 */
	case 1: part[6] = 200; break;			/* too many */
	case 2: part[6]++; part[7] = 1; break;		/* last, too early */
	case 3: part[7] ^= 1; break;
	case 4: part[4] ^= 0x80; break;			/* of another message */
	case 5: copy[23] ^= 0x80; break;		/* message id */
	case 6: copy[18] = EXCH1_INFORMATIONAL; break;
	case 7: memset(part + 8, 0, 20); break;		/* other contents */
	case 8: part[2] = 0; part[3] = 8; break;	/* nothing in it */
	}
	inside = true;
	node_send(from, &f->src, &f->dst, f->encap, false, copy, f->len);
	inside = false;
	return path_tap(world, from, f);
}

/* It can spoil a message, which comes again; nothing else. */
static void
test_forged(void)
{
	for (forgery = 0; forgery < 9; forgery++) {
		begin_cert(70 + forgery, 576);
		w.tap = forge;
		pair_config(CERT, CERT);
		world_run(&w, 60000);
		w.tap = path_tap;
		CHECK_ROW((int)forgery, pair_comes_up(300000));
		CHECK_ROW((int)forgery, pair_is_tidy());
		pair_end();
	}
}

UNIT_MAIN("fragments of IKEv1",
	{ "small datagrams", test_small },
	{ "what fits is not cut", test_usual },
	{ "certificates", test_certificates },
	{ "not said by anybody", test_without },
	{ "a narrow path", test_narrow_path },
	{ "a path that has become narrow", test_narrower },
	{ "a bad network", test_bad_network },
	{ "one lost", test_lost },
	{ "forged", test_forged })
