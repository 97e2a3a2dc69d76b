/*
 * cases: the nodes that one in another case of a choice excludes (RFC 7950
 * 7.9): who sets one of them replaces the others.
 */
#ifndef CULVERT_CONFD_CASES_H
#define CULVERT_CONFD_CASES_H

#include "err.h"

struct path;
struct schema;

/* Calls fn for each node that cannot be beside the path's; one that is not
 * there is named as well.  Stops when fn fails, and returns what it returns. */
typedef int cases_fn(const struct path *other, void *arg, struct err *);
int	cases_others(const struct schema *, const struct path *, cases_fn *,
		     void *arg, struct err *)
		__attribute__((warn_unused_result));

#endif
