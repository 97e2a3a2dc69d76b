#include "handlers1.h"

#include <stdio.h>

#include "ike/agree.h"
#include "ike/child.h"
#include "ike/context.h"
#include "ike/fragments.h"
#include "ike/life.h"
#include "ike/reason.h"
#include "ike/trace.h"
#include "ike/tunnel.h"
#include "ike/unique.h"
#include "phase1.h"
#include "quick_agree.h"

#define CONNECTED_MS	10000		/* for a peer that set the commit bit */
#define REPEAT_MS	180000		/* it may still ask for our last message */
#define REPEATS_MAX	16
#define GROUPS_MAX	4		/* to try, one after the other */

/* --- keys --- */

/* Out of the key exchange, if there is one. */
static bool
shared_secret(const struct quick *q, const struct message *m, uint8_t *shared,
	      size_t *len)
{
	const struct payload *ke = message_find(m, PL_KE);

	*len = 0;
	if (q->ke == NULL)
		return true;
	*len = ke_alg(q->ke)->shared_len;
	return ke != NULL && ke_shared(q->ke, ke->ke.data.p, ke->ke.data.len,
	    shared);
}

/* Both SAs into the data plane, the outbound one when quick_installed() says.  The
 * private value has done what it is for. */
static bool
install(struct engine *e, struct quick *q, struct child_sa *c,
	const struct message *m)
{
	const struct keys1 *k = &q->sa->v1->keys;
	uint32_t spi_i = c->initiator ? c->spi_in : c->spi_out;
	uint32_t spi_r = c->initiator ? c->spi_out : c->spi_in;
	uint8_t shared[KE_SHARED_MAX];
	struct cipher_keys from_i, from_r;
	struct bytes dh = { .p = shared };
	bool ok;

	ok = shared_secret(q, m, shared, &dh.len) &&
	    keymat1_child(e->crypto, k->prf, &k->skeyid_d, &c->suite, spi_r, &dh,
		&q->ni, &q->nr, &from_i) &&
	    keymat1_child(e->crypto, k->prf, &k->skeyid_d, &c->suite, spi_i, &dh,
		&q->ni, &q->nr, &from_r) &&
	    child_install(e, c, &from_i, &from_r);
	secret_wipe_mem(shared, sizeof(shared));
	secret_wipe_mem(&from_i, sizeof(from_i));
	secret_wipe_mem(&from_r, sizeof(from_r));
	ke_free(q->ke);
	q->ke = NULL;
	return ok;
}

/* --- our message --- */

/* What quick_build_* has kept, until the peer answers. */
static void
send_first(struct engine *e, struct quick *q)
{
	struct packet *p = q->sent.packet;

	q->sent.packet = NULL;
	resend_begin(e, &q->sent, p);
	sa_transmit(e, q->sa, p);
}

/* Kept for a peer that repeats itself. */
static void
linger(struct engine *e, struct quick *q, enum quick_state state)
{
	q->state = (uint8_t)state;
	timer_set(&e->timers, &q->sent.timer, e->now + REPEAT_MS);
}

void
quick_repeat(struct engine *e, struct quick *q)
{
	if (q->sent.packet == NULL || q->repeats >= REPEATS_MAX ||
	    q->state == QUICK_I_INSTALL || q->state == QUICK_R_INSTALL)
		return;
	fragments_again(e, q->sa, &q->sent.packet, ++q->repeats);
	trace_again(e, q->sa, q->sent.packet);
	sa_transmit(e, q->sa, q->sent.packet);
}

/* --- the CHILD_SA that is there --- */

/* What c replaces, which stays where it is until c is up. */
static struct child_sa *
to_replace(const struct ike_sa *sa, struct child_sa *old, struct child_sa *c)
{
	if (old == NULL)
		old = tunnel_newest_child(sa->tunnel, c);
	if (old != NULL)
		c->replaces = old->serial;
	return old;
}

