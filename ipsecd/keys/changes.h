/*
 * changes: what a transaction of confd's (OP_PREPARE) says of tunnels, one after the
 * other.  Three read it here: secrets (psk), labels (uses), and who has whose secret
 * (shared).
 */
#ifndef CULVERT_KEYS_CHANGES_H
#define CULVERT_KEYS_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct lyd_node;

#define IDS	(UINT16_MAX + 1)	/* of tunnels; 0 is none */

/* What becomes of a tunnel; entry NULL: it goes. */
typedef int changes_taker(void *arg, uint32_t id, const struct lyd_node *entry,
			  struct err *);

/* So often at most will it be called; room for it is asked for at once. */
size_t	changes_count(const struct lyd_node *tree, size_t n_removed);
/* Until one is refused (-1).  all: true from when the whole container goes, and what
 * is not named with it. */
int	changes_walk(const struct lyd_node *tree, const char *const *removed,
		     size_t n_removed, changes_taker *, void *arg, bool *all,
		     struct err *) __attribute__((warn_unused_result));

#endif
