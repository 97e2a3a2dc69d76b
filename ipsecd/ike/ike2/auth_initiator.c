#include "auth.h"

#include <stdio.h>
#include <string.h>

#include "ike/agree.h"
#include "ike/child.h"
#include "ike/context.h"
#include "ike/reason.h"
#include "ike/tunnel.h"
#include "ike/unique.h"
#include "mobike.h"
#include "ppk.h"
#include "scheme.h"

int
auth_send_request(struct engine *e, struct ike_sa *sa,
		  const struct keys_reply *r)
{
	const struct auth_method *method = auth_method_of(sa->tunnel);
	const struct conf *conf = sa->tunnel->conf;
	struct setup *s = sa->setup;
	struct subnets ours;
	struct refusal no;
	struct child_sa *c;
	struct build b;

	s->own = method->own(sa, sa->tunnel, r, &no);
	if (s->own == NULL)
		return auth_own_failed(e, sa, &no);
	c = child_new(e, sa);
	if (c == NULL)
		return exchange_fail(e, EV_RESOURCES, "out of memory");
	c->initiator = c->untried = true;
	s->child = c->serial;
	request_begin(e, sa, &b, EXCH_IKE_AUTH);
	build_id(&b, PL_IDI, conf->local_id->type, conf->local_id->value,
	    conf->local_id->len);
	method->build(e, sa, sa->tunnel, &b);
	if (unique_is_first(sa))
		build_notify(&b, PROTO_NONE, N_INITIAL_CONTACT, NULL, 0, NULL, 0);
	if (!ident_has_wildcard(conf->remote_id))
		build_id(&b, PL_IDR, conf->remote_id->type,
		    conf->remote_id->value, conf->remote_id->len);
	build_auth(&b, s->own->method, s->own->data, s->own->len);
	ppk_build_request(sa, &b);
	plan_build_offer(e, sa, &b, true, c->spi_in);
	tunnel_subnets(sa->tunnel, sa, &ours);
	plan_build_ts(&b, &ours, true);
	mobike_announce(e, sa, conf, &b);
	if (!request_send(e, sa, &b, REQ_AUTH))
		return exchange_fail(e, EV_RESOURCES, "IKE_AUTH of %zu octets does "
		    "not go into a message, or there is no memory", b.w.len);
	return V_OK;
}

int
auth_response(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	const struct auth_method *method = auth_method_of(sa->tunnel);
	const struct conf *conf = sa->tunnel->conf;
	struct setup *s = sa->setup;
	struct err why = ERR_INIT;
	char line[REASON_MAX];
	struct refusal no;

	request_done(e, sa);
	(void)lifetime_take(e, sa, m);
	if (auth_keep_id(s, message_find(m, PL_IDR), &why) < 0)
		return exchange_reject(e, sa, N_AUTHENTICATION_FAILED,
		    EV_IDENTITY, "the peer's identity is not valid: %s", why.text);
	if (ident_match(conf->remote_id, s->peer_id) == IDENT_NO) {
		reason_identity(conf->remote_id, s->peer_id, line);
		return exchange_reject(e, sa, N_AUTHENTICATION_FAILED,
		    EV_IDENTITY, "%s", line);
	}
	if (!method->take(e, sa, sa->tunnel, m, &no))
		return auth_refuted(e, sa, &no);
	if (!ppk_response(sa, m))
		return exchange_reject(e, sa, N_AUTHENTICATION_FAILED, EV_PPK,
		    "the peer does not use the PPK '%s', on which this tunnel "
		    "insists" EVENT_PEER "ppk-id %s, and the same ppk" EVENT_HERE
		    "no ppk-required", conf->ppk_id, conf->ppk_id);
	plan_response(e, sa, m, true, &s->plan);
	mobike_negotiate(e, sa, conf, m);
	return method->check(e, sa, sa->tunnel);
}

/* The CHILD_SA that came with IKE_AUTH: gone if it was refused. */
static void
first_child(struct engine *e, struct ike_sa *sa)
{
	struct setup *s = sa->setup;
	struct child_sa *c = child_of(sa, s->child);

	if (c == NULL)
		return;
	if (s->plan.refuse == 0) {
		agree_apply(e, &s->plan, c);
		if (plan_install(e, c, NULL, 0, &s->nonce_i, &s->nonce_r))
			return;
	} else if (s->plan.why != NULL) {
		tunnel_set_reason(sa->tunnel, s->plan.code, s->plan.why);
		tunnel_event(e, sa->tunnel, s->plan.code, "IKE_SA is up, but the "
		    "peer's answer for the CHILD_SA does not fit: %s", s->plan.why);
		if (s->plan.wanted) {	/* the peer believes in it */
			c->spi_out = s->plan.spi_out;
			c->want |= CHILD_WANT_DELETE;
			return;
		}
	} else {
		plan_refused(e, sa, s->plan.refuse);
	}
	child_free(e, c);
}

int
auth_proved_initiator(struct engine *e, struct ike_sa *sa)
{
	struct setup *s = sa->setup;

	timer_stop(&e->timers, &sa->sent.timer);
	ppk_adopt(sa);
	sa->peer_id = s->peer_id;
	s->peer_id = NULL;
	sa->tunnel->padding_works |= s->scheme != 0;
	first_child(e, sa);
	sa_end_setup(e, sa);
	return V_OK;
}

/* It may be that the peer does not verify such signatures; scheme.h. */
static void
pad_otherwise(const struct ike_sa *sa, char why[REASON_MAX])
{
	struct tunnel *t = sa->tunnel;
	enum padding had;
	size_t at = strlen(why);

	if (!scheme_padding((enum sign_scheme)sa->setup->scheme, &had))
		return;
	if (t->padding_works) {
		t->padding_works = false;
		return;
	}
	t->padding = had == PADDING_PSS ? PADDING_PKCS1 : PADDING_PSS;
	snprintf(why + at, REASON_MAX - at, "\nthe next attempt signs with RSA %s, "
	    "not %s: some peers verify one of them only", had == PADDING_PSS ?
	    "PKCS#1 v1.5" : "PSS", had == PADDING_PSS ? "PSS" : "PKCS#1 v1.5");
}

int
auth_refused(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	const struct payload *n = message_error(m);
	enum event_code code;
	char why[REASON_MAX];

	code = reason_auth(e, sa, n != NULL ? n->notify.type : 0, why);
	if (n != NULL && n->notify.type == N_AUTHENTICATION_FAILED)
		pad_otherwise(sa, why);
	return exchange_fail(e, code, "%s", why);
}
