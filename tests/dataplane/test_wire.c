/* dataplane/wire: what one process writes another reads, and nothing else. */
#include "dataplane/dataplane.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "tests/unit.h"

static struct addr
address(const char *text)
{
	struct addr a;

	CU_ASSERT_FATAL(addr_parse(&a, text) == 0);
	return a;
}

static struct prefix
subnet(const char *text)
{
	struct prefix p;

	CU_ASSERT_FATAL(prefix_parse(&p, text) == 0);
	return p;
}

static void
fill(struct subnets *s, const char *local, const char *remote)
{
	struct prefix l = subnet(local), r = subnet(remote);

	subnets_set(s, &l, &r);
}

static void
make_request(struct dp_request *r, enum dp_op op, const char *encr,
	     const char *integ)
{
	uint8_t bytes[SECRET_MAX];
	struct dp_sa *sa = &r->sa;
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i + 1);
	memset(r, 0, sizeof(*r));
	r->op = op;
	r->serial = 0xfedcba98;
	sa->tunnel = 7;
	sa->spi = 0xc2032981;
	sa->inbound = true;
	sa->udp_encap = true;
	sa->src = (struct endpoint){ address("192.0.2.1"), 4500 };
	sa->dst = (struct endpoint){ address("198.51.100.2"), 61000 };
	fill(&sa->subnets, "10.1.0.0/16", "10.2.0.0/24");
	sa->replay_window = 1024;
	sa->keys.encr = encr_by_name(encr);
	sa->keys.integ = integ != NULL ? integ_by_name(integ) : NULL;
	CU_ASSERT_FATAL(secret_set(&sa->keys.ek, bytes,
	    sa->keys.encr->key_len + sa->keys.encr->salt_len));
	CU_ASSERT_FATAL(secret_set(&sa->keys.ak, bytes,
	    integ != NULL ? sa->keys.integ->key_len : 0));
	r->policy.tunnel = 9;
	fill(&r->policy.subnets, "2001:db8:1::/48", "2001:db8:2::/64");
	r->policy.outer_local = address("2001:db8::1");
}

static bool
same_request(const struct dp_request *a, const struct dp_request *b)
{
	return a->op == b->op && a->serial == b->serial &&
	    a->sa.tunnel == b->sa.tunnel && a->sa.spi == b->sa.spi &&
	    a->sa.inbound == b->sa.inbound && a->sa.esn == b->sa.esn &&
	    a->sa.udp_encap == b->sa.udp_encap &&
	    endpoint_equal(&a->sa.src, &b->sa.src) &&
	    endpoint_equal(&a->sa.dst, &b->sa.dst) &&
	    a->sa.keys.encr == b->sa.keys.encr &&
	    a->sa.keys.integ == b->sa.keys.integ &&
	    secret_equal(&a->sa.keys.ek, &b->sa.keys.ek) &&
	    secret_equal(&a->sa.keys.ak, &b->sa.keys.ak) &&
	    subnets_equal(&a->sa.subnets, &b->sa.subnets) &&
	    a->sa.replay_window == b->sa.replay_window &&
	    a->policy.tunnel == b->policy.tunnel &&
	    subnets_equal(&a->policy.subnets, &b->policy.subnets) &&
	    addr_equal(&a->policy.outer_local, &b->policy.outer_local) &&
	    addr_equal(&a->policy.outer_remote, &b->policy.outer_remote);
}

static size_t
build(uint8_t *out, const struct dp_request *r)
{
	struct wbuf w;

	wbuf_init(&w, out, DP_WIRE_MAX);
	dp_request_build(&w, r);
	CU_ASSERT(wbuf_ok(&w));
	return w.len;
}

static bool
parse(const uint8_t *in, size_t len, struct dp_request *r)
{
	/* In memory of exactly that size, for the sanitizer to watch. */
	uint8_t *copy = malloc(len != 0 ? len : 1);
	struct rbuf b;
	bool ok;

	CU_ASSERT_FATAL(copy != NULL);
	memcpy(copy, in, len);
	rbuf_init(&b, copy, len);
	ok = dp_request_parse(&b, r);
	CU_ASSERT(ok == rbuf_ok(&b));
	free(copy);
	return ok;
}

static void
test_request(void)
{
	uint8_t bytes[DP_WIRE_MAX];
	struct dp_request in, out;
	size_t len;
	int op;

	for (op = DP_SA_ADD; op <= DP_BEGIN; op++) {
		make_request(&in, (enum dp_op)op, "aes256ctr", "sha512");
		len = build(bytes, &in);
		CU_ASSERT(parse(bytes, len, &out) && same_request(&in, &out));
	}
	make_request(&in, DP_SA_ADD, "chacha20poly1305", NULL);
	in.sa.esn = true;
	in.sa.inbound = in.sa.udp_encap = false;
	CU_ASSERT(parse(bytes, build(bytes, &in), &out) && same_request(&in, &out));

	/* Without keys where none are wanted. */
	memset(&in.sa.keys, 0, sizeof(in.sa.keys));
	in.op = DP_SA_DEL;
	CU_ASSERT(parse(bytes, build(bytes, &in), &out) && same_request(&in, &out));
	in.op = DP_SA_ADD;
	CU_ASSERT(!parse(bytes, build(bytes, &in), &out));
}

