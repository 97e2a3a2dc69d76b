/*
 * xfrm_nl: requests to the kernel over NETLINK_XFRM and what it says to them.
 *
 * libnl's own receiving loses errno and the kernel's sentence (extack) and frees
 * key bytes unwiped; so its messages and attributes are used, and the answers
 * are read here.
 */
#ifndef CULVERT_DATAPLANE_XFRM_NL_H
#define CULVERT_DATAPLANE_XFRM_NL_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct nl_msg;
struct nlmsghdr;
struct xfrm_nl;

#define XFRM_WHY_MAX	96

/* groups: multicast groups (XFRMNLGRP_*), ended by 0, of a socket that only
 * listens and does not block; NULL for one that asks. */
struct xfrm_nl *xfrm_nl_new(const int *groups, struct err *);
void	xfrm_nl_free(struct xfrm_nl *);
int	xfrm_nl_fd(const struct xfrm_nl *);
/* Of what happens to policies and SAs, listener hears only that somebody else than
 * asker removed some. */
int	xfrm_nl_others(struct xfrm_nl *listener, const struct xfrm_nl *asker,
		       struct err *) __attribute__((warn_unused_result));

/* A message with room for len octets of header, which *header points to
 * (zeroed).  NULL when out of memory. */
struct nl_msg *xfrm_nl_msg(int type, int flags, size_t len, void *header);

/* Sends msg and waits for the kernel's last word on it; got() sees what comes
 * before that (a look-up, a dump; may be NULL).  Takes, wipes and frees msg
 * (NULL: -ENOMEM).  0 or -errno, with the kernel's sentence, if any, in why. */
int	xfrm_nl_ask(struct xfrm_nl *, struct nl_msg *msg,
		    void (*got)(const struct nlmsghdr *, void *), void *arg,
		    char why[XFRM_WHY_MAX]);

/* All notifications that are there. */
void	xfrm_nl_listen(struct xfrm_nl *,
		       void (*got)(const struct nlmsghdr *, void *), void *arg);

#endif
