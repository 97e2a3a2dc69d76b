#include "lexer.h"

#include <stdlib.h>
#include <string.h>

#include "secret.h"
#include "str.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_control(char c)
{
	unsigned char u = (unsigned char)c;

	return (u < 0x20 && u != '\t') || u == 0x7f;
}

static void
add_word(struct line *l, struct str *text, size_t off, size_t len, bool quoted)
{
	struct word *w;

	if (l->all % 8 == 0)
		l->word = mem_grow(l->word, l->all + 8, sizeof(*l->word));
	w = &l->word[l->all++];
	w->text = str_take(text);
	w->off = off;
	w->len = len;
	w->quoted = quoted;
}

/* s[*i] is the opening quote.  False if it is never closed. */
static bool
quoted_word(const char *s, size_t *i, struct str *text)
{
	size_t j = *i + 1;

	for (; s[j]; j++) {
		if (s[j] == '"') {
			*i = j + 1;
			return true;
		}
		if (s[j] == '\\' && (s[j + 1] == '"' || s[j + 1] == '\\'))
			j++;
		str_addc(text, s[j]);
	}
	*i = j;
	return false;
}

static int
check_line(const char *text, struct err *e, size_t *at)
{
	for (*at = 0; text[*at]; ++*at)
		if (is_control(text[*at]))
			return err_set(e, ERR_INVALID,
			    "a control character (code %d) in the line",
			    (unsigned char)text[*at]);
	if (*at > LEXER_LINE_MAX)
		return err_set(e, ERR_INVALID,
		    "the line has %zu characters; the limit is %d",
		    *at, LEXER_LINE_MAX);
	return 0;
}

static int
next_word(struct line *l, size_t *i, bool partial, struct err *e, size_t *at)
{
	struct str text = STR_INIT;
	const char *s = l->text;
	size_t from = *i;
	bool quoted = s[from] == '"';

	*at = from;
	if (quoted) {
		if (!quoted_word(s, i, &text)) {
			l->open = true;
			if (!partial) {
				str_wipe(&text);
				return err_set(e, ERR_INVALID,
				    "a quote is opened here and never closed");
			}
		} else if (s[*i] && !is_blank(s[*i])) {
			str_wipe(&text);
			*at = *i;
			return err_set(e, ERR_INVALID,
			    "a blank is missing after the closing quote");
		}
	} else {
		while (s[*i] && !is_blank(s[*i]))
			str_addc(&text, s[(*i)++]);
	}
	add_word(l, &text, from, *i - from, quoted);
	return 0;
}

/* The way to a context, at the beginning of a line: "/", "..", and what is
 * between slashes are words of their own. */
static bool
is_way(const char *s)
{
	return *s == '/' || (s[0] == '.' && s[1] == '.' &&
			     (!s[2] || s[2] == '/' || is_blank(s[2])));
}

static void
way_words(struct line *l, size_t *i)
{
	const char *s = l->text;

	if (s[*i] == '/') {
		struct str root = STR_INIT;

		str_addc(&root, '/');
		add_word(l, &root, (*i)++, 1, false);
	}
	while (s[*i] && !is_blank(s[*i])) {
		size_t len = strcspn(s + *i, "/ \t");
		struct str text = STR_INIT;

		if (len) {
			str_addn(&text, s + *i, len);
			add_word(l, &text, *i, len, false);
		}
		*i += len + (s[*i + len] == '/');
	}
}

int
lexer_split(struct line *l, const char *text, bool partial, struct err *e,
	    size_t *at)
{
	bool filters = false;
	size_t i = 0;

	memset(l, 0, sizeof(*l));
	if (check_line(text, e, at) < 0)
		return -1;
	l->text = str_dup(text);
	l->comment = strlen(text);
	for (;;) {
		while (is_blank(text[i]))
			i++;
		if (!text[i])
			break;
		if (text[i] == '#') {
			l->comment = i;
			break;
		}
		if (text[i] == '|') {
			struct str bar = STR_INIT;

			str_addc(&bar, '|');
			filters = true;
			add_word(l, &bar, i, 1, false);
			i++;
			continue;
		}
		if (!l->all && is_way(text + i))
			way_words(l, &i);
		else if (next_word(l, &i, partial, e, at) < 0) {
			lexer_free(l);
			return -1;
		}
		if (!filters) {
			l->n = l->all;
			l->end = i;
		}
	}
	return 0;
}

void
lexer_free(struct line *l)
{
	for (unsigned int i = 0; i < l->all; i++) {
		secret_wipe_mem(l->word[i].text, strlen(l->word[i].text));
		free(l->word[i].text);
	}
	free(l->word);
	if (l->text)
		secret_wipe_mem(l->text, strlen(l->text));
	free(l->text);
	memset(l, 0, sizeof(*l));
}

char *
lexer_rest(const struct line *l, unsigned int i)
{
	if (i >= l->n)
		return str_dup("");
	if (i + 1 == l->n && l->word[i].quoted)
		return str_dup(l->word[i].text);
	return str_dupn(l->text + l->word[i].off, l->end - l->word[i].off);
}

static bool
needs_quotes(const char *v, bool rest)
{
	size_t len = strlen(v);
	bool start = true;

	if (!len || v[0] == '"' || is_blank(v[0]) || is_blank(v[len - 1]))
		return true;
	for (const char *p = v; *p; p++) {
		if (is_blank(*p) && !rest)
			return true;
		/* a quote that opens a later word would have to be closed */
		if (start && (*p == '#' || *p == '|' || *p == '"'))
			return true;
		start = is_blank(*p);
	}
	return false;
}

char *
lexer_quote(const char *value, bool rest)
{
	struct str s = STR_INIT;

	if (!needs_quotes(value, rest))
		return str_dup(value);
	str_addc(&s, '"');
	for (const char *p = value; *p; p++) {
		if (*p == '"' || *p == '\\')
			str_addc(&s, '\\');
		str_addc(&s, *p);
	}
	str_addc(&s, '"');
	return str_take(&s);
}

char *
lexer_command(const char **text)
{
	const char *from = *text, *p = from;
	bool start = true, quote = false, comment = false;

	if (!*from)
		return NULL;
	for (; *p; p++) {
		if (*p == '\n' || (*p == ';' && !quote && !comment))
			break;
		if (quote && *p == '\\' && (p[1] == '"' || p[1] == '\\'))
			p++;
		else if (*p == '"' && !comment && (quote || start))
			quote = !quote;
		else if (*p == '#' && start && !quote)
			comment = true;
		start = is_blank(*p);
	}
	*text = *p ? p + 1 : p;
	return str_dupn(from, (size_t)(p - from));
}
