/* confd/valid, and units of shapes that only other modules have */
#include "tests/confd/fixture.h"

#include <libyang/libyang.h>

#define CAGE	"/test-shapes:zoo/fence/cage"
#define CAGE1	CAGE "[hall='a'][row='-1']"
#define CAGE2	CAGE "[hall='a'][row='2']"

static struct schema schema;
static char *dir;

/* Culvert's own modules and one of the tests'. */
static void
load_with(const char *module)
{
	const char *src = getenv("top_srcdir");
	struct err e = ERR_INIT;
	char cmd[1024];

	dir = make_test_dir();
	snprintf(cmd, sizeof(cmd), "cp '%s'/*.yang '%s'/tests/confd/yang/%s '%s'",
		 yang_dir(), src != NULL ? src : ".", module, dir);
	CU_ASSERT_EQUAL_FATAL(system(cmd), 0);
	if (schema_init(&schema, dir, &e) < 0) {
		printf("\n    %s\n", e.text);
		CU_FAIL_FATAL("models");
	}
}

static void
unload(void)
{
	schema_fini(&schema);
	remove_dir(dir);
}

/* The first error between the two, or "". */
static const char *
judge(const struct map *before, const struct map *after, size_t *n)
{
	static char text[2 * ERR_TEXT_MAX];
	struct valid v;

	text[0] = '\0';
	if (valid_changes(&schema, before, after, &v) < 0 && v.n > 0)
		snprintf(text, sizeof(text), "%s: %s", v.errors[0].path,
			 v.errors[0].text);
	*n = v.n;
	valid_fini(&v);
	return text;
}

/* The first error of that configuration, which has these words; "": there is none. */
static const char *
says(int line, const struct map *m, const char *words)
{
	struct map *none = map_new();
	const char *text;
	size_t n;

	text = judge(none, m, &n);
	CHECK_ROW(line, strstr(text, words) != NULL);
	CHECK_ROW(line, (n == 0) == (words[0] == '\0'));
	map_unref(none);
	return text;
}

static void
test_shapes(void)
{
	struct map *m = map_new();

	load_with("test-shapes.yang");
	CU_ASSERT(!schema.crosses);
	CU_ASSERT(schema.whens);
	CU_ASSERT_EQUAL(set1(&schema, m, "/test-shapes:zoo/name", "z"), 1);
	CU_ASSERT_EQUAL(set1(&schema, m, "/test-shapes:zoo/guard", "bob"), 1);
	CU_ASSERT_EQUAL(set1(&schema, m, "/test-shapes:zoo/guard", "al"), 1);
	CU_ASSERT_EQUAL(set1(&schema, m, "/test-shapes:zoo/fence/height", "3"), 1);
	CU_ASSERT_EQUAL(set1(&schema, m, CAGE2 "/food", "hay"), 1);
	CU_ASSERT_EQUAL(set1(&schema, m, CAGE1 "/animal[name='x']/legs", "4"), 1);
	CU_ASSERT_EQUAL(set1(&schema, m, CAGE1 "/animal[name='y']/tag", "shh"), 1);
	CU_ASSERT_EQUAL(set1(&schema, m, "/test-shapes:visitor[ticket='7']/name",
			     "eve"), 1);
	/* One of the rest, two cages, a visitor. */
	CU_ASSERT_EQUAL(m->n, 4);
	ASSERT_JSON(&schema, m, "{\"test-shapes:zoo\":{\"name\":\"z\","
		    "\"guard\":[\"bob\",\"al\"],\"fence\":{\"height\":3,"
		    "\"cage\":[{\"hall\":\"a\",\"row\":-1,\"animal\":["
		    "{\"name\":\"x\",\"legs\":4},{\"name\":\"y\",\"tag\":"
		    "\"shh\"}]},{\"hall\":\"a\",\"row\":2,\"food\":[\"hay\"]}]}},"
		    "\"test-shapes:visitor\":[{\"ticket\":7,\"name\":\"eve\"}]}");
	map_unref(m);
}

