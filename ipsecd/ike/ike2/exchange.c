#include "exchange.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "auth.h"
#include "ike/child.h"
#include "ike/context.h"
#include "ike/fragments.h"
#include "ike/machine.h"
#include "ike/natt.h"
#include "fragment.h"
#include "handlers.h"
#include "ike/trace.h"
#include "ike2.h"
#include "mobike.h"
#include "nego.h"
#include "ike/notify.h"
#include "ppk.h"
#include "stranger.h"
#include "ike/tunnel.h"
#include "ike/unique.h"

#define REFUSED_MS	10000		/* repeated requests are answered */

/* What a message does in a state.  No row: it is dropped. */
static const struct transition table[] = {
/*	state		message				handler		next */
	{ IKE_I_INIT,	SHAPE_INIT_RESPONSE,		init_response,	IKE_I_MAC },
	{ IKE_I_INIT,	SHAPE_INIT_REFUSED,		init_refused,	IKE_I_INIT },
	{ IKE_I_AUTH,	SHAPE_AUTH_RESPONSE,		auth_response,	IKE_I_CHECK },
	{ IKE_I_AUTH,	SHAPE_AUTH_RESPONSE_CHILDLESS,	auth_response,	IKE_I_CHECK },
	{ IKE_I_AUTH,	SHAPE_AUTH_REFUSED,		auth_refused,	IKE_I_AUTH },

	{ IKE_R_INIT,	SHAPE_AUTH_REQUEST,		auth_request,	IKE_R_CHECK },
	{ IKE_R_INIT,	SHAPE_AUTH_REQUEST_CHILDLESS,	auth_request,	IKE_R_CHECK },
	{ IKE_R_INIT,	SHAPE_AUTH_REQUEST_EAP,		auth_request,	IKE_R_CHECK },

	{ IKE_UP,	SHAPE_CHILD_REQUEST,		create_request,	IKE_UP },
	{ IKE_UP,	SHAPE_IKE_REKEY_REQUEST,	rekey_request,	IKE_UP },
	{ IKE_UP,	SHAPE_INFO_REQUEST,		info_request,	IKE_UP },
	{ IKE_UP,	SHAPE_CHILD_RESPONSE,		create_response, IKE_UP },
	{ IKE_UP,	SHAPE_IKE_REKEY_RESPONSE,	rekey_response,	IKE_UP },
	{ IKE_UP,	SHAPE_CREATE_REFUSED,		create_refused,	IKE_UP },
	{ IKE_UP,	SHAPE_INFO_RESPONSE,		info_response,	IKE_UP },

	{ IKE_REKEYED,	SHAPE_CHILD_REQUEST,		busy_request,	IKE_REKEYED },
	{ IKE_REKEYED,	SHAPE_IKE_REKEY_REQUEST,	busy_request,	IKE_REKEYED },
	{ IKE_REKEYED,	SHAPE_INFO_REQUEST,		info_request,	IKE_REKEYED },
	{ IKE_REKEYED,	SHAPE_INFO_RESPONSE,		info_response,	IKE_REKEYED },
	{ IKE_REKEYED,	SHAPE_CHILD_RESPONSE,		late_response,	IKE_REKEYED },
	{ IKE_REKEYED,	SHAPE_IKE_REKEY_RESPONSE,	late_response,	IKE_REKEYED },
	{ IKE_REKEYED,	SHAPE_CREATE_REFUSED,		late_response,	IKE_REKEYED },

	{ IKE_DELETING,	SHAPE_CHILD_REQUEST,		busy_request,	IKE_DELETING },
	{ IKE_DELETING,	SHAPE_IKE_REKEY_REQUEST,	busy_request,	IKE_DELETING },
	{ IKE_DELETING,	SHAPE_INFO_REQUEST,		info_request,	IKE_DELETING },
	{ IKE_DELETING,	SHAPE_INFO_RESPONSE,		late_response,	IKE_DELETING },
	{ IKE_DELETING,	SHAPE_CHILD_RESPONSE,		late_response,	IKE_DELETING },
	{ IKE_DELETING,	SHAPE_IKE_REKEY_RESPONSE,	late_response,	IKE_DELETING },
	{ IKE_DELETING,	SHAPE_CREATE_REFUSED,		late_response,	IKE_DELETING },
};

