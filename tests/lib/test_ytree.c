/* lib/ytree: against the models that are installed */
#include "ytree.h"

#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit.h"

static struct ly_ctx *ctx;

#define T(x)	"{\"culvert-tunnel:tunnel\":{\"ipsec\":[{\"id\":1," x "}]}}"
#define IPSEC	"/culvert-tunnel:tunnel/ipsec"

static struct lyd_node *
parse(const char *json)
{
	struct lyd_node *tree = NULL;
	struct err e = ERR_INIT;

	if (ytree_parse(&tree, ctx, json, strlen(json), &e) < 0)
		printf("\n    %s\n", e.text);
	return tree;
}

static void
test_load(void)
{
	const char *dir = getenv("CULVERT_YANGDIR");
	struct ly_ctx *none;
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL_FATAL(ytree_load(&ctx, dir != NULL ? dir : "yang", &e), 0);
	CU_ASSERT_EQUAL(ytree_load(&none, "/nonexistent", &e), -1);
	CU_ASSERT(e.text[0] != '\0');
}

static void
test_data(void)
{
	const struct lyd_node *n;
	struct lyd_node *tree;
	char *text;

	tree = parse("{\"culvert-tunnel:tunnel\":{\"ipsec\":[{\"id\":1,"
		     "\"dpd-delay\":7,\"local-id\":{\"value\":\"alice\"}},"
		     "{\"id\":5,\"enable\":false}]}}");
	CU_ASSERT_PTR_NOT_NULL_FATAL(tree);
	n = ytree_find(tree, "tunnel/ipsec");
	CU_ASSERT_PTR_NOT_NULL_FATAL(n);
	CU_ASSERT_STRING_EQUAL(ytree_leaf(n, "id"), "1");
	CU_ASSERT_EQUAL(ytree_u32(n, "dpd-delay"), 7);
	CU_ASSERT_STRING_EQUAL(ytree_leaf(n, "local-id/value"), "alice");
	CU_ASSERT_STRING_EQUAL(ytree_leaf(n, "local-id/type"), "autodetect");
	CU_ASSERT_PTR_NULL(ytree_leaf(n, "remote-id/type"));
	CU_ASSERT_PTR_NULL(ytree_leaf(n, "remote-id/value"));
	CU_ASSERT_PTR_NULL(ytree_leaf(n, "secret"));
	CU_ASSERT_PTR_NULL(ytree_leaf(n, "no-such-leaf"));
	CU_ASSERT_STRING_EQUAL(ytree_leaf(n, "version"), "2");
	CU_ASSERT(ytree_bool(n, "enable"));
	n = ytree_next(n);
	CU_ASSERT_PTR_NOT_NULL_FATAL(n);
	CU_ASSERT(!ytree_bool(n, "enable"));
	CU_ASSERT_PTR_NULL(ytree_next(n));
	CU_ASSERT_PTR_NULL(ytree_find(tree, "tunnel/nothing"));
	CU_ASSERT_PTR_NULL(ytree_find(tree, "system"));
	CU_ASSERT_PTR_NULL(ytree_find(NULL, "system"));
	CU_ASSERT_PTR_NULL(ytree_leaf(NULL, "id"));
	text = ytree_print(n, false);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	CU_ASSERT_PTR_NULL(strstr(text, "sa-rekey-time"));
	free(text);
	text = ytree_print(tree, true);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"sa-rekey-time\":3600"));
	CU_ASSERT_PTR_NULL(strchr(text, '\n'));
	free(text);
	ytree_free(tree);
	/* A value may begin with an @, and end in a quotation mark. */
	tree = parse(T("\"local-id\":{\"value\":\"@\\\"\"},\"description\":\"@\""));
	CU_ASSERT_PTR_NOT_NULL(tree);
	ytree_free(tree);
	text = ytree_print(NULL, false);
	CU_ASSERT_STRING_EQUAL(text, "{}");
	free(text);
	CU_ASSERT_PTR_NULL(parse("{}"));
}

