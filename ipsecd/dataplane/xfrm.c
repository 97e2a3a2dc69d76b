/*
 * xfrm: the data plane of the Linux kernel.
 *
 * Each pair of subnets of a tunnel has three policies (out, in, fwd).  The outbound one is a trap: it
 * names a path that has no SA yet, so that a packet makes the kernel ask
 * (DP_ACQUIRE) and is dropped, never sent in clear.  A tunnel that waits for any
 * peer has no path: its packets are dropped silently until an SA is there.
 *
 * When an engine ends, its SAs cannot be rekeyed or deleted by the next one,
 * which has no keys.  They go when the next engine installs an SA for the same
 * tunnel, so that an initiator comes back without a gap, and at the latest
 * GRACE_S seconds after its DP_SYNC, so that nothing stays encrypted under keys
 * that nobody manages and traffic starts the tunnel again.  Those of a tunnel
 * that is no longer configured go with DP_SYNC.
 *
 * After a restart of monitor, what is in the kernel is known again: policies by
 * their priority, SAs by the number of their tunnel.
 */
#include "xfrm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>

#include "log.h"
#include "xfrm_msg.h"
#include "xfrm_nl.h"
#include "xfrm_pass.h"
#include "xfrm_table.h"

#define GRACE_S		5
#define QUIET_US	200000		/* who removes policies may do it again */
#define REPLAY_WINDOW	1024
#define LARVAL_MS	1000		/* then the next packet asks again */
#define LARVAL_MAX	1024		/* more go by themselves, after 30 s */

struct dataplane {
	struct xfrm_nl	*ask;
	struct xfrm_nl	*listen;
	struct event	*readable;
	struct event	*grace;
	struct event	*later;
	struct event	*hatch;		/* when there are larval SAs */
	struct xfrm_larval larval[LARVAL_MAX];
	size_t		 n_larval;
	bool		 robbed;	/* policies were removed by others */
	struct xfrm_table table;
	struct xfrm_passes passes;
	void		(*event)(const struct dp_event *, void *);
	void		*arg;
};

/* What failed, why, and what to do. */
static int
explain(struct err *e, int rc, const char *why, const char *what)
{
	const char *more = why[0] != '\0' ? why : strerror(-rc);

	switch (-rc) {
	case EPERM:
	case EACCES:
		return err_set(e, ERR_DENIED, "%s: the kernel refuses; ipsecd "
		    "needs CAP_NET_ADMIN", what);
	case ENOSYS:
	case ENOENT:
	case EAFNOSUPPORT:
	case EPROTONOSUPPORT:
		return err_set(e, ERR_REALITY, "%s: the kernel lacks it (%s)",
		    what, more);
	case EEXIST:
		return err_set(e, ERR_REALITY, "%s: it is there already", what);
	case ESRCH:
		return err_set(e, ERR_NOTFOUND, "%s: there is none", what);
	case ENOMEM:
		return err_set(e, ERR_RESOURCE, "%s: out of memory", what);
	default:
		return err_set(e, ERR_REALITY, "%s: %s", what, more);
	}
}

static int
ask(struct dataplane *dp, struct nl_msg *msg, const char *what, struct err *e)
{
	char why[XFRM_WHY_MAX];
	int rc = xfrm_nl_ask(dp->ask, msg, NULL, NULL, why);

	return rc == 0 ? 0 : explain(e, rc, why, what);
}

/* For what may be gone already. */
static void
ask_quietly(struct dataplane *dp, struct nl_msg *msg)
{
	char why[XFRM_WHY_MAX];
	int rc = xfrm_nl_ask(dp->ask, msg, NULL, NULL, why);

	if (rc != 0 && rc != -ESRCH && rc != -ENOENT)
		log_warn("xfrm: deleting: %s",
		    why[0] != '\0' ? why : strerror(-rc));
}

/* --- policies --- */

