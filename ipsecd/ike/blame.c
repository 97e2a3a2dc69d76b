#include "blame.h"

#include <stdio.h>
#include <string.h>

#include "context.h"
#include "machine.h"
#include "pair.h"
#include "reason.h"
#include "trace.h"
#include "tunnel.h"
#include "wire/message1.h"

#define MEANT_MAX	4	/* of more nobody can say which one was meant */
#define LOOKED_AT_MAX	16

/* Tunnels between the addresses of a stranger. */
struct meant {
	struct tunnel	*t[MEANT_MAX];
	unsigned int	 n;		/* also those that did not fit */
};

/* Of a version, or of both (0).  Those for a certain peer come first, and others are
 * not looked at if there are any. */
static void
find(struct meant *m, struct engine *e, const struct stranger *s,
     unsigned int version)
{
	static const struct addr any;
	const struct addr *remote[] = { &s->remote->addr, &any };
	unsigned int looked = 0, i;
	struct tunnel *t;
	struct pair *p;

	memset(m, 0, sizeof(*m));
	for (i = 0; i < 2 && m->n == 0; i++) {
		p = pair_find(e, &s->local->addr, remote[i]);
		for (t = p != NULL ? p->tunnels : NULL; t != NULL;
		    t = t->pair_next) {
			if (++looked > LOOKED_AT_MAX) {
				m->n += MEANT_MAX + 1;
				break;
			}
			if (version != 0 && t->conf->version != version)
				continue;
			if (m->n < MEANT_MAX)
				m->t[m->n] = t;
			m->n++;
		}
	}
}

static void
tell(struct engine *e, struct tunnel *t, const struct stranger *s,
     enum event_code code, const char *why)
{
	char who[ENDPOINT_STRLEN];

	tunnel_event(e, t, code, "refused a peer at %s: %s",
	    endpoint_str(s->remote, who), why);
	if (t != NULL && tunnel_sa(t) == NULL)
		tunnel_set_reason(t, code, why);
}

static bool
may_tell(struct engine *e, const struct stranger *s, const char *why)
{
	if (log_rate_ok(&e->strangers, e->now))
		return true;
	engine_drop(e, s->remote, "%.*s", (int)strcspn(why, "\n"), why);
	return false;
}

/* The tunnel, if only one of that version can have been meant. */
static void
blame(struct engine *e, const struct stranger *s, unsigned int version,
      enum event_code code, const char *why)
{
	struct meant m;

	find(&m, e, s, version);
	if (may_tell(e, s, why))
		tell(e, m.n == 1 ? m.t[0] : NULL, s, code, why);
}

void
blame_nobody(struct engine *e, const struct stranger *s, enum event_code code,
	     const char *why)
{
	if (may_tell(e, s, why))
		tell(e, NULL, s, code, why);
}

/* What a peer does that is known by name: at its tunnels, if these are not too
 * many. */
static void
name(struct engine *e, const struct meant *m, const struct stranger *s,
     enum event_code code, const char *does, unsigned int most)
{
	char who[ADDR_STRLEN], why[EVENT_TEXT_MAX];
	unsigned int i;

	snprintf(why, sizeof(why), "the peer at %s %s",
	    addr_str(&s->remote->addr, who), does);
	if (!may_tell(e, s, why))
		return;
	if (m->n == 0 || m->n > most)
		tunnel_event(e, NULL, code, "%s", why);
	else
		for (i = 0; i < m->n; i++) {
			tunnel_event(e, m->t[i], code, "%s", why);
			if (tunnel_sa(m->t[i]) == NULL)
				tunnel_set_reason(m->t[i], code, why);
		}
}

/* That the tunnels are of the other version; false: there are none (nothing was
 * said). */
static bool
other_version(struct engine *e, const struct stranger *s, unsigned int version)
{
	struct meant m;

	find(&m, e, s, version == 1 ? 2 : 1);
	if (m.n == 0)
		return false;
	name(e, &m, s, EV_VERSION, version == 1 ?
	    "speaks IKEv1, expected is IKEv2" EVENT_PEER "version 2\nonly if the peer "
	    "is too old for IKEv2, set version 1 here" :
	    "speaks IKEv2, expected is IKEv1" EVENT_HERE "version 2", 1);
	return true;
}

bool
blame_choose(struct engine *e, const struct stranger *s, unsigned int version,
	     int (*fits)(const struct conf *, const struct message *,
			 struct choice *, struct err *),
	     struct choice *choice)
{
	static const struct addr any;
	const struct addr *remote[] = { &s->remote->addr, &any };
	struct err why = ERR_INIT, first = ERR_INIT;
	char a[ADDR_STRLEN], b[ADDR_STRLEN];
	struct tunnel *t;
	struct pair *p;
	size_t i;

	for (i = 0; i < 2; i++) {
		p = pair_find(e, &s->local->addr, remote[i]);
		for (t = p != NULL ? p->suites : NULL; t != NULL;
		    t = t->suite_next) {
			if (t->conf->version != version)
				continue;
			if (fits(t->conf, &e->msg, choice, &why) == 0)
				return true;
			if (first.kind == ERR_NONE)
				first = why;
		}
	}
	if (first.kind != ERR_NONE) {
		blame(e, s, version, EV_PROPOSAL, first.text);
	} else if (!other_version(e, s, version)) {
		err_set(&why, ERR_REALITY, "no tunnel is configured between %s and "
		    "%s", addr_str(&s->local->addr, a),
		    addr_str(&s->remote->addr, b));
		blame_nobody(e, s, EV_PROPOSAL, why.text);
	}
	return false;
}

void
blame_aggressive(struct engine *e, const struct stranger *s)
{
	struct meant m;

	find(&m, e, s, 0);
	name(e, &m, s, EV_AGGRESSIVE, "tries aggressive mode, which shows the "
	    "identities and a hash of the secret to everybody on the way and is never "
	    "answered\nset main mode at the peer, or IKEv2 on both sides", MEANT_MAX);
}

bool
blame_expected(struct engine *e, const struct stranger *s)
{
	struct meant m;

	find(&m, e, s, 0);
	return m.n != 0;
}

/* Anybody can say so: it is remembered as the likely cause, and the attempt ends
 * earlier. */
bool
blame_answer(struct engine *e, const struct stranger *s)
{
	struct ike_sa *sa = sa_find(e, s->hdr->spi_i);
	const struct payload *n;
	char why[REASON_MAX];

	if (sa == NULL || sa->machine->version != 2 || sa->state != IKE_I_INIT ||
	    !addr_equal(&sa->remote.addr, &s->remote->addr) ||
	    s->hdr->exchange != EXCH1_INFORMATIONAL ||
	    message1_parse(&e->msg, s->msg, s->len, NULL) < 0 ||
	    e->msg.sk.present ||
	    (n = message_find(&e->msg, PL_NOTIFY)) == NULL ||
	    n->notify.type != N1_INVALID_MAJOR_VERSION)
		return false;
	trace_in(e, s->local, s->remote, &e->msg);
	if (sa->setup->refused != 0)
		return true;
	sa->setup->refused = N_INVALID_MAJOR_VERSION;
	tunnel_trouble(e, sa->tunnel, reason_init(e, sa, N_INVALID_MAJOR_VERSION,
	    why), why);
	return true;
}
