#include "user_known.h"

#include <stdlib.h>

#include "user_net.h"

#define BUCKETS		1024

struct known_policy {
	struct known_policy *next;
	uint32_t	 tunnel;
	bool		 stale;
	struct addr	 outer_local, outer_remote;
	struct subnets	*subnets;	/* of exact size */
};

struct known_sa {
	struct known_sa	*next;
	uint32_t	 tunnel;
	uint32_t	 spi;
	bool		 inbound;
	bool		 stale;
	bool		 gone;		/* with its esp; the route is still there */
	struct subnets	*routed;	/* outbound: these are routed for it */
};

struct user_known {
	struct user_net	*net;
	size_t		 next;		/* bucket where user_known_sa_gone() is */
	struct known_policy *policies[BUCKETS];
	struct known_sa	*sas[BUCKETS];
};

struct user_known *
user_known_new(struct user_net *net)
{
	struct user_known *k = calloc(1, sizeof(*k));

	if (k)
		k->net = net;
	return k;
}

void
user_known_free(struct user_known *k)
{
	size_t i;

	for (i = 0; k && i < BUCKETS; i++) {
		while (k->sas[i]) {
			struct known_sa *sa = k->sas[i];

			k->sas[i] = sa->next;
			free(sa->routed);
			free(sa);
		}
		while (k->policies[i]) {
			struct known_policy *p = k->policies[i];

			k->policies[i] = p->next;
			free(p->subnets);
			free(p);
		}
	}
	free(k);
}

static struct known_policy **
policy_find(struct user_known *k, uint32_t tunnel)
{
	struct known_policy **at = &k->policies[tunnel % BUCKETS];

	while (*at && (*at)->tunnel != tunnel)
		at = &(*at)->next;
	return at;
}

static struct known_sa **
sa_find(struct user_known *k, uint32_t tunnel, uint32_t spi, bool inbound)
{
	struct known_sa **at = &k->sas[spi % BUCKETS];

	while (*at && !((*at)->spi == spi && (*at)->inbound == inbound &&
	    (*at)->tunnel == tunnel))
		at = &(*at)->next;
	return at;
}

/* --- routes: one for each pair --- */

static void
unroute(struct user_known *k, const struct subnets *s, size_t n)
{
	const struct prefix *l, *r;
	size_t at = 0;

	for (; n > 0 && subnets_next(s, &at, &l, &r); n--)
		user_net_del(k->net, l, r);
}

static int
route(struct user_known *k, const struct subnets *s, struct err *e)
{
	const struct prefix *l, *r;
	size_t at = 0, n = 0;

	for (; subnets_next(s, &at, &l, &r); n++) {
		if (user_net_add(k->net, l, r, e) == 0)
			continue;
		unroute(k, s, n);
		return -1;
	}
	return 0;
}

/* A routed copy; NULL and *e if that is not possible. */
static struct subnets *
routed(struct user_known *k, const struct subnets *s, struct err *e)
{
	struct subnets *copy = subnets_dup(s);

	if (!copy)
		err_set(e, ERR_RESOURCE, "out of memory");
	else if (route(k, copy, e) < 0) {
		free(copy);
		copy = NULL;
	}
	return copy;
}

static void
unrouted(struct user_known *k, struct subnets *s)
{
	if (s)
		unroute(k, s, SIZE_MAX);
	free(s);
}

/* --- policies and SAs, told and forgotten --- */

static void
policy_drop(struct user_known *k, struct known_policy **at)
{
	struct known_policy *p = *at;

	*at = p->next;
	unrouted(k, p->subnets);
	free(p);
}

static void
sa_drop(struct user_known *k, struct known_sa **at)
{
	struct known_sa *sa = *at;

	*at = sa->next;
	unrouted(k, sa->routed);
	free(sa);
}

int
user_known_policy_add(struct user_known *k, const struct dp_policy *policy,
		      struct err *e)
{
	struct known_policy *p = calloc(1, sizeof(*p)), **at;

