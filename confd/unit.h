/*
 * unit: units and maps of them.  A map is a whole datastore: an array of units,
 * sorted as the configuration is shown.
 *
 * Units and maps are counted references.  A unit that more than one map holds
 * is never changed: who wants to change it makes a copy (edit.c), so that
 * running, candidates and what a commit had before share all that is equal, and
 * two maps differ exactly where their pointers do.
 */
#ifndef CULVERT_CONFD_UNIT_H
#define CULVERT_CONFD_UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct lyd_node;
struct schema;
struct unit_schema;

struct unit {
	unsigned int		 ref;
	unsigned int		 batch;		/* edit.c: whose copy it is */
	const struct unit_schema *schema;
	uint64_t		 num;
	uint32_t		 commit;	/* that made it so; 0: not known */
	struct lyd_node		*top;		/* a tree of its own */
	struct lyd_node		*node;		/* the unit's node in it */
	char			 path[];
};

struct map {
	unsigned int		 ref;
	size_t			 n;
	size_t			 size;
	struct unit		**v;
};

/* A unit without anything but its keys; NULL without memory. */
struct unit *unit_new(const struct schema *, const struct unit_schema *,
		      const char *path, uint64_t num);
struct unit *unit_copy(const struct unit *);
struct unit *unit_ref(struct unit *);
void	unit_unref(struct unit *);
/* Whether both have the same configuration; either may be NULL. */
bool	unit_equal(const struct unit *, const struct unit *);
/* A container without anything in it is as good as none. */
bool	unit_is_empty(const struct unit *);

struct map *map_new(void);
struct map *map_ref(struct map *);
void	map_unref(struct map *);
/* Another map of the same units; NULL without memory. */
struct map *map_clone(const struct map *);
/* Takes a tree apart into units; the tree is consumed also on failure. */
int	map_from_tree(struct map **, const struct schema *, struct lyd_node *tree,
		      struct err *) __attribute__((warn_unused_result));
/* Borrowed, or NULL. */
struct unit *map_find(const struct map *, const struct unit_schema *,
		      uint64_t num, const char *path);
struct unit *map_find_like(const struct map *, const struct unit *);
/* Takes the reference, replaces an equal one; -1 without memory (and the
 * reference is gone). */
int	map_put(struct map *, struct unit *) __attribute__((warn_unused_result));
void	map_del(struct map *, const struct unit *);
/* How many of that kind there are. */
size_t	map_count(const struct map *, const struct unit_schema *);

/* Calls fn for each unit that is not the same object in both, in order; before
 * or after is NULL where there is none.  Stops when fn returns non-zero, and
 * returns that. */
typedef int map_diff_fn(struct unit *before, struct unit *after, void *arg);
int	map_diff(const struct map *before, const struct map *after,
		 map_diff_fn *, void *arg);

#endif
