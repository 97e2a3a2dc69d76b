/*
 * mtu: what fits through a tunnel in one piece.
 */
#ifndef CULVERT_MTU_H
#define CULVERT_MTU_H

#include <stdint.h>

struct child_sa;
struct engine;

#define MTU_UNKNOWN	1500		/* outside, if nobody says otherwise */

/* The largest inner packet whose ESP packet fits outside, or which the data
 * plane takes at all. */
uint32_t mtu_inner(const struct engine *, const struct child_sa *);
/* The TCP MSS that goes with it, for all families inside. */
uint32_t mtu_mss(const struct child_sa *, uint32_t inner);

#endif
