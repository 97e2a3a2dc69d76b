#include "sim.h"

#include <string.h>

/*
 * Packets: through the newest outbound SA at one end, looked up by SPI at the
 * other, with what the kernel checks (keys, encapsulation, replay).  In a tunnel
 * that is settled, on a network that loses nothing, each must arrive.
 */
struct packet_on_wire {
	uint32_t	spi, seq, era;
	uint64_t	print;
	uint8_t		tun, side;
	bool		settled;
};

#define ACQUIRE_EVERY_S	30		/* the kernel's */

static void
acquire(struct sim *s, struct end *e)
{
	struct dp_event ev = { .kind = DP_ACQUIRE, .tunnel = e->id };
	uint32_t now = (uint32_t)(s->w.now / SECOND);

	if (e->node->engine == NULL || e->node->frozen || !e->calls ||
	    (e->acquired_s != 0 && now - e->acquired_s < ACQUIRE_EVERY_S))
		return;
	e->acquired_s = now;
	engine_dp_event(e->node->engine, node_now(e->node), &ev);
	look_after(s, e->node);
}

void
traffic_send(struct sim *s, struct tun *t, int side)
{
	struct end *e = &t->end[side];
	struct plane *p = plane_of(e->node);
	struct psa *out = plane_out(p, e->id);
	struct packet_on_wire pk = { .tun = (uint8_t)(t - s->tun),
	    .side = (uint8_t)side, .era = t->era, .settled = t->settled };

	if (e->node->down || e->node->absent || s->failed || !e->loaded ||
	    p->off)
		return;
	if (!plane_has_policy(p, e->id) && !e->dynamic && p->jobs == NULL) {
		sim_fail(s, "%s: tunnel %u has no policy: its packets leave in "
		    "clear", e->node->name, e->id);
		return;
	}
	s->packets++;
	if (out == NULL) {
		if (t->settled)
			sim_fail(s, "%s: tunnel %u has no SA to send with, "
			    "undisturbed", e->node->name, e->id);
		else
			acquire(s, e);
		return;
	}
	out->packets++;
	out->last = s->w.now;
	if (e->node->nat.family != 0 && !out->sa.udp_encap)
		return;			/* no NAT lets it through */
	pk.spi = out->sa.spi;
	pk.seq = ++e->seq;
	pk.print = out->print;
	node_send(e->node, &out->sa.src, &out->sa.dst, out->sa.udp_encap, true,
	    &pk, sizeof(pk));
}

static bool
replayed(struct psa *s, uint32_t seq)
{
	uint64_t bit;

	if (seq > s->top) {
		s->window = seq - s->top < 64 ? s->window << (seq - s->top) : 0;
		s->window |= 1;
		s->top = seq;
		return false;
	}
	if (s->top - seq >= 64)
		return true;
	bit = 1ull << (s->top - seq);
	if ((s->window & bit) != 0)
		return true;
	s->window |= bit;
	return false;
}

static void
moved(struct node *n, struct psa *in, const struct endpoint *from)
{
	struct dp_event ev = { .kind = DP_MAPPING, .tunnel = in->sa.tunnel,
	    .spi = in->sa.spi, .peer = *from };

	if (!in->sa.udp_encap || endpoint_equal(&in->sa.src, from) ||
	    n->engine == NULL || in->stale)
		return;
	engine_dp_event(n->engine, node_now(n), &ev);
	look_after(sim_of(n->world), n);
}

void
traffic_arrive(struct node *n, const struct flight *f)
{
	struct sim *s = sim_of(n->world);
	struct packet_on_wire pk;
	struct tun *t;
	struct psa *in;
	const char *why = NULL;

	if (f->corrupt || f->len != sizeof(pk))
		return;			/* its ICV is wrong */
	memcpy(&pk, f->data, sizeof(pk));
	t = &s->tun[pk.tun];
	in = plane_in(plane_of(n), pk.spi);
	if (in == NULL)
		why = "knows no such SPI";
	else if (in->print != pk.print)
		why = "has other keys";
	else if (in->sa.udp_encap != f->encap)
		why = "expects another encapsulation";
	else if (in->sa.tunnel != t->end[!pk.side].id)
		why = "has it in another tunnel";
	if (why != NULL) {
		s->lost++;
		if (pk.settled && t->era == pk.era && t->settled)
			sim_fail(s, "a packet of tunnel %u is lost at %s: it %s "
			    "(%08x)", t->end[!pk.side].id, n->name, why, pk.spi);
		return;
	}
	if (replayed(in, pk.seq))
		return;
	in->packets++;
	in->last = s->w.now;
	moved(n, in, &f->src);
}

static bool
fits(struct end *from, struct end *to)
{
	struct psa *out = plane_out(plane_of(from->node), from->id), *in;

	if (out == NULL || out->stale)
		return false;
	in = plane_in(plane_of(to->node), out->sa.spi);
	return in != NULL && in->print == out->print && !in->stale &&
	    in->sa.tunnel == to->id;
}

bool
traffic_agrees(struct tun *t)
{
	return fits(&t->end[0], &t->end[1]) && fits(&t->end[1], &t->end[0]);
}
