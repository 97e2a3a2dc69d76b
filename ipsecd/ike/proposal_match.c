/*
 * Two lists of proposals against each other: choosing, checking a choice, and
 * saying why there is none (RFC 7296 2.7, 3.3.6).
 */
#include "proposal.h"

#include <stdio.h>
#include <string.h>

#include "event.h"

#define BIT(type)	(1u << (type))
#define BAD_PROTOCOL	BIT(6)
#define BAD_TYPE	BIT(7)
#define BAD_SPI		BIT(8)

/* Which types belong to a proposal of that kind. */
static const unsigned int types_of[] = {
	[OFFER_IKE]		= BIT(T_ENCR) | BIT(T_PRF) | BIT(T_INTEG) | BIT(T_KE),
	[OFFER_AUTH_CHILD]	= BIT(T_ENCR) | BIT(T_INTEG) | BIT(T_ESN),
	[OFFER_CHILD]		= BIT(T_ENCR) | BIT(T_INTEG) | BIT(T_KE) | BIT(T_ESN),
};

/* In the order in which a person should hear of them: a prf follows from
 * auth. */
static const enum transform_type types[] = { T_ENCR, T_INTEG, T_PRF, T_KE, T_ESN };
#define N_TYPES	(sizeof(types) / sizeof(types[0]))

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

static bool
same(const struct transform *a, const struct transform *b)
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
		if (!p->t[i].unknown && same(&p->t[i], t))
			return true;
	}
	return !any && optional(t->type) && t->id == 0 && t->key_bits == 0;
}

/* The transform of that type that both have: the wanted id if possible, else
 * the first of ours. */
static bool
pick(const struct proposal *ours, const struct proposal *theirs, unsigned int type,
     int wanted, struct transform *out)
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

static void
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

