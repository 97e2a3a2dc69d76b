/*
 * path: instance paths as they come from outside, checked against the models.
 */
#ifndef CULVERT_CONFD_PATH_H
#define CULVERT_CONFD_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct lysc_node;
struct schema;
struct unit_schema;

#define PATH_MAX_LEN	1024
#define PATH_MAX_STEPS	16

struct path {
	char			 text[PATH_MAX_LEN];	/* canonical */
	const struct lysc_node	*node;
	/* The unit it is in, or NULL if it lies above units. */
	const struct unit_schema *unit;
	size_t			 unit_len;	/* text up to the unit */
	uint64_t		 num;		/* the unit's key, if a number */
	bool			 whole;		/* a list without its keys */
	unsigned int		 steps;
	size_t			 ends[PATH_MAX_STEPS];	/* where each ends */
};

/* Values of keys become canonical; a module's name may be left out where it is
 * the parent's. */
int	path_parse(struct path *, const struct schema *, const char *text,
		   struct err *) __attribute__((warn_unused_result));
/* A number that sorts as the key does: 0 for keys that are not numbers. */
uint64_t path_key_num(const struct lysc_node *key, const char *value);

/* Whether `path` is `above` or something below it. */
bool	path_covers(const char *above, const char *path);
/* How much of the path names the nearest one-line container at or above its
 * node; 0 if there is none. */
size_t	path_one_line(const struct path *);

#endif
