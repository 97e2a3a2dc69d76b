/*
 * pair: the tunnels between two addresses, and which of them a peer is for.
 *
 * A stranger is known by its addresses alone, so its proposals are held against
 * those of all tunnels between them; afterwards its identity tells.
 */
#ifndef CULVERT_PAIR_H
#define CULVERT_PAIR_H

#include "addr.h"
#include "err.h"
#include "ident.h"
#include "table.h"

struct engine;
struct ike_sa;
struct tunnel;

struct pair {
	struct link	 link;
	struct addr	 local;
	struct addr	 remote;	/* unset: any */
	struct tunnel	*tunnels;	/* tunnel.pair_next */
	struct tunnel	*suites;	/* tunnel.suite_next: one for each distinct
					 * IKE proposal among them, and version */
	struct tunnel	*cas;		/* tunnel.ca_next: one for each distinct CA
					 * that peers have to show, and version */
	uint32_t	 n_ppk;		/* of the tunnels, with a PPK */
};

/* Exactly these addresses; remote unset: tunnels for any peer.  NULL: none. */
struct pair *pair_find(struct engine *, const struct addr *local,
		       const struct addr *remote);
/* Puts a tunnel with its configuration where strangers look for it; takes a
 * blank struct pair (calloc) in case it is the first of its addresses. */
void	pair_join(struct engine *, struct tunnel *, struct pair *spare);
void	pair_leave(struct engine *, struct tunnel *);
/* Around a change of its configuration that leaves it where it is. */
void	pair_forget_ca(struct tunnel *);
void	pair_note_ca(struct tunnel *);

/*
 * The tunnel for a peer that says to be `peer` and (unless NULL) to look for
 * `own`; exact before wildcard before any, a certain address before any.  On
 * NULL (also if its proposal does not have what was agreed on) *e tells what did
 * not fit, and *near is the only tunnel that could have been meant, or NULL.
 */
struct tunnel *tunnel_select(struct engine *, const struct ike_sa *,
			     const struct ident *peer, const struct ident *own,
			     struct tunnel **near, struct err *);

#endif
