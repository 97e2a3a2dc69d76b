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

/* table: whose routes are watched. */
int	rtnl_new(struct rtnl **, uint8_t table, struct err *)
		__attribute__((warn_unused_result));
void	rtnl_free(struct rtnl *);

/* Up, with this MTU and the largest packet it may give us in one piece. */
int	rtnl_link_up(struct rtnl *, int ifindex, uint32_t mtu, uint32_t gso_max);
/* "not fwmark MARK lookup TABLE", at priority TABLE. */
int	rtnl_rule(struct rtnl *, bool add, uint8_t family, uint32_t mark, uint8_t table);
int	rtnl_route(struct rtnl *, bool add, const struct rtnl_route *, int ifindex,
		   uint8_t table);

/* Every route of ours in the table; each address of this machine. */
int	rtnl_routes(struct rtnl *, void (*each)(const struct rtnl_route *, void *),
		    void *arg);
int	rtnl_addresses(struct rtnl *, void (*each)(const struct addr *, void *),
		       void *arg);

/* What others did, as bits. */
enum rtnl_news {
	RTNL_ADDRESSES	= 1,	/* addresses or links: look again */
	RTNL_LINK_UP	= 2,	/* the device came up, which lost its routes before */
	RTNL_ROUTES	= 4,	/* routes of our table were touched */
	RTNL_RULES	= 8,	/* rules were removed */
	RTNL_ALL	= 15,
};

/* A descriptor that becomes readable when there are news, and its emptying. */
int	rtnl_watch_fd(const struct rtnl *);
unsigned int rtnl_watch_drain(struct rtnl *, int ifindex);

#endif
