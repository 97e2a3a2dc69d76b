#include "ppk.h"

#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "handlers.h"
#include "ike/ask.h"
#include "ike/context.h"
#include "ike/pair.h"
#include "ike/reason.h"
#include "ike/tunnel.h"

/* RFC 8784 5.1, the first octet of a PPK_ID. */
enum ppk_id_type { PPK_ID_OPAQUE = 1, PPK_ID_FIXED = 2 };

void
ppk_free(struct ppk *p)
{
	if (p != NULL) {
		proof_free(p->plain);
		secret_wipe_mem(p, sizeof(*p));
	}
	free(p);
}

const struct secret *
ppk_sk_p(const struct setup *s, bool of_initiator)
{
	if (s->ppk != NULL && s->ppk->mixed)
		return of_initiator ? &s->ppk->sk_pi : &s->ppk->sk_pr;
	return of_initiator ? &s->sk_pi : &s->sk_pr;
}

static bool
ask(struct engine *e, struct ike_sa *sa, const struct tunnel *t)
{
	const struct setup *s = sa->setup;
	const struct secret *part[] = { &sa->sk_d, &s->sk_pi, &s->sk_pr };
	uint8_t octets[KEYS_PPK_MAX];
	struct keys_request rq = {
		.kind = KEYS_PPK,
		.tunnel = t->conf->id,
		.prf = suite_prf(&sa->suite)->id,
		.octets = octets,
	};
	struct wbuf w;
	size_t i;
	bool ok;

	wbuf_init(&w, octets, sizeof(octets));
	for (i = 0; i < 3; i++)
		wbuf_bytes(&w, part[i]->bytes, part[i]->len);
	rq.len = w.len;
	timer_set(&e->timers, &sa->sent.timer, e->now + AUTH_KEYS_MS);
	ok = wbuf_ok(&w) && ask_keys(e, &rq, sa_spi(sa), sa->serial);
	secret_wipe_mem(octets, sizeof(octets));
	return ok;
}

bool
ppk_mixed(struct ike_sa *sa, const struct keys_reply *r)
{
	size_t n = suite_prf(&sa->suite)->len;
	struct ppk *p = sa->setup->ppk;

	p->mixed = r->ok && r->len == 3 * n && secret_set(&p->sk_d, r->mac, n) &&
	    secret_set(&p->sk_pi, r->mac + n, n) &&
	    secret_set(&p->sk_pr, r->mac + 2 * n, n);
	return p->mixed;
}

void
ppk_drop(struct ike_sa *sa)
{
	sa->setup->ppk->mixed = false;
}

void
ppk_adopt(struct ike_sa *sa)
{
	const struct ppk *p = sa->setup->ppk;

	sa->ppk = p != NULL && p->mixed;
	if (sa->ppk)
		sa->sk_d = p->sk_d;
}

/* --- initiator --- */

int
ppk_init_response(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	const struct conf *c = sa->tunnel->conf;

	if (c->ppk_id == NULL)
		return V_OK;
	if (message_notify(m, N_USE_PPK) == NULL) {
		if (!c->ppk_required)
			return V_OK;
		return exchange_fail(e, EV_PPK, "the peer uses no PPK (RFC 8784), "
		    "this tunnel insists on '%s'" EVENT_PEER "ppk-id %s, and the "
		    "same ppk" EVENT_HERE "no ppk-required", c->ppk_id,
		    c->ppk_id);
	}
	sa->setup->ppk = calloc(1, sizeof(*sa->setup->ppk));
	if (sa->setup->ppk == NULL || !ask(e, sa, sa->tunnel))
		return exchange_fail(e, EV_RESOURCES, "out of memory");
	sa_enter(e, sa, IKE_I_PPK);
	return V_STAY;
}

/* Who does not insist sends both AUTHs, first the one without. */
int
ppk_mixed_own(struct engine *e, struct ike_sa *sa, const struct keys_reply *r)
{
	int verdict;

	if (!ppk_mixed(sa, r))
		return exchange_fail(e, EV_PPK, PPK_MISSING);
	if (sa->tunnel->conf->ppk_required)
		return auth_ask_own(e, sa);
	ppk_drop(sa);
	verdict = auth_ask_own(e, sa);
	if (verdict == V_OK) {
		sa_enter(e, sa, IKE_I_PLAIN);
		verdict = V_STAY;
	}
	return verdict;
}

int
ppk_plain_own(struct engine *e, struct ike_sa *sa, const struct keys_reply *r)
{
	struct ppk *p = sa->setup->ppk;
	struct refusal no;

	p->plain = auth_method_of(sa->tunnel)->own(sa, sa->tunnel, r, &no);
	if (p->plain == NULL)
		return auth_own_failed(e, sa, &no);
	p->mixed = true;
	return auth_ask_own(e, sa);
}

