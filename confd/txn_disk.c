/* A commit becomes running: on disk first. */
#include "txn_impl.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "confd.h"
#include "confirm.h"
#include "log.h"
#include "session.h"
#include "unit.h"

static void
schedule_tidy(struct confd *c)
{
	const struct timeval soon = { 1, 0 };

	/* Who commits all the time does not put it off for ever. */
	if (c->tidy != NULL && !event_pending(c->tidy, EV_TIMEOUT, NULL))
		event_add(c->tidy, &soon);
}

static int
stamp(struct unit *before, struct unit *after, void *arg)
{
	if (after != NULL && !unit_equal(before, after))
		after->commit = *(const uint32_t *)arg;
	return 0;
}

/* Makes it running, on disk first; -1 and nothing is changed. */
static int
make_running(struct txn *t)
{
	struct confd *c = t->confd;
	struct store *st = &c->store;
	struct unconfirmed was = st->unconfirmed;
	struct err e;

	if (store_catch_up(st, c->running, &t->error) < 0)
		return -1;
	if (t->confirm_s > 0) {
		if (was.user != NULL && (was.user = strdup(was.user)) == NULL)
			return err_set(&t->error, ERR_RESOURCE, "out of memory");
		if (txn_wait(t, st->last + 1) < 0) {
			free(was.user);
			return -1;
		}
	}
	if (store_commit(st, c->running, t->after, &t->commit, &t->error) < 0) {
		if (t->confirm_s > 0 && (was.first > 0 ?
		    unconfirmed_set(st, &was, &e) : unconfirmed_settle(st, &e)) < 0) {
			log_warn("%s", e.text);
			/* So the file is read after a crash, too. */
			st->unconfirmed.last = was.last;
			st->unconfirmed.deadline = was.deadline;
		}
		if (t->confirm_s > 0)
			free(was.user);
		return -1;
	}
	if (t->confirm_s > 0) {
		free(was.user);
		t->waits = true;
		confirm_arm(c);
	}
	audit_commit(&c->audit, session_by_serial(c, t->session), &t->commit,
		     c->running, t->after);
	/* They are the history's now. */
	t->commit.user = t->commit.from = t->commit.comment = NULL;
	map_diff(c->running, t->after, stamp, &t->commit.number);
	map_unref(c->running);
	c->running = map_ref(t->after);
	schedule_tidy(c);
	return 0;
}

void
txn_persist(struct txn *t)
{
	struct session *s = session_by_serial(t->confd, t->session);
	struct confd *c = t->confd;

	t->step = 0;
	if (t->kind == TXN_VALIDATE) {
		txn_abort(t);
		txn_finish(t);
		return;
	}
	if (t->kind == TXN_COMMIT || t->kind == TXN_REVERT) {
		if (make_running(t) < 0) {
			txn_abort(t);
			if (t->kind == TXN_REVERT)
				txn_not_reverted(t);
			txn_refuse(t);
			return;
		}
		if (t->waits)
			audit_note(&c->audit, s, "commit %u is to be confirmed",
				   c->store.last);
	}
	if (t->kind == TXN_REVERT)
		txn_reverted(t);
	if (t->kind == TXN_COMMIT && s != NULL)
		session_discard(s);
	txn_apply(t);
}
