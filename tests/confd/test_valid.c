/* confd/valid, and units of shapes that only other modules have */
#include "tests/confd/fixture.h"

#include <libyang/libyang.h>

#define CAGE	"/test-shapes:zoo/fence/cage"
#define CAGE1	CAGE "[hall='a'][row='-1']"
#define CAGE2	CAGE "[hall='a'][row='2']"

static struct schema schema;
static char *dir;

/* Culvert's own modules and one of the tests'. */
static void
load_with(const char *module)
{
	const char *src = getenv("top_srcdir");
	struct err e = ERR_INIT;
	char cmd[1024];

	dir = make_test_dir();
	snprintf(cmd, sizeof(cmd), "cp '%s'/*.yang '%s'/tests/confd/yang/%s '%s'",
		 yang_dir(), src != NULL ? src : ".", module, dir);
	CU_ASSERT_EQUAL_FATAL(system(cmd), 0);
	if (schema_init(&schema, dir, &e) < 0) {
		printf("\n    %s\n", e.text);
		CU_FAIL_FATAL("models");
	}
}

static void
unload(void)
{
	schema_fini(&schema);
	remove_dir(dir);
}

/* The first error between the two, or "". */
static const char *
judge(const struct map *before, const struct map *after, size_t *n)
{
	static char text[2 * ERR_TEXT_MAX];
	struct valid v;

	text[0] = '\0';
	if (valid_changes(&schema, before, after, &v) < 0 && v.n > 0)
		snprintf(text, sizeof(text), "%s: %s", v.errors[0].path,
			 v.errors[0].text);
	*n = v.n;
	valid_fini(&v);
	return text;
}

static void
test_shapes(void)
{
	struct map *m = map_new();

	load_with("test-shapes.yang");
	CU_ASSERT(!schema.crosses);
	CU_ASSERT(schema.whens);
	CU_ASSERT_EQUAL(set1(&schema, m, "/test-shapes:zoo/name", "z"), 1);
	CU_ASSERT_EQUAL(set1(&schema, m, "/test-shapes:zoo/guard", "bob"), 1);
	CU_ASSERT_EQUAL(set1(&schema, m, "/test-shapes:zoo/guard", "al"), 1);
	CU_ASSERT_EQUAL(set1(&schema, m, "/test-shapes:zoo/fence/height", "3"), 1);
	CU_ASSERT_EQUAL(set1(&schema, m, CAGE2 "/food", "hay"), 1);
	CU_ASSERT_EQUAL(set1(&schema, m, CAGE1 "/animal[name='x']/legs", "4"), 1);
	CU_ASSERT_EQUAL(set1(&schema, m, CAGE1 "/animal[name='y']/tag", "shh"), 1);
	CU_ASSERT_EQUAL(set1(&schema, m, "/test-shapes:visitor[ticket='7']/name",
			     "eve"), 1);
	/* One of the rest, two cages, a visitor. */
	CU_ASSERT_EQUAL(m->n, 4);
	ASSERT_JSON(&schema, m, "{\"test-shapes:zoo\":{\"name\":\"z\","
		    "\"guard\":[\"bob\",\"al\"],\"fence\":{\"height\":3,"
		    "\"cage\":[{\"hall\":\"a\",\"row\":-1,\"animal\":["
		    "{\"name\":\"x\",\"legs\":4},{\"name\":\"y\",\"tag\":"
		    "\"shh\"}]},{\"hall\":\"a\",\"row\":2,\"food\":[\"hay\"]}]}},"
		    "\"test-shapes:visitor\":[{\"ticket\":7,\"name\":\"eve\"}]}");
	map_unref(m);
}

static void
test_removing(void)
{
	static const struct {
		int line; const char *path; size_t left;
	} rows[] = {
		{ __LINE__, "/test-shapes:zoo/guard[.='bob']", 4 },
		{ __LINE__, "/test-shapes:zoo/guard", 4 },
		{ __LINE__, CAGE1 "/animal[name='x']", 4 },
		{ __LINE__, CAGE1 "/animal", 4 },
		{ __LINE__, "/test-shapes:visitor", 3 },
		{ __LINE__, "/test-shapes:zoo/fence", 1 },
		{ __LINE__, "/test-shapes:zoo", 0 },
	};
	struct map *m = map_new();
	struct err e = ERR_INIT;
	size_t i;

	set1(&schema, m, "/test-shapes:zoo/name", "z");
	set1(&schema, m, "/test-shapes:zoo/guard", "bob");
	set1(&schema, m, "/test-shapes:zoo/guard", "al");
	set1(&schema, m, "/test-shapes:zoo/fence/height", "3");
	set1(&schema, m, CAGE1 "/animal[name='x']/legs", "4");
	set1(&schema, m, CAGE1 "/animal[name='y']/legs", "4");
	set1(&schema, m, CAGE2, NULL);
	set1(&schema, m, "/test-shapes:visitor[ticket='7']", NULL);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_ROW(rows[i].line, edit1(&schema, m, EDIT_DELETE,
					      rows[i].path, NULL, &e) == 1);
		CHECK_ROW(rows[i].line, m->n == rows[i].left);
		CHECK_ROW(rows[i].line, edit1(&schema, m, EDIT_DELETE,
					      rows[i].path, NULL, &e) == -1);
	}
	map_unref(m);
}

