/* dataplane/xfrm_*: what the kernel is told and what is understood of it, and
 * the table of what is in it. No kernel takes part. */
#include "dataplane/xfrm_table.h"

#include <stdlib.h>
#include <string.h>

#include <linux/xfrm.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "dataplane/xfrm_msg.h"
#include "dataplane/xfrm_pass.h"
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

static struct subnets
subnets(const char *local, const char *remote)
{
	struct prefix l = subnet(local), r = subnet(remote);
	struct subnets s;

	subnets_set(&s, &l, &r);
	return s;
}

static struct dp_sa
make_sa(const char *encr, const char *integ, bool inbound)
{
	static const uint8_t key[SECRET_MAX] = "0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef";
	struct dp_sa sa = {
		.tunnel = 7, .spi = 0xc0000001, .inbound = inbound,
		.src = { address("192.0.2.1"), 4500 },
		.dst = { address("192.0.2.2"), 4501 },
		.subnets = subnets("10.1.0.0/16", "10.2.0.0/24"),
		.replay_window = 1024,
		.keys.encr = encr_by_name(encr),
		.keys.integ = integ != NULL ? integ_by_name(integ) : NULL,
	};

	CU_ASSERT_FATAL(secret_set(&sa.keys.ek, key,
	    sa.keys.encr->key_len + sa.keys.encr->salt_len));
	CU_ASSERT_FATAL(secret_set(&sa.keys.ak, key,
	    integ != NULL ? sa.keys.integ->key_len : 0));
	return sa;
}

static struct nlattr *tb[XFRMA_MAX + 1];

static struct xfrm_usersa_info *
opened(struct nl_msg *msg)
{
	CU_ASSERT_FATAL(msg != NULL);
	CU_ASSERT_FATAL(nlmsg_parse(nlmsg_hdr(msg),
	    sizeof(struct xfrm_usersa_info), tb, XFRMA_MAX, NULL) == 0);
	return nlmsg_data(nlmsg_hdr(msg));
}

static void
test_sa_aead(void)
{
	struct dp_sa sa = make_sa("aes256gcm12", NULL, true);
	struct nl_msg *msg = xfrm_msg_sa_add(&sa);
	struct xfrm_usersa_info *info = opened(msg);
	struct xfrm_algo_aead *a;
	struct xfrm_replay_state_esn *r;

	CU_ASSERT(info->id.spi == htonl(0xc0000001) && info->reqid == 7);
	CU_ASSERT(info->id.proto == IPPROTO_ESP && info->mode == XFRM_MODE_TUNNEL);
	/* Inbound: from the remote subnet to ours. */
	CU_ASSERT(info->sel.prefixlen_s == 24 && info->sel.prefixlen_d == 16);
	CU_ASSERT(info->lft.hard_byte_limit == XFRM_INF);
	CU_ASSERT(info->lft.hard_packet_limit == XFRM_INF);
	CU_ASSERT_FATAL(tb[XFRMA_ALG_AEAD] != NULL);
	a = nla_data(tb[XFRMA_ALG_AEAD]);
	CU_ASSERT_STRING_EQUAL(a->alg_name, "rfc4106(gcm(aes))");
	CU_ASSERT(a->alg_key_len == 36 * 8 && a->alg_icv_len == 96);
	CU_ASSERT(nla_len(tb[XFRMA_ALG_AEAD]) == sizeof(*a) + 36);
	CU_ASSERT(memcmp(a->alg_key, sa.keys.ek.bytes, 36) == 0);
	CU_ASSERT(tb[XFRMA_ALG_CRYPT] == NULL && tb[XFRMA_ALG_AUTH_TRUNC] == NULL);
	CU_ASSERT_FATAL(tb[XFRMA_REPLAY_ESN_VAL] != NULL);
	r = nla_data(tb[XFRMA_REPLAY_ESN_VAL]);
	CU_ASSERT(r->replay_window == 1024 && r->bmp_len == 32);
	CU_ASSERT(tb[XFRMA_ENCAP] == NULL);
	nlmsg_free(msg);
}

