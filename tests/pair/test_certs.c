/*
 * Certificates that come, go and are renewed while tunnels want or have them; what
 * ends; what a commit says of them; and what people see.
 */
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "pair.h"
#include "store.h"
#include "tests/unit.h"
#include "ytree.h"

#define WALL	1700000000		/* of the world's beginning */
#define CERT	",\"method\":\"cert\",\"certificate\":\"own\",\"ca\":\"corp\""
#define DN(cn)	"{\"value\":\"CN=" cn ", O=Example\"}"
/* Identities are subjects, ours by itself. */
#define BY_SUBJECT(peer) ",\"local-id\":null,\"remote-id\":" DN(peer) CERT

static struct pki_cert *root, *other, *alices, *bobs;

static struct pki_cert *
leaf(const char *subject, const char *san, int64_t days)
{
	return pki_make(&(struct pki_spec){ .issuer = root, .subject = subject,
	    .san = san, .from = WALL - 100 * PKI_DAY,
	    .to = WALL + days * PKI_DAY + PKI_DAY / 2 });
}

static void
begin(uint64_t seed)
{
	pki_set_now(WALL);
	if (root == NULL) {
		root = pki_make(&(struct pki_spec){ .kind = PKI_CA, .subject =
		    "CN=Root, O=Example", .from = WALL - PKI_DAY,
		    .to = WALL + 3650l * PKI_DAY });
		other = pki_root("CN=Other, O=Elsewhere");
		alices = leaf("CN=alice, O=Example", "DNS:alice", 900);
		bobs = leaf("CN=bob, O=Example", "DNS:bob", 900);
	}
	pair_begin(seed);
}

static void
equip(struct node *n)
{
	store_own(n, "own", n == alice ? alices : bobs, NULL, NULL);
	store_ca(n, "corp", root);
	store_known(n);
}

static const char *
text(struct node *n, const char *fields)
{
	static char buf[8192];
	struct err e = ERR_INIT;
	struct json j;

	json_init(&j);
	CU_ASSERT(engine_state(n->engine, node_now(n), 1, fields, &j, &e) == 0);
	snprintf(buf, sizeof(buf), "%s", j.text);
	json_fini(&j);
	return buf;
}

static bool
shows(struct node *n, const char *fields, const char *words)
{
	const char *t = text(n, fields);

	if (strstr(t, words) != NULL)
		return true;
	printf("\n    no '%s' in %s\n    log: %s\n", words, t,
	    n->log != NULL ? n->log : "");
	return false;
}

static bool
blocked(struct node *n)
{
	const struct plane_policy *p;

	for (p = n->policies; p != NULL; p = p->next)
		if (p->policy.tunnel == 1)
			return addr_is_any(&p->policy.outer_remote);
	return false;
}

/* The number of the IKE_SA that is up. */
static unsigned int
serial(struct node *n)
{
	const char *at = strstr(node_state(n, 1), "\"serial\":");

	return at != NULL ? (unsigned int)strtoul(at + 9, NULL, 10) : 0;
}

static void
subjects(void)
{
	pair_config(BY_SUBJECT("bob"), BY_SUBJECT("alice"));
}

static void
up(uint64_t seed)
{
	begin(seed);
	equip(alice);
	equip(bob);
	subjects();
	CU_ASSERT_FATAL(pair_comes_up(1000));
	world_run(&w, 20000);
	node_forget(alice);
	node_forget(bob);
}

/* --- which comes first --- */

static void
test_order(void)
{
	begin(1);
	equip(alice);
	subjects();
	/* bob has a configuration, and keys has not told anything: he waits in
	 * silence, and blocks what he will protect. */
	world_run(&w, 5000);
	CU_ASSERT(bob->log == NULL || bob->log[0] == '\0');
	CU_ASSERT(w.sent == 0 && blocked(bob));
	CU_ASSERT(shows(bob, "status reason", "\"down-unknown\",\"reason\":"
	    "\"the process keys has not told yet"));
	/* Nobody is refused for what may come. */
	node_config(alice, alice_entry(",\"initiator\":true"
	    BY_SUBJECT("bob")));
	world_run(&w, 5000);
	CU_ASSERT(w.sent > 0 && alice->seen.in == 0);
	/* confd comes again meanwhile. */
	node_config(bob, bob_entry(BY_SUBJECT("alice")));
	CU_ASSERT(bob->log == NULL || bob->log[0] == '\0');
	store_own(bob, "own", bobs, NULL, NULL);
	store_ca(bob, "corp", root);
	store_known(bob);
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

	begin(2);
	equip(bob);
	subjects();
	bob->down = true;
	engine_dp_event(alice->engine, w.now, &ev);
	world_run(&w, 1000);
	bob->down = false;
	CU_ASSERT(!node_up(alice, 1));
	equip(alice);
	CU_ASSERT(node_is(alice, 1, "down-connecting"));
	CU_ASSERT(pair_comes_up(10000));
	pair_end();
}

