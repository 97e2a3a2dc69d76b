#include "mobike.h"

#include <stdlib.h>
#include <string.h>

#include "ike/child.h"
#include "ike/context.h"
#include "ike/natt.h"
#include "ike/tunnel.h"
#include "ike2.h"
#include "secret.h"

#define SILENT_TRIES	2		/* then the path is in doubt */

/* --- addresses --- */

static bool
in_any(const struct prefix *p, size_t n, const struct addr *a)
{
	while (n-- > 0)
		if (prefix_has(p++, a))
			return true;
	return false;
}

/* One that a peer elsewhere may reach: not what the tunnel protects. */
static bool
usable(const struct conf *c, const struct addr *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (a->family != c->local.family || addr_is_any(a) ||
	    in_any(subnets_local(c->subnets), c->subnets->n_local, a))
		return addr_equal(a, &c->local);
	if (a->family == AF_INET)
		return a->b[0] != 127 && a->b[0] < 224 &&
		    !(a->b[0] == 169 && a->b[1] == 254);
	return memcmp(a->b, one, 16) != 0 && a->b[0] != 0xff &&
	    !(a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80);
}

/* Ours, local-address first if it is there; but for `without`. */
static size_t
own(const struct engine *e, const struct conf *c, const struct addr *without,
    struct addr out[MOBIKE_ADDRS_MAX])
{
	const struct locals *l = &e->locals;
	size_t i, n = 0;

	if (local_there(e, &c->local) &&
	    (without == NULL || !addr_equal(&c->local, without)))
		out[n++] = c->local;
	for (i = 0; i < l->n && n < MOBIKE_ADDRS_MAX; i++)
		if (usable(c, &l->a[i]) && !addr_equal(&l->a[i], &c->local) &&
		    (without == NULL || !addr_equal(&l->a[i], without)))
			out[n++] = l->a[i];
	return n;
}

/* Where the peer may be: where it is, where it was, and what it said, but for what
 * is reached through the tunnel only. */
static size_t
theirs(const struct ike_sa *sa, struct addr out[MOBIKE_ADDRS_MAX + 3])
{
	const struct mobike *mb = sa->mobike;
	const struct addr *known[] = { &sa->remote.addr, &mb->used_remote.addr,
	    &sa->tunnel->conf->peer };
	const struct subnets *s = sa->tunnel->conf->subnets;
	size_t i, k, n = 0;

	for (i = 0; i < 3u + mb->n_peer; i++) {
		const struct addr *a = i < 3 ? known[i] : &mb->peer[i - 3];

		for (k = 0; k < n && !addr_equal(&out[k], a); k++)
			;
		if (k == n && a->family == sa->local.addr.family &&
		    (i < 3 || !in_any(subnets_remote(s), s->n_remote, a)))
			out[n++] = *a;
	}
	return n;
}

static void
build_addresses(struct engine *e, const struct ike_sa *sa, const struct conf *c,
		struct build *b, bool none_too)
{
	struct addr a[MOBIKE_ADDRS_MAX];
	size_t i, n = own(e, c, &sa->local.addr, a);

	for (i = 0; i < n; i++)
		build_notify(b, PROTO_NONE, a[i].family == AF_INET ?
		    N_ADDITIONAL_IP4_ADDRESS : N_ADDITIONAL_IP6_ADDRESS,
		    NULL, 0, a[i].b, addr_len(&a[i]));
	if (n == 0 && none_too)
		build_notify(b, PROTO_NONE, N_NO_ADDITIONAL_ADDRESSES, NULL, 0,
		    NULL, 0);
}

/* RFC 4555 3.6: a message names all of them or says nothing about them. */
static bool
keep_addresses(struct mobike *mb, const struct message *m)
{
	const struct payload *p = message_find(m, PL_NOTIFY);
	struct addr a;
	bool any = false;

	for (; p != NULL; p = message_next(m, p)) {
		uint16_t t = p->notify.type;

		if (t != N_ADDITIONAL_IP4_ADDRESS &&
		    t != N_ADDITIONAL_IP6_ADDRESS &&
		    t != N_NO_ADDITIONAL_ADDRESSES)
			continue;
		if (!any)
			mb->n_peer = 0;
		any = true;
		if (t != N_NO_ADDITIONAL_ADDRESSES &&
		    mb->n_peer < MOBIKE_ADDRS_MAX &&
		    p->notify.data.len ==
		    (t == N_ADDITIONAL_IP4_ADDRESS ? 4u : 16u) &&
		    addr_from_bytes(&a, p->notify.data.p, p->notify.data.len) == 0
		    && !addr_is_any(&a))
			mb->peer[mb->n_peer++] = a;
	}
	return any;
}

