#include "engine.h"

#include <stdio.h>
#include <stdlib.h>

#include "ask.h"
#include "bind.h"
#include "conf.h"
#include "context.h"
#include "tunnel.h"
#include "ytree.h"

/* What engine_prepare() found out and engine_apply() does. */
struct plan {
	struct ready {			/* a new or changed tunnel, and all the
					 * memory that applying it needs */
		struct conf	*conf;
		struct tunnel	*fresh;
		struct pair	*spare;
	}		*ready;
	size_t		 n, size;
	uint16_t	*removed;
	size_t		 n_removed;
	bool		 replace;	/* what is not in conf goes */
	bool		 all;		/* the whole container was removed */
	struct table	 ids;		/* of conf, for duplicates */
	uint8_t		 touched[65536 / 8];	/* by tunnel number */
};

static bool
touched(const struct plan *p, uint32_t id)
{
	return (p->touched[id / 8] >> (id % 8) & 1) != 0;
}

static void
touch(struct plan *p, uint32_t id)
{
	p->touched[id / 8] |= (uint8_t)(1u << (id % 8));
}

static void
plan_free(struct engine *e, struct plan *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->n; i++) {
		conf_free(p->ready[i].conf);
		tunnel_free(e, p->ready[i].fresh, false);
		free(p->ready[i].spare);
	}
	table_fini(&p->ids);
	free(p->ready);
	free(p->removed);
	free(p);
}

static int
add_conf(struct engine *e, struct plan *p, struct conf *c, struct err *err)
{
	struct ready *r;

	if (p->n == p->size) {
		size_t size = p->size == 0 ? 16 : p->size * 2;
		struct ready *more = realloc(p->ready, size * sizeof(*more));

		if (more == NULL) {
			conf_free(c);
			return err_set(err, ERR_RESOURCE, "out of memory");
		}
		p->ready = more;
		p->size = size;
	}
	r = &p->ready[p->n++];
	r->conf = c;
	r->fresh = tunnel_new(e);
	r->spare = calloc(1, sizeof(*r->spare));
	touch(p, c->id);
	if (r->fresh == NULL || r->spare == NULL)
		return err_set(err, ERR_RESOURCE, "out of memory");
	return 0;
}

static int
duplicate(const struct conf *c, const struct conf *other, struct err *err)
{
	char path[CONF_PATH_MAX], l[IDENT_STRLEN], r[IDENT_STRLEN];
	bool cert = c->method == METHOD_CERT || other->method == METHOD_CERT;

	return err_set_path(err, ERR_INVALID,
	    conf_path(c->id, c->auto_remote_id ? NULL : "remote-id", path),
	    "ipsec %u and ipsec %u have the same local-id (%.100s) and "
	    "remote-id (%.100s)%s: nothing would tell their peers%s "
	    "apart. Give one of them another local-id or remote-id",
	    c->id, other->id, ident_str(c->local_id, l),
	    ident_str(c->remote_id, r), cert ? " between the same addresses" : "",
	    cert ? "" : " and secrets");
}

static bool
nobody(const void *arg, uint32_t id)
{
	(void)arg;
	(void)id;
	return false;
}

static bool
changed_too(const void *plan, uint32_t id)
{
	return touched(plan, id);
}

/* S1-103, by hash: a look at every other tunnel would be quadratic. */
static int
check_ids(struct engine *e, struct plan *p, struct conf *c, struct err *err)
{
	uint32_t seed = (uint32_t)e->seed;
	const struct conf *other;

	other = conf_twin(&p->ids, c, seed, nobody, NULL);
	if (other != NULL)
		return duplicate(c, other, err);
	table_add(&p->ids, &c->by_ids, conf_ids_hash(c, c->method, seed));
	if (p->replace || p->all)
		return 0;
	other = conf_twin(&e->ids, c, seed, changed_too, p);
	return other != NULL ? duplicate(c, other, err) : 0;
}

static int
read_removed(struct plan *p, const char *const *removed, size_t n,
	     struct err *err)
{
	size_t i;
	long id;

	p->removed = calloc(n + 1, sizeof(p->removed[0]));
	if (p->removed == NULL)
		return err_set(err, ERR_RESOURCE, "out of memory");
	for (i = 0; i < n; i++) {
		id = conf_path_id(removed[i]);
		if (id < 0)
			return err_set(err, ERR_BUG, "'%.100s' is not the path "
			    "of a tunnel", removed[i]);
		if (id == 0) {
			p->all = true;
			continue;
		}
		p->removed[p->n_removed++] = (uint16_t)id;
		touch(p, (uint32_t)id);
	}
	return 0;
}

/* A commit is refused for one tunnel; a whole configuration, which comes after a
 * start and was accepted before (by another version, or while we were not
 * there), is not: the other tunnels are not to blame. */
static bool
forgive(const struct plan *p, const struct err *err, uint32_t id,
	void (*warn)(void *, const char *), void *arg)
{
	char text[ERR_TEXT_MAX + 64];

	if (!p->replace || err->kind != ERR_INVALID)
		return false;
	snprintf(text, sizeof(text), "ipsec %u is not in use: %s", id, err->text);
	if (warn != NULL)
		warn(arg, text);
	return true;
}

