/*
 * message: a datagram turned into a struct of decoded payloads, of IKEv2 here, of
 * IKEv1 by message1.h.
 *
 * Every length is checked here, once; afterwards nobody touches raw bytes.
 * Nothing is copied but numbers: the struct bytes point into the datagram,
 * which the caller keeps as long as the struct message.  Nothing is allocated;
 * the bounds below are ours and generous, what is beyond them is refused.
 *
 * The way of an encrypted message:
 *	message_parse()		header and outer payloads; stops at SK
 *	cipher_open()		with m->sk
 *	message_parse_inner()	replaces the outer payloads by the inner ones, so
 *				that only what was authenticated can be found
 *	message_check()		against the tables of RFC 7296 appendix C
 */
#ifndef CULVERT_WIRE_MESSAGE_H
#define CULVERT_WIRE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "err.h"
#include "numbers.h"

#define MSG_PAYLOADS_MAX	64
#define MSG_PROPOSALS_MAX	128	/* of all SA payloads together */
#define MSG_TRANSFORMS_MAX	768
#define MSG_TS_MAX		128	/* TSi and TSr together */

struct bytes {
	const uint8_t	*p;		/* NULL if len is 0 */
	size_t		 len;
};

struct ike_header {
	uint64_t	spi_i;		/* host order */
	uint64_t	spi_r;
	uint8_t		next;		/* type of the first payload */
	uint8_t		version;
	uint8_t		exchange;
	uint8_t		flags;
	uint32_t	msgid;
	uint32_t	length;
};

/* RFC 7296 3.3.2.  Of a peer, or ours. */
struct transform {
	uint8_t		type;		/* enum transform_type, or any other */
	bool		unknown;	/* carries an attribute nobody knows:
					 * this transform must not be chosen */
	uint16_t	id;
	uint16_t	key_bits;	/* 0: no such attribute */
};

struct proposal {
	uint8_t			 num;
	uint8_t			 protocol;
	uint16_t		 n;	/* transforms */
	const struct transform	*t;
	struct bytes		 spi;
};

/* What a transform of IKEv1 has and IKEv2 does not, beside the struct proposal
 * that was made of it: sa.v1[i] belongs to sa.p[i].  That proposal has the
 * transforms T_ENCR, T_INTEG, T_PRF (phase 1), T_KE and T_ESN that the
 * attributes say; its num counts all transforms of the payload from 1, so that
 * sa.v1[num - 1] is what was chosen. */
struct proposal1 {
	uint8_t		 proposal;	/* the numbers that the peer gave */
	uint8_t		 number;
	uint8_t		 transform;	/* transform id as it was */
	uint16_t	 auth;		/* enum ike1_auth; phase 1 */
	uint16_t	 mode;		/* enum ike1_mode; phase 2 */
	uint32_t	 life_s;	/* seconds; 0: none said */
	uint32_t	 life_kb;	/* kilobytes; 0: none said */
	/* Why it must not be chosen, for a person; NULL: it may be.  Its
	 * T_ENCR is then `unknown`, so that offer_select() passes it over. */
	const char	*why;
	struct bytes	 raw;		/* the whole transform, to be echoed */
};

/* RFC 7296 3.13.1.  Addresses are inclusive. */
struct ts {
	uint8_t		protocol;	/* 0: any */
	uint16_t	port_first;	/* 0 .. 65535: any; ICMP: type << 8 | code */
	uint16_t	port_last;	/* first 65535, last 0: OPAQUE */
	struct addr	first;
	struct addr	last;
};

