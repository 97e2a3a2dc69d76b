/* Commands that put the candidate into effect, or fetch another one. */
#include "cmds.h"

#include <inttypes.h>

#include "json_text.h"
#include "msg.h"
#include "parse.h"
#include "shell.h"

#define CONFIRM_S	600	/* unless somebody says otherwise */

enum status
cmd_refused(struct shell *sh, struct msg *reply, const struct err *e,
	    enum status st, enum status otherwise)
{
	shell_warnings(sh, reply);
	shell_errors(sh, reply, e);
	msg_fini(reply);
	return st == ST_DAEMON ? st : otherwise;
}

/* A call in which confd says what it is going to do. */
static enum status
call(struct shell *sh, struct msg *req, struct msg *reply, struct err *e)
{
	enum status st;

	sh->committing = true;
	sh->previewed = false;
	json_init(&sh->preview);
	st = shell_call(sh, req, reply, e);
	sh->committing = false;
	if (st != ST_OK)
		json_fini(&sh->preview);
	return st;
}

/* What was previewed, with the number of the commit (0: none) and the seconds
 * until it is taken back (0: it is not). */
static void
say_json(struct shell *sh, bool commit, uint32_t number, uint32_t confirm_s)
{
	struct json *j = &sh->preview;

	if (!sh->previewed)
		json_object(j, NULL);
	if (!sh->previewed && !commit) {
		json_array(j, "impact");
		json_array_end(j);
	}
	if (commit && number)
		json_u32(j, "commit", number);
	else if (commit)
		json_raw(j, "commit", "null", 4);
	if (confirm_s)
		json_u32(j, "confirm", confirm_s);
	json_object_end(j);
	if (json_ok(j))
		json_show(&sh->out, j->text);
	json_fini(j);
}

/* "10 minutes" */
static void
say_time(struct shell *sh, uint32_t seconds)
{
	uint32_t n = seconds % 60 ? seconds : seconds / 60;

	out_f(&sh->out, "%" PRIu32 " %s%s", n, seconds % 60 ? "second" :
	      "minute", n == 1 ? "" : "s");
}

static void
say_commit(struct shell *sh, uint32_t number, uint32_t confirm_s)
{
	if (sh->out.json) {
		say_json(sh, true, number, confirm_s);
		return;
	}
	if (number)
		out_f(&sh->out, "Committed: number %" PRIu32 ".\n", number);
	else
		out_text(&sh->out, "Nothing to commit: the configuration is as "
			 "it was.\n");
	if (confirm_s) {
		out_text(&sh->out, "It is taken back in ");
		say_time(sh, confirm_s);
		out_text(&sh->out, " unless it is confirmed with: commit "
			 "confirm\n");
	}
}

/* confirm_s: taken back after that many seconds; 0: never. */
static enum status
commit(struct shell *sh, const char *comment, uint32_t confirm_s)
{
	struct err e = ERR_INIT;
	struct msg req, reply;
	uint32_t number = 0;
	enum status st;

	msg_init(&req, OP_COMMIT, 0, 0);
	msg_add_str(&req, A_COMMENT, comment);
	if (confirm_s)
		msg_add_u32(&req, A_CONFIRM, confirm_s);
	st = call(sh, &req, &reply, &e);
	if (st != ST_OK)
		return cmd_refused(sh, &reply, &e, st, ST_COMMIT);
	shell_warnings(sh, &reply);
	confirm_s = 0;
	msg_u32(&reply, A_COMMIT, &number);
	msg_u32(&reply, A_CONFIRM, &confirm_s);
	say_commit(sh, number, confirm_s);
	msg_fini(&reply);
	sh->changed = 0;
	sh->committed |= number != 0;
	if (sh->tty)
		shell_system(sh);
	return ST_OK;
}

int
cmd_commit(struct shell *sh, struct parse *p)
{
	return commit(sh, p->text, 0);
}

int
cmd_commit_confirmed(struct shell *sh, struct parse *p)
{
	return commit(sh, p->text, p->number < 0 ? CONFIRM_S :
		      (uint32_t)p->number * 60);
}

