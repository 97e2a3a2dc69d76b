#include "phase2.h"

#include "handlers1.h"
#include "ike/child.h"
#include "ike/context.h"
#include "ike/life.h"
#include "ike/machine.h"
#include "ike/reason.h"
#include "ike/tunnel.h"
#include "phase1.h"

/*
 * One IKE_SA after the other.  A CHILD_SA of IKEv1 is not tied to the one that it
 * was made with: it belongs to the newest, and the one before is deleted, by who
 * began the new one, or, if he does not, by the other.
 *
 *	both ends began at once		the higher SPI of the initiator stays, as both
 *					ends see it; who began the other deletes it
 *	the peer deletes the one that	the other one is used again; without any, the
 *	is used				CHILD_SAs stay, and who can call makes a new
 *					IKE_SA, and then CHILD_SAs, for the peer may
 *					have kept none
 *
 * Who answers changes nothing before the peer has said something on the new one, for
 * it may not have our last message of main mode, and go on with the old one.
 *
 * What the two ends make of it may differ when messages were lost: who deletes late
 * gives way to who deletes soon.
 */

#define OVERLAP_MS	5000		/* what is on its way arrives */
#define SETTLED_MS	10000		/* both ends know of both by then */
#define PATIENCE_MS	15000		/* who should delete it, does not: some keep
					 * it for hours */
#define CHILDLESS_MS	30000		/* the peer that called had made a CHILD_SA by
					 * then */
#define RETURN_MS	200000		/* a peer that can be called has a new one by
					 * then, or is gone */

void
phase2_call(struct engine *e, struct ike_sa *sa)
{
	const struct ike_sa *other;

	for (other = sa->tunnel->sas; other != NULL; other = other->next)
		if (other->state < IKE_UP)
			return;
	if (tunnel_may_call(e, sa->tunnel))
		life_call(e, sa->tunnel);
}

/* The sooner of this and what the timer is set to. */
static void
rekey_by(struct engine *e, struct ike_sa *sa, uint64_t at)
{
	if (!timer_armed(&sa->rekey) || at < sa->rekey.at)
		timer_set(&e->timers, &sa->rekey, at);
}

void
phase2_call_again(struct engine *e, struct ike_sa *sa)
{
	rekey_by(e, sa, e->now + life_later(e, &sa->refused));
}

void
phase2_doubt(struct engine *e, struct ike_sa *sa)
{
	if (sa->state == IKE_UP)
		rekey_by(e, sa, e->now + life_later(e, &sa->tunnel->doubts));
}

static bool
usable(const struct ike_sa *sa)
{
	return sa->v1 != NULL && !sa->v1->gone &&
	    (sa->state == IKE_UP || sa->state == IKE_REKEYED);
}

/* Those that are on their way stay with their exchange. */
static void
move_children(struct ike_sa *from, struct ike_sa *to)
{
	struct child_sa *c, *next;

	for (c = from->children; c != NULL && from != to; c = next) {
		next = c->next;
		if (child_is_up(c))
			child_move(c, to);
	}
}

/* The later one was begun before the other was done. */
static bool
crossed(const struct ike_sa *a, const struct ike_sa *b)
{
	return a->caller != b->caller && a->v1->begun <= b->authenticated &&
	    b->v1->begun <= a->authenticated;
}

/* It is deleted in so many milliseconds. */
static void
retire(struct engine *e, struct ike_sa *sa, uint32_t ms)
{
	if (sa->state == IKE_REKEYED && timer_armed(&sa->rekey) &&
	    sa->rekey.at <= e->now + ms)
		return;
	sa->want = 0;
	timer_stop(&e->timers, &sa->probe);
	timer_stop(&e->timers, &sa->reauth);
	timer_stop(&e->timers, &sa->keepalive);
	sa_enter(e, sa, IKE_REKEYED);
	timer_set(&e->timers, &sa->rekey, e->now + ms);
}

