#include "revocation.h"

#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "context.h"
#include "crlcache.h"
#include "crypto/chain.h"
#include "sa.h"
#include "text.h"

/* A source that has not answered for so long has the next one asked as well. */
#define NEXT_POINT_MS	2500

/* A place where something about one certificate may be. */
struct point {
	struct point	*next;		/* of the source */
	struct point	**prev;		/* what points here */
	struct source	*source;	/* NULL: not asked yet */
	struct check	*check;
	const char	*url;		/* the certificate's */
	bool		 waiting;
};

/* A certificate of the chain. */
struct item {
	struct cert	*cert;
	struct cert	*issuer;
	struct point	 point[CERT_URLS_MAX];
	size_t		 n;		/* points */
	size_t		 asked;		/* of them */
	uint64_t	 asked_at;	/* the last one */
	bool		 ocsp;
	bool		 found;		/* verdict stands */
	uint8_t		 verdict;
};

struct check {
	struct check	*next;		/* all of the engine */
	struct check	**prev;
	struct check	*next_due;	/* has something to look at */
	struct timer	 timer;
	revocation_fn	*fn;
	uint64_t	 who;
	uint64_t	 end;
	uint32_t	 serial;
	bool		 strict;
	bool		 due;
	size_t		 n;
	struct item	 item[];
};

/* --- life --- */

static void
point_unlink(struct point *p)
{
	if (p->source == NULL)
		return;
	*p->prev = p->next;
	if (p->next != NULL)
		p->next->prev = p->prev;
	p->source = NULL;
}

static void
check_free(struct engine *e, struct check *c)
{
	size_t i, k;

	for (i = 0; i < c->n; i++) {
		for (k = 0; k < c->item[i].n; k++)
			point_unlink(&c->item[i].point[k]);
		cert_free(c->item[i].cert);
		cert_free(c->item[i].issuer);
	}
	timer_fini(&e->timers, &c->timer);
	*c->prev = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	free(c);
}

static void
check_due(struct engine *e, struct check *c)
{
	if (c->due)
		return;
	c->due = true;
	c->next_due = e->checks_due;
	e->checks_due = c;
}

static void
add_points(struct check *c, struct item *it, bool ocsp)
{
	size_t i, n = ocsp ? cert_n_ocsp_urls(it->cert) :
	    cert_n_crl_urls(it->cert);
	const struct cert_url *u;

	it->ocsp = ocsp;
	for (i = 0; i < n; i++) {
		u = ocsp ? cert_ocsp_url(it->cert, i) :
		    cert_crl_url(it->cert, i);
		if (u->why != NULL)
			continue;
		it->point[it->n].check = c;
		it->point[it->n++].url = u->url;
	}
}

bool
revocation_begin(struct engine *e, const struct conf *conf,
		 const struct cert_chain *chain, uint64_t who, uint32_t serial,
		 revocation_fn *fn)
{
	size_t i, n = chain->n > 0 ? chain->n - 1 : 0;
	struct check *c = calloc(1, sizeof(*c) + n * sizeof(c->item[0]));
	struct item *it;

	if (c == NULL || !timer_init(&e->timers, &c->timer, TIMER_REVOCATION)) {
		free(c);
		return false;
	}
	c->fn = fn;
	c->who = who;
	c->serial = serial;
	c->strict = conf->strict;
	c->end = e->now + REVOCATION_MS;
	c->n = n;
	for (i = 0; i < n; i++) {
		it = &c->item[i];
		it->cert = cert_ref(chain->cert[i]);
		it->issuer = cert_ref(chain->cert[i + 1]);
		add_points(c, it, false);
		if (it->n == 0)
			add_points(c, it, true);
	}
	c->next = e->checks;
	c->prev = &e->checks;
	if (c->next != NULL)
		c->next->prev = &c->next;
	e->checks = c;
	check_due(e, c);
	return true;
}

/* --- finding out --- */

