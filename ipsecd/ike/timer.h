/*
 * timer: intrusive timers in one binary heap.
 *
 * A struct timer lives inside the object it wakes; its kind says which, so a
 * timer costs 16 octets and no allocation.  timer_init() reserves the slot in
 * the heap: it is the only call that can fail, arming cannot.
 */
#ifndef CULVERT_TIMER_H
#define CULVERT_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct timer {
	uint64_t	at;		/* milliseconds */
	uint32_t	pos;		/* in the heap, from 1; 0: not armed */
	uint16_t	kind;		/* the owner's business */
	bool		reserved;
};

struct timers {
	struct timer	**heap;		/* heap[0] is unused */
	uint32_t	  n;
	uint32_t	  size;
	uint32_t	  reserved;
};

void	timers_init(struct timers *);
void	timers_fini(struct timers *);
/* UINT64_MAX if none is armed. */
uint64_t timers_next(const struct timers *);
/* Takes the earliest out if it is due, else NULL. */
struct timer *timers_due(struct timers *, uint64_t now);

bool	timer_init(struct timers *, struct timer *, uint16_t kind)
		__attribute__((warn_unused_result));
void	timer_fini(struct timers *, struct timer *);
void	timer_set(struct timers *, struct timer *, uint64_t at);
void	timer_stop(struct timers *, struct timer *);
static inline bool timer_armed(const struct timer *t) { return t->pos != 0; }

#endif
