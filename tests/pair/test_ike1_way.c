/*
 * IKEv1 and what happens on the way: NAT-D payloads that somebody changes, for which
 * nothing vouches in main mode; cookies that nobody knows; and Deletes that name what
 * belongs to another tunnel or to the other version.
 */
#include <stdio.h>
#include <string.h>

#include "ike/context.h"
#include "ike/ike1/phase1.h"
#include "ike/ike2/exchange.h"
#include "ike/tunnel.h"
#include "ike/wire/octets.h"
#include "pair.h"
#include "tests/unit.h"
#include "words1.h"

/* --- NAT-D --- */

enum change { FLIP, EMPTY, ONE_GONE, GONE };

static struct spoil {
	bool	of_bob, of_alice;	/* messages 3, 4 */
	enum change how;
} spoil;

static void
change(uint8_t *next, uint8_t *payload, unsigned int nth)
{
	uint8_t *head = payload;

	switch (spoil.how) {
	case FLIP:
		head[4] ^= 1;
		break;
	case EMPTY:			/* as long, but of another hash */
		memset(head + 4, 0, 20);
		break;
	case ONE_GONE:
		if (nth == 0)
			return;
		/* fallthrough */
	case GONE:
		*next = WIRE1_VENDOR;
		break;
	}
}

static bool
spoil_natd(struct world *world, struct node *from, struct flight *f)
{
	size_t at = 28;
	uint8_t *next = &f->data[16];
	unsigned int n = 0;

	(void)world;
	if (f->esp || f->len < at || f->data[18] != EXCH1_MAIN || *next != WIRE1_KE ||
	    !(from == bob ? spoil.of_bob : spoil.of_alice))
		return true;
	while (*next != 0 && at + 24 <= f->len) {
		if (*next == WIRE1_NATD)
			change(next, &f->data[at], n++);
		next = &f->data[at];
		at += (size_t)(f->data[at + 2] << 8 | f->data[at + 3]);
	}
	CU_ASSERT_EQUAL(n, 2);
	return true;
}

/* Both ends hear the same: ESP is in UDP, or is not, and what is gone shows no NAT,
 * as in IKEv2.  If only one of them hears it, they do not agree on a CHILD_SA, say why,
 * and ask again with another IKE_SA, which only the peer can make for an end that does
 * not know its address.  In no case does IKE itself fail. */
static void
test_natd(void)
{
	static const char here[] = "but this end sees a NAT",
	    there[] = "but this end sees no NAT";
	static const struct {
		int line;
		struct spoil spoil;
		bool udp;
		const char *why;	/* there is no CHILD_SA; what alice says */
		const char *alices;
	} rows[] = {
		{ __LINE__, { false, false, FLIP }, false, NULL, V1 },
		{ __LINE__, { true, true, FLIP }, true, NULL, V1 },
		{ __LINE__, { true, true, EMPTY }, true, NULL, V1 },
		{ __LINE__, { true, true, ONE_GONE }, false, NULL, V1 },
		{ __LINE__, { true, true, GONE }, false, NULL, V1 },
		{ __LINE__, { true, false, ONE_GONE }, false, NULL, V1 },
		{ __LINE__, { true, false, GONE }, false, NULL, V1 },
		{ __LINE__, { false, true, GONE }, false, NULL, V1 },
		{ __LINE__, { true, false, FLIP }, false, here, V1 },
		{ __LINE__, { true, false, EMPTY }, false, here, V1 },
		{ __LINE__, { false, true, FLIP }, false, there, V1 },
		{ __LINE__, { false, true, EMPTY }, false, there, V1 },
		{ __LINE__, { true, false, FLIP }, false, here,
		  V1 ",\"peer\":null" },
		{ __LINE__, { false, true, FLIP }, false, there,
		  V1 ",\"peer\":null" },
	};
	const struct plane_sa *s;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pair_begin(100 + i);
		spoil = rows[i].spoil;
		w.tap = spoil_natd;
		pair_config(rows[i].alices, V1);
		if (rows[i].why != NULL) {
			world_run(&w, 10000);
			CHECK_ROW(rows[i].line, !node_up(alice, 1) &&
			    !node_up(bob, 1));
			CHECK_ROW(rows[i].line, strstr(node_state(alice, 1),
			    rows[i].why) != NULL);
			CHECK_ROW(rows[i].line, strstr(node_state(bob, 1),
			    "down-ike-established") != NULL);
			w.tap = NULL;	/* the way is as it was */
		}
		CHECK_ROW(rows[i].line, pair_comes_up(90000));
		s = node_sa(alice, 1, false);
		CHECK_ROW(rows[i].line, s != NULL && s->sa.udp_encap == rows[i].udp);
		s = node_sa(bob, 1, false);
		CHECK_ROW(rows[i].line, s != NULL && s->sa.udp_encap == rows[i].udp);
		pair_end();
	}
}

