/* lib/text */
#include "text.h"

#include "tests/unit.h"

static void
test_add(void)
{
	char buf[8];
	struct text t = { buf, sizeof(buf), 0 };

	text_add(&t, "%s", "");
	CU_ASSERT_STRING_EQUAL(buf, "");
	text_add(&t, "%d", 12);
	text_add(&t, "-%s", "ab");
	CU_ASSERT_STRING_EQUAL(buf, "12-ab");
	CU_ASSERT_EQUAL(t.len, 5);
	text_add(&t, "%s", "cd");			/* just fits */
	CU_ASSERT_STRING_EQUAL(buf, "12-abcd");
	text_add(&t, "%s", "e");
	CU_ASSERT_STRING_EQUAL(buf, "12-abcd");
	CU_ASSERT_EQUAL(t.len, 7);
}

static void
test_cut(void)
{
	char buf[5] = { 0, 0, 0, 0, 'x' };
	struct text t = { buf, 4, 0 };

	text_add(&t, "%s", "abcdefgh");
	CU_ASSERT_STRING_EQUAL(buf, "abc");
	CU_ASSERT_EQUAL(t.len, 3);
	text_add(&t, "%s", "i");
	CU_ASSERT_EQUAL(t.len, 3);
	t.size = sizeof(buf);			/* what was held back */
	text_add(&t, "%s", "jk");
	CU_ASSERT_STRING_EQUAL(buf, "abcj");
}

UNIT_MAIN("text", { "add", test_add }, { "what does not fit", test_cut })
