#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/child.h"
#include "ike/context.h"
#include "ike/ike1/phase1.h"
#include "ike/ike1/quick.h"
#include "ike/ike2/nego.h"
#include "ike/local.h"
#include "ike/tunnel.h"
#include "ike/wire/message1.h"

/*
 * The invariants that only somebody inside can see.  Alone in this folder, this
 * file knows the engine's structs; it changes nothing.
 */

#define IKE_UP_MAX	8	/* of one tunnel at once */
#define IKE_MAX		16	/* of one tunnel, with those that end */
#define CHILD_MAX	12
#define QUICKS_MAX	20
#define ORPHANS_MAX	200
#define FAR_MS		(366ull * 86400 * 1000)

/* --- one IKE_SA, one CHILD_SA --- */

static bool
in_plane(struct plane *p, uint32_t spi, bool inbound, uint32_t tunnel)
{
	const struct psa *s;

	for (s = p->sas; s != NULL; s = s->next)
		if (s->sa.spi == spi && s->sa.inbound == inbound &&
		    s->sa.tunnel == tunnel && !s->stale && !s->going)
			return true;
	return false;
}

static bool
replaced(const struct ike_sa *sa, const struct child_sa *old)
{
	const struct child_sa *c;

	for (c = sa->children; c != NULL; c = c->next)
		if (c->replaces == old->serial)
			return true;
	return false;
}

static void
look_child(struct sim *s, struct plane *p, const struct child_sa *c)
{
	const struct ike_sa *sa = c->sa;
	const char *who = p->node->name;
	uint32_t id = sa->tunnel != NULL ? sa->tunnel->conf->id : 0;
	bool future = timer_armed(&c->rekey) || timer_armed(&c->expire) ||
	    c->pending != 0 || c->want != 0 || sa->asked != 0 ||
	    sa->own != NULL || sa->theirs != NULL || sa->setup != NULL ||
	    (sa->v1 != NULL && quick_of(sa->tunnel, c->serial) != NULL);

	if (!future)
		sim_fail(s, "%s: CHILD_SA #%u (%s) of tunnel %u is stuck: "
		    "nothing will ever happen to it", who, c->serial,
		    child_state_str(c->state), id);
	if (c->pending != 0 && p->waiting == 0)
		sim_fail(s, "%s: CHILD_SA #%u waits for %u answers that nobody "
		    "owes", who, c->serial, c->pending);
	if (c->in_plane && !in_plane(p, c->spi_in, true, id))
		sim_fail(s, "%s: CHILD_SA #%u (%s) believes its inbound SA %08x "
		    "to be in the data plane", who, c->serial,
		    child_state_str(c->state), c->spi_in);
	if (c->out_plane && !in_plane(p, c->spi_out, false, id))
		sim_fail(s, "%s: CHILD_SA #%u (%s) believes its outbound SA %08x "
		    "to be in the data plane", who, c->serial,
		    child_state_str(c->state), c->spi_out);
	if ((c->state == CHILD_INSTALLED || c->state == CHILD_REKEYING) &&
	    !timer_armed(&c->expire))
		sim_fail(s, "%s: CHILD_SA #%u (%s) has no hard limit", who,
		    c->serial, child_state_str(c->state));
	if (c->state == CHILD_REKEYING && sa->own == NULL && !replaced(sa, c) &&
	    (sa->v1 == NULL || quick_of(sa->tunnel, c->serial) == NULL))
		sim_fail(s, "%s: CHILD_SA #%u is REKEYING without an exchange",
		    who, c->serial);
}

static void
look_timer(struct sim *s, struct plane *p, const struct timer *t,
	   const char *what)
{
	uint64_t now = node_now(p->node);

	if (!timer_armed(t))
		return;
	if (t->at > now + FAR_MS)
		sim_fail(s, "%s: the timer %s is a year away", p->node->name,
		    what);
	if (t->at < now && p->node->wake > now)
		sim_fail(s, "%s: the timer %s is due, and nobody was asked to "
		    "wake the engine", p->node->name, what);
}

/* Made by a rekeying of the peer that crossed one of ours: the end of ours
 * decides about it. */
