#include "ts.h"

#include <stdio.h>
#include <string.h>

#include "event.h"

void
ts_from_prefix(struct ts *t, const struct prefix *p)
{
	memset(t, 0, sizeof(*t));
	t->port_last = 65535;
	prefix_range(p, &t->first, &t->last);
}

bool
ts_to_prefix(const struct ts *t, struct prefix *p)
{
	struct addr first, last;
	unsigned int len, bits = addr_bits(&t->first);

	if (!ts_is_any_port(t))
		return false;
	p->addr = t->first;
	for (len = 0; len <= bits; len++) {
		p->len = (uint8_t)len;
		prefix_range(p, &first, &last);
		if (addr_equal(&first, &t->first) && addr_equal(&last, &t->last))
			return true;
	}
	return false;
}

bool
ts_equal(const struct ts *a, const struct ts *b)
{
	return a->protocol == b->protocol && a->port_first == b->port_first &&
	    a->port_last == b->port_last && addr_equal(&a->first, &b->first) &&
	    addr_equal(&a->last, &b->last);
}

bool
ts_is_any_port(const struct ts *t)
{
	return t->protocol == 0 && t->port_first == 0 && t->port_last == 65535;
}

bool
ts_contains(const struct ts *outer, const struct ts *inner)
{
	return outer->first.family == inner->first.family &&
	    (outer->protocol == 0 || outer->protocol == inner->protocol) &&
	    outer->port_first <= inner->port_first &&
	    outer->port_last >= inner->port_last &&
	    addr_cmp(&outer->first, &inner->first) <= 0 &&
	    addr_cmp(&outer->last, &inner->last) >= 0;
}

/* RFC 7296 3.13.1: OPAQUE ports (first above last) are within "any" only. */
bool
ts_intersect(const struct ts *a, const struct ts *b, struct ts *out)
{
	if (a->first.family != b->first.family)
		return false;
	if (a->protocol != 0 && b->protocol != 0 && a->protocol != b->protocol)
		return false;
	out->protocol = a->protocol != 0 ? a->protocol : b->protocol;
	if (a->port_first == 0 && a->port_last == 65535) {
		out->port_first = b->port_first;
		out->port_last = b->port_last;
	} else if (b->port_first == 0 && b->port_last == 65535) {
		out->port_first = a->port_first;
		out->port_last = a->port_last;
	} else {
		out->port_first = a->port_first > b->port_first ?
		    a->port_first : b->port_first;
		out->port_last = a->port_last < b->port_last ?
		    a->port_last : b->port_last;
		if (out->port_first > out->port_last &&
		    (a->port_first != b->port_first || a->port_last != b->port_last))
			return false;
	}
	out->first = addr_cmp(&a->first, &b->first) > 0 ? a->first : b->first;
	out->last = addr_cmp(&a->last, &b->last) < 0 ? a->last : b->last;
	return addr_cmp(&out->first, &out->last) <= 0;
}

/* The lowest address from a on that begins a block of that prefix length;
 * false if there is none. */
static bool
align_up(struct addr *a, unsigned int len)
{
	struct prefix p = { *a, (uint8_t)len };
	struct addr first, last;
	size_t i;

	prefix_range(&p, &first, &last);
	if (addr_equal(&first, a))
		return true;
	/* One above the end of the block that a is in. */
	for (i = addr_len(&last); i-- > 0;)
		if (++last.b[i] != 0)
			break;
	*a = last;
	return addr_cmp(&last, &first) > 0;
}

/* The largest block within the range, around `with` if that is not NULL. */
static bool
largest_block(const struct ts *t, const struct addr *with, struct prefix *out)
{
	unsigned int len, bits = addr_bits(&t->first);
	struct addr first, last;

	for (len = 0; len <= bits; len++) {
		out->addr = with != NULL ? *with : t->first;
		out->len = (uint8_t)len;
		if (with == NULL && !align_up(&out->addr, len))
			continue;
		prefix_range(out, &first, &last);
		if (addr_cmp(&first, &t->first) < 0 || addr_cmp(&last, &t->last) > 0)
			continue;
		out->addr = first;
		return true;
	}
	return false;
}

/* RFC 7296 2.9: the first selector may be the packet that set the peer off. */
static const struct addr *
trigger(const struct ts *ours, const struct payload *theirs)
{
	const struct ts *t = theirs->ts.ts;

	if (theirs->ts.n < 2 || !addr_equal(&t->first, &t->last) ||
	    t->first.family != ours->first.family ||
	    addr_cmp(&t->first, &ours->first) < 0 ||
	    addr_cmp(&t->first, &ours->last) > 0)
		return NULL;
	return &t->first;
}

static bool
best_block(const struct ts *ours, const struct payload *theirs,
	   const struct addr *with, struct prefix *out)
{
	struct prefix p;
	struct ts both;
	bool found = false;
	size_t i;

	for (i = 0; i < theirs->ts.n; i++) {
		if (!ts_is_any_port(&theirs->ts.ts[i]) ||
		    !ts_intersect(ours, &theirs->ts.ts[i], &both) ||
		    !largest_block(&both, with, &p))
			continue;
		if (!found || p.len < out->len)
			*out = p;
		found = true;
	}
	return found;
}

bool
ts_narrow(const struct prefix *ours, const struct payload *theirs, struct prefix *out)
{
	const struct addr *with;
	struct ts t;

	ts_from_prefix(&t, ours);
	with = trigger(&t, theirs);
	return (with != NULL && best_block(&t, theirs, with, out)) ||
	    best_block(&t, theirs, NULL, out);
}

