/*
 * payload: the bodies of payloads, one row of a table for each type, and what
 * else differs between the versions.  Only message.c and message1.c call this.
 */
#ifndef CULVERT_WIRE_PAYLOAD_H
#define CULVERT_WIRE_PAYLOAD_H

#include <stdbool.h>

#include "message.h"

struct rbuf;

/* How messages of a version are read. */
struct codec {
	/* The type (enum ike_payload) of what is on the wire; PL_NONE: not known
	 * here.  So are types that we know and do nothing with, so that their
	 * critical bit means nothing (RFC 7296 2.5). */
	uint8_t	(*type)(const struct message *, uint8_t wire);
	/* 0: passed over. */
	int	(*unknown)(struct message *, uint8_t wire, bool critical,
			   struct err *);
	/* p->type and p->body are set.  -1 with a sentence. */
	int	(*parse)(struct message *, struct payload *p, struct err *);
	/* What an error is, unless it is said to be another. */
	uint16_t malformed;
	/* The second octet of a payload's header is nothing but reserved. */
	bool	 reserved;
	/* Whatever follows the last of encrypted payloads is padding; messages in
	 * clear may be padded to a multiple of four octets, as Libreswan does. */
	bool	 padded;
	const struct name *names;
};

extern const struct codec codec2, codec1;

/* One row: the least octets of the body, and what reads the rest. */
struct payload_kind {
	bool		known;
	uint8_t		min;
	int		(*parse)(struct message *, struct payload *,
				 struct rbuf *, struct err *);
};
#define PAYLOAD_KINDS	(PL_LAST - PL_FIRST + 1)

int	payload_parse(const struct payload_kind[PAYLOAD_KINDS], struct message *,
		      struct payload *, struct err *)
		__attribute__((warn_unused_result));

/* --- bodies that both have --- */

struct bytes payload_rest(struct rbuf *);
struct bytes payload_some(struct rbuf *, size_t n);
/* The rest, which must be something: what it is. */
int	payload_data(struct rbuf *, struct bytes *, const char *what,
		     struct err *);
int	payload_cert(struct message *, struct payload *, struct rbuf *,
		     struct err *);
int	payload_nonce_len(const struct payload *, size_t min, struct err *);
int	payload_notify(struct message *, struct payload *, struct rbuf *,
		       struct err *);
/* Protocol and SPIs; ike_spi: how many octets that of an IKE_SA has there. */
int	payload_delete(struct payload *, struct rbuf *, unsigned int ike_spi,
		       struct err *);
/* The body of a proposal or transform payload (RFC 2408 3.5, 3.6; RFC 7296 3.3.1,
 * 3.3.2), which both have: `more` is the mark of one that is not the last. */
int	payload_sub(struct rbuf *from, struct rbuf *body, uint8_t *mark,
		    const char *what, struct err *);

/* The SA payload of IKEv1 after DOI and situation. */
int	sa1_parse(struct message *, struct payload *, struct rbuf *, struct err *);

/* The type on the wire of IKEv1 of one of ours. */
uint8_t	payload1_wire(uint8_t type);

/* --- message.c's --- */

/* Nothing found yet; the arrays are left as they are. */
void	message_forget(struct message *, const struct codec *);
/* Before the header of a new one. */
void	message_begin(struct message *, const struct codec *);
/* Chains of payloads. */
int	message_walk(struct message *, const struct codec *, uint8_t type,
		     struct rbuf *, bool outer, struct err *)
		__attribute__((warn_unused_result));

#endif
