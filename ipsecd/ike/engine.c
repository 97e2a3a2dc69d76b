#include "engine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "certs.h"
#include "child.h"
#include "conf.h"
#include "context.h"
#include "crlcache.h"
#include "download.h"
#include "fragments.h"
#include "ike1/quick.h"
#include "ike2/stranger.h"
#include "life.h"
#include "machine.h"
#include "natt.h"
#include "reauth.h"
#include "refresh.h"
#include "revocation.h"
#include "trace.h"
#include "tunnel.h"

/* --- what all parts use --- */

void
engine_enter(struct engine *e, uint64_t now)
{
	if (e->depth++ == 0 && now > e->now)
		e->now = now;
}

void
engine_leave(struct engine *e)
{
	uint64_t next;

	while (e->depth == 1 && (e->n_answers != 0 || e->fetched != NULL ||
	    e->checks_due != NULL)) {
		ask_drain(e);
		download_drain(e);
		revocation_drain(e);
	}
	if (--e->depth > 0)
		return;
	next = timers_next(&e->timers);
	if (next != e->woken) {
		e->woken = next;
		e->ops->wake(e->ctx, next);
	}
}

void
engine_send(struct engine *e, const struct endpoint *from,
	    const struct endpoint *to, bool encap, const uint8_t *msg, size_t len)
{
	e->stats.datagrams_out++;
	trace_out(e, from, to, msg, len);
	e->send_error = 0;
	e->ops->send(e->ctx, from, to, encap, msg, len);
}

void
engine_watch(struct engine *e, bool on)
{
	e->watched = on && e->ops->message != NULL;
}

void
engine_not_sent(struct engine *e, int error)
{
	e->send_error = error;
}

void
engine_drop(struct engine *e, const struct endpoint *from, const char *fmt, ...)
{
	char who[ENDPOINT_STRLEN], text[ERR_TEXT_MAX];
	va_list ap;

	e->stats.dropped++;
	if (!log_debugging("net") && !e->watched)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	trace_drop(e, from, text);
	log_debug("net", "message from %s dropped: %s",
	    endpoint_str(from, who), text);
}

uint32_t
engine_random_u32(struct engine *e)
{
	uint32_t r;

	return e->ops->random(e->ctx, &r, sizeof(r)) ? r : 0;
}

uint32_t
engine_jitter(struct engine *e, uint32_t max)
{
	return max == 0 ? 0 : engine_random_u32(e) % (max + 1);
}

/* --- life --- */

static bool
init_tables(struct engine *e)
{
	struct table *t[] = { &e->tunnels, &e->pairs, &e->ids, &e->remotes,
	    &e->sas, &e->halves, &e->sources,
	    &e->children, &e->asks, &e->certs, &e->downloads,
	    &e->downloads_by_url, &e->crl_sources };
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (!table_init(t[i]))
			return false;
	return true;
}

struct engine *
engine_new(const struct engine_ops *ops, void *ctx,
	   const struct engine_settings *set, uint64_t now_ms, struct err *err)
{
	struct engine *e = calloc(1, sizeof(*e));

	if (e == NULL) {
		err_set(err, ERR_RESOURCE, "out of memory");
		return NULL;
	}
	e->ops = ops;
	e->ctx = ctx;
	e->set = *set;
	e->now = now_ms;
	e->woken = UINT64_MAX;
	e->strangers.interval_ms = 1000;
	e->strangers.burst = 20;
	e->strangers.left = 20;
	e->peers = e->strangers;
	timers_init(&e->timers);
	half_init(&e->half);
	if (!init_tables(e))
		err_set(err, ERR_RESOURCE, "out of memory");
	else if (!ops->random(ctx, &e->seed, sizeof(e->seed)))
		err_set(err, ERR_REALITY, "the system has no random numbers");
	else if (crypto_new(&e->crypto, err) == 0)
		return e;
	engine_free(e);
	return NULL;
}

static void
free_tunnels(struct engine *e)
{
	struct link *l, *next;
	uint32_t i;

	for (i = 0; e->tunnels.bucket != NULL && i <= e->tunnels.mask; i++)
		for (l = e->tunnels.bucket[i]; l != NULL; l = next) {
			next = l->next;
			tunnel_free(e, table_entry(l, struct tunnel, by_id),
			    false);
		}
}

/* Nothing is said to the data plane: what it has outlives us. */
static void
no_dataplane(void *ctx, const struct dp_request *req)
{
	(void)ctx;
	(void)req;
}

void
engine_free(struct engine *e)
{
	struct engine_ops quiet;

	if (e == NULL)
		return;
	quiet = *e->ops;
	quiet.dataplane = no_dataplane;
	quiet.fetch = NULL;
	quiet.event = NULL;
	e->ops = &quiet;
	engine_abort(e);
	free_tunnels(e);
	while (e->orphans != NULL)
		sa_free(e, e->orphans);
	revocation_fini(e);
	crlcache_fini(e);
	download_fini(e);
	refresh_fini(e);
	ask_fini(e);
	certs_fini(e);
	table_fini(&e->tunnels);
	table_fini(&e->pairs);
	table_fini(&e->ids);
	table_fini(&e->remotes);
	table_fini(&e->sas);
	table_fini(&e->halves);
	table_fini(&e->sources);
	table_fini(&e->children);
	timers_fini(&e->timers);
	locals_fini(&e->locals);
	crypto_free(e->crypto);
	secret_wipe_mem(e, sizeof(*e));
	free(e);
}

