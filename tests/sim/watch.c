#include "sim.h"

#include <stdlib.h>

/*
 * What must come true in time: a tunnel that should be up is, its ends agree,
 * and nobody calls it up long after its peer is gone.
 */
#define DEAD_MS		165060		/* retransmission; S1-033 */
#define BACKOFF_MS	375000		/* between attempts, with its jitter */
#define SLACK_MS	6000		/* messages on their way, slow planes */
#define SETTLE_MS	60000
/* The tenth of it that is left for rekeying bears some loss. */
#define PATIENT_S	3600
#define HASTY_S		300
/* Old requests may be repeated for as long before the network is like new. */
#define CLEAR_MS	600000

/* Till what nobody answers is given up. */
static uint64_t
given_up(const struct end *e)
{
	uint64_t v1 = e->dpd_timeout * SECOND;

	return v1 > DEAD_MS ? v1 : DEAD_MS;
}

static uint64_t
silence(const struct end *e)
{
	/* Without signs of life it is the next rekeying that finds out. */
	return e->dpd ? e->dpd_delay * SECOND :
	    (e->rekey_time < 14400 ? e->rekey_time : 14400) * SECOND;
}

uint64_t
watch_bound(const struct tun *t)
{
	uint64_t a = silence(&t->end[0]), b = silence(&t->end[1]);

	uint64_t c = given_up(&t->end[0]), d = given_up(&t->end[1]);

	return (a > b ? a : b) + 3 * (c > d ? c : d) + 2 * BACKOFF_MS;
}

/* Somebody has to want it: for ever, or because of traffic. */
static bool
wanted(const struct tun *t)
{
	int side;

	if (t->differ || t->revoked || !t->end[0].loaded || !t->end[1].loaded)
		return false;
	for (side = 0; side < 2; side++)
		if (t->end[side].initiator && !look_held(&t->end[side]))
			return true;
	return t->traffic && t->end[1].node->nat.family == 0;
}

static void
steady(struct tun *t, bool is)
{
	int side;

	for (side = 0; side < 2; side++)
		plane_of(t->end[side].node)->steady[t->end[side].id % 128] = is;
}

/* Hard limits come while messages that are two seconds late are awaited. */
static bool
is_hasty(const struct sim *s, const struct tun *t)
{
	return s->w.reorder != 0 && (t->end[0].rekey_time < HASTY_S ||
	    t->end[1].rekey_time < HASTY_S || t->end[0].reauth_time < HASTY_S ||
	    t->end[1].reauth_time < HASTY_S);
}

static bool
is_patient(const struct end *e)
{
	return e->rekey_time >= PATIENT_S && e->reauth_time >= PATIENT_S;
}

static void
settle(struct sim *s, struct tun *t)
{
	uint64_t now = s->w.now;

	t->good = now;
	/* The next authentication ends it, or may. */
	if (t->revoked || (t->strict && s->web_since == 0))
		return;
	/* Looked at again each time: a commit may have made it hasty. */
	if (now - t->calm > watch_bound(t) && path_works(t))
		steady(t, s->w.loss == 0 || (s->w.loss <= 20 &&
		    is_patient(&t->end[0]) && is_patient(&t->end[1])));
	if (!t->settled && s->clear != 0 && now - s->clear > CLEAR_MS &&
	    now - t->calm > SETTLE_MS && path_works(t) && !is_hasty(s, t)) {
		t->settled = true;
		ladder_note(s, NULL, "tunnel %u is settled", t->end[0].id);
	}
}

static void
look_lie(struct sim *s, struct tun *t, int side)
{
	struct end *e = &t->end[side];
	/* IKEv1 asks again each dpd-delay, and looks then. */
	uint64_t limit = silence(e) + given_up(e) + SLACK_MS +
	    (t->ike1 ? e->dpd_delay * SECOND : 0);

	if (!path_dead(t, side) || !node_runs(e->node)) {
		e->gone_since = 0;
		return;
	}
	if (e->gone_since == 0)
		e->gone_since = s->w.now;
	if (e->dpd && s->w.now - e->gone_since > limit && look_up(e))
		sim_fail(s, "%s: tunnel %u is up although its peer is gone for "
		    "%llu s (dpd-delay %u)", e->node->name, e->id,
		    (unsigned long long)(s->w.now - e->gone_since) / 1000,
		    e->dpd_delay);
}