static int
set_policies(struct dataplane *dp, const struct xfrm_pair *p,
	     const struct xfrm_path *path, struct err *e)
{
	/* First what lets in, last what sends. */
	static const struct {
		enum xfrm_dir	dir;
		const char	*what;
	} all[] = {
		{ XFRM_IN, "inbound policy" },
		{ XFRM_FWD, "forward policy" },
		{ XFRM_OUT, "outbound policy" },
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (ask(dp, xfrm_msg_policy_set(p->tunnel->id, &p->local,
		    &p->remote, all[i].dir, path), all[i].what, e) < 0)
			return -1;
	return 0;
}

static void
pair_del(struct dataplane *dp, struct xfrm_pair *p)
{
	static const enum xfrm_dir dirs[] = { XFRM_OUT, XFRM_FWD, XFRM_IN };
	struct prefix local = p->local, remote = p->remote;
	size_t i;

	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		ask_quietly(dp, xfrm_msg_policy_del(&local, &remote, dirs[i]));
	xfrm_pair_free(&dp->table, p);
	xfrm_pass_freed(&dp->passes, &local, &remote);
}

/* Where the tunnel's packets go: along its SA, else to where the peer is
 * configured to be. */
static struct xfrm_path
path_of(struct xfrm_tunnel *n)
{
	struct xfrm_sa *sa = xfrm_sa_outbound(n);

	if (sa != NULL)
		return (struct xfrm_path){ sa->src.addr, sa->dst.addr };
	return (struct xfrm_path){ n->outer_local, n->outer_remote };
}

/* After a change of the tunnel's SAs. */
static int
follow_sa(struct dataplane *dp, struct xfrm_tunnel *n, struct err *e)
{
	struct xfrm_path path = path_of(n);
	const struct xfrm_pair *p;

	if (n->pairs == NULL || (addr_equal(&path.src, &n->path.src) &&
	    addr_equal(&path.dst, &n->path.dst)))
		return 0;
	for (p = n->pairs; p != NULL; p = p->next)
		if (ask(dp, xfrm_msg_policy_set(n->id, &p->local, &p->remote,
		    XFRM_OUT, &path), "outbound policy", e) < 0)
			return -1;
	n->path = path;
	return 0;
}

static int
no_memory(struct err *e)
{
	return err_set(e, ERR_RESOURCE, "out of memory");
}

/* Another tunnel with the same subnets: the kernel would take it for a change of
 * the first. */
static int
check_subnets(struct dataplane *dp, const struct dp_policy *d, struct err *e)
{
	char local[PREFIX_STRLEN], remote[PREFIX_STRLEN];
	const struct prefix *l, *r;
	struct xfrm_pair *p;
	size_t at = 0;

	while (subnets_next(&d->subnets, &at, &l, &r)) {
		p = xfrm_pair_find(&dp->table, l, r);
		if (p != NULL && p->tunnel->id != d->tunnel && !p->tunnel->stale)
			return err_set(e, ERR_CONFLICT, "tunnel %u has the same "
			    "local and remote subnets, %s and %s", p->tunnel->id,
			    prefix_str(l, local), prefix_str(r, remote));
	}
	return 0;
}

/* The policies of one pair.  Those that an engine before left under another
 * number are ours to take. */
static int
pair_set(struct dataplane *dp, struct xfrm_tunnel *n, const struct prefix *local,
	 const struct prefix *remote, const struct xfrm_path *path, struct err *e)
{
	struct xfrm_pair *p = xfrm_pair_find(&dp->table, local, remote);
	bool fresh = p == NULL;

	if (p != NULL && p->tunnel != n) {
		struct xfrm_tunnel *other = p->tunnel;

		xfrm_pair_free(&dp->table, p);
		if (other->pairs == NULL)
			xfrm_pass_set(&dp->passes, other, NULL);
		xfrm_tunnel_drop(&dp->table, other);
		p = NULL;
	}
	if (p == NULL) {
		p = xfrm_pair_new(&dp->table, n, local, remote);
		if (p == NULL)
			return no_memory(e);
		p->fresh = fresh;
	}
	return set_policies(dp, p, path, e);
}

/* Success: the old ones that are no longer wanted go, after the new ones are
 * there: no gap.  Failure: the new ones go again. */
static void
pairs_settle(struct dataplane *dp, struct xfrm_tunnel *n,
	     const struct subnets *wanted, bool ok)
{
	struct xfrm_pair *p, *next;

	for (p = n->pairs; p != NULL; p = next) {
		next = p->next;
		if (ok ? !subnets_has(wanted, &p->local, &p->remote) : p->fresh)
			pair_del(dp, p);
		else
			p->fresh = false;
	}
}

static int
policy_add(struct dataplane *dp, const struct dp_policy *d, struct err *e)
{
	const struct prefix *l, *r;
	struct addr was_local, was_remote;
	struct xfrm_tunnel *n;
	struct xfrm_path path;
	size_t at = 0;
	int rc = 0;

	if (check_subnets(dp, d, e) < 0)
		return -1;
	n = xfrm_tunnel_get(&dp->table, d->tunnel);
	if (n == NULL)
		return no_memory(e);
	was_local = n->outer_local;
	was_remote = n->outer_remote;
	n->outer_local = d->outer_local;
	n->outer_remote = d->outer_remote;
	path = path_of(n);
	while (rc == 0 && subnets_next(&d->subnets, &at, &l, &r))
		rc = pair_set(dp, n, l, r, &path, e);
	pairs_settle(dp, n, &d->subnets, rc == 0);
	if (rc == 0) {
		xfrm_pass_set(&dp->passes, n, &d->subnets);
		n->path = path;
		n->stale = false;
		return 0;
	}
	n->outer_local = was_local;
	n->outer_remote = was_remote;
	xfrm_tunnel_drop(&dp->table, n);
	return -1;
}

static void
policy_del(struct dataplane *dp, struct xfrm_tunnel *n)
{
	while (n->pairs != NULL)
		pair_del(dp, n->pairs);
	xfrm_pass_set(&dp->passes, n, NULL);
	n->stale = false;
}

/* --- SAs --- */

static void
sa_del(struct dataplane *dp, struct xfrm_tunnel *n, struct xfrm_sa *sa)
{
	ask_quietly(dp, xfrm_msg_sa_del(sa->spi, &sa->dst.addr));
	xfrm_sa_free(n, sa);
}

static void
sa_del_stale(struct dataplane *dp, struct xfrm_tunnel *n)
{
	struct xfrm_sa *sa, *next;

	for (sa = n->sas; sa != NULL; sa = next) {
		next = sa->next;
		if (sa->stale)
			sa_del(dp, n, sa);
	}
}

static int
sa_add(struct dataplane *dp, const struct dp_sa *from, struct err *e)
{
	struct xfrm_tunnel *n = xfrm_tunnel_get(&dp->table, from->tunnel);
	struct xfrm_sa *sa;
	char what[96];

	if (n == NULL || (sa = xfrm_sa_new(n, from)) == NULL)
		return no_memory(e);
	snprintf(what, sizeof(what), "%s SA %08x with %s%s%s",
	    from->inbound ? "inbound" : "outbound", from->spi,
	    from->keys.encr->show, from->keys.integ != NULL ? "/" : "",
	    from->keys.integ != NULL ? from->keys.integ->show : "");
	if (ask(dp, xfrm_msg_sa_add(from), what, e) < 0) {
		xfrm_sa_free(n, sa);
		xfrm_tunnel_drop(&dp->table, n);
		return -1;
	}
	if (from->inbound)
		return 0;
	sa_del_stale(dp, n);
	if (follow_sa(dp, n, e) == 0)
		return 0;
	sa_del(dp, n, sa);
	xfrm_tunnel_drop(&dp->table, n);
	return -1;
}

struct moving {
	const struct dp_sa	*to;
	struct nl_msg		*msg;
};

static void
got_moving(const struct nlmsghdr *h, void *arg)
{
	struct moving *m = arg;

	if (m->msg == NULL)
		m->msg = xfrm_msg_sa_moved(h, m->to);
}

/* The kernel cannot change the addresses of an SA: read, delete, add. */
static int
sa_move(struct dataplane *dp, struct xfrm_tunnel *n, struct xfrm_sa *sa,
	const struct dp_sa *to, struct err *e)
{
	struct moving m = { to, NULL };
	char why[XFRM_WHY_MAX];
	int rc;

	rc = xfrm_nl_ask(dp->ask, xfrm_msg_sa_get(sa->spi, &sa->dst.addr),
	    got_moving, &m, why);
	if (rc != 0)
		return explain(e, rc, why, "SA to be moved");
	if (m.msg == NULL)
		return no_memory(e);
	ask_quietly(dp, xfrm_msg_sa_del(sa->spi, &sa->dst.addr));
	if (ask(dp, m.msg, "moved SA", e) < 0) {
		xfrm_sa_free(n, sa);
		return -1;
	}
	sa->src = to->src;
	sa->dst = to->dst;
	return sa->inbound ? 0 : follow_sa(dp, n, e);
}

static struct xfrm_sa *
sa_of(struct dataplane *dp, const struct dp_sa *want, struct xfrm_tunnel **n,
      struct err *e)
{
	struct xfrm_sa *sa = NULL;

	*n = xfrm_tunnel_find(&dp->table, want->tunnel);
	if (*n != NULL)
		sa = xfrm_sa_find(*n, want->spi, want->inbound);
	if (sa == NULL)
		err_set(e, ERR_NOTFOUND, "tunnel %u has no %s SA %08x",
		    want->tunnel, want->inbound ? "inbound" : "outbound",
		    want->spi);
	return sa;
}

static void
got_counters(const struct nlmsghdr *h, void *arg)
{
	xfrm_msg_counters(h, arg);
}

static int
sa_counters(struct dataplane *dp, const struct xfrm_sa *sa,
	    struct dp_counters *c, struct err *e)
{
	char why[XFRM_WHY_MAX];
	int rc = xfrm_nl_ask(dp->ask, xfrm_msg_sa_get(sa->spi, &sa->dst.addr),
	    got_counters, c, why);

	return rc == 0 ? 0 : explain(e, rc, why, "counters of the SA");
}

/* --- larval SAs --- */

static void
got_name(const struct nlmsghdr *h, void *arg)
{
	struct dp_sa *sa = arg;

	(void)xfrm_msg_sa(h, sa);
}

/* The kernel asks once for a flow and is then silent for 30 seconds; the answer
 * may have been no, or an ipsecd that has ended. */
static void
larval_del_all(struct dataplane *dp)
{
	char why[XFRM_WHY_MAX];
	struct dp_sa sa;

	while (dp->n_larval > 0) {
		memset(&sa, 0, sizeof(sa));
		if (xfrm_nl_ask(dp->ask, xfrm_msg_larval_name(
		    &dp->larval[--dp->n_larval]), got_name, &sa, why) == 0 &&
		    sa.spi != 0)
			ask_quietly(dp, xfrm_msg_sa_del(sa.spi, &sa.dst.addr));
	}
}

static void
hatched(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	larval_del_all(arg);
}

static void
got_larval(const struct nlmsghdr *h, void *arg)
{
	struct timeval in = { LARVAL_MS / 1000, LARVAL_MS % 1000 * 1000 };
	struct dataplane *dp = arg;
	struct xfrm_larval *l = &dp->larval[dp->n_larval];

	if (dp->n_larval == LARVAL_MAX || !xfrm_msg_larval(h, l) ||
	    xfrm_tunnel_find(&dp->table, l->tunnel) == NULL)
		return;
	if (dp->n_larval++ == 0 && dp->hatch != NULL)
		evtimer_add(dp->hatch, &in);
}

/* --- generations of engines --- */

static void
make_stale(struct xfrm_tunnel *n, void *arg)
{
	struct xfrm_sa *sa;

	(void)arg;
	n->stale = n->pairs != NULL;
	for (sa = n->sas; sa != NULL; sa = sa->next)
		sa->stale = true;
}

static void
end_stale(struct xfrm_tunnel *n, void *arg)
{
	struct dataplane *dp = arg;

	sa_del_stale(dp, n);
	xfrm_tunnel_drop(&dp->table, n);
}

/* Its SAs will go soon: new ones are wanted before. */
static void
want_again(struct dataplane *dp, struct xfrm_tunnel *n)
{
	const struct dp_event e = { .kind = DP_ACQUIRE, .tunnel = n->id };

	if (n->sas != NULL && xfrm_sa_outbound(n) == NULL &&
	    n->outer_remote.family != 0 && dp->event != NULL)
		dp->event(&e, dp->arg);
}

static void
sync_one(struct xfrm_tunnel *n, void *arg)
{
	struct dataplane *dp = arg;

	if (n->stale)
		policy_del(dp, n);
	if (n->pairs == NULL)
		end_stale(n, dp);
	else
		want_again(dp, n);
}

static void
grace_over(evutil_socket_t fd, short what, void *arg)
{
	struct dataplane *dp = arg;

	(void)fd;
	(void)what;
	xfrm_table_walk(&dp->table, end_stale, dp);
}

static void
sync_all(struct dataplane *dp)
{
	struct timeval in = { GRACE_S, 0 };

	xfrm_table_walk(&dp->table, sync_one, dp);
	xfrm_pass_sync(&dp->passes);
	if (dp->grace != NULL)
		evtimer_add(dp->grace, &in);
}

static void
begin(struct dataplane *dp)
{
	if (dp->grace != NULL)
		evtimer_del(dp->grace);
	xfrm_table_walk(&dp->table, make_stale, NULL);
}

static void
adopt_policy(const struct nlmsghdr *h, void *arg)
{
	struct dataplane *dp = arg;
	struct prefix local, remote;
	struct xfrm_tunnel *n;
	uint32_t tunnel;

	xfrm_pass_found(&dp->passes, h);
	if (!xfrm_msg_policy(h, &tunnel, &local, &remote) ||
	    (n = xfrm_tunnel_get(&dp->table, tunnel)) == NULL)
		return;
	n->stale = true;
	if (xfrm_pair_new(&dp->table, n, &local, &remote) == NULL)
		xfrm_tunnel_drop(&dp->table, n);
}

static void
adopt_sa(const struct nlmsghdr *h, void *arg)
{
	struct dataplane *dp = arg;
	struct xfrm_tunnel *n;
	struct xfrm_sa *sa;
	struct dp_sa from;

	got_larval(h, dp);
	if (!xfrm_msg_sa(h, &from) ||
	    (n = xfrm_tunnel_find(&dp->table, from.tunnel)) == NULL)
		return;
	sa = xfrm_sa_new(n, &from);
	if (sa != NULL)
		sa->stale = true;
}

static int
adopt(struct dataplane *dp, struct err *e)
{
	char why[XFRM_WHY_MAX];
	int rc;

	dp->passes.nl = dp->ask;
	dp->passes.table = &dp->table;
	rc = xfrm_nl_ask(dp->ask, xfrm_msg_policy_dump(), adopt_policy, dp, why);
	if (rc == 0)
		rc = xfrm_nl_ask(dp->ask, xfrm_msg_sa_dump(), adopt_sa, dp, why);
	larval_del_all(dp);
	return rc == 0 ? 0 : explain(e, rc, why, "reading the kernel's policies "
	    "and SAs");
}

/* --- the interface --- */

/* An SA between addresses for documentation, gone at once. */
static int
try_esp(struct dataplane *dp, struct err *e)
{
	static const uint8_t key[32] = { 1 };
	struct dp_sa sa = {
		.tunnel = 1, .spi = 0xc0000100, .inbound = true,
		.replay_window = 32,
		.keys = { encr_by_name("aes128"), integ_by_name("sha256"),
			  { 0 }, { 0 } },
	};
	struct prefix local, remote;

	if (addr_parse(&sa.src.addr, "192.0.2.1") < 0 ||
	    addr_parse(&sa.dst.addr, "192.0.2.2") < 0 ||
	    prefix_parse(&local, "192.0.2.2") < 0 ||
	    prefix_parse(&remote, "192.0.2.1") < 0 ||
	    !secret_set(&sa.keys.ek, key, sa.keys.encr->key_len) ||
	    !secret_set(&sa.keys.ak, key, sa.keys.integ->key_len))
		return err_set(e, ERR_BUG, "the SA to try ESP with is broken");
	subnets_set(&sa.subnets, &local, &remote);
	ask_quietly(dp, xfrm_msg_sa_del(sa.spi, &sa.dst.addr));
	if (ask(dp, xfrm_msg_sa_add(&sa), "an SA to try ESP with", e) < 0)
		return err_prefix(e, "this kernel has no ESP (modules esp4, esp6 "
		    "and their ciphers)");
	ask_quietly(dp, xfrm_msg_sa_del(sa.spi, &sa.dst.addr));
	return 0;
}

/* RFC 4861: neighbours must be found before anything can be protected. */
static void
pass_neighbours(struct dataplane *dp, bool add)
{
	static const enum xfrm_dir dirs[] = { XFRM_IN, XFRM_OUT };
	char why[XFRM_WHY_MAX];
	uint8_t type;
	size_t i;
	int rc;

	for (type = XFRM_ND_FIRST; type <= XFRM_ND_LAST; type++)
		for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
			rc = xfrm_nl_ask(dp->ask, xfrm_msg_icmpv6_pass(type,
			    dirs[i], add), NULL, NULL, why);
			if (rc != 0 && add && rc != -EAFNOSUPPORT)
				log_warn("xfrm: ICMPv6 type %d may be trapped: %s",
				    type, strerror(-rc));
		}
}

