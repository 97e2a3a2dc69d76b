/*
 * psk: the pre-shared keys of all tunnels, those against quantum computers too
 * (PPK, RFC 8784), and the one thing done with each.
 *
 * The keys lie in memory of their own that is kept out of swap and core files.
 * Changes are staged and then taken over whole.
 */
#ifndef CULVERT_PSK_H
#define CULVERT_PSK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct crypto;
struct keys_request;
struct keys_reply;
struct lyd_node;
struct psks;

struct psks *psks_new(void);		/* NULL: out of memory */
void	psks_free(struct psks *);	/* wipes */

/* The secrets in a tree as in OP_PREPARE; an entry without one has none any
 * more.  Nothing changes before psks_apply(). */
int	psks_prepare(struct psks *, const struct lyd_node *tree,
		     const char *const *removed, size_t n, bool replace,
		     struct err *) __attribute__((warn_unused_result));
void	psks_apply(struct psks *);
void	psks_abort(struct psks *);

/* Whether two tunnels have the same secret, or neither any, once what is prepared is
 * applied. */
bool	psks_same(const struct psks *, uint32_t a, uint32_t b);
size_t	psks_count(const struct psks *);	/* tunnels with any */

/* Whether the entry of a tunnel has version 1. */
bool	psks_is_ike1(const struct lyd_node *entry);

/* Of the kind asked for.  A reply that is not ok if there is no such secret, its
 * tunnel speaks another version of IKE, the PRF is unknown, the octets do not fit or
 * the library fails. */
void	psks_answer(const struct psks *, struct crypto *, const struct keys_request *,
		 struct keys_reply *);

#endif