/* What is shown is what a person types. */
static void
test_letters(void)
{
	begin(3);
	equip(alice);
	store_own(bob, "own", leaf("CN=Zo\\C3\\AB, O=Example", NULL, 100), NULL, NULL);
	store_ca(bob, "corp", root);
	store_known(bob);
	pair_config(BY_SUBJECT("Zo\xc3\xab"), BY_SUBJECT("alice"));
	CU_ASSERT(pair_comes_up(1000));
	CU_ASSERT(shows(alice, "ike-sa", "\"remote-id\":\"CN=Zo\xc3\xab, O=Example\""));
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
	begin(3);
	equip(alice);
	store_known(bob);
	subjects();
	CU_ASSERT(node_said(bob, "not in use: there is no certificate 'own' in the "
	    "store; here, run: certificate import local own FILE "
	    "[key FILE]"));
	CU_ASSERT(blocked(bob));
	CU_ASSERT(shows(bob, "diagnosis", "\"command\":[\"certificate import local "
	    "own FILE [key FILE]\"]"));
	/* Again nothing, by confd and by keys: it has been said. */
	node_forget(bob);
	store_known(bob);
	CU_ASSERT(bob->log == NULL || bob->log[0] == '\0');
	/* A key that waits for its certificate. */
	engine_certificate(bob->engine, w.now, CERT_REQUEST, "own", NULL, 0);
	CU_ASSERT(shows(bob, "reason", "has not come: there is its key"));
	store_own(bob, "own", bobs, NULL, NULL);
	CU_ASSERT(shows(bob, "reason", "there is no CA 'corp'"));
	CU_ASSERT(blocked(bob));
	store_ca(bob, "corp", root);
	CU_ASSERT(pair_comes_up(1000));
	pair_end();
}

/* One of each is something else than it should be. */
static void
test_kinds(void)
{
	begin(4);
	store_ca(bob, "own", root);
	store_own(bob, "corp", bobs, NULL, NULL);
	store_known(bob);
	node_config(bob, bob_entry(BY_SUBJECT("alice")));
	CU_ASSERT(shows(bob, "reason", "'own' is a CA: a tunnel needs a certificate "
	    "of our own"));
	store_own(bob, "own", bobs, NULL, NULL);
	CU_ASSERT(shows(bob, "reason", "'corp' is a certificate of our own, not the "
	    "CA"));
	pair_end();
}

/* --- renewal --- */

static void
test_renewal(void)
{
	struct pki_cert *newer;
	unsigned int was;

	up(5);
	was = serial(bob);
	newer = leaf("CN=bob, O=Example", "DNS:bob, DNS:bob-2", 1000);
	store_own(bob, "own", newer, NULL, NULL);
	store_ca(bob, "corp", root);
	store_known(bob);
	world_run(&w, 30000);
	CU_ASSERT(serial(bob) == was && pair_is_tidy());
	CU_ASSERT(bob->log == NULL || bob->log[0] == '\0');
	CU_ASSERT(shows(alice, "ike-sa", "\"days-left\":900"));
	/* The next authentication has it. */
	CU_ASSERT(engine_command(bob->engine, w.now, ENGINE_REAUTH, 1,
	    &(struct err)ERR_INIT) == 0);
	world_run(&w, 30000);
	CU_ASSERT(serial(bob) != was && pair_is_tidy());
	CU_ASSERT(shows(alice, "ike-sa", "\"days-left\":1000"));
	pair_end();
}

