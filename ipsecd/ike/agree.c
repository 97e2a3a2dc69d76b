#include "agree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "context.h"
#include "event.h"
#include "ts.h"
#include "tunnel.h"

void
agree_refuse(struct child_plan *p, uint16_t notify, const struct err *why)
{
	p->code = notify == N_NO_PROPOSAL_CHOSEN ? EV_PROPOSAL :
	    notify == N_TS_UNACCEPTABLE ? EV_SELECTORS : EV_REFUSED;
	p->refuse = notify;
	free(p->why);
	p->why = why != NULL ? strdup(why->text) : NULL;
}

/* Both sides together, of exact size. */
static struct subnets *
join(const struct ts_set *local, const struct ts_set *remote)
{
	struct subnets s = { .n_local = local->n, .n_remote = remote->n };

	memcpy(s.p, local->p, local->n * sizeof(s.p[0]));
	memcpy(s.p + local->n, remote->p, remote->n * sizeof(s.p[0]));
	return subnets_dup(&s);
}

/* --- narrowing --- */

/* Whether the peer asks for addresses beyond those. */
static bool
asks_more(const struct payload *ts, const struct prefix *p, size_t n)
{
	size_t i;

	for (i = 0; i < ts->ts.n; i++)
		if (!ts_covered(p, n, &ts->ts.ts[i]))
			return true;
	return false;
}

/* "\nat the peer, set: remote-subnet 10.0.1.0/24 10.0.3.0/24" if less of that
 * side was agreed on. */
static void
put_remedy(char text[ERR_TEXT_MAX], const char *mirror, const struct prefix *ours,
	   size_t n, const struct prefix *agreed, size_t n_agreed)
{
	size_t i, len = strlen(text);
	char list[200];
	struct ts ts;
	bool less = false;
	int k;

	for (i = 0; i < n; i++) {
		ts_from_prefix(&ts, &ours[i]);
		less |= !ts_covered(agreed, n_agreed, &ts);
	}
	if (!less)
		return;
	k = snprintf(text + len, ERR_TEXT_MAX - len, EVENT_PEER "%s-subnet %s",
	    mirror, prefixes_str(ours, n, list, sizeof(list)));
	if (k < 0 || (size_t)k >= ERR_TEXT_MAX - len ||
	    strstr(list, "...") != NULL)
		text[len] = '\0';
}

/* The sentence about it; NULL if both have the same. */
static char *
narrowing(const struct subnets *ours, const struct subnets *agreed,
	  const struct payload *here, const struct payload *there, bool more_ts)
{
	char text[ERR_TEXT_MAX], want_l[TS_LIST_STRLEN], want_r[TS_LIST_STRLEN];
	char l[90], r[90], al[60], ar[60];
	const struct prefix *lp = subnets_local(ours), *rp = subnets_remote(ours);
	const struct prefix *alp = subnets_local(agreed);
	const struct prefix *arp = subnets_remote(agreed);

	if (subnets_equal(ours, agreed) &&
	    !asks_more(here, alp, agreed->n_local) &&
	    !asks_more(there, arp, agreed->n_remote))
		return NULL;
	prefixes_str(lp, ours->n_local, l, sizeof(l));
	prefixes_str(rp, ours->n_remote, r, sizeof(r));
	prefixes_str(alp, agreed->n_local, al, sizeof(al));
	prefixes_str(arp, agreed->n_remote, ar, sizeof(ar));
	snprintf(text, sizeof(text), "narrowed to %s === %s: we have %s === %s, the "
	    "peer wants %.70s === %.70s%s", al, ar, l, r,
	    ts_list_str(here, want_l), ts_list_str(there, want_r), more_ts ?
	    "; more would be possible in another CHILD_SA "
	    "(ADDITIONAL_TS_POSSIBLE)" : "");
	put_remedy(text, "remote", lp, ours->n_local, alp, agreed->n_local);
	put_remedy(text, "local", rp, ours->n_remote, arp, agreed->n_remote);
	return strdup(text);
}

