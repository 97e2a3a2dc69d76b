/*
 * crlcache_take: what came for a source, and whether it takes the place of what there
 * is.
 */
#include "crlcache_in.h"

#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "crypto/cert.h"
#include "crypto/crl.h"
#include "revocation.h"
#include "tunnel.h"

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
	s->failed_wall = crlcache_wall(e);
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
	source_set_crl(e, s, crl);
	while (e->crl_octets > CRLS_OCTETS_MAX && crlcache_make_room(e, s))
		;
	return 0;
}

static int
take_answer(struct engine *e, struct source *s, const struct fetch_reply *r,
	    struct err *err)
{
	struct ocsp_answer a;

	if (ocsp_check(e->crypto, r->data, r->len, s->cert, s->issuer,
	    crlcache_wall(e), &a, err) < 0)
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
	s->fetched_wall = crlcache_wall(e);
	return s->crl != NULL ? crl_check_fresh(s->crl, crlcache_wall(e), err) : 0;
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
		if (source_begin(e, s, FETCH_GET))
			return r->outcome == FETCH_OK && !bad;
		err_set(&err, ERR_RESOURCE, "cannot be fetched: out of memory");
	}
	if (good == 0)
		succeeded(e, s);
	else
		failed(e, s, err.text);
	source_plan_refresh(e, s);
	revocation_settled(e, s);
	source_wish_over(e, s);
	return bad || r->outcome != FETCH_OK ? 0 :
	    (uint64_t)crl_next_update(s->crl) + KEEP_EXPIRED_S;
}
