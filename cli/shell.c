#include "shell.h"

#include <event2/event.h>
#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "msg.h"
#include "rights.h"
#include "schema.h"
#include "term.h"
#include "tree.h"
#include "ytree.h"

#define SYSTEM_PATH	"/culvert-system:system"

int
shell_begin(struct shell *sh, const char *yangdir, const char *socket, bool tty,
	    struct err *e)
{
	memset(sh, 0, sizeof(*sh));
	sh->yangdir = yangdir;
	sh->tty = tty;
	sh->tools = sh->passwords = -1;
	sh->err = tty ? stdout : stderr;
	sh->hostname = str_dup("example");
	levels_init(&sh->at);
	sh->length = -1;
	out_init(&sh->out, stdout);
	sh->out.clean = isatty(STDOUT_FILENO);
	sh->out.colour = term_colour(stdout);
	sh->err_clean = isatty(fileno(sh->err));
	sh->err_colour = term_colour(sh->err);
	sh->base = event_base_new();
	if (!sh->base)
		return err_set(e, ERR_RESOURCE, "out of memory");
	sh->client = client_new(sh->base, socket);
	shell_events(sh);
	return 0;
}

/* What is offered follows from what confd says that we are. */
static void
take_role(struct shell *sh)
{
	enum role role;

	if (sh->tree && role_parse(client_role(sh->client), &role))
		tree_set_role(sh->tree, role);
}

int
shell_models(struct shell *sh, struct err *e)
{
	if (sh->tree)
		return 0;
	if (ytree_load(&sh->ly, sh->yangdir, e) < 0)
		return -1;
	sh->tree = tree_new(sh->ly);
	if (!sh->tree)
		return err_set(e, ERR_RESOURCE, "out of memory");
	take_role(sh);
	return 0;
}

int
shell_init(struct shell *sh, const char *yangdir, const char *socket, bool tty,
	   struct err *e)
{
	return shell_begin(sh, yangdir, socket, tty, e) < 0 ? -1 :
	    shell_models(sh, e);
}

void
shell_fini(struct shell *sh)
{
	edits_fini(&sh->edits);
	client_free(sh->client);
	tree_free(sh->tree);
	if (sh->base)
		event_base_free(sh->base);
	ly_ctx_destroy(sh->ly);
	levels_fini(&sh->at);
	out_fini(&sh->out);
	free(sh->hostname);
	free(sh->banner);
	memset(sh, 0, sizeof(*sh));
}

static void
take_greeting(struct shell *sh, const struct msg *hello)
{
	char *name = msg_str(hello, A_HOSTNAME);

	if (name) {
		free(sh->hostname);
		sh->hostname = name;
	}
	free(sh->banner);
	sh->banner = msg_str(hello, A_BANNER);
	sh->idle = 0;
	msg_u32(hello, A_IDLE_MAX, &sh->idle);
}

static int
connect_as(struct shell *sh, struct msg *hello, struct err *e)
{
	if (client_open(sh->client, hello, e) < 0)
		return -1;
	take_greeting(sh, hello);
	take_role(sh);
	return 0;
}

int
shell_connect(struct shell *sh, struct err *e)
{
	struct msg hello;
	int rc;

	sh->starting = true;
	rc = connect_as(sh, &hello, e);
	sh->starting = false;
	if (rc == 0)
		shell_warnings(sh, &hello);
	msg_fini(&hello);
	return rc;
}

void
shell_prompt(struct shell *sh, struct str *s)
{
	levels_prompt(&sh->at, sh->hostname, s);
}

/* The status that goes with a failed call. */
static enum status
shell_status(const struct shell *sh, enum status otherwise)
{
	return client_is_open(sh->client) ? otherwise : ST_DAEMON;
}

/* --- asking confd --- */

/* confd may have been restarted since. A script must not go on then: half of
 * what it did is lost. */
static int
reconnect(struct shell *sh, struct err *e)
{
	struct msg hello;

	if (client_is_open(sh->client))
		return 0;
	if (!sh->tty)
		return err_set(e, ERR_REALITY, "the connection to confd is "
			       "lost, and what was not committed with it");
	if (connect_as(sh, &hello, e) < 0) {
		msg_fini(&hello);
		return -1;
	}
	shell_complain(sh, "confd was restarted%s", sh->changed ?
		       "; the changes that were not committed are lost" : "");
	shell_warnings(sh, &hello);
	msg_fini(&hello);
	sh->changed = 0;
	return 0;
}

static enum status
call(struct shell *sh, struct msg *req, struct msg *reply, struct err *e)
{
	if (reconnect(sh, e) < 0) {
		msg_fini(req);
		msg_init(reply, 0, 0, 0);
		return ST_DAEMON;
	}
	if (client_call(sh->client, req, reply, e) < 0)
		return shell_status(sh, ST_FAILED);
	return ST_OK;
}