/* done: what to say before the number and behind it. */
static enum status
decide(struct shell *sh, const struct parse *p, enum proto_op op,
       const char *const done[2])
{
	struct err e = ERR_INIT;
	struct msg req, reply;
	uint32_t number = 0;
	enum status st;

	msg_init(&req, op, 0, 0);
	if (p->number > 0)
		msg_add_u32(&req, A_COMMIT, (uint32_t)p->number);
	st = call(sh, &req, &reply, &e);
	if (st != ST_OK)
		return cmd_refused(sh, &reply, &e, st, ST_COMMIT);
	shell_warnings(sh, &reply);
	msg_u32(&reply, A_COMMIT, &number);
	if (sh->out.json)
		say_json(sh, true, number, 0);
	else
		out_f(&sh->out, "%s%" PRIu32 "%s\n", done[0], number, done[1]);
	msg_fini(&reply);
	return ST_OK;
}

int
cmd_commit_confirm(struct shell *sh, struct parse *p)
{
	static const char *const done[2] = { "Confirmed: number ", " stays." };

	return decide(sh, p, OP_CONFIRM, done);
}

int
cmd_commit_cancel(struct shell *sh, struct parse *p)
{
	static const char *const done[2] = { "Taken back by commit ", "." };
	enum status st = decide(sh, p, OP_CANCEL, done);

	if (st == ST_OK && sh->tty)
		shell_system(sh);
	return st;
}

int
cmd_commit_check(struct shell *sh, struct parse *p)
{
	struct err e = ERR_INIT;
	struct msg req, reply;
	enum status st;

	(void)p;
	msg_init(&req, OP_VALIDATE, 0, 0);
	st = call(sh, &req, &reply, &e);
	if (st != ST_OK)
		return cmd_refused(sh, &reply, &e, st, ST_COMMIT);
	shell_warnings(sh, &reply);
	if (sh->out.json)
		say_json(sh, false, 0, 0);
	else
		out_text(&sh->out, sh->previewed ? "The candidate is valid.\n" :
			 "The candidate is valid and changes nothing.\n");
	msg_fini(&reply);
	return ST_OK;
}

static void
to_exec(struct parse *p)
{
	levels_to_exec(&p->at);
	p->keep = true;
}

int
cmd_leave(struct shell *sh, struct parse *p)
{
	enum status st = commit(sh, NULL, 0);

	if (st == ST_OK) {
		to_exec(p);
		session_left(sh);
	}
	return st;
}

int
cmd_abort(struct shell *sh, struct parse *p)
{
	struct err e = ERR_INIT;
	struct msg req, reply;
	enum status st;

	msg_init(&req, OP_DISCARD, 0, 0);
	st = shell_call(sh, &req, &reply, &e);
	if (st != ST_OK)
		return cmd_refused(sh, &reply, &e, st, ST_FAILED);
	msg_fini(&reply);
	sh->changed = 0;
	to_exec(p);
	return ST_OK;
}

int
cmd_rollback(struct shell *sh, struct parse *p)
{
	struct err e = ERR_INIT;
	struct msg req, reply;
	enum status st;

	msg_init(&req, OP_ROLLBACK, 0, 0);
	msg_add_u32(&req, A_COUNT, p->number < 0 ? 0 : (uint32_t)p->number);
	st = shell_call(sh, &req, &reply, &e);
	if (st != ST_OK)
		return cmd_refused(sh, &reply, &e, st, ST_FAILED);
	shell_warnings(sh, &reply);
	msg_fini(&reply);
	sh->changed = p->number > 0 ? sh->changed + 1 : 0;
	if (p->number <= 0)
		shell_note(sh, "the candidate is the running configuration");
	else if (p->number == 1)
		shell_note(sh, "the candidate is the configuration before the "
			   "last commit; see: show changes");
	else
		shell_note(sh, "the candidate is the configuration before the "
			   "last %ld commits; see: show changes", p->number);
	return ST_OK;
}
