#include "exchange1.h"

#include <stdio.h>
#include <string.h>

#include "fragment1.h"
#include "ike/blame.h"
#include "ike/context.h"
#include "ike/fragments.h"
#include "ike/life.h"
#include "ike/machine.h"
#include "ike/natt.h"
#include "ike/resend.h"
#include "ike/trace.h"
#include "ike/tunnel.h"
#include "main.h"
#include "phase1.h"
#include "phase2.h"
#include "protect.h"

#define ERRORS_MAX	50		/* in a second, in clear, to all together */
#define REPEATS_MAX	16		/* of an answer in main mode */

/* What a message of main mode does in a state.  No row: it is dropped. */
static const struct transition table[] = {
/*	state		message			handler			next */
	{ IKE1_I_SA,	SHAPE1_MM_SA,		main_sa_answer,		IKE1_I_KE },
	{ IKE1_I_KE,	SHAPE1_MM_KE,		main_ke_answer,		IKE1_I_SKEYID },
	{ IKE1_I_AUTH,	SHAPE1_MM_HASH,		main_auth_answer,	IKE_UP },
	{ IKE1_I_AUTH,	SHAPE1_MM_SIG,		main_auth_answer,	IKE_UP },

	{ IKE1_R_SA,	SHAPE1_MM_KE,		main_ke_request,	IKE1_R_KE },
	{ IKE1_R_KE,	SHAPE1_MM_HASH,		main_auth_request,	IKE_UP },
	{ IKE1_R_KE,	SHAPE1_MM_SIG,		main_auth_request,	IKE_UP },
};

static void
established(struct engine *e, struct ike_sa *sa)
{
	sa_end_setup(e, sa);
	secret_wipe(&sa->v1->keys.skeyid);
	life_begin(e, sa);
	phase2_begin(e, sa);
}

void
exchange1_verdict(struct engine *e, struct ike_sa *sa, int verdict,
		  enum ike_state next)
{
	if (verdict == V_FREE) {
		exchange_end(e, sa);
		return;
	}
	if (verdict != V_OK)
		return;
	sa_enter(e, sa, next);
	if (next == IKE_UP)
		established(e, sa);
}

/* --- out --- */

void
main_begin(struct engine *e, struct ike_sa *sa, struct build *b, bool encrypted)
{
	const struct ike_header h = {
		.spi_i = sa->spi_i, .spi_r = sa->spi_r, .exchange = EXCH1_MAIN,
	};

	if (encrypted)
		protect_begin(e, sa, b, EXCH1_MAIN, 0);
	else
		build1_begin(b, e->out, sizeof(e->out), &h);
}

static struct packet *
plain(struct engine *e, struct ike_sa *sa, struct build *b)
{
	size_t len = build_end(b);

	return len != 0 ? fragment1_split(e, sa, e->out, len) : NULL;
}

bool
main_send(struct engine *e, struct ike_sa *sa, struct build *b, bool repeat)
{
	struct packet *p = b->text_at == 0 ? plain(e, sa, b) :
	    protect_end(e, sa, b, sa->v1->keys.iv);

	if (p == NULL)
		return false;
	if (repeat) {
		resend_begin(e, &sa->sent, p);
	} else {
		packet_free(sa->response);
		sa->response = p;
		sa->repeats = 0;
	}
	sa_transmit(e, sa, p);
	return true;
}

/* RFC 2408 3.14: an informational exchange without keys, in e->out. */
static size_t
informational_in_clear(struct engine *e, uint64_t spi_i, uint64_t spi_r,
		       uint16_t notify)
{
	const struct ike_header h = {
		.spi_i = spi_i, .spi_r = spi_r,
		.exchange = EXCH1_INFORMATIONAL,
		.msgid = engine_random_u32(e),
	};
	struct build b;

	if (!rate_ok(&e->errors, e->now, ERRORS_MAX))
		return 0;
	build1_begin(&b, e->out, sizeof(e->out), &h);
	build1_notify(&b, PROTO_IKE, notify, NULL, 0, NULL, 0);
	return build_end(&b);
}

void
exchange1_refuse(struct engine *e, const struct stranger *s, uint16_t notify)
{
	size_t len = informational_in_clear(e, s->hdr->spi_i, s->hdr->spi_r,
	    notify);

	if (len != 0 && len <= s->len)
		engine_send(e, s->local, s->remote, s->encap, e->out, len);
}

void
exchange1_complain(struct engine *e, struct ike_sa *sa, uint16_t notify)
{
	size_t len = informational_in_clear(e, sa->spi_i, sa->spi_r, notify);

	if (len != 0)
		engine_send(e, &sa->local, &sa->remote, sa->encap, e->out, len);
}

/* --- in --- */

