#include "handlers1.h"

#include <stdio.h>
#include <string.h>

#include "ike/child.h"
#include "ike/context.h"
#include "ike/life.h"
#include "ike/tunnel.h"
#include "ike/wire/octets.h"
#include "phase1.h"
#include "phase2.h"
#include "protect.h"

/* Informational exchanges (RFC 2408 4.8, RFC 2409 5.7): one message, which nobody
 * acknowledges. */

#define LOST_SPI_MS	10000		/* older than what may still be on its way */
#define CONTACT_MS	10000		/* INITIAL-CONTACT comes with the first words */
#define DPD_TIMES	5		/* a silent peer is asked, at least, before it is
					 * dead */

/* --- ours --- */

struct info {
	struct build	 b;
	uint8_t		*hash;
	uint32_t	 msgid;
};

static bool
begin(struct engine *e, struct ike_sa *sa, struct info *i)
{
	i->msgid = phase2_msgid(e, sa);
	if (i->msgid == 0 || !sa->v1->keyed || sa->v1->gone)
		return false;
	protect_begin(e, sa, &i->b, EXCH1_INFORMATIONAL, i->msgid);
	i->hash = build1_hash(&i->b, sa->v1->keys.prf->len);
	return i->hash != NULL;
}

static struct packet *
finish(struct engine *e, struct ike_sa *sa, struct info *i)
{
	const struct keys1 *k = &sa->v1->keys;
	uint8_t hash[PRF_MAX], iv[CBC_IV];
	struct bytes rest;

	build1_hashed(&i->b, &rest);
	if (!keymat1_hash(e->crypto, k, 1, i->msgid, NULL, NULL, &rest, hash) ||
	    !keymat1_iv(e->crypto, k->prf, k->iv, i->msgid, iv))
		return NULL;
	memcpy(i->hash, hash, k->prf->len);
	return protect_end(e, sa, &i->b, iv);
}

static bool
send_once(struct engine *e, struct ike_sa *sa, struct info *i)
{
	struct packet *p = finish(e, sa, i);

	if (p == NULL)
		return false;
	sa_transmit(e, sa, p);
	packet_free(p);
	return true;
}

bool
info1_notify(struct engine *e, struct ike_sa *sa, uint16_t type, uint32_t spi)
{
	uint8_t octets[4];
	struct info i;

	if (!begin(e, sa, &i))
		return false;
	octets_u32(spi, octets);
	build1_notify(&i.b, spi != 0 ? PROTO_ESP : PROTO_IKE, type, octets,
	    spi != 0 ? sizeof(octets) : 0, NULL, 0);
	return send_once(e, sa, &i);
}

bool
info1_delete_child(struct engine *e, struct ike_sa *sa, const struct child_sa *c)
{
	struct info i;

	if (!begin(e, sa, &i))
		return false;
	build1_delete(&i.b, PROTO_ESP, &c->spi_in, 1);
	return send_once(e, sa, &i);
}

bool
info1_delete_ike(struct engine *e, struct ike_sa *sa)
{
	struct info i;

	if (!begin(e, sa, &i))
		return false;
	build1_delete_isakmp(&i.b, sa->spi_i, sa->spi_r);
	packet_free(sa->sent.packet);
	sa->sent.packet = finish(e, sa, &i);
	if (sa->sent.packet == NULL)
		return false;
	sa_transmit(e, sa, sa->sent.packet);
	return true;
}

/* --- dead peers (RFC 3706) --- */

static bool
dpd(struct engine *e, struct ike_sa *sa, uint16_t type, uint32_t number)
{
	uint8_t cookies[16], octets[4];
	struct info i;

	if (!begin(e, sa, &i))
		return false;
	octets_spis(sa->spi_i, sa->spi_r, cookies);
	octets_u32(number, octets);
	build1_notify(&i.b, PROTO_IKE, type, cookies, sizeof(cookies), octets,
	    sizeof(octets));
	return send_once(e, sa, &i);
}

static void
dead(struct engine *e, struct ike_sa *sa)
{
	struct tunnel *t = sa->tunnel;
	uint32_t seconds = (uint32_t)((e->now - sa->v1->dpd_since) / 1000);
	char who[ENDPOINT_STRLEN], why[ERR_TEXT_MAX];

	snprintf(why, sizeof(why), "peer %s is dead: no sign of life in %u seconds "
	    "(dpd-timeout)", endpoint_str(&sa->remote, who), seconds);
	sa_free(e, sa);
	tunnel_lost(e, t, LOST_DEAD, EV_PEER_DEAD, why);
}

