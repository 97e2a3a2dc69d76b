/*
 * setting: how the nodes of a model are set in a configuration context.
 */
#include "parse.h"

#include <stdlib.h>
#include <string.h>

#include "schema.h"
#include "value.h"
#include "ytree.h"

#define LEAVES_MAX	16	/* of a one-line container */

static char *
leaf_path(const char *path, const struct lysc_node *leaf)
{
	struct str s = STR_INIT;

	str_add(&s, path);
	schema_step(leaf, &s);
	return str_take(&s);
}

static void
edit_leaf(struct parse *p, enum proto_edit op, const char *path,
	  const struct lysc_node *leaf, const char *value)
{
	char *lp = leaf_path(path, leaf);

	parse_edit(p, op, lp, value);
	free(lp);
}

static void
set_leaf(struct parse *p, const struct lysc_node *leaf, const char *path)
{
	char *v = several_one(p, leaf);

	if (!v)
		return;
	parse_end(p);
	parse_edit(p, EDIT_MERGE, path, v);
	str_free(v);
}

/* The rest of the line as one value; NULL at the end or after a complaint, and
 * while the line is being typed. */
static char *
rest_value(struct parse *p, const struct lysc_node *leaf)
{
	unsigned int from = p->i;
	char *text, *v;

	p->rest = from;
	if (!parse_more(p))
		return parse_value(p, leaf);	/* says what is missing */
	if (ytree_is_secret(leaf))
		p->secret = from;
	p->i = p->n;
	if (p->offer) {
		parse_end(p);
		return NULL;
	}
	text = lexer_rest(p->l, from);
	v = value_parse(leaf, text, &p->note, &p->err);
	str_free(text);
	if (!v) {
		p->err_word = from;
		p->done = true;
	}
	return v;
}

static void
set_rest(struct parse *p, const struct lysc_node *leaf, const char *path)
{
	char *v = rest_value(p, leaf);

	if (!v)
		return;
	parse_end(p);
	parse_edit(p, EDIT_MERGE, path, v);
	str_free(v);
}

/* --- one-line containers --- */

static void
expect_keywords(const struct lysc_node *node, char *const *value,
		struct expect *set)
{
	const struct lysc_node *leaf = NULL;
	bool missing = false;
	int i = 0;

	for (; (leaf = schema_leaf(node, leaf)) && i < LEAVES_MAX; i++) {
		struct str help = STR_INIT;

		if (value[i])
			continue;
		missing |= schema_mandatory(leaf);
		schema_help(leaf, true, &help);
		expect_add(set, EXPECT_WORD, leaf->name,
			   expect_own(set, str_take(&help)), leaf, i);
		expect_offer(set, ytree_ext(leaf, "offer"), NULL);
	}
	if (!missing)
		expect_add(set, EXPECT_ENTER, "<Enter>", "", NULL, 0);
}

/* What is set, and the removal of what is not: together they replace. */
static void
container_edits(struct parse *p, const struct lysc_node *node, const char *path,
		char *const *value)
{
	const struct lysc_node *leaf = NULL;

	for (int i = 0; (leaf = schema_leaf(node, leaf)) && i < LEAVES_MAX; i++)
		if (!value[i])
			edit_leaf(p, EDIT_REMOVE, path, leaf, NULL);
	leaf = NULL;
	for (int i = 0; (leaf = schema_leaf(node, leaf)) && i < LEAVES_MAX; i++)
		if (value[i])
			edit_leaf(p, EDIT_MERGE, path, leaf, value[i]);
}

static void
missing_keyword(struct parse *p, const struct lysc_node *node,
		char *const *value)
{
	const struct lysc_node *leaf = NULL;

	for (int i = 0; (leaf = schema_leaf(node, leaf)) && i < LEAVES_MAX; i++)
		if (!value[i] && schema_mandatory(leaf)) {
			err_set(&p->err, ERR_INVALID, "%s needs %s: %s %s ...",
				node->name, leaf->name, node->name, leaf->name);
			p->err_word = p->n;
			return;
		}
}

struct keywords {
	const struct lysc_node	*node;
	char			*value[LEAVES_MAX];
	const struct lysc_node	*last;	/* a leaf-list: more of it may come */
	int			 at;	/* its place in value */
	bool			 any;
};

/* Whether the next word is a keyword, be it shortened, rather than one more
 * value. */
static bool
is_keyword(const struct parse *p, const struct keywords *k)
{
	struct expect keys, values;
	bool is;

	expect_init(&keys);
	expect_keywords(k->node, k->value, &keys);
	expect_init(&values);
	value_expect(k->last, &values);
	is = expect_match(&keys, parse_word(p), "word", NULL) &&
	    !expect_exact(&values, parse_word(p));
	expect_fini(&keys);
	expect_fini(&values);
	return is;
}

static void
keyword_value(struct parse *p, struct keywords *k, const struct lysc_node *leaf,
	      int at)
{
	char *v = several_one(p, leaf);

	k->last = leaf->nodetype == LYS_LEAFLIST ? leaf : NULL;
	k->at = at;
	if (v)
		k->any |= several_add(p, &k->value[at], v);
	str_free(v);
}

