/*
 * ike2: IKEv2 (RFC 7296): what its files give to ike2_machine (machine.h).
 */
#ifndef CULVERT_IKE2_H
#define CULVERT_IKE2_H

struct engine;
struct ike_sa;
struct tunnel;

void	ike2_initiate(struct engine *, struct tunnel *);
/* Makes the next request that is wanted, if the window is free. */
void	ike2_next(struct engine *, struct ike_sa *);
void	ike2_delete(struct engine *, struct ike_sa *);
void	ike2_switched(struct engine *, struct ike_sa *);
void	ike2_resend(struct engine *, struct ike_sa *);

#endif
