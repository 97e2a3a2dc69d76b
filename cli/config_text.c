#include "config_text.h"

#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "identity.h"
#include "lexer.h"
#include "schema.h"
#include "str.h"
#include "tree.h"
#include "value.h"
#include "ytree.h"

#define INDENT		4
#define REMARK		"# autodetect ("
#define NOTE_COLUMN	36	/* remarks begin here, or after the line */

struct writer {
	const struct ly_ctx *ly;
	bool		 secrets;
	unsigned int	 depth;
	struct str	*out;
};

static void node_text(struct writer *, const struct lyd_node *);

static void
add_value(const struct lyd_node *leaf, struct str *s)
{
	bool rest = schema_shape(leaf->schema) == SHAPE_REST;
	struct str v = STR_INIT;
	char *quoted;

	value_show(leaf->schema, lyd_get_value(leaf), &v);
	quoted = lexer_quote(str_get(&v), rest);
	str_add(s, quoted);
	free(quoted);
	str_wipe(&v);
}

static void
add_word(const struct lyd_node *n, struct str *s)
{
	node_word(LYD_CTX(n), n->schema, s);
}

static const struct lyd_node *
child_of(const struct lyd_node *parent, const struct lysc_node *schema)
{
	const struct lyd_node *c;

	LY_LIST_FOR(lyd_child(parent), c)
		if (c->schema == schema && !(c->flags & LYD_DEFAULT))
			return c;
	return NULL;
}

/* All the instances of a leaf-list from this one on, with blanks between. */
static void
add_values(const struct lyd_node *first, struct str *s)
{
	const struct lyd_node *n;

	for (n = first; n; n = n->next) {
		if (n->schema != first->schema)
			continue;
		if (n != first)
			str_addc(s, ' ');
		add_value(n, s);
	}
}

static void
keywords_line(const struct lyd_node *n, struct str *s)
{
	const struct lysc_node *leaf = NULL;

	add_word(n, s);
	while ((leaf = schema_leaf(n->schema, leaf))) {
		const struct lyd_node *c = child_of(n, leaf);

		if (!c)
			continue;
		str_addf(s, " %s ", leaf->name);
		add_values(c, s);
	}
}

bool
config_is_remark(const char *comment)
{
	return strncmp(comment, REMARK, strlen(REMARK)) == 0;
}

/* A value whose first word could be taken for a type needs its type. */
static bool
looks_typed(const struct lysc_node *type, const char *value)
{
	struct expect set;
	char *first = str_dupn(value, strcspn(value, " \t"));
	bool is;

	expect_init(&set);
	value_expect(type, &set);
	is = expect_exact(&set, first) != NULL;
	expect_fini(&set);
	free(first);
	return is;
}

static void
values_line(const struct lyd_node *n, bool remarks, struct str *s)
{
	const struct lysc_node *type = schema_optional_type(n->schema);
	const struct lysc_node *leaf = NULL;
	const struct lyd_node *c, *t = type ? child_of(n, type) : NULL;
	size_t from = s->len;
	const char *kind = NULL;

	add_word(n, s);
	while ((leaf = schema_leaf(n->schema, leaf))) {
		c = child_of(n, leaf);
		if (leaf == type) {
			if (c && strcmp(lyd_get_value(c), schema_default(leaf)))
				str_addf(s, " %s", lyd_get_value(c));
			else
				t = NULL;
			continue;
		}
		if (!c)
			continue;
		if (type && !t && !kind) {
			kind = identity_kind(lyd_get_value(c));
			if (looks_typed(type, lyd_get_value(c)))
				str_addf(s, " %s", schema_default(type));
		}
		str_addc(s, ' ');
		add_values(c, s);
	}
	if (kind && remarks && !strcmp(schema_default(type), "autodetect")) {
		str_pad(s, from + NOTE_COLUMN - 1, ' ');
		str_addf(s, " " REMARK "%s)", kind);
	}
}

static void
leaf_line(const struct lyd_node *n, bool secrets, struct str *s)
{
	const char *no = ytree_ext(n->schema, "no"), *v = lyd_get_value(n);
	struct str word = STR_INIT;
	const char *name;

	add_word(n, &word);
	name = str_get(&word);
	if (schema_shape(n->schema) == SHAPE_SWITCH)
		str_addf(s, "%s%s", strcmp(v, "false") ? "" : "no ", name);
	else if (no && !strcmp(v, no))
		str_addf(s, "no %s", name);
	else if (ytree_is_secret(n->schema) && v[strspn(v, "*")] == '\0')
		str_addf(s, "# %s ******** (for administrators)", name);
	else if (ytree_is_secret(n->schema) && !secrets)
		str_addf(s, "# %s ******** (shown by: show with-secrets)", name);
	else if (schema_type(n->schema)->basetype == LY_TYPE_BITS)
		str_addf(s, "%s %s", name, v);
	else {
		str_addf(s, "%s ", name);
		add_value(n, s);
	}
	str_fini(&word);
}

