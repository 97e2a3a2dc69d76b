/*
 * IKEv1 and who means no good: a peer that knows the secret and says what no peer
 * should, and somebody on the way who sends back or again what was said.
 */
#include <string.h>

#include "ike/context.h"
#include "ike/ike1/handlers1.h"
#include "ike/ike1/phase1.h"
#include "ike/tunnel.h"
#include "ike/wire/octets.h"
#include "pair.h"
#include "puppet1.h"
#include "tests/unit.h"
#include "words1.h"

/* --- the peer itself: bob's keys, and our words --- */

/* Message 1 of a quick mode with that public value, if any. */
static void
quick_with(enum ike1_mode mode, const void *ke, size_t len)
{
	static const uint8_t nonce[32] = { 1 }, spi[4] = { 0xc0, 1, 2, 3 };
	const struct sa1_terms terms = { .mode = (uint16_t)mode, .life_s = 3600 };
	const struct conf *c = words1_sa(bob)->tunnel->conf;
	struct words1 s;
	struct offer o;

	words1_begin(&s, bob, EXCH1_QUICK, 0);
	offer_init(&o, OFFER_CHILD, &c->esp, false);
	if (ke != NULL)
		offer_one_ke(&o);
	else
		offer_this_ke(&o, 0);
	offer_spi(&o, spi, sizeof(spi));
	build1_sa(&s.b, o.p, o.n, &terms);
	build_nonce(&s.b, nonce, sizeof(nonce));
	if (ke != NULL)
		build1_ke(&s.b, ke, len);
	build1_id(&s.b, PL_IDI, 4, 0, 0, "\n\0\2\0\377\377\377\0", 8);
	build1_id(&s.b, PL_IDR, 4, 0, 0, "\n\0\1\0\377\377\377\0", 8);
	words1_say(&s);
}

/* A public value that is none: the CHILD_SA that was begun goes, once. */
static void
test_bad_value(void)
{
	static const uint8_t zero[256];
	static const char pfs[] = V1 ",\"esp\":{\"cipher\":[\"aes128\"],"
	    "\"auth\":[\"sha256\"],\"dh\":[\"modp2048\"]}";
	struct engine_stats s;

	pair_up(1, pfs, pfs);
	node_forget(alice);
	quick_with(MODE1_TUNNEL, zero, sizeof(zero));
	world_run(&w, 1000);
	CU_ASSERT(node_said(alice, "the key exchange failed"));
	engine_get_stats(alice->engine, &s);
	CU_ASSERT_EQUAL(s.child_sas, 1);
	world_run(&w, 60000);
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

/* Transport mode is refused for what it is: it tells nothing of the way, and another
 * IKE_SA would not mend it. */
static void
test_transport(void)
{
	static const struct { int line; enum ike1_mode mode; bool way; } rows[] = {
		{ __LINE__, MODE1_TRANSPORT, false },
		{ __LINE__, MODE1_UDP_TRANSPORT, false },
		{ __LINE__, MODE1_UDP_TRANSPORT_DRAFT, false },
		{ __LINE__, MODE1_UDP_TUNNEL, true },
	};
	struct engine_stats s;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pair_up1(2 + i, "", "");
		quick_with(rows[i].mode, NULL, 0);
		world_run(&w, 40000);
		CHECK_ROW(rows[i].line, node_said(alice, "this end sees no NAT") ==
		    rows[i].way);
		CHECK_ROW(rows[i].line, node_said(alice, "in transport mode") !=
		    rows[i].way);
		engine_get_stats(alice->engine, &s);
		CHECK_ROW(rows[i].line, (s.handshakes == 1) != rows[i].way);
		CHECK_ROW(rows[i].line, both_up(&w));
		pair_end();
	}
}

/* "Are you there?"; how many answers. */
static unsigned int
ask_alice(uint32_t number)
{
	unsigned int sent = w.sent;
	uint8_t cookies[16], octets[4];
	struct words1 s;

	octets_spis(words1_sa(bob)->spi_i, words1_sa(bob)->spi_r, cookies);
	octets_u32(number, octets);
	words1_begin(&s, bob, EXCH1_INFORMATIONAL, 0);
	build1_notify(&s.b, PROTO_IKE, N1_R_U_THERE, cookies, sizeof(cookies),
	    octets, sizeof(octets));
	words1_say(&s);
	world_run(&w, 100);
	return w.sent - sent - 1;
}

