/*
 * sandbox: what confd and its child give up.
 */
#ifndef CULVERT_CONFD_SANDBOX_H
#define CULVERT_CONFD_SANDBOX_H

#include <sys/types.h>

#include "err.h"

/* Another user for good, and no groups. */
int	sandbox_become(uid_t, gid_t, struct err *)
		__attribute__((warn_unused_result));
/* No new privileges, and only the system calls that confd makes. */
int	sandbox_confd(struct err *) __attribute__((warn_unused_result));
/* The child: CAP_SYS_ADMIN and sethostname(2), and messages. */
int	sandbox_system(void) __attribute__((warn_unused_result));

#endif