static bool
is_rival(const struct engine *e, const struct ike_sa *rival)
{
	const struct ike_sa *sa;
	uint32_t bucket = 0;
	struct link *l = NULL;

	while ((l = table_walk(&e->sas, &bucket, l)) != NULL) {
		sa = table_entry(l, struct ike_sa, by_spi);
		if (sa->own != NULL && sa->own->kind == NEGO_REKEY_IKE &&
		    sa->own->crossed && sa->own->rival == sa_spi(rival))
			return true;
	}
	return false;
}

/* Each waits for the peer, who is asked again, or for the data plane, or is kept
 * for a while to repeat its last word. */
static void
look_quicks(struct sim *s, struct plane *p, const struct ike_sa *sa)
{
	const struct quick *q;
	unsigned int n = 0;

	for (q = sa->v1 != NULL ? sa->v1->quicks : NULL; q != NULL; q = q->next) {
		look_timer(s, p, &q->sent.timer, "quick mode");
		if (!timer_armed(&q->sent.timer) && p->waiting == 0)
			sim_fail(s, "%s: quick mode %08x of IKE_SA #%u is stuck: "
			    "no timer, no answer to come (%u)", p->node->name,
			    q->msgid, sa->serial, q->state);
		n++;
	}
	if (n > QUICKS_MAX)
		sim_fail(s, "%s: IKE_SA #%u has %u quick modes", p->node->name,
		    sa->serial, n);
}

static void
look_sa(struct sim *s, struct plane *p, const struct ike_sa *sa)
{
	const char *who = p->node->name;
	const struct child_sa *c;
	unsigned int children = 0;
	/* Its peer has forgotten it: the limits of its CHILD_SAs are its own. */
	bool holds = sa->v1 != NULL && sa->v1->gone && sa->children != NULL;

	look_timer(s, p, &sa->sent.timer, "resend");
	look_timer(s, p, &sa->rekey, "rekey");
	look_timer(s, p, &sa->probe, "probe");
	if (sa->state == IKE_UP ? !timer_armed(&sa->rekey) &&
	    !is_rival(p->node->engine, sa) : !holds &&
	    !timer_armed(&sa->sent.timer) && !timer_armed(&sa->rekey) &&
	    p->waiting == 0 && !(sa->state == IKE_NEW && sa->tunnel == NULL))
		sim_fail(s, "%s: IKE_SA #%u (%s, %u) is stuck: no timer, no "
		    "answer to come", who, sa->serial,
		    ike_state_str(sa->state), sa->state);
	if (sa->asked != 0 && !timer_armed(&sa->sent.timer))
		sim_fail(s, "%s: IKE_SA #%u does not repeat its request", who,
		    sa->serial);
	if (sa->state == IKE_UP && sa->own != NULL && sa->asked == 0)
		sim_fail(s, "%s: IKE_SA #%u has an exchange of its own without "
		    "a request", who, sa->serial);
	if (sa->state == IKE_UP && sa->theirs != NULL && p->waiting == 0)
		sim_fail(s, "%s: IKE_SA #%u owes an answer and waits for "
		    "nothing", who, sa->serial);
	if (sa->state == IKE_UP && sa->tunnel != NULL &&
	    sa->tunnel->conf->dpd_action != DPD_DISABLED &&
	    (sa->v1 == NULL || (sa->v1->dpd && !sa->v1->gone)) &&
	    !timer_armed(&sa->probe))
		sim_fail(s, "%s: IKE_SA #%u is not watched for a dead peer", who,
		    sa->serial);
	look_quicks(s, p, sa);
	for (c = sa->children; c != NULL; c = c->next) {
		look_timer(s, p, &c->rekey, "child rekey");
		look_timer(s, p, &c->expire, "child expire");
		look_child(s, p, c);
		children++;
	}
	if (children > CHILD_MAX)
		sim_fail(s, "%s: IKE_SA #%u has %u CHILD_SAs", who, sa->serial,
		    children);
}

/* --- a tunnel --- */

