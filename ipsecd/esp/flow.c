#include "flow.h"

#include <stdlib.h>
#include <string.h>

struct tuple {
	uint8_t		 family;
	uint8_t		 local_len;
	uint8_t		 remote_len;
	struct ip_key	 local_mask;
	struct ip_key	 remote_mask;
	struct flow	**bucket;
	size_t		 size;		/* a power of two */
	size_t		 count;
};

static uint64_t
mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 32;
}

static size_t
slot(const struct tuple *t, const struct ip_key *l, const struct ip_key *r)
{
	uint64_t h = mix(mix(0, l->w[0]), l->w[1]);

	return (size_t)mix(mix(h, r->w[0]), r->w[1]) & (t->size - 1);
}

static struct ip_key
masked(const struct ip_key *k, const struct ip_key *m)
{
	return (struct ip_key){ { k->w[0] & m->w[0], k->w[1] & m->w[1] } };
}

static bool
key_equal(const struct ip_key *a, const struct ip_key *b)
{
	return a->w[0] == b->w[0] && a->w[1] == b->w[1];
}

static struct flow *
tuple_find(const struct tuple *t, const struct ip_key *l, const struct ip_key *r)
{
	struct flow *f = t->bucket[slot(t, l, r)];

	while (f && !(key_equal(&f->local, l) && key_equal(&f->remote, r)))
		f = f->next;
	return f;
}

struct flow *
flow_next(const struct flow_set *s, size_t *at, uint8_t family,
	  const struct ip_key *local, const struct ip_key *remote)
{
	while (*at < s->n) {
		const struct tuple *t = s->tuples[(*at)++];
		struct ip_key l = masked(local, &t->local_mask);
		struct ip_key r = masked(remote, &t->remote_mask);
		struct flow *f;

		if (t->family == family && (f = tuple_find(t, &l, &r)))
			return f;
	}
	return NULL;
}

/* The remote side decides, as in a routing table; then the local one. */
static bool
more_specific(const struct tuple *a, const struct tuple *b)
{
	if (a->remote_len != b->remote_len)
		return a->remote_len > b->remote_len;
	return a->local_len > b->local_len;
}

static void
tuple_free(struct tuple *t)
{
	if (t)
		free(t->bucket);
	free(t);
}

static struct tuple *
tuple_new(const struct prefix *local, const struct prefix *remote)
{
	struct tuple *t = calloc(1, sizeof(*t));
	struct selector l, r;

	if (!t)
		return NULL;
	selector_init(&l, local);
	selector_init(&r, remote);
	t->family = local->addr.family;
	t->local_len = local->len;
	t->remote_len = remote->len;
	t->local_mask = l.mask;
	t->remote_mask = r.mask;
	t->size = 8;
	t->bucket = calloc(t->size, sizeof(struct flow *));
	if (t->bucket)
		return t;
	tuple_free(t);
	return NULL;
}

static struct tuple *
tuple_get(struct flow_set *s, const struct prefix *local, const struct prefix *remote)
{
	struct tuple *t, **v;
	size_t i;

	for (i = 0; i < s->n; i++) {
		t = s->tuples[i];
		if (t->family == local->addr.family && t->local_len == local->len &&
		    t->remote_len == remote->len)
			return t;
	}
	v = realloc(s->tuples, (s->n + 1) * sizeof(struct tuple *));
	if (!v)
		return NULL;
	s->tuples = v;
	t = tuple_new(local, remote);
	if (!t)
		return NULL;
	for (i = s->n++; i > 0 && more_specific(t, v[i - 1]); i--)
		v[i] = v[i - 1];
	return v[i] = t;
}

static void
tuple_drop(struct flow_set *s, struct tuple *t)
{
	size_t i = 0;

	while (s->tuples[i] != t)
		i++;
	s->n--;
	memmove(s->tuples + i, s->tuples + i + 1,
	    (s->n - i) * sizeof(struct tuple *));
	tuple_free(t);
}

/* Failing is harmless: longer chains. */
static void
tuple_grow(struct tuple *t)
{
	struct tuple bigger = *t;
	size_t i;

	bigger.size = t->size * 4;
	bigger.bucket = calloc(bigger.size, sizeof(struct flow *));
	if (!bigger.bucket)
		return;
	for (i = 0; i < t->size; i++) {
		struct flow *f, *next;

		for (f = t->bucket[i]; f; f = next) {
			size_t at = slot(&bigger, &f->local, &f->remote);

			next = f->next;
			f->next = bigger.bucket[at];
			bigger.bucket[at] = f;
		}
	}
	free(t->bucket);
	*t = bigger;
}

struct flow *
flow_get(struct flow_set *s, const struct prefix *local, const struct prefix *remote)
{
	struct tuple *t = tuple_get(s, local, remote);
	struct selector l, r;
	struct flow *f;
	size_t at;

	if (!t)
		return NULL;
	selector_init(&l, local);
	selector_init(&r, remote);
	f = tuple_find(t, &l.value, &r.value);
	if (f)
		return f;
	f = calloc(1, sizeof(*f));
	if (!f) {
		if (t->count == 0)
			tuple_drop(s, t);
		return NULL;
	}
	if (++t->count > t->size)
		tuple_grow(t);
	f->tuple = t;
	f->local = l.value;
	f->remote = r.value;
	at = slot(t, &f->local, &f->remote);
	f->next = t->bucket[at];
	t->bucket[at] = f;
	return f;
}

void
flow_put(struct flow_set *s, struct flow *f)
{
	struct tuple *t;
	struct flow **at;

	if (!f || f->sas || f->policies)
		return;
	t = f->tuple;
	at = &t->bucket[slot(t, &f->local, &f->remote)];
	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	free(f);
	if (--t->count == 0)
		tuple_drop(s, t);
}

void
flow_set_fini(struct flow_set *s)
{
	size_t i, b;

	for (i = 0; i < s->n; i++) {
		struct tuple *t = s->tuples[i];

		for (b = 0; b < t->size; b++) {
			while (t->bucket[b]) {
				struct flow *f = t->bucket[b];

				t->bucket[b] = f->next;
				free(f);
			}
		}
		tuple_free(t);
	}
	free(s->tuples);
	s->tuples = NULL;
	s->n = 0;
}
