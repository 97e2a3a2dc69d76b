/*
 * owner: connections of confd, and what is asked on them.
 */
#include "owner_in.h"

#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "json.h"
#include "log.h"
#include "proto.h"

#define CLIENTS_MAX	8
#define QUESTIONS_MAX	64		/* of a client, waiting for fresh state */

static int
op_hello(struct client *c, const struct msg *m, struct msg *reply, struct err *e)
{
	const struct owner *o = c->owner;
	uint32_t version;

	if (!msg_u32(m, A_VERSION, &version) || version != PROTO_VERSION)
		return err_set(e, ERR_INVALID, "this ipsecd speaks version %d of "
			       "the protocol; confd and ipsecd must be of the "
			       "same release", PROTO_VERSION);
	msg_add_u32(reply, A_VERSION, PROTO_VERSION);
	if (o->ops->plane != NULL)
		msg_add_str(reply, A_PLANE, o->ops->plane(o->ctx));
	return 0;
}

void
owner_respond(struct client *c, uint16_t op, uint32_t id, int rc,
	      struct msg *reply, const struct err *e)
{
	if (rc < 0) {
		msg_fini(reply);
		msg_init(reply, op, MSG_REPLY | MSG_ERROR, id);
		msg_add_err(reply, e);
	}
	msg_conn_send(c->conn, reply);
}

void
question_free(struct question *q)
{
	if (q->client != NULL) {
		LIST_REMOVE(q, next);
		q->client->n_questions--;
	}
	free(q->path);
	free(q->fields);
	free(q);
}

struct question *
question_new(struct client *c, const struct msg *m)
{
	struct question *q = NULL;

	if (c->n_questions < QUESTIONS_MAX)
		q = calloc(1, sizeof(*q));
	if (q == NULL)
		return NULL;
	q->owner = c->owner;
	q->client = c;
	q->op = m->op;
	q->id = m->id;
	LIST_INSERT_HEAD(&c->questions, q, next);
	c->n_questions++;
	return q;
}

static int
state_of(const struct question *q, struct msg *reply, struct err *e)
{
	struct owner *o = q->owner;
	struct json j;
	int rc;

	json_init(&j);
	rc = o->ops->get(o->ctx, q->path, q->fields, &j, e);
	if (rc == 0 && !json_ok(&j))
		rc = err_set(e, ERR_RESOURCE, "out of memory");
	if (rc == 0)
		msg_add(reply, A_DATA, j.text, j.len);
	json_fini(&j);
	return rc;
}

/* The state is fresh. */
static void
answer(void *arg)
{
	struct question *q = arg;
	struct err e = ERR_INIT;
	struct msg reply;

	if (q->client != NULL) {
		msg_init(&reply, OP_GET_DATA, MSG_REPLY, q->id);
		owner_respond(q->client, OP_GET_DATA, q->id,
			      state_of(q, &reply, &e), &reply, &e);
	}
	question_free(q);
}

static int
op_get(struct client *c, const struct msg *m, struct msg *reply, struct err *e)
{
	struct owner *o = c->owner;
	struct question *q;
	uint32_t ds;

	(void)reply;
	if (!msg_u32(m, A_DATASTORE, &ds) || ds != DS_OPERATIONAL ||
	    o->ops->get == NULL)
		return err_set(e, ERR_INVALID, "only confd has this datastore");
	q = question_new(c, m);
	if (q == NULL)
		return err_set(e, ERR_RESOURCE, "too many questions at once");
	q->path = msg_str(m, A_PATH);
	q->fields = msg_str(m, A_FIELDS);
	if (q->path == NULL) {
		question_free(q);
		return err_set(e, ERR_INVALID, "a path is missing");
	}
	if (o->ops->refresh != NULL)
		o->ops->refresh(o->ctx, q->path, q->fields, answer, q);
	else
		answer(q);
	return 1;
}

