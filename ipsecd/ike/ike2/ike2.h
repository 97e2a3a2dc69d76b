/*
 * ike2: IKEv2 (RFC 7296): what its files give to ike2_machine (machine.h).
 */
#ifndef CULVERT_IKE2_H
#define CULVERT_IKE2_H

#include <stdbool.h>

struct engine;
struct ike_sa;

bool	ike2_begin(struct engine *, struct ike_sa *);
/* Makes the next request that is wanted, if the window is free. */
void	ike2_next(struct engine *, struct ike_sa *);
void	ike2_delete(struct engine *, struct ike_sa *);
void	ike2_switched(struct engine *, struct ike_sa *);
void	ike2_resend(struct engine *, struct ike_sa *);

#endif
