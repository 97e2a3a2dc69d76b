/*
 * numbers: what IANA assigned to IKEv2, and the names people know it by.
 *
 * Numbers of algorithms are in crypto/alg.h; the tables of their names here
 * are longer, because a peer may offer what we do not implement and a person
 * wants to read what it was.  IKEv1 has payload and notify numbers of its own;
 * header flags, identities, transform numbers of groups and protocols are
 * shared.
 */
#ifndef CULVERT_WIRE_NUMBERS_H
#define CULVERT_WIRE_NUMBERS_H

#include "names.h"

#define IKE_HDR_LEN		28
#define IKE_VERSION_2		0x20
#define IKE_MAJOR(v)		((v) >> 4)

/* Header flags (RFC 7296 3.1). */
enum ike_flag {
	FLAG_INITIATOR	= 0x08,		/* the original initiator sent it */
	FLAG_RESPONSE	= 0x20,
};

enum ike_exchange {
	EXCH_IKE_SA_INIT	= 34,
	EXCH_IKE_AUTH		= 35,
	EXCH_CREATE_CHILD_SA	= 36,
	EXCH_INFORMATIONAL	= 37,
	EXCH_SESSION_RESUME	= 38,
	EXCH_INTERMEDIATE	= 43,
	EXCH_FOLLOWUP_KE	= 44,
};

enum ike_payload {
	PL_NONE		= 0,
	PL_SA		= 33,
	PL_KE		= 34,
	PL_IDI		= 35,
	PL_IDR		= 36,
	PL_CERT		= 37,
	PL_CERTREQ	= 38,
	PL_AUTH		= 39,
	PL_NONCE	= 40,
	PL_NOTIFY	= 41,
	PL_DELETE	= 42,
	PL_VENDOR	= 43,
	PL_TSI		= 44,
	PL_TSR		= 45,
	PL_SK		= 46,
	PL_CP		= 47,
	PL_EAP		= 48,
	PL_SKF		= 53,

	/* Ours, for what only IKEv1 has. */
	PL_HASH		= 60,
	PL_NATD		= 61,
	PL_NATOA	= 62,
	PL_ID		= PL_IDI,
};
#define PL_FIRST	PL_SA
#define PL_LAST		PL_NATOA

enum ike_protocol {
	PROTO_NONE	= 0,
	PROTO_IKE	= 1,
	PROTO_AH	= 2,
	PROTO_ESP	= 3,
};

/* RFC 7296 3.10.1; below 16384 it is an error. */
enum ike_notify {
	N_UNSUPPORTED_CRITICAL_PAYLOAD	= 1,
	N_INVALID_IKE_SPI		= 4,
	N_INVALID_MAJOR_VERSION		= 5,
	N_INVALID_SYNTAX		= 7,
	N_INVALID_MESSAGE_ID		= 9,
	N_INVALID_SPI			= 11,
	N_NO_PROPOSAL_CHOSEN		= 14,
	N_INVALID_KE_PAYLOAD		= 17,
	N_AUTHENTICATION_FAILED		= 24,
	N_SINGLE_PAIR_REQUIRED		= 34,
	N_NO_ADDITIONAL_SAS		= 35,
	N_INTERNAL_ADDRESS_FAILURE	= 36,
	N_FAILED_CP_REQUIRED		= 37,
	N_TS_UNACCEPTABLE		= 38,
	N_INVALID_SELECTORS		= 39,
	N_UNACCEPTABLE_ADDRESSES	= 40,
	N_UNEXPECTED_NAT_DETECTED	= 41,
	N_TEMPORARY_FAILURE		= 43,
	N_CHILD_SA_NOT_FOUND		= 44,
	N_STATE_NOT_FOUND		= 47,

