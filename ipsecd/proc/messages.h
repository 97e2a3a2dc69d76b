/*
 * messages: the bodies of ipc messages that are not the data plane's own
 * (those are dataplane.h's).
 */
#ifndef CULVERT_PROC_MESSAGES_H
#define CULVERT_PROC_MESSAGES_H

#include <stdbool.h>

#include "addr.h"
#include "dataplane/dataplane.h"
#include "ike/engine.h"

struct rbuf;
struct wbuf;

/* What ike needs to know before it makes an engine. */
struct ipc_start {
	struct dp_caps	caps;
	uint8_t		worker;
};

/* An address of this machine. */
struct ipc_address {
	struct addr	addr;
	bool		present;
};

/* IKE or ESP, seen on the wire. */
struct ipc_packet {
	bool		out;
	uint64_t	time_us;	/* since 1970 */
	uint32_t	wire_len;
	uint32_t	lost;		/* before it */
	const uint8_t	*octets;	/* from the IP header on; borrowed */
	size_t		len;		/* up to wire_len */
};

#define IPC_PACKET_HEAD	17
#define IPC_SMALL_MAX	1100		/* of all but IPC_KEYS_REQUEST */

/* build is sticky in the wbuf; parse is false unless all of the body was read
 * and every field makes sense. */
void	ipc_start_build(struct wbuf *, const struct ipc_start *);
bool	ipc_start_parse(struct rbuf *, struct ipc_start *)
		__attribute__((warn_unused_result));
void	ipc_address_build(struct wbuf *, const struct ipc_address *);
bool	ipc_address_parse(struct rbuf *, struct ipc_address *)
		__attribute__((warn_unused_result));
/* The head; the octets follow it. */
void	ipc_packet_build(struct wbuf *, const struct ipc_packet *);
bool	ipc_packet_parse(struct rbuf *, struct ipc_packet *)
		__attribute__((warn_unused_result));
void	ipc_keys_request_build(struct wbuf *, const struct keys_request *);
/* octets point into the body. */
bool	ipc_keys_request_parse(struct rbuf *, struct keys_request *)
		__attribute__((warn_unused_result));
void	ipc_keys_reply_build(struct wbuf *, const struct keys_reply *);
bool	ipc_keys_reply_parse(struct rbuf *, struct keys_reply *)
		__attribute__((warn_unused_result));

#endif
