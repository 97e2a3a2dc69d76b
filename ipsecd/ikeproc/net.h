/*
 * net: IKE datagrams in and out of the UDP sockets, and of the pipe from esp,
 * which reads port 4500 under the `user` data plane.
 */
#ifndef CULVERT_NET_H
#define CULVERT_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "err.h"

struct event_base;
struct net;
struct options;

/* msg is without the non-ESP marker; encap says that it had one. */
typedef void (*net_input)(void *arg, const struct endpoint *local,
			  const struct endpoint *remote, bool encap,
			  uint8_t *msg, size_t len);

/* Uses the descriptors FD_UDP.. and FD_ESP of proc/options.h; lives as long as
 * the process. */
struct net *net_new(struct event_base *, const struct options *, net_input,
		    void *arg, struct err *);
/* Reads nothing before. */
int	net_start(struct net *, struct err *) __attribute__((warn_unused_result));
/* From the socket of src's port.  0, or the errno of what the kernel does not
 * take; what it has no room for now is lost like any datagram. */
int	net_send(struct net *, const struct endpoint *src,
		 const struct endpoint *dst, bool encap,
		 const uint8_t *msg, size_t len);

#endif
