/*
 * parts: what of a change is whose, and how an owner is told.
 */
#ifndef CULVERT_CONFD_PARTS_H
#define CULVERT_CONFD_PARTS_H

#include <stdbool.h>

struct map;
struct msg;

/* Adds to m what the owner has to know: A_DATA with the units that are there
 * now, A_PATH for each that is no more.  before NULL: all of `after`.  False if
 * there is nothing; without memory m->bad is set. */
bool	parts_add(struct msg *m, const struct map *before,
		  const struct map *after, const char *owner);
/* Whether parts_add would add anything. */
bool	parts_any(const struct map *before, const struct map *after,
		  const char *owner);

#endif
