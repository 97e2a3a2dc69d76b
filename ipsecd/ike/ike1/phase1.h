/*
 * phase1: what an IKE_SA of version 1 has beside what both versions have, from its
 * first message on.
 *
 * Main mode fills it in; what follows uses it: quick modes and informational
 * exchanges (quick.h, phase2.h).  suite, peer_id, addresses and NATs are in struct
 * ike_sa; its cipher_keys and sk_d are IKEv2's, and stay empty.
 */
#ifndef CULVERT_IKE1_PHASE1_H
#define CULVERT_IKE1_PHASE1_H

#include <stdbool.h>
#include <stdint.h>

#include "keymat1.h"

struct engine;
struct ike_sa;
struct quick;

#define SEEN_MAX	64

/* Message ids of exchanges that the peer began, to know one that comes again.  The
 * oldest are forgotten: nothing is believed for its message id alone. */
struct seen {
	uint32_t	 id[SEEN_MAX];
	uint8_t		 n;		/* modulo SEEN_MAX the next */
};

struct phase1 {
	struct keys1	 keys;		/* skeyid until main mode is done */
	struct quick	*quicks;	/* under way, newest first */
	uint64_t	 begun;		/* when */
	uint64_t	 dpd_since;	/* of the first R-U-THERE without an answer;
					 * 0: there is none */
	uint32_t	 dpd_out;	/* the number of our last R-U-THERE */
	uint32_t	 dpd_in;	/* and of the peer's; 0: none came */
	uint32_t	 life_s;	/* agreed on; 0: ours */
	struct seen	 seen_quick, seen_info;
	uint32_t	 own_first;	/* of the message ids of exchanges that we
					 * began, which follow each other */
	uint32_t	 own_n;
	uint8_t		 heard[20];	/* hash of the last message of the peer's
					 * main mode */
	uint8_t		 natt;		/* enum vendor: whose numbers NAT traversal
					 * has; 0: the peer knows none of them */
	bool		 dpd;		/* the peer does RFC 3706 */
	bool		 keyed;		/* keys are complete */
	bool		 unproven;	/* responder: the peer may not have our last
					 * message of main mode */
	bool		 unheeded;	/* responder: it seems that the peer does not
					 * take our last message of main mode */
	bool		 denied;	/* the peer said that our proof does not do */
	bool		 gone;		/* the peer has forgotten it: only holds
					 * CHILD_SAs until another takes them */
};

/* False: no memory. */
bool	phase1_new(struct engine *, struct ike_sa *);
/* With its quick modes, whose CHILD_SAs go unless they are up. */
void	phase1_free(struct engine *, struct ike_sa *);

#endif
