/* confd/cases, confd/valid: choices, `when`, and all that is wrong at once */
#include "confd/prune.h"
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

/* --- all that is wrong --- */

static void
says(int line, const struct map *before, const struct map *m,
     const char *const *want)
{
	struct valid v;
	size_t i, j, n = 0;

	CU_ASSERT_EQUAL(valid_changes(&schema, before, m, &v),
			want[0] != NULL ? -1 : 0);
	for (; want[n] != NULL; n++) {
		for (j = 0; j < v.n; j++)
			if (strstr(v.errors[j].text, want[n]) != NULL)
				break;
		if (j == v.n)
			printf("\n    line %d: nothing says: %s", line, want[n]);
		CU_ASSERT(j < v.n);
	}
	CU_ASSERT_EQUAL(v.n, n);
	for (i = 0; i < v.n && v.n != n; i++)
		printf("\n    line %d: %s: %s", line, v.errors[i].path,
		       v.errors[i].text);
	valid_fini(&v);
}

static void
test_all_faults(void)
{
	const char *edit[] = {
		ROOM "/heating/degrees", "40",
		ROOM "/door[name='a']/leads-to", "x",
		ROOM "/door[name='b']/leads-to", "x",
		ROOM "/door[name='b']/opposite", "z",
		ROOM "/door[name='c']/lock", "l",
		ROOM "/door[name='c']/opposite", "a",
		ROOM "/window[.='1']", "1",
		ROOM "/window[.='2']", "2",
		ROOM "/window[.='3']", "3",
		ROOM "/tub", "5",
		"/test-rules:house/room[name='s']/tub", "6",
		"/test-rules:house/room[name='s']/heating/degrees", "50",
		NULL,
	};
	const char *want[] = {
		"There can be 2 of window, not more.",
		"tub does not go with",
		"door lock is missing.",		/* a */
		"door lock is missing.",		/* b */
		"there is no door with the name 'z'",
		"a has the same leads-to",
		"heating fuel is missing.",
		"heating needs one of stove, cellar.",
		"There have to be at least 1 of key.",
		"That is too hot.",
		"tub does not go with",			/* of the other room */
		"heating fuel is missing.",
		"heating needs one of stove, cellar.",
		"There have to be at least 1 of key.",
		"That is too hot.",
		NULL,
	};
	struct map *none = map_new(), *m = after(edit);

	says(__LINE__, none, m, want);
	map_unref(none);
	map_unref(m);
}

/* Each of them alone, as libyang says it: never twice. */
static void
test_single_faults(void)
{
	static const struct {
		int line;
		const char *edit[9];
		const char *says;
	} rows[] = {
		{ __LINE__, { ROOM "/door[name='a']", NULL }, "lock is missing" },
		{ __LINE__, { ROOM "/door[name='a']/lock", "x", ROOM
			      "/door[name='a']/opposite", "q" },
		  "there is no door with the name 'q'" },
		{ __LINE__, { ROOM "/heating/fuel", "gas", ROOM
			      "/heating/stove", "", ROOM "/heating/degrees",
			      "3" }, "at least 1 of key" },
		{ __LINE__, { ROOM "/heating/fuel", "gas", ROOM
			      "/heating/key[.='k']", "k" }, "needs one of" },
		{ __LINE__, { ROOM "/tub", "3" }, "does not go with" },
		{ __LINE__, { ROOM "/door[name='a']/lock", "x", ROOM
			      "/door[name='b']/lock", "x", ROOM
			      "/door[name='c']/lock", "x", ROOM
			      "/door[name='d']/lock", "x" }, "can be 3 of door" },
	};
	struct map *none = map_new(), *m;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *want[] = { rows[i].says, NULL };

		m = after(rows[i].edit);
		says(rows[i].line, none, m, want);
		map_unref(m);
	}
	map_unref(none);
}

static void
keep(const char *sentence, void *arg)
{
	strncat(arg, sentence, 500);
	strcat(arg, "\n");
}

/* What ran goes with what it depended on; what was just typed is an error. */
static void
test_gone(void)
{
	const char *edit[] = {
		ROOM "/use", "bath", ROOM "/tub", "5", ROOM "/taps/hot", "true",
		NULL
	};
	const char *none[] = { NULL }, *typed[] = { "taps does not go", NULL };
	struct map *before = after(edit), *m = map_clone(before);
	struct err e = ERR_INIT;
	char said[2048] = "";
	struct valid v;

	says(__LINE__, before, m, none);
	set1(&schema, m, ROOM "/use", "bed");
	CU_ASSERT_EQUAL(valid_changes(&schema, before, m, &v), 0);
	CU_ASSERT_EQUAL(v.n_gone, 2);
	CU_ASSERT_EQUAL(prune(&v, &schema, m, 77, keep, said, &e), 0);
	CU_ASSERT_STRING_EQUAL(said, "house room r tub is removed: Only a bath "
			       "has a tub.\nhouse room r taps is removed: it "
			       "does not go with the settings beside it any "
			       "more\n");
	ASSERT_JSON(&schema, m, "{\"test-rules:house\":{\"room\":[{\"name\":"
		    "\"r\",\"use\":\"bed\"}]}}");
	valid_fini(&v);
	set1(&schema, m, ROOM "/tub", "5");
	set1(&schema, m, ROOM "/taps/hot", "false");
	says(__LINE__, before, m, typed);
	map_unref(before);
	map_unref(m);
}

UNIT_MAIN("rules",
	{ "models", test_load },
	{ "choices", test_choice },
	{ "a leaf at the top", test_top },
	{ "what a choice removes", test_choice_said },
	{ "all that is wrong", test_all_faults },
	{ "one thing is said once", test_single_faults },
	{ "what a when removes", test_gone },
	{ "unloading", test_unload },
)
