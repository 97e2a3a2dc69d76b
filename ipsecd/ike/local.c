#include "local.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "ike2/mobike.h"
#include "machine.h"
#include "tunnel.h"

#define GRACE_MS	5000		/* links flap, and addresses with them */
#define MOVE_MS		1000		/* a tunnel with MOBIKE waits less */

void
locals_fini(struct locals *l)
{
	free(l->a);
	memset(l, 0, sizeof(*l));
}

/* Where it is, or belongs. */
static size_t
place(const struct locals *l, const struct addr *a)
{
	size_t from = 0, to = l->n, mid;

	while (from < to) {
		mid = (from + to) / 2;
		if (addr_cmp(&l->a[mid], a) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

static bool
has(const struct locals *l, size_t at, const struct addr *a)
{
	return at < l->n && addr_equal(&l->a[at], a);
}

bool
local_there(const struct engine *e, const struct addr *a)
{
	const struct locals *l = &e->locals;

	return !l->told || has(l, place(l, a), a);
}

/* Without memory we know nothing any more, and go by what the network says. */
static void
add(struct locals *l, const struct addr *a)
{
	size_t at = place(l, a), size = l->size == 0 ? 16 : 2 * l->size;
	struct addr *more;

	if (has(l, at, a))
		return;
	if (l->n == l->size) {
		more = realloc(l->a, size * sizeof(*more));
		if (more == NULL) {
			locals_fini(l);
			return;
		}
		l->a = more;
		l->size = size;
	}
	memmove(&l->a[at + 1], &l->a[at], (l->n - at) * sizeof(*l->a));
	l->a[at] = *a;
	l->n++;
	l->told = true;
}

static void
take_out(struct locals *l, const struct addr *a)
{
	size_t at = place(l, a);

	if (!has(l, at, a))
		return;
	l->n--;
	memmove(&l->a[at], &l->a[at + 1], (l->n - at) * sizeof(*l->a));
}

const char *
local_missing_str(const struct addr *a, char buf[LOCAL_STRLEN])
{
	char text[ADDR_STRLEN];

	snprintf(buf, LOCAL_STRLEN, "local-address %s is not on this machine",
	    addr_str(a, text));
	return buf;
}

static void
say_missing(struct engine *e, struct tunnel *t)
{
	char what[LOCAL_STRLEN], why[LOCAL_STRLEN + 64];

	snprintf(why, sizeof(why), "%s\nthe tunnel starts by itself as soon as "
	    "it is", local_missing_str(&t->conf->local, what));
	tunnel_trouble(e, t, EV_NO_ADDRESS, why);
}

bool
local_ready(struct engine *e, struct tunnel *t)
{
	if (local_there(e, &t->conf->local))
		return true;
	timer_stop(&e->timers, &t->retry);
	t->resume |= t->conf->initiator && !t->held;
	if (t->reason_code != EV_NO_ADDRESS)
		say_missing(e, t);
	tunnel_update(e, t);
	return false;
}

static void
gone(struct engine *e, struct tunnel *t)
{
	if (!timer_armed(&t->address))
		timer_set(&e->timers, &t->address,
		    e->now + (mobike_has(t) ? MOVE_MS : GRACE_MS));
}

static bool
uses(const struct tunnel *t, const struct addr *a)
{
	const struct ike_sa *sa;

	if (addr_equal(&t->conf->local, a))
		return true;
	for (sa = t->sas; t->conf->mobike && sa != NULL; sa = sa->next)
		if (addr_equal(&sa->local.addr, a))
			return true;
	return false;
}

/* Who cannot be called, or may be reached when another address comes, must
 * find us again: the SAs stay, and the peer is asked for a sign of life, so that
 * nobody takes them for working. */
static void
doubt(struct engine *e, struct tunnel *t)
{
	struct ike_sa *sa, *next;

	for (sa = t->sas; sa != NULL; sa = next) {
		next = sa->next;
		if (sa->state != IKE_UP)
			continue;
		sa->want |= WANT_PROBE;
		sa->machine->next(e, sa);
	}
}

void
local_expired(struct engine *e, struct tunnel *t)
{
	bool mobile = mobike_has(t);

	if (mobile ? mobike_settle(e, t) : local_there(e, &t->conf->local))
		return;
	timer_stop(&e->timers, &t->retry);
	if (t->reason_code != EV_NO_ADDRESS)
		say_missing(e, t);
	if (mobile || addr_is_any(&t->conf->peer)) {
		doubt(e, t);
		return;
	}
	/* The peer of a responder may believe in its SAs for minutes: we call. */
	t->resume = t->sas != NULL || (t->conf->initiator && !t->held);
	while (t->sas != NULL)
		sa_free(e, t->sas);
	tunnel_update(e, t);
}

static void
came(struct engine *e, struct tunnel *t)
{
	bool resume = t->resume;
	char text[ADDR_STRLEN];

	timer_stop(&e->timers, &t->address);
	t->resume = false;
	if (t->reason_code == EV_NO_ADDRESS) {
		tunnel_event(e, t, EV_INFO, "local-address %s is on this machine "
		    "again", addr_str(&t->conf->local, text));
		tunnel_no_reason(t);
	}
	if (resume) {
		t->attempts = 0;
		tunnel_start(e, t);
		tunnel_update(e, t);
	} else if (timer_armed(&t->retry)) {
		timer_set(&e->timers, &t->retry, e->now);
	}
}

void
local_change(struct engine *e, const struct addr *a, bool present)
{
	uint32_t bucket = 0;
	struct link *l = NULL;
	struct tunnel *t;

	if (present)
		add(&e->locals, a);
	else
		take_out(&e->locals, a);
	while ((l = table_walk(&e->tunnels, &bucket, l)) != NULL) {
		t = table_entry(l, struct tunnel, by_id);
		if (!t->conf->enable)
			continue;
		if (!present && uses(t, a))
			gone(e, t);
		if (present && addr_equal(&t->conf->local, a))
			came(e, t);
		if (present && mobike_has(t))
			mobike_settle(e, t);
	}
}
