#include "str.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

#include "secret.h"

static void
out_of_memory(void)
{
	fputs("culvert: out of memory\n", stderr);
	exit(1);
}

void *
mem_grow(void *p, size_t n, size_t size)
{
	void *q = reallocarray(p, n, size);

	if (!q && n && size)
		out_of_memory();
	return q;
}

void *
mem_zero(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (!p && n && size)
		out_of_memory();
	return p;
}

char *
str_dupn(const char *s, size_t len)
{
	char *p = strndup(s, len);

	if (!p)
		out_of_memory();
	return p;
}

char *
str_dup(const char *s)
{
	return str_dupn(s, strlen(s));
}

char *
str_f(const char *fmt, ...)
{
	struct str s = STR_INIT;
	va_list ap;

	va_start(ap, fmt);
	str_vaddf(&s, fmt, ap);
	va_end(ap);
	return str_take(&s);
}

void
str_init(struct str *s)
{
	memset(s, 0, sizeof(*s));
}

void
str_fini(struct str *s)
{
	free(s->s);
	str_init(s);
}

void
str_wipe(struct str *s)
{
	if (s->s)
		secret_wipe_mem(s->s, s->size);
	str_fini(s);
}

void
str_clear(struct str *s)
{
	str_cut(s, 0);
}

void
str_cut(struct str *s, size_t len)
{
	if (len > s->len || !s->s)
		return;
	s->len = len;
	s->s[len] = '\0';
}

static void
grow(struct str *s, size_t more)
{
	size_t want = s->len + more + 1, size = s->size ? s->size : 64;
	char *p;

	if (want <= s->size)
		return;
	if (more > SIZE_MAX / 2 - s->len)
		out_of_memory();
	while (size < want)
		size *= 2;
	p = mem_zero(1, size);
	if (s->s) {
		/* not realloc: it would leave a copy of a secret behind */
		memcpy(p, s->s, s->len);
		secret_wipe_mem(s->s, s->size);
		free(s->s);
	}
	s->s = p;
	s->size = size;
}

void
str_addn(struct str *s, const char *text, size_t len)
{
	grow(s, len);
	memcpy(s->s + s->len, text, len);
	s->len += len;
	s->s[s->len] = '\0';
}

void
str_add(struct str *s, const char *text)
{
	str_addn(s, text, strlen(text));
}

void
str_addc(struct str *s, char c)
{
	str_addn(s, &c, 1);
}

void
str_vaddf(struct str *s, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		return;
	grow(s, (size_t)n);
	vsnprintf(s->s + s->len, (size_t)n + 1, fmt, ap);
	s->len += (size_t)n;
}

void
str_addf(struct str *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	str_vaddf(s, fmt, ap);
	va_end(ap);
}

void
str_pad(struct str *s, size_t upto, char c)
{
	while (s->len < upto)
		str_addc(s, c);
}

const char *
str_get(const struct str *s)
{
	return s->s ? s->s : "";
}

char *
str_take(struct str *s)
{
	char *p = s->s ? s->s : str_dup("");

	str_init(s);
	return p;
}

void
str_free(char *s)
{
	if (s)
		secret_wipe_mem(s, strlen(s));
	free(s);
}

size_t
str_columns(const char *s, size_t len)
{
	mbstate_t state = { 0 };
	size_t columns = 0;

	for (size_t i = 0; i < len && s[i]; ) {
		wchar_t c;
		size_t n = mbrtowc(&c, s + i, len - i, &state);
		int width = n <= len - i ? wcwidth(c) : -1;

		if (n <= len - i && width >= 0) {
			columns += (size_t)width;
			i += n ? n : 1;
			continue;
		}
		/* not a character of this locale: one for each of UTF-8's */
		state = (mbstate_t){ 0 };
		columns += ((unsigned char)s[i++] & 0xc0) != 0x80;
	}
	return columns;
}

const char *
time_text(uint64_t seconds, char buf[TIME_TEXT_MAX])
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (!localtime_r(&t, &tm) ||
	    !strftime(buf, TIME_TEXT_MAX, "%Y-%m-%d %H:%M:%S", &tm))
		return "?";
	return buf;
}
