/*
 * MOBIKE (RFC 4555): off unless both want it; addresses that go and come at both
 * ends; and a peer that says what it should not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pair.h"
#include "puppet.h"
#include "tests/unit.h"

#define ON	",\"mobike\":true"

static struct addr a1, a2, b1, b2, b3;
/* Nothing crosses from or to these, whoever believes in them. */
static struct addr absent[4];

static bool
is_absent(const struct addr *a)
{
	size_t i;

	for (i = 0; i < 4; i++)
		if (absent[i].family != 0 && addr_equal(&absent[i], a))
			return true;
	return false;
}

/* What Alice sends leaves from another port. */
static bool skewed;

static bool
lose(struct world *world, struct node *from, struct flight *f)
{
	(void)world;
	if (skewed && from == alice)
		f->src.port++;
	return !is_absent(&f->src.addr) && !is_absent(&f->dst.addr);
}

static void
mark(const struct addr *a, bool is)
{
	size_t i;

	for (i = 0; i < 4; i++)
		if (is ? absent[i].family == 0 : addr_equal(&absent[i], a)) {
			absent[i] = is ? *a : (struct addr){ 0 };
			return;
		}
}

static void
remove_address(struct node *n, const struct addr *a)
{
	mark(a, true);
	engine_local_address(n->engine, w.now, a, false);
}

static void
add_address(struct node *n, const struct addr *a)
{
	mark(a, false);
	engine_local_address(n->engine, w.now, a, true);
}

static void
parse(struct addr *a, const char *text)
{
	CU_ASSERT_FATAL(addr_parse(a, text) == 0);
}

static void
begin(uint64_t seed, const char *alices, const char *bobs)
{
	memset(absent, 0, sizeof(absent));
	parse(&a1, "192.0.2.1");
	parse(&a2, "198.51.100.1");
	parse(&b1, "192.0.2.2");
	parse(&b2, "198.51.100.2");
	parse(&b3, "203.0.113.2");
	pair_begin(seed);
	w.tap = lose;
	alice->more[0] = a2;
	bob->more[0] = b2;
	bob->more[1] = b3;
	add_address(alice, &a1);
	add_address(bob, &b1);
	pair_config(alices, bobs);
	CU_ASSERT_FATAL(pair_comes_up(5000));
}

/* Both data planes carry between these two, and nothing is left over. */
static bool
are_between(const struct addr *a, const struct addr *b)
{
	const struct plane_sa *ao = node_sa(alice, 1, false);
	const struct plane_sa *ai = node_sa(alice, 1, true);
	const struct plane_sa *bo = node_sa(bob, 1, false);
	const struct plane_sa *bi = node_sa(bob, 1, true);

	return ao != NULL && ai != NULL && bo != NULL && bi != NULL &&
	    addr_equal(&ao->sa.src.addr, a) && addr_equal(&ao->sa.dst.addr, b) &&
	    addr_equal(&ai->sa.src.addr, b) && addr_equal(&ai->sa.dst.addr, a) &&
	    addr_equal(&bo->sa.src.addr, b) && addr_equal(&bo->sa.dst.addr, a) &&
	    addr_equal(&bi->sa.src.addr, a) && addr_equal(&bi->sa.dst.addr, b) &&
	    pair_is_tidy() && both_up(&w);
}

static bool
between(const struct addr *a, const struct addr *b)
{
	if (are_between(a, b))
		return true;
	printf("\nalice:\n%s\nbob:\n%s\n", alice->log, bob->log);
	return false;
}

static bool
agreed(struct node *n)
{
	return strstr(node_state(n, 1), "\"mobike\":true") != NULL;
}

