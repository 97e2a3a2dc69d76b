/*
 * quick: quick modes under way (RFC 2409 5.5), several at once for an IKE_SA.
 *
 *	HDR*, HASH(1), SA, Ni, [KE], IDci, IDcr  -->
 *				<--  HDR*, HASH(2), SA, Nr, [KE], IDci, IDcr
 *	HDR*, HASH(3)  -->
 *				<--  HDR*, HASH, N(CONNECTED)	commit bit
 *
 * Who begins has the CHILD_SA when 2 comes, and repeats 3 whenever 2 comes again;
 * who answers has its inbound half before 2 leaves, repeats 2 until 3 comes, and
 * sends with the CHILD_SA only then: it is the proof that 1 was no replay.
 */
#ifndef CULVERT_IKE1_QUICK_H
#define CULVERT_IKE1_QUICK_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/crypto.h"
#include "ike/nonce.h"
#include "ike/resend.h"
#include "ike/sa.h"

#define QUICK_MAX	8		/* under way for an IKE_SA that the peer
					 * began */

enum quick_state {
	QUICK_NEW,
	QUICK_I_SENT,			/* sent 1 */
	QUICK_I_INSTALL,		/* waits for the data plane; then sends 3 */
	QUICK_I_COMMIT,			/* sent 3, waits for CONNECTED */
	QUICK_I_DONE,			/* answers a repeated 2 */
	QUICK_R_INSTALL,		/* waits for the data plane; then sends 2 */
	QUICK_R_SENT,			/* sent 2 */
	QUICK_R_COMMIT,			/* has 3, waits for CONNECTED */
};

struct quick {
	struct quick	*next;		/* of the IKE_SA, newest first */
	struct ike_sa	*sa;
	struct ke	*ke;		/* PFS */
	struct nonce	 ni, nr;
	struct child_plan plan;
	struct resend	 sent;		/* our last message; QUICK_I_DONE: until it
					 * is forgotten */
	uint64_t	 begun;
	uint32_t	 msgid;
	uint32_t	 child;		/* serial of what it makes */
	uint32_t	 old;		/* of what that replaces; 0: nothing */
	uint8_t		 iv[CBC_IV];	/* of the next message, either way */
	uint8_t		 last[20];	/* hash of the peer's last message */
	uint8_t		 state;		/* enum quick_state */
	uint8_t		 repeats;	/* of our last message, on demand */
	uint8_t		 turn;		/* groups refused before this one */
	uint16_t	 group;		/* initiator: of the KE payload; 0: none */
	bool		 initiator;
	bool		 heard;		/* last is set */
	bool		 commit;	/* the peer set the commit bit */
};

/* NULL: no memory. */
struct quick *quick_new(struct engine *, struct ike_sa *, bool initiator,
			uint32_t msgid);
/* Also the CHILD_SA that it was for, unless that is up; what it was to replace is in
 * use again. */
void	quick_free(struct engine *, struct quick *);
/* Its timer: once more, or the end. */
void	quick_timer(struct engine *, struct quick *);
struct quick *quick_find(struct ike_sa *, uint32_t msgid);
/* What is at work on that CHILD_SA (a serial), as new or as old; NULL: nothing. */
struct quick *quick_of(const struct tunnel *, uint32_t child);
/* What it replaces, wherever that is now; NULL: nothing. */
struct child_sa *quick_old(const struct quick *);

#endif
