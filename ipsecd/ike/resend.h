/*
 * resend: what is sent again until somebody answers (S1-031 to S1-034): after 4.0,
 * 11.2, 24.2, 47.5 and 89.5 seconds; when 165 are over nobody will.
 */
#ifndef CULVERT_RESEND_H
#define CULVERT_RESEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "timer.h"

struct engine;
struct ike_sa;

/* A message kept to be sent again, in one datagram or in fragments. */
struct packet {
	struct packet	*next;		/* fragment */
	uint16_t	len;
	uint8_t		data[];
};
struct packet *packet_new(const void *, size_t);	/* NULL: no memory */
void	packet_free(struct packet *);			/* all of them */

#define RESEND_SECONDS	165
#define RESEND_TIMES	6		/* sent, with the first */

struct resend {
	struct packet	*packet;	/* NULL: none; the timer is its owner's
					 * then, who waits for something else */
	struct timer	 timer;
	uint8_t		 tries;		/* after the first */
};

/* Keeps the packet, whose first time is now; nothing is sent. */
void	resend_begin(struct engine *, struct resend *, struct packet *);
/* Its timer fired: counts; false: it has been sent often enough. */
bool	resend_again(struct engine *, struct resend *);
/* Forgets it and stops the timer. */
void	resend_end(struct engine *, struct resend *);

/* To the peer, and says (once) if this machine does not let it out. */
void	sa_transmit(struct engine *, struct ike_sa *, const struct packet *);
/* sa->sent has fired.  True: it goes once more, which is counted, and the caller sends
 * it; in smaller datagrams, when it is time for that (fragments_again()).
 * False: it has been waited for long enough, and sa is gone; cause: see sa_dead(). */
bool	sa_repeats(struct engine *, struct ike_sa *, const char *cause);
/* Nobody answers: frees the SA, and the tunnel does what it does then.  cause: of
 * one that is not up, what may be the reason, behind "no answer from 1.2.3.4". */
void	sa_dead(struct engine *, struct ike_sa *, const char *cause);

#endif
