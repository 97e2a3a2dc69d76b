#include "phase2.h"

#include "handlers1.h"
#include "ike/child.h"
#include "ike/context.h"
#include "ike/life.h"
#include "ike/tunnel.h"
#include "phase1.h"

#define BUSY_MS		5000		/* until it is looked at again */
#define GOODBYE_MS	2000		/* then the Delete once more */
#define FAREWELL_MS	11000		/* so long, for a CHILD_SA, which receives till
					 * the last of them has come */

bool
phase2_delete(struct engine *e, struct ike_sa *sa)
{
	return info1_delete_ike(e, sa);
}

bool
phase2_notify(struct engine *e, struct ike_sa *sa, uint16_t notify)
{
	return info1_notify(e, sa, notify, 0);
}

/* --- what is wanted --- */

/* A CHILD_SA of the tunnel is on its way, from either end. */
static bool
somebody_is_at_it(const struct tunnel *t)
{
	const struct ike_sa *sa;
	const struct quick *q;

	for (sa = t->sas; sa != NULL; sa = sa->next)
		for (q = sa->v1 != NULL ? sa->v1->quicks : NULL; q != NULL;
		    q = q->next)
			if (q->state != QUICK_I_DONE)
				return true;
	return false;
}

/* The next CHILD_SA with that wish; NULL: none. */
static struct child_sa *
wishing(struct ike_sa *sa, uint8_t want)
{
	struct child_sa *c;

	for (c = sa->children; c != NULL; c = c->next)
		if ((c->want & want) != 0)
			return c;
	return NULL;
}

static void
delete_child(struct engine *e, struct ike_sa *sa, struct child_sa *c)
{
	c->want = 0;
	info1_delete_child(e, sa, c);
	if (!child_is_up(c)) {
		child_free(e, c);
		return;
	}
	if (!c->repeats) {
		child_enter(e, c, CHILD_REKEYED);
		child_linger(e, c);
		timer_set(&e->timers, &c->expire, e->now + FAREWELL_MS);
	}
	c->repeats = true;
	timer_set(&e->timers, &c->rekey, e->now + GOODBYE_MS);
}

static void
make_children(struct engine *e, struct ike_sa *sa)
{
	struct child_sa *c = wishing(sa, CHILD_WANT_REKEY);
	bool ok = true;

	if (somebody_is_at_it(sa->tunnel))
		return;		/* that will do, or it is asked again then */
	if (c != NULL)
		ok = quick_start(e, sa, c);
	else if ((sa->want & WANT_CHILD) != 0)
		ok = quick_start(e, sa, NULL);
	if (!ok)
		life_rekey_failed(e, sa, c, 0, EV_RESOURCES,
		    "no memory for quick mode");
}

/* No CHILD_SA can be made of it, and only the peer can make another one. */
static bool
is_useless(struct engine *e, struct ike_sa *sa)
{
	return sa->tunnel->doubts != 0 && sa->children == NULL &&
	    !tunnel_may_call(e, sa->tunnel);
}

void
phase2_next(struct engine *e, struct ike_sa *sa)
{
	struct child_sa *c;

	if (sa->state != IKE_UP && sa->state != IKE_REKEYED)
		return;
	if (sa->tunnel == NULL || ((sa->want & WANT_DELETE) != 0 &&
	    sa->children == NULL)) {
		phase2_close(e, sa);
		return;
	}
	while ((c = wishing(sa, CHILD_WANT_DELETE)) != NULL)
		delete_child(e, sa, c);
	if (sa->v1->gone) {
		if ((sa->want & WANT_DELETE) != 0)
			phase2_expired(e, sa);
		else
			phase2_call(e, sa);
		return;
	}
	/* What is on its way in it comes to its end first. */
	if ((sa->want & WANT_DELETE) != 0)
		timer_set(&e->timers, &sa->rekey, e->now + BUSY_MS);
	if (sa->state != IKE_UP)
		return;
	make_children(e, sa);
	if ((sa->want & WANT_REKEY) != 0) {
		sa->want &= (uint8_t)~WANT_REKEY;
		if (is_useless(e, sa)) {
			phase2_close(e, sa);
			return;
		}
		phase2_call(e, sa);
		phase2_call_again(e, sa);
	}
	if ((sa->want & WANT_PROBE) != 0)
		info1_probe(e, sa);
}