struct removed {
	struct dataplane	*dp;
	uint32_t		 spi;	/* 0: all */
};

static void
removed_from(struct xfrm_tunnel *n, void *arg)
{
	struct dp_event e = { .kind = DP_LOST, .tunnel = n->id };
	const struct removed *r = arg;
	struct xfrm_sa *sa, *next;

	for (sa = n->sas; sa != NULL; sa = next) {
		next = sa->next;
		if (r->spi != 0 && sa->spi != r->spi)
			continue;
		e.spi = sa->spi;
		xfrm_sa_free(n, sa);
		if (r->dp->event != NULL)
			r->dp->event(&e, r->dp->arg);
	}
}

/* IKE would not notice: the engine makes new ones. */
static void
got_removed(struct dataplane *dp, const struct nlmsghdr *h)
{
	struct removed r = { .dp = dp };

	if (h->nlmsg_type == XFRM_MSG_DELSA && !xfrm_msg_removed(h, &r.spi))
		return;
	xfrm_table_walk(&dp->table, removed_from, &r);
}

static void
got_event(const struct nlmsghdr *h, void *arg)
{
	struct dataplane *dp = arg;
	struct xfrm_tunnel *n;
	struct xfrm_sa *sa;
	struct dp_event e;

	if (h->nlmsg_type == XFRM_MSG_ACQUIRE)
		got_larval(h, dp);
	if (h->nlmsg_type == XFRM_MSG_DELPOLICY ||
	    h->nlmsg_type == XFRM_MSG_FLUSHPOLICY)
		dp->robbed = true;
	if (h->nlmsg_type == XFRM_MSG_DELSA || h->nlmsg_type == XFRM_MSG_FLUSHSA)
		got_removed(dp, h);
	if (!xfrm_msg_event(h, &e) ||
	    (n = xfrm_tunnel_find(&dp->table, e.tunnel)) == NULL)
		return;
	/* The kernel has deleted it. */
	if (e.kind == DP_EXPIRE && ((sa = xfrm_sa_find(n, e.spi, false)) != NULL ||
	    (sa = xfrm_sa_find(n, e.spi, true)) != NULL))
		xfrm_sa_free(n, sa);
	if (dp->event != NULL)
		dp->event(&e, dp->arg);
}

