#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Who is there and how it is configured: node 0 is the hub, the others have one
 * or more tunnels to it.  The spoke of a tunnel has number 100 + that of the hub.
 */

#define X25519	",\"ike\":{\"cipher\":[\"aes128gcm16\"],\"prf\":[\"prfsha256\"]," \
		"\"dh\":[\"x25519\"]}"

/* Most lives use the cheap suite: it is the protocol that ages here. */
static const char *const ike_suites[] = { X25519, X25519, X25519, X25519, X25519,
	X25519, X25519, X25519, X25519, X25519, X25519, "",
	",\"ike\":{\"cipher\":[\"aes256\"],\"auth\":[\"sha256\"],\"dh\":[\"ecp256\"]}" };
static const char *const ike1_suites[] = {
	",\"ike\":{\"cipher\":[\"aes128\"],\"auth\":[\"sha256\"],\"dh\":[\"ecp256\"]}",
	",\"ike\":{\"cipher\":[\"aes128\"],\"auth\":[\"sha256\"],\"dh\":[\"ecp256\"]}",
	",\"ike\":{\"cipher\":[\"aes256\"],\"auth\":[\"sha1\"],\"dh\":[\"modp1024\"]}",
	"" };
static const char *const esp1_suites[] = {
	",\"esp\":{\"cipher\":[\"aes128gcm16\"]}",
	",\"esp\":{\"cipher\":[\"aes128gcm16\"],\"dh\":[\"ecp256\"]}",
	",\"esp\":{\"cipher\":[\"aes128\"],\"auth\":[\"sha1\"]}", "" };
static const uint32_t timeouts[] = { 30, 150, 150, 600 };
static const char *const esp_suites[] = {
	",\"esp\":{\"cipher\":[\"aes128gcm16\"]}",
	",\"esp\":{\"cipher\":[\"aes128gcm16\"]}",
	",\"esp\":{\"cipher\":[\"aes128gcm16\"],\"dh\":[\"x25519\"]}",
	",\"esp\":{\"cipher\":[\"aes128\"],\"auth\":[\"sha256\"]}",
	",\"esp\":{\"cipher\":[\"aes128gcm16\"]}", "" };
static const uint32_t delays[] = { 5, 30, 30, 30, 60, 120, 600, 3600 };
/* Of lives of days: signs of life are cheap only where traffic gives them. */
static const uint32_t slow_delays[] = { 30, 30, 60, 120, 600, 3600 };
static const uint32_t quiet_delays[] = { 600, 1800, 3600, 3600 };
static const uint32_t rekeys[] = { 60, 300, 3600, 3600, 3600, 28800, 86400 };
static const uint32_t slow_rekeys[] = { 900, 3600, 3600, 3600, 3600, 14400,
	28800, 86400 };
static const uint32_t reauths[] = { 60, 300, 3600 };
static const uint32_t slow_reauths[] = { 3600, 14400, 86400 };

#define PICK(s, a)	((a)[sim_random(s, sizeof(a) / sizeof((a)[0]))])

