/*
 * owner: a table of operations over lib/msg connections.
 */
#include "owner.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "json.h"
#include "log.h"
#include "msg.h"
#include "proto.h"
#include "stream.h"
#include "ytree.h"

#define CLIENTS_MAX	8
#define QUESTIONS_MAX	64		/* of a client, waiting for fresh state */
#define STREAMS_MAX	32		/* of a client */

/* An OP_GET_DATA that waits for the state to be fresh, or an OP_APPLY that waits
 * until it is in force. */
struct question {
	LIST_ENTRY(question)	 next;
	struct owner		*owner;
	struct client		*client;	/* NULL: has gone meanwhile */
	uint16_t		 op;
	uint32_t		 id;
	char			*path;
	char			*fields;
};

/* An OP_ACTION that is not answered. */
struct action {
	struct question		*question;
	struct json		 output;
	struct msg		 warnings;	/* attributes of the answer to be */
};

struct subscription {
	LIST_ENTRY(subscription) next;
	struct stream		*stream;
};

struct client {
	LIST_ENTRY(client)	 next;
	struct owner		*owner;
	struct msg_conn		*conn;
	LIST_HEAD(, question)	 questions;
	unsigned int		 n_questions;
	LIST_HEAD(, subscription) streams;
	unsigned int		 n_streams;
};

struct owner {
	const struct owner_ops	*ops;
	void			*ctx;
	const struct ly_ctx	*yang;
	struct event_base	*base;
	struct event		*accept;
	int			 listener;
	uid_t			 confd;
	LIST_HEAD(, client)	 clients;
	unsigned int		 n_clients;
	struct client		*preparing;	/* whose transaction; or NULL */
	uint32_t		 txn;
};

/* -1: the reply becomes an error.  1: the reply comes later. */
typedef int (*operation)(struct client *, const struct msg *, struct msg *reply,
			 struct err *);

static void
warning(void *arg, const char *text)
{
	msg_add_str(arg, A_WARNING, text);
}

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

static void
free_strings(char **s, size_t n)
{
	while (n > 0)
		free(s[--n]);
	free(s);
}

/* Every A_PATH; NULL when out of memory or one is no string. */
static char **
all_paths(const struct msg *m, size_t *n)
{
	struct msg_attr a;
	size_t pos, count = 0;
	char **out;

	for (pos = 0; msg_next(m, &pos, &a); )
		count += a.type == A_PATH;
	out = calloc(count + 1, sizeof(*out));
	*n = 0;
	for (pos = 0; out != NULL && msg_next(m, &pos, &a); ) {
		if (a.type != A_PATH)
			continue;
		out[*n] = msg_attr_str(&a);
		if (out[*n] == NULL) {
			free_strings(out, *n);
			return NULL;
		}
		++*n;
	}
	return out;
}

static int
prepare_tree(struct client *c, const struct msg *m, const struct lyd_node *tree,
	     struct msg *reply, struct err *e)
{
	struct owner *o = c->owner;
	struct msg_attr replace;
	size_t n;
	char **paths = all_paths(m, &n);
	int rc;

	if (paths == NULL)
		return err_set(e, ERR_RESOURCE, "cannot read the paths of the "
			       "transaction");
	rc = o->ops->prepare(o->ctx, tree, (const char *const *)paths, n,
			     msg_find(m, A_REPLACE, &replace), warning, reply, e);
	free_strings(paths, n);
	return rc;
}

static int
op_prepare(struct client *c, const struct msg *m, struct msg *reply, struct err *e)
{
	struct owner *o = c->owner;
	struct lyd_node *tree = NULL;
	struct msg_attr data;
	uint32_t txn;
	int rc;

	if (o->preparing != NULL)
		return err_set(e, ERR_CONFLICT, "another transaction is under way");
	if (!msg_u32(m, A_TXN, &txn))
		return err_set(e, ERR_INVALID, "a transaction needs a number");
	if (msg_find(m, A_DATA, &data) &&
	    ytree_parse(&tree, o->yang, (const char *)data.p, data.len, e) < 0)
		return -1;
	rc = prepare_tree(c, m, tree, reply, e);
	ytree_free(tree);
	if (rc < 0)
		return -1;
	o->preparing = c;
	o->txn = txn;
	return 0;
}

