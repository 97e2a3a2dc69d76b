/* confd/path, confd/unit, confd/edit, confd/view: the datastore in memory */
#include "confd/path.h"

#include <libyang/libyang.h>

#include "tests/confd/fixture.h"

static struct schema schema;

static struct map *
two_tunnels(void)
{
	struct map *m = map_new();

	add_tunnel(&schema, m, 2);
	add_tunnel(&schema, m, 1);
	return m;
}

static void
test_schema(void)
{
	load_schema(&schema);
	CU_ASSERT(!schema.crosses);
	CU_ASSERT_EQUAL_FATAL(schema.n_owners, 3);
	/* Secrets are prepared before the tunnels that need them. */
	CU_ASSERT_STRING_EQUAL(schema.owners[0].name, "ipsecd-keys");
}

static void
test_path(void)
{
	static const struct {
		int line; const char *in, *out, *unit;
	} rows[] = {
		{ __LINE__, IPSEC1, IPSEC1, IPSEC1 },
		{ __LINE__, IPSEC "[id=\"1\"]", IPSEC1, IPSEC1 },
		{ __LINE__, IPSEC "[id='01']", IPSEC1, IPSEC1 },
		{ __LINE__, IPSEC1 "/ike/cipher", IPSEC1 "/ike/cipher", IPSEC1 },
		{ __LINE__, TUNNEL "/culvert-tunnel:ipsec[id='1']/ike",
		  IPSEC1 "/ike", IPSEC1 },
		{ __LINE__, IPSEC1 "/initiate", IPSEC1 "/initiate", IPSEC1 },
		{ __LINE__, IPSEC, IPSEC, "" },
		{ __LINE__, TUNNEL, TUNNEL, TUNNEL },
		{ __LINE__, HOSTNAME, HOSTNAME, "/culvert-system:system" },
		{ __LINE__, "", NULL, "" },
		{ __LINE__, "/", NULL, "" },
		{ __LINE__, "//", NULL, "" },
		{ __LINE__, "tunnel", NULL, "" },
		{ __LINE__, "/tunnel", NULL, "" },
		{ __LINE__, "/nobody:tunnel", NULL, "" },
		{ __LINE__, "/culvert-tunnel:tonnel", NULL, "" },
		{ __LINE__, IPSEC "/ike", NULL, "" },
		{ __LINE__, IPSEC "[id=1]", NULL, "" },
		{ __LINE__, IPSEC "[id='1'", NULL, "" },
		{ __LINE__, IPSEC "[id='1", NULL, "" },
		{ __LINE__, IPSEC "[id='", NULL, "" },
		{ __LINE__, IPSEC "[id", NULL, "" },
		{ __LINE__, IPSEC "[", NULL, "" },
		{ __LINE__, IPSEC "[nr='1']", NULL, "" },
		{ __LINE__, IPSEC "[id='0']", NULL, "" },
		{ __LINE__, IPSEC "[id='70000']", NULL, "" },
		{ __LINE__, IPSEC "[id='1' or '1'='1']", NULL, "" },
		{ __LINE__, IPSEC1 "[1]", NULL, "" },
		{ __LINE__, IPSEC1 "/", NULL, "" },
		{ __LINE__, IPSEC1 "x", NULL, "" },
		{ __LINE__, IPSEC1 "/..", NULL, "" },
		{ __LINE__, IPSEC1 "/secret[.='x']", NULL, "" },
	};
	struct path p;
	struct err e;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err_clear(&e);
		rc = path_parse(&p, &schema, rows[i].in, &e);
		CHECK_ROW(rows[i].line, (rc == 0) == (rows[i].out != NULL));
		CHECK_ROW(rows[i].line, rc == 0 || e.text[0] != '\0');
		if (rc < 0 || rows[i].out == NULL)
			continue;
		CHECK_ROW(rows[i].line, strcmp(p.text, rows[i].out) == 0);
		CHECK_ROW(rows[i].line, strlen(rows[i].unit) == p.unit_len &&
			  memcmp(p.text, rows[i].unit, p.unit_len) == 0);
	}
}

