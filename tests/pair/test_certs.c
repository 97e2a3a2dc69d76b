/*
 * Certificates that come, go and are renewed while tunnels want or have them.
 */

#include "enrolled.h"
#include "tests/unit.h"

/* --- which comes first --- */

static void
test_order(void)
{
	enrolled_begin(1);
	enrolled_equip(alice);
	enrolled_pair();
	/* bob has a configuration, and keys has not told anything: he waits in
	 * silence, and blocks what he will protect. */
	world_run(&w, 5000);
	CU_ASSERT(bob->log == NULL || bob->log[0] == '\0');
	CU_ASSERT(w.sent == 0 && seen_blocked(bob));
	CU_ASSERT(seen_in(bob, "status reason", "\"down-unknown\",\"reason\":"
	    "\"the process keys has not told yet"));
	/* Nobody is refused for what may come. */
	node_config(alice, alice_entry(",\"initiator\":true"
	    BY_SUBJECT("bob")));
	world_run(&w, 5000);
	CU_ASSERT(w.sent > 0 && alice->seen.in == 0);
	/* confd comes again meanwhile. */
	node_config(bob, bob_entry(BY_SUBJECT("alice")));
	CU_ASSERT(bob->log == NULL || bob->log[0] == '\0');
	corp_equip(bob, enrolled.bob, NULL, corp.root);
	CU_ASSERT(pair_comes_up(1000));
	store_known(alice);
	world_run(&w, 5000);
	CU_ASSERT(pair_is_tidy());
	CU_ASSERT(!node_said(bob, "not in use"));
	pair_end();
}

/* What was wanted while it waited is not forgotten. */
static void
test_acquire(void)
{
	struct dp_event ev = { .kind = DP_ACQUIRE, .tunnel = 1 };

	enrolled_begin(2);
	enrolled_equip(bob);
	enrolled_pair();
	bob->down = true;
	engine_dp_event(alice->engine, w.now, &ev);
	world_run(&w, 1000);
	bob->down = false;
	CU_ASSERT(!node_up(alice, 1));
	enrolled_equip(alice);
	CU_ASSERT(node_is(alice, 1, "down-connecting"));
	CU_ASSERT(pair_comes_up(10000));
	pair_end();
}

/* What is shown is what a person types. */
static void
test_letters(void)
{
	enrolled_begin(3);
	enrolled_equip(alice);
	corp_equip(bob, enrolled_leaf("CN=Zo\\C3\\AB, O=Example", NULL, 100), NULL,
	    corp.root);
	pair_config(BY_SUBJECT("Zo\xc3\xab"), BY_SUBJECT("alice"));
	CU_ASSERT(pair_comes_up(1000));
	CU_ASSERT(seen_in(alice, "ike-sa", "\"remote-id\":\"CN=Zo\xc3\xab, O=Example\""));
	CU_ASSERT(node_said(alice, "certificate 'CN=Zo\xc3\xab, O=Example'"));
	/* As an advice, too. */
	node_config(alice, alice_entry(BY_SUBJECT("nobody")));
	node_forget(alice);
	node_config(bob, bob_entry(BY_SUBJECT("alice") ",\"enable\":false"));
	node_config(bob, bob_entry(BY_SUBJECT("alice")));
	world_run(&w, 5000);
	CU_ASSERT(node_said(alice, "remote-id \"CN=Zo\xc3\xab, O=Example\""));
	pair_end();
}

static void
test_missing(void)
{
	enrolled_begin(3);
	enrolled_equip(alice);
	store_known(bob);
	enrolled_pair();
	CU_ASSERT(node_said(bob, "not in use: there is no certificate 'own' in the "
	    "store; here, run: certificate import local own FILE "
	    "[key FILE]"));
	CU_ASSERT(seen_blocked(bob));
	CU_ASSERT(seen_in(bob, "diagnosis", "\"command\":[\"certificate import local "
	    "own FILE [key FILE]\"]"));
	/* Again nothing, by confd and by keys: it has been said. */
	node_forget(bob);
	store_known(bob);
	CU_ASSERT(bob->log == NULL || bob->log[0] == '\0');
	/* A key that waits for its certificate. */
	engine_certificate(bob->engine, w.now, CERT_REQUEST, "own", NULL, 0);
	CU_ASSERT(seen_in(bob, "reason", "has not come: there is its key"));
	store_own(bob, "own", enrolled.bob, NULL, NULL);
	CU_ASSERT(seen_in(bob, "reason", "there is no CA 'corp'"));
	CU_ASSERT(seen_blocked(bob));
	store_ca(bob, "corp", corp.root);
	CU_ASSERT(pair_comes_up(1000));
	pair_end();
}

