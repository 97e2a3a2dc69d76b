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

#include "log.h"
#include "xfrm_in.h"

#define REPLAY_WINDOW	1024

/* What failed, why, and what to do. */
int
xfrm_explain(struct err *e, int rc, const char *why, const char *what)
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

int
xfrm_ask(struct dataplane *dp, struct nl_msg *msg, const char *what, struct err *e)
{
	char why[XFRM_WHY_MAX];
	int rc = xfrm_nl_ask(dp->ask, msg, NULL, NULL, why);

	return rc == 0 ? 0 : xfrm_explain(e, rc, why, what);
}

/* For what may be gone already. */
void
xfrm_ask_quietly(struct dataplane *dp, struct nl_msg *msg)
{
	char why[XFRM_WHY_MAX];
	int rc = xfrm_nl_ask(dp->ask, msg, NULL, NULL, why);

	if (rc != 0 && rc != -ESRCH && rc != -ENOENT)
		log_warn("xfrm: deleting: %s",
		    why[0] != '\0' ? why : strerror(-rc));
}

int
xfrm_no_memory(struct err *e)
{
	return err_set(e, ERR_RESOURCE, "out of memory");
}

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
	xfrm_ask_quietly(dp, xfrm_msg_sa_del(sa.spi, &sa.dst.addr));
	if (xfrm_ask(dp, xfrm_msg_sa_add(&sa), "an SA to try ESP with", e) < 0)
		return err_prefix(e, "this kernel has no ESP (modules esp4, esp6 "
		    "and their ciphers)");
	xfrm_ask_quietly(dp, xfrm_msg_sa_del(sa.spi, &sa.dst.addr));
	return 0;
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

static struct dataplane *
xfrm_open(struct event_base *base, void (*event)(const struct dp_event *, void *),
	  void *arg, struct err *e)
{
	struct dataplane *dp = calloc(1, sizeof(*dp));

	if (dp == NULL) {
		xfrm_no_memory(e);
		return NULL;
	}
	dp->event = event;
	dp->arg = arg;
	dp->ask = xfrm_nl_new(NULL, e);
	if (dp->ask == NULL || try_esp(dp, e) < 0 || xfrm_adopt(dp, e) < 0 ||
	    xfrm_event_start(dp, base, e) < 0) {
		xfrm_free(dp);
		return NULL;
	}
	xfrm_policy_neighbours(dp, true);
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
		return xfrm_sa_install(dp, &r->sa, e);
	sa = xfrm_sa_named(dp, &r->sa, &n, e);
	if (sa == NULL)
		return -1;
	if (r->op == DP_SA_UPDATE)
		return xfrm_sa_move(dp, n, sa, &r->sa, e);
	if (r->op == DP_COUNTERS)
		return xfrm_sa_counters(dp, sa, c, e);
	xfrm_sa_remove(dp, n, sa);
	rc = xfrm_policy_follow(dp, n, e);
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
		return xfrm_policy_add(dp, &r->policy, e);
	case DP_POLICY_DEL:
		n = xfrm_tunnel_find(&dp->table, r->policy.tunnel);
		if (n == NULL)
			return 0;
		xfrm_policy_del(dp, n);
		xfrm_tunnel_drop(&dp->table, n);
		return 0;
	case DP_SYNC:
		xfrm_sync(dp);
		return 0;
	case DP_BEGIN:
		xfrm_begin(dp);
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
		xfrm_sa_remove(arg, n, n->sas);
}

static void
end_policy(struct xfrm_tunnel *n, void *arg)
{
	xfrm_policy_del(arg, n);
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
		if (xfrm_adopt(dp, &e) < 0)
			log_warn("%s", e.text);
		xfrm_table_walk(&dp->table, end_sas, dp);
		xfrm_table_walk(&dp->table, end_policy, dp);
		xfrm_pass_sync(&dp->passes);
		xfrm_policy_neighbours(dp, false);
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