/* Which of the two stays; sa is the newer one. */
static struct ike_sa *
judge(struct engine *e, struct ike_sa *sa, struct ike_sa *other)
{
	if (!crossed(sa, other)) {
		retire(e, other, sa->caller ? OVERLAP_MS : PATIENCE_MS);
		return sa;
	}
	if (other->spi_i < sa->spi_i) {
		retire(e, other, other->caller ? SETTLED_MS : PATIENCE_MS);
		return sa;
	}
	retire(e, sa, sa->caller ? SETTLED_MS : PATIENCE_MS);
	return other;
}

/* Ours that the peer's comes before, unless the peer may believe in it already. */
static bool
attempt(const struct ike_sa *sa)
{
	return sa->v1 != NULL && sa->state >= IKE1_I_SA &&
	    sa->state <= IKE1_I_SIGN;
}

static bool
has_child(const struct tunnel *t)
{
	const struct ike_sa *sa;

	for (sa = t->sas; sa != NULL; sa = sa->next)
		if (child_any(sa))
			return true;
	return false;
}

/* Another one that the peer uses, as far as we know. */
static bool
has_another(const struct ike_sa *sa)
{
	const struct ike_sa *other;

	for (other = sa->tunnel->sas; other != NULL; other = other->next)
		if (other != sa && other->state == IKE_UP && usable(other))
			return true;
	return false;
}

static void
take_over(struct engine *e, struct ike_sa *sa)
{
	struct ike_sa *other, *next, *heir = sa;
	struct tunnel *t = sa->tunnel;
	bool again = false, silent = false;

	for (other = t->sas; other != NULL; other = next) {
		next = other->next;
		if (other == sa || other->v1 == NULL)
			continue;
		if (attempt(other)) {
			sa_free(e, other);
		} else if (other->v1->gone) {
			move_children(other, sa);
			again = true;
			sa_free(e, other);
		} else if (other->state == IKE_UP) {
			silent |= other->v1->dpd_since != 0;
			heir = judge(e, heir, other);
		}
	}
	for (other = t->sas; other != NULL; other = other->next)
		if (usable(other))
			move_children(other, heir);
	/* A peer that was silent may have started anew, and have no CHILD_SA. */
	if (again || (heir->caller && (silent || !has_child(t))))
		heir->want |= WANT_CHILD;
	else if (!has_child(t))
		timer_set(&e->timers, &heir->sent.timer, e->now + CHILDLESS_MS);
	tunnel_update(e, t);
	phase2_next(e, heir);
}

/* Who called believes that we have the CHILD_SA that it has.  One that it asked for
 * and did not get is another matter: it has heard why, and tries again; so does an
 * initiator here. */
void
phase2_childless(struct engine *e, struct ike_sa *sa)
{
	if (sa->state != IKE_UP || sa->tunnel == NULL || has_child(sa->tunnel))
		return;
	if (sa->v1->quicks != NULL) {
		timer_set(&e->timers, &sa->sent.timer, e->now + CHILDLESS_MS);
		return;
	}
	if (sa->v1->seen_quick.n != 0) {
		tunnel_childless(e, sa->tunnel);
		return;
	}
	sa->want |= WANT_CHILD;
	phase2_next(e, sa);
}

/* On which the peer said nothing before it began this one: it has none of them, and
 * if it goes on so there would be more and more. */
static void
retire_unproven(struct engine *e, const struct ike_sa *sa)
{
	struct ike_sa *other;

	for (other = sa->tunnel->sas; other != NULL; other = other->next)
		if (other != sa && other->state == IKE_UP && other->v1 != NULL &&
		    other->v1->unproven)
			retire(e, other, OVERLAP_MS);
}

void
phase2_begin(struct engine *e, struct ike_sa *sa)
{
	if (sa->caller || !has_another(sa)) {
		take_over(e, sa);
		return;
	}
	retire_unproven(e, sa);
	sa->v1->unproven = true;
	sa->want |= WANT_PROBE;
	phase2_next(e, sa);
}