bool
ts_verify(const struct prefix *ours, const struct payload *theirs, struct prefix *out)
{
	struct ts t;
	size_t i;

	ts_from_prefix(&t, ours);
	for (i = 0; i < theirs->ts.n; i++)
		if (!ts_is_any_port(&theirs->ts.ts[i]) ||
		    !ts_contains(&t, &theirs->ts.ts[i]))
			return false;
	return best_block(&t, theirs, NULL, out);
}

static const char *
ports_str(const struct ts *t, char *buf, size_t size)
{
	char proto[8];

	if (t->protocol == 6 || t->protocol == 17)
		snprintf(proto, sizeof(proto), "%s", t->protocol == 6 ? "tcp" : "udp");
	else
		snprintf(proto, sizeof(proto), "%u", t->protocol);
	if (t->protocol == 0 && t->port_first == 0 && t->port_last == 65535)
		buf[0] = '\0';
	else if (t->port_first == 0 && t->port_last == 65535)
		snprintf(buf, size, "[%s]", proto);
	else if (t->port_first > t->port_last)
		snprintf(buf, size, "[%s/opaque]", proto);
	else if (t->port_first == t->port_last)
		snprintf(buf, size, "[%s/%u]", proto, t->port_first);
	else
		snprintf(buf, size, "[%s/%u-%u]", proto, t->port_first, t->port_last);
	return buf;
}

const char *
ts_str(const struct ts *t, char buf[TS_STRLEN])
{
	char first[PREFIX_STRLEN], last[ADDR_STRLEN], ports[24];
	struct ts plain = *t;
	struct prefix p;

	plain.protocol = 0;
	plain.port_first = 0;
	plain.port_last = 65535;
	ports_str(t, ports, sizeof(ports));
	if (ts_to_prefix(&plain, &p))
		snprintf(buf, TS_STRLEN, "%s%s", prefix_str(&p, first), ports);
	else
		snprintf(buf, TS_STRLEN, "%s-%s%s", addr_str(&t->first, first),
		    addr_str(&t->last, last), ports);
	return buf;
}

const char *
ts_list_str(const struct payload *p, char buf[TS_LIST_STRLEN])
{
	char one[TS_STRLEN];
	size_t i, at = 0, len;

	buf[0] = '\0';
	for (i = 0; i < p->ts.n; i++) {
		ts_str(&p->ts.ts[i], one);
		len = strlen(one);
		if (at + len + 6 > TS_LIST_STRLEN) {
			snprintf(buf + at, TS_LIST_STRLEN - at, " ...");
			return buf;
		}
		at += (size_t)snprintf(buf + at, TS_LIST_STRLEN - at, "%s%s",
		    at > 0 ? " " : "", one);
	}
	if (p->ts.n == 0)
		snprintf(buf, TS_LIST_STRLEN, "nothing that is IPv4 or IPv6");
	return buf;
}

/* --- explaining --- */

struct remedy {
	char	here[200];
	char	there[200];
};

static void
also(char *buf, size_t size, const char *whose, const char *side,
     const struct prefix *p)
{
	size_t len = strlen(buf);
	char text[PREFIX_STRLEN];

	snprintf(buf + len, size - len, "%s%s-subnet %s", whose, side,
	    prefix_str(p, text));
}

/* One side of the pair: the command for us if the peer wants one plain subnet,
 * and the mirrored one for the peer. */
static void
mend(struct remedy *r, const char *side, const char *mirror,
     const struct prefix *ours, const struct payload *theirs)
{
	struct prefix p;

	if (ts_narrow(ours, theirs, &p))
		return;
	also(r->there, sizeof(r->there), EVENT_PEER, mirror, ours);
	if (theirs->ts.n > 0 && ts_to_prefix(&theirs->ts.ts[theirs->ts.n - 1], &p))
		also(r->here, sizeof(r->here), EVENT_HERE, side, &p);
}

static bool
only_ports(const struct payload *p)
{
	size_t i;

	for (i = 0; i < p->ts.n; i++)
		if (ts_is_any_port(&p->ts.ts[i]))
			return false;
	return p->ts.n > 0;
}

int
ts_explain(const struct prefix *local, const struct prefix *remote,
	   const struct payload *theirs_local, const struct payload *theirs_remote,
	   struct err *e)
{
	char want_local[TS_LIST_STRLEN], want_remote[TS_LIST_STRLEN];
	char have_local[PREFIX_STRLEN], have_remote[PREFIX_STRLEN];
	struct remedy r = { "", "" };

	ts_list_str(theirs_local, want_local);
	ts_list_str(theirs_remote, want_remote);
	prefix_str(local, have_local);
	prefix_str(remote, have_remote);
	if (only_ports(theirs_local) || only_ports(theirs_remote))
		return err_set(e, ERR_REALITY, "the peer asks for single protocols or "
		    "ports (%.100s === %.100s), but a tunnel carries whole subnets\n"
		    "at the peer, ask for %s === %s", want_local, want_remote,
		    have_remote, have_local);
	mend(&r, "local", "remote", local, theirs_local);
	mend(&r, "remote", "local", remote, theirs_remote);
	return err_set(e, ERR_REALITY, "traffic selectors do not match: the peer wants "
	    "%.80s here and %.80s there, we have local-subnet %s and remote-subnet "
	    "%s%s%s", want_local, want_remote, have_local, have_remote, r.here,
	    r.there);
}
