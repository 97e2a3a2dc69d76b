/*
 * reauth: authenticating anew, make before break (reauth.c says when).
 */
#ifndef CULVERT_REAUTH_H
#define CULVERT_REAUTH_H

struct engine;
struct ike_sa;

/* Arms the timer of its reauthentication, or not, as configured. */
void	reauth_arm(struct engine *, struct ike_sa *);
/* Its timer. */
void	reauth_due(struct engine *, struct ike_sa *);
/* A new one in its place, make before break, if that is possible. */
void	reauth_replace(struct engine *, struct ike_sa *);
/* sa is what the IKE_SA old became by rekeying. */
void	reauth_inherit(struct engine *, struct ike_sa *old, struct ike_sa *sa);

#endif
