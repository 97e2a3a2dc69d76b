/* ipsecd/monitor/carried: what a new ike has to bring back */
#include "monitor/carried.h"

#include <string.h>

#include "dataplane/dataplane.h"
#include "tests/unit.h"

static void
policy(struct carried *c, uint32_t tunnel, const char *peer)
{
	struct dp_request q = { .op = DP_POLICY_ADD };

	q.policy.tunnel = tunnel;
	if (peer != NULL)
		CU_ASSERT(addr_parse(&q.policy.outer_remote, peer) == 0);
	carried_note(c, &q);
}

static void
sa(struct carried *c, enum dp_op op, uint32_t tunnel, bool inbound)
{
	struct dp_request q = { .op = op };

	q.sa.tunnel = tunnel;
	q.sa.inbound = inbound;
	carried_note(c, &q);
}

static void
up(struct carried *c, uint32_t tunnel)
{
	sa(c, DP_SA_ADD, tunnel, true);
	sa(c, DP_SA_ADD, tunnel, false);
}

static void
collect(uint32_t tunnel, void *arg)
{
	char *text = arg;

	snprintf(text + strlen(text), 64, "%u ", tunnel);
}

static const char *
claimed(struct carried *c)
{
	static char text[256];

	text[0] = '\0';
	carried_claim(c, collect, text);
	return text;
}

static void
test_claim(void)
{
	struct dp_request del = { .op = DP_POLICY_DEL };
	struct carried *c = carried_new();
	uint32_t i;

	CU_ASSERT_FATAL(c != NULL);
	for (i = 1; i <= 6; i++)
		policy(c, i, i == 3 ? NULL : "192.0.2.1");
	policy(c, 65535, "2001:db8::1");
	CU_ASSERT_STRING_EQUAL(claimed(c), "");		/* nothing was up */
	up(c, 1);
	up(c, 2);
	up(c, 2);			/* a rekeying: one goes ... */
	sa(c, DP_SA_DEL, 2, true);
	sa(c, DP_SA_DEL, 2, false);	/* ... and one stays */
	up(c, 3);			/* its peer is unknown */
	up(c, 4);
	sa(c, DP_SA_DEL, 4, true);
	sa(c, DP_SA_DEL, 4, false);	/* was down again */
	up(c, 5);			/* removed meanwhile */
	up(c, 6);			/* up again before it is asked */
	up(c, 65535);
	CU_ASSERT_STRING_EQUAL(claimed(c), "");		/* the ike lives */
	carried_ike_ended(c);
	carried_ike_ended(c);		/* one that lived too short to ask */
	for (i = 1; i <= 6; i++)
		if (i != 5)
			policy(c, i, i == 3 ? NULL : "192.0.2.1");
	policy(c, 65535, "2001:db8::1");
	up(c, 6);
	CU_ASSERT_STRING_EQUAL(claimed(c), "1 2 65535 ");
	CU_ASSERT_STRING_EQUAL(claimed(c), "");		/* once */

	/* Deleted by the configuration: forgotten. */
	up(c, 1);
	del.policy.tunnel = 1;
	carried_note(c, &del);
	carried_ike_ended(c);
	policy(c, 1, "192.0.2.1");
	CU_ASSERT_STRING_EQUAL(claimed(c), "");
	carried_free(c);
}

static bool
room(const struct carried *c, uint32_t tunnel, bool inbound)
{
	struct dp_request q = { .op = DP_SA_ADD };
	struct err e = ERR_INIT;
	bool ok;

	q.sa.tunnel = tunnel;
	q.sa.inbound = inbound;
	ok = carried_check(c, &q, &e) == 0;
	CU_ASSERT(ok || strstr(e.text, "no more are taken") != NULL);
	err_clear(&e);
	return ok;
}

/* A taken over ike cannot fill the data plane. */
static void
test_limits(void)
{
	struct carried *c = carried_new();
	uint32_t i, n;

	CU_ASSERT_FATAL(c != NULL);
	for (i = 0; i < CARRIED_TUNNEL_MAX; i++) {
		CU_ASSERT(room(c, 1, true) && room(c, 1, false));
		up(c, 1);
	}
	CU_ASSERT(!room(c, 1, true) && !room(c, 1, false) && room(c, 2, true));
	sa(c, DP_SA_DEL, 1, true);
	CU_ASSERT(room(c, 1, true) && !room(c, 1, false));
	up(c, 1);
	for (n = 2; n <= CARRIED_MAX / CARRIED_TUNNEL_MAX + 1; n++)
		for (i = 0; i < CARRIED_TUNNEL_MAX; i++)
			up(c, n);
	CU_ASSERT(!room(c, 60000, true) && !room(c, 60000, false));
	carried_ike_ended(c);
	CU_ASSERT(room(c, 1, true) && room(c, 60000, false));
	carried_free(c);
}

UNIT_MAIN("carried",
	{ "SAs have a limit", test_limits },
	{ "what is claimed", test_claim },
)
