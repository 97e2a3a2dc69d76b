/*
 * AUTH by certificate: a signature (RFC 7296 2.15, RFC 4754, RFC 7427, RFC 8420),
 * and whose key made it.
 *
 * Of the peer, in this order: its certificates lead to the CA of the tunnel, and
 * to no other; its own one's key has signed; it has the identity that the peer
 * says; none of them is revoked.  So nothing is fetched for who has no key.  All
 * but the last takes no time, which is why what the peer sent is gone after it.
 */
#include "auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cert_payload.h"
#include "crypto/chain.h"
#include "ike/certs.h"
#include "ike/context.h"
#include "ike/ident_cert.h"
#include "ike/peer_cert.h"
#include "ike/revocation.h"
#include "ike/tunnel.h"
#include "ike/wire/signature.h"
#include "ike2.h"
#include "ppk.h"
#include "scheme.h"

/* What the peer shows (setup.shown). */
struct shown {
	struct cert_set		 set;
	struct cert		*anchor;
	struct cert_chain	 chain;		/* of these */
	const struct sign_alg	*alg;
	size_t			 sig_at;	/* in setup.auth */
};

void
auth_cert_forget(struct setup *s)
{
	if (s->shown != NULL) {
		cert_set_fini(&s->shown->set);
		cert_free(s->shown->anchor);
	}
	free(s->shown);
	s->shown = NULL;
}

/* --- our own --- */

/* As the peer did, if that is a choice at all; scheme.h. */
static enum padding
padding_for(const struct setup *s, const struct tunnel *t)
{
	enum padding padding;

	if (s->peer_scheme != SIGN_NONE &&
	    scheme_padding((enum sign_scheme)s->peer_scheme, &padding))
		return padding;
	return (enum padding)t->padding;
}

static bool
cert_ask_own(struct engine *e, struct ike_sa *sa, const struct tunnel *t,
	     struct refusal *no)
{
	struct keys_request rq = { .kind = KEYS_SIGN };
	struct setup *s = sa->setup;
	const struct cert_entry *own;
	const struct sign_alg *alg;
	struct err why = ERR_INIT;

	own = certs_own(e, t->conf, &why);
	if (own == NULL)
		return refuse(no, EV_CERTIFICATE, "%s", why.text);
	alg = scheme_choose(own->cert[0], s->hashes, padding_for(s, t));
	if (alg == NULL) {
		no->code = EV_CERTIFICATE;
		scheme_explain(own->cert[0], s->hashes, no->why,
		    sizeof(no->why));
		return false;
	}
	if (alg->scheme == SIGN_RSA_SHA1)
		tunnel_event(e, sa->tunnel, EV_WARNING, "we sign with SHA-1, which "
		    "can be forged one day: the peer does not do RFC 7427\n"
		    "update the peer, or use a certificate with a key of ECDSA");
	rq.scheme = s->scheme = (uint8_t)alg->scheme;
	return auth_ask(e, sa, t, &rq, true) ||
	    refuse(no, EV_RESOURCES, "out of memory");
}

static struct proof *
cert_own(const struct ike_sa *sa, const struct tunnel *t,
	 const struct keys_reply *r, struct refusal *no)
{
	const struct sign_alg *alg =
	    sign_alg((enum sign_scheme)sa->setup->scheme);
	uint8_t head[1 + UINT8_MAX];
	size_t len = 0;
	struct proof *p;

	if (!r->ok || alg == NULL) {
		refuse(no, EV_CERTIFICATE, "the private key of certificate '%s' is "
		    "not there, or does not sign" EVENT_RUN "certificate show %s",
		    t->conf->certificate, t->conf->certificate);
		return NULL;
	}
	if (alg->method == SIGN_METHOD_DIGITAL) {
		head[len++] = alg->algid_len;
		memcpy(head + len, alg->algid, alg->algid_len);
		len += alg->algid_len;
	}
	p = proof_new(alg->method, head, len, r->mac, r->len);
	if (p == NULL)
		refuse(no, EV_RESOURCES, "out of memory");
	return p;
}

static void
cert_build_own(struct engine *e, const struct ike_sa *sa, const struct tunnel *t,
	       struct build *b)
{
	const struct cert_entry *own = certs_find(e, t->conf->certificate);
	const struct cert_entry *ca = certs_find(e, t->conf->ca);

	if (own != NULL)
		cert_build(b, own);
	if (sa->initiator && ca != NULL)
		cert_build_request(b, ca);
}

/* --- the peer's --- */

