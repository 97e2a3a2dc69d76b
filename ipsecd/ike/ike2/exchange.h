/*
 * exchange: what all IKEv2 exchanges share: windows and message ids, encrypted
 * messages in and out, retransmission, and the walk through the tables.
 */
#ifndef CULVERT_IKE2_EXCHANGE_H
#define CULVERT_IKE2_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "ike/event.h"
#include "ike/sa.h"
#include "ike/verdict.h"
#include "ike/wire/build.h"
#include "ike/wire/message.h"

struct engine;

/* Which request of ours is unanswered (ike_sa.asked). */
enum request_kind {
	REQ_NONE,
	REQ_INIT,
	REQ_AUTH,
	REQ_CREATE,		/* sa->own says what */
	REQ_PROBE,
	REQ_DELETE_IKE,
	REQ_DELETE_CHILD,
	REQ_UPDATE,
	REQ_CHECK,
};

/* Applies what a handler or a continuation returned; sa may be gone after. */
void	exchange_verdict(struct engine *, struct ike_sa *, int verdict,
			 enum ike_state next);

/* exchange_fail() as initiator of an authentication that the peer takes for done:
 * it is told with an INFORMATIONAL (RFC 7296 2.21.2). */
int	exchange_reject(struct engine *, struct ike_sa *, uint16_t notify,
			enum event_code, const char *fmt, ...)
		__attribute__((format(printf, 5, 6)));
/* After a refusal was sent: only repeats it for a while. */
void	exchange_refuse(struct engine *, struct ike_sa *);

/* --- our answer to the request being handled --- */
void	reply_begin(struct engine *, struct ike_sa *, struct build *);
void	reply_send(struct engine *, struct ike_sa *, struct build *);
/* The same, but it leaves with reply_release(): at the end of the call, or when
 * ike2_switched() says so. */
void	reply_hold(struct engine *, struct ike_sa *, struct build *);
void	reply_release(struct engine *, struct ike_sa *);
/* The last one once more. */
void	reply_again(struct engine *, struct ike_sa *);
/* A single notify. */
void	reply_notify(struct engine *, struct ike_sa *, uint16_t type,
		     const void *data, size_t len);

/* --- our own requests --- */
void	request_begin(struct engine *, struct ike_sa *, struct build *,
		      uint8_t exchange);
/* False: it did not fit, or no memory; nothing was sent. */
bool	request_send(struct engine *, struct ike_sa *, struct build *,
		     enum request_kind);
/* The same for a message that is not encrypted. */
bool	request_send_plain(struct engine *, struct ike_sa *, size_t len,
			   enum request_kind);
/* The answer is there: the window is free again. */
void	request_done(struct engine *, struct ike_sa *);

void	header_of(const struct ike_sa *, struct ike_header *, uint8_t exchange,
		  bool response, uint32_t msgid);

#endif
