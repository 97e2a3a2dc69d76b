/*
 * args_show: what is to be shown: a path of the configuration or of the state, and how.
 */
#include "parse.h"

#include <stdlib.h>
#include <string.h>

#include "schema.h"
#include "state_text.h"
#include "value.h"
#include "ytree.h"

static void
add_option(struct expect *set, const char *word, const char *help)
{
	expect_add(set, EXPECT_WORD, word, help, NULL, TAG_OPTION);
}

static void
add_nodes(const struct parse *p, const struct lysc_node *parent, bool state,
	  struct expect *set)
{
	const struct lysc_node *n = NULL;

	for (;;) {
		struct str help = STR_INIT, word = STR_INIT;
		const char *text = "";

		n = state ? schema_next_any(p->ly, parent, n) :
		    schema_next(p->ly, parent, n);
		if (!n)
			break;
		/* state without an owner is libyang's own */
		if (state && (!(n->nodetype & (LYS_CONTAINER | LYS_LIST)) ||
			      !schema_has_state(n) || !ytree_owner(n)))
			continue;
		/* its entries are offered, without its name */
		if (ytree_ext(n, "entries") && parse_offers(p))
			continue;
		if (p->offer) {
			schema_help(n, true, &help);
			text = expect_own(set, str_take(&help));
		}
		if (state)
			str_add(&word, n->name);
		else
			node_word(p->ly, n, &word);
		expect_add(set, EXPECT_WORD, expect_own(set, str_take(&word)),
			   text, n, TAG_NODE);
	}
}

static bool
begins_one(const struct expect *set, const char *word)
{
	for (unsigned int i = 0; i < set->n; i++)
		if (!strncmp(set->item[i].text, word, strlen(word)))
			return true;
	return false;
}

/* At the exec level, lists of state can be named without what they are in:
 * show ipsec. */
static void
add_lists(const struct parse *p, struct expect *set)
{
	struct expect below;

	for (unsigned int i = 0, n = set->n; i < n; i++) {
		if (set->item[i].n != TAG_NODE)
			continue;
		expect_init(&below);
		add_nodes(p, set->item[i].tag, true, &below);
		for (unsigned int k = 0; k < below.n; k++) {
			const struct expect_item *it = &below.item[k];
			const struct lysc_node *list = it->tag;

			if (list->nodetype == LYS_LIST &&
			    !ytree_ext(list, "entries") &&
			    !begins_one(set, it->text))
				expect_add(set, EXPECT_WORD, list->name,
					   expect_own(set, str_dup(it->help)),
					   list, TAG_NODE);
		}
		expect_fini(&below);
	}
}

/* What such a list is in. */
static void
parents(const struct lysc_node *n, struct str *path)
{
	const struct lysc_node *parent = lysc_data_parent(n);

	if (parent)
		schema_step(parent, path);
}

static bool
is_inner(const struct lysc_node *n, bool state)
{
	enum shape s;

	if (state)
		return n->nodetype & (LYS_CONTAINER | LYS_LIST);
	s = schema_shape(n);
	return s == SHAPE_CONTEXT || s == SHAPE_LIST;
}

/* Other ways to look at the list or entry. */
static void
add_views(const struct lysc_node *node, struct expect *set)
{
	const struct state_form *f = state_form_find(node);

	for (const struct state_view *v = f ? f->view : NULL; v && v->word; v++)
		expect_add(set, EXPECT_WORD, v->word, v->help, v, TAG_VIEW);
}

/* The word behind a list names a view of all its entries, not one of them. */
static bool
names_view(const struct parse *p, const struct lysc_node *list)
{
	struct expect set;
	bool is;

	expect_init(&set);
	add_views(list, &set);
	is = parse_more(p) && expect_exact(&set, parse_word(p));
	expect_fini(&set);
	return is;
}

static void
take_option(struct parse *p, const char *word)
{
	if (!strcmp(word, "with-secrets"))
		p->with_secrets = true;
	else
		p->detail = true;
	parse_end(p);
}

