#include "client.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loop.h"
#include "msg.h"
#include "proto.h"
#include "str.h"

struct client {
	struct event_base *base;
	struct msg_conn	*conn;
	char		*path;
	char		*user, *role;

	uint32_t	 id;		/* of the call that waits */
	bool		 waiting;
	bool		 interrupted;
	struct msg	*reply;
	bool		(*note)(const struct msg *, void *);	/* or NULL */
	void		*note_arg;
	uint32_t	 stream;	/* its id; 0: none */
	struct err	 ended;		/* why confd ended it */
	client_event_fn	*event;
	void		*event_arg;
	struct err	 lost;		/* why the connection ended */
};

/* Of the stream that runs, maybe right behind the answer that began it. */
static void
notified(struct client *c, struct msg *m)
{
	if (!c->interrupted && !c->note(m, c->note_arg))
		c->interrupted = true;
	if (m->op == OP_STREAM_END) {
		if (m->flags & MSG_ERROR)
			msg_get_err(m, &c->ended);
		c->stream = 0;
	}
	event_base_loopbreak(c->base);
}

static void
received(struct msg_conn *conn, struct msg *m, void *arg)
{
	struct client *c = arg;

	(void)conn;
	if (!(m->flags & MSG_REPLY)) {
		if (c->event)
			c->event(m, c->event_arg);
		return;
	}
	if (c->stream && m->id == c->stream && m->op != OP_SUBSCRIBE) {
		notified(c, m);
		return;
	}
	if (!c->waiting ||
	    (m->id != c->id && m->op != 0))
		return;			/* of a call that was interrupted */
	c->reply->op = m->op;
	c->reply->flags = m->flags;
	c->reply->id = m->id;
	if (m->len) {
		c->reply->data = mem_grow(NULL, m->len, 1);
		memcpy(c->reply->data, m->data, m->len);
		c->reply->len = c->reply->size = m->len;
	}
	c->waiting = false;
	event_base_loopbreak(c->base);
}

static void
closed(struct msg_conn *conn, const struct err *e, void *arg)
{
	struct client *c = arg;

	(void)conn;
	c->conn = NULL;
	c->lost = *e;
	if (c->waiting || c->stream)
		event_base_loopbreak(c->base);
}

static const struct msg_ops conn_ops = { received, closed };

struct client *
client_new(struct event_base *base, const char *path)
{
	struct client *c = mem_zero(1, sizeof(*c));

	c->base = base;
	c->path = str_dup(path);
	return c;
}

void
client_free(struct client *c)
{
	if (!c)
		return;
	msg_conn_free(c->conn);
	free(c->path);
	free(c->user);
	free(c->role);
	free(c);
}

void
client_on_event(struct client *c, client_event_fn *fn, void *arg)
{
	c->event = fn;
	c->event_arg = arg;
}

bool
client_is_open(const struct client *c)
{
	return c->conn != NULL;
}

const char *
client_user(const struct client *c)
{
	return c->user ? c->user : "";
}

const char *
client_role(const struct client *c)
{
	return c->role ? c->role : "";
}

/* The terminal, or the address that SSH says we come from. */
static void
whence(struct str *from)
{
	const char *ssh = getenv("SSH_CONNECTION"), *tty = ttyname(0);

	if (ssh && *ssh)
		str_addn(from, ssh, strcspn(ssh, " "));
	else
		str_add(from, tty ? tty : "script");
	str_cut(from, 63);
}

int
client_open(struct client *c, struct msg *hello, struct err *e)
{
	struct str from = STR_INIT;
	struct msg req;
	uint32_t version = 0;
	int fd, rc;

	msg_init(hello, 0, 0, 0);
	fd = msg_connect(c->path, e);
	if (fd < 0)
		return -1;
	c->conn = msg_conn_new(c->base, fd, &conn_ops, c);
	if (!c->conn)
		return err_set(e, ERR_RESOURCE, "out of memory");
	msg_init(&req, OP_HELLO, 0, 0);
	msg_add_u32(&req, A_VERSION, PROTO_VERSION);
	whence(&from);
	msg_add_str(&req, A_FROM, str_get(&from));
	str_fini(&from);
	rc = client_call(c, &req, hello, e);
	if (rc == 0 && (!msg_u32(hello, A_VERSION, &version) ||
			version != PROTO_VERSION))
		rc = err_set(e, ERR_INVALID, "confd speaks version %u of the "
			     "protocol, this shell version %u: install both "
			     "from the same release", version, PROTO_VERSION);
	if (rc == 0) {
		free(c->user);
		free(c->role);
		c->user = msg_str(hello, A_USER);
		c->role = msg_str(hello, A_ROLE);
	} else {
		msg_conn_free(c->conn);
		c->conn = NULL;
	}
	return rc;
}

