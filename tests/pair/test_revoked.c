/*
 * Tunnels whose peers have certificates with CRL distribution points: who is
 * revoked is refused in either role, at once or at the next reauthentication; what
 * the web does not answer costs relaxed tunnels 10 s, and strict ones the tunnel.
 * S1-088 to S1-094, S1-125.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pair.h"
#include "store.h"
#include "tests/unit.h"

#define CRL	"http://ca.example/ca.crl"
#define CERT	",\"method\":\"cert\",\"certificate\":\"own\",\"ca\":\"corp\""
#define STRICT	CERT ",\"revocation\":\"strict\""
#define REAUTH	",\"reauth-time\":3600"

static struct pki_cert *root, *of[2];		/* alice's, bob's */

static struct pki_cert *
leaf(const char *name)
{
	char san[64], subject[64];

	snprintf(san, sizeof(san), "DNS:%s", name);
	snprintf(subject, sizeof(subject), "CN=%s, O=Example", name);
	return pki_make(&(struct pki_spec){ .issuer = root, .subject = subject,
	    .san = san, .crl = CRL });
}

static struct page *
publish(const struct pki_cert *revoked, int64_t ahead)
{
	const struct pki_cert *list[] = { revoked, NULL };
	int64_t wall = WALL + (int64_t)w.now / 1000;
	struct pki_crl_spec spec = { .issuer = root, .revoked = list,
	    .reason = "keyCompromise", .last = wall, .next = wall + ahead,
	    .number = -1 };
	struct pki_bytes b = pki_crl(&spec);

	return web_put(&w, CRL, b.p, b.len);
}

static void
equip(struct node *n)
{
	store_own(n, "own", of[n == bob], NULL, NULL);
	store_ca(n, "corp", root);
	store_known(n);
}

static void
begin(uint64_t seed)
{
	if (root == NULL) {
		pki_set_now(WALL);
		root = pki_root("CN=Root, O=Example");
		of[0] = leaf("alice");
		of[1] = leaf("bob");
	}
	pair_begin(seed);
	equip(alice);
	equip(bob);
	publish(NULL, 86400);
}

static bool
said(const struct node *n, const char *text)
{
	if (node_said(n, text))
		return true;
	printf("\n    %s did not say '%s', but:\n%s", n->name, text,
	    n->log != NULL ? n->log : "");
	return false;
}

/* --- at the first authentication --- */

static void
test_good(void)
{
	begin(1);
	pair_config(STRICT, STRICT);
	CU_ASSERT(pair_comes_up(1000));
	CU_ASSERT(pair_is_tidy());
	/* Each asked once, and neither had to say anything about it. */
	CU_ASSERT_EQUAL(alice->web_asked, 1);
	CU_ASSERT_EQUAL(bob->web_asked, 1);
	CU_ASSERT(!node_said(alice, "CRL") && !node_said(bob, "CRL"));
	pair_end();
}

static void
test_revoked(void)
{
	int who;

	for (who = 0; who < 2; who++) {
		begin(2 + (uint64_t)who);
		publish(of[who], 86400);
		pair_config(CERT, CERT);
		world_run(&w, 30000);
		CU_ASSERT(!node_up(alice, 1) && !node_up(bob, 1));
		CU_ASSERT(said(who == 0 ? bob : alice, who == 0 ?
		    "the certificate 'CN=alice, O=Example' is revoked since" :
		    "the certificate 'CN=bob, O=Example' is revoked since"));
		CU_ASSERT(said(who == 0 ? bob : alice, "because its key is "
		    "compromised (CRL from " CRL ")"));
		CU_ASSERT_PTR_NOT_NULL(strstr(node_state(who == 0 ? bob : alice,
		    1), "certificate-revoked"));
		CU_ASSERT_EQUAL(node_count(alice, 1, true) +
		    node_count(bob, 1, true), 0);
		pair_end();
	}
}

/* Both look at the same server, one after the other: twice 10 s. */
static void
test_hangs(void)
{
	uint64_t then;

	begin(5);
	publish(NULL, 86400)->hangs = true;
	then = w.now;
	pair_config(CERT, CERT);
	CU_ASSERT(world_until(&w, both_up, 40000));
	CU_ASSERT(w.now - then >= 20000 && w.now - then < 22000);
	CU_ASSERT(pair_is_tidy());
	CU_ASSERT(said(alice, "CRL from " CRL ": not reachable in 10 s; the "
	    "policy is relaxed, so it passes"));
	CU_ASSERT(said(bob, "not reachable in 10 s"));
	pair_end();

	begin(6);
	publish(NULL, 86400)->hangs = true;
	pair_config(STRICT, CERT);
	world_run(&w, 60000);
	CU_ASSERT(!node_up(alice, 1) && !node_up(bob, 1));
	CU_ASSERT(said(alice, "not reachable in 10 s, and the policy is strict"));
	/* It answers: the next attempt comes through. */
	web_find(&w, CRL)->hangs = false;
	CU_ASSERT(world_until(&w, both_up, 600000));
	pair_end();
}

