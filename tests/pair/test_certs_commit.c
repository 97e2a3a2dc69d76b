/*
 * Certificates and commits: what is refused, what is warned of, and what a change of
 * certificate or CA costs a tunnel that is up.
 */
#include <stdio.h>
#include <string.h>

#include "enrolled.h"
#include "tests/unit.h"

static void
refused(const char *more, const char *node, const char *words)
{
	struct err e = ERR_INIT;

	CU_ASSERT(node_commit(bob, bob_entry(more), NULL, false, &e, NULL, 0) < 0);
	if (strstr(e.path, node) == NULL || strstr(e.text, words) == NULL) {
		printf("\n    %s: %s (%s)\n", more, e.text, e.path);
		CU_FAIL("refusal");
	}
}

static void
test_commit(void)
{
	char warnings[2048];
	struct err e = ERR_INIT;

	enrolled_begin(10);
	enrolled_equip(bob);
	refused(",\"local-id\":{\"value\":\"robert\"}" CORP, "/local-id",
	    "local-id 'robert' (name) is neither the subject nor a subjectAltName "
	    "of certificate 'own', which holds CN=bob, O=Example (dn), bob (name); "
	    "here, set: local-id name bob");
	refused(",\"local-id\":{\"type\":\"key\",\"value\":\"bob\"}" CORP,
	    "/local-id", "key identifier");
	store_own(bob, "own", enrolled_leaf(NULL, "DNS:bob", 900), NULL, NULL);
	refused(",\"local-id\":null" CORP, "/local-id", "the subject of certificate "
	    "'own' is empty, so that there is no automatic local-id; it holds bob "
	    "(name); here, set: local-id name bob");
	/* IKEv1 signs with RSA. */
	store_own(bob, "own", enrolled.bob, NULL, NULL);
	refused(BY_SUBJECT("alice") ",\"version\":\"1\"", "/certificate", "the key of "
	    "certificate 'own' is ECDSA P-256, and with version 1 (IKEv1) both sides "
	    "sign with RSA");
	store_own(bob, "own", pki_make(&(struct pki_spec){ .issuer = corp.root, .subject =
	    "CN=bob, O=Example", .key = "rsa2048", .from = WALL - PKI_DAY,
	    .to = WALL + PKI_DAY }), NULL, NULL);
	CU_ASSERT(node_commit(bob, bob_entry(BY_SUBJECT("alice") ",\"version\":\"1\""),
	    NULL, false, &e, NULL, 0) == 0);
	store_own(bob, "own", enrolled_leaf(NULL, "DNS:bob", 900), NULL, NULL);
	/* A whole configuration is not refused for one. */
	CU_ASSERT(node_commit(bob, bob_entry(",\"local-id\":null" CORP), NULL, true,
	    &e, warnings, sizeof(warnings)) == 0);
	CU_ASSERT(seen_in(bob, "reason", "so that there is no automatic local-id"));
	store_own(bob, "own", enrolled.bob, NULL, NULL);
	CU_ASSERT(!seen_blocked(bob));
	pair_end();
}

static void
warned(const char *words, bool is)
{
	char warnings[4096] = "";
	struct err e = ERR_INIT;

	CU_ASSERT(node_commit(bob, bob_entry(BY_SUBJECT("alice")), NULL, false, &e,
	    warnings, sizeof(warnings)) == 0);
	if ((strstr(warnings, words) != NULL) != is) {
		printf("\n    '%s' %sin: %s\n", words, is ? "not " : "", warnings);
		CU_FAIL("warning");
	}
}

static void
test_warnings(void)
{
	char warnings[1024];
	struct err e = ERR_INIT;

	enrolled_begin(11);
	enrolled_equip(bob);
	warned("certificate", false);
	CU_ASSERT(node_commit(bob, bob_entry(",\"ca\":\"corp\""), NULL, false, &e,
	    warnings, sizeof(warnings)) == 0);
	CU_ASSERT(strstr(warnings, "certificate and ca are not used with method psk") !=
	    NULL);
	store_own(bob, "own", enrolled_leaf("CN=bob", NULL, 20), NULL, NULL);
	warned("ipsec 1: certificate 'own' (CN=bob) expires in 20 days, 2023-12-05 "
	    "10:13:20 UTC; here, run: certificate import local own FILE [key FILE] replace",
	    true);
	store_own(bob, "own", enrolled_leaf("CN=bob", NULL, -3), NULL, NULL);
	warned("expired 2 days ago", true);
	store_own(bob, "own", enrolled.bob, NULL, NULL);
	bob->wall_off = -200l * PKI_DAY;
	warned("certificate 'own' (CN=bob, O=Example) is not valid before 2023-08-06 "
	    "22:13:20 UTC; is the clock of this system right?", true);
	bob->wall_off = 0;
	store_ca(bob, "corp", corp.other);
	warned("certificate 'own' is signed by 'CN=Root, O=Example', not by "
	    "'CN=Other, O=Elsewhere', the CA 'corp' of this tunnel", true);
	pair_end();
}

