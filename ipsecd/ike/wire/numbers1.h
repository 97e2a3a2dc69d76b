/*
 * numbers1: what IANA assigned to IKEv1 (RFC 2407 to 2409, and what came
 * later), and the names people know it by.
 *
 * Payloads have the names of IKEv2 where they mean the same: what is here only
 * is how they are numbered on the wire.  Header, identities, encodings of
 * certificates and groups are numbered as in IKEv2 (numbers.h).
 */
#ifndef CULVERT_WIRE_NUMBERS1_H
#define CULVERT_WIRE_NUMBERS1_H

#include <stdint.h>

#include "numbers.h"

#define IKE_VERSION_1		0x10

/* RFC 2408 3.1. */
enum ike1_flag {
	FLAG1_ENCRYPTED	= 0x01,
	FLAG1_COMMIT	= 0x02,
	FLAG1_AUTH_ONLY	= 0x04,
};

enum ike1_exchange {
	EXCH1_BASE		= 1,
	EXCH1_MAIN		= 2,	/* "identity protection" */
	EXCH1_AUTH_ONLY		= 3,
	EXCH1_AGGRESSIVE	= 4,
	EXCH1_INFORMATIONAL	= 5,
	EXCH1_TRANSACTION	= 6,	/* mode config, XAUTH */
	EXCH1_QUICK		= 32,
	EXCH1_NEW_GROUP		= 33,
};

/* Payloads as they are on the wire (RFC 2408 3.1, RFC 3947 9, and of private use
 * what the drafts of RFC 3947 and fragmentation took). */
enum ike1_payload {
	WIRE1_SA		= 1,
	WIRE1_KE		= 4,
	WIRE1_ID		= 5,
	WIRE1_CERT		= 6,
	WIRE1_CERTREQ		= 7,
	WIRE1_HASH		= 8,
	WIRE1_SIG		= 9,
	WIRE1_NONCE		= 10,
	WIRE1_NOTIFY		= 11,
	WIRE1_DELETE		= 12,
	WIRE1_VENDOR		= 13,
	WIRE1_ATTRIBUTES	= 14,
	WIRE1_NATD		= 20,
	WIRE1_NATOA		= 21,
	WIRE1_PRIVATE		= 128,
	WIRE1_NATD_DRAFT	= 130,
	WIRE1_NATOA_DRAFT	= 131,
	WIRE1_FRAGMENT		= 132,
};

#define DOI_IPSEC		1
#define SIT_IDENTITY_ONLY	1

/* RFC 2408 3.14.1, RFC 2407 4.6.3, RFC 3706; from 16384 on it is no error. */
enum ike1_notify {
	N1_INVALID_PAYLOAD_TYPE		= 1,
	N1_DOI_NOT_SUPPORTED		= 2,
	N1_SITUATION_NOT_SUPPORTED	= 3,
	N1_INVALID_COOKIE		= 4,
	N1_INVALID_MAJOR_VERSION	= 5,
	N1_INVALID_MINOR_VERSION	= 6,
	N1_INVALID_EXCHANGE_TYPE	= 7,
	N1_INVALID_FLAGS		= 8,
	N1_INVALID_MESSAGE_ID		= 9,
	N1_INVALID_PROTOCOL_ID		= 10,
	N1_INVALID_SPI			= 11,
	N1_INVALID_TRANSFORM_ID		= 12,
	N1_ATTRIBUTES_NOT_SUPPORTED	= 13,
	N1_NO_PROPOSAL_CHOSEN		= 14,
	N1_BAD_PROPOSAL_SYNTAX		= 15,
	N1_PAYLOAD_MALFORMED		= 16,
	N1_INVALID_KEY_INFORMATION	= 17,
	N1_INVALID_ID_INFORMATION	= 18,
	N1_INVALID_CERT_ENCODING	= 19,
	N1_INVALID_CERTIFICATE		= 20,
	N1_CERT_TYPE_UNSUPPORTED	= 21,
	N1_INVALID_CERT_AUTHORITY	= 22,
	N1_INVALID_HASH_INFORMATION	= 23,
	N1_AUTHENTICATION_FAILED	= 24,
	N1_INVALID_SIGNATURE		= 25,
	N1_ADDRESS_NOTIFICATION		= 26,
	N1_SA_LIFETIME			= 27,
	N1_CERTIFICATE_UNAVAILABLE	= 28,
	N1_UNSUPPORTED_EXCHANGE_TYPE	= 29,
	N1_UNEQUAL_PAYLOAD_LENGTHS	= 30,

	N1_CONNECTED			= 16384,
	N1_RESPONDER_LIFETIME		= 24576,
	N1_REPLAY_STATUS		= 24577,
	N1_INITIAL_CONTACT		= 24578,
	N1_R_U_THERE			= 36136,
	N1_R_U_THERE_ACK		= 36137,
};

/* Authentication methods, an attribute of phase 1 (RFC 2409 appendix A). */
enum ike1_auth {
	AUTH1_NONE		= 0,	/* no such attribute */
	AUTH1_PSK		= 1,
	AUTH1_DSS		= 2,
	AUTH1_RSA		= 3,
	AUTH1_ECDSA_256		= 9,	/* RFC 4754 */
	AUTH1_ECDSA_384		= 10,
	AUTH1_ECDSA_521		= 11,
	AUTH1_XAUTH_PSK		= 65001,
	AUTH1_XAUTH_RSA		= 65005,
};

/* Encapsulation modes, an attribute of phase 2 (RFC 2407 4.5, RFC 3947 5.1). */
enum ike1_mode {
	MODE1_NONE		= 0,	/* no such attribute */
	MODE1_TUNNEL		= 1,
	MODE1_TRANSPORT		= 2,
	MODE1_UDP_TUNNEL	= 3,
	MODE1_UDP_TRANSPORT	= 4,
	MODE1_UDP_TUNNEL_DRAFT	= 61443,
	MODE1_UDP_TRANSPORT_DRAFT = 61444,
};

extern const struct name ike1_exchange_names[];
extern const struct name ike1_payload_names[];	/* of PL_... in IKEv1 */
extern const struct name ike1_notify_names[];
extern const struct name ike1_auth_names[];

/* Of the algorithms that only IKEv1 has a number for (and of those nobody has
 * heard of): a transform id that IKEv2 leaves to private use.  The names of some
 * are in numbers.h's tables. */
#define ALG1_ONLY(n)		(0xff00 | ((n) & 0xff))

/* What IKEv1 numbers otherwise than IKEv2 does; groups are numbered alike. */
enum alg1 {
	ALG1_ENCR,		/* phase 1: cipher ... */
	ALG1_HASH_INTEG,	/* ... and hash, which is both of these */
	ALG1_HASH_PRF,
	ALG1_ESP,		/* phase 2: transform of ESP ... */
	ALG1_AUTH,		/* ... and authentication algorithm */
};
/* Values of IKEv1 to transform ids of IKEv2, and back; -1: IKEv1 has none. */
uint16_t alg1_to_v2(enum alg1, uint32_t value);
int	alg1_from_v2(enum alg1, uint16_t id);

#endif
