/* cli/ipsec_text: state to the guide's text, letter by letter (S1-139..S1-161). */
#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "state_text.h"
#include "str.h"
#include "tests/unit.h"
#include "ytree.h"

static struct harness h;

#define ALICE \
	"\"loaded\":{\"version\":2,\"role\":\"responder\"," \
	"\"local-address\":\"192.168.0.1\",\"peer\":\"192.168.0.2\"," \
	"\"local-id\":\"alice\",\"remote-id\":\"bob\",\"method\":\"psk\"," \
	"\"local-subnet\":\"dynamic\",\"remote-subnet\":\"dynamic\"," \
	"\"ike-rekey-time\":14400,\"sa-rekey-time\":3600,\"dpd-delay\":30," \
	"\"dpd-action\":\"restart\"}"

#define IKE_SA \
	"\"ike-sa\":[{\"serial\":6,\"state\":\"ESTABLISHED\",\"version\":2," \
	"\"initiator\":true,\"spi-i\":\"20759114c78bf131\"," \
	"\"spi-r\":\"4fb9e973f3067b48\",\"local-id\":\"alice\"," \
	"\"remote-id\":\"bob\",\"local-address\":\"192.168.0.1\"," \
	"\"local-port\":500,\"remote-address\":\"192.168.0.2\"," \
	"\"remote-port\":500,\"proposal\":\"AES_CBC-128/HMAC_SHA2_256_128/" \
	"PRF_HMAC_SHA2_256/ECP_256\",\"established\":5,\"rekey-in\":14304}]"

#define CHILD_SA \
	"\"child-sa\":[{\"serial\":5,\"state\":\"INSTALLED\",\"reqid\":1," \
	"\"mode\":\"TUNNEL\",\"proposal\":\"AES_CBC-128/HMAC_SHA2_256_128\"," \
	"\"installed\":5,\"rekey-in\":3267,\"expires-in\":3955," \
	"\"spi-in\":\"c2032981\",\"spi-out\":\"cc173955\",\"bytes-in\":\"0\"," \
	"\"packets-in\":\"0\",\"bytes-out\":\"0\",\"packets-out\":\"0\"," \
	"\"local\":\"192.168.0.1/32\",\"remote\":\"192.168.0.2/32\"}]"

#define ENTRY(id, state) \
	"{\"culvert-tunnel:tunnel\":{\"ipsec\":[{\"id\":" #id "," state "}]}}"
#define STATE(status, more) "\"state\":{\"status\":\"" status "\"" more "}"

#define LOADED_TEXT \
	"\n" \
	"Loaded configuration for the connection:\n" \
	"ipsec1: IKEv2, no reauthentication, rekeying every 14400s, dpd delay " \
	"30s\n" \
	"  local:  192.168.0.1\n" \
	"  remote: 192.168.0.2\n" \
	"  local pre-shared key authentication:\n" \
	"    id: alice\n" \
	"  remote pre-shared key authentication:\n" \
	"    id: bob\n" \
	"  tunnel1: TUNNEL, rekeying every 3600s, dpd action is start\n" \
	"    local:  dynamic\n" \
	"    remote: dynamic\n"

static struct lyd_node *
parse(const char *json)
{
	struct lyd_node *t = NULL;
	struct err e = ERR_INIT;

	if (ytree_parse(&t, h.ly, json, strlen(json), &e) < 0) {
		printf("%s\n", e.text);
		CU_FAIL_FATAL("the test's JSON");
	}
	return t;
}

static void
check_entry(int line, const char *config, const char *state, bool detail,
	    const char *want)
{
	struct lyd_node *c = parse(config), *t = parse(state);
	struct str s = STR_INIT;

	ipsec_entry(ytree_find(c, "tunnel/ipsec"),
		    ytree_find(t, "tunnel/ipsec"), detail, &s);
	if (strcmp(str_get(&s), want))
		printf("\n--- got\n%s--- want\n%s", str_get(&s), want);
	CHECK_ROW(line, !strcmp(str_get(&s), want));
	str_fini(&s);
	ytree_free(c);
	ytree_free(t);
}

static void
check_part(int line, const char *state, const char *part)
{
	struct lyd_node *c = parse("{}"), *t = parse(state);
	struct str s = STR_INIT;

	ipsec_entry(ytree_find(c, "tunnel/ipsec"), ytree_find(t, "tunnel/ipsec"),
		    false, &s);
	if (!strstr(str_get(&s), part))
		printf("\n--- got\n%s--- want\n%s", str_get(&s), part);
	CHECK_ROW(line, strstr(str_get(&s), part) != NULL);
	str_fini(&s);
	ytree_free(c);
	ytree_free(t);
}

