/* esp/table, esp/flow, esp/inner: which SA, which policy, which packets. */
#include "esp/table.h"

#include <stdlib.h>
#include <string.h>

#include "esp/inner.h"
#include "tests/dataplane/packets.h"
#include "tests/unit.h"

static struct ip_key
key(const char *text, uint8_t *family)
{
	struct ip_key k = { { 0, 0 } };
	struct addr a;

	CU_ASSERT_FATAL(addr_parse(&a, text) == 0);
	memcpy(&k, a.b, sizeof(k));
	*family = a.family;
	return k;
}

static struct prefix
net(const char *text)
{
	struct prefix p;

	memset(&p, 0, sizeof(p));
	if (*text)
		CU_ASSERT_FATAL(prefix_parse(&p, text) == 0);
	return p;
}

static void
some(struct subnets *s, const char *local, const char *remote)
{
	struct prefix l = net(local), r = net(remote);

	subnets_set(s, &l, &r);
}

static void
policy(struct table *t, uint32_t tunnel, const char *local, const char *remote)
{
	struct dp_policy p = { .tunnel = tunnel, .outer_remote.family = AF_INET };
	struct err e = ERR_INIT;

	some(&p.subnets, local, remote);
	CU_ASSERT_FATAL(table_policy_add(t, &p, &e) == 0);
}

static struct dp_sa
sa_spec(uint32_t tunnel, uint32_t spi, bool inbound, const char *local,
	const char *remote)
{
	struct dp_sa d;

	memset(&d, 0, sizeof(d));
	d.tunnel = tunnel;
	d.spi = spi;
	d.inbound = inbound;
	d.udp_encap = true;
	some(&d.subnets, local, remote);
	d.src.addr.family = d.dst.addr.family = AF_INET;
	d.keys.encr = encr_by_name("aes128gcm16");
	CU_ASSERT_FATAL(secret_set(&d.keys.ek, "01234567890123456789", 20));
	return d;
}

static struct sa *
sa(struct table *t, uint32_t tunnel, uint32_t spi, const char *local,
   const char *remote)
{
	struct dp_sa d = sa_spec(tunnel, spi, false, local, remote);
	struct err e = ERR_INIT;

	CU_ASSERT_FATAL(table_sa_add(t, &d, 64, &e) == 0);
	return table_sa_find(t, tunnel, spi, false);
}

/* "sa SPI", "policy TUNNEL" or "nothing", as a number: SPI, -TUNNEL, 0. */
static int64_t
look(struct table *t, const char *src, const char *dst)
{
	struct policy *p;
	struct ip_key s, d;
	struct sa *found;
	uint8_t family;

	s = key(src, &family);
	d = key(dst, &family);
	found = table_outbound(t, family, &s, &d, &p);
	return found ? (int64_t)found->spi : p ? -(int64_t)p->tunnel : 0;
}

static void
test_lookup(void)
{
	struct table *t = table_new();
	static const struct {
		int		line;
		const char	*src, *dst;
		int64_t		want;
	} rows[] = {
		{ __LINE__, "10.1.0.5", "10.2.0.1", -1 },
		{ __LINE__, "10.1.0.5", "10.2.7.1", 0xc7 },
		{ __LINE__, "10.1.0.5", "10.3.0.1", -9 },
		{ __LINE__, "10.9.0.5", "10.2.0.1", 0 },
		{ __LINE__, "10.9.0.5", "10.3.0.1", 0 },
		{ __LINE__, "2001:db8:1::1", "2001:db8:2::1", 0xc6 },
		{ __LINE__, "2001:db8:1::1", "2001:db8:3::1", 0 },
		{ __LINE__, "10.1.0.77", "10.4.0.1", 0xc4 },
		{ __LINE__, "10.1.0.78", "10.4.0.1", -9 },
		{ __LINE__, "192.0.2.1", "192.0.2.2", 0xc5 },
	};
	size_t i;

	policy(t, 1, "10.1.0.0/16", "10.2.0.0/16");
	/* More specific and up, next to less specific and down. */
	policy(t, 2, "10.1.0.0/16", "10.2.7.0/24");
	sa(t, 2, 0xc7, "10.1.0.0/16", "10.2.7.0/24");
	policy(t, 9, "10.1.0.0/16", "0.0.0.0/0");
	policy(t, 3, "2001:db8:1::/48", "2001:db8:2::/48");
	sa(t, 3, 0xc6, "2001:db8:1::/48", "2001:db8:2::/48");
	/* No policy yet: what the SA says. */
	policy(t, 4, "10.1.0.77", "");
	sa(t, 4, 0xc4, "10.1.0.77", "10.4.0.1");
	policy(t, 5, "192.0.2.1", "192.0.2.2");
	sa(t, 5, 0xc5, "192.0.2.1", "192.0.2.2");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_ROW(rows[i].line,
		    look(t, rows[i].src, rows[i].dst) == rows[i].want);
	table_free(t);
}

