#include "world_in.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "json.h"
#include "ytree.h"

bool world_in_engine;

void *
need(void *p)
{
	if (p == NULL) {
		fprintf(stderr, "world: out of memory\n");
		abort();
	}
	return p;
}

uint64_t
random_next(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

void
after(struct world *w, struct node *n)
{
	if (w->after != NULL)
		w->after(w, n);
}

/* --- life --- */

static struct ly_ctx *model;	/* of all worlds: read once */
static struct crypto *crypto;	/* likewise, of all that play keys */

static void
forget_both(void)
{
	ly_ctx_destroy(model);
	crypto_free(crypto);
}

void
world_init(struct world *w, uint64_t seed)
{
	const char *dir = getenv("CULVERT_YANGDIR");
	struct err e = ERR_INIT;

	memset(w, 0, sizeof(*w));
	w->random = seed;
	w->now = 1000;
	w->verbose = getenv("VERBOSE") != NULL;
	if (model == NULL) {
		if (ytree_load(&model, dir != NULL ? dir : TREE_YANGDIR,
		    &e) < 0) {
			fprintf(stderr, "world: %s\n", e.text);
			abort();
		}
		if (crypto_new(&crypto, &e) < 0)
			abort();
		atexit(forget_both);
	}
	w->ly = model;
}

struct node *
world_add(struct world *w, const char *name, const char *addr)
{
	struct node *n = &w->node[w->n++];
	char text[32];

	n->world = w;
	n->name = name;
	n->wake = UINT64_MAX;
	n->idle_ms = UINT32_MAX;
	n->random = random_next(&w->random);
	snprintf(n->psk, sizeof(n->psk), "correct horse");
	snprintf(text, sizeof(text), "192.0.2.%zu", w->n);
	snprintf(n->set.caps.name, sizeof(n->set.caps.name), "null");
	n->set.caps.replay_window = 64;
	n->set.port = 500;
	n->set.natt_port = 4500;
	n->set.half_open_max = 1000;
	n->crypto = crypto;
	if (addr_parse(&n->addr, addr != NULL ? addr : text) < 0)
		abort();
	node_start(n);
	return n;
}

void
node_start(struct node *n)
{
	struct err e = ERR_INIT;

	n->engine = engine_new(&world_ops, n, &n->set, node_now(n), &e);
	if (n->engine == NULL) {
		fprintf(stderr, "engine_new: %s\n", e.text);
		abort();
	}
}

void
node_stop(struct node *n)
{
	struct answer *a;

	engine_free(n->engine);
	n->engine = NULL;
	n->wake = UINT64_MAX;
	while ((a = n->answers) != NULL) {
		n->answers = a->next;
		free(a);
	}
	web_stop(n);
	while (n->sas != NULL)
		plane_del_sa(n, &n->sas->sa);
}

void
world_fini(struct world *w)
{
	struct happening *h;
	struct flight *f;
	size_t i;

	for (i = 0; i < w->n; i++) {
		struct node *n = &w->node[i];

		node_stop(n);
		while (n->policies != NULL)
			plane_del_policy(n, n->policies->policy.tunnel);
		free(n->log);
	}
	web_fini(w);
	while ((f = w->flights) != NULL) {
		w->flights = f->next;
		free(f);
	}
	while ((h = w->happenings) != NULL) {
		w->happenings = h->next;
		free(h);
	}
}

/* --- configuration --- */

struct warnings { char *buf; size_t size; };

static void
warn(void *arg, const char *text)
{
	struct warnings *w = arg;
	size_t len = w->buf != NULL ? strlen(w->buf) : 0;

	if (w->buf != NULL && len < w->size)
		snprintf(w->buf + len, w->size - len, "%s\n", text);
}

int
node_commit(struct node *n, const char *json, const uint32_t *removed,
	    bool replace, struct err *e, char *buf, size_t size)
{
	struct warnings w = { buf, size };
	struct lyd_node *tree = NULL;
	char path[8][64], *text;
	const char *paths[8];
	size_t n_removed = 0;
	int r;

	if (buf != NULL)
		buf[0] = '\0';
	for (; removed != NULL && removed[n_removed] != 0; n_removed++) {
		snprintf(path[n_removed], sizeof(path[0]),
		    "/culvert-tunnel:tunnel/ipsec[id='%u']", removed[n_removed]);
		paths[n_removed] = path[n_removed];
	}
	if (json != NULL) {
		size_t len = strlen(json) + 64;

		text = need(malloc(len));
		snprintf(text, len,
		    "{\"culvert-tunnel:tunnel\":{\"ipsec\":[%s]}}", json);
		if (ytree_parse(&tree, n->world->ly, text, strlen(text), e) < 0) {
			fprintf(stderr, "%s: %s\n", text, e->text);
			abort();
		}
		free(text);
	}
	ENGINE(r = engine_prepare(n->engine, tree, paths, n_removed, replace,
	    warn, &w, e));
	if (r == 0)
		ENGINE(engine_apply(n->engine, node_now(n)));
	ytree_free(tree);
	return r;
}

void
node_config(struct node *n, const char *json)
{
	struct err e = ERR_INIT;

	if (node_commit(n, json, NULL, true, &e, NULL, 0) < 0) {
		fprintf(stderr, "%s: %s (%s)\n", n->name, e.text, e.path);
		abort();
	}
}

/* --- time --- */

void
world_at(struct world *w, uint64_t at, void (*fn)(struct world *, void *),
	 void *arg)
{
	struct happening *h = need(malloc(sizeof(*h))), **p;

	h->at = at;
	h->fn = fn;
	h->arg = arg;
	for (p = &w->happenings; *p != NULL && (*p)->at <= at; p = &(*p)->next)
		;
	h->next = *p;
	*p = h;
}

/* When its engine wants to be woken, by the world's clock. */
static uint64_t
wake_at(const struct node *n)
{
	return n->wake == UINT64_MAX || n->engine == NULL || n->frozen ?
	    UINT64_MAX : n->wake + n->behind;
}

static uint64_t
next_time(struct world *w)
{
	uint64_t at = w->flights != NULL ? w->flights->at : UINT64_MAX;
	struct node *n;

	if (w->happenings != NULL && w->happenings->at < at)
		at = w->happenings->at;
	for (n = w->node; n < w->node + w->n; n++) {
		if (wake_at(n) < at)
			at = wake_at(n);
		if (n->answers != NULL && n->answers->at < at)
			at = n->answers->at;
		if (web_next(n) < at)
			at = web_next(n);
	}
	return at;
}

static void
give_answer(struct node *n)
{
	struct answer *a = n->answers;

	n->answers = a->next;
	if (a->dp)
		ENGINE(engine_dp_reply(n->engine, node_now(n), &a->dpr));
	else
		ENGINE(engine_keys_reply(n->engine, node_now(n), &a->kr));
	free(a);
	after(n->world, n);
}

static void
step(struct world *w)
{
	struct happening *h;
	struct flight *f;
	struct node *n;

	if ((h = w->happenings) != NULL && h->at <= w->now) {
		w->happenings = h->next;
		h->fn(w, h->arg);
		free(h);
		after(w, NULL);
		return;
	}
	if ((f = w->flights) != NULL && f->at <= w->now) {
		w->flights = f->next;
		net_arrive(w, f);
		return;
	}
	for (n = w->node; n < w->node + w->n; n++) {
		if (n->answers != NULL && n->answers->at <= w->now) {
			give_answer(n);
			return;
		}
		if (web_next(n) <= w->now) {
			web_step(n);
			after(w, n);
			return;
		}
		if (wake_at(n) <= w->now) {
			n->wake = UINT64_MAX;
			ENGINE(engine_tick(n->engine, node_now(n)));
			after(w, n);
			return;
		}
	}
}

bool
world_until(struct world *w, bool (*done)(struct world *), uint64_t ms)
{
	uint64_t end = w->now + ms, at;

	for (;;) {
		if (done != NULL && done(w))
			return true;
		at = next_time(w);
		if (at > end || w->over)
			break;
		if (at > w->now)
			w->now = at;
		step(w);
	}
	w->now = end;
	return false;
}

void
world_run(struct world *w, uint64_t ms)
{
	(void)world_until(w, NULL, ms);
}

/* --- looking --- */

const char *
node_state(struct node *n, uint32_t id)
{
	static char text[65536];
	struct err e = ERR_INIT;
	struct json j;

	json_init(&j);
	if (engine_state(n->engine, node_now(n), id, NULL, &j, &e) < 0)
		snprintf(text, sizeof(text), "error: %s", e.text);
	else
		snprintf(text, sizeof(text), "%s", j.text);
	json_fini(&j);
	return text;
}

bool
node_is(struct node *n, uint32_t id, const char *status)
{
	char want[64];
	struct err e = ERR_INIT;
	struct json j;
	bool is;

	snprintf(want, sizeof(want), "\"status\":\"%s\"", status);
	json_init(&j);
	is = engine_state(n->engine, n->world->now, id, "status", &j, &e) == 0 &&
	    strstr(j.text, want) != NULL;
	json_fini(&j);
	return is;
}

bool
node_up(struct node *n, uint32_t id)
{
	return node_is(n, id, "up-installed");
}

bool
node_said(const struct node *n, const char *text)
{
	return n->log != NULL && strstr(n->log, text) != NULL;
}

void
node_forget(struct node *n)
{
	free(n->log);
	n->log = NULL;
	n->log_len = 0;
}

struct plane_sa *
node_sa(struct node *n, uint32_t tunnel, bool inbound)
{
	struct plane_sa *s;

	for (s = n->sas; s != NULL; s = s->next)
		if (s->sa.tunnel == tunnel && s->sa.inbound == inbound)
			return s;
	return NULL;
}

size_t
node_count(struct node *n, uint32_t tunnel, bool inbound)
{
	struct plane_sa *s;
	size_t count = 0;

	for (s = n->sas; s != NULL; s = s->next)
		count += s->sa.tunnel == tunnel && s->sa.inbound == inbound;
	return count;
}

static bool
mirrored(const struct subnets *a, const struct subnets *b)
{
	const struct prefix *l, *r;
	size_t at = 0;

	while (subnets_next(a, &at, &l, &r))
		if (!subnets_has(b, r, l))
			return false;
	return subnets_pairs(a) == subnets_pairs(b);
}

static bool
fits(struct node *from, struct node *to, uint32_t tf, uint32_t tt)
{
	struct plane_sa *out = node_sa(from, tf, false), *in;

	if (out == NULL)
		return false;
	for (in = to->sas; in != NULL; in = in->next)
		if (in->sa.inbound && in->sa.tunnel == tt &&
		    in->sa.spi == out->sa.spi)
			return in->sa.keys.encr == out->sa.keys.encr &&
			    in->sa.keys.integ == out->sa.keys.integ &&
			    secret_equal(&in->sa.keys.ek, &out->sa.keys.ek) &&
			    secret_equal(&in->sa.keys.ak, &out->sa.keys.ak) &&
			    mirrored(&in->sa.subnets, &out->sa.subnets);
	return false;
}

bool
planes_agree(struct node *a, struct node *b, uint32_t ta, uint32_t tb)
{
	return fits(a, b, ta, tb) && fits(b, a, tb, ta);
}
