#include "fragment.h"
#include "handlers.h"

#include <stdlib.h>
#include <string.h>

#include "cert_payload.h"
#include "ike/blame.h"
#include "ike/context.h"
#include "ike/first.h"
#include "ike/machine.h"
#include "ike/natt.h"
#include "ike/reason.h"
#include "ike/trace.h"
#include "ike/tunnel.h"
#include "ike/wire/signature.h"
#include "ike2.h"
#include "keymat.h"
#include "ppk.h"
#include "stranger.h"

/*
 *	HDR(SPIi, 0), [N(COOKIE)], SAi1, KEi, Ni, N(NATD) N(NATD)  -->
 *					<--  HDR, SAr1, KEr, Nr, N(NATD) N(NATD)
 */

#define AGAIN_MAX	5		/* COOKIE and INVALID_KE_PAYLOAD */
#define REQUEST_MAX	4096		/* kept as it came, for AUTH */

/* --- responder --- */

static int
fits(const struct conf *c, const struct message *m, struct choice *choice,
     struct err *why)
{
	struct offer ours;

	offer_init(&ours, OFFER_IKE, &c->ike, false);
	return offer_select(&ours, message_find(m, PL_SA),
	    message_find(m, PL_KE)->ke.group, choice, why);
}

static bool
select_suite(struct engine *e, const struct stranger *s, struct choice *choice)
{
	if (blame_choose(e, s, 2, fits, choice))
		return true;
	stranger_refuse(e, s, N_NO_PROPOSAL_CHOSEN, NULL, 0);
	return false;
}

/* Whether it may begin, by half.h.  False: it has been asked for a cookie (RFC
 * 7296 2.6), or there is no room. */
static bool
welcome(struct engine *e, const struct stranger *s, bool *proven)
{
	const struct payload *nonce = message_find(&e->msg, PL_NONCE);
	const struct payload *n = message_notify(&e->msg, N_COOKIE);
	uint8_t cookie[COOKIE_LEN];

	*proven = n != NULL && cookie_check(e, s->hdr->spi_i, s->remote,
	    &nonce->body, &n->notify.data);
	switch (half_judge(e, &s->remote->addr, *proven)) {
	case HALF_WELCOME:
		return true;
	case HALF_COOKIE:
		if (cookie_make(e, s->hdr->spi_i, s->remote, &nonce->body,
		    cookie))
			stranger_refuse(e, s, N_COOKIE, cookie, sizeof(cookie));
		return false;
	case HALF_FULL:
		break;
	}
	first_crowded(e, s, "first messages");
	return false;
}

static bool
reply(struct engine *e, struct ike_sa *sa, const struct choice *choice)
{
	struct setup *s = sa->setup;
	uint8_t public[KE_PUBLIC_MAX];
	struct offer chosen;
	struct ike_header h;
	struct build b;
	size_t len;

	if (!ke_public(s->ke, public))
		return false;
	header_of(sa, &h, EXCH_IKE_SA_INIT, true, 0);
	build_begin(&b, e->out, sizeof(e->out), &h);
	offer_chosen(&chosen, OFFER_IKE, choice);
	build_sa(&b, chosen.p, chosen.n);
	build_ke(&b, choice->suite.ke, public, ke_alg(s->ke)->public_len);
	build_nonce(&b, s->nonce_r.b, s->nonce_r.len);
	if (sa->natd)
		natt_build(e, sa, &b);
	if (sa->datagram_max != 0)
		fragment_announce(&b);
	if (s->ppk != NULL)
		build_notify(&b, PROTO_NONE, N_USE_PPK, NULL, 0, NULL, 0);
	cert_build_init_response(e, sa, &b);
	build_notify(&b, PROTO_NONE, N_CHILDLESS_IKEV2_SUPPORTED, NULL, 0, NULL,
	    0);
	len = build_end(&b);
	if (len == 0 || (s->init_response = packet_new(e->out, len)) == NULL)
		return false;
	engine_send(e, &sa->local, &sa->remote, sa->encap, e->out, len);
	return true;
}

