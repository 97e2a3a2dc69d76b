/* Commands that ask the owners of state and have them act. */
#include "cmds.h"

#include <libyang/libyang.h>
#include <string.h>

#include "client.h"
#include "config_text.h"
#include "json_text.h"
#include "parse.h"
#include "schema.h"
#include "shell.h"
#include "state_text.h"
#include "ytree.h"

static const struct lyd_node *
first_at(const struct lyd_node *tree, const char *path)
{
	struct lyd_node *n = NULL;
	struct ly_set *set = NULL;

	if (tree && lyd_find_xpath(tree, path, &set) == LY_SUCCESS) {
		if (set->count)
			n = set->dnodes[0];
		ly_set_free(set, NULL);
	}
	return n;
}

static enum status
no_such(struct shell *sh, const struct parse *p)
{
	struct str s = STR_INIT;

	path_words(sh->ly, p->path, false, &s);
	shell_complain(sh, "there is no %s%s", str_get(&s),
		       p->node->flags & LYS_CONFIG_R ? "" :
		       " in the running configuration");
	str_fini(&s);
	return ST_FAILED;
}

/* A form with the configuration beside the state: what is configured is listed
 * even if its owner does not answer. */
static enum status
show_form(struct shell *sh, const struct parse *p, const struct state_form *f)
{
	bool one = p->path[strlen(p->path) - 1] == ']';
	struct lyd_node *config = NULL, *state = NULL;
	const struct lyd_node *c, *n;
	struct err e = ERR_INIT;
	struct str s = STR_INIT;
	enum status st;

	st = shell_get(sh, DS_RUNNING, p->path, one ? NULL : f->fields,
		       &config, &e);
	if (st == ST_OK &&
	    shell_get(sh, DS_OPERATIONAL, p->path,
		      one ? NULL : f->state_fields, &state, &e) != ST_OK &&
	    !client_is_open(sh->client))
		st = ST_DAEMON;
	c = first_at(config, p->path);
	n = first_at(state, p->path);
	sh->out.paint = f->paint;
	sh->out.fold = !one;
	if (st != ST_OK)
		shell_error(sh, &e);
	else if (one && !c && !n)
		st = no_such(sh, p);
	else if (one)
		f->entry(c, n, p->detail, &s);
	else
		f->list(c, n, &s);
	out_text(&sh->out, str_get(&s));
	if (st == ST_OK && e.kind != ERR_NONE) {
		shell_error(sh, &e);
		st = ST_FAILED;
	}
	str_fini(&s);
	ytree_free(config);
	ytree_free(state);
	return st;
}

/* A view is of the state alone. */
static enum status
show_view(struct shell *sh, const struct parse *p)
{
	bool one = p->path[strlen(p->path) - 1] == ']';
	struct lyd_node *state = NULL;
	struct err e = ERR_INIT;
	struct str s = STR_INIT;
	enum status st;

	st = shell_get(sh, DS_OPERATIONAL, p->path, p->view->fields, &state, &e);
	if (st != ST_OK)
		shell_error(sh, &e);
	else if (one && !first_at(state, p->path))
		st = no_such(sh, p);
	else if (sh->out.json)
		json_text(&state, false, &s);
	else
		p->view->text(first_at(state, p->path), one, &s);
	out_text(&sh->out, str_get(&s));
	str_fini(&s);
	ytree_free(state);
	return st;
}

/* Whether there is more than containers around nothing. */
static bool
any_content(const struct lyd_node *tree)
{
	const struct lyd_node *n;

	LY_LIST_FOR(tree, n)
		if (n->schema->nodetype != LYS_CONTAINER ||
		    any_content(lyd_child(n)))
			return true;
	return false;
}

static enum status
show_general(struct shell *sh, const struct parse *p)
{
	bool one = p->path[strlen(p->path) - 1] == ']';
	struct lyd_node *state = NULL;
	struct err e = ERR_INIT;
	struct str s = STR_INIT;
	enum status st;

	sh->out.fold = true;
	st = shell_get(sh, DS_OPERATIONAL, p->path, NULL, &state, &e);
	if (st != ST_OK)
		shell_error(sh, &e);
	else if (one && !first_at(state, p->path))
		st = no_such(sh, p);
	else if (sh->out.json)
		json_text(&state, false, &s);
	else if (any_content(state))
		state_text(state, p->path, &s);
	if (st == ST_OK && !s.len)
		shell_note(sh, "there is nothing to show");
	out_text(&sh->out, str_get(&s));
	str_fini(&s);
	ytree_free(state);
	return st;
}

/* A container stands for its first list with a form of its own. */
static void
descend(struct shell *sh, struct parse *p)
{
	const struct lysc_node *n = NULL;
	struct str path = STR_INIT;

	if (!p->node || p->node->nodetype != LYS_CONTAINER || sh->out.json ||
	    p->detail)
		return;
	while ((n = schema_next(sh->ly, p->node, n)))
		if (state_form_find(n))
			break;
	if (!n)
		return;
	str_add(&path, p->path);
	schema_step(n, &path);
	free(p->path);
	p->path = str_take(&path);
	p->node = n;
}

int
cmd_show_state(struct shell *sh, struct parse *p)
{
	const struct state_form *f;

	if (!*p->path) {
		shell_complain(sh, "show what? '?' lists what there is");
		return ST_USAGE;
	}
	if (p->view)
		return show_view(sh, p);
	descend(sh, p);
	f = state_form_find(p->node);
	if (f && !sh->out.json)
		return show_form(sh, p, f);
	return show_general(sh, p);
}
