#include "tunnel.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "child.h"
#include "context.h"
#include "ike1/phase1.h"
#include "ike2/mobike.h"
#include "life.h"
#include "machine.h"
#include "names.h"
#include "reauth.h"

#define RETRY_FIRST_MS	4000		/* doubled after each failure ... */
#define RETRY_MAX_MS	300000		/* ... up to this */
#define START_EVERY_MS	1		/* of tunnels committed at once */
#define POLICY_AGAIN_MS	10000		/* after the data plane refused it */
#define PROVE_MS	200000		/* from a change of whom we trust */
#define ACQUIRE_MIN_MS	2000		/* between attempts by traffic, doubled ... */
#define ACQUIRE_STEPS	4		/* ... so often */

static const struct name statuses[] = {
	{ TUNNEL_UNKNOWN,	 "down-unknown" },
	{ TUNNEL_CONNECTING,	 "down-connecting" },
	{ TUNNEL_IKE,		 "down-ike-established" },
	{ TUNNEL_UP,		 "up-installed" },
	{ TUNNEL_RETRANSMISSION, "down-retransmission" },
	{ 0, NULL },
};

const char *
tunnel_status_str(enum tunnel_status status)
{
	return name_find(statuses, status);
}

/* --- what people see --- */

void
tunnel_event(struct engine *e, struct tunnel *t, enum event_code code,
	     const char *fmt, ...)
{
	char text[EVENT_TEXT_MAX], flat[EVENT_TEXT_MAX + 16];
	char line[EVENT_TEXT_MAX + 120];
	int level = event_level(code);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	event_line(text, flat, sizeof(flat));
	if (t == NULL) {
		if (e->ops->event != NULL)
			e->ops->event(e->ctx, 0, level, flat);
		return;
	}
	events_add(&t->events, e->ops->wall(e->ctx), code, text);
	if (t->conf->description != NULL)
		snprintf(line, sizeof(line), "ipsec %u \"%s\": %s", t->conf->id,
		    t->conf->description, flat);
	else
		snprintf(line, sizeof(line), "ipsec %u: %s", t->conf->id, flat);
	if (e->ops->event != NULL)
		e->ops->event(e->ctx, t->conf->id, level, line);
}

void
tunnel_set_reason(struct tunnel *t, enum event_code code, const char *why)
{
	char *text;

	t->reason_code = (uint8_t)code;
	if (t->reason != NULL && strcmp(t->reason, why) == 0)
		return;
	text = strdup(why);	/* may be a part of the old one */
	free(t->reason);
	t->reason = text;
}

void
tunnel_no_reason(struct tunnel *t)
{
	free(t->reason);
	t->reason = NULL;
	t->reason_code = EV_INFO;
}

void
tunnel_trouble(struct engine *e, struct tunnel *t, enum event_code code,
	       const char *why)
{
	tunnel_set_reason(t, code, why);
	tunnel_event(e, t, code, "%s", why);
}

struct ike_sa *
tunnel_sa(const struct tunnel *t)
{
	struct ike_sa *sa, *going = NULL, *doubtful = NULL;

	for (sa = t->sas; sa != NULL; sa = sa->next) {
		if (sa->state == IKE_UP && sa->v1 != NULL && sa->v1->unproven)
			doubtful = sa;
		else if (sa->state == IKE_UP)
			return sa;
		if (sa->state < IKE_UP && going == NULL)
			going = sa;
	}
	return doubtful != NULL ? doubtful : going;
}

struct child_sa *
tunnel_child(const struct tunnel *t, uint32_t spi)
{
	const struct ike_sa *sa;
	struct child_sa *c;

	for (sa = t->sas; sa != NULL; sa = sa->next)
		for (c = sa->children; c != NULL; c = c->next)
			if (c->spi_in == spi || c->spi_out == spi)
				return c;
	return NULL;
}

static bool
has_child(const struct ike_sa *sa)
{
	const struct child_sa *c;

	for (c = sa->children; c != NULL; c = c->next)
		if (child_is_up(c))
			return true;
	return false;
}

