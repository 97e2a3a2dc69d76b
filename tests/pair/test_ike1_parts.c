/*
 * Fragments of IKEv1 from a peer that a test plays: in any order, with numbers that
 * make no sense, with something else inside, too many.
 */
#include <string.h>

#include "ike/wire/numbers1.h"
#include "pair.h"
#include "puppet1.h"
#include "tests/unit.h"

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

/* Half an IKE_SA of a stranger, number n, from that address, and as much in fragments
 * as it may have. */
static void
hoard(uint32_t from, uint32_t n)
{
	static const uint8_t zeros[3900];
	struct algs conf = { .ike1 = true };
	const struct sa1_terms terms = { .auth = AUTH1_PSK, .life_s = 28800 };
	struct offer o;
	unsigned int i;

	memcpy(p.local.addr.b + 1, &from, 3);
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

static void
begin_strangers(void)
{
	world_init(&w, 43);
	alice = world_add(&w, "alice", "192.0.2.1");
	alice->set.half_open_max = 1000;
	node_stop(alice);
	node_start(alice);
	node_config(alice, alice_entry(V1 ",\"peer\":null"));
	puppet1_init(&p, &w, alice, "192.0.2.2");
	engine_watch(alice->engine, true);
	part_id = 1;
}

#define EACH	(8 * 3900)		/* what one hoards */

/* All strangers together have 16 MB, and that for half a minute. */
static void
test_strangers(void)
{
	const unsigned int enough = (16 << 20) / EACH;
	unsigned int i;

	begin_strangers();
	for (i = 0; i < enough; i++)
		hoard(i, i);
	CU_ASSERT_EQUAL(alice->seen.dropped, 0);
	hoard(enough, enough);
	hoard(enough + 1, enough + 1);
	CU_ASSERT(alice->seen.dropped > 8);
	world_run(&w, 31000);
	alice->seen.dropped = 0;
	hoard(enough + 2, enough + 2);
	CU_ASSERT_EQUAL(alice->seen.dropped, 0);
	end_alone();
}

/* And one of them a quarter of that. */
static void
test_one_source(void)
{
	const unsigned int enough = (4 << 20) / EACH;
	unsigned int i, k;

	begin_strangers();
	for (k = 0; k < 2; k++) {
		for (i = 0; i < enough; i++)
			hoard(1, i);
		CU_ASSERT_EQUAL(alice->seen.dropped, 0);
		hoard(1, enough);
		hoard(1, enough + 1);
		CU_ASSERT(alice->seen.dropped > 8);
		alice->seen.dropped = 0;
		hoard(2, enough + 2);
		CU_ASSERT_EQUAL(alice->seen.dropped, 0);
		world_run(&w, 31000);
		alice->seen.dropped = 0;
	}
	end_alone();
}

UNIT_MAIN("fragments of IKEv1, one by one",
	{ "any order", test_order },
	{ "a proof in fragments", test_auth },
	{ "not agreed on", test_not_agreed },
	{ "one id for all", test_same_id },
	{ "numbers that make no sense", test_numbers },
	{ "what is inside", test_inside },
	{ "endless", test_endless },
	{ "expiry", test_expiry },
	{ "strangers' memory", test_strangers },
	{ "one stranger's memory", test_one_source })
