#include "faults.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ytree.h"

struct search {
	faults_fn	*fn;
	void		*arg;
	unsigned int	 found;
};

static void __attribute__((format(printf, 4, 5)))
report(struct search *s, enum fault kind, const struct lyd_node *n,
       const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	char *path = lyd_path(n, LYD_PATH_STD, NULL, 0);
	struct err e;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	err_set_path(&e, ERR_INVALID, path != NULL ? path : "", "%s", text);
	free(path);
	s->found |= kind;
	s->fn(&e, s->arg);
}

/* What cannot be judged is taken for true: libyang has judged it. */
static bool
holds(const struct lyd_node *n, const struct lys_module *m,
      const struct lyxp_expr *cond, struct lysc_prefix *prefixes)
{
	ly_bool ok;

	return lyd_eval_xpath3(n, m, lyxp_get_expr(cond),
			       LY_VALUE_SCHEMA_RESOLVED, prefixes, NULL, &ok)
	    != LY_SUCCESS || ok;
}

/* Why the node may not be there: in *why, if it is not NULL, the model's word
 * for it or "".  False if it may. */
static bool
faults_when(const struct lyd_node *n, const char **why)
{
	const struct lysc_node *s = n->schema;
	struct lysc_when **whens;
	LY_ARRAY_COUNT_TYPE i;

	do {
		whens = lysc_node_when(s);
		LY_ARRAY_FOR(whens, i) {
			const struct lyd_node *at = whens[i]->context ==
			    n->schema ? n : lyd_parent(n);

			if (at == NULL || whens[i]->context == NULL ||
			    holds(at, s->module, whens[i]->cond,
				  whens[i]->prefixes))
				continue;
			if (why != NULL)
				*why = whens[i]->dsc != NULL ?
				    whens[i]->dsc : "";
			return true;
		}
		s = s->parent;
	} while (s != NULL && s->nodetype & (LYS_CHOICE | LYS_CASE));
	return false;
}

static void
check_musts(struct search *s, const struct lyd_node *n)
{
	struct lysc_must *musts = lysc_node_musts(n->schema);
	char text[ERR_TEXT_MAX];
	LY_ARRAY_COUNT_TYPE i;

	LY_ARRAY_FOR(musts, i) {
		if (holds(n, n->schema->module, musts[i].cond,
			  musts[i].prefixes))
			continue;
		if (musts[i].emsg != NULL)
			ytree_fold(text, sizeof(text), musts[i].emsg);
		else
			snprintf(text, sizeof(text), "%s is not allowed like "
				 "this.", n->schema->name);
		report(s, FAULT_MUST, n, "%s", text);
	}
}

/* The reference that a type is, or that is among its types; NULL if none. */
static const struct lysc_type_leafref *
reference(const struct lysc_type *t)
{
	const struct lysc_type_union *u = (const struct lysc_type_union *)t;
	const struct lysc_type_leafref *ref = NULL;
	LY_ARRAY_COUNT_TYPE i;

	if (t->basetype == LY_TYPE_LEAFREF)
		return (const struct lysc_type_leafref *)t;
	if (t->basetype == LY_TYPE_UNION)
		LY_ARRAY_FOR(u->types, i)
			if (ref == NULL)
				ref = reference(u->types[i]);
	return ref;
}

static void
check_reference(struct search *s, const struct lyd_node *n)
{
	const struct lysc_type_leafref *ref = reference(
	    n->schema->nodetype == LYS_LEAF ?
	    ((const struct lysc_node_leaf *)n->schema)->type :
	    ((const struct lysc_node_leaflist *)n->schema)->type);
	const char *v = lyd_get_value(n);
	struct err e = ERR_INIT;

	if (ref == NULL || lyd_value_validate(LYD_CTX(n), n->schema, v,
	    strlen(v), n, NULL, NULL) == LY_SUCCESS)
		return;
	ytree_reference_err(n->schema, v, lyxp_get_expr(ref->path), &e);
	report(s, FAULT_REFERENCE, n, "%s", e.text);
}

/* --- what should be there, or not so often --- */

static const struct lyd_node *
first_of(const struct lyd_node *parent, const struct lysc_node *s)
{
	const struct lyd_node *c;

	LY_LIST_FOR(lyd_child(parent), c)
		if (c->schema == s)
			return c;
	return NULL;
}

