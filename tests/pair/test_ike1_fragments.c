/*
 * IKE fragmentation of IKEv1, by vendor id: between two engines on networks of all
 * kinds, and with a peer, or somebody on the way, whose fragments fit no message.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/wire/numbers1.h"
#include "pair.h"
#include "puppet1.h"
#include "store.h"
#include "tests/unit.h"

#define V1	",\"version\":\"1\""
#define CERT	V1 ",\"method\":\"cert\",\"certificate\":\"own\",\"ca\":\"corp\""
#define WALL	1700000000	/* of the world's beginning */
#define AROUND	(20 + 8)

/* A first message that is short enough for any path, and long ones after it. */
#define IKE_LONG ",\"ike\":{\"cipher\":[\"aes128\"],\"auth\":[\"sha256\"]," \
	"\"dh\":[\"modp2048\"]}"
#define ESP_LONG ",\"esp\":{\"cipher\":[\"aes128\"],\"auth\":[\"sha256\"]," \
	"\"dh\":[\"modp4096\"]}"

/* --- two engines --- */

static unsigned int fragments, longest, limit;

static bool
is_fragment(const struct flight *f)
{
	return f->len > IKE_HDR_LEN && f->data[16] == WIRE1_FRAGMENT;
}

/* Before it nobody knows what the other can. */
static bool
is_first(const struct flight *f)
{
	static const uint8_t none[8];

	return memcmp(f->data + 8, none, 8) == 0;
}

/* Counts, and loses what is too long for the path. */
static bool
measure(struct world *world, struct node *from, struct flight *f)
{
	unsigned int len = (unsigned int)f->len + AROUND + (f->encap ? 4 : 0);

	(void)world;
	(void)from;
	fragments += is_fragment(f);
	if (len > longest && !is_first(f))
		longest = len;
	return limit == 0 || len <= limit;
}

static void
begin_pair(uint64_t seed, uint16_t size)
{
	struct node *n;

	pair_begin(seed);
	for (n = w.node; n < w.node + w.n; n++) {
		n->set.datagram_max = size;
		node_stop(n);
		node_start(n);
	}
	fragments = longest = limit = 0;
	w.tap = measure;
}

static struct pki_cert *root, *inter, *alices, *bobs;

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
	return pki_make(&(struct pki_spec){ .issuer = inter, .key = "rsa2048",
	    .subject = subject, .san = many });
}

static void
equip(struct node *n, const struct pki_cert *own)
{
	store_own(n, "own", own, inter, NULL);
	store_ca(n, "corp", root);
	store_known(n);
}

