#include "handlers.h"

#include <stdlib.h>

#include "ike/child.h"
#include "ike/context.h"
#include "ike2.h"
#include "keymat.h"
#include "ike/life.h"
#include "ike/machine.h"
#include "mobike.h"
#include "nego.h"
#include "ike/notify.h"
#include "ike/reauth.h"
#include "ike/tunnel.h"
#include "ike/wire/octets.h"

/*
 *	HDR, SK { SA, Ni, KEi }  -->
 *				<--  HDR, SK { SA, Nr, KEr }
 *
 * RFC 7296 1.3.2 and 2.18: the new IKE_SA inherits the CHILD_SAs.
 */

/* The successor has the addresses of the old one and keys of its own. */
static bool
succeed(struct engine *e, const struct ike_sa *old, struct ike_sa *sa,
	struct nego *n, const struct payload *ke, const struct suite *suite)
{
	uint8_t shared[KE_SHARED_MAX];
	struct ike_keys keys;
	bool ok;

	sa->suite = *suite;
	sa->local = old->local;
	sa->remote = old->remote;
	sa->encap = old->encap;
	sa->datagram_max = old->datagram_max;
	sa->natd = old->natd;
	sa->nat_local = old->nat_local;
	sa->nat_remote = old->nat_remote;
	sa->ppk = old->ppk;
	sa->peer_id = ident_dup(old->peer_id);
	ok = sa->peer_id != NULL && ke != NULL && n->ke != NULL &&
	    ke->ke.group == ke_alg(n->ke)->id &&
	    ke_shared(n->ke, ke->ke.data.p, ke->ke.data.len, shared) &&
	    keymat_ike(e->crypto, suite, shared, ke_alg(n->ke)->shared_len,
		&n->ni, &n->nr, sa->spi_i, sa->spi_r, &old->sk_d,
		suite_prf(&old->suite), &keys);
	secret_wipe_mem(shared, sizeof(shared));
	if (ok)
		keymat_set(sa, &keys);
	return ok;
}

/* From now on sa stands for the tunnel; the old one waits for its Delete. */
static void
take_over(struct engine *e, struct ike_sa *old, struct ike_sa *sa)
{
	struct tunnel *t = old->tunnel;

	while (old->children != NULL)
		child_move(old->children, sa);
	mobike_inherit(old, sa);
	sa_move(e, sa, t);
	sa_enter(e, sa, IKE_UP);
	sa_arm(e, sa);
	reauth_inherit(e, old, sa);
	sa_enter(e, old, IKE_REKEYED);
	timer_stop(&e->timers, &old->probe);
	timer_stop(&e->timers, &old->keepalive);
	timer_set(&e->timers, &old->rekey, e->now + SA_REPEAT_MS);
	tunnel_event(e, t, EV_IKE_REKEYED, "IKE_SA #%u rekeyed: now #%u", old->serial,
	    sa->serial);
	ike2_next(e, sa);	/* what the children still want */
}

/* --- initiator --- */

static bool
request(struct engine *e, struct ike_sa *sa)
{
	struct nego *n = sa->own;
	struct offer ours;
	struct build b;
	uint8_t spi[8];

	octets_u64(n->ike, spi);
	offer_init(&ours, OFFER_IKE, &sa->tunnel->conf->ike, false);
	offer_spi(&ours, spi, sizeof(spi));
	request_begin(e, sa, &b, EXCH_CREATE_CHILD_SA);
	build_sa(&b, ours.p, ours.n);
	build_nonce(&b, n->ni.b, n->ni.len);
	return nego_put_ke(&b, n) && request_send(e, sa, &b, REQ_CREATE);
}

static void
finish(struct engine *e, struct ike_sa *sa)
{
	struct nego *n = sa->own;

	sa->own = NULL;
	nego_free(e, n);
}

