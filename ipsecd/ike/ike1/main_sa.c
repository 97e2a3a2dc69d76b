#include "main.h"

#include <stdlib.h>

#include "fragment1.h"
#include "ike/blame.h"
#include "ike/context.h"
#include "ike/first.h"
#include "ike/machine.h"
#include "ike/trace.h"
#include "ike/tunnel.h"
#include "natd.h"
#include "phase1.h"

#define REQUEST_MAX	4096		/* of message 1, which is kept */
#define LIFE_S		(IKE_REKEY_TIME + IKE_REKEY_TIME / 10)

static bool
main_new(struct engine *e, struct ike_sa *sa)
{
	sa->setup->main = calloc(1, sizeof(*sa->setup->main));
	return sa->setup->main != NULL && phase1_new(e, sa);
}

void
main_free(struct main_mode *m)
{
	if (m == NULL)
		return;
	packet_free(m->sa_i);
	packet_free(m->ke_i);
	packet_free(m->ke_r);
	secret_wipe_mem(m, sizeof(*m));
	free(m);
}

static uint16_t
auth_of(const struct conf *c)
{
	return c->method == METHOD_CERT ? AUTH1_RSA : AUTH1_PSK;
}

/* What both ends say: the best kind of NAT traversal is known to who answers. */
static void
announce(const struct ike_sa *sa, struct build *b)
{
	vendor_build(b, VENDOR_DPD);
	natd_announce(sa, b);
	fragment1_announce(b);
}

static void
learn(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	sa->v1->dpd = message_vendor(m, VENDOR_DPD);
	natd_negotiate(sa, m);
	fragment1_negotiate(e, sa, m);
}

/* What was agreed on. */
static void
adopt(struct ike_sa *sa, const struct choice *choice,
      const struct proposal1 *terms)
{
	struct keys1 *k = &sa->v1->keys;

	sa->suite = choice->suite;
	sa->setup->main->auth = terms->auth;
	sa->v1->life_s = terms->life_s;
	k->prf = suite_prf(&sa->suite);
	k->encr = suite_encr(&sa->suite);
}

static bool
fits(const struct proposal1 *p, const void *auth)
{
	return p->auth == *(const uint16_t *)auth;
}

/* The peer's transforms that a tunnel allows, of which one is chosen. */
static int
choose(const struct conf *c, const struct message *m, struct choice *choice,
       struct err *why)
{
	const struct payload *sa = message_find(m, PL_SA);
	struct proposal room[MSG_PROPOSALS_MAX];
	uint16_t auth = auth_of(c);
	struct payload same;
	struct offer ours;
	char num[16];

	sa1_filter(&same, room, sa, fits, &auth);
	if (same.sa.n == 0 && sa->sa.n != 0)
		return err_set(why, ERR_REALITY, "no common IKE proposal: the peer "
		    "authenticates itself by %s, expected was %s" EVENT_PEER
		    "method %s\nor whatever it calls that",
		    name_str(ike1_auth_names, sa->sa.v1[0].auth, num),
		    auth == AUTH1_PSK ? "a pre-shared key" : "a certificate (RSA)",
		    method_str((enum method)c->method));
	offer_init(&ours, OFFER_IKE, &c->ike, false);
	return offer_select(&ours, &same, 0, choice, why);
}

/* --- responder --- */

static bool
select_suite(struct engine *e, const struct stranger *s, struct choice *choice)
{
	if (blame_choose(e, s, 1, choose, choice))
		return true;
	/* Without a tunnel, nobody hears that we are there. */
	if (blame_expected(e, s))
		exchange1_refuse(e, s, N1_NO_PROPOSAL_CHOSEN);
	return false;
}

static bool
sane(struct engine *e, const struct stranger *s)
{
	struct message *m = &e->msg;
	struct err why = ERR_INIT;

	if (s->len > REQUEST_MAX) {
		engine_drop(e, s->remote, "a first message of %zu octets", s->len);
		return false;
	}
	if (message1_parse(m, s->msg, s->len, &why) < 0 ||
	    message_check(m, &why) < 0) {
		engine_drop(e, s->remote, "%s", why.text);
		return false;
	}
	trace_in(e, s->local, s->remote, m);
	if (sa_find(e, m->hdr.spi_i) != NULL) {
		engine_drop(e, s->remote, "a first message of our own comes back");
		return false;
	}
	if (m->shape != SHAPE1_MM_SA || m->hdr.spi_i == 0 || m->hdr.msgid != 0) {
		engine_drop(e, s->remote, "not a proper first message of main "
		    "mode");
		return false;
	}
	return true;
}

/* There is no cookie to ask for: the peer's message 3 shows ours. */
static bool
welcome(struct engine *e, const struct stranger *s)
{
	if (half_judge1(e, &s->remote->addr) == HALF_WELCOME)
		return true;
	first_crowded(e, s, "first messages of IKEv1");
	return false;
}

