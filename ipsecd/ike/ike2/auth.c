#include "handlers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/ask.h"
#include "ike/child.h"
#include "ike/context.h"
#include "ike2.h"
#include "mobike.h"
#include "nego.h"
#include "ike/notify.h"
#include "ppk.h"
#include "ike/reason.h"
#include "ike/tunnel.h"
#include "ike/wire/signature.h"

/*
 *	HDR, SK { IDi, [IDr], AUTH, SAi2, TSi, TSr }  -->
 *			  <--  HDR, SK { IDr, AUTH, SAr2, TSi, TSr }
 */

#define REASON_LEN	128
#define METHOD_LEN	400

/* RFC 7296 2.15: the signer's first message | the other's nonce |
 * prf(SK_p, the signer's ID payload without its header). */
static bool
octets(struct engine *e, const struct ike_sa *sa, bool of_initiator,
       const struct ident *id, size_t *len)
{
	const struct setup *s = sa->setup;
	const struct packet *msg = of_initiator ? s->init_request :
	    s->init_response;
	const struct nonce *nonce = of_initiator ? &s->nonce_r : &s->nonce_i;
	const struct secret *sk_p = ppk_sk_p(s, of_initiator);
	const struct prf_alg *prf = suite_prf(&sa->suite);
	uint8_t head[4] = { id->type, 0, 0, 0 }, mac[PRF_MAX];
	struct iov iov[] = { { head, 4 }, { id->value, id->len } };
	struct wbuf w;

	if (of_initiator != sa->initiator)
		memcpy(head, s->id_head, sizeof(head));
	if (!prf_mac(e->crypto, prf, sk_p->bytes, sk_p->len, iov, 2, mac))
		return false;
	wbuf_init(&w, e->out, sizeof(e->out));
	wbuf_bytes(&w, msg->data, msg->len);
	wbuf_bytes(&w, nonce->b, nonce->len);
	wbuf_bytes(&w, mac, prf->len);
	*len = w.len;
	return wbuf_ok(&w);
}

static bool
ask(struct engine *e, struct ike_sa *sa, const struct tunnel *t,
    bool of_initiator, const struct ident *id)
{
	struct keys_request rq = {
		.tunnel = t->conf->id,
		.prf = suite_prf(&sa->suite)->id,
		.octets = e->out,
	};

	timer_set(&e->timers, &sa->resend, e->now + AUTH_KEYS_MS);
	return octets(e, sa, of_initiator, id, &rq.len) &&
	    ask_keys(e, &rq, sa_spi(sa), sa->serial);
}

int
auth_ask_own(struct engine *e, struct ike_sa *sa)
{
	if (!ask(e, sa, sa->tunnel, sa->initiator, sa->tunnel->conf->local_id))
		return exchange_fail(e, EV_RESOURCES, "out of memory");
	return V_OK;
}

/* --- initiator --- */

static bool
is_first(const struct ike_sa *sa)
{
	const struct ike_sa *other;

	for (other = sa->tunnel->sas; other != NULL; other = other->next)
		if (other != sa && other->state == IKE_UP)
			return false;
	return true;
}

int
auth_send_request(struct engine *e, struct ike_sa *sa,
		  const struct keys_reply *r)
{
	const struct conf *conf = sa->tunnel->conf;
	struct subnets ours;
	struct child_sa *c;
	struct build b;

	if (!r->ok)
		return exchange_fail(e, EV_NO_SECRET, "the tunnel has no secret. Set one with: "
		    "secret SECRET");
	c = child_new(e, sa);
	if (c == NULL)
		return exchange_fail(e, EV_RESOURCES, "out of memory");
	c->initiator = c->untried = true;
	sa->setup->child = c->serial;
	request_begin(e, sa, &b, EXCH_IKE_AUTH);
	build_id(&b, PL_IDI, conf->local_id->type, conf->local_id->value,
	    conf->local_id->len);
	if (is_first(sa))
		build_notify(&b, PROTO_NONE, N_INITIAL_CONTACT, NULL, 0, NULL, 0);
	if (!ident_has_wildcard(conf->remote_id))
		build_id(&b, PL_IDR, conf->remote_id->type,
		    conf->remote_id->value, conf->remote_id->len);
	build_auth(&b, AUTH_SHARED_KEY, r->mac, r->len);
	ppk_build_request(sa, &b);
	plan_build_offer(e, sa, &b, true, c->spi_in);
	tunnel_subnets(sa->tunnel, sa, &ours);
	plan_build_ts(&b, &ours, true);
	mobike_announce(e, sa, conf, &b);
	if (!request_send(e, sa, &b, REQ_AUTH))
		return exchange_fail(e, EV_RESOURCES, "out of memory");
	return V_OK;
}

