#include "quick_agree.h"

#include "ike/agree.h"
#include "ike/child.h"
#include "ike/context.h"
#include "ike/natt.h"
#include "ike/ts.h"
#include "ike/tunnel.h"
#include "handlers1.h"
#include "phase1.h"
#include "selector1.h"

#define CHILD_LIFE_MIN	60	/* seconds; a peer that wants it shorter rekeys itself */

/* --- proposals --- */

/* Transforms for ESP as we encapsulate it: with a NAT, in UDP, by the number that
 * the peer's vendor id stands for (RFC 3947 5.1). */
struct terms {
	bool	udp;
	bool	draft;
};

static struct terms
terms_of(const struct engine *e, const struct ike_sa *sa)
{
	return (struct terms){
		.udp = natt_wanted(e, sa),
		.draft = sa->v1->natt != VENDOR_NATT_RFC,
	};
}

void
quick_terms(const struct engine *e, const struct ike_sa *sa, struct sa1_terms *out)
{
	const struct terms t = terms_of(e, sa);

	*out = (struct sa1_terms){
		.mode = !t.udp ? MODE1_TUNNEL : t.draft ?
		    MODE1_UDP_TUNNEL_DRAFT : MODE1_UDP_TUNNEL,
		.life_s = quick_life(sa),
	};
}

static bool
is_tunnel(const struct proposal1 *p, bool udp)
{
	/* Either number is clear enough. */
	return udp ? p->mode == MODE1_UDP_TUNNEL ||
	    p->mode == MODE1_UDP_TUNNEL_DRAFT :
	    p->mode == MODE1_TUNNEL || p->mode == MODE1_NONE;
}

static bool
fits(const struct proposal1 *p, const void *terms)
{
	return is_tunnel(p, ((const struct terms *)terms)->udp);
}

static bool
is_any_tunnel(const struct proposal1 *p, const void *ctx)
{
	(void)ctx;
	return is_tunnel(p, false) || is_tunnel(p, true);
}

/* The seconds after which ours ends, and the peer should have a new one. */
uint32_t
quick_life(const struct ike_sa *sa)
{
	return sa->tunnel->conf->rekey_time + sa->tunnel->conf->rekey_time / 10;
}

/* What the shorter lifetime leaves until the next rekeying; 0: as configured. */
static uint32_t
rekey_within(const struct ike_sa *sa, uint32_t life)
{
	if (life == 0 || life >= quick_life(sa))
		return 0;
	life -= life / 11;
	return life > CHILD_LIFE_MIN ? life : CHILD_LIFE_MIN;
}

/* With the one group of this quick mode. */
void
quick_offer(const struct quick *q, struct offer *o)
{
	offer_init(o, OFFER_CHILD, &q->sa->tunnel->conf->esp, false);
	offer_this_ke(o, q->group);
}

/* Of what we offer, one that the peer has taken before. */
uint16_t
quick_first_group(const struct ike_sa *sa, const struct child_sa *old)
{
	struct offer o;

	offer_init(&o, OFFER_CHILD, &sa->tunnel->conf->esp, false);
	return old != NULL && offer_has_ke(&o, old->suite.ke) ? old->suite.ke :
	    offer_one_ke(&o);
}

/* The selectors of the answer, as payloads to compare; without any they are as we
 * said. */
static int
read_selectors(const struct quick *q, const struct message *m, struct ts ts[2],
	       struct payload side[2], struct err *why)
{
	const struct payload *idi = message_find(m, PL_IDI);
	const struct payload *idr = message_find(m, PL_IDR);
	const struct ike_sa *sa = q->sa;
	struct subnets ours;
	int i;

	tunnel_subnets(sa->tunnel, sa, &ours);
	if (idi == NULL && q->initiator) {
		ts_from_prefix(&ts[0], subnets_local(&ours));
		ts_from_prefix(&ts[1], subnets_remote(&ours));
	} else if (idi == NULL) {
		selector1_host(&ts[0], &sa->remote.addr);
		selector1_host(&ts[1], &sa->local.addr);
	} else if (selector1_read(&ts[0], idi, why) < 0 ||
	    selector1_read(&ts[1], idr, why) < 0) {
		return -1;
	}
	for (i = 0; i < 2; i++)
		side[i] = (struct payload){ .type = i == 0 ? PL_TSI : PL_TSR,
		    .ts = { &ts[i], 1 } };
	return 0;
}

/* IKEv1 has no way to take a part of it. */
static bool
is_whole(const struct prefix *agreed, size_t n, const struct ts *asked)
{
	struct ts t;

	if (n != 1)
		return false;
	ts_from_prefix(&t, agreed);
	return ts_equal(&t, asked);
}

