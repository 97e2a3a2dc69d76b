/* libyang's errors in the words of an administrator. */
#include <ctype.h>
#include <inttypes.h>
#include <libyang/libyang.h>
#include <libyang/plugins_types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "ytree.h"

/* Text of bounded length, put together piece by piece. */
struct text {
	char	s[ERR_TEXT_MAX];
	size_t	len;
};

static void __attribute__((format(printf, 2, 3)))
text_add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->s + t->len, sizeof(t->s) - t->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->len += (size_t)n;
	if (t->len >= sizeof(t->s))
		t->len = sizeof(t->s) - 1;
}

void
ytree_fold(char *out, size_t size, const char *text)
{
	size_t n = 0;

	while (isspace((unsigned char)*text))
		text++;
	while (*text != '\0' && n + 1 < size) {
		if (!isspace((unsigned char)*text)) {
			out[n++] = *text++;
			continue;
		}
		while (isspace((unsigned char)*text))
			text++;
		if (*text != '\0')
			out[n++] = ' ';
	}
	out[n] = '\0';
}

/* --- what a type takes --- */

static void
add_int_range(struct text *t, const struct lysc_range *r, bool is_unsigned)
{
	LY_ARRAY_COUNT_TYPE i;

	LY_ARRAY_FOR(r->parts, i) {
		text_add(t, "%s", i > 0 ? " or " : "");
		if (is_unsigned)
			text_add(t, "%" PRIu64, r->parts[i].min_u64);
		else
			text_add(t, "%" PRId64, r->parts[i].min_64);
		if (r->parts[i].min_u64 == r->parts[i].max_u64)
			continue;
		if (is_unsigned)
			text_add(t, " to %" PRIu64, r->parts[i].max_u64);
		else
			text_add(t, " to %" PRId64, r->parts[i].max_64);
	}
}

static const struct lysc_range *
int_range(const struct lysc_type *type)
{
	switch (type->basetype) {
	case LY_TYPE_INT8: case LY_TYPE_UINT8: case LY_TYPE_INT16:
	case LY_TYPE_UINT16: case LY_TYPE_INT32: case LY_TYPE_UINT32:
	case LY_TYPE_INT64: case LY_TYPE_UINT64:
		return ((const struct lysc_type_num *)type)->range;
	default:
		return NULL;
	}
}