/* --- the end --- */

void
phase2_close(struct engine *e, struct ike_sa *sa)
{
	struct child_sa *c;

	if (sa->state == IKE_DELETING && sa->tunnel == NULL)
		return;
	if ((sa->state != IKE_UP && sa->state != IKE_REKEYED) || sa->v1 == NULL ||
	    sa->v1->gone) {
		sa_free(e, sa);
		return;
	}
	for (c = sa->children; c != NULL; c = c->next)
		if (child_is_up(c))
			info1_delete_child(e, sa, c);
	while (sa->v1->quicks != NULL)
		quick_free(e, sa->v1->quicks);
	sa_orphan(e, sa);
	if (!info1_delete_ike(e, sa)) {
		sa_free(e, sa);
		return;
	}
	timer_set(&e->timers, &sa->sent.timer, e->now + GOODBYE_MS);
}

bool
phase2_resend(struct engine *e, struct ike_sa *sa)
{
	if (sa->state < IKE_UP)
		return false;
	if (sa->state != IKE_DELETING) {
		phase2_childless(e, sa);
		return true;
	}
	sa_transmit(e, sa, sa->sent.packet);
	sa_free(e, sa);
	return true;
}

/* Message 3 of it was lost, for the peer deletes what it replaces, which nothing else
 * has made superfluous; or all that there is. */
static struct quick *
unconfirmed(const struct tunnel *t, const struct child_sa *c,
	    const struct child_sa *next)
{
	const struct ike_sa *sa;
	struct quick *q;

	for (sa = t->sas; sa != NULL; sa = sa->next)
		for (q = sa->v1 != NULL ? sa->v1->quicks : NULL; q != NULL;
		    q = q->next)
			if (q->state == QUICK_R_SENT && q->child != c->serial &&
			    (next == NULL || (q->old == c->serial &&
			    next->serial < c->serial)))
				return q;
	return NULL;
}

/* It never was up. */
static void
drop(struct engine *e, struct child_sa *c)
{
	struct quick *q = quick_of(c->sa->tunnel, c->serial);

	if (q != NULL && q->child == c->serial)
		quick_deleted(e, q);
	else
		child_free(e, c);
}

void
phase2_end_child(struct engine *e, struct child_sa *c)
{
	struct ike_sa *sa = c->sa;
	struct child_sa *next = tunnel_newest_child(sa->tunnel, c);
	struct quick *q = unconfirmed(sa->tunnel, c, next);
	bool lost = child_is_up(c);

	if (q != NULL) {
		quick_connected(e, q, NULL);
		next = tunnel_newest_child(sa->tunnel, c);
	}
	if (next != NULL)
		child_switch(e, next);
	if (next != NULL && next->redundant) {
		next->redundant = false;
		child_arm(e, next);
	}
	if (!lost) {
		drop(e, c);
		return;
	}
	if (next == NULL) {
		child_free(e, c);
		child_closed(e, sa);
		return;
	}
	c->want = 0;
	child_enter(e, c, CHILD_REKEYED);
	child_linger(e, c);
}

/* --- answers of the data plane --- */

bool
phase2_child_answer(struct engine *e, struct child_sa *c)
{
	struct ike_sa *sa = c->sa;
	struct quick *q;

	for (q = sa->v1->quicks; q != NULL; q = q->next)
		if (q->child == c->serial && (q->state == QUICK_I_INSTALL ||
		    q->state == QUICK_R_INSTALL)) {
			quick_installed(e, q, c);
			phase2_next(e, sa);
			return true;
		}
	return false;
}

bool
phase2_is_replaced(const struct child_sa *c)
{
	const struct quick *q = c->sa->tunnel != NULL ?
	    quick_of(c->sa->tunnel, c->serial) : NULL;

	return q != NULL && !q->initiator && q->old == c->serial &&
	    !c->redundant && c->late == NULL;
}
