/*
 * What people see: the operational state fits the model, every leaf of the
 * model is there, counters come from the data plane.
 */
#include <CUnit/Basic.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "pair.h"
#include "tests/unit.h"
#include "ytree.h"

/* Parsed by libyang: every name and type is the model's. */
static void
check_model(struct node *n, uint32_t id)
{
	const char *text = node_state(n, id);
	struct lyd_node *tree = NULL;
	struct err e = ERR_INIT;

	if (ytree_parse(&tree, w.ly, text, strlen(text), &e) < 0) {
		printf("\n%s\n%s\n", e.text, text);
		CU_FAIL("not as in the model");
	}
	ytree_free(tree);
}

static bool seen_all;

/* test_certs has them. */
static bool
of_certificates(const char *name)
{
	static const char *const names[] = { "certificate", "ca", "warning",
	    "peer-certificate", "revocation" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static void
look_for(const struct lysc_node *schema, const char *text)
{
	const struct lysc_node *n = NULL;
	char quoted[80];

	while ((n = lys_getnext(n, schema, NULL, 0)) != NULL) {
		if (of_certificates(n->name))
			continue;
		snprintf(quoted, sizeof(quoted), "\"%s\":", n->name);
		if (strstr(text, quoted) == NULL &&
		    strncmp(n->name, "reauth", 6) != 0) {
			printf("\n%s is not there\n", n->name);
			seen_all = false;
		}
		if (n->nodetype & (LYS_CONTAINER | LYS_LIST))
			look_for(n, text);
	}
}

static bool
bob_waits(struct world *world)
{
	return strstr(node_state(&world->node[1], 1), "next-attempt") != NULL;
}

static bool
bob_tried_twice(struct world *world)
{
	return strstr(node_state(&world->node[1], 1), "\"count\":2") != NULL;
}

static void
test_model(void)
{
	static char all[200000];

	pair_begin(1);
	pair_config("", ",\"description\":\"to \\\"Alice\\\"\","
	    "\"remote-subnet\":[\"10.0.0.0/16\"]");	/* is narrowed */
	CU_ASSERT_FATAL(pair_comes_up(2000));
	bob->idle_ms = alice->idle_ms = 5000;
	world_run(&w, 100000);		/* counters have come */
	check_model(alice, 1);
	check_model(bob, 1);
	check_model(bob, 0);
	snprintf(all, sizeof(all), "%s", node_state(bob, 1));
	alice->down = true;
	bob->idle_ms = UINT32_MAX;
	CU_ASSERT(world_until(&w, bob_waits, 1000000));
	check_model(bob, 1);
	strncat(all, node_state(bob, 1), sizeof(all) - strlen(all) - 1);
	CU_ASSERT(world_until(&w, bob_tried_twice, 1000000));
	check_model(bob, 1);
	strncat(all, node_state(bob, 1), sizeof(all) - strlen(all) - 1);
	node_config(bob, bob_entry(",\"enable\":false"));
	check_model(bob, 1);
	/* What only a refreshed outbound counter, monitor and IKEv1 say. */
	strncat(all, "\"idle-out\":\"path-mtu\":\"dpd-timeout\":",
	    sizeof(all) - strlen(all) - 1);
	seen_all = true;
	look_for(lys_find_path(w.ly, NULL,
	    "/culvert-tunnel:tunnel/ipsec/state", 0), all);
	CU_ASSERT(seen_all);
	pair_end();
}

static unsigned int calls;

static void
done(void *arg)
{
	CU_ASSERT(arg == &calls);
	calls++;
}

static void
test_refresh(void)
{
	pair_begin(2);
	pair_config("", "");
	CU_ASSERT_FATAL(pair_comes_up(2000));
	calls = 0;
	CU_ASSERT(strstr(node_state(bob, 1), "\"bytes-out\":\"0\"") != NULL);
	bob->idle_ms = 3000;
	engine_refresh(bob->engine, w.now, 1, done, &calls);
	CU_ASSERT(calls == 1);			/* inside the call */
	CU_ASSERT(strstr(node_state(bob, 1), "\"bytes-out\":\"840\"") != NULL);
	CU_ASSERT(strstr(node_state(bob, 1), "\"idle-out\":3") != NULL);
	bob->latency = 50;
	engine_refresh(bob->engine, w.now, 0, done, &calls);
	CU_ASSERT(calls == 1);
	world_run(&w, 60);
	CU_ASSERT(calls == 2);
	bob->latency = 5000;			/* longer than anybody waits */
	engine_refresh(bob->engine, w.now, 1, done, &calls);
	world_run(&w, 1000);
	CU_ASSERT(calls == 3);
	world_run(&w, 10000);
	CU_ASSERT(calls == 3);
	engine_refresh(bob->engine, w.now, 99, done, &calls);
	CU_ASSERT(calls == 4);
	pair_end();
}

static void
test_fields(void)
{
	struct err e = ERR_INIT;
	struct json j;

	pair_begin(3);
	node_config(alice, "{\"id\":30,\"local-address\":\"192.0.2.1\"},{\"id\":4,"
	    "\"local-address\":\"192.0.2.9\",\"description\":\"four\"}");
	json_init(&j);
	CU_ASSERT(engine_state(alice->engine, w.now, 0, "id description status",
	    &j, &e) == 0);
	CU_ASSERT_STRING_EQUAL(j.text, "{\"culvert-tunnel:tunnel\":{\"ipsec\":["
	    "{\"id\":4,\"description\":\"four\",\"state\":{\"status\":"
	    "\"down-unknown\"}},{\"id\":30,\"state\":{\"status\":"
	    "\"down-unknown\"}}]}}");
	json_fini(&j);
	pair_end();
}

/* A whole configuration with tunnels that cannot be: the others go on, these say
 * why and let nothing out in clear; a commit of one is refused as ever. */
static void
test_not_in_use(void)
{
	static const char bad[] = "{\"id\":8,\"local-address\":\"192.0.2.1\","
	    "\"local-id\":{\"value\":\"*.example.com\"},\"remote-subnet\":"
	    "[\"10.8.0.0/16\"]}";
	static const char twin[] = "{\"id\":%d,\"local-address\":\"192.0.2.1\","
	    "\"remote-id\":{\"value\":\"carol\"},\"remote-subnet\":"
	    "[\"10.%d.0.0/16\"]}";
	char json[1024], warnings[1024], a[256], b[256];
	const struct plane_policy *p;
	struct err e = ERR_INIT;
	unsigned int blocked = 0;
	struct json j;

	pair_begin(5);
	node_config(bob, bob_entry(""));
	snprintf(a, sizeof(a), twin, 20, 20);
	snprintf(b, sizeof(b), twin, 21, 21);
	snprintf(json, sizeof(json), "%s,%s,%s,%s", bad, alice_entry(""), a, b);
	CU_ASSERT(node_commit(alice, json, NULL, true, &e, warnings,
	    sizeof(warnings)) == 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(warnings, "ipsec 8 is not in use: local-id "
	    "is one identity, it cannot have wildcards"));
	CU_ASSERT_PTR_NOT_NULL(strstr(warnings, "ipsec 21 is not in use: ipsec "
	    "21 and ipsec 20 have the same local-id"));
	CU_ASSERT(pair_comes_up(10000));
	for (p = alice->policies; p != NULL; p = p->next)
		if (p->policy.tunnel == 8 || p->policy.tunnel == 21) {
			CU_ASSERT(addr_is_any(&p->policy.outer_remote));
			blocked++;
		}
	CU_ASSERT(blocked == 2);
	json_init(&j);
	CU_ASSERT(engine_state(alice->engine, w.now, 8, "status reason", &j,
	    &e) == 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(j.text, "\"status\":\"down-unknown\","
	    "\"reason\":\"local-id is one identity"));
	json_fini(&j);
	CU_ASSERT(engine_command(alice->engine, w.now, ENGINE_INITIATE, 8,
	    &e) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "ipsec 8 is not in use"));

	CU_ASSERT(node_commit(alice, bad, NULL, false, &e, NULL, 0) < 0);
	CU_ASSERT(node_commit(alice, b, NULL, false, &e, NULL, 0) < 0);
	/* Mended, it is a tunnel like any other. */
	CU_ASSERT(node_commit(alice, "{\"id\":8,\"local-address\":"
	    "\"192.0.2.1\"}", NULL, false, &e, NULL, 0) == 0);
	json_init(&j);
	CU_ASSERT(engine_state(alice->engine, w.now, 8, "status reason", &j,
	    &e) == 0);
	CU_ASSERT_PTR_NULL(strstr(j.text, "wildcards"));
	json_fini(&j);
	pair_end();
}

/* A thousand at once: each gets its turn, all come up. */
static void
test_many(void)
{
	enum { N = 1000 };
	char *a = malloc(N * 400), *b = malloc(N * 400);
	struct engine_stats s;
	size_t at = 0, bt = 0;
	unsigned int i;

	CU_ASSERT_FATAL(a != NULL && b != NULL);
	pair_begin(4);
	for (i = 1; i <= N; i++) {
		at += (size_t)snprintf(a + at, N * 400 - at, "%s{\"id\":%u,"
		    "\"local-address\":\"192.0.2.1\",\"peer\":\"192.0.2.2\","
		    "\"remote-id\":{\"value\":\"b%u\"},\"local-subnet\":"
		    "[\"10.1.%u.%u/32\"]}", i > 1 ? "," : "", i, i, i / 256,
		    i % 256);
		bt += (size_t)snprintf(b + bt, N * 400 - bt, "%s{\"id\":%u,"
		    "\"initiator\":true,"
		    "\"local-address\":\"192.0.2.2\",\"peer\":\"192.0.2.1\","
		    "\"local-id\":{\"value\":\"b%u\"},\"remote-subnet\":"
		    "[\"10.1.%u.%u/32\"]}", i > 1 ? "," : "", i, i, i / 256,
		    i % 256);
	}
	node_config(alice, a);
	node_config(bob, b);
	CU_ASSERT(w.sent == 1);
	world_run(&w, 2000);
	engine_get_stats(bob->engine, &s);
	CU_ASSERT(s.child_sas == N && s.ike_sas == N && s.handshakes == N);
	/* All removed at once. */
	node_config(bob, "{\"id\":1,\"enable\":false}");
	world_run(&w, 2000);
	engine_get_stats(alice->engine, &s);
	CU_ASSERT(s.child_sas == 0);
	world_run(&w, 20000);
	engine_get_stats(alice->engine, &s);
	CU_ASSERT(s.ike_sas == 0 && s.half_open == 0 && s.tunnels == N);
	pair_end();
	free(a);
	free(b);
}

/* The process that holds the secrets says nothing. */
static void
test_silent_keys(void)
{
	pair_begin(5);
	bob->latency = 100000;
	pair_config("", "");
	world_run(&w, 50000);
	CU_ASSERT(node_said(bob, "does not answer"));
	bob->latency = 0;
	CU_ASSERT(pair_comes_up(60000));
	pair_end();
}

/* What fits inside, by cipher, family, NAT and path. */
static void
test_mtu(void)
{
	static const struct {
		int line;
		const char *esp;
		bool v6, nat;
		uint32_t path, own, inner;
	} rows[] = {
		{ __LINE__, "\"cipher\":[\"aes128gcm16\"]", false, false, 0, 0, 1446 },
		{ __LINE__, "\"cipher\":[\"aes128gcm12\"]", false, false, 0, 0, 1450 },
		{ __LINE__, "\"cipher\":[\"aes128gcm16\"]", false, true, 0, 0, 1438 },
		{ __LINE__, "\"cipher\":[\"aes128gcm16\"]", true, false, 0, 0, 1426 },
		{ __LINE__, "\"cipher\":[\"aes128\"],\"auth\":[\"sha256\"]", false, false, 0, 0, 1438 },
		{ __LINE__, "\"cipher\":[\"aes256\"],\"auth\":[\"sha512\"]", false, false, 0, 0, 1422 },
		{ __LINE__, "\"cipher\":[\"aes128ctr\"],\"auth\":[\"sha256\"]", false, true, 0, 0, 1438 },
		{ __LINE__, "\"cipher\":[\"aes128gcm16\"]", false, false, 1400, 0, 1346 },
		{ __LINE__, "\"cipher\":[\"aes128gcm16\"]", false, false, 9000, 0, 8946 },
		{ __LINE__, "\"cipher\":[\"aes128gcm16\"]", false, false, 0, 1380, 1380 },
		{ __LINE__, "\"cipher\":[\"aes128gcm16\"]", false, false, 1280, 1380, 1226 },
	};
	struct dp_event path = { .kind = DP_PATH, .tunnel = 1 };
	char esp[128], want[64];
	struct node *n;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		world_init(&w, 10 + i);
		alice = world_add(&w, "alice", rows[i].v6 ? "2001:db8::1" : NULL);
		bob = world_add(&w, "bob", rows[i].v6 ? "2001:db8::2" : NULL);
		for (n = w.node; n < w.node + 2; n++) {
			n->set.caps.mtu = rows[i].own;
			node_stop(n);
			node_start(n);
		}
		if (rows[i].nat) {
			CU_ASSERT_FATAL(addr_parse(&bob->nat, "192.0.2.2") == 0);
			CU_ASSERT_FATAL(addr_parse(&bob->addr, "10.9.9.9") == 0);
			bob->nat_port = 10000;
		}
		snprintf(esp, sizeof(esp), ",\"esp\":{%s}%s", rows[i].esp,
		    rows[i].v6 ? ",\"local-address\":\"2001:db8::1\","
		    "\"peer\":\"2001:db8::2\"" : "");
		node_config(alice, alice_entry(esp));
		snprintf(esp, sizeof(esp), "%s%s", rows[i].v6 ?
		    ",\"local-address\":\"2001:db8::2\","
		    "\"peer\":\"2001:db8::1\"" : "", rows[i].nat ?
		    ",\"local-address\":\"10.9.9.9\"" : "");
		node_config(bob, bob_entry(esp));
		CHECK_ROW(rows[i].line, pair_comes_up(5000));
		path.mtu = rows[i].path;
		path.spi = node_sa(alice, 1, true) != NULL ?
		    node_sa(alice, 1, true)->sa.spi : 0;
		engine_dp_event(alice->engine, w.now, &path);
		snprintf(want, sizeof(want), "\"inner-mtu\":%u,\"mss\":%u",
		    rows[i].inner, rows[i].inner - 40);
		CHECK_ROW(rows[i].line,
		    strstr(node_state(alice, 1), want) != NULL);
		CHECK_ROW(rows[i].line, (rows[i].path != 0) ==
		    (strstr(node_state(alice, 1), "path-mtu") != NULL));
		pair_end();
	}
}

UNIT_MAIN("state",
	{ "as in the model", test_model },
	{ "refresh", test_refresh },
	{ "fields and order", test_fields },
	{ "not in use", test_not_in_use },
	{ "a thousand", test_many },
	{ "silent keys", test_silent_keys },
	{ "what fits inside", test_mtu })
