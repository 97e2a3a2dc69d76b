/* Actions of the models: what they are given, and what they bring. */
#include "cmds.h"

#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "client.h"
#include "fetch.h"
#include "json_text.h"
#include "msg.h"
#include "parse.h"
#include "schema.h"
#include "secret.h"
#include "shell.h"
#include "user_file.h"
#include "ytree.h"

#define FILE_MAX	(1u << 20)	/* if the model does not say */
#define TRIES		3		/* of a password */

/* What goes along with the line. */
struct given {
	const struct parse *p;
	struct str	*file;		/* for each input that is one */
	const struct lysc_node *asked;	/* a leaf with cv:prompt, or NULL */
	struct str	 answer;
};

/* --- what is read --- */

/* How many octets a leaf may have. */
static size_t
octets_max(const struct lysc_node *leaf)
{
	const struct lysc_type_bin *t = (const void *)schema_type(leaf);
	LY_ARRAY_COUNT_TYPE n;

	if (t->basetype != LY_TYPE_BINARY || !t->length)
		return FILE_MAX;
	n = LY_ARRAY_COUNT(t->length->parts);
	return n ? (size_t)t->length->parts[n - 1].max_u64 : FILE_MAX;
}

static int
read_one(struct shell *sh, const struct input *in, struct str *out,
	 struct err *e)
{
	size_t max = octets_max(in->leaf);
	int rc;

	if (!strcmp(in->value, "-") && sh->source.name &&
	    !strcmp(sh->source.name, "standard input"))
		return err_set(e, ERR_INVALID, "standard input is this script; "
			       "name a file, or give the command with -c");
	rc = strstr(in->value, "://") ? fetch_url(sh, in->value, max, out, e) :
	    user_file_octets(in->value, sh->tty, max, out, e);
	if (rc == 0 && !out->len)
		rc = err_set(e, ERR_INVALID, "%.200s is empty",
			     strcmp(in->value, "-") ? in->value :
			     "standard input");
	return rc;
}

static int
read_all(struct shell *sh, struct given *g, struct err *e)
{
	for (unsigned int i = 0; i < g->p->ninput; i++)
		if (ytree_ext(g->p->input[i].leaf, "file") &&
		    read_one(sh, &g->p->input[i], &g->file[i], e) < 0)
			return -1;
	return 0;
}

/* --- as JSON --- */

static void
add_value(struct json *j, const char *name, const struct input *in,
	  const struct str *file)
{
	if (ytree_ext(in->leaf, "file")) {
		json_octets(j, name, file->s, file->len);
		return;
	}
	switch (schema_type(in->leaf)->basetype) {
	case LY_TYPE_EMPTY:
		json_raw(j, name, "[null]", 6);
		break;
	case LY_TYPE_BOOL:
	case LY_TYPE_INT8: case LY_TYPE_INT16: case LY_TYPE_INT32:
	case LY_TYPE_UINT8: case LY_TYPE_UINT16: case LY_TYPE_UINT32:
		json_raw(j, name, in->value, strlen(in->value));
		break;
	default:
		json_str(j, name, in->value);
	}
}

/* Room for all of it: what grows would leave copies behind. */
static void
reserve(struct json *j, const struct given *g)
{
	size_t n = 1024 + 6 * g->answer.len;

	for (unsigned int i = 0; i < g->p->ninput; i++)
		n += strlen(g->p->input[i].leaf->name) + 16 +
		    6 * strlen(g->p->input[i].value) +
		    2 * g->file[i].len;
	json_reserve(j, n);
}

static void
input_json(struct json *j, const struct given *g)
{
	const struct input *in = g->p->input;
	unsigned int i, n = g->p->ninput;

	reserve(j, g);
	json_object(j, NULL);
	for (i = 0; i < n; i++) {
		const struct lysc_node *leaf = in[i].leaf;

		if (leaf->nodetype != LYS_LEAFLIST) {
			add_value(j, leaf->name, &in[i], &g->file[i]);
			continue;
		}
		json_array(j, leaf->name);	/* they stand together */
		for (; i < n && in[i].leaf == leaf; i++)
			add_value(j, NULL, &in[i], &g->file[i]);
		json_array_end(j);
		i--;
	}
	if (g->asked)
		json_str(j, g->asked->name, str_get(&g->answer));
	json_object_end(j);
}

/* --- asking --- */

static enum status
call(struct shell *sh, const struct given *g, struct msg *reply, struct err *e)
{
	enum status st;
	struct msg req;
	struct json j;

	json_init(&j);
	input_json(&j, g);
	msg_init(&req, OP_ACTION, 0, 0);
	msg_add_str(&req, A_PATH, g->p->path);
	if (!json_ok(&j))
		req.bad = true;
	else if (schema_input(g->p->node, NULL))
		msg_add(&req, A_DATA, j.text, j.len);
	if (j.text)
		secret_wipe_mem(j.text, j.size);
	json_fini(&j);
	st = shell_call(sh, &req, reply, e);
	return st;
}

/* The leaf that an error asks for; NULL: it is an error. */
static const struct lysc_node *
wanted(const struct parse *p, const struct err *e)
{
	const struct lysc_node *n = NULL;
	size_t len = strlen(p->path);

	if (strncmp(e->path, p->path, len) || e->path[len] != '/')
		return NULL;
	while ((n = schema_input(p->node, n)))
		if (ytree_ext(n, "prompt") && !strcmp(e->path + len + 1,
						      n->name))
			return n;
	return NULL;
}

