#include "proposal.h"

#include <string.h>

#define ENCR(id, bits)	{ T_ENCR, false, id, bits }
#define PRF(id)		{ T_PRF, false, id, 0 }
#define INTEG(id)	{ T_INTEG, false, id, 0 }
#define KE(id)		{ T_KE, false, id, 0 }

/*
 * The default proposals (S1-074, S1-169): all that the guide lists except
 * SHA-1, AEADs apart from classical ciphers as RFC 7296 3.3 demands, best
 * first.  "Best" is quick and without known weakness; 128 bits of AES go with
 * the strength of x25519, which everybody has.
 */
static const struct transform default_aead[] = {
	ENCR(20, 128), ENCR(20, 256),			/* GCM, ICV 16 */
	ENCR(28, 0),					/* ChaCha20-Poly1305 */
	ENCR(16, 128), ENCR(16, 256),			/* CCM, ICV 16 */
	ENCR(19, 128), ENCR(19, 256),			/* GCM, ICV 12 */
	ENCR(15, 128), ENCR(15, 256),			/* CCM, ICV 12 */
};
static const struct transform default_classical[] = {
	ENCR(12, 128), ENCR(12, 256),			/* CBC */
	ENCR(13, 128), ENCR(13, 256),			/* CTR */
};
static const struct transform default_integ[] = { INTEG(12), INTEG(13), INTEG(14) };
static const struct transform default_prf[] = { PRF(5), PRF(6), PRF(7) };
static const struct transform default_ke[] = {
	KE(31), KE(19), KE(20), KE(21), KE(32),		/* x25519, ecp, x448 */
	KE(15), KE(16), KE(14),				/* modp3072, 4096, 2048 */
};


/*
 * Those of IKEv1: what has a number there and old peers may know, SHA-1 by itself
 * and last.  They are few, for each combination is a transform of its own: 24 in
 * phase 1, so that the first message needs no fragments.
 */
static const struct transform ike1_aead[] = {
	ENCR(20, 128), ENCR(20, 256),			/* GCM, ICV 16 */
};
static const struct transform ike1_classical[] = {
	ENCR(12, 128), ENCR(12, 256),			/* CBC */
};
static const struct transform ike1_integ[] = { INTEG(12), INTEG(14) };
static const struct transform ike1_prf[] = { PRF(5), PRF(7) };
static const struct transform ike1_old_integ[] = { INTEG(2) };
static const struct transform ike1_old_prf[] = { PRF(2) };
static const struct transform ike1_ke[] = {
	KE(19), KE(14), KE(15), KE(16),		/* ecp256, modp2048, 3072, 4096 */
};

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

struct list {
	const struct transform	*t;
	size_t			 n;
};
#define LIST(a)	{ (a), COUNT(a) }

/* A default proposal: what goes into it but for groups and sequence numbers. */
struct default_proposal {
	bool		ike, esp;
	struct list	encr, integ, prf;	/* prf: in IKE only */
};

static const struct default_proposal defaults[] = {
	{ true, true, LIST(default_aead), { NULL, 0 }, LIST(default_prf) },
	{ true, true, LIST(default_classical), LIST(default_integ),
	  LIST(default_prf) },
};
static const struct default_proposal ike1_defaults[] = {
	{ false, true, LIST(ike1_aead), { NULL, 0 }, { NULL, 0 } },
	{ true, true, LIST(ike1_classical), LIST(ike1_integ), LIST(ike1_prf) },
	{ true, true, LIST(ike1_classical), LIST(ike1_old_integ),
	  LIST(ike1_old_prf) },
};

const struct encr_alg *
suite_encr(const struct suite *s)
{
	return encr_find(s->encr, s->key_bits);
}

const struct integ_alg *
suite_integ(const struct suite *s)
{
	return s->integ != 0 ? integ_find(s->integ) : NULL;
}

const struct prf_alg *
suite_prf(const struct suite *s)
{
	return s->prf != 0 ? prf_find(s->prf) : NULL;
}

