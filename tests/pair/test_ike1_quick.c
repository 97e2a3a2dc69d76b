/*
 * Quick modes of IKEv1 (RFC 2409 5.5), between two engines: with and without PFS,
 * from both ends, lost, doubled and reordered, refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/context.h"
#include "ike/ike1/phase1.h"
#include "ike/ike1/quick.h"
#include "ike/tunnel.h"
#include "pair.h"
#include "seen.h"
#include "tests/unit.h"
#include "words1.h"

static void
test_up(void)
{
	pair_up1(1, "", "");
	CU_ASSERT(pair_is_tidy());
	CU_ASSERT_EQUAL(w.sent, 9);
	world_run(&w, 300000);
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

/* Every suite of ESP, with and without a key exchange of its own. */
static void
test_suites(void)
{
	static const char *const esps[] = {
		"\"cipher\":[\"aes128gcm16\"]",
		"\"cipher\":[\"aes256gcm16\"],\"dh\":[\"modp2048\"]",
		"\"cipher\":[\"aes256\"],\"auth\":[\"sha512\"],\"dh\":[\"ecp384\"]",
		"\"cipher\":[\"aes128\"],\"auth\":[\"sha1\"],\"dh\":[\"modp1024\"]",
		"\"cipher\":[\"aes256ctr\"],\"auth\":[\"sha384\"]",
	};
	char more[256];
	size_t i;

	for (i = 0; i < sizeof(esps) / sizeof(esps[0]); i++) {
		snprintf(more, sizeof(more), ",\"esp\":{%s}", esps[i]);
		pair_up1(10 + i, more, more);
		CU_ASSERT(pair_is_tidy());
		pair_command(i % 2 != 0 ? alice : bob, ENGINE_REKEY_CHILD);
		world_run(&w, 60000);
		CU_ASSERT(pair_is_tidy());
		CU_ASSERT(node_said(bob, "rekeyed"));
		pair_end();
	}
}

/* --- on a bad network --- */

static void
test_bad_network(void)
{
	uint64_t seed;

	for (seed = 0; seed < 24; seed++) {
		pair_begin(100 + seed);
		w.loss = seed & 1 ? 20 : 0;
		w.dup = seed & 2 ? 50 : 0;
		w.reorder = seed & 4 ? 50 : 0;
		alice->latency = seed & 8 ? 40 : 0;
		bob->latency = seed & 16 ? 40 : 0;
		pair_config(V1, V1);
		CU_ASSERT(pair_comes_up(600000));
		w.loss = w.dup = w.reorder = 0;
		world_run(&w, 300000);
		CU_ASSERT(pair_is_tidy());
		pair_end();
	}
}

/* The last message of either end is lost, again and again. */
static struct node *loser;
static unsigned int lose_from, lose_n, seen_n;

static bool
lose_quick(struct world *world, struct node *from, struct flight *f)
{
	(void)world;
	if (from != loser || f->len < 28 || f->data[18] != 32)
		return true;
	seen_n++;
	return seen_n < lose_from || seen_n >= lose_from + lose_n;
}

