/*
 * Authentication by certificate: two engines with certificates of all kinds, and
 * what each says when it refuses the other.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corp.h"
#include "crypto/sign.h"
#include "pair.h"
#include "store.h"
#include "tests/unit.h"

static void
begin(uint64_t seed)
{
	corp_make();
	pair_begin(seed);
}

static void
equip_both(const char *key)
{
	corp_equip(alice, corp_leaf(key, "alice"), corp.inter, corp.root);
	corp_equip(bob, corp_leaf(key, "bob"), corp.inter, corp.root);
}

/* --- every key --- */

static void
test_keys(void)
{
	static const struct {
		int		 line;
		const char	*key;
		enum sign_scheme scheme;	/* that it signs with */
	} rows[] = {
	{ __LINE__, "rsa2048", SIGN_RSA_PSS_SHA256 },
	{ __LINE__, "p256", SIGN_ECDSA_SHA256 },
	{ __LINE__, "p384", SIGN_ECDSA_SHA384 },
	{ __LINE__, "p521", SIGN_ECDSA_SHA512 },
	{ __LINE__, "ed25519", SIGN_ED25519 },
	};
	size_t i, k, n = sizeof(rows) / sizeof(rows[0]);

	for (i = 0; i < n; i++)
	for (k = 0; k < n; k++) {
		begin(1 + i * n + k);
		corp_equip(alice, corp_leaf(rows[i].key, "alice"), corp.inter, corp.root);
		corp_equip(bob, corp_leaf(rows[k].key, "bob"), corp.inter, corp.root);
		pair_config(CORP, CORP);
		CHECK_ROW(rows[i].line, pair_comes_up(1000));
		CHECK_ROW(rows[k].line, pair_is_tidy());
		CHECK_ROW(rows[i].line, alice->scheme == rows[i].scheme);
		CHECK_ROW(rows[k].line, bob->scheme == rows[k].scheme);
		CHECK_ROW(rows[i].line, alice->signed_n == 1 &&
		    bob->signed_n == 1);
		CHECK_ROW(rows[k].line, node_said(alice,
		    "the peer has proved its certificate 'CN=bob, O=Example'"));
		pair_end();
	}
}

/* A root alone, a chain in any order, and a CA that is not a root. */
static void
test_chains(void)
{
	struct pki_cert *under, *deep, *own;

	begin(40);
	under = pki_inter(corp.inter, "CN=Deeper CA, O=Example");
	deep = pki_inter(under, "CN=Deepest CA, O=Example");
	own = pki_make(&(struct pki_spec){ .issuer = deep, .subject =
	    "CN=bob, O=Example", .san = "DNS:bob" });
	/* Ours is not what the peer's hangs on. */
	store_own(bob, "own", own, deep, under);
	store_ca(bob, "corp", corp.root);
	store_known(bob);
	corp_equip(alice, corp_leaf("p256", "alice"), corp.inter, corp.inter);
	pair_config(CORP, CORP);
	CU_ASSERT(pair_comes_up(1000));
	pair_end();

	begin(41);
	own = pki_leaf(corp.root, "CN=bob", "DNS:bob");
	corp_equip(bob, own, corp.root, corp.root);		/* it is not sent */
	corp_equip(alice, pki_leaf(corp.root, "CN=alice", "DNS:alice"), NULL, corp.root);
	pair_config(CORP, CORP);
	CU_ASSERT(pair_comes_up(1000));
	pair_end();
}

/* --- refusals --- */

struct refusal_row {
	int		 line;
	const char	*what;		/* of bob's is wrong */
	const char	*alice_says;
	const char	*bob_says;
};

static struct pki_cert *
bobs(const char *what, const struct pki_cert **above)
{
	struct pki_spec s = { .issuer = corp.inter, .subject = "CN=bob, O=Example",
	    .san = "DNS:bob" };

	*above = corp.inter;
	if (strcmp(what, "ca") == 0) {
		s.issuer = corp.other;
		*above = NULL;
	} else if (strcmp(what, "same name of a CA") == 0) {
		s.issuer = pki_root("CN=Root, O=Example");
		*above = NULL;
	} else if (strcmp(what, "no intermediate") == 0) {
		*above = NULL;
	} else if (strcmp(what, "expired") == 0) {
		s.from = WALL - 20 * PKI_DAY;
		s.to = WALL - 2 * PKI_DAY;
	} else if (strcmp(what, "not yet") == 0) {
		s.from = WALL + 3 * PKI_DAY + 3600;
		s.to = WALL + 9 * PKI_DAY;
	} else if (strcmp(what, "usage") == 0) {
		s.ext = "keyUsage = critical, keyEncipherment";
	} else if (strcmp(what, "purpose") == 0) {
		s.ext = "extendedKeyUsage = codeSigning";
	} else if (strcmp(what, "weak") == 0) {
		s.key = "rsa1024";
	}
	return pki_make(&s);
}

