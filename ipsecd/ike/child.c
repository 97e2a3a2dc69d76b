#include "child.h"

#include <stdlib.h>

#include "ask.h"
#include "context.h"
#include "ike2/mobike.h"
#include "log.h"
#include "names.h"
#include "natt.h"
#include "tunnel.h"

#define SWITCH_MS	45000		/* a peer without the new SA had asked again */
#define SWITCH_ASK_MS	1000		/* of one that came with IKE_AUTH: we ask */
#define CONFIRMED_MS	6000		/* without message 3 of a quick mode the peer
					 * had repeated 2 */
#define TRY_MS		1000		/* the first rekeying, if esp is configured */
#define TRY_OTHER_MS	10000		/* the same, by who answered */
#define TRY_JITTER_MS	2000
#define LAST_MS		20000		/* before the end: the tunnel anew */
#define AGAIN_MS	10000		/* after a rekeying that failed */
#define LINGER_MS	5000		/* an old inbound SA still receives */

static const struct name states[] = {
	{ CHILD_NEW,		"NEW" },
	{ CHILD_INSTALLING,	"INSTALLING" },
	{ CHILD_INSTALLED,	"INSTALLED" },
	{ CHILD_REKEYING,	"REKEYING" },
	{ CHILD_REKEYED,	"REKEYED" },
	{ CHILD_DELETING,	"DELETING" },
	{ 0, NULL },
};

const char *
child_state_str(enum child_state state)
{
	return name_find(states, state);
}

struct child_sa *
child_find(struct engine *e, uint32_t spi_in)
{
	struct link *l;
	struct child_sa *c;

	for (l = table_find(&e->children, hash_u64(spi_in, e->seed)); l != NULL;
	    l = table_again(l)) {
		c = table_entry(l, struct child_sa, by_spi);
		if (c->spi_in == spi_in)
			return c;
	}
	return NULL;
}

struct child_sa *
child_of(struct ike_sa *sa, uint32_t serial)
{
	struct child_sa *c;

	for (c = serial != 0 ? sa->children : NULL; c != NULL; c = c->next)
		if (c->serial == serial)
			return c;
	return NULL;
}

struct child_sa *
child_by_peer(struct ike_sa *sa, uint32_t spi_out)
{
	struct child_sa *c;

	for (c = spi_out != 0 ? sa->children : NULL; c != NULL; c = c->next)
		if (c->spi_out == spi_out)
			return c;
	return NULL;
}

/* c0000000 .. cfffffff, the worker in the next four bits. */
static uint32_t
child_new_spi(struct engine *e)
{
	uint32_t spi;

	do {
		if (!e->ops->random(e->ctx, &spi, sizeof(spi)))
			return 0;
		spi = 0xc0000000u | (e->set.worker & 15u) << 24 |
		    (spi & 0x00ffffffu);
	} while (child_find(e, spi) != NULL);
	return spi;
}

static void
adopt(struct child_sa *c, struct ike_sa *sa)
{
	c->sa = sa;
	c->next = sa->children;
	sa->children = c;
}

static void
disown(struct child_sa *c)
{
	struct child_sa **p;

	for (p = &c->sa->children; *p != NULL; p = &(*p)->next)
		if (*p == c) {
			*p = c->next;
			break;
		}
}

bool
child_any(const struct ike_sa *sa)
{
	const struct child_sa *c;

	for (c = sa->children; c != NULL; c = c->next)
		if (c->state == CHILD_INSTALLED || c->state == CHILD_REKEYING ||
		    c->state == CHILD_INSTALLING)
			return true;
	return false;
}

bool
child_any_up(const struct ike_sa *sa)
{
	const struct child_sa *c;

	for (c = sa->children; c != NULL; c = c->next)
		if (child_is_up(c))
			return true;
	return false;
}

void
child_move(struct child_sa *c, struct ike_sa *sa)
{
	disown(c);
	adopt(c, sa);
}