/* It came to nothing; so does q. */
static void
failed(struct engine *e, struct quick *q, uint16_t notify, enum event_code code,
       const char *why)
{
	struct ike_sa *sa = q->sa;
	struct child_sa *old = quick_old(q);
	bool initiator = q->initiator;

	quick_free(e, q);
	if (sa->tunnel == NULL)
		return;
	if (initiator)
		life_rekey_failed(e, sa, old, notify, code, why);
	else if (old != NULL)
		child_reinstate(e, old);
}

/* --- initiator --- */

static bool
set_group(struct engine *e, struct quick *q, uint16_t group)
{
	const struct ke_alg *a = ke_find(group);

	if (group == 0)
		return true;
	q->ke = a != NULL ? ke_new(e->crypto, a) : NULL;
	return q->ke != NULL;
}

/* again: with the group that is next, after a refusal; NULL: the first. */
static bool
start(struct engine *e, struct ike_sa *sa, struct child_sa *old,
      const uint16_t *again, unsigned int turn)
{
	uint32_t msgid = phase2_msgid(e, sa);
	struct quick *q = msgid != 0 ? quick_new(e, sa, true, msgid) : NULL;
	const struct keys1 *k = &sa->v1->keys;
	struct child_sa *c = q != NULL ? child_new(e, sa) : NULL;

	sa->want &= (uint8_t)~WANT_CHILD;
	if (old != NULL)
		old->want &= (uint8_t)~CHILD_WANT_REKEY;
	if (c == NULL)
		goto fail;
	c->initiator = c->waits = true;
	q->child = c->serial;
	old = to_replace(sa, old, c);
	q->old = c->replaces;
	q->group = again != NULL ? *again : quick_first_group(sa, old);
	q->turn = (uint8_t)turn;
	if (!nonce_make(e, &q->ni) || !set_group(e, q, q->group) ||
	    !keymat1_iv(e->crypto, k->prf, k->iv, msgid, q->iv) ||
	    !quick_build_request(e, q, c))
		goto fail;
	if (old != NULL)
		child_enter(e, old, CHILD_REKEYING);
	q->state = QUICK_I_SENT;
	send_first(e, q);
	return true;
fail:
	if (q != NULL)
		quick_free(e, q);
	return false;
}

bool
quick_start(struct engine *e, struct ike_sa *sa, struct child_sa *old)
{
	return start(e, sa, old, NULL, 0);
}

/* It carries traffic, as far as we are concerned. */
static void
up(struct engine *e, struct quick *q, struct child_sa *c)
{
	struct ike_sa *sa = q->sa, *now = tunnel_sa(sa->tunnel);
	struct child_sa *old = quick_old(q);

	/* An IKE_SA that is being replaced does not keep it; one whose successor is
	 * gone is in use again, as the peer knows. */
	if (now == NULL || now->state != IKE_UP)
		phase2_revive(e, sa);
	else if (sa->state != IKE_UP && now->machine == sa->machine)
		child_move(c, now);
	if (old != NULL && old->sa != c->sa)
		child_move(old, c->sa);
	child_up(e, c);
	if (old != NULL && old->state == CHILD_REKEYING) {
		child_enter(e, old, CHILD_INSTALLED);
		timer_stop(&e->timers, &old->rekey);
	}
	q->child = 0;
}

void
quick_response(struct engine *e, struct quick *q, const struct message *m)
{
	struct child_sa *c = child_of(q->sa, q->child);
	char why[ERR_TEXT_MAX];

	if (c == NULL) {
		quick_free(e, q);
		return;
	}
	quick_agree(e, q, m);
	c->spi_out = q->plan.spi_out;
	if (q->plan.refuse != 0 ||
	    !nonce1_set(&q->nr, &message_find(m, PL_NONCE)->body)) {
		snprintf(why, sizeof(why), "%s", q->plan.why != NULL ? q->plan.why :
		    "the peer's answer is not valid");
		info1_delete_child(e, q->sa, c);
		failed(e, q, 0, q->plan.why != NULL ?
		    (enum event_code)q->plan.code : EV_MALFORMED, why);
		return;
	}
	quick_take_lifetime(q, c, m);
	agree_apply(e, &q->plan, c);
	if (!quick_build_confirm(e, q) || !install(e, q, c, m)) {
		info1_delete_child(e, q->sa, c);
		failed(e, q, 0, EV_RESOURCES, "the key exchange failed");
		return;
	}
	timer_stop(&e->timers, &q->sent.timer);
	q->commit = (m->hdr.flags & FLAG1_COMMIT) != 0;
	q->repeats = 0;
	q->state = QUICK_I_INSTALL;
}