/* With certificates. */
static void
begin_cert(uint64_t seed, uint16_t size)
{
	pki_set_now(WALL);
	if (root == NULL) {
		root = pki_root("CN=Root, O=Example");
		inter = pki_inter(root, "CN=Sub CA, O=Example");
		alices = big_cert("alice");
		bobs = big_cert("bob");
	}
	begin_pair(seed, size);
	equip(alice, alices);
	equip(bob, bobs);
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

	begin_pair(1, 300);
	pair_config(groups, groups);
	CU_ASSERT(pair_comes_up(5000));
	CU_ASSERT(fragments >= 8);	/* of main mode and quick mode */
	rekey(bob, ENGINE_REKEY_CHILD);
	rekey(alice, ENGINE_REKEY_CHILD);
	fragments = 0;
	rekey(alice, ENGINE_REKEY_IKE);
	CU_ASSERT(fragments >= 4);
	/* The successor goes on like that. */
	fragments = 0;
	rekey(bob, ENGINE_REKEY_CHILD);
	CU_ASSERT(fragments >= 4 && longest <= 300);
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

/* What fits is not cut. */
static void
test_usual(void)
{
	begin_pair(2, 0);
	pair_config(V1, V1);
	CU_ASSERT(pair_comes_up(5000));
	CU_ASSERT(fragments == 0);
	pair_end();
}

static void
test_certificates(void)
{
	begin_cert(3, 0);
	pair_config(CERT, CERT);
	CU_ASSERT(pair_comes_up(5000));
	CU_ASSERT(fragments >= 6 && longest <= 1280);
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
	return measure(world, from, f);
}

static void
test_without(void)
{
	begin_cert(4, 0);
	w.tap = hide_vendor;
	pair_config(CERT, CERT);
	CU_ASSERT(pair_comes_up(5000));
	CU_ASSERT(fragments == 0 && longest > 2000);
	pair_end();
}

/* --- networks --- */

static void
test_narrow_path(void)
{
	begin_cert(5, 0);
	limit = 600;
	pair_config(CERT IKE_LONG, CERT IKE_LONG);
	CU_ASSERT(pair_comes_up(60000));
	CU_ASSERT(node_said(bob, "datagrams of 576"));
	CU_ASSERT(node_said(alice, "datagrams of 576"));
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

/* It has become narrow since: quick modes have a key exchange of their own. */
static void
test_narrower(void)
{
	struct node *n;

	begin_pair(6, 0);
	pair_config(V1 ESP_LONG, V1 ESP_LONG);
	CU_ASSERT(pair_comes_up(5000));
	for (n = w.node; n < w.node + 2; n++) {
		limit = 600;
		node_forget(n);
		rekey(n, ENGINE_REKEY_CHILD);
		CU_ASSERT(node_said(n, "rekeyed"));
		limit = 0;
		world_run(&w, 60000);
		CU_ASSERT(pair_is_tidy());
	}
	CU_ASSERT(fragments >= 2);
	pair_end();
}

static void
test_bad_network(void)
{
	uint64_t seed;

	for (seed = 10; seed < 40; seed++) {
		begin_pair(seed, 280);
		w.loss = 15;
		w.dup = 20;
		w.reorder = 40;
		pair_config(V1, V1);
		CHECK_ROW((int)seed, pair_comes_up(900000));
		w.loss = w.dup = w.reorder = 0;
		world_run(&w, 300000);
		CHECK_ROW((int)seed, pair_is_tidy());
		pair_end();
	}
}

/* One fragment of either end is lost: the whole message comes again. */
static unsigned int lost;
static struct node *loser;

static bool
lose_one(struct world *world, struct node *from, struct flight *f)
{
	if (from == loser && is_fragment(f) && lost > 0 && --lost == 0)
		return false;
	return measure(world, from, f);
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

	if (inside || f->len > sizeof(copy) || !is_fragment(f))
		return measure(world, from, f);
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
	return measure(world, from, f);
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
		w.tap = measure;
		CHECK_ROW((int)forgery, pair_comes_up(300000));
		CHECK_ROW((int)forgery, pair_is_tidy());
		pair_end();
	}
}

/* --- one engine and a puppet --- */

static struct puppet1 p;
static uint8_t whole[PUPPET1_MAX];
static size_t whole_len;
static uint16_t part_id;
static struct ike_header part_header;

static void
begin_alone(bool announce)
{
	world_init(&w, 42);
	alice = world_add(&w, "alice", "192.0.2.1");
	node_config(alice, alice_entry(V1));
	puppet1_init(&p, &w, alice, "192.0.2.2");
	p.fragments = announce;
	CU_ASSERT_FATAL(puppet1_meet(&p, "correct horse"));
	part_id = 1;
}

static void
begin_up(bool announce)
{
	begin_alone(announce);
	CU_ASSERT_FATAL(puppet1_authenticate(&p, "bob"));
	puppet1_forget(&p);
}

static void
end_alone(void)
{
	puppet1_fini(&p);
	world_fini(&w);
}

/* What was to be sent goes in fragments. */
static void
cut(void)
{
	CU_ASSERT_FATAL(p.len != 0 &&
	    header_parse(&part_header, p.buf, p.len, NULL) == 0);
	memcpy(whole, p.buf, p.len);
	whole_len = p.len;
	puppet1_forget(&p);
}

/* p.heard goes on counting. */
static void
raw_part(unsigned int number, bool last, const void *data, size_t len)
{
	p.len = build1_fragment(&p.b, p.buf, sizeof(p.buf), &part_header, part_id,
	    (uint8_t)number, last, data, len);
	engine_input(alice->engine, w.now, &p.remote, &p.local, p.encap, p.buf,
	    p.len);
	world_run(&w, 1);
}

static void
part(unsigned int number, unsigned int total)
{
	size_t each = (whole_len + total - 1) / total, at = (number - 1) * each;

	raw_part(number, number == total, whole + at,
	    number == total ? whole_len - at : each);
}

/* Are you there? */
static void
cut_probe(void)
{
	uint8_t cookies[16], seq[4];
	static uint32_t msgid;
	struct wbuf b;

	wbuf_init(&b, cookies, sizeof(cookies));
	wbuf_u64(&b, p.spi_i);
	wbuf_u64(&b, p.spi_r);
	wbuf_init(&b, seq, sizeof(seq));
	wbuf_u32(&b, ++msgid);
	puppet1_begin(&p, EXCH1_INFORMATIONAL, msgid);
	puppet1_hash(&p);
	build1_notify(&p.b, PROTO_IKE, N1_R_U_THERE, cookies, 16, seq, 4);
	puppet1_seal(&p, 1);
	cut();
}

static bool
answered(void)
{
	const struct payload *n = p.m.n > 0 ? message_find(&p.m, PL_NOTIFY) : NULL;

	return p.heard == 1 && n != NULL && n->notify.type == N1_R_U_THERE_ACK;
}

/* In any order, some twice; answered once. */
static void
test_order(void)
{
	static const unsigned int orders[][7] = {
		{ 1, 2, 3, 4 }, { 4, 3, 2, 1 }, { 2, 2, 1, 4, 1, 3 },
		{ 1, 1, 3, 3, 4, 2 }, { 3, 4, 1, 3, 4, 2 },
	};
	size_t i, k;

	begin_up(true);
	for (i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		part_id++;
		cut_probe();
		for (k = 0; orders[i][k] != 0; k++) {
			CHECK_ROW((int)i, p.heard == 0);
			part(orders[i][k], 4);
		}
		CHECK_ROW((int)i, answered());
	}
	end_alone();
}

/* Its proof, of whom nobody knows who it is: 5, and what answers it once more. */
static void
test_auth(void)
{
	uint8_t answer[PUPPET1_MAX];
	size_t len;

	begin_alone(true);
	puppet1_begin(&p, EXCH1_MAIN, 0);
	puppet1_build_auth(&p, "bob");
	puppet1_seal(&p, 0);
	cut();
	part_header.flags = 0;
	part(2, 3);
	part(3, 3);
	CU_ASSERT(p.heard == 0 && !node_said(alice, "established"));
	part(1, 3);
	CU_ASSERT_FATAL(p.heard == 1 && p.m.n > 0);
	CU_ASSERT(node_said(alice, "established"));
	memcpy(answer, p.got, p.got_len);
	len = p.got_len;
	part(1, 2);			/* cut otherwise, under another id */
	puppet1_forget(&p);
	part_id++;
	part(1, 2);
	part(2, 2);
	CU_ASSERT(p.heard == 1 && p.got_len == len &&
	    memcmp(p.got, answer, len) == 0);
	end_alone();
}

static void
test_not_agreed(void)
{
	begin_up(false);
	cut_probe();
	part(1, 2);
	part(2, 2);
	CU_ASSERT(p.heard == 0);
	end_alone();
}

/* Some give all their messages the same id: a fragment that comes late, or twice,
 * is not taken for one of the next. */
static void
test_same_id(void)
{
	uint32_t msgid;

	begin_up(true);
	cut_probe();
	part(1, 2);
	part(2, 2);
	CU_ASSERT(answered());
	part(1, 2);
	msgid = part_header.msgid;
	cut_probe();
	part_header.msgid = msgid;	/* 0 for all in main mode */
	part(1, 2);
	part(2, 2);
	CU_ASSERT(answered());
	end_alone();
}

static void
test_numbers(void)
{
	static const struct {
		int line; uint8_t number; bool last; size_t len;
	} rows[] = {
		{ __LINE__, 0, false, 20 }, { __LINE__, 0, true, 20 },
		{ __LINE__, 97, false, 20 }, { __LINE__, 255, true, 20 },
		{ __LINE__, 1, false, 0 }, { __LINE__, 1, true, 0 },
		{ __LINE__, 1, true, 20 },	/* too short for a message */
		{ __LINE__, 2, true, 20 },	/* in the way of what follows */
		{ __LINE__, 96, true, 20 }, { __LINE__, 5, false, 20 },
	};
	size_t i;

	begin_up(true);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cut_probe();
		raw_part(rows[i].number, rows[i].last, whole, rows[i].len);
		CHECK_ROW(rows[i].line, p.heard == 0);
		part_id++;
		part(1, 3);
		part(2, 3);
		CHECK_ROW(rows[i].line, p.heard == 0);
		part(3, 3);
		CHECK_ROW(rows[i].line, answered());
	}
	end_alone();
}

