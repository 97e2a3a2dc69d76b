/*
 * What a tunnel of IKEv1 says of itself and of its peer: another version, aggressive
 * mode, another secret, no common proposal, no dead peer detection, what is old.
 */
#include <stdio.h>
#include <string.h>

#include "ike/context.h"
#include "ike/ike1/phase1.h"
#include "ike/tunnel.h"
#include "ike/wire/build1.h"
#include "corp.h"
#include "pair.h"
#include "seen.h"
#include "tests/unit.h"

#define OLD	",\"ike\":{\"cipher\":[\"aes128\"],\"auth\":[\"sha1\"],\"dh\":" \
	"[\"modp1024\"]}"

static const char *text;

static void
look(struct node *n)
{
	text = seen_state(n, "diagnosis warning");
}

static bool
says(const char *words)
{
	if (strstr(text, words) != NULL)
		return true;
	printf("\n    no '%s' in %s\n", words, text);
	return false;
}

/* The initiator speaks the one version, the responder waits for the other. */
static void
test_versions(void)
{
	pair_begin(1);
	pair_config("", V1);
	world_run(&w, 30000);
	look(alice);
	CU_ASSERT(says("\"code\":\"version-mismatch\""));
	CU_ASSERT(says("the peer at 192.0.2.2 speaks IKEv1, expected is IKEv2"));
	CU_ASSERT(says("\"peer-command\":[\"version 2\"]"));
	look(bob);
	CU_ASSERT(says("it has no tunnel of IKEv1 for our address 192.0.2.2"));
	CU_ASSERT(says("if it has one of IKEv2, set version 2 here"));
	pair_config(V1, "");
	world_run(&w, 60000);
	look(alice);
	CU_ASSERT(says("\"code\":\"version-mismatch\""));
	CU_ASSERT(says("the peer at 192.0.2.2 speaks IKEv2, expected is IKEv1"));
	CU_ASSERT(says("\"command\":[\"config tunnel ipsec 1\",\"version 2\",\"leave\"]"));
	look(bob);
	CU_ASSERT(says("it has no tunnel of IKEv2 for our address 192.0.2.2"));
	/* Mended. */
	pair_config(V1, V1);
	CU_ASSERT(pair_comes_up(60000));
	look(alice);
	CU_ASSERT(strstr(text, "version-mismatch") == NULL);
	pair_end();
}

/* A first message of any exchange, as a stranger at Bob's address sends it. */
static void
send_first(uint8_t exchange, uint64_t cookie)
{
	static const uint8_t rest[60] = { 0 };
	const struct ike_header h = { .spi_i = cookie, .exchange = exchange };
	struct endpoint from = { bob->addr, 500 }, to = { alice->addr, 500 };
	uint8_t buf[512];
	struct build b;

	build1_begin(&b, buf, sizeof(buf), &h);
	build_raw(&b, PL_KE, rest, sizeof(rest));
	node_send(bob, &from, &to, false, false, buf, build_end(&b));
	world_run(&w, 20);
}

static void
test_aggressive(void)
{
	static const struct { int line; const char *conf; const char *code; } rows[] = {
	{ __LINE__, V1, "aggressive-mode" },
	{ __LINE__, "", "aggressive-mode" },	/* of a tunnel of IKEv2, too */
	};
	unsigned int sent;
	size_t i;
	int n;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pair_begin(2);
		pair_config(rows[i].conf, ",\"enable\":false");
		world_run(&w, 1000);
		sent = w.sent;
		send_first(EXCH1_AGGRESSIVE, 77);
		CHECK_ROW(rows[i].line, w.sent == sent + 1);
		CHECK_ROW(rows[i].line, node_said(alice, "tries aggressive mode"));
		look(alice);
		CHECK_ROW(rows[i].line, says("\"code\":\"aggressive-mode\"") &&
		    says("the peer at 192.0.2.2 tries aggressive mode, which shows the identities") &&
		    says("set main mode at the peer"));
		/* A flood of it is not a flood of events. */
		node_forget(alice);
		for (n = 0; n < 500; n++)
			send_first(EXCH1_AGGRESSIVE, 78 + (uint64_t)n);
		CHECK_ROW(rows[i].line, w.sent == sent + 501);
		CHECK_ROW(rows[i].line, alice->log_len < 60 * 400);
		/* It keeps nobody out. */
		pair_config(rows[i].conf, rows[i].conf);
		CHECK_ROW(rows[i].line, pair_comes_up(60000));
		pair_end();
	}
	/* Where there is no tunnel, only the log has it. */
	pair_begin(3);
	node_config(alice, "");
	send_first(EXCH1_AGGRESSIVE, 77);
	CU_ASSERT(node_said(alice, "tries aggressive mode"));
	pair_end();
}