/* That it does not do what we do, and how it gets there. */
static bool
other_method(const struct ike_sa *sa, uint8_t method, struct refusal *no)
{
	char num[16];

	return refuse(no, EV_AUTH, "%s authenticates itself by %s, expected was a "
	    "certificate" EVENT_PEER "method cert\nor whatever it calls that: auth = "
	    "pubkey in swanctl.conf, authby=rsasig or ecdsa in ipsec.conf, nothing "
	    "in iked.conf%s", auth_who(sa),
	    name_str(ike_auth_method_names, method, num),
	    method == AUTH_SHARED_KEY ? EVENT_HERE "method psk" : "");
}

/* How it signed; RFC 7427 3 for method 14. */
static const struct sign_alg *
how(const struct ike_sa *sa, const struct payload *auth, size_t *at,
    struct refusal *no)
{
	const struct bytes *d = &auth->auth.data;
	const struct sign_alg *alg;
	struct err why = ERR_INIT;

	*at = 0;
	if (auth->auth.method != AUTH_DIGITAL_SIGNATURE) {
		alg = sign_from_method(auth->auth.method);
		if (alg == NULL)
			other_method(sa, auth->auth.method, no);
		return alg;
	}
	*at = 1u + d->p[0];
	if (*at >= d->len) {
		refuse(no, EV_AUTH, "%s sends a signature that is cut short",
		    auth_who(sa));
		return NULL;
	}
	alg = sign_from_algid(d->p + 1, d->p[0], &why);
	if (alg == NULL)
		refuse(no, EV_AUTH, "%s signs in a way that is not accepted: %s",
		    auth_who(sa), why.text);
	return alg;
}

static bool
leads_to_ca(struct engine *e, const struct ike_sa *sa, const struct tunnel *t,
	    struct shown *shown, struct refusal *no)
{
	const struct cert_entry *ca;
	struct err why = ERR_INIT;

	ca = certs_ca(e, t->conf, &why);
	if (ca == NULL)
		return refuse(no, EV_CERTIFICATE, "%s", why.text);
	shown->anchor = cert_ref(ca->cert[0]);
	if (cert_chain_verify(e->crypto, shown->anchor, shown->set.cert,
	    shown->set.n, e->ops->wall(e->ctx), &shown->chain, &why) < 0)
		return refuse(no, EV_CERTIFICATE, "%s shows a certificate that "
		    "does not do: %s", auth_who(sa), why.text);
	return true;
}

static bool
cert_take_peers(struct engine *e, struct ike_sa *sa, const struct tunnel *t,
		const struct message *m, struct refusal *no)
{
	const struct payload *auth = message_find(m, PL_AUTH);
	struct setup *s = sa->setup;
	const struct sign_alg *alg;
	struct shown *shown;
	size_t at;

	alg = how(sa, auth, &at, no);
	if (alg == NULL)
		return false;
	if (auth->auth.data.len > PROOF_MAX)
		return refuse(no, EV_AUTH, "%s sends a signature of %zu octets",
		    auth_who(sa), auth->auth.data.len);
	shown = s->shown = calloc(1, sizeof(*s->shown));
	s->auth = proof_new(auth->auth.method, NULL, 0, auth->auth.data.p,
	    auth->auth.data.len);
	if (shown == NULL || s->auth == NULL)
		return refuse(no, EV_RESOURCES, "out of memory");
	shown->alg = alg;
	shown->sig_at = at;
	s->peer_scheme = (uint8_t)alg->scheme;
	s->generation = t->generation;
	return cert_take(e, sa, m, &shown->set, no) &&
	    leads_to_ca(e, sa, t, shown, no);
}

static bool
signed_by(struct engine *e, const struct ike_sa *sa, const struct proof *p,
	  struct err *why)
{
	const struct setup *s = sa->setup;
	const struct shown *shown = s->shown;
	struct iov octets = { e->out, 0 };

	octets.len = auth_octets(e, sa, !sa->initiator, s->peer_id);
	if (octets.len == 0 || p->len <= shown->sig_at) {
		err_set(why, ERR_RESOURCE, "there is nothing to verify");
		return false;
	}
	return sign_verify(e->crypto, shown->chain.cert[0], shown->alg, &octets, 1,
	    p->data + shown->sig_at, p->len - shown->sig_at, why) == 0;
}

/* Wrong; would it be right without the PPK? */
static bool
blame(struct engine *e, struct ike_sa *sa, const struct err *why,
      struct refusal *no)
{
	struct ppk *p = sa->setup->ppk;
	struct err ignored = ERR_INIT;

	if (p != NULL && p->mixed && p->plain != NULL) {
		ppk_drop(sa);
		if (signed_by(e, sa, p->plain, &ignored))
			return refuse(no, EV_PPK, "%s has the key of its "
			    "certificate, but its PPK differs from ours"
			    EVENT_HERE "ppk SECRET" EVENT_PEER "ppk SECRET, the "
			    "same", auth_who(sa));
	}
	return refuse(no, EV_AUTH, "%s has not signed with the key of its "
	    "certificate%s: %s", auth_who(sa), p != NULL && p->mixed ?
	    ", or its PPK differs from ours" : "", why->text);
}

