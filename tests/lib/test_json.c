/* lib/json */
#include "json.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit.h"

static void
test_structure(void)
{
	struct json j;
	char *text;

	json_init(&j);
	json_object(&j, NULL);
	json_u32(&j, "a", 4294967295u);
	json_u64(&j, "b", 18446744073709551615ull);
	json_bool(&j, "c", true);
	json_array(&j, "d");
	json_str(&j, NULL, "x");
	json_object(&j, NULL);
	json_object_end(&j);
	json_array(&j, NULL);
	json_array_end(&j);
	json_bool(&j, NULL, false);
	json_array_end(&j);
	json_raw(&j, "e", "[null]", 6);
	json_strf(&j, "f", "%08x", 0xc2032981u);
	json_object_end(&j);
	CU_ASSERT(json_ok(&j));
	text = json_take(&j);
	CU_ASSERT_STRING_EQUAL(text,
	    "{\"a\":4294967295,\"b\":\"18446744073709551615\",\"c\":true,"
	    "\"d\":[\"x\",{},[],false],\"e\":[null],\"f\":\"c2032981\"}");
	free(text);
	/* Taken: nothing is left to take or free. */
	CU_ASSERT(!json_ok(&j) && json_take(&j) == NULL);
	json_fini(&j);
}

static void
test_escape(void)
{
#define BAD "\xef\xbf\xbd"
	static const struct { int line; const char *in, *out; } rows[] = {
		{ __LINE__, "", "\"\"" },
		{ __LINE__, "say \"hi\" \\o/", "\"say \\\"hi\\\" \\\\o/\"" },
		{ __LINE__, "a\nb\rc\td", "\"a\\nb\\rc\\td\"" },
		{ __LINE__, "\x1b[2J\x01", "\"" BAD "[2J" BAD "\"" },
		{ __LINE__, "\x7f", "\"\x7f\"" },
		{ __LINE__, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x92",
		  "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x92\"" },
		{ __LINE__, "\xc3", "\"" BAD "\"" },
		{ __LINE__, "\xc3(", "\"" BAD "(\"" },
		{ __LINE__, "\xc0\xaf", "\"" BAD BAD "\"" },	/* overlong */
		{ __LINE__, "\xe0\x80\xaf", "\"" BAD BAD BAD "\"" },
		{ __LINE__, "\xed\xa0\x80", "\"" BAD BAD BAD "\"" },	/* surrogate */
		{ __LINE__, "\xef\xbf\xbf", "\"" BAD BAD BAD "\"" },	/* U+FFFF */
		{ __LINE__, "\xf4\x90\x80\x80", "\"" BAD BAD BAD BAD "\"" },
		{ __LINE__, "\xff\xfe", "\"" BAD BAD "\"" },
		{ __LINE__, "\xf0\x9f\x94", "\"" BAD BAD BAD "\"" },
	};
	struct json j;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_init(&j);
		json_str(&j, NULL, rows[i].in);
		CHECK_ROW(rows[i].line, json_ok(&j) &&
		    strcmp(j.text, rows[i].out) == 0);
		json_fini(&j);
	}
}

static void
test_long(void)
{
	struct json j;
	char *big = malloc(100001);
	size_t i;

	CU_ASSERT_FATAL(big != NULL);
	memset(big, 'x', 100000);
	big[100000] = '\0';
	json_init(&j);
	json_array(&j, NULL);
	json_strf(&j, NULL, "%s", big);
	for (i = 0; i < 1000; i++)
		json_u32(&j, NULL, 7);
	json_array_end(&j);
	CU_ASSERT(json_ok(&j));
	CU_ASSERT_EQUAL(j.len, 1 + 100002 + 2000 + 1);
	CU_ASSERT_EQUAL(strlen(j.text), j.len);
	json_fini(&j);
	free(big);
}

static void
test_no_memory(void)
{
	struct json j;

	json_init(&j);
	json_array(&j, NULL);
	json_raw(&j, NULL, "", SIZE_MAX / 2);
	CU_ASSERT(!json_ok(&j));
	json_array_end(&j);
	CU_ASSERT(json_take(&j) == NULL);
}

/* RFC 4648 10 */
static void
test_octets(void)
{
	static const struct { int line; const char *in, *out; } rows[] = {
		{ __LINE__, "", "" },
		{ __LINE__, "f", "Zg==" },
		{ __LINE__, "fo", "Zm8=" },
		{ __LINE__, "foo", "Zm9v" },
		{ __LINE__, "foob", "Zm9vYg==" },
		{ __LINE__, "\xfb\xff\xfe", "+//+" },
	};
	char want[32];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct json j;

		json_init(&j);
		json_octets(&j, NULL, rows[i].in, strlen(rows[i].in));
		snprintf(want, sizeof(want), "\"%s\"", rows[i].out);
		CHECK_ROW(rows[i].line, json_ok(&j) && !strcmp(j.text, want));
		json_fini(&j);
	}
}

static void
test_reserve(void)
{
	const char *where;
	struct json j;

	json_init(&j);
	json_reserve(&j, 100000);
	json_str(&j, NULL, "");
	where = j.text;
	json_strf(&j, NULL, "%99990d", 7);
	CU_ASSERT(json_ok(&j) && j.text == where);
	json_fini(&j);
}

static void
test_time(void)
{
	static const struct { int line; int64_t when; const char *want; } rows[] = {
		{ __LINE__, 0, "{\"t\":\"1970-01-01T00:00:00Z\"}" },
		{ __LINE__, 1763762400, "{\"t\":\"2025-11-21T22:00:00Z\"}" },
		{ __LINE__, 253402300799, "{\"t\":\"9999-12-31T23:59:59Z\"}" },
		{ __LINE__, 253402300800, "{}" },
		{ __LINE__, -1, "{}" },
		{ __LINE__, INT64_MAX, "{}" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct json j;

		json_init(&j);
		json_object(&j, NULL);
		json_time(&j, "t", rows[i].when);
		json_object_end(&j);
		CHECK_ROW(rows[i].line, json_ok(&j) &&
			  strcmp(j.text, rows[i].want) == 0);
		json_fini(&j);
	}
}

static void
test_wanted(void)
{
	CU_ASSERT(json_wanted(NULL, "since") && json_wanted("", "since"));
	CU_ASSERT(json_wanted("since", "since"));
	CU_ASSERT(json_wanted("status since", "since"));
	CU_ASSERT(json_wanted("ever-since since/when", "since"));
	CU_ASSERT(!json_wanted("ever-since", "since"));
	CU_ASSERT(!json_wanted("since-when", "since"));
	CU_ASSERT(!json_wanted("when/since", "since"));
	CU_ASSERT(!json_wanted(" ", "since"));
}

UNIT_MAIN("json",
	{ "times are UTC, or left out", test_time },
	{ "what is asked for by name is found", test_wanted },
	{ "octets become base64", test_octets },
	{ "what is reserved is not moved", test_reserve },
	{ "commas, names and numbers are right", test_structure },
	{ "every string is valid JSON and valid in YANG", test_escape },
	{ "text grows", test_long },
	{ "running out of memory sticks", test_no_memory },
)
