/*
 * esp: the process that moves the packets of the `user` data plane, TUN device
 * on one side, ESP in UDP (RFC 3948) on the other.
 *
 * monitor opens what needs privileges (dataplane/user.h) and starts the process,
 * which locks itself in (monitor/espproc.c) and calls esp_main(); that returns
 * only when it is told to stop.  esp holds the keys of the CHILD_SAs and nothing else worth stealing.  It is the only reader
 * of the sockets of port 4500: what carries the non-ESP marker it hands to ike,
 * which sends through the same sockets itself but never reads them.
 */
#ifndef CULVERT_ESP_H
#define CULVERT_ESP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "dataplane/dataplane.h"

struct rbuf;
struct wbuf;

#define ESP_QUEUES_MAX	4

/* All borrowed, all non-blocking; -1 where there is none. */
struct esp_fds {
	int		tun[ESP_QUEUES_MAX];	/* queues of one TUN device */
	unsigned int	n_tun;
	int		udp4;	/* port 4500, prepared by dataplane_user_socket() */
	int		udp6;
	int		control;	/* SOCK_SEQPACKET to monitor */
	int		ike;		/* SOCK_SEQPACKET or SOCK_DGRAM to ike */
};

struct esp_options {
	uint32_t	replay_window;	/* for SAs that name none; 0: ESP_WINDOW */
	uint16_t	port;		/* that udp4 and udp6 are bound to; 0: 4500 */
	bool		offload;	/* TUN queues accept segmented packets */
	bool		offload_udp;	/* and segmented UDP */
};

#define ESP_WINDOW	1024
#define ESP_WINDOW_MAX	32768

/* Until the other end of control is closed: 0; 1 after a failure that was
 * logged.  Starts its threads itself: install the filter first. */
int	esp_main(const struct esp_fds *, const struct esp_options *);

/* Names of the system calls that esp_main() makes, NULL at the end. */
extern const char *const esp_syscalls[];

/* --- control: one message per packet, one octet of type in front --- */
enum esp_message {
	ESP_REQUEST	= 1,	/* to esp: dp_request */
	ESP_REPLY	= 2,	/* from esp: dp_reply, in the order of requests */
	ESP_EVENT	= 3,	/* from esp: dp_event */
};
#define ESP_CONTROL_MAX	(1 + DP_WIRE_MAX)

/* --- to ike: an IKE message that came in on port 4500 --- */
/*
 * +--------+--------+-----------------+-----------------+
 * | family | 0      | local port      | remote port     |	family: 4 or 6
 * +--------+--------+-----------------+-----------------+
 * | local address (16)  | remote address (16)  | IKE message, no marker ...
 */
#define ESP_IKE_HEADER	38

void	esp_ike_build(struct wbuf *, const struct endpoint *local,
		      const struct endpoint *remote);
/* Leaves the cursor at the IKE message. */
bool	esp_ike_parse(struct rbuf *, struct endpoint *local, struct endpoint *remote)
		__attribute__((warn_unused_result));

#endif
