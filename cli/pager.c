#include "pager.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "str.h"
#include "term.h"

#define PATTERN_MAX	200
#define LOOK_EACH	256	/* lines between two looks for Ctrl-C */

static const char more[] = "--More-- (space: next page, q: stop, h: help)";
static const char help[] =
    "space, f     next page          b, u   a page back\n"
    "Enter, j     next line          k      a line back\n"
    "/ PATTERN    on to a line that matches; n: to the next one\n"
    "G            all the rest       q, Ctrl-C   stop\n";

struct pager {
	FILE		*to;
	struct pager_ops ops;
	char		**line;		/* all of the output so far */
	size_t		 n, size;
	size_t		 next;		/* the first not on the screen */
	unsigned long	 lines;
	unsigned int	 room;		/* rows left on this page */
	bool		 paging;	/* the terminal gives us keys */
	bool		 free_run;	/* no more stops */
	bool		 stopped;
	bool		 searching;	/* shown is only what comes from a match
					 * of re on */
	bool		 has_re;
	regex_t		 re;
	size_t		 from;		/* where the search began */
};

struct pager *
pager_new(FILE *to, const struct pager_ops *ops)
{
	struct pager *p = mem_zero(1, sizeof(*p));

	p->to = to;
	p->ops = *ops;
	return p;
}

static void
reset(struct pager *p)
{
	for (size_t i = 0; i < p->n; i++)
		str_free(p->line[i]);
	free(p->line);
	if (p->has_re)
		regfree(&p->re);
	if (p->paging)
		p->ops.end(p->ops.arg);
	*p = (struct pager){ .to = p->to, .ops = p->ops };
}

void
pager_free(struct pager *p)
{
	if (p)
		reset(p);
	free(p);
}

/* Rows that a line takes. */
static unsigned int
rows_of(const struct pager *p, const char *line)
{
	unsigned int width = p->ops.columns(p->ops.arg);
	size_t columns = term_columns(line);

	return columns <= width ? 1 :
	    (unsigned int)((columns + width - 1) / width);
}

static unsigned int
page(const struct pager *p)
{
	unsigned int rows = p->ops.rows(p->ops.arg);

	return rows > 2 ? rows - 1 : 1;
}

/* A line at the bottom, and then it is gone again. */
static void
put_prompt(struct pager *p, const char *text)
{
	int width = (int)p->ops.columns(p->ops.arg) - 1;

	fprintf(p->to, "\r%.*s", width, text);
	fflush(p->to);
}

static void
wipe_prompt(struct pager *p, size_t len)
{
	size_t width = p->ops.columns(p->ops.arg) - 1;

	fprintf(p->to, "\r%*s\r", (int)(len < width ? len : width), "");
}

/* --- searching --- */

/* A pattern typed at the bottom; NULL if it was given up. */
static char *
ask_pattern(struct pager *p)
{
	struct str s = STR_INIT;
	size_t len = 0;
	int key;

	str_addc(&s, '/');
	for (;;) {
		put_prompt(p, str_get(&s));
		len = s.len;
		key = p->ops.key(p->ops.arg);
		if (key == PAGER_RESIZED)
			continue;
		wipe_prompt(p, len);
		if (key == '\r' || key == '\n')
			return str_take(&s);
		if (key == '\b' || key == 0x7f)
			str_cut(&s, s.len - 1);
		else if (key >= ' ' && s.len < PATTERN_MAX)
			str_addc(&s, (char)key);
		if (key == PAGER_STOP || key == 27 || !s.len) {
			p->stopped = key == PAGER_STOP;
			str_fini(&s);
			return NULL;
		}
	}
}

static void
note(struct pager *p, const char *text)
{
	fprintf(p->to, "%% %s\n", text);
}

static void
search(struct pager *p, bool again)
{
	char *text = again ? NULL : ask_pattern(p);

	if (!again && !text)
		return;
	if (!again && p->has_re) {
		regfree(&p->re);
		p->has_re = false;
	}
	if (!again && regcomp(&p->re, text + 1, REG_EXTENDED | REG_NOSUB))
		note(p, "not a regular expression");
	else if (!again)
		p->has_re = true;
	free(text);
	p->searching = p->has_re;
	p->from = p->next;
	if (p->searching)
		p->room = page(p);
}

