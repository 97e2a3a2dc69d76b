#include "xfrm_pass.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "xfrm_msg.h"
#include "xfrm_nl.h"

static bool
inside(const struct prefix *p, const struct prefix *remote)
{
	return remote->len < p->len && prefix_has(remote, &p->addr);
}

static bool
inside_any(const struct subnets *s, const struct prefix *src,
	   const struct prefix *dst)
{
	const struct prefix *r = subnets_remote(s);
	size_t n = s->n_remote;

	for (; n-- > 0; r++)
		if (inside(src, r) || inside(dst, r))
			return true;
	return false;
}

bool
xfrm_pass_next(const struct subnets *s, size_t *at, const struct prefix **src,
	       const struct prefix **dst)
{
	while (*at < (size_t)s->n_local * s->n_local) {
		*src = subnets_local(s) + *at / s->n_local;
		*dst = subnets_local(s) + *at % s->n_local;
		++*at;
		if ((*src)->addr.family == (*dst)->addr.family &&
		    inside_any(s, *src, *dst))
			return true;
	}
	return false;
}

/* --- the kernel --- */

static void
tell(struct xfrm_passes *ps, const struct xfrm_pass *p, enum xfrm_dir dir, bool add)
{
	const struct prefix *local = dir == XFRM_OUT ? &p->src : &p->dst;
	const struct prefix *remote = dir == XFRM_OUT ? &p->dst : &p->src;
	char why[XFRM_WHY_MAX], a[PREFIX_STRLEN], b[PREFIX_STRLEN];
	int rc;

	/* The kernel has one for the same subnets, and that is a tunnel's. */
	if (xfrm_pair_find(ps->table, local, remote) != NULL)
		return;
	rc = xfrm_nl_ask(ps->nl, add ? xfrm_msg_pass_set(&p->src, &p->dst, dir) :
	    xfrm_msg_policy_del(local, remote, dir), NULL, NULL, why);
	if (rc != 0 && add)
		log_warn("what goes from %s to %s without a tunnel may be "
		    "dropped: %s", prefix_str(&p->src, a), prefix_str(&p->dst, b),
		    why[0] != '\0' ? why : strerror(-rc));
}

static void
tell_all(struct xfrm_passes *ps, const struct xfrm_pass *p, bool add)
{
	static const enum xfrm_dir dirs[] = { XFRM_IN, XFRM_FWD, XFRM_OUT };
	size_t i;

	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		tell(ps, p, dirs[i], add);
}

/* --- the table --- */

static struct xfrm_pass **
find(struct xfrm_passes *ps, const struct prefix *src, const struct prefix *dst)
{
	uint32_t h = addr_hash(&src->addr, src->len);
	struct xfrm_pass **p = &ps->bucket[addr_hash(&dst->addr, h ^ dst->len) %
	    XFRM_PASS_BUCKETS];

	while (*p != NULL && !(prefix_equal(&(*p)->src, src) &&
	    prefix_equal(&(*p)->dst, dst)))
		p = &(*p)->next;
	return p;
}

static struct xfrm_pass *
get(struct xfrm_passes *ps, const struct prefix *src, const struct prefix *dst)
{
	struct xfrm_pass **p = find(ps, src, dst);

	if (*p == NULL && (*p = calloc(1, sizeof(**p))) != NULL) {
		(*p)->src = *src;
		(*p)->dst = *dst;
	}
	return *p;
}

static void
drop(struct xfrm_passes *ps, struct xfrm_pass **at)
{
	struct xfrm_pass *p = *at;

	tell_all(ps, p, false);
	*at = p->next;
	free(p);
}

void
xfrm_pass_set(struct xfrm_passes *ps, struct xfrm_tunnel *n,
	      const struct subnets *s)
{
	const struct prefix *src, *dst;
	struct subnets *old = n->passes;
	struct xfrm_pass *p, **at;
	size_t i = 0;

	if (s != NULL && !xfrm_pass_next(s, &i, &src, &dst))
		s = NULL;
	n->passes = s != NULL ? subnets_dup(s) : NULL;
	/* Without memory what would pass is dropped: it is not there. */
	for (i = 0; n->passes != NULL &&
	    xfrm_pass_next(n->passes, &i, &src, &dst); )
		if ((p = get(ps, src, dst)) != NULL && p->refs++ == 0)
			tell_all(ps, p, true);
	for (i = 0; old != NULL && xfrm_pass_next(old, &i, &src, &dst); ) {
		at = find(ps, src, dst);
		if (*at != NULL && (*at)->refs > 0 && --(*at)->refs == 0)
			drop(ps, at);
	}
	free(old);
}

void
xfrm_pass_restore(struct xfrm_passes *ps, const struct xfrm_tunnel *n)
{
	const struct prefix *src, *dst;
	struct xfrm_pass *p;
	size_t i = 0;

	while (n->passes != NULL && xfrm_pass_next(n->passes, &i, &src, &dst))
		if ((p = *find(ps, src, dst)) != NULL)
			tell_all(ps, p, true);
}

void
xfrm_pass_freed(struct xfrm_passes *ps, const struct prefix *local,
		const struct prefix *remote)
{
	struct xfrm_pass *p;

	if ((p = *find(ps, local, remote)) != NULL)
		tell(ps, p, XFRM_OUT, true);
	if ((p = *find(ps, remote, local)) != NULL) {
		tell(ps, p, XFRM_IN, true);
		tell(ps, p, XFRM_FWD, true);
	}
}

void
xfrm_pass_found(struct xfrm_passes *ps, const struct nlmsghdr *h)
{
	struct prefix src, dst;

	if (xfrm_msg_pass(h, &src, &dst))
		(void)get(ps, &src, &dst);
}

void
xfrm_pass_sync(struct xfrm_passes *ps)
{
	struct xfrm_pass **p;
	size_t i;

	for (i = 0; i < XFRM_PASS_BUCKETS; i++)
		for (p = &ps->bucket[i]; *p != NULL; ) {
			if ((*p)->refs > 0)
				p = &(*p)->next;
			else
				drop(ps, p);
		}
}

void
xfrm_pass_fini(struct xfrm_passes *ps)
{
	struct xfrm_pass *p;
	size_t i;

	for (i = 0; i < XFRM_PASS_BUCKETS; i++)
		while ((p = ps->bucket[i]) != NULL) {
			ps->bucket[i] = p->next;
			free(p);
		}
}
