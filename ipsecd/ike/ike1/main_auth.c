#include "main.h"

#include "cert_payload1.h"
#include "ike/ask.h"
#include "ike/certs.h"
#include "ike/context.h"
#include "ike/reason.h"
#include "ike/shown.h"
#include "ike/tunnel.h"
#include "ike/unique.h"
#include "ike/wire/octets.h"
#include "phase1.h"

#define KEYS_MS		30000		/* then keys will not answer any more */
#define ID_HEAD		4		/* type, protocol, port */
#define ID_MAX		(ID_HEAD + IDENT_VALUE_MAX)

/* --- what is proved: HASH_I and HASH_R --- */

static size_t
hash(struct engine *e, const struct ike_sa *sa, bool of_initiator,
     const struct bytes *id, uint8_t out[PRF_MAX])
{
	const struct packet *sa_i = sa->setup->main->sa_i;
	const struct bytes offered = { sa_i->data, sa_i->len };
	const struct keys1 *k = &sa->v1->keys;
	struct main1 seen;

	main_seen(sa, &seen);
	return keymat1_hash_auth(e->crypto, k, &seen, of_initiator, &offered, id,
	    out) ? k->prf->len : 0;
}

/* The body of our ID payload: no protocol, no port (RFC 2407 4.6.2). */
static struct bytes
own_id(const struct ident *id, uint8_t buf[ID_MAX])
{
	struct wbuf w;

	wbuf_init(&w, buf, ID_MAX);
	wbuf_u8(&w, id->type);
	wbuf_zero(&w, ID_HEAD - 1);
	wbuf_bytes(&w, id->value, id->len);
	return (struct bytes){ buf, w.len };
}

static size_t
own_hash(struct engine *e, const struct ike_sa *sa, const struct tunnel *t,
	 uint8_t out[PRF_MAX])
{
	uint8_t buf[ID_MAX];
	const struct bytes id = own_id(t->conf->local_id, buf);

	return hash(e, sa, sa->initiator, &id, out);
}

/* --- our own message --- */

static void
build_contact(const struct ike_sa *sa, struct build *b)
{
	uint8_t cookies[16];

	octets_spis(sa->spi_i, sa->spi_r, cookies);
	build1_notify(b, PROTO_IKE, N1_INITIAL_CONTACT, cookies, sizeof(cookies),
	    NULL, 0);
}

/* 5 or 6, with the hash or the signature of it. */
static bool
send_auth(struct engine *e, struct ike_sa *sa, const void *proof, size_t len)
{
	bool signs = sa->setup->main->auth == AUTH1_RSA;
	const struct tunnel *t = sa->tunnel;
	const struct cert_entry *own = NULL, *ca = NULL;
	uint8_t buf[ID_MAX];
	const struct bytes id = own_id(t->conf->local_id, buf);
	struct build b;

	if (signs) {
		own = certs_find(e, t->conf->certificate);
		ca = certs_find(e, t->conf->ca);
	}
	sa->setup->main->doubted = e->now;
	main_begin(e, sa, &b, true);
	build_raw(&b, PL_ID, id.p, id.len);
	if (own != NULL)
		shown_build(&b, own);
	if (signs)
		build1_sig(&b, proof, len);
	else
		build_raw(&b, PL_HASH, proof, len);
	if (sa->initiator && ca != NULL)
		cert1_build_request(&b, ca);
	if (sa->initiator && unique_is_first(sa))
		build_contact(sa, &b);
	return main_send(e, sa, &b, sa->initiator);
}

/* Asks keys to sign. */
static bool
ask_signature(struct engine *e, struct ike_sa *sa, struct refusal *no)
{
	const struct tunnel *t = sa->tunnel;
	struct keys_request rq = {
		.kind = KEYS_SIGN, .scheme = SIGN_RSA_RAW, .tunnel = t->conf->id,
	};
	struct err why = ERR_INIT;
	uint8_t octets[PRF_MAX];

	if (certs_own(e, t->conf, &why) == NULL)
		return refuse(no, EV_CERTIFICATE, "%s", why.text);
	rq.octets = octets;
	rq.len = own_hash(e, sa, t, octets);
	timer_set(&e->timers, &sa->sent.timer, e->now + KEYS_MS);
	return (rq.len != 0 && ask_keys(e, &rq, sa_spi(sa), sa->serial)) ||
	    refuse(no, EV_RESOURCES, "out of memory");
}

/* The verdict for the state that waits for keys; next: what follows it. */
static int
prove(struct engine *e, struct ike_sa *sa, enum ike_state signing)
{
	uint8_t octets[PRF_MAX];
	struct refusal no;
	size_t len;

	if (sa->setup->main->auth == AUTH1_RSA) {
		if (!ask_signature(e, sa, &no))
			return main_reject(e, sa, sa->tunnel, &no);
		sa_enter(e, sa, signing);
		return V_STAY;
	}
	len = own_hash(e, sa, sa->tunnel, octets);
	if (len != 0 && send_auth(e, sa, octets, len))
		return V_OK;
	refuse(&no, EV_RESOURCES, "out of memory");
	return main_reject(e, sa, sa->tunnel, &no);
}

