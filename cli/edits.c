#include "edits.h"

#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "proto.h"
#include "str.h"

void
edits_fini(struct edits *e)
{
	if (e->open)
		msg_fini(&e->msg);
	for (unsigned int i = 0; i < e->nlines; i++)
		free(e->line[i].text);
	free(e->line);
	memset(e, 0, sizeof(*e));
}

void
edits_line(struct edits *e, unsigned int line, const char *text)
{
	struct edit_line *l;

	if (e->nlines == e->size) {
		e->size = e->size ? 2 * e->size : 16;
		e->line = mem_grow(e->line, e->size, sizeof(*e->line));
	}
	l = &e->line[e->nlines++];
	l->first = e->n;
	l->line = line;
	l->text = str_dup(text);
}

void
edits_add(struct edits *e, const struct edit *edit)
{
	if (!e->open) {
		msg_init(&e->msg, OP_EDIT_DATA, 0, 0);
		e->open = true;
	}
	msg_add_u32(&e->msg, A_EDIT, edit->op);
	msg_add_str(&e->msg, A_PATH, edit->path);
	msg_add_str(&e->msg, A_VALUE, edit->value);
	e->n++;
}

bool
edits_full(const struct edits *e)
{
	return e->n >= EDITS_BATCH || (e->open && e->msg.len >= EDITS_BYTES);
}

void
edits_take(struct edits *e, struct msg *m)
{
	*m = e->msg;
	e->open = false;
}

const struct edit_line *
edits_find(const struct edits *e, unsigned int index)
{
	for (unsigned int i = e->nlines; i > 0; i--)
		if (e->line[i - 1].first <= index)
			return &e->line[i - 1];
	return NULL;
}
