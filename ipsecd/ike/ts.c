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

/* --- ranges as prefixes --- */

static bool
covers(const struct prefix *outer, const struct prefix *inner)
{
	return outer->len <= inner->len && prefix_has(outer, &inner->addr);
}

/* One above; false: there is none. */
static bool
successor(struct addr *a)
{
	size_t i;

	for (i = addr_len(a); i-- > 0;)
		if (++a->b[i] != 0)
			return true;
	return false;
}

static unsigned int
trailing_zeros(const struct addr *a)
{
	unsigned int n = 0;
	size_t i = addr_len(a);

	while (i > 0 && a->b[i - 1] == 0) {
		i--;
		n += 8;
	}
	return i > 0 ? n + (unsigned int)__builtin_ctz(a->b[i - 1]) : n;
}

/* The largest prefix that begins with the first address of what is left of a
 * range; false at its end. */
static bool
next_prefix(struct ts *rest, struct prefix *out)
{
	struct addr first, last;

	if (rest->first.family == 0 || addr_cmp(&rest->first, &rest->last) > 0)
		return false;
	out->addr = rest->first;
	out->len = (uint8_t)(addr_bits(&out->addr) -
	    trailing_zeros(&out->addr));
	for (;; out->len++) {
		prefix_range(out, &first, &last);
		if (addr_cmp(&last, &rest->last) <= 0)
			break;
	}
	rest->first = last;
	if (!successor(&rest->first))
		rest->first.family = 0;
	return true;
}

static void
remove_at(struct ts_set *s, size_t i)
{
	memmove(&s->p[i], &s->p[i + 1], (--s->n - i) * sizeof(s->p[0]));
}

/* The smallest without `keep` in it; n if all have it. */
static size_t
smallest(const struct ts_set *s, const struct addr *keep)
{
	size_t i, found = s->n;

	for (i = 0; i < s->n; i++)
		if ((keep == NULL || !prefix_has(&s->p[i], keep)) &&
		    (found == s->n || s->p[i].len >= s->p[found].len))
			found = i;
	return found;
}

static void
set_add(struct ts_set *s, const struct prefix *p, const struct addr *keep)
{
	bool kept = keep != NULL && prefix_has(p, keep);
	size_t i;

	for (i = s->n; i-- > 0;) {
		if (covers(&s->p[i], p))
			return;
		if (covers(p, &s->p[i]))
			remove_at(s, i);
	}
	if (s->n == SUBNETS_MAX) {
		s->cut = true;
		i = smallest(s, keep);
		if (i == s->n || (!kept && s->p[i].len <= p->len))
			return;
		remove_at(s, i);
	}
	s->p[s->n++] = *p;
}

/* RFC 7296 2.9: the first selector may be the packet that set the peer off. */
static const struct addr *
trigger(const struct payload *theirs)
{
	const struct ts *t = theirs->ts.ts;

	return theirs->ts.n > 1 && addr_equal(&t->first, &t->last) ?
	    &t->first : NULL;
}

bool
ts_narrow(const struct prefix *ours, size_t n, const struct payload *theirs,
	  struct ts_set *out)
{
	const struct addr *keep = trigger(theirs);
	struct prefix p;
	struct ts t, both;
	size_t i, j;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < n; i++) {
		ts_from_prefix(&t, &ours[i]);
		for (j = 0; j < theirs->ts.n; j++) {
			if (!ts_is_any_port(&theirs->ts.ts[j]) ||
			    !ts_intersect(&t, &theirs->ts.ts[j], &both))
				continue;
			while (next_prefix(&both, &p))
				set_add(out, &p, keep);
		}
	}
	return out->n > 0;
}

bool
ts_covered(const struct prefix *ours, size_t n, const struct ts *range)
{
	struct addr at = range->first, first;
	size_t i;

	do {
		for (i = 0; i < n && !prefix_has(&ours[i], &at); i++)
			;
		if (i == n)
			return false;
		prefix_range(&ours[i], &first, &at);
		if (addr_cmp(&at, &range->last) >= 0)
			return true;
	} while (successor(&at));
	return false;
}