/* What is inside is one message, of the same IKE_SA. */
static void
test_inside(void)
{
	uint8_t inner[PUPPET1_MAX];

	begin_up(true);
	cut_probe();
	raw_part(1, true, whole, whole_len - 1);
	part_id++;
	whole[3] ^= 1;
	part(1, 2);
	part(2, 2);
	CU_ASSERT(p.heard == 0);
	whole[3] ^= 1;
	part_id++;
	part(1, 1);			/* one is enough */
	CU_ASSERT(answered());
	/* A fragment in a fragment. */
	cut_probe();
	part(1, 1);
	CU_ASSERT(answered());
	cut_probe();
	p.len = build1_fragment(&p.b, inner, sizeof(inner), &part_header, 77, 1,
	    true, whole, whole_len);
	raw_part(1, true, inner, p.len);
	CU_ASSERT(p.heard == 0);
	part_id++;
	part(1, 2);
	part(2, 2);
	CU_ASSERT(answered());
	end_alone();
}

/* --- memory and time --- */

static void
test_endless(void)
{
	static const uint8_t zeros[3900];
	unsigned int i;

	begin_up(true);
	engine_watch(alice->engine, true);
	cut_probe();
	for (i = 1; i <= 96; i++)
		raw_part(i, false, zeros, sizeof(zeros));
	CU_ASSERT(p.heard == 0 && alice->seen.dropped == 96 - 32768 / 3900);
	/* Of another message, which has all the room. */
	part_id++;
	part(1, 2);
	part(2, 2);
	CU_ASSERT(answered());
	end_alone();
}

