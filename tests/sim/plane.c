#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * keys and the data plane of a node: slow or failing as told.  What it holds is
 * known from the moment it was asked; it takes effect when carried out.  As in
 * the kernel, the SAs of an engine that is gone carry traffic until a successor
 * installs one for the same tunnel, or for five seconds after its DP_SYNC.
 */
#define GRACE_MS	5000

static void *
need(void *p)
{
	if (p == NULL)
		abort();
	return p;
}

struct plane *
plane_of(struct node *n)
{
	return &sim_of(n->world)->plane[n - n->world->node];
}

static uint64_t
fingerprint(const struct cipher_keys *k)
{
	uint64_t h = (uint64_t)(uintptr_t)k->encr ^
	    (uint64_t)(uintptr_t)k->integ << 20;
	size_t i;

	for (i = 0; i < k->ek.len; i++)
		h = (h ^ k->ek.bytes[i]) * 0x100000001b3ULL;
	for (i = 0; i < k->ak.len; i++)
		h = (h ^ k->ak.bytes[i]) * 0x100000001b3ULL;
	return h;
}

static struct psa **
find(struct plane *p, uint32_t spi, bool inbound, uint32_t tunnel)
{
	struct psa **s;

	for (s = &p->sas; *s != NULL; s = &(*s)->next)
		if ((*s)->sa.spi == spi && (*s)->sa.inbound == inbound &&
		    (*s)->sa.tunnel == tunnel && !(*s)->stale)
			return s;
	return NULL;
}

static void
drop(struct plane *p, struct psa **at)
{
	struct psa *s = *at;

	ladder_note(p->sim, p->node, "- SA %s %08x of %u",
	    s->sa.inbound ? "in " : "out", s->sa.spi, s->sa.tunnel);
	*at = s->next;
	free(s);
	p->changes++;
}

static void
drop_stale(struct plane *p, uint32_t tunnel)
{
	struct psa **s = &p->sas;

	while (*s != NULL)
		if ((*s)->stale && (tunnel == 0 || (*s)->sa.tunnel == tunnel))
			drop(p, s);
		else
			s = &(*s)->next;
}

struct psa *
plane_in(struct plane *p, uint32_t spi)
{
	struct psa *s;

	for (s = p->sas; s != NULL; s = s->next)
		if (s->sa.inbound && s->sa.spi == spi && s->live)
			return s;
	return NULL;
}

struct psa *
plane_out(struct plane *p, uint32_t tunnel)
{
	struct psa *s;

	for (s = p->sas; s != NULL; s = s->next)
		if (!s->sa.inbound && s->sa.tunnel == tunnel && s->live)
			return s;
	return NULL;
}

bool
plane_is_well(const struct node *n)
{
	const struct plane *p = plane_of((struct node *)(uintptr_t)n);

	return p->dp_fails == 0 && p->keys_fail == 0 && p->dp_ms < 100 &&
	    p->keys_ms < 100;
}

/* --- policies --- */

static struct ppolicy **
find_policy(struct plane *p, uint32_t tunnel)
{
	struct ppolicy **q;

	for (q = &p->policies; *q != NULL; q = &(*q)->next)
		if ((*q)->policy.tunnel == tunnel)
			break;
	return q;
}

bool
plane_has_policy(const struct plane *p, uint32_t tunnel)
{
	const struct ppolicy *q;

	for (q = p->policies; q != NULL; q = q->next)
		if (q->policy.tunnel == tunnel)
			return true;
	return false;
}

static void
add_policy(struct plane *p, const struct dp_policy *policy)
{
	struct ppolicy **q = find_policy(p, policy->tunnel);

	if (*q == NULL)
		*q = need(calloc(1, sizeof(**q)));
	(*q)->policy = *policy;
	(*q)->stale = false;
}

static void
del_policy(struct ppolicy **q)
{
	struct ppolicy *old = *q;

	if (old == NULL)
		return;
	*q = old->next;
	free(old);
}

/* --- requests --- */