static void
restore_one(struct xfrm_tunnel *n, void *arg)
{
	struct dataplane *dp = arg;
	struct err e = ERR_INIT;
	const struct xfrm_pair *p;

	for (p = n->pairs; p != NULL; p = p->next)
		if (set_policies(dp, p, &n->path, &e) < 0)
			log_error("tunnel %u: its policies were removed: %s",
			    n->id, e.text);
	xfrm_pass_restore(&dp->passes, n);
}

/* What they protect would leave in clear. */
static void
restore(struct dataplane *dp)
{
	struct timeval quiet = { 0, QUIET_US };

	if (!dp->robbed)
		return;
	dp->robbed = false;
	log_warn("xfrm: somebody removed policies; ours are set again");
	pass_neighbours(dp, true);
	xfrm_table_walk(&dp->table, restore_one, dp);
	if (dp->later != NULL)
		evtimer_add(dp->later, &quiet);
}

static void
quiet_over(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	restore(arg);
}

static void
readable(evutil_socket_t fd, short what, void *arg)
{
	struct dataplane *dp = arg;

	(void)fd;
	(void)what;
	xfrm_nl_listen(dp->listen, got_event, dp);
	if (dp->later == NULL || !evtimer_pending(dp->later, NULL))
		restore(dp);
}