static void
test_long_path(void)
{
	static char deep[100000];
	struct path p;
	struct err e;
	size_t i, n;

	for (i = 0; i + 40 < sizeof(deep); i += n)
		n = (size_t)sprintf(deep + i, "/culvert-system:system");
	CU_ASSERT_EQUAL(path_parse(&p, &schema, deep, &e), -1);
	memset(deep, 'a', sizeof(deep) - 1);
	deep[0] = '/';
	CU_ASSERT_EQUAL(path_parse(&p, &schema, deep, &e), -1);
	n = (size_t)sprintf(deep, IPSEC "[id='");
	memset(deep + n, '0', 50000);
	sprintf(deep + n + 50000, "1']");
	CU_ASSERT_EQUAL(path_parse(&p, &schema, deep, &e), -1);
}

static void
test_set(void)
{
	struct map *m = map_new();

	CU_ASSERT_EQUAL(set1(&schema, m, IPSEC1 "/dpd-delay", "7"), 1);
	CU_ASSERT_EQUAL(set1(&schema, m, IPSEC1 "/dpd-delay", "7"), 0);
	CU_ASSERT_EQUAL(set1(&schema, m, IPSEC1 "/dpd-delay", "8"), 1);
	/* The default, set on purpose, stays set. */
	CU_ASSERT_EQUAL(set1(&schema, m, IPSEC2 "/dpd-delay", "30"), 1);
	CU_ASSERT_EQUAL(set1(&schema, m, HOSTNAME, "gw"), 1);
	ASSERT_JSON(&schema, m,
		    "{\"culvert-system:system\":{\"hostname\":\"gw\"},"
		    "\"culvert-tunnel:tunnel\":{\"ipsec\":["
		    "{\"id\":1,\"dpd-delay\":8},{\"id\":2,\"dpd-delay\":30}]}}");
	map_unref(m);
}

static void
test_operations(void)
{
	static const struct {
		int line; enum proto_edit op; const char *path, *value; int rc;
	} rows[] = {
		{ __LINE__, EDIT_CREATE, IPSEC1, NULL, -1 },
		{ __LINE__, EDIT_CREATE, IPSEC "[id='3']", NULL, 1 },
		{ __LINE__, EDIT_MERGE, IPSEC "[id='3']", NULL, 0 },
		{ __LINE__, EDIT_DELETE, IPSEC "[id='3']", NULL, 1 },
		{ __LINE__, EDIT_DELETE, IPSEC "[id='3']", NULL, -1 },
		{ __LINE__, EDIT_REMOVE, IPSEC "[id='3']", NULL, 0 },
		{ __LINE__, EDIT_CREATE, IPSEC1 "/peer", "192.0.2.2", 1 },
		{ __LINE__, EDIT_CREATE, IPSEC1 "/peer", "192.0.2.3", -1 },
		{ __LINE__, EDIT_REPLACE, IPSEC1 "/peer", "192.0.2.3", 1 },
		{ __LINE__, EDIT_DELETE, IPSEC1 "/peer", NULL, 1 },
		{ __LINE__, EDIT_DELETE, IPSEC1 "/peer", NULL, -1 },
		{ __LINE__, EDIT_DELETE, IPSEC1 "/id", NULL, -1 },
		{ __LINE__, EDIT_MERGE, IPSEC1 "/id", "2", -1 },
		{ __LINE__, EDIT_MERGE, IPSEC1 "/state/since", "2", -1 },
		{ __LINE__, EDIT_MERGE, IPSEC1 "/initiate", NULL, -1 },
		{ __LINE__, EDIT_MERGE, IPSEC1 "/peer", NULL, -1 },
		{ __LINE__, EDIT_MERGE, IPSEC1, "x", -1 },
		{ __LINE__, EDIT_MERGE, IPSEC, NULL, -1 },
		{ __LINE__, EDIT_MERGE, IPSEC1 "/peer", "300.1.1.1", -1 },
		{ __LINE__, (enum proto_edit)9, IPSEC1 "/peer", "1.1.1.1", -1 },
		{ __LINE__, (enum proto_edit)0, IPSEC1 "/peer", "1.1.1.1", -1 },
		{ __LINE__, EDIT_DELETE, HOSTNAME, NULL, -1 },
		{ __LINE__, EDIT_MERGE, HOSTNAME, "a", 1 },
		{ __LINE__, EDIT_DELETE, "/culvert-system:system", NULL, 1 },
		{ __LINE__, EDIT_DELETE, "/culvert-system:system", NULL, -1 },
		{ __LINE__, EDIT_REPLACE, IPSEC1, NULL, 1 },
		{ __LINE__, EDIT_DELETE, IPSEC, NULL, 1 },
		{ __LINE__, EDIT_DELETE, TUNNEL, NULL, -1 },
	};
	struct map *m = two_tunnels();
	struct err e;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err_clear(&e);
		rc = edit1(&schema, m, rows[i].op, rows[i].path, rows[i].value, &e);
		CHECK_ROW(rows[i].line, rc == rows[i].rc);
		CHECK_ROW(rows[i].line, (rc < 0) == (e.text[0] != '\0'));
	}
	CU_ASSERT_EQUAL(m->n, 0);
	map_unref(m);
}

