#include "handlers.h"

#include <stdio.h>

#include "ike/ask.h"
#include "ike/child.h"
#include "ike/context.h"
#include "ike2.h"
#include "ike/natt.h"
#include "nego.h"
#include "ike/tunnel.h"

/* What follows authentication, the same on both sides. */

void
child_up(struct engine *e, struct child_sa *c)
{
	struct ike_sa *sa = c->sa;
	struct tunnel *t = sa->tunnel;
	struct child_sa *old = child_of(sa, c->replaces);
	char l[160], r[160], s[SUITE_STRLEN];

	c->installed = e->now;
	child_enter(e, c, CHILD_INSTALLED);
	child_arm(e, c);
	if (t == NULL)
		return;
	child_speak(e, t);
	if (t->conf->dynamic_remote)
		tunnel_policy(e, t, sa);
	tunnel_event(e, t, old != NULL ? EV_REKEYED : EV_UP,
	    "%s: %s === %s, ESP %s, SPIs %08x %08x", old != NULL ? "rekeyed" : "up",
	    prefixes_str(subnets_local(c->subnets), c->subnets->n_local, l,
	    sizeof(l)), prefixes_str(subnets_remote(c->subnets),
	    c->subnets->n_remote, r, sizeof(r)), suite_str(&c->suite, s),
	    c->spi_in, c->spi_out);
	tunnel_succeeded(e, t);
	if (old == NULL) {
		unique_children(e, c);
		unique_sas(e, sa);
	}
}

#define SILENT_MS	60000
#define SILENT_TIMES	2		/* once it may have been restarted */

/* Libreswan 4.10 forgets an IKE_SA whose responder it does not believe, without a
 * word, and begins anew: all it ever said on the last one was IKE_AUTH. */
static void
refused_in_silence(struct engine *e, const struct ike_sa *sa)
{
	struct tunnel *t = sa->tunnel;
	const struct ike_sa *last;

	for (last = sa->initiator ? NULL : t->sas; last != NULL; last = last->next)
		if (last != sa && last->state == IKE_UP && !last->initiator &&
		    last->msgid_in == 2 && last->msgid_out == 0 &&
		    e->now - last->authenticated < SILENT_MS)
			break;
	if (last == NULL) {
		t->silent = 0;
		return;
	}
	if (t->silent < UINT8_MAX && ++t->silent >= SILENT_TIMES)
		tunnel_event(e, t, EV_AUTH, "the peer begins anew again and again, "
		    "and says nothing on the IKE_SA before: it seems that it "
		    "does not accept %s, or our identity, and does not say so\n"
		    "its log says why", t->conf->method == METHOD_CERT ?
		    "our certificate" : "our proof of the secret");
}

void
established(struct engine *e, struct ike_sa *sa)
{
	char who[IDENT_STRLEN], at[ENDPOINT_STRLEN], s[SUITE_STRLEN];
	struct child_sa *c, *next;
	struct tunnel *t = sa->tunnel;

	e->stats.handshakes++;
	refused_in_silence(e, sa);
	tunnel_event(e, t, EV_ESTABLISHED, "IKE_SA #%u established with "
	    "'%.200s' at %s, %s%s",
	    sa->serial, ident_str(sa->peer_id, who),
	    endpoint_str(&sa->remote, at), suite_str(&sa->suite, s),
	    sa->ppk ? ", with PPK" : t->conf->ppk_id != NULL ?
	    ", without the PPK: the peer does not have it" : "");
	if (sa->nat_local || sa->nat_remote)
		tunnel_event(e, t, EV_NAT, "%s behind a NAT: IKE and ESP go in "
		    "UDP", sa->nat_local && sa->nat_remote ? "both ends are" :
		    sa->nat_local ? "we are" : "the peer is");
	sa->authenticated = e->now;
	sa_arm(e, sa);
	ike2_reauth_arm(e, sa);
	for (c = sa->children; c != NULL; c = next) {
		next = c->next;
		if (c->state == CHILD_INSTALLING && c->pending == 0 &&
		    !c->failed)
			child_up(e, c);
	}
	if (child_any(sa)) {		/* not one that only waits for its Delete */
		if (t->reason_code == EV_REAUTH)
			tunnel_no_reason(t);
	} else if (sa->again) {	/* the old one has what this one lacks */
		sa->want |= WANT_DELETE;
		tunnel_lost(e, t, LOST_ATTEMPT, EV_REAUTH, "the peer refuses "
		    "the CHILD_SA with it");
	} else {
		tunnel_childless(e, t);
	}
}

