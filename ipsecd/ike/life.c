#include "life.h"

#include <stdlib.h>

#include "ask.h"
#include "child.h"
#include "context.h"
#include "ike1/phase1.h"
#include "ike2/mobike.h"
#include "machine.h"
#include "natt.h"
#include "reauth.h"
#include "tunnel.h"
#include "unique.h"

#define LATER_MS	10000		/* after a refusal */

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

void
life_call(struct engine *e, struct tunnel *t)
{
	struct ike_sa *sa = sa_new(e, t, true, machine_of(t));
	char to[ADDR_STRLEN];

	if (sa == NULL)
		goto fail;
	sa->local.addr = t->conf->local;
	sa->remote.addr = t->conf->peer;
	mobike_begin(e, sa);
	sa->local.port = sa->remote.port = e->set.port;
	sa->setup = calloc(1, sizeof(*sa->setup));
	if (sa->setup == NULL)
		goto fail;
	sa->setup->sa = sa;
	sa->caller = true;
	sa->again = tunnel_sa(t) != NULL && tunnel_sa(t)->state == IKE_UP;
	if (!sa->machine->begin(e, sa))
		goto fail;
	tunnel_event(e, t, EV_CONNECTING, sa->again ? "authenticating anew with "
	    "%s" : "connecting to %s", addr_str(&t->conf->peer, to));
	return;
fail:
	sa_free(e, sa);
	tunnel_lost(e, t, LOST_ATTEMPT, EV_RESOURCES, "out of memory");
}

