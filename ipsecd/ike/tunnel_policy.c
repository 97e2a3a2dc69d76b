#include "tunnel.h"

#include <string.h>

#include "ask.h"
#include "child.h"
#include "context.h"
#include "ike2/mobike.h"

#define POLICY_AGAIN_MS	10000		/* after the data plane refused it */

void
tunnel_subnets(const struct tunnel *t, const struct ike_sa *sa,
	       struct subnets *s)
{
	const struct child_sa *c;
	struct prefix *remote;

	memset(s, 0, sizeof(*s));
	if (t->conf->subnets == NULL)
		return;
	subnets_copy(s, t->conf->subnets);
	if (!t->conf->dynamic_remote || sa == NULL)
		return;
	remote = s->p + s->n_local;
	remote->addr = mobike_remote(sa)->addr;
	remote->len = (uint8_t)addr_bits(&remote->addr);
	/* A peer that has moved since keeps what was agreed on. */
	for (c = sa->children; c != NULL; c = c->next)
		if (child_is_up(c) && c->subnets != NULL)
			*remote = subnets_remote(c->subnets)[0];
}

void
tunnel_policy(struct engine *e, struct tunnel *t, const struct ike_sa *sa)
{
	struct dp_request req = { .op = DP_POLICY_ADD };
	const struct conf *c = t->conf;
	struct subnets *s = &req.policy.subnets;
	const struct prefix *remote = NULL;

	tunnel_subnets(t, sa, s);
	if (s->n_local > 0 && s->n_remote > 0)
		remote = subnets_remote(s);
	if (remote == NULL || remote->addr.family == 0 ||
	    (t->policy && prefix_equal(remote, &t->policy_remote)))
		return;		/* nobody known yet; or there already */
	req.policy.tunnel = c->id;
	req.policy.outer_local = c->local;
	if (c->refused == NULL)		/* else nobody is to be called */
		req.policy.outer_remote = c->peer;
	timer_stop(&e->timers, &t->again);
	t->policy = true;
	t->policy_remote = *remote;
	ask_dataplane(e, &req, ASK_POLICY, c->id, 0, 0);
}

void
tunnel_policy_refused(struct engine *e, struct tunnel *t, const char *why)
{
	if (!t->policy)
		return;
	tunnel_event(e, t, EV_DATA_PLANE, "the data plane refuses the policy of the "
	    "tunnel: %.120s; asked again in %u seconds", why,
	    POLICY_AGAIN_MS / 1000u);
	timer_set(&e->timers, &t->again, e->now + POLICY_AGAIN_MS);
}

void
tunnel_policy_again(struct engine *e, struct tunnel *t)
{
	t->policy = false;
	tunnel_policy(e, t, tunnel_sa(t));
}

void
tunnel_drop_policy(struct engine *e, struct tunnel *t)
{
	struct dp_request req = { .op = DP_POLICY_DEL };

	timer_stop(&e->timers, &t->again);
	if (!t->policy)
		return;
	req.policy.tunnel = t->conf->id;
	t->policy = false;
	ask_dataplane(e, &req, ASK_NOTHING, 0, 0, 0);
}
