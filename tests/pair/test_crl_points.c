/*
 * Where the engine asks for a CRL, and how long: several points, ten seconds, a
 * server that does not answer.  S1-088 to S1-094.
 */
#include "inquiry.h"
#include "tests/unit.h"

static void
test_second_point(void)
{
	struct peer p = peer_two();
	const struct asked *k;
	uint64_t then;

	/* The first fails: the second at once. */
	inquiry_begin();
	publish(ALT_CRL, sub, NULL);
	web_find(&w, SUB_CRL)->fails = "answers 404 Not Found";
	then = w.now;
	k = find_out(&p.direct, true);
	CU_ASSERT_EQUAL(k->a.verdict, REVOCATION_GOOD);
	CU_ASSERT_EQUAL(k->at, then);
	inquiry_end();

	/* It hangs: the second as well, and long before the time is over. */
	inquiry_begin();
	publish(ALT_CRL, sub, NULL);
	web_find(&w, SUB_CRL)->hangs = true;
	then = w.now;
	k = find_out(&p.direct, true);
	CU_ASSERT_EQUAL(k->a.verdict, REVOCATION_GOOD);
	CU_ASSERT(k->at - then <= 3000);
	inquiry_end();

	/* It is slow: whoever is first. */
	inquiry_begin();
	publish(ALT_CRL, sub, NULL)->hangs = true;
	web_find(&w, SUB_CRL)->delay = 4000;
	then = w.now;
	k = find_out(&p.direct, true);
	CU_ASSERT_EQUAL(k->a.verdict, REVOCATION_GOOD);
	CU_ASSERT_EQUAL(k->at - then, 4000);
	inquiry_end();

	/* Neither: both are said. */
	inquiry_begin();
	web_find(&w, SUB_CRL)->hangs = true;
	then = w.now;
	k = find_out(&p.direct, true);
	CU_ASSERT(k->a.refuse);
	CU_ASSERT_EQUAL(k->at - then, 10000);
	CU_ASSERT(says(k, SUB_CRL ": not reachable in 10 s; CRL from " ALT_CRL
	    ": answers 404 Not Found"));
	inquiry_end();
	cert_free(p.cert);
}

/* 10 s, not more; what comes later is of no use to this one. */
static void
test_limit(void)
{
	struct peer p = peer("CN=alice, O=Example", SUB_CRL, NULL);
	const struct asked *k;
	uint64_t then;

	inquiry_begin();
	web_find(&w, SUB_CRL)->delay = 9999;
	then = w.now;
	k = find_out(&p.direct, true);
	CU_ASSERT_EQUAL(k->a.verdict, REVOCATION_GOOD);
	CU_ASSERT_EQUAL(k->at - then, 9999);
	inquiry_end();

	inquiry_begin();
	web_find(&w, SUB_CRL)->delay = 10001;
	then = w.now;
	k = find_out(&p.direct, true);
	CU_ASSERT(k->a.refuse);
	CU_ASSERT_EQUAL(k->at - then, 10000);
	world_run(&w, 60000);
	CU_ASSERT_EQUAL(k->answers, 1);
	CU_ASSERT_PTR_NULL(gw->loads);
	inquiry_end();
	cert_free(p.cert);
}

/* A server that hangs costs relaxed tunnels its 10 s once in a minute. */
static void
test_failed_a_while_ago(void)
{
	struct peer p = peer("CN=alice, O=Example", SUB_CRL, NULL);
	const struct asked *k;
	struct page *pg;
	uint64_t then;

	inquiry_begin();
	pg = web_find(&w, SUB_CRL);
	pg->hangs = true;
	then = w.now;
	k = find_out(&p.direct, false);
	CU_ASSERT(!k->a.refuse && k->at - then == 10000);
	then = w.now;
	k = find_out(&p.direct, false);
	CU_ASSERT(!k->a.refuse && k->at == then);
	CU_ASSERT(says(k, "not reachable in 10 s"));
	CU_ASSERT_EQUAL(pg->asked, 1);
	/* A strict one depends on it: it tries. */
	k = find_out(&p.direct, true);
	CU_ASSERT(k->a.refuse);
	CU_ASSERT_EQUAL(pg->asked, 2);
	world_run(&w, 61000);
	k = find_out(&p.direct, false);
	CU_ASSERT_EQUAL(pg->asked, 3);
	/* Back again: a strict one comes up. */
	pg->hangs = false;
	world_run(&w, 6000);
	k = find_out(&p.direct, true);
	CU_ASSERT(!k->a.refuse);
	inquiry_end();
	cert_free(p.cert);
}

UNIT_MAIN("crl points",
	{ "setup", inquiry_setup },
	{ "a second point", test_second_point },
	{ "10 seconds", test_limit },
	{ "failed a while ago", test_failed_a_while_ago },
	{ "teardown", inquiry_teardown },
)