static void
test_extensions(void)
{
	const struct lysc_node *s;

	s = lys_find_path(ctx, NULL, IPSEC "/secret", 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT(ytree_is_secret(s));
	CU_ASSERT_STRING_EQUAL(ytree_owner(s), "ipsecd-keys");
	s = lys_find_path(ctx, NULL, IPSEC "/ike/cipher", 0);
	CU_ASSERT(!ytree_is_secret(s));
	CU_ASSERT_STRING_EQUAL(ytree_owner(s), "ipsecd");
	CU_ASSERT_STRING_EQUAL(ytree_ext(s->parent, "one-line"), "keywords");
	CU_ASSERT_STRING_EQUAL(ytree_ext(s->parent->parent, "unit"), "");
	CU_ASSERT_PTR_NULL(ytree_ext(s, "unit"));
}

/* What people see when they mistype. */
static void
test_check(void)
{
	static const struct {
		int line; const char *path, *value, *text;
	} rows[] = {
		{ __LINE__, IPSEC "/id", "1", NULL },
		{ __LINE__, IPSEC "/id", "70000", "A tunnel's number is 1 to 65535." },
		{ __LINE__, IPSEC "/id", "one", "A tunnel's number is 1 to 65535." },
		{ __LINE__, IPSEC "/method", "pks",
		  "method is psk or cert, not 'pks'. Did you mean psk?" },
		{ __LINE__, IPSEC "/ike/cipher", "aes128gcm", "Did you mean aes128gcm12?" },
		{ __LINE__, IPSEC "/ike/dh", "modp768", "ike dh is modp2048, " },
		{ __LINE__, IPSEC "/initiator", "yes", "initiator is true or false, not 'yes'." },
		{ __LINE__, IPSEC "/peer", "192.168.0.256",
		  "peer is an IPv4 address, as 192.0.2.1, or an IPv6 address, as "
		  "2001:db8::1, not '192.168.0.256'." },
		{ __LINE__, IPSEC "/local-subnet", "10.0.0.0/33",
		  "local-subnet is an IPv4 network, as 192.0.2.0/24, or an IPv6" },
		{ __LINE__, IPSEC "/secret", "abc", "A secret has 8 to 63 characters." },
		{ __LINE__, IPSEC "/secret", "0xabcdefghi", "this one does not decode." },
		{ __LINE__, "/culvert-system:system/hostname", "a_b",
		  "A hostname is letters, digits and hyphens, and neither begins "
		  "nor ends with a hyphen." },
		{ __LINE__, "/culvert-system:system/location", "",
		  "location is text of 1 to 128 characters, not ''." },
		{ __LINE__, IPSEC "/local-id", "x", "local-id takes no value." },
	};
	const struct lysc_node *s;
	struct err e;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		s = lys_find_path(ctx, NULL, rows[i].path, 0);
		CU_ASSERT_PTR_NOT_NULL_FATAL(s);
		err_clear(&e);
		rc = ytree_check(s, rows[i].value, &e);
		CHECK_ROW(rows[i].line, (rc == 0) == (rows[i].text == NULL));
		CHECK_ROW(rows[i].line, rows[i].text == NULL ||
			  strstr(e.text, rows[i].text) != NULL);
		if (rows[i].text != NULL && strstr(e.text, rows[i].text) == NULL)
			printf("    got: %s\n", e.text);
	}
}