/* --- KE --- */

static struct {
	struct node	*of;		/* whose first KE, NULL: it is done */
	int		 more;		/* octets */
} ke;

static bool
spoil_ke(struct world *world, struct node *from, struct flight *f)
{
	size_t at = 28, len = f->len + (size_t)ke.more, body, end;
	uint8_t copy[2048] = { 0 };

	(void)world;
	if (from != ke.of || f->data[18] != EXCH1_MAIN || f->data[16] != WIRE1_KE)
		return true;
	ke.of = NULL;
	body = (size_t)(f->data[at + 2] << 8 | f->data[at + 3]);
	end = at + body;
	CU_ASSERT_FATAL(len <= sizeof(copy) && end < f->len);
	memcpy(copy, f->data, end);
	memcpy(copy + end + ke.more, f->data + end, f->len - end);
	body += (size_t)ke.more;
	octets_u32((uint32_t)len, copy + 24);
	copy[at + 2] = (uint8_t)(body >> 8);
	copy[at + 3] = (uint8_t)body;
	node_send(from, &f->src, &f->dst, f->encap, false, copy, len);
	return false;
}

/* A public value that has not the length of its group does nothing: the right one,
 * which comes when the peer repeats itself, is taken. */
static void
test_ke_length(void)
{
	static const char one[] = V1 ",\"ike\":{\"cipher\":[\"aes128\"],"
	    "\"auth\":[\"sha256\"],\"dh\":[\"modp2048\"]}";
	static const struct { int line; bool bobs; int more; } rows[] = {
		{ __LINE__, true, -1 }, { __LINE__, true, 1 },
		{ __LINE__, false, -1 }, { __LINE__, false, 1 },
	};
	struct engine_stats s;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pair_begin(150 + i);
		ke.of = rows[i].bobs ? bob : alice;
		ke.more = rows[i].more;
		w.tap = spoil_ke;
		pair_config(one, one);
		CHECK_ROW(rows[i].line, pair_comes_up(10000) && ke.of == NULL);
		engine_get_stats(rows[i].bobs ? alice->engine : bob->engine, &s);
		CHECK_ROW(rows[i].line, s.dropped == 1);
		CHECK_ROW(rows[i].line, node_said(bob, "IKE_SA #1 established"));
		pair_end();
	}
}

/* --- two tunnels, one of each version --- */

static struct ike_sa *
sa_of(const struct node *n, uint32_t tunnel)
{
	return tunnel_sa(tunnel_find(n->engine, tunnel));
}

static bool
both_tunnels(struct world *world)
{
	(void)world;
	return node_up(alice, 1) && node_up(alice, 2) && node_up(bob, 1) &&
	    node_up(bob, 2);
}

/* Tunnel 1 of IKEv1, tunnel 2 of IKEv2, between the same addresses. */
static void
configure(struct node *n, const char *(*entry)(const char *), const char *more)
{
	char both[4096];
	size_t at;

	at = (size_t)snprintf(both, sizeof(both), "%s,", entry(V1));
	snprintf(both + at, sizeof(both) - at, "%s", entry(more));
	both[at + strlen("{\"id\":")] = '2';
	node_config(n, both);
}

static void
begin_two(uint64_t seed)
{
	pair_begin(seed);
	configure(alice, alice_entry, ",\"local-id\":{\"value\":\"alice2\"},"
	    "\"remote-id\":{\"value\":\"bob2\"},"
	    "\"local-subnet\":[\"10.1.1.0/24\"],\"remote-subnet\":[\"10.1.2.0/24\"]");
	configure(bob, bob_entry, ",\"local-id\":{\"value\":\"bob2\"},"
	    "\"remote-id\":{\"value\":\"alice2\"},"
	    "\"local-subnet\":[\"10.1.2.0/24\"],\"remote-subnet\":[\"10.1.1.0/24\"]");
	CU_ASSERT_FATAL(world_until(&w, both_tunnels, 10000));
	CU_ASSERT_FATAL(sa_of(bob, 1)->v1 != NULL && sa_of(bob, 2)->v1 == NULL);
}

