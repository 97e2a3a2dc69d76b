#include "expect.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "names.h"
#include "str.h"

#define WHOLE_MIN	5	/* letters of a word that begins another */
#define LIST_MAX	16	/* candidates named in a message */

void
expect_init(struct expect *e)
{
	memset(e, 0, sizeof(*e));
}

void
expect_fini(struct expect *e)
{
	for (unsigned int i = 0; i < e->nown; i++)
		free(e->own[i]);
	free(e->own);
	free(e->item);
	expect_init(e);
}

void
expect_move(struct expect *to, struct expect *from)
{
	expect_fini(to);
	*to = *from;
	expect_init(from);
}

void
expect_add(struct expect *e, enum expect_kind kind, const char *text,
	   const char *help, const void *tag, int n)
{
	struct expect_item *it;

	if (e->n == e->size) {
		e->size = e->size ? 2 * e->size : 64;
		e->item = mem_grow(e->item, e->size, sizeof(*e->item));
	}
	it = &e->item[e->n++];
	it->kind = kind;
	it->text = text;
	it->help = help ? help : "";
	it->tag = tag;
	it->n = n;
	it->offer = it->hide = NULL;
}

void
expect_offer(struct expect *e, const char *offer, const char *hide)
{
	e->item[e->n - 1].offer = offer;
	e->item[e->n - 1].hide = hide;
}

const char *
expect_own(struct expect *e, char *text)
{
	if (e->nown % 16 == 0)
		e->own = mem_grow(e->own, e->nown + 16, sizeof(*e->own));
	return e->own[e->nown++] = text;
}

static bool
is_word(const struct expect_item *it)
{
	return it->kind == EXPECT_WORD || it->kind == EXPECT_VALUE;
}

const struct expect_item *
expect_exact(const struct expect *e, const char *word)
{
	for (unsigned int i = 0; i < e->n; i++)
		if (is_word(&e->item[i]) && !strcmp(e->item[i].text, word))
			return &e->item[i];
	return NULL;
}

/* gcm128 is no slip of the finger for gcm12, but another number. */
static bool
is_longer_number(const char *word, const char *than)
{
	size_t len = strlen(than);

	return len && !strncmp(word, than, len) &&
	    isdigit((unsigned char)than[len - 1]) &&
	    isdigit((unsigned char)word[len]);
}

/* configure: config, and more. But aes128gcm128 is not near aes128. */
static bool
is_longer_word(const char *word, const char *than)
{
	size_t len = strlen(than);

	if (len < WHOLE_MIN || strncmp(word, than, len))
		return false;
	while (isalpha((unsigned char)word[len]))
		len++;
	return !word[len];
}

/* The one word that is nearest; NULL if none is near, or several are. */
static const char *
nearest(const struct expect *e, const char *word)
{
	unsigned int best = 3, d;
	const char *found = NULL;
	size_t len = strlen(word);

	for (unsigned int i = 0; i < e->n; i++) {
		if (!is_word(&e->item[i]) ||
		    is_longer_number(word, e->item[i].text))
			continue;
		d = is_longer_word(word, e->item[i].text) ? 1 :
		    name_distance(word, e->item[i].text);
		if (d == best)
			found = NULL;
		if (d < best && d < len) {
			best = d;
			found = e->item[i].text;
		}
	}
	return found;
}

static void
list_words(const struct expect *e, const char *prefix, struct str *s)
{
	size_t len = strlen(prefix);
	unsigned int n = 0;

	for (unsigned int i = 0; i < e->n; i++) {
		if (e->item[i].kind != EXPECT_WORD ||
		    strncasecmp(e->item[i].text, prefix, len))
			continue;
		if (n++ == LIST_MAX) {
			str_add(s, ", ...");
			return;
		}
		str_addf(s, "%s%s", s->len ? ", " : "", e->item[i].text);
	}
}

void
expect_list(const struct expect *e, struct str *s)
{
	struct str words = STR_INIT;

	list_words(e, "", &words);
	for (unsigned int i = 0; i < e->n; i++)
		if (e->item[i].kind == EXPECT_HOLDER)
			str_addf(&words, "%s%s", words.len ? ", " : "",
				 e->item[i].text);
	str_addf(s, "%s%s", strchr(str_get(&words), ',') ? "one of " : "",
		 str_get(&words));
	str_fini(&words);
}

static void
say_unknown(const struct expect *e, const char *word, const char *what,
	    struct err *err)
{
	struct str s = STR_INIT;
	const char *near = nearest(e, word);
	unsigned int words = 0;

	for (unsigned int i = 0; i < e->n; i++)
		words += e->item[i].kind == EXPECT_WORD;
	if (near)
		str_addf(&s, "did you mean '%s'?", near);
	else if (words && words <= LIST_MAX) {
		list_words(e, "", &s);
		err_set(err, ERR_INVALID, "unknown %s '%.40s'; there is: %s",
			what, word, str_get(&s));
		str_fini(&s);
		return;
	} else
		str_add(&s, "'?' lists what there is");
	err_set(err, ERR_INVALID, "unknown %s '%.40s'; %s", what, word,
		str_get(&s));
	str_fini(&s);
}

const struct expect_item *
expect_match(const struct expect *e, const char *word, const char *what,
	     struct err *err)
{
	const struct expect_item *found = expect_exact(e, word);
	struct str s = STR_INIT;
	size_t len = strlen(word);
	unsigned int n = 0;

	if (found)
		return found;
	for (unsigned int i = 0; i < e->n && len; i++) {
		if (e->item[i].kind != EXPECT_WORD ||
		    strncasecmp(e->item[i].text, word, len))
			continue;
		found = &e->item[i];
		n++;
	}
	if (n == 1)
		return found;
	if (n > 1) {
		list_words(e, word, &s);
		err_set(err, ERR_INVALID, "ambiguous: '%.40s' may be %s",
			word, str_get(&s));
		str_fini(&s);
	} else
		say_unknown(e, word, what, err);
	return NULL;
}
