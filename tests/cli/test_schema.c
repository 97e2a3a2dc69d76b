/*
 * Every leaf of every module, walked: it can be set, is shown, can be removed,
 * and has help; what is printed reads back to the same tree.
 */
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "harness.h"
#include "parse.h"
#include "schema.h"
#include "str.h"
#include "tests/unit.h"
#include "value.h"
#include "ytree.h"

static struct harness h;

/* A value that the leaf takes, as somebody would type it. */
static const char *
sample(const struct lysc_node *leaf)
{
	static const char *const tries[] = { "1", "10", "90", "10.0.0.0/8",
		"192.0.2.1", "text", "longer-text", "YWJj", "auto", "red",
		"1.25", "user@example.com" };

	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		struct err e = ERR_INIT;
		char *v = value_parse(leaf, tries[i], NULL, &e);
		struct expect set;
		bool ok = v != NULL;

		free(v);
		if (ok)
			return tries[i];
		expect_init(&set);
		value_expect(leaf, &set);
		for (unsigned int k = 0; k < set.n; k++)
			if (set.item[k].kind != EXPECT_HOLDER) {
				const char *word = set.item[k].text;

				expect_fini(&set);
				return word;
			}
		expect_fini(&set);
	}
	return NULL;
}

/* "tunnel ipsec 1 ike cipher aes128 ..." into words, for a node in a context
 * that `prefix` names. */
/* What it is called in a line. */
static const char *
word(const struct lysc_node *n)
{
	static char name[128];
	struct str s = STR_INIT;

	node_word(h.ly, n, &s);
	snprintf(name, sizeof(name), "%s", str_get(&s));
	str_fini(&s);
	return name;
}

static void
setting(const struct lysc_node *n, struct str *s)
{
	const struct lysc_node *leaf = NULL;

	str_addf(s, " %s", word(n));
	switch (schema_shape(n)) {
	case SHAPE_SWITCH:
		break;
	case SHAPE_KEYWORDS:
		while ((leaf = schema_leaf(n, leaf)))
			str_addf(s, " %s %s", leaf->name, sample(leaf));
		break;
	case SHAPE_VALUES:
		while ((leaf = schema_leaf(n, leaf)))
			if (leaf != schema_optional_type(n))
				str_addf(s, " %s", sample(leaf));
		break;
	default:
		if (!sample(n))
			printf("\n    no sample for %s\n", n->name);
		CU_ASSERT_PTR_NOT_NULL_FATAL(sample(n));
		str_addf(s, " %s", sample(n));
		break;
	}
}

/* Prints, reads back, compares. */
static void
check_round_trip(const char *what)
{
	char *text = harness_show(&h, true), *json = harness_json(&h), *again;
	bool ok;

	harness_reset(&h);
	ok = harness_line(&h, "config") && harness_text(&h, text);
	again = harness_json(&h);
	if (!ok || strcmp(json, again))
		printf("\n    %s:\n%s\n%s\n%s\n", what, text, json, again);
	CU_ASSERT(ok);
	CU_ASSERT_STRING_EQUAL(json, again);
	free(text);
	free(json);
	free(again);
}

static void
check_setting(const char *prefix, const struct lysc_node *n)
{
	struct str s = STR_INIT, help = STR_INIT;
	char *shown, *line;

	schema_help(n, false, &help);
	if (!help.len)
		printf("\n    %s %s has no description\n", prefix, n->name);
	CU_ASSERT(help.len > 0);
	harness_reset(&h);
	str_addf(&s, "config%s", prefix);
	setting(n, &s);
	if (!harness_line(&h, str_get(&s)))
		printf("\n    %s: %s\n", str_get(&s), h.err.text);
	CU_ASSERT(h.err.kind == ERR_NONE);
	shown = harness_show(&h, true);
	if (!strstr(shown, n->name))
		printf("\n    %s is not in:\n%s\n", n->name, shown);
	CU_ASSERT_PTR_NOT_NULL(strstr(shown, n->name));
	free(shown);
	check_round_trip(str_get(&s));

	harness_reset(&h);
	CU_ASSERT(harness_line(&h, str_get(&s)));
	line = str_f("config default%s %s", prefix, word(n));
	if (!harness_line(&h, line))
		printf("\n    %s: %s\n", line, h.err.text);
	CU_ASSERT(h.err.kind == ERR_NONE);
	free(line);
	shown = harness_show(&h, true);
	if (strstr(shown, n->name))
		printf("\n    default left:\n%s\n", shown);
	CU_ASSERT_PTR_NULL(strstr(shown, n->name));
	free(shown);
	line = str_f("config no%s %s", prefix, word(n));
	CU_ASSERT(harness_line(&h, line));
	free(line);
	check_round_trip("no");
	str_fini(&s);
	str_fini(&help);
}

