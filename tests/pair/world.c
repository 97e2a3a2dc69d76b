#include "world.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/crypto.h"
#include "json.h"
#include "ytree.h"

bool world_in_engine;

/* Around everything that an engine does, and what it calls back. */
#define ENGINE(call)	do { \
		bool was_ = world_in_engine; \
		world_in_engine = true; \
		call; \
		world_in_engine = was_; \
	} while (0)
#define OUTSIDE		__attribute__((cleanup(back_in), unused)) bool was_in = step_out()

static bool
step_out(void)
{
	bool was = world_in_engine;

	world_in_engine = false;
	return was;
}

static void
back_in(bool *was)
{
	world_in_engine = *was;
}

static void *
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

static bool
chance(struct world *w, unsigned int percent)
{
	return percent != 0 && random_next(&w->random) % 100 < percent;
}

/* --- the network --- */

static void
launch(struct world *w, struct flight *f, uint64_t at)
{
	struct flight **p;

	f->at = at;
	for (p = &w->flights; *p != NULL && (*p)->at <= at; p = &(*p)->next)
		;
	f->next = *p;
	*p = f;
}

static struct flight *
copy_flight(const struct flight *f)
{
	struct flight *c = need(malloc(sizeof(*c) + f->len));

	memcpy(c, f, sizeof(*c) + f->len);
	return c;
}

static uint64_t
travel(struct world *w)
{
	uint64_t ms = 5;

	if (chance(w, w->reorder))
		ms += random_next(&w->random) % 2000;
	return w->now + ms;
}

static void
watch(struct world *w, enum fate fate, struct node *to, const struct flight *f)
{
	if (w->watch != NULL)
		w->watch(w, fate, to, f);
}

/* Bits that flip, an end that is missing, or nothing of it at all. */
static void
spoil(struct world *w, struct flight *f)
{
	size_t i, n = 1 + random_next(&w->random) % 4;

	switch (random_next(&w->random) % 4) {
	case 0:
		f->len = random_next(&w->random) % (f->len + 1);
		break;
	case 1:
		for (i = 0; i < f->len; i++)
			f->data[i] = (uint8_t)random_next(&w->random);
		break;
	default:
		for (i = 0; i < n && f->len != 0; i++)
			f->data[random_next(&w->random) % f->len] ^=
			    (uint8_t)(1 << random_next(&w->random) % 8);
	}
	f->corrupt = true;
}

/* Whether it leaves; the rest of its fate is in the flight. */
static bool
leaves(struct world *w, struct node *n, struct flight *f)
{
	watch(w, FATE_SENT, NULL, f);
	if (n->absent) {
		watch(w, FATE_CUT, NULL, f);
		return false;
	}
	if ((w->tap != NULL && !f->esp && !w->tap(w, n, f)) ||
	    chance(w, w->loss)) {
		watch(w, FATE_LOST, NULL, f);
		return false;
	}
	if (w->corrupt != 0 && random_next(&w->random) % 1000 < w->corrupt) {
		spoil(w, f);
		watch(w, FATE_CORRUPT, NULL, f);
	}
	return true;
}

void
node_send(struct node *n, const struct endpoint *src, const struct endpoint *dst,
	  bool encap, bool esp, const void *data, size_t len)
{
	struct world *w = n->world;
	struct flight *f = need(calloc(1, sizeof(*f) + len));

	w->sent++;
	f->from = n;
	f->src = *src;
	f->dst = *dst;
	f->encap = encap;
	f->esp = esp;
	f->len = len;
	memcpy(f->data, data, len);
	if (n->nat.family != 0) {
		f->src.addr = n->nat;
		f->src.port = (uint16_t)(src->port + n->nat_port);
	}
	if (!leaves(w, n, f)) {
		free(f);
		return;
	}
	if (chance(w, w->dup)) {
		watch(w, FATE_DOUBLED, NULL, f);
		launch(w, copy_flight(f), travel(w));
	}
	launch(w, f, travel(w));
}

static void
op_send(void *ctx, const struct endpoint *src, const struct endpoint *dst,
	bool encap, const uint8_t *msg, size_t len)
{
	struct node *n = ctx;
	OUTSIDE;

	if (n->send_error != 0)
		engine_not_sent(n->engine, n->send_error);
	else
		node_send(n, src, dst, encap, false, msg, len);
}

static bool
has_address(const struct node *n, const struct addr *a)
{
	size_t i;

	for (i = 0; i < sizeof(n->more) / sizeof(n->more[0]); i++)
		if (n->more[i].family != 0 && addr_equal(&n->more[i], a))
			return true;
	return addr_equal(&n->addr, a);
}

