/* lib/names */
#include "names.h"

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
test_distance(void)
{
	CU_ASSERT_EQUAL(name_distance("", ""), 0);
	CU_ASSERT_EQUAL(name_distance("abc", "abc"), 0);
	CU_ASSERT_EQUAL(name_distance("abc", "acb"), 1);
	CU_ASSERT_EQUAL(name_distance("abc", "ab"), 1);
	CU_ASSERT_EQUAL(name_distance("abc", "xabc"), 1);
	CU_ASSERT_EQUAL(name_distance("abc", "xyz"), 3);
	CU_ASSERT(name_distance("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
				"a") > 2);
	CU_ASSERT_EQUAL(name_distance("AES128", "aes128"), 0);
}

UNIT_MAIN("names",
	{ "names and numbers find each other", test_find },
	{ "how far words are from each other", test_distance },
)