/* OpenBSD asks with the same number until it is answered, and one answer may be lost;
 * it does not count as heard.  What is older is no question. */
static void
test_same_number(void)
{
	uint64_t heard;

	pair_up1(6, "", "");
	CU_ASSERT_EQUAL(ask_alice(7), 1);
	heard = words1_sa(alice)->heard;
	CU_ASSERT_EQUAL(ask_alice(7), 1);
	CU_ASSERT_EQUAL(words1_sa(alice)->heard, heard);
	CU_ASSERT_EQUAL(ask_alice(6), 0);
	CU_ASSERT_EQUAL(ask_alice(8), 1);
	CU_ASSERT(words1_sa(alice)->heard > heard);
	pair_end();
}

/* --- somebody on the way --- */

#define KEPT_MAX	200

/* What one says, as he sent it; mallory says it again. */
static struct kept_datagram {
	struct endpoint	src, dst;
	bool		encap;
	uint8_t		data[1500];
	size_t		len;
} kept[KEPT_MAX];
static size_t n_kept;
static struct node *mallory;

static bool
keep(struct world *world, struct node *from, struct flight *f)
{
	struct kept_datagram *k = &kept[n_kept];

	(void)world;
	if (from != *(struct node **)world->arg || f->esp || n_kept == KEPT_MAX ||
	    f->len < 28 || f->len > sizeof(k->data))
		return true;
	n_kept++;
	k->src = f->src;
	k->dst = f->dst;
	k->encap = f->encap;
	k->len = f->len;
	memcpy(k->data, f->data, f->len);
	return true;
}

static void
again(const struct kept_datagram *k, const struct endpoint *src,
      const struct endpoint *dst)
{
	node_send(mallory, src, dst, k->encap, false, k->data, k->len);
}

/* All that he says comes back to him. */
static bool
reflect(struct world *world, struct node *from, struct flight *f)
{
	if (from == mallory || f->esp)
		return true;
	if (from != *(struct node **)world->arg)
		return false;
	node_send(mallory, &f->dst, &f->src, f->encap, false, f->data, f->len);
	return false;
}

static void
watch_what(struct node **of, bool (*tap)(struct world *, struct node *,
	   struct flight *))
{
	mallory = world_add(&w, "mallory", NULL);
	n_kept = 0;
	w.arg = of;
	w.tap = tap;
}

/* Our own question is no sign of life, nor is our own answer to it. */
static void
test_own_questions(void)
{
	pair_up(10, V1 ",\"dpd-action\":\"clear\",\"dpd-delay\":5,\"dpd-timeout\":30", V1);
	alice->idle_ms = UINT32_MAX;
	bob->down = true;
	watch_what(&alice, reflect);
	world_run(&w, 120000);
	CU_ASSERT(node_said(alice, "is dead"));
	CU_ASSERT(!node_up(alice, 1));
	pair_end();
}

/* Nor does the peer move to where it comes back from. */
static void
test_own_from_elsewhere(void)
{
	struct endpoint to, from;
	size_t i;

	pair_begin(11);
	bob->nat = bob->addr;
	bob->nat.b[3] = 77;
	bob->nat_port = 1000;
	pair_config(V1 ",\"peer\":null,\"dpd-action\":\"clear\",\"dpd-delay\":5", V1);
	CU_ASSERT_FATAL(pair_comes_up(2000));
	alice->idle_ms = UINT32_MAX;
	watch_what(&alice, keep);
	world_run(&w, 30000);
	w.tap = NULL;
	CU_ASSERT(n_kept > 2);
	from = (struct endpoint){ mallory->addr, 4500 };
	to = (struct endpoint){ alice->addr, 4500 };
	for (i = 0; i < n_kept; i++)
		again(&kept[i], &from, &to);
	world_run(&w, 1000);
	CU_ASSERT(!node_said(alice, "moved"));
	CU_ASSERT(addr_equal(&words1_sa(alice)->remote.addr, &bob->nat));
	pair_end();
}

/* So many message ids that the first is forgotten, and then the first once more from
 * elsewhere. */
