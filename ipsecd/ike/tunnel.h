/*
 * tunnel: one configured tunnel: its configuration, its intent, its IKE_SAs and
 * what people see of it.
 *
 * A tunnel has one intent, not three actions: an initiator wants to be up; any
 * tunnel wants to be up when traffic asks (S1-035 to S1-040).  `held` takes the
 * first away until traffic or a person asks.
 */
#ifndef CULVERT_TUNNEL_H
#define CULVERT_TUNNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "conf.h"
#include "event.h"
#include "pair.h"
#include "sa.h"
#include "table.h"
#include "timer.h"

enum tunnel_status {		/* S1-142 to S1-146, as in the model */
	TUNNEL_UNKNOWN,
	TUNNEL_CONNECTING,
	TUNNEL_IKE,
	TUNNEL_UP,
	TUNNEL_RETRANSMISSION,
};
const char *tunnel_status_str(enum tunnel_status);

#define LOSSES_MAX	6

struct tunnel {
	struct link	 by_id;
	struct link	 by_remote;	/* only without wildcards */
	struct conf	*conf;
	struct pair	*pair;
	struct tunnel	*pair_next;
	struct tunnel	**pair_prev;	/* what points here */
	struct tunnel	*suite_next;	/* if it represents its IKE proposal */
	struct tunnel	*ca_next;	/* if it shows its CA */
	struct ike_sa	*sas;		/* newest first */
	struct timer	 retry;
	struct timer	 address;	/* our own is away */
	struct timer	 again;		/* the policy, which was refused */
	struct events	 events;
	char		*reason;	/* why it is not up, as an event's text;
					 * NULL: nothing to say */
	uint64_t	 since;		/* of status */
	uint32_t	 lost_at[LOSSES_MAX];	/* seconds; the last ones */
	uint64_t	 failed;	/* when the last attempt did; 0: none */
	struct prefix	 policy_remote;	/* the first in the data plane */
	uint8_t		 status;
	uint8_t		 reason_code;	/* enum event_code */
	uint8_t		 losses;	/* in all; modulo LOSSES_MAX the next */
	uint8_t		 loss_code;	/* enum event_code of the last one */
	uint8_t		 attempts;	/* failed in a row */
	uint8_t		 doubts;	/* IKEv1: CHILD_SAs in a row that were refused
					 * because the ends see the way differently */
	uint32_t	 generation;	/* of configuration and CA; no other tunnel
					 * has it, nor one before of that number */
	bool		 represents;
	bool		 shows_ca;
	uint8_t		 silent;	/* IKE_SAs in a row that the peer left without
					 * a word */
	bool		 padding_works;	/* has once */
	uint8_t		 padding;	/* enum padding: of our RSA signatures */
	bool		 held;
	bool		 resume;	/* when our own address is back */
	bool		 acquired;	/* while it waited for its certificate */
	bool		 policy;	/* is in the data plane */
};

/* --- tunnel.c: it and its configuration --- */
/* In two steps, because the second must not fail: memory for one ... */
struct tunnel *tunnel_new(struct engine *);	/* NULL: none */
/* ... and its configuration, which it takes, with a blank struct pair: the
 * policy goes in and an initiator starts. */
void	tunnel_begin(struct engine *, struct tunnel *, struct conf *,
		     struct pair *spare);
/* Says goodbye to the peer. */
void	tunnel_free(struct engine *, struct tunnel *, bool goodbye);
struct tunnel *tunnel_find(struct engine *, uint32_t id);
/* Takes a newer configuration of the same tunnel, likewise. */
void	tunnel_change(struct engine *, struct tunnel *, struct conf *,
		      struct pair *spare);

/* Its certificate has come, gone or changed: the tunnel begins again with the
 * identity (NULL: as it is), or is refused; all is taken. */
void	tunnel_bind(struct engine *, struct tunnel *, struct ident *id,
		    char *refused, bool waiting, struct pair *spare);

/* Closes all its SAs with Delete. */
void	tunnel_close(struct engine *, struct tunnel *);
/* By its SPI in either direction; NULL: none. */
struct child_sa *tunnel_child(const struct tunnel *, uint32_t spi);
/* By its serial; NULL: none, or 0. */
struct child_sa *tunnel_child_of(const struct tunnel *, uint32_t serial);
/* The newest CHILD_SA that is not replaced, besides that one; NULL: none. */
struct child_sa *tunnel_newest_child(const struct tunnel *, const struct child_sa *but);
/* The current one: established, or else on its way; NULL if none. */
struct ike_sa *tunnel_sa(const struct tunnel *);

/* --- tunnel_intent.c: when it is set up, and set up again --- */
/* Starts if it may and is not up yet; by traffic, command or its own wish. */
void	tunnel_start(struct engine *, struct tunnel *);
void	tunnel_acquire(struct engine *, struct tunnel *);
/* Somebody has just committed it: if it waits to try again, it does so now. */
void	tunnel_committed(struct engine *, struct tunnel *);
void	tunnel_retry(struct engine *, struct tunnel *);	/* its timer */
/* An attempt to set it up, or an SA, came to an end (and is freed). */
enum tunnel_loss {
	LOST_ATTEMPT,		/* it never was up */
	LOST_DEAD,		/* the peer is dead: dpd-action */
	LOST_CLOSED,		/* the peer closed it, or broke the protocol */
};
void	tunnel_lost(struct engine *, struct tunnel *, enum tunnel_loss,
		    enum event_code, const char *why);
/* How often it was lost within the last so many milliseconds, LOSSES_MAX at
 * most; what somebody asked for does not count. */
unsigned int tunnel_losses(const struct tunnel *, uint64_t now, uint32_t ms);
/* An attempt of the peer's came to nothing; ours may have waited for it. */
void	tunnel_idle(struct engine *, struct tunnel *);
/* The IKE_SA is up without a CHILD_SA: an initiator tries again later. */
void	tunnel_childless(struct engine *, struct tunnel *);
/* It is up: no reason to complain, next failure is the first. */
void	tunnel_succeeded(struct engine *, struct tunnel *);
/* It has somewhere to call, and from where. */
bool	tunnel_may_call(struct engine *, struct tunnel *);

/* --- tunnel_status.c: what people see --- */
/* Finds out what people should see; logs the transition. */
void	tunnel_update(struct engine *, struct tunnel *);
/* A newer rekey of the CHILD_SA begins the time again. */
void	tunnel_touch(struct engine *, struct tunnel *);

/* A line for the log and the ring of events; t NULL: only the log. */
void	tunnel_event(struct engine *, struct tunnel *, enum event_code,
		     const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* The same, and it is why the tunnel is not up. */
void	tunnel_trouble(struct engine *, struct tunnel *, enum event_code,
		       const char *why);
void	tunnel_set_reason(struct tunnel *, enum event_code, const char *why);
void	tunnel_no_reason(struct tunnel *);

/* --- tunnel_policy.c: what the data plane protects --- */
/* The selectors with what is dynamic filled in for the peer of sa. */
void	tunnel_subnets(const struct tunnel *, const struct ike_sa *,
		       struct subnets *);
/* Puts the policy into the data plane; sa gives a dynamic peer, or NULL. */
void	tunnel_policy(struct engine *, struct tunnel *, const struct ike_sa *);
/* The data plane did not take it: for ever again, since without it packets of the
 * tunnel might leave in clear. */
void	tunnel_policy_refused(struct engine *, struct tunnel *, const char *why);
void	tunnel_policy_again(struct engine *, struct tunnel *);	/* its timer */
/* Takes it out. */
void	tunnel_drop_policy(struct engine *, struct tunnel *);

#endif
