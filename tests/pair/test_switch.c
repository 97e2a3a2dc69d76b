/*
 * The peer forgets an SA when it has our answer to its Delete: by then our data
 * plane sends with another one, and was never without one.
 */
#include <string.h>

#include "pair.h"
#include "puppet.h"
#include "tests/unit.h"

#define ASKED_MAX	32

static struct {
	struct dp_request asked[ASKED_MAX];	/* and not answered */
	unsigned int	 n;
	bool		 slow, refuses;
	int		 out;			/* outbound SAs */
	bool		 silent;		/* there was none any more */
} plane;

static void
carry_out(struct node *n, const struct dp_request *rq)
{
	struct dp_reply r = { .serial = rq->serial, .ok = !plane.refuses };

	if (r.ok && !rq->sa.inbound && rq->op == DP_SA_ADD)
		plane.out++;
	if (!rq->sa.inbound && rq->op == DP_SA_DEL && --plane.out == 0)
		plane.silent = true;
	engine_dp_reply(n->engine, node_now(n), &r);
}

static void
asked(struct node *n, const struct dp_request *rq)
{
	if (!plane.slow)
		carry_out(n, rq);
	else if (plane.n < ASKED_MAX)
		plane.asked[plane.n++] = *rq;
}

static void
wake_up(void)
{
	unsigned int i;

	for (i = 0; i < plane.n; i++)
		carry_out(alice, &plane.asked[i]);
	plane.n = 0;
	plane.slow = false;
}

static void
begin(uint64_t seed, struct puppet *p)
{
	pair_begin(seed);
	memset(&plane, 0, sizeof(plane));
	w.dataplane = asked;
	node_config(alice, alice_entry(",\"dpd-action\":\"disabled\""));
	puppet_init(p, &w, alice, "192.0.2.2");
	CU_ASSERT_FATAL(puppet_meet(p) &&
	    puppet_authenticate(p, "bob", "correct horse"));
	CU_ASSERT(plane.out == 1);
}

static void
end(struct puppet *p)
{
	puppet_fini(p);
	wake_up();
	pair_end();
}

/* The same peer reauthenticates, make before break. */
static void
again(struct puppet *q)
{
	world_run(&w, 500);
	puppet_init(q, &w, alice, "192.0.2.2");
	CU_ASSERT_FATAL(puppet_meet(q) &&
	    puppet_authenticate(q, "bob", "correct horse"));
	CU_ASSERT(plane.out == 1);	/* still the old one */
}

static void
inform(struct puppet *p, uint8_t protocol, uint32_t spi)
{
	w.arg = p;			/* hears what alice says now */
	puppet_begin(p, EXCH_INFORMATIONAL, false, p->msgid++);
	if (protocol != PROTO_NONE)
		build_delete(&p->b, protocol, &spi, protocol == PROTO_ESP);
	puppet_seal(p);
	puppet_say(p);
}

/* The answer is there when the data plane is done, and not before. */
static void
answered_late(struct puppet *p)
{
	CU_ASSERT(p->heard == 0 && plane.n > 0);
	puppet_send(p);			/* impatient */
	CU_ASSERT(p->heard == 0);
	wake_up();
	CU_ASSERT(p->heard == 1 && p->m.hdr.exchange == EXCH_INFORMATIONAL);
	puppet_send(p);
	CU_ASSERT(p->heard == 2);
	CU_ASSERT(plane.out == 1 && !plane.silent && node_up(alice, 1));
}

static void
test_reauthenticated(void)
{
	struct puppet p, q;

	begin(1, &p);
	again(&q);
	plane.slow = true;
	inform(&p, PROTO_IKE, 0);
	answered_late(&p);
	ke_free(p.ke);
	crypto_free(p.crypto);
	end(&q);
}

/* The new IKE_SA made us switch just before. */
static void
test_heard(void)
{
	struct puppet p, q;

	begin(2, &p);
	again(&q);
	plane.slow = true;
	inform(&q, PROTO_NONE, 0);
	CU_ASSERT(q.heard == 1);
	inform(&p, PROTO_IKE, 0);
	answered_late(&p);
	ke_free(p.ke);
	crypto_free(p.crypto);
	end(&q);
}

static void
rekey_child(struct puppet *p)
{
	static const uint8_t old[4] = { 0xc0, 0xaa, 0xbb, 0xcc };

	puppet_begin(p, EXCH_CREATE_CHILD_SA, false, p->msgid++);
	build_notify(&p->b, PROTO_ESP, N_REKEY_SA, old, 4, NULL, 0);
	puppet_build_child(p, OFFER_AUTH_CHILD, 0xc0aabbdd, "10.0.2.0/24",
	    "10.0.1.0/24");
	build_nonce(&p->b, p->ni.b, 32);
	puppet_seal(p);
	puppet_say(p);
	CU_ASSERT(message_find(&p->m, PL_SA) != NULL);
}

static void
test_rekeyed(void)
{
	struct puppet p;

	begin(3, &p);
	rekey_child(&p);
	CU_ASSERT(plane.out == 1);
	plane.slow = true;
	inform(&p, PROTO_ESP, 0xc0aabbcc);
	answered_late(&p);
	CU_ASSERT(message_find(&p.m, PL_DELETE) != NULL);
	end(&p);
}

/* What the data plane refuses is no reason to say nothing. */
static void
test_refused(void)
{
	struct puppet p;

	begin(4, &p);
	rekey_child(&p);
	plane.slow = plane.refuses = true;
	inform(&p, PROTO_ESP, 0xc0aabbcc);
	CU_ASSERT(p.heard == 0);
	wake_up();
	CU_ASSERT(p.heard >= 1);
	end(&p);
}

/* Nothing takes its place, or nothing goes: no reason to wait. */
static void
test_at_once(void)
{
	struct puppet p;

	begin(5, &p);
	plane.slow = true;
	inform(&p, PROTO_NONE, 0);
	CU_ASSERT(p.heard == 1);
	inform(&p, PROTO_ESP, 0xc0aabbcc);
	CU_ASSERT(p.heard >= 1);
	inform(&p, PROTO_IKE, 0);
	CU_ASSERT(p.heard >= 1);
	end(&p);
}

/* The engine ends while an answer waits. */
static void
test_end(void)
{
	struct puppet p, q;

	begin(6, &p);
	again(&q);
	plane.slow = true;
	inform(&p, PROTO_IKE, 0);
	node_config(alice, "");
	wake_up();
	world_run(&w, 60000);
	ke_free(p.ke);
	crypto_free(p.crypto);
	end(&q);
}

UNIT_MAIN("switching outbound SAs",
	{ "reauthenticated", test_reauthenticated },
	{ "heard before", test_heard },
	{ "rekeyed", test_rekeyed },
	{ "refused", test_refused },
	{ "at once", test_at_once },
	{ "the end", test_end })
