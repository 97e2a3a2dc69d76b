/* What the shell says when something is wrong. */
#include "shell.h"

#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "config_text.h"
#include "lexer.h"
#include "msg.h"
#include "str.h"
#include "term.h"

/* "setup.cli:3: " or "% " */
static void
begin(struct shell *sh, unsigned int line, struct str *s)
{
	if (sh->tty || !line)
		str_add(s, "% ");
	else
		str_addf(s, "%s:%u: ", sh->source.name, line);
}

static void
say_in(struct shell *sh, enum style style, struct str *s)
{
	struct str clean = STR_INIT, painted = STR_INIT;
	const char *text = str_get(s);

	fflush(stdout);
	if (sh->err_clean && term_clean(text, &clean))
		text = str_get(&clean);
	if (sh->err_colour) {
		term_paint(style, text, strlen(text), &painted);
		text = str_get(&painted);
	}
	fprintf(sh->err, "%s\n", text);
	fflush(sh->err);
	str_wipe(&clean);
	str_wipe(&painted);
	str_wipe(s);
}

static void
say(struct shell *sh, struct str *s)
{
	say_in(sh, STYLE_BAD, s);
}

/* The line that is being run, with its secrets masked. */
static void
add_masked(struct shell *sh, struct str *s)
{
	if (sh->secret_off < strlen(sh->line)) {
		str_addn(s, sh->line, sh->secret_off);
		str_add(s, "********");
	} else
		str_add(s, sh->line);
}

static void
error_at(struct shell *sh, unsigned int line, const char *text,
	 const struct err *e)
{
	struct str s = STR_INIT, words = STR_INIT;

	begin(sh, line, &s);
	if (e->path[0]) {
		path_words(sh->ly, e->path, false, &words);
		str_addf(&s, "%s: ", str_get(&words));
		str_fini(&words);
	}
	str_add(&s, e->text[0] ? e->text : "it failed, and did not say why");
	if (!sh->tty && text)
		str_addf(&s, "\n    %s", text);
	say(sh, &s);
}

void
shell_error(struct shell *sh, const struct err *e)
{
	struct str line = STR_INIT;

	if (sh->line)
		add_masked(sh, &line);
	error_at(sh, sh->source.line, sh->line ? str_get(&line) : NULL, e);
	str_wipe(&line);
}

void
shell_errors(struct shell *sh, const struct msg *m, const struct err *e)
{
	struct err one = ERR_INIT;
	bool any = false;
	struct msg_attr a;
	size_t pos = 0;

	while (msg_next(m, &pos, &a)) {
		char *text = a.type == A_ERR_TEXT || a.type == A_ERR_PATH ?
		    msg_attr_str(&a) : NULL;

		if (a.type == A_ERR_KIND) {
			if (any)
				error_at(sh, sh->source.line, NULL, &one);
			err_clear(&one);
			any = true;
		} else if (text && a.type == A_ERR_TEXT)
			snprintf(one.text, sizeof(one.text), "%s", text);
		else if (text)
			snprintf(one.path, sizeof(one.path), "%s", text);
		free(text);
	}
	shell_error(sh, any ? &one : e);
}

void
shell_complain(struct shell *sh, const char *fmt, ...)
{
	struct str s = STR_INIT;
	va_list ap;

	begin(sh, sh->source.line, &s);
	va_start(ap, fmt);
	str_vaddf(&s, fmt, ap);
	va_end(ap);
	say(sh, &s);
}

void
shell_note(struct shell *sh, const char *fmt, ...)
{
	struct str s = STR_INIT;
	va_list ap;

	if (!sh->tty)
		return;
	str_add(&s, "% ");
	va_start(ap, fmt);
	str_vaddf(&s, fmt, ap);
	va_end(ap);
	say_in(sh, STYLE_WARN, &s);
}

void
shell_warnings(struct shell *sh, const struct msg *m)
{
	struct msg_attr a;
	size_t pos = 0;

	while (msg_next(m, &pos, &a)) {
		struct str s = STR_INIT;
		char *text;

		if (a.type != A_WARNING)
			continue;
		text = msg_attr_str(&a);
		begin(sh, sh->source.line, &s);
		str_addf(&s, "warning: %s", text ? text : "?");
		free(text);
		say_in(sh, STYLE_WARN, &s);
	}
}

/* A line that is wrapped has no column to point at: the words around the one
 * that is wrong once more, and the caret below. */
static void
excerpt(const char *line, size_t off, struct str *s)
{
	size_t width = term_width() - 8, from = off, to = off, at;

	while (line[to] && line[to] != ' ' && to - off < width / 2)
		to++;
	while ((line[to] & 0xc0) == 0x80)
		to++;
	while (from > 0 && to - from < width)
		from--;
	while (from < off && from > 0 && line[from - 1] != ' ')
		from++;
	str_add(s, from ? "... " : "");
	str_addn(s, line + from, to - from);
	str_addc(s, '\n');
	at = (from ? 4 : 0) + str_columns(line + from, off - from);
	for (size_t i = 0; i < at; i++)
		str_addc(s, ' ');
	str_add(s, "^\n");
}

void
shell_point(struct shell *sh, size_t off, const struct err *e)
{
	/* Not behind a secret: its length is a secret, too. */
	size_t column = str_columns(sh->line, sh->tty || off <= sh->secret_off ?
				    off : sh->secret_off);
	struct str s = STR_INIT;

	if (sh->tty) {
		if (sh->prompt_len + column < term_width()) {
			str_pad(&s, sh->prompt_len + column, ' ');
			str_add(&s, "^\n");
		} else if (off <= sh->secret_off)
			excerpt(sh->line, off, &s);
		str_addf(&s, "%% %s", e->text);
		say(sh, &s);
		return;
	}
	begin(sh, sh->source.line, &s);
	str_addf(&s, "%s\n    ", e->text);
	add_masked(sh, &s);
	str_addc(&s, '\n');
	for (size_t i = 0; i < column + 4; i++)
		str_addc(&s, ' ');
	str_addc(&s, '^');
	say(sh, &s);
}
