#include "shared.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "changes.h"
#include "ike/table.h"
#include "psk.h"
#include "ytree.h"

/* Such a tunnel. */
struct sharer {
	struct link	link;		/* by addresses */
	struct addr	local;
	struct addr	peer;		/* unset: any */
	uint32_t	id;
};

struct change {
	uint32_t	 id;
	struct sharer	*sharer;	/* NULL: it is none any more */
};

struct shared {
	struct table	 all;
	struct sharer	*by_id[IDS];
	/* the transaction under way */
	struct change	*changes;
	size_t		 n_changes;
	bool		 all_go;	/* that are not part of it */
	struct table	 staged;	/* one for each pair of addresses */
	uint8_t		 touched[IDS / 8];
};

struct shared *
shared_new(void)
{
	struct shared *s = calloc(1, sizeof(*s));

	if (s != NULL && (!table_init(&s->all) || !table_init(&s->staged))) {
		shared_free(s);
		s = NULL;
	}
	return s;
}

static void
drop(struct shared *s, uint32_t id)
{
	if (s->by_id[id] == NULL)
		return;
	table_del(&s->all, &s->by_id[id]->link);
	free(s->by_id[id]);
	s->by_id[id] = NULL;
}

void
shared_free(struct shared *s)
{
	uint32_t id;

	if (s == NULL)
		return;
	shared_abort(s);
	for (id = 0; id < IDS; id++)
		drop(s, id);
	table_fini(&s->all);
	table_fini(&s->staged);
	free(s);
}

static bool
touched(const struct shared *s, uint32_t id)
{
	return (s->touched[id / 8] >> (id % 8) & 1) != 0;
}

static uint32_t
hash_of(const struct sharer *a)
{
	return addr_hash(&a->peer, addr_hash(&a->local, 0));
}

static bool
same_addresses(const struct sharer *a, const struct sharer *b)
{
	return addr_equal(&a->local, &b->local) &&
	    (addr_is_any(&a->peer) ? addr_is_any(&b->peer) :
	     addr_equal(&a->peer, &b->peer));
}

/* --- reading --- */

static bool
is_sharer(const struct lyd_node *l)
{
	const char *method = ytree_leaf(l, "method");

	return psks_is_ike1(l) && ytree_bool(l, "enable") && ytree_leaf(l, "secret") != NULL &&
	    (method == NULL || strcmp(method, "psk") == 0);
}

/* Without a local-address, which ike refuses, it is none. */
static bool
read_addresses(struct sharer *a, const struct lyd_node *l)
{
	const char *local = ytree_leaf(l, "local-address");
	const char *peer = ytree_leaf(l, "peer");

	return local != NULL && addr_parse(&a->local, local) == 0 &&
	    (peer == NULL || addr_parse(&a->peer, peer) == 0);
}

static int
stage(void *arg, uint32_t id, const struct lyd_node *entry, struct err *e)
{
	struct shared *s = arg;
	struct sharer *a = NULL;

	if (entry != NULL && is_sharer(entry)) {
		a = calloc(1, sizeof(*a));
		if (a == NULL)
			return err_set(e, ERR_RESOURCE, "out of memory");
		a->id = id;
		if (!read_addresses(a, entry)) {
			free(a);
			a = NULL;
		}
	}
	s->changes[s->n_changes++] = (struct change){ id, a };
	s->touched[id / 8] |= (uint8_t)(1u << (id % 8));
	return 0;
}

