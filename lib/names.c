#include "names.h"

#include <stdio.h>
#include <string.h>

#define WORD_MAX	64

const char *
name_find(const struct name *t, int value)
{
	for (; t->name != NULL; t++)
		if (t->value == value)
			return t->name;
	return NULL;
}

int
name_value(const struct name *t, const char *name)
{
	for (; t->name != NULL; t++)
		if (strcmp(t->name, name) == 0)
			return t->value;
	return -1;
}

const char *
name_str(const struct name *t, int value, char *buf)
{
	const char *s = name_find(t, value);

	if (s != NULL)
		return s;
	snprintf(buf, 16, "%d", value);
	return buf;
}

static unsigned int
min3(unsigned int a, unsigned int b, unsigned int c)
{
	if (b < a)
		a = b;
	return c < a ? c : a;
}

/* Levenshtein's distance of words shorter than WORD_MAX, one row at a time. */
static unsigned int
distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b), i, j;
	unsigned int row[WORD_MAX + 1], diagonal, above;

	for (j = 0; j <= lb; j++)
		row[j] = (unsigned int)j;
	for (i = 1; i <= la; i++) {
		diagonal = row[0];
		row[0] = (unsigned int)i;
		for (j = 1; j <= lb; j++) {
			above = row[j];
			row[j] = min3(above + 1, row[j - 1] + 1,
			    diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[lb];
}

const char *
name_nearest(const struct name *t, const char *typed)
{
	const char *best = NULL;
	size_t len = strlen(typed);
	/* A third of the letters wrong is a typing error, more is another word. */
	unsigned int best_d = len < 3 ? 1 : (unsigned int)len / 3, d;

	if (len == 0 || len >= WORD_MAX)
		return NULL;
	for (; t->name != NULL; t++) {
		if (strlen(t->name) >= WORD_MAX)
			continue;
		d = distance(typed, t->name);
		if (d < best_d || (d == best_d && best == NULL)) {
			best = t->name;
			best_d = d;
		}
	}
	return best;
}
