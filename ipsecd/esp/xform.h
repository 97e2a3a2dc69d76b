/*
 * xform: ESP of one SA, kept keyed: the octets of RFC 4303 with the layouts of
 * RFC 3602 (CBC), 3686 (CTR), 4106 (GCM), 4309 (CCM) and 7634 (ChaCha20).
 *
 *	SPI (4) | sequence number (4) | IV | text, padding, pad length, next
 *	header | ICV
 *
 * With extended sequence numbers the high half is authenticated, not sent.  One
 * user at a time; the keys are wiped by xform_free().
 */
#ifndef CULVERT_ESP_XFORM_H
#define CULVERT_ESP_XFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/crypto.h"

#define ESP_HEADER	8
#define ESP_IV_MAX	16
#define ESP_ICV_MAX	32
/* Most that ESP adds to a packet: header, IV, padding, trailer, ICV. */
#define ESP_OVERHEAD	(ESP_HEADER + ESP_IV_MAX + 15 + 2 + ESP_ICV_MAX)

/* RFC 4303 2.6: what is inside */
enum { ESP_NEXT_IP4 = 4, ESP_NEXT_IP6 = 41, ESP_NEXT_NONE = 59 };

struct xform;

/* NULL if OpenSSL refuses; says why in the log. */
struct xform *xform_new(const struct cipher_keys *, bool inbound, bool esn);
void	xform_free(struct xform *);

/* Where the text begins, and the size of the whole for text of that length. */
size_t	xform_head(const struct xform *);
size_t	xform_size(const struct xform *, size_t text_len);

/* pkt has room for xform_size(text_len), the text lies at xform_head(). */
bool	xform_seal(struct xform *, uint32_t spi, uint64_t seq, uint8_t next,
		   uint8_t *pkt, size_t text_len) __attribute__((warn_unused_result));

/* In place.  True: the ICV is right; *text, *text_len and *next are what is
 * between IV and padding.  pkt is undefined afterwards if false. */
bool	xform_open(struct xform *, uint64_t seq, uint8_t *pkt, size_t len,
		   uint8_t **text, size_t *text_len, uint8_t *next)
		__attribute__((warn_unused_result));

#endif
