/*
 * Revocation, by the engine's own interface: what is found out about a chain, from
 * where, how long it takes, and what is said.  S1-088 to S1-094.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ocsp.h>

#include "crypto/cert.h"
#include "crypto/chain.h"
#include "ike/conf.h"
#include "ike/context.h"
#include "ike/crlcache.h"
#include "ike/revocation.h"
#include "ike/sa.h"
#include "json.h"
#include "tests/pki/pki.h"
#include "tests/unit.h"
#include "world.h"

#define WALL	1700000000		/* of a world that begins */
#define ROOT_CRL "http://ca.example/root.crl"
#define SUB_CRL	"http://ca.example/sub.crl"
#define ALT_CRL	"https://other.example/sub.crl"
#define OCSP	"http://ocsp.example/"

static struct crypto *crypto;
static struct world w;
static struct node *gw;
static struct pki_cert *root, *sub;
static struct cert *root_c, *sub_c;

/* --- what asks --- */

#define ASKS_MAX 300

static struct asked {
	uint32_t	 serial;
	struct ike_sa	*sa;
	unsigned int	 answers;
	uint64_t	 at;
	struct revocation_answer a;
} asked[ASKS_MAX];
static size_t n_asked;
static bool inside;

static void
answered(struct engine *e, struct ike_sa *sa, const struct revocation_answer *a)
{
	size_t i;

	CU_ASSERT(!inside);
	for (i = 0; i < n_asked; i++)
		if (asked[i].serial == sa->serial) {
			asked[i].answers++;
			asked[i].at = e->now;
			asked[i].a = *a;
		}
}

static struct asked *
ask(const struct cert_chain *chain, bool strict)
{
	struct engine *e = gw->engine;
	struct asked *k = &asked[n_asked++];
	struct conf conf;

	memset(k, 0, sizeof(*k));
	memset(&conf, 0, sizeof(conf));
	conf.strict = strict;
	engine_enter(e, node_now(gw));
	k->sa = sa_new(e, NULL, true);
	k->serial = k->sa->serial;
	inside = true;
	CU_ASSERT(revocation_begin(e, &conf, chain, sa_spi(k->sa), k->serial,
	    answered));
	inside = false;
	engine_leave(e);
	return k;
}

static struct asked *
find_out(const struct cert_chain *chain, bool strict)
{
	struct asked *k = ask(chain, strict);

	world_run(&w, 10000);
	CU_ASSERT_EQUAL(k->answers, 1);
	return k;
}

static bool
says(const struct asked *k, const char *text)
{
	if (strstr(k->a.why, text) != NULL)
		return true;
	printf("\n    not '%s' in: %s\n", text, k->a.why);
	return false;
}

/* --- certificates --- */

struct peer {
	struct pki_cert		*pki;
	struct cert		*cert;
	struct cert_chain	 chain;		/* cert, sub, root */
	struct cert_chain	 direct;	/* cert, sub */
};

static struct peer
peer_of(const struct pki_spec *spec)
{
	struct peer p = { .pki = pki_make(spec) };

	p.cert = pki_parse(crypto, p.pki);
	p.chain.cert[0] = p.direct.cert[0] = p.cert;
	p.chain.cert[1] = p.direct.cert[1] = sub_c;
	p.chain.cert[2] = root_c;
	p.chain.n = 3;
	p.direct.n = 2;
	return p;
}

static struct peer
peer(const char *subject, const char *crl, const char *ocsp)
{
	struct pki_spec spec = {
		.kind = PKI_LEAF, .subject = subject, .issuer = sub,
		.crl = crl, .ocsp = ocsp,
	};

	return peer_of(&spec);
}

/* Two points. */
static struct peer
peer_two(void)
{
	struct pki_spec spec = {
		.kind = PKI_LEAF, .subject = "CN=alice, O=Example", .issuer = sub,
		.ext = "crlDistributionPoints = URI:" SUB_CRL ", URI:" ALT_CRL,
	};

	return peer_of(&spec);
}