/* By the cookie that is ours. */
static struct ike_sa *
addressed(struct engine *e, const struct ike_header *h)
{
	struct ike_sa *sa = sa_find(e, h->spi_i);

	if (sa != NULL && sa->initiator && sa->machine == &ike1_machine &&
	    (sa->spi_r == h->spi_r || sa->state == IKE1_I_SA))
		return sa;
	sa = h->spi_r != 0 ? sa_find(e, h->spi_r) : NULL;
	if (sa != NULL && !sa->initiator && sa->machine == &ike1_machine &&
	    sa->spi_i == h->spi_i)
		return sa;
	return NULL;
}

/* The last message of the peer's main mode once more: it gets our last one, and
 * changes nothing (RFC 2408 5.1).  As initiator we have a timer for that, and 4
 * again after our 5 tells that the peer makes nothing of it. */
static bool
repeated(struct engine *e, struct ike_sa *sa, const struct stranger *s,
	 uint8_t hash[20])
{
	const struct iov iov = { s->msg, s->len };

	if (!hash_sha1(e->crypto, &iov, 1, hash) ||
	    memcmp(hash, sa->v1->heard, 20) != 0)
		return false;
	if (!sa->initiator && sa->response != NULL &&
	    sa->repeats < REPEATS_MAX) {
		fragments_again(e, sa, &sa->response, ++sa->repeats);
		trace_again(e, sa, sa->response);
		sa_transmit(e, sa, sa->response);
		main_unheeded(e, sa);
	} else if (sa->state == IKE1_I_AUTH) {
		main_doubt(e, sa, false);
	} else {
		engine_drop(e, s->remote, "a message of main mode once more");
	}
	return true;
}

/* In clear now, and of the right shape. */
static void
handle(struct engine *e, struct ike_sa *sa, const struct stranger *s,
       const uint8_t hash[20])
{
	struct message *m = &e->msg;
	const struct transition *r = transition_find(table, sizeof(table) / sizeof(table[0]),
	    sa->state, m->shape);
	int verdict;

	trace_in(e, s->local, s->remote, m);
	if (r == NULL) {
		engine_drop(e, s->remote, "%s in state %s", shape_str(m->shape),
		    ike_state_str(sa->state));
		return;
	}
	sa->heard = e->now;
	if (m->sk.present)
		natt_follow(e, sa, s->local, s->remote, s->encap);
	verdict = r->handler(e, sa, m);
	if (verdict != V_FREE) {
		memcpy(sa->v1->heard, hash, 20);
		/* Some say it no sooner (Cisco: in 3 to 6). */
		sa->v1->dpd |= message_vendor(m, VENDOR_DPD);
	}
	exchange1_verdict(e, sa, verdict, (enum ike_state)r->next);
}

/* 1 to 4. */
static void
in_clear(struct engine *e, struct ike_sa *sa, const struct stranger *s,
	 const uint8_t hash[20])
{
	struct err why = ERR_INIT;

	if (message_check(&e->msg, &why) < 0)
		engine_drop(e, s->remote, "%s", why.text);
	else
		handle(e, sa, s, hash);
}

/* 5 or 6.  The keys are those of both ends only if the secret is. */
static void
decrypt(struct engine *e, struct ike_sa *sa, const struct stranger *s,
	const uint8_t hash[20])
{
	struct err why = ERR_INIT;

	if (sa->state != IKE1_I_AUTH && sa->state != IKE1_R_KE)
		engine_drop(e, s->remote, "an encrypted message of main mode in "
		    "state %s", ike_state_str(sa->state));
	else if (!main_keys(e, sa)) {
		engine_drop(e, s->remote, "the key exchange cannot be completed");
		sa_free(e, sa);
	} else if (!protect_open(e, sa, &e->msg, sa->v1->keys.iv, &why))
		main_unreadable(e, sa, s, why.text);
	else
		handle(e, sa, s, hash);
}

/* In clear.  Before there are keys nobody can say no otherwise. */
static void
informational(struct engine *e, struct ike_sa *sa, const struct stranger *s)
{
	const struct payload *n = message_find(&e->msg, PL_NOTIFY);
	struct err why = ERR_INIT;

	if (message_check(&e->msg, &why) < 0) {
		engine_drop(e, s->remote, "%s", why.text);
		return;
	}
	trace_in(e, s->local, s->remote, &e->msg);
	if (sa->state < IKE_UP && n != NULL)
		exchange1_verdict(e, sa, main_refused(e, sa, n->notify.type,
		    false), IKE_UP);
	else
		phase2_hint(e, sa, &e->msg, s);
}

static void	sa_input(struct engine *, struct ike_sa *, const struct stranger *,
			 bool whole);

/* All parts of a message are there: it is read as if it had come so. */
static void
put_together(struct engine *e, struct ike_sa *sa, const struct stranger *part)
{
	struct stranger s = *part;
	struct err why = ERR_INIT;
	struct ike_header h;

	if (!fragment1_add(e, sa, &e->msg, &s.len))
		return;
	s.hdr = &h;
	if (header_parse(&h, e->in, s.len, &why) < 0)
		engine_drop(e, s.remote, "%s", why.text);
	else if (h.spi_i != part->hdr->spi_i || h.spi_r != part->hdr->spi_r)
		engine_drop(e, s.remote, "parts with cookies of another message");
	else
		sa_input(e, sa, &s, true);
}