static void
check_count(struct search *s, const struct lyd_node *parent,
	    const struct lysc_node *n, uint32_t min, uint32_t max)
{
	const struct lyd_node *c;
	uint32_t count = 0;

	LY_LIST_FOR(lyd_child(parent), c)
		count += c->schema == n;
	if (count < min)
		report(s, FAULT_COUNT, parent, "There have to be at least %u "
		       "of %s.", min, n->name);
	else if (max != 0 && count > max)
		report(s, FAULT_COUNT, parent, "There can be %u of %s, not "
		       "more.", max, n->name);
}

/* The value of a leaf below an entry, be it in a container; NULL if none. */
static const char *
value_in(const struct lyd_node *entry, const struct lysc_node *leaf)
{
	const struct lysc_node *up = lysc_data_parent(leaf);
	const struct lyd_node *n = entry;

	if (up != entry->schema) {
		const struct lysc_node *way = up;

		/* Containers only: one step at a time from the entry down. */
		while (n != NULL && n->schema != up) {
			for (way = up; lysc_data_parent(way) != n->schema;)
				way = lysc_data_parent(way);
			n = first_of(n, way);
		}
	}
	n = n != NULL ? first_of(n, leaf) : NULL;
	return n != NULL ? lyd_get_value(n) : NULL;
}

struct tuple {
	const struct lyd_node	*entry;
	char			*text;
};

static int
by_text(const void *a, const void *b)
{
	return strcmp(((const struct tuple *)a)->text,
		      ((const struct tuple *)b)->text);
}

/* The values that have to differ, in one string; NULL if one is not there: then
 * it does not count (RFC 7950 7.8.3). */
static char *
tuple_text(const struct lyd_node *entry, struct lysc_node_leaf **unique)
{
	LY_ARRAY_COUNT_TYPE i;
	size_t len = 0, size;
	char *text = NULL, *more;
	const char *v;

	LY_ARRAY_FOR(unique, i) {
		v = value_in(entry, &unique[i]->node);
		size = v != NULL ? strlen(v) + 2 : 0;
		more = v != NULL ? realloc(text, len + size) : NULL;
		if (more == NULL) {
			free(text);
			return NULL;
		}
		text = more;
		memcpy(text + len, v, size - 2);
		len += size - 1;
		text[len - 1] = '\1';
		text[len] = '\0';
	}
	return text;
}

static void
report_twins(struct search *s, const struct tuple *a, const struct tuple *b,
	     struct lysc_node_leaf **unique)
{
	const char *key = lyd_get_value(lyd_child(a->entry));
	LY_ARRAY_COUNT_TYPE i;
	char names[128] = "";
	size_t len = 0;

	LY_ARRAY_FOR(unique, i)
		if (len < sizeof(names))
			len += (size_t)snprintf(names + len,
			    sizeof(names) - len, "%s%s", i == 0 ? "" : " and ",
			    unique[i]->name);
	report(s, FAULT_UNIQUE, b->entry, "%s has the same %s: it has to "
	       "differ.", key != NULL ? key : "another one", names);
}

static void
check_unique(struct search *s, const struct lyd_node *parent,
	     const struct lysc_node *list, struct lysc_node_leaf **unique)
{
	struct tuple *v = NULL, *more;
	const struct lyd_node *c;
	size_t n = 0, size = 0, i;

	LY_LIST_FOR(lyd_child(parent), c) {
		if (c->schema != list)
			continue;
		if (n == size) {
			size = size > 0 ? 2 * size : 16;
			more = reallocarray(v, size, sizeof(*v));
			if (more == NULL)
				break;
			v = more;
		}
		v[n].entry = c;
		v[n].text = tuple_text(c, unique);
		n += v[n].text != NULL;
	}
	if (n > 1)
		qsort(v, n, sizeof(*v), by_text);
	for (i = 1; i < n; i++)
		if (strcmp(v[i - 1].text, v[i].text) == 0)
			report_twins(s, &v[i - 1], &v[i], unique);
	for (i = 0; i < n; i++)
		free(v[i].text);
	free(v);
}

static bool
has_any(const struct lyd_node *parent, const struct lysc_node *c)
{
	const struct lyd_node *d;
	const struct lysc_node *n = NULL;

	while ((n = lys_getnext(n, c, NULL, 0)) != NULL)
		LY_LIST_FOR(lyd_child(parent), d)
			if (d->schema == n && !(d->flags & LYD_DEFAULT))
				return true;
	return false;
}