const struct ke_alg *
suite_ke(const struct suite *s)
{
	return s->ke != 0 ? ke_find(s->ke) : NULL;
}

/* A proposal grows at the end of the offer's transforms. */
static struct proposal *
begin(struct offer *o, uint8_t protocol, uint8_t num)
{
	struct proposal *p = &o->p[o->n];

	memset(p, 0, sizeof(*p));
	p->num = num;
	p->protocol = protocol;
	p->t = o->n == 0 ? o->t : o->p[o->n - 1].t + o->p[o->n - 1].n;
	o->n++;
	return p;
}

static void
add_all(struct offer *o, struct proposal *p, const struct transform *t, size_t n)
{
	struct transform *to = o->t + (p->t - o->t) + p->n;

	if (n > 0)
		memcpy(to, t, n * sizeof(*t));
	p->n = (uint16_t)(p->n + n);
}

static void
add_list(struct offer *o, struct proposal *p, const struct list *l)
{
	add_all(o, p, l->t, l->n);
}

static void
add(struct offer *o, struct proposal *p, enum transform_type type, uint16_t id,
    uint16_t key_bits)
{
	struct transform t = { (uint8_t)type, false, id, key_bits };

	add_all(o, p, &t, 1);
}

/* RFC 7296 3.3.3: ESN is mandatory in ESP.  IKEv1 has an attribute for it (RFC 4304),
 * which peers that old do not know. */
static void
add_esn(struct offer *o, struct proposal *p, bool esn)
{
	if (p->protocol != PROTO_ESP || o->ike1)
		return;
	if (esn)
		add(o, p, T_ESN, 1, 0);
	add(o, p, T_ESN, 0, 0);
}

static void
add_default(struct offer *o, const struct default_proposal *d, bool esn)
{
	static const struct list ke = LIST(default_ke), ke1 = LIST(ike1_ke);
	bool ike = o->kind == OFFER_IKE;
	struct proposal *p;

	if (ike ? !d->ike : !d->esp)
		return;
	p = begin(o, ike ? PROTO_IKE : PROTO_ESP, (uint8_t)(o->n + 1));
	add_list(o, p, &d->encr);
	add_list(o, p, &d->integ);
	if (ike)
		add_list(o, p, &d->prf);
	/* With PFS if the peer wants it: every group, and none (S1-169). */
	if (o->kind != OFFER_AUTH_CHILD)
		add_list(o, p, o->ike1 ? &ke1 : &ke);
	if (o->kind == OFFER_CHILD)
		add(o, p, T_KE, 0, 0);
	add_esn(o, p, esn);
}

static void
add_defaults(struct offer *o, bool esn)
{
	const struct default_proposal *d = o->ike1 ? ike1_defaults : defaults;
	size_t i, n = o->ike1 ? COUNT(ike1_defaults) : COUNT(defaults);

	for (i = 0; i < n; i++)
		add_default(o, &d[i], esn);
}

static bool
is_aead(const struct transform *t)
{
	return IS_AEAD(encr_find(t->id, t->key_bits));
}

static void
add_algs(struct offer *o, const struct algs *a, bool aead, bool esn)
{
	bool ike = o->kind == OFFER_IKE;
	struct proposal *p = begin(o, ike ? PROTO_IKE : PROTO_ESP,
	    (uint8_t)(o->n + 1));
	const struct transform *t;

	for (t = a->t; t < a->t + a->n; t++)
		if (t->type == T_ENCR ? is_aead(t) == aead :
		    t->type == T_INTEG ? !aead : t->type == T_PRF && aead)
			add_all(o, p, t, 1);
	/* Without AEAD the prf follows from auth. */
	for (t = a->t; ike && !aead && t < a->t + a->n; t++)
		if (t->type == T_INTEG)
			add(o, p, T_PRF, integ_find(t->id)->prf_id, 0);
	for (t = a->t; o->kind != OFFER_AUTH_CHILD && t < a->t + a->n; t++)
		if (t->type == T_KE)
			add_all(o, p, t, 1);
	add_esn(o, p, esn);
}

