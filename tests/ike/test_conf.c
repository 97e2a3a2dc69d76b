/*
 * The configuration of a tunnel, from the model to a struct: automatic values,
 * what the model cannot say, what a change costs.
 */
#include <CUnit/Basic.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/conf.h"
#include "ytree.h"

static struct ly_ctx *ly;

static char warnings[1024];

static void
warn(void *arg, const char *text)
{
	size_t at = strlen(warnings);

	(void)arg;
	snprintf(warnings + at, sizeof(warnings) - at, "%s\n", text);
}

static int
load(struct conf **c, const char *leaves, struct err *e)
{
	struct lyd_node *tree = NULL;
	char text[1024];
	int r;

	snprintf(text, sizeof(text), "{\"culvert-tunnel:tunnel\":{\"ipsec\":[{"
	    "\"id\":5%s%s}]}}", leaves[0] != '\0' ? "," : "", leaves);
	err_clear(e);
	if (ytree_parse(&tree, ly, text, strlen(text), e) < 0) {
		printf("\n%s: %s\n", text, e->text);
		abort();
	}
	warnings[0] = '\0';
	r = conf_load(c, ytree_find(tree, "tunnel/ipsec"), warn, NULL, e);
	ytree_free(tree);
	return r;
}

#define LOCAL	"\"local-address\":\"192.168.0.1\""
#define PEER	"\"peer\":\"192.168.0.2\""

#define CERT_IS(certificate, ca) "\"method\":\"cert\",\"certificate\":\"" \
	certificate "\",\"ca\":\"" ca "\""
#define CERT	"," CERT_IS("gw", "root")
#define V1	"\"version\":\"1\""

static void
test_automatic(void)
{
	char buf[IDENT_STRLEN], p[PREFIX_STRLEN];
	struct err e = ERR_INIT;
	struct conf *c;

	CU_ASSERT_FATAL(load(&c, LOCAL, &e) == 0);
	CU_ASSERT(c->id == 5 && c->enable && !c->initiator);
	CU_ASSERT_STRING_EQUAL(ident_str(c->local_id, buf), "192.168.0.1");
	CU_ASSERT_STRING_EQUAL(ident_str(c->remote_id, buf), "%any");
	CU_ASSERT(c->dynamic_local && c->dynamic_remote);
	CU_ASSERT_STRING_EQUAL(prefix_str(subnets_local(c->subnets), p), "192.168.0.1/32");
	CU_ASSERT(c->dpd_action == DPD_CLEAR && c->dpd_delay == 30);
	CU_ASSERT(c->rekey_time == 3600);
	CU_ASSERT(algs_is_default(&c->ike) && algs_is_default(&c->esp));
	conf_free(c);

	CU_ASSERT_FATAL(load(&c, LOCAL "," PEER ",\"initiator\":true", &e) == 0);
	CU_ASSERT_STRING_EQUAL(ident_str(c->remote_id, buf), "192.168.0.2");
	CU_ASSERT_STRING_EQUAL(prefix_str(subnets_remote(c->subnets), p), "192.168.0.2/32");
	CU_ASSERT(c->dpd_action == DPD_RESTART && c->auto_remote_id);
	conf_free(c);

	/* With a certificate our identity waits for it. */
	CU_ASSERT_FATAL(load(&c, LOCAL CERT, &e) == 0);
	CU_ASSERT(c->method == METHOD_CERT && c->auto_local_id && !c->strict);
	CU_ASSERT_PTR_NULL(c->local_id);
	CU_ASSERT_STRING_EQUAL(c->certificate, "gw");
	CU_ASSERT_STRING_EQUAL(c->ca, "root");
	CU_ASSERT_STRING_EQUAL(ident_str(c->remote_id, buf), "%any");
	conf_free(c);
	CU_ASSERT_FATAL(load(&c, LOCAL CERT ",\"revocation\":\"strict\"", &e) == 0);
	CU_ASSERT(c->strict);
	conf_free(c);
	CU_ASSERT_FATAL(load(&c, LOCAL ",\"certificate\":\"gw\"", &e) == 0);
	CU_ASSERT(c->method == METHOD_PSK && c->certificate == NULL);
	conf_free(c);

	/* A disabled tunnel may be anything. */
	CU_ASSERT_FATAL(load(&c, "\"enable\":false,\"version\":\"1\"", &e) == 0);
	CU_ASSERT(!c->enable);
	conf_free(c);
}

