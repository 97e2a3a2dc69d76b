#include "ytree.h"

#include <dirent.h>
#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

/* --- loading --- */

static int
is_yang(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 5 && d->d_name[0] != '.' &&
	    strcmp(d->d_name + n - 5, ".yang") == 0;
}

static int
load_module(struct ly_ctx *ctx, const char *file, struct err *e)
{
	char name[128];
	size_t n = strcspn(file, "@");

	if (n == strlen(file))
		n -= strlen(".yang");
	if (n >= sizeof(name))
		return err_set(e, ERR_INVALID, "the name of the module %s is "
			       "too long", file);
	memcpy(name, file, n);
	name[n] = '\0';
	if (ly_ctx_load_module(ctx, name, NULL, NULL) == NULL)
		return ytree_err(ctx, e, name);
	return 0;
}

static int
load_all(struct ly_ctx *ctx, const char *dir, struct err *e)
{
	struct dirent **files;
	int i, n, rc = 0;

	/* Sorted, so that the order of commands is the same everywhere. */
	n = scandir(dir, &files, is_yang, alphasort);
	if (n <= 0) {
		if (n == 0)
			free(files);
		return err_set(e, ERR_REALITY, "no YANG modules in %s: is "
			       "Culvert installed?", dir);
	}
	for (i = 0; i < n; i++) {
		if (rc == 0)
			rc = load_module(ctx, files[i]->d_name, e);
		free(files[i]);
	}
	free(files);
	if (rc == 0 && ly_ctx_compile(ctx) != LY_SUCCESS)
		rc = ytree_err(ctx, e, dir);
	return rc;
}

int
ytree_load(struct ly_ctx **out, const char *dir, struct err *e)
{
	struct ly_ctx *ctx;

	/* Errors are kept for ytree_err instead of being printed. */
	ly_log_options(LY_LOSTORE_LAST);
	if (ly_ctx_new(dir, LY_CTX_NO_YANGLIBRARY | LY_CTX_EXPLICIT_COMPILE |
		       LY_CTX_DISABLE_SEARCHDIR_CWD, &ctx) != LY_SUCCESS)
		return err_set(e, ERR_REALITY, "cannot read YANG modules from "
			       "%s", dir);
	if (load_all(ctx, dir, e) < 0) {
		ly_ctx_destroy(ctx);
		return -1;
	}
	*out = ctx;
	return 0;
}

/* --- trees --- */

static bool
is_blank(const char *s, size_t len)
{
	while (len > 0 && (*s == ' ' || *s == '\t' || *s == '\r' || *s == '\n'))
		s++, len--;
	return len == 0;
}

/* One object and nothing behind it?  libyang takes what is cut off behind a
 * name for nothing, and does not look at what follows the end. */
static bool
is_whole(const char *s, size_t len)
{
	bool quoted = false;
	size_t depth = 0, i;

	for (i = 0; i < len; i++) {
		if (quoted && s[i] == '\\')
			i++;
		else if (s[i] == '"')
			quoted = !quoted;
		else if (!quoted && (s[i] == '{' || s[i] == '['))
			depth++;
		else if (!quoted && (s[i] == '}' || s[i] == ']') && --depth == 0)
			return is_blank(s + i + 1, len - i - 1);
		else if (depth == 0 && !is_blank(s + i, 1))
			return true;	/* libyang says what is wrong */
	}
	return false;
}

/* A member whose name begins with @ is metadata (RFC 7952), which none of our
 * modules has; libyang 2.1 crashes on some of it.  Nor does any name need an
 * escape, which could hide the @. */
static bool
has_metadata(const char *s, size_t len)
{
	size_t i, begin;
	bool escaped;

	for (i = 0; i < len; i++) {
		if (s[i] != '"')
			continue;
		escaped = false;
		for (begin = ++i; i < len && s[i] != '"'; i++)
			if (s[i] == '\\') {
				escaped = true;
				i++;
			}
		if (i >= len || (s[begin] != '@' && !escaped))
			continue;
		do
			i++;
		while (i < len && is_blank(s + i, 1));
		if (i < len && s[i] == ':')
			return true;
		i--;		/* it may begin the next string */
	}
	return false;
}

static size_t
lines(const char *s, size_t len)
{
	size_t i, n = 1;

	/* A newline at the very end begins no line. */
	for (i = 0; i + 1 < len; i++)
		n += s[i] == '\n';
	return n;
}

