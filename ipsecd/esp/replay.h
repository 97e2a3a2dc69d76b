/*
 * replay: the receiver's window over sequence numbers (RFC 4303 3.4.3), 32 bits
 * or extended (appendix A2).
 */
#ifndef CULVERT_ESP_REPLAY_H
#define CULVERT_ESP_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

struct replay {
	uint64_t	 top;		/* highest number authenticated so far */
	uint32_t	 window;	/* numbers remembered */
	uint32_t	 words;		/* of the ring; a power of two */
	uint64_t	*ring;
};

/* The window is rounded up to a multiple of 64.  False: no memory. */
bool	replay_init(struct replay *, uint32_t window) __attribute__((warn_unused_result));
void	replay_fini(struct replay *);

/* The whole number for the low half that the packet carries; 0, which is never
 * valid, if it lies before the beginning. */
uint64_t replay_seq(const struct replay *, bool esn, uint32_t low);
/* Before decryption: neither too old nor seen. */
bool	replay_ok(const struct replay *, uint64_t seq);
/* After the ICV was found right. */
void	replay_mark(struct replay *, uint64_t seq);

#endif