/* Not an error: it may come later. */
static void
warn_missing(const struct engine *e, const struct plan *p, const struct conf *c,
	     void (*warn)(void *, const char *), void *arg)
{
	char missing[LOCAL_STRLEN], text[ERR_TEXT_MAX];

	if (warn == NULL || p->replace || !c->enable ||
	    local_there(e, &c->local))
		return;
	snprintf(text, sizeof(text), "ipsec %u: %s; the tunnel starts as soon as "
	    "it is", c->id, local_missing_str(&c->local, missing));
	warn(arg, text);
}

static int
load(struct engine *e, const struct plan *p, struct conf **c,
     const struct lyd_node *entry, void (*warn)(void *, const char *),
     void *arg, struct err *err)
{
	if (conf_load(c, entry, warn, arg, err) < 0)
		return -1;
	if (!(*c)->enable || (*c)->method != METHOD_CERT ||
	    bind_conf(e, *c, p->replace, err) == 0)
		return 0;
	conf_free(*c);
	return -1;
}

static int
read_tree(struct engine *e, struct plan *p, const struct lyd_node *tree,
	  void (*warn)(void *, const char *), void *arg, struct err *err)
{
	const struct lyd_node *entry;
	struct conf *c;

	entry = tree != NULL ? ytree_find(tree, "tunnel/ipsec") : NULL;
	for (; entry != NULL; entry = ytree_next(entry)) {
		if (load(e, p, &c, entry, warn, arg, err) < 0 &&
		    (!forgive(p, err, ytree_u32(entry, "id"), warn, arg) ||
		     conf_load_refused(&c, entry, err->text, err) < 0))
			return -1;
		warn_missing(e, p, c, warn, arg);
		if (!p->replace)
			bind_warn(e, c, warn, arg);
		if (add_conf(e, p, c, err) < 0)
			return -1;
	}
	return 0;
}

static int
check_all_ids(struct engine *e, struct plan *p,
	      void (*warn)(void *, const char *), void *arg, struct err *err)
{
	struct conf *c;
	size_t i;

	for (i = 0; i < p->n; i++) {
		c = p->ready[i].conf;
		if (!c->enable || check_ids(e, p, c, err) == 0)
			continue;
		if (!forgive(p, err, c->id, warn, arg))
			return -1;
		if (!conf_refuse(c, err->text))
			return err_set(err, ERR_RESOURCE, "out of memory");
	}
	return 0;
}

int
engine_prepare(struct engine *e, const struct lyd_node *tree,
	       const char *const *removed, size_t n_removed, bool replace,
	       void (*warn)(void *, const char *), void *arg, struct err *err)
{
	struct plan *p = calloc(1, sizeof(*p));

	engine_abort(e);
	if (p == NULL || !table_init(&p->ids)) {
		free(p);
		return err_set(err, ERR_RESOURCE, "out of memory");
	}
	p->replace = replace;
	if (read_removed(p, removed, n_removed, err) < 0 ||
	    read_tree(e, p, tree, warn, arg, err) < 0 ||
	    check_all_ids(e, p, warn, arg, err) < 0)
		goto fail;
	e->plan = p;
	return 0;
fail:
	plan_free(e, p);
	return -1;
}

void
engine_abort(struct engine *e)
{
	plan_free(e, e->plan);
	e->plan = NULL;
}

static void
remove_others(struct engine *e, const struct plan *p)
{
	struct link *l, *next;
	struct tunnel *t;
	uint32_t i;

	for (i = 0; i <= e->tunnels.mask; i++)
		for (l = e->tunnels.bucket[i]; l != NULL; l = next) {
			next = l->next;
			t = table_entry(l, struct tunnel, by_id);
			if (!touched(p, t->conf->id))
				tunnel_free(e, t, true);
		}
}

static void
put(struct engine *e, struct ready *r, bool replace)
{
	struct tunnel *t = tunnel_find(e, r->conf->id);

	if (t != NULL) {
		tunnel_change(e, t, r->conf, r->spare);
		if (!replace)
			tunnel_committed(e, t);
		tunnel_free(e, r->fresh, false);
	} else {
		tunnel_begin(e, r->fresh, r->conf, r->spare);
	}
	if (r->conf->uses != NULL)	/* they may have changed meanwhile */
		bind_tunnel(e, r->conf, false);
}

void
engine_apply(struct engine *e, uint64_t now)
{
	struct dp_request sync = { .op = DP_SYNC };
	struct plan *p = e->plan;
	struct tunnel *t;
	size_t i;

	if (p == NULL)
		return;
	engine_enter(e, now);
	e->plan = NULL;
	e->configured = true;
	for (i = 0; i < p->n; i++)
		table_del(&p->ids, &p->ready[i].conf->by_ids);
	for (i = 0; i < p->n_removed; i++) {
		t = tunnel_find(e, p->removed[i]);
		tunnel_free(e, t, true);
	}
	if (p->replace || p->all)
		remove_others(e, p);
	for (i = 0; i < p->n; i++)
		put(e, &p->ready[i], p->replace);
	p->n = 0;
	if (p->replace)
		ask_dataplane(e, &sync, ASK_NOTHING, 0, 0, 0);
	plan_free(e, p);
	engine_leave(e);
}
