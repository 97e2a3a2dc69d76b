/*
 * AUTH by a pre-shared key (RFC 7296 2.15): both ends make the same MAC, ours
 * and the one that the peer must send, in the process keys.
 */
#include "auth.h"

#include <stdio.h>

#include "ike/context.h"
#include "ike/shown.h"
#include "ike/tunnel.h"
#include "ike/wire/signature.h"
#include "ppk.h"

#define NO_SECRET	"the tunnel has no secret. Set one with: secret SECRET"

static bool
ask(struct engine *e, struct ike_sa *sa, const struct tunnel *t, bool own)
{
	struct keys_request rq = {
		.kind = KEYS_AUTH,
		.prf = suite_prf(&sa->suite)->id,
	};

	return auth_ask(e, sa, t, &rq, own);
}

static bool
psk_ask_own(struct engine *e, struct ike_sa *sa, const struct tunnel *t,
	    struct refusal *no)
{
	return ask(e, sa, t, true) || refuse(no, EV_RESOURCES, "out of memory");
}

static struct proof *
psk_own(const struct ike_sa *sa, const struct tunnel *t,
	const struct keys_reply *r, struct refusal *no)
{
	struct proof *p;

	(void)t;
	if (!r->ok || r->len != suite_prf(&sa->suite)->len) {
		refuse(no, EV_NO_SECRET, NO_SECRET);
		return NULL;
	}
	p = proof_new(AUTH_SHARED_KEY, NULL, 0, r->mac, r->len);
	if (p == NULL)
		refuse(no, EV_RESOURCES, "out of memory");
	return p;
}

static void
psk_build(struct engine *e, const struct ike_sa *sa, const struct tunnel *t,
	  struct build *b)
{
	(void)e;
	(void)sa;
	(void)t;
	(void)b;
}

/* That we do not do what it did, and how it gets what we do. */
static bool
other_method(const struct ike_sa *sa, const struct payload *auth,
	     struct refusal *no)
{
	char num[16], alg[SIGNATURE_ALG_STRLEN], set[SIGNATURE_HASHES_STRLEN];
	char how[SIGNATURE_ALG_STRLEN + SIGNATURE_HASHES_STRLEN + 32] = "";

	if (auth->auth.method == AUTH_DIGITAL_SIGNATURE)
		snprintf(how, sizeof(how), " (%s; it verifies with %s)",
		    signature_alg_str(&auth->auth.data, alg),
		    signature_hashes_str(sa->setup->hashes, set));
	return refuse(no, EV_AUTH, "%s authenticates itself by %s%s, expected was "
	    "a pre-shared key" EVENT_PEER "method psk\nor whatever it calls that: "
	    "auth = psk in swanctl.conf, authby=secret in ipsec.conf, psk in "
	    "iked.conf", peer_who(sa),
	    name_str(ike_auth_method_names, auth->auth.method, num), how);
}

static bool
psk_take(struct engine *e, struct ike_sa *sa, const struct tunnel *t,
	 const struct message *m, struct refusal *no)
{
	const struct payload *auth = message_find(m, PL_AUTH);
	struct setup *s = sa->setup;

	(void)e;
	(void)t;
	if (auth->auth.method != AUTH_SHARED_KEY)
		return other_method(sa, auth, no);
	if (auth->auth.data.len > PRF_MAX)
		return refuse(no, EV_AUTH, "%s sends an AUTH payload of %zu "
		    "octets, which is no MAC of ours", peer_who(sa),
		    auth->auth.data.len);
	s->auth = proof_new(auth->auth.method, NULL, 0, auth->auth.data.p,
	    auth->auth.data.len);
	return s->auth != NULL || refuse(no, EV_RESOURCES, "out of memory");
}

static int
psk_check(struct engine *e, struct ike_sa *sa, struct tunnel *t)
{
	struct refusal no;

	if (ask(e, sa, t, false))
		return V_OK;
	refuse(&no, EV_RESOURCES, "out of memory");
	return auth_refuted(e, sa, &no);
}

const struct auth_method auth_psk = {
	.ask_own = psk_ask_own, .own = psk_own, .build = psk_build,
	.take = psk_take, .check = psk_check,
};

static bool
is(const struct proof *p, const struct keys_reply *r)
{
	return r->ok && p != NULL && r->len == p->len &&
	    secret_mem_equal(r->mac, p->data, r->len);
}

/* AUTH is wrong: would it be right without the PPK? */
static bool
ask_whom_to_blame(struct engine *e, struct ike_sa *sa, const struct tunnel *t)
{
	struct ppk *p = sa->setup->ppk;

	if (sa->initiator || t == NULL || p == NULL || !p->mixed ||
	    p->plain == NULL)
		return false;
	ppk_drop(sa);
	if (!ask(e, sa, t, false))
		return false;
	sa_enter(e, sa, IKE_R_BLAME);
	return true;
}

int
auth_psk_blame(struct engine *e, struct ike_sa *sa, const struct keys_reply *r)
{
	bool right = is(sa->setup->ppk->plain, r);
	struct refusal no;

	refuse(&no, right ? EV_PPK : EV_AUTH, "%s", right ?
	    "it knows the secret, but its PPK differs from ours" EVENT_HERE
	    "ppk SECRET" EVENT_PEER "ppk SECRET, the same" :
	    "it does not know the secret: the secrets differ on both sides");
	return auth_refuted(e, sa, &no);
}

int
auth_psk_checked(struct engine *e, struct ike_sa *sa, const struct keys_reply *r)
{
	struct setup *s = sa->setup;
	struct refusal no;

	timer_stop(&e->timers, &sa->sent.timer);
	if (is(s->auth, r))
		return auth_proved(e, sa);
	if (!r->ok)
		refuse(&no, EV_NO_SECRET, NO_SECRET);
	else if (ask_whom_to_blame(e, sa, sa->initiator ? sa->tunnel :
	    setup_tunnel(e, sa)))
		return V_STAY;
	else
		refuse(&no, EV_AUTH, "%s does not know the %s", peer_who(sa),
		    s->ppk != NULL && s->ppk->mixed ? "secret or the PPK: one of "
		    "them differs on both sides. Compare secret and ppk" :
		    "secret: the secrets differ on both sides");
	return auth_refuted(e, sa, &no);
}
