/*
 * dataplane: what moves packets, behind one interface.
 *
 * The engine hands requests out and gets answers in (it does no I/O); monitor
 * carries them to one of three implementations, chosen at start:
 *	xfrm	the Linux kernel
 *	user	ESP in user space: a TUN device and ESP in UDP
 *	null	accepts everything, moves nothing
 */
#ifndef CULVERT_DATAPLANE_H
#define CULVERT_DATAPLANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "crypto/crypto.h"
#include "err.h"
#include "subnets.h"

/* One direction of one CHILD_SA; everything by value. */
struct dp_sa {
	uint32_t		tunnel;		/* ipsec ID; also the reqid */
	uint32_t		spi;		/* host order */
	bool			inbound;
	bool			esn;
	bool			udp_encap;	/* ports of src and dst count */
	struct endpoint		src;		/* outer, in packet direction */
	struct endpoint		dst;
	struct cipher_keys	keys;		/* salt included in ek */
	struct subnets		subnets;	/* inner */
	uint32_t		replay_window;	/* packets; inbound */
};

/* The subnets of a tunnel.  Installed before the first start, kept
 * until the tunnel is deleted or disabled: what matches is protected or
 * dropped, never sent in clear. */
struct dp_policy {
	uint32_t		tunnel;
	struct subnets		subnets;
	struct addr		outer_local;
	struct addr		outer_remote;	/* unset: any peer; no acquire */
};

struct dp_counters {
	uint64_t		bytes;
	uint64_t		packets;
	uint64_t		errors;		/* ICV failures */
	uint64_t		replays;
	uint32_t		idle_ms;	/* since the last packet; ~0: none yet */
};

enum dp_op {
	DP_SA_ADD,		/* sa */
	DP_SA_UPDATE,		/* sa: new endpoints of an existing SPI */
	DP_SA_DEL,		/* sa: tunnel, spi, inbound, dst */
	DP_POLICY_ADD,		/* policy; replaces one of the same tunnel */
	DP_POLICY_DEL,		/* policy: tunnel */
	DP_COUNTERS,		/* sa: tunnel, spi, inbound, dst */
	DP_SYNC,		/* after the policies of a new engine are in:
				 * drop the policies and SAs it did not name */
	DP_BEGIN,		/* from monitor, when a new engine starts: what
				 * it does not name from here to its DP_SYNC is
				 * what DP_SYNC drops */
};

struct dp_request {
	enum dp_op		op;
	uint32_t		serial;		/* the asker's; comes back */
	struct dp_sa		sa;
	struct dp_policy	policy;
};

struct dp_reply {
	uint32_t		serial;
	bool			ok;
	char			why[120];	/* a sentence, if not ok */
	struct dp_counters	counters;
};

enum dp_event_kind {
	DP_ACQUIRE,		/* a packet matched tunnel's policy, no SA */
	DP_EXPIRE,		/* a hard limit of the data plane was reached */
	DP_LOST,		/* the SA is gone, and nobody was asked: removed
				 * by somebody else, or with a process */
	DP_MAPPING,		/* an authenticated ESP packet of the SA came from
				 * a new endpoint */
	DP_PATH,		/* from monitor: the outer path of the inbound SA's
				 * peer takes packets of `mtu` octets */
};

struct dp_event {
	enum dp_event_kind	kind;
	uint32_t		tunnel;
	uint32_t		spi;
	struct endpoint		peer;		/* DP_MAPPING */
	uint32_t		mtu;		/* DP_PATH */
};

/* What a data plane can do, told to the engine at start. */
struct dp_caps {
	char			name[8];	/* "xfrm", "user", "null" */
	bool			force_encap;	/* ESP only inside UDP */
	bool			esn;
	uint32_t		replay_window;
	uint32_t		mtu;		/* of inner packets; 0: no limit but
						 * the path's */
};

/* The other end: implementations inside monitor (xfrm, null) or behind it
 * (user, whose fast path is the esp process). */
struct event_base;
struct dataplane;

struct dataplane_ops {
	const char *name;
	/* NULL and *e if this machine cannot do it. */
	struct dataplane *(*open)(struct event_base *,
		void (*event)(const struct dp_event *, void *), void *arg, struct err *);
	void	(*caps)(struct dataplane *, struct dp_caps *);
	/* Answers through done(), at once or later; keys are wiped by the caller. */
	void	(*request)(struct dataplane *, const struct dp_request *,
		void (*done)(const struct dp_reply *, void *), void *arg);
	/* What matches a policy is still not sent in clear, until clear(). */
	void	(*close)(struct dataplane *);
	/* Takes away what it has left on this machine, with none open. */
	void	(*clear)(const char *tun);
};

extern const struct dataplane_ops dataplane_xfrm, dataplane_user, dataplane_null;

/* For the pipes between the processes: fixed layout, bounded (see wire.c). */
#define DP_WIRE_MAX	1600
struct wbuf;
struct rbuf;
void	dp_request_build(struct wbuf *, const struct dp_request *);
bool	dp_request_parse(struct rbuf *, struct dp_request *);
void	dp_reply_build(struct wbuf *, const struct dp_reply *);
bool	dp_reply_parse(struct rbuf *, struct dp_reply *);
void	dp_event_build(struct wbuf *, const struct dp_event *);
bool	dp_event_parse(struct rbuf *, struct dp_event *);

#endif
