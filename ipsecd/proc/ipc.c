/*
 * ipc: see ipc.h.  One receive buffer for each pipe, one queue of whole
 * messages in the order they were sent.
 */
#include "ipc.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "secret.h"

#define HDR_LEN		2
#define FRAME_MAX	(HDR_LEN + IPC_BODY_MAX)
/* Messages handled before other events get their turn. */
#define BATCH		64

struct frame {
	STAILQ_ENTRY(frame)	 next;
	int			 fd;
	size_t			 len;
	uint8_t			 bytes[];
};

struct ipc {
	int			 fd;
	struct event		*in;
	struct event		*out;
	const struct ipc_ops	*ops;
	void			*arg;
	STAILQ_HEAD(, frame)	 queue;
	size_t			 queued;
	size_t			 limit;
	bool			 held;
	bool			 paused;
	bool			 overrun;	/* the queue grew too long */
	uint8_t			*buf;		/* FRAME_MAX */
};

int
ipc_pair(int fds[2], struct err *e)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		       fds) < 0)
		return err_set(e, ERR_RESOURCE,
			       "cannot make a pipe between processes: %s",
			       strerror(errno));
	return 0;
}

static void
frame_free(struct frame *f)
{
	if (f->fd >= 0)
		close(f->fd);
	secret_wipe_mem(f->bytes, f->len);
	free(f);
}

static void
close_with(struct ipc *p, const char *why)
{
	p->ops->closed(p, why, p->arg);
	ipc_free(p);
}

/* The descriptor that came along, or -1; any further ones are closed. */
static int
fd_of(struct msghdr *mh)
{
	struct cmsghdr *c;
	size_t n, i;
	int fd = -1, got;

	for (c = CMSG_FIRSTHDR(mh); c != NULL; c = CMSG_NXTHDR(mh, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&got, CMSG_DATA(c) + i * sizeof(int), sizeof(got));
			if (fd < 0)
				fd = got;
			else
				close(got);
		}
	}
	return fd;
}

/* False: the pipe is no more. */
static bool
receive_one(struct ipc *p, bool *again)
{
	union { char b[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } ctl;
	struct iovec iov = { p->buf, FRAME_MAX };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &ctl, .msg_controllen = sizeof(ctl) };
	struct rbuf r;
	ssize_t n;
	uint16_t type;
	bool ok;
	int fd;

	*again = false;
	n = recvmsg(p->fd, &mh, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0) {
		close_with(p, n == 0 || errno == ECONNRESET ?
			   "the other end has gone" : strerror(errno));
		return false;
	}
	fd = fd_of(&mh);
	rbuf_init(&r, p->buf, (size_t)n);
	type = rbuf_u16(&r);
	ok = rbuf_ok(&r) && !(mh.msg_flags & (MSG_TRUNC | MSG_CTRUNC));
	if (!ok && fd >= 0)
		close(fd);
	ok = ok && p->ops->received(p, type, &r, fd, p->arg);
	secret_wipe_mem(p->buf, (size_t)n);
	if (!ok) {
		close_with(p, "the other end sent something malformed");
		return false;
	}
	*again = true;
	return true;
}

static void
readable(evutil_socket_t fd, short what, void *arg)
{
	struct ipc *p = arg;
	bool again = true;
	int i;

	(void)fd;
	(void)what;
	for (i = 0; i < BATCH && again && !p->paused; i++)
		if (!receive_one(p, &again))
			return;
}