static void
test_refusals(void)
{
	static const struct refusal_row rows[] = {
	{ __LINE__, "ca", "CN=Other", "does not trust the issuer" },
	{ __LINE__, "same name of a CA", "certificate", "does not trust" },
	{ __LINE__, "no intermediate", "CN=Sub CA", "does not trust" },
	{ __LINE__, "expired", "expired", "our certificate 'own' expired 2 days" },
	{ __LINE__, "not yet", "valid", "our certificate 'own' is valid only in 3" },
	{ __LINE__, "usage", "keyEncipherment", "AUTHENTICATION_FAILED" },
	{ __LINE__, "purpose", "codeSigning", "AUTHENTICATION_FAILED" },
	};
	const struct pki_cert *own, *above;
	size_t i;

	/* bob begins; then alice does. */
	for (i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		const struct refusal_row *r = &rows[i / 2];

		begin(50 + i);
		own = bobs(r->what, &above);
		corp_equip(bob, own, above, corp.root);
		corp_equip(alice, corp_leaf("p256", "alice"), corp.inter, corp.root);
		pair_config(i % 2 == 0 ? CORP : CORP ",\"initiator\":true",
		    i % 2 == 0 ? CORP : CORP ",\"initiator\":false");
		world_run(&w, 1000);
		CHECK_ROW(r->line, !node_up(alice, 1) && !node_up(bob, 1));
		CHECK_ROW(r->line, node_said(alice, r->alice_says));
		CHECK_ROW(r->line, node_said(bob, r->bob_says));
		if (getenv("SHOW") != NULL)
			printf("\n%s:\n%s---\n%s", r->what, alice->log,
			    bob->log != NULL ? bob->log : "");
		pair_end();
	}
}

/* The identity is in another certificate, or in none, or of another type. */
static void
test_identities(void)
{
	static const struct {
		int		 line;
		const char	*san;
		const char	*id;		/* bob's */
		bool		 up;
	} rows[] = {
	{ __LINE__, "DNS:bob", "{\"value\":\"bob\"}", true },
	{ __LINE__, "DNS:BOB", "{\"value\":\"bob\"}", true },
	{ __LINE__, "DNS:bobby", "{\"value\":\"bob\"}", false },
	{ __LINE__, "DNS:*", "{\"value\":\"bob\"}", false },
	{ __LINE__, "email:bob@example.com", "{\"value\":\"bob@example.com\"}", true },
	{ __LINE__, "DNS:bob", "{\"value\":\"bob@example.com\"}", false },
	{ __LINE__, "IP:192.0.2.2", "{\"value\":\"192.0.2.2\"}", true },
	{ __LINE__, "DNS:192.0.2.2", "{\"value\":\"192.0.2.2\"}", false },
	{ __LINE__, "DNS:bob", "{\"value\":\"CN=bob, O=Example\"}", true },
	{ __LINE__, "DNS:bob", "{\"value\":\"CN=bob, O=Elsewhere\"}", false },
	};
	char bobs_conf[200], alices_conf[200];
	size_t i;

	for (i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		size_t k = i / 2;
		bool begins = i % 2 == 0;

		begin(80 + i);
		/* Its own engine knows what it has: bob has it under another
		 * name than alice gets to see. */
		corp_equip(bob, pki_make(&(struct pki_spec){ .issuer = corp.inter,
		    .subject = "CN=bob, O=Example", .san = rows[k].san }), corp.inter,
		    corp.root);
		corp_equip(alice, corp_leaf("p256", "alice"), corp.inter, corp.root);
		snprintf(alices_conf, sizeof(alices_conf), CORP
		    ",\"remote-id\":%s,\"initiator\":%s", rows[k].id,
		    begins ? "false" : "true");
		snprintf(bobs_conf, sizeof(bobs_conf), CORP
		    ",\"local-id\":%s,\"initiator\":%s", rows[k].id,
		    begins ? "true" : "false");
		node_config(alice, alice_entry(alices_conf));
		node_config(bob, bob_entry(bobs_conf));
		world_run(&w, 1000);
		CHECK_ROW(rows[k].line, node_up(alice, 1) == rows[k].up);
		CHECK_ROW(rows[k].line, node_up(bob, 1) == rows[k].up);
		pair_end();
	}
}