static int
read_all(struct shared *s, const struct lyd_node *tree, const char *const *removed,
	 size_t n, struct err *e)
{
	size_t most = changes_count(tree, n);

	s->changes = calloc(most > 0 ? most : 1, sizeof(*s->changes));
	if (s->changes == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	return changes_walk(tree, removed, n, stage, s, &s->all_go, e);
}

/* --- comparing --- */

static const struct sharer *
find(const struct table *t, const struct sharer *like)
{
	struct link *l = table_find(t, hash_of(like));

	for (; l != NULL; l = table_again(l))
		if (same_addresses(table_entry(l, struct sharer, link), like))
			return table_entry(l, struct sharer, link);
	return NULL;
}

/* Any that stays as it is: they all have the same.  What is passed over is part of
 * this transaction. */
static const struct sharer *
find_untouched(const struct shared *s, const struct sharer *like)
{
	struct link *l = table_find(&s->all, hash_of(like));
	const struct sharer *a;

	for (; l != NULL; l = table_again(l)) {
		a = table_entry(l, struct sharer, link);
		if (!touched(s, a->id) && same_addresses(a, like))
			return a;
	}
	return NULL;
}

static int
differ(const struct sharer *a, const struct sharer *b, struct err *e)
{
	char path[80], us[ADDR_STRLEN], them[ADDR_STRLEN];

	snprintf(path, sizeof(path), "/culvert-tunnel:tunnel/ipsec[id='%u']/secret",
		 a->id);
	addr_str(&a->local, us);
	if (addr_is_any(&a->peer))
		snprintf(them, sizeof(them), "any peer");
	else
		addr_str(&a->peer, them);
	return err_set_path(e, ERR_INVALID, path, "ipsec %u and ipsec %u have "
	    "version 1, the same addresses (%s and %s) and different secrets. IKEv1 "
	    "needs the secret before the peer can say who it is: only its address "
	    "can select one, a remote-id cannot. Give both the same secret, or one of "
	    "them another peer or local-address, method cert or version 2",
	    a->id, b->id, us, them);
}

static int
check(struct shared *s, const struct psks *p, struct sharer *a, struct err *e)
{
	const struct sharer *other = find(&s->staged, a);

	if (other == NULL)
		table_add(&s->staged, &a->link, hash_of(a));
	else if (!psks_same(p, a->id, other->id))
		return differ(a, other, e);
	other = s->all_go ? NULL : find_untouched(s, a);
	return other == NULL || psks_same(p, a->id, other->id) ? 0 :
	    differ(a, other, e);
}

static int
check_all(struct shared *s, const struct psks *p, bool forgiving,
	  void (*warn)(void *, const char *), void *arg, struct err *e)
{
	size_t i;

	for (i = 0; i < s->n_changes; i++) {
		if (s->changes[i].sharer == NULL ||
		    check(s, p, s->changes[i].sharer, e) == 0)
			continue;
		if (!forgiving)
			return -1;
		warn(arg, e->text);
		err_clear(e);
	}
	return 0;
}

/* --- transactions --- */

int
shared_prepare(struct shared *s, const struct psks *p, const struct lyd_node *tree,
	       const char *const *removed, size_t n, bool replace,
	       void (*warn)(void *, const char *), void *arg, struct err *e)
{
	shared_abort(s);
	s->all_go = replace;
	if (read_all(s, tree, removed, n, e) == 0 &&
	    check_all(s, p, replace, warn, arg, e) == 0)
		return 0;
	shared_abort(s);
	return -1;
}

static void
unstage(struct shared *s)
{
	size_t i;

	for (i = 0; i < s->n_changes; i++) {
		s->touched[s->changes[i].id / 8] = 0;
		if (s->changes[i].sharer != NULL)
			table_del(&s->staged, &s->changes[i].sharer->link);
	}
}

void
shared_apply(struct shared *s)
{
	struct sharer *a;
	uint32_t id;
	size_t i;

	if (s->changes == NULL)
		return;
	unstage(s);
	for (id = 1; id < IDS && s->all_go && s->all.n > 0; id++)
		drop(s, id);
	for (i = 0; i < s->n_changes; i++) {
		a = s->changes[i].sharer;
		drop(s, s->changes[i].id);
		if (a != NULL)
			table_add(&s->all, &a->link, hash_of(a));
		s->by_id[s->changes[i].id] = a;
		s->changes[i].sharer = NULL;
	}
	shared_abort(s);
}

void
shared_abort(struct shared *s)
{
	size_t i;

	unstage(s);
	for (i = 0; i < s->n_changes; i++)
		free(s->changes[i].sharer);
	free(s->changes);
	s->changes = NULL;
	s->n_changes = 0;
	s->all_go = false;
}