/* A CRL at that place, from so many seconds ago to so many ahead. */
static struct page *
publish_as(const char *url, const struct pki_cert *issuer,
	   const struct pki_cert *revoked, int64_t ago, int64_t ahead,
	   EVP_PKEY *forged)
{
	const struct pki_cert *list[] = { revoked, NULL };
	int64_t wall = WALL + (int64_t)w.now / 1000;
	struct pki_crl_spec spec = {
		.issuer = issuer, .revoked = list, .reason = "keyCompromise",
		.last = wall - ago, .next = wall + ahead, .sign_key = forged,
		.number = -1,
	};
	struct pki_bytes b = pki_crl(&spec);

	return web_put(&w, url, b.p, b.len);
}

static struct page *
publish(const char *url, const struct pki_cert *issuer,
	const struct pki_cert *revoked)
{
	return publish_as(url, issuer, revoked, 10, 86400, NULL);
}

static void
begin(void)
{
	world_init(&w, 7);
	gw = world_add(&w, "gw", NULL);
	n_asked = 0;
	publish(ROOT_CRL, root, NULL);
	publish(SUB_CRL, sub, NULL);
}

static void
forget_asked(void)
{
	size_t i;

	for (i = 0; i < n_asked; i++)
		if (asked[i].sa != NULL)
			sa_free(gw->engine, asked[i].sa);
	n_asked = 0;
}

static void
end(void)
{
	forget_asked();
	world_fini(&w);
}

static void
setup(void)
{
	struct pki_spec spec = {
		.kind = PKI_CA, .subject = "CN=Sub, O=Example", .crl = ROOT_CRL,
	};
	struct err e = ERR_INIT;

	CU_ASSERT_FATAL(crypto_new(&crypto, &e) == 0);
	pki_set_now(WALL);
	root = pki_root("CN=Root, O=Example");
	spec.issuer = root;
	sub = pki_make(&spec);
	root_c = pki_parse(crypto, root);
	sub_c = pki_parse(crypto, sub);
}

static void
teardown(void)
{
	cert_free(root_c);
	cert_free(sub_c);
	crypto_free(crypto);
	pki_free_all();
}

/* --- the twelve outcomes --- */

static void
test_outcomes(void)
{
	enum { GOOD, REVOKED, EXPIRED, SILENT, NO_POINT, FORGED };
	static const struct {
		int		line;
		int		what;
		bool		strict;
		int		verdict;
		bool		refuse;
		const char	*why;
	} rows[] = {
	{ __LINE__, GOOD, false, REVOCATION_GOOD, false, "" },
	{ __LINE__, GOOD, true, REVOCATION_GOOD, false, "" },
	{ __LINE__, REVOKED, false, REVOCATION_REVOKED, true,
	    "the certificate 'CN=alice, O=Example' is revoked since 2023-" },
	{ __LINE__, REVOKED, true, REVOCATION_REVOKED, true,
	    "because its key is compromised (CRL from " SUB_CRL ")" },
	{ __LINE__, EXPIRED, false, REVOCATION_UNKNOWN, false,
	    "expired on 2023-11-14 22:13:16 UTC; the policy is relaxed" },
	{ __LINE__, EXPIRED, true, REVOCATION_UNKNOWN, true,
	    "CRL from " SUB_CRL ": expired on 2023-11-14 22:13:16 UTC, and the "
	    "policy is strict" },
	{ __LINE__, SILENT, false, REVOCATION_UNKNOWN, false,
	    "CRL from " SUB_CRL ": not reachable in 10 s; the policy is relaxed" },
	{ __LINE__, SILENT, true, REVOCATION_UNKNOWN, true,
	    "CRL from " SUB_CRL ": not reachable in 10 s, and the policy is "
	    "strict\nmake a current CRL reachable there from this machine" EVENT_HERE
	    "revocation relaxed" },
	{ __LINE__, NO_POINT, false, REVOCATION_UNKNOWN, false,
	    "it names no CRL distribution point and no OCSP responder; the policy "
	    "is relaxed" },
	{ __LINE__, NO_POINT, true, REVOCATION_UNKNOWN, true,
	    "and the policy is strict\na certificate that names" },
	{ __LINE__, FORGED, false, REVOCATION_UNKNOWN, false,
	    "is not signed by CN=Sub, O=Example" },
	{ __LINE__, FORGED, true, REVOCATION_UNKNOWN, true,
	    "is not signed by CN=Sub, O=Example: the signature is wrong, and the "
	    "policy is strict" },
	};
	struct peer with = peer("CN=alice, O=Example", SUB_CRL, NULL);
	struct peer without = peer("CN=alice, O=Example", NULL, NULL);
	const struct asked *k;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin();
		if (rows[i].what == REVOKED)
			publish(SUB_CRL, sub, with.pki);
		if (rows[i].what == EXPIRED)
			publish_as(SUB_CRL, sub, NULL, 86400, -5, NULL);
		if (rows[i].what == SILENT)
			web_find(&w, SUB_CRL)->hangs = true;
		if (rows[i].what == FORGED)
			publish_as(SUB_CRL, sub, NULL, 10, 86400, root->key);
		k = find_out(rows[i].what == NO_POINT ? &without.chain :
		    &with.chain, rows[i].strict);
		CHECK_ROW(rows[i].line, k->a.verdict == rows[i].verdict);
		CHECK_ROW(rows[i].line, k->a.refuse == rows[i].refuse);
		CHECK_ROW(rows[i].line, says(k, rows[i].why));
		CHECK_ROW(rows[i].line, (rows[i].verdict == REVOCATION_GOOD) ==
		    (k->a.why[0] == '\0'));
		end();
	}
	cert_free(with.cert);
	cert_free(without.cert);
}