/* One side has a secret, the other one a certificate: both say so. */
static void
test_methods(void)
{
	begin(110);
	equip_both("p256");
	pair_config(CORP, "");
	world_run(&w, 1000);
	CU_ASSERT(!node_up(alice, 1) && !node_up(bob, 1));
	CU_ASSERT(node_said(alice, "it authenticates itself by"));
	CU_ASSERT(node_said(alice, "expected was a certificate"));
	CU_ASSERT(node_said(alice, "at the peer, set: method cert"));
	CU_ASSERT(node_said(bob, "it wants a certificate (it asked for one)"));
	pair_end();

	begin(111);
	equip_both("p256");
	pair_config("", CORP);
	world_run(&w, 1000);
	CU_ASSERT(!node_up(alice, 1) && !node_up(bob, 1));
	CU_ASSERT(node_said(alice, "expected was a pre-shared key"));
	CU_ASSERT(node_said(bob, "it asked for no certificate"));
	pair_end();
}

/* --- with a PPK --- */

static void
test_ppk(void)
{
	static const struct {
		int		 line;
		const char	*alice, *bob;	/* leaves */
		const char	*ppk;		/* bob's; alice's is "one" */
		bool		 up, mixed;
		const char	*alice_says;
	} rows[] = {
#define PPK	",\"ppk-id\":\"x\""
#define MUST	PPK ",\"ppk-required\":true"
	{ __LINE__, PPK, PPK, "one", true, true, NULL },
	{ __LINE__, MUST, MUST, "one", true, true, NULL },
	{ __LINE__, "", PPK, "one", true, false, NULL },
	{ __LINE__, PPK, "", "one", true, false, NULL },
	{ __LINE__, MUST, "", "one", false, false, "insists on 'x'" },
	{ __LINE__, PPK, PPK, "two", false, false, "its PPK differs from ours" },
	{ __LINE__, MUST, MUST, "two", false, false, "or its PPK differs" },
	/* Another name: AUTH is taken from NO_PPK_AUTH. */
	{ __LINE__, PPK, ",\"ppk-id\":\"y\"", "one", true, false, NULL },
	};
	char a[200], b[200];
	uint64_t latency;
	size_t i;

	for (latency = 0; latency <= 20; latency += 20)
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(120 + i);
		alice->latency = bob->latency = latency;
		snprintf(alice->ppk, sizeof(alice->ppk), "one");
		snprintf(bob->ppk, sizeof(bob->ppk), "%s", rows[i].ppk);
		equip_both("rsa2048");
		snprintf(a, sizeof(a), CORP "%s", rows[i].alice);
		snprintf(b, sizeof(b), CORP "%s", rows[i].bob);
		pair_config(a, b);
		world_run(&w, 1000);
		CHECK_ROW(rows[i].line, node_up(alice, 1) == rows[i].up &&
		    node_up(bob, 1) == rows[i].up);
		CHECK_ROW(rows[i].line, (strstr(node_state(bob, 1),
		    "\"ppk\":true") != NULL) == rows[i].mixed);
		CHECK_ROW(rows[i].line, rows[i].alice_says == NULL ||
		    node_said(alice, rows[i].alice_says));
		pair_end();
	}
}

/* --- life --- */