/* Between the same addresses nothing but the identities tells tunnels apart. */
static void
test_twins(void)
{
	static const char twin[] = "{\"id\":%d,\"local-address\":\"192.0.2.2\","
	    "\"peer\":\"192.0.2.%d\",\"remote-id\":{\"value\":\"*.example.com\"}%s}";
	char json[2048], a[512], b[512];
	struct err e = ERR_INIT;

	enrolled_begin(12);
	enrolled_equip(bob);
	snprintf(a, sizeof(a), twin, 2, 9, CORP);
	snprintf(b, sizeof(b), twin, 3, 10, CORP);
	snprintf(json, sizeof(json), "%s,%s", a, b);
	CU_ASSERT(node_commit(bob, json, NULL, false, &e, NULL, 0) == 0);
	snprintf(b, sizeof(b), twin, 4, 9, CORP);
	CU_ASSERT(node_commit(bob, b, NULL, false, &e, NULL, 0) < 0);
	CU_ASSERT(strstr(e.text, "between the same addresses: nothing would tell "
	    "their peers apart") != NULL);
	pair_end();

	/* The same when keys tells their certificate later than confd. */
	enrolled_begin(13);
	snprintf(a, sizeof(a), twin, 1, 9, CORP);
	snprintf(json, sizeof(json), "%s,%s", a, b);
	node_config(bob, json);
	enrolled_equip(bob);
	CU_ASSERT(node_said(bob, "not in use: ipsec "));
	CU_ASSERT(node_said(bob, "nothing would tell their peers apart"));
	pair_end();
}

/* --- what a change costs --- */

static void
test_impact(void)
{
	unsigned int was;

	enrolled_up(14);
	was = seen_serial(bob);
	CU_ASSERT(node_commit(bob, bob_entry(",\"revocation\":\"relaxed\""
	    BY_SUBJECT("alice")), NULL, false, &(struct err)ERR_INIT, NULL, 0) == 0);
	world_run(&w, 10000);
	CU_ASSERT(seen_serial(bob) == was);
	/* Another CA: anew, make before break. */
	store_ca(bob, "more", corp.root);
	CU_ASSERT(node_commit(bob, bob_entry(",\"local-id\":null,\"remote-id\":"
	    DN("alice") ",\"method\":\"cert\",\"certificate\":\"own\",\"ca\":"
	    "\"more\""), NULL, false, &(struct err)ERR_INIT, NULL, 0) == 0);
	CU_ASSERT(node_up(bob, 1) && node_up(alice, 1));
	world_run(&w, 20000);
	CU_ASSERT(seen_serial(bob) != was && pair_is_tidy());
	was = seen_serial(bob);
	/* Another certificate: the tunnel starts again. */
	store_own(bob, "newer", enrolled.bob, NULL, NULL);
	CU_ASSERT(node_commit(bob, bob_entry(",\"local-id\":null,\"remote-id\":"
	    DN("alice") ",\"method\":\"cert\",\"certificate\":\"newer\",\"ca\":"
	    "\"more\""), NULL, false, &(struct err)ERR_INIT, NULL, 0) == 0);
	CU_ASSERT(!node_up(bob, 1));
	CU_ASSERT(pair_comes_up(10000));
	CU_ASSERT(seen_serial(bob) != was);
	pair_end();
}

static int
commit_ca(const char *label)
{
	char more[512];

	snprintf(more, sizeof(more), ",\"local-id\":null,\"remote-id\":" DN("alice")
	    ",\"method\":\"cert\",\"certificate\":\"own\",\"ca\":\"%s\"", label);
	return node_commit(bob, bob_entry(more), NULL, false,
	    &(struct err)ERR_INIT, NULL, 0);
}

