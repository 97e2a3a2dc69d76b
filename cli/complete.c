#include "complete.h"

#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client.h"
#include "lexer.h"
#include "out.h"
#include "parse.h"
#include "shell.h"
#include "suggest.h"
#include "term.h"

#define COLUMN		20

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

/* Rules as "version 1" (cv:offer, cv:offer-only), held against what is configured
 * here; asked for once for all values that depend on the same leaf. */
struct offering {
	struct shell	*sh;
	const struct level *at;
	char		*leaf, *value;
};

/* Without a rule, or when nobody can say: fallback. */
static bool
holds(struct offering *o, const char *rule, bool fallback)
{
	size_t len;

	if (!rule)
		return fallback;
	len = strcspn(rule, " ");

	if (!o->leaf || strncmp(o->leaf, rule, len) || o->leaf[len]) {
		str_free(o->leaf);
		str_free(o->value);
		o->leaf = str_f("%.*s", (int)len, rule);
		o->value = suggest_sibling(o->sh, o->at, o->leaf);
	}
	if (!o->value)
		return fallback;
	rule += len + strspn(rule + len, " ");
	len = strcspn(rule, " ");
	return strlen(o->value) == len && !strncmp(o->value, rule, len);
}

static void
keep_fitting(struct complete *c, struct expect *all, struct offering *o)
{
	size_t len = strlen(c->word);

	for (unsigned int i = 0; i < all->n; i++) {
		const struct expect_item *it = &all->item[i];
		bool fits = it->kind == EXPECT_HOLDER ||
		    (it->kind == EXPECT_ENTER ? !len :
		     !strncasecmp(it->text, c->word, len));

		if (fits && holds(o, it->offer, true) &&
		    !holds(o, it->hide, false))
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
	struct offering o = { .sh = sh };
	struct expect all;
	struct parse p;

	expect_init(&all);
	if (in_filter(l, whole, &all)) {
		keep_fitting(c, &all, &o);
		expect_fini(&all);
		return;
	}
	parse_init(&p, sh->tree, sh->ly, l, whole, &sh->at);
	p.offer = true;
	p.keys = suggest_keys;
	p.values = suggest_values;
	p.suggest_arg = sh;
	parse_run(&p);
	if (parse_failed(&p) && p.err_word < whole)
		c->err = p.err;
	else
		expect_move(&all, &p.next);
	/* inside a free text, or a secret begun, a '?' is part of it */
	c->literal |= in_word && (p.secret != NO_WORD || p.rest != NO_WORD);
	o.at = levels_top(&p.at);
	keep_fitting(c, &all, &o);
	expect_fini(&all);
	str_free(o.leaf);
	str_free(o.value);
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

void
complete_columns(const struct complete *c, unsigned int width, struct str *s)
{
	unsigned int per, rows;
	size_t widest = 0;

	for (unsigned int i = 0; i < c->set.n; i++) {
		size_t w = str_columns(c->set.item[i].text,
				       strlen(c->set.item[i].text));

		widest = w > widest ? w : widest;
	}
	per = widest + 2 < width ? width / (unsigned int)(widest + 2) : 1;
	rows = (c->set.n + per - 1) / per;
	for (unsigned int r = 0; r < rows; r++) {
		for (unsigned int i = r; i < c->set.n; i += rows) {
			const char *text = c->set.item[i].text;
			size_t w = str_columns(text, strlen(text));

			str_add(s, text);
			for (; i + rows < c->set.n && w < widest + 2; w++)
				str_addc(s, ' ');
		}
		str_addc(s, '\n');
	}
}
