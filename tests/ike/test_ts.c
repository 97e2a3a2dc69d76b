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

static struct ts list[64];

static struct payload
payload(const char *text)
{
	struct payload p = { .type = PL_TSI };
	char copy[2048], *save, *one;

	snprintf(copy, sizeof(copy), "%s", text);
	p.ts.ts = list;
	for (one = strtok_r(copy, " ", &save); one != NULL;
	    one = strtok_r(NULL, " ", &save))
		list[p.ts.n++] = selector(one);
	return p;
}

/* "10.0.1.0/24 10.0.3.0/24" */
static size_t
prefixes(const char *text, struct prefix *p)
{
	char copy[512], *save, *one;
	size_t n = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	for (one = strtok_r(copy, " ", &save); one != NULL;
	    one = strtok_r(NULL, " ", &save))
		p[n++] = prefix(one);
	return n;
}

static struct subnets
subnets(const char *local, const char *remote)
{
	struct subnets s = { 0 };

	s.n_local = (uint8_t)prefixes(local, s.p);
	s.n_remote = (uint8_t)prefixes(remote, s.p + s.n_local);
	return s;
}

/* The same prefixes in any order; prints what there is if not. */
static bool
is_set(const struct ts_set *set, const char *want)
{
	struct prefix p[SUBNETS_MAX];
	size_t n = prefixes(want, p), i, j;
	char text[PREFIXES_STRLEN];
	bool ok = n == set->n;

	for (i = 0; ok && i < n; i++) {
		for (j = 0; j < n && !prefix_equal(&p[i], &set->p[j]); j++)
			;
		ok = j < n;
	}
	if (!ok)
		printf("\n    got: %s\n", prefixes_str(set->p, set->n, text,
		    sizeof(text)));
	return ok;
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
		{ __LINE__, "10.0.0.0/16", "10.0.1.0/24 10.0.2.0/23",
		  "10.0.1.0/24 10.0.2.0/23" },
		/* What is within another comes once. */
		{ __LINE__, "10.0.0.0/16", "10.0.2.0/24 10.0.2.0/23 10.0.3.0/24",
		  "10.0.2.0/23" },
		/* Several of ours, several of theirs. */
		{ __LINE__, "10.0.1.0/24 10.0.3.0/24", "0.0.0.0/0",
		  "10.0.1.0/24 10.0.3.0/24" },
		{ __LINE__, "10.0.1.0/24 10.0.3.0/24", "10.0.3.0/24 10.0.5.0/24",
		  "10.0.3.0/24" },
		{ __LINE__, "10.0.1.0/24 10.0.3.0/24",
		  "10.0.1.128-10.0.3.127", "10.0.1.128/25 10.0.3.0/25" },
		{ __LINE__, "10.0.1.0/24 10.0.3.0/24", "10.0.2.0/24", NULL },
		/* A range that is no prefix. */
		{ __LINE__, "10.0.0.0/24", "10.0.0.5-10.0.0.20",
		  "10.0.0.5/32 10.0.0.6/31 10.0.0.8/29 10.0.0.16/30 10.0.0.20/32" },
		{ __LINE__, "10.0.0.0/24", "10.0.0.1-10.0.0.1", "10.0.0.1/32" },
		{ __LINE__, "10.0.0.0/24", "10.0.0.1-10.0.0.2",
		  "10.0.0.1/32 10.0.0.2/32" },
		{ __LINE__, "255.255.255.0/24", "255.255.255.192-255.255.255.255",
		  "255.255.255.192/26" },
		{ __LINE__, "0.0.0.0/0", "0.0.0.0-255.255.255.255", "0.0.0.0/0" },
		{ __LINE__, "::/0", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		  "::/0" },
		/* The packet that set the peer off is within. */
		{ __LINE__, "10.0.0.0/24", "10.0.0.6[6/5000-5000] 10.0.0.4-10.0.0.7",
		  "10.0.0.4/30" },
		{ __LINE__, "10.0.0.0/24", "10.0.0.6[6/5000-5000] 10.0.0.0/24", "10.0.0.0/24" },
		{ __LINE__, "10.0.0.0/24", "10.0.9.6[6/5000-5000] 10.0.0.0/25", "10.0.0.0/25" },
		/* It is in no selector for everything: those count all the same. */
		{ __LINE__, "10.0.0.0/24", "10.0.0.200[6/5000-5000] 10.0.0.0/25", "10.0.0.0/25" },
		/* A protocol or port alone is not for us, beside others it is. */
		{ __LINE__, "10.0.0.0/24", "10.0.0.0/24[6/80-80]", NULL },
		{ __LINE__, "10.0.0.0/24", "10.0.0.0/24[6/0-65535]", NULL },
		{ __LINE__, "10.0.0.0/24", "10.0.0.0/24[6/80-80] 10.0.0.0/25",
		  "10.0.0.0/25" },
		{ __LINE__, "fd00:1::/64", "::/0", "fd00:1::/64" },
		{ __LINE__, "fd00:1::/32", "fd00:1::80-fd00:1::ff", "fd00:1::80/121" },
		{ __LINE__, "10.0.1.0/24", "", NULL },
	};
	struct prefix ours[SUBNETS_MAX];
	struct ts_set set;
	size_t i, n;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct payload theirs = payload(rows[i].theirs);
		bool ok;

		n = prefixes(rows[i].ours, ours);
		ok = ts_narrow(ours, n, &theirs, &set);
		CHECK_ROW(rows[i].line, ok == (rows[i].result != NULL));
		if (!ok || rows[i].result == NULL)
			continue;
		CHECK_ROW(rows[i].line, is_set(&set, rows[i].result));
		CHECK_ROW(rows[i].line, !set.cut);
	}
}

