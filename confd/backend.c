#include "backend.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "confd.h"
#include "log.h"
#include "logs.h"
#include "msg.h"
#include "proto.h"
#include "txn.h"

#define RETRY_MIN_MS	200
#define RETRY_MAX_MS	1000
/* How long one that is there but could not take running is left alone. */
#define RESYNC_MIN_MS	1000
#define RESYNC_MAX_MS	60000
/* How long an owner waits for those nested in it, which are to be first: it
 * should not begin with tunnels whose secrets are still on their way. */
#define NESTED_MS	1000

struct pending {
	struct pending		*next;
	struct backend		*backend;
	uint32_t		 id;
	struct event		*timeout;
	int			 seconds;	/* that it is given */
	backend_reply_fn	*fn;
	void			*arg;
};

struct backend {
	struct confd		*confd;
	char			*name;
	char			 path[108];
	bool			 given;		/* a connection not ours to make */
	struct msg_conn		*conn;
	struct event		*retry;
	unsigned int		 retry_ms;
	unsigned int		 resync_ms;
	bool			 up;		/* it said hello */
	bool			 synced;
	bool			 missing;	/* said so in the log */
	bool			 waiting;	/* for nested owners */
	char			*refusal;
	char			*plane;
	struct pending		*pending;
	struct backend_stream	*streams;
};

struct backend_stream {
	struct backend_stream	*next;
	struct backend		*backend;	/* NULL: has gone */
	uint32_t		 id;
	backend_stream_fn	*fn;
	void			*arg;
};

static void try_connect(struct backend *);

const char *
backend_name(const struct backend *b)
{
	return b->name;
}

struct backend *
backend_find(struct confd *c, const char *owner)
{
	size_t i;

	for (i = 0; owner != NULL && i < c->schema.n_owners; i++)
		if (c->backends[i] != NULL &&
		    strcmp(c->backends[i]->name, owner) == 0)
			return c->backends[i];
	return NULL;
}

bool
backend_is_up(const struct backend *b)
{
	return b->up;
}

int
backend_down_err(const struct backend *b, struct err *e)
{
	return err_set(e, ERR_REALITY, "%s is not running", b->name);
}

const char *
backend_plane(const struct backend *b)
{
	return b->up ? b->plane : NULL;
}

pid_t
backend_pid(const struct backend *b)
{
	return b->up ? msg_conn_peer(b->conn)->pid : 0;
}

bool
backend_is_synced(const struct backend *b)
{
	return b->up && b->synced;
}

void
backend_set_synced(struct backend *b, bool synced)
{
	b->synced = synced;
	if (synced)
		b->resync_ms = RESYNC_MIN_MS;
}

void
backend_set_refusal(struct backend *b, const char *why)
{
	free(b->refusal);
	b->refusal = why != NULL ? strdup(why) : NULL;
}

const char *
backend_refusal(const struct backend *b)
{
	return b->refusal;
}

/* --- requests --- */

static void
pending_free(struct pending *p)
{
	if (p->timeout != NULL)
		event_free(p->timeout);
	free(p);
}

static struct pending *
pending_take(struct backend *b, uint32_t id)
{
	struct pending **pp, *p;

	for (pp = &b->pending; (p = *pp) != NULL; pp = &p->next) {
		if (p->id != id)
			continue;
		*pp = p->next;
		return p;
	}
	return NULL;
}

static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct pending *p = arg;
	struct err e;

	(void)fd;
	(void)what;
	pending_take(p->backend, p->id);
	err_set(&e, ERR_REALITY, "%s did not answer within %d seconds",
		p->backend->name, p->seconds);
	p->fn(NULL, &e, p->arg);
	pending_free(p);
}

static void
fail_pending(struct backend *b, const struct err *e)
{
	struct pending *p;

	while ((p = b->pending) != NULL) {
		b->pending = p->next;
		p->fn(NULL, e, p->arg);
		pending_free(p);
	}
}

/* On an open connection, whether it has said hello or not. */
static void
request(struct backend *b, struct msg *m, backend_reply_fn *fn, void *arg)
{
	const struct timeval tv = { m->op == OP_ACTION ? BACKEND_ACTION_S :
				    BACKEND_TIMEOUT_S, 0 };
	struct pending *p = calloc(1, sizeof(*p));
	struct err e;

	if (p != NULL)
		p->timeout = event_new(b->confd->base, -1, 0, on_timeout, p);
	if (p == NULL || p->timeout == NULL || m->bad ||
	    event_add(p->timeout, &tv) < 0) {
		err_set(&e, ERR_RESOURCE, "no memory to ask %s", b->name);
		if (p != NULL)
			pending_free(p);
		msg_fini(m);
		fn(NULL, &e, arg);
		return;
	}
	p->backend = b;
	p->seconds = (int)tv.tv_sec;
	p->fn = fn;
	p->arg = arg;
	p->id = m->id = msg_conn_next_id(b->conn);
	p->next = b->pending;
	b->pending = p;
	msg_conn_send(b->conn, m);
}