/* A value that somebody got past confd with a line break in it must not become
 * a command of its own when it is pasted. */
static void
one_line_only(const struct lyd_node *n, struct str *s, size_t from)
{
	size_t i = from;

	while (i < s->len && ((unsigned char)s->s[i] >= 0x20 ||
			      s->s[i] == '\t') && s->s[i] != 0x7f)
		i++;
	if (i == s->len)
		return;
	str_cut(s, from);
	str_addf(s, "# %s has control characters in it and cannot be typed",
		 n->schema->name);
}

void
config_line(const struct lyd_node *n, bool secrets, bool remarks,
	    struct str *s)
{
	size_t from = s->len;

	switch (schema_shape(n->schema)) {
	case SHAPE_KEYWORDS:
		keywords_line(n, s);
		break;
	case SHAPE_VALUES:
		values_line(n, remarks, s);
		break;
	case SHAPE_LINE:
		add_word(n, s);
		str_addc(s, ' ');
		add_values(n, s);
		break;
	default:
		leaf_line(n, secrets, s);
		break;
	}
	if (s->len > from)
		one_line_only(n, s, from);
}

/* --- contexts --- */

static int
compare_keys(const void *a, const void *b)
{
	const struct lyd_node *x = *(const struct lyd_node *const *)a;
	const struct lyd_node *y = *(const struct lyd_node *const *)b;
	const struct lysc_node *key = NULL;
	const struct lyd_node *kx = lyd_child(x), *ky = lyd_child(y);

	while ((key = schema_key(x->schema, key)) && kx && ky) {
		LY_DATA_TYPE t = schema_type(key)->basetype;
		const char *vx = lyd_get_value(kx), *vy = lyd_get_value(ky);
		long long nx, ny;
		int d;

		if (t == LY_TYPE_STRING || t == LY_TYPE_ENUM ||
		    t == LY_TYPE_UNION)
			d = strcmp(vx, vy);
		else {
			nx = strtoll(vx, NULL, 10);
			ny = strtoll(vy, NULL, 10);
			d = nx < ny ? -1 : nx > ny;
			if (!d)
				d = strcmp(vx, vy);
		}
		if (d)
			return d;
		kx = kx->next;
		ky = ky->next;
	}
	return 0;
}

void
entries_sort(const struct lyd_node **v, size_t n)
{
	if (n > 1)
		qsort(v, n, sizeof(*v), compare_keys);
}

/* The instances of a node among siblings, lists in the order of their keys. */
static void
each_instance(struct writer *w, const struct lyd_node *siblings,
	      const struct lysc_node *schema)
{
	const struct lyd_node **v = NULL, *n;
	size_t count = 0, size = 0;

	LY_LIST_FOR(siblings, n) {
		if (n->schema != schema || n->flags & LYD_DEFAULT)
			continue;
		if (count == size) {
			size = size ? 2 * size : 16;
			v = mem_grow(v, size, sizeof(*v));
		}
		v[count++] = n;
	}
	if (schema->nodetype == LYS_LIST && !(schema->flags & LYS_ORDBY_USER))
		entries_sort(v, count);
	if (count && schema_shape(schema) == SHAPE_LINE)
		count = 1;
	for (size_t i = 0; i < count; i++)
		node_text(w, v[i]);
	free(v);
}

static void
children_text(struct writer *w, const struct lysc_node *parent,
	      const struct lyd_node *siblings)
{
	const struct lysc_node *schema = NULL;

	while ((schema = schema_next(w->ly, parent, schema)))
		each_instance(w, siblings, schema);
}

static void
indent(struct writer *w)
{
	for (unsigned int i = 0; i < w->depth * INDENT; i++)
		str_addc(w->out, ' ');
}

