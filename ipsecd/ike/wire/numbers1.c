#include "numbers1.h"

#include <stddef.h>

const struct name ike1_exchange_names[] = {
	{ EXCH1_BASE,		"BASE" },
	{ EXCH1_MAIN,		"MAIN_MODE" },
	{ EXCH1_AUTH_ONLY,	"AUTHENTICATION_ONLY" },
	{ EXCH1_AGGRESSIVE,	"AGGRESSIVE_MODE" },
	{ EXCH1_INFORMATIONAL,	"INFORMATIONAL" },
	{ EXCH1_TRANSACTION,	"TRANSACTION" },
	{ EXCH1_QUICK,		"QUICK_MODE" },
	{ EXCH1_NEW_GROUP,	"NEW_GROUP_MODE" },
	{ 0, NULL }
};

const struct name ike1_payload_names[] = {
	{ PL_SA,	"SA" },
	{ PL_KE,	"KE" },
	{ PL_IDI,	"ID" },
	{ PL_IDR,	"IDcr" },
	{ PL_CERT,	"CERT" },
	{ PL_CERTREQ,	"CERTREQ" },
	{ PL_AUTH,	"SIG" },
	{ PL_NONCE,	"No" },
	{ PL_NOTIFY,	"N" },
	{ PL_DELETE,	"D" },
	{ PL_VENDOR,	"V" },
	{ PL_CP,	"ATTR" },
	{ PL_HASH,	"HASH" },
	{ PL_NATD,	"NAT-D" },
	{ PL_NATOA,	"NAT-OA" },
	{ 0, NULL }
};

const struct name ike1_notify_names[] = {
	{ N1_INVALID_PAYLOAD_TYPE,	"INVALID_PAYLOAD_TYPE" },
	{ N1_DOI_NOT_SUPPORTED,		"DOI_NOT_SUPPORTED" },
	{ N1_SITUATION_NOT_SUPPORTED,	"SITUATION_NOT_SUPPORTED" },
	{ N1_INVALID_COOKIE,		"INVALID_COOKIE" },
	{ N1_INVALID_MAJOR_VERSION,	"INVALID_MAJOR_VERSION" },
	{ N1_INVALID_MINOR_VERSION,	"INVALID_MINOR_VERSION" },
	{ N1_INVALID_EXCHANGE_TYPE,	"INVALID_EXCHANGE_TYPE" },
	{ N1_INVALID_FLAGS,		"INVALID_FLAGS" },
	{ N1_INVALID_MESSAGE_ID,	"INVALID_MESSAGE_ID" },
	{ N1_INVALID_PROTOCOL_ID,	"INVALID_PROTOCOL_ID" },
	{ N1_INVALID_SPI,		"INVALID_SPI" },
	{ N1_INVALID_TRANSFORM_ID,	"INVALID_TRANSFORM_ID" },
	{ N1_ATTRIBUTES_NOT_SUPPORTED,	"ATTRIBUTES_NOT_SUPPORTED" },
	{ N1_NO_PROPOSAL_CHOSEN,	"NO_PROPOSAL_CHOSEN" },
	{ N1_BAD_PROPOSAL_SYNTAX,	"BAD_PROPOSAL_SYNTAX" },
	{ N1_PAYLOAD_MALFORMED,		"PAYLOAD_MALFORMED" },
	{ N1_INVALID_KEY_INFORMATION,	"INVALID_KEY_INFORMATION" },
	{ N1_INVALID_ID_INFORMATION,	"INVALID_ID_INFORMATION" },
	{ N1_INVALID_CERT_ENCODING,	"INVALID_CERT_ENCODING" },
	{ N1_INVALID_CERTIFICATE,	"INVALID_CERTIFICATE" },
	{ N1_CERT_TYPE_UNSUPPORTED,	"CERT_TYPE_UNSUPPORTED" },
	{ N1_INVALID_CERT_AUTHORITY,	"INVALID_CERT_AUTHORITY" },
	{ N1_INVALID_HASH_INFORMATION,	"INVALID_HASH_INFORMATION" },
	{ N1_AUTHENTICATION_FAILED,	"AUTHENTICATION_FAILED" },
	{ N1_INVALID_SIGNATURE,		"INVALID_SIGNATURE" },
	{ N1_ADDRESS_NOTIFICATION,	"ADDRESS_NOTIFICATION" },
	{ N1_SA_LIFETIME,		"NOTIFY_SA_LIFETIME" },
	{ N1_CERTIFICATE_UNAVAILABLE,	"CERTIFICATE_UNAVAILABLE" },
	{ N1_UNSUPPORTED_EXCHANGE_TYPE,	"UNSUPPORTED_EXCHANGE_TYPE" },
	{ N1_UNEQUAL_PAYLOAD_LENGTHS,	"UNEQUAL_PAYLOAD_LENGTHS" },
	{ N1_CONNECTED,			"CONNECTED" },
	{ N1_RESPONDER_LIFETIME,	"RESPONDER_LIFETIME" },
	{ N1_REPLAY_STATUS,		"REPLAY_STATUS" },
	{ N1_INITIAL_CONTACT,		"INITIAL_CONTACT" },
	{ N1_R_U_THERE,			"R_U_THERE" },
	{ N1_R_U_THERE_ACK,		"R_U_THERE_ACK" },
	{ 0, NULL }
};

