/* lib/err */
#include "err.h"

#include <string.h>

#include "tests/unit.h"

static void
test_set(void)
{
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(err_set(&e, ERR_INVALID, "peer '%s' is odd", "x"), -1);
	CU_ASSERT_EQUAL(e.kind, ERR_INVALID);
	CU_ASSERT_STRING_EQUAL(e.text, "peer 'x' is odd");
	CU_ASSERT_STRING_EQUAL(e.path, "");
	CU_ASSERT_EQUAL(err_set_path(&e, ERR_DENIED, "/a/b", "no"), -1);
	CU_ASSERT_STRING_EQUAL(e.path, "/a/b");
	CU_ASSERT_EQUAL(err_prefix(&e, "line %d", 3), -1);
	CU_ASSERT_STRING_EQUAL(e.text, "line 3: no");
	CU_ASSERT_STRING_EQUAL(e.path, "/a/b");
	CU_ASSERT_EQUAL(e.kind, ERR_DENIED);
	err_clear(&e);
	CU_ASSERT(e.kind == ERR_NONE && e.text[0] == '\0' && e.path[0] == '\0');
	CU_ASSERT_EQUAL(err_set(NULL, ERR_BUG, "nobody asks"), -1);
	CU_ASSERT_EQUAL(err_prefix(NULL, "nobody"), -1);
}

static void
test_long(void)
{
	char text[2 * ERR_TEXT_MAX];
	struct err e = ERR_INIT;

	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	CU_ASSERT_EQUAL(err_set(&e, ERR_REALITY, "%s", text), -1);
	CU_ASSERT_EQUAL(strlen(e.text), ERR_TEXT_MAX - 1);
	CU_ASSERT_STRING_EQUAL(e.text + ERR_TEXT_MAX - 4, "...");
	CU_ASSERT_EQUAL(err_prefix(&e, "%s", text), -1);
	CU_ASSERT_EQUAL(strlen(e.text), ERR_TEXT_MAX - 1);
}

UNIT_MAIN("err",
	{ "an error holds kind, sentence and place", test_set },
	{ "a sentence too long ends in dots", test_long },
)
