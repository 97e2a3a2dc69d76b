#include "json_text.h"

#include <libyang/libyang.h>
#include <stdlib.h>

#include "out.h"
#include "str.h"
#include "ytree.h"

static void
drop_secrets(struct lyd_node **first)
{
	struct lyd_node *n = *first, *next;

	for (; n; n = next) {
		struct lyd_node *child;

		next = n->next;
		if (n->schema && ytree_is_secret(n->schema)) {
			if (n == *first)
				*first = next;
			lyd_free_tree(n);
			continue;
		}
		child = lyd_child_no_keys(n);
		if (child)
			drop_secrets(&child);
	}
}

void
json_text(struct lyd_node **tree, bool secrets, struct str *out)
{
	char *text = NULL;

	if (!secrets)
		drop_secrets(tree);
	if (*tree && lyd_print_mem(&text, *tree, LYD_JSON,
				   LYD_PRINT_WITHSIBLINGS) == LY_SUCCESS && text)
		str_add(out, text);
	else
		str_add(out, "{}\n");
	free(text);
}

static void
new_line(struct str *out, unsigned int depth)
{
	str_addc(out, '\n');
	while (depth--)
		str_add(out, "  ");
}

/* A bracket that opens, with one that closes it at once. */
static bool
is_empty(const char *p)
{
	return p[1] == (*p == '{' ? '}' : ']');
}

/* Up to the quote that ends a string. */
static size_t
string_len(const char *p)
{
	size_t n = 1;

	while (p[n] && p[n] != '"')
		n += p[n] == '\\' && p[n + 1] ? 2 : 1;
	return n + (p[n] == '"');
}

/* JSON without blanks as libyang lays it out: what is shown looks alike whoever
 * wrote it. Only the notes of a stream stay a line each. */
static void
json_lay_out(const char *p, struct str *out)
{
	unsigned int depth = 0;
	size_t n;

	for (; *p; p += n) {
		n = 1;
		if (*p == '"') {
			n = string_len(p);
			str_addn(out, p, n);
		} else if ((*p == '{' || *p == '[') && is_empty(p)) {
			n = 2;
			str_addn(out, p, n);
		} else if (*p == '{' || *p == '[') {
			str_addc(out, *p);
			new_line(out, ++depth);
		} else if ((*p == '}' || *p == ']') && depth) {
			new_line(out, --depth);
			str_addc(out, *p);
		} else if (*p == ',') {
			str_addc(out, *p);
			new_line(out, depth);
		} else if (*p == ':')
			str_add(out, ": ");
		else if (*p != '\n' && *p != ' ')
			str_addc(out, *p);
	}
	str_addc(out, '\n');
}

void
json_show(struct out *o, const char *text)
{
	struct str s = STR_INIT;

	json_lay_out(text, &s);
	out_text(o, str_get(&s));
	str_wipe(&s);
}