/* In a configuration context: a word that would lead to state. */
static void
say_state(struct parse *p)
{
	const char *word = p->l->word[p->err_word].text;
	struct expect set;

	expect_init(&set);
	add_nodes(p, NULL, true, &set);
	add_lists(p, &set);
	if (expect_exact(&set, word))
		err_set(&p->err, ERR_INVALID, "'%s' is not configuration; its "
			"state is shown by: do show %s", word, word);
	expect_fini(&set);
}

/* The entries of the container's list, without the list's name: whether the next
 * word is one of them, or may be. */
static const struct lysc_node *
nameless(const struct parse *p, const struct lysc_node *node,
	 const struct expect *set)
{
	return parse_more(p) && !expect_exact(set, parse_word(p)) ?
	    schema_entries(node) : NULL;
}

static void
offer_entries(struct parse *p, const struct lysc_node *node, const char *path)
{
	const struct lysc_node *list = schema_entries(node);
	struct str s = STR_INIT;

	if (!list || !parse_offers(p))
		return;
	str_add(&s, path);
	schema_step(list, &s);
	value_expect(schema_key(list, NULL), &p->next);
	if (p->keys)
		p->keys(p->suggest_arg, list, schema_key(list, NULL),
			str_get(&s), true, &p->next);
	str_fini(&s);
}

/* [PATH] and an option, from a node down; the first word may also be a command
 * below the one we are in. */
static void
show_path(struct parse *p, const struct lysc_node *node, const char *from,
	  bool state, bool with_children)
{
	struct str path = STR_INIT;
	struct expect_item it;
	bool first = true, inner = true;

	str_add(&path, from);
	while (!p->done) {
		const struct lysc_node *entries;
		struct expect set;

		expect_init(&set);
		if (first && with_children)
			tree_expect(p->mode, p->cmd, parse_offers(p), &set,
				    TAG_CMD);
		if (inner)
			add_nodes(p, node, state, &set);
		if (state && !node)
			add_lists(p, &set);
		if (state && node)
			add_views(node, &set);
		if (state)
			add_option(&set, "detail", "Everything there is.");
		else
			add_option(&set, "with-secrets",
				   "Secrets as they are, not masked.");
		expect_add(&set, EXPECT_ENTER, "<Enter>", "", NULL, 0);
		entries = state ? nameless(p, node, &set) : NULL;
		if (entries) {
			expect_fini(&set);
			node = entries;
			schema_step(node, &path);
			first = false;
			inner = true;
			if (!parse_keys(p, node, &path, NULL, false, true))
				break;
			continue;
		}
		if (!parse_choose(p, &set, "word", &it)) {
			if (state)
				offer_entries(p, node, str_get(&path));
			if (!state && first && parse_failed(p) &&
			    p->mode->kind & LEVEL_EDIT)
				say_state(p);
			break;
		}
		first = false;
		if (it.n == TAG_CMD) {
			str_fini(&path);
			parse_command(p, it.tag);
			return;
		}
		if (it.n == TAG_OPTION) {
			take_option(p, it.text);
			break;
		}
		if (it.n == TAG_VIEW) {
			p->view = it.tag;
			parse_end(p);
			break;
		}
		if (!node)
			parents(it.tag, &path);
		node = it.tag;
		schema_step(node, &path);
		inner = is_inner(node, state);
		if (node->nodetype != LYS_LIST ||
		    (state && names_view(p, node)))
			continue;
		if (!parse_keys(p, node, &path, NULL, true, state)) {
			if (state && p->offer && !parse_failed(p))
				add_views(node, &p->next);
			break;
		}
	}
	p->node = node;
	free(p->path);
	p->path = str_take(&path);
}

void
args_show(struct parse *p)
{
	const struct level *l = levels_top(&p->at);

	show_path(p, l->node, l->path, false, true);
}

void
args_show_top(struct parse *p)
{
	show_path(p, NULL, "", false, false);
}

void
args_show_state(struct parse *p)
{
	const struct level *l = levels_top(&p->at);

	show_path(p, l->node, l->path, true, true);
}

void
args_secrets(struct parse *p)
{
	struct expect_item it;
	struct expect set;

	expect_init(&set);
	add_option(&set, "with-secrets", "Secrets as they are, not masked.");
	expect_add(&set, EXPECT_ENTER, "<Enter>", "", NULL, 0);
	if (parse_choose(p, &set, "word", &it))
		take_option(p, it.text);
}
