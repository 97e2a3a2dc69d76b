#include "puppet1.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/sign.h"

static void
must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "puppet1: %s\n", what);
		abort();
	}
}

/* --- in --- */

/* Where the next IV of an exchange is kept: phase 1 has one. */
static uint8_t *
iv_of(struct puppet1 *p, uint8_t exchange, uint32_t msgid)
{
	unsigned int i;

	if (msgid == 0)
		return p->keys.iv;
	for (i = 0; i < PUPPET1_IVS; i++)
		if (p->iv[i].msgid == msgid && p->iv[i].exchange == exchange)
			return p->iv[i].iv;
	i = p->n_iv++ % PUPPET1_IVS;
	p->iv[i].msgid = msgid;
	p->iv[i].exchange = exchange;
	must(keymat1_iv(p->crypto, p->keys.prf, p->keys.iv, msgid, p->iv[i].iv),
	    "IV");
	return p->iv[i].iv;
}

static void
decode(struct puppet1 *p)
{
	size_t len = p->got_len - IKE_HDR_LEN;
	uint8_t *text = p->plain + IKE_HDR_LEN;

	if (message1_parse(&p->m, p->got, p->got_len, NULL) < 0) {
		p->m.n = 0;
		return;
	}
	if (!p->m.sk.present)
		return;
	memcpy(p->plain, p->got, p->got_len);
	if (!p->met || !cbc_decrypt(p->crypto, p->keys.encr, &p->keys.key,
	    iv_of(p, p->m.hdr.exchange, p->m.hdr.msgid), text, len) ||
	    message1_parse_inner(&p->m, text, len, NULL) < 0)
		p->m.n = 0;
}

static bool
tap(struct world *w, struct node *from, struct flight *f)
{
	struct puppet1 *p = w->arg;

	if (from != p->victim || f->len > sizeof(p->got) || f->len < IKE_HDR_LEN)
		return false;
	p->heard++;
	memcpy(p->got, f->data, f->len);
	p->got_len = f->len;
	/* It may have floated. */
	p->encap = f->encap;
	p->local.port = f->dst.port;
	p->remote.port = f->src.port;
	decode(p);
	return false;
}

void
puppet1_init(struct puppet1 *p, struct world *w, struct node *victim, const char *addr)
{
	struct err e = ERR_INIT;

	memset(p, 0, sizeof(*p));
	p->w = w;
	p->victim = victim;
	must(addr_parse(&p->local.addr, addr) == 0, addr);
	p->remote.addr = victim->addr;
	p->local.port = p->remote.port = 500;
	p->spi_i = 0x1111111111111111 + w->now;
	must(crypto_new(&p->crypto, &e) == 0, e.text);
	w->arg = p;
	w->tap = tap;
}

void
puppet1_fini(struct puppet1 *p)
{
	ke_free(p->ke);
	crypto_free(p->crypto);
	p->w->tap = NULL;
}

void
puppet1_forget(struct puppet1 *p)
{
	p->heard = 0;
	p->got_len = 0;
	p->m.n = 0;
	memset(p->m.count, 0, sizeof(p->m.count));
	memset(p->m.first, 0xff, sizeof(p->m.first));
}

void
puppet1_say(struct puppet1 *p)
{
	must(p->len != 0, "nothing to send");
	puppet1_forget(p);
	engine_input(p->victim->engine, p->w->now, &p->remote, &p->local, p->encap,
	    p->buf, p->len);
	world_run(p->w, 1);
}

/* --- main mode --- */

static void
say_dpd(struct puppet1 *p, unsigned int message)
{
	if (p->dpd_in == message)
		vendor_build(&p->b, VENDOR_DPD);
}

void
puppet1_clear(struct puppet1 *p, uint8_t exchange, uint32_t msgid)
{
	const struct ike_header h = { .spi_i = p->spi_i, .spi_r = p->spi_r,
	    .exchange = exchange, .msgid = msgid };

	build1_begin(&p->b, p->buf, sizeof(p->buf), &h);
	p->hash = NULL;
	p->msgid = msgid;
}

static void
keep_sa(struct puppet1 *p, const struct bytes *body)
{
	must(body->len <= sizeof(p->sa_i), "a long SA payload");
	memcpy(p->sa_i, body->p, body->len);
	p->sa_i_len = body->len;
}

