#include "handlers.h"

#include <stdio.h>
#include <stdlib.h>

#include "ike/agree.h"
#include "ike/child.h"
#include "ike/context.h"
#include "ike2.h"
#include "ike/life.h"
#include "nego.h"
#include "ike/notify.h"
#include "ike/reason.h"
#include "ike/tunnel.h"
#include "ike/wire/octets.h"

/*
 *	HDR, SK { [N(REKEY_SA)], SA, Ni, [KEi], TSi, TSr }  -->
 *				<--  HDR, SK { SA, Nr, [KEr], TSi, TSr }
 *
 * RFC 7296 1.3.1 and 1.3.3.
 */

/* Out of a key exchange of its own, if there is one. */
static bool
shared_secret(struct nego *n, const struct payload *ke, uint8_t *shared,
	      size_t *len)
{
	*len = 0;
	if (n->ke == NULL)
		return true;
	*len = ke_alg(n->ke)->shared_len;
	return ke != NULL && ke->ke.group == ke_alg(n->ke)->id &&
	    ke_shared(n->ke, ke->ke.data.p, ke->ke.data.len, shared);
}

/* --- initiator --- */

static bool
request(struct engine *e, struct ike_sa *sa)
{
	struct nego *n = sa->own;
	struct child_sa *c = child_of(sa, n->child);
	struct child_sa *old = child_of(sa, n->old);
	struct subnets ours;
	uint8_t spi[4];
	struct build b;

	if (c == NULL)
		return false;
	request_begin(e, sa, &b, EXCH_CREATE_CHILD_SA);
	if (old != NULL) {
		octets_u32(old->spi_in, spi);
		build_notify(&b, PROTO_ESP, N_REKEY_SA, spi, 4, NULL, 0);
	}
	plan_build_offer(e, sa, &b, false, c->spi_in);
	build_nonce(&b, n->ni.b, n->ni.len);
	if (!nego_put_ke(&b, n))
		return false;
	tunnel_subnets(sa->tunnel, sa, &ours);
	plan_build_ts(&b, &ours, true);
	return request_send(e, sa, &b, REQ_CREATE);
}

/* Ends our exchange; what it made goes unless it was handed over. */
static void
finish(struct engine *e, struct ike_sa *sa)
{
	struct nego *n = sa->own;

	sa->own = NULL;
	child_free(e, child_of(sa, n->child));
	nego_free(e, n);
}

/* Of what we offer, one that the peer has taken before: not every peer asks for
 * another with INVALID_KE_PAYLOAD. */
static uint16_t
first_group(const struct offer *ours, const struct ike_sa *sa,
	    const struct child_sa *old)
{
	if (old != NULL && offer_has_ke(ours, old->suite.ke))
		return old->suite.ke;
	if (offer_has_ke(ours, sa->suite.ke))
		return sa->suite.ke;
	return offer_first_ke(ours);
}

bool
create_start(struct engine *e, struct ike_sa *sa, struct child_sa *old)
{
	struct offer ours;
	struct child_sa *c;

	sa->want &= (uint8_t)(old == NULL ? ~WANT_CHILD : 0xff);
	if (old != NULL)
		old->want &= (uint8_t)~CHILD_WANT_REKEY;
	sa->own = nego_new(old != NULL ? NEGO_REKEY_CHILD : NEGO_CHILD);
	if (sa->own == NULL)
		return false;
	c = child_new(e, sa);
	if (c == NULL) {
		finish(e, sa);
		return false;
	}
	c->initiator = true;
	sa->own->child = c->serial;
	if (old != NULL)
		sa->own->old = c->replaces = old->serial;
	offer_init(&ours, OFFER_CHILD, &sa->tunnel->conf->esp,
	    e->set.caps.esn);
	if (!nonce_make(e, &sa->own->ni) ||
	    !nego_set_group(e, sa->own, first_group(&ours, sa, old)) ||
	    !request(e, sa)) {
		finish(e, sa);
		return false;
	}
	if (old != NULL)
		child_enter(e, old, CHILD_REKEYING);
	return true;
}