/* Bob's, over tunnel 1: a Delete of these cookies, or of these SPIs of ESP. */
static void
delete_by_ike1(const struct ike_sa *named, const uint32_t *spis, size_t n)
{
	struct words1 s;

	words1_begin(&s, bob, EXCH1_INFORMATIONAL, 0);
	if (named != NULL)
		build1_delete_isakmp(&s.b, named->spi_i, named->spi_r);
	else
		build1_delete(&s.b, PROTO_ESP, spis, n);
	words1_say(&s);
	world_run(&w, 200);
}

static void
delete_by_ike2(const uint32_t *spis, size_t n)
{
	struct ike_sa *sa = sa_of(bob, 2);
	struct build b;

	engine_enter(bob->engine, w.now);
	request_begin(bob->engine, sa, &b, EXCH_INFORMATIONAL);
	build_delete(&b, PROTO_ESP, spis, n);
	CU_ASSERT(request_send(bob->engine, sa, &b, REQ_PROBE));
	engine_leave(bob->engine);
	world_run(&w, 200);
}

static bool
nothing_happened(uint32_t spi1, uint32_t spi2)
{
	return both_tunnels(&w) && node_sa(alice, 1, true)->sa.spi == spi1 &&
	    node_sa(alice, 2, true)->sa.spi == spi2 &&
	    node_count(alice, 1, true) == 1 && node_count(alice, 2, true) == 1;
}

/* A Delete reaches what its own tunnel has, by its own version. */
static void
test_deletes(void)
{
	struct ike_sa unknown;
	uint32_t spi1, spi2, bobs1, bobs2, cleared[2];

	begin_two(200);
	spi1 = node_sa(alice, 1, true)->sa.spi;
	spi2 = node_sa(alice, 2, true)->sa.spi;
	bobs1 = node_sa(bob, 1, true)->sa.spi;
	bobs2 = node_sa(bob, 2, true)->sa.spi;
	unknown = *sa_of(bob, 1);
	unknown.spi_i ^= 1;
	delete_by_ike1(&unknown, NULL, 0);
	CU_ASSERT(nothing_happened(spi1, spi2));
	delete_by_ike1(sa_of(bob, 2), NULL, 0);
	CU_ASSERT(nothing_happened(spi1, spi2));
	delete_by_ike1(NULL, &bobs2, 1);
	CU_ASSERT(nothing_happened(spi1, spi2));
	delete_by_ike2(&bobs1, 1);
	CU_ASSERT(nothing_happened(spi1, spi2));
	/* In a Delete with its own, only that one goes. */
	cleared[0] = bobs2;
	cleared[1] = bobs1;
	delete_by_ike1(NULL, cleared, 2);
	CU_ASSERT(node_count(alice, 2, true) == 1 &&
	    node_sa(alice, 2, true)->sa.spi == spi2);
	CU_ASSERT(node_sa(alice, 1, true) == NULL ||
	    node_sa(alice, 1, true)->sa.spi != spi1);
	delete_by_ike1(sa_of(bob, 1), NULL, 0);
	CU_ASSERT(!node_up(alice, 1) && node_up(alice, 2));
	CU_ASSERT(node_sa(alice, 2, true)->sa.spi == spi2);
	pair_end();
}

/* --- cookies --- */

/* A message of a version with these cookies, of that exchange; encrypted it seems. */
static void
say_with(uint8_t version, uint64_t spi_i, uint64_t spi_r, uint8_t exchange)
{
	const struct ike_sa *sa = sa_of(bob, 1);
	uint8_t msg[28 + 64] = { 0 };
	struct wbuf b;

	wbuf_init(&b, msg, sizeof(msg));
	wbuf_u64(&b, spi_i);
	wbuf_u64(&b, spi_r);
	wbuf_u8(&b, version == 1 ? WIRE1_HASH : PL_SK);
	wbuf_u8(&b, (uint8_t)(version << 4));
	wbuf_u8(&b, exchange);
	wbuf_u8(&b, version == 1 ? FLAG1_ENCRYPTED : FLAG_INITIATOR);
	wbuf_u32(&b, 5);
	wbuf_u32(&b, sizeof(msg));
	if (version == 2) {
		wbuf_u8(&b, PL_DELETE);
		wbuf_u8(&b, 0);
		wbuf_u16(&b, sizeof(msg) - 28);
	}
	node_send(bob, &sa->local, &sa->remote, sa->encap, false, msg, sizeof(msg));
	world_run(&w, 50);
}

