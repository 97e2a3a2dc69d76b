#include "puppet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/ts.h"
#include "ike/wire/signature.h"

static void
must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "puppet: %s\n", what);
		abort();
	}
}

/* The last of several completes the message. */
static bool
join(struct puppet *p, const uint8_t *text, size_t len)
{
	if (!message_unpad(text, &len))
		return false;
	if (p->m.sk.fragment == 1) {
		p->joined_len = 0;
		p->joined_first = p->m.sk.first;
	}
	must(p->joined_len + len <= sizeof(p->joined), "too long");
	memcpy(p->joined + p->joined_len, text, len);
	p->joined_len += len;
	return p->m.sk.fragment == p->m.sk.fragments &&
	    message_parse_chain(&p->m, p->joined_first, p->joined,
	    p->joined_len, NULL) == 0;
}

/* Decrypted if it is encrypted. */
static void
decode(struct puppet *p)
{
	const uint8_t *inner;
	size_t text;

	if (message_parse(&p->m, p->got, p->got_len, NULL) < 0) {
		p->m.n = 0;
		return;
	}
	if (!p->m.sk.present)
		return;
	memcpy(p->plain, p->got, p->got_len);
	if (p->in.encr == NULL || !cipher_open(p->crypto, &p->in, p->plain,
	    p->m.sk.aad_len, p->got_len, &text)) {
		p->m.n = 0;
		return;
	}
	inner = p->plain + p->m.sk.aad_len + p->in.encr->iv_len;
	if (p->m.sk.fragment != 0 ? !join(p, inner, text) :
	    message_parse_inner(&p->m, inner, text, NULL) < 0)
		p->m.n = 0;
}

static bool
tap(struct world *w, struct node *from, struct flight *f)
{
	struct puppet *p = w->arg;

	if (from != p->victim || f->len > sizeof(p->got) || f->len < IKE_HDR_LEN)
		return false;
	p->heard++;
	memcpy(p->got, f->data, f->len);
	p->got_len = f->len;
	p->got_encap = f->encap;
	p->got_to = f->dst;
	decode(p);
	return false;
}

void
puppet_init(struct puppet *p, struct world *w, struct node *victim, const char *addr)
{
	struct err e = ERR_INIT;

	memset(p, 0, sizeof(*p));
	p->w = w;
	p->victim = victim;
	must(addr_parse(&p->local.addr, addr) == 0, addr);
	p->remote.addr = victim->addr;
	p->local.port = p->remote.port = 500;
	p->initiator = true;
	p->spi_i = 0x1111111111111111 + w->now;
	p->ni.len = 32;
	memset(p->ni.b, 0x4e, 32);
	must(crypto_new(&p->crypto, &e) == 0, e.text);
	p->ke = ke_new(p->crypto, ke_by_name("x25519"));
	must(p->ke != NULL, "no key exchange");
	w->arg = p;
	w->tap = tap;
}

void
puppet_fini(struct puppet *p)
{
	ke_free(p->ke);
	crypto_free(p->crypto);
	p->w->tap = NULL;
}

void
puppet_forget(struct puppet *p)
{
	p->heard = 0;
	p->got_len = 0;
	p->m.n = 0;
	memset(p->m.count, 0, sizeof(p->m.count));
}

void
puppet_send(struct puppet *p)
{
	must(p->len != 0, "nothing to send");
	engine_input(p->victim->engine, p->w->now, &p->remote, &p->local, p->encap,
	    p->buf, p->len);
	world_run(p->w, 1);
}

void
puppet_say(struct puppet *p)
{
	puppet_forget(p);
	puppet_send(p);
}

static void
build_natd(struct puppet *p, uint16_t type, const struct endpoint *ep)
{
	uint8_t in[8 + 8 + 16 + 2], h[20];
	struct iov iov = { in, 0 };
	struct wbuf w;

	wbuf_init(&w, in, sizeof(in));
	wbuf_u64(&w, p->spi_i);
	wbuf_u64(&w, p->spi_r);
	wbuf_bytes(&w, ep->addr.b, addr_len(&ep->addr));
	wbuf_u16(&w, ep->port);
	iov.len = w.len;
	must(hash_sha1(p->crypto, &iov, 1, h), "hash");
	build_notify(&p->b, PROTO_NONE, type, NULL, 0, h, sizeof(h));
}