	N_STATUS_FIRST			= 16384,
	N_INITIAL_CONTACT		= 16384,
	N_SET_WINDOW_SIZE		= 16385,
	N_ADDITIONAL_TS_POSSIBLE	= 16386,
	N_IPCOMP_SUPPORTED		= 16387,
	N_NAT_DETECTION_SOURCE_IP	= 16388,
	N_NAT_DETECTION_DESTINATION_IP	= 16389,
	N_COOKIE			= 16390,
	N_USE_TRANSPORT_MODE		= 16391,
	N_HTTP_CERT_LOOKUP_SUPPORTED	= 16392,
	N_REKEY_SA			= 16393,
	N_ESP_TFC_PADDING_NOT_SUPPORTED	= 16394,
	N_NON_FIRST_FRAGMENTS_ALSO	= 16395,
	N_MOBIKE_SUPPORTED		= 16396,
	N_ADDITIONAL_IP4_ADDRESS	= 16397,
	N_ADDITIONAL_IP6_ADDRESS	= 16398,
	N_NO_ADDITIONAL_ADDRESSES	= 16399,
	N_UPDATE_SA_ADDRESSES		= 16400,
	N_COOKIE2			= 16401,
	N_NO_NATS_ALLOWED		= 16402,
	N_AUTH_LIFETIME			= 16403,
	N_MULTIPLE_AUTH_SUPPORTED	= 16404,
	N_ANOTHER_AUTH_FOLLOWS		= 16405,
	N_REDIRECT_SUPPORTED		= 16406,
	N_REDIRECT			= 16407,
	N_CHILDLESS_IKEV2_SUPPORTED	= 16418,
	N_QUICK_CRASH_DETECTION		= 16419,
	N_IKEV2_MESSAGE_ID_SYNC_SUPPORTED = 16420,
	N_EAP_ONLY_AUTHENTICATION	= 16417,
	N_FRAGMENTATION_SUPPORTED	= 16430,
	N_SIGNATURE_HASH_ALGORITHMS	= 16431,
	N_USE_PPK			= 16435,
	N_PPK_IDENTITY			= 16436,
	N_NO_PPK_AUTH			= 16437,
	N_INTERMEDIATE_EXCHANGE_SUPPORTED = 16438,
};
#define NOTIFY_IS_ERROR(n)	((n) < N_STATUS_FIRST)

/* RFC 7296 3.5; shared with IKEv1 (RFC 2407 4.6.2.1). */
enum ike_id_type {
	ID_ANY			= 0,	/* ours: matches every identity */
	ID_IPV4_ADDR		= 1,
	ID_FQDN			= 2,
	ID_RFC822_ADDR		= 3,
	ID_IPV6_ADDR		= 5,
	ID_DER_ASN1_DN		= 9,
	ID_DER_ASN1_GN		= 10,
	ID_KEY_ID		= 11,
	ID_NULL			= 13,
};

enum ike_auth_method {
	AUTH_RSA_SIGNATURE	= 1,
	AUTH_SHARED_KEY		= 2,
	AUTH_DSS_SIGNATURE	= 3,
	AUTH_ECDSA_256		= 9,
	AUTH_ECDSA_384		= 10,
	AUTH_ECDSA_521		= 11,
	AUTH_SECURE_PASSWORD	= 12,
	AUTH_NULL		= 13,
	AUTH_DIGITAL_SIGNATURE	= 14,
};

/* RFC 7296 3.6, IANA; the others are no certificates. */
enum ike_cert_encoding {
	CERT_ENC_PKCS7		= 1,
	CERT_ENC_PGP		= 2,
	CERT_ENC_X509	= 4,
	CERT_ENC_CRL		= 7,
	CERT_ENC_SPKI		= 9,
	CERT_ENC_RAW_RSA		= 11,
	CERT_ENC_HASH_URL		= 12,
	CERT_ENC_HASH_URL_BUNDLE	= 13,
	CERT_ENC_OCSP		= 14,
	CERT_ENC_RAW_KEY		= 15,
};

enum ike_ts_type {
	TS_IPV4_ADDR_RANGE	= 7,
	TS_IPV6_ADDR_RANGE	= 8,
};

/* Transform attributes (RFC 7296 3.3.5). */
#define ATTR_FORMAT_TV		0x8000
#define ATTR_KEY_LENGTH		14

extern const struct name ike_exchange_names[];
extern const struct name ike_payload_names[];	/* "SA", "IDi", "N", ... */
extern const struct name ike_protocol_names[];
extern const struct name ike_notify_names[];
extern const struct name ike_id_type_names[];
extern const struct name ike_auth_method_names[];
extern const struct name ike_cert_encoding_names[];
/* Of transforms: types, and for each type the numbers, in the guide's spelling
 * as far as it goes ("aes128" without the length: key bits are added). */
extern const struct name ike_transform_type_names[];
extern const struct name ike_encr_names[];
extern const struct name ike_prf_names[];
extern const struct name ike_integ_names[];
extern const struct name ike_ke_names[];
extern const struct name ike_esn_names[];

#endif
