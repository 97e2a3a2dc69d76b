/* ike/ident: identities of configuration and of peers. */
#include "ike/ident.h"

#include <string.h>

#include "tests/crypto/hex.h"
#include "tests/unit.h"

/* S1-105, S1-107, S1-110. */
static const struct {
	int		line;
	const char	*type;		/* NULL: autodetect */
	const char	*value;
	int		id_type;	/* -1: refused */
	const char	*kind;
	const char	*str;		/* NULL: the value */
} rows[] = {
	{ __LINE__, NULL, "192.168.1.10", ID_IPV4_ADDR, "inet", NULL },
	{ __LINE__, NULL, "2001:db8::1", ID_IPV6_ADDR, "inet", NULL },
	{ __LINE__, NULL, "gateway.example.com", ID_FQDN, "name", NULL },
	{ __LINE__, NULL, "alice", ID_FQDN, "name", NULL },
	{ __LINE__, NULL, "*.example.com", ID_FQDN, "name", NULL },
	{ __LINE__, NULL, "bob@example.com", ID_RFC822_ADDR, "email", NULL },
	{ __LINE__, NULL, "@alice", ID_FQDN, "name", "alice" },
	{ __LINE__, NULL, "@@alice", ID_RFC822_ADDR, "email", "alice" },
	{ __LINE__, NULL, "@#0102ff", ID_KEY_ID, "key", "0x0102ff" },
	{ __LINE__, NULL, "Zo\xc3\xab", ID_FQDN, "name", NULL },
	{ __LINE__, NULL, "zo\xc3\xab@example.com", ID_RFC822_ADDR, "email", NULL },
	{ __LINE__, NULL, "CN=Zo\\C3\\AB", ID_DER_ASN1_DN, "dn", "CN=Zo\xc3\xab" },
	{ __LINE__, "name", "a\xe2\x80\xae", ID_FQDN, "name", "0x61e280ae" },
	{ __LINE__, NULL, "@#616263", ID_KEY_ID, "key", "abc" },
	{ __LINE__, NULL, "@#xyz", -1, "", NULL },
	{ __LINE__, NULL, "@#123", -1, "", NULL },
	{ __LINE__, NULL, "@#", -1, "", NULL },
	{ __LINE__, NULL, "@", -1, "", NULL },
	{ __LINE__, NULL, "12:ab:zz", ID_KEY_ID, "key", NULL },
	{ __LINE__, NULL, "CN=Alice, O=Example", ID_DER_ASN1_DN, "dn", NULL },
	{ __LINE__, NULL, "E=a@example.com", ID_DER_ASN1_DN, "dn", NULL },
	{ __LINE__, NULL, "this=that", ID_KEY_ID, "key", NULL },
	{ __LINE__, NULL, "%any", ID_ANY, "any", "%any" },
	{ __LINE__, NULL, "*", ID_ANY, "any", "%any" },
	{ __LINE__, NULL, "0.0.0.0", ID_ANY, "any", "%any" },
	{ __LINE__, NULL, "::", ID_ANY, "any", "%any" },
	{ __LINE__, NULL, "", ID_ANY, "any", "%any" },
	{ __LINE__, "autodetect", "alice", ID_FQDN, "name", NULL },
	{ __LINE__, "inet", "192.168.1.10", ID_IPV4_ADDR, "inet", NULL },
	{ __LINE__, "inet", "fd00::1", ID_IPV6_ADDR, "inet", NULL },
	{ __LINE__, "inet", "alice", -1, "", NULL },
	{ __LINE__, "name", "192.168.1.10", ID_FQDN, "name", NULL },
	{ __LINE__, "name", "a@b", ID_FQDN, "name", NULL },
	{ __LINE__, "name", "", -1, "", NULL },
	{ __LINE__, "email", "user@example.com", ID_RFC822_ADDR, "email", NULL },
	{ __LINE__, "key", "my_vpn_key", ID_KEY_ID, "key", NULL },
	{ __LINE__, "key", "CN=x", ID_KEY_ID, "key", NULL },
	{ __LINE__, "dn", "0x3010310e300c06035504031305416c696365", ID_DER_ASN1_DN, "dn", "CN=Alice" },
	{ __LINE__, "dn", "0x3010310e300c06035504031305416c6963", -1, "", NULL },
	{ __LINE__, "dn", "CN=Alice", -1, "", NULL },
	{ __LINE__, "dn", "0x301", -1, "", NULL },
	{ __LINE__, "what", "x", -1, "", NULL },
};