/* With our identity, that of the tunnel changes: no peer could know. */
static void
test_other_subject(void)
{
	unsigned int was;

	up(6);
	was = serial(bob);
	CU_ASSERT(node_commit(alice, alice_entry(",\"local-id\":null,\"remote-id\":"
	    DN("*") CERT), NULL, false, &(struct err)ERR_INIT, NULL, 0) == 0);
	CU_ASSERT(pair_comes_up(20000));
	node_forget(bob);
	store_own(bob, "own", leaf("CN=robert, O=Example", NULL, 900), NULL, NULL);
	CU_ASSERT(node_said(bob, "we are 'CN=robert, O=Example' now and were "
	    "'CN=bob, O=Example'; the tunnel starts again"));
	CU_ASSERT(node_said(bob, "at the peer, set: remote-id \"CN=robert, "
	    "O=Example\""));
	CU_ASSERT(pair_comes_up(20000));
	CU_ASSERT(serial(bob) != was);
	CU_ASSERT(shows(alice, "ike-sa", "\"remote-id\":\"CN=robert, O=Example\""));
	pair_end();
}

/* An identity of the configuration is in the old one, not in the new. */
static void
test_renewed_without(void)
{
	unsigned int was;

	begin(7);
	equip(alice);
	equip(bob);
	pair_config(CERT, CERT);
	CU_ASSERT_FATAL(pair_comes_up(1000));
	was = serial(bob);
	store_own(bob, "own", leaf("CN=bob, O=Example", "DNS:b", 900), NULL, NULL);
	CU_ASSERT(node_said(bob, "the tunnel goes on, but cannot authenticate "
	    "itself again: local-id 'bob' (name) is neither the subject nor a "
	    "subjectAltName of certificate 'own', which holds CN=bob, O=Example "
	    "(dn), b (name); here, set: local-id name b"));
	world_run(&w, 30000);
	CU_ASSERT(serial(bob) == was && pair_is_tidy());
	/* When it has to begin anew, it cannot. */
	CU_ASSERT(engine_command(bob->engine, w.now, ENGINE_RESTART, 1,
	    &(struct err)ERR_INIT) == 0);
	world_run(&w, 5000);
	CU_ASSERT(!node_up(bob, 1));
	CU_ASSERT(shows(bob, "reason", "local-id 'bob' (name) is neither"));
	store_own(bob, "own", bobs, NULL, NULL);
	CU_ASSERT(pair_comes_up(1000));		/* does not wait for its turn */
	pair_end();
}

/* --- gone --- */

static void
test_gone(void)
{
	unsigned int was;

	up(8);
	was = serial(bob);
	store_gone(bob, "own");
	CU_ASSERT(node_said(bob, "the tunnel goes on, but cannot authenticate "
	    "itself again: there is no certificate 'own'"));
	world_run(&w, 30000);
	CU_ASSERT(serial(bob) == was && pair_is_tidy());
	/* confd comes again: it has nothing new. */
	node_config(bob, bob_entry(BY_SUBJECT("alice")));
	world_run(&w, 30000);
	CU_ASSERT(serial(bob) == was && pair_is_tidy());
	node_forget(bob);
	store_own(bob, "own", bobs, NULL, NULL);
	CU_ASSERT(bob->log == NULL || bob->log[0] == '\0');
	CU_ASSERT(serial(bob) == was && pair_is_tidy());
	pair_end();
}

/* Another keys tells the same, or less. */
static void
test_keys_again(void)
{
	unsigned int was;

	up(9);
	was = serial(bob);
	engine_certificates_begin(bob->engine, w.now);
	world_run(&w, 10000);			/* it takes its time */
	CU_ASSERT(bob->log == NULL || bob->log[0] == '\0');
	equip(bob);
	world_run(&w, 10000);
	CU_ASSERT(bob->log == NULL || bob->log[0] == '\0');
	CU_ASSERT(serial(bob) == was && pair_is_tidy());
	engine_certificates_begin(bob->engine, w.now);
	store_own(bob, "own", bobs, NULL, NULL);
	store_known(bob);
	CU_ASSERT(node_said(bob, "there is no CA 'corp'"));
	CU_ASSERT(serial(bob) == was);
	pair_end();
}