/* What is asked is known at once, to be compared with the engine's books. */
static void
note(struct plane *p, const struct dp_request *rq)
{
	struct psa *s, **at;

	if (rq->op == DP_SA_ADD) {
		for (s = p->sas; s != NULL; s = s->next)
			if (s->sa.inbound && rq->sa.inbound && !s->stale &&
			    !s->going && s->sa.spi == rq->sa.spi)
				sim_fail(p->sim, "%s: inbound SPI %08x is "
				    "installed twice", p->node->name, s->sa.spi);
		s = need(calloc(1, sizeof(*s)));
		s->sa = rq->sa;
		s->print = fingerprint(&rq->sa.keys);
		s->next = p->sas;
		p->sas = s;
		p->changes++;
	} else if (rq->op == DP_SA_DEL) {
		at = find(p, rq->sa.spi, rq->sa.inbound, rq->sa.tunnel);
		if (at == NULL)
			sim_fail(p->sim, "%s: deletes SA %08x of tunnel %u, "
			    "which is not there", p->node->name, rq->sa.spi,
			    rq->sa.tunnel);
		else
			(*at)->going = true;
	}
}

static void
add(struct plane *p, const struct dp_sa *sa, struct dp_reply *r)
{
	struct psa **s = find(p, sa->spi, sa->inbound, sa->tunnel);

	if (s == NULL)
		return;
	if (p->dp_fails != 0 && sim_chance(p->sim, p->dp_fails)) {
		r->ok = false;
		snprintf(r->why, sizeof(r->why), "the fake says no");
		(*s)->refused = true;
		return;
	}
	ladder_note(p->sim, p->node, "+ SA %s %08x of %u",
	    sa->inbound ? "in " : "out", sa->spi, sa->tunnel);
	(*s)->live = true;
	p->changes++;
	drop_stale(p, sa->tunnel);
}

static void
count(struct plane *p, const struct dp_sa *sa, struct dp_reply *r)
{
	struct psa **s = find(p, sa->spi, sa->inbound, sa->tunnel);

	r->ok = s != NULL;
	if (!r->ok)
		return;
	r->counters.packets = (*s)->packets;
	r->counters.bytes = (*s)->packets * 84;
	r->counters.idle_ms = (*s)->last == 0 ? UINT32_MAX :
	    (uint32_t)(p->sim->w.now - (*s)->last);
}

static void
forget_stale(struct world *w, void *arg)
{
	(void)w;
	drop_stale(arg, 0);
}

/* The tunnels that had SAs come back at once, whatever their role. */
static void
claim(struct world *w, void *arg)
{
	struct plane *p = arg;
	struct dp_event ev = { .kind = DP_ACQUIRE };
	struct psa *s;
	uint32_t ids[TUNS_MAX * 4];
	size_t n = 0;

	for (s = p->sas; s != NULL && n < TUNS_MAX * 4; s = s->next)
		if (s->stale && !s->sa.inbound)
			ids[n++] = s->sa.tunnel;
	while (n-- > 0 && p->node->engine != NULL) {
		ev.tunnel = ids[n];
		engine_dp_event(p->node->engine, node_now(p->node), &ev);
		if (w->after != NULL)
			w->after(w, p->node);
	}
}

static void
sync(struct plane *p)
{
	struct ppolicy **q = &p->policies;

	while (*q != NULL)
		if ((*q)->stale)
			del_policy(q);
		else
			q = &(*q)->next;
	if (p->synced)
		return;
	p->synced = true;
	world_at(&p->sim->w, p->sim->w.now, claim, p);
	world_at(&p->sim->w, p->sim->w.now + GRACE_MS, forget_stale, p);
}

static void
perform(struct plane *p, const struct dp_request *rq, struct dp_reply *r)
{
	struct psa **s;

	memset(r, 0, sizeof(*r));
	r->serial = rq->serial;
	r->ok = true;
	switch (rq->op) {
	case DP_SA_ADD:
		add(p, &rq->sa, r);
		break;
	case DP_SA_UPDATE:
		s = find(p, rq->sa.spi, rq->sa.inbound, rq->sa.tunnel);
		if (s != NULL) {
			(*s)->sa.src = rq->sa.src;
			(*s)->sa.dst = rq->sa.dst;
			(*s)->sa.udp_encap = rq->sa.udp_encap;
		}
		break;
	case DP_SA_DEL:
		s = find(p, rq->sa.spi, rq->sa.inbound, rq->sa.tunnel);
		if (s != NULL)
			drop(p, s);
		break;
	case DP_POLICY_ADD:
		add_policy(p, &rq->policy);
		break;
	case DP_POLICY_DEL:
		del_policy(find_policy(p, rq->policy.tunnel));
		break;
	case DP_COUNTERS:
		count(p, &rq->sa, r);
		break;
	case DP_SYNC:
		sync(p);
		break;
	case DP_BEGIN:
		break;
	}
}