/* One of each is something else than it should be. */
static void
test_kinds(void)
{
	enrolled_begin(4);
	store_ca(bob, "own", corp.root);
	store_own(bob, "corp", enrolled.bob, NULL, NULL);
	store_known(bob);
	node_config(bob, bob_entry(BY_SUBJECT("alice")));
	CU_ASSERT(seen_in(bob, "reason", "'own' is a CA: a tunnel needs a certificate "
	    "of our own"));
	store_own(bob, "own", enrolled.bob, NULL, NULL);
	CU_ASSERT(seen_in(bob, "reason", "'corp' is a certificate of our own, not the "
	    "CA"));
	pair_end();
}

/* --- renewal --- */

static void
test_renewal(void)
{
	struct pki_cert *newer;
	unsigned int was;

	enrolled_up(5);
	was = seen_serial(bob);
	newer = enrolled_leaf("CN=bob, O=Example", "DNS:bob, DNS:bob-2", 1000);
	corp_equip(bob, newer, NULL, corp.root);
	world_run(&w, 30000);
	CU_ASSERT(seen_serial(bob) == was && pair_is_tidy());
	CU_ASSERT(bob->log == NULL || bob->log[0] == '\0');
	CU_ASSERT(seen_in(alice, "ike-sa", "\"days-left\":900"));
	/* The next authentication has it. */
	CU_ASSERT(engine_command(bob->engine, w.now, ENGINE_REAUTH, 1,
	    &(struct err)ERR_INIT) == 0);
	world_run(&w, 30000);
	CU_ASSERT(seen_serial(bob) != was && pair_is_tidy());
	CU_ASSERT(seen_in(alice, "ike-sa", "\"days-left\":1000"));
	pair_end();
}

/* With our identity, that of the tunnel changes: no peer could know. */
static void
test_other_subject(void)
{
	unsigned int was;

	enrolled_up(6);
	was = seen_serial(bob);
	CU_ASSERT(node_commit(alice, alice_entry(",\"local-id\":null,\"remote-id\":"
	    DN("*") CORP), NULL, false, &(struct err)ERR_INIT, NULL, 0) == 0);
	CU_ASSERT(pair_comes_up(20000));
	node_forget(bob);
	store_own(bob, "own",
	    enrolled_leaf("CN=robert, O=Example", NULL, 900), NULL, NULL);
	CU_ASSERT(node_said(bob, "we are 'CN=robert, O=Example' now and were "
	    "'CN=bob, O=Example'; the tunnel starts again"));
	CU_ASSERT(node_said(bob, "at the peer, set: remote-id \"CN=robert, "
	    "O=Example\""));
	CU_ASSERT(pair_comes_up(20000));
	CU_ASSERT(seen_serial(bob) != was);
	CU_ASSERT(seen_in(alice, "ike-sa", "\"remote-id\":\"CN=robert, O=Example\""));
	pair_end();
}

