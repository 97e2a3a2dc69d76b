/* crypto/dn: Distinguished Names from text, to text, and compared. */
#include "crypto/dn.h"

#include <string.h>

#include "tests/crypto/hex.h"
#include "tests/unit.h"

static void
test_der(void)
{
	/* CN=Alice, O=Example; openssl x509 -subj of "/CN=Alice/O=Example" with
	 * PrintableString values. */
	static const char want[] = "3022 310e 300c 0603550403 1305416c696365"
	    "3110 300e 060355040a 13074578616d706c65";
	uint8_t der[DN_DER_MAX];
	char text[128];
	size_t len;

	CU_ASSERT_EQUAL(dn_from_text("CN=Alice, O=Example", der, &len, NULL), 0);
	CU_ASSERT(hex_equal(der, len, want));
	CU_ASSERT(dn_valid(der, len));
	CU_ASSERT(dn_to_text(der, len, text, sizeof(text)));
	CU_ASSERT_STRING_EQUAL(text, "CN=Alice, O=Example");
}

static const struct {
	int		line;
	const char	*in;
	const char	*out;		/* NULL: the same; "!...": refused with that */
} rows[] = {
	{ __LINE__, "CN=Alice, O=Example", NULL },
	{ __LINE__, "C=SE, O=Example AB, OU=Net, CN=gw.example.com", NULL },
	{ __LINE__, "cn=alice,o=Example", "CN=alice, O=Example" },
	{ __LINE__, "  CN  =  Alice  ,O=  Example  ", "CN=Alice, O=Example" },
	{ __LINE__, "/C=SE/O=Example/CN=Alice", "C=SE, O=Example, CN=Alice" },
	/* DER sorts what is in one RDN. */
	{ __LINE__, "CN=Alice+OU=Net, O=Example", "OU=Net+CN=Alice, O=Example" },
	{ __LINE__, "OU=Net + CN=Alice, O=Example", "OU=Net+CN=Alice, O=Example" },
	{ __LINE__, "O=Example\\, Inc., CN=Alice", NULL },
	{ __LINE__, "O=\"Example, Inc.\", CN=Alice", "O=Example\\, Inc., CN=Alice" },
	{ __LINE__, "O=\" x \" , CN=Alice", "O=\\ x\\ , CN=Alice" },
	{ __LINE__, "O=\\ x\\ , CN=Alice", NULL },
	{ __LINE__, "CN=a\\+b\\\"c\\\\d\\;e", NULL },
	{ __LINE__, "CN=a\\2cb", "CN=a\\,b" },
	{ __LINE__, "CN=H\xc3\xa5kan", NULL },
	{ __LINE__, "CN=H\\C3\\A5kan", "CN=H\xc3\xa5kan" },
	{ __LINE__, "CN=\xe6\x97\xa5\xe6\x9c\xac, O=\xf0\x9f\x94\x92", NULL },
	/* C1, bidi, a blank that is none, no UTF-8: nobody sees what they do */
	{ __LINE__, "CN=a\xc2\x9b" "2J", "CN=a\\C2\\9B2J" },
	{ __LINE__, "CN=a\xe2\x80\xae" "b", "CN=a\\E2\\80\\AEb" },
	{ __LINE__, "CN=a\xc2\xa0" "b", "CN=a\\C2\\A0b" },
	{ __LINE__, "CN=H\\E5kan", "!UTF-8" },
	{ __LINE__, "CN=a\x1b[2J\x7f", "CN=a\\1B[2J\\7F" },
	{ __LINE__, "CN=a=b", NULL },
	{ __LINE__, "E=alice@example.com, CN=Alice", NULL },
	{ __LINE__, "emailAddress=alice@example.com", "E=alice@example.com" },
	{ __LINE__, "DC=example, DC=com", NULL },
	{ __LINE__, "UID=alice", NULL },
	{ __LINE__, "S=Smith, serialNumber=12", NULL },
	{ __LINE__, "SN=12", "serialNumber=12" },
	{ __LINE__, "1.2.3.4.5=x", NULL },
	{ __LINE__, "CN=*", NULL },
	{ __LINE__, "", "!ATTRIBUTE=VALUE" },
	{ __LINE__, "Alice", "!ATTRIBUTE=VALUE" },
	{ __LINE__, "=Alice", "!ATTRIBUTE=VALUE" },
	{ __LINE__, "CN=", "!is empty" },
	{ __LINE__, "CN=Alice,", "!ATTRIBUTE=VALUE" },
	{ __LINE__, "CN=Alice,,O=x", "!no attribute" },
	{ __LINE__, "FOO=x", "!'FOO' is no attribute" },
	{ __LINE__, "CN=\"Alice", "!not closed" },
	{ __LINE__, "CN=\"Alice\"x", "!follows" },
	{ __LINE__, "CN=Alice\\", "!ends in" },
};

static void
test_text(void)
{
	uint8_t der[DN_DER_MAX], again[DN_DER_MAX];
	char text[512];
	size_t i, len, len2;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *out = rows[i].out != NULL ? rows[i].out : rows[i].in;
		struct err e = ERR_INIT;
		int ret = dn_from_text(rows[i].in, der, &len, &e);

		CHECK_ROW(rows[i].line, (ret < 0) == (out[0] == '!'));
		if (ret < 0) {
			CHECK_ROW(rows[i].line, strstr(e.text, out + 1) != NULL);
			if (strstr(e.text, out + 1) == NULL)
				printf("\n    says: %s\n", e.text);
			continue;
		}
		CHECK_ROW(rows[i].line, dn_to_text(der, len, text, sizeof(text)));
		CHECK_ROW(rows[i].line, strcmp(text, out) == 0);
		if (strcmp(text, out) != 0)
			printf("\n    got: %s\n", text);
		/* What is printed reads back as the same octets. */
		CHECK_ROW(rows[i].line, dn_from_text(text, again, &len2, NULL) == 0);
		CHECK_ROW(rows[i].line, len == len2 && memcmp(der, again, len) == 0);
	}
}