static void
add_int(struct text *t, const struct lysc_type *type)
{
	static const struct {
		LY_DATA_TYPE	 type;
		const char	*range;
	} whole[] = {
		{ LY_TYPE_INT8, "-128 to 127" }, { LY_TYPE_UINT8, "0 to 255" },
		{ LY_TYPE_INT16, "-32768 to 32767" },
		{ LY_TYPE_UINT16, "0 to 65535" },
		{ LY_TYPE_INT32, "-2147483648 to 2147483647" },
		{ LY_TYPE_UINT32, "0 to 4294967295" },
	};
	const struct lysc_range *range = int_range(type);
	bool is_unsigned = type->basetype == LY_TYPE_UINT8 ||
	    type->basetype == LY_TYPE_UINT16 ||
	    type->basetype == LY_TYPE_UINT32 || type->basetype == LY_TYPE_UINT64;
	size_t i;

	text_add(t, "a whole number");
	if (range != NULL) {
		text_add(t, ", ");
		add_int_range(t, range, is_unsigned);
		return;
	}
	for (i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
		if (whole[i].type == type->basetype)
			text_add(t, ", %s", whole[i].range);
}

static void
add_enum(struct text *t, const struct lysc_type_enum *type)
{
	LY_ARRAY_COUNT_TYPE i, n = LY_ARRAY_COUNT(type->enums);

	LY_ARRAY_FOR(type->enums, i)
		text_add(t, "%s%s", i == 0 ? "" : i + 1 == n ? " or " : ", ",
			 type->enums[i].name);
}

/* The typedefs of ietf-inet-types are told apart by their plugins. */
static const char *
inet_example(const struct lysc_type *type)
{
	static const struct {
		const char *id, *text;
	} known[] = {
		{ "ipv4-address", "an IPv4 address, as 192.0.2.1" },
		{ "ipv6-address", "an IPv6 address, as 2001:db8::1" },
		{ "ipv4-prefix", "an IPv4 network, as 192.0.2.0/24" },
		{ "ipv6-prefix", "an IPv6 network, as 2001:db8::/64" },
		{ "date-and-time", "a time, as 2026-01-31T12:00:00Z" },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (type->plugin != NULL && type->plugin->id != NULL &&
		    strstr(type->plugin->id, known[i].id) != NULL)
			return known[i].text;
	return NULL;
}

static void
add_string(struct text *t, const struct lysc_type_str *type)
{
	const char *example = inet_example((const struct lysc_type *)type);
	LY_ARRAY_COUNT_TYPE i;

	if (example != NULL) {
		text_add(t, "%s", example);
		return;
	}
	text_add(t, "text");
	if (type->length != NULL) {
		text_add(t, " of ");
		add_int_range(t, type->length, true);
		text_add(t, " characters");
	}
	LY_ARRAY_FOR(type->patterns, i)
		if (type->patterns[i]->dsc != NULL)
			text_add(t, " (%s)", type->patterns[i]->dsc);
}

static void
add_type(struct text *t, const struct lysc_type *type)
{
	const struct lysc_type_union *u;
	LY_ARRAY_COUNT_TYPE i;

	switch (type->basetype) {
	case LY_TYPE_ENUM:
		add_enum(t, (const struct lysc_type_enum *)type);
		break;
	case LY_TYPE_BOOL:
		text_add(t, "true or false");
		break;
	case LY_TYPE_STRING:
		add_string(t, (const struct lysc_type_str *)type);
		break;
	case LY_TYPE_UNION:
		u = (const struct lysc_type_union *)type;
		LY_ARRAY_FOR(u->types, i) {
			text_add(t, "%s", i > 0 ? ", or " : "");
			add_type(t, u->types[i]);
		}
		break;
	case LY_TYPE_EMPTY:
		text_add(t, "no value");
		break;
	case LY_TYPE_BINARY:
		text_add(t, "base64");
		break;
	case LY_TYPE_INT8: case LY_TYPE_UINT8: case LY_TYPE_INT16:
	case LY_TYPE_UINT16: case LY_TYPE_INT32: case LY_TYPE_UINT32:
	case LY_TYPE_INT64: case LY_TYPE_UINT64:
		add_int(t, type);
		break;
	default:
		text_add(t, "another kind of value");
	}
}

static const char *
nearest(const struct lysc_type_enum *type, const char *value)
{
	size_t d, best = strlen(value) / 3 + 1;
	const char *name = NULL;
	LY_ARRAY_COUNT_TYPE i;

	LY_ARRAY_FOR(type->enums, i) {
		d = name_distance(value, type->enums[i].name);
		if (d <= best && (name == NULL || d < best)) {
			best = d;
			name = type->enums[i].name;
		}
	}
	return name;
}

/* The name the user knows: a one-line container and its leaf are two words. */
static void
add_name(struct text *t, const struct lysc_node *leaf)
{
	if (leaf->parent != NULL && ytree_ext(leaf->parent, "one-line") != NULL)
		text_add(t, "%s ", leaf->parent->name);
	if (leaf->parent == NULL || strcmp(leaf->name, "value") != 0 ||
	    ytree_ext(leaf->parent, "one-line") == NULL)
		text_add(t, "%s ", leaf->name);
}

static const struct lysc_type *
leaf_type(const struct lysc_node *leaf)
{
	if (leaf->nodetype == LYS_LEAF)
		return ((const struct lysc_node_leaf *)leaf)->type;
	if (leaf->nodetype == LYS_LEAFLIST)
		return ((const struct lysc_node_leaflist *)leaf)->type;
	return NULL;
}

static int
type_err(const struct lysc_node *leaf, const char *value, struct err *e)
{
	const struct lysc_type *type = leaf_type(leaf);
	const struct lysc_range *range = int_range(type);
	struct text t = { .len = 0 };
	const char *near = NULL;

	if (range != NULL && range->emsg != NULL) {
		ytree_fold(t.s, sizeof(t.s), range->emsg);
		return err_set(e, ERR_INVALID, "%s", t.s);
	}
	add_name(&t, leaf);
	text_add(&t, "is ");
	add_type(&t, type);
	if (ytree_is_secret(leaf) || value == NULL)
		return err_set(e, ERR_INVALID, "%s.", t.s);
	if (type->basetype == LY_TYPE_ENUM)
		near = nearest((const struct lysc_type_enum *)type, value);
	if (near != NULL)
		return err_set(e, ERR_INVALID, "%s, not '%.64s'. Did you mean "
			       "%s?", t.s, value, near);
	return err_set(e, ERR_INVALID, "%s, not '%.64s'.", t.s, value);
}

/* libyang's own words, not an error-message of the model. */
static bool
is_type_msg(const char *msg)
{
	static const char *const begin[] = {
		"Invalid", "Unsatisfied", "Value \"", "Unsupported",
	};
	size_t i;

	for (i = 0; i < sizeof(begin) / sizeof(begin[0]); i++)
		if (strncmp(msg, begin[i], strlen(begin[i])) == 0)
			return true;
	return false;
}

/* Nobody could type them, and they would be commands of their own where
 * configuration is printed. */
static int
check_controls(const struct lysc_node *leaf, const char *value, struct err *e)
{
	const unsigned char *p = (const unsigned char *)value;

	bool c1;

	for (; *p != '\0'; p++) {
		/* two octets in UTF-8, and to a terminal what ESC [ is */
		c1 = p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0;
		if (c1 || (*p < 0x20 && *p != '\t') || *p == 0x7f)
			return err_set(e, ERR_INVALID, "%s has a control "
				       "character in it (code %d); it is text "
				       "on one line.", leaf->name, p[c1]);
	}
	return 0;
}

int
ytree_check(const struct lysc_node *leaf, const char *value, struct err *e)
{
	const struct ly_ctx *ctx = leaf->module->ctx;
	const struct ly_err_item *item;
	char text[ERR_TEXT_MAX];
	LY_ERR rc;

	if (leaf_type(leaf) == NULL)
		return err_set(e, ERR_INVALID, "%s takes no value.", leaf->name);
	if (check_controls(leaf, value, e) < 0)
		return -1;
	ly_err_clean((struct ly_ctx *)ctx, NULL);
	rc = lyd_value_validate(ctx, leaf, value, strlen(value), NULL, NULL,
				NULL);
	/* incomplete: a reference, whose target only the whole tree knows */
	if (rc == LY_SUCCESS || rc == LY_EINCOMPLETE)
		return 0;
	item = ly_err_last(ctx);
	if (item == NULL || item->msg == NULL || is_type_msg(item->msg))
		return type_err(leaf, value, e);
	ytree_fold(text, sizeof(text), item->msg);
	return err_set(e, ERR_INVALID, "%s", text);
}

/* --- libyang's own messages --- */

/* The text after `mark` up to the quotation mark that ends it. */
static bool
quoted(char *out, size_t size, const char *text, const char *mark)
{
	const char *p = strcasestr(text, mark), *end;

	if (p == NULL)
		return false;
	p += strlen(mark);
	for (end = p; *end != '\0'; end++)
		if (*end == '"' && (end[1] == ',' || end[1] == '.' ||
				    end[1] == '\0'))
			break;
	if (*end == '\0' || (size_t)(end - p) >= size)
		return false;
	memcpy(out, p, (size_t)(end - p));
	out[end - p] = '\0';
	return true;
}

/* An instance path without its keys names the schema node. */
const struct lysc_node *
ytree_schema(const struct ly_ctx *ctx, const char *path)
{
	char bare[ERR_PATH_MAX];
	size_t n = 0;
	char quote = '\0';
	bool inside = false;

	for (; *path != '\0' && n + 1 < sizeof(bare); path++) {
		if (inside && quote != '\0') {
			if (*path == quote)
				quote = '\0';
		} else if (inside) {
			if (*path == '\'' || *path == '"')
				quote = *path;
			else if (*path == ']')
				inside = false;
		} else if (*path == '[') {
			inside = true;
		} else {
			bare[n++] = *path;
		}
	}
	bare[n] = '\0';
	return lys_find_path(ctx, NULL, bare, 0);
}

/* The value in a message such as: Invalid enumeration value "x". */
static bool
message_value(char *out, size_t size, const char *msg)
{
	const char *p = strchr(msg, '"'), *end = strrchr(msg, '"');

	if (p == NULL || end == p || (size_t)(end - p - 1) >= size)
		return false;
	memcpy(out, p + 1, (size_t)(end - p - 1));
	out[end - p - 1] = '\0';
	return true;
}

/* Of what is not JSON nothing is quoted: it may be the rest of a file with
 * secrets in it. */
static int
syntax_err(const char *msg, struct err *e)
{
	/* The character at the end of the text is NUL and ends the message. */
	if (strstr(msg, "end-of-") != NULL || strstr(msg, "EOF") != NULL ||
	    strstr(msg, "Missing quotation-mark") != NULL ||
	    strcmp(msg, "Unexpected character \"") == 0)
		return err_set(e, ERR_INVALID, "the JSON ends too early, as if "
			       "it had been cut off");
	return err_set(e, ERR_INVALID, "this is not JSON (RFC 7951)");
}

/* Cuts the last name off a path: without its module and predicates. */
static const char *
last_name(char *path)
{
	size_t n = strlen(path);
	char *p, *colon;
	int depth = 0;

	while (n > 0 && (depth > 0 || path[n - 1] != '/')) {
		n--;
		depth += path[n] == ']' ? 1 : path[n] == '[' ? -1 : 0;
	}
	p = path + n;
	if (n > 0)
		path[n - 1] = '\0';
	p[strcspn(p, "[ ")] = '\0';
	colon = strchr(p, ':');
	return colon != NULL ? colon + 1 : p;
}

int
ytree_reference_err(const struct lysc_node *leaf, const char *value,
		    const char *target, struct err *e)
{
	char path[256];
	const char *name, *of, *v = ytree_is_secret(leaf) ? "..." : value;

	if (strlen(target) >= sizeof(path))
		return err_set(e, ERR_INVALID, "there is no '%.64s'", v);
	strcpy(path, target);
	name = last_name(path);
	of = strchr(path, '/') != NULL || path[0] != '.' ? last_name(path) : "";
	if (of[0] == '\0' || of[0] == '.' || of == name)
		return err_set(e, ERR_INVALID, "there is no %s '%.64s'", name,
			       v);
	return err_set(e, ERR_INVALID, "there is no %s with the %s '%.64s'",
		       of, name, v);
}

static int
leaf_err(const struct lysc_node *leaf, const char *msg, struct err *e)
{
	char value[ERR_TEXT_MAX], text[ERR_TEXT_MAX], target[101];
	bool secret = ytree_is_secret(leaf);

	if (sscanf(msg, "Invalid leafref value \"%100[^\"]\" - no target "
		   "instance \"%100[^\"]\"", value, target) == 2)
		return ytree_reference_err(leaf, value, target, e);
	if (strncmp(msg, "Mandatory node", 14) == 0)
		return err_set(e, ERR_INVALID, "%s is missing.", leaf->name);
	if (leaf->nodetype == LYS_LEAFLIST && strncmp(msg, "Too many", 8) == 0)
		return err_set(e, ERR_INVALID, "There can be %" PRIu32 " of %s, "
			       "not more.", ((const struct lysc_node_leaflist *)
					     leaf)->max, leaf->name);
	if (is_type_msg(msg))
		return type_err(leaf, !secret && message_value(value,
				sizeof(value), msg) ? value : NULL, e);
	if (secret && strchr(msg, '"') != NULL)
		return type_err(leaf, NULL, e);
	ytree_fold(text, sizeof(text), msg);
	return err_set(e, ERR_INVALID, "%s", text);
}

static int
node_err(const struct lysc_node *node, const char *msg, struct err *e)
{
	char name[101], text[ERR_TEXT_MAX];

	if (sscanf(msg, "Mandatory node \"%100[^\"]\"", name) == 1)
		return err_set(e, ERR_INVALID, "%s%s%s is missing.",
			       node != NULL ? node->name : "",
			       node != NULL ? " " : "", name);
	if (sscanf(msg, "Node \"%100[^\"]\" not found", name) == 1)
		return err_set(e, ERR_INVALID, "%s has no '%s'.",
			       node != NULL ? node->name : "the model", name);
	if (sscanf(msg, "Too many \"%100[^\"]\"", name) == 1 && node != NULL &&
	    node->nodetype == LYS_LIST)
		return err_set(e, ERR_INVALID, "There can be %" PRIu32 " of %s, "
			       "not more.", ((const struct lysc_node_list *)
					     node)->max, name);
	ytree_fold(text, sizeof(text), msg);
	return err_set(e, ERR_INVALID, "%s", text);
}

/* Looking at the schema may fail and so replace the error that is looked at:
 * everything in it is copied first. */
int
ytree_err(const struct ly_ctx *ctx, struct err *e, const char *what)
{
	const struct ly_err_item *item = ly_err_last(ctx);
	char path[ERR_PATH_MAX] = "", msg[2 * ERR_TEXT_MAX];
	const struct lysc_node *node = NULL;
	unsigned long line = 0;
	struct err scratch = ERR_INIT;
	bool syntax, memory;
	const char *p;

	if (e == NULL)
		e = &scratch;
	if (item == NULL)
		return err_set(e, ERR_RESOURCE, "%s%scannot be processed",
			       what != NULL ? what : "the data",
			       what != NULL ? ": " : " ");
	snprintf(msg, sizeof(msg), "%s", item->msg != NULL ? item->msg :
		 "this is not valid");
	memory = item->no == LY_EMEM;
	syntax = item->vecode == LYVE_SYNTAX || item->vecode == LYVE_SYNTAX_JSON;
	if (item->path != NULL) {
		if (!quoted(path, sizeof(path), item->path, "data location \""))
			path[0] = '\0';
		p = strcasestr(item->path, "line number ");
		line = p != NULL ? strtoul(p + 12, NULL, 10) : 0;
	}
	if (path[0] == '/')
		node = ytree_schema(ctx, path);
	if (memory)
		err_set(e, ERR_RESOURCE, "out of memory");
	else if (syntax)
		syntax_err(msg, e);
	else if (node != NULL && leaf_type(node) != NULL)
		leaf_err(node, msg, e);
	else
		node_err(node, msg, e);
	/* Of what is sent over sockets everything is on line 1. */
	if (line > 1)
		err_prefix(e, "line %lu", line);
	if (what != NULL)
		err_prefix(e, "%s", what);
	snprintf(e->path, sizeof(e->path), "%s", path);
	return -1;
}
