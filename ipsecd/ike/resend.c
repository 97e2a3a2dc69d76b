#include "resend.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "fragments.h"
#include "sa.h"
#include "trace.h"
#include "tunnel.h"

static const uint32_t wait_ms[RESEND_TIMES] = {
	4000, 7200, 12960, 23328, 41990, 75583
};

struct packet *
packet_new(const void *data, size_t len)
{
	struct packet *p = len <= UINT16_MAX ? malloc(sizeof(*p) + len) : NULL;

	if (p == NULL)
		return NULL;
	p->next = NULL;
	p->len = (uint16_t)len;
	memcpy(p->data, data, len);
	return p;
}

void
packet_free(struct packet *p)
{
	struct packet *next;

	for (; p != NULL; p = next) {
		next = p->next;
		free(p);
	}
}

void
resend_begin(struct engine *e, struct resend *r, struct packet *p)
{
	packet_free(r->packet);
	r->packet = p;
	r->tries = 0;
	timer_set(&e->timers, &r->timer, e->now + wait_ms[0]);
}

bool
resend_again(struct engine *e, struct resend *r)
{
	if (++r->tries >= RESEND_TIMES)
		return false;
	timer_set(&e->timers, &r->timer, e->now + wait_ms[r->tries]);
	return true;
}

void
resend_end(struct engine *e, struct resend *r)
{
	packet_free(r->packet);
	r->packet = NULL;
	r->tries = 0;
	timer_stop(&e->timers, &r->timer);
}

/* Why this machine does not let our messages out, and what to do. */
static const char *
unsent_str(const struct ike_sa *sa, int error, char *why, size_t size)
{
	char from[ADDR_STRLEN], to[ENDPOINT_STRLEN];

	addr_str(&sa->local.addr, from);
	endpoint_str(&sa->remote, to);
	switch (error) {
	case EPERM:
	case EACCES:
		snprintf(why, size, "a firewall on this machine drops what we "
		    "send to %s\nallow UDP from ports 500 and 4500 to leave, and "
		    "ESP", to);
		break;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
		snprintf(why, size, "this machine has no route to %s\nadd one, or "
		    "see whether the interface is up", to);
		break;
	case EINVAL:
	case EADDRNOTAVAIL:
		snprintf(why, size, "nothing can be sent from %s, which this "
		    "machine does not have now", from);
		break;
	case EMSGSIZE:
		snprintf(why, size, "a message to %s is too long for the "
		    "interface it leaves by\nraise its MTU", to);
		break;
	default:
		snprintf(why, size, "nothing can be sent to %s: %s", to,
		    strerror(error));
		break;
	}
	return why;
}

/* Said once, until something leaves or fails otherwise. */
static void
sa_note_sent(struct engine *e, struct ike_sa *sa)
{
	struct tunnel *t = sa->tunnel;
	char why[ERR_TEXT_MAX];

	if (t == NULL)
		return;
	if (e->send_error == 0) {
		if (t->reason_code == EV_NOT_SENT)
			tunnel_no_reason(t);
		return;
	}
	unsent_str(sa, e->send_error, why, sizeof(why));
	if (t->reason_code != EV_NOT_SENT || t->reason == NULL ||
	    strcmp(t->reason, why) != 0)
		tunnel_trouble(e, t, EV_NOT_SENT, why);
}

void
sa_transmit(struct engine *e, struct ike_sa *sa, const struct packet *p)
{
	for (; p != NULL; p = p->next)
		engine_send(e, &sa->local, &sa->remote, sa->encap, p->data,
		    p->len);
	sa_note_sent(e, sa);
}

/* What it is for the tunnel, and why. */
static enum event_code
why_dead(const struct ike_sa *sa, const char *cause, char why[ERR_TEXT_MAX])
{
	uint16_t refused = sa->setup != NULL ? sa->setup->refused : 0;
	const struct tunnel *t = sa->tunnel;
	char who[ENDPOINT_STRLEN];

	endpoint_str(&sa->remote, who);
	if (t != NULL && t->reason_code == EV_NOT_SENT && t->reason != NULL) {
		snprintf(why, ERR_TEXT_MAX, "%s", t->reason);
		return EV_NOT_SENT;
	}
	if (refused != 0) {
		snprintf(why, ERR_TEXT_MAX, "no valid answer from %s; %s", who,
		    t != NULL && t->reason != NULL ? t->reason : "refused");
		return refused == N_NO_PROPOSAL_CHOSEN ? EV_PROPOSAL : EV_REFUSED;
	}
	if (sa->state == IKE_UP) {
		snprintf(why, ERR_TEXT_MAX, "peer %s is dead: no answer to %u "
		    "requests in %u seconds", who, (unsigned int)RESEND_TIMES,
		    (unsigned int)RESEND_SECONDS);
		return EV_PEER_DEAD;
	}
	snprintf(why, ERR_TEXT_MAX, "no answer from %s%s", who, cause);
	return EV_NO_ANSWER;
}

void
sa_dead(struct engine *e, struct ike_sa *sa, const char *cause)
{
	struct tunnel *t = sa->tunnel;
	bool was_up = sa->state == IKE_UP;
	bool matters = t != NULL && sa->state <= IKE_UP &&
	    sa->state != IKE_R_INIT;
	char why[ERR_TEXT_MAX];
	enum event_code code = why_dead(sa, cause, why);

	sa_free(e, sa);
	if (matters)
		tunnel_lost(e, t, was_up ? LOST_DEAD : LOST_ATTEMPT, code, why);
}

bool
sa_repeats(struct engine *e, struct ike_sa *sa, const char *cause)
{
	bool refused = sa->setup != NULL && sa->setup->refused != 0;

	if (sa->sent.packet == NULL) {	/* half-open, or refused */
		sa_expired(e, sa);
		return false;
	}
	/* A peer that refuses in clear, as anybody could, or is there and does not take
	 * our proof: one more attempt is enough. */
	if (!resend_again(e, &sa->sent) || (refused && sa->sent.tries > 1)) {
		sa_dead(e, sa, cause);
		return false;
	}
	sa->resent++;
	fragments_again(e, sa, &sa->sent.packet, sa->sent.tries);
	trace_again(e, sa, sa->sent.packet);
	return true;
}
