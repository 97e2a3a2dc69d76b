/*
 * way: from one context to another that is not below it, and contexts by the
 * names that the prompt gives them.
 */
#include "parse.h"

#include <stdlib.h>
#include <string.h>

#include "schema.h"
#include "value.h"
#include "ytree.h"

void
args_root(struct parse *p)
{
	levels_to_exec(&p->at);
	p->entered = true;
}

void
args_up(struct parse *p)
{
	levels_pop(&p->at);		/* the exec level is above itself */
	p->entered = true;
}

/* What a template has before its next "{key}", which *key is set to; NULL at
 * the end. */
static const char *
next_key(const char *template, const struct lysc_node *list,
	 const struct lysc_node **key)
{
	const char *open = strchr(template, '{'), *close;

	while (open && (close = strchr(open, '}'))) {
		*key = NULL;
		while ((*key = schema_key(list, *key)))
			if (strlen((*key)->name) == (size_t)(close - open) - 1 &&
			    !strncmp((*key)->name, open + 1,
				     (size_t)(close - open) - 1))
				return open;
		open = strchr(open + 1, '{');
	}
	return NULL;
}

/* The keys out of "in-2-10" by "in-{low}-{high}": a canonical value for each,
 * in the order of the template; false if the name is another. */
static bool
match(const char *name, const char *template, const struct lysc_node *list,
      struct str *path, unsigned int *found)
{
	const struct lysc_node *key;
	const char *open = next_key(template, list, &key), *after, *end;
	size_t lead = open ? (size_t)(open - template) : strlen(template);
	struct err ignored = ERR_INIT;
	char *typed, *v;

	if (strncmp(name, template, lead))
		return false;
	name += lead;
	if (!open)
		return !*name;
	after = strchr(open, '}') + 1;
	/* the longest value first: it may hold what stands between two */
	for (end = name + strlen(name); end > name; end--) {
		size_t len = path->len;

		typed = str_dupn(name, (size_t)(end - name));
		v = value_parse(key, typed, NULL, &ignored);
		free(typed);
		if (!v)
			continue;
		str_addf(path, "[%s=", key->name);
		path_literal(v, path);
		str_addc(path, ']');
		free(v);
		if (match(end, after, list, path, found)) {
			++*found;
			return true;
		}
		str_cut(path, len);
	}
	return false;
}

static bool
names_entry(const struct parse *p, const struct lysc_node *list,
	    struct str *path)
{
	const char *given = ytree_ext(list, "context");
	const struct lysc_node *key = NULL;
	struct str template = STR_INIT;
	unsigned int keys = 0, found = 0;
	bool is;

	if (!given)
		str_add(&template, list->name);
	while ((key = schema_key(list, key))) {
		keys++;
		if (!given)
			str_addf(&template, "-{%s}", key->name);
	}
	is = match(parse_word(p), given ? given : str_get(&template), list,
		   path, &found);
	str_fini(&template);
	return is && found == keys;
}

bool
parse_way(struct parse *p)
{
	const struct level *at = levels_top(&p->at);
	const struct lysc_node *n = NULL;

	if (!(at->kind & LEVEL_EDIT) || p->l->word[p->i].quoted)
		return false;
	while ((n = schema_next(p->ly, at->node, n))) {
		const char *name = ytree_ext(n, "context");
		struct str path = STR_INIT;
		bool is = false;

		str_add(&path, at->path);
		schema_step(n, &path);
		if (n->nodetype == LYS_LIST)
			is = names_entry(p, n, &path);
		else if (schema_shape(n) == SHAPE_CONTEXT && name)
			is = !strcmp(name, parse_word(p));
		if (is) {
			name = parse_word(p);
			p->i++;
			p->cmd = tree_find(p->mode, n);
			parse_enter(p, n, &path, name,
				    n->nodetype == LYS_LIST ||
				    n->flags & LYS_PRESENCE);
		}
		str_fini(&path);
		if (is)
			return true;
	}
	return false;
}
