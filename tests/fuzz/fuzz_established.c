/*
 * An engine that holds SAs of both roles, with work under way: bob began one
 * tunnel with it, and it began another with carol.  Both know the secret, and
 * then say and do what no peer should: the right keys, ids and SPIs at the wrong
 * time, payloads put together at will, fragments, in clear; while the data plane
 * refuses or is slow, time passes, people give orders and change things.
 *
 * input: steps of an octet each, with arguments behind it.
 */
#include <stdint.h>
#include <string.h>

#include "alice.h"
#include "buf.h"
#include "ike/ike2/nego.h"
#include "tests/pair/puppet.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define LIVES_MAX	4	/* IKE_SAs a peer keeps in mind, by rekeying */

struct peer {
	struct puppet	life[LIVES_MAX];	/* the first owns crypto and ke */
	unsigned int	n, now;			/* which speaks */
	const char	*name;
	const char	*here, *there;		/* subnets, seen from it */
	uint32_t	spi;			/* of its newest CHILD_SA */
	uint32_t	asked;			/* id of the victim's last request */
};

static struct peer bob = { .name = "bob", .here = "10.0.2.0/24",
    .there = "10.0.1.0/24" };
static struct peer carol = { .name = "carol", .here = "10.0.3.0/24",
    .there = "10.0.1.0/24" };
static bool (*puppet_tap)(struct world *, struct node *, struct flight *);

#define BOB	TUNNEL(1, "192.0.2.2", "bob", "10.0.2.0/24", "")
#define CAROL	TUNNEL(2, "192.0.2.3", "carol", "10.0.3.0/24", ",\"initiator\":true")

/* To whom a datagram of the victim's goes: by its SPIs, else by its address. */
static bool
overhear(struct world *world, struct node *from, struct flight *f)
{
	struct peer *p = addr_equal(&f->dst.addr, &carol.life[0].local.addr) ?
	    &carol : &bob;
	struct puppet *to = &p->life[0];
	struct ike_header h;
	unsigned int i;

	if (header_parse(&h, f->data, f->len, NULL) < 0)
		return false;
	for (i = 0; i < p->n; i++)
		if (p->life[i].spi_i == h.spi_i && p->life[i].spi_r == h.spi_r)
			to = &p->life[i];
	world->arg = to;
	puppet_tap(world, from, f);
	if ((h.flags & FLAG_RESPONSE) == 0)
		p->asked = h.msgid;
	return false;
}

static void
peer_init(struct peer *p, const char *addr)
{
	puppet_init(&p->life[0], &w, alice, addr);
	puppet_tap = w.tap;
	w.tap = overhear;
	p->n = 1;
	p->now = 0;
	p->spi = 0xc0aabbcc;
	p->asked = 0;
}

static struct puppet *
speaker(struct peer *p)
{
	return &p->life[p->now];
}

static void
start(void)
{
	alice_start();
	peer_init(&carol, "192.0.2.3");
	peer_init(&bob, "192.0.2.2");
	node_config(alice, BOB "," CAROL);
	world_run(&w, 10);
	must(puppet_meet(&bob.life[0]) &&
	    puppet_authenticate(&bob.life[0], "bob", "correct horse"));
	must(puppet_asked(&carol.life[0]) && puppet_build_answer(&carol.life[0]));
	puppet_send(&carol.life[0]);
	puppet_begin(&carol.life[0], EXCH_IKE_AUTH, true, 1);
	puppet_build_id(&carol.life[0], "carol", 0);
	puppet_build_auth(&carol.life[0], "carol", "correct horse", 0);
	puppet_build_child(&carol.life[0], OFFER_AUTH_CHILD, carol.spi, "10.0.1.0/24",
	    "10.0.3.0/24");
	puppet_seal(&carol.life[0]);
	puppet_send(&carol.life[0]);
	carol.life[0].msgid = 0;
	must(node_up(alice, 1) && node_up(alice, 2));
}

static void
finish(void)
{
	puppet_fini(&bob.life[0]);
	puppet_fini(&carol.life[0]);
	alice_stop();
}

/* --- what they say --- */

/* Payloads of a message, as bits. */
enum {
	A_REKEY		= 1 << 0,	/* N(REKEY_SA) for its newest CHILD_SA */
	A_CHILD		= 1 << 1,	/* SA for ESP */
	AN_IKE		= 1 << 2,	/* SA for IKE */
	A_NONCE		= 1 << 3,
	A_KE		= 1 << 4,
	A_TS		= 1 << 5,
	A_DELETE	= 1 << 6,
	A_GOODBYE	= 1 << 7,
	A_NOTIFY	= 1 << 8,
	A_RAW		= 1 << 9,
	A_CRITICAL	= 1 << 10,
	AN_AUTH		= 1 << 11,
};

