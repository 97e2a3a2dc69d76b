/* OP_EDIT_DATA: a stream of edits, none of which becomes a tree of its own. */
#include <stdlib.h>
#include <string.h>

#include "confd.h"
#include "edit.h"
#include "msg.h"
#include "path.h"
#include "request.h"
#include "session.h"

#define NOTES_MAX	20

/* One edit and its strings, which are freed before the next one. */
struct reader {
	const struct msg	*m;
	size_t			 pos;
	char			*path, *value, *data;
};

static void
reader_clear(struct reader *r)
{
	if (r->value != NULL)
		explicit_bzero(r->value, strlen(r->value));
	if (r->data != NULL)
		explicit_bzero(r->data, strlen(r->data));
	free(r->path);
	free(r->value);
	free(r->data);
	r->path = r->value = r->data = NULL;
}

static int
reader_string(const struct msg_attr *a, char **out, struct err *e)
{
	if (*out != NULL)
		return err_set(e, ERR_INVALID, "an edit has something twice");
	*out = msg_attr_str(a);
	return *out != NULL ? 0 : err_set(e, ERR_INVALID, "an edit has "
					  "something that is not text");
}

/* 1: an edit, 0: the end. */
static int
reader_next(struct reader *r, struct edit *ed, struct err *e)
{
	struct msg_attr a;
	size_t pos = r->pos;
	int rc = 0;

	reader_clear(r);
	memset(ed, 0, sizeof(*ed));
	if (!msg_next(r->m, &r->pos, &a))
		return 0;
	if (a.type != A_EDIT || a.len != 4)
		return err_set(e, ERR_INVALID, "an edit does not begin with "
			       "its operation");
	ed->op = a.p[0] == 0 && a.p[1] == 0 && a.p[2] == 0 ? a.p[3] : 0;
	for (pos = r->pos; rc == 0 && msg_next(r->m, &pos, &a) &&
	     a.type != A_EDIT; r->pos = pos) {
		if (a.type == A_PATH)
			rc = reader_string(&a, &r->path, e);
		else if (a.type == A_VALUE)
			rc = reader_string(&a, &r->value, e);
		else if (a.type == A_DATA)
			rc = reader_string(&a, &r->data, e);
		else
			rc = err_set(e, ERR_INVALID, "an edit has an unknown "
				     "attribute %u", a.type);
	}
	if (rc == 0 && r->path == NULL)
		rc = err_set(e, ERR_INVALID, "an edit has no path");
	ed->path = r->path;
	ed->value = r->value;
	ed->data = r->data;
	return rc < 0 ? -1 : 1;
}

int
request_idle(struct session *s, struct err *e)
{
	if (!s->waiting)
		return 0;
	return err_set(e, ERR_CONFLICT, "a commit of this session is still "
		       "under way");
}

/* The number of the edit that touches what e is about. */
static unsigned int
edit_about(const struct session *s, const struct msg *m, const struct err *e)
{
	struct reader reader = { .m = m };
	struct err ignored;
	unsigned int i = 0;
	struct path p;
	struct edit ed;

	for (; reader_next(&reader, &ed, &ignored) > 0; i++)
		if (path_parse(&p, &s->confd->schema, ed.path, &ignored) == 0 &&
		    (path_covers(p.text, e->path) ||
		     path_covers(e->path, p.text)))
			break;
	reader_clear(&reader);
	return i;
}

enum verdict
request_edit(struct session *s, const struct msg *m, struct msg *r, struct err *e)
{
	struct reader reader = { .m = m };
	struct map *map;
	unsigned int notes = 0;
	struct batch b;
	struct edit ed;
	int rc;

	if (request_idle(s, e) < 0)
		return REFUSED;
	map = session_edit(s);
	if (map == NULL) {
		err_set(e, ERR_RESOURCE, "no memory for a candidate");
		return REFUSED;
	}
	edit_begin(&b, &s->confd->schema, map, ++s->confd->batch_serial);
	b.author = &s->role;
	while ((rc = reader_next(&reader, &ed, e)) > 0) {
		if (edit_apply(&b, &ed, e) < 0) {
			rc = -1;
			break;
		}
		if (b.note[0] != '\0' && notes++ < NOTES_MAX)
			msg_add_str(r, A_WARNING, b.note);
	}
	reader_clear(&reader);
	if (rc == 0 && (rc = access_batch(s->role, &b, e)) < 0)
		b.index = edit_about(s, m, e);
	if (rc < 0)
		edit_undo(&b);
	else
		rc = edit_end(&b, e);
	if (rc < 0) {
		msg_add_u32(r, A_INDEX, b.index);
		return REFUSED;
	}
	msg_add_u32(r, A_COUNT, b.changed);
	return ANSWER;
}