/* What is for nobody is counted, shown to who watches, and changes nothing; in IKEv1
 * it is not answered. */
static void
test_cookies(void)
{
	static const struct { int line; uint8_t exchange; bool i, r; } rows[] = {
		{ __LINE__, EXCH1_INFORMATIONAL, true, false },
		{ __LINE__, EXCH1_INFORMATIONAL, false, true },
		{ __LINE__, EXCH1_QUICK, false, false },
		{ __LINE__, EXCH1_MAIN, true, false },
		{ __LINE__, EXCH1_MAIN, false, false },
	};
	struct engine_stats was, is;
	unsigned int dropped, sent;
	uint32_t spi1, spi2;
	struct ike_sa *v1, *v2;
	size_t i;

	begin_two(300);
	engine_watch(alice->engine, true);
	spi1 = node_sa(alice, 1, true)->sa.spi;
	spi2 = node_sa(alice, 2, true)->sa.spi;
	v1 = sa_of(bob, 1);
	v2 = sa_of(bob, 2);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		engine_get_stats(alice->engine, &was);
		dropped = alice->seen.dropped;
		sent = w.sent;
		say_with(1, rows[i].i ? v1->spi_i : 77, rows[i].r ? v1->spi_r : 78,
		    rows[i].exchange);
		engine_get_stats(alice->engine, &is);
		CHECK_ROW(rows[i].line, is.dropped == was.dropped + 1);
		CHECK_ROW(rows[i].line, alice->seen.dropped == dropped + 1);
		CHECK_ROW(rows[i].line, w.sent == sent + 1);
	}
	/* Those of the other version are as unknown. */
	dropped = alice->seen.dropped;
	say_with(1, v2->spi_i, v2->spi_r, EXCH1_INFORMATIONAL);
	say_with(1, v2->spi_i, v2->spi_r, EXCH1_QUICK);
	say_with(2, v1->spi_i, v1->spi_r, EXCH_INFORMATIONAL);
	CU_ASSERT_EQUAL(alice->seen.dropped, dropped + 3);
	CU_ASSERT(nothing_happened(spi1, spi2));
	world_run(&w, 300000);
	CU_ASSERT(nothing_happened(spi1, spi2));
	pair_end();
}

/* --- another version for a tunnel that is up --- */

static bool
is_of(unsigned int version)
{
	const struct node *n[] = { alice, bob };
	const struct ike_sa *sa;
	size_t i;

	for (i = 0; i < 2; i++)
		for (sa = tunnel_find(n[i]->engine, 1)->sas; sa != NULL; sa = sa->next)
			if ((sa->v1 != NULL) != (version == 1))
				return false;
	return true;
}

/* What there is ends in good order, from either end, and the tunnel is up again as
 * soon as both ends have the same version. */
static void
test_another_version(void)
{
	const char *of[] = { "", V1 };
	unsigned int to;
	int i;

	for (i = 0; i < 4; i++) {
		to = (unsigned int)i % 2;
		pair_begin(400 + (uint64_t)i);
		pair_config(of[!to], of[!to]);
		CU_ASSERT_FATAL(pair_comes_up(10000));
		if (i < 2)
			node_config(alice, alice_entry(of[to]));
		else
			node_config(bob, bob_entry(of[to]));
		world_run(&w, 1000);
		CHECK_ROW(i, node_count(alice, 1, true) == 0 &&
		    node_count(bob, 1, true) == 0);
		pair_config(of[to], of[to]);
		CHECK_ROW(i, pair_comes_up(60000));
		world_run(&w, 30000);
		CHECK_ROW(i, is_of(to == 1 ? 1 : 2) && pair_is_tidy());
		pair_end();
	}
}

UNIT_MAIN("IKEv1 on the way",
	{ "NAT-D that is changed", test_natd },
	{ "KE of another length", test_ke_length },
	{ "Deletes of something else", test_deletes },
	{ "unknown cookies", test_cookies },
	{ "another version", test_another_version })