/* Every certificate below the CA, the CA itself never. */
static void
test_chain(void)
{
	struct peer p = peer("CN=alice, O=Example", SUB_CRL, NULL);
	const struct asked *k;

	begin();
	publish(ROOT_CRL, root, sub);
	k = find_out(&p.chain, false);
	CU_ASSERT(k->a.refuse && k->a.verdict == REVOCATION_REVOKED);
	CU_ASSERT(says(k, "the certificate 'CN=Sub, O=Example' is revoked"));
	/* Where the intermediate is the CA of the tunnel, it is trusted. */
	k = find_out(&p.direct, true);
	CU_ASSERT_EQUAL(k->a.verdict, REVOCATION_GOOD);
	end();

	begin();
	web_find(&w, ROOT_CRL)->fails = "answers 503 Service Unavailable";
	k = find_out(&p.chain, true);
	CU_ASSERT(k->a.refuse);
	CU_ASSERT(says(k, "'CN=Sub, O=Example' is revoked: CRL from " ROOT_CRL
	    ": answers 503 Service Unavailable, and the policy is strict"));
	end();
	cert_free(p.cert);
}

/* --- points, and time --- */

static void
test_second_point(void)
{
	struct peer p = peer_two();
	const struct asked *k;
	uint64_t then;

	/* The first fails: the second at once. */
	begin();
	publish(ALT_CRL, sub, NULL);
	web_find(&w, SUB_CRL)->fails = "answers 404 Not Found";
	then = w.now;
	k = find_out(&p.direct, true);
	CU_ASSERT_EQUAL(k->a.verdict, REVOCATION_GOOD);
	CU_ASSERT_EQUAL(k->at, then);
	end();

	/* It hangs: the second as well, and long before the time is over. */
	begin();
	publish(ALT_CRL, sub, NULL);
	web_find(&w, SUB_CRL)->hangs = true;
	then = w.now;
	k = find_out(&p.direct, true);
	CU_ASSERT_EQUAL(k->a.verdict, REVOCATION_GOOD);
	CU_ASSERT(k->at - then <= 3000);
	end();

	/* It is slow: whoever is first. */
	begin();
	publish(ALT_CRL, sub, NULL)->hangs = true;
	web_find(&w, SUB_CRL)->delay = 4000;
	then = w.now;
	k = find_out(&p.direct, true);
	CU_ASSERT_EQUAL(k->a.verdict, REVOCATION_GOOD);
	CU_ASSERT_EQUAL(k->at - then, 4000);
	end();

	/* Neither: both are said. */
	begin();
	web_find(&w, SUB_CRL)->hangs = true;
	then = w.now;
	k = find_out(&p.direct, true);
	CU_ASSERT(k->a.refuse);
	CU_ASSERT_EQUAL(k->at - then, 10000);
	CU_ASSERT(says(k, SUB_CRL ": not reachable in 10 s; CRL from " ALT_CRL
	    ": answers 404 Not Found"));
	end();
	cert_free(p.cert);
}

