/*
 * greet: what a session at a terminal wants to know before anything else.
 *
 * Its shell can show the first prompt before it has read the models.
 */
#ifndef CULVERT_CONFD_GREET_H
#define CULVERT_CONFD_GREET_H

struct confd;
struct msg;

/* A_HOSTNAME, A_BANNER?, A_IDLE_MAX: of the running configuration. */
void	greet_add(const struct confd *, struct msg *);

#endif
