#include "xfrm_in.h"

#include <errno.h>
#include <string.h>

#include "log.h"

/* Policies: what goes into which tunnel, and what passes by. */

int
xfrm_policies_set(struct dataplane *dp, const struct xfrm_pair *p,
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
		if (xfrm_ask(dp, xfrm_msg_policy_set(p->tunnel->id, &p->local,
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
		xfrm_ask_quietly(dp, xfrm_msg_policy_del(&local, &remote, dirs[i]));
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
int
xfrm_policy_follow(struct dataplane *dp, struct xfrm_tunnel *n, struct err *e)
{
	struct xfrm_path path = path_of(n);
	const struct xfrm_pair *p;

	if (n->pairs == NULL || (addr_equal(&path.src, &n->path.src) &&
	    addr_equal(&path.dst, &n->path.dst)))
		return 0;
	for (p = n->pairs; p != NULL; p = p->next)
		if (xfrm_ask(dp, xfrm_msg_policy_set(n->id, &p->local, &p->remote,
		    XFRM_OUT, &path), "outbound policy", e) < 0)
			return -1;
	n->path = path;
	return 0;
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
			return xfrm_no_memory(e);
		p->fresh = fresh;
	}
	return xfrm_policies_set(dp, p, path, e);
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

int
xfrm_policy_add(struct dataplane *dp, const struct dp_policy *d, struct err *e)
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
		return xfrm_no_memory(e);
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

void
xfrm_policy_del(struct dataplane *dp, struct xfrm_tunnel *n)
{
	while (n->pairs != NULL)
		pair_del(dp, n->pairs);
	xfrm_pass_set(&dp->passes, n, NULL);
	n->stale = false;
}

/* RFC 4861: neighbours must be found before anything can be protected. */
void
xfrm_policy_neighbours(struct dataplane *dp, bool add)
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