/* --- slow ones --- */

static void
work(struct world *w, void *arg)
{
	struct plane *p = arg;
	struct job *j = p->jobs;
	struct dp_reply r;

	if (j == NULL || j->at > w->now)
		return;
	if (p->node->frozen) {
		world_at(w, w->now + 100, work, p);
		return;
	}
	p->jobs = j->next;
	if (p->jobs == NULL)
		p->last_job = &p->jobs;
	world_in_engine = true;
	if (j->keys) {
		p->waiting--;
		engine_keys_reply(p->node->engine, node_now(p->node), &j->kr);
	} else {
		perform(p, &j->rq, &r);
		p->waiting -= j->rq.serial != 0;
		engine_dp_reply(p->node->engine, node_now(p->node), &r);
	}
	world_in_engine = false;
	free(j);
	if (p->jobs != NULL)
		world_at(w, p->jobs->at > w->now ? p->jobs->at : w->now, work, p);
	if (w->after != NULL)
		w->after(w, p->node);
}

static struct job *
job_new(struct plane *p, uint32_t ms)
{
	struct job *j = need(calloc(1, sizeof(*j)));
	uint64_t after = 0;
	struct job *k;

	for (k = p->jobs; k != NULL; k = k->next)
		after = k->at;
	j->at = p->sim->w.now + ms;
	if (j->at < after)
		j->at = after;		/* in the order of the questions */
	if (p->jobs == NULL)
		world_at(&p->sim->w, j->at, work, p);
	*p->last_job = j;
	p->last_job = &j->next;
	return j;
}

static void
on_dataplane(struct node *n, const struct dp_request *rq)
{
	struct plane *p = plane_of(n);
	struct dp_reply r;

	note(p, rq);
	if (p->dp_ms == 0 && p->jobs == NULL) {
		perform(p, rq, &r);
		engine_dp_reply(n->engine, node_now(n), &r);
		return;
	}
	p->waiting += rq->serial != 0;
	job_new(p, p->dp_ms)->rq = *rq;
}

static void
on_keys(struct node *n, const struct keys_request *rq)
{
	struct plane *p = plane_of(n);
	struct keys_reply r;
	struct job *j;

	node_mac(n, rq, &r);
	if (p->keys_fail != 0 && sim_chance(p->sim, p->keys_fail))
		r.ok = false;
	if (p->keys_ms == 0) {
		engine_keys_reply(n->engine, node_now(n), &r);
		return;
	}
	p->waiting++;
	j = job_new(p, p->keys_ms);
	j->keys = true;
	j->kr = r;
}

/* --- life --- */

void
plane_init(struct sim *s, struct node *n)
{
	struct plane *p = &s->plane[n - s->w.node];

	p->sim = s;
	p->node = n;
	p->last_job = &p->jobs;
	s->w.dataplane = on_dataplane;
	s->w.keys = on_keys;
	s->w.packet = traffic_arrive;
}

void
plane_begin(struct plane *p)
{
	p->life++;
	p->waiting = 0;
	p->synced = p->off = false;
	memset(p->heard, 0, sizeof(p->heard));
}

void
plane_ended(struct plane *p, bool keep)
{
	struct dp_reply r;
	struct job *j;
	struct ppolicy *q;
	struct psa *s;

	/* monitor has heard them: only the answers are for nobody. */
	while ((j = p->jobs) != NULL) {
		p->jobs = j->next;
		if (!j->keys && keep)
			perform(p, &j->rq, &r);
		free(j);
	}
	p->last_job = &p->jobs;
	for (s = p->sas; s != NULL; s = s->next)
		s->stale = true;
	for (q = p->policies; q != NULL; q = q->next)
		q->stale = true;
	if (keep)
		return;
	p->off = true;
	drop_stale(p, 0);
	while (p->policies != NULL)
		del_policy(&p->policies);
}

void
plane_fini(struct plane *p)
{
	plane_ended(p, false);
}
