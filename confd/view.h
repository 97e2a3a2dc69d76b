/*
 * view: parts of a datastore put together again as one tree.
 */
#ifndef CULVERT_CONFD_VIEW_H
#define CULVERT_CONFD_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "rights.h"

struct lyd_node;
struct map;
struct path;
struct schema;
struct unit;

#define VIEW_MASK	"********"

struct view {
	const char	*fields;	/* leaf names by blanks, or NULL: all */
	bool		 defaults;
	bool		 mask;		/* secrets as VIEW_MASK */
	enum role	 role;		/* who looks */
};

/* What the path (NULL: all) covers, as a tree of its own; NULL if nothing. */
int	view_tree(const struct schema *, const struct map *, const struct path *,
		  struct lyd_node **) __attribute__((warn_unused_result));
/* The same as JSON, for several paths; *json is NULL if there is nothing. */
int	view_json(const struct schema *, const struct map *,
		  const struct path *paths, size_t n, const struct view *,
		  char **json, struct err *) __attribute__((warn_unused_result));
/* Adds a copy of the unit to a tree; with an owner, only what it owns and the
 * keys above that (nothing at all, if it owns nothing there). */
int	view_add(struct lyd_node **tree, const struct unit *, const char *owner)
		__attribute__((warn_unused_result));
/* Whether the owner sees any difference between the two; either may be NULL. */
bool	view_differs(const struct unit *, const struct unit *, const char *owner);
/* Whether it owns anything of what is there. */
bool	view_owns(const struct unit *, const char *owner);

#endif
