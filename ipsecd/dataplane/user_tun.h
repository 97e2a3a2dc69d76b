/*
 * user_tun: the TUN device of the `user` data plane.
 *
 * Persistent: while nobody reads it, and when monitor is gone too, what is
 * routed into it is dropped there.
 */
#ifndef CULVERT_DATAPLANE_USER_TUN_H
#define CULVERT_DATAPLANE_USER_TUN_H

#include <net/if.h>
#include <stdbool.h>

#include "err.h"
#include "esp/esp.h"

struct user_tun {
	char		name[IFNAMSIZ];
	int		fd[ESP_QUEUES_MAX];
	unsigned int	n;
	bool		offload;	/* TCP in pieces of up to 64 kB */
	bool		offload_udp;
};

int	user_tun_open(struct user_tun *, const char *name, unsigned int queues,
		      struct err *) __attribute__((warn_unused_result));
/* False: somebody deleted the device. */
bool	user_tun_alive(const struct user_tun *);
/* The device stays. */
void	user_tun_close(struct user_tun *);
/* The device goes; nobody has it open. */
void	user_tun_remove(const char *name);

#endif
