#include "table.h"

#include <stdlib.h>

#include "esp.h"
#include "flow.h"
#include "xform.h"

struct table {
	pthread_rwlock_t lock;
	struct flow_set	 flows;
	struct sa	**spi;		/* both directions, by SPI */
	size_t		 spi_size;	/* powers of two */
	size_t		 n_sa;
	struct policy	**policy;	/* by tunnel */
	size_t		 policy_size;
	size_t		 n_policy;
};

static size_t
hash(uint32_t v, size_t size)
{
	return (v * UINT32_C(0x9e3779b1) >> 7) & (size - 1);
}

struct table *
table_new(void)
{
	struct table *t = calloc(1, sizeof(*t));
	pthread_rwlockattr_t a;

	if (!t)
		return NULL;
	t->spi_size = t->policy_size = 64;
	t->spi = calloc(t->spi_size, sizeof(struct sa *));
	t->policy = calloc(t->policy_size, sizeof(struct policy *));
	/* Or two busy readers would keep control out for ever. */
	pthread_rwlockattr_init(&a);
	pthread_rwlockattr_setkind_np(&a,
	    PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&t->lock, &a);
	pthread_rwlockattr_destroy(&a);
	if (t->spi && t->policy)
		return t;
	table_free(t);
	return NULL;
}

static void
sa_free(struct sa *sa)
{
	if (!sa)
		return;
	xform_free(sa->xform);
	replay_fini(&sa->replay);
	pthread_mutex_destroy(&sa->lock);
	free(sa->local);
	free(sa->at);
	free(sa);
}

static void
policy_free(struct policy *p)
{
	if (p)
		free(p->at);
	free(p);
}

void
table_free(struct table *t)
{
	size_t i;

	if (!t)
		return;
	for (i = 0; t->spi && i < t->spi_size; i++) {
		while (t->spi[i]) {
			struct sa *sa = t->spi[i];

			t->spi[i] = sa->next_spi;
			sa_free(sa);
		}
	}
	for (i = 0; t->policy && i < t->policy_size; i++) {
		while (t->policy[i]) {
			struct policy *p = t->policy[i];

			t->policy[i] = p->next_id;
			policy_free(p);
		}
	}
	flow_set_fini(&t->flows);
	free(t->spi);
	free(t->policy);
	pthread_rwlock_destroy(&t->lock);
	free(t);
}

void
table_read(struct table *t)
{
	pthread_rwlock_rdlock(&t->lock);
}

void
table_write(struct table *t)
{
	pthread_rwlock_wrlock(&t->lock);
}

void
table_release(struct table *t)
{
	pthread_rwlock_unlock(&t->lock);
}

/* --- the pairs of an SA or policy --- */

static void
detach(struct table *t, struct at_flow *at, size_t n)
{
	while (n-- > 0) {
		struct at_flow **list = at[n].sa ? &at[n].flow->sas :
		    &at[n].flow->policies;

		while (*list != &at[n])
			list = &(*list)->next;
		*list = at[n].next;
		flow_put(&t->flows, at[n].flow);
	}
}

/* One of sa and p.  False: no memory, and nothing is changed. */
static bool
attach(struct table *t, const struct subnets *s, struct sa *sa, struct policy *p)
{
	struct at_flow *at = calloc(subnets_pairs(s) + 1, sizeof(*at)), **list;
	const struct prefix *l, *r;
	size_t n = 0, pos = 0;

	if (!at)
		return false;
	for (; subnets_next(s, &pos, &l, &r); n++) {
		struct flow *f = flow_get(&t->flows, l, r);

		if (!f) {
			detach(t, at, n);
			free(at);
			return false;
		}
		list = sa ? &f->sas : &f->policies;
		at[n] = (struct at_flow){ *list, f, sa, p };
		*list = &at[n];
	}
	*(sa ? &sa->at : &p->at) = at;
	*(sa ? &sa->n_at : &p->n_at) = n;
	return true;
}

/* --- look-ups --- */

struct sa *
table_inbound(const struct table *t, uint32_t spi)
{
	struct sa *sa = t->spi[hash(spi, t->spi_size)];

	while (sa && !(sa->spi == spi && sa->inbound))
		sa = sa->next_spi;
	return sa;
}

static bool
any_has(const struct selector *s, size_t n, uint8_t family, const struct ip_key *k)
{
	while (n-- > 0)
		if (selector_has(&s[n], family, k))
			return true;
	return false;
}