/* A tunnel that is down must not leak into a wider one that is up. */
static void
test_no_fall_through(void)
{
	struct table *t = table_new();

	policy(t, 1, "10.1.0.0/16", "0.0.0.0/0");
	sa(t, 1, 0xc1, "10.1.0.0/16", "0.0.0.0/0");
	policy(t, 2, "10.1.0.0/16", "10.2.0.0/16");
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "10.2.0.1"), -2);
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "8.8.8.8"), 0xc1);
	CU_ASSERT(table_policy_del(t, 2));
	CU_ASSERT(!table_policy_del(t, 2));
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "10.2.0.1"), 0xc1);
	table_free(t);
}

/* A peer may ask for less than its tunnel is for; not for what is another's. */
static void
test_no_taking(void)
{
	struct table *t = table_new();

	policy(t, 1, "10.1.0.0/16", "10.0.0.0/8");
	policy(t, 2, "10.1.0.0/16", "10.2.0.0/16");
	sa(t, 2, 0xc2, "10.1.0.0/16", "10.2.0.0/16");
	sa(t, 1, 0xc1, "10.1.0.0/16", "10.2.0.0/16");
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "10.2.0.1"), 0xc2);
	sa(t, 1, 0xc3, "10.1.0.0/16", "10.2.0.1/32");
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "10.2.0.1"), 0xc2);
	sa(t, 1, 0xc4, "10.1.0.0/16", "10.3.0.0/16");
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "10.3.0.1"), 0xc4);
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "10.4.0.1"), -1);
	/* The other one is down: its traffic waits. */
	table_sa_del(t, table_sa_find(t, 2, 0xc2, false));
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "10.2.0.1"), -2);
	CU_ASSERT(table_policy_del(t, 2));
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "10.2.0.1"), 0xc3);
	table_free(t);
}

/* A tunnel without a policy: its SA alone says where its peer is. */
static void
test_no_policy(void)
{
	struct table *t = table_new();

	policy(t, 1, "10.1.0.0/16", "0.0.0.0/0");
	sa(t, 1, 0xc1, "10.1.0.0/16", "0.0.0.0/0");
	sa(t, 2, 0xc2, "10.1.0.0/16", "192.0.2.2/32");
	policy(t, 3, "10.1.0.0/16", "");
	sa(t, 3, 0xc3, "10.1.0.0/16", "192.0.2.3/32");
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "192.0.2.1"), 0xc1);
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "192.0.2.2"), 0xc2);
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "192.0.2.3"), 0xc3);
	table_free(t);
}

static void
test_rekey(void)
{
	struct table *t = table_new();
	struct sa *old, *new;

	policy(t, 1, "10.1.0.0/16", "10.2.0.0/16");
	old = sa(t, 1, 0xc1, "10.1.0.0/16", "10.2.0.0/16");
	new = sa(t, 1, 0xc2, "10.1.0.0/16", "10.2.0.0/16");
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "10.2.0.1"), 0xc2);
	table_sa_del(t, new);
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "10.2.0.1"), 0xc1);
	table_sa_del(t, old);
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "10.2.0.1"), -1);
	/* The policy of the same tunnel replaced by the very same one. */
	policy(t, 1, "10.1.0.0/16", "10.2.0.0/16");
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "10.2.0.1"), -1);
	policy(t, 1, "10.1.0.0/16", "10.3.0.0/16");
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "10.2.0.1"), 0);
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "10.3.0.1"), -1);
	table_free(t);
}

