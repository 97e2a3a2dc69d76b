#include "handlers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/child.h"
#include "ike/context.h"
#include "ike/notify.h"
#include "ike/reason.h"
#include "ike/ts.h"
#include "ike/tunnel.h"
#include "keymat.h"

/* Agreeing on a CHILD_SA: SA, TSi, TSr of a request and of its answer. */

static void
refused(struct child_plan *p, uint16_t notify, const struct err *why)
{
	p->code = notify == N_NO_PROPOSAL_CHOSEN ? EV_PROPOSAL :
	    notify == N_TS_UNACCEPTABLE ? EV_SELECTORS : EV_REFUSED;
	p->refuse = notify;
	free(p->why);
	p->why = why != NULL ? strdup(why->text) : NULL;
}

/* Both sides together, of exact size. */
static struct subnets *
join(const struct ts_set *local, const struct ts_set *remote)
{
	struct subnets s = { .n_local = local->n, .n_remote = remote->n };

	memcpy(s.p, local->p, local->n * sizeof(s.p[0]));
	memcpy(s.p + local->n, remote->p, remote->n * sizeof(s.p[0]));
	return subnets_dup(&s);
}

/* --- narrowing --- */

/* Whether the peer asks for addresses beyond those. */
static bool
asks_more(const struct payload *ts, const struct prefix *p, size_t n)
{
	size_t i;

	for (i = 0; i < ts->ts.n; i++)
		if (!ts_covered(p, n, &ts->ts.ts[i]))
			return true;
	return false;
}

/* "\nat the peer, set: remote-subnet 10.0.1.0/24 10.0.3.0/24" if less of that
 * side was agreed on. */
static void
put_remedy(char text[ERR_TEXT_MAX], const char *mirror, const struct prefix *ours,
	   size_t n, const struct prefix *agreed, size_t n_agreed)
{
	size_t i, len = strlen(text);
	char list[200];
	struct ts ts;
	bool less = false;
	int k;

	for (i = 0; i < n; i++) {
		ts_from_prefix(&ts, &ours[i]);
		less |= !ts_covered(agreed, n_agreed, &ts);
	}
	if (!less)
		return;
	k = snprintf(text + len, ERR_TEXT_MAX - len, EVENT_PEER "%s-subnet %s",
	    mirror, prefixes_str(ours, n, list, sizeof(list)));
	if (k < 0 || (size_t)k >= ERR_TEXT_MAX - len ||
	    strstr(list, "...") != NULL)
		text[len] = '\0';
}

/* The sentence about it; NULL if both have the same. */
static char *
narrowing(const struct subnets *ours, const struct subnets *agreed,
	  const struct payload *here, const struct payload *there, bool more_ts)
{
	char text[ERR_TEXT_MAX], want_l[TS_LIST_STRLEN], want_r[TS_LIST_STRLEN];
	char l[90], r[90], al[60], ar[60];
	const struct prefix *lp = subnets_local(ours), *rp = subnets_remote(ours);
	const struct prefix *alp = subnets_local(agreed);
	const struct prefix *arp = subnets_remote(agreed);

	if (subnets_equal(ours, agreed) &&
	    !asks_more(here, alp, agreed->n_local) &&
	    !asks_more(there, arp, agreed->n_remote))
		return NULL;
	prefixes_str(lp, ours->n_local, l, sizeof(l));
	prefixes_str(rp, ours->n_remote, r, sizeof(r));
	prefixes_str(alp, agreed->n_local, al, sizeof(al));
	prefixes_str(arp, agreed->n_remote, ar, sizeof(ar));
	snprintf(text, sizeof(text), "narrowed to %s === %s: we have %s === %s, the "
	    "peer wants %.70s === %.70s%s", al, ar, l, r,
	    ts_list_str(here, want_l), ts_list_str(there, want_r), more_ts ?
	    "; more would be possible in another CHILD_SA "
	    "(ADDITIONAL_TS_POSSIBLE)" : "");
	put_remedy(text, "remote", lp, ours->n_local, alp, agreed->n_local);
	put_remedy(text, "local", rp, ours->n_remote, arp, agreed->n_remote);
	return strdup(text);
}