static bool
matches(const struct pager *p, const char *line)
{
	struct str plain = STR_INIT;
	bool is;

	term_plain(line, &plain);
	is = regexec(&p->re, str_get(&plain), 0, NULL, 0) == 0;
	str_wipe(&plain);
	return is;
}

/* Passes over what does not match; false if the match is still to come. */
static bool
found(struct pager *p)
{
	for (; p->next < p->n; p->next++)
		if (matches(p, p->line[p->next])) {
			p->searching = false;
			return true;
		}
	return false;
}

/* --- keys --- */

/* The page that ends `rows` rows before the last line shown, anew. */
static void
back(struct pager *p, unsigned int rows)
{
	unsigned int whole = page(p), used = 0;

	rows += whole;
	while (p->next > 0 && used < rows)
		used += rows_of(p, p->line[--p->next]);
	p->room = whole;
}

static void
obey(struct pager *p, int key)
{
	switch (key) {
	case ' ': case 'f': case 6:		/* Ctrl-F */
		p->room = page(p);
		break;
	case '\r': case '\n': case 'j':
		p->room = rows_of(p, p->line[p->next]);
		break;
	case 'b': case 'u': case 2:		/* Ctrl-B */
		back(p, page(p));
		break;
	case 'k':
		back(p, 1);
		break;
	case 'G':
		p->free_run = true;
		break;
	case '/':
		search(p, false);
		break;
	case 'n':
		search(p, true);
		break;
	case 'h': case '?':
		fputs(help, p->to);
		break;
	case 'q': case 'Q': case 3: case PAGER_STOP:
		p->stopped = true;
		break;
	default:
		break;
	}
}

/* What follows an escape: of the keys with arrows and the like. */
static int
escaped(struct pager *p)
{
	int key = p->ops.key(p->ops.arg), first;

	if (key != '[' && key != 'O')
		return key;
	first = key = p->ops.key(p->ops.arg);
	while (key >= ' ' && key < '@')		/* ECMA-48 5.4 */
		key = p->ops.key(p->ops.arg);
	if (key == '~')
		return first == '5' ? 'b' : first == '6' ? ' ' :
		    first == '4' ? 'G' : 0;
	return key == 'A' ? 'k' : key == 'B' ? 'j' : key == 'F' ? 'G' :
	    key < 0 ? key : 0;
}

/* At the end of a page. */
static void
ask(struct pager *p)
{
	int key;

	if (!p->paging)
		p->paging = p->ops.begin(p->ops.arg);
	if (!p->paging) {
		p->free_run = true;
		return;
	}
	put_prompt(p, more);
	key = p->ops.key(p->ops.arg);
	if (key == 27)
		key = escaped(p);
	wipe_prompt(p, sizeof(more) - 1);
	obey(p, key);
}

/* What there is, as far as the page goes. */
static void
advance(struct pager *p)
{
	unsigned int rows;

	while (p->next < p->n && !p->stopped) {
		if (p->searching && !found(p))
			break;
		rows = rows_of(p, p->line[p->next]);
		/* a line that is longer than a page is begun on a new one */
		if (!p->free_run && p->room < rows && p->room < page(p)) {
			ask(p);
			continue;
		}
		fprintf(p->to, "%s\n", p->line[p->next++]);
		p->room = p->room > rows ? p->room - rows : 0;
	}
}

bool
pager_line(void *arg, const char *line, bool pages)
{
	struct pager *p = arg;

	if (!p->n)
		p->room = page(p);
	if (!pages || p->ops.rows(p->ops.arg) == 0)
		p->free_run = true;
	if (++p->lines % LOOK_EACH == 0 && p->ops.interrupted(p->ops.arg))
		p->stopped = true;
	if (p->free_run && p->next == p->n && !p->stopped) {
		fprintf(p->to, "%s\n", line);
		return true;
	}
	if (p->n == p->size) {
		p->size = p->size ? 2 * p->size : 64;
		p->line = mem_grow(p->line, p->size, sizeof(*p->line));
	}
	p->line[p->n++] = str_dup(line);
	advance(p);
	return !p->stopped;
}

void
pager_end(void *arg)
{
	struct pager *p = arg;

	while (p->searching && !p->stopped) {
		note(p, "nothing further matches");
		p->searching = false;
		p->next = p->from;
		p->room = 0;
		advance(p);
	}
	fflush(p->to);
	reset(p);
}
