/*
 * CRLs that the engine has: one download for all, fetched again in time, kept on disk,
 * not replaced by older ones, bounded, and what people see of them.  S1-088 to S1-094.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/context.h"
#include "ike/crlcache.h"
#include "inquiry.h"
#include "json.h"
#include "tests/unit.h"

/* --- once for all, and in time --- */

/* Many at once: one download; many later: none, until the CRL ends. */
static void
test_shared(void)
{
	struct peer p = peer("CN=alice, O=Example", SUB_CRL, NULL);
	struct peer q = peer("CN=bob, O=Example", SUB_CRL, NULL);
	size_t i;

	inquiry_begin();
	web_find(&w, SUB_CRL)->delay = 500;
	for (i = 0; i < 100; i++)
		ask(i % 2 ? &p.direct : &q.direct, i % 3 == 0);
	world_run(&w, 1000);
	for (i = 0; i < 100; i++)
		CU_ASSERT(asked[i].answers == 1 && !asked[i].a.refuse &&
		    asked[i].a.verdict == REVOCATION_GOOD);
	CU_ASSERT_EQUAL(web_find(&w, SUB_CRL)->asked, 1);
	world_run(&w, 3600000);
	for (i = 0; i < 100; i++)
		ask(&p.direct, true);
	CU_ASSERT_EQUAL(asked[199].answers, 1);		/* at once */
	CU_ASSERT_EQUAL(asked[199].at, gw->engine->now);
	CU_ASSERT_EQUAL(web_find(&w, SUB_CRL)->asked, 1);
	inquiry_end();
	cert_free(p.cert);
	cert_free(q.cert);
}

/* After half of its life a CRL that is in use is fetched again, so that it never
 * ends; what is not in use is not. */
static void
test_refresh(void)
{
	struct peer p = peer("CN=alice, O=Example", SUB_CRL, NULL);
	const struct asked *k;
	struct page *pg;
	uint64_t then;
	unsigned int i;

	inquiry_begin();
	pg = publish_as(SUB_CRL, sub, NULL, 0, 3600, NULL);
	k = find_out(&p.direct, true);
	CU_ASSERT(!k->a.refuse);
	for (i = 0; i < 10; i++) {
		world_run(&w, 1500000);
		publish_as(SUB_CRL, sub, NULL, 0, 3600, NULL);
		then = w.now;
		k = find_out(&p.direct, true);
		CU_ASSERT(!k->a.refuse && k->at == then);
	}
	CU_ASSERT(pg->asked >= 8 && pg->asked <= 14);

	/* The web is away for half an hour: nobody notices but the log. */
	pg->fails = "answers 502 Bad Gateway";
	world_run(&w, 1500000);
	k = find_out(&p.direct, true);
	CU_ASSERT(!k->a.refuse);
	publish_as(SUB_CRL, sub, NULL, 0, 3600, NULL);
	world_run(&w, 1500000);
	k = find_out(&p.direct, true);
	CU_ASSERT(!k->a.refuse);
	CU_ASSERT(node_said(gw, "CRL of CN=Sub, O=Example from " SUB_CRL
	    ": answers 502 Bad Gateway"));
	CU_ASSERT(node_said(gw, "is there again"));

	/* Nobody asks: some day it is left alone. */
	world_run(&w, 3 * 86400000ULL);
	pg->asked = 0;
	world_run(&w, 7 * 86400000ULL);
	CU_ASSERT_EQUAL(pg->asked, 0);
	inquiry_end();
	cert_free(p.cert);
}

/* --- what is there stays true --- */

static char warned[400];
static unsigned int refreshes;

static void
warn(void *arg, const char *text)
{
	(void)arg;
	snprintf(warned, sizeof(warned), "%s", text);
}

static void
refresh_done(void *arg)
{
	(void)arg;
	refreshes++;
	warned[0] = '\0';
	engine_crls_failed(gw->engine, warn, NULL);
}

/* By command. */
static void
refreshed(void)
{
	refreshes = 0;
	CU_ASSERT(engine_crls_refresh(gw->engine, node_now(gw), refresh_done,
	    NULL) > 0);
	world_run(&w, 10000);
	CU_ASSERT_EQUAL(refreshes, 1);
}

/* One that expired still knows who is bad; and an older one, which somebody on the
 * way put in its place, makes nobody good. */
static void
test_known_bad(void)
{
	struct peer p = peer("CN=alice, O=Example", SUB_CRL, NULL);
	struct peer q = peer("CN=bob, O=Example", SUB_CRL, NULL);
	const struct asked *k;

	inquiry_begin();
	publish_as(SUB_CRL, sub, p.pki, 1000, -5, NULL);
	k = find_out(&p.direct, false);
	CU_ASSERT(k->a.refuse && k->a.verdict == REVOCATION_REVOKED);
	k = find_out(&q.direct, false);
	CU_ASSERT(!k->a.refuse && k->a.verdict == REVOCATION_UNKNOWN);
	inquiry_end();

	inquiry_begin();
	publish_as(SUB_CRL, sub, p.pki, 10, 3600, NULL);
	k = find_out(&p.direct, true);
	CU_ASSERT(k->a.refuse);
	publish_as(SUB_CRL, sub, NULL, 5000, 86400, NULL);
	refreshed();
	CU_ASSERT_PTR_NOT_NULL(strstr(warned, "brings an old one"));
	k = find_out(&p.direct, false);
	CU_ASSERT(k->a.refuse);
	world_run(&w, 3600000);
	k = find_out(&q.direct, true);		/* ours is over, theirs is old */
	CU_ASSERT(k->a.refuse);
	CU_ASSERT(says(k, "brings an old one"));
	/* A newer one that lets it go counts. */
	publish(SUB_CRL, sub, NULL);
	world_run(&w, 6000);
	k = find_out(&p.direct, true);
	CU_ASSERT(!k->a.refuse);
	inquiry_end();
	cert_free(p.cert);
	cert_free(q.cert);
}