/* More prefixes than there is room for: the largest, and the packet's. */
static void
test_narrow_cut(void)
{
	struct prefix ours = prefix("fd00::/16"), packet = prefix("fd00:1::1/128");
	struct payload theirs = payload("fd00:1::1[6/80-80] "
	    "fd00:1::1-fd00:2:ffff:ffff:ffff:ffff:ffff:fffe");
	struct addr first, last;
	struct ts_set set;
	bool with = false;
	size_t i, n = 0;
	char many[2048] = "";

	CU_ASSERT(ts_narrow(&ours, 1, &theirs, &set));
	CU_ASSERT(set.cut && set.n == SUBNETS_MAX);
	for (i = 0; i < set.n; i++) {
		prefix_range(&set.p[i], &first, &last);
		with |= prefix_has(&set.p[i], &packet.addr);
		n += set.p[i].len > 60;
		CU_ASSERT(ts_covered(set.p, set.n, &(struct ts){ .first = first,
		    .last = last, .port_last = 65535 }));
	}
	CU_ASSERT(with);
	CU_ASSERT_EQUAL(n, 1);		/* that packet's alone */

	for (i = 0; i < 20; i++)
		snprintf(many + strlen(many), sizeof(many) - strlen(many),
		    "10.0.%zu.0/%d ", 2 * i, i < 4 ? 25 : 24);
	theirs = payload(many);
	ours = prefix("10.0.0.0/8");
	CU_ASSERT(ts_narrow(&ours, 1, &theirs, &set));
	CU_ASSERT(set.cut && set.n == 16);
	for (i = 0; i < set.n; i++)
		CU_ASSERT_EQUAL(set.p[i].len, 24);
	CU_ASSERT(!ts_verify(&ours, 1, &theirs, &set));
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
		{ __LINE__, "10.0.1.0/24 10.0.2.0/24", "10.0.1.0/24 10.0.2.0/24",
		  "10.0.1.0/24 10.0.2.0/24" },
		{ __LINE__, "10.0.1.0/24 10.0.2.0/24", "10.0.2.0/24",
		  "10.0.2.0/24" },
		/* One range over two neighbours. */
		{ __LINE__, "10.0.2.0/24 10.0.3.0/24", "10.0.2.0/23",
		  "10.0.2.0/24 10.0.3.0/24" },
		{ __LINE__, "10.0.1.0/24 10.0.3.0/24", "10.0.1.0-10.0.3.255", NULL },
		{ __LINE__, "10.0.1.0/24", "10.0.1.0/24[6/80-80]", NULL },
		{ __LINE__, "10.0.1.0/24", "fd00::/64", NULL },
		{ __LINE__, "0.0.0.0/0", "0.0.0.0/0", "0.0.0.0/0" },
		{ __LINE__, "10.0.1.0/24", "", NULL },
	};
	struct prefix ours[SUBNETS_MAX];
	struct ts_set set;
	size_t i, n;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct payload answer = payload(rows[i].answer);
		bool ok;

		n = prefixes(rows[i].ours, ours);
		ok = ts_verify(ours, n, &answer, &set);
		CHECK_ROW(rows[i].line, ok == (rows[i].result != NULL));
		if (ok && rows[i].result != NULL)
			CHECK_ROW(rows[i].line, is_set(&set, rows[i].result));
	}
}

