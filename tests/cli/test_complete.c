/* cli/complete: what TAB and '?' offer, and that it is what is accepted. */
#include "complete.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "shell.h"
#include "str.h"
#include "tests/unit.h"

static struct harness h;
static struct shell sh;

/* What is offered, joined by blanks. */
static char *
offered(const char *line)
{
	struct complete c;
	struct str s = STR_INIT;

	complete_line(&sh, line, &c);
	for (unsigned int i = 0; i < c.set.n; i++)
		str_addf(&s, "%s%s", i ? " " : "", c.set.item[i].text);
	if (c.literal)
		str_add(&s, "(literal)");
	if (c.err.kind != ERR_NONE)
		str_add(&s, "(error)");
	complete_fini(&c);
	return str_take(&s);
}

static void
test_rows(void)
{
	static const struct { int line; const char *typed, *want; } rows[] = {
		{ __LINE__, "conf", "config" },
		{ __LINE__, "xyzzy", "" },
		{ __LINE__, "xyzzy ", "(error)" },
		{ __LINE__, "config tun", "tunnel" },
		{ __LINE__, "config tunnel ipsec ", "<1..65535>" },
		{ __LINE__, "config tunnel ipsec 1 dpd-", "dpd-action dpd-delay" },
		{ __LINE__, "conf tun ips 1 dpd-de", "dpd-delay" },
		{ __LINE__, "config tunnel ipsec 1 dpd-delay ", "<1..86400>" },
		{ __LINE__, "config tunnel ipsec 1 dpd-delay 10 ", "<Enter>" },
		{ __LINE__, "config tunnel ipsec 1 dpd-action ",
		  "clear trap restart disabled" },
		{ __LINE__, "config tunnel ipsec 1 no dpd-",
		  "dpd-action dpd-delay dpd-timeout" },
		{ __LINE__, "config no tunnel ipsec 1 dpd-d", "dpd-delay" },
		{ __LINE__, "config tunnel ipsec 1 ike ",
		  "cipher auth prf dh" },
		{ __LINE__, "config tunnel ipsec 1 ike cipher aes128g",
		  "aes128gcm12 aes128gcm16" },
		{ __LINE__, "config tunnel ipsec 1 ike dh x25519 ",
		  "cipher auth prf modp2048 modp3072 modp4096 ecp256 ecp384 "
		  "ecp521 x448" },
		{ __LINE__, "config tunnel ipsec 1 ike dh x25519 e",
		  "ecp256 ecp384 ecp521" },
		{ __LINE__, "config tunnel ipsec 1 ike dh x25519 a", "auth" },
		{ __LINE__, "config tunnel ipsec 1 ike dh x25519 cipher aes128 a",
		  "auth aes256 aes128ctr aes256ctr aes128gcm12 aes128gcm16 "
		  "aes256gcm12 aes256gcm16 aes128ccm12 aes128ccm16 aes256ccm12 "
		  "aes256ccm16" },
		{ __LINE__, "config tunnel ipsec 1 esp cipher aes128 auth "
		  "sha256 ", "dh <Enter> sha384 sha512" },
		{ __LINE__, "config tunnel ipsec 1 local-subnet ",
		  "<ADDRESS/LEN>" },
		{ __LINE__, "config tunnel ipsec 1 local-subnet 10.0.1.0/24 ",
		  "<ADDRESS/LEN> <Enter>" },
		{ __LINE__, "config tunnel ipsec 1 no local-subnet 10.0.1.0/24 ",
		  "<ADDRESS/LEN> <Enter>" },
		{ __LINE__, "config tunnel ipsec 1 local-id ",
		  "autodetect inet name email key dn <VALUE>" },
		{ __LINE__, "config tunnel ipsec 1 local-id name ", "<VALUE>" },
		{ __LINE__, "config tunnel ipsec 1 local-id CN=a, O=",
		  "(literal)" },
		{ __LINE__, "config tunnel ipsec 1 secret ", "<SECRET>" },
		{ __LINE__, "config tunnel ipsec 1 secret abc",
		  "<SECRET>(literal)" },
		{ __LINE__, "config tunnel ipsec 1 secret \"a b",
		  "<SECRET>(literal)" },
		{ __LINE__, "config tunnel ipsec 1 description a b",
		  "(literal)" },
		{ __LINE__, "config tunnel ipsec 1 description ",
		  "<DESCRIPTION>" },
		{ __LINE__, "config tunnel ipsec 1 # com", "(literal)" },
		{ __LINE__, "show running-config tunnel ipsec 1 pe", "peer" },
		{ __LINE__, "show running-config | in", "include" },
		{ __LINE__, "show running-config | include ", "<PATTERN>" },
		{ __LINE__, "show running-config | include x | co", "count" },
		{ __LINE__, "show tun", "tunnel" },
		{ __LINE__, "tunnel ipsec 1 ", "initiate terminate rekey rekey-ike "
		  "reauth monitor" },
		{ __LINE__, "tunnel ipsec 1 monitor ", "save <Enter>" },
		{ __LINE__, "tunnel ipsec monitor save ", "<FILE>" },
		{ __LINE__, "tunnel ipsec r", "<1..65535> restart" },
		{ __LINE__, "tunnel show ipsec ",
		  "<Enter> log diagnose" },
		{ __LINE__, "tunnel show ipsec 1 ",
		  "state log diagnose detail <Enter>" },
		{ __LINE__, "config do show tunnel ipsec 1 di", "diagnose" },
		{ __LINE__, "show tunnel ipsec lo", "log" },
		{ __LINE__, "copy running-config ",
		  "startup-config candidate <FILE>" },
		{ __LINE__, "config commit ",
		  "check comment confirmed confirm cancel <Enter>" },
		{ __LINE__, "config commit confirmed ",
		  "<MINUTES> comment <Enter>" },
		{ __LINE__, "config commit confirmed 5 ", "comment <Enter>" },
		{ __LINE__, "config commit confirmed 5 comment ", "<TEXT>" },
		{ __LINE__, "config commit confirm ", "<NUMBER> <Enter>" },
		{ __LINE__, "config every entry a inner ", "<0..255>" },
		{ __LINE__, "config every some-bits ", "read write" },
		{ __LINE__, "config every some-bits read ",
		  "read write <Enter>" },
		{ __LINE__, "config every a-colour ", "red dark-red" },
		{ __LINE__, "config every pl", "plain" },
		{ __LINE__, "/conf", "config" },
		{ __LINE__, "/config/tunnel/ips", "ipsec" },
		{ __LINE__, "/config/tunnel/ipsec-1/dpd-de", "dpd-delay" },
		{ __LINE__, "../../config every every-t", "every-type:show" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *got = offered(rows[i].typed);

		if (strcmp(got, rows[i].want))
			printf("\n    '%s' offers '%s'\n", rows[i].typed, got);
		CHECK_ROW(rows[i].line, !strcmp(got, rows[i].want));
		free(got);
	}
}

/* Every word offered is accepted, five words deep. */
static void
follow(const char *line, int depth, unsigned int *count)
{
	struct complete c;

	complete_line(&sh, line, &c);
	CU_ASSERT(c.err.kind == ERR_NONE);
	if (c.err.kind != ERR_NONE)
		printf("\n    '%s': %s\n", line, c.err.text);
	for (unsigned int i = 0; i < c.set.n && depth; i++) {
		const struct expect_item *it = &c.set.item[i];
		char *next;

		++*count;
		if (it->kind == EXPECT_ENTER || it->kind == EXPECT_HOLDER ||
		    !strcmp(it->text, "monitor"))
			continue;
		CU_ASSERT(it->kind != EXPECT_WORD || strchr(it->text, ' ') ==
			  NULL);
		next = str_f("%s%s ", line, it->text);
		follow(next, depth - 1, count);
		free(next);
	}
	complete_fini(&c);
}

static void
test_accepted(void)
{
	unsigned int count = 0;

	follow("", 3, &count);
	follow("config tunnel ipsec 1 ", 3, &count);
	follow("tunnel ", 3, &count);
	CU_ASSERT(count > 500);
}

static void
test_random(void)
{
	static const char *const words[] = { "config", "tunnel", "ipsec", "1",
		"no", "show", "ike", "cipher", "aes128", "\"", "|", "include",
		"#", "secret", "local-id", "name", "do", "default", "commit",
		"comment", "copy", "help", "every", "\xff", "entry", "inner" };
	unsigned int seed = 3;

	for (int i = 0; i < 5000; i++) {
		struct str s = STR_INIT;

		for (int n = rand_r(&seed) % 9; n >= 0; n--) {
			const char *w = words[(size_t)rand_r(&seed) %
			    (sizeof(words) / sizeof(words[0]))];

			str_addn(&s, w, rand_r(&seed) % 8 ? strlen(w) : 1);
			if (rand_r(&seed) % 8)
				str_addc(&s, ' ');
		}
		free(offered(str_get(&s)));
		harness_line(&h, str_get(&s));
		str_fini(&s);
	}
}

static void
test_begin(void)
{
	struct err e = ERR_INIT;

	harness_init(&h);
	CU_ASSERT_FATAL(shell_init(&sh, h.dir, "/nonexistent", false,
				   &e) == 0);
}

static void
test_end(void)
{
	shell_fini(&sh);
	harness_fini(&h);
}

UNIT_MAIN("complete",
	{ "start", test_begin },
	{ "what is offered", test_rows },
	{ "what is offered is accepted", test_accepted },
	{ "random lines", test_random },
	{ "end", test_end },
)
