#include "json.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "utf8.h"

void
json_init(struct json *j)
{
	memset(j, 0, sizeof(*j));
}

void
json_fini(struct json *j)
{
	free(j->text);
	memset(j, 0, sizeof(*j));
}

bool
json_ok(const struct json *j)
{
	return !j->bad && j->text != NULL;
}

char *
json_take(struct json *j)
{
	char *text = json_ok(j) ? j->text : NULL;

	if (text != NULL)
		j->text = NULL;
	json_fini(j);
	return text;
}

void
json_reserve(struct json *j, size_t n)
{
	size_t size = j->size != 0 ? j->size : 256;
	char *text;

	if (j->bad)
		return;
	if (n >= SIZE_MAX / 2 - j->len) {
		j->bad = true;
		return;
	}
	while (size <= j->len + n)
		size *= 2;
	if (size == j->size)
		return;
	text = realloc(j->text, size);
	if (text == NULL) {
		j->bad = true;
		return;
	}
	j->text = text;
	j->size = size;
}

static void
add(struct json *j, const char *p, size_t n)
{
	json_reserve(j, n);
	if (j->bad)
		return;
	memcpy(j->text + j->len, p, n);
	j->len += n;
	j->text[j->len] = '\0';
}

static void
add_str(struct json *j, const char *s)
{
	add(j, s, strlen(s));
}

/* The length of the character at s if a YANG string can hold it (RFC 7950 14,
 * yang-char), else 0. */
static size_t
char_len(const char *s)
{
	unsigned char first = (unsigned char)*s;
	uint32_t c;
	size_t n;

	if (first < 0x80)
		return first >= 0x20 || *s == '\t' || *s == '\n' || *s == '\r';
	n = utf8_char(s, 4, &c);
	return n > 0 && (c < 0xfdd0 || c > 0xfdef) && (c & 0xfffe) != 0xfffe ? n : 0;
}

/* NULL: the character stands for itself. */
static const char *
escape(char c)
{
	switch (c) {
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	default:
		return NULL;
	}
}

static void
add_quoted(struct json *j, const char *s)
{
	const char *run = s, *e;
	size_t n;

	add(j, "\"", 1);
	while (*s != '\0') {
		n = char_len(s);
		e = n == 0 ? "\xef\xbf\xbd" : escape(*s);
		if (e != NULL) {
			add(j, run, (size_t)(s - run));
			add_str(j, e);
			run = s + (n != 0 ? n : 1);
		}
		s += n != 0 ? n : 1;
	}
	add(j, run, (size_t)(s - run));
	add(j, "\"", 1);
}

static void
begin(struct json *j, const char *name)
{
	if (j->comma)
		add(j, ",", 1);
	j->comma = true;
	if (name != NULL) {
		add_quoted(j, name);
		add(j, ":", 1);
	}
}

void
json_object(struct json *j, const char *name)
{
	begin(j, name);
	add(j, "{", 1);
	j->comma = false;
}

void
json_object_end(struct json *j)
{
	add(j, "}", 1);
	j->comma = true;
}

void
json_array(struct json *j, const char *name)
{
	begin(j, name);
	add(j, "[", 1);
	j->comma = false;
}

void
json_array_end(struct json *j)
{
	add(j, "]", 1);
	j->comma = true;
}

void
json_str(struct json *j, const char *name, const char *value)
{
	begin(j, name);
	add_quoted(j, value);
}

void
json_strf(struct json *j, const char *name, const char *fmt, ...)
{
	char small[256], *big;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(small)) {
		json_str(j, name, small);
		return;
	}
	va_start(ap, fmt);
	n = vasprintf(&big, fmt, ap);
	va_end(ap);
	if (n < 0) {
		j->bad = true;
		return;
	}
	json_str(j, name, big);
	free(big);
}

void
json_u32(struct json *j, const char *name, uint32_t v)
{
	char text[16];

	snprintf(text, sizeof(text), "%" PRIu32, v);
	begin(j, name);
	add_str(j, text);
}

void
json_u64(struct json *j, const char *name, uint64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "\"%" PRIu64 "\"", v);
	begin(j, name);
	add_str(j, text);
}

void
json_bool(struct json *j, const char *name, bool v)
{
	begin(j, name);
	add_str(j, v ? "true" : "false");
}

/* RFC 4648 4 */
void
json_octets(struct json *j, const char *name, const void *octets, size_t len)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
	    "qrstuvwxyz0123456789+/";
	const uint8_t *p = octets;
	size_t i, k, n;
	char four[4];
	uint32_t v;

	begin(j, name);
	add(j, "\"", 1);
	for (i = 0; i < len; i += n) {
		n = len - i < 3 ? len - i : 3;
		for (v = 0, k = 0; k < n; k++)
			v |= (uint32_t)p[i + k] << (16 - 8 * k);
		for (k = 0; k < 4; k++)
			four[k] = k <= n ? digit[v >> (18 - 6 * k) & 63] : '=';
		add(j, four, 4);
	}
	add(j, "\"", 1);
}

void
json_time(struct json *j, const char *name, int64_t when)
{
	time_t t = (time_t)when;
	char text[32];
	struct tm tm;

	if (when >= 0 && gmtime_r(&t, &tm) != NULL && tm.tm_year + 1900 <= 9999 &&
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
		json_str(j, name, text);
}

void
json_raw(struct json *j, const char *name, const char *text, size_t len)
{
	begin(j, name);
	add(j, text, len);
}

bool
json_wanted(const char *fields, const char *name)
{
	size_t n = strlen(name);
	const char *f;

	if (fields == NULL || fields[0] == '\0')
		return true;
	for (f = fields; (f = strstr(f, name)) != NULL; f += n)
		if ((f == fields || f[-1] == ' ') && strchr(" /", f[n]) != NULL)
			return true;
	return false;
}