int
ytree_check_json(const char *json, size_t len, struct err *e)
{
	/* libyang takes nothing at all for an empty tree. */
	if (is_blank(json, len))
		return err_set(e, ERR_INVALID, "there is no JSON in it, not "
			       "even {}");
	if (!is_whole(json, len)) {
		err_set(e, ERR_INVALID, "the JSON is cut off, or something "
			"follows its end");
		return lines(json, len) > 1 ?
		    err_prefix(e, "line %zu", lines(json, len)) : -1;
	}
	if (has_metadata(json, len))
		return err_set(e, ERR_INVALID, "the JSON has a name that "
			       "begins with @ or has an escape in it: metadata "
			       "is not used here");
	return 0;
}

static int
parse(struct lyd_node *parent, struct lyd_node **tree, const struct ly_ctx *ctx,
      const char *json, size_t len, uint32_t options, struct err *e)
{
	struct ly_in *in = NULL;
	char *text;
	LY_ERR rc;

	if (ytree_check_json(json, len, e) < 0)
		return -1;
	text = malloc(len + 1);		/* libyang wants the NUL */
	if (text == NULL)
		return err_set(e, ERR_RESOURCE, "no memory for %zu bytes of "
			       "JSON", len);
	memcpy(text, json, len);
	text[len] = '\0';
	rc = ly_in_new_memory(text, &in);
	if (rc == LY_SUCCESS)
		rc = lyd_parse_data(ctx, parent, in, LYD_JSON, options |
				    LYD_PARSE_ONLY | LYD_PARSE_STRICT, 0, tree);
	ly_in_free(in, 0);
	if (rc != LY_SUCCESS)
		ytree_err(ctx, e, NULL);
	explicit_bzero(text, len);	/* it may hold secrets */
	free(text);
	return rc == LY_SUCCESS ? 0 : -1;
}

static int
parse_tree(struct lyd_node **tree, const struct ly_ctx *ctx, const char *json,
	   size_t len, uint32_t options, struct err *e)
{
	*tree = NULL;
	if (parse(NULL, tree, ctx, json, len, options, e) == 0)
		return 0;
	lyd_free_all(*tree);
	*tree = NULL;
	return -1;
}

int
ytree_parse(struct lyd_node **tree, const struct ly_ctx *ctx, const char *json,
	    size_t len, struct err *e)
{
	return parse_tree(tree, ctx, json, len, 0, e);
}

int
ytree_parse_config(struct lyd_node **tree, const struct ly_ctx *ctx,
		   const char *json, size_t len, struct err *e)
{
	return parse_tree(tree, ctx, json, len, LYD_PARSE_NO_STATE, e);
}

int
ytree_parse_into(struct lyd_node *parent, const char *json, size_t len,
		 struct err *e)
{
	return parse(parent, NULL, LYD_CTX(parent), json, len,
		     LYD_PARSE_NO_STATE, e);
}

void
ytree_free(struct lyd_node *tree)
{
	lyd_free_all(tree);
}

static char *
print_all(const struct lyd_node *tree, uint32_t options)
{
	char *text = NULL;

	if (tree == NULL)
		return strdup("{}");
	if (lyd_print_mem(&text, lyd_first_sibling(tree), LYD_JSON, options |
			  LYD_PRINT_WITHSIBLINGS | LYD_PRINT_SHRINK)
	    != LY_SUCCESS) {
		free(text);
		return NULL;
	}
	return text;
}

char *
ytree_print(const struct lyd_node *tree, bool with_defaults)
{
	struct lyd_node *full = NULL;
	char *text = NULL;

	if (!with_defaults || tree == NULL)
		return print_all(tree, LYD_PRINT_WD_EXPLICIT);
	if (lyd_dup_siblings(lyd_first_sibling(tree), NULL, LYD_DUP_RECURSIVE,
			     &full) == LY_SUCCESS &&
	    lyd_new_implicit_all(&full, NULL, LYD_IMPLICIT_NO_STATE, NULL)
	    == LY_SUCCESS)
		text = print_all(full, LYD_PRINT_WD_ALL);
	lyd_free_all(full);
	return text;
}

/* The length of the first name of a path. */
static size_t
name_len(const char *path)
{
	return strcspn(path, "/");
}

static const struct lyd_node *
sibling_named(const struct lyd_node *n, const char *name, size_t len)
{
	for (; n != NULL; n = n->next)
		if (n->schema != NULL && strlen(n->schema->name) == len &&
		    memcmp(n->schema->name, name, len) == 0)
			return n;
	return NULL;
}

/* Walks down as far as there is data; *rest is what of the path is left. */
static const struct lyd_node *
walk(const struct lyd_node *first, const struct lyd_node *parent,
     const char *path, const char **rest)
{
	const struct lyd_node *n;
	size_t len;

	for (;;) {
		len = name_len(path);
		n = sibling_named(first, path, len);
		if (n == NULL)
			break;
		parent = n;
		path += len;
		if (*path == '\0')
			break;
		path++;
		first = lyd_child(n);
	}
	*rest = path;
	return parent;
}

