/* Building and reading messages; sockets are in msg_sock.c and msg_conn.c. */
#include "msg.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "msg_frame.h"
#include "proto.h"
#include "secret.h"
#include "utf8.h"

#define ATTR_HDR_LEN	8

void
msg_init(struct msg *m, uint16_t op, uint16_t flags, uint32_t id)
{
	memset(m, 0, sizeof(*m));
	m->op = op;
	m->flags = flags;
	m->id = id;
}

void
msg_fini(struct msg *m)
{
	if (m->data != NULL) {
		secret_wipe_mem(m->data, m->size);
		free(m->data);
	}
	m->data = NULL;
	m->len = m->size = 0;
}

/* Not realloc: the old copy may hold a secret. */
static bool
msg_grow(struct msg *m, size_t more)
{
	size_t size = m->size > 0 ? m->size : 256;
	uint8_t *data;

	if (more > MSG_MAX - MSG_HDR_LEN - m->len)
		return false;
	while (size < m->len + more)
		size *= 2;
	if (size == m->size)
		return true;
	data = malloc(size);
	if (data == NULL)
		return false;
	if (m->data != NULL) {
		memcpy(data, m->data, m->len);
		secret_wipe_mem(m->data, m->size);
		free(m->data);
	}
	m->data = data;
	m->size = size;
	return true;
}

void
msg_add(struct msg *m, uint16_t type, const void *p, size_t len)
{
	struct wbuf b;

	if (m->bad)
		return;
	if (len > MSG_MAX || !msg_grow(m, ATTR_HDR_LEN + len)) {
		m->bad = true;
		return;
	}
	wbuf_init(&b, m->data + m->len, ATTR_HDR_LEN + len);
	wbuf_u16(&b, type);
	wbuf_u16(&b, 0);
	wbuf_u32(&b, (uint32_t)len);
	if (len > 0)
		wbuf_bytes(&b, p, len);
	m->len += b.len;
}

void
msg_add_str(struct msg *m, uint16_t type, const char *s)
{
	if (s != NULL)
		msg_add(m, type, s, strlen(s));
}

void
msg_add_u32(struct msg *m, uint16_t type, uint32_t v)
{
	uint8_t bytes[4];
	struct wbuf b;

	wbuf_init(&b, bytes, sizeof(bytes));
	wbuf_u32(&b, v);
	msg_add(m, type, bytes, sizeof(bytes));
}

void
msg_add_u64(struct msg *m, uint16_t type, uint64_t v)
{
	uint8_t bytes[8];
	struct wbuf b;

	wbuf_init(&b, bytes, sizeof(bytes));
	wbuf_u64(&b, v);
	msg_add(m, type, bytes, sizeof(bytes));
}

void
msg_add_err(struct msg *m, const struct err *e)
{
	msg_add_u32(m, A_ERR_KIND, e->kind);
	msg_add_str(m, A_ERR_TEXT, e->text);
	if (e->path[0] != '\0')
		msg_add_str(m, A_ERR_PATH, e->path);
}

bool
msg_next(const struct msg *m, size_t *pos, struct msg_attr *a)
{
	struct rbuf b;

	if (*pos >= m->len)
		return false;
	rbuf_init(&b, m->data + *pos, m->len - *pos);
	a->type = rbuf_u16(&b);
	rbuf_skip(&b, 2);
	a->len = rbuf_u32(&b);
	a->p = rbuf_bytes(&b, a->len);
	if (!rbuf_ok(&b))
		return false;
	*pos += b.off;
	return true;
}

bool
msg_find(const struct msg *m, uint16_t type, struct msg_attr *a)
{
	size_t pos = 0;

	while (msg_next(m, &pos, a))
		if (a->type == type)
			return true;
	return false;
}

char *
msg_attr_str(const struct msg_attr *a)
{
	size_t i, n;
	char *s;

	for (i = 0; i < a->len; i += n) {
		n = a->p[i] != '\0' ? utf8_char(a->p + i, a->len - i, NULL) : 0;
		if (n == 0)
			return NULL;
	}
	s = malloc(a->len + 1);
	if (s == NULL)
		return NULL;
	if (a->len > 0)
		memcpy(s, a->p, a->len);
	s[a->len] = '\0';
	return s;
}