/* --- IKE_AUTH --- */

void
mobike_announce(struct engine *e, const struct ike_sa *sa, const struct conf *c,
		struct build *b)
{
	if (!c->mobike)
		return;
	build_notify(b, PROTO_NONE, N_MOBIKE_SUPPORTED, NULL, 0, NULL, 0);
	build_addresses(e, sa, c, b, false);
}

void
mobike_negotiate(struct engine *e, struct ike_sa *sa, const struct conf *c,
		 const struct message *m)
{
	struct mobike *mb;

	(void)e;
	if (!c->mobike || sa->mobike != NULL ||
	    message_notify(m, N_MOBIKE_SUPPORTED) == NULL)
		return;
	mb = calloc(1, sizeof(*mb));	/* without memory: as if off */
	if (mb == NULL)
		return;
	mb->mover = sa->initiator;
	mb->used_local = mb->from_local = sa->local;
	mb->used_remote = mb->from_remote = sa->remote;
	keep_addresses(mb, m);
	sa->mobike = mb;
}

void
mobike_free(struct ike_sa *sa)
{
	free(sa->mobike);
	sa->mobike = NULL;
}

void
mobike_inherit(struct ike_sa *from, struct ike_sa *to)
{
	mobike_free(to);
	to->mobike = from->mobike;
	from->mobike = NULL;
	if (to->mobike == NULL)
		return;
	to->mobike->has_seen = false;	/* the hash is over the SPIs */
	to->mobike->from_local = to->local;
	to->mobike->from_remote = to->remote;
}

/* --- the CHILD_SAs --- */

const struct endpoint *
mobike_local(const struct ike_sa *sa)
{
	return sa->mobike != NULL ? &sa->mobike->used_local : &sa->local;
}

const struct endpoint *
mobike_remote(const struct ike_sa *sa)
{
	return sa->mobike != NULL ? &sa->mobike->used_remote : &sa->remote;
}

static bool
elsewhere(const struct ike_sa *sa)
{
	const struct mobike *mb = sa->mobike;

	return !endpoint_equal(&sa->local, &mb->used_local) ||
	    !endpoint_equal(&sa->remote, &mb->used_remote);
}

/* What carries traffic goes where the IKE_SA is. */
static void
take_along(struct engine *e, struct ike_sa *sa)
{
	struct mobike *mb = sa->mobike;
	char l[2][ENDPOINT_STRLEN], r[2][ENDPOINT_STRLEN];
	struct child_sa *c;

	if (elsewhere(sa))
		tunnel_event(e, sa->tunnel, EV_MOVED, "moved from %s === %s to "
		    "%s === %s", endpoint_str(&mb->used_local, l[0]),
		    endpoint_str(&mb->used_remote, r[0]),
		    endpoint_str(&sa->local, l[1]),
		    endpoint_str(&sa->remote, r[1]));
	mb->used_local = sa->local;
	mb->used_remote = sa->remote;
	for (c = sa->children; c != NULL; c = c->next)
		child_update(e, c);
	sa_arm_keepalive(e, sa);
}

/* --- messages on their way --- */

static bool
may_be_peer(const struct ike_sa *sa, const struct addr *a)
{
	struct addr all[MOBIKE_ADDRS_MAX + 3];
	size_t i, n = theirs(sa, all);

	for (i = 0; i < n; i++)
		if (addr_equal(&all[i], a))
			return true;
	return false;
}