static void
xfrm_free(struct dataplane *dp)
{
	if (dp->readable != NULL)
		event_free(dp->readable);
	if (dp->grace != NULL)
		event_free(dp->grace);
	if (dp->later != NULL)
		event_free(dp->later);
	if (dp->hatch != NULL)
		event_free(dp->hatch);
	xfrm_nl_free(dp->listen);
	xfrm_nl_free(dp->ask);
	xfrm_pass_fini(&dp->passes);
	xfrm_table_fini(&dp->table);
	free(dp);
}

static int
start_listening(struct dataplane *dp, struct event_base *base, struct err *e)
{
	static const int groups[] = { XFRMNLGRP_ACQUIRE, XFRMNLGRP_EXPIRE,
	    XFRMNLGRP_MAPPING, XFRMNLGRP_POLICY, XFRMNLGRP_SA, 0 };

	dp->listen = xfrm_nl_new(groups, e);
	if (dp->listen == NULL || xfrm_nl_others(dp->listen, dp->ask, e) < 0)
		return -1;
	if (base == NULL)
		return 0;
	dp->grace = evtimer_new(base, grace_over, dp);
	dp->later = evtimer_new(base, quiet_over, dp);
	dp->hatch = evtimer_new(base, hatched, dp);
	dp->readable = event_new(base, xfrm_nl_fd(dp->listen),
	    EV_READ | EV_PERSIST, readable, dp);
	if (dp->grace == NULL || dp->later == NULL || dp->hatch == NULL ||
	    dp->readable == NULL ||
	    event_add(dp->readable, NULL) < 0)
		return no_memory(e);
	return 0;
}

