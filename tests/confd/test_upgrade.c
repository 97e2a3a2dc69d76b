/* confd/upgrade, confd/instance: what older models left behind is read */
#include "tests/confd/fixture.h"

#include "confd/instance.h"
#include "confd/upgrade.h"
#include "lib/ytree.h"

#define OLD	"test-upgrade@2026-01-01"
#define G	"test-upgrade:garden"

static struct schema schema, before;
static char said[1024];

static void
note(const char *sentence, void *arg)
{
	(void)arg;
	snprintf(said, sizeof(said), "%s", sentence);
}

/* Parsed as of those modules and printed again, or the error. */
static char *
upgraded(const char *modules, const char *json)
{
	struct lyd_node *tree = NULL;
	struct err e = ERR_INIT;
	char *out;

	said[0] = '\0';
	if (upgrade_parse(&tree, &schema, modules, json, strlen(json), note,
			  NULL, &e) < 0)
		return strdup(e.text);
	out = ytree_print(tree, false);
	ytree_free(tree);
	return out;
}

static void
test_steps(void)
{
	static const struct {
		int line; const char *modules, *json, *want, *said;
	} rows[] = {
		{ __LINE__, OLD, "{}", "{}", "" },
		/* a word, a default that was one, another place and name */
		{ __LINE__, OLD, "{\"" G "\":{\"size\":1,\"bed\":[{\"id\":1,"
		  "\"kind\":\"veg\",\"interval\":60,\"plant\":[\"a\",\"b\"]},"
		  "{\"id\":2,\"kind\":\"flowers\",\"depth\":9}]}}",
		  "{\"" G "\":{\"size\":1,\"bed\":[{\"id\":1,\"kind\":"
		  "\"vegetables\",\"water\":{\"every\":60},\"depth\":5,\"seed\":"
		  "[\"a\",\"b\"]},{\"id\":2,\"kind\":\"flowers\",\"depth\":9}]}}",
		  "" },
		/* what is no more is said */
		{ __LINE__, OLD, "{\"" G "\":{\"size\":1,\"gone\":\"x\"}}",
		  "{\"" G "\":{\"size\":1}}", "garden/gone is no setting" },
		/* every shape of value comes through */
		{ __LINE__, OLD, "{\"" G "\":{\"open\":[null],\"shed\":{},"
		  "\"bed\":[{\"id\":1,\"depth\":1,\"big\":\"18446744073709551615\","
		  "\"dry\":true,\"plant\":[\"\\\"\\u00e9\\n\"]}]}}",
		  "{\"" G "\":{\"size\":10,\"open\":[null],\"shed\":{},\"bed\":[{"
		  "\"id\":1,\"depth\":1,\"seed\":[\"\\\"\xc3\xa9\\u000A\"],"
		  "\"big\":\"18446744073709551615\",\"dry\":true}]}}", "" },
		/* only the steps since */
		{ __LINE__, "test-upgrade@2026-02-01", "{\"" G "\":{\"size\":3,"
		  "\"bed\":[{\"id\":1,\"interval\":60}]}}",
		  "{\"" G "\":{\"size\":3,\"bed\":[{\"id\":1,\"water\":{\"every\":"
		  "60}}]}}", "" },
		{ __LINE__, "test-upgrade@2026-03-01", "{\"" G "\":{\"bed\":[{"
		  "\"id\":1}]}}", "{\"" G "\":{\"bed\":[{\"id\":1}]}}", "" },
		/* nobody knows how old: as new if it can be, else as old, but
		 * what it took for granted nobody knows */
		{ __LINE__, NULL, "{\"" G "\":{\"bed\":[{\"id\":1}]}}",
		  "{\"" G "\":{\"bed\":[{\"id\":1}]}}", "" },
		{ __LINE__, NULL, "{\"" G "\":{\"bed\":[{\"id\":1,\"plant\":["
		  "\"a\"]}]}}", "{\"" G "\":{\"bed\":[{\"id\":1,\"seed\":[\"a\"]}"
		  "]}}", "" },
		/* what is wrong stays wrong */
		{ __LINE__, OLD, "{\"" G "\":{\"size\":\"much\"}}", NULL, "" },
		{ __LINE__, OLD, "{\"" G "\":{", NULL, "" },
		{ __LINE__, OLD, "", NULL, "" },
		{ __LINE__, NULL, " \n", NULL, "" },
		{ __LINE__, OLD, "{\"" G "\":{\"size\":1,\"other\":1}}", NULL, "" },
		{ __LINE__, NULL, "{\"" G "\":{\"plant\":1}}", NULL, "" },
		{ __LINE__, "", "{\"" G "\":{\"gone\":\"x\"}}", NULL, "" },
	};
	char *got;
	size_t i;
	bool ok;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		got = upgraded(rows[i].modules, rows[i].json);
		ok = rows[i].want != NULL ? strcmp(got, rows[i].want) == 0 :
		    got[0] != '{';
		CHECK_ROW(rows[i].line, ok);
		if (!ok)
			printf("    %s\n", got);
		ok = rows[i].said[0] != '\0' ? strstr(said, rows[i].said) != NULL :
		    said[0] == '\0';
		CHECK_ROW(rows[i].line, ok);
		if (!ok)
			printf("    said: %s\n", said);
		free(got);
	}
}

