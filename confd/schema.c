#include "schema.h"

#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "rights.h"
#include "upgrade.h"
#include "ytree.h"

static const struct lysc_node *
find_switch(const struct lysc_node *node)
{
	const struct lysc_node *n = NULL;
	const char *class;

	while ((n = lys_getnext(n, node, NULL, 0)) != NULL) {
		class = ytree_ext(n, "impact");
		if (class != NULL && strcmp(class, "switch") == 0)
			return n;
	}
	return NULL;
}

static int
add_unit(struct schema *s, const struct lysc_node *node, bool list)
{
	struct unit_schema *u;

	u = reallocarray(s->units, s->n_units + 1, sizeof(*u));
	if (u == NULL)
		return -1;
	s->units = u;
	u += s->n_units;
	u->node = node;
	u->rank = (unsigned int)s->n_units++;
	u->list = list;
	u->max = 0;
	u->on = list ? find_switch(node) : NULL;
	if (list && ((const struct lysc_node_list *)node)->max != UINT32_MAX)
		u->max = ((const struct lysc_node_list *)node)->max;
	return 0;
}

static bool
is_unit_list(const struct lysc_node *n)
{
	return n->nodetype == LYS_LIST && !(n->flags & LYS_KEYLESS) &&
	    (lysc_data_parent(n) == NULL || ytree_ext(n, "unit") != NULL);
}

/* Only containers may stand above a list of units. */
static int
add_unit_lists(struct schema *s, const struct lysc_node *parent)
{
	const struct lysc_node *n = NULL;

	while ((n = lys_getnext(n, parent, NULL, 0)) != NULL) {
		if (n->flags & LYS_CONFIG_R)
			continue;
		if (is_unit_list(n) && add_unit(s, n, true) < 0)
			return -1;
		if (n->nodetype == LYS_CONTAINER && add_unit_lists(s, n) < 0)
			return -1;
	}
	return 0;
}

static int
add_module(struct schema *s, const struct lys_module *m)
{
	const struct lysc_node *n = NULL;

	while ((n = lys_getnext(n, NULL, m->compiled, 0)) != NULL) {
		if (!(n->flags & LYS_CONFIG_W))
			continue;
		if (add_unit(s, n, is_unit_list(n)) < 0 ||
		    (n->nodetype == LYS_CONTAINER && add_unit_lists(s, n) < 0))
			return -1;
	}
	return 0;
}

/* --- owners --- */

static int
by_depth(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;

	return x->depth != y->depth ? (x->depth < y->depth ? 1 : -1) :
	    strcmp(x->name, y->name);
}

/* What owns the node, or is sent it, too. */
static int
add_owner(struct schema *s, const struct lysc_node *node, const char *name)
{
	const struct lysc_node *p;
	unsigned int depth = 0;
	struct owner *o;
	size_t i;

	/* Only configuration is prepared from the inside out. */
	for (p = node->parent; p != NULL && node->flags & LYS_CONFIG_W;
	     p = p->parent)
		depth++;
	for (i = 0; i < s->n_owners; i++) {
		if (strcmp(s->owners[i].name, name) != 0)
			continue;
		if (depth > s->owners[i].depth) {
			s->owners[i].depth = depth;
			s->owners[i].outer = ytree_owner(node->parent);
		}
		return 0;
	}
	o = reallocarray(s->owners, s->n_owners + 1, sizeof(*o));
	if (o == NULL)
		return -1;
	s->owners = o;
	o += s->n_owners;
	o->depth = depth;
	o->outer = depth > 0 ? ytree_owner(node->parent) : NULL;
	o->name = strdup(name);
	if (o->name == NULL)
		return -1;
	s->n_owners++;
	return 0;
}

static LY_ERR
find_owners(struct lysc_node *node, void *arg, ly_bool *dont_descend)
{
	const char *name = ytree_ext(node, "owner");
	const char *also = ytree_ext(node, "also");
	struct schema *s = arg;

	(void)dont_descend;
	if (node->nodetype == LYS_ACTION && ytree_ext(node, "log") != NULL &&
	    s->n_logs < SCHEMA_LOGS_MAX)
		s->logs[s->n_logs++] = node;
	if ((name != NULL && add_owner(s, node, name) < 0) ||
	    (also != NULL && add_owner(s, node, also) < 0))
		return LY_EMEM;
	return LY_SUCCESS;
}

/* --- rules that look beyond their unit --- */

static const struct lysc_node *
unit_root(const struct lysc_node *n)
{
	const struct lysc_node *root = n;

	for (; n != NULL; n = lysc_data_parent(n)) {
		root = n;
		if (is_unit_list(n))
			break;
	}
	return root;
}

/* Whether an expression touches nodes outside what is below root; those above
 * it stand only for the way. */
static bool
expr_leaves(const struct lysc_node *node, const struct lysc_node *root,
	    const struct lyxp_expr *expr, const struct lysc_prefix *prefixes)
{
	const struct lysc_node *p;
	struct ly_set *set = NULL;
	bool leaves = false;
	uint32_t i;

	if (lys_find_expr_atoms(node, node->module, expr, prefixes, 0, &set)
	    != LY_SUCCESS)
		return true;
	for (i = 0; i < set->count && !leaves; i++) {
		for (p = set->snodes[i]; p != NULL && p != root; p = p->parent)
			;
		leaves = p == NULL;
	}
	ly_set_free(set, NULL);
	return leaves;
}

static bool
expr_crosses(const struct lysc_node *node, const struct lyxp_expr *expr,
	     const struct lysc_prefix *prefixes)
{
	return expr_leaves(node, unit_root(node), expr, prefixes);
}