struct child_sa *
child_new(struct engine *e, struct ike_sa *sa)
{
	struct child_sa *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->spi_in = child_new_spi(e);
	if (c->spi_in == 0 ||
	    !timer_init(&e->timers, &c->rekey, TIMER_CHILD_REKEY) ||
	    !timer_init(&e->timers, &c->expire, TIMER_CHILD_EXPIRE)) {
		timer_fini(&e->timers, &c->rekey);
		free(c);
		return NULL;
	}
	c->serial = ++e->next_child;
	c->in.idle_ms = c->out.idle_ms = UINT32_MAX;
	table_add(&e->children, &c->by_spi, hash_u64(c->spi_in, e->seed));
	adopt(c, sa);
	e->stats.child_sas++;
	return c;
}

/* --- data plane --- */

static void
describe(struct engine *e, const struct child_sa *c, bool inbound,
	 struct dp_sa *d)
{
	const struct ike_sa *sa = c->sa;

	d->tunnel = sa->tunnel != NULL ? sa->tunnel->conf->id : 0;
	d->inbound = inbound;
	d->spi = inbound ? c->spi_in : c->spi_out;
	d->src = inbound ? *mobike_remote(sa) : *mobike_local(sa);
	d->dst = inbound ? *mobike_local(sa) : *mobike_remote(sa);
	d->udp_encap = natt_wanted(e, sa);	/* a port alone is no NAT */
	d->esn = c->suite.esn;
	if (c->subnets != NULL)
		subnets_copy(&d->subnets, c->subnets);
	d->replay_window = inbound ? e->set.caps.replay_window : 0;
}

static void
tell(struct engine *e, const struct child_sa *c, bool inbound, enum dp_op op)
{
	struct dp_request req = { .op = op };

	describe(e, c, inbound, &req.sa);
	ask_dataplane(e, &req, ASK_NOTHING, 0, 0, 0);
}

static void
forget(struct child_sa *c)
{
	if (c->late != NULL)
		secret_wipe_mem(c->late, sizeof(*c->late));
	free(c->late);
	c->late = NULL;
}

void
child_unplug(struct engine *e, struct child_sa *c)
{
	forget(c);
	child_mute(e, c);
	if (c->in_plane)
		tell(e, c, true, DP_SA_DEL);
	c->in_plane = false;
}

void
child_update(struct engine *e, struct child_sa *c)
{
	if (c->out_plane)
		tell(e, c, false, DP_SA_UPDATE);
	if (c->in_plane)
		tell(e, c, true, DP_SA_UPDATE);
}

bool
child_count(struct engine *e, struct child_sa *c, uint8_t kind, uint32_t who)
{
	struct dp_request req = { .op = DP_COUNTERS };

	if (!(kind == ASK_COUNT_OUT ? c->out_plane : c->in_plane))
		return false;
	describe(e, c, kind != ASK_COUNT_OUT, &req.sa);
	return ask_dataplane(e, &req, (enum ask_kind)kind, c->spi_in, c->serial,
	    who);
}

static bool
add(struct engine *e, struct child_sa *c, bool inbound,
    const struct cipher_keys *keys)
{
	struct dp_request req = { .op = DP_SA_ADD };
	bool ok;

	describe(e, c, inbound, &req.sa);
	req.sa.keys = *keys;
	ok = ask_dataplane(e, &req, ASK_INSTALL, c->spi_in, c->serial, 0);
	secret_wipe_mem(&req, sizeof(req));
	if (ok) {
		c->pending++;
		*(inbound ? &c->in_plane : &c->out_plane) = true;
	}
	return ok;
}

static bool
keep(struct child_sa *c, const struct cipher_keys *keys)
{
	c->late = malloc(sizeof(*c->late));
	if (c->late != NULL)
		*c->late = *keys;
	return c->late != NULL;
}

