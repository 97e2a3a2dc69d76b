#include "txn.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backend.h"
#include "confd.h"
#include "confirm.h"
#include "log.h"
#include "session.h"
#include "txn_impl.h"
#include "unit.h"

static void txn_run(struct confd *);

static void
txn_free(struct txn *t)
{
	msg_fini(&t->notes);
	map_unref(t->after);
	free(t->parts);
	free(t->commit.user);
	free(t->commit.from);
	free(t->commit.comment);
	free(t);
}

static struct txn *
txn_new(struct confd *c, enum txn_kind kind)
{
	struct txn *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->confd = c;
	t->kind = kind;
	t->serial = ++c->txn_serial;
	msg_init(&t->notes, 0, 0, 0);
	t->parts = calloc(c->schema.n_owners + 1, sizeof(*t->parts));
	if (t->parts != NULL)
		return t;
	txn_free(t);
	return NULL;
}

static void
enqueue(struct txn *t)
{
	struct txn **tail = &t->confd->txns;
	bool idle = *tail == NULL;

	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = t;
	if (idle)
		txn_run(t->confd);
}

enum proto_op
txn_op(const struct txn *t)
{
	static const enum proto_op ops[] = {
		[TXN_COMMIT]	= OP_COMMIT,
		[TXN_VALIDATE]	= OP_VALIDATE,
		[TXN_REVERT]	= OP_CANCEL,
		[TXN_SYNC]	= 0,	/* nobody is answered */
	};

	return ops[t->kind];
}

void
txn_note(struct txn *t, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	msg_add_str(&t->notes, A_WARNING, text);
}

/* --- the end --- */

static void
add_notes(struct msg *m, const struct txn *t)
{
	struct msg_attr a;
	size_t pos = 0;

	while (msg_next(&t->notes, &pos, &a))
		msg_add(m, a.type, a.p, a.len);
}

void
txn_next(struct txn *t)
{
	struct confd *c = t->confd;

	c->txns = t->next;
	txn_free(t);
	txn_run(c);
}

/* The answer, good or bad, and on with the next one. */
void
txn_finish(struct txn *t)
{
	struct session *s = session_by_serial(t->confd, t->session);
	struct msg m;

	if (t->kind != TXN_SYNC && s != NULL) {
		s->waiting = false;
		msg_init(&m, txn_op(t), MSG_REPLY, t->request);
		if (t->error.kind != ERR_NONE) {
			m.flags |= MSG_ERROR;
			msg_add_err(&m, &t->error);
		} else if (t->commit.number > 0) {
			msg_add_u32(&m, A_COMMIT, t->commit.number);
			if (t->waits)
				msg_add_u32(&m, A_CONFIRM, t->confirm_s);
		}
		add_notes(&m, t);
		msg_conn_send(s->conn, &m);
	}
	txn_next(t);
}

void
txn_refuse(struct txn *t)
{
	struct session *s = session_by_serial(t->confd, t->session);

	if (t->kind != TXN_VALIDATE && s != NULL)
		log_info("commit by %s refused: %s", s->user, t->error.text);
	txn_finish(t);
}

/* --- beginning --- */

static void
txn_run(struct confd *c)
{
	struct txn *t = c->txns;

	if (t == NULL)
		return;
	if (t->kind == TXN_REVERT) {
		txn_start_revert(t);
		return;
	}
	if (t->kind != TXN_SYNC) {
		txn_start_commit(t);
		return;
	}
	/* A commit that came first may have done it. */
	if (!backend_is_up(t->only) || backend_is_synced(t->only)) {
		txn_next(t);
		return;
	}
	t->after = map_ref(c->running);
	txn_prepare(t);
}

/* s is NULL for what confd does by itself. */
static struct txn *
txn_of(struct confd *c, struct session *s, enum txn_kind kind, uint32_t request)
{
	struct txn *t = txn_new(c, kind);

	if (t == NULL)
		return NULL;
	t->request = request;
	t->commit.time = (uint64_t)time(NULL);
	t->commit.user = strdup(s != NULL ? s->user : "confd");
	if (t->commit.user == NULL) {
		txn_free(t);
		return NULL;
	}
	if (s != NULL) {
		t->session = s->serial;
		t->uid = s->uid;
		t->commit.from = s->from != NULL ? strdup(s->from) : NULL;
		s->waiting = true;
	}
	return t;
}

int
txn_commit(struct session *s, uint32_t request, const char *comment,
	   uint32_t confirm_s, struct err *e)
{
	struct txn *t = txn_of(s->confd, s, TXN_COMMIT, request);

	if (t == NULL)
		return err_set(e, ERR_RESOURCE, "no memory for a commit");
	t->commit.comment = comment != NULL ? strdup(comment) : NULL;
	t->confirm_s = confirm_s;
	enqueue(t);
	return 0;
}

int
txn_validate(struct session *s, uint32_t request, struct err *e)
{
	struct txn *t = txn_of(s->confd, s, TXN_VALIDATE, request);

	if (t == NULL)
		return err_set(e, ERR_RESOURCE, "no memory for a validation");
	enqueue(t);
	return 0;
}

int
txn_cancel(struct session *s, uint32_t request, struct err *e)
{
	struct txn *t;

	if (s->confd->reverting)
		return err_set(e, ERR_CONFLICT, "it is being taken back "
			       "already");
	t = txn_of(s->confd, s, TXN_REVERT, request);
	if (t == NULL)
		return err_set(e, ERR_RESOURCE, "no memory to take it back");
	s->confd->reverting = true;
	enqueue(t);
	return 0;
}

void
txn_revert(struct confd *c)
{
	struct txn *t;

	if (c->reverting)
		return;
	t = txn_of(c, NULL, TXN_REVERT, 0);
	if (t == NULL) {
		log_error("no memory to take back what was not confirmed");
		confirm_again(c);
		return;
	}
	c->reverting = true;
	enqueue(t);
}

void
txn_sync(struct confd *c, struct backend *b)
{
	struct txn *t = txn_new(c, TXN_SYNC);

	if (t == NULL) {
		log_error("no memory to hand %s its configuration",
			  backend_name(b));
		return;
	}
	t->only = b;
	enqueue(t);
}

void
txn_free_all(struct confd *c)
{
	struct txn *t;

	while ((t = c->txns) != NULL) {
		c->txns = t->next;
		txn_free(t);
	}
}