const struct name ike1_auth_names[] = {
	{ AUTH1_PSK,		"pre-shared key" },
	{ AUTH1_DSS,		"DSS signatures" },
	{ AUTH1_RSA,		"RSA signatures" },
	{ 4,			"RSA encryption" },
	{ 5,			"revised RSA encryption" },
	{ AUTH1_ECDSA_256,	"ECDSA with SHA-256 on P-256" },
	{ AUTH1_ECDSA_384,	"ECDSA with SHA-384 on P-384" },
	{ AUTH1_ECDSA_521,	"ECDSA with SHA-512 on P-521" },
	{ 64221,		"hybrid authentication with RSA" },
	{ AUTH1_XAUTH_PSK,	"pre-shared key and XAUTH" },
	{ AUTH1_XAUTH_RSA,	"RSA signatures and XAUTH" },
	{ 0, NULL }
};

/* Values of IKEv1 and the transform ids of IKEv2 that mean the same, both unique;
 * and up to where all others are the same number. */
static const struct registry {
	uint8_t		same;
	struct {
		uint8_t		v1;
		uint16_t	v2;
	}		pair[12];
} registries[] = {
	/* RFC 2409 appendix A, IANA "Encryption Algorithms". */
	[ALG1_ENCR] = { 0, {
		{ 1, 2 }, { 2, 5 }, { 3, 7 }, { 4, 4 }, { 5, 3 }, { 6, 6 },
		{ 7, 12 }, { 8, 23 },
	} },
	/* IANA "Hash Algorithms". */
	[ALG1_HASH_INTEG] = { 0, {
		{ 1, 1 }, { 2, 2 }, { 4, 12 }, { 5, 13 }, { 6, 14 },
	} },
	[ALG1_HASH_PRF] = { 0, {
		{ 1, 1 }, { 2, 2 }, { 3, 3 }, { 4, 5 }, { 5, 6 }, { 6, 7 },
	} },
	/* IANA "IPSEC ESP Transform Identifiers". */
	[ALG1_ESP] = { 20, {
		{ 10, ALG1_ONLY(10) }, { 21, ALG1_ONLY(21) }, { 22, 23 },
		{ 23, 21 },
	} },
	/* IANA "IPSEC Authentication Algorithms". */
	[ALG1_AUTH] = { 0, {
		{ 1, 1 }, { 2, 2 }, { 3, 3 }, { 4, 4 }, { 5, 12 }, { 6, 13 },
		{ 7, 14 }, { 9, 5 }, { 11, 9 }, { 12, 10 }, { 13, 11 },
	} },
};

uint16_t
alg1_to_v2(enum alg1 which, uint32_t value)
{
	const struct registry *r = &registries[which];
	size_t i;

	for (i = 0; r->pair[i].v1 != 0; i++)
		if (r->pair[i].v1 == value)
			return r->pair[i].v2;
	if (value <= r->same)
		return (uint16_t)value;
	return value <= UINT8_MAX ? ALG1_ONLY(value) : UINT16_MAX;
}

int
alg1_from_v2(enum alg1 which, uint16_t id)
{
	const struct registry *r = &registries[which];
	size_t i;

	for (i = 0; r->pair[i].v1 != 0; i++)
		if (r->pair[i].v2 == id)
			return r->pair[i].v1;
	return id <= r->same && alg1_to_v2(which, id) == id ? id : -1;
}
