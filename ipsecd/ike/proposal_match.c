/*
 * Two lists of proposals against each other: choosing, and checking a choice (RFC
 * 7296 2.7, 3.3.6).
 */
#include "proposal_in.h"

#include <string.h>

const unsigned int proposal_types[] = {
	[OFFER_IKE]		= BIT(T_ENCR) | BIT(T_PRF) | BIT(T_INTEG) | BIT(T_KE),
	[OFFER_AUTH_CHILD]	= BIT(T_ENCR) | BIT(T_INTEG) | BIT(T_ESN),
	[OFFER_CHILD]		= BIT(T_ENCR) | BIT(T_INTEG) | BIT(T_KE) | BIT(T_ESN),
};

const enum transform_type proposal_order[N_TYPES] = {
	T_ENCR, T_INTEG, T_PRF, T_KE, T_ESN
};

/* For these, nothing means NONE (0): no integrity algorithm in an AEAD's
 * proposal, no key exchange, no extended sequence numbers. */
static bool
optional(unsigned int type)
{
	return type == T_INTEG || type == T_KE || type == T_ESN;
}

static unsigned int
types_in(const struct proposal *p)
{
	unsigned int set = 0;
	size_t i;

	for (i = 0; i < p->n; i++)
		set |= p->t[i].type >= T_ENCR && p->t[i].type <= T_ESN ?
		    BIT(p->t[i].type) : BAD_TYPE;
	return set;
}

bool
transform_same(const struct transform *a, const struct transform *b)
{
	return a->type == b->type && a->id == b->id && a->key_bits == b->key_bits;
}

static bool
has(const struct proposal *p, const struct transform *t)
{
	bool any = false;
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (p->t[i].type != t->type)
			continue;
		any = true;
		if (!p->t[i].unknown && transform_same(&p->t[i], t))
			return true;
	}
	return !any && optional(t->type) && t->id == 0 && t->key_bits == 0;
}

bool
proposal_pick(const struct proposal *ours, const struct proposal *theirs,
	      unsigned int type, int wanted, struct transform *out)
{
	const struct transform none = { (uint8_t)type, false, 0, 0 };
	const struct transform *found = NULL;
	bool any = false;
	size_t i;

	for (i = 0; i < ours->n; i++) {
		const struct transform *t = &ours->t[i];

		if (t->type != type)
			continue;
		any = true;
		if (!has(theirs, t))
			continue;
		if (found == NULL || t->id == wanted)
			found = t;
		if (wanted < 0 || t->id == wanted)
			break;
	}
	if (found == NULL && !any && optional(type) && has(theirs, &none))
		found = &none;
	if (found != NULL)
		*out = *found;
	return found != NULL;
}

void
suite_put(struct suite *s, const struct transform *t)
{
	switch (t->type) {
	case T_ENCR:
		s->encr = t->id;
		s->key_bits = t->key_bits;
		break;
	case T_PRF:
		s->prf = t->id;
		break;
	case T_INTEG:
		s->integ = t->id;
		break;
	case T_KE:
		s->ke = t->id;
		break;
	case T_ESN:
		s->esn = t->id == 1;
		break;
	}
}

/* RFC 7296 3.3.1: none or 8 octets for IKE, 4 for ESP, where the numbers up to
 * 255 are reserved (RFC 4303 2.1).  In phase 1 of IKEv1 it may be anything and
 * means nothing (RFC 2408 3.5). */
static bool
spi_fits(const struct proposal *p, bool ike1)
{
	if (p->protocol == PROTO_IKE && ike1)
		return true;
	if (p->protocol == PROTO_IKE)
		return p->spi.len == 0 || bytes_spi64(&p->spi) != 0;
	return bytes_spi(&p->spi) > 255;
}

unsigned int
proposal_match(const struct offer *o, const struct proposal *ours,
	       const struct proposal *theirs, uint16_t ke_group, struct choice *c)
{
	enum offer_kind kind = o->kind;
	unsigned int bad = 0, in = types_in(theirs), type;
	struct transform t;
	size_t i;

	memset(c, 0, sizeof(*c));
	if (ours->protocol != theirs->protocol)
		return BAD_PROTOCOL;
	if (!spi_fits(theirs, o->ike1))
		bad |= BAD_SPI;
	/* Groups in IKE_AUTH mean nothing (RFC 7296 1.2); some send them. */
	if (kind == OFFER_AUTH_CHILD)
		in &= ~BIT(T_KE);
	if (in & ~proposal_types[kind])
		bad |= BAD_TYPE;
	for (i = 0; i < N_TYPES; i++) {
		type = proposal_order[i];
		if ((proposal_types[kind] & BIT(type)) == 0)
			continue;
		if (proposal_pick(ours, theirs, type, type == T_KE ? ke_group : -1, &t))
			suite_put(&c->suite, &t);
		else
			bad |= BIT(type);
	}
	c->suite.protocol = theirs->protocol;
	c->num = theirs->num;
	c->types = (uint8_t)(in & proposal_types[kind]);
	c->spi = theirs->spi;
	c->wrong_ke = kind != OFFER_AUTH_CHILD && c->suite.ke != 0 &&
	    c->suite.ke != ke_group;
	return bad;
}

static uint16_t
suite_get(const struct suite *s, unsigned int type)
{
	switch (type) {
	case T_ENCR:
		return s->encr;
	case T_PRF:
		return s->prf;
	case T_INTEG:
		return s->integ;
	case T_KE:
		return s->ke;
	default:
		return s->esn;
	}
}

