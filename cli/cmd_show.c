/* Commands that show configuration, its changes and its history. */
#include "config.h"

#include "cmds.h"

#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "config_text.h"
#include "json.h"
#include "json_text.h"
#include "parse.h"
#include "shell.h"
#include "ytree.h"

/* --- a datastore, or a part of it --- */

static enum status
show_datastore(struct shell *sh, const struct parse *p, enum proto_ds ds)
{
	const char *path = p->path ? p->path : "";
	struct err e = ERR_INIT;
	struct lyd_node *tree;
	struct str s = STR_INIT;
	enum status st = shell_get(sh, ds, path, NULL, &tree, &e);

	if (st != ST_OK) {
		shell_error(sh, &e);
		return st;
	}
	if (sh->out.json)
		json_text(&tree, p->with_secrets, &s);
	else
		config_text(sh->ly, tree, path, p->with_secrets, &s);
	out_text(&sh->out, str_get(&s));
	str_wipe(&s);
	ytree_free(tree);
	return ST_OK;
}

int
cmd_show(struct shell *sh, struct parse *p)
{
	return show_datastore(sh, p, DS_CANDIDATE);
}

int
cmd_show_candidate(struct shell *sh, struct parse *p)
{
	return show_datastore(sh, p, DS_CANDIDATE);
}

int
cmd_show_running(struct shell *sh, struct parse *p)
{
	return show_datastore(sh, p, DS_RUNNING);
}

int
cmd_show_startup(struct shell *sh, struct parse *p)
{
	return show_datastore(sh, p, DS_STARTUP);
}

int
cmd_show_factory(struct shell *sh, struct parse *p)
{
	return show_datastore(sh, p, DS_FACTORY);
}

/* --- this program --- */

int
cmd_show_version(struct shell *sh, struct parse *p)
{
	struct json j;

	(void)p;
	if (sh->out.json) {
		json_init(&j);
		json_object(&j, NULL);
		json_str(&j, "culvert", PACKAGE_VERSION);
		json_u32(&j, "protocol", PROTO_VERSION);
		json_str(&j, "user", client_user(sh->client));
		json_str(&j, "role", client_role(sh->client));
		json_object_end(&j);
		if (json_ok(&j))
			json_show(&sh->out, j.text);
		json_fini(&j);
	} else
		out_f(&sh->out, "culvert %s, protocol %d, %s as %s\n",
		      PACKAGE_VERSION, PROTO_VERSION,
		      client_user(sh->client), client_role(sh->client));
	return ST_OK;
}