static void
test_parse(void)
{
	static char buf[IDENT_STRLEN];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = ERR_INIT;
		struct ident *id;
		int ret = ident_parse(&id, rows[i].type, rows[i].value, &e);
		const char *want = rows[i].str != NULL ? rows[i].str : rows[i].value;

		CHECK_ROW(rows[i].line, (ret == 0) == (rows[i].id_type >= 0));
		if (ret < 0) {
			CHECK_ROW(rows[i].line, id == NULL && e.text[0] != '\0');
			continue;
		}
		CHECK_ROW(rows[i].line, id->type == rows[i].id_type);
		CHECK_ROW(rows[i].line, strcmp(ident_type_str(id), rows[i].kind) == 0);
		CHECK_ROW(rows[i].line, strcmp(ident_str(id, buf), want) == 0);
		if (strcmp(buf, want) != 0)
			printf("\n    got: %s\n", buf);
		ident_free(id);
	}
}

static const struct {
	int		line;
	const char	*pattern;
	const char	*id;
	enum ident_fit	fit;
} matches[] = {
	{ __LINE__, "%any", "alice", IDENT_ANY },
	{ __LINE__, "%any", "192.168.0.1", IDENT_ANY },
	{ __LINE__, "alice", "alice", IDENT_EXACT },
	{ __LINE__, "alice", "ALICE", IDENT_EXACT },
	{ __LINE__, "alice", "alic", IDENT_NO },
	{ __LINE__, "alice", "alice@", IDENT_NO },
	{ __LINE__, "*.example.com", "gw.example.com", IDENT_WILDCARD },
	{ __LINE__, "*.example.com", "a.b.EXAMPLE.com", IDENT_WILDCARD },
	{ __LINE__, "*.example.com", ".example.com", IDENT_NO },
	{ __LINE__, "*.example.com", "example.com", IDENT_NO },
	{ __LINE__, "*.example.com", "gw.example.org", IDENT_NO },
	{ __LINE__, "*.example.com", "gw@x.example.com", IDENT_NO },	/* another type */
	{ __LINE__, "*@example.com", "bob@example.com", IDENT_WILDCARD },
	{ __LINE__, "*@example.com", "@example.com", IDENT_NO },
	{ __LINE__, "*@example.com", "bob@example.com.evil", IDENT_NO },
	{ __LINE__, "192.168.0.1", "192.168.0.1", IDENT_EXACT },
	{ __LINE__, "192.168.0.1", "192.168.0.2", IDENT_NO },
	{ __LINE__, "192.168.0.1", "@192.168.0.1", IDENT_NO },	/* a name, not an address */
	{ __LINE__, "CN=Alice, O=Example", "CN=alice, O=Example", IDENT_EXACT },
	{ __LINE__, "CN=*, O=Example", "CN=alice, O=Example", IDENT_WILDCARD },
	{ __LINE__, "CN=*, O=Example", "CN=alice, O=Other", IDENT_NO },
	{ __LINE__, "CN=*, O=Example", "CN=*, O=Example", IDENT_EXACT },
	{ __LINE__, "CN=*, O=Example", "O=Example, CN=alice", IDENT_NO },
	{ __LINE__, "CN=*, O=Example", "CN=alice, OU=x, O=Example", IDENT_NO },
	{ __LINE__, "CN=*, O=*", "CN=alice, o=EXAMPLE", IDENT_WILDCARD },
	{ __LINE__, "CN=Zo\xc3\xab", "CN=Zo\\C3\\AB", IDENT_EXACT },
	{ __LINE__, "CN=Zo\xc3\xab", "CN=Zoe", IDENT_NO },
	/* The attributes of one RDN are a set, sorted by their encoding. */
	{ __LINE__, "CN=*+UID=77, O=Example", "CN=a long name+UID=77, O=Example",
	  IDENT_WILDCARD },
	{ __LINE__, "CN=*+UID=77, O=Example", "CN=a long name+UID=78, O=Example",
	  IDENT_NO },
	{ __LINE__, "CN=*+UID=77, O=Example", "CN=a, UID=77, O=Example", IDENT_NO },
	{ __LINE__, "OU=*+OU=b", "OU=a+OU=c", IDENT_NO },
	{ __LINE__, "OU=*+OU=b", "OU=b+OU=a", IDENT_WILDCARD },
	{ __LINE__, "C=SE, O=*, OU=a+OU=*", "C=SE, O=x, OU=a+OU=b", IDENT_WILDCARD },
	/* The star of a peer is a letter like any other. */
	{ __LINE__, "gw.example.com", "*.example.com", IDENT_NO },
	{ __LINE__, "@#0102", "@#0102", IDENT_EXACT },
	{ __LINE__, "12:AB:zz", "12:ab:zz", IDENT_NO },		/* octets, not letters */
};

