/*
 * fragments: a message that comes in several datagrams, put together: what the
 * fragments of both versions of IKE have in common.
 *
 * What is kept is bounded for each SA, for all peers that have not authenticated what
 * they sent together, and for those of one source.
 */
#ifndef CULVERT_FRAGMENTS_H
#define CULVERT_FRAGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "timer.h"

struct engine;
struct ike_sa;
struct packet;

#define FRAGMENTS_MAX	96		/* of a message */
#define DATAGRAM_SMALL	576		/* RFC 791: every host takes it */

/* Which message. */
struct fragment_key {
	uint64_t	 id;
	uint8_t		 exchange;
	bool		 response;
};

/* What there is of it. */
struct fragments {
	struct timer		 expiry;
	struct ike_sa		*sa;
	struct fragment_key	 key;
	uint16_t		 total;		/* 0: not known yet */
	uint16_t		 got;
	uint16_t		 room;		/* in part[] */
	size_t			 len;		/* octets of all */
	bool			 stranger;	/* counts in e->fragments */
	uint8_t			 first;		/* its owner's */
	struct packet		*part[];
};

/* One part, number from 1, of that many (0: nobody knows yet); what was there of
 * another message is forgotten, and what was of another number of parts.  What it
 * was added to, NULL: no room. */
struct fragments *fragments_add(struct engine *, struct ike_sa *,
				const struct fragment_key *, uint16_t number,
				uint16_t total, bool stranger,
				const uint8_t *, size_t len);
/* Whether that message is what is being put together; f may be NULL. */
bool	fragments_same(const struct fragments *f, const struct fragment_key *);
static inline bool fragments_complete(const struct fragments *f)
	{ return f->total != 0 && f->got == f->total; }
/* All in order, without gaps, to e->in, *len octets, and forgets them.  False: it
 * is too long. */
bool	fragments_join(struct engine *, struct fragments *, size_t *len);
/* Forgets what is there of a message, if anything. */
void	fragments_free(struct engine *, struct ike_sa *);
void	fragments_expired(struct engine *, struct timer *);

/* --- out --- */

/* The peer takes fragments. */
void	fragments_agree(const struct engine *, struct ike_sa *);
/* Of an IKE message in one datagram: how long it may be. */
size_t	fragments_room(const struct ike_sa *);
/* Whether a message of that length must not go in one. */
bool	fragments_needed(const struct ike_sa *, size_t len);
/* A message of len octets, of which `each` go in one datagram; make gives the one
 * with those from `at`.  NULL: too many, or no memory. */
typedef struct packet *fragment_make(void *, uint16_t number, uint16_t total,
				     size_t at, size_t len);
struct packet *fragments_cut(size_t len, size_t each, fragment_make *, void *);
/* What nobody answers is about to be sent again, for the nth time: at the second it
 * may be that long datagrams are what gets lost (RFC 7383 2.5.2), and all of the
 * SA's are at most DATAGRAM_SMALL from then on.  IPv4 only: what IPv6 carries, it
 * carries with 1280 octets. */
void	fragments_again(struct engine *, struct ike_sa *, struct packet **,
			unsigned int times);

#endif
