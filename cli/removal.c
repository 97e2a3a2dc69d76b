/*
 * removal: no and default, for every kind of node.
 */
#include "parse.h"

#include <string.h>

#include "schema.h"
#include "ytree.h"

static void
remove_switch(struct parse *p, const struct lysc_node *node, const char *path)
{
	const char *dflt = schema_default(node);

	parse_end(p);
	/* "no" means off: where off is not what is there without it, it has to
	 * be written down. */
	if (schema_type(node)->basetype == LY_TYPE_BOOL &&
	    (!dflt || strcmp(dflt, "false")))
		parse_edit(p, EDIT_MERGE, path, "false");
	else
		parse_edit(p, EDIT_REMOVE, path, NULL);
}

static void
remove_keyword(struct parse *p, const struct lysc_node *node, struct str *path)
{
	const struct lysc_node *leaf = NULL;
	struct expect_item it;
	struct expect set;

	expect_init(&set);
	expect_add(&set, EXPECT_ENTER, "<Enter>", "all of it", NULL, 0);
	while ((leaf = schema_leaf(node, leaf)))
		if (!schema_mandatory(leaf))
			expect_add(&set, EXPECT_WORD, leaf->name, leaf->dsc,
				   leaf, 0);
	if (parse_choose(p, &set, "word", &it)) {
		schema_step(it.tag, path);
		parse_end(p);
	}
	parse_edit(p, EDIT_REMOVE, str_get(path), NULL);
}

static void
remove_node(struct parse *p, const struct lysc_node *node, struct str *path,
	    bool to_default)
{
	const char *no = to_default ? NULL : ytree_ext(node, "no");

	switch (schema_shape(node)) {
	case SHAPE_SWITCH:
		if (!to_default) {
			remove_switch(p, node, str_get(path));
			return;
		}
		break;
	case SHAPE_KEYWORDS:
		remove_keyword(p, node, path);
		return;
	case SHAPE_WORDS:
	case SHAPE_LINE:
		if (node->nodetype == LYS_LEAFLIST && parse_more(p)) {
			several_edits(p, node, str_get(path), EDIT_REMOVE);
			return;
		}
		if (node->nodetype == LYS_LEAFLIST) {
			p->existing = str_get(path);
			parse_offer_values(p, node);
			p->existing = NULL;
		}
		break;
	default:
		break;
	}
	if (parse_more(p)) {
		p->i++;
		parse_fail(p, "'%s %s' takes no value",
			   to_default ? "default" : "no", node->name);
		return;
	}
	parse_end(p);
	parse_edit(p, no ? EDIT_MERGE : EDIT_REMOVE, str_get(path), no);
}

static void
expect_children(const struct parse *p, const struct lysc_node *node,
		struct expect *set)
{
	const struct lysc_node *n = NULL;

	while ((n = schema_next(p->ly, node, n))) {
		struct str help = STR_INIT, word = STR_INIT;
		const char *text = "";

		if (parse_offers(p) &&
		    !rights_any(n, RIGHT_EDIT, tree_role(p->tree)))
			continue;
		if (p->offer) {
			schema_help(n, true, &help);
			text = expect_own(set, str_take(&help));
		}
		node_word(p->ly, n, &word);
		expect_add(set, EXPECT_WORD, expect_own(set, str_take(&word)),
			   text, n, TAG_NODE);
	}
}

/* "no ipsec *": all the entries. */
static bool
names_all(struct parse *p, const struct lysc_node *node)
{
	if (node->nodetype != LYS_LIST || !parse_more(p) ||
	    strcmp(parse_word(p), "*") || p->l->word[p->i].quoted)
		return false;
	p->i++;
	parse_end(p);
	return true;
}

/* The keys of one. */
static bool
names_one(struct parse *p, const struct lysc_node *node, struct str *path)
{
	bool at_end = !parse_more(p);
	bool ok = parse_keys(p, node, path, NULL, false, false);

	if (at_end && p->offer)
		expect_add(&p->next, EXPECT_VALUE, "*", "All of them.", NULL,
			   0);
	return ok;
}

/* Down the model by the words of the line to what is to be removed. */
static void
removal(struct parse *p, bool to_default)
{
	const struct lysc_node *node = levels_top(&p->at)->node;
	struct str path = STR_INIT;
	struct expect_item it;
	bool may_end = false;

	str_add(&path, levels_top(&p->at)->path);
	while (!p->done) {
		struct expect set;

		expect_init(&set);
		expect_children(p, node, &set);
		if (may_end)
			expect_add(&set, EXPECT_ENTER, "<Enter>", "", NULL, 0);
		if (!parse_choose(p, &set, "setting", &it))
			break;
		node = it.tag;
		schema_step(node, &path);
		if (names_all(p, node)) {
			may_end = true;
			break;
		}
		if (node->nodetype == LYS_LIST && !names_one(p, node, &path))
			break;
		may_end = schema_shape(node) == SHAPE_LIST ||
		    schema_shape(node) == SHAPE_CONTEXT;
		if (!may_end) {
			remove_node(p, node, &path, to_default);
			break;
		}
	}
	if (!parse_failed(p) && may_end && !p->nedit)
		parse_edit(p, EDIT_REMOVE, str_get(&path), NULL);
	str_fini(&path);
}

void
args_no(struct parse *p)
{
	removal(p, false);
}

void
args_default(struct parse *p)
{
	removal(p, true);
}
