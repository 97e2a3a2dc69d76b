/* Commands that put the candidate into effect, or fetch another one. */
#include "cmds.h"

#include <inttypes.h>
#include <string.h>

#include "msg.h"
#include "parse.h"
#include "shell.h"

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
	st = shell_call(sh, req, reply, e);
	sh->committing = false;
	return st;
}

static enum status
commit(struct shell *sh, const char *comment)
{
	struct err e = ERR_INIT;
	struct msg req, reply;
	uint32_t number;
	enum status st;

	msg_init(&req, OP_COMMIT, 0, 0);
	msg_add_str(&req, A_COMMENT, comment);
	st = call(sh, &req, &reply, &e);
	if (st != ST_OK)
		return cmd_refused(sh, &reply, &e, st, ST_COMMIT);
	shell_warnings(sh, &reply);
	if (sh->out.json && msg_u32(&reply, A_COMMIT, &number))
		out_f(&sh->out, "{\"commit\":%" PRIu32 "}\n", number);
	else if (sh->out.json)
		out_text(&sh->out, "{\"commit\":null}\n");
	else if (msg_u32(&reply, A_COMMIT, &number))
		out_f(&sh->out, "Committed: number %" PRIu32 ".\n", number);
	else
		out_text(&sh->out, "Nothing to commit: the configuration is as "
			 "it was.\n");
	msg_fini(&reply);
	sh->changed = 0;
	if (sh->tty)
		shell_system(sh);
	return ST_OK;
}

int
cmd_commit(struct shell *sh, struct parse *p)
{
	return commit(sh, p->text);
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
	if (!sh->out.json)
		out_text(&sh->out, sh->previewed ? "The candidate is valid.\n" :
			 "The candidate is valid and changes nothing.\n");
	else if (!sh->previewed)
		out_text(&sh->out, "{\"impact\":[]}\n");
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
	enum status st = commit(sh, NULL);

	if (st == ST_OK)
		to_exec(p);
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
	uint32_t count = 1;
	enum status st;

	msg_init(&req, OP_ROLLBACK, 0, 0);
	msg_add_u32(&req, A_COUNT, p->number < 0 ? 0 : (uint32_t)p->number);
	st = shell_call(sh, &req, &reply, &e);
	if (st != ST_OK)
		return cmd_refused(sh, &reply, &e, st, ST_FAILED);
	shell_warnings(sh, &reply);
	msg_u32(&reply, A_COUNT, &count);
	msg_fini(&reply);
	sh->changed = p->number > 0 ? sh->changed + (count ? count : 1) : 0;
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