static void
test_match(void)
{
	size_t i;

	for (i = 0; i < sizeof(matches) / sizeof(matches[0]); i++) {
		struct ident *p = NULL, *id = NULL;
		enum ident_fit fit;

		CHECK_ROW(matches[i].line, ident_parse(&p, NULL, matches[i].pattern, NULL)
		    == 0 && ident_parse(&id, NULL, matches[i].id, NULL) == 0);
		fit = ident_match(p, id);
		CHECK_ROW(matches[i].line, fit == matches[i].fit);
		CHECK_ROW(matches[i].line, ident_equal(p, id) == (fit == IDENT_EXACT));
		if (fit == IDENT_EXACT)
			CHECK_ROW(matches[i].line, ident_hash(p, 1) == ident_hash(id, 1));
		CHECK_ROW(matches[i].line, ident_has_wildcard(p) ==
		    (strchr(matches[i].pattern, '*') != NULL ||
		    strcmp(matches[i].pattern, "%any") == 0));
		ident_free(p);
		ident_free(id);
	}
}

/* Pairs that differ have different hashes, mostly; a pair and its mirror too. */
static void
test_hash(void)
{
	struct ident *a, *b;

	CU_ASSERT_EQUAL(ident_parse(&a, NULL, "alice", NULL), 0);
	CU_ASSERT_EQUAL(ident_parse(&b, NULL, "bob", NULL), 0);
	CU_ASSERT(ident_hash(a, 0) != ident_hash(b, 0));
	CU_ASSERT(ident_hash(a, 0) != ident_hash(a, 1));
	CU_ASSERT(ident_hash(a, ident_hash(b, 0)) != ident_hash(b, ident_hash(a, 0)));
	ident_free(a);
	ident_free(b);
}

