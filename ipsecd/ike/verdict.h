/*
 * verdict: what the handler of a message wants to happen.
 */
#ifndef CULVERT_VERDICT_H
#define CULVERT_VERDICT_H

#include "event.h"

struct engine;

enum verdict {				/* above 0: refuse with that notify */
	V_OK	= 0,		/* on to the row's next state */
	V_STAY	= -1,		/* all done */
	V_FREE	= -2,		/* the SA has no future; exchange_fail() says why */
};

/* V_FREE, with a reason that the tunnel remembers; or without one. */
int	exchange_fail(struct engine *, enum event_code, const char *fmt, ...)
		__attribute__((format(printf, 3, 4)));
int	exchange_gone(struct engine *);

#endif
