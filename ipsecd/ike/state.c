#include "engine.h"

#include <stdio.h>
#include <stdlib.h>

#include "child.h"
#include "context.h"
#include "diagnose.h"
#include "json.h"
#include "machine.h"
#include "mtu.h"
#include "natt.h"
#include "ike2/nego.h"
#include "state_cert.h"
#include "tunnel.h"

/* The operational state of culvert-tunnel. */

struct printing {
	struct engine	*e;
	struct json	*j;
	const char	*fields;
	int64_t		 wall;
};

static uint32_t
ago(const struct printing *p, uint64_t then)
{
	return (uint32_t)((p->e->now - then) / 1000);
}

/* Seconds until a timer; nothing if it is not armed. */
static void
countdown(const struct printing *p, const char *name, const struct timer *t)
{
	if (timer_armed(t))
		json_u32(p->j, name, t->at > p->e->now ?
		    (uint32_t)((t->at - p->e->now) / 1000) : 0);
}

static void
print_addr(struct json *j, const char *name, const struct addr *a)
{
	char buf[ADDR_STRLEN];

	json_str(j, name, addr_is_any(a) ? "%any" : addr_str(a, buf));
}

static void
print_subnets(struct json *j, const char *name, const struct prefix *p, size_t n,
	      bool dynamic)
{
	char buf[PREFIXES_STRLEN];

	json_str(j, name, dynamic ? "dynamic" :
	    prefixes_str(p, n, buf, sizeof(buf)));
}

static void
print_loaded(const struct printing *p, const struct conf *c)
{
	char buf[OFFER_STRLEN > IDENT_STRLEN ? OFFER_STRLEN : IDENT_STRLEN];
	struct json *j = p->j;
	struct offer offer;

	json_object(j, "loaded");
	json_u32(j, "version", c->version);
	json_str(j, "role", c->initiator ? "initiator" : "responder");
	print_addr(j, "local-address", &c->local);
	print_addr(j, "peer", &c->peer);
	json_str(j, "local-id", ident_str(c->local_id, buf));
	json_str(j, "remote-id", ident_str(c->remote_id, buf));
	json_str(j, "method", method_str(c->method));
	if (c->method == METHOD_CERT)
		json_str(j, "revocation", c->strict ? "strict" : "relaxed");
	print_subnets(j, "local-subnet", subnets_local(c->subnets),
	    c->subnets->n_local, c->dynamic_local);
	print_subnets(j, "remote-subnet", subnets_remote(c->subnets),
	    c->subnets->n_remote, c->dynamic_remote);
	offer_init(&offer, OFFER_IKE, &c->ike, false);
	json_str(j, "ike-proposals", offer_str(&offer, buf));
	offer_init(&offer, OFFER_CHILD, &c->esp, p->e->set.caps.esn);
	json_str(j, "esp-proposals", offer_str(&offer, buf));
	json_u32(j, "ike-rekey-time", IKE_REKEY_TIME);
	if (c->reauth_time != 0)
		json_u32(j, "reauth-time", c->reauth_time);
	json_u32(j, "sa-rekey-time", c->rekey_time);
	if (c->dpd_action != DPD_DISABLED)
		json_u32(j, "dpd-delay", c->dpd_delay);
	if (c->dpd_action != DPD_DISABLED && c->version == 1)
		json_u32(j, "dpd-timeout", c->dpd_timeout);
	json_str(j, "dpd-action", dpd_action_str(c->dpd_action));
	json_object_end(j);
}