bool
rekey_start(struct engine *e, struct ike_sa *sa)
{
	struct ike_sa *successor;
	struct offer ours;
	struct nego *n;
	uint16_t group;

	sa->want &= (uint8_t)~WANT_REKEY;
	n = sa->own = nego_new(NEGO_REKEY_IKE);
	if (n == NULL)
		return false;
	successor = sa_new(e, NULL, true, &ike2_machine);
	if (successor == NULL) {
		finish(e, sa);
		return false;
	}
	n->ike = sa_spi(successor);
	offer_init(&ours, OFFER_IKE, &sa->tunnel->conf->ike, false);
	group = offer_has_ke(&ours, sa->suite.ke) ? sa->suite.ke :
	    offer_first_ke(&ours);
	if (!nonce_make(e, &n->ni) || group == 0 ||
	    !nego_set_group(e, n, group) ||
	    !request(e, sa)) {
		finish(e, sa);
		return false;
	}
	return true;
}

/* Less and less often; in seconds. */
static uint32_t
later(struct engine *e, struct ike_sa *sa)
{
	uint32_t ms = life_later(e, &sa->refused);

	timer_set(&e->timers, &sa->rekey, e->now + ms);
	return ms / 1000;
}

/* The SA that the peer made at the same time stands alone now. */
static bool
rival_takes_over(struct engine *e, struct ike_sa *sa)
{
	struct nego *n = sa->own;
	struct ike_sa *rival = n->crossed ? sa_find(e, n->rival) : NULL;

	if (rival == NULL || rival->state != IKE_UP)
		return false;
	take_over(e, sa, rival);
	return true;
}

int
rekey_response(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	const struct payload *error;
	struct nego *n = sa->own;
	struct ike_sa *successor;
	struct choice choice;
	struct err why = ERR_INIT;
	struct offer ours;

	request_done(e, sa);
	if (n == NULL)
		return V_STAY;
	if (n->kind != NEGO_REKEY_IKE) {
		create_failed(e, sa, "the peer answers for an IKE_SA");
		return V_STAY;
	}
	error = message_error(m);
	if ((successor = sa_find(e, n->ike)) == NULL ||
	    (error != NULL && notify_is_unknown(error->notify.type))) {
		rekey_refused(e, sa, error);
		return V_STAY;
	}
	offer_init(&ours, OFFER_IKE, &sa->tunnel->conf->ike, false);
	if (offer_verify(&ours, message_find(m, PL_SA), &choice, &why) < 0 ||
	    (successor->spi_r = bytes_spi64(&choice.spi)) == 0 ||
	    !nonce_set(&n->nr, &message_find(m, PL_NONCE)->body) ||
	    !succeed(e, sa, successor, n, message_find(m, PL_KE),
		&choice.suite)) {
		tunnel_event(e, sa->tunnel, EV_REKEY_FAILED, "rekeying the IKE_SA failed: %s",
		    why.text[0] != '\0' ? why.text : "the answer is not valid");
		if (!rival_takes_over(e, sa))
			(void)later(e, sa);
		finish(e, sa);
		return V_STAY;
	}
	n->ike = 0;
	if (n->crossed &&
	    nonce_cmp(nonce_lower(&n->ni, &n->nr), &n->rival_nonce) < 0 &&
	    rival_takes_over(e, sa)) {
		sa_enter(e, successor, IKE_UP);	/* ours goes (2.8.1) */
		ike2_delete(e, successor);
	} else {
		take_over(e, sa, successor);
		sa->want |= WANT_DELETE;
	}
	finish(e, sa);
	return V_STAY;
}

void
rekey_refused(struct engine *e, struct ike_sa *sa, const struct payload *notify)
{
	uint16_t type = notify != NULL ? notify->notify.type : 0;
	int group = type == N_INVALID_KE_PAYLOAD ? notify_u16(notify) : 0;
	struct nego *n = sa->own;
	struct offer ours;
	char text[NOTIFY_STRLEN];

	offer_init(&ours, OFFER_IKE, &sa->tunnel->conf->ike, false);
	if (group > 0 && n->again++ < NEGO_AGAIN_MAX &&
	    offer_has_ke(&ours, (uint16_t)group) &&
	    nego_set_group(e, n, (uint16_t)group) && request(e, sa))
		return;
	if (!rival_takes_over(e, sa)) {
		uint32_t s = later(e, sa);

		if (life_worth_a_word(type, sa->refused))
			tunnel_event(e, sa->tunnel, EV_REKEY_FAILED, "the peer "
			    "refuses to rekey the IKE_SA; tried again in %u "
			    "seconds. %s", s, notify_explain(type, text));
	}
	finish(e, sa);
}

