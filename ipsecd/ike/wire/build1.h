/*
 * build1: IKEv1 messages, with what build.h has: build_nonce(), build_cert(),
 * build_id() (protocol and port 0), build_raw() and build_open() put IKEv1's
 * numbers for the payloads' types after build1_begin().
 *
 *	build1_begin(&b, buf, sizeof(buf), &hdr);
 *	build1_encrypted(&b);
 *	hash = build1_hash(&b, len);		room that is filled in last
 *	build1_sa(...); build_nonce(...); ...
 *	build1_hashed(&b, &octets);		HASH(n) is over M-ID and these
 *	memcpy(hash, ...);
 *	len = build1_seal(&b, block, &text, &text_len);
 *	(encrypt text_len octets at text in place)
 */
#ifndef CULVERT_WIRE_BUILD1_H
#define CULVERT_WIRE_BUILD1_H

#include "build.h"
#include "message1.h"

/* spi_i, spi_r, exchange, flags (but for FLAG1_ENCRYPTED) and msgid count. */
void	build1_begin(struct build *, void *buf, size_t size,
		     const struct ike_header *);
/* All payloads will be encrypted.  Before the first. */
void	build1_encrypted(struct build *);
/* Pads to the cipher's block; the length of the message or 0, and where its
 * plaintext is. */
size_t	build1_seal(struct build *, size_t block, uint8_t **text,
		    size_t *text_len) __attribute__((warn_unused_result));

/* A HASH payload of zeros; where they are, NULL if there is no room. */
uint8_t	*build1_hash(struct build *, size_t len);
/* What follows the HASH payload so far. */
void	build1_hashed(const struct build *, struct bytes *);

/* What our transforms say besides their algorithms; 0 is left out. */
struct sa1_terms {
	uint16_t	auth;		/* phase 1 */
	uint16_t	mode;		/* phase 2 */
	uint32_t	life_s;
	uint32_t	life_kb;
};
#define SA1_TRANSFORMS_MAX	128

/* An offer: each combination of T_ENCR, T_INTEG and T_KE of a proposal is a
 * transform of IKEv1, in order of preference, all in one proposal; T_PRF follows
 * from T_INTEG and T_ESN is left out if 0.  In phase 2 the group is the same
 * for all (RFC 2409 5.5), so that the proposals have one T_KE or none.  The
 * protocol and SPI of the first hold for all. */
void	build1_sa(struct build *, const struct proposal *, size_t n,
		  const struct sa1_terms *);
/* The answer: the peer's transform as it was, with our SPI (NULL in phase 1). */
void	build1_chosen(struct build *, uint8_t protocol, const struct proposal1 *,
		      const void *spi, size_t spi_len);

void	build1_ke(struct build *, const void *, size_t len);
void	build1_sig(struct build *, const void *, size_t len);
/* PL_ID or PL_IDR, with protocol and port. */
void	build1_id(struct build *, enum ike_payload, uint8_t id_type,
		  uint8_t protocol, uint16_t port, const void *, size_t len);
/* draft: with the drafts' number (130 rather than 20). */
void	build1_natd(struct build *, bool draft, const void *, size_t len);
void	build1_notify(struct build *, uint8_t protocol, uint16_t type,
		      const void *spi, size_t spi_len, const void *data, size_t len);
/* Of an ISAKMP SA by its cookies; of others by their SPIs, in host order. */
void	build1_delete_isakmp(struct build *, uint64_t spi_i, uint64_t spi_r);
void	build1_delete(struct build *, uint8_t protocol, const uint32_t *spis,
		      size_t n);
/* A message that is one part of another (payload 132).  id is the same for all
 * parts, number counts from 1. */
size_t	build1_fragment(struct build *, void *buf, size_t size,
			const struct ike_header *, uint16_t id, uint8_t number,
			bool last, const void *, size_t len)
		__attribute__((warn_unused_result));

#endif