static int
signed_by_keys(struct engine *e, struct ike_sa *sa, const struct keys_reply *r)
{
	const struct conf *c = sa->tunnel->conf;
	struct refusal no;

	timer_stop(&e->timers, &sa->sent.timer);
	if (!r->ok)
		refuse(&no, EV_CERTIFICATE, "the private key of certificate '%s' is "
		    "not there, or does not sign" EVENT_RUN "certificate show %s",
		    c->certificate, c->certificate);
	else if (send_auth(e, sa, r->mac, r->len))
		return V_OK;
	else
		refuse(&no, EV_RESOURCES, "message %s of main mode does not go into "
		    "a datagram, or there is no memory", sa->initiator ? "5" : "6");
	return main_reject(e, sa, sa->tunnel, &no);
}

int
main_prove(struct engine *e, struct ike_sa *sa)
{
	int verdict = prove(e, sa, IKE1_I_SIGN);

	if (verdict != V_OK)
		return verdict;
	sa_enter(e, sa, IKE1_I_AUTH);
	return V_STAY;
}

int
main_signed_initiator(struct engine *e, struct ike_sa *sa,
		      const struct keys_reply *r)
{
	return signed_by_keys(e, sa, r);
}

/* --- the peer's --- */

static bool
take_id(struct ike_sa *sa, const struct message *m, struct refusal *no)
{
	const struct payload *id = message_find(m, PL_ID);
	struct setup *s = sa->setup;
	struct err why = ERR_INIT;

	if (id->id.protocol != 0 && id->id.protocol != IPPROTO_UDP)
		return refuse(no, EV_IDENTITY, "%s identifies itself for IP protocol "
		    "%u alone", peer_who(sa), id->id.protocol);
	ident_free(s->peer_id);
	s->peer_id = NULL;
	if (ident_from_payload(&s->peer_id, id, &why) == 0)
		return true;
	return refuse(no, EV_IDENTITY, "%s sends an identity that is not valid: %s",
	    peer_who(sa), why.text);
}

/* HASH_I or HASH_R: right only under the same secret. */
static bool
knows_secret(struct engine *e, const struct ike_sa *sa, const struct message *m,
	     struct refusal *no)
{
	const struct bytes *theirs = &message_find(m, PL_HASH)->body;
	uint8_t octets[PRF_MAX];
	size_t len = hash(e, sa, !sa->initiator, &message_find(m, PL_ID)->body,
	    octets);

	if (len != 0 && theirs->len == len &&
	    secret_mem_equal(theirs->p, octets, len))
		return true;
	return refuse(no, EV_AUTH, "%s does not know the secret: the secrets differ "
	    "on both sides", peer_who(sa));
}

/* Whose key signed HASH_I or HASH_R. */
static bool
has_key(struct engine *e, struct ike_sa *sa, const struct tunnel *t,
	const struct message *m, struct refusal *no)
{
	const struct bytes *sig = &message_find(m, PL_AUTH)->auth.data;
	const struct sign_alg *alg = sign_alg(SIGN_RSA_RAW);
	uint8_t octets[PRF_MAX];
	struct iov iov = { octets, 0 };
	struct err why = ERR_INIT;

	if (!shown_take(e, sa, t, m, alg, no))
		return false;
	iov.len = hash(e, sa, !sa->initiator, &message_find(m, PL_ID)->body, octets);
	if (iov.len == 0 || sign_verify(e->crypto,
	    sa->setup->shown->chain.cert[0], alg, &iov, 1, sig->p, sig->len,
	    &why) < 0)
		return refuse(no, EV_AUTH, "%s has not signed with the key of its "
		    "certificate: %s", peer_who(sa), why.text);
	return shown_is_peer(sa, no);
}

/* Not the method that was agreed on. */
static bool
is_agreed(const struct ike_sa *sa, const struct message *m, struct refusal *no)
{
	bool by_hash = m->shape == SHAPE1_MM_HASH;

	if (by_hash == (sa->setup->main->auth == AUTH1_PSK))
		return true;
	return refuse(no, EV_AUTH, "%s authenticates itself by %s, agreed was on "
	    "%s", peer_who(sa), by_hash ? "a pre-shared key" : "a signature",
	    by_hash ? "a signature" : "a pre-shared key");
}

/* --- responder --- */

/* The secret that was proved is that of the addresses; a tunnel of others, or for
 * any, may have another one. */
static bool
secret_is_of(struct engine *e, const struct ike_sa *sa, const struct tunnel *t)
{
	const struct tunnel *by_address = setup_tunnel(e, sa);

	return by_address != NULL && by_address->pair == t->pair;
}

