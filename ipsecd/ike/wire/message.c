#include "message.h"

#include <string.h>

#include "buf.h"
#include "payload.h"

#define NOT_THERE	0xff

static void
get_header(struct ike_header *h, struct rbuf *b)
{
	h->spi_i = rbuf_u64(b);
	h->spi_r = rbuf_u64(b);
	h->next = rbuf_u8(b);
	h->version = rbuf_u8(b);
	h->exchange = rbuf_u8(b);
	h->flags = rbuf_u8(b);
	h->msgid = rbuf_u32(b);
	h->length = rbuf_u32(b);
}

int
header_parse(struct ike_header *h, const uint8_t *buf, size_t len, struct err *e)
{
	struct rbuf b;

	rbuf_init(&b, buf, len);
	get_header(h, &b);
	if (!rbuf_ok(&b))
		return err_set(e, ERR_INVALID, "%zu octets are no IKE message: its "
		    "header alone has %d", len, IKE_HDR_LEN);
	if (h->length != len)
		return err_set(e, ERR_INVALID, "an IKE message that says it has %u "
		    "octets came in a datagram of %zu", h->length, len);
	if (h->spi_i == 0)
		return err_set(e, ERR_INVALID,
		    "an IKE message without an initiator's SPI");
	return 0;
}

/* Nothing found yet; the arrays are left as they are. */
static void
forget(struct message *m)
{
	m->n = 0;
	m->n_proposals = m->n_transforms = m->n_selectors = 0;
	m->shape = SHAPE_NONE;
	memset(m->count, 0, sizeof(m->count));
	memset(m->first, NOT_THERE, sizeof(m->first));
	m->skipped = 0;
	m->refuse = N_INVALID_SYNTAX;
	m->refuse_type = 0;
}

static const char *
type_str(uint8_t type, char buf[16])
{
	return name_str(ike_payload_names, type, buf);
}

/* RFC 7296 2.5: of a type that we do not know, the critical bit decides. */
static int
skip_unknown(struct message *m, uint8_t type, bool critical, struct err *e)
{
	if (critical) {
		m->refuse = N_UNSUPPORTED_CRITICAL_PAYLOAD;
		m->refuse_type = type;
		return err_set(e, ERR_INVALID,
		    "payload type %u, which is unknown here, is marked critical",
		    type);
	}
	if (m->skipped < UINT8_MAX)
		m->skipped++;
	return 0;
}

static int
add_payload(struct message *m, uint8_t type, bool critical, struct bytes body,
	    struct err *e)
{
	struct payload *p;
	char name[16];
	unsigned int slot;

	if (!payload_known(type))
		return skip_unknown(m, type, critical, e);
	if (m->n == MSG_PAYLOADS_MAX)
		return err_set(e, ERR_INVALID, "more than %d payloads",
		    MSG_PAYLOADS_MAX);
	p = &m->pl[m->n];
	p->type = type;
	p->critical = critical;
	p->body = body;
	if (payload_parse(m, p, e) < 0)
		return err_prefix(e, "payload %s", type_str(type, name));
	slot = (unsigned int)type - PL_FIRST;
	if (m->count[slot]++ == 0)
		m->first[slot] = (uint8_t)m->n;
	m->n++;
	return 0;
}

/* RFC 7296 3.14, RFC 7383 2.5.  Its "next payload" is the first inner one, so
 * that it ends the outer chain. */
static int
take_sk(struct message *m, uint8_t type, uint8_t next, struct bytes body,
	size_t aad_len, struct err *e)
{
	struct sk *sk = &m->sk;
	struct rbuf b;

	sk->present = true;
	sk->first = next;
	sk->aad_len = aad_len;
	sk->body = body;
	if (type == PL_SK)
		return 0;
	rbuf_init(&b, body.p, body.len);
	sk->fragment = rbuf_u16(&b);
	sk->fragments = rbuf_u16(&b);
	if (!rbuf_ok(&b) || sk->fragment == 0 || sk->fragment > sk->fragments)
		return err_set(e, ERR_INVALID, "payload SKF: fragment %u of %u",
		    sk->fragment, sk->fragments);
	sk->body.len = rbuf_left(&b);
	sk->body.p = rbuf_bytes(&b, sk->body.len);
	sk->aad_len += 4;
	return 0;
}