static bool
keep_auth(struct setup *s, const struct payload *auth)
{
	if (auth->auth.method != AUTH_SHARED_KEY ||
	    auth->auth.data.len == 0 || auth->auth.data.len > sizeof(s->auth))
		return false;
	s->auth_len = (uint8_t)auth->auth.data.len;
	memcpy(s->auth, auth->auth.data.p, s->auth_len);
	return true;
}

/* The peer's identity, and what AUTH signs of it besides: the reserved octets
 * as they came (2.15). */
static int
keep_id(struct setup *s, const struct payload *id, struct err *why)
{
	memcpy(s->id_head, id->body.p, sizeof(s->id_head));
	return ident_from_payload(&s->peer_id, id, why);
}

/* That we do not do what it did, and how it gets what we do. */
static const char *
wrong_method(const struct setup *s, const char *who, const struct payload *auth,
	     char why[METHOD_LEN])
{
	char num[16], alg[SIGNATURE_ALG_STRLEN], set[SIGNATURE_HASHES_STRLEN];
	uint8_t method = auth->auth.method;
	int n;

	if (method == AUTH_SHARED_KEY) {
		snprintf(why, METHOD_LEN, "%s sends an AUTH payload of %zu octets, "
		    "which is no MAC of ours", who, auth->auth.data.len);
		return why;
	}
	n = snprintf(why, METHOD_LEN, "%s authenticates itself by %s", who,
	    name_str(ike_auth_method_names, method, num));
	if (method == AUTH_DIGITAL_SIGNATURE)
		n += snprintf(why + n, METHOD_LEN - (size_t)n, " (%s; it verifies "
		    "with %s)", signature_alg_str(&auth->auth.data, alg),
		    signature_hashes_str(s->hashes, set));
	snprintf(why + n, METHOD_LEN - (size_t)n, ", expected was a pre-shared key"
	    EVENT_PEER "method psk\nor whatever it calls that: auth = psk in "
	    "swanctl.conf, authby=secret in ipsec.conf, psk in iked.conf");
	return why;
}

int
auth_response(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	const struct payload *auth = message_find(m, PL_AUTH);
	const struct ident *want = sa->tunnel->conf->remote_id;
	char line[REASON_MAX], method[METHOD_LEN];
	struct setup *s = sa->setup;
	struct err why = ERR_INIT;

	request_done(e, sa);
	(void)reauth_take_lifetime(e, sa, m);
	if (keep_id(s, message_find(m, PL_IDR), &why) < 0)
		return exchange_reject(e, sa, N_AUTHENTICATION_FAILED,
		    EV_IDENTITY, "the peer's identity is not valid: %s", why.text);
	if (ident_match(want, s->peer_id) == IDENT_NO) {
		reason_identity(want, s->peer_id, line);
		return exchange_reject(e, sa, N_AUTHENTICATION_FAILED,
		    EV_IDENTITY, "%s", line);
	}
	if (!keep_auth(s, auth))
		return exchange_reject(e, sa, N_AUTHENTICATION_FAILED, EV_AUTH,
		    "%s", wrong_method(s, "the peer", auth, method));
	if (!ppk_response(sa, m))
		return exchange_reject(e, sa, N_AUTHENTICATION_FAILED, EV_PPK,
		    "the peer does not use the PPK '%s', on which this tunnel "
		    "insists" EVENT_PEER "ppk-id %s, and the same ppk" EVENT_HERE
		    "no ppk-required", sa->tunnel->conf->ppk_id,
		    sa->tunnel->conf->ppk_id);
	plan_response(e, sa, m, true, &s->plan);
	mobike_negotiate(e, sa, sa->tunnel->conf, m);
	if (!ask(e, sa, sa->tunnel, false, s->peer_id))
		return exchange_reject(e, sa, 0, EV_RESOURCES,
		    "out of memory");
	return V_OK;
}

static bool
proved(const struct setup *s, const struct keys_reply *r)
{
	return r->ok && r->len == s->auth_len &&
	    secret_mem_equal(r->mac, s->auth, r->len);
}

