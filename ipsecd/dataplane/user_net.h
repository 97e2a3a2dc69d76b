/*
 * user_net: rules and routes that lead packets into the TUN device.
 *
 *	220: not from all fwmark 0xc0de lookup 220
 *	table 220:	REMOTE dev culvert0 src ADDRESS
 *			blackhole REMOTE metric 4294967295
 *			throw LOCAL		(if REMOTE contains it)
 *
 * If REMOTE is everything, that would take along what the gateway itself sends
 * from its other addresses, and nobody could reach it any more: such a route is
 * in a table of its own, for packets from LOCAL only.
 *
 *	221: from all fwmark 0xc0de goto 223
 *	222: from LOCAL lookup 221
 *	223: from all nop
 *
 * ADDRESS is one of this machine's inside LOCAL, followed as addresses come and
 * go.  Two tunnels may share a prefix: routes are counted.
 */
#ifndef CULVERT_DATAPLANE_USER_NET_H
#define CULVERT_DATAPLANE_USER_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "err.h"

struct event_base;
struct user_net;

/* Routes of ours that are there already are kept until user_net_sync().
 * The name of the device is borrowed. */
int	user_net_open(struct user_net **, const char *device, uint32_t mtu,
		      struct event_base *, struct err *)
		__attribute__((warn_unused_result));
/* The device was deleted and made anew. */
int	user_net_device(struct user_net *, struct err *)
		__attribute__((warn_unused_result));
/* Rules and routes stay. */
void	user_net_close(struct user_net *);
/* Removes all of ours, with none open. */
void	user_net_clear(void);

int	user_net_add(struct user_net *, const struct prefix *local,
		     const struct prefix *remote, struct err *)
		__attribute__((warn_unused_result));
void	user_net_del(struct user_net *, const struct prefix *local,
		     const struct prefix *remote);
/* Removes what was there before us and nobody added again. */
void	user_net_sync(struct user_net *);

#endif