static void
look_convergence(struct sim *s, struct tun *t)
{
	uint64_t since = t->good > t->calm ? t->good : t->calm;
	bool up0 = look_up(&t->end[0]), up1 = look_up(&t->end[1]);

	if (up0 && up1 && traffic_agrees(t)) {
		settle(s, t);
		return;
	}
	if (!path_works(t) || s->w.loss > 20 || !wanted(t) ||
	    (t->strict && s->web_since == 0)) {
		t->calm = s->w.now;
		return;
	}
	if (s->w.now - since > watch_bound(t))
		sim_fail(s, "tunnel %u should be up and is not for %llu s (%s "
		    "says %s, %s says %s, their SAs %s)", t->end[0].id,
		    (unsigned long long)(s->w.now - since) / 1000,
		    t->end[0].node->name, up0 ? "up" : "down",
		    t->end[1].node->name, up1 ? "up" : "down",
		    traffic_agrees(t) ? "agree" : "do not agree");
}

static void
pulse(struct world *w, void *arg)
{
	struct tun *t = arg;
	struct sim *s = sim_of(w);

	if (s->failed)
		return;
	look_convergence(s, t);
	look_lie(s, t, 0);
	look_lie(s, t, 1);
	if (t->traffic) {
		traffic_send(s, t, 0);
		traffic_send(s, t, 1);
	}
	world_at(w, w->now + t->pulse_ms, pulse, t);
}

/* On a network that loses nothing, packets around everything that happens. */
void
watch_step(struct sim *s, struct node *n)
{
	size_t k;

	for (k = 0; k < s->n; k++)
		if (s->tun[k].settled && s->tun[k].traffic &&
		    (s->tun[k].end[0].node == n || s->tun[k].end[1].node == n)) {
			traffic_send(s, &s->tun[k], 0);
			traffic_send(s, &s->tun[k], 1);
		}
}

void
watch_init(struct sim *s)
{
	size_t k;

	for (k = 0; k < s->n; k++)
		world_at(&s->w, s->w.now + sim_random(s, s->tun[k].pulse_ms),
		    pulse, &s->tun[k]);
	watch_trouble(s, NULL);
	watch_weather(s);
}

void
watch_trouble(struct sim *s, struct tun *one)
{
	struct tun *t;

	for (t = s->tun; t < s->tun + s->n; t++)
		if (one == NULL || one == t) {
			t->calm = s->w.now;
			t->settled = false;
			steady(t, false);
			t->era++;
			t->end[0].gone_since = t->end[1].gone_since = 0;
		}
}

void
watch_trouble_at(struct sim *s, struct node *n)
{
	struct tun *t;

	for (t = s->tun; t < s->tun + s->n; t++)
		if (t->end[0].node == n || t->end[1].node == n)
			watch_trouble(s, t);
}

/* With MOBIKE nobody follows a NAT that forgets, until its inside asks. */
void
watch_dead(struct sim *s, struct node *n, uint32_t tunnel)
{
	struct tun *t;
	int side;

	for (t = s->tun; t < s->tun + s->n; t++)
		for (side = 0; side < 2; side++)
			if (t->end[side].node == n && t->end[side].id == tunnel &&
			    (s->w.loss != 0 ||
			     t->end[1].node->nat.family != 0))
				watch_trouble(s, t);
}

void
watch_replayed(struct sim *s, struct node *n)
{
	struct tun *t;
	int side;

	for (t = s->tun; t < s->tun + s->n; t++)
		for (side = 0; side < 2; side++)
			if (t->end[side].node == n)
				t->end[side].gone_since = 0;
}

/* After each change of loss. */
void
watch_weather(struct sim *s)
{
	struct tun *t;

	s->clear = s->w.loss == 0 && s->w.corrupt == 0 ? s->w.now : 0;
	for (t = s->tun; t < s->tun + s->n; t++) {
		t->settled = false;
		steady(t, false);
	}
}

bool
watch_good(struct sim *s)
{
	struct tun *t;

	for (t = s->tun; t < s->tun + s->n; t++)
		if (!look_up(&t->end[0]) || !look_up(&t->end[1]) ||
		    !traffic_agrees(t))
			return false;
	return true;
}