/* As many subnets as there may be, and one more. */
static void
test_subnets(void)
{
	uint8_t bytes[DP_WIRE_MAX];
	struct dp_request in, out;
	struct prefix p;
	size_t i, at = 5 + 4;

	make_request(&in, DP_SA_ADD, "aes256", "sha512");
	for (i = 1; i < SUBNETS_MAX; i++) {
		p = subnet("2001:db8::/32");
		p.addr.b[3] = (uint8_t)i;
		CU_ASSERT(subnets_add_local(&in.sa.subnets, &p));
		p.addr.b[4] = 1;
		CU_ASSERT(subnets_add_remote(&in.sa.subnets, &p));
	}
	subnets_copy(&in.policy.subnets, &in.sa.subnets);
	CU_ASSERT(parse(bytes, build(bytes, &in), &out) && same_request(&in, &out));

	make_request(&in, DP_POLICY_ADD, "aes128gcm16", NULL);
	in.policy.subnets.n_local = in.policy.subnets.n_remote = 0;
	at = build(bytes, &in) - 2 - 2 * 17;
	CU_ASSERT(bytes[at] == 0 && bytes[at + 1] == 0);
	bytes[at] = SUBNETS_MAX + 1;
	CU_ASSERT(!parse(bytes, sizeof(bytes), &out));
}

static void
test_truncated(void)
{
	uint8_t bytes[DP_WIRE_MAX], zero[sizeof(struct dp_request)] = { 0 };
	struct dp_request r;
	size_t len, i;

	make_request(&r, DP_SA_ADD, "aes128", "sha256");
	len = build(bytes, &r);
	for (i = 0; i < len; i++) {
		CU_ASSERT(!parse(bytes, i, &r));
		/* No half-read key stays behind. */
		CU_ASSERT(memcmp(&r, zero, sizeof(r)) == 0);
	}
	CU_ASSERT(parse(bytes, len, &r));
}

/* Any single byte set to anything: parsed to something whole, or refused. */
static void
test_garbage(void)
{
	uint8_t bytes[DP_WIRE_MAX], again[DP_WIRE_MAX];
	struct dp_request r;
	size_t len, i;
	int v;

	make_request(&r, DP_SA_ADD, "aes128", "sha256");
	len = build(bytes, &r);
	for (i = 0; i < len; i++) {
		uint8_t was = bytes[i];

		for (v = 0; v < 256; v++) {
			bytes[i] = (uint8_t)v;
			if (!parse(bytes, len, &r))
				continue;
			CU_ASSERT(r.sa.keys.ek.len == r.sa.keys.encr->key_len +
			    r.sa.keys.encr->salt_len);
			CU_ASSERT(subnets_pairs(&r.sa.subnets) > 0);
			CU_ASSERT(r.sa.subnets.n_local <= SUBNETS_MAX);
			CU_ASSERT(r.sa.subnets.n_remote <= SUBNETS_MAX);
			CU_ASSERT(build(again, &r) <= len);
		}
		bytes[i] = was;
	}
}

static void
test_incomplete(void)
{
	uint8_t bytes[DP_WIRE_MAX];
	struct dp_request r, out;

#define REFUSED(op, change) do { \
	make_request(&r, (op), "aes128gcm16", NULL); \
	change; \
	CU_ASSERT(!parse(bytes, build(bytes, &r), &out)); \
} while (0)
	REFUSED(DP_SA_ADD, r.sa.spi = 0);
	REFUSED(DP_SA_ADD, r.sa.tunnel = 0);
	REFUSED(DP_SA_ADD, r.sa.src.addr = address("2001:db8::1"));
	REFUSED(DP_SA_ADD, memset(&r.sa.dst, 0, sizeof(r.sa.dst)));
	REFUSED(DP_SA_ADD, fill(&r.sa.subnets, "10.0.0.0/8", "2001:db8::/32"));
	REFUSED(DP_SA_ADD, r.sa.subnets.n_remote = 0);
	REFUSED(DP_SA_ADD, r.sa.subnets.p[0].addr.family = 0);
	REFUSED(DP_SA_ADD, r.sa.subnets.p[1].len = 33);
	REFUSED(DP_SA_ADD, r.sa.keys.ek.len--);
	REFUSED(DP_SA_ADD, r.sa.keys.integ = integ_by_name("sha256"));
	REFUSED(DP_SA_ADD, r.sa.keys.encr = encr_by_name("aes128"));
	REFUSED(DP_SA_UPDATE, memset(&r.sa.src, 0, sizeof(r.sa.src)));
	REFUSED(DP_SA_DEL, r.sa.spi = 0);
	REFUSED(DP_COUNTERS, memset(&r.sa.dst, 0, sizeof(r.sa.dst)));
	REFUSED(DP_POLICY_ADD, r.policy.tunnel = 0);
	REFUSED(DP_POLICY_ADD, r.policy.subnets.p[0] = subnet("10.0.0.0/8"));
	REFUSED(DP_POLICY_ADD, r.policy.subnets.n_local = 0);
	REFUSED(DP_POLICY_ADD, r.policy.outer_remote = address("192.0.2.1"));
	REFUSED(DP_POLICY_DEL, r.policy.tunnel = 0);
	REFUSED((enum dp_op)99, (void)0);
}

