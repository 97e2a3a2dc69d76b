/*
 * shared: tunnels that must have the same secret: those of IKEv1 with pre-shared
 * keys between the same two addresses.
 *
 * In main mode the secret is needed to read who the peer is (RFC 2409 5.4), so that
 * only the addresses can tell which one it is.  IKEv2 asks who it is first.
 *
 * A part of the transactions of psk.h, whose secrets it compares.
 */
#ifndef CULVERT_KEYS_SHARED_H
#define CULVERT_KEYS_SHARED_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

struct lyd_node;
struct psks;
struct shared;

struct shared *shared_new(void);	/* NULL: out of memory */
void	shared_free(struct shared *);

/* After psks_prepare() with the same.  Two secrets where there must be one are an
 * error; with replace, which no administrator waits for, a warning.  Nothing
 * changes before shared_apply(), which cannot fail. */
int	shared_prepare(struct shared *, const struct psks *,
		       const struct lyd_node *tree, const char *const *removed,
		       size_t n, bool replace, void (*warn)(void *, const char *),
		       void *arg, struct err *) __attribute__((warn_unused_result));
void	shared_apply(struct shared *);
void	shared_abort(struct shared *);

#endif
