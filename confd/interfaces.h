/*
 * interfaces: the network interfaces of this system, as operational state.
 */
#ifndef CULVERT_CONFD_INTERFACES_H
#define CULVERT_CONFD_INTERFACES_H

struct json;

/* culvert-system:interfaces: all, or the one that the path names. */
void	interfaces_json(const char *path, struct json *);

#endif