static void
ask_point(struct engine *e, struct item *it, struct point *p)
{
	struct source *s = source_get(e, p->url, it->issuer,
	    it->ocsp ? it->cert : NULL);

	if (s == NULL)
		return;
	p->source = s;
	p->next = s->points;
	p->prev = &s->points;
	if (p->next != NULL)
		p->next->prev = &p->next;
	s->points = p;
}

/* What the sources say that there are by now.  The newest word counts; one that is
 * not in force any more (a certificate was on the list) only if none is, which
 * takes until all have been asked. */
static void
look(struct engine *e, struct item *it)
{
	struct finding f;
	int64_t good = INT64_MIN, bad = INT64_MIN;
	size_t i;

	it->verdict = REVOCATION_UNKNOWN;
	it->found = false;
	for (i = 0; i < it->asked; i++) {
		if (it->point[i].source == NULL)
			continue;
		switch (source_says(e, it->point[i].source, it->cert, &f)) {
		case SAYS_REVOKED:
			it->found |= !f.stale;
			if (f.made > bad)
				bad = f.made;
			break;
		case SAYS_GOOD:
			if (f.made > good)
				good = f.made;
			break;
		case SAYS_NOTHING:
			break;
		}
	}
	if (it->found || bad > good)
		it->verdict = REVOCATION_REVOKED;
	else if (good != INT64_MIN)
		it->verdict = REVOCATION_GOOD;
	it->found |= it->verdict == REVOCATION_GOOD;
}

static bool
waits(const struct item *it)
{
	size_t i;

	for (i = 0; i < it->asked; i++)
		if (it->point[i].waiting)
			return true;
	return false;
}

/* Asks one point after the other, until one has to be waited for. */
static void
advance(struct engine *e, const struct check *c, struct item *it)
{
	struct point *p;

	look(e, it);
	while (!it->found && it->asked < it->n &&
	    (!waits(it) || e->now >= it->asked_at + NEXT_POINT_MS)) {
		p = &it->point[it->asked++];
		ask_point(e, it, p);
		look(e, it);
		if (it->found || p->source == NULL ||
		    !source_load(e, p->source, c->strict))
			continue;
		p->waiting = true;
		it->asked_at = e->now;
	}
	if (!waits(it))
		it->found = true;
}

/* --- what to say --- */

static const char *
kind_str(const struct item *it)
{
	return it->ocsp ? "OCSP answer" : "CRL";
}

/* What the source of a point has to say, or that it was not asked. */
static void
put_point(struct engine *e, struct text *t, const struct item *it,
	  const struct point *p)
{
	struct finding f = { .why = "no room to keep it" };

	if (p->source != NULL)
		(void)source_says(e, p->source, it->cert, &f);
	text_add(t, "%s from %.200s: %s", kind_str(it), p->url, f.why);
}

static void
put_points(struct engine *e, struct text *t, const struct item *it)
{
	const struct cert_url *u;
	size_t i;

	for (i = 0; i < it->asked; i++) {
		text_add(t, "%s", i > 0 ? "; " : "");
		put_point(e, t, it, &it->point[i]);
	}
	if (it->n > 0)
		return;
	for (i = 0; i < cert_n_crl_urls(it->cert); i++) {
		u = cert_crl_url(it->cert, i);
		text_add(t, "%sits distribution point %.200s %s", i > 0 ? "; " : "",
		    u->url, u->why);
	}
	if (i == 0)
		text_add(t, "it names no CRL distribution point and no OCSP "
		    "responder");
}

static void
put_revoked(struct engine *e, struct text *t, const struct item *it)
{
	char name[CERT_NAME_STRLEN];
	const struct point *p = it->point;
	struct finding f = { .why = "" };

	while (p + 1 < it->point + it->asked && (p->source == NULL ||
	    source_says(e, p->source, it->cert, &f) != SAYS_REVOKED))
		p++;
	if (p->source != NULL)
		(void)source_says(e, p->source, it->cert, &f);
	text_add(t, "the certificate '%.160s' is revoked %s (%s from %.200s%s)\n"
	    "a new certificate for %s, from its CA",
	    cert_subject_str(it->cert, name), f.why, kind_str(it), p->url,
	    f.stale ? ", not in force any more" : "",
	    it == p->check->item ? "the peer" : "that CA");
}

