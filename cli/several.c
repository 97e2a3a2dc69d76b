/*
 * several: settings that take several values.
 */
#include "parse.h"

#include <stdlib.h>
#include <string.h>

#include "schema.h"
#include "value.h"
#include "ytree.h"

/* NAME ADDRESS NETMASK */
static char *
netmask(struct parse *p, const struct lysc_node *leaf)
{
	char *prefix, *v = NULL;

	prefix = value_netmask(parse_word(p), p->l->word[p->i + 1].text,
			       &p->err);
	p->i += 2;
	if (prefix)
		v = value_parse(leaf, prefix, &p->note, &p->err);
	if (!v) {
		p->err_word = p->i - 1;
		p->done = true;
	}
	free(prefix);
	return v;
}

/* 10.0.1.0 and then a word that is no prefix itself. */
static bool
has_netmask(const struct parse *p)
{
	return p->i + 1 < p->n && value_is_address(parse_word(p)) &&
	    !strchr(parse_word(p), ':') &&
	    !strchr(p->l->word[p->i + 1].text, '/');
}

char *
several_one(struct parse *p, const struct lysc_node *leaf)
{
	if (ytree_ext(leaf, "netmask") && has_netmask(p))
		return netmask(p, leaf);
	return parse_value(p, leaf);
}

void
several_bits(struct parse *p, const struct lysc_node *leaf, const char *path)
{
	struct str s = STR_INIT;
	struct expect_item it;

	do {
		struct expect set;

		expect_init(&set);
		value_expect(leaf, &set);
		if (s.len)
			expect_add(&set, EXPECT_ENTER, "<Enter>", "", NULL, 0);
		if (!parse_choose(p, &set, leaf->name, &it))
			break;
		str_addf(&s, "%s%s", s.len ? " " : "",
			 p->l->word[p->i - 1].text);
	} while (!p->done);
	if (!parse_failed(p) && s.len)
		parse_edit(p, EDIT_MERGE, path, str_get(&s));
	str_fini(&s);
}

/* What may stand behind a value: another one, or nothing. */
static void
offer_more(struct parse *p, const struct lysc_node *leaf)
{
	p->done = true;
	if (!p->offer || parse_failed(p))
		return;
	parse_offer_values(p, leaf);
	expect_add(&p->next, EXPECT_ENTER, "<Enter>", "", NULL, 0);
}

void
several_edits(struct parse *p, const struct lysc_node *leaf, const char *path,
	      enum proto_edit op)
{
	struct str s = STR_INIT;

	p->existing = op == EDIT_MERGE ? NULL : path;
	do {
		char *v = several_one(p, leaf);

		if (!v)
			break;
		str_clear(&s);
		str_addf(&s, "%s[.=", path);
		path_literal(v, &s);
		str_addc(&s, ']');
		parse_edit(p, op, str_get(&s), op == EDIT_MERGE ? v : NULL);
		str_free(v);
	} while (parse_more(p));
	if (!p->done)
		offer_more(p, leaf);
	p->existing = NULL;
	str_wipe(&s);
}

static bool
has(const char *values, const char *v)
{
	size_t len = strlen(v), n;

	for (; *values; values += n + (values[n] == ' ')) {
		n = strcspn(values, " ");
		if (n == len && !strncmp(values, v, n))
			return true;
	}
	return false;
}

bool
several_add(struct parse *p, char **all, const char *v)
{
	char *old = *all;

	if (!old) {
		*all = str_dup(v);
		return true;
	}
	if (has(old, v)) {
		parse_fail(p, "%s stands there twice", v);
		return false;
	}
	*all = str_f("%s %s", old, v);
	free(old);
	return true;
}

void
several_expect(const struct lysc_node *leaf, const char *but, struct expect *set)
{
	struct expect values;

	expect_init(&values);
	value_expect(leaf, &values);
	for (unsigned int i = 0; i < values.n; i++) {
		const struct expect_item *it = &values.item[i];

		if (but && has(but, it->text))
			continue;
		expect_add(set, it->kind, expect_own(set, str_dup(it->text)),
			   expect_own(set, str_dup(it->help)), NULL, 0);
		expect_offer(set, it->offer, it->hide);
	}
	expect_fini(&values);
}

void
several_line(struct parse *p, const struct lysc_node *leaf, const char *path)
{
	char *all = NULL;

	do {
		char *v = several_one(p, leaf);

		if (v)
			several_add(p, &all, v);
		str_free(v);
	} while (!p->done && parse_more(p));
	if (!p->done)
		offer_more(p, leaf);
	if (!parse_failed(p) && all)
		parse_edit(p, EDIT_MERGE, path, all);
	free(all);
}
