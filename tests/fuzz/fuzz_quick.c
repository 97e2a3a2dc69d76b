/*
 * An engine that holds IKEv1 SAs of both roles, with work under way: bob began one
 * tunnel with it, and it began another with carol.  Both know the secret, and then
 * say and do what no peer should: quick modes of any order, informational exchanges
 * with and without a right HASH, in clear, old message ids; while the data plane
 * refuses or is slow, time passes, and people give orders.
 *
 * input: steps of an octet each, with arguments behind it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "tests/pair/puppet1.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define STEPS_MAX	40
#define ID_SUBNET	4		/* ID_IPV4_ADDR_SUBNET */

struct peer {
	struct puppet1	p;
	const char	*name;
	uint8_t		 here, there;	/* subnets 10.0.N.0/24, seen from it */
	uint32_t	 spi;		/* of its newest CHILD_SA */
	uint32_t	 next;		/* message id */
	/* The victim's last quick mode with an SA payload. */
	uint32_t	 asked;
	uint8_t		 plain[PUPPET1_MAX];
	struct message	 q;
};

static struct world w;
static struct node *alice;
static struct peer bob = { .name = "bob", .here = 2, .there = 1 };
static struct peer carol = { .name = "carol", .here = 3, .there = 1 };
static bool (*puppet_tap)(struct world *, struct node *, struct flight *);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

#define TUNNEL(id, peer, name, net, more) \
	"{\"id\":" #id ",\"version\":\"1\",\"local-address\":\"192.0.2.1\",\"peer\":\"" \
	peer "\",\"local-id\":{\"value\":\"alice\"},\"remote-id\":{\"value\":\"" name \
	"\"},\"local-subnet\":[\"10.0.1.0/24\"],\"remote-subnet\":[\"" net "\"]" more "}"
#define BOB	TUNNEL(1, "192.0.2.2", "bob", "10.0.2.0/24", "")
#define CAROL	TUNNEL(2, "192.0.2.3", "carol", "10.0.3.0/24", ",\"initiator\":true")

static void
no_log(struct node *n, uint32_t tunnel, const char *line)
{
	(void)n;
	(void)tunnel;
	(void)line;
}

/* Its nonce is the initiator's of that quick mode, its SA is what can be chosen. */
static void
note_offer(struct peer *f)
{
	const struct payload *no;

	if (f->p.m.n == 0 || f->p.m.hdr.exchange != EXCH1_QUICK ||
	    message_check(&f->p.m, NULL) < 0 || f->p.m.shape != SHAPE1_QM_SA)
		return;
	memcpy(f->plain, f->p.plain, f->p.got_len);
	f->q = f->p.m;
	if (message1_parse_inner(&f->q, f->plain + IKE_HDR_LEN,
	    f->p.got_len - IKE_HDR_LEN, NULL) < 0)
		return;
	f->asked = f->q.hdr.msgid;
	no = message_find(&f->q, PL_NONCE);
	if (no->body.len <= sizeof(f->p.ni.b)) {
		f->p.ni.len = (uint16_t)no->body.len;
		memcpy(f->p.ni.b, no->body.p, no->body.len);
	}
}

static bool
overhear(struct world *world, struct node *from, struct flight *f)
{
	struct peer *to = addr_equal(&f->dst.addr, &carol.p.local.addr) ? &carol :
	    &bob;

	world->arg = &to->p;
	puppet_tap(world, from, f);
	note_offer(to);
	return false;
}

static void
peer_init(struct peer *f, const char *addr)
{
	puppet1_init(&f->p, &w, alice, addr);
	puppet_tap = w.tap;
	w.tap = overhear;
	f->spi = 0xc0aabbcc;
	f->next = 0x100;
	f->asked = 0;
	f->q.n = 0;
}

/* --- what they say --- */

enum {
	A_SA		= 1 << 0,
	A_NONCE		= 1 << 1,
	A_KE		= 1 << 2,
	AN_ID		= 1 << 3,
	A_DELETE	= 1 << 4,
	A_GOODBYE	= 1 << 5,
	A_NOTIFY	= 1 << 6,
	A_RAW		= 1 << 7,
	A_PROBE		= 1 << 8,
	A_CHOICE	= 1 << 9,	/* of what was offered */
};

static void
put_sa(struct peer *f, bool choose)
{
	const struct sa1_terms terms = { .mode = MODE1_TUNNEL, .life_s = 3600 };
	const struct payload *sa = message_find(&f->q, PL_SA);
	struct algs conf = { .ike1 = true };
	uint8_t spi[4];
	struct offer o;
	struct wbuf b;

	wbuf_init(&b, spi, 4);
	wbuf_u32(&b, ++f->spi);
	if (choose && f->q.n > 0 && sa != NULL) {
		build1_chosen(&f->p.b, PROTO_ESP, &sa->sa.v1[0], spi, 4);
		return;
	}
	offer_init(&o, OFFER_CHILD, &conf, false);
	(void)offer_one_ke(&o);
	offer_spi(&o, spi, 4);
	build1_sa(&f->p.b, o.p, o.n, &terms);
}

