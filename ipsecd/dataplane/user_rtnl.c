#include "user_rtnl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/filter.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Marks our routes for whoever lists them, and for ourselves. */
#define PROTOCOL	220

struct rtnl {
	struct nl_sock	*ask;
	struct nl_sock	*watch;
	int		 rc;		/* of the message in flight */
	void		(*route)(const struct rtnl_route *, void *);
	void		(*rule)(const struct rtnl_rule *, void *);
	void		(*address)(const struct addr *, void *);
	void		*arg;
	uint8_t		 first, last;	/* tables */
};

/* --- the socket --- */

static int
on_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *arg)
{
	struct rtnl *r = arg;

	(void)from;
	r->rc = e->error;
	return NL_STOP;
}

static int on_message(struct nl_msg *, void *);

static int
ask_open(struct rtnl *r)
{
	struct nl_cb *cb;

	r->ask = nl_socket_alloc();
	if (!r->ask || nl_connect(r->ask, NETLINK_ROUTE) < 0)
		return -1;
	cb = nl_socket_get_cb(r->ask);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, r);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_message, r);
	nl_cb_put(cb);
	return 0;
}

/* Routes of our tables only: a router's others come by the hundred thousand. */
static int
watch_filter(struct rtnl *r)
{
	enum { TYPE = offsetof(struct nlmsghdr, nlmsg_type),
	       TABLE = NLMSG_HDRLEN + offsetof(struct rtmsg, rtm_table) };
	struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, TYPE),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWROUTE), 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELROUTE), 0, 3),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, TABLE),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, r->first, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, r->last, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog prog = { sizeof(f) / sizeof(f[0]), f };

	return setsockopt(rtnl_watch_fd(r), SOL_SOCKET, SO_ATTACH_FILTER, &prog,
	    sizeof(prog));
}

static int
watch_open(struct rtnl *r)
{
	r->watch = nl_socket_alloc();
	if (!r->watch)
		return -1;
	nl_socket_disable_seq_check(r->watch);
	if (nl_connect(r->watch, NETLINK_ROUTE) < 0 || watch_filter(r) < 0 ||
	    nl_socket_add_memberships(r->watch, RTNLGRP_IPV4_IFADDR,
		RTNLGRP_IPV6_IFADDR, RTNLGRP_LINK, RTNLGRP_IPV4_RULE,
		RTNLGRP_IPV6_RULE, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, 0) < 0)
		return -1;
	return nl_socket_set_nonblocking(r->watch);
}

int
rtnl_new(struct rtnl **out, uint8_t first, uint8_t last, struct err *e)
{
	struct rtnl *r = calloc(1, sizeof(*r));

	if (!r)
		return err_set(e, ERR_RESOURCE, "out of memory");
	r->first = first;
	r->last = last;
	if (ask_open(r) < 0 || watch_open(r) < 0) {
		rtnl_free(r);
		return err_set(e, ERR_REALITY, "cannot talk to the kernel about "
		    "routes (rtnetlink): %s", strerror(errno));
	}
	*out = r;
	return 0;
}

void
rtnl_free(struct rtnl *r)
{
	if (!r)
		return;
	nl_socket_free(r->ask);
	nl_socket_free(r->watch);
	free(r);
}

int
rtnl_watch_fd(const struct rtnl *r)
{
	return nl_socket_get_fd(r->watch);
}

static bool
link_is_up(const struct nlmsghdr *n, int ifindex)
{
	const struct ifinfomsg *h = nlmsg_data(n);

	return nlmsg_valid_hdr(n, sizeof(*h)) && h->ifi_index == ifindex &&
	    h->ifi_flags & IFF_UP;
}

/* What we did ourselves is no news. */
static unsigned int
news_of(const struct rtnl *r, const struct nlmsghdr *n, int ifindex)
{
	bool ours = n->nlmsg_pid == nl_socket_get_local_port(r->ask);

	switch (n->nlmsg_type) {
	case RTM_NEWLINK:
		return RTNL_ADDRESSES | (link_is_up(n, ifindex) ? RTNL_LINK_UP : 0);
	case RTM_DELRULE:
		return ours ? 0 : RTNL_RULES;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return ours ? 0 : RTNL_ROUTES;
	case RTM_NEWRULE:
		return 0;
	default:
		return RTNL_ADDRESSES;
	}
}

