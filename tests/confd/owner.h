/*
 * owner: a confd in this process, clients of it, and owners that do as told.
 */
#ifndef CULVERT_TESTS_CONFD_OWNER_H
#define CULVERT_TESTS_CONFD_OWNER_H

#include <event2/event.h>
#include <poll.h>
#include <sys/socket.h>

#include "confd/backend.h"
#include "confd/confd.h"
#include "confd/server.h"
#include "confd/session.h"
#include "confd/txn.h"
#include "msg.h"
#include "proto.h"
#include "tests/confd/fixture.h"

struct fake {
	struct event_base	*base;
	struct event		*accept;
	struct msg_conn		*conn;
	/* What it is to do. */
	char			 refuse[128];	/* prepare, with this sentence */
	char			 warn[128];	/* with every prepare */
	char			 fail[128];	/* apply, with this sentence */
	char			 output[128];	/* of every action */
	char			 wants[128];	/* an action, at this path */
	enum proto_op		 silent;	/* do not answer this */
	enum proto_op		 die;		/* close the connection at this */
	/* What happened: "prepare:{...}" and so on, one to a line. */
	char			 log[65536];
	unsigned int		*clock;		/* shared, to tell the order */
	unsigned int		 prepared_at, applied_at;
	uint32_t		 stream;	/* id of the last one, not the log */
	unsigned int		 unsubscribed;
};

/* What does not fit any more is left out. */
static inline void
owner_say(struct fake *o, const void *p, size_t len)
{
	size_t n = strlen(o->log);

	if (len < sizeof(o->log) - n) {
		memcpy(o->log + n, p, len);
		o->log[n + len] = '\0';
	}
}

static inline void
owner_log(struct fake *o, const char *what, const struct msg *m)
{
	struct msg_attr a;
	size_t pos = 0;

	owner_say(o, what, strlen(what));
	owner_say(o, ":", 1);
	while (msg_next(m, &pos, &a)) {
		if (a.type == A_REPLACE)
			owner_say(o, "replace ", 8);
		if (a.type != A_DATA && a.type != A_PATH)
			continue;
		owner_say(o, a.p, a.len);
		owner_say(o, " ", 1);
	}
	owner_say(o, "\n", 1);
}

static inline void
owner_received(struct msg_conn *conn, struct msg *m, void *arg)
{
	struct fake *o = arg;
	struct err e = ERR_INIT;
	struct msg_attr a;
	struct msg r;

	msg_init(&r, m->op, MSG_REPLY, m->id);
	switch (m->op) {
	case OP_HELLO:
		msg_add_u32(&r, A_VERSION, PROTO_VERSION);
		break;
	case OP_PREPARE:
		o->prepared_at = ++*o->clock;
		owner_log(o, "prepare", m);
		if (o->warn[0] != '\0')
			msg_add_str(&r, A_WARNING, o->warn);
		if (o->refuse[0] != '\0') {
			err_set_path(&e, ERR_INVALID, IPSEC1, "%s", o->refuse);
			r.flags |= MSG_ERROR;
			msg_add_err(&r, &e);
		}
		break;
	case OP_APPLY:
		o->applied_at = ++*o->clock;
		owner_log(o, "apply", m);
		if (o->fail[0] != '\0') {
			err_set(&e, ERR_REALITY, "%s", o->fail);
			r.flags |= MSG_ERROR;
			msg_add_err(&r, &e);
		}
		break;
	case OP_ABORT:
		owner_log(o, "abort", m);
		break;
	case OP_GET_DATA:
		owner_log(o, "get", m);
		msg_add_str(&r, A_DATA, "{\"state\":1}");
		break;
	case OP_ACTION:
		owner_log(o, "action", m);
		if (o->output[0] != '\0')
			msg_add_str(&r, A_DATA, o->output);
		if (o->wants[0] != '\0') {
			err_set_path(&e, ERR_INVALID, o->wants, "it is locked");
			r.flags |= MSG_ERROR;
			msg_add_err(&r, &e);
		}
		break;
	case OP_SUBSCRIBE:
		if (!msg_find(m, A_TIME, &a))
			o->stream = m->id;
		break;
	case OP_UNSUBSCRIBE:
		o->unsubscribed++;
		break;
	}
	if (m->op == o->silent) {
		msg_fini(&r);
		return;
	}
	if (m->op == o->die) {
		msg_fini(&r);
		o->die = 0;
		msg_conn_free(conn);
		o->conn = NULL;
		return;
	}
	msg_conn_send(conn, &r);
}

static inline void
owner_closed(struct msg_conn *conn, const struct err *e, void *arg)
{
	struct fake *o = arg;

	(void)e;
	if (o->conn == conn)
		o->conn = NULL;
}

static inline void
owner_accept(evutil_socket_t fd, short what, void *arg)
{
	static const struct msg_ops ops = { owner_received, owner_closed };
	struct fake *o = arg;
	int client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)what;
	if (client < 0)
		return;
	msg_conn_free(o->conn);
	o->conn = msg_conn_new(o->base, client, &ops, o);
}

static inline void
owner_start(struct fake *o, struct event_base *base, const char *dir,
	    const char *name, unsigned int *clock)
{
	char path[128];
	struct err e = ERR_INIT;
	int fd;

	memset(o, 0, sizeof(*o));
	o->base = base;
	o->clock = clock;
	snprintf(path, sizeof(path), "%s/%s.sock", dir, name);
	fd = msg_listen(path, 0600, (gid_t)-1, &e);
	if (fd < 0) {
		fprintf(stderr, "%s\n", e.text);
		exit(1);
	}
	o->accept = event_new(base, fd, EV_READ | EV_PERSIST, owner_accept, o);
	event_add(o->accept, NULL);
}

