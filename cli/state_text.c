#include "state_text.h"

#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "str.h"
#include "ytree.h"

#define INDENT	2

static const struct state_view ipsec_views[] = {
	{ "log", "What happened, the oldest first.", "description event",
	  ipsec_log },
	{ "diagnose", "What is wrong, why, and what to do about it.",
	  "description status diagnosis", ipsec_diagnose },
	{ NULL, NULL, NULL, NULL },
};

static const struct state_form forms[] = {
	{ "/culvert-tunnel:tunnel/ipsec", "id description enable",
	  "id status since reason", ipsec_list, ipsec_entry, ipsec_views,
	  ipsec_paint },
};

const struct state_form *
state_form_find(const struct lysc_node *n)
{
	const struct state_form *found = NULL;
	char *path = n ? lysc_path(n, LYSC_PATH_DATA, NULL, 0) : NULL;

	for (size_t i = 0; path && i < sizeof(forms) / sizeof(forms[0]); i++)
		if (!strcmp(path, forms[i].path))
			found = &forms[i];
	free(path);
	return found;
}

static void
indent(unsigned int depth, struct str *s)
{
	for (unsigned int i = 0; i < depth * INDENT; i++)
		str_addc(s, ' ');
}

static void
node_text(const struct lyd_node *n, unsigned int depth, struct str *s)
{
	const struct lyd_node *c;

	indent(depth, s);
	str_add(s, n->schema->name);
	if (n->schema->nodetype & (LYS_LEAF | LYS_LEAFLIST)) {
		str_addf(s, ": %s\n", ytree_is_secret(n->schema) ? "********" :
			 lyd_get_value(n));
		return;
	}
	for (c = lyd_child(n); c && lysc_is_key(c->schema); c = c->next)
		str_addf(s, " %s", lyd_get_value(c));
	str_addc(s, '\n');
	for (; c; c = c->next)
		node_text(c, depth + 1, s);
}

void
state_text(const struct lyd_node *tree, const char *path, struct str *s)
{
	struct ly_set *set = NULL;
	const struct lyd_node *n;

	if (!tree)
		return;
	if (!*path) {
		LY_LIST_FOR(tree, n)
			node_text(n, 0, s);
		return;
	}
	if (lyd_find_xpath(tree, path, &set) != LY_SUCCESS)
		return;
	for (uint32_t i = 0; i < set->count; i++)
		node_text(set->dnodes[i], 0, s);
	ly_set_free(set, NULL);
}
