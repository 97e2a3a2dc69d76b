#include "half.h"

#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "machine.h"
#include "sa.h"

#define PLAIN_SHARE	4	/* of max: without a cookie, from one source */
#define PROVEN_TIMES	4	/* max: with */
#define ALL_TIMES	16
#define LOOKED_AT_MAX	256
#define KEPT_MAX	(4u << 20)	/* octets of a source */
#define CHANCE_MS	1000	/* to go on, before the oldest gives way */

/* Where half-open ones come from; there as long as one of them is. */
struct source {
	struct link	 link;
	struct addr	 prefix;
	uint32_t	 plain, proven;
	size_t		 kept;		/* octets, of all of its own */
};

struct half {
	struct half	*next, **prev;
	struct ike_sa	*sa;
	struct source	*source;
	uint64_t	 since;
	size_t		 kept;
	bool		 proven;
};

void
half_init(struct halves *h)
{
	h->plain1 = 0;
	h->oldest = NULL;
	h->newest = &h->oldest;
}

static bool
is_plain1(const struct half *h)
{
	return !h->proven && h->sa->machine->version == 1;
}

static void
prefix_of(const struct addr *a, struct addr *prefix)
{
	*prefix = *a;
	if (a->family == AF_INET6)
		memset(prefix->b + 8, 0, 8);
}

static struct source *
find(struct engine *e, const struct addr *prefix)
{
	struct link *l = table_find(&e->sources,
	    addr_hash(prefix, (uint32_t)e->seed));
	struct source *s;

	for (; l != NULL; l = table_again(l)) {
		s = table_entry(l, struct source, link);
		if (addr_equal(&s->prefix, prefix))
			return s;
	}
	return NULL;
}

/* Whoever has had time to go on, and did not, makes room. */
static bool
goes(struct engine *e, struct half *h)
{
	if (h == NULL || e->now - h->since < CHANCE_MS)
		return false;
	engine_drop(e, &h->sa->remote, "half-open IKE_SA made room for another");
	sa_free(e, h->sa);
	return true;
}

static bool
make_room(struct engine *e)
{
	return e->stats.half_open < (uint64_t)e->set.half_open_max * ALL_TIMES ||
	    goes(e, e->half.oldest);
}

enum half_verdict
half_judge(struct engine *e, const struct addr *from, bool cookie)
{
	uint32_t max = e->set.half_open_max, share = max / PLAIN_SHARE;
	struct addr prefix;
	struct source *s;

	prefix_of(from, &prefix);
	s = find(e, &prefix);
	if (!cookie && (e->stats.half_open >= max ||
	    (s != NULL && s->plain + s->proven >= (share > 0 ? share : 1))))
		return HALF_COOKIE;
	if (s != NULL && s->plain + s->proven >= (uint64_t)max * PROVEN_TIMES)
		return HALF_FULL;
	return make_room(e) ? HALF_WELCOME : HALF_FULL;
}

/* The oldest of IKEv1 that has shown nothing goes, if it had its chance; s: of that
 * source, NULL: of any. */
static bool
give_way(struct engine *e, const struct source *s)
{
	struct half *h = e->half.oldest;
	unsigned int i;

	for (i = 0; i < LOOKED_AT_MAX && h != NULL; i++, h = h->next)
		if (is_plain1(h) && (s == NULL || h->source == s))
			return goes(e, h);
	return s == NULL && goes(e, e->half.oldest);
}

enum half_verdict
half_judge1(struct engine *e, const struct addr *from)
{
	uint32_t max = e->set.half_open_max, share = max / PLAIN_SHARE;
	struct addr prefix;
	struct source *s;

	prefix_of(from, &prefix);
	s = find(e, &prefix);
	if (s != NULL && s->proven >= (uint64_t)max * PROVEN_TIMES)
		return HALF_FULL;
	/* The source may be forged, and the peer's. */
	if (s != NULL && s->plain >= (share > 0 ? share : 1) && !give_way(e, s))
		return HALF_FULL;
	if (e->half.plain1 >= max && !give_way(e, NULL))
		return HALF_FULL;
	return make_room(e) ? HALF_WELCOME : HALF_FULL;
}

bool
half_add(struct engine *e, struct ike_sa *sa, bool cookie)
{
	struct half *h = calloc(1, sizeof(*h));
	struct addr prefix;
	struct source *s;

	prefix_of(&sa->remote.addr, &prefix);
	s = find(e, &prefix);
	if (h != NULL && s == NULL && (s = calloc(1, sizeof(*s))) != NULL) {
		s->prefix = prefix;
		table_add(&e->sources, &s->link,
		    addr_hash(&prefix, (uint32_t)e->seed));
	}
	if (h == NULL || s == NULL) {
		free(h);
		return false;
	}
	h->sa = sa;
	h->source = s;
	h->since = e->now;
	h->proven = cookie;
	e->half.plain1 += is_plain1(h);
	*(cookie ? &s->proven : &s->plain) += 1;
	h->prev = e->half.newest;
	*e->half.newest = h;
	e->half.newest = &h->next;
	sa->half = h;
	e->stats.half_open++;
	return true;
}

void
half_prove(struct engine *e, struct ike_sa *sa)
{
	struct half *h = sa->half;

	if (h == NULL || h->proven)
		return;
	e->half.plain1 -= is_plain1(h);
	h->source->plain--;
	h->source->proven++;
	h->proven = true;
}

void
half_end(struct engine *e, struct ike_sa *sa)
{
	struct half *h = sa->half;
	struct source *s;

	if (h == NULL)
		return;
	s = h->source;
	e->half.plain1 -= is_plain1(h);
	*(h->proven ? &s->proven : &s->plain) -= 1;
	s->kept -= h->kept;
	if (s->plain + s->proven == 0) {
		table_del(&e->sources, &s->link);
		free(s);
	}
	*h->prev = h->next;
	if (h->next != NULL)
		h->next->prev = h->prev;
	else
		e->half.newest = h->prev;
	free(h);
	sa->half = NULL;
	e->stats.half_open--;
}

bool
half_has_room(const struct ike_sa *sa, size_t len)
{
	return sa->half == NULL || sa->half->source->kept + len <= KEPT_MAX;
}

void
half_keeps(struct ike_sa *sa, size_t len)
{
	if (sa->half == NULL)
		return;
	sa->half->kept += len;
	sa->half->source->kept += len;
}

void
half_forgets(struct ike_sa *sa, size_t len)
{
	if (sa->half == NULL)
		return;
	sa->half->kept -= len;
	sa->half->source->kept -= len;
}