/* The tunnel goes while one waits. */
static void
test_gone_meanwhile(void)
{
	uint32_t one[] = { 1, 0 };
	struct err e = ERR_INIT;

	begin(7);
	publish(NULL, 86400)->hangs = true;
	pair_config(STRICT, STRICT);
	world_run(&w, 3000);
	CU_ASSERT_EQUAL(node_commit(alice, NULL, one, false, &e, NULL, 0), 0);
	world_run(&w, 60000);
	CU_ASSERT_EQUAL(node_count(alice, 1, true), 0);
	pair_end();

	begin(8);
	publish(NULL, 86400)->hangs = true;
	pair_config(CERT, CERT);
	world_run(&w, 3000);
	pair_config(CERT ",\"sa-rekey-time\":1000", CERT);
	CU_ASSERT(world_until(&w, both_up, 120000));
	pair_end();

	/* The label is another CA by the time that the answer is there. */
	begin(9);
	publish(NULL, 86400)->hangs = true;
	pair_config(CERT, CERT);
	world_run(&w, 3000);
	store_ca(alice, "corp", pki_root("CN=Other, O=Example"));
	world_run(&w, 60000);
	CU_ASSERT(said(alice, "the tunnel was changed meanwhile"));
	CU_ASSERT(said(alice, "this tunnel trusts \"CN=Other, O=Example\""));
	CU_ASSERT(!node_up(alice, 1) && !node_up(bob, 1));
	pair_end();
}

static bool
asked(struct world *world)
{
	(void)world;
	return node_said(bob, "has proved its certificate");
}

/* Our address goes while we wait, and we refuse the peer then: we call it all the
 * same when the address is back. */
static void
test_address_meanwhile(void)
{
	begin(9);
	publish(NULL, 86400)->hangs = true;
	engine_local_address(bob->engine, node_now(bob), &bob->addr, true);
	pair_config(STRICT ",\"initiator\":true", STRICT);
	CU_ASSERT(world_until(&w, asked, 60000));
	engine_local_address(bob->engine, node_now(bob), &bob->addr, false);
	world_run(&w, 12000);
	CU_ASSERT(said(bob, "is not on this machine") &&
	    said(bob, "not reachable in 10 s, and the policy is strict"));
	node_forget(bob);
	engine_local_address(bob->engine, node_now(bob), &bob->addr, true);
	world_run(&w, 100);
	CU_ASSERT(said(bob, "connecting to"));
	pair_end();
}

/* --- in mid-life --- */

/* Revoked while the tunnel is up: the next reauthentication ends it, also when the
 * reauthentication is the peer's or that of the other side. */
static void
test_mid_life(void)
{
	static const struct {
		int		line;
		int		who;		/* is revoked */
		const char	*alices, *bobs;
	} rows[] = {
		{ __LINE__, 0, CERT, CERT REAUTH },
		{ __LINE__, 1, CERT, CERT REAUTH },
		{ __LINE__, 0, CERT REAUTH, CERT },
		{ __LINE__, 1, CERT REAUTH, CERT },
		{ __LINE__, 1, STRICT REAUTH, STRICT REAUTH },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(10 + i);
		publish(NULL, 3600);
		pair_config(rows[i].alices, rows[i].bobs);
		CHECK_ROW(rows[i].line, pair_comes_up(1000));
		publish(of[rows[i].who], 86400);
		/* Nobody looks before it is time. */
		world_run(&w, 3000 * 1000);
		CHECK_ROW(rows[i].line, node_up(alice, 1) && node_up(bob, 1));
		world_run(&w, 700 * 1000);
		CHECK_ROW(rows[i].line, !node_up(alice, 1) && !node_up(bob, 1));
		CHECK_ROW(rows[i].line, said(rows[i].who == 0 ? bob : alice,
		    "is revoked since"));
		CHECK_ROW(rows[i].line, node_count(alice, 1, true) +
		    node_count(bob, 1, true) == 0);
		/* A new certificate, and it is back. */
		of[rows[i].who] = leaf(rows[i].who == 0 ? "alice" : "bob");
		equip(rows[i].who == 0 ? alice : bob);
		CHECK_ROW(rows[i].line, world_until(&w, both_up, 700 * 1000));
		pair_end();
	}
}

/* Who has stolen a key, whose certificate was revoked and made anew, cannot end the
 * tunnel of its owner with it. */
static void
test_stolen(void)
{
	struct pki_cert *old;
	struct err e = ERR_INIT;

	begin(30);
	old = of[1];
	of[1] = leaf("bob");
	equip(bob);
	publish(old, 86400);
	pair_config(CERT, CERT);
	CU_ASSERT(pair_comes_up(1000));
	of[1] = old;
	equip(bob);			/* as the thief would */
	CU_ASSERT_EQUAL(engine_command(bob->engine, node_now(bob), ENGINE_REAUTH,
	    1, &e), 0);
	world_run(&w, 20000);
	CU_ASSERT(said(alice, "is revoked since"));
	CU_ASSERT(node_up(alice, 1) && node_up(bob, 1));
	CU_ASSERT_EQUAL(node_count(alice, 1, true), 1);
	pair_end();
}