/* 10 s, not more; what comes later is of no use to this one. */
static void
test_limit(void)
{
	struct peer p = peer("CN=alice, O=Example", SUB_CRL, NULL);
	const struct asked *k;
	uint64_t then;

	begin();
	web_find(&w, SUB_CRL)->delay = 9999;
	then = w.now;
	k = find_out(&p.direct, true);
	CU_ASSERT_EQUAL(k->a.verdict, REVOCATION_GOOD);
	CU_ASSERT_EQUAL(k->at - then, 9999);
	end();

	begin();
	web_find(&w, SUB_CRL)->delay = 10001;
	then = w.now;
	k = find_out(&p.direct, true);
	CU_ASSERT(k->a.refuse);
	CU_ASSERT_EQUAL(k->at - then, 10000);
	world_run(&w, 60000);
	CU_ASSERT_EQUAL(k->answers, 1);
	CU_ASSERT_PTR_NULL(gw->loads);
	end();
	cert_free(p.cert);
}

/* Many at once: one download; many later: none, until the CRL ends. */
static void
test_shared(void)
{
	struct peer p = peer("CN=alice, O=Example", SUB_CRL, NULL);
	struct peer q = peer("CN=bob, O=Example", SUB_CRL, NULL);
	size_t i;

	begin();
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
	end();
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

	begin();
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
	end();
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

	begin();
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
	end();
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

	begin();
	publish_as(SUB_CRL, sub, p.pki, 1000, -5, NULL);
	k = find_out(&p.direct, false);
	CU_ASSERT(k->a.refuse && k->a.verdict == REVOCATION_REVOKED);
	k = find_out(&q.direct, false);
	CU_ASSERT(!k->a.refuse && k->a.verdict == REVOCATION_UNKNOWN);
	end();

	begin();
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
	end();
	cert_free(p.cert);
	cert_free(q.cert);
}

/* What was found out of one certificate changes while another is waited for. */
static void
test_changes_meanwhile(void)
{
	struct peer p = peer("CN=alice, O=Example", SUB_CRL, NULL);
	const struct asked *k;

	begin();
	web_find(&w, ROOT_CRL)->delay = 5000;
	k = ask(&p.chain, true);
	world_run(&w, 1000);
	CU_ASSERT_EQUAL(k->answers, 0);
	publish_as(SUB_CRL, sub, p.pki, 0, 86400, NULL);
	(void)engine_crls_refresh(gw->engine, node_now(gw), refresh_done, NULL);
	world_run(&w, 9000);
	CU_ASSERT_EQUAL(k->answers, 1);
	CU_ASSERT(k->a.refuse && k->a.verdict == REVOCATION_REVOKED);
	end();
	cert_free(p.cert);
}

/* --- the disk --- */