static void
look_tunnel(struct sim *s, struct plane *p, const struct tunnel *t)
{
	const struct ike_sa *sa;
	unsigned int up = 0, all = 0;
	bool going = false;

	for (sa = t->sas; sa != NULL; sa = sa->next) {
		all++;
		up += sa->state == IKE_UP;
		going |= sa->state <= IKE_UP;
	}
	if (up > IKE_UP_MAX || all > IKE_MAX)
		sim_fail(s, "%s: tunnel %u has %u IKE_SAs, %u of them up",
		    p->node->name, t->conf->id, all, up);
	look_timer(s, p, &t->retry, "retry");
	if (t->conf->enable && t->conf->refused == NULL && t->conf->initiator &&
	    !t->held && !going && !timer_armed(&t->retry) &&
	    local_there(p->node->engine, &t->conf->local))
		sim_fail(s, "%s: tunnel %u has given up: an initiator with no "
		    "IKE_SA and no next attempt", p->node->name, t->conf->id);
	if (p->steady[t->conf->id % 128] && t->status != TUNNEL_UP &&
	    t->status != TUNNEL_RETRANSMISSION)
		sim_fail(s, "%s: tunnel %u goes down without a reason (%s)",
		    p->node->name, t->conf->id,
		    t->reason != NULL ? t->reason : "none");
	if (timer_armed(&t->retry) && t->retry.at > node_now(p->node) + 400000)
		sim_fail(s, "%s: the next attempt of tunnel %u is in %llu s",
		    p->node->name, t->conf->id, (unsigned long long)
		    (t->retry.at - node_now(p->node)) / 1000);
	if (t->conf->enable && !t->policy &&
	    !(t->conf->dynamic_remote && addr_is_any(&t->conf->peer)))
		sim_fail(s, "%s: tunnel %u has no policy", p->node->name,
		    t->conf->id);
}

/* Each SA in the data plane has its CHILD_SA: so many are in the books. */
static void
look_plane(struct sim *s, struct plane *p, struct engine *e, uint32_t books)
{
	unsigned int plane = 0;
	const struct psa *a;
	const struct child_sa *c;

	for (a = p->sas; a != NULL; a = a->next)
		plane += !a->stale && !a->going;
	if (plane == books)
		return;
	for (a = p->sas; a != NULL; a = a->next) {
		if (a->stale || a->going || !a->sa.inbound)
			continue;
		c = child_find(e, a->sa.spi);
		if (c == NULL || !c->in_plane)
			break;
	}
	sim_fail(s, "%s: %u SAs in the data plane, %u in the engine's books%s",
	    p->node->name, plane, books, a != NULL ? ": an inbound one leaks" :
	    "");
}

struct tally { uint32_t sas, half, children, plane; };

static void
look_list(struct sim *s, struct plane *p, const struct ike_sa *sa,
	  struct tally *n)
{
	const struct child_sa *c;

	for (; sa != NULL; sa = sa->next) {
		look_sa(s, p, sa);
		n->sas++;
		n->half += sa->half != NULL;
		for (c = sa->children; c != NULL; c = c->next) {
			n->children++;
			n->plane += (uint32_t)c->in_plane + c->out_plane;
		}
	}
}

static void
look_orphans(struct sim *s, struct plane *p, const struct engine *e,
	     struct tally *n)
{
	uint32_t before = n->sas;

	look_list(s, p, e->orphans, n);
	if (n->sas - before > ORPHANS_MAX)
		sim_fail(s, "%s: %u IKE_SAs without a tunnel", p->node->name,
		    n->sas - before);
}

void
look_after(struct sim *s, struct node *n)
{
	struct plane *p = plane_of(n);
	struct engine *e = n->engine;
	struct tally sum = { 0, 0, 0, 0 };
	const struct tunnel *t;
	uint32_t bucket = 0;
	struct link *l = NULL;

	s->steps++;
	if (e == NULL || s->failed)
		return;
	while ((l = table_walk(&e->tunnels, &bucket, l)) != NULL) {
		t = table_entry(l, struct tunnel, by_id);
		look_list(s, p, t->sas, &sum);
		look_tunnel(s, p, t);
	}
	look_orphans(s, p, e, &sum);
	look_plane(s, p, e, sum.plane);
	if (sum.sas != e->sas.n || sum.sas != e->stats.ike_sas ||
	    sum.half != e->stats.half_open || sum.children != e->children.n ||
	    sum.children != e->stats.child_sas)
		sim_fail(s, "%s: counts %u IKE_SAs (%u in its table), %u "
		    "half-open, %u CHILD_SAs (%u); has %u, %u, %u", n->name,
		    e->stats.ike_sas, e->sas.n, e->stats.half_open,
		    e->stats.child_sas, e->children.n, sum.sas, sum.half,
		    sum.children);
	web_look(s, n);
	if (e->n_answers != 0 || e->fetched != NULL || e->checks_due != NULL ||
	    e->depth != 0)
		sim_fail(s, "%s: answers are left over", n->name);
}

/* --- nothing is accepted twice --- */

