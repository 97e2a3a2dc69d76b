#include "main.h"

#include <string.h>

#include "ike/ask.h"
#include "ike/context.h"
#include "ike/half.h"
#include "ike/natt.h"
#include "ike/pair.h"
#include "ike/shown.h"
#include "ike/tunnel.h"
#include "cert_payload1.h"
#include "natd.h"
#include "phase1.h"

#define KEYS_MS		30000		/* then keys will not answer any more */

void
main_seen(const struct ike_sa *sa, struct main1 *seen)
{
	const struct main_mode *m = sa->setup->main;

	*seen = (struct main1){
		.ke_i = { m->ke_i->data, m->ke_i->len },
		.ke_r = { m->ke_r->data, m->ke_r->len },
		.shared = { m->shared, m->shared_len },
		.ni = &sa->setup->nonce_i, .nr = &sa->setup->nonce_r,
		.spi_i = sa->spi_i, .spi_r = sa->spi_r,
	};
}

/* Our value and nonce. */
static bool
make(struct engine *e, struct ike_sa *sa)
{
	struct packet **own = sa->initiator ? &sa->setup->main->ke_i :
	    &sa->setup->main->ke_r;
	struct setup *s = sa->setup;
	uint8_t public[KE_PUBLIC_MAX];

	s->ke = ke_new(e->crypto, suite_ke(&sa->suite));
	if (s->ke == NULL || !ke_public(s->ke, public) ||
	    !nonce_make(e, sa->initiator ? &s->nonce_i : &s->nonce_r))
		return false;
	*own = packet_new(public, ke_alg(s->ke)->public_len);
	return *own != NULL;
}

/* The peer's: what has not the length of its group is no value of it. */
static bool
take(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	struct packet **theirs = sa->initiator ? &sa->setup->main->ke_r :
	    &sa->setup->main->ke_i;
	const struct packet *own = sa->initiator ? sa->setup->main->ke_i :
	    sa->setup->main->ke_r;
	const struct bytes *ke = &message_find(m, PL_KE)->ke.data;

	if (ke->len != suite_ke(&sa->suite)->public_len) {
		engine_drop(e, &sa->remote, "a key exchange value of %zu octets",
		    ke->len);
		return false;
	}
	if (own != NULL && memcmp(own->data, ke->p, ke->len) == 0) {
		engine_drop(e, &sa->remote, "our own key exchange value");
		return false;
	}
	if (!nonce1_set(sa->initiator ? &sa->setup->nonce_r :
	    &sa->setup->nonce_i, &message_find(m, PL_NONCE)->body)) {
		engine_drop(e, &sa->remote, "a nonce of %zu octets",
		    message_find(m, PL_NONCE)->body.len);
		return false;
	}
	packet_free(*theirs);
	*theirs = packet_new(ke->p, ke->len);
	return *theirs != NULL;
}

/* 3 or 4. */
static bool
send_ke(struct engine *e, struct ike_sa *sa)
{
	struct setup *s = sa->setup;
	const struct packet *own = sa->initiator ? s->main->ke_i : s->main->ke_r;
	const struct nonce *nonce = sa->initiator ? &s->nonce_i : &s->nonce_r;
	struct build b;

	main_begin(e, sa, &b, false);
	build1_ke(&b, own->data, own->len);
	build_nonce(&b, nonce->b, nonce->len);
	if (!sa->initiator && s->main->auth == AUTH1_RSA)
		cert1_build_requests(e, sa, &b);
	natd_build(e, sa, &b);
	return main_send(e, sa, &b, sa->initiator);
}

bool
main_ke_send(struct engine *e, struct ike_sa *sa)
{
	return make(e, sa) && send_ke(e, sa);
}

static bool
compute(struct ike_sa *sa)
{
	struct setup *s = sa->setup;
	const struct packet *theirs = sa->initiator ? s->main->ke_r :
	    s->main->ke_i;

	if (s->main->shared_len != 0)
		return true;
	if (s->ke == NULL ||
	    !ke_shared(s->ke, theirs->data, theirs->len, s->main->shared))
		return false;
	s->main->shared_len = (uint16_t)ke_alg(s->ke)->shared_len;
	ke_free(s->ke);
	s->ke = NULL;
	return true;
}

