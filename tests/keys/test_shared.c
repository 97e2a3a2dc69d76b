/* ipsecd/keys/shared: tunnels of IKEv1 between the same addresses have one
 * secret. */
#include "keys/shared.h"

#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "keys/psk.h"
#include "tests/unit.h"
#include "ytree.h"

#define MANY	20000

static struct ly_ctx *ly;
static struct psks *psks;
static struct shared *shared;
static struct err e;
static char warnings[2048];

static void
warn(void *arg, const char *text)
{
	size_t at = strlen(warnings);

	(void)arg;
	snprintf(warnings + at, sizeof(warnings) - at, "%s\n", text);
}

static void
setup(void)
{
	if (ly == NULL)
		CU_ASSERT_FATAL(ytree_load(&ly, getenv("CULVERT_YANGDIR"), &e) == 0);
	psks = psks_new();
	shared = shared_new();
	CU_ASSERT_FATAL(psks != NULL && shared != NULL);
}

static void
teardown(void)
{
	shared_free(shared);
	psks_free(psks);
	shared_free(NULL);
}

/* As keys does it: all or nothing. */
static int
commit(const char *entries, const char *removed, bool replace)
{
	size_t size = strlen(entries) + 100;
	char *json = malloc(size);
	struct lyd_node *tree = NULL;
	int rc;

	snprintf(json, size, "{\"culvert-tunnel:tunnel\":{\"ipsec\":[%s]}}", entries);
	CU_ASSERT_FATAL(entries[0] == '\0' ||
	    ytree_parse(&tree, ly, json, strlen(json), &e) == 0);
	free(json);
	err_clear(&e);
	warnings[0] = '\0';
	CU_ASSERT_FATAL(psks_prepare(psks, tree, &removed, removed != NULL, replace,
	    &e) == 0);
	rc = shared_prepare(shared, psks, tree, &removed, removed != NULL, replace,
	    warn, NULL, &e);
	ytree_free(tree);
	if (rc == 0) {
		psks_apply(psks);
		shared_apply(shared);
	} else {
		psks_abort(psks);
	}
	return rc;
}

#define V1	"\"version\":\"1\",\"local-address\":\"192.0.2.1\""
#define TO(n)	"\"peer\":\"192.0.2." #n "\""
#define KEY(s)	"\"secret\":\"" s "\""
#define T(id, more)	"{\"id\":" #id "," more "}"

static void
test_pairs(void)
{
	static const struct { int line; const char *a, *b; bool fits; } rows[] = {
	{ __LINE__, V1 "," TO(2) "," KEY("correct-horse"),
	  V1 "," TO(2) "," KEY("correct-horse"), true },
	/* The same octets, typed otherwise. */
	{ __LINE__, V1 "," TO(2) "," KEY("correct-horse"),
	  V1 "," TO(2) "," KEY("0sY29ycmVjdC1ob3JzZQ=="), true },
	{ __LINE__, V1 "," TO(2) "," KEY("correct-horse"),
	  V1 "," TO(2) "," KEY("battery-staple"), false },
	{ __LINE__, V1 "," TO(2) "," KEY("correct-horse"),
	  V1 "," TO(3) "," KEY("battery-staple"), true },
	{ __LINE__, V1 "," TO(2) "," KEY("correct-horse"), "\"version\":\"1\","
	  "\"local-address\":\"192.0.2.9\"," TO(2) "," KEY("battery-staple"), true },
	/* The one for a certain peer comes before those for any. */
	{ __LINE__, V1 "," TO(2) "," KEY("correct-horse"),
	  V1 "," KEY("battery-staple"), true },
	{ __LINE__, V1 "," KEY("correct-horse"), V1 "," KEY("battery-staple"),
	  false },
	/* What IKEv1 or a secret has no part in. */
	{ __LINE__, V1 "," TO(2) "," KEY("correct-horse"),
	  "\"local-address\":\"192.0.2.1\"," TO(2) "," KEY("battery-staple"), true },
	{ __LINE__, V1 "," TO(2) "," KEY("correct-horse"), V1 "," TO(2) ","
	  "\"method\":\"cert\"," KEY("battery-staple"), true },
	{ __LINE__, V1 "," TO(2) "," KEY("correct-horse"), V1 "," TO(2) ","
	  "\"enable\":false," KEY("battery-staple"), true },
	{ __LINE__, V1 "," TO(2) "," KEY("correct-horse"), V1 "," TO(2), true },
	{ __LINE__, "\"version\":\"1\",\"local-address\":\"2001:db8::1\",\"peer\":"
	  "\"2001:db8::2\"," KEY("correct-horse"), "\"version\":\"1\","
	  "\"local-address\":\"2001:db8:0::1\",\"peer\":\"2001:db8::2\","
	  KEY("battery-staple"), false },
	};
	char a[256], b[256], both[600];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(a, sizeof(a), "{\"id\":1,%s}", rows[i].a);
		snprintf(b, sizeof(b), "{\"id\":2,%s}", rows[i].b);
		snprintf(both, sizeof(both), "%s,%s", a, b);
		/* In one commit, and one after the other, in both orders. */
		setup();
		CHECK_ROW(rows[i].line, (commit(both, NULL, false) == 0) ==
		    rows[i].fits);
		teardown();
		setup();
		CHECK_ROW(rows[i].line, commit(a, NULL, false) == 0);
		CHECK_ROW(rows[i].line, (commit(b, NULL, false) == 0) == rows[i].fits);
		teardown();
		setup();
		CHECK_ROW(rows[i].line, commit(b, NULL, false) == 0);
		CHECK_ROW(rows[i].line, (commit(a, NULL, false) == 0) == rows[i].fits);
		/* A whole configuration is nobody's to correct. */
		CHECK_ROW(rows[i].line, commit(both, NULL, true) == 0);
		CHECK_ROW(rows[i].line, (warnings[0] == '\0') == rows[i].fits);
		teardown();
	}
}