void
msg_tame(char *text)
{
	size_t len = strlen(text), i, n;
	uint8_t *p = (uint8_t *)text;

	for (i = 0; i < len; i += n) {
		n = utf8_char(p + i, len - i, NULL);
		if (n == 0)
			p[i] = '?';
		else if (p[i] < 0x20 || p[i] == 0x7f)
			p[i] = ' ';
		else if (p[i] == 0xc2 && p[i + 1] < 0xa0)
			p[i] = p[i + 1] = ' ';
		n += n == 0;
	}
}

char *
msg_str(const struct msg *m, uint16_t type)
{
	struct msg_attr a;

	return msg_find(m, type, &a) ? msg_attr_str(&a) : NULL;
}

uint64_t
msg_attr_number(const struct msg_attr *a)
{
	struct rbuf b;

	rbuf_init(&b, a->p, a->len);
	return a->len == 4 ? rbuf_u32(&b) : a->len == 8 ? rbuf_u64(&b) : 0;
}

bool
msg_u32(const struct msg *m, uint16_t type, uint32_t *v)
{
	struct msg_attr a;

	if (!msg_find(m, type, &a) || a.len != 4)
		return false;
	*v = (uint32_t)msg_attr_number(&a);
	return true;
}

bool
msg_u64(const struct msg *m, uint16_t type, uint64_t *v)
{
	struct msg_attr a;

	if (!msg_find(m, type, &a) || a.len != 8)
		return false;
	*v = msg_attr_number(&a);
	return true;
}

void
msg_get_err(const struct msg *m, struct err *e)
{
	char *text = msg_str(m, A_ERR_TEXT), *path = msg_str(m, A_ERR_PATH);
	uint32_t kind;

	if (!msg_u32(m, A_ERR_KIND, &kind) || kind == ERR_NONE ||
	    kind > ERR_NOTFOUND)
		kind = ERR_REALITY;
	err_set_path(e, kind, path != NULL ? path : "", "%s",
		     text != NULL && text[0] != '\0' ? text :
		     "the request was refused without a reason");
	free(text);
	free(path);
}

/* --- frames --- */

void
msg_frame_head(const struct msg *m, uint8_t head[MSG_HDR_LEN])
{
	struct wbuf b;

	wbuf_init(&b, head, MSG_HDR_LEN);
	wbuf_u32(&b, (uint32_t)(MSG_HDR_LEN + m->len));
	wbuf_u16(&b, m->op);
	wbuf_u16(&b, m->flags);
	wbuf_u32(&b, m->id);
}

int
msg_frame_parse_head(struct msg *m, const uint8_t head[MSG_HDR_LEN],
		     size_t max, size_t *len, struct err *e)
{
	struct rbuf b;

	rbuf_init(&b, head, MSG_HDR_LEN);
	*len = rbuf_u32(&b);
	msg_init(m, 0, 0, 0);
	m->op = rbuf_u16(&b);
	m->flags = rbuf_u16(&b);
	m->id = rbuf_u32(&b);
	if (*len < MSG_HDR_LEN || *len > max)
		return err_set(e, ERR_INVALID, "a frame of %zu bytes (allowed "
			       "are %d to %zu)", *len, MSG_HDR_LEN, max);
	if (m->flags & ~(MSG_REPLY | MSG_ERROR))
		return err_set(e, ERR_INVALID, "a frame with unknown flags "
			       "0x%x", m->flags);
	return 0;
}

int
msg_frame_check(const struct msg *m, struct err *e)
{
	struct msg_attr a;
	size_t pos = 0;

	while (msg_next(m, &pos, &a))
		;
	if (pos != m->len)
		return err_set(e, ERR_INVALID, "a frame whose attribute at "
			       "offset %zu does not fit", pos);
	return 0;
}
