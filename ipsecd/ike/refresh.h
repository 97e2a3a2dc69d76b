/*
 * refresh: fetches counters from the data plane for somebody who looks
 * (engine_refresh), with a limit to the wait.
 */
#ifndef CULVERT_REFRESH_H
#define CULVERT_REFRESH_H

#include <stdint.h>

struct engine;
struct timer;

void	refresh_answer(struct engine *, uint32_t number);
void	refresh_expired(struct engine *, struct timer *);
void	refresh_fini(struct engine *);

#endif