static void
test_shared(void)
{
	struct table *t = table_new();
	struct sa *second;

	policy(t, 1, "10.1.0.0/16", "10.2.0.0/16");
	policy(t, 2, "10.1.0.0/16", "10.2.0.0/16");
	sa(t, 1, 0xc1, "10.1.0.0/16", "10.2.0.0/16");
	second = sa(t, 2, 0xc2, "10.1.0.0/16", "10.2.0.0/16");
	CU_ASSERT(table_policy_del(t, 1));
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "10.2.0.1"), 0xc2);
	table_sa_del(t, second);
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "10.2.0.1"), 0xc1);
	table_free(t);
}

static void
test_inbound(void)
{
	struct dp_sa d = sa_spec(1, 0xc1, true, "10.1.0.0/16", "10.2.0.0/16");
	struct table *t = table_new();
	struct err e = ERR_INIT;

	CU_ASSERT(table_sa_add(t, &d, 64, &e) == 0);
	CU_ASSERT(table_inbound(t, 0xc1) != NULL);
	CU_ASSERT(table_inbound(t, 0xc2) == NULL);
	/* An outbound SPI is the peer's choice: it may be the same. */
	sa(t, 1, 0xc1, "10.1.0.0/16", "10.2.0.0/16");
	CU_ASSERT(table_inbound(t, 0xc1)->inbound);
	CU_ASSERT(table_sa_add(t, &d, 64, &e) < 0);
	CU_ASSERT(table_inbound(t, 0xc1)->replay.window == 64);
	d.spi = 0xc3;
	d.replay_window = 4096;
	CU_ASSERT(table_sa_add(t, &d, 64, &e) == 0);
	CU_ASSERT(table_inbound(t, 0xc3)->replay.window == 4096);
	d.spi = 0xc4;
	d.udp_encap = false;
	CU_ASSERT(table_sa_add(t, &d, 64, &e) < 0);
	d.udp_encap = true;
	d.keys.ek.len = 5;
	CU_ASSERT(table_sa_add(t, &d, 64, &e) < 0);
	d.keys.encr = NULL;
	CU_ASSERT(table_sa_add(t, &d, 64, &e) < 0);
	table_free(t);
}

static void
test_sync(void)
{
	struct table *t = table_new();

	policy(t, 1, "10.1.0.0/16", "10.2.0.0/16");
	policy(t, 2, "10.1.0.0/16", "10.3.0.0/16");
	sa(t, 1, 0xc1, "10.1.0.0/16", "10.2.0.0/16");
	table_sync(t);
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "10.2.0.1"), 0xc1);
	table_begin(t);
	policy(t, 2, "10.1.0.0/16", "10.3.0.0/16");
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "10.2.0.1"), 0xc1);
	table_sync(t);
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "10.2.0.1"), 0);
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "10.3.0.1"), -2);
	CU_ASSERT(table_sa_find(t, 1, 0xc1, false) == NULL);
	table_free(t);
}