static bool
begin_ke(struct puppet1 *p)
{
	p->ke = ke_new(p->crypto, suite_ke(&p->suite));
	p->ni.len = p->nr.len = 32;
	memset(p->initiator ? p->ni.b : p->nr.b, 0x4e, 32);
	return p->ke != NULL &&
	    ke_public(p->ke, p->initiator ? p->ke_i : p->ke_r);
}

static void
build_ke1(struct puppet1 *p)
{
	const uint8_t *own = p->initiator ? p->ke_i : p->ke_r;

	puppet1_clear(p, EXCH1_MAIN, 0);
	build1_ke(&p->b, own, ke_alg(p->ke)->public_len);
	build_nonce(&p->b, p->initiator ? p->ni.b : p->nr.b, 32);
	say_dpd(p, 1);
	p->len = build_end(&p->b);
}

static void
seen(const struct puppet1 *p, struct main1 *m)
{
	const struct ke_alg *a = suite_ke(&p->suite);

	*m = (struct main1){ .ke_i = { p->ke_i, a->public_len },
	    .ke_r = { p->ke_r, a->public_len },
	    .shared = { p->shared, a->shared_len },
	    .ni = &p->ni, .nr = &p->nr, .spi_i = p->spi_i, .spi_r = p->spi_r };
}

static bool
skeyid_psk(struct puppet1 *p, const char *psk)
{
	const struct iov nonces[] = { { p->ni.b, p->ni.len },
	    { p->nr.b, p->nr.len } };
	uint8_t mac[PRF_MAX];

	return prf_mac(p->crypto, p->keys.prf, psk, strlen(psk), nonces, 2, mac) &&
	    secret_set(&p->keys.skeyid, mac, p->keys.prf->len);
}

/* The victim's KE is the last that was heard. */
static bool
make_keys(struct puppet1 *p, const char *psk)
{
	const struct payload *ke = message_find(&p->m, PL_KE);
	const struct payload *no = message_find(&p->m, PL_NONCE);
	struct nonce *theirs = p->initiator ? &p->nr : &p->ni;
	struct main1 m;

	if (ke == NULL || no == NULL || no->body.len > sizeof(theirs->b) ||
	    ke->ke.data.len != ke_alg(p->ke)->public_len ||
	    !ke_shared(p->ke, ke->ke.data.p, ke->ke.data.len, p->shared))
		return false;
	memcpy(p->initiator ? p->ke_r : p->ke_i, ke->ke.data.p, ke->ke.data.len);
	theirs->len = (uint16_t)no->body.len;
	memcpy(theirs->b, no->body.p, no->body.len);
	p->keys.prf = suite_prf(&p->suite);
	p->keys.encr = suite_encr(&p->suite);
	seen(p, &m);
	p->met = (psk != NULL ? skeyid_psk(p, psk) :
	    keymat1_skeyid_signature(p->crypto, &m, &p->keys)) &&
	    keymat1_derive(p->crypto, &m, &p->keys);
	return p->met;
}

static void
build_offer(struct puppet1 *p, uint16_t auth)
{
	const struct sa1_terms terms = { .auth = auth, .life_s = 28800 };
	struct algs conf = { .ike1 = true };
	struct offer o;

	offer_init(&o, OFFER_IKE, &conf, false);
	puppet1_clear(p, EXCH1_MAIN, 0);
	build1_sa(&p->b, o.p, o.n, &terms);
	say_dpd(p, 0);
	if (p->fragments)
		vendor_build(&p->b, VENDOR_FRAGMENTATION);
	p->len = build_end(&p->b);
}

bool
puppet1_meet(struct puppet1 *p, const char *psk)
{
	struct algs conf = { .ike1 = true };
	struct bytes body;
	struct offer o;
	struct choice c;

	p->initiator = true;
	build_offer(p, psk != NULL ? AUTH1_PSK : AUTH1_RSA);
	must(message1_parse(&p->m, p->buf, p->len, NULL) == 0, "own offer");
	body = message_find(&p->m, PL_SA)->body;
	keep_sa(p, &body);
	puppet1_say(p);
	offer_init(&o, OFFER_IKE, &conf, false);
	if (p->heard != 1 || message_find(&p->m, PL_SA) == NULL ||
	    offer_verify(&o, message_find(&p->m, PL_SA), &c, NULL) < 0)
		return false;
	p->suite = c.suite;
	p->spi_r = p->m.hdr.spi_r;
	if (!begin_ke(p))
		return false;
	build_ke1(p);
	puppet1_say(p);
	return p->heard == 1 && make_keys(p, psk);
}

