#include "tunnel.h"

#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "context.h"
#include "ike1/phase1.h"
#include "machine.h"
#include "reauth.h"

#define START_EVERY_MS	1		/* of tunnels committed at once */
#define PROVE_MS	200000		/* from a change of whom we trust */

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

struct child_sa *
tunnel_child_of(const struct tunnel *t, uint32_t serial)
{
	struct ike_sa *sa;
	struct child_sa *c = NULL;

	for (sa = t->sas; sa != NULL && c == NULL; sa = sa->next)
		c = child_of(sa, serial);
	return c;
}

struct child_sa *
tunnel_newest_child(const struct tunnel *t, const struct child_sa *but)
{
	struct child_sa *c, *best = NULL;
	const struct ike_sa *sa;

	for (sa = t->sas; sa != NULL; sa = sa->next)
		for (c = sa->children; c != NULL; c = c->next)
			if (c != but && (c->state == CHILD_INSTALLED ||
			    c->state == CHILD_REKEYING) && (best == NULL ||
			    c->serial > best->serial))
				best = c;
	return best;
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
		tunnel_drop_policy(e, t);
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
	struct child_sa *c;
	uint64_t retry;

	for (sa = t->sas; sa != NULL; sa = sa->next) {
		if (sa->state != IKE_UP)
			continue;
		reauth_arm(e, sa);
		if (sa->v1 != NULL)
			sa->v1->dpd_since = 0;
		if (t->conf->dpd_action == DPD_DISABLED)
			timer_stop(&e->timers, &sa->probe);
		else
			timer_set(&e->timers, &sa->probe,
			    e->now + t->conf->dpd_delay * 1000ull);
		c = sa->children;
		if (c == NULL || c->state != CHILD_INSTALLED)
			continue;
		retry = c->refused != 0 ? c->rekey.at : UINT64_MAX;
		child_arm(e, c);
		if (retry < c->rekey.at)
			timer_set(&e->timers, &c->rekey, retry);
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
		tunnel_drop_policy(e, t);
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
		tunnel_drop_policy(e, t);
	memset(&t->policy_remote, 0, sizeof(t->policy_remote));
	t->generation = ++e->next_generation;
	t->attempts = 0;
	tunnel_no_reason(t);
	tunnel_update(e, t);
	begin(e, t, spare);
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