/* An identity of the configuration is in the old one, not in the new. */
static void
test_renewed_without(void)
{
	unsigned int was;

	enrolled_begin(7);
	enrolled_equip(alice);
	enrolled_equip(bob);
	pair_config(CORP, CORP);
	CU_ASSERT_FATAL(pair_comes_up(1000));
	was = seen_serial(bob);
	store_own(bob, "own",
	    enrolled_leaf("CN=bob, O=Example", "DNS:b", 900), NULL, NULL);
	CU_ASSERT(node_said(bob, "the tunnel goes on, but cannot authenticate "
	    "itself again: local-id 'bob' (name) is neither the subject nor a "
	    "subjectAltName of certificate 'own', which holds CN=bob, O=Example "
	    "(dn), b (name); here, set: local-id name b"));
	world_run(&w, 30000);
	CU_ASSERT(seen_serial(bob) == was && pair_is_tidy());
	/* When it has to begin anew, it cannot. */
	CU_ASSERT(engine_command(bob->engine, w.now, ENGINE_RESTART, 1,
	    &(struct err)ERR_INIT) == 0);
	world_run(&w, 5000);
	CU_ASSERT(!node_up(bob, 1));
	CU_ASSERT(seen_in(bob, "reason", "local-id 'bob' (name) is neither"));
	store_own(bob, "own", enrolled.bob, NULL, NULL);
	CU_ASSERT(pair_comes_up(1000));		/* does not wait for its turn */
	pair_end();
}

/* --- gone --- */

static void
test_gone(void)
{
	unsigned int was;

	enrolled_up(8);
	was = seen_serial(bob);
	store_gone(bob, "own");
	CU_ASSERT(node_said(bob, "the tunnel goes on, but cannot authenticate "
	    "itself again: there is no certificate 'own'"));
	world_run(&w, 30000);
	CU_ASSERT(seen_serial(bob) == was && pair_is_tidy());
	/* confd comes again: it has nothing new. */
	node_config(bob, bob_entry(BY_SUBJECT("alice")));
	world_run(&w, 30000);
	CU_ASSERT(seen_serial(bob) == was && pair_is_tidy());
	node_forget(bob);
	store_own(bob, "own", enrolled.bob, NULL, NULL);
	CU_ASSERT(bob->log == NULL || bob->log[0] == '\0');
	CU_ASSERT(seen_serial(bob) == was && pair_is_tidy());
	pair_end();
}

/* Another keys tells the same, or less. */
static void
test_keys_again(void)
{
	unsigned int was;

	enrolled_up(9);
	was = seen_serial(bob);
	engine_certificates_begin(bob->engine, w.now);
	world_run(&w, 10000);			/* it takes its time */
	CU_ASSERT(bob->log == NULL || bob->log[0] == '\0');
	enrolled_equip(bob);
	world_run(&w, 10000);
	CU_ASSERT(bob->log == NULL || bob->log[0] == '\0');
	CU_ASSERT(seen_serial(bob) == was && pair_is_tidy());
	engine_certificates_begin(bob->engine, w.now);
	store_own(bob, "own", enrolled.bob, NULL, NULL);
	store_known(bob);
	CU_ASSERT(node_said(bob, "there is no CA 'corp'"));
	CU_ASSERT(seen_serial(bob) == was);
	pair_end();
}

/* What came is no certificate: ours or a newer one's fault. */
static void
test_nonsense(void)
{
	static const uint8_t junk[] = { 0x30, 0x03, 0x02, 0x01, 0x00 };
	const struct der_octets der = { junk, sizeof(junk) };

	enrolled_begin(21);
	enrolled_equip(bob);
	engine_certificate(bob->engine, w.now, CERT_LOCAL, "own", &der, 1);
	node_config(bob, bob_entry(BY_SUBJECT("alice")));
	CU_ASSERT(seen_in(bob, "reason", "certificate 'own' cannot be read; the log "
	    "says why"));
	store_own(bob, "own", enrolled.bob, NULL, NULL);
	CU_ASSERT(node_is(bob, 1, "down-connecting"));
	pair_end();
}

UNIT_MAIN("certs",
	{ "configuration before certificates", test_order },
	{ "wanted while it waits", test_acquire },
	{ "letters that are not ASCII", test_letters },
	{ "not there, and then there", test_missing },
	{ "of another kind", test_kinds },
	{ "renewed", test_renewal },
	{ "renewed with another subject", test_other_subject },
	{ "renewed without the identity", test_renewed_without },
	{ "gone", test_gone },
	{ "another keys", test_keys_again },
	{ "no certificate at all", test_nonsense })