static void
test_sa_classic(void)
{
	struct dp_sa sa = make_sa("aes256ctr", "sha384", false);
	struct xfrm_usersa_info *info;
	struct xfrm_algo *c;
	struct xfrm_algo_auth *i;
	struct xfrm_encap_tmpl *t;
	struct nl_msg *msg;

	sa.udp_encap = true;
	msg = xfrm_msg_sa_add(&sa);
	info = opened(msg);
	CU_ASSERT(info->sel.prefixlen_s == 16 && info->sel.prefixlen_d == 24);
	/* Without ESN it must end before its sequence numbers begin again. */
	CU_ASSERT(info->lft.hard_packet_limit == UINT32_MAX);
	CU_ASSERT(tb[XFRMA_REPLAY_ESN_VAL] == NULL);
	CU_ASSERT_FATAL(tb[XFRMA_ALG_CRYPT] != NULL &&
	    tb[XFRMA_ALG_AUTH_TRUNC] != NULL && tb[XFRMA_ENCAP] != NULL);
	c = nla_data(tb[XFRMA_ALG_CRYPT]);
	CU_ASSERT_STRING_EQUAL(c->alg_name, "rfc3686(ctr(aes))");
	CU_ASSERT(c->alg_key_len == 36 * 8);
	i = nla_data(tb[XFRMA_ALG_AUTH_TRUNC]);
	CU_ASSERT_STRING_EQUAL(i->alg_name, "hmac(sha384)");
	CU_ASSERT(i->alg_key_len == 48 * 8 && i->alg_trunc_len == 192);
	CU_ASSERT(memcmp(i->alg_key, sa.keys.ak.bytes, 48) == 0);
	t = nla_data(tb[XFRMA_ENCAP]);
	CU_ASSERT(t->encap_sport == htons(4500) && t->encap_dport == htons(4501));
	nlmsg_free(msg);

	sa.esn = true;
	msg = xfrm_msg_sa_add(&sa);
	info = opened(msg);
	CU_ASSERT((info->flags & XFRM_STATE_ESN) != 0);
	CU_ASSERT(tb[XFRMA_REPLAY_ESN_VAL] != NULL);
	CU_ASSERT(info->lft.hard_packet_limit == XFRM_INF);
	nlmsg_free(msg);
}

static void
test_replay_window(void)
{
	static const struct { int line; uint32_t want, got; } rows[] = {
		{ __LINE__, 1, 32 }, { __LINE__, 32, 32 }, { __LINE__, 33, 64 },
		{ __LINE__, 4096, 4096 }, { __LINE__, UINT32_MAX, 4096 },
	};
	struct dp_sa sa = make_sa("aes128gcm16", NULL, true);
	struct xfrm_replay_state_esn *r;
	struct nl_msg *msg;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sa.replay_window = rows[i].want;
		msg = xfrm_msg_sa_add(&sa);
		opened(msg);
		CU_ASSERT_FATAL(tb[XFRMA_REPLAY_ESN_VAL] != NULL);
		r = nla_data(tb[XFRMA_REPLAY_ESN_VAL]);
		CHECK_ROW(rows[i].line, r->replay_window == rows[i].got);
		CHECK_ROW(rows[i].line, r->bmp_len * 32 == rows[i].got);
		nlmsg_free(msg);
	}
}

static struct dp_policy
make_policy(uint32_t tunnel, const char *local, const char *remote)
{
	return (struct dp_policy){ tunnel, subnets(local, remote),
	    address("192.0.2.1"), address("192.0.2.2") };
}

static struct xfrm_userpolicy_info
policy_info(const struct dp_policy *p, enum xfrm_dir dir,
	    const struct xfrm_path *path, bool *template)
{
	struct nl_msg *msg = xfrm_msg_policy_set(p->tunnel, &p->subnets.p[0],
	    &p->subnets.p[1], dir, path);
	struct xfrm_userpolicy_info info;

	CU_ASSERT_FATAL(msg != NULL);
	CU_ASSERT_FATAL(nlmsg_parse(nlmsg_hdr(msg), sizeof(info), tb, XFRMA_MAX,
	    NULL) == 0);
	memcpy(&info, nlmsg_data(nlmsg_hdr(msg)), sizeof(info));
	*template = tb[XFRMA_TMPL] != NULL;
	nlmsg_free(msg);
	return info;
}

