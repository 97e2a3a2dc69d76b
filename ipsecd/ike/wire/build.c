#include "build.h"

#define HDR_NEXT_AT	16
#define HDR_LENGTH_AT	24
#define TRANSFORM_LEN	8
#define KEY_LENGTH_LEN	4

void
build_begin(struct build *b, void *buf, size_t size, const struct ike_header *h)
{
	wbuf_init(&b->w, buf, size);
	b->next_at = HDR_NEXT_AT;
	b->open_at = b->sk_at = b->text_at = b->hashed_at = 0;
	b->wire = NULL;
	wbuf_u64(&b->w, h->spi_i);
	wbuf_u64(&b->w, h->spi_r);
	wbuf_u8(&b->w, PL_NONE);
	wbuf_u8(&b->w, IKE_VERSION_2);
	wbuf_u8(&b->w, h->exchange);
	wbuf_u8(&b->w, h->flags);
	wbuf_u32(&b->w, h->msgid);
	wbuf_u32(&b->w, 0);
}

void
build_open(struct build *b, enum ike_payload type)
{
	wbuf_patch_u8(&b->w, b->next_at, b->wire != NULL ?
	    b->wire((uint8_t)type) : (uint8_t)type);
	b->open_at = b->next_at = b->w.len;
	wbuf_u8(&b->w, PL_NONE);
	wbuf_u8(&b->w, 0);
	wbuf_u16(&b->w, 0);
}

void
build_critical(struct build *b, bool critical)
{
	wbuf_patch_u8(&b->w, b->open_at + 1, critical ? 0x80 : 0);
}

void
build_length(struct build *b, size_t at)
{
	size_t len = b->w.len - at;

	if (len > UINT16_MAX)
		b->w.bad = true;
	else
		wbuf_patch_u16(&b->w, at + 2, (uint16_t)len);
}

void
build_close(struct build *b)
{
	build_length(b, b->open_at);
	b->open_at = 0;
}

void
build_sk(struct build *b, const struct sk_room *room)
{
	b->room = *room;
	build_open(b, PL_SK);
	b->sk_at = b->open_at;
	b->open_at = 0;
	wbuf_zero(&b->w, room->iv_len);
	b->text_at = b->w.len;
}

void
build_skf(struct build *b, const struct sk_room *room, uint8_t first,
	  uint16_t number, uint16_t total)
{
	b->room = *room;
	build_open(b, PL_SKF);
	b->sk_at = b->open_at;
	b->open_at = 0;
	wbuf_patch_u8(&b->w, b->sk_at, first);
	wbuf_u16(&b->w, number);
	wbuf_u16(&b->w, total);
	wbuf_zero(&b->w, room->iv_len);
	b->text_at = b->w.len;
}

uint8_t
build_first(const struct build *b)
{
	return b->sk_at != 0 && wbuf_ok(&b->w) ? b->w.p[b->sk_at] : PL_NONE;
}

size_t
build_end(struct build *b)
{
	wbuf_patch_u32(&b->w, HDR_LENGTH_AT, (uint32_t)b->w.len);
	return wbuf_ok(&b->w) ? b->w.len : 0;
}

/* RFC 7296 3.14: the padding ends in its own length, and with it fills blocks;
 * RFC 5282 and the counter modes want no more than that one octet. */
size_t
build_seal(struct build *b, size_t *aad_len, size_t *text_len)
{
	size_t block = b->room.block > 1 ? b->room.block : 1;
	size_t pad = (block - (b->w.len - b->text_at + 1) % block) % block;

	wbuf_zero(&b->w, pad);
	wbuf_u8(&b->w, (uint8_t)pad);
	*text_len = b->w.len - b->text_at;
	*aad_len = b->text_at - b->room.iv_len;
	wbuf_zero(&b->w, b->room.icv_len);
	build_length(b, b->sk_at);
	return build_end(b);
}

void
build_raw(struct build *b, enum ike_payload type, const void *body, size_t len)
{
	build_open(b, type);
	wbuf_bytes(&b->w, body, len);
	build_close(b);
}

static void
build_transform(struct build *b, const struct transform *t, bool last)
{
	wbuf_u8(&b->w, last ? 0 : 3);
	wbuf_u8(&b->w, 0);
	wbuf_u16(&b->w, TRANSFORM_LEN + (t->key_bits != 0 ? KEY_LENGTH_LEN : 0));
	wbuf_u8(&b->w, t->type);
	wbuf_u8(&b->w, 0);
	wbuf_u16(&b->w, t->id);
	if (t->key_bits != 0) {
		wbuf_u16(&b->w, ATTR_FORMAT_TV | ATTR_KEY_LENGTH);
		wbuf_u16(&b->w, t->key_bits);
	}
}

