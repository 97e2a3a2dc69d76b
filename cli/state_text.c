#include "state_text.h"

#include <ctype.h>
#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "str.h"
#include "ytree.h"

#define INDENT	2

static const struct state_view ipsec_views[] = {
	{ "log", "What happened, the oldest first.", "description event",
	  ipsec_log },
	{ "diagnose", "What is wrong, why, and what to do about it.",
	  "description status diagnosis", ipsec_diagnose },
	{ NULL, NULL, NULL, NULL },
};

static const struct state_form forms[] = {
	{ "/culvert-tunnel:tunnel/ipsec", "id description enable",
	  "id status since reason", ipsec_list, ipsec_entry, ipsec_views,
	  ipsec_paint },
};

const struct state_form *
state_form_find(const struct lysc_node *n)
{
	const struct state_form *found = NULL;
	char *path = n ? lysc_path(n, LYSC_PATH_DATA, NULL, 0) : NULL;

	for (size_t i = 0; path && i < sizeof(forms) / sizeof(forms[0]); i++)
		if (!strcmp(path, forms[i].path))
			found = &forms[i];
	free(path);
	return found;
}

static void
indent(unsigned int depth, struct str *s)
{
	for (unsigned int i = 0; i < depth * INDENT; i++)
		str_addc(s, ' ');
}

/* "2d 3h 4m 5s" */
static void
duration_text(const char *seconds, struct str *s)
{
	static const struct { unsigned long long each; char unit; } parts[] = {
		{ 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' },
	};
	unsigned long long left = strtoull(seconds, NULL, 10);
	bool any = false;

	for (unsigned int i = 0; i < 4; i++) {
		if (any || left >= parts[i].each || i == 3)
			str_addf(s, "%s%llu%c", any ? " " : "",
				 left / parts[i].each, parts[i].unit);
		any |= left >= parts[i].each;
		left %= parts[i].each;
	}
}

static void
leaf_text(const struct lyd_node *n, struct str *s)
{
	const char *units = n->schema->nodetype == LYS_LEAF ?
	    ((const struct lysc_node_leaf *)n->schema)->units : NULL;

	if (ytree_is_secret(n->schema))
		str_add(s, "********");
	else if (ytree_ext(n->schema, "duration"))
		duration_text(lyd_get_value(n), s);
	else
		str_addf(s, "%s%s%s", lyd_get_value(n), units ? " " : "",
			 units ? units : "");
}

/* --- lists with cv:table: an entry a line --- */

#define COLUMNS_MAX	16

struct table {
	char		*word[COLUMNS_MAX];	/* names of leaves */
	char		*words;
	size_t		 width[COLUMNS_MAX];
	unsigned int	 n;
};

/* All values of a leaf or leaf-list of an entry, "-" if it has none. */
static void
cell_text(const struct lyd_node *entry, const char *name, struct str *s)
{
	const struct lyd_node *c;
	size_t before = s->len;

	LY_LIST_FOR(lyd_child(entry), c) {
		if (strcmp(c->schema->name, name))
			continue;
		if (s->len > before)
			str_addc(s, ' ');
		leaf_text(c, s);
	}
	if (s->len == before)
		str_addc(s, '-');
}

static void
row_text(const struct table *t, const struct lyd_node *entry,
	 unsigned int depth, struct str *s)
{
	size_t from = s->len + depth * INDENT;

	indent(depth, s);
	for (unsigned int i = 0; i < t->n; i++) {
		size_t at = s->len;

		if (entry)
			cell_text(entry, t->word[i], s);
		else
			str_add(s, t->word[i]);
		for (; !entry && at < s->len; at++)
			s->s[at] = s->s[at] == '-' ? ' ' : (char)toupper(
			    (unsigned char)s->s[at]);
		from += t->width[i] + 2;
		if (i + 1 < t->n)
			str_pad(s, from, ' ');
	}
	str_addc(s, '\n');
}

static void
table_measure(struct table *t, const struct lyd_node *entry)
{
	for (unsigned int i = 0; i < t->n; i++) {
		struct str cell = STR_INIT;

		if (entry)
			cell_text(entry, t->word[i], &cell);
		else
			str_add(&cell, t->word[i]);
		if (cell.len > t->width[i])
			t->width[i] = cell.len;
		str_fini(&cell);
	}
}

/* From the first of its entries on. */
static void
table_text(const struct lyd_node *first, unsigned int depth, struct str *s)
{
	const struct lyd_node *n;
	struct table t = { .n = 0 };
	char *save = NULL, *w;

	t.words = str_dup(ytree_ext(first->schema, "table"));
	for (w = strtok_r(t.words, " ", &save); w && t.n < COLUMNS_MAX;
	     w = strtok_r(NULL, " ", &save))
		t.word[t.n++] = w;
	table_measure(&t, NULL);
	for (n = first; n; n = ytree_next(n))
		table_measure(&t, n);
	row_text(&t, NULL, depth, s);
	for (n = first; n; n = ytree_next(n))
		row_text(&t, n, depth, s);
	free(t.words);
}

static void	node_text(const struct lyd_node *, unsigned int depth,
			  struct str *);

static void
children_text(const struct lyd_node *c, unsigned int depth, struct str *s)
{
	const struct lyd_node *first = NULL;

	for (; c; c = c->next) {
		if (first && c->schema == first->schema)
			continue;
		first = ytree_ext(c->schema, "table") ? c : NULL;
		if (first)
			table_text(c, depth, s);
		else
			node_text(c, depth, s);
	}
}

static void
node_text(const struct lyd_node *n, unsigned int depth, struct str *s)
{
	const char *name = n->schema->name;
	const struct lyd_node *c;

	if (ytree_ext(n->schema, "entries"))
		name = n->schema->parent->name;
	indent(depth, s);
	str_add(s, name);
	if (n->schema->nodetype & (LYS_LEAF | LYS_LEAFLIST)) {
		str_add(s, ": ");
		leaf_text(n, s);
		str_addc(s, '\n');
		return;
	}
	for (c = lyd_child(n); c && lysc_is_key(c->schema); c = c->next)
		str_addf(s, " %s", lyd_get_value(c));
	str_addc(s, '\n');
	children_text(c, depth + 1, s);
}

void
state_text(const struct lyd_node *tree, const char *path, struct str *s)
{
	struct ly_set *set = NULL;
	const struct lyd_node *n;

	if (!tree)
		return;
	if (!*path) {
		LY_LIST_FOR(tree, n)
			node_text(n, 0, s);
		return;
	}
	if (lyd_find_xpath(tree, path, &set) != LY_SUCCESS)
		return;
	for (uint32_t i = 0; i < set->count; i++)
		node_text(set->dnodes[i], 0, s);
	ly_set_free(set, NULL);
}