static void
test_policy(void)
{
	struct dp_policy p = make_policy(7, "10.1.0.0/16", "10.2.0.0/24");
	struct dp_policy q = make_policy(8, "10.1.0.0/16", "10.2.0.0/25");
	struct xfrm_path path = { p.outer_local, p.outer_remote };
	struct xfrm_path nowhere = { p.outer_local, { 0 } };
	struct xfrm_userpolicy_info a, b;
	bool template;

	a = policy_info(&p, XFRM_OUT, &path, &template);
	CU_ASSERT(template && a.action == XFRM_POLICY_ALLOW);
	CU_ASSERT(a.dir == XFRM_POLICY_OUT && a.sel.prefixlen_s == 16);
	b = policy_info(&q, XFRM_OUT, &path, &template);
	CU_ASSERT(b.priority < a.priority);
	CU_ASSERT(a.priority >= XFRM_PRIO_FIRST && a.priority <= XFRM_PRIO_LAST);
	/* Nowhere to go: dropped, not let out. */
	a = policy_info(&p, XFRM_OUT, &nowhere, &template);
	CU_ASSERT(!template && a.action == XFRM_POLICY_BLOCK);
	a = policy_info(&p, XFRM_FWD, &nowhere, &template);
	CU_ASSERT(template && a.sel.prefixlen_s == 24);
	CU_ASSERT(a.dir == XFRM_POLICY_FWD);
}

/* An acquire of IPv6 inside IPv4, and what a dump says of the same. */
static void
test_larval(void)
{
	const struct prefix l = subnet("2001:db8:1::/48"), r = subnet("2001:db8:2::/48");
	struct xfrm_path path = { address("192.0.2.1"), address("192.0.2.2") };
	struct nl_msg *policy = xfrm_msg_policy_set(7, &l, &r, XFRM_OUT, &path);
	struct nl_msg *msg = nlmsg_alloc_simple(XFRM_MSG_ACQUIRE, 0);
	struct xfrm_user_acquire a = { .seq = 12, .sel.family = AF_INET6 };
	struct xfrm_usersa_info sa = { .seq = 12, .reqid = 7, .family = AF_INET,
	    .mode = XFRM_MODE_TUNNEL, .id.proto = IPPROTO_ESP };
	struct xfrm_userspi_info *spi;
	struct xfrm_larval got;
	struct dp_event e;

	CU_ASSERT_FATAL(policy != NULL && msg != NULL);
	memcpy(&a.policy, nlmsg_data(nlmsg_hdr(policy)), sizeof(a.policy));
	memcpy(&a.saddr, path.src.b, 4);
	memcpy(&a.id.daddr, path.dst.b, 4);
	CU_ASSERT_FATAL(nlmsg_parse(nlmsg_hdr(policy), sizeof(a.policy), tb,
	    XFRMA_MAX, NULL) == 0);
	CU_ASSERT_FATAL(nlmsg_append(msg, &a, sizeof(a), NLMSG_ALIGNTO) == 0 &&
	    nla_put(msg, XFRMA_TMPL, nla_len(tb[XFRMA_TMPL]),
	    nla_data(tb[XFRMA_TMPL])) == 0);
	CU_ASSERT(xfrm_msg_event(nlmsg_hdr(msg), &e) && e.kind == DP_ACQUIRE);
	CU_ASSERT(e.tunnel == 7 && xfrm_msg_larval(nlmsg_hdr(msg), &got));
	CU_ASSERT(got.tunnel == 7 && got.seq == 12);
	CU_ASSERT(addr_equal(&got.src, &path.src) && addr_equal(&got.dst, &path.dst));
	nlmsg_free(policy);
	nlmsg_free(msg);

	msg = nlmsg_alloc_simple(XFRM_MSG_NEWSA, 0);
	CU_ASSERT_FATAL(msg != NULL &&
	    nlmsg_append(msg, &sa, sizeof(sa), NLMSG_ALIGNTO) == 0);
	CU_ASSERT(xfrm_msg_larval(nlmsg_hdr(msg), &got) && got.seq == 12);
	((struct xfrm_usersa_info *)nlmsg_data(nlmsg_hdr(msg)))->id.spi = 1;
	CU_ASSERT(!xfrm_msg_larval(nlmsg_hdr(msg), &got));
	nlmsg_free(msg);

	got = (struct xfrm_larval){ 12, 7, path.src, path.dst };
	msg = xfrm_msg_larval_name(&got);
	CU_ASSERT_FATAL(msg != NULL);
	spi = nlmsg_data(nlmsg_hdr(msg));
	CU_ASSERT(spi->info.seq == 12 && spi->info.reqid == 7);
	CU_ASSERT(spi->min >= 256 && spi->max < 0xc0000000);
	nlmsg_free(msg);
}

