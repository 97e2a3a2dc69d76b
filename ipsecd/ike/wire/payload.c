#include "payload.h"

#include <string.h>

#include "buf.h"

#define NONCE_MIN	16		/* RFC 7296 2.10 */
#define NONCE_MAX	256
#define TS_LEN_IPV4	16
#define TS_LEN_IPV6	40

struct bytes
payload_rest(struct rbuf *b)
{
	size_t n = rbuf_left(b);

	return (struct bytes){ rbuf_bytes(b, n), n };
}

struct bytes
payload_some(struct rbuf *b, size_t n)
{
	const uint8_t *p = rbuf_bytes(b, n);

	return (struct bytes){ p, p != NULL ? n : 0 };
}

int
payload_data(struct rbuf *b, struct bytes *data, const char *what, struct err *e)
{
	*data = payload_rest(b);
	if (data->len == 0)
		return err_set(e, ERR_INVALID, "there is no %s in it", what);
	return 0;
}

/* RFC 7296 3.3.5.  Key Length is the only attribute there is; any other makes
 * the transform one that must not be chosen (3.3.6). */
static void
parse_attributes(struct transform *t, struct rbuf *b)
{
	while (rbuf_left(b) > 0) {
		uint16_t type = rbuf_u16(b);
		uint16_t value = rbuf_u16(b);

		if ((type & ATTR_FORMAT_TV) == 0) {
			rbuf_skip(b, value);
			t->unknown = true;
		} else if (type == (ATTR_FORMAT_TV | ATTR_KEY_LENGTH) &&
		    t->key_bits == 0 && value != 0) {
			t->key_bits = value;
		} else {
			t->unknown = true;
		}
	}
}

int
payload_sub(struct rbuf *from, struct rbuf *body, uint8_t *mark, const char *what,
	    struct err *e)
{
	uint16_t len;

	*mark = rbuf_u8(from);
	rbuf_skip(from, 1);
	len = rbuf_u16(from);
	if (!rbuf_ok(from) || len < 8 || len - 4u > rbuf_left(from))
		return err_set(e, ERR_INVALID, "a %s says it has %u octets "
		    "where %zu are left", what, len, rbuf_left(from) + 4);
	*body = rbuf_sub(from, len - 4u);
	return 0;
}

/* RFC 7296 3.3.2. */
static int
parse_transform(struct transform *t, struct rbuf *b, bool last, struct err *e)
{
	struct rbuf body;
	uint8_t more;

	if (payload_sub(b, &body, &more, "transform", e) < 0)
		return -1;
	if (more != (last ? 0 : 3))
		return err_set(e, ERR_INVALID, "a transform says that %s, "
		    "against the proposal's count", more == 0 ? "it is the last"
		    : more == 3 ? "more follow" : "neither more follow nor it is the last");
	t->type = rbuf_u8(&body);
	rbuf_skip(&body, 1);
	t->id = rbuf_u16(&body);
	t->key_bits = 0;
	t->unknown = false;
	parse_attributes(t, &body);
	if (!rbuf_ok(&body))
		return err_set(e, ERR_INVALID,
		    "an attribute of a transform is longer than its transform");
	return 0;
}

/* RFC 7296 3.3.1. */
static int
parse_proposal(struct message *m, struct proposal *p, struct rbuf *b, struct err *e)
{
	uint8_t more, spi_size, n;
	struct rbuf body;

	if (payload_sub(b, &body, &more, "proposal", e) < 0)
		return -1;
	if (more != (rbuf_left(b) == 0 ? 0 : 2))
		return err_set(e, ERR_INVALID, "a proposal says that it is %s, "
		    "and %zu octets follow", more == 0 ? "the last" : "not the last",
		    rbuf_left(b));
	p->num = rbuf_u8(&body);
	p->protocol = rbuf_u8(&body);
	spi_size = rbuf_u8(&body);
	n = rbuf_u8(&body);
	p->spi = payload_some(&body, spi_size);
	p->t = &m->transforms[m->n_transforms];
	p->n = n;
	if (!rbuf_ok(&body))
		return err_set(e, ERR_INVALID,
		    "the SPI of a proposal is longer than the proposal");
	if (n > MSG_TRANSFORMS_MAX - m->n_transforms)
		return err_set(e, ERR_INVALID, "more than %d transforms",
		    MSG_TRANSFORMS_MAX);
	while (n-- > 0)
		if (parse_transform(&m->transforms[m->n_transforms++], &body,
		    n == 0, e) < 0)
			return -1;
	if (rbuf_left(&body) != 0)
		return err_set(e, ERR_INVALID, "%zu octets too many after the last "
		    "transform of a proposal", rbuf_left(&body));
	return 0;
}

