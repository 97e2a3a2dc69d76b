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
	const struct payload *tsi = message_find(m, PL_TSI);
	const struct payload *tsr = message_find(m, PL_TSR);
	const struct payload *offered = message_find(m, PL_SA);
	struct prefix local, remote;
	struct choice choice;
	struct err why = ERR_INIT;
	struct offer ours;

	p->wanted = offered != NULL && tsi != NULL && tsr != NULL;
	if (!p->wanted)
		return;
	offer_init(&ours, kind(auth), &t->conf->esp, e->set.caps.esn);
	if (offer_select(&ours, offered, group, &choice, &why) < 0) {
		refused(p, N_NO_PROPOSAL_CHOSEN, &why);
		return;
	}
	p->spi_out = bytes_spi(&choice.spi);
	p->choice = choice;
	memset(&p->choice.spi, 0, sizeof(p->choice.spi));
	tunnel_subnets(t, sa, &local, &remote);
	if (!ts_narrow(&local, tsr, &p->local) ||
	    !ts_narrow(&remote, tsi, &p->remote)) {
		ts_explain(&local, &remote, tsr, tsi, &why);
		refused(p, N_TS_UNACCEPTABLE, &why);
	} else if (p->spi_out == 0) {
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
	struct prefix local, remote;
	struct choice choice;
	struct err why = ERR_INIT;
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
	tunnel_subnets(sa->tunnel, sa, &local, &remote);
	if (!ts_verify(&local, tsi, &p->local) ||
	    !ts_verify(&remote, tsr, &p->remote)) {
		ts_explain(&local, &remote, tsi, tsr, &why);
		refused(p, N_TS_UNACCEPTABLE, &why);
	} else if (p->spi_out == 0) {
		err_set(&why, ERR_REALITY, "the peer answers without an SPI");
		refused(p, N_NO_PROPOSAL_CHOSEN, &why);
	}
}

void
plan_apply(const struct child_plan *p, struct child_sa *c)
{
	c->suite = p->choice.suite;
	c->local = p->local;
	c->remote = p->remote;
	c->spi_out = p->spi_out;
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

void
plan_build_ts(struct build *b, const struct prefix *i, const struct prefix *r)
{
	struct ts ts;

	ts_from_prefix(&ts, i);
	build_ts(b, PL_TSI, &ts, 1);
	ts_from_prefix(&ts, r);
	build_ts(b, PL_TSR, &ts, 1);
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