void
child_switch(struct engine *e, struct child_sa *c)
{
	struct child_sa *old;
	struct ike_sa *sa;

	if (c->late == NULL)
		return;
	if (!add(e, c, false, c->late)) {	/* no memory */
		timer_set(&e->timers, &c->rekey, e->now + SWITCH_ASK_MS);
		return;
	}
	forget(c);
	c->redundant = false;
	child_arm(e, c);
	for (sa = c->sa->tunnel != NULL ? c->sa->tunnel->sas : NULL; sa != NULL;
	    sa = sa->next)
		for (old = sa->children; old != NULL; old = old->next)
			if (old != c && old->state == CHILD_REKEYED)
				child_mute(e, old);
}

/* It answers in the order of the questions: a later one about the new SA is as
 * good as all the answers that matter. */
bool
child_await(struct engine *e, const struct tunnel *t, struct ike_sa *who)
{
	struct dp_request req = { .op = DP_COUNTERS };
	const struct child_sa *c;
	const struct ike_sa *sa;

	for (sa = t != NULL ? t->sas : NULL; sa != NULL; sa = sa->next)
		for (c = sa->children; c != NULL; c = c->next) {
			if (!child_is_up(c) || !c->out_plane || c->pending == 0)
				continue;
			describe(e, c, false, &req.sa);
			return ask_dataplane(e, &req, ASK_SWITCHED,
			    sa_spi(who), who->serial, 0);
		}
	return false;
}

void
child_heard(struct engine *e, struct ike_sa *sa)
{
	struct child_sa *c;

	for (c = sa->children; c != NULL; c = c->next)
		if (c->late != NULL && c->replaces == 0 && child_is_up(c))
			child_switch(e, c);
}

void
child_unheard(struct engine *e, struct ike_sa *sa)
{
	struct child_sa *c;

	for (c = sa->children; c != NULL; c = c->next)
		if (c->late != NULL && timer_armed(&c->rekey))
			timer_set(&e->timers, &c->rekey, e->now + SWITCH_MS);
}

void
child_speak(struct engine *e, struct tunnel *t)
{
	struct child_sa *c, *mute = NULL;
	struct ike_sa *sa;

	for (sa = t != NULL ? t->sas : NULL; sa != NULL; sa = sa->next)
		for (c = sa->children; c != NULL; c = c->next) {
			if (!child_is_up(c) || c->repeats)
				continue;	/* or the peer deletes it */
			if (c->out_plane)
				return;
			if (mute == NULL || mute->redundant)
				mute = c->late != NULL ? c : mute;
		}
	if (mute != NULL)
		child_switch(e, mute);
}

/* Of the same tunnel, which the peer surely can read. */
static bool
another_sends(const struct child_sa *c)
{
	const struct ike_sa *sa = c->sa->tunnel != NULL ?
	    c->sa->tunnel->sas : NULL;
	const struct child_sa *o;

	for (; sa != NULL; sa = sa->next)
		for (o = sa->children; o != NULL; o = o->next)
			if (o != c && child_is_up(o) && o->out_plane)
				return true;
	return false;
}

bool
child_install(struct engine *e, struct child_sa *c,
	      const struct cipher_keys *from_i, const struct cipher_keys *from_r)
{
	const struct cipher_keys *own = c->initiator ? from_i : from_r;

	child_enter(e, c, CHILD_INSTALLING);
	/* Inbound first: the peer may send as soon as it can. */
	return add(e, c, true, c->initiator ? from_r : from_i) &&
	    (c->waits || (!c->initiator && another_sends(c)) ?
	    keep(c, own) : add(e, c, false, own));
}

/* --- life --- */

void
child_enter(struct engine *e, struct child_sa *c, enum child_state state)
{
	if (c->state == state)
		return;
	if (log_debugging("sa"))
		log_debug("sa", "child #%u %08x: %s -> %s", c->serial,
		    c->spi_in, child_state_str(c->state),
		    child_state_str(state));
	c->state = (uint8_t)state;
	if (c->sa->tunnel != NULL)
		tunnel_update(e, c->sa->tunnel);
}

