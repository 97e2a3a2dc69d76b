#include "phase2.h"

#include <string.h>

#include "handlers1.h"
#include "ike/context.h"
#include "ike/machine.h"
#include "ike/natt.h"
#include "ike/trace.h"
#include "main.h"
#include "phase1.h"
#include "protect.h"

/* --- message ids --- */

static bool
seen(const struct seen *s, uint32_t msgid)
{
	size_t i;

	for (i = 0; i < SEEN_MAX; i++)
		if (s->id[i] == msgid)
			return true;
	return false;
}

static void
note_seen(struct seen *s, uint32_t msgid)
{
	s->id[s->n] = msgid;
	s->n = (uint8_t)((s->n + 1) % SEEN_MAX);
}

/* Both ends have the same keys: without this, what we have said could be had back as
 * the peer's word. */
static bool
is_own(const struct phase1 *v1, uint32_t msgid)
{
	return msgid - v1->own_first < v1->own_n;
}

uint32_t
phase2_msgid(struct engine *e, struct ike_sa *sa)
{
	struct phase1 *v1 = sa->v1;
	uint32_t id;

	if (v1->own_n == 0 && !e->ops->random(e->ctx, &v1->own_first,
	    sizeof(v1->own_first)))
		return 0;
	do
		id = v1->own_first + v1->own_n++;
	while (id == 0 || quick_find(sa, id) != NULL ||
	    seen(&v1->seen_quick, id) || seen(&v1->seen_info, id));
	return id;
}

/* --- in --- */

/* What a message does to a quick mode in a state; its HASH has that number.  No
 * row: it is dropped. */
static const struct row {
	uint8_t		 state;		/* enum quick_state */
	uint8_t		 shape;		/* enum message_shape */
	uint8_t		 hash;
	quick_handler	*handler;
} rows[] = {
/*	state		message			HASH	handler */
	{ QUICK_NEW,	SHAPE1_QM_SA,		1,	quick_request },
	{ QUICK_I_SENT,	SHAPE1_QM_SA,		2,	quick_response },
	{ QUICK_R_SENT,	SHAPE1_QM_HASH,		3,	quick_confirm },
	{ QUICK_I_COMMIT, SHAPE1_QM_CONNECTED,	1,	quick_connected },
	{ QUICK_R_COMMIT, SHAPE1_QM_CONNECTED,	1,	quick_connected },
};

static const struct row *
row_of(enum quick_state state, const struct message *m)
{
	size_t i;

	/* Another notify in its place brings nothing up. */
	if (m->shape == SHAPE1_QM_CONNECTED &&
	    message_notify(m, (enum ike_notify)N1_CONNECTED) == NULL)
		return NULL;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].state == state && rows[i].shape == m->shape)
			return &rows[i];
	return NULL;
}

static bool
hash_is_right(struct engine *e, const struct ike_sa *sa, const struct quick *q,
	      const struct message *m, unsigned int number)
{
	const struct bytes *got = &message_find(m, PL_HASH)->body;
	const struct keys1 *k = &sa->v1->keys;
	uint8_t want[PRF_MAX];

	return keymat1_hash(e->crypto, k, number, m->hdr.msgid,
		q != NULL ? &q->ni : NULL, q != NULL ? &q->nr : NULL, &m->hashed,
		want) && got->len == k->prf->len &&
	    secret_mem_equal(got->p, want, got->len);
}

/* Authenticated, and it cannot have been said before: the peer is there, and it is
 * from there that it speaks. */
static void
heard(struct engine *e, struct ike_sa *sa, const struct stranger *s)
{
	if (sa->state >= IKE_UP) {	/* message 6 is there */
		packet_free(sa->response);
		sa->response = NULL;
	}
	sa->hinted = false;
	sa->heard = e->now;
	natt_follow(e, sa, s->local, s->remote, s->encap);
	info1_alive(e, sa);
	phase2_proved(e, sa);
}

static unsigned int
answered(const struct ike_sa *sa)
{
	const struct quick *q;
	unsigned int n = 0;

	for (q = sa->v1->quicks; q != NULL; q = q->next)
		n += !q->initiator;
	return n;
}

/* Message 1, 2, 3 or 4; q: NULL for the first. */
static void
quick_input(struct engine *e, struct ike_sa *sa, struct quick *q, struct message *m,
	    const struct stranger *s, const uint8_t digest[20])
{
	const struct keys1 *k = &sa->v1->keys;
	const struct row *r;
	struct err why = ERR_INIT;
	uint8_t iv[CBC_IV];

	if (q != NULL)
		memcpy(iv, q->iv, sizeof(iv));
	else if (!keymat1_iv(e->crypto, k->prf, k->iv, m->hdr.msgid, iv))
		return;
	if (!protect_open(e, sa, m, iv, &why)) {
		engine_drop(e, s->remote, "quick mode: %s", why.text);
		return;
	}
	r = row_of(q != NULL ? (enum quick_state)q->state : QUICK_NEW, m);
	if (r == NULL) {
		engine_drop(e, s->remote, "%s, which is not expected",
		    shape_str(m->shape));
		return;
	}
	if (!hash_is_right(e, sa, q, m, r->hash)) {
		engine_drop(e, s->remote, "quick mode: its HASH is wrong");
		return;
	}
	trace_in(e, s->local, s->remote, m);
	if (q != NULL)			/* by our nonce, or what follows it */
		heard(e, sa, s);
	if (q == NULL) {
		phase2_proved(e, sa);
		note_seen(&sa->v1->seen_quick, m->hdr.msgid);
		q = quick_new(e, sa, false, m->hdr.msgid);
		if (q == NULL)
			return;
	}
	memcpy(q->iv, iv, sizeof(iv));
	memcpy(q->last, digest, sizeof(q->last));
	q->heard = true;
	r->handler(e, q, m);
	phase2_next(e, sa);
}

