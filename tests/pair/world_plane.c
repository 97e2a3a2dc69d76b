#include "world_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "crypto/sign.h"
#include "ike/wire/message.h"

/* What answers an engine: keys, the data plane, the clock, the log. */

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
mac(struct node *n, const struct keys_request *rq, struct keys_reply *r)
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

static void
skeyid(struct node *n, const struct keys_request *rq, struct keys_reply *r)
{
	const struct prf_alg *prf = prf_find(rq->prf);
	struct iov octets = { rq->octets, rq->len };

	r->ok = n->psk[0] != '\0' && prf_mac(n->crypto, prf, n->psk,
	    strlen(n->psk), &octets, 1, r->mac);
	r->len = r->ok ? prf->len : 0;
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
	r->len = r->ok ? (uint16_t)rq->len : 0;
}

static void
sign(struct node *n, const struct keys_request *rq, struct keys_reply *r)
{
	const struct sign_alg *alg = sign_alg((enum sign_scheme)rq->scheme);
	struct iov octets = { rq->octets, rq->len };
	struct err e = ERR_INIT;
	size_t len = 0;

	n->signed_n++;
	n->scheme = rq->scheme;
	r->ok = n->key != NULL && alg != NULL && sign_make(n->crypto, n->key, alg,
	    &octets, 1, r->mac, &len, &e) == 0;
	r->len = r->ok ? (uint16_t)len : 0;
}

void
node_mac(struct node *n, const struct keys_request *rq, struct keys_reply *r)
{
	memset(r, 0, sizeof(*r));
	r->serial = rq->serial;
	if (rq->kind == KEYS_SIGN)
		sign(n, rq, r);
	else if (rq->kind == KEYS_PPK)
		mix(n, rq, r);
	else if (rq->kind == KEYS_SKEYID)
		skeyid(n, rq, r);
	else
		mac(n, rq, r);
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

void
plane_del_sa(struct node *n, const struct dp_sa *sa)
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

void
plane_del_policy(struct node *n, uint32_t tunnel)
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
		plane_del_sa(n, &rq->sa);
		break;
	case DP_POLICY_ADD:
		n->policy_changes++;
		plane_del_policy(n, rq->policy.tunnel);
		pp = need(calloc(1, sizeof(*pp)));
		pp->policy = rq->policy;
		pp->next = n->policies;
		n->policies = pp;
		break;
	case DP_POLICY_DEL:
		n->policy_changes++;
		plane_del_policy(n, rq->policy.tunnel);
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

	return (uint64_t)(WALL + (int64_t)(n->world->now / 1000) +
	    n->wall_off);
}

static void
op_message(void *ctx, const struct engine_message *em)
{
	struct node *n = ctx;

	if (em->dropped != NULL && n->world->verbose)
		printf("%9.3f %s: dropped: %s\n", (double)n->world->now / 1000,
		    n->name, em->dropped);
	if (em->dropped != NULL)
		n->seen.dropped++;
	else if (em->in)
		n->seen.in++;
	else
		n->seen.out++;
	n->seen.again += em->repeated;
	n->seen.ours += em->tunnel == 1;
	n->seen.read += em->message != NULL && em->message->sk.opened &&
	    em->message->n > 0;
}

const struct engine_ops world_ops = {
	.send = net_send, .wake = op_wake, .random = op_random, .keys = op_keys,
	.dataplane = op_dataplane, .event = op_event, .wall = op_wall,
	.message = op_message, .fetch = web_fetch,
};
