#include "message.h"

#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "payload.h"

#define NOT_THERE	0xff
#define OUTER_PADDING	3

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

void
message_forget(struct message *m, const struct codec *c)
{
	m->n = 0;
	m->n_proposals = m->n_transforms = m->n_selectors = 0;
	m->shape = SHAPE_NONE;
	m->hashed = (struct bytes){ NULL, 0 };
	memset(m->count, 0, sizeof(m->count));
	memset(m->first, NOT_THERE, sizeof(m->first));
	m->skipped = 0;
	m->refuse = c->malformed;
	m->refuse_type = 0;
}

void
message_begin(struct message *m, const struct codec *c)
{
	message_forget(m, c);
	memset(&m->sk, 0, sizeof(m->sk));
	memset(&m->fragment, 0, sizeof(m->fragment));
	m->refuse = 0;
}

static int
add_payload(struct message *m, const struct codec *c, uint8_t type, bool critical,
	    struct bytes body, struct err *e)
{
	struct payload *p;
	char name[16];
	unsigned int slot;

	if (m->n == MSG_PAYLOADS_MAX)
		return err_set(e, ERR_INVALID, "more than %d payloads",
		    MSG_PAYLOADS_MAX);
	p = &m->pl[m->n];
	p->type = type;
	p->critical = critical;
	p->body = body;
	if (c->parse(m, p, e) < 0)
		return err_prefix(e, "payload %s", name_str(c->names, type, name));
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

/* A payload and its header (RFC 7296 3.2, RFC 2408 3.2). */
struct generic {
	uint8_t		wire;		/* its type as it is there */
	uint8_t		type;		/* the same here; PL_NONE: not known */
	uint8_t		next;
	bool		critical;
	struct bytes	body;
	size_t		at;		/* where the body begins */
};

static const char *
type_str(const struct codec *c, const struct generic *g, char buf[16])
{
	if (g->type != PL_NONE)
		return name_str(c->names, g->type, buf);
	snprintf(buf, 16, "%u", g->wire);
	return buf;
}

static int
get_generic(struct generic *g, const struct codec *c, struct rbuf *b, struct err *e)
{
	uint8_t flags;
	uint16_t len;
	char name[16];

	g->next = rbuf_u8(b);
	flags = rbuf_u8(b);
	len = rbuf_u16(b);
	g->at = b->off;
	g->critical = (flags & 0x80) != 0;
	if (!rbuf_ok(b))
		return err_set(e, ERR_INVALID, "the message ends where "
		    "payload %s should begin", type_str(c, g, name));
	if (c->reserved && flags != 0)
		return err_set(e, ERR_INVALID, "payload %s with %#x where nothing "
		    "belongs", type_str(c, g, name), flags);
	if (len < 4 || len - 4u > rbuf_left(b))
		return err_set(e, ERR_INVALID, "payload %s says it has %u "
		    "octets where %zu are left", type_str(c, g, name), len,
		    rbuf_left(b) + 4);
	g->body.len = len - 4u;
	g->body.p = rbuf_bytes(b, g->body.len);
	return 0;
}

/* What follows the HASH, which begins at `at`; b has read all payloads. */
static struct bytes
what_follows(const struct rbuf *b, const struct generic *hash)
{
	size_t at = hash->at + hash->body.len;
	struct rbuf all;

	rbuf_init(&all, b->p, b->off);
	rbuf_skip(&all, at);
	return (struct bytes){ rbuf_bytes(&all, b->off - at), b->off - at };
}

static int
take(struct message *m, const struct codec *c, const struct generic *g, bool outer,
     struct err *e)
{
	if (g->type == PL_SK || g->type == PL_SKF) {
		if (!outer)
			return err_set(e, ERR_INVALID,
			    "an encrypted payload inside an encrypted payload");
		return take_sk(m, g->type, g->next, g->body, g->at, e);
	}
	if (g->type != PL_NONE)
		return add_payload(m, c, g->type, g->critical, g->body, e);
	if (m->skipped < UINT8_MAX)
		m->skipped++;
	return c->unknown(m, g->wire, g->critical, e);
}

int
message_walk(struct message *m, const struct codec *c, uint8_t first, struct rbuf *b,
	     bool outer, struct err *e)
{
	struct generic g = { .next = first }, hash = { .wire = 0 };

	while (g.next != PL_NONE) {
		g.wire = g.next;
		g.type = c->type(m, g.wire);
		if (get_generic(&g, c, b, e) < 0 || take(m, c, &g, outer, e) < 0)
			return -1;
		if (g.type == PL_HASH)
			hash = g;
		if (m->sk.present && !m->sk.opened)
			break;
	}
	if (hash.type == PL_HASH)
		m->hashed = what_follows(b, &hash);
	if (rbuf_left(b) > (!c->padded ? 0 : outer ? OUTER_PADDING : SIZE_MAX))
		return err_set(e, ERR_INVALID, "%zu octets too many after the last "
		    "payload", rbuf_left(b));
	return 0;
}

int
message_parse(struct message *m, const uint8_t *buf, size_t len, struct err *e)
{
	struct rbuf b;

	message_begin(m, &codec2);
	if (header_parse(&m->hdr, buf, len, e) < 0)
		return -1;
	if (IKE_MAJOR(m->hdr.version) != IKE_MAJOR(IKE_VERSION_2)) {
		m->refuse = N_INVALID_MAJOR_VERSION;
		return err_set(e, ERR_INVALID, "a message of IKE version %u.%u",
		    IKE_MAJOR(m->hdr.version), m->hdr.version & 0x0f);
	}
	m->refuse = codec2.malformed;
	rbuf_init(&b, buf, len);
	rbuf_skip(&b, IKE_HDR_LEN);
	return message_walk(m, &codec2, m->hdr.next, &b, true, e);
}

int
message_parse_chain(struct message *m, uint8_t first, const uint8_t *text,
		    size_t len, struct err *e)
{
	struct rbuf b;

	message_forget(m, &codec2);
	m->sk.opened = true;
	rbuf_init(&b, text, len);
	return message_walk(m, &codec2, first, &b, false, e);
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
	message_forget(m, &codec2);
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
