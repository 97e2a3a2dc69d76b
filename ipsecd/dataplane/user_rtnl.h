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
	uint8_t		table;
	struct prefix	dst;
	struct addr	src;	/* RTNL_DEVICE: preferred source, or unset */
};

enum rtnl_action { RTNL_LOOKUP, RTNL_GOTO, RTNL_NOP };

struct rtnl_rule {
	uint8_t		family;
	bool		not;	/* matches what does not match */
	enum rtnl_action action;
	uint32_t	priority;
	uint32_t	target;	/* table, or priority to go to */
	uint32_t	mark;	/* 0: any */
	struct prefix	from;	/* family 0: anywhere */
};

/* first, last: tables whose routes are watched. */
int	rtnl_new(struct rtnl **, uint8_t first, uint8_t last, struct err *)
		__attribute__((warn_unused_result));
void	rtnl_free(struct rtnl *);

/* Up, with this MTU and the largest packet it may give us in one piece. */
int	rtnl_link_up(struct rtnl *, int ifindex, uint32_t mtu, uint32_t gso_max);
int	rtnl_rule(struct rtnl *, bool add, const struct rtnl_rule *);
int	rtnl_route(struct rtnl *, bool add, const struct rtnl_route *, int ifindex);

/* Every route of ours, in whatever table. */
int	rtnl_routes(struct rtnl *, void (*each)(const struct rtnl_route *, void *),
		    void *arg);
/* Every rule of ours. */
int	rtnl_rules(struct rtnl *, void (*each)(const struct rtnl_rule *, void *),
		   void *arg);
/* Each address of this machine. */
int	rtnl_addresses(struct rtnl *, void (*each)(const struct addr *, void *),
		       void *arg);

/* What others did, as bits. */
enum rtnl_news {
	RTNL_ADDRESSES	= 1,	/* addresses or links: look again */
	RTNL_LINK_UP	= 2,	/* the device came up, which lost its routes before */
	RTNL_ROUTES	= 4,	/* routes of our tables were touched */
	RTNL_RULES	= 8,	/* rules were removed */
	RTNL_ALL	= 15,
};

/* A descriptor that becomes readable when there are news, and its emptying. */
int	rtnl_watch_fd(const struct rtnl *);
unsigned int rtnl_watch_drain(struct rtnl *, int ifindex);

#endif
