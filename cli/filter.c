#include "filter.h"

#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "lexer.h"
#include "str.h"
#include "user_file.h"

static const struct {
	const char	*word;
	enum filter_kind kind;
	const char	*arg, *arg_help;	/* NULL: none */
	const char	*help;
} kinds[] = {
	{ "include", FILTER_INCLUDE, "PATTERN", "A regular expression.",
	  "Only lines that match a regular expression." },
	{ "exclude", FILTER_EXCLUDE, "PATTERN", "A regular expression.",
	  "Only lines that do not match a regular expression." },
	{ "begin", FILTER_BEGIN, "PATTERN", "A regular expression.",
	  "From the first line that matches a regular expression." },
	{ "count", FILTER_COUNT, NULL, NULL, "How many lines there are." },
	{ "json", FILTER_JSON, NULL, NULL,
	  "The data behind it as JSON; the first filter." },
	{ "save", FILTER_SAVE, "FILE", "A file of yours.",
	  "Into a file, instead of the screen; the last filter." },
	{ "no-more", FILTER_NO_MORE, NULL, NULL,
	  "All at once, without a stop at each page." },
};

#define NKINDS	((int)(sizeof(kinds) / sizeof(kinds[0])))

void
filters_fini(struct filters *fs)
{
	for (unsigned int i = 0; i < fs->n; i++)
		if (fs->filter[i].kind <= FILTER_BEGIN)
			regfree(&fs->filter[i].re);
	free(fs->save);
	memset(fs, 0, sizeof(*fs));
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
words_text(const struct line *l, unsigned int from, unsigned int to)
{
	const struct word *a = &l->word[from], *z = &l->word[to - 1];

	if (from + 1 == to)
		return str_dup(a->text);
	return str_dupn(l->text + a->off, z->off + z->len - a->off);
}

static int
add_pattern(struct filter *f, const char *text, struct err *e)
{
	char why[128];
	int rc = regcomp(&f->re, text, REG_EXTENDED | REG_NOSUB);

	if (rc) {
		regerror(rc, &f->re, why, sizeof(why));
		return err_set(e, ERR_INVALID, "not a regular expression: %s",
			       why);
	}
	return 0;
}

/* The argument is NULL where the kind has none. */
static int
add_kind(struct filters *fs, enum filter_kind kind, char *arg, struct err *e)
{
	struct filter *f = &fs->filter[fs->n];

	switch (kind) {
	case FILTER_JSON:
		fs->json = true;
		return 0;
	case FILTER_NO_MORE:
		fs->no_more = true;
		return 0;
	case FILTER_SAVE:
		if (user_file_check(arg, e) < 0)
			return -1;
		fs->save = str_dup(arg);
		return 0;
	default:
		break;
	}
	if (fs->n == FILTERS_MAX)
		return err_set(e, ERR_INVALID, "at most %d filters",
			       FILTERS_MAX);
	memset(f, 0, sizeof(*f));
	f->kind = kind;
	if (arg && add_pattern(f, arg, e) < 0)
		return -1;
	fs->n++;
	return 0;
}

/* -1: it is none. */
static int
which(const char *word, struct err *e)
{
	const struct expect_item *it;
	struct expect set;
	int k = -1;

	expect_init(&set);
	expect_kinds(&set);
	it = expect_match(&set, word, "filter", e);
	if (it)
		k = it->n;
	expect_fini(&set);
	return k;
}

static int
add_filter(struct filters *fs, const struct line *l, unsigned int from,
	   unsigned int to, struct err *e, unsigned int *word)
{
	char *arg = NULL;
	int k, rc;

	*word = from;
	if (from == to)
		return err_set(e, ERR_INVALID, "a filter is expected here");
	k = which(l->word[from].text, e);
	if (k < 0)
		return -1;
	if (fs->save)
		return err_set(e, ERR_INVALID, "save is the last filter: "
			       "nothing comes out of it");
	if (kinds[k].kind == FILTER_JSON &&
	    (fs->n || fs->json || fs->no_more))
		return err_set(e, ERR_INVALID,
			       "json is the first filter or none");
	*word = from + 1;
	if (!kinds[k].arg && to > from + 1)
		return err_set(e, ERR_INVALID, "'%s' takes no argument",
			       kinds[k].word);
	if (kinds[k].arg && to == from + 1)
		return err_set(e, ERR_INVALID, "<%s> is expected here",
			       kinds[k].arg);
	if (kinds[k].arg)
		arg = words_text(l, from + 1, to);
	rc = add_kind(fs, kinds[k].kind, arg, e);
	free(arg);
	return rc;
}

int
filters_parse(struct filters *fs, const struct line *l, struct err *e,
	      unsigned int *word)
{
	memset(fs, 0, sizeof(*fs));
	for (unsigned int i = l->n; i < l->all; ) {
		unsigned int to = ++i;		/* after the "|" */

		while (to < l->all && (strcmp(l->word[to].text, "|") ||
				       l->word[to].quoted))
			to++;
		if (add_filter(fs, l, i, to, e, word) < 0) {
			filters_fini(fs);
			return -1;
		}
		i = to;
	}
	return 0;
}

bool
filters_pass(struct filters *fs, unsigned int from, const char *line)
{
	for (unsigned int i = from; i < fs->n; i++) {
		struct filter *f = &fs->filter[i];
		bool match = f->kind <= FILTER_BEGIN && !f->begun &&
		    regexec(&f->re, line, 0, NULL, 0) == 0;

		if (f->kind == FILTER_COUNT) {
			f->count++;
			return false;
		}
		if (f->kind == FILTER_BEGIN) {
			f->begun |= match;
			if (!f->begun)
				return false;
		} else if (match == (f->kind == FILTER_EXCLUDE))
			return false;
	}
	return true;
}

bool
filters_count(const struct filters *fs, unsigned int *at, unsigned long *count)
{
	for (; *at < fs->n; ++*at)
		if (fs->filter[*at].kind == FILTER_COUNT) {
			*count = fs->filter[(*at)++].count;
			return true;
		}
	return false;
}

void
filters_expect(const struct line *l, unsigned int from, unsigned int n,
	       struct expect *e)
{
	struct err ignored = ERR_INIT;
	struct expect set;
	int k;

	if (n == 0) {
		expect_init(&set);
		expect_kinds(&set);
		expect_move(e, &set);
		return;
	}
	k = which(l->word[from].text, &ignored);
	if (k >= 0 && kinds[k].arg && n == 1)
		expect_add(e, EXPECT_HOLDER,
			   expect_own(e, str_f("<%s>", kinds[k].arg)),
			   kinds[k].arg_help, NULL, 0);
	else if (k >= 0)
		expect_add(e, EXPECT_ENTER, "<Enter>", "", NULL, 0);
}

bool
filters_help(unsigned int i, struct str *syntax, const char **help)
{
	if (i >= (unsigned int)NKINDS)
		return false;
	str_addf(syntax, "%s%s%s", kinds[i].word, kinds[i].arg ? " " : "",
		 kinds[i].arg ? kinds[i].arg : "");
	*help = kinds[i].help;
	return true;
}