void
puppet_build_init(struct puppet *p)
{
	struct ike_header h = { .spi_i = p->spi_i, .exchange = EXCH_IKE_SA_INIT,
	    .flags = FLAG_INITIATOR };
	uint8_t public[KE_PUBLIC_MAX];
	struct algs conf = { 0 };
	struct offer o;

	offer_init(&o, OFFER_IKE, &conf, false);
	must(ke_public(p->ke, public), "public value");
	build_begin(&p->b, p->buf, sizeof(p->buf), &h);
	if (p->cookie_len != 0)
		build_notify(&p->b, PROTO_NONE, N_COOKIE, NULL, 0, p->cookie,
		    p->cookie_len);
	build_sa(&p->b, o.p, o.n);
	build_ke(&p->b, ke_alg(p->ke)->id, public, ke_alg(p->ke)->public_len);
	build_nonce(&p->b, p->ni.b, p->ni.len);
	build_natd(p, N_NAT_DETECTION_SOURCE_IP, &p->local);
	build_natd(p, N_NAT_DETECTION_DESTINATION_IP, &p->remote);
	if (p->fragments)
		build_notify(&p->b, PROTO_NONE, N_FRAGMENTATION_SUPPORTED, NULL, 0,
		    NULL, 0);
	if (p->hashes)
		signature_announce(&p->b);
	if (p->vendor) {
		build_raw(&p->b, PL_VENDOR, "somebody else's", 15);
		build_notify(&p->b, PROTO_NONE, 65535, NULL, 0, "??", 2);
	}
	p->len = build_end(&p->b);
}

static bool
make_keys(struct puppet *p, const struct payload *ke)
{
	uint8_t shared[KE_SHARED_MAX];
	struct ike_keys *k = &p->keys;

	if (!ke_shared(p->ke, ke->ke.data.p, ke->ke.data.len, shared) ||
	    !keymat_ike(p->crypto, &p->suite, shared, ke_alg(p->ke)->shared_len,
	    &p->ni, &p->nr, p->spi_i, p->spi_r, NULL, NULL, k))
		return false;
	p->out.encr = p->in.encr = suite_encr(&p->suite);
	p->out.integ = p->in.integ = suite_integ(&p->suite);
	p->out.ek = p->initiator ? k->sk_ei : k->sk_er;
	p->out.ak = p->initiator ? k->sk_ai : k->sk_ar;
	p->in.ek = p->initiator ? k->sk_er : k->sk_ei;
	p->in.ak = p->initiator ? k->sk_ar : k->sk_ai;
	return true;
}

static void
keep_nonce(struct nonce *n, const struct payload *pl)
{
	n->len = (uint16_t)pl->body.len;
	memcpy(n->b, pl->body.p, pl->body.len);
}

static bool
take_answer(struct puppet *p)
{
	const struct payload *ke = message_find(&p->m, PL_KE);
	const struct payload *nr = message_find(&p->m, PL_NONCE);
	struct algs conf = { 0 };
	struct offer o;
	struct choice c;

	offer_init(&o, OFFER_IKE, &conf, false);
	if (message_find(&p->m, PL_SA) == NULL || ke == NULL || nr == NULL ||
	    offer_verify(&o, message_find(&p->m, PL_SA), &c, NULL) < 0)
		return false;
	p->suite = c.suite;
	p->spi_r = p->m.hdr.spi_r;
	keep_nonce(&p->nr, nr);
	memcpy(p->init_r, p->got, p->got_len);
	p->init_r_len = p->got_len;
	p->msgid = 1;
	return make_keys(p, ke);
}

void
puppet_clear(struct puppet *p, uint8_t exchange, uint8_t flags, uint32_t msgid)
{
	struct ike_header h = { .spi_i = p->spi_i, .spi_r = p->spi_r,
	    .exchange = exchange, .flags = flags, .msgid = msgid };

	build_begin(&p->b, p->buf, sizeof(p->buf), &h);
}

bool
puppet_take_cookie(struct puppet *p)
{
	const struct payload *n = message_notify(&p->m, N_COOKIE);

	if (n == NULL || n->notify.data.len > sizeof(p->cookie))
		return false;
	p->cookie_len = n->notify.data.len;
	memcpy(p->cookie, n->notify.data.p, p->cookie_len);
	return true;
}

bool
puppet_asked(struct puppet *p)
{
	if (p->heard == 0 || p->m.hdr.exchange != EXCH_IKE_SA_INIT ||
	    message_check(&p->m, NULL) < 0 || p->m.shape != SHAPE_INIT_REQUEST)
		return false;
	p->initiator = false;
	p->spi_i = p->m.hdr.spi_i;
	p->spi_r = 0x2222222222222222;
	keep_nonce(&p->ni, message_find(&p->m, PL_NONCE));
	p->nr.len = 32;
	memset(p->nr.b, 0x52, 32);
	memcpy(p->init_i, p->got, p->got_len);
	p->init_i_len = p->got_len;
	return true;
}

