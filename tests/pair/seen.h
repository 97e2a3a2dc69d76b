/*
 * seen: what people see of tunnel 1 of a node, and of its log.
 */
#ifndef CULVERT_TESTS_SEEN_H
#define CULVERT_TESTS_SEEN_H

#include "world.h"

/* These fields as JSON, in a static buffer. */
const char *seen_state(struct node *, const char *fields);
/* The words are in them, or in the log; prints what there is if not. */
bool	seen_in(struct node *, const char *fields, const char *words);
bool	seen_said(const struct node *, const char *words);
/* How often the log says so. */
unsigned int seen_count(const struct node *, const char *words);
/* The number of the IKE_SA that is up; 0: none. */
unsigned int seen_serial(struct node *);
/* Its policy has nobody to send to. */
bool	seen_blocked(const struct node *);

#endif