static unsigned int
walk(const char *prefix, const struct lysc_node *parent)
{
	const struct lysc_node *n = NULL;
	unsigned int count = 0;

	while ((n = schema_next(h.ly, parent, n))) {
		const struct lysc_node *key = NULL;
		struct str s = STR_INIT;

		switch (schema_shape(n)) {
		case SHAPE_CONTEXT:
		case SHAPE_LIST:
			str_addf(&s, "%s %s", prefix, word(n));
			while (n->nodetype == LYS_LIST &&
			       (key = schema_key(n, key)))
				str_addf(&s, " %s", sample(key));
			count += walk(str_get(&s), n);
			break;
		default:
			check_setting(prefix, n);
			count++;
		}
		str_fini(&s);
	}
	return count;
}

static void
test_every_leaf(void)
{
	/* 22 of a tunnel, 3 of the system, 33 of the test's own module */
	CU_ASSERT(walk("", NULL) >= 55);
}

/* A node must not hide behind a built-in command of its context. */
static void
test_no_collision(void)
{
	const struct lysc_node *n = NULL, *top = NULL;

	while ((top = schema_next(h.ly, NULL, top)))
		while ((n = schema_next(h.ly, top, n)))
			for (const struct builtin *b = builtins; b->words; b++)
				if (b->levels & LEVEL_NODE)
					CU_ASSERT(strcmp(b->words, word(n)));
}

static void
test_contexts(void)
{
	static const struct { int line; const char *line_, *prompt; } rows[] = {
		{ __LINE__, "", "example:/#> " },
		{ __LINE__, "config", "example:/config/#> " },
		{ __LINE__, "tunnel", "example:/config/tunnel/#> " },
		{ __LINE__, "ipsec 1", "example:/config/tunnel/ipsec-1/#> " },
		{ __LINE__, "end", "example:/config/tunnel/#> " },
		{ __LINE__, "ipsec 1 dpd-delay 10",
		  "example:/config/tunnel/#> " },
		{ __LINE__, "end", "example:/config/#> " },
		{ __LINE__, "tunnel ipsec 2",
		  "example:/config/tunnel/ipsec-2/#> " },
		{ __LINE__, "end", "example:/config/tunnel/#> " },
		{ __LINE__, "end", "example:/config/#> " },
		{ __LINE__, "every", "example:/config/every/#> " },
		{ __LINE__, "plain presence",
		  "example:/config/every/plain/presence/#> " },
		{ __LINE__, "end", "example:/config/every/plain/#> " },
		{ __LINE__, "end", "example:/config/every/#> " },
		{ __LINE__, "entry a inner 1 2",
		  "example:/config/every/entry-a/in-1-2/#> " },
		{ __LINE__, "do tunnel",
		  "example:/config/every/entry-a/in-1-2/#> " },
		{ __LINE__, "end", "example:/config/every/entry-a/#> " },
		{ __LINE__, "end", "example:/config/every/#> " },
		{ __LINE__, "end", "example:/config/#> " },
		{ __LINE__, "end", "example:/#> " },
		{ __LINE__, "tunnel", "example:/tunnel/#> " },
		{ __LINE__, "end", "example:/#> " },
		{ __LINE__, "conf tun ips 1 dpd-de 10", "example:/#> " },
		{ __LINE__, "conf tun ips 1",
		  "example:/config/tunnel/ipsec-1/#> " },
	};

	harness_reset(&h);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str s = STR_INIT;

		if (!harness_line(&h, rows[i].line_))
			printf("\n    %s: %s\n", rows[i].line_, h.err.text);
		levels_prompt(&h.at, "example", &s);
		CHECK_ROW(rows[i].line, !strcmp(str_get(&s), rows[i].prompt));
		str_fini(&s);
	}
}

