/*
 * The bodies of IKEv1's payloads, as a table by the type they have here.
 */
#include "payload.h"

#include "buf.h"
#include "message1.h"

#define NONCE1_MIN	8		/* RFC 2409 5 */

/* RFC 2408 3.1, RFC 3947 9, and payload 130 as the drafts had it. */
static const uint8_t types[] = {
	[WIRE1_SA]		= PL_SA,
	[WIRE1_KE]		= PL_KE,
	[WIRE1_ID]		= PL_ID,
	[WIRE1_CERT]		= PL_CERT,
	[WIRE1_CERTREQ]		= PL_CERTREQ,
	[WIRE1_HASH]		= PL_HASH,
	[WIRE1_SIG]		= PL_AUTH,
	[WIRE1_NONCE]		= PL_NONCE,
	[WIRE1_NOTIFY]		= PL_NOTIFY,
	[WIRE1_DELETE]		= PL_DELETE,
	[WIRE1_VENDOR]		= PL_VENDOR,
	[WIRE1_ATTRIBUTES]	= PL_CP,
	[WIRE1_NATD]		= PL_NATD,
	[WIRE1_NATOA]		= PL_NATOA,
	[WIRE1_NATD_DRAFT]	= PL_NATD,
	[WIRE1_NATOA_DRAFT]	= PL_NATOA,
};

uint8_t
payload1_wire(uint8_t type)
{
	uint8_t i;

	if (type == PL_IDR)
		return WIRE1_ID;
	for (i = 1; i < sizeof(types); i++)
		if (types[i] == type)
			return i;
	return type;
}

/* RFC 2407 4.2: a situation and nothing with it, or there is more before the
 * proposals than we could read. */
static int
parse_sa(struct message *m, struct payload *pl, struct rbuf *b, struct err *e)
{
	uint32_t doi = rbuf_u32(b), situation = rbuf_u32(b);

	if (doi != DOI_IPSEC) {
		m->refuse = N1_DOI_NOT_SUPPORTED;
		return err_set(e, ERR_INVALID, "domain of interpretation %u is "
		    "not that of IPsec", doi);
	}
	if (situation != SIT_IDENTITY_ONLY) {
		m->refuse = N1_SITUATION_NOT_SUPPORTED;
		return err_set(e, ERR_INVALID, "situation %#x, of which there is "
		    "only 1 here", situation);
	}
	return sa1_parse(m, pl, b, e);
}

static int
parse_ke(struct message *m, struct payload *pl, struct rbuf *b, struct err *e)
{
	(void)m;
	pl->ke.group = 0;
	return payload_data(b, &pl->ke.data, "public value", e);
}

static int
parse_id(struct message *m, struct payload *pl, struct rbuf *b, struct err *e)
{
	(void)m;
	(void)e;
	pl->id.type = rbuf_u8(b);
	pl->id.protocol = rbuf_u8(b);
	pl->id.port = rbuf_u16(b);
	pl->id.data = payload_rest(b);
	return 0;
}

static int
parse_sig(struct message *m, struct payload *pl, struct rbuf *b, struct err *e)
{
	(void)m;
	pl->auth.method = 0;
	return payload_data(b, &pl->auth.data, "signature", e);
}

static int
parse_nonce(struct message *m, struct payload *pl, struct rbuf *b, struct err *e)
{
	(void)m;
	(void)b;
	return payload_nonce_len(pl, NONCE1_MIN, e);
}

/* Some say 0 (of ISAKMP itself) in informational exchanges. */
static int
check_doi(struct rbuf *b, struct err *e)
{
	uint32_t doi = rbuf_u32(b);

	if (doi != DOI_IPSEC && doi != 0)
		return err_set(e, ERR_INVALID, "domain of interpretation %u is "
		    "not that of IPsec", doi);
	return 0;
}

static int
parse_notify(struct message *m, struct payload *pl, struct rbuf *b, struct err *e)
{
	return check_doi(b, e) < 0 ? -1 : payload_notify(m, pl, b, e);
}

/* RFC 2408 3.15: for ISAKMP, both cookies are the SPI. */
static int
parse_delete(struct message *m, struct payload *pl, struct rbuf *b, struct err *e)
{
	(void)m;
	return check_doi(b, e) < 0 ? -1 : payload_delete(pl, b, 16, e);
}

static int
parse_vendor(struct message *m, struct payload *pl, struct rbuf *b, struct err *e)
{
	(void)m;
	(void)b;
	(void)e;
	pl->vendor = (uint8_t)vendor_find(&pl->body);
	return 0;
}

static const struct payload_kind kinds[PAYLOAD_KINDS] = {
#define KIND(t, min, fn)	[(t) - PL_FIRST] = { true, min, fn }
	KIND(PL_SA,		16,	parse_sa),
	KIND(PL_KE,		0,	parse_ke),
	KIND(PL_IDI,		4,	parse_id),
	KIND(PL_IDR,		4,	parse_id),
	KIND(PL_CERT,		1,	payload_cert),
	KIND(PL_CERTREQ,	1,	payload_cert),
	KIND(PL_AUTH,		0,	parse_sig),
	KIND(PL_NONCE,		0,	parse_nonce),
	KIND(PL_NOTIFY,		8,	parse_notify),
	KIND(PL_DELETE,		8,	parse_delete),
	KIND(PL_VENDOR,		0,	parse_vendor),
	KIND(PL_CP,		4,	NULL),
	KIND(PL_HASH,		1,	NULL),
	KIND(PL_NATD,		1,	NULL),
	KIND(PL_NATOA,		8,	NULL),
#undef KIND
};

/* The second identity of a message is the other end's (RFC 2409 5.5). */
static uint8_t
type1(const struct message *m, uint8_t wire)
{
	uint8_t type = wire < sizeof(types) ? types[wire] : PL_NONE;

	return type == PL_ID && m->count[PL_ID - PL_FIRST] > 0 ? PL_IDR : type;
}

/* RFC 2408 5.3: refused; what is for private use, as every vendor did, is
 * passed over. */
static int
unknown1(struct message *m, uint8_t wire, bool critical, struct err *e)
{
	(void)critical;
	if (wire >= WIRE1_PRIVATE)
		return 0;
	m->refuse = N1_INVALID_PAYLOAD_TYPE;
	m->refuse_type = wire;
	return err_set(e, ERR_INVALID, "payload type %u is unknown here", wire);
}

static int
parse1(struct message *m, struct payload *p, struct err *e)
{
	return payload_parse(kinds, m, p, e);
}

const struct codec codec1 = {
	.type = type1,
	.unknown = unknown1,
	.parse = parse1,
	.malformed = N1_PAYLOAD_MALFORMED,
	.reserved = true,
	.padded = true,
	.names = ike1_payload_names,
};
