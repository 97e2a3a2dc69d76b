/*
 * IKE fragmentation (RFC 7383): between two engines on networks of all kinds,
 * and with a peer that sends fragments which no peer should.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pair.h"
#include "path.h"
#include "puppet.h"
#include "tests/unit.h"

/* --- two engines --- */

#define LONG_ID(c)	"{\"type\":\"key\",\"value\":\"" c c c c c c c c c c "\"}"
#define ID_A		LONG_ID("alice.is.a.gateway.......")
#define ID_B		LONG_ID("bob.is.another.gateway...")

static void
configure(void)
{
	pair_config(",\"local-id\":" ID_A ",\"remote-id\":" ID_B,
	    ",\"local-id\":" ID_B ",\"remote-id\":" ID_A);
}

/* IKE_SA_INIT cannot be cut; everything else is, if need be. */
static void
test_small(void)
{
	struct err e = ERR_INIT;

	path_begin(1, 300);
	configure();
	CU_ASSERT(pair_comes_up(5000));
	CU_ASSERT(path.fragments >= 6);
	path.longest = 0;
	CU_ASSERT(engine_command(bob->engine, w.now, ENGINE_REKEY_IKE, 1, &e) == 0);
	CU_ASSERT(engine_command(alice->engine, w.now, ENGINE_REKEY_CHILD, 1,
	    &e) == 0);
	world_run(&w, 30000);
	CU_ASSERT(path.longest <= 300);
	path.fragments = 0;
	/* The successor goes on like that. */
	CU_ASSERT(engine_command(bob->engine, w.now, ENGINE_REKEY_IKE, 1, &e) == 0);
	world_run(&w, 30000);
	CU_ASSERT(path.fragments > 1 && path.longest <= 300);
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

/* What fits is not cut. */
static void
test_usual(void)
{
	path_begin(2, 0);
	pair_config("", "");
	CU_ASSERT(pair_comes_up(5000));
	CU_ASSERT(path.fragments == 0);
	pair_end();
}

/* RFC 7383 2.5.2. */
static void
test_narrow_path(void)
{
	path_begin(3, 0);
	path.limit = 600;
	configure();
	CU_ASSERT(pair_comes_up(30000));
	CU_ASSERT(path.fragments >= 2);
	CU_ASSERT(node_said(bob, "datagrams of 576"));
	pair_end();
	path_begin(4, 0);
	configure();
	path.limit = 0;
	CU_ASSERT(pair_comes_up(5000));
	CU_ASSERT(!node_said(bob, "datagrams of 576"));
	pair_end();
}

static bool
narrow_from_alice(struct world *world, struct node *from, struct flight *f)
{
	return path_tap(world, from, f) && (from != alice || f->len <= 560 ||
	    f->data[18] == EXCH_IKE_SA_INIT);
}

static void
test_narrow_way_back(void)
{
	static const char ike[] = ",\"ike\":{\"cipher\":[\"aes128\"],"
	    "\"auth\":[\"sha256\"],\"dh\":[\"modp4096\"]}";
	struct err e = ERR_INIT;

	path_begin(5, 0);
	w.tap = narrow_from_alice;
	pair_config(ike, ike);
	CU_ASSERT(pair_comes_up(60000));
	CU_ASSERT(engine_command(bob->engine, w.now, ENGINE_REKEY_IKE, 1, &e) == 0);
	world_run(&w, 60000);
	CU_ASSERT(node_said(bob, "rekeyed") && path.fragments >= 2);
	CU_ASSERT(node_said(alice, "datagrams of 576"));
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

static void
test_bad_network(void)
{
	path_bad(configure);
}

/* --- one engine and a puppet --- */

static struct puppet p;
static struct parts whole;

static void
begin_alone(bool announce)
{
	world_init(&w, 42);
	alice = world_add(&w, "alice", "192.0.2.1");
	node_config(alice, alice_entry(""));
	puppet_init(&p, &w, alice, "192.0.2.2");
	p.fragments = announce;
	CU_ASSERT_FATAL(puppet_meet(&p));
	CU_ASSERT((message_notify(&p.m, N_FRAGMENTATION_SUPPORTED) != NULL) ==
	    announce);
}

static void
begin_up(bool announce)
{
	begin_alone(announce);
	CU_ASSERT_FATAL(puppet_authenticate(&p, "bob", "correct horse"));
	puppet_forget(&p);
}

static void
end_alone(void)
{
	puppet_fini(&p);
	world_fini(&w);
}

/* A request that is answered with nothing in it, but long. */
static void
cut_request(size_t pad)
{
	static const uint8_t zeros[2000];

	puppet_begin(&p, EXCH_INFORMATIONAL, false, p.msgid);
	build_raw(&p.b, PL_VENDOR, zeros, pad);
	puppet_cut(&p, &whole);
	puppet_forget(&p);
}

static bool
answered(void)
{
	return p.heard == 1 && message_is_response(&p.m) &&
	    p.m.hdr.exchange == EXCH_INFORMATIONAL &&
	    p.m.hdr.msgid == whole.msgid;
}

/* In any order, some twice; answered once. */
static void
test_order(void)
{
	static const uint16_t orders[][6] = {
		{ 1, 2, 3, 4 }, { 4, 3, 2, 1 }, { 2, 2, 1, 4, 1, 3 },
		{ 1, 1, 3, 3, 4, 2 }, { 3, 4, 1, 3, 4, 2 },
	};
	size_t i, k;

	begin_up(true);
	for (i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		cut_request(700);
		for (k = 0; k < 6 && orders[i][k] != 0; k++) {
			CU_ASSERT(p.heard == 0);
			puppet_part(&p, &whole, orders[i][k], 4);
		}
		CU_ASSERT(answered());
		p.msgid++;
	}
	end_alone();
}

/* IKE_AUTH of a stranger. */
static void
test_auth(void)
{
	begin_alone(true);
	puppet_begin(&p, EXCH_IKE_AUTH, false, p.msgid++);
	puppet_build_id(&p, "bob", 0);
	puppet_build_auth(&p, "bob", "correct horse", 0);
	puppet_build_child(&p, OFFER_AUTH_CHILD, 0xc0aabbcc, "10.0.2.0/24",
	    "10.0.1.0/24");
	puppet_cut(&p, &whole);
	puppet_forget(&p);
	puppet_part(&p, &whole, 2, 3);
	puppet_part(&p, &whole, 3, 3);
	CU_ASSERT(p.heard == 0 && !node_up(alice, 1));
	puppet_part(&p, &whole, 1, 3);
	CU_ASSERT(p.heard == 1 && node_up(alice, 1));
	end_alone();
}

static void
test_not_agreed(void)
{
	begin_up(false);
	cut_request(700);
	puppet_part(&p, &whole, 1, 2);
	puppet_part(&p, &whole, 2, 2);
	CU_ASSERT(p.heard == 0);
	end_alone();
}

/* RFC 7383 2.6.1: the first fragment alone brings the answer back. */
static void
test_repeated(void)
{
	uint8_t first[PUPPET_MAX];
	size_t len;

	begin_up(true);
	cut_request(700);
	puppet_part(&p, &whole, 1, 2);
	puppet_part(&p, &whole, 2, 2);
	CU_ASSERT_FATAL(answered());
	memcpy(first, p.got, p.got_len);
	len = p.got_len;
	puppet_forget(&p);
	puppet_part(&p, &whole, 2, 2);
	CU_ASSERT(p.heard == 0);
	puppet_part(&p, &whole, 1, 2);
	CU_ASSERT(p.heard == 1 && p.got_len == len &&
	    memcmp(p.got, first, len) == 0);
	/* Another message id is none of the window's. */
	whole.msgid += 5;
	puppet_forget(&p);
	puppet_part(&p, &whole, 1, 2);
	puppet_part(&p, &whole, 2, 2);
	CU_ASSERT(p.heard == 0);
	end_alone();
}

/* Cut anew into more: the old ones are worth nothing; fewer is nonsense. */
static void
test_cut_anew(void)
{
	begin_up(true);
	cut_request(700);
	puppet_part(&p, &whole, 1, 3);
	puppet_part(&p, &whole, 2, 3);
	puppet_part(&p, &whole, 1, 5);
	puppet_part(&p, &whole, 3, 3);
	CU_ASSERT(p.heard == 0);
	puppet_part(&p, &whole, 2, 5);
	puppet_part(&p, &whole, 3, 5);
	puppet_part(&p, &whole, 4, 5);
	CU_ASSERT(p.heard == 0);
	puppet_part(&p, &whole, 5, 5);
	CU_ASSERT(answered());
	end_alone();
}

/* One that nobody sealed with the keys changes nothing. */
static void
test_forged(void)
{
	uint16_t number;

	begin_up(true);
	cut_request(700);
	puppet_part(&p, &whole, 1, 3);
	puppet_part(&p, &whole, 2, 3);
	for (number = 1; number <= 3; number++) {
		puppet_part(&p, &whole, 2, 3);	/* in p.buf */
		p.buf[33] = (uint8_t)number;
		p.buf[35] = 9;
		puppet_send(&p);
		p.buf[35] = 3;
		p.buf[40] ^= 1;
		puppet_send(&p);
	}
	CU_ASSERT(p.heard == 0);
	puppet_part(&p, &whole, 3, 3);
	CU_ASSERT(answered());
	end_alone();
}

/* Of a request with the id that is due; nothing in it yet. */
static void
begin_part(uint16_t number, uint16_t total)
{
	const struct parts part = { .exchange = EXCH_INFORMATIONAL,
	    .msgid = p.msgid };

	puppet_begin_part(&p, &part, number, total);
}

static void
test_numbers(void)
{
	static const struct { int line; uint16_t number, total; } rows[] = {
		{ __LINE__, 0, 0 }, { __LINE__, 0, 2 }, { __LINE__, 3, 2 },
		{ __LINE__, 1, 0 }, { __LINE__, 1, 97 }, { __LINE__, 1, 65535 },
		{ __LINE__, 65535, 65535 },
	};
	size_t i;

	begin_up(true);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin_part(rows[i].number, rows[i].total);
		puppet_seal(&p);
		puppet_send(&p);
		CHECK_ROW(rows[i].line, p.heard == 0);
	}
	/* None of them is in the way of a real one. */
	cut_request(20);
	puppet_part(&p, &whole, 1, 1);
	CU_ASSERT(answered());
	end_alone();
}

/* Memory is bounded: what is beyond it is lost, not the SA. */
static void
test_endless(void)
{
	static const uint8_t zeros[3900];
	uint16_t i;

	begin_up(true);
	for (i = 1; i <= 96; i++) {
		begin_part(i, 96);
		wbuf_bytes(&p.b.w, zeros, sizeof(zeros));
		puppet_seal(&p);
		puppet_send(&p);
	}
	CU_ASSERT(p.heard == 0);
	cut_request(700);		/* too few after so many */
	puppet_part(&p, &whole, 1, 2);
	CU_ASSERT(p.heard == 0);
	world_run(&w, 30000);		/* forgotten */
	puppet_forget(&p);
	puppet_part(&p, &whole, 1, 2);
	puppet_part(&p, &whole, 2, 2);
	CU_ASSERT(answered());
	end_alone();
}

static void
test_expiry(void)
{
	begin_up(true);
	cut_request(700);
	puppet_part(&p, &whole, 1, 2);
	world_run(&w, 31000);
	puppet_forget(&p);
	puppet_part(&p, &whole, 2, 2);
	CU_ASSERT(p.heard == 0);
	puppet_part(&p, &whole, 1, 2);
	CU_ASSERT(answered());
	/* An SA that goes takes its fragments with it. */
	p.msgid++;
	cut_request(700);
	puppet_part(&p, &whole, 1, 2);
	end_alone();
}

/* A fragment whose padding is longer than itself is nonsense under our keys:
 * the SA ends, as for any such message (RFC 7296 2.21.3). */
static void
test_padding(void)
{
	size_t aad, text;

	begin_up(true);
	begin_part(1, 2);
	p.len = build_seal(&p.b, &aad, &text);
	p.buf[aad + p.out.encr->iv_len + text - 1] = 200;
	CU_ASSERT(cipher_seal(p.crypto, &p.out, ++p.iv, p.buf, aad, text));
	puppet_send(&p);
	CU_ASSERT(puppet_told(&p) == N_INVALID_SYNTAX);
	CU_ASSERT(!node_up(alice, 1));
	end_alone();
}

UNIT_MAIN("fragments",
	{ "small datagrams", test_small },
	{ "what fits is not cut", test_usual },
	{ "a narrow path", test_narrow_path },
	{ "a narrow way back", test_narrow_way_back },
	{ "a bad network", test_bad_network },
	{ "any order", test_order },
	{ "IKE_AUTH in fragments", test_auth },
	{ "not agreed on", test_not_agreed },
	{ "repeated", test_repeated },
	{ "cut anew", test_cut_anew },
	{ "forged", test_forged },
	{ "numbers that make no sense", test_numbers },
	{ "endless", test_endless },
	{ "expiry", test_expiry },
	{ "padding", test_padding },
)