static void
put_id(struct peer *f, enum ike_payload type, uint8_t net)
{
	const uint8_t subnet[] = { 10, 0, net, 0, 255, 255, 255, 0 };

	build1_id(&f->p.b, type, ID_SUBNET, 0, 0, subnet, 8);
}

static void
put_cookies(struct peer *f, uint8_t out[16])
{
	struct wbuf b;

	wbuf_init(&b, out, 16);
	wbuf_u64(&b, f->p.spi_i);
	wbuf_u64(&b, f->p.spi_r);
}

static void
put_payloads(struct peer *f, unsigned int what, bool answers, struct rbuf *r)
{
	struct build *b = &f->p.b;
	uint8_t cookies[16], len;
	uint16_t type;

	put_cookies(f, cookies);
	if (what & A_SA)
		put_sa(f, (what & A_CHOICE) != 0);
	if (what & A_NONCE)
		build_nonce(b, f->p.nr.b, 32);
	if (what & A_KE)
		build1_ke(b, f->p.ke_i, suite_ke(&f->p.suite)->public_len);
	if (what & AN_ID) {
		put_id(f, PL_IDI, answers ? f->there : f->here);
		put_id(f, PL_IDR, answers ? f->here : f->there);
	}
	if (what & A_DELETE)
		build1_delete(b, PROTO_ESP, &f->spi, 1);
	if (what & A_GOODBYE)
		build1_delete_isakmp(b, f->p.spi_i, f->p.spi_r);
	if (what & A_PROBE)
		build1_notify(b, PROTO_IKE, rbuf_u8(r) & 1 ? N1_R_U_THERE :
		    N1_R_U_THERE_ACK, cookies, 16, cookies, 4);
	if (what & A_NOTIFY) {
		type = rbuf_u16(r);
		build1_notify(b, rbuf_u8(r) & 3, type, cookies, 4, cookies, 8);
	}
	if (what & A_RAW && (len = rbuf_u8(r)) > 0 && len <= rbuf_left(r)) {
		type = rbuf_u8(r);
		build_raw(b, (enum ike_payload)type, rbuf_bytes(r, len - 1u),
		    len - 1u);
	}
}

static void
say(struct peer *f, struct rbuf *r)
{
	static const uint8_t exchanges[] = { EXCH1_QUICK, EXCH1_INFORMATIONAL,
	    EXCH1_QUICK, EXCH1_MAIN };
	uint8_t how = rbuf_u8(r);
	uint16_t what = rbuf_u16(r);
	bool answers = (how & 4) != 0, crypt = (how & 0x80) == 0;
	uint8_t exchange = exchanges[how & 3];
	uint32_t msgid = exchange == EXCH1_MAIN ? 0 : answers ? f->asked : f->next;

	if ((how & 8) != 0 && !answers)		/* a new one */
		msgid = ++f->next;
	(crypt ? puppet1_begin : puppet1_clear)(&f->p, exchange, msgid);
	if (crypt && (how & 0x40) == 0)
		puppet1_hash(&f->p);
	put_payloads(f, what, answers, r);
	if (crypt)
		puppet1_seal(&f->p, 1 + (how >> 4 & 3) % 3u);
	else
		f->p.len = build_end(&f->p.b);
	if (f->p.len != 0)
		puppet1_say(&f->p);
}

/* A whole quick mode, as it should be. */
static void
agree(struct peer *f)
{
	const struct payload *no;

	puppet1_begin(&f->p, EXCH1_QUICK, ++f->next);
	memset(f->p.ni.b, 0x4e, 32);
	f->p.ni.len = 32;
	puppet1_hash(&f->p);
	put_sa(f, false);
	build_nonce(&f->p.b, f->p.ni.b, 32);
	put_id(f, PL_IDI, f->here);
	put_id(f, PL_IDR, f->there);
	puppet1_seal(&f->p, 1);
	puppet1_say(&f->p);
	no = f->p.m.n > 0 ? message_find(&f->p.m, PL_NONCE) : NULL;
	if (no == NULL || no->body.len > sizeof(f->p.nr.b))
		return;
	f->p.nr.len = (uint16_t)no->body.len;
	memcpy(f->p.nr.b, no->body.p, no->body.len);
	puppet1_begin(&f->p, EXCH1_QUICK, f->next);
	puppet1_hash(&f->p);
	puppet1_seal(&f->p, 3);
	puppet1_say(&f->p);
}

/* The answer to the victim's. */
static void
consent(struct peer *f)
{
	if (f->asked == 0)
		return;
	puppet1_begin(&f->p, EXCH1_QUICK, f->asked);
	f->p.nr.len = 32;
	puppet1_hash(&f->p);
	put_payloads(f, A_SA | A_CHOICE | A_NONCE | AN_ID, true, NULL);
	puppet1_seal(&f->p, 2);
	puppet1_say(&f->p);
}