static struct ike_sa *
half_open(struct engine *e, const struct stranger *s,
	  const struct choice *choice)
{
	const struct payload *ke = message_find(&e->msg, PL_KE);
	const struct payload *nonce = message_find(&e->msg, PL_NONCE);
	struct ike_sa *sa = first_sa(e, s, &ike2_machine);
	struct setup *st;

	if (sa == NULL)
		return NULL;
	sa->suite = choice->suite;
	sa->msgid_in = 1;
	st = sa->setup;
	st->ke_at = (uint32_t)(ke->ke.data.p - s->msg);
	st->ke_len = (uint16_t)ke->ke.data.len;
	st->ke = ke_new(e->crypto, suite_ke(&sa->suite));
	if (st->ke == NULL || !nonce_set(&st->nonce_i, &nonce->body) ||
	    !nonce_make(e, &st->nonce_r))
		goto fail;
	if (ppk_wanted(e, s->local, s->remote, &e->msg) &&
	    (st->ppk = calloc(1, sizeof(*st->ppk))) == NULL)
		goto fail;
	st->hashes = signature_hashes(&e->msg);
	natt_detect(e, sa, &e->msg);
	fragment_negotiate(e, sa, &e->msg);
	return sa;
fail:
	sa_free(e, sa);
	return NULL;
}

static bool
sane(struct engine *e, const struct stranger *s)
{
	struct message *m = &e->msg;
	struct err why = ERR_INIT;

	if (s->len > REQUEST_MAX) {
		engine_drop(e, s->remote, "an IKE_SA_INIT request of %zu octets",
		    s->len);
		return false;
	}
	if (message_parse(m, s->msg, s->len, &why) < 0 ||
	    message_check(m, &why) < 0) {
		if (m->refuse == 0) {		/* no IKE at all */
			engine_drop(e, s->remote, "%s", why.text);
			return false;
		}
		blame_nobody(e, s, EV_MALFORMED, why.text);
		stranger_refuse(e, s, m->refuse, &m->refuse_type,
		    m->refuse == N_UNSUPPORTED_CRITICAL_PAYLOAD);
		return false;
	}
	trace_in(e, s->local, s->remote, m);
	if (m->shape != SHAPE_INIT_REQUEST || m->hdr.spi_i == 0 ||
	    m->hdr.spi_r != 0 || m->hdr.msgid != 0 ||
	    (m->hdr.flags & FLAG_INITIATOR) == 0) {
		engine_drop(e, s->remote, "not a proper IKE_SA_INIT request");
		return false;
	}
	return true;
}

/* The same request once more: RFC 7296 2.1. */
static void
repeat(struct engine *e, const struct stranger *s, struct ike_sa *sa)
{
	if (sa->state == IKE_R_INIT && sa->setup->repeats++ < FIRST_REPEATS_MAX)
		engine_send(e, s->local, s->remote, s->encap,
		    sa->setup->init_response->data,
		    sa->setup->init_response->len);
}

/* Everything that costs little and keeps nothing comes first. */
void
init_request(struct engine *e, const struct stranger *s)
{
	struct choice choice;
	struct ike_sa *sa;
	const struct payload *ke;
	uint8_t group[2];
	bool proven;

	if (!first_heard(e, s) || !sane(e, s))
		return;
	sa = sa_find_half(e, s->hdr->spi_i, s->remote, s->msg, s->len);
	if (sa != NULL) {
		repeat(e, s, sa);
		return;
	}
	if (!welcome(e, s, &proven))
		return;
	ke = message_find(&e->msg, PL_KE);
	if (!select_suite(e, s, &choice))
		return;
	if (choice.wrong_ke || ke->ke.group != choice.suite.ke) {
		group[0] = (uint8_t)(choice.suite.ke >> 8);
		group[1] = (uint8_t)choice.suite.ke;
		stranger_refuse(e, s, N_INVALID_KE_PAYLOAD, group, 2);
		return;
	}
	sa = half_open(e, s, &choice);
	if (sa == NULL || !sa_add_half(e, sa, proven) ||
	    !reply(e, sa, &choice)) {
		first_failed(e, s, sa);
		return;
	}
	first_answered(e, sa, IKE_R_INIT);
}

