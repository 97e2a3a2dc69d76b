/* confd: leaf-lists that are set as a whole: edits, differences, three ways. */
#include "confd/diff.h"
#include "fixture.h"

static struct schema schema;

#define LOCAL	IPSEC1 "/local-subnet"
#define ONE	"{\"culvert-tunnel:tunnel\":{\"ipsec\":[{\"id\":1"
#define END	"}]}}"

static void
test_load(void)
{
	load_schema(&schema);
	CU_ASSERT(!schema.crosses);
}

static void
test_edits(void)
{
	static const struct {
		int		 line;
		enum proto_edit	 op;
		const char	*path, *value;
		int		 changes;	/* -1: refused */
		const char	*json;
	} rows[] = {
		{ __LINE__, EDIT_MERGE, LOCAL, "10.0.1.0/24 10.0.3.0/24", 1,
		  ",\"local-subnet\":[\"10.0.1.0/24\",\"10.0.3.0/24\"]" },
		{ __LINE__, EDIT_MERGE, LOCAL, "10.0.1.0/24 10.0.3.0/24", 0,
		  ",\"local-subnet\":[\"10.0.1.0/24\",\"10.0.3.0/24\"]" },
		{ __LINE__, EDIT_MERGE, LOCAL, "10.0.1.7/24 10.0.3.0/24", 0,
		  ",\"local-subnet\":[\"10.0.1.0/24\",\"10.0.3.0/24\"]" },
		{ __LINE__, EDIT_MERGE, LOCAL, "10.0.3.0/24  10.0.1.0/24", 1,
		  ",\"local-subnet\":[\"10.0.3.0/24\",\"10.0.1.0/24\"]" },
		{ __LINE__, EDIT_MERGE, LOCAL "[.='10.0.2.0/24']", NULL, -1,
		  ",\"local-subnet\":[\"10.0.3.0/24\",\"10.0.1.0/24\"]" },
		{ __LINE__, EDIT_MERGE, LOCAL "[.='10.0.2.0/24']",
		  "10.0.2.0/24", 1, ",\"local-subnet\":[\"10.0.3.0/24\","
		  "\"10.0.1.0/24\",\"10.0.2.0/24\"]" },
		{ __LINE__, EDIT_REMOVE, LOCAL "[.='10.0.1.0/24']", NULL, 1,
		  ",\"local-subnet\":[\"10.0.3.0/24\",\"10.0.2.0/24\"]" },
		{ __LINE__, EDIT_MERGE, LOCAL, "10.0.1.0/24 10.0.1.5/24", -1,
		  ",\"local-subnet\":[\"10.0.3.0/24\",\"10.0.2.0/24\"]" },
		{ __LINE__, EDIT_MERGE, LOCAL, "10.0.1.0/24 10.0.1", -1,
		  ",\"local-subnet\":[\"10.0.3.0/24\",\"10.0.2.0/24\"]" },
		{ __LINE__, EDIT_MERGE, LOCAL, " ", -1,
		  ",\"local-subnet\":[\"10.0.3.0/24\",\"10.0.2.0/24\"]" },
		{ __LINE__, EDIT_REPLACE, LOCAL, "10.0.9.0/24", 1,
		  ",\"local-subnet\":[\"10.0.9.0/24\"]" },
		{ __LINE__, EDIT_DELETE, LOCAL, NULL, 1, "" },
		{ __LINE__, EDIT_REMOVE, LOCAL, NULL, 0, "" },
		{ __LINE__, EDIT_DELETE, LOCAL, NULL, -1, "" },
	};
	struct map *m = map_new();
	char want[512], *json;
	struct err e;
	size_t i;

	set1(&schema, m, IPSEC1, NULL);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_ROW(rows[i].line, edit1(&schema, m, rows[i].op,
		    rows[i].path, rows[i].value, &e) == rows[i].changes);
		snprintf(want, sizeof(want), ONE "%s" END, rows[i].json);
		json = json_of(&schema, m);
		if (strcmp(json, want) != 0)
			printf("\n    %s\n", json);
		CHECK_ROW(rows[i].line, strcmp(json, want) == 0);
		free(json);
	}
	map_unref(m);
}

/* What a batch of one edit with JSON in it leaves. */
static void
test_data(void)
{
	struct edit ed = { EDIT_MERGE, IPSEC1, NULL,
		"{\"local-subnet\":[\"10.0.2.0/24\",\"10.0.1.0/24\"]}" };
	struct map *m = map_new();
	struct batch b;
	struct err e;

	set1(&schema, m, LOCAL, "10.0.1.0/24 10.0.3.0/24");
	edit_begin(&b, &schema, m, 90);
	CU_ASSERT_EQUAL(edit_apply(&b, &ed, &e), 0);
	CU_ASSERT_EQUAL(edit_end(&b, &e), 0);
	ASSERT_JSON(&schema, m, ONE ",\"local-subnet\":[\"10.0.2.0/24\","
		    "\"10.0.1.0/24\"]" END);
	map_unref(m);
}

static int
collect(const struct change *c, void *arg)
{
	char *text = arg;
	size_t len = strlen(text);

	snprintf(text + len, 1024 - len, "%s %s%s%s%s%s\n",
		 c->op == EDIT_DELETE ? "-" : "+", c->path + strlen(IPSEC1),
		 c->old != NULL ? " was " : "", c->old != NULL ? c->old : "",
		 c->value != NULL ? " is " : "",
		 c->value != NULL ? c->value : "");
	return 0;
}