static struct node *
receiver(struct world *w, struct flight *f)
{
	struct node *n;
	uint16_t port;

	for (n = w->node; n < w->node + w->n; n++) {
		port = (uint16_t)(f->dst.port - n->nat_port);
		if (n->nat.family != 0 && addr_equal(&n->nat, &f->dst.addr) &&
		    (port == n->set.port || port == n->set.natt_port)) {
			f->dst.addr = n->addr;
			f->dst.port = port;
			return n;
		}
		if (n->nat.family == 0 && has_address(n, &f->dst.addr))
			return n;
	}
	return NULL;
}

static double
cpu_now(const struct world *w)
{
	struct timespec ts;

	if (!w->quiet || clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts) != 0)
		return 0;
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
after(struct world *w, struct node *n)
{
	if (w->after != NULL)
		w->after(w, n);
}

static void
arrive(struct world *w, struct flight *f)
{
	struct node *n = receiver(w, f);
	double t0;

	if (n == NULL || n->engine == NULL || n->down || n->absent ||
	    n->frozen || (f->from != NULL && f->from->cut_off[n - w->node])) {
		watch(w, n != NULL ? FATE_CUT : FATE_NOWHERE, n, f);
	} else if (f->esp) {
		w->packet(n, f);
	} else if (!(f->len == 1 && f->data[0] == 0xff)) {
		watch(w, FATE_ARRIVED, n, f);
		t0 = cpu_now(w);
		ENGINE(engine_input(n->engine, node_now(n), &f->dst, &f->src,
		    f->encap, f->data, f->len));
		n->cpu += cpu_now(w) - t0;
		after(w, n);
	}
	free(f);
}

/* --- keys and data plane --- */

static void
op_wake(void *ctx, uint64_t at)
{
	((struct node *)ctx)->wake = at;
}

static bool
op_random(void *ctx, void *p, size_t len)
{
	struct node *n = ctx;
	uint8_t *b = p;

	while (len-- > 0)
		*b++ = (uint8_t)random_next(&n->random);
	return true;
}

static struct answer *
later(struct node *n)
{
	struct answer *a = need(calloc(1, sizeof(*a))), **p;

	a->at = n->world->now + n->latency;
	for (p = &n->answers; *p != NULL; p = &(*p)->next)
		;
	*p = a;
	return a;
}

static void
sign(struct node *n, const struct keys_request *rq, struct keys_reply *r)
{
	static const char pad[] = "Key Pad for IKEv2";
	const struct prf_alg *prf = prf_find(rq->prf);
	struct iov a = { pad, sizeof(pad) - 1 }, b = { rq->octets, rq->len };
	uint8_t key[PRF_MAX];

	r->ok = n->psk[0] != '\0' &&
	    prf_mac(n->crypto, prf, n->psk, strlen(n->psk), &a, 1, key) &&
	    prf_mac(n->crypto, prf, key, prf->len, &b, 1, r->mac);
	r->len = prf->len;
}

/* RFC 8784 3, by hand: prf+(PPK, x) of one round is prf(PPK, x | 1). */
static void
mix(struct node *n, const struct keys_request *rq, struct keys_reply *r)
{
	const struct prf_alg *prf = prf_find(rq->prf);
	struct iov part[2] = { { NULL, prf->len }, { "\1", 1 } };
	size_t i;

	r->ok = n->ppk[0] != '\0' && rq->len == 3u * prf->len;
	for (i = 0; r->ok && i < 3; i++) {
		part[0].p = rq->octets + i * prf->len;
		r->ok = prf_mac(n->crypto, prf, n->ppk, strlen(n->ppk), part, 2,
		    r->mac + i * prf->len);
	}
	r->len = r->ok ? (uint8_t)rq->len : 0;
}

void
node_mac(struct node *n, const struct keys_request *rq, struct keys_reply *r)
{
	memset(r, 0, sizeof(*r));
	r->serial = rq->serial;
	if (rq->kind == KEYS_PPK)
		mix(n, rq, r);
	else
		sign(n, rq, r);
}

static void
op_keys(void *ctx, const struct keys_request *rq)
{
	struct node *n = ctx;
	struct keys_reply r;
	OUTSIDE;

	if (n->world->keys != NULL) {
		n->world->keys(n, rq);
		return;
	}
	node_mac(n, rq, &r);
	if (n->latency == 0)
		ENGINE(engine_keys_reply(n->engine, node_now(n), &r));
	else
		later(n)->kr = r;
}

static void
del_sa(struct node *n, const struct dp_sa *sa)
{
	struct plane_sa **p, *s;

	for (p = &n->sas; (s = *p) != NULL; p = &s->next)
		if (s->sa.spi == sa->spi && s->sa.inbound == sa->inbound &&
		    s->sa.tunnel == sa->tunnel) {
			*p = s->next;
			free(s);
			n->dels++;
			return;
		}
}

