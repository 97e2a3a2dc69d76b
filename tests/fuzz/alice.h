/*
 * alice: the engine that fuzz targets talk to, alone in a world whose peers they play
 * by hand.
 */
#ifndef CULVERT_FUZZ_ALICE_H
#define CULVERT_FUZZ_ALICE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "tests/pair/world.h"

struct rbuf;

extern struct world w;
extern struct node *alice;

/* What does not hold is a finding. */
static inline void
must(bool ok)
{
	if (!ok)
		abort();
}

/* An entry of her configuration; more: leaves, or "". */
#define TUNNEL(id, peer, name, net, more) \
	"{\"id\":" #id ",\"local-address\":\"192.0.2.1\",\"peer\":\"" peer "\"," \
	"\"local-id\":{\"value\":\"alice\"},\"remote-id\":{\"value\":\"" name "\"}," \
	"\"local-subnet\":[\"10.0.1.0/24\"],\"remote-subnet\":[\"" net "\"]" more "}"

/* Begins anew, without configuration.  Whatever she says of a peer may be shown. */
void	alice_start(void);
void	alice_stop(void);

/* What the input says, step by step, until it ends or there have been enough. */
void	alice_lives(const uint8_t *data, size_t size, void (*step)(struct rbuf *));

/* --- what happens to her besides; the octet says which --- */
void	alice_command(uint8_t);
void	alice_plane_event(uint8_t, const struct endpoint *peer);
void	alice_waits(uint8_t);
void	alice_plane_refuses(void);	/* or no more */

/* --- what holds in the end --- */
/* Tunnel 1: who does not know the secret has got nothing. */
void	alice_judge(bool stranger);
/* Nobody answers any more: nothing is left of two tunnels but attempts. */
void	alice_left_alone(void);

#endif
