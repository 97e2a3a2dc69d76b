#include "syntax.h"

#include <libyang/libyang.h>
#include <string.h>

#include "schema.h"
#include "str.h"
#include "value.h"
#include "ytree.h"

static void
one_line_syntax(const struct lysc_node *n, struct str *s)
{
	const struct lysc_node *leaf = NULL;
	bool values = schema_shape(n) == SHAPE_VALUES;

	while ((leaf = schema_leaf(n, leaf))) {
		bool optional = !schema_mandatory(leaf);

		str_addf(s, " %s", optional ? "[" : "");
		if (!values)
			str_addf(s, "%s ", leaf->name);
		if (schema_type(leaf)->basetype == LY_TYPE_ENUM && !values) {
			str_addc(s, '<');
			str_add(s, leaf->name);
			str_addc(s, '>');
		} else
			value_syntax(leaf, s);
		if (leaf->nodetype == LYS_LEAFLIST)
			str_add(s, "...");
		if (optional)
			str_addc(s, ']');
	}
}

void
syntax_node(const struct lysc_node *n, struct str *s)
{
	const struct lysc_node *key = NULL;

	str_add(s, n->name);
	switch (schema_shape(n)) {
	case SHAPE_LEAF:
	case SHAPE_REST:
	case SHAPE_WORDS:
	case SHAPE_LINE:
		str_addc(s, ' ');
		value_syntax(n, s);
		if (n->nodetype == LYS_LEAFLIST)
			str_add(s, " ...");
		break;
	case SHAPE_KEYWORDS:
	case SHAPE_VALUES:
		one_line_syntax(n, s);
		break;
	case SHAPE_LIST:
		while ((key = schema_key(n, key))) {
			str_addc(s, ' ');
			value_syntax(key, s);
		}
		break;
	default:
		break;
	}
}

void
syntax_no(const struct lysc_node *leaf, struct str *s)
{
	const char *no = ytree_ext(leaf, "no"), *dflt = schema_default(leaf);
	bool is_switch = schema_shape(leaf) == SHAPE_SWITCH;

	if (no)
		str_addf(s, "Sets '%s'; 'default %s' removes the setting.", no,
			 leaf->name);
	else if (is_switch && dflt && !strcmp(dflt, "true"))
		str_add(s, "Switches it off.");
	else if (dflt && !is_switch) {
		str_add(s, "Goes back to ");
		value_show(leaf, dflt, s);
		str_addc(s, '.');
	}
}

static void
input_syntax(const struct lysc_node *leaf, struct str *s)
{
	const struct lysc_type *t = schema_type(leaf);

	if (ytree_ext(leaf, "file"))
		str_add(s, "<FILE|URL|->");
	else if (t->basetype == LY_TYPE_ENUM && !schema_mandatory(leaf))
		str_addf(s, "<%s>", leaf->name);
	else
		value_syntax(leaf, s);
	if (leaf->nodetype == LYS_LEAFLIST)
		str_add(s, "...");
}

void
syntax_action(const struct lysc_node *action, struct str *s)
{
	const struct lysc_node *n = NULL;

	while ((n = schema_input(action, n)))
		if (schema_mandatory(n)) {
			str_addc(s, ' ');
			input_syntax(n, s);
		}
	n = NULL;
	while ((n = schema_output(action, n)))
		if (ytree_ext(n, "save")) {
			str_add(s, " [<FILE>]");
			break;
		}
	n = NULL;
	while ((n = schema_input(action, n))) {
		if (schema_mandatory(n) || ytree_ext(n, "prompt"))
			continue;
		str_addf(s, " [%s", n->name);
		if (schema_type(n)->basetype != LY_TYPE_EMPTY) {
			str_addc(s, ' ');
			input_syntax(n, s);
		}
		str_addc(s, ']');
	}
}
