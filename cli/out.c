#include "out.h"

#include <errno.h>
#include <string.h>

#include "term.h"

void
out_init(struct out *o, FILE *to)
{
	memset(o, 0, sizeof(*o));
	o->to = to;
}

void
out_fini(struct out *o)
{
	filters_fini(&o->filters);
	user_file_drop(&o->file);
	str_wipe(&o->part);
}

int
out_filters(struct out *o, const struct line *l, struct err *e,
	    unsigned int *word)
{
	filters_fini(&o->filters);
	o->json = false;
	if (filters_parse(&o->filters, l, e, word) < 0)
		return -1;
	o->json = o->filters.json;
	return 0;
}

int
out_begin(struct out *o, struct err *e)
{
	o->live = o->stopped = o->fold = false;
	o->paint = NULL;
	o->saved = 0;
	if (!o->filters.save)
		return 0;
	return user_file_create(&o->file, o->filters.save, e);
}

static void
show_row(struct out *o, const char *line)
{
	struct str painted = STR_INIT;

	if (o->colour && o->paint) {
		o->paint(line, &painted);
		line = str_get(&painted);
	}
	if (o->screen && !o->live)
		o->stopped = !o->screen->line(o->screen->arg, line,
					      !o->filters.no_more);
	else {
		fputs(line, o->to);
		putc('\n', o->to);
	}
	str_wipe(&painted);
}

static void
show(struct out *o, const char *line)
{
	struct str clean = STR_INIT, folded = STR_INIT;
	char *row, *rest;

	if (o->clean && term_clean(line, &clean))
		line = str_get(&clean);
	if (o->clean && o->fold && !o->json) {
		term_fold(line, term_width(), &folded);
		rest = folded.len ? folded.s : NULL;
		while ((row = strsep(&rest, "\n")))
			show_row(o, row);
		if (!folded.len)
			show_row(o, "");
	} else
		show_row(o, line);
	str_wipe(&clean);
	str_wipe(&folded);
}

static void
put_line(struct out *o, unsigned int from, const char *line)
{
	if (o->stopped || !filters_pass(&o->filters, from, line))
		return;
	if (!o->file.f) {
		show(o, line);
		return;
	}
	fputs(line, o->file.f);
	putc('\n', o->file.f);
	o->saved++;
}

void
out_text(struct out *o, const char *text)
{
	const char *nl;

	for (; (nl = strchr(text, '\n')) && !o->stopped; text = nl + 1) {
		str_addn(&o->part, text, (size_t)(nl - text));
		put_line(o, 0, str_get(&o->part));
		str_clear(&o->part);
	}
	if (!o->stopped)
		str_add(&o->part, text);
	if (o->live)
		fflush(o->to);
}

void
out_f(struct out *o, const char *fmt, ...)
{
	struct str s = STR_INIT;
	va_list ap;

	va_start(ap, fmt);
	str_vaddf(&s, fmt, ap);
	va_end(ap);
	out_text(o, str_get(&s));
	str_wipe(&s);
}

bool
out_stopped(const struct out *o)
{
	return o->stopped;
}

static void
put_counts(struct out *o)
{
	unsigned long count;
	unsigned int at = 0;
	char text[24];

	while (filters_count(&o->filters, &at, &count)) {
		snprintf(text, sizeof(text), "%lu", count);
		put_line(o, at, text);
	}
}

void
out_pause(struct out *o)
{
	if (o->screen)
		o->screen->end(o->screen->arg);
	o->stopped = false;
	fflush(o->to);
}

int
out_end(struct out *o, bool ok, struct err *e)
{
	int rc = 0;

	if (o->part.len)
		put_line(o, 0, str_get(&o->part));
	str_clear(&o->part);
	put_counts(o);
	if (o->screen)
		o->screen->end(o->screen->arg);
	if (o->file.f && ok)
		rc = user_file_keep(&o->file, e);
	user_file_drop(&o->file);
	filters_fini(&o->filters);
	o->json = o->live = o->fold = false;
	o->paint = NULL;
	if ((fflush(o->to) != 0 || ferror(o->to)) && !o->error)
		o->error = errno;
	return rc;
}