/* A policy as the kernel would tell it, read back. */
static void
test_policy_back(void)
{
	const struct prefix l = subnet("10.1.0.0/16"), r = subnet("10.2.0.0/24");
	struct xfrm_path path = { address("192.0.2.1"), address("192.0.2.2") };
	struct nl_msg *msg = xfrm_msg_policy_set(7, &l, &r, XFRM_IN, &path);
	struct xfrm_userpolicy_info *info;
	struct prefix local, remote;
	uint32_t tunnel;

	CU_ASSERT_FATAL(msg != NULL);
	info = nlmsg_data(nlmsg_hdr(msg));
	CU_ASSERT(!xfrm_msg_policy(nlmsg_hdr(msg), &tunnel, &local, &remote));
	nlmsg_hdr(msg)->nlmsg_type = XFRM_MSG_NEWPOLICY;
	CU_ASSERT(xfrm_msg_policy(nlmsg_hdr(msg), &tunnel, &local, &remote));
	CU_ASSERT(tunnel == 7);
	CU_ASSERT(prefix_equal(&local, &l) && prefix_equal(&remote, &r));
	/* Another program's: its priority is its own. */
	info->priority = 1000;
	CU_ASSERT(!xfrm_msg_policy(nlmsg_hdr(msg), &tunnel, &local, &remote));
	nlmsg_free(msg);
}

static void
test_events(void)
{
	struct { struct nlmsghdr h; union {
		struct xfrm_user_expire x;
		struct xfrm_user_mapping m;
		struct xfrm_user_acquire a;
	} u; } msg = { .h.nlmsg_type = XFRM_MSG_EXPIRE };
	struct dp_event e;

	msg.h.nlmsg_len = NLMSG_LENGTH(sizeof(msg.u.x));
	msg.u.x.state.id.spi = htonl(0xc0000002);
	msg.u.x.state.reqid = 9;
	CU_ASSERT(!xfrm_msg_event(&msg.h, &e));		/* not hard */
	msg.u.x.hard = 1;
	CU_ASSERT(xfrm_msg_event(&msg.h, &e));
	CU_ASSERT(e.kind == DP_EXPIRE && e.tunnel == 9 && e.spi == 0xc0000002);
	msg.h.nlmsg_len--;
	CU_ASSERT(!xfrm_msg_event(&msg.h, &e));

	memset(&msg, 0, sizeof(msg));
	msg.h.nlmsg_type = XFRM_MSG_MAPPING;
	msg.h.nlmsg_len = NLMSG_LENGTH(sizeof(msg.u.m));
	msg.u.m.reqid = 9;
	msg.u.m.id.family = AF_INET;
	msg.u.m.id.spi = htonl(0xc0000003);
	msg.u.m.new_saddr.a4 = htonl(0xc0000209);
	msg.u.m.new_sport = htons(1025);
	CU_ASSERT(xfrm_msg_event(&msg.h, &e));
	CU_ASSERT(e.kind == DP_MAPPING && e.peer.port == 1025);
	CU_ASSERT(e.peer.addr.family == AF_INET && e.peer.addr.b[3] == 9);

	/* An acquire for a policy of somebody else's. */
	memset(&msg, 0, sizeof(msg));
	msg.h.nlmsg_type = XFRM_MSG_ACQUIRE;
	msg.h.nlmsg_len = NLMSG_LENGTH(sizeof(msg.u.a));
	CU_ASSERT(!xfrm_msg_event(&msg.h, &e));
	msg.h.nlmsg_len = NLMSG_LENGTH(3);
	CU_ASSERT(!xfrm_msg_event(&msg.h, &e));
	msg.h.nlmsg_type = XFRM_MSG_NEWSA;
	CU_ASSERT(!xfrm_msg_event(&msg.h, &e));
}

