/*
 * xfrm: what else the Linux kernel's IPsec wants of its user than the interface
 * of dataplane.h.
 */
#ifndef CULVERT_DATAPLANE_XFRM_H
#define CULVERT_DATAPLANE_XFRM_H

#include <stdbool.h>

#include "dataplane.h"

/*
 * For every UDP socket of ipsecd under this data plane, after socket(): IKE
 * itself is never protected nor trapped, also when a tunnel's subnets contain
 * the peer; and the kernel takes ESP out of the packets of port 4500 (natt).
 * Needs CAP_NET_ADMIN.
 */
int	dataplane_xfrm_bypass(int fd, int family, struct err *)
		__attribute__((warn_unused_result));	/* the first half only */
int	dataplane_xfrm_socket(int fd, int family, bool natt, struct err *)
		__attribute__((warn_unused_result));

#endif
