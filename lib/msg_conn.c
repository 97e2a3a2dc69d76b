/* A connection in an event loop: one buffer in, a list of frames out. */
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "msg_frame.h"
#include "secret.h"

#define IN_MIN		16384u
/* Read at most so much before other connections get their turn. */
#define IN_TURN		(1u << 20)
/* Nor hand over further frames when it took so long already. */
#define TURN_NS		10000000

struct out {
	struct out	*next;
	size_t		 len;
	size_t		 off;
	uint8_t		 bytes[];
};

struct msg_conn {
	struct event_base	*base;
	int			 fd;
	struct event		*rd;
	struct event		*wr;
	struct event		*more;		/* frames wait in the buffer */
	const struct msg_ops	*ops;
	void			*arg;
	struct msg_peer		 peer;
	uint32_t		 next_id;
	uint8_t			*in;
	size_t			 in_len;
	size_t			 in_size;
	struct out		*out;
	struct out		**out_tail;
	size_t			 out_len;
	size_t			 frame_max;
	size_t			 queue_max;
	struct timespec		 turn;		/* when it began */
	bool			 again;		/* it was over too soon */
	bool			 busy;		/* in a callback of ours */
	bool			 gone;		/* free when no longer busy */
	bool			 failed;	/* tell closed() when possible */
	struct err		 err;
};

static void
conn_destroy(struct msg_conn *c)
{
	struct out *o;

	if (c->rd != NULL)
		event_free(c->rd);
	if (c->wr != NULL)
		event_free(c->wr);
	if (c->more != NULL)
		event_free(c->more);
	while ((o = c->out) != NULL) {
		c->out = o->next;
		secret_wipe_mem(o->bytes, o->len);
		free(o);
	}
	if (c->in != NULL)
		secret_wipe_mem(c->in, c->in_size);
	free(c->in);
	close(c->fd);
	free(c);
}

void
msg_conn_free(struct msg_conn *c)
{
	if (c == NULL)
		return;
	c->gone = true;
	if (!c->busy)
		conn_destroy(c);
}

/* Called at the end of each event, when nothing of c is on the stack. */
static void
conn_settle(struct msg_conn *c)
{
	if (c->failed && !c->gone) {
		c->busy = true;
		if (c->err.kind == ERR_INVALID)
			log_warn("a process of user %u (pid %d) sent %s: "
				 "connection closed", (unsigned)c->peer.uid,
				 (int)c->peer.pid, c->err.text);
		if (c->ops->closed != NULL)
			c->ops->closed(c, &c->err, c->arg);
		c->gone = true;
	}
	c->busy = false;
	if (c->gone)
		conn_destroy(c);
}

/* Not from inside a call of the owner's: through the loop. */
static void
conn_fail_later(struct msg_conn *c)
{
	c->failed = true;
	event_active(c->wr, EV_WRITE, 0);
}

/* Room for at least `want` bytes in all; old contents are wiped. */
static int
in_grow(struct msg_conn *c, size_t want, struct err *e)
{
	size_t size = c->in_size > 0 ? c->in_size : IN_MIN;
	uint8_t *in;

	while (size < want)
		size *= 2;
	if (size == c->in_size)
		return 0;
	in = malloc(size);
	if (in == NULL)
		return err_set(e, ERR_RESOURCE, "no memory for a message of "
			       "%zu bytes", want);
	if (c->in != NULL) {
		memcpy(in, c->in, c->in_len);
		secret_wipe_mem(c->in, c->in_size);
		free(c->in);
	}
	c->in = in;
	c->in_size = size;
	return 0;
}

static void
turn_begin(struct msg_conn *c)
{
	clock_gettime(CLOCK_MONOTONIC, &c->turn);
	c->again = false;
	c->busy = true;
}

static bool
turn_is_over(struct msg_conn *c)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	c->again = (now.tv_sec - c->turn.tv_sec) * 1000000000LL +
	    (now.tv_nsec - c->turn.tv_nsec) > TURN_NS;
	return c->again;
}