static void
test_reply(void)
{
	uint8_t bytes[DP_WIRE_MAX];
	struct dp_reply in = {
		.serial = 17, .ok = false, .why = "the kernel has no ESP",
		.counters = { 1ull << 40, 2, 3, 4, UINT32_MAX },
	}, out;
	struct wbuf w;
	struct rbuf b;
	size_t i;

	wbuf_init(&w, bytes, sizeof(bytes));
	dp_reply_build(&w, &in);
	CU_ASSERT(wbuf_ok(&w));
	rbuf_init(&b, bytes, w.len);
	CU_ASSERT(dp_reply_parse(&b, &out) && rbuf_left(&b) == 0);
	CU_ASSERT(out.serial == 17 && !out.ok);
	CU_ASSERT_STRING_EQUAL(out.why, in.why);
	CU_ASSERT(memcmp(&in.counters, &out.counters, sizeof(in.counters)) == 0);
	for (i = 0; i < w.len; i++) {
		rbuf_init(&b, bytes, i);
		CU_ASSERT(!dp_reply_parse(&b, &out));
	}
	/* A sentence that does not end. */
	memset(bytes + 5, 'a', sizeof(in.why));
	rbuf_init(&b, bytes, w.len);
	CU_ASSERT(!dp_reply_parse(&b, &out));
}

static void
test_event(void)
{
	uint8_t bytes[DP_WIRE_MAX];
	struct dp_event in = { DP_MAPPING, 7, 0xc0000001, { { 0 }, 1025 }, 1400 };
	struct dp_event out;
	struct wbuf w;
	struct rbuf b;
	size_t i;

	in.peer.addr = address("2001:db8::9");
	wbuf_init(&w, bytes, sizeof(bytes));
	dp_event_build(&w, &in);
	CU_ASSERT(wbuf_ok(&w));
	rbuf_init(&b, bytes, w.len);
	CU_ASSERT(dp_event_parse(&b, &out) && rbuf_left(&b) == 0);
	CU_ASSERT(out.kind == DP_MAPPING && out.tunnel == 7);
	CU_ASSERT(out.mtu == 1400);
	CU_ASSERT(out.spi == in.spi && endpoint_equal(&in.peer, &out.peer));
	for (i = 0; i < w.len; i++) {
		rbuf_init(&b, bytes, i);
		CU_ASSERT(!dp_event_parse(&b, &out));
	}
	bytes[0] = DP_PATH + 1;
	rbuf_init(&b, bytes, w.len);
	CU_ASSERT(!dp_event_parse(&b, &out));
}

static int answers;

static void
answered(const struct dp_reply *r, void *arg)
{
	CU_ASSERT(r->ok && r->serial == 5 && arg == &answers);
	CU_ASSERT(r->counters.idle_ms == UINT32_MAX);
	answers++;
}

static void
test_null(void)
{
	struct dp_request r = { .op = DP_SA_ADD, .serial = 5 };
	struct dataplane *dp = dataplane_null.open(NULL, NULL, NULL, NULL);
	struct dp_caps caps;

	CU_ASSERT_FATAL(dp != NULL);
	dataplane_null.caps(dp, &caps);
	CU_ASSERT_STRING_EQUAL(caps.name, "null");
	CU_ASSERT(!caps.force_encap);
	dataplane_null.request(dp, &r, answered, &answers);
	CU_ASSERT_EQUAL(answers, 1);
	dataplane_null.close(dp);
}

UNIT_MAIN("dataplane wire",
	{ "requests cross as they are", test_request },
	{ "sets of subnets cross as they are", test_subnets },
	{ "a request cut anywhere is refused", test_truncated },
	{ "a byte of garbage is refused or harmless", test_garbage },
	{ "a request without what it needs is refused", test_incomplete },
	{ "replies cross as they are", test_reply },
	{ "events cross as they are", test_event },
	{ "null agrees with everything", test_null },
)
