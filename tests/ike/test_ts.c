/* ike/ts: selectors, narrowing, and why there is nothing in common. */
#include "ike/ts.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit.h"

static struct prefix
prefix(const char *text)
{
	struct prefix p;

	CU_ASSERT_EQUAL_FATAL(prefix_parse(&p, text), 0);
	return p;
}

/* "10.0.0.0/8", "10.0.0.5-10.0.0.9", either with "[proto/port-port]". */
static struct ts
selector(const char *text)
{
	char copy[128], *ports, *dash;
	unsigned int proto, first, last;
	struct prefix p;
	struct ts t;

	snprintf(copy, sizeof(copy), "%s", text);
	if ((ports = strchr(copy, '[')) != NULL)
		*ports++ = '\0';
	if ((dash = strchr(copy, '-')) != NULL) {
		*dash++ = '\0';
		memset(&t, 0, sizeof(t));
		t.port_last = 65535;
		CU_ASSERT_EQUAL_FATAL(addr_parse(&t.first, copy), 0);
		CU_ASSERT_EQUAL_FATAL(addr_parse(&t.last, dash), 0);
	} else {
		p = prefix(copy);
		ts_from_prefix(&t, &p);
	}
	if (ports != NULL && sscanf(ports, "%u/%u-%u", &proto, &first, &last) == 3) {
		t.protocol = (uint8_t)proto;
		t.port_first = (uint16_t)first;
		t.port_last = (uint16_t)last;
	}
	return t;
}

static struct ts list[8];

static struct payload
payload(const char *text)
{
	struct payload p = { .type = PL_TSI };
	char copy[256], *save, *one;

	snprintf(copy, sizeof(copy), "%s", text);
	p.ts.ts = list;
	for (one = strtok_r(copy, " ", &save); one != NULL;
	    one = strtok_r(NULL, " ", &save))
		list[p.ts.n++] = selector(one);
	return p;
}

static void
test_prefixes(void)
{
	static const struct {
		int		line;
		const char	*text;
		const char	*prefix;	/* NULL: it is none */
		const char	*str;
	} rows[] = {
		{ __LINE__, "192.168.0.1", "192.168.0.1/32", "192.168.0.1/32" },
		{ __LINE__, "10.0.0.0/8", "10.0.0.0/8", "10.0.0.0/8" },
		{ __LINE__, "0.0.0.0-255.255.255.255", "0.0.0.0/0", "0.0.0.0/0" },
		{ __LINE__, "10.0.0.0-10.0.0.127", "10.0.0.0/25", "10.0.0.0/25" },
		{ __LINE__, "10.0.0.1-10.0.0.127", NULL, "10.0.0.1-10.0.0.127" },
		{ __LINE__, "10.0.0.0-10.0.0.126", NULL, "10.0.0.0-10.0.0.126" },
		{ __LINE__, "fd00::/64", "fd00::/64", "fd00::/64" },
		{ __LINE__, "fd00::1-fd00::ffff", NULL, "fd00::1-fd00::ffff" },
		{ __LINE__, "10.0.0.0/8[6/80-80]", NULL, "10.0.0.0/8[tcp/80]" },
		{ __LINE__, "10.0.0.0/8[17/0-65535]", NULL, "10.0.0.0/8[udp]" },
		{ __LINE__, "10.0.0.0/8[6/80-90]", NULL, "10.0.0.0/8[tcp/80-90]" },
		{ __LINE__, "10.0.0.0/8[17/65535-0]", NULL, "10.0.0.0/8[udp/opaque]" },
		{ __LINE__, "10.0.0.0/8[47/0-65535]", NULL, "10.0.0.0/8[47]" },
		{ __LINE__, "10.0.0.1-10.0.0.5[0/7-9]", NULL, "10.0.0.1-10.0.0.5[0/7-9]" },
	};
	char buf[TS_STRLEN], text[PREFIX_STRLEN];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts t = selector(rows[i].text);
		struct prefix p;
		bool is = ts_to_prefix(&t, &p);

		CHECK_ROW(rows[i].line, is == (rows[i].prefix != NULL));
		if (is) {
			prefix_str(&p, text);
			CHECK_ROW(rows[i].line, strncmp(text, rows[i].prefix,
			    strlen(text)) == 0);
		}
		ts_str(&t, buf);
		CHECK_ROW(rows[i].line, strcmp(buf, rows[i].str) == 0);
		if (strcmp(buf, rows[i].str) != 0)
			printf("\n    got: %s\n", buf);
	}
}

