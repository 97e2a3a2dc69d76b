#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/wire/numbers.h"

/*
 * What happens to gateways in the course of years, drawn from a table.  What
 * begins also ends: the second half is a happening of its own.
 */

static uint64_t
duration(struct sim *s)
{
	static const uint64_t ms[] = { 20, 300, 3000, 12000, 60000, 200000,
	    500000, 1200000 };

	return ms[sim_random(s, 8)] + sim_random(s, 1000);
}

static struct node *
any_node(struct sim *s)
{
	return &s->w.node[sim_random(s, s->w.n)];
}

static struct tun *
any_tun(struct sim *s)
{
	return &s->tun[sim_random(s, s->n)];
}

static void
later(struct sim *s, uint64_t ms, void (*fn)(struct world *, void *), void *arg)
{
	world_at(&s->w, s->w.now + ms, fn, arg);
}

static void
command(struct sim *s, struct tun *t, int side, enum engine_command c)
{
	static const char *const names[] = {
		[ENGINE_INITIATE] = "initiate", [ENGINE_TERMINATE] = "terminate",
		[ENGINE_REKEY_CHILD] = "rekey", [ENGINE_REKEY_IKE] = "rekey-ike",
		[ENGINE_RESTART] = "restart", [ENGINE_REAUTH] = "reauth" };
	struct end *e = &t->end[side];
	struct err why = ERR_INIT;

	if (e->node->engine == NULL || e->node->frozen)
		return;
	ladder_note(s, e->node, "* ipsec %u %s", e->id, names[c]);
	world_in_engine = true;
	if (engine_command(e->node->engine, node_now(e->node), c, e->id,
	    &why) < 0)
		why.text[0] = '\0';	/* it is down just now: as well */
	world_in_engine = false;
	look_world(&s->w, e->node);
}

/* --- keys are replaced: no trouble for the packets --- */

static void
rekey(struct sim *s)
{
	command(s, any_tun(s), (int)sim_random(s, 2), sim_chance(s, 60) ?
	    ENGINE_REKEY_CHILD : ENGINE_REKEY_IKE);
	s->rekeys++;
}

static void
rekey_both(struct sim *s)
{
	struct tun *t = any_tun(s);
	unsigned int how = (unsigned int)sim_random(s, 4);

	command(s, t, 0, how % 2 == 0 ? ENGINE_REKEY_CHILD : ENGINE_REKEY_IKE);
	if (sim_chance(s, 30))
		world_run(&s->w, sim_random(s, 12));
	command(s, t, 1, how < 2 ? ENGINE_REKEY_CHILD : ENGINE_REKEY_IKE);
	s->rekeys += 2;
}

/* --- people --- */

static void
terminate(struct sim *s)
{
	struct tun *t = any_tun(s);

	watch_trouble(s, t);
	command(s, t, (int)sim_random(s, 2), ENGINE_TERMINATE);
}

static void
restart(struct sim *s)
{
	struct tun *t = any_tun(s);

	watch_trouble(s, t);
	command(s, t, (int)sim_random(s, 2), sim_chance(s, 50) ?
	    ENGINE_RESTART : ENGINE_INITIATE);
}

/* --- machines and processes --- */

static void
come_back(struct world *w, void *arg)
{
	struct node *n = arg;

	if (n->engine != NULL)
		return;
	watch_trouble_at(sim_of(w), n);
	sim_start(sim_of(w), n);
}

static void
stop(struct sim *s, bool keep)
{
	struct node *n = any_node(s);

	if (n->engine == NULL || n->frozen)
		return;
	watch_trouble_at(s, n);
	sim_kill(s, n, keep);
	later(s, keep ? sim_random(s, 8000) : duration(s), come_back, n);
}

static void
reboot(struct sim *s)
{
	stop(s, false);
}

static void
kill_ike(struct sim *s)
{
	stop(s, true);
}

static void
thaw(struct world *w, void *arg)
{
	struct node *n = arg;

	if (!n->frozen)
		return;
	ladder_note(sim_of(w), n, "* goes on");
	watch_trouble_at(sim_of(w), n);
	n->frozen = n->down = false;
	sim_tell_address(n);
	if (plane_of(n)->reload)
		node_reload(sim_of(w), n);
}