static void
print_ike(const struct printing *p, const struct ike_sa *sa)
{
	const struct conf *c = sa->tunnel->conf;
	char buf[IDENT_STRLEN];
	struct json *j = p->j;

	json_object(j, NULL);
	json_u32(j, "serial", sa->serial);
	json_str(j, "state", sa->own != NULL && sa->own->kind == NEGO_REKEY_IKE ?
	    "REKEYING" : ike_state_str(sa->state));
	json_u32(j, "version", sa->machine->version);
	json_bool(j, "initiator", sa->initiator);
	json_strf(j, "spi-i", "%016llx", (unsigned long long)sa->spi_i);
	json_strf(j, "spi-r", "%016llx", (unsigned long long)sa->spi_r);
	json_str(j, "local-id", ident_str(c->local_id, buf));
	json_str(j, "remote-id", ident_str(sa->peer_id != NULL ? sa->peer_id :
	    c->remote_id, buf));
	print_addr(j, "local-address", &sa->local.addr);
	json_u32(j, "local-port", sa->local.port);
	print_addr(j, "remote-address", &sa->remote.addr);
	json_u32(j, "remote-port", sa->remote.port);
	if (sa->suite.encr != 0)
		json_str(j, "proposal", suite_show(&sa->suite, buf));
	json_bool(j, "ppk", sa->ppk);
	json_bool(j, "nat-local", sa->nat_local);
	json_bool(j, "nat-remote", sa->nat_remote);
	json_bool(j, "mobike", sa->mobike != NULL);
	if (sa->state >= IKE_UP)
		json_u32(j, "established", ago(p, sa->established));
	if (sa->state == IKE_UP)
		countdown(p, "rekey-in", &sa->rekey);
	if (sa->state == IKE_UP)
		countdown(p, "reauth-in", &sa->reauth);
	if (sa->state >= IKE_UP) {
		json_u32(j, "heard", ago(p, sa->heard));
		json_u32(j, "probes", sa->probes);
	}
	json_u32(j, "retransmissions", sa->resent);
	state_peer_cert(sa->peer_cert, p->wall, j);
	json_object_end(j);
}

static void
print_idle(const struct printing *p, const char *name, const struct child_sa *c,
	   const struct dp_counters *n)
{
	if (n->idle_ms != UINT32_MAX)
		json_u32(p->j, name, n->idle_ms / 1000 + ago(p, c->counted));
}

static void
print_counters(const struct printing *p, const struct child_sa *c)
{
	struct json *j = p->j;

	json_u64(j, "bytes-in", c->in.bytes);
	json_u64(j, "packets-in", c->in.packets);
	print_idle(p, "idle-in", c, &c->in);
	json_u64(j, "bytes-out", c->out.bytes);
	json_u64(j, "packets-out", c->out.packets);
	print_idle(p, "idle-out", c, &c->out);
	json_u64(j, "integrity-failures", c->in.errors);
	json_u64(j, "replays", c->in.replays);
}

/* Narrowed, if less than the tunnel has was agreed on. */
static void
print_selectors(struct json *j, const struct child_sa *c)
{
	char l[PREFIXES_STRLEN], r[PREFIXES_STRLEN];
	struct subnets ours;

	print_subnets(j, "local", subnets_local(c->subnets), c->subnets->n_local,
	    false);
	print_subnets(j, "remote", subnets_remote(c->subnets),
	    c->subnets->n_remote, false);
	tunnel_subnets(c->sa->tunnel, c->sa, &ours);
	if (!subnets_equal(&ours, c->subnets))
		json_strf(j, "narrowed-from", "%s === %s",
		    prefixes_str(subnets_local(&ours), ours.n_local, l,
		    sizeof(l)), prefixes_str(subnets_remote(&ours),
		    ours.n_remote, r, sizeof(r)));
}

static void
print_mtu(const struct printing *p, const struct child_sa *c)
{
	uint32_t inner = mtu_inner(p->e, c);

	if (c->path_mtu != 0)
		json_u32(p->j, "path-mtu", c->path_mtu);
	if (inner == 0)
		return;
	json_u32(p->j, "inner-mtu", inner);
	json_u32(p->j, "mss", mtu_mss(c, inner));
}