static struct dataplane *
xfrm_open(struct event_base *base, void (*event)(const struct dp_event *, void *),
	  void *arg, struct err *e)
{
	struct dataplane *dp = calloc(1, sizeof(*dp));

	if (dp == NULL) {
		no_memory(e);
		return NULL;
	}
	dp->event = event;
	dp->arg = arg;
	dp->ask = xfrm_nl_new(NULL, e);
	if (dp->ask == NULL || try_esp(dp, e) < 0 || adopt(dp, e) < 0 ||
	    start_listening(dp, base, e) < 0) {
		xfrm_free(dp);
		return NULL;
	}
	pass_neighbours(dp, true);
	return dp;
}

static void
xfrm_caps(struct dataplane *dp, struct dp_caps *caps)
{
	(void)dp;
	memset(caps, 0, sizeof(*caps));
	snprintf(caps->name, sizeof(caps->name), "xfrm");
	caps->esn = true;
	caps->replay_window = REPLAY_WINDOW;
}

static int
obey_sa(struct dataplane *dp, const struct dp_request *r, struct dp_counters *c,
	struct err *e)
{
	struct xfrm_tunnel *n;
	struct xfrm_sa *sa;
	int rc;

	if (r->op == DP_SA_ADD)
		return sa_add(dp, &r->sa, e);
	sa = sa_of(dp, &r->sa, &n, e);
	if (sa == NULL)
		return -1;
	if (r->op == DP_SA_UPDATE)
		return sa_move(dp, n, sa, &r->sa, e);
	if (r->op == DP_COUNTERS)
		return sa_counters(dp, sa, c, e);
	sa_del(dp, n, sa);
	rc = follow_sa(dp, n, e);
	xfrm_tunnel_drop(&dp->table, n);
	return rc;
}

