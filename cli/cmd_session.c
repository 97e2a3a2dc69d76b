/* Who else is there, the lock, and what others have committed meanwhile. */
#include "cmds.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "json_text.h"
#include "msg.h"
#include "parse.h"
#include "shell.h"

struct row {
	uint32_t	 number, idle;
	uint64_t	 since;
	char		*user, *role, *from;
	bool		 self, editing, locked;
};

static void
row_fini(struct row *r)
{
	free(r->user);
	free(r->role);
	free(r->from);
	memset(r, 0, sizeof(*r));
}

static void
row_take(struct row *r, const struct msg_attr *a)
{
	char **text = a->type == A_USER ? &r->user : a->type == A_ROLE ?
	    &r->role : a->type == A_FROM ? &r->from : NULL;

	if (text && !*text)
		*text = msg_attr_str(a);
	r->self |= a->type == A_SELF;
	r->editing |= a->type == A_EDITING;
	r->locked |= a->type == A_LOCKED;
	if (a->type == A_IDLE)
		r->idle = (uint32_t)msg_attr_number(a);
	if (a->type == A_TIME)
		r->since = msg_attr_number(a);
}

/* The session that begins at *pos; false at the end. */
static bool
row_next(const struct msg *m, size_t *pos, struct row *r)
{
	size_t at = *pos;
	struct msg_attr a;

	row_fini(r);
	while (msg_next(m, &at, &a)) {
		if (a.type == A_SESSION && r->number)
			break;
		if (a.type == A_SESSION)
			r->number = (uint32_t)msg_attr_number(&a);
		else
			row_take(r, &a);
		*pos = at;
	}
	return r->number != 0;
}

static void
row_text(struct out *out, const struct row *r)
{
	char since[TIME_TEXT_MAX];

	out_f(out, "%-8" PRIu32 " %-12s %-14s %-16s %s  %6" PRIu32 "  %s%s%s\n",
	      r->number, r->user ? r->user : "?", r->role ? r->role : "?",
	      r->from ? r->from : "-", time_text(r->since, since), r->idle,
	      r->editing ? "edits" :
	      r->self ? "this one" : r->locked ? "" : "-", r->locked ?
	      (r->editing || r->self ? ", lock" : "lock") : "",
	      r->editing && r->self ? ", this one" : "");
}

static void
row_json(struct json *j, const struct row *r)
{
	json_object(j, NULL);
	json_u32(j, "session", r->number);
	json_str(j, "user", r->user ? r->user : "");
	json_str(j, "role", r->role ? r->role : "");
	if (r->from)
		json_str(j, "from", r->from);
	json_u64(j, "since", r->since);
	json_u32(j, "idle", r->idle);
	json_bool(j, "self", r->self);
	json_bool(j, "editing", r->editing);
	json_bool(j, "lock", r->locked);
	json_object_end(j);
}

static enum status
ask(struct shell *sh, bool unsaved, struct msg *reply, struct err *e)
{
	struct msg req;

	msg_init(&req, OP_SESSIONS, 0, 0);
	if (unsaved)
		msg_add(&req, A_UNSAVED, NULL, 0);
	return shell_call(sh, &req, reply, e);
}

int
cmd_show_sessions(struct shell *sh, struct parse *p)
{
	struct row r = { 0 };
	struct err e = ERR_INIT;
	struct msg reply;
	struct json j;
	size_t pos = 0;
	enum status st = ask(sh, false, &reply, &e);

	(void)p;
	if (st != ST_OK) {
		shell_error(sh, &e);
		msg_fini(&reply);
		return st;
	}
	sh->out.fold = true;
	json_init(&j);
	json_array(&j, NULL);
	if (!sh->out.json)
		out_text(&sh->out, "SESSION  USER         ROLE           FROM   "
			 "          SINCE                IDLE s  DOES\n");
	while (row_next(&reply, &pos, &r)) {
		if (sh->out.json)
			row_json(&j, &r);
		else
			row_text(&sh->out, &r);
	}
	row_fini(&r);
	json_array_end(&j);
	if (sh->out.json && json_ok(&j))
		json_show(&sh->out, j.text);
	json_fini(&j);
	msg_fini(&reply);
	return ST_OK;
}

void
session_others(struct shell *sh)
{
	struct row r = { 0 };
	struct err e = ERR_INIT;
	struct msg reply;
	size_t pos = 0;

	if (ask(sh, false, &reply, &e) == ST_OK)
		while (row_next(&reply, &pos, &r)) {
			if (r.self || (!r.editing && !r.locked))
				continue;
			shell_note(sh, "%s%s%s %s, too (idle for %" PRIu32
				   " s)", r.user ? r.user : "?",
				   r.from ? " on " : "", r.from ? r.from : "",
				   r.locked ? "is here and holds the lock" :
				   "is editing", r.idle);
		}
	row_fini(&r);
	msg_fini(&reply);
}

bool
session_saved(struct shell *sh)
{
	struct err e = ERR_INIT;
	struct msg reply;
	struct msg_attr a;
	bool saved = true;

	if (ask(sh, true, &reply, &e) == ST_OK)
		saved = !msg_find(&reply, A_UNSAVED, &a);
	msg_fini(&reply);
	return saved;
}

void
session_left(struct shell *sh)
{
	if (sh->changed)
		shell_note(sh, "there are changes that are not committed; they "
			   "are kept while you are logged in (config commit, "
			   "config abort)");
	else if (sh->committed && sh->tty && !session_saved(sh))
		shell_note(sh, "what is running is not saved for the next "
			   "start: copy running-config startup-config");
}

static enum status
simple(struct shell *sh, struct msg *req, struct msg *reply)
{
	struct err e = ERR_INIT;
	enum status st = shell_call(sh, req, reply, &e);

	if (st == ST_OK)
		return st;
	return cmd_refused(sh, reply, &e, st, ST_FAILED);
}

int
cmd_lock(struct shell *sh, struct parse *p)
{
	struct msg req, reply;
	enum status st;

	(void)p;
	msg_init(&req, OP_LOCK, 0, 0);
	st = simple(sh, &req, &reply);
	if (st == ST_OK)
		msg_fini(&reply);
	return st;
}

int
cmd_unlock(struct shell *sh, struct parse *p)
{
	struct msg req, reply;
	enum status st;

	msg_init(&req, OP_UNLOCK, 0, 0);
	if (p->number == 0)
		msg_add(&req, A_FORCE, NULL, 0);
	st = simple(sh, &req, &reply);
	if (st == ST_OK)
		msg_fini(&reply);
	return st;
}

int
cmd_rebase(struct shell *sh, struct parse *p)
{
	struct msg req, reply;
	uint32_t n = 0;
	enum status st;

	msg_init(&req, OP_REBASE, 0, 0);
	if (p->number >= 0)
		msg_add_u32(&req, A_REBASE, p->number == 0 ? REBASE_MINE :
			    REBASE_THEIRS);
	st = simple(sh, &req, &reply);
	if (st != ST_OK)
		return st;
	msg_u32(&reply, A_COUNT, &n);
	out_text(&sh->out, "The changes are on top of what is running now");
	if (n)
		out_f(&sh->out, "; %" PRIu32 " that somebody else had changed, "
		      "too, %s %s", n, n == 1 ? "is" : "are", p->number == 0 ?
		      "as you changed them" : "as they changed them");
	out_text(&sh->out, ".\n");
	msg_fini(&reply);
	return ST_OK;
}
