#include "download.h"

#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "crlcache.h"
#include "table.h"
#include "timer.h"

struct download {
	struct link	 by_serial;
	struct link	 by_url;	/* not FETCH_POST: its body is its own */
	struct timer	 timer;
	struct source	*waiting;
	uint32_t	 serial;
	uint8_t		 kind;
	bool		 over;		/* finish() frees it */
	char		 url[];
};

/* One that came inside a call. */
struct fetched {
	struct fetched	*next;
	struct fetch_reply reply;
	char		 why[256];
	uint8_t		 data[];
};

static uint32_t
url_hash(const struct engine *e, enum fetch_kind kind, const char *url)
{
	uint64_t h = e->seed + kind;

	while (*url != '\0')
		h = (h ^ (uint8_t)*url++) * 0x100000001b3ULL + (h >> 31);
	return hash_u64(h, e->seed);
}

static struct download *
find(const struct engine *e, enum fetch_kind kind, const char *url)
{
	struct link *l = table_find(&e->downloads_by_url,
	    url_hash(e, kind, url));
	struct download *d;

	for (; l != NULL; l = table_again(l)) {
		d = table_entry(l, struct download, by_url);
		if (d->kind == kind && strcmp(d->url, url) == 0)
			return d;
	}
	return NULL;
}

static struct download *
find_serial(const struct engine *e, uint32_t serial)
{
	struct link *l = table_find(&e->downloads, hash_u64(serial, 0));
	struct download *d;

	for (; l != NULL; l = table_again(l)) {
		d = table_entry(l, struct download, by_serial);
		if (d->serial == serial)
			return d;
	}
	return NULL;
}

static void
join(struct download *d, struct source *s)
{
	s->download = d;
	s->next_waiting = d->waiting;
	d->waiting = s;
}

/* It is in no table any more, and nobody waits for it. */
static void
take_out(struct engine *e, struct download *d)
{
	table_del(&e->downloads, &d->by_serial);
	table_del(&e->downloads_by_url, &d->by_url);
	timer_fini(&e->timers, &d->timer);
}

static void
say(struct engine *e, enum fetch_kind kind, uint32_t serial, const char *url,
    uint64_t until)
{
	struct fetch_request rq = {
		.serial = serial, .kind = (uint8_t)kind, .url = url,
		.until = until,
	};

	if (e->ops->fetch != NULL)	/* not while the engine goes */
		e->ops->fetch(e->ctx, &rq);
}

bool
download_begin(struct engine *e, struct source *s, enum fetch_kind kind,
	       const char *url, size_t most, const void *body, size_t len)
{
	struct fetch_request rq = {
		.kind = (uint8_t)kind, .most = (uint32_t)most, .url = url,
		.body = body, .len = len,
	};
	struct download *d = kind != FETCH_POST ? find(e, kind, url) : NULL;
	size_t size = strlen(url) + 1;

	if (d != NULL) {
		join(d, s);
		return true;
	}
	if (e->ops->fetch == NULL || (d = calloc(1, sizeof(*d) + size)) == NULL)
		return false;
	if (!timer_init(&e->timers, &d->timer, TIMER_DOWNLOAD)) {
		free(d);
		return false;
	}
	if (++e->next_download == 0)
		e->next_download = 1;
	rq.serial = d->serial = e->next_download;
	d->kind = (uint8_t)kind;
	memcpy(d->url, url, size);
	table_add(&e->downloads, &d->by_serial, hash_u64(d->serial, 0));
	if (kind != FETCH_POST)
		table_add(&e->downloads_by_url, &d->by_url,
		    url_hash(e, kind, url));
	timer_set(&e->timers, &d->timer, e->now +
	    (kind == FETCH_CACHED ? DOWNLOAD_DISK_MS : DOWNLOAD_MS));
	join(d, s);
	e->ops->fetch(e->ctx, &rq);
	return true;
}

void
download_leave(struct engine *e, struct source *s)
{
	struct download *d = s->download;
	struct source **p;

	if (d == NULL)
		return;
	for (p = &d->waiting; *p != s; p = &(*p)->next_waiting)
		;
	*p = s->next_waiting;
	s->download = NULL;
	if (d->waiting != NULL || d->over)
		return;
	take_out(e, d);
	say(e, FETCH_END, d->serial, NULL, 0);
	free(d);
}

/* Tells all who wait; each may begin another download of the same URL.  over:
 * nothing more will come. */
static void
finish(struct engine *e, struct download *d, const struct fetch_reply *r,
       bool over)
{
	uint64_t until = 0, keep;
	struct source *s;

	take_out(e, d);
	d->over = true;
	while ((s = d->waiting) != NULL) {
		d->waiting = s->next_waiting;
		s->download = NULL;
		keep = source_loaded(e, s, (enum fetch_kind)d->kind, r);
		if (keep > until)
			until = keep;
	}
	if (d->kind == FETCH_GET && until != 0)
		say(e, FETCH_KEEP, d->serial, NULL, until);
	else if (!over || (d->kind != FETCH_CACHED && r->outcome == FETCH_OK))
		say(e, FETCH_END, d->serial, NULL, 0);
	else if (r->outcome == FETCH_OK && until == 0)
		say(e, FETCH_DROP, 0, d->url, 0);
	free(d);
}

void
download_expired(struct engine *e, struct timer *t)
{
	struct download *d = table_entry(t, struct download, timer);
	struct fetch_reply r = {
		.serial = d->serial, .outcome = FETCH_FAILED,
		.why = "not reachable in 10 s",
	};

	finish(e, d, &r, false);
}

static void
arrived(struct engine *e, const struct fetch_reply *r)
{
	struct download *d = find_serial(e, r->serial);

	if (d != NULL)
		finish(e, d, r, true);
}

static void
later(struct engine *e, const struct fetch_reply *r)
{
	struct fetched *f = malloc(sizeof(*f) + r->len), **p;

	if (f == NULL)
		return;		/* as if it had been lost on the way */
	f->next = NULL;
	f->reply = *r;
	f->why[0] = '\0';
	if (r->why != NULL)
		strncat(f->why, r->why, sizeof(f->why) - 1);
	if (r->len > 0)
		memcpy(f->data, r->data, r->len);
	f->reply.why = f->why;
	f->reply.data = f->data;
	for (p = &e->fetched; *p != NULL; p = &(*p)->next)
		;
	*p = f;
}

void
download_drain(struct engine *e)
{
	struct fetched *f;

	while ((f = e->fetched) != NULL) {
		e->fetched = f->next;
		arrived(e, &f->reply);
		free(f);
	}
}

void
engine_fetched(struct engine *e, uint64_t now, const struct fetch_reply *r)
{
	if (e->depth > 0) {
		later(e, r);
		return;
	}
	engine_enter(e, now);
	arrived(e, r);
	engine_leave(e);
}

void
download_fini(struct engine *e)
{
	struct link *l, *next;
	struct fetched *f;
	uint32_t i;

	for (i = 0; e->downloads.bucket != NULL && i <= e->downloads.mask; i++)
		for (l = e->downloads.bucket[i]; l != NULL; l = next) {
			next = l->next;
			free(table_entry(l, struct download, by_serial));
		}
	table_fini(&e->downloads);
	table_fini(&e->downloads_by_url);
	while ((f = e->fetched) != NULL) {
		e->fetched = f->next;
		free(f);
	}
}
