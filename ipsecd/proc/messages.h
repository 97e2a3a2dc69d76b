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

#define IPC_NO_FETCH_MAX	160
#define FETCH_WHY_MAX		512

/* What ike needs to know before it makes an engine. */
struct ipc_start {
	struct dp_caps	caps;
	uint8_t		worker;
	char		no_fetch[IPC_NO_FETCH_MAX];	/* why there is no process
						 * fetch; "": there is one */
};

/* What fetch has got, or why not: a struct fetch_reply on its way.  The octets
 * come in a memfd that nobody can change any more. */
struct ipc_fetched {
	uint32_t	serial;
	uint8_t		outcome;
	uint32_t	len;		/* FETCH_OK: octets in the memfd */
	char		why[FETCH_WHY_MAX];	/* FETCH_FAILED */
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

#define IPC_CERTS_MAX		10	/* of a label */
#define IPC_CERT_OCTETS_MAX	49152	/* of them all together */
#define IPC_LABEL_MAX		64

/* The public certificates of a label, in the order in which a peer gets them:
 * our own and those above it, or the CA alone.  Sent whenever they change.  None:
 * the label is gone, or, with CERT_REQUEST, a key that waits for them. */
struct ipc_cert {
	enum cert_kind	 kind;
	char		 label[IPC_LABEL_MAX + 1];
	uint16_t	 n;
	struct der_octets certs[IPC_CERTS_MAX];	/* borrowed */
};

#define IPC_PACKET_HEAD	17
#define IPC_SMALL_MAX	1100		/* of those that have no size of their own */
#define IPC_CERT_MAX	(4 + IPC_LABEL_MAX + 4 * IPC_CERTS_MAX + IPC_CERT_OCTETS_MAX)

#define IPC_FETCH_HEAD	19		/* of IPC_FETCH, before the URL */
#define IPC_FETCH_MAX	(IPC_FETCH_HEAD + FETCH_URL_MAX + FETCH_BODY_MAX)
#define IPC_FETCHED_MAX	(9 + FETCH_WHY_MAX)

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
/* url holds the URL, to which the request then points; the body of a POST stays
 * where it is. */
void	ipc_fetch_build(struct wbuf *, const struct fetch_request *);
bool	ipc_fetch_parse(struct rbuf *, struct fetch_request *,
			char url[FETCH_URL_MAX + 1])
		__attribute__((warn_unused_result));
void	ipc_fetched_build(struct wbuf *, const struct ipc_fetched *);
bool	ipc_fetched_parse(struct rbuf *, struct ipc_fetched *)
		__attribute__((warn_unused_result));
void	ipc_keys_reply_build(struct wbuf *, const struct keys_reply *);
bool	ipc_keys_reply_parse(struct rbuf *, struct keys_reply *)
		__attribute__((warn_unused_result));
void	ipc_cert_build(struct wbuf *, const struct ipc_cert *);
/* Whether it is a label of the model, which can do no harm in a log or as the name
 * of a file: letters, digits and "_.-", the last two not first. */
bool	ipc_label_ok(const char *, size_t len);
/* The certificates point into the body; they are octets, not looked at. */
bool	ipc_cert_parse(struct rbuf *, struct ipc_cert *)
		__attribute__((warn_unused_result));

#endif
