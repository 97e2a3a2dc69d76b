/* lib/addr */
#include "addr.h"

#include <string.h>

#include "tests/unit.h"

static void
test_parse(void)
{
	static const struct { int line; const char *in, *out; } rows[] = {
		{ __LINE__, "192.0.2.1", "192.0.2.1" },
		{ __LINE__, "0.0.0.0", "0.0.0.0" },
		{ __LINE__, "2001:DB8:0::1", "2001:db8::1" },
		{ __LINE__, "::", "::" },
		{ __LINE__, "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
		{ __LINE__, "192.0.2", NULL },
		{ __LINE__, "192.0.2.256", NULL },
		{ __LINE__, "192.0.2.01", NULL },
		{ __LINE__, " 192.0.2.1", NULL },
		{ __LINE__, "192.0.2.1 ", NULL },
		{ __LINE__, "fe80::1%eth0", NULL },
		{ __LINE__, "gw.example.com", NULL },
		{ __LINE__, "", NULL },
	};
	char buf[ADDR_STRLEN];
	struct addr a;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rc = addr_parse(&a, rows[i].in);
		CHECK_ROW(rows[i].line, (rc == 0) == (rows[i].out != NULL));
		CHECK_ROW(rows[i].line, rc != 0 ||
		    strcmp(addr_str(&a, buf), rows[i].out) == 0);
	}
}

static void
test_prefix(void)
{
	static const struct { int line; const char *in, *out, *first, *last; }
	rows[] = {
		{ __LINE__, "10.0.0.0/8", "10.0.0.0/8", "10.0.0.0", "10.255.255.255" },
		{ __LINE__, "10.1.2.3", "10.1.2.3/32", "10.1.2.3", "10.1.2.3" },
		{ __LINE__, "0.0.0.0/0", "0.0.0.0/0", "0.0.0.0", "255.255.255.255" },
		{ __LINE__, "192.0.2.128/25", "192.0.2.128/25", "192.0.2.128", "192.0.2.255" },
		{ __LINE__, "192.0.2.16/30", "192.0.2.16/30", "192.0.2.16", "192.0.2.19" },
		{ __LINE__, "2001:db8::/33", "2001:db8::/33", "2001:db8::",
		  "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff" },
		{ __LINE__, "::1", "::1/128", "::1", "::1" },
		{ __LINE__, "::/0", "::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ __LINE__, "10.0.0.1/8", NULL, NULL, NULL },
		{ __LINE__, "10.0.0.0/33", NULL, NULL, NULL },
		{ __LINE__, "2001:db8::/129", NULL, NULL, NULL },
		{ __LINE__, "10.0.0.0/", NULL, NULL, NULL },
		{ __LINE__, "10.0.0.0/08", NULL, NULL, NULL },
		{ __LINE__, "10.0.0.0/+8", NULL, NULL, NULL },
		{ __LINE__, "10.0.0.0/8/8", NULL, NULL, NULL },
		{ __LINE__, "10.0.0.0/4294967304", NULL, NULL, NULL },
		{ __LINE__, "2001:db8:1111:2222:3333:4444:5555:6666:7777:8888:9999/8", NULL, NULL, NULL },
		{ __LINE__, "/8", NULL, NULL, NULL },
	};
	char buf[PREFIX_STRLEN];
	struct addr first, last;
	struct prefix p;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rc = prefix_parse(&p, rows[i].in);
		CHECK_ROW(rows[i].line, (rc == 0) == (rows[i].out != NULL));
		if (rc != 0 || rows[i].out == NULL)
			continue;
		CHECK_ROW(rows[i].line,
		    strcmp(prefix_str(&p, buf), rows[i].out) == 0);
		prefix_range(&p, &first, &last);
		CHECK_ROW(rows[i].line,
		    strcmp(addr_str(&first, buf), rows[i].first) == 0);
		CHECK_ROW(rows[i].line,
		    strcmp(addr_str(&last, buf), rows[i].last) == 0);
		CHECK_ROW(rows[i].line, prefix_has(&p, &first) && prefix_has(&p, &last));
	}
}

static bool
has(const char *prefix, const char *address)
{
	struct prefix p;
	struct addr a;

	CU_ASSERT_FATAL(prefix_parse(&p, prefix) == 0);
	CU_ASSERT_FATAL(addr_parse(&a, address) == 0);
	return prefix_has(&p, &a);
}