void
info1_probe(struct engine *e, struct ike_sa *sa)
{
	const struct conf *conf = sa->tunnel->conf;
	uint64_t at, again;
	struct phase1 *v1 = sa->v1;

	sa->want &= (uint8_t)~WANT_PROBE;
	if (!v1->dpd)
		return;
	if (v1->dpd_since == 0)
		v1->dpd_since = e->now;
	else if (sa->sent.tries >= DPD_TIMES - 1 &&
	    e->now - v1->dpd_since >= conf->dpd_timeout * 1000ull) {
		dead(e, sa);
		return;
	} else if (sa->sent.tries < UINT8_MAX) {
		sa->sent.tries++;
	}
	sa->probes++;
	if (++v1->dpd_out == 0)
		v1->dpd_out = 1;
	dpd(e, sa, N1_R_U_THERE, v1->dpd_out);
	/* One that is lost does not end it, however short the time. */
	at = e->now + conf->dpd_timeout * 1000ull / DPD_TIMES;
	again = e->now + life_probe_after(sa);
	timer_set(&e->timers, &sa->probe, at < again ? at : again);
	tunnel_update(e, sa->tunnel);
}

void
info1_alive(struct engine *e, struct ike_sa *sa)
{
	bool silent = sa->sent.tries != 0;

	sa->v1->dpd_since = 0;
	if (sa->sent.packet != NULL)	/* of main mode */
		return;
	sa->sent.tries = 0;
	if (silent && sa->tunnel != NULL)
		tunnel_update(e, sa->tunnel);
}

/* A stale number is a replay (RFC 3706 5.5.2); the first may be any. */
static bool
is_next(const struct ike_sa *sa, const struct payload *n, uint32_t *number)
{
	return notify_u32(n, number) && *number != 0 && (sa->v1->dpd_in == 0 ||
	    (int32_t)(*number - sa->v1->dpd_in) > 0);
}

static void
are_you_there(struct engine *e, struct ike_sa *sa, const struct payload *n)
{
	uint32_t number;

	/* Some ask with the same number until they hear us (OpenBSD). */
	if (!is_next(sa, n, &number) && (number == 0 ||
	    number != sa->v1->dpd_in)) {
		engine_drop(e, &sa->remote, "R-U-THERE with a number that was "
		    "used");
		return;
	}
	sa->v1->dpd_in = number;
	dpd(e, sa, N1_R_U_THERE_ACK, number);
}

/* What the right one is good for it has done: see info1_is_new(). */
static void
acknowledged(struct engine *e, struct ike_sa *sa, const struct payload *n)
{
	uint32_t number;

	if (!notify_u32(n, &number) || number != sa->v1->dpd_out)
		engine_drop(e, &sa->remote, "R-U-THERE-ACK of another one");
}

/* --- the peer's --- */

/* Of any IKE_SA of the tunnel, for IKEv1 does not tie them together. */
static struct child_sa *
by_peer(const struct tunnel *t, uint32_t spi)
{
	struct child_sa *c;
	struct ike_sa *sa;

	for (sa = t->sas; sa != NULL; sa = sa->next)
		if (sa->v1 != NULL && (c = child_by_peer(sa, spi)) != NULL)
			return c;
	return NULL;
}

static void
delete_children(struct engine *e, struct ike_sa *sa, const struct payload *p)
{
	struct child_sa *c;
	size_t i;

	for (i = 0; i < p->del.n && p->del.spi_size == 4; i++) {
		c = by_peer(sa->tunnel, delete_spi(p, i));
		if (c != NULL)
			phase2_end_child(e, c);
	}
}

/* Of the same tunnel and version; NULL: there is none such. */
static struct ike_sa *
by_cookies(struct ike_sa *sa, uint64_t spi_i, uint64_t spi_r)
{
	struct ike_sa *other = sa->tunnel != NULL ? sa->tunnel->sas : sa;

	for (; other != NULL; other = sa->tunnel != NULL ? other->next : NULL)
		if (other->machine == sa->machine && other->spi_i == spi_i &&
		    other->spi_r == spi_r)
			return other;
	return NULL;
}

/* Of the IKE_SAs that the peer deletes; this one last. */
static bool
delete_ikes(struct engine *e, struct ike_sa *sa, const struct payload *p)
{
	struct ike_sa *other;
	uint64_t spi_i, spi_r;
	bool own = false;
	size_t i;

	for (i = 0; i < p->del.n; i++) {
		if (!delete_cookies(p, i, &spi_i, &spi_r))
			continue;
		other = by_cookies(sa, spi_i, spi_r);
		if (other == sa)
			own = true;
		else if (other != NULL)
			phase2_forgotten(e, other);
	}
	return own;
}

/* The peer got ESP for an SPI that it does not know: see info.c of IKEv2. */
static void
lost_spi(struct engine *e, struct ike_sa *sa, const struct payload *n)
{
	uint32_t spi = bytes_spi(&n->notify.spi);
	struct child_sa *c;

	if (spi == 0)
		spi = bytes_spi(&n->notify.data);
	c = by_peer(sa->tunnel, spi);
	if (c == NULL || c->state != CHILD_INSTALLED ||
	    quick_of(sa->tunnel, c->serial) != NULL ||
	    e->now - c->installed < LOST_SPI_MS)
		return;
	c->want |= CHILD_WANT_REKEY;
}