/* --- in --- */

/* The version decides whose business it is. */
static void
input(struct engine *e, const struct endpoint *local,
      const struct endpoint *remote, bool encap, const uint8_t *msg, size_t len)
{
	struct stranger s = { local, remote, encap, e->in, len, NULL };
	const struct ike_machine *machine;
	struct ike_header h;
	struct err why = ERR_INIT;

	if (len > sizeof(e->in) || header_parse(&h, msg, len, &why) < 0) {
		engine_drop(e, remote, "%s", why.text);
		return;
	}
	s.hdr = &h;
	machine = machine_find((uint8_t)IKE_MAJOR(h.version));
	if (machine == NULL) {
		stranger_version(e, &s);
		return;
	}
	memcpy(e->in, msg, len);
	machine->input(e, &s);
}

void
engine_input(struct engine *e, uint64_t now, const struct endpoint *local,
	     const struct endpoint *remote, bool encap,
	     const uint8_t *msg, size_t len)
{
	engine_enter(e, now);
	e->stats.datagrams_in++;
	input(e, local, remote, encap, msg, len);
	engine_leave(e);
}

static void
fire(struct engine *e, struct timer *t)
{
	struct ike_sa *sa;

	switch (t->kind) {
	case TIMER_POLICY:
		tunnel_policy_again(e, table_entry(t, struct tunnel, again));
		break;
	case TIMER_TUNNEL:
		tunnel_retry(e, table_entry(t, struct tunnel, retry));
		break;
	case TIMER_ADDRESS:
		local_expired(e, table_entry(t, struct tunnel, address));
		break;
	case TIMER_SA:
		sa = table_entry(t, struct ike_sa, sent.timer);
		sa->machine->resend(e, sa);
		break;
	case TIMER_SA_REKEY:
		life_rekey(e, table_entry(t, struct ike_sa, rekey));
		break;
	case TIMER_SA_PROBE:
		life_probe(e, table_entry(t, struct ike_sa, probe));
		break;
	case TIMER_SA_KEEPALIVE:
		life_keepalive(e, table_entry(t, struct ike_sa, keepalive));
		break;
	case TIMER_SA_REAUTH:
		reauth_due(e, table_entry(t, struct ike_sa, reauth));
		break;
	case TIMER_QUICK:
		quick_timer(e, table_entry(t, struct quick, sent.timer));
		break;
	case TIMER_CHILD_REKEY:
		life_child_rekey(e, table_entry(t, struct child_sa, rekey));
		break;
	case TIMER_CHILD_EXPIRE:
		life_child_expire(e, table_entry(t, struct child_sa, expire));
		break;
	case TIMER_REFRESH:
		refresh_expired(e, t);
		break;
	case TIMER_DOWNLOAD:
		download_expired(e, t);
		break;
	case TIMER_CRL:
		source_refresh(e, t);
		break;
	case TIMER_REVOCATION:
		revocation_expired(e, t);
		break;
	case TIMER_FRAGMENTS:
		fragments_expired(e, t);
		break;
	case TIMER_CERTIFICATE:
		certs_check(e, table_entry(t, struct cert_entry, check));
		break;
	}
}

void
engine_tick(struct engine *e, uint64_t now)
{
	struct timer *t;

	engine_enter(e, now);
	e->woken = UINT64_MAX;
	while ((t = timers_due(&e->timers, e->now)) != NULL)
		fire(e, t);
	engine_leave(e);
}

void
engine_dp_event(struct engine *e, uint64_t now, const struct dp_event *ev)
{
	struct tunnel *t;
	struct child_sa *c;

	engine_enter(e, now);
	t = tunnel_find(e, ev->tunnel);
	c = child_find(e, ev->spi);
	switch (ev->kind) {
	case DP_ACQUIRE:
		if (t != NULL)
			tunnel_acquire(e, t);
		break;
	case DP_EXPIRE:
		if (c != NULL)		/* its keys are used up */
			life_child_rekey(e, c);
		break;
	case DP_LOST:
		if (t != NULL && (c = tunnel_child(t, ev->spi)) != NULL)
			life_child_lost(e, c, "somebody removed it, or the "
			    "process that had it ended");
		break;
	case DP_MAPPING:
		if (c != NULL)
			natt_mapping(e, c->sa, &ev->peer);
		break;
	case DP_PATH:
		if (c != NULL)
			c->path_mtu = ev->mtu;
		break;
	}
	engine_leave(e);
}

void
engine_local_address(struct engine *e, uint64_t now, const struct addr *a,
		     bool present)
{
	engine_enter(e, now);
	local_change(e, a, present);
	engine_leave(e);
}

/* --- commands --- */

