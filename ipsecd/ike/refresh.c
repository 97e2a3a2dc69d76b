#include "refresh.h"

#include <stdlib.h>

#include "ask.h"
#include "child.h"
#include "context.h"
#include "tunnel.h"

#define REFRESH_WAIT_MS	1000

struct refresh {
	struct refresh	*next;
	struct timer	 timer;
	uint32_t	 number;
	uint32_t	 pending;
	void		(*done)(void *);
	void		*arg;
};

static void
finish(struct engine *e, struct refresh *r)
{
	struct refresh **p;

	for (p = &e->refreshes; *p != NULL; p = &(*p)->next)
		if (*p == r) {
			*p = r->next;
			break;
		}
	timer_fini(&e->timers, &r->timer);
	r->done(r->arg);
	free(r);
}

void
refresh_answer(struct engine *e, uint32_t number)
{
	struct refresh *r;

	for (r = e->refreshes; r != NULL; r = r->next)
		if (r->number == number) {
			if (--r->pending == 0)
				finish(e, r);
			return;
		}
}

void
refresh_expired(struct engine *e, struct timer *t)
{
	finish(e, table_entry(t, struct refresh, timer));
}

static void
ask_tunnel(struct engine *e, struct refresh *r, struct tunnel *t)
{
	struct child_sa *c;
	struct ike_sa *sa;

	for (sa = t->sas; sa != NULL; sa = sa->next)
		for (c = sa->children; c != NULL; c = c->next) {
			r->pending += child_count(e, c, ASK_COUNT_IN, r->number);
			r->pending += child_count(e, c, ASK_COUNT_OUT, r->number);
		}
}

static void
ask_all(struct engine *e, struct refresh *r)
{
	uint32_t bucket = 0;
	struct link *l = NULL;

	while ((l = table_walk(&e->tunnels, &bucket, l)) != NULL)
		ask_tunnel(e, r, table_entry(l, struct tunnel, by_id));
}

void
engine_refresh(struct engine *e, uint64_t now, uint32_t id,
	       void (*done)(void *), void *arg)
{
	struct refresh *r = calloc(1, sizeof(*r));
	struct tunnel *t;

	if (r == NULL || !timer_init(&e->timers, &r->timer, TIMER_REFRESH)) {
		free(r);
		done(arg);
		return;
	}
	engine_enter(e, now);
	r->number = ++e->next_ask;
	r->done = done;
	r->arg = arg;
	r->next = e->refreshes;
	e->refreshes = r;
	if (id == 0)
		ask_all(e, r);
	else if ((t = tunnel_find(e, id)) != NULL)
		ask_tunnel(e, r, t);
	if (r->pending == 0)
		finish(e, r);
	else
		timer_set(&e->timers, &r->timer, e->now + REFRESH_WAIT_MS);
	engine_leave(e);
}

void
refresh_fini(struct engine *e)
{
	struct refresh *r;

	while ((r = e->refreshes) != NULL) {
		e->refreshes = r->next;
		free(r);
	}
}
