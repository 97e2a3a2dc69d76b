/*
 * args_action: commands of the exec contexts of containers, which are actions of the
 * model.
 */
#include "parse.h"

#include <stdlib.h>
#include <string.h>

#include "schema.h"
#include "value.h"
#include "ytree.h"

/* [save FILE] */
static void
save_file(struct parse *p)
{
	struct expect_item it;
	struct expect set;
	const char *word;

	expect_init(&set);
	expect_add(&set, EXPECT_WORD, "save",
		   "Keep the packets in a file for Wireshark.", NULL, TAG_OPTION);
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
