#include "uses.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "changes.h"
#include "item.h"
#include "psk.h"
#include "text.h"
#include "ytree.h"

static const char *const leaves[USE_KINDS] = { "certificate", "ca" };
static const char *const words[USE_KINDS] = { "certificate", "CA" };
static const enum cert_kind wanted[USE_KINDS] = { CERT_LOCAL, CERT_CA };

#define LACKS_MAX	8	/* that one refusal names */

/* Labels that will not do for a transaction; names are borrowed from its tree. */
struct lacks {
	struct {
		uint32_t	 tunnel;
		enum use_kind	 kind;
		const char	*name;
	} of[LACKS_MAX];
	size_t		 n;
	bool		 more;
};

struct change {
	uint32_t	 tunnel;
	struct use	*use;		/* NULL: it names no label any more */
};

struct uses {
	struct store	*store;
	struct use	*by_id[IDS];
	/* the transaction under way */
	struct change	*changes;
	size_t		 n_changes;
	bool		 replace;
	struct lacks	 lacks;
	void		(*warn)(void *, const char *);
	void		*arg;
};

struct uses *
uses_new(struct store *store)
{
	struct uses *u = calloc(1, sizeof(*u));

	if (u != NULL)
		u->store = store;
	return u;
}

static void
stage_label(struct use *use, enum use_kind k, int by)
{
	if (use->label[k] != NULL)
		use->label[k]->staged += (unsigned int)by;
}

static void
drop_staged(struct uses *u, struct use *use)
{
	int k;

	for (k = 0; use != NULL && k < USE_KINDS; k++) {
		if (use->label[k] == NULL)
			continue;
		stage_label(use, k, -1);
		store_tidy(u->store, use->label[k]);
	}
	free(use);
}

static void
attach(struct uses *u, struct use *use)
{
	int k;

	for (k = 0; k < USE_KINDS; k++) {
		if (use->label[k] == NULL)
			continue;
		stage_label(use, k, -1);
		use->label[k]->n_users++;
		LIST_INSERT_HEAD(&use->label[k]->users[k], use, next[k]);
	}
	u->by_id[use->tunnel] = use;
}

static void
detach(struct uses *u, uint32_t tunnel)
{
	struct use *use = u->by_id[tunnel];
	int k;

	u->by_id[tunnel] = NULL;
	for (k = 0; use != NULL && k < USE_KINDS; k++) {
		if (use->label[k] == NULL)
			continue;
		LIST_REMOVE(use, next[k]);
		if (--use->label[k]->n_users == 0)
			store_put_away(u->store, use->label[k]);
		store_tidy(u->store, use->label[k]);
	}
	free(use);
}

void
uses_free(struct uses *u)
{
	uint32_t id;

	if (u == NULL)
		return;
	uses_abort(u);
	for (id = 0; id < IDS; id++)
		detach(u, id);
	free(u);
}

/* --- whether a label will do --- */

/* Names of those that would, "gw1, gw2"; "" if none would. */
static const char *
candidates(const struct store *s, enum cert_kind kind, char *buf, size_t size)
{
	size_t i, len = 0;

	buf[0] = '\0';
	for (i = 0; i < s->n && len + IPC_LABEL_MAX + 8 < size; i++) {
		const struct item *it = s->labels[i]->item;

		if (it == NULL || it->kind != kind || !it->usable)
			continue;
		len += (size_t)snprintf(buf + len, size - len, "%s%s",
					len > 0 ? ", " : "", s->labels[i]->name);
	}
	if (i < s->n && len > 0)
		snprintf(buf + len, size - len, " ...");
	return buf;
}

static int
not_there(const struct store *s, const char *name, enum use_kind k,
	  const char *path, struct err *e)
{
	/* Whether the key is in a file of its own, who has it knows. */
	static const char *const how[USE_KINDS][2] = {
		{ "local", " [key FILE]" }, { "ca", "" } };
	char list[300];

	candidates(s, wanted[k], list, sizeof(list));
	return err_set_path(e, ERR_INVALID, path, "there is no %s '%s'%s%s. Import "
			    "it with: certificate import %s %s FILE%s", words[k], name,
			    list[0] != '\0' ? "; there are: " : "", list,
			    how[k][0], name, how[k][1]);
}

