#include "crlcache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "crypto/cert.h"
#include "crypto/crl.h"
#include "download.h"
#include "revocation.h"
#include "tunnel.h"

#define DAY_S		86400
#define REFRESH_MIN_S	60		/* between two refreshes */
#define REFRESH_FAILED_S 300		/* after one that failed */

static void wish_over(struct engine *, struct source *);

static uint64_t
wall(const struct engine *e)
{
	return e->ops->wall(e->ctx);
}

/* --- the table, and the order of use --- */

static uint32_t
source_hash(const struct engine *e, const char *url, const struct cert *issuer,
	    const struct cert *cert)
{
	uint64_t h, id[2] = { 0, 0 };

	memcpy(&id[0], cert_sha256(issuer), sizeof(id[0]));
	if (cert != NULL)
		memcpy(&id[1], cert_sha256(cert), sizeof(id[1]));
	for (h = e->seed ^ id[0]; *url != '\0'; url++)
		h = (h ^ (uint8_t)*url) * 0x100000001b3ULL + (h >> 31);
	return hash_u64(h ^ id[1], e->seed);
}

const char *
source_kind_str(const struct source *s)
{
	return s->cert != NULL ? "OCSP answer" : "CRL";
}

static bool
same_cert(const struct cert *a, const struct cert *b)
{
	return a == b || (a != NULL && b != NULL && cert_equal(a, b));
}

static void
unlink_use(struct engine *e, struct source *s)
{
	*(s->older != NULL ? &s->older->newer : &e->sources_oldest) = s->newer;
	*(s->newer != NULL ? &s->newer->older : &e->sources_newest) = s->older;
}

static void
link_use(struct engine *e, struct source *s)
{
	s->newer = NULL;
	s->older = e->sources_newest;
	*(s->older != NULL ? &s->older->newer : &e->sources_oldest) = s;
	e->sources_newest = s;
}

static void
set_crl(struct engine *e, struct source *s, struct crl *crl)
{
	if (s->crl != NULL)
		e->crl_octets -= crl_octets(s->crl);
	if (crl != NULL)
		e->crl_octets += crl_octets(crl);
	crl_free(s->crl);
	s->crl = crl;
}

static void
source_free(struct engine *e, struct source *s)
{
	download_leave(e, s);
	wish_over(e, s);
	unlink_use(e, s);
	table_del(&e->crl_sources, &s->link);
	timer_fini(&e->timers, &s->refresh);
	set_crl(e, s, NULL);
	cert_free(s->issuer);
	cert_free(s->cert);
	free(s->why);
	free(s);
}

/* The one not used for longest goes, unless somebody waits for it. */
static bool
make_room(struct engine *e, const struct source *but)
{
	struct source *s;

	for (s = e->sources_oldest; s != NULL; s = s->newer)
		if (s != but && s->points == NULL) {
			source_free(e, s);
			return true;
		}
	return false;
}

static struct source *
source_new(struct engine *e, const char *url, const struct cert *issuer,
	   const struct cert *cert)
{
	size_t size = strlen(url) + 1;
	struct source *s = calloc(1, sizeof(*s) + size);

	if (s == NULL || !timer_init(&e->timers, &s->refresh, TIMER_CRL)) {
		free(s);
		return NULL;
	}
	memcpy(s->url, url, size);
	s->issuer = cert_ref(issuer);
	s->cert = cert != NULL ? cert_ref(cert) : NULL;
	table_add(&e->crl_sources, &s->link, source_hash(e, url, issuer, cert));
	link_use(e, s);
	return s;
}

struct source *
source_get(struct engine *e, const char *url, const struct cert *issuer,
	   const struct cert *cert)
{
	struct link *l = table_find(&e->crl_sources,
	    source_hash(e, url, issuer, cert));
	struct source *s;

	for (; l != NULL; l = table_again(l)) {
		s = table_entry(l, struct source, link);
		if (strcmp(s->url, url) == 0 && cert_equal(s->issuer, issuer) &&
		    same_cert(s->cert, cert)) {
			unlink_use(e, s);
			link_use(e, s);
			return s;
		}
	}
	if (e->crl_sources.n >= SOURCES_MAX && !make_room(e, NULL))
		return NULL;
	return source_new(e, url, issuer, cert);
}

/* --- when it is fetched again --- */

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

