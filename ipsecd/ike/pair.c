#include "pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "machine.h"
#include "reason.h"
#include "tunnel.h"

/* --- address pairs --- */

static uint32_t
hash_of(struct engine *e, const struct addr *local, const struct addr *remote)
{
	static const struct addr any;

	return addr_hash(addr_is_any(remote) ? &any : remote,
	    addr_hash(local, (uint32_t)e->seed));
}

static bool
same_addr(const struct addr *a, const struct addr *b)
{
	return (addr_is_any(a) && addr_is_any(b)) || addr_equal(a, b);
}

struct pair *
pair_find(struct engine *e, const struct addr *local, const struct addr *remote)
{
	struct link *l = table_find(&e->pairs, hash_of(e, local, remote));
	struct pair *p;

	for (; l != NULL; l = table_again(l)) {
		p = table_entry(l, struct pair, link);
		if (addr_equal(&p->local, local) &&
		    same_addr(&p->remote, remote))
			return p;
	}
	return NULL;
}

/* In IKEv1 how the peer is authenticated is part of the proposal. */
static bool
same_suite(const struct conf *a, const struct conf *b)
{
	return a->version == b->version && algs_equal(&a->ike, &b->ike) &&
	    (a->version != 1 || a->method == b->method);
}

/* One tunnel stands for all with its proposal. */
static void
represent(struct pair *p, struct tunnel *t)
{
	struct tunnel *other;

	for (other = p->suites; other != NULL; other = other->suite_next)
		if (same_suite(other->conf, t->conf))
			return;
	t->represents = true;
	t->suite_next = p->suites;
	p->suites = t;
}

static void
step_down(struct pair *p, struct tunnel *t)
{
	struct tunnel **at, *other;

	if (!t->represents)
		return;
	for (at = &p->suites; *at != t; at = &(*at)->suite_next)
		;
	*at = t->suite_next;
	t->represents = false;
	for (other = p->tunnels; other != NULL; other = other->pair_next)
		if (same_suite(other->conf, t->conf)) {
			represent(p, other);
			return;
		}
}

static bool
same_ca(const struct tunnel *a, const struct tunnel *b)
{
	return a->conf->version == b->conf->version &&
	    a->conf->ca != NULL && b->conf->ca != NULL &&
	    strcmp(a->conf->ca, b->conf->ca) == 0;
}

void
pair_note_ca(struct tunnel *t)
{
	struct pair *p = t->pair;
	struct tunnel *other;

	if (p == NULL || t->conf->ca == NULL)
		return;
	for (other = p->cas; other != NULL; other = other->ca_next)
		if (same_ca(other, t))
			return;
	t->shows_ca = true;
	t->ca_next = p->cas;
	p->cas = t;
}

void
pair_forget_ca(struct tunnel *t)
{
	struct pair *p = t->pair;
	struct tunnel **at, *other;

	if (p == NULL || !t->shows_ca)
		return;
	for (at = &p->cas; *at != t; at = &(*at)->ca_next)
		;
	*at = t->ca_next;
	t->shows_ca = false;
	for (other = p->tunnels; other != NULL; other = other->pair_next)
		if (other != t && same_ca(other, t)) {
			pair_note_ca(other);
			return;
		}
}

void
pair_join(struct engine *e, struct tunnel *t, struct pair *spare)
{
	struct conf *c = t->conf;
	struct pair *p = pair_find(e, &c->local, &c->peer);

	if (p != NULL) {
		free(spare);
	} else {
		p = spare;
		p->local = c->local;
		p->remote = c->peer;
		table_add(&e->pairs, &p->link, hash_of(e, &c->local, &c->peer));
	}
	t->pair = p;
	t->pair_next = p->tunnels;
	t->pair_prev = &p->tunnels;
	if (p->tunnels != NULL)
		p->tunnels->pair_prev = &t->pair_next;
	p->tunnels = t;
	p->n_ppk += c->ppk_id != NULL;
	represent(p, t);
	pair_note_ca(t);
	if (!ident_has_wildcard(c->remote_id))
		table_add(&e->remotes, &t->by_remote,
		    ident_hash(c->remote_id, (uint32_t)e->seed));
	table_add(&e->ids, &c->by_ids, conf_ids_hash(c, c->method, (uint32_t)e->seed));
}

void
pair_leave(struct engine *e, struct tunnel *t)
{
	struct pair *p = t->pair;

	if (p == NULL)
		return;
	pair_forget_ca(t);
	t->pair = NULL;
	table_del(&e->ids, &t->conf->by_ids);
	table_del(&e->remotes, &t->by_remote);
	*t->pair_prev = t->pair_next;
	if (t->pair_next != NULL)
		t->pair_next->pair_prev = t->pair_prev;
	p->n_ppk -= t->conf->ppk_id != NULL;
	step_down(p, t);
	if (p->tunnels == NULL) {
		table_del(&e->pairs, &p->link);
		free(p);
	}
}

/* --- which tunnel a peer is for --- */

