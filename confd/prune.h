/*
 * prune: takes out what validation found to go with what was changed.
 */
#ifndef CULVERT_CONFD_PRUNE_H
#define CULVERT_CONFD_PRUNE_H

#include "err.h"

struct map;
struct schema;
struct valid;

/* Takes v->gone out of a map, and says a sentence about each.  serial is as for
 * edit_begin. */
typedef void prune_fn(const char *sentence, void *arg);
int	prune(const struct valid *, const struct schema *, struct map *,
	      unsigned int serial, prune_fn *, void *arg, struct err *)
		__attribute__((warn_unused_result));

#endif
