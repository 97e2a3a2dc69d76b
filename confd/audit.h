/*
 * audit: who changed what, when, and from where.
 *
 * A line for each commit and for what it changed (secrets masked), for each
 * action and each operation marked cv:audit in the models, and for each request
 * that was denied. STATEDIR/audit, and the log. Lines are one write each; at
 * AUDIT_MAX octets the file becomes audit.1.
 */
#ifndef CULVERT_CONFD_AUDIT_H
#define CULVERT_CONFD_AUDIT_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "log.h"

struct commit;
struct map;
struct msg;
struct session;

#define AUDIT_MAX	(4u << 20)
#define AUDIT_CHANGES	20	/* lines for one commit */

struct audit {
	int		 dir;		/* borrowed */
	int		 fd;		/* -1: closed */
	size_t		 size;
	struct log_rate	 denials;
};

int	audit_open(struct audit *, int dir, struct err *)
		__attribute__((warn_unused_result));
void	audit_close(struct audit *);
/* s is NULL for what confd does by itself, or whose session has gone. */
void	audit_note(struct audit *, const struct session *, const char *fmt, ...)
		__attribute__((format(printf, 3, 4)));
/* Before the commit's strings are handed on. */
void	audit_commit(struct audit *, const struct session *,
		     const struct commit *, const struct map *before,
		     const struct map *after);
/* Whatever a request came to, if it is to be kept; e: it was refused. */
void	audit_request(struct session *, const struct msg *,
		      const struct err *e);
/* The last lines, oldest first, as (A_TIME A_USER A_ROLE A_FROM A_AUDIT)*. */
int	audit_list(const struct audit *, size_t lines, struct msg *,
		   struct err *) __attribute__((warn_unused_result));

#endif