void
exchange_verdict(struct engine *e, struct ike_sa *sa, int verdict,
		 enum ike_state next)
{
	struct tunnel *t = sa->tunnel;
	bool fresh;

	if (verdict == V_FREE) {
		exchange_end(e, sa);
		return;
	}
	if (verdict > 0 && sa->answering != 0)
		reply_notify(e, sa, (uint16_t)verdict, NULL, 0);
	if (verdict > 0 && notify_meaning((uint16_t)verdict)->fatal) {
		exchange_refuse(e, sa);		/* RFC 7296 2.21.3 */
		if (t != NULL)
			tunnel_lost(e, t, LOST_CLOSED, EV_MALFORMED, "the peer sent a message "
			    "that makes no sense");
		return;
	}
	if (verdict == V_OK) {
		fresh = next == IKE_UP && sa->state != IKE_UP;
		sa_enter(e, sa, next);
		if (fresh)
			established(e, sa);
	}
	ike2_next(e, sa);
}

int
exchange_reject(struct engine *e, struct ike_sa *sa, uint16_t notify,
		enum event_code code, const char *fmt, ...)
{
	struct tunnel *t = sa->tunnel;
	char why[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	info_goodbye(e, sa, notify);
	if (t != NULL)
		tunnel_lost(e, t, LOST_ATTEMPT, code, why);
	return V_STAY;
}

void
exchange_refuse(struct engine *e, struct ike_sa *sa)
{
	struct tunnel *t = sa->tunnel;

	while (sa->children != NULL)
		child_free(e, sa->children);
	sa_end_setup(e, sa);
	sa_end_request(e, sa);
	sa_enter(e, sa, IKE_REFUSED);
	sa_move(e, sa, NULL);
	timer_stop(&e->timers, &sa->rekey);
	timer_stop(&e->timers, &sa->probe);
	timer_stop(&e->timers, &sa->keepalive);
	timer_stop(&e->timers, &sa->reauth);
	timer_set(&e->timers, &sa->sent.timer, e->now + REFUSED_MS);
	if (t != NULL)
		tunnel_idle(e, t);
}

/* --- in --- */

/* Whether the message id may be looked at: the next request, the last one once
 * more, or the answer to ours (RFC 7296 2.3, window of 1). */
static bool
in_window(const struct ike_sa *sa, const struct ike_header *h)
{
	if ((h->flags & FLAG_RESPONSE) != 0)
		return sa->asked != REQ_NONE && h->msgid == sa->msgid_out;
	return h->msgid == sa->msgid_in ||
	    (sa->response != NULL && h->msgid + 1 == sa->msgid_in);
}

/* Only a message of the exchange that we began answers it. */
static bool
answers(const struct ike_sa *sa, const struct ike_header *h)
{
	static const uint8_t exchange_of[] = {
		[REQ_INIT]		= EXCH_IKE_SA_INIT,
		[REQ_AUTH]		= EXCH_IKE_AUTH,
		[REQ_CREATE]		= EXCH_CREATE_CHILD_SA,
		[REQ_PROBE]		= EXCH_INFORMATIONAL,
		[REQ_DELETE_IKE]	= EXCH_INFORMATIONAL,
		[REQ_DELETE_CHILD]	= EXCH_INFORMATIONAL,
		[REQ_UPDATE]		= EXCH_INFORMATIONAL,
		[REQ_CHECK]		= EXCH_INFORMATIONAL,
	};

	return (h->flags & FLAG_RESPONSE) == 0 ||
	    h->exchange == exchange_of[sa->asked];
}

static bool
addressed(struct engine *e, const struct ike_sa *sa, const struct ike_header *h,
	  const struct endpoint *remote)
{
	uint64_t theirs = sa->initiator ? h->spi_r : h->spi_i;
	uint64_t known = sa->initiator ? sa->spi_r : sa->spi_i;

	if (((h->flags & FLAG_INITIATOR) != 0) == sa->initiator) {
		engine_drop(e, remote, "our own flag came back");
		return false;
	}
	if (theirs != known && sa->state != IKE_I_INIT) {
		engine_drop(e, remote, "SPI of the peer is wrong");
		return false;
	}
	if (!in_window(sa, h)) {
		engine_drop(e, remote, "message id %u is not expected",
		    h->msgid);
		return false;
	}
	if (!answers(sa, h)) {
		engine_drop(e, remote, "answer of another exchange");
		return false;
	}
	return true;
}

/* An authenticated message that makes no sense: RFC 7296 2.21.3. */
static void
malformed(struct engine *e, struct ike_sa *sa, const struct message *m,
	  const struct err *why)
{
	struct tunnel *t = sa->tunnel;
	uint16_t n = m->refuse != 0 ? m->refuse : N_INVALID_SYNTAX;
	bool request = !message_is_response(m), fatal;
	char peer[ENDPOINT_STRLEN];

	if (sa->state >= IKE_UP || log_rate_ok(&e->strangers, e->now))
		tunnel_event(e, t, EV_MALFORMED,
		    "%s sent a message we cannot accept: %s",
		    endpoint_str(&sa->remote, peer), why->text);
	/* Before authentication anybody who did the key exchange may be there:
	 * the SA goes, whatever it was. */
	fatal = n != N_UNSUPPORTED_CRITICAL_PAYLOAD || sa->state < IKE_UP;
	if (request && sa->answering == 0) {
		sa->answering = m->hdr.exchange;
		reply_notify(e, sa, n, &m->refuse_type,
		    n == N_UNSUPPORTED_CRITICAL_PAYLOAD ? 1 : 0);
	} else if (!request) {
		fatal = true;
	}
	if (!fatal)
		return;
	if (request)
		exchange_refuse(e, sa);
	else
		sa_free(e, sa);
	if (t != NULL)
		tunnel_lost(e, t, LOST_CLOSED, EV_MALFORMED, why->text);
}

static void
handle(struct engine *e, struct ike_sa *sa, struct message *m)
{
	const struct transition *r;
	struct err why = ERR_INIT;

	trace_in(e, &sa->local, &sa->remote, m);
	if (message_check(m, &why) < 0) {
		if (sa->state == IKE_I_INIT)
			engine_drop(e, &sa->remote, "%s", why.text);
		else
			malformed(e, sa, m, &why);
		return;
	}
	r = transition_find(table, sizeof(table) / sizeof(table[0]),
	    sa->state, m->shape);
	if (r == NULL) {
		engine_drop(e, &sa->remote, "%s in state %s",
		    shape_str(m->shape), ike_state_str(sa->state));
		return;
	}
	if (!message_is_response(m))
		sa->answering = m->hdr.exchange;
	if (sa->state == IKE_UP && !info_ends(m)) {
		child_heard(e, sa);
		unique_heard(e, sa);
	}
	exchange_verdict(e, sa, r->handler(e, sa, m), (enum ike_state)r->next);
}

enum contents { WHOLE, PARTIAL, SENSELESS };

/* Of what has been decrypted in e->in: a message, or a part of one. */
static enum contents
contents(struct engine *e, struct ike_sa *sa, struct message *m, size_t len,
	 struct err *why)
{
	const uint8_t *text = e->in + m->sk.aad_len + sa->in.encr->iv_len;
	uint8_t first;