/* A line in the context of a tunnel, and what is shown then. */
static void
test_settings(void)
{
	static const struct { int line; const char *set, *want; } rows[] = {
		{ __LINE__, "enable", "enable\n" },
		{ __LINE__, "no enable", "no enable\n" },
		{ __LINE__, "initiator", "initiator\n" },
		{ __LINE__, "no initiator", "" },
		{ __LINE__, "no dpd-action", "no dpd-action\n" },
		{ __LINE__, "dpd-action res", "dpd-action restart\n" },
		{ __LINE__, "default dpd-action", "" },
		{ __LINE__, "sa-rekey-time 90", "sa-rekey-time 90s\n" },
		{ __LINE__, "sa-rekey-time 900", "sa-rekey-time 15m\n" },
		{ __LINE__, "sa-rekey-time 1h", "sa-rekey-time 1h\n" },
		{ __LINE__, "reauth-time 2d", "reauth-time 2d\n" },
		{ __LINE__, "local-id name alice", "local-id name alice\n" },
		{ __LINE__, "local-id alice",
		  "local-id alice                      # autodetect (name)\n" },
		{ __LINE__, "local-id autodetect alice",
		  "local-id alice                      # autodetect (name)\n" },
		{ __LINE__, "local-id autodetect key",
		  "local-id autodetect key             # autodetect (name)\n" },
		{ __LINE__, "local-id CN=Alice, O=Example",
		  "local-id CN=Alice, O=Example        # autodetect (dn)\n" },
		{ __LINE__, "local-id \"@#0a0b\"",
		  "local-id @#0a0b                     # autodetect (key)\n" },
		{ __LINE__, "local-subnet 10.0.1.0/24",
		  "local-subnet 10.0.1.0/24\n" },
		{ __LINE__, "local-subnet 10.0.1.0 255.255.255.0",
		  "local-subnet 10.0.1.0/24\n" },
		{ __LINE__, "local-subnet 10.0.1.7/24",
		  "local-subnet 10.0.1.0/24\n" },
		{ __LINE__, "local-subnet 10.0.1.7",
		  "local-subnet 10.0.1.7/32\n" },
		{ __LINE__, "local-subnet 10.0.1.0/24 10.0.3.7",
		  "local-subnet 10.0.1.0/24 10.0.3.7/32\n" },
		{ __LINE__, "local-subnet 10.0.3.0 255.255.255.0 10.0.1.0/24 "
		  "10.0.2.0 255.255.255.128",
		  "local-subnet 10.0.3.0/24 10.0.1.0/24 10.0.2.0/25\n" },
		{ __LINE__, "remote-subnet 2001:db8::1 2001:db8::2",
		  "remote-subnet 2001:db8::1/128 2001:db8::2/128\n" },
		{ __LINE__, "remote-subnet 2001:db8::/32",
		  "remote-subnet 2001:db8::/32\n" },
		{ __LINE__, "ike dh x25519 cipher aes128 auth sha256",
		  "ike cipher aes128 auth sha256 dh x25519\n" },
		{ __LINE__, "ike cipher aes256gcm16 aes256 auth sha256 prf "
		  "prfsha256 dh x25519 ecp256",
		  "ike cipher aes256gcm16 aes256 auth sha256 prf prfsha256 dh "
		  "x25519 ecp256\n" },
		{ __LINE__, "ike dh ecp256 x25519 c aes128 aes256 a sha512 sha256",
		  "ike cipher aes128 aes256 auth sha512 sha256 dh ecp256 "
		  "x25519\n" },
		{ __LINE__, "esp cipher aes128gcm16",
		  "esp cipher aes128gcm16\n" },
		{ __LINE__, "secret a\\b\"c|d;e'f", "secret a\\b\"c|d;e'f\n" },
		{ __LINE__, "secret \"|abcdefgh\"", "secret \"|abcdefgh\"\n" },
		{ __LINE__, "description a  b", "description a  b\n" },
		{ __LINE__, "description \"a #1\"", "description \"a #1\"\n" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str want = STR_INIT;
		char *got, *line;

		harness_reset(&h);
		line = str_f("config tunnel ipsec 1 %s", rows[i].set);
		if (!harness_line(&h, "config tunnel ipsec 1") ||
		    !harness_line(&h, rows[i].set))
			printf("\n    %s: %s\n", line, h.err.text);
		got = harness_show(&h, true);
		str_addf(&want, "tunnel\n    ipsec 1\n%s%s    end\nend\n",
			 *rows[i].want ? "        " : "", rows[i].want);
		if (strcmp(got, str_get(&want)))
			printf("\n%s", got);
		CHECK_ROW(rows[i].line, !strcmp(got, str_get(&want)));
		free(got);
		free(line);
		str_fini(&want);
		check_round_trip(rows[i].set);
	}
}

/* One command after the other in the same context. */
static void
test_leaf_lists(void)
{
	static const struct { int line; const char *set, *want; } rows[] = {
		{ __LINE__, "local-subnet 10.0.1.0/24 10.0.3.0/24",
		  "local-subnet 10.0.1.0/24 10.0.3.0/24\n" },
		{ __LINE__, "no local-subnet 10.0.1.0 255.255.255.0",
		  "local-subnet 10.0.3.0/24\n" },
		{ __LINE__, "local-subnet 10.0.2.0/24",
		  "local-subnet 10.0.2.0/24\n" },
		{ __LINE__, "no local-subnet", "" },
		{ __LINE__, "ike cipher aes128 aes256 auth sha256 dh x25519",
		  "ike cipher aes128 aes256 auth sha256 dh x25519\n" },
		{ __LINE__, "ike cipher aes256 auth sha256 dh x25519",
		  "ike cipher aes256 auth sha256 dh x25519\n" },
		{ __LINE__, "ike cipher aes256gcm16 prf prfsha256 prfsha384 dh x448",
		  "ike cipher aes256gcm16 prf prfsha256 prfsha384 dh x448\n" },
		{ __LINE__, "no ike prf",
		  "ike cipher aes256gcm16 dh x448\n" },
	};

	harness_reset(&h);
	CU_ASSERT(harness_line(&h, "config tunnel ipsec 1"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *got, *want;

		CHECK_ROW(rows[i].line, harness_line(&h, rows[i].set));
		got = harness_show(&h, true);
		want = str_f("tunnel\n    ipsec 1\n%s%s    end\nend\n",
			     *rows[i].want ? "        " : "", rows[i].want);
		if (strcmp(got, want))
			printf("\n%s", got);
		CHECK_ROW(rows[i].line, !strcmp(got, want));
		free(got);
		free(want);
	}
}

static void
test_refusals(void)
{
	static const struct { int line; const char *set, *says; } rows[] = {
		{ __LINE__, "dpd-delay 0", "1 to 86400" },
		{ __LINE__, "dpd-delay", "<1..86400> is expected here" },
		{ __LINE__, "dpd-delay 1 2", "unexpected word" },
		{ __LINE__, "dpd", "ambiguous: 'dpd' may be dpd-action, "
		  "dpd-delay, dpd-timeout" },
		{ __LINE__, "dpd-actoin clear", "did you mean 'dpd-action'" },
		{ __LINE__, "ike cipher aes128", "ike needs dh" },
		{ __LINE__, "ike cipher aes128gcm128 dh x25519",
		  "unknown cipher 'aes128gcm128'; there is: aes128, " },
		{ __LINE__, "ike cipher aes128 cipher aes256", "unknown word" },
		{ __LINE__, "ike cipher aes128 auht sha256", "did you mean 'auth'" },
		{ __LINE__, "ike cipher aes128 aes128", "stands there twice" },
		{ __LINE__, "local-subnet 10.0.1.0/24 10.0.1.9/24",
		  "10.0.1.0/24 stands there twice" },
		{ __LINE__, "local-subnet 10.0.1.1 10.0.1.2", "holes" },
		{ __LINE__, "esp prf prfsha256", "unknown word 'prf'" },
		{ __LINE__, "secret short", "8 to 63 characters" },
		{ __LINE__, "secret abcd#efgh", "except '#'" },
		{ __LINE__, "secret ********", "that is a mask" },
		{ __LINE__, "secret 0xabcdefg", "does not decode" },
		{ __LINE__, "secret a b c d e f g h", "8 to 63" },
		{ __LINE__, "sa-rekey-time 5x", "90, 90s, 15m, 1h or 2d" },
		{ __LINE__, "sa-rekey-time 99999999999999999999", "time" },
		{ __LINE__, "sa-rekey-time 5", "60 seconds to 24 hours" },
		{ __LINE__, "local-subnet 10.0.0.0 255.0.255.0", "holes" },
		{ __LINE__, "local-subnet 10.0.0.0 8", "netmask" },
		{ __LINE__, "peer 1.2.3", "address" },
		{ __LINE__, "local-id name", "is expected here" },
		{ __LINE__, "local-id a\xe2\x80\xae" "b", "printable characters" },
		{ __LINE__, "local-id a\xc2\xad" "b", "printable characters" },
		{ __LINE__, "local-id a\xc2\x9b" "b", "control character" },
		{ __LINE__, "no dpd-delay 10", "takes no value" },
		{ __LINE__, "no", "is expected here" },
		{ __LINE__, "no banana", "unknown setting" },
		{ __LINE__, "banana", "unknown command" },
		{ __LINE__, "end now", "unexpected word" },
		{ __LINE__, "show banana", "unknown word" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *before, *after;

		harness_reset(&h);
		CU_ASSERT(harness_line(&h, "config tunnel ipsec 1"));
		before = harness_json(&h);
		CHECK_ROW(rows[i].line, !harness_line(&h, rows[i].set));
		if (!strstr(h.err.text, rows[i].says))
			printf("\n    %s: it says: %s\n", rows[i].set,
			       h.err.text);
		CHECK_ROW(rows[i].line, strstr(h.err.text, rows[i].says));
		after = harness_json(&h);
		CHECK_ROW(rows[i].line, !strcmp(before, after));
		free(before);
		free(after);
	}
}

/* Secrets never stand in an error, and are known before the line is right. */
static void
test_secrets(void)
{
	char *s;

	harness_reset(&h);
	CU_ASSERT(!harness_line(&h, "config tunnel ipsec 1 secret hunter2"));
	CU_ASSERT_PTR_NULL(strstr(h.err.text, "hunter2"));
	CU_ASSERT(harness_line(&h, "config tunnel ipsec 1 secret hunter22"));
	s = harness_show(&h, false);
	CU_ASSERT_PTR_NULL(strstr(s, "hunter22"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s, "# secret ********"));
	free(s);
}

static void
test_every_type(void)
{
	static const char text[] =
		"config\n"
		"every\n"
		"a-int8 -5\n"
		"a-decimal 1.50\n"
		"a-secret \"two words\"\n"
		"no on-by-default\n"
		"no undecided\n"
		"marker\n"
		"no an-enum\n"
		"some-bits read write\n"
		"a-colour dark-red\n"
		"a-union auto\n"
		"a-time 36h\n"
		"server 192.0.2.1 2001:db8::1\n"
		"word zebra ape\n"
		"word it's\n"
		"right r\n"
		"plain deep x\n"
		"plain presence\nend\nend\n"
		"pair second 2 first \"a b\"\n"
		"typed text any\n"
		"entry a inner 9 2 text t\n"
		"entry a inner 10 2 text t\n"
		"entry \"b c\" size 1\n"
		"no server 192.0.2.1\n";

	harness_reset(&h);
	CU_ASSERT(harness_text(&h, text));
	check_round_trip("every type");
	CU_ASSERT(!harness_line(&h, "every server 192.0.2.300"));
	CU_ASSERT(!harness_line(&h, "every a-int8 15"));
	CU_ASSERT(!harness_line(&h, "every a-colour mauve"));
	CU_ASSERT(!harness_line(&h, "every some-bits"));
	CU_ASSERT(!harness_line(&h, "every entry a inner 10"));
	CU_ASSERT(harness_line(&h, "no every entry a inner 9 2"));
	CU_ASSERT(harness_line(&h, "no every"));
}

static void
test_begin(void)
{
	harness_init(&h);
	CU_ASSERT_PTR_NOT_NULL(h.tree);
}

static void
test_end(void)
{
	harness_fini(&h);
}

/* Lists are shown by their keys, numbers as numbers. */
static void
test_order(void)
{
	char *s;

	harness_reset(&h);
	CU_ASSERT(harness_line(&h, "config tunnel ipsec 10 initiator"));
	CU_ASSERT(harness_line(&h, "config tunnel ipsec 9 initiator"));
	s = harness_show(&h, true);
	CU_ASSERT(strstr(s, "ipsec 9\n") < strstr(s, "ipsec 10\n"));
	free(s);
}

UNIT_MAIN("schema",
	{ "start", test_begin },
	{ "every leaf", test_every_leaf },
	{ "no node behind a command", test_no_collision },
	{ "contexts and prompts", test_contexts },
	{ "settings", test_settings },
	{ "leaf-lists", test_leaf_lists },
	{ "refusals", test_refusals },
	{ "secrets", test_secrets },
	{ "every type", test_every_type },
	{ "order", test_order },
	{ "end", test_end },
)