static uint64_t
mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15ULL;
	return h ^ (h >> 29);
}

/* What a message that is accepted changes. */
static uint64_t
print_list(const struct ike_sa *sa)
{
	const struct child_sa *c;
	uint64_t h = 0, one;

	for (; sa != NULL; sa = sa->next) {
		one = mix(sa->serial, (uint64_t)sa->msgid_in << 32 |
		    sa->msgid_out);
		one = mix(one, (uint64_t)sa->state << 24 | sa->asked << 16 |
		    sa->answering << 8 | sa->want);
		one = mix(one, addr_hash(&sa->remote.addr, 1) ^
		    sa->remote.port);
		for (c = sa->children; c != NULL; c = c->next)
			one = mix(one, (uint64_t)c->serial << 16 |
			    c->state << 8 | c->want << 4 | c->in_plane << 1 |
			    c->out_plane);
		h += one;		/* in any order */
	}
	return h;
}

static uint64_t
print_of(struct engine *e)
{
	uint64_t h = e->stats.ike_sas + print_list(e->orphans);
	uint32_t bucket = 0;
	struct link *l = NULL;

	while ((l = table_walk(&e->tunnels, &bucket, l)) != NULL)
		h += print_list(table_entry(l, struct tunnel, by_id)->sas);
	return h;
}

static uint64_t
hash_of(const struct flight *f)
{
	uint64_t h = f->len, v;
	size_t i;

	for (i = 0; i + 8 <= f->len; i += 8) {
		memcpy(&v, f->data + i, 8);
		h = mix(h, v);
	}
	return h | 1 << 10;
}

/* IKE_SA_INIT may begin again when what it began is forgotten, and so may the first
 * message of a main mode. */
static bool
begins(const struct flight *f)
{
	static const uint8_t none[8];

	return f->len < 28 || f->data[18] == EXCH_IKE_SA_INIT ||
	    memcmp(f->data + 8, none, 8) == 0;
}

void
look_arrived(struct sim *s, struct node *n, const struct flight *f)
{
	struct plane *p = plane_of(n);

	s->input_hash = 0;
	if (begins(f))
		return;
	s->input_hash = hash_of(f);
	s->input_seen = p->heard[s->input_hash % 1024] == s->input_hash;
	s->print_before = print_of(n->engine);
}

static void
look_twice(struct sim *s, struct node *n)
{
	struct plane *p = plane_of(n);
	uint64_t h = s->input_hash;

	s->input_hash = 0;
	if (h == 0 || print_of(n->engine) == s->print_before)
		return;
	if (s->input_seen)
		sim_fail(s, "%s: a message is accepted twice", n->name);
	p->heard[h % 1024] = h;
}

/* --- for the others --- */

static struct tunnel *
tunnel_of(const struct end *e)
{
	return e->node->engine != NULL ? tunnel_find(e->node->engine, e->id) :
	    NULL;
}

bool
look_up(const struct end *e)
{
	const struct tunnel *t = tunnel_of(e);

	return t != NULL && t->status == TUNNEL_UP;
}

bool
look_held(const struct end *e)
{
	const struct tunnel *t = tunnel_of(e);

	return t == NULL || t->held;
}

static bool
end_is_tidy(struct sim *s, const struct end *e, bool complain)
{
	const struct tunnel *tn = tunnel_of(e);
	const struct ike_sa *sa;
	const struct child_sa *c;
	unsigned int sas = 0, children = 0;

	for (sa = tn != NULL ? tn->sas : NULL; sa != NULL; sa = sa->next) {
		sas++;
		for (c = sa->children; c != NULL; c = c->next)
			children++;
	}
	if (complain && (sas != 1 || children != 1))
		sim_fail(s, "%s: tunnel %u has %u IKE_SAs and %u CHILD_SAs long "
		    "after the last trouble", e->node->name, e->id, sas,
		    children);
	return sas == 1 && children == 1;
}

bool
look_tidy(struct sim *s, const struct tun *t, bool complain)
{
	/* Reauthenticated every minute, it is never alone. */
	if (t->end[0].reauth_time < 300 || t->end[1].reauth_time < 300)
		return true;
	return end_is_tidy(s, &t->end[0], complain) &&
	    end_is_tidy(s, &t->end[1], complain);
}