struct payload {
	uint8_t		 type;
	bool		 critical;
	struct bytes	 body;		/* after the generic header */
	union {
		struct {
			const struct proposal	*p;
			size_t			 n;
			const struct proposal1	*v1;	/* n; IKEv1 only */
		} sa;
		struct {
			uint16_t	group;
			struct bytes	data;
		} ke;
		struct {
			uint8_t		type;
			uint8_t		protocol;	/* these two in IKEv1 */
			uint16_t	port;
			struct bytes	data;
		} id;			/* PL_IDI, PL_IDR */
		struct {
			uint8_t		encoding;
			struct bytes	data;
		} cert;			/* PL_CERT, PL_CERTREQ */
		struct {
			uint8_t		method;
			struct bytes	data;
		} auth;
		struct {
			uint8_t		protocol;
			uint16_t	type;
			struct bytes	spi;
			struct bytes	data;
		} notify;
		struct {
			uint8_t		protocol;
			uint8_t		spi_size;
			uint16_t	n;
			struct bytes	spis;	/* n * spi_size; delete_spi() */
		} del;
		struct {
			const struct ts	*ts;	/* selectors of known types */
			size_t		 n;
		} ts;			/* PL_TSI, PL_TSR */
		uint8_t		 vendor;	/* enum vendor; IKEv1 */
	};				/* the rest, opaque: body alone */
};

/* An SK or SKF payload, not opened.  cipher_open(crypto, keys,
 * datagram, sk.aad_len, hdr.length, &text_len). */
struct sk {
	bool		present;
	bool		opened;		/* its contents are the payloads now */
	uint8_t		first;		/* type of the first inner payload */
	size_t		aad_len;	/* header, outer payloads, SK's own header */
	struct bytes	body;		/* IV, ciphertext, ICV */
	uint16_t	fragment;	/* SKF (RFC 7383): 1 .. fragments; else 0 */
	uint16_t	fragments;
};

/* The one payload of a part of an IKEv1 datagram. */
struct fragment1 {
	bool		present;
	bool		last;
	uint8_t		number;		/* from 1 */
	uint16_t	id;		/* the same for all parts */
	struct bytes	data;
};

/* Which message of the RFC it is; found by message_check(). */
enum message_shape {
	SHAPE_NONE = 0,
	SHAPE_INIT_REQUEST,
	SHAPE_INIT_RESPONSE,
	SHAPE_INIT_REFUSED,		/* COOKIE, INVALID_KE_PAYLOAD, an error */
	SHAPE_AUTH_REQUEST,
	SHAPE_AUTH_REQUEST_CHILDLESS,	/* RFC 6023 */
	SHAPE_AUTH_REQUEST_EAP,		/* no AUTH: wants EAP */
	SHAPE_AUTH_EAP,			/* a round of EAP, or AUTH after it */
	SHAPE_AUTH_RESPONSE,
	SHAPE_AUTH_RESPONSE_CHILDLESS,	/* IKE_SA yes; its CHILD_SA no (a notify
					 * says why), or none was asked for */
	SHAPE_AUTH_REFUSED,
	SHAPE_CHILD_REQUEST,		/* new CHILD_SA, or N(REKEY_SA) */
	SHAPE_CHILD_RESPONSE,
	SHAPE_IKE_REKEY_REQUEST,
	SHAPE_IKE_REKEY_RESPONSE,
	SHAPE_CREATE_REFUSED,
	SHAPE_INFO_REQUEST,
	SHAPE_INFO_RESPONSE,

	/* IKEv1.  The two ends' messages look the same. */
	SHAPE1_MM_SA,			/* main mode 1, 2 */
	SHAPE1_MM_KE,			/* 3, 4 */
	SHAPE1_MM_HASH,			/* 5, 6: the secret is a PSK */
	SHAPE1_MM_SIG,			/* 5, 6: signatures */
	SHAPE1_QM_SA,			/* quick mode 1, 2 */
	SHAPE1_QM_HASH,			/* 3 */
	SHAPE1_QM_CONNECTED,		/* 4, if the commit bit was set */
	SHAPE1_INFO,			/* with a HASH that was not compared yet */
	SHAPE1_INFO_CLEAR,		/* anybody's */
};

struct message {
	struct ike_header	hdr;
	struct sk		sk;
	struct fragment1	fragment;	/* IKEv1 */
	struct bytes		hashed;		/* IKEv1: what follows HASH, but
						 * for padding */
	enum message_shape	shape;

	/* Payloads known by type, in their order. */
	struct payload		pl[MSG_PAYLOADS_MAX];
	size_t			n;
	/* For each type (minus PL_FIRST), how many, and where the first is. */
	uint8_t			count[PL_LAST - PL_FIRST + 1];
	uint8_t			first[PL_LAST - PL_FIRST + 1];
	uint8_t			skipped;	/* unknown, not critical */