/* In their order, and what a change of it costs. */
static void
test_several(void)
{
	char text[OFFER_STRLEN], list[PREFIXES_STRLEN];
	struct err e = ERR_INIT;
	struct conf *c, *d;

	CU_ASSERT_FATAL(load(&c, LOCAL "," PEER ",\"ike\":{\"cipher\":["
	    "\"aes256\",\"aes256gcm16\",\"aes128\"],\"auth\":[\"sha512\","
	    "\"sha256\"],\"prf\":[\"prfsha384\"],\"dh\":[\"ecp256\",\"x448\"]},"
	    "\"local-subnet\":[\"10.0.3.0/24\",\"10.0.1.0/24\"],"
	    "\"remote-subnet\":[\"10.0.2.0/24\",\"10.0.4.0/24\"]", &e) == 0);
	CU_ASSERT_STRING_EQUAL(algs_str(&c->ike, OFFER_IKE, text),
	    "aes256-aes128-sha512-sha256-ecp256-x448, "
	    "aes256gcm16-prfsha384-ecp256-x448");
	CU_ASSERT_STRING_EQUAL(prefixes_str(subnets_local(c->subnets),
	    c->subnets->n_local, list, sizeof(list)), "10.0.3.0/24 10.0.1.0/24");
	CU_ASSERT_STRING_EQUAL(prefixes_str(subnets_remote(c->subnets),
	    c->subnets->n_remote, list, sizeof(list)),
	    "10.0.2.0/24 10.0.4.0/24");
	CU_ASSERT_FATAL(load(&d, LOCAL "," PEER ",\"ike\":{\"cipher\":["
	    "\"aes256\",\"aes256gcm16\",\"aes128\"],\"auth\":[\"sha512\","
	    "\"sha256\"],\"prf\":[\"prfsha384\"],\"dh\":[\"ecp256\",\"x448\"]},"
	    "\"local-subnet\":[\"10.0.1.0/24\",\"10.0.3.0/24\"],"
	    "\"remote-subnet\":[\"10.0.2.0/24\",\"10.0.4.0/24\"]", &e) == 0);
	CU_ASSERT_EQUAL(conf_impact(c, d), CONF_SAME);
	conf_free(c);
	conf_free(d);
}

