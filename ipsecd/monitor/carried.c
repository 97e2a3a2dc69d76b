#include "carried.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/dataplane.h"

#define TUNNELS	(UINT16_MAX + 1)

struct tunnel {
	uint16_t	sas;		/* outbound, of the present ike */
	bool		peer;		/* it named the tunnel with a peer */
	bool		before;		/* an earlier one had SAs */
};

struct carried {
	struct tunnel	t[TUNNELS];	/* by number */
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

void
carried_note(struct carried *c, const struct dp_request *q)
{
	struct tunnel *sa = &c->t[q->sa.tunnel % TUNNELS];
	struct tunnel *policy = &c->t[q->policy.tunnel % TUNNELS];

	switch (q->op) {
	case DP_SA_ADD:
		if (!q->sa.inbound && sa->sas < UINT16_MAX)
			sa->sas++;
		break;
	case DP_SA_DEL:
		if (!q->sa.inbound && sa->sas > 0)
			sa->sas--;
		break;
	case DP_POLICY_ADD:
		policy->peer = !addr_is_any(&q->policy.outer_remote);
		break;
	case DP_POLICY_DEL:
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
		c->t[i].sas = 0;
		c->t[i].peer = false;
	}
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