/* The CHILD_SA is gone, the IKE_SA is not. */
void
child_closed(struct engine *e, struct ike_sa *sa)
{
	if (!child_any(sa) && sa->state == IKE_UP && sa->tunnel != NULL)
		tunnel_lost(e, sa->tunnel, LOST_CLOSED, EV_PEER_CLOSED,
		    "the peer closed the CHILD_SA");
}

/* One of ours could not be installed: the peer must not use it either. */
static void
install_failed(struct engine *e, struct child_sa *c, const char *why)
{
	struct ike_sa *sa = c->sa;
	struct child_sa *old = child_of(sa, c->replaces);

	child_unplug(e, c);
	child_enter(e, c, CHILD_NEW);
	c->want = CHILD_WANT_DELETE;
	if (old != NULL)
		child_reinstate(e, old);
	if (sa->tunnel != NULL)
		tunnel_lost(e, sa->tunnel, LOST_ATTEMPT, EV_DATA_PLANE, why);
	ike2_next(e, sa);
}

/* Ours is in the data plane: what it replaces goes. */
static void
replaced(struct engine *e, struct child_sa *c)
{
	struct child_sa *old = child_of(c->sa, c->replaces);

	if (old != NULL && child_is_up(old)) {
		child_enter(e, old, CHILD_REKEYED);
		timer_stop(&e->timers, &old->rekey);
		child_mute(e, old);
		old->want = CHILD_WANT_DELETE;
	}
}

void
ike2_child_answer(struct engine *e, struct child_sa *c, bool ok, const char *why)
{
	struct ike_sa *sa = c->sa;

	if (!ok) {
		c->failed = true;
		tunnel_event(e, sa->tunnel, EV_DATA_PLANE, "the data plane refuses an SA: "
		    "%.120s", why);
	}
	if (c->pending == 0 || --c->pending > 0)
		return;
	if (sa->state == IKE_R_INSTALL) {
		exchange_verdict(e, sa, auth_reply(e, sa), IKE_UP);
	} else if (sa->theirs != NULL && sa->theirs->child == c->serial) {
		create_reply(e, sa, c);
	} else if (c->state == CHILD_INSTALLING) {
		if (c->failed) {
			install_failed(e, c, why);
			return;
		}
		child_up(e, c);
		replaced(e, c);
		ike2_next(e, sa);
	} else if (c->failed) {
		/* The outbound half that child_switch() put in late: nothing can
		 * be sent until a newer one is there. */
		c->failed = false;
		ike2_child_rekey(e, c);
	}
}

/* --- timers --- */

void
ike2_rekey(struct engine *e, struct ike_sa *sa)
{
	uint64_t limit = sa->established + IKE_REKEY_TIME * 1100ull;
	struct tunnel *t = sa->tunnel;

	if (sa->state == IKE_REKEYED && t != NULL) {
		sa->want = WANT_DELETE;	/* what it has receives until then */
		ike2_next(e, sa);
		return;
	}
	if (t == NULL) {
		ike2_delete(e, sa);	/* the peer did not */
		return;
	}
	if (e->now >= limit) {
		ike2_delete(e, sa);
		tunnel_lost(e, t, LOST_CLOSED, EV_EXPIRED, "the IKE_SA could not be rekeyed "
		    "and reached its limit");
		return;
	}
	timer_set(&e->timers, &sa->rekey, limit);
	sa->want |= WANT_REKEY;
	ike2_next(e, sa);
}

