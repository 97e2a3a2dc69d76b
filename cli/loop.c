#include "loop.h"

#include <event2/event.h>

/* libevent knows, but its event_base_get_running_event() reads through NULL
 * when nothing runs (2.1.12). */
static unsigned int depth;

int
loop_turn(struct event_base *base, int flags)
{
	int rc;

	depth++;
	rc = event_base_loop(base, flags);
	depth--;
	return rc;
}

bool
loop_runs(void)
{
	return depth > 0;
}