static int
obey(struct dataplane *dp, const struct dp_request *r, struct dp_counters *c,
     struct err *e)
{
	struct xfrm_tunnel *n;

	switch (r->op) {
	case DP_SA_ADD:
	case DP_SA_UPDATE:
	case DP_SA_DEL:
	case DP_COUNTERS:
		return obey_sa(dp, r, c, e);
	case DP_POLICY_ADD:
		return policy_add(dp, &r->policy, e);
	case DP_POLICY_DEL:
		n = xfrm_tunnel_find(&dp->table, r->policy.tunnel);
		if (n == NULL)
			return 0;
		policy_del(dp, n);
		xfrm_tunnel_drop(&dp->table, n);
		return 0;
	case DP_SYNC:
		sync_all(dp);
		return 0;
	case DP_BEGIN:
		begin(dp);
		return 0;
	}
	return err_set(e, ERR_BUG, "unknown request %d", (int)r->op);
}

static void
xfrm_request(struct dataplane *dp, const struct dp_request *r,
	     void (*done)(const struct dp_reply *, void *), void *arg)
{
	struct dp_reply reply = { .serial = r->serial };
	struct err e = ERR_INIT;

	reply.counters.idle_ms = UINT32_MAX;
	reply.ok = obey(dp, r, &reply.counters, &e) == 0;
	if (!reply.ok)
		snprintf(reply.why, sizeof(reply.why), "%.119s", e.text);
	done(&reply, arg);
}

