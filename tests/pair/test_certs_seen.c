/*
 * Certificates, and what people see of them: in time before they end, in state and
 * diagnosis, and with many tunnels.
 */
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "enrolled.h"
#include "tests/unit.h"
#include "ytree.h"

/* --- what ends --- */

static void
test_expiry(void)
{
	char json[4096] = "";
	size_t at = 0;
	int i;

	enrolled_begin(15);
	bob->down = true;
	corp_equip(bob, enrolled_leaf("CN=bob", NULL, 32), NULL, corp.root);
	for (i = 1; i <= 9; i++)
		at += (size_t)snprintf(json + at, sizeof(json) - at, "%s{\"id\":%d,"
		    "\"local-address\":\"192.0.2.2\",\"peer\":\"192.0.2.%d\"" CORP
		    "}", i > 1 ? "," : "", i, i + 20);
	node_config(bob, json);
	world_run(&w, PKI_DAY * 1000ull);
	CU_ASSERT(seen_count(bob, "expires") == 0);
	CU_ASSERT(strstr(seen_state(bob, "warning"), "expires") == NULL);
	world_run(&w, PKI_DAY * 2000ull);
	CU_ASSERT(seen_count(bob, "certificate 'own' (CN=bob) expires in 30 days") == 1);
	CU_ASSERT(seen_count(bob, " replace; ipsec ") == 1);
	CU_ASSERT(seen_count(bob, " and 4 others use it") == 1);
	CU_ASSERT(seen_in(bob, "warning", "\"warning\":[\"certificate 'own' (CN=bob) "
	    "expires in 29 days"));
	node_forget(bob);
	world_run(&w, 10 * PKI_DAY * 1000ull);
	i = (int)seen_count(bob, "expires in");
	CU_ASSERT(i == 10);			/* once a day */
	node_forget(bob);
	world_run(&w, 20 * PKI_DAY * 1000ull);	/* 7 days, 1 day, over */
	CU_ASSERT(seen_count(bob, "expires in") >= 19);
	CU_ASSERT(seen_count(bob, "expires in") <= 22);
	CU_ASSERT(seen_count(bob, "certificate 'own' (CN=bob) expired") == 1);
	/* Renewed, it is quiet. */
	node_forget(bob);
	store_own(bob, "own", enrolled.bob, NULL, NULL);
	world_run(&w, 3 * PKI_DAY * 1000ull);
	CU_ASSERT(seen_count(bob, "expire") == 0);
	pair_end();
}

/* --- what people see --- */

static void
check_model(struct node *n)
{
	const char *t = node_state(n, 1);
	struct lyd_node *tree = NULL;
	struct err e = ERR_INIT;

	if (ytree_parse(&tree, w.ly, t, strlen(t), &e) < 0) {
		printf("\n%s\n%s\n", e.text, t);
		CU_FAIL("not as in the model");
	}
	ytree_free(tree);
}

static void
test_state(void)
{
	enrolled_begin(16);
	enrolled_equip(alice);
	corp_equip(bob, enrolled_leaf("CN=bob, O=Example", NULL, 5), NULL, corp.root);
	enrolled_pair();
	CU_ASSERT_FATAL(pair_comes_up(1000));
	check_model(alice);
	check_model(bob);
	CU_ASSERT(seen_in(bob, "certificate ca", "\"certificate\":{\"label\":\"own\","
	    "\"subject\":\"CN=bob, O=Example\",\"issuer\":\"CN=Root, O=Example\""));
	CU_ASSERT(seen_in(bob, "certificate ca", "\"ca\":{\"label\":\"corp\","
	    "\"subject\":\"CN=Root, O=Example\""));
	CU_ASSERT(seen_in(bob, "loaded", "\"method\":\"cert\",\"revocation\":"
	    "\"relaxed\""));
	CU_ASSERT(seen_in(bob, "loaded", "\"local-id\":\"CN=bob, O=Example\""));
	CU_ASSERT(seen_in(bob, "ike-sa", "\"peer-certificate\":{\"subject\":"
	    "\"CN=alice, O=Example\",\"issuer\":\"CN=Root, O=Example\","
	    "\"not-before\":\"2023-08-06T22:13:20Z\""));
	CU_ASSERT(seen_in(alice, "warning", "the certificate of the peer (CN=bob, "
	    "O=Example) expires in"));
	CU_ASSERT(seen_in(alice, "ike-sa", "\"revocation\":\"unknown\","
	    "\"revocation-time\":\"2023-11-14T22:13:2"));
	CU_ASSERT(seen_in(alice, "ike-sa", "\"revocation-reason\":\"nobody knows"));
	/* An IKE_SA that replaces another by rekeying has the same peer. */
	CU_ASSERT(engine_command(bob->engine, w.now, ENGINE_REKEY_IKE, 1,
	    &(struct err)ERR_INIT) == 0);
	world_run(&w, 20000);
	CU_ASSERT(seen_in(alice, "ike-sa", "\"peer-certificate\":{\"subject\":"
	    "\"CN=bob, O=Example\""));
	pair_end();
}