void
mobike_heard(struct engine *e, struct ike_sa *sa, const struct message *m,
	     const struct endpoint *local, const struct endpoint *remote)
{
	struct mobike *mb = sa->mobike;

	(void)e;
	if (!message_is_response(m)) {
		mb->from_local = *local;
		mb->from_remote = *remote;
		return;
	}
	/* That path works: to a place we asked, not to any that repeats what
	 * the peer said. */
	if (!mb->mover || sa->tunnel == NULL ||
	    local->port != sa->local.port || remote->port != sa->remote.port ||
	    !may_be_peer(sa, &remote->addr))
		return;
	mb->lost = false;
	sa->local = *local;
	sa->remote = *remote;
	if (elsewhere(sa) && sa->state == IKE_UP)
		sa->want |= WANT_UPDATE;
}

bool
mobike_everywhere(struct engine *e, struct ike_sa *sa, const struct packet *p)
{
	struct addr from[MOBIKE_ADDRS_MAX], to[MOBIKE_ADDRS_MAX + 3];
	struct endpoint local = sa->local, remote = sa->remote;
	const struct packet *q;
	size_t i, k, n, m;

	if (sa->mobike == NULL || !sa->mobike->mover || sa->tunnel == NULL ||
	    (!sa->mobike->lost && sa->sent.tries < SILENT_TRIES))
		return false;
	n = own(e, sa->tunnel->conf, NULL, from);
	m = theirs(sa, to);
	for (i = 0; i < n; i++)
		for (k = 0; k < m; k++) {
			local.addr = from[i];
			remote.addr = to[k];
			for (q = p; q != NULL; q = q->next)
				engine_send(e, &local, &remote, sa->encap,
				    q->data, q->len);
		}
	return n * m != 0;
}

/* --- the peer's INFORMATIONAL --- */

/* RFC 4555 3.9, 4.2.6: the addresses that the peer believes in. */
static bool
as_sent(const struct mobike *mb, const struct payload *p)
{
	size_t n = addr_len(&mb->from_remote.addr);
	uint8_t want[2 * 16 + 4];
	struct wbuf w;

	wbuf_init(&w, want, sizeof(want));
	wbuf_bytes(&w, mb->from_remote.addr.b, n);
	wbuf_bytes(&w, mb->from_local.addr.b, n);
	wbuf_u16(&w, mb->from_remote.port);
	wbuf_u16(&w, mb->from_local.port);
	return p->notify.data.len == w.len &&
	    memcmp(p->notify.data.p, want, w.len) == 0;
}

/* 3.5: where the packet came from is where the peer is. */
static void
follow_update(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	struct mobike *mb = sa->mobike;

	sa->local = mb->from_local;
	sa->remote = mb->from_remote;
	if (message_notify(m, N_NAT_DETECTION_DESTINATION_IP) != NULL)
		natt_detect(e, sa, m);
	/* Another port of the same address is the NAT's doing. */
	if (addr_equal(&sa->remote.addr, &mb->used_remote.addr))
		take_along(e, sa);
	else
		sa->want |= WANT_CHECK;
}

static void
echo_cookie(const struct message *m, struct build *b)
{
	const struct payload *p = message_notify(m, N_COOKIE2);

	if (p != NULL && p->notify.data.len >= 8 && p->notify.data.len <= 64)
		build_notify(b, PROTO_NONE, N_COOKIE2, NULL, 0,
		    p->notify.data.p, p->notify.data.len);
}

void
mobike_request(struct engine *e, struct ike_sa *sa, const struct message *m,
	       struct build *b)
{
	const struct payload *nat = message_notify(m, N_NO_NATS_ALLOWED);
	bool update = message_notify(m, N_UPDATE_SA_ADDRESSES) != NULL;
	struct mobike *mb = sa->mobike;

	if (mb == NULL || mb->mover || sa->state != IKE_UP) {
		if (update)
			build_notify(b, PROTO_NONE, N_UNACCEPTABLE_ADDRESSES,
			    NULL, 0, NULL, 0);
		update = false;
	}
	if (mb == NULL)
		return;
	echo_cookie(m, b);
	if (nat != NULL && !as_sent(mb, nat)) {
		build_notify(b, PROTO_NONE, N_UNEXPECTED_NAT_DETECTED, NULL, 0,
		    NULL, 0);
		return;
	}
	if (update)
		follow_update(e, sa, m);
	if (message_notify(m, N_NAT_DETECTION_DESTINATION_IP) != NULL)
		natt_build_between(e, sa, &mb->from_local, &mb->from_remote, b);
	/* The peer has lost the address that we use, and says where it is. */
	if (keep_addresses(mb, m) && mb->mover && sa->state == IKE_UP &&
	    !addr_equal(&mb->from_remote.addr, &sa->remote.addr)) {
		sa->remote = mb->from_remote;
		sa->want |= WANT_UPDATE;
	}
}

