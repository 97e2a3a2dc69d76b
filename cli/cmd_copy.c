/* copy and load: configurations between datastores and files. */
#include "cmds.h"

#include <libyang/libyang.h>
#include <string.h>

#include "config_text.h"
#include "json_text.h"
#include "load.h"
#include "msg.h"
#include "parse.h"
#include "user_file.h"
#include "ytree.h"

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

static enum status
copy(struct shell *sh, enum proto_ds from, enum proto_ds to)
{
	struct err e = ERR_INIT;
	struct msg req, reply;
	enum status st;

	msg_init(&req, OP_COPY, 0, 0);
	msg_add_u32(&req, A_DATASTORE, from);
	msg_add_u32(&req, A_DATASTORE, to);
	st = shell_call(sh, &req, &reply, &e);
	if (st != ST_OK)
		return cmd_refused(sh, &reply, &e, st, ST_FAILED);
	shell_warnings(sh, &reply);
	msg_fini(&reply);
	if (to == DS_CANDIDATE)
		sh->changed = from == DS_RUNNING ? 0 : sh->changed + 1;
	return ST_OK;
}

int
cmd_copy(struct shell *sh, struct parse *p)
{
	const char *from = strchr(p->cmd->builtin->words, ' ') + 1;
	const char *to = strchr(from, ' ') + 1;

	return copy(sh, datastore(from), datastore(to));
}

/* --- into running: a commit of nothing else --- */

static bool
is_clean(struct shell *sh)
{
	if (sh->changed)
		shell_complain(sh, "there are changes that were not committed; "
			       "commit or abort them first");
	return !sh->changed;
}

/* The candidate holds what was fetched, and nothing else, if it is refused. */
static enum status
commit_fetched(struct shell *sh, struct parse *p)
{
	char *name = p->text;
	enum status st;

	p->text = NULL;		/* it is no comment */
	st = (enum status)cmd_commit(sh, p);
	p->text = name;
	if (st != ST_OK && st != ST_DAEMON &&
	    copy(sh, DS_RUNNING, DS_CANDIDATE) == ST_OK)
		shell_complain(sh, "the running configuration is as it was");
	return st;
}

int
cmd_copy_to_running(struct shell *sh, struct parse *p)
{
	const char *from = strchr(p->cmd->builtin->words, ' ') + 1;
	enum status st = is_clean(sh) ? ST_OK : ST_FAILED;

	if (st == ST_OK)
		st = copy(sh, datastore(from), DS_CANDIDATE);
	return st == ST_OK ? commit_fetched(sh, p) : st;
}

static bool
is_json(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && !strcmp(name + len - 5, ".json");
}

/* "/home/a/saved" by way of another file, so that it is the old or the new. */
static int
write_file(const char *name, const struct str *text, struct err *e)
{
	struct user_file u;
	int rc = user_file_create(&u, name, e);

	if (rc < 0)
		return rc;
	fwrite(text->s ? text->s : "", 1, text->len, u.f);
	rc = user_file_keep(&u, e);
	user_file_drop(&u);
	return rc;
}

/* Secrets and all: what is kept must be good for going back. */
int
cmd_copy_to_file(struct shell *sh, struct parse *p)
{
	const char *from = strchr(p->cmd->builtin->words, ' ') + 1;
	struct lyd_node *tree = NULL;
	struct err e = ERR_INIT;
	struct str s = STR_INIT;
	enum status st;

	st = shell_get(sh, datastore(from), "", NULL, &tree, &e);
	if (st == ST_OK && is_json(p->text))
		json_text(&tree, true, &s);
	else if (st == ST_OK)
		config_text(sh->ly, tree, "", true, &s);
	if (st == ST_OK && write_file(p->text, &s, &e) < 0)
		st = ST_FAILED;
	if (st != ST_OK)
		shell_error(sh, &e);
	else
		shell_note(sh, "the %s is in %s, secrets and all; only you can "
			   "read it", from, p->text);
	str_wipe(&s);
	ytree_free(tree);
	return st;
}

/* p->detail: to be committed at once. */
static int
load(struct shell *sh, struct parse *p, enum load_mode mode)
{
	bool changed;
	enum status st;

	if (!strcmp(p->text, "-") && !strcmp(sh->source.name ? sh->source.name :
					     "", "standard input")) {
		shell_complain(sh, "standard input is this script; name a "
			       "file, or give the command with -c");
		return ST_USAGE;
	}
	st = load_file(sh, mode, p->text, &changed);
	if (st == ST_OK && !p->detail)
		shell_note(sh, "%s", changed ? "loaded; see: show changes" :
			   "the candidate is like that already; nothing has "
			   "changed");
	return st;
}

int
cmd_load(struct shell *sh, struct parse *p)
{
	switch (p->cmd->builtin->words[strlen("load ")]) {
	case 'm':
		return load(sh, p, LOAD_MERGE);
	case 'r':
		return load(sh, p, LOAD_REPLACE);
	default:
		return load(sh, p, LOAD_OVERRIDE);
	}
}

int
cmd_copy_from_file(struct shell *sh, struct parse *p)
{
	enum status st;

	if (!p->detail)
		return load(sh, p, LOAD_OVERRIDE);
	if (!is_clean(sh))
		return ST_FAILED;
	st = (enum status)load(sh, p, LOAD_OVERRIDE);
	return st == ST_OK ? commit_fetched(sh, p) : st;
}