void
life_begin(struct engine *e, struct ike_sa *sa)
{
	char who[IDENT_STRLEN], at[ENDPOINT_STRLEN], s[SUITE_STRLEN];
	struct tunnel *t = sa->tunnel;

	e->stats.handshakes++;
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
	reauth_arm(e, sa);
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
	sa->machine->next(e, sa);
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
life_child_answer(struct engine *e, struct child_sa *c, bool ok, const char *why)
{
	struct ike_sa *sa = c->sa;

	if (!ok) {
		c->failed = true;
		tunnel_event(e, sa->tunnel, EV_DATA_PLANE, "the data plane refuses an SA: "
		    "%.120s", why);
	}
	if (c->pending == 0 || --c->pending > 0)
		return;
	if (sa->machine->child_answer(e, c))
		return;
	if (c->state == CHILD_INSTALLING) {
		if (c->failed) {
			install_failed(e, c, why);
			return;
		}
		child_up(e, c);
		replaced(e, c);
		sa->machine->next(e, sa);
	} else if (c->failed) {
		/* The outbound half that child_switch() put in late: nothing can
		 * be sent until a newer one is there. */
		c->failed = false;
		life_child_rekey(e, c);
	}
}

bool
life_worth_a_word(uint16_t notify, uint8_t refused)
{
	return notify != N_TEMPORARY_FAILURE || refused > 4;
}

void
life_rekey_failed(struct engine *e, struct ike_sa *sa, struct child_sa *old,
		  uint16_t notify, enum event_code code, const char *why)
{
	struct tunnel *t = sa->tunnel;
	uint32_t ms;

	if (old == NULL) {
		if (!child_any(sa))
			tunnel_lost(e, t, LOST_ATTEMPT, code, why);
		return;
	}
	child_reinstate(e, old);
	old->untried = false;
	ms = life_later(e, &old->refused);
	if (code != EV_PFS)
		code = EV_REKEY_FAILED;
	if (life_worth_a_word(notify, old->refused)) {
		/* A request of the peer's has told more than its refusal. */
		if (code != EV_PFS || !sa->pfs_said)
			tunnel_set_reason(t, code, why);
		if (!old->said)		/* the retries are not worth a line */
			tunnel_event(e, t, code, "rekeying failed: %s", why);
		old->said = true;
	}
	child_later(e, old, ms);
}

/* --- timers --- */

uint32_t
life_later(struct engine *e, uint8_t *refused)
{
	uint32_t ms = LATER_MS << (*refused < 6 ? *refused : 6);

	if (*refused < UINT8_MAX)
		++*refused;
	return ms + engine_jitter(e, LATER_MS);
}

void
life_rekey(struct engine *e, struct ike_sa *sa)
{
	uint64_t limit = sa->established + sa_life(e, sa) * 1100ull;
	struct tunnel *t = sa->tunnel;

	if (sa->state == IKE_REKEYED && t != NULL) {
		sa->want = WANT_DELETE;	/* what it has receives until then */
		sa->machine->next(e, sa);
		return;
	}
	if (t == NULL) {
		sa->machine->close(e, sa);	/* the peer did not */
		return;
	}
	if (e->now >= limit) {
		sa->machine->close(e, sa);
		tunnel_lost(e, t, LOST_CLOSED, EV_EXPIRED, "the IKE_SA could not be rekeyed "
		    "and reached its limit");
		return;
	}
	timer_set(&e->timers, &sa->rekey, limit);
	sa->want |= WANT_REKEY;
	sa->machine->next(e, sa);
}

void
life_child_rekey(struct engine *e, struct child_sa *c)
{
	if (c->state == CHILD_REKEYED && c->repeats) {
		c->want = CHILD_WANT_DELETE;	/* once more */
		c->sa->machine->next(e, c->sa);
		return;
	}
	if (c->state != CHILD_INSTALLED || c->sa->machine->is_replaced(c))
		return;
	/* What made it so has gone as well, as of three that crossed. */
	if (c->redundant && c->sa->tunnel != NULL &&
	    tunnel_newest_child(c->sa->tunnel, c) == NULL) {
		c->redundant = false;
		child_arm(e, c);
		child_switch(e, c);
		return;
	}
	if (c->redundant) {		/* the peer should have deleted it */
		c->want = CHILD_WANT_DELETE;
		c->sa->machine->next(e, c->sa);
		return;
	}
	if (c->late != NULL && !c->waits && c->replaces == 0 && !c->probed) {
		c->probed = true;	/* has the peer got our IKE_AUTH? */
		child_arm(e, c);
		c->sa->want |= WANT_PROBE;
		c->sa->machine->next(e, c->sa);
		return;
	}
	if (c->late != NULL) {		/* the peer is slow to delete, or has it */
		child_switch(e, c);
		if (c->waits)
			unique_newest(e, c);
		return;
	}
	/* The first CHILD_SA of an IKE_SA does without a key exchange of its own,
	 * and all others may do with it. */
	if (child_is_late(e, c)) {
		reauth_replace(e, c->sa);
		return;
	}
	c->want |= CHILD_WANT_REKEY;
	c->sa->machine->next(e, c->sa);
}

void
life_child_lost(struct engine *e, struct child_sa *c, const char *why)
{
	/* One that is on its way out, or being replaced, is no loss. */
	if (c->state != CHILD_INSTALLED || (c->want & CHILD_WANT_REKEY) != 0)
		return;
	if (c->sa->tunnel != NULL)
		tunnel_event(e, c->sa->tunnel, EV_SA_LOST, "the data plane does "
		    "not have the SAs %08x %08x any more (%.120s): new ones are "
		    "being made", c->spi_in, c->spi_out, why);
	life_child_rekey(e, c);
}

/* IKEv1: what has replaced it, and may wait to be sent with. */
static struct child_sa *
newer(const struct child_sa *c)
{
	const struct ike_sa *sa;
	struct child_sa *n;

	for (sa = c->sa->tunnel != NULL ? c->sa->tunnel->sas : NULL; sa != NULL;
	    sa = sa->next)
		for (n = sa->children; n != NULL; n = n->next)
			if (n->waits && n->state == CHILD_INSTALLED &&
			    n->serial > c->serial)
				return n;
	return NULL;
}

void
life_child_expire(struct engine *e, struct child_sa *c)
{
	struct ike_sa *sa = c->sa;
	struct tunnel *t = sa->tunnel;
	struct child_sa *next = newer(c);

	if (next != NULL && (c->state == CHILD_INSTALLED ||
	    c->state == CHILD_REKEYING)) {
		child_switch(e, next);
		c->want = CHILD_WANT_DELETE;
		sa->machine->next(e, sa);
		return;
	}
	if (c->state == CHILD_REKEYED || c->state == CHILD_NEW) {
		if (c->want == 0 && sa->asked_child != c->serial)
			child_free(e, c);
		else	/* the peer has not heard yet that it goes */
			child_unplug(e, c);
		return;
	}
	/* What could not be rekeyed for so long, and not be replaced with a new
	 * IKE_SA before it ended, needs a fresh start. */
	sa->machine->close(e, sa);
	if (t != NULL)
		tunnel_lost(e, t, LOST_CLOSED, EV_EXPIRED, "the CHILD_SA could not be rekeyed "
		    "and reached its limit");
}

void
life_keepalive(struct engine *e, struct ike_sa *sa)
{
	static const uint8_t octet = 0xff;	/* RFC 3948 2.3 */

	timer_set(&e->timers, &sa->keepalive, e->now + NATT_KEEPALIVE_MS);
	engine_send(e, &sa->local, &sa->remote, false, &octet, 1);
}

/* --- dead peers (S1-042): only when neither IKE nor ESP came --- */

#define PROOF_MS	2000	/* until an IKE_SA of IKEv1 counts (phase2_begin()):
				 * a peer may have got our question before the last
				 * message of main mode, and not have read it */

uint32_t
life_probe_after(const struct ike_sa *sa)
{
	if (sa->v1 != NULL && sa->v1->unproven)
		return PROOF_MS;
	return sa->tunnel->conf->dpd_delay * 1000u;
}

static void
probe_now(struct engine *e, struct ike_sa *sa)
{
	timer_set(&e->timers, &sa->probe, e->now + life_probe_after(sa));
	if (sa->asked != 0)
		return;		/* that request asks already */
	sa->want |= WANT_PROBE;
	sa->machine->next(e, sa);
}

void
life_probe(struct engine *e, struct ike_sa *sa)
{
	struct child_sa *c;

	if (sa->tunnel == NULL || sa->state != IKE_UP ||
	    sa->tunnel->conf->dpd_action == DPD_DISABLED)
		return;
	if (e->now - sa->heard < life_probe_after(sa)) {
		timer_set(&e->timers, &sa->probe,
		    sa->heard + life_probe_after(sa));
		return;
	}
	for (c = sa->children; c != NULL; c = c->next)
		if (child_is_up(c) && child_count(e, c, ASK_PROBE, 0)) {
			timer_set(&e->timers, &sa->probe,
			    e->now + life_probe_after(sa));
			return;
		}
	probe_now(e, sa);
}

/* ESP answers as well.  IKEv1 does not ask once more then, as a request of IKEv2 is
 * repeated until it has its answer. */
static void
esp_came(struct engine *e, struct ike_sa *sa)
{
	if (sa->v1 == NULL)
		return;
	sa->v1->dpd_since = 0;
	if (sa->sent.packet != NULL || sa->sent.tries == 0)
		return;
	sa->sent.tries = 0;
	tunnel_update(e, sa->tunnel);
}

void
life_probe_answer(struct engine *e, struct child_sa *c,
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
	if (n == NULL || n->idle_ms >= life_probe_after(sa)) {
		probe_now(e, sa);
		return;
	}
	timer_set(&e->timers, &sa->probe,
	    e->now + life_probe_after(sa) - n->idle_ms);
	esp_came(e, sa);
}
