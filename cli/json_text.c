#include "json_text.h"

#include <libyang/libyang.h>
#include <stdlib.h>

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