#define MANY	"2001:db8:1111:2222:3333:4444:5555:1/128 " \
	"2001:db8:1111:2222:3333:4444:5555:2/128 " \
	"2001:db8:1111:2222:3333:4444:5555:3/128 " \
	"2001:db8:1111:2222:3333:4444:5555:4/128 " \
	"2001:db8:1111:2222:3333:4444:5555:5/128 " \
	"2001:db8:1111:2222:3333:4444:5555:6/128"

static void
test_explain(void)
{
	struct subnets ours = subnets("10.0.1.0/24", "10.0.2.0/24");
	struct ts a = selector("10.0.1.0/24"), b = selector("10.0.7.0/24");
	struct ts c = selector("10.0.2.0/24[6/80-80]");
	struct payload ta = { .type = PL_TSR, .ts = { &a, 1 } };
	struct payload tb = { .type = PL_TSI, .ts = { &b, 1 } };
	struct payload tc = { .type = PL_TSI, .ts = { &c, 1 } };
	struct payload none = { .type = PL_TSI, .ts = { NULL, 0 } };
	struct err e = ERR_INIT;

	CU_ASSERT(ts_explain(&ours, &ta, &tb, &e) < 0);
	CU_ASSERT_STRING_EQUAL(e.text, "traffic selectors do not match: the peer wants "
	    "10.0.1.0/24 here and 10.0.7.0/24 there, we have local-subnet 10.0.1.0/24 "
	    "and remote-subnet 10.0.2.0/24\nhere, set: remote-subnet 10.0.7.0/24\nat "
	    "the peer, set: local-subnet 10.0.2.0/24");
	CU_ASSERT(ts_explain(&ours, &tb, &tb, &e) < 0);
	CU_ASSERT(strstr(e.text, "\nhere, set: local-subnet 10.0.7.0/24\nhere, "
	    "set: remote-subnet 10.0.7.0/24\nat the peer, set: remote-subnet "
	    "10.0.1.0/24\nat the peer, set: local-subnet 10.0.2.0/24") != NULL);
	CU_ASSERT(ts_explain(&ours, &ta, &tc, &e) < 0);
	CU_ASSERT(strstr(e.text, "single protocols or ports") != NULL);
	CU_ASSERT(strstr(e.text, "10.0.2.0/24[tcp/80]") != NULL);
	CU_ASSERT(ts_explain(&ours, &ta, &none, &e) < 0);
	CU_ASSERT(strstr(e.text, "nothing that is IPv4 or IPv6") != NULL);

	ours = subnets("10.0.1.0/24 10.0.3.0/24", "10.0.2.0/24 10.0.4.0/24");
	CU_ASSERT(ts_explain(&ours, &ta, &tb, &e) < 0);
	CU_ASSERT(strstr(e.text, "we have local-subnet 10.0.1.0/24 10.0.3.0/24 and "
	    "remote-subnet 10.0.2.0/24 10.0.4.0/24\nhere, set: remote-subnet "
	    "10.0.7.0/24\nat the peer, set: local-subnet 10.0.2.0/24 10.0.4.0/24")
	    != NULL);
	/* No command is cut: there is none instead. */
	ours = subnets(MANY, MANY);
	CU_ASSERT(ts_explain(&ours, &tb, &tb, &e) < 0);
	CU_ASSERT(strstr(e.text, "...") != NULL);
	CU_ASSERT(strstr(e.text, "\nat the peer") == NULL);
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
	{ "narrowing to what there is room for", test_narrow_cut },
	{ "checking the answer", test_verify },
	{ "explaining", test_explain },
	{ "lists", test_list })
