#include "changes.h"

#include "proc/path.h"
#include "ytree.h"

static const struct lyd_node *
entries(const struct lyd_node *tree)
{
	return tree != NULL ? ytree_find(tree, "tunnel/ipsec") : NULL;
}

size_t
changes_count(const struct lyd_node *tree, size_t n_removed)
{
	const struct lyd_node *l;

	for (l = entries(tree); l != NULL; l = ytree_next(l))
		n_removed++;
	return n_removed;
}

static int
take_id(changes_taker *take, void *arg, uint32_t id, const struct lyd_node *entry,
	struct err *e)
{
	if (id == 0 || id >= IDS)
		return err_set_path(e, ERR_INVALID, "/culvert-tunnel:tunnel",
				    "a tunnel's number is 1 to 65535");
	return take(arg, id, entry, e);
}

int
changes_walk(const struct lyd_node *tree, const char *const *removed,
	     size_t n_removed, changes_taker *take, void *arg, bool *all,
	     struct err *e)
{
	const struct lyd_node *l;
	struct tunnel_path path;
	size_t i;

	for (i = 0; i < n_removed; i++) {
		if (tunnel_path_parse(&path, removed[i], e) < 0)
			return -1;
		if (path.id == 0)
			*all = true;	/* the whole container */
		else if (take_id(take, arg, path.id, NULL, e) < 0)
			return -1;
	}
	for (l = entries(tree); l != NULL; l = ytree_next(l))
		if (take_id(take, arg, ytree_u32(l, "id"), l, e) < 0)
			return -1;
	return 0;
}