unsigned int
rtnl_watch_drain(struct rtnl *r, int ifindex)
{
	union {
		char		buf[32768];
		struct nlmsghdr	align;
	} u;
	unsigned int news = 0;
	ssize_t n;

	for (;;) {
		struct nlmsghdr *h = &u.align;
		int left;

		n = recv(rtnl_watch_fd(r), u.buf, sizeof(u.buf), MSG_DONTWAIT);
		/* Some were lost: assume the worst. */
		if (n < 0 && errno == ENOBUFS)
			news = RTNL_ALL;
		else if (n <= 0)
			return news;
		for (left = (int)n; n > 0 && nlmsg_ok(h, left); h = nlmsg_next(h, &left))
			news |= news_of(r, h, ifindex);
	}
}

/* Takes msg; ok says whether it was built without a failure. */
static int
run(struct rtnl *r, struct nl_msg *msg, bool ok)
{
	int rc;

	r->rc = 0;
	if (!msg || !ok) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	rc = nl_send_auto(r->ask, msg);
	nlmsg_free(msg);
	if (rc >= 0)
		rc = nl_wait_for_ack(r->ask);
	if (r->rc == 0 && rc < 0)
		r->rc = -EIO;
	return r->rc;
}

static struct nl_msg *
message(int type, int flags, void *head, size_t len)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, NLM_F_REQUEST | flags);

	if (msg && nlmsg_append(msg, head, len, NLMSG_ALIGNTO) == 0)
		return msg;
	nlmsg_free(msg);
	return NULL;
}

/* --- link and rule --- */

/* Before it is up: the kernel makes the address when it comes up. */
static int
no_link_local(struct rtnl *r, int ifindex)
{
	struct ifinfomsg h = { .ifi_family = AF_UNSPEC, .ifi_index = ifindex };
	struct nl_msg *msg = message(RTM_NEWLINK, 0, &h, sizeof(h));
	struct nlattr *spec, *inet6;
	bool ok;

	if (!msg)
		return -ENOMEM;
	spec = nla_nest_start(msg, IFLA_AF_SPEC);
	inet6 = spec ? nla_nest_start(msg, AF_INET6) : NULL;
	ok = inet6 && nla_put_u8(msg, IFLA_INET6_ADDR_GEN_MODE,
	    IN6_ADDR_GEN_MODE_NONE) == 0;
	if (inet6)
		nla_nest_end(msg, inet6);
	if (spec)
		nla_nest_end(msg, spec);
	return run(r, msg, ok);
}

