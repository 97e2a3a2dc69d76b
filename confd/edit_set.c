/*
 * edit_set: sets a leaf, a leaf-list as a whole, a container or an entry of a list.
 */
#include "edit_in.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "cases.h"
#include "place.h"
#include "schema.h"
#include "unit.h"
#include "view.h"
#include "ytree.h"

/* --- a leaf --- */

/* A network with bits of a host in it is taken, but said. */
static void
note_network(struct batch *b, const char *typed, const char *taken)
{
	char was[ADDR_STRLEN], is[ADDR_STRLEN];
	struct addr x, y;

	if (strchr(typed, '/') == NULL || strchr(taken, '/') == NULL ||
	    sscanf(typed, "%45[^/]/", was) != 1 ||
	    sscanf(taken, "%45[^/]/", is) != 1 || addr_parse(&x, was) < 0 ||
	    addr_parse(&y, is) < 0 || addr_equal(&x, &y))
		return;
	snprintf(b->note, sizeof(b->note), "%.60s is the address of a host: "
		 "the network %.60s is meant", typed, taken);
}

/* What a secret looks like to those who may not see it. */
static int
check_mask(const struct path *p, const char *value, struct err *e)
{
	if (strcmp(value, VIEW_MASK) != 0 || !ytree_is_secret(p->node))
		return 0;
	return err_set_path(e, ERR_INVALID, p->text, "%s is what is shown "
			    "instead of a secret: type the secret itself",
			    VIEW_MASK);
}

int
edit_check_secret(const struct batch *b, const struct lysc_node *node,
		  const char *path, struct err *e)
{
	enum role needs;

	if (b->author == NULL || !ytree_is_secret(node))
		return 0;
	needs = rights_needed(node, RIGHT_EDIT);
	if (*b->author >= needs)
		return 0;
	rights_refuse(e, node->name, needs, *b->author);
	snprintf(e->path, sizeof(e->path), "%.255s", path);
	return -1;
}

static int
set_leaf(struct batch *b, const struct path *p, const char *value,
	 bool *changed, struct err *e)
{
	struct unit *u = edit_unit(b, p);
	struct lyd_node *n = place_find(u, p);
	struct err why = ERR_INIT;
	char *before = NULL;

	if (value == NULL)
		return err_set_path(e, ERR_INVALID, p->text, "%s needs a value",
				    p->node->name);
	if (edit_check_secret(b, p->node, p->text, e) < 0)
		return -1;
	if (ytree_check(p->node, value, &why) < 0)
		return err_set_path(e, ERR_INVALID, p->text, "%s", why.text);
	if (check_mask(p, value, e) < 0)
		return -1;
	if (n != NULL && strcmp(lyd_get_value(n), value) == 0)
		return 0;
	/* The copy that is about to be made has another n. */
	if (n != NULL && (before = strdup(lyd_get_value(n))) == NULL)
		return edit_no_memory(e);
	u = edit_own(b, u, p, e);
	if (u == NULL || place_set(u, p, value, e) < 0) {
		free(before);
		return -1;
	}
	n = place_find(u, p);
	/* Two ways to write the same are no change. */
	*changed = n == NULL || before == NULL ||
	    strcmp(before, lyd_get_value(n)) != 0;
	if (n != NULL)
		note_network(b, value, lyd_get_value(n));
	free(before);
	return 0;
}

/* --- a leaf-list that is set as a whole --- */

/* The next of the values, which blanks part; NULL at the end. */
static const char *
next_value(const char **rest, char *buf, size_t size, struct err *e)
{
	const char *p = *rest + strspn(*rest, " ");
	size_t len = strcspn(p, " ");

	*rest = p + len;
	if (len == 0)
		return NULL;
	if (len >= size) {
		err_set(e, ERR_INVALID, "a value is too long");
		return NULL;
	}
	memcpy(buf, p, len);
	buf[len] = '\0';
	return buf;
}