static void
count(struct xfrm_tunnel *n, void *arg)
{
	(void)n;
	++*(unsigned int *)arg;
}

static void
test_table(void)
{
	struct xfrm_table *t = calloc(1, sizeof(*t));
	struct prefix l = subnet("10.1.0.0/16"), r = subnet("10.2.0.0/24");
	struct xfrm_tunnel *n;
	struct xfrm_pair *p;
	unsigned int i, found = 0;

	CU_ASSERT_FATAL(t != NULL);
	for (i = 1; i <= 10000; i++) {
		n = xfrm_tunnel_get(t, i);
		CU_ASSERT_FATAL(n != NULL);
		r.addr.b[1] = (uint8_t)(i >> 8);
		r.addr.b[2] = (uint8_t)i;
		CU_ASSERT(xfrm_pair_new(t, n, &l, &r) != NULL);
	}
	xfrm_table_walk(t, count, &found);
	CU_ASSERT_EQUAL(found, 10000);
	p = xfrm_pair_find(t, &l, &r);
	CU_ASSERT_FATAL(p != NULL && p->tunnel == n);
	CU_ASSERT(n->id == 10000 && n == xfrm_tunnel_find(t, 10000));
	r.len = 25;
	CU_ASSERT(xfrm_pair_find(t, &l, &r) == NULL);
	/* A second one of the same tunnel. */
	CU_ASSERT(xfrm_pair_new(t, n, &l, &r) == n->pairs);
	CU_ASSERT(n->pairs->next == p);
	xfrm_pair_free(t, p);
	CU_ASSERT(xfrm_pair_find(t, &l, &r) == n->pairs && n->pairs->next == NULL);
	xfrm_tunnel_drop(t, n);
	CU_ASSERT(xfrm_tunnel_find(t, 10000) == n);
	xfrm_pair_free(t, n->pairs);
	xfrm_tunnel_drop(t, n);
	CU_ASSERT(xfrm_tunnel_find(t, 10000) == NULL);
	xfrm_table_fini(t);
	found = 0;
	xfrm_table_walk(t, count, &found);
	CU_ASSERT_EQUAL(found, 0);
	free(t);
}

/* The kernel has one selector for an SA: it covers all pairs, and little more. */
static void
test_sa_selector(void)
{
	static const struct {
		int		line;
		const char	*more, *cover;
	} rows[] = {
		{ __LINE__, "10.1.0.0/16", "10.1.0.0/16" },
		{ __LINE__, "10.1.128.0/17", "10.1.0.0/16" },
		{ __LINE__, "10.0.0.0/16", "10.0.0.0/15" },
		{ __LINE__, "10.9.1.1/32", "10.0.0.0/12" },
		{ __LINE__, "10.0.0.0/12", "10.0.0.0/12" },
		{ __LINE__, "192.168.0.0/16", "0.0.0.0/0" },
	};
	struct xfrm_usersa_info *info;
	struct prefix p, more;
	struct dp_sa sa;
	struct nl_msg *msg;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sa = make_sa("aes128gcm16", NULL, false);
		p = subnet(rows[i].cover);
		more = subnet(rows[i].more);
		CU_ASSERT(subnets_add_local(&sa.subnets, &more));
		info = opened(msg = xfrm_msg_sa_add(&sa));
		CHECK_ROW(rows[i].line, info->sel.family == AF_INET &&
		    info->sel.prefixlen_s == p.len && info->sel.prefixlen_d == 24 &&
		    memcmp(&info->sel.saddr, p.addr.b, 4) == 0);
		nlmsg_free(msg);
	}
	more = subnet("2001:db8::/32");
	CU_ASSERT(subnets_add_local(&sa.subnets, &more));
	info = opened(msg = xfrm_msg_sa_add(&sa));
	CU_ASSERT(info->sel.family == AF_UNSPEC && info->sel.prefixlen_s == 0);
	CU_ASSERT((info->flags & XFRM_STATE_AF_UNSPEC) != 0);
	nlmsg_free(msg);
}

