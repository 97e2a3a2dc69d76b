#include "world_in.h"

#include <stdlib.h>
#include <string.h>

/* The web, which all nodes see, and what fetch does for each of them: downloads,
 * and keeps on disk. */

/* A download of a node, or the octets of one that may be kept. */
struct load {
	struct load	*next;
	uint64_t	 at;		/* UINT64_MAX: never */
	uint32_t	 serial;
	uint32_t	 most;
	uint8_t		 kind;
	bool		 answered;
	char		*url;
};

struct page *
web_find(struct world *w, const char *url)
{
	struct page *p;

	for (p = w->pages; p != NULL && strcmp(p->url, url) != 0; p = p->next)
		;
	return p;
}

struct page *
web_put(struct world *w, const char *url, const void *data, size_t len)
{
	struct page *p = web_find(w, url);

	if (p == NULL) {
		p = need(calloc(1, sizeof(*p)));
		p->url = need(strdup(url));
		p->next = w->pages;
		w->pages = p;
	}
	free(p->data);
	p->data = need(malloc(len + 1));
	memcpy(p->data, data, len);
	p->len = len;
	p->fails = NULL;
	return p;
}

struct kept *
disk_find(struct node *n, const char *url)
{
	struct kept *k;

	for (k = n->disk; k != NULL && strcmp(k->url, url) != 0; k = k->next)
		;
	return k;
}

static void
disk_drop(struct node *n, const char *url)
{
	struct kept **p, *k;

	for (p = &n->disk; (k = *p) != NULL; p = &k->next)
		if (strcmp(k->url, url) == 0) {
			*p = k->next;
			free(k->url);
			free(k->data);
			free(k);
			return;
		}
}

static void
disk_keep(struct node *n, const struct page *pg, uint64_t until)
{
	struct kept *k = need(calloc(1, sizeof(*k)));

	disk_drop(n, pg->url);
	k->url = need(strdup(pg->url));
	k->data = need(malloc(pg->len + 1));
	memcpy(k->data, pg->data, pg->len);
	k->len = pg->len;
	k->until = until;
	k->next = n->disk;
	n->disk = k;
}

static struct load **
load_at(struct node *n, uint32_t serial)
{
	struct load **p;

	for (p = &n->loads; *p != NULL && (*p)->serial != serial;
	    p = &(*p)->next)
		;
	return p;
}

static void
load_free(struct load **p)
{
	struct load *l = *p;

	if (l == NULL)
		return;
	*p = l->next;
	free(l->url);
	free(l);
}

static void
from_disk(struct node *n, const struct load *l, struct fetch_reply *r)
{
	const struct kept *k = disk_find(n, l->url);

	if (k == NULL) {
		r->outcome = FETCH_NONE;
		return;
	}
	r->data = k->data;
	r->len = k->len;
}

static void
from_web(struct node *n, const struct load *l, struct fetch_reply *r)
{
	const struct page *pg = web_find(n->world, l->url);

	r->why = pg == NULL ? "answers 404 Not Found" : pg->fails != NULL ?
	    pg->fails : pg->len > l->most ? "is too long" : NULL;
	if (r->why != NULL) {
		r->outcome = FETCH_FAILED;
		return;
	}
	r->data = pg->data;
	r->len = pg->len;
}

/* The engine may ask for something else meanwhile. */
static void
load_answer(struct node *n, struct load *l)
{
	struct fetch_reply r = { .serial = l->serial, .outcome = FETCH_OK };
	bool cached = l->kind == FETCH_CACHED;

	if (cached)
		from_disk(n, l, &r);
	else
		from_web(n, l, &r);
	l->answered = true;
	if (cached || r.outcome != FETCH_OK)
		load_free(load_at(n, l->serial));
	ENGINE(engine_fetched(n->engine, node_now(n), &r));
}

static struct load *
load_due(struct node *n)
{
	struct load *l, *first = NULL;

	for (l = n->loads; l != NULL; l = l->next)
		if (!l->answered && (first == NULL || l->at < first->at))
			first = l;
	return first;
}

uint64_t
web_next(const struct node *n)
{
	const struct load *l = load_due((struct node *)n);

	return l != NULL && n->engine != NULL && !n->frozen ? l->at : UINT64_MAX;
}

void
web_step(struct node *n)
{
	load_answer(n, load_due(n));
}

static void
begin(struct node *n, const struct fetch_request *rq)
{
	struct page *pg = web_find(n->world, rq->url);
	struct load *l = need(calloc(1, sizeof(*l)));

	l->serial = rq->serial;
	l->most = rq->most;
	l->kind = rq->kind;
	l->url = need(strdup(rq->url));
	l->at = n->world->now;
	l->next = n->loads;
	n->loads = l;
	if (rq->kind == FETCH_CACHED) {
		n->disk_asked++;
	} else {
		n->web_asked++;
		if (pg != NULL) {
			pg->asked++;
			l->at = pg->hangs ? UINT64_MAX : l->at + pg->delay;
		}
	}
	if (l->at == n->world->now && n->latency == 0)
		load_answer(n, l);
}

void
web_fetch(void *ctx, const struct fetch_request *rq)
{
	struct node *n = ctx;
	struct load **l;
	OUTSIDE;

	switch (rq->kind) {
	case FETCH_KEEP:
		l = load_at(n, rq->serial);
		if (*l != NULL)
			disk_keep(n, web_find(n->world, (*l)->url), rq->until);
		load_free(l);
		break;
	case FETCH_END:
		load_free(load_at(n, rq->serial));
		break;
	case FETCH_DROP:
		disk_drop(n, rq->url);
		break;
	default:
		begin(n, rq);
		break;
	}
}

void
web_stop(struct node *n)
{
	while (n->loads != NULL)
		load_free(&n->loads);
}

void
web_fini(struct world *w)
{
	struct page *p;
	size_t i;

	for (i = 0; i < w->n; i++)
		while (w->node[i].disk != NULL)
			disk_drop(&w->node[i], w->node[i].disk->url);
	while ((p = w->pages) != NULL) {
		w->pages = p->next;
		free(p->url);
		free(p->data);
		free(p);
	}
}