/* --- commits --- */

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

	begin(10);
	equip(bob);
	refused(",\"local-id\":{\"value\":\"robert\"}" CERT, "/local-id",
	    "local-id 'robert' (name) is neither the subject nor a subjectAltName "
	    "of certificate 'own', which holds CN=bob, O=Example (dn), bob (name); "
	    "here, set: local-id name bob");
	refused(",\"local-id\":{\"type\":\"key\",\"value\":\"bob\"}" CERT,
	    "/local-id", "key identifier");
	store_own(bob, "own", leaf(NULL, "DNS:bob", 900), NULL, NULL);
	refused(",\"local-id\":null" CERT, "/local-id", "the subject of certificate "
	    "'own' is empty, so that there is no automatic local-id; it holds bob "
	    "(name); here, set: local-id name bob");
	/* IKEv1 signs with RSA. */
	store_own(bob, "own", bobs, NULL, NULL);
	refused(BY_SUBJECT("alice") ",\"version\":\"1\"", "/certificate", "the key of "
	    "certificate 'own' is ECDSA P-256, and with version 1 (IKEv1) both sides "
	    "sign with RSA");
	store_own(bob, "own", pki_make(&(struct pki_spec){ .issuer = root, .subject =
	    "CN=bob, O=Example", .key = "rsa2048", .from = WALL - PKI_DAY,
	    .to = WALL + PKI_DAY }), NULL, NULL);
	CU_ASSERT(node_commit(bob, bob_entry(BY_SUBJECT("alice") ",\"version\":\"1\""),
	    NULL, false, &e, NULL, 0) == 0);
	store_own(bob, "own", leaf(NULL, "DNS:bob", 900), NULL, NULL);
	/* A whole configuration is not refused for one. */
	CU_ASSERT(node_commit(bob, bob_entry(",\"local-id\":null" CERT), NULL, true,
	    &e, warnings, sizeof(warnings)) == 0);
	CU_ASSERT(shows(bob, "reason", "so that there is no automatic local-id"));
	store_own(bob, "own", bobs, NULL, NULL);
	CU_ASSERT(!blocked(bob));
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

	begin(11);
	equip(bob);
	warned("certificate", false);
	CU_ASSERT(node_commit(bob, bob_entry(",\"ca\":\"corp\""), NULL, false, &e,
	    warnings, sizeof(warnings)) == 0);
	CU_ASSERT(strstr(warnings, "certificate and ca are not used with method psk") !=
	    NULL);
	store_own(bob, "own", leaf("CN=bob", NULL, 20), NULL, NULL);
	warned("ipsec 1: certificate 'own' (CN=bob) expires in 20 days, 2023-12-05 "
	    "10:13:20 UTC; here, run: certificate import local own FILE [key FILE] replace",
	    true);
	store_own(bob, "own", leaf("CN=bob", NULL, -3), NULL, NULL);
	warned("expired 2 days ago", true);
	store_own(bob, "own", bobs, NULL, NULL);
	bob->wall_off = -200l * PKI_DAY;
	warned("certificate 'own' (CN=bob, O=Example) is not valid before 2023-08-06 "
	    "22:13:20 UTC; is the clock of this system right?", true);
	bob->wall_off = 0;
	store_ca(bob, "corp", other);
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

	begin(12);
	equip(bob);
	snprintf(a, sizeof(a), twin, 2, 9, CERT);
	snprintf(b, sizeof(b), twin, 3, 10, CERT);
	snprintf(json, sizeof(json), "%s,%s", a, b);
	CU_ASSERT(node_commit(bob, json, NULL, false, &e, NULL, 0) == 0);
	snprintf(b, sizeof(b), twin, 4, 9, CERT);
	CU_ASSERT(node_commit(bob, b, NULL, false, &e, NULL, 0) < 0);
	CU_ASSERT(strstr(e.text, "between the same addresses: nothing would tell "
	    "their peers apart") != NULL);
	pair_end();

	/* The same when keys tells their certificate later than confd. */
	begin(13);
	snprintf(a, sizeof(a), twin, 1, 9, CERT);
	snprintf(json, sizeof(json), "%s,%s", a, b);
	node_config(bob, json);
	equip(bob);
	CU_ASSERT(node_said(bob, "not in use: ipsec "));
	CU_ASSERT(node_said(bob, "nothing would tell their peers apart"));
	pair_end();
}

/* --- what a change costs --- */

