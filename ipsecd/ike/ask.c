#include "ask.h"

#include <stdlib.h>

#include "child.h"
#include "context.h"
#include "life.h"
#include "machine.h"
#include "refresh.h"
#include "sa.h"
#include "tunnel.h"

struct ask {
	struct link	 link;		/* hash: its serial */
	uint64_t	 who;
	uint32_t	 serial;	/* of who */
	uint32_t	 extra;
	uint32_t	 number;	/* of the question */
	uint8_t		 kind;
};

/* Large ones are rare: let go of what a burst needed. */
#define ANSWERS_KEEP	64

struct answer {
	bool	dp;
	union {
		struct dp_reply		dataplane;
		struct keys_reply	keys;
	};
};

static struct ask *
ask_new(struct engine *e, enum ask_kind kind, uint64_t who, uint32_t serial,
	uint32_t extra)
{
	struct ask *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	if (++e->next_ask == 0)
		e->next_ask = 1;
	a->number = e->next_ask;
	a->kind = (uint8_t)kind;
	a->who = who;
	a->serial = serial;
	a->extra = extra;
	table_add(&e->asks, &a->link, a->number);
	return a;
}

static bool
ask_take(struct engine *e, uint32_t number, struct ask *out)
{
	struct link *l = number != 0 ? table_find(&e->asks, number) : NULL;
	struct ask *a;

	if (l == NULL)
		return false;
	a = table_entry(l, struct ask, link);
	table_del(&e->asks, l);
	*out = *a;
	free(a);
	return true;
}

bool
ask_dataplane(struct engine *e, struct dp_request *req, enum ask_kind kind,
	      uint64_t who, uint32_t serial, uint32_t extra)
{
	struct ask *a = NULL;

	if (kind != ASK_NOTHING &&
	    (a = ask_new(e, kind, who, serial, extra)) == NULL)
		return false;
	req->serial = a != NULL ? a->number : 0;
	e->ops->dataplane(e->ctx, req);
	return true;
}

bool
ask_keys(struct engine *e, struct keys_request *req, uint64_t who,
	 uint32_t serial)
{
	struct ask *a = ask_new(e, ASK_MAC, who, serial, 0);

	if (a == NULL)
		return false;
	req->serial = a->number;
	e->ops->keys(e->ctx, req);
	return true;
}

static void
dp_answer(struct engine *e, const struct dp_reply *r)
{
	struct child_sa *c;
	struct ike_sa *sa;
	struct tunnel *t;
	struct ask a;

	if (!ask_take(e, r->serial, &a))
		return;
	if (a.kind == ASK_POLICY) {
		t = tunnel_find(e, (uint32_t)a.who);
		if (t != NULL && !r->ok)
			tunnel_policy_refused(e, t, r->why);
		return;
	}
	if (a.kind == ASK_SWITCHED) {
		sa = sa_find(e, a.who);
		if (sa != NULL && sa->serial == a.serial)
			sa->machine->switched(e, sa);
		return;
	}
	c = child_find(e, (uint32_t)a.who);
	if (c != NULL && c->serial != a.serial)
		c = NULL;
	switch (a.kind) {
	case ASK_INSTALL:
		if (c != NULL)
			life_child_answer(e, c, r->ok, r->why);
		break;
	case ASK_PROBE:
		if (c != NULL)
			life_probe_answer(e, c, r->ok ? &r->counters : NULL);
		if (c != NULL && !r->ok &&
		    (c = child_find(e, (uint32_t)a.who)) != NULL)
			life_child_lost(e, c, r->why);
		break;
	case ASK_COUNT_IN:
	case ASK_COUNT_OUT:
		if (c != NULL && r->ok) {
			*(a.kind == ASK_COUNT_IN ? &c->in : &c->out) =
			    r->counters;
			c->counted = e->now;
		} else if (c != NULL) {
			life_child_lost(e, c, r->why);
		}
		refresh_answer(e, a.extra);
		break;
	}
}

static void
keys_answer(struct engine *e, const struct keys_reply *r)
{
	struct ike_sa *sa;
	struct ask a;

	if (!ask_take(e, r->serial, &a))
		return;
	sa = sa_find(e, a.who);
	if (sa != NULL && sa->serial == a.serial)
		sa->machine->keys_answer(e, sa, r);
}

static void
answer(struct engine *e, const struct answer *a)
{
	if (a->dp)
		dp_answer(e, &a->dataplane);
	else
		keys_answer(e, &a->keys);
}

/* An answer inside the question would pull the ground from under whoever is
 * asking: it waits until the call from outside ends. */
static void
later(struct engine *e, const struct answer *a)
{
	if (e->n_answers == e->size_answers) {
		uint32_t size = e->size_answers == 0 ? 16 : e->size_answers * 2;
		struct answer *p = realloc(e->answers, size * sizeof(*p));

		if (p == NULL)
			return;		/* as if it had been lost on the way */
		e->answers = p;
		e->size_answers = size;
	}
	e->answers[e->n_answers++] = *a;
}

void
ask_drain(struct engine *e)
{
	struct answer a;
	uint32_t i;

	for (i = 0; i < e->n_answers; i++) {
		a = e->answers[i];	/* the array may move */
		answer(e, &a);
		secret_wipe_mem(&e->answers[i], sizeof(a));
	}
	e->n_answers = 0;
	secret_wipe_mem(&a, sizeof(a));
	if (e->size_answers > ANSWERS_KEEP) {
		free(e->answers);
		e->answers = NULL;
		e->size_answers = 0;
	}
}

static void
arrived(struct engine *e, uint64_t now, const struct answer *a)
{
	if (e->depth > 0) {
		later(e, a);
		return;
	}
	engine_enter(e, now);
	answer(e, a);
	engine_leave(e);
}

void
engine_keys_reply(struct engine *e, uint64_t now, const struct keys_reply *r)
{
	struct answer a = { .dp = false };

	a.keys = *r;
	arrived(e, now, &a);
	secret_wipe_mem(&a, sizeof(a));
}

void
engine_dp_reply(struct engine *e, uint64_t now, const struct dp_reply *r)
{
	struct answer a = { .dp = true };

	/* Those that nobody waits for need no place in the queue. */
	if (r->serial == 0)
		return;
	a.dataplane = *r;
	arrived(e, now, &a);
}

void
ask_fini(struct engine *e)
{
	struct link *l, *next;
	uint32_t bucket;

	for (bucket = 0; e->asks.bucket != NULL && bucket <= e->asks.mask;
	    bucket++)
		for (l = e->asks.bucket[bucket]; l != NULL; l = next) {
			next = l->next;
			free(table_entry(l, struct ask, link));
		}
	table_fini(&e->asks);
	free(e->answers);
}
