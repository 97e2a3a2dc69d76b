#include "xfrm_table.h"

#include <stdlib.h>

static struct xfrm_tunnel **
id_bucket(struct xfrm_table *t, uint32_t id)
{
	return &t->by_id[id % XFRM_BUCKETS];
}

static struct xfrm_pair **
subnets_bucket(struct xfrm_table *t, const struct prefix *local,
	       const struct prefix *remote)
{
	uint32_t h = addr_hash(&local->addr, local->len);

	return &t->by_subnets[addr_hash(&remote->addr, h ^ remote->len) %
	    XFRM_BUCKETS];
}

struct xfrm_tunnel *
xfrm_tunnel_find(struct xfrm_table *t, uint32_t id)
{
	struct xfrm_tunnel *n;

	for (n = *id_bucket(t, id); n != NULL; n = n->next_id)
		if (n->id == id)
			return n;
	return NULL;
}

struct xfrm_tunnel *
xfrm_tunnel_get(struct xfrm_table *t, uint32_t id)
{
	struct xfrm_tunnel *n = xfrm_tunnel_find(t, id), **bucket;

	if (n != NULL || (n = calloc(1, sizeof(*n))) == NULL)
		return n;
	bucket = id_bucket(t, id);
	n->id = id;
	n->next_id = *bucket;
	*bucket = n;
	return n;
}

struct xfrm_pair *
xfrm_pair_find(struct xfrm_table *t, const struct prefix *local,
	       const struct prefix *remote)
{
	struct xfrm_pair *p;

	for (p = *subnets_bucket(t, local, remote); p != NULL;
	    p = p->next_subnets)
		if (prefix_equal(&p->local, local) &&
		    prefix_equal(&p->remote, remote))
			return p;
	return NULL;
}

struct xfrm_pair *
xfrm_pair_new(struct xfrm_table *t, struct xfrm_tunnel *n,
	      const struct prefix *local, const struct prefix *remote)
{
	struct xfrm_pair **bucket = subnets_bucket(t, local, remote);
	struct xfrm_pair *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->tunnel = n;
	p->local = *local;
	p->remote = *remote;
	p->next = n->pairs;
	n->pairs = p;
	p->next_subnets = *bucket;
	*bucket = p;
	return p;
}

void
xfrm_pair_free(struct xfrm_table *t, struct xfrm_pair *p)
{
	struct xfrm_pair **at = subnets_bucket(t, &p->local, &p->remote);

	while (*at != p)
		at = &(*at)->next_subnets;
	*at = p->next_subnets;
	for (at = &p->tunnel->pairs; *at != p; )
		at = &(*at)->next;
	*at = p->next;
	free(p);
}

void
xfrm_tunnel_drop(struct xfrm_table *t, struct xfrm_tunnel *n)
{
	struct xfrm_tunnel **at = id_bucket(t, n->id);

	if (n->pairs != NULL || n->sas != NULL)
		return;
	while (*at != n)
		at = &(*at)->next_id;
	*at = n->next_id;
	free(n->passes);
	free(n);
}

void
xfrm_table_walk(struct xfrm_table *t, void (*f)(struct xfrm_tunnel *, void *),
		void *arg)
{
	struct xfrm_tunnel *n, *next;
	size_t i;

	for (i = 0; i < XFRM_BUCKETS; i++)
		for (n = t->by_id[i]; n != NULL; n = next) {
			next = n->next_id;
			f(n, arg);
		}
}

static void
forget(struct xfrm_tunnel *n, void *arg)
{
	while (n->sas != NULL)
		xfrm_sa_free(n, n->sas);
	while (n->pairs != NULL)
		xfrm_pair_free(arg, n->pairs);
	xfrm_tunnel_drop(arg, n);
}

void
xfrm_table_fini(struct xfrm_table *t)
{
	xfrm_table_walk(t, forget, t);
}

struct xfrm_sa *
xfrm_sa_new(struct xfrm_tunnel *n, const struct dp_sa *from)
{
	struct xfrm_sa *sa = calloc(1, sizeof(*sa));

	if (sa == NULL)
		return NULL;
	sa->spi = from->spi;
	sa->inbound = from->inbound;
	sa->src = from->src;
	sa->dst = from->dst;
	sa->next = n->sas;
	n->sas = sa;
	return sa;
}

struct xfrm_sa *
xfrm_sa_find(struct xfrm_tunnel *n, uint32_t spi, bool inbound)
{
	struct xfrm_sa *sa;

	for (sa = n->sas; sa != NULL; sa = sa->next)
		if (sa->spi == spi && sa->inbound == inbound && !sa->stale)
			return sa;
	return NULL;
}

void
xfrm_sa_free(struct xfrm_tunnel *n, struct xfrm_sa *sa)
{
	struct xfrm_sa **at = &n->sas;

	while (*at != sa)
		at = &(*at)->next;
	*at = sa->next;
	free(sa);
}

struct xfrm_sa *
xfrm_sa_outbound(struct xfrm_tunnel *n)
{
	struct xfrm_sa *sa;

	for (sa = n->sas; sa != NULL; sa = sa->next)
		if (!sa->inbound && !sa->stale)
			return sa;
	return NULL;
}
