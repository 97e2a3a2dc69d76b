/*
 * An engine that holds IKEv1 SAs of both roles, with work under way: bob began one
 * tunnel with it, and it began another with carol.  Both know the secret, and then
 * say and do what no peer should: quick modes of any order, informational exchanges
 * with and without a right HASH, in clear, once more, in fragments, old message ids,
 * under the keys of the IKE_SA before; while the data plane refuses or is slow, time passes, and people
 * give orders.
 *
 * input: steps of an octet each, with arguments behind it.
 */
#include <stdint.h>
#include <string.h>

#include "alice.h"
#include "buf.h"
#include "tests/pair/puppet1.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define ID_SUBNET	4		/* ID_IPV4_ADDR_SUBNET */
#define FIRST_ID	0x100
#define V1(more)	",\"version\":\"1\"" more
#define BOB	TUNNEL(1, "192.0.2.2", "bob", "10.0.2.0/24", V1(""))
#define CAROL	TUNNEL(2, "192.0.2.3", "carol", "10.0.3.0/24", \
	V1(",\"initiator\":true"))

struct peer {
	struct puppet1	life[2];	/* the IKE_SA that speaks, and the one before */
	unsigned int	now;
	const char	*name;
	uint8_t		 here, there;	/* subnets 10.0.N.0/24, seen from it */
	uint32_t	 spi;		/* of its newest CHILD_SA */
	uint32_t	 next;		/* message id of its newest exchange */
	struct nonce	 answer;	/* alice's, in its newest quick mode */
	uint8_t		 seq[4];	/* of alice's last R-U-THERE */
	/* Alice's last quick mode. */
	uint32_t	 asked;
	struct nonce	 question;
	uint8_t		 plain[PUPPET1_MAX];
	struct message	 q;
};

static struct peer bob = { .name = "bob", .here = 2, .there = 1 };
static struct peer carol = { .name = "carol", .here = 3, .there = 1 };
static bool (*puppet_tap)(struct world *, struct node *, struct flight *);

static struct puppet1 *
speaker(struct peer *f)
{
	return &f->life[f->now];
}

static struct puppet1 *
spare(struct peer *f)
{
	return &f->life[!f->now];
}

/* --- what they hear --- */

static void
note_nonce(struct nonce *n, const struct message *m)
{
	const struct payload *no = message_find(m, PL_NONCE);

	must(no->body.len <= sizeof(n->b));
	n->len = (uint16_t)no->body.len;
	memcpy(n->b, no->body.p, no->body.len);
}

static void
note_quick(struct peer *f, struct puppet1 *p)
{
	if (p->m.hdr.msgid - FIRST_ID <= f->next - FIRST_ID) {
		note_nonce(&f->answer, &p->m);
		return;
	}
	memcpy(f->plain, p->plain, p->got_len);
	f->q = p->m;
	must(message1_parse_inner(&f->q, f->plain + IKE_HDR_LEN,
	    p->got_len - IKE_HDR_LEN, NULL) == 0);
	f->asked = f->q.hdr.msgid;
	note_nonce(&f->question, &f->q);
}

static void
note(struct peer *f, struct puppet1 *p)
{
	const struct payload *n;

	if (p->m.n == 0 || !p->m.sk.present)
		return;
	must(message_check(&p->m, NULL) == 0);
	n = message_find(&p->m, PL_NOTIFY);
	if (p->m.shape == SHAPE1_QM_SA)
		note_quick(f, p);
	else if (n != NULL && n->notify.type == N1_R_U_THERE &&
	    n->notify.data.len == sizeof(f->seq))
		memcpy(f->seq, n->notify.data.p, sizeof(f->seq));
}

/* A first message is for the life that is to come. */
static bool
overhear(struct world *world, struct node *from, struct flight *f)
{
	struct peer *to = addr_equal(&f->dst.addr, &carol.life[0].local.addr) ?
	    &carol : &bob;
	struct puppet1 *p = speaker(to);
	struct ike_header h;

	must(header_parse(&h, f->data, f->len, NULL) == 0);
	if (h.spi_i != p->spi_i)
		p = spare(to);
	world->arg = p;
	puppet_tap(world, from, f);
	note(to, p);
	return false;
}

static void
peer_init(struct peer *f, const char *addr)
{
	struct puppet1 *p;

	for (p = f->life; p < f->life + 2; p++) {
		puppet1_init(p, &w, alice, addr);
		p->fragments = true;
		p->spi_i += (uint64_t)(p - f->life) << 32;
	}
	puppet_tap = w.tap;
	w.tap = overhear;
	f->now = 0;
	f->spi = 0xc0aabbcc;
	f->next = FIRST_ID;
	f->asked = 0;
	f->q.n = 0;
	f->answer.len = f->question.len = 32;
}

