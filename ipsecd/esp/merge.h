/*
 * merge: packets of one TCP connection or UDP flow, as they come out of the
 * tunnel, into segmented packets that the kernel takes in one piece.
 *
 * Only what a later segmentation gives back octet for octet is merged (but for
 * IPv4 identification): same headers, sequence numbers without gap, equal sizes
 * but the last, checksums right.  Order within a flow is kept.  Packets are
 * borrowed, and changed, until merge_flush().
 */
#ifndef CULVERT_ESP_MERGE_H
#define CULVERT_ESP_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "inner.h"
#include "vnet.h"

#define MERGE_SLOTS	8
#define MERGE_SEGMENTS	64

struct merge_slot {
	uint8_t		 proto;		/* 0: free */
	bool		 closed;	/* nothing may follow in this piece */
	bool		 checked;	/* the first one's checksum is right */
	uint8_t		*pkt;
	struct inner	 in;
	uint16_t	 hlen;		/* IP and transport header */
	uint16_t	 mss;
	uint32_t	 payload;
	uint32_t	 next_seq;
	unsigned int	 n;		/* pieces */
	struct iovec	 iov[1 + MERGE_SEGMENTS];
};

struct merge {
	/* iov[0] is a struct virtio_net_hdr. */
	void	(*write)(void *arg, const struct iovec *, size_t n);
	void	*arg;
	bool	 tcp;			/* what may be merged */
	bool	 udp;
	unsigned int next;		/* victim when all slots are taken */
	struct merge_slot slot[MERGE_SLOTS];
};

void	merge_init(struct merge *, bool tcp, bool udp,
		   void (*write)(void *, const struct iovec *, size_t), void *arg);
void	merge_add(struct merge *, uint8_t *pkt, const struct inner *);
void	merge_flush(struct merge *);

#endif