static struct tunnel *
whom(struct engine *e, struct ike_sa *sa, struct tunnel **near,
     struct refusal *no)
{
	bool psk = sa->setup->main->auth == AUTH1_PSK;
	struct err why = ERR_INIT;
	struct tunnel *t;

	t = tunnel_select(e, sa, sa->setup->peer_id, NULL, near, &why);
	if (t == NULL) {
		refuse(no, EV_IDENTITY, "%s", why.text);
		return NULL;
	}
	*near = t;
	if (psk != (t->conf->method == METHOD_PSK)) {
		refuse(no, EV_AUTH, "it is the peer of ipsec %u, whose method is %s, "
		    "but authenticates itself by %s" EVENT_PEER "method %s",
		    t->conf->id, method_str((enum method)t->conf->method), psk ?
		    "a pre-shared key" : "a certificate",
		    method_str((enum method)t->conf->method));
		return NULL;
	}
	if (psk && !secret_is_of(e, sa, t)) {
		refuse(no, EV_AUTH, "it is the peer of ipsec %u, but its address "
		    "chose the secret of another tunnel, as it does in IKEv1",
		    t->conf->id);
		return NULL;
	}
	return t;
}

/* It is who it says: our own proof. */
static int
proved_responder(struct engine *e, struct ike_sa *sa)
{
	struct refusal no;

	if (!setup_adopt(e, sa, &no))
		return main_reject(e, sa, setup_tunnel(e, sa), &no);
	return prove(e, sa, IKE1_R_SIGN);
}

/* 6 is out. */
static int
done_responder(struct engine *e, struct ike_sa *sa, int verdict)
{
	if (verdict != V_OK)
		return verdict;
	timer_stop(&e->timers, &sa->sent.timer);
	if (sa->setup->initial_contact)
		initial_contact(e, sa);
	return V_OK;
}

int
main_auth_request(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	struct setup *s = sa->setup;
	struct tunnel *t, *near = setup_tunnel(e, sa);
	struct refusal no;

	if (!is_agreed(sa, m, &no) || !take_id(sa, m, &no) ||
	    (s->main->auth == AUTH1_PSK && !knows_secret(e, sa, m, &no)) ||
	    (t = whom(e, sa, &near, &no)) == NULL)
		return main_reject(e, sa, near, &no);
	s->tunnel = t->conf->id;
	s->generation = t->generation;
	s->initial_contact = message_notify(m,
	    (enum ike_notify)N1_INITIAL_CONTACT) != NULL;
	if (s->main->auth == AUTH1_PSK)
		return done_responder(e, sa, proved_responder(e, sa));
	if (!has_key(e, sa, t, m, &no) || !shown_check(e, sa, t, &no))
		return main_reject(e, sa, t, &no);
	sa_enter(e, sa, IKE1_R_REVOCATION);
	return V_STAY;
}

int
main_signed_responder(struct engine *e, struct ike_sa *sa,
		      const struct keys_reply *r)
{
	return done_responder(e, sa, signed_by_keys(e, sa, r));
}

/* --- initiator --- */

static int
proved_initiator(struct ike_sa *sa)
{
	struct setup *s = sa->setup;

	sa->peer_id = s->peer_id;
	s->peer_id = NULL;
	return V_OK;
}

int
main_auth_answer(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	const struct conf *c = sa->tunnel->conf;
	struct setup *s = sa->setup;
	char line[REASON_MAX];
	struct refusal no;

	resend_end(e, &sa->sent);
	if (!is_agreed(sa, m, &no) || !take_id(sa, m, &no))
		return main_reject(e, sa, sa->tunnel, &no);
	if (ident_match(c->remote_id, s->peer_id) == IDENT_NO) {
		reason_identity(c->remote_id, s->peer_id, line);
		refuse(&no, EV_IDENTITY, "%s", line);
		return main_reject(e, sa, sa->tunnel, &no);
	}
	if (s->main->auth == AUTH1_PSK)
		return knows_secret(e, sa, m, &no) ? proved_initiator(sa) :
		    main_reject(e, sa, sa->tunnel, &no);
	if (!has_key(e, sa, sa->tunnel, m, &no) ||
	    !shown_check(e, sa, sa->tunnel, &no))
		return main_reject(e, sa, sa->tunnel, &no);
	sa_enter(e, sa, IKE1_I_REVOCATION);
	return V_STAY;
}

void
main_checked(struct engine *e, struct ike_sa *sa, const struct refusal *no)
{
	int verdict;

	if (sa->state != IKE1_I_REVOCATION && sa->state != IKE1_R_REVOCATION)
		return;
	timer_stop(&e->timers, &sa->sent.timer);
	if (no != NULL)
		verdict = main_reject(e, sa, setup_tunnel(e, sa), no);
	else if (sa->initiator)
		verdict = proved_initiator(sa);
	else
		verdict = done_responder(e, sa, proved_responder(e, sa));
	exchange1_verdict(e, sa, verdict, IKE_UP);
}
