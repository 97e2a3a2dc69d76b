/* lib/utf8 */
#include "utf8.h"

#include <string.h>

#include "tests/unit.h"

static const struct {
	int		 line;
	const char	*text;
	size_t		 len, shown;
	uint32_t	 c;
} rows[] = {
	{ __LINE__, "a", 1, 1, 'a' },
	{ __LINE__, " ", 1, 1, ' ' },
	{ __LINE__, "~", 1, 1, '~' },
	{ __LINE__, "\xc3\xab", 2, 2, 0xeb },
	{ __LINE__, "\xe2\x82\xac", 3, 3, 0x20ac },
	{ __LINE__, "\xe6\x97\xa5", 3, 3, 0x65e5 },
	{ __LINE__, "\xf0\x9f\x94\x92", 4, 4, 0x1f512 },
	/* controls: C0, DEL, C1 */
	{ __LINE__, "\n", 1, 0, '\n' },
	{ __LINE__, "\x1b", 1, 0, 0x1b },
	{ __LINE__, "\x7f", 1, 0, 0x7f },
	{ __LINE__, "\xc2\x80", 2, 0, 0x80 },
	{ __LINE__, "\xc2\x9b", 2, 0, 0x9b },		/* CSI */
	{ __LINE__, "\xc2\xa0", 2, 0, 0xa0 },		/* a blank that is none */
	{ __LINE__, "\xc2\xa1", 2, 2, 0xa1 },
	{ __LINE__, "\xc2\xad", 2, 0, 0xad },
	/* direction, invisible, lines */
	{ __LINE__, "\xd8\x9c", 2, 0, 0x61c },
	{ __LINE__, "\xe2\x80\x8b", 3, 0, 0x200b },
	{ __LINE__, "\xe2\x80\x8e", 3, 0, 0x200e },
	{ __LINE__, "\xe2\x80\xa8", 3, 0, 0x2028 },
	{ __LINE__, "\xe2\x80\xae", 3, 0, 0x202e },
	{ __LINE__, "\xe2\x81\xa6", 3, 0, 0x2066 },
	{ __LINE__, "\xe3\x85\xa4", 3, 0, 0x3164 },
	{ __LINE__, "\xef\xbb\xbf", 3, 0, 0xfeff },
	{ __LINE__, "\xf3\xa0\x80\x81", 4, 0, 0xe0001 },
	/* nobody's, and no characters */
	{ __LINE__, "\xee\x80\x80", 3, 0, 0xe000 },
	{ __LINE__, "\xef\xbf\xbf", 3, 0, 0xffff },
	{ __LINE__, "\xf0\x9f\xbf\xbe", 4, 0, 0x1fffe },
	{ __LINE__, "\xf4\x8f\xbf\xbf", 4, 0, 0x10ffff },
	/* no UTF-8 */
	{ __LINE__, "\x80", 0, 0, 0 },
	{ __LINE__, "\xc3", 0, 0, 0 },
	{ __LINE__, "\xc3(", 0, 0, 0 },
	{ __LINE__, "\xc0\xaf", 0, 0, 0 },
	{ __LINE__, "\xe0\x80\xaf", 0, 0, 0 },
	{ __LINE__, "\xed\xa0\x80", 0, 0, 0 },		/* surrogate */
	{ __LINE__, "\xf4\x90\x80\x80", 0, 0, 0 },
	{ __LINE__, "\xff", 0, 0, 0 },
};

static void
test_rows(void)
{
	size_t i, n, len;
	uint32_t c;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		len = strlen(rows[i].text);
		c = 0;
		CHECK_ROW(rows[i].line, utf8_char(rows[i].text, len, &c) ==
		    rows[i].len);
		CHECK_ROW(rows[i].line, c == rows[i].c);
		CHECK_ROW(rows[i].line, utf8_shown(rows[i].text, len) ==
		    rows[i].shown);
		/* A part of one is none, and what follows does not matter. */
		for (n = 0; n < rows[i].len; n++)
			CHECK_ROW(rows[i].line, utf8_char(rows[i].text, n, NULL) ==
			    0);
		CHECK_ROW(rows[i].line, utf8_char(rows[i].text, 4, NULL) ==
		    rows[i].len);
	}
}

UNIT_MAIN("utf8", { "characters", test_rows })
