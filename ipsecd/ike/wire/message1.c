#include "message1.h"

#include "buf.h"
#include "payload.h"

#define BLOCK_MIN	8		/* of a cipher */

static bool
encrypted(const struct message *m)
{
	return (m->hdr.flags & FLAG1_ENCRYPTED) != 0;
}

/* The E flag of a fragment tells of the whole (as Cisco and those after do). */
static int
take_fragment(struct message *m, struct rbuf *b, struct err *e)
{
	struct fragment1 *f = &m->fragment;
	uint8_t next = rbuf_u8(b);
	uint16_t len;

	rbuf_skip(b, 1);
	len = rbuf_u16(b);
	f->id = rbuf_u16(b);
	f->number = rbuf_u8(b);
	f->last = (rbuf_u8(b) & 1) != 0;
	if (!rbuf_ok(b) || next != 0 || len < 8 || len - 8u != rbuf_left(b))
		return err_set(e, ERR_INVALID,
		    "a fragment whose payload is not the rest of the message");
	if (f->number == 0 || len == 8)
		return err_set(e, ERR_INVALID, "fragment number %u with %u octets",
		    f->number, len - 8u);
	f->present = true;
	f->data = payload_rest(b);
	return 0;
}

int
message1_parse(struct message *m, const uint8_t *buf, size_t len, struct err *e)
{
	struct rbuf b;

	message_begin(m, &codec1);
	if (header_parse(&m->hdr, buf, len, e) < 0)
		return -1;
	if (!message_is_v1(m)) {
		m->refuse = N1_INVALID_MAJOR_VERSION;
		return err_set(e, ERR_INVALID, "a message of IKE version %u.%u",
		    IKE_MAJOR(m->hdr.version), m->hdr.version & 0x0f);
	}
	m->refuse = codec1.malformed;
	rbuf_init(&b, buf, len);
	rbuf_skip(&b, IKE_HDR_LEN);
	if (m->hdr.next == WIRE1_FRAGMENT)
		return take_fragment(m, &b, e);
	if (!encrypted(m))
		return message_walk(m, &codec1, m->hdr.next, &b, true, e);
	m->sk.present = true;
	m->sk.first = m->hdr.next;
	m->sk.aad_len = IKE_HDR_LEN;
	m->sk.body = payload_rest(&b);
	if (m->sk.body.len == 0 || m->sk.body.len % BLOCK_MIN != 0)
		return err_set(e, ERR_INVALID, "%zu encrypted octets are not whole "
		    "blocks of any cipher", m->sk.body.len);
	return 0;
}

int
message1_parse_inner(struct message *m, const uint8_t *text, size_t len,
		     struct err *e)
{
	struct rbuf b;

	message_forget(m, &codec1);
	m->sk.opened = true;
	rbuf_init(&b, text, len);
	return message_walk(m, &codec1, m->sk.first, &b, false, e);
}

void
sa1_filter(struct payload *out, struct proposal *room, const struct payload *sa,
	   bool (*fits)(const struct proposal1 *, const void *), const void *ctx)
{
	size_t i, n = 0;

	for (i = 0; i < sa->sa.n; i++)
		if (fits(&sa->sa.v1[i], ctx))
			room[n++] = sa->sa.p[i];
	*out = *sa;
	out->sa.p = room;
	out->sa.n = n;
	out->sa.v1 = NULL;
}

const struct proposal1 *
sa1_chosen(const struct payload *sa, uint8_t num)
{
	return num >= 1 && num <= sa->sa.n ? &sa->sa.v1[num - 1] : NULL;
}

bool
delete_cookies(const struct payload *p, size_t i, uint64_t *spi_i, uint64_t *spi_r)
{
	struct rbuf b;

	*spi_i = *spi_r = 0;
	if (p->del.spi_size != 16 || i >= p->del.n)
		return false;
	rbuf_init(&b, p->del.spis.p, p->del.spis.len);
	rbuf_skip(&b, 16 * i);
	*spi_i = rbuf_u64(&b);
	*spi_r = rbuf_u64(&b);
	return rbuf_ok(&b);
}

bool
notify_u32(const struct payload *p, uint32_t *value)
{
	struct rbuf b;

	rbuf_init(&b, p->notify.data.p, p->notify.data.len);
	*value = rbuf_u32(&b);
	return rbuf_ok(&b) && rbuf_left(&b) == 0;
}

bool
message_vendor(const struct message *m, enum vendor v)
{
	const struct payload *p = message_find(m, PL_VENDOR);

	while (p != NULL && p->vendor != v)
		p = message_next(m, p);
	return p != NULL;
}
