/*
 * AUTH by certificate: a signature (RFC 7296 2.15, RFC 4754, RFC 7427, RFC 8420),
 * and whose key made it (shown.h).
 */
#include "auth.h"

#include <stdlib.h>
#include <string.h>

#include "cert_payload.h"
#include "ike/certs.h"
#include "ike/context.h"
#include "ike/shown.h"
#include "ike/tunnel.h"
#include "ppk.h"
#include "scheme.h"

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
		shown_build(b, own);
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
	    "in iked.conf%s", peer_who(sa),
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
		    peer_who(sa));
		return NULL;
	}
	alg = sign_from_algid(d->p + 1, d->p[0], &why);
	if (alg == NULL)
		refuse(no, EV_AUTH, "%s signs in a way that is not accepted: %s",
		    peer_who(sa), why.text);
	return alg;
}

static bool
cert_take_peers(struct engine *e, struct ike_sa *sa, const struct tunnel *t,
		const struct message *m, struct refusal *no)
{
	const struct payload *auth = message_find(m, PL_AUTH);
	struct setup *s = sa->setup;
	const struct sign_alg *alg;
	size_t at;

	alg = how(sa, auth, &at, no);
	if (alg == NULL)
		return false;
	if (auth->auth.data.len > PROOF_MAX)
		return refuse(no, EV_AUTH, "%s sends a signature of %zu octets",
		    peer_who(sa), auth->auth.data.len);
	s->auth = proof_new(auth->auth.method, NULL, 0, auth->auth.data.p,
	    auth->auth.data.len);
	if (s->auth == NULL)
		return refuse(no, EV_RESOURCES, "out of memory");
	s->peer_scheme = (uint8_t)alg->scheme;
	if (!shown_take(e, sa, t, m, alg, no))
		return false;
	s->shown->sig_at = at;
	return true;
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
			    "same", peer_who(sa));
	}
	return refuse(no, EV_AUTH, "%s has not signed with the key of its "
	    "certificate%s: %s", peer_who(sa), p != NULL && p->mixed ?
	    ", or its PPK differs from ours" : "", why->text);
}

static bool
is_it(struct engine *e, struct ike_sa *sa, struct refusal *no)
{
	struct err why = ERR_INIT;

	if (!signed_by(e, sa, sa->setup->auth, &why))
		return blame(e, sa, &why, no);
	return shown_is_peer(sa, no);
}

static int
cert_check(struct engine *e, struct ike_sa *sa, struct tunnel *t)
{
	struct refusal no;

	if (!is_it(e, sa, &no) || !shown_check(e, sa, t, &no))
		return auth_refuted(e, sa, &no);
	sa_enter(e, sa, sa->initiator ? IKE_I_REVOCATION : IKE_R_REVOCATION);
	return V_STAY;
}

void
auth_checked(struct engine *e, struct ike_sa *sa, const struct refusal *no)
{
	if (sa->state != IKE_I_REVOCATION && sa->state != IKE_R_REVOCATION)
		return;
	exchange_verdict(e, sa, no != NULL ? auth_refuted(e, sa, no) :
	    auth_proved(e, sa), sa->initiator ? IKE_UP : IKE_R_MAC);
}

const struct auth_method auth_cert = {
	.ask_own = cert_ask_own, .own = cert_own, .build = cert_build_own,
	.take = cert_take_peers, .check = cert_check,
};
