#include "stream.h"

#include <event2/event.h>
#include <stdlib.h>

#include "msg.h"
#include "proto.h"

static const struct timeval tell_after = { 1, 0 };

struct stream {
	struct msg_conn	*conn;
	uint32_t	 id;
	uint64_t	 lost;
	struct event	*tell;		/* runs while something is lost */
};

/* Nothing came since to tell it with. */
static void
on_tell(evutil_socket_t fd, short what, void *arg)
{
	struct stream *s = arg;
	struct msg m;

	(void)fd;
	(void)what;
	if (s->lost == 0)
		return;
	if (msg_conn_queued(s->conn) > STREAM_QUEUE_MAX) {
		event_add(s->tell, &tell_after);
		return;
	}
	stream_begin(s, &m);
	stream_send(s, &m);
}

struct stream *
stream_new(struct event_base *base, struct msg_conn *conn, uint32_t id)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->conn = conn;
	s->id = id;
	s->tell = event_new(base, -1, 0, on_tell, s);
	if (s->tell == NULL) {
		free(s);
		return NULL;
	}
	return s;
}

void
stream_free(struct stream *s)
{
	if (s == NULL)
		return;
	event_free(s->tell);
	free(s);
}

uint32_t
stream_id(const struct stream *s)
{
	return s->id;
}

void
stream_begin(const struct stream *s, struct msg *m)
{
	msg_init(m, OP_NOTIFICATION, MSG_REPLY, s->id);
}

void
stream_add_lost(struct stream *s, uint64_t n)
{
	if (n > 0 && s->lost == 0)
		event_add(s->tell, &tell_after);
	s->lost += n;
}

uint64_t
stream_take_lost(struct stream *s)
{
	uint64_t n = s->lost;

	s->lost = 0;
	event_del(s->tell);
	return n;
}

bool
stream_full(struct stream *s)
{
	if (msg_conn_queued(s->conn) <= STREAM_QUEUE_MAX)
		return false;
	stream_add_lost(s, 1);
	return true;
}

void
stream_send_kept(struct stream *s, struct msg *m)
{
	uint64_t lost;

	if (m->bad) {
		stream_add_lost(s, 1);
		msg_fini(m);
		return;
	}
	lost = stream_take_lost(s);
	if (lost > 0)
		msg_add_u64(m, A_LOST, lost);
	msg_conn_send(s->conn, m);
}

void
stream_send(struct stream *s, struct msg *m)
{
	if (stream_full(s))
		msg_fini(m);
	else
		stream_send_kept(s, m);
}

void
stream_end(struct stream *s, const struct err *e)
{
	uint64_t lost = stream_take_lost(s);
	struct msg m;

	msg_init(&m, OP_STREAM_END, MSG_REPLY, s->id);
	if (lost > 0)
		msg_add_u64(&m, A_LOST, lost);
	if (e != NULL) {
		m.flags |= MSG_ERROR;
		msg_add_err(&m, e);
	}
	msg_conn_send(s->conn, &m);
	stream_free(s);
}
