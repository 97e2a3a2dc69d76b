#include "suggest.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <libyang/libyang.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "config_text.h"
#include "expect.h"
#include "shell.h"
#include "value.h"
#include "ytree.h"

#define VALUES_MAX	1000	/* offered of one kind */

static void
add_key(const struct lyd_node *entry, const struct lysc_node *key,
	struct expect *set)
{
	const char *help = "", *v = ytree_leaf(entry, key->name);
	const char *d = NULL;
	const struct lysc_node *n;

	/* sorted: the same first key of several stands together */
	if (!v || (set->n && !strcmp(set->item[set->n - 1].text, v)))
		return;
	n = lys_find_child(entry->schema, entry->schema->module, "description",
			   0, LYS_LEAF, 0);
	if (n)
		d = ytree_leaf(entry, "description");
	if (d)
		help = expect_own(set, str_dup(d));
	expect_add(set, EXPECT_VALUE, expect_own(set, str_dup(v)), help, NULL,
		   0);
}

static void
add_keys(const struct ly_set *found, const struct lysc_node *list,
	 const struct lysc_node *key, struct expect *set)
{
	const struct lyd_node **v = mem_zero(found->count + 1, sizeof(*v));
	size_t n = 0;

	for (uint32_t i = 0; i < found->count; i++)
		if (found->dnodes[i]->schema == list)
			v[n++] = found->dnodes[i];
	entries_sort(v, n);
	for (size_t i = 0; i < n; i++)
		add_key(v[i], key, set);
	free(v);
}

void
suggest_keys(void *arg, const struct lysc_node *list, const struct lysc_node *key,
	  const char *path, bool state, struct expect *set)
{
	struct shell *sh = arg;
	struct lyd_node *tree = NULL;
	struct err ignored = ERR_INIT;
	struct ly_set *found = NULL;
	struct str fields = STR_INIT;
	size_t whole = strlen(path);

	if (!client_is_open(sh->client))
		return;
	/* the entries that share the keys before this one */
	while (whole && path[whole - 1] == ']')
		while (whole && path[--whole] != '[')
			;
	str_addf(&fields, "%s description", key->name);
	if (shell_get(sh, list->flags & LYS_CONFIG_R ? DS_OPERATIONAL :
		      state ? DS_RUNNING : DS_CANDIDATE, path,
		      path[whole] ? NULL : str_get(&fields), &tree,
		      &ignored) == ST_OK && tree &&
	    lyd_find_xpath(tree, path, &found) == LY_SUCCESS) {
		add_keys(found, list, key, set);
		ly_set_free(found, NULL);
	}
	str_fini(&fields);
	ytree_free(tree);
}

/* --- values --- */

/* A value that may be typed, once. */
static void
add_value(struct expect *set, const char *text, const char *help)
{
	if (set->n < VALUES_MAX && !expect_exact(set, text))
		expect_add(set, EXPECT_VALUE, expect_own(set, str_dup(text)),
			   expect_own(set, str_dup(help)), NULL, 0);
}

/* The values of the leaves of that path in the candidate. */
static void
add_leaves(struct shell *sh, const char *path, struct expect *set)
{
	struct lyd_node *tree = NULL;
	struct err ignored = ERR_INIT;
	struct ly_set *found = NULL;

	if (shell_get(sh, DS_CANDIDATE, path, NULL, &tree, &ignored) == ST_OK &&
	    tree && lyd_find_xpath(tree, path, &found) == LY_SUCCESS) {
		for (uint32_t i = 0; i < found->count; i++) {
			const struct lyd_node *n = found->dnodes[i];
			struct str s = STR_INIT;

			value_show(n->schema, lyd_get_value(n), &s);
			add_value(set, str_get(&s), "");
			str_fini(&s);
		}
		ly_set_free(found, NULL);
	}
	ytree_free(tree);
}

/* As the candidate has it. */
static char *
ask_sibling(struct shell *sh, const char *path, const char *leaf)
{
	struct lyd_node *tree = NULL;
	struct err ignored = ERR_INIT;
	struct ly_set *found = NULL;
	const char *v = NULL;
	char *copy = NULL;

	if (shell_get(sh, DS_CANDIDATE, path, leaf, &tree, &ignored) == ST_OK &&
	    tree && lyd_find_xpath(tree, path, &found) == LY_SUCCESS) {
		if (found->count)
			v = ytree_leaf(found->dnodes[0], leaf);
		if (v)
			copy = str_dup(v);
		ly_set_free(found, NULL);
	}
	ytree_free(tree);
	return copy;
}