/* Of the KE payload: all transforms have the same (RFC 2409 5.5). */
static uint16_t
offered_group(const struct payload *sa)
{
	uint16_t i;

	for (i = 0; i < sa->sa.p[0].n; i++)
		if (sa->sa.p[0].t[i].type == T_KE)
			return sa->sa.p[0].t[i].id;
	return 0;
}

/* The group that was chosen is that of the KE payloads, or there are none. */
static bool
group_fits(const struct quick *q, const struct message *m)
{
	const struct payload *ke = message_find(m, PL_KE);
	const struct suite *suite = &q->plan.choice.suite;

	if (suite->ke == 0)
		return ke == NULL && q->ke == NULL;
	return ke != NULL && ke->ke.data.len == suite_ke(suite)->public_len;
}

/* None of them has a mode that fits. */
static void
refuse_modes(struct engine *e, struct quick *q, const struct payload *offered,
	     const struct terms *terms)
{
	struct proposal room[MSG_PROPOSALS_MAX];
	struct err why = ERR_INIT;
	struct payload tunnels;

	sa1_filter(&tunnels, room, offered, is_any_tunnel, NULL);
	if (tunnels.sa.n == 0) {
		err_set(&why, ERR_REALITY, "the peer proposes ESP in transport mode "
		    "(number %u), here it is in tunnel mode alone\nset that at the "
		    "peer: mode = tunnel in swanctl.conf, type=tunnel in ipsec.conf",
		    offered->sa.v1[0].mode);
		agree_refuse(&q->plan, N_NO_PROPOSAL_CHOSEN, &why);
		return;
	}
	err_set(&why, ERR_REALITY, "the peer proposes ESP %s in tunnel mode, "
	    "but this end %s\nthe two see the way between them differently: "
	    "something on it changes addresses, or NAT traversal is forced or "
	    "forbidden at the peer", terms->udp ? "without UDP, or not" :
	    "in UDP alone, or not", !terms->udp ? "sees no NAT between us" :
	    e->set.caps.force_encap ? "can do ESP in UDP only" :
	    "sees a NAT between us");
	agree_refuse(&q->plan, N_NO_PROPOSAL_CHOSEN, &why);
	phase2_doubt(e, q->sa);
}

void
quick_agree(struct engine *e, struct quick *q, const struct message *m)
{
	struct proposal room[MSG_PROPOSALS_MAX];
	const struct payload *offered = message_find(m, PL_SA);
	const struct terms terms = terms_of(e, q->sa);
	struct child_plan *p = &q->plan;
	struct payload side[2], acceptable;
	struct agree a = { .sa = &acceptable };
	struct err why = ERR_INIT;
	struct subnets ours;
	struct offer o;
	struct ts ts[2];

	if (read_selectors(q, m, ts, side, &why) < 0) {
		agree_refuse(p, N_TS_UNACCEPTABLE, &why);
		return;
	}
	a.here = &side[q->initiator ? 0 : 1];
	a.there = &side[q->initiator ? 1 : 0];
	sa1_filter(&acceptable, room, offered, fits, &terms);
	if (acceptable.sa.n == 0) {
		refuse_modes(e, q, offered, &terms);
		return;
	}
	if (q->initiator) {
		quick_offer(q, &o);
		agree_answer(q->sa, &o, &a, p);
	} else {
		offer_init(&o, OFFER_CHILD, &q->sa->tunnel->conf->esp, false);
		a.group = offered_group(&acceptable);
		agree_request(e, q->sa->tunnel, q->sa, &o, &a, p);
	}
	if (p->refuse == 0 && !group_fits(q, m))
		agree_refuse(p, N_INVALID_KE_PAYLOAD, NULL);
	if (p->refuse != 0 || (is_whole(subnets_local(p->subnets),
	    p->subnets->n_local, a.here->ts.ts) &&
	    is_whole(subnets_remote(p->subnets), p->subnets->n_remote,
	    a.there->ts.ts)))
		return;
	tunnel_subnets(q->sa->tunnel, q->sa, &ours);
	ts_explain(&ours, a.here, a.there, &why);
	agree_refuse(p, N_TS_UNACCEPTABLE, &why);
}

/* What the peer's message says about how long. */
void
quick_take_lifetime(const struct quick *q, struct child_sa *c, const struct message *m)
{
	const struct proposal1 *chosen = sa1_chosen(message_find(m, PL_SA),
	    q->plan.choice.num);
	const struct payload *n = message_notify(m, (enum ike_notify)
	    N1_RESPONDER_LIFETIME);
	uint32_t life = chosen != NULL ? chosen->life_s : 0, said, kb;

	if (n != NULL && q->initiator) {
		notify_lifetime(n, &said, &kb);
		if (said != 0 && (life == 0 || said < life))
			life = said;
	}
	c->life = rekey_within(q->sa, life);
}
