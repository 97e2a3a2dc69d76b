/*
 * startup: the startup and the factory configuration, and what happens when
 * they cannot be used.
 */
#ifndef CULVERT_CONFD_STARTUP_H
#define CULVERT_CONFD_STARTUP_H

#include "err.h"
#include "store.h"

struct map;

/* After a boot: startup, or what is left if it is broken; last is what was
 * running before, or NULL.  Fails only without memory. */
int	startup_boot(struct store *, struct map *last, struct map **out,
		     store_warn_fn *, void *arg, struct err *)
		__attribute__((warn_unused_result));
/* After a restart of confd alone: what startup_boot() had to complain of. */
void	startup_recall(struct store *);
/* A file that cannot be read is not lost when a good one takes its place. */
int	startup_keep_broken(struct store *, const char *file, struct err *)
		__attribute__((warn_unused_result));

#endif
