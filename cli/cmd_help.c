/* help: the syntax of everything in a context, and what it means. */
#include "cmds.h"

#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"
#include "parse.h"
#include "schema.h"
#include "shell.h"
#include "syntax.h"
#include "term.h"
#include "value.h"
#include "ytree.h"

static void
choices(struct shell *sh, const struct lysc_node *leaf, unsigned int by)
{
	struct expect set;

	expect_init(&set);
	value_expect(leaf, &set);
	for (unsigned int i = 0; i < set.n; i++) {
		struct str s = STR_INIT;

		if (set.item[i].kind == EXPECT_HOLDER || !*set.item[i].help)
			continue;
		term_item(set.item[i].text, set.item[i].help, by, 20,
			  term_width(), &s);
		out_text(&sh->out, str_get(&s));
		str_fini(&s);
	}
	expect_fini(&set);
}

static void
no_help(struct shell *sh, const struct lysc_node *leaf)
{
	struct str s = STR_INIT, help = STR_INIT;

	syntax_no(leaf, &help);
	if (help.len) {
		term_item("no", str_get(&help), 8, 20, term_width(), &s);
		out_text(&sh->out, str_get(&s));
	}
	str_fini(&s);
	str_fini(&help);
}

/* Each leaf of a one-line container, with its choices when asked for. */
static void
leaf_help(struct shell *sh, const struct lysc_node *n, bool all)
{
	const struct lysc_node *leaf = NULL;

	if (n->nodetype & (LYS_LEAF | LYS_LEAFLIST)) {
		choices(sh, n, 8);
		no_help(sh, n);
		return;
	}
	if (n->nodetype != LYS_CONTAINER || !ytree_ext(n, "one-line"))
		return;
	while ((leaf = schema_leaf(n, leaf))) {
		struct str help = STR_INIT, s = STR_INIT;

		schema_help(leaf, false, &help);
		term_item(leaf->name, str_get(&help), 8, 20, term_width(), &s);
		out_text(&sh->out, str_get(&s));
		str_fini(&s);
		str_fini(&help);
		if (all)
			choices(sh, leaf, 12);
	}
}

static void
node_help(struct shell *sh, const struct lysc_node *n, bool config, bool all)
{
	struct str syntax = STR_INIT, help = STR_INIT, limits = STR_INIT;

	if (config)
		str_add(&syntax, "[no] ");
	syntax_node(n, &syntax);
	schema_help(n, false, &help);
	if (n->nodetype == LYS_LEAF) {
		value_limits(n, &limits);
		if (limits.len)
			str_addf(&help, " (%s)", str_get(&limits));
	}
	out_f(&sh->out, "%s\n", str_get(&syntax));
	str_clear(&syntax);
	term_wrap(str_get(&help), 4, term_width(), &syntax);
	out_text(&sh->out, str_get(&syntax));
	leaf_help(sh, n, all);
	str_fini(&syntax);
	str_fini(&help);
	str_fini(&limits);
}

/* What it is given by name, with its choices. */
static void
input_help(struct shell *sh, const struct lysc_node *action)
{
	const struct lysc_node *n = NULL;

	while ((n = schema_input(action, n))) {
		struct str help = STR_INIT, s = STR_INIT;

		if (ytree_ext(n, "prompt"))
			continue;
		schema_help(n, false, &help);
		term_item(n->name, str_get(&help), 8, 20, term_width(), &s);
		out_text(&sh->out, str_get(&s));
		str_fini(&s);
		str_fini(&help);
		if (schema_type(n)->basetype == LY_TYPE_ENUM)
			choices(sh, n, 12);
	}
}

static void
action_help(struct shell *sh, const char *words, const char *key,
	    const struct lysc_node *action, bool all)
{
	struct str s = STR_INIT, help = STR_INIT;
	const char *why = ytree_ext(action, "unavailable");

	str_add(&s, words);
	if (key)
		str_addf(&s, "%s %s", key, action->name);
	syntax_action(action, &s);
	schema_help(action, false, &help);
	if (why)
		str_addf(&help, " (%s)", why);
	str_addc(&s, '\n');
	term_wrap(str_get(&help), 4, term_width(), &s);
	out_text(&sh->out, str_get(&s));
	if (all)
		input_help(sh, action);
	str_fini(&s);
	str_fini(&help);
}

/* A word of an exec context: the actions behind it. */
static void
state_help(struct shell *sh, const struct mode *m, const struct cmd *c,
	   bool all)
{
	const struct lysc_node *a = NULL, *key = NULL;
	const char *word = cmd_word(c);
	size_t len = strlen(word);
	struct str keys = STR_INIT;

	if (c->node->nodetype & (LYS_LIST | LYS_CONTAINER)) {
		while (c->node->nodetype == LYS_LIST && (key = schema_key(c->node, key))) {
			str_addc(&keys, ' ');
			value_syntax(key, &keys);
		}
		while ((a = action_next(c->node, a)))
			action_help(sh, word, str_get(&keys), a, all);
		str_fini(&keys);
	}
	while ((a = action_next(m->node, a)))
		if (!strncmp(action_words(a), word, len) &&
		    strchr(" ", action_words(a)[len]))
			action_help(sh, action_words(a), NULL, a, all);
}

static void
builtin_help(struct shell *sh, const struct builtin *b)
{
	struct str s = STR_INIT;

	str_addf(&s, "%s%s%s\n", b->words, *b->args ? " " : "", b->args);
	term_wrap(b->help, 4, term_width(), &s);
	out_text(&sh->out, str_get(&s));
	str_fini(&s);
}

static void
command_help(struct shell *sh, const struct mode *m, const struct cmd *c,
	     bool all)
{
	const char *words = c->builtin ? c->builtin->words : NULL;

	if (!c->builtin && m->kind == LEVEL_STATE) {
		state_help(sh, m, c, all);
		return;
	}
	if (!c->builtin) {
		node_help(sh, c->node, m->kind & LEVEL_EDIT, all);
		return;
	}
	all |= !c->builtin->run && !c->builtin->parse;
	if (c->builtin->run || c->builtin->parse)
		builtin_help(sh, c->builtin);
	for (unsigned int i = 0; all && i < m->n; i++) {
		const struct builtin *b = m->cmd[i]->builtin;

		if (b && b != c->builtin && b->run &&
		    !strncmp(b->words, words, strlen(words)) &&
		    b->words[strlen(words)] == ' ')
			builtin_help(sh, b);
	}
}

/* The settings of a context first, then what is there everywhere. */
static void
context_help(struct shell *sh, const struct mode *m)
{
	enum role needs;

	for (int builtin = 0; builtin < 2; builtin++)
		for (unsigned int i = 0; i < m->n; i++) {
			const struct cmd *c = m->cmd[i];

			if (!c->parent && (c->builtin != NULL) == builtin &&
			    cmd_allowed(m, c, &needs))
				command_help(sh, m, c, false);
		}
}

int
cmd_help_list(struct shell *sh, struct parse *p)
{
	if (p->topic)
		p->topic->show(sh);
	else if (p->help_cmd)
		command_help(sh, p->help_mode, p->help_cmd, true);
	else
		context_help(sh, p->help_mode);
	return ST_OK;
}

int
cmd_terminal_length(struct shell *sh, struct parse *p)
{
	sh->length = p->number;
	return ST_OK;
}

int
cmd_history(struct shell *sh, struct parse *p)
{
	(void)p;
	history_show(&sh->out);
	return ST_OK;
}
