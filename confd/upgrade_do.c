/*
 * upgrade_do: one step, on nodes without a schema.
 */
#include "upgrade_in.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NAMES_MAX	16

struct names {
	char	*v[NAMES_MAX];
	size_t	 n;
	char	 text[512];
};

typedef int node_fn(struct lyd_node *, struct step *);

/* --- finding them --- */

/* NAME, or MODULE:NAME for one of another module than what is around it; the
 * first of a path is in the module of the step. */
static bool
is_called(struct lyd_node *n, const char *name, const char *module)
{
	const char *prefix = opaq(n)->name.prefix, *colon = strchr(name, ':');
	size_t len;

	if (colon == NULL)
		return strcmp(opaq(n)->name.name, name) == 0 &&
		    (prefix == NULL || strcmp(prefix, module) == 0);
	len = (size_t)(colon - name);
	return prefix != NULL && strlen(prefix) == len &&
	    strncmp(prefix, name, len) == 0 &&
	    strcmp(opaq(n)->name.name, colon + 1) == 0;
}

static int
split(struct names *n, const char *path, struct err *e)
{
	char *p, *save = NULL;

	n->n = 0;
	snprintf(n->text, sizeof(n->text), "%s", path);
	for (p = strtok_r(n->text, "/", &save); p != NULL && n->n < NAMES_MAX;
	     p = strtok_r(NULL, "/", &save))
		n->v[n->n++] = p;
	return n->n > 0 && strlen(path) < sizeof(n->text) ? 0 :
	    err_set(e, ERR_BUG, "a cv:upgrade has no path: %s", path);
}

static struct lyd_node *
child_called(struct lyd_node *parent, const char *name, const char *module)
{
	struct lyd_node *c;

	LY_LIST_FOR(lyd_child(parent), c)
		if (is_called(c, name, module))
			return c;
	return NULL;
}

/* Calls fn for all nodes that the names lead to. */
static int
each_node(struct lyd_node *first, char *const *v, size_t n, node_fn *fn,
	  struct step *s)
{
	struct lyd_node *c, *next;
	int rc = 0;

	LY_LIST_FOR_SAFE(first, next, c) {
		if (rc != 0 || !is_called(c, v[0], s->module))
			continue;
		rc = n > 1 ? each_node(lyd_child(c), v + 1, n - 1, fn, s) :
		    fn(c, s);
	}
	return rc;
}

/* --- what the steps do --- */

static int
set_word(const struct ly_ctx *ctx, const char **at, const char *to)
{
	const char *now;

	if (lydict_insert(ctx, to, 0, &now) != LY_SUCCESS)
		return -1;
	lydict_remove(ctx, *at);
	*at = now;
	return 0;
}

static int
rename_node(struct lyd_node *n, struct step *s)
{
	s->done++;
	return set_word(opaq(n)->ctx, &opaq(n)->name.name, s->words[3]);
}

static int
map_value(struct lyd_node *n, struct step *s)
{
	if (opaq(n)->value == NULL || strcmp(opaq(n)->value, s->words[3]) != 0)
		return 0;
	s->done++;
	return set_word(opaq(n)->ctx, &opaq(n)->value, s->words[4]);
}

static int
remove_node(struct lyd_node *n, struct step *s)
{
	s->done++;
	lyd_free_tree(n);
	return 0;
}

/* Containers are made as needed. */
static struct lyd_node *
make_way(struct lyd_node *at, char *const *v, size_t n, const char *module)
{
	struct lyd_node *c;
	size_t i;

	for (i = 0; i < n; i++, at = c) {
		c = child_called(at, v[i], module);
		if (c == NULL && lyd_new_opaq(at, LYD_CTX(at), v[i], NULL, NULL,
					      module, &c) != LY_SUCCESS)
			return NULL;
	}
	return at;
}

/* How many names of a move are those of what both paths have in common. */
static size_t
in_common(const struct names *a, const struct names *b)
{
	size_t n = 0;

	while (n + 1 < a->n && n + 1 < b->n && strcmp(a->v[n], b->v[n]) == 0)
		n++;
	return n;
}

/* Below one instance of what both paths have in common. */
static int
move_below(struct lyd_node *common, struct step *s)
{
	struct lyd_node *n, *to;
	struct names from, way;
	size_t same, i;
	struct err e;

	if (split(&from, s->words[2], &e) < 0 || split(&way, s->words[3], &e) < 0)
		return -1;
	same = in_common(&from, &way);
	n = common;
	for (i = same; n != NULL && i < from.n; i++)
		n = child_called(n, from.v[i], s->module);
	if (n == NULL)
		return 0;
	to = make_way(common, way.v + same, way.n - 1 - same, s->module);
	if (to == NULL)
		return -1;
	s->done++;
	lyd_unlink_tree(n);
	if (set_word(opaq(n)->ctx, &opaq(n)->name.name, way.v[way.n - 1]) < 0 ||
	    lyd_insert_child(to, n) != LY_SUCCESS) {
		lyd_free_tree(n);
		return -1;
	}
	return 0;
}

/* What the old models took for granted has to be said now. */
static int
add_default(struct lyd_node *parent, struct step *s)
{
	const char *slash = strrchr(s->words[2], '/');
	const char *name = slash != NULL ? slash + 1 : s->words[2];
	struct lyd_node *n;

	if (child_called(parent, name, s->module) != NULL)
		return 0;
	if (lyd_new_opaq(parent, LYD_CTX(parent), name, s->words[3], NULL,
			 s->module, &n) != LY_SUCCESS)
		return -1;
	s->done++;
	return 0;
}

int
step_do(struct lyd_node *root, struct step *s, struct err *e)
{
	static node_fn *const fns[WHAT_END] = {
		rename_node, move_below, map_value, remove_node, add_default,
	};
	enum what w = step_what(s);
	struct names way, to;
	size_t n;
	int rc;

	if (split(&way, s->words[2], e) < 0 ||
	    (w == MOVE && split(&to, s->words[3], e) < 0))
		return -1;
	n = w == MOVE ? in_common(&way, &to) : way.n - (w == WAS_DEFAULT);
	rc = n > 0 ? each_node(lyd_child(root), way.v, n, fns[w], s) :
	    fns[w](root, s);
	return rc == 0 ? 0 : err_set(e, ERR_RESOURCE, "out of memory");
}