/* --- ours --- */

static bool
ask(struct engine *e, struct ike_sa *sa, struct build *b, enum request_kind kind)
{
	sa->mobike->asked_local = sa->local;
	sa->mobike->asked_remote = sa->remote;
	return request_send(e, sa, b, kind);
}

bool
mobike_update(struct engine *e, struct ike_sa *sa)
{
	struct build b;

	sa->want &= (uint8_t)~WANT_UPDATE;
	if (sa->mobike == NULL)
		return true;
	request_begin(e, sa, &b, EXCH_INFORMATIONAL);
	build_notify(&b, PROTO_NONE, N_UPDATE_SA_ADDRESSES, NULL, 0, NULL, 0);
	if (sa->natd)
		natt_build(e, sa, &b);
	return ask(e, sa, &b, REQ_UPDATE);
}

bool
mobike_check(struct engine *e, struct ike_sa *sa)
{
	struct mobike *mb = sa->mobike;
	struct build b;

	sa->want &= (uint8_t)~WANT_CHECK;
	if (mb == NULL)
		return true;
	if (!e->ops->random(e->ctx, mb->cookie, sizeof(mb->cookie)))
		return false;
	request_begin(e, sa, &b, EXCH_INFORMATIONAL);
	build_notify(&b, PROTO_NONE, N_COOKIE2, NULL, 0, mb->cookie,
	    sizeof(mb->cookie));
	return ask(e, sa, &b, REQ_CHECK);
}

bool
mobike_addresses(struct engine *e, struct ike_sa *sa)
{
	struct build b;

	sa->want &= (uint8_t)~WANT_ADDRESSES;
	if (sa->mobike == NULL || sa->tunnel == NULL)
		return true;
	request_begin(e, sa, &b, EXCH_INFORMATIONAL);
	build_addresses(e, sa, sa->tunnel->conf, &b, true);
	return ask(e, sa, &b, REQ_PROBE);
}

void
mobike_build_probe(struct engine *e, struct ike_sa *sa, struct build *b)
{
	if (sa->mobike == NULL)
		return;
	sa->mobike->asked_local = sa->local;
	sa->mobike->asked_remote = sa->remote;
	if (sa->mobike->mover && sa->natd && sa->nat_local)
		natt_build(e, sa, b);
}

/* Whether the answer is about the addresses that we have now. */
static bool
current(const struct ike_sa *sa)
{
	const struct mobike *mb = sa->mobike;

	return endpoint_equal(&sa->local, &mb->asked_local) &&
	    endpoint_equal(&sa->remote, &mb->asked_remote);
}

/* As what does the peer see us?  True: not as before. */
static bool
seen_otherwise(struct mobike *mb, const struct message *m)
{
	const struct payload *p =
	    message_notify(m, N_NAT_DETECTION_DESTINATION_IP);
	bool other;

	if (p == NULL || p->notify.data.len != sizeof(mb->seen))
		return false;
	other = !mb->has_seen ||
	    memcmp(mb->seen, p->notify.data.p, sizeof(mb->seen)) != 0;
	memcpy(mb->seen, p->notify.data.p, sizeof(mb->seen));
	mb->has_seen = true;
	return other;
}

/* The pair is not to the peer's taste: back to what was agreed on. */
static void
unacceptable(struct engine *e, struct ike_sa *sa)
{
	struct mobike *mb = sa->mobike;
	char l[ENDPOINT_STRLEN], r[ENDPOINT_STRLEN];

	tunnel_event(e, sa->tunnel, EV_WARNING, "the peer does not accept our move "
	    "to %s === %s", endpoint_str(&sa->local, l),
	    endpoint_str(&sa->remote, r));
	sa->local = mb->used_local;
	sa->remote = mb->used_remote;
	mb->refused = true;
}