int
rtnl_link_up(struct rtnl *r, int ifindex, uint32_t mtu, uint32_t gso_max)
{
	struct ifinfomsg h = { .ifi_family = AF_UNSPEC, .ifi_index = ifindex,
	    .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	struct nl_msg *msg = message(RTM_NEWLINK, 0, &h, sizeof(h));
	bool ok = msg && nla_put_u32(msg, IFLA_MTU, mtu) == 0 &&
	    nla_put_u32(msg, IFLA_GSO_MAX_SIZE, gso_max) == 0;

	/* Nobody on the other side would answer to it.  A system without IPv6
	 * refuses, and has none. */
	(void)no_link_local(r, ifindex);
	return run(r, msg, ok);
}

static bool
rule_put(struct nl_msg *msg, const struct rtnl_rule *rule)
{
	const struct addr *from = &rule->from.addr;

	return nla_put_u32(msg, FRA_PRIORITY, rule->priority) == 0 &&
	    nla_put_u8(msg, FRA_PROTOCOL, PROTOCOL) == 0 &&
	    (rule->action != RTNL_LOOKUP ||
	     nla_put_u32(msg, FRA_TABLE, rule->target) == 0) &&
	    (rule->action != RTNL_GOTO ||
	     nla_put_u32(msg, FRA_GOTO, rule->target) == 0) &&
	    (rule->mark == 0 ||
	     (nla_put_u32(msg, FRA_FWMARK, rule->mark) == 0 &&
	      nla_put_u32(msg, FRA_FWMASK, UINT32_MAX) == 0)) &&
	    (from->family == 0 || rule->from.len == 0 ||
	     nla_put(msg, FRA_SRC, (int)addr_len(from), from->b) == 0);
}

int
rtnl_rule(struct rtnl *r, bool add, const struct rtnl_rule *rule)
{
	static const uint8_t actions[] = {
		[RTNL_LOOKUP] = FR_ACT_TO_TBL, [RTNL_GOTO] = FR_ACT_GOTO,
		[RTNL_NOP] = FR_ACT_NOP,
	};
	struct fib_rule_hdr h = { .family = rule->family,
	    .src_len = rule->from.addr.family ? rule->from.len : 0,
	    .action = actions[rule->action],
	    .flags = rule->not ? FIB_RULE_INVERT : 0 };
	struct nl_msg *msg = message(add ? RTM_NEWRULE : RTM_DELRULE,
	    add ? NLM_F_CREATE | NLM_F_EXCL : 0, &h, sizeof(h));
	int rc = run(r, msg, msg && rule_put(msg, rule));

	return add && rc == -EEXIST ? 0 : rc;
}

/* --- routes --- */

static const uint8_t route_type[] = {
	[RTNL_DEVICE] = RTN_UNICAST,
	[RTNL_BLACKHOLE] = RTN_BLACKHOLE,
	[RTNL_THROW] = RTN_THROW,
};

int
rtnl_route(struct rtnl *r, bool add, const struct rtnl_route *route, int ifindex)
{
	const struct addr *dst = &route->dst.addr, *src = &route->src;
	struct rtmsg h = { .rtm_family = dst->family, .rtm_dst_len = route->dst.len,
	    .rtm_table = route->table, .rtm_protocol = PROTOCOL,
	    .rtm_scope = route->kind == RTNL_DEVICE && dst->family == AF_INET ?
		RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
	    .rtm_type = route_type[route->kind] };
	struct nl_msg *msg = message(add ? RTM_NEWROUTE : RTM_DELROUTE,
	    add ? NLM_F_CREATE | NLM_F_REPLACE : 0, &h, sizeof(h));
	bool ok = msg && nla_put(msg, RTA_DST, (int)addr_len(dst), dst->b) == 0;

	if (ok && route->kind == RTNL_DEVICE)
		ok = nla_put_u32(msg, RTA_OIF, (uint32_t)ifindex) == 0;
	if (ok && route->kind == RTNL_BLACKHOLE)
		ok = nla_put_u32(msg, RTA_PRIORITY, UINT32_MAX) == 0;
	if (ok && add && route->kind == RTNL_DEVICE && src->family)
		ok = nla_put(msg, RTA_PREFSRC, (int)addr_len(src), src->b) == 0;
	return run(r, msg, ok);
}

/* --- lists --- */

static void
route_parse(struct rtnl *r, struct nlmsghdr *n)
{
	struct nlattr *a[RTA_MAX + 1];
	struct rtmsg *h = nlmsg_data(n);
	struct rtnl_route route = { .table = h->rtm_table,
	    .dst.len = h->rtm_dst_len };

	if (nlmsg_parse(n, sizeof(*h), a, RTA_MAX, NULL) < 0 ||
	    h->rtm_protocol != PROTOCOL)
		return;
	switch (h->rtm_type) {
	case RTN_UNICAST:
		route.kind = RTNL_DEVICE;
		break;
	case RTN_BLACKHOLE:
		route.kind = RTNL_BLACKHOLE;
		break;
	case RTN_THROW:
		route.kind = RTNL_THROW;
		break;
	default:
		return;
	}
	route.dst.addr.family = h->rtm_family;
	if (a[RTA_DST] && addr_from_bytes(&route.dst.addr, nla_data(a[RTA_DST]),
	    (size_t)nla_len(a[RTA_DST])) < 0)
		return;
	r->route(&route, r->arg);
}

static void
rule_parse(struct rtnl *r, struct nlmsghdr *n)
{
	struct nlattr *a[FRA_MAX + 1];
	struct fib_rule_hdr *h = nlmsg_data(n);
	struct rtnl_rule rule = { .family = h->family,
	    .not = (h->flags & FIB_RULE_INVERT) != 0, .target = h->table };

	if (nlmsg_parse(n, sizeof(*h), a, FRA_MAX, NULL) < 0 ||
	    !a[FRA_PROTOCOL] || nla_get_u8(a[FRA_PROTOCOL]) != PROTOCOL)
		return;
	rule.action = h->action == FR_ACT_GOTO ? RTNL_GOTO :
	    h->action == FR_ACT_NOP ? RTNL_NOP : RTNL_LOOKUP;
	if (a[FRA_PRIORITY])
		rule.priority = nla_get_u32(a[FRA_PRIORITY]);
	if (a[FRA_TABLE])
		rule.target = nla_get_u32(a[FRA_TABLE]);
	if (a[FRA_SRC] && addr_from_bytes(&rule.from.addr, nla_data(a[FRA_SRC]),
	    (size_t)nla_len(a[FRA_SRC])) == 0)
		rule.from.len = h->src_len;
	r->rule(&rule, r->arg);
}

static void
address_parse(struct rtnl *r, struct nlmsghdr *n)
{
	struct nlattr *a[IFA_MAX + 1], *at;
	struct ifaddrmsg *h = nlmsg_data(n);
	struct addr addr;

	if (nlmsg_parse(n, sizeof(*h), a, IFA_MAX, NULL) < 0)
		return;
	at = a[IFA_LOCAL] ? a[IFA_LOCAL] : a[IFA_ADDRESS];
	if (at && addr_from_bytes(&addr, nla_data(at), (size_t)nla_len(at)) == 0)
		r->address(&addr, r->arg);
}

static int
on_message(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *n = nlmsg_hdr(msg);
	struct rtnl *r = arg;

	if (n->nlmsg_type == RTM_NEWROUTE && r->route)
		route_parse(r, n);
	else if (n->nlmsg_type == RTM_NEWRULE && r->rule)
		rule_parse(r, n);
	else if (n->nlmsg_type == RTM_NEWADDR && r->address)
		address_parse(r, n);
	return NL_OK;
}

static int
dump(struct rtnl *r, int type, void *head, size_t len)
{
	struct nl_msg *msg = message(type, NLM_F_DUMP, head, len);
	int rc;

	r->rc = 0;
	if (!msg)
		return -ENOMEM;
	rc = nl_send_auto(r->ask, msg);
	nlmsg_free(msg);
	if (rc >= 0)
		rc = nl_recvmsgs_default(r->ask);
	return r->rc ? r->rc : rc < 0 ? -EIO : 0;
}

int
rtnl_routes(struct rtnl *r, void (*each)(const struct rtnl_route *, void *),
	    void *arg)
{
	struct rtmsg h = { .rtm_family = AF_UNSPEC };
	int rc;

	r->route = each;
	r->arg = arg;
	rc = dump(r, RTM_GETROUTE, &h, sizeof(h));
	r->route = NULL;
	return rc;
}

int
rtnl_rules(struct rtnl *r, void (*each)(const struct rtnl_rule *, void *),
	   void *arg)
{
	struct fib_rule_hdr h = { .family = AF_UNSPEC };
	int rc;

	r->rule = each;
	r->arg = arg;
	rc = dump(r, RTM_GETRULE, &h, sizeof(h));
	r->rule = NULL;
	return rc;
}

int
rtnl_addresses(struct rtnl *r, void (*each)(const struct addr *, void *), void *arg)
{
	struct ifaddrmsg h = { .ifa_family = AF_UNSPEC };
	int rc;

	r->address = each;
	r->arg = arg;
	rc = dump(r, RTM_GETADDR, &h, sizeof(h));
	r->address = NULL;
	return rc;
}