/* The last edit of a batch fails: nothing of it stays. */
static void
test_all_or_nothing(void)
{
	static const struct edit edits[] = {
		{ EDIT_MERGE, IPSEC1 "/description", "new", NULL },
		{ EDIT_DELETE, IPSEC2, NULL, NULL },
		{ EDIT_MERGE, IPSEC2 "/description", "again", NULL },
		{ EDIT_DELETE, IPSEC2, NULL, NULL },
		{ EDIT_MERGE, IPSEC "[id='3']", NULL, NULL },
		{ EDIT_MERGE, HOSTNAME, "gw", NULL },
		{ EDIT_DELETE, HOSTNAME, NULL, NULL },
		{ EDIT_DELETE, TUNNEL, NULL, NULL },
		{ EDIT_MERGE, IPSEC1 "/dpd-delay", "0", NULL },
	};
	struct map *m = two_tunnels();
	char *before = json_of(&schema, m);
	struct batch b;
	struct err e;
	size_t i, n = sizeof(edits) / sizeof(edits[0]);

	edit_begin(&b, &schema, m, 77);
	for (i = 0; i < n - 1; i++)
		CU_ASSERT_EQUAL(edit_apply(&b, &edits[i], &e), 0);
	CU_ASSERT_EQUAL(m->n, 0);
	CU_ASSERT_EQUAL(edit_apply(&b, &edits[i], &e), -1);
	CU_ASSERT_EQUAL(b.index, n - 1);
	CU_ASSERT_STRING_EQUAL(e.text, "dpd-delay is 1 to 86400 seconds.");
	CU_ASSERT_STRING_EQUAL(e.path, IPSEC1 "/dpd-delay");
	edit_undo(&b);
	ASSERT_JSON(&schema, m, before);
	free(before);
	map_unref(m);
}

/* Maps share units, and changing one leaves the others alone. */
static void
test_sharing(void)
{
	struct map *a = two_tunnels(), *b = map_clone(a);
	char *before = json_of(&schema, a);

	CU_ASSERT_PTR_EQUAL(a->v[0], b->v[0]);
	set1(&schema, b, IPSEC1 "/description", "x");
	CU_ASSERT_PTR_NOT_EQUAL(a->v[0], b->v[0]);
	CU_ASSERT_PTR_EQUAL(a->v[1], b->v[1]);
	ASSERT_JSON(&schema, a, before);
	map_unref(a);
	CU_ASSERT_EQUAL(b->n, 2);
	map_unref(b);
	free(before);
}