static void
put_ike(struct puppet *p, bool response, uint64_t spi)
{
	struct choice c = { .num = 1,
	    .types = 1 << T_ENCR | 1 << T_INTEG | 1 << T_PRF | 1 << T_KE,
	    .suite = p->suite };
	struct algs conf = { 0 };
	uint8_t octets[8];
	struct offer o;
	struct wbuf b;

	wbuf_init(&b, octets, sizeof(octets));
	wbuf_u64(&b, spi);
	if (response)
		offer_chosen(&o, OFFER_IKE, &c);
	else
		offer_init(&o, OFFER_IKE, &conf, false);
	offer_spi(&o, octets, 8);
	build_sa(&p->b, o.p, o.n);
}

static void
put_payloads(struct peer *from, struct puppet *p, bool response, unsigned int what,
	     struct rbuf *r)
{
	uint8_t spi[4], public[KE_PUBLIC_MAX], len;
	bool initiator = p->initiator;
	struct wbuf b;

	wbuf_init(&b, spi, 4);
	wbuf_u32(&b, from->spi);
	if (what & A_REKEY)
		build_notify(&p->b, PROTO_ESP, N_REKEY_SA, spi, 4, NULL, 0);
	if (what & AN_AUTH) {
		puppet_build_id(p, from->name, 0);
		puppet_build_auth(p, from->name, "correct horse", 0);
	}
	if (what & A_CHILD) {
		from->spi++;
		p->initiator = !response;	/* it offers, or it has chosen */
		puppet_build_child(p, OFFER_CHILD, from->spi,
		    response ? from->there : from->here,
		    response ? from->here : from->there);
		p->initiator = initiator;
	}
	if (what & AN_IKE)
		put_ike(p, response, p->spi_i + 0x100 + from->n);
	if (what & A_NONCE)
		build_nonce(&p->b, p->ni.b, 32);
	if (what & A_KE && ke_public(p->ke, public))
		build_ke(&p->b, 31, public, 32);
	if (what & A_TS)
		puppet_build_ts(p, from->here, from->there);
	if (what & A_DELETE)
		build_delete(&p->b, PROTO_ESP, &from->spi, 1);
	if (what & A_GOODBYE)
		build_delete(&p->b, PROTO_IKE, NULL, 0);
	if (what & A_NOTIFY) {
		uint16_t type = rbuf_u16(r);

		build_notify(&p->b, rbuf_u8(r) & 3, type, NULL, 0, spi, 4);
	}
	if (what & A_RAW && (len = rbuf_u8(r)) <= rbuf_left(r)) {
		uint8_t type = rbuf_u8(r);
		const uint8_t *raw = rbuf_bytes(r, len > 0 ? len - 1u : 0);

		if (raw != NULL)
			build_raw(&p->b, (enum ike_payload)type, raw, len - 1u);
	}
	if (what & A_CRITICAL) {
		build_open(&p->b, (enum ike_payload)99);
		build_critical(&p->b, true);
		build_close(&p->b);
	}
}

/* Its own IKE_SA was rekeyed by it: the answer is in p->m. */
static void
succeed(struct peer *from, struct puppet *p)
{
	const struct payload *sa = message_find(&p->m, PL_SA);
	const struct payload *ke = message_find(&p->m, PL_KE);
	const struct payload *nr = message_find(&p->m, PL_NONCE);
	uint8_t shared[KE_SHARED_MAX];
	struct puppet *s;
	struct secret old_d = p->keys.sk_d;
	uint64_t spi;

	if (sa == NULL || ke == NULL || nr == NULL || from->n == LIVES_MAX ||
	    sa->sa.n == 0 || (spi = bytes_spi64(&sa->sa.p[0].spi)) == 0 ||
	    ke->ke.group != 31)
		return;
	s = &from->life[from->n];
	*s = *p;
	s->initiator = true;
	s->spi_i = p->spi_i + 0x100 + from->n;
	s->spi_r = spi;
	s->ni.len = s->nr.len = 32;
	memcpy(s->nr.b, nr->body.p, 32);
	s->msgid = 0;
	if (nr->body.len != 32 || !ke_shared(s->ke, ke->ke.data.p, ke->ke.data.len,
	    shared) || !keymat_ike(s->crypto, &s->suite, shared,
	    ke_alg(s->ke)->shared_len, &s->ni, &s->nr, s->spi_i, s->spi_r, &old_d,
	    suite_prf(&p->suite), &s->keys))
		return;
	s->out.ek = s->keys.sk_ei;
	s->out.ak = s->keys.sk_ai;
	s->in.ek = s->keys.sk_er;
	s->in.ak = s->keys.sk_ar;
	from->now = from->n++;
}

/* The whole, or in pieces of which one may be wrong. */
static void
transmit(struct puppet *p, unsigned int pieces)
{
	struct parts parts;
	uint16_t i;

	if (pieces < 2) {
		puppet_seal(p);
		puppet_send(p);
		return;
	}
	puppet_cut(p, &parts);
	for (i = (uint16_t)pieces; i >= 1; i--) {
		puppet_part(p, &parts, i, (uint16_t)pieces);
		puppet_send(p);
	}
}