static void
test_old_ones(void)
{
	struct endpoint to, from;
	unsigned int i;
	struct words1 s;

	pair_begin(12);
	bob->nat = bob->addr;
	bob->nat.b[3] = 77;
	bob->nat_port = 1000;
	pair_config(V1 ",\"peer\":null", V1);
	CU_ASSERT_FATAL(pair_comes_up(2000));
	watch_what(&bob, keep);
	CU_ASSERT(engine_command(bob->engine, w.now, ENGINE_REKEY_CHILD, 1,
	    NULL) == 0);
	world_run(&w, 30000);
	info1_notify(bob->engine, words1_sa(bob), N1_INVALID_COOKIE, 0);
	world_run(&w, 1000);
	w.tap = NULL;
	for (i = 0; i < 200; i++) {
		words1_begin(&s, bob, EXCH1_INFORMATIONAL, 0);
		build1_notify(&s.b, PROTO_IKE, N1_INVALID_FLAGS, NULL, 0, NULL, 0);
		words1_say(&s);
		world_run(&w, 10);
	}
	CU_ASSERT(n_kept > 3);
	node_forget(alice);
	from = (struct endpoint){ mallory->addr, 4500 };
	to = (struct endpoint){ alice->addr, 4500 };
	for (i = 0; i < n_kept; i++)
		again(&kept[i], &from, &to);
	world_run(&w, 1000);
	CU_ASSERT(!node_said(alice, "moved"));
	CU_ASSERT(addr_equal(&words1_sa(alice)->remote.addr, &bob->nat));
	CU_ASSERT(words1_sa(alice)->v1->quicks == NULL);
	pair_end();
}

/* Of bob's quick mode one message comes from elsewhere instead. */
static struct {
	unsigned int	n;		/* which, from 1 */
	bool		spoilt;		/* has another HASH */
} moved;

static bool
from_elsewhere(struct world *world, struct node *from, struct flight *f)
{
	const struct endpoint src = { mallory->addr, 4500 };

	(void)world;
	if (from != bob || f->len < 28 + 32 || f->data[18] != EXCH1_QUICK ||
	    moved.n == 0 || --moved.n != 0)
		return true;
	/* Of a CBC's second block, and a bit of the third: all of the HASH. */
	if (moved.spoilt)
		f->data[28 + 16] ^= 1;
	node_send(mallory, &src, &f->dst, f->encap, false, f->data, f->len);
	return false;
}

/* A NAT that has forgotten, or somebody else: the peer is where it speaks from when
 * that cannot have been said before. */
static void
test_elsewhere(void)
{
	static const struct {
		int line; unsigned int n; bool spoilt, moves;
	} rows[] = {
		{ __LINE__, 1, true, false }, { __LINE__, 1, false, false },
		{ __LINE__, 2, true, false }, { __LINE__, 2, false, true },
	};
	const struct addr *is;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pair_begin(50 + i);
		bob->nat = bob->addr;
		bob->nat.b[3] = 77;
		pair_config(V1 ",\"peer\":null", V1);
		CU_ASSERT_FATAL(pair_comes_up(2000));
		mallory = world_add(&w, "mallory", NULL);
		moved.n = rows[i].n;
		moved.spoilt = rows[i].spoilt;
		w.tap = from_elsewhere;
		pair_command(bob, ENGINE_REKEY_CHILD);
		world_run(&w, 100);
		CHECK_ROW(rows[i].line, moved.n == 0);
		is = &words1_sa(alice)->remote.addr;
		CHECK_ROW(rows[i].line, addr_equal(is, rows[i].moves ?
		    &mallory->addr : &bob->nat));
		CHECK_ROW(rows[i].line, node_said(alice, "moved") == rows[i].moves);
		pair_end();
	}
}

static bool
lose_one(struct world *world, struct node *from, struct flight *f)
{
	(void)f;
	if (from == bob)
		world->tap = NULL;
	return from != bob;
}

/* Somebody says in clear that bob has lost his keys, so that he is asked, and one answer
 * of his is lost: he is asked again before he is dead, however long before his turn to
 * be asked that was. */