static void
edit_refused(struct shell *sh, const struct msg *reply, const struct err *e)
{
	const struct edit_line *l;
	const char *line = sh->line;
	unsigned int number = sh->source.line, off = sh->secret_off;
	uint32_t index = 0;

	msg_u32(reply, A_INDEX, &index);
	l = edits_find(&sh->edits, index);
	if (l) {
		sh->line = l->text;
		sh->source.line = l->line;
		sh->secret_off = UINT_MAX;
	}
	shell_error(sh, e);
	sh->line = line;
	sh->source.line = number;
	sh->secret_off = off;
}

enum status
shell_flush(struct shell *sh)
{
	struct err e = ERR_INIT;
	struct msg req, reply;
	uint32_t count = 0;
	enum status st;

	if (!sh->edits.open) {
		edits_fini(&sh->edits);
		return ST_OK;
	}
	edits_take(&sh->edits, &req);
	st = call(sh, &req, &reply, &e);
	if (st == ST_OK) {
		msg_u32(&reply, A_COUNT, &count);
		sh->changed += count;
		shell_warnings(sh, &reply);
	} else {
		edit_refused(sh, &reply, &e);
		/* it may be made all the same */
		sh->changed += client_was_interrupted(sh->client);
		if (st == ST_FAILED)
			st = ST_EDIT;
	}
	msg_fini(&reply);
	edits_fini(&sh->edits);
	return st;
}

enum status
shell_call(struct shell *sh, struct msg *req, struct msg *reply, struct err *e)
{
	return call(sh, req, reply, e);
}

enum status
shell_stream(struct shell *sh, struct msg *req, struct msg *reply,
	     bool (*note)(const struct msg *, void *arg), void *arg,
	     struct err *e)
{
	if (reconnect(sh, e) < 0) {
		msg_fini(req);
		msg_init(reply, 0, 0, 0);
		return ST_DAEMON;
	}
	if (client_stream(sh->client, req, reply, note, arg, e) < 0)
		return shell_status(sh, ST_FAILED);
	return ST_OK;
}

enum status
shell_get(struct shell *sh, enum proto_ds ds, const char *path,
	  const char *fields, struct lyd_node **tree, struct err *e)
{
	struct msg req, reply;
	struct msg_attr a;
	enum status st;

	*tree = NULL;
	msg_init(&req, OP_GET_DATA, 0, 0);
	msg_add_u32(&req, A_DATASTORE, ds);
	if (*path)
		msg_add_str(&req, A_PATH, path);
	msg_add_str(&req, A_FIELDS, fields);
	st = shell_call(sh, &req, &reply, e);
	if (st == ST_OK && msg_find(&reply, A_DATA, &a) &&
	    ytree_parse(tree, sh->ly, (const char *)a.p, a.len, e) < 0) {
		err_prefix(e, "confd sent what this shell's models do not know");
		st = ST_FAILED;
	}
	msg_fini(&reply);
	return st;
}

/* A leaf of the system, or its default; NULL if it has none. */
static const char *
system_leaf(struct shell *sh, const struct lyd_node *system, const char *name)
{
	const struct lysc_node *s = lys_find_path(sh->ly, NULL, SYSTEM_PATH, 0);
	const char *v = system ? ytree_leaf(system, name) : NULL;

	if (v || !s)
		return v;
	s = lys_find_child(s, s->module, name, 0, LYS_LEAF, 0);
	return s ? schema_default(s) : NULL;
}

void
shell_system(struct shell *sh)
{
	struct err e = ERR_INIT;
	struct lyd_node *tree = NULL;
	const struct lyd_node *system;
	const char *v;

	if (shell_get(sh, DS_RUNNING, SYSTEM_PATH, NULL, &tree, &e) != ST_OK)
		return;
	system = ytree_find(tree, "system");
	v = system_leaf(sh, system, "hostname");
	if (v) {
		free(sh->hostname);
		sh->hostname = str_dup(v);
	}
	v = system_leaf(sh, system, "idle-timeout");
	sh->idle = v ? (unsigned int)strtoul(v, NULL, 10) : 0;
	v = system_leaf(sh, system, "banner");
	free(sh->banner);
	sh->banner = v ? str_dup(v) : NULL;
	ytree_free(tree);
}

/* --- the end --- */

/* Whether anything would be lost with the candidate. */
static bool
is_different(struct shell *sh)
{
	struct err ignored = ERR_INIT;
	struct msg req, reply;
	struct msg_attr a;
	bool yes;

	msg_init(&req, OP_COMPARE, 0, 0);
	msg_add_u32(&req, A_DATASTORE, DS_RUNNING);
	msg_add_u32(&req, A_DATASTORE, DS_CANDIDATE);
	yes = shell_call(sh, &req, &reply, &ignored) != ST_OK ||
	    msg_find(&reply, A_EDIT, &a);
	msg_fini(&reply);
	return yes;
}

enum status
shell_end(struct shell *sh)
{
	enum status st = shell_flush(sh);

	if (st == ST_OK && sh->changed && is_different(sh)) {
		sh->source.line = 0;
		shell_complain(sh, "the changes were not committed and are "
			       "lost: end with leave or commit, or with abort "
			       "to throw them away");
		st = ST_COMMIT;
	}
	return st;
}