static void
sa_input(struct engine *e, struct ike_sa *sa, const struct stranger *s, bool whole)
{
	bool main = s->hdr->exchange == EXCH1_MAIN;
	struct message *m = &e->msg;
	struct err why = ERR_INIT;
	uint8_t hash[20];

	if (message1_parse(m, e->in, s->len, &why) < 0)
		engine_drop(e, s->remote, "%s", why.text);
	else if (m->fragment.present && whole)
		engine_drop(e, s->remote, "a part of a part");
	else if (m->fragment.present)
		put_together(e, sa, s);
	else if (main && repeated(e, sa, s, hash))
		return;
	else if (main && m->sk.present)
		decrypt(e, sa, s, hash);
	else if (main)
		in_clear(e, sa, s, hash);
	else if (m->sk.present && sa->v1->keyed)
		phase2_input(e, sa, m, s);
	else if (!m->sk.present && s->hdr->exchange == EXCH1_INFORMATIONAL)
		informational(e, sa, s);
	else
		engine_drop(e, s->remote, "no keys for it are agreed on");
}

static void
ike1_input(struct engine *e, const struct stranger *s)
{
	const struct ike_header *h = s->hdr;
	struct ike_sa *sa;
	char num[16];

	if (h->exchange == EXCH1_MAIN && h->spi_r == 0) {
		main_first(e, s);
		return;
	}
	if (h->exchange == EXCH1_AGGRESSIVE) {
		blame_aggressive(e, s);
		return;
	}
	if (h->exchange != EXCH1_MAIN && h->exchange != EXCH1_QUICK &&
	    h->exchange != EXCH1_INFORMATIONAL) {
		engine_drop(e, s->remote, "exchange %s of IKEv1",
		    name_str(ike1_exchange_names, h->exchange, num));
		return;
	}
	sa = addressed(e, h);
	if (sa != NULL)
		sa_input(e, sa, s, false);
	else if (!blame_answer(e, s))
		engine_drop(e, s->remote, "no IKE_SA with the cookies %016llx "
		    "%016llx", (unsigned long long)h->spi_i,
		    (unsigned long long)h->spi_r);
}

/* --- answers from keys, by the state that waits for them --- */

static const struct continuation continuations[] = {
	{ IKE1_I_SKEYID,	main_skeyid_initiator,	IKE1_I_AUTH },
	{ IKE1_I_SIGN,		main_signed_initiator,	IKE1_I_AUTH },
	{ IKE1_R_SKEYID,	main_skeyid_responder,	IKE1_R_KE },
	{ IKE1_R_SIGN,		main_signed_responder,	IKE_UP },
};

static void
ike1_keys_answer(struct engine *e, struct ike_sa *sa, const struct keys_reply *r)
{
	const struct continuation *c = continuation_find(continuations,
	    sizeof(continuations) / sizeof(continuations[0]), sa->state);

	if (c != NULL)
		exchange1_verdict(e, sa, c->go_on(e, sa, r),
		    (enum ike_state)c->next);
}

/* --- timers --- */

static const char *
silence(const struct ike_sa *sa)
{
	if (sa->state != IKE1_I_AUTH)
		return ": the peer is down, unreachable, has no tunnel of IKEv1 for "
		    "our address, or a firewall blocks UDP port 500";
	return sa->setup->main->auth == AUTH1_PSK ? " to our proof of the secret (UDP "
	    "port 4500 blocked, or the peer drops it because the secrets differ)" :
	    " to our certificate (UDP port 4500 or long packets blocked, or the peer "
	    "does not accept it)";
}

static void
ike1_resend(struct engine *e, struct ike_sa *sa)
{
	if (phase2_resend(e, sa))
		return;
	if (!sa_repeats(e, sa, silence(sa)))
		return;
	sa_transmit(e, sa, sa->sent.packet);
	if (sa->tunnel != NULL)
		tunnel_update(e, sa->tunnel);
}

/* child_await() is for who answers to a Delete, as nobody does here. */
static void
ike1_switched(struct engine *e, struct ike_sa *sa)
{
	(void)e;
	(void)sa;
}

const struct ike_machine ike1_machine = {
	.version = 1,
	.input = ike1_input,
	.begin = main_call,
	.next = phase2_next,
	.close = phase2_close,
	.keys_answer = ike1_keys_answer,
	.child_answer = phase2_child_answer,
	.switched = ike1_switched,
	.resend = ike1_resend,
	.recut = fragment1_recut,
	.checked = main_checked,
	.is_replaced = phase2_is_replaced,
};