static void
test_intersect(void)
{
	static const struct {
		int		line;
		const char	*a, *b;
		const char	*both;		/* NULL: nothing */
		bool		contains;	/* a contains b */
	} rows[] = {
		{ __LINE__, "10.0.0.0/8", "10.1.0.0/16", "10.1.0.0/16", true },
		{ __LINE__, "10.1.0.0/16", "10.0.0.0/8", "10.1.0.0/16", false },
		{ __LINE__, "10.1.0.0/16", "10.2.0.0/16", NULL, false },
		{ __LINE__, "10.0.0.0-10.0.0.9", "10.0.0.5-10.0.0.20", "10.0.0.5-10.0.0.9", false },
		{ __LINE__, "10.0.0.0-10.0.0.9", "10.0.0.9-10.0.0.20", "10.0.0.9/32", false },
		{ __LINE__, "10.0.0.0/8", "fd00::/8", NULL, false },
		{ __LINE__, "10.0.0.0/8", "10.0.0.1[6/80-80]", "10.0.0.1/32[tcp/80]", true },
		{ __LINE__, "10.0.0.0/8[6/0-100]", "10.0.0.0/8[6/80-200]", "10.0.0.0/8[tcp/80-100]", false },
		{ __LINE__, "10.0.0.0/8[6/0-79]", "10.0.0.0/8[6/80-200]", NULL, false },
		{ __LINE__, "10.0.0.0/8[6/0-65535]", "10.0.0.0/8[17/0-65535]", NULL, false },
		{ __LINE__, "10.0.0.0/8", "10.0.0.0/8[6/65535-0]", "10.0.0.0/8[tcp/opaque]", true },
		{ __LINE__, "10.0.0.0/8[6/65535-0]", "10.0.0.0/8[6/65535-0]", "10.0.0.0/8[tcp/opaque]", true },
		{ __LINE__, "10.0.0.0/8[6/65535-0]", "10.0.0.0/8[6/1-5]", NULL, false },
	};
	char buf[TS_STRLEN];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts a = selector(rows[i].a), b = selector(rows[i].b), x, y;
		bool any = ts_intersect(&a, &b, &x);

		CHECK_ROW(rows[i].line, any == (rows[i].both != NULL));
		CHECK_ROW(rows[i].line, ts_intersect(&b, &a, &y) == any);
		CHECK_ROW(rows[i].line, ts_contains(&a, &b) == rows[i].contains);
		if (!any)
			continue;
		CHECK_ROW(rows[i].line, ts_equal(&x, &y));
		CHECK_ROW(rows[i].line, strcmp(ts_str(&x, buf), rows[i].both) == 0);
	}
}

static void
test_narrow(void)
{
	static const struct {
		int		line;
		const char	*ours;
		const char	*theirs;
		const char	*result;	/* NULL: TS_UNACCEPTABLE */
	} rows[] = {
		{ __LINE__, "10.0.1.0/24", "10.0.1.0/24", "10.0.1.0/24" },
		{ __LINE__, "10.0.1.0/24", "0.0.0.0/0", "10.0.1.0/24" },
		{ __LINE__, "10.0.0.0/16", "10.0.1.0/24", "10.0.1.0/24" },
		{ __LINE__, "10.0.1.0/24", "10.0.2.0/24", NULL },
		{ __LINE__, "10.0.1.0/24", "fd00::/8", NULL },
		{ __LINE__, "10.0.1.0/24", "10.0.2.0/24 10.0.1.0/25", "10.0.1.0/25" },
		/* The largest, whichever comes first. */
		{ __LINE__, "10.0.0.0/16", "10.0.1.0/24 10.0.2.0/23", "10.0.2.0/23" },
		/* A range that is no prefix: the largest block of it. */
		{ __LINE__, "10.0.0.0/24", "10.0.0.5-10.0.0.20", "10.0.0.8/29" },
		{ __LINE__, "10.0.0.0/24", "10.0.0.1-10.0.0.1", "10.0.0.1/32" },
		{ __LINE__, "10.0.0.0/24", "10.0.0.1-10.0.0.2", "10.0.0.1/32" },
		{ __LINE__, "255.255.255.0/24", "255.255.255.129-255.255.255.255", "255.255.255.192/26" },
		/* The packet that set the peer off is within. */
		{ __LINE__, "10.0.0.0/24", "10.0.0.6[6/5000-5000] 10.0.0.5-10.0.0.20", "10.0.0.6/31" },
		{ __LINE__, "10.0.0.0/24", "10.0.0.6[6/5000-5000] 10.0.0.0/24", "10.0.0.0/24" },
		{ __LINE__, "10.0.0.0/24", "10.0.9.6[6/5000-5000] 10.0.0.0/25", "10.0.0.0/25" },
		/* It is in no selector for everything: those count all the same. */
		{ __LINE__, "10.0.0.0/24", "10.0.0.200[6/5000-5000] 10.0.0.0/25", "10.0.0.0/25" },
		/* A protocol or port alone is not for us. */
		{ __LINE__, "10.0.0.0/24", "10.0.0.0/24[6/80-80]", NULL },
		{ __LINE__, "10.0.0.0/24", "10.0.0.0/24[6/0-65535]", NULL },
		{ __LINE__, "fd00:1::/64", "::/0", "fd00:1::/64" },
		{ __LINE__, "fd00:1::/32", "fd00:1::1-fd00:1::ff", "fd00:1::80/121" },
		{ __LINE__, "10.0.1.0/24", "", NULL },
	};
	char text[PREFIX_STRLEN];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct prefix ours = prefix(rows[i].ours), p, want;
		struct payload theirs = payload(rows[i].theirs);
		bool ok = ts_narrow(&ours, &theirs, &p);

		CHECK_ROW(rows[i].line, ok == (rows[i].result != NULL));
		if (!ok || rows[i].result == NULL)
			continue;
		want = prefix(rows[i].result);
		CHECK_ROW(rows[i].line, p.len == want.len && addr_equal(&p.addr,
		    &want.addr));
		if (p.len != want.len || !addr_equal(&p.addr, &want.addr))
			printf("\n    got: %s\n", prefix_str(&p, text));
	}
}