static inline void
owner_stop(struct fake *o)
{
	if (o->accept == NULL)
		return;
	close(event_get_fd(o->accept));
	event_free(o->accept);
	o->accept = NULL;
	msg_conn_free(o->conn);
	o->conn = NULL;
}

/* --- the whole --- */

struct world {
	char			*dir;
	struct event_base	*base;
	struct confd		 c;
	unsigned int		 clock;
	struct fake		 keys, ike;
	uint32_t		 id;
};

static inline void
world_spin(struct world *w, unsigned int ms)
{
	const struct timeval tv = { ms / 1000, (ms % 1000) * 1000 };

	event_base_loopexit(w->base, &tv);
	event_base_dispatch(w->base);
}

/* Runs everything until it is so; a loaded machine takes its time. */
#define WORLD_WAIT(w, condition)					\
	for (unsigned int left_ = 10000; left_ > 0 && !(condition); left_--) \
		world_spin(w, 1)
#define WORLD_UNTIL(w, condition) do {					\
	WORLD_WAIT(w, condition);					\
	CU_ASSERT(condition);						\
} while (0)

/* Starts confd on the folder; owners are started by the caller, before. */
static inline void
world_confd(struct world *w)
{
	struct err e = ERR_INIT;
	size_t i;

	if (confd_init(&w->c, w->base, yang_dir(), w->dir, "/nonexistent", &e)
	    < 0) {
		fprintf(stderr, "%s\n", e.text);
		exit(1);
	}
	for (i = 0; i < w->c.schema.n_owners; i++)
		w->c.backends[i] = backend_new(&w->c,
			w->c.schema.owners[i].name, w->dir, -1);
	world_spin(w, 20);
}

static inline void
world_init(struct world *w, bool owners)
{
	memset(w, 0, sizeof(*w));
	w->dir = make_test_dir();
	w->base = event_base_new();
	if (owners) {
		owner_start(&w->keys, w->base, w->dir, "ipsecd-keys", &w->clock);
		owner_start(&w->ike, w->base, w->dir, "ipsecd", &w->clock);
	}
	world_confd(w);
	if (owners)
		WORLD_WAIT(w, w->keys.applied_at > 0 && w->ike.applied_at > 0);
	w->keys.log[0] = w->ike.log[0] = '\0';
}

static inline void
world_fini(struct world *w)
{
	owner_stop(&w->keys);
	owner_stop(&w->ike);
	confd_fini(&w->c);
	event_base_free(w->base);
	remove_dir(w->dir);
}

/* The client's end of a new session. */
static inline int
world_client(struct world *w)
{
	struct err e = ERR_INIT;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 ||
	    session_new(&w->c, pair[0], &e) < 0) {
		fprintf(stderr, "no session: %s\n", e.text);
		exit(1);
	}
	return pair[1];
}

/* Sends m and runs everything until the answer is there (or ms are over, which
 * gives false).  *r is inited; an error is in *e. */
static inline bool
world_call(struct world *w, int fd, struct msg *m, struct msg *r,
	   struct err *e, unsigned int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct err x;
	unsigned int i;

	err_clear(e);
	m->id = ++w->id;
	msg_init(r, 0, 0, 0);
	if (msg_write(fd, m, e) < 0)
		return false;
	for (i = 0; i < ms; i++) {
		world_spin(w, 1);
		while (poll(&p, 1, 0) > 0) {
			if (msg_read(fd, r, &x) < 0)
				return false;
			if (r->flags & MSG_REPLY && r->id == w->id) {
				if (r->flags & MSG_ERROR)
					msg_get_err(r, e);
				return true;
			}
			msg_fini(r);
		}
	}
	return false;
}

/* One edit; the error's text, or "". */
static inline int
world_set(struct world *w, int fd, enum proto_edit op, const char *path,
	  const char *value, struct err *e)
{
	struct msg m, r;
	bool ok;

	msg_init(&m, OP_EDIT_DATA, 0, 0);
	msg_add_u32(&m, A_EDIT, op);
	msg_add_str(&m, A_PATH, path);
	msg_add_str(&m, A_VALUE, value);
	ok = world_call(w, fd, &m, &r, e, 2000);
	msg_fini(&r);
	return ok && e->kind == ERR_NONE ? 0 : -1;
}

/* An operation with a number, unless that is 0; the reply is kept if r is given. */
static inline int
world_u32(struct world *w, int fd, enum proto_op op, enum proto_attr attr,
	  uint32_t value, struct msg *reply, struct err *e)
{
	struct msg m, r;
	bool ok;

	msg_init(&m, op, 0, 0);
	if (value > 0)
		msg_add_u32(&m, attr, value);
	ok = world_call(w, fd, &m, &r, e, 15000);
	if (reply != NULL)
		*reply = r;
	else
		msg_fini(&r);
	return ok && e->kind == ERR_NONE ? 0 : -1;
}

/* The same without. */
static inline int
world_do(struct world *w, int fd, enum proto_op op, struct msg *reply,
	 struct err *e)
{
	return world_u32(w, fd, op, A_COUNT, 0, reply, e);
}

static inline void
world_tunnel(struct world *w, int fd, const char *entry)
{
	char path[128];
	struct err e;

	snprintf(path, sizeof(path), "%s/secret", entry);
	CU_ASSERT_EQUAL(world_set(w, fd, EDIT_MERGE, path, "correct-horse", &e), 0);
	snprintf(path, sizeof(path), "%s/local-address", entry);
	CU_ASSERT_EQUAL(world_set(w, fd, EDIT_MERGE, path, "192.0.2.1", &e), 0);
}

#endif
