/*
 * split: what the kernel hands over in one piece (a segmented packet of up to
 * 64 kB, or one whose checksum is left to the device) into packets as they go
 * on a wire.
 */
#ifndef CULVERT_ESP_SPLIT_H
#define CULVERT_ESP_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inner.h"
#include "vnet.h"

struct split {
	struct inner	 in;
	const uint8_t	*pkt;
	uint8_t		 proto;		/* IPPROTO_TCP, _UDP; 0: one packet */
	bool		 csum;		/* the checksum is ours to finish */
	uint16_t	 l4;		/* where the transport header begins */
	uint16_t	 csum_at;
	uint16_t	 hlen;		/* repeated in every piece */
	uint16_t	 mss;
	uint16_t	 n;		/* pieces given so far */
	uint32_t	 off;		/* of the next piece's payload */
};

/* False: the header does not fit the packet.  pkt is borrowed. */
bool	split_init(struct split *, const struct virtio_net_hdr *,
		   const uint8_t *pkt, size_t len) __attribute__((warn_unused_result));

/* Length of the next packet, 0 after the last. */
static inline size_t
split_len(const struct split *s)
{
	uint32_t left = s->in.len - s->off;

	if (s->off >= s->in.len)
		return 0;
	return s->hlen + (s->proto && left > s->mss ? s->mss : left);
}

/* Writes it: split_len() bytes. */
void	split_next(struct split *, uint8_t *out);

#endif