static void
end_sas(struct xfrm_tunnel *n, void *arg)
{
	while (n->sas != NULL)
		sa_del(arg, n, n->sas);
}

static void
end_policy(struct xfrm_tunnel *n, void *arg)
{
	policy_del(arg, n);
}

static void
xfrm_close(struct dataplane *dp)
{
	if (dp == NULL)
		return;
	/* Nobody is left to renew the keys. */
	xfrm_table_walk(&dp->table, end_sas, dp);
	xfrm_free(dp);
}

static void
xfrm_clear(const char *tun)
{
	struct dataplane *dp = calloc(1, sizeof(*dp));
	struct err e = ERR_INIT;

	(void)tun;
	/* A kernel that has none of it has nothing of ours. */
	if (dp != NULL && (dp->ask = xfrm_nl_new(NULL, &e)) != NULL) {
		if (adopt(dp, &e) < 0)
			log_warn("%s", e.text);
		xfrm_table_walk(&dp->table, end_sas, dp);
		xfrm_table_walk(&dp->table, end_policy, dp);
		xfrm_pass_sync(&dp->passes);
		pass_neighbours(dp, false);
	}
	err_clear(&e);
	if (dp != NULL)
		xfrm_free(dp);
}

const struct dataplane_ops dataplane_xfrm = {
	.name = "xfrm",
	.open = xfrm_open,
	.caps = xfrm_caps,
	.request = xfrm_request,
	.close = xfrm_close,
	.clear = xfrm_clear,
};