static void
test_life(void)
{
	struct err e = ERR_INIT;
	unsigned int had;

	begin(140);
	equip_both("ed25519");
	pair_config(CORP, CORP);
	CU_ASSERT(pair_comes_up(1000));
	/* New keys are no new authentication. */
	had = bob->signed_n;
	CU_ASSERT_EQUAL(engine_command(bob->engine, w.now, ENGINE_REKEY_IKE, 1, &e),
	    0);
	world_run(&w, 1000);
	CU_ASSERT(bob->signed_n == had && pair_comes_up(1000));
	/* Reauthentication is, all of it. */
	CU_ASSERT_EQUAL(engine_command(bob->engine, w.now, ENGINE_REAUTH, 1, &e), 0);
	world_run(&w, 40000);
	CU_ASSERT(bob->signed_n == had + 1 && pair_is_tidy());
	/* Both got other certificates meanwhile. */
	equip_both("p256");
	CU_ASSERT_EQUAL(engine_command(bob->engine, w.now, ENGINE_REAUTH, 1, &e), 0);
	world_run(&w, 40000);
	CU_ASSERT(alice->scheme == SIGN_ECDSA_SHA256 && pair_is_tidy());
	/* Bob's has ended since: what is up stays until it has to be proved. */
	corp_equip(bob, pki_make(&(struct pki_spec){ .issuer = corp.inter, .subject =
	    "CN=bob, O=Example", .san = "DNS:bob", .from = WALL - 10,
	    .to = WALL + 5 }), corp.inter, corp.root);
	CU_ASSERT(node_up(alice, 1));
	CU_ASSERT_EQUAL(engine_command(bob->engine, w.now, ENGINE_REAUTH, 1, &e), 0);
	world_run(&w, 1000);
	CU_ASSERT(node_said(alice, "expired") && node_up(alice, 1));
	pair_end();
}

/* Keys takes its time, and the network does what networks do: nothing is signed
 * twice for one message, and it comes up. */
static void
test_network(void)
{
	unsigned int seed;

	begin(150);
	alice->latency = bob->latency = 9000;	/* bob repeats itself */
	equip_both("p256");
	pair_config(CORP, CORP);
	CU_ASSERT(pair_comes_up(120000));
	CU_ASSERT(alice->signed_n == 1 && bob->signed_n == 1);
	pair_end();

	for (seed = 160; seed < 180; seed++) {
		begin(seed);
		w.loss = 30;
		w.dup = 20;
		w.reorder = 20;
		equip_both("rsa2048");
		pair_config(CORP, CORP);
		CU_ASSERT(pair_comes_up(600000));
		pair_end();
	}
}

static unsigned int fragments;

static bool
count(struct world *world, struct node *from, struct flight *f)
{
	(void)world;
	(void)from;
	fragments += f->len > 28 && f->data[16] == 53;
	return f->len <= 1280;
}

/* Chains that need a dozen datagrams. */
static void
test_huge(void)
{
	static char many[6000];
	struct pki_cert *own;
	size_t at = 0, i;

	for (i = 0; i < 100; i++)
		at += (size_t)snprintf(many + at, sizeof(many) - at,
		    "%sDNS:name-%zu.of.many.example.com", i > 0 ? "," : "", i);
	snprintf(many + at, sizeof(many) - at, ",DNS:bob");
	begin(190);
	own = pki_make(&(struct pki_spec){ .issuer = corp.inter, .key = "rsa3072",
	    .subject = "CN=bob, O=Example", .san = many });
	corp_equip(bob, own, corp.inter, corp.root);
	corp_equip(alice, corp_leaf("p256", "alice"), corp.inter, corp.root);
	w.tap = count;
	fragments = 0;
	pair_config(CORP, CORP);
	CU_ASSERT(pair_comes_up(5000));
	CU_ASSERT(fragments > 3);
	pair_end();
}

/* While nobody knows whether it is revoked, the peer's repetitions start nothing
 * anew; and its own key is proved first. */
