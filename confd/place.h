/*
 * place: the node of a unit that a path names, found and set without parsing
 * the path a second time.  A script of 10,000 tunnels does this 200,000 times.
 */
#ifndef CULVERT_CONFD_PLACE_H
#define CULVERT_CONFD_PLACE_H

#include "err.h"

struct lyd_node;
struct path;
struct unit;

/* Borrowed; NULL if it is not there, or the unit is NULL. */
struct lyd_node *place_find(const struct unit *, const struct path *);
/* Sets a leaf (value) or makes an inner node (NULL), with all above it. */
int	place_set(struct unit *, const struct path *, const char *value,
		  struct err *) __attribute__((warn_unused_result));
/* The first of the entries of a list or leaf-list that a path without their
 * keys names; NULL if there is none, or the unit is NULL. */
struct lyd_node *place_first(const struct unit *, const struct path *);
/* One more value at the end of a leaf-list; NULL with an error. */
struct lyd_node *place_add(struct unit *, const struct path *,
			   const char *value, struct err *);

#endif
