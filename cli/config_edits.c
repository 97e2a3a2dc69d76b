#include "config_edits.h"

#include <libyang/libyang.h>
#include <stdlib.h>

#include "config_text.h"
#include "load.h"
#include "parse.h"
#include "schema.h"
#include "str.h"
#include "ytree.h"

/* The value is wiped with the message, and not by us: libyang keeps it. */
static void
add(struct shell *sh, char *path, const char *value)
{
	struct edit edit = { EDIT_MERGE, path, (char *)value };
	struct str words = STR_INIT;

	path_words(sh->ly, path, true, &words);
	edits_line(&sh->edits, 0, str_get(&words));
	if (sh->load)
		load_edit(sh->load, &sh->edits, &edit);
	edits_add(&sh->edits, &edit);
	str_fini(&words);
}

static bool
is_first(const struct lyd_node *n)
{
	const struct lyd_node *p;

	for (p = n; p->prev->next && p->prev->schema == n->schema; p = p->prev)
		;
	return p == n;
}

/* Its path without the "[.='value']" at the end. */
static char *
values_path(const struct lyd_node *n)
{
	struct str s = STR_INIT;
	char *up = n->parent ? lyd_path(lyd_parent(n), LYD_PATH_STD, NULL, 0) :
	    NULL;

	if (up)
		str_add(&s, up);
	free(up);
	schema_step(n->schema, &s);
	return str_take(&s);
}

static void
add_node(struct shell *sh, const struct lyd_node *n)
{
	bool line = ytree_is_line(n->schema);
	char *path, *all = NULL;

	if (line && !is_first(n))
		return;
	path = line ? values_path(n) : lyd_path(n, LYD_PATH_STD, NULL, 0);
	if (line)
		all = ytree_join(n);
	if (path && n->schema->nodetype & LYD_NODE_TERM)
		add(sh, path, line ? all : lyd_get_value(n));
	else if (path && !lysc_is_np_cont(n->schema))
		add(sh, path, NULL);
	free(all);
	free(path);
}

static enum status
walk(struct shell *sh, const struct lyd_node *first)
{
	const struct lyd_node *n;
	enum status st = ST_OK;

	LY_LIST_FOR(first, n) {
		bool one_line = n->schema->nodetype == LYS_CONTAINER &&
		    ytree_ext(n->schema, "one-line");

		if (n->schema->nodetype & (LYS_ANYXML | LYS_ANYDATA) ||
		    lysc_is_key(n->schema))
			continue;
		add_node(sh, n);
		if (n->schema->nodetype & LYD_NODE_INNER)
			st = walk(sh, lyd_child(n));
		/* a line goes whole: confd judges it at the end of a batch */
		if (st == ST_OK && edits_full(&sh->edits) &&
		    (one_line || !n->parent ||
		     !ytree_ext(n->schema->parent, "one-line")))
			st = shell_flush(sh);
		if (st != ST_OK)
			return st;
	}
	return ST_OK;
}

enum status
config_edits(struct shell *sh, const struct lyd_node *tree)
{
	enum status st = walk(sh, tree);

	return st == ST_OK ? shell_flush(sh) : st;
}
