#include "handlers.h"

#include <stdio.h>

#include "ike/child.h"
#include "ike/context.h"
#include "ike2.h"
#include "ike/life.h"
#include "mobike.h"
#include "ike/notify.h"
#include "ike/reason.h"
#include "ike/reauth.h"
#include "ike/tunnel.h"
#include "ike/unique.h"

/* INFORMATIONAL (RFC 7296 1.4): Delete, signs of life, errors. */

#define LOST_SPI_MS	10000		/* older than what may still be on its way */

#define GONE_MS		6000		/* after our Delete, with CHILD_SAs */

/* --- ours --- */

bool
info_probe(struct engine *e, struct ike_sa *sa)
{
	struct build b;

	sa->want &= (uint8_t)~WANT_PROBE;
	sa->probes++;
	request_begin(e, sa, &b, EXCH_INFORMATIONAL);
	mobike_build_probe(e, sa, &b);
	return request_send(e, sa, &b, REQ_PROBE);
}

bool
info_delete_ike(struct engine *e, struct ike_sa *sa)
{
	struct build b;

	sa->want &= (uint8_t)~WANT_DELETE;
	request_begin(e, sa, &b, EXCH_INFORMATIONAL);
	build_delete(&b, PROTO_IKE, NULL, 0);
	if (!request_send(e, sa, &b, REQ_DELETE_IKE))
		return false;
	sa_enter(e, sa, IKE_DELETING);
	return true;
}

bool
info_delete_child(struct engine *e, struct ike_sa *sa, struct child_sa *c)
{
	struct build b;

	c->want = 0;
	request_begin(e, sa, &b, EXCH_INFORMATIONAL);
	build_delete(&b, PROTO_ESP, &c->spi_in, 1);
	if (!request_send(e, sa, &b, REQ_DELETE_CHILD))
		return false;
	sa->asked_child = c->serial;
	if (c->state != CHILD_REKEYED)
		child_enter(e, c, CHILD_DELETING);
	return true;
}

void
info_goodbye(struct engine *e, struct ike_sa *sa, uint16_t notify)
{
	struct build b;

	sa_orphan(e, sa);
	request_begin(e, sa, &b, EXCH_INFORMATIONAL);
	if (notify != 0)
		build_notify(&b, PROTO_NONE, notify, NULL, 0, NULL, 0);
	build_delete(&b, PROTO_IKE, NULL, 0);
	if (!request_send(e, sa, &b, REQ_DELETE_IKE))
		timer_set(&e->timers, &sa->sent.timer, e->now);	/* frees it */
}

void
ike2_delete(struct engine *e, struct ike_sa *sa)
{
	if (sa->state != IKE_UP && sa->state != IKE_REKEYED) {
		if (sa->state != IKE_DELETING)
			sa_free(e, sa);
		else if (sa->tunnel != NULL)
			sa_orphan(e, sa);
		return;
	}
	sa_orphan(e, sa);
	sa->want = WANT_DELETE;
	ike2_next(e, sa);
}

/* Another one has its place (reauthentication): what the peer sent before it
 * heard so may still arrive. */
static int
linger(struct engine *e, struct ike_sa *sa)
{
	struct child_sa *c;

	for (c = sa->children; c != NULL; c = c->next) {
		c->want = 0;
		child_enter(e, c, CHILD_REKEYED);
		child_linger(e, c);
	}
	timer_set(&e->timers, &sa->sent.timer, e->now + GONE_MS);	/* frees it */
	return V_STAY;
}

int
late_response(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	bool gone = sa->asked == REQ_DELETE_IKE;

	(void)m;
	request_done(e, sa);
	if (gone && sa->children != NULL)
		return linger(e, sa);
	return gone ? exchange_gone(e) : V_STAY;
}

static void
child_deleted(struct engine *e, struct ike_sa *sa, uint32_t serial)
{
	struct child_sa *c = child_of(sa, serial);

	/* What was replaced still receives what is on its way. */
	if (c == NULL)
		return;
	if (c->state == CHILD_REKEYED)
		child_linger(e, c);
	else
		child_free(e, c);
}

int
info_response(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	uint32_t child = sa->asked_child;
	uint8_t asked = sa->asked;
	const struct payload *n = message_error(m);
	char text[NOTIFY_STRLEN];

	request_done(e, sa);
	if (asked == REQ_DELETE_IKE)
		return exchange_gone(e);
	if (n != NULL && notify_meaning(n->notify.type)->fatal)
		return exchange_fail(e, EV_PEER_CLOSED, "the peer ended the IKE_SA with %s",
		    notify_explain(n->notify.type, text));
	if (asked == REQ_DELETE_CHILD)
		child_deleted(e, sa, child);
	else
		unique_proved(e, sa);
	return mobike_response(e, sa, asked, m);
}

/* --- the peer's --- */

/* The one that replaces it, if that is up. */
static struct child_sa *
replacement(struct ike_sa *sa, const struct child_sa *old)
{
	struct child_sa *c;

	for (c = sa->children; c != NULL; c = c->next)
		if (c->replaces == old->serial && !c->redundant &&
		    child_is_up(c))
			return c;
	return NULL;
}

