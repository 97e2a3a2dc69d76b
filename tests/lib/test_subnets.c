/* lib/subnets: sets of local and remote subnets and their pairs. */
#include "subnets.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit.h"

static struct prefix
net(const char *text)
{
	struct prefix p;

	CU_ASSERT_FATAL(prefix_parse(&p, text) == 0);
	return p;
}

static bool
local(struct subnets *s, const char *text)
{
	struct prefix p = net(text);

	return subnets_add_local(s, &p);
}

static bool
remote(struct subnets *s, const char *text)
{
	struct prefix p = net(text);

	return subnets_add_remote(s, &p);
}

static bool
has(const struct subnets *s, const char *l, const char *r)
{
	struct prefix a = net(l), b = net(r);

	return subnets_has(s, &a, &b);
}

static void
test_pairs(void)
{
	const struct prefix *l, *r;
	struct subnets s = { 0 };
	size_t at = 0, n = 0;

	CU_ASSERT(subnets_pairs(&s) == 0 && !subnets_next(&s, &at, &l, &r));
	CU_ASSERT(remote(&s, "10.9.0.0/16") && local(&s, "10.1.0.0/16"));
	CU_ASSERT(local(&s, "10.2.0.0/16") && remote(&s, "2001:db8::/32"));
	CU_ASSERT(remote(&s, "10.8.0.0/16") && local(&s, "2001:db8:1::/48"));
	CU_ASSERT_EQUAL(subnets_pairs(&s), 2 * 2 + 1);
	while (subnets_next(&s, &at, &l, &r)) {
		CU_ASSERT(l->addr.family == r->addr.family);
		CU_ASSERT(subnets_has(&s, l, r));
		n++;
	}
	CU_ASSERT_EQUAL(n, 5);
	CU_ASSERT(has(&s, "10.2.0.0/16", "10.8.0.0/16"));
	CU_ASSERT(has(&s, "2001:db8:1::/48", "2001:db8::/32"));
	CU_ASSERT(!has(&s, "10.2.0.0/16", "2001:db8::/32"));
	CU_ASSERT(!has(&s, "10.8.0.0/16", "10.2.0.0/16"));
	CU_ASSERT(!has(&s, "10.2.0.0/17", "10.8.0.0/16"));
}

static void
test_full(void)
{
	struct subnets s = { 0 };
	struct prefix p = net("10.0.0.0/24");
	int i;

	for (i = 0; i < SUBNETS_MAX; i++) {
		p.addr.b[1] = (uint8_t)i;
		CU_ASSERT(subnets_add_local(&s, &p) && subnets_add_remote(&s, &p));
	}
	/* Once more is no matter, one more is too many. */
	CU_ASSERT(subnets_add_local(&s, &p) && subnets_add_remote(&s, &p));
	p.addr.b[1] = (uint8_t)i;
	CU_ASSERT(!subnets_add_local(&s, &p) && !subnets_add_remote(&s, &p));
	CU_ASSERT(s.n_local == SUBNETS_MAX && s.n_remote == SUBNETS_MAX);
	CU_ASSERT_EQUAL(subnets_pairs(&s), SUBNETS_MAX * SUBNETS_MAX);
}

static void
test_equal(void)
{
	struct subnets a = { 0 }, b = { 0 }, c;
	struct subnets *copy;

	CU_ASSERT(local(&a, "10.1.0.0/16") && local(&a, "10.2.0.0/16"));
	CU_ASSERT(remote(&a, "10.3.0.0/16"));
	CU_ASSERT(local(&b, "10.2.0.0/16") && local(&b, "10.1.0.0/16"));
	CU_ASSERT(!subnets_equal(&a, &b));
	CU_ASSERT(remote(&b, "10.3.0.0/16") && subnets_equal(&a, &b));
	/* A copy of exact size, for the sanitizer to watch. */
	copy = subnets_dup(&a);
	CU_ASSERT_FATAL(copy != NULL);
	memset(&c, 0xff, sizeof(c));
	subnets_copy(&c, copy);
	CU_ASSERT(subnets_equal(copy, &b) && subnets_equal(&c, &b));
	CU_ASSERT_EQUAL(subnets_pairs(copy), 2);
	free(copy);
	b.p[0].len = 17;
	CU_ASSERT(!subnets_equal(&a, &b));
	b.p[0].len = 16;
	b.p[2].len = 17;
	CU_ASSERT(!subnets_equal(&a, &b));
}

UNIT_MAIN("subnets",
	{ "pairs are of one family", test_pairs },
	{ "no more than fit", test_full },
	{ "copies and comparison", test_equal },
)
