/*
 * A decoded message in one line, for debug logs.
 */
#include "message1.h"

#include <stdarg.h>
#include <stdio.h>

struct line {
	char	*buf;
	size_t	 len;
};

/* Appends as much as fits before " ... ]". */
static void __attribute__((format(printf, 2, 3)))
put(struct line *l, const char *fmt, ...)
{
	size_t room = MESSAGE_STRLEN - 8 - l->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(l->buf + l->len, room, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= room) {
		l->buf[l->len] = '\0';
		return;
	}
	l->len += (size_t)n;
}

const struct name *
message_exchange_names(const struct message *m)
{
	return message_is_v1(m) ? ike1_exchange_names : ike_exchange_names;
}

const struct name *
message_payload_names(const struct message *m)
{
	return message_is_v1(m) ? ike1_payload_names : ike_payload_names;
}

static const struct name *
message_notify_names(const struct message *m)
{
	return message_is_v1(m) ? ike1_notify_names : ike_notify_names;
}

const char *
message_kind_str(const struct message *m)
{
	return message_is_v1(m) ? "message" :
	    message_is_response(m) ? "response" : "request";
}

static void
put_plain(struct line *l, const struct message *m, const struct payload *p)
{
	char name[16];

	put(l, " %s", name_str(message_payload_names(m), p->type, name));
}

/* What only IKEv1 has to say about a payload; false: nothing. */
static bool
put_payload1(struct line *l, const struct message *m, const struct payload *p)
{
	const char *vendor;

	switch (p->type) {
	case PL_VENDOR:
		vendor = vendor_name(&p->body);
		if (vendor != NULL)
			put(l, " V(%s)", vendor);
		return vendor != NULL;
	case PL_KE:
		put_plain(l, m, p);
		return true;
	case PL_ID:
		put(l, message_find(m, PL_IDR) != NULL ? " IDci" : " ID");
		return true;
	default:
		return false;
	}
}

static void
put_payload(struct line *l, const struct message *m, const struct payload *p)
{
	char name[16];
	size_t i;

	if (message_is_v1(m) && put_payload1(l, m, p))
		return;
	switch (p->type) {
	case PL_NOTIFY:
		put(l, " N(%s)", name_str(message_notify_names(m),
		    p->notify.type, name));
		break;
	case PL_DELETE:
		put(l, " D(%s", name_str(ike_protocol_names, p->del.protocol, name));
		for (i = 0; i < p->del.n && i < 4 && p->del.spi_size == 4; i++)
			put(l, " %08x", delete_spi(p, i));
		put(l, i < p->del.n && i > 0 ? " ...)" : ")");
		break;
	case PL_KE:
		put(l, " KE(%s)", name_str(ike_ke_names, p->ke.group, name));
		break;
	default:
		put_plain(l, m, p);
	}
}

/* Each with a blank in front. */
static void
put_payloads(struct line *l, const struct message *m)
{
	size_t i, before;

	for (i = 0; i < m->n; i++) {
		before = l->len;
		put_payload(l, m, &m->pl[i]);
		if (l->len == before) {
			snprintf(l->buf + l->len, MESSAGE_STRLEN - l->len, " ...");
			l->len += 4;
			break;
		}
	}
	if (m->fragment.present)
		put(l, " FRAGMENT(%u%s)", m->fragment.number,
		    m->fragment.last ? ", the last" : "");
	if (m->sk.present && !m->sk.opened) {
		if (m->sk.fragment != 0)
			put(l, " SKF(%u/%u)", m->sk.fragment, m->sk.fragments);
		else
			put(l, message_is_v1(m) ? " encrypted" : " SK");
	}
}

const char *
message_str(const struct message *m, char buf[MESSAGE_STRLEN])
{
	struct line l = { buf, 0 };
	const char *exch;
	char number[16];

	buf[0] = '\0';
	exch = name_str(message_exchange_names(m), m->hdr.exchange, number);
	if (message_is_v1(m))
		put(&l, "IKEv1 %s %08x [", exch, m->hdr.msgid);
	else
		put(&l, "%s %s %u [", exch, message_kind_str(m), m->hdr.msgid);
	put_payloads(&l, m);
	snprintf(buf + l.len, MESSAGE_STRLEN - l.len, " ]");
	return buf;
}

const char *
message_payloads_str(const struct message *m, char buf[MESSAGE_STRLEN])
{
	struct line l = { buf, 0 };

	buf[0] = '\0';
	put_payloads(&l, m);
	return buf[0] == ' ' ? buf + 1 : buf;
}