/* Several tunnels between the addresses: nobody can say which one was meant; some
 * of them are all told, but not many. */
static void
test_several(void)
{
	char json[8192] = "", state[8192];
	size_t at = 0, i, named = 0;
	const size_t counts[] = { 3, 20 };
	size_t k;

	for (k = 0; k < 2; k++) {
		pair_begin(4);
		at = named = 0;
		for (i = 1; i <= counts[k]; i++)
			at += (size_t)snprintf(json + at, sizeof(json) - at,
			    "%s{\"id\":%zu,\"version\":\"1\",\"local-address\":"
			    "\"192.0.2.1\",\"remote-id\":{\"value\":\"b%zu\"}}",
			    i > 1 ? "," : "", i, i);
		node_config(alice, json);
		send_first(EXCH1_AGGRESSIVE, 77);
		for (i = 1; i <= counts[k]; i++) {
			snprintf(state, sizeof(state), "%s",
			    node_state(alice, (uint32_t)i));
			named += strstr(state, "aggressive-mode") != NULL;
		}
		CU_ASSERT_EQUAL(named, k == 0 ? 3 : 0);
		CU_ASSERT(node_said(alice, "tries aggressive mode"));
		pair_end();
	}
}

/* As peers do that cannot read our proof. */
static bool
then_silent(struct world *world, struct node *from, struct flight *f)
{
	(void)f;
	return from != alice || ++*(unsigned int *)world->arg <= 2;
}

static void
test_secret(void)
{
	unsigned int answers = 0;

	pair_begin(5);
	snprintf(bob->psk, sizeof(bob->psk), "another-secret");
	w.tap = then_silent;
	w.arg = &answers;
	pair_config(V1, V1);
	world_run(&w, 20000);
	look(alice);
	CU_ASSERT(says("\"code\":\"auth-failed\"") && says("secrets"));
	CU_ASSERT(says("set the same secret on both sides"));
	look(bob);
	CU_ASSERT(says("\"code\":\"auth-failed\""));
	CU_ASSERT(says("answers the key exchange, but not our proof of the secret"));
	CU_ASSERT(says("set the same secret on both sides"));
	world_run(&w, 200000);
	look(bob);
	CU_ASSERT(says("secrets differ"));
	pair_end();
}

/* Bob's messages 1 and 3 arrive, and nothing that is encrypted or a fragment. */
static bool
in_clear_alone(struct world *world, struct node *from, struct flight *f)
{
	(void)world;
	return from != bob || ((f->data[16] == 1 || f->data[16] == 4) &&
	    !(f->data[19] & FLAG1_ENCRYPTED));
}

static void
test_proof_lost(void)
{
	static const struct { int line; const char *conf, *said; } rows[] = {
	{ __LINE__, V1, "to our proof of the secret (UDP port 4500 blocked" },
	{ __LINE__, V1 CORP, "to our certificate (UDP port 4500 or long packets" },
	};
	size_t i;

	corp_make();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pair_begin(9 + i);
		corp_equip(alice, corp_leaf("rsa2048", "alice"), NULL, corp.root);
		corp_equip(bob, corp_leaf("rsa2048", "bob"), NULL, corp.root);
		w.tap = in_clear_alone;
		pair_config(rows[i].conf, rows[i].conf);
		world_run(&w, 170000);
		CHECK_ROW(rows[i].line, node_said(bob, rows[i].said));
		pair_end();
	}
}

