/*
 * ipc: bounded messages between the processes of ipsecd.
 *
 * A pipe is a pair of SOCK_SEQPACKET sockets: the kernel keeps the boundaries,
 * a message is a type (u16) and a body, and at most one descriptor travels with
 * it.  The other end may be taken over by an attacker: whatever is too long or
 * does not parse closes the pipe, and its owner decides what that means.
 * Sending never blocks: what the kernel does not take waits here, and what
 * waits is wiped when it has gone, because it may hold keys.
 */
#ifndef CULVERT_PROC_IPC_H
#define CULVERT_PROC_IPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"

/* The longest: an IKE message, a nonce and a MAC to be signed by keys. */
#define IPC_BODY_MAX	(65535 + 1024)
/* More than this waiting for a process that does not read is a broken one. */
#define IPC_QUEUE_MAX	(64u << 20)

/* Who says it to whom; the bodies are in proc/messages.h. */
enum ipc_type {
	IPC_START	= 1,	/* monitor -> ike: struct ipc_start */
	IPC_ADDRESS	= 2,	/* monitor -> ike: struct ipc_address */
	IPC_STOP	= 3,	/* monitor -> any child: end in good order */
	IPC_PEER	= 4,	/* monitor -> ike, keys, fetch: u8 enum child_kind, a
				 * new pipe to which */
	IPC_DP_REQUEST	= 5,	/* ike -> monitor: dp_request_build() */
	IPC_DP_REPLY	= 6,	/* monitor -> ike */
	IPC_DP_EVENT	= 7,	/* monitor -> ike */
	IPC_KEYS_REQUEST = 8,	/* ike -> keys */
	IPC_KEYS_REPLY	= 9,	/* keys -> ike */
	IPC_READY	= 10,	/* ike, keys, fetch -> monitor: locked in and at work */
	IPC_AGAIN	= 11,	/* ike -> monitor: closes its tunnels, ends, and wants
				 * them back when it is started again */
	IPC_REACHED	= 12,	/* ike -> monitor and back: what ike asked of the data
				 * plane before that has been dealt with */
	IPC_TAP		= 13,	/* ike -> monitor: u8, whether it wants IPC_PACKET;
				 * back: why there are none, or nothing */
	IPC_PACKET	= 14,	/* monitor -> ike: struct ipc_packet */
	IPC_ALIVE	= 15,	/* monitor -> ike, keys, fetch: does your loop turn? and
				 * back: it does */
	IPC_LOG		= 16,	/* ike -> monitor: u64, wants what was logged after
				 * that time and from now on; back, each line:
				 * logline_build() */
	IPC_CERT	= 17,	/* keys -> ike: struct ipc_cert */
	IPC_CERTS	= 18,	/* keys -> ike: all labels have been told */
	IPC_FETCH	= 20,	/* ike -> fetch: struct fetch_request */
	IPC_FETCHED	= 21,	/* fetch -> ike: struct ipc_fetched, with its octets
				 * in a sealed memfd */
};

struct event_base;
struct ipc;

struct ipc_ops {
	/* One message.  fd is -1 or a descriptor that the callee now owns.
	 * False: the message makes no sense; the pipe is then closed. */
	bool	(*received)(struct ipc *, uint16_t type, struct rbuf *body,
			    int fd, void *arg);
	/* The other end has gone or talked nonsense (why says).  The ipc is
	 * freed by the library after this returns. */
	void	(*closed)(struct ipc *, const char *why, void *arg);
};

/* Two close-on-exec ends. */
int	ipc_pair(int fds[2], struct err *) __attribute__((warn_unused_result));
/* Takes fd.  NULL when out of memory (fd closed). */
struct ipc *ipc_new(struct event_base *, int fd, const struct ipc_ops *, void *arg);
/* Closes without calling closed().  Not from inside received(). */
void	ipc_free(struct ipc *);

void	ipc_send(struct ipc *, uint16_t type, const void *body, size_t len);
/* The same with a descriptor, which is taken. */
void	ipc_send_fd(struct ipc *, uint16_t type, const void *body, size_t len,
		    int fd);
/* Bytes that wait for the other end. */
size_t	ipc_queued(const struct ipc *);
/* While more than max bytes wait for the other end, nothing is read from it: who
 * asks faster than he reads the answers waits.  0: no limit. */
void	ipc_limit(struct ipc *, size_t max);
/* The same by hand: who asks faster than he can be served waits. */
void	ipc_hold(struct ipc *, bool);

#endif