void
offer_init(struct offer *o, enum offer_kind kind, const struct algs *a, bool esn)
{
	bool first;
	size_t i;

	o->kind = kind;
	o->ike1 = a->ike1;
	o->n = 0;
	if (algs_is_default(a)) {
		add_defaults(o, esn);
		return;
	}
	first = is_aead(&a->t[0]);
	add_algs(o, a, first, esn);
	for (i = 1; i < a->n && a->t[i].type == T_ENCR; i++)
		if (is_aead(&a->t[i]) != first) {
			add_algs(o, a, !first, esn);
			break;
		}
}

void
offer_spi(struct offer *o, const void *spi, size_t len)
{
	size_t i;

	for (i = 0; i < o->n; i++)
		o->p[i].spi = (struct bytes){ spi, len };
}

/* One transform of each type that the peer's proposal had, NONE included
 * (RFC 7296 3.3.6). */
void
offer_chosen(struct offer *o, enum offer_kind kind, const struct choice *c)
{
	const struct suite *s = &c->suite;
	struct proposal *p;

	o->kind = kind;
	o->ike1 = false;
	o->n = 0;
	p = begin(o, s->protocol, c->num);
	add(o, p, T_ENCR, s->encr, s->key_bits);
	if (c->types & 1 << T_PRF)
		add(o, p, T_PRF, s->prf, 0);
	if (c->types & 1 << T_INTEG)
		add(o, p, T_INTEG, s->integ, 0);
	if (c->types & 1 << T_KE)
		add(o, p, T_KE, s->ke, 0);
	if (c->types & 1 << T_ESN)
		add(o, p, T_ESN, s->esn, 0);
}

uint16_t
offer_first_ke(const struct offer *o)
{
	size_t i;

	for (i = 0; o->n > 0 && i < o->p[0].n; i++)
		if (o->p[0].t[i].type == T_KE)
			return o->p[0].t[i].id;
	return 0;
}

/* The transforms of a proposal without its groups but the one; proposals share an
 * array, in which a shorter one leaves a gap. */
static void
keep_ke(struct offer *o, struct proposal *p, uint16_t group)
{
	struct transform *t = o->t + (p->t - o->t);
	size_t i, n = 0;

	for (i = 0; i < p->n; i++)
		if (t[i].type != T_KE || (group != 0 && t[i].id == group))
			t[n++] = t[i];
	p->n = (uint16_t)n;
}

void
offer_this_ke(struct offer *o, uint16_t group)
{
	size_t i;

	for (i = 0; i < o->n; i++)
		keep_ke(o, &o->p[i], group);
}

/* None, where we can do without. */
static uint16_t
preferred_ke(const struct offer *o)
{
	size_t i;

	for (i = 0; o->n > 0 && i < o->p[0].n; i++)
		if (o->p[0].t[i].type == T_KE && o->p[0].t[i].id == 0)
			return 0;
	return offer_first_ke(o);
}

uint16_t
offer_one_ke(struct offer *o)
{
	uint16_t group = preferred_ke(o);

	offer_this_ke(o, group);
	return group;
}


bool
offer_next_ke(const struct offer *o, uint16_t *group)
{
	const struct proposal *p = &o->p[0];
	uint16_t ids[OFFER_TRANSFORMS_MAX + 1];
	size_t i, n = 1;

	/* What is tried first, then the others in their order. */
	ids[0] = preferred_ke(o);
	for (i = 0; o->n > 0 && i < p->n; i++)
		if (p->t[i].type == T_KE && p->t[i].id != ids[0])
			ids[n++] = p->t[i].id;
	for (i = 0; i + 1 < n; i++)
		if (ids[i] == *group) {
			*group = ids[i + 1];
			return true;
		}
	return false;
}

bool
offer_has_ke(const struct offer *o, uint16_t group)
{
	size_t i, j;

	for (i = 0; i < o->n; i++)
		for (j = 0; j < o->p[i].n; j++)
			if (o->p[i].t[j].type == T_KE && o->p[i].t[j].id == group)
				return group != 0;
	return false;
}