void
backend_request(struct backend *b, struct msg *m, backend_reply_fn *fn,
		void *arg)
{
	struct err e;

	if (b->up) {
		request(b, m, fn, arg);
		return;
	}
	msg_fini(m);
	backend_down_err(b, &e);
	fn(NULL, &e, arg);
}

/* --- streams --- */

static struct backend_stream *
stream_find(struct backend *b, uint32_t id)
{
	struct backend_stream *s = b->streams;

	while (s != NULL && s->id != id)
		s = s->next;
	return s;
}

struct backend_stream *
backend_stream_new(struct backend *b, struct msg *m, backend_stream_fn *fn,
		   void *arg, struct err *e)
{
	struct backend_stream *s = NULL;

	if (!b->up)
		backend_down_err(b, e);
	else if (m->bad || (s = calloc(1, sizeof(*s))) == NULL)
		err_set(e, ERR_RESOURCE, "no memory to ask %s", b->name);
	if (s == NULL) {
		msg_fini(m);
		return NULL;
	}
	s->backend = b;
	s->fn = fn;
	s->arg = arg;
	s->id = m->id = msg_conn_next_id(b->conn);
	s->next = b->streams;
	b->streams = s;
	msg_conn_send(b->conn, m);
	return s;
}

static void
stream_unlink(struct backend_stream *s)
{
	struct backend_stream **at;

	if (s->backend == NULL)
		return;
	for (at = &s->backend->streams; *at != s; at = &(*at)->next)
		;
	*at = s->next;
	s->backend = NULL;
}

void
backend_stream_free(struct backend_stream *s, bool end)
{
	struct msg m;

	if (s == NULL)
		return;
	if (end && s->backend != NULL && s->backend->conn != NULL) {
		msg_init(&m, OP_UNSUBSCRIBE, 0,
			 msg_conn_next_id(s->backend->conn));
		msg_add_u32(&m, A_STREAM, s->id);
		msg_conn_send(s->backend->conn, &m);
	}
	stream_unlink(s);
	free(s);
}

static void
fail_streams(struct backend *b, const struct err *e)
{
	struct backend_stream *s;

	while ((s = b->streams) != NULL) {
		stream_unlink(s);
		s->fn(NULL, e, s->arg);
	}
}

static void
on_received(struct msg_conn *conn, struct msg *m, void *arg)
{
	struct backend *b = arg;
	struct backend_stream *s;
	struct pending *p;
	struct err e;

	(void)conn;
	if (!(m->flags & MSG_REPLY))
		return;			/* nothing is asked of confd here */
	s = stream_find(b, m->id);
	if (s != NULL) {
		s->fn(m, NULL, s->arg);
		return;
	}
	p = pending_take(b, m->id);
	if (p == NULL)
		return;			/* too late */
	if (m->flags & MSG_ERROR) {
		msg_get_err(m, &e);
		p->fn(NULL, &e, p->arg);
	} else {
		p->fn(m, NULL, p->arg);
	}
	pending_free(p);
}

/* --- connecting --- */

static void
retry_in(struct backend *b, unsigned int ms)
{
	const struct timeval tv = { ms / 1000, (ms % 1000) * 1000 };

	event_add(b->retry, &tv);
}

static void
retry_later(struct backend *b)
{
	if (b->given)
		return;
	retry_in(b, b->retry_ms);
	b->retry_ms = b->retry_ms * 2 < RETRY_MAX_MS ? b->retry_ms * 2 :
	    RETRY_MAX_MS;
}

static void
on_closed(struct msg_conn *conn, const struct err *e, void *arg)
{
	struct backend *b = arg;
	struct err gone;

	(void)conn;
	(void)e;
	if (b->up)
		log_warn("%s has gone away", b->name);
	b->conn = NULL;
	b->up = b->synced = b->waiting = false;
	err_set(&gone, ERR_REALITY, "%s stopped before it answered", b->name);
	retry_later(b);
	fail_pending(b, &gone);
	fail_streams(b, &gone);
}

void
backend_sync_later(struct backend *b)
{
	if (!b->up)
		return;			/* when it is there again */
	retry_in(b, b->resync_ms);
	b->resync_ms = b->resync_ms * 2 < RESYNC_MAX_MS ? b->resync_ms * 2 :
	    RESYNC_MAX_MS;
}

static const struct msg_ops ops = { on_received, on_closed };

static void
drop(struct backend *b)
{
	msg_conn_free(b->conn);
	b->conn = NULL;
	b->up = b->synced = b->waiting = false;
	retry_later(b);
}