/* 1 sent, 0 not now, -1 the other end is not there (readable() will say so). */
static int
transmit(struct ipc *p, const uint8_t *bytes, size_t len, int fd)
{
	union { char b[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } ctl;
	struct iovec iov = { (void *)(uintptr_t)bytes, len };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (fd >= 0) {
		memset(&ctl, 0, sizeof(ctl));
		mh.msg_control = &ctl;
		mh.msg_controllen = sizeof(ctl);
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	if (sendmsg(p->fd, &mh, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return 1;
	return errno == EAGAIN || errno == EINTR || errno == ENOBUFS ? 0 : -1;
}

/* Stops reading when held or above the limit, goes on below half of it. */
static void
set_paused(struct ipc *p)
{
	bool pause = p->held || (p->limit > 0 &&
	    p->queued > (p->paused ? p->limit / 2 : p->limit));

	if (pause == p->paused)
		return;
	p->paused = pause;
	if (pause)
		event_del(p->in);
	else
		event_add(p->in, NULL);
}

static void
writable(evutil_socket_t fd, short what, void *arg)
{
	struct ipc *p = arg;
	struct frame *f;

	(void)fd;
	(void)what;
	if (p->overrun) {
		close_with(p, "the other end does not read what it is sent");
		return;
	}
	while ((f = STAILQ_FIRST(&p->queue)) != NULL) {
		if (transmit(p, f->bytes, f->len, f->fd) == 0)
			break;
		STAILQ_REMOVE_HEAD(&p->queue, next);
		p->queued -= f->len;
		frame_free(f);
	}
	if (f == NULL)
		event_del(p->out);
	set_paused(p);
}

struct ipc *
ipc_new(struct event_base *base, int fd, const struct ipc_ops *ops, void *arg)
{
	struct ipc *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		close(fd);
		return NULL;
	}
	p->fd = fd;
	p->ops = ops;
	p->arg = arg;
	STAILQ_INIT(&p->queue);
	p->buf = malloc(FRAME_MAX);
	p->in = event_new(base, fd, EV_READ | EV_PERSIST, readable, p);
	p->out = event_new(base, fd, EV_WRITE | EV_PERSIST, writable, p);
	if (p->buf == NULL || p->in == NULL || p->out == NULL ||
	    event_add(p->in, NULL) < 0) {
		ipc_free(p);
		return NULL;
	}
	return p;
}

void
ipc_free(struct ipc *p)
{
	struct frame *f;

	if (p == NULL)
		return;
	if (p->in != NULL)
		event_free(p->in);
	if (p->out != NULL)
		event_free(p->out);
	while ((f = STAILQ_FIRST(&p->queue)) != NULL) {
		STAILQ_REMOVE_HEAD(&p->queue, next);
		frame_free(f);
	}
	close(p->fd);
	free(p->buf);
	free(p);
}

/* The process may be out of memory or the other end asleep for ever: the pipe
 * is given up from the event loop, not from inside somebody's send. */
static void
give_up(struct ipc *p)
{
	p->overrun = true;
	event_add(p->out, NULL);
	event_active(p->out, EV_WRITE, 0);
}

void
ipc_send_fd(struct ipc *p, uint16_t type, const void *body, size_t len, int fd)
{
	struct frame *f = NULL;
	struct wbuf w;

	if (len <= IPC_BODY_MAX && !p->overrun &&
	    p->queued + len <= IPC_QUEUE_MAX)
		f = malloc(sizeof(*f) + HDR_LEN + len);
	if (f == NULL) {
		if (fd >= 0)
			close(fd);
		give_up(p);
		return;
	}
	f->fd = fd;
	f->len = HDR_LEN + len;
	wbuf_init(&w, f->bytes, f->len);
	wbuf_u16(&w, type);
	wbuf_bytes(&w, body, len);
	if (STAILQ_EMPTY(&p->queue) &&
	    transmit(p, f->bytes, f->len, fd) != 0) {
		frame_free(f);
		return;
	}
	STAILQ_INSERT_TAIL(&p->queue, f, next);
	p->queued += f->len;
	event_add(p->out, NULL);
	set_paused(p);
}

void
ipc_send(struct ipc *p, uint16_t type, const void *body, size_t len)
{
	ipc_send_fd(p, type, body, len, -1);
}

size_t
ipc_queued(const struct ipc *p)
{
	return p->queued;
}

void
ipc_limit(struct ipc *p, size_t max)
{
	p->limit = max;
	set_paused(p);
}

void
ipc_hold(struct ipc *p, bool held)
{
	p->held = held;
	set_paused(p);
}
