/*
 * user_rtnl: the few rtnetlink messages that user_net needs, over libnl-3.
 *
 * Every call waits for the kernel's answer and returns 0 or -errno.
 */
#ifndef CULVERT_DATAPLANE_USER_RTNL_H
#define CULVERT_DATAPLANE_USER_RTNL_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "err.h"

struct rtnl;

enum rtnl_kind {
	RTNL_DEVICE,		/* into the TUN device */
	RTNL_BLACKHOLE,		/* behind it */
	RTNL_THROW,		/* not here: go on with the next rule */
};

struct rtnl_route {
	enum rtnl_kind	kind;
	struct prefix	dst;
	struct addr	src;	/* RTNL_DEVICE: preferred source, or unset */
};

int	rtnl_new(struct rtnl **, struct err *) __attribute__((warn_unused_result));
void	rtnl_free(struct rtnl *);

/* Up, with this MTU and the largest packet it may give us in one piece. */
int	rtnl_link_up(struct rtnl *, int ifindex, uint32_t mtu, uint32_t gso_max);
/* "not fwmark MARK lookup TABLE", at priority TABLE. */
int	rtnl_rule(struct rtnl *, bool add, uint8_t family, uint32_t mark, uint8_t table);
int	rtnl_route(struct rtnl *, bool add, const struct rtnl_route *, int ifindex,
		   uint8_t table);

/* Every route of ours in the table; each address of this machine. */
int	rtnl_routes(struct rtnl *, uint8_t table,
		    void (*each)(const struct rtnl_route *, void *), void *arg);
int	rtnl_addresses(struct rtnl *, void (*each)(const struct addr *, void *),
		       void *arg);

/* A descriptor that becomes readable when addresses or links change, and its
 * emptying: true if the device came up, which lost its routes before. */
int	rtnl_watch_fd(const struct rtnl *);
bool	rtnl_watch_drain(struct rtnl *, int ifindex);

#endif
