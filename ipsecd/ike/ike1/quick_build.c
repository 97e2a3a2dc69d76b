#include "handlers1.h"

#include <string.h>

#include "ike/child.h"
#include "ike/context.h"
#include "ike/tunnel.h"
#include "ike/wire/octets.h"
#include "phase1.h"
#include "protect.h"
#include "quick_agree.h"
#include "selector1.h"

static bool
put_ke(struct build *b, const struct ke *ke)
{
	uint8_t public[KE_PUBLIC_MAX];

	if (ke == NULL)
		return true;
	if (!ke_public(ke, public))
		return false;
	build1_ke(b, public, ke_alg(ke)->public_len);
	return true;
}

/* Where its HASH goes. */
static uint8_t *
begin(struct engine *e, const struct quick *q, struct build *b)
{
	protect_begin(e, q->sa, b, EXCH1_QUICK, q->msgid);
	return build1_hash(b, q->sa->v1->keys.prf->len);
}

/* Kept in q->sent, and not sent.  number: of the HASH. */
static bool
finish(struct engine *e, struct quick *q, struct build *b, uint8_t *room,
       unsigned int number)
{
	const struct keys1 *k = &q->sa->v1->keys;
	uint8_t hash[PRF_MAX];
	struct packet *p;
	struct bytes rest;

	if (room == NULL)
		return false;
	build1_hashed(b, &rest);
	if (!keymat1_hash(e->crypto, k, number, q->msgid, &q->ni, &q->nr, &rest,
	    hash))
		return false;
	memcpy(room, hash, k->prf->len);
	p = protect_end(e, q->sa, b, q->iv);
	if (p == NULL)
		return false;
	packet_free(q->sent.packet);
	q->sent.packet = p;
	q->sent.tries = 0;
	return true;
}

bool
quick_build_request(struct engine *e, struct quick *q, struct child_sa *c)
{
	struct ike_sa *sa = q->sa;
	struct sa1_terms terms;
	struct subnets ours;
	uint8_t spi[4], *hash;
	struct offer o;
	struct build b;

	quick_offer(q, &o);
	quick_terms(e, sa, &terms);
	octets_u32(c->spi_in, spi);
	offer_spi(&o, spi, sizeof(spi));
	tunnel_subnets(sa->tunnel, sa, &ours);
	if (ours.n_local == 0 || ours.n_remote == 0)
		return false;
	hash = begin(e, q, &b);
	build1_sa(&b, o.p, o.n, &terms);
	build_nonce(&b, q->ni.b, q->ni.len);
	if (!put_ke(&b, q->ke))
		return false;
	selector1_build(&b, PL_IDI, subnets_local(&ours));
	selector1_build(&b, PL_IDR, subnets_remote(&ours));
	return finish(e, q, &b, hash, 1);
}

bool
quick_build_answer(struct engine *e, struct quick *q, struct child_sa *c,
		   const struct message *m)
{
	const struct payload *offered = message_find(m, PL_SA);
	const struct payload *idi = message_find(m, PL_IDI);
	const struct proposal1 *chosen = sa1_chosen(offered, q->plan.choice.num);
	uint32_t life = quick_life(q->sa);
	uint8_t spi[4], attributes[12], *hash;
	struct build b;
	struct wbuf w;

	if (chosen == NULL)
		return false;
	octets_u32(c->spi_in, spi);
	hash = begin(e, q, &b);
	build1_chosen(&b, PROTO_ESP, chosen, spi, sizeof(spi));
	build_nonce(&b, q->nr.b, q->nr.len);
	if (!put_ke(&b, q->ke))
		return false;
	if (idi != NULL) {
		selector1_echo(&b, idi);
		selector1_echo(&b, message_find(m, PL_IDR));
	}
	if (chosen->life_s == 0 || chosen->life_s > life) {
		wbuf_init(&w, attributes, sizeof(attributes));
		wbuf_u16(&w, 1 | ATTR_FORMAT_TV);	/* RFC 2407 4.5: kind */
		wbuf_u16(&w, 1);			/* seconds */
		wbuf_u16(&w, 2);			/* how many */
		wbuf_u16(&w, 4);
		wbuf_u32(&w, life);
		build1_notify(&b, PROTO_ESP, N1_RESPONDER_LIFETIME, spi,
		    sizeof(spi), attributes, w.len);
	}
	return finish(e, q, &b, hash, 2);
}

bool
quick_build_confirm(struct engine *e, struct quick *q)
{
	struct build b;
	uint8_t *hash = begin(e, q, &b);

	return finish(e, q, &b, hash, 3);
}