static void
test_newer(void)
{
	char *got = upgraded("test-upgrade@2027-01-01", "{\"" G "\":{\"x\":1}}");

	CU_ASSERT_PTR_NOT_NULL(strstr(got, "written under test-upgrade of "
				      "2027-01-01, newer than 2026-03-01 here"));
	free(got);
	got = upgraded("test-upgrade@2027-01-01", "{\"" G "\":{\"size\":1}}");
	CU_ASSERT_STRING_EQUAL(got, "{\"" G "\":{\"size\":1}}");
	free(got);
}

static void
test_instance(void)
{
	static const struct {
		int line; const char *text, *modules, *data;
	} rows[] = {
		{ __LINE__, "", NULL, "" },
		{ __LINE__, "{}", NULL, "{}" },
		{ __LINE__, "{ \"a:b\" : {} }", NULL, "{ \"a:b\" : {} }" },
		{ __LINE__, "{\"ietf-yang-instance-data:instance-data-set\":{"
		  "\"content-schema\":{\"module\":[\"a@1\", \"b@2\"]},"
		  "\"content-data\":{\"x\":\"}\\\"{\"}}}", "a@1 b@2",
		  "{\"x\":\"}\\\"{\"}" },
		{ __LINE__, "{\"ietf-yang-instance-data:instance-data-set\":{"
		  "\"content-data\":{},\"name\":[1,{\"y\":2}]}}\n", NULL, "{}" },
		/* an end that is none is left for the parser */
		{ __LINE__, "{\"ietf-yang-instance-data:instance-data-set\":{"
		  "\"content-data\":{}} x", NULL, "{}} x" },
		{ __LINE__, "{\"ietf-yang-instance-data:instance-data-set\":{"
		  "\"content-data\":{\"a", NULL, "{\"a" },
	};
	char *text, *modules, *p;
	struct err e = ERR_INIT;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		text = strdup(rows[i].text);
		CHECK_ROW(rows[i].line, instance_open(text, strlen(text),
						      &modules, &e) == 0);
		CHECK_ROW(rows[i].line, rows[i].modules == NULL ?
			  modules == NULL : modules != NULL &&
			  strcmp(modules, rows[i].modules) == 0);
		for (p = text; *p == ' '; p++)
			;
		while (strlen(p) > 0 && strchr(" \n", p[strlen(p) - 1]))
			p[strlen(p) - 1] = '\0';
		CHECK_ROW(rows[i].line, strcmp(p, rows[i].data) == 0);
		if (strcmp(p, rows[i].data) != 0)
			printf("    %s\n", p);
		free(modules);
		free(text);
	}
	text = strdup("{\"ietf-yang-instance-data:instance-data-set\":{}}");
	CU_ASSERT_EQUAL(instance_open(text, strlen(text), &modules, &e), -1);
	free(text);
}

