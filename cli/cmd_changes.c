/* show changes: what the candidate alters, as lines of commands. */
#include "cmds.h"

#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "config_text.h"
#include "json.h"
#include "lexer.h"
#include "msg.h"
#include "parse.h"
#include "schema.h"
#include "shell.h"
#include "term.h"
#include "value.h"
#include "ytree.h"

struct change {
	uint32_t	 op;
	char		*path, *value, *old;
};

/* The node of the model that an instance path leads to, or NULL. */
static const struct lysc_node *
schema_of(struct shell *sh, const char *path)
{
	struct str s = STR_INIT;
	const struct lysc_node *n;
	char quote = 0;
	int depth = 0;

	for (const char *c = path; *c; c++) {
		if (quote) {
			if (*c == quote)
				quote = 0;
		} else if (depth && (*c == '\'' || *c == '"'))
			quote = *c;
		else if (*c == '[')
			depth++;
		else if (*c == ']')
			depth--;
		else if (!depth)
			str_addc(&s, *c);
	}
	n = lys_find_path(sh->ly, NULL, str_get(&s), 0);
	str_fini(&s);
	return n;
}

/* "tunnel ipsec 1 dpd-delay 10" */
static void
change_line(const struct ly_ctx *ly, const struct lysc_node *n,
	    const char *path, const char *value, bool secrets, struct str *s)
{
	struct str v = STR_INIT;
	const char *no = n ? ytree_ext(n, "no") : NULL;
	size_t from = s->len;
	char *quoted;

	path_words(ly, path, true, s);
	if (!n || !value || !(n->nodetype & (LYS_LEAF | LYS_LEAFLIST)) ||
	    path[strlen(path) - 1] == ']')
		return;
	if (schema_shape(n) == SHAPE_SWITCH || (no && !strcmp(no, value))) {
		if (!strcmp(value, "false") || no) {
			char *words = str_dup(s->s + from);

			str_cut(s, from);
			str_addf(s, "no %s", words);
			free(words);
		}
		return;
	}
	if (ytree_is_secret(n) && !secrets) {
		str_add(s, " ********");
		return;
	}
	if (schema_type(n)->basetype == LY_TYPE_BITS || ytree_is_line(n)) {
		str_addf(s, " %s", value);
		return;
	}
	value_show(n, value, &v);
	quoted = lexer_quote(str_get(&v), schema_shape(n) == SHAPE_REST);
	str_addf(s, " %s", quoted);
	free(quoted);
	str_wipe(&v);
}

static void
change_text(struct shell *sh, const struct change *c, bool secrets)
{
	const struct lysc_node *n = schema_of(sh, c->path);
	bool leaf = n && (n->nodetype == LYS_LEAF || ytree_is_line(n));
	bool removed = c->op == EDIT_DELETE || c->op == EDIT_REMOVE;
	struct str s = STR_INIT;

	if (removed || (leaf && c->old)) {
		str_add(&s, "- ");
		change_line(sh->ly, n, c->path, c->old, secrets, &s);
		str_addc(&s, '\n');
	}
	if (!removed) {
		str_add(&s, "+ ");
		change_line(sh->ly, n, c->path, c->value, secrets, &s);
		str_addc(&s, '\n');
	}
	out_text(&sh->out, str_get(&s));
	str_wipe(&s);
}

static void
change_json(struct shell *sh, struct json *j, const struct change *c,
	    bool secrets)
{
	const struct lysc_node *n = schema_of(sh, c->path);
	bool mask = !secrets && n && ytree_is_secret(n);

	json_object(j, NULL);
	json_str(j, "operation",
		 c->op == EDIT_DELETE || c->op == EDIT_REMOVE ? "delete" :
		 "merge");
	json_str(j, "path", c->path);
	if (c->value)
		json_str(j, "value", mask ? "********" : c->value);
	if (c->old)
		json_str(j, "old-value", mask ? "********" : c->old);
	json_object_end(j);
}

/* --- one-line containers: the whole line, not its parts --- */

static size_t
parent_len(const char *path)
{
	size_t at = 0;
	char quote = 0;
	int depth = 0;

	for (size_t i = 0; path[i]; i++) {
		if (quote) {
			if (path[i] == quote)
				quote = 0;
		} else if (depth && (path[i] == '\'' || path[i] == '"'))
			quote = path[i];
		else if (path[i] == '[')
			depth++;
		else if (path[i] == ']')
			depth--;
		else if (path[i] == '/' && !depth)
			at = i;
	}
	return at;
}

