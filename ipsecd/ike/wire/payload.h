/*
 * payload: the bodies of payloads, one row of a table for each type.  Only
 * message.c calls this.
 */
#ifndef CULVERT_WIRE_PAYLOAD_H
#define CULVERT_WIRE_PAYLOAD_H

#include <stdbool.h>

#include "message.h"

/* Types of RFC 7296 (and SKF): we know what they are, whether or not we do
 * anything with them, so that their critical bit means nothing (2.5). */
bool	payload_known(uint8_t type);

/* p->type and p->body are set.  -1 with a sentence (INVALID_SYNTAX). */
int	payload_parse(struct message *, struct payload *p, struct err *)
		__attribute__((warn_unused_result));

#endif
