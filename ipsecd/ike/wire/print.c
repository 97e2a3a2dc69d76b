/*
 * A decoded message in one line, for debug logs.
 */
#include "message.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "buf.h"

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

static void
put_payload(struct line *l, const struct payload *p)
{
	char name[16];
	size_t i;

	switch (p->type) {
	case PL_NOTIFY:
		put(l, " N(%s)", name_str(ike_notify_names, p->notify.type, name));
		break;
	case PL_DELETE:
		put(l, " D(%s", name_str(ike_protocol_names, p->del.protocol, name));
		for (i = 0; i < p->del.n && i < 4; i++)
			put(l, " %08x", delete_spi(p, i));
		put(l, i < p->del.n ? " ...)" : ")");
		break;
	case PL_KE:
		put(l, " KE(%s)", name_str(ike_ke_names, p->ke.group, name));
		break;
	default:
		put(l, " %s", name_str(ike_payload_names, p->type, name));
	}
}

/* Each with a blank in front. */
static void
put_payloads(struct line *l, const struct message *m)
{
	size_t i, before;

	for (i = 0; i < m->n; i++) {
		before = l->len;
		put_payload(l, &m->pl[i]);
		if (l->len == before) {
			snprintf(l->buf + l->len, MESSAGE_STRLEN - l->len, " ...");
			l->len += 4;
			break;
		}
	}
	if (m->sk.present && !m->sk.opened) {
		if (m->sk.fragment != 0)
			put(l, " SKF(%u/%u)", m->sk.fragment, m->sk.fragments);
		else
			put(l, " SK");
	}
}

const char *
message_str(const struct message *m, char buf[MESSAGE_STRLEN])
{
	struct line l = { buf, 0 };
	char exch[16];

	buf[0] = '\0';
	put(&l, "%s %s %u [", name_str(ike_exchange_names, m->hdr.exchange, exch),
	    message_is_response(m) ? "response" : "request", m->hdr.msgid);
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
