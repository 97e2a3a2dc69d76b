#include "keys.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <readline/readline.h>

#include "complete.h"
#include "lexer.h"
#include "shell.h"
#include "str.h"
#include "term.h"

static struct {
	struct shell	*sh;
	struct complete	 last;		/* of the last TAB */
} keys;		/* readline's callbacks have no argument */

/* Below the line, which is then drawn anew; a page at a time. */
static void
show_below(const char *text)
{
	rl_crlf();
	out_text(&keys.sh->out, text);
	out_pause(&keys.sh->out);
	rl_on_new_line();
	rl_redisplay();
}

static void
complete_here(struct complete *c)
{
	char *before = str_dupn(rl_line_buffer, (size_t)rl_point);

	complete_line(keys.sh, before, c);
	free(before);
}

static void
show_all(const struct complete *c)
{
	struct str s = STR_INIT;

	complete_text(c, term_width(), &s);
	show_below(str_get(&s));
	str_fini(&s);
}

static int
on_question(int count, int key)
{
	struct complete c;

	complete_here(&c);
	if (c.literal)
		rl_insert(count, key);
	else
		show_all(&c);
	complete_fini(&c);
	return 0;
}

/* --- TAB --- */

static bool
is_word(const struct expect_item *it)
{
	return it->kind == EXPECT_WORD || it->kind == EXPECT_VALUE;
}

/* prefix: what stands before it in the same word of readline's, "/config/". */
static char **
matches_of(const struct complete *c, const char *prefix)
{
	char **m = mem_zero(c->set.n + 2, sizeof(*m));
	size_t n = 1, common;

	for (unsigned int i = 0; i < c->set.n; i++)
		if (is_word(&c->set.item[i])) {
			char *word = lexer_quote(c->set.item[i].text, false);

			m[n++] = str_f("%s%s", prefix, word);
			free(word);
		}
	if (n == 1) {
		free(m);
		return NULL;
	}
	/* readline wants what they have in common first */
	common = strlen(m[1]);
	for (size_t i = 2; i < n; i++) {
		size_t k = 0;

		while (k < common && m[i][k] == m[1][k])
			k++;
		common = k;
	}
	m[0] = str_dupn(m[1], common);
	if (n == 2) {
		free(m[1]);
		m[1] = NULL;
	}
	return m;
}

/* Anything of a kind may stand there. */
static bool
is_free(const struct complete *c)
{
	for (unsigned int i = 0; i < c->set.n; i++)
		if (c->set.item[i].kind == EXPECT_HOLDER)
			return true;
	return false;
}

static char **
on_tab(const char *text, int start, int end)
{
	struct complete *c = &keys.last;
	char **m = NULL;

	(void)text;
	(void)end;
	rl_attempted_completion_over = 1;
	complete_fini(c);
	complete_here(c);
	/* the one tunnel that is there is not the only one that can be meant */
	if (!c->literal && !(is_free(c) && !*c->word)) {
		size_t before = c->off > (size_t)start ?
		    c->off - (size_t)start : 0;
		char *prefix = str_dupn(rl_line_buffer + start, before);

		m = matches_of(c, prefix);
		free(prefix);
	}
	if (!m && !c->literal)
		show_all(c);
	return m;
}

/* Words alone go into columns; where a value may stand as well, each is said
 * with its help. */
static void
show_matches(char **matches, int n, int longest)
{
	struct str s = STR_INIT;

	(void)matches;
	(void)n;
	(void)longest;
	if (is_free(&keys.last)) {
		show_all(&keys.last);
		return;
	}
	complete_columns(&keys.last, term_width(), &s);
	show_below(str_get(&s));
	str_fini(&s);
}

void
keys_init(struct shell *sh)
{
	keys.sh = sh;
	rl_attempted_completion_function = on_tab;
	rl_completion_display_matches_hook = show_matches;
	rl_completer_word_break_characters = " \t";
	rl_completer_quote_characters = NULL;
	rl_completion_append_character = ' ';
	rl_sort_completion_matches = 0;		/* 2 stands before 10 */
	rl_bind_key('?', on_question);
}