static void
test_revocation(void)
{
	static const char url[] = "http://crl.example.com/sub.crl";
	struct pki_cert *own;
	struct page *page;

	begin(320);
	own = pki_make(&(struct pki_spec){ .issuer = corp.inter, .crl = url,
	    .subject = "CN=bob, O=Example", .san = "DNS:bob" });
	page = web_put(&w, url, "", 0);
	page->hangs = true;
	corp_equip(bob, own, corp.inter, corp.root);
	corp_equip(alice, corp_leaf("p256", "alice"), corp.inter, corp.root);
	pair_config(CORP, CORP);
	world_run(&w, 9000);		/* bob has repeated himself by then */
	CU_ASSERT(!node_up(alice, 1) && alice->signed_n == 0 && page->asked == 1);
	CU_ASSERT(pair_comes_up(5000));
	CU_ASSERT(alice->signed_n == 1 && bob->signed_n == 1);
	CU_ASSERT(node_said(alice, url));
	pair_end();

	/* The same, strict. */
	begin(321);
	page = web_put(&w, url, "", 0);
	page->hangs = true;
	corp_equip(bob, own, corp.inter, corp.root);
	corp_equip(alice, corp_leaf("p256", "alice"), corp.inter, corp.root);
	pair_config(CORP ",\"revocation\":\"strict\"", CORP);
	world_run(&w, 12000);
	CU_ASSERT(!node_up(alice, 1) && !node_up(bob, 1));
	CU_ASSERT(alice->signed_n == 0 && node_said(alice, url));
	pair_end();

	/* Nothing is fetched for who does not have the key. */
	begin(322);
	page = web_put(&w, url, "", 0);
	page->hangs = true;
	corp_equip(bob, own, corp.inter, corp.root);
	bob->key = pki_key("p256", 4242);
	corp_equip(alice, corp_leaf("p256", "alice"), corp.inter, corp.root);
	pair_config(CORP, CORP);
	world_run(&w, 3000);
	CU_ASSERT(!node_up(alice, 1) && page->asked == 0);
	CU_ASSERT(node_said(alice, "has not signed with the key"));
	pair_end();
}

/* Whoever is let in by what was trusted before the commit is asked again. */
static void
test_changed_meanwhile(void)
{
	struct err e = ERR_INIT;
	unsigned int on_its_way = 0;
	uint64_t ms;
	bool up;

	for (ms = 1; ms < 120; ms += 7) {
		begin(200 + ms);
		alice->latency = 30;
		equip_both("p256");
		store_ca(alice, "theirs", corp.other);
		pair_config(CORP, CORP);
		world_run(&w, ms);
		up = node_up(alice, 1);
		on_its_way += !up && alice->signed_n != 0;
		CU_ASSERT_EQUAL(node_commit(alice, alice_entry(",\"method\":\"cert\""
		    ",\"certificate\":\"own\",\"ca\":\"theirs\""), NULL, false, &e,
		    NULL, 0), 0);
		world_run(&w, 60000);
		CU_ASSERT(up || !node_up(alice, 1));
		pair_end();
	}
	CU_ASSERT(on_its_way > 1);
}

/* The same as initiator, who authenticates anew just then. */
static void
test_changed_by_initiator(void)
{
	static const char url[] = "http://crl.example.com/slow.crl";
	struct err e = ERR_INIT;
	struct page *page;

	begin(400);
	page = web_put(&w, url, "", 0);
	page->hangs = true;
	equip_both("p256");
	store_ca(bob, "theirs", corp.other);
	pair_config(CORP, CORP);
	CU_ASSERT(pair_comes_up(1000));
	corp_equip(alice, pki_make(&(struct pki_spec){ .issuer = corp.inter, .crl = url,
	    .subject = "CN=alice, O=Example", .san = "DNS:alice" }), corp.inter, corp.root);
	CU_ASSERT_EQUAL(engine_command(bob->engine, w.now, ENGINE_REAUTH, 1, &e), 0);
	world_run(&w, 3000);
	node_forget(bob);
	CU_ASSERT_EQUAL(node_commit(bob, bob_entry(",\"method\":\"cert\","
	    "\"certificate\":\"own\",\"ca\":\"theirs\""), NULL, false, &e, NULL,
	    0), 0);
	world_run(&w, 60000);
	CU_ASSERT(!node_said(bob, "established with"));
	CU_ASSERT(node_said(bob, "the tunnel was changed meanwhile"));
	pair_end();
}

UNIT_MAIN("certificates",
	{ "every key on both sides", test_keys },
	{ "chains of all shapes", test_chains },
	{ "certificates that do not do", test_refusals },
	{ "identities", test_identities },
	{ "a secret on one side only", test_methods },
	{ "with a PPK", test_ppk },
	{ "rekeying, reauthentication, renewal", test_life },
	{ "slow keys and a bad network", test_network },
	{ "huge certificates", test_huge },
	{ "waiting for a CRL", test_revocation },
	{ "another CA meanwhile", test_changed_meanwhile },
	{ "the same of the initiator", test_changed_by_initiator })