/* The peer's rekeying of the same SA, which crossed ours, stands. */
static bool
rival_stands(struct engine *e, struct ike_sa *sa)
{
	struct nego *n = sa->own;
	struct child_sa *rival, *old = child_of(sa, n->old);

	rival = n->crossed ? child_of(sa, (uint32_t)n->rival) : NULL;
	if (rival == NULL || !child_is_up(rival))
		return false;
	if (old != NULL && child_is_up(old))
		child_enter(e, old, CHILD_REKEYED);
	return true;
}

/* The old one stays until its hard limit.  notify: the peer's, or 0. */
static void
rekey_failed(struct engine *e, struct ike_sa *sa, uint16_t notify,
	     enum event_code code, const char *why)
{
	if (!rival_stands(e, sa))
		life_rekey_failed(e, sa, child_of(sa, sa->own->old), notify, code,
		    why);
}

void
create_failed(struct engine *e, struct ike_sa *sa, const char *why)
{
	rekey_failed(e, sa, 0, EV_REFUSED, why);
	finish(e, sa);
}

/* RFC 7296 2.8.1: the SA made with the lowest of the four nonces is closed by
 * the end that made it.  Not if the peer has taken back its own meanwhile. */
static bool
lost_crossing(struct ike_sa *sa, const struct nego *n)
{
	return n->crossed && child_of(sa, (uint32_t)n->rival) != NULL &&
	    nonce_cmp(nonce_lower(&n->ni, &n->nr), &n->rival_nonce) < 0;
}

static bool
install(struct engine *e, struct ike_sa *sa, struct child_sa *c,
	const struct message *m)
{
	struct nego *n = sa->own;
	uint8_t shared[KE_SHARED_MAX];
	size_t len;
	bool ok;

	/* Where we offered it, the peer may do without a key exchange: the KE
	 * payload we sent was for nothing (RFC 7296 1.3.1). */
	if (n->plan.choice.suite.ke == 0)
		(void)nego_set_group(e, n, 0);
	ok = n->plan.choice.suite.ke == n->group &&
	    shared_secret(n, message_find(m, PL_KE), shared, &len) &&
	    plan_install(e, c, shared, len, &n->ni, &n->nr);
	secret_wipe_mem(shared, sizeof(shared));
	return ok;
}

int
create_response(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	struct nego *n = sa->own;
	struct child_sa *c, *old;

	request_done(e, sa);
	if (n == NULL)
		return V_STAY;
	if (n->kind == NEGO_REKEY_IKE) {
		rekey_refused(e, sa, NULL);
		return V_STAY;
	}
	if ((c = child_of(sa, n->child)) == NULL) {
		create_failed(e, sa, "the CHILD_SA was closed meanwhile");
		return V_STAY;
	}
	plan_response(e, sa, m, false, &n->plan);
	agree_apply(e, &n->plan, c);
	if (n->plan.refuse != 0 ||
	    !nonce_set(&n->nr, &message_find(m, PL_NONCE)->body)) {
		if (n->plan.why != NULL)
			rekey_failed(e, sa, 0, n->plan.code, n->plan.why);
		else
			rekey_failed(e, sa, 0, EV_MALFORMED,
			    "the peer's answer is not valid");
		c->want = CHILD_WANT_DELETE;
	} else if (lost_crossing(sa, n)) {
		c->want = CHILD_WANT_DELETE;
		old = child_of(sa, n->old);
		if (old != NULL)
			child_enter(e, old, CHILD_REKEYED);
	} else if (!install(e, sa, c, m)) {
		rekey_failed(e, sa, 0, EV_RESOURCES, "the key exchange failed");
		c->want = CHILD_WANT_DELETE;
	} else if (n->crossed &&
	    (c = child_of(sa, (uint32_t)n->rival)) != NULL) {
		c->redundant = true;	/* the peer deletes it */
	}
	n->child = 0;
	finish(e, sa);
	return V_STAY;
}

/* With what consequences the peer refuses ours. */
static void
refused(struct engine *e, struct ike_sa *sa, uint16_t notify)
{
	char why[REASON_MAX];
	enum event_code code = sa->own->old != 0 ?
	    reason_rekey(e, sa, notify, why) : reason_child(e, sa, notify, why);

	rekey_failed(e, sa, notify, code, why);
}

