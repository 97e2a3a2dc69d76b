#include "auth.h"

#include "ike/agree.h"
#include "ike/child.h"
#include "ike/context.h"
#include "ike/shown.h"
#include "ike/tunnel.h"
#include "ike/unique.h"
#include "mobike.h"
#include "ppk.h"

int
auth_deny(struct engine *e, struct ike_sa *sa, struct tunnel *t,
	  enum event_code code, const char *why)
{
	refusal_tell(e, sa, t, code, why);
	reply_notify(e, sa, N_AUTHENTICATION_FAILED, NULL, 0);
	exchange_refuse(e, sa);
	return V_STAY;
}

static struct tunnel *
whom(struct engine *e, struct ike_sa *sa, const struct message *m,
     struct tunnel **near, struct err *why)
{
	const struct payload *idr = message_find(m, PL_IDR);
	struct setup *s = sa->setup;
	struct ident *own = NULL;
	struct tunnel *t = NULL;

	if (auth_keep_id(s, message_find(m, PL_IDI), why) == 0 &&
	    (idr == NULL || ident_from_payload(&own, idr, why) == 0))
		t = tunnel_select(e, sa, s->peer_id, own, near, why);
	ident_free(own);
	return t;
}

int
auth_request(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	const struct auth_method *method;
	struct setup *s = sa->setup;
	struct err why = ERR_INIT;
	struct tunnel *t, *near = NULL;
	struct refusal no;
	int verdict;

	t = whom(e, sa, m, &near, &why);
	if (t == NULL)
		return auth_deny(e, sa, near, EV_IDENTITY, why.text);
	if (message_find(m, PL_AUTH) == NULL)
		return auth_deny(e, sa, t, EV_AUTH, "it wants EAP, which Culvert "
		    "does not do" EVENT_PEER "method psk\nor whatever it calls a "
		    "pre-shared key");
	s->tunnel = t->conf->id;
	s->generation = t->generation;
	method = auth_method_of(t);
	if (!method->take(e, sa, t, m, &no))
		return auth_refuted(e, sa, &no);
	s->initial_contact = message_notify(m, N_INITIAL_CONTACT) != NULL;
	plan_request(e, t, sa, m, true, 0, &s->plan);
	mobike_negotiate(e, sa, t->conf, m);
	verdict = ppk_request(e, sa, t, m, &why);
	if (verdict == N_AUTHENTICATION_FAILED)
		return auth_deny(e, sa, t, EV_PPK, why.text);
	return verdict == V_OK ? method->check(e, sa, t) : verdict;
}

int
auth_mixed(struct engine *e, struct ike_sa *sa, const struct keys_reply *r)
{
	struct tunnel *t = setup_tunnel(e, sa);

	if (t == NULL)
		return auth_deny(e, sa, NULL, EV_AUTH, SETUP_CHANGED);
	if (!ppk_mixed(sa, r))
		return auth_deny(e, sa, t, EV_PPK, PPK_MISSING);
	return auth_method_of(t)->check(e, sa, t);
}

int
auth_proved_responder(struct engine *e, struct ike_sa *sa)
{
	struct refusal no;

	if (!setup_adopt(e, sa, &no))
		return auth_deny(e, sa, setup_tunnel(e, sa),
		    (enum event_code)no.code, no.why);
	ppk_adopt(sa);
	return auth_ask_own(e, sa);
}

int
auth_keep_own(struct engine *e, struct ike_sa *sa, const struct keys_reply *r)
{
	struct setup *s = sa->setup;
	struct refusal no;
	struct child_sa *c;

	s->own = auth_method_of(sa->tunnel)->own(sa, sa->tunnel, r, &no);
	if (s->own == NULL)
		return auth_own_failed(e, sa, &no);
	sa_enter(e, sa, IKE_R_INSTALL);
	if (s->plan.wanted && s->plan.refuse == 0) {
		c = child_new(e, sa);
		if (c != NULL) {
			s->child = c->serial;
			c->untried = true;
			agree_apply(e, &s->plan, c);
			if (plan_install(e, c, NULL, 0, &s->nonce_i,
			    &s->nonce_r))
				return V_STAY;	/* until it is installed */
			child_free(e, c);
		}
		s->plan.refuse = N_TEMPORARY_FAILURE;
	}
	exchange_verdict(e, sa, auth_reply(e, sa), IKE_UP);
	return V_STAY;
}

static void
refused_child(struct engine *e, struct ike_sa *sa)
{
	const struct child_plan *p = &sa->setup->plan;
	enum event_code code = p->why != NULL ? p->code : EV_DATA_PLANE;
	const char *why = p->why != NULL ? p->why :
	    "the data plane does not take it";

	tunnel_set_reason(sa->tunnel, code, why);
	tunnel_event(e, sa->tunnel, code, "refused the peer's CHILD_SA: %s", why);
}

int
auth_reply(struct engine *e, struct ike_sa *sa)
{
	const struct ident *id = sa->tunnel->conf->local_id;
	struct setup *s = sa->setup;
	struct child_sa *c = child_of(sa, s->child);
	struct build b;

	if (c != NULL && c->failed) {
		s->plan.refuse = N_TEMPORARY_FAILURE;
		child_free(e, c);
		c = NULL;
	}
	timer_stop(&e->timers, &sa->sent.timer);
	reply_begin(e, sa, &b);
	build_id(&b, PL_IDR, id->type, id->value, id->len);
	auth_method_of(sa->tunnel)->build(e, sa, sa->tunnel, &b);
	build_auth(&b, s->own->method, s->own->data, s->own->len);
	if (sa->ppk)
		build_notify(&b, PROTO_NONE, N_PPK_IDENTITY, NULL, 0, NULL, 0);
	if (c != NULL) {
		plan_build_chosen(&b, &s->plan, true, c->spi_in);
		plan_build_ts(&b, c->subnets, false);
		if (s->plan.more_ts)
			build_notify(&b, PROTO_NONE, N_ADDITIONAL_TS_POSSIBLE,
			    NULL, 0, NULL, 0);
	} else if (s->plan.wanted) {
		build_notify(&b, PROTO_NONE, s->plan.refuse, NULL, 0, NULL, 0);
		refused_child(e, sa);
	} else if (sa->tunnel->status != TUNNEL_UP) {
		tunnel_set_reason(sa->tunnel, EV_INFO, "the IKE_SA is up; the peer has "
		    "asked for no CHILD_SA yet (RFC 6023)");
	}
	lifetime_build(sa, &b);
	if (sa->mobike != NULL)
		mobike_announce(e, sa, sa->tunnel->conf, &b);
	reply_send(e, sa, &b);
	if (s->initial_contact)
		initial_contact(e, sa);
	sa_end_setup(e, sa);
	return V_OK;
}