void
ppk_build_request(const struct ike_sa *sa, struct build *b)
{
	const struct ppk *p = sa->setup->ppk;
	const char *name = sa->tunnel->conf->ppk_id;
	uint8_t id[1 + 64];
	size_t len = name != NULL ? strlen(name) : 0;

	if (p == NULL || len > sizeof(id) - 1)
		return;
	id[0] = PPK_ID_FIXED;
	memcpy(id + 1, name, len);
	build_notify(b, PROTO_NONE, N_PPK_IDENTITY, NULL, 0, id, 1 + len);
	if (p->plain != NULL)
		build_notify(b, PROTO_NONE, N_NO_PPK_AUTH, NULL, 0,
		    p->plain->data, p->plain->len);
}

bool
ppk_response(struct ike_sa *sa, const struct message *m)
{
	if (sa->setup->ppk == NULL || message_notify(m, N_PPK_IDENTITY) != NULL)
		return true;
	ppk_drop(sa);
	return !sa->tunnel->conf->ppk_required;
}

/* --- responder --- */

bool
ppk_wanted(struct engine *e, const struct endpoint *local,
	   const struct endpoint *remote, const struct message *m)
{
	static const struct addr any;
	const struct pair *p;

	if (message_notify(m, N_USE_PPK) == NULL)
		return false;
	p = pair_find(e, &local->addr, &remote->addr);
	if (p != NULL && p->n_ppk != 0)
		return true;
	p = pair_find(e, &local->addr, &any);
	return p != NULL && p->n_ppk != 0;
}

static bool
named(const struct payload *n, const char *name)
{
	const struct bytes *d = &n->notify.data;

	return d->len == 1 + strlen(name) && d->p[0] == PPK_ID_FIXED &&
	    memcmp(d->p + 1, name, d->len - 1) == 0;
}

/* Printable, for a sentence. */
static const char *
name_of(const struct payload *n, char buf[65])
{
	const struct bytes *d = &n->notify.data;
	size_t i, len = d->len > 65 ? 64 : d->len == 0 ? 0 : d->len - 1;

	for (i = 0; i < len; i++)
		buf[i] = d->p[i + 1] > 32 && d->p[i + 1] < 127 ?
		    (char)d->p[i + 1] : '?';
	buf[len] = '\0';
	return buf;
}

static void
explain(const struct conf *c, const struct payload *id, struct err *why)
{
	char name[65] = "", word[SETTING_MAX];

	if (id != NULL)
		reason_word(name_of(id, name), word);
	if (c->ppk_id == NULL)
		err_set(why, ERR_REALITY, "it insists on the PPK '%s' (RFC 8784), "
		    "this tunnel has none" EVENT_HERE "ppk-id %s, and the same ppk",
		    name, word);
	else if (id == NULL)
		err_set(why, ERR_REALITY, "it uses no PPK (RFC 8784), this tunnel "
		    "insists on '%s'" EVENT_PEER "ppk-id %s, and the same ppk"
		    EVENT_HERE "no ppk-required", c->ppk_id, c->ppk_id);
	else
		err_set(why, ERR_REALITY, "it uses the PPK '%s', this tunnel's is "
		    "'%s'" EVENT_HERE "ppk-id %s" EVENT_PEER "ppk-id %s",
		    name, c->ppk_id, word, c->ppk_id);
}

int
ppk_request(struct engine *e, struct ike_sa *sa, const struct tunnel *t,
	    const struct message *m, struct err *why)
{
	const struct payload *id = message_notify(m, N_PPK_IDENTITY);
	const struct payload *plain = message_notify(m, N_NO_PPK_AUTH);
	const struct conf *c = t->conf;
	struct setup *s = sa->setup;
	struct ppk *p = s->ppk;

	if (p == NULL)		/* one of us did not say USE_PPK */
		id = plain = NULL;
	/* "Exactly as in AUTH" (RFC 8784 4), so by the same method. */
	if (plain != NULL && plain->notify.data.len > 0 &&
	    plain->notify.data.len <= PROOF_MAX) {
		p->plain = proof_new(s->auth->method, NULL, 0,
		    plain->notify.data.p, plain->notify.data.len);
		if (p->plain == NULL)
			return V_FREE;
	}
	if (id != NULL && c->ppk_id != NULL && named(id, c->ppk_id)) {
		if (!ask(e, sa, t))
			return V_FREE;
		sa_enter(e, sa, IKE_R_PPK);
		return V_STAY;
	}
	if ((c->ppk_id != NULL && c->ppk_required) ||
	    (id != NULL && p->plain == NULL)) {
		explain(c, id, why);
		return N_AUTHENTICATION_FAILED;
	}
	if (id != NULL) {	/* AUTH is with a PPK that we do not have */
		proof_free(s->auth);
		s->auth = p->plain;
		p->plain = NULL;
	}
	return V_OK;
}