const struct lyd_node *
ytree_find(const struct lyd_node *tree, const char *path)
{
	const struct lyd_node *n;
	const char *rest;

	if (tree == NULL)
		return NULL;
	n = walk(lyd_first_sibling(tree), NULL, path, &rest);
	return *rest == '\0' ? n : NULL;
}

const struct lyd_node *
ytree_next(const struct lyd_node *entry)
{
	const struct lyd_node *n = entry->next;

	while (n != NULL && n->schema != entry->schema)
		n = n->next;
	return n;
}

char *
ytree_join(const struct lyd_node *first)
{
	const struct lyd_node *n;
	size_t len = 0;
	char *text, *p;

	for (n = first; n != NULL; n = ytree_next(n))
		len += strlen(lyd_get_value(n)) + 1;
	text = p = first != NULL ? malloc(len) : NULL;
	for (n = first; n != NULL && p != NULL; n = ytree_next(n))
		p += sprintf(p, "%s%s", n != first ? " " : "", lyd_get_value(n));
	return text;
}

static const struct lysc_node *
schema_named(const struct lysc_node *parent, const char *name, size_t len)
{
	const struct lysc_node *n = NULL;

	while ((n = lys_getnext(n, parent, NULL, 0)) != NULL)
		if (strlen(n->name) == len && memcmp(n->name, name, len) == 0)
			return n;
	return NULL;
}

/* What the model says of a leaf that has no data, below containers that exist
 * by themselves. */
static const char *
schema_default(const struct lysc_node *s, const char *path)
{
	const struct lysc_node_leaf *leaf;
	size_t len;

	for (;;) {
		len = name_len(path);
		s = schema_named(s, path, len);
		if (s == NULL)
			return NULL;
		path += len;
		if (*path == '\0')
			break;
		path++;
		if (!lysc_is_np_cont(s))
			return NULL;
	}
	if (s->nodetype != LYS_LEAF)
		return NULL;
	leaf = (const struct lysc_node_leaf *)s;
	return leaf->dflt == NULL ? NULL :
	    lyd_value_get_canonical(s->module->ctx, leaf->dflt);
}

const char *
ytree_leaf(const struct lyd_node *node, const char *path)
{
	const struct lyd_node *n;
	const char *rest;

	if (node == NULL)
		return NULL;
	n = walk(lyd_child(node), node, path, &rest);
	if (*rest != '\0')
		return n->schema != NULL ? schema_default(n->schema, rest) : NULL;
	return n->schema->nodetype & LYD_NODE_TERM ? lyd_get_value(n) : NULL;
}

int
ytree_values(char **out, const struct lyd_node *node, const char *path)
{
	const struct lyd_node *n;
	const char *rest;

	n = walk(lyd_child(node), node, path, &rest);
	*out = *rest == '\0' ? ytree_join(n) : NULL;
	return *rest == '\0' && *out == NULL ? -1 : 0;
}

bool
ytree_bool(const struct lyd_node *node, const char *path)
{
	const char *v = ytree_leaf(node, path);

	return v != NULL && strcmp(v, "true") == 0;
}

uint32_t
ytree_u32(const struct lyd_node *node, const char *path)
{
	const char *v = ytree_leaf(node, path);

	return v != NULL ? (uint32_t)strtoul(v, NULL, 10) : 0;
}

/* --- what culvert-extensions says of a node --- */

const char *
ytree_ext_of(const struct lysc_ext_instance *exts, const char *name)
{
	const struct lysc_ext_instance *x;
	LY_ARRAY_COUNT_TYPE i;

	LY_ARRAY_FOR(exts, i) {
		x = &exts[i];
		if (strcmp(x->def->name, name) == 0 &&
		    strcmp(x->def->module->name, "culvert-extensions") == 0)
			return x->argument != NULL ? x->argument : "";
	}
	return NULL;
}

const char *
ytree_ext(const struct lysc_node *node, const char *name)
{
	return ytree_ext_of(node->exts, name);
}

bool
ytree_is_secret(const struct lysc_node *node)
{
	return ytree_ext(node, "secret") != NULL;
}

bool
ytree_is_line(const struct lysc_node *node)
{
	return node->nodetype == LYS_LEAFLIST &&
	    (ytree_ext(node, "one-line") != NULL || (node->parent != NULL &&
	     ytree_ext(node->parent, "one-line") != NULL));
}

const char *
ytree_owner(const struct lysc_node *node)
{
	const char *owner;

	for (; node != NULL; node = node->parent)
		if ((owner = ytree_ext(node, "owner")) != NULL)
			return owner;
	return NULL;
}
