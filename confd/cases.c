#include "cases.h"

#include <libyang/libyang.h>
#include <stdio.h>

#include "path.h"
#include "schema.h"

/* A sibling, `up` characters of whose path are the path's. */
static int
other(const struct schema *s, const struct path *p, size_t up,
      const struct lysc_node *n, cases_fn *fn, void *arg, struct err *e)
{
	const struct lysc_node *parent = lysc_data_parent(n);
	bool qualified = parent == NULL || parent->module != n->module;
	char text[PATH_MAX_LEN];
	struct path q;
	int len;

	len = snprintf(text, sizeof(text), "%.*s/%s%s%s", (int)up, p->text,
		       qualified ? n->module->name : "", qualified ? ":" : "",
		       n->name);
	if (len < 0 || (size_t)len >= sizeof(text))
		return err_set_path(e, ERR_INVALID, p->text,
				    "the path is too long");
	if (path_parse(&q, s, text, e) < 0)
		return -1;
	return fn(&q, arg, e);
}

static int
others(const struct schema *s, const struct path *p, size_t up,
       const struct lysc_node *mine, cases_fn *fn, void *arg, struct err *e)
{
	const struct lysc_node_choice *choice =
	    (const struct lysc_node_choice *)mine->parent;
	const struct lysc_node *c, *n;

	for (c = &choice->cases->node; c != NULL; c = c->next) {
		if (c == mine)
			continue;
		/* Goes through choices within the case by itself. */
		for (n = NULL; (n = lys_getnext(n, c, NULL, 0)) != NULL;)
			if (n->flags & LYS_CONFIG_W &&
			    other(s, p, up, n, fn, arg, e) < 0)
				return -1;
	}
	return 0;
}

int
cases_others(const struct schema *s, const struct path *p, cases_fn *fn,
	     void *arg, struct err *e)
{
	const struct lysc_node *n;
	unsigned int i = p->steps;

	for (n = p->node; n != NULL && i > 0; n = n->parent) {
		if (n->nodetype & (LYS_CHOICE | LYS_CASE)) {
			if (n->nodetype == LYS_CASE &&
			    others(s, p, i > 1 ? p->ends[i - 2] : 0, n, fn,
				   arg, e) < 0)
				return -1;
			continue;
		}
		/* What stands above is about this step, or an outer one. */
		if (n != p->node)
			i--;
	}
	return 0;
}