static bool
derive(struct engine *e, struct ike_sa *sa, const void *public, size_t len)
{
	struct setup *s = sa->setup;
	uint8_t shared[KE_SHARED_MAX];
	struct ike_keys keys;
	bool ok;

	ok = ke_shared(s->ke, public, len, shared) &&
	    keymat_ike(e->crypto, &sa->suite, shared, ke_alg(s->ke)->shared_len,
		&s->nonce_i, &s->nonce_r, sa->spi_i, sa->spi_r, NULL, NULL,
		&keys);
	secret_wipe_mem(shared, sizeof(shared));
	if (ok)
		keymat_set(sa, &keys);
	ke_free(s->ke);
	s->ke = NULL;
	return ok;
}

/* The expensive half of the key exchange waits for a peer that goes on. */
bool
init_keys(struct engine *e, struct ike_sa *sa)
{
	struct setup *s = sa->setup;

	if (s == NULL || s->keyed)
		return true;
	if (s->ke == NULL || sa->initiator)
		return false;
	return derive(e, sa, s->init_request->data + s->ke_at, s->ke_len);
}

/* --- initiator --- */

static bool
request(struct engine *e, struct ike_sa *sa)
{
	struct setup *s = sa->setup;
	uint8_t public[KE_PUBLIC_MAX];
	struct offer ours;
	struct ike_header h;
	struct build b;

	if (!ke_public(s->ke, public))
		return false;
	header_of(sa, &h, EXCH_IKE_SA_INIT, false, 0);
	build_begin(&b, e->out, sizeof(e->out), &h);
	if (s->cookie_len != 0)
		build_notify(&b, PROTO_NONE, N_COOKIE, NULL, 0, s->cookie,
		    s->cookie_len);
	offer_init(&ours, OFFER_IKE, &sa->tunnel->conf->ike, false);
	build_sa(&b, ours.p, ours.n);
	build_ke(&b, s->group, public, ke_alg(s->ke)->public_len);
	build_nonce(&b, s->nonce_i.b, s->nonce_i.len);
	natt_build(e, sa, &b);
	fragment_announce(&b);
	if (sa->tunnel->conf->ppk_id != NULL)
		build_notify(&b, PROTO_NONE, N_USE_PPK, NULL, 0, NULL, 0);
	cert_build_init(sa, &b);
	return request_send_plain(e, sa, build_end(&b), REQ_INIT);
}

static bool
set_group(struct engine *e, struct setup *s, uint16_t group)
{
	const struct ke_alg *a = ke_find(group);

	ke_free(s->ke);
	s->ke = a != NULL ? ke_new(e->crypto, a) : NULL;
	s->group = group;
	return s->ke != NULL;
}

bool
ike2_begin(struct engine *e, struct ike_sa *sa)
{
	struct offer ours;

	offer_init(&ours, OFFER_IKE, &sa->tunnel->conf->ike, false);
	if (!nonce_make(e, &sa->setup->nonce_i) ||
	    !set_group(e, sa->setup, offer_first_ke(&ours)) ||
	    !request(e, sa))
		return false;
	sa_enter(e, sa, IKE_I_INIT);
	return true;
}

