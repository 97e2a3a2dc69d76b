#include "handlers.h"

#include <stdlib.h>

#include "ike/agree.h"
#include "ike/child.h"
#include "ike/context.h"
#include "ike/notify.h"
#include "ike/reason.h"
#include "ike/ts.h"
#include "ike/tunnel.h"
#include "ike/wire/octets.h"
#include "keymat.h"

/* Agreeing on a CHILD_SA: SA, TSi, TSr of a request and of its answer. */

static enum offer_kind
kind(bool auth)
{
	return auth ? OFFER_AUTH_CHILD : OFFER_CHILD;
}

void
plan_request(struct engine *e, struct tunnel *t, struct ike_sa *sa,
	     const struct message *m, bool auth, uint16_t group,
	     struct child_plan *p)
{
	const struct agree a = {
		.sa = message_find(m, PL_SA), .here = message_find(m, PL_TSR),
		.there = message_find(m, PL_TSI), .group = group,
	};
	struct offer ours;

	p->wanted = a.sa != NULL && a.here != NULL && a.there != NULL;
	if (!p->wanted)
		return;
	offer_init(&ours, kind(auth), &t->conf->esp, e->set.caps.esn);
	agree_request(e, t, sa, &ours, &a, p);
	if (p->refuse == 0 && p->choice.wrong_ke)
		agree_refuse(p, N_INVALID_KE_PAYLOAD, NULL);
}

void
plan_response(struct engine *e, struct ike_sa *sa, const struct message *m,
	      bool auth, struct child_plan *p)
{
	const struct agree a = {
		.sa = message_find(m, PL_SA), .here = message_find(m, PL_TSI),
		.there = message_find(m, PL_TSR),
		.more_ts = message_notify(m, N_ADDITIONAL_TS_POSSIBLE) != NULL,
	};
	const struct payload *error = message_error(m);
	struct err why = ERR_INIT;
	char text[NOTIFY_STRLEN];
	struct offer ours;

	p->wanted = a.sa != NULL && a.here != NULL && a.there != NULL;
	if (!p->wanted) {
		agree_refuse(p, error != NULL ? error->notify.type :
		    N_NO_PROPOSAL_CHOSEN, NULL);
		return;
	}
	offer_init(&ours, kind(auth), &sa->tunnel->conf->esp, e->set.caps.esn);
	agree_answer(sa, &ours, &a, p);
	if (p->refuse == 0 && error != NULL &&
	    notify_is_unknown(error->notify.type)) {
		err_set(&why, ERR_REALITY, "the peer answers with %s",
		    notify_explain(error->notify.type, text));
		agree_refuse(p, error->notify.type, &why);
	}
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

void
plan_build_offer(struct engine *e, struct ike_sa *sa, struct build *b,
		 bool auth, uint32_t spi)
{
	struct offer ours;
	uint8_t octets[4];

	octets_u32(spi, octets);
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

	octets_u32(spi, octets);
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