/* The expensive half of the key exchange waits for a peer that goes on. */
bool
main_keys(struct engine *e, struct ike_sa *sa)
{
	struct phase1 *p = sa->v1;
	struct main1 seen;

	if (p->keyed)
		return true;
	if (sa->setup == NULL || !compute(sa))
		return false;
	main_seen(sa, &seen);
	p->keyed = (sa->setup->main->auth != AUTH1_RSA ||
	    keymat1_skeyid_signature(e->crypto, &seen, &p->keys)) &&
	    keymat1_derive(e->crypto, &seen, &p->keys);
	return p->keyed;
}

/* --- SKEYID of a pre-shared key --- */

static bool
ask(struct engine *e, struct ike_sa *sa, const struct tunnel *t)
{
	const struct setup *s = sa->setup;
	struct keys_request rq = {
		.kind = KEYS_SKEYID,
		.tunnel = t->conf->id,
		.prf = suite_prf(&sa->suite)->id,
		.octets = e->out,
	};
	struct wbuf w;

	wbuf_init(&w, e->out, sizeof(e->out));
	wbuf_bytes(&w, s->nonce_i.b, s->nonce_i.len);
	wbuf_bytes(&w, s->nonce_r.b, s->nonce_r.len);
	rq.len = w.len;
	timer_set(&e->timers, &sa->sent.timer, e->now + KEYS_MS);
	return ask_keys(e, &rq, sa_spi(sa), sa->serial);
}

static bool
keep(struct ike_sa *sa, const struct keys_reply *r)
{
	return r->ok && r->len == suite_prf(&sa->suite)->len &&
	    secret_set(&sa->v1->keys.skeyid, r->mac, r->len);
}

/* --- responder --- */

/* The peer has not said who it is: its addresses choose the secret, which is the
 * same for all such tunnels between them. */
static struct tunnel *
by_address(struct engine *e, const struct ike_sa *sa)
{
	static const struct addr any;
	const struct pair *p[2];
	struct tunnel *t;
	size_t i;

	p[0] = pair_find(e, &sa->local.addr, &sa->remote.addr);
	p[1] = pair_find(e, &sa->local.addr, &any);
	for (i = 0; i < 2; i++)
		for (t = p[i] != NULL ? p[i]->tunnels : NULL; t != NULL;
		    t = t->pair_next)
			if (t->conf->version == 1 && t->conf->method == METHOD_PSK)
				return t;
	return NULL;
}

int
main_ke_request(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	struct tunnel *t;

	if (!take(e, sa, m))
		return V_STAY;
	half_prove(e, sa);		/* it has our cookie */
	natd_detect(e, sa, m);
	if (!make(e, sa))
		return exchange_gone(e);
	if (sa->setup->main->auth != AUTH1_PSK)
		return send_ke(e, sa) ? V_OK : exchange_gone(e);
	t = by_address(e, sa);
	if (t == NULL || !ask(e, sa, t))
		return exchange_gone(e);
	sa->setup->tunnel = t->conf->id;
	sa->setup->generation = t->generation;
	sa_enter(e, sa, IKE1_R_SKEYID);
	return V_STAY;
}

int
main_skeyid_responder(struct engine *e, struct ike_sa *sa,
		      const struct keys_reply *r)
{
	if (keep(sa, r))
		return send_ke(e, sa) ? V_OK : exchange_gone(e);
	refusal_tell(e, sa, setup_tunnel(e, sa), EV_NO_SECRET, MAIN_NO_SECRET);
	return exchange_gone(e);
}

/* --- initiator --- */

int
main_ke_answer(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	if (!take(e, sa, m))
		return V_STAY;
	natd_detect(e, sa, m);
	resend_end(e, &sa->sent);
	if (!compute(sa))
		return exchange_fail(e, EV_MALFORMED, "the peer's key exchange "
		    "value is not valid");
	natt_float(e, sa);
	if (sa->tunnel->conf->method == METHOD_PSK)
		return ask(e, sa, sa->tunnel) ? V_OK :
		    exchange_fail(e, EV_RESOURCES, "out of memory");
	if (!main_keys(e, sa))
		return exchange_fail(e, EV_RESOURCES, "the keys cannot be derived");
	return main_prove(e, sa);
}

int
main_skeyid_initiator(struct engine *e, struct ike_sa *sa,
		      const struct keys_reply *r)
{
	timer_stop(&e->timers, &sa->sent.timer);
	if (!keep(sa, r))
		return exchange_fail(e, EV_NO_SECRET, MAIN_NO_SECRET);
	if (!main_keys(e, sa))
		return exchange_fail(e, EV_RESOURCES, "the keys cannot be derived");
	return main_prove(e, sa);
}