static void
test_diagnose(void)
{
	enrolled_begin(17);
	enrolled_equip(alice);
	enrolled_equip(bob);
	/* Without remote-id, an initiator expects the peer's address. */
	pair_config(BY_SUBJECT("bob"), ",\"local-id\":null,\"remote-id\":null" CORP);
	world_run(&w, 2000);
	CU_ASSERT(!node_up(bob, 1));
	CU_ASSERT(seen_in(bob, "diagnosis", "\"code\":\"remote-id\""));
	CU_ASSERT(seen_in(bob, "diagnosis", "has to hold 192.0.2.1 as a "
	    "subjectAltName"));
	bob->wall_off = -WALL;
	CU_ASSERT(seen_in(bob, "diagnosis", "the clock of this system says "
	    "1970-01-01"));
	pair_end();

	/* The one who showed it is asked about it, too. */
	enrolled_begin(22);
	enrolled_equip(alice);
	enrolled_equip(bob);
	store_ca(alice, "corp", corp.other);
	enrolled_pair();
	world_run(&w, 2000);
	CU_ASSERT(seen_in(alice, "diagnosis", "\"code\":\"other-ca\""));
	CU_ASSERT(seen_in(alice, "diagnosis", "certificate 'own' is signed by 'CN=Root, "
	    "O=Example', and the peer has to show one that leads to 'CN=Other, "
	    "O=Elsewhere' (ca corp)"));
	CU_ASSERT(seen_in(bob, "diagnosis", "AUTHENTICATION_FAILED: it does not trust "
	    "the issuer of our certificate, 'CN=Root, O=Example'"));
	CU_ASSERT(seen_in(bob, "diagnosis", "or refuses it as revoked"));
	CU_ASSERT(!seen_in(bob, "diagnosis", "secret"));
	pair_end();

	enrolled_begin(18);
	alice->wall_off = bob->wall_off = 1800l * PKI_DAY;
	enrolled_equip(alice);
	enrolled_equip(bob);
	enrolled_pair();
	world_run(&w, 2000);
	CU_ASSERT(seen_in(bob, "diagnosis", "\"code\":\"certificate-ends\""));
	CU_ASSERT(seen_in(bob, "diagnosis", "\"symptom\":\"the tunnel is down, and "
	    "cannot be authenticated\""));
	pair_end();
}

/* An exact identity before a wildcard before any (S1-114). */
static void
test_preferred(void)
{
	static const char *const ids[] = { DN("*"), DN("bob"), "null",
	    DN("robert"), "{\"value\":\"*.example.com\"}" };
	char json[4096] = "";
	size_t at = 0, i;

	enrolled_begin(23);
	enrolled_equip(alice);
	enrolled_equip(bob);
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		char more[512], number[16];

		snprintf(more, sizeof(more), ",\"local-id\":null,\"remote-id\":%s"
		    CORP, ids[i]);
		snprintf(number, sizeof(number), "{\"id\":%zu", i + 1);
		at += (size_t)snprintf(json + at, sizeof(json) - at, "%s%s%s",
		    i > 0 ? "," : "", number, alice_entry(more) +
		    strlen("{\"id\":1"));
	}
	node_config(alice, json);
	node_config(bob, bob_entry(BY_SUBJECT("alice")));
	world_run(&w, 2000);
	CU_ASSERT(node_up(bob, 1) && node_up(alice, 2));
	store_own(bob, "own",
	    enrolled_leaf("CN=carol, O=Example", NULL, 900), NULL, NULL);
	world_run(&w, 20000);
	CU_ASSERT(node_up(bob, 1) && node_up(alice, 1));
	store_own(bob, "own",
	    enrolled_leaf("CN=dave, O=Elsewhere", NULL, 900), NULL, NULL);
	world_run(&w, 20000);
	CU_ASSERT(node_up(bob, 1) && node_up(alice, 3));
	CU_ASSERT(!node_up(alice, 4) && !node_up(alice, 5));
	pair_end();
}

/* A thousand tunnels with one certificate: all wait for it, all get it. */
static void
test_many(void)
{
	enum { N = 1000 };
	char *json = malloc(N * 300);
	struct engine_stats s;
	size_t at = 0;
	unsigned int i;

	CU_ASSERT_FATAL(json != NULL);
	enrolled_begin(19);
	store_known(bob);
	for (i = 1; i <= N; i++)
		at += (size_t)snprintf(json + at, N * 300 - at, "%s{\"id\":%u,"
		    "\"local-address\":\"192.0.2.2\",\"peer\":\"10.0.%u.%u\""
		    CORP "}", i > 1 ? "," : "", i, i / 250, i % 250 + 1);
	node_config(bob, json);
	CU_ASSERT(seen_count(bob, "not in use: there is no certificate") == N);
	store_ca(bob, "corp", corp.root);
	store_own(bob, "own", enrolled.bob, NULL, NULL);
	for (i = 1; i <= N; i += 111)
		CU_ASSERT(strstr(node_state(bob, i), "\"loaded\"") != NULL);
	/* Renewed: who waits for his turn has it now, and nothing else happens. */
	world_run(&w, 200000);
	node_forget(bob);
	store_own(bob, "own",
	    enrolled_leaf("CN=bob, O=Example", "DNS:bob", 950), NULL,
	    NULL);
	CU_ASSERT(bob->log == NULL || bob->log[0] == '\0');
	node_config(bob, "");
	engine_get_stats(bob->engine, &s);
	CU_ASSERT(s.tunnels == 0);
	pair_end();
	free(json);
	pki_free_all();
}

UNIT_MAIN("certs: seen",
	{ "what ends", test_expiry },
	{ "as in the model", test_state },
	{ "diagnosis", test_diagnose },
	{ "the identity that fits best", test_preferred },
	{ "a thousand", test_many })
