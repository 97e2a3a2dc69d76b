/*
 * access: who is asking, and whether the models let him.
 *
 * Root, the user confd was started as and the members of culvert-admin are
 * administrators, the members of culvert-operator operators, all others guests.
 * Groups are those the client's process had when it connected.
 */
#ifndef CULVERT_CONFD_ACCESS_H
#define CULVERT_CONFD_ACCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "proto.h"
#include "rights.h"

struct batch;
struct lyd_node;
struct map;
struct msg;
struct schema;

struct access {
	uid_t	owner;
	gid_t	admin;		/* (gid_t)-1: no such group */
	gid_t	operator;
};

/* Looks the groups up; before the process is locked in. */
void	access_init(struct access *);
enum role access_role(const struct access *, uid_t, const gid_t *groups,
		      size_t n);
/* The same for the other end of a Unix socket. */
enum role access_peer(const struct access *, int fd);
/* The name of the rpc that a request is; NULL: confd has no such operation. */
const char *access_operation(const struct msg *);
/* Whether the role may ask for that at all. */
int	access_check(const struct schema *, enum role, const struct msg *,
		     struct err *) __attribute__((warn_unused_result));
/* Every change between the two must be one that the role may make; else -1, the
 * first that is not in e, and all of them (A_ERR_*) in *denied. */
int	access_changes(enum role, const struct map *before,
		       const struct map *after, struct msg *denied,
		       struct err *) __attribute__((warn_unused_result));
/* The same for what a batch of edits has changed so far; e names the node. */
int	access_batch(enum role, const struct batch *, struct err *)
		__attribute__((warn_unused_result));
/* Takes out of a tree what the role may not read. */
void	access_prune(enum role, struct lyd_node **tree);

#endif
