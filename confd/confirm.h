/*
 * confirm: who may keep or take back commits that wait to be confirmed, and the
 * timer that takes them back.
 *
 * While some wait, nobody commits anything else: it would be taken back with
 * them.  The same user may commit, to be confirmed again: then time begins anew,
 * and what is gone back to stays what was before the first.
 */
#ifndef CULVERT_CONFD_CONFIRM_H
#define CULVERT_CONFD_CONFIRM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct confd;
struct session;

#define CONFIRM_MAX_S	(65535u * 60)

/* Has confirm_look() called in time, as long as something waits. */
void	confirm_arm(struct confd *);
/* Whether the time is over; a callback of libevent's. */
void	confirm_look(int fd, short what, void *confd);
/* The same, but not before a while: it could not be done. */
void	confirm_again(struct confd *);
/* "commit 7 of alice is taken back in 9 minutes unless ..."; "" if none waits. */
const char *confirm_str(const struct confd *, char *buf, size_t);
/* Seconds until it is. */
uint32_t confirm_left(const struct confd *);
/* Whether a commit may be made now; -1 with a sentence.  confirmed: it is to
 * be confirmed, too. */
int	confirm_allows(const struct confd *, uint32_t uid, bool confirmed,
		       struct err *) __attribute__((warn_unused_result));
/* Whether the session may decide: it is that user's, or an administrator's who
 * knows the number (0: not given). */
int	confirm_check(struct session *, uint32_t number, struct err *)
		__attribute__((warn_unused_result));
/* What waited stays; *number is the last of it. */
int	confirm_keep(struct session *, uint32_t *number, struct err *)
		__attribute__((warn_unused_result));

#endif
