/*
 * wire: requests, replies and events of the data plane between our processes.
 *
 * Every field is always there, in the order of the structs; of sets of subnets
 * as many as there are.
 * What comes in is checked as if a stranger had sent it: `ike` holds the other
 * end of a pipe to a process with root's privileges.
 */
#include <string.h>

#include "buf.h"
#include "dataplane.h"

enum sa_flags { SA_INBOUND = 1, SA_ESN = 2, SA_UDP = 4, SA_FLAGS = 7 };

static void
addr_build(struct wbuf *b, const struct addr *a)
{
	wbuf_u8(b, addr_len(a));
	wbuf_bytes(b, a->b, sizeof(a->b));
}

static void
addr_read(struct rbuf *b, struct addr *a)
{
	uint8_t bytes[16], len = rbuf_u8(b);
	size_t i;

	rbuf_copy(b, bytes, sizeof(bytes));
	memset(a, 0, sizeof(*a));
	if (len != 0 && addr_from_bytes(a, bytes, len) < 0)
		b->bad = true;
	for (i = len; i < sizeof(bytes); i++)
		if (bytes[i] != 0)
			b->bad = true;
}

static void
prefix_build(struct wbuf *b, const struct prefix *p)
{
	addr_build(b, &p->addr);
	wbuf_u8(b, p->len);
}

static void
prefix_read(struct rbuf *b, struct prefix *p)
{
	addr_read(b, &p->addr);
	p->len = rbuf_u8(b);
	if (p->len > addr_bits(&p->addr))
		b->bad = true;
}

static void
subnets_build(struct wbuf *b, const struct subnets *s)
{
	size_t i;

	wbuf_u8(b, s->n_local);
	wbuf_u8(b, s->n_remote);
	for (i = 0; i < (size_t)s->n_local + s->n_remote; i++)
		prefix_build(b, &s->p[i]);
}

static void
subnets_read(struct rbuf *b, struct subnets *s)
{
	size_t i;

	memset(s, 0, sizeof(*s));
	s->n_local = rbuf_u8(b);
	s->n_remote = rbuf_u8(b);
	if (s->n_local > SUBNETS_MAX || s->n_remote > SUBNETS_MAX) {
		s->n_local = s->n_remote = 0;
		b->bad = true;
	}
	for (i = 0; i < (size_t)s->n_local + s->n_remote; i++) {
		prefix_read(b, &s->p[i]);
		if (s->p[i].addr.family == 0)
			b->bad = true;
	}
}

static void
endpoint_build(struct wbuf *b, const struct endpoint *e)
{
	addr_build(b, &e->addr);
	wbuf_u16(b, e->port);
}

static void
endpoint_read(struct rbuf *b, struct endpoint *e)
{
	addr_read(b, &e->addr);
	e->port = rbuf_u16(b);
}

static void
secret_build(struct wbuf *b, const struct secret *s)
{
	wbuf_u8(b, s->len);
	wbuf_bytes(b, s->bytes, sizeof(s->bytes));
}

static void
secret_read(struct rbuf *b, struct secret *s)
{
	uint8_t len = rbuf_u8(b);
	const uint8_t *p = rbuf_bytes(b, SECRET_MAX);

	secret_wipe(s);
	if (p == NULL || !secret_set(s, p, len))
		b->bad = true;
}

static void
keys_build(struct wbuf *b, const struct cipher_keys *k)
{
	wbuf_u16(b, k->encr != NULL ? k->encr->id : 0);
	wbuf_u16(b, k->encr != NULL ? k->encr->key_bits : 0);
	wbuf_u16(b, k->integ != NULL ? k->integ->id : 0);
	secret_build(b, &k->ek);
	secret_build(b, &k->ak);
}

/* All of a suite, or nothing of it. */
static bool
keys_fit(const struct cipher_keys *k)
{
	if (k->encr == NULL)
		return k->integ == NULL && k->ek.len == 0 && k->ak.len == 0;
	if (k->ek.len != k->encr->key_len + k->encr->salt_len)
		return false;
	if (IS_AEAD(k->encr))
		return k->integ == NULL && k->ak.len == 0;
	return k->integ != NULL && k->ak.len == k->integ->key_len;
}

static void
keys_read(struct rbuf *b, struct cipher_keys *k)
{
	uint16_t encr = rbuf_u16(b), bits = rbuf_u16(b), integ = rbuf_u16(b);

	k->encr = encr_find(encr, bits);
	k->integ = integ_find(integ);
	secret_read(b, &k->ek);
	secret_read(b, &k->ak);
	if ((k->encr == NULL) != (encr == 0) ||
	    (k->integ == NULL) != (integ == 0) || !keys_fit(k))
		b->bad = true;
}

static void
sa_build(struct wbuf *b, const struct dp_sa *sa)
{
	wbuf_u32(b, sa->tunnel);
	wbuf_u32(b, sa->spi);
	wbuf_u8(b, (sa->inbound ? SA_INBOUND : 0) | (sa->esn ? SA_ESN : 0) |
	    (sa->udp_encap ? SA_UDP : 0));
	endpoint_build(b, &sa->src);
	endpoint_build(b, &sa->dst);
	keys_build(b, &sa->keys);
	subnets_build(b, &sa->subnets);
	wbuf_u32(b, sa->replay_window);
}