/* Until it is done, refused, or the third password was wrong. */
static enum status
call_and_ask(struct shell *sh, struct given *g, struct msg *reply,
	     struct err *e)
{
	enum status st = call(sh, g, reply, e);
	struct err no = ERR_INIT;

	for (int i = 0; i < TRIES && st != ST_OK; i++) {
		const struct lysc_node *leaf = wanted(g->p, e);

		if (!leaf)
			break;
		if (i > 0)
			shell_complain(sh, "%s", e->text);
		str_wipe(&g->answer);
		if (ask_secret(sh, ytree_ext(leaf, "prompt"), &g->answer,
			       &no) < 0) {
			err_prefix(&no, "%.300s", e->text);
			*e = no;
			break;
		}
		g->asked = leaf;
		msg_fini(reply);
		err_clear(e);
		st = call(sh, g, reply, e);
	}
	return st;
}

/* --- what comes of it --- */

/* One that is there to be saved. */
static enum status
save_leaf(struct shell *sh, const struct lyd_node *n, struct user_file *file)
{
	const char *text = lyd_get_value(n);
	size_t len = strlen(text), size;
	const uint8_t *p;
	bool binary = ytree_octets(lyd_parent(n), n->schema->name, &p, &size);

	if (binary && !file->f) {
		shell_complain(sh, "it is binary; name a file to save it in");
		return ST_FAILED;
	}
	if (file->f)
		fwrite(binary ? (const void *)p : text, 1, binary ? size : len,
		       file->f);
	else
		out_f(&sh->out, "%s%s", text,
		      len && text[len - 1] != '\n' ? "\n" : "");
	return ST_OK;
}

static enum status
show_leaves(struct shell *sh, const struct lyd_node *op,
	    struct user_file *file)
{
	enum status st = ST_OK;
	const struct lyd_node *n;

	LY_LIST_FOR(lyd_child(op), n) {
		if (!(n->schema->nodetype & LYD_NODE_TERM))
			continue;
		if (ytree_ext(n->schema, "save"))
			st = save_leaf(sh, n, file);
		else if (!sh->out.json)
			out_f(&sh->out, "%s: %s\n", n->schema->name,
			      lyd_get_value(n));
		if (st != ST_OK)
			break;
	}
	return st;
}

static enum status
show_output(struct shell *sh, const struct parse *p, const char *json,
	    struct user_file *file)
{
	struct lyd_node *op = NULL;
	struct err e = ERR_INIT;
	enum status st = ST_OK;

	if (sh->out.json)
		json_show(&sh->out, json);
	if (sh->out.json && !file->f)
		return ST_OK;
	if (ytree_parse_output(&op, sh->ly, p->path, json, strlen(json), &e) <
	    0)
		st = ST_FAILED;
	if (st == ST_OK)
		st = show_leaves(sh, op, file);
	if (st == ST_OK && file->f && user_file_keep(file, &e) < 0)
		st = ST_FAILED;
	if (e.kind != ERR_NONE)
		shell_error(sh, &e);
	else if (st == ST_OK && file->f)
		shell_note(sh, "saved in %s", p->text);
	ytree_op_free(op);
	return st;
}

static enum status
run(struct shell *sh, struct given *g, struct user_file *file)
{
	struct err e = ERR_INIT;
	enum status st;
	struct msg reply;
	char *data;

	if (read_all(sh, g, &e) < 0) {
		shell_error(sh, &e);
		return ST_FAILED;
	}
	st = call_and_ask(sh, g, &reply, &e);
	if (st != ST_OK)
		shell_error(sh, &e);
	shell_warnings(sh, &reply);
	data = msg_str(&reply, A_DATA);
	if (st == ST_OK && (data || sh->out.json))
		st = show_output(sh, g->p, data ? data : "{}", file);
	free(data);
	msg_fini(&reply);
	return st;
}

/* Before anything is read or asked for that would be refused; what is given nothing
 * confd refuses, and notes who tried. */
static int
check(struct shell *sh, const struct parse *p, struct user_file *file,
      struct err *e)
{
	enum role needs = rights_needed(p->node, RIGHT_RUN);

	if (p->ninput > 0 && tree_role(sh->tree) < needs)
		return rights_refuse(e, p->node->name, needs,
				     tree_role(sh->tree));
	return p->text ? user_file_create(file, p->text, e) : 0;
}

int
cmd_action(struct shell *sh, struct parse *p)
{
	struct given g = { .p = p };
	struct user_file file = { .f = NULL };
	struct err e = ERR_INIT;
	enum status st = ST_FAILED;

	if (ytree_ext(p->node, "stream"))
		return cmd_stream(sh, p);
	g.file = mem_zero(p->ninput + 1, sizeof(*g.file));
	if (check(sh, p, &file, &e) < 0)
		shell_error(sh, &e);
	else
		st = run(sh, &g, &file);
	for (unsigned int i = 0; i < p->ninput; i++)
		str_wipe(&g.file[i]);
	free(g.file);
	str_wipe(&g.answer);
	user_file_drop(&file);
	return st;
}