char *
suggest_sibling(struct shell *sh, const struct level *at, const char *leaf)
{
	const struct lysc_node *n = NULL;
	const struct lysc_node_leaf *l;
	char *v = NULL;

	if (at->node)
		n = lys_find_child(at->node, at->node->module, leaf, 0, LYS_LEAF, 0);
	if (!n)
		return NULL;
	if (client_is_open(sh->client))
		v = ask_sibling(sh, at->path, leaf);
	l = (const struct lysc_node_leaf *)n;
	if (!v && l->dflt)
		v = str_dup(lyd_value_get_canonical(sh->ly, l->dflt));
	return v;
}

/* What a leafref may point to: the labels of certificates, say. */
static void
add_referred(struct shell *sh, const struct lysc_node *leaf, struct expect *set)
{
	const struct lysc_type_leafref *ref = (const struct lysc_type_leafref *)
	    ((const struct lysc_node_leaf *)leaf)->type;
	struct ly_set *found = NULL;
	char *path;

	if (ref->basetype != LY_TYPE_LEAFREF ||
	    lys_find_xpath(sh->ly, leaf, lyxp_get_expr(ref->path), 0, &found) !=
	    LY_SUCCESS)
		return;
	for (uint32_t i = 0; i < found->count; i++) {
		if (found->snodes[i] == leaf || ytree_is_secret(found->snodes[i]))
			continue;
		path = lysc_path(found->snodes[i], LYSC_PATH_DATA, NULL, 0);
		if (path)
			add_leaves(sh, path, set);
		free(path);
	}
	ly_set_free(found, NULL);
}

/* The list that a leaf of state is in, without predicates. */
static char *
list_of(const char *path)
{
	struct str s = STR_INIT;

	for (const char *p = path; *p; p++) {
		if (*p == '[')
			p += strcspn(p, "]");
		if (*p && *p != ']')
			str_addc(&s, *p);
	}
	while (s.len && s.s[s.len - 1] != '/')
		str_cut(&s, s.len - 1);
	if (s.len)
		str_cut(&s, s.len - 1);
	return str_take(&s);
}

/* The values of a leaf of state at a path with predicates. */
static void
add_state(struct shell *sh, const char *path, struct expect *set)
{
	struct err ignored = ERR_INIT;
	struct lyd_node *tree = NULL;
	struct ly_set *found = NULL;
	char *list = list_of(path);

	if (shell_get(sh, DS_OPERATIONAL, list, NULL, &tree, &ignored) ==
	    ST_OK && tree && lyd_find_xpath(tree, path, &found) == LY_SUCCESS) {
		for (uint32_t i = 0; i < found->count; i++)
			add_value(set, lyd_get_value(found->dnodes[i]), "");
		ly_set_free(found, NULL);
	}
	ytree_free(tree);
	free(list);
}

void
suggest_addresses(struct expect *set)
{
	struct ifaddrs *all = NULL;

	if (getifaddrs(&all) < 0)
		return;
	for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
		const struct sockaddr_in6 *in6 = (void *)a->ifa_addr;
		const struct sockaddr_in *in = (void *)a->ifa_addr;
		char text[INET6_ADDRSTRLEN] = "";

		if (!a->ifa_addr || !(a->ifa_flags & IFF_UP))
			continue;
		if (in->sin_family == AF_INET &&
		    ntohl(in->sin_addr.s_addr) >> 24 != IN_LOOPBACKNET)
			inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
		else if (in6->sin6_family == AF_INET6 &&
			 !IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr) &&
			 !IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr))
			inet_ntop(AF_INET6, &in6->sin6_addr, text,
				  sizeof(text));
		if (*text)
			add_value(set, text, a->ifa_name);
	}
	freeifaddrs(all);
}

void
suggest_values(void *arg, const struct lysc_node *leaf, const char *existing,
	       struct expect *set)
{
	const char *what = ytree_ext(leaf, "suggest");
	struct shell *sh = arg;

	if (!client_is_open(sh->client) || ytree_is_secret(leaf))
		return;
	if (existing)
		add_leaves(sh, existing, set);
	else if (what && !strcmp(what, "addresses"))
		suggest_addresses(set);
	else if (what && *what == '/')
		add_state(sh, what, set);
	else
		add_referred(sh, leaf, set);
}
