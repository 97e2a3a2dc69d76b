/* OP_MARK, OP_REVERT, OP_RELEASE: many batches of edits that are one. */
#include "msg.h"
#include "request.h"
#include "session.h"
#include "unit.h"

static int
unmarked(struct err *e)
{
	return err_set(e, ERR_NOTFOUND, "the candidate as it was is not known "
		       "any more");
}

enum verdict
request_mark(struct session *s, const struct msg *m, struct msg *r,
	     struct err *e)
{
	(void)m;
	(void)r;
	if (request_idle(s, e) < 0)
		return REFUSED;
	if (session_mark(s) == 0)
		return ANSWER;
	err_set(e, ERR_RESOURCE, "no memory to remember the candidate");
	return REFUSED;
}

enum verdict
request_revert(struct session *s, const struct msg *m, struct msg *r,
	       struct err *e)
{
	(void)m;
	(void)r;
	if (request_idle(s, e) < 0 || (!session_revert(s) && unmarked(e) < 0))
		return REFUSED;
	return ANSWER;
}

static int
count_one(struct unit *before, struct unit *after, void *arg)
{
	unsigned int *n = arg;

	*n += !unit_equal(before, after);
	return 0;
}

enum verdict
request_release(struct session *s, const struct msg *m, struct msg *r,
		struct err *e)
{
	unsigned int n = 0;

	(void)m;
	if (request_idle(s, e) < 0 || (!s->marked && unmarked(e) < 0))
		return REFUSED;
	map_diff(s->mark != NULL ? s->mark : s->base != NULL ? s->base :
		 session_config(s), session_config(s), count_one, &n);
	session_unmark(s);
	msg_add_u32(r, A_COUNT, n);
	return ANSWER;
}