void
phase2_proved(struct engine *e, struct ike_sa *sa)
{
	if (!sa->v1->unproven)
		return;
	sa->v1->unproven = false;
	if (sa->state == IKE_UP && sa->tunnel != NULL)
		take_over(e, sa);
}

void
phase2_revive(struct engine *e, struct ike_sa *sa)
{
	if (sa->state != IKE_REKEYED)
		return;
	sa->want &= (uint8_t)~WANT_DELETE;
	sa->v1->dpd_since = 0;
	sa_enter(e, sa, IKE_UP);
	sa_arm(e, sa);
}

/* What stands for the tunnel without this one; one that was to go, if there is no
 * other. */
static struct ike_sa *
heir_of(struct engine *e, const struct ike_sa *sa)
{
	struct ike_sa *other, *best = NULL;

	for (other = sa->tunnel != NULL ? sa->tunnel->sas : NULL; other != NULL;
	    other = other->next)
		if (other != sa && usable(other) && (best == NULL ||
		    (other->state == IKE_UP && best->state != IKE_UP)))
			best = other;
	if (best != NULL)		/* it knows of no other any more */
		best->v1->unproven = false;
	if (best != NULL && sa->state == IKE_UP)
		phase2_revive(e, best);
	return best;
}

/* A husk that holds the CHILD_SAs until another takes them. */
static void
become_husk(struct engine *e, struct ike_sa *sa)
{
	struct tunnel *t = sa->tunnel;

	tunnel_event(e, t, EV_INFO, "the peer deleted IKE_SA #%u and kept the "
	    "CHILD_SA: a new one is made", sa->serial);
	sa->v1->gone = true;
	retire(e, sa, RETURN_MS);
	if (!tunnel_may_call(e, t))	/* the peer comes when it wants one */
		timer_stop(&e->timers, &sa->rekey);
	phase2_call(e, sa);
	tunnel_update(e, t);
}

/* The responder's proof is the last message of main mode: who does not take it says
 * so, or has only this to say. */
static bool
is_verdict(const struct engine *e, const struct ike_sa *sa)
{
	return !sa->caller && sa->v1->seen_quick.n == 0 &&
	    (sa->v1->denied || sa->v1->seen_info.n <= 1) &&
	    e->now - sa->authenticated < SETTLED_MS;
}

static void
closed(struct engine *e, struct ike_sa *sa)
{
	char why[REASON_MAX] = "the peer closed the tunnel";
	enum event_code code = EV_PEER_CLOSED;
	struct tunnel *t = sa->tunnel;

	if (t != NULL && is_verdict(e, sa))
		code = sa->v1->denied ? reason_auth(e, sa,
		    N_AUTHENTICATION_FAILED, why) : reason_proof(sa, "deletes the "
		    "IKE_SA as soon as it has our proof", why);
	sa_free(e, sa);
	if (t != NULL)
		tunnel_lost(e, t, LOST_CLOSED, code, why);
}

void
phase2_forgotten(struct engine *e, struct ike_sa *sa)
{
	struct tunnel *t = sa->tunnel;
	struct ike_sa *heir;

	while (sa->v1->quicks != NULL)
		quick_free(e, sa->v1->quicks);
	heir = heir_of(e, sa);
	if (heir != NULL) {
		move_children(sa, heir);
		sa_free(e, sa);
		if (!has_child(t) && heir->caller)
			heir->want |= WANT_CHILD;
		phase2_next(e, heir);
	} else if (t == NULL || !child_any(sa)) {
		closed(e, sa);
	} else {
		become_husk(e, sa);
	}
}

void
phase2_expired(struct engine *e, struct ike_sa *sa)
{
	struct tunnel *t = sa->tunnel;

	sa_free(e, sa);
	tunnel_lost(e, t, LOST_CLOSED, EV_PEER_CLOSED, "the peer deleted the "
	    "IKE_SA, and makes no new one");
}