	if (!p)
		return err_set(e, ERR_RESOURCE, "out of memory");
	p->tunnel = policy->tunnel;
	p->outer_local = policy->outer_local;
	p->outer_remote = policy->outer_remote;
	p->subnets = routed(k, &policy->subnets, e);
	if (!p->subnets) {
		free(p);
		return -1;
	}
	at = policy_find(k, policy->tunnel);
	if (*at)
		policy_drop(k, at);
	at = &k->policies[policy->tunnel % BUCKETS];
	p->next = *at;
	*at = p;
	return 0;
}

/* A tunnel whose policy does not say where its remote subnet is learns it with
 * the SA. */
int
user_known_sa_add(struct user_known *k, const struct dp_sa *d, struct err *e)
{
	struct known_policy *policy = *policy_find(k, d->tunnel);
	struct known_sa *sa = calloc(1, sizeof(*sa)), **at;

	if (!sa)
		return err_set(e, ERR_RESOURCE, "out of memory");
	sa->tunnel = d->tunnel;
	sa->spi = d->spi;
	sa->inbound = d->inbound;
	if (!d->inbound && !policy) {
		sa->routed = routed(k, &d->subnets, e);
		if (!sa->routed) {
			free(sa);
			return -1;
		}
	}
	at = &k->sas[d->spi % BUCKETS];
	sa->next = *at;
	*at = sa;
	return 0;
}

void
user_known_policy_del(struct user_known *k, uint32_t tunnel)
{
	struct known_policy **at = policy_find(k, tunnel);

	if (*at)
		policy_drop(k, at);
}

void
user_known_policies(struct user_known *k,
		    void (*each)(const struct dp_policy *, void *), void *arg)
{
	struct dp_policy policy = { 0 };
	struct known_policy *p;
	size_t i;

	for (i = 0; i < BUCKETS; i++)
		for (p = k->policies[i]; p; p = p->next) {
			policy.tunnel = p->tunnel;
			policy.outer_local = p->outer_local;
			policy.outer_remote = p->outer_remote;
			subnets_copy(&policy.subnets, p->subnets);
			each(&policy, arg);
		}
}

bool
user_known_sa_del(struct user_known *k, uint32_t tunnel, uint32_t spi, bool inbound)
{
	struct known_sa **at = sa_find(k, tunnel, spi, inbound);
	bool there = *at && !(*at)->gone;

	if (*at)
		sa_drop(k, at);
	return there;
}

bool
user_known_sa_gone(struct user_known *k, uint32_t *tunnel, uint32_t *spi)
{
	struct known_sa *sa;

	for (; k && k->next < BUCKETS; k->next++) {
		for (sa = k->sas[k->next]; sa; sa = sa->next) {
			if (sa->gone)
				continue;
			sa->gone = true;
			*tunnel = sa->tunnel;
			*spi = sa->spi;
			return true;
		}
	}
	if (k)
		k->next = 0;
	return false;
}

/* --- a new engine --- */

void
user_known_begin(struct user_known *k)
{
	struct known_policy *p;
	struct known_sa *sa;
	size_t i;

	for (i = 0; i < BUCKETS; i++) {
		for (p = k->policies[i]; p; p = p->next)
			p->stale = true;
		for (sa = k->sas[i]; sa; sa = sa->next)
			sa->stale = true;
	}
}

void
user_known_sync(struct user_known *k)
{
	size_t i;

	for (i = 0; i < BUCKETS; i++) {
		struct known_policy **p = &k->policies[i];
		struct known_sa **sa = &k->sas[i];

		while (*p) {
			if ((*p)->stale)
				policy_drop(k, p);
			else
				p = &(*p)->next;
		}
		while (*sa) {
			if ((*sa)->stale)
				sa_drop(k, sa);
			else
				sa = &(*sa)->next;
		}
	}
	user_net_sync(k->net);
}