static void
test_hint(void)
{
	struct ike_header h = { .exchange = EXCH1_INFORMATIONAL, .msgid = 77 };
	const struct ike_sa *sa;
	uint8_t msg[100];
	struct build b;
	size_t len;

	pair_up1(12, ",\"dpd-delay\":200,\"dpd-timeout\":60", ",\"dpd-action\":"
	    "\"disabled\"");
	alice->idle_ms = UINT32_MAX;
	world_run(&w, 100000);
	sa = words1_sa(bob);
	h.spi_i = sa->spi_i;
	h.spi_r = sa->spi_r;
	build1_begin(&b, msg, sizeof(msg), &h);
	build1_notify(&b, PROTO_IKE, N1_INVALID_COOKIE, NULL, 0, NULL, 0);
	len = build_end(&b);
	node_send(bob, &sa->local, &sa->remote, sa->encap, false, msg, len);
	w.tap = lose_one;
	world_run(&w, 10000);
	CU_ASSERT(w.tap == NULL);
	world_run(&w, 200000);
	CU_ASSERT(!node_said(alice, "is dead"));
	CU_ASSERT(both_up(&w));
	pair_end();
}

/* Our own quick mode is none of the peer's, when it is over, either. */
static void
test_own_quick(void)
{
	size_t i;

	pair_up1(16, "", "");
	watch_what(&alice, keep);
	pair_command(alice, ENGINE_REKEY_CHILD);
	world_run(&w, 400000);
	w.tap = NULL;
	CU_ASSERT(n_kept > 1 && words1_sa(alice)->v1->quicks == NULL);
	node_forget(alice);
	for (i = 0; i < n_kept; i++)
		again(&kept[i], &kept[i].dst, &kept[i].src);
	world_run(&w, 20);
	CU_ASSERT(words1_sa(alice)->v1->quicks == NULL && alice->log_len == 0);
	world_run(&w, 60000);
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

/* Our first message, come back: nobody speaks with himself. */
static void
test_own_first(void)
{
	struct engine_stats s;

	pair_begin(13);
	watch_what(&bob, reflect);
	node_config(bob, bob_entry(V1 ",\"remote-id\":null"));
	world_run(&w, 100);
	engine_get_stats(bob->engine, &s);
	CU_ASSERT_EQUAL(s.half_open, 0);
	CU_ASSERT_EQUAL(s.ike_sas, 1);
	pair_end();
}

/* With our cookie as its own; then with our public value. */
static unsigned int further;

static bool
mirror(struct world *world, struct node *from, struct flight *f)
{
	uint8_t copy[1500];

	if (from == mallory || f->esp || f->len > sizeof(copy))
		return true;
	if (f->data[16] == 1) {			/* SA */
		if (*(struct node **)world->arg != bob)
			return true;		/* bob and alice agree on that */
		memcpy(copy, f->data, f->len);
		memcpy(copy + 8, copy, 8);
		node_send(mallory, &f->dst, &f->src, f->encap, false, copy, f->len);
		return false;
	}
	if (from != bob)
		return false;
	if (f->data[16] != 4 || *(struct node **)world->arg == bob) {
		further++;			/* KE is answered by its like */
		return false;
	}
	node_send(mallory, &f->dst, &f->src, f->encap, false, f->data, f->len);
	return false;
}

static void
test_mirror(void)
{
	static const char one[] = V1 ",\"ike\":{\"cipher\":[\"aes128\"],"
	    "\"auth\":[\"sha256\"],\"dh\":[\"modp2048\"]}";
	struct node **who[] = { &bob, &alice };
	size_t i;

	for (i = 0; i < 2; i++) {
		pair_begin(14 + i);
		watch_what(who[i], mirror);
		further = 0;
		pair_config(one, one);
		world_run(&w, 3000);
		CHECK_ROW((int)i, further == 0);
		pair_end();
	}
}

/* First messages that nobody follows up, from everywhere and as if from the peer: it
 * still gets in. */
static void
flood(const struct kept_datagram *first, bool as_bob, unsigned int n)
{
	struct kept_datagram k = *first;
	struct endpoint src = k.src;
	unsigned int i;

	for (i = 0; i < n; i++) {
		memcpy(k.data, &i, sizeof(i));
		if (!as_bob) {
			src.addr.b[1] = (uint8_t)i;
			src.addr.b[2] = (uint8_t)(i >> 8);
		}
		again(&k, &src, &k.dst);
		world_run(&w, 20);
	}
}

static void
test_flood(void)
{
	static const char any[] = V1 ",\"peer\":null";
	struct engine_stats s;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		pair_begin(20 + i);
		alice->set.half_open_max = 256;		/* as ipsecd has it */
		node_stop(alice);
		node_start(alice);
		watch_what(&bob, keep);
		node_config(bob, bob_entry(V1));
		world_run(&w, 100);
		CU_ASSERT_FATAL(n_kept > 0);
		w.tap = NULL;
		node_stop(bob);
		node_config(alice, alice_entry(any));
		flood(&kept[0], i == 1, 600);
		engine_get_stats(alice->engine, &s);
		CHECK_ROW((int)i, s.half_open <= alice->set.half_open_max);
		node_start(bob);
		node_config(bob, bob_entry(V1));
		flood(&kept[0], i == 1, 400);
		CHECK_ROW((int)i, node_up(alice, 1) && node_up(bob, 1));
		pair_end();
	}
}