static const char *
outer_of(const struct backend *b)
{
	const struct schema *s = &b->confd->schema;
	size_t i;

	for (i = 0; i < s->n_owners; i++)
		if (strcmp(s->owners[i].name, b->name) == 0)
			return s->owners[i].outer;
	return NULL;
}

/* Whether an owner nested in b is not there yet; they are looked for at once,
 * because they start together. */
static bool
nested_missing(struct backend *b)
{
	struct confd *c = b->confd;
	struct backend *n;
	bool missing = false;
	size_t i;

	for (i = 0; i < c->schema.n_owners; i++) {
		n = c->backends[i];
		if (n == NULL || n->up || outer_of(n) == NULL ||
		    strcmp(outer_of(n), b->name) != 0)
			continue;
		missing = true;
		n->retry_ms = RETRY_MIN_MS / 4;
		if (n->conn == NULL && !n->given) {
			event_del(n->retry);
			retry_later(n);
		}
	}
	return missing;
}

static void
sync_now(struct backend *b)
{
	struct backend *outer = backend_find(b->confd, outer_of(b));

	txn_sync(b->confd, b);
	if (outer == NULL || !outer->waiting || nested_missing(outer))
		return;
	outer->waiting = false;
	event_del(outer->retry);
	txn_sync(b->confd, outer);
}

static void
on_hello(const struct msg *reply, const struct err *e, void *arg)
{
	const struct timeval nested = { NESTED_MS / 1000, 0 };
	struct backend *b = arg;
	uint32_t version;

	if (reply == NULL) {
		/* Closed: on_closed sees to it. */
		if (b->conn != NULL) {
			log_warn("%s: %s", b->name, e->text);
			drop(b);
		}
		return;
	}
	if (!msg_u32(reply, A_VERSION, &version) || version != PROTO_VERSION) {
		log_error("%s speaks another version of the protocol than %d",
			  b->name, PROTO_VERSION);
		b->retry_ms = RETRY_MAX_MS;
		drop(b);
		return;
	}
	free(b->plane);
	b->plane = msg_str(reply, A_PLANE);
	log_info("connected to %s", b->name);
	b->up = true;
	logs_backend_up(b->confd->logs, b);
	b->missing = false;
	b->retry_ms = RETRY_MIN_MS;
	if (!nested_missing(b)) {
		sync_now(b);
		return;
	}
	b->waiting = true;
	event_add(b->retry, &nested);
}

static void
connected(struct backend *b, int fd)
{
	struct msg m;

	b->conn = msg_conn_new(b->confd->base, fd, &ops, b);
	if (b->conn == NULL) {
		retry_later(b);
		return;
	}
	msg_init(&m, OP_HELLO, 0, 0);
	msg_add_u32(&m, A_VERSION, PROTO_VERSION);
	request(b, &m, on_hello, b);
}

static void
try_connect(struct backend *b)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd, why;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		retry_later(b);
		return;
	}
	memcpy(sun.sun_path, b->path, sizeof(sun.sun_path));
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0) {
		connected(b, fd);
		return;
	}
	why = errno;
	close(fd);
	if (!b->missing && why != ENOENT && why != ECONNREFUSED)
		log_warn("cannot connect to %s at %s: %s", b->name, b->path,
			 strerror(why));
	b->missing = true;
	retry_later(b);
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct backend *b = arg;

	(void)fd;
	(void)what;
	if (b->conn == NULL) {
		try_connect(b);
	} else if (b->waiting || (b->up && !b->synced)) {
		b->waiting = false;
		sync_now(b);
	}
}

struct backend *
backend_new(struct confd *c, const char *name, const char *rundir, int fd)
{
	struct backend *b = calloc(1, sizeof(*b));
	int n;

	if (b == NULL) {
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	b->confd = c;
	b->given = fd >= 0;
	b->retry_ms = RETRY_MIN_MS;
	b->resync_ms = RESYNC_MIN_MS;
	n = snprintf(b->path, sizeof(b->path), "%s/%s.sock", rundir, name);
	b->name = strdup(name);
	b->retry = event_new(c->base, -1, 0, on_retry, b);
	if (b->name == NULL || b->retry == NULL || n >= (int)sizeof(b->path)) {
		if (fd >= 0)
			close(fd);
		backend_free(b);
		return NULL;
	}
	if (fd >= 0)
		connected(b, fd);
	else
		try_connect(b);
	return b;
}

void
backend_free(struct backend *b)
{
	struct pending *p;

	if (b == NULL)
		return;
	while ((p = b->pending) != NULL) {
		b->pending = p->next;
		pending_free(p);
	}
	while (b->streams != NULL)
		stream_unlink(b->streams);
	msg_conn_free(b->conn);
	if (b->retry != NULL)
		event_free(b->retry);
	free(b->refusal);
	free(b->plane);
	free(b->name);
	free(b);
}