static int
add_rules(struct schema *s, const struct lysc_node *node)
{
	const struct lysc_node *cont = node->nodetype == LYS_CONTAINER ? node :
	    lysc_data_parent(node);
	struct lysc_must *musts = lysc_node_musts(node);
	LY_ARRAY_COUNT_TYPE i;
	struct rule *r;

	if (cont == NULL || ytree_ext(cont, "one-line") == NULL)
		return 0;
	LY_ARRAY_FOR(musts, i) {
		if (expr_leaves(node, cont, musts[i].cond, musts[i].prefixes))
			continue;
		r = reallocarray(s->rules, s->n_rules + 1, sizeof(*r));
		if (r == NULL)
			return -1;
		s->rules = r;
		r += s->n_rules++;
		r->container = cont;
		r->node = node;
		r->expr = lyxp_get_expr(musts[i].cond);
		r->message = musts[i].emsg;
	}
	return 0;
}

static bool
type_crosses(const struct lysc_node *node, const struct lysc_type *type)
{
	const struct lysc_type_leafref *ref;
	const struct lysc_type_union *u;
	LY_ARRAY_COUNT_TYPE i;

	switch (type->basetype) {
	case LY_TYPE_LEAFREF:
		ref = (const struct lysc_type_leafref *)type;
		return ref->require_instance &&
		    expr_crosses(node, ref->path, ref->prefixes);
	case LY_TYPE_INST:
		return ((const struct lysc_type_instanceid *)type)
		    ->require_instance;
	case LY_TYPE_UNION:
		u = (const struct lysc_type_union *)type;
		LY_ARRAY_FOR(u->types, i)
			if (type_crosses(node, u->types[i]))
				return true;
		return false;
	default:
		return false;
	}
}

static bool
leaf_crosses(const struct lysc_node *node)
{
	if (node->nodetype == LYS_LEAF)
		return type_crosses(node,
		    ((const struct lysc_node_leaf *)node)->type);
	if (node->nodetype == LYS_LEAFLIST)
		return type_crosses(node,
		    ((const struct lysc_node_leaflist *)node)->type);
	return false;
}

static LY_ERR
find_crossing(struct lysc_node *node, void *arg, ly_bool *dont_descend)
{
	struct lysc_must *musts = lysc_node_musts(node);
	struct lysc_when **whens = lysc_node_when(node);
	struct schema *s = arg;
	LY_ARRAY_COUNT_TYPE i;

	if (!(node->flags & LYS_CONFIG_W)) {
		*dont_descend = 1;
		return LY_SUCCESS;
	}
	LY_ARRAY_FOR(musts, i)
		s->crosses |= expr_crosses(node, musts[i].cond,
					   musts[i].prefixes);
	s->whens |= LY_ARRAY_COUNT(whens) > 0;
	LY_ARRAY_FOR(whens, i)
		s->crosses |= expr_crosses(node, whens[i]->cond,
					   whens[i]->prefixes);
	s->crosses |= leaf_crosses(node);
	if (add_rules(s, node) < 0)
		return LY_EMEM;
	if (node->nodetype == LYS_LIST) {
		const struct lysc_node_list *l = (const struct lysc_node_list *)node;

		s->crosses |= is_unit_list(node) &&
		    (l->uniques != NULL || l->min > 0);
	}
	return LY_SUCCESS;
}

/* Something that must be there, beside the entries of a list of units. */
static bool
misses_rest(const struct schema *s)
{
	const struct lysc_node *top;
	size_t i;

	for (i = 0; i < s->n_units; i++) {
		if (!s->units[i].list)
			continue;
		for (top = s->units[i].node; lysc_data_parent(top) != NULL;)
			top = lysc_data_parent(top);
		if (top != s->units[i].node && (top->flags & LYS_MAND_TRUE))
			return true;
	}
	return false;
}

int
schema_init(struct schema *s, const char *yangdir, struct err *e)
{
	const struct lys_module *m;
	uint32_t i = 0;

	memset(s, 0, sizeof(*s));
	if (ytree_load(&s->ctx, yangdir, e) < 0)
		return -1;
	if (rights_check(s->ctx, &s->hides, e) < 0 || upgrade_check(s, e) < 0) {
		schema_fini(s);
		return -1;
	}
	while ((m = ly_ctx_get_module_iter(s->ctx, &i)) != NULL) {
		if (!m->implemented || m->compiled == NULL)
			continue;
		if (add_module(s, m) < 0 ||
		    lysc_module_dfs_full(m, find_owners, s) != LY_SUCCESS ||
		    lysc_module_dfs_full(m, find_crossing, s) != LY_SUCCESS) {
			schema_fini(s);
			return err_set(e, ERR_RESOURCE, "no memory for the "
				       "models");
		}
	}
	s->crosses |= misses_rest(s);
	if (s->n_owners > 0)
		qsort(s->owners, s->n_owners, sizeof(*s->owners), by_depth);
	return 0;
}

void
schema_fini(struct schema *s)
{
	size_t i;

	for (i = 0; i < s->n_owners; i++)
		free(s->owners[i].name);
	free(s->owners);
	free(s->rules);
	free(s->units);
	ly_ctx_destroy(s->ctx);
	memset(s, 0, sizeof(*s));
}

const struct unit_schema *
schema_unit(const struct schema *s, const struct lysc_node *node)
{
	const struct lysc_node *root = unit_root(node);
	size_t i;

	for (i = 0; i < s->n_units; i++)
		if (s->units[i].node == root)
			return &s->units[i];
	return NULL;
}