static int
check_kind(const struct label *l, enum use_kind k, const char *path, struct err *e)
{
	if (l->broken != NULL)
		return err_set_path(e, ERR_REALITY, path, "the file of the "
				    "certificate '%s' cannot be read: %s", l->name,
				    l->broken);
	if (l->item == NULL)
		return err_set_path(e, ERR_INVALID, path, "'%s' is a request that "
				    "waits for its certificate: import that with: "
				    "certificate import local %s FILE", l->name,
				    l->name);
	if (l->item->kind != wanted[k])
		return k == USE_CA ?
		    err_set_path(e, ERR_INVALID, path, "'%s' is a certificate of "
				 "ours and no CA. Import the CA of the peer with: "
				 "certificate import ca LABEL FILE", l->name) :
		    err_set_path(e, ERR_INVALID, path, "'%s' is a CA, of which "
				 "there is no private key here. Import our own "
				 "certificate with: certificate import local LABEL "
				 "FILE [key FILE]", l->name);
	if (!l->item->usable)
		return err_set_path(e, ERR_REALITY, path, "'%s' cannot be used: %s",
				    l->name, l->item->why);
	return 0;
}

static int
check_label(const struct uses *u, uint32_t tunnel, const char *name,
	    enum use_kind k, struct err *e)
{
	const struct label *l = store_find(u->store, name);
	struct err why = ERR_INIT;
	char path[80];

	snprintf(path, sizeof(path), "/culvert-tunnel:tunnel/ipsec[id='%u']/%s",
		 tunnel, leaves[k]);
	if (l == NULL || (l->item == NULL && l->request == NULL &&
			  l->broken == NULL))
		return not_there(u->store, name, k, path, e);
	if (check_kind(l, k, path, e) < 0)
		return -1;
	if (k == USE_CERTIFICATE && cert_key_check(l->item->certs[0], &why) < 0)
		return err_set_path(e, ERR_INVALID, path, "%s", why.text);
	return 0;
}

static void
lack(struct lacks *l, uint32_t tunnel, enum use_kind k, const char *name)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->of[i].kind == k && strcmp(l->of[i].name, name) == 0)
			return;
	if (l->n == LACKS_MAX) {
		l->more = true;
		return;
	}
	l->of[l->n].tunnel = tunnel;
	l->of[l->n].kind = k;
	l->of[l->n++].name = name;
}

/* The first one has its sentence; the others are named behind it. */
static int
refuse(const struct lacks *l, struct err *e)
{
	struct text t = { e->text, sizeof(e->text), strlen(e->text) };
	size_t i;

	for (i = 1; i < l->n; i++)
		text_add(&t, "%s %s '%s' (ipsec %u)", i == 1 ?
		    "; neither will do:" : ",", words[l->of[i].kind],
		    l->of[i].name, l->of[i].tunnel);
	if (l->more)
		text_add(&t, " and others");
	return -1;
}

/* --- transactions --- */

/* NULL: it names no label, or an error. */
static struct use *
use_new(struct uses *u, const char *const names[USE_KINDS], uint32_t tunnel,
	struct err *e)
{
	struct use *use = calloc(1, sizeof(*use));
	int k;

	for (k = 0; use != NULL && k < USE_KINDS; k++) {
		if (names[k] == NULL)
			continue;
		use->label[k] = store_get(u->store, names[k]);
		if (use->label[k] == NULL) {
			drop_staged(u, use);
			use = NULL;
		} else {
			stage_label(use, k, 1);
		}
	}
	if (use == NULL)
		err_set(e, ERR_RESOURCE, "out of memory");
	else
		use->tunnel = tunnel;
	return use;
}

/* False: one of them will not do. */
static bool
check_labels(struct uses *u, uint32_t tunnel, const char *const names[USE_KINDS],
	     struct err *e)
{
	char text[ERR_TEXT_MAX + 16];
	struct err why = ERR_INIT;
	int k;

	for (k = 0; k < USE_KINDS; k++) {
		if (names[k] == NULL ||
		    check_label(u, tunnel, names[k], k, &why) == 0)
			continue;
		if (!u->replace) {
			if (u->lacks.n == 0)
				*e = why;
			lack(&u->lacks, tunnel, k, names[k]);
			continue;
		}
		snprintf(text, sizeof(text), "ipsec %u: %s", tunnel, why.text);
		u->warn(u->arg, text);
	}
	return u->lacks.n == 0;
}

