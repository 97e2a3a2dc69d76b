/*
 * xfrm_msg: SAs, policies and events as the kernel's messages.  No state.
 */
#ifndef CULVERT_DATAPLANE_XFRM_MSG_H
#define CULVERT_DATAPLANE_XFRM_MSG_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane.h"

struct nl_msg;
struct nlmsghdr;

/* Every policy of ours has a priority in this band, by which it is known again
 * after a restart; within it the smaller of two subnets comes first. */
#define XFRM_PRIO_FIRST	0x43560000u
#define XFRM_PRIO_LAST	0x4356ffffu

/* Those of user_guard; the kernel has no template in them to know them by. */
#define XFRM_PRIO_GUARD	0x43570000u
#define XFRM_PRIO_GUARD_PASS (XFRM_PRIO_GUARD - 1)

#define XFRM_ND_FIRST	133		/* RFC 4861 4: router solicitation ... */
#define XFRM_ND_LAST	136		/* ... neighbor advertisement */

enum xfrm_dir { XFRM_IN, XFRM_OUT, XFRM_FWD };	/* as XFRM_POLICY_* */

/* The outer addresses a policy leads to; dst unset: what matches is dropped. */
struct xfrm_path {
	struct addr	src;
	struct addr	dst;
};

/* What stands in for an SA that the kernel asked for (XFRM_STATE_ACQ): while it is
 * there, packets of the same flow are dropped and nobody is asked again. */
struct xfrm_larval {
	uint32_t	seq;
	uint32_t	tunnel;
	struct addr	src;
	struct addr	dst;
};

/* All may be NULL: out of memory. */
struct nl_msg *xfrm_msg_sa_add(const struct dp_sa *);
struct nl_msg *xfrm_msg_sa_del(uint32_t spi, const struct addr *dst);
struct nl_msg *xfrm_msg_sa_get(uint32_t spi, const struct addr *dst);
struct nl_msg *xfrm_msg_sa_dump(void);
/* A larval SA gets an SPI, by which alone it can be deleted. */
struct nl_msg *xfrm_msg_larval_name(const struct xfrm_larval *);
/* The SA that the kernel described in h, with other endpoints: keys, counters
 * and replay state stay. */
struct nl_msg *xfrm_msg_sa_moved(const struct nlmsghdr *h, const struct dp_sa *);

/* One pair of subnets of a tunnel. */
struct nl_msg *xfrm_msg_policy_set(uint32_t tunnel, const struct prefix *local,
				   const struct prefix *remote, enum xfrm_dir,
				   const struct xfrm_path *);
struct nl_msg *xfrm_msg_policy_del(const struct prefix *local,
				   const struct prefix *remote, enum xfrm_dir);
struct nl_msg *xfrm_msg_policy_dump(void);
/* What comes from src to dst without IPsec is dropped, or with pass let in. */
struct nl_msg *xfrm_msg_guard_set(const struct prefix *src, const struct prefix *dst,
				  enum xfrm_dir, bool pass);
/* What goes from src to dst needs no tunnel; it comes before the policies of wider
 * subnets. */
struct nl_msg *xfrm_msg_pass_set(const struct prefix *src, const struct prefix *dst,
				 enum xfrm_dir);
/* ICMPv6 of that type passes in the clear. */
struct nl_msg *xfrm_msg_icmpv6_pass(uint8_t type, enum xfrm_dir, bool add);

/* --- what the kernel says; false: not that, or not ours --- */

bool	xfrm_msg_counters(const struct nlmsghdr *, struct dp_counters *);
/* tunnel, spi, src and dst. */
bool	xfrm_msg_sa(const struct nlmsghdr *, struct dp_sa *);
/* In an acquire, or an SA of a dump. */
bool	xfrm_msg_larval(const struct nlmsghdr *, struct xfrm_larval *);
/* Of the inbound policies: tunnel and subnets. */
bool	xfrm_msg_policy(const struct nlmsghdr *, uint32_t *tunnel,
			struct prefix *local, struct prefix *remote);
/* Of those of xfrm_msg_pass_set() the inbound ones. */
bool	xfrm_msg_pass(const struct nlmsghdr *, struct prefix *src, struct prefix *dst);
/* One of those of xfrm_msg_guard_set(). */
bool	xfrm_msg_guard(const struct nlmsghdr *, struct prefix *src, struct prefix *dst);
bool	xfrm_msg_event(const struct nlmsghdr *, struct dp_event *);
/* An SA that was deleted. */
bool	xfrm_msg_removed(const struct nlmsghdr *, uint32_t *spi);

#endif