static bool
is_it(struct engine *e, struct ike_sa *sa, struct refusal *no)
{
	const struct setup *s = sa->setup;
	struct err why = ERR_INIT;

	if (!signed_by(e, sa, s->auth, &why))
		return blame(e, sa, &why, no);
	if (ident_in_cert(s->peer_id, s->shown->chain.cert[0], &why) < 0)
		return refuse(no, EV_IDENTITY, "%s shows a certificate of "
		    "somebody else: %s", auth_who(sa), why.text);
	return true;
}

/* For the log: who has proved what. */
static void
tell(struct engine *e, const struct ike_sa *sa, struct tunnel *t)
{
	const struct shown *shown = sa->setup->shown;
	const struct cert *leaf = shown->chain.cert[0];
	char subject[CERT_NAME_STRLEN], issuer[CERT_NAME_STRLEN];

	tunnel_event(e, t, EV_INFO, "the peer has proved its certificate '%.200s' "
	    "of '%.200s' (%s) by %s", cert_subject_str(leaf, subject),
	    cert_issuer_str(leaf, issuer), cert_key_str(leaf),
	    shown->alg->name);
	if (shown->alg->scheme == SIGN_RSA_SHA1)
		tunnel_event(e, t, EV_WARNING, "the peer signs with SHA-1, which "
		    "can be forged one day: it does not do RFC 7427\nupdate the "
		    "peer, or use a certificate with a key of ECDSA there");
}

/* What was set up before by a certificate that turns out to be revoked need not wait
 * for the end of its authentication.  By that certificate, not by another one of the
 * same identity: who has stolen the revoked key would end its owner's. */
static void
revoked_too(struct engine *e, struct tunnel *t, const struct peer_cert *cert,
	    const char *why)
{
	struct ike_sa *sa, *next;
	bool any = false;

	for (sa = t->sas; sa != NULL; sa = next) {
		next = sa->next;
		if (sa->state == IKE_UP && peer_cert_same(sa->peer_cert, cert)) {
			ike2_delete(e, sa);
			any = true;
		}
	}
	if (any)
		tunnel_lost(e, t, LOST_CLOSED, EV_REVOKED, why);
}

static void
looked_up(struct engine *e, struct ike_sa *sa, const struct revocation_answer *a)
{
	struct tunnel *t;
	struct refusal no;
	int verdict;

	if (sa->state != IKE_I_REVOCATION && sa->state != IKE_R_REVOCATION)
		return;
	peer_cert_judged(sa->peer_cert, a, (int64_t)e->ops->wall(e->ctx));
	t = sa->initiator ? sa->tunnel : auth_wanted(e, sa);
	if (t == NULL || t->generation != sa->setup->generation) {
		refuse(&no, EV_AUTH, "the tunnel was changed meanwhile");
		verdict = auth_refuted(e, sa, &no);
	} else if (a->refuse) {
		refuse(&no, (enum event_code)a->code, "%s", a->why);
		if (a->verdict == REVOCATION_REVOKED)
			revoked_too(e, t, sa->peer_cert, no.why);
		verdict = auth_refuted(e, sa, &no);
	} else {
		if (a->why[0] != '\0')
			tunnel_event(e, t, (enum event_code)a->code, "%s",
			    a->why);
		verdict = auth_proved(e, sa);
	}
	exchange_verdict(e, sa, verdict, sa->initiator ? IKE_UP : IKE_R_MAC);
}

static int
cert_check(struct engine *e, struct ike_sa *sa, struct tunnel *t)
{
	struct setup *s = sa->setup;
	struct refusal no;

	if (!is_it(e, sa, &no))
		return auth_refuted(e, sa, &no);
	tell(e, sa, t);
	sa->peer_cert = peer_cert_new(&s->shown->chain);
	if (!revocation_begin(e, t->conf, &s->shown->chain, sa_spi(sa),
	    sa->serial, looked_up)) {
		refuse(&no, EV_RESOURCES, "out of memory");
		return auth_refuted(e, sa, &no);
	}
	auth_cert_forget(s);
	timer_set(&e->timers, &sa->resend, e->now + AUTH_KEYS_MS);
	sa_enter(e, sa, sa->initiator ? IKE_I_REVOCATION : IKE_R_REVOCATION);
	return V_STAY;
}

const struct auth_method auth_cert = {
	.ask_own = cert_ask_own, .own = cert_own, .build = cert_build_own,
	.take = cert_take_peers, .check = cert_check,
};
