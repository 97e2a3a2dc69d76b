/* What a commit or a validation goes through before the owners are asked. */
#include "txn_impl.h"

#include <stdlib.h>

#include "confd.h"
#include "confirm.h"
#include "impact.h"
#include "log.h"
#include "prune.h"
#include "rebase.h"
#include "session.h"
#include "unit.h"
#include "valid.h"

static void
answer_errors(struct txn *t, const struct valid *v)
{
	struct session *s = session_by_serial(t->confd, t->session);
	struct err more;
	struct msg m;
	size_t i;

	if (s != NULL) {
		s->waiting = false;
		msg_init(&m, txn_op(t), MSG_REPLY | MSG_ERROR, t->request);
		for (i = 0; i < v->n; i++)
			msg_add_err(&m, &v->errors[i]);
		if (v->n == 0 || v->more > 0) {
			err_set(&more, v->n == 0 ? ERR_RESOURCE : ERR_INVALID,
				v->n == 0 ? "no memory to validate" :
				"there are more errors than these %zu", v->n);
			msg_add_err(&m, &more);
		}
		msg_conn_send(s->conn, &m);
	}
	txn_next(t);
}

/* Puts the candidate on top of what running is now.  False: answered. */
static bool
rebase(struct txn *t, struct session *s)
{
	struct msg m;

	msg_init(&m, txn_op(t), MSG_REPLY | MSG_ERROR, t->request);
	if (rebase_candidate(s, 0, &t->after, &m, &t->error) == 0) {
		msg_fini(&m);
		return true;
	}
	if (t->error.kind != ERR_CONFLICT) {
		msg_fini(&m);
		txn_refuse(t);
		return false;
	}
	log_info("commit by %s refused: %s", s->user, t->error.text);
	s->waiting = false;
	msg_conn_send(s->conn, &m);
	txn_next(t);
	return false;
}

static int
any_change(struct unit *before, struct unit *after, void *arg)
{
	(void)arg;
	return !unit_equal(before, after);
}

/* What waits to be confirmed after this commit, in t->confirm_s seconds. */
int
txn_wait(struct txn *t, uint32_t last)
{
	struct store *st = &t->confd->store;
	struct unconfirmed p = st->unconfirmed;

	if (p.first == 0)
		p.first = last;
	p.last = last;
	p.uid = t->uid;
	p.user = t->commit.user;
	p.seconds = t->confirm_s;
	p.deadline = unconfirmed_now() + 1000ull * t->confirm_s;
	return unconfirmed_set(st, &p, &t->error);
}

/* Nothing to commit; but what waits already gets more time. */
static void
no_change(struct txn *t, struct session *s)
{
	struct confd *c = t->confd;
	char text[ERR_TEXT_MAX];

	if (t->kind == TXN_COMMIT)
		session_discard(s);
	if (t->kind == TXN_COMMIT && t->confirm_s > 0 &&
	    c->store.unconfirmed.first > 0) {
		if (confirm_allows(c, t->uid, true, &t->error) < 0 ||
		    txn_wait(t, c->store.unconfirmed.last) < 0) {
			txn_refuse(t);
			return;
		}
		confirm_arm(c);
	}
	if (c->store.unconfirmed.first > 0)
		txn_note(t, "%s", confirm_str(c, text, sizeof(text)));
	txn_finish(t);
}

/* Says what it will do, before it does anything. */
int
txn_preview(struct txn *t, struct session *s)
{
	struct msg m;

	if (s == NULL)
		return 0;
	msg_init(&m, OP_IMPACT, 0, 0);
	if (impact_add(&m, t->confd->running, t->after, &t->error) < 0) {
		msg_fini(&m);
		return -1;
	}
	msg_conn_send(s->conn, &m);
	return 0;
}

static void
note_pruned(const char *sentence, void *arg)
{
	txn_note(arg, "%s", sentence);
}

/* What a `when` that has become false takes with it; the candidate keeps it
 * until the commit is made. */
static int
drop_gone(struct txn *t, const struct valid *v)
{
	struct confd *c = t->confd;
	struct map *m;

	if (v->n_gone == 0)
		return 0;
	m = map_clone(t->after);
	if (m == NULL)
		return err_set(&t->error, ERR_RESOURCE, "no memory to commit");
	map_unref(t->after);
	t->after = m;
	return prune(v, &c->schema, m, ++c->batch_serial, note_pruned, t,
		     &t->error);
}

void
txn_start_commit(struct txn *t)
{
	struct session *s = session_by_serial(t->confd, t->session);
	struct valid v;
	bool ok;

	if (s == NULL) {
		txn_next(t);
		return;
	}
	if (!rebase(t, s))
		return;
	if (map_diff(t->confd->running, t->after, any_change, NULL) == 0) {
		no_change(t, s);
		return;
	}
	if (t->kind == TXN_COMMIT && (session_locked(s, &t->error) < 0 ||
	    confirm_allows(t->confd, t->uid, t->confirm_s > 0, &t->error) < 0)) {
		txn_refuse(t);
		return;
	}
	if (valid_changes(&t->confd->schema, t->confd->running, t->after, &v) < 0) {
		log_info("commit by %s refused: %zu errors, the first: %s",
			 s->user, v.n + v.more, v.n > 0 ? v.errors[0].text :
			 "out of memory");
		answer_errors(t, &v);
		valid_fini(&v);
		return;
	}
	ok = drop_gone(t, &v) == 0 && txn_preview(t, s) == 0;
	valid_fini(&v);
	if (ok)
		txn_prepare(t);
	else
		txn_refuse(t);
}
