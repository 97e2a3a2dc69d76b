#include "table.h"

#include <stdlib.h>
#include <string.h>

#define TABLE_FIRST	64

bool
table_init(struct table *t)
{
	memset(t, 0, sizeof(*t));
	t->bucket = calloc(TABLE_FIRST, sizeof(t->bucket[0]));
	if (t->bucket == NULL)
		return false;
	t->mask = TABLE_FIRST - 1;
	return true;
}

void
table_fini(struct table *t)
{
	free(t->bucket);
	memset(t, 0, sizeof(*t));
}

static void
grow(struct table *t)
{
	uint32_t mask = t->mask * 2 + 1, i;
	struct link **bucket = calloc((size_t)mask + 1, sizeof(*bucket));
	struct link *l, *next;

	if (bucket == NULL)
		return;
	for (i = 0; i <= t->mask; i++)
		for (l = t->bucket[i]; l != NULL; l = next) {
			next = l->next;
			l->next = bucket[l->hash & mask];
			bucket[l->hash & mask] = l;
		}
	free(t->bucket);
	t->bucket = bucket;
	t->mask = mask;
}

void
table_add(struct table *t, struct link *l, uint32_t hash)
{
	if (t->n > t->mask)
		grow(t);
	l->hash = hash;
	l->next = t->bucket[hash & t->mask];
	l->in = true;
	t->bucket[hash & t->mask] = l;
	t->n++;
}

void
table_del(struct table *t, struct link *l)
{
	struct link **p;

	if (!l->in)
		return;
	for (p = &t->bucket[l->hash & t->mask]; *p != NULL; p = &(*p)->next)
		if (*p == l) {
			*p = l->next;
			t->n--;
			break;
		}
	l->in = false;
	l->next = NULL;
}

static struct link *
same(struct link *l, uint32_t hash)
{
	while (l != NULL && l->hash != hash)
		l = l->next;
	return l;
}

struct link *
table_find(const struct table *t, uint32_t hash)
{
	return same(t->bucket[hash & t->mask], hash);
}

struct link *
table_again(const struct link *l)
{
	return same(l->next, l->hash);
}

struct link *
table_walk(const struct table *t, uint32_t *bucket, struct link *l)
{
	if (l != NULL)
		l = l->next;
	while (l == NULL && *bucket <= t->mask)
		l = t->bucket[(*bucket)++];
	return l;
}

static uint64_t
mix(uint64_t h)
{
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdULL;
	h ^= h >> 33;
	h *= 0xc4ceb9fe1a85ec53ULL;
	h ^= h >> 33;
	return h;
}

uint32_t
hash_u64(uint64_t value, uint64_t seed)
{
	return (uint32_t)mix(mix(value ^ seed) + seed);
}
