/*
 * pathmtu: the largest IP packet that leaves this machine for a peer in one
 * piece, as the kernel knows it: the MTU of the route, or what a router on the
 * way said.
 */
#ifndef CULVERT_PATHMTU_H
#define CULVERT_PATHMTU_H

#include <stdint.h>

#include "addr.h"

/* mark: of our own packets, for routes that depend on it.  0: not known, or there
 * is no route now.  Nothing is sent. */
uint32_t path_mtu(const struct addr *from, const struct addr *to, uint32_t mark);

#endif
