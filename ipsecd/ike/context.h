/*
 * context: what the parts of the engine share; nobody else includes this.
 *
 * Ownership is a tree: the engine owns tunnels and half-open IKE_SAs, a tunnel
 * its IKE_SAs, an IKE_SA its CHILD_SAs.  What outlives a call (an answer from
 * keys or the data plane) refers to an object by SPI and serial.
 */
#ifndef CULVERT_CONTEXT_H
#define CULVERT_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "cookie.h"
#include "crypto/crypto.h"
#include "engine.h"
#include "err.h"
#include "half.h"
#include "local.h"
#include "log.h"
#include "rate.h"
#include "table.h"
#include "timer.h"
#include "wire/message.h"

enum timer_kind {
	TIMER_TUNNEL,		/* tunnel.retry: the next attempt */
	TIMER_POLICY,		/* tunnel.again: the data plane did not take it */
	TIMER_ADDRESS,		/* tunnel.address: its own is away for long */
	TIMER_SA,		/* ike_sa.sent: retransmit, or expire */
	TIMER_SA_REKEY,
	TIMER_SA_PROBE,
	TIMER_SA_KEEPALIVE,
	TIMER_SA_REAUTH,
	TIMER_QUICK,		/* quick.sent: again, or the end */
	TIMER_CHILD_REKEY,
	TIMER_CHILD_EXPIRE,
	TIMER_REFRESH,
	TIMER_DOWNLOAD,		/* download.timer: nobody answers */
	TIMER_CRL,		/* source.refresh: half of its life is over */
	TIMER_REVOCATION,	/* check.timer: the next point, or the end */
	TIMER_FRAGMENTS,
	TIMER_CERTIFICATE,	/* cert_entry.check */
};

struct answer;			/* one that came inside a call */
struct check;
struct crl_refresh;
struct fetched;
struct plan;
struct refresh;
struct ike_sa;
struct source;

struct engine {
	const struct engine_ops	*ops;
	void			*ctx;
	struct engine_settings	 set;
	uint64_t		 now;
	int			 send_error;	/* errno of the last datagram, 0 */
	uint64_t		 woken;		/* what ops->wake was told last */
	uint64_t		 seed;		/* of hashes */
	uint64_t		 next_start;	/* of the next initiator's turn */
	unsigned int		 depth;		/* of calls from outside */
	struct crypto		*crypto;
	struct timers		 timers;
	struct cookies		 cookies;

	struct table		 tunnels;	/* tunnel.by_id */
	struct table		 pairs;		/* pair.link */
	struct table		 ids;		/* conf.by_ids */
	struct table		 remotes;	/* tunnel.by_remote */
	struct table		 sas;		/* ike_sa.by_spi */
	struct table		 halves;	/* setup.by_peer */
	struct table		 sources;	/* of half-open ones */
	struct halves		 half;
	struct table		 children;	/* child_sa.by_spi */
	struct table		 asks;		/* ask.link */
	struct table		 certs;		/* cert_entry.by_label */
	struct table		 downloads;	/* download.by_serial */
	struct table		 downloads_by_url;
	struct table		 crl_sources;	/* source.link */
	struct locals		 locals;
	struct ike_sa		*orphans;	/* IKE_SAs without a tunnel */

	uint32_t		 next_ike, next_child, next_ask;
	uint32_t		 next_generation;	/* of a tunnel's conf */
	struct answer		*answers;	/* that came inside a call */
	uint32_t		 n_answers, size_answers;
	struct fetched		*fetched;	/* likewise, from the web */
	uint32_t		 next_download;
	struct source		*sources_oldest, *sources_newest;
	size_t			 crl_octets;	/* of all sources */
	struct crl_refresh	*crl_refreshes;
	struct check		*checks;	/* of revocation, under way */
	struct check		*checks_due;
	struct plan		*plan;
	bool			 certs_known;	/* keys has told all it has */
	bool			 certs_awaited;	/* by a tunnel, until then */
	bool			 configured;	/* once: we know our tunnels */
	bool			 watched;	/* by ops->message */
	struct refresh		*refreshes;
	struct engine_stats	 stats;
	size_t			 fragments;	/* octets of strangers' */
	struct err		 why;		/* of V_FREE */
	uint8_t			 why_code;	/* its enum event_code */
	struct log_rate		 strangers;	/* lines that they provoke */
	struct rate		 errors;	/* sent in clear */
	struct rate		 hints;		/* heard in clear, followed */
	struct log_rate		 peers;		/* that authenticated ones do */

	/* One message at a time is read and one written. */
	struct message		 msg;
	uint8_t			 in[ENGINE_MSG_MAX];
	uint8_t			 out[ENGINE_MSG_MAX];
};

/* Around everything that comes from outside: answers that arrive inside are
 * handled on the way out, and the shell hears when to wake us. */
void	engine_enter(struct engine *, uint64_t now);
void	engine_leave(struct engine *);

void	engine_send(struct engine *, const struct endpoint *from,
		    const struct endpoint *to, bool encap,
		    const uint8_t *msg, size_t len);
/* The one place where a message is dropped: counted, and said at DEBUG. */
void	engine_drop(struct engine *, const struct endpoint *from,
		    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
uint32_t engine_random_u32(struct engine *);
/* Between 0 and max; 0 if the system has no random numbers. */
uint32_t engine_jitter(struct engine *, uint32_t max);

#endif
