/*
 * upgrade_print: nodes without a schema as JSON.
 */
#include "upgrade_in.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "json.h"

static void print_siblings(struct json *, struct lyd_node *first);

/* Of what was-default added: a number or a boolean. */
static bool
is_literal(const char *v)
{
	return strcmp(v, "true") == 0 || strcmp(v, "false") == 0 ||
	    v[strspn(v, "0123456789")] == '\0';
}

static void
print_value(struct json *j, const char *name, struct lyd_node *n)
{
	const struct lyd_node_opaq *o = opaq(n);
	const char *v = o->value != NULL ? o->value : "";

	if (lyd_child(n) != NULL || (v[0] == '\0' &&
	    !(o->hints & (LYD_VALHINT_STRING | LYD_VALHINT_EMPTY)))) {
		json_object(j, name);
		print_siblings(j, lyd_child(n));
		json_object_end(j);
	} else if (o->hints & LYD_VALHINT_EMPTY) {
		json_raw(j, name, "[null]", 6);
	} else if (o->hints & LYD_VALHINT_STRING ||
		   (o->hints == 0 && !is_literal(v))) {
		json_str(j, name, v);
	} else {
		json_raw(j, name, v, strlen(v));
	}
}

static bool
same_array(struct lyd_node *a, struct lyd_node *b)
{
	return b != NULL && opaq(a)->name.name == opaq(b)->name.name &&
	    opaq(a)->name.prefix == opaq(b)->name.prefix &&
	    opaq(b)->hints & (LYD_NODEHINT_LIST | LYD_NODEHINT_LEAFLIST);
}

static void
print_siblings(struct json *j, struct lyd_node *first)
{
	struct lyd_node *n = first;
	char name[512];
	bool array;

	for (; n != NULL; n = n->next) {
		if (opaq(n)->name.prefix != NULL)
			snprintf(name, sizeof(name), "%s:%s",
				 opaq(n)->name.prefix, opaq(n)->name.name);
		else
			snprintf(name, sizeof(name), "%s", opaq(n)->name.name);
		array = opaq(n)->hints & (LYD_NODEHINT_LIST |
					  LYD_NODEHINT_LEAFLIST);
		if (!array) {
			print_value(j, name, n);
			continue;
		}
		json_array(j, name);
		print_value(j, NULL, n);
		for (; same_array(n, n->next); n = n->next)
			print_value(j, NULL, n->next);
		json_array_end(j);
	}
}

char *
upgrade_print(struct lyd_node *root)
{
	struct json j;

	json_init(&j);
	json_object(&j, NULL);
	print_siblings(&j, lyd_child(root));
	json_object_end(&j);
	return json_take(&j);
}
