#include "diagnose_in.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "child.h"
#include "context.h"
#include "tunnel.h"

void
symptom(struct finding *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->symptom, sizeof(f->symptom), fmt, ap);
	va_end(ap);
}

void
say(struct finding *f, const char *fmt, ...)
{
	size_t at = strlen(f->text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->text + at, sizeof(f->text) - at, fmt, ap);
	va_end(ap);
}

void
sides(const struct child_sa *c, char l[SIDE_STRLEN], char r[SIDE_STRLEN])
{
	prefixes_str(subnets_local(c->subnets), c->subnets->n_local, l,
	    SIDE_STRLEN);
	prefixes_str(subnets_remote(c->subnets), c->subnets->n_remote, r,
	    SIDE_STRLEN);
}

const char *
span(uint64_t ms, char buf[32])
{
	static const struct { uint32_t s; const char *name; } units[] = {
		{ 86400, "days" }, { 3600, "hours" }, { 60, "minutes" },
		{ 1, "seconds" } };
	uint64_t s = ms / 1000;
	size_t i = 0;

	while (i < 3 && s < 2ull * units[i].s)
		i++;
	s /= units[i].s;
	snprintf(buf, 32, "%" PRIu64 " %.*s", s,
	    (int)strlen(units[i].name) - (s == 1), units[i].name);
	return buf;
}

const char *
when(uint64_t ms, char buf[40])
{
	char s[32];

	if (ms == NEVER)
		snprintf(buf, 40, "never");
	else
		snprintf(buf, 40, "%s ago", span(ms, s));
	return buf;
}

const char *
peer_str(const struct facts *f, char buf[ENDPOINT_STRLEN])
{
	if (f->sa != NULL)
		return addr_str(&f->sa->remote.addr, buf);
	return addr_is_any(&f->c->peer) ? "any peer" :
	    addr_str(&f->c->peer, buf);
}

bool
behind_nat(const struct facts *f)
{
	return f->sa != NULL && (f->sa->nat_remote ||
	    (f->sa->nat_local && !f->e->set.caps.force_encap));
}

void
advise_path(const struct facts *f, struct finding *d)
{
	char to[ENDPOINT_STRLEN];

	peer_str(f, to);
	say(d, "\ncheck that the peer runs, that its address is %s and that there "
	    "is a route to it: ping %s\nlet UDP ports 500 and 4500%s through every "
	    "firewall on the way, in both directions", to, to,
	    f->e->set.caps.force_encap ? "" : " and ESP (IP protocol 50)");
	if (f->c->version == 1)
		say(d, "\nthe peer must have this tunnel for IKEv1 and main mode: to "
		    "others it may be silent");
}

void
advise_initiate(const struct facts *f, struct finding *d)
{
	if (!addr_is_any(&f->c->peer))
		say(d, EVENT_RUN "tunnel ipsec %u initiate", f->c->id);
}

/* With certificates the reason says it. */
void
advise_secret(const struct facts *f, struct finding *d)
{
	if (f->c->method == METHOD_PSK)
		say(d, "\nset the same secret on both sides, here in config tunnel "
		    "ipsec %u with: secret SECRET", f->c->id);
}
