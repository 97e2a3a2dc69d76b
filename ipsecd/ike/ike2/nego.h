/*
 * nego: one CREATE_CHILD_SA exchange under way: ours until the answer is in,
 * the peer's until the data plane has the SA and we can answer.
 */
#ifndef CULVERT_IKE2_NEGO_H
#define CULVERT_IKE2_NEGO_H

#include <stdbool.h>
#include <stdint.h>

#include "ike/sa.h"

#define NEGO_OLD_MS	30000		/* for the peer to delete the old one */
#define NEGO_AGAIN_MAX	3		/* INVALID_KE_PAYLOADs in a row */

struct build;

enum nego_kind { NEGO_CHILD, NEGO_REKEY_CHILD, NEGO_REKEY_IKE };

struct nego {
	struct ke	*ke;
	struct nonce	 ni, nr;
	struct child_plan plan;
	uint64_t	 ike;		/* own SPI of the new IKE_SA; 0: none */
	uint32_t	 child;		/* serial of the new CHILD_SA; 0: none */
	uint32_t	 old;		/* serial of the rekeyed one */
	uint16_t	 group;		/* of our KE payload; 0: none */
	uint8_t		 kind;		/* enum nego_kind */
	uint8_t		 again;		/* times INVALID_KE_PAYLOAD came */

	/* The peer rekeyed the same SA at the same time (RFC 7296 2.8.1). */
	bool		 crossed;
	uint64_t	 rival;		/* child's serial or own IKE SPI it made */
	struct nonce	 rival_nonce;	/* the lower of its two */
};

struct nego *nego_new(enum nego_kind);
/* Also what it made and did not hand over; an IKE_SA that the peer made at the
 * same time, and nobody took, goes when the peer does not delete it. */
void	nego_free(struct engine *, struct nego *);
/* Our part of a key exchange in that group, instead of another one; 0: none.
 * False: a group we do not know, or no memory. */
bool	nego_set_group(struct engine *, struct nego *, uint16_t group);
/* The KE payload, if there is such an exchange. */
bool	nego_put_ke(struct build *, const struct nego *);

#endif
