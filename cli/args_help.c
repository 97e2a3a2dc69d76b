/*
 * args_help: help [WORD ...]: the way to a context or a command, or a topic.
 *
 * The way is that of a line, but entries of lists need no keys: help config
 * tunnel ipsec.
 */
#include "parse.h"

#include <string.h>

#include "cmds.h"
#include "schema.h"
#include "value.h"

static const struct mode *
mode_of(struct parse *p, enum level_kind kind, const struct lysc_node *node)
{
	const struct level l = { .kind = kind, .node = node };

	return tree_mode(p->tree, &l);
}

const struct mode *
parse_opens(struct parse *p, const struct mode *m, const struct cmd *c)
{
	enum shape shape;

	if (c->builtin)
		return c->builtin->parse == args_config ?
		    mode_of(p, LEVEL_CONFIG, NULL) :
		    c->builtin->parse == args_do ?
		    mode_of(p, LEVEL_EXEC, NULL) : NULL;
	if (m->kind & LEVEL_EXEC)
		return mode_of(p, LEVEL_STATE, c->node);
	shape = schema_shape(c->node);
	return m->kind & LEVEL_EDIT &&
	    (shape == SHAPE_CONTEXT || shape == SHAPE_LIST) ?
	    mode_of(p, LEVEL_NODE, c->node) : NULL;
}

/* The keys of an entry, if somebody names one all the same. */
static void
skip_keys(struct parse *p, const struct cmd *c, const struct expect *inside)
{
	const struct lysc_node *key = NULL;
	struct err ignored = ERR_INIT;

	if (!c->node || c->node->nodetype != LYS_LIST)
		return;
	while ((key = schema_key(c->node, key)) && parse_more(p)) {
		char *v;

		if (expect_match(inside, parse_word(p), "", NULL))
			return;
		v = value_parse(key, parse_word(p), NULL, &ignored);
		if (!v)
			return;
		str_free(v);
		p->i++;
	}
}

static void
add_topics(struct expect *set)
{
	const struct help_topic *t = help_topics;

	for (; t->word; t++)
		if (!expect_exact(set, t->word))
			expect_add(set, EXPECT_WORD, t->word, t->help, t,
				   TAG_TOPIC);
}

void
args_help(struct parse *p)
{
	const struct mode *m = p->mode, *inside;
	const struct cmd *parent = NULL;
	struct expect_item it;
	struct expect set;

	p->help_mode = m;
	for (;;) {
		expect_init(&set);
		tree_expect(m, parent, parse_offers(p), &set, TAG_CMD);
		if (p->help_cmd && p->help_mode != m)
			skip_keys(p, p->help_cmd, &set);
		if (m == p->mode && !parent)
			add_topics(&set);
		expect_add(&set, EXPECT_ENTER, "<Enter>", parent ? "" :
			   "All of them.", NULL, 0);
		if (!parse_choose(p, &set, "command", &it))
			break;
		if (it.n == TAG_TOPIC) {
			p->topic = it.tag;
			parse_end(p);
			return;
		}
		p->help_mode = m;
		p->help_cmd = it.tag;
		inside = parse_opens(p, m, it.tag);
		if (!inside && !cmd_has_children(it.tag)) {
			parse_end(p);
			return;
		}
		parent = inside ? NULL : it.tag;
		if (inside)
			m = inside;
	}
	if (p->help_cmd && m != p->help_mode) {
		p->help_mode = m;		/* all that is in it */
		p->help_cmd = NULL;
	}
}