void
ike2_child_rekey(struct engine *e, struct child_sa *c)
{
	if (c->state != CHILD_INSTALLED || (c->sa->theirs != NULL &&
	    c->sa->theirs->old == c->serial))
		return;
	if (c->redundant) {		/* the peer should have deleted it */
		c->want = CHILD_WANT_DELETE;
		ike2_next(e, c->sa);
		return;
	}
	if (c->late != NULL && c->replaces == 0 && !c->probed) {
		c->probed = true;	/* has the peer got our IKE_AUTH? */
		child_arm(e, c);
		c->sa->want |= WANT_PROBE;
		ike2_next(e, c->sa);
		return;
	}
	if (c->late != NULL) {		/* the peer is slow to delete */
		child_switch(e, c);
		return;
	}
	/* The first CHILD_SA of an IKE_SA does without a key exchange of its own,
	 * and all others may do with it. */
	if (child_is_late(e, c)) {
		ike2_replace(e, c->sa);
		return;
	}
	c->want |= CHILD_WANT_REKEY;
	ike2_next(e, c->sa);
}

void
ike2_child_lost(struct engine *e, struct child_sa *c, const char *why)
{
	/* One that is on its way out, or being replaced, is no loss. */
	if (c->state != CHILD_INSTALLED || (c->want & CHILD_WANT_REKEY) != 0)
		return;
	if (c->sa->tunnel != NULL)
		tunnel_event(e, c->sa->tunnel, EV_SA_LOST, "the data plane does "
		    "not have the SAs %08x %08x any more (%.120s): new ones are "
		    "being made", c->spi_in, c->spi_out, why);
	ike2_child_rekey(e, c);
}

void
ike2_child_expire(struct engine *e, struct child_sa *c)
{
	struct ike_sa *sa = c->sa;
	struct tunnel *t = sa->tunnel;

	if (c->state == CHILD_REKEYED || c->state == CHILD_NEW) {
		if (c->want == 0 && sa->asked_child != c->serial)
			child_free(e, c);
		else	/* the peer has not heard yet that it goes */
			child_unplug(e, c);
		return;
	}
	/* What could not be rekeyed for so long, and not be replaced with a new
	 * IKE_SA before it ended, needs a fresh start. */
	ike2_delete(e, sa);
	if (t != NULL)
		tunnel_lost(e, t, LOST_CLOSED, EV_EXPIRED, "the CHILD_SA could not be rekeyed "
		    "and reached its limit");
}

void
ike2_keepalive(struct engine *e, struct ike_sa *sa)
{
	static const uint8_t octet = 0xff;	/* RFC 3948 2.3 */

	timer_set(&e->timers, &sa->keepalive, e->now + NATT_KEEPALIVE_MS);
	engine_send(e, &sa->local, &sa->remote, false, &octet, 1);
}

/* --- dead peers (S1-042): only when neither IKE nor ESP came --- */

static uint32_t
delay_ms(const struct ike_sa *sa)
{
	return sa->tunnel->conf->dpd_delay * 1000u;
}

static void
probe_now(struct engine *e, struct ike_sa *sa)
{
	timer_set(&e->timers, &sa->probe, e->now + delay_ms(sa));
	if (sa->asked != REQ_NONE)
		return;		/* that request asks already */
	sa->want |= WANT_PROBE;
	ike2_next(e, sa);
}

void
ike2_probe(struct engine *e, struct ike_sa *sa)
{
	struct child_sa *c;

	if (sa->tunnel == NULL || sa->state != IKE_UP ||
	    sa->tunnel->conf->dpd_action == DPD_DISABLED)
		return;
	if (e->now - sa->heard < delay_ms(sa)) {
		timer_set(&e->timers, &sa->probe, sa->heard + delay_ms(sa));
		return;
	}
	for (c = sa->children; c != NULL; c = c->next)
		if (child_is_up(c) && child_count(e, c, ASK_PROBE, 0)) {
			timer_set(&e->timers, &sa->probe,
			    e->now + delay_ms(sa));
			return;
		}
	probe_now(e, sa);
}

void
ike2_probe_answer(struct engine *e, struct child_sa *c,
		  const struct dp_counters *n)
{
	struct ike_sa *sa = c->sa;

	if (n != NULL) {
		c->in = *n;
		c->counted = e->now;
	}
	if (sa->tunnel == NULL || sa->state != IKE_UP ||
	    sa->tunnel->conf->dpd_action == DPD_DISABLED)
		return;
	if (n != NULL && n->idle_ms < delay_ms(sa))
		timer_set(&e->timers, &sa->probe,
		    e->now + delay_ms(sa) - n->idle_ms);
	else
		probe_now(e, sa);
}
