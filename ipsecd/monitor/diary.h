/*
 * diary: the newest lines that the processes of ipsecd logged.  monitor keeps
 * them, for it outlives the others, and hands them to ike, where confd asks.
 */
#ifndef CULVERT_DIARY_H
#define CULVERT_DIARY_H

#include <stdbool.h>

#include "err.h"

struct monitor;
struct rbuf;

/* From now on what monitor logs is kept, too. */
int	diary_open(struct monitor *, struct err *)
		__attribute__((warn_unused_result));
void	diary_close(struct monitor *);
/* The end for children (FD_LOG), which stays ours. */
int	diary_fd(const struct monitor *);
/* IPC_LOG of ike's; false: nonsense. */
bool	diary_request(struct monitor *, struct rbuf *body);
/* ike has gone. */
void	diary_ike_gone(struct monitor *);

#endif