/* Hands over the whole frames in the buffer and moves the rest to its front.
 * *want is how long the buffer must be for the next one to be whole. */
static int
in_frames(struct msg_conn *c, size_t *want)
{
	size_t off = 0, len;
	struct msg m;

	*want = MSG_HDR_LEN;
	while (c->in_len - off >= MSG_HDR_LEN && !c->gone &&
	       c->out_len <= c->queue_max && !c->again) {
		if (msg_frame_parse_head(&m, c->in + off, c->frame_max, &len,
					 &c->err) < 0)
			return -1;
		if (c->in_len - off < len) {
			*want = len;
			break;
		}
		m.data = c->in + off + MSG_HDR_LEN;
		m.len = m.size = len - MSG_HDR_LEN;
		if (msg_frame_check(&m, &c->err) < 0)
			return -1;
		off += len;
		c->ops->received(c, &m, c->arg);
		if (turn_is_over(c))
			break;
	}
	if (off > 0) {
		memmove(c->in, c->in + off, c->in_len - off);
		c->in_len -= off;
		secret_wipe_mem(c->in + c->in_len, off);
	}
	return 0;
}

/* The memory of a long frame is not kept for the next short one. */
static void
in_shrink(struct msg_conn *c)
{
	if (c->in_len > 0 || c->in_size <= 4 * IN_MIN)
		return;
	free(c->in);		/* wiped by in_frames */
	c->in = NULL;
	c->in_size = 0;
}

