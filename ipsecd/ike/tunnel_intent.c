#include "tunnel.h"

#include <stdio.h>

#include "child.h"
#include "context.h"
#include "life.h"
#include "machine.h"

#define RETRY_FIRST_MS	4000		/* doubled after each failure ... */
#define RETRY_MAX_MS	300000		/* ... up to this */
#define ACQUIRE_MIN_MS	2000		/* between attempts by traffic, doubled ... */
#define ACQUIRE_STEPS	4		/* ... so often */

static bool
may_call(const struct tunnel *t)
{
	return t->conf->enable && !addr_is_any(&t->conf->peer);
}

bool
tunnel_may_call(struct engine *e, struct tunnel *t)
{
	return may_call(t) && local_ready(e, t);
}

void
tunnel_start(struct engine *e, struct tunnel *t)
{
	struct ike_sa *sa = tunnel_sa(t);
	struct child_sa *c;

	timer_stop(&e->timers, &t->retry);
	if (!may_call(t))
		return;
	if (sa == NULL) {
		if (local_ready(e, t))
			life_call(e, t);
		return;
	}
	if (sa->state != IKE_UP)
		return;		/* on its way */
	for (c = sa->children; c != NULL; c = c->next)
		if (c->state < CHILD_REKEYED)
			return;
	sa->want |= WANT_CHILD;
	sa->machine->next(e, sa);
}

void
tunnel_acquire(struct engine *e, struct tunnel *t)
{
	uint64_t at, gap;

	if (!may_call(t)) {
		t->acquired = t->conf->waiting;
		return;
	}
	t->held = false;
	/* A peer that says no is not asked for each packet. */
	gap = (uint64_t)ACQUIRE_MIN_MS << (t->attempts > ACQUIRE_STEPS ?
	    ACQUIRE_STEPS : t->attempts > 0 ? t->attempts - 1 : 0);
	if (t->failed != 0 && e->now - t->failed < gap) {
		at = t->failed + gap;
		if (!timer_armed(&t->retry) || t->retry.at > at)
			timer_set(&e->timers, &t->retry, at);
		return;
	}
	tunnel_start(e, t);
}

void
tunnel_committed(struct engine *e, struct tunnel *t)
{
	if (!timer_armed(&t->retry) || !t->conf->enable)
		return;
	t->attempts = 0;	/* perhaps that has mended it */
	timer_set(&e->timers, &t->retry, e->now);
}

void
tunnel_retry(struct engine *e, struct tunnel *t)
{
	tunnel_start(e, t);
	tunnel_update(e, t);
}

/* For ever, less and less often; the jitter keeps a thousand tunnels that lost
 * their peer at once from coming back at once. */
static uint32_t
backoff(struct engine *e, const struct tunnel *t)
{
	uint32_t ms = RETRY_FIRST_MS;
	unsigned int i;

	for (i = 1; i < t->attempts && ms < RETRY_MAX_MS; i++)
		ms *= 2;
	if (ms > RETRY_MAX_MS)
		ms = RETRY_MAX_MS;
	return ms - ms / 4 + engine_jitter(e, ms / 2);
}

static void
schedule(struct engine *e, struct tunnel *t)
{
	if (!may_call(t) || !t->conf->initiator || t->held ||
	    !local_ready(e, t))
		return;
	if (!timer_armed(&t->retry))
		timer_set(&e->timers, &t->retry, e->now + backoff(e, t));
}

static void
note_loss(const struct engine *e, struct tunnel *t, enum event_code code)
{
	t->lost_at[t->losses % LOSSES_MAX] = (uint32_t)(e->now / 1000);
	/* It runs over to where it was full before. */
	if (++t->losses == 2 * LOSSES_MAX)
		t->losses = LOSSES_MAX;
	t->loss_code = (uint8_t)code;
}

unsigned int
tunnel_losses(const struct tunnel *t, uint64_t now, uint32_t ms)
{
	unsigned int i, n = 0;

	for (i = 0; i < LOSSES_MAX && i < t->losses; i++)
		n += now / 1000 - t->lost_at[i] <= ms / 1000;
	return n;
}

/* sa goes on. */
static void
another_fails(struct engine *e, struct tunnel *t, const struct ike_sa *sa,
	      enum tunnel_loss how, enum event_code code, const char *why)
{
	char text[EVENT_TEXT_MAX];

	if (how != LOST_ATTEMPT) {
		tunnel_event(e, t, EV_REPLACED, "IKE_SA #%u goes on; of another "
		    "one: %s", sa->serial, why);
	} else if (sa->reauths != 0) {
		snprintf(text, sizeof(text), "reauthentication failed: %.700s",
		    why);
		tunnel_trouble(e, t, EV_REAUTH, text);
	} else {
		tunnel_trouble(e, t, code, why);
	}
}

void
tunnel_idle(struct engine *e, struct tunnel *t)
{
	if (tunnel_sa(t) != NULL)
		return;
	schedule(e, t);
	tunnel_update(e, t);
}

void
tunnel_lost(struct engine *e, struct tunnel *t, enum tunnel_loss how,
	    enum event_code code, const char *why)
{
	struct ike_sa *sa = tunnel_sa(t);

	if (sa != NULL && sa->state == IKE_UP && child_any(sa)) {
		another_fails(e, t, sa, how, code, why);
		tunnel_update(e, t);
		return;
	}
	tunnel_trouble(e, t, code, why);
	if (sa != NULL && sa->state != IKE_UP) {
		tunnel_update(e, t);
		return;		/* another one is coming */
	}
	if (how != LOST_ATTEMPT)
		note_loss(e, t, code);
	t->failed = e->now;
	if (t->attempts < UINT8_MAX)
		t->attempts++;
	if (how == LOST_DEAD) {
		t->attempts = 0;
		if (t->conf->dpd_action == DPD_CLEAR ||
		    t->conf->dpd_action == DPD_TRAP)
			t->held = true;
		else if (t->conf->initiator) {
			tunnel_start(e, t);	/* at once (S1-046) */
			tunnel_update(e, t);
			return;
		}
	}
	schedule(e, t);
	tunnel_update(e, t);
}

void
tunnel_childless(struct engine *e, struct tunnel *t)
{
	t->failed = e->now;
	if (t->attempts < UINT8_MAX)
		t->attempts++;
	schedule(e, t);
	tunnel_update(e, t);
}

void
tunnel_succeeded(struct engine *e, struct tunnel *t)
{
	timer_stop(&e->timers, &t->retry);
	t->attempts = t->doubts = 0;
	t->failed = 0;
	if (t->reason_code != EV_REAUTH)	/* a new IKE_SA mends that */
		tunnel_no_reason(t);
	tunnel_update(e, t);
	tunnel_touch(e, t);
}
