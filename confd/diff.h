/*
 * diff: what turns one datastore into another, as edits in order.
 */
#ifndef CULVERT_CONFD_DIFF_H
#define CULVERT_CONFD_DIFF_H

#include <stdbool.h>

#include <stdint.h>

#include "err.h"
#include "proto.h"

struct lysc_node;
struct map;
struct schema;
struct unit;

struct change {
	enum proto_edit		 op;		/* EDIT_MERGE or EDIT_DELETE */
	const struct lysc_node	*node;
	const char		*path;
	const char		*value;		/* a leaf's, or NULL; all values of
						 * a leaf-list that is one line */
	const char		*old;		/* what was there, or NULL */
	/* Of a conflict: what the other side did with it, or with what is
	 * above or below it, and its commit (0: not known). */
	enum proto_edit		 other_op;
	const char		*other_value;
	uint32_t		 other_commit;
};

/* Called in the order of the configuration; non-zero stops. */
typedef int diff_fn(const struct change *, void *arg);

/* Either unit may be NULL.  All leaves of a one-line container in which
 * anything changed are reported, because it is one command.  Returns what
 * stopped it, or -1 without memory. */
int	diff_units(const struct unit *, const struct unit *, diff_fn *, void *arg);
int	diff_maps(const struct map *, const struct map *, diff_fn *, void *arg);

/* Three ways: `mine` was made from `base`, which has become `theirs`.  *out is
 * theirs with my changes.  Nodes that both changed, and not to the same, are a
 * conflict and handed to fn (which may be NULL).  What then: they become what
 * `keep` says, and their number is returned; or, with 0, -1 is, with e saying
 * how many (kind ERR_CONFLICT).  *serial is the counter of batches. */
int	diff_rebase(const struct schema *, const struct map *base,
		    const struct map *theirs, const struct map *mine,
		    enum proto_rebase keep, unsigned int *serial,
		    struct map **out, diff_fn *, void *arg, struct err *)
		__attribute__((warn_unused_result));

#endif
