#include "expiry.h"

#include <stdio.h>

#include "certs.h"
#include "conf.h"
#include "context.h"
#include "crypto/cert.h"
#include "event.h"
#include "tunnel.h"

#define DAY		86400
#define LOOK_MS		3600000		/* at most: clocks are set */
#define SOON_MS		5000
#define NAMED		5		/* of the tunnels that use it */

static const struct { int64_t s; enum expiry is; } steps[] = {
	{ 1 * DAY,	EXPIRY_DAY },
	{ 7 * DAY,	EXPIRY_WEEK },
	{ 30 * DAY,	EXPIRY_MONTH },
};
#define STEPS	(sizeof(steps) / sizeof(steps[0]))

enum expiry
expiry_at(int64_t from, int64_t to, int64_t wall)
{
	int64_t left = to - wall;
	size_t i;

	if (left < 0)
		return EXPIRY_OVER;
	if (from > wall)
		return EXPIRY_NOT_YET;
	for (i = 0; i < STEPS; i++)
		if (left < steps[i].s)
			return steps[i].is;
	return EXPIRY_NONE;
}

static enum expiry
expiry_of(const struct cert *c, int64_t wall)
{
	return expiry_at(cert_not_before(c), cert_not_after(c), wall);
}

int32_t
expiry_days(int64_t to, int64_t wall)
{
	return (int32_t)cert_days(to - wall);
}

/* The certificate of the entry that is worst off, NULL if there is none. */
static const struct cert *
worst_of(const struct cert_entry *c, int64_t wall)
{
	const struct cert *worst = NULL;
	enum expiry is, was = EXPIRY_NONE;
	size_t i;

	for (i = 0; i < c->n; i++) {
		is = expiry_of(c->cert[i], wall);
		if (worst != NULL && (is < was || (is == was &&
		    cert_not_after(c->cert[i]) >= cert_not_after(worst))))
			continue;
		worst = c->cert[i];
		was = is;
	}
	return worst;
}

enum expiry
expiry_str(const struct cert_entry *c, int64_t wall, char buf[EXPIRY_STRLEN])
{
	char name[CERT_NAME_STRLEN], span[CERT_SPAN_STRLEN];
	char when[CERT_TIME_STRLEN], now[CERT_TIME_STRLEN];
	const struct cert *x = worst_of(c, wall);
	enum expiry is = x != NULL ? expiry_of(x, wall) : EXPIRY_NONE;
	const char *what = c->kind == CERT_CA ? "CA" :
	    x == NULL || x == c->cert[0] ? "certificate" :
	    "an intermediate certificate of";
	int n;

	buf[0] = '\0';
	if (is == EXPIRY_NONE)
		return is;
	n = snprintf(buf, EXPIRY_STRLEN, "%s '%s' (%.150s) ", what, c->label,
	    cert_subject_str(x, name));
	if (is == EXPIRY_NOT_YET) {
		snprintf(buf + n, EXPIRY_STRLEN - (size_t)n, "is not valid before "
		    "%s\nis the clock of this system right? It says %s",
		    cert_time_str(cert_not_before(x), when),
		    cert_time_str(wall, now));
		return is;
	}
	cert_span_str(cert_not_after(x) - wall, span);
	cert_time_str(cert_not_after(x), when);
	n += snprintf(buf + n, EXPIRY_STRLEN - (size_t)n, is == EXPIRY_OVER ?
	    "expired %s ago, %s" : "expires in %s, %s", span, when);
	snprintf(buf + n, EXPIRY_STRLEN - (size_t)n, EVENT_RUN
	    "certificate import %s %s FILE%s replace",
	    c->kind == CERT_CA ? "ca" : "local", c->label,
	    c->kind == CERT_CA ? "" : " [key FILE]");
	return is;
}

/* "ipsec 1, 7 and 3 others use it" */
static void
users_str(struct engine *e, const struct cert_entry *c, char *buf, size_t size)
{
	const struct cert_use *u;
	const struct tunnel *t;
	unsigned int named = 0;
	uint32_t n = 0;
	size_t at = 0;
	int i;

	buf[0] = '\0';
	for (i = 0; i < CERT_ROLES; i++) {
		n += c->n_users[i];
		for (u = c->users[i]; u != NULL && named < NAMED; u = u->next) {
			t = tunnel_find(e, u->conf->id);
			if (t == NULL || t->conf != u->conf)
				continue;
			at += (size_t)snprintf(buf + at, size - at, "%s %u",
			    named++ > 0 ? "," : "ipsec", u->conf->id);
		}
	}
	if (named == 0)
		return;
	if (n > named)
		at += (size_t)snprintf(buf + at, size - at, " and %u others",
		    n - named);
	snprintf(buf + at, size - at, n > 1 ? " use it" : " uses it");
}

void
certs_check(struct engine *e, struct cert_entry *c)
{
	char text[EXPIRY_STRLEN], users[128];
	int64_t wall = (int64_t)e->ops->wall(e->ctx);
	enum expiry is;

	if (c->users[CERT_AS_OWN] == NULL && c->users[CERT_AS_CA] == NULL)
		return;			/* certs_use() asks again */
	timer_set(&e->timers, &c->check, e->now + LOOK_MS);
	is = expiry_str(c, wall, text);
	if (is == EXPIRY_NONE || (is == c->said && wall >= c->said_at &&
	    wall - c->said_at < DAY))
		return;
	users_str(e, c, users, sizeof(users));
	if (users[0] == '\0') {		/* a commit is being prepared */
		timer_set(&e->timers, &c->check, e->now + SOON_MS);
		return;
	}
	c->said = (uint8_t)is;
	c->said_at = wall;
	tunnel_event(e, NULL, EV_CERTIFICATE, "%s\n%s", text, users);
}