typedef bool judge_fn(const struct prefix *, size_t, const struct payload *,
		      struct ts_set *);

/* here, there: what the peer says of our side and of its own. */
static void
selectors(struct child_plan *p, judge_fn *judge, const struct subnets *ours,
      const struct payload *here, const struct payload *there, bool more_ts)
{
	struct ts_set local, remote;
	struct err why = ERR_INIT;

	if (!judge(subnets_local(ours), ours->n_local, here, &local) ||
	    !judge(subnets_remote(ours), ours->n_remote, there, &remote)) {
		ts_explain(ours, here, there, &why);
		agree_refuse(p, N_TS_UNACCEPTABLE, &why);
		return;
	}
	p->more_ts = more_ts || local.cut || remote.cut;
	p->subnets = join(&local, &remote);
	if (p->subnets == NULL)
		agree_refuse(p, N_TEMPORARY_FAILURE, NULL);
	else
		p->narrowed = narrowing(ours, p->subnets, here, there,
		    p->more_ts);
}

/* --- both together --- */

/* Without key exchanges there would be a match. */
static bool
only_group(const struct engine *e, const struct tunnel *t,
	   const struct payload *offered)
{
	struct choice choice;
	struct offer ours;

	offer_init(&ours, OFFER_AUTH_CHILD, &t->conf->esp, e->set.caps.esn);
	return offer_select(&ours, offered, 0, &choice, NULL) == 0;
}

static void
chosen(struct child_plan *p, const struct choice *choice)
{
	p->spi_out = bytes_spi(&choice->spi);
	p->choice = *choice;
	memset(&p->choice.spi, 0, sizeof(p->choice.spi));
}

void
agree_request(struct engine *e, const struct tunnel *t, const struct ike_sa *sa,
	      const struct offer *ours, const struct agree *a, struct child_plan *p)
{
	struct subnets subnets;
	struct choice choice;
	struct err why = ERR_INIT;

	if (offer_select(ours, a->sa, a->group, &choice, &why) < 0) {
		agree_refuse(p, N_NO_PROPOSAL_CHOSEN, &why);
		if (ours->kind == OFFER_CHILD && only_group(e, t, a->sa))
			p->code = EV_PFS;
		return;
	}
	chosen(p, &choice);
	tunnel_subnets(t, sa, &subnets);
	selectors(p, ts_narrow, &subnets, a->here, a->there, a->more_ts);
	if (p->refuse == 0 && p->spi_out == 0) {
		err_set(&why, ERR_REALITY, "the peer proposes ESP without an SPI");
		agree_refuse(p, N_NO_PROPOSAL_CHOSEN, &why);
	}
}

void
agree_answer(const struct ike_sa *sa, const struct offer *ours,
	     const struct agree *a, struct child_plan *p)
{
	struct subnets subnets;
	struct choice choice;
	struct err why = ERR_INIT;

	if (offer_verify(ours, a->sa, &choice, &why) < 0) {
		agree_refuse(p, N_NO_PROPOSAL_CHOSEN, &why);
		return;
	}
	chosen(p, &choice);
	tunnel_subnets(sa->tunnel, sa, &subnets);
	selectors(p, ts_verify, &subnets, a->here, a->there, a->more_ts);
	if (p->refuse == 0 && p->spi_out == 0) {
		err_set(&why, ERR_REALITY, "the peer answers without an SPI");
		agree_refuse(p, N_NO_PROPOSAL_CHOSEN, &why);
	}
}

void
agree_apply(struct engine *e, struct child_plan *p, struct child_sa *c)
{
	const struct child_sa *old = tunnel_child_of(c->sa->tunnel, c->replaces);

	/* Not again with every rekeying. */
	if (p->narrowed != NULL && (old == NULL || old->subnets == NULL ||
	    !subnets_equal(old->subnets, p->subnets)))
		tunnel_event(e, c->sa->tunnel, EV_NARROWED, "%s", p->narrowed);
	c->suite = p->choice.suite;
	c->subnets = p->subnets;
	p->subnets = NULL;
	c->spi_out = p->spi_out;
}