static void
test_parse_errors(void)
{
	static const struct {
		int line; const char *json, *text, *path;
	} rows[] = {
		{ __LINE__, T("\"method\":\"pks\""), "method is psk or cert",
		  IPSEC "[id='1']/method" },
		{ __LINE__, T("\"methd\":\"psk\""), "ipsec has no 'methd'.",
		  IPSEC "[id='1']" },
		{ __LINE__, T("\"secret\":\"hunter2\""), "A secret has 8 to 63 characters.",
		  IPSEC "[id='1']/secret" },
		{ __LINE__, T("\"secret\":7"), "secret is ", IPSEC "[id='1']/secret" },
		{ __LINE__, "{\"culvert-system:system\":{\"hostname\":\"a\"", "cut off", "" },
		{ __LINE__, "{\"culvert-system:system\":{\"hostname\":\"hunter2", "cut off", "" },
		{ __LINE__, "{\"culvert-system:system\":", "cut off", "" },
		{ __LINE__, "{\"culvert-system:system\":{\"hostname\":\"}\\\"}",
		  "cut off", "" },
		{ __LINE__, "{\"culvert-system:system\":{}}}", "follows its end", "" },
		{ __LINE__, "{\"culvert-system:system\":{}} {}", "follows its end", "" },
		{ __LINE__, "hunter2", "not JSON", "" },
		{ __LINE__, "", "JSON", "" },
		{ __LINE__, "{\n\"culvert-system:system\":{\n\"hostname\":\"-\"}}",
		  "line 3: A hostname is letters", "/culvert-system:system/hostname" },
		{ __LINE__, "{\"nobody:x\":{}}", "", "" },
		{ __LINE__, T("\"@id\":{}"), "metadata", "" },
		{ __LINE__, T("\"@\" : {}"), "metadata", "" },
		{ __LINE__, T("\"\\u0040id\":{}"), "metadata", "" },
	};
	struct lyd_node *tree;
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err_clear(&e);
		CHECK_ROW(rows[i].line, ytree_parse(&tree, ctx, rows[i].json,
			  strlen(rows[i].json), &e) == -1);
		CHECK_ROW(rows[i].line, tree == NULL && e.text[0] != '\0');
		CHECK_ROW(rows[i].line, strstr(e.text, rows[i].text) != NULL);
		if (strstr(e.text, rows[i].text) == NULL)
			printf("    got: %s\n", e.text);
		CHECK_ROW(rows[i].line, rows[i].path[0] == '\0' ||
			  strcmp(e.path, rows[i].path) == 0);
		/* No secret, and nothing that may be one, in any of them. */
		CHECK_ROW(rows[i].line, strstr(e.text, "hunter2") == NULL);
		CHECK_ROW(rows[i].line, strchr(e.text, '\n') == NULL);
	}
}

static void
test_must(void)
{
	struct lyd_node *tree;
	struct err e = ERR_INIT;

	tree = parse(T("\"local-address\":\"10.0.0.1\""));
	CU_ASSERT_NOT_EQUAL(lyd_validate_all(&tree, ctx, LYD_VALIDATE_NO_STATE, NULL),
			    LY_SUCCESS);
	CU_ASSERT_EQUAL(ytree_err(ctx, &e, NULL), -1);
	CU_ASSERT_STRING_EQUAL(e.text, "A tunnel with 'method psk' needs a secret. "
			       "Set one with: secret SECRET");
	CU_ASSERT_STRING_EQUAL(e.path, IPSEC "[id='1']");
	ytree_free(tree);
}

static void
test_fold(void)
{
	char out[16];

	ytree_fold(out, sizeof(out), "  a\n   b\tc \n");
	CU_ASSERT_STRING_EQUAL(out, "a b c");
	ytree_fold(out, 4, "abcdef");
	CU_ASSERT_STRING_EQUAL(out, "abc");
}

#define IMPORT	"/culvert-certificate:certificate/import"

