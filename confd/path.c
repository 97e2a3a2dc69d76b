#include "path.h"

#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema.h"
#include "ytree.h"

/* What is still to be read, and where the canonical text grows. */
struct scan {
	const struct schema	*schema;
	const char		*all;
	const char		*p;
	const struct lys_module	*module;
	struct path		*out;
	size_t			 len;
	struct err		*e;
};

static int
bad(struct scan *s, const char *why)
{
	return err_set(s->e, ERR_INVALID, "the path \"%.200s\" %s", s->all, why);
}

static int __attribute__((format(printf, 2, 3)))
put(struct scan *s, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(s->out->text + s->len, PATH_MAX_LEN - s->len, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= PATH_MAX_LEN - s->len)
		return bad(s, "is too long");
	s->len += (size_t)n;
	return 0;
}

static bool
is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

static int
scan_name(struct scan *s, char *out, size_t size)
{
	size_t n = 0;

	while (is_name(s->p[n]))
		n++;
	if (n == 0 || n >= size)
		return bad(s, n == 0 ? "lacks a name" : "has a name too long");
	memcpy(out, s->p, n);
	out[n] = '\0';
	s->p += n;
	return 0;
}

/* "module:name" or "name" */
static int
scan_node(struct scan *s, char *name, size_t size, bool *qualified)
{
	if (scan_name(s, name, size) < 0)
		return -1;
	*qualified = *s->p == ':';
	if (!*qualified)
		return 0;
	s->module = ly_ctx_get_module_implemented(s->schema->ctx, name);
	if (s->module == NULL)
		return err_set(s->e, ERR_INVALID, "there is no module %s", name);
	s->p++;
	return scan_name(s, name, size);
}

static int
scan_string(struct scan *s, char *out, size_t size)
{
	const char *end;
	char quote = *s->p;
	size_t n;

	if (quote != '\'' && quote != '"')
		return bad(s, "has a key without quotation marks");
	end = strchr(s->p + 1, quote);
	if (end == NULL)
		return bad(s, "has a key without its second quotation mark");
	n = (size_t)(end - s->p - 1);
	if (n >= size)
		return bad(s, "has a key too long");
	memcpy(out, s->p + 1, n);
	out[n] = '\0';
	s->p = end + 1;
	return 0;
}

uint64_t
path_key_num(const struct lysc_node *key, const char *value)
{
	const struct lysc_type *type = ((const struct lysc_node_leaf *)key)->type;

	/* The first of several keys would say too little. */
	if (lysc_node_child(key->parent) != key ||
	    (key->next != NULL && lysc_is_key(key->next)))
		return 0;
	switch (type->basetype) {
	case LY_TYPE_UINT8: case LY_TYPE_UINT16: case LY_TYPE_UINT32:
	case LY_TYPE_UINT64:
		return strtoull(value, NULL, 10);
	case LY_TYPE_INT8: case LY_TYPE_INT16: case LY_TYPE_INT32:
	case LY_TYPE_INT64:
		/* Negative ones first. */
		return (uint64_t)strtoll(value, NULL, 10) ^ (UINT64_C(1) << 63);
	default:
		return 0;
	}
}

/* Checks a key and puts its canonical form. */
static int
put_key(struct scan *s, const struct lysc_node *key, const char *name,
	const char *value)
{
	const char *canon = NULL;
	char quote;
	int rc;

	if (ytree_check(key, value, s->e) < 0)
		return -1;
	if (lyd_value_validate(s->schema->ctx, key, value, strlen(value), NULL,
			       NULL, &canon) != LY_SUCCESS || canon == NULL)
		return bad(s, "has a key that is not valid");
	if (lysc_is_key(key))
		s->out->num = path_key_num(key, canon);
	quote = strchr(canon, '\'') == NULL ? '\'' : '"';
	if (quote == '"' && strchr(canon, '"') != NULL)
		rc = bad(s, "has a key with both kinds of quotation marks");
	else
		rc = put(s, "[%s=%c%s%c]", name, quote, canon, quote);
	lydict_remove(s->schema->ctx, canon);
	return rc;
}

/* [key='value'] for each key, in the order of the model. */
static int
scan_keys(struct scan *s, const struct lysc_node *list)
{
	const struct lysc_node *key;
	char name[128], value[PATH_MAX_LEN];
	bool qualified;

	for (key = lysc_node_child(list); key != NULL && lysc_is_key(key);
	     key = key->next) {
		if (*s->p != '[')
			return err_set(s->e, ERR_INVALID, "%s needs its %s",
				       list->name, key->name);
		s->p++;
		if (scan_node(s, name, sizeof(name), &qualified) < 0)
			return -1;
		if (strcmp(name, key->name) != 0 || *s->p++ != '=')
			return err_set(s->e, ERR_INVALID, "%s is named by its "
				       "%s", list->name, key->name);
		if (scan_string(s, value, sizeof(value)) < 0 ||
		    put_key(s, key, name, value) < 0)
			return -1;
		if (*s->p++ != ']')
			return bad(s, "lacks a ]");
	}
	return 0;
}