static void
test_refused(void)
{
	static const struct { int line; const char *leaves, *node, *text; } rows[] = {
	{ __LINE__, "", "/local-address", "local-address ADDRESS" },
	{ __LINE__, LOCAL ",\"initiator\":true", "/peer", "peer ADDRESS" },
	{ __LINE__, LOCAL ",\"peer\":\"2001:db8::2\"", "/peer", "both be IPv4" },
	/* What one version has and the other has not. */
	{ __LINE__, LOCAL ",\"ike\":{\"cipher\":[\"aes128\"],\"auth\":[\"sha1\"],"
	  "\"dh\":[\"modp2048\"]}", "/ike", "sha1 is too weak for IKEv2" },
	{ __LINE__, LOCAL ",\"esp\":{\"cipher\":[\"aes128\"],\"auth\":[\"sha256\"],"
	  "\"dh\":[\"modp1536\"]}", "/esp", "modp1536 is too weak for IKEv2" },
	{ __LINE__, LOCAL ",\"version\":\"1\",\"ike\":{\"cipher\":[\"aes128gcm16\"],"
	  "\"prf\":[\"prfsha256\"],\"dh\":[\"ecp256\"]}", "/ike",
	  "an AEAD, which phase 1 of IKEv1 cannot use" },
	{ __LINE__, LOCAL ",\"method\":\"cert\",\"ca\":\"root\"", "/certificate",
	  "certificate LABEL" },
	{ __LINE__, LOCAL ",\"method\":\"cert\",\"certificate\":\"gw\"", "/ca",
	  "ca LABEL" },
	{ __LINE__, LOCAL CERT ",\"local-id\":{\"type\":\"key\",\"value\":\"x\"}",
	  "/local-id", "no certificate can hold" },
	{ __LINE__, LOCAL CERT ",\"remote-id\":{\"value\":\"@#0102\"}",
	  "/remote-id", "no certificate can hold" },
	{ __LINE__, LOCAL ",\"local-subnet\":[\"2001:db8::/32\"]", "/remote-subnet",
	  "remote-subnet ADDRESS/LEN" },
	{ __LINE__, LOCAL ",\"remote-subnet\":[\"2001:db8::/32\"]", "/local-subnet",
	  "local-subnet ADDRESS/LEN" },
	{ __LINE__, LOCAL ",\"local-subnet\":[\"10.0.0.0/8\"],\"remote-subnet\":"
	  "[\"2001:db8::/32\"]", "/remote-subnet", "both be IPv4" },
	{ __LINE__, LOCAL ",\"local-subnet\":[\"10.0.1.0/24\",\"10.0.0.0/8\"]",
	  "/local-subnet", "10.0.1.0/24 is within 10.0.0.0/8, which serves it "
	  "already. Leave it out with: no local-subnet 10.0.1.0/24" },
	{ __LINE__, LOCAL ",\"remote-subnet\":[\"10.0.0.0/8\",\"10.0.1.0/24\"]",
	  "/remote-subnet", "no remote-subnet 10.0.1.0/24" },
	{ __LINE__, LOCAL ",\"local-subnet\":[\"10.0.0.0/8\",\"2001:db8::/32\"]",
	  "/local-subnet", "all IPv4 or all IPv6" },
	{ __LINE__, LOCAL ",\"ike\":{\"cipher\":[\"aes128gcm16\",\"aes128\"],"
	  "\"prf\":[\"prfsha256\"],\"dh\":[\"x25519\"]}", "/ike",
	  "cipher aes128 needs an authentication" },
	{ __LINE__, LOCAL ",\"ike\":{\"cipher\":[\"aes128gcm16\",\"aes128\"],"
	  "\"auth\":[\"sha256\"],\"dh\":[\"x25519\"]}", "/ike",
	  "cipher aes128gcm16 in IKE needs a prf" },
	{ __LINE__, LOCAL ",\"local-id\":{\"value\":\"*.example.com\"}",
	  "/local-id", "wildcards" },
	{ __LINE__, LOCAL ",\"ike\":{\"cipher\":[\"aes128gcm16\"],\"auth\":"
	  "[\"sha256\"],\"dh\":[\"x25519\"]}", "/ike", "" },
	{ __LINE__, LOCAL ",\"esp\":{\"cipher\":[\"aes128\"]}", "/esp", "auth" },
	};
	struct err e = ERR_INIT;
	struct conf *c;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (load(&c, rows[i].leaves, &e) == 0 ||
		    strstr(e.path, rows[i].node) == NULL ||
		    strstr(e.path, "ipsec[id='5']") == NULL ||
		    strstr(e.text, rows[i].text) == NULL) {
			printf("\nrow at line %d: %s (%s)\n", rows[i].line,
			    e.text, e.path);
			CU_FAIL("refusal");
		}
	}
}

