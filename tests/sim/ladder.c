#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The story of a life as a ladder: time, who to whom, the message with what is
 * inside it, and between the rungs what happened.
 */

#define REMEMBER	64

static uint32_t sent_before[REMEMBER];
static unsigned int n_sent;

const char *
sim_time(uint64_t ms, char buf[32])
{
	snprintf(buf, 32, "%ud %02u:%02u:%02u.%03u", (unsigned int)(ms / DAY),
	    (unsigned int)(ms / HOUR % 24), (unsigned int)(ms / 60000 % 60),
	    (unsigned int)(ms / 1000 % 60), (unsigned int)(ms % 1000));
	return buf;
}

static const struct node *
goes_to(struct world *w, const struct flight *f)
{
	const struct node *n;

	for (n = w->node; n < w->node + w->n; n++)
		if (addr_equal(n->nat.family != 0 ? &n->nat : &n->addr,
		    &f->dst.addr))
			return n;
	return NULL;
}

static bool
again(const struct flight *f)
{
	uint32_t h = (uint32_t)f->len;
	unsigned int i;

	for (i = 0; i < f->len; i++)
		h = (h ^ f->data[i]) * 16777619u;
	for (i = 0; i < REMEMBER; i++)
		if (sent_before[i] == h)
			return true;
	sent_before[n_sent++ % REMEMBER] = h;
	return false;
}

static void
rung(struct sim *s, const struct flight *f, const char *end, const char *what)
{
	const struct node *to = goes_to(&s->w, f);
	char t[32];
	bool left = to != NULL && to < f->from;

	printf("%16s  %-4s %s %-4s  %s\n", sim_time(s->w.now, t),
	    left ? to->name : f->from != NULL ? f->from->name : "?",
	    end != NULL ? (left ? "x---" : "---x") : left ? "<---" : "--->",
	    left ? f->from->name : to != NULL ? to->name : "?", what);
}

static void
seen(struct world *w, enum fate fate, struct node *to, const struct flight *f)
{
	struct sim *s = sim_of(w);
	char text[800], a[ENDPOINT_STRLEN];

	if (fate == FATE_ARRIVED)
		look_arrived(s, to, f);
	if (fate == FATE_ARRIVED && f->from == NULL && !f->esp)
		watch_replayed(s, to);
	if (!s->opt.ladder || f->esp)
		return;
	switch (fate) {
	case FATE_SENT:
		if (f->len == 1)
			snprintf(text, sizeof(text), "NAT keepalive");
		else
			snprintf(text, sizeof(text), "%s%s",
			    look_message(f->from, f),
			    again(f) ? " (retransmitted)" : "");
		rung(s, f, NULL, text);
		break;
	case FATE_LOST:
		rung(s, f, "x", "lost");
		break;
	case FATE_CUT:
		if (f->from != NULL)
			rung(s, f, "x", "does not get through");
		break;
	case FATE_NOWHERE:
		snprintf(text, sizeof(text), "nobody at %s",
		    endpoint_str(&f->dst, a));
		rung(s, f, "x", text);
		break;
	case FATE_CORRUPT:
		ladder_note(s, f->from, "~ spoiled on the way");
		break;
	case FATE_DOUBLED:
		ladder_note(s, f->from, "~ doubled on the way");
		break;
	case FATE_ARRIVED:
		if (f->from == NULL)
			ladder_note(s, to, "~ gets a replayed or forged message "
			    "of %zu octets", f->len);
		break;
	}
}

static void
said(struct node *n, uint32_t tunnel, const char *line)
{
	struct sim *s = sim_of(n->world);

	if (strstr(line, "is dead") != NULL)
		watch_dead(s, n, tunnel);
	ladder_note(s, n, "  %s", line);
}

void
ladder_note(struct sim *s, const struct node *n, const char *fmt, ...)
{
	va_list ap;
	char t[32];

	if (!s->opt.ladder)
		return;
	printf("%16s  %-4s ", sim_time(s->w.now, t), n != NULL ? n->name : "");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

void
ladder_init(struct sim *s)
{
	memset(sent_before, 0, sizeof(sent_before));
	s->w.watch = seen;
	s->w.event = said;
}
