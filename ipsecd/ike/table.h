/*
 * table: intrusive chained hash tables.
 *
 * A struct link lives inside the object; table_entry() leads back.  Adding
 * cannot fail: if there is no memory to grow, chains get longer.  Hashes of
 * what strangers choose must be keyed (hash_u64 with the engine's seed).
 */
#ifndef CULVERT_TABLE_H
#define CULVERT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct link {
	struct link	*next;
	uint32_t	 hash;
	bool		 in;		/* in a table */
};

struct table {
	struct link	**bucket;
	uint32_t	  mask;
	uint32_t	  n;
};

#define table_entry(l, type, member) \
	((type *)(void *)((char *)(l) - offsetof(type, member)))

/* False: out of memory. */
bool	table_init(struct table *) __attribute__((warn_unused_result));
void	table_fini(struct table *);		/* the objects are the caller's */
void	table_add(struct table *, struct link *, uint32_t hash);
void	table_del(struct table *, struct link *);	/* nothing if not in */
/* The first with that hash, then the others; compare keys yourself. */
struct link *table_find(const struct table *, uint32_t hash);
struct link *table_again(const struct link *);
/* Any walk over everything: *bucket begins at 0. */
struct link *table_walk(const struct table *, uint32_t *bucket, struct link *);

uint32_t hash_u64(uint64_t value, uint64_t seed);

#endif
