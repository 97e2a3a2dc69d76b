/*
 * pair: the two gateways of the guide's figure in a world: alice (192.0.2.1,
 * responder, 10.0.1.0/24) and bob (192.0.2.2, initiator, 10.0.2.0/24).
 */
#ifndef CULVERT_TESTS_PAIR_H
#define CULVERT_TESTS_PAIR_H

#include "world.h"

extern struct world w;
extern struct node *alice, *bob;

void	pair_begin(uint64_t seed);
void	pair_end(void);
/* What a tunnel of IKEv1 has besides. */
#define V1	",\"version\":\"1\""
/* Tunnel 1 on both; more leaves as ",\"name\":value", or "".  A leaf given
 * again replaces the one here, with the value null it goes. */
void	pair_config(const char *alices, const char *bobs);
/* The entry of the list alone. */
const char *alice_entry(const char *more);
const char *bob_entry(const char *more);
/* All of it: their tunnel is up; one of IKEv1. */
void	pair_up(uint64_t seed, const char *alices, const char *bobs);
void	pair_up1(uint64_t seed, const char *alices, const char *bobs);
/* About tunnel 1; it has to be taken. */
void	pair_command(struct node *, enum engine_command);
bool	both_up(struct world *);
/* Up within ms with keys that agree; prints what happened if not. */
bool	pair_comes_up(uint64_t ms);
/* One pair of SAs on both sides, no IKE_SA too many; prints what there is if
 * not, or says nothing. */
bool	pair_is_tidy(void);
bool	pair_at_peace(void);
/* Somebody would send now what the other cannot read. */
bool	pair_gap(void);

#endif