bool
table_sa_allows(const struct sa *sa, uint8_t family, const struct ip_key *src,
		const struct ip_key *dst)
{
	return any_has(sa->local + sa->n_local, sa->n_remote, family, src) &&
	    any_has(sa->local, sa->n_local, family, dst);
}

static bool
owns(const struct flow *f, uint32_t tunnel)
{
	const struct at_flow *a = f->policies;

	while (a && a->policy->tunnel != tunnel)
		a = a->next;
	return a != NULL;
}

/* Whether it says which packets are the tunnel's. */
static bool
has_policy(const struct table *t, uint32_t tunnel)
{
	const struct policy *p = t->policy[hash(tunnel, t->policy_size)];

	while (p && p->tunnel != tunnel)
		p = p->next_id;
	return p && p->n_at;
}

/* The policies say whose a packet is, not the peers, which may have asked for
 * part of their tunnel's subnets that is another's too. */
struct sa *
table_outbound(const struct table *t, uint8_t family, const struct ip_key *src,
	       const struct ip_key *dst, struct policy **p)
{
	size_t at = 0, again;
	const struct flow *f = flow_next(&t->flows, &at, family, src, dst);
	const struct flow *owner = f;
	const struct at_flow *a;

	*p = NULL;
	for (again = at; owner && !owner->policies; )
		owner = flow_next(&t->flows, &again, family, src, dst);
	if (owner)
		*p = owner->policies->policy;
	for (; f; f = flow_next(&t->flows, &at, family, src, dst)) {
		for (a = f->sas; a; a = a->next)
			if (!owner || owns(owner, a->sa->tunnel) ||
			    !has_policy(t, a->sa->tunnel))
				return a->sa;
		if (f == owner)
			break;
	}
	return NULL;
}

struct sa *
table_sa_find(const struct table *t, uint32_t tunnel, uint32_t spi, bool inbound)
{
	struct sa *sa = t->spi[hash(spi, t->spi_size)];

	while (sa && !(sa->spi == spi && sa->inbound == inbound &&
	    sa->tunnel == tunnel))
		sa = sa->next_spi;
	return sa;
}

/* --- SAs --- */

static void
spi_insert(struct table *t, struct sa *sa)
{
	size_t at = hash(sa->spi, t->spi_size);

	sa->next_spi = t->spi[at];
	t->spi[at] = sa;
}

static void
spi_grow(struct table *t)
{
	size_t i, old_size = t->spi_size;
	struct sa **old = t->spi, **v = calloc(old_size * 4, sizeof(struct sa *));

	if (!v)
		return;
	t->spi = v;
	t->spi_size = old_size * 4;
	for (i = 0; i < old_size; i++) {
		while (old[i]) {
			struct sa *sa = old[i];

			old[i] = sa->next_spi;
			spi_insert(t, sa);
		}
	}
	free(old);
}

void
table_sa_update(struct sa *sa, const struct dp_sa *d)
{
	sa->src = d->src;
	sa->dst = d->dst;
	sa->to_len = endpoint_to_sockaddr(&d->dst, &sa->to);
	sa->told.port = 0;
}

static bool
selectors_init(struct sa *sa, const struct subnets *s)
{
	size_t i, n = (size_t)s->n_local + s->n_remote;

	sa->local = calloc(n, sizeof(*sa->local));
	if (!sa->local)
		return false;
	sa->n_local = s->n_local;
	sa->n_remote = s->n_remote;
	for (i = 0; i < n; i++)
		selector_init(&sa->local[i], &s->p[i]);
	return true;
}

static struct sa *
sa_new(const struct dp_sa *d, uint32_t window)
{
	struct sa *sa = calloc(1, sizeof(*sa));

	if (!sa)
		return NULL;
	pthread_mutex_init(&sa->lock, NULL);
	sa->tunnel = d->tunnel;
	sa->spi = d->spi;
	sa->inbound = d->inbound;
	sa->esn = d->esn;
	table_sa_update(sa, d);
	sa->xform = xform_new(&d->keys, d->inbound, d->esn);
	if (sa->xform && selectors_init(sa, &d->subnets) && (!sa->inbound || replay_init(&sa->replay, window)))
		return sa;
	sa_free(sa);
	return NULL;
}

