/*
 * spawn: starting a child of ipsecd, and when to start it again.
 */
#ifndef CULVERT_SPAWN_H
#define CULVERT_SPAWN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "proc/options.h"

/* The descriptors for a child, by enum child_fd; -1: none. */
struct spawn_fds {
	int	fd[FD_END];
};

void	spawn_fds_init(struct spawn_fds *);
/* Starts this program again (program: another one) as that child, with argv,
 * "--esp" and extra if it is not NULL, these descriptors (borrowed) and no
 * others.  The pid, or -1. */
pid_t	spawn(enum child_kind, const char *program, char *const argv[],
	      const char *extra, const struct spawn_fds *, struct err *);

/* A child that dies young is started again later and later. */
struct backoff {
	uint64_t	started_ms;
	unsigned int	young;		/* deaths in a row soon after a start */
};
/* Milliseconds to wait; the child was started at started_ms. */
unsigned int backoff_next(struct backoff *, uint64_t now_ms);

/* "was killed by signal 9 (Killed)", "ended with status 1" */
const char *spawn_fate(int wait_status, char *buf, size_t size);

#endif