struct nap { struct node *n; uint64_t since; };

static void
wake_up(struct world *w, void *arg)
{
	struct nap *nap = arg;

	nap->n->behind += w->now - nap->since;
	thaw(w, nap->n);
	free(nap);
}

/* Its process gets no time; or the whole machine sleeps, and its monotonic
 * clock with it. */
static void
freeze(struct sim *s)
{
	struct node *n = any_node(s);
	struct nap *nap;

	if (n->engine == NULL || n->frozen)
		return;
	watch_trouble_at(s, n);
	n->frozen = true;
	if (sim_chance(s, 50)) {
		ladder_note(s, n, "* is stopped");
		later(s, duration(s), thaw, n);
		return;
	}
	ladder_note(s, n, "* is suspended");
	nap = malloc(sizeof(*nap));
	if (nap == NULL)
		abort();
	nap->n = n;
	n->down = true;
	nap->since = s->w.now;
	later(s, duration(s), wake_up, nap);
}

static void
clock_jump(struct sim *s)
{
	struct node *n = any_node(s);

	if (s->certs)		/* it would end all certificates */
		return;
	n->wall_off = (int64_t)sim_random(s, 2000000000) - 1000000000;
	ladder_note(s, n, "* wall clock jumps");
}

/* --- the network --- */

static void
heal(struct world *w, void *arg)
{
	struct sim *s = sim_of(w);
	struct node *n = arg, *o;

	watch_trouble_at(s, n);
	ladder_note(s, n, "* is connected again");
	for (o = w->node; o < w->node + w->n; o++) {
		n->cut_off[o - w->node] = false;
		o->cut_off[n - w->node] = false;
	}
}

static void
partition(struct sim *s)
{
	struct tun *t = any_tun(s);
	int from = (int)sim_random(s, 2);
	struct node *a = t->end[from].node, *b = t->end[!from].node;
	bool both = sim_chance(s, 60);

	watch_trouble_at(s, a);
	watch_trouble_at(s, b);
	ladder_note(s, a, "* %s to %s", both ? "no way" : "one way: nothing",
	    b->name);
	a->cut_off[b - s->w.node] = true;
	if (both)
		b->cut_off[a - s->w.node] = true;
	later(s, duration(s), heal, t->end[1].node);
}

static void
set_weather(struct sim *s, unsigned int loss, unsigned int dup,
	    unsigned int reorder, unsigned int corrupt)
{
	s->w.loss = loss;
	s->w.dup = dup;
	s->w.reorder = reorder;
	s->w.corrupt = corrupt;
	watch_weather(s);
	ladder_note(s, NULL, "* network: %u %% lost, %u %% doubled, %u %% "
	    "reordered, %u of 1000 spoiled", loss, dup, reorder, corrupt);
}

static void
usual_weather(struct world *w, void *arg)
{
	struct sim *s = sim_of(w);

	(void)arg;
	if (w->loss > 20)
		watch_trouble(s, NULL);
	set_weather(s, s->opt.loss, s->opt.loss / 2,
	    (unsigned int)sim_random(s, 30), 0);
}

static void
weather(struct sim *s)
{
	if (sim_chance(s, 50)) {	/* hours of sunshine */
		set_weather(s, 0, (unsigned int)sim_random(s, 10),
		    (unsigned int)sim_random(s, 30), 0);
		later(s, HOUR + sim_random(s, 6 * HOUR), usual_weather, NULL);
		return;
	}
	watch_trouble(s, NULL);
	set_weather(s, (unsigned int)sim_random(s, 70),
	    (unsigned int)sim_random(s, 30), (unsigned int)sim_random(s, 60),
	    (unsigned int)sim_random(s, 100));
	later(s, duration(s), usual_weather, NULL);
}

static bool
is_called(struct sim *s, const struct node *n)
{
	const struct tun *t;

	for (t = s->tun; t < s->tun + s->n; t++)
		if (t->end[1].node == n && t->end[0].calls)
			return true;
	return false;
}

