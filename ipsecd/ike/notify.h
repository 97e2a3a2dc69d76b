/*
 * notify: what each error notify of a peer means here, and what mends it: the
 * one table behind every sentence about a refusal (RFC 7296 3.10.1, RFC 4555,
 * RFC 5685, IANA).
 */
#ifndef CULVERT_NOTIFY_H
#define CULVERT_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct notify_meaning {
	uint16_t	 type;		/* 0: one that nobody here knows */
	bool		 fatal;		/* in an answer: the IKE_SA is gone, at both
					 * ends and without a Delete (2.21.3) */
	const char	*means;		/* "it ..." */
	const char	*mend;		/* a command or a step; NULL: it passes, or
					 * only its log knows */
};

/* Never NULL. */
const struct notify_meaning *notify_meaning(uint16_t type);
/* Such an error in an answer, even in one that looks complete, means that the
 * whole request has failed (RFC 7296 3.10.1). */
static inline bool
notify_is_unknown(uint16_t type)
	{ return notify_meaning(type)->type == 0; }
/* "NO_ADDITIONAL_SAS: it keeps no more CHILD_SAs ..."; 0: an answer without
 * any error notify. */
#define NOTIFY_STRLEN	320
const char *notify_explain(uint16_t type, char buf[NOTIFY_STRLEN]);

#endif
