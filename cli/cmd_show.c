/* Commands that show configuration, its changes and its history. */
#include "config.h"

#include "cmds.h"

#include <inttypes.h>
#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "config_text.h"
#include "json.h"
#include "json_text.h"
#include "msg.h"
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

/* --- history --- */

struct entry {
	uint32_t	 number;
	uint64_t	 time;
	char		*user, *from, *comment;
};

static void
entry_text(struct out *out, const struct entry *n, unsigned int back)
{
	time_t t = (time_t)n->time;
	char when[32] = "?";
	struct tm tm;

	if (localtime_r(&t, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	out_f(out, "%-9u %-7" PRIu32 " %s  %-12s %-16s %s\n", back, n->number,
	      when, n->user ? n->user : "?", n->from ? n->from : "-",
	      n->comment ? n->comment : "");
}

static void
entry_json(struct json *j, const struct entry *n)
{
	json_object(j, NULL);
	json_u32(j, "commit", n->number);
	json_u64(j, "time", n->time);
	json_str(j, "user", n->user ? n->user : "");
	if (n->from)
		json_str(j, "from", n->from);
	if (n->comment)
		json_str(j, "comment", n->comment);
	json_object_end(j);
}

static void
put_entry(struct shell *sh, struct json *j, struct entry *n, unsigned int *back)
{
	if (n->number) {
		if (sh->out.json)
			entry_json(j, n);
		else
			entry_text(&sh->out, n, *back);
		++*back;
	}
	free(n->user);
	free(n->from);
	free(n->comment);
	memset(n, 0, sizeof(*n));
}

static uint64_t
attr_number(const struct msg_attr *a)
{
	uint64_t n = 0;

	for (size_t i = 0; i < a->len && i < 8; i++)
		n = n << 8 | a->p[i];
	return n;
}

static void
print_history(struct shell *sh, const struct msg *m)
{
	struct entry n = { 0, 0, NULL, NULL, NULL };
	unsigned int back = 0;
	struct msg_attr a;
	struct json j;
	size_t pos = 0;

	json_init(&j);
	json_array(&j, NULL);
	if (!sh->out.json)
		out_text(&sh->out, "ROLLBACK  COMMIT  TIME                 "
			 "USER         FROM             COMMENT\n");
	while (msg_next(m, &pos, &a)) {
		if (a.type == A_COMMIT) {
			put_entry(sh, &j, &n, &back);
			n.number = (uint32_t)attr_number(&a);
		} else if (a.type == A_TIME)
			n.time = attr_number(&a);
		else if (a.type == A_USER && !n.user)
			n.user = msg_attr_str(&a);
		else if (a.type == A_FROM && !n.from)
			n.from = msg_attr_str(&a);
		else if (a.type == A_COMMENT && !n.comment)
			n.comment = msg_attr_str(&a);
	}
	put_entry(sh, &j, &n, &back);
	json_array_end(&j);
	if (sh->out.json && json_ok(&j))
		out_f(&sh->out, "%s\n", j.text);
	json_fini(&j);
}

int
cmd_show_commits(struct shell *sh, struct parse *p)
{
	struct err e = ERR_INIT;
	struct msg req, reply;
	enum status st;

	(void)p;
	msg_init(&req, OP_HISTORY, 0, 0);
	st = shell_call(sh, &req, &reply, &e);
	sh->out.fold = true;
	if (st == ST_OK)
		print_history(sh, &reply);
	else
		shell_error(sh, &e);
	msg_fini(&reply);
	return st;
}

int
cmd_show_version(struct shell *sh, struct parse *p)
{
	(void)p;
	if (sh->out.json)
		out_f(&sh->out, "{\"culvert\":\"%s\",\"protocol\":%d}\n",
		      PACKAGE_VERSION, PROTO_VERSION);
	else
		out_f(&sh->out, "culvert %s, protocol %d, %s as %s\n",
		      PACKAGE_VERSION, PROTO_VERSION,
		      client_user(sh->client), client_role(sh->client));
	return ST_OK;
}