static void
test_agreed(void)
{
	static const struct { int line; const char *a, *b; bool is; } rows[] = {
		{ __LINE__, "", "", false }, { __LINE__, ON, "", false },
		{ __LINE__, "", ON, false }, { __LINE__, ON, ON, true },
	};
	struct err e = ERR_INIT;
	size_t i;

	for (i = 0; i < 4; i++) {
		begin(1 + i, rows[i].a, rows[i].b);
		CHECK_ROW(rows[i].line, agreed(alice) == rows[i].is);
		CHECK_ROW(rows[i].line, agreed(bob) == rows[i].is);
		/* A rekeying changes nothing of it. */
		CU_ASSERT(engine_command(alice->engine, w.now, ENGINE_REKEY_IKE,
		    1, &e) == 0);
		world_run(&w, 20000);
		CHECK_ROW(rows[i].line, agreed(alice) == rows[i].is);
		CHECK_ROW(rows[i].line, agreed(bob) == rows[i].is);
		pair_end();
	}
}

/* Without it, another address is of no use. */
static void
test_off(void)
{
	begin(5, "", "");
	add_address(bob, &b2);
	remove_address(bob, &b1);
	world_run(&w, 60000);
	CU_ASSERT(node_is(bob, 1, "down-unknown"));
	pair_end();
}

static void
test_initiator_moves(void)
{
	unsigned int adds;

	begin(6, ON, ON);
	adds = alice->adds + bob->adds;
	add_address(bob, &b2);
	world_run(&w, 10000);
	CU_ASSERT(between(&a1, &b1));		/* no reason to move */
	remove_address(bob, &b1);
	world_run(&w, 2000);
	CU_ASSERT(between(&a1, &b2));
	CU_ASSERT(node_said(bob, "moved from") && node_said(alice, "moved from"));
	world_run(&w, 200000);
	CU_ASSERT(between(&a1, &b2));
	add_address(bob, &b1);			/* and home again */
	world_run(&w, 2000);
	CU_ASSERT(between(&a1, &b1));
	CU_ASSERT(alice->adds + bob->adds == adds);
	pair_end();
}

/* After a rekeying from the other end the roles in IKE are the other way round,
 * and who decides is the same. */
static void
test_after_rekeying(void)
{
	struct err e = ERR_INIT;

	begin(7, ON, ON);
	add_address(bob, &b2);
	CU_ASSERT(engine_command(alice->engine, w.now, ENGINE_REKEY_IKE, 1, &e) == 0);
	world_run(&w, 20000);
	remove_address(bob, &b1);
	world_run(&w, 2000);
	CU_ASSERT(between(&a1, &b2));
	CU_ASSERT(engine_command(bob->engine, w.now, ENGINE_REKEY_CHILD, 1, &e) == 0);
	world_run(&w, 20000);
	CU_ASSERT(between(&a1, &b2));
	pair_end();
}

/* The new one comes later. */
static void
test_gap(void)
{
	begin(8, ON, ON);
	remove_address(bob, &b1);
	world_run(&w, 40000);
	CU_ASSERT(!node_up(bob, 1));
	add_address(bob, &b3);
	world_run(&w, 8000);
	CU_ASSERT(between(&a1, &b3));
	pair_end();
}

static void
test_flap(void)
{
	begin(9, ON, ON);
	add_address(bob, &b2);
	remove_address(bob, &b1);
	world_run(&w, 800);
	add_address(bob, &b1);
	world_run(&w, 30000);
	CU_ASSERT(between(&a1, &b1));
	CU_ASSERT(!node_said(bob, "moved from"));
	pair_end();
}

/* Of two addresses left only one reaches the peer. */
static void
test_which(void)
{
	begin(10, ON, ON);
	add_address(bob, &b2);
	add_address(bob, &b3);
	mark(&b2, true);
	remove_address(bob, &b1);
	world_run(&w, 15000);
	CU_ASSERT(between(&a1, &b3));
	pair_end();
}

/* The path breaks without any address going. */
static void
test_silent_path(void)
{
	begin(11, ON, ON);
	add_address(bob, &b2);
	mark(&b1, true);
	world_run(&w, 60000);
	CU_ASSERT(between(&a1, &b2));
	pair_end();
}