/* The guide's example. */
static void
test_guide(void)
{
	check_entry(__LINE__, "{}",
	    ENTRY(1, STATE("up-installed", "," ALICE "," IKE_SA "," CHILD_SA)),
	    false,
	    "Current state for tunnel ipsec1 is UP(Installed).\n"
	    "\n"
	    "Security-Association(SA) details:\n"
	    "ipsec1: #6, ESTABLISHED, IKEv2, 20759114c78bf131_i* "
	    "4fb9e973f3067b48_r\n"
	    "  local  'alice' @ 192.168.0.1[500]\n"
	    "  remote 'bob' @ 192.168.0.2[500]\n"
	    "  AES_CBC-128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/ECP_256\n"
	    "  established 5s ago, rekeying in 14304s\n"
	    "  tunnel1: #5, reqid 1, INSTALLED, TUNNEL, "
	    "ESP:AES_CBC-128/HMAC_SHA2_256_128\n"
	    "    installed 5s ago, rekeying in 3267s, expires in 3955s\n"
	    "    in  c2032981,      0 bytes,     0 packets\n"
	    "    out cc173955,      0 bytes,     0 packets\n"
	    "    local  192.168.0.1/32\n"
	    "    remote 192.168.0.2/32\n"
	    LOADED_TEXT);
}

static void
test_down(void)
{
	static const char config[] = ENTRY(1, "\"enable\":false");

	check_entry(__LINE__, "{}",
	    ENTRY(1, STATE("down-connecting", ",\"reason\":\"the peer does not "
	    "answer\",\"next-attempt\":12," ALICE)), false,
	    "Current state for tunnel ipsec1 is DOWN(Connecting).\n"
	    "Reason: the peer does not answer\n"
	    "Next attempt in 12s.\n"
	    LOADED_TEXT);
	/* no SA details in this state (S1-142) */
	check_entry(__LINE__, "{}",
	    ENTRY(1, STATE("down-unknown", "," IKE_SA)), false,
	    "Current state for tunnel ipsec1 is DOWN(Unknown).\n");
	check_entry(__LINE__, config, "{}", false,
	    "Current state for tunnel ipsec1 is DOWN(Unknown).\n"
	    "It is disabled in the configuration.\n");
	check_entry(__LINE__, "{}", ENTRY(1, STATE("down-ike-established", "")),
	    false,
	    "Current state for tunnel ipsec1 is DOWN(IKE Established).\n");
	check_entry(__LINE__, "{}", ENTRY(1, STATE("down-retransmission", "")),
	    false,
	    "Current state for tunnel ipsec1 is DOWN(Retransmission).\n");
}

/* A responder, certificates, NAT, counters with their last use, no DPD. */
static void
test_variants(void)
{
	check_entry(__LINE__, "{}",
	    ENTRY(7, STATE("up-installed",
	    ",\"data-plane\":\"user\","
	    "\"loaded\":{\"version\":2,\"local-address\":\"192.0.2.1\","
	    "\"peer\":\"%any\",\"local-id\":\"CN=a\",\"remote-id\":\"%any\","
	    "\"method\":\"cert\",\"local-subnet\":\"10.0.1.0/24\","
	    "\"remote-subnet\":\"10.0.2.0/24\",\"ike-rekey-time\":14400,"
	    "\"reauth-time\":86400,\"sa-rekey-time\":900,"
	    "\"dpd-action\":\"disabled\",\"ike-proposals\":\"a\","
	    "\"esp-proposals\":\"b\"},"
	    "\"ike-sa\":[{\"serial\":1,\"state\":\"CONNECTING\",\"version\":2,"
	    "\"initiator\":false,\"spi-i\":\"0000000000000001\"}],"
	    "\"child-sa\":[{\"serial\":2,\"state\":\"INSTALLED\",\"reqid\":7,"
	    "\"mode\":\"TUNNEL-in-UDP\",\"proposal\":\"AES_GCM_16-128\","
	    "\"installed\":9,\"spi-in\":\"c0000001\",\"spi-out\":\"c0000002\","
	    "\"bytes-in\":\"1234567\",\"packets-in\":\"123456\",\"idle-in\":3,"
	    "\"bytes-out\":\"84\",\"packets-out\":\"1\",\"idle-out\":12,"
	    "\"local\":\"10.0.1.0/24\",\"remote\":\"10.0.2.0/24\"}]")), true,
	    "Current state for tunnel ipsec7 is UP(Installed).\n"
	    "\n"
	    "Security-Association(SA) details:\n"
	    "ipsec7: #1, CONNECTING, IKEv2, 0000000000000001_i "
	    "0000000000000000_r*\n"
	    "  local  '%any' @ %any[0]\n"
	    "  remote '%any' @ %any[0]\n"
	    "  tunnel7: #2, reqid 7, INSTALLED, TUNNEL-in-UDP, "
	    "ESP:AES_GCM_16-128\n"
	    "    installed 9s ago\n"
	    "    in  c0000001, 1234567 bytes, 123456 packets,     3s ago\n"
	    "    out c0000002,     84 bytes,     1 packets,    12s ago\n"
	    "    local  10.0.1.0/24\n"
	    "    remote 10.0.2.0/24\n"
	    "\n"
	    "Loaded configuration for the connection:\n"
	    "ipsec7: IKEv2, reauthentication every 86400s, rekeying every "
	    "14400s\n"
	    "  local:  192.0.2.1\n"
	    "  remote: %any\n"
	    "  local public key authentication:\n"
	    "    id: CN=a\n"
	    "  remote public key authentication:\n"
	    "    id: %any\n"
	    "  tunnel7: TUNNEL, rekeying every 900s, dpd action is none\n"
	    "    local:  10.0.1.0/24\n"
	    "    remote: 10.0.2.0/24\n"
	    "\n"
	    "Data plane: user\n"
	    "IKE proposals: a\n"
	    "ESP proposals: b\n");
}

