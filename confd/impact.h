/*
 * impact: what a change would do to the units it touches, as the models say
 * (cv:impact).  Only units that differ are looked at.
 */
#ifndef CULVERT_CONFD_IMPACT_H
#define CULVERT_CONFD_IMPACT_H

#include "err.h"
#include "proto.h"

struct map;
struct msg;
struct lysc_node;

/* The class of a node: its own cv:impact or the nearest one upwards. */
enum proto_impact impact_class(const struct lysc_node *);
/* Adds (A_IMPACT A_NAME A_LAST? A_COUNT A_WHY?)* A_UNTOUCHED to m, units in a
 * row with the same impact as one. */
int	impact_add(struct msg *m, const struct map *before,
		   const struct map *after, struct err *)
		__attribute__((warn_unused_result));

#endif
