/*
 * Why two lists of proposals have nothing in common, and what would mend it.
 */
#include "proposal_in.h"

#include <stdio.h>
#include <string.h>

#include "event.h"

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
			if (transform_same(&p[x].t[y], t))
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
			bad = proposal_match(ours, &ours->p[i], &sa->sa.p[j], 0, &c);
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

	if ((proposal_types[ours->kind] & BIT(type)) == 0)
		return false;
	if ((n->bad & BIT(type)) == 0)
		return proposal_pick(n->ours, n->theirs, type, -1, t) && t->id != 0;
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
		if (proposal_order[i] == T_ESN || !peers(n, ours, proposal_order[i], &t))
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
		if (peers(n, ours, proposal_order[i], &t) && !t.unknown)
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
		if (proposal_order[i] == T_ESN || name[proposal_order[i]] == NULL)
			continue;
		list_add(l, " ", word[proposal_order[i]]);
		list_add(l, " ", name[proposal_order[i]]);
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
		if (n->always & n->bad & BIT(proposal_order[i]))
			return proposal_order[i];
	for (i = 0; i < N_TYPES; i++)
		if (n->bad & BIT(proposal_order[i]))
			return proposal_order[i];
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
		if (bad & BIT(proposal_order[i]))
			list_add(l, ", ", transform_type_str(proposal_order[i], name));
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
	    transform_type_str(type, name), they.text, we.text, near.text,
	    (n.bad & (n.bad - 1)) == 0 ? "only " : "", kinds.text);
	if (e != NULL && remedy(&n, ours, &command)) {
		size_t len = strlen(e->text);

		snprintf(e->text + len, sizeof(e->text) - len,
		    EVENT_HERE "%s", command.text);
	}
	return -1;
}
