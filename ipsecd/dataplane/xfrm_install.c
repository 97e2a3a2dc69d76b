#include "xfrm_in.h"

#include <stdio.h>

/* SAs. */

void
xfrm_sa_remove(struct dataplane *dp, struct xfrm_tunnel *n, struct xfrm_sa *sa)
{
	xfrm_ask_quietly(dp, xfrm_msg_sa_del(sa->spi, &sa->dst.addr));
	xfrm_sa_free(n, sa);
}

void
xfrm_sa_remove_stale(struct dataplane *dp, struct xfrm_tunnel *n)
{
	struct xfrm_sa *sa, *next;

	for (sa = n->sas; sa != NULL; sa = next) {
		next = sa->next;
		if (sa->stale)
			xfrm_sa_remove(dp, n, sa);
	}
}

int
xfrm_sa_install(struct dataplane *dp, const struct dp_sa *from, struct err *e)
{
	struct xfrm_tunnel *n = xfrm_tunnel_get(&dp->table, from->tunnel);
	struct xfrm_sa *sa;
	char what[96];

	if (n == NULL || (sa = xfrm_sa_new(n, from)) == NULL)
		return xfrm_no_memory(e);
	snprintf(what, sizeof(what), "%s SA %08x with %s%s%s",
	    from->inbound ? "inbound" : "outbound", from->spi,
	    from->keys.encr->show, from->keys.integ != NULL ? "/" : "",
	    from->keys.integ != NULL ? from->keys.integ->show : "");
	if (xfrm_ask(dp, xfrm_msg_sa_add(from), what, e) < 0) {
		xfrm_sa_free(n, sa);
		xfrm_tunnel_drop(&dp->table, n);
		return -1;
	}
	if (from->inbound)
		return 0;
	xfrm_sa_remove_stale(dp, n);
	if (xfrm_policy_follow(dp, n, e) == 0)
		return 0;
	xfrm_sa_remove(dp, n, sa);
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
int
xfrm_sa_move(struct dataplane *dp, struct xfrm_tunnel *n, struct xfrm_sa *sa,
	const struct dp_sa *to, struct err *e)
{
	struct moving m = { to, NULL };
	char why[XFRM_WHY_MAX];
	int rc;

	rc = xfrm_nl_ask(dp->ask, xfrm_msg_sa_get(sa->spi, &sa->dst.addr),
	    got_moving, &m, why);
	if (rc != 0)
		return xfrm_explain(e, rc, why, "SA to be moved");
	if (m.msg == NULL)
		return xfrm_no_memory(e);
	xfrm_ask_quietly(dp, xfrm_msg_sa_del(sa->spi, &sa->dst.addr));
	if (xfrm_ask(dp, m.msg, "moved SA", e) < 0) {
		xfrm_sa_free(n, sa);
		return -1;
	}
	sa->src = to->src;
	sa->dst = to->dst;
	return sa->inbound ? 0 : xfrm_policy_follow(dp, n, e);
}

struct xfrm_sa *
xfrm_sa_named(struct dataplane *dp, const struct dp_sa *want, struct xfrm_tunnel **n,
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

int
xfrm_sa_counters(struct dataplane *dp, const struct xfrm_sa *sa,
	    struct dp_counters *c, struct err *e)
{
	char why[XFRM_WHY_MAX];
	int rc = xfrm_nl_ask(dp->ask, xfrm_msg_sa_get(sa->spi, &sa->dst.addr),
	    got_counters, c, why);

	return rc == 0 ? 0 : xfrm_explain(e, rc, why, "counters of the SA");
}