static void
del_policy(struct node *n, uint32_t tunnel)
{
	struct plane_policy **p, *s;

	for (p = &n->policies; (s = *p) != NULL; p = &s->next)
		if (s->policy.tunnel == tunnel) {
			*p = s->next;
			free(s);
			return;
		}
}

static void
update_sa(struct node *n, const struct dp_sa *sa)
{
	struct plane_sa *s;

	for (s = n->sas; s != NULL; s = s->next)
		if (s->sa.spi == sa->spi && s->sa.inbound == sa->inbound) {
			s->sa.src = sa->src;
			s->sa.dst = sa->dst;
		}
}

static void
perform(struct node *n, const struct dp_request *rq, struct dp_reply *r)
{
	struct plane_sa *s;
	struct plane_policy *pp;

	switch (rq->op) {
	case DP_SA_ADD:
		if (n->dp_refuses) {
			r->ok = false;
			snprintf(r->why, sizeof(r->why), "the fake says no");
			return;
		}
		s = need(calloc(1, sizeof(*s)));
		s->sa = rq->sa;
		s->next = n->sas;
		n->sas = s;
		n->adds++;
		break;
	case DP_SA_UPDATE:
		update_sa(n, &rq->sa);
		break;
	case DP_SA_DEL:
		del_sa(n, &rq->sa);
		break;
	case DP_POLICY_ADD:
		n->policy_changes++;
		del_policy(n, rq->policy.tunnel);
		pp = need(calloc(1, sizeof(*pp)));
		pp->policy = rq->policy;
		pp->next = n->policies;
		n->policies = pp;
		break;
	case DP_POLICY_DEL:
		n->policy_changes++;
		del_policy(n, rq->policy.tunnel);
		break;
	case DP_COUNTERS:
		n->counters_asked++;
		if (n->dp_forgot) {
			r->ok = false;
			snprintf(r->why, sizeof(r->why), "there is none");
			return;
		}
		if (n->counts != NULL) {
			r->counters = n->counts[rq->sa.inbound ? 0 : 1];
			return;
		}
		r->counters.bytes = 840;
		r->counters.packets = 10;
		r->counters.idle_ms = n->idle_ms;
		break;
	case DP_BEGIN:
		break;
	case DP_SYNC:
		n->syncs++;
		break;
	}
}

static void
op_dataplane(void *ctx, const struct dp_request *rq)
{
	struct node *n = ctx;
	struct dp_reply r = { .serial = rq->serial, .ok = true };
	OUTSIDE;

	if (n->world->dataplane != NULL) {
		n->world->dataplane(n, rq);
		return;
	}
	if (n->dp_fails_at != 0 && --n->dp_fails_at == 0) {
		r.ok = false;
		snprintf(r.why, sizeof(r.why), "the fake fails at this one");
		if (rq->op == DP_SA_DEL)	/* there is no such SA any more */
			perform(n, rq, &r);
	} else if (!n->world->quiet) {
		perform(n, rq, &r);
	}
	if (n->latency == 0)
		ENGINE(engine_dp_reply(n->engine, node_now(n), &r));
	else {
		struct answer *a = later(n);

		a->dp = true;
		a->dpr = r;
	}
}

static void
op_event(void *ctx, uint32_t tunnel, int level, const char *line)
{
	struct node *n = ctx;
	size_t len = strlen(line);
	OUTSIDE;

	(void)level;
	if (n->world->event != NULL) {
		n->world->event(n, tunnel, line);
		return;
	}
	if (n->world->verbose)
		printf("%9.3f %s: %s\n", (double)n->world->now / 1000, n->name,
		    line);
	if (n->world->quiet)
		return;
	n->log = need(realloc(n->log, n->log_len + len + 2));
	memcpy(n->log + n->log_len, line, len);
	n->log_len += len;
	n->log[n->log_len++] = '\n';
	n->log[n->log_len] = '\0';
}

static uint64_t
op_wall(void *ctx)
{
	const struct node *n = ctx;

	return (uint64_t)(1700000000 + (int64_t)(n->world->now / 1000) +
	    n->wall_off);
}

static const struct engine_ops ops = {
	op_send, op_wake, op_random, op_keys, op_dataplane, op_event, op_wall,
};

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

	n->engine = engine_new(&ops, n, &n->set, node_now(n), &e);
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
	while (n->sas != NULL)
		del_sa(n, &n->sas->sa);
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
			del_policy(n, n->policies->policy.tunnel);
		free(n->log);
	}
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
		arrive(w, f);
		return;
	}
	for (n = w->node; n < w->node + w->n; n++) {
		if (n->answers != NULL && n->answers->at <= w->now) {
			give_answer(n);
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
