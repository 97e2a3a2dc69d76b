/*
 * access: who may do what.
 *
 * Root, the user confd was started as and the members of culvert-admin are
 * administrators, the members of culvert-operator operators, all others guests.
 * Groups are those the client's process had when it connected.
 */
#ifndef CULVERT_CONFD_ACCESS_H
#define CULVERT_CONFD_ACCESS_H

#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "proto.h"

#define ACCESS_ADMIN_GROUP	"culvert-admin"
#define ACCESS_OPERATOR_GROUP	"culvert-operator"

enum role {
	ROLE_GUEST,
	ROLE_OPERATOR,
	ROLE_ADMIN,
};

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
const char *access_role_str(enum role);
/* What a request needs; ds is the datastore it reads, or 0. */
int	access_check(enum role, enum proto_op, uint32_t ds, struct err *)
		__attribute__((warn_unused_result));

#endif