static void
build_proposal(struct build *b, const struct proposal *p, bool last)
{
	size_t i, at = b->w.len;

	wbuf_u8(&b->w, last ? 0 : 2);
	wbuf_u8(&b->w, 0);
	wbuf_u16(&b->w, 0);
	wbuf_u8(&b->w, p->num);
	wbuf_u8(&b->w, p->protocol);
	wbuf_u8(&b->w, (uint8_t)p->spi.len);
	wbuf_u8(&b->w, (uint8_t)p->n);
	if (p->spi.len > UINT8_MAX || p->n > UINT8_MAX)
		b->w.bad = true;
	wbuf_bytes(&b->w, p->spi.p, p->spi.len);
	for (i = 0; i < p->n; i++)
		build_transform(b, &p->t[i], i + 1 == p->n);
	build_length(b, at);
}

void
build_sa(struct build *b, const struct proposal *p, size_t n)
{
	size_t i;

	build_open(b, PL_SA);
	for (i = 0; i < n; i++)
		build_proposal(b, &p[i], i + 1 == n);
	build_close(b);
}

void
build_ke(struct build *b, uint16_t group, const void *data, size_t len)
{
	build_open(b, PL_KE);
	wbuf_u16(&b->w, group);
	wbuf_u16(&b->w, 0);
	wbuf_bytes(&b->w, data, len);
	build_close(b);
}

void
build_nonce(struct build *b, const void *nonce, size_t len)
{
	build_raw(b, PL_NONCE, nonce, len);
}

/* One octet of kind and three reserved ones before the data. */
static void
build_kind(struct build *b, enum ike_payload type, uint8_t kind, const void *data,
	   size_t len)
{
	build_open(b, type);
	wbuf_u8(&b->w, kind);
	wbuf_zero(&b->w, 3);
	wbuf_bytes(&b->w, data, len);
	build_close(b);
}

void
build_id(struct build *b, enum ike_payload type, uint8_t id_type, const void *data,
	 size_t len)
{
	build_kind(b, type, id_type, data, len);
}

void
build_auth(struct build *b, uint8_t method, const void *data, size_t len)
{
	build_kind(b, PL_AUTH, method, data, len);
}

void
build_cert(struct build *b, enum ike_payload type, uint8_t encoding, const void *data,
	   size_t len)
{
	build_open(b, type);
	wbuf_u8(&b->w, encoding);
	wbuf_bytes(&b->w, data, len);
	build_close(b);
}

void
build_notify(struct build *b, uint8_t protocol, uint16_t type, const void *spi,
	     size_t spi_len, const void *data, size_t len)
{
	build_open(b, PL_NOTIFY);
	build_notify_body(b, protocol, type, spi, spi_len, data, len);
	build_close(b);
}

void
build_notify_body(struct build *b, uint8_t protocol, uint16_t type, const void *spi,
		  size_t spi_len, const void *data, size_t len)
{
	wbuf_u8(&b->w, protocol);
	wbuf_u8(&b->w, (uint8_t)spi_len);
	wbuf_u16(&b->w, type);
	wbuf_bytes(&b->w, spi, spi_len);
	wbuf_bytes(&b->w, data, len);
}

void
build_delete(struct build *b, uint8_t protocol, const uint32_t *spis, size_t n)
{
	build_open(b, PL_DELETE);
	build_delete_body(b, protocol, spis, n);
	build_close(b);
}

void
build_delete_body(struct build *b, uint8_t protocol, const uint32_t *spis, size_t n)
{
	size_t i;

	if (n > UINT16_MAX)
		b->w.bad = true;
	wbuf_u8(&b->w, protocol);
	wbuf_u8(&b->w, protocol == PROTO_IKE ? 0 : 4);
	wbuf_u16(&b->w, (uint16_t)n);
	for (i = 0; i < n; i++)
		wbuf_u32(&b->w, spis[i]);
}

static void
build_selector(struct build *b, const struct ts *t)
{
	size_t n = addr_len(&t->first);

	wbuf_u8(&b->w, n == 4 ? TS_IPV4_ADDR_RANGE : TS_IPV6_ADDR_RANGE);
	wbuf_u8(&b->w, t->protocol);
	wbuf_u16(&b->w, (uint16_t)(8 + 2 * n));
	wbuf_u16(&b->w, t->port_first);
	wbuf_u16(&b->w, t->port_last);
	wbuf_bytes(&b->w, t->first.b, n);
	wbuf_bytes(&b->w, t->last.b, n);
}

void
build_ts(struct build *b, enum ike_payload type, const struct ts *ts, size_t n)
{
	size_t i;

	if (n > UINT8_MAX)
		b->w.bad = true;
	build_open(b, type);
	wbuf_u8(&b->w, (uint8_t)n);
	wbuf_zero(&b->w, 3);
	for (i = 0; i < n; i++)
		build_selector(b, &ts[i]);
	build_close(b);
}