static void
say(struct peer *from, struct rbuf *r)
{
	static const uint8_t exchanges[] = { EXCH_CREATE_CHILD_SA, EXCH_INFORMATIONAL,
	    EXCH_IKE_AUTH, EXCH_IKE_SA_INIT };
	struct puppet *p = speaker(from);
	uint8_t how = rbuf_u8(r);
	uint16_t what = rbuf_u16(r);
	bool response = (how & 4) != 0;
	uint32_t id = response ? from->asked : p->msgid;

	if (how & 0x20)			/* another id: once more, or wrong */
		id = id + 1 - (how >> 6);
	else if (!response)
		p->msgid++;
	puppet_begin(p, exchanges[how & 3], response, id);
	put_payloads(from, p, response, what, r);
	p->m.n = 0;
	memset(p->m.count, 0, sizeof(p->m.count));
	transmit(p, how & 8 ? 1 + (what >> 12) % 5u : 1);
	if (!response && (what & AN_IKE) && (what & A_KE))
		succeed(from, p);
}

static void
say_in_clear(struct peer *from, struct rbuf *r)
{
	struct puppet *p = speaker(from);
	uint8_t how = rbuf_u8(r);
	uint16_t what = rbuf_u16(r);

	puppet_clear(p, 34 + (how & 3), how & (FLAG_INITIATOR | FLAG_RESPONSE),
	    how & 0x80 ? from->asked : p->msgid);
	put_payloads(from, p, (how & FLAG_RESPONSE) != 0, what, r);
	p->len = build_end(&p->b);
	if (p->len != 0)
		puppet_send(p);
}

/* It comes as if it knew of nothing (2.4); or lets alice in who begins anew. */
static void
begin_anew(struct peer *p)
{
	struct puppet *f = &p->life[0];

	if (p == &bob) {
		f->spi_i += 0x10000;
		f->spi_r = 0;
		if (puppet_meet(f))
			(void)puppet_authenticate(f, "bob", "correct horse");
	} else {
		if (!puppet_asked(f) || !puppet_build_answer(f))
			return;
		puppet_send(f);
		puppet_begin(f, EXCH_IKE_AUTH, true, 1);
		puppet_build_id(f, "carol", 0);
		puppet_build_auth(f, "carol", "correct horse", 0);
		puppet_build_child(f, OFFER_AUTH_CHILD, ++p->spi, p->there, p->here);
		puppet_seal(f);
		puppet_send(f);
		f->msgid = 0;
	}
	p->n = 1;
	p->now = 0;
}

/* --- what happens besides --- */

static void
configure(uint8_t arg)
{
	static const char *const trees[] = {
		BOB "," CAROL, BOB, CAROL,
		TUNNEL(1, "192.0.2.2", "bob", "10.0.2.0/25", "") "," CAROL,
		TUNNEL(1, "192.0.2.2", "bob", "10.0.2.0/24", ",\"enable\":false") ","
		TUNNEL(2, "192.0.2.3", "carol", "10.0.3.0/24",
		    ",\"initiator\":true,\"dpd-delay\":1"),
		TUNNEL(1, "192.0.2.2", "bob", "10.0.2.0/24", ",\"initiator\":true,"
		    "\"esp\":{\"cipher\":[\"aes128gcm16\"],\"dh\":[\"x25519\"]}") "," CAROL,
	};

	node_config(alice, trees[arg % (sizeof(trees) / sizeof(trees[0]))]);
	world_run(&w, 1);
}

static void
address(uint8_t arg)
{
	engine_local_address(alice->engine, w.now, &alice->addr, arg & 1);
	world_run(&w, 1);
}

static void
step(struct rbuf *r)
{
	uint8_t op = rbuf_u8(r);
	struct peer *p = op & 0x80 ? &carol : &bob;

	switch (op & 15) {
	case 0: case 1: case 2: case 3: case 4:
		say(p, r);
		break;
	case 5:
		say_in_clear(p, r);
		break;
	case 6:
		p->now = (p->now + 1) % p->n;
		break;
	case 7:
		begin_anew(p);
		break;
	case 8: case 9:
		alice_command(rbuf_u8(r));
		break;
	case 10:
		configure(rbuf_u8(r));
		break;
	case 11:
		alice_plane_event(rbuf_u8(r), &bob.life[0].local);
		break;
	case 12: case 13:
		alice_waits(rbuf_u8(r));
		break;
	case 14:
		alice->latency = rbuf_u8(r) % 64;
		break;
	case 15:
		if (op & 0x40)
			address(rbuf_u8(r));
		else
			alice_plane_refuses();
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 4096)
		return 0;
	start();
	alice_lives(data, size, step);
	alice_left_alone();
	finish();
	return 0;
}