/* A keyword and its value, or one more value. */
static void
keyword(struct parse *p, struct keywords *k)
{
	bool more = k->last && (!parse_more(p) || !is_keyword(p, k));
	struct expect_item it;
	struct expect set;

	if (more && parse_more(p) &&
	    schema_type(k->last)->basetype != LY_TYPE_ENUM) {
		keyword_value(p, k, k->last, k->at);
		return;
	}
	expect_init(&set);
	expect_keywords(k->node, k->value, &set);
	if (more)
		several_expect(k->last, parse_more(p) ? NULL :
			       k->value[k->at], &set);
	if (!parse_choose(p, &set, "word", &it)) {
		if (!parse_more(p) && p->err_word == p->n)
			missing_keyword(p, k->node, k->value);
		return;
	}
	if (!it.tag)
		p->i--;		/* read again, as a value */
	keyword_value(p, k, it.tag ? it.tag : k->last, it.tag ? it.n : k->at);
}

static void
set_keywords(struct parse *p, const struct lysc_node *node, const char *path)
{
	struct keywords k = { .node = node };

	while (!p->done)
		keyword(p, &k);
	if (!parse_failed(p) && k.any)
		container_edits(p, node, path, k.value);
	for (int i = 0; i < LEAVES_MAX; i++)
		str_free(k.value[i]);
}

/* The leading enumeration: only if it is spelled out. */
static void
optional_type(struct parse *p, const struct lysc_node *type, char **value)
{
	struct expect set;

	expect_init(&set);
	value_expect(type, &set);
	if (!parse_more(p)) {
		if (p->offer)
			expect_move(&p->next, &set);
	} else if (!p->l->word[p->i].quoted &&
		   expect_exact(&set, parse_word(p))) {
		*value = parse_value(p, type);
		if (*value && !strcmp(*value, schema_default(type))) {
			free(*value);
			*value = NULL;
		}
	}
	expect_fini(&set);
}

static void
set_values(struct parse *p, const struct lysc_node *node, const char *path)
{
	const struct lysc_node *leaf = NULL;
	const struct lysc_node *type = schema_optional_type(node);
	char *value[LEAVES_MAX] = { NULL };

	for (int i = 0; (leaf = schema_leaf(node, leaf)) && i < LEAVES_MAX &&
	     !p->done; i++) {
		if (leaf == type)
			optional_type(p, type, &value[i]);
		else if (!parse_more(p) && !schema_mandatory(leaf))
			break;
		else if (schema_shape(leaf) == SHAPE_REST)
			value[i] = rest_value(p, leaf);
		else
			value[i] = parse_value(p, leaf);
		while (leaf->nodetype == LYS_LEAFLIST && !p->done &&
		       parse_more(p)) {
			char *v = parse_value(p, leaf);

			if (v)
				several_add(p, &value[i], v);
			str_free(v);
		}
	}
	if (!p->done)
		parse_end(p);
	if (!parse_failed(p))
		container_edits(p, node, path, value);
	for (int i = 0; i < LEAVES_MAX; i++)
		str_free(value[i]);
}

/* --- contexts --- */

void
parse_enter(struct parse *p, const struct lysc_node *node, struct str *path,
	    const char *name, bool creates)
{
	if (!levels_push(&p->at, LEVEL_NODE, node, str_get(path), name)) {
		parse_fail(p, "contexts are nested too deeply");
		return;
	}
	if (creates)
		parse_edit(p, EDIT_MERGE, str_get(path), NULL);
	p->entered = true;
}

static void
set_list(struct parse *p, const struct lysc_node *node, struct str *path)
{
	struct str name = STR_INIT;

	if (parse_keys(p, node, path, &name, false, false))
		parse_enter(p, node, path, str_get(&name), true);
	str_fini(&name);
}

void
parse_setting(struct parse *p, const struct lysc_node *node)
{
	const struct lysc_type *t;
	struct str path = STR_INIT;
	const char *name;

	str_add(&path, levels_top(&p->at)->path);
	schema_step(node, &path);
	switch (schema_shape(node)) {
	case SHAPE_SWITCH:
		t = schema_type(node);
		parse_end(p);
		parse_edit(p, EDIT_MERGE, str_get(&path),
			   t->basetype == LY_TYPE_BOOL ? "true" : "");
		break;
	case SHAPE_LEAF:
		set_leaf(p, node, str_get(&path));
		break;
	case SHAPE_REST:
		set_rest(p, node, str_get(&path));
		break;
	case SHAPE_WORDS:
		if (node->nodetype == LYS_LEAF)
			several_bits(p, node, str_get(&path));
		else
			several_edits(p, node, str_get(&path), EDIT_MERGE);
		break;
	case SHAPE_LINE:
		several_line(p, node, str_get(&path));
		break;
	case SHAPE_KEYWORDS:
		set_keywords(p, node, str_get(&path));
		break;
	case SHAPE_VALUES:
		set_values(p, node, str_get(&path));
		break;
	case SHAPE_CONTEXT:
		name = ytree_ext(node, "context");
		parse_enter(p, node, &path, name ? name : node->name,
			    node->flags & LYS_PRESENCE);
		break;
	case SHAPE_LIST:
		set_list(p, node, &path);
		break;
	case SHAPE_NONE:
		parse_fail(p, "this cannot be configured");
		break;
	}
	str_fini(&path);
}
