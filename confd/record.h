/*
 * record: the files `running`, `unconfirmed` and commits/N.
 *
 * All are one frame of lib/msg, so that one parser with its bounds serves
 * sockets and files.
 */
#ifndef CULVERT_CONFD_RECORD_H
#define CULVERT_CONFD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* The file of what is in effect, as of some commit. */
#define RECORD_RUNNING	"running"
/* The file of commits that wait to be confirmed. */
#define RECORD_UNCONFIRMED	"unconfirmed"

struct commit;
struct map;
struct unconfirmed;
struct schema;

/* Who, when and why; strings are the caller's. */
int	record_head(int dir, uint32_t number, struct commit *, struct err *)
		__attribute__((warn_unused_result));
int	record_write(int dir, const struct schema *, const struct commit *,
		     const struct map *before, const struct map *after,
		     size_t *len, struct err *)
		__attribute__((warn_unused_result));
/* Does the commit to m again, or takes it back. */
int	record_apply(int dir, const struct schema *, uint32_t number,
		     bool forward, struct map *m, size_t *len, struct err *)
		__attribute__((warn_unused_result));

int	record_write_base(int dir, const struct schema *, uint32_t number,
			  const char *boot, const struct map *, size_t *len,
			  struct err *) __attribute__((warn_unused_result));
int	record_read_base(int dir, const struct schema *, uint32_t *number,
			 char *boot, size_t size, struct map **, size_t *len,
			 struct err *) __attribute__((warn_unused_result));

int	record_write_unconfirmed(int dir, const struct unconfirmed *, const char *boot,
			     struct err *) __attribute__((warn_unused_result));
/* p->user is the caller's. */
int	record_read_unconfirmed(int dir, struct unconfirmed *, char *boot, size_t size,
			    struct err *) __attribute__((warn_unused_result));

/* JSON of the whole map; the caller frees; NULL without memory. */
char	*record_print(const struct schema *, const struct map *, bool pretty);

#endif
