#include "term.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "str.h"

#define WIDTH		80
#define WIDTH_MIN	20
#define HEIGHT		24
#define RESET		"\033[0m"

unsigned int
term_width(void)
{
	struct winsize ws;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) < 0 || ws.ws_col < WIDTH_MIN)
		return WIDTH;
	return ws.ws_col;
}

unsigned int
term_height(void)
{
	const char *lines = getenv("LINES");
	struct winsize ws;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_row)
		return ws.ws_row;
	return lines && atoi(lines) > 0 ? (unsigned int)atoi(lines) : HEIGHT;
}

/* --- colour --- */

bool
term_colour(FILE *f)
{
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");

	return !(no && *no) && term && *term && strcmp(term, "dumb") &&
	    isatty(fileno(f));
}

void
term_paint(enum style style, const char *text, size_t len, struct str *s)
{
	static const char *const codes[] = {
		[STYLE_GOOD] = "\033[32m", [STYLE_BAD] = "\033[31m",
		[STYLE_WARN] = "\033[33m",
	};

	str_add(s, codes[style]);
	str_addn(s, text, len);
	str_add(s, RESET);
}

/* The length of a colour's code, or 0. */
static size_t
code_len(const char *p)
{
	size_t n;

	if (p[0] != '\033' || p[1] != '[')
		return 0;
	n = 2 + strspn(p + 2, "0123456789;");
	return p[n] == 'm' ? n + 1 : 0;
}

void
term_plain(const char *painted, struct str *s)
{
	for (const char *p = painted; *p; ) {
		size_t n = code_len(p);

		if (!n)
			str_addc(s, *p++);
		p += n;
	}
}

size_t
term_columns(const char *line)
{
	size_t at = 0;

	while (*line) {
		size_t n = code_len(line);

		if (n)
			line += n;
		else if (*line == '\t')
			at += 8 - at % 8, line++;
		else {
			n = strcspn(line, "\t\033");
			n += n == 0;
			at += str_columns(line, n);
			line += n;
		}
	}
	return at;
}

/* C0, DEL, and C1 in UTF-8 (U+0080 to U+009F) */
static bool
is_control(const char *p)
{
	unsigned char c = (unsigned char)p[0], d = (unsigned char)p[1];

	return (c < ' ' && c != '\t' && c != '\n') || c == 0x7f ||
	    (c == 0xc2 && d >= 0x80 && d < 0xa0);
}

bool
term_clean(const char *text, struct str *s)
{
	const char *p = text;

	while (*p && !is_control(p))
		p++;
	if (!*p)
		return false;
	str_addn(s, text, (size_t)(p - text));
	for (; *p; p++) {
		if (!is_control(p)) {
			str_addc(s, *p);
			continue;
		}
		if ((unsigned char)*p == 0xc2)
			p++;
		str_addf(s, "\\x%02x", (unsigned char)*p);
	}
	return true;
}

/* --- fitting --- */

static void
new_line(unsigned int indent, struct str *s)
{
	for (unsigned int i = 0; i < indent; i++)
		str_addc(s, ' ');
}

/* From column `at` on; later lines are indented. */
static void
wrap_from(const char *text, unsigned int at, unsigned int indent,
	  unsigned int width, struct str *s)
{
	bool first = true;

	while (*text) {
		size_t len = strcspn(text, " ");
		unsigned int cols = (unsigned int)str_columns(text, len);

		if (len && !first && at + 1 + cols >= width) {
			str_addc(s, '\n');
			new_line(indent, s);
			at = indent;
			first = true;
		}
		if (len && !first) {
			str_addc(s, ' ');
			at++;
		}
		str_addn(s, text, len);
		at += cols;
		first = first && !len;
		text += len;
		text += strspn(text, " ");
	}
	str_addc(s, '\n');
}

void
term_wrap(const char *text, unsigned int indent, unsigned int width,
	  struct str *s)
{
	if (!*text)
		return;
	new_line(indent, s);
	wrap_from(text, indent, indent, width, s);
}

void
term_item(const char *name, const char *help, unsigned int indent,
	  unsigned int column, unsigned int width, struct str *s)
{
	unsigned int at = indent + (unsigned int)str_columns(name, strlen(name));
	unsigned int to = indent + column;

	new_line(indent, s);
	str_add(s, name);
	if (!*help) {
		str_addc(s, '\n');
		return;
	}
	if (at + 2 > to) {
		str_add(s, "  ");
		at += 2;
	}
	for (; at < to; at++)
		str_addc(s, ' ');
	wrap_from(help, at, to, width, s);
}

/* Where the last column that is well within the width begins. */
static size_t
hang(const char *line, unsigned int width)
{
	size_t first = strspn(line, " "), at = first + 4, i;

	for (i = first + 2; line[i] && i < width * 2 / 3; i++)
		if (line[i] != ' ' && line[i - 1] == ' ' && line[i - 2] == ' ')
			at = i;
	return at;
}

/* Octets of the text that fit, up to a blank; all up to the first one if that is
 * too long. */
static size_t
fitting(const char *text, unsigned int columns)
{
	size_t at = 0, end = 0, used = 0;

	while (text[at]) {
		size_t blanks = strspn(text + at, " ");
		size_t word = strcspn(text + at + blanks, " ");

		used += blanks + str_columns(text + at + blanks, word);
		if (end && used > columns)
			break;
		at += blanks + word;
		end = at;
	}
	return end;
}

void
term_fold(const char *line, unsigned int width, struct str *s)
{
	size_t by = hang(line, width), n;

	if (str_columns(line, strlen(line)) <= width) {
		str_add(s, line);
		return;
	}
	n = fitting(line, width);
	str_addn(s, line, n);
	for (line += n; *(line += strspn(line, " ")); line += n) {
		str_addc(s, '\n');
		new_line((unsigned int)by, s);
		n = fitting(line, width - (unsigned int)by);
		str_addn(s, line, n);
	}
}
