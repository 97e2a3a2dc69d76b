/*
 * sysstate: what this system is and how it does, as operational state.
 */
#ifndef CULVERT_CONFD_SYSSTATE_H
#define CULVERT_CONFD_SYSSTATE_H

struct confd;
struct json;

/* culvert-system:system/state */
void	sysstate_json(const struct confd *, struct json *);

#endif
