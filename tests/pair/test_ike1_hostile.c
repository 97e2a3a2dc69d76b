/*
 * IKEv1 and who means no good: a peer that knows the secret and says what no peer
 * should, and somebody on the way who sends back or again what was said.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/context.h"
#include "ike/ike1/handlers1.h"
#include "ike/ike1/phase1.h"
#include "ike/ike1/protect.h"
#include "ike/natt.h"
#include "ike/tunnel.h"
#include "pair.h"
#include "tests/unit.h"

#define V1	",\"version\":\"1\""

/* --- the peer itself: bob's keys, and our words --- */

static struct ike_sa *
sa_of(const struct node *n)
{
	return tunnel_sa(tunnel_find(n->engine, 1));
}

struct words {
	struct build	 b;
	uint8_t		*hash;
	uint8_t		 exchange;
	uint32_t	 msgid;
};

static void
begin(struct words *s, uint8_t exchange)
{
	struct ike_sa *sa = sa_of(bob);

	s->exchange = exchange;
	s->msgid = phase2_msgid(bob->engine, sa);
	protect_begin(bob->engine, sa, &s->b, exchange, s->msgid);
	s->hash = build1_hash(&s->b, sa->v1->keys.prf->len);
}

static void
say(struct words *s)
{
	struct ike_sa *sa = sa_of(bob);
	const struct keys1 *k = &sa->v1->keys;
	uint8_t hash[PRF_MAX], iv[CBC_IV];
	struct bytes rest;
	struct packet *p;

	build1_hashed(&s->b, &rest);
	CU_ASSERT_FATAL(keymat1_hash1(bob->crypto, k->prf, &k->skeyid_a, s->msgid,
	    &rest, hash) &&
	    keymat1_iv(bob->crypto, k->prf, k->iv, s->msgid, iv));
	memcpy(s->hash, hash, k->prf->len);
	p = protect_end(bob->engine, sa, &s->b, iv);
	CU_ASSERT_FATAL(p != NULL);
	node_send(bob, &sa->local, &sa->remote, sa->encap, false, p->data, p->len);
	packet_free(p);
}

static void
up(uint64_t seed, const char *alices, const char *bobs)
{
	pair_begin(seed);
	pair_config(alices, bobs);
	CU_ASSERT_FATAL(pair_comes_up(2000));
}

/* Message 1 of a quick mode with that public value. */
static void
quick_with(const void *ke, size_t len)
{
	static const uint8_t nonce[32] = { 1 }, spi[4] = { 0xc0, 1, 2, 3 };
	const struct sa1_terms terms = { .mode = MODE1_TUNNEL, .life_s = 3600 };
	const struct conf *c = sa_of(bob)->tunnel->conf;
	struct words s;
	struct offer o;

	begin(&s, EXCH1_QUICK);
	offer_init(&o, OFFER_CHILD, &c->esp, false);
	offer_one_ke(&o);
	offer_spi(&o, spi, sizeof(spi));
	build1_sa(&s.b, o.p, o.n, &terms);
	build_nonce(&s.b, nonce, sizeof(nonce));
	build1_ke(&s.b, ke, len);
	build1_id(&s.b, PL_IDI, 4, 0, 0, "\n\0\2\0\377\377\377\0", 8);
	build1_id(&s.b, PL_IDR, 4, 0, 0, "\n\0\1\0\377\377\377\0", 8);
	say(&s);
}

/* A public value that is none: the CHILD_SA that was begun goes, once. */
static void
test_bad_value(void)
{
	static const uint8_t zero[256];
	static const char pfs[] = V1 ",\"esp\":{\"cipher\":[\"aes128\"],"
	    "\"auth\":[\"sha256\"],\"dh\":[\"modp2048\"]}";
	struct engine_stats s;

	up(1, pfs, pfs);
	node_forget(alice);
	quick_with(zero, sizeof(zero));
	world_run(&w, 1000);
	CU_ASSERT(node_said(alice, "the key exchange failed"));
	engine_get_stats(alice->engine, &s);
	CU_ASSERT_EQUAL(s.child_sas, 1);
	world_run(&w, 60000);
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

UNIT_MAIN("hostile IKEv1",
	{ "a public value that is none", test_bad_value })
