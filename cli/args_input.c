/*
 * args_input: what an action is given, from the model alone: what it must have,
 * in the order of the model, then the rest by name.
 */
#include "parse.h"

#include <stdlib.h>
#include <string.h>

#include "schema.h"
#include "value.h"
#include "ytree.h"

static bool
is_file_leaf(const struct lysc_node *leaf)
{
	return ytree_ext(leaf, "file") != NULL;
}

/* It has its place in the line, without its name. */
static bool
is_positional(const struct lysc_node *leaf)
{
	return leaf->nodetype == LYS_LEAF && schema_mandatory(leaf);
}

/* It is named in the line; what is asked for is not. */
static bool
is_named(const struct lysc_node *leaf)
{
	return leaf->nodetype & (LYS_LEAF | LYS_LEAFLIST) &&
	    !is_positional(leaf) && !ytree_ext(leaf, "prompt");
}

static bool
saves(const struct lysc_node *action)
{
	const struct lysc_node *n = NULL;

	while ((n = schema_output(action, n)))
		if (ytree_ext(n, "save"))
			return true;
	return false;
}

/* Takes the value. */
static void
add(struct parse *p, const struct lysc_node *leaf, char *value)
{
	if (p->ninput % 8 == 0)
		p->input = mem_grow(p->input, p->ninput + 8,
				    sizeof(*p->input));
	p->input[p->ninput].leaf = leaf;
	p->input[p->ninput++].value = value;
}

static bool
is_given(const struct parse *p, const struct lysc_node *leaf)
{
	for (unsigned int i = 0; i < p->ninput; i++)
		if (p->input[i].leaf == leaf)
			return true;
	return false;
}

static bool
has_value(const struct parse *p, const struct lysc_node *leaf, const char *v)
{
	for (unsigned int i = 0; i < p->ninput; i++)
		if (p->input[i].leaf == leaf && !strcmp(p->input[i].value, v))
			return true;
	return false;
}

/* The names that may follow. */
static void
add_names(const struct parse *p, const struct lysc_node *action,
	  struct expect *set)
{
	const struct lysc_node *n = NULL;

	while ((n = schema_input(action, n))) {
		struct str help = STR_INIT;

		if (!is_named(n) || is_given(p, n))
			continue;
		if (p->offer)
			schema_help(n, true, &help);
		expect_add(set, EXPECT_WORD, n->name,
			   expect_own(set, str_take(&help)), n, TAG_NODE);
	}
}

/* Whether the next word is the name of another input, as it stands. */
static bool
at_name(const struct parse *p, const struct lysc_node *action)
{
	struct expect set;
	bool is;

	if (!parse_more(p) || p->l->word[p->i].quoted)
		return false;
	expect_init(&set);
	add_names(p, action, &set);
	is = expect_exact(&set, parse_word(p));
	expect_fini(&set);
	return is;
}

static void
offer_file(struct parse *p)
{
	if (!p->offer)
		return;
	expect_add(&p->next, EXPECT_HOLDER, "<FILE>",
		   "A file, which is read with your rights.", NULL, 0);
	expect_add(&p->next, EXPECT_HOLDER, "<URL>",
		   "http://... or https://..., fetched by this system.", NULL,
		   0);
	expect_add(&p->next, EXPECT_VALUE, "-",
		   "Standard input; at a terminal, what is pasted.", NULL, 0);
}

static void
take_file(struct parse *p, const struct lysc_node *leaf)
{
	const char *w;

	if (!parse_more(p)) {
		err_set(&p->err, ERR_INVALID, "a file, a URL or '-' is "
			"expected here: %s", leaf->name);
		p->err_word = p->n;
		p->done = true;
		offer_file(p);
		return;
	}
	w = parse_word(p);
	p->i++;
	if (!*w)
		parse_fail(p, "the name of a file is expected here");
	else if (!strcmp(w, "-") && !p->l->word[p->i - 1].quoted)
		for (unsigned int i = 0; i < p->ninput; i++)
			if (is_file_leaf(p->input[i].leaf) &&
			    !strcmp(p->input[i].value, "-"))
				parse_fail(p, "standard input is read once: "
					   "name a file here, or put both "
					   "into what is read");
	if (!parse_failed(p))
		add(p, leaf, str_dup(w));
}

/* Words up to the next name. */
static void
take_rest(struct parse *p, const struct lysc_node *action,
	  const struct lysc_node *leaf)
{
	struct str all = STR_INIT;
	char *v;

	if (!parse_more(p)) {
		free(parse_value(p, leaf));	/* says what is missing */
		return;
	}
	do {
		str_addf(&all, "%s%s", all.len ? " " : "", parse_word(p));
		p->i++;
	} while (parse_more(p) && !at_name(p, action));
	v = value_parse(leaf, str_get(&all), &p->note, &p->err);
	if (v)
		add(p, leaf, v);
	else {
		p->err_word = p->i - 1;
		p->done = true;
	}
	str_wipe(&all);
}

static void
take_several(struct parse *p, const struct lysc_node *action,
	     const struct lysc_node *leaf)
{
	do {
		char *v = parse_value(p, leaf);

		if (v && has_value(p, leaf, v)) {
			parse_fail(p, "'%.40s' is there already", v);
			str_free(v);
			v = NULL;
		}
		if (!v)
			return;
		add(p, leaf, v);
	} while (parse_more(p) && !at_name(p, action));
	/* There may be another. */
	if (parse_offers(p))
		parse_offer_values(p, leaf);
}

static void
take(struct parse *p, const struct lysc_node *action,
     const struct lysc_node *leaf)
{
	char *v;

	if (is_file_leaf(leaf))
		take_file(p, leaf);
	else if (leaf->nodetype == LYS_LEAFLIST)
		take_several(p, action, leaf);
	else if (schema_type(leaf)->basetype == LY_TYPE_EMPTY)
		add(p, leaf, str_dup(""));
	else if (ytree_ext(leaf, "rest"))
		take_rest(p, action, leaf);
	else if ((v = parse_value(p, leaf)))
		add(p, leaf, v);
}

/* By name, and the file that the output is saved in. */
static void
take_named(struct parse *p, const struct lysc_node *action)
{
	bool file = saves(action) && !p->text;
	struct expect_item it;
	struct expect set;

	if (file && parse_more(p) && !at_name(p, action) && parse_is_file(p)) {
		p->text = str_dup(parse_word(p));
		p->i++;
		if (!strcmp(p->text, "-"))
			parse_fail(p, "without a file it is shown here");
		return;
	}
	expect_init(&set);
	add_names(p, action, &set);
	if (!file && !set.n) {
		expect_fini(&set);
		parse_end(p);
		return;
	}
	if (file)
		expect_add(&set, EXPECT_HOLDER, "<FILE>",
			   "A file to save it in; its name has a dot or a slash.",
			   NULL, 0);
	expect_add(&set, EXPECT_ENTER, "<Enter>", "", NULL, 0);
	if (parse_choose(p, &set, "word", &it))
		take(p, action, it.tag);
}

void
parse_input(struct parse *p, const struct lysc_node *action)
{
	const struct lysc_node *n = NULL;

	while (!p->done && (n = schema_input(action, n)))
		if (is_positional(n))
			take(p, action, n);
	while (!p->done)
		take_named(p, action);
}
