#include "out.h"

#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "lexer.h"

static const struct {
	const char	*word;
	enum filter_kind kind;
	bool		 pattern;
	const char	*help;
} kinds[] = {
	{ "include", FILTER_INCLUDE, true,
	  "Only lines that match a regular expression." },
	{ "exclude", FILTER_EXCLUDE, true,
	  "Only lines that do not match a regular expression." },
	{ "begin", FILTER_BEGIN, true,
	  "From the first line that matches a regular expression." },
	{ "count", FILTER_COUNT, false, "How many lines there are." },
	{ "json", FILTER_JSON, false, "The data behind it as JSON." },
};

#define NKINDS	((int)(sizeof(kinds) / sizeof(kinds[0])))

void
out_init(struct out *o, FILE *to)
{
	memset(o, 0, sizeof(*o));
	o->to = to;
}

/* The first n of them. */
static void
drop_first(struct out *o, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (o->filter[i].kind <= FILTER_BEGIN)
			regfree(&o->filter[i].re);
	o->n -= n;
	memmove(o->filter, o->filter + n, o->n * sizeof(o->filter[0]));
}

static void
drop_filters(struct out *o)
{
	drop_first(o, o->n);
	o->json = false;
}

void
out_fini(struct out *o)
{
	drop_filters(o);
	str_wipe(&o->part);
}

static void
expect_kinds(struct expect *set)
{
	for (int i = 0; i < NKINDS; i++)
		expect_add(set, EXPECT_WORD, kinds[i].word, kinds[i].help,
			   NULL, i);
}

/* The words up to the next "|", blanks kept. */
static char *
pattern_text(const struct line *l, unsigned int from, unsigned int to)
{
	const struct word *a = &l->word[from], *z = &l->word[to - 1];

	if (from + 1 == to)
		return str_dup(a->text);
	return str_dupn(l->text + a->off, z->off + z->len - a->off);
}

static int
add_pattern(struct filter *f, const struct line *l, unsigned int from,
	    unsigned int to, struct err *e)
{
	char *text, why[128];
	int rc;

	if (from == to)
		return err_set(e, ERR_INVALID, "<PATTERN> is expected here");
	text = pattern_text(l, from, to);
	rc = regcomp(&f->re, text, REG_EXTENDED | REG_NOSUB);
	free(text);
	if (rc) {
		regerror(rc, &f->re, why, sizeof(why));
		return err_set(e, ERR_INVALID, "not a regular expression: %s",
			       why);
	}
	return 0;
}

static int
add_filter(struct out *o, const struct line *l, unsigned int from,
	   unsigned int to, struct err *e, unsigned int *word)
{
	const struct expect_item *it;
	struct filter *f = &o->filter[o->n];
	struct expect set;
	int k = -1;

	*word = from;
	if (o->n == FILTERS_MAX)
		return err_set(e, ERR_INVALID, "at most %d filters",
			       FILTERS_MAX);
	if (from == to)
		return err_set(e, ERR_INVALID, "a filter is expected here");
	expect_init(&set);
	expect_kinds(&set);
	it = expect_match(&set, l->word[from].text, "filter", e);
	if (it)
		k = it->n;
	expect_fini(&set);
	if (k < 0)
		return -1;
	memset(f, 0, sizeof(*f));
	f->kind = kinds[k].kind;
	*word = from + 1;
	if (!kinds[k].pattern && to > from + 1)
		return err_set(e, ERR_INVALID, "'%s' takes no argument",
			       kinds[k].word);
	if (kinds[k].pattern && add_pattern(f, l, from + 1, to, e) < 0)
		return -1;
	if (f->kind == FILTER_JSON) {
		*word = from;
		if (o->n || o->json)
			return err_set(e, ERR_INVALID,
				       "json is the first filter or none");
		o->json = true;
		return 0;
	}
	o->n++;
	return 0;
}

int
out_filters(struct out *o, const struct line *l, struct err *e,
	    unsigned int *word)
{
	for (unsigned int i = l->n; i < l->all; ) {
		unsigned int to = ++i;		/* after the "|" */

		while (to < l->all && (strcmp(l->word[to].text, "|") ||
				       l->word[to].quoted))
			to++;
		if (add_filter(o, l, i, to, e, word) < 0) {
			drop_filters(o);
			return -1;
		}
		i = to;
	}
	return 0;
}

static void
put_line(struct out *o, const char *line)
{
	for (unsigned int i = 0; i < o->n; i++) {
		struct filter *f = &o->filter[i];
		bool match = f->kind <= FILTER_BEGIN && !f->begun &&
		    regexec(&f->re, line, 0, NULL, 0) == 0;

		if (f->kind == FILTER_COUNT) {
			f->count++;
			return;
		}
		if (f->kind == FILTER_BEGIN) {
			f->begun |= match;
			if (!f->begun)
				return;
		} else if (match == (f->kind == FILTER_EXCLUDE))
			return;
	}
	fputs(line, o->to);
	putc('\n', o->to);
}

void
out_text(struct out *o, const char *text)
{
	const char *nl;

	for (; (nl = strchr(text, '\n')); text = nl + 1) {
		str_addn(&o->part, text, (size_t)(nl - text));
		put_line(o, str_get(&o->part));
		str_clear(&o->part);
	}
	str_add(&o->part, text);
}

void
out_f(struct out *o, const char *fmt, ...)
{
	struct str s = STR_INIT;
	va_list ap;

	va_start(ap, fmt);
	str_vaddf(&s, fmt, ap);
	va_end(ap);
	out_text(o, str_get(&s));
	str_wipe(&s);
}

void
out_end(struct out *o)
{
	if (o->part.len) {
		put_line(o, str_get(&o->part));
		str_clear(&o->part);
	}
	for (unsigned int i = 0; i < o->n; i++) {
		char text[24];

		if (o->filter[i].kind != FILTER_COUNT)
			continue;
		snprintf(text, sizeof(text), "%lu", o->filter[i].count);
		/* what stands behind a count sees one line */
		drop_first(o, i + 1);
		put_line(o, text);
		i = (unsigned int)-1;
	}
	drop_filters(o);
	fflush(o->to);
}

void
out_expect(const struct line *l, unsigned int from, unsigned int n,
	   struct expect *e)
{
	const struct expect_item *it;
	struct err ignored = ERR_INIT;
	struct expect set;

	expect_init(&set);
	expect_kinds(&set);
	if (n == 0) {
		expect_move(e, &set);
		return;
	}
	it = expect_match(&set, l->word[from].text, "filter", &ignored);
	if (it && kinds[it->n].pattern && n == 1)
		expect_add(e, EXPECT_HOLDER, "<PATTERN>",
			   "A regular expression.", NULL, 0);
	else if (it)
		expect_add(e, EXPECT_ENTER, "<Enter>", "", NULL, 0);
	expect_fini(&set);
}
