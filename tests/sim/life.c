#include "sim.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t
sim_random(struct sim *s, uint64_t below)
{
	return random_next(&s->r) % below;
}

bool
sim_chance(struct sim *s, unsigned int percent)
{
	return sim_random(s, 100) < percent;
}

void
sim_fail(struct sim *s, const char *fmt, ...)
{
	va_list ap;
	char text[500], t[32];

	if (s->failed)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	s->failed = s->w.over = true;
	snprintf(s->why, sizeof(s->why), "%s: %s", sim_time(s->w.now, t), text);
	ladder_note(s, NULL, "*** %s", text);
}

/* --- who runs --- */

bool
node_runs(const struct node *n)
{
	return n->engine != NULL && !n->frozen && !n->down;
}

static bool
reaches(const struct node *a, const struct node *b)
{
	return !a->cut_off[b - b->world->node] && !a->absent && !b->absent &&
	    !a->down && !b->down;
}

bool
path_works(const struct tun *t)
{
	const struct node *a = t->end[0].node, *b = t->end[1].node;

	return node_runs(a) && node_runs(b) && plane_is_well(a) &&
	    plane_is_well(b) && reaches(a, b) && reaches(b, a);
}

bool
path_dead(const struct tun *t, int side)
{
	const struct node *n = t->end[side].node, *peer = t->end[!side].node;

	return !reaches(peer, n) ||
	    (peer->engine == NULL && plane_of(t->end[!side].node)->sas == NULL);
}

void
sim_tell_address(struct node *n)
{
	world_in_engine = true;
	engine_local_address(n->engine, node_now(n), &n->addr, !n->absent);
	world_in_engine = false;
}

void
sim_start(struct sim *s, struct node *n)
{
	ladder_note(s, n, "* starts");
	plane_begin(plane_of(n));
	node_start(n);
	sim_tell_address(n);
	web_equip(s, n);
	node_reload(s, n);
}

void
sim_kill(struct sim *s, struct node *n, bool keep)
{
	ladder_note(s, n, "* %s", keep ? "ike is killed" : "reboots");
	node_stop(n);
	plane_ended(plane_of(n), keep);
}

/* --- a life --- */

static void
begin(struct sim *s)
{
	size_t i;

	world_init(&s->w, s->seed);
	s->w.arg = s;
	s->w.after = look_world;
	ladder_init(s);
	s->w.loss = s->opt.loss;
	s->w.dup = s->opt.loss != 0 ? 1 + (unsigned int)sim_random(s, 10) : 0;
	s->w.reorder = (unsigned int)sim_random(s, 30);
	topology_make(s);
	for (i = 0; i < s->w.n; i++)
		plane_begin(&s->plane[i]);
	watch_init(s);
	web_begin(s);
	for (i = 0; i < s->w.n; i++)
		sim_tell_address(&s->w.node[i]);
	for (i = 0; i < s->w.n; i++) {
		web_equip(s, &s->w.node[i]);
		node_reload(s, &s->w.node[i]);
	}
}

static void
run_until(struct sim *s, uint64_t at)
{
	if (at > s->w.now && !s->failed)
		world_run(&s->w, at - s->w.now);
}

static bool
good(struct world *w)
{
	return watch_good(sim_of(w));
}

static bool
tidy(struct world *w)
{
	return look_tidy(sim_of(w), sim_of(w)->asked, false);
}

/* When peace is back, everything is as on the first day. */
static void
end(struct sim *s)
{
	uint64_t bound = 0;
	size_t k, i;
	int side;

	trouble_peace(s);
	for (k = 0; k < s->n; k++)
		if (watch_bound(&s->tun[k]) > bound)
			bound = watch_bound(&s->tun[k]);
	run_until(s, s->w.now + bound);
	if (!s->failed && !world_until(&s->w, good, bound) && !s->failed)
		sim_fail(s, "not every tunnel is up in peace");
	run_until(s, s->w.now + 60 * SECOND);
	if (!s->failed && !world_until(&s->w, good, 60 * SECOND) && !s->failed)
		sim_fail(s, "a tunnel does not stay up in peace");
	/* One after the other: they are all at work on new keys at times. */
	for (s->asked = s->tun; s->asked < s->tun + s->n; s->asked++)
		if (!s->failed && !world_until(&s->w, tidy, 300 * SECOND) &&
		    !s->failed)
			look_tidy(s, s->asked, true);
	watch_trouble(s, NULL);
	for (k = 0; k < s->n && !s->failed; k++)
		for (side = 0; side < 2; side++)
			end_remove(s, &s->tun[k], side);
	run_until(s, s->w.now + 200 * SECOND);
	for (i = 0; i < s->w.n && !s->failed; i++)
		look_empty(s, &s->w.node[i]);
}

bool
sim_life(struct sim *s, uint64_t seed, const struct sim_options *o)
{
	memset(s, 0, sizeof(*s));
	s->seed = seed;
	s->r = seed * 0x2545f4914f6cdd1dULL;
	s->opt = *o;
#ifdef SIM_TOY
	toy_begin(seed);
#endif
	begin(s);
	s->end = s->w.now + (o->days != 0 ?
	    (uint64_t)(o->days * (double)DAY / (double)s->n) :
	    (2 + sim_random(s, 10)) * HOUR);
	trouble_begin(s);
	run_until(s, s->end);
	if (!s->failed)
		end(s);
	return !s->failed;
}

void
sim_fini(struct sim *s)
{
	size_t i;

	for (i = 0; i < s->w.n; i++) {
		node_stop(&s->w.node[i]);
		plane_fini(&s->plane[i]);
	}
	world_fini(&s->w);
	free(s->store);
}