/* --- responder --- */

static void
refuse(struct engine *e, struct quick *q)
{
	const struct child_plan *p = &q->plan;
	struct ike_sa *sa = q->sa;
	uint16_t notify = p->refuse == N_TS_UNACCEPTABLE ?
	    N1_INVALID_ID_INFORMATION : p->refuse == N_INVALID_KE_PAYLOAD ?
	    N1_INVALID_KEY_INFORMATION : N1_NO_PROPOSAL_CHOSEN;

	const char *why = p->why != NULL ? p->why :
	    "its key exchange does not fit the group that it proposes";

	tunnel_event(e, sa->tunnel, (enum event_code)p->code, "refused the peer's "
	    "CHILD_SA: %s", why);
	if (tunnel_newest_child(sa->tunnel, NULL) == NULL)
		tunnel_set_reason(sa->tunnel, (enum event_code)p->code, why);
	info1_notify(e, sa, notify, p->spi_out);
	quick_free(e, q);
}

/* As the responder: the public value is ours. */
static bool
grant(struct engine *e, struct quick *q, struct child_sa *c,
      const struct message *m)
{
	struct child_sa *old;

	old = to_replace(q->sa, NULL, c);
	q->old = c->replaces;
	c->waits = true;
	quick_take_lifetime(q, c, m);
	agree_apply(e, &q->plan, c);
	if (!nonce_make(e, &q->nr) ||
	    !set_group(e, q, q->plan.choice.suite.ke) ||
	    !quick_build_answer(e, q, c, m) || !install(e, q, c, m))
		return false;
	q->state = QUICK_R_INSTALL;
	if (old != NULL)		/* theirs will do */
		old->want &= (uint8_t)~CHILD_WANT_REKEY;
	return true;
}

void
quick_request(struct engine *e, struct quick *q, const struct message *m)
{
	struct child_sa *c;

	if (q->sa->tunnel == NULL ||
	    !nonce1_set(&q->ni, &message_find(m, PL_NONCE)->body)) {
		quick_free(e, q);
		return;
	}
	quick_agree(e, q, m);
	if (q->plan.refuse != 0) {
		refuse(e, q);
		return;
	}
	q->commit = (m->hdr.flags & FLAG1_COMMIT) != 0;
	c = child_new(e, q->sa);
	if (c != NULL)
		q->child = c->serial;	/* quick_free() frees it */
	if (c == NULL || !grant(e, q, c, m)) {
		tunnel_event(e, q->sa->tunnel, EV_RESOURCES, "the peer's CHILD_SA "
		    "cannot be made: the key exchange failed");
		quick_free(e, q);
	}
}

/* Message 3. */
void
quick_confirm(struct engine *e, struct quick *q, const struct message *m)
{
	struct child_sa *c = child_of(q->sa, q->child);

	(void)m;
	resend_end(e, &q->sent);
	if (c == NULL) {
		quick_free(e, q);
		return;
	}
	if (q->commit) {
		q->state = QUICK_R_COMMIT;
		timer_set(&e->timers, &q->sent.timer, e->now + CONNECTED_MS);
		return;
	}
	quick_connected(e, q, NULL);
}

/* Both ends have it. */
void
quick_connected(struct engine *e, struct quick *q, const struct message *m)
{
	struct child_sa *c = child_of(q->sa, q->child);
	bool responder = !q->initiator;

	(void)m;
	if (c == NULL) {
		quick_free(e, q);
		return;
	}
	up(e, q, c);
	if (responder || q->commit) {
		child_switch(e, c);
		unique_newest(e, c);
	}
	if (responder)
		quick_free(e, q);
	else
		linger(e, q, QUICK_I_DONE);
}