/* Which of our quick modes the peer refuses: it may name the SPI. */
static struct quick *
refused_one(struct ike_sa *sa, const struct payload *n)
{
	uint32_t spi = bytes_spi(&n->notify.spi);
	const struct child_sa *c;
	struct quick *q, *any = NULL;

	for (q = sa->v1->quicks; q != NULL; q = q->next) {
		if (q->state != QUICK_I_SENT)
			continue;
		c = child_of(sa, q->child);
		if (spi != 0 && c != NULL && c->spi_in == spi)
			return q;
		any = q;
	}
	return any;
}

static void
complaint(struct engine *e, struct ike_sa *sa, const struct payload *n)
{
	struct quick *q = refused_one(sa, n);
	char num[16];

	if (n->notify.type == N1_AUTHENTICATION_FAILED)
		sa->v1->denied = true;
	if (n->notify.type == N1_INVALID_SPI) {
		lost_spi(e, sa, n);
	} else if (q != NULL) {
		quick_refused(e, q, n->notify.type);
		return;
	}
	if (log_rate_ok(&e->peers, e->now))
		tunnel_event(e, sa->tunnel, EV_WARNING, "the peer reports %s",
		    name_str(ike1_notify_names, n->notify.type, num));
}

/* Of an IKE_SA that it has just made: what it had before is forgotten. */
static void
contact(struct engine *e, struct ike_sa *sa)
{
	struct ike_sa *other, *next;
	struct child_sa *c, *after;

	if (e->now - sa->authenticated > CONTACT_MS || sa->caller)
		return;
	for (other = sa->tunnel->sas; other != NULL; other = next) {
		next = other->next;
		if (other == sa || other->state < IKE_UP ||
		    (other->caller && other->authenticated >= sa->v1->begun))
			continue;
		tunnel_event(e, sa->tunnel, EV_REPLACED, "the peer started anew: "
		    "dropped its IKE_SA #%u", other->serial);
		sa_free(e, other);
	}
	for (c = sa->children; c != NULL; c = after) {
		after = c->next;
		if (child_is_up(c) && c->installed < sa->v1->begun)
			child_free(e, c);
	}
}

static void
connected(struct engine *e, struct ike_sa *sa, const struct payload *n,
	  const struct message *m)
{
	uint32_t spi = bytes_spi(&n->notify.spi);
	const struct child_sa *c;
	struct quick *q;

	for (q = sa->v1->quicks; q != NULL; q = q->next) {
		if (q->state != QUICK_I_COMMIT && q->state != QUICK_R_COMMIT)
			continue;
		c = child_of(sa, q->child);
		if (spi == 0 || c == NULL || c->spi_in == spi ||
		    c->spi_out == spi) {
			quick_connected(e, q, m);
			return;
		}
	}
}

static void
notified(struct engine *e, struct ike_sa *sa, const struct payload *n,
	 const struct message *m)
{
	switch (n->notify.type) {
	case N1_R_U_THERE:
		are_you_there(e, sa, n);
		break;
	case N1_R_U_THERE_ACK:
		acknowledged(e, sa, n);
		break;
	case N1_INITIAL_CONTACT:
		contact(e, sa);
		break;
	case N1_CONNECTED:
		connected(e, sa, n, m);
		break;
	default:
		if (NOTIFY_IS_ERROR(n->notify.type))
			complaint(e, sa, n);
	}
}

static bool
deletes_any(struct ike_sa *sa, const struct payload *p)
{
	uint64_t spi_i, spi_r;
	size_t i;

	if (sa->tunnel == NULL)
		return false;
	for (i = 0; i < p->del.n && p->del.spi_size == 4; i++)
		if (by_peer(sa->tunnel, delete_spi(p, i)) != NULL)
			return true;
	for (i = 0; delete_cookies(p, i, &spi_i, &spi_r); i++)
		if (by_cookies(sa, spi_i, spi_r) != NULL)
			return true;
	return false;
}

bool
info1_is_new(struct ike_sa *sa, const struct message *m)
{
	const struct payload *n = message_notify(m, (enum ike_notify)N1_R_U_THERE);
	const struct payload *p;
	uint32_t number;

	if (n != NULL && is_next(sa, n, &number))
		return true;
	n = message_notify(m, (enum ike_notify)N1_R_U_THERE_ACK);
	if (n != NULL && sa->v1->dpd_since != 0 && notify_u32(n, &number) &&
	    number == sa->v1->dpd_out)
		return true;
	for (p = message_find(m, PL_DELETE); p != NULL; p = message_next(m, p))
		if (deletes_any(sa, p))
			return true;
	return false;
}

void
info1_handle(struct engine *e, struct ike_sa *sa, const struct message *m)
{
	const struct payload *p;
	bool gone = false;

	for (p = message_find(m, PL_NOTIFY); p != NULL && sa->tunnel != NULL;
	    p = message_next(m, p))
		notified(e, sa, p, m);
	for (p = message_find(m, PL_DELETE); p != NULL; p = message_next(m, p)) {
		if (p->del.protocol == PROTO_IKE)
			gone |= delete_ikes(e, sa, p);
		else if (p->del.protocol == PROTO_ESP && sa->tunnel != NULL)
			delete_children(e, sa, p);
	}
	if (gone)
		phase2_forgotten(e, sa);
	else
		phase2_next(e, sa);
}