/* [.='value'] */
static int
scan_leaflist(struct scan *s, const struct lysc_node *node)
{
	char value[PATH_MAX_LEN];

	if (strncmp(s->p, "[.=", 3) != 0)
		return bad(s, "has an unknown predicate");
	s->p += 3;
	if (scan_string(s, value, sizeof(value)) < 0 ||
	    put_key(s, node, ".", value) < 0)
		return -1;
	if (*s->p++ != ']')
		return bad(s, "lacks a ]");
	return 0;
}

static int
scan_predicates(struct scan *s, const struct lysc_node *node)
{
	struct path *out = s->out;

	if (node->nodetype == LYS_LIST && *s->p != '[') {
		/* All entries, and nothing below them. */
		if (*s->p != '\0')
			return err_set(s->e, ERR_INVALID, "%s needs its %s",
				       node->name, lysc_node_child(node)->name);
		out->whole = true;
		return 0;
	}
	if (node->nodetype == LYS_LIST && scan_keys(s, node) < 0)
		return -1;
	if (node->nodetype == LYS_LEAFLIST && *s->p == '[' &&
	    scan_leaflist(s, node) < 0)
		return -1;
	return *s->p == '[' ? bad(s, "has an unknown predicate") : 0;
}

static int
scan_step(struct scan *s, const struct lysc_node **node)
{
	const struct lysc_node *parent = *node;
	bool qualified;
	char name[128];

	s->p++;			/* the slash */
	if (scan_node(s, name, sizeof(name), &qualified) < 0)
		return -1;
	if (s->module == NULL)
		return err_set(s->e, ERR_INVALID, "a path begins with the name "
			       "of a module: /MODULE:NAME, not /%s", name);
	*node = lys_find_child(parent, s->module, name, 0, 0, 0);
	if (*node == NULL)
		return err_set_path(s->e, ERR_INVALID, s->out->text,
				    "%s has no '%s'", parent != NULL ?
				    parent->name : s->module->name, name);
	qualified = parent == NULL || parent->module != s->module;
	if (put(s, "/%s%s%s", qualified ? s->module->name : "",
		qualified ? ":" : "", name) < 0)
		return -1;
	return scan_predicates(s, *node);
}

int
path_parse(struct path *out, const struct schema *schema, const char *text,
	   struct err *e)
{
	struct scan s = { .schema = schema, .all = text, .p = text, .out = out, .e = e };
	const struct lysc_node *node = NULL;
	const struct unit_schema *us;
	uint64_t unit_num = 0;

	out->steps = 0;
	out->text[0] = '\0';
	out->node = NULL;
	out->unit = NULL;
	out->unit_len = 0;
	out->num = 0;
	out->whole = false;
	if (*text != '/')
		return err_set(e, ERR_INVALID, "a path begins with a slash, not "
			       "as \"%.100s\"", text);
	while (*s.p == '/') {
		if (out->steps == PATH_MAX_STEPS)
			return bad(&s, "is too deep");
		if (scan_step(&s, &node) < 0)
			return -1;
		out->ends[out->steps++] = s.len;
		/* A top-level node is a unit until a list of units is met. */
		if (out->unit != NULL && out->unit->list)
			continue;
		us = schema_unit(schema, node);
		if (us == NULL || us == out->unit)
			continue;
		out->unit = out->whole && us->list ? NULL : us;
		out->unit_len = out->unit != NULL ? s.len : 0;
		unit_num = out->num;
	}
	if (*s.p != '\0')
		return bad(&s, "has something behind its end");
	out->node = node;
	out->num = out->unit != NULL && out->unit->list ? unit_num : 0;
	return 0;
}

bool
path_covers(const char *above, const char *path)
{
	size_t n = strlen(above);

	return strncmp(above, path, n) == 0 &&
	    (path[n] == '\0' || path[n] == '/' || path[n] == '[');
}

size_t
path_one_line(const struct path *p)
{
	const struct lysc_node *n = p->node;
	unsigned int i = p->steps;

	for (; n != NULL && i > 0; n = lysc_data_parent(n), i--)
		if (n->nodetype == LYS_CONTAINER &&
		    ytree_ext(n, "one-line") != NULL)
			return p->ends[i - 1];
	return 0;
}
