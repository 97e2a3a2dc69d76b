/* Commands that move between contexts and put the candidate into effect. */
#include "cmds.h"

#include <inttypes.h>
#include <string.h>

#include "msg.h"
#include "parse.h"
#include "shell.h"

static enum status
refused(struct shell *sh, struct msg *reply, struct err *e, enum status st,
	enum status otherwise)
{
	shell_warnings(sh, reply);
	shell_errors(sh, reply, e);
	msg_fini(reply);
	return st == ST_DAEMON ? st : otherwise;
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
	st = shell_call(sh, &req, &reply, &e);
	if (st != ST_OK)
		return refused(sh, &reply, &e, st, ST_COMMIT);
	shell_warnings(sh, &reply);
	if (msg_u32(&reply, A_COMMIT, &number))
		out_f(&sh->out, "Committed: number %" PRIu32 ".\n", number);
	else
		out_text(&sh->out, "Nothing to commit: the configuration is as "
			 "it was.\n");
	msg_fini(&reply);
	sh->changed = 0;
	if (sh->tty)
		shell_hostname(sh);
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
	st = shell_call(sh, &req, &reply, &e);
	if (st != ST_OK)
		return refused(sh, &reply, &e, st, ST_COMMIT);
	shell_warnings(sh, &reply);
	out_text(&sh->out, "The candidate is valid.\n");
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
		return refused(sh, &reply, &e, st, ST_FAILED);
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
		return refused(sh, &reply, &e, st, ST_FAILED);
	shell_warnings(sh, &reply);
	msg_u32(&reply, A_COUNT, &count);
	msg_fini(&reply);
	sh->changed = p->number > 0 ? sh->changed + (count ? count : 1) : 0;
	shell_note(sh, "the candidate is the configuration of %ld commits ago; "
		   "see: show changes", p->number < 0 ? 0 : p->number);
	return ST_OK;
}

static enum proto_ds
datastore(const char *words)
{
	switch (*words) {
	case 'r':
		return DS_RUNNING;
	case 's':
		return DS_STARTUP;
	case 'c':
		return DS_CANDIDATE;
	default:
		return DS_FACTORY;
	}
}

int
cmd_copy(struct shell *sh, struct parse *p)
{
	const char *from = strchr(p->cmd->builtin->words, ' ') + 1;
	const char *to = strchr(from, ' ') + 1;
	struct err e = ERR_INIT;
	struct msg req, reply;
	enum status st;

	msg_init(&req, OP_COPY, 0, 0);
	msg_add_u32(&req, A_DATASTORE, datastore(from));
	msg_add_u32(&req, A_DATASTORE, datastore(to));
	st = shell_call(sh, &req, &reply, &e);
	if (st != ST_OK)
		return refused(sh, &reply, &e, st, ST_FAILED);
	shell_warnings(sh, &reply);
	msg_fini(&reply);
	if (datastore(to) == DS_CANDIDATE)
		sh->changed = datastore(from) == DS_RUNNING ? 0 :
		    sh->changed + 1;
	return ST_OK;
}

/* --- moving --- */

static int
quit(struct shell *sh)
{
	if (sh->changed && sh->tty && !sh->warned) {
		shell_complain(sh, "there are changes that were not committed; "
			       "they are lost if you log out. Keep them with: "
			       "config commit. To log out, repeat the command.");
		sh->warned = true;
		return ST_FAILED;
	}
	sh->quit = true;
	return ST_OK;
}

int
cmd_quit(struct shell *sh, struct parse *p)
{
	(void)p;
	return quit(sh);
}

int
cmd_end(struct shell *sh, struct parse *p)
{
	bool editing = levels_editing(&p->at);

	if (levels_top(&p->at)->kind == LEVEL_EXEC) {
		if (!strcmp(p->cmd->builtin->words, "end"))
			return ST_OK;
		return quit(sh);
	}
	levels_pop(&p->at);
	p->keep = true;
	if (editing && !levels_editing(&p->at) && sh->changed)
		shell_note(sh, "there are changes that are not committed; they "
			   "are kept while you are logged in (config commit, "
			   "config abort)");
	return ST_OK;
}
