#include "subnets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
subnets_set(struct subnets *s, const struct prefix *local,
	    const struct prefix *remote)
{
	memset(s, 0, sizeof(*s));
	s->n_local = s->n_remote = 1;
	s->p[0] = *local;
	s->p[1] = *remote;
}

static bool
among(const struct prefix *list, size_t n, const struct prefix *p)
{
	while (n-- > 0)
		if (prefix_equal(&list[n], p))
			return true;
	return false;
}

bool
subnets_add_local(struct subnets *s, const struct prefix *p)
{
	if (among(s->p, s->n_local, p))
		return true;
	if (s->n_local == SUBNETS_MAX)
		return false;
	memmove(s->p + s->n_local + 1, s->p + s->n_local,
	    s->n_remote * sizeof(s->p[0]));
	s->p[s->n_local++] = *p;
	return true;
}

bool
subnets_add_remote(struct subnets *s, const struct prefix *p)
{
	if (among(subnets_remote(s), s->n_remote, p))
		return true;
	if (s->n_remote == SUBNETS_MAX)
		return false;
	s->p[s->n_local + s->n_remote++] = *p;
	return true;
}

bool
subnets_equal(const struct subnets *a, const struct subnets *b)
{
	size_t i;

	if (a->n_local != b->n_local || a->n_remote != b->n_remote)
		return false;
	for (i = 0; i < a->n_local; i++)
		if (!among(b->p, b->n_local, &a->p[i]))
			return false;
	for (i = 0; i < a->n_remote; i++)
		if (!among(subnets_remote(b), b->n_remote, subnets_remote(a) + i))
			return false;
	return true;
}

static size_t
used(const struct subnets *s)
{
	return offsetof(struct subnets, p) +
	    ((size_t)s->n_local + s->n_remote) * sizeof(s->p[0]);
}

void
subnets_copy(struct subnets *to, const struct subnets *from)
{
	memcpy(to, from, used(from));
}

struct subnets *
subnets_dup(const struct subnets *s)
{
	struct subnets *d = malloc(used(s));

	if (d != NULL)
		subnets_copy(d, s);
	return d;
}

bool
subnets_next(const struct subnets *s, size_t *at, const struct prefix **local,
	     const struct prefix **remote)
{
	while (*at < (size_t)s->n_local * s->n_remote) {
		*local = s->p + *at / s->n_remote;
		*remote = subnets_remote(s) + *at % s->n_remote;
		++*at;
		if ((*local)->addr.family != 0 &&
		    (*local)->addr.family == (*remote)->addr.family)
			return true;
	}
	return false;
}

size_t
subnets_pairs(const struct subnets *s)
{
	const struct prefix *l, *r;
	size_t at = 0, n = 0;

	while (subnets_next(s, &at, &l, &r))
		n++;
	return n;
}

bool
subnets_has(const struct subnets *s, const struct prefix *local,
	    const struct prefix *remote)
{
	return local->addr.family == remote->addr.family &&
	    among(s->p, s->n_local, local) &&
	    among(subnets_remote(s), s->n_remote, remote);
}

const char *
prefixes_str(const struct prefix *p, size_t n, char *buf, size_t size)
{
	char one[PREFIX_STRLEN];
	size_t i, at = 0, len;

	buf[0] = '\0';
	for (i = 0; i < n; i++) {
		len = strlen(prefix_str(&p[i], one));
		if (at + len + (i + 1 < n ? 5 : 1) >= size) {
			snprintf(buf + at, size - at, "%s...", i > 0 ? " " : "");
			break;
		}
		at += (size_t)snprintf(buf + at, size - at, "%s%s",
		    i > 0 ? " " : "", one);
	}
	return buf;
}
