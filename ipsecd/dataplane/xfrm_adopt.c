#include "xfrm_in.h"

/* Generations: what an engine or a monitor before this one left behind. */

#define GRACE_S		5

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

	xfrm_sa_remove_stale(dp, n);
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
		xfrm_policy_del(dp, n);
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

void
xfrm_sync(struct dataplane *dp)
{
	struct timeval in = { GRACE_S, 0 };

	xfrm_table_walk(&dp->table, sync_one, dp);
	xfrm_pass_sync(&dp->passes);
	if (dp->grace != NULL)
		evtimer_add(dp->grace, &in);
}

void
xfrm_begin(struct dataplane *dp)
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

	xfrm_larval_seen(h, dp);
	if (!xfrm_msg_sa(h, &from) ||
	    (n = xfrm_tunnel_find(&dp->table, from.tunnel)) == NULL)
		return;
	sa = xfrm_sa_new(n, &from);
	if (sa != NULL)
		sa->stale = true;
}

int
xfrm_adopt(struct dataplane *dp, struct err *e)
{
	char why[XFRM_WHY_MAX];
	int rc;

	dp->passes.nl = dp->ask;
	dp->passes.table = &dp->table;
	rc = xfrm_nl_ask(dp->ask, xfrm_msg_policy_dump(), adopt_policy, dp, why);
	if (rc == 0)
		rc = xfrm_nl_ask(dp->ask, xfrm_msg_sa_dump(), adopt_sa, dp, why);
	xfrm_larval_remove(dp);
	return rc == 0 ? 0 : xfrm_explain(e, rc, why, "reading the kernel's policies "
	    "and SAs");
}

int
xfrm_adopt_start(struct dataplane *dp, struct event_base *base)
{
	dp->grace = evtimer_new(base, grace_over, dp);
	return dp->grace != NULL ? 0 : -1;
}