static void
put_unknown(struct engine *e, struct text *t, const struct check *c,
	    const struct item *it)
{
	char name[CERT_NAME_STRLEN];

	text_add(t, "nobody knows whether the certificate '%.120s' is "
	    "revoked: ", cert_subject_str(it->cert, name));
	/* Room for what to do. */
	t->size -= 160;
	put_points(e, t, it);
	t->size += 160;
	if (!c->strict) {
		text_add(t, "; the policy is relaxed, so it passes");
		return;
	}
	text_add(t, ", and the policy is strict\n%s" EVENT_HERE "revocation relaxed",
	    it->n == 0 ? "a certificate that names a CRL distribution point "
	    "(http, https or file)" :
	    "make a current CRL reachable there from this machine");
}

static void
answer(struct engine *e, struct check *c, struct revocation_answer *a)
{
	struct text t = { a->why, sizeof(a->why), 0 };
	struct item *worst = NULL;
	size_t i;

	memset(a, 0, sizeof(*a));
	/* As of now: what one was waited for may have changed another. */
	for (i = 0; i < c->n; i++)
		look(e, &c->item[i]);
	for (i = 0; i < c->n; i++)
		if (c->item[i].verdict == REVOCATION_REVOKED ||
		    (c->item[i].verdict == REVOCATION_UNKNOWN &&
		    worst == NULL))
			worst = &c->item[i];
	a->verdict = worst != NULL ? worst->verdict : REVOCATION_GOOD;
	if (a->verdict == REVOCATION_REVOKED)
		put_revoked(e, &t, worst);
	else if (a->verdict == REVOCATION_UNKNOWN)
		put_unknown(e, &t, c, worst);
	a->refuse = a->verdict == REVOCATION_REVOKED ||
	    (a->verdict == REVOCATION_UNKNOWN && c->strict);
	a->code = a->verdict == REVOCATION_REVOKED ? EV_REVOKED : EV_UNCHECKED;
}

/* --- the course of it --- */

static void
finish(struct engine *e, struct check *c)
{
	revocation_fn *fn = c->fn;
	struct revocation_answer a;
	struct ike_sa *sa;

	answer(e, c, &a);
	sa = sa_find(e, c->who);
	if (sa != NULL && sa->serial != c->serial)
		sa = NULL;
	check_free(e, c);
	if (sa != NULL)
		fn(e, sa, &a);
}

/* One that is revoked is enough; else all must be known, or the time be over. */
static bool
done(struct engine *e, struct check *c)
{
	size_t i;
	bool all = true;

	for (i = 0; i < c->n; i++) {
		if (!c->item[i].found)
			advance(e, c, &c->item[i]);
		if (c->item[i].found &&
		    c->item[i].verdict == REVOCATION_REVOKED)
			return true;
		all &= c->item[i].found;
	}
	return all || e->now >= c->end;
}

static void
arm(struct engine *e, struct check *c)
{
	const struct item *it;
	uint64_t at = c->end;

	for (it = c->item; it < c->item + c->n; it++)
		if (!it->found && it->asked < it->n &&
		    it->asked_at + NEXT_POINT_MS < at)
			at = it->asked_at + NEXT_POINT_MS;
	timer_set(&e->timers, &c->timer, at);
}

void
revocation_drain(struct engine *e)
{
	struct check *c;

	while ((c = e->checks_due) != NULL) {
		e->checks_due = c->next_due;
		c->due = false;
		if (done(e, c))
			finish(e, c);
		else
			arm(e, c);
	}
}

void
revocation_settled(struct engine *e, struct source *s)
{
	struct point *p;

	for (p = s->points; p != NULL; p = p->next)
		if (p->waiting) {
			p->waiting = false;
			check_due(e, p->check);
		}
}

void
revocation_expired(struct engine *e, struct timer *t)
{
	check_due(e, table_entry(t, struct check, timer));
}

void
revocation_fini(struct engine *e)
{
	while (e->checks != NULL)
		check_free(e, e->checks);
	e->checks_due = NULL;
}
