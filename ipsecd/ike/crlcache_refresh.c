/*
 * crlcache_refresh: when a CRL is fetched again: by its age, or by command.
 */
#include "crlcache_in.h"

#include <stdlib.h>

#include "context.h"
#include "crypto/crl.h"

#define DAY_S		86400
#define REFRESH_MIN_S	60		/* between two refreshes */
#define REFRESH_FAILED_S 300		/* after one that failed */

/* --- by age --- */

/* Half of its life, some a little later, so that not all who have it ask at once;
 * when that is over and there was nothing newer, half of what is left. */
static uint64_t
refresh_after(struct engine *e, const struct source *s, uint64_t now)
{
	uint64_t this = (uint64_t)crl_this_update(s->crl);
	uint64_t next = (uint64_t)crl_next_update(s->crl);
	uint64_t life = next > this ? next - this : 0, half = this + life / 2;
	uint64_t left;

	if (s->why != NULL || next <= now)
		left = REFRESH_FAILED_S;
	else if (half > now)
		left = half - now;
	else
		left = (next - now) / 2;
	left += engine_jitter(e, (uint32_t)(left < life ? left : life) / 4);
	return left > REFRESH_MIN_S ? left : REFRESH_MIN_S;
}

void
source_plan_refresh(struct engine *e, struct source *s)
{
	uint64_t now = crlcache_wall(e), after;

	if (s->crl == NULL)
		return;
	after = refresh_after(e, s, now);
	s->refresh_wall = now + after;
	if (after > DAY_S)		/* look at the clock meanwhile */
		after = DAY_S;
	timer_set(&e->timers, &s->refresh, e->now + after * 1000);
}

/* Somebody asked for it within a day, or within its life. */
static bool
wanted(const struct engine *e, const struct source *s)
{
	int64_t life = s->crl == NULL ? 0 : crl_next_update(s->crl) -
	    crl_this_update(s->crl);

	if (life < DAY_S)
		life = DAY_S;
	return e->now - s->used <= (uint64_t)life * 1000;
}

void
source_refresh(struct engine *e, struct timer *t)
{
	struct source *s = table_entry(t, struct source, refresh);
	uint64_t now = crlcache_wall(e);

	if (!wanted(e, s))
		return;			/* the next who asks fetches it */
	if (s->refresh_wall > now) {
		uint64_t ms = (s->refresh_wall - now) * 1000;

		timer_set(&e->timers, t, e->now +
		    (ms < DAY_S * 1000ULL ? ms : DAY_S * 1000ULL));
		return;
	}
	if (!source_begin(e, s, FETCH_GET))
		source_plan_refresh(e, s);
}

/* --- by command, all of them --- */

size_t
engine_crls_refresh(struct engine *e, uint64_t now, void (*done)(void *),
		    void *arg)
{
	struct crl_refresh *r = malloc(sizeof(*r));
	struct source *s;
	size_t n = 0;

	if (r == NULL)
		return 0;
	engine_enter(e, now);
	for (s = e->sources_newest; s != NULL; s = s->older) {
		s->used = e->now;
		s->wished = source_begin(e, s, FETCH_GET);
		n += s->wished;
	}
	if (n > 0) {
		r->done = done;
		r->arg = arg;
		r->next = e->crl_refreshes;
		e->crl_refreshes = r;
	} else {
		free(r);
	}
	engine_leave(e);
	return n;
}

void
source_wish_over(struct engine *e, struct source *s)
{
	struct crl_refresh *r;

	if (!s->wished)
		return;
	s->wished = false;
	for (s = e->sources_newest; s != NULL; s = s->older)
		if (s->wished)
			return;
	while ((r = e->crl_refreshes) != NULL) {
		e->crl_refreshes = r->next;
		r->done(r->arg);
		free(r);
	}
}