static void
rebind(struct sim *s)
{
	struct node *n = any_node(s);
	char text[32];

	if (n->nat.family == 0)
		return;
	watch_trouble_at(s, n);
	n->nat_port = (uint16_t)(1000 + sim_random(s, 20000));
	if (sim_chance(s, 30)) {
		snprintf(text, sizeof(text), "198.51.%u.%u",
		    101 + (unsigned int)(n - s->w.node),
		    1 + (unsigned int)sim_random(s, 250));
		/* Who is configured with the old one would not find it. */
		if (!is_called(s, n) && addr_parse(&n->nat, text) < 0)
			abort();
	}
	ladder_note(s, n, "* its NAT forgets: ports + %u now", n->nat_port);
}

static void
address_back(struct world *w, void *arg)
{
	struct node *n = arg;

	if (!n->absent)
		return;
	watch_trouble_at(sim_of(w), n);
	ladder_note(sim_of(w), n, "* its address is back");
	n->absent = false;
	if (n->engine != NULL && !n->frozen) {
		sim_tell_address(n);
		look_world(w, n);
	}
}

static void
address_gone(struct sim *s)
{
	struct node *n = any_node(s);

	if (n->absent || n->engine == NULL || n->frozen)
		return;
	watch_trouble_at(s, n);
	ladder_note(s, n, "* its address is gone");
	n->absent = true;
	sim_tell_address(n);
	look_world(&s->w, n);
	later(s, duration(s), address_back, n);
}

/* --- keys and the data plane --- */

static void
plane_well(struct world *w, void *arg)
{
	struct plane *p = arg;

	watch_trouble_at(sim_of(w), p->node);
	p->dp_ms = p->dp_fails = p->keys_ms = p->keys_fail = 0;
}

static void
plane_ill(struct sim *s)
{
	static const uint32_t slow[] = { 1, 15, 60, 900, 3500 };
	struct plane *p = plane_of(any_node(s));

	watch_trouble_at(s, p->node);
	switch (sim_random(s, 4)) {
	case 0:
		p->dp_ms = slow[sim_random(s, 5)];
		break;
	case 1:
		p->dp_fails = 10 + (uint32_t)sim_random(s, 90);
		break;
	case 2:
		p->keys_ms = slow[sim_random(s, 5)] * 2;
		break;
	case 3:
		p->keys_fail = 10 + (uint32_t)sim_random(s, 90);
		break;
	}
	ladder_note(s, p->node, "* data plane: %u ms, %u %% fail; keys: %u ms, "
	    "%u %% fail", p->dp_ms, p->dp_fails, p->keys_ms, p->keys_fail);
	later(s, duration(s) * 4, plane_well, p);
}

static void
hard_limit(struct sim *s)
{
	struct plane *p = plane_of(any_node(s));
	struct dp_event ev = { .kind = DP_EXPIRE };
	const struct psa *a;

	for (a = p->sas; a != NULL && !a->sa.inbound; a = a->next)
		;
	if (a == NULL || a->stale || !node_runs(p->node))
		return;
	watch_trouble_at(s, p->node);
	ev.tunnel = a->sa.tunnel;
	ev.spi = a->sa.spi;
	ladder_note(s, p->node, "* hard limit of %08x", ev.spi);
	engine_dp_event(p->node->engine, node_now(p->node), &ev);
	look_world(&s->w, p->node);
}

static void
acquire(struct sim *s)
{
	struct tun *t = any_tun(s);
	struct end *e = &t->end[sim_random(s, 2)];
	struct dp_event ev = { .kind = DP_ACQUIRE, .tunnel = e->id };

	if (!node_runs(e->node) || !e->calls || !e->present)
		return;
	watch_trouble(s, t);
	ladder_note(s, e->node, "* traffic for %u", e->id);
	engine_dp_event(e->node->engine, node_now(e->node), &ev);
	look_world(&s->w, e->node);
}

/* --- configuration --- */