/* What the version makes of the rest, and what a commit is warned of. */
static void
test_ike1(void)
{
	static const struct { int line; const char *leaves, *warning; } rows[] = {
	{ __LINE__, LOCAL, NULL },
	{ __LINE__, LOCAL "," V1, "ipsec 5: IKEv1 is deprecated (RFC 9395)" },
	{ __LINE__, LOCAL "," V1 ",\"ike\":{\"cipher\":[\"aes128\"],\"auth\":"
	  "[\"sha256\",\"sha1\"],\"dh\":[\"modp2048\",\"modp1024\"]}",
	  "ike sha1 modp1024: weak, and for old peers only" },
	{ __LINE__, LOCAL "," V1 ",\"esp\":{\"cipher\":[\"aes128\"],\"auth\":"
	  "[\"sha256\"],\"dh\":[\"modp1536\"]}", "esp modp1536: weak" },
	{ __LINE__, "\"enable\":false," V1, NULL },
	};
	struct err e = ERR_INIT;
	struct conf *c;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CU_ASSERT_FATAL(load(&c, rows[i].leaves, &e) == 0);
		if (rows[i].warning == NULL ? warnings[0] != '\0' :
		    strstr(warnings, rows[i].warning) == NULL) {
			printf("\nrow at line %d: %s\n", rows[i].line, warnings);
			CU_FAIL("warnings");
		}
		conf_free(c);
	}
	CU_ASSERT_FATAL(load(&c, LOCAL, &e) == 0);
	CU_ASSERT(c->version == 2 && !c->ike.ike1 && !c->esp.ike1);
	conf_free(c);
	CU_ASSERT_FATAL(load(&c, LOCAL "," V1, &e) == 0);
	CU_ASSERT(c->version == 1 && c->ike.ike1 && c->esp.ike1);
	CU_ASSERT(c->dpd_timeout == 150 && c->dpd_delay == 30);
	conf_free(c);
	/* Shorter than dpd-delay: it is asked as often within it. */
	CU_ASSERT_FATAL(load(&c, LOCAL "," V1 ",\"dpd-delay\":200,\"dpd-timeout\":60",
	    &e) == 0);
	CU_ASSERT(c->dpd_timeout == 60 && strstr(warnings, "dpd") == NULL);
	conf_free(c);
}

static void
test_impact(void)
{
	static const struct { int line; const char *change; enum conf_impact want; }
	rows[] = {
	{ __LINE__, "\"enable\":true",			CONF_SAME },
	{ __LINE__, "\"description\":\"x\"",		CONF_SAME },
	{ __LINE__, "\"dpd-delay\":30",			CONF_SAME },
	{ __LINE__, "\"local-id\":{\"value\":\"192.168.0.1\"}", CONF_SAME },
	{ __LINE__, "\"dpd-delay\":31",			CONF_LIVE },
	{ __LINE__, "\"dpd-action\":\"disabled\"",	CONF_LIVE },
	{ __LINE__, "\"sa-rekey-time\":60",		CONF_LIVE },
	{ __LINE__, "\"enable\":false",			CONF_RESTART },
	{ __LINE__, "\"initiator\":true",		CONF_RESTART },
	{ __LINE__, V1,					CONF_RESTART },
	{ __LINE__, "\"local-id\":{\"value\":\"x\"}",	CONF_RESTART },
	{ __LINE__, "\"remote-id\":{\"value\":\"x\"}",	CONF_RESTART },
	{ __LINE__, "\"local-subnet\":[\"10.0.0.0/8\"]",	CONF_RESTART },
	{ __LINE__, "\"remote-subnet\":[\"10.0.0.0/8\"]",	CONF_RESTART },
	{ __LINE__, "\"local-subnet\":[\"192.168.0.1/32\"]", CONF_RESTART },
	{ __LINE__, "\"local-subnet\":[\"192.168.0.1/32\",\"10.0.0.0/8\"]",
							CONF_RESTART },
	{ __LINE__, "\"ike\":{\"cipher\":[\"aes128\"],\"auth\":[\"sha256\"],"
	  "\"dh\":[\"ecp256\"]}",				CONF_RESTART },
	{ __LINE__, "\"esp\":{\"cipher\":[\"aes128gcm16\"]}", CONF_RESTART },
	};
	struct conf *from, *to;
	struct err e = ERR_INIT;
	char text[512];
	size_t i;

	CU_ASSERT_FATAL(load(&from, LOCAL "," PEER, &e) == 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), LOCAL "," PEER ",%s", rows[i].change);
		CU_ASSERT_FATAL(load(&to, text, &e) == 0);
		if (conf_impact(from, to) != rows[i].want) {
			printf("\nrow at line %d: %d\n", rows[i].line,
			    conf_impact(from, to));
			CU_FAIL("impact");
		}
		conf_free(to);
	}
	conf_free(from);
}

static bool
impact_fits(const char *class, enum conf_impact impact)
{
	if (class == NULL || strcmp(class, "none") == 0)
		return impact == CONF_SAME || impact == CONF_LIVE;
	if (strcmp(class, "reauthenticate") == 0)
		return impact == CONF_REAUTH;
	return impact == CONF_RESTART;
}

/* What the model says of a change (cv:impact), which is what people are told
 * before a commit, is what it costs here. */
