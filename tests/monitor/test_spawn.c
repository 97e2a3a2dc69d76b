/* ipsecd/monitor/spawn: how long to wait before a child is started again */
#include "monitor/spawn.h"

#include <signal.h>
#include <string.h>

#include "tests/unit.h"

static void
test_backoff(void)
{
	struct backoff b = { .started_ms = 1000 };
	unsigned int wait, last = 0;
	int i;

	/* It lived: at once. */
	CU_ASSERT_EQUAL(backoff_next(&b, 1000 + 60000), 0);
	for (i = 0; i < 20; i++) {
		b.started_ms = 100000;
		wait = backoff_next(&b, 100010);
		CU_ASSERT(wait >= last && wait > 0 && wait <= 10000);
		last = wait;
	}
	CU_ASSERT_EQUAL(last, 10000);
	CU_ASSERT_EQUAL(backoff_next(&b, 200000), 0);
	b.started_ms = 200000;
	CU_ASSERT_EQUAL(backoff_next(&b, 200001), 100);
}

static void
test_fate(void)
{
	char text[160];

	CU_ASSERT_STRING_EQUAL(spawn_fate(1 << 8, text, sizeof(text)),
			       "ended with status 1");
	CU_ASSERT_STRING_EQUAL(spawn_fate(SIGKILL, text, sizeof(text)),
			       "was killed by signal 9 (Killed)");
	CU_ASSERT_PTR_NOT_NULL(strstr(spawn_fate(SIGSYS, text, sizeof(text)),
				      "-d sandbox"));
}

UNIT_MAIN("spawn",
	{ "back-off", test_backoff },
	{ "fates", test_fate },
)
