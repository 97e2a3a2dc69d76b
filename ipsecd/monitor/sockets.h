/*
 * sockets: the UDP sockets of IKE, opened by monitor because their ports are
 * privileged, used by ike (and esp).
 *
 * One for each port and family, for every address of the machine: the source
 * of a packet is chosen when it is sent.
 */
#ifndef CULVERT_SOCKETS_H
#define CULVERT_SOCKETS_H

#include <stdint.h>

#include "err.h"
#include "proc/options.h"

#define SOCKETS_BUFFER	(4 << 20)	/* bytes, of each queue of packets */

enum socket_kind { SOCK_IKE4, SOCK_IKE6, SOCK_NATT4, SOCK_NATT6 };

struct sockets {
	int	fd[FD_UDP_MAX];		/* by socket_kind; -1: none */
};

/* dataplane: "xfrm", "user" or "null".  A machine without IPv6 has only the
 * sockets of IPv4. */
int	sockets_open(struct sockets *, const char *dataplane, uint16_t port,
		     uint16_t natt_port, struct err *)
		__attribute__((warn_unused_result));
void	sockets_close(struct sockets *);

#endif