bool
look_empty(struct sim *s, struct node *n)
{
	const struct engine *e = n->engine;
	struct plane *p = plane_of(n);
	/* What serves all tunnels stays for the next one. */
	uint32_t kept = e->crl_sources.n + e->certs.n;

	if (e->tunnels.n == 0 && e->pairs.n == 0 && e->ids.n == 0 &&
	    e->remotes.n == 0 && e->sas.n == 0 && e->halves.n == 0 &&
	    e->sources.n == 0 &&
	    e->children.n == 0 && e->asks.n == 0 && e->orphans == NULL &&
	    e->timers.n <= kept && e->timers.reserved == kept &&
	    e->plan == NULL && e->checks == NULL && e->downloads.n == 0 &&
	    e->refreshes == NULL && e->stats.half_open == 0 &&
	    p->sas == NULL && p->policies == NULL)
		return true;
	sim_fail(s, "%s: without a tunnel it keeps %u IKE_SAs, %u CHILD_SAs, %u "
	    "questions, %u timers, %u pairs, %u identities%s%s", n->name,
	    e->sas.n, e->children.n, e->asks.n, e->timers.reserved, e->pairs.n,
	    e->ids.n, p->sas != NULL ? ", SAs in the data plane" : "",
	    p->policies != NULL ? ", policies" : "");
	return false;
}

void
look_world(struct world *w, struct node *n)
{
	struct sim *s = sim_of(w);

	if (n == NULL || n->engine == NULL)
		return;
	look_twice(s, n);
	look_after(s, n);
	if (s->clear != 0)
		watch_step(s, n);
}

/* --- in words --- */

static const struct cipher_keys *
keys_of(struct engine *e, const struct ike_header *h)
{
	struct ike_sa *sa = sa_find(e, (h->flags & FLAG_INITIATOR) != 0 ?
	    h->spi_i : h->spi_r);

	return sa != NULL && sa->out.encr != NULL ? &sa->out : NULL;
}

/* The first of an exchange after main mode can be read; the others' IVs are gone. */
static const char *
message1_in_words(const struct node *from, struct message *m, uint8_t *octets,
		  size_t len, char *text)
{
	const struct ike_sa *sa;
	const struct keys1 *k;
	uint8_t iv[CBC_IV];

	if (message1_parse(m, octets, len, NULL) < 0)
		return "not a message";
	message_str(m, text);
	sa = from->engine != NULL ? sa_find(from->engine, m->hdr.spi_i) : NULL;
	if (sa == NULL && from->engine != NULL)
		sa = sa_find(from->engine, m->hdr.spi_r);
	if (!m->sk.present || m->hdr.msgid == 0 || sa == NULL || sa->v1 == NULL)
		return text;
	k = &sa->v1->keys;
	octets += IKE_HDR_LEN;
	len -= IKE_HDR_LEN;
	if (keymat1_iv(from->crypto, k->prf, k->iv, m->hdr.msgid, iv) &&
	    cbc_decrypt(from->crypto, k->encr, &k->key, iv, octets, len) &&
	    message1_parse_inner(m, octets, len, NULL) == 0)
		message_str(m, text);
	return text;
}

const char *
look_message(const struct node *from, const struct flight *f)
{
	static struct message m;
	static char text[MESSAGE_STRLEN + 32];
	static uint8_t copy[ENGINE_MSG_MAX];
	const struct cipher_keys *k;
	struct err why = ERR_INIT;
	size_t len;

	if (f->len > sizeof(copy))
		return "too long";
	memcpy(copy, f->data, f->len);
	if (f->len > 17 && IKE_MAJOR(copy[17]) == 1)
		return message1_in_words(from, &m, copy, f->len, text);
	if (message_parse(&m, copy, f->len, &why) < 0)
		return "not a message";
	if (m.sk.fragment > 1)
		snprintf(text, sizeof(text), "%u fragment %u of %u",
		    m.hdr.msgid, m.sk.fragment, m.sk.fragments);
	else if (m.sk.present && m.sk.fragment == 0 && from->engine != NULL &&
	    (k = keys_of(from->engine, &m.hdr)) != NULL &&
	    cipher_open(from->crypto, k, copy, m.sk.aad_len, f->len, &len) &&
	    message_parse_inner(&m, copy + m.sk.aad_len + k->encr->iv_len, len,
	    &why) < 0)
		snprintf(text, sizeof(text), "%u malformed", m.hdr.msgid);
	else
		return message_str(&m, text);
	return text;
}