bool
puppet_build_answer(struct puppet *p)
{
	const struct payload *ke = message_find(&p->m, PL_KE);
	uint8_t public[KE_PUBLIC_MAX];
	struct algs conf = { 0 };
	struct offer o;
	struct choice c;

	offer_init(&o, OFFER_IKE, &conf, false);
	if (offer_select(&o, message_find(&p->m, PL_SA), ke_alg(p->ke)->id, &c, NULL)
	    < 0 || !ke_public(p->ke, public))
		return false;
	p->suite = c.suite;
	if (!make_keys(p, ke))
		return false;
	offer_chosen(&o, OFFER_IKE, &c);
	puppet_clear(p, EXCH_IKE_SA_INIT, FLAG_RESPONSE, 0);
	build_sa(&p->b, o.p, o.n);
	build_ke(&p->b, ke_alg(p->ke)->id, public, ke_alg(p->ke)->public_len);
	build_nonce(&p->b, p->nr.b, p->nr.len);
	build_natd(p, N_NAT_DETECTION_SOURCE_IP, &p->local);
	build_natd(p, N_NAT_DETECTION_DESTINATION_IP, &p->remote);
	if (p->hashes)
		signature_announce(&p->b);
	p->len = build_end(&p->b);
	memcpy(p->init_r, p->buf, p->len);
	p->init_r_len = p->len;
	return true;
}

bool
puppet_meet(struct puppet *p)
{
	puppet_build_init(p);
	memcpy(p->init_i, p->buf, p->len);
	p->init_i_len = p->len;
	puppet_say(p);
	return p->heard == 1 && take_answer(p);
}

static struct sk_room
header(struct puppet *p, uint8_t exchange, bool response, uint32_t msgid)
{
	struct ike_header h = { .spi_i = p->spi_i, .spi_r = p->spi_r,
	    .exchange = exchange, .msgid = msgid,
	    .flags = (uint8_t)((p->initiator ? FLAG_INITIATOR : 0) |
	    (response ? FLAG_RESPONSE : 0)) };

	build_begin(&p->b, p->buf, sizeof(p->buf), &h);
	return (struct sk_room){ p->out.encr->iv_len, p->out.encr->block,
	    (uint8_t)cipher_icv_len(&p->out) };
}

void
puppet_begin(struct puppet *p, uint8_t exchange, bool response, uint32_t msgid)
{
	struct sk_room room = header(p, exchange, response, msgid);

	build_sk(&p->b, &room);
}

void
puppet_cut(struct puppet *p, struct parts *whole)
{
	struct ike_header h;
	size_t len = build_end(&p->b);

	must(len != 0 && header_parse(&h, p->buf, len, NULL) == 0, "cutting");
	whole->exchange = h.exchange;
	whole->response = (h.flags & FLAG_RESPONSE) != 0;
	whole->msgid = h.msgid;
	whole->first = build_first(&p->b);
	whole->len = len - p->b.text_at;
	memcpy(whole->text, p->buf + p->b.text_at, whole->len);
}

void
puppet_begin_part(struct puppet *p, const struct parts *whole, uint16_t number,
		  uint16_t total)
{
	struct sk_room room = header(p, whole->exchange, whole->response,
	    whole->msgid);

	build_skf(&p->b, &room, number == 1 ? whole->first : PL_NONE, number,
	    total);
}

void
puppet_part(struct puppet *p, const struct parts *whole, uint16_t number,
	    uint16_t total)
{
	size_t each = (whole->len + total - 1) / total;
	size_t at = number > 0 ? (number - 1u) * each : 0;
	size_t n = number == total ? whole->len - at : each;

	puppet_begin_part(p, whole, number, total);
	wbuf_bytes(&p->b.w, whole->text + at, n);
	puppet_seal(p);
	puppet_send(p);
}

void
puppet_seal(struct puppet *p)
{
	size_t aad, text;

	p->len = build_seal(&p->b, &aad, &text);
	must(p->len != 0 && cipher_seal(p->crypto, &p->out, ++p->iv, p->buf, aad,
	    text), "sealing");
}

/* Type, three reserved octets, name. */
static size_t
id_body(const char *name, uint8_t reserved, uint8_t *out)
{
	size_t len = strlen(name);

	out[0] = ID_FQDN;
	memset(out + 1, reserved, 3);
	memcpy(out + 4, name, len);
	return 4 + len;
}

void
puppet_build_id(struct puppet *p, const char *name, uint8_t reserved)
{
	uint8_t body[64];

	build_raw(&p->b, p->initiator ? PL_IDI : PL_IDR, body,
	    id_body(name, reserved, body));
}

