#include "shown.h"

#include <stdio.h>
#include <stdlib.h>

#include "certs.h"
#include "context.h"
#include "half.h"
#include "ident_cert.h"
#include "machine.h"
#include "peer_cert.h"
#include "revocation.h"
#include "sa.h"
#include "tunnel.h"
#include "unique.h"
#include "wire/build.h"

#define CHECK_MS	30000		/* then nobody will answer any more */

const char *
peer_who(const struct ike_sa *sa)
{
	return sa->initiator ? "the peer" : "it";
}

void
shown_forget(struct setup *s)
{
	if (s->shown != NULL) {
		cert_set_fini(&s->shown->set);
		cert_free(s->shown->anchor);
	}
	free(s->shown);
	s->shown = NULL;
}

void
shown_build(struct build *b, const struct cert_entry *own)
{
	const uint8_t *der;
	size_t i, len;

	for (i = 0; i < own->n; i++) {
		if (i > 0 && cert_self_signed(own->cert[i]))
			continue;
		der = cert_der(own->cert[i], &len);
		build_cert(b, PL_CERT, CERT_ENC_X509, der, len);
	}
}

/* Nothing that helps; what there was besides. */
static bool
nothing(const struct ike_sa *sa, const struct payload *other, struct refusal *no)
{
	char num[16], what[64] = "";

	if (other != NULL)
		snprintf(what, sizeof(what), ", only %s (encoding %u)",
		    name_str(ike_cert_encoding_names, other->cert.encoding, num),
		    other->cert.encoding);
	return refuse(no, EV_CERTIFICATE, "%s sends no X.509 certificate%s\n"
	    "let the peer send its own: send_cert = always in swanctl.conf, "
	    "leftsendcert=always in ipsec.conf", peer_who(sa), what);
}

static bool
take(struct engine *e, const struct ike_sa *sa, const struct message *m,
     struct cert_set *set, struct refusal *no)
{
	const struct payload *p, *other = NULL;
	struct err why = ERR_INIT;

	for (p = message_find(m, PL_CERT); p != NULL; p = message_next(m, p)) {
		/* We fetch nothing that a stranger names: not hash and URL. */
		if (p->cert.encoding != CERT_ENC_X509) {
			other = p;
			continue;
		}
		if (cert_set_add(set, e->crypto, p->cert.data.p,
		    p->cert.data.len, &why) < 0)
			return refuse(no, EV_CERTIFICATE, "%s sends certificates "
			    "that cannot be used: %s", peer_who(sa), why.text);
	}
	return set->n > 0 || nothing(sa, other, no);
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
		    "does not do: %s", peer_who(sa), why.text);
	return true;
}

bool
shown_take(struct engine *e, struct ike_sa *sa, const struct tunnel *t,
	   const struct message *m, const struct sign_alg *alg,
	   struct refusal *no)
{
	struct setup *s = sa->setup;
	struct shown *shown = s->shown = calloc(1, sizeof(*s->shown));

	if (shown == NULL)
		return refuse(no, EV_RESOURCES, "out of memory");
	shown->alg = alg;
	s->generation = t->generation;
	return take(e, sa, m, &shown->set, no) &&
	    leads_to_ca(e, sa, t, shown, no);
}

bool
shown_is_peer(const struct ike_sa *sa, struct refusal *no)
{
	const struct setup *s = sa->setup;
	struct err why = ERR_INIT;

	if (ident_in_cert(s->peer_id, s->shown->chain.cert[0], &why) == 0)
		return true;
	return refuse(no, EV_IDENTITY, "%s shows a certificate of somebody else: "
	    "%s", peer_who(sa), why.text);
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
			sa->machine->close(e, sa);
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

	if (sa->setup == NULL)
		return;
	peer_cert_judged(sa->peer_cert, a, (int64_t)e->ops->wall(e->ctx));
	t = setup_tunnel(e, sa);
	if (t == NULL) {
		refuse(&no, EV_AUTH, "the tunnel was changed meanwhile");
		sa->machine->checked(e, sa, &no);
	} else if (a->refuse) {
		refuse(&no, (enum event_code)a->code, "%s", a->why);
		if (a->verdict == REVOCATION_REVOKED)
			revoked_too(e, t, sa->peer_cert, no.why);
		sa->machine->checked(e, sa, &no);
	} else {
		if (a->why[0] != '\0')
			tunnel_event(e, t, (enum event_code)a->code, "%s",
			    a->why);
		sa->machine->checked(e, sa, NULL);
	}
}

bool
shown_check(struct engine *e, struct ike_sa *sa, struct tunnel *t,
	    struct refusal *no)
{
	struct setup *s = sa->setup;

	tell(e, sa, t);
	sa->peer_cert = peer_cert_new(&s->shown->chain);
	if (!revocation_begin(e, t->conf, &s->shown->chain, sa_spi(sa),
	    sa->serial, looked_up))
		return refuse(no, EV_RESOURCES, "out of memory");
	shown_forget(s);
	timer_set(&e->timers, &sa->sent.timer, e->now + CHECK_MS);
	return true;
}

struct tunnel *
setup_tunnel(struct engine *e, const struct ike_sa *sa)
{
	struct tunnel *t = sa->initiator ? sa->tunnel :
	    tunnel_find(e, sa->setup->tunnel);

	return t != NULL && t->generation == sa->setup->generation ? t : NULL;
}

bool
setup_adopt(struct engine *e, struct ike_sa *sa, struct refusal *no)
{
	struct tunnel *t = setup_tunnel(e, sa);
	struct setup *s = sa->setup;
	char why[ERR_TEXT_MAX];

	if (t == NULL)
		return refuse(no, EV_AUTH, SETUP_CHANGED);
	if (!unique_peer(e, sa, t, s->peer_id, why, sizeof(why)))
		return refuse(no, EV_IDENTITY, "%s", why);
	half_end(e, sa);
	sa->peer_id = s->peer_id;
	s->peer_id = NULL;
	sa_move(e, sa, t);
	return true;
}
