#include "carried.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/dataplane.h"

#define TUNNELS	(UINT16_MAX + 1)

struct tunnel {
	uint16_t	sas;		/* outbound, of the present ike */
	uint16_t	in;		/* inbound */
	bool		peer;		/* it named the tunnel with a peer */
	bool		before;		/* an earlier one had SAs */
};

struct carried {
	struct tunnel	t[TUNNELS];	/* by number */
	uint32_t	total;		/* of both directions */
};

struct carried *
carried_new(void)
{
	return calloc(1, sizeof(struct carried));
}

void
carried_free(struct carried *c)
{
	free(c);
}

int
carried_check(const struct carried *c, const struct dp_request *q, struct err *e)
{
	const struct tunnel *t = &c->t[q->sa.tunnel % TUNNELS];

	if (q->op != DP_SA_ADD)
		return 0;
	if ((q->sa.inbound ? t->in : t->sas) >= CARRIED_TUNNEL_MAX)
		return err_set(e, ERR_RESOURCE, "tunnel %u has %d SAs in that "
		    "direction already; no more are taken", q->sa.tunnel,
		    CARRIED_TUNNEL_MAX);
	if (c->total >= 2 * CARRIED_MAX)
		return err_set(e, ERR_RESOURCE, "all tunnels together have %d "
		    "pairs of SAs; no more are taken", CARRIED_MAX);
	return 0;
}

/* ike takes out what it has asked for, also what was refused. */
static void
count(struct carried *c, const struct dp_request *q, bool add)
{
	struct tunnel *t = &c->t[q->sa.tunnel % TUNNELS];
	uint16_t *n = q->sa.inbound ? &t->in : &t->sas;

	if (add && *n < UINT16_MAX) {
		++*n;
		c->total++;
	} else if (!add && *n > 0) {
		--*n;
		c->total--;
	}
}

void
carried_note(struct carried *c, const struct dp_request *q)
{
	struct tunnel *policy = &c->t[q->policy.tunnel % TUNNELS];

	switch (q->op) {
	case DP_SA_ADD:
		count(c, q, true);
		break;
	case DP_SA_DEL:
		count(c, q, false);
		break;
	case DP_POLICY_ADD:
		policy->peer = !addr_is_any(&q->policy.outer_remote);
		break;
	case DP_POLICY_DEL:
		c->total -= policy->sas + policy->in;
		memset(policy, 0, sizeof(*policy));
		break;
	default:
		break;
	}
}

void
carried_ike_ended(struct carried *c)
{
	size_t i;

	for (i = 0; i < TUNNELS; i++) {
		c->t[i].before |= c->t[i].sas > 0;
		c->t[i].sas = c->t[i].in = 0;
		c->t[i].peer = false;
	}
	c->total = 0;
}

void
carried_claim(struct carried *c, void (*wanted)(uint32_t, void *), void *arg)
{
	uint32_t i;

	for (i = 1; i < TUNNELS; i++) {
		if (c->t[i].before && c->t[i].peer && c->t[i].sas == 0)
			wanted(i, arg);
		c->t[i].before = false;
	}
}