static void
test_removing(void)
{
	static const struct {
		int line; const char *path; size_t left;
	} rows[] = {
		{ __LINE__, "/test-shapes:zoo/guard[.='bob']", 4 },
		{ __LINE__, "/test-shapes:zoo/guard", 4 },
		{ __LINE__, CAGE1 "/animal[name='x']", 4 },
		{ __LINE__, CAGE1 "/animal", 4 },
		{ __LINE__, "/test-shapes:visitor", 3 },
		{ __LINE__, "/test-shapes:zoo/fence", 1 },
		{ __LINE__, "/test-shapes:zoo", 0 },
	};
	struct map *m = map_new();
	struct err e = ERR_INIT;
	size_t i;

	set1(&schema, m, "/test-shapes:zoo/name", "z");
	set1(&schema, m, "/test-shapes:zoo/guard", "bob");
	set1(&schema, m, "/test-shapes:zoo/guard", "al");
	set1(&schema, m, "/test-shapes:zoo/fence/height", "3");
	set1(&schema, m, CAGE1 "/animal[name='x']/legs", "4");
	set1(&schema, m, CAGE1 "/animal[name='y']/legs", "4");
	set1(&schema, m, CAGE2, NULL);
	set1(&schema, m, "/test-shapes:visitor[ticket='7']", NULL);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_ROW(rows[i].line, edit1(&schema, m, EDIT_DELETE,
					      rows[i].path, NULL, &e) == 1);
		CHECK_ROW(rows[i].line, m->n == rows[i].left);
		CHECK_ROW(rows[i].line, edit1(&schema, m, EDIT_DELETE,
					      rows[i].path, NULL, &e) == -1);
	}
	map_unref(m);
}

/* What is typed is never thrown away because of a `when`. */
static void
test_when(void)
{
	struct map *none = map_new(), *m = map_new();
	size_t n;

	set1(&schema, m, CAGE1 "/water", "5");
	CU_ASSERT_PTR_NOT_NULL(strstr(judge(none, m, &n), CAGE1 "/water: "));
	CU_ASSERT_EQUAL(n, 1);
	set1(&schema, m, CAGE1 "/kind", "fish");
	CU_ASSERT_STRING_EQUAL(judge(none, m, &n), "");
	map_unref(none);
	map_unref(m);
}

/* A rule of a one-line container that looks outside waits for the commit. */
static void
test_outside(void)
{
	struct map *none = map_new(), *m = map_new();
	size_t n;

	CU_ASSERT_EQUAL(set1(&schema, m, CAGE1 "/kind", "fish"), 1);
	CU_ASSERT_EQUAL(set1(&schema, m, CAGE1 "/plate/text", "carp"), 1);
	CU_ASSERT_STRING_EQUAL(judge(none, m, &n), CAGE1 "/plate/text: Only birds "
			       "read.");
	map_unref(none);
	map_unref(m);
	unload();
}

static void
test_crossing(void)
{
	struct map *none = map_new(), *m = map_new();
	size_t n;

	load_with("test-crossing.yang");
	CU_ASSERT(schema.crosses);
	set1(&schema, m, "/test-crossing:net/link[name='a']/address", "1");
	set1(&schema, m, "/test-crossing:net/link[name='b']/address", "1");
	CU_ASSERT_PTR_NOT_NULL(strstr(judge(none, m, &n), "link[name='"));
	set1(&schema, m, "/test-crossing:net/link[name='b']/address", "2");
	CU_ASSERT_STRING_EQUAL(judge(none, m, &n), "");
	set1(&schema, m, "/test-crossing:net/link[name='b']/backup", "c");
	CU_ASSERT_NOT_EQUAL(judge(none, m, &n)[0], '\0');
	set1(&schema, m, "/test-crossing:net/link[name='b']/backup", "a");
	CU_ASSERT_STRING_EQUAL(judge(none, m, &n), "");
	set1(&schema, m, "/test-crossing:net/link[name='b']/speed", "4");
	CU_ASSERT_PTR_NOT_NULL(strstr(judge(none, m, &n), "no faster"));
	set1(&schema, m, "/test-crossing:net/limit", "4");
	CU_ASSERT_STRING_EQUAL(judge(none, m, &n), "");
	map_unref(none);
	map_unref(m);
	unload();
}

/* Of Culvert's own modules, what S1 wants refused. */
static void
test_tunnel(void)
{
	static const struct {
		int line; const char *leaf, *value, *says;
	} rows[] = {
		{ __LINE__, "initiator", "true", "needs the address to connect" },
		{ __LINE__, "peer", "0.0.0.0", "no peer" },
		{ __LINE__, "peer", "2001:db8::1", "both be IPv4 or both" },
		{ __LINE__, "dpd-action", "restart", "A responder can only" },
		{ __LINE__, "dpd-timeout", "100", "IKEv1 only" },
		{ __LINE__, "method", "cert", "certificate" },
		{ __LINE__, "local-address", "::", "not 'any'" },
		{ __LINE__, "description", "fine", "" },
	};
	char path[128];
	const char *text;
	struct map *m;
	size_t i;

	load_schema(&schema);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		m = map_new();
		add_tunnel(&schema, m, 1);
		snprintf(path, sizeof(path), IPSEC1 "/%s", rows[i].leaf);
		set1(&schema, m, path, rows[i].value);
		text = says(rows[i].line, m, rows[i].says);
		CHECK_ROW(rows[i].line, strstr(text, "  ") == NULL &&
			  strchr(text, '\n') == NULL);
		map_unref(m);
	}
	schema_fini(&schema);
}