static enum tunnel_status
status_of(const struct tunnel *t)
{
	enum tunnel_status best = TUNNEL_UNKNOWN;
	const struct ike_sa *sa;
	uint64_t silent = 0;	/* since then on a newer one */

	for (sa = t->sas; sa != NULL; sa = sa->next) {
		if (sa->state > IKE_UP)
			continue;	/* another one has taken its place */
		if (has_child(sa)) {
			if (sa->state != IKE_UP || (sa->sent.tries == 0 &&
			    sa->heard >= silent))
				return TUNNEL_UP;
			if (best != TUNNEL_RETRANSMISSION)
				silent = sa->authenticated;
			best = TUNNEL_RETRANSMISSION;
		} else if (best == TUNNEL_RETRANSMISSION) {
			continue;
		} else if (sa->state == IKE_UP) {
			best = sa->sent.tries == 0 ? TUNNEL_IKE :
			    TUNNEL_RETRANSMISSION;
		} else if (best == TUNNEL_UNKNOWN && sa->state < IKE_UP &&
		    sa->initiator) {
			best = TUNNEL_CONNECTING;
		}
	}
	if (best == TUNNEL_UNKNOWN && timer_armed(&t->retry))
		best = TUNNEL_CONNECTING;
	return best;
}

void
tunnel_update(struct engine *e, struct tunnel *t)
{
	enum tunnel_status status = status_of(t);

	if (status == t->status)
		return;
	if (status == TUNNEL_RETRANSMISSION)
		tunnel_event(e, t, EV_PEER_SILENT,
		    "the peer does not answer; asking again");
	else if (t->status == TUNNEL_RETRANSMISSION && status == TUNNEL_UP)
		tunnel_event(e, t, EV_PEER_BACK, "the peer answers again");
	if (log_debugging("sa"))
		log_debug("sa", "ipsec %u: %s -> %s", t->conf->id,
		    tunnel_status_str(t->status), tunnel_status_str(status));
	t->status = (uint8_t)status;
	t->since = e->now;
}

void
tunnel_touch(struct engine *e, struct tunnel *t)
{
	t->since = e->now;
}

/* --- policies --- */

void
tunnel_subnets(const struct tunnel *t, const struct ike_sa *sa,
	       struct subnets *s)
{
	const struct child_sa *c;
	struct prefix *remote;

	memset(s, 0, sizeof(*s));
	if (t->conf->subnets == NULL)
		return;
	subnets_copy(s, t->conf->subnets);
	if (!t->conf->dynamic_remote || sa == NULL)
		return;
	remote = s->p + s->n_local;
	remote->addr = mobike_remote(sa)->addr;
	remote->len = (uint8_t)addr_bits(&remote->addr);
	/* A peer that has moved since keeps what was agreed on. */
	for (c = sa->children; c != NULL; c = c->next)
		if (child_is_up(c) && c->subnets != NULL)
			*remote = subnets_remote(c->subnets)[0];
}

void
tunnel_policy(struct engine *e, struct tunnel *t, const struct ike_sa *sa)
{
	struct dp_request req = { .op = DP_POLICY_ADD };
	const struct conf *c = t->conf;
	struct subnets *s = &req.policy.subnets;
	const struct prefix *remote = NULL;

	tunnel_subnets(t, sa, s);
	if (s->n_local > 0 && s->n_remote > 0)
		remote = subnets_remote(s);
	if (remote == NULL || remote->addr.family == 0 ||
	    (t->policy && prefix_equal(remote, &t->policy_remote)))
		return;		/* nobody known yet; or there already */
	req.policy.tunnel = c->id;
	req.policy.outer_local = c->local;
	if (c->refused == NULL)		/* else nobody is to be called */
		req.policy.outer_remote = c->peer;
	timer_stop(&e->timers, &t->again);
	t->policy = true;
	t->policy_remote = *remote;
	ask_dataplane(e, &req, ASK_POLICY, c->id, 0, 0);
}

void
tunnel_policy_refused(struct engine *e, struct tunnel *t, const char *why)
{
	if (!t->policy)
		return;
	tunnel_event(e, t, EV_DATA_PLANE, "the data plane refuses the policy of the "
	    "tunnel: %.120s; asked again in %u seconds", why,
	    POLICY_AGAIN_MS / 1000u);
	timer_set(&e->timers, &t->again, e->now + POLICY_AGAIN_MS);
}

