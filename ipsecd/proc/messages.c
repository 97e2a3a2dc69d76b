/*
 * messages: see messages.h.  Fixed layouts, numbers in network order.
 */
#include "messages.h"

#include <string.h>

#include "buf.h"

/* The rest, as text. */
static bool
get_text(struct rbuf *r, char *out, size_t size)
{
	size_t n = rbuf_left(r);

	if (!rbuf_ok(r) || n >= size)
		return false;
	rbuf_copy(r, out, n);
	out[n] = '\0';
	return strlen(out) == n;
}

static bool
complete(const struct rbuf *r)
{
	return rbuf_ok(r) && rbuf_left(r) == 0;
}

/* Anything but 0 and 1 is not a truth value. */
static bool
get_bool(struct rbuf *r, bool *out)
{
	uint8_t v = rbuf_u8(r);

	*out = v == 1;
	return v <= 1;
}

void
ipc_start_build(struct wbuf *w, const struct ipc_start *s)
{
	wbuf_bytes(w, s->caps.name, sizeof(s->caps.name));
	wbuf_u8(w, s->caps.force_encap);
	wbuf_u8(w, s->caps.esn);
	wbuf_u32(w, s->caps.replay_window);
	wbuf_u32(w, s->caps.mtu);
	wbuf_u8(w, s->worker);
	wbuf_bytes(w, s->no_fetch, sizeof(s->no_fetch));
}

bool
ipc_start_parse(struct rbuf *r, struct ipc_start *s)
{
	bool ok;

	memset(s, 0, sizeof(*s));
	rbuf_copy(r, s->caps.name, sizeof(s->caps.name));
	ok = get_bool(r, &s->caps.force_encap);
	ok = get_bool(r, &s->caps.esn) && ok;
	s->caps.replay_window = rbuf_u32(r);
	s->caps.mtu = rbuf_u32(r);
	s->worker = rbuf_u8(r);
	rbuf_copy(r, s->no_fetch, sizeof(s->no_fetch));
	return ok && complete(r) &&
	    memchr(s->no_fetch, '\0', sizeof(s->no_fetch)) != NULL &&
	    memchr(s->caps.name, '\0', sizeof(s->caps.name)) != NULL;
}

void
ipc_packet_build(struct wbuf *w, const struct ipc_packet *p)
{
	wbuf_u8(w, p->out);
	wbuf_u64(w, p->time_us);
	wbuf_u32(w, p->wire_len);
	wbuf_u32(w, p->lost);
}

bool
ipc_packet_parse(struct rbuf *r, struct ipc_packet *p)
{
	bool ok;

	memset(p, 0, sizeof(*p));
	ok = get_bool(r, &p->out);
	p->time_us = rbuf_u64(r);
	p->wire_len = rbuf_u32(r);
	p->lost = rbuf_u32(r);
	p->len = rbuf_left(r);
	p->octets = rbuf_bytes(r, p->len);
	return ok && complete(r) && p->octets != NULL && p->len <= p->wire_len;
}

void
ipc_address_build(struct wbuf *w, const struct ipc_address *a)
{
	wbuf_u8(w, a->present);
	wbuf_bytes(w, a->addr.b, addr_len(&a->addr));
}

bool
ipc_address_parse(struct rbuf *r, struct ipc_address *a)
{
	size_t n;

	memset(a, 0, sizeof(*a));
	if (!get_bool(r, &a->present))
		return false;
	n = rbuf_left(r);
	return (n == 4 || n == 16) &&
	    addr_from_bytes(&a->addr, rbuf_bytes(r, n), n) == 0;
}

void
ipc_keys_request_build(struct wbuf *w, const struct keys_request *q)
{
	wbuf_u32(w, q->serial);
	wbuf_u32(w, q->tunnel);
	wbuf_u16(w, q->prf);
	wbuf_u8(w, q->kind);
	wbuf_u8(w, q->scheme);
	wbuf_bytes(w, q->octets, q->len);
}

bool
ipc_keys_request_parse(struct rbuf *r, struct keys_request *q)
{
	memset(q, 0, sizeof(*q));
	q->serial = rbuf_u32(r);
	q->tunnel = rbuf_u32(r);
	q->prf = rbuf_u16(r);
	q->kind = rbuf_u8(r);
	q->scheme = rbuf_u8(r);
	q->len = rbuf_left(r);
	q->octets = rbuf_bytes(r, q->len);
	return complete(r) && q->len > 0 && q->kind <= KEYS_SKEYID;
}

void
ipc_keys_reply_build(struct wbuf *w, const struct keys_reply *a)
{
	wbuf_u32(w, a->serial);
	wbuf_u8(w, a->ok);
	wbuf_bytes(w, a->mac, a->ok ? a->len : 0);
}

bool
ipc_keys_reply_parse(struct rbuf *r, struct keys_reply *a)
{
	size_t n;

	memset(a, 0, sizeof(*a));
	a->serial = rbuf_u32(r);
	if (!get_bool(r, &a->ok))
		return false;
	n = rbuf_left(r);
	if (n > sizeof(a->mac) || (n > 0) != a->ok)
		return false;
	a->len = (uint16_t)n;
	rbuf_copy(r, a->mac, n);
	return complete(r);
}