/* Cut anywhere, it is never taken for whole. */
static void
test_cut(void)
{
	char *whole = instance_print("startup", "a@2026-01-01 b@2026-01-02",
				     "{\n  \"" G "\": {\n    \"size\": 3\n  }\n}\n");
	struct lyd_node *tree;
	struct err e;
	char *text, *modules;
	size_t i, len = strlen(whole);
	int rc;

	for (i = 0; i <= len; i++) {
		text = strndup(whole, i);
		e = (struct err)ERR_INIT;
		tree = NULL;
		rc = instance_open(text, i, &modules, &e);
		if (rc == 0)
			rc = upgrade_parse(&tree, &schema, modules, text, i,
					   NULL, NULL, &e);
		/* The last is a line break. */
		CHECK_ROW((int)i, (rc == 0) == (i >= len - 1));
		ytree_free(tree);
		free(modules);
		free(text);
	}
	free(whole);
}

static void
warn(const char *sentence, void *arg)
{
	(void)arg;
	snprintf(said, sizeof(said), "%s", sentence);
}

static struct map *
load(struct store *st, const struct schema *s, const char *dir, const char *boot)
{
	struct err e = ERR_INIT;
	struct map *m = NULL;

	said[0] = '\0';
	CU_ASSERT_EQUAL_FATAL(store_open(st, s, dir, "/nonexistent", &e), 0);
	snprintf(st->boot, sizeof(st->boot), "%s", boot);
	CU_ASSERT_EQUAL_FATAL(store_load(st, &m, warn, NULL, &e), 0);
	return m;
}

static struct map *
commit(struct store *st, struct map *running, const char *path, const char *value)
{
	struct map *m = map_clone(running);
	struct commit c = { .time = 1, .user = strdup("alice") };
	struct err e = ERR_INIT;

	set1(st->schema, m, path, value);
	CU_ASSERT_EQUAL(store_commit(st, running, m, &c, &e), 0);
	map_unref(running);
	return m;
}

/* A whole folder of an older version: running, its commits, and startup. */
static void
test_store(void)
{
	static const char want[] = "{\"" G "\":{\"size\":4,\"bed\":[{\"id\":1,"
	    "\"kind\":\"vegetables\",\"depth\":5,\"seed\":[\"pea\"]}]}}";
	char *dir = make_test_dir();
	struct err e = ERR_INIT;
	struct store st;
	struct map *m, *was;

	m = load(&st, &before, dir, "b1");
	m = commit(&st, m, "/" G "/size", "4");
	m = commit(&st, m, "/" G "/bed[id='1']/kind", "veg");
	m = commit(&st, m, "/" G "/bed[id='1']/plant", "pea");
	m = commit(&st, m, "/" G "/gone", "soon");
	CU_ASSERT_EQUAL(store_save_startup(&st, m, &e), 0);
	map_unref(m);
	store_close(&st);

	m = load(&st, &schema, dir, "b1");	/* confd alone is new */
	CU_ASSERT_EQUAL(said[0], '\0');
	ASSERT_JSON(&schema, m, want);
	m = commit(&st, m, "/" G "/bed[id='1']/depth", "8");
	CU_ASSERT_EQUAL(store_at(&st, m, 2, &was, &e), 0);
	map_unref(was);
	map_unref(m);
	store_close(&st);

	m = load(&st, &schema, dir, "b2");	/* and now the machine */
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "garden/gone is no setting"));
	ASSERT_JSON(&schema, m, want);
	CU_ASSERT_EQUAL(store_save_startup(&st, m, &e), 0);
	map_unref(m);
	store_close(&st);
	m = load(&st, &schema, dir, "b3");
	CU_ASSERT_EQUAL(said[0], '\0');
	ASSERT_JSON(&schema, m, want);
	map_unref(m);
	store_close(&st);
	remove_dir(dir);
}

static void
test_load_schemas(void)
{
	load_schema_with(&schema, "test-upgrade");
	load_schema_with(&before, "old/test-upgrade");
}

static void
test_unload(void)
{
	schema_fini(&schema);
	schema_fini(&before);
}

UNIT_MAIN("upgrade",
	{ "models", test_load_schemas },
	{ "steps", test_steps },
	{ "written by a newer version", test_newer },
	{ "the file says of which models it is", test_instance },
	{ "cut off anywhere", test_cut },
	{ "a folder of an older version", test_store },
	{ "unloading", test_unload },
)