struct search {
	struct engine		*e;
	const struct ike_sa	*sa;
	const struct ident	*peer, *own;
	struct tunnel		*best;
	uint64_t		 score;
	struct tunnel		*near;		/* all fits but the identity */
	unsigned int		 n_near;
};

/* Exact before wildcard before any; a certain address before any; the longer of
 * two wildcards, which says more; at last the number, so that it does not depend
 * on the order of commits. */
static uint64_t
rank(const struct conf *c, enum ident_fit fit)
{
	return (uint64_t)fit << 33 | (uint64_t)!addr_is_any(&c->peer) << 32 |
	    (uint64_t)c->remote_id->len << 16 | (uint16_t)(UINT16_MAX - c->id);
}

static void
consider(struct search *s, struct tunnel *t)
{
	const struct conf *c = t->conf;
	enum ident_fit fit;
	uint64_t score;

	if (c->version != s->sa->machine->version ||
	    !addr_equal(&c->local, &s->sa->local.addr) ||
	    (!addr_is_any(&c->peer) &&
	     !addr_equal(&c->peer, &s->sa->remote.addr)))
		return;
	s->n_near += s->near != t;
	s->near = t;
	if (s->own != NULL && !ident_equal(c->local_id, s->own))
		return;
	fit = ident_match(c->remote_id, s->peer);
	if (fit == IDENT_NO)
		return;
	score = rank(c, fit);
	if (s->best == NULL || score > s->score) {
		s->best = t;
		s->score = score;
	}
}

static void
consider_pair(struct search *s, const struct addr *remote)
{
	struct pair *p = pair_find(s->e, &s->sa->local.addr, remote);
	struct tunnel *t;

	for (t = p != NULL ? p->tunnels : NULL; t != NULL; t = t->pair_next)
		consider(s, t);
}

static void
explain_none(const struct search *s, struct err *err)
{
	char a[IDENT_STRLEN], b[IDENT_STRLEN], set[SETTING_MAX], why[REASON_MAX];
	const struct conf *c = s->near != NULL ? s->near->conf : NULL;

	ident_str(s->peer, a);
	if (c == NULL) {
		err_set(err, ERR_REALITY, "no tunnel is configured for a peer "
		    "'%.150s' at its address", a);
	} else if (s->own != NULL && !ident_equal(c->local_id, s->own)) {
		snprintf(why, sizeof(why), "the peer '%.100s' looks for '%.100s'",
		    a, ident_str(s->own, b));
		err_set(err, ERR_REALITY, "%s, we are '%.100s'" EVENT_HERE
		    "local-id %s", why, ident_str(c->local_id, b),
		    reason_id(s->own, set) != NULL ? set : "IDENTITY");
	} else {
		reason_identity(c->remote_id, s->peer, why);
		err_set(err, ERR_REALITY, "ipsec %u: %s", c->id, why);
	}
}

/* The algorithms were chosen by the proposals of all candidates; the tunnel that it
 * turns out to be must allow them. */
static bool
allowed(const struct conf *c, const struct suite *s)
{
	struct offer o;
	size_t i, k;
	bool encr, integ, prf, ke;

	offer_init(&o, OFFER_IKE, &c->ike, false);
	for (i = 0; i < o.n; i++) {
		encr = prf = ke = false;
		integ = s->integ == 0;
		for (k = 0; k < o.p[i].n; k++) {
			const struct transform *t = &o.p[i].t[k];

			encr |= t->type == T_ENCR && t->id == s->encr &&
			    t->key_bits == s->key_bits;
			integ |= t->type == T_INTEG && t->id == s->integ;
			prf |= t->type == T_PRF && t->id == s->prf;
			ke |= t->type == T_KE && t->id == s->ke;
		}
		if (encr && integ && prf && ke)
			return true;
	}
	return false;
}

struct tunnel *
tunnel_select(struct engine *e, const struct ike_sa *sa,
	      const struct ident *peer, const struct ident *own,
	      struct tunnel **near, struct err *err)
{
	struct search s = { .e = e, .sa = sa, .peer = peer, .own = own };
	static const struct addr any;
	char chosen[SUITE_STRLEN];
	struct link *l;

	l = table_find(&e->remotes, ident_hash(peer, (uint32_t)e->seed));
	for (; l != NULL; l = table_again(l))
		consider(&s, table_entry(l, struct tunnel, by_remote));
	if (s.best == NULL) {
		consider_pair(&s, &sa->remote.addr);
		consider_pair(&s, &any);
	}
	if (s.best == NULL) {
		explain_none(&s, err);
		*near = s.n_near == 1 ? s.near : NULL;
		return NULL;
	}
	if (allowed(s.best->conf, &sa->suite))
		return s.best;
	err_set(err, ERR_REALITY, "it is the peer of ipsec %u, whose ike settings "
	    "do not allow %s, which was chosen for another tunnel between these "
	    "addresses: a peer says who it is only after the algorithms are "
	    "chosen\nset ike alike in all tunnels between these addresses",
	    s.best->conf->id, suite_str(&sa->suite, chosen));
	*near = s.best;
	return NULL;
}