/* Who shows our cookie each time, and never proves who it is. */
static const struct kept_datagram *third;

static bool
go_on(struct world *world, struct node *from, struct flight *f)
{
	struct kept_datagram k = *third;

	(void)world;
	if (from != alice || f->esp || f->len < 28 || f->data[16] != 1 ||
	    !addr_equal(&f->dst.addr, &mallory->addr))
		return true;
	memcpy(k.data, f->data, 16);
	again(&k, &f->dst, &f->src);
	return false;
}

static void
test_tireless(void)
{
	struct kept_datagram first;
	struct endpoint src;
	struct engine_stats s;
	unsigned int i;

	pair_begin(30);
	alice->set.half_open_max = 256;
	node_stop(alice);
	node_start(alice);
	watch_what(&bob, keep);
	pair_config(V1 ",\"peer\":null", V1);
	CU_ASSERT_FATAL(pair_comes_up(2000) && n_kept > 2);
	first = kept[0];
	third = &kept[1];
	CU_ASSERT_FATAL(third->data[16] == 4);		/* KE */
	node_stop(bob);
	w.tap = go_on;
	src = (struct endpoint){ mallory->addr, 500 };
	for (i = 0; i < 400; i++) {
		memcpy(first.data, &i, sizeof(i));
		again(&first, &src, &first.dst);
		world_run(&w, 10);
	}
	engine_get_stats(alice->engine, &s);
	CU_ASSERT(s.half_open >= 256);		/* these it was */
	node_start(bob);
	node_config(bob, bob_entry(V1));
	world_run(&w, 2000);
	CU_ASSERT(node_up(bob, 1));
	pair_end();
}

/* The peer calls again and again, has no dead peer detection, and says nothing on what
 * comes of it: there are not more and more. */
static void
test_caller(void)
{
	static struct puppet1 p;
	struct engine_stats s;
	unsigned int i;

	world_init(&w, 40);
	alice = world_add(&w, "alice", "192.0.2.1");
	node_config(alice, alice_entry(V1 ",\"dpd-action\":\"disabled\""));
	for (i = 0; i < 30; i++) {
		puppet1_init(&p, &w, alice, "192.0.2.2");
		CU_ASSERT_FATAL(puppet1_meet(&p, "correct horse"));
		CU_ASSERT(puppet1_authenticate(&p, "bob"));
		puppet1_fini(&p);
		world_run(&w, 10000);
	}
	engine_get_stats(alice->engine, &s);
	CU_ASSERT(s.ike_sas <= 4);
	world_fini(&w);
}

UNIT_MAIN("hostile IKEv1",
	{ "a public value that is none", test_bad_value },
	{ "transport mode", test_transport },
	{ "the same question again", test_same_number },
	{ "our own questions", test_own_questions },
	{ "our own, from elsewhere", test_own_from_elsewhere },
	{ "old messages from elsewhere", test_old_ones },
	{ "quick mode from elsewhere", test_elsewhere },
	{ "a hint", test_hint },
	{ "our own quick mode", test_own_quick },
	{ "our own first message", test_own_first },
	{ "a mirror", test_mirror },
	{ "a flood", test_flood },
	{ "a tireless stranger", test_tireless },
	{ "a tireless caller", test_caller })
