#include "world_in.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Who hears a datagram, when, and in which state. */

static bool
chance(struct world *w, unsigned int percent)
{
	return percent != 0 && random_next(&w->random) % 100 < percent;
}

static void
launch(struct world *w, struct flight *f, uint64_t at)
{
	struct flight **p;

	f->at = at;
	for (p = &w->flights; *p != NULL && (*p)->at <= at; p = &(*p)->next)
		;
	f->next = *p;
	*p = f;
}

static struct flight *
copy_flight(const struct flight *f)
{
	struct flight *c = need(malloc(sizeof(*c) + f->len));

	memcpy(c, f, sizeof(*c) + f->len);
	return c;
}

static uint64_t
travel(struct world *w)
{
	uint64_t ms = 5;

	if (chance(w, w->reorder))
		ms += random_next(&w->random) % 2000;
	return w->now + ms;
}

static void
watch(struct world *w, enum fate fate, struct node *to, const struct flight *f)
{
	if (w->watch != NULL)
		w->watch(w, fate, to, f);
}

/* Bits that flip, an end that is missing, or nothing of it at all. */
static void
spoil(struct world *w, struct flight *f)
{
	size_t i, n = 1 + random_next(&w->random) % 4;

	switch (random_next(&w->random) % 4) {
	case 0:
		f->len = random_next(&w->random) % (f->len + 1);
		break;
	case 1:
		for (i = 0; i < f->len; i++)
			f->data[i] = (uint8_t)random_next(&w->random);
		break;
	default:
		for (i = 0; i < n && f->len != 0; i++)
			f->data[random_next(&w->random) % f->len] ^=
			    (uint8_t)(1 << random_next(&w->random) % 8);
	}
	f->corrupt = true;
}

/* Whether it leaves; the rest of its fate is in the flight. */
static bool
leaves(struct world *w, struct node *n, struct flight *f)
{
	watch(w, FATE_SENT, NULL, f);
	if (n->absent) {
		watch(w, FATE_CUT, NULL, f);
		return false;
	}
	if ((w->tap != NULL && !f->esp && !w->tap(w, n, f)) ||
	    chance(w, w->loss)) {
		watch(w, FATE_LOST, NULL, f);
		return false;
	}
	if (w->corrupt != 0 && random_next(&w->random) % 1000 < w->corrupt) {
		spoil(w, f);
		watch(w, FATE_CORRUPT, NULL, f);
	}
	return true;
}

void
node_send(struct node *n, const struct endpoint *src, const struct endpoint *dst,
	  bool encap, bool esp, const void *data, size_t len)
{
	struct world *w = n->world;
	struct flight *f = need(calloc(1, sizeof(*f) + len));

	w->sent++;
	f->from = n;
	f->src = *src;
	f->dst = *dst;
	f->encap = encap;
	f->esp = esp;
	f->len = len;
	memcpy(f->data, data, len);
	if (n->nat.family != 0) {
		f->src.addr = n->nat;
		f->src.port = (uint16_t)(src->port + n->nat_port);
	}
	if (!leaves(w, n, f)) {
		free(f);
		return;
	}
	if (chance(w, w->dup)) {
		watch(w, FATE_DOUBLED, NULL, f);
		launch(w, copy_flight(f), travel(w));
	}
	launch(w, f, travel(w));
}

void
net_send(void *ctx, const struct endpoint *src, const struct endpoint *dst,
	bool encap, const uint8_t *msg, size_t len)
{
	struct node *n = ctx;
	OUTSIDE;

	if (n->send_error != 0)
		engine_not_sent(n->engine, n->send_error);
	else
		node_send(n, src, dst, encap, false, msg, len);
}

static bool
has_address(const struct node *n, const struct addr *a)
{
	size_t i;

	for (i = 0; i < sizeof(n->more) / sizeof(n->more[0]); i++)
		if (n->more[i].family != 0 && addr_equal(&n->more[i], a))
			return true;
	return addr_equal(&n->addr, a);
}

static struct node *
receiver(struct world *w, struct flight *f)
{
	struct node *n;
	uint16_t port;

	for (n = w->node; n < w->node + w->n; n++) {
		port = (uint16_t)(f->dst.port - n->nat_port);
		if (n->nat.family != 0 && addr_equal(&n->nat, &f->dst.addr) &&
		    (port == n->set.port || port == n->set.natt_port)) {
			f->dst.addr = n->addr;
			f->dst.port = port;
			return n;
		}
		if (n->nat.family == 0 && has_address(n, &f->dst.addr))
			return n;
	}
	return NULL;
}

static double
cpu_now(const struct world *w)
{
	struct timespec ts;

	if (!w->quiet || clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts) != 0)
		return 0;
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

void
net_arrive(struct world *w, struct flight *f)
{
	struct node *n = receiver(w, f);
	double t0;

	if (n == NULL || n->engine == NULL || n->down || n->absent ||
	    n->frozen || (f->from != NULL && f->from->cut_off[n - w->node])) {
		watch(w, n != NULL ? FATE_CUT : FATE_NOWHERE, n, f);
	} else if (f->esp) {
		w->packet(n, f);
	} else if (!(f->len == 1 && f->data[0] == 0xff)) {
		watch(w, FATE_ARRIVED, n, f);
		t0 = cpu_now(w);
		ENGINE(engine_input(n->engine, node_now(n), &f->dst, &f->src,
		    f->encap, f->data, f->len));
		n->cpu += cpu_now(w) - t0;
		after(w, n);
	}
	free(f);
}
