/* Commands that copy configurations and move between contexts. */
#include "cmds.h"

#include <string.h>

#include "msg.h"
#include "parse.h"
#include "shell.h"

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
		return cmd_refused(sh, &reply, &e, st, ST_FAILED);
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