static int
sa_check(const struct table *t, const struct dp_sa *d, struct err *e)
{
	if (!d->keys.encr || (!IS_AEAD(d->keys.encr) && !d->keys.integ))
		return err_set(e, ERR_BUG, "the SA %08x has no cipher", d->spi);
	if (subnets_pairs(&d->subnets) == 0)
		return err_set(e, ERR_BUG, "the SA %08x has no subnets", d->spi);
	if (d->inbound ? table_inbound(t, d->spi) != NULL :
	    table_sa_find(t, d->tunnel, d->spi, false) != NULL)
		return err_set(e, ERR_CONFLICT, "there is an SA %08x already",
		    d->spi);
	if (!d->udp_encap)
		return err_set(e, ERR_INVALID, "this data plane speaks ESP "
		    "inside UDP only: the peer must do so too (forced "
		    "encapsulation)");
	return 0;
}

int
table_sa_add(struct table *t, const struct dp_sa *d, uint32_t window,
	     struct err *e)
{
	struct sa *sa;

	if (d->replay_window)
		window = d->replay_window;
	if (window > ESP_WINDOW_MAX)
		window = ESP_WINDOW_MAX;
	if (sa_check(t, d, e) < 0)
		return -1;
	sa = sa_new(d, window);
	if (!sa)
		return err_set(e, ERR_RESOURCE, "cannot set up the SA %08x",
		    d->spi);
	if (!d->inbound && !attach(t, &d->subnets, sa, NULL)) {
		sa_free(sa);
		return err_set(e, ERR_RESOURCE, "out of memory");
	}
	if (++t->n_sa > t->spi_size)
		spi_grow(t);
	spi_insert(t, sa);
	return 0;
}

void
table_sa_del(struct table *t, struct sa *sa)
{
	struct sa **at = &t->spi[hash(sa->spi, t->spi_size)];

	while (*at != sa)
		at = &(*at)->next_spi;
	*at = sa->next_spi;
	t->n_sa--;
	detach(t, sa->at, sa->n_at);
	sa_free(sa);
}

/* --- policies --- */

static void
policy_insert(struct table *t, struct policy *p)
{
	size_t at = hash(p->tunnel, t->policy_size);

	p->next_id = t->policy[at];
	t->policy[at] = p;
}

static void
policy_grow(struct table *t)
{
	size_t i, old_size = t->policy_size;
	struct policy **old = t->policy;
	struct policy **v = calloc(old_size * 4, sizeof(struct policy *));

	if (!v)
		return;
	t->policy = v;
	t->policy_size = old_size * 4;
	for (i = 0; i < old_size; i++) {
		while (old[i]) {
			struct policy *p = old[i];

			old[i] = p->next_id;
			policy_insert(t, p);
		}
	}
	free(old);
}

int
table_policy_add(struct table *t, const struct dp_policy *d, struct err *e)
{
	struct policy *p = calloc(1, sizeof(*p));

	if (!p || !attach(t, &d->subnets, NULL, p)) {
		policy_free(p);
		return err_set(e, ERR_RESOURCE, "out of memory");
	}
	p->tunnel = d->tunnel;
	p->acquire = d->outer_remote.family != 0;
	/* Last: it would take the flow with it if the new one did not hold it. */
	table_policy_del(t, d->tunnel);
	if (++t->n_policy > t->policy_size)
		policy_grow(t);
	policy_insert(t, p);
	return 0;
}

static void
policy_remove(struct table *t, struct policy **at)
{
	struct policy *p = *at;

	*at = p->next_id;
	t->n_policy--;
	detach(t, p->at, p->n_at);
	policy_free(p);
}

bool
table_policy_del(struct table *t, uint32_t tunnel)
{
	struct policy **at = &t->policy[hash(tunnel, t->policy_size)];

	while (*at && (*at)->tunnel != tunnel)
		at = &(*at)->next_id;
	if (!*at)
		return false;
	policy_remove(t, at);
	return true;
}

/* --- after a restart of the engine --- */

void
table_begin(struct table *t)
{
	size_t i;
	struct sa *sa;
	struct policy *p;

	for (i = 0; i < t->spi_size; i++)
		for (sa = t->spi[i]; sa; sa = sa->next_spi)
			sa->stale = true;
	for (i = 0; i < t->policy_size; i++)
		for (p = t->policy[i]; p; p = p->next_id)
			p->stale = true;
}

void
table_sync(struct table *t)
{
	size_t i;

	for (i = 0; i < t->spi_size; i++) {
		struct sa *sa, *next;

		for (sa = t->spi[i]; sa; sa = next) {
			next = sa->next_spi;
			if (sa->stale)
				table_sa_del(t, sa);
		}
	}
	for (i = 0; i < t->policy_size; i++) {
		struct policy **at = &t->policy[i];

		while (*at) {
			if ((*at)->stale)
				policy_remove(t, at);
			else
				at = &(*at)->next_id;
		}
	}
}