static const char *
wrong_secret(const struct setup *s, const char *who, char *why)
{
	snprintf(why, REASON_LEN, "%s does not know the %s", who,
	    s->ppk != NULL && s->ppk->mixed ? "secret or the PPK: one of them "
	    "differs on both sides. Compare secret and ppk" :
	    "secret: the secrets differ on both sides");
	return why;
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
		plan_apply(e, &s->plan, c);
		if (child_install(e, c, NULL, 0, &s->nonce_i, &s->nonce_r))
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
auth_check_response(struct engine *e, struct ike_sa *sa,
		    const struct keys_reply *r)
{
	struct setup *s = sa->setup;
	char why[REASON_LEN];

	timer_stop(&e->timers, &sa->resend);
	if (!proved(s, r))
		return exchange_reject(e, sa, N_AUTHENTICATION_FAILED,
		    r->ok ? EV_AUTH : EV_NO_SECRET, "%s", r->ok ?
		    wrong_secret(s, "the peer", why) :
		    "the tunnel has no secret. Set one with: secret SECRET");
	ppk_adopt(sa);
	sa->peer_id = s->peer_id;
	s->peer_id = NULL;
	first_child(e, sa);
	sa_end_setup(e, sa);
	return V_OK;
}

int
auth_refused(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	const struct payload *n = message_error(m);
	enum event_code code;
	char why[REASON_MAX];

	code = reason_auth(e, sa, n != NULL ? n->notify.type : 0, why);
	return exchange_fail(e, code, "%s", why);
}

/* --- responder --- */

static int
deny(struct engine *e, struct ike_sa *sa, struct tunnel *t,
     enum event_code code, const char *why)
{
	char who[ENDPOINT_STRLEN], line[ERR_TEXT_MAX];

	endpoint_str(&sa->remote, who);
	if (log_rate_ok(&e->strangers, e->now))
		tunnel_event(e, t, code, "authentication of a peer at %s failed: "
		    "%s", who, why);
	if (t != NULL && tunnel_sa(t) == NULL) {
		snprintf(line, sizeof(line), "authentication of a peer at %s "
		    "failed: %.650s", who, why);
		tunnel_set_reason(t, code, line);
	}
	reply_notify(e, sa, N_AUTHENTICATION_FAILED, NULL, 0);
	exchange_refuse(e, sa);
	return V_STAY;
}

/* IKE_SA_INIT went by the proposals of all candidates; the tunnel that it turns
 * out to be must allow what was chosen. */
static bool
allowed(const struct conf *c, const struct suite *s)
{
	struct offer o;
	size_t i, k;
	bool encr, integ, prf, ke;

	offer_init(&o, OFFER_IKE, &c->ike, false);
	for (i = 0; i < o.n; i++) {
		encr = prf = ke = false;
		integ = s->integ == 0;
		for (k = 0; k < o.p[i].n; k++) {
			const struct transform *t = &o.p[i].t[k];

			encr |= t->type == T_ENCR && t->id == s->encr &&
			    t->key_bits == s->key_bits;
			integ |= t->type == T_INTEG && t->id == s->integ;
			prf |= t->type == T_PRF && t->id == s->prf;
			ke |= t->type == T_KE && t->id == s->ke;
		}
		if (encr && integ && prf && ke)
			return true;
	}
	return false;
}

static struct tunnel *
whom(struct engine *e, struct ike_sa *sa, const struct message *m,
     struct tunnel **near, struct err *why)
{
	const struct payload *idr = message_find(m, PL_IDR);
	struct setup *s = sa->setup;
	struct ident *own = NULL;
	struct tunnel *t = NULL;
	char chosen[SUITE_STRLEN];

	if (keep_id(s, message_find(m, PL_IDI), why) == 0 &&
	    (idr == NULL || ident_from_payload(&own, idr, why) == 0))
		t = tunnel_select(e, sa, s->peer_id, own, near, why);
	ident_free(own);
	if (t != NULL && !allowed(t->conf, &sa->suite)) {
		err_set(why, ERR_REALITY, "it is the peer of ipsec %u, whose ike "
		    "settings do not allow %s, which was chosen for another tunnel "
		    "between these addresses: a peer says who it is only after "
		    "the algorithms are chosen\nset ike alike in all tunnels "
		    "between these addresses", t->conf->id,
		    suite_str(&sa->suite, chosen));
		*near = t;
		return NULL;
	}
	return t;
}

int
auth_request(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	const struct payload *auth = message_find(m, PL_AUTH);
	struct setup *s = sa->setup;
	struct err why = ERR_INIT;
	char method[METHOD_LEN];
	struct tunnel *t, *near = NULL;
	int verdict;

	t = whom(e, sa, m, &near, &why);
	if (t == NULL)
		return deny(e, sa, near, EV_IDENTITY, why.text);
	if (auth == NULL)
		return deny(e, sa, t, EV_AUTH, "it wants EAP, which Culvert does not "
		    "do" EVENT_PEER "method psk\nor whatever it calls a "
		    "pre-shared key");
	if (!keep_auth(s, auth))
		return deny(e, sa, t, EV_AUTH, wrong_method(s, "it", auth,
		    method));
	s->tunnel = t->conf->id;
	s->generation = t->generation;
	s->initial_contact = message_notify(m, N_INITIAL_CONTACT) != NULL;
	plan_request(e, t, sa, m, true, 0, &s->plan);
	mobike_negotiate(e, sa, t->conf, m);
	verdict = ppk_request(e, sa, t, m, &why);
	if (verdict == N_AUTHENTICATION_FAILED)
		return deny(e, sa, t, EV_PPK, why.text);
	if (verdict == V_OK && !ask(e, sa, t, true, s->peer_id))
		return V_FREE;
	return verdict;
}

/* The tunnel that the peer turned out to want, if it still is what it was. */
static struct tunnel *
wanted(struct engine *e, const struct ike_sa *sa)
{
	struct tunnel *t = tunnel_find(e, sa->setup->tunnel);

	return t != NULL && t->generation == sa->setup->generation ? t : NULL;
}

int
auth_mixed(struct engine *e, struct ike_sa *sa, const struct keys_reply *r)
{
	struct tunnel *t = wanted(e, sa);

	if (t == NULL)
		return deny(e, sa, NULL, EV_AUTH, "its tunnel was changed meanwhile");
	if (!ppk_mixed(sa, r))
		return deny(e, sa, t, EV_PPK, PPK_MISSING);
	return ask(e, sa, t, true, sa->setup->peer_id) ? V_OK : V_FREE;
}

/* AUTH is wrong: would it be right without the PPK? */
static bool
ask_whom_to_blame(struct engine *e, struct ike_sa *sa, const struct tunnel *t)
{
	struct ppk *p = sa->setup->ppk;

	if (p == NULL || !p->mixed || p->plain_len == 0)
		return false;
	ppk_drop(sa);
	if (!ask(e, sa, t, true, sa->setup->peer_id))
		return false;
	sa_enter(e, sa, IKE_R_BLAME);
	return true;
}

int
auth_blame(struct engine *e, struct ike_sa *sa, const struct keys_reply *r)
{
	const struct ppk *p = sa->setup->ppk;
	bool right = r->ok && r->len == p->plain_len &&
	    secret_mem_equal(r->mac, p->plain, r->len);

	return deny(e, sa, wanted(e, sa), right ? EV_PPK : EV_AUTH, right ?
	    "it knows the secret, but its PPK differs from ours" EVENT_HERE
	    "ppk SECRET" EVENT_PEER "ppk SECRET, the same" :
	    "it does not know the secret: the secrets differ on both sides");
}

int
auth_check_request(struct engine *e, struct ike_sa *sa,
		   const struct keys_reply *r)
{
	struct setup *s = sa->setup;
	struct tunnel *t = wanted(e, sa);
	char why[ERR_TEXT_MAX];

	if (t == NULL)
		return deny(e, sa, NULL, EV_AUTH, "its tunnel was changed meanwhile");
	if (!proved(s, r)) {
		if (r->ok && ask_whom_to_blame(e, sa, t))
			return V_STAY;
		return deny(e, sa, t, r->ok ? EV_AUTH : EV_NO_SECRET, r->ok ?
		    wrong_secret(s, "it", why) :
		    "the tunnel has no secret. Set one with: secret SECRET");
	}
	if (!unique_peer(e, sa, t, s->peer_id, why, sizeof(why)))
		return deny(e, sa, t, EV_IDENTITY, why);
	ppk_adopt(sa);
	half_end(e, sa);
	sa->peer_id = s->peer_id;
	s->peer_id = NULL;
	sa_move(e, sa, t);
	return auth_ask_own(e, sa);
}

int
auth_keep_own(struct engine *e, struct ike_sa *sa, const struct keys_reply *r)
{
	struct setup *s = sa->setup;
	struct child_sa *c;

	if (!r->ok || r->len > sizeof(s->mac))
		return deny(e, sa, sa->tunnel, EV_NO_SECRET, "the tunnel has no secret. Set one "
		    "with: secret SECRET");
	s->mac_len = (uint8_t)r->len;
	memcpy(s->mac, r->mac, r->len);
	sa_enter(e, sa, IKE_R_INSTALL);
	if (s->plan.wanted && s->plan.refuse == 0) {
		c = child_new(e, sa);
		if (c != NULL) {
			s->child = c->serial;
			c->untried = true;
			plan_apply(e, &s->plan, c);
			if (child_install(e, c, NULL, 0, &s->nonce_i,
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
	timer_stop(&e->timers, &sa->resend);
	reply_begin(e, sa, &b);
	build_id(&b, PL_IDR, id->type, id->value, id->len);
	build_auth(&b, AUTH_SHARED_KEY, s->mac, s->mac_len);
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
	reauth_build_lifetime(sa, &b);
	if (sa->mobike != NULL)
		mobike_announce(e, sa, sa->tunnel->conf, &b);
	reply_send(e, sa, &b);
	if (s->initial_contact)
		initial_contact(e, sa);
	sa_end_setup(e, sa);
	return V_OK;
}