/* What was found out of one certificate changes while another is waited for. */
static void
test_changes_meanwhile(void)
{
	struct peer p = peer("CN=alice, O=Example", SUB_CRL, NULL);
	const struct asked *k;

	inquiry_begin();
	web_find(&w, ROOT_CRL)->delay = 5000;
	k = ask(&p.chain, true);
	world_run(&w, 1000);
	CU_ASSERT_EQUAL(k->answers, 0);
	publish_as(SUB_CRL, sub, p.pki, 0, 86400, NULL);
	(void)engine_crls_refresh(gw->engine, node_now(gw), refresh_done, NULL);
	world_run(&w, 9000);
	CU_ASSERT_EQUAL(k->answers, 1);
	CU_ASSERT(k->a.refuse && k->a.verdict == REVOCATION_REVOKED);
	inquiry_end();
	cert_free(p.cert);
}

/* --- the disk --- */

static void
test_restart(void)
{
	struct peer p = peer("CN=alice, O=Example", SUB_CRL, NULL);
	struct pki_crl_spec by_root = { .issuer = root, .last = WALL - 10,
	    .next = WALL + 86400 };
	struct pki_bytes wrong = pki_crl(&by_root);
	const struct asked *k;
	struct kept *kept;
	struct page *pg;

	inquiry_begin();
	k = find_out(&p.direct, true);
	CU_ASSERT(!k->a.refuse);
	kept = disk_find(gw, SUB_CRL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(kept);
	CU_ASSERT_EQUAL(kept->until, WALL + 1 + 86400 + KEEP_EXPIRED_S);

	/* The web is away, the disk is enough. */
	inquiry_restart();
	pg = web_find(&w, SUB_CRL);
	pg->fails = "answers 500";
	pg->asked = 0;
	k = find_out(&p.direct, true);
	CU_ASSERT(!k->a.refuse);
	CU_ASSERT_EQUAL(pg->asked, 0);

	/* The disk is as hostile as the web: what it has is thrown away. */
	kept->data[kept->len / 2] ^= 1;
	inquiry_restart();
	k = find_out(&p.direct, true);
	CU_ASSERT(k->a.refuse);
	CU_ASSERT_EQUAL(pg->asked, 1);
	CU_ASSERT_PTR_NULL(disk_find(gw, SUB_CRL));

	/* Another CA's, and a good one from the web takes its place. */
	pg->fails = NULL;
	inquiry_restart();
	k = find_out(&p.direct, true);
	kept = disk_find(gw, SUB_CRL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(kept);
	free(kept->data);
	kept->data = malloc(wrong.len);
	memcpy(kept->data, wrong.p, wrong.len);
	kept->len = wrong.len;
	inquiry_restart();
	k = find_out(&p.direct, true);
	CU_ASSERT(!k->a.refuse);
	CU_ASSERT_PTR_NOT_NULL(disk_find(gw, SUB_CRL));

	/* Expired there, and nothing newer: it says who is bad. */
	publish_as(SUB_CRL, sub, p.pki, 5, 60, NULL);
	inquiry_restart();
	gw->disk->url[0] = 'x';			/* nothing there */
	k = find_out(&p.direct, false);
	CU_ASSERT(k->a.refuse);
	world_run(&w, 100000);
	inquiry_restart();
	pg->hangs = true;
	k = find_out(&p.direct, false);
	CU_ASSERT(k->a.refuse && k->a.verdict == REVOCATION_REVOKED);
	inquiry_end();
	cert_free(p.cert);
}

/* --- bounds --- */

static void
test_bounds(void)
{
	struct peer p;
	const struct asked *k;
	char url[64];
	unsigned int i;

	inquiry_begin();
	for (i = 0; i < SOURCES_MAX + 50; i++) {
		if (n_asked == ASKS_MAX)
			inquiry_forget();
		snprintf(url, sizeof(url), "http://ca.example/%u.crl", i);
		p = peer("CN=alice, O=Example", url, NULL);
		ask(&p.direct, false);
		cert_free(p.cert);
	}
	CU_ASSERT_EQUAL(gw->engine->crl_sources.n, SOURCES_MAX);
	inquiry_forget();
	world_run(&w, 20000);
	p = peer("CN=alice, O=Example", SUB_CRL, NULL);
	k = find_out(&p.direct, true);
	CU_ASSERT(!k->a.refuse);
	CU_ASSERT_EQUAL(gw->engine->crl_sources.n, SOURCES_MAX);
	cert_free(p.cert);
	inquiry_end();
}

/* All CRLs together have their limit: those not used for longest go. */
static void
test_octets(void)
{
	struct peer p = peer("CN=alice, O=Example", SUB_CRL, NULL);
	struct peer q = peer("CN=bob, O=Example", ALT_CRL, NULL);
	struct engine *e;

	inquiry_begin();
	e = gw->engine;
	publish(ALT_CRL, sub, NULL);
	CU_ASSERT(!find_out(&p.direct, true)->a.refuse);
	CU_ASSERT_EQUAL(e->crl_sources.n, 1);
	CU_ASSERT_FATAL(e->crl_octets > 0);
	e->crl_octets += CRLS_OCTETS_MAX;	/* as if of another one */
	CU_ASSERT(!find_out(&q.direct, true)->a.refuse);
	CU_ASSERT_EQUAL(e->crl_sources.n, 1);
	e->crl_octets -= CRLS_OCTETS_MAX;
	CU_ASSERT(!find_out(&p.direct, true)->a.refuse);
	CU_ASSERT_EQUAL(e->crl_sources.n, 2);
	CU_ASSERT_EQUAL(web_find(&w, SUB_CRL)->asked, 1);	/* the disk has it */
	inquiry_end();
	cert_free(p.cert);
	cert_free(q.cert);
}

/* --- what people see --- */

static void
check_shown(const char *want)
{
	struct json j;

	json_init(&j);
	json_array(&j, NULL);
	engine_crls(gw->engine, node_now(gw), &j);
	json_array_end(&j);
	CU_ASSERT_STRING_EQUAL(j.text, want);
	json_fini(&j);
}

static void
test_show(void)
{
	struct peer p = peer_two();

	inquiry_begin();
	publish_as(SUB_CRL, sub, p.pki, 10, 3600, root->key);
	publish_as(ALT_CRL, sub, p.pki, 10, 3600, NULL);
	find_out(&p.direct, false);
	check_shown("["
	    "{\"number\":1,\"kind\":\"crl\",\"state\":\"good\","
	    "\"issuer\":\"CN=Sub, O=Example\",\"source\":\"" ALT_CRL "\","
	    "\"this-update\":\"2023-11-14T22:13:11Z\","
	    "\"next-update\":\"2023-11-14T23:13:21Z\","
	    "\"fetched\":\"2023-11-14T22:13:21Z\",\"entries\":1},"
	    "{\"number\":2,\"kind\":\"crl\",\"state\":\"refused\","
	    "\"why\":\"is not signed by CN=Sub, O=Example: the signature is "
	    "wrong\",\"issuer\":\"CN=Sub, O=Example\",\"source\":\"" SUB_CRL "\","
	    "\"failed\":\"2023-11-14T22:13:21Z\"}]");
	inquiry_end();
	cert_free(p.cert);
}

/* The one there is holds, but nobody could fetch it anew. */
static void
test_show_not_refreshed(void)
{
	struct peer p = peer("CN=alice, O=Example", SUB_CRL, NULL);

	inquiry_begin();
	publish_as(SUB_CRL, sub, NULL, 10, 3600, NULL);
	find_out(&p.direct, false);
	web_find(&w, SUB_CRL)->fails = "answers 502 Bad Gateway";
	refreshed();
	check_shown("["
	    "{\"number\":1,\"kind\":\"crl\",\"state\":\"not-refreshed\","
	    "\"why\":\"answers 502 Bad Gateway\","
	    "\"issuer\":\"CN=Sub, O=Example\",\"source\":\"" SUB_CRL "\","
	    "\"this-update\":\"2023-11-14T22:13:11Z\","
	    "\"next-update\":\"2023-11-14T23:13:21Z\","
	    "\"fetched\":\"2023-11-14T22:13:21Z\",\"entries\":0,"
	    "\"failed\":\"2023-11-14T22:13:31Z\"}]");
	web_find(&w, SUB_CRL)->fails = NULL;
	refreshed();
	check_shown("["
	    "{\"number\":1,\"kind\":\"crl\",\"state\":\"good\","
	    "\"issuer\":\"CN=Sub, O=Example\",\"source\":\"" SUB_CRL "\","
	    "\"this-update\":\"2023-11-14T22:13:11Z\","
	    "\"next-update\":\"2023-11-14T23:13:21Z\","
	    "\"fetched\":\"2023-11-14T22:13:41Z\",\"entries\":0}]");
	inquiry_end();
	cert_free(p.cert);
}

UNIT_MAIN("crlcache",
	{ "setup", inquiry_setup },
	{ "one download for all", test_shared },
	{ "refresh before the end", test_refresh },
	{ "known to be bad", test_known_bad },
	{ "changes meanwhile", test_changes_meanwhile },
	{ "restart", test_restart },
	{ "bounds", test_bounds },
	{ "octets of all CRLs", test_octets },
	{ "show", test_show },
	{ "show one that could not be fetched again", test_show_not_refreshed },
	{ "teardown", inquiry_teardown },
)