static void
test_table_sas(void)
{
	struct xfrm_table *t = calloc(1, sizeof(*t));
	struct dp_sa in = make_sa("aes128gcm16", NULL, true);
	struct dp_sa out = make_sa("aes128gcm16", NULL, false);
	struct xfrm_tunnel *n;
	struct xfrm_sa *a, *b, *c;

	CU_ASSERT_FATAL(t != NULL);
	n = xfrm_tunnel_get(t, 7);
	CU_ASSERT_FATAL(n != NULL);
	CU_ASSERT(xfrm_sa_outbound(n) == NULL);
	a = xfrm_sa_new(n, &in);
	b = xfrm_sa_new(n, &out);
	c = xfrm_sa_new(n, &out);
	CU_ASSERT_FATAL(a != NULL && b != NULL && c != NULL);
	CU_ASSERT(xfrm_sa_outbound(n) == c);
	CU_ASSERT(xfrm_sa_find(n, in.spi, true) == a);
	c->stale = true;
	CU_ASSERT(xfrm_sa_outbound(n) == b && xfrm_sa_find(n, in.spi, false) == b);
	/* With SAs it stays, without them it goes. */
	xfrm_tunnel_drop(t, n);
	CU_ASSERT(xfrm_tunnel_find(t, 7) == n);
	xfrm_sa_free(n, b);
	xfrm_sa_free(n, c);
	xfrm_sa_free(n, a);
	xfrm_tunnel_drop(t, n);
	CU_ASSERT(xfrm_tunnel_find(t, 7) == NULL);
	xfrm_table_fini(t);
	free(t);
}

/* Between local subnets, where a remote one contains either. */
static void
test_pass_next(void)
{
	static const struct {
		int		line;
		const char	*local[3];
		const char	*remote;
		size_t		pairs;
	} rows[] = {
		{ __LINE__, { "10.0.1.0/24" }, "10.0.2.0/24", 0 },
		{ __LINE__, { "10.0.1.0/24" }, "0.0.0.0/0", 1 },
		{ __LINE__, { "10.0.1.0/24" }, "10.0.0.0/16", 1 },
		{ __LINE__, { "10.0.0.0/16" }, "10.0.1.0/24", 0 },
		{ __LINE__, { "10.0.1.0/24" }, "10.0.1.0/24", 0 },
		{ __LINE__, { "10.0.1.0/24", "192.168.7.0/24" }, "0.0.0.0/0", 4 },
		{ __LINE__, { "10.0.1.0/24", "192.168.7.0/24" }, "10.0.0.0/8", 3 },
		{ __LINE__, { "10.0.1.0/24", "fd00:1::/64" }, "0.0.0.0/0", 1 },
		{ __LINE__, { "10.0.1.0/24", "fd00:1::/64" }, "::/0", 1 },
	};
	const struct prefix *src, *dst;
	struct subnets s;
	struct prefix p;
	size_t i, k, at, n;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		s = subnets(rows[i].local[0], rows[i].remote);
		for (k = 1; rows[i].local[k] != NULL; k++) {
			p = subnet(rows[i].local[k]);
			CU_ASSERT(subnets_add_local(&s, &p));
		}
		for (at = n = 0; xfrm_pass_next(&s, &at, &src, &dst); n++)
			CHECK_ROW(rows[i].line, src >= s.p &&
			    src < s.p + s.n_local && dst >= s.p &&
			    dst < s.p + s.n_local);
		CHECK_ROW(rows[i].line, n == rows[i].pairs);
	}
}