static void
test_lost(void)
{
	static const struct { int line; bool bobs; unsigned int from, n; } rows[] = {
		{ __LINE__, true, 1, 1 },	/* message 1 */
		{ __LINE__, true, 1, 4 },
		{ __LINE__, false, 1, 1 },	/* 2 */
		{ __LINE__, false, 1, 4 },
		{ __LINE__, true, 2, 1 },	/* 3 */
		{ __LINE__, true, 2, 4 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pair_begin(200 + i);
		loser = rows[i].bobs ? bob : alice;
		lose_from = rows[i].from;
		lose_n = rows[i].n;
		seen_n = 0;
		w.tap = lose_quick;
		pair_config(V1, V1);
		world_run(&w, 60000);
		CHECK_ROW(rows[i].line, both_up(&w));
		world_run(&w, 60000);	/* alice has begun one as well */
		CHECK_ROW(rows[i].line, both_up(&w) && pair_is_tidy());
		CHECK_ROW(rows[i].line, seen_n > rows[i].n);
		pair_end();
	}
}

/* --- what is agreed on --- */

static void
differ(uint64_t seed, const char *alices, const char *bobs, const char *alice_says,
       const char *bob_says)
{
	char a[512], b[512];

	pair_begin(seed);
	snprintf(a, sizeof(a), V1 "%s", alices);
	snprintf(b, sizeof(b), V1 "%s", bobs);
	pair_config(a, b);
	world_run(&w, 20000);
	CU_ASSERT(node_is(bob, 1, "down-ike-established") ||
	    node_is(bob, 1, "down-connecting"));
	CU_ASSERT(!node_up(alice, 1) && alice->sas == NULL && bob->sas == NULL);
	CU_ASSERT(seen_said(alice, alice_says));
	CU_ASSERT(seen_said(bob, bob_says));
	pair_end();
}

static void
test_refusals(void)
{
	differ(300, ",\"esp\":{\"cipher\":[\"aes256gcm16\"]}",
	    ",\"esp\":{\"cipher\":[\"aes128\"],\"auth\":[\"sha256\"]}",
	    "no common ESP proposal", "NO_PROPOSAL_CHOSEN");
	differ(301, ",\"esp\":{\"cipher\":[\"aes256gcm16\"],\"dh\":[\"ecp256\"]}",
	    ",\"esp\":{\"cipher\":[\"aes256gcm16\"]}",
	    "refused the peer's CHILD_SA", "NO_PROPOSAL_CHOSEN");
	differ(302, "", ",\"local-subnet\":[\"10.0.3.0/24\"]",
	    "traffic selectors do not match: the peer wants 10.0.1.0/24 here and "
	    "10.0.3.0/24 there", "subnets");
	/* More than we have is not cut to what we have: IKEv1 cannot say so. */
	differ(303, "", ",\"local-subnet\":[\"10.0.0.0/16\"]",
	    "traffic selectors do not match", "subnets");
}

/* Of several groups one is offered after the other, and then the one that the peer
 * took. */
static void
test_groups(void)
{
	struct err e = ERR_INIT;
	unsigned int sent;

	pair_up1(305, ",\"esp\":{\"cipher\":[\"aes128gcm16\"],\"dh\":[\"modp2048\"]}",
	    ",\"esp\":{\"cipher\":[\"aes128gcm16\"],\"dh\":[\"ecp384\",\"ecp256\","
	    "\"modp2048\"]}");
	CU_ASSERT(strstr(node_state(bob, 1), "AES_GCM_16-128/MODP_2048") != NULL);
	CU_ASSERT(pair_is_tidy());
	/* Message 3 may be asked for again; the private value is of no use any more. */
	CU_ASSERT_FATAL(words1_sa(bob)->v1->quicks != NULL);
	CU_ASSERT(words1_sa(bob)->v1->quicks->ke == NULL);
	CU_ASSERT(!node_said(bob, "NO_PROPOSAL_CHOSEN"));
	sent = w.sent;
	CU_ASSERT(engine_command(bob->engine, w.now, ENGINE_REKEY_CHILD, 1, &e)
	    == 0);
	world_run(&w, 5000);
	CU_ASSERT_EQUAL(w.sent, sent + 3);
	pair_end();
	/* By default without; with one that the peer wants. */
	pair_up1(306, ",\"esp\":{\"cipher\":[\"aes128gcm16\"],\"dh\":[\"modp2048\"]}", "");
	CU_ASSERT(strstr(node_state(bob, 1), "AES_GCM_16-128/MODP_2048") != NULL);
	pair_end();
}

/* No random numbers for the next one when a group is refused: that is no end. */
static struct engine_ops poor;

static bool
no_random(void *ctx, void *p, size_t len)
{
	(void)ctx;
	(void)p;
	(void)len;
	return false;
}

static bool
poor_bob(struct world *world, struct node *from, struct flight *f)
{
	(void)world;
	if (from == alice && f->len >= 28 && f->data[18] == EXCH1_INFORMATIONAL &&
	    bob->engine->ops != &poor) {
		poor = *bob->engine->ops;
		poor.random = no_random;
		bob->engine->ops = &poor;
	}
	return true;
}

static void
test_no_next_group(void)
{
	const struct engine_ops *ops;

	pair_begin(307);
	ops = bob->engine->ops;
	w.tap = poor_bob;
	pair_config(V1 ",\"esp\":{\"cipher\":[\"aes128gcm16\"],\"dh\":[\"modp2048\"]}",
	    V1 ",\"esp\":{\"cipher\":[\"aes128gcm16\"],\"dh\":[\"ecp384\","
	    "\"modp2048\"]}");
	world_run(&w, 2000);
	CU_ASSERT(bob->engine->ops == &poor);
	CU_ASSERT(!node_up(bob, 1));
	w.tap = NULL;
	bob->engine->ops = ops;
	CU_ASSERT(pair_comes_up(60000));
	pair_end();
}

/* Less than we have is no more than we allow. */
static void
test_narrower(void)
{
	pair_up1(310, "", ",\"local-subnet\":[\"10.0.2.128/25\"]");
	CU_ASSERT(strstr(node_state(alice, 1), "10.0.2.128/25") != NULL);
	CU_ASSERT(node_said(alice, "narrowed to 10.0.1.0/24 === 10.0.2.128/25"));
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

static void
test_inner_ipv6(void)
{
	pair_up1(320, ",\"local-subnet\":[\"2001:db8:1::/64\"],\"remote-subnet\":"
	    "[\"2001:db8:2::1/128\"]", ",\"local-subnet\":[\"2001:db8:2::1/128\"],"
	    "\"remote-subnet\":[\"2001:db8:1::/64\"]");
	CU_ASSERT(strstr(node_state(bob, 1), "2001:db8:1::/64") != NULL);
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

/* Behind a NAT: ESP in UDP, agreed on by its number. */
static void
test_nat(void)
{
	struct err e = ERR_INIT;

	pair_begin(330);
	CU_ASSERT(addr_parse(&bob->nat, "198.51.100.7") == 0);
	bob->nat_port = 1000;
	node_config(alice, alice_entry(V1 ",\"peer\":\"198.51.100.7\",\"remote-id\":"
	    "{\"value\":\"bob\"}"));
	node_config(bob, bob_entry(V1));
	CU_ASSERT(pair_comes_up(20000));
	CU_ASSERT(node_sa(alice, 1, false)->sa.udp_encap);
	CU_ASSERT(node_sa(bob, 1, true)->sa.udp_encap);
	CU_ASSERT(engine_command(alice->engine, w.now, ENGINE_REKEY_CHILD, 1, &e)
	    == 0);
	world_run(&w, 60000);
	CU_ASSERT(node_said(bob, "rekeyed"));
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

/* Bob's first message has not the best of these, so many. */
static unsigned int unknown;
static uint8_t last_ke;			/* the last payload of a message with KE */

static uint8_t
last_payload(const struct flight *f)
{
	uint8_t next = f->data[16], last = 0;
	size_t at = 28;

	for (; next != 0 && at + 4 <= f->len; next = f->data[at], at +=
	    (size_t)(f->data[at + 2] << 8 | f->data[at + 3]))
		last = next;
	return last;
}

static bool
older(struct world *world, struct node *from, struct flight *f)
{
	static const enum vendor kinds[] = { VENDOR_NATT_RFC, VENDOR_NATT_03,
	    VENDOR_NATT_02N, VENDOR_NATT_02 };
	const struct ike_header h = { .exchange = EXCH1_MAIN };
	uint8_t msg[100], *id;
	unsigned int i;
	struct build b;

	(void)world;
	for (i = 0; from == bob && f->data[16] == WIRE1_SA && i < unknown; i++) {
		build1_begin(&b, msg, sizeof(msg), &h);
		vendor_build(&b, kinds[i]);
		id = memmem(f->data, f->len, msg + 32, 16);
		CU_ASSERT_FATAL(build_end(&b) != 0 && id != NULL);
		id[15] ^= 1;
	}
	if (f->data[18] == EXCH1_MAIN && f->data[16] == WIRE1_KE)
		last_ke = last_payload(f);
	return true;
}

/* The mode that the last SA payload has which alice or bob read in a quick mode. */
static uint16_t modes[2];

static void
note_mode(struct world *world, struct node *n)
{
	const struct message *m = n != NULL ? &n->engine->msg : NULL;

	(void)world;
	if (m != NULL && m->shape == SHAPE1_QM_SA)
		modes[n == bob] = message_find(m, PL_SA)->sa.v1[0].mode;
}

/* ESP in UDP and NAT-D have other numbers for a peer that knows the drafts alone. */
static void
test_drafts(void)
{
	static const struct {
		int line; unsigned int unknown; uint8_t natd; uint16_t mode;
	} rows[] = {
		{ __LINE__, 0, WIRE1_NATD, 3 },
		{ __LINE__, 1, WIRE1_NATD_DRAFT, 61443 },
		{ __LINE__, 2, WIRE1_NATD_DRAFT, 61443 },
		{ __LINE__, 3, WIRE1_NATD_DRAFT, 61443 },
		{ __LINE__, 4, WIRE1_NONCE, 1 },
	};
	size_t i;

	for (i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		pair_begin(340 + i);
		bob->nat = bob->addr;
		bob->nat.b[3] = 77;
		unknown = rows[i / 2].unknown;
		w.tap = older;
		w.after = note_mode;
		pair_config(V1 ",\"peer\":null", V1);
		CHECK_ROW(rows[i / 2].line, pair_comes_up(20000));
		CHECK_ROW(rows[i / 2].line, last_ke == rows[i / 2].natd);
		CHECK_ROW(rows[i / 2].line, modes[0] == rows[i / 2].mode);
		modes[0] = modes[1] = 0;
		pair_command(i % 2 == 0 ? alice : bob, ENGINE_REKEY_CHILD);
		world_run(&w, 5000);
		CHECK_ROW(rows[i / 2].line, modes[0] == rows[i / 2].mode &&
		    modes[1] == rows[i / 2].mode);
		w.after = NULL;
		pair_end();
	}
}

/* --- what anybody can send --- */

/* The SPIs of phase 1 are in every message: who sees one can send in clear. */
static struct flight *last;

static bool
remember(struct world *world, struct node *from, struct flight *f)
{
	(void)world;
	if (from == alice) {
		free(last);
		last = malloc(sizeof(*last) + f->len);
		memcpy(last, f, sizeof(*last) + f->len);
	}
	return true;
}

static void
test_strangers(void)
{
	/* In clear: Delete of the IKE_SA, AUTHENTICATION_FAILED, garbage. */
	uint8_t msg[28 + 28] = { 0 };
	uint32_t spi;
	int i;

	pair_up1(400, "", "");
	w.tap = remember;
	world_run(&w, 100000);
	CU_ASSERT_FATAL(last != NULL);
	w.tap = NULL;
	spi = node_sa(bob, 1, true)->sa.spi;
	for (i = 0; i < 400; i++) {
		memcpy(msg, last->data, 16);
		msg[17] = 0x10;
		msg[18] = i % 4 == 3 ? 32 : 5;
		msg[19] = i % 4 == 2 ? 1 : 0;
		msg[20] = (uint8_t)i;
		msg[23] = 1;
		msg[16] = i % 4 == 1 ? 11 : 12;
		msg[27] = i % 4 == 1 ? 40 : 56;
		msg[28 + 3] = i % 4 == 1 ? 12 : 28;
		msg[28 + 7] = 1;
		msg[28 + 8] = 1;
		if (i % 4 == 1) {		/* a notify: 24 */
			msg[28 + 9] = 0;
			msg[28 + 10] = 0;
			msg[28 + 11] = 24;
		} else {			/* a Delete of these cookies */
			msg[28 + 9] = 16;
			msg[28 + 11] = 1;
			memcpy(msg + 28 + 12, last->data, 16);
		}
		node_send(alice, &last->src, &last->dst, last->encap, false, msg,
		    msg[27]);
		world_run(&w, 50);
	}
	CU_ASSERT(both_up(&w));
	CU_ASSERT_EQUAL(node_sa(bob, 1, true)->sa.spi, spi);
	CU_ASSERT(!node_said(bob, "the peer reports"));
	world_run(&w, 200000);
	CU_ASSERT(pair_is_tidy());
	free(last);
	last = NULL;
	pair_end();
}

/* --- the commit bit (RFC 2408 3.1) --- */

static struct {
	struct node	*by;		/* who sets it */
	uint32_t	 msgid;		/* of the newest quick mode, and */
	uint8_t		 iv[CBC_IV];	/* of what would follow its message 3 */
} committed;

static bool
commit(struct world *world, struct node *from, struct flight *f)
{
	struct rbuf r;

	(void)world;
	if (f->len <= 28 + CBC_IV || f->data[18] != EXCH1_QUICK)
		return true;
	if (from == committed.by)
		f->data[19] |= FLAG1_COMMIT;
	rbuf_init(&r, f->data + 20, 4);
	committed.msgid = rbuf_u32(&r);
	memcpy(committed.iv, f->data + f->len - CBC_IV, CBC_IV);
	return true;
}

/* CONNECTED (or another notify) from there, in an exchange of that type and message id;
 * iv: NULL for that of the message id. */
static void
notify(struct node *from, uint16_t type, uint8_t exchange, uint32_t msgid,
       const uint8_t *iv)
{
	struct words1 s;

	words1_begin(&s, from, exchange, msgid);
	build1_notify(&s.b, PROTO_ESP, type, NULL, 0, NULL, 0);
	if (iv != NULL)
		memcpy(s.iv, iv, sizeof(s.iv));
	words1_say(&s);
	world_run(&w, 100);
}

static bool
gap(struct world *world)
{
	(void)world;
	return pair_gap();
}

/* Nothing is sent with the new one before CONNECTED, or for long if it never comes;
 * meanwhile the old one is in use. */
static void
test_commit_bit(void)
{
	enum { NEVER, ANOTHER_ID, SAME_ID, FOURTH, REFUSED };
	static const struct { int line; bool bobs; int how; } rows[] = {
		{ __LINE__, false, NEVER },
		{ __LINE__, false, ANOTHER_ID },
		{ __LINE__, false, SAME_ID },
		{ __LINE__, false, FOURTH },
		{ __LINE__, false, REFUSED },
		{ __LINE__, true, NEVER },
		{ __LINE__, true, ANOTHER_ID },
		{ __LINE__, true, SAME_ID },
		{ __LINE__, true, FOURTH },
		{ __LINE__, true, REFUSED },
	};
	struct node *waits;
	uint32_t out, id;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pair_up1(500 + i, "", "");
		committed.by = rows[i].bobs ? bob : alice;
		waits = rows[i].bobs ? alice : bob;
		out = node_sa(waits, 1, false)->sa.spi;
		w.tap = commit;
		pair_command(bob, ENGINE_REKEY_CHILD);
		world_run(&w, 5000);
		w.tap = NULL;
		CHECK_ROW(rows[i].line, node_sa(waits, 1, false)->sa.spi == out &&
		    both_up(&w));
		id = committed.msgid;
		if (rows[i].how == FOURTH || rows[i].how == REFUSED)
			notify(committed.by, rows[i].how == FOURTH ? N1_CONNECTED :
			    N1_INVALID_SPI, EXCH1_QUICK, id, committed.iv);
		else if (rows[i].how != NEVER)
			notify(committed.by, N1_CONNECTED, EXCH1_INFORMATIONAL,
			    rows[i].how == SAME_ID ? id : id + 1000, NULL);
		CHECK_ROW(rows[i].line, (node_sa(waits, 1, false)->sa.spi == out) ==
		    (rows[i].how == NEVER || rows[i].how == REFUSED));
		world_run(&w, 6000);
		CHECK_ROW(rows[i].line, node_sa(waits, 1, false)->sa.spi != out);
		CHECK_ROW(rows[i].line, !world_until(&w, gap, 60000));
		CHECK_ROW(rows[i].line, both_up(&w) && pair_is_tidy());
		pair_end();
	}
}

UNIT_MAIN("quick modes of IKEv1",
	{ "up", test_up },
	{ "every suite", test_suites },
	{ "a bad network", test_bad_network },
	{ "lost messages", test_lost },
	{ "refusals", test_refusals },
	{ "groups", test_groups },
	{ "no next group", test_no_next_group },
	{ "narrower", test_narrower },
	{ "IPv6 inside", test_inner_ipv6 },
	{ "a NAT", test_nat },
	{ "the drafts of NAT traversal", test_drafts },
	{ "strangers", test_strangers },
	{ "the commit bit", test_commit_bit })
