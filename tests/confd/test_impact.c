/* confd/impact: what a commit does to which tunnels */
#include <libyang/libyang.h>

#include "confd/impact.h"
#include "msg.h"
#include "tests/confd/fixture.h"

static const char *const names[] = {
	"?", "none", "change", "rekey", "reauth", "restart", "start", "stop",
};

/* "ipsec-1 restart (peer); 9 untouched" */
static void
told(const struct map *before, const struct map *after, char *out, size_t size)
{
	struct msg_attr a;
	struct msg m;
	struct err e = ERR_INIT;
	size_t pos = 0, n = 0;
	char class[16] = "";

	msg_init(&m, OP_IMPACT, 0, 0);
	CU_ASSERT_EQUAL(impact_add(&m, before, after, &e), 0);
	out[0] = '\0';
	while (msg_next(&m, &pos, &a) && n < size) {
		unsigned int v = a.len == 4 ? (unsigned int)a.p[2] << 8 | a.p[3] : 0;

		switch (a.type) {
		case A_IMPACT:
			snprintf(class, sizeof(class), "%s", names[v]);
			break;
		case A_NAME:
			n += (size_t)snprintf(out + n, size - n, "%.*s",
					      (int)a.len, a.p);
			break;
		case A_LAST:
			n += (size_t)snprintf(out + n, size - n, "..%.*s",
					      (int)a.len, a.p);
			break;
		case A_COUNT:
			n += (size_t)snprintf(out + n, size - n, " %s", class);
			if (v > 1)
				n += (size_t)snprintf(out + n, size - n, " %u",
						      v);
			n += (size_t)snprintf(out + n, size - n, "; ");
			break;
		case A_WHY:
			n += (size_t)snprintf(out + n - 2, size - n, " (%.*s); ",
					      (int)a.len, a.p) - 2;
			break;
		case A_UNTOUCHED:
			n += (size_t)snprintf(out + n, size - n, "%u", v);
			break;
		}
	}
	msg_fini(&m);
}

struct pair {
	struct schema	 s;
	struct map	*before, *after;
};

static void
pair_init(struct pair *p, unsigned int tunnels)
{
	unsigned int i;

	load_schema(&p->s);
	p->before = map_new();
	for (i = 1; i <= tunnels; i++)
		add_tunnel(&p->s, p->before, i);
	p->after = map_clone(p->before);
}

static void
pair_fini(struct pair *p)
{
	map_unref(p->before);
	map_unref(p->after);
	schema_fini(&p->s);
}

#define ASSERT_TOLD(p, text) do {					\
	char told_[1024];						\
	told((p)->before, (p)->after, told_, sizeof(told_));		\
	CU_ASSERT_STRING_EQUAL(told_, text);				\
	if (strcmp(told_, text) != 0)					\
		printf("\n    line %d: %s\n", __LINE__, told_);		\
} while (0)

/* What was changed so far is what it was before, too. */
static void
settle(struct pair *p)
{
	map_unref(p->before);
	p->before = map_clone(p->after);
}

static void
test_leaves(void)
{
	static const struct {
		const char *leaf, *value, *told;
	} rows[] = {
		{ "description", "x", "ipsec-2 none (description); 2" },
		{ "dpd-delay", "7", "ipsec-2 none (dpd-delay); 2" },
		{ "peer", "192.0.2.9", "ipsec-2 restart (peer); 2" },
		{ "local-id/value", "me", "ipsec-2 restart (local-id); 2" },
		{ "local-subnet", "10.0.1.0/24",
		  "ipsec-2 restart (local-subnet); 2" },
		{ "enable", "false", "ipsec-2 stop; 2" },
		{ "peer", "192.0.2.10", "ipsec-2 none (peer); 2" },
		{ "enable", "true", "ipsec-2 start; 2" },
	};
	char path[128];
	struct pair p;
	struct err e;
	size_t i;

	pair_init(&p, 3);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(path, sizeof(path), IPSEC2 "/%s", rows[i].leaf);
		CU_ASSERT(set1(&p.s, p.after, path, rows[i].value) >= 0);
		ASSERT_TOLD(&p, rows[i].told);
		settle(&p);
	}
	/* What is the default anyway changes nothing, nor does its end. */
	set1(&p.s, p.after, IPSEC2 "/mobike", "false");
	ASSERT_TOLD(&p, "ipsec-2 none (mobike); 2");
	settle(&p);
	CU_ASSERT(edit1(&p.s, p.after, EDIT_DELETE, IPSEC2 "/mobike", NULL, &e)
		  >= 0);
	ASSERT_TOLD(&p, "ipsec-2 none (mobike); 2");
	settle(&p);
	/* The worst counts, and only what makes it. */
	set1(&p.s, p.after, IPSEC2 "/description", "y");
	set1(&p.s, p.after, IPSEC2 "/peer", "192.0.2.11");
	set1(&p.s, p.after, IPSEC2 "/mobike", "true");
	ASSERT_TOLD(&p, "ipsec-2 restart (peer mobike); 2");
	pair_fini(&p);
}

