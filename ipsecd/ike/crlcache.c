#include "crlcache_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "crypto/cert.h"
#include "crypto/crl.h"
#include "download.h"

uint64_t
crlcache_wall(const struct engine *e)
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

void
source_set_crl(struct engine *e, struct source *s, struct crl *crl)
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
	source_wish_over(e, s);
	unlink_use(e, s);
	table_del(&e->crl_sources, &s->link);
	timer_fini(&e->timers, &s->refresh);
	source_set_crl(e, s, NULL);
	cert_free(s->issuer);
	cert_free(s->cert);
	free(s->why);
	free(s);
}

bool
crlcache_make_room(struct engine *e, const struct source *but)
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
	if (e->crl_sources.n >= SOURCES_MAX && !crlcache_make_room(e, NULL))
		return NULL;
	return source_new(e, url, issuer, cert);
}

/* --- asking --- */

bool
source_begin(struct engine *e, struct source *s, enum fetch_kind kind)
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
	f->stale = crl_check_fresh(s->crl, crlcache_wall(e), err) < 0;
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
	f->stale = until <= crlcache_wall(e);
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
		return crl_check_fresh(s->crl, crlcache_wall(e), &ignored) == 0;
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
	return source_begin(e, s, disk ? FETCH_GET : FETCH_CACHED);
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