static operation *const operations[] = {
	[OP_HELLO]	= op_hello,
	[OP_GET_DATA]	= op_get,
	[OP_ACTION]	= owner_action,
	[OP_PREPARE]	= owner_prepare,
	[OP_APPLY]	= owner_apply,
	[OP_ABORT]	= owner_abort,
	[OP_SUBSCRIBE]	= owner_subscribe,
	[OP_UNSUBSCRIBE] = owner_unsubscribe,
};

static void
received(struct msg_conn *conn, struct msg *m, void *arg)
{
	struct client *c = arg;
	struct err e = ERR_INIT;
	struct msg reply;
	operation *op = NULL;
	int rc;

	(void)conn;
	if (m->flags & MSG_REPLY)
		return;
	if (m->op < sizeof(operations) / sizeof(operations[0]))
		op = operations[m->op];
	msg_init(&reply, m->op, MSG_REPLY, m->id);
	rc = op != NULL ? op(c, m, &reply, &e) :
	    err_set(&e, ERR_INVALID, "operation %u is not for ipsecd", m->op);
	if (rc == 1)
		msg_fini(&reply);
	else
		owner_respond(c, m->op, m->id, rc, &reply, &e);
}

static void
client_free(struct client *c)
{
	struct owner *o = c->owner;
	struct question *q;

	owner_end_streams(c);
	while ((q = LIST_FIRST(&c->questions)) != NULL) {
		LIST_REMOVE(q, next);
		q->client = NULL;	/* freed when it is answered */
	}
	if (o->preparing == c) {
		o->preparing = NULL;
		o->ops->abort(o->ctx);
	}
	LIST_REMOVE(c, next);
	o->n_clients--;
	free(c);
}

static void
closed(struct msg_conn *conn, const struct err *e, void *arg)
{
	(void)conn;
	log_debug("ipc", "confd has gone: %s", e->text);
	client_free(arg);
}

static const struct msg_ops client_ops = { received, closed };

/* Takes fd. */
static void
client_new(struct owner *o, int fd)
{
	struct client *c = calloc(1, sizeof(*c));
	const struct msg_peer *peer;

	if (c == NULL) {
		close(fd);
		return;
	}
	c->owner = o;
	LIST_INIT(&c->questions);
	LIST_INIT(&c->streams);
	c->conn = msg_conn_new(o->base, fd, &client_ops, c);
	if (c->conn == NULL) {
		free(c);
		return;
	}
	peer = msg_conn_peer(c->conn);
	if (peer->uid != 0 && peer->uid != o->confd) {
		log_warn("process %d of user %d may not configure ipsecd: only "
			 "root and confd may", (int)peer->pid, (int)peer->uid);
		msg_conn_free(c->conn);
		free(c);
		return;
	}
	LIST_INSERT_HEAD(&o->clients, c, next);
	o->n_clients++;
}

static void
acceptable(evutil_socket_t listener, short what, void *arg)
{
	struct owner *o = arg;
	int fd;

	(void)what;
	fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return;
	if (o->n_clients >= CLIENTS_MAX) {
		log_warn("more than %d connections to ipsecd: one refused",
			 CLIENTS_MAX);
		close(fd);
		return;
	}
	client_new(o, fd);
}

struct owner *
owner_new(struct event_base *base, int listener, const struct ly_ctx *yang,
	  uid_t confd, const struct owner_ops *ops, void *ctx, struct err *e)
{
	struct owner *o = calloc(1, sizeof(*o));

	if (o != NULL)
		o->accept = event_new(base, listener, EV_READ | EV_PERSIST,
				      acceptable, o);
	if (o == NULL || o->accept == NULL || event_add(o->accept, NULL) < 0) {
		err_set(e, ERR_RESOURCE, "out of memory");
		close(listener);
		if (o != NULL && o->accept != NULL)
			event_free(o->accept);
		free(o);
		return NULL;
	}
	o->base = base;
	o->listener = listener;
	o->yang = yang;
	o->confd = confd;
	o->ops = ops;
	o->ctx = ctx;
	LIST_INIT(&o->clients);
	return o;
}