/* The responder's address goes: it says so from another. */
static void
test_responder_moves(void)
{
	begin(12, ON, ON);
	add_address(alice, &a2);
	world_run(&w, 10000);
	remove_address(alice, &a1);
	world_run(&w, 3000);
	CU_ASSERT(between(&a2, &b1));
	world_run(&w, 100000);
	CU_ASSERT(between(&a2, &b1));
	pair_end();
}

/* What the responder said in IKE_AUTH: its path breaks. */
static bool
bob_up(struct world *world)
{
	return node_up(&world->node[1], 1);
}

static void
test_other_address_of_peer(void)
{
	struct err e = ERR_INIT;

	begin(13, ON, ON);
	add_address(alice, &a2);
	CU_ASSERT(engine_command(bob->engine, w.now, ENGINE_RESTART, 1, &e) == 0);
	CU_ASSERT_FATAL(world_until(&w, bob_up, 20000));
	world_run(&w, 20000);
	mark(&a1, true);
	world_run(&w, 60000);
	CU_ASSERT(between(&a2, &b1));
	pair_end();
}

static void
test_bad_network(void)
{
	uint64_t seed;
	int i;

	for (seed = 20; seed < 50; seed++) {
		begin(seed, ON, ON);
		add_address(bob, &b2);
		add_address(alice, &a2);
		w.loss = 15;
		w.dup = 20;
		w.reorder = 30;
		for (i = 0; i < 3; i++) {
			remove_address(bob, &b1);
			world_run(&w, 40000);
			add_address(bob, &b1);
			world_run(&w, 40000);
		}
		w.loss = w.dup = w.reorder = 0;
		world_run(&w, 400000);
		/* Home, or where it was when the way home lost too much. */
		CU_ASSERT(are_between(&a1, &b2) || between(&a1, &b1));
		pair_end();
	}
}

/* Who repeats an answer from another port, without the keys, moves nothing: it
 * comes from where the request went, or is not looked at so. */
static void
test_answer_from_another_port(void)
{
	begin(50, ON, ON);
	bob->idle_ms = UINT32_MAX;
	skewed = true;
	world_run(&w, 100000);		/* a sign of life */
	skewed = false;
	CU_ASSERT(strstr(node_state(bob, 1), "\"probes\":0") == NULL);
	CU_ASSERT(strstr(node_state(bob, 1), "\"remote-port\":4500") != NULL);
	world_run(&w, 200000);
	CU_ASSERT(!node_said(bob, "moved from") && between(&a1, &b1));
	pair_end();
}

static bool
alice_reaches(const char *addr, uint16_t port)
{
	const struct plane_sa *out = node_sa(alice, 1, false);
	struct addr a;

	parse(&a, addr);
	return out != NULL && addr_equal(&out->sa.dst.addr, &a) &&
	    out->sa.dst.port == port;
}

/* ESP from elsewhere, which anybody can repeat: another port of the NAT is
 * followed, another address has to be said, and proved. */
static void
test_mapping(void)
{
	struct dp_event ev = { .kind = DP_MAPPING, .tunnel = 1 };

	pair_begin(51);
	parse(&bob->nat, "203.0.113.7");
	bob->nat_port = 1000;
	pair_config(ON ",\"peer\":\"203.0.113.7\"", ON);
	CU_ASSERT_FATAL(pair_comes_up(5000));
	CU_ASSERT(agreed(alice) && alice_reaches("203.0.113.7", 5500));
	ev.spi = node_sa(alice, 1, true)->sa.spi;
	parse(&ev.peer.addr, "203.0.113.66");
	ev.peer.port = 4500;
	engine_dp_event(alice->engine, w.now, &ev);
	CU_ASSERT(alice_reaches("203.0.113.7", 5500));
	parse(&ev.peer.addr, "203.0.113.7");
	ev.peer.port = 5501;
	engine_dp_event(alice->engine, w.now, &ev);
	CU_ASSERT(alice_reaches("203.0.113.7", 5501));
	pair_end();
}