static void
test_input(void)
{
	static const struct {
		int		 line;
		const char	*path, *json;
		const char	*says;		/* NULL: it is taken */
	} rows[] = {
		{ __LINE__, IMPORT, "{\"kind\":\"local\",\"label\":\"gw1\","
		  "\"data\":\"AAEC\",\"replace\":[null]}", NULL },
		{ __LINE__, IMPORT, "{\"kind\":\"local\",\"label\":\"gw1\"}",
		  "data is missing." },
		{ __LINE__, IMPORT, "{\"kind\":\"ca\",\"label\":\"gw1\","
		  "\"data\":\"AAEC\",\"key\":\"AAEC\"}",
		  "A CA is imported without a private key" },
		{ __LINE__, IMPORT, "{\"kind\":\"local\",\"label\":\"-x\","
		  "\"data\":\"AAEC\"}", "A label is letters" },
		{ __LINE__, IMPORT, "{\"kind\":\"local\",\"label\":\"gw1\","
		  "\"data\":\"Sesam\"}", "Base64" },
		{ __LINE__, IMPORT, "{\"kind\":\"local\",\"label\":\"gw1\","
		  "\"data\":\"AAEC\",\"bogus\":1}", "bogus" },
		{ __LINE__, IMPORT, "{\"kind\":\"local\"", "cut off" },
		{ __LINE__, IMPORT, "[]", "" },
		{ __LINE__, IMPORT "/label", "{}", "there is no action" },
		{ __LINE__, "/culvert-certificate:certificate/no", "{}",
		  "there is no action" },
		{ __LINE__, IPSEC "[id='7']/initiate", "{}", NULL },
		{ __LINE__, IPSEC "[id='7']/initiate", "{\"x\":1}", "x" },
	};
	struct lyd_node *op;
	struct err e;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err_clear(&e);
		rc = ytree_parse_input(&op, ctx, rows[i].path, rows[i].json,
				       strlen(rows[i].json), &e);
		if (rc < 0 && rows[i].says == NULL)
			printf("\n    %s\n", e.text);
		CHECK_ROW(rows[i].line, (rc == 0) == (rows[i].says == NULL) &&
			  (rc == 0) == (op != NULL));
		/* Where, from the top, if it is in the input. */
		CHECK_ROW(rows[i].line, *e.path == '\0' ||
			  strncmp(e.path, rows[i].path, strlen(rows[i].path)) ==
			  0);
		CHECK_ROW(rows[i].line, rc == 0 ||
			  (strstr(e.text, rows[i].says) != NULL &&
			   strstr(e.text, "Sesam") == NULL));
		ytree_op_free(op);
	}
}

static void
test_octets(void)
{
	static const char json[] = "{\"kind\":\"ca\",\"label\":\"c\","
	    "\"data\":\"AAEC\"}";
	static const char out[] = "{\"pem\":\"a\\nb\",\"der\":\"/w==\"}";
	struct err e = ERR_INIT;
	struct lyd_node *op;
	const uint8_t *p;
	size_t len;

	CU_ASSERT_EQUAL_FATAL(ytree_parse_input(&op, ctx, IMPORT, json,
						strlen(json), &e), 0);
	CU_ASSERT(ytree_octets(op, "data", &p, &len));
	CU_ASSERT(len == 3 && memcmp(p, "\0\1\2", 3) == 0);
	CU_ASSERT(!ytree_octets(op, "key", &p, &len) && p == NULL);
	CU_ASSERT(!ytree_octets(op, "label", &p, &len));
	CU_ASSERT_STRING_EQUAL(ytree_leaf(op, "label"), "c");
	ytree_op_free(op);
	CU_ASSERT_EQUAL_FATAL(ytree_parse_output(&op, ctx,
	    "/culvert-certificate:certificate/export", out, strlen(out), &e), 0);
	CU_ASSERT_STRING_EQUAL(ytree_leaf(op, "pem"), "a\nb");
	CU_ASSERT(ytree_octets(op, "der", &p, &len) && len == 1 && *p == 0xff);
	ytree_op_free(op);
	/* A default of the model is there as if it had been typed. */
	CU_ASSERT_EQUAL_FATAL(ytree_parse_input(&op, ctx,
	    "/culvert-certificate:certificate/generate", "{\"label\":\"g\"}", 13,
	    &e), 0);
	CU_ASSERT_STRING_EQUAL(ytree_leaf(op, "key"), "ecdsa-p256");
	ytree_op_free(op);
}

static void
test_end(void)
{
	ly_ctx_destroy(ctx);
}

UNIT_MAIN("ytree",
	{ "loading", test_load },
	{ "leaves and defaults", test_data },
	{ "extensions", test_extensions },
	{ "what a mistyped value is answered", test_check },
	{ "what broken data is answered", test_parse_errors },
	{ "rules of the model", test_must },
	{ "folding", test_fold },
	{ "what an action is given", test_input },
	{ "octets in and out of an action", test_octets },
	{ "unloading", test_end },
)
