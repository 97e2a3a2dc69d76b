/*
 * machine: what differs between the versions of IKE: how a datagram, an answer or a
 * wish becomes an exchange.  Each version has one table; what is not an exchange
 * (SAs, timers, retransmission, certificates, dead peers, what people see) is shared
 * and knows of versions only what is here.
 */
#ifndef CULVERT_MACHINE_H
#define CULVERT_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct child_sa;
struct endpoint;
struct engine;
struct ike_header;
struct ike_sa;
struct keys_reply;
struct packet;
struct refusal;
struct tunnel;

/* A datagram, of whom nobody knows yet. */
struct stranger {
	const struct endpoint	*local, *remote;
	bool			 encap;
	const uint8_t		*msg;
	size_t			 len;
	const struct ike_header	*hdr;
};

struct ike_machine {
	uint8_t	version;		/* major */

	/* A datagram of that version, in e->in, whose length is right. */
	void	(*input)(struct engine *, const struct stranger *);
	/* Sends the first message of an IKE_SA that has addresses and a blank
	 * setup.  False: no memory. */
	bool	(*begin)(struct engine *, struct ike_sa *);
	/* Does what is wanted (ike_sa.want, child_sa.want) as far as it can now. */
	void	(*next)(struct engine *, struct ike_sa *);
	/* Deletes it, telling the peer if it is established; may free it at
	 * once. */
	void	(*close)(struct engine *, struct ike_sa *);

	/* Answers.  Of keys, for the state that waits for it. */
	void	(*keys_answer)(struct engine *, struct ike_sa *,
			       const struct keys_reply *);
	/* The data plane has both halves of a CHILD_SA, or refuses
	 * (child_sa.failed).  False: no exchange waits for that. */
	bool	(*child_answer)(struct engine *, struct child_sa *);
	/* The data plane has done what child_await() asked for. */
	void	(*switched)(struct engine *, struct ike_sa *);
	/* ike_sa.sent fired: once more, or the end. */
	void	(*resend)(struct engine *, struct ike_sa *);

	/* What was sent in these, of *len octets, in datagrams that the SA allows
	 * now.  NULL: too many, or no memory. */
	struct packet *(*recut)(struct engine *, struct ike_sa *,
				const struct packet *, size_t *len);

	/* It is known whether a certificate of the peer's is revoked (shown.h); no:
	 * why it is not let in, NULL: it is who it says. */
	void	(*checked)(struct engine *, struct ike_sa *,
			   const struct refusal *no);

	/* An exchange of the peer's is about to replace it. */
	bool	(*is_replaced)(const struct child_sa *);
};

extern const struct ike_machine ike1_machine, ike2_machine;

/* The one for a tunnel, as configured. */
const struct ike_machine *machine_of(const struct tunnel *);
/* The one for that major version; NULL: none. */
const struct ike_machine *machine_find(uint8_t version);

#endif