static void
quick_any(struct engine *e, struct ike_sa *sa, struct message *m,
	  const struct stranger *s)
{
	struct quick *q = quick_find(sa, m->hdr.msgid);
	const struct iov whole = { e->in, s->len };
	uint8_t digest[20];

	if (!hash_sha1(e->crypto, &whole, 1, digest))
		return;
	if (q != NULL && q->heard && memcmp(digest, q->last, 20) == 0) {
		quick_repeat(e, q);
		return;
	}
	if (q == NULL && (sa->state != IKE_UP && sa->state != IKE_REKEYED))
		engine_drop(e, s->remote, "quick mode in state %s",
		    ike_state_str(sa->state));
	else if (q == NULL && is_own(sa->v1, m->hdr.msgid))
		engine_drop(e, s->remote, "a quick mode of our own comes back");
	else if (q == NULL && seen(&sa->v1->seen_quick, m->hdr.msgid))
		engine_drop(e, s->remote, "quick mode %08x is over",
		    m->hdr.msgid);
	else if (q == NULL && answered(sa) >= QUICK_MAX)
		engine_drop(e, s->remote, "more than %d quick modes at once",
		    QUICK_MAX);
	else
		quick_input(e, sa, q, m, s, digest);
}

/* Before main mode is done, it is about that. */
static void
about_main_mode(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	const struct payload *n = message_find(m, PL_NOTIFY);

	if (n != NULL)
		exchange1_verdict(e, sa, main_refused(e, sa, n->notify.type, true),
		    IKE_UP);
	else if (message_find(m, PL_DELETE) != NULL)
		exchange1_verdict(e, sa, exchange_fail(e, EV_PEER_CLOSED,
		    "the peer closed the IKE_SA"), IKE_UP);
}

static void
info_input(struct engine *e, struct ike_sa *sa, struct message *m,
	   const struct stranger *s)
{
	const struct keys1 *k = &sa->v1->keys;
	struct err why = ERR_INIT;
	uint8_t iv[CBC_IV];

	/* CONNECTED has the message id of its quick mode (RFC 2408 3.1). */
	if (is_own(sa->v1, m->hdr.msgid) && quick_find(sa, m->hdr.msgid) == NULL) {
		engine_drop(e, s->remote, "an informational exchange of our own "
		    "comes back");
		return;
	}
	if (seen(&sa->v1->seen_info, m->hdr.msgid)) {
		engine_drop(e, s->remote, "informational exchange %08x is over",
		    m->hdr.msgid);
		return;
	}
	if (!keymat1_iv(e->crypto, k->prf, k->iv, m->hdr.msgid, iv))
		return;
	if (!protect_open(e, sa, m, iv, &why)) {
		engine_drop(e, s->remote, "informational exchange: %s", why.text);
		if (sa->state == IKE1_I_AUTH)	/* under other keys than ours */
			main_doubt(e, sa, true);
		return;
	}
	if (m->shape != SHAPE1_INFO || !hash_is_right(e, sa, NULL, m, 1)) {
		engine_drop(e, s->remote, "informational exchange: its HASH is "
		    "wrong");
		return;
	}
	note_seen(&sa->v1->seen_info, m->hdr.msgid);
	trace_in(e, s->local, s->remote, m);
	if (info1_is_new(sa, m))
		heard(e, sa, s);
	else
		phase2_proved(e, sa);
	if (sa->state < IKE_UP)
		about_main_mode(e, sa, m);
	else
		info1_handle(e, sa, m);
}

void
phase2_input(struct engine *e, struct ike_sa *sa, struct message *m,
	     const struct stranger *s)
{
	if (m->hdr.msgid == 0 || sa->v1->gone) {
		engine_drop(e, s->remote, sa->v1->gone ? "the peer has deleted this "
		    "IKE_SA" : "message id 0");
		return;
	}
	if (m->hdr.exchange == EXCH1_QUICK)
		quick_any(e, sa, m, s);
	else if (m->hdr.exchange == EXCH1_INFORMATIONAL)
		info_input(e, sa, m, s);
	else
		engine_drop(e, s->remote, "exchange %u of IKEv1",
		    m->hdr.exchange);
}

void
phase2_hint(struct engine *e, struct ike_sa *sa, const struct message *m,
	    const struct stranger *s)
{
	(void)m;
	/* It may have lost its keys, or be somebody else: it is asked. */
	engine_drop(e, s->remote, "an informational exchange in clear");
	if (sa->state != IKE_UP || sa->tunnel == NULL || sa->hinted ||
	    sa->v1->gone)
		return;
	sa->hinted = true;
	sa->want |= WANT_PROBE;
	phase2_next(e, sa);
}
