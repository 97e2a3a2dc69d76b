#include "timer.h"

#include <stdlib.h>
#include <string.h>

void
timers_init(struct timers *ts)
{
	memset(ts, 0, sizeof(*ts));
}

void
timers_fini(struct timers *ts)
{
	free(ts->heap);
	memset(ts, 0, sizeof(*ts));
}

uint64_t
timers_next(const struct timers *ts)
{
	return ts->n == 0 ? UINT64_MAX : ts->heap[1]->at;
}

static void
put(struct timers *ts, uint32_t pos, struct timer *t)
{
	ts->heap[pos] = t;
	t->pos = pos;
}

static void
sift_up(struct timers *ts, struct timer *t, uint32_t pos)
{
	while (pos > 1 && ts->heap[pos / 2]->at > t->at) {
		put(ts, pos, ts->heap[pos / 2]);
		pos /= 2;
	}
	put(ts, pos, t);
}

static void
sift_down(struct timers *ts, struct timer *t, uint32_t pos)
{
	uint32_t child;

	while ((child = 2 * pos) <= ts->n) {
		if (child < ts->n &&
		    ts->heap[child + 1]->at < ts->heap[child]->at)
			child++;
		if (ts->heap[child]->at >= t->at)
			break;
		put(ts, pos, ts->heap[child]);
		pos = child;
	}
	put(ts, pos, t);
}

bool
timer_init(struct timers *ts, struct timer *t, uint16_t kind)
{
	memset(t, 0, sizeof(*t));
	t->kind = kind;
	if (ts->reserved + 2 > ts->size) {
		uint32_t size = ts->size == 0 ? 64 : ts->size * 2;
		struct timer **heap;

		heap = realloc(ts->heap, size * sizeof(*heap));
		if (heap == NULL)
			return false;
		ts->heap = heap;
		ts->size = size;
	}
	ts->reserved++;
	t->reserved = true;
	return true;
}

void
timer_fini(struct timers *ts, struct timer *t)
{
	timer_stop(ts, t);
	if (t->reserved)
		ts->reserved--;
	t->reserved = false;
}

void
timer_set(struct timers *ts, struct timer *t, uint64_t at)
{
	timer_stop(ts, t);
	t->at = at;
	sift_up(ts, t, ++ts->n);
}

void
timer_stop(struct timers *ts, struct timer *t)
{
	struct timer *last;
	uint32_t pos = t->pos;

	if (pos == 0)
		return;
	t->pos = 0;
	last = ts->heap[ts->n--];
	if (last == t)
		return;
	if (pos > 1 && ts->heap[pos / 2]->at > last->at)
		sift_up(ts, last, pos);
	else
		sift_down(ts, last, pos);
}

struct timer *
timers_due(struct timers *ts, uint64_t now)
{
	struct timer *t;

	if (ts->n == 0 || ts->heap[1]->at > now)
		return NULL;
	t = ts->heap[1];
	timer_stop(ts, t);
	return t;
}