static void
restart(void)
{
	size_t i;

	for (i = 0; i < n_asked; i++)
		asked[i].sa = NULL;
	engine_free(gw->engine);
	gw->engine = NULL;
	node_stop(gw);
	node_start(gw);
	n_asked = 0;
}

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

	begin();
	k = find_out(&p.direct, true);
	CU_ASSERT(!k->a.refuse);
	kept = disk_find(gw, SUB_CRL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(kept);
	CU_ASSERT_EQUAL(kept->until, WALL + 1 + 86400 + KEEP_EXPIRED_S);

	/* The web is away, the disk is enough. */
	restart();
	pg = web_find(&w, SUB_CRL);
	pg->fails = "answers 500";
	pg->asked = 0;
	k = find_out(&p.direct, true);
	CU_ASSERT(!k->a.refuse);
	CU_ASSERT_EQUAL(pg->asked, 0);

	/* The disk is as hostile as the web: what it has is thrown away. */
	kept->data[kept->len / 2] ^= 1;
	restart();
	k = find_out(&p.direct, true);
	CU_ASSERT(k->a.refuse);
	CU_ASSERT_EQUAL(pg->asked, 1);
	CU_ASSERT_PTR_NULL(disk_find(gw, SUB_CRL));

	/* Another CA's, and a good one from the web takes its place. */
	pg->fails = NULL;
	restart();
	k = find_out(&p.direct, true);
	kept = disk_find(gw, SUB_CRL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(kept);
	free(kept->data);
	kept->data = malloc(wrong.len);
	memcpy(kept->data, wrong.p, wrong.len);
	kept->len = wrong.len;
	restart();
	k = find_out(&p.direct, true);
	CU_ASSERT(!k->a.refuse);
	CU_ASSERT_PTR_NOT_NULL(disk_find(gw, SUB_CRL));

	/* Expired there, and nothing newer: it says who is bad. */
	publish_as(SUB_CRL, sub, p.pki, 5, 60, NULL);
	restart();
	gw->disk->url[0] = 'x';			/* nothing there */
	k = find_out(&p.direct, false);
	CU_ASSERT(k->a.refuse);
	world_run(&w, 100000);
	restart();
	pg->hangs = true;
	k = find_out(&p.direct, false);
	CU_ASSERT(k->a.refuse && k->a.verdict == REVOCATION_REVOKED);
	end();
	cert_free(p.cert);
}

/* --- who asked is gone --- */

static void
test_gone(void)
{
	struct peer p = peer("CN=alice, O=Example", SUB_CRL, NULL);
	struct asked *k;

	begin();
	web_find(&w, SUB_CRL)->delay = 100;
	k = ask(&p.direct, true);
	sa_free(gw->engine, k->sa);
	k->sa = NULL;
	world_run(&w, 20000);
	CU_ASSERT_EQUAL(k->answers, 0);

	/* The engine, in the middle of everything. */
	end();
	begin();
	web_find(&w, SUB_CRL)->hangs = true;
	k = ask(&p.chain, true);
	world_run(&w, 100);
	restart();
	CU_ASSERT_EQUAL(k->answers, 0);

	/* Certificates may go once it has begun. */
	web_find(&w, SUB_CRL)->hangs = false;
	k = ask(&p.direct, true);
	cert_free(p.cert);
	world_run(&w, 20000);
	CU_ASSERT(k->answers == 1 && !k->a.refuse);
	end();
}

/* --- OCSP --- */

static void
responder(const struct pki_cert *cert, int status, int64_t ago, int64_t ahead)
{
	int64_t wall = WALL + (int64_t)w.now / 1000;
	struct pki_ocsp_spec spec = {
		.cert = cert, .issuer = sub, .status = status,
		.reason = OCSP_REVOKED_STATUS_SUPERSEDED,
		.last = wall - ago, .next = wall + ahead,
	};
	struct pki_bytes b = pki_ocsp(&spec);

	web_put(&w, OCSP, b.p, b.len);
}

static void
test_ocsp(void)
{
	struct peer p = peer("CN=alice, O=Example", NULL, OCSP);
	struct peer both = peer("CN=bob, O=Example", SUB_CRL, OCSP);
	const struct asked *k;
	uint64_t then;

	begin();
	responder(p.pki, V_OCSP_CERTSTATUS_GOOD, 5, 3600);
	then = w.now;
	k = find_out(&p.direct, true);
	CU_ASSERT(!k->a.refuse && k->at == then);
	then = w.now;
	k = find_out(&p.direct, true);
	CU_ASSERT(!k->a.refuse && k->at == then);
	CU_ASSERT_EQUAL(web_find(&w, OCSP)->asked, 1);		/* kept */
	world_run(&w, 3600000);
	responder(p.pki, V_OCSP_CERTSTATUS_REVOKED, 5, 60);
	k = find_out(&p.direct, false);
	CU_ASSERT(k->a.refuse);
	CU_ASSERT(says(k, "is revoked since"));
	CU_ASSERT(says(k, "(OCSP answer from " OCSP ")"));
	end();

	begin();
	responder(p.pki, V_OCSP_CERTSTATUS_UNKNOWN, 5, 3600);
	k = find_out(&p.direct, false);
	CU_ASSERT(!k->a.refuse && k->a.verdict == REVOCATION_UNKNOWN);
	k = find_out(&p.direct, true);
	CU_ASSERT(k->a.refuse);
	CU_ASSERT(says(k, "OCSP answer from " OCSP ": does not know the "
	    "certificate, and the policy is strict"));
	end();

	begin();
	responder(both.pki, V_OCSP_CERTSTATUS_GOOD, 5, 3600);
	web_find(&w, OCSP)->hangs = true;
	k = find_out(&p.direct, true);
	CU_ASSERT(k->a.refuse && says(k, "not reachable in 10 s"));
	/* An answer about another certificate. */
	web_find(&w, OCSP)->hangs = false;
	world_run(&w, 6000);
	k = find_out(&p.direct, true);
	CU_ASSERT(k->a.refuse);
	end();

	/* Where there is a CRL, nobody asks the responder. */
	begin();
	responder(both.pki, V_OCSP_CERTSTATUS_REVOKED, 5, 3600);
	k = find_out(&both.direct, true);
	CU_ASSERT(!k->a.refuse);
	CU_ASSERT_EQUAL(web_find(&w, OCSP)->asked, 0);
	end();
	cert_free(p.cert);
	cert_free(both.cert);
}

/* --- bounds --- */

static void
test_bounds(void)
{
	struct peer p;
	const struct asked *k;
	char url[64];
	unsigned int i;

	begin();
	for (i = 0; i < SOURCES_MAX + 50; i++) {
		if (n_asked == ASKS_MAX)
			forget_asked();
		snprintf(url, sizeof(url), "http://ca.example/%u.crl", i);
		p = peer("CN=alice, O=Example", url, NULL);
		ask(&p.direct, false);
		cert_free(p.cert);
	}
	CU_ASSERT_EQUAL(gw->engine->crl_sources.n, SOURCES_MAX);
	forget_asked();
	world_run(&w, 20000);
	p = peer("CN=alice, O=Example", SUB_CRL, NULL);
	k = find_out(&p.direct, true);
	CU_ASSERT(!k->a.refuse);
	CU_ASSERT_EQUAL(gw->engine->crl_sources.n, SOURCES_MAX);
	cert_free(p.cert);
	end();
}

/* All CRLs together have their limit: those not used for longest go. */
static void
test_octets(void)
{
	struct peer p = peer("CN=alice, O=Example", SUB_CRL, NULL);
	struct peer q = peer("CN=bob, O=Example", ALT_CRL, NULL);
	struct engine *e;

	begin();
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
	end();
	cert_free(p.cert);
	cert_free(q.cert);
}

/* --- what people see --- */

static void
test_show(void)
{
	struct peer p = peer_two();
	struct json j;

	begin();
	publish_as(SUB_CRL, sub, p.pki, 10, 3600, root->key);
	publish_as(ALT_CRL, sub, p.pki, 10, 3600, NULL);
	find_out(&p.direct, false);
	json_init(&j);
	json_array(&j, NULL);
	engine_crls(gw->engine, node_now(gw), &j);
	json_array_end(&j);
	CU_ASSERT_STRING_EQUAL(j.text, "["
	    "{\"number\":1,\"kind\":\"crl\",\"state\":\"good\","
	    "\"issuer\":\"CN=Sub, O=Example\",\"source\":\"" ALT_CRL "\","
	    "\"this-update\":\"2023-11-14T22:13:11Z\","
	    "\"next-update\":\"2023-11-14T23:13:21Z\","
	    "\"fetched\":\"2023-11-14T22:13:21Z\",\"entries\":1},"
	    "{\"number\":2,\"kind\":\"crl\",\"state\":\"refused\","
	    "\"why\":\"is not signed by CN=Sub, O=Example: the signature is "
	    "wrong\",\"issuer\":\"CN=Sub, O=Example\",\"source\":\"" SUB_CRL "\","
	    "\"failed\":\"2023-11-14T22:13:21Z\"}]");
	json_fini(&j);
	end();
	cert_free(p.cert);
}

int
main(void)
{
	static const struct unit_test tests[] = {
		{ "setup", setup },
		{ "relaxed and strict", test_outcomes },
		{ "every certificate of a chain", test_chain },
		{ "a second point", test_second_point },
		{ "10 seconds", test_limit },
		{ "one download for all", test_shared },
		{ "refresh before the end", test_refresh },
		{ "failed a while ago", test_failed_a_while_ago },
		{ "known to be bad", test_known_bad },
		{ "changes meanwhile", test_changes_meanwhile },
		{ "restart", test_restart },
		{ "who asked is gone", test_gone },
		{ "OCSP", test_ocsp },
		{ "bounds", test_bounds },
		{ "octets of all CRLs", test_octets },
		{ "show", test_show },
		{ "teardown", teardown },
	};

	return unit_run("revocation", tests, sizeof(tests) / sizeof(tests[0]));
}
