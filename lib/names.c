#include "names.h"

#include <ctype.h>
#include <stdio.h>
#include <stdbool.h>
#include <string.h>

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

static bool
same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static unsigned int
least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

unsigned int
name_distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b), i, j;
	/* Row i, the one before and the one before that, in turn. */
	unsigned int d[3][NAME_FAR], *row, *prev, *prev2, v;

	if (la >= NAME_FAR || lb >= NAME_FAR)
		return NAME_FAR;
	for (j = 0; j <= lb; j++)
		d[0][j] = (unsigned int)j;
	for (i = 1; i <= la; i++) {
		row = d[i % 3];
		prev = d[(i + 2) % 3];
		prev2 = d[(i + 1) % 3];
		row[0] = (unsigned int)i;
		for (j = 1; j <= lb; j++) {
			v = prev[j - 1] + !same(a[i - 1], b[j - 1]);
			v = least(v, least(prev[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) &&
			    same(a[i - 2], b[j - 1]))
				v = least(v, prev2[j - 2] + 1);
			row[j] = v;
		}
	}
	return d[la % 3][lb];
}