bool
rekey_forget(struct engine *e, struct ike_sa *sa)
{
	if (sa->own == NULL || sa->own->kind != NEGO_REKEY_IKE ||
	    !rival_takes_over(e, sa))
		return false;
	finish(e, sa);
	return true;
}

/* --- responder --- */

static bool
reply(struct engine *e, struct ike_sa *sa, const struct nego *n,
      const struct choice *choice, uint64_t spi_r)
{
	struct offer chosen;
	struct build b;
	uint8_t spi[8];

	octets_u64(spi_r, spi);
	offer_chosen(&chosen, OFFER_IKE, choice);
	offer_spi(&chosen, spi, sizeof(spi));
	reply_begin(e, sa, &b);
	build_sa(&b, chosen.p, chosen.n);
	build_nonce(&b, n->nr.b, n->nr.len);
	if (!nego_put_ke(&b, n))
		return false;
	reply_send(e, sa, &b);
	return true;
}

static void
note_crossing(struct ike_sa *sa, const struct nego *theirs, uint64_t rival)
{
	struct nego *n = sa->own;

	n->crossed = true;
	n->rival = rival;
	n->rival_nonce = *nonce_lower(&theirs->ni, &theirs->nr);
}

static int
grant(struct engine *e, struct ike_sa *sa, const struct message *m,
       const struct choice *choice)
{
	struct ike_sa *successor = sa_new(e, NULL, false, &ike2_machine);
	struct nego *n = nego_new(NEGO_REKEY_IKE);
	int verdict = N_TEMPORARY_FAILURE;

	if (successor == NULL || n == NULL)
		goto out;
	n->ike = sa_spi(successor);
	successor->spi_i = bytes_spi64(&choice->spi);
	if (successor->spi_i == 0 ||
	    !nonce_set(&n->ni, &message_find(m, PL_NONCE)->body)) {
		verdict = N_INVALID_SYNTAX;
		goto out;
	}
	if (!nonce_make(e, &n->nr) || choice->suite.ke == 0 ||
	    !nego_set_group(e, n, choice->suite.ke) ||
	    !succeed(e, sa, successor, n, message_find(m, PL_KE),
		&choice->suite) ||
	    !reply(e, sa, n, choice, n->ike))
		goto out;
	n->ike = 0;
	verdict = V_STAY;
	if (sa->own != NULL) {
		sa_enter(e, successor, IKE_UP);
		note_crossing(sa, n, sa_spi(successor));
	} else {
		take_over(e, sa, successor);
	}
	successor = NULL;
out:
	if (n == NULL)
		sa_free(e, successor);
	nego_free(e, n);
	return verdict;
}

int
rekey_request(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	const struct payload *ke = message_find(m, PL_KE);
	struct choice choice;
	struct err why = ERR_INIT;
	struct offer ours;
	uint8_t group[2];

	if (sa->tunnel == NULL || collision(sa, ASKS_REKEY_IKE, NULL) != 0)
		return N_TEMPORARY_FAILURE;
	offer_init(&ours, OFFER_IKE, &sa->tunnel->conf->ike, false);
	if (offer_select(&ours, message_find(m, PL_SA),
	    ke != NULL ? ke->ke.group : 0, &choice, &why) < 0) {
		tunnel_event(e, sa->tunnel, EV_PROPOSAL, "refused to rekey the IKE_SA: %s",
		    why.text);
		return N_NO_PROPOSAL_CHOSEN;
	}
	if (ke == NULL || choice.wrong_ke) {
		group[0] = (uint8_t)(choice.suite.ke >> 8);
		group[1] = (uint8_t)choice.suite.ke;
		reply_notify(e, sa, N_INVALID_KE_PAYLOAD, group, 2);
		return V_STAY;
	}
	return grant(e, sa, m, &choice);
}