void
tunnel_policy_again(struct engine *e, struct tunnel *t)
{
	t->policy = false;
	tunnel_policy(e, t, tunnel_sa(t));
}

static void
drop_policy(struct engine *e, struct tunnel *t)
{
	struct dp_request req = { .op = DP_POLICY_DEL };

	timer_stop(&e->timers, &t->again);
	if (!t->policy)
		return;
	req.policy.tunnel = t->conf->id;
	t->policy = false;
	ask_dataplane(e, &req, ASK_NOTHING, 0, 0, 0);
}

/* --- life --- */

struct tunnel *
tunnel_find(struct engine *e, uint32_t id)
{
	struct link *l;
	struct tunnel *t;

	for (l = table_find(&e->tunnels, hash_u64(id, e->seed)); l != NULL;
	    l = table_again(l)) {
		t = table_entry(l, struct tunnel, by_id);
		if (t->conf->id == id)
			return t;
	}
	return NULL;
}

/* Ten thousand first messages at once would only meet full buffers. */
static void
start_in_turn(struct engine *e, struct tunnel *t)
{
	uint64_t at = e->next_start > e->now ? e->next_start : e->now;

	e->next_start = at + START_EVERY_MS;
	if (at == e->now) {
		tunnel_start(e, t);
		return;
	}
	timer_set(&e->timers, &t->retry, at);
	tunnel_update(e, t);
}

static void
begin(struct engine *e, struct tunnel *t, struct pair *spare)
{
	if (t->conf->refused != NULL) {
		tunnel_policy(e, t, NULL);	/* nothing in clear instead */
		tunnel_set_reason(t, EV_UNUSED, t->conf->refused);
		if (t->conf->waiting)
			e->certs_awaited = true;
		else
			tunnel_event(e, t, EV_UNUSED, "not in use: %s",
			    t->conf->refused);
	}
	if (!t->conf->enable) {
		free(spare);
		return;
	}
	pair_join(e, t, spare);
	tunnel_policy(e, t, NULL);
	if (local_ready(e, t) && (t->conf->initiator || t->acquired))
		start_in_turn(e, t);
	t->acquired = false;
}

/* Stops everything it does and takes its policy out. */
static void
end(struct engine *e, struct tunnel *t)
{
	timer_stop(&e->timers, &t->retry);
	timer_stop(&e->timers, &t->address);
	t->resume = false;
	tunnel_close(e, t);
	pair_leave(e, t);
}

struct tunnel *
tunnel_new(struct engine *e)
{
	struct tunnel *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	if (timer_init(&e->timers, &t->retry, TIMER_TUNNEL) &&
	    timer_init(&e->timers, &t->address, TIMER_ADDRESS) &&
	    timer_init(&e->timers, &t->again, TIMER_POLICY))
		return t;
	timer_fini(&e->timers, &t->retry);
	timer_fini(&e->timers, &t->address);
	free(t);
	return NULL;
}

void
tunnel_begin(struct engine *e, struct tunnel *t, struct conf *c,
	     struct pair *spare)
{
	t->conf = c;
	t->generation = ++e->next_generation;
	t->since = e->now;
	table_add(&e->tunnels, &t->by_id, hash_u64(c->id, e->seed));
	e->stats.tunnels++;
	begin(e, t, spare);
}

void
tunnel_free(struct engine *e, struct tunnel *t, bool goodbye)
{
	if (t == NULL)
		return;
	if (goodbye) {
		end(e, t);
		drop_policy(e, t);
	}
	while (t->sas != NULL)
		sa_free(e, t->sas);
	pair_leave(e, t);
	timer_fini(&e->timers, &t->retry);
	timer_fini(&e->timers, &t->address);
	timer_fini(&e->timers, &t->again);
	if (t->by_id.in)
		e->stats.tunnels--;
	table_del(&e->tunnels, &t->by_id);
	events_fini(&t->events);
	conf_free(t->conf);
	free(t->reason);
	free(t);
}