/* IKEv1: every rekeying of phase 1 is an authentication. */
static void
test_ike1(void)
{
	static const struct { int line; const char *reauth, *want; } rows[] = {
		{ __LINE__, "", "every 14400s" },
		{ __LINE__, "\"reauth-time\":86400,", "every 14400s" },
		{ __LINE__, "\"reauth-time\":600,", "every 600s" },
	};
	char state[1024], want[512];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(state, sizeof(state), ENTRY(1, STATE("down-unknown",
		    ",\"loaded\":{\"version\":1,\"role\":\"responder\","
		    "\"local-address\":\"192.0.2.1\",\"ike-rekey-time\":14400,%s"
		    "\"sa-rekey-time\":900,\"dpd-delay\":30,"
		    "\"dpd-timeout\":150}")), rows[i].reauth);
		snprintf(want, sizeof(want), "Loaded configuration for the "
		    "connection:\nipsec1: IKEv1, reauthentication %s, dpd delay "
		    "30s, dpd timeout 150s\n", rows[i].want);
		check_part(rows[i].line, state, want);
	}
}

static void
test_list(void)
{
	struct lyd_node *c = parse("{\"culvert-tunnel:tunnel\":{\"ipsec\":["
	    "{\"id\":10,\"description\":\"To the office in Uppsala\"},"
	    "{\"id\":2,\"enable\":false},{\"id\":1}]}}");
	struct lyd_node *t = parse("{\"culvert-tunnel:tunnel\":{\"ipsec\":["
	    "{\"id\":1,\"state\":{\"status\":\"up-installed\",\"since\":7888}},"
	    "{\"id\":10,\"state\":{\"status\":\"down-connecting\","
	    "\"since\":5}}]}}");
	struct str s = STR_INIT;

	ipsec_list(ytree_find(c, "tunnel/ipsec"), ytree_find(t, "tunnel/ipsec"),
		   &s);
	CU_ASSERT_STRING_EQUAL(str_get(&s),
	    "ID    DESCRIPTION              STATUS                TIME (since "
	    "last rekey)\n"
	    "1     ipsec1                   Up(Installed)         0 Days 2 Hours "
	    "11 Mins 28 Secs\n"
	    "2     ipsec2                   Down(Unknown)\n"
	    "10    To the office in Uppsala Down(Connecting)\n");
	str_clear(&s);
	ipsec_list(NULL, NULL, &s);
	CU_ASSERT_STRING_EQUAL(str_get(&s), "No tunnels are configured.\n");
	str_fini(&s);
	ytree_free(c);
	ytree_free(t);
}

static void
test_general(void)
{
	struct lyd_node *t = parse("{\"every-type:every\":{\"facts\":"
	    "{\"uptime\":7},\"entry\":[{\"name\":\"a\",\"size\":3}]}}");
	struct str s = STR_INIT;

	state_text(t, "/every-type:every", &s);
	CU_ASSERT_STRING_EQUAL(str_get(&s), "every\n  entry a\n    size: 3\n"
			       "  facts\n    uptime: 7\n");
	str_fini(&s);
	ytree_free(t);
}

static void
test_begin(void)
{
	harness_init(&h);
}

static void
test_end(void)
{
	harness_fini(&h);
}

UNIT_MAIN("render",
	{ "start", test_begin },
	{ "the guide's example", test_guide },
	{ "tunnels that are down", test_down },
	{ "variants", test_variants },
	{ "IKEv1", test_ike1 },
	{ "the list", test_list },
	{ "state of any model", test_general },
	{ "end", test_end },
)