/* --- a puppet: what Alice, a responder, makes of it --- */

static struct puppet p;

static void
begin_puppet(bool on, bool announce)
{
	memset(absent, 0, sizeof(absent));
	world_init(&w, 42);
	alice = world_add(&w, "alice", "192.0.2.1");
	node_config(alice, alice_entry(on ? ON : ""));
	puppet_init(&p, &w, alice, "192.0.2.2");
	CU_ASSERT_FATAL(puppet_meet(&p));
	puppet_begin(&p, EXCH_IKE_AUTH, false, p.msgid++);
	puppet_build_id(&p, "bob", 0);
	puppet_build_auth(&p, "bob", "correct horse", 0);
	puppet_build_child(&p, OFFER_AUTH_CHILD, 0xc0aabbcc, "10.0.2.0/24",
	    "10.0.1.0/24");
	if (announce)
		build_notify(&p.b, PROTO_NONE, N_MOBIKE_SUPPORTED, NULL, 0, NULL,
		    0);
	puppet_seal(&p);
	puppet_say(&p);
	CU_ASSERT_FATAL(node_up(alice, 1));
	CU_ASSERT((message_notify(&p.m, N_MOBIKE_SUPPORTED) != NULL) ==
	    (on && announce));
	puppet_forget(&p);
}

static void
end_puppet(void)
{
	puppet_fini(&p);
	world_fini(&w);
}

static void
begin_request(void)
{
	puppet_begin(&p, EXCH_INFORMATIONAL, false, p.msgid++);
}

static void
say(uint16_t type, const void *data, size_t len)
{
	build_notify(&p.b, PROTO_NONE, type, NULL, 0, data, len);
}

static void
send_it(void)
{
	puppet_seal(&p);
	puppet_say(&p);
}

static bool
alice_sends_to(const char *text)
{
	struct addr a;

	parse(&a, text);
	return addr_equal(&node_sa(alice, 1, false)->sa.dst.addr, &a);
}

static void
test_refused_when_off(void)
{
	static const struct { int line; bool on, announce; } rows[] = {
		{ __LINE__, false, false }, { __LINE__, false, true },
		{ __LINE__, true, false },
	};
	size_t i;

	for (i = 0; i < 3; i++) {
		begin_puppet(rows[i].on, rows[i].announce);
		parse(&p.local.addr, "198.51.100.2");
		begin_request();
		say(N_UPDATE_SA_ADDRESSES, NULL, 0);
		send_it();
		CHECK_ROW(rows[i].line,
		    puppet_told(&p) == N_UNACCEPTABLE_ADDRESSES);
		CHECK_ROW(rows[i].line, alice_sends_to("192.0.2.2"));
		CHECK_ROW(rows[i].line, node_up(alice, 1));
		end_puppet();
	}
}

/* A new address is asked for a sign of life before anything goes there. */
static void
test_check(void)
{
	uint8_t cookie[64];
	size_t len;

	begin_puppet(true, true);
	parse(&p.local.addr, "198.51.100.2");
	begin_request();
	say(N_UPDATE_SA_ADDRESSES, NULL, 0);
	send_it();
	/* The answer, and then the question. */
	CU_ASSERT_FATAL(p.heard == 2 && !message_is_response(&p.m));
	CU_ASSERT_FATAL(message_notify(&p.m, N_COOKIE2) != NULL);
	len = message_notify(&p.m, N_COOKIE2)->notify.data.len;
	CU_ASSERT_FATAL(len >= 8 && len <= 64);
	memcpy(cookie, message_notify(&p.m, N_COOKIE2)->notify.data.p, len);
	CU_ASSERT(alice_sends_to("192.0.2.2"));
	puppet_begin(&p, EXCH_INFORMATIONAL, true, p.m.hdr.msgid);
	say(N_COOKIE2, cookie, len);
	send_it();
	CU_ASSERT(alice_sends_to("198.51.100.2"));
	CU_ASSERT(node_up(alice, 1));
	end_puppet();
}

