/*
 * record: the files `running` and commits/N.
 *
 * Both are one frame of lib/msg, so that one parser with its bounds serves
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

struct commit;
struct map;
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

/* JSON of the whole map; the caller frees; NULL without memory. */
char	*record_print(const struct schema *, const struct map *, bool pretty);

#endif