static void
put(char *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
put(char *out, const char *fmt, ...)
{
	size_t at = strlen(out);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(out + at, CONFIG_MAX - at, fmt, ap);
	va_end(ap);
}

static void
describe(struct sim *s, size_t k, int side, bool wildcard, bool dynamic,
	 bool mobike, const char *suites)
{
	struct tun *t = &s->tun[k];
	struct end *e = &t->end[side], *o = &t->end[!side];
	const struct addr *there = o->node->nat.family != 0 ? &o->node->nat :
	    &o->node->addr;
	char a[ADDR_STRLEN];

	put(e->base, "{\"id\":%u,\"initiator\":%s,\"local-address\":\"%s\"",
	    e->id, e->initiator ? "true" : "false",
	    addr_str(&e->node->addr, a));
	if (!wildcard)
		put(e->base, ",\"peer\":\"%s\"", addr_str(there, a));
	put(e->base, ",\"local-id\":{\"value\":\"s%zu-%d\"},\"remote-id\":"
	    "{\"value\":\"s%zu-%d\"}", k, side, k, !side);
	if (!dynamic)
		put(e->base, ",\"local-subnet\":[\"10.%d.%zu.0/24\"],"
		    "\"remote-subnet\":[\"10.%d.%zu.0/24\"]", side, k, !side, k);
	put(e->base, "%s", suites);
	if (s->certs)
		put(e->base, ",\"method\":\"cert\",\"certificate\":\"own\","
		    "\"ca\":\"corp\"%s", t->strict ?
		    ",\"revocation\":\"strict\"" : "");
	e->reauth_time = UINT32_MAX;
	/* With IKEv1 every rekeying of the IKE_SA is one. */
	if (sim_chance(s, s->certs ? 50 : 12) && !t->ike1) {
		e->reauth_time = s->opt.days != 0 ? PICK(s, slow_reauths) :
		    PICK(s, reauths);
		put(e->base, ",\"reauth-time\":%u", e->reauth_time);
	}
	if (t->ike1) {
		e->dpd_timeout = PICK(s, timeouts);
		put(e->base, ",\"version\":\"1\",\"dpd-timeout\":%u",
		    e->dpd_timeout);
	}
	if (mobike)
		put(e->base, ",\"mobike\":true");
	if (!e->dpd)
		put(e->base, ",\"dpd-action\":\"disabled\"");
	else if (e->initiator && sim_chance(s, 40))
		put(e->base, ",\"dpd-action\":\"%s\"", sim_chance(s, 50) ?
		    "trap" : "clear");
	e->calls = !wildcard;
	e->dynamic = dynamic && wildcard;
	e->present = true;
}

static void
times(struct sim *s, struct tun *t, int side)
{
	struct end *e = &t->end[side];

	if (s->opt.days == 0) {
		e->dpd_delay = PICK(s, delays);
		e->rekey_time = PICK(s, rekeys);
	} else {
		e->dpd_delay = t->traffic ? PICK(s, slow_delays) :
		    PICK(s, quiet_delays);
		e->rekey_time = PICK(s, slow_rekeys);
	}
	snprintf(e->more, sizeof(e->more),
	    ",\"dpd-delay\":%u,\"sa-rekey-time\":%u", e->dpd_delay,
	    e->rekey_time);
}

static void
tunnel(struct sim *s, size_t k, struct node *spoke)
{
	struct tun *t = &s->tun[k], *o;
	bool nat = spoke->nat.family != 0;
	bool wildcard = sim_chance(s, nat ? 60 : 15);
	/* One tunnel alone can have the addresses themselves as its ends. */
	bool dynamic = !nat && s->w.n == 2 && s->n == 0 && sim_chance(s, 10);
	bool mobike = sim_chance(s, 15);
	char suites[300];

	t->sim = s;
	t->ike1 = s->ike1;
	if (t->ike1) {
		dynamic = mobike = false;
		/* Addresses choose the secret: either all are for these, or
		 * none. */
		for (o = s->tun; o < t; o++)
			if (o->ike1 && o->end[1].node == spoke)
				wildcard = !o->end[0].calls;
	}
	t->strict = s->certs && sim_chance(s, 40);
	t->end[0].node = &s->w.node[0];
	t->end[1].node = spoke;
	t->end[0].id = (uint32_t)k + 1;
	t->end[1].id = (uint32_t)k + 101;
	t->end[1].initiator = true;
	if (!nat && !wildcard) {
		t->end[0].initiator = sim_chance(s, 30);
		t->end[1].initiator = !t->end[0].initiator || sim_chance(s, 60);
	}
	t->traffic = sim_chance(s, 75);
	t->pulse_ms = (uint32_t)(s->opt.days != 0 ? 20000 + sim_random(s, 8000) :
	    10000 + sim_random(s, 12000));
	t->end[0].dpd = sim_chance(s, 90);
	t->end[1].dpd = sim_chance(s, 90);
	if (t->ike1)
		snprintf(suites, sizeof(suites), "%s%s", PICK(s, ike1_suites),
		    PICK(s, esp1_suites));
	else
		snprintf(suites, sizeof(suites), "%s%s", PICK(s, ike_suites),
		    PICK(s, esp_suites));
	describe(s, k, 0, wildcard, dynamic, mobike, suites);
	describe(s, k, 1, false, dynamic, mobike, suites);
	times(s, t, 0);
	times(s, t, 1);
	s->n++;
}

void
topology_make(struct sim *s)
{
	static const char *const names[] = { "hub", "ada", "bea", "cleo" };
	static const uint8_t crowd[] = { 2, 2, 2, 2, 2, 2, 3, 3, 4 };
	size_t nodes = PICK(s, crowd), i, j, k = 0, tunnels;
	char text[64];

	s->certs = s->seed % 4 == 3;
	s->ike1 = s->opt.ike1;
	world_add(&s->w, names[0], NULL);
	for (i = 1; i < nodes; i++) {
		struct node *n;

		snprintf(text, sizeof(text), "10.99.%zu.2", i);
		if (sim_chance(s, 30)) {
			n = world_add(&s->w, names[i], text);
			snprintf(text, sizeof(text), "198.51.100.%zu", i);
			if (addr_parse(&n->nat, text) < 0)
				abort();
			n->nat_port = (uint16_t)(1000 + sim_random(s, 20000));
		} else {
			world_add(&s->w, names[i], NULL);
		}
		plane_init(s, &s->w.node[i]);
	}
	plane_init(s, &s->w.node[0]);
	for (i = 1; i < nodes; i++) {
		tunnels = sim_chance(s, 75) ? 1 : 2;
		for (j = 0; j < tunnels && k < TUNS_MAX; j++)
			tunnel(s, k++, &s->w.node[i]);
	}
	for (i = 0; i < nodes; i++)
		s->w.node[i].set.half_open_max = sim_chance(s, 10) ? 3 : 1000;
}

/* --- configuration --- */

static const char *
end_config(const struct end *e, char buf[CONFIG_MAX + 256])
{
	snprintf(buf, CONFIG_MAX + 256, "%s%s}", e->base, e->more);
	return buf;
}

static void
commit(struct sim *s, struct node *n, const char *json, const uint32_t *removed,
       bool replace)
{
	struct err e = ERR_INIT;
	int again;

	/* confd sends the whole again until it is accepted. */
	for (again = 0; node_commit(n, json, removed, replace, &e, NULL, 0) < 0;
	    again++)
		if (e.kind != ERR_RESOURCE || again == 10000) {
			sim_fail(s, "%s: commit refused: %s", n->name, e.text);
			return;
		}
	look_after(s, n);
}

void
node_reload(struct sim *s, struct node *n)
{
	static char all[TUNS_MAX * (CONFIG_MAX + 256)];
	char one[CONFIG_MAX + 256];
	size_t k;
	int side;

	plane_of(n)->reload = false;
	all[0] = '\0';
	for (k = 0; k < s->n; k++)
		for (side = 0; side < 2; side++)
			if (s->tun[k].end[side].node == n &&
			    s->tun[k].end[side].present) {
				if (all[0] != '\0')
					strcat(all, ",");
				strcat(all, end_config(&s->tun[k].end[side],
				    one));
				s->tun[k].end[side].loaded = true;
			}
	commit(s, n, all, NULL, true);
}

void
end_commit(struct sim *s, struct tun *t, int side)
{
	char buf[CONFIG_MAX + 256];
	struct end *e = &t->end[side];

	e->present = true;
	if (e->node->engine == NULL || e->node->frozen) {
		plane_of(e->node)->reload = true;
		return;
	}
	commit(s, e->node, end_config(e, buf), NULL, false);
	e->loaded = true;
}

void
end_remove(struct sim *s, struct tun *t, int side)
{
	struct end *e = &t->end[side];
	uint32_t ids[2] = { e->id, 0 };

	e->present = e->loaded = false;
	if (e->node->engine == NULL || e->node->frozen)
		plane_of(e->node)->reload = true;
	else
		commit(s, e->node, NULL, ids, false);
}
