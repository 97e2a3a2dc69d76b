/* lib/log */
#include "log.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit.h"

static int saved = -1;
static FILE *sink;

static void
capture(void)
{
	fflush(stderr);
	sink = tmpfile();
	saved = dup(STDERR_FILENO);
	dup2(fileno(sink), STDERR_FILENO);
}

static void
captured(char *out, size_t size)
{
	size_t n;

	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(sink);
	n = fread(out, 1, size - 1, sink);
	out[n] = '\0';
	fclose(sink);
}

static void
test_escape(void)
{
	char out[8192];

	unsetenv("JOURNAL_STREAM");
	log_init("unit", false, NULL);
	capture();
	log_info("peer says %s", "a\nunit[1]: forged\x1b[2J\xff");
	captured(out, sizeof(out));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "unit["));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "peer says a\\x0aunit[1]: forged"
				      "\\x1b[2J\\xff\n"));
	CU_ASSERT_PTR_EQUAL(strchr(out, '\n'), out + strlen(out) - 1);
}

static void
test_utf8(void)
{
	char out[8192];

	capture();
	log_info("it is Zo\xc3\xab\xc2\x9b" "2J\xe2\x80\xae");
	captured(out, sizeof(out));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "it is Zo\xc3\xab\\xc2\\x9b2J"
				      "\\xe2\\x80\\xae\n"));
}

static void
test_long(void)
{
	char out[8192], text[5000];

	memset(text, 0x80, sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	capture();
	log_error("%s", text);
	captured(out, sizeof(out));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "error: \\x80"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "...\n"));
}

static void
test_journal(void)
{
	char out[1024];

	setenv("JOURNAL_STREAM", "1:2", 1);
	log_init("unit", false, NULL);
	capture();
	log_warn("careful");
	captured(out, sizeof(out));
	CU_ASSERT_STRING_EQUAL(out, "<4>warning: careful\n");
	unsetenv("JOURNAL_STREAM");
}

static void
test_debug(void)
{
	char out[1024];

	log_init("unit", false, "wire,sa");
	CU_ASSERT(log_debugging("wire"));
	CU_ASSERT(log_debugging("sa"));
	CU_ASSERT(!log_debugging("s"));
	CU_ASSERT(!log_debugging("net"));
	capture();
	log_debug("net", "not this");
	log_debug("sa", "but this");
	captured(out, sizeof(out));
	CU_ASSERT_PTR_NULL(strstr(out, "not this"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "sa: but this\n"));
	log_init("unit", false, "all");
	CU_ASSERT(log_debugging("net"));
	log_init("unit", false, NULL);
	CU_ASSERT(!log_debugging("net"));
}

static void
test_rate(void)
{
	struct log_rate r = { .interval_ms = 100, .burst = 3 };
	char out[1024];
	int i, ok = 0;

	for (i = 0; i < 10; i++)
		ok += log_rate_ok(&r, 1000);
	CU_ASSERT_EQUAL(ok, 3);
	capture();
	CU_ASSERT(log_rate_ok(&r, 1100));
	captured(out, sizeof(out));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "7 lines"));
	CU_ASSERT(!log_rate_ok(&r, 1100));
	CU_ASSERT(!log_rate_ok(&r, 1199));
	CU_ASSERT(log_rate_ok(&r, 1200));
}

UNIT_MAIN("log",
	{ "bytes of others are escaped", test_escape },
	{ "but UTF-8 that is only seen", test_utf8 },
	{ "long lines are cut", test_long },
	{ "journal priorities", test_journal },
	{ "debug subsystems", test_debug },
	{ "rate limit", test_rate },
)