static void
test_entries(void)
{
	struct pair p;
	struct err e;

	pair_init(&p, 20);
	ASSERT_TOLD(&p, "20");
	add_tunnel(&p.s, p.after, 21);
	add_tunnel(&p.s, p.after, 22);
	add_tunnel(&p.s, p.after, 24);
	CU_ASSERT(edit1(&p.s, p.after, EDIT_DELETE, IPSEC2, NULL, &e) >= 0);
	set1(&p.s, p.after, IPSEC "[id='5']/peer", "192.0.2.9");
	set1(&p.s, p.after, IPSEC "[id='6']/peer", "192.0.2.9");
	set1(&p.s, p.after, IPSEC "[id='7']/mobike", "true");
	set1(&p.s, p.after, HOSTNAME, "gw");
	ASSERT_TOLD(&p, "system none (hostname); ipsec-2 stop; "
		    "ipsec-5..ipsec-6 restart 2 (peer); "
		    "ipsec-7 restart (mobike); ipsec-21..ipsec-22 start 2; "
		    "ipsec-24 start; 16");
	settle(&p);
	/* One that is not in use comes and goes without a sound. */
	set1(&p.s, p.after, IPSEC "[id='30']/enable", "false");
	ASSERT_TOLD(&p, "ipsec-30 none; 22");
	settle(&p);
	CU_ASSERT(edit1(&p.s, p.after, EDIT_DELETE, IPSEC "[id='30']", NULL,
			&e) >= 0);
	ASSERT_TOLD(&p, "ipsec-30 none; 22");
	pair_fini(&p);
}

/* A copy of a unit that became equal again is not touched. */
static void
test_equal(void)
{
	struct pair p;

	pair_init(&p, 2);
	set1(&p.s, p.after, IPSEC1 "/peer", "192.0.2.9");
	settle(&p);
	set1(&p.s, p.after, IPSEC1 "/peer", "192.0.2.8");
	set1(&p.s, p.after, IPSEC1 "/peer", "192.0.2.9");
	ASSERT_TOLD(&p, "2");
	pair_fini(&p);
}

static LY_ERR
has_class(struct lysc_node *n, void *arg, ly_bool *dont_descend)
{
	char path[256];

	if (!(n->flags & LYS_CONFIG_W)) {
		*dont_descend = 1;
		return LY_SUCCESS;
	}
	if (!(n->nodetype & (LYS_LEAF | LYS_LEAFLIST)) ||
	    impact_class(n) != IMPACT_CHANGE)
		return LY_SUCCESS;
	lysc_path(n, LYSC_PATH_DATA, path, sizeof(path));
	printf("\n    no cv:impact: %s\n", path);
	++*(unsigned int *)arg;
	return LY_SUCCESS;
}

/* Every node of our models says what it does. */
static void
test_models(void)
{
	const struct lys_module *m;
	unsigned int without = 0, modules = 0;
	struct schema s;
	uint32_t i = 0;

	load_schema(&s);
	while ((m = ly_ctx_get_module_iter(s.ctx, &i)) != NULL)
		if (m->implemented && m->compiled != NULL &&
		    strncmp(m->name, "culvert-", 8) == 0) {
			modules++;
			lysc_module_dfs_full(m, has_class, &without);
		}
	CU_ASSERT(modules >= 2);
	CU_ASSERT_EQUAL(without, 0);
	schema_fini(&s);
}

UNIT_MAIN("impact",
	{ "settings of a tunnel", test_leaves },
	{ "tunnels that come and go", test_entries },
	{ "changed and back", test_equal },
	{ "every node has a class", test_models },
)
