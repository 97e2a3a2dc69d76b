/*
 * history: the store's list of commits.
 */
#ifndef CULVERT_CONFD_HISTORY_H
#define CULVERT_CONFD_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "store.h"

/* Frees the strings of a commit. */
void	history_fini(struct commit *);
/* Takes the strings of c; the oldest one may go. */
int	history_add(struct store *, struct commit *c)
		__attribute__((warn_unused_result));
/* The numbers of all files, in no order; the caller frees. */
int	history_numbers(struct store *, uint32_t **, size_t *n)
		__attribute__((warn_unused_result));
/* Reads the heads of the newest unbroken row of commits. */
int	history_load(struct store *, store_warn_fn *, void *arg, struct err *)
		__attribute__((warn_unused_result));
/* What can be read of the commits does not lead to what running is: numbering
 * goes on behind a gap, so that no restart takes them for its history. */
void	history_cut(struct store *);
void	history_free(struct store *);

#endif