static int
again(struct engine *e, struct ike_sa *sa, const struct payload *notify)
{
	struct nego *n = sa->own;
	int group = notify_u16(notify);
	struct offer ours;

	offer_init(&ours, OFFER_CHILD, &sa->tunnel->conf->esp, e->set.caps.esn);
	if (group > 0 && n->again++ < NEGO_AGAIN_MAX &&
	    offer_has_ke(&ours, (uint16_t)group) &&
	    nego_set_group(e, n, (uint16_t)group) && request(e, sa))
		return V_STAY;
	refused(e, sa, N_INVALID_KE_PAYLOAD);
	finish(e, sa);
	return V_STAY;
}

int
create_refused(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	const struct payload *notify = message_error(m);
	uint16_t type = notify != NULL ? notify->notify.type : 0;
	struct child_sa *old;
	char text[NOTIFY_STRLEN];

	request_done(e, sa);
	if (notify_meaning(type)->fatal)
		return exchange_fail(e, EV_PEER_CLOSED, "the peer ended the IKE_SA with %s",
		    notify_explain(type, text));
	if (sa->own == NULL)
		return V_STAY;
	if (sa->own->kind == NEGO_REKEY_IKE) {
		rekey_refused(e, sa, notify);
		return V_STAY;
	}
	if (type == N_INVALID_KE_PAYLOAD)
		return again(e, sa, notify);
	old = child_of(sa, sa->own->old);
	if (type == N_CHILD_SA_NOT_FOUND && sa->own->old != 0 &&
	    !rival_stands(e, sa)) {
		child_free(e, old);	/* 2.25: it has none; make a new one */
		if (!child_any(sa))
			sa->want |= WANT_CHILD;
	} else {
		refused(e, sa, type);
	}
	finish(e, sa);
	return V_STAY;
}

/* --- responder --- */

static int
not_found(struct engine *e, struct ike_sa *sa, const struct payload *rekey)
{
	struct build b;

	reply_begin(e, sa, &b);
	build_notify(&b, PROTO_ESP, N_CHILD_SA_NOT_FOUND,
	    rekey->notify.spi.p, rekey->notify.spi.len, NULL, 0);
	reply_send(e, sa, &b);
	return V_STAY;
}

static int
refuse(struct engine *e, struct ike_sa *sa, const struct child_plan *p,
       const struct child_sa *old)
{
	char why[REASON_MAX];
	uint8_t group[2] = { (uint8_t)(p->choice.suite.ke >> 8),
	    (uint8_t)p->choice.suite.ke };

	if (p->refuse == N_INVALID_KE_PAYLOAD) {
		reply_notify(e, sa, p->refuse, group, 2);
		return V_STAY;
	}
	if (old != NULL && p->code == EV_PFS) {
		snprintf(why, sizeof(why), "refused to rekey the CHILD_SA (PFS): "
		    "%.600s", p->why != NULL ? p->why : "");
		tunnel_set_reason(sa->tunnel, EV_PFS, why);
		if (!sa->pfs_said)
			tunnel_event(e, sa->tunnel, EV_PFS, "%s", why);
		sa->pfs_said = true;
	} else {
		tunnel_event(e, sa->tunnel, p->code, "refused the peer's "
		    "CHILD_SA: %s", p->why != NULL ? p->why : "");
	}
	return p->refuse;
}

/* Ours is on its way for the same old one.  Its answer may come before the data
 * plane has theirs: it is noted as soon as the nonces are known. */
static void
note_crossing(struct ike_sa *sa, const struct nego *theirs, uint64_t rival)
{
	struct nego *n = sa->own;

	if (n == NULL || theirs->old == 0 || n->old != theirs->old)
		return;
	n->crossed = true;
	n->rival = rival;
	n->rival_nonce = *nonce_lower(&theirs->ni, &theirs->nr);
}

static bool
grant(struct engine *e, struct ike_sa *sa, const struct message *m,
       struct child_sa *old)
{
	struct nego *n = sa->theirs;
	const struct payload *ke = message_find(m, PL_KE);
	struct child_sa *c = child_new(e, sa);
	uint8_t shared[KE_SHARED_MAX];
	size_t len;
	bool ok;

