/* Commands that move between contexts. */
#include "cmds.h"

#include <string.h>

#include "parse.h"
#include "shell.h"

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
	if (sh->committed && sh->tty && !sh->warned && !session_saved(sh)) {
		shell_complain(sh, "what is running is not saved: the next start "
			       "uses another configuration. Save it with: copy "
			       "running-config startup-config. To log out, "
			       "repeat the command.");
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
	if (editing && !levels_editing(&p->at))
		session_left(sh);
	return ST_OK;
}