void
child_free(struct engine *e, struct child_sa *c)
{
	struct tunnel *t;

	if (c == NULL)
		return;
	t = c->sa->tunnel;
	child_unplug(e, c);
	timer_fini(&e->timers, &c->rekey);
	timer_fini(&e->timers, &c->expire);
	table_del(&e->children, &c->by_spi);
	disown(c);
	e->stats.child_sas--;
	free(c->subnets);
	free(c);
	if (t != NULL)
		tunnel_update(e, t);
}

/* In seconds; the shorter one of both ends'. */
static uint32_t
life_of(const struct child_sa *c, const struct conf *conf)
{
	uint32_t life = conf != NULL ? conf->rekey_time : 3600;

	return c->life != 0 && c->life < life ? c->life : life;
}

static uint64_t
rekey_time(struct engine *e, const struct child_sa *c, const struct conf *conf)
{
	uint32_t life = life_of(c, conf);
	uint64_t at;

	if (c->late != NULL && c->waits)
		return e->now + CONFIRMED_MS;
	if (c->late != NULL)
		return e->now + (c->replaces != 0 || c->probed ? SWITCH_MS :
		    SWITCH_ASK_MS);
	if (c->untried && conf != NULL && !algs_is_default(&conf->esp))
		return e->now + (c->sa->caller ? TRY_MS : TRY_OTHER_MS) +
		    engine_jitter(e, TRY_JITTER_MS);
	/* S1-122: random 0..10 % earlier. */
	at = c->installed + sa_rekey_after(e, life);
	return at > e->now ? at : e->now + engine_jitter(e, life * 10);
}

void
child_arm(struct engine *e, struct child_sa *c)
{
	const struct conf *conf = c->sa->tunnel != NULL ?
	    c->sa->tunnel->conf : NULL;
	uint32_t life = life_of(c, conf);
	uint64_t limit = c->installed + (uint64_t)life * 1100;

	/* S1-123: hard limit 10 % later.  One that is older than a commit now
	 * allows is not cut off by it: there is time to replace it. */
	if (limit < e->now + (uint64_t)life * 100)
		limit = e->now + (uint64_t)life * 100;
	timer_set(&e->timers, &c->rekey, rekey_time(e, c, conf));
	timer_set(&e->timers, &c->expire, limit);
}

/* Who began the IKE_SA is the first to do something. */
static uint64_t
last_moment(const struct child_sa *c)
{
	uint64_t ms = (c->expire.at - c->installed) / 22;

	if (ms > LAST_MS)
		ms = LAST_MS;
	return c->expire.at - (c->sa->caller ? ms : ms / 2);
}

bool
child_is_late(const struct engine *e, const struct child_sa *c)
{
	return c->refused != 0 && e->now >= last_moment(c);
}

void
child_later(struct engine *e, struct child_sa *c, uint32_t ms)
{
	uint64_t last = last_moment(c), at;

	/* There may be less time left than that: twice, then. */
	if (last > e->now && ms > (last - e->now) / 2)
		ms = (uint32_t)((last - e->now) / 2);
	at = last > e->now + ms && ms >= TRY_MS ? e->now + ms : last;
	timer_set(&e->timers, &c->rekey, at > e->now ? at : c->expire.at);
}

void
child_reinstate(struct engine *e, struct child_sa *c)
{
	if (!child_is_up(c) || c->want != 0 || (!c->out_plane &&
	    (c->sa->v1 == NULL || c->state == CHILD_REKEYED)))
		return;
	child_enter(e, c, CHILD_INSTALLED);
	timer_set(&e->timers, &c->rekey,
	    e->now + AGAIN_MS + engine_jitter(e, AGAIN_MS));
}

void
child_mute(struct engine *e, struct child_sa *c)
{
	bool was = c->out_plane;

	c->out_plane = false;
	child_speak(e, c->sa->tunnel);	/* first what takes its place */
	if (was)
		tell(e, c, false, DP_SA_DEL);
}

void
child_linger(struct engine *e, struct child_sa *c)
{
	timer_stop(&e->timers, &c->rekey);
	child_mute(e, c);
	timer_set(&e->timers, &c->expire, e->now + LINGER_MS);
}