static void
test_has(void)
{
	CU_ASSERT(has("10.1.0.0/16", "10.1.255.255"));
	CU_ASSERT(!has("10.1.0.0/16", "10.2.0.0"));
	CU_ASSERT(!has("10.1.0.0/16", "10.0.255.255"));
	CU_ASSERT(!has("0.0.0.0/0", "::"));
	CU_ASSERT(!has("::/0", "10.1.2.3"));
	CU_ASSERT(has("2001:db8::/127", "2001:db8::1"));
	CU_ASSERT(!has("2001:db8::/127", "2001:db8::2"));
}

static void
test_compare(void)
{
	struct addr a, b, any = { 0 };

	CU_ASSERT(addr_is_any(&any));
	CU_ASSERT(addr_parse(&a, "0.0.0.0") == 0 && addr_is_any(&a));
	CU_ASSERT(addr_parse(&b, "::") == 0 && addr_is_any(&b));
	CU_ASSERT(!addr_equal(&a, &b) && !addr_equal(&a, &any));
	CU_ASSERT(addr_parse(&a, "10.0.0.1") == 0 && !addr_is_any(&a));
	CU_ASSERT(addr_parse(&b, "10.0.0.2") == 0);
	CU_ASSERT(addr_cmp(&a, &b) < 0 && addr_cmp(&b, &a) > 0);
	CU_ASSERT(addr_cmp(&a, &a) == 0 && addr_equal(&a, &a));
	CU_ASSERT(addr_hash(&a, 1) == addr_hash(&a, 1));
	CU_ASSERT(addr_hash(&a, 1) != addr_hash(&a, 2));
	CU_ASSERT(addr_hash(&a, 1) != addr_hash(&b, 1));
	CU_ASSERT(addr_from_bytes(&b, "\x0a\0\0\1", 4) == 0);
	CU_ASSERT(addr_equal(&a, &b));
	CU_ASSERT(addr_from_bytes(&b, "\x0a\0\0\1", 3) < 0);
}

/* 65,536 neighbours into 4,096 buckets: no bucket may stand out. */
static void
test_hash_spread(void)
{
	static unsigned int bucket[4096];
	struct addr a = { .family = AF_INET, .b = { 10, 1 } };
	unsigned int i, most = 0;

	for (i = 0; i < 65536; i++) {
		a.b[2] = (uint8_t)(i >> 8);
		a.b[3] = (uint8_t)i;
		bucket[addr_hash(&a, 42) % 4096]++;
	}
	for (i = 0; i < 4096; i++)
		if (bucket[i] > most)
			most = bucket[i];
	CU_ASSERT(most < 48);
}

static void
test_endpoint(void)
{
	static const char *const text[] = { "192.0.2.1", "2001:db8::1" };
	char buf[ENDPOINT_STRLEN];
	struct sockaddr_storage ss;
	struct endpoint e, back;
	size_t i;

	for (i = 0; i < 2; i++) {
		CU_ASSERT(addr_parse(&e.addr, text[i]) == 0);
		e.port = 4500;
		CU_ASSERT(endpoint_to_sockaddr(&e, &ss) == (i == 0 ?
		    sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6)));
		CU_ASSERT(endpoint_from_sockaddr(&back, (struct sockaddr *)&ss) == 0);
		CU_ASSERT(endpoint_equal(&e, &back));
		back.port = 500;
		CU_ASSERT(!endpoint_equal(&e, &back));
	}
	CU_ASSERT_STRING_EQUAL(endpoint_str(&e, buf), "2001:db8::1[4500]");
	memset(&e, 0, sizeof(e));
	CU_ASSERT(endpoint_to_sockaddr(&e, &ss) == 0);
	CU_ASSERT_STRING_EQUAL(endpoint_str(&e, buf), "%any[0]");
	ss.ss_family = AF_UNIX;
	CU_ASSERT(endpoint_from_sockaddr(&e, (struct sockaddr *)&ss) < 0);
}

UNIT_MAIN("addr",
	{ "addresses are read as a whole or not at all", test_parse },
	{ "prefixes have no host bits, and a first and a last", test_prefix },
	{ "a prefix has what lies in it", test_has },
	{ "addresses compare and hash", test_compare },
	{ "neighbours spread over a hash table", test_hash_spread },
	{ "endpoints go to the kernel and back", test_endpoint },
)