/* Where a suite stands among all combinations of a proposal of ours, the preferred
 * ones first, in the order in which IKEv1 spells them out. */
static unsigned long
place(const struct proposal *ours, const struct suite *s)
{
	unsigned long at = 0;
	size_t i, j, k;

	for (i = 0; i < N_TYPES; i++) {
		for (j = k = 0; j < ours->n; j++) {
			if (ours->t[j].type != proposal_order[i])
				continue;
			if (ours->t[j].id == suite_get(s, proposal_order[i]) &&
			    (proposal_order[i] != T_ENCR ||
			    ours->t[j].key_bits == s->key_bits))
				break;
			k++;
		}
		at = at * OFFER_TRANSFORMS_MAX + k;
	}
	return at;
}

/* IKEv2: the first of the peer's that fits, for ours has put the transforms in
 * order.  IKEv1: the peer's proposals are single combinations, of which the one we
 * would have named first. */
static bool
best_of(const struct offer *o, const struct proposal *ours, const struct payload *sa,
	uint16_t ke_group, struct choice *best)
{
	struct choice c;
	bool any = false;
	size_t i;

	for (i = 0; i < sa->sa.n && !(any && !o->ike1); i++) {
		if (proposal_match(o, ours, &sa->sa.p[i], ke_group, &c) != 0)
			continue;
		if (!any || place(ours, &c.suite) < place(ours, &best->suite))
			*best = c;
		any = true;
	}
	return any;
}

int
offer_select(const struct offer *ours, const struct payload *sa, uint16_t ke_group,
	     struct choice *c, struct err *e)
{
	size_t i;

	for (i = 0; i < ours->n; i++)
		if (best_of(ours, &ours->p[i], sa, ke_group, c))
			return 0;
	return offer_explain(ours, sa, e);
}

const char *
transform_type_str(unsigned int type, char buf[16])
{
	return name_str(ike_transform_type_names, (int)type, buf);
}

/* Each transform of the answer is one of ours, and no type comes twice. */
static int
verify_transforms(const struct proposal *ours, const struct proposal *answer,
		  struct choice *c, struct err *e)
{
	char name[TRANSFORM_STRLEN], type[16];
	unsigned int seen = 0;
	size_t i;

	for (i = 0; i < answer->n; i++) {
		const struct transform *t = &answer->t[i];

		if (t->type > T_ESN || t->unknown || !has(ours, t))
			return err_set(e, ERR_INVALID, "the peer chose %s, which "
			    "we did not offer", transform_str(t, name));
		if (seen & BIT(t->type))
			return err_set(e, ERR_INVALID, "the peer chose more than "
			    "one %s", transform_type_str(t->type, type));
		seen |= BIT(t->type);
		suite_put(&c->suite, t);
	}
	c->types = (uint8_t)seen;
	return 0;
}

/* What it left out must be something we offered to do without. */
static int
verify_absent(enum offer_kind kind, const struct proposal *ours,
	      const struct choice *c, struct err *e)
{
	char type[16];
	size_t i;

	for (i = 0; i < N_TYPES; i++) {
		const struct transform none = { (uint8_t)proposal_order[i], false, 0, 0 };

		if ((proposal_types[kind] & BIT(proposal_order[i])) == 0 ||
		    (c->types & BIT(proposal_order[i])) != 0)
			continue;
		if (!optional(proposal_order[i]) || !has(ours, &none))
			return err_set(e, ERR_INVALID, "the peer chose no %s",
			    transform_type_str(proposal_order[i], type));
	}
	return 0;
}

/* Whether the answer is out of that proposal of ours. */
static int
verify(const struct offer *o, const struct proposal *ours,
       const struct proposal *answer, struct choice *c, struct err *e)
{
	memset(c, 0, sizeof(*c));
	if (verify_transforms(ours, answer, c, e) < 0 ||
	    verify_absent(o->kind, ours, c, e) < 0)
		return -1;
	c->suite.protocol = answer->protocol;
	c->num = answer->num;
	c->spi = answer->spi;
	return 0;
}

/* By its number; IKEv1: any, for only what it says counts. */
static bool
may_answer(const struct offer *o, const struct proposal *ours,
	   const struct proposal *answer)
{
	return ours->protocol == answer->protocol &&
	    (o->ike1 || ours->num == answer->num);
}

int
offer_verify(const struct offer *ours, const struct payload *sa, struct choice *c,
	     struct err *e)
{
	const struct proposal *answer = sa->sa.p;
	struct err why = ERR_INIT;
	size_t i;

	memset(c, 0, sizeof(*c));
	if (sa->sa.n != 1)
		return err_set(e, ERR_INVALID,
		    "the peer answered with %zu proposals instead of one", sa->sa.n);
	for (i = 0; i < ours->n; i++) {
		if (!may_answer(ours, &ours->p[i], answer))
			continue;
		if (!spi_fits(answer, ours->ike1))
			return err_set(e, ERR_INVALID, "the peer chose proposal %u "
			    "without a valid SPI", answer->num);
		if (verify(ours, &ours->p[i], answer, c, &why) == 0)
			return 0;
	}
	if (why.kind != ERR_NONE)
		return err_set(e, why.kind, "%s", why.text);
	return err_set(e, ERR_INVALID, "the peer chose proposal %u of protocol %u, "
	    "which we did not offer", answer->num, answer->protocol);
}