static void
test_impact(void)
{
	unsigned int was;

	up(14);
	was = serial(bob);
	CU_ASSERT(node_commit(bob, bob_entry(",\"revocation\":\"relaxed\""
	    BY_SUBJECT("alice")), NULL, false, &(struct err)ERR_INIT, NULL, 0) == 0);
	world_run(&w, 10000);
	CU_ASSERT(serial(bob) == was);
	/* Another CA: anew, make before break. */
	store_ca(bob, "more", root);
	CU_ASSERT(node_commit(bob, bob_entry(",\"local-id\":null,\"remote-id\":"
	    DN("alice") ",\"method\":\"cert\",\"certificate\":\"own\",\"ca\":"
	    "\"more\""), NULL, false, &(struct err)ERR_INIT, NULL, 0) == 0);
	CU_ASSERT(node_up(bob, 1) && node_up(alice, 1));
	world_run(&w, 20000);
	CU_ASSERT(serial(bob) != was && pair_is_tidy());
	was = serial(bob);
	/* Another certificate: the tunnel starts again. */
	store_own(bob, "newer", bobs, NULL, NULL);
	CU_ASSERT(node_commit(bob, bob_entry(",\"local-id\":null,\"remote-id\":"
	    DN("alice") ",\"method\":\"cert\",\"certificate\":\"newer\",\"ca\":"
	    "\"more\""), NULL, false, &(struct err)ERR_INIT, NULL, 0) == 0);
	CU_ASSERT(!node_up(bob, 1));
	CU_ASSERT(pair_comes_up(10000));
	CU_ASSERT(serial(bob) != was);
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
	up(24);
	store_ca(bob, "more", other);
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

	up(27);
	store_ca(alice, "corp", other);		/* she refuses whoever comes */
	store_ca(bob, "more", root);
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
	struct pki_bytes crl = pki_crl(&(struct pki_crl_spec){ .issuer = root,
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
		begin(25u + (unsigned int)i);
		by = i == 0 ? bob : alice;
		bad = pki_make(&(struct pki_spec){ .issuer = root, .subject =
		    "CN=bob, O=Example", .crl = CRL, .from = WALL - PKI_DAY,
		    .to = WALL + 900l * PKI_DAY });
		publish(NULL);
		equip(alice);
		equip(bob);
		store_own(bob, "own", bad, NULL, NULL);
		subjects();
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
	begin(20);
	equip(alice);
	equip(bob);
	pair_config(",\"peer\":null" BY_SUBJECT("bob"), BY_SUBJECT("alice"));
	CU_ASSERT_FATAL(pair_comes_up(1000));
	world_run(&w, 10000);
	CU_ASSERT(node_commit(alice, alice_entry(",\"peer\":null,\"revocation\":"
	    "\"strict\"" BY_SUBJECT("bob")), NULL, false,
	    &(struct err)ERR_INIT, NULL, 0) == 0);
	world_run(&w, 30000);
	CU_ASSERT(!node_up(alice, 1));
	CU_ASSERT(shows(alice, "reason", "the policy is strict"));
	pair_end();
}

/* What came is no certificate: ours or a newer one's fault. */
static void
test_nonsense(void)
{
	static const uint8_t junk[] = { 0x30, 0x03, 0x02, 0x01, 0x00 };
	const struct der_octets der = { junk, sizeof(junk) };

	begin(21);
	equip(bob);
	engine_certificate(bob->engine, w.now, CERT_LOCAL, "own", &der, 1);
	node_config(bob, bob_entry(BY_SUBJECT("alice")));
	CU_ASSERT(shows(bob, "reason", "certificate 'own' cannot be read; the log "
	    "says why"));
	store_own(bob, "own", bobs, NULL, NULL);
	CU_ASSERT(node_is(bob, 1, "down-connecting"));
	pair_end();
}

/* --- what ends --- */

static unsigned int
count(const struct node *n, const char *words)
{
	const char *at = n->log != NULL ? n->log : "";
	unsigned int i = 0;

	for (; (at = strstr(at, words)) != NULL; at++)
		i++;
	return i;
}

static void
test_expiry(void)
{
	char json[4096] = "";
	size_t at = 0;
	int i;

	begin(15);
	bob->down = true;
	store_own(bob, "own", leaf("CN=bob", NULL, 32), NULL, NULL);
	store_ca(bob, "corp", root);
	store_known(bob);
	for (i = 1; i <= 9; i++)
		at += (size_t)snprintf(json + at, sizeof(json) - at, "%s{\"id\":%d,"
		    "\"local-address\":\"192.0.2.2\",\"peer\":\"192.0.2.%d\"" CERT
		    "}", i > 1 ? "," : "", i, i + 20);
	node_config(bob, json);
	world_run(&w, PKI_DAY * 1000ull);
	CU_ASSERT(count(bob, "expires") == 0);
	CU_ASSERT(strstr(text(bob, "warning"), "expires") == NULL);
	world_run(&w, PKI_DAY * 2000ull);
	CU_ASSERT(count(bob, "certificate 'own' (CN=bob) expires in 30 days") == 1);
	CU_ASSERT(count(bob, " replace; ipsec ") == 1);
	CU_ASSERT(count(bob, " and 4 others use it") == 1);
	CU_ASSERT(shows(bob, "warning", "\"warning\":[\"certificate 'own' (CN=bob) "
	    "expires in 29 days"));
	node_forget(bob);
	world_run(&w, 10 * PKI_DAY * 1000ull);
	i = (int)count(bob, "expires in");
	CU_ASSERT(i == 10);			/* once a day */
	node_forget(bob);
	world_run(&w, 20 * PKI_DAY * 1000ull);	/* 7 days, 1 day, over */
	CU_ASSERT(count(bob, "expires in") >= 19);
	CU_ASSERT(count(bob, "expires in") <= 22);
	CU_ASSERT(count(bob, "certificate 'own' (CN=bob) expired") == 1);
	/* Renewed, it is quiet. */
	node_forget(bob);
	store_own(bob, "own", bobs, NULL, NULL);
	world_run(&w, 3 * PKI_DAY * 1000ull);
	CU_ASSERT(count(bob, "expire") == 0);
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
	begin(16);
	equip(alice);
	store_own(bob, "own", leaf("CN=bob, O=Example", NULL, 5), NULL, NULL);
	store_ca(bob, "corp", root);
	store_known(bob);
	subjects();
	CU_ASSERT_FATAL(pair_comes_up(1000));
	check_model(alice);
	check_model(bob);
	CU_ASSERT(shows(bob, "certificate ca", "\"certificate\":{\"label\":\"own\","
	    "\"subject\":\"CN=bob, O=Example\",\"issuer\":\"CN=Root, O=Example\""));
	CU_ASSERT(shows(bob, "certificate ca", "\"ca\":{\"label\":\"corp\","
	    "\"subject\":\"CN=Root, O=Example\""));
	CU_ASSERT(shows(bob, "loaded", "\"method\":\"cert\",\"revocation\":"
	    "\"relaxed\""));
	CU_ASSERT(shows(bob, "loaded", "\"local-id\":\"CN=bob, O=Example\""));
	CU_ASSERT(shows(bob, "ike-sa", "\"peer-certificate\":{\"subject\":"
	    "\"CN=alice, O=Example\",\"issuer\":\"CN=Root, O=Example\","
	    "\"not-before\":\"2023-08-06T22:13:20Z\""));
	CU_ASSERT(shows(alice, "warning", "the certificate of the peer (CN=bob, "
	    "O=Example) expires in"));
	CU_ASSERT(shows(alice, "ike-sa", "\"revocation\":\"unknown\","
	    "\"revocation-time\":\"2023-11-14T22:13:2"));
	CU_ASSERT(shows(alice, "ike-sa", "\"revocation-reason\":\"nobody knows"));
	/* An IKE_SA that replaces another by rekeying has the same peer. */
	CU_ASSERT(engine_command(bob->engine, w.now, ENGINE_REKEY_IKE, 1,
	    &(struct err)ERR_INIT) == 0);
	world_run(&w, 20000);
	CU_ASSERT(shows(alice, "ike-sa", "\"peer-certificate\":{\"subject\":"
	    "\"CN=bob, O=Example\""));
	pair_end();
}

static void
test_diagnose(void)
{
	begin(17);
	equip(alice);
	equip(bob);
	/* Without remote-id, an initiator expects the peer's address. */
	pair_config(BY_SUBJECT("bob"), ",\"local-id\":null,\"remote-id\":null" CERT);
	world_run(&w, 2000);
	CU_ASSERT(!node_up(bob, 1));
	CU_ASSERT(shows(bob, "diagnosis", "\"code\":\"remote-id\""));
	CU_ASSERT(shows(bob, "diagnosis", "has to hold 192.0.2.1 as a "
	    "subjectAltName"));
	bob->wall_off = -WALL;
	CU_ASSERT(shows(bob, "diagnosis", "the clock of this system says "
	    "1970-01-01"));
	pair_end();

	/* The one who showed it is asked about it, too. */
	begin(22);
	equip(alice);
	equip(bob);
	store_ca(alice, "corp", other);
	subjects();
	world_run(&w, 2000);
	CU_ASSERT(shows(alice, "diagnosis", "\"code\":\"other-ca\""));
	CU_ASSERT(shows(alice, "diagnosis", "certificate 'own' is signed by 'CN=Root, "
	    "O=Example', and the peer has to show one that leads to 'CN=Other, "
	    "O=Elsewhere' (ca corp)"));
	CU_ASSERT(shows(bob, "diagnosis", "AUTHENTICATION_FAILED: it does not trust "
	    "the issuer of our certificate, 'CN=Root, O=Example'"));
	CU_ASSERT(shows(bob, "diagnosis", "or refuses it as revoked"));
	CU_ASSERT(!shows(bob, "diagnosis", "secret"));
	pair_end();

	begin(18);
	alice->wall_off = bob->wall_off = 1800l * PKI_DAY;
	equip(alice);
	equip(bob);
	subjects();
	world_run(&w, 2000);
	CU_ASSERT(shows(bob, "diagnosis", "\"code\":\"certificate-ends\""));
	CU_ASSERT(shows(bob, "diagnosis", "\"symptom\":\"the tunnel is down, and "
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

	begin(23);
	equip(alice);
	equip(bob);
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		char more[512], number[16];

		snprintf(more, sizeof(more), ",\"local-id\":null,\"remote-id\":%s"
		    CERT, ids[i]);
		snprintf(number, sizeof(number), "{\"id\":%zu", i + 1);
		at += (size_t)snprintf(json + at, sizeof(json) - at, "%s%s%s",
		    i > 0 ? "," : "", number, alice_entry(more) +
		    strlen("{\"id\":1"));
	}
	node_config(alice, json);
	node_config(bob, bob_entry(BY_SUBJECT("alice")));
	world_run(&w, 2000);
	CU_ASSERT(node_up(bob, 1) && node_up(alice, 2));
	store_own(bob, "own", leaf("CN=carol, O=Example", NULL, 900), NULL, NULL);
	world_run(&w, 20000);
	CU_ASSERT(node_up(bob, 1) && node_up(alice, 1));
	store_own(bob, "own", leaf("CN=dave, O=Elsewhere", NULL, 900), NULL, NULL);
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
	begin(19);
	store_known(bob);
	for (i = 1; i <= N; i++)
		at += (size_t)snprintf(json + at, N * 300 - at, "%s{\"id\":%u,"
		    "\"local-address\":\"192.0.2.2\",\"peer\":\"10.0.%u.%u\""
		    CERT "}", i > 1 ? "," : "", i, i / 250, i % 250 + 1);
	node_config(bob, json);
	CU_ASSERT(count(bob, "not in use: there is no certificate") == N);
	store_ca(bob, "corp", root);
	store_own(bob, "own", bobs, NULL, NULL);
	for (i = 1; i <= N; i += 111)
		CU_ASSERT(strstr(node_state(bob, i), "\"loaded\"") != NULL);
	/* Renewed: who waits for his turn has it now, and nothing else happens. */
	world_run(&w, 200000);
	node_forget(bob);
	store_own(bob, "own", leaf("CN=bob, O=Example", "DNS:bob", 950), NULL,
	    NULL);
	CU_ASSERT(bob->log == NULL || bob->log[0] == '\0');
	node_config(bob, "");
	engine_get_stats(bob->engine, &s);
	CU_ASSERT(s.tunnels == 0);
	pair_end();
	free(json);
	pki_free_all();
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
	{ "what a commit refuses", test_commit },
	{ "what a commit warns of", test_warnings },
	{ "two that are one too many", test_twins },
	{ "what a change costs", test_impact },
	{ "what it costs with any peer", test_impact_any_peer },
	{ "who does not fit any more", test_not_proved },
	{ "revoked meanwhile", test_revoked },
	{ "no certificate at all", test_nonsense },
	{ "what ends", test_expiry },
	{ "as in the model", test_state },
	{ "diagnosis", test_diagnose },
	{ "the identity that fits best", test_preferred },
	{ "a thousand", test_many })
