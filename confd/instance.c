#include "instance.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SET	"ietf-yang-instance-data:instance-data-set"

/* --- writing --- */

static void
print_modules(FILE *f, const char *modules)
{
	const char *p = modules;
	size_t n;

	for (; *p != '\0'; p += n + (p[n] == ' ')) {
		n = strcspn(p, " ");
		fprintf(f, "%s\n        \"%.*s\"", p == modules ? "" : ",",
			(int)n, p);
	}
}

char *
instance_print(const char *name, const char *modules, const char *json)
{
	char *out = NULL;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	if (f == NULL)
		return NULL;
	fprintf(f, "{\n  \"" SET "\": {\n    \"name\": \"%s\",\n"
		"    \"content-schema\": {\n      \"module\": [", name);
	print_modules(f, modules);
	fprintf(f, "\n      ]\n    },\n    \"content-data\": ");
	/* Line breaks within strings are escaped: these are between them. */
	for (; *json != '\0'; json++)
		if (*json != '\n')
			fputc(*json, f);
		else if (json[1] != '\0')
			fputs("\n    ", f);
	fprintf(f, "\n  }\n}\n");
	if (fclose(f) == 0)
		return out;
	free(out);
	return NULL;
}

/* --- reading: no more than to find the data, which libyang reads --- */

static char *
skip_space(char *p)
{
	while (*p != '\0' && isspace((unsigned char)*p))
		p++;
	return p;
}

/* Behind a string that begins at p. */
static char *
skip_string(char *p)
{
	for (p++; *p != '\0' && *p != '"'; p++)
		if (*p == '\\' && p[1] != '\0')
			p++;
	return *p == '"' ? p + 1 : p;
}

/* Behind a value. */
static char *
skip_value(char *p)
{
	unsigned int depth = 0;

	for (;;) {
		if (*p == '\0' || (depth == 0 && strchr(",}]", *p) != NULL))
			return p;
		if (*p == '{' || *p == '[')
			depth++;
		else if (*p == '}' || *p == ']')
			depth--;
		p = *p == '"' ? skip_string(p) : p + 1;
		if (depth == 0 && strchr("}]\"", p[-1]) != NULL)
			return p;
	}
}

/* The value of a member of the object at p. */
static char *
member(char *p, const char *key)
{
	size_t n = strlen(key);
	bool found;

	if (p == NULL || *p != '{')
		return NULL;
	for (p = skip_space(p + 1); *p == '"'; p = skip_space(p + (*p == ','))) {
		found = strncmp(p + 1, key, n) == 0 && p[1 + n] == '"';
		p = skip_space(skip_string(p));
		if (*p != ':')
			return NULL;
		p = skip_space(p + 1);
		if (found)
			return p;
		p = skip_space(skip_value(p));
	}
	return NULL;
}

/* Both objects around the data end, and then the file. */
static bool
ends(char *p)
{
	p = skip_space(p);
	while (*p == ',') {
		p = skip_space(p + 1);
		if (*p != '"')
			return false;
		p = skip_space(skip_string(p));
		if (*p != ':')
			return false;
		p = skip_space(skip_value(skip_space(p + 1)));
	}
	if (*p != '}')
		return false;
	p = skip_space(p + 1);
	return *p == '}' && *skip_space(p + 1) == '\0';
}

static void
blank(char *p, const char *end)
{
	for (; p < end; p++)
		if (*p != '\n')
			*p = ' ';
}

/* The strings of an array, with blanks between. */
static char *
join(const char *p)
{
	char *out = calloc(1, strlen(p) + 1);
	size_t n;

	if (out == NULL)
		return NULL;
	for (p += strcspn(p, "\"]"); *p == '"'; p += strcspn(p, "\"]")) {
		n = strcspn(++p, "\"");
		if (out[0] != '\0')
			strcat(out, " ");
		strncat(out, p, n);
		p += n + (p[n] == '"');
	}
	return out;
}

static int
cut_off(const char *text, char **modules, struct err *e)
{
	size_t line = 1;

	for (; *text != '\0'; text++)
		line += *text == '\n';
	free(*modules);
	*modules = NULL;
	return err_set(e, ERR_INVALID, "line %zu: the JSON is cut off", line);
}

int
instance_open(char *text, size_t len, char **modules, struct err *e)
{
	char *top = skip_space(text), *set = member(top, SET), *data, *array;

	*modules = NULL;
	if (set == NULL || strlen(text) != len)
		return 0;
	data = member(set, "content-data");
	if (data == NULL)
		return err_set(e, ERR_INVALID, "there is no content-data in it: "
			       "it is cut off, or not ours");
	array = member(member(set, "content-schema"), "module");
	if (array != NULL && *array == '[') {
		*modules = join(array);
		if (*modules == NULL)
			return err_set(e, ERR_RESOURCE, "out of memory");
	}
	/* What does not end well is left for the parser to complain of, but
	 * for what it would not notice. */
	array = skip_value(data);
	if (ends(array))
		blank(array, text + len);
	else if (array > data && array[-1] == '}' && *skip_space(array) == '\0')
		return cut_off(text, modules, e);
	blank(text, data);
	return 0;
}
