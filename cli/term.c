#include "term.h"

#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "str.h"

#define WIDTH		80
#define WIDTH_MIN	20

unsigned int
term_width(void)
{
	struct winsize ws;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) < 0 || ws.ws_col < WIDTH_MIN)
		return WIDTH;
	return ws.ws_col;
}

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