static void
print_child(const struct printing *p, const struct child_sa *c)
{
	char buf[SUITE_STRLEN];
	struct json *j = p->j;

	json_object(j, NULL);
	json_u32(j, "serial", c->serial);
	json_str(j, "state", child_state_str(c->state));
	json_u32(j, "reqid", c->sa->tunnel->conf->id);
	json_str(j, "mode", natt_wanted(p->e, c->sa) ?
	    "TUNNEL-in-UDP" : "TUNNEL");
	json_str(j, "proposal", suite_show(&c->suite, buf));
	if (child_is_up(c)) {
		json_u32(j, "installed", ago(p, c->installed));
		countdown(p, "rekey-in", &c->rekey);
		countdown(p, "expires-in", &c->expire);
	}
	json_strf(j, "spi-in", "%08x", c->spi_in);
	json_strf(j, "spi-out", "%08x", c->spi_out);
	print_counters(p, c);
	print_mtu(p, c);
	if (c->subnets != NULL)
		print_selectors(j, c);
	json_object_end(j);
}

static void
print_sas(const struct printing *p, const struct tunnel *t)
{
	const struct ike_sa *sa;
	const struct child_sa *c;

	if (json_wanted(p->fields, "ike-sa")) {
		json_array(p->j, "ike-sa");
		for (sa = t->sas; sa != NULL; sa = sa->next)
			print_ike(p, sa);
		json_array_end(p->j);
	}
	if (!json_wanted(p->fields, "child-sa"))
		return;
	json_array(p->j, "child-sa");
	for (sa = t->sas; sa != NULL; sa = sa->next)
		for (c = sa->children; c != NULL; c = c->next)
			if (c->state != CHILD_NEW)
				print_child(p, c);
	json_array_end(p->j);
}

static void
print_events(const struct printing *p, const struct tunnel *t)
{
	char line[EVENT_TEXT_MAX + 16];
	const struct event *ev;
	uint32_t i;

	json_array(p->j, "event");
	for (i = 0; (ev = events_get(&t->events, i)) != NULL; i++) {
		json_object(p->j, NULL);
		json_u32(p->j, "serial", ev->serial);
		json_u64(p->j, "time", ev->time);
		json_str(p->j, "level", event_level_str(ev->code));
		json_str(p->j, "code", event_code_str(ev->code));
		json_str(p->j, "text", event_line(ev->text, line,
		    sizeof(line)));
		if (ev->count > 1) {
			json_u32(p->j, "count", ev->count);
			json_u64(p->j, "first", ev->first);
		}
		json_object_end(p->j);
	}
	json_array_end(p->j);
}

/* Also of a tunnel that is up, if it will not stay so. */
static bool
worth_saying(const struct tunnel *t)
{
	return t->status != TUNNEL_UP || t->reason_code == EV_REAUTH ||
	    t->reason_code == EV_PFS || t->reason_code == EV_REKEY_FAILED;
}

/* What that means for the traffic. */
static const char *
remaining(const struct printing *p, const struct tunnel *t, char *buf, size_t size)
{
	const struct ike_sa *sa = t->status == TUNNEL_UP ? tunnel_sa(t) : NULL;
	const struct child_sa *c = sa != NULL ? sa->children : NULL;

	buf[0] = '\0';
	while (c != NULL && c->refused == 0)
		c = c->next;
	if (c != NULL && t->reason_code != EV_REAUTH && c->expire.at > p->e->now)
		snprintf(buf, size, ". Traffic goes on; the keys end in %u "
		    "minutes, then the tunnel starts anew",
		    (unsigned int)((c->expire.at - p->e->now + 59999) / 60000));
	return buf;
}

/* What of a suite in use is there for old peers only. */
static void
warn_suite(struct json *j, const char *what, const struct suite *s)
{
	char old[ALGS_OLD_STRLEN];

	if (s->encr != 0 && suite_old(s, old)[0] != '\0')
		json_strf(j, NULL, "%s uses %s: weak, and for old peers only",
		    what, old);
}

static void
print_weakness(struct json *j, const struct tunnel *t)
{
	const struct ike_sa *sa = tunnel_sa(t);
	const struct child_sa *c = sa != NULL ? sa->children : NULL;

	if (!t->conf->enable || t->conf->version != 1)
		return;
	json_str(j, NULL, "IKEv1 is deprecated (RFC 9395): set version 2 on both "
	    "sides as soon as the peer can");
	if (sa == NULL)
		return;
	warn_suite(j, "the IKE_SA", &sa->suite);
	if (c != NULL)
		warn_suite(j, "the CHILD_SA", &c->suite);
}

