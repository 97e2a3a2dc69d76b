/*
 * message1: an IKEv1 datagram turned into the same struct message as an IKEv2
 * one (RFC 2407, 2408, 2409).
 *
 * Payloads have IKEv2's types where they mean the same, so that message_find(),
 * message_next(), message_notify(), message_str() and traces serve both:
 *
 *	SA	one struct proposal for each transform, see below
 *	KE	ke.data; its group is 0, for it is an attribute of the SA
 *	ID	PL_ID (PL_IDI) the first of a message, PL_IDR the second: what IDci
 *		and IDcr are in quick mode.  id.protocol and id.port are set
 *	SIG	PL_AUTH, auth.data; auth.method is 0
 *	N	as in IKEv2, with the numbers of enum ike1_notify
 *	D	for ISAKMP spi_size is 16: delete_cookies()
 *	HASH, NAT-D, NAT-OA	PL_HASH, PL_NATD, PL_NATOA: body alone; NAT-D of
 *		the drafts (130) as well
 *	VID	vendor: which one, VENDOR_UNKNOWN (0) for a stranger's
 *
 * The way of an encrypted message, whose keys and IV are the caller's affair:
 *
 *	message1_parse()	m->sk.present; m->sk.body is the ciphertext, nothing
 *				else was looked at
 *	(decrypt m->sk.body)
 *	message1_parse_inner()	the payloads; what follows them is padding
 *	message_check()		the shape, by which a HASH that must come first does
 *	(compare HASH)		over m->hashed, before anything is believed
 *
 * or m->fragment.present: one part of a datagram (payload 132), with nothing
 * else in it.
 */
#ifndef CULVERT_WIRE_MESSAGE1_H
#define CULVERT_WIRE_MESSAGE1_H

#include "message.h"
#include "numbers1.h"
#include "vendor.h"

/* Header and, unless encrypted or a fragment, payloads.  As message_parse(). */
int	message1_parse(struct message *, const uint8_t *buf, size_t len,
		       struct err *) __attribute__((warn_unused_result));

/* Decrypted contents, with their padding: in the same datagram or elsewhere.
 * -1 in main mode is the sign of another secret. */
int	message1_parse_inner(struct message *, const uint8_t *text, size_t len,
			     struct err *) __attribute__((warn_unused_result));

/* The transforms of an SA payload that `fits` says yes to, as an SA payload for
 * offer_select() and the like; room has MSG_PROPOSALS_MAX of them.  Without any,
 * *out is an SA payload with nothing in it. */
void	sa1_filter(struct payload *out, struct proposal *room,
		   const struct payload *sa,
		   bool (*fits)(const struct proposal1 *, const void *ctx),
		   const void *ctx);
/* Of the proposal with that num. */
const struct proposal1 *sa1_chosen(const struct payload *sa, uint8_t num);

/* The SPIs of an ISAKMP SA that a Delete payload has, number i; false: they have
 * another length. */
bool	delete_cookies(const struct payload *, size_t i, uint64_t *spi_i,
		       uint64_t *spi_r);
/* A notify's data as a number of four octets (DPD); false: it is none. */
bool	notify_u32(const struct payload *, uint32_t *);
/* The lifetimes of a RESPONDER-LIFETIME notify; 0 for what it does not say. */
void	notify_lifetime(const struct payload *, uint32_t *life_s,
			uint32_t *life_kb);

/* Whether a vendor id of that kind is there. */
bool	message_vendor(const struct message *, enum vendor);

#endif