static int
updated(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	if (!current(sa))
		sa->want |= WANT_UPDATE;	/* moved again meanwhile */
	else if (message_notify(m, N_UNACCEPTABLE_ADDRESSES) != NULL ||
	    message_notify(m, N_UNEXPECTED_NAT_DETECTED) != NULL)
		unacceptable(e, sa);
	else {
		if (message_notify(m, N_NAT_DETECTION_DESTINATION_IP) != NULL)
			natt_detect(e, sa, m);
		seen_otherwise(sa->mobike, m);
		sa->mobike->refused = false;
		take_along(e, sa);
	}
	return V_STAY;
}

/* RFC 4555 3.7. */
static int
checked(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	const struct payload *p = message_notify(m, N_COOKIE2);
	struct mobike *mb = sa->mobike;

	if (!current(sa)) {
		sa->want |= WANT_CHECK;
		return V_STAY;
	}
	if (p == NULL || p->notify.data.len != sizeof(mb->cookie) ||
	    !secret_mem_equal(p->notify.data.p, mb->cookie,
	    sizeof(mb->cookie)))
		return exchange_reject(e, sa, 0, EV_PEER_CLOSED, "the peer did "
		    "not return the cookie that shows it at its new address");
	take_along(e, sa);
	return V_STAY;
}

int
mobike_response(struct engine *e, struct ike_sa *sa, uint8_t asked,
		const struct message *m)
{
	if (sa->mobike == NULL || sa->state != IKE_UP)
		return V_STAY;
	if (asked == REQ_UPDATE)
		return updated(e, sa, m);
	if (asked == REQ_CHECK)
		return checked(e, sa, m);
	if (sa->mobike->mover && current(sa) && seen_otherwise(sa->mobike, m))
		sa->want |= WANT_UPDATE;
	return V_STAY;
}

/* --- addresses of this machine --- */

static void
move_to(struct engine *e, struct ike_sa *sa, const struct addr *a, bool lost)
{
	sa->local.addr = *a;
	sa->mobike->lost = lost;
	if (!sa->mobike->mover) {
		/* 3.5, the exception: nothing else can be sent from. */
		take_along(e, sa);
		sa->want |= WANT_ADDRESSES;
	} else {
		sa->want |= WANT_UPDATE;
	}
	if (sa->sent.packet != NULL)	/* the window is not free: what is in it
					 * will find the way */
		timer_set(&e->timers, &sa->sent.timer, e->now);
	ike2_next(e, sa);
}

static bool
settle_one(struct engine *e, struct ike_sa *sa)
{
	const struct conf *c = sa->tunnel->conf;
	struct addr a[MOBIKE_ADDRS_MAX];

	if (!local_there(e, &sa->local.addr)) {
		if (own(e, c, NULL, a) == 0)
			return false;
		move_to(e, sa, &a[0], true);
	} else if (sa->mobike->mover && !sa->mobike->refused &&
	    local_there(e, &c->local) && !addr_equal(&sa->local.addr, &c->local)) {
		move_to(e, sa, &c->local, false);
	}
	return true;
}

bool
mobike_settle(struct engine *e, struct tunnel *t)
{
	struct ike_sa *sa, *next;
	bool all = true;

	for (sa = t->sas; sa != NULL; sa = next) {
		next = sa->next;
		if (sa->state == IKE_UP && sa->mobike != NULL)
			all &= settle_one(e, sa);
	}
	return all;
}

void
mobike_begin(const struct engine *e, struct ike_sa *sa)
{
	const struct ike_sa *old;

	for (old = sa->tunnel->sas; old != NULL; old = old->next)
		if (old->state == IKE_UP && old->mobike != NULL &&
		    !local_there(e, &sa->local.addr)) {
			sa->local.addr = old->local.addr;
			sa->remote.addr = old->remote.addr;
		}
}

bool
mobike_has(const struct tunnel *t)
{
	const struct ike_sa *sa;

	for (sa = t->sas; sa != NULL; sa = sa->next)
		if (sa->state == IKE_UP && sa->mobike != NULL)
			return true;
	return false;
}