static void
test_words(void)
{
	setup();
	CU_ASSERT(commit(T(1, V1 "," KEY("correct-horse")), NULL, false) == 0);
	CU_ASSERT(commit(T(2, V1 "," KEY("battery-staple")), NULL, false) < 0);
	CU_ASSERT_STRING_EQUAL(e.path, "/culvert-tunnel:tunnel/ipsec[id='2']/secret");
	CU_ASSERT(strstr(e.text, "ipsec 2 and ipsec 1 have version 1, the same "
	    "addresses (192.0.2.1 and any peer) and different secrets") != NULL);
	CU_ASSERT(strstr(e.text, "a remote-id cannot") != NULL);
	CU_ASSERT(strstr(e.text, "correct") == NULL && strstr(e.text, "battery") ==
	    NULL);
	teardown();
}

/* What changes in the same commit counts as it will be. */
static void
test_together(void)
{
	setup();
	CU_ASSERT(commit(T(1, V1 "," KEY("correct-horse")) ","
	    T(2, V1 "," KEY("correct-horse")), NULL, false) == 0);
	CU_ASSERT(commit(T(1, V1 "," KEY("battery-staple")), NULL, false) < 0);
	/* Refused, it has changed nothing. */
	CU_ASSERT(commit(T(3, V1 "," KEY("correct-horse")), "/culvert-tunnel:tunnel/"
	    "ipsec[id='3']", false) == 0);
	CU_ASSERT(commit(T(1, V1 "," KEY("battery-staple")) ","
	    T(2, V1 "," KEY("battery-staple")) ","
	    T(3, V1 "," KEY("battery-staple")), NULL, false) == 0);
	CU_ASSERT(commit(T(2, V1 "," TO(7) "," KEY("correct-horse")),
	    "/culvert-tunnel:tunnel/ipsec[id='1']", false) == 0);
	CU_ASSERT(commit(T(1, V1 "," KEY("correct-horse")), NULL, false) < 0);
	CU_ASSERT(commit("", "/culvert-tunnel:tunnel/ipsec[id='3']", false) == 0);
	CU_ASSERT(commit(T(1, V1 "," KEY("correct-horse")), NULL, false) == 0);
	/* All go, and others come. */
	CU_ASSERT(commit(T(4, V1 "," KEY("battery-staple")) ","
	    T(5, V1 "," KEY("correct-horse")), "/culvert-tunnel:tunnel", false) < 0);
	CU_ASSERT(commit(T(4, V1 "," KEY("battery-staple")),
	    "/culvert-tunnel:tunnel", false) == 0);
	CU_ASSERT(commit(T(1, V1 "," KEY("correct-horse")), NULL, false) < 0);
	teardown();
}

/* Many of one pair of addresses: each is compared once. */
static void
test_many(void)
{
	size_t size = MANY * 120, at = 0;
	char *all = malloc(size);
	unsigned int i;

	setup();
	for (i = 1; i <= MANY; i++)
		at += (size_t)snprintf(all + at, size - at, "%s{\"id\":%u,"
		    V1 "," KEY("correct-horse") "}", i > 1 ? "," : "", i);
	CU_ASSERT(commit(all, NULL, false) == 0);
	CU_ASSERT(commit(all, NULL, true) == 0);
	CU_ASSERT(commit(T(7, V1 "," KEY("battery-staple")), NULL, false) < 0);
	CU_ASSERT(commit("", "/culvert-tunnel:tunnel", false) == 0);
	CU_ASSERT(commit(T(7, V1 "," KEY("battery-staple")), NULL, false) == 0);
	teardown();
	free(all);
	ly_ctx_destroy(ly);
	ly = NULL;
}

UNIT_MAIN("shared secrets",
	{ "pairs", test_pairs },
	{ "words", test_words },
	{ "in one commit", test_together },
	{ "many", test_many })