static void
test_compare(void)
{
	static const struct {
		int		line;
		const char	*a, *b;
		bool		equal, match;
	} pairs[] = {
		{ __LINE__, "CN=Alice, O=Example", "CN=Alice, O=Example", true, true },
		{ __LINE__, "CN=Alice, O=Example", "CN=ALICE, O=example", true, true },
		{ __LINE__, "CN=Alice, O=Example", "CN=Alice,  O=\" Example \"", true, true },
		{ __LINE__, "CN=Alice, O=Example", "O=Example, CN=Alice", false, false },
		{ __LINE__, "CN=Alice, O=Example", "CN=Alice", false, false },
		{ __LINE__, "CN=Alice+O=Example", "CN=Alice, O=Example", false, false },
		{ __LINE__, "CN=*, O=Example", "CN=Alice, O=Example", false, true },
		{ __LINE__, "CN=*, O=Example", "CN=Alice, O=Other", false, false },
		{ __LINE__, "CN=*, O=*", "CN=Alice, O=Other", false, true },
		{ __LINE__, "CN=*, O=Example", "OU=Alice, O=Example", false, false },
		{ __LINE__, "CN=*", "CN=Alice, O=Example", false, false },
		{ __LINE__, "CN=a*", "CN=ab", false, false },
		{ __LINE__, "CN=Alice", "CN=*", false, false },
	};
	uint8_t a[DN_DER_MAX], b[DN_DER_MAX];
	size_t i, alen, blen;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		CHECK_ROW(pairs[i].line, dn_from_text(pairs[i].a, a, &alen, NULL) == 0);
		CHECK_ROW(pairs[i].line, dn_from_text(pairs[i].b, b, &blen, NULL) == 0);
		CHECK_ROW(pairs[i].line, dn_equal(a, alen, b, blen) == pairs[i].equal);
		CHECK_ROW(pairs[i].line, dn_match(a, alen, b, blen) == pairs[i].match);
		CHECK_ROW(pairs[i].line, dn_has_wildcard(a, alen) ==
		    (strstr(pairs[i].a, "=*") != NULL));
		if (pairs[i].equal)
			CHECK_ROW(pairs[i].line, dn_hash(a, alen) == dn_hash(b, blen));
	}
	CU_ASSERT(dn_hash(a, alen) != 0);
}

/* Strings of another kind are the same name (RFC 5280 7.1). */
static void
test_string_kinds(void)
{
	uint8_t a[64], b[64], bmp[64];
	char text[64];
	size_t alen, blen, n;

	alen = hex_read(a, sizeof(a), "3010 310e 300c 0603550403 1305416c696365");
	blen = hex_read(b, sizeof(b), "3010 310e 300c 0603550403 0c05416c696365");
	n = hex_read(bmp, sizeof(bmp), "3015 3113 3011 0603550403 1e0a 0041006c006900630065");
	CU_ASSERT(dn_equal(a, alen, b, blen) && dn_match(a, alen, b, blen));
	CU_ASSERT(dn_equal(a, alen, bmp, n));
	CU_ASSERT_EQUAL(dn_hash(a, alen), dn_hash(bmp, n));
	CU_ASSERT(dn_to_text(bmp, n, text, sizeof(text)));
	CU_ASSERT_STRING_EQUAL(text, "CN=Alice");
}

/* Cut or changed anywhere: no crash, and never a name of another length. */
static void
test_hostile(void)
{
	uint8_t der[DN_DER_MAX], bad[DN_DER_MAX];
	char text[64], small[12];
	size_t len, i;
	unsigned int x;

	CU_ASSERT_EQUAL(dn_from_text("C=SE, O=Example+OU=Net, CN=gw", der, &len, NULL), 0);
	for (i = 0; i < len; i++)
		CU_ASSERT(!dn_valid(der, i));
	memcpy(bad, der, len);
	bad[len] = 0;
	CU_ASSERT(!dn_valid(bad, len + 1));
	for (i = 0; i < len; i++) {
		for (x = 0; x < 256; x++) {
			bad[i] = (uint8_t)x;
			if (dn_valid(bad, len))
				CU_ASSERT(dn_to_text(bad, len, text, sizeof(text)));
			(void)dn_match(der, len, bad, len);
			(void)dn_hash(bad, len);
		}
		bad[i] = der[i];
	}
	CU_ASSERT(!dn_valid("\x30\0", 2));	/* no attribute */
	CU_ASSERT(!dn_valid(NULL, 0));
	CU_ASSERT(!dn_to_text("x", 1, text, sizeof(text)) && text[0] == '\0');
	CU_ASSERT(dn_to_text(der, len, small, sizeof(small)));
	CU_ASSERT(strlen(small) < sizeof(small) && strstr(small, "...") != NULL);
	/* A character is there as a whole, or not. */
	CU_ASSERT_EQUAL(dn_from_text("CN=\xc3\xab\xc3\xab\xc3\xab\xc3\xab", der, &len,
	    NULL), 0);
	CU_ASSERT(dn_to_text(der, len, text, 11));
	CU_ASSERT_STRING_EQUAL(text, "CN=\xc3\xab\xc3\xab...");
	CU_ASSERT(dn_to_text(der, len, text, 10));
	CU_ASSERT_STRING_EQUAL(text, "CN=\xc3\xab...");
}

UNIT_MAIN("crypto/dn",
	{ "DER", test_der },
	{ "text", test_text },
	{ "comparing", test_compare },
	{ "kinds of strings", test_string_kinds },
	{ "hostile DER", test_hostile })
