#include "reauth.h"

#include "context.h"
#include "life.h"
#include "machine.h"
#include "peer_cert.h"
#include "revocation.h"
#include "sa.h"
#include "tunnel.h"
#include "unique.h"

/*
 * Reauthentication (RFC 7296 2.8.3, RFC 4478), make before break: a new IKE_SA
 * with a CHILD_SA of its own; when that is up, the old one goes (unique.c).
 *
 * Who began the IKE_SA does it, shortly before reauth-time or before the end of
 * the lifetime that the peer gave it with AUTH_LIFETIME.  Who answered says
 * AUTH_LIFETIME, and waits; at reauth-time it begins by itself, if it knows
 * where the peer is.  A tenth later, or what some messages that are lost take, an
 * IKE_SA that nobody authenticated anew is closed.  Rekeying the IKE_SA changes nothing of all this.
 */

#define AGAIN_MS	15000		/* between looks at an attempt */
#define REPEAT_MS	16000		/* a message is sent three times */
#define CHECKS_MS	(2 * REVOCATION_MS + 5000)

/* The end of what this authentication is good for; 0: it has none.  A
 * message that is lost must not matter, and with certificates there is time for both
 * ends to wait for the web in vain. */
static uint64_t
limit(const struct ike_sa *sa)
{
	const struct conf *conf = sa->tunnel->conf;
	uint64_t late = conf->method == METHOD_CERT ? CHECKS_MS : REPEAT_MS;
	uint64_t own = conf->reauth_time * 1000ull, life = sa->lifetime;

	if (own != 0)
		own += sa->authenticated + (own / 10 > late ? own / 10 : late);
	if (life != 0 && (own == 0 || life + late < own))
		return life + late;
	return own;
}

/* When to begin: at a random time in the last tenth before it is due. */
static uint64_t
when(struct engine *e, const struct ike_sa *sa)
{
	uint64_t time = sa->tunnel->conf->reauth_time, at = UINT64_MAX, life;

	if (time != 0)
		at = sa->authenticated + (sa->caller ?
		    sa_rekey_after(e, (uint32_t)time) : time * 1000);
	if (sa->lifetime != 0) {
		life = sa->lifetime - sa->lifetime_from;
		life -= life / 10 + engine_jitter(e, (uint32_t)(life / 10));
		if (sa->lifetime_from + life < at)
			at = sa->lifetime_from + life;
	}
	return at;
}

void
reauth_arm(struct engine *e, struct ike_sa *sa)
{
	if (sa->tunnel == NULL || limit(sa) == 0)
		timer_stop(&e->timers, &sa->reauth);
	else
		timer_set(&e->timers, &sa->reauth, when(e, sa));
}

void
reauth_inherit(struct engine *e, struct ike_sa *old, struct ike_sa *sa)
{
	sa->authenticated = old->authenticated;
	sa->caller = old->caller;
	sa->lifetime = old->lifetime;
	sa->lifetime_from = old->lifetime_from;
	sa->prune = old->prune;
	sa->probes = old->probes;
	peer_cert_free(sa->peer_cert);
	sa->peer_cert = old->peer_cert;
	old->peer_cert = NULL;
	if (timer_armed(&old->reauth))
		timer_set(&e->timers, &sa->reauth, old->reauth.at);
	timer_stop(&e->timers, &old->reauth);
}

static bool
under_way(const struct tunnel *t)
{
	const struct ike_sa *sa;

	for (sa = t->sas; sa != NULL; sa = sa->next)
		if (sa->state < IKE_UP)
			return true;
	return false;
}

static bool
may_begin(struct engine *e, struct tunnel *t)
{
	return !under_way(t) && tunnel_may_call(e, t);
}

/* What came of an earlier attempt, and has no CHILD_SA yet, or sa would be gone: it
 * goes on trying.  One more would do no better, and they would grow in number. */
static bool
has_successor(const struct ike_sa *sa)
{
	const struct ike_sa *other;

	for (other = sa->tunnel->sas; other != NULL; other = other->next)
		if (other != sa && other->state == IKE_UP && other->caller &&
		    other->authenticated > sa->authenticated)
			return true;
	return false;
}

void
reauth_replace(struct engine *e, struct ike_sa *sa)
{
	if (sa->tunnel != NULL && sa->state == IKE_UP &&
	    may_begin(e, sa->tunnel))
		life_call(e, sa->tunnel);
}

void
reauth_due(struct engine *e, struct ike_sa *sa)
{
	struct tunnel *t = sa->tunnel;
	uint64_t end, next;

	if (t == NULL || sa->state != IKE_UP || (end = limit(sa)) == 0)
		return;
	if (unique_heir(sa) != NULL) {	/* the peer is authenticated already */
		timer_set(&e->timers, &sa->reauth, e->now + AGAIN_MS);
		return;
	}
	if (e->now >= end) {
		sa->machine->close(e, sa);
		tunnel_lost(e, t, LOST_CLOSED, EV_EXPIRED, "the peer was not "
		    "authenticated again in time");
		return;
	}
	next = e->now + AGAIN_MS;
	if (!has_successor(sa) && may_begin(e, t)) {
		next = e->now + life_later(e, &sa->reauths);
		if (next > e->now + (end - e->now) / 4)
			next = e->now + (end - e->now) / 4 + AGAIN_MS;
		life_call(e, t);
	}
	timer_set(&e->timers, &sa->reauth, next < end ? next : end);
}