static void
sa_read(struct rbuf *b, struct dp_sa *sa)
{
	uint8_t flags;

	sa->tunnel = rbuf_u32(b);
	sa->spi = rbuf_u32(b);
	flags = rbuf_u8(b);
	if ((flags & ~SA_FLAGS) != 0)
		b->bad = true;
	sa->inbound = (flags & SA_INBOUND) != 0;
	sa->esn = (flags & SA_ESN) != 0;
	sa->udp_encap = (flags & SA_UDP) != 0;
	endpoint_read(b, &sa->src);
	endpoint_read(b, &sa->dst);
	keys_read(b, &sa->keys);
	subnets_read(b, &sa->subnets);
	sa->replay_window = rbuf_u32(b);
}

static void
policy_build(struct wbuf *b, const struct dp_policy *p)
{
	wbuf_u32(b, p->tunnel);
	subnets_build(b, &p->subnets);
	addr_build(b, &p->outer_local);
	addr_build(b, &p->outer_remote);
}

static void
policy_read(struct rbuf *b, struct dp_policy *p)
{
	p->tunnel = rbuf_u32(b);
	subnets_read(b, &p->subnets);
	addr_read(b, &p->outer_local);
	addr_read(b, &p->outer_remote);
}

/* Two ends that can belong together: same family, and there is one. */
static bool
pair(const struct addr *a, const struct addr *b)
{
	return a->family != 0 && a->family == b->family;
}

/* Whether the request has what its operation needs. */
static bool
complete(const struct dp_request *r)
{
	const struct dp_sa *sa = &r->sa;
	const struct dp_policy *p = &r->policy;

	switch (r->op) {
	case DP_SA_ADD:
		return sa->tunnel != 0 && sa->spi != 0 && sa->keys.encr != NULL &&
		    pair(&sa->src.addr, &sa->dst.addr) &&
		    subnets_pairs(&sa->subnets) > 0;
	case DP_SA_UPDATE:
		return sa->tunnel != 0 && sa->spi != 0 &&
		    pair(&sa->src.addr, &sa->dst.addr);
	case DP_SA_DEL:
	case DP_COUNTERS:
		return sa->tunnel != 0 && sa->spi != 0 && sa->dst.addr.family != 0;
	case DP_POLICY_ADD:
		return p->tunnel != 0 && subnets_pairs(&p->subnets) > 0 &&
		    (p->outer_remote.family == 0 || p->outer_local.family == 0 ||
		    pair(&p->outer_local, &p->outer_remote));
	case DP_POLICY_DEL:
		return p->tunnel != 0;
	case DP_SYNC:
	case DP_BEGIN:
		return true;
	}
	return false;
}

void
dp_request_build(struct wbuf *b, const struct dp_request *r)
{
	wbuf_u8(b, (uint8_t)r->op);
	wbuf_u32(b, r->serial);
	sa_build(b, &r->sa);
	policy_build(b, &r->policy);
}

bool
dp_request_parse(struct rbuf *b, struct dp_request *r)
{
	uint8_t op = rbuf_u8(b);

	memset(r, 0, sizeof(*r));
	r->op = (enum dp_op)op;
	r->serial = rbuf_u32(b);
	sa_read(b, &r->sa);
	policy_read(b, &r->policy);
	if (!rbuf_ok(b) || op > DP_BEGIN || !complete(r)) {
		b->bad = true;
		secret_wipe_mem(r, sizeof(*r));
		return false;
	}
	return true;
}

void
dp_reply_build(struct wbuf *b, const struct dp_reply *r)
{
	wbuf_u32(b, r->serial);
	wbuf_u8(b, r->ok);
	wbuf_bytes(b, r->why, sizeof(r->why));
	wbuf_u64(b, r->counters.bytes);
	wbuf_u64(b, r->counters.packets);
	wbuf_u64(b, r->counters.errors);
	wbuf_u64(b, r->counters.replays);
	wbuf_u32(b, r->counters.idle_ms);
}

bool
dp_reply_parse(struct rbuf *b, struct dp_reply *r)
{
	uint8_t ok;

	memset(r, 0, sizeof(*r));
	r->serial = rbuf_u32(b);
	ok = rbuf_u8(b);
	r->ok = ok == 1;
	rbuf_copy(b, r->why, sizeof(r->why));
	r->counters.bytes = rbuf_u64(b);
	r->counters.packets = rbuf_u64(b);
	r->counters.errors = rbuf_u64(b);
	r->counters.replays = rbuf_u64(b);
	r->counters.idle_ms = rbuf_u32(b);
	if (ok > 1 || memchr(r->why, '\0', sizeof(r->why)) == NULL)
		b->bad = true;
	if (!rbuf_ok(b))
		memset(r, 0, sizeof(*r));
	return rbuf_ok(b);
}

void
dp_event_build(struct wbuf *b, const struct dp_event *e)
{
	wbuf_u8(b, (uint8_t)e->kind);
	wbuf_u32(b, e->tunnel);
	wbuf_u32(b, e->spi);
	endpoint_build(b, &e->peer);
	wbuf_u32(b, e->mtu);
}

bool
dp_event_parse(struct rbuf *b, struct dp_event *e)
{
	uint8_t kind = rbuf_u8(b);

	memset(e, 0, sizeof(*e));
	e->kind = (enum dp_event_kind)kind;
	e->tunnel = rbuf_u32(b);
	e->spi = rbuf_u32(b);
	endpoint_read(b, &e->peer);
	e->mtu = rbuf_u32(b);
	if (kind > DP_PATH || (kind == DP_MAPPING && e->peer.addr.family == 0))
		b->bad = true;
	if (!rbuf_ok(b))
		memset(e, 0, sizeof(*e));
	return rbuf_ok(b);
}