/* The set of what does not fit; 0 is a match, and *c is filled in. */
static unsigned int
match(const struct offer *o, const struct proposal *ours,
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
	if (in & ~types_of[kind])
		bad |= BAD_TYPE;
	for (i = 0; i < N_TYPES; i++) {
		type = types[i];
		if ((types_of[kind] & BIT(type)) == 0)
			continue;
		if (pick(ours, theirs, type, type == T_KE ? ke_group : -1, &t))
			suite_put(&c->suite, &t);
		else
			bad |= BIT(type);
	}
	c->suite.protocol = theirs->protocol;
	c->num = theirs->num;
	c->types = (uint8_t)(in & types_of[kind]);
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
			if (ours->t[j].type != types[i])
				continue;
			if (ours->t[j].id == suite_get(s, types[i]) &&
			    (types[i] != T_ENCR ||
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
		if (match(o, ours, &sa->sa.p[i], ke_group, &c) != 0)
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

static const char *
type_str(unsigned int type, char buf[16])
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
			    "one %s", type_str(t->type, type));
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
		const struct transform none = { (uint8_t)types[i], false, 0, 0 };

		if ((types_of[kind] & BIT(types[i])) == 0 ||
		    (c->types & BIT(types[i])) != 0)
			continue;
		if (!optional(types[i]) || !has(ours, &none))
			return err_set(e, ERR_INVALID, "the peer chose no %s",
			    type_str(types[i], type));
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

/* --- explaining --- */

struct list {
	char	text[160];
	size_t	len;
};

static void
list_add(struct list *l, const char *sep, const char *what)
{
	int n = snprintf(l->text + l->len, sizeof(l->text) - l->len, "%s%s",
	    l->len > 0 ? sep : "", what);

	if (n > 0 && (size_t)n < sizeof(l->text) - l->len)
		l->len += (size_t)n;
	else
		l->text[l->len] = '\0';
}

static bool
earlier(const struct proposal *p, size_t i, size_t j)
{
	const struct transform *t = &p[i].t[j];
	size_t x, y;

	for (x = 0; x <= i; x++)
		for (y = 0; y < (x == i ? j : p[x].n); y++)
			if (same(&p[x].t[y], t))
				return true;
	return false;
}

/* The names of all transforms of a type in some proposals, each once. */
static void
list_type(struct list *l, const struct proposal *p, size_t n, unsigned int type)
{
	char name[TRANSFORM_STRLEN];
	size_t i, j;

	l->len = 0;
	l->text[0] = '\0';
	for (i = 0; i < n; i++)
		for (j = 0; j < p[i].n; j++)
			if (p[i].t[j].type == type && !earlier(p, i, j))
				list_add(l, " ", transform_str(&p[i].t[j], name));
	if (l->len == 0)
		list_add(l, " ", "none");
}

struct nearest {
	const struct proposal	*ours;
	const struct proposal	*theirs;
	struct choice		 c;
	unsigned int		 bad;		/* of this pair */
	unsigned int		 always;	/* of every pair */
};

static void
find_nearest(struct nearest *n, const struct offer *ours, const struct payload *sa)
{
	struct choice c;
	unsigned int bad;
	size_t i, j;

	memset(n, 0, sizeof(*n));
	n->always = ~0u;
	for (i = 0; i < ours->n; i++) {
		for (j = 0; j < sa->sa.n; j++) {
			bad = match(ours, &ours->p[i], &sa->sa.p[j], 0, &c);
			n->always &= bad;
			if (n->theirs != NULL && __builtin_popcount(bad) >=
			    __builtin_popcount(n->bad))
				continue;
			n->ours = &ours->p[i];
			n->theirs = &sa->sa.p[j];
			n->c = c;
			n->bad = bad;
		}
	}
}

/* The first of the peer's transforms of that type, or what matched. */
static bool
peers(const struct nearest *n, const struct offer *ours, unsigned int type,
      struct transform *t)
{
	size_t i;

	if ((types_of[ours->kind] & BIT(type)) == 0)
		return false;
	if ((n->bad & BIT(type)) == 0)
		return pick(n->ours, n->theirs, type, -1, t) && t->id != 0;
	for (i = 0; i < n->theirs->n; i++) {
		if (n->theirs->t[i].type != type)
			continue;
		*t = n->theirs->t[i];
		return t->id != 0;
	}
	return false;
}

/* "aes128-sha256-modp2048": the peer's proposal, as we would have taken it.
 * A prf that follows from auth is left out. */
static void
describe(const struct nearest *n, const struct offer *ours, struct list *l)
{
	const struct integ_alg *integ = NULL;
	char name[TRANSFORM_STRLEN];
	struct transform t;
	size_t i;

	l->len = 0;
	l->text[0] = '\0';
	for (i = 0; i < N_TYPES; i++) {
		if (types[i] == T_ESN || !peers(n, ours, types[i], &t))
			continue;
		if (t.type == T_INTEG)
			integ = integ_find(t.id);
		if (t.type == T_PRF && integ != NULL && integ->prf_id == t.id)
			continue;
		list_add(l, "-", transform_str(&t, name));
	}
}

/* The command that would take the peer's proposal, if we have all of it. */
static bool
remedy(const struct nearest *n, const struct offer *ours, struct list *l)
{
	static const char *const word[] = { [T_ENCR] = "cipher", [T_PRF] = "prf",
	    [T_INTEG] = "auth", [T_KE] = "dh" };
	const char *name[T_ESN] = { NULL };
	struct suite s = { .protocol = PROTO_IKE };
	struct algs as_set;
	struct transform t;
	size_t i;

	for (i = 0; i < N_TYPES; i++)
		if (peers(n, ours, types[i], &t) && !t.unknown)
			suite_put(&s, &t);
	if (suite_encr(&s) == NULL || (s.integ != 0 && suite_integ(&s) == NULL) ||
	    (s.prf != 0 && suite_prf(&s) == NULL) ||
	    (s.ke != 0 && suite_ke(&s) == NULL))
		return false;
	name[T_ENCR] = suite_encr(&s)->name;
	name[T_INTEG] = s.integ != 0 ? suite_integ(&s)->name : NULL;
	/* With auth the prf follows, and cannot be set. */
	if (s.prf != 0 && s.integ == 0)
		name[T_PRF] = suite_prf(&s)->name;
	if (s.prf != 0 && s.integ != 0 && suite_integ(&s)->prf_id != s.prf)
		return false;
	name[T_KE] = s.ke != 0 ? suite_ke(&s)->name : NULL;
	if (algs_from_names(&as_set, ours->kind == OFFER_IKE ? PROTO_IKE :
	    PROTO_ESP, ours->ike1 ? 1 : 2, name[T_ENCR], name[T_INTEG],
	    name[T_PRF], name[T_KE], NULL) < 0)
		return false;
	algs_fini(&as_set);
	l->len = 0;
	list_add(l, " ", ours->kind == OFFER_IKE ? "ike" : "esp");
	for (i = 0; i < N_TYPES; i++) {
		if (types[i] == T_ESN || name[types[i]] == NULL)
			continue;
		list_add(l, " ", word[types[i]]);
		list_add(l, " ", name[types[i]]);
	}
	return true;
}

/* The first type that no pair shares, else the first that keeps the nearest
 * pair apart; 0 if the trouble is another. */
static unsigned int
first_difference(const struct nearest *n)
{
	size_t i;

	for (i = 0; i < N_TYPES; i++)
		if (n->always & n->bad & BIT(types[i]))
			return types[i];
	for (i = 0; i < N_TYPES; i++)
		if (n->bad & BIT(types[i]))
			return types[i];
	return 0;
}

/* "auth, dh" */
static void
list_kinds(struct list *l, unsigned int bad)
{
	char name[16];
	size_t i;

	l->len = 0;
	for (i = 0; i < N_TYPES; i++)
		if (bad & BIT(types[i]))
			list_add(l, ", ", type_str(types[i], name));
}

/* Trouble that is not about an algorithm; NULL if there is none. */
static const char *
oddity(const struct nearest *n)
{
	if (n->theirs == NULL || n->bad & BAD_PROTOCOL)
		return "the peer proposes another protocol";
	if (n->bad & BAD_SPI)
		return "the peer's proposals have no valid SPI";
	if (n->bad & BAD_TYPE)
		return "the peer's proposals demand kinds of algorithms that are "
		    "unknown here";
	return NULL;
}

int
offer_explain(const struct offer *ours, const struct payload *sa, struct err *e)
{
	const char *what = ours->kind == OFFER_IKE ? "IKE" : "ESP", *odd;
	struct list we, they, near, kinds, command;
	struct nearest n;
	unsigned int type;
	bool everywhere;
	char name[16];

	find_nearest(&n, ours, sa);
	type = first_difference(&n);
	odd = oddity(&n);
	if (odd != NULL || type == 0)
		return err_set(e, ERR_REALITY, "no common %s proposal: %s", what,
		    odd != NULL ? odd : "the peer offers none");
	everywhere = (n.always & BIT(type)) != 0;
	list_type(&we, everywhere ? ours->p : n.ours, everywhere ? ours->n : 1, type);
	list_type(&they, everywhere ? sa->sa.p : n.theirs, everywhere ? sa->sa.n : 1,
	    type);
	describe(&n, ours, &near);
	list_kinds(&kinds, n.bad);
	err_set(e, ERR_REALITY, "no common %s proposal: %s: the peer offers %s, we "
	    "accept %s; its nearest, %s, differs %sin %s", what,
	    type_str(type, name), they.text, we.text, near.text,
	    (n.bad & (n.bad - 1)) == 0 ? "only " : "", kinds.text);
	if (e != NULL && remedy(&n, ours, &command)) {
		size_t len = strlen(e->text);

		snprintf(e->text + len, sizeof(e->text) - len,
		    EVENT_HERE "%s", command.text);
	}
	return -1;
}
