#include "main.h"

#include <stdio.h>

#include "ike/context.h"
#include "ike/fragments.h"
#include "ike/machine.h"
#include "ike/reason.h"
#include "ike/shown.h"
#include "ike/tunnel.h"
#include "phase1.h"
#include "phase2.h"

#define DOUBTS_MAX	3		/* then it is not the network */
#define DOUBT_MS	400
#define UNHEEDED_MS	2000		/* quick mode has begun by then */

int
main_reject(struct engine *e, struct ike_sa *sa, struct tunnel *t,
	    const struct refusal *no)
{
	enum event_code code = (enum event_code)no->code;

	if (sa->v1->keyed)
		phase2_notify(e, sa, N1_AUTHENTICATION_FAILED);
	if (sa->initiator) {
		/* For the peer it is up: its proof was the last word. */
		(void)phase2_delete(e, sa);
		return exchange_fail(e, code, "%s", no->why);
	}
	/* Libreswan 4.10 cannot read the former before it has our proof. */
	exchange1_complain(e, sa, N1_AUTHENTICATION_FAILED);
	refusal_tell(e, sa, t, code, no->why);
	return exchange_gone(e);
}

/* The attempt ends sooner, with that. */
static void
suspect(struct engine *e, struct ike_sa *sa, uint16_t notify,
	enum event_code code, const char *why)
{
	if (sa->setup->refused != 0)
		return;
	sa->setup->refused = notify;
	tunnel_trouble(e, sa->tunnel, code, why);
}

static void
suspect_proof(struct engine *e, struct ike_sa *sa, uint16_t notify)
{
	bool psk = sa->setup->main->auth == AUTH1_PSK;
	char at[ENDPOINT_STRLEN], why[REASON_MAX];

	snprintf(why, sizeof(why), "the peer at %s does not take our proof, and does "
	    "not say why: it seems that %s\nits log says why",
	    endpoint_str(&sa->remote, at), psk ? "the secrets differ on both sides, "
	    "or that it does not know our identity" : "it does not accept our "
	    "certificate, or does not know our identity");
	suspect(e, sa, notify, EV_AUTH, why);
}

/* A peer may repeat 4 by a timer, as one does that has not got 5, or because 3 came
 * twice: one of them in a while counts. */
void
main_doubt(struct engine *e, struct ike_sa *sa, bool sure)
{
	struct main_mode *m = sa->setup->main;

	if (m->doubts >= DOUBTS_MAX || (!sure && e->now - m->doubted < DOUBT_MS))
		return;
	m->doubted = e->now;
	if (++m->doubts >= DOUBTS_MAX) {
		suspect_proof(e, sa, N1_AUTHENTICATION_FAILED);
		return;
	}
	/* Perhaps it was lost, or is too long for the path. */
	if (!sure)
		fragments_again(e, sa, &sa->sent.packet, m->doubts);
	sa_transmit(e, sa, sa->sent.packet);
}

/* Libreswan 4.10 says why in a message under an IV that nobody else has. */
void
main_unheeded(struct engine *e, struct ike_sa *sa)
{
	struct tunnel *t = sa->tunnel;
	char why[REASON_MAX];
	enum event_code code;

	if (sa->state != IKE_UP || sa->repeats < DOUBTS_MAX || sa->v1->unheeded ||
	    e->now - sa->authenticated < UNHEEDED_MS || t == NULL ||
	    t->status == TUNNEL_UP)
		return;
	sa->v1->unheeded = true;
	code = reason_proof(sa, "repeats its proof and makes nothing of ours", why);
	tunnel_trouble(e, t, code, why);
}

void
main_unreadable(struct engine *e, struct ike_sa *sa, const struct stranger *s,
		const char *why)
{
	struct main_mode *m = sa->setup->main;

	engine_drop(e, s->remote, "what was encrypted makes no sense: %s", why);
	if (sa->initiator) {
		main_doubt(e, sa, true);
		return;
	}
	exchange1_complain(e, sa, N1_PAYLOAD_MALFORMED);
	if (m->blamed || m->auth != AUTH1_PSK)
		return;
	m->blamed = true;
	refusal_tell(e, sa, setup_tunnel(e, sa), EV_AUTH, "its proof cannot be read: "
	    "the secrets differ on both sides");
}

int
main_refused(struct engine *e, struct ike_sa *sa, uint16_t notify,
	     bool authenticated)
{
	char why[REASON_MAX], name[32];
	enum event_code code = EV_REFUSED;

	if (!sa->initiator || sa->setup == NULL || notify >= N1_CONNECTED) {
		engine_drop(e, &sa->remote, "notify %s", name_str(ike1_notify_names,
		    notify, name));
		return V_STAY;
	}
	if (authenticated && notify == N1_AUTHENTICATION_FAILED)
		code = reason_auth(e, sa, N_AUTHENTICATION_FAILED, why);
	else if (notify == N1_NO_PROPOSAL_CHOSEN && sa->state == IKE1_I_SA)
		code = reason_init(e, sa, N_NO_PROPOSAL_CHOSEN, why);
	else
		snprintf(why, sizeof(why), "the peer refuses our message with %s\n"
		    "its log says why", name_str(ike1_notify_names, notify, name));
	if (authenticated)
		return exchange_fail(e, code, "%s", why);
	if (sa->state == IKE1_I_AUTH)
		suspect_proof(e, sa, notify);
	else
		suspect(e, sa, notify, code, why);
	return V_STAY;
}
