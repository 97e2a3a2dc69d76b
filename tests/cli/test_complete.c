/* cli/complete: what TAB and '?' offer, and that it is what is accepted. */
#include "complete.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "out.h"
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
		{ __LINE__, "config tunnel ipsec 1 dpd-",
		  "dpd-action dpd-delay dpd-timeout" },
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
		  "sha256 ", "dh <Enter> sha1 sha384 sha512" },
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
