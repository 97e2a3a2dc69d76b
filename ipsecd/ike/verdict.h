/*
 * verdict: what a message or an answer of keys does in a state, by table, and what its
 * handler wants to happen then.
 */
#ifndef CULVERT_VERDICT_H
#define CULVERT_VERDICT_H

#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "wire/message.h"

struct engine;
struct ike_sa;
struct keys_reply;

enum verdict {				/* above 0: refuse with that notify */
	V_OK	= 0,		/* on to the row's next state */
	V_STAY	= -1,		/* all done */
	V_FREE	= -2,		/* the SA has no future; exchange_fail() says why */
};

/* V_FREE, with a reason that the tunnel remembers; or without one. */
int	exchange_fail(struct engine *, enum event_code, const char *fmt, ...)
		__attribute__((format(printf, 3, 4)));
int	exchange_gone(struct engine *);

/* Does what V_FREE says. */
void	exchange_end(struct engine *, struct ike_sa *);

typedef int handler(struct engine *, struct ike_sa *, const struct message *);

/* A row: what may happen to a message in a state. */
struct transition {
	uint8_t		 state;		/* enum ike_state */
	uint8_t		 shape;		/* enum message_shape */
	handler		*handler;
	uint8_t		 next;
};
/* NULL: it is not expected. */
const struct transition *transition_find(const struct transition *, size_t n,
					 uint8_t state, enum message_shape);

/* The same for an answer of keys. */
struct continuation {
	uint8_t	  state;
	int	(*go_on)(struct engine *, struct ike_sa *, const struct keys_reply *);
	uint8_t	  next;
};
const struct continuation *continuation_find(const struct continuation *, size_t n,
					     uint8_t state);

#endif