static void
peer_fini(struct peer *f)
{
	puppet1_fini(&f->life[0]);
	puppet1_fini(&f->life[1]);
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
	A_COMMIT	= 1 << 10,	/* the flag of it */
};

static void
put_sa(struct peer *f, bool choose)
{
	const struct sa1_terms terms = { .mode = MODE1_TUNNEL, .life_s = 3600 };
	const struct payload *sa = message_find(&f->q, PL_SA);
	struct build *b = &speaker(f)->b;
	struct algs conf = { .ike1 = true };
	uint8_t spi[4];
	struct offer o;
	struct wbuf wb;

	wbuf_init(&wb, spi, 4);
	wbuf_u32(&wb, ++f->spi);
	if (choose && f->q.n > 0 && sa != NULL) {
		build1_chosen(b, PROTO_ESP, &sa->sa.v1[0], spi, 4);
		return;
	}
	offer_init(&o, OFFER_CHILD, &conf, false);
	(void)offer_one_ke(&o);
	offer_spi(&o, spi, 4);
	build1_sa(b, o.p, o.n, &terms);
}

static void
put_id(struct peer *f, enum ike_payload type, uint8_t net)
{
	const uint8_t subnet[] = { 10, 0, net, 0, 255, 255, 255, 0 };

	build1_id(&speaker(f)->b, type, ID_SUBNET, 0, 0, subnet, 8);
}

static void
put_ids(struct peer *f, bool answers)
{
	put_id(f, PL_IDI, answers ? f->there : f->here);
	put_id(f, PL_IDR, answers ? f->here : f->there);
}

/* How: protocol, and whether it says of which IKE_SA it speaks. */
static void
put_notify(struct peer *f, uint8_t how, uint16_t type)
{
	const struct puppet1 *p = speaker(f);
	uint8_t cookies[16];
	struct wbuf b;

	wbuf_init(&b, cookies, 16);
	wbuf_u64(&b, p->spi_i);
	wbuf_u64(&b, p->spi_r);
	build1_notify(&speaker(f)->b, how & 3, type, cookies, how & 4 ? 16 : 4,
	    f->seq, how & 8 ? 0 : sizeof(f->seq));
}

static void
put_raw(struct build *b, struct rbuf *r)
{
	uint8_t len = rbuf_u8(r), type = rbuf_u8(r);

	if (len <= rbuf_left(r))
		build_raw(b, (enum ike_payload)type, rbuf_bytes(r, len), len);
}

static void
put_payloads(struct peer *f, unsigned int what, bool answers, struct rbuf *r)
{
	struct puppet1 *p = speaker(f);
	uint8_t how;

	if (what & A_SA)
		put_sa(f, (what & A_CHOICE) != 0);
	if (what & A_NONCE)
		build_nonce(&p->b, answers ? p->nr.b : p->ni.b, 32);
	if (what & A_KE && p->ke != NULL)
		build1_ke(&p->b, p->initiator ? p->ke_i : p->ke_r,
		    ke_alg(p->ke)->public_len);
	if (what & AN_ID)
		put_ids(f, answers);
	if (what & A_DELETE)
		build1_delete(&p->b, PROTO_ESP, &f->spi, 1);
	if (what & A_GOODBYE)
		build1_delete_isakmp(&p->b, p->spi_i, p->spi_r);
	if (what & A_PROBE)
		put_notify(f, PROTO_IKE | 4, rbuf_u8(r) & 1 ? N1_R_U_THERE :
		    N1_R_U_THERE_ACK);
	if (what & A_NOTIFY) {
		how = rbuf_u8(r);
		put_notify(f, how, rbuf_u16(r));
	}
	if (what & A_RAW)
		put_raw(&p->b, r);
}

/* The nonces of that quick mode: their own is always the same. */
static void
take_nonces(struct peer *f, bool answers)
{
	struct puppet1 *p = speaker(f);
	struct nonce own = { .len = 32 };

	memset(own.b, 0x4e, 32);
	p->ni = answers ? f->question : own;
	p->nr = answers ? own : f->answer;
}

static void
say(struct peer *f, struct rbuf *r)
{
	static const uint8_t exchanges[] = { EXCH1_QUICK, EXCH1_INFORMATIONAL,
	    EXCH1_QUICK, EXCH1_MAIN };
	struct puppet1 *p = speaker(f);
	uint8_t how = rbuf_u8(r);
	uint16_t what = rbuf_u16(r);
	bool answers = (how & 4) != 0, crypt = (how & 0x80) == 0 && p->met;
	uint8_t exchange = exchanges[how & 3];
	uint32_t msgid = exchange == EXCH1_MAIN ? 0 : answers ? f->asked : f->next;

	if ((how & 8) != 0 && !answers)		/* a new one */
		msgid = ++f->next;
	take_nonces(f, answers);
	(crypt ? puppet1_begin : puppet1_clear)(p, exchange, msgid);
	if (crypt && (how & 0x40) == 0)
		puppet1_hash(p);
	put_payloads(f, what, answers, r);
	if (what & A_COMMIT)
		p->buf[19] |= FLAG1_COMMIT;
	if (crypt)
		puppet1_seal(p, 1 + (how >> 4 & 3) % 3u);
	else
		p->len = build_end(&p->b);
	if (p->len != 0)
		puppet1_say(p);
}