/* It comes as if it knew of nothing; or lets alice in who begins anew. */
static void
begin_anew(struct peer *f)
{
	struct puppet1 *p = &f->p;

	if (f == &bob) {
		ke_free(p->ke);
		p->ke = NULL;
		p->spi_i += 0x10000;
		p->spi_r = 0;
		p->met = false;
		p->n_iv = 0;
		memset(p->iv, 0, sizeof(p->iv));
		if (puppet1_meet(p, "correct horse") &&
		    puppet1_authenticate(p, "bob"))
			agree(f);
	} else if (p->heard > 0 && p->m.hdr.exchange == EXCH1_MAIN &&
	    p->m.hdr.spi_r == 0) {
		ke_free(p->ke);
		p->ke = NULL;
		p->met = false;
		p->n_iv = 0;
		memset(p->iv, 0, sizeof(p->iv));
		if (puppet1_answer(p, "correct horse")) {
			puppet1_authenticate(p, "carol");
			consent(f);
		}
	}
}

static void
start(void)
{
	static bool begun;

	if (!begun) {			/* the models are read once */
		setenv("CULVERT_YANGDIR", "yang", 0);
		world_init(&w, 13);
		w.event = no_log;
		alice = world_add(&w, "alice", "192.0.2.1");
		begun = true;
	}
	if (alice->engine == NULL)
		node_start(alice);
	alice->latency = 0;
	alice->dp_refuses = false;
	peer_init(&bob, "192.0.2.2");
	peer_init(&carol, "192.0.2.3");
	node_config(alice, BOB "," CAROL);
	world_run(&w, 10);
	begin_anew(&bob);
	must(node_up(alice, 1));
	begin_anew(&carol);
	must(node_up(alice, 2));
}

static void
finish(void)
{
	puppet1_fini(&bob.p);
	puppet1_fini(&carol.p);
	node_stop(alice);
}

/* --- what happens besides --- */

static void
command(uint8_t arg)
{
	static const enum engine_command commands[] = { ENGINE_INITIATE,
	    ENGINE_TERMINATE, ENGINE_REKEY_CHILD, ENGINE_REKEY_IKE, ENGINE_RESTART,
	    ENGINE_REAUTH };
	struct err e = ERR_INIT;

	if (engine_command(alice->engine, w.now, commands[arg % 6],
	    1 + (arg >> 7), &e) < 0)
		must(e.text[0] != '\0');
	world_run(&w, 1);
}

static void
plane_event(uint8_t arg)
{
	struct dp_event ev = { .kind = (enum dp_event_kind)(arg % 3),
	    .tunnel = 1 + (arg >> 7), .peer = bob.p.local };
	struct plane_sa *s = node_sa(alice, ev.tunnel, true);

	ev.spi = s != NULL ? s->sa.spi : 0;
	ev.peer.port = (uint16_t)(arg & 0x10 ? 4500 : 500 + arg);
	engine_dp_event(alice->engine, w.now, &ev);
	world_run(&w, 1);
}

static void
pass_time(uint8_t arg)
{
	static const uint32_t ms[] = { 10, 1000, 5000, 31000, 170000, 3600000 };

	world_run(&w, ms[arg % 6]);
}

static void
step(struct rbuf *r)
{
	uint8_t op = rbuf_u8(r);
	struct peer *f = op & 0x80 ? &carol : &bob;

	switch (op & 15) {
	case 0: case 1: case 2: case 3: case 4: case 5:
		say(f, r);
		break;
	case 6:
		agree(f);
		break;
	case 7:
		consent(f);
		break;
	case 8:
		begin_anew(f);
		break;
	case 9: case 10:
		command(rbuf_u8(r));
		break;
	case 11:
		plane_event(rbuf_u8(r));
		break;
	case 12: case 13:
		pass_time(rbuf_u8(r));
		break;
	case 14:
		alice->latency = rbuf_u8(r) % 64;
		break;
	case 15:
		if (op & 0x40)
			node_config(alice, op & 0x20 ? BOB "," CAROL : BOB);
		else
			alice->dp_refuses = !alice->dp_refuses;
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct engine_stats s;
	struct rbuf r;
	int i;

	if (size > 4096)
		return 0;
	start();
	rbuf_init(&r, data, size);
	for (i = 0; i < STEPS_MAX && rbuf_left(&r) > 0; i++)
		step(&r);
	must(node_state(alice, 0) != NULL);
	engine_get_stats(alice->engine, &s);
	must(s.ike_sas < 200 && s.child_sas < 200);
	/* Nobody answers any more: in the end nothing is left but attempts. */
	alice->latency = 0;
	alice->dp_refuses = false;
	world_run(&w, 500000);
	engine_get_stats(alice->engine, &s);
	must(s.ike_sas <= 4 && s.half_open == 0);
	finish();
	return 0;
}