static int
in_read(struct msg_conn *c, size_t *total)
{
	size_t want, room;
	ssize_t n;

	if (in_frames(c, &want) < 0)
		return -1;
	if (c->again)
		return 1;
	/* Memory follows what has come, not what a header promises. */
	if (want > 2 * c->in_len)
		want = 2 * c->in_len;
	if (in_grow(c, want > IN_MIN ? want : IN_MIN, &c->err) < 0)
		return -1;
	room = c->in_size - c->in_len;
	if (room == 0)		/* stopped by queue_max */
		return 1;
	n = recv(c->fd, c->in + c->in_len, room, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 1;
	if (n <= 0)
		return err_set(&c->err, ERR_REALITY, "the other end closed the "
			       "connection%s%s", n < 0 ? ": " : "",
			       n < 0 ? strerror(errno) : "");
	c->in_len += (size_t)n;
	*total += (size_t)n;
	if (in_frames(c, &want) < 0)
		return -1;
	in_shrink(c);
	return (size_t)n < room ? 1 : 0;
}

/* Whether to read on, and from where: what waits in the buffer makes no event
 * of the socket's. */
static void
in_rearm(struct msg_conn *c)
{
	static const struct timeval now = { 0, 0 };

	if (c->failed || c->gone)
		return;
	if (c->out_len > c->queue_max) {
		event_del(c->rd);
	} else if (c->again) {
		event_del(c->rd);
		event_add(c->more, &now);
	} else {
		event_add(c->rd, NULL);
	}
}

static void
conn_readable(evutil_socket_t fd, short what, void *arg)
{
	struct msg_conn *c = arg;
	size_t total = 0;
	int rc = 0;

	(void)fd;
	(void)what;
	turn_begin(c);
	while (rc == 0 && total < IN_TURN && !c->gone && !c->failed &&
	       c->out_len <= c->queue_max)
		rc = in_read(c, &total);
	if (rc < 0)
		c->failed = true;
	in_rearm(c);
	conn_settle(c);
}

static int
out_send(struct msg_conn *c)
{
	struct out *o = c->out;
	ssize_t n;

	n = send(c->fd, o->bytes + o->off, o->len - o->off,
		 MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 1;
	if (n < 0)
		return err_set(&c->err, ERR_REALITY, "the other end went away: "
			       "%s", strerror(errno));
	o->off += (size_t)n;
	c->out_len -= (size_t)n;
	if (o->off < o->len)
		return 1;
	c->out = o->next;
	if (c->out == NULL)
		c->out_tail = &c->out;
	secret_wipe_mem(o->bytes, o->len);
	free(o);
	return 0;
}

static void
conn_writable(evutil_socket_t fd, short what, void *arg)
{
	struct msg_conn *c = arg;
	bool held = c->out_len > c->queue_max;
	size_t want, total = 0;
	struct err why;
	int rc = 0;

	(void)fd;
	(void)what;
	turn_begin(c);
	while (rc == 0 && c->out != NULL && !c->failed)
		rc = out_send(c);
	if (rc < 0) {
		/* What the other end said before it went may say why. */
		why = c->err;
		while (!c->gone && in_read(c, &total) == 0)
			;
		c->err = why;
		c->failed = true;
	}
	if (!c->failed && c->out != NULL)
		event_add(c->wr, NULL);
	if (held && !c->failed && c->out_len <= c->queue_max) {
		if (in_frames(c, &want) < 0)
			c->failed = true;
		in_rearm(c);
	}
	conn_settle(c);
}

struct msg_conn *
msg_conn_new(struct event_base *base, int fd, const struct msg_ops *ops,
	     void *arg)
{
	struct msg_conn *c = calloc(1, sizeof(*c));
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (c == NULL) {
		close(fd);
		return NULL;
	}
	c->base = base;
	c->fd = fd;
	c->ops = ops;
	c->arg = arg;
	c->out_tail = &c->out;
	c->frame_max = MSG_MAX;
	c->queue_max = SIZE_MAX;
	c->peer.pid = -1;
	c->peer.uid = (uid_t)-1;
	c->peer.gid = (gid_t)-1;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0) {
		c->peer.pid = cred.pid;
		c->peer.uid = cred.uid;
		c->peer.gid = cred.gid;
	}
	evutil_make_socket_nonblocking(fd);
	c->rd = event_new(base, fd, EV_READ | EV_PERSIST, conn_readable, c);
	c->wr = event_new(base, fd, EV_WRITE, conn_writable, c);
	c->more = event_new(base, -1, 0, conn_readable, c);
	if (c->rd == NULL || c->wr == NULL || c->more == NULL || event_add(c->rd, NULL) < 0) {
		conn_destroy(c);
		return NULL;
	}
	return c;
}

void
msg_conn_limit(struct msg_conn *c, size_t frame_max, size_t queue_max)
{
	c->frame_max = frame_max < MSG_MAX ? frame_max : MSG_MAX;
	c->queue_max = queue_max;
}

void
msg_conn_send(struct msg_conn *c, struct msg *m)
{
	struct out *o;

	/* A reply that did not fit becomes one that says no; anything else
	 * would leave the two ends with different ideas of what was asked. */
	if (m->bad && (m->flags & MSG_REPLY)) {
		m->flags |= MSG_ERROR;
		m->len = 0;
		m->bad = false;
	}
	o = m->bad ? NULL : malloc(sizeof(*o) + MSG_HDR_LEN + m->len);
	if (o == NULL) {
		err_set(&c->err, ERR_RESOURCE, "no memory for a message");
		conn_fail_later(c);
		msg_fini(m);
		return;
	}
	o->next = NULL;
	o->off = 0;
	o->len = MSG_HDR_LEN + m->len;
	msg_frame_head(m, o->bytes);
	if (m->len > 0)
		memcpy(o->bytes + MSG_HDR_LEN, m->data, m->len);
	msg_fini(m);
	*c->out_tail = o;
	c->out_tail = &o->next;
	c->out_len += o->len;
	event_add(c->wr, NULL);
}

size_t
msg_conn_queued(const struct msg_conn *c)
{
	return c->out_len;
}

const struct msg_peer *
msg_conn_peer(const struct msg_conn *c)
{
	return &c->peer;
}

uint32_t
msg_conn_next_id(struct msg_conn *c)
{
	return ++c->next_id;
}
