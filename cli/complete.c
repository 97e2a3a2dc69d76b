#include "complete.h"

#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client.h"
#include "config_text.h"
#include "lexer.h"
#include "out.h"
#include "parse.h"
#include "schema.h"
#include "shell.h"
#include "term.h"
#include "ytree.h"

#define COLUMN		20

static void
add_key(const struct lyd_node *entry, const struct lysc_node *key,
	struct expect *set)
{
	const char *help = "", *v = ytree_leaf(entry, key->name);
	const char *d = NULL;
	const struct lysc_node *n;

	/* sorted: the same first key of several stands together */
	if (!v || (set->n && !strcmp(set->item[set->n - 1].text, v)))
		return;
	n = lys_find_child(entry->schema, entry->schema->module, "description",
			   0, LYS_LEAF, 0);
	if (n)
		d = ytree_leaf(entry, "description");
	if (d)
		help = expect_own(set, str_dup(d));
	expect_add(set, EXPECT_VALUE, expect_own(set, str_dup(v)), help, NULL,
		   0);
}

static void
add_keys(const struct ly_set *found, const struct lysc_node *list,
	 const struct lysc_node *key, struct expect *set)
{
	const struct lyd_node **v = mem_zero(found->count + 1, sizeof(*v));
	size_t n = 0;

	for (uint32_t i = 0; i < found->count; i++)
		if (found->dnodes[i]->schema == list)
			v[n++] = found->dnodes[i];
	entries_sort(v, n);
	for (size_t i = 0; i < n; i++)
		add_key(v[i], key, set);
	free(v);
}

/* Keys that exist: of the candidate, or of what runs. */
static void
live_keys(void *arg, const struct lysc_node *list, const struct lysc_node *key,
	  const char *path, bool state, struct expect *set)
{
	struct shell *sh = arg;
	struct lyd_node *tree = NULL;
	struct err ignored = ERR_INIT;
	struct ly_set *found = NULL;
	struct str fields = STR_INIT;
	size_t whole = strlen(path);

	if (!client_is_open(sh->client))
		return;
	/* the entries that share the keys before this one */
	while (whole && path[whole - 1] == ']')
		while (whole && path[--whole] != '[')
			;
	str_addf(&fields, "%s description", key->name);
	if (shell_get(sh, state ? DS_RUNNING : DS_CANDIDATE, path,
		      path[whole] ? NULL : str_get(&fields), &tree,
		      &ignored) == ST_OK && tree &&
	    lyd_find_xpath(tree, path, &found) == LY_SUCCESS) {
		add_keys(found, list, key, set);
		ly_set_free(found, NULL);
	}
	str_fini(&fields);
	ytree_free(tree);
}

/* Filters: the words behind the last "|". */
static bool
in_filter(const struct line *l, unsigned int whole, struct expect *set)
{
	unsigned int bar = whole;

	while (bar > 0 && (strcmp(l->word[bar - 1].text, "|") ||
			   l->word[bar - 1].quoted))
		bar--;
	if (!bar)
		return false;
	filters_expect(l, bar, whole - bar, set);
	return true;
}

static void
keep_fitting(struct complete *c, struct expect *all)
{
	size_t len = strlen(c->word);

	for (unsigned int i = 0; i < all->n; i++) {
		const struct expect_item *it = &all->item[i];
		bool fits = it->kind == EXPECT_HOLDER ||
		    (it->kind == EXPECT_ENTER ? !len :
		     !strncasecmp(it->text, c->word, len));

		if (fits)
			expect_add(&c->set, it->kind, it->text, it->help, NULL,
				   it->n);
	}
	/* the texts move with the set that owns them */
	c->set.own = all->own;
	c->set.nown = all->nown;
	all->own = NULL;
	all->nown = 0;
}

static void
parse_before(struct shell *sh, struct complete *c, const struct line *l,
	     unsigned int whole, bool in_word)
{
	struct expect all;
	struct parse p;

	expect_init(&all);
	if (in_filter(l, whole, &all)) {
		keep_fitting(c, &all);
		expect_fini(&all);
		return;
	}
	parse_init(&p, sh->tree, sh->ly, l, whole, &sh->at);
	p.offer = true;
	p.keys = live_keys;
	p.keys_arg = sh;
	parse_run(&p);
	if (parse_failed(&p) && p.err_word < whole)
		c->err = p.err;
	else
		expect_move(&all, &p.next);
	/* inside a free text, or a secret begun, a '?' is part of it */
	c->literal |= in_word && (p.secret != NO_WORD || p.rest != NO_WORD);
	keep_fitting(c, &all);
	expect_fini(&all);
	parse_fini(&p);
}

void
complete_line(struct shell *sh, const char *text, struct complete *c)
{
	size_t len = strlen(text), at;
	struct line l;
	bool in_word;
	unsigned int whole;

	memset(c, 0, sizeof(*c));
	expect_init(&c->set);
	if (lexer_split(&l, text, true, &c->err, &at) < 0) {
		c->word = str_dup("");
		return;
	}
	in_word = l.open || (l.all && text[len - 1] != ' ' &&
	    text[len - 1] != '\t' &&
	    l.word[l.all - 1].off + l.word[l.all - 1].len == len &&
	    strcmp(l.word[l.all - 1].text, "|"));
	whole = l.all - in_word;
	c->literal = l.open || l.comment < len;
	c->off = in_word ? l.word[l.all - 1].off : len;
	c->word = str_dup(in_word ? l.word[l.all - 1].text : "");
	if (l.comment == len)
		parse_before(sh, c, &l, whole, in_word);
	lexer_free(&l);
}

void
complete_fini(struct complete *c)
{
	expect_fini(&c->set);
	free(c->word);
	memset(c, 0, sizeof(*c));
}

void
complete_text(const struct complete *c, unsigned int width, struct str *s)
{
	if (c->err.kind != ERR_NONE) {
		str_addf(s, "  %% %s\n", c->err.text);
		return;
	}
	if (!c->set.n)
		str_addf(s, "  %% nothing here begins with '%s'\n", c->word);
	for (unsigned int i = 0; i < c->set.n; i++)
		term_item(c->set.item[i].text, c->set.item[i].help, 2, COLUMN,
			  width, s);
}