/* What is typed is never thrown away because of a `when`. */
static void
test_when(void)
{
	struct map *none = map_new(), *m = map_new();
	size_t n;

	set1(&schema, m, CAGE1 "/water", "5");
	CU_ASSERT_PTR_NOT_NULL(strstr(judge(none, m, &n), CAGE1 "/water: "));
	CU_ASSERT_EQUAL(n, 1);
	set1(&schema, m, CAGE1 "/kind", "fish");
	CU_ASSERT_STRING_EQUAL(judge(none, m, &n), "");
	map_unref(none);
	map_unref(m);
}

/* A rule of a one-line container that looks outside waits for the commit. */
static void
test_outside(void)
{
	struct map *none = map_new(), *m = map_new();
	size_t n;

	CU_ASSERT_EQUAL(set1(&schema, m, CAGE1 "/kind", "fish"), 1);
	CU_ASSERT_EQUAL(set1(&schema, m, CAGE1 "/plate/text", "carp"), 1);
	CU_ASSERT_STRING_EQUAL(judge(none, m, &n), CAGE1 "/plate/text: Only birds "
			       "read.");
	map_unref(none);
	map_unref(m);
	unload();
}

static void
test_crossing(void)
{
	struct map *none = map_new(), *m = map_new();
	size_t n;

	load_with("test-crossing.yang");
	CU_ASSERT(schema.crosses);
	set1(&schema, m, "/test-crossing:net/link[name='a']/address", "1");
	set1(&schema, m, "/test-crossing:net/link[name='b']/address", "1");
	CU_ASSERT_PTR_NOT_NULL(strstr(judge(none, m, &n), "link[name='"));
	set1(&schema, m, "/test-crossing:net/link[name='b']/address", "2");
	CU_ASSERT_STRING_EQUAL(judge(none, m, &n), "");
	set1(&schema, m, "/test-crossing:net/link[name='b']/backup", "c");
	CU_ASSERT_NOT_EQUAL(judge(none, m, &n)[0], '\0');
	set1(&schema, m, "/test-crossing:net/link[name='b']/backup", "a");
	CU_ASSERT_STRING_EQUAL(judge(none, m, &n), "");
	set1(&schema, m, "/test-crossing:net/link[name='b']/speed", "4");
	CU_ASSERT_PTR_NOT_NULL(strstr(judge(none, m, &n), "no faster"));
	set1(&schema, m, "/test-crossing:net/limit", "4");
	CU_ASSERT_STRING_EQUAL(judge(none, m, &n), "");
	map_unref(none);
	map_unref(m);
	unload();
}

/* Of Culvert's own modules, what S1 wants refused. */
static void
test_tunnel(void)
{
	static const struct {
		int line; const char *leaf, *value, *says;
	} rows[] = {
		{ __LINE__, "initiator", "true", "needs the address to connect" },
		{ __LINE__, "peer", "0.0.0.0", "no peer" },
		{ __LINE__, "peer", "2001:db8::1", "both be IPv4 or both" },
		{ __LINE__, "dpd-action", "restart", "A responder can only" },
		{ __LINE__, "dpd-timeout", "100", "IKEv1 only" },
		{ __LINE__, "method", "cert", "certificate" },
		{ __LINE__, "local-address", "::", "not 'any'" },
		{ __LINE__, "description", "fine", "" },
	};
	struct map *none = map_new(), *m;
	char path[128];
	const char *text;
	size_t i, n;

	load_schema(&schema);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		m = map_new();
		add_tunnel(&schema, m, 1);
		snprintf(path, sizeof(path), IPSEC1 "/%s", rows[i].leaf);
		set1(&schema, m, path, rows[i].value);
		text = judge(none, m, &n);
		CHECK_ROW(rows[i].line, strstr(text, rows[i].says) != NULL);
		CHECK_ROW(rows[i].line, (n == 0) == (rows[i].says[0] == '\0'));
		CHECK_ROW(rows[i].line, strstr(text, "  ") == NULL &&
			  strchr(text, '\n') == NULL);
		map_unref(m);
	}
	map_unref(none);
	schema_fini(&schema);
}

UNIT_MAIN("valid",
	{ "shapes", test_shapes },
	{ "removing them", test_removing },
	{ "when", test_when },
	{ "rules that look outside", test_outside },
	{ "rules that look beyond the unit", test_crossing },
	{ "rules of a tunnel", test_tunnel },
)
