#include "xfrm_in.h"

#include <linux/netlink.h>

#include "log.h"

/* What the kernel and others tell, and what is done about it. */

#define QUIET_US	200000		/* who removes policies may do it again */

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
		xfrm_larval_seen(h, dp);
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
		if (xfrm_policies_set(dp, p, &n->path, &e) < 0)
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
	xfrm_policy_neighbours(dp, true);
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

int
xfrm_event_start(struct dataplane *dp, struct event_base *base, struct err *e)
{
	static const int groups[] = { XFRMNLGRP_ACQUIRE, XFRMNLGRP_EXPIRE,
	    XFRMNLGRP_MAPPING, XFRMNLGRP_POLICY, XFRMNLGRP_SA, 0 };

	dp->listen = xfrm_nl_new(groups, e);
	if (dp->listen == NULL || xfrm_nl_others(dp->listen, dp->ask, e) < 0)
		return -1;
	if (base == NULL)
		return 0;
	dp->later = evtimer_new(base, quiet_over, dp);
	dp->readable = event_new(base, xfrm_nl_fd(dp->listen),
	    EV_READ | EV_PERSIST, readable, dp);
	if (dp->later == NULL || dp->readable == NULL ||
	    event_add(dp->readable, NULL) < 0 ||
	    xfrm_adopt_start(dp, base) < 0 || xfrm_larval_start(dp, base) < 0)
		return xfrm_no_memory(e);
	return 0;
}
