/*
 * changes: what turns one configuration into another, as lines of commands.
 */
#ifndef CULVERT_CLI_CHANGES_H
#define CULVERT_CLI_CHANGES_H

#include <stdbool.h>
#include <stdint.h>

#include "shell.h"

/* A datastore, or running as it was after a commit. */
struct side {
	bool		 commit;
	uint32_t	 number;	/* of it, or enum proto_ds */
};

/* "-" and "+" lines; in JSON an array, or a member "changes" of `into`. */
enum status changes_show(struct shell *, const struct side *from,
			 const struct side *to, bool secrets,
			 struct json *into);

#endif