static void
test_diff(void)
{
	static const struct {
		int		 line;
		const char	*before, *after, *want;
	} rows[] = {
		{ __LINE__, NULL, "10.0.1.0/24 10.0.3.0/24",
		  "+ /local-subnet is 10.0.1.0/24 10.0.3.0/24\n" },
		{ __LINE__, "10.0.1.0/24 10.0.3.0/24", "10.0.3.0/24 10.0.1.0/24",
		  "+ /local-subnet was 10.0.1.0/24 10.0.3.0/24 is 10.0.3.0/24 "
		  "10.0.1.0/24\n" },
		{ __LINE__, "10.0.1.0/24 10.0.3.0/24", "10.0.1.0/24",
		  "+ /local-subnet was 10.0.1.0/24 10.0.3.0/24 is "
		  "10.0.1.0/24\n" },
		{ __LINE__, "10.0.1.0/24 10.0.3.0/24", NULL,
		  "- /local-subnet was 10.0.1.0/24 10.0.3.0/24\n" },
		{ __LINE__, "10.0.1.0/24", "10.0.1.0/24", "" },
	};
	char text[1024];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct map *a = map_new(), *b = map_new();

		set1(&schema, a, IPSEC1, NULL);
		set1(&schema, b, IPSEC1, NULL);
		if (rows[i].before != NULL)
			set1(&schema, a, LOCAL, rows[i].before);
		if (rows[i].after != NULL)
			set1(&schema, b, LOCAL, rows[i].after);
		text[0] = '\0';
		CHECK_ROW(rows[i].line, diff_maps(a, b, collect, text) == 0);
		if (strcmp(text, rows[i].want) != 0)
			printf("\n%s", text);
		CHECK_ROW(rows[i].line, strcmp(text, rows[i].want) == 0);
		map_unref(a);
		map_unref(b);
	}
}

/* Two who change the same line clash; a reordering is a change. */
static void
test_rebase(void)
{
	static const struct {
		int		 line;
		const char	*mine, *theirs, *path;
		const char	*want;		/* NULL: a conflict */
	} rows[] = {
		{ __LINE__, "10.0.2.0/24 10.0.1.0/24", "9", IPSEC1 "/dpd-delay",
		  ",\"local-subnet\":[\"10.0.2.0/24\",\"10.0.1.0/24\"],"
		  "\"dpd-delay\":9" },
		{ __LINE__, "10.0.2.0/24", "10.0.1.0/24 10.0.3.0/24", LOCAL,
		  NULL },
		{ __LINE__, "10.0.2.0/24 10.0.3.0/24", "10.0.2.0/24 10.0.3.0/24",
		  LOCAL, ",\"local-subnet\":[\"10.0.2.0/24\",\"10.0.3.0/24\"]" },
	};
	unsigned int serial = 5000;
	char want[512], *json;
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct map *base = map_new(), *mine, *theirs, *out = NULL;

		set1(&schema, base, LOCAL, "10.0.1.0/24 10.0.2.0/24");
		mine = map_clone(base);
		theirs = map_clone(base);
		set1(&schema, mine, LOCAL, rows[i].mine);
		set1(&schema, theirs, rows[i].path, rows[i].theirs);
		CHECK_ROW(rows[i].line, (diff_rebase(&schema, base, theirs, mine,
		    0, &serial, &out, NULL, NULL, &e) == 0) ==
		    (rows[i].want != NULL));
		if (rows[i].want != NULL && out != NULL) {
			snprintf(want, sizeof(want), ONE "%s" END, rows[i].want);
			json = json_of(&schema, out);
			if (strcmp(json, want) != 0)
				printf("\n    %s\n", json);
			CHECK_ROW(rows[i].line, strcmp(json, want) == 0);
			free(json);
			map_unref(out);
		}
		map_unref(base);
		map_unref(mine);
		map_unref(theirs);
	}
}

static void
test_too_many(void)
{
	struct map *m = map_new(), *none = map_new();
	char values[512] = "", one[32];
	struct valid v;
	int i;

	add_tunnel(&schema, m, 1);
	for (i = 0; i < 17; i++) {
		snprintf(one, sizeof(one), "%s10.0.%d.0/24", i > 0 ? " " : "", i);
		strncat(values, one, sizeof(values) - strlen(values) - 1);
	}
	set1(&schema, m, LOCAL, values);
	CU_ASSERT_EQUAL(valid_changes(&schema, none, m, &v), -1);
	CU_ASSERT_FATAL(v.n > 0);
	CU_ASSERT_STRING_EQUAL(v.errors[0].text,
	    "There can be 16 of local-subnet, not more.");
	valid_fini(&v);
	map_unref(m);
	map_unref(none);
}

static void
test_unload(void)
{
	schema_fini(&schema);
}

UNIT_MAIN("lines",
	{ "models", test_load },
	{ "edits", test_edits },
	{ "JSON", test_data },
	{ "differences", test_diff },
	{ "two who change", test_rebase },
	{ "too many", test_too_many },
	{ "unloading", test_unload },
)