static void
test_verify(void)
{
	static const struct {
		int		line;
		const char	*ours;
		const char	*answer;
		const char	*result;
	} rows[] = {
		{ __LINE__, "10.0.0.0/16", "10.0.0.0/16", "10.0.0.0/16" },
		{ __LINE__, "10.0.0.0/16", "10.0.1.0/24", "10.0.1.0/24" },
		{ __LINE__, "10.0.1.0/24", "10.0.0.0/16", NULL },	/* widened */
		{ __LINE__, "10.0.1.0/24", "10.0.1.0/24 10.0.2.0/24", NULL },
		{ __LINE__, "10.0.1.0/24", "10.0.1.0/24[6/80-80]", NULL },
		{ __LINE__, "10.0.1.0/24", "", NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct prefix ours = prefix(rows[i].ours), p, want;
		struct payload answer = payload(rows[i].answer);
		bool ok = ts_verify(&ours, &answer, &p);

		CHECK_ROW(rows[i].line, ok == (rows[i].result != NULL));
		if (!ok || rows[i].result == NULL)
			continue;
		want = prefix(rows[i].result);
		CHECK_ROW(rows[i].line, p.len == want.len && addr_equal(&p.addr,
		    &want.addr));
	}
}

static void
test_explain(void)
{
	struct prefix local = prefix("10.0.1.0/24"), remote = prefix("10.0.2.0/24");
	struct ts a = selector("10.0.1.0/24"), b = selector("10.0.7.0/24");
	struct ts c = selector("10.0.2.0/24[6/80-80]");
	struct payload ta = { .type = PL_TSR, .ts = { &a, 1 } };
	struct payload tb = { .type = PL_TSI, .ts = { &b, 1 } };
	struct payload tc = { .type = PL_TSI, .ts = { &c, 1 } };
	struct payload none = { .type = PL_TSI, .ts = { NULL, 0 } };
	struct err e = ERR_INIT;

	CU_ASSERT(ts_explain(&local, &remote, &ta, &tb, &e) < 0);
	CU_ASSERT_STRING_EQUAL(e.text, "traffic selectors do not match: the peer wants "
	    "10.0.1.0/24 here and 10.0.7.0/24 there, we have local-subnet 10.0.1.0/24 "
	    "and remote-subnet 10.0.2.0/24\nhere, set: remote-subnet 10.0.7.0/24\nat "
	    "the peer, set: local-subnet 10.0.2.0/24");
	CU_ASSERT(ts_explain(&local, &remote, &tb, &tb, &e) < 0);
	CU_ASSERT(strstr(e.text, "\nhere, set: local-subnet 10.0.7.0/24\nhere, "
	    "set: remote-subnet 10.0.7.0/24\nat the peer, set: remote-subnet "
	    "10.0.1.0/24\nat the peer, set: local-subnet 10.0.2.0/24") != NULL);
	CU_ASSERT(ts_explain(&local, &remote, &ta, &tc, &e) < 0);
	CU_ASSERT(strstr(e.text, "single protocols or ports") != NULL);
	CU_ASSERT(strstr(e.text, "10.0.2.0/24[tcp/80]") != NULL);
	CU_ASSERT(ts_explain(&local, &remote, &ta, &none, &e) < 0);
	CU_ASSERT(strstr(e.text, "nothing that is IPv4 or IPv6") != NULL);
}

static void
test_list(void)
{
	struct ts many[30];
	struct payload p = { .type = PL_TSI, .ts = { many, 30 } };
	char buf[TS_LIST_STRLEN];
	size_t i;

	for (i = 0; i < 30; i++)
		many[i] = selector("2001:db8:1111:2222:3333:4444:5555:6666");
	ts_list_str(&p, buf);
	CU_ASSERT(strlen(buf) < sizeof(buf));
	CU_ASSERT(strcmp(buf + strlen(buf) - 4, " ...") == 0);
	p.ts.n = 2;
	many[0] = selector("10.0.0.0/8");
	many[1] = selector("10.0.0.1[6/80-80]");
	CU_ASSERT_STRING_EQUAL(ts_list_str(&p, buf), "10.0.0.0/8 10.0.0.1/32[tcp/80]");
}

UNIT_MAIN("ts",
	{ "prefixes and printing", test_prefixes },
	{ "intersection", test_intersect },
	{ "narrowing", test_narrow },
	{ "checking the answer", test_verify },
	{ "explaining", test_explain },
	{ "lists", test_list })
