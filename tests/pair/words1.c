#include "words1.h"

#include <string.h>

#include "ike/context.h"
#include "ike/ike1/handlers1.h"
#include "ike/ike1/phase1.h"
#include "ike/ike1/protect.h"
#include "ike/tunnel.h"
#include "tests/unit.h"

struct ike_sa *
words1_sa(const struct node *n)
{
	return tunnel_sa(tunnel_find(n->engine, 1));
}

void
words1_begin(struct words1 *s, struct node *from, uint8_t exchange, uint32_t msgid)
{
	struct ike_sa *sa = words1_sa(from);
	const struct keys1 *k = &sa->v1->keys;

	s->from = from;
	s->msgid = msgid != 0 ? msgid : phase2_msgid(from->engine, sa);
	CU_ASSERT_FATAL(keymat1_iv(from->crypto, k->prf, k->iv, s->msgid, s->iv));
	protect_begin(from->engine, sa, &s->b, exchange, s->msgid);
	s->hash = build1_hash(&s->b, k->prf->len);
}

void
words1_say(struct words1 *s)
{
	struct ike_sa *sa = words1_sa(s->from);
	const struct keys1 *k = &sa->v1->keys;
	uint8_t hash[PRF_MAX];
	struct bytes rest;
	struct packet *p;

	build1_hashed(&s->b, &rest);
	CU_ASSERT_FATAL(keymat1_hash(s->from->crypto, k, 1, s->msgid, NULL, NULL, &rest,
	    hash));
	memcpy(s->hash, hash, k->prf->len);
	p = protect_end(s->from->engine, sa, &s->b, s->iv);
	CU_ASSERT_FATAL(p != NULL);
	node_send(s->from, &sa->local, &sa->remote, sa->encap, false, p->data, p->len);
	packet_free(p);
}