static void
context_text(struct writer *w, const struct lyd_node *n)
{
	const struct lysc_node *key = NULL;
	size_t before = w->out->len, inside;
	const struct lyd_node *c;

	indent(w);
	add_word(n, w->out);
	if (n->schema->nodetype == LYS_LIST)
		while ((key = schema_key(n->schema, key)))
			if ((c = child_of(n, key))) {
				str_addc(w->out, ' ');
				add_value(c, w->out);
			}
	str_addc(w->out, '\n');
	inside = w->out->len;
	w->depth++;
	children_text(w, n->schema, lyd_child(n));
	w->depth--;
	if (w->out->len == inside && n->schema->nodetype == LYS_CONTAINER &&
	    !(n->schema->flags & LYS_PRESENCE)) {
		str_cut(w->out, before);
		return;
	}
	indent(w);
	str_add(w->out, "end\n");
}

static void
node_text(struct writer *w, const struct lyd_node *n)
{
	switch (schema_shape(n->schema)) {
	case SHAPE_CONTEXT:
	case SHAPE_LIST:
		context_text(w, n);
		break;
	case SHAPE_NONE:
		break;
	default:
		indent(w);
		config_line(n, w->secrets, true, w->out);
		str_addc(w->out, '\n');
		break;
	}
}

void
config_text(const struct ly_ctx *ly, const struct lyd_node *tree,
	    const char *path, bool secrets, struct str *out)
{
	struct writer w = { ly, secrets, 0, out };
	struct ly_set *set = NULL;

	if (!tree)
		return;
	if (!*path) {
		children_text(&w, NULL, tree);
		return;
	}
	if (lyd_find_xpath(tree, path, &set) != LY_SUCCESS)
		return;
	for (uint32_t i = 0; i < set->count; i++) {
		const struct lyd_node *n = set->dnodes[i];
		enum shape shape = schema_shape(n->schema);

		/* a context that is named: what is in it; a whole list: its
		 * entries */
		if (shape == SHAPE_CONTEXT ||
		    (shape == SHAPE_LIST && path[strlen(path) - 1] == ']'))
			children_text(&w, n->schema, lyd_child(n));
		else if (i == 0 && (shape == SHAPE_LIST ||
				    shape == SHAPE_LINE)) {
			each_instance(&w, n, n->schema);
			break;
		} else
			node_text(&w, n);
	}
	ly_set_free(set, NULL);
}

/* --- paths --- */

/* One "[key='value']" as " value"; returns what follows it. */
static const char *
predicate(const char *p, struct str *s)
{
	const char *q = p + strcspn(p, "'\"]");
	const char *end;
	char *quoted, *value;

	if (*q != '\'' && *q != '"')
		return *q ? q + 1 : q;
	end = strchr(q + 1, *q);
	if (!end)
		return q + strlen(q);
	value = str_dupn(q + 1, (size_t)(end - q - 1));
	quoted = lexer_quote(value, false);
	str_addf(s, " %s", quoted);
	free(quoted);
	free(value);
	end += strcspn(end, "]");
	return *end ? end + 1 : end;
}

/* The node below another (NULL: at the top) that a step names, and its word. */
static const struct lysc_node *
step_word(const struct ly_ctx *ly, const struct lysc_node *up, const char *step,
	  size_t len, struct str *s)
{
	const char *colon = memchr(step, ':', len);
	const char *name = colon ? colon + 1 : step;
	size_t rest = (size_t)(step + len - name);
	const struct lys_module *m = up ? up->module : NULL;
	const struct lysc_node *n;
	char *module;

	if (colon) {
		module = str_dupn(step, (size_t)(colon - step));
		m = ly_ctx_get_module_implemented(ly, module);
		free(module);
	}
	n = m ? lys_find_child(up, m, name, rest, 0, 0) : NULL;
	if (n && n->flags & LYS_CONFIG_W)
		node_word(ly, n, s);
	else if (n && ytree_ext(n, "entries"))
		str_add(s, n->parent->name);
	else
		str_addn(s, name, rest);
	return n;
}

void
path_words(const struct ly_ctx *ly, const char *path, bool whole,
	   struct str *s)
{
	const struct lysc_node *n = NULL;
	size_t from = s->len;
	bool list = false;

	while (*path == '/') {
		size_t len = strcspn(++path, "/[");

		/* the first list says enough of where it is */
		if (path[len] == '[' && path[len + 1] != '.' && !list) {
			list = true;
			if (!whole)
				str_cut(s, from);
		}
		if (s->len > from)
			str_addc(s, ' ');
		n = step_word(ly, n, path, len, s);
		for (path += len; *path == '['; )
			path = predicate(path, s);
	}
}