static void
plan_refresh(struct engine *e, struct source *s)
{
	uint64_t now = wall(e), after;

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

static bool
begin(struct engine *e, struct source *s, enum fetch_kind kind)
{
	uint8_t body[OCSP_REQUEST_MAX];
	size_t len;

	if (s->download != NULL)
		return true;
	if (s->cert == NULL)
		return download_begin(e, s, kind, s->url, CRL_MAX, NULL, 0);
	len = ocsp_request(e->crypto, s->cert, s->issuer, body);
	return len > 0 && download_begin(e, s, FETCH_POST, s->url,
	    OCSP_ANSWER_MAX, body, len);
}

void
source_refresh(struct engine *e, struct timer *t)
{
	struct source *s = table_entry(t, struct source, refresh);
	uint64_t now = wall(e);

	if (!wanted(e, s))
		return;			/* the next who asks fetches it */
	if (s->refresh_wall > now) {
		uint64_t ms = (s->refresh_wall - now) * 1000;

		timer_set(&e->timers, t, e->now +
		    (ms < DAY_S * 1000ULL ? ms : DAY_S * 1000ULL));
		return;
	}
	if (!begin(e, s, FETCH_GET))
		plan_refresh(e, s);
}

/* --- asking --- */

static enum says
revoked(struct finding *f, int64_t since, const char *reason)
{
	char when[CERT_TIME_STRLEN];

	snprintf(f->why, sizeof(f->why), "since %s%s%s",
	    cert_time_str(since, when), reason != NULL ? ", because " : "",
	    reason != NULL ? reason : "");
	return SAYS_REVOKED;
}

/* What an authentic list says of a certificate does not become untrue with its
 * age; that it says nothing does. */
static enum says
crl_says(struct engine *e, const struct source *s, const struct cert *cert,
	 struct finding *f, struct err *err)
{
	struct crl_entry en;

	f->made = crl_this_update(s->crl);
	if (crl_covers(s->crl, cert, err) < 0)
		return SAYS_NOTHING;
	f->stale = crl_check_fresh(s->crl, wall(e), err) < 0;
	if (crl_revoked(s->crl, cert, &en))
		return revoked(f, en.when, en.reason);
	return f->stale ? SAYS_NOTHING : SAYS_GOOD;
}

static enum says
ocsp_says(struct engine *e, const struct source *s, struct finding *f,
	  struct err *err)
{
	const struct ocsp_answer *a = &s->answer;
	uint64_t until = a->next_update > 0 ? (uint64_t)a->next_update :
	    s->fetched_wall + OCSP_HOLDS_S;

	f->made = a->this_update;
	f->stale = until <= wall(e);
	if (a->status == OCSP_REVOKED)
		return revoked(f, a->when, a->reason);
	if (a->status == OCSP_UNKNOWN)
		err_set(err, ERR_REALITY, "does not know the certificate");
	else if (f->stale)
		err_set(err, ERR_REALITY, "holds no longer");
	else
		return SAYS_GOOD;
	return SAYS_NOTHING;
}

bool
source_in_force(struct engine *e, const struct source *s)
{
	struct err ignored = ERR_INIT;
	struct finding f;

	if (s->crl != NULL)
		return crl_check_fresh(s->crl, wall(e), &ignored) == 0;
	return s->answer.this_update != 0 &&
	    ocsp_says(e, s, &f, &ignored) != SAYS_NOTHING && !f.stale;
}

enum says
source_says(struct engine *e, struct source *s, const struct cert *cert,
	    struct finding *f)
{
	struct err err = ERR_INIT;

	memset(f, 0, sizeof(*f));
	s->used = e->now;
	if (s->crl == NULL && s->answer.this_update == 0) {
		snprintf(f->why, sizeof(f->why), "%s", s->download != NULL ?
		    "not reachable in 10 s" : s->why != NULL ? s->why :
		    "cannot be fetched: out of memory");
		return f->says;
	}
	f->says = s->crl != NULL ? crl_says(e, s, cert, f, &err) :
	    ocsp_says(e, s, f, &err);
	if (f->says != SAYS_NOTHING)
		return f->says;
	if (s->why != NULL && strcmp(s->why, err.text) != 0)
		snprintf(f->why, sizeof(f->why), "%.90s; the one of before %.80s",
		    s->why, err.text);
	else
		snprintf(f->why, sizeof(f->why), "%.199s", err.text);
	return f->says;
}

bool
source_load(struct engine *e, struct source *s, bool strict)
{
	bool disk = s->disk || s->cert != NULL;

	if (s->download != NULL)
		return true;
	if (s->why != NULL && e->now - s->failed <
	    (strict ? FAILED_STRICT_MS : FAILED_RELAXED_MS))
		return false;
	s->disk = true;
	return begin(e, s, disk ? FETCH_GET : FETCH_CACHED);
}

/* --- what came --- */

/* Only when it changes: a server may be away for long. */
static void
say(struct engine *e, const struct source *s, enum event_code code,
    const char *what)
{
	char name[CERT_NAME_STRLEN];

	if (s->said == (code == EV_INFO))
		tunnel_event(e, NULL, code, "%s of %.200s from %s: %s",
		    source_kind_str(s), cert_subject_str(s->issuer, name), s->url,
		    what);
}

static void
failed(struct engine *e, struct source *s, const char *why)
{
	char *text = strdup(why);

	if (text == NULL)
		text = s->why;
	else
		free(s->why);
	s->why = text;
	s->failed = e->now;
	s->failed_wall = wall(e);
	say(e, s, EV_WARNING, why);
	s->said = true;
}

static void
succeeded(struct engine *e, struct source *s)
{
	say(e, s, EV_INFO, "is there again");
	free(s->why);
	s->why = NULL;
	s->failed = s->failed_wall = 0;
	s->said = false;
}

/* The newer one of what came and what there is stays. */
static int
older(int64_t came, int64_t have, struct err *err)
{
	char old[CERT_TIME_STRLEN], new[CERT_TIME_STRLEN];

	return err_set(err, ERR_REALITY, "brings an old one, of %s; the one we "
	    "have is of %s", cert_time_str(came, new), cert_time_str(have, old));
}

static int
take_crl(struct engine *e, struct source *s, const struct fetch_reply *r,
	 struct err *err)
{
	struct crl *crl;

	if (crl_parse(e->crypto, r->data, r->len, &crl, err) < 0)
		return -1;
	if (crl_check_signed(crl, s->issuer, err) < 0) {
		crl_free(crl);
		return -1;
	}
	if (s->crl != NULL && crl_newer(s->crl, crl)) {
		(void)older(crl_this_update(crl), crl_this_update(s->crl), err);
		crl_free(crl);
		return -1;
	}
	set_crl(e, s, crl);
	while (e->crl_octets > CRLS_OCTETS_MAX && make_room(e, s))
		;
	return 0;
}

static int
take_answer(struct engine *e, struct source *s, const struct fetch_reply *r,
	    struct err *err)
{
	struct ocsp_answer a;

	if (ocsp_check(e->crypto, r->data, r->len, s->cert, s->issuer, wall(e),
	    &a, err) < 0)
		return -1;
	if (a.this_update < s->answer.this_update)
		return older(a.this_update, s->answer.this_update, err);
	s->answer = a;
	return 0;
}

/* 0: it is good; -1: why not, and s->bad if it is not to be trusted. */
static int
take(struct engine *e, struct source *s, const struct fetch_reply *r,
     struct err *err)
{
	s->bad = false;
	if (r->outcome != FETCH_OK)
		return err_set(err, ERR_REALITY, "%s", r->why != NULL &&
		    r->why[0] != '\0' ? r->why : "cannot be had");
	if ((s->cert != NULL ? take_answer(e, s, r, err) :
	    take_crl(e, s, r, err)) < 0) {
		s->bad = true;
		return -1;
	}
	s->fetched_wall = wall(e);
	return s->crl != NULL ? crl_check_fresh(s->crl, wall(e), err) : 0;
}

uint64_t
source_loaded(struct engine *e, struct source *s, enum fetch_kind kind,
	      const struct fetch_reply *r)
{
	struct err err = ERR_INIT;
	int good = take(e, s, r, &err);
	bool bad = s->bad || s->crl == NULL;

	/* The disk was a first try: only what is in force will do. */
	if (kind == FETCH_CACHED && good < 0) {
		s->bad = false;
		if (begin(e, s, FETCH_GET))
			return r->outcome == FETCH_OK && !bad;
		err_set(&err, ERR_RESOURCE, "cannot be fetched: out of memory");
	}
	if (good == 0)
		succeeded(e, s);
	else
		failed(e, s, err.text);
	plan_refresh(e, s);
	revocation_settled(e, s);
	wish_over(e, s);
	return bad || r->outcome != FETCH_OK ? 0 :
	    (uint64_t)crl_next_update(s->crl) + KEEP_EXPIRED_S;
}

/* --- all of them anew --- */

struct crl_refresh {
	struct crl_refresh *next;
	void		(*done)(void *);
	void		*arg;
};

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
		s->wished = begin(e, s, FETCH_GET);
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

/* One of them has come, or has gone. */
static void
wish_over(struct engine *e, struct source *s)
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

void
crlcache_fini(struct engine *e)
{
	struct crl_refresh *r;

	while ((r = e->crl_refreshes) != NULL) {
		e->crl_refreshes = r->next;
		free(r);
	}
	while (e->sources_oldest != NULL)
		source_free(e, e->sources_oldest);
	table_fini(&e->crl_sources);
}
