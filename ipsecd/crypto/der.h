/*
 * der: elements of DER (X.690 10), read one by one out of octets of a stranger.
 */
#ifndef CULVERT_CRYPTO_DER_H
#define CULVERT_CRYPTO_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

#define TAG_BOOLEAN	0x01
#define TAG_INTEGER	0x02
#define TAG_BITS	0x03
#define TAG_OCTETS	0x04
#define TAG_OID		0x06
#define TAG_ENUM	0x0a
#define TAG_UTCTIME	0x17
#define TAG_TIME	0x18
#define TAG_SEQUENCE	0x30

/* Points into what it was read from. */
struct tlv {
	uint8_t		 tag;
	const uint8_t	*at;		/* where it begins */
	size_t		 whole;		/* octets with tag and length */
	const uint8_t	*p;
	size_t		 len;
};

/* The next element, with a length as DER has it.  False: it is damaged. */
bool	der_next(struct rbuf *, struct tlv *) __attribute__((warn_unused_result));
/* Likewise, and it must have this tag. */
bool	der_get(struct rbuf *, uint8_t tag, struct tlv *)
		__attribute__((warn_unused_result));
bool	der_next_is(const struct rbuf *, uint8_t tag);
struct rbuf der_inside(const struct tlv *);
/* An INTEGER without superfluous octets. */
void	der_shorten(const uint8_t **, size_t *len);

#endif
