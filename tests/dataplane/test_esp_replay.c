/* esp/replay: rows, and against a window that remembers everything. */
#include "esp/replay.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit.h"

#define HIGH(n)	((uint64_t)(n) << 32)

/* --- in order, late, twice, too late --- */

static const struct {
	int		line;
	uint64_t	seq;
	bool		ok;
} rows[] = {			/* window of 128 */
	{ __LINE__, 0, false },
	{ __LINE__, 1, true },
	{ __LINE__, 1, false },
	{ __LINE__, 3, true },
	{ __LINE__, 2, true },
	{ __LINE__, 2, false },
	{ __LINE__, 128, true },
	{ __LINE__, 4, true },
	{ __LINE__, 129, true },
	{ __LINE__, 1, false },
	{ __LINE__, 5, true },
	{ __LINE__, 132, true },
	{ __LINE__, 4, false },
	{ __LINE__, 6, true },
	{ __LINE__, 1000, true },
	{ __LINE__, 132, false },
	{ __LINE__, 872, false },
	{ __LINE__, 873, true },
	{ __LINE__, 999, true },
	{ __LINE__, 1000, false },
	{ __LINE__, 1000 + HIGH(1), true },
	{ __LINE__, 1000, false },
	{ __LINE__, UINT64_MAX, true },
	{ __LINE__, UINT64_MAX, false },
	{ __LINE__, UINT64_MAX - 127, true },
	{ __LINE__, UINT64_MAX - 128, false },
};

static void
test_rows(void)
{
	struct replay r;
	size_t i;

	CU_ASSERT_FATAL(replay_init(&r, 128));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool ok = replay_ok(&r, rows[i].seq);

		CHECK_ROW(rows[i].line, ok == rows[i].ok);
		if (ok)
			replay_mark(&r, rows[i].seq);
	}
	replay_fini(&r);
}

/* --- RFC 4303 A2: which high half --- */

static const struct {
	int		line;
	uint64_t	top;
	uint32_t	low;
	uint64_t	seq;
} esn_rows[] = {		/* window of 64 */
	{ __LINE__, 0, 1, 1 },
	{ __LINE__, 10, 11, 11 },
	{ __LINE__, 10, 9, 9 },
	/* before the beginning of all */
	{ __LINE__, 10, 0xfffffff0, 0 },
	{ __LINE__, 63, 0xffffffff, HIGH(0) | 0xffffffff },
	{ __LINE__, 0xfffffff0, 0xffffffff, 0xffffffff },
	{ __LINE__, 0xfffffff0, 3, HIGH(1) | 3 },
	{ __LINE__, 0xfffffff0, 0xffffffb1, 0xffffffb1 },
	{ __LINE__, 0xfffffff0, 0xffffffb0, HIGH(1) | 0xffffffb0 },
	{ __LINE__, HIGH(1) | 5, 0xfffffff0, 0xfffffff0 },
	{ __LINE__, HIGH(1) | 5, 6, HIGH(1) | 6 },
	{ __LINE__, HIGH(1) | 5, 0x80000000, HIGH(1) | 0x80000000 },
	{ __LINE__, HIGH(7) | 1000, 900, HIGH(8) | 900 },
	{ __LINE__, HIGH(7) | 1000, 937, HIGH(7) | 937 },
};

static void
test_esn(void)
{
	struct replay r;
	size_t i;

	CU_ASSERT_FATAL(replay_init(&r, 64));
	for (i = 0; i < sizeof(esn_rows) / sizeof(esn_rows[0]); i++) {
		r.top = esn_rows[i].top;
		CHECK_ROW(esn_rows[i].line,
		    replay_seq(&r, true, esn_rows[i].low) == esn_rows[i].seq);
		CHECK_ROW(esn_rows[i].line,
		    replay_seq(&r, false, esn_rows[i].low) == esn_rows[i].low);
	}
	replay_fini(&r);
}

/* --- random walks against a list of all that was seen --- */

#define SEEN	200000

static void
walk(uint32_t window, unsigned int spread)
{
	static uint8_t seen[SEEN];
	struct replay r;
	uint64_t top = 0, bad = 0;
	int i;

	memset(seen, 0, sizeof(seen));
	CU_ASSERT_FATAL(replay_init(&r, window));
	for (i = 0; i < 50000; i++) {
		int64_t at = (int64_t)top + rand() % (int)spread -
		    (int)(spread * 3 / 5);
		uint64_t seq = at < 0 ? 0 : (uint64_t)at;
		bool want;

		if (seq >= SEEN)
			break;
		want = seq > 0 && (seq > top ||
		    (top - seq < r.window && !seen[seq]));
		bad += replay_ok(&r, seq) != want;
		if (!want)
			continue;
		replay_mark(&r, seq);
		seen[seq] = 1;
		if (seq > top)
			top = seq;
	}
	CU_ASSERT_EQUAL(bad, 0);
	CU_ASSERT(top > window);
	replay_fini(&r);
}

static void
test_walk(void)
{
	static const uint32_t windows[] = { 1, 32, 64, 100, 1024, 4096 };
	size_t i;

	srand(4303);
	for (i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
		walk(windows[i], 40);
		walk(windows[i], 400);
		walk(windows[i], 5000);
	}
}

UNIT_MAIN("esp/replay",
	{ "in order, late, twice, too late", test_rows },
	{ "the high half of extended numbers", test_esn },
	{ "random walks", test_walk },
)