/* The transaction that m names, which c began. */
static int
check_txn(const struct client *c, const struct msg *m, struct err *e)
{
	uint32_t txn;

	if (c->owner->preparing != c || !msg_u32(m, A_TXN, &txn) ||
	    txn != c->owner->txn)
		return err_set(e, ERR_NOTFOUND, "no such transaction");
	return 0;
}

/* The answer to one request; frees nothing but the reply. */
static void
respond(struct client *c, uint16_t op, uint32_t id, int rc, struct msg *reply,
	const struct err *e)
{
	if (rc < 0) {
		msg_fini(reply);
		msg_init(reply, op, MSG_REPLY | MSG_ERROR, id);
		msg_add_err(reply, e);
	}
	msg_conn_send(c->conn, reply);
}

static void
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

/* NULL: too many at once, or no memory. */
static struct question *
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

static void
settled(void *arg)
{
	struct question *q = arg;
	struct msg reply;

	if (q->client != NULL) {
		msg_init(&reply, q->op, MSG_REPLY, q->id);
		msg_conn_send(q->client->conn, &reply);
	}
	question_free(q);
}

static int
op_apply(struct client *c, const struct msg *m, struct msg *reply, struct err *e)
{
	struct owner *o = c->owner;
	struct question *q;

	(void)reply;
	if (check_txn(c, m, e) < 0)
		return -1;
	o->preparing = NULL;
	o->ops->apply(o->ctx);
	q = o->ops->settle != NULL ? question_new(c, m) : NULL;
	if (q == NULL)
		return 0;
	o->ops->settle(o->ctx, settled, q);
	return 1;
}

