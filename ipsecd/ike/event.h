/*
 * event: what happened to one tunnel, kept for `show`: the newest few lines.
 */
#ifndef CULVERT_EVENT_H
#define CULVERT_EVENT_H

#include <stdint.h>

#define EVENTS_MAX	10
#define EVENT_TEXT_MAX	400

struct event {
	uint64_t	time;		/* seconds since 1970 */
	uint32_t	serial;
	char		text[];
};

/* A ring; slots are heap blocks that the ring owns. */
struct events {
	struct event	*slot[EVENTS_MAX];
	uint32_t	 next;		/* serial of the next one, from 0 */
};

void	events_fini(struct events *);
/* Without memory the event is forgotten, but counted. */
void	events_add(struct events *, uint64_t time, const char *text);
/* The oldest is number 0; NULL behind the newest. */
const struct event *events_get(const struct events *, uint32_t i);

#endif