static void
test_one_line(void)
{
	static const struct edit gcm_auth[] = {
		{ EDIT_REPLACE, IPSEC1 "/ike", NULL, NULL },
		{ EDIT_MERGE, IPSEC1 "/ike/cipher", "aes128gcm16", NULL },
		{ EDIT_MERGE, IPSEC1 "/ike/auth", "sha256", NULL },
		{ EDIT_MERGE, IPSEC1 "/ike/dh", "x25519", NULL },
	};
	struct map *m = two_tunnels();
	char *before = json_of(&schema, m);
	struct batch b;
	struct err e;
	size_t i;

	edit_begin(&b, &schema, m, 78);
	for (i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(edit_apply(&b, &gcm_auth[i], &e), 0);
	CU_ASSERT_EQUAL(edit_end(&b, &e), -1);
	CU_ASSERT_EQUAL(b.index, 3);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "leave out auth"));
	CU_ASSERT_STRING_EQUAL(e.path, IPSEC1 "/ike");
	ASSERT_JSON(&schema, m, before);
	free(before);

	CU_ASSERT_EQUAL(edit1(&schema, m, EDIT_MERGE, IPSEC1 "/ike/cipher",
			      "aes128", &e), -1);
	CU_ASSERT_STRING_EQUAL(e.text, "ike needs a dh.");
	/* The rule looks at a default beside it. */
	CU_ASSERT_EQUAL(set1(&schema, m, IPSEC1 "/local-id/value", "alice"), 1);
	CU_ASSERT_EQUAL(edit1(&schema, m, EDIT_MERGE, IPSEC1 "/local-id/type",
			      "email", &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "user@example.com"));
	map_unref(m);
}

static void
test_data(void)
{
	struct edit ed = { EDIT_REPLACE, IPSEC1 "/ike", NULL,
		"{\"cipher\":[\"aes128\"],\"auth\":[\"sha256\"],\"dh\":[\"x25519\"]}" };
	struct map *m = two_tunnels();
	struct batch b;
	struct err e;

	edit_begin(&b, &schema, m, 79);
	CU_ASSERT_EQUAL(edit_apply(&b, &ed, &e), 0);
	CU_ASSERT_EQUAL(edit_end(&b, &e), 0);
	ed.op = EDIT_MERGE;
	ed.path = TUNNEL;
	ed.data = "{\"ipsec\":[{\"id\":1,\"ike\":{\"dh\":[\"ecp256\"]}},{\"id\":9}]}";
	edit_begin(&b, &schema, m, 80);
	CU_ASSERT_EQUAL(edit_apply(&b, &ed, &e), 0);
	CU_ASSERT_EQUAL(edit_end(&b, &e), 0);
	ASSERT_JSON(&schema, m, "{\"culvert-tunnel:tunnel\":{\"ipsec\":["
		    "{\"id\":1,\"local-address\":\"192.0.2.1\","
		    "\"secret\":\"correct-horse\",\"ike\":{\"cipher\":[\"aes128\"],"
		    "\"auth\":[\"sha256\"],\"dh\":[\"ecp256\"]}},"
		    "{\"id\":2,\"local-address\":\"192.0.2.1\","
		    "\"secret\":\"correct-horse\"},{\"id\":9}]}}");
	ed.data = "{\"ipsec\":[{\"id\":7,\"ike\":{\"dh\":[\"ecp257\"]}}]}";
	edit_begin(&b, &schema, m, 81);
	CU_ASSERT_EQUAL(edit_apply(&b, &ed, &e), -1);
	edit_undo(&b);
	ed.data = "{\"ipsec\":[{\"id\":7,\"state\":{\"since\":3}}]}";
	edit_begin(&b, &schema, m, 82);
	CU_ASSERT_EQUAL(edit_apply(&b, &ed, &e), -1);
	edit_undo(&b);
	ed.data = "{\"ipsec\":[{\"id\":7},{\"id\":7}]}";
	edit_begin(&b, &schema, m, 83);
	CU_ASSERT_EQUAL(edit_apply(&b, &ed, &e), -1);
	edit_undo(&b);
	CU_ASSERT_EQUAL(m->n, 3);
	map_unref(m);
}