static void
commit_live(struct sim *s)
{
	static const uint32_t delays[] = { 30, 60, 600, 3600 };
	static const uint32_t times[] = { 900, 3600, 28800 };
	struct tun *t = any_tun(s);
	int side = (int)sim_random(s, 2);
	struct end *e = &t->end[side];

	if (!e->present || e->node->frozen)
		return;
	if (sim_chance(s, 60)) {
		e->dpd_delay = delays[t->traffic ? sim_random(s, 4) :
		    2 + sim_random(s, 2)];
		e->rekey_time = times[sim_random(s, 3)];
	}
	snprintf(e->more, sizeof(e->more), ",\"dpd-delay\":%u,"
	    "\"sa-rekey-time\":%u,\"description\":\"%s\"", e->dpd_delay,
	    e->rekey_time, sim_chance(s, 50) ? "x" : "y");
	e->gone_since = 0;
	t->calm = s->w.now;	/* the bounds are others now */
	ladder_note(s, e->node, "* commit: timers of %u", e->id);
	end_commit(s, t, side);
}

static void
same_again(struct world *w, void *arg)
{
	struct tun *t = arg;
	struct sim *s = sim_of(w);
	int side;

	watch_trouble(s, t);
	t->differ = false;
	for (side = 0; side < 2; side++) {
		char *cut = strstr(t->end[side].more, ",\"enable\"");

		if (cut == NULL)
			cut = strstr(t->end[side].more, ",\"local-subnet\"");
		if (cut != NULL)
			*cut = '\0';
		if (cut != NULL || !t->end[side].present) {
			ladder_note(s, t->end[side].node, "* commit: %u as "
			    "before", t->end[side].id);
			end_commit(s, t, side);
		}
	}
}

/* Removed, disabled or with other subnets for a while, at one end. */
static void
commit_hard(struct sim *s)
{
	struct tun *t = any_tun(s);
	int side = (int)sim_random(s, 2);
	struct end *e = &t->end[side];
	size_t at = strlen(e->more);

	if (t->differ || !e->present || e->node->frozen)
		return;
	watch_trouble(s, t);
	t->differ = true;
	if (sim_chance(s, 40)) {
		ladder_note(s, e->node, "* commit: no ipsec %u", e->id);
		end_remove(s, t, side);
	} else {
		snprintf(e->more + at, sizeof(e->more) - at,
		    ",\"enable\":false");
		ladder_note(s, e->node, "* commit: %u disabled", e->id);
		end_commit(s, t, side);
		e->present = e->loaded = false;
	}
	later(s, duration(s), same_again, t);
}

/* The whole once more, as after a restart of confd: nobody may notice. */
static void
commit_same(struct sim *s)
{
	struct node *n = any_node(s);

	if (n->engine == NULL || n->frozen)
		return;
	ladder_note(s, n, "* commit: all as it was");
	node_reload(s, n);
}

/* --- somebody on the way, without keys: nobody may notice --- */

static bool
overhear(struct world *w, struct node *from, struct flight *f)
{
	struct sim *s = sim_of(w);
	struct stored *m;

	(void)from;
	if (f->len > sizeof(m->b) || f->len < 28 ||
	    random_next(&w->random) % 8 != 0)
		return true;
	m = &s->store[s->stored++ % STORE];
	m->src = f->src;
	m->dst = f->dst;
	m->encap = f->encap;
	m->len = f->len;
	memcpy(m->b, f->data, f->len);
	return true;
}

/* As it was, what would begin an IKE_SA or be of no version. */
static void
spare(uint8_t *changed, const uint8_t *was)
{
	if (changed[17] >> 4 != was[17] >> 4)
		changed[17] = was[17];
	if (changed[18] == EXCH_IKE_SA_INIT)
		changed[18] = EXCH_INFORMATIONAL;
}