/* All of them at once, as a line of the shell sets them. */
static bool
set_all(struct map *m, const char *const sets[])
{
	struct err e = ERR_INIT;
	char path[128];
	struct batch b;
	size_t k;

	edit_begin(&b, &schema, m, 1);
	for (k = 0; sets[k] != NULL; k += 2) {
		struct edit ed = { EDIT_MERGE, path, sets[k + 1], NULL };

		snprintf(path, sizeof(path), IPSEC1 "/%s", sets[k]);
		if (edit_apply(&b, &ed, &e) < 0) {
			edit_undo(&b);
			printf("\n    %s: %s\n", path, e.text);
			return false;
		}
	}
	if (edit_end(&b, &e) == 0)
		return true;
	printf("\n    %s: %s\n", e.path, e.text);
	return false;
}

/* What only one version of IKE has. */
static void
test_versions(void)
{
	static const struct {
		int line; const char *version, *sets[9], *says;
	} rows[] = {
		{ __LINE__, "2", { "dpd-timeout", "100" }, "is for IKEv1 only" },
		{ __LINE__, "1", { "dpd-timeout", "100" }, "" },
		{ __LINE__, "1", { "mobike", "true" }, "for IKEv2 only" },
		{ __LINE__, "1", { "ppk", "a-longer-key", "ppk-id", "us" },
		  "IKEv1 has no place for one" },
		{ __LINE__, "1", { "local-subnet", "10.0.0.0/24 10.0.2.0/24" },
		  "one subnet on each side" },
		{ __LINE__, "2", { "local-subnet", "10.0.0.0/24 10.0.2.0/24" }, "" },
		{ __LINE__, "1", { "ike/cipher", "aes128gcm16", "ike/prf",
		  "prfsha256", "ike/dh", "ecp256" },
		  "Phase 1 of IKEv1 cannot use an AEAD cipher" },
		{ __LINE__, "1", { "ike/cipher", "aes128 aes256ccm12", "ike/auth",
		  "sha256", "ike/prf", "prfsha256", "ike/dh", "ecp256" },
		  "Phase 1 of IKEv1 cannot use an AEAD cipher" },
		{ __LINE__, "1", { "ike/cipher", "aes128ctr", "ike/auth",
		  "sha256", "ike/dh", "ecp256" }, "encrypts in CBC mode only" },
		{ __LINE__, "1", { "ike/cipher", "aes128", "ike/auth", "sha256",
		  "ike/dh", "x25519" }, "no number for the groups" },
		{ __LINE__, "2", { "ike/cipher", "aes128", "ike/auth", "sha1",
		  "ike/dh", "modp2048" }, "sha1 is too weak for IKEv2" },
		{ __LINE__, "2", { "ike/cipher", "aes128", "ike/auth", "sha256",
		  "ike/dh", "modp2048 modp1024" }, "too small for IKEv2" },
		{ __LINE__, "1", { "ike/cipher", "aes128", "ike/auth", "sha1",
		  "ike/dh", "modp1536" }, "" },
		{ __LINE__, "1", { "esp/cipher", "aes256gcm16" }, "" },
		{ __LINE__, "1", { "esp/cipher", "chacha20poly1305" },
		  "no number for ChaCha20-Poly1305" },
		{ __LINE__, "1", { "esp/cipher", "aes256gcm16", "esp/dh", "x448" },
		  "no number for the groups" },
		{ __LINE__, "2", { "esp/cipher", "aes128", "esp/auth", "sha1" },
		  "sha1 is too weak for IKEv2" },
		{ __LINE__, "2", { "esp/cipher", "aes256gcm16", "esp/dh",
		  "modp1536" }, "too small for IKEv2" },
		{ __LINE__, "1", { "esp/cipher", "aes128ctr", "esp/auth", "sha1",
		  "esp/dh", "modp1024" }, "" },
	};
	struct map *m;
	size_t i;

	load_schema(&schema);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		m = map_new();
		add_tunnel(&schema, m, 1);
		set1(&schema, m, IPSEC1 "/version", rows[i].version);
		CHECK_ROW(rows[i].line, set_all(m, rows[i].sets));
		says(rows[i].line, m, rows[i].says);
		map_unref(m);
	}
	schema_fini(&schema);
}

UNIT_MAIN("valid",
	{ "shapes", test_shapes },
	{ "removing them", test_removing },
	{ "when", test_when },
	{ "rules that look outside", test_outside },
	{ "rules that look beyond the unit", test_crossing },
	{ "rules of a tunnel", test_tunnel },
	{ "rules of a version", test_versions },
)
