/*
 * state_crl: what is known of revocation, for people (culvert-certificate).
 */
#include <stdio.h>

#include "context.h"
#include "crlcache.h"
#include "crypto/cert.h"
#include "crypto/crl.h"
#include "json.h"

static const char *
state_str(struct engine *e, const struct source *s)
{
	if (source_in_force(e, s))
		return s->why == NULL ? "good" : "not-refreshed";
	if (s->download != NULL)
		return "fetching";
	if (s->bad)
		return "refused";
	return s->crl != NULL || s->answer.this_update != 0 ? "expired" :
	    "unreachable";
}

/* 0: it has not happened. */
static void
put_time(struct json *j, const char *name, uint64_t s)
{
	if (s != 0)
		json_time(j, name, (int64_t)s);
}

static void
put_source(struct engine *e, const struct source *s, uint32_t number,
	   struct json *j)
{
	char name[CERT_NAME_STRLEN];

	json_object(j, NULL);
	json_u32(j, "number", number);
	json_str(j, "kind", s->cert != NULL ? "ocsp" : "crl");
	json_str(j, "state", state_str(e, s));
	if (s->why != NULL)
		json_str(j, "why", s->why);
	json_str(j, "issuer", cert_subject_str(s->issuer, name));
	if (s->cert != NULL)
		json_str(j, "certificate", cert_subject_str(s->cert, name));
	json_str(j, "source", s->url);
	if (s->answer.this_update != 0) {
		put_time(j, "this-update", (uint64_t)s->answer.this_update);
		put_time(j, "next-update", (uint64_t)s->answer.next_update);
		put_time(j, "fetched", s->fetched_wall);
		json_u32(j, "entries", s->answer.status == OCSP_REVOKED);
	}
	if (s->crl != NULL) {
		put_time(j, "this-update", (uint64_t)crl_this_update(s->crl));
		put_time(j, "next-update", (uint64_t)crl_next_update(s->crl));
		put_time(j, "fetched", s->fetched_wall);
		json_u32(j, "entries", (uint32_t)crl_n_entries(s->crl));
		if (crl_number_str(s->crl)[0] != '\0')
			json_str(j, "number-of-crl", crl_number_str(s->crl));
	}
	put_time(j, "failed", s->failed_wall);
	json_object_end(j);
}

void
engine_crls(struct engine *e, uint64_t now, struct json *j)
{
	const struct source *s;
	uint32_t n = 0;

	engine_enter(e, now);
	for (s = e->sources_newest; s != NULL; s = s->older)
		put_source(e, s, ++n, j);
	engine_leave(e);
}

void
engine_crls_failed(struct engine *e, void (*fn)(void *, const char *), void *arg)
{
	char text[ERR_TEXT_MAX], name[CERT_NAME_STRLEN];
	const struct source *s;

	for (s = e->sources_newest; s != NULL; s = s->older)
		if (s->why != NULL) {
			snprintf(text, sizeof(text), "%s of %.200s from %.200s: "
			    "%.300s", source_kind_str(s), cert_subject_str(s->issuer,
			    name), s->url, s->why);
			fn(arg, text);
		}
}