void
ipc_cert_build(struct wbuf *w, const struct ipc_cert *c)
{
	size_t n = strlen(c->label);
	uint16_t i;

	wbuf_u8(w, (uint8_t)c->kind);
	wbuf_u8(w, (uint8_t)n);
	wbuf_bytes(w, c->label, n);
	wbuf_u16(w, c->n);
	for (i = 0; i < c->n; i++) {
		wbuf_u32(w, (uint32_t)c->certs[i].len);
		wbuf_bytes(w, c->certs[i].der, c->certs[i].len);
	}
}

bool
ipc_label_ok(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') ||
		      (s[i] >= '0' && s[i] <= '9') || s[i] == '_' ||
		      (i > 0 && (s[i] == '.' || s[i] == '-'))))
			return false;
	return len > 0 && len <= IPC_LABEL_MAX;
}

bool
ipc_cert_parse(struct rbuf *r, struct ipc_cert *c)
{
	size_t len, total = 0;
	uint16_t i;
	uint8_t kind;

	memset(c, 0, sizeof(*c));
	kind = rbuf_u8(r);
	len = rbuf_u8(r);
	if (kind > CERT_CA || len > IPC_LABEL_MAX)
		return false;
	c->kind = (enum cert_kind)kind;
	rbuf_copy(r, c->label, len);
	c->n = rbuf_u16(r);
	if (!ipc_label_ok(c->label, len) || c->n > IPC_CERTS_MAX)
		return false;
	for (i = 0; i < c->n; i++) {
		len = rbuf_u32(r);
		c->certs[i].len = len;
		c->certs[i].der = rbuf_bytes(r, len);
		if (c->certs[i].der == NULL)
			return false;
		total += len;
	}
	return complete(r) && total <= IPC_CERT_OCTETS_MAX &&
	    (c->kind != CERT_REQUEST || c->n == 0) &&
	    (c->kind != CERT_CA || c->n <= 1);
}

void
ipc_fetch_build(struct wbuf *w, const struct fetch_request *q)
{
	size_t n = q->url != NULL ? strlen(q->url) : 0;

	wbuf_u32(w, q->serial);
	wbuf_u8(w, q->kind);
	wbuf_u32(w, q->most);
	wbuf_u64(w, q->until);
	wbuf_u16(w, (uint16_t)n);
	wbuf_bytes(w, q->url, n);
	wbuf_bytes(w, q->body, q->len);
}

/* What comes with each kind. */
static bool
fetch_fits(const struct fetch_request *q, size_t url_len)
{
	switch (q->kind) {
	case FETCH_GET:
	case FETCH_CACHED:
		return url_len > 0 && q->most > 0 && q->len == 0;
	case FETCH_POST:
		return url_len > 0 && q->most > 0 && q->len > 0 &&
		    q->len <= FETCH_BODY_MAX;
	case FETCH_DROP:
		return url_len > 0 && q->len == 0;
	case FETCH_KEEP:
	case FETCH_END:
		return url_len == 0 && q->len == 0;
	}
	return false;
}

bool
ipc_fetch_parse(struct rbuf *r, struct fetch_request *q,
		char url[FETCH_URL_MAX + 1])
{
	size_t n;

	memset(q, 0, sizeof(*q));
	q->serial = rbuf_u32(r);
	q->kind = rbuf_u8(r);
	q->most = rbuf_u32(r);
	q->until = rbuf_u64(r);
	n = rbuf_u16(r);
	if (n > FETCH_URL_MAX)
		return false;
	rbuf_copy(r, url, n);
	url[n] = '\0';
	q->url = url;
	q->len = rbuf_left(r);
	q->body = rbuf_bytes(r, q->len);
	return complete(r) && strlen(url) == n && fetch_fits(q, n);
}

void
ipc_fetched_build(struct wbuf *w, const struct ipc_fetched *a)
{
	wbuf_u32(w, a->serial);
	wbuf_u8(w, a->outcome);
	wbuf_u32(w, a->len);
	wbuf_bytes(w, a->why, strnlen(a->why, sizeof(a->why) - 1));
}

/* One line: it becomes part of events, where lines of their own are ours. */
static bool
is_line(const char *s)
{
	while (*s >= ' ' && *s <= '~')
		s++;
	return *s == '\0';
}

bool
ipc_fetched_parse(struct rbuf *r, struct ipc_fetched *a)
{
	memset(a, 0, sizeof(*a));
	a->serial = rbuf_u32(r);
	a->outcome = rbuf_u8(r);
	a->len = rbuf_u32(r);
	return get_text(r, a->why, sizeof(a->why)) && complete(r) &&
	    is_line(a->why) && a->outcome <= FETCH_FAILED && (a->len > 0) == (a->outcome == FETCH_OK) &&
	    (a->why[0] != '\0') == (a->outcome == FETCH_FAILED);
}
