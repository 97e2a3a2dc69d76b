#include "schema.h"

#include <ctype.h>
#include <string.h>

#include "str.h"
#include "ytree.h"

const struct lysc_type *
schema_type(const struct lysc_node *n)
{
	const struct lysc_type *t = NULL;

	if (n->nodetype == LYS_LEAF)
		t = ((const struct lysc_node_leaf *)n)->type;
	else if (n->nodetype == LYS_LEAFLIST)
		t = ((const struct lysc_node_leaflist *)n)->type;
	while (t && t->basetype == LY_TYPE_LEAFREF)
		t = ((const struct lysc_type_leafref *)t)->realtype;
	return t;
}

static enum shape
leaf_shape(const struct lysc_node *n)
{
	const struct lysc_type *t = schema_type(n);

	if (t->basetype == LY_TYPE_BOOL || t->basetype == LY_TYPE_EMPTY)
		return SHAPE_SWITCH;
	if (t->basetype == LY_TYPE_BITS)
		return SHAPE_WORDS;
	return ytree_ext(n, "rest") ? SHAPE_REST : SHAPE_LEAF;
}

enum shape
schema_shape(const struct lysc_node *n)
{
	const char *form;

	switch (n->nodetype) {
	case LYS_LEAF:
		return leaf_shape(n);
	case LYS_LEAFLIST:
		return ytree_is_line(n) ? SHAPE_LINE : SHAPE_WORDS;
	case LYS_LIST:
		return SHAPE_LIST;
	case LYS_CONTAINER:
		form = ytree_ext(n, "one-line");
		if (!form)
			return SHAPE_CONTEXT;
		return strcmp(form, "values") ? SHAPE_KEYWORDS : SHAPE_VALUES;
	default:
		return SHAPE_NONE;
	}
}

/* One level of lys_getnext over all modules. */
static const struct lysc_node *
next_top(const struct ly_ctx *ly, const struct lysc_node *last)
{
	const struct lysc_node *n;
	const struct lys_module *m;
	uint32_t i = 0;
	bool found = !last;

	while ((m = ly_ctx_get_module_iter(ly, &i))) {
		if (!m->implemented || !m->compiled)
			continue;
		if (!found) {
			if (m != last->module)
				continue;
			found = true;
			n = lys_getnext(last, NULL, m->compiled, 0);
		} else
			n = lys_getnext(NULL, NULL, m->compiled, 0);
		while (n && n->nodetype & (LYS_RPC | LYS_NOTIF))
			n = lys_getnext(n, NULL, m->compiled, 0);
		if (n)
			return n;
	}
	return NULL;
}

const struct lysc_node *
schema_next_any(const struct ly_ctx *ly, const struct lysc_node *parent,
		const struct lysc_node *last)
{
	const struct lysc_node *n = last;

	if (!parent)
		return next_top(ly, last);
	do
		n = lys_getnext(n, parent, NULL, 0);
	while (n && n->nodetype & (LYS_ACTION | LYS_NOTIF));
	return n;
}

const struct lysc_node *
schema_next(const struct ly_ctx *ly, const struct lysc_node *parent,
	    const struct lysc_node *last)
{
	const struct lysc_node *n = last;

	do
		n = schema_next_any(ly, parent, n);
	while (n && (!(n->flags & LYS_CONFIG_W) || lysc_is_key(n) ||
		     schema_shape(n) == SHAPE_NONE ||
		     (!parent && n->nodetype & (LYS_LEAF | LYS_LEAFLIST))));
	return n;
}

const struct lysc_node *
schema_key(const struct lysc_node *list, const struct lysc_node *last)
{
	const struct lysc_node *n = last;

	do
		n = lys_getnext(n, list, NULL, 0);
	while (n && !lysc_is_key(n));
	return n;
}

const struct lysc_node *
schema_leaf(const struct lysc_node *parent, const struct lysc_node *last)
{
	const struct lysc_node *n = last;

	do
		n = lys_getnext(n, parent, NULL, 0);
	while (n && (!(n->nodetype & (LYS_LEAF | LYS_LEAFLIST)) ||
		     !(n->flags & LYS_CONFIG_W)));
	return n;
}

const struct lysc_node *
schema_input(const struct lysc_node *action, const struct lysc_node *last)
{
	return lys_getnext(last, action, NULL, 0);
}

const struct lysc_node *
schema_output(const struct lysc_node *action, const struct lysc_node *last)
{
	return lys_getnext(last, action, NULL, LYS_GETNEXT_OUTPUT);
}

const struct lysc_node *
schema_entries(const struct lysc_node *container)
{
	const struct lysc_node *n = NULL;

	if (!container || container->nodetype != LYS_CONTAINER)
		return NULL;
	while ((n = schema_next_any(NULL, container, n)))
		if (n->nodetype == LYS_LIST && ytree_ext(n, "entries"))
			return n;
	return NULL;
}

const struct lysc_node *
schema_optional_type(const struct lysc_node *values)
{
	const struct lysc_node *first = schema_leaf(values, NULL);

	if (first && schema_type(first)->basetype == LY_TYPE_ENUM &&
	    schema_default(first))
		return first;
	return NULL;
}

bool
schema_has_state(const struct lysc_node *n)
{
	const struct lysc_node *c = NULL;

	if (n->flags & LYS_CONFIG_R)
		return true;
	if (!(n->nodetype & (LYS_CONTAINER | LYS_LIST)))
		return false;
	while ((c = schema_next_any(NULL, n, c)))
		if (schema_has_state(c))
			return true;
	return false;
}

void
one_line(const char *text, bool first_sentence, struct str *s)
{
	for (const char *p = text; *p; p++) {
		if (!isspace((unsigned char)*p)) {
			str_addc(s, *p);
			if (first_sentence && *p == '.' &&
			    isspace((unsigned char)p[1]) &&
			    (!p[2] || !islower((unsigned char)p[2])))
				return;
		} else if (s->len && s->s[s->len - 1] != ' ')
			str_addc(s, ' ');
	}
	while (s->len && s->s[s->len - 1] == ' ')
		str_cut(s, s->len - 1);
}

void
schema_help(const struct lysc_node *n, bool first_sentence, struct str *s)
{
	if (n->dsc)
		one_line(n->dsc, first_sentence, s);
}

bool
schema_mandatory(const struct lysc_node *n)
{
	return n->flags & LYS_MAND_TRUE;
}

const char *
schema_default(const struct lysc_node *n)
{
	const struct lysc_node_leaf *leaf = (const struct lysc_node_leaf *)n;

	if (n->nodetype != LYS_LEAF || !leaf->dflt)
		return NULL;
	return lyd_value_get_canonical(n->module->ctx, leaf->dflt);
}

void
schema_step(const struct lysc_node *n, struct str *path)
{
	const struct lysc_node *up = lysc_data_parent(n);

	if (!up || up->module != n->module)
		str_addf(path, "/%s:%s", n->module->name, n->name);
	else
		str_addf(path, "/%s", n->name);
}

void
path_literal(const char *value, struct str *path)
{
	char q = strchr(value, '\'') ? '"' : '\'';

	str_addc(path, q);
	str_add(path, value);
	str_addc(path, q);
}
