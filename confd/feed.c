/*
 * feed: what an owner streams, or the log, handed on to the session that asked for it.
 *
 * Neither end holds up the other: what the session does not take is lost and
 * counted (lib/stream.h), and a session that goes away ends its streams.
 */
#include <libyang/libyang.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "confd.h"
#include "logs.h"
#include "msg.h"
#include "path.h"
#include "request.h"
#include "session.h"
#include "stream.h"
#include "system.h"
#include "ytree.h"

#define FEEDS_MAX	4		/* of a session */

struct feed {
	struct feed		*next;
	struct session		*session;
	struct backend_stream	*in;		/* NULL: the log */
	struct stream		*out;
	bool			 answered;	/* the OP_SUBSCRIBE */
};

static void
feed_free(struct feed *f)
{
	struct feed **at = &f->session->feeds;

	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	stream_free(f->out);
	free(f);
}

void
feed_free_all(struct session *s)
{
	while (s->feeds != NULL) {
		backend_stream_free(s->feeds->in, true);
		feed_free(s->feeds);
	}
}

/* To the session, all attributes but the count of what was lost on the way,
 * which is added to ours. */
static void
copy_attrs(struct feed *f, const struct msg *from, struct msg *to)
{
	struct msg_attr a;
	uint64_t lost;
	size_t pos = 0;

	while (msg_next(from, &pos, &a))
		if (a.type != A_LOST)
			msg_add(to, a.type, a.p, a.len);
	if (msg_u64(from, A_LOST, &lost))
		stream_add_lost(f->out, lost);
}

/* The answer to the OP_SUBSCRIBE. */
static void
on_answer(struct feed *f, const struct msg *m, const struct err *e)
{
	struct msg r;

	msg_init(&r, OP_SUBSCRIBE, MSG_REPLY, stream_id(f->out));
	if (m != NULL) {
		r.flags = m->flags;
		copy_attrs(f, m, &r);
	} else {
		r.flags |= MSG_ERROR;
		msg_add_err(&r, e);
	}
	f->answered = (r.flags & MSG_ERROR) == 0;
	msg_conn_send(f->session->conn, &r);
}

/* Nothing more comes from the owner. */
static void
ended(struct feed *f, const struct msg *m, const struct err *e)
{
	struct err why = ERR_INIT;
	uint64_t lost;

	backend_stream_free(f->in, false);
	if (f->answered && m != NULL && msg_u64(m, A_LOST, &lost))
		stream_add_lost(f->out, lost);
	if (m != NULL && (m->flags & MSG_ERROR) != 0) {
		msg_get_err(m, &why);
		e = &why;
	}
	if (f->answered) {
		stream_end(f->out, e);
		f->out = NULL;
	}
	feed_free(f);
}

static void
on_stream(const struct msg *m, const struct err *e, void *arg)
{
	struct feed *f = arg;
	struct msg n;

	if (!f->answered)
		on_answer(f, m, e);
	else if (m != NULL && m->op == OP_NOTIFICATION) {
		stream_begin(f->out, &n);
		copy_attrs(f, m, &n);
		stream_send(f->out, &n);
	}
	if (!f->answered || m == NULL || m->op == OP_STREAM_END)
		ended(f, m, e);
}

static struct feed *
feed_new(struct session *s, uint32_t id, struct err *e)
{
	struct feed *f = s->feeds;
	unsigned int n;

	for (n = 0; f != NULL; f = f->next, n++)
		if (stream_id(f->out) == id)
			break;
	if (f != NULL || n >= FEEDS_MAX) {
		err_set(e, ERR_RESOURCE, "this session watches %u things "
			"already", n);
		return NULL;
	}
	f = calloc(1, sizeof(*f));
	if (f != NULL)
		f->out = stream_new(s->confd->base, s->conn, id);
	if (f == NULL || f->out == NULL) {
		free(f);
		err_set(e, ERR_RESOURCE, "out of memory");
		return NULL;
	}
	f->session = s;
	f->next = s->feeds;
	s->feeds = f;
	return f;
}

/* --- the log, which is ours --- */

void
feed_each_log(struct session *s,
	      void (*fn)(struct stream *, const struct log_entry *, bool),
	      const struct log_entry *l)
{
	struct feed *f;

	for (f = s->feeds; f != NULL; f = f->next)
		if (f->in == NULL && f->answered)
			fn(f->out, l, false);
}

/* The answer goes before the lines. */
static enum verdict
read_log(struct session *s, const struct msg *m, struct err *e)
{
	struct feed *f = feed_new(s, m->id, e);
	uint32_t n = UINT32_MAX;
	struct msg_attr a;
	struct msg r;

	if (f == NULL)
		return REFUSED;
	msg_init(&r, OP_SUBSCRIBE, MSG_REPLY, m->id);
	msg_conn_send(s->conn, &r);
	msg_u32(m, A_COUNT, &n);
	logs_last(s->confd->logs, f->out, n);
	if (msg_find(m, A_FOLLOW, &a)) {
		f->answered = true;
		return LATER;
	}
	stream_end(f->out, NULL);
	f->out = NULL;
	feed_free(f);
	return LATER;
}

enum verdict
feed_subscribe(struct session *s, const struct msg *m, struct msg *r,
	       struct err *e)
{
	struct msg_attr a;
	struct backend *b;
	struct path p;
	struct feed *f;
	struct msg ask;

	(void)r;
	if (action_path(s, m, &p, e) < 0)
		return REFUSED;
	if (ytree_ext(p.node, "stream") != NULL &&
	    strcmp(ytree_owner(p.node), SYSTEM_OWNER) == 0)
		return read_log(s, m, e);
	b = backend_find(s->confd, ytree_owner(p.node));
	if (ytree_ext(p.node, "stream") == NULL || b == NULL) {
		err_set_path(e, ERR_INVALID, p.text, "%s is nothing to watch",
			     p.node->name);
		return REFUSED;
	}
	f = feed_new(s, m->id, e);
	if (f == NULL)
		return REFUSED;
	msg_init(&ask, OP_SUBSCRIBE, 0, 0);
	msg_add_str(&ask, A_PATH, p.text);
	if (msg_find(m, A_PACKETS, &a))
		msg_add(&ask, A_PACKETS, a.p, a.len);
	f->in = backend_stream_new(b, &ask, on_stream, f, e);
	if (f->in != NULL)
		return LATER;
	feed_free(f);
	return REFUSED;
}

enum verdict
feed_unsubscribe(struct session *s, const struct msg *m, struct msg *r,
		 struct err *e)
{
	struct feed *f;
	uint64_t lost;
	uint32_t id;

	for (f = s->feeds; f != NULL; f = f->next)
		if (msg_u32(m, A_STREAM, &id) && stream_id(f->out) == id)
			break;
	if (f == NULL) {
		err_set(e, ERR_NOTFOUND, "there is no such stream");
		return REFUSED;
	}
	lost = stream_take_lost(f->out);
	if (lost > 0)
		msg_add_u64(r, A_LOST, lost);
	backend_stream_free(f->in, true);
	feed_free(f);
	return ANSWER;
}