static int
parse_sa(struct message *m, struct payload *pl, struct rbuf *b, struct err *e)
{
	struct proposal *first = &m->proposals[m->n_proposals], *p;
	unsigned int num = 0;

	pl->sa.p = first;
	pl->sa.n = 0;
	pl->sa.v1 = NULL;
	do {
		if (m->n_proposals == MSG_PROPOSALS_MAX)
			return err_set(e, ERR_INVALID, "more than %d proposals",
			    MSG_PROPOSALS_MAX);
		p = &m->proposals[m->n_proposals++];
		if (parse_proposal(m, p, b, e) < 0)
			return -1;
		if (p->num <= num)
			return err_set(e, ERR_INVALID, "proposal number %u after "
			    "number %u", p->num, num);
		num = p->num;
		pl->sa.n++;
	} while (rbuf_left(b) > 0);
	return 0;
}

static int
parse_ke(struct message *m, struct payload *pl, struct rbuf *b, struct err *e)
{
	(void)m;
	pl->ke.group = rbuf_u16(b);
	rbuf_skip(b, 2);
	return payload_data(b, &pl->ke.data, "public value", e);
}

static int
parse_id(struct message *m, struct payload *pl, struct rbuf *b, struct err *e)
{
	(void)m;
	(void)e;
	pl->id.type = rbuf_u8(b);
	pl->id.protocol = 0;
	pl->id.port = 0;
	rbuf_skip(b, 3);
	pl->id.data = payload_rest(b);
	return 0;
}

int
payload_cert(struct message *m, struct payload *pl, struct rbuf *b, struct err *e)
{
	(void)m;
	(void)e;
	pl->cert.encoding = rbuf_u8(b);
	pl->cert.data = payload_rest(b);
	return 0;
}

static int
parse_auth(struct message *m, struct payload *pl, struct rbuf *b, struct err *e)
{
	(void)m;
	pl->auth.method = rbuf_u8(b);
	rbuf_skip(b, 3);
	return payload_data(b, &pl->auth.data, "authentication data", e);
}

int
payload_nonce_len(const struct payload *pl, size_t min, struct err *e)
{
	if (pl->body.len < min || pl->body.len > NONCE_MAX)
		return err_set(e, ERR_INVALID, "a nonce has %zu to %d octets, "
		    "not %zu", min, NONCE_MAX, pl->body.len);
	return 0;
}

static int
parse_nonce(struct message *m, struct payload *pl, struct rbuf *b, struct err *e)
{
	(void)m;
	(void)b;
	return payload_nonce_len(pl, NONCE_MIN, e);
}

int
payload_notify(struct message *m, struct payload *pl, struct rbuf *b, struct err *e)
{
	uint8_t spi_size;

	(void)m;
	pl->notify.protocol = rbuf_u8(b);
	spi_size = rbuf_u8(b);
	pl->notify.type = rbuf_u16(b);
	pl->notify.spi = payload_some(b, spi_size);
	if (!rbuf_ok(b))
		return err_set(e, ERR_INVALID,
		    "its SPI of %u octets does not fit into it", spi_size);
	pl->notify.data = payload_rest(b);
	return 0;
}

int
payload_delete(struct payload *pl, struct rbuf *b, unsigned int ike_spi,
	       struct err *e)
{
	unsigned int want;

	pl->del.protocol = rbuf_u8(b);
	pl->del.spi_size = rbuf_u8(b);
	pl->del.n = rbuf_u16(b);
	pl->del.spis = payload_rest(b);
	if (pl->del.spis.len != (size_t)pl->del.n * pl->del.spi_size)
		return err_set(e, ERR_INVALID, "%zu octets for %u SPIs of %u",
		    pl->del.spis.len, pl->del.n, pl->del.spi_size);
	want = pl->del.protocol == PROTO_IKE ? ike_spi :
	    pl->del.protocol == PROTO_AH || pl->del.protocol == PROTO_ESP ? 4 :
	    pl->del.spi_size;
	if (pl->del.spi_size != want)
		return err_set(e, ERR_INVALID, "SPIs of %u octets for protocol %u, "
		    "which has %u", pl->del.spi_size, pl->del.protocol, want);
	return 0;
}

/* RFC 7296 3.11: of an IKE_SA it needs none. */
static int
parse_delete(struct message *m, struct payload *pl, struct rbuf *b, struct err *e)
{
	(void)m;
	return payload_delete(pl, b, 0, e);
}

/* RFC 7296 3.13.1. */
static int
parse_range(struct ts *t, uint8_t family, struct rbuf *b, struct err *e)
{
	size_t n = family == AF_INET ? 4 : 16;

	memset(&t->first, 0, sizeof(t->first));
	memset(&t->last, 0, sizeof(t->last));
	t->first.family = t->last.family = family;
	t->port_first = rbuf_u16(b);
	t->port_last = rbuf_u16(b);
	rbuf_copy(b, t->first.b, n);
	rbuf_copy(b, t->last.b, n);
	if (memcmp(t->first.b, t->last.b, n) > 0)
		return err_set(e, ERR_INVALID,
		    "a selector whose first address is above its last");
	if (t->port_first > t->port_last &&
	    (t->port_first != 65535 || t->port_last != 0))
		return err_set(e, ERR_INVALID,
		    "a selector whose first port (%u) is above its last (%u)",
		    t->port_first, t->port_last);
	return 0;
}

