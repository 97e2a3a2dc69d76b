/*
 * diagnose: what is wrong with a tunnel, why, and what to do about it, from what
 * the engine knows of it now; or that nothing is, and what shows that.
 */
#ifndef CULVERT_DIAGNOSE_H
#define CULVERT_DIAGNOSE_H

#include <stdint.h>

#include "event.h"

struct engine;
struct json;
struct tunnel;

struct finding {
	const char	*code;		/* as of an event, or a word of its own */
	uint8_t		 level;		/* enum log_level */
	char		 symptom[400];
	char		 text[EVENT_TEXT_MAX + 700];	/* the cause, as an event's */
};

/* The list `diagnosis` of the model: the likeliest first, at least one. */
void	diagnose_print(const struct engine *, const struct tunnel *,
		       struct json *);

#endif