static void
test_expiry(void)
{
	begin_up(true);
	cut_probe();
	part(1, 2);
	world_run(&w, 31000);
	puppet1_forget(&p);
	part(2, 2);
	CU_ASSERT(p.heard == 0);
	part(1, 2);
	CU_ASSERT(answered());
	/* An SA that goes takes its fragments with it. */
	cut_probe();
	part(1, 2);
	end_alone();
}

/* Half an IKE_SA of a stranger, and as much in fragments as it may have. */
static void
hoard(uint32_t n)
{
	static const uint8_t zeros[3900];
	struct algs conf = { .ike1 = true };
	const struct sa1_terms terms = { .auth = AUTH1_PSK, .life_s = 28800 };
	struct offer o;
	unsigned int i;

	memcpy(p.local.addr.b + 1, &n, 3);
	p.spi_i = 0x1000 + n;
	p.spi_r = 0;
	offer_init(&o, OFFER_IKE, &conf, false);
	puppet1_clear(&p, EXCH1_MAIN, 0);
	build1_sa(&p.b, o.p, o.n, &terms);
	vendor_build(&p.b, VENDOR_FRAGMENTATION);
	p.len = build_end(&p.b);
	puppet1_say(&p);
	CU_ASSERT_FATAL(p.heard == 1 && p.m.n > 0);
	part_header = (struct ike_header){ .spi_i = p.spi_i,
	    .spi_r = p.m.hdr.spi_r, .exchange = EXCH1_MAIN };
	for (i = 1; i <= 8; i++)
		raw_part(i, false, zeros, sizeof(zeros));
}

/* All strangers together have 16 MB, and that for half a minute. */
static void
test_strangers(void)
{
	const unsigned int enough = (16 << 20) / (8 * 3900);
	unsigned int i;

	world_init(&w, 43);
	alice = world_add(&w, "alice", "192.0.2.1");
	alice->set.half_open_max = 1000;
	node_stop(alice);
	node_start(alice);
	node_config(alice, alice_entry(V1 ",\"peer\":null"));
	puppet1_init(&p, &w, alice, "192.0.2.2");
	engine_watch(alice->engine, true);
	part_id = 1;
	for (i = 0; i < enough; i++)
		hoard(i);
	CU_ASSERT_EQUAL(alice->seen.dropped, 0);
	hoard(enough);
	hoard(enough + 1);
	CU_ASSERT(alice->seen.dropped > 8);
	world_run(&w, 31000);
	alice->seen.dropped = 0;
	hoard(enough + 2);
	CU_ASSERT_EQUAL(alice->seen.dropped, 0);
	end_alone();
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
	{ "forged", test_forged },
	{ "any order", test_order },
	{ "a proof in fragments", test_auth },
	{ "not agreed on", test_not_agreed },
	{ "one id for all", test_same_id },
	{ "numbers that make no sense", test_numbers },
	{ "what is inside", test_inside },
	{ "endless", test_endless },
	{ "expiry", test_expiry },
	{ "strangers' memory", test_strangers })