/* A selector of a type that we do not know selects nothing of ours: passed
 * over. */
static int
parse_selector(struct message *m, struct payload *pl, struct rbuf *b, struct err *e)
{
	uint8_t type = rbuf_u8(b), protocol = rbuf_u8(b);
	uint16_t len = rbuf_u16(b);
	bool v4 = type == TS_IPV4_ADDR_RANGE, v6 = type == TS_IPV6_ADDR_RANGE;
	struct rbuf body;

	if (!rbuf_ok(b) || len < 4 || len - 4u > rbuf_left(b))
		return err_set(e, ERR_INVALID, "a selector says it has %u octets "
		    "where %zu are left", len, rbuf_left(b) + 4);
	if ((v4 && len != TS_LEN_IPV4) || (v6 && len != TS_LEN_IPV6))
		return err_set(e, ERR_INVALID, "a selector of type %u has %u octets",
		    type, len);
	body = rbuf_sub(b, len - 4u);
	if (!v4 && !v6)
		return 0;
	if (m->n_selectors == MSG_TS_MAX)
		return err_set(e, ERR_INVALID, "more than %d selectors", MSG_TS_MAX);
	m->selectors[m->n_selectors].protocol = protocol;
	pl->ts.n++;
	return parse_range(&m->selectors[m->n_selectors++],
	    v4 ? AF_INET : AF_INET6, &body, e);
}

static int
parse_ts(struct message *m, struct payload *pl, struct rbuf *b, struct err *e)
{
	uint8_t n = rbuf_u8(b);

	rbuf_skip(b, 3);
	pl->ts.ts = &m->selectors[m->n_selectors];
	pl->ts.n = 0;
	if (n == 0)
		return err_set(e, ERR_INVALID, "there is no selector in it");
	while (n-- > 0)
		if (parse_selector(m, pl, b, e) < 0)
			return -1;
	if (rbuf_left(b) != 0)
		return err_set(e, ERR_INVALID,
		    "%zu octets too many after the last selector", rbuf_left(b));
	return 0;
}

/* By type; a type without a row is not known, a row without a parser opaque. */
static const struct payload_kind kinds[PAYLOAD_KINDS] = {
#define KIND(t, min, fn)	[(t) - PL_FIRST] = { true, min, fn }
	KIND(PL_SA,		8,	parse_sa),
	KIND(PL_KE,		4,	parse_ke),
	KIND(PL_IDI,		4,	parse_id),
	KIND(PL_IDR,		4,	parse_id),
	KIND(PL_CERT,		1,	payload_cert),
	KIND(PL_CERTREQ,	1,	payload_cert),
	KIND(PL_AUTH,		4,	parse_auth),
	KIND(PL_NONCE,		0,	parse_nonce),
	KIND(PL_NOTIFY,		4,	payload_notify),
	KIND(PL_DELETE,		4,	parse_delete),
	KIND(PL_VENDOR,		0,	NULL),
	KIND(PL_TSI,		4,	parse_ts),
	KIND(PL_TSR,		4,	parse_ts),
	KIND(PL_SK,		0,	NULL),
	KIND(PL_CP,		4,	NULL),
	KIND(PL_EAP,		4,	NULL),
	KIND(PL_SKF,		4,	NULL),
#undef KIND
};

static uint8_t
type2(const struct message *m, uint8_t wire)
{
	(void)m;
	return wire >= PL_FIRST && wire <= PL_LAST &&
	    kinds[wire - PL_FIRST].known ? wire : PL_NONE;
}

/* RFC 7296 2.5: of a type that we do not know, the critical bit decides. */
static int
unknown2(struct message *m, uint8_t wire, bool critical, struct err *e)
{
	if (!critical)
		return 0;
	m->refuse = N_UNSUPPORTED_CRITICAL_PAYLOAD;
	m->refuse_type = wire;
	return err_set(e, ERR_INVALID,
	    "payload type %u, which is unknown here, is marked critical", wire);
}

static int
parse2(struct message *m, struct payload *p, struct err *e)
{
	return payload_parse(kinds, m, p, e);
}

const struct codec codec2 = {
	.type = type2,
	.unknown = unknown2,
	.parse = parse2,
	.malformed = N_INVALID_SYNTAX,
	.names = ike_payload_names,
};

int
payload_parse(const struct payload_kind table[PAYLOAD_KINDS], struct message *m,
	      struct payload *p, struct err *e)
{
	const struct payload_kind *k = &table[p->type - PL_FIRST];
	struct rbuf b;

	if (p->body.len < k->min)
		return err_set(e, ERR_INVALID, "it has %zu octets and needs %u",
		    p->body.len, k->min);
	if (k->parse == NULL)
		return 0;
	rbuf_init(&b, p->body.p, p->body.len);
	if (k->parse(m, p, &b, e) < 0)
		return -1;
	/* The parsers check what they loop over; the minimum covers the rest. */
	if (!rbuf_ok(&b))
		return err_set(e, ERR_INVALID, "it is cut short");
	return 0;
}