/* It comes before the tunnel that would take it, and after narrower ones. */
static void
test_pass_policy(void)
{
	struct prefix local = subnet("10.0.1.0/24"), half = subnet("10.0.1.128/25");
	struct prefix wide = subnet("10.0.0.0/23"), all = subnet("0.0.0.0/0");
	struct xfrm_path path = { address("192.0.2.1"), address("192.0.2.2") };
	struct nl_msg *pass = xfrm_msg_pass_set(&local, &local, XFRM_IN);
	struct nl_msg *taker = xfrm_msg_policy_set(1, &local, &wide, XFRM_IN, &path);
	struct nl_msg *narrow = xfrm_msg_policy_set(2, &local, &half, XFRM_IN, &path);
	struct nl_msg *same = xfrm_msg_policy_set(2, &half, &wide, XFRM_IN, &path);
	const struct xfrm_userpolicy_info *info;
	struct prefix src, dst;
	uint32_t prio, tunnel;

	CU_ASSERT_FATAL(pass != NULL && taker != NULL && narrow != NULL);
	info = nlmsg_data(nlmsg_hdr(pass));
	prio = info->priority;
	CU_ASSERT(info->action == XFRM_POLICY_ALLOW && info->dir == XFRM_IN);
	CU_ASSERT(nlmsg_parse(nlmsg_hdr(pass), sizeof(*info), tb, XFRMA_MAX,
	    NULL) == 0 && tb[XFRMA_TMPL] == NULL);
	info = nlmsg_data(nlmsg_hdr(taker));
	CU_ASSERT(prio < info->priority);
	info = nlmsg_data(nlmsg_hdr(narrow));
	CU_ASSERT(prio > info->priority);
	info = nlmsg_data(nlmsg_hdr(same));
	CU_ASSERT(prio > info->priority);

	/* Known again, and not as a tunnel's. */
	nlmsg_hdr(pass)->nlmsg_type = XFRM_MSG_NEWPOLICY;
	CU_ASSERT(xfrm_msg_pass(nlmsg_hdr(pass), &src, &dst));
	CU_ASSERT(prefix_equal(&src, &local) && prefix_equal(&dst, &local));
	CU_ASSERT(!xfrm_msg_policy(nlmsg_hdr(pass), &tunnel, &src, &dst));
	CU_ASSERT(!xfrm_msg_guard(nlmsg_hdr(pass), &src, &dst));
	nlmsg_hdr(narrow)->nlmsg_type = XFRM_MSG_NEWPOLICY;
	CU_ASSERT(!xfrm_msg_pass(nlmsg_hdr(narrow), &src, &dst));
	nlmsg_free(pass);
	nlmsg_free(taker);
	nlmsg_free(narrow);
	nlmsg_free(same);
	pass = xfrm_msg_guard_set(&all, &local, XFRM_IN, true);
	nlmsg_hdr(pass)->nlmsg_type = XFRM_MSG_NEWPOLICY;
	CU_ASSERT(!xfrm_msg_pass(nlmsg_hdr(pass), &src, &dst));
	nlmsg_free(pass);
	pass = xfrm_msg_icmpv6_pass(XFRM_ND_FIRST, XFRM_IN, true);
	nlmsg_hdr(pass)->nlmsg_type = XFRM_MSG_NEWPOLICY;
	CU_ASSERT(!xfrm_msg_pass(nlmsg_hdr(pass), &src, &dst));
	nlmsg_free(pass);
}

UNIT_MAIN("xfrm",
	{ "what passes a tunnel by", test_pass_next },
	{ "and its policies", test_pass_policy },
	{ "an SA with an AEAD", test_sa_aead },
	{ "an SA with cipher and HMAC, in UDP", test_sa_classic },
	{ "replay windows are whole words within the kernel's limit", test_replay_window },
	{ "a policy traps, blocks, and comes before wider ones", test_policy },
	{ "our policies are known again, others are not", test_policy_back },
	{ "events are understood or left alone", test_events },
	{ "what stands in for an SA", test_larval },
	{ "the selector of an SA with several subnets", test_sa_selector },
	{ "10,000 tunnels in the table", test_table },
	{ "SAs in the table", test_table_sas },
)
