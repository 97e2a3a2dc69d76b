#include "names.h"

#include <stdio.h>
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