static void
test_payload(void)
{
	static const struct {
		int		line;
		uint8_t		type;
		const char	*hex;
		const char	*says;		/* NULL: accepted */
	} ids[] = {
		{ __LINE__, ID_IPV4_ADDR, "c0a80001", NULL },
		{ __LINE__, ID_IPV4_ADDR, "c0a800", "has not 4" },
		{ __LINE__, ID_IPV4_ADDR, "", "has not 4" },
		{ __LINE__, ID_IPV6_ADDR, "fd000000000000000000000000000001", NULL },
		{ __LINE__, ID_IPV6_ADDR, "c0a80001", "has not 16" },
		{ __LINE__, ID_FQDN, "616c696365", NULL },
		{ __LINE__, ID_FQDN, "616c6963650a", "control characters" },
		{ __LINE__, ID_FQDN, "616c69630065", "control characters" },
		{ __LINE__, ID_FQDN, "", "empty" },
		{ __LINE__, ID_RFC822_ADDR, "c3a540622e63", NULL },
		{ __LINE__, ID_DER_ASN1_DN, "3010310e300c06035504031305416c696365", NULL },
		{ __LINE__, ID_DER_ASN1_DN, "3000", "no distinguished name" },
		{ __LINE__, ID_DER_ASN1_DN, "", "no distinguished name" },
		{ __LINE__, ID_KEY_ID, "00", NULL },
		{ __LINE__, ID_KEY_ID, "", "empty" },
		{ __LINE__, ID_DER_ASN1_GN, "820161", NULL },
		{ __LINE__, ID_NULL, "", "not accepted" },
		{ __LINE__, ID_ANY, "", "not accepted" },
		{ __LINE__, 99, "00", "99) has a type" },
	};
	uint8_t bytes[64];
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct err e = ERR_INIT;
		struct payload p = { .type = PL_IDI };
		struct ident *id;
		int ret;

		p.id.type = ids[i].type;
		p.id.data.len = hex_read(bytes, sizeof(bytes), ids[i].hex);
		p.id.data.p = bytes;
		ret = ident_from_payload(&id, &p, &e);
		CHECK_ROW(ids[i].line, (ret == 0) == (ids[i].says == NULL));
		CHECK_ROW(ids[i].line, ret == 0 || (ids[i].says != NULL &&
		    strstr(e.text, ids[i].says) != NULL));
		ident_free(id);
	}
}

/* As long as it may be, in every way it can be printed. */
static void
test_long(void)
{
	static uint8_t bytes[IDENT_VALUE_MAX + 1];
	static char buf[IDENT_STRLEN];
	struct payload p = { .type = PL_IDI };
	struct ident *id;
	struct err e = ERR_INIT;

	memset(bytes, 0xfe, sizeof(bytes));
	p.id.type = ID_KEY_ID;
	p.id.data = (struct bytes){ bytes, IDENT_VALUE_MAX };
	CU_ASSERT_EQUAL_FATAL(ident_from_payload(&id, &p, NULL), 0);
	CU_ASSERT_EQUAL(strlen(ident_str(id, buf)), 2 + 2 * IDENT_VALUE_MAX);
	ident_free(id);
	memset(bytes, 'a', sizeof(bytes));
	CU_ASSERT_EQUAL_FATAL(ident_from_payload(&id, &p, NULL), 0);
	CU_ASSERT_EQUAL(strlen(ident_str(id, buf)), IDENT_VALUE_MAX);
	ident_free(id);
	p.id.data.len++;
	CU_ASSERT(ident_from_payload(&id, &p, &e) < 0);
	CU_ASSERT(strstr(e.text, "too long") != NULL && id == NULL);
	CU_ASSERT(ident_new(ID_KEY_ID, bytes, sizeof(bytes)) == NULL);
}

static void
test_from_addr(void)
{
	static char buf[IDENT_STRLEN];
	struct addr a;
	struct ident *id, *copy;

	CU_ASSERT_EQUAL(addr_parse(&a, "fd00::1"), 0);
	id = ident_from_addr(&a);
	copy = ident_dup(id);
	CU_ASSERT(id->type == ID_IPV6_ADDR && id->len == 16);
	CU_ASSERT(ident_equal(id, copy));
	CU_ASSERT_STRING_EQUAL(ident_str(copy, buf), "fd00::1");
	ident_free(id);
	ident_free(copy);
	ident_free(NULL);
}

UNIT_MAIN("ident",
	{ "configuration", test_parse },
	{ "matching", test_match },
	{ "hash", test_hash },
	{ "payloads", test_payload },
	{ "long ones", test_long },
	{ "addresses", test_from_addr })