static void
replay(struct sim *s)
{
	struct stored *m;
	struct flight *f;
	size_t n = s->stored < STORE ? s->stored : STORE;

	if (n == 0)
		return;
	m = &s->store[sim_random(s, n)];
	f = calloc(1, sizeof(*f) + m->len);
	if (f == NULL)
		abort();
	f->src = m->src;
	f->dst = m->dst;
	f->encap = m->encap;
	f->len = m->len;
	memcpy(f->data, m->b, m->len);
	if (sim_chance(s, 40))		/* from where they are */
		f->src.port = (uint16_t)(1024 + sim_random(s, 60000));
	if (sim_chance(s, 50) && f->data[18] != EXCH_IKE_SA_INIT) {	/* and changed */
		f->data[17 + sim_random(s, 7)] ^=
		    (uint8_t)(1 << sim_random(s, 8));
		spare(f->data, m->b);
	}
	f->at = s->w.now;
	f->next = s->w.flights;
	s->w.flights = f;
}

/* --- the table --- */

static const struct trouble {
	unsigned int	 weight;
	void		(*happen)(struct sim *);
} troubles[] = {
	{ 14, rekey },
	{ 12, rekey_both },
	{  3, terminate },
	{  3, restart },
	{  6, reboot },
	{  5, kill_ike },
	{  4, freeze },
	{  2, clock_jump },
	{  7, partition },
	{  7, weather },
	{  6, rebind },
	{  4, address_gone },
	{  6, plane_ill },
	{  2, hard_limit },
	{  3, acquire },
	{  4, commit_live },
	{  4, commit_hard },
	{  2, commit_same },
	{ 12, replay },
	{ 12, web_ill },	/* only in lives with certificates */
	{  6, web_revoke },
};
#define N_OF_CERTS	2		/* the last ones */
#define N_TROUBLES	(sizeof(troubles) / sizeof(troubles[0]))

static void
next(struct world *w, void *arg)
{
	struct sim *s = sim_of(w);
	unsigned int sum = 0, at;
	size_t i;

	(void)arg;
	if (s->failed || w->now >= s->end)
		return;
	for (i = 0; i < N_TROUBLES - (s->certs ? 0 : N_OF_CERTS); i++)
		sum += troubles[i].weight;
	at = (unsigned int)sim_random(s, sum);
	for (i = 0; at >= troubles[i].weight; i++)
		at -= troubles[i].weight;
	s->troubles++;
	troubles[i].happen(s);
	/* Many at once, then nothing for long, and anything between. */
	later(s, sim_chance(s, 10) ? sim_random(s, 50) :
	    sim_chance(s, 15) ? sim_random(s, 60000) :
	    sim_random(s, 2 * s->mean), next, NULL);
}

void
trouble_begin(struct sim *s)
{
	static const uint64_t means[] = { 300, 5000, 60000, 400000, 1500000 };
	static const uint64_t slow[] = { HOUR, 3 * HOUR, 8 * HOUR, 24 * HOUR };

	s->store = calloc(STORE, sizeof(*s->store));
	if (s->store == NULL)
		abort();
	s->w.tap = overhear;
	s->mean = s->opt.days != 0 ? slow[sim_random(s, 4)] :
	    means[sim_random(s, 5)];
	if (s->mean < 60000)		/* not thousands of them */
		s->end = s->w.now + 150 * s->mean;
	later(s, sim_random(s, s->mean), next, NULL);
}

void
trouble_peace(struct sim *s)
{
	struct node *n;
	size_t k;
	int side;

	if (s->failed)
		return;
	ladder_note(s, NULL, "* peace");
	watch_trouble(s, NULL);
	set_weather(s, 0, 0, 0, 0);
	/* What still ends of itself does so first. */
	world_run(&s->w, 5000 * SECOND);
	if (s->certs)
		web_well(s);
	for (n = s->w.node; n < s->w.node + s->w.n; n++) {
		web_renew(s, n);
		plane_well(&s->w, plane_of(n));
		heal(&s->w, n);
	}
	set_weather(s, 0, 0, 0, 0);
	for (k = 0; k < s->n && !s->failed; k++) {
		same_again(&s->w, &s->tun[k]);
		for (side = 0; side < 2; side++)
			if (s->tun[k].end[side].initiator)
				command(s, &s->tun[k], side, ENGINE_INITIATE);
	}
	/* Sunshine may end meanwhile. */
	s->opt.loss = 0;
}