/* Several subnets: every pair of them, and nothing else. */
static void
test_sets(void)
{
	struct dp_sa d = sa_spec(1, 0xc1, false, "10.1.0.0/16", "10.2.0.0/16");
	struct dp_policy pol = { .tunnel = 1, .outer_remote.family = AF_INET };
	struct prefix l = net("10.7.0.0/16"), r = net("10.8.0.0/24");
	struct table *t = table_new();
	struct err e = ERR_INIT;
	struct ip_key src, dst;
	struct sa *in;
	uint8_t family;

	some(&pol.subnets, "10.1.0.0/16", "10.2.0.0/16");
	CU_ASSERT(subnets_add_local(&pol.subnets, &l));
	CU_ASSERT(subnets_add_remote(&pol.subnets, &r));
	CU_ASSERT_FATAL(table_policy_add(t, &pol, &e) == 0);
	/* More specific, for one of the pairs. */
	policy(t, 2, "10.7.0.0/16", "10.8.0.128/25");
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "10.2.0.1"), -1);
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "10.8.0.129"), -1);
	CU_ASSERT_EQUAL(look(t, "10.7.0.1", "10.8.0.1"), -1);
	CU_ASSERT_EQUAL(look(t, "10.7.0.1", "10.8.0.129"), -2);
	CU_ASSERT_EQUAL(look(t, "10.7.0.1", "10.1.0.1"), 0);
	subnets_copy(&d.subnets, &pol.subnets);
	CU_ASSERT_FATAL(table_sa_add(t, &d, 64, &e) == 0);
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "10.8.0.129"), 0xc1);
	CU_ASSERT_EQUAL(look(t, "10.7.0.1", "10.2.0.1"), 0xc1);
	CU_ASSERT_EQUAL(look(t, "10.7.0.1", "10.8.0.129"), -2);
	/* A set that shrinks. */
	some(&pol.subnets, "10.1.0.0/16", "10.2.0.0/16");
	CU_ASSERT_FATAL(table_policy_add(t, &pol, &e) == 0);
	table_sa_del(t, table_sa_find(t, 1, 0xc1, false));
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "10.2.0.1"), -1);
	CU_ASSERT_EQUAL(look(t, "10.1.0.1", "10.8.0.129"), 0);

	d.inbound = true;
	CU_ASSERT_FATAL(table_sa_add(t, &d, 64, &e) == 0);
	in = table_inbound(t, 0xc1);
#define ALLOWS(from, to) (src = key(from, &family), dst = key(to, &family), 	table_sa_allows(in, family, &src, &dst))
	CU_ASSERT(ALLOWS("10.2.0.1", "10.1.0.1") && ALLOWS("10.8.0.1", "10.7.0.1"));
	CU_ASSERT(ALLOWS("10.2.0.1", "10.7.0.1") && ALLOWS("10.8.0.1", "10.1.0.1"));
	CU_ASSERT(!ALLOWS("10.1.0.1", "10.2.0.1") && !ALLOWS("10.8.1.1", "10.7.0.1"));
	CU_ASSERT(!ALLOWS("10.2.0.1", "10.3.0.1"));
	table_free(t);
}

