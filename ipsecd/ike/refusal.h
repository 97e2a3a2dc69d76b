/*
 * refusal: why the peer's authentication, or ours, comes to nothing: the text of an
 * event.
 */
#ifndef CULVERT_REFUSAL_H
#define CULVERT_REFUSAL_H

#include <stdbool.h>
#include <stdint.h>

#include "event.h"

struct engine;
struct ike_sa;
struct tunnel;

struct refusal {
	uint8_t	 code;			/* enum event_code */
	char	 why[EVENT_TEXT_MAX];
};
/* Always false. */
bool	refuse(struct refusal *, enum event_code, const char *fmt, ...)
		__attribute__((format(printf, 3, 4)));
/* Responder: what the log says of it (of strangers not without end), and the tunnel
 * (NULL: not known), if nothing else keeps it up. */
void	refusal_tell(struct engine *, const struct ike_sa *, struct tunnel *,
		     enum event_code, const char *why);

#endif