	if (m->sk.fragment == 0)
		return message_parse_inner(m, text, len, why) < 0 ? SENSELESS :
		    WHOLE;
	if (!message_unpad(text, &len)) {
		err_set(why, ERR_INVALID, "the padding of a fragment does not "
		    "fit into it");
		return SENSELESS;
	}
	if (!fragment_add(e, sa, m, text, len, &first, &len))
		return PARTIAL;
	return message_parse_chain(m, first, e->in, len, why) < 0 ? SENSELESS :
	    WHOLE;
}

static void
sa_input(struct engine *e, struct ike_sa *sa, const struct endpoint *local,
	 const struct endpoint *remote, bool encap, size_t len)
{
	struct message *m = &e->msg;
	struct err why = ERR_INIT;
	enum contents got;
	size_t text;

	if (message_parse(m, e->in, len, &why) < 0) {
		engine_drop(e, remote, "%s", why.text);
		return;
	}
	if (sa->state == IKE_I_INIT) {
		if (m->sk.present || m->hdr.exchange != EXCH_IKE_SA_INIT)
			engine_drop(e, remote, "not an IKE_SA_INIT response");
		else
			handle(e, sa, m);
		return;
	}
	if (!m->sk.present) {
		engine_drop(e, remote, "not encrypted as it must be");
		return;
	}
	if (m->sk.fragment != 0 && fragment_check(sa, m, &why) < 0) {
		engine_drop(e, remote, "%s", why.text);
		return;
	}
	if (!init_keys(e, sa)) {
		engine_drop(e, remote, "the key exchange cannot be completed");
		sa_free(e, sa);
		return;
	}
	if (!cipher_open(e->crypto, &sa->in, e->in, m->sk.aad_len, len,
	    &text)) {
		engine_drop(e, remote, "integrity check failed");
		return;
	}
	if (!message_is_response(m) && m->hdr.msgid != sa->msgid_in) {
		trace_in_again(e, local, remote, m);
		child_unheard(e, sa);
		if (sa->mobike != NULL)
			mobike_heard(e, sa, m, local, remote);
		reply_again(e, sa);
		return;
	}
	/* Repeated before it is answered: nothing of it is new. */
	if (!message_is_response(m) && sa->answering != 0) {
		engine_drop(e, remote, "still at this request");
		return;
	}
	got = contents(e, sa, m, text, &why);
	if (got == PARTIAL)
		return;
	sa->hinted = false;
	sa->heard = e->now;	/* a replay is no sign of life: 2.4 */
	if (sa->mobike != NULL)
		mobike_heard(e, sa, m, local, remote);
	else
		natt_follow(e, sa, local, remote, encap);
	fragments_free(e, sa);
	if (got == SENSELESS)
		malformed(e, sa, m, &why);
	else
		handle(e, sa, m);
}

static void
ike2_input(struct engine *e, const struct stranger *s)
{
	const struct ike_header *h = s->hdr;
	struct ike_sa *sa;

	if (h->exchange == EXCH_IKE_SA_INIT && (h->flags & FLAG_RESPONSE) == 0) {
		init_request(e, s);
		return;
	}
	sa = sa_find(e, (h->flags & FLAG_INITIATOR) != 0 ? h->spi_r : h->spi_i);
	if (sa == NULL || sa->machine != &ike2_machine)
		stranger_unknown(e, s);
	else if (!stranger_hint(e, sa, s) && addressed(e, sa, h, s->remote))
		sa_input(e, sa, s->local, s->remote, s->encap, s->len);
}

/* --- answers from keys, by the state that waits for them --- */

static const struct continuation continuations[] = {
	{ IKE_I_PPK,	ppk_mixed_own,		IKE_I_MAC },
	{ IKE_I_PLAIN,	ppk_plain_own,		IKE_I_MAC },
	{ IKE_I_MAC,	auth_send_request,	IKE_I_AUTH },
	{ IKE_I_CHECK,	auth_psk_checked,	IKE_UP },
	{ IKE_R_PPK,	auth_mixed,		IKE_R_CHECK },
	{ IKE_R_CHECK,	auth_psk_checked,	IKE_R_MAC },
	{ IKE_R_BLAME,	auth_psk_blame,		IKE_R_BLAME },
	{ IKE_R_MAC,	auth_keep_own,		IKE_R_INSTALL },
};

static void
ike2_keys_answer(struct engine *e, struct ike_sa *sa, const struct keys_reply *r)
{
	const struct continuation *c = continuation_find(continuations,
	    sizeof(continuations) / sizeof(continuations[0]), sa->state);

	if (c != NULL)
		exchange_verdict(e, sa, c->go_on(e, sa, r),
		    (enum ike_state)c->next);
}

/* A CHILD_SA that one of these exchanges has made is in the data plane. */
static bool
ike2_child_answer(struct engine *e, struct child_sa *c)
{
	struct ike_sa *sa = c->sa;

	if (sa->state == IKE_R_INSTALL)
		exchange_verdict(e, sa, auth_reply(e, sa), IKE_UP);
	else if (sa->theirs != NULL && sa->theirs->child == c->serial)
		create_reply(e, sa, c);
	else
		return false;
	return true;
}

static bool
ike2_is_replaced(const struct child_sa *c)
{
	return c->sa->theirs != NULL && c->sa->theirs->old == c->serial;
}

const struct ike_machine ike2_machine = {
	.version = 2,
	.input = ike2_input,
	.begin = ike2_begin,
	.next = ike2_next,
	.close = ike2_delete,
	.keys_answer = ike2_keys_answer,
	.child_answer = ike2_child_answer,
	.switched = ike2_switched,
	.resend = ike2_resend,
	.recut = fragment_recut,
	.checked = auth_checked,
	.is_replaced = ike2_is_replaced,
};