static void
rearm(struct engine *e, struct tunnel *t)
{
	struct ike_sa *sa;

	for (sa = t->sas; sa != NULL; sa = sa->next) {
		if (sa->state != IKE_UP)
			continue;
		reauth_arm(e, sa);
		if (t->conf->dpd_action == DPD_DISABLED)
			timer_stop(&e->timers, &sa->probe);
		else
			timer_set(&e->timers, &sa->probe,
			    e->now + t->conf->dpd_delay * 1000ull);
		if (sa->children != NULL &&
		    sa->children->state == CHILD_INSTALLED)
			child_arm(e, sa->children);
	}
}

/* Make before break, and what is not proved anew by then ends (an attempt and
 * another one, also of a peer that is silent).  The peer of one who cannot call has
 * to come again. */
static void
prove_anew(struct engine *e, struct tunnel *t)
{
	uint64_t end = e->now + PROVE_MS;
	struct ike_sa *sa;

	if (!tunnel_may_call(e, t)) {
		tunnel_close(e, t);
		return;
	}
	for (sa = t->sas; sa != NULL; sa = sa->next)
		if (sa->state == IKE_UP && (sa->lifetime == 0 ||
		    sa->lifetime > end)) {
			sa->lifetime_from = e->now;
			sa->lifetime = end;
			reauth_arm(e, sa);
		}
	sa = tunnel_sa(t);
	if (sa != NULL && sa->state == IKE_UP)
		reauth_replace(e, sa);
	else
		tunnel_close(e, t);
}

void
tunnel_change(struct engine *e, struct tunnel *t, struct conf *c,
	      struct pair *spare)
{
	struct conf *old = t->conf;
	enum conf_impact impact = conf_impact(old, c);

	if (impact != CONF_RESTART) {
		if (old->by_ids.in) {
			table_del(&e->ids, &old->by_ids);
			table_add(&e->ids, &c->by_ids, conf_ids_hash(c,
			    c->method, (uint32_t)e->seed));
		}
		pair_forget_ca(t);
		t->conf = c;
		pair_note_ca(t);
		if (impact == CONF_REAUTH)	/* also who is about to */
			t->generation = ++e->next_generation;
		if (impact != CONF_SAME)
			rearm(e, t);
		if (impact == CONF_REAUTH)
			prove_anew(e, t);
		conf_free(old);
		free(spare);
		return;
	}
	end(e, t);
	/* Another policy replaces the old one without a gap. */
	if ((!c->enable && c->refused == NULL) ||
	    (c->dynamic_remote && addr_is_any(&c->peer)))
		drop_policy(e, t);
	memset(&t->policy_remote, 0, sizeof(t->policy_remote));
	t->conf = c;
	t->generation = ++e->next_generation;
	t->attempts = 0;
	tunnel_no_reason(t);
	tunnel_update(e, t);
	begin(e, t, spare);
	conf_free(old);
}

void
tunnel_bind(struct engine *e, struct tunnel *t, struct ident *id, char *refused,
	    bool waiting, struct pair *spare)
{
	struct conf *c = t->conf;

	end(e, t);
	if (id != NULL) {
		ident_free(c->local_id);
		c->local_id = id;
	}
	free(c->refused);
	c->refused = refused;
	c->enable = refused == NULL;
	c->waiting = waiting;
	if (c->dynamic_remote && addr_is_any(&c->peer))
		drop_policy(e, t);
	memset(&t->policy_remote, 0, sizeof(t->policy_remote));
	t->generation = ++e->next_generation;
	t->attempts = 0;
	tunnel_no_reason(t);
	tunnel_update(e, t);
	begin(e, t, spare);
}

/* --- intent --- */

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

	if (sa != NULL && sa->state == IKE_UP && has_child(sa)) {
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
	t->attempts = 0;
	t->failed = 0;
	if (t->reason_code != EV_REAUTH)	/* a new IKE_SA mends that */
		tunnel_no_reason(t);
	tunnel_update(e, t);
	tunnel_touch(e, t);
}

void
tunnel_close(struct engine *e, struct tunnel *t)
{
	struct ike_sa *sa, *next;

	for (sa = t->sas; sa != NULL; sa = next) {
		next = sa->next;
		sa->machine->close(e, sa);
	}
}