/* Nor does a CHILD_SA that the peer asks for meanwhile. */
static void
test_check_before_child(void)
{
	uint8_t old[4] = { 0xc0, 0xaa, 0xbb, 0xcc };
	uint32_t spi;

	begin_puppet(true, true);
	spi = node_sa(alice, 1, false)->sa.spi;
	parse(&p.local.addr, "198.51.100.2");
	begin_request();
	say(N_UPDATE_SA_ADDRESSES, NULL, 0);
	send_it();
	CU_ASSERT_FATAL(p.heard == 2 && spi == 0xc0aabbcc);
	puppet_begin(&p, EXCH_CREATE_CHILD_SA, false, p.msgid++);
	build_notify(&p.b, PROTO_ESP, N_REKEY_SA, old, 4, NULL, 0);
	build_nonce(&p.b, p.ni.b, 32);
	puppet_build_child(&p, OFFER_AUTH_CHILD, 0xc0aabbdd, "10.0.2.0/24",
	    "10.0.1.0/24");
	send_it();
	CU_ASSERT(message_find(&p.m, PL_SA) != NULL);
	begin_request();
	build_delete(&p.b, PROTO_ESP, &spi, 1);
	send_it();
	CU_ASSERT_FATAL(node_sa(alice, 1, false) != NULL);
	CU_ASSERT(node_sa(alice, 1, false)->sa.spi == 0xc0aabbdd);
	CU_ASSERT(alice_sends_to("192.0.2.2"));
	end_puppet();
}

/* Where the peer's address is what it may send from, it is one that it proved. */
static void
test_check_before_dynamic(void)
{
	world_init(&w, 43);
	alice = world_add(&w, "alice", "192.0.2.1");
	node_config(alice, "{\"id\":1,\"local-address\":\"192.0.2.1\",\"local-id\":"
	    "{\"value\":\"alice\"},\"remote-id\":{\"value\":\"bob\"},"
	    "\"local-subnet\":[\"10.0.1.0/24\"]" ON "}");
	puppet_init(&p, &w, alice, "192.0.2.2");
	CU_ASSERT_FATAL(puppet_meet(&p));
	puppet_begin(&p, EXCH_IKE_AUTH, false, p.msgid++);
	puppet_build_id(&p, "bob", 0);
	puppet_build_auth(&p, "bob", "correct horse", 0);
	say(N_MOBIKE_SUPPORTED, NULL, 0);
	send_it();
	CU_ASSERT_FATAL(node_is(alice, 1, "down-ike-established"));
	parse(&p.local.addr, "198.51.100.2");
	begin_request();
	say(N_UPDATE_SA_ADDRESSES, NULL, 0);
	send_it();
	puppet_begin(&p, EXCH_CREATE_CHILD_SA, false, p.msgid++);
	build_nonce(&p.b, p.ni.b, 32);
	puppet_build_child(&p, OFFER_AUTH_CHILD, 0xc0aabbdd, "198.51.100.2/32",
	    "10.0.1.0/24");
	send_it();
	CU_ASSERT(puppet_told(&p) == N_TS_UNACCEPTABLE);
	end_puppet();
}

/* RFC 4555 3.7: the wrong cookie ends the IKE_SA. */
static void
test_wrong_cookie(void)
{
	begin_puppet(true, true);
	parse(&p.local.addr, "198.51.100.2");
	begin_request();
	say(N_UPDATE_SA_ADDRESSES, NULL, 0);
	send_it();
	CU_ASSERT_FATAL(p.heard == 2);
	puppet_begin(&p, EXCH_INFORMATIONAL, true, p.m.hdr.msgid);
	say(N_COOKIE2, "0123456789abcdef0123456789abcdef", 32);
	send_it();
	CU_ASSERT(!node_up(alice, 1) && node_sa(alice, 1, false) == NULL);
	end_puppet();
}

/* Mere packets from elsewhere move nothing, but are answered where they came
 * from. */
