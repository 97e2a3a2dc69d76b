/* cli/lexer: words, quotes, comments, filters, and what must not vanish. */
#include "lexer.h"

#include <stdlib.h>
#include <string.h>

#include "str.h"
#include "tests/unit.h"

/* Words of the command joined by '~', then those of the filters after '!'. */
static char *
join(const char *text, bool partial)
{
	struct err e = ERR_INIT;
	struct str s = STR_INIT;
	struct line l;
	size_t at;

	if (lexer_split(&l, text, partial, &e, &at) < 0) {
		str_addf(&s, "error at %zu", at);
		return str_take(&s);
	}
	for (unsigned int i = 0; i < l.all; i++) {
		if (i)
			str_addc(&s, i == l.n ? '!' : '~');
		else if (i == l.n)
			str_addc(&s, '!');
		str_add(&s, l.word[i].text);
	}
	lexer_free(&l);
	return str_take(&s);
}

static void
test_words(void)
{
	static const struct { int line; const char *text, *want; } rows[] = {
		{ __LINE__, "", "" },
		{ __LINE__, "  \t ", "" },
		{ __LINE__, "a b\tc", "a~b~c" },
		{ __LINE__, "  a  ", "a" },
		{ __LINE__, "a # b c", "a" },
		{ __LINE__, "# a", "" },
		{ __LINE__, "a#b", "a#b" },
		{ __LINE__, "secret ab\\cd", "secret~ab\\cd" },
		{ __LINE__, "secret ab\\\\cd\\", "secret~ab\\\\cd\\" },
		{ __LINE__, "secret a|b;c\"d'e", "secret~a|b;c\"d'e" },
		{ __LINE__, "description Bob's", "description~Bob's" },
		{ __LINE__, "a \"b c\" d", "a~b c~d" },
		{ __LINE__, "a \"\" b", "a~~b" },
		{ __LINE__, "a \"b\\\"c\\\\d\\e\"", "a~b\"c\\d\\e" },
		{ __LINE__, "a \"#b\" \"|c\"", "a~#b~|c" },
		{ __LINE__, "a \"b", "error at 2" },
		{ __LINE__, "a \"b\"c", "error at 5" },
		{ __LINE__, "a b\"c", "a~b\"c" },
		{ __LINE__, "a | b c | d", "a!|~b~c~|~d" },
		{ __LINE__, "a |b", "a!|~b" },
		{ __LINE__, "a b|c", "a~b|c" },
		{ __LINE__, "a \001", "error at 2" },
		{ __LINE__, "a \177", "error at 2" },
		{ __LINE__, "/", "/" },
		{ __LINE__, "/ a b", "/~a~b" },
		{ __LINE__, "/a/b/ c/d", "/~a~b~c/d" },
		{ __LINE__, "  .. a", "..~a" },
		{ __LINE__, "..", ".." },
		{ __LINE__, "../..//a", "..~..~a" },
		{ __LINE__, "..a /b", "..a~/b" },
		{ __LINE__, "\"/a/b\"", "/a/b" },
		{ __LINE__, "a /b/c", "a~/b/c" },
		{ __LINE__, "caf\303\251 b", "caf\303\251~b" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *got = join(rows[i].text, false);

		CHECK_ROW(rows[i].line, !strcmp(got, rows[i].want));
		free(got);
	}
}

static void
test_partial(void)
{
	struct err e = ERR_INIT;
	struct line l;
	size_t at;

	CU_ASSERT_FATAL(lexer_split(&l, "a \"b c", true, &e, &at) == 0);
	CU_ASSERT(l.open);
	CU_ASSERT_EQUAL(l.n, 2);
	CU_ASSERT_STRING_EQUAL(l.word[1].text, "b c");
	lexer_free(&l);
	CU_ASSERT_FATAL(lexer_split(&l, "a \"b\"", true, &e, &at) == 0);
	CU_ASSERT(!l.open);
	lexer_free(&l);
}

static void
test_rest(void)
{
	static const struct { int line; const char *text, *want; } rows[] = {
		{ __LINE__, "x a  b ", "a  b" },
		{ __LINE__, "x \"a b\"", "a b" },
		{ __LINE__, "x \"a\" b", "\"a\" b" },
		{ __LINE__, "x a # b", "a" },
		{ __LINE__, "x a | include b", "a" },
		{ __LINE__, "x CN=Alice, O=Example", "CN=Alice, O=Example" },
		{ __LINE__, "x", "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = ERR_INIT;
		struct line l;
		size_t at;
		char *got;

		CU_ASSERT_FATAL(lexer_split(&l, rows[i].text, false, &e,
					    &at) == 0);
		got = lexer_rest(&l, 1);
		CHECK_ROW(rows[i].line, !strcmp(got, rows[i].want));
		free(got);
		lexer_free(&l);
	}
}

/* Whatever a value is, it reads back. */
static void
check_quote(const char *value, bool rest)
{
	struct err e = ERR_INIT;
	char *quoted = lexer_quote(value, rest), *text, *back;
	struct line l;
	size_t at;

	text = str_f("name %s # remark", quoted);
	CU_ASSERT_FATAL(lexer_split(&l, text, false, &e, &at) == 0);
	if (!rest)
		CU_ASSERT_EQUAL(l.n, 2);
	CU_ASSERT_EQUAL(l.n, l.all);
	back = rest ? lexer_rest(&l, 1) : str_dup(l.word[1].text);
	if (strcmp(back, value))
		printf("\n    '%s' as '%s' came back as '%s'\n", value, quoted,
		       back);
	CU_ASSERT_STRING_EQUAL(back, value);
	lexer_free(&l);
	free(back);
	free(text);
	free(quoted);
}

static void
test_quote(void)
{
	static const char chars[] = "ab \"\\#|;'\t0";
	static const char *const values[] = { "", "a", "a b", "\"", "\\", "#a",
		"|a", "a#b", "a #b", "a |b", " a", "a ", "a\"b", "a \"b\"",
		"\\\\", "a\\", "\"a\\\"" };
	unsigned int seed = 1;

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		check_quote(values[i], false);
		check_quote(values[i], true);
	}
	for (int i = 0; i < 20000; i++) {
		char v[12];
		size_t n = (size_t)rand_r(&seed) % (sizeof(v) - 1);

		for (size_t k = 0; k < n; k++)
			v[k] = chars[(size_t)rand_r(&seed) %
				     (sizeof(chars) - 1)];
		v[n] = '\0';
		check_quote(v, i & 1);
	}
}

static void
test_commands(void)
{
	const char *text = "a; b \"c;d\" ;e # f;g\nh";
	static const char *const want[] = { "a", " b \"c;d\" ", "e # f;g", "h" };

	for (size_t i = 0; i < 4; i++) {
		char *got = lexer_command(&text);

		CU_ASSERT_PTR_NOT_NULL_FATAL(got);
		CU_ASSERT_STRING_EQUAL(got, want[i]);
		free(got);
	}
	CU_ASSERT_PTR_NULL(lexer_command(&text));
}

static void
test_random(void)
{
	unsigned int seed = 2;

	for (int i = 0; i < 30000; i++) {
		char text[64];
		size_t n = (size_t)rand_r(&seed) % (sizeof(text) - 1);

		for (size_t k = 0; k < n; k++)
			text[k] = (char)(1 + rand_r(&seed) % 255);
		text[n] = '\0';
		if (i & 1)	/* mostly printable */
			for (size_t k = 0; k < n; k++)
				text[k] = " \"\\#|ab;"[(unsigned char)text[k] %
						       8];
		free(join(text, i % 3 == 0));
	}
}

static void
test_long(void)
{
	struct str s = STR_INIT;
	struct err e = ERR_INIT;
	struct line l;
	size_t at;

	for (int i = 0; i < LEXER_LINE_MAX / 2; i++)
		str_add(&s, "a ");
	CU_ASSERT_FATAL(lexer_split(&l, str_get(&s), false, &e, &at) == 0);
	CU_ASSERT_EQUAL(l.n, LEXER_LINE_MAX / 2);
	lexer_free(&l);
	str_add(&s, "a");
	CU_ASSERT(lexer_split(&l, str_get(&s), false, &e, &at) < 0);
	str_fini(&s);
}

UNIT_MAIN("lexer",
	{ "words", test_words },
	{ "a line being typed", test_partial },
	{ "the rest of a line", test_rest },
	{ "quoting reads back", test_quote },
	{ "commands of -c", test_commands },
	{ "random bytes", test_random },
	{ "long lines", test_long },
)