/* The path of the one-line container that a change is in, or NULL. */
static char *
container_of(struct shell *sh, const char *path)
{
	const struct lysc_node *n = schema_of(sh, path);

	if (n && n->nodetype == LYS_CONTAINER && ytree_ext(n, "one-line"))
		return str_dup(path);
	n = n ? lysc_data_parent(n) : NULL;
	if (n && n->nodetype == LYS_CONTAINER && ytree_ext(n, "one-line"))
		return str_dupn(path, parent_len(path));
	return NULL;
}

static void
container_line(struct shell *sh, enum proto_ds ds, const char *path, char sign,
	       bool secrets)
{
	char *parent = str_dupn(path, parent_len(path));
	struct str s = STR_INIT;
	struct lyd_node *tree = NULL, *n;
	struct err e = ERR_INIT;

	if (shell_get(sh, ds, path, NULL, &tree, &e) != ST_OK)
		shell_error(sh, &e);
	else if (tree && lyd_find_path(tree, path, 0, &n) == LY_SUCCESS) {
		str_addf(&s, "%c ", sign);
		path_words(sh->ly, parent, true, &s);
		if (s.len > 2)
			str_addc(&s, ' ');
		config_line(n, secrets, false, &s);
		str_addc(&s, '\n');
		out_text(&sh->out, str_get(&s));
	}
	ytree_free(tree);
	free(parent);
	str_wipe(&s);
}

static void
change_fini(struct change *c)
{
	free(c->path);
	free(c->value);
	free(c->old);
	memset(c, 0, sizeof(*c));
}

/* *last is the one-line container shown last. */
static void
put_change(struct shell *sh, struct json *j, struct change *c, bool secrets,
	   char **last)
{
	char *container;

	if (!c->path)
		return;
	if (sh->out.json)
		change_json(sh, j, c, secrets);
	else if ((container = container_of(sh, c->path))) {
		if (!*last || strcmp(*last, container)) {
			container_line(sh, DS_RUNNING, container, '-', secrets);
			container_line(sh, DS_CANDIDATE, container, '+',
				       secrets);
		}
		free(*last);
		*last = container;
	} else
		change_text(sh, c, secrets);
	change_fini(c);
}

/* "+" and "-" lines */
static void
paint(const char *line, struct str *s)
{
	if (*line == '+' || *line == '-')
		term_paint(*line == '+' ? STYLE_GOOD : STYLE_BAD, line,
			   strlen(line), s);
	else
		str_add(s, line);
}

static void
print_changes(struct shell *sh, const struct msg *m, bool secrets)
{
	struct change c = { 0, NULL, NULL, NULL };
	char *last = NULL;
	struct msg_attr a;
	struct json j;
	size_t pos = 0;

	sh->out.paint = paint;
	json_init(&j);
	json_array(&j, NULL);
	while (msg_next(m, &pos, &a)) {
		char **field = a.type == A_PATH ? &c.path :
		    a.type == A_VALUE ? &c.value :
		    a.type == A_OLD_VALUE ? &c.old : NULL;

		if (a.type == A_EDIT) {
			put_change(sh, &j, &c, secrets, &last);
			if (a.len == 4)
				c.op = (uint32_t)a.p[0] << 24 | a.p[1] << 16 |
				    a.p[2] << 8 | a.p[3];
		} else if (field && !*field)
			*field = msg_attr_str(&a);
	}
	put_change(sh, &j, &c, secrets, &last);
	free(last);
	json_array_end(&j);
	if (sh->out.json && json_ok(&j))
		out_f(&sh->out, "%s\n", j.text);
	json_fini(&j);
}

int
cmd_show_changes(struct shell *sh, struct parse *p)
{
	struct err e = ERR_INIT;
	struct msg req, reply;
	enum status st;

	msg_init(&req, OP_COMPARE, 0, 0);
	msg_add_u32(&req, A_DATASTORE, DS_RUNNING);
	msg_add_u32(&req, A_DATASTORE, DS_CANDIDATE);
	st = shell_call(sh, &req, &reply, &e);
	if (st == ST_OK)
		print_changes(sh, &reply, p->with_secrets);
	else
		shell_error(sh, &e);
	msg_fini(&reply);
	return st;
}