/* Makes them all, after those that were there have gone. */
static int
put_values(struct batch *b, struct unit *u, const struct path *p,
	   const char *values, struct err *e)
{
	struct lyd_node *n, *other;
	char v[PATH_MAX_LEN];

	while (next_value(&values, v, sizeof(v), e) != NULL) {
		if (ytree_check(p->node, v, e) < 0)
			break;
		n = place_add(u, p, v, e);
		if (n == NULL)
			return -1;
		for (other = place_first(u, p); other != n; other = other->next)
			if (other->schema == p->node &&
			    strcmp(lyd_get_value(other), lyd_get_value(n)) == 0)
				return err_set_path(e, ERR_INVALID, p->text,
				    "%s: %s stands there twice", p->node->name,
				    lyd_get_value(n));
		if (b->note[0] == '\0')
			note_network(b, v, lyd_get_value(n));
	}
	if (e->kind == ERR_NONE)
		return 0;
	snprintf(e->path, sizeof(e->path), "%.255s", p->text);
	return -1;
}

static int
set_values(struct batch *b, const struct path *p, const char *values,
	   bool *changed, struct err *e)
{
	struct unit *u = edit_unit(b, p);
	char *before = ytree_join(place_first(u, p)), *after;
	struct err why = ERR_INIT;
	int rc = 0;

	if (values == NULL || values[strspn(values, " ")] == '\0')
		rc = err_set_path(e, ERR_INVALID, p->text, "%s needs a value",
				  p->node->name);
	if (rc < 0 || (before != NULL && strcmp(before, values) == 0)) {
		free(before);
		return rc;
	}
	u = edit_own(b, u, p, e);
	if (u == NULL) {
		free(before);
		return -1;
	}
	edit_free_all(u, p);
	rc = put_values(b, u, p, values, &why);
	if (rc < 0 && e != NULL)
		*e = why;
	after = ytree_join(place_first(u, p));
	/* Two ways to write the same are no change. */
	*changed = before == NULL || after == NULL ||
	    strcmp(before, after) != 0;
	free(before);
	free(after);
	return rc;
}

/* --- choices --- */

static int
drop_other(const struct path *other, void *arg, struct err *e)
{
	struct batch *b = arg;
	bool found;

	if (edit_remove(b, other, &found, e) < 0)
		return -1;
	if (found)
		snprintf(b->note, sizeof(b->note), "%.60s was removed: it "
			 "cannot be beside what was set", other->node->name);
	return 0;
}

int
edit_switch_cases(struct batch *b, const struct path *p, struct err *e)
{
	return cases_others(b->schema, p, drop_other, b, e);
}

/* A container or an entry of a list. */
static int
set_inner(struct batch *b, const struct path *p, bool *changed, struct err *e)
{
	struct unit *u = edit_unit(b, p);

	if (lysc_is_np_cont(p->node) || place_find(u, p) != NULL)
		return 0;
	u = edit_own(b, u, p, e);
	if (u == NULL)
		return -1;
	*changed = true;
	if (p->node == p->unit->node)
		return 0;
	return place_set(u, p, NULL, e);
}

int
edit_set(struct batch *b, const struct edit *ed, const struct path *p,
	 bool *changed, struct err *e)
{
	bool inner = p->node->nodetype & (LYS_CONTAINER | LYS_LIST);

	if (p->whole)
		return err_set_path(e, ERR_INVALID, p->text, "%s needs its %s",
				    p->node->name,
				    lysc_node_child(p->node)->name);
	if (inner && ed->value != NULL)
		return err_set_path(e, ERR_INVALID, p->text, "%s takes no value",
				    p->node->name);
	if (ytree_is_line(p->node) && edit_names_values(p))
		return set_values(b, p, ed->value, changed, e);
	if (ed->data == NULL && !lysc_is_np_cont(p->node) &&
	    edit_switch_cases(b, p, e) < 0)
		return -1;
	if (!inner)
		return set_leaf(b, p, ed->value, changed, e);
	if (ed->data != NULL)
		return edit_set_data(b, p, ed->data, changed, e);
	return set_inner(b, p, changed, e);
}