static struct ike_sa *
half_open(struct engine *e, const struct stranger *s,
	  const struct choice *choice)
{
	const struct payload *offered = message_find(&e->msg, PL_SA);
	struct ike_sa *sa = first_sa(e, s, &ike1_machine);

	if (sa == NULL)
		return NULL;
	if (!main_new(e, sa) || (sa->setup->main->sa_i =
	    packet_new(offered->body.p, offered->body.len)) == NULL) {
		sa_free(e, sa);
		return NULL;
	}
	adopt(sa, choice, sa1_chosen(offered, choice->num));
	learn(e, sa, &e->msg);
	return sa;
}

static bool
reply(struct engine *e, struct ike_sa *sa, const struct choice *choice)
{
	const struct payload *offered = message_find(&e->msg, PL_SA);
	struct build b;

	main_begin(e, sa, &b, false);
	build1_chosen(&b, PROTO_IKE, sa1_chosen(offered, choice->num), NULL, 0);
	announce(sa, &b);
	return main_send(e, sa, &b, false);
}

/* Everything that costs little and keeps nothing comes first. */
void
main_first(struct engine *e, const struct stranger *s)
{
	struct choice choice;
	struct ike_sa *sa;

	if (!first_heard(e, s) || !sane(e, s))
		return;
	sa = sa_find_half(e, s->hdr->spi_i, s->remote, s->msg, s->len);
	if (sa != NULL) {
		if (sa->state == IKE1_R_SA && sa->repeats < FIRST_REPEATS_MAX) {
			sa->repeats++;
			sa_transmit(e, sa, sa->response);
		}
		return;
	}
	if (!welcome(e, s) || !select_suite(e, s, &choice))
		return;
	sa = half_open(e, s, &choice);
	if (sa == NULL || !sa_add_half(e, sa, false) ||
	    !reply(e, sa, &choice)) {
		first_failed(e, s, sa);
		return;
	}
	first_answered(e, sa, IKE1_R_SA);
}

/* --- initiator --- */

/* The body of our SA payload, the first of all, is kept as it goes out, for
 * HASH_I. */
static bool
request(struct engine *e, struct ike_sa *sa)
{
	const struct conf *c = sa->tunnel->conf;
	const struct sa1_terms terms = { .auth = auth_of(c), .life_s = LIFE_S };
	const size_t at = IKE_HDR_LEN + 4;
	struct offer ours;
	struct build b;

	main_begin(e, sa, &b, false);
	offer_init(&ours, OFFER_IKE, &c->ike, false);
	build1_sa(&b, ours.p, ours.n, &terms);
	if (!wbuf_ok(&b.w))
		return false;
	sa->setup->main->sa_i = packet_new(e->out + at, b.w.len - at);
	announce(sa, &b);
	return sa->setup->main->sa_i != NULL && main_send(e, sa, &b, true);
}

bool
main_call(struct engine *e, struct ike_sa *sa)
{
	if (!main_new(e, sa))
		return false;
	sa->setup->main->auth = auth_of(sa->tunnel->conf);
	if (!request(e, sa))
		return false;
	sa_enter(e, sa, IKE1_I_SA);
	return true;
}

/* Anybody can send this: what does not fit is not believed. */
int
main_sa_answer(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	const struct payload *answer = message_find(m, PL_SA);
	const struct conf *c = sa->tunnel->conf;
	const struct proposal1 *terms;
	struct err why = ERR_INIT;
	struct choice choice;
	struct offer ours;

	/* Who has our cookie or our public value could have our proof for his. */
	if (m->hdr.spi_r == sa->spi_i) {
		engine_drop(e, &sa->remote, "answer to message 1: with our own "
		    "cookie");
		return V_STAY;
	}
	offer_init(&ours, OFFER_IKE, &c->ike, false);
	if (m->hdr.spi_r == 0 || offer_verify(&ours, answer, &choice, &why) < 0) {
		engine_drop(e, &sa->remote, "answer to message 1: %s",
		    m->hdr.spi_r == 0 ? "it has no cookie" : why.text);
		return V_STAY;
	}
	terms = sa1_chosen(answer, choice.num);
	if (terms == NULL || terms->auth != auth_of(c)) {
		engine_drop(e, &sa->remote, "answer to message 1: another way of "
		    "authentication");
		return V_STAY;
	}
	sa->spi_r = m->hdr.spi_r;
	adopt(sa, &choice, terms);
	learn(e, sa, m);
	sa->setup->refused = 0;
	if (!main_ke_send(e, sa))
		return exchange_fail(e, EV_RESOURCES, "out of memory");
	return V_OK;
}