	/* When a function here returned -1: the notify that tells the peer, 0
	 * if it should hear nothing (not IKE at all), and for
	 * UNSUPPORTED_CRITICAL_PAYLOAD the type of that payload. */
	uint16_t		refuse;
	uint8_t			refuse_type;

	/* Behind the pointers above. */
	struct proposal		proposals[MSG_PROPOSALS_MAX];
	struct proposal1	proposals1[MSG_PROPOSALS_MAX];
	struct transform	transforms[MSG_TRANSFORMS_MAX];
	struct ts		selectors[MSG_TS_MAX];
	size_t			n_proposals, n_transforms, n_selectors;
};

static inline bool message_is_response(const struct message *m)
	{ return (m->hdr.flags & FLAG_RESPONSE) != 0; }
static inline bool message_is_v1(const struct message *m)
	{ return IKE_MAJOR(m->hdr.version) == 1; }

/* The header alone: enough to find the SA.  -1 with a sentence if it is no
 * message of any version of IKE or its length is not the datagram's. */
int	header_parse(struct ike_header *, const uint8_t *buf, size_t len,
		     struct err *) __attribute__((warn_unused_result));

/* Header and payloads up to and with SK.  On -1, m->hdr is valid if
 * m->refuse is not 0.  Another major version: N_INVALID_MAJOR_VERSION. */
int	message_parse(struct message *, const uint8_t *buf, size_t len,
		      struct err *) __attribute__((warn_unused_result));

/* The decrypted contents of SK, with their padding, in the same datagram. */
int	message_parse_inner(struct message *, const uint8_t *text, size_t len,
			    struct err *) __attribute__((warn_unused_result));

/* What of the decrypted contents is not padding.  False: that is nonsense. */
bool	message_unpad(const uint8_t *text, size_t *len);

/* message_parse_inner() without padding: a reassembled message (RFC 7383). */
int	message_parse_chain(struct message *, uint8_t first, const uint8_t *text,
			    size_t len, struct err *)
		__attribute__((warn_unused_result));

/* Which payloads must and may be there, and how often; sets m->shape. */
int	message_check(struct message *, struct err *)
		__attribute__((warn_unused_result));

/* The first payload of that type, or NULL.  After message_check() the ones
 * that the shape demands are there, exactly once. */
const struct payload *message_find(const struct message *, enum ike_payload);
/* The first notify of that type, or NULL. */
const struct payload *message_notify(const struct message *, enum ike_notify);
/* The first notify that is an error, or NULL. */
const struct payload *message_error(const struct message *);
/* The next one with the type of p (for notifies: any notify), or NULL. */
const struct payload *message_next(const struct message *, const struct payload *p);

/* Number i of a Delete payload for ESP or AH, host order. */
uint32_t delete_spi(const struct payload *, size_t i);
/* A notify's data as a number, if it is exactly two octets long
 * (INVALID_KE_PAYLOAD's group); else -1. */
int	notify_u16(const struct payload *);
/* An SPI of 4 octets, host order; 0 if it has another length. */
uint32_t bytes_spi(const struct bytes *);
/* The SPI of 8 octets of a new IKE_SA; 0 if it has another length. */
uint64_t bytes_spi64(const struct bytes *);

/* "IKE_AUTH request 1 [ IDi N(INITIAL_CONTACT) IDr AUTH SA TSi TSr ]" */
#define MESSAGE_STRLEN	512
const char *message_str(const struct message *, char buf[MESSAGE_STRLEN]);
/* "IDi N(INITIAL_CONTACT) IDr AUTH SA TSi TSr" */
const char *message_payloads_str(const struct message *,
				 char buf[MESSAGE_STRLEN]);
const char *shape_str(enum message_shape);
/* "request", "response"; of IKEv1 "message". */
const char *message_kind_str(const struct message *);
/* The tables that its numbers are in. */
const struct name *message_exchange_names(const struct message *);
const struct name *message_payload_names(const struct message *);

#endif