/* A peer that does not fit the new rule, or cannot be asked, has some time, and then
 * it is over. */
static void
test_not_proved(void)
{
	enrolled_up(24);
	store_ca(bob, "more", corp.other);
	CU_ASSERT(commit_ca("more") == 0);
	world_run(&w, 100000);
	CU_ASSERT(node_up(bob, 1) && node_up(alice, 1));
	world_run(&w, 130000);		/* 200 s, and time to ask the web */
	CU_ASSERT(node_said(bob, "this tunnel trusts \"CN=Other, O=Elsewhere\""));
	CU_ASSERT(!node_up(bob, 1));
	CU_ASSERT(commit_ca("corp") == 0);	/* taken back, it comes again */
	CU_ASSERT(pair_comes_up(20000));
	world_run(&w, 300000);
	CU_ASSERT(pair_is_tidy());
	pair_end();

	enrolled_up(27);
	store_ca(alice, "corp", corp.other);		/* she refuses whoever comes */
	store_ca(bob, "more", corp.root);
	CU_ASSERT(commit_ca("more") == 0);
	world_run(&w, 100000);
	CU_ASSERT(node_up(bob, 1));
	world_run(&w, 130000);
	CU_ASSERT(!node_up(bob, 1));
	CU_ASSERT(node_said(bob, "not authenticated again in time"));
	pair_end();
}

#define CRL	"http://ca.example/root.crl"

static void
publish(const struct pki_cert *revoked)
{
	const struct pki_cert *list[] = { revoked, NULL };
	struct pki_bytes crl = pki_crl(&(struct pki_crl_spec){ .issuer = corp.root,
	    .revoked = list, .last = WALL - PKI_DAY, .next = WALL + PKI_DAY / 4 });

	web_put(&w, CRL, crl.p, crl.len);
}

/* Revoked while the tunnel is up: the next authentication ends it, whoever begins. */
static void
test_revoked(void)
{
	struct pki_cert *bad;
	struct node *by;
	int i;

	for (i = 0; i < 2; i++) {
		enrolled_begin(25u + (unsigned int)i);
		by = i == 0 ? bob : alice;
		bad = pki_make(&(struct pki_spec){ .issuer = corp.root, .subject =
		    "CN=bob, O=Example", .crl = CRL, .from = WALL - PKI_DAY,
		    .to = WALL + 900l * PKI_DAY });
		publish(NULL);
		enrolled_equip(alice);
		enrolled_equip(bob);
		store_own(bob, "own", bad, NULL, NULL);
		enrolled_pair();
		CU_ASSERT_FATAL(pair_comes_up(5000));
		world_run(&w, 20000);
		publish(bad);
		world_run(&w, PKI_DAY / 4 * 1000ull);	/* that CRL is over */
		CU_ASSERT(node_up(alice, 1));
		CU_ASSERT(engine_command(by->engine, node_now(by), ENGINE_REAUTH, 1,
		    &(struct err)ERR_INIT) == 0);
		world_run(&w, 20000);
		CU_ASSERT(!node_up(alice, 1));
		CU_ASSERT(node_said(alice, "is revoked since"));
		pair_end();
	}
}

/* Who cannot call closes it: the peer comes again. */
static void
test_impact_any_peer(void)
{
	enrolled_begin(20);
	enrolled_equip(alice);
	enrolled_equip(bob);
	pair_config(",\"peer\":null" BY_SUBJECT("bob"), BY_SUBJECT("alice"));
	CU_ASSERT_FATAL(pair_comes_up(1000));
	world_run(&w, 10000);
	CU_ASSERT(node_commit(alice, alice_entry(",\"peer\":null,\"revocation\":"
	    "\"strict\"" BY_SUBJECT("bob")), NULL, false,
	    &(struct err)ERR_INIT, NULL, 0) == 0);
	world_run(&w, 30000);
	CU_ASSERT(!node_up(alice, 1));
	CU_ASSERT(seen_in(alice, "reason", "the policy is strict"));
	pair_end();
}

UNIT_MAIN("certs: commits",
	{ "what a commit refuses", test_commit },
	{ "what a commit warns of", test_warnings },
	{ "two that are one too many", test_twins },
	{ "what a change costs", test_impact },
	{ "who does not fit any more", test_not_proved },
	{ "revoked meanwhile", test_revoked },
	{ "what it costs with any peer", test_impact_any_peer })