bool
puppet1_answer(struct puppet1 *p, const char *psk)
{
	const struct payload *sa = message_find(&p->m, PL_SA);
	struct algs conf = { .ike1 = true };
	struct offer o;
	struct choice c;

	offer_init(&o, OFFER_IKE, &conf, false);
	if (p->heard == 0 || sa == NULL || sa->sa.v1 == NULL ||
	    offer_select(&o, sa, 0, &c, NULL) < 0)
		return false;
	p->initiator = false;
	p->spi_i = p->m.hdr.spi_i;
	p->spi_r = 0x2222222222222222 + p->w->now;
	p->suite = c.suite;
	keep_sa(p, &sa->body);
	if (!begin_ke(p))
		return false;
	puppet1_clear(p, EXCH1_MAIN, 0);
	build1_chosen(&p->b, PROTO_IKE, sa1_chosen(sa, c.num), NULL, 0);
	say_dpd(p, 0);
	if (p->fragments)
		vendor_build(&p->b, VENDOR_FRAGMENTATION);
	p->len = build_end(&p->b);
	puppet1_say(p);
	if (p->heard != 1 || !make_keys(p, psk))
		return false;
	build_ke1(p);
	puppet1_say(p);
	return true;
}

/* The identity goes into the message; HASH_I or HASH_R of it to hash. */
static void
identify(struct puppet1 *p, const char *name, uint8_t hash[PRF_MAX])
{
	uint8_t id[64];
	struct bytes sa_i = { p->sa_i, p->sa_i_len }, id_b = { id, 0 };
	struct main1 m;
	struct wbuf w;

	wbuf_init(&w, id, sizeof(id));
	wbuf_u8(&w, ID_FQDN);
	wbuf_zero(&w, 3);
	wbuf_bytes(&w, name, strlen(name));
	id_b.len = w.len;
	seen(p, &m);
	must(wbuf_ok(&w) && keymat1_hash_auth(p->crypto, &p->keys, &m,
	    p->initiator, &sa_i, &id_b, hash), "hash");
	build_raw(&p->b, PL_ID, id, id_b.len);
}

void
puppet1_build_auth(struct puppet1 *p, const char *name)
{
	uint8_t hash[PRF_MAX];

	identify(p, name, hash);
	build_raw(&p->b, PL_HASH, hash, p->keys.prf->len);
}

void
puppet1_build_signature(struct puppet1 *p, const char *name,
			const struct bytes *cert, struct evp_pkey_st *key)
{
	uint8_t hash[PRF_MAX], sig[SIGN_MAX];
	struct iov signed_by = { hash, p->keys.prf->len };
	struct err e = ERR_INIT;
	size_t len;

	identify(p, name, hash);
	build_cert(&p->b, PL_CERT, CERT_ENC_X509, cert->p, cert->len);
	must(sign_make(p->crypto, key, sign_alg(SIGN_RSA_RAW), &signed_by, 1, sig,
	    &len, &e) == 0, e.text);
	build1_sig(&p->b, sig, len);
}

bool
puppet1_authenticate(struct puppet1 *p, const char *name)
{
	puppet1_begin(p, EXCH1_MAIN, 0);
	puppet1_build_auth(p, name);
	say_dpd(p, 2);
	puppet1_seal(p, 0);
	puppet1_say(p);
	return p->m.n > 0;
}

/* --- out --- */

void
puppet1_begin(struct puppet1 *p, uint8_t exchange, uint32_t msgid)
{
	puppet1_clear(p, exchange, msgid);
	build1_encrypted(&p->b);
}

void
puppet1_hash(struct puppet1 *p)
{
	p->hash = build1_hash(&p->b, p->keys.prf->len);
}

void
puppet1_seal(struct puppet1 *p, unsigned int n)
{
	uint8_t hash[PRF_MAX], *text;
	struct bytes rest;
	size_t text_len;

	if (p->hash != NULL && wbuf_ok(&p->b.w)) {
		build1_hashed(&p->b, &rest);
		must(keymat1_hash(p->crypto, &p->keys, n, p->msgid, &p->ni, &p->nr,
		    &rest, hash), "hash");
		memcpy(p->hash, hash, p->keys.prf->len);
	}
	p->len = build1_seal(&p->b, p->keys.encr->block, &text, &text_len);
	if (p->len == 0 || text_len == 0)	/* too long; nothing but a header */
		return;
	must(cbc_encrypt(p->crypto, p->keys.encr, &p->keys.key,
	    iv_of(p, p->buf[18], p->msgid), text, text_len), "encrypt");
}
