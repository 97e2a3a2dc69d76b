/* What one configuration alters in another, as lines of commands. */
#include "cmds.h"

#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "changes.h"
#include "config_text.h"
#include "json.h"
#include "json_text.h"
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

/* One command that changes: what it was and what it becomes. */
struct one_line {
	char		*path;		/* NULL: none */
	struct lyd_node	*old, *new;
};

static void
put_line(struct shell *sh, char sign, const char *path,
	 const struct lyd_node *tree, bool secrets)
{
	char *parent = str_dupn(path, parent_len(path));
	struct str s = STR_INIT;
	struct lyd_node *n;

	str_addf(&s, "%c ", sign);
	if (tree && lyd_find_path(tree, path, 0, &n) == LY_SUCCESS) {
		path_words(sh->ly, parent, true, &s);
		if (s.len > 2)
			str_addc(&s, ' ');
		config_line(n, secrets, false, &s);
	} else
		path_words(sh->ly, path, true, &s);
	str_addc(&s, '\n');
	out_text(&sh->out, str_get(&s));
	free(parent);
	str_wipe(&s);
}

static void
end_line(struct shell *sh, struct one_line *l, bool removed, bool secrets)
{
	if (!l->path)
		return;
	if (l->old || removed)
		put_line(sh, '-', l->path, l->old, secrets);
	if (l->new)
		put_line(sh, '+', l->path, l->new, secrets);
	ytree_free(l->old);
	ytree_free(l->new);
	free(l->path);
	memset(l, 0, sizeof(*l));
}

/* A leaf, or all values of a leaf-list that is one line. */
static void
add_to(struct shell *sh, struct lyd_node **tree, const struct lysc_node *n,
       const char *path, const char *values)
{
	size_t len;

	for (; values; values = values[len] ? values + len + 1 : NULL) {
		struct lyd_node *made = NULL;
		char *v;

		len = ytree_is_line(n) ? strcspn(values, " ") : strlen(values);
		v = str_dupn(values, len);
		if (lyd_new_path(*tree, sh->ly, path, v, 0, &made) ==
		    LY_SUCCESS && !*tree)
			*tree = made;
		str_free(v);
	}
}

static void
add_line(struct shell *sh, struct one_line *l, const struct change *c)
{
	const struct lysc_node *n = schema_of(sh, c->path);

	if (!n)
		return;
	if (n->nodetype == LYS_CONTAINER)	/* with presence, and new */
		add_to(sh, &l->new, n, c->path, "");
	if (!(n->nodetype & (LYS_LEAF | LYS_LEAFLIST)))
		return;
	add_to(sh, &l->old, n, c->path, c->old);
	if (c->op != EDIT_DELETE && c->op != EDIT_REMOVE)
		add_to(sh, &l->new, n, c->path, c->value);
}

static void
change_fini(struct change *c)
{
	free(c->path);
	str_free(c->value);
	str_free(c->old);
	memset(c, 0, sizeof(*c));
}

/* *l is the line that is being gathered. */
static void
put_change(struct shell *sh, struct json *j, struct change *c, bool secrets,
	   struct one_line *l)
{
	char *container;

	if (!c->path)
		return;
	if (sh->out.json) {
		change_json(sh, j, c, secrets);
		change_fini(c);
		return;
	}
	container = container_of(sh, c->path);
	if (!container || !l->path || strcmp(l->path, container))
		end_line(sh, l, false, secrets);
	if (container && !strcmp(container, c->path) && c->op == EDIT_DELETE) {
		l->path = container;
		end_line(sh, l, true, secrets);
	} else if (container) {
		free(l->path);
		l->path = container;
		add_line(sh, l, c);
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
print_changes(struct shell *sh, struct json *j, const struct msg *m,
	      bool secrets)
{
	struct change c = { 0, NULL, NULL, NULL };
	struct one_line line = { NULL, NULL, NULL };
	struct msg_attr a;
	size_t pos = 0;

	while (msg_next(m, &pos, &a)) {
		char **field = a.type == A_PATH ? &c.path :
		    a.type == A_VALUE ? &c.value :
		    a.type == A_OLD_VALUE ? &c.old : NULL;

		if (a.type == A_EDIT) {
			put_change(sh, j, &c, secrets, &line);
			c.op = (uint32_t)msg_attr_number(&a);
		} else if (field && !*field)
			*field = msg_attr_str(&a);
	}
	put_change(sh, j, &c, secrets, &line);
	end_line(sh, &line, false, secrets);
}

static void
add_side(struct msg *m, const struct side *s)
{
	msg_add_u32(m, s->commit ? A_COMMIT : A_DATASTORE, s->number);
}

enum status
changes_show(struct shell *sh, const struct side *from, const struct side *to,
	     bool secrets, struct json *into)
{
	struct err e = ERR_INIT;
	struct msg req, reply;
	enum status st;
	struct json j;

	msg_init(&req, OP_COMPARE, 0, 0);
	add_side(&req, from);
	add_side(&req, to);
	st = shell_call(sh, &req, &reply, &e);
	if (st != ST_OK) {
		shell_error(sh, &e);
		msg_fini(&reply);
		return st;
	}
	sh->out.paint = paint;
	json_init(&j);
	json_array(into ? into : &j, into ? "changes" : NULL);
	print_changes(sh, into ? into : &j, &reply, secrets);
	json_array_end(into ? into : &j);
	if (sh->out.json && !into && json_ok(&j))
		json_show(&sh->out, j.text);
	json_fini(&j);
	msg_fini(&reply);
	return ST_OK;
}

static const struct side running = { false, DS_RUNNING };
static const struct side candidate = { false, DS_CANDIDATE };

int
cmd_show_changes(struct shell *sh, struct parse *p)
{
	return changes_show(sh, &running, &candidate, p->with_secrets, NULL);
}

/* The number of the newest commit, 0 if there is none. */
static enum status
newest(struct shell *sh, uint32_t *number)
{
	struct err e = ERR_INIT;
	struct msg req, reply;
	enum status st;

	*number = 0;
	msg_init(&req, OP_HISTORY, 0, 0);
	st = shell_call(sh, &req, &reply, &e);
	if (st == ST_OK)
		msg_u32(&reply, A_COMMIT, number);
	else
		shell_error(sh, &e);
	msg_fini(&reply);
	return st;
}

int
cmd_compare(struct shell *sh, struct parse *p)
{
	struct side then = { true, 0 };
	enum status st;

	if (p->number <= 0)
		return cmd_show_changes(sh, p);
	st = newest(sh, &then.number);
	if (st != ST_OK)
		return st;
	if (then.number < p->number) {
		shell_complain(sh, "there are not %ld commits to go back",
			       p->number);
		return ST_FAILED;
	}
	then.number -= (uint32_t)p->number;
	return changes_show(sh, &then, &candidate, p->with_secrets, NULL);
}