/* Anybody can send this: what does not fit is not believed (2.21.1). */
int
init_response(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	const struct payload *ke = message_find(m, PL_KE);
	struct setup *s = sa->setup;
	struct err why = ERR_INIT;
	struct choice choice;
	struct offer ours;
	int verdict;

	offer_init(&ours, OFFER_IKE, &sa->tunnel->conf->ike, false);
	if (m->hdr.spi_r == 0 ||
	    offer_verify(&ours, message_find(m, PL_SA), &choice, &why) < 0) {
		engine_drop(e, &sa->remote, "answer to IKE_SA_INIT: %s",
		    m->hdr.spi_r == 0 ? "it has no SPI" : why.text);
		return V_STAY;
	}
	if (choice.suite.ke != s->group || ke->ke.group != s->group ||
	    !nonce_set(&s->nonce_r, &message_find(m, PL_NONCE)->body)) {
		engine_drop(e, &sa->remote, "answer to IKE_SA_INIT: its group or "
		    "nonce is wrong");
		return V_STAY;
	}
	sa->spi_r = m->hdr.spi_r;
	sa->suite = choice.suite;
	s->hashes = signature_hashes(m);
	s->certreq = (uint8_t)cert_asked(e, sa->tunnel->conf, m);
	natt_detect(e, sa, m);
	fragment_negotiate(e, sa, m);
	if (!derive(e, sa, ke->ke.data.p, ke->ke.data.len))
		return exchange_fail(e, EV_MALFORMED, "the peer's key exchange value is not "
		    "valid");
	s->init_request = sa->sent.packet;
	sa->sent.packet = NULL;
	request_done(e, sa);
	s->init_response = packet_new(e->in, m->hdr.length);
	if (s->init_response == NULL)
		return exchange_fail(e, EV_RESOURCES, "out of memory");
	natt_float(e, sa);
	verdict = ppk_init_response(e, sa, m);
	return verdict == V_OK ? auth_ask_own(e, sa) : verdict;
}

static int
again_with_cookie(struct engine *e, struct ike_sa *sa, const struct payload *n)
{
	struct setup *s = sa->setup;

	if (n->notify.data.len == 0 || n->notify.data.len > sizeof(s->cookie)) {
		engine_drop(e, &sa->remote, "cookie of %zu octets",
		    n->notify.data.len);
		return V_STAY;
	}
	s->cookie_len = (uint8_t)n->notify.data.len;
	memcpy(s->cookie, n->notify.data.p, s->cookie_len);
	return request(e, sa) ? V_STAY : exchange_fail(e, EV_RESOURCES, "out of memory");
}

static int
again_with_group(struct engine *e, struct ike_sa *sa, const struct payload *n)
{
	int group = notify_u16(n);
	struct offer ours;

	offer_init(&ours, OFFER_IKE, &sa->tunnel->conf->ike, false);
	if (group <= 0 || group == sa->setup->group ||
	    !offer_has_ke(&ours, (uint16_t)group)) {
		engine_drop(e, &sa->remote, "asks for group %d, which we did not "
		    "offer", group);
		return V_STAY;
	}
	if (!set_group(e, sa->setup, (uint16_t)group) || !request(e, sa))
		return exchange_fail(e, EV_RESOURCES, "out of memory");
	return V_STAY;
}

/* Not authenticated: the real answer may still come.  It is remembered as the
 * likely cause, and the attempt ends earlier. */
static int
likely_cause(struct engine *e, struct ike_sa *sa, const struct payload *n)
{
	char why[REASON_MAX];
	enum event_code code;

	if (sa->setup->refused != 0)
		return V_STAY;
	sa->setup->refused = n->notify.type;
	code = reason_init(e, sa, n->notify.type, why);
	tunnel_trouble(e, sa->tunnel, code, why);
	return V_STAY;
}

int
init_refused(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	const struct payload *n;

	if ((n = message_notify(m, N_COOKIE)) != NULL ||
	    (n = message_notify(m, N_INVALID_KE_PAYLOAD)) != NULL) {
		if (sa->setup->again++ >= AGAIN_MAX) {
			engine_drop(e, &sa->remote, "asks for cookies and groups "
			    "without end");
			return V_STAY;
		}
		return n->notify.type == N_COOKIE ?
		    again_with_cookie(e, sa, n) : again_with_group(e, sa, n);
	}
	n = message_error(m);
	return n != NULL ? likely_cause(e, sa, n) : V_STAY;
}