/* True: it carried traffic and nothing takes its place. */
static bool
delete_child(struct engine *e, struct ike_sa *sa, struct child_sa *c)
{
	struct child_sa *new = replacement(sa, c), *old;
	bool lost;

	/* On an IKE_SA that was replaced nothing begins to send any more, unless
	 * nothing else does: child_linger() sees to that. */
	if (new != NULL && sa->state == IKE_UP)
		child_switch(e, new);
	if (new != NULL || c->state == CHILD_REKEYED) {
		child_enter(e, c, CHILD_REKEYED);
		child_linger(e, c);
		return false;
	}
	lost = child_is_up(c);
	old = child_of(sa, c->replaces);
	if (old != NULL)
		child_reinstate(e, old);	/* the old one, after all */
	child_free(e, c);
	return lost;
}

/* RFC 7296 1.4.1: the answer names our SPIs of the pairs, but for those that
 * we are deleting ourselves. */
static void
delete_children(struct engine *e, struct ike_sa *sa, const struct payload *p,
		struct build *b)
{
	uint32_t spis[64];
	struct child_sa *c;
	size_t i, n = 0;
	bool closed = false;

	for (i = 0; i < p->del.n; i++) {
		c = child_by_peer(sa, delete_spi(p, i));
		if (c == NULL || n == sizeof(spis) / sizeof(spis[0]))
			continue;
		if (c->state != CHILD_DELETING && sa->asked_child != c->serial)
			spis[n++] = c->spi_in;
		closed |= delete_child(e, sa, c);
	}
	if (n != 0)
		build_delete(b, PROTO_ESP, spis, n);
	if (closed)
		child_closed(e, sa);
}

/* The peer got ESP for an SPI that it does not know: if that is an SA we use, and
 * none that is just coming or going, the peer has lost it.  What it says is
 * authenticated, so a new one is made at once (RFC 7296 1.5). */
static void
lost_spi(struct engine *e, struct ike_sa *sa, const struct payload *n)
{
	struct child_sa *c = child_by_peer(sa, bytes_spi(&n->notify.data));

	if (c == NULL || c->state != CHILD_INSTALLED || sa->tunnel == NULL ||
	    sa->theirs != NULL || e->now - c->installed < LOST_SPI_MS)
		return;
	child_enter(e, c, CHILD_REKEYED);
	c->want = CHILD_WANT_DELETE;
	sa->want |= WANT_CHILD;
}

/* Errors that the peer reports on its own. */
static void
complaint(struct engine *e, struct ike_sa *sa, const struct payload *n)
{
	char text[NOTIFY_STRLEN];

	if (log_rate_ok(&e->peers, e->now))
		tunnel_event(e, sa->tunnel, EV_WARNING, "the peer reports %s",
		    notify_explain(n->notify.type, text));
	if (n->notify.type == N_INVALID_SPI)
		lost_spi(e, sa, n);
}

/* With what a peer ends the IKE_SA, or NULL: a Delete. */
static enum event_code
why_ended(struct engine *e, const struct ike_sa *sa, const struct payload *n,
	  char why[REASON_MAX])
{
	char text[NOTIFY_STRLEN];

	if (n != NULL && n->notify.type == N_AUTHENTICATION_FAILED &&
	    sa->tunnel != NULL && sa->tunnel->conf->method == METHOD_CERT)
		return reason_auth(e, sa, n->notify.type, why);
	snprintf(why, REASON_MAX, "%s", n != NULL ?
	    notify_explain(n->notify.type, text) : "the peer closed the tunnel");
	return EV_PEER_CLOSED;
}

bool
info_ends(const struct message *m)
{
	const struct payload *p, *n = message_error(m);

	for (p = message_find(m, PL_DELETE); p != NULL; p = message_next(m, p))
		if (p->del.protocol == PROTO_IKE)
			return true;
	return n != NULL && notify_meaning(n->notify.type)->fatal;
}

int
info_request(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	const struct payload *p, *n = message_error(m);
	bool ends = info_ends(m), forgotten = false;
	struct ike_sa *heir = ends && sa->state == IKE_UP && sa->own == NULL ?
	    unique_heir(sa) : NULL;
	struct tunnel *t = sa->tunnel;
	enum event_code code;
	char why[REASON_MAX];
	struct build b;
	uint8_t state;

	if (heir != NULL)	/* by that the peer says that it has the new one */
		unique_heard(e, heir);
	state = sa->state;
	reply_begin(e, sa, &b);
	for (p = message_find(m, PL_DELETE); p != NULL; p = message_next(m, p))
		if (p->del.protocol == PROTO_ESP)
			delete_children(e, sa, p, &b);
	mobike_request(e, sa, m, &b);
	reply_hold(e, sa, &b);
	code = why_ended(e, sa, n, why);
	if (ends) {
		forgotten = n == NULL && rekey_forget(e, sa);
		exchange_refuse(e, sa);
	}
	/* With our answer the peer forgets what it deletes. */
	if (message_find(m, PL_DELETE) == NULL || !child_await(e, t, sa))
		reply_release(e, sa);
	if (!ends) {
		if (lifetime_take(e, sa, m))
			reauth_arm(e, sa);
		if (n != NULL)
			complaint(e, sa, n);
		return V_STAY;
	}
	if (state == IKE_UP && t != NULL && !forgotten)
		tunnel_lost(e, t, LOST_CLOSED, code, why);
	return V_STAY;
}

/* What we do not start any more on this SA (2.25). */
int
busy_request(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	(void)e;
	(void)sa;
	(void)m;
	return N_TEMPORARY_FAILURE;
}
