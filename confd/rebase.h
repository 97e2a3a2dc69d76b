/*
 * rebase: a session's changes on top of what running has become meanwhile.
 */
#ifndef CULVERT_CONFD_REBASE_H
#define CULVERT_CONFD_REBASE_H

#include "err.h"
#include "proto.h"

struct map;
struct msg;
struct session;

/* *out is a new reference.  Returns how many nodes were in conflict and are now
 * as `keep` says; with keep 0 such nodes are an error (ERR_CONFLICT), and all of
 * them are added to m (A_ERR_*), with who did what. */
int	rebase_candidate(struct session *, enum proto_rebase keep,
			 struct map **out, struct msg *m, struct err *)
		__attribute__((warn_unused_result));

#endif