static int
stage(void *arg, uint32_t tunnel, const struct lyd_node *entry, struct err *e)
{
	struct uses *u = arg;
	const char *names[USE_KINDS] = { NULL };
	struct use *use = NULL;
	int k;

	for (k = 0; entry != NULL && k < USE_KINDS; k++)
		names[k] = ytree_leaf(entry, leaves[k]);
	if (!check_labels(u, tunnel, names, e))
		return 0;		/* it will be refused */
	if (names[USE_CERTIFICATE] != NULL || names[USE_CA] != NULL) {
		use = use_new(u, names, tunnel, e);
		if (use == NULL)
			return -1;
		use->ike1 = psks_is_ike1(entry);
	}
	u->changes[u->n_changes++] = (struct change){ tunnel, use };
	return 0;
}

static int
read_all(struct uses *u, const struct lyd_node *tree, const char *const *removed,
	 size_t n, struct err *e)
{
	size_t most = changes_count(tree, n);

	u->changes = calloc(most > 0 ? most : 1, sizeof(*u->changes));
	if (u->changes == NULL)
		return err_set(e, ERR_RESOURCE, "out of memory");
	if (changes_walk(tree, removed, n, stage, u, &u->replace, e) < 0)
		return -1;
	return u->lacks.n > 0 ? refuse(&u->lacks, e) : 0;
}

int
uses_prepare(struct uses *u, const struct lyd_node *tree,
	     const char *const *removed, size_t n, bool replace,
	     void (*warn)(void *, const char *), void *arg, struct err *e)
{
	int rc;

	uses_abort(u);
	u->replace = replace;
	u->warn = warn;
	u->arg = arg;
	rc = read_all(u, tree, removed, n, e);
	u->lacks.n = 0;			/* its names are the tree's */
	u->lacks.more = false;
	if (rc < 0)
		uses_abort(u);
	return rc;
}

void
uses_apply(struct uses *u)
{
	uint32_t id;
	size_t i;

	if (u->changes == NULL)
		return;
	for (id = 1; id < IDS && u->replace; id++)
		detach(u, id);
	for (i = 0; i < u->n_changes; i++) {
		detach(u, u->changes[i].tunnel);
		if (u->changes[i].use != NULL)
			attach(u, u->changes[i].use);
		u->changes[i].use = NULL;
	}
	uses_abort(u);
}

void
uses_abort(struct uses *u)
{
	size_t i;

	for (i = 0; i < u->n_changes; i++)
		drop_staged(u, u->changes[i].use);
	free(u->changes);
	u->changes = NULL;
	u->n_changes = 0;
	u->replace = false;
}

/* --- who --- */

struct label *
uses_certificate(const struct uses *u, uint32_t tunnel)
{
	const struct use *use = tunnel < IDS ? u->by_id[tunnel] : NULL;

	return use != NULL ? use->label[USE_CERTIFICATE] : NULL;
}

bool
uses_ike1(const struct uses *u, uint32_t tunnel)
{
	const struct use *use = tunnel < IDS ? u->by_id[tunnel] : NULL;

	return use != NULL && use->ike1;
}

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static size_t
collect(const struct label *l, uint32_t *ids)
{
	const struct use *use;
	size_t n = 0;

	LIST_FOREACH(use, &l->users[USE_CERTIFICATE], next[USE_CERTIFICATE])
		ids[n++] = use->tunnel;
	LIST_FOREACH(use, &l->users[USE_CA], next[USE_CA])
		ids[n++] = use->tunnel;
	qsort(ids, n, sizeof(*ids), by_number);
	return n;
}

const char *
uses_list(const struct label *l, char *buf, size_t size)
{
	uint32_t *ids = calloc(l->n_users + 1, sizeof(*ids));
	size_t n = ids != NULL ? collect(l, ids) : 0, i, last, len = 0;

	buf[0] = '\0';
	for (i = 0; i < n; i = last + 1) {
		for (last = i; last + 1 < n && ids[last + 1] <= ids[last] + 1; )
			last++;
		if (len + 24 > size) {
			snprintf(buf + len, size - len, " ...");
			break;
		}
		len += (size_t)snprintf(buf + len, size - len, "%s%u",
					len > 0 ? ", " : "", ids[i]);
		if (ids[last] != ids[i])
			len += (size_t)snprintf(buf + len, size - len, "%s%u",
						ids[last] == ids[i] + 1 ? ", " : "-",
						ids[last]);
	}
	free(ids);
	return buf;
}