/* Whether it matters that it may have been done. */
static bool
changes(uint16_t op)
{
	return op == OP_EDIT_DATA || op == OP_COMMIT || op == OP_COPY ||
	    op == OP_DISCARD || op == OP_ROLLBACK || op == OP_ACTION ||
	    op == OP_CONFIRM || op == OP_CANCEL;
}

static int
wait_reply(struct client *c, struct err *e)
{
	while (c->waiting && c->conn && !c->interrupted)
		if (loop_turn(c->base, EVLOOP_ONCE) < 0)
			break;
	if (!c->waiting)
		return 0;
	c->waiting = false;
	if (c->interrupted)
		return err_set(e, ERR_REALITY, "interrupted%s",
			       changes(c->reply->op) ? "; what was begun is "
			       "finished all the same: look before you repeat "
			       "it" : "");
	if (c->conn)
		return err_set(e, ERR_BUG, "the event loop has stopped");
	return err_set(e, ERR_REALITY, "the connection to confd is lost (%s)",
		       c->lost.text);
}

int
client_call(struct client *c, struct msg *req, struct msg *reply,
	    struct err *e)
{
	msg_init(reply, req->op, MSG_REPLY, 0);
	if (!c->conn) {
		msg_fini(req);
		return err_set(e, ERR_REALITY, "no connection to confd");
	}
	if (req->bad) {
		msg_fini(req);
		return err_set(e, ERR_RESOURCE, "out of memory");
	}
	c->id = req->id = msg_conn_next_id(c->conn);
	c->reply = reply;
	c->waiting = true;
	c->interrupted = false;
	if (req->op == OP_SUBSCRIBE)
		c->stream = c->id;
	msg_conn_send(c->conn, req);
	if (wait_reply(c, e) < 0)
		return -1;
	if (reply->flags & MSG_ERROR) {
		msg_get_err(reply, e);
		return -1;
	}
	return 0;
}

/* What was lost last is in the answer. */
static void
unsubscribe(struct client *c)
{
	struct err ignored = ERR_INIT;
	struct msg req, reply;

	msg_init(&req, OP_UNSUBSCRIBE, 0, 0);
	msg_add_u32(&req, A_STREAM, c->stream);
	c->stream = 0;
	if (client_call(c, &req, &reply, &ignored) == 0)
		c->note(&reply, c->note_arg);
	msg_fini(&reply);
}

int
client_stream(struct client *c, struct msg *req, struct msg *reply,
	      bool (*note)(const struct msg *, void *arg), void *arg,
	      struct err *e)
{
	c->note = note;
	c->note_arg = arg;
	err_clear(&c->ended);
	if (client_call(c, req, reply, e) < 0) {
		if (c->interrupted && c->conn)
			unsubscribe(c);
		c->stream = 0;
		return -1;
	}
	while (c->stream && c->conn && !c->interrupted)
		if (loop_turn(c->base, EVLOOP_ONCE) < 0)
			break;
	if (!c->conn)
		err_set(&c->ended, ERR_REALITY, "the connection to confd is "
			"lost (%s)", c->lost.text);
	else if (c->stream)
		unsubscribe(c);
	c->stream = 0;
	c->interrupted = false;
	if (c->ended.kind == ERR_NONE)
		return 0;
	*e = c->ended;
	return -1;
}

bool
client_was_interrupted(const struct client *c)
{
	return c->interrupted;
}

bool
client_interrupt(struct client *c)
{
	if (!c->waiting && !c->stream)
		return false;
	c->interrupted = true;
	event_base_loopbreak(c->base);
	return true;
}