typedef bool judge_fn(const struct prefix *, size_t, const struct payload *,
		      struct ts_set *);

/* here, there: what the peer says of our side and of its own. */
static void
agree(struct child_plan *p, judge_fn *judge, const struct subnets *ours,
      const struct payload *here, const struct payload *there, bool more_ts)
{
	struct ts_set local, remote;
	struct err why = ERR_INIT;

	if (!judge(subnets_local(ours), ours->n_local, here, &local) ||
	    !judge(subnets_remote(ours), ours->n_remote, there, &remote)) {
		ts_explain(ours, here, there, &why);
		refused(p, N_TS_UNACCEPTABLE, &why);
		return;
	}
	p->more_ts = more_ts || local.cut || remote.cut;
	p->subnets = join(&local, &remote);
	if (p->subnets == NULL)
		refused(p, N_TEMPORARY_FAILURE, NULL);
	else
		p->narrowed = narrowing(ours, p->subnets, here, there,
		    p->more_ts);
}

static enum offer_kind
kind(bool auth)
{
	return auth ? OFFER_AUTH_CHILD : OFFER_CHILD;
}

/* Without key exchanges there would be a match. */
static bool
only_group(const struct engine *e, const struct tunnel *t,
	   const struct payload *offered)
{
	struct choice choice;
	struct offer ours;

	offer_init(&ours, OFFER_AUTH_CHILD, &t->conf->esp, e->set.caps.esn);
	return offer_select(&ours, offered, 0, &choice, NULL) == 0;
}

void
plan_request(struct engine *e, struct tunnel *t, struct ike_sa *sa,
	     const struct message *m, bool auth, uint16_t group,
	     struct child_plan *p)
{
	const struct payload *tsi = message_find(m, PL_TSI);
	const struct payload *tsr = message_find(m, PL_TSR);
	const struct payload *offered = message_find(m, PL_SA);
	struct subnets ours_ts;
	struct choice choice;
	struct err why = ERR_INIT;
	struct offer ours;

	p->wanted = offered != NULL && tsi != NULL && tsr != NULL;
	if (!p->wanted)
		return;
	offer_init(&ours, kind(auth), &t->conf->esp, e->set.caps.esn);
	if (offer_select(&ours, offered, group, &choice, &why) < 0) {
		refused(p, N_NO_PROPOSAL_CHOSEN, &why);
		if (!auth && only_group(e, t, offered))
			p->code = EV_PFS;
		return;
	}
	p->spi_out = bytes_spi(&choice.spi);
	p->choice = choice;
	memset(&p->choice.spi, 0, sizeof(p->choice.spi));
	tunnel_subnets(t, sa, &ours_ts);
	agree(p, ts_narrow, &ours_ts, tsr, tsi, false);
	if (p->refuse != 0)
		return;
	if (p->spi_out == 0) {
		err_set(&why, ERR_REALITY, "the peer proposes ESP without an SPI");
		refused(p, N_NO_PROPOSAL_CHOSEN, &why);
	} else if (choice.wrong_ke) {
		refused(p, N_INVALID_KE_PAYLOAD, NULL);
	}
}

void
plan_response(struct engine *e, struct ike_sa *sa, const struct message *m,
	      bool auth, struct child_plan *p)
{
	const struct payload *tsi = message_find(m, PL_TSI);
	const struct payload *tsr = message_find(m, PL_TSR);
	const struct payload *chosen = message_find(m, PL_SA);
	const struct payload *error = message_error(m);
	struct subnets ours_ts;
	struct choice choice;
	struct err why = ERR_INIT;
	char text[NOTIFY_STRLEN];
	struct offer ours;

	p->wanted = chosen != NULL && tsi != NULL && tsr != NULL;
	if (!p->wanted) {
		refused(p, error != NULL ? error->notify.type :
		    N_NO_PROPOSAL_CHOSEN, NULL);
		return;
	}
	offer_init(&ours, kind(auth), &sa->tunnel->conf->esp, e->set.caps.esn);
	if (offer_verify(&ours, chosen, &choice, &why) < 0) {
		refused(p, N_NO_PROPOSAL_CHOSEN, &why);
		return;
	}
	p->spi_out = bytes_spi(&choice.spi);
	p->choice = choice;
	memset(&p->choice.spi, 0, sizeof(p->choice.spi));
	tunnel_subnets(sa->tunnel, sa, &ours_ts);
	agree(p, ts_verify, &ours_ts, tsi, tsr,
	    message_notify(m, N_ADDITIONAL_TS_POSSIBLE) != NULL);
	if (p->refuse != 0)
		return;
	if (p->spi_out == 0) {
		err_set(&why, ERR_REALITY, "the peer answers without an SPI");
		refused(p, N_NO_PROPOSAL_CHOSEN, &why);
	} else if (error != NULL && notify_is_unknown(error->notify.type)) {
		err_set(&why, ERR_REALITY, "the peer answers with %s",
		    notify_explain(error->notify.type, text));
		refused(p, error->notify.type, &why);
	}
}

