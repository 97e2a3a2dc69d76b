/* confd/cases, confd/valid: choices, `when`, and all that is wrong at once */
#include "tests/confd/fixture.h"

#include <libyang/libyang.h>

#define ROOM	"/test-rules:house/room[name='r']"

static struct schema schema;
static char *dir;

static void
test_load(void)
{
	const char *src = getenv("top_srcdir");
	struct err e = ERR_INIT;
	char cmd[1024];

	dir = make_test_dir();
	snprintf(cmd, sizeof(cmd), "cp '%s'/culvert-extensions.yang '%s'/tests/"
		 "confd/yang/test-rules.yang '%s'", yang_dir(),
		 src != NULL ? src : ".", dir);
	CU_ASSERT_EQUAL_FATAL(system(cmd), 0);
	if (schema_init(&schema, dir, &e) < 0) {
		printf("\n    %s\n", e.text);
		CU_FAIL_FATAL("models");
	}
	CU_ASSERT(!schema.crosses);
}

static void
test_unload(void)
{
	schema_fini(&schema);
	remove_dir(dir);
}

/* Sets the nodes one after the other, with their values, up to NULL. */
static struct map *
after(const char *const *edit)
{
	struct map *m = map_new();

	for (; *edit != NULL; edit += 2)
		CU_ASSERT(set1(&schema, m, edit[0], edit[1]) >= 0);
	return m;
}

static void
test_choice(void)
{
	static const struct {
		int line;
		const char *edit[11];
		const char *json;	/* of the room, or of all */
	} rows[] = {
		{ __LINE__, { ROOM "/boards", "3", ROOM "/oil", "nut",
			      ROOM "/slabs/count", "2" },
		  "\"slabs\":{\"count\":2}" },
		{ __LINE__, { ROOM "/slabs/count", "2", ROOM "/boards", "3",
			      ROOM "/oil", "nut" },
		  "\"boards\":3,\"oil\":[\"nut\"]" },
		{ __LINE__, { ROOM "/slabs/count", "2", ROOM "/moss", "" },
		  "\"slabs\":{\"count\":2},\"moss\":[null]" },
		{ __LINE__, { ROOM "/slabs/count", "2", ROOM "/moss", "",
			      ROOM "/mortar", "lime" },
		  "\"slabs\":{\"count\":2},\"mortar\":\"lime\"" },
		{ __LINE__, { ROOM "/mortar", "lime", ROOM "/rug[name='a']",
			      NULL, ROOM "/rug[name='b']", NULL },
		  "\"rug\":[{\"name\":\"a\"},{\"name\":\"b\"}]" },
		{ __LINE__, { ROOM "/rug[name='a']", NULL, ROOM
			      "/oil[.='nut']", "nut" },
		  "\"oil\":[\"nut\"]" },
		/* a container that nothing is in excludes nothing */
		{ __LINE__, { ROOM "/boards", "3", ROOM "/slabs", NULL },
		  "\"boards\":3" },
		{ __LINE__, { "/test-rules:rain", NULL, "/test-rules:sun", NULL },
		  "" },
		{ __LINE__, { "/test-rules:sun", NULL, "/test-rules:rain", NULL },
		  "" },
	};
	struct map *m;
	char want[256];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		m = after(rows[i].edit);
		snprintf(want, sizeof(want), rows[i].json[0] != '\0' ?
			 "{\"test-rules:house\":{\"room\":[{\"name\":\"r\",%s}"
			 "]}}" : strcmp(rows[i].edit[0], "/test-rules:sun") ?
			 "{\"test-rules:sun\":{}}" : "{\"test-rules:rain\":{}}",
			 rows[i].json);
		ASSERT_JSON(&schema, m, want);
		map_unref(m);
	}
}

static void
test_top(void)
{
	struct map *m = map_new();
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(edit1(&schema, m, EDIT_MERGE, "/test-rules:alone", "1",
			      &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "only containers and lists"));
	map_unref(m);
}

/* It is said, all or nothing, and undone with the rest. */
static void
test_choice_said(void)
{
	const char *edit[] = { ROOM "/boards", "3", NULL };
	struct map *m = after(edit);
	struct edit ed = { EDIT_MERGE, ROOM "/mortar", "lime", NULL };
	struct edit bad = { EDIT_MERGE, ROOM "/tub", "x", NULL };
	struct edit json = { EDIT_MERGE, ROOM, NULL, "{\"oil\":[\"nut\"]}" };
	struct err e = ERR_INIT;
	struct batch b;

	edit_begin(&b, &schema, m, 1);
	CU_ASSERT_EQUAL(edit_apply(&b, &ed, &e), 0);
	CU_ASSERT_STRING_EQUAL(b.note, "boards was removed: it cannot be "
			       "beside what was set");
	CU_ASSERT_EQUAL(edit_apply(&b, &bad, &e), -1);
	edit_undo(&b);
	ASSERT_JSON(&schema, m, "{\"test-rules:house\":{\"room\":[{\"name\":"
		    "\"r\",\"boards\":3}]}}");
	edit_begin(&b, &schema, m, 2);
	CU_ASSERT_EQUAL(edit_apply(&b, &ed, &e), 0);
	CU_ASSERT_EQUAL(edit_apply(&b, &json, &e), 0);
	CU_ASSERT_EQUAL(edit_end(&b, &e), 0);
	ASSERT_JSON(&schema, m, "{\"test-rules:house\":{\"room\":[{\"name\":"
		    "\"r\",\"oil\":[\"nut\"]}]}}");
	map_unref(m);
}

UNIT_MAIN("rules",
	{ "models", test_load },
	{ "choices", test_choice },
	{ "a leaf at the top", test_top },
	{ "what a choice removes", test_choice_said },
	{ "unloading", test_unload },
)
