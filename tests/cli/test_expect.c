/* cli/expect: abbreviations, ambiguity, suggestions. */
#include "expect.h"

#include <string.h>

#include "tests/unit.h"

static void
test_match(void)
{
	static const struct { int line; const char *typed, *want, *says; }
	rows[] = {
		{ __LINE__, "peer", "peer", NULL },
		{ __LINE__, "pe", NULL, "ambiguous: 'pe' may be peer, peers" },
		{ __LINE__, "peers", "peers", NULL },
		{ __LINE__, "loc", "local-id", NULL },
		{ __LINE__, "LOC", "local-id", NULL },
		{ __LINE__, "pere", NULL, "did you mean 'peer'?" },
		{ __LINE__, "lcoal-id", NULL, "did you mean 'local-id'?" },
		{ __LINE__, "banana", NULL, "there is: peer, peers, local-id" },
		{ __LINE__, "", NULL, "unknown" },
		{ __LINE__, "17", "17", NULL },
		{ __LINE__, "1", NULL, "unknown" },
	};
	struct expect e;

	expect_init(&e);
	expect_add(&e, EXPECT_WORD, "peer", "", NULL, 1);
	expect_add(&e, EXPECT_WORD, "peers", "", NULL, 2);
	expect_add(&e, EXPECT_WORD, "local-id", "", NULL, 3);
	expect_add(&e, EXPECT_VALUE, "17", "", NULL, 4);
	expect_add(&e, EXPECT_HOLDER, "<1..9>", "", NULL, 5);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err err = ERR_INIT;
		const struct expect_item *it = expect_match(&e, rows[i].typed,
							    "word", &err);

		CHECK_ROW(rows[i].line, (it != NULL) == (rows[i].want != NULL));
		if (it && rows[i].want)
			CHECK_ROW(rows[i].line, !strcmp(it->text, rows[i].want));
		if (!it && rows[i].says && !strstr(err.text, rows[i].says))
			printf("\n    it says: %s\n", err.text);
		if (!it && rows[i].says)
			CHECK_ROW(rows[i].line,
				  strstr(err.text, rows[i].says) != NULL);
	}
	expect_fini(&e);
}

UNIT_MAIN("expect",
	{ "matching", test_match },
)
