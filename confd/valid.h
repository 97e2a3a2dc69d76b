/*
 * valid: the rules of the models.
 */
#ifndef CULVERT_CONFD_VALID_H
#define CULVERT_CONFD_VALID_H

#include <stddef.h>

#include "err.h"

struct map;
struct path;
struct schema;
struct unit;

#define VALID_ERRORS_MAX	20

/* Something that may not be there any more, because its `when` is false. */
struct gone {
	char		*path;
	const char	*why;		/* of the model's, or NULL */
};

/* What is wrong, in the order of the configuration. */
struct valid {
	struct err	*errors;	/* VALID_ERRORS_MAX of them */
	size_t		 n;
	size_t		 more;		/* what did not fit */
	/* If nothing is wrong: what goes with what was changed (prune.h). */
	struct gone	*gone;
	size_t		 n_gone;
};

/* One one-line container against its own rules; fine if it is not there. */
int	valid_one_line(const struct schema *, const struct unit *,
		       const struct path *, struct err *)
		__attribute__((warn_unused_result));
/* Everything in `after` that differs from `before`; -1 if anything is wrong
 * (v says what), also without memory. */
int	valid_changes(const struct schema *, const struct map *before,
		      const struct map *after, struct valid *v)
		__attribute__((warn_unused_result));
/* Puts the first error into *e, and how many others there are; returns -1. */
int	valid_first(const struct valid *, struct err *);
void	valid_fini(struct valid *);

#endif
