#include "user_known.h"

#include <stdlib.h>

#include "user_net.h"

#define BUCKETS		1024

struct known_policy {
	struct known_policy *next;
	struct dp_policy policy;
	bool		 routed;
	bool		 stale;
};

struct known_sa {
	struct known_sa	*next;
	uint32_t	 tunnel;
	uint32_t	 spi;
	bool		 inbound;
	bool		 routed;	/* outbound: remote is routed for it */
	bool		 stale;
	bool		 gone;		/* with its esp; the route is still there */
	struct prefix	 local;
	struct prefix	 remote;
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
			free(sa);
		}
		while (k->policies[i]) {
			struct known_policy *p = k->policies[i];

			k->policies[i] = p->next;
			free(p);
		}
	}
	free(k);
}

/* --- policies and SAs --- */

static struct known_policy **
policy_find(struct user_known *k, uint32_t tunnel)
{
	struct known_policy **at = &k->policies[tunnel % BUCKETS];

	while (*at && (*at)->policy.tunnel != tunnel)
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

static bool
is_pair(const struct prefix *local, const struct prefix *remote)
{
	return local->addr.family && local->addr.family == remote->addr.family;
}

static void
policy_drop(struct user_known *k, struct known_policy **at)
{
	struct known_policy *p = *at;

	*at = p->next;
	if (p->routed)
		user_net_del(k->net, &p->policy.local, &p->policy.remote);
	free(p);
}

static void
sa_drop(struct user_known *k, struct known_sa **at)
{
	struct known_sa *sa = *at;

	*at = sa->next;
	if (sa->routed)
		user_net_del(k->net, &sa->local, &sa->remote);
	free(sa);
}

int
user_known_policy_add(struct user_known *k, const struct dp_policy *policy,
		      struct err *e)
{
	struct known_policy *p = calloc(1, sizeof(*p)), **at;

	if (!p)
		return err_set(e, ERR_RESOURCE, "out of memory");
	p->policy = *policy;
	if (is_pair(&policy->local, &policy->remote)) {
		if (user_net_add(k->net, &policy->local, &policy->remote, e) < 0) {
			free(p);
			return -1;
		}
		p->routed = true;
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
	sa->local = d->local;
	sa->remote = d->remote;
	sa->routed = !d->inbound && !(policy && policy->routed) &&
	    is_pair(&d->local, &d->remote);
	if (sa->routed && user_net_add(k->net, &d->local, &d->remote, e) < 0) {
		free(sa);
		return -1;
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
	struct known_policy *p;
	size_t i;

	for (i = 0; i < BUCKETS; i++)
		for (p = k->policies[i]; p; p = p->next)
			each(&p->policy, arg);
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