static void
command(struct engine *e, struct tunnel *t, enum engine_command cmd)
{
	struct ike_sa *sa = tunnel_sa(t);
	struct child_sa *c;

	switch (cmd) {
	case ENGINE_INITIATE:
		t->held = false;
		t->attempts = 0;
		tunnel_start(e, t);
		break;
	case ENGINE_TERMINATE:
		t->held = true;
		timer_stop(&e->timers, &t->retry);
		tunnel_trouble(e, t, EV_COMMAND, "closed by command");
		tunnel_close(e, t);
		break;
	case ENGINE_RESTART:
		t->held = false;
		t->attempts = 0;
		tunnel_event(e, t, EV_COMMAND, "restarted by command");
		tunnel_close(e, t);
		if (t->conf->initiator)
			tunnel_start(e, t);
		break;
	case ENGINE_REKEY_IKE:
		if (sa != NULL && sa->state == IKE_UP) {
			sa->want |= WANT_REKEY;
			sa->machine->next(e, sa);
		}
		break;
	case ENGINE_REAUTH:
		if (sa != NULL)
			reauth_replace(e, sa);
		break;
	case ENGINE_REKEY_CHILD:
		for (c = sa != NULL ? sa->children : NULL; c != NULL;
		    c = c->next)
			/* One that the peer has just made is new enough. */
			if (c->state == CHILD_INSTALLED && c->late == NULL) {
				life_child_rekey(e, c);
				break;
			}
		break;
	}
	tunnel_update(e, t);
}

/* Why a command makes no sense for the tunnel; 0 if it does. */
static int
refuse_command(struct engine *e, struct tunnel *t,
	       enum engine_command cmd, struct err *err)
{
	const struct ike_sa *sa = tunnel_sa(t);
	char missing[LOCAL_STRLEN];
	char line[EVENT_TEXT_MAX + 16];
	uint32_t id = t->conf->id;

	if (t->conf->refused != NULL)
		return err_set(err, ERR_INVALID, "ipsec %u is not in use: %.700s",
		    id, event_line(t->conf->refused, line, sizeof(line)));
	if (!t->conf->enable)
		return err_set(err, ERR_INVALID, "ipsec %u is disabled. Enable it "
		    "in its configuration with: enable", id);
	if (cmd == ENGINE_INITIATE && addr_is_any(&t->conf->peer))
		return err_set(err, ERR_INVALID, "ipsec %u accepts any peer: "
		    "there is no address to connect to. Set one with: peer "
		    "ADDRESS", id);
	if (cmd == ENGINE_INITIATE && !local_there(e, &t->conf->local))
		return err_set(err, ERR_REALITY, "ipsec %u cannot start: %s", id,
		    local_missing_str(&t->conf->local, missing));
	if (cmd == ENGINE_REKEY_CHILD && t->status != TUNNEL_UP)
		return err_set(err, ERR_INVALID, "ipsec %u is not up: there are "
		    "no keys to replace", id);
	if ((cmd == ENGINE_REKEY_IKE || cmd == ENGINE_REAUTH) &&
	    (sa == NULL || sa->state != IKE_UP))
		return err_set(err, ERR_INVALID, "ipsec %u has no established "
		    "IKE_SA", id);
	if (cmd == ENGINE_REAUTH && !tunnel_may_call(e, t))
		return err_set(err, ERR_INVALID, "ipsec %u waits for its peer, and "
		    "does not know where else it is: only the peer can begin", id);
	return 0;
}

int
engine_command(struct engine *e, uint64_t now, enum engine_command cmd,
	       uint32_t id, struct err *err)
{
	uint32_t bucket = 0;
	struct link *l = NULL;
	struct tunnel *t;
	struct err ignored = ERR_INIT;

	if (id != 0) {
		t = tunnel_find(e, id);
		if (t == NULL)
			return err_set(err, ERR_NOTFOUND, "there is no tunnel "
			    "ipsec %u", id);
		if (refuse_command(e, t, cmd, err) < 0)
			return -1;
		engine_enter(e, now);
		command(e, t, cmd);
		engine_leave(e);
		return 0;
	}
	engine_enter(e, now);
	while ((l = table_walk(&e->tunnels, &bucket, l)) != NULL) {
		t = table_entry(l, struct tunnel, by_id);
		if (refuse_command(e, t, cmd, &ignored) == 0)
			command(e, t, cmd);
	}
	engine_leave(e);
	return 0;
}

uint32_t
engine_esp_tunnel(struct engine *e, bool in, const struct addr *remote,
		  uint32_t spi)
{
	uint32_t bucket = 0;
	struct link *l = NULL;
	const struct child_sa *c = in ? child_find(e, spi) : NULL;

	while (!in && (l = table_walk(&e->children, &bucket, l)) != NULL) {
		c = table_entry(l, struct child_sa, by_spi);
		if (c->spi_out == spi && addr_equal(&c->sa->remote.addr, remote))
			break;
		c = NULL;
	}
	return c != NULL && c->sa->tunnel != NULL ? c->sa->tunnel->conf->id : 0;
}

void
engine_get_stats(const struct engine *e, struct engine_stats *st)
{
	*st = e->stats;
}