static void
test_view(void)
{
	static const struct {
		int line; const char *path; bool defaults, mask;
		const char *fields, *json;
	} rows[] = {
		{ __LINE__, IPSEC1 "/peer", false, false, NULL, NULL },
		{ __LINE__, IPSEC1 "/dpd-delay", true, false, NULL,
		  "{\"culvert-tunnel:tunnel\":{\"ipsec\":[{\"id\":1,"
		  "\"dpd-delay\":30}]}}" },
		{ __LINE__, IPSEC "[id='9']", true, false, NULL, NULL },
		{ __LINE__, HOSTNAME, true, false, NULL,
		  "{\"culvert-system:system\":{\"hostname\":\"example\"}}" },
		{ __LINE__, HOSTNAME, false, false, NULL, NULL },
		{ __LINE__, IPSEC, false, true, "secret",
		  "{\"culvert-tunnel:tunnel\":{\"ipsec\":[{\"id\":1,\"secret\":"
		  "\"********\"},{\"id\":2,\"secret\":\"********\"}]}}" },
		{ __LINE__, IPSEC2, false, false, "local-address method",
		  "{\"culvert-tunnel:tunnel\":{\"ipsec\":[{\"id\":2,"
		  "\"local-address\":\"192.0.2.1\"}]}}" },
		{ __LINE__, IPSEC, false, false, "id",
		  "{\"culvert-tunnel:tunnel\":{\"ipsec\":[{\"id\":1},{\"id\":2}]}}" },
		{ __LINE__, IPSEC1 "/secret", false, true, NULL,
		  "{\"culvert-tunnel:tunnel\":{\"ipsec\":[{\"id\":1,"
		  "\"secret\":\"********\"}]}}" },
	};
	struct map *m = two_tunnels();
	struct view v;
	struct path p;
	struct err e;
	char *json;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		v.defaults = rows[i].defaults;
		v.mask = rows[i].mask;
		v.fields = rows[i].fields;
		CHECK_ROW(rows[i].line, path_parse(&p, &schema, rows[i].path, &e)
			  == 0);
		CHECK_ROW(rows[i].line, view_json(&schema, m, &p, 1, &v, &json,
						  &e) == 0);
		CHECK_ROW(rows[i].line, (json == NULL) == (rows[i].json == NULL));
		if (json == NULL || rows[i].json == NULL)
			continue;
		CHECK_ROW(rows[i].line, strcmp(json, rows[i].json) == 0);
		if (strcmp(json, rows[i].json) != 0)
			printf("    got %s\n", json);
		free(json);
	}
	map_unref(m);
}

/* What each owner is sent: secrets to keys, all the rest to ipsecd. */
static void
test_owners(void)
{
	struct map *m = two_tunnels(), *n = map_clone(m);
	struct lyd_node *tree = NULL;
	char *json = NULL;

	CU_ASSERT_EQUAL(view_add(&tree, m->v[0], "ipsecd-keys"), 0);
	CU_ASSERT_EQUAL(view_add(&tree, m->v[1], "ipsecd-keys"), 0);
	lyd_print_mem(&json, tree, LYD_JSON, LYD_PRINT_SHRINK | LYD_PRINT_WITHSIBLINGS);
	CU_ASSERT_STRING_EQUAL(json, "{\"culvert-tunnel:tunnel\":{\"ipsec\":["
			       "{\"id\":1,\"local-address\":\"192.0.2.1\","
			       "\"secret\":\"correct-horse\"},"
			       "{\"id\":2,\"local-address\":\"192.0.2.1\","
			       "\"secret\":\"correct-horse\"}]}}");
	free(json);
	lyd_free_all(tree);
	tree = NULL;
	CU_ASSERT_EQUAL(view_add(&tree, m->v[0], "ipsecd"), 0);
	lyd_print_mem(&json, tree, LYD_JSON, LYD_PRINT_SHRINK | LYD_PRINT_WITHSIBLINGS);
	CU_ASSERT_STRING_EQUAL(json, "{\"culvert-tunnel:tunnel\":{\"ipsec\":["
			       "{\"id\":1,\"local-address\":\"192.0.2.1\"}]}}");
	free(json);
	lyd_free_all(tree);
	tree = NULL;
	CU_ASSERT_EQUAL(view_add(&tree, m->v[0], "system"), 0);
	CU_ASSERT_PTR_NULL(tree);
	set1(&schema, n, IPSEC1 "/description", "x");
	CU_ASSERT(view_differs(m->v[0], n->v[0], "ipsecd"));
	CU_ASSERT(!view_differs(m->v[0], n->v[0], "ipsecd-keys"));
	CU_ASSERT(view_owns(n->v[0], "ipsecd-keys"));
	map_unref(m);
	map_unref(n);
}