/* --- both --- */

void
quick_installed(struct engine *e, struct quick *q, struct child_sa *c)
{
	struct ike_sa *sa = q->sa;

	if (c->failed) {
		if (q->initiator)
			info1_delete_child(e, sa, c);
		failed(e, q, 0, EV_DATA_PLANE, "the data plane refuses it");
		return;
	}
	if (!q->initiator) {
		q->state = QUICK_R_SENT;
		send_first(e, q);
		return;
	}
	sa_transmit(e, sa, q->sent.packet);
	if (q->commit) {
		q->state = QUICK_I_COMMIT;
		timer_set(&e->timers, &q->sent.timer, e->now + CONNECTED_MS);
		return;
	}
	up(e, q, c);
	if (c->late == NULL)		/* nothing else sends */
		unique_newest(e, c);
	linger(e, q, QUICK_I_DONE);
}

/* It may be the group: there is no way to say which one it wants.  True: q is gone. */
static bool
try_next_group(struct engine *e, struct quick *q)
{
	struct ike_sa *sa = q->sa;
	struct child_sa *old = quick_old(q);
	uint16_t group = q->group;
	unsigned int turn = q->turn + 1u;
	struct offer o;

	offer_init(&o, OFFER_CHILD, &sa->tunnel->conf->esp, false);
	if (turn >= GROUPS_MAX || !offer_next_ke(&o, &group))
		return false;
	quick_free(e, q);
	if (!start(e, sa, old, &group, turn))
		life_rekey_failed(e, sa, old, 0, EV_RESOURCES,
		    "no memory for quick mode");
	return true;
}

void
quick_refused(struct engine *e, struct quick *q, uint16_t notify)
{
	struct ike_sa *sa = q->sa;
	char why[REASON_MAX];
	enum event_code code;

	if (notify == N1_NO_PROPOSAL_CHOSEN && try_next_group(e, q))
		return;
	/* IKEv2's numbers where they mean the same. */
	if (notify == N1_INVALID_ID_INFORMATION)
		notify = N_TS_UNACCEPTABLE;
	code = q->old != 0 ? reason_rekey(e, sa, notify, why) :
	    reason_child(e, sa, notify, why);
	failed(e, q, notify, code, why);
}

void
quick_deleted(struct engine *e, struct quick *q)
{
	if (!q->initiator)		/* message 2 need not be repeated */
		quick_free(e, q);
	else
		failed(e, q, 0, EV_PEER_CLOSED, "the peer closed the CHILD_SA before "
		    "it was there");
}

/* No answer in all this time. */
static void
unanswered(struct engine *e, struct quick *q)
{
	struct ike_sa *sa = q->sa;

	if (!q->initiator) {
		failed(e, q, 0, EV_NO_ANSWER, "");
	} else if (sa->heard < q->begun) {
		sa_dead(e, sa, "");
	} else {
		failed(e, q, 0, EV_NO_ANSWER, "the peer does not answer to quick "
		    "mode: it has no tunnel for these subnets and algorithms, and "
		    "does not say so\nits log says why");
	}
}

void
quick_timer(struct engine *e, struct quick *q)
{
	struct ike_sa *sa = q->sa;

	switch ((enum quick_state)q->state) {
	case QUICK_I_SENT:
	case QUICK_R_SENT:
		if (!resend_again(e, &q->sent)) {
			unanswered(e, q);
			return;
		}
		sa->resent++;
		fragments_again(e, sa, &q->sent.packet, q->sent.tries);
		trace_again(e, sa, q->sent.packet);
		sa_transmit(e, sa, q->sent.packet);
		return;
	case QUICK_I_COMMIT:		/* CONNECTED was lost, or never sent */
	case QUICK_R_COMMIT:
		quick_connected(e, q, NULL);
		return;
	default:
		quick_free(e, q);
	}
}