static void
test_proposal(void)
{
	pair_begin(6);
	pair_config(V1, V1 OLD);
	world_run(&w, 60000);
	look(alice);
	CU_ASSERT(says("\"code\":\"proposal-mismatch\""));
	CU_ASSERT(says("dh: the peer offers modp1024, we accept ecp256 modp2048"));
	CU_ASSERT(says("\"ike cipher aes128 auth sha1 dh modp1024\""));
	look(bob);
	CU_ASSERT(says("\"code\":\"proposal-mismatch\""));
	CU_ASSERT(says("it accepts nothing of what we offer for IKE: "
	    "aes128-sha1-modp1024"));
	pair_end();
}

/* Somebody answers our IKEv2 in IKEv1 that it knows no such version. */
static bool
answer_in_ike1(struct world *world, struct node *from, struct flight *f)
{
	struct ike_header h;
	uint8_t buf[256];
	struct build b;
	size_t len;

	(void)world;
	if (from != bob || f->encap || header_parse(&h, f->data, f->len, NULL) < 0)
		return true;
	h.exchange = EXCH1_INFORMATIONAL;
	h.flags = 0;
	h.spi_r = 0;
	build1_begin(&b, buf, sizeof(buf), &h);
	build1_notify(&b, PROTO_IKE, N1_INVALID_MAJOR_VERSION, NULL, 0, NULL, 0);
	len = build_end(&b);
	node_send(alice, &f->dst, &f->src, false, false, buf, len);
	return false;
}

static void
test_answer(void)
{
	pair_begin(7);
	w.tap = answer_in_ike1;
	pair_config("", "");
	world_run(&w, 3000);
	look(bob);
	CU_ASSERT(says("\"code\":\"version-mismatch\""));
	CU_ASSERT(says("it does not speak IKEv2") && says("\"version 2\""));
	/* Anybody could have said that. */
	w.tap = NULL;
	CU_ASSERT(pair_comes_up(60000));
	pair_end();
}

static void
test_up(void)
{
	pair_begin(8);
	pair_config(V1 OLD, V1 OLD);
	CU_ASSERT_FATAL(pair_comes_up(10000));
	look(bob);
	CU_ASSERT(says("IKEv1 is deprecated (RFC 9395)"));
	CU_ASSERT(says("the IKE_SA uses sha1 modp1024: weak"));
	CU_ASSERT(strstr(text, "the CHILD_SA uses") == NULL);
	CU_ASSERT(says("\"code\":\"healthy\""));
	CU_ASSERT(strstr(text, "no-dpd") == NULL);
	text = node_state(bob, 1);
	CU_ASSERT(says("\"loaded\":{\"version\":1,") && says("\"dpd-timeout\":150"));
	CU_ASSERT(says("\"state\":\"ESTABLISHED\",\"version\":1"));
	/* As if it had not offered it. */
	tunnel_sa(tunnel_find(bob->engine, 1))->v1->dpd = false;
	look(bob);
	CU_ASSERT(says("\"code\":\"no-dpd\"") && says("\"code\":\"healthy\""));
	CU_ASSERT(says("counts as up until its keys end, in up to 66 minutes"));
	tunnel_sa(tunnel_find(bob->engine, 1))->v1->dpd = true;
	/* Silent. */
	alice->frozen = true;
	bob->idle_ms = UINT32_MAX;
	world_run(&w, 75000);
	look(bob);
	CU_ASSERT(says("\"code\":\"peer-silent\"") &&
	    says("it is taken for dead after dpd-timeout (2 minutes)"));
	world_run(&w, 120000);
	look(bob);
	CU_ASSERT(says("the peer must have this tunnel for IKEv1 and main mode"));
	pair_end();
}

UNIT_MAIN("IKEv1 by name",
	{ "the other version", test_versions },
	{ "aggressive mode", test_aggressive },
	{ "several tunnels", test_several },
	{ "another secret", test_secret },
	{ "a proof that nobody hears", test_proof_lost },
	{ "no common proposal", test_proposal },
	{ "an answer in IKEv1", test_answer },
	{ "while it is up", test_up })