static void
print_warnings(const struct printing *p, const struct tunnel *t)
{
	json_array(p->j, "warning");
	print_weakness(p->j, t);
	state_warnings(t, p->wall, p->j);
	json_array_end(p->j);
}

static void
print_state(const struct printing *p, const struct tunnel *t)
{
	char line[EVENT_TEXT_MAX + 16], left[128];
	struct json *j = p->j;

	json_object(j, "state");
	if (json_wanted(p->fields, "status"))
		json_str(j, "status", tunnel_status_str(t->status));
	if (json_wanted(p->fields, "since"))
		json_u32(j, "since", ago(p, t->since));
	if (json_wanted(p->fields, "reason") && t->reason != NULL && worth_saying(t))
		json_strf(j, "reason", "%s%s", event_line(t->reason, line,
		    sizeof(line)), remaining(p, t, left, sizeof(left)));
	else if (json_wanted(p->fields, "reason") && !t->conf->enable)
		json_str(j, "reason", "the tunnel is disabled");
	if (json_wanted(p->fields, "next-attempt"))
		countdown(p, "next-attempt", &t->retry);
	if (json_wanted(p->fields, "data-plane"))
		json_str(j, "data-plane", p->e->set.caps.name);
	if (json_wanted(p->fields, "warning"))
		print_warnings(p, t);
	if (json_wanted(p->fields, "certificate"))
		state_certificate(t->conf, p->wall, j);
	if (json_wanted(p->fields, "loaded") && t->conf->enable)
		print_loaded(p, t->conf);
	print_sas(p, t);
	if (json_wanted(p->fields, "event"))
		print_events(p, t);
	if (json_wanted(p->fields, "diagnosis"))
		diagnose_print(p->e, t, j);
	json_object_end(j);
}

static void
print_tunnel(const struct printing *p, const struct tunnel *t)
{
	json_object(p->j, NULL);
	json_u32(p->j, "id", t->conf->id);
	if (json_wanted(p->fields, "description") && t->conf->description != NULL)
		json_str(p->j, "description", t->conf->description);
	print_state(p, t);
	json_object_end(p->j);
}

static int
by_id(const void *a, const void *b)
{
	const struct tunnel *const *x = a, *const *y = b;

	return (int)(*x)->conf->id - (int)(*y)->conf->id;
}

/* In the order of their numbers. */
static bool
print_all(const struct printing *p)
{
	struct table *all = &p->e->tunnels;
	struct tunnel **t = calloc(all->n + 1, sizeof(*t));
	uint32_t bucket = 0, n = 0, i;
	struct link *l = NULL;

	if (t == NULL)
		return false;
	while ((l = table_walk(all, &bucket, l)) != NULL)
		t[n++] = table_entry(l, struct tunnel, by_id);
	qsort(t, n, sizeof(*t), by_id);
	for (i = 0; i < n; i++)
		print_tunnel(p, t[i]);
	free(t);
	return true;
}

int
engine_state(struct engine *e, uint64_t now, uint32_t id, const char *fields,
	     struct json *j, struct err *err)
{
	struct printing p = { e, j, fields, (int64_t)e->ops->wall(e->ctx) };
	struct tunnel *t = id != 0 ? tunnel_find(e, id) : NULL;
	bool ok = true;

	if (now > e->now)
		e->now = now;
	if (id != 0 && t == NULL)
		return err_set(err, ERR_NOTFOUND, "there is no tunnel ipsec %u",
		    id);
	json_object(j, NULL);
	json_object(j, "culvert-tunnel:tunnel");
	json_array(j, "ipsec");
	if (t != NULL)
		print_tunnel(&p, t);
	else
		ok = print_all(&p);
	json_array_end(j);
	json_object_end(j);
	json_object_end(j);
	if (!ok || !json_ok(j))
		return err_set(err, ERR_RESOURCE, "out of memory");
	return 0;
}
