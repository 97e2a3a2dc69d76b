/*
 * args: the arguments of the commands that are built in, and those of the exec
 * contexts of containers.
 */
#include "parse.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "schema.h"
#include "state_text.h"
#include "value.h"
#include "ytree.h"

void
args_config(struct parse *p)
{
	if (!levels_push(&p->at, LEVEL_CONFIG, NULL, "", "config"))
		parse_fail(p, "contexts are nested too deeply");
	p->entered = true;
}

/* The line goes on as if typed at the exec prompt; where we are stays. */
void
args_do(struct parse *p)
{
	levels_to_exec(&p->at);
	p->stay = true;
}

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

void
args_text(struct parse *p)
{
	p->rest = p->i;
	if (!parse_more(p)) {
		err_set(&p->err, ERR_INVALID, "<TEXT> is expected here");
		p->err_word = p->n;
		p->done = true;
		if (p->offer)
			expect_add(&p->next, EXPECT_HOLDER, "<TEXT>",
				   "The rest of the line.", NULL, 0);
		return;
	}
	if (!p->offer)
		p->text = lexer_rest(p->l, p->i);
	p->i = p->n;
	parse_end(p);
}

/* [NUMBER] */
void
args_number_optional(struct parse *p)
{
	const char *w;
	char *end;

	if (!parse_more(p)) {
		p->done = true;
		if (p->offer) {
			expect_add(&p->next, EXPECT_HOLDER, "<NUMBER>",
				   "A number.", NULL, 0);
			expect_add(&p->next, EXPECT_ENTER, "<Enter>", "", NULL,
				   0);
		}
		return;
	}
	w = parse_word(p);
	p->i++;
	p->number = isdigit((unsigned char)*w) ? strtol(w, &end, 10) : -1;
	if (p->number < 0 || *end || p->number > INT_MAX)
		parse_fail(p, "'%.40s' is not a number", w);
	else
		parse_end(p);
}

/* [FILE] */
void
args_file_optional(struct parse *p)
{
	if (parse_more(p)) {
		p->text = str_dup(parse_any(p, "<FILE>", ""));
		parse_end(p);
		return;
	}
	p->done = true;
	if (!p->offer)
		return;
	expect_add(&p->next, EXPECT_HOLDER, "<FILE>", "A file to write.", NULL,
		   0);
	expect_add(&p->next, EXPECT_ENTER, "<Enter>", "", NULL, 0);
}

/* [NUMBER|follow] */
void
args_log(struct parse *p)
{
	const char *w = parse_more(p) ? parse_word(p) : "";

	if (*w && !isdigit((unsigned char)*w)) {
		struct expect_item it;
		struct expect set;

		expect_init(&set);
		expect_add(&set, EXPECT_WORD, "follow", "", NULL, 0);
		if (!parse_choose(p, &set, "word", &it))
			return;
		p->follow = true;
		parse_end(p);
		return;
	}
	if (!*w && p->offer)
		expect_add(&p->next, EXPECT_WORD, "follow",
			   "The last ones, and what comes, until Ctrl-C.", NULL,
			   0);
	args_number_optional(p);
}

/* --- actions in the exec context of a container --- */

/* [save FILE] */
static void
save_file(struct parse *p)
{
	struct expect_item it;
	struct expect set;
	const char *word;

	expect_init(&set);
	add_option(&set, "save", "Keep the packets in a file for Wireshark.");
	expect_add(&set, EXPECT_ENTER, "<Enter>", "", NULL, 0);
	if (!parse_choose(p, &set, "word", &it))
		return;
	word = parse_any(p, "<FILE>", "Name of a file that is not there yet.");
	if (!word)
		return;
	p->text = str_dup(word);
	parse_end(p);
}