bool
ts_verify(const struct prefix *ours, size_t n, const struct payload *theirs,
	  struct ts_set *out)
{
	size_t i;

	for (i = 0; i < theirs->ts.n; i++)
		if (!ts_is_any_port(&theirs->ts.ts[i]) ||
		    !ts_covered(ours, n, &theirs->ts.ts[i]))
			return false;
	return ts_narrow(ours, n, theirs, out) && !out->cut;
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

#define REMEDY_STRLEN	200

/* A line "here, set: local-subnet 10.0.1.0/24 10.0.3.0/24" more, if the whole of
 * it fits. */
static void
also(char text[ERR_TEXT_MAX], const char *whose, const char *side,
     const char *list)
{
	size_t len = strlen(text);
	int n = snprintf(text + len, ERR_TEXT_MAX - len, "%s%s-subnet %s",
	    whose, side, list);

	if (n < 0 || (size_t)n >= ERR_TEXT_MAX - len || strstr(list, "..."))
		text[len] = '\0';
}

/* What the peer asks for as a line of our configuration; false if it cannot be
 * one. */
static bool
as_subnets(const struct payload *theirs, char buf[REMEDY_STRLEN])
{
	struct prefix p[SUBNETS_MAX];
	size_t i, n = 0;

	for (i = 0; i < theirs->ts.n; i++) {
		if (n == SUBNETS_MAX)
			return false;
		if (ts_to_prefix(&theirs->ts.ts[i], &p[n]))
			n++;
		else if (i > 0 || theirs->ts.n == 1)
			return false;	/* and not the packet it began with */
	}
	prefixes_str(p, n, buf, REMEDY_STRLEN);
	return n > 0;
}

static bool
misfit(const struct prefix *ours, size_t n, const struct payload *theirs)
{
	struct ts_set both;

	return !ts_narrow(ours, n, theirs, &both);
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
ts_explain(const struct subnets *ours, const struct payload *theirs_local,
	   const struct payload *theirs_remote, struct err *e)
{
	const struct prefix *l = subnets_local(ours), *r = subnets_remote(ours);
	char want_local[TS_LIST_STRLEN], want_remote[TS_LIST_STRLEN];
	char have_local[100], have_remote[100];
	char text[ERR_TEXT_MAX], list[REMEDY_STRLEN];
	bool bad_l = misfit(l, ours->n_local, theirs_local);
	bool bad_r = misfit(r, ours->n_remote, theirs_remote);

	ts_list_str(theirs_local, want_local);
	ts_list_str(theirs_remote, want_remote);
	prefixes_str(l, ours->n_local, have_local, sizeof(have_local));
	prefixes_str(r, ours->n_remote, have_remote, sizeof(have_remote));
	if (only_ports(theirs_local) || only_ports(theirs_remote))
		return err_set(e, ERR_REALITY, "the peer asks for single protocols or "
		    "ports (%.90s === %.90s), but a tunnel carries whole subnets\n"
		    "at the peer, ask for %s === %s", want_local, want_remote,
		    have_remote, have_local);
	snprintf(text, sizeof(text), "traffic selectors do not match: the peer "
	    "wants %.80s here and %.80s there, we have local-subnet %s and "
	    "remote-subnet %s", want_local, want_remote, have_local, have_remote);
	if (bad_l && as_subnets(theirs_local, list))
		also(text, EVENT_HERE, "local", list);
	if (bad_r && as_subnets(theirs_remote, list))
		also(text, EVENT_HERE, "remote", list);
	if (bad_l)
		also(text, EVENT_PEER, "remote",
		    prefixes_str(l, ours->n_local, list, sizeof(list)));
	if (bad_r)
		also(text, EVENT_PEER, "local",
		    prefixes_str(r, ours->n_remote, list, sizeof(list)));
	return err_set(e, ERR_REALITY, "%s", text);
}