static void
test_model(void)
{
	static const struct { const char *leaf, *change; } rows[] = {
	{ "enable", "\"enable\":false" },
	{ "method", CERT_IS("gw", "root") },
	{ "certificate", CERT_IS("x", "root") },
	{ "ca", CERT_IS("gw", "x") },
	{ "revocation", CERT_IS("gw", "root") ",\"revocation\":\"strict\"" },
	{ "description", "\"description\":\"x\"" },
	{ "initiator", "\"initiator\":true" },
	{ "local-address", "\"local-address\":\"192.168.0.9\"" },
	{ "peer", "\"peer\":\"192.168.0.9\"" },
	{ "local-id", "\"local-id\":{\"value\":\"x\"}" },
	{ "remote-id", "\"remote-id\":{\"value\":\"x\"}" },
	{ "local-subnet", "\"local-subnet\":[\"10.0.0.0/8\"]" },
	{ "remote-subnet", "\"remote-subnet\":[\"10.0.0.0/8\"]" },
	{ "ppk-id", "\"ppk-id\":\"x\"" },
	{ "ike", "\"ike\":{\"cipher\":[\"aes128\"],\"auth\":[\"sha256\"],"
	  "\"dh\":[\"ecp256\"]}" },
	{ "esp", "\"esp\":{\"cipher\":[\"aes128gcm16\"]}" },
	{ "dpd-action", "\"dpd-action\":\"disabled\"" },
	{ "dpd-delay", "\"dpd-delay\":31" },
	{ "sa-rekey-time", "\"sa-rekey-time\":60" },
	{ "reauth-time", "\"reauth-time\":60" },
	{ "version", "\"version\":\"1\"" },
	{ "dpd-timeout", V1 ",\"dpd-timeout\":60" },
	{ "mobike", "\"mobike\":true" },
	};
	/* ike never sees the first, or does not use them: nothing to it. */
	static const char *const no_conf[] = {
		"secret", "ppk", "ppk-required", "id",
	};
	const struct lysc_node *list, *n = NULL;
	struct conf *from, *to;
	struct err e = ERR_INIT;
	char text[512];
	const char *class;
	size_t i, j, found = 0;
	bool cert;

	list = lys_find_path(ly, NULL, "/culvert-tunnel:tunnel/ipsec", 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(list);
	while ((n = lys_getnext(n, list, NULL, 0)) != NULL) {
		if (!(n->flags & LYS_CONFIG_W))
			continue;
		for (j = 0; j < sizeof(no_conf) / sizeof(no_conf[0]); j++)
			if (strcmp(no_conf[j], n->name) == 0)
				break;
		if (j < sizeof(no_conf) / sizeof(no_conf[0]))
			continue;
		for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			if (strcmp(rows[i].leaf, n->name) == 0)
				break;
		if (i == sizeof(rows) / sizeof(rows[0])) {
			printf("\n%s has no row\n", n->name);
			CU_FAIL("a new setting");
			continue;
		}
		found++;
		cert = strstr(rows[i].change, "\"cert\"") != NULL && i > 1;
		snprintf(text, sizeof(text), "%s%s%s",
		    strcmp(n->name, "local-address") == 0 ? "" : LOCAL ",",
		    strcmp(n->name, "peer") == 0 ? "" : PEER ",",
		    rows[i].change);
		CU_ASSERT_FATAL(load(&to, text, &e) == 0);
		snprintf(text, sizeof(text), LOCAL "," PEER "%s%s",
		    cert ? "," : "", cert ? CERT_IS("gw", "root") : "");
		if (strcmp(n->name, "dpd-timeout") == 0)
			snprintf(text, sizeof(text), LOCAL "," PEER "," V1);
		CU_ASSERT_FATAL(load(&from, text, &e) == 0);
		class = ytree_ext(n, "impact");
		if (class == NULL)
			class = ytree_ext(list, "impact");
		if (!impact_fits(class, conf_impact(from, to))) {
			printf("\n%s: '%s' in the model, %d here\n", n->name,
			    class, conf_impact(from, to));
			CU_FAIL("cv:impact");
		}
		conf_free(from);
		conf_free(to);
	}
	CU_ASSERT_EQUAL(found, sizeof(rows) / sizeof(rows[0]));
}

#define AS	"\"local-id\":{\"value\":\"hub\"},\"remote-id\":" \
	"{\"value\":\"*.example.com\"}"

static void
test_ids(void)
{
	static const struct { int line; const char *a, *b; bool same; } rows[] = {
	{ __LINE__, "", "", true },
	{ __LINE__, PEER, "", false },		/* the address tells */
	{ __LINE__, PEER, PEER, true },
	{ __LINE__, PEER ",\"remote-id\":{\"value\":\"bob\"}",
	  "\"remote-id\":{\"value\":\"bob\"}", true },
	{ __LINE__, "\"remote-id\":{\"value\":\"BOB\"}",
	  "\"remote-id\":{\"value\":\"bob\"}", true },
	{ __LINE__, "\"local-id\":{\"value\":\"x\"}", "", false },
	{ __LINE__, "\"remote-id\":{\"value\":\"bob\"}",
	  "\"remote-id\":{\"type\":\"key\",\"value\":\"bob\"}", false },
	/* A certificate proves who its owner is, not which tunnel he means. */
	{ __LINE__, AS CERT, AS CERT, true },
	{ __LINE__, AS CERT "," PEER, AS CERT, false },
	{ __LINE__, AS, AS CERT, true },
	{ __LINE__, AS CERT, AS, true },
	{ __LINE__, AS "," PEER, AS CERT, false },
	};
	struct conf *a, *b;
	struct err e = ERR_INIT;
	char text[512];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), LOCAL "%s%s",
		    rows[i].a[0] != '\0' ? "," : "", rows[i].a);
		CU_ASSERT_FATAL(load(&a, text, &e) == 0);
		snprintf(text, sizeof(text), LOCAL "%s%s",
		    rows[i].b[0] != '\0' ? "," : "", rows[i].b);
		CU_ASSERT_FATAL(load(&b, text, &e) == 0);
		if (conf_ids_equal(a, b) != rows[i].same ||
		    (rows[i].same && conf_ids_hash(a, b->method, 9) !=
		     conf_ids_hash(b, b->method, 9))) {
			printf("\nrow at line %d\n", rows[i].line);
			CU_FAIL("ids");
		}
		conf_free(a);
		conf_free(b);
	}
}