static void check_children(struct search *, const struct lyd_node *,
			   const struct lysc_node *);

static void
check_choice(struct search *s, const struct lyd_node *parent,
	     const struct lysc_node_choice *choice)
{
	const struct lysc_node *c, *n;
	char names[256] = "";
	size_t len = 0;

	for (c = &choice->cases->node; c != NULL; c = c->next)
		if (has_any(parent, c)) {
			check_children(s, parent, c);
			return;
		}
	if (!(choice->flags & LYS_MAND_TRUE))
		return;
	for (n = NULL; (n = lys_getnext(n, &choice->node, NULL, 0)) != NULL;)
		if (len < sizeof(names))
			len += (size_t)snprintf(names + len,
			    sizeof(names) - len, "%s%s", len == 0 ? "" : ", ",
			    n->name);
	report(s, FAULT_MISSING, parent, "%s needs one of %s.",
	       parent->schema->name, names);
}

static void
check_child(struct search *s, const struct lyd_node *parent,
	    const struct lysc_node *n)
{
	const struct lysc_node_leaflist *ll;
	const struct lysc_node_list *l;
	LY_ARRAY_COUNT_TYPE i;

	switch (n->nodetype) {
	case LYS_CHOICE:
		check_choice(s, parent, (const struct lysc_node_choice *)n);
		break;
	case LYS_LEAF:
		if (n->flags & LYS_MAND_TRUE && first_of(parent, n) == NULL)
			report(s, FAULT_MISSING, parent, "%s %s is missing.",
			       parent->schema->name, n->name);
		break;
	case LYS_LEAFLIST:
		ll = (const struct lysc_node_leaflist *)n;
		check_count(s, parent, n, ll->min, ll->max);
		break;
	case LYS_LIST:
		l = (const struct lysc_node_list *)n;
		check_count(s, parent, n, l->min, l->max);
		LY_ARRAY_FOR(l->uniques, i)
			check_unique(s, parent, n, l->uniques[i]);
		break;
	default:
		break;
	}
}

/* Below a node, or within one of the cases there. */
static void
check_children(struct search *s, const struct lyd_node *parent,
	       const struct lysc_node *holder)
{
	const struct lysc_node *n = NULL;

	/* With a `when`, libyang alone knows whether it has to be there. */
	while ((n = lys_getnext(n, holder, NULL, LYS_GETNEXT_WITHCHOICE))
	       != NULL)
		if (n->flags & LYS_CONFIG_W && !lysc_is_key(n) &&
		    LY_ARRAY_COUNT(lysc_node_when(n)) == 0)
			check_child(s, parent, n);
}

static void
walk(struct search *s, const struct lyd_node *n)
{
	const struct lyd_node *c;
	const char *why;

	if (faults_when(n, &why)) {
		if (!(n->flags & LYD_DEFAULT))
			report(s, FAULT_WHEN, n, "%s does not go with the "
			       "settings beside it: remove it, or change them",
			       n->schema->name);
		return;
	}
	check_musts(s, n);
	if (n->schema->nodetype & LYD_NODE_TERM) {
		check_reference(s, n);
		return;
	}
	check_children(s, n, n->schema);
	LY_LIST_FOR(lyd_child(n), c)
		walk(s, c);
}

unsigned int
faults_find(const struct lyd_node *n, faults_fn *fn, void *arg)
{
	struct search s = { fn, arg, 0 };

	walk(&s, n);
	return s.found;
}

unsigned int
faults_kind(const struct ly_ctx *ctx)
{
	static const struct {
		const char	*begins;
		enum fault	 kind;
	} kinds[] = {
		{ "Mandatory ",		FAULT_MISSING },
		{ "Too few ",		FAULT_COUNT },
		{ "Too many ",		FAULT_COUNT },
		{ "Unique data ",	FAULT_UNIQUE },
		{ "Invalid leafref ",	FAULT_REFERENCE },
		{ "Invalid instance-identifier ", FAULT_REFERENCE },
		{ "Must condition ",	FAULT_MUST },
	};
	const struct ly_err_item *item = ly_err_last(ctx);
	size_t i;

	for (i = 0; item != NULL && item->msg != NULL &&
	     i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strncmp(item->msg, kinds[i].begins,
			    strlen(kinds[i].begins)) == 0)
			return kinds[i].kind;
	return 0;
}