/* RFC 7296 3.2, the generic header, over and over. */
static int
walk(struct message *m, uint8_t type, struct rbuf *b, bool outer, struct err *e)
{
	char name[16];

	while (type != PL_NONE) {
		uint8_t next = rbuf_u8(b);
		bool critical = (rbuf_u8(b) & 0x80) != 0;
		uint16_t len = rbuf_u16(b);
		struct bytes body;
		size_t at = b->off;

		if (!rbuf_ok(b))
			return err_set(e, ERR_INVALID, "the message ends where "
			    "payload %s should begin", type_str(type, name));
		if (len < 4 || len - 4u > rbuf_left(b))
			return err_set(e, ERR_INVALID, "payload %s says it has %u "
			    "octets where %zu are left", type_str(type, name), len,
			    rbuf_left(b) + 4);
		body.len = len - 4u;
		body.p = rbuf_bytes(b, body.len);
		if (type == PL_SK || type == PL_SKF) {
			if (!outer)
				return err_set(e, ERR_INVALID,
				    "an encrypted payload inside an encrypted payload");
			if (take_sk(m, type, next, body, at, e) < 0)
				return -1;
			type = PL_NONE;
		} else {
			if (add_payload(m, type, critical, body, e) < 0)
				return -1;
			type = next;
		}
	}
	if (rbuf_left(b) != 0)
		return err_set(e, ERR_INVALID, "%zu octets too many after the last "
		    "payload", rbuf_left(b));
	return 0;
}

int
message_parse(struct message *m, const uint8_t *buf, size_t len, struct err *e)
{
	struct rbuf b;

	forget(m);
	memset(&m->sk, 0, sizeof(m->sk));
	m->refuse = 0;
	if (header_parse(&m->hdr, buf, len, e) < 0)
		return -1;
	if (IKE_MAJOR(m->hdr.version) != IKE_MAJOR(IKE_VERSION_2)) {
		m->refuse = N_INVALID_MAJOR_VERSION;
		return err_set(e, ERR_INVALID, "a message of IKE version %u.%u",
		    IKE_MAJOR(m->hdr.version), m->hdr.version & 0x0f);
	}
	m->refuse = N_INVALID_SYNTAX;
	rbuf_init(&b, buf, len);
	rbuf_skip(&b, IKE_HDR_LEN);
	return walk(m, m->hdr.next, &b, true, e);
}

int
message_parse_chain(struct message *m, uint8_t first, const uint8_t *text,
		    size_t len, struct err *e)
{
	struct rbuf b;

	forget(m);
	m->sk.opened = true;
	rbuf_init(&b, text, len);
	return walk(m, first, &b, false, e);
}

bool
message_unpad(const uint8_t *text, size_t *len)
{
	struct rbuf b;
	uint8_t pad;

	if (*len == 0)
		return false;
	rbuf_init(&b, text, *len);
	rbuf_skip(&b, *len - 1);
	pad = rbuf_u8(&b);
	if (pad > *len - 1)
		return false;
	*len -= 1u + pad;
	return true;
}

int
message_parse_inner(struct message *m, const uint8_t *text, size_t len, struct err *e)
{
	forget(m);
	if (!message_unpad(text, &len))
		return err_set(e, ERR_INVALID, "an encrypted payload of %zu octets "
		    "whose padding does not fit into it", len);
	return message_parse_chain(m, m->sk.first, text, len, e);
}

const struct payload *
message_find(const struct message *m, enum ike_payload type)
{
	uint8_t i;

	if (type < PL_FIRST || type > PL_LAST)
		return NULL;
	i = m->first[type - PL_FIRST];
	return i == NOT_THERE ? NULL : &m->pl[i];
}

const struct payload *
message_next(const struct message *m, const struct payload *p)
{
	const struct payload *end = m->pl + m->n, *q;

	for (q = p + 1; q < end; q++)
		if (q->type == p->type)
			return q;
	return NULL;
}

const struct payload *
message_notify(const struct message *m, enum ike_notify type)
{
	const struct payload *p = message_find(m, PL_NOTIFY);

	while (p != NULL && p->notify.type != type)
		p = message_next(m, p);
	return p;
}

const struct payload *
message_error(const struct message *m)
{
	const struct payload *p = message_find(m, PL_NOTIFY);

	while (p != NULL && !NOTIFY_IS_ERROR(p->notify.type))
		p = message_next(m, p);
	return p;
}

uint32_t
delete_spi(const struct payload *p, size_t i)
{
	struct rbuf b;

	if (p->del.spi_size != 4 || i >= p->del.n)
		return 0;
	rbuf_init(&b, p->del.spis.p, p->del.spis.len);
	rbuf_skip(&b, 4 * i);
	return rbuf_u32(&b);
}

int
notify_u16(const struct payload *p)
{
	struct rbuf b;

	if (p->notify.data.len != 2)
		return -1;
	rbuf_init(&b, p->notify.data.p, 2);
	return rbuf_u16(&b);
}

uint32_t
bytes_spi(const struct bytes *s)
{
	struct rbuf b;

	if (s->len != 4)
		return 0;
	rbuf_init(&b, s->p, 4);
	return rbuf_u32(&b);
}

uint64_t
bytes_spi64(const struct bytes *s)
{
	struct rbuf b;

	if (s->len != 8)
		return 0;
	rbuf_init(&b, s->p, 8);
	return rbuf_u64(&b);
}