static void
test_too_many(void)
{
	struct map *m = map_new();
	struct edit ed = { EDIT_MERGE, NULL, NULL, NULL };
	struct batch b;
	struct err e = ERR_INIT;
	char path[64];
	unsigned int i;
	int rc = 0;

	edit_begin(&b, &schema, m, 84);
	ed.path = path;
	for (i = 1; i <= 10001 && rc == 0; i++) {
		snprintf(path, sizeof(path), IPSEC "[id='%u']", i);
		rc = edit_apply(&b, &ed, &e);
	}
	CU_ASSERT_EQUAL(rc, -1);
	CU_ASSERT_EQUAL(b.index, 10000);
	CU_ASSERT_STRING_EQUAL(e.text, "There can be 10000 of ipsec, not more.");
	edit_undo(&b);
	CU_ASSERT_EQUAL(m->n, 0);
	map_unref(m);
}

/* A batch that comes to nothing has changed nothing, and copied nothing. */
static void
test_idempotent(void)
{
	static const struct edit push[] = {
		{ EDIT_MERGE, IPSEC1 "/secret", "correct-horse", NULL },
		{ EDIT_MERGE, IPSEC1 "/local-address", "192.0.2.1", NULL },
		{ EDIT_REPLACE, IPSEC1 "/ike", NULL,
		  "{\"cipher\":[\"aes128\"],\"auth\":[\"sha256\"],\"dh\":[\"x25519\"]}" },
		{ EDIT_REPLACE, IPSEC1 "/local-id", NULL,
		  "{\"value\":\"alice\"}" },
		{ EDIT_MERGE, IPSEC1 "/local-subnet", "10.0.1.0/24 10.0.3.0/24",
		  NULL },
		{ EDIT_REMOVE, IPSEC1 "/peer", NULL, NULL },
	};
	static const struct edit again[] = {
		{ EDIT_REMOVE, TUNNEL, NULL, NULL },
		{ EDIT_MERGE, IPSEC1 "/dpd-delay", "7", NULL },
		{ EDIT_REMOVE, IPSEC1 "/dpd-delay", NULL, NULL },
		{ EDIT_MERGE, IPSEC2 "/dpd-delay", "7", NULL },
		{ EDIT_REMOVE, IPSEC2, NULL, NULL },
	};
	struct map *m = map_new(), *was;
	unsigned int round, serial = 5000000;
	struct err e = ERR_INIT;
	struct batch b;
	size_t i;

	for (round = 0; round < 3; round++) {
		was = map_clone(m);
		edit_begin(&b, &schema, m, ++serial);
		for (i = 0; i < 5 && round == 2; i++)
			CU_ASSERT_EQUAL(edit_apply(&b, &again[i], &e), 0);
		for (i = 0; i < sizeof(push) / sizeof(push[0]); i++)
			CU_ASSERT_EQUAL(edit_apply(&b, &push[i], &e), 0);
		CU_ASSERT_EQUAL(edit_end(&b, &e), 0);
		CU_ASSERT_EQUAL(b.changed > 0, round == 0);
		CU_ASSERT_EQUAL(m->n, 1);
		CU_ASSERT(round == 0 || m->v[0] == was->v[0]);
		map_unref(was);
	}
	/* Gone is changed. */
	edit_begin(&b, &schema, m, ++serial);
	CU_ASSERT_EQUAL(edit_apply(&b, &again[0], &e), 0);
	CU_ASSERT_EQUAL(edit_end(&b, &e), 0);
	CU_ASSERT_EQUAL(b.changed, 1);
	map_unref(m);
}

static void
test_unload(void)
{
	schema_fini(&schema);
}

UNIT_MAIN("edit",
	{ "models", test_schema },
	{ "paths", test_path },
	{ "long paths", test_long_path },
	{ "setting leaves", test_set },
	{ "operations", test_operations },
	{ "all or nothing", test_all_or_nothing },
	{ "shared units", test_sharing },
	{ "one-line containers", test_one_line },
	{ "JSON as a value", test_data },
	{ "views", test_view },
	{ "what owners see", test_owners },
	{ "10,000 and one more", test_too_many },
	{ "the same again", test_idempotent },
	{ "unloading", test_unload },
)
