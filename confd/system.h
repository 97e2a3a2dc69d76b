/*
 * system: the built-in owner "system", which sets the host's name.
 *
 * It is asked like every owner, over a socket pair.  The one privileged call,
 * sethostname(2), is made by a child that can do nothing else; it is given a
 * name and answers with an errno.
 */
#ifndef CULVERT_CONFD_SYSTEM_H
#define CULVERT_CONFD_SYSTEM_H

#include <stdbool.h>

#include "err.h"

struct confd;
struct event_base;
struct schema;
struct system;

#define SYSTEM_OWNER	"system"

/* Forks the child, as root and before anything else is open.  *fd is the end
 * to hand to system_new. */
int	system_fork(int *fd, struct err *) __attribute__((warn_unused_result));
/* child: from system_fork, taken; -1: names cannot be changed.  *fd is a
 * connection to the owner. confd (may be NULL) is what its state tells of. */
struct system *system_new(struct event_base *, const struct schema *,
			  const struct confd *, int child, int *fd,
			  struct err *);
void	system_free(struct system *);

#endif