/* Who waits for the web when it is about to replace an IKE_SA can rekey its CHILD_SA
 * meanwhile: the end of that may be near. */
static void
test_rekey_meanwhile(void)
{
	struct err e = ERR_INIT;
	unsigned int i;

	for (i = 0; i < 10; i++) {
		begin(40 + i);
		publish(NULL, 600);
		pair_config(CERT, CERT ",\"sa-rekey-time\":60");
		CU_ASSERT(pair_comes_up(1000));
		web_find(&w, CRL)->hangs = true;
		/* The lists that both have end; alice asks for 10 s, then bob. */
		alice->wall_off = bob->wall_off = 3600;
		world_run(&w, 46000);
		CU_ASSERT_EQUAL(engine_command(bob->engine, node_now(bob),
		    ENGINE_REAUTH, 1, &e), 0);
		world_run(&w, 19000);
		CU_ASSERT(said(bob, "rekeyed: "));
		world_run(&w, 25000);
		CU_ASSERT(!node_said(bob, "reached its limit"));
		CU_ASSERT(said(alice, "IKE_SA #2 established") &&
		    said(bob, "IKE_SA #2 established"));
		CU_ASSERT(pair_is_tidy());
		pair_end();
	}
}

/* What a reauthentication was to replace is as good as before when the peer, after
 * its 10 s, does not have us. */
static void
test_refused_late(void)
{
	struct err e = ERR_INIT;

	begin(50);
	publish(NULL, 600);
	pair_config(CERT, STRICT);
	CU_ASSERT(pair_comes_up(1000));
	web_find(&w, CRL)->hangs = true;
	alice->wall_off = bob->wall_off = 3600;
	CU_ASSERT_EQUAL(engine_command(bob->engine, node_now(bob),
	    ENGINE_REAUTH, 1, &e), 0);
	world_run(&w, 30000);
	CU_ASSERT(said(bob, "and the policy is strict"));
	CU_ASSERT(node_up(alice, 1) && node_up(bob, 1));
	CU_ASSERT_EQUAL(engine_command(bob->engine, node_now(bob),
	    ENGINE_REKEY_CHILD, 1, &e), 0);
	world_run(&w, 1000);
	CU_ASSERT(said(alice, "rekeyed: ") && said(bob, "rekeyed: "));
	world_run(&w, 300000);
	CU_ASSERT(node_up(alice, 1) && node_up(bob, 1));
	CU_ASSERT(pair_is_tidy());
	pair_end();
}

/* The web goes away while the tunnel is up: what is kept holds as long as it says,
 * and relaxed tunnels do not notice at all. */
static void
test_web_away(void)
{
	begin(20);
	publish(NULL, 7200);
	pair_config(STRICT REAUTH, CERT REAUTH);
	CU_ASSERT(pair_comes_up(1000));
	web_find(&w, CRL)->fails = "answers 503 Service Unavailable";
	world_run(&w, 3700 * 1000);
	CU_ASSERT(node_up(alice, 1) && node_up(bob, 1));
	world_run(&w, 2 * 3700 * 1000);
	CU_ASSERT(!node_up(alice, 1));
	CU_ASSERT(said(alice, "answers 503 Service Unavailable; the one of before "
	    "expired on"));
	pair_end();

	begin(21);
	publish(NULL, 7200);
	pair_config(CERT REAUTH, CERT REAUTH);
	CU_ASSERT(pair_comes_up(1000));
	web_find(&w, CRL)->hangs = true;
	world_run(&w, 24 * 3600 * 1000);
	CU_ASSERT(node_up(alice, 1) && node_up(bob, 1));
	CU_ASSERT(!node_said(alice, "not authenticated again in time"));
	pair_end();

	/* Reauthentication may take longer than a tenth of its time. */
	begin(22);
	publish(NULL, 100);
	pair_config(CERT ",\"reauth-time\":60", CERT ",\"reauth-time\":60");
	CU_ASSERT(pair_comes_up(1000));
	web_find(&w, CRL)->hangs = true;
	world_run(&w, 3 * 3600 * 1000);
	CU_ASSERT(said(alice, "not reachable in 10 s"));
	CU_ASSERT(!node_said(alice, "not authenticated again in time") &&
	    !node_said(bob, "not authenticated again in time"));
	pair_end();
	pki_free_all();
}

UNIT_MAIN("revoked",
    { "good", test_good },
    { "revoked", test_revoked },
    { "a server that hangs", test_hangs },
    { "gone meanwhile", test_gone_meanwhile },
    { "without an address meanwhile", test_address_meanwhile },
    { "in mid-life", test_mid_life },
    { "a stolen key", test_stolen },
    { "rekeyed while one waits", test_rekey_meanwhile },
    { "refused after a wait", test_refused_late },
    { "the web is away", test_web_away })
