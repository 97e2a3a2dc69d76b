/*
 * build: an IKE message written into the caller's buffer.
 *
 * Sticky like struct wbuf: check the length that build_end() or build_seal()
 * gives.  Payloads follow each other in the order of the calls; each patches
 * the "next payload" of the one before and its own length.
 *
 *	build_begin(&b, buf, sizeof(buf), &hdr);
 *	build_sk(&b, &room);			the rest is inside SK
 *	build_notify(&b, PROTO_NONE, N_INITIAL_CONTACT, NULL, 0, NULL, 0);
 *	len = build_seal(&b, &aad_len, &text_len);
 *	cipher_seal(crypto, keys, counter, buf, aad_len, text_len);
 */
#ifndef CULVERT_WIRE_BUILD_H
#define CULVERT_WIRE_BUILD_H

#include <stdint.h>

#include "buf.h"
#include "message.h"

struct build {
	struct wbuf	w;
	size_t		next_at;	/* where the next payload's type goes */
	size_t		open_at;	/* the payload being written; 0: none */
	size_t		sk_at;		/* its header; 0: not encrypted */
	size_t		text_at;	/* first octet of its plaintext */
	struct sk_room {
		uint8_t	iv_len;
		uint8_t	block;		/* 1 for AEADs and counter modes */
		uint8_t	icv_len;
	} room;
	uint8_t		(*wire)(uint8_t type);	/* NULL: as they are */
	size_t		hashed_at;	/* IKEv1: what follows HASH */
};

/* spi_i, spi_r, exchange, flags and msgid of the header count. */
void	build_begin(struct build *, void *buf, size_t size,
		    const struct ike_header *);
/* Everything after this is inside SK. */
void	build_sk(struct build *, const struct sk_room *);
/* The same for fragment `number` of `total` (RFC 7383 2.5), whose contents are
 * octets out of the middle of a chain of payloads; first: the type of the first
 * payload of the whole, in the first fragment only. */
void	build_skf(struct build *, const struct sk_room *, uint8_t first,
		  uint16_t number, uint16_t total);
/* The type of the first payload inside, PL_NONE for none. */
uint8_t	build_first(const struct build *);
/* The length of the message, or 0 if it did not fit.  build_seal also pads and
 * leaves room for IV and ICV (their octets are cipher_seal's). */
size_t	build_end(struct build *) __attribute__((warn_unused_result));
size_t	build_seal(struct build *, size_t *aad_len, size_t *text_len)
		__attribute__((warn_unused_result));

/* Any payload: write its body to b->w, then build_close(). */
void	build_open(struct build *, enum ike_payload);
void	build_close(struct build *);
/* The length of the payload or substructure that begins at `at`: till here. */
void	build_length(struct build *, size_t at);
/* Sets or clears the critical bit of the open payload. */
void	build_critical(struct build *, bool);

void	build_raw(struct build *, enum ike_payload, const void *body, size_t len);
/* The transforms' last/more marks and counts are put here. */
void	build_sa(struct build *, const struct proposal *, size_t n);
void	build_ke(struct build *, uint16_t group, const void *, size_t len);
void	build_nonce(struct build *, const void *, size_t len);
void	build_id(struct build *, enum ike_payload, uint8_t id_type,
		 const void *, size_t len);
void	build_cert(struct build *, enum ike_payload, uint8_t encoding,
		   const void *, size_t len);
void	build_auth(struct build *, uint8_t method, const void *, size_t len);
void	build_notify(struct build *, uint8_t protocol, uint16_t type,
		     const void *spi, size_t spi_len, const void *data, size_t len);
/* spis: n numbers in host order, each 4 octets on the wire; n is 0 for
 * PROTO_IKE. */
void	build_delete(struct build *, uint8_t protocol, const uint32_t *spis, size_t n);
/* What IKEv1 has in these after its DOI. */
void	build_notify_body(struct build *, uint8_t protocol, uint16_t type,
			  const void *spi, size_t spi_len, const void *data,
			  size_t len);
void	build_delete_body(struct build *, uint8_t protocol, const uint32_t *spis,
			  size_t n);
void	build_ts(struct build *, enum ike_payload, const struct ts *, size_t n);

#endif