	if (c == NULL)
		return false;
	n->child = c->serial;
	c->replaces = n->old = old != NULL ? old->serial : 0;
	agree_apply(e, &n->plan, c);
	ok = nonce_set(&n->ni, &message_find(m, PL_NONCE)->body) &&
	    nonce_make(e, &n->nr);
	if (ok && n->plan.choice.suite.ke != 0) {
		n->ke = ke_new(e->crypto, suite_ke(&n->plan.choice.suite));
		ok = n->ke != NULL;
	}
	ok = ok && shared_secret(n, ke, shared, &len) &&
	    plan_install(e, c, shared, len, &n->ni, &n->nr);
	secret_wipe_mem(shared, sizeof(shared));
	if (ok)
		note_crossing(sa, n, c->serial);
	if (ok && old != NULL) {	/* theirs will do */
		timer_stop(&e->timers, &old->rekey);
		old->want &= (uint8_t)~CHILD_WANT_REKEY;
	}
	return ok;
}

/* Theirs came to nothing: if ours gave way to it, the old one stays. */
static void
unnote_crossing(struct engine *e, struct ike_sa *sa, const struct nego *theirs,
		struct child_sa *old)
{
	if (sa->own != NULL && sa->own->rival == theirs->child)
		sa->own->crossed = false;
	else if (old != NULL)
		child_reinstate(e, old);
}

static void
drop_theirs(struct engine *e, struct ike_sa *sa)
{
	struct nego *n = sa->theirs;

	sa->theirs = NULL;
	child_free(e, child_of(sa, n->child));
	nego_free(e, n);
}

int
create_request(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	const struct payload *rekey = message_notify(m, N_REKEY_SA);
	const struct payload *ke = message_find(m, PL_KE);
	struct child_sa *old = NULL;
	struct nego *n;
	int verdict;

	/* Not the successor yet: the answer to our own rekeying of the IKE_SA,
	 * which crossed the peer's, is under way, and so are its CHILD_SAs. */
	if (sa->tunnel == NULL)
		return N_TEMPORARY_FAILURE;
	if (rekey != NULL)
		old = child_by_peer(sa, bytes_spi(&rekey->notify.spi));
	verdict = collision(sa, rekey != NULL ? ASKS_REKEY_CHILD : ASKS_CREATE,
	    old);
	if (verdict == N_CHILD_SA_NOT_FOUND)
		return not_found(e, sa, rekey);
	if (verdict != 0)
		return verdict;
	n = sa->theirs = nego_new(old != NULL ? NEGO_REKEY_CHILD : NEGO_CHILD);
	if (n == NULL)
		return N_TEMPORARY_FAILURE;
	plan_request(e, sa->tunnel, sa, m, false,
	    ke != NULL ? ke->ke.group : 0, &n->plan);
	if (n->plan.refuse != 0 || !n->plan.wanted) {
		verdict = n->plan.refuse != 0 ? refuse(e, sa, &n->plan, old) :
		    N_INVALID_SYNTAX;
		drop_theirs(e, sa);
		return verdict;
	}
	if (!grant(e, sa, m, old)) {
		drop_theirs(e, sa);
		return N_TEMPORARY_FAILURE;
	}
	return V_STAY;		/* until it is installed */
}

void
create_reply(struct engine *e, struct ike_sa *sa, struct child_sa *c)
{
	struct nego *n = sa->theirs;
	struct child_sa *old = child_of(sa, n->old);
	struct build b;

	if (c->failed) {
		reply_notify(e, sa, N_TEMPORARY_FAILURE, NULL, 0);
		unnote_crossing(e, sa, n, old);
		drop_theirs(e, sa);
		return;
	}
	reply_begin(e, sa, &b);
	plan_build_chosen(&b, &n->plan, false, c->spi_in);
	build_nonce(&b, n->nr.b, n->nr.len);
	if (!nego_put_ke(&b, n)) {
		drop_theirs(e, sa);
		return;
	}
	plan_build_ts(&b, c->subnets, false);
	if (n->plan.more_ts)
		build_notify(&b, PROTO_NONE, N_ADDITIONAL_TS_POSSIBLE, NULL, 0,
		    NULL, 0);
	reply_send(e, sa, &b);
	if (old != NULL && (sa->own == NULL || !sa->own->crossed ||
	    sa->own->old != old->serial))
		child_enter(e, old, CHILD_REKEYED);	/* the peer deletes it */
	if (old != NULL)
		timer_stop(&e->timers, &old->rekey);
	n->child = 0;
	drop_theirs(e, sa);
	child_up(e, c);
	ike2_next(e, sa);
}