static void
test_many(void)
{
	struct table *t = table_new();
	char local[32], remote[32];
	uint32_t i;
	int wrong = 0;

	for (i = 0; i < 5000; i++) {
		snprintf(local, sizeof(local), "10.%u.%u.0/24", i / 256, i % 256);
		snprintf(remote, sizeof(remote), "172.16.%u.%u", i / 256, i % 256);
		policy(t, i + 1, local, remote);
		sa(t, i + 1, 0xc0000000 + i, local, remote);
	}
	for (i = 0; i < 5000; i++) {
		snprintf(local, sizeof(local), "10.%u.%u.9", i / 256, i % 256);
		snprintf(remote, sizeof(remote), "172.16.%u.%u", i / 256, i % 256);
		wrong += look(t, local, remote) != (int64_t)0xc0000000 + i;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	for (i = 0; i < 5000; i++) {
		table_sa_del(t, table_sa_find(t, i + 1, 0xc0000000 + i, false));
		CU_ASSERT(table_policy_del(t, i + 1));
	}
	CU_ASSERT_EQUAL(look(t, "10.0.1.9", "172.16.0.1"), 0);
	table_free(t);
}

/* --- inner --- */

static void
test_selectors(void)
{
	static const struct {
		int		line;
		const char	*prefix, *addr;
		bool		want;
	} rows[] = {
		{ __LINE__, "10.1.0.0/16", "10.1.255.255", true },
		{ __LINE__, "10.1.0.0/16", "10.2.0.0", false },
		{ __LINE__, "10.1.0.1", "10.1.0.1", true },
		{ __LINE__, "10.1.0.1", "10.1.0.0", false },
		{ __LINE__, "0.0.0.0/0", "255.255.255.255", true },
		{ __LINE__, "0.0.0.0/0", "::1", false },
		{ __LINE__, "::/0", "1.2.3.4", false },
		{ __LINE__, "2001:db8::/33", "2001:db8:7fff::1", true },
		{ __LINE__, "2001:db8::/33", "2001:db8:8000::1", false },
		{ __LINE__, "2001:db8::/65", "2001:db8::7fff:0:0:1", true },
		{ __LINE__, "2001:db8::/65", "2001:db8::8000:0:0:1", false },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct prefix p = net(rows[i].prefix);
		struct selector s;
		struct ip_key k;
		uint8_t family;

		k = key(rows[i].addr, &family);
		selector_init(&s, &p);
		CHECK_ROW(rows[i].line,
		    selector_has(&s, family, &k) == rows[i].want);
	}
}

/* RFC 6040 figure 4 */
static void
test_ecn(void)
{
	enum { NOT = 0, ECT1 = 1, ECT0 = 2, CE = 3, DROP = 4 };
	static const uint8_t want[4][4] = {	/* [inner][outer] */
		[NOT] = { NOT, NOT, NOT, DROP },
		[ECT1] = { ECT1, ECT1, ECT1, CE },
		[ECT0] = { ECT0, ECT1, ECT0, CE },
		[CE] = { CE, CE, CE, CE },
	};
	static const int families[] = { AF_INET, AF_INET6 };
	uint8_t pkt[200], i, o;
	struct inner in;
	size_t f, len;

	for (f = 0; f < 2; f++) {
		for (i = 0; i < 4; i++) {
			for (o = 0; o < 4; o++) {
				struct packet_spec s = { .family = families[f],
				    .proto = IPPROTO_UDP, .tos = 0xb8 | i,
				    .payload = 9 };

				len = packet_make(pkt, &s);
				CU_ASSERT(inner_parse(&in, pkt, len));
				CU_ASSERT_EQUAL(in.tos, 0xb8 | i);
				if (!inner_ecn(pkt, &in, o)) {
					CU_ASSERT_EQUAL(want[i][o], DROP);
					continue;
				}
				CU_ASSERT(packet_right(pkt, len));
				CU_ASSERT(inner_parse(&in, pkt, len));
				CU_ASSERT_EQUAL(in.tos, 0xb8 | want[i][o]);
			}
		}
	}
}

static void
test_inner_lengths(void)
{
	struct packet_spec s = { .family = AF_INET, .proto = IPPROTO_UDP,
	    .id = 999, .payload = 20 };
	uint8_t pkt[200];
	struct inner in;
	size_t len = packet_make(pkt, &s), i;

	for (i = 0; i < len; i++)
		CU_ASSERT(!inner_parse(&in, pkt, i));
	/* Padding behind it (RFC 4303 2.7) is no part of it. */
	CU_ASSERT(inner_parse(&in, pkt, len + 50));
	CU_ASSERT_EQUAL(in.len, len);
	pkt[0] = 0x44;
	CU_ASSERT(!inner_parse(&in, pkt, len));
	pkt[0] = 0x4f;
	CU_ASSERT(!inner_parse(&in, pkt, len));
	pkt[0] = 0x65;
	CU_ASSERT(!inner_parse(&in, pkt, len));
}

UNIT_MAIN("esp/table",
	{ "look-up", test_lookup },
	{ "a tunnel that is down does not leak into a wider one",
	  test_no_fall_through },
	{ "a peer does not get another's traffic", test_no_taking },
	{ "SAs without a policy", test_no_policy },
	{ "rekeying", test_rekey },
	{ "two tunnels with the same subnets", test_shared },
	{ "inbound", test_inbound },
	{ "a new engine", test_sync },
	{ "several subnets", test_sets },
	{ "thousands", test_many },
	{ "selectors", test_selectors },
	{ "ECN", test_ecn },
	{ "lengths inside", test_inner_lengths },
)