static void
test_no_update(void)
{
	begin_puppet(true, true);
	parse(&p.local.addr, "198.51.100.2");
	begin_request();
	send_it();
	CU_ASSERT(p.heard == 1 && message_is_response(&p.m));
	CU_ASSERT(addr_equal(&p.got_to.addr, &p.local.addr));
	CU_ASSERT(alice_sends_to("192.0.2.2"));
	end_puppet();
}

static void
test_cookie_of_peer(void)
{
	const struct payload *n;

	begin_puppet(true, true);
	begin_request();
	say(N_COOKIE2, "eight or more", 13);
	send_it();
	n = message_notify(&p.m, N_COOKIE2);
	CU_ASSERT(n != NULL && n->notify.data.len == 13 &&
	    memcmp(n->notify.data.p, "eight or more", 13) == 0);
	begin_request();
	say(N_COOKIE2, "few", 3);
	send_it();
	CU_ASSERT(p.heard == 1 && message_notify(&p.m, N_COOKIE2) == NULL);
	end_puppet();
}

/* RFC 4555 3.9. */
static void
test_no_nats(void)
{
	uint8_t data[12] = { 198, 51, 100, 2, 192, 0, 2, 1, 1, 244, 1, 244 };

	begin_puppet(true, true);
	parse(&p.local.addr, "198.51.100.2");
	data[3] = 77;			/* there is a NAT between */
	begin_request();
	say(N_UPDATE_SA_ADDRESSES, NULL, 0);
	say(N_NO_NATS_ALLOWED, data, sizeof(data));
	send_it();
	CU_ASSERT(puppet_told(&p) == N_UNEXPECTED_NAT_DETECTED);
	CU_ASSERT(p.heard == 1 && alice_sends_to("192.0.2.2"));
	data[3] = 2;
	begin_request();
	say(N_UPDATE_SA_ADDRESSES, NULL, 0);
	say(N_NO_NATS_ALLOWED, data, sizeof(data));
	send_it();
	CU_ASSERT(p.heard == 2 && message_notify(&p.m, N_COOKIE2) != NULL);
	end_puppet();
}

/* Lists of addresses of all sizes do no harm. */
static void
test_addresses(void)
{
	static const uint8_t a[16] = { 203, 0, 113, 9 };
	size_t i, len;

	begin_puppet(true, true);
	for (len = 0; len <= 16; len++) {
		begin_request();
		for (i = 0; i < 20; i++)
			say(i % 2 != 0 ? N_ADDITIONAL_IP4_ADDRESS :
			    N_ADDITIONAL_IP6_ADDRESS, a, len);
		say(N_NO_ADDITIONAL_ADDRESSES, NULL, 0);
		send_it();
		CU_ASSERT(p.heard == 1 && p.m.n == 0);
	}
	CU_ASSERT(node_up(alice, 1) && alice_sends_to("192.0.2.2"));
	end_puppet();
}

UNIT_MAIN("mobike",
	{ "agreed on", test_agreed },
	{ "off", test_off },
	{ "the initiator moves", test_initiator_moves },
	{ "after a rekeying", test_after_rekeying },
	{ "a gap", test_gap },
	{ "a flap", test_flap },
	{ "which of two", test_which },
	{ "a silent path", test_silent_path },
	{ "the responder moves", test_responder_moves },
	{ "another address of the peer", test_other_address_of_peer },
	{ "a bad network", test_bad_network },
	{ "an answer from another port", test_answer_from_another_port },
	{ "a mapping of the data plane", test_mapping },
	{ "refused when off", test_refused_when_off },
	{ "a check before anything", test_check },
	{ "a check before a CHILD_SA", test_check_before_child },
	{ "a check before a selector", test_check_before_dynamic },
	{ "the wrong cookie", test_wrong_cookie },
	{ "no update", test_no_update },
	{ "the peer's cookie", test_cookie_of_peer },
	{ "no NATs allowed", test_no_nats },
	{ "lists of addresses", test_addresses },
)
