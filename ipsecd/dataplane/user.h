/*
 * user: monitor's half of the `user` data plane: TUN device, addresses, routes
 * and rules, and the list of what the process esp was told.
 *
 * What matches a policy is routed into the TUN device by table 220, with a
 * blackhole behind it: while esp restarts packets are dropped, and if the device
 * goes away too they still are.  Sockets that carry USER_MARK are exempt, so
 * that a tunnel whose remote subnet contains the peer itself works.
 *
 * dataplane_user.open() opens with the defaults; monitor calls
 * dataplane_user_open() when it has options.  Then it starts esp with the
 * descriptors of dataplane_user_tun(), and attaches the control socket; when esp
 * is gone it detaches, starts another one and attaches again.  Policies are told
 * to the new one; SAs cannot be (their sequence numbers are lost, and no key
 * stays here), so each becomes a DP_LOST for the engine.
 */
#ifndef CULVERT_DATAPLANE_USER_H
#define CULVERT_DATAPLANE_USER_H

#include "dataplane.h"
#include "esp/esp.h"

#define USER_MARK	0xC0DE
#define USER_TABLE	220
#define USER_TABLE_ANY	221	/* remote subnets that are everything */
#define USER_MTU	1380	/* the largest for which ESP over IPv6 with
				 * CBC and SHA-512 still fits in 1500 */

struct user_options {
	const char	*device;	/* NULL: "culvert0" */
	uint32_t	 mtu;		/* 0: USER_MTU */
	unsigned int	 queues;	/* 0: 1 */
};

struct dataplane *dataplane_user_open(struct event_base *,
		const struct user_options *,
		void (*event)(const struct dp_event *, void *), void *arg,
		struct err *);

/* Before each start of esp: fills in tun, n_tun and the offload options; the
 * descriptors stay open and ours.  Makes the device anew if it was deleted. */
void	dataplane_user_tun(struct dataplane *, struct esp_fds *, struct esp_options *);
/* Takes the descriptor (SOCK_SEQPACKET, this end). */
void	dataplane_user_attach(struct dataplane *, int control);
void	dataplane_user_detach(struct dataplane *);

/* For every UDP socket of ipsecd under this data plane: the mark; for those of
 * port 4500 (natt) also what esp needs to know of each packet.  After socket()
 * and before or after bind(). */
int	dataplane_user_socket(int fd, int family, bool natt, struct err *)
		__attribute__((warn_unused_result));

#endif
