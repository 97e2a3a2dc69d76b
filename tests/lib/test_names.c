/* lib/names */
#include "names.h"

#include <string.h>

#include "tests/unit.h"

static const struct name table[] = {
	{ 1, "aes128" }, { 2, "aes256" }, { 3, "chacha20poly1305" },
	{ 4, "dpd-action" }, { 5, "dpd-delay" }, { 0, NULL },
};

static void
test_find(void)
{
	char buf[16];

	CU_ASSERT_STRING_EQUAL(name_find(table, 2), "aes256");
	CU_ASSERT(name_find(table, 0) == NULL);
	CU_ASSERT_EQUAL(name_value(table, "dpd-delay"), 5);
	CU_ASSERT_EQUAL(name_value(table, "dpd-dela"), -1);
	CU_ASSERT_EQUAL(name_value(table, "DPD-delay"), -1);
	CU_ASSERT_STRING_EQUAL(name_str(table, 1, buf), "aes128");
	CU_ASSERT_STRING_EQUAL(name_str(table, -2147483647, buf), "-2147483647");
}

static void
test_nearest(void)
{
	static const struct { int line; const char *typed, *want; } rows[] = {
		{ __LINE__, "aes12", "aes128" },
		{ __LINE__, "aes129", "aes128" },
		{ __LINE__, "eas256", "aes256" },
		{ __LINE__, "dpd-actoin", "dpd-action" },
		{ __LINE__, "chacha20-poly1305", "chacha20poly1305" },
		{ __LINE__, "banana", NULL },
		{ __LINE__, "x", NULL },
		{ __LINE__, "", NULL },
	};
	char long_word[300];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *got = name_nearest(table, rows[i].typed);

		CHECK_ROW(rows[i].line, (got == NULL) == (rows[i].want == NULL));
		CHECK_ROW(rows[i].line, got == NULL ||
		    strcmp(got, rows[i].want) == 0);
	}
	memset(long_word, 'a', sizeof(long_word));
	long_word[sizeof(long_word) - 1] = '\0';
	CU_ASSERT(name_nearest(table, long_word) == NULL);
}

UNIT_MAIN("names",
	{ "names and numbers find each other", test_find },
	{ "a mistyped name finds the one meant", test_nearest },
)
