/*
 * loop: libevent's loop, and whether we are in it: it cannot be entered again,
 * and what its callbacks print must not wait for keys.
 */
#ifndef CULVERT_CLI_LOOP_H
#define CULVERT_CLI_LOOP_H

#include <stdbool.h>

struct event_base;

/* As event_base_loop. */
int	loop_turn(struct event_base *, int flags);
bool	loop_runs(void);

#endif
