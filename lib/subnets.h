/*
 * subnets: the two sides of a tunnel: any local prefix together with any remote
 * one of the same family.
 *
 * The local prefixes come first, the remote ones follow them, so that a copy of
 * exact size (subnets_dup) reads like the whole struct; only what is used of it
 * may be touched: never assign a struct subnets from one that was duplicated,
 * use subnets_copy().
 */
#ifndef CULVERT_SUBNETS_H
#define CULVERT_SUBNETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"

#define SUBNETS_MAX	16		/* of one side */

struct subnets {
	uint8_t		n_local;
	uint8_t		n_remote;
	struct prefix	p[2 * SUBNETS_MAX];
};

static inline const struct prefix *subnets_local(const struct subnets *s)
	{ return s->p; }
static inline const struct prefix *subnets_remote(const struct subnets *s)
	{ return s->p + s->n_local; }

/* One of each. */
void	subnets_set(struct subnets *, const struct prefix *local,
		    const struct prefix *remote);
/* In any order; one that is there already is not added again.  False: full. */
bool	subnets_add_local(struct subnets *, const struct prefix *)
		__attribute__((warn_unused_result));
bool	subnets_add_remote(struct subnets *, const struct prefix *)
		__attribute__((warn_unused_result));

/* The same prefixes, in whatever order. */
bool	subnets_equal(const struct subnets *, const struct subnets *);
void	subnets_copy(struct subnets *to, const struct subnets *from);
/* Of exact size, to be freed; NULL: out of memory. */
struct subnets *subnets_dup(const struct subnets *);

/* One pair after the other, of one family each; *at begins at 0.  False: no
 * more. */
bool	subnets_next(const struct subnets *, size_t *at,
		     const struct prefix **local, const struct prefix **remote);
size_t	subnets_pairs(const struct subnets *);
bool	subnets_has(const struct subnets *, const struct prefix *local,
		    const struct prefix *remote);

/* "10.0.1.0/24 10.0.3.0/24", what does not fit as "..." */
const char *prefixes_str(const struct prefix *, size_t n, char *buf, size_t size);
#define PREFIXES_STRLEN	(SUBNETS_MAX * PREFIX_STRLEN)

#endif