static void
use_action(struct parse *p, const struct lysc_node *action, const char *path)
{
	const char *why = ytree_ext(action, "unavailable");
	struct str s = STR_INIT;

	if (why) {
		parse_fail(p, "%s", why);
		return;
	}
	str_add(&s, path);
	schema_step(action, &s);
	free(p->path);
	p->path = str_take(&s);
	p->node = action;
	if (ytree_ext(action, "packets"))
		save_file(p);
	else
		parse_input(p, action);
}

/* What is typed is for confd to refuse; what it would is not offered. */
static bool
offered(const struct parse *p, const struct lysc_node *action)
{
	return !parse_offers(p) ||
	    rights_needed(action, RIGHT_RUN) <= tree_role(p->tree);
}

/* Actions of the container that are spoken of under the word of its list:
 * "ipsec restart". */
static void
add_container_actions(const struct parse *p, const char *word,
		      struct expect *set)
{
	const struct lysc_node *a = NULL;
	size_t len = strlen(word);

	while ((a = action_next(levels_top(&p->at)->node, a))) {
		const char *words = action_words(a);

		if (strncmp(words, word, len) || words[len] != ' ' ||
		    !offered(p, a))
			continue;
		expect_add(set, EXPECT_WORD, words + len + 1, a->dsc, a,
			   TAG_ACTION);
	}
}

static void
entry_action(struct parse *p, const struct lysc_node *list)
{
	const struct lysc_node *a = NULL;
	struct expect_item it;
	struct str path = STR_INIT;
	struct expect set;

	str_add(&path, levels_top(&p->at)->path);
	schema_step(list, &path);
	if (parse_keys(p, list, &path, NULL, false, true)) {
		expect_init(&set);
		while ((a = action_next(list, a)))
			if (offered(p, a))
				expect_add(&set, EXPECT_WORD, a->name, a->dsc,
					   a, TAG_ACTION);
		if (parse_choose(p, &set, "action", &it))
			use_action(p, it.tag, str_get(&path));
	}
	str_fini(&path);
}

/* What is in the container has actions of its own: crl refresh. */
static void
container_action(struct parse *p, const struct lysc_node *container)
{
	const struct lysc_node *a = NULL;
	struct str path = STR_INIT;
	struct expect_item it;
	struct expect set;

	str_add(&path, levels_top(&p->at)->path);
	schema_step(container, &path);
	expect_init(&set);
	while ((a = action_next(container, a)))
		if (offered(p, a))
			expect_add(&set, EXPECT_WORD, a->name, a->dsc, a,
				   TAG_ACTION);
	if (parse_choose(p, &set, "action", &it))
		use_action(p, it.tag, str_get(&path));
	str_fini(&path);
}

/* Whether the next word can be the first key of the list. */
static bool
looks_like_key(const struct parse *p, const struct lysc_node *list)
{
	struct err e = ERR_INIT;
	char *v = value_parse(schema_key(list, NULL), parse_word(p), NULL, &e);
	bool ok = v != NULL;

	free(v);
	return ok;
}

void
parse_state_command(struct parse *p, const struct lysc_node *node)
{
	const char *at = levels_top(&p->at)->path;
	struct expect_item it;
	struct expect set;

	if (node->nodetype == LYS_CONTAINER) {
		container_action(p, node);
		return;
	}
	expect_init(&set);
	add_container_actions(p, cmd_word(p->cmd), &set);
	if (node->nodetype != LYS_LIST && !set.n) {
		use_action(p, node, at);
		return;
	}
	if (node->nodetype == LYS_LIST && parse_more(p) &&
	    !expect_exact(&set, parse_word(p)) && looks_like_key(p, node)) {
		expect_fini(&set);
		entry_action(p, node);
		return;
	}
	if (!parse_more(p) && p->offer && node->nodetype == LYS_LIST) {
		entry_action(p, node);		/* offers the keys */
		for (unsigned int i = 0; i < set.n; i++)
			expect_add(&p->next, EXPECT_WORD, set.item[i].text,
				   set.item[i].help, NULL, 0);
		expect_fini(&set);
		return;
	}
	if (parse_choose(p, &set, "action", &it))
		use_action(p, it.tag, at);
}
