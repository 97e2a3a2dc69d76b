/*
 * child: CHILD_SAs: pairs of ESP SAs in the data plane, their keys on the way
 * there and their timers.  No key stays here.
 */
#ifndef CULVERT_CHILD_H
#define CULVERT_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/dataplane.h"
#include "proposal.h"
#include "sa.h"
#include "table.h"
#include "timer.h"

enum child_state {
	CHILD_NEW,		/* has an SPI */
	CHILD_INSTALLING,	/* the data plane has been asked */
	CHILD_INSTALLED,
	CHILD_REKEYING,		/* we asked for a newer one */
	CHILD_REKEYED,		/* a newer one is there; only receives */
	CHILD_DELETING,		/* sent Delete */
};
const char *child_state_str(enum child_state);

enum child_want {
	CHILD_WANT_DELETE	= 1 << 0,
	CHILD_WANT_REKEY	= 1 << 1,
};

struct child_sa {
	struct link	 by_spi;	/* spi_in */
	struct ike_sa	*sa;
	struct child_sa	*next;
	struct timer	 rekey;
	struct timer	 expire;	/* hard limit, or end of an old one */
	uint64_t	 installed;	/* when */
	uint64_t	 counted;	/* when the counters came */
	struct dp_counters in, out;
	struct subnets	*subnets;	/* of exact size; NULL: not agreed on */
	struct suite	 suite;
	struct cipher_keys *late;	/* outbound, until child_switch() */
	uint32_t	 serial;
	uint32_t	 spi_in, spi_out;
	uint32_t	 path_mtu;	/* outside; 0: not known */
	uint32_t	 replaces;	/* serial of the one it is a rekey of */
	uint32_t	 life;		/* seconds to a rekeying, agreed on; 0: ours */
	uint8_t		 state;
	uint8_t		 want;
	uint8_t		 pending;	/* answers from the data plane */
	uint8_t		 refused;	/* rekeyings that failed */
	bool		 failed;	/* one of them was no */
	bool		 said;		/* why it cannot be rekeyed */
	bool		 initiator;	/* of the exchange that made it */
	bool		 untried;	/* of IKE_AUTH: a rekeying does more, and
					 * should show soon if that fails */
	bool		 probed;	/* asked whether the peer has it */
	bool		 redundant;	/* lost a crossing: the peer deletes it */
	bool		 waits;		/* IKEv1: its outbound half is late, whatever
					 * else there is */
	bool		 repeats;	/* IKEv1: its Delete is said again, for nobody
					 * acknowledges it */
	bool		 in_plane;	/* may be in the data plane */
	bool		 out_plane;
};

/* With a fresh SPI (S1-161), owned by the IKE_SA. */
struct child_sa *child_new(struct engine *, struct ike_sa *);
/* Also out of the data plane. */
void	child_free(struct engine *, struct child_sa *);
struct child_sa *child_find(struct engine *, uint32_t spi_in);
/* Of this IKE_SA, by serial or by the peer's SPI; NULL for 0. */
struct child_sa *child_of(struct ike_sa *, uint32_t serial);
struct child_sa *child_by_peer(struct ike_sa *, uint32_t spi_out);
void	child_move(struct child_sa *, struct ike_sa *);
void	child_enter(struct engine *, struct child_sa *, enum child_state);
static inline bool child_is_up(const struct child_sa *c)
	{ return c->state == CHILD_INSTALLED || c->state == CHILD_REKEYING ||
	    c->state == CHILD_REKEYED; }

/*
 * Hands both SAs to the data plane, with the keys of what the initiator of their
 * exchange sends and of what its responder sends (the caller wipes them);
 * life_child_answer() is called for each answer, never before this returns.
 * False: no memory; free it.
 */
bool	child_install(struct engine *, struct child_sa *,
		      const struct cipher_keys *from_i,
		      const struct cipher_keys *from_r);
/* One of this IKE_SA carries traffic, besides those that are replaced. */
bool	child_any(const struct ike_sa *);
/* One is in the data plane, also of those. */
bool	child_any_up(const struct ike_sa *);

/* Out of the data plane. */
void	child_unplug(struct engine *, struct child_sa *);
/* New endpoints in the data plane. */
void	child_update(struct engine *, struct child_sa *);
/* Asks for its counters; false if there is nothing to ask. */
bool	child_count(struct engine *, struct child_sa *, uint8_t ask_kind,
		    uint32_t who);
/* Starts the timers of an installed one.  Where esp is configured one that came
 * with IKE_AUTH is rekeyed at once, for that did without the group: a peer that
 * does not want it says so now and not an hour later. */
void	child_arm(struct engine *, struct child_sa *);
/*
 * No packet is lost when one replaces another: who answers a rekeying goes on
 * sending with the old SA until the peer has the new one, which it shows by
 * deleting the old (RFC 7296 2.8); who answers a reauthentication likewise.  Until
 * then the new one has no outbound half;
 * child_switch() puts it in.  With IKEv1 neither end sends before it can be sure
 * that the other has message 3.  When the last outbound half of a tunnel goes, that
 * happens by itself.
 */
void	child_switch(struct engine *, struct child_sa *);
/* True: the data plane is about to put in an outbound half of the tunnel (NULL:
 * none), and the machine of sa is told (switched) when it sends with that. */
bool	child_await(struct engine *, const struct tunnel *, struct ike_sa *sa);
/* A tunnel that can send does. */
void	child_speak(struct engine *, struct tunnel *);
/* The peer has what came with IKE_AUTH, for it says something on that IKE_SA. */
void	child_heard(struct engine *, struct ike_sa *);
/* The peer asks again: it does not have the new ones yet. */
void	child_unheard(struct engine *, struct ike_sa *);
/* Takes the outbound half of an old one out. */
void	child_mute(struct engine *, struct child_sa *);
/* Time is up for rekeying it: the tunnel must be made anew. */
bool	child_is_late(const struct engine *, const struct child_sa *);
/* Sets the timer to try to rekey it again after ms, or when child_is_late(). */
void	child_later(struct engine *, struct child_sa *, uint32_t ms);
/* What should have replaced it came to nothing: it goes on, and is rekeyed soon
 * (unless it has been given up already). */
void	child_reinstate(struct engine *, struct child_sa *);
/* Lets an old one only receive, for a while (S1: 5 s), and then go. */
void	child_linger(struct engine *, struct child_sa *);

#endif