static void
quick(struct peer *f, unsigned int hash, unsigned int what)
{
	struct puppet1 *p = speaker(f);
	bool answers = hash == 2;

	take_nonces(f, answers);
	puppet1_begin(p, EXCH1_QUICK, answers ? f->asked : f->next);
	puppet1_hash(p);
	put_payloads(f, what, answers, NULL);
	puppet1_seal(p, hash);
	puppet1_say(p);
}

/* What it said last once more, as it was or in pieces, the last of them first. */
static void
again(struct peer *f, unsigned int pieces)
{
	struct puppet1 *p = speaker(f);
	size_t len = p->len, each, at;
	uint8_t whole[PUPPET1_MAX];
	struct ike_header h;

	if (len == 0 || pieces < 2) {
		if (len != 0)
			puppet1_say(p);
		return;
	}
	must(header_parse(&h, p->buf, len, NULL) == 0);
	memcpy(whole, p->buf, len);
	each = len / pieces + 1;
	for (; pieces > 0; pieces--) {
		at = (pieces - 1) * each;
		p->len = build1_fragment(&p->b, p->buf, sizeof(p->buf), &h, 1,
		    (uint8_t)pieces, at + each >= len, whole + at,
		    at + each >= len ? len - at : each);
		puppet1_say(p);
	}
}

/* A whole quick mode, as it should be. */
static void
agree(struct peer *f)
{
	if (!speaker(f)->met)
		return;
	f->next++;
	quick(f, 1, A_SA | A_NONCE | AN_ID);
	quick(f, 3, 0);
}

/* The answer to alice's. */
static void
consent(struct peer *f)
{
	if (f->asked != 0 && speaker(f)->met)
		quick(f, 2, A_SA | A_CHOICE | A_NONCE | AN_ID);
}

/* --- how they begin, anew as well --- */

static void
forget_keys(struct puppet1 *p)
{
	ke_free(p->ke);
	p->ke = NULL;
	p->met = false;
	p->n_iv = 0;
	memset(p->iv, 0, sizeof(p->iv));
}

/* He comes as if he knew of nothing. */
static void
bob_calls(void)
{
	struct puppet1 *p = spare(&bob);

	bob.now = !bob.now;
	forget_keys(p);
	p->spi_i += 0x10000;
	p->spi_r = 0;
	if (puppet1_meet(p, "correct horse") && puppet1_authenticate(p, "bob"))
		agree(&bob);
}

/* She lets alice in, who has begun. */
static void
carol_answers(void)
{
	struct puppet1 *p = spare(&carol);

	if (p->m.n == 0 || p->m.hdr.exchange != EXCH1_MAIN || p->m.hdr.spi_r != 0)
		return;
	carol.now = !carol.now;
	forget_keys(p);
	if (puppet1_answer(p, "correct horse") && puppet1_authenticate(p, "carol"))
		consent(&carol);
}

static void
start(void)
{
	alice_start();
	peer_init(&bob, "192.0.2.2");
	peer_init(&carol, "192.0.2.3");
	node_config(alice, BOB "," CAROL);
	world_run(&w, 10);
	bob_calls();
	must(node_up(alice, 1));
	carol_answers();
	must(node_up(alice, 2));
}

static void
step(struct rbuf *r)
{
	uint8_t op = rbuf_u8(r);
	struct peer *f = op & 0x80 ? &carol : &bob;

	switch (op & 15) {
	case 0: case 1: case 2: case 3: case 4:
		say(f, r);
		break;
	case 5:
		if (op & 0x40)
			again(f, op >> 4 & 3);
		else
			f->now = !f->now;
		break;
	case 6:
		agree(f);
		break;
	case 7:
		consent(f);
		break;
	case 8:
		if (f == &bob)
			bob_calls();
		else
			carol_answers();
		break;
	case 9: case 10:
		alice_command(rbuf_u8(r));
		break;
	case 11:
		alice_plane_event(rbuf_u8(r), &speaker(&bob)->local);
		break;
	case 12: case 13:
		alice_waits(rbuf_u8(r));
		break;
	case 14:
		alice->latency = rbuf_u8(r) % 64;
		break;
	case 15:
		if (op & 0x40)
			node_config(alice, op & 0x20 ? BOB "," CAROL : BOB);
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
	peer_fini(&bob);
	peer_fini(&carol);
	alice_stop();
	return 0;
}