size_t
puppet_octets(struct puppet *p, const char *name, uint8_t reserved,
	      uint8_t out[PUPPET_OCTETS_MAX])
{
	const struct prf_alg *prf = suite_prf(&p->suite);
	const struct secret *sk_p = p->initiator ? &p->keys.sk_pi : &p->keys.sk_pr;
	const struct nonce *nonce = p->initiator ? &p->nr : &p->ni;
	uint8_t id[64], mac_id[PRF_MAX];
	struct iov i = { id, id_body(name, reserved, id) };
	struct wbuf w;

	must(prf_mac(p->crypto, prf, sk_p->bytes, sk_p->len, &i, 1, mac_id),
	    "prf");
	wbuf_init(&w, out, PUPPET_OCTETS_MAX);
	wbuf_bytes(&w, p->initiator ? p->init_i : p->init_r,
	    p->initiator ? p->init_i_len : p->init_r_len);
	wbuf_bytes(&w, nonce->b, nonce->len);
	wbuf_bytes(&w, mac_id, prf->len);
	return w.len;
}

void
puppet_build_auth(struct puppet *p, const char *name, const char *psk,
		  uint8_t reserved)
{
	static const char pad[] = "Key Pad for IKEv2";
	const struct prf_alg *prf = suite_prf(&p->suite);
	uint8_t octets[PUPPET_OCTETS_MAX], key[PRF_MAX], body[4 + PRF_MAX];
	struct iov k = { pad, sizeof(pad) - 1 };
	struct iov o = { octets, puppet_octets(p, name, reserved, octets) };

	must(prf_mac(p->crypto, prf, psk, strlen(psk), &k, 1, key) &&
	    prf_mac(p->crypto, prf, key, prf->len, &o, 1, body + 4), "prf");
	body[0] = AUTH_SHARED_KEY;
	memset(body + 1, reserved, 3);
	build_raw(&p->b, PL_AUTH, body, 4u + prf->len);
}

void
puppet_build_cert(struct puppet *p, const struct pki_cert *c)
{
	build_cert(&p->b, PL_CERT, CERT_ENC_X509, c->der, c->len);
}

void
puppet_build_signature(struct puppet *p, const char *name, EVP_PKEY *key,
		       enum sign_scheme scheme)
{
	const struct sign_alg *alg = sign_alg(scheme);
	uint8_t octets[PUPPET_OCTETS_MAX], body[256 + SIGN_MAX];
	struct iov o = { octets, puppet_octets(p, name, 0, octets) };
	struct err e = ERR_INIT;
	size_t at = 0, len;

	if (alg->method == SIGN_METHOD_DIGITAL) {
		body[at++] = alg->algid_len;
		memcpy(body + at, alg->algid, alg->algid_len);
		at += alg->algid_len;
	}
	must(sign_make(p->crypto, key, alg, &o, 1, body + at, &len, &e) == 0,
	    e.text);
	build_auth(&p->b, alg->method, body, at + len);
}

void
puppet_build_child(struct puppet *p, enum offer_kind kind, uint32_t spi,
		   const char *tsi, const char *tsr)
{
	uint8_t octets[4] = { (uint8_t)(spi >> 24), (uint8_t)(spi >> 16),
	    (uint8_t)(spi >> 8), (uint8_t)spi };
	struct choice c = { .num = 1, .types = 1 << T_ENCR | 1 << T_ESN,
	    .suite = { .protocol = PROTO_ESP, .encr = 20, .key_bits = 128 } };
	struct algs conf = { 0 };
	struct offer o;

	offer_init(&o, kind, &conf, false);
	if (!p->initiator)
		offer_chosen(&o, kind, &c);
	offer_spi(&o, octets, 4);
	build_sa(&p->b, o.p, o.n);
	puppet_build_ts(p, tsi, tsr);
}

void
puppet_build_ts(struct puppet *p, const char *tsi, const char *tsr)
{
	struct prefix i, r;
	struct ts ts;

	must(prefix_parse(&i, tsi) == 0 && prefix_parse(&r, tsr) == 0, "subnets");
	ts_from_prefix(&ts, &i);
	build_ts(&p->b, PL_TSI, &ts, 1);
	ts_from_prefix(&ts, &r);
	build_ts(&p->b, PL_TSR, &ts, 1);
}

bool
puppet_authenticate(struct puppet *p, const char *name, const char *psk)
{
	puppet_begin(p, EXCH_IKE_AUTH, false, p->msgid++);
	puppet_build_id(p, name, 0);
	puppet_build_auth(p, name, psk, 0);
	puppet_build_child(p, OFFER_AUTH_CHILD, 0xc0aabbcc, "10.0.2.0/24",
	    "10.0.1.0/24");
	puppet_seal(p);
	puppet_say(p);
	return message_find(&p->m, PL_AUTH) != NULL && node_up(p->victim, 1);
}

uint16_t
puppet_told(const struct puppet *p)
{
	return p->m.n == 1 && p->m.pl[0].type == PL_NOTIFY ?
	    p->m.pl[0].notify.type : 0;
}
