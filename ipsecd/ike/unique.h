/*
 * unique: one IKE_SA and one CHILD_SA for a tunnel.
 */
#ifndef CULVERT_UNIQUE_H
#define CULVERT_UNIQUE_H

#include <stdbool.h>
#include <stddef.h>

struct child_sa;
struct engine;
struct ident;
struct ike_sa;
struct tunnel;

/* The peer says that it knows of no other SA (RFC 7296 2.4). */
void	initial_contact(struct engine *, struct ike_sa *);
/* sa, which has a CHILD_SA, may be one too many, or make others so. */
void	unique_sas(struct engine *, struct ike_sa *);
void	unique_children(struct engine *, struct child_sa *);
/* IKEv1, where each quick mode makes one more: c, which has begun to send, makes the
 * others of its tunnel superfluous. */
void	unique_newest(struct engine *, struct child_sa *c);
/* The peer has answered on it: others that crossed with it may go. */
void	unique_proved(struct engine *, struct ike_sa *);
/* The peer has it, for it says something on it, and not that it closes it: what came
 * before may go.  For each message that is authentic, like child_heard(). */
void	unique_heard(struct engine *, struct ike_sa *);
/* One that is to take the place of this one, and on which the peer has not been heard
 * yet; or NULL. */
struct ike_sa *unique_heir(const struct ike_sa *);
/* False, with a reason: the tunnel is in use by another peer. */
bool	unique_peer(struct engine *, struct ike_sa *, struct tunnel *,
		    const struct ident *peer, char *why, size_t);
/* No other IKE_SA of its tunnel is up: the peer should forget what it has. */
bool	unique_is_first(const struct ike_sa *);

#endif