void
plan_apply(struct engine *e, struct child_plan *p, struct child_sa *c)
{
	const struct child_sa *old = child_of(c->sa, c->replaces);

	/* Not again with every rekeying. */
	if (p->narrowed != NULL && (old == NULL || old->subnets == NULL ||
	    !subnets_equal(old->subnets, p->subnets)))
		tunnel_event(e, c->sa->tunnel, EV_NARROWED, "%s", p->narrowed);
	c->suite = p->choice.suite;
	c->subnets = p->subnets;
	p->subnets = NULL;
	c->spi_out = p->spi_out;
}

bool
plan_install(struct engine *e, struct child_sa *c, const uint8_t *shared,
	     size_t shared_len, const struct nonce *ni, const struct nonce *nr)
{
	struct cipher_keys from_i, from_r;
	bool ok;

	ok = keymat_child(e->crypto, suite_prf(&c->sa->suite), &c->sa->sk_d,
	    &c->suite, shared, shared_len, ni, nr, &from_i, &from_r) &&
	    child_install(e, c, &from_i, &from_r);
	secret_wipe_mem(&from_i, sizeof(from_i));
	secret_wipe_mem(&from_r, sizeof(from_r));
	return ok;
}

static void
put_spi(uint32_t spi, uint8_t out[4])
{
	struct wbuf w;

	wbuf_init(&w, out, 4);
	wbuf_u32(&w, spi);
}

void
plan_build_offer(struct engine *e, struct ike_sa *sa, struct build *b,
		 bool auth, uint32_t spi)
{
	struct offer ours;
	uint8_t octets[4];

	put_spi(spi, octets);
	offer_init(&ours, kind(auth), &sa->tunnel->conf->esp, e->set.caps.esn);
	offer_spi(&ours, octets, 4);
	build_sa(b, ours.p, ours.n);
}

void
plan_build_chosen(struct build *b, const struct child_plan *p, bool auth,
		  uint32_t spi)
{
	struct offer chosen;
	uint8_t octets[4];

	put_spi(spi, octets);
	offer_chosen(&chosen, kind(auth), &p->choice);
	offer_spi(&chosen, octets, 4);
	build_sa(b, chosen.p, chosen.n);
}

static void
build_side(struct build *b, enum ike_payload type, const struct prefix *p,
	   size_t n)
{
	struct ts ts[SUBNETS_MAX];
	size_t i;

	for (i = 0; i < n; i++)
		ts_from_prefix(&ts[i], &p[i]);
	build_ts(b, type, ts, n);
}

void
plan_build_ts(struct build *b, const struct subnets *s, bool initiator)
{
	const struct prefix *l = subnets_local(s), *r = subnets_remote(s);

	build_side(b, PL_TSI, initiator ? l : r,
	    initiator ? s->n_local : s->n_remote);
	build_side(b, PL_TSR, initiator ? r : l,
	    initiator ? s->n_remote : s->n_local);
}

/* The peer's bare notify says little: what we offered says the rest. */
void
plan_refused(struct engine *e, struct ike_sa *sa, uint16_t notify)
{
	char why[REASON_MAX];
	enum event_code code = reason_child(e, sa, notify, why);

	tunnel_set_reason(sa->tunnel, code, why);
	tunnel_event(e, sa->tunnel, code, "IKE_SA is up, but %s", why);
}