static void
test_paths(void)
{
	char buf[CONF_PATH_MAX];

	CU_ASSERT(conf_path_id("/culvert-tunnel:tunnel") == 0);
	CU_ASSERT(conf_path_id(conf_path(65535, NULL, buf)) == 65535);
	CU_ASSERT(conf_path_id("/culvert-tunnel:tunnel/ipsec[id=\"7\"]") == 7);
	CU_ASSERT(conf_path_id("/culvert-tunnel:tunnel/ipsec[id='0']") == -1);
	CU_ASSERT(conf_path_id("/culvert-tunnel:tunnel/ipsec[id='65536']") == -1);
	CU_ASSERT(conf_path_id("/culvert-tunnel:tunnel/ipsec[id='7\"]") == -1);
	CU_ASSERT(conf_path_id("/culvert-tunnel:tunnel/ipsec[id='']") == -1);
	CU_ASSERT(conf_path_id("/culvert-system:system") == -1);
	CU_ASSERT(conf_path_id("") == -1);
}

int
main(void)
{
	const char *dir = getenv("CULVERT_YANGDIR");
	struct err e = ERR_INIT;
	CU_pSuite s;

	if (CU_initialize_registry() != CUE_SUCCESS ||
	    ytree_load(&ly, dir != NULL ? dir : "yang", &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	s = CU_add_suite("conf", NULL, NULL);
	CU_add_test(s, "automatic values", test_automatic);
	CU_add_test(s, "several of a kind", test_several);
	CU_add_test(s, "refusals", test_refused);
	CU_add_test(s, "IKEv1", test_ike1);
	CU_add_test(s, "impact of changes", test_impact);
	CU_add_test(s, "impact as the model says", test_model);
	CU_add_test(s, "identities", test_ids);
	CU_add_test(s, "paths", test_paths);
	CU_basic_run_tests();
	ly_ctx_destroy(ly);
	return CU_get_number_of_failures() == 0 ? 0 : 1;
}