static int
op_abort(struct client *c, const struct msg *m, struct msg *reply, struct err *e)
{
	struct owner *o = c->owner;

	(void)reply;
	if (check_txn(c, m, e) < 0)
		return -1;
	o->preparing = NULL;
	o->ops->abort(o->ctx);
	return 0;
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
		respond(q->client, OP_GET_DATA, q->id, state_of(q, &reply, &e),
			&reply, &e);
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

/* --- actions --- */

struct json *
action_output(struct action *a)
{
	return &a->output;
}

void
action_warn(struct action *a, const char *text)
{
	msg_add_str(&a->warnings, A_WARNING, text);
}

static void
action_free(struct action *a)
{
	question_free(a->question);
	json_fini(&a->output);
	msg_fini(&a->warnings);
	free(a);
}

/* NULL: too many at once, or no memory. */
static struct action *
action_new(struct client *c, const struct msg *m)
{
	struct action *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->question = question_new(c, m);
	if (a->question == NULL) {
		free(a);
		return NULL;
	}
	json_init(&a->output);
	json_object(&a->output, NULL);
	msg_init(&a->warnings, OP_ACTION, MSG_REPLY, m->id);
	return a;
}

/* The answer; e is NULL or says why not. */
static void
action_answer(struct action *a, const struct err *e)
{
	struct client *c = a->question->client;
	struct err none = ERR_INIT;
	struct msg reply;

	if (c == NULL)
		return;
	json_object_end(&a->output);
	if (e == NULL && !json_ok(&a->output)) {
		err_set(&none, ERR_RESOURCE, "out of memory");
		e = &none;
	}
	reply = a->warnings;
	msg_init(&a->warnings, 0, 0, 0);
	if (e == NULL && strcmp(a->output.text, "{}") != 0)
		msg_add(&reply, A_DATA, a->output.text, a->output.len);
	respond(c, OP_ACTION, a->question->id, e == NULL ? 0 : -1, &reply, e);
}

void
action_done(struct action *a, const struct err *e)
{
	action_answer(a, e);
	action_free(a);
}

static int
action_run(struct client *c, const struct msg *m, const char *path,
	   struct action *a, struct err *e)
{
	struct msg_attr data;
	struct owner *o = c->owner;
	struct lyd_node *input;
	int rc;

	if (!msg_find(m, A_DATA, &data))
		data = (struct msg_attr){ .p = (const uint8_t *)"{}", .len = 2 };
	if (o->ops->action == NULL)
		return err_set(e, ERR_NOTFOUND, "there is no action '%.128s'",
			       path);
	if (ytree_parse_input(&input, o->yang, path, (const char *)data.p,
			      data.len, e) < 0)
		return -1;
	rc = o->ops->action(o->ctx, path, input, a, e);
	ytree_op_free(input);
	return rc;
}

static int
op_action(struct client *c, const struct msg *m, struct msg *reply, struct err *e)
{
	char *path = msg_str(m, A_PATH);
	struct action *a;
	int rc;

	(void)reply;
	if (path == NULL)
		return err_set(e, ERR_INVALID, "a path is missing");
	a = action_new(c, m);
	if (a == NULL) {
		free(path);
		return err_set(e, ERR_RESOURCE, "too many questions at once");
	}
	rc = action_run(c, m, path, a, e);
	free(path);
	if (rc != 1)
		action_done(a, rc < 0 ? e : NULL);
	return 1;
}

/* --- streams --- */

static struct subscription *
subscription_new(struct client *c, uint32_t id)
{
	struct subscription *s = NULL;

	if (c->n_streams < STREAMS_MAX)
		s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->stream = stream_new(c->owner->base, c->conn, id);
	if (s->stream == NULL) {
		free(s);
		return NULL;
	}
	LIST_INSERT_HEAD(&c->streams, s, next);
	c->n_streams++;
	return s;
}

static void
subscription_free(struct client *c, struct subscription *s)
{
	LIST_REMOVE(s, next);
	c->n_streams--;
	stream_free(s->stream);
	free(s);
}

static int
op_subscribe(struct client *c, const struct msg *m, struct msg *reply,
	     struct err *e)
{
	struct owner *o = c->owner;
	char *path = msg_str(m, A_PATH);
	struct stream_wish wish = { .since_us = 0 };
	struct subscription *s;
	struct msg_attr a;
	int rc;

	(void)reply;
	wish.packets = msg_find(m, A_PACKETS, &a);
	msg_u64(m, A_TIME, &wish.since_us);

	if (path == NULL || o->ops->subscribe == NULL) {
		rc = err_set(e, ERR_NOTFOUND, "there is no stream '%.128s'",
			     path != NULL ? path : "");
		free(path);
		return rc;
	}
	s = subscription_new(c, m->id);
	if (s == NULL) {
		free(path);
		return err_set(e, ERR_RESOURCE, "too many watch already");
	}
	rc = o->ops->subscribe(o->ctx, path, &wish, s->stream, e);
	if (rc < 0)
		subscription_free(c, s);
	free(path);
	return rc;
}

static int
op_unsubscribe(struct client *c, const struct msg *m, struct msg *reply,
	       struct err *e)
{
	struct subscription *s;
	uint64_t lost;
	uint32_t id;

	LIST_FOREACH(s, &c->streams, next)
		if (msg_u32(m, A_STREAM, &id) && stream_id(s->stream) == id)
			break;
	if (s == NULL)
		return err_set(e, ERR_NOTFOUND, "there is no such stream");
	c->owner->ops->unsubscribe(c->owner->ctx, s->stream);
	lost = stream_take_lost(s->stream);
	if (lost > 0)
		msg_add_u64(reply, A_LOST, lost);
	subscription_free(c, s);
	return 0;
}

static const operation operations[] = {
	[OP_HELLO]	= op_hello,
	[OP_GET_DATA]	= op_get,
	[OP_ACTION]	= op_action,
	[OP_PREPARE]	= op_prepare,
	[OP_APPLY]	= op_apply,
	[OP_ABORT]	= op_abort,
	[OP_SUBSCRIBE]	= op_subscribe,
	[OP_UNSUBSCRIBE] = op_unsubscribe,
};

static void
received(struct msg_conn *conn, struct msg *m, void *arg)
{
	struct client *c = arg;
	struct err e = ERR_INIT;
	struct msg reply;
	operation op = NULL;
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
		respond(c, m->op, m->id, rc, &reply, &e);
}

static void
client_free(struct client *c)
{
	struct owner *o = c->owner;
	struct subscription *s;
	struct question *q;

	while ((s = LIST_FIRST(&c->streams)) != NULL) {
		o->ops->unsubscribe(o->ctx, s->stream);
		subscription_free(c, s);
	}
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
